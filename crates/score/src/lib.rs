//! How right a result is: measured against the truth of a simulated world.
//!
//! - [`Truth`]: what was planted, read from the folder that `simulate` writes.
//! - [`Found`]: what a result, or any simple rule, claims.
//! - [`score`](fn@score): the claim against the truth, counted in integers; [`METRICS`] are the ratios.
//! - [`rules`]: simple rules, whose claims are scored beside the engine's.
//! - [`Bound`]: what a check asks of a metric.
//!
//! What each metric means, and what counts neither way, stands in docs/SCORING.md. Nothing here is read by the engine:
//! it never sees a truth.

mod bounds;
mod counts;
mod error;
mod found;
mod json;
mod matching;
mod metrics;
mod parts;
pub mod rules;
mod score;
mod text;
mod texts;
mod together;
mod truth;

pub use bounds::{Bound, Side};
pub use counts::{
    AmountErrors, BCubed, Budget, CONFIDENCE_BINS, CONFIDENT, Counts, FIRST_RINGS, Infrastructure, MAX_Q,
    Overlap, Share,
};
pub use error::ScoreError;
pub use found::{Found, FoundLink, FoundMember, FoundRing};
pub use json::json;
pub use metrics::{METRICS, Metric, find_metric, value};
pub use score::score;
pub use text::text;
pub use truth::{AMOUNTS, Amounts, Thing, ThingKind, TrueRing, Truth, thing};
