//! Label propagation: every node takes the label that most of its neighbours have.

use itoguchi_graph::Csr;
use rayon::prelude::*;

use crate::{error::CommunityError, partition::check_length};

/// What label propagation came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Propagation {
    /// The label of every node; [`crate::Partition::from_labels`] numbers them from nought.
    pub labels: Vec<u32>,
    /// Rounds made, the one that changed nothing among them.
    pub rounds: u32,
    /// The last round changed nothing, so no further one would.
    pub settled: bool,
}

/// Labels after at most `rounds` rounds, every node starting with its own number.
///
/// In a round all nodes at once take the label of the greatest weight among their neighbours, the smallest of
/// equals. Edges of weight nought and loops count for nothing; a node without neighbours keeps its label. A
/// directed graph is given with an edge's weight for the arcs between its ends, so a neighbour in both directions
/// counts twice.
///
/// Two sides of a graph may swap labels for ever, hence the fixed number of rounds. Unlike those of
/// [`crate::leiden`], the communities need not be connected; [`crate::quality::certify`] tells.
///
/// ```
/// use itoguchi_community::{Partition, label_propagation};
/// use itoguchi_graph::{Csr, Edge};
/// let edges = [(0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5), (2, 3)].map(|(u, v)| Edge::new(u, v, 1));
/// let found = label_propagation(&Csr::from_edges(6, &edges)?, 10);
/// // a label may end far from where it began
/// assert_eq!(found.labels, [0, 0, 0, 2, 2, 2]);
/// assert_eq!(Partition::from_labels(&found.labels).labels(), [0, 0, 0, 1, 1, 1]);
/// assert!(found.settled);
/// # Ok::<(), itoguchi_graph::GraphError>(())
/// ```
///
/// # Cost
/// O(m log d) time a round for m edges and degrees up to d, in parallel over nodes; a node none of whose neighbours
/// changed is passed over. 9 bytes for each node.
/// # Determinism
/// Integers alone: equal for every number of threads. Ties go by label, so it depends on how nodes are numbered.
/// # Source
/// U. N. Raghavan, R. Albert, S. Kumara, Near linear time algorithm to detect community structures in large-scale
/// networks, Phys. Rev. E 76:036106, 2007; made synchronous and deterministic as CDLP in A. Iosup et al., The LDBC
/// Graphalytics Benchmark, arXiv:2011.15028, section 2.3.
#[must_use]
pub fn label_propagation(graph: &Csr, rounds: u32) -> Propagation {
    let own: Vec<u32> = (0..graph.nodes()).collect();
    propagate(graph, own, rounds)
}

/// [`label_propagation`] from other labels than the nodes' own numbers.
///
/// # Errors
/// [`CommunityError::WrongLength`] where labels are not one per node.
pub fn label_propagation_from(
    graph: &Csr,
    labels: &[u32],
    rounds: u32,
) -> Result<Propagation, CommunityError> {
    check_length("labels", labels.len(), graph.nodes())?;
    Ok(propagate(graph, labels.to_vec(), rounds))
}

fn propagate(graph: &Csr, labels: Vec<u32>, rounds: u32) -> Propagation {
    let mut changed = vec![true; labels.len()];
    let mut found = Propagation { labels, rounds: 0, settled: false };
    while found.rounds < rounds && !found.settled {
        let next = round(graph, &found.labels, &changed);
        changed.par_iter_mut().enumerate().for_each(|(node, c)| *c = next[node] != found.labels[node]);
        found.settled = !changed.contains(&true);
        found.labels = next;
        found.rounds += 1;
    }
    found
}

/// The labels after one more round; `changed` says whose label the round before changed.
fn round(graph: &Csr, labels: &[u32], changed: &[bool]) -> Vec<u32> {
    (0..graph.nodes())
        .into_par_iter()
        .map_init(Vec::new, |around, node| {
            // what a node takes depends on its neighbours alone
            if graph.neighbours(node).any(|(other, _)| changed[other as usize]) {
                heaviest(graph, node, labels, around)
            } else {
                labels[node as usize]
            }
        })
        .collect()
}

/// The label of the greatest weight around a node, the smallest of equals; its own where there is none.
fn heaviest(graph: &Csr, node: u32, labels: &[u32], around: &mut Vec<(u32, u64)>) -> u32 {
    around.clear();
    around.extend(graph.neighbours(node).map(|(other, weight)| (labels[other as usize], weight)));
    around.sort_unstable_by_key(|(label, _)| *label);
    let (mut best, mut most) = (labels[node as usize], 0);
    for same in around.chunk_by(|x, y| x.0 == y.0) {
        let weight: u64 = same.iter().map(|(_, weight)| weight).sum();
        if weight > most {
            (best, most) = (same[0].0, weight);
        }
    }
    best
}
