//! What a caller can get wrong.

use thiserror::Error;

/// Why a sweep was refused. All of these are the caller's to mend; none depends on the values of a row.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CoactionError {
    /// Windows are lengths of time.
    #[error(
        "a window of {micros} microseconds is negative\nhint: give a length of time of zero or more, or none for the whole object"
    )]
    NegativeWindow {
        /// The window asked for.
        micros: i64,
    },
    /// Columns of one table have one length.
    #[error(
        "the columns of the acts have different lengths\nhint: give every act an object, a time and an actor, and all of them a content or none"
    )]
    Ragged,
    /// A rate is a share of false pairs among those accepted.
    #[error("a false discovery rate of {rate} is out of range\nhint: give a share from 0 to 1, as 0.05")]
    Rate {
        /// The rate asked for.
        rate: String,
    },
    /// Acts are numbered by 32 bits in one sweep.
    #[error(
        "{acts} acts are more than one sweep can number ({limit})\nhint: sweep groups of objects one after the other and merge the results"
    )]
    TooManyActs {
        /// How many there were.
        acts: usize,
        /// How many there may be.
        limit: usize,
    },
    /// The store for what does not fit into memory failed.
    #[error(
        "acts could not be set aside: {reason}\nhint: make room where temporary files go, or allow more memory"
    )]
    Store {
        /// What the store said.
        reason: String,
    },
    /// The source of acts failed.
    #[error("{reason}")]
    Source {
        /// What the source said.
        reason: String,
    },
}
