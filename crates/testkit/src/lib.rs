//! Slow obvious reference answers and comparisons, for tests only.
//!
//! Everything here takes plain tuples and slices, so that no kernel is needed to check a kernel.

pub mod coaction;
pub mod exact;
pub mod graphs;
pub mod partitions;
