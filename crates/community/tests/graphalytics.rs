//! Kernels against the validation graphs of LDBC Graphalytics, and clustering against figures known of other graphs,
//! where they are at hand.
#![allow(clippy::disallowed_methods, reason = "tests read their fixtures; the kernel itself does not")]
#![allow(clippy::unwrap_used, reason = "a test stops where its fixture is broken")]

use std::{collections::BTreeSet, fs::File, path::Path};

use flate2::read::GzDecoder;
use itoguchi_community::{
    LocalClustering, PageRankOptions, Partition, label_propagation_from, local_clustering, pagerank,
};
use itoguchi_graph::{Arc, Arcs, Csr, Edge, components};
use itoguchi_testkit::real;

/// A graph as the benchmark gives it, and what it says of every node.
struct Case {
    name: String,
    directed: bool,
    example: bool,
    /// Numbers of the nodes, ascending.
    ids: Vec<u32>,
    /// Places of the ends; an undirected edge stands in both directions.
    arcs: BTreeSet<(u32, u32)>,
    /// One text for each node.
    wanted: Vec<String>,
}

impl Case {
    fn read(folder: &Path, algorithm: &str, example: bool, directed: bool) -> Self {
        let name = match (example, directed) {
            (false, true) => format!("{algorithm}/dir"),
            (false, false) => format!("{algorithm}/undir"),
            (true, true) => "example/example-directed".to_owned(),
            (true, false) => "example/example-undirected".to_owned(),
        };
        let output = if example { algorithm.to_uppercase() } else { "output".to_owned() };
        let rows = |kind: &str| words(&folder.join(format!("{name}-{kind}")));
        let mut results: Vec<(u32, String)> =
            rows(&output).into_iter().map(|row| (row[0].parse().unwrap(), row[1].clone())).collect();
        results.sort_unstable();
        let (ids, wanted): (Vec<u32>, Vec<String>) = results.into_iter().unzip();
        let place = |id: &String| ids.binary_search(&id.parse().unwrap()).unwrap() as u32;
        let mut arcs = BTreeSet::new();
        for row in rows("input") {
            arcs.extend(row[1..].iter().map(|to| (place(&row[0]), place(to))));
        }
        if !directed {
            assert!(arcs.iter().all(|(u, v)| arcs.contains(&(*v, *u))), "{name}");
        }
        Self { name, directed, example, ids, arcs, wanted }
    }

    fn nodes(&self) -> u32 {
        self.ids.len() as u32
    }

    /// The graph in which an edge weighs as many arcs as there are between its ends.
    fn graph(&self) -> Csr {
        let edges: Vec<Edge> = self.arcs.iter().map(|(u, v)| Edge::new(*u, *v, 1)).collect();
        Csr::from_edges(self.nodes(), &edges).unwrap()
    }

    fn directed_graph(&self) -> Arcs {
        let arcs: Vec<Arc> = self.arcs.iter().map(|(u, v)| Arc::new(*u, *v, 1)).collect();
        Arcs::from_arcs(self.nodes(), &arcs).unwrap()
    }

    fn check(&self, found: &[f64], relative: f64) {
        assert_eq!(found.len(), self.wanted.len());
        for (place, (found, wanted)) in found.iter().zip(&self.wanted).enumerate() {
            let wanted: f64 = wanted.parse().unwrap();
            let id = self.ids[place];
            assert!((found - wanted).abs() <= relative * wanted, "{} {id}: {found}, not {wanted}", self.name);
        }
    }
}

fn words(path: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().map(|line| line.split_whitespace().map(str::to_owned).collect());
    rows.filter(|row: &Vec<String>| !row.is_empty()).collect()
}

/// The directed and the undirected graph of an algorithm, and both examples.
fn cases(algorithm: &str) -> Option<[Case; 4]> {
    let folder = real::folder("graphs")?.join("graphalytics").join("validation-graphs");
    let kinds = [(false, true), (false, false), (true, true), (true, false)];
    folder
        .is_dir()
        .then(|| kinds.map(|(example, directed)| Case::read(&folder, algorithm, example, directed)))
}

#[test]
fn components_are_theirs() {
    let Some(cases) = cases("wcc") else {
        println!("skipped 4 cases: shared/real/graphs/graphalytics is not there");
        return;
    };
    for case in cases {
        let wanted: Vec<u32> = case.wanted.iter().map(|label| label.parse().unwrap()).collect();
        let found = components(&case.graph()).smallest;
        assert_eq!(Partition::from_labels(&found), Partition::from_labels(&wanted), "{}", case.name);
    }
}

#[test]
fn labels_are_theirs() {
    let Some(cases) = cases("cdlp") else {
        println!("skipped 4 cases: shared/real/graphs/graphalytics is not there");
        return;
    };
    for case in cases {
        let wanted: Vec<u32> = case.wanted.iter().map(|label| label.parse().unwrap()).collect();
        let rounds = if case.example { 2 } else { 5 };
        let found = label_propagation_from(&case.graph(), &case.ids, rounds).unwrap();
        assert_eq!(found.labels, wanted, "{}", case.name);
    }
}

#[test]
fn clustering_is_theirs() {
    let Some(cases) = cases("lcc") else {
        println!("skipped 4 cases: shared/real/graphs/graphalytics is not there");
        return;
    };
    for case in cases {
        let found = local_clustering(&case.graph());
        let arcs: Vec<f64> = found.iter().map(LocalClustering::arc_coefficient).collect();
        case.check(&arcs, 1e-6);
        if !case.directed {
            assert_eq!(arcs, found.iter().map(LocalClustering::coefficient).collect::<Vec<f64>>());
        }
    }
}

#[test]
fn ranks_are_theirs() {
    let Some(cases) = cases("pr") else {
        println!("skipped 4 cases: shared/real/graphs/graphalytics is not there");
        return;
    };
    for case in cases {
        let rounds = match (case.example, case.directed) {
            (true, _) => 2,
            (false, true) => 14,
            (false, false) => 26,
        };
        let found = pagerank(&case.directed_graph(), &PageRankOptions::new(rounds)).unwrap();
        case.check(&found, 1e-4);
        if !case.directed {
            assert_eq!(pagerank(&Arcs::from(&case.graph()), &PageRankOptions::new(rounds)).unwrap(), found);
        }
    }
}

/// Triangles and the mean coefficient: of the one by counting pairs elsewhere, of the other as its collection, the
/// Stanford Network Analysis Project, gives them.
#[test]
fn triangles_are_as_many_as_known() {
    let cases = [("karate", 34, 45, 0.570_6), ("com-dblp", 317_080, 2_224_385, 0.632_4)];
    let Some(folder) = real::folder("graphs") else {
        println!("skipped {} cases: shared/real/graphs is not there", cases.len());
        return;
    };
    for (name, nodes, triangles, mean) in cases {
        let file = File::open(folder.join(format!("{name}.edges.csv.gz"))).unwrap();
        let mut reader = csv::Reader::from_reader(GzDecoder::new(file));
        let end = |row: &csv::StringRecord, column: usize| row[column].parse().unwrap();
        let edges: Vec<Edge> = reader
            .records()
            .map(|row| row.unwrap())
            .map(|row| Edge::new(end(&row, 0), end(&row, 1), 1))
            .collect();
        let found = local_clustering(&Csr::from_edges(nodes, &edges).unwrap());
        assert_eq!(found.iter().map(|node| node.triangles).sum::<u64>(), 3 * triangles, "{name}");
        let sum: f64 = found.iter().map(LocalClustering::coefficient).sum();
        assert!((sum / f64::from(nodes) - mean).abs() < 5e-5, "{name}: {}", sum / f64::from(nodes));
    }
}
