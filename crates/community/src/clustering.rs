//! How closely the neighbours of each node hang together.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use itoguchi_graph::Csr;
use rayon::prelude::*;

/// A node's neighbours and what joins them to one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LocalClustering {
    /// How many neighbours it has.
    pub degree: u32,
    /// How many pairs of them are neighbours: the triangles at this node. The sum over all nodes is three times the
    /// graph's triangles.
    pub triangles: u64,
    /// The weight of the edges among them.
    pub weight: u64,
}

impl LocalClustering {
    /// The share of the pairs of neighbours that are neighbours themselves, from 0 to 1; 0 with fewer than two.
    #[must_use]
    pub fn coefficient(&self) -> f64 {
        self.of_ordered_pairs(2.0 * self.triangles as f64)
    }

    /// The share of the ordered pairs of neighbours that an arc joins, where an edge's weight is the number of arcs
    /// between its ends: 1 or 2 in a directed graph, 2 in an undirected one, in which this is [`Self::coefficient`].
    #[must_use]
    pub fn arc_coefficient(&self) -> f64 {
        self.of_ordered_pairs(self.weight as f64)
    }

    fn of_ordered_pairs(&self, joined: f64) -> f64 {
        let degree = f64::from(self.degree);
        if self.degree < 2 { 0.0 } else { joined / (degree * (degree - 1.0)) }
    }
}

/// The clustering around every node. Edges of weight nought join nothing; loops do not count.
///
/// ```
/// use itoguchi_community::local_clustering;
/// use itoguchi_graph::{Csr, Edge};
/// // the triangle 0 1 2, and 3 at 2
/// let edges = [(0, 1), (1, 2), (0, 2), (2, 3)].map(|(u, v)| Edge::new(u, v, 1));
/// let found = local_clustering(&Csr::from_edges(4, &edges)?);
/// let coefficients: Vec<f64> = found.iter().map(|node| node.coefficient()).collect();
/// assert_eq!(coefficients, [1.0, 1.0, 1.0 / 3.0, 0.0]);
/// assert_eq!(found.iter().map(|node| node.triangles).sum::<u64>() / 3, 1);
/// # Ok::<(), itoguchi_graph::GraphError>(())
/// ```
///
/// # Cost
/// O(m^1.5) time for m edges, in parallel over nodes; 16 bytes for each edge and 32 for each node.
/// # Determinism
/// Sums of integers: equal for every number of threads.
/// # Source
/// The coefficients: A. Iosup et al., The LDBC Graphalytics Benchmark, arXiv:2011.15028, section 2.3 (LCC). The
/// triangles: T. Schank, D. Wagner, Finding, Counting and Listing All Triangles in Large Graphs, WEA 2005 (algorithm
/// forward), with rows merged.
#[must_use]
pub fn local_clustering(graph: &Csr) -> Vec<LocalClustering> {
    let upward = Upward::of(graph);
    let sums = Sums::new(graph.nodes());
    (0..graph.nodes()).into_par_iter().for_each(|node| count_from(&upward, &sums, node));
    let nodes = upward.degrees.iter().zip(sums.triangles).zip(sums.weights);
    nodes
        .map(|((degree, triangles), weight)| LocalClustering {
            degree: *degree,
            triangles: triangles.into_inner(),
            weight: weight.into_inner(),
        })
        .collect()
}

/// Every edge once, from the end of lower degree, of equals the smaller node. No node has more than √(2m) edges this
/// way, however many neighbours it has.
struct Upward {
    degrees: Vec<u32>,
    offsets: Vec<usize>,
    arcs: Vec<(u32, u64)>,
}

impl Upward {
    fn of(graph: &Csr) -> Self {
        let joined = |node| graph.neighbours(node).filter(|(_, weight)| *weight > 0);
        let degrees: Vec<u32> =
            (0..graph.nodes()).into_par_iter().map(|node| joined(node).count() as u32).collect();
        let mut upward = Self { degrees, offsets: vec![0], arcs: Vec::with_capacity(graph.edge_count()) };
        let rank = |node: u32, degrees: &[u32]| (degrees[node as usize], node);
        for node in 0..graph.nodes() {
            let own = rank(node, &upward.degrees);
            upward.arcs.extend(joined(node).filter(|(other, _)| rank(*other, &upward.degrees) > own));
            upward.offsets.push(upward.arcs.len());
        }
        upward
    }

    fn row(&self, node: u32) -> &[(u32, u64)] {
        &self.arcs[self.offsets[node as usize]..self.offsets[node as usize + 1]]
    }
}

/// For every node what was counted so far.
struct Sums {
    triangles: Vec<AtomicU64>,
    weights: Vec<AtomicU64>,
}

impl Sums {
    fn new(nodes: u32) -> Self {
        let zeros = || (0..nodes).map(|_| AtomicU64::new(0)).collect();
        Self { triangles: zeros(), weights: zeros() }
    }

    /// Sums commute, so no order among threads is needed.
    fn add(&self, node: u32, triangles: u64, weight: u64) {
        self.triangles[node as usize].fetch_add(triangles, Relaxed);
        self.weights[node as usize].fetch_add(weight, Relaxed);
    }
}

/// Counts the triangles whose lowest corner is `low`, at all three corners.
fn count_from(upward: &Upward, sums: &Sums, low: u32) {
    let (mut at_low, mut opposite_low) = (0, 0);
    for (middle, side) in upward.row(low) {
        let (mut at_middle, mut opposite_middle) = (0, 0);
        for_each_common(upward.row(low), upward.row(*middle), |high, to_low, to_middle| {
            sums.add(high, 1, *side);
            at_middle += 1;
            opposite_middle += to_low;
            opposite_low += to_middle;
        });
        if at_middle > 0 {
            sums.add(*middle, at_middle, opposite_middle);
        }
        at_low += at_middle;
    }
    if at_low > 0 {
        sums.add(low, at_low, opposite_low);
    }
}

/// Calls `visit` with every node that both rows name, and its weight in each.
fn for_each_common(mut x: &[(u32, u64)], mut y: &[(u32, u64)], mut visit: impl FnMut(u32, u64, u64)) {
    while let ([(a, of_x), rest_x @ ..], [(b, of_y), rest_y @ ..]) = (x, y) {
        if a == b {
            visit(*a, *of_x, *of_y);
        }
        if a <= b {
            x = rest_x;
        }
        if b <= a {
            y = rest_y;
        }
    }
}
