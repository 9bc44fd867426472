//! From one level to the next: the connected, well-connected groups inside every community, and the graph between them.

use std::{
    ops::Range,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

use rayon::prelude::*;

use crate::{
    mixed,
    objective::Terms,
    rows::{Owned, Rows, Weights, Whole},
    tally::Tally,
};

/// Nodes that one thread refines at a time, at least.
const CHUNK: usize = 2048;
/// Nodes whose surroundings are read at a time.
const BLOCK: usize = 32;

/// The next level: its nodes are groups of this level's.
pub(crate) struct Groups<V> {
    /// The group of every node.
    pub of_node: Vec<u32>,
    /// The community of every group, numbered by the community's first group.
    pub communities: Vec<u32>,
    pub offsets: Vec<usize>,
    pub targets: Vec<u32>,
    pub weights: V,
    pub sizes: Vec<u64>,
    pub members: Vec<u32>,
    /// The key of each group's first node.
    pub keys: Vec<u64>,
}

/// What becomes one node of the next level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// A whole community, as in the Louvain method: less work, but what hangs together is not asked.
    Whole,
    /// The connected, well-connected groups inside each community; nodes are looked at in an order drawn from this
    /// seed.
    Refined(u64),
}

/// Parts every community into groups, and makes the graph between them.
///
/// Refining, every node starts alone. In an order drawn from the seed, a node that is still alone and well connected to
/// its community joins the well-connected group in it with which it gains most, and at least nought. Well connected
/// means: the edges to the rest of the community weigh no less than the objective asks for. A group grows only by a
/// node that has an edge into it, so it is connected.
///
/// Where every member gains nought or more by staying, all are well connected; and summed over the members of its
/// community those gains are its gains with each of them alone, hence some one is not negative. So the first node
/// looked at in a community of two or more finds a group, and there are fewer groups than nodes.
///
/// `labels` number the communities from nought without gaps, by their first members. Groups are numbered by community,
/// and in it by their first members: what is drawn for a node decides nothing about the places of others.
pub(crate) fn group<W: Weights, G: Whole, V: Owned>(
    rows: Rows<'_, W>,
    terms: Terms<G>,
    (labels, communities): (&[u32], usize),
    grouping: Grouping,
) -> Groups<V> {
    let (order, starts) = by_label(labels, communities);
    let mut place = vec![0; order.len()];
    for (at, node) in (0..).zip(&order) {
        place[*node as usize] = at;
    }
    let chunks = chunks(&starts);
    let refiner = Refiner { rows, terms, labels, order: &order, starts: &starts, place: &place };
    let splits: Vec<Split> = match grouping {
        Grouping::Whole => chunks.par_iter().map(|chunk| Split::whole(chunk.clone(), &starts)).collect(),
        Grouping::Refined(seed) => chunks
            .par_iter()
            .map_init(Scratch::default, |scratch, chunk| refiner.split(chunk.clone(), seed, scratch))
            .collect(),
    };
    let firsts = sums(splits.iter().map(|split| split.communities.len()));
    let of_node: Vec<AtomicU32> = place.into_iter().map(AtomicU32::new).collect();
    splits.par_iter().zip(&firsts).zip(&chunks).for_each(|((split, first), chunk)| {
        for (node, group) in order[starts[chunk.start]..starts[chunk.end]].iter().zip(&split.groups) {
            of_node[*node as usize].store(*first as u32 + group, Relaxed);
        }
    });
    let of_node: Vec<u32> = of_node.into_iter().map(AtomicU32::into_inner).collect();
    let aggregator = Aggregator { rows, of_node: &of_node, count: firsts[splits.len()] };
    let parts: Vec<Part<V>> = splits
        .par_iter()
        .zip(&firsts)
        .zip(&chunks)
        .map_init(Default::default, |view, ((split, first), chunk)| {
            let nodes = &order[starts[chunk.start]..starts[chunk.end]];
            aggregator.part(split, nodes, *first as u32, view)
        })
        .collect();
    joined(splits, parts, of_node)
}

/// The parts one after the other.
fn joined<V: Owned>(splits: Vec<Split>, parts: Vec<Part<V>>, of_node: Vec<u32>) -> Groups<V> {
    let count = splits.iter().map(|split| split.communities.len()).sum();
    let mut next = Groups {
        of_node,
        communities: Vec::with_capacity(count),
        offsets: Vec::with_capacity(count + 1),
        targets: Vec::with_capacity(parts.iter().map(|part| part.targets.len()).sum()),
        weights: V::default(),
        sizes: Vec::with_capacity(count),
        members: Vec::new(),
        keys: Vec::with_capacity(count),
    };
    next.offsets.push(0);
    for (split, part) in splits.into_iter().zip(parts) {
        let base = next.targets.len();
        // a community is named by its first group, so that no other group has a claim to its name
        let first = next.communities.len();
        for same in split.communities.chunk_by(|x, y| x == y) {
            let name = next.communities.len() as u32;
            next.communities.extend(same.iter().map(|_| name));
        }
        debug_assert_eq!(next.communities.len() - first, part.ends.len(), "a group without a row");
        next.offsets.extend(part.ends.into_iter().map(|end| base + end));
        next.targets.extend(part.targets);
        next.weights.append(part.weights);
        next.sizes.extend(part.sizes);
        next.members.extend(part.members);
        next.keys.extend(part.keys);
    }
    next
}

/// Ranges of communities with at least [`CHUNK`] nodes each.
fn chunks(starts: &[usize]) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let mut begin = 0;
    for end in 1..starts.len() {
        if starts[end] - starts[begin] >= CHUNK || end + 1 == starts.len() {
            chunks.push(begin..end);
            begin = end;
        }
    }
    chunks
}

/// Nodes by label, ascending within each, and where each label's begin; behind the last their number.
fn by_label(labels: &[u32], count: usize) -> (Vec<u32>, Vec<usize>) {
    let mut starts = vec![0; count + 2];
    for label in labels {
        starts[*label as usize + 2] += 1;
    }
    for label in 2..starts.len() {
        starts[label] += starts[label - 1];
    }
    let mut nodes = vec![0; labels.len()];
    // each beginning stands one place too far, and moves to its end as it is filled
    for (node, label) in (0..).zip(labels) {
        let place = &mut starts[*label as usize + 1];
        nodes[*place] = node;
        *place += 1;
    }
    starts.pop();
    (nodes, starts)
}

/// The sums of the numbers before each, and of all.
fn sums(numbers: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut sums = vec![0];
    sums.extend(numbers.scan(0, |sum, number| {
        *sum += number;
        Some(*sum)
    }));
    sums
}

struct Refiner<'a, W, G> {
    rows: Rows<'a, W>,
    terms: Terms<G>,
    labels: &'a [u32],
    /// Nodes by community.
    order: &'a [u32],
    /// Where each community begins in `order`.
    starts: &'a [usize],
    /// Where each node is in `order`.
    place: &'a [u32],
}

/// The groups of a few communities.
#[derive(Default)]
struct Split {
    /// The group of every node, in the order of the communities; numbered from nought within the chunk.
    groups: Vec<u32>,
    /// The community of every group.
    communities: Vec<u32>,
}

/// One community's own graph, nodes numbered from nought, and its groups in the making.
#[derive(Default)]
struct Scratch {
    /// Communities of neighbours, node after node.
    around: Vec<u32>,
    offsets: Vec<usize>,
    targets: Vec<u32>,
    weights: Vec<u64>,
    /// In which order the nodes are looked at.
    order: Vec<u32>,
    /// The group of each node, named after the node that began it.
    groups: Vec<u32>,
    /// By group: its size, its nodes, and the weight from it to the rest of the community.
    sizes: Vec<u64>,
    counts: Vec<u32>,
    outside: Vec<u64>,
    /// Number of each group in the chunk.
    numbers: Vec<u32>,
    tally: Tally,
}

impl Split {
    /// One group for each community.
    fn whole(communities: Range<usize>, starts: &[usize]) -> Self {
        let mut split = Self::default();
        for community in communities {
            let number = split.communities.len() as u32;
            split.groups.extend((starts[community]..starts[community + 1]).map(|_| number));
            split.communities.push(community as u32);
        }
        split
    }
}

impl<W: Weights, G: Whole> Refiner<'_, W, G> {
    fn split(&self, communities: Range<usize>, seed: u64, scratch: &mut Scratch) -> Split {
        let mut split = Split::default();
        for community in communities {
            let nodes = &self.order[self.starts[community]..self.starts[community + 1]];
            self.load(community as u32, nodes, scratch);
            scratch
                .order
                .sort_unstable_by_key(|node| mixed(seed ^ self.rows.keys[nodes[*node as usize] as usize]));
            scratch.merge(self.terms);
            scratch.numbers.clear();
            scratch.numbers.resize(nodes.len(), u32::MAX);
            for group in &scratch.groups {
                let number = &mut scratch.numbers[*group as usize];
                if *number == u32::MAX {
                    *number = split.communities.len() as u32;
                    split.communities.push(community as u32);
                }
                split.groups.push(*number);
            }
        }
        split
    }

    /// The graph inside one community.
    fn load(&self, community: u32, nodes: &[u32], scratch: &mut Scratch) {
        scratch.clear();
        for block in nodes.chunks(BLOCK) {
            // all at once, so that many reads are on their way from memory at a time
            scratch.around.clear();
            for node in block {
                let targets = self.rows.targets_of(*node).iter();
                scratch.around.extend(targets.map(|other| self.labels[*other as usize]));
            }
            let mut seen = 0;
            for node in block {
                let arcs = self.rows.arcs(*node);
                let next = seen + arcs.len();
                self.load_row(community, *node, seen..next, scratch);
                seen = next;
            }
        }
    }

    /// One node's neighbours in its community; the communities of all are in these places of `around`.
    fn load_row(&self, community: u32, node: u32, seen: Range<usize>, scratch: &mut Scratch) {
        let Scratch { around, targets, weights, .. } = scratch;
        let first = targets.len();
        targets.resize(first + seen.len(), 0);
        weights.resize(first + seen.len(), 0);
        let mut end = first;
        // each is written down, and the place kept if it belongs here: no branch that cannot be foreseen
        for ((label, other), weight) in around[seen]
            .iter()
            .zip(self.rows.targets_of(node))
            .zip(self.rows.weights.of(self.rows.arcs(node)))
        {
            (targets[end], weights[end]) = (*other, weight);
            end += usize::from(*label == community);
        }
        targets.truncate(end);
        weights.truncate(end);
        let start = self.starts[community as usize] as u32;
        for target in &mut targets[first..] {
            *target = self.place[*target as usize] - start;
        }
        scratch.outside.push(weights[first..].iter().sum());
        scratch.offsets.push(end);
        scratch.order.push(scratch.groups.len() as u32);
        scratch.groups.push(scratch.groups.len() as u32);
        scratch.counts.push(1);
        scratch.sizes.push(self.rows.sizes[node as usize]);
    }
}

impl Scratch {
    fn clear(&mut self) {
        self.offsets.clear();
        self.offsets.push(0);
        self.targets.clear();
        self.weights.clear();
        self.order.clear();
        self.groups.clear();
        self.sizes.clear();
        self.counts.clear();
        self.outside.clear();
    }

    /// Lets the nodes, in their order, join groups.
    fn merge<G: Whole>(&mut self, terms: Terms<G>) {
        let total: u64 = self.sizes.iter().sum();
        for at in 0..self.order.len() {
            let node = self.order[at] as usize;
            // a node leaves only a group of its own, which bears its number
            let alone = self.groups[node] as usize == node && self.counts[node] == 1;
            if alone && self.well_connected(terms, node, total) {
                self.join(terms, node, total);
            }
        }
    }

    /// Puts a node that is alone into the group with which it gains most, if there is one.
    fn join<G: Whole>(&mut self, terms: Terms<G>, node: usize, total: u64) {
        let arcs = self.offsets[node]..self.offsets[node + 1];
        self.tally.clear(arcs.len());
        for arc in arcs {
            self.tally.add(self.groups[self.targets[arc] as usize], self.weights[arc]);
        }
        let mut best: Option<(G, u32, u64)> = None;
        for (group, weight) in self.tally.found() {
            let gain = terms.gain(weight, self.sizes[node], self.sizes[group as usize]);
            if gain >= G::default()
                && best.is_none_or(|(most, ..)| gain > most)
                && self.well_connected(terms, group as usize, total)
            {
                best = Some((gain, group, weight));
            }
        }
        if let Some((_, group, between)) = best {
            let into = group as usize;
            self.outside[into] = self.outside[into] + self.outside[node] - 2 * between;
            self.sizes[into] += self.sizes[node];
            self.counts[into] += 1;
            self.counts[node] = 0;
            self.groups[node] = group;
        }
    }

    /// Whether a group is held to the rest of the community as firmly as the objective asks.
    fn well_connected<G: Whole>(&self, terms: Terms<G>, group: usize, total: u64) -> bool {
        let size = self.sizes[group];
        terms.gain(self.outside[group], size, total - size) >= G::default()
    }
}

/// The rows of a chunk's groups.
struct Part<V> {
    ends: Vec<usize>,
    targets: Vec<u32>,
    weights: V,
    sizes: Vec<u64>,
    members: Vec<u32>,
    keys: Vec<u64>,
}

/// What a thread has before it while it aggregates.
#[derive(Default)]
struct View {
    /// Groups of neighbours, node after node.
    around: Vec<u32>,
    tally: Tally,
}

struct Aggregator<'a, W> {
    rows: Rows<'a, W>,
    /// The group of every node.
    of_node: &'a [u32],
    /// How many groups there are.
    count: usize,
}

impl<W: Weights> Aggregator<'_, W> {
    /// The rows of a chunk's groups, the first of which has the number `first`.
    fn part<V: Owned>(&self, split: &Split, nodes: &[u32], first: u32, view: &mut View) -> Part<V> {
        let (order, starts) = by_label(&split.groups, split.communities.len());
        let nodes: Vec<u32> = order.iter().map(|at| nodes[*at as usize]).collect();
        let mut part = Part {
            ends: Vec::with_capacity(split.communities.len()),
            targets: Vec::new(),
            weights: V::default(),
            sizes: Vec::with_capacity(split.communities.len()),
            members: Vec::new(),
            keys: Vec::with_capacity(split.communities.len()),
        };
        for (group, range) in (first..).zip(starts.windows(2)) {
            let nodes = &nodes[range[0]..range[1]];
            self.count_neighbours(nodes, view);
            for (other, weight) in view.tally.found().filter(|(other, _)| *other != group) {
                part.targets.push(other);
                part.weights.push(weight);
            }
            part.ends.push(part.targets.len());
            part.sizes.push(nodes.iter().map(|node| self.rows.sizes[*node as usize]).sum());
            part.keys.push(self.rows.keys[nodes[0] as usize]);
            if !self.rows.members.is_empty() {
                part.members.push(nodes.iter().map(|node| self.rows.members[*node as usize]).sum());
            }
        }
        part
    }

    /// Weights from these nodes to all groups.
    fn count_neighbours(&self, nodes: &[u32], View { around, tally }: &mut View) {
        around.clear();
        for node in nodes {
            around.extend(self.rows.targets_of(*node).iter().map(|other| self.of_node[*other as usize]));
        }
        tally.clear(around.len().min(self.count));
        let weights = nodes.iter().flat_map(|node| self.rows.weights.of(self.rows.arcs(*node)));
        for (other, weight) in around.iter().zip(weights) {
            tally.add(*other, weight);
        }
    }
}
