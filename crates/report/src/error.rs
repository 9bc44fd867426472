//! What can go wrong between a result folder and a person.

use std::path::PathBuf;

use crate::escape;

/// Why a result could not be written, read or shown. The message says what and where; [`ReportError::hint`] says
/// what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A file or folder could not be used.
    #[error("cannot {action} {}: {source}", shown(.path))]
    Io {
        /// What was tried: `read`, `write`, `create`.
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A folder is no result of ours.
    #[error("{} is not a result folder: {reason}", shown(.path))]
    NoResult {
        /// Which folder.
        path: PathBuf,
        /// What it lacks.
        reason: String,
    },
    /// The manifest cannot be understood.
    #[error("cannot read the manifest {}: {reason}", shown(.path))]
    Manifest {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A table is damaged or was not written by us.
    #[error("cannot read the table {}: {reason}", shown(.path))]
    Table {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A table lacks columns, or they have other types.
    #[error("the table {} does not have the columns of `{table}`: {}", shown(.path), .faults.join("; "))]
    Columns {
        /// Which file.
        path: PathBuf,
        /// Which table it should be.
        table: &'static str,
        /// One fault per column.
        faults: Vec<String>,
    },
    /// A cell of a table holds what it cannot hold.
    #[error("the table {} has a value that cannot be: row {row}, column {column}: {reason}", shown(.path))]
    Cell {
        /// Which file.
        path: PathBuf,
        /// 1-based row.
        row: u64,
        /// Which column.
        column: &'static str,
        /// Why it cannot be.
        reason: String,
    },
    /// A table could not be encoded: our fault.
    #[error("cannot encode the table {}: {reason}", shown(.path))]
    Encode {
        /// Which file.
        path: PathBuf,
        /// What the encoder said.
        reason: String,
    },
    /// No ring of that id.
    #[error("there is no ring {} in this result", escape::id(.id))]
    UnknownRing {
        /// What was asked for.
        id: String,
        /// Rings with similar ids, made harmless.
        near: Vec<String>,
    },
    /// No account of that name.
    #[error("there is no account {} in this result", escape::id(.name))]
    UnknownAccount {
        /// What was asked for.
        name: String,
        /// Accounts with similar names, made harmless.
        near: Vec<String>,
    },
    /// No broker of that code.
    #[error("there is no account of broker {} in this result", escape::id(.broker))]
    UnknownBroker {
        /// What was asked for.
        broker: String,
        /// The brokers there are, made harmless.
        known: Vec<String>,
    },
}

impl ReportError {
    /// What to do next, in one line.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Io { .. } => "check that the path exists and may be used".to_owned(),
            Self::NoResult { .. } => {
                "name the folder that `itoguchi correlate CASE --out OUT` made".to_owned()
            }
            Self::Manifest { .. } | Self::Table { .. } | Self::Columns { .. } | Self::Cell { .. } => {
                "`itoguchi verify OUT` tells which files changed; run `itoguchi correlate` again to replace them"
                    .to_owned()
            }
            Self::Encode { .. } => "this is a fault of the program, not of the data: please report it".to_owned(),
            Self::UnknownRing { near, .. } if near.is_empty() => {
                "`itoguchi rings OUT` lists the rings".to_owned()
            }
            Self::UnknownAccount { near, .. } if near.is_empty() => {
                "write it as BROKER/ACCOUNT, as in the `accounts` table".to_owned()
            }
            Self::UnknownRing { near, .. } | Self::UnknownAccount { near, .. } => {
                format!("did you mean {}?", near.join(" or "))
            }
            Self::UnknownBroker { known, .. } if known.is_empty() => "the result has no accounts".to_owned(),
            Self::UnknownBroker { known, .. } => format!("the brokers are {}", known.join(", ")),
        }
    }
}

/// A path in a message: it may hold anything a folder's maker liked.
fn shown(path: &std::path::Path) -> String {
    escape::visible(&path.to_string_lossy(), 400)
}
