//! Local moving: every node goes where it gains most, until none can gain.

use std::collections::VecDeque;

use crate::{
    level::{Level, Links},
    objective::Terms,
};

/// Moves single nodes of `level` between communities until no move gains anything; says whether any was made.
///
/// `communities` holds labels below the number of nodes. Nodes are looked at in `order`, and again whenever a
/// neighbour has left for another community. A community that grows by strangers can become too large for an old
/// member that no neighbour's move recalls; so once the queue is empty all are looked at again, until a whole
/// round changes nothing. Every node is then in the best place it could choose: refinement rests on that.
///
/// Of several best communities a node stays in its own, else takes the one met first among its neighbours,
/// ascending; no label decides.
pub(crate) fn move_nodes(level: &Level, terms: Terms, order: &[u32], communities: &mut [u32]) -> bool {
    let mut moving = Moving::new(level, terms, communities);
    let mut moved = false;
    while moving.round(order) {
        moved = true;
    }
    moved
}

struct Moving<'a> {
    level: &'a Level,
    terms: Terms,
    communities: &'a mut [u32],
    sizes: Vec<u64>,
    members: Vec<u32>,
    empty: Vec<u32>,
    links: Links,
    queue: VecDeque<u32>,
    queued: Vec<bool>,
}

impl<'a> Moving<'a> {
    fn new(level: &'a Level, terms: Terms, communities: &'a mut [u32]) -> Self {
        let nodes = level.nodes();
        let (mut sizes, mut members) = (vec![0; nodes], vec![0; nodes]);
        for (label, size) in communities.iter().zip(&level.sizes) {
            sizes[*label as usize] += size;
            members[*label as usize] += 1;
        }
        let empty = (0_u32..).zip(&members).filter(|(_, m)| **m == 0).map(|(label, _)| label).collect();
        Self {
            level,
            terms,
            communities,
            sizes,
            members,
            empty,
            links: Links::new(nodes),
            queue: VecDeque::with_capacity(nodes),
            queued: vec![false; nodes],
        }
    }

    /// Looks at every node, and at those that moves stir up.
    fn round(&mut self, order: &[u32]) -> bool {
        self.queue.extend(order);
        self.queued.fill(true);
        let mut moved = false;
        while let Some(node) = self.queue.pop_front() {
            self.queued[node as usize] = false;
            moved |= self.improve(node);
        }
        moved
    }

    /// Puts one node where it gains most; says whether it moved.
    fn improve(&mut self, node: u32) -> bool {
        let (old, size) = (self.communities[node as usize], self.level.sizes[node as usize]);
        self.links.clear();
        for (other, weight) in self.level.neighbours(node) {
            self.links.add(self.communities[other as usize], weight);
        }
        self.sizes[old as usize] -= size;
        self.members[old as usize] -= 1;
        let gain = |label: u32| self.terms.gain(self.links.weight(label), size, self.sizes[label as usize]);
        let (mut best, mut target) = (gain(old), Some(old));
        for label in &self.links.found {
            let gain = gain(*label);
            if gain > best {
                (best, target) = (gain, Some(*label));
            }
        }
        if best < 0 {
            target = None;
        }
        // a node that had its community to itself gains nought by staying, so `None` finds an empty one
        let new = target.or_else(|| self.empty.pop()).expect("one community for each node");
        self.sizes[new as usize] += size;
        self.members[new as usize] += 1;
        if new == old {
            return false;
        }
        if self.members[old as usize] == 0 {
            self.empty.push(old);
        }
        self.communities[node as usize] = new;
        self.recall_neighbours(node, new);
        true
    }

    fn recall_neighbours(&mut self, node: u32, new: u32) {
        for (other, _) in self.level.neighbours(node) {
            if self.communities[other as usize] != new && !self.queued[other as usize] {
                self.queued[other as usize] = true;
                self.queue.push_back(other);
            }
        }
    }
}
