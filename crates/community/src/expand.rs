//! The community around a few known nodes.

use std::cmp::Ordering;

use foldhash::fast::FixedState;
use hashbrown::HashSet;
use itoguchi_graph::Csr;

use crate::{
    error::CommunityError,
    personalised::{Personalised, PushOptions, personalised},
    quality::Mass,
};

/// How far to look, and how much to take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExpandOptions {
    /// How the seeds' surroundings are scored.
    pub push: PushOptions,
    /// Most nodes of the community. Several communities together often have a lower conductance than each, so where
    /// the tolerance lets the walk see beyond one, this must keep it to one.
    pub max_members: usize,
}

impl ExpandOptions {
    /// As many members as are reached, with the usual chance of starting anew.
    #[must_use]
    pub fn new(tolerance: f64) -> Self {
        Self { push: PushOptions::new(tolerance), max_members: usize::MAX }
    }
}

/// A node in the order of the sweep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Swept {
    /// The node.
    pub node: u32,
    /// Its personalised PageRank, approximately.
    pub score: f64,
    /// The conductance of this node together with all before it, as [`Mass::conductance`].
    pub conductance: f64,
}

/// Nodes around some seeds, nearest first, and where to stop.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expansion {
    /// Every node reached, by score for each unit of strength, the highest first; of equals the smallest node.
    pub sweep: Vec<Swept>,
    /// How many of them, from the first, make the community.
    pub best: usize,
    /// At most this times its strength is missing of a node's score; see [`Personalised::bound`].
    pub bound: f64,
}

impl Expansion {
    /// The nodes of the community, ascending.
    #[must_use]
    pub fn members(&self) -> Vec<u32> {
        let mut members: Vec<u32> = self.sweep[..self.best].iter().map(|swept| swept.node).collect();
        members.sort_unstable();
        members
    }

    /// The community's conductance; none where nothing was reached.
    #[must_use]
    pub fn conductance(&self) -> Option<f64> {
        self.best.checked_sub(1).map(|last| self.sweep[last].conductance)
    }
}

/// The community around the seeds, found from them outwards: of the sets that take the nodes reached in the order of
/// [`personalised`] score for each unit of strength, the one of least conductance, the smallest of equals.
///
/// The whole graph is no such set, nor are nodes without an edge alone, unless there is no other.
/// Seeds of great strength may stand outside of it. Communities of different seeds may overlap. Empty where the
/// tolerance is too coarse for any node, or no member is allowed.
///
/// ```
/// use itoguchi_community::{ExpandOptions, expand};
/// use itoguchi_graph::{Csr, Edge};
/// // two groups of four, joined by one edge
/// let mut edges = vec![Edge::new(3, 4, 1)];
/// for first in [0, 4] {
///     edges.extend((0..4).flat_map(|v| (0..v).map(move |u| Edge::new(first + u, first + v, 1))));
/// }
/// let graph = Csr::from_edges(8, &edges)?;
/// let around = expand(&graph, &[(5, 1.0)], &ExpandOptions::new(1e-4))?;
/// assert_eq!(around.members(), [4, 5, 6, 7]);
/// assert_eq!(around.conductance(), Some(1.0 / 13.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`personalised`].
/// # Cost
/// That of [`personalised`], and of sorting the nodes reached. Independent of the graph's size.
/// # Determinism
/// As [`personalised`]; conductances are compared as fractions of integers.
/// # Source
/// R. Andersen, F. Chung, K. Lang, Local Graph Partitioning using PageRank Vectors, FOCS 2006 (sweeps; the algorithm
/// PageRank-Nibble, without its bounds on the volume, which follow from the tolerance only roughly).
pub fn expand(
    graph: &Csr,
    seeds: &[(u32, f64)],
    options: &ExpandOptions,
) -> Result<Expansion, CommunityError> {
    Ok(sweep(graph, personalised(graph, seeds, &options.push)?, options.max_members))
}

fn sweep(graph: &Csr, found: Personalised, max_members: usize) -> Expansion {
    let mut expansion = Expansion { bound: found.bound, ..Expansion::default() };
    let mut inside = HashSet::with_hasher(FixedState::default());
    let (mut mass, mut least) = (Mass::default(), None);
    for (node, score) in nearest_first(graph, found.scores) {
        take(graph, node, &mut inside, &mut mass);
        expansion.sweep.push(Swept { node, score, conductance: mass.conductance(graph) });
        if expansion.sweep.len() > max_members {
            continue;
        }
        if let Some(here) = Cut::of(graph, mass).filter(|here| least.is_none_or(|least| here.below(least))) {
            least = Some(here);
            expansion.best = expansion.sweep.len();
        }
    }
    if least.is_none() {
        expansion.best = expansion.sweep.len().min(max_members);
    }
    expansion
}

/// By score for each unit of strength, the highest first; a node without edges keeps its score whole and is first.
fn nearest_first(graph: &Csr, scores: Vec<(u32, f64)>) -> impl Iterator<Item = (u32, f64)> {
    let density = |(node, score): (u32, f64)| (node, score, score / graph.strength(node) as f64);
    let mut order: Vec<(u32, f64, f64)> = scores.into_iter().map(density).collect();
    order.sort_unstable_by(|x, y| match y.2.total_cmp(&x.2) {
        Ordering::Equal => x.0.cmp(&y.0),
        unequal => unequal,
    });
    order.into_iter().map(|(node, score, _)| (node, score))
}

/// Adds a node to a set and to the set's mass.
fn take(graph: &Csr, node: u32, inside: &mut HashSet<u32, FixedState>, mass: &mut Mass) {
    mass.members += 1;
    mass.inside += graph.loop_weight(node);
    for (other, weight) in graph.neighbours(node) {
        if inside.contains(&other) {
            mass.inside += weight;
            mass.cut -= weight;
        } else {
            mass.cut += weight;
        }
    }
    inside.insert(node);
}

/// A conductance as the fraction it is.
#[derive(Clone, Copy)]
struct Cut {
    cut: u128,
    smaller: u128,
}

impl Cut {
    /// None where a side has no edges.
    fn of(graph: &Csr, mass: Mass) -> Option<Self> {
        let rest = 2 * u128::from(graph.total_weight()) - mass.volume();
        let smaller = mass.volume().min(rest);
        (smaller > 0).then(|| Self { cut: mass.cut.into(), smaller })
    }

    /// Each factor is below 2^64.
    fn below(self, other: Self) -> bool {
        self.cut * other.smaller < other.cut * self.smaller
    }
}
