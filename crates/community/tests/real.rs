//! Measures and partitions of known graphs, where they are at hand.
#![allow(clippy::disallowed_methods, reason = "tests read their fixtures; the kernel itself does not")]
#![allow(clippy::unwrap_used, reason = "a test stops where its fixture is broken")]

use std::{collections::BTreeMap, fs::File, path::Path};

use flate2::read::GzDecoder;
use itoguchi_community::{LeidenOptions, Objective, Partition, Resolution, leiden, quality};
use itoguchi_graph::{Csr, Edge};
use itoguchi_testkit::real;

fn table(path: &Path) -> (Vec<String>, Vec<Vec<u32>>) {
    let mut reader = csv::Reader::from_reader(GzDecoder::new(File::open(path).unwrap()));
    let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| row.unwrap().iter().map(|cell| cell.parse().unwrap()).collect());
    (header, rows.collect())
}

fn graph(folder: &Path, name: &str, nodes: u32) -> Csr {
    let (_, rows) = table(&folder.join(format!("{name}.edges.csv.gz")));
    let edges: Vec<Edge> = rows.iter().map(|row| Edge::new(row[0], row[1], 1)).collect();
    Csr::from_edges(nodes, &edges).unwrap()
}

/// A graph, the names of its partitions, and for every node their labels.
type Reference = (Csr, Vec<String>, Vec<Vec<u32>>);

#[test]
fn measures_equal_the_references() {
    let Some(folder) = real::folder("graphs") else {
        println!("skipped 55 cases: shared/real/graphs is not there");
        return;
    };
    let text = std::fs::read_to_string(folder.join("quality.json")).unwrap();
    let reference: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut graphs: BTreeMap<String, Reference> = BTreeMap::new();
    let mut checked = 0;
    for case in reference["cases"].as_array().unwrap() {
        let name = case["graph"].as_str().unwrap();
        let (graph, columns, rows) = graphs.entry(name.to_owned()).or_insert_with(|| {
            let graph = graph(&folder, name, case["n"].as_u64().unwrap() as u32);
            let (columns, rows) = table(&folder.join(format!("{name}.partitions.csv.gz")));
            (graph, columns, rows)
        });
        let column = columns.iter().position(|c| c == case["partition"].as_str().unwrap()).unwrap();
        let mut labels = vec![0; graph.nodes() as usize];
        for row in rows.iter() {
            labels[row[0] as usize] = row[column];
        }
        let partition = Partition::from_labels(&labels);
        assert_eq!(u64::from(partition.count()), case["k"].as_u64().unwrap());
        let of = |text: &str| text.parse::<Resolution>().unwrap();
        let measures = [
            ("modularity", quality::modularity(graph, &partition, of("1"))),
            ("modularity_g0_5", quality::modularity(graph, &partition, of("0.5"))),
            ("modularity_g2", quality::modularity(graph, &partition, of("2"))),
            ("cpm_g0_05", quality::cpm(graph, &partition, of("0.05"))),
        ];
        for (measure, found) in measures {
            let (found, wanted) = (found.unwrap(), case[measure].as_f64().unwrap());
            assert!((found - wanted).abs() <= 1e-9 * wanted.abs().max(1.0), "{case} {measure}: {found}");
        }
        checked += 1;
    }
    assert!(checked > 40, "{checked}");
}

#[test]
fn partitions_are_connected_and_about_as_good_as_the_references() {
    // the best value known of each, and how much may be missing
    let cases = [
        ("karate", 34, 0.419_789, 0.000_1),
        ("dolphins", 62, 0.522_427, 0.006),
        ("polbooks", 105, 0.526_938, 0.001),
        ("netscience", 1_589, 0.959_899, 0.001),
        ("cora", 2_708, 0.823_013, 0.006),
        ("citeseer", 3_327, 0.889_198, 0.006),
        ("pubmed", 19_717, 0.781_596, 0.01),
        ("lfr-10k-mu3", 10_000, 0.677_035, 0.001),
        ("lfr-10k-mu5", 10_000, 0.485_571, 0.001),
    ];
    let Some(folder) = real::folder("graphs") else {
        println!("skipped {} cases: shared/real/graphs is not there", cases.len());
        return;
    };
    for (name, nodes, known, margin) in cases {
        let graph = graph(&folder, name, nodes);
        let modularity = LeidenOptions::new(Objective::modularity(Resolution::ONE));
        let found = leiden(&graph, &LeidenOptions { tries: 4, ..modularity }).unwrap();
        let q = quality::modularity(&graph, &found, Resolution::ONE).unwrap();
        println!("{name}: {q:.6} of {known} in {} communities", found.count());
        assert!(quality::certify(&graph, &found).unwrap().holds(), "{name}");
        assert!(q >= known - margin, "{name}: {q}");
        let cpm = LeidenOptions::new(Objective::cpm("0.05".parse().unwrap()));
        assert!(quality::certify(&graph, &leiden(&graph, &cpm).unwrap()).unwrap().holds(), "{name}");
    }
}

/// The graph on which another implementation leaves communities in pieces.
#[test]
fn a_million_edges_stay_connected() {
    let Some(folder) = real::folder("graphs") else {
        println!("skipped 2 cases: shared/real/graphs is not there");
        return;
    };
    let graph = graph(&folder, "com-dblp", 317_080);
    let modularity = LeidenOptions::new(Objective::modularity(Resolution::ONE));
    let found = leiden(&graph, &modularity).unwrap();
    let q = quality::modularity(&graph, &found, Resolution::ONE).unwrap();
    println!("com-dblp: {q:.6} in {} communities", found.count());
    assert!(quality::certify(&graph, &found).unwrap().holds());
    assert!(q > 0.825, "{q}");
    let resolution: Resolution = "0.05".parse().unwrap();
    let found = leiden(&graph, &LeidenOptions::new(Objective::cpm(resolution))).unwrap();
    let value = quality::cpm(&graph, &found, resolution).unwrap();
    println!("com-dblp: CPM {value:.0} in {} communities", found.count());
    assert!(quality::certify(&graph, &found).unwrap().holds());
    assert!(value > 574_000.0, "{value}");
}
