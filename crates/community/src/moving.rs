//! Local moving: every node goes where it gains most.

use std::{
    collections::VecDeque,
    ops::Range,
    sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed},
};

use rayon::prelude::*;

use crate::{
    mixed,
    objective::Terms,
    rows::{Rows, Weights, Whole},
    tally::Tally,
};

/// One batch of nodes chooses at a time, a sixteenth of all: enough to keep threads busy, few enough that hardly any two
/// of them are neighbours.
const BATCHES: usize = 16;
/// Times that every batch has its turn. What is left after that is for the next round.
const SWEEPS: usize = 3;
/// Nodes that one thread takes at a time.
const CHUNK: usize = 512;
/// Nodes whose surroundings are read at a time.
const BLOCK: usize = 32;
/// The community of a node that leaves for one of its own.
const ALONE: u32 = u32::MAX;

/// The communities of one level while nodes move between them.
///
/// Atomic only so that threads may share it: within a step every cell has one writer, or is set to one value by all,
/// so that no order of threads shows.
pub(crate) struct Moving<'a, W, G> {
    rows: Rows<'a, W>,
    terms: Terms<G>,
    /// The community of every node, below the number of nodes.
    labels: Vec<AtomicU32>,
    /// The size of every community; nought where nobody is in it.
    sizes: Vec<AtomicU64>,
    /// The nodes of the graph in every community, where their number is limited; else empty.
    members: Vec<AtomicU32>,
    /// Most nodes of the graph in a community.
    limit: Option<u32>,
    /// Whose neighbourhood has changed since it was last looked at.
    stirred: Vec<AtomicBool>,
}

/// What a thread has before it while it chooses.
#[derive(Default)]
struct View {
    /// Communities of neighbours, node after node.
    around: Vec<u32>,
    tally: Tally,
    /// Sizes of the communities in the tally.
    there: Vec<u64>,
}

/// What a node would rather do.
#[derive(Clone, Copy)]
struct Proposal {
    node: u32,
    target: u32,
    /// Weight of its edges to the target's members less that to its present community's.
    pull: i64,
}

impl<'a, W: Weights, G: Whole> Moving<'a, W, G> {
    pub fn new(rows: Rows<'a, W>, terms: Terms<G>, limit: Option<u32>, labels: Vec<u32>) -> Self {
        let nodes = rows.nodes();
        let mut sizes = vec![0; nodes];
        for (label, size) in labels.iter().zip(rows.sizes) {
            sizes[*label as usize] += size;
        }
        let mut members = vec![0; if limit.is_some() { nodes } else { 0 }];
        if limit.is_some() {
            for (label, count) in labels.iter().zip(rows.members) {
                members[*label as usize] += count;
            }
        }
        Self {
            rows,
            terms,
            labels: labels.into_iter().map(AtomicU32::new).collect(),
            sizes: sizes.into_iter().map(AtomicU64::new).collect(),
            members: members.into_iter().map(AtomicU32::new).collect(),
            limit,
            stirred: (0..nodes).map(|_| AtomicBool::new(true)).collect(),
        }
    }

    /// The community of every node, below the number of nodes.
    pub fn into_labels(self) -> Vec<u32> {
        self.labels.into_iter().map(AtomicU32::into_inner).collect()
    }

    /// Moves many at a time, batch after batch, a few times over; says whether any moved.
    ///
    /// All nodes of a batch choose by what stood when its turn came; then their choices are carried out one after the
    /// other, each only if it still gains by the sizes that communities have by then. What neighbours in one batch
    /// mean to each other is not looked at again, so a move may gain nothing after all: later rounds, which move node
    /// by node, find that out.
    pub fn sweep(&mut self, seed: u64) -> bool {
        let batches = batches(self.rows.keys, seed);
        let mut moved = false;
        for sweep in 0..SWEEPS {
            let mut quiet = true;
            for batch in &batches {
                let mut accepted = self.choices(batch);
                accepted.retain(|choice| self.carry_out(*choice));
                quiet &= accepted.is_empty();
                // at first nearly all move, so that all are looked at once more without asking
                if sweep > 0 {
                    accepted
                        .par_chunks(CHUNK)
                        .for_each(|moves| moves.iter().for_each(|choice| self.stir_around(choice.node)));
                }
            }
            if quiet {
                break;
            }
            moved = true;
            if sweep == 0 {
                self.stirred.iter_mut().for_each(|stirred| *stirred.get_mut() = true);
            }
        }
        moved
    }

    /// Moves node by node until no stirred node gains; says whether any moved. Every move gains.
    ///
    /// Those that would move as things stand are found by all threads. A node is looked at again whenever a
    /// neighbour has left for another community; one whose community has only grown by strangers waits for the next
    /// round.
    pub fn settle(&mut self) -> bool {
        let all: Vec<u32> = (0..self.rows.nodes() as u32).collect();
        let mut queue: VecDeque<u32> = self.choices(&all).iter().map(|choice| choice.node).collect();
        for node in &queue {
            *self.stirred[*node as usize].get_mut() = true;
        }
        let mut view = View::default();
        let mut vacant = Vacant::default();
        let mut moved = false;
        while let Some(node) = queue.pop_front() {
            *self.stirred[node as usize].get_mut() = false;
            self.look_around(&[node], &mut view);
            let Some(choice) = self.choose(node, 0..view.around.len(), &mut view) else { continue };
            let old = *self.labels[node as usize].get_mut();
            let new = if choice.target == ALONE { vacant.next(&self.sizes) } else { choice.target };
            self.put(node, old, new);
            if *self.sizes[old as usize].get_mut() == 0 {
                vacant.left.push(old);
            }
            moved = true;
            for other in self.rows.targets_of(node) {
                let stirred = self.stirred[*other as usize].get_mut();
                if !*stirred && *self.labels[*other as usize].get_mut() != new {
                    *stirred = true;
                    queue.push_back(*other);
                }
            }
        }
        moved
    }

    /// What the stirred nodes among these would do, in their order; they are not stirred any more.
    fn choices(&self, nodes: &[u32]) -> Vec<Proposal> {
        let chunks = nodes.par_chunks(CHUNK).map_init(View::default, |view, nodes| {
            let stirred = nodes.iter().copied().filter(|node| self.stirred[*node as usize].load(Relaxed));
            let stirred: Vec<u32> = stirred.collect();
            let mut choices = Vec::new();
            for block in stirred.chunks(BLOCK) {
                self.look_around(block, view);
                let mut seen = 0;
                for node in block {
                    self.stirred[*node as usize].store(false, Relaxed);
                    let end = seen + self.rows.arcs(*node).len();
                    choices.extend(self.choose(*node, seen..end, view));
                    seen = end;
                }
            }
            choices
        });
        chunks.flatten_iter().collect()
    }

    /// Notes the communities of the neighbours of these nodes, all at once so that many are on their way from
    /// memory at a time: a branch that waits for one keeps the next from being asked for.
    #[inline]
    fn look_around(&self, nodes: &[u32], view: &mut View) {
        view.around.clear();
        for node in nodes {
            let targets = self.rows.targets_of(*node).iter();
            view.around.extend(targets.map(|other| self.labels[*other as usize].load(Relaxed)));
        }
    }

    /// Where a node gains most, if that is not where it is. Of equals its own community, then the one met first.
    /// The communities of its neighbours are in these places of the view.
    #[inline]
    fn choose(&self, node: u32, seen: Range<usize>, view: &mut View) -> Option<Proposal> {
        let View { around, tally, there } = view;
        let (own, size) = (self.labels[node as usize].load(Relaxed), self.rows.sizes[node as usize]);
        let arcs = self.rows.arcs(node);
        tally.clear(arcs.len());
        for (label, weight) in around[seen].iter().zip(self.rows.weights.of(arcs)) {
            tally.add(*label, weight);
        }
        there.clear();
        there.extend(tally.found().map(|(label, _)| self.sizes[label as usize].load(Relaxed)));
        let inside = tally.weight(own);
        let rest = self.sizes[own as usize].load(Relaxed) - size;
        let stay = self.terms.gain(inside, size, rest);
        let (mut best, mut target, mut to_target) = (stay, own, inside);
        for ((label, weight), there) in tally.found().zip(there.iter()) {
            let gain = self.terms.gain(weight, size, *there);
            if gain > best && label != own && self.has_room(node, label) {
                (best, target, to_target) = (gain, label, weight);
            }
        }
        if best < G::default() {
            (target, to_target) = (ALONE, 0);
        }
        (target != own).then(|| Proposal { node, target, pull: to_target as i64 - inside as i64 })
    }

    /// Makes a move if it still gains by the sizes as they are; says whether it was made.
    fn carry_out(&self, choice: Proposal) -> bool {
        let Proposal { node, target, pull } = choice;
        let old = self.labels[node as usize].load(Relaxed);
        let size = self.rows.sizes[node as usize];
        let rest = self.sizes[old as usize].load(Relaxed) - size;
        // a node that wants to be alone takes the community that bears its number, if nobody is in it
        let (new, there) = match target {
            ALONE => (node, self.sizes[node as usize].load(Relaxed)),
            target => (target, self.sizes[target as usize].load(Relaxed)),
        };
        let possible = if target == ALONE { there == 0 } else { there > 0 && self.has_room(node, new) };
        let gains = self.terms.gain_of_move(pull, size, rest, there) > G::default();
        if possible && gains {
            self.put(node, old, new);
        } else {
            self.stirred[node as usize].store(true, Relaxed);
        }
        possible && gains
    }

    fn put(&self, node: u32, old: u32, new: u32) {
        let size = self.rows.sizes[node as usize];
        let add = |cell: &AtomicU64, size: u64| cell.store(cell.load(Relaxed).wrapping_add(size), Relaxed);
        add(&self.sizes[old as usize], size.wrapping_neg());
        add(&self.sizes[new as usize], size);
        if self.limit.is_some() {
            let count = self.rows.members[node as usize];
            self.members[old as usize].fetch_sub(count, Relaxed);
            self.members[new as usize].fetch_add(count, Relaxed);
        }
        self.labels[node as usize].store(new, Relaxed);
    }

    #[inline]
    fn has_room(&self, node: u32, label: u32) -> bool {
        self.limit.is_none_or(|limit| {
            let there = self.members[label as usize].load(Relaxed);
            limit.saturating_sub(there) >= self.rows.members[node as usize]
        })
    }

    /// Marks the neighbours that are in other communities.
    fn stir_around(&self, node: u32) {
        let own = self.labels[node as usize].load(Relaxed);
        for other in self.rows.targets_of(node) {
            if self.labels[*other as usize].load(Relaxed) != own {
                self.stirred[*other as usize].store(true, Relaxed);
            }
        }
    }
}

/// All nodes, parted by what is drawn for them.
fn batches(keys: &[u64], seed: u64) -> Vec<Vec<u32>> {
    let mut batches = vec![Vec::new(); BATCHES];
    for (node, key) in (0..).zip(keys) {
        batches[(mixed(seed ^ key) % BATCHES as u64) as usize].push(node);
    }
    batches
}

/// Communities that nobody is in.
#[derive(Default)]
struct Vacant {
    /// All below have been handed out or were taken when they were looked at.
    looked_at: usize,
    /// Those that were left since.
    left: Vec<u32>,
}

impl Vacant {
    /// One of them. There is one, since communities are as many as nodes and the asking node shares its own.
    fn next(&mut self, sizes: &[AtomicU64]) -> u32 {
        let empty = |label: usize| sizes[label].load(Relaxed) == 0;
        while let Some(label) = self.left.pop() {
            if empty(label as usize) {
                return label;
            }
        }
        while !empty(self.looked_at) {
            self.looked_at += 1;
        }
        self.looked_at as u32
    }
}
