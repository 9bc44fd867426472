//! Actions out of CSV.

use std::{borrow::Cow, path::Path};

use super::{
    ActionColumns, HOLDS_JOINER, NO_ACTOR, NO_OBJECT, NO_SIDE, NO_TIME, Places, Stretch, time::parse_time,
};
use crate::{
    error::IngestError,
    names::{Builder, JOINER, NONE},
    plain::{
        RowReject,
        csv::{self, Record},
    },
};

/// A file that is read on one thread, stretch after stretch.
pub(super) struct Table<'a> {
    file: csv::Table<'a>,
    columns: &'a ActionColumns,
    at: Places,
}

impl<'a> Table<'a> {
    /// Reads the header.
    pub fn open(path: &'a Path, columns: &'a ActionColumns) -> Result<Self, IngestError> {
        let file = csv::Table::open(path)?;
        let at = Places::find(path, file.titles(), columns)?;
        Ok(Self { file, columns, at })
    }

    /// The next `records` of the file as a stretch; only at the end of the file are they fewer.
    pub fn stretch(&mut self, records: u64) -> Result<Stretch, IngestError> {
        let mut reading = Reading::new(self.columns, &self.at);
        while reading.read < records {
            let Some(record) = self.file.next()? else { break };
            reading.add(record);
            reading.room()?;
        }
        Ok(reading.finish())
    }
}

/// Why a row cannot be read: column, value, reason.
type Fault<'a> = (&'a str, Cow<'a, str>, &'static str);

struct Reading<'a> {
    columns: &'a ActionColumns,
    at: &'a Places,
    actor: Builder,
    object: Builder,
    content: Builder,
    side: Builder,
    time: Vec<i64>,
    rejects: Vec<RowReject>,
    read: u64,
    left_out: u64,
    joined: String,
}

impl<'a> Reading<'a> {
    fn new(columns: &'a ActionColumns, at: &'a Places) -> Self {
        Self {
            columns,
            at,
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

    fn add(&mut self, record: Record<'_>) {
        self.read += 1;
        let (columns, at) = (self.columns, self.at);
        let keep = at.keep.iter().zip(&columns.keep);
        match record.misshapen() {
            Some(reason) => self.refuse(record, ("", record.whole(), reason)),
            None if keep.into_iter().any(|(at, (_, wanted))| record.text(*at) != *wanted) => {
                self.left_out += 1;
            }
            None => {
                if let Err(fault) = self.take(record) {
                    self.refuse(record, fault);
                }
            }
        }
    }

    fn refuse(&mut self, record: Record<'_>, (column, value, reason): Fault<'_>) {
        self.rejects.push(RowReject::new(record.number, column, &value, reason));
    }

    /// Adds the action of a record. Nothing is added before all is known to be sound.
    fn take<'r>(&mut self, record: Record<'r>) -> Result<(), Fault<'r>>
    where
        'a: 'r,
    {
        let (columns, at) = (self.columns, self.at);
        if let Some(reason) = record.oversized() {
            return Err(("", record.whole(), reason));
        }
        let actor = record.text(at.actor);
        if actor.is_empty() {
            return Err((&columns.actor, actor, NO_ACTOR));
        }
        self.joined.clear();
        for (&at, name) in at.object.iter().zip(&columns.object) {
            let part = record.text(at);
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
        let time = record.text(at.time);
        let Some(time) = parse_time(&time) else {
            return Err((&columns.time, Cow::Owned(time.trim().to_owned()), NO_TIME));
        };
        let side = at.side.map(|at| record.text(at));
        if let (Some(side), Some(name)) = (&side, &columns.side) {
            if side.is_empty() {
                return Err((name, Cow::Borrowed(""), NO_SIDE));
            }
            self.side.push(side);
        }
        if let Some(at) = at.content {
            self.content.push(&record.text(at));
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
