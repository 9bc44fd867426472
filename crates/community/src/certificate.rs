//! What holds every community together, and where it would break.

use itoguchi_graph::{Csr, Edge, articulation_points, bridges};

use crate::{
    error::CommunityError,
    partition::Partition,
    quality::{masses_of, pieces_of},
};

/// What can be said for and against one community. Edges of weight nought join nothing, and loops join nobody.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CommunityCertificate {
    /// How many nodes it has.
    pub members: u32,
    /// Into how many pieces it falls: 1 where it is connected.
    pub pieces: u32,
    /// Weight of the edges inside, loops included.
    pub inside: u64,
    /// Weight of the edges that leave it.
    pub cut: u64,
    /// How many distinct edges of weight above nought join its members; loops are not among them.
    pub edges_inside: u64,
    /// Weight of the edges between members for each pair of them, loops left out: the γ at which CPM is indifferent
    /// between this community and its members alone. It is dense enough for every γ up to this. 0 for
    /// a single node.
    pub density: f64,
    /// The share of its edges that leave it, as [`crate::quality::Mass::conductance`]: the one number here that
    /// changes with edges between others.
    pub conductance: f64,
    /// The edges inside whose removal would cut its piece in two, smaller end first, ascending.
    pub bridges: Vec<(u32, u32)>,
    /// The members whose removal would cut their piece in two or more, ascending.
    pub articulation_points: Vec<u32>,
    /// The member with the least weight to the other members, the smallest of equals, and that weight; none for a
    /// single node.
    pub least_connected: Option<(u32, u64)>,
}

/// One certificate for every community, in the order of their labels; nodes have their numbers in the whole graph.
///
/// ```
/// use itoguchi_community::{Partition, certificates};
/// use itoguchi_graph::{Csr, Edge};
/// // a triangle with 3 at its corner 2, and a pair; 3 and 4 know each other too
/// let edges = [(0, 1), (1, 2), (0, 2), (2, 3), (3, 4), (4, 5)].map(|(u, v)| Edge::new(u, v, 1));
/// let graph = Csr::from_edges(6, &edges)?;
/// let found = certificates(&graph, &Partition::from_labels(&[0, 0, 0, 0, 1, 1]))?;
/// let first = &found[0];
/// assert_eq!((first.members, first.pieces, first.inside, first.cut), (4, 1, 4, 1));
/// assert_eq!(first.density, 4.0 / 6.0);
/// assert_eq!(first.bridges, [(2, 3)]);
/// assert_eq!(first.articulation_points, [2]);
/// assert_eq!(first.least_connected, Some((3, 1)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`CommunityError::WrongLength`] where the partition is of another graph.
/// # Cost
/// O(n + m) time for n nodes and m edges; a copy of the edges inside communities, and what [`bridges`] takes for these.
/// # Determinism
/// Depends on the set of edges and the partition alone: sums are integers, with one division for each share.
/// # Source
/// V. A. Traag, P. Van Dooren, Y. Nesterov, Narrow scope for resolution-limit-free community detection, Physical Review E
/// 84:016114, 2011 (γ as the least density inside communities).
pub fn certificates(graph: &Csr, partition: &Partition) -> Result<Vec<CommunityCertificate>, CommunityError> {
    partition.check(graph.nodes())?;
    let labels = partition.labels();
    let community = |node: u32| labels[node as usize] as usize;
    let mut found = vec![CommunityCertificate::default(); partition.count() as usize];
    let mut ties = vec![0_u64; labels.len()];
    let inside = skeleton(graph, labels, |edge| {
        found[community(edge.u)].edges_inside += 1;
        ties[edge.u as usize] += edge.weight;
        ties[edge.v as usize] += edge.weight;
    });
    // all communities at once: they are components of the skeleton, or several
    for bridge in bridges(&inside) {
        found[community(bridge.0)].bridges.push(bridge);
    }
    for node in articulation_points(&inside) {
        found[community(node)].articulation_points.push(node);
    }
    let mut of_both_ends = vec![0_u128; found.len()];
    for (node, weight) in (0..).zip(ties) {
        of_both_ends[community(node)] += u128::from(weight);
        let least = &mut found[community(node)].least_connected;
        if least.is_none_or(|(_, least)| weight < least) {
            *least = Some((node, weight));
        }
    }
    let masses = masses_of(graph, partition).into_iter().zip(pieces_of(graph, partition)).zip(of_both_ends);
    for (found, ((mass, pieces), of_both_ends)) in found.iter_mut().zip(masses) {
        found.members = mass.members as u32;
        found.pieces = pieces;
        (found.inside, found.cut) = (mass.inside, mass.cut);
        found.conductance = mass.conductance(graph);
        if mass.members > 1 {
            found.density = of_both_ends as f64 / (mass.members * (mass.members - 1)) as f64;
        } else {
            found.least_connected = None;
        }
    }
    Ok(found)
}

/// The graph of the edges of weight above nought inside communities, each of weight one; every one of them is visited.
fn skeleton(graph: &Csr, labels: &[u32], mut visit: impl FnMut(Edge)) -> Csr {
    let inside = graph.edges().filter(|e| e.weight > 0 && labels[e.u as usize] == labels[e.v as usize]);
    let inside: Vec<Edge> = inside.inspect(|edge| visit(*edge)).map(|e| Edge::new(e.u, e.v, 1)).collect();
    Csr::from_edges(graph.nodes(), &inside).expect("edges of a graph make a graph")
}
