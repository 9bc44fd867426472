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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Csr {
    offsets: Vec<usize>,
    targets: Vec<u32>,
    weights: Weights,
    loops: Vec<u64>,
    total: u64,
}

/// The weights of all arcs in as few bytes as the greatest asks for. The form follows from the weights, so that equal
/// graphs have equal forms.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Weights {
    Ones,
    Narrow(Vec<u32>),
    Wide(Vec<u64>),
}

impl Weights {
    fn of(weights: Vec<u64>) -> Self {
        match weights.iter().max() {
            _ if weights.iter().all(|weight| *weight == 1) => Self::Ones,
            Some(most) if *most <= u64::from(u32::MAX) => {
                Self::Narrow(weights.into_iter().map(|weight| weight as u32).collect())
            }
            _ => Self::Wide(weights),
        }
    }
}

/// The weights of all arcs, one beside each of [`Csr::targets`], for kernels that are compiled for every form.
#[derive(Clone, Copy, Debug)]
pub enum ArcWeights<'a> {
    /// Every arc weighs one.
    Ones,
    /// All fit into 32 bits.
    Narrow(&'a [u32]),
    /// Some do not.
    Wide(&'a [u64]),
}

impl Default for Csr {
    fn default() -> Self {
        Self { offsets: vec![0], targets: Vec::new(), weights: Weights::Ones, loops: Vec::new(), total: 0 }
    }
}

impl Csr {
    /// The graph of `nodes` nodes and these edges.
    ///
    /// # Errors
    /// [`GraphError`] where an edge names a node out of range, or twice the sum of all weights passes 64 bits.
    /// # Cost
    /// O(m log d) time for m edges of nodes with at most d neighbours. The graph has 8 bytes for each edge where all
    /// weigh one, 16 where all weights fit into 32 bits, else 24; it takes twice that while it is built.
    pub fn from_edges(nodes: u32, edges: &[Edge]) -> Result<Self, GraphError> {
        let mut loops = vec![0_u64; nodes as usize];
        let (mut total, mut heaviest, mut lightest) = (0_u64, 1, 1);
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
                (lightest, heaviest) = (lightest.min(edge.weight), heaviest.max(edge.weight));
            }
        }
        let (offsets, targets, weights) = if (lightest, heaviest) == (1, 1) {
            let (offsets, arcs) = rows(nodes, edges, |_| ());
            // the arcs have the size of their targets, so this takes no second list
            finished(
                offsets,
                arcs,
                |()| 1,
                |arcs| (arcs.into_iter().map(|arc| arc.0).collect(), Weights::Ones),
            )
        } else if heaviest <= u64::from(u32::MAX) {
            let (offsets, arcs) = rows(nodes, edges, |weight| weight as u32);
            finished(offsets, arcs, u64::from, |arcs| {
                let (targets, weights) = arcs.into_iter().unzip();
                (targets, Weights::Narrow(weights))
            })
        } else {
            let (offsets, arcs) = rows(nodes, edges, |weight| weight);
            finished(
                offsets,
                arcs,
                |weight| weight,
                |arcs| {
                    let (targets, weights) = arcs.into_iter().unzip();
                    (targets, Weights::Wide(weights))
                },
            )
        };
        Ok(Self { offsets, targets, weights, loops, total })
    }

    /// Where each node's arcs begin in [`Self::targets`], and behind the last node the number of arcs.
    #[must_use]
    pub fn offsets(&self) -> &[usize] {
        &self.offsets
    }

    /// The neighbours of all nodes, one node after the other, ascending for each.
    #[must_use]
    pub fn targets(&self) -> &[u32] {
        &self.targets
    }

    /// The weights beside [`Self::targets`].
    #[must_use]
    pub fn arc_weights(&self) -> ArcWeights<'_> {
        match &self.weights {
            Weights::Ones => ArcWeights::Ones,
            Weights::Narrow(weights) => ArcWeights::Narrow(weights),
            Weights::Wide(weights) => ArcWeights::Wide(weights),
        }
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
        range.map(|arc| {
            let weight = match &self.weights {
                Weights::Ones => 1,
                Weights::Narrow(weights) => weights[arc].into(),
                Weights::Wide(weights) => weights[arc],
            };
            (self.targets[arc], weight)
        })
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

/// The arcs of all nodes in both directions, node after node, each node's ascending; and where each node's begin.
fn rows<T: Copy + Default + Ord>(
    nodes: u32,
    edges: &[Edge],
    weight: impl Fn(u64) -> T,
) -> (Vec<usize>, Vec<(u32, T)>) {
    let edges = || edges.iter().filter(|edge| edge.u != edge.v);
    let mut offsets = vec![0; nodes as usize + 2];
    for edge in edges() {
        offsets[edge.u as usize + 2] += 1;
        offsets[edge.v as usize + 2] += 1;
    }
    for node in 2..offsets.len() {
        offsets[node] += offsets[node - 1];
    }
    let mut arcs = vec![(0, T::default()); offsets[offsets.len() - 1]];
    // each node's beginning stands one place too far, and moves to its end as the node is filled
    for edge in edges() {
        for (from, to) in [(edge.u, edge.v), (edge.v, edge.u)] {
            let place = &mut offsets[from as usize + 1];
            arcs[*place] = (to, weight(edge.weight));
            *place += 1;
        }
    }
    offsets.pop();
    for range in offsets.windows(2) {
        arcs[range[0]..range[1]].sort_unstable();
    }
    (offsets, arcs)
}

/// Targets and weights apart, parallel arcs summed where there are any.
fn finished<T: Copy>(
    mut offsets: Vec<usize>,
    arcs: Vec<(u32, T)>,
    weight: impl Fn(T) -> u64,
    apart: impl FnOnce(Vec<(u32, T)>) -> (Vec<u32>, Weights),
) -> (Vec<usize>, Vec<u32>, Weights) {
    let simple = offsets.windows(2).all(|range| arcs[range[0]..range[1]].is_sorted_by(|x, y| x.0 < y.0));
    if simple {
        let (targets, weights) = apart(arcs);
        return (offsets, targets, weights);
    }
    let (mut targets, mut weights) = (Vec::new(), Vec::new());
    let mut begin = 0;
    for end in &mut offsets[1..] {
        for same in arcs[begin..*end].chunk_by(|x, y| x.0 == y.0) {
            targets.push(same[0].0);
            weights.push(same.iter().map(|arc| weight(arc.1)).sum());
        }
        begin = *end;
        *end = targets.len();
    }
    (offsets, targets, Weights::of(weights))
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
