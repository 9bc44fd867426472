//! Slow obvious reference answers and comparisons, for tests only.
//!
//! The references take plain tuples and slices, so that no kernel is needed to check a kernel; [`case`] writes the rows
//! of a case by hand.

pub mod case;
pub mod coaction;
pub mod exact;
pub mod graphs;
pub mod partitions;
pub mod real;
pub mod surprise;
