//! Refinement: the connected, well-connected kernels inside every community.

use crate::{
    level::{Level, Links, renumber},
    objective::Terms,
};

/// Splits every community into groups that hang together; returns a group for every node, numbered by smallest
/// member, and how many there are.
///
/// Every node starts alone. In `order`, a node that is still alone and well connected to its community joins the
/// well-connected group in it with which it gains most, and at least nought. Well connected means: the edges to the
/// rest of the community weigh no less than the objective asks for.
///
/// A group grows only by a node that has an edge into it, so it is connected. After [`crate::moving::move_nodes`]
/// every member gains nought or more by staying, so all are well connected; and summed over the members of its
/// community those gains are its gains with each of them alone, hence some one is not negative. So the first node
/// looked at in a community of two or more finds a group, and the next level is smaller than this one.
pub(crate) fn refine(level: &Level, terms: Terms, order: &[u32], communities: &[u32]) -> (Vec<u32>, usize) {
    let mut refining = Refining::new(level, terms, communities);
    for node in order {
        refining.join(*node);
    }
    let mut groups = refining.groups;
    let count = renumber(&mut groups);
    (groups, count)
}

struct Refining<'a> {
    level: &'a Level,
    terms: Terms,
    communities: &'a [u32],
    community_sizes: Vec<u64>,
    groups: Vec<u32>,
    sizes: Vec<u64>,
    members: Vec<u32>,
    /// Weight from each group to the rest of its community.
    outside: Vec<u64>,
    links: Links,
}

impl<'a> Refining<'a> {
    fn new(level: &'a Level, terms: Terms, communities: &'a [u32]) -> Self {
        let nodes = level.nodes();
        let mut community_sizes = vec![0; nodes];
        for (label, size) in communities.iter().zip(&level.sizes) {
            community_sizes[*label as usize] += size;
        }
        let outside = (0..nodes as u32).map(|node| {
            let own = communities[node as usize];
            level.neighbours(node).filter(|(n, _)| communities[*n as usize] == own).map(|(_, w)| w).sum()
        });
        Self {
            level,
            terms,
            communities,
            community_sizes,
            outside: outside.collect(),
            groups: (0..nodes as u32).collect(),
            sizes: level.sizes.clone(),
            members: vec![1; nodes],
            links: Links::new(nodes),
        }
    }

    fn join(&mut self, node: u32) {
        // a node leaves only a group of its own, which bears its number
        if self.groups[node as usize] != node
            || self.members[node as usize] != 1
            || !self.well_connected(node, node)
        {
            return;
        }
        self.links.clear();
        let community = self.communities[node as usize];
        for (other, weight) in self.level.neighbours(node) {
            if self.communities[other as usize] == community {
                self.links.add(self.groups[other as usize], weight);
            }
        }
        let size = self.sizes[node as usize];
        let mut best: Option<(i128, u32)> = None;
        for group in &self.links.found {
            let gain = self.terms.gain(self.links.weight(*group), size, self.sizes[*group as usize]);
            if gain >= 0 && best.is_none_or(|(most, _)| gain > most) && self.well_connected(*group, node) {
                best = Some((gain, *group));
            }
        }
        if let Some((_, group)) = best {
            self.merge(node, group);
        }
    }

    /// Whether a group is held to the rest of the community of `node` as firmly as the objective asks.
    fn well_connected(&self, group: u32, node: u32) -> bool {
        let size = self.sizes[group as usize];
        let rest = self.community_sizes[self.communities[node as usize] as usize] - size;
        self.terms.gain(self.outside[group as usize], size, rest) >= 0
    }

    fn merge(&mut self, node: u32, group: u32) {
        let between = self.links.weight(group);
        self.outside[group as usize] += self.outside[node as usize];
        self.outside[group as usize] -= 2 * between;
        self.sizes[group as usize] += self.sizes[node as usize];
        self.members[group as usize] += 1;
        self.members[node as usize] = 0;
        self.groups[node as usize] = group;
    }
}
