//! The three steps of the exchange: request, evaluate, and tokens of the response. Each goes on where it was stopped.

use std::path::{Path, PathBuf};

use itoguchi_model::{Instant, progress::Progress};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use crate::{
    canonical::Kind,
    epoch::{Epoch, Keys, json},
    error::ShareError,
    exchange::{self, Request, RequestHeader, Response, ResponseHeader},
    files::{self, HASH, Pieces, Readers, sha256},
    hex,
    identifiers::Identifiers,
    journal::{Event, Journal},
    policy::{MOST_ELEMENTS, Policy},
    tokens::{self, BATCH, ELEMENT, Element, EpochKey, Evaluated, Secret, TOKEN, Token, TokenError},
};

mod online;

pub use online::{ASKED, Service, answer, ask};

/// Batches that are computed side by side and then written down in order.
const AT_ONCE: usize = 8;
/// Bytes of the largest file of pieces.
const MOST_PIECES: u64 = MOST_ELEMENTS * 40 + (1 << 20);

/// The broker's own folder. Nothing in it may leave.
#[derive(Clone, Debug)]
pub struct Private {
    folder: PathBuf,
}

/// What a broker remembers of a request.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    version: u32,
    epoch: Epoch,
    seed: String,
    request: String,
}

impl Drop for State {
    fn drop(&mut self) {
        self.seed.zeroize();
    }
}

/// The inputs of a request in the order they are sent: by a keyed hash, so that the order tells nothing of them.
struct Inputs {
    /// What goes into the function.
    inputs: Vec<Vec<u8>>,
    /// For each, its place in [`Identifiers::shared`].
    places: Vec<usize>,
}

impl Private {
    /// The folder at `path`.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self { folder: path.to_owned() }
    }

    /// Makes the folder if it is not there.
    pub(crate) fn make(&self) -> Result<(), ShareError> {
        files::private_folder(&self.folder)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The secret of the pseudonyms, made at first use.
    pub(crate) fn pseudonym_key(&self) -> Result<Secret, ShareError> {
        const HINT: &str = "another process made it just now; run the command again";
        self.make()?;
        let path = self.file("pseudonyms.key");
        let failed = |cause| ShareError::Key { what: path.display().to_string(), cause };
        if !path.exists() {
            let text = Zeroizing::new(hex::write(Secret::new().map_err(failed)?.bytes()));
            files::write_new(&path, text.as_bytes(), Readers::Owner, HINT)?;
        }
        let text = Zeroizing::new(files::read_secret(&path, 64)?);
        let bytes = std::str::from_utf8(&text).ok().and_then(hex::exact).map(Secret::from_bytes);
        bytes.ok_or_else(|| failed(TokenError::Key))
    }

    fn state_file(&self, content: &str, epoch: &str) -> PathBuf {
        self.file(&format!("{content}-{epoch}.state.json"))
    }

    fn read_state(&self, path: &Path) -> Result<(State, Secret), ShareError> {
        let damaged = || ShareError::Damaged { path: path.to_owned() };
        let bytes = Zeroizing::new(files::read_secret(path, 8192)?);
        let state: State = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
        let seed = hex::exact(&state.seed).map(Secret::from_bytes).ok_or_else(damaged)?;
        Ok((state, seed))
    }

    /// The state of this content in the epoch; a new one if there is none.
    fn begin(&self, content: &str, epoch: &Epoch) -> Result<(State, Secret), ShareError> {
        self.make()?;
        let path = self.state_file(content, &epoch.id);
        if path.exists() {
            let (state, seed) = self.read_state(&path)?;
            state.epoch.must_be(epoch, &path.display().to_string(), "the epoch that was given")?;
            return Ok((state, seed));
        }
        let failed = |cause| ShareError::Key { what: path.display().to_string(), cause };
        let seed = Secret::new().map_err(failed)?;
        let state = State {
            version: 1,
            epoch: epoch.clone(),
            seed: hex::write(seed.bytes()),
            request: String::new(),
        };
        self.keep(&path, &state)?;
        Ok((state, seed))
    }

    fn keep(&self, path: &Path, state: &State) -> Result<(), ShareError> {
        let text = Zeroizing::new(json(state));
        files::write(path, text.as_bytes(), Readers::Owner)
    }

    /// The state of this content in the epoch; says what else there is if there is none.
    fn find(&self, content: &str, epoch: &Epoch, path: &Path) -> Result<(State, Secret), ShareError> {
        let file = self.state_file(content, &epoch.id);
        if file.exists() {
            return self.read_state(&file);
        }
        let names = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut others: Vec<String> = names
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let id = name.strip_prefix(content)?.strip_prefix('-')?.strip_suffix(".state.json")?;
                Some(id.to_owned())
            })
            .collect();
        others.sort();
        Err(match others.pop() {
            Some(other) => ShareError::MixedEpochs {
                a: "the request".to_owned(),
                b: path.display().to_string(),
                epoch_a: other,
                epoch_b: epoch.id.clone(),
            },
            None => ShareError::NoRequest {
                epoch: epoch.id.clone(),
                why: format!("{} holds no state of it", self.folder.display()),
            },
        })
    }
}

/// What is asked for, whatever the epoch: half a SHA-256, as a name.
fn content(identifiers: &Identifiers, policy: &Policy) -> String {
    let mut text = format!("{}\0{}", identifiers.broker(), policy.digest());
    for (kind, form) in identifiers.shared() {
        text.push('\0');
        text.push_str(kind.name());
        text.push('\0');
        text.push_str(form);
    }
    hex::write(&sha256(&[text.as_bytes()])[..16])
}

fn inputs(identifiers: &Identifiers, epoch: &str, seed: &Secret) -> Inputs {
    let shared: Vec<(Kind, &str)> = identifiers.shared().collect();
    let mut keyed: Vec<([u8; 64], Vec<u8>, usize)> = shared
        .par_iter()
        .enumerate()
        .map(|(place, (kind, form))| {
            let input = kind.input(epoch, form);
            (seed.mac("order", &[&input]), input, place)
        })
        .collect();
    keyed.par_sort_unstable();
    let (inputs, places) = keyed.into_iter().map(|(_, input, place)| (input, place)).unzip();
    Inputs { inputs, places }
}

/// Computes `total` batches from number `kept.len()` on, and writes each down before it counts as done.
fn in_pieces<F: Fn(usize) -> Result<Vec<u8>, ShareError> + Sync>(
    pieces: &mut Pieces,
    kept: Vec<Vec<u8>>,
    total: usize,
    progress: &dyn Progress,
    compute: F,
) -> Result<Vec<Vec<u8>>, ShareError> {
    let mut done = kept;
    done.truncate(total);
    progress.advance((done.len() * BATCH) as u64);
    while done.len() < total {
        if progress.cancelled() {
            return Err(ShareError::Cancelled);
        }
        let next: Vec<usize> = (done.len()..total.min(done.len() + AT_ONCE)).collect();
        let computed: Vec<Result<Vec<u8>, ShareError>> = next.into_par_iter().map(&compute).collect();
        for piece in computed {
            let piece = piece?;
            pieces.append(&piece)?;
            progress.advance(BATCH as u64);
            done.push(piece);
        }
    }
    Ok(done)
}

fn batch_of<T>(all: &[T], batch: usize) -> &[T] {
    &all[batch * BATCH..all.len().min((batch + 1) * BATCH)]
}

/// Makes the request of `identifiers` in `epoch`; its blinding stays in `private`.
///
/// The same identifiers, policy and epoch give the same request again, byte for byte, and one that was stopped goes on.
///
/// # Errors
/// Nothing to ask for or more than the policy allows, an epoch that is not valid `now`, the file system, a stop.
/// # Cost
/// Two scalar multiplications for each identifier, on all threads.
pub fn request(
    identifiers: &Identifiers,
    policy: &Policy,
    epoch: &Epoch,
    private: &Private,
    now: Instant,
    progress: &dyn Progress,
) -> Result<Request, ShareError> {
    Ok(asking(identifiers, policy, epoch, private, now, progress)?.request)
}

/// A request, and what its answer is checked with.
struct Asking {
    request: Request,
    seed: Secret,
    inputs: Vec<Vec<u8>>,
}

fn asking(
    identifiers: &Identifiers,
    policy: &Policy,
    epoch: &Epoch,
    private: &Private,
    now: Instant,
    progress: &dyn Progress,
) -> Result<Asking, ShareError> {
    epoch.must_hold(now)?;
    let total = identifiers.shared().count();
    if total == 0 || total as u64 > policy.limits.request {
        return Err(ShareError::Asked {
            what: format!(
                "{total} identifiers to ask tokens for; a request has 1 to {}",
                policy.limits.request
            ),
            hint: "see that the case has logins with addresses or devices, and limits.request in the policy",
        });
    }
    let content = content(identifiers, policy);
    let (mut state, seed) = private.begin(&content, epoch)?;
    let Inputs { inputs, .. } = inputs(identifiers, &epoch.id, &seed);
    let blinded = blinded(&inputs, &content, epoch, private, &seed, progress)?;
    let header = RequestHeader {
        broker: identifiers.broker().to_owned(),
        epoch: epoch.clone(),
        policy: policy.digest(),
        elements: total as u64,
    };
    let request = Request { header, elements: blinded };
    state.request = request.digest();
    private.keep(&private.state_file(&content, &epoch.id), &state)?;
    Ok(Asking { request, seed, inputs })
}

/// The blinded elements in the order of the request.
fn blinded(
    inputs: &[Vec<u8>],
    content: &str,
    epoch: &Epoch,
    private: &Private,
    seed: &Secret,
    progress: &dyn Progress,
) -> Result<Vec<Element>, ShareError> {
    let path = private.file(&format!("{content}-{}.blinded", epoch.id));
    let tag = sha256(&[seed.bytes(), content.as_bytes()]);
    let (mut pieces, kept) = Pieces::open(&path, &tag, MOST_PIECES)?;
    progress.begin("blinding", inputs.len() as u64);
    let done = in_pieces(&mut pieces, kept, inputs.len().div_ceil(BATCH), progress, |batch| {
        let mut bytes = Vec::with_capacity(BATCH * ELEMENT);
        for input in batch_of(inputs, batch) {
            let element = tokens::blind(seed, input).map_err(|cause| ShareError::Request {
                path: path.clone(),
                batch,
                cause,
            })?;
            bytes.extend_from_slice(&element);
        }
        Ok(bytes)
    })?;
    progress.end(inputs.len() as u64);
    Ok(done.iter().flat_map(|piece| piece.as_chunks::<ELEMENT>().0).copied().collect())
}

/// Evaluates a request as the key-holder. `from` is who handed it in, where that is known.
///
/// What was done is kept beside `out` until the response is complete, so that a killed run goes on.
///
/// # Errors
/// A request of another epoch, key, policy or sender, over the limit, of bytes that are no elements; the file system; a
/// stop.
/// # Cost
/// Two scalar multiplications for each element, on all threads.
#[expect(clippy::too_many_arguments, reason = "each is something else that the key-holder decides")]
pub fn evaluate(
    request: &Request,
    path: &Path,
    keys: &Keys,
    policy: &Policy,
    from: Option<&str>,
    out: &Path,
    now: Instant,
    progress: &dyn Progress,
) -> Result<Response, ShareError> {
    let (epoch, key) = admitted(request, path, keys, policy, from, now)?;
    let (header, digest) = (&request.header, request.digest());
    let mut journal = Journal::open(&keys.log_file())?;
    journal.accept(header, &digest, policy.limits.evaluations, now)?;
    let part = part_file(out);
    let tag = sha256(&[digest.as_bytes(), epoch.public_key.as_bytes()]);
    let (mut pieces, kept) = Pieces::open(&part, &tag, MOST_PIECES)?;
    progress.begin("evaluating", header.elements);
    let total = request.elements.len().div_ceil(BATCH);
    let done = in_pieces(&mut pieces, kept, total, progress, |batch| {
        let evaluated = evaluated(&key, request, batch, path)?;
        Ok([evaluated.elements.as_flattened(), &evaluated.proof].concat())
    })?;
    progress.end(header.elements);
    journal.add(Event::Finished, header, &digest, now)?;
    let batches: Vec<Evaluated> = done.iter().filter_map(|piece| exchange::batch(piece)).collect();
    let header =
        ResponseHeader { broker: header.broker.clone(), epoch, request: digest, elements: header.elements };
    let response = Response { header, batches };
    files::write(out, &response.bytes(), Readers::Anybody)?;
    drop(pieces);
    std::fs::remove_file(&part).map_err(ShareError::io(&part))?;
    Ok(response)
}

/// Whether the request may be evaluated at all, and with which key.
fn admitted(
    request: &Request,
    path: &Path,
    keys: &Keys,
    policy: &Policy,
    from: Option<&str>,
    now: Instant,
) -> Result<(Epoch, EpochKey), ShareError> {
    let header = &request.header;
    if let Some(from) = from.filter(|from| *from != header.broker) {
        return Err(ShareError::Sender { says: header.broker.clone(), from: from.to_owned() });
    }
    let (epoch, key) = keys.open(&header.epoch.id)?;
    epoch.must_be(&header.epoch, "the key", &path.display().to_string())?;
    epoch.must_hold(now)?;
    if header.policy != policy.digest() {
        return Err(ShareError::Policy { what: "the request was made under another policy".to_owned() });
    }
    if header.elements > policy.limits.request {
        return Err(ShareError::Policy { what: "the request is larger than limits.request".to_owned() });
    }
    Ok((epoch, key))
}

fn evaluated(key: &EpochKey, request: &Request, batch: usize, path: &Path) -> Result<Evaluated, ShareError> {
    let failed = |cause| ShareError::Request { path: path.to_owned(), batch, cause };
    key.evaluate(batch_of(&request.elements, batch)).map_err(failed)
}

fn part_file(out: &Path) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

/// Checks a response and makes the tokens of `identifiers`, in the order of [`Identifiers::shared`].
///
/// # Errors
/// A response to another request or of another epoch or key, a proof that does not hold, bytes that are no elements;
/// the file system; a stop.
/// # Cost
/// Five scalar multiplications for each identifier, on all threads.
pub fn tokens_of(
    identifiers: &Identifiers,
    policy: &Policy,
    response: &Response,
    path: &Path,
    private: &Private,
    now: Instant,
    progress: &dyn Progress,
) -> Result<Vec<Token>, ShareError> {
    let epoch = &response.header.epoch;
    let content = content(identifiers, policy);
    let (state, seed) = private.find(&content, epoch, path)?;
    state.epoch.must_be(epoch, "the request", &path.display().to_string())?;
    state.epoch.must_hold(now)?;
    let Inputs { inputs, places } = inputs(identifiers, &epoch.id, &seed);
    let replayed = response.header.request != state.request || response.header.broker != identifiers.broker();
    if replayed || response.header.elements != inputs.len() as u64 {
        return Err(ShareError::Replayed { path: path.to_owned() });
    }
    let blinded = blinded(&inputs, &content, epoch, private, &seed, progress)?;
    let public = epoch.key()?;
    let finalize = |batch: usize| {
        let failed = |cause| ShareError::Response { path: path.to_owned(), batch, cause };
        let (inputs, blinded) = (batch_of(&inputs, batch), batch_of(&blinded, batch));
        let evaluated = response.batches.get(batch).ok_or_else(|| failed(TokenError::Counts))?;
        let tokens = tokens::finalize(&seed, inputs, blinded, evaluated, &public);
        Ok(tokens.map_err(failed)?.as_flattened().to_vec())
    };
    let file = private.file(&format!("{content}-{}.tokens", epoch.id));
    // Tokens that were kept came out of a proof that held; another response is checked anew.
    let tag: [u8; HASH] = sha256(&[state.request.as_bytes(), &response.bytes()]);
    let (mut pieces, kept) = Pieces::open(&file, &tag, MOST_PIECES)?;
    progress.begin("unblinding", inputs.len() as u64);
    let done = in_pieces(&mut pieces, kept, inputs.len().div_ceil(BATCH), progress, finalize)?;
    progress.end(inputs.len() as u64);
    let made = done.iter().flat_map(|piece| piece.as_chunks::<TOKEN>().0);
    let mut tokens = vec![[0; TOKEN]; inputs.len()];
    for (token, place) in made.zip(places) {
        tokens[place] = *token;
    }
    Ok(tokens)
}
