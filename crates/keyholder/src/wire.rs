//! What the service says beside responses.

use itoguchi_share::epoch::Epoch;
use serde::{Deserialize, Serialize};

/// Where to ask for tokens.
pub const EVALUATE: &str = "/v1/evaluate";
/// Where the epochs stand.
pub const EPOCHS: &str = "/v1/epochs";
/// Where it says that it is there.
pub const HEALTH: &str = "/v1/health";
/// The kind of content of requests and responses.
pub const FRAMES: &str = "application/octet-stream";

/// What can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Of this form; 1.
    pub version: u32,
    /// SHA-256 of the policy.
    pub policy: String,
    /// Elements in one request, at most.
    pub elements: u64,
    /// The epochs that hold now, by name.
    pub epochs: Vec<Epoch>,
}

/// Why something was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What is wrong.
    pub error: String,
    /// What to do.
    pub hint: String,
}
