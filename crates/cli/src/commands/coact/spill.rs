//! Tables that do not fit into the memory allowed.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::PathBuf,
};

use itoguchi_coaction::{CoactionError, Columns, Source, Store};
use itoguchi_ingest::{ActionScan, ActionTable, IngestError};

/// Bytes that an act takes while it is worked on.
const ACT: u64 = 64;
/// Rows given at a time.
const BATCH: usize = 1 << 18;

/// Acts that may be in memory, given so many bytes.
pub fn acts_in(bytes: u64) -> usize {
    usize::try_from(bytes / ACT).unwrap_or(usize::MAX)
}

/// A table that is read again and again.
pub struct Table<'a>(pub &'a ActionScan);

impl Source for Table<'_> {
    fn replay(
        &self,
        each: &mut dyn FnMut(Columns) -> Result<(), CoactionError>,
    ) -> Result<(), CoactionError> {
        let batch = |table: ActionTable| {
            let ActionTable { actor, object, time, .. } = table;
            each(Columns { object, time, actor, content: Vec::new() }).map_err(Fault)
        };
        self.0.for_each_batch(BATCH, batch).map_err(|fault| fault.0)
    }
}

/// What went wrong, in the kernel's terms.
struct Fault(CoactionError);

impl From<IngestError> for Fault {
    fn from(error: IngestError) -> Self {
        Self(CoactionError::Source { reason: error.to_string() })
    }
}

/// A folder that is gone when the work is done.
pub struct Folder(tempfile::TempDir);

impl Folder {
    /// # Errors
    /// Where temporary files cannot be made.
    pub fn new() -> io::Result<Self> {
        tempfile::Builder::new().prefix("itoguchi-").tempdir().map(Self)
    }

    fn path(&self, file: u64) -> PathBuf {
        self.0.path().join(file.to_string())
    }
}

impl Store for Folder {
    fn append(&self, file: u64, bytes: &[u8]) -> io::Result<()> {
        File::options().create(true).append(true).open(self.path(file))?.write_all(bytes)
    }

    fn read(&self, file: u64) -> io::Result<Vec<u8>> {
        match fs::read(self.path(file)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            read => read,
        }
    }

    fn remove(&self, file: u64) -> io::Result<()> {
        match fs::remove_file(self.path(file)) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }
}

/// A number of bytes with a unit.
pub fn parse_bytes(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits].parse().ok()?;
    let unit = match text[digits..].to_ascii_uppercase().trim_end_matches('B').trim_end_matches('I') {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return None,
    };
    number.checked_mul(1 << unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in [("5", 5), ("64K", 65_536), ("2GiB", 2 << 30), ("3MB", 3 << 20), ("1t", 1 << 40)]
        {
            assert_eq!(parse_bytes(text), Some(bytes), "{text}");
        }
        for bad in ["", "G", "-1G", "1.5G", "1P", "99999999999T"] {
            assert_eq!(parse_bytes(bad), None, "{bad}");
        }
    }
}
