//! The Leiden search: move, refine, aggregate, until nothing gains.

use std::borrow::Cow;

use itoguchi_graph::{ArcWeights, Csr, Edge, components};

use crate::{
    error::CommunityError,
    grouping::{Grouping, Groups, group},
    mixed,
    moving::Moving,
    objective::{Objective, Terms},
    partition::{Partition, check_length, first_of_label, renumber},
    quality::masses_of,
    rows::{Ones, Owned, Rows, Weights, Whole},
};

/// How to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeidenOptions<'a> {
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
    /// A size for every node, as when a node stands for several accounts of one owner; without them every node counts one.
    /// For CPM only: modularity takes the nodes' strengths.
    pub sizes: Option<&'a [u64]>,
    /// What every node draws by, as [`key_of`] its name: then it draws the same whoever else there is. Without keys, its
    /// number.
    pub keys: Option<&'a [u64]>,
    /// Where to begin, as with yesterday's answer: nodes stay where they were unless they gain by moving, so that what did
    /// not change keeps its communities. Those that are not connected are taken apart first, those that pass the limit of
    /// members dissolved. Without it every node begins alone.
    pub start: Option<&'a Partition>,
}

impl LeidenOptions<'_> {
    /// Until nothing changes (at most 100 rounds), once, communities of any number of nodes.
    #[must_use]
    pub fn new(objective: Objective) -> Self {
        Self {
            objective,
            seed: 0,
            tries: 1,
            max_rounds: 100,
            max_members: None,
            sizes: None,
            keys: None,
            start: None,
        }
    }
}

/// Parts the nodes into communities; every node counts one for CPM.
///
/// Edges of weight nought join nothing. Every community is connected. When it stopped by itself, no node gains by
/// moving to another community or to one of its own.
///
/// # Errors
/// [`CommunityError::TooLarge`] where exact gains would not fit into 128 bits; [`CommunityError::WrongLength`] and
/// [`CommunityError::NoSize`] where sizes, keys or the start are not one for each node, or a size is nought.
/// # Cost
/// The first round about five passes over the edges, further ones about three, and half as much again for all levels
/// above. With the graph and the building of it, 18 to 32 bytes for each arc (an edge has two) where all weigh one. Many
/// threads choose, refine and aggregate; moves are carried out by one, and so are the last moves of a level in later
/// rounds.
/// # Determinism
/// Depends on the set of edges and the options alone. No choice looks at another component under CPM, under modularity only
/// at the total weight: nodes that are added and have no edge to the others change nothing for these, where every node has
/// a key of its own and the others keep their order, or where the new ones are numbered behind them. Only the number of
/// levels in a round is common to all, so that one component may, rarely, be looked at once more because of another.
/// Renumbering the nodes in another order is like another seed.
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
    Search::new(graph, options)?.best()
}

/// [`leiden`] with what its communities are made of: the last partition is the answer of [`leiden`] with one try, and each
/// is a refinement of the next, down to the smallest firm groups. Every group of every level is connected.
///
/// # Errors
/// As [`leiden`].
pub fn leiden_levels(graph: &Csr, options: &LeidenOptions) -> Result<Vec<Partition>, CommunityError> {
    let search = Search::new(graph, options)?;
    let levels = search.levels(options.seed, true);
    let mut levels: Vec<Partition> = levels.iter().map(|labels| Partition::from_labels(labels)).collect();
    levels.dedup();
    Ok(levels)
}

/// A number for a text, as [`LeidenOptions::keys`] asks for: the same on every machine, spread evenly. Texts that share one
/// share their draws, which harms nobody.
///
/// # Source
/// G. Fowler, L. C. Noll, K.-P. Vo, D. Eastlake, The FNV Non-Cryptographic Hash Algorithm, 64 bits, FNV-1a.
#[must_use]
pub fn key_of(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// A graph with what is counted in it.
struct Search<'a> {
    /// Without edges of weight nought.
    graph: Cow<'a, Csr>,
    sizes: Vec<u64>,
    terms: Terms<i128>,
    narrow: Option<Terms<i64>>,
    /// What every node draws by.
    keys: Cow<'a, [u64]>,
    options: LeidenOptions<'a>,
}

impl<'a> Search<'a> {
    fn new(graph: &'a Csr, options: &LeidenOptions<'a>) -> Result<Self, CommunityError> {
        if let Some(start) = options.start {
            start.check(graph.nodes())?;
        }
        if let Some(keys) = options.keys {
            check_length("keys", keys.len(), graph.nodes())?;
        }
        if let Some(sizes) = options.sizes {
            check_length("sizes", sizes.len(), graph.nodes())?;
            if let Some((node, _)) = (0..).zip(sizes).find(|(_, size)| **size == 0) {
                return Err(CommunityError::NoSize { node });
            }
        }
        let sizes: Vec<u64> = match (options.objective, options.sizes) {
            (Objective::Cpm { .. }, Some(sizes)) => sizes.to_vec(),
            (Objective::Cpm { .. }, None) => vec![1; graph.nodes() as usize],
            // a node without any weight has no neighbours, so its size is of no account, but it is in a community
            (Objective::Modularity { .. }, _) => {
                (0..graph.nodes()).map(|node| graph.strength(node).max(1)).collect()
            }
        };
        let keys = match options.keys {
            Some(keys) => Cow::Borrowed(keys),
            None => (1..=u64::from(graph.nodes())).map(mixed).collect(),
        };
        let total = sizes.iter().map(|size| u128::from(*size)).sum();
        let terms = options.objective.terms(graph.total_weight(), total)?;
        let narrow = terms.narrow(graph.total_weight(), total);
        Ok(Self { graph: with_weight(graph), sizes, terms, narrow, keys, options: *options })
    }

    /// The best partition over all tries.
    fn best(&self) -> Result<Partition, CommunityError> {
        let first = Partition::from_labels(&self.labels(self.options.seed));
        if self.options.tries < 2 {
            return Ok(first);
        }
        let component = components(&self.graph).smallest;
        let mut labels: Vec<u32> = first_of_label(first.labels());
        let mut values = self.values(&first, &component)?;
        for attempt in 1..self.options.tries {
            let seed = mixed(self.options.seed ^ mixed(attempt.into())) | 1;
            let other = Partition::from_labels(&self.labels(seed));
            let others = self.values(&other, &component)?;
            for (node, label) in first_of_label(other.labels()).into_iter().enumerate() {
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
    fn labels(&self, seed: u64) -> Vec<u32> {
        self.levels(seed, false).pop().expect("the last level is the answer")
    }

    /// The label of every node at every level, the answer last; only the answer unless the others are asked for.
    fn levels(&self, seed: u64, all: bool) -> Vec<Vec<u32>> {
        match self.narrow {
            Some(terms) => self.with_terms(terms, seed, all),
            None => self.with_terms(self.terms, seed, all),
        }
    }

    fn with_terms<G: Whole>(&self, terms: Terms<G>, seed: u64, all: bool) -> Vec<Vec<u32>> {
        match self.graph.arc_weights() {
            ArcWeights::Ones => self.rounds(terms, Ones, seed, all),
            ArcWeights::Narrow(weights) => self.rounds(terms, weights, seed, all),
            ArcWeights::Wide(weights) => self.rounds(terms, weights, seed, all),
        }
    }

    /// Rounds until nothing changes.
    fn rounds<G: Whole, W: Weights>(
        &self,
        terms: Terms<G>,
        weights: W,
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
            keys: &self.keys,
        };
        let mut labels = match self.options.start {
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
            if round == 0 && self.options.start.is_none() {
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
        let Groups { of_node, communities, offsets, targets, weights, sizes, members, keys } = groups;
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
            keys: &keys,
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
