//! What a caller can get wrong.

use thiserror::Error;

/// Why a graph could not be built or searched.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum GraphError {
    /// An edge names a node that the graph does not have.
    #[error(
        "edge {edge} names node {node}, but the graph has {nodes} nodes\nhint: number the nodes from 0 and pass how many there are"
    )]
    NodeOutOfRange {
        /// Position of the edge in the list.
        edge: usize,
        /// The node named.
        node: u32,
        /// Nodes of the graph.
        nodes: u32,
    },
    /// The weights of one pair, or of all edges, do not fit into 64 bits.
    #[error("the weights of all edges sum to more than {limit}\nhint: scale the weights down")]
    WeightOverflow {
        /// The largest sum.
        limit: u64,
    },
}
