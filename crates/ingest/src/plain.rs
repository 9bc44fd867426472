//! Plain tables: of one file, with columns that the user names.

pub(crate) mod csv;
pub(crate) mod parquet;

use std::path::Path;

use crate::chunk::shorten;

/// A row that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowReject {
    /// 1-based data record of the file; rows that were left out count too.
    pub row: u64,
    /// Which column was at fault; empty if the whole record is.
    pub column: String,
    /// What it held, shortened.
    pub value: String,
    /// Why it cannot be read.
    pub reason: &'static str,
}

impl RowReject {
    pub(crate) fn new(row: u64, column: &str, value: &str, reason: &'static str) -> Self {
        Self { row, column: column.to_owned(), value: shorten(value), reason }
    }
}

/// Whether a file is Parquet, which its ending tells; all others are CSV.
pub(crate) fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "parquet")
}
