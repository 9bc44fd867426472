//! The key-holder's log: who had how many evaluations, when. Lines are only ever added.
//!
//! A request is written down before its first element is evaluated and counts from then on, finished or not; the same
//! request again (its SHA-256 decides) is free, since it tells nothing new.

use std::{
    collections::{BTreeMap, BTreeSet},
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

/// The log. Several processes and threads may have it open: whoever decides locks it, and looks first at what the others
/// have added.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// Where the lines that were looked at end.
    seen: u64,
    /// Requests that were accepted, by their SHA-256.
    accepted: BTreeSet<String>,
    /// Evaluations by broker and epoch, each request once.
    used: BTreeMap<(String, String), u64>,
}

impl Journal {
    /// Opens the log, or begins it.
    ///
    /// A line that a killed process left unfinished is cut off: nothing was evaluated on its account.
    ///
    /// # Errors
    /// When it cannot be read and written, or a line is none: then nobody can say what was evaluated.
    pub fn open(path: &Path) -> Result<Self, ShareError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(path).map_err(ShareError::io(path))?;
        let (accepted, used) = (BTreeSet::new(), BTreeMap::new());
        let mut this = Self { path: path.to_owned(), file, seen: 0, accepted, used };
        this.locked(|_| Ok(()))?;
        Ok(this)
    }

    /// Does `work` while no other process can, after a look at what others have added.
    fn locked<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, ShareError>) -> Result<T, ShareError> {
        self.file.lock().map_err(ShareError::io(&self.path))?;
        let done = self.catch_up().and_then(|()| work(self));
        let unlocked = self.file.unlock().map_err(ShareError::io(&self.path));
        let done = done?;
        unlocked.map(|()| done)
    }

    fn catch_up(&mut self) -> Result<(), ShareError> {
        for entry in self.lines_from(self.seen)? {
            self.count(&entry);
        }
        Ok(())
    }

    /// The whole lines from `from` on; half a line, which only a killed process can have left, is cut off.
    fn lines_from(&mut self, from: u64) -> Result<Vec<Entry>, ShareError> {
        let io = || ShareError::io(&self.path);
        let foreign = |what: &str| ShareError::Foreign {
            path: self.path.clone(),
            what: what.to_owned(),
            hint: "the log was changed by hand: restore it, for it is what the limits count by",
        };
        if self.file.metadata().map_err(io())?.len() < from {
            return Err(foreign("has lost lines that were there"));
        }
        self.file.seek(SeekFrom::Start(from)).map_err(io())?;
        let mut text = Vec::new();
        (&mut self.file).take(LARGEST).read_to_end(&mut text).map_err(io())?;
        let whole = text.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let end = from + whole as u64;
        if whole < text.len() {
            self.file.set_len(end).map_err(io())?;
        }
        let lines = text[..whole].split(|b| *b == b'\n').filter(|l| !l.is_empty());
        let read = |line| {
            serde_json::from_slice(line).map_err(|_| foreign("has a line that is no entry of the log"))
        };
        let entries = lines.map(read).collect::<Result<_, _>>()?;
        self.seen = end;
        Ok(entries)
    }

    fn count(&mut self, entry: &Entry) {
        if entry.event == Event::Accepted && self.accepted.insert(entry.request.clone()) {
            *self.used.entry((entry.broker.clone(), entry.epoch.clone())).or_default() += entry.elements;
        }
    }

    /// All lines, oldest first, read anew.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn entries(&mut self) -> Result<Vec<Entry>, ShareError> {
        self.locked(|this| this.lines_from(0))
    }

    /// Evaluations that `broker` was granted in `epoch`, each request once, as far as was looked.
    #[must_use]
    pub fn used(&self, broker: &str, epoch: &str) -> u64 {
        self.used.get(&(broker.to_owned(), epoch.to_owned())).copied().unwrap_or(0)
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
        self.locked(|this| {
            if this.accepted.contains(digest) {
                return Ok(());
            }
            let used = this.used(&r.broker, &r.epoch.id);
            if used.saturating_add(r.elements) > limit {
                this.write(Event::Refused, r, digest, now)?;
                return Err(ShareError::Limit {
                    broker: r.broker.clone(),
                    epoch: r.epoch.id.clone(),
                    used,
                    limit,
                    asked: r.elements,
                });
            }
            this.write(Event::Accepted, r, digest, now)
        })
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
        self.locked(|this| this.write(event, r, digest, now))
    }

    fn write(
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
        let at = self.seen;
        let attempt = |file: &mut File| {
            file.seek(SeekFrom::Start(at))?;
            file.write_all(&line)?;
            file.sync_data()
        };
        attempt(&mut self.file).map_err(|cause| {
            // Nothing was granted: half a line must not stand before the next one.
            let _ = self.file.set_len(at);
            ShareError::io(&self.path)(cause)
        })?;
        self.seen = at + line.len() as u64;
        self.count(&entry);
        Ok(())
    }
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
