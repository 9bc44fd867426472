//! Certificates against slow obvious versions and known broken partitions; stability and bootstrap, and their laws.
#![allow(clippy::disallowed_methods, reason = "tests read their fixtures; the kernel itself does not")]
#![allow(clippy::unwrap_used, reason = "a test stops where its input is refused")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    path::Path,
};

use flate2::read::GzDecoder;
use itoguchi_community::{
    CommunityCertificate, CommunityError, LeidenOptions, Objective, Partition, Resolution, bootstrap,
    certificates, leiden, over_resolutions, over_seeds, quality, stability,
};
use itoguchi_graph::{Csr, Edge};
use itoguchi_testkit::{
    graphs::{PlainEdge, planted, smallest_reachable},
    real,
};
use proptest::{collection::vec, prelude::*};

const NODES: u32 = 14;

fn some_edges(most: usize) -> impl Strategy<Value = Vec<PlainEdge>> {
    vec((0..NODES, 0..NODES, 0_u64..6), 0..most)
}

/// Few labels, so that communities are large, and some fall apart.
fn some_labels() -> impl Strategy<Value = Vec<u32>> {
    (1_u32..5).prop_flat_map(|most| vec(0..most, NODES as usize))
}

fn graph(nodes: u32, edges: &[PlainEdge]) -> Csr {
    let edges: Vec<Edge> = edges.iter().map(|(u, v, w)| Edge::new(*u, *v, *w)).collect();
    Csr::from_edges(nodes, &edges).unwrap()
}

fn clique(first: u32, size: u32) -> impl Iterator<Item = PlainEdge> {
    (first..first + size).flat_map(move |v| (first..v).map(move |u| (u, v, 1)))
}

/// A ring of cliques of six, each joined to the next by one edge.
fn clique_ring(cliques: u32) -> (Csr, Partition) {
    let mut edges: Vec<PlainEdge> = (0..cliques).flat_map(|c| clique(6 * c, 6)).collect();
    edges.extend((0..cliques).map(|c| (6 * c, (6 * c + 9) % (6 * cliques), 1)));
    let labels: Vec<u32> = (0..6 * cliques).map(|node| node / 6).collect();
    (graph(6 * cliques, &edges), Partition::from_labels(&labels))
}

fn modularity() -> LeidenOptions<'static> {
    LeidenOptions::new(Objective::modularity(Resolution::ONE))
}

fn cpm(num: u64, den: u64) -> LeidenOptions<'static> {
    LeidenOptions::new(Objective::cpm(Resolution::ratio(num, den).unwrap()))
}

fn within_threads<T: Send>(threads: usize, run: impl Fn() -> T + Send + Sync) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(run)
}

/// A permutation of the nodes: 5 and 14 share no factor.
fn turn(node: u32) -> u32 {
    (node * 5 + 3) % NODES
}

/// The weight of every pair of members that is above nought, loops left out.
fn pairs_among(members: &[u32], edges: &[PlainEdge]) -> BTreeMap<(u32, u32), u64> {
    let mut pairs = BTreeMap::new();
    for (u, v, w) in edges {
        if u != v && *w > 0 && members.contains(u) && members.contains(v) {
            *pairs.entry((*u.min(v), *u.max(v))).or_default() += w;
        }
    }
    pairs
}

/// How many pieces the members fall into, joined by these pairs; pairs of others are passed over.
fn pieces(members: &[u32], pairs: impl Iterator<Item = (u32, u32)>) -> u32 {
    let pairs = pairs.filter(|(u, v)| members.contains(u) && members.contains(v));
    let edges: Vec<PlainEdge> = pairs.map(|(u, v)| (u, v, 1)).collect();
    let first = smallest_reachable(NODES, &edges);
    members.iter().map(|node| first[*node as usize]).collect::<BTreeSet<u32>>().len() as u32
}

/// By removing every edge and every member in turn.
fn plain_certificate(members: &[u32], edges: &[PlainEdge]) -> CommunityCertificate {
    let pairs = pairs_among(members, edges);
    let whole = pieces(members, pairs.keys().copied());
    let is_bridge = |pair: &(u32, u32)| pieces(members, pairs.keys().copied().filter(|p| p != pair)) > whole;
    let is_articulation = |node: &u32| {
        let others: Vec<u32> = members.iter().copied().filter(|other| other != node).collect();
        pieces(&others, pairs.keys().copied()) > whole
    };
    let ties = |node: u32| -> u64 {
        pairs.iter().filter(|(pair, _)| pair.0 == node || pair.1 == node).map(|(_, w)| w).sum()
    };
    let inside = |edge: &&PlainEdge| members.contains(&edge.0) && members.contains(&edge.1);
    let leaves = |edge: &&PlainEdge| members.contains(&edge.0) != members.contains(&edge.1);
    let (inside, cut, all): (u64, u64, u64) = (
        edges.iter().filter(inside).map(|edge| edge.2).sum(),
        edges.iter().filter(leaves).map(|edge| edge.2).sum(),
        edges.iter().map(|edge| edge.2).sum(),
    );
    let volume = 2 * inside + cut;
    let smaller = volume.min(2 * all - volume);
    let single = members.len() == 1;
    let number_of_pairs = members.len() * (members.len() - 1) / 2;
    CommunityCertificate {
        members: members.len() as u32,
        pieces: whole,
        inside,
        cut,
        edges_inside: pairs.len() as u64,
        density: if single { 0.0 } else { pairs.values().sum::<u64>() as f64 / number_of_pairs as f64 },
        conductance: if smaller == 0 { 0.0 } else { cut as f64 / smaller as f64 },
        bridges: pairs.keys().copied().filter(is_bridge).collect(),
        articulation_points: members.iter().copied().filter(is_articulation).collect(),
        least_connected: members
            .iter()
            .map(|node| (*node, ties(*node)))
            .min_by_key(|(node, ties)| (*ties, *node))
            .filter(|_| !single),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn certificates_equal_their_definitions(edges in some_edges(40), labels in some_labels()) {
        let partition = Partition::from_labels(&labels);
        let found = certificates(&graph(NODES, &edges), &partition).unwrap();
        prop_assert_eq!(found.len(), partition.count() as usize);
        for (found, members) in found.iter().zip(partition.members()) {
            prop_assert_eq!(found, &plain_certificate(&members, &edges));
        }
    }

    #[test]
    fn the_search_counts_what_certificates_name(edges in some_edges(40), labels in some_labels()) {
        let (graph, partition) = (graph(NODES, &edges), Partition::from_labels(&labels));
        let certificate = quality::certify(&graph, &partition).unwrap();
        let wanted: Vec<u32> =
            partition.members().iter().map(|m| pieces(m, pairs_among(m, &edges).into_keys())).collect();
        prop_assert_eq!(certificate.communities, partition.count());
        prop_assert_eq!(certificate.disconnected as usize, wanted.iter().filter(|pieces| **pieces > 1).count());
        prop_assert_eq!(certificate.extra_pieces, wanted.iter().map(|pieces| pieces - 1).sum::<u32>());
        let found = certificates(&graph, &partition).unwrap();
        prop_assert_eq!(found.iter().map(|c| c.pieces).collect::<Vec<u32>>(), wanted);
        prop_assert_eq!(certificate.holds(), found.iter().all(|c| c.pieces == 1));
    }

    #[test]
    fn relabelling_relabels_certificates(edges in some_edges(40), labels in some_labels()) {
        let turned: Vec<PlainEdge> = edges.iter().rev().map(|(u, v, w)| (turn(*v), turn(*u), *w)).collect();
        let mut turned_labels = vec![0; NODES as usize];
        for (node, label) in (0..).zip(&labels) {
            turned_labels[turn(node) as usize] = 9 - label;
        }
        let (before, after) = (Partition::from_labels(&labels), Partition::from_labels(&turned_labels));
        let old = certificates(&graph(NODES, &edges), &before).unwrap();
        let new = certificates(&graph(NODES, &turned), &after).unwrap();
        for (old, members) in old.into_iter().zip(before.members()) {
            let new = &new[after.labels()[turn(members[0]) as usize] as usize];
            let mut wanted = CommunityCertificate {
                bridges: old.bridges.iter().map(|(u, v)| (turn(*u).min(turn(*v)), turn(*u).max(turn(*v)))).collect(),
                articulation_points: old.articulation_points.iter().map(|node| turn(*node)).collect(),
                // of equals another may be the smallest now
                least_connected: new.least_connected,
                ..old.clone()
            };
            wanted.bridges.sort_unstable();
            wanted.articulation_points.sort_unstable();
            prop_assert_eq!(new, &wanted);
            prop_assert_eq!(new.least_connected.map(|least| least.1), old.least_connected.map(|least| least.1));
        }
    }

    /// Nodes behind the others without an edge to them are the rest of the graph, which conductance alone depends on.
    #[test]
    fn strangers_change_no_certificate(
        edges in some_edges(40),
        others in some_edges(40),
        labels in some_labels(),
        of_others in some_labels(),
    ) {
        let mut both = edges.clone();
        both.extend(others.iter().map(|(u, v, w)| (u + NODES, v + NODES, *w)));
        let mut both_labels = labels.clone();
        both_labels.extend(of_others.iter().map(|label| label + 10));
        let alone = certificates(&graph(NODES, &edges), &Partition::from_labels(&labels)).unwrap();
        let found = certificates(&graph(2 * NODES, &both), &Partition::from_labels(&both_labels)).unwrap();
        for (alone, found) in alone.iter().zip(&found) {
            let wanted = CommunityCertificate { conductance: found.conductance, ..alone.clone() };
            prop_assert_eq!(found, &wanted);
            // the smaller side may be the community now, but it is never smaller than before
            prop_assert!(found.conductance <= alone.conductance || alone.conductance == 0.0);
        }
    }

    /// What the objective promises can be read off the certificates: a member that could leave and gain would have
    /// less than γ for each of the others.
    #[test]
    fn communities_found_with_cpm_are_dense(edges in some_edges(60), num in 0_u64..6, den in 1_u64..4) {
        let graph = graph(NODES, &edges);
        let found = leiden(&graph, &cpm(num, den)).unwrap();
        for community in certificates(&graph, &found).unwrap() {
            prop_assert_eq!(community.pieces, 1);
            if let Some((_, least)) = community.least_connected {
                prop_assert!(least * den >= num * u64::from(community.members - 1), "{:?}", community);
                prop_assert!(community.density >= num as f64 / den as f64, "{:?}", community);
            }
        }
    }

    #[test]
    fn stability_is_the_best_match_of_every_run(edges in some_edges(40), labels in some_labels()) {
        let (graph, partition) = (graph(NODES, &edges), Partition::from_labels(&labels));
        let mut runs = over_seeds(&modularity(), 3);
        runs.extend(over_resolutions(&cpm(1, 1), &[Resolution::ratio(1, 2).unwrap(), Resolution::whole(3)]).unwrap());
        let found = stability(&graph, &partition, &runs).unwrap();
        prop_assert_eq!(found.len(), partition.count() as usize);
        for (found, members) in found.iter().zip(partition.members()) {
            let best = |options: &LeidenOptions| {
                let others = leiden(&graph, options).unwrap().members();
                let jaccard = |others: &Vec<u32>| {
                    let common = members.iter().filter(|node| others.contains(node)).count();
                    common as f64 / (members.len() + others.len() - common) as f64
                };
                others.iter().map(jaccard).fold(0.0, f64::max)
            };
            let best: Vec<f64> = runs.iter().map(best).collect();
            prop_assert_eq!(found.runs, 5);
            prop_assert_eq!(found.exact as usize, best.iter().filter(|jaccard| **jaccard == 1.0).count());
            prop_assert_eq!(found.mean, best.iter().sum::<f64>() / 5.0);
            prop_assert_eq!(found.least, best.iter().copied().fold(1.0, f64::min));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bootstraps_do_not_depend_on_order_or_strangers(
        edges in some_edges(40),
        others in some_edges(40),
        labels in some_labels(),
        of_others in some_labels(),
        seed in 0_u64..3,
    ) {
        let partition = Partition::from_labels(&labels);
        let options = LeidenOptions { seed, ..cpm(1, 1) };
        let found = bootstrap(&graph(NODES, &edges), &partition, &options, 8).unwrap();
        let turned: Vec<PlainEdge> = edges.iter().rev().map(|(u, v, w)| (*v, *u, *w)).collect();
        prop_assert_eq!(&bootstrap(&graph(NODES, &turned), &partition, &options, 8).unwrap(), &found);
        let mut both = edges.clone();
        both.extend(others.iter().map(|(u, v, w)| (u + NODES, v + NODES, *w)));
        let mut both_labels = labels.clone();
        both_labels.extend(of_others.iter().map(|label| label + 10));
        let both = bootstrap(&graph(2 * NODES, &both), &Partition::from_labels(&both_labels), &options, 8).unwrap();
        prop_assert_eq!(&both.confidence[..NODES as usize], found.confidence.as_slice());
        prop_assert_eq!(&both.jaccard[..found.jaccard.len()], found.jaccard.as_slice());
    }
}

#[test]
fn cliques_in_a_ring_come_back_under_all_settings() {
    let (graph, cliques) = clique_ring(8);
    let factors = [(1, 2), (3, 4), (1, 1), (4, 3), (2, 1)].map(|(n, d)| Resolution::ratio(n, d).unwrap());
    let mut runs = over_seeds(&modularity(), 10);
    runs.extend(over_seeds(&cpm(1, 3), 10));
    runs.extend(over_resolutions(&cpm(1, 3), &factors).unwrap());
    let found = stability(&graph, &cliques, &runs).unwrap();
    assert_eq!(found.len(), 8);
    for community in &found {
        let found = (community.runs, community.exact, community.mean, community.least);
        assert_eq!(found, (25, 25, 1.0, 1.0));
    }
    // two cliques that someone takes for one
    let labels: Vec<u32> = cliques.labels().iter().map(|label| (*label).max(1)).collect();
    let found = stability(&graph, &Partition::from_labels(&labels), &runs).unwrap();
    let merged = (found[0].exact, found[0].mean, found[0].least);
    assert_eq!((found.len(), merged, found[1].exact), (7, (0, 0.5, 0.5), 25));
}

#[test]
fn seeds_and_resolutions_are_as_asked() {
    let options = LeidenOptions { seed: u64::MAX, max_members: Some(7), ..cpm(1, 20) };
    let seeds = over_seeds(&options, 3);
    assert_eq!(seeds.iter().map(|o| o.seed).collect::<Vec<u64>>(), [0, 1, 2]);
    assert!(seeds.iter().all(|o| LeidenOptions { seed: u64::MAX, ..*o } == options));
    let whole = Objective::Modularity { resolution: Resolution::ONE, total_weight: Some(9) };
    let twice = over_resolutions(&LeidenOptions::new(whole), &[Resolution::whole(2)]).unwrap();
    let wanted = Objective::Modularity { resolution: Resolution::whole(2), total_weight: Some(9) };
    assert_eq!(twice, [LeidenOptions::new(wanted)]);
    let large = over_resolutions(&cpm(u64::MAX, 1), &[Resolution::ONE, Resolution::whole(2)]).unwrap_err();
    assert_eq!(large, CommunityError::TooLarge);
}

#[test]
fn firm_groups_are_sure_and_a_node_between_two_is_not() {
    // two cliques of ten, and 20 with five edges to each
    let mut edges: Vec<PlainEdge> = clique(0, 10).chain(clique(10, 10)).collect();
    edges.extend((0..5).flat_map(|i| [(i, 20, 1), (i + 10, 20, 1)]));
    let graph = graph(21, &edges);
    for options in [modularity(), cpm(1, 5)] {
        let partition = leiden(&graph, &options).unwrap();
        assert_eq!(partition.count(), 2);
        let found = bootstrap(&graph, &partition, &options, 300).unwrap();
        let firm = || (0..20).map(|node| found.of(node));
        let (mean, least) = (firm().sum::<f64>() / 20.0, firm().fold(1.0, f64::min));
        println!("{:?}: {mean} {least} {} {:?}", options.objective, found.of(20), found.jaccard);
        assert!(mean > 0.95 && least > 0.9);
        assert!((0.3..0.7).contains(&found.of(20)), "{}", found.of(20));
        // 20 is in or out, which is one of eleven
        assert!(found.jaccard.iter().all(|jaccard| (0.9..1.0).contains(jaccard)), "{:?}", found.jaccard);
    }
}

#[test]
fn planted_groups_are_firmer_than_others() {
    let graph = graph(96, &planted(8, 12, 0.9, 0.01, 3, 42));
    let planted = Partition::from_labels(&(0..96).map(|n| n / 12).collect::<Vec<u32>>());
    let found = bootstrap(&graph, &planted, &modularity(), 50).unwrap();
    let mean = |confidence: &[u32]| f64::from(confidence.iter().sum::<u32>()) / (96.0 * 50.0);
    let least = found.jaccard.iter().copied().fold(1.0, f64::min);
    println!("planted: {} {least}", mean(&found.confidence));
    assert!(mean(&found.confidence) > 0.97 && least > 0.9);
    let others = Partition::from_labels(&(0..96).map(|n| n % 8).collect::<Vec<u32>>());
    let found = bootstrap(&graph, &others, &modularity(), 50).unwrap();
    let most = found.jaccard.iter().copied().fold(0.0, f64::max);
    println!("others: {} {most}", mean(&found.confidence));
    assert!(mean(&found.confidence) < 0.4 && most < 0.3);
}

#[test]
fn threads_do_not_change_a_bootstrap_and_seeds_do() {
    let edges = planted(6, 20, 0.4, 0.05, 4, 7);
    let graph = graph(120, &edges);
    let partition = leiden(&graph, &modularity()).unwrap();
    let run = |seed| bootstrap(&graph, &partition, &LeidenOptions { seed, ..modularity() }, 10).unwrap();
    let runs = || stability(&graph, &partition, &over_seeds(&modularity(), 5)).unwrap();
    let one = within_threads(1, || (run(3), runs()));
    assert!(one == within_threads(2, || (run(3), runs())) && one == within_threads(5, || (run(3), runs())));
    assert_ne!(run(3), run(4));
    // more replicates go on where fewer ended
    let longer = bootstrap(&graph, &partition, &LeidenOptions { seed: 3, ..modularity() }, 11).unwrap();
    assert!(longer.confidence.iter().zip(&one.0.confidence).all(|(x, y)| x - y <= 1));
}

#[test]
fn wrong_calls_are_refused_with_a_hint() {
    let pair = graph(2, &[(0, 1, 1)]);
    let (two, three) = (Partition::from_labels(&[0; 2]), Partition::from_labels(&[0; 3]));
    let length = CommunityError::WrongLength { what: "labels", given: 3, nodes: 2 };
    let runs = [cpm(1, 1)];
    let cases = [
        (certificates(&pair, &three).unwrap_err(), length.clone()),
        (quality::certify(&pair, &three).unwrap_err(), length.clone()),
        (stability(&pair, &three, &runs).unwrap_err(), length.clone()),
        (stability(&pair, &three, &[]).unwrap_err(), length.clone()),
        (bootstrap(&pair, &three, &runs[0], 1).unwrap_err(), length),
        (stability(&pair, &two, &[]).unwrap_err(), CommunityError::NoRuns),
        (bootstrap(&pair, &two, &runs[0], 0).unwrap_err(), CommunityError::NoRuns),
    ];
    for (found, wanted) in cases {
        assert_eq!(found, wanted);
        assert!(found.to_string().contains("\nhint: "), "{found}");
    }
    let heavy = |weight| bootstrap(&graph(2, &[(0, 1, weight)]), &two, &runs[0], 200).map(|b| b.confidence);
    let most = u64::MAX / 2 / 20;
    assert_eq!(heavy(most + 1).unwrap_err(), CommunityError::TooLarge);
    // 0 and 1 are apart where the edge is missing, and 0 is the match of equals
    let found = heavy(most).unwrap();
    assert!(found[0] == 200 && (100..150).contains(&found[1]), "{found:?}");
    // nothing at all
    let (none, nobody) = (Csr::default(), Partition::default());
    assert_eq!(certificates(&none, &nobody).unwrap(), []);
    assert_eq!(stability(&none, &nobody, &runs).unwrap(), []);
    assert_eq!(bootstrap(&none, &nobody, &runs[0], 3).unwrap().confidence, [0; 0]);
}

/// A search that calls itself would not come back from the end of this.
#[test]
fn long_paths_have_certificates_too() {
    let edges: Vec<PlainEdge> = (1..300_000).map(|v| (v - 1, v, 2)).collect();
    let path = graph(300_000, &edges);
    let one = Partition::from_labels(&vec![0; 300_000]);
    let found = &certificates(&path, &one).unwrap()[0];
    assert_eq!((found.pieces, found.inside, found.least_connected), (1, 599_998, Some((0, 2))));
    assert_eq!((found.bridges.len(), found.articulation_points.len()), (299_999, 299_998));
}

fn rows(path: &Path) -> Vec<(u32, u32)> {
    let mut reader = csv::Reader::from_reader(GzDecoder::new(File::open(path).unwrap()));
    reader.deserialize().map(Result::unwrap).collect()
}

/// Partitions of another implementation, whose communities should be connected and are not.
#[test]
fn partitions_in_pieces_are_rejected_and_named() {
    let cases = [
        ("com-dblp.disconnected-leiden-rs", 204, 27, 39),
        ("com-dblp.disconnected-leiden-rs-cpm-g0.05", 30_164, 842, 1_439),
    ];
    let Some(folder) = real::folder("graphs") else {
        println!("skipped {} cases: shared/real/graphs is not there", cases.len());
        return;
    };
    let edges: Vec<PlainEdge> =
        rows(&folder.join("com-dblp.edges.csv.gz")).into_iter().map(|(u, v)| (u, v, 1)).collect();
    let graph = graph(317_080, &edges);
    for (name, communities, disconnected, extra_pieces) in cases {
        let mut labels = vec![0; 317_080];
        for (node, label) in rows(&folder.join(format!("{name}.csv.gz"))) {
            labels[node as usize] = label;
        }
        let partition = Partition::from_labels(&labels);
        let certificate = quality::certify(&graph, &partition).unwrap();
        println!("{name}: {certificate:?}");
        assert!(!certificate.holds(), "{name}");
        // as a union-find in another language counts them
        assert_eq!(certificate, quality::Certificate { communities, disconnected, extra_pieces }, "{name}");
        let found = certificates(&graph, &partition).unwrap();
        let named: Vec<(usize, &CommunityCertificate)> =
            found.iter().enumerate().filter(|(_, community)| community.pieces > 1).collect();
        assert_eq!(named.len(), disconnected as usize);
        assert_eq!(named.iter().map(|(_, c)| c.pieces - 1).sum::<u32>(), extra_pieces);
        // a plain search inside the first of them
        let members = &partition.members()[named[0].0];
        let part = graph.subgraph(members).unwrap().graph;
        let edges: Vec<PlainEdge> = part.edges().map(|e| (e.u, e.v, e.weight)).collect();
        let first: BTreeSet<u32> = smallest_reachable(part.nodes(), &edges).into_iter().collect();
        assert_eq!((named[0].1.pieces as usize, named[0].1.members), (first.len(), part.nodes()));
        let bridges: usize = found.iter().map(|community| community.bridges.len()).sum();
        let points: usize = found.iter().map(|community| community.articulation_points.len()).sum();
        println!("{name}: {bridges} bridges, {points} articulation points");
    }
}
