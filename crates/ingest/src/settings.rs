//! What the caller may decide about reading.

use itoguchi_model::Instant;
use serde::{Deserialize, Serialize};

/// How strict reading is, and what it may assume.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// A file of whose rows a larger share is rejected stops the run. From 0 to 1.
    pub max_reject_share: f64,
    /// Seconds east of UTC for times without a zone; without it such times are rejected, for nine hours must not be
    /// guessed.
    pub naive_offset_seconds: Option<i32>,
    /// Rows later than this are rejects; without it no time is judged against any clock.
    pub as_of: Option<Instant>,
    /// A field of more bytes makes its row a reject.
    pub max_field_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_reject_share: 0.05, naive_offset_seconds: None, as_of: None, max_field_bytes: 65_536 }
    }
}
