//! Directed graphs against a plain table, and the laws they keep.
#![allow(clippy::unwrap_used, reason = "a test stops where its input is refused")]

use std::collections::BTreeMap;

use itoguchi_graph::{Arc, Arcs, Csr, Edge, GraphError};
use proptest::{collection::vec, prelude::*};

const NODES: u32 = 9;

fn some_triples() -> impl Strategy<Value = Vec<(u32, u32, u64)>> {
    vec((0..NODES, 0..NODES, 0_u64..5), 0..30)
}

fn arcs(triples: &[(u32, u32, u64)]) -> Arcs {
    let list: Vec<Arc> = triples.iter().map(|(from, to, weight)| Arc::new(*from, *to, *weight)).collect();
    Arcs::from_arcs(NODES, &list).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_equal_a_plain_table(triples in some_triples(), turn in 0_usize..30) {
        let found = arcs(&triples);
        let mut table: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        for (from, to, weight) in &triples {
            *table.entry((*to, *from)).or_default() += weight;
        }
        let rows = |node| found.incoming(node).map(move |(from, weight)| ((node, from), weight));
        prop_assert!((0..NODES).flat_map(rows).eq(table.iter().map(|(ends, weight)| (*ends, *weight))));
        prop_assert_eq!(found.arc_count(), table.len());
        for node in 0..NODES {
            let out: u64 = triples.iter().filter(|t| t.0 == node).map(|t| t.2).sum();
            prop_assert_eq!(found.out_weight(node), out);
        }
        let mut turned = triples.clone();
        turned.rotate_left(turn % triples.len().max(1));
        prop_assert_eq!(arcs(&turned), found);
    }

    #[test]
    fn an_undirected_graph_has_every_edge_both_ways(triples in some_triples()) {
        let edges: Vec<Edge> = triples.iter().map(|(u, v, w)| Edge::new(*u, *v, *w)).collect();
        let graph = Csr::from_edges(NODES, &edges).unwrap();
        // a loop of weight nought is no arc
        let kept = triples.iter().filter(|(u, v, w)| u != v || *w > 0);
        let both: Vec<(u32, u32, u64)> = kept.flat_map(|(u, v, w)| [(*u, *v, *w), (*v, *u, *w)]).collect();
        let found = Arcs::from(&graph);
        prop_assert_eq!(&found, &arcs(&both));
        prop_assert!((0..NODES).all(|node| found.out_weight(node) == graph.strength(node)));
    }
}

#[test]
fn wrong_arcs_are_refused_with_a_hint() {
    let outside = Arcs::from_arcs(2, &[Arc::new(0, 1, 1), Arc::new(1, 7, 1)]).unwrap_err();
    assert_eq!(outside, GraphError::NodeOutOfRange { edge: 1, node: 7, nodes: 2 });
    let heavy = [Arc::new(0, 1, u64::MAX), Arc::new(1, 0, 1)];
    let refused = Arcs::from_arcs(2, &heavy).unwrap_err();
    assert_eq!(refused, GraphError::WeightOverflow { limit: u64::MAX });
    assert!(refused.to_string().contains("hint:"));
    assert_eq!(Arcs::from_arcs(2, &heavy[..1]).unwrap().out_weight(0), u64::MAX);
    assert_eq!(Arcs::from(&Csr::default()).nodes(), 0);
}
