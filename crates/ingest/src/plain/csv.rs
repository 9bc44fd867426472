//! A plain table of CSV, one record after the other.

use std::{borrow::Cow, io::Read, path::Path};

use crate::{
    csv_read,
    error::IngestError,
    splitter::{MAX_COLUMNS, Mark, Records, Shape, SplitError, Splitter},
};

/// A longer field makes its row a reject.
pub(crate) const MAX_FIELD: usize = 65_536;

/// An open file.
pub(crate) struct Table<'a> {
    path: &'a Path,
    titles: Vec<String>,
    splitter: Splitter<Box<dyn Read>>,
    records: Records,
    /// Data records so far.
    read: u64,
}

impl<'a> Table<'a> {
    /// Opens a file, decompressing by its ending, and reads its header.
    pub fn open(path: &'a Path) -> Result<Self, IngestError> {
        let mut splitter = Splitter::new(csv_read::open(path)?, MAX_FIELD);
        let broken = |error: SplitError| csv_read::broken(path, 0, error);
        if splitter.mark().map_err(|e| broken(e.into()))? == Mark::Utf16 {
            return Err(IngestError::Encoding { path: path.to_owned(), encoding: "UTF-16" });
        }
        let titles = match splitter.header().map_err(broken)? {
            Some(titles) if titles.is_empty() => return Err(IngestError::NoHeader { path: path.to_owned() }),
            Some(titles) => titles,
            None => return Err(IngestError::HeaderTooLong { path: path.to_owned(), limit: MAX_COLUMNS }),
        };
        let titles: Vec<String> = titles.iter().map(|t| String::from_utf8_lossy(t).into_owned()).collect();
        let records = Records::new(titles.len());
        Ok(Self { path, titles, splitter, records, read: 0 })
    }

    /// What the columns are called.
    pub fn titles(&self) -> &[String] {
        &self.titles
    }

    /// The next record, if there is one.
    pub fn next(&mut self) -> Result<Option<Record<'_>>, IngestError> {
        self.records.clear();
        let next = self.splitter.next(&mut self.records);
        if !next.map_err(|e| csv_read::broken(self.path, self.read, e))? {
            return Ok(None);
        }
        self.read += 1;
        Ok(Some(Record { number: self.read, records: &self.records, width: self.titles.len() }))
    }
}

/// One record of a file.
#[derive(Clone, Copy)]
pub(crate) struct Record<'r> {
    /// 1-based among the data records.
    pub number: u64,
    records: &'r Records,
    width: usize,
}

impl<'r> Record<'r> {
    /// The bytes of a field; none where the record has too few fields.
    pub fn bytes(self, field: usize) -> &'r [u8] {
        self.records.field(0, field)
    }

    /// The text of a field, with a replacement character for what is not UTF-8.
    pub fn text(self, field: usize) -> Cow<'r, str> {
        String::from_utf8_lossy(self.bytes(field))
    }

    /// The text of all fields, run together.
    pub fn whole(self) -> Cow<'r, str> {
        String::from_utf8_lossy(self.records.whole(0))
    }

    /// Why the fields cannot be told apart, if they cannot.
    pub fn misshapen(self) -> Option<&'static str> {
        match self.records.shapes[0] {
            Shape::Fields(_) => Some("another number of fields than the header"),
            Shape::Quote => Some("text after a closing quote"),
            Shape::Sound => None,
        }
    }

    /// Why the record is too long, if it is.
    pub fn oversized(self) -> Option<&'static str> {
        let long = self.records.whole(0).len() > MAX_FIELD
            && (0..self.width).any(|field| self.bytes(field).len() > MAX_FIELD);
        long.then_some("a field longer than 65,536 bytes")
    }
}
