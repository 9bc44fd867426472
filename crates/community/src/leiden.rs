//! The Leiden search: move, refine, aggregate, until nothing gains.

use itoguchi_graph::{Csr, components};
use rayon::prelude::*;

use crate::{
    error::CommunityError,
    level::{Level, renumber},
    moving::move_nodes,
    objective::{Objective, Terms},
    partition::{Partition, check_length},
    refine::refine,
};

/// How to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeidenOptions {
    /// What to optimise.
    pub objective: Objective,
    /// 0 looks at nodes in the order of their numbers; any other number shuffles that order, for a second opinion on
    /// how firm the communities are.
    pub seed: u64,
    /// How many orders to try; the best partition is kept, the first of equals. At least one is tried.
    pub tries: u32,
    /// Most rounds of move, refine and aggregate; it stops by itself when a round changes nothing, usually after
    /// two to five. At least one is made.
    pub max_rounds: u32,
}

impl LeidenOptions {
    /// Until nothing changes (at most 100 rounds), once, in the order of node numbers.
    #[must_use]
    pub fn new(objective: Objective) -> Self {
        Self { objective, seed: 0, tries: 1, max_rounds: 100 }
    }
}

/// Parts the nodes into communities; every node counts one for CPM.
///
/// Edges of weight nought join nothing. Every community is connected. When it stopped by itself, no node gains by
/// moving to another community or to one of its own.
///
/// # Errors
/// [`CommunityError::TooLarge`] where exact gains would not fit into 128 bits.
/// # Cost
/// A few dozen passes over the edges; about 40 bytes for each edge. Connected components are parted in parallel, one
/// component by one thread.
/// # Determinism
/// Depends on the set of edges and the options alone. Components do not influence one another under CPM; under
/// modularity only through the total weight.
/// # Source
/// V. A. Traag, L. Waltman, N. J. van Eck, From Louvain to Leiden: guaranteeing well-connected communities,
/// Scientific Reports 9:5233, 2019, supplementary algorithm A.2. Departures: gains are integers; where the paper
/// merges at random in proportion to e^(gain/θ), the largest gain is taken (θ → 0); local moving ends only when a
/// whole round of all nodes changes nothing.
pub fn leiden(graph: &Csr, options: &LeidenOptions) -> Result<Partition, CommunityError> {
    leiden_sized(graph, &vec![1; graph.nodes() as usize], options)
}

/// [`leiden`] with a size for every node, as when a node stands for several accounts of one owner. Sizes count for
/// CPM only; modularity takes the nodes' strengths.
///
/// # Errors
/// As [`leiden`]; and where sizes are not one per node, or one of them is nought.
pub fn leiden_sized(
    graph: &Csr,
    sizes: &[u64],
    options: &LeidenOptions,
) -> Result<Partition, CommunityError> {
    check_length("sizes", sizes.len(), graph.nodes())?;
    if let Some((node, _)) = (0..).zip(sizes).find(|(_, size)| **size == 0) {
        return Err(CommunityError::NoSize { node });
    }
    let sizes = match options.objective {
        Objective::Cpm { .. } => sizes.to_vec(),
        Objective::Modularity { .. } => (0..graph.nodes()).map(|node| graph.strength(node)).collect(),
    };
    let total = sizes.iter().map(|size| u128::from(*size)).sum();
    let terms = options.objective.terms(graph.total_weight(), total)?;
    let parts = components(graph).members();
    let labels: Vec<Vec<u32>> =
        parts.par_iter().map(|members| best(&level_of(graph, members, &sizes), terms, options)).collect();
    Ok(joined(graph.nodes(), &parts, &labels))
}

/// One component as the lowest level.
fn level_of(graph: &Csr, members: &[u32], sizes: &[u64]) -> Level {
    let mut level = Level { offsets: vec![0], ..Level::default() };
    for node in members {
        level.sizes.push(sizes[*node as usize]);
        for (other, weight) in graph.neighbours(*node).filter(|(_, weight)| *weight > 0) {
            let local = members.binary_search(&other).expect("a neighbour is in the same component");
            level.targets.push(local as u32);
            level.weights.push(weight);
        }
        level.offsets.push(level.targets.len());
    }
    level
}

/// The partitions of all components as one.
fn joined(nodes: u32, parts: &[Vec<u32>], labels: &[Vec<u32>]) -> Partition {
    let mut all = vec![0; nodes as usize];
    for (members, labels) in parts.iter().zip(labels) {
        for (node, label) in members.iter().zip(labels) {
            // labels are local numbers of members, so naming by the member makes them distinct
            all[*node as usize] = members[*label as usize];
        }
    }
    Partition::from_labels(&all)
}

/// The best partition over all tries.
fn best(level: &Level, terms: Terms, options: &LeidenOptions) -> Vec<u32> {
    let mut labels = search(level, terms, options.seed, options.max_rounds);
    for attempt in 1..options.tries {
        let seed = mixed(options.seed ^ mixed(attempt.into())) | 1;
        let other = search(level, terms, seed, options.max_rounds);
        if level.quality(terms, &other) > level.quality(terms, &labels) {
            labels = other;
        }
    }
    labels
}

/// Rounds until nothing changes; returns a label below the number of nodes for every node.
fn search(level: &Level, terms: Terms, seed: u64, max_rounds: u32) -> Vec<u32> {
    let mut labels: Vec<u32> = (0..level.nodes() as u32).collect();
    if level.nodes() < 2 {
        return labels;
    }
    for _ in 0..max_rounds.max(1) {
        let (next, moved) = round(level, terms, labels, seed);
        labels = next;
        if !moved {
            break;
        }
    }
    labels
}

/// One round from a partition up through all levels; says whether any node moved.
///
/// It ends at a level whose communities are single nodes. Those nodes are refined groups, hence connected, and so is
/// every community of the answer.
fn round(lowest: &Level, terms: Terms, mut labels: Vec<u32>, seed: u64) -> (Vec<u32>, bool) {
    let mut upper: Option<Level> = None;
    let mut place: Vec<u32> = (0..lowest.nodes() as u32).collect();
    let mut moved = false;
    loop {
        let level = upper.as_ref().unwrap_or(lowest);
        let order = order(level.nodes() as u32, seed);
        moved |= move_nodes(level, terms, &order, &mut labels);
        if renumber(&mut labels) == level.nodes() {
            return (place, moved);
        }
        let (groups, count) = refine(level, terms, &order, &labels);
        debug_assert!(
            count < level.nodes(),
            "a community of several nodes was refined into its single nodes"
        );
        let mut above = vec![0; count];
        for (group, label) in groups.iter().zip(&labels) {
            above[*group as usize] = *label;
        }
        for place in &mut place {
            *place = groups[*place as usize];
        }
        let next = level.aggregate(&groups, count);
        labels = above;
        upper = Some(next);
    }
}

/// The order in which nodes are looked at.
fn order(nodes: u32, seed: u64) -> Vec<u32> {
    let mut order: Vec<u32> = (0..nodes).collect();
    if seed != 0 {
        order.sort_unstable_by_key(|node| (mixed(seed ^ mixed(u64::from(*node) + 1)), *node));
    }
    order
}

/// A number whose every bit depends on every bit of `x` (the finaliser of SplitMix64).
fn mixed(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
