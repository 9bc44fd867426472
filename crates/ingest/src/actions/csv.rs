//! Actions out of CSV.

use std::{borrow::Cow, io::Read, path::Path};

use super::{
    ActionColumns, ActionReject, HOLDS_JOINER, JOINER, NO_ACTOR, NO_OBJECT, NO_SIDE, NO_TIME, NONE, Places,
    Stretch, local::Builder, time::parse_time,
};
use crate::{
    csv_read,
    error::IngestError,
    splitter::{Mark, Records, Shape, SplitError, Splitter},
};

/// A longer field makes its row a reject.
const MAX_FIELD: usize = 65_536;

/// A file that is read on one thread, stretch after stretch.
pub(super) struct Table<'a> {
    path: &'a Path,
    columns: &'a ActionColumns,
    at: Places,
    width: usize,
    splitter: Splitter<Box<dyn Read>>,
    /// Data records so far.
    read: u64,
}

impl<'a> Table<'a> {
    /// Reads the header.
    pub fn open(path: &'a Path, columns: &'a ActionColumns) -> Result<Self, IngestError> {
        let mut splitter = Splitter::new(csv_read::open(path)?, MAX_FIELD);
        let broken = |error: SplitError| csv_read::broken(path, 0, error);
        if splitter.mark().map_err(|e| broken(e.into()))? == Mark::Utf16 {
            return Err(IngestError::Encoding { path: path.to_owned(), encoding: "UTF-16" });
        }
        let titles = splitter.header().map_err(broken)?.unwrap_or_default();
        let titles: Vec<String> = titles.iter().map(|t| String::from_utf8_lossy(t).into_owned()).collect();
        let at = Places::find(path, &titles, columns)?;
        Ok(Self { path, columns, at, width: titles.len(), splitter, read: 0 })
    }

    /// The next `records` of the file as a stretch; only at the end of the file are they fewer.
    pub fn stretch(&mut self, records: u64) -> Result<Stretch, IngestError> {
        let mut reading = Reading::new(self.columns, &self.at, self.read);
        let mut record = Records::new(self.width);
        while reading.read < records {
            let next = self.splitter.next(&mut record);
            if !next.map_err(|e| csv_read::broken(self.path, self.read + reading.read, e))? {
                break;
            }
            reading.add(&record, self.width);
            reading.room()?;
            record.clear();
        }
        self.read += reading.read;
        Ok(reading.finish())
    }
}

/// Why a row cannot be read: column, value, reason.
type Fault<'a> = (&'a str, Cow<'a, str>, &'static str);

struct Reading<'a> {
    columns: &'a ActionColumns,
    at: &'a Places,
    /// Data records before these.
    before: u64,
    actor: Builder,
    object: Builder,
    content: Builder,
    side: Builder,
    time: Vec<i64>,
    rejects: Vec<ActionReject>,
    read: u64,
    left_out: u64,
    joined: String,
}

impl<'a> Reading<'a> {
    fn new(columns: &'a ActionColumns, at: &'a Places, before: u64) -> Self {
        Self {
            columns,
            at,
            before,
            actor: Builder::texts(),
            object: Builder::texts(),
            content: Builder::texts(),
            side: Builder::texts(),
            time: Vec::new(),
            rejects: Vec::new(),
            read: 0,
            left_out: 0,
            joined: String::new(),
        }
    }

    fn add(&mut self, record: &Records, width: usize) {
        self.read += 1;
        let (columns, at) = (self.columns, self.at);
        let keep = at.keep.iter().zip(&columns.keep);
        match misshapen(record) {
            Some(fault) => self.refuse(fault),
            None if keep.into_iter().any(|(at, (_, wanted))| text(record, *at) != *wanted) => {
                self.left_out += 1;
            }
            None => {
                if let Err(fault) = self.take(record, width) {
                    self.refuse(fault);
                }
            }
        }
    }

    fn refuse(&mut self, (column, value, reason): Fault<'_>) {
        self.rejects.push(ActionReject::new(self.before + self.read, column, &value, reason));
    }

    /// Adds the action of a record. Nothing is added before all is known to be sound.
    fn take<'r>(&mut self, record: &'r Records, width: usize) -> Result<(), Fault<'r>>
    where
        'a: 'r,
    {
        let (columns, at) = (self.columns, self.at);
        if record.whole(0).len() > MAX_FIELD && (0..width).any(|f| record.field(0, f).len() > MAX_FIELD) {
            let value = String::from_utf8_lossy(record.whole(0));
            return Err(("", value, "a field longer than 65,536 bytes"));
        }
        let actor = text(record, at.actor);
        if actor.is_empty() {
            return Err((&columns.actor, actor, NO_ACTOR));
        }
        self.joined.clear();
        for (&at, name) in at.object.iter().zip(&columns.object) {
            let part = text(record, at);
            if part.is_empty() {
                return Err((name, part, NO_OBJECT));
            }
            if columns.object.len() > 1 && part.contains(JOINER) {
                return Err((name, part, HOLDS_JOINER));
            }
            if !self.joined.is_empty() {
                self.joined.push(JOINER);
            }
            self.joined.push_str(&part);
        }
        let time = text(record, at.time);
        let Some(time) = parse_time(&time) else {
            return Err((&columns.time, Cow::Owned(time.trim().to_owned()), NO_TIME));
        };
        let side = at.side.map(|at| text(record, at));
        if let (Some(side), Some(name)) = (&side, &columns.side) {
            if side.is_empty() {
                return Err((name, Cow::Borrowed(""), NO_SIDE));
            }
            self.side.push(side);
        }
        if let Some(at) = at.content {
            self.content.push(&text(record, at));
        }
        self.actor.push(&actor);
        self.object.push(&self.joined);
        self.time.push(time);
        Ok(())
    }

    /// Ids must be left for the names of one more record.
    fn room(&self) -> Result<(), IngestError> {
        let full = |names: &Builder| names.names() >= NONE as usize;
        let too_many = |what| Err(IngestError::TooManyNames { what, limit: NONE });
        match self {
            _ if full(&self.actor) => too_many("actors"),
            _ if full(&self.object) || full(&self.content) => too_many("objects"),
            _ if full(&self.side) => too_many("sides"),
            _ => Ok(()),
        }
    }

    fn finish(mut self) -> Stretch {
        self.time.shrink_to_fit();
        Stretch {
            actor: self.actor.finish(),
            object: self.object.finish(),
            content: self.at.content.map(|_| self.content.finish()),
            side: self.at.side.map(|_| self.side.finish()),
            time: self.time,
            rejects: self.rejects,
            read: self.read,
            left_out: self.left_out,
        }
    }
}

fn text(record: &Records, field: usize) -> Cow<'_, str> {
    String::from_utf8_lossy(record.field(0, field))
}

fn misshapen(record: &Records) -> Option<Fault<'_>> {
    let reason = match record.shapes[0] {
        Shape::Fields(_) => "another number of fields than the header",
        Shape::Quote => "text after a closing quote",
        Shape::Sound => return None,
    };
    Some(("", String::from_utf8_lossy(record.whole(0)), reason))
}
