//! Leiden communities with a connectivity certificate.
//!
//! [`leiden`] parts a graph of whole-number weights so that a quality function is at a local optimum that no
//! single node can improve, and every community is connected. All gains are exact integers; the answer is equal
//! for every number of threads and every order of the input edges. [`quality`] holds the measures, and
//! [`quality::certify`] proves the connectivity of any partition.

mod error;
mod leiden;
mod level;
mod moving;
mod objective;
mod partition;
pub mod quality;
mod refine;

pub use error::CommunityError;
pub use leiden::{LeidenOptions, leiden, leiden_sized};
pub use objective::{Objective, Resolution};
pub use partition::Partition;
