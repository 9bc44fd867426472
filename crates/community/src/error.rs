//! What a caller can get wrong.

use thiserror::Error;

/// Why a graph could not be parted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CommunityError {
    /// A resolution is a number of nought or more.
    #[error("`{text}` is not a resolution\nhint: give a decimal number of nought or more, as 0.05 or 12")]
    Resolution {
        /// What was given.
        text: String,
    },
    /// Gains would not fit into 128 bits.
    #[error(
        "weights, node sizes and resolution are too large for exact gains\nhint: scale the weights down, or give the resolution with fewer digits"
    )]
    TooLarge,
    /// Sizes or labels are not one per node.
    #[error("{given} {what} were given for {nodes} nodes\nhint: give one for each node")]
    WrongLength {
        /// What was given: sizes or labels.
        what: &'static str,
        /// How many.
        given: usize,
        /// Nodes of the graph.
        nodes: u32,
    },
    /// A node of no size would join everything for nothing.
    #[error("node {node} has size 0\nhint: leave it out of the graph, or give it a size of 1 or more")]
    NoSize {
        /// The first such node.
        node: u32,
    },
}
