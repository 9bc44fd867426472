//! The graph against plain search, and the laws it keeps.
#![allow(clippy::unwrap_used, reason = "a test stops where its input is refused")]

use itoguchi_graph::{
    Csr, Edge, GraphError, articulation_points, bridges, components, maximum_spanning_forest,
};
use itoguchi_testkit::graphs::{PlainEdge, smallest_reachable};
use proptest::{collection::vec, prelude::*};

const NODES: u32 = 14;

fn edges() -> impl Strategy<Value = Vec<PlainEdge>> {
    vec((0..NODES, 0..NODES, 0_u64..5), 0..28)
}

fn graph(edges: &[PlainEdge]) -> Csr {
    let edges: Vec<Edge> = edges.iter().map(|(u, v, w)| Edge::new(*u, *v, *w)).collect();
    Csr::from_edges(NODES, &edges).unwrap()
}

fn parts(edges: &[PlainEdge]) -> usize {
    components(&graph(edges)).count()
}

fn without_edge(edges: &[PlainEdge], u: u32, v: u32) -> Vec<PlainEdge> {
    edges.iter().copied().filter(|e| (e.0.min(e.1), e.0.max(e.1)) != (u, v)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_and_orientation_do_not_matter(edges in edges(), turn in 0_usize..28) {
        let mut turned: Vec<PlainEdge> = edges.iter().map(|(u, v, w)| (*v, *u, *w)).collect();
        turned.rotate_left(turn % edges.len().max(1));
        prop_assert_eq!(graph(&turned), graph(&edges));
    }

    #[test]
    fn weights_are_kept(edges in edges()) {
        let graph = graph(&edges);
        let total: u64 = edges.iter().map(|e| e.2).sum();
        prop_assert_eq!(graph.total_weight(), total);
        prop_assert_eq!((0..NODES).map(|n| graph.strength(n)).sum::<u64>(), 2 * total);
        for n in 0..NODES {
            let next: Vec<u32> = graph.neighbours(n).map(|(v, _)| v).collect();
            prop_assert!(next.is_sorted_by(|x, y| x < y) && !next.contains(&n));
            for (v, weight) in graph.neighbours(n) {
                let between = |e: &&PlainEdge| (e.0, e.1) == (n, v) || (e.0, e.1) == (v, n);
                prop_assert_eq!(weight, edges.iter().filter(between).map(|e| e.2).sum::<u64>());
            }
        }
    }

    #[test]
    fn components_are_what_search_reaches(edges in edges()) {
        let found = components(&graph(&edges));
        prop_assert_eq!(&found.smallest, &smallest_reachable(NODES, &edges));
        prop_assert_eq!(found.members().len(), found.count());
        prop_assert_eq!(found.sizes().iter().map(|(size, number)| size * number).sum::<usize>(), NODES as usize);
    }

    #[test]
    fn bridges_and_articulation_points_are_what_cuts(edges in edges()) {
        let graph = graph(&edges);
        let whole = parts(&edges);
        let cutting: Vec<(u32, u32)> = graph
            .edges()
            .map(|e| (e.u, e.v))
            .filter(|(u, v)| parts(&without_edge(&edges, *u, *v)) > whole)
            .collect();
        prop_assert_eq!(bridges(&graph), cutting);
        let cut_by = |n: u32| {
            let rest: Vec<PlainEdge> = edges.iter().copied().filter(|e| e.0 != n && e.1 != n).collect();
            // the node itself stays behind as a component of its own
            parts(&rest) > whole + usize::from(graph.degree(n) > 0)
        };
        let points: Vec<u32> = (0..NODES).filter(|n| cut_by(*n)).collect();
        prop_assert_eq!(articulation_points(&graph), points);
    }

    /// As many edges as nodes less components, and every edge left out is the lightest of a cycle.
    #[test]
    fn the_forest_spans_and_is_heaviest(edges in edges()) {
        let graph = graph(&edges);
        let forest = maximum_spanning_forest(&graph);
        prop_assert_eq!(forest.len(), NODES as usize - parts(&edges));
        for out in graph.edges().filter(|e| !forest.contains(e)) {
            let heavier: Vec<PlainEdge> =
                forest.iter().filter(|e| e.weight >= out.weight).map(|e| (e.u, e.v, e.weight)).collect();
            let label = smallest_reachable(NODES, &heavier);
            prop_assert_eq!(label[out.u as usize], label[out.v as usize]);
        }
    }

    #[test]
    fn a_subgraph_keeps_what_lies_inside(edges in edges(), members in vec(0..NODES, 0..10)) {
        let whole = graph(&edges);
        let part = whole.subgraph(&members).unwrap();
        let inside: Vec<Edge> =
            whole.edges().filter(|e| members.contains(&e.u) && members.contains(&e.v)).collect();
        let back = |n: u32| part.members[n as usize];
        let found: Vec<Edge> = part.graph.edges().map(|e| Edge::new(back(e.u), back(e.v), e.weight)).collect();
        prop_assert_eq!(found, inside);
    }
}

#[test]
fn wrong_edges_are_refused_with_a_hint() {
    let out = Csr::from_edges(2, &[Edge::new(0, 1, 1), Edge::new(1, 2, 1)]).unwrap_err();
    assert_eq!(out, GraphError::NodeOutOfRange { edge: 1, node: 2, nodes: 2 });
    assert!(out.to_string().contains("hint:"));
    let heavy = [Edge::new(0, 1, u64::MAX / 2), Edge::new(0, 1, 1)];
    assert!(matches!(Csr::from_edges(2, &heavy), Err(GraphError::WeightOverflow { .. })));
    assert!(matches!(Csr::default().subgraph(&[0]), Err(GraphError::NodeOutOfRange { .. })));
    assert_eq!(components(&Csr::default()).count(), 0);
}
