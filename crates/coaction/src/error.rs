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
    /// The acts are not in the order of [`crate::sort_acts`].
    #[error(
        "the acts are not sorted: act {index} comes before the one ahead of it\nhint: call sort_acts first"
    )]
    Unsorted {
        /// The first act out of place.
        index: usize,
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
}
