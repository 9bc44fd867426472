//! Leiden on graphs with planted groups of forty nodes, at three sizes.

#![allow(clippy::print_stderr, reason = "says what was measured, beside the table of times")]

use std::{collections::BTreeSet, hint::black_box, time::Duration};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use itoguchi_community::{LeidenOptions, Objective, Resolution, leiden};
use itoguchi_graph::{Csr, Edge};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const GROUP: u32 = 40;
/// Edges of a node within its group and to all others, on average.
const INSIDE: u32 = 12;
const OUTSIDE: u32 = 3;

/// Edges are drawn, not tried pair by pair, so that large graphs are made in linear time.
fn planted(nodes: u32) -> Csr {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let mut edges = BTreeSet::new();
    for u in 0..nodes {
        let first = u / GROUP * GROUP;
        for _ in 0..INSIDE / 2 {
            let v = first + rng.random_range(0..GROUP);
            edges.insert((u.min(v), u.max(v)));
        }
        for _ in 0..=rng.random_range(0..OUTSIDE) {
            let v = rng.random_range(0..nodes);
            edges.insert((u.min(v), u.max(v)));
        }
    }
    let edges: Vec<Edge> =
        edges.into_iter().filter(|(u, v)| u != v).map(|(u, v)| Edge::new(u, v, 1)).collect();
    Csr::from_edges(nodes, &edges).expect("every edge is in range")
}

fn communities(c: &mut Criterion) {
    let mut group = c.benchmark_group("communities");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(4));
    let modularity = Objective::modularity(Resolution::whole(1));
    let cpm = Objective::cpm(Resolution::ratio(1, 10).expect("the denominator is not nought"));
    for nodes in [10_000, 40_000, 160_000] {
        let graph = planted(nodes);
        group.throughput(Throughput::Elements(graph.edge_count() as u64));
        for (name, objective) in [("cpm", cpm), ("modularity", modularity)] {
            let options = LeidenOptions::new(objective);
            let found = leiden(&graph, &options).expect("the weights fit").count();
            eprintln!("{name}: {nodes} nodes, {} edges, {found} communities", graph.edge_count());
            group.bench_with_input(BenchmarkId::new(name, nodes), &graph, |b, graph| {
                b.iter(|| leiden(black_box(graph), &options));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, communities);
criterion_main!(benches);
