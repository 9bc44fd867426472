//! An undirected graph in compressed rows: for every node its neighbours, ascending, with their weights.

use crate::error::GraphError;

/// An undirected edge with its weight; the order of its ends does not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// One end.
    pub u: u32,
    /// The other end; equal to `u` for a loop.
    pub v: u32,
    /// Weight, in whatever unit the caller counts; edges of weight nought are kept.
    pub weight: u64,
}

impl Edge {
    /// The edge between `u` and `v` with `weight`.
    #[must_use]
    pub fn new(u: u32, v: u32, weight: u64) -> Self {
        Self { u, v, weight }
    }
}

/// An undirected graph with whole-number weights, nodes numbered from nought.
///
/// Parallel edges are summed and loops are kept apart, so a node's neighbours are distinct and not itself. Equal
/// for every order and orientation of the edges it is built from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Csr {
    offsets: Vec<usize>,
    targets: Vec<u32>,
    weights: Vec<u64>,
    loops: Vec<u64>,
    total: u64,
}

impl Csr {
    /// The graph of `nodes` nodes and these edges.
    ///
    /// # Errors
    /// [`GraphError`] where an edge names a node out of range, or twice the sum of all weights passes 64 bits.
    /// # Cost
    /// O(m log m) time; 24 bytes for each of m edges, and 24 more while it sorts.
    pub fn from_edges(nodes: u32, edges: &[Edge]) -> Result<Self, GraphError> {
        let mut arcs = Vec::with_capacity(edges.len() * 2);
        let mut loops = vec![0_u64; nodes as usize];
        let mut total = 0_u64;
        for (position, edge) in edges.iter().enumerate() {
            if let Some(node) = [edge.u, edge.v].into_iter().find(|n| *n >= nodes) {
                return Err(GraphError::NodeOutOfRange { edge: position, node, nodes });
            }
            total = total
                .checked_add(edge.weight)
                .filter(|sum| *sum <= u64::MAX / 2)
                .ok_or(GraphError::WeightOverflow { limit: u64::MAX / 2 })?;
            if edge.u == edge.v {
                loops[edge.u as usize] += edge.weight;
            } else {
                arcs.push((edge.u, edge.v, edge.weight));
                arcs.push((edge.v, edge.u, edge.weight));
            }
        }
        arcs.sort_unstable();
        Ok(Self::from_sorted_arcs(nodes, &arcs, loops, total))
    }

    /// Arcs in both directions, sorted, parallel ones next to each other.
    fn from_sorted_arcs(nodes: u32, arcs: &[(u32, u32, u64)], loops: Vec<u64>, total: u64) -> Self {
        let mut graph = Self { offsets: vec![0; nodes as usize + 1], loops, total, ..Self::default() };
        for same in arcs.chunk_by(|x, y| (x.0, x.1) == (y.0, y.1)) {
            graph.offsets[same[0].0 as usize + 1] += 1;
            graph.targets.push(same[0].1);
            graph.weights.push(same.iter().map(|arc| arc.2).sum());
        }
        for node in 0..nodes as usize {
            graph.offsets[node + 1] += graph.offsets[node];
        }
        graph
    }

    /// Number of nodes.
    #[must_use]
    pub fn nodes(&self) -> u32 {
        self.loops.len() as u32
    }

    /// Number of distinct edges, loops not among them.
    #[must_use]
    pub fn edge_count(&self) -> usize {
        self.targets.len() / 2
    }

    /// Sum of the weights of all edges, loops included, each edge once.
    #[must_use]
    pub fn total_weight(&self) -> u64 {
        self.total
    }

    /// The neighbours of a node, ascending, with the weight of the edge to each.
    ///
    /// # Panics
    /// Where the graph has no such node.
    pub fn neighbours(&self, node: u32) -> impl ExactSizeIterator<Item = (u32, u64)> + '_ {
        let range = self.offsets[node as usize]..self.offsets[node as usize + 1];
        self.targets[range.clone()].iter().copied().zip(self.weights[range].iter().copied())
    }

    /// How many neighbours a node has.
    #[must_use]
    pub fn degree(&self, node: u32) -> usize {
        self.offsets[node as usize + 1] - self.offsets[node as usize]
    }

    /// The weight of a node's loops.
    #[must_use]
    pub fn loop_weight(&self, node: u32) -> u64 {
        self.loops[node as usize]
    }

    /// The weight of the edges at a node, loops counted twice: the sum over all nodes is twice
    /// [`Self::total_weight`].
    #[must_use]
    pub fn strength(&self, node: u32) -> u64 {
        self.neighbours(node).map(|(_, w)| w).sum::<u64>() + 2 * self.loop_weight(node)
    }

    /// Every distinct edge once, smaller end first, ascending; loops are left out.
    pub fn edges(&self) -> impl Iterator<Item = Edge> + '_ {
        (0..self.nodes()).flat_map(move |u| {
            self.neighbours(u).filter(move |(v, _)| u < *v).map(move |(v, weight)| Edge { u, v, weight })
        })
    }

    /// The graph among `members` alone, renumbered in their ascending order.
    ///
    /// # Errors
    /// [`GraphError::NodeOutOfRange`] where a member is not in the graph; the edge it names is the member's
    /// position.
    pub fn subgraph(&self, members: &[u32]) -> Result<Subgraph, GraphError> {
        let mut members = members.to_vec();
        members.sort_unstable();
        members.dedup();
        let nodes = self.nodes();
        if let Some((edge, node)) = members.iter().copied().enumerate().find(|(_, n)| *n >= nodes) {
            return Err(GraphError::NodeOutOfRange { edge, node, nodes });
        }
        let mut edges = Vec::new();
        for (local, node) in (0_u32..).zip(&members) {
            if self.loop_weight(*node) > 0 {
                edges.push(Edge::new(local, local, self.loop_weight(*node)));
            }
            for (other, weight) in self.neighbours(*node).filter(|(other, _)| other > node) {
                if let Ok(other) = members.binary_search(&other) {
                    edges.push(Edge::new(local, other as u32, weight));
                }
            }
        }
        Ok(Subgraph { graph: Self::from_edges(members.len() as u32, &edges)?, members })
    }
}

/// A part of a graph, with the numbers its nodes have in the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subgraph {
    /// The part, renumbered.
    pub graph: Csr,
    /// For every node of the part, its number in the whole; ascending.
    pub members: Vec<u32>,
}

/// Which nodes hang together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Components {
    /// For every node the smallest node of its component.
    pub smallest: Vec<u32>,
}

impl Components {
    /// The members of every component, ascending; components by their smallest member. Isolated nodes are
    /// components of one.
    #[must_use]
    pub fn members(&self) -> Vec<Vec<u32>> {
        let mut place = vec![usize::MAX; self.smallest.len()];
        let mut members: Vec<Vec<u32>> = Vec::new();
        for (node, smallest) in (0_u32..).zip(&self.smallest) {
            let place = &mut place[*smallest as usize];
            if *place == usize::MAX {
                *place = members.len();
                members.push(Vec::new());
            }
            members[*place].push(node);
        }
        members
    }

    /// How many components there are.
    #[must_use]
    pub fn count(&self) -> usize {
        (0_u32..).zip(&self.smallest).filter(|(node, smallest)| node == *smallest).count()
    }

    /// How many components there are of each size, smallest size first: print it before any detection, one giant
    /// component is a limit.
    #[must_use]
    pub fn sizes(&self) -> Vec<(usize, usize)> {
        let mut sizes: Vec<usize> = self.members().iter().map(Vec::len).collect();
        sizes.sort_unstable();
        sizes.chunk_by(|x, y| x == y).map(|same| (same[0], same.len())).collect()
    }
}
