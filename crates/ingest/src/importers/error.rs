//! What can be wrong with a download as a whole, or with the case folder it goes to. Single bad rows are data,
//! not errors: see [`RejectedRow`](super::RejectedRow).

use std::{io, path::PathBuf};

use thiserror::Error;

/// Why nothing was imported. Every message is complete, ends in what to do next, and has no further source.
#[derive(Debug, Error)]
pub enum ImportError {
    /// One of several files failed; nothing of any of them was written.
    #[error("{}: {error}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        error: Box<ImportError>,
    },
    /// The bytes are no text: a workbook, a PDF, an archive, a saved web page.
    #[error("this is {what}, not a CSV download\nhint: {hint}")]
    NotText {
        /// What it looks like.
        what: &'static str,
        /// What to do instead.
        hint: &'static str,
    },
    /// No line is the header of a known download.
    #[error(
        "no known layout: {found}\nknown layouts: {known}\nhint: give the file as the broker's site saved it, with all its columns"
    )]
    UnknownLayout {
        /// What was found, and how it differs from the nearest known layout.
        found: String,
        /// The layouts that can be imported.
        known: String,
    },
    /// A download of a known kind that cannot be imported.
    #[error("this is {name}, {why}\nhint: download {instead} instead")]
    NoExecutions {
        /// What the broker calls it.
        name: &'static str,
        /// Why it is of no use.
        why: &'static str,
        /// What to download.
        instead: &'static str,
    },
    /// The layout belongs to another broker than the one named.
    #[error("this is {layout} of {found}, but the broker named is {expected}\nhint: --broker {flag}")]
    OtherBroker {
        /// Which layout it is.
        layout: &'static str,
        /// Whose layout that is.
        found: &'static str,
        /// Which broker was named.
        expected: &'static str,
        /// The flag's value that fits the file.
        flag: &'static str,
    },
    /// Two downloads in one file: the period of neither can be told.
    #[error(
        "a second header stands on line {line}: two downloads in one file\nhint: import each download as it was saved"
    )]
    SecondHeader {
        /// Where, counted from 1.
        line: u64,
    },
    /// A broker that has no importer.
    #[error("no importer for broker {name:?}\nhint: one of sbi, rakuten, nomura")]
    UnknownBroker {
        /// What was asked for.
        name: String,
    },
    /// An account id that cannot stand in a table.
    #[error(
        "account id {account:?} {why}\nhint: --account takes the broker's account token, as in its own extracts"
    )]
    BadAccount {
        /// What was given.
        account: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// This very file is in the case already, or was named twice.
    #[error("already imported as {file} for {broker}/{account} (sha256 {sha256})\nhint: leave it out")]
    SameFile {
        /// Under which name.
        file: String,
        /// For which broker.
        broker: String,
        /// For which account.
        account: String,
        /// The hash both have.
        sha256: String,
    },
    /// Its period overlaps that of another download of the same account.
    #[error(
        "its period {period} overlaps {other_period} of {other} for {broker}/{account}: fills of the common days would count twice\nhint: download a period that does not overlap, or pass --allow-overlap if the two hold different fills (another market, another page)"
    )]
    Overlap {
        /// The period of this file.
        period: String,
        /// The other file.
        other: String,
        /// The period of the other file.
        other_period: String,
        /// The broker of both.
        broker: String,
        /// The account of both.
        account: String,
    },
    /// The case keeps its executions in one file, so that a folder of that name cannot stand beside it.
    #[error(
        "{} holds the executions as one file\nhint: make the folder {}, move the file into it, and import again",
        file.display(),
        folder.display()
    )]
    OneTable {
        /// The file.
        file: PathBuf,
        /// The folder that should hold it.
        folder: PathBuf,
    },
    /// The staging folder exists: another import runs, or one was killed.
    #[error(
        "{} exists: another import is writing to this case\nhint: wait for it; if none is running, remove that folder",
        folder.display()
    )]
    Busy {
        /// The staging folder.
        folder: PathBuf,
    },
    /// A line of the record of imports cannot be read.
    #[error("{}, line {line}: {reason}\nhint: restore the file, or import into a new case folder", path.display())]
    Journal {
        /// The record of imports.
        path: PathBuf,
        /// Which line, counted from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// Reading or writing failed.
    #[error("cannot {what} {}: {error}\nhint: check that the path exists and may be read and written", path.display())]
    Io {
        /// `read`, `write`, `create`, `rename`.
        what: &'static str,
        /// What it was tried on.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A file too large to be a customer's download.
    #[error(
        "{bytes} bytes are too many for a customer's download (at most {limit})\nhint: a broker's own extract goes into the case folder as executions.csv or executions.parquet, without import"
    )]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
}

impl ImportError {
    /// The same error with the file it is about.
    #[must_use]
    pub(crate) fn of(self, path: &std::path::Path) -> Self {
        Self::File { path: path.to_owned(), error: Box::new(self) }
    }
}
