//! How good a partition is: modularity, CPM, conductance, and the certificate that communities are connected.
//!
//! Sums are exact integers; each measure is one division away from them.

use itoguchi_graph::Csr;

use crate::{
    error::CommunityError,
    objective::{Objective, Resolution},
    partition::Partition,
};

/// What lies inside and at the edge of one community.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mass {
    /// Nodes.
    pub members: u64,
    /// Weight of the edges inside, loops included.
    pub inside: u64,
    /// Weight of the edges that leave it.
    pub cut: u64,
}

impl Mass {
    /// Sum of its members' strengths.
    #[must_use]
    pub fn volume(&self) -> u128 {
        2 * u128::from(self.inside) + u128::from(self.cut)
    }

    /// The share of its edges that leave it, cut / min(volume, rest of the graph's volume): 0 for a component, 1 for
    /// a community without an edge inside. 0 where there is nothing to cut.
    #[must_use]
    pub fn conductance(&self, graph: &Csr) -> f64 {
        let rest = 2 * u128::from(graph.total_weight()) - self.volume();
        match self.volume().min(rest) {
            0 => 0.0,
            smaller => self.cut as f64 / smaller as f64,
        }
    }
}

/// The mass of every community.
///
/// # Errors
/// [`CommunityError::WrongLength`] where the partition is of another graph.
pub fn masses(graph: &Csr, partition: &Partition) -> Result<Vec<Mass>, CommunityError> {
    partition.check(graph.nodes())?;
    Ok(masses_of(graph, partition))
}

/// [`masses`] of a partition that is known to be the graph's.
pub(crate) fn masses_of(graph: &Csr, partition: &Partition) -> Vec<Mass> {
    let labels = partition.labels();
    let mut masses = vec![Mass::default(); partition.count() as usize];
    for (node, label) in (0_u32..).zip(labels) {
        masses[*label as usize].members += 1;
        masses[*label as usize].inside += graph.loop_weight(node);
    }
    for edge in graph.edges() {
        let (u, v) = (labels[edge.u as usize], labels[edge.v as usize]);
        if u == v {
            masses[u as usize].inside += edge.weight;
        } else {
            masses[u as usize].cut += edge.weight;
            masses[v as usize].cut += edge.weight;
        }
    }
    masses
}

/// Modularity Σ_c [w_c / m − γ (K_c / 2m)²]; 0 for a graph without weight.
///
/// # Errors
/// [`CommunityError`] where the partition is of another graph, or the sums pass 128 bits.
pub fn modularity(graph: &Csr, partition: &Partition, resolution: Resolution) -> Result<f64, CommunityError> {
    let weight = graph.total_weight();
    if weight == 0 {
        return partition.check(graph.nodes()).map(|()| 0.0);
    }
    let terms = Objective::modularity(resolution).terms(weight, 2 * u128::from(weight))?;
    let doubled = masses(graph, partition)?.into_iter().map(|mass| {
        let volume = mass.volume() as i128;
        2 * terms.link * i128::from(mass.inside) - terms.pair * volume * volume
    });
    // 2 × 2m den Σ w_c − num Σ K_c², over 4 m² den
    Ok(doubled.sum::<i128>() as f64 / (2.0 * terms.link as f64 * weight as f64))
}

/// The CPM quality Σ_c [w_c − γ n_c (n_c − 1) / 2].
///
/// # Errors
/// As [`modularity`].
pub fn cpm(graph: &Csr, partition: &Partition, resolution: Resolution) -> Result<f64, CommunityError> {
    let terms = Objective::cpm(resolution).terms(graph.total_weight(), u128::from(graph.nodes()))?;
    let sum = masses(graph, partition)?.into_iter().map(|mass| {
        let pairs = mass.members * mass.members.saturating_sub(1) / 2;
        terms.link * i128::from(mass.inside) - terms.pair * i128::from(pairs)
    });
    Ok(sum.sum::<i128>() as f64 / terms.link as f64)
}

/// Whether communities hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// How many communities there are.
    pub communities: u32,
    /// How many of them fall into two or more pieces.
    pub disconnected: u32,
    /// How many pieces there are beyond one for each community.
    pub extra_pieces: u32,
}

impl Certificate {
    /// Every community is connected.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.disconnected == 0
    }
}

/// Counts the pieces of every community, joined by edges of weight above nought inside it.
///
/// A proof by search: from the first node of every piece all others of the piece are reached without leaving the
/// community. [`crate::certificates`] names the communities that fall apart.
///
/// ```
/// use itoguchi_community::{Partition, quality::certify};
/// use itoguchi_graph::{Csr, Edge};
/// // 0 and 2 have only 1 in common, which is in another community
/// let path = Csr::from_edges(3, &[Edge::new(0, 1, 1), Edge::new(1, 2, 1)])?;
/// let found = certify(&path, &Partition::from_labels(&[0, 1, 0]))?;
/// assert_eq!((found.communities, found.disconnected, found.extra_pieces), (2, 1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`CommunityError::WrongLength`] where the partition is of another graph.
/// # Cost
/// O(n + m) time for n nodes and m edges; at most 9 bytes for each node and 4 for each community beside the graph.
/// # Determinism
/// Depends on the set of edges and the partition alone.
pub fn certify(graph: &Csr, partition: &Partition) -> Result<Certificate, CommunityError> {
    partition.check(graph.nodes())?;
    let pieces = pieces_of(graph, partition);
    Ok(Certificate {
        communities: partition.count(),
        disconnected: pieces.iter().filter(|p| **p > 1).count() as u32,
        extra_pieces: pieces.iter().sum::<u32>() - partition.count(),
    })
}

/// How many pieces every community of a partition that is known to be the graph's falls into. A search of its own, not
/// the one that the Leiden search parts communities by: what proves an answer shares nothing with what made it.
pub(crate) fn pieces_of(graph: &Csr, partition: &Partition) -> Vec<u32> {
    let labels = partition.labels();
    let mut pieces = vec![0; partition.count() as usize];
    let mut reached = vec![false; labels.len()];
    // a node waits once, from when it is reached
    let mut waiting = Vec::new();
    for first in 0..graph.nodes() {
        if reached[first as usize] {
            continue;
        }
        let community = labels[first as usize];
        pieces[community as usize] += 1;
        reached[first as usize] = true;
        waiting.push(first);
        while let Some(node) = waiting.pop() {
            for (other, weight) in graph.neighbours(node) {
                let place = other as usize;
                if weight > 0 && labels[place] == community && !reached[place] {
                    reached[place] = true;
                    waiting.push(other);
                }
            }
        }
    }
    pieces
}
