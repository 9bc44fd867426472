//! The exchange without files: the broker asks in parts, the key-holder answers each at once.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant as Moment},
};

use itoguchi_model::{Instant, progress::Progress};
use rayon::prelude::*;

use super::{Asking, MOST_PIECES, Private, admitted, asking, batch_of, evaluated, part_file};
use crate::{
    epoch::{Epoch, Keys},
    error::ShareError,
    exchange::{self, PART, Request, RequestHeader, Response, ResponseHeader},
    files::{self, Pieces, Readers, sha256},
    identifiers::Identifiers,
    journal::{Event, Journal},
    policy::Policy,
    tokens::{self, BATCH, Evaluated},
};

/// Times that one part is asked for before the broker gives up.
const TRIES: u32 = 5;
/// The longest wait that a service is given without asking the user, in seconds.
const LONGEST_WAIT: u64 = 90;

/// How the service's messages name what it was sent.
pub const ASKED: &str = "the request";

/// Whoever answers a part of a request: the service, or a test's stand-in.
pub trait Service {
    /// How messages name it.
    fn name(&self) -> &str;

    /// Sends a request of at most [`PART`] elements and returns the answer, unchecked but for its form.
    ///
    /// # Errors
    /// [`ShareError::Unreachable`] and [`ShareError::TooOften`], after which it is worth to ask again; others.
    fn evaluate(&self, request: &Request) -> Result<Response, ShareError>;
}

/// Evaluates a request of at most [`PART`] elements as the service. `from` is whose certificate handed it in.
///
/// It is counted before its first element is evaluated. The same request gives the same bytes and counts once.
///
/// # Errors
/// As [`super::evaluate`].
/// # Cost
/// Two scalar multiplications for each element, on all threads; the log is held only to count.
pub fn answer(
    request: &Request,
    keys: &Keys,
    policy: &Policy,
    from: &str,
    journal: &Mutex<Journal>,
    now: Instant,
) -> Result<Response, ShareError> {
    let path = Path::new(ASKED);
    let (epoch, key) = admitted(request, path, keys, policy, Some(from), now)?;
    if request.elements.len() > PART {
        return Err(ShareError::Asked {
            what: format!(
                "{} elements are more than the {PART} that the service takes at once",
                request.elements.len()
            ),
            hint: "ask in parts, as `itoguchi share ask` does",
        });
    }
    let (header, digest) = (&request.header, request.digest());
    let journal = || journal.lock().unwrap_or_else(PoisonError::into_inner);
    journal().accept(header, &digest, policy.limits.evaluations, now)?;
    let batches = (0..request.elements.len().div_ceil(BATCH))
        .into_par_iter()
        .map(|batch| evaluated(&key, request, batch, path))
        .collect::<Result<_, _>>()?;
    journal().add(Event::Finished, header, &digest, now)?;
    let (broker, elements) = (header.broker.clone(), header.elements);
    Ok(Response { header: ResponseHeader { broker, epoch, request: digest, elements }, batches })
}

/// Asks `service` for the tokens of `identifiers`, and writes the response that [`super::tokens_of`] takes to `out`.
///
/// Each part is checked as it arrives and then kept beside `out`, so that a killed run goes on; what was asked for and
/// never arrived is asked for again as the very same part, which the key-holder counts once.
///
/// # Errors
/// As [`super::request`]; an answer to something else, of another epoch or key, or with a proof that does not hold; what
/// the service refuses; a stop.
/// # Cost
/// Four scalar multiplications for each identifier, on all threads, beside the service's own.
#[expect(clippy::too_many_arguments, reason = "each is something else that the broker decides")]
pub fn ask(
    identifiers: &Identifiers,
    policy: &Policy,
    epoch: &Epoch,
    private: &Private,
    service: &dyn Service,
    out: &Path,
    now: Instant,
    progress: &dyn Progress,
) -> Result<Response, ShareError> {
    let asking = asking(identifiers, policy, epoch, private, now, progress)?;
    let (header, digest) = (&asking.request.header, asking.request.digest());
    let file = part_file(out);
    let tag = sha256(&[digest.as_bytes(), epoch.public_key.as_bytes()]);
    let (mut pieces, kept) = Pieces::open(&file, &tag, MOST_PIECES)?;
    progress.begin("asking", header.elements);
    progress.advance((kept.len() * BATCH) as u64);
    let mut batches: Vec<Evaluated> = kept.iter().filter_map(|piece| exchange::batch(piece)).collect();
    while batches.len() * BATCH < asking.request.elements.len() {
        let first = batches.len() / (PART / BATCH) * (PART / BATCH);
        for batch in checked_part(&asking, first, service, progress)?.into_iter().skip(batches.len() - first)
        {
            pieces.append(&[batch.elements.as_flattened(), &batch.proof].concat())?;
            progress.advance(BATCH as u64);
            batches.push(batch);
        }
    }
    progress.end(header.elements);
    let (broker, elements) = (header.broker.clone(), header.elements);
    let header = ResponseHeader { broker, epoch: epoch.clone(), request: digest, elements };
    let response = Response { header, batches };
    files::write(out, &response.bytes(), Readers::Anybody)?;
    drop(pieces);
    std::fs::remove_file(&file).map_err(ShareError::io(&file))?;
    Ok(response)
}

/// The batches of the part that begins with batch `first`, with proofs that hold.
fn checked_part(
    asking: &Asking,
    first: usize,
    service: &dyn Service,
    progress: &dyn Progress,
) -> Result<Vec<Evaluated>, ShareError> {
    let all = &asking.request;
    let elements = &all.elements[first * BATCH..all.elements.len().min(first * BATCH + PART)];
    let header = RequestHeader { elements: elements.len() as u64, ..all.header.clone() };
    let part = Request { header, elements: elements.to_vec() };
    let response = patiently(&part, service, progress)?;
    answers(&part, &response, service.name())?;
    let (public, path) = (all.header.epoch.key()?, Path::new(service.name()));
    let check = |(place, evaluated): (usize, &Evaluated)| {
        let batch = first + place;
        let (inputs, blinded) = (batch_of(&asking.inputs, batch), batch_of(&all.elements, batch));
        tokens::check(&asking.seed, inputs, blinded, evaluated, &public)
            .map_err(|cause| ShareError::Response { path: path.to_owned(), batch, cause })
    };
    response.batches.par_iter().enumerate().map(check).collect::<Result<(), _>>()?;
    Ok(response.batches)
}

/// Whether the response is one to this very request, of the same epoch and key.
fn answers(request: &Request, response: &Response, service: &str) -> Result<(), ShareError> {
    let (asked, header) = (&request.header, &response.header);
    asked.epoch.must_be(&header.epoch, "the request", service)?;
    let same = header.request == request.digest() && header.broker == asked.broker;
    let batches = request.elements.len().div_ceil(BATCH);
    if !same || header.elements != asked.elements || response.batches.len() != batches {
        return Err(ShareError::Replayed { path: service.into() });
    }
    Ok(())
}

/// Asks, and asks again where the service is slow, busy or gone for a moment.
fn patiently(
    request: &Request,
    service: &dyn Service,
    progress: &dyn Progress,
) -> Result<Response, ShareError> {
    let mut tries = 1;
    loop {
        if progress.cancelled() {
            return Err(ShareError::Cancelled);
        }
        let (error, wait) = match service.evaluate(request) {
            Err(error @ ShareError::TooOften { seconds, .. }) if seconds <= LONGEST_WAIT => {
                (error, seconds.max(1))
            }
            Err(error @ ShareError::Unreachable { .. }) => (error, 1 << (tries - 1)),
            done => return done,
        };
        if tries == TRIES {
            return Err(error);
        }
        tries += 1;
        pause(Duration::from_secs(wait), progress)?;
    }
}

fn pause(time: Duration, progress: &dyn Progress) -> Result<(), ShareError> {
    let begun = Moment::now();
    while begun.elapsed() < time {
        if progress.cancelled() {
            return Err(ShareError::Cancelled);
        }
        thread::sleep(Duration::from_millis(100).min(time));
    }
    Ok(())
}
