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
    /// Gains would not fit into 128 bits, or weights that are drawn anew into 64.
    #[error(
        "weights, node sizes and resolution are too large for exact gains\nhint: scale the weights down, or give the resolution with fewer digits"
    )]
    TooLarge,
    /// Sizes, labels or keys are not one per node.
    #[error("{given} {what} were given for {nodes} nodes\nhint: give one for each node")]
    WrongLength {
        /// What was given: sizes, labels or keys.
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
    /// A share of no runs is not a number.
    #[error("no run was asked for\nhint: ask for at least one, better for ten or more")]
    NoRuns,
    /// The chance that a walk goes on is a share.
    #[error("`{text}` is not a damping factor\nhint: give a number from 0 to 1, as 0.85")]
    Damping {
        /// What was given.
        text: String,
    },
    /// A walk must return to its seeds now and then, and must not stay there.
    #[error("`{text}` is not a teleport probability\nhint: give a number between 0 and 1, as 0.15")]
    Teleport {
        /// What was given.
        text: String,
    },
    /// No tolerance would mean the whole graph.
    #[error(
        "`{text}` is not a tolerance\nhint: give a number above 0, as 0.0001; the smaller, the farther it looks"
    )]
    Tolerance {
        /// What was given.
        text: String,
    },
    /// A walk has nowhere to start.
    #[error("no seed has a weight\nhint: give at least one node a weight above 0")]
    NoSeeds,
    /// A seed is not in the graph.
    #[error(
        "node {node} is a seed, but the graph has {nodes} nodes\nhint: number the nodes from 0, as in the graph"
    )]
    SeedOutOfRange {
        /// The smallest such seed.
        node: u32,
        /// Nodes of the graph.
        nodes: u32,
    },
    /// A seed's weight is its share of the starts.
    #[error("node {node} has the weight `{text}` as a seed\nhint: give a number of 0 or more")]
    SeedWeight {
        /// The first such seed.
        node: u32,
        /// Its weight.
        text: String,
    },
}
