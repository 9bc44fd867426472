//! Leiden communities with a connectivity certificate.
//!
//! [`leiden`] parts a graph of whole-number weights so that a quality function is at a local optimum that no
//! single node can improve, and every community is connected. All gains are exact integers; the answer is equal
//! for every number of threads and every order of the input edges. [`quality`] holds the measures, and
//! [`quality::certify`] proves the connectivity of any partition.

mod error;
mod grouping;
mod leiden;
mod moving;
mod objective;
mod partition;
pub mod quality;
mod rows;
mod tally;

pub use error::CommunityError;
pub use leiden::{LeidenOptions, leiden, leiden_from, leiden_levels, leiden_sized};
pub use objective::{Objective, Resolution};
pub use partition::Partition;

/// A number whose every bit depends on every bit of `x` (the finaliser of SplitMix64).
fn mixed(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
