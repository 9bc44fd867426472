//! Communities, and what shows that they are right.
//!
//! - [`leiden`] parts a graph of whole-number weights so that a quality function is at a local optimum that no single node
//!   can improve, and every community is connected. Gains are exact integers; the answer is equal for every number of
//!   threads and every order of the input edges.
//! - [`quality`] has the measures of a partition, [`quality::certify`] proves the connectivity of any partition, and
//!   [`agreement`] compares two.
//! - [`certificates`] states for every community what holds it together and where it would break, [`stability()`] how far
//!   it comes back with other seeds and resolutions, [`bootstrap`] how far it depends on single edges.
//! - [`label_propagation`] is the quick alternative without a guarantee; [`local_clustering`] counts triangles.
//! - [`expand`] finds the community around known accounts by a [`personalised`] walk, without parting the whole graph, so
//!   that communities around different accounts may overlap; [`pagerank`] is the exact walk.

mod agreement;
mod certificate;
mod clustering;
mod error;
mod expand;
mod grouping;
mod label_propagation;
mod leiden;
mod moving;
mod objective;
mod pagerank;
mod partition;
mod personalised;
pub mod quality;
mod rows;
mod seeds;
mod stability;
mod tally;

pub use agreement::{Agreement, Counterpart, agreement, counterparts};
pub use certificate::{CommunityCertificate, certificates};
pub use clustering::{LocalClustering, local_clustering};
pub use error::CommunityError;
pub use expand::{ExpandOptions, Expansion, Swept, expand};
pub use label_propagation::{Propagation, label_propagation, label_propagation_from};
pub use leiden::{LeidenOptions, key_of, leiden, leiden_levels};
pub use objective::{Objective, Resolution};
pub use pagerank::{DAMPING, PageRankOptions, pagerank, pagerank_from};
pub use partition::Partition;
pub use personalised::{Personalised, PushOptions, personalised};
pub use stability::{Bootstrap, Stability, bootstrap, over_resolutions, over_seeds, stability};

/// A number whose every bit depends on every bit of `x` (the finaliser of SplitMix64).
fn mixed(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
