//! The key-holder's log: who had how many evaluations, when. Lines are only ever added.
//!
//! A request is written down before its first element is evaluated and counts from then on, finished or not; the same
//! request again (its SHA-256 decides) is free, since it tells nothing new.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use itoguchi_model::Instant;
use serde::{Deserialize, Serialize};

use crate::{error::ShareError, exchange::RequestHeader};

/// Bytes of the largest log: ten million lines.
const LARGEST: u64 = 4 << 30;

/// What happened to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// It was accepted, and counts.
    Accepted,
    /// All of it was evaluated.
    Finished,
    /// It was over the limit; nothing was evaluated.
    Refused,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// When.
    pub time: String,
    /// What.
    pub event: Event,
    /// For whom.
    pub broker: String,
    /// In which epoch.
    pub epoch: String,
    /// SHA-256 of the request.
    pub request: String,
    /// How many.
    pub elements: u64,
}

/// The log, locked: a second key-holder's process waits until this one is done.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    entries: Vec<Entry>,
}

impl Journal {
    /// Opens the log, or begins it.
    ///
    /// A line that a killed process left unfinished is cut off: nothing was evaluated on its account.
    ///
    /// # Errors
    /// When it cannot be read and written, or a line is none: then nobody can say what was evaluated.
    pub fn open(path: &Path) -> Result<Self, ShareError> {
        let io = || ShareError::io(path);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).map_err(io())?;
        file.lock().map_err(io())?;
        let mut text = Vec::new();
        (&mut file).take(LARGEST).read_to_end(&mut text).map_err(io())?;
        let whole = text.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        if whole < text.len() {
            file.set_len(whole as u64).map_err(io())?;
        }
        file.seek(SeekFrom::End(0)).map_err(io())?;
        let read = |line: &[u8]| {
            serde_json::from_slice(line).map_err(|_| ShareError::Foreign {
                path: path.to_owned(),
                what: "has a line that is no entry of the log".to_owned(),
                hint: "the log was changed by hand: restore it, for it is what the limits count by",
            })
        };
        let lines = text[..whole].split(|b| *b == b'\n').filter(|l| !l.is_empty());
        let entries = lines.map(read).collect::<Result<_, _>>()?;
        Ok(Self { path: path.to_owned(), file, entries })
    }

    /// All lines, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Evaluations that `broker` was granted in `epoch`, each request once.
    #[must_use]
    pub fn used(&self, broker: &str, epoch: &str) -> u64 {
        let accepted = self.entries.iter().filter(|e| e.event == Event::Accepted);
        let mine = accepted.filter(|e| e.broker == broker && e.epoch == epoch);
        let once: BTreeMap<&str, u64> = mine.map(|e| (e.request.as_str(), e.elements)).collect();
        once.values().sum()
    }

    /// Accepts a request, or refuses it; both are logged.
    ///
    /// # Errors
    /// [`ShareError::Limit`], or the log cannot be written.
    pub fn accept(
        &mut self,
        r: &RequestHeader,
        digest: &str,
        limit: u64,
        now: Instant,
    ) -> Result<(), ShareError> {
        let known = |e: &Entry| e.event == Event::Accepted && e.request == digest;
        if self.entries.iter().any(known) {
            return Ok(());
        }
        let used = self.used(&r.broker, &r.epoch.id);
        if used.saturating_add(r.elements) > limit {
            self.add(Event::Refused, r, digest, now)?;
            return Err(ShareError::Limit {
                broker: r.broker.clone(),
                epoch: r.epoch.id.clone(),
                used,
                limit,
                asked: r.elements,
            });
        }
        self.add(Event::Accepted, r, digest, now)
    }

    /// Adds a line, and returns when it is on the disk.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn add(
        &mut self,
        event: Event,
        r: &RequestHeader,
        digest: &str,
        now: Instant,
    ) -> Result<(), ShareError> {
        let entry = Entry {
            time: now.to_string(),
            event,
            broker: r.broker.clone(),
            epoch: r.epoch.id.clone(),
            request: digest.to_owned(),
            elements: r.elements,
        };
        let mut line = serde_json::to_vec(&entry).expect("plain fields have a JSON form");
        line.push(b'\n');
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        written.map_err(ShareError::io(&self.path))?;
        self.entries.push(entry);
        Ok(())
    }
}
