//! A file of actions, stretch after stretch, whatever its form.

use std::path::Path;

use super::{ActionColumns, Stretch, csv, parquet};
use crate::{error::IngestError, plain::is_parquet};

/// Records of CSV that are a stretch where a file is not read as a whole: many enough to meet most names more than once.
const CSV_RECORDS: u64 = 1 << 18;

/// A file that is open at some row.
pub(super) enum Reader<'a> {
    Csv(csv::Table<'a>),
    /// And the next row group.
    Parquet(parquet::Table<'a>, usize),
}

impl<'a> Reader<'a> {
    /// Opens a file in the form that its ending tells.
    pub fn open(path: &'a Path, columns: &'a ActionColumns) -> Result<Self, IngestError> {
        if is_parquet(path) {
            return Ok(Self::Parquet(parquet::Table::open(path, columns)?, 0));
        }
        Ok(Self::Csv(csv::Table::open(path, columns)?))
    }

    /// The whole file.
    pub fn all(self) -> Result<Vec<Stretch>, IngestError> {
        match self {
            Self::Csv(mut table) => Ok(vec![table.stretch(u64::MAX)?]),
            // All groups before the error of the first bad one: which error is told must not depend on threads.
            Self::Parquet(table, _) => table.stretches(0..table.groups()).into_iter().collect(),
        }
    }

    /// The next stretches, at most as many as there are threads; none at the end. Nothing can be read after an error.
    pub fn some(&mut self) -> Vec<Result<Stretch, IngestError>> {
        match self {
            Self::Csv(table) => match table.stretch(CSV_RECORDS) {
                Ok(stretch) if stretch.read == 0 => Vec::new(),
                stretch => vec![stretch],
            },
            Self::Parquet(table, next) => {
                let groups = *next..table.groups().min(*next + rayon::current_num_threads());
                *next = groups.end;
                table.stretches(groups)
            }
        }
    }
}
