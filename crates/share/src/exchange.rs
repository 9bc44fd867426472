//! The two files that go between broker and key-holder.
//!
//! Both begin with eight letters that name the form, the length of a header (u32, little-endian) and the header in JSON;
//! both end with the SHA-256 of all before it, which shows damage on the way (tampering shows in the proofs). A
//! request has one element of 32 bytes for each identifier. A response has batches in the same order: up to 1,024
//! elements and one proof of 64 bytes.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{
    epoch::{Epoch, is_broker},
    error::ShareError,
    files::{self, HASH, sha256},
    hex,
    policy::MOST_ELEMENTS,
    tokens::{BATCH, ELEMENT, Element, Evaluated, PROOF},
};

const REQUEST: &[u8; 8] = b"ITGSREQ1";
const RESPONSE: &[u8; 8] = b"ITGSRES1";
/// Elements of the largest request that goes to the service at once: eight batches. Larger ones go in parts of this size, and
/// the size is fixed so that a part which is asked for again is the very same request.
pub const PART: usize = 8 * BATCH;
/// Bytes of the largest such request.
pub const LARGEST_PART: usize = FRAME as usize + PART * ELEMENT;
/// Bytes of the largest response to one.
pub const LARGEST_ANSWER: usize = LARGEST_PART + PART / BATCH * PROOF;
/// Bytes of the longest header.
const LONGEST_HEADER: usize = 4096;
/// Everything but elements and proofs.
const FRAME: u64 = (8 + 4 + LONGEST_HEADER + HASH) as u64;

/// What a request says of itself: how many identifiers, but neither which nor of which kinds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestHeader {
    /// Who asks.
    pub broker: String,
    /// For which epoch.
    pub epoch: Epoch,
    /// SHA-256 of the policy.
    pub policy: String,
    /// Elements.
    pub elements: u64,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What it says of itself.
    pub header: RequestHeader,
    /// The blinded elements.
    pub elements: Vec<Element>,
}

/// What a response says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponseHeader {
    /// Who asked.
    pub broker: String,
    /// Of which epoch the key is.
    pub epoch: Epoch,
    /// SHA-256 of the request.
    pub request: String,
    /// Elements.
    pub elements: u64,
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// What it says of itself.
    pub header: ResponseHeader,
    /// What was evaluated, by batches of 1,024.
    pub batches: Vec<Evaluated>,
}

impl Request {
    /// The bytes of the file.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        frame(REQUEST, &self.header, &[self.elements.as_flattened()])
    }

    /// SHA-256 of the bytes of the file, in hexadecimal: what a response refers to.
    #[must_use]
    pub fn digest(&self) -> String {
        hex::write(&sha256(&[&self.bytes()]))
    }

    /// Reads the bytes of a file; `path` names it in errors.
    ///
    /// # Errors
    /// Another file, another version, too short, too long, damaged, or a header that cannot be.
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, ShareError> {
        let (header, body): (RequestHeader, _) = unframe(bytes, REQUEST, path)?;
        header.epoch.check(&path.display().to_string())?;
        sound(&header.broker, header.elements, path)?;
        must_fit(body.len() as u64, header.elements * ELEMENT as u64, path)?;
        seal(bytes, path)?;
        let (elements, _) = body.as_chunks::<ELEMENT>();
        Ok(Self { header, elements: elements.to_vec() })
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// As [`Request::parse`], and those of the file system.
    pub fn read(path: &Path) -> Result<Self, ShareError> {
        Self::parse(&files::read(path, FRAME + MOST_ELEMENTS * ELEMENT as u64)?, path)
    }
}

impl Response {
    /// The bytes of the file.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let pieces: Vec<&[u8]> =
            self.batches.iter().flat_map(|b| [b.elements.as_flattened(), &b.proof]).collect();
        frame(RESPONSE, &self.header, &pieces)
    }

    /// Reads the bytes of a file; `path` names it in errors.
    ///
    /// # Errors
    /// As [`Request::parse`].
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, ShareError> {
        let (header, body): (ResponseHeader, _) = unframe(bytes, RESPONSE, path)?;
        header.epoch.check(&path.display().to_string())?;
        sound(&header.broker, header.elements, path)?;
        let proofs = header.elements.div_ceil(BATCH as u64) * PROOF as u64;
        must_fit(body.len() as u64, header.elements * ELEMENT as u64 + proofs, path)?;
        seal(bytes, path)?;
        let batches = body.chunks(BATCH * ELEMENT + PROOF).filter_map(batch).collect();
        Ok(Self { header, batches })
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// As [`Request::parse`], and those of the file system.
    pub fn read(path: &Path) -> Result<Self, ShareError> {
        let most = FRAME + MOST_ELEMENTS * ELEMENT as u64 + (MOST_ELEMENTS / BATCH as u64 + 1) * PROOF as u64;
        Self::parse(&files::read(path, most)?, path)
    }
}

/// Elements, then a proof.
pub(crate) fn batch(bytes: &[u8]) -> Option<Evaluated> {
    let (elements, proof) = bytes.split_last_chunk::<PROOF>()?;
    let (elements, rest) = elements.as_chunks::<ELEMENT>();
    rest.is_empty().then(|| Evaluated { elements: elements.to_vec(), proof: *proof })
}

fn frame<T: Serialize>(form: &[u8; 8], header: &T, body: &[&[u8]]) -> Vec<u8> {
    let header = serde_json::to_vec(header).expect("plain fields have a JSON form");
    let length = (header.len() as u32).to_le_bytes();
    let mut bytes = [&form[..], &length, &header].concat();
    for part in body {
        bytes.extend_from_slice(part);
    }
    let hash = sha256(&[&bytes]);
    bytes.extend_from_slice(&hash);
    bytes
}

/// The header, and what lies between it and the checksum.
fn unframe<'a, T: for<'de> Deserialize<'de>>(
    bytes: &'a [u8],
    form: &[u8; 8],
    path: &Path,
) -> Result<(T, &'a [u8]), ShareError> {
    let foreign = |what: &str| ShareError::Foreign {
        path: path.to_owned(),
        what: what.to_owned(),
        hint: "requests come from `itoguchi share request`, responses from `itoguchi share evaluate`",
    };
    let short = || ShareError::Truncated { path: path.to_owned(), what: "ends within its header".to_owned() };
    let Some((start, rest)) = bytes.split_first_chunk::<8>() else {
        return Err(if form.starts_with(bytes) { short() } else { foreign("is no such file") });
    };
    if start != form {
        let kind = match start {
            REQUEST => "is a request, where a response is needed",
            RESPONSE => "is a response, where a request is needed",
            _ => "is no such file, or of another version",
        };
        return Err(foreign(kind));
    }
    let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(short)?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > LONGEST_HEADER {
        return Err(foreign("has a header longer than it can be"));
    }
    let (header, rest) = rest.split_at_checked(length).ok_or_else(short)?;
    let (body, _) = rest.split_last_chunk::<HASH>().ok_or_else(short)?;
    let header = serde_json::from_slice(header).map_err(|_| foreign("has a header that cannot be read"))?;
    Ok((header, body))
}

fn must_fit(is: u64, must: u64, path: &Path) -> Result<(), ShareError> {
    if is == must {
        return Ok(());
    }
    let word = if is < must { "too short" } else { "too long" };
    let what = format!("is {} bytes {word} for what its header says", is.abs_diff(must));
    Err(ShareError::Truncated { path: path.to_owned(), what })
}

fn seal(bytes: &[u8], path: &Path) -> Result<(), ShareError> {
    match bytes.split_last_chunk::<HASH>() {
        Some((all, hash)) if sha256(&[all]) == *hash => Ok(()),
        _ => Err(ShareError::Damaged { path: path.to_owned() }),
    }
}

fn sound(broker: &str, elements: u64, path: &Path) -> Result<(), ShareError> {
    if is_broker(broker) && (1..=MOST_ELEMENTS).contains(&elements) {
        return Ok(());
    }
    Err(ShareError::Foreign {
        path: path.to_owned(),
        what: "names no broker, or a number of elements that cannot be".to_owned(),
        hint: "ask for the file again",
    })
}

#[cfg(test)]
#[path = "exchange_tests.rs"]
mod tests;
