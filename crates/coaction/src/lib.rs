//! What is odd together: co-action within a window, against nulls that keep the crowd.
//!
//! An *act* is `(object, time, actor, content)`; [`Acts`] is a table of them. Two acts of different accounts on one
//! object within a window are a *coincidence*; the coincidences of one pair of accounts on one object within one
//! window are an *occasion*. [`sweep`] counts both for every pair, [`sweep_between`] does so across two populations
//! (buys against sells). [`surprises`] says how many bits the occasions are worth against what popularity and the
//! accounts' own habits explain; [`linked`] gives the pairs that neither that nor the crowd of the objects
//! explains, at a false discovery rate among all pairs that could have been. [`coact`] gives every pair of a plain
//! table, [`trace`] the acts behind one.
//!
//! Everything here is a pure function of its arguments, and equal for any number of threads.

mod act;
mod acts;
mod calibration;
mod coact;
mod deal;
mod error;
mod gamma;
mod legs;
mod linked;
mod occasions;
pub mod pairs;
mod participation;
mod partners;
mod promising;
mod spilled;
mod surprise;
mod trace;
mod validate;

pub use act::{Act, NO_CONTENT};
pub use acts::{Acts, Columns};
pub use calibration::{Calibration, calibrate};
pub use coact::{CoactOptions, coact, coact_between, coact_counted, no_loop};
pub use error::CoactionError;
pub use linked::{JudgedPair, linked, linked_between};
pub use occasions::{PairCount, SweepOptions, sweep, sweep_between, sweep_where};
pub use spilled::{Source, Spilled, Store};
pub use surprise::{Surprise, object_bits, surprises};
pub use trace::{Coincidence, trace, trace_between};
pub use validate::{all_pairs, hypergeometric_log10_sf, lead_ln_p, q_values};
