//! What is odd together: co-action within a window, against a null that keeps the crowd.
//!
//! An *act* is `(object, time, actor, content)`. Two acts of different accounts on one object within a window
//! are a *coincidence*; the coincidences of one pair of accounts on one object within one window are an
//! *occasion*. [`sweep`] counts both for every pair, [`sweep_between`] does so across two populations (buys
//! against sells). [`Surprise`] says how many occasions a pair would have if the accounts that acted on an
//! object had been dealt to its acts at random, and so how many bits the occasions seen are worth;
//! [`q_values`] bounds the share of false pairs among all that could have been. [`coact`] is the whole of it
//! for a plain table of actions.
//!
//! Everything here is a pure function of its arguments, and equal for any number of threads.

mod act;
mod coact;
mod error;
mod gamma;
mod legs;
mod occasions;
mod opposite;
pub mod pairs;
mod participation;
mod surprise;
mod trace;
mod validate;

pub use act::{Act, NO_CONTENT, sort_acts};
pub use coact::{CoactOptions, CoactPair, CoactResult, Row, coact};
pub use error::CoactionError;
pub use occasions::{PairCount, SweepOptions, sweep, sweep_where};
pub use opposite::sweep_between;
pub use participation::{Participation, active_acts};
pub use surprise::{Significance, Surprise, object_bits, poisson_bits, poisson_ln_tail};
pub use trace::{Coincidence, trace, trace_between};
pub use validate::{all_pairs, hypergeometric_log10_sf, q_values};
