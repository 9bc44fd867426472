//! The Leiden search: move, refine, aggregate, until nothing gains.

use std::borrow::Cow;

use itoguchi_graph::{ArcWeights, Csr, Edge, components};

use crate::{
    error::CommunityError,
    grouping::{Grouping, Groups, group},
    mixed,
    moving::Moving,
    objective::{Objective, Terms},
    partition::{Partition, check_length},
    quality::masses_of,
    rows::{Ones, Owned, Rows, Weights, Whole},
};

/// How to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeidenOptions {
    /// What to optimise.
    pub objective: Objective,
    /// What decides which nodes are looked at when; another number gives a second opinion on how firm the communities
    /// are.
    pub seed: u64,
    /// How many seeds to try; of each component the best partition is kept, the first of equals. At least one is
    /// tried.
    pub tries: u32,
    /// Most rounds of move, refine and aggregate; it stops by itself when a round changes nothing. At least one is
    /// made. Two are about as good as two iterations of other implementations, five to ten better than most.
    pub max_rounds: u32,
    /// Most nodes in a community, where there is to be a limit.
    pub max_members: Option<u32>,
}

impl LeidenOptions {
    /// Until nothing changes (at most 100 rounds), once, communities of any number of nodes.
    #[must_use]
    pub fn new(objective: Objective) -> Self {
        Self { objective, seed: 0, tries: 1, max_rounds: 100, max_members: None }
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
/// The first round about six passes over the edges, further ones about three, and as much again for all levels above;
/// 12 to 20 bytes for each edge beside the graph. All steps but the carrying out of moves use all threads.
/// # Determinism
/// Depends on the set of edges and the options alone. Components do not influence one another under CPM, under
/// modularity only through the total weight: nodes that are added behind the others and have no edge to them change
/// nothing for these. Renumbering the nodes is like another seed.
/// # Source
/// V. A. Traag, L. Waltman, N. J. van Eck, From Louvain to Leiden: guaranteeing well-connected communities,
/// Scientific Reports 9:5233, 2019, supplementary algorithm A.2. Departures: gains are integers; where the paper
/// merges at random in proportion to e^(gain/θ), the largest gain is taken (θ → 0) in a random order; in the first
/// round of several, nodes move a batch at a time and whole communities are aggregated, since the next rounds take
/// them apart again.
/// # Example
/// ```
/// use itoguchi_community::{LeidenOptions, Objective, Resolution, leiden};
/// use itoguchi_graph::{Csr, Edge};
///
/// // two triangles and a bridge
/// let edges = [(0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5), (2, 3)];
/// let edges = edges.map(|(u, v)| Edge::new(u, v, 1));
/// let graph = Csr::from_edges(6, &edges)?;
/// let found = leiden(&graph, &LeidenOptions::new(Objective::modularity(Resolution::ONE)))?;
/// assert_eq!(found.labels(), [0, 0, 0, 1, 1, 1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn leiden(graph: &Csr, options: &LeidenOptions) -> Result<Partition, CommunityError> {
    Search::new(graph, None, options)?.best(None)
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
    Search::new(graph, Some(sizes), options)?.best(None)
}

/// [`leiden`] from a partition that is known already, as yesterday's: nodes stay where they were unless they gain by
/// moving, so that what did not change keeps its communities.
///
/// Communities that are not connected are taken apart first, and those that pass the limit of members dissolved.
///
/// # Errors
/// As [`leiden`]; and [`CommunityError::WrongLength`] where the partition is of another graph.
pub fn leiden_from(
    graph: &Csr,
    start: &Partition,
    options: &LeidenOptions,
) -> Result<Partition, CommunityError> {
    start.check(graph.nodes())?;
    Search::new(graph, None, options)?.best(Some(start))
}

/// [`leiden`] with what its communities are made of: the last partition is the answer of [`leiden`] with one try, and each
/// is a refinement of the next, down to the smallest firm groups. Every group of every level is connected.
///
/// # Errors
/// As [`leiden`].
pub fn leiden_levels(graph: &Csr, options: &LeidenOptions) -> Result<Vec<Partition>, CommunityError> {
    let search = Search::new(graph, None, options)?;
    let levels = search.levels(None, options.seed, true);
    let mut levels: Vec<Partition> = levels.iter().map(|labels| Partition::from_labels(labels)).collect();
    levels.dedup();
    Ok(levels)
}

/// A graph with what is counted in it.
struct Search<'a> {
    /// Without edges of weight nought.
    graph: Cow<'a, Csr>,
    sizes: Vec<u64>,
    terms: Terms<i128>,
    narrow: Option<Terms<i64>>,
    options: LeidenOptions,
}

impl<'a> Search<'a> {
    fn new(graph: &'a Csr, sizes: Option<&[u64]>, options: &LeidenOptions) -> Result<Self, CommunityError> {
        if let Some(sizes) = sizes {
            check_length("sizes", sizes.len(), graph.nodes())?;
            if let Some((node, _)) = (0..).zip(sizes).find(|(_, size)| **size == 0) {
                return Err(CommunityError::NoSize { node });
            }
        }
        let sizes = match (options.objective, sizes) {
            (Objective::Cpm { .. }, Some(sizes)) => sizes.to_vec(),
            (Objective::Cpm { .. }, None) => vec![1; graph.nodes() as usize],
            // a node without any weight has no neighbours, so its size is of no account, but it is in a community
            (Objective::Modularity { .. }, _) => {
                (0..graph.nodes()).map(|node| graph.strength(node).max(1)).collect()
            }
        };
        let total = sizes.iter().map(|size| u128::from(*size)).sum();
        let terms = options.objective.terms(graph.total_weight(), total)?;
        let narrow = terms.narrow(graph.total_weight(), total);
        Ok(Self { graph: with_weight(graph), sizes, terms, narrow, options: *options })
    }

    /// The best partition over all tries.
    fn best(&self, start: Option<&Partition>) -> Result<Partition, CommunityError> {
        let first = Partition::from_labels(&self.labels(start, self.options.seed));
        if self.options.tries < 2 {
            return Ok(first);
        }
        let component = components(&self.graph).smallest;
        let mut labels: Vec<u32> = first.first_members();
        let mut values = self.values(&first, &component)?;
        for attempt in 1..self.options.tries {
            let seed = mixed(self.options.seed ^ mixed(attempt.into())) | 1;
            let other = Partition::from_labels(&self.labels(start, seed));
            let others = self.values(&other, &component)?;
            for (node, label) in other.first_members().into_iter().enumerate() {
                let component = component[node] as usize;
                if others[component] > values[component] {
                    labels[node] = label;
                }
            }
            for (value, other) in values.iter_mut().zip(others) {
                *value = (*value).max(other);
            }
        }
        Ok(Partition::from_labels(&labels))
    }

    /// Twice the objective of every component, at its smallest node.
    fn values(&self, partition: &Partition, component: &[u32]) -> Result<Vec<i128>, CommunityError> {
        let mut sizes = vec![0_u64; partition.count() as usize];
        for (label, size) in partition.labels().iter().zip(&self.sizes) {
            sizes[*label as usize] += size;
        }
        let masses = masses_of(&self.graph, partition);
        let mut values = vec![0; component.len()];
        let mut told = vec![false; sizes.len()];
        for (label, component) in partition.labels().iter().zip(component) {
            let label = *label as usize;
            if !std::mem::replace(&mut told[label], true) {
                let size = i128::from(sizes[label]);
                values[*component as usize] +=
                    2 * self.terms.link * i128::from(masses[label].inside) - self.terms.pair * size * size;
            }
        }
        Ok(values)
    }

    /// The label of every node.
    fn labels(&self, start: Option<&Partition>, seed: u64) -> Vec<u32> {
        self.levels(start, seed, false).pop().expect("the last level is the answer")
    }

    /// The label of every node at every level, the answer last; only the answer unless the others are asked for.
    fn levels(&self, start: Option<&Partition>, seed: u64, all: bool) -> Vec<Vec<u32>> {
        match self.narrow {
            Some(terms) => self.with_terms(terms, start, seed, all),
            None => self.with_terms(self.terms, start, seed, all),
        }
    }

    fn with_terms<G: Whole>(
        &self,
        terms: Terms<G>,
        start: Option<&Partition>,
        seed: u64,
        all: bool,
    ) -> Vec<Vec<u32>> {
        match self.graph.arc_weights() {
            ArcWeights::Ones => self.rounds(terms, Ones, start, seed, all),
            ArcWeights::Narrow(weights) => self.rounds(terms, weights, start, seed, all),
            ArcWeights::Wide(weights) => self.rounds(terms, weights, start, seed, all),
        }
    }

    /// Rounds until nothing changes.
    fn rounds<G: Whole, W: Weights>(
        &self,
        terms: Terms<G>,
        weights: W,
        start: Option<&Partition>,
        seed: u64,
        all: bool,
    ) -> Vec<Vec<u32>> {
        let members = vec![1; if self.options.max_members.is_some() { self.sizes.len() } else { 0 }];
        let rows = Rows {
            offsets: self.graph.offsets(),
            targets: self.graph.targets(),
            weights,
            sizes: &self.sizes,
            members: &members,
        };
        let mut labels = match start {
            None => (0..self.graph.nodes()).collect(),
            Some(start) => self.begun(rows, start),
        };
        let narrow = self.graph.total_weight() <= u64::from(u32::MAX);
        let climb = Climb {
            terms,
            limit: self.options.max_members,
            narrow,
            moves: Moves::Single,
            refine: true,
            levels: false,
        };
        let several = self.options.max_rounds > 1;
        let mut settled = Settled::default();
        for round in 0..self.options.max_rounds.max(1) {
            let seed = mixed(seed ^ mixed(u64::from(round) + 1));
            if round == 0 && start.is_none() {
                labels =
                    Climb { moves: Moves::Batches, refine: !several, ..climb }.run(rows, seed, labels).labels;
                continue;
            }
            let before = labels.clone();
            let climbed = climb.run(rows, seed, labels);
            labels = climbed.labels;
            if !climbed.moved || settled.keep(&self.graph, &before, &mut labels) {
                break;
            }
        }
        if !all {
            return vec![labels];
        }
        let still = Climb { moves: Moves::None, levels: true, ..climb };
        let mut levels = still.run(rows, mixed(seed), first_of_label(&labels)).levels;
        levels.push(labels);
        levels
    }

    /// Where to begin: at a partition whose communities are connected and within the limit.
    fn begun<W: Weights>(&self, rows: Rows<'_, W>, start: &Partition) -> Vec<u32> {
        let mut labels = pieces(rows, start.labels());
        if let Some(limit) = self.options.max_members {
            let mut members = vec![0_u32; labels.len()];
            labels.iter().for_each(|label| members[*label as usize] += 1);
            for (node, label) in (0..).zip(&mut labels) {
                if members[*label as usize] > limit {
                    *label = node;
                }
            }
        }
        labels
    }
}

/// Components that a round did not change. They stay as they are while others go on, so that nothing depends on how
/// many rounds strangers take.
#[derive(Default)]
struct Settled {
    /// The smallest node of every node's component; nothing before the first question.
    component: Vec<u32>,
    /// By smallest node.
    settled: Vec<bool>,
}

impl Settled {
    /// Takes back what changed in components that are settled, and settles those in which nothing changed; says whether
    /// all are. Every move gains by now, so a partition that is as before was not left.
    fn keep(&mut self, graph: &Csr, before: &[u32], labels: &mut [u32]) -> bool {
        if self.component.is_empty() {
            self.component = components(graph).smallest;
            self.settled = vec![false; labels.len()];
        }
        let (old, new) = (first_of_label(before), first_of_label(labels));
        let mut changed = vec![false; labels.len()];
        for ((component, old), new) in self.component.iter().zip(&old).zip(&new) {
            changed[*component as usize] |= old != new;
        }
        for (node, label) in labels.iter_mut().enumerate() {
            // both are named after a node of the component, so no two components share a name
            let settled = self.settled[self.component[node] as usize];
            *label = if settled { old[node] } else { new[node] };
        }
        let mut all = true;
        for (node, component) in (0..).zip(&self.component) {
            if node == *component {
                self.settled[node as usize] |= !changed[node as usize];
                all &= self.settled[node as usize];
            }
        }
        all
    }
}

/// The first node of every node's label. Labels must be below their number.
fn first_of_label(labels: &[u32]) -> Vec<u32> {
    let mut first = vec![u32::MAX; labels.len()];
    (0..)
        .zip(labels)
        .map(|(node, label)| {
            let first = &mut first[*label as usize];
            *first = (*first).min(node);
            *first
        })
        .collect()
}

/// How nodes move on each level.
#[derive(Clone, Copy)]
enum Moves {
    Batches,
    Single,
    None,
}

/// One round from the nodes up through all levels.
#[derive(Clone, Copy)]
struct Climb<G> {
    terms: Terms<G>,
    limit: Option<u32>,
    /// The weights of all levels fit into 32 bits.
    narrow: bool,
    moves: Moves,
    refine: bool,
    /// The levels are asked for.
    levels: bool,
}

/// What a level and those above it came to.
struct Climbed {
    /// The community of every node, below the number of nodes.
    labels: Vec<u32>,
    /// The groups on the way, the finest first, if they are asked for.
    levels: Vec<Vec<u32>>,
    moved: bool,
}

impl<G: Whole> Climb<G> {
    fn run<W: Weights>(&self, rows: Rows<'_, W>, seed: u64, labels: Vec<u32>) -> Climbed {
        if self.narrow {
            self.level::<W, Vec<u32>>(rows, seed, labels)
        } else {
            self.level::<W, Vec<u64>>(rows, seed, labels)
        }
    }

    /// Moves the nodes of this level, makes groups of them, and goes on with these.
    ///
    /// It ends at a level whose communities are single nodes. These are refined groups, hence connected, and so is every
    /// community of the answer.
    fn level<W: Weights, V: Owned>(&self, rows: Rows<'_, W>, seed: u64, labels: Vec<u32>) -> Climbed {
        let mut moving = Moving::new(rows, self.terms, self.limit, labels);
        let moved = match self.moves {
            Moves::Batches => moving.sweep(seed),
            Moves::Single => moving.settle(),
            Moves::None => false,
        };
        let mut labels = moving.into_labels();
        let count = renumber(&mut labels);
        if count == rows.nodes() {
            return Climbed { labels, levels: Vec::new(), moved };
        }
        let grouping = if self.refine { Grouping::Refined(seed) } else { Grouping::Whole };
        let groups: Groups<V> = group(rows, self.terms, (&labels, count), grouping);
        let Groups { of_node, communities, offsets, targets, weights, sizes, members } = groups;
        if sizes.len() == rows.nodes() {
            // nothing was firm enough to be joined for good: left to the next round, but in connected pieces
            return Climbed { labels: pieces(rows, &labels), levels: Vec::new(), moved };
        }
        let above = Rows {
            offsets: &offsets,
            targets: &targets,
            weights: weights.rows(),
            sizes: &sizes,
            members: &members,
        };
        let above = self.level::<V::Rows<'_>, V>(above, mixed(seed), communities);
        let down =
            |labels: &[u32]| -> Vec<u32> { of_node.iter().map(|group| labels[*group as usize]).collect() };
        let labels = down(&above.labels);
        let mut levels = Vec::new();
        if self.levels {
            levels.extend(above.levels.iter().map(|labels| down(labels)));
            levels.insert(0, of_node);
        }
        Climbed { labels, levels, moved: moved | above.moved }
    }
}

/// The graph without edges of weight nought.
fn with_weight(graph: &Csr) -> Cow<'_, Csr> {
    let has_none = match graph.arc_weights() {
        ArcWeights::Ones => false,
        ArcWeights::Narrow(weights) => weights.contains(&0),
        ArcWeights::Wide(weights) => weights.contains(&0),
    };
    if !has_none {
        return Cow::Borrowed(graph);
    }
    let loops = (0..graph.nodes()).map(|node| Edge::new(node, node, graph.loop_weight(node)));
    let edges: Vec<Edge> = graph.edges().chain(loops).filter(|edge| edge.weight > 0).collect();
    Cow::Owned(Csr::from_edges(graph.nodes(), &edges).expect("edges of a graph make a graph"))
}

/// Every community's connected pieces, each named after its smallest node.
fn pieces<W: Weights>(rows: Rows<'_, W>, labels: &[u32]) -> Vec<u32> {
    let mut pieces = vec![u32::MAX; labels.len()];
    let mut waiting = Vec::new();
    for first in 0..labels.len() as u32 {
        if pieces[first as usize] != u32::MAX {
            continue;
        }
        pieces[first as usize] = first;
        waiting.push(first);
        while let Some(node) = waiting.pop() {
            for other in rows.targets_of(node) {
                let place = *other as usize;
                if pieces[place] == u32::MAX && labels[place] == labels[node as usize] {
                    pieces[place] = first;
                    waiting.push(*other);
                }
            }
        }
    }
    pieces
}

/// Numbers labels from nought in the order of their first occurrence; returns how many there are. Labels must be
/// below their number.
fn renumber(labels: &mut [u32]) -> usize {
    let mut number = vec![u32::MAX; labels.len()];
    let mut count = 0;
    for label in labels {
        let number = &mut number[*label as usize];
        if *number == u32::MAX {
            *number = count;
            count += 1;
        }
        *label = *number;
    }
    count as usize
}
