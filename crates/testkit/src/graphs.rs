//! Seeded random graphs, and their parts by plain search.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// An undirected edge with its weight.
pub type PlainEdge = (u32, u32, u64);

/// `groups` groups of `size` nodes: an edge with chance `inside` in a group and `outside` between groups, of weight
/// 1 to `heaviest`.
#[must_use]
pub fn planted(
    groups: u32,
    size: u32,
    inside: f64,
    outside: f64,
    heaviest: u64,
    seed: u64,
) -> Vec<PlainEdge> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut edges = Vec::new();
    for u in 0..groups * size {
        for v in 0..u {
            let chance = if u / size == v / size { inside } else { outside };
            if rng.random_bool(chance) {
                edges.push((v, u, rng.random_range(1..=heaviest.max(1))));
            }
        }
    }
    edges
}

/// The smallest node of every node's connected component, by search.
#[must_use]
pub fn smallest_reachable(nodes: u32, edges: &[PlainEdge]) -> Vec<u32> {
    let mut neighbours = vec![Vec::new(); nodes as usize];
    for (u, v, _) in edges {
        neighbours[*u as usize].push(*v);
        neighbours[*v as usize].push(*u);
    }
    let mut label = vec![u32::MAX; nodes as usize];
    for start in 0..nodes {
        let mut open = vec![start];
        while let Some(node) = open.pop() {
            if label[node as usize] == u32::MAX {
                label[node as usize] = start;
                open.extend(&neighbours[node as usize]);
            }
        }
    }
    label
}
