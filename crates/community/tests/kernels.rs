//! Label propagation, PageRank, push, sweep, clustering and agreement against slow obvious versions, and their laws.
#![allow(clippy::unwrap_used, reason = "a test stops where its input is refused")]

use std::collections::BTreeMap;

use itoguchi_community::{
    CommunityError, ExpandOptions, PageRankOptions, Partition, PushOptions, agreement, counterparts, expand,
    label_propagation, label_propagation_from, local_clustering, pagerank, pagerank_from, personalised,
    quality,
};
use itoguchi_graph::{Arc, Arcs, Csr, Edge};
use itoguchi_testkit::graphs::{PlainEdge, planted};
use proptest::{collection::vec, prelude::*};

const NODES: u32 = 14;

fn some_edges(most: usize) -> impl Strategy<Value = Vec<PlainEdge>> {
    vec((0..NODES, 0..NODES, 0_u64..6), 0..most)
}

fn graph(nodes: u32, edges: &[PlainEdge]) -> Csr {
    let edges: Vec<Edge> = edges.iter().map(|(u, v, w)| Edge::new(*u, *v, *w)).collect();
    Csr::from_edges(nodes, &edges).unwrap()
}

fn arcs(nodes: u32, triples: &[PlainEdge]) -> Arcs {
    let list: Vec<Arc> = triples.iter().map(|(u, v, w)| Arc::new(*u, *v, *w)).collect();
    Arcs::from_arcs(nodes, &list).unwrap()
}

/// A permutation of the nodes: 5 and 14 share no factor.
fn turn(node: u32) -> u32 {
    (node * 5 + 3) % NODES
}

fn turned(edges: &[PlainEdge]) -> Vec<PlainEdge> {
    edges.iter().map(|(u, v, w)| (turn(*u), turn(*v), *w)).collect()
}

/// Values of turned nodes, brought back to the numbers of the nodes.
fn back<T: Copy>(values: &[T]) -> Vec<T> {
    (0..NODES).map(|node| values[turn(node) as usize]).collect()
}

fn within_threads<T: Send>(threads: usize, run: impl Fn() -> T + Send + Sync) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(run)
}

/// The weight between every two nodes; a loop in its own place.
fn matrix(edges: &[PlainEdge]) -> Vec<Vec<u64>> {
    let mut weights = vec![vec![0; NODES as usize]; NODES as usize];
    for (u, v, w) in edges {
        weights[*u as usize][*v as usize] += w;
        if u != v {
            weights[*v as usize][*u as usize] += w;
        }
    }
    weights
}

fn plain_labels(edges: &[PlainEdge], mut labels: Vec<u32>, rounds: u32) -> Vec<u32> {
    let weights = matrix(edges);
    for _ in 0..rounds {
        let mut next = labels.clone();
        for node in 0..NODES as usize {
            let mut heard: BTreeMap<u32, u64> = BTreeMap::new();
            for other in (0..NODES as usize).filter(|other| *other != node && weights[node][*other] > 0) {
                *heard.entry(labels[other]).or_default() += weights[node][other];
            }
            if let Some(most) = heard.values().max() {
                next[node] = *heard.iter().find(|(_, weight)| *weight == most).unwrap().0;
            }
        }
        labels = next;
    }
    labels
}

/// Rank by rank along a full table of transitions.
fn plain_ranks(triples: &[PlainEdge], start: &[f64], damping: f64, rounds: u32) -> Vec<f64> {
    let nodes = start.len();
    let mut chance = vec![vec![0.0; nodes]; nodes];
    for (from, to, weight) in triples {
        chance[*from as usize][*to as usize] += *weight as f64;
    }
    for row in &mut chance {
        let out: f64 = row.iter().sum();
        for (to, chance) in row.iter_mut().enumerate() {
            *chance = if out > 0.0 { *chance / out } else { start[to] };
        }
    }
    let mut ranks = start.to_vec();
    for _ in 0..rounds {
        let come = |to: usize| (0..nodes).map(|from| ranks[from] * chance[from][to]).sum::<f64>();
        ranks = (0..nodes).map(|to| (1.0 - damping) * start[to] + damping * come(to)).collect();
    }
    ranks
}

fn close(found: &[f64], wanted: &[f64]) -> bool {
    found.len() == wanted.len() && found.iter().zip(wanted).all(|(x, y)| (x - y).abs() < 1e-12)
}

/// Personalised PageRank to the last digits. A walk at a node without edges stays there, so it is given a loop.
fn exact(graph: &Csr, seeds: &[(u32, f64)], teleport: f64) -> Vec<f64> {
    let mut edges: Vec<Edge> = graph.edges().collect();
    for node in 0..graph.nodes() {
        let own = graph.loop_weight(node).max(u64::from(graph.strength(node) == 0));
        edges.push(Edge::new(node, node, own));
    }
    let looped = Csr::from_edges(graph.nodes(), &edges).unwrap();
    let mut start = vec![0.0; graph.nodes() as usize];
    for (node, weight) in seeds {
        start[*node as usize] += weight;
    }
    // 37 natural logarithms are 16 digits
    let options = PageRankOptions { damping: 1.0 - teleport, rounds: (37.0 / -(1.0 - teleport).ln()) as u32 };
    pagerank_from(&Arcs::from(&looped), &start, &options).unwrap()
}

fn some_seeds() -> impl Strategy<Value = Vec<(u32, f64)>> {
    vec((0..NODES, 0.25_f64..4.0), 1..4)
}

fn some_options() -> impl Strategy<Value = PushOptions> {
    let teleport = prop_oneof![Just(0.03), Just(0.15), Just(0.6), Just(0.97)];
    let tolerance = prop_oneof![Just(0.3), Just(0.02), Just(1e-3), Just(1e-7)];
    (teleport, tolerance).prop_map(|(teleport, tolerance)| PushOptions { teleport, tolerance })
}

/// Pairs of nodes together in both, in the first, in the second, and all.
fn together(first: &[u32], second: &[u32]) -> [f64; 4] {
    let mut counts = [0.0; 4];
    for u in 0..first.len() {
        for v in 0..u {
            let (a, b) = (first[u] == first[v], second[u] == second[v]);
            for (count, counted) in counts.iter_mut().zip([a && b, a, b, true]) {
                *count += f64::from(u8::from(counted));
            }
        }
    }
    counts
}

fn plain_ari(first: &[u32], second: &[u32]) -> f64 {
    let [both, a, b, all] = together(first, second);
    let expected = a * b / all;
    let best = (a + b) / 2.0;
    if best == expected { 1.0 } else { (both - expected) / (best - expected) }
}

fn share(matching: impl Iterator<Item = bool>) -> f64 {
    let (mut yes, mut all) = (0.0, 0.0);
    for matches in matching {
        yes += f64::from(u8::from(matches));
        all += 1.0;
    }
    yes / all
}

/// Information by the definition, one node at a time.
fn plain_nmi(first: &[u32], second: &[u32]) -> f64 {
    let (mut mutual, mut entropies) = (0.0, 0.0);
    for (a, b) in first.iter().zip(second) {
        let of_a = share(first.iter().map(|x| x == a));
        let of_b = share(second.iter().map(|y| y == b));
        let of_both = share(first.iter().zip(second).map(|(x, y)| x == a && y == b));
        mutual += (of_both / (of_a * of_b)).ln();
        entropies -= of_a.ln() + of_b.ln();
    }
    if entropies == 0.0 { 1.0 } else { 2.0 * mutual / entropies }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn labels_spread_as_in_the_obvious_version(edges in some_edges(40), rounds in 0_u32..7) {
        let graph = graph(NODES, &edges);
        let found = label_propagation(&graph, rounds);
        prop_assert_eq!(&found.labels, &plain_labels(&edges, (0..NODES).collect(), rounds));
        prop_assert!(found.rounds <= rounds);
        let more = label_propagation(&graph, rounds + 1).labels;
        prop_assert_eq!(found.settled && found.labels != more, false);
        prop_assert_eq!(found.rounds < rounds && !found.settled, false);
    }

    #[test]
    fn labels_stay_with_their_nodes_whatever_the_numbering(
        edges in some_edges(40),
        labels in vec(0_u32..9, NODES as usize),
        rounds in 0_u32..7,
    ) {
        let found = label_propagation_from(&graph(NODES, &edges), &labels, rounds).unwrap();
        let mut carried = labels.clone();
        for node in 0..NODES {
            carried[turn(node) as usize] = labels[node as usize];
        }
        let other = label_propagation_from(&graph(NODES, &turned(&edges)), &carried, rounds).unwrap();
        prop_assert_eq!(back(&other.labels), found.labels);
        prop_assert_eq!((other.rounds, other.settled), (found.rounds, found.settled));
    }

    #[test]
    fn ranks_equal_the_full_table(
        triples in some_edges(40),
        weights in vec(0_u32..4, NODES as usize),
        damping in 0.0_f64..1.0,
        rounds in 0_u32..30,
    ) {
        let options = PageRankOptions { damping, rounds };
        let directed = arcs(NODES, &triples);
        let alike = vec![1.0 / f64::from(NODES); NODES as usize];
        let found = pagerank(&directed, &options).unwrap();
        prop_assert!(close(&found, &plain_ranks(&triples, &alike, damping, rounds)));
        prop_assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        prop_assert!(close(&back(&pagerank(&arcs(NODES, &turned(&triples)), &options).unwrap()), &found));
        let all: u32 = weights.iter().sum();
        let teleport: Vec<f64> = weights.iter().map(|weight| f64::from(*weight)).collect();
        let found = pagerank_from(&directed, &teleport, &options);
        if all == 0 {
            prop_assert_eq!(found, Err(CommunityError::NoSeeds));
        } else {
            let start: Vec<f64> = teleport.iter().map(|weight| weight / f64::from(all)).collect();
            prop_assert!(close(&found.unwrap(), &plain_ranks(&triples, &start, damping, rounds)));
        }
    }

    #[test]
    fn push_falls_short_by_no_more_than_its_bound(
        edges in some_edges(40),
        seeds in some_seeds(),
        options in some_options(),
    ) {
        let graph = graph(NODES, &edges);
        let found = personalised(&graph, &seeds, &options).unwrap();
        let mut scores = vec![0.0; NODES as usize];
        for (node, score) in &found.scores {
            prop_assert!(*score > 0.0);
            scores[*node as usize] = *score;
        }
        prop_assert!(found.scores.is_sorted_by(|x, y| x.0 < y.0));
        prop_assert!(found.bound <= options.tolerance * (1.0 + 1e-12));
        let mut missing = 0.0;
        for (node, wanted) in exact(&graph, &seeds, options.teleport).iter().enumerate() {
            let short = wanted - scores[node];
            prop_assert!(short > -1e-12, "{} of {}", short, node);
            prop_assert!(short <= found.bound * graph.strength(node as u32) as f64 + 1e-12, "{}", node);
            missing += short;
        }
        prop_assert!((missing - found.missing).abs() < 1e-11, "{} {}", missing, found.missing);
        prop_assert!(found.looked_at as f64 <= 1.0 / (options.tolerance * options.teleport));
    }

    /// A few thousand strangers, and the order and splitting of seeds, are not to be seen.
    #[test]
    fn push_does_not_see_strangers(
        edges in some_edges(40),
        seeds in some_seeds(),
        options in some_options(),
    ) {
        let sweep = ExpandOptions { push: options, max_members: 9 };
        let found = expand(&graph(NODES, &edges), &seeds, &sweep).unwrap();
        let walk = personalised(&graph(NODES, &edges), &seeds, &options).unwrap();
        let with_strangers = graph(5_000, &edges);
        let mut others = seeds.clone();
        others.reverse();
        others.push((4_000, 0.0));
        prop_assert_eq!(personalised(&with_strangers, &others, &options).unwrap(), walk);
        prop_assert_eq!(expand(&with_strangers, &others, &sweep).unwrap(), found);
    }

    #[test]
    fn sweeps_stop_at_the_least_conductance(
        edges in some_edges(40),
        seeds in some_seeds(),
        push in some_options(),
        max_members in 0_usize..20,
    ) {
        let graph = graph(NODES, &edges);
        let found = expand(&graph, &seeds, &ExpandOptions { push, max_members }).unwrap();
        let walk = personalised(&graph, &seeds, &push).unwrap();
        let mut reached: Vec<(u32, f64)> = found.sweep.iter().map(|swept| (swept.node, swept.score)).collect();
        let density = |(node, score): &(u32, f64)| score / graph.strength(*node) as f64;
        for pair in reached.windows(2) {
            let (one, next) = (density(&pair[0]), density(&pair[1]));
            prop_assert!(one > next || (one == next && pair[0].0 < pair[1].0));
        }
        reached.sort_unstable_by_key(|(node, _)| *node);
        prop_assert_eq!(reached, walk.scores);
        let all = 2 * u128::from(graph.total_weight());
        let mut labels = vec![1; NODES as usize];
        let mut candidates = Vec::new();
        for swept in &found.sweep {
            labels[swept.node as usize] = 0;
            let partition = Partition::from_labels(&labels);
            let own = partition.labels()[swept.node as usize] as usize;
            let mass = quality::masses(&graph, &partition).unwrap()[own];
            prop_assert_eq!(swept.conductance, mass.conductance(&graph));
            let proper = mass.volume() > 0 && mass.volume() < all;
            candidates.push(if proper { swept.conductance } else { f64::INFINITY });
        }
        candidates.truncate(max_members);
        let least = candidates.iter().copied().fold(f64::INFINITY, f64::min);
        let wanted = match candidates.iter().position(|conductance| *conductance == least) {
            Some(first) if least.is_finite() => first + 1,
            _ => candidates.len(),
        };
        prop_assert_eq!(found.best, wanted);
        prop_assert_eq!(found.members().len(), wanted);
        let last = wanted.checked_sub(1).map(|last| found.sweep[last].conductance);
        prop_assert_eq!(found.conductance(), last);
    }

    #[test]
    fn clustering_equals_counting_pairs(edges in some_edges(70)) {
        let found = local_clustering(&graph(NODES, &edges));
        let weights = matrix(&edges);
        for node in 0..NODES as usize {
            let around: Vec<usize> =
                (0..NODES as usize).filter(|other| *other != node && weights[node][*other] > 0).collect();
            let (mut pairs, mut triangles, mut weight) = (0, 0, 0);
            for (position, one) in around.iter().enumerate() {
                for other in &around[..position] {
                    pairs += 1;
                    triangles += u64::from(weights[*one][*other] > 0);
                    weight += weights[*one][*other];
                }
            }
            let (degree, own) = (around.len() as u32, found[node]);
            prop_assert_eq!((own.degree, own.triangles, own.weight), (degree, triangles, weight));
            if pairs == 0 {
                prop_assert_eq!((own.coefficient(), own.arc_coefficient()), (0.0, 0.0));
            } else {
                prop_assert_eq!(own.coefficient(), triangles as f64 / f64::from(pairs));
                prop_assert_eq!(own.arc_coefficient(), weight as f64 / (2.0 * f64::from(pairs)));
            }
        }
        prop_assert_eq!(back(&local_clustering(&graph(NODES, &turned(&edges)))), found);
    }

    #[test]
    fn agreement_equals_the_definitions(
        labels in (2_usize..30).prop_flat_map(|n| (vec(0_u32..5, n), vec(0_u32..7, n))),
    ) {
        let (first, second) = (Partition::from_labels(&labels.0), Partition::from_labels(&labels.1));
        let found = agreement(&first, &second).unwrap();
        prop_assert!((found.ari - plain_ari(&labels.0, &labels.1)).abs() < 1e-12, "{}", found.ari);
        prop_assert!((found.nmi - plain_nmi(&labels.0, &labels.1)).abs() < 1e-12, "{}", found.nmi);
        prop_assert!((0.0..=1.0).contains(&found.nmi) && found.ari <= 1.0);
        prop_assert_eq!(agreement(&second, &first).unwrap(), found);
        let mut backwards = labels.clone();
        backwards.0.reverse();
        backwards.1.reverse();
        let (last, other) = (Partition::from_labels(&backwards.0), Partition::from_labels(&backwards.1));
        prop_assert_eq!(agreement(&last, &other).unwrap(), found);
        let same = agreement(&first, &first).unwrap();
        prop_assert_eq!((same.ari, same.nmi), (1.0, 1.0));
    }

    #[test]
    fn counterparts_are_the_best_of_all(
        labels in (0_usize..30).prop_flat_map(|n| (vec(0_u32..5, n), vec(0_u32..7, n))),
    ) {
        let (first, second) = (Partition::from_labels(&labels.0), Partition::from_labels(&labels.1));
        let found = counterparts(&first, &second).unwrap();
        prop_assert_eq!(found.len(), first.count() as usize);
        for (found, members) in found.iter().zip(first.members()) {
            let jaccard = |others: &Vec<u32>| {
                let common = members.iter().filter(|node| others.contains(node)).count();
                common as f64 / (members.len() + others.len() - common) as f64
            };
            let all: Vec<f64> = second.members().iter().map(jaccard).collect();
            let best = all.iter().copied().fold(0.0, f64::max);
            prop_assert_eq!(found.jaccard(), best);
            prop_assert_eq!(found.community as usize, all.iter().position(|j| *j == best).unwrap());
        }
    }
}

#[test]
fn two_sides_swap_their_labels_until_the_rounds_are_over() {
    let pair = graph(3, &[(0, 1, 1), (2, 2, 5)]);
    let odd = label_propagation(&pair, 7);
    assert_eq!((odd.labels, odd.rounds, odd.settled), (vec![1, 0, 2], 7, false));
    assert_eq!(label_propagation(&pair, 8).labels, [0, 1, 2]);
    let alone = label_propagation(&graph(3, &[(0, 1, 0)]), 8);
    assert_eq!((alone.labels, alone.rounds, alone.settled), (vec![0, 1, 2], 1, true));
    let short = label_propagation_from(&pair, &[4], 1).unwrap_err();
    assert_eq!(short, CommunityError::WrongLength { what: "labels", given: 1, nodes: 3 });
}

/// More nodes than are summed at a time, many of them with nothing to follow.
#[test]
fn threads_do_not_change_a_bit() {
    let nodes = 20_000_u32;
    let edges: Vec<PlainEdge> = (0..nodes)
        .flat_map(|u| (1..4).map(move |i| (u, (u * 7 + i * i * 13) % nodes, u64::from(u % 3 + i))))
        .filter(|(u, v, _)| u % 11 != 0 && u != v)
        .collect();
    let (graph, arcs) = (graph(nodes, &edges), arcs(nodes, &edges));
    let run = |threads| {
        within_threads(threads, || {
            let ranks = pagerank(&arcs, &PageRankOptions::new(8)).unwrap();
            let bits: Vec<u64> = ranks.iter().map(|rank| rank.to_bits()).collect();
            (bits, label_propagation(&graph, 6), local_clustering(&graph))
        })
    };
    let one = run(1);
    assert!(one == run(3) && one == run(8));
    let all: f64 = one.0.iter().map(|bits| f64::from_bits(*bits)).sum();
    assert!((all - 1.0).abs() < 1e-12, "{all}");
}

#[test]
fn planted_groups_are_found_from_any_of_their_members() {
    let graph = graph(96, &planted(8, 12, 0.9, 0.01, 3, 42));
    let options = ExpandOptions { max_members: 20, ..ExpandOptions::new(1e-5) };
    let mut exactly = 0;
    for seed in 0..96 {
        let found = expand(&graph, &[(seed, 1.0)], &options).unwrap().members();
        let group: Vec<u32> = (seed / 12 * 12..seed / 12 * 12 + 12).collect();
        // a node with most of its weight across a border may be on the wrong side of it
        let differ = (0..96).filter(|node| found.contains(node) != group.contains(node)).count();
        assert!(differ <= 2, "from {seed}: {found:?}");
        exactly += usize::from(found == group);
    }
    println!("exactly {exactly} of 96");
    assert!(exactly >= 90, "{exactly}");
}

/// 4 belongs to either group of five, and seeds on both sides each find their own.
#[test]
fn communities_of_different_seeds_may_overlap() {
    let clique = |first: u32| (first..first + 5).flat_map(move |v| (first..v).map(move |u| (u, v, 1)));
    let mut edges: Vec<PlainEdge> = clique(0).chain(clique(4)).collect();
    // the rest of the world
    edges.extend(clique(10).chain(clique(14)).chain(clique(18)));
    edges.extend([(0, 10, 1), (8, 20, 1)]);
    let graph = graph(23, &edges);
    let around = |seed| expand(&graph, &[(seed, 1.0)], &ExpandOptions::new(1e-6)).unwrap().members();
    let (left, right) = (around(1), around(7));
    assert!(left.contains(&4) && right.contains(&4), "{left:?} {right:?}");
    assert!(left.contains(&1) && right.contains(&7), "{left:?} {right:?}");
}

#[test]
fn nodes_without_edges_and_coarse_tolerances() {
    let graph = graph(4, &[(0, 1, 1), (1, 2, 1)]);
    let alone = personalised(&graph, &[(3, 2.0)], &PushOptions::new(0.5)).unwrap();
    assert_eq!((alone.scores.as_slice(), alone.missing, alone.looked_at), ([(3, 1.0)].as_slice(), 0.0, 0));
    let found = expand(&graph, &[(3, 2.0)], &ExpandOptions::new(0.5)).unwrap();
    assert_eq!((found.members(), found.conductance()), (vec![3], Some(0.0)));
    let coarse = expand(&graph, &[(1, 1.0)], &ExpandOptions::new(0.5)).unwrap();
    assert_eq!((coarse.members(), coarse.conductance(), coarse.bound), (vec![], None, 0.5));
}

#[test]
fn agreement_has_the_values_of_the_books() {
    let of = |first: &[u32], second: &[u32]| {
        agreement(&Partition::from_labels(first), &Partition::from_labels(second)).unwrap()
    };
    let near = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-12, "{found} {wanted}");
    near(of(&[0, 0, 1, 2], &[0, 0, 1, 1]).ari, 4.0 / 7.0);
    near(of(&[0, 0, 1, 1], &[0, 1, 0, 1]).ari, -0.5);
    near(of(&[0, 0, 1, 1], &[0, 1, 0, 1]).nmi, 0.0);
    near(of(&[0, 0, 1, 1], &[0, 0, 1, 2]).nmi, 0.8);
    // every label of the one meets every label of the other equally often
    let rows: Vec<u32> = (0..4_000).map(|n| n / 1_000).collect();
    let columns: Vec<u32> = (0..4_000).map(|n| n % 5).collect();
    let apart = of(&rows, &columns);
    assert!(apart.ari.abs() < 1e-3 && apart.nmi < 1e-12, "{apart:?}");
    // nought over nought
    for labels in [&[][..], &[7], &[3, 3, 3], &[1, 2, 3]] {
        let same = of(labels, labels);
        assert_eq!((same.ari, same.nmi), (1.0, 1.0), "{labels:?}");
    }
    let opposite = of(&[0, 0, 0], &[0, 1, 2]);
    assert_eq!((opposite.ari, opposite.nmi), (0.0, 0.0));
}

#[test]
fn wrong_calls_are_refused_with_a_hint() {
    let pair = graph(2, &[(0, 1, 1)]);
    let push = |seeds: &[(u32, f64)], teleport, tolerance| {
        personalised(&pair, seeds, &PushOptions { teleport, tolerance }).unwrap_err()
    };
    let (one, text) = ([(0, 1.0)], |text: &str| text.to_owned());
    let rank = |damping| pagerank(&Arcs::from(&pair), &PageRankOptions { damping, rounds: 1 }).unwrap_err();
    let from =
        |weights: &[f64]| pagerank_from(&Arcs::from(&pair), weights, &PageRankOptions::new(1)).unwrap_err();
    let (three, two) = (Partition::from_labels(&[0; 3]), Partition::from_labels(&[0; 2]));
    let cases = [
        (push(&one, 0.0, 0.1), CommunityError::Teleport { text: text("0") }),
        (push(&one, 1.0, 0.1), CommunityError::Teleport { text: text("1") }),
        (push(&one, f64::NAN, 0.1), CommunityError::Teleport { text: text("NaN") }),
        (push(&one, 0.1, 0.0), CommunityError::Tolerance { text: text("0") }),
        (push(&one, 0.1, f64::INFINITY), CommunityError::Tolerance { text: text("inf") }),
        (push(&[], 0.1, 0.1), CommunityError::NoSeeds),
        (push(&[(1, 0.0)], 0.1, 0.1), CommunityError::NoSeeds),
        (push(&[(0, 1.0), (2, 1.0)], 0.1, 0.1), CommunityError::SeedOutOfRange { node: 2, nodes: 2 }),
        (push(&[(1, -1.0)], 0.1, 0.1), CommunityError::SeedWeight { node: 1, text: text("-1") }),
        (rank(1.5), CommunityError::Damping { text: text("1.5") }),
        (rank(f64::NAN), CommunityError::Damping { text: text("NaN") }),
        (from(&[1.0]), CommunityError::WrongLength { what: "teleport weights", given: 1, nodes: 2 }),
        (from(&[0.0, f64::INFINITY]), CommunityError::SeedWeight { node: 1, text: text("inf") }),
        (
            agreement(&three, &two).unwrap_err(),
            CommunityError::WrongLength { what: "labels", given: 2, nodes: 3 },
        ),
        (
            counterparts(&two, &three).unwrap_err(),
            CommunityError::WrongLength { what: "labels", given: 3, nodes: 2 },
        ),
    ];
    for (found, wanted) in cases {
        assert_eq!(found, wanted);
        assert!(found.to_string().contains("\nhint: "), "{found}");
    }
    // the sum of these weights is beyond the largest float
    let heavy = personalised(&pair, &[(0, f64::MAX), (1, f64::MAX)], &PushOptions::new(1e-6)).unwrap();
    assert!(heavy.scores.iter().all(|(_, score)| (score - 0.5).abs() < 1e-5));
    assert_eq!(pagerank(&Arcs::default(), &PageRankOptions::new(3)).unwrap(), [0.0; 0]);
}
