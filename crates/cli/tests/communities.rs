//! `communities`: any list of edges, parted; and lists that cannot be used.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use std::{collections::BTreeSet, fs, path::Path};

use common::{Ran, Table, folder, listing, run};

/// Three cliques of five in a ring, joined by one edge each; names as hostile as account ids can be.
const NAMES: [&str; 15] = [
    "10",
    "9",
    "=1+1",
    "<b>x</b>",
    "口座,一",
    "a b",
    "\u{1b}[31m",
    "-",
    "R/2",
    "\"q\"",
    "x",
    "y",
    "z",
    "ß",
    "..",
];

fn ring_of_cliques() -> Vec<(usize, usize)> {
    let mut edges = Vec::new();
    for first in [0, 5, 10] {
        edges.extend((first..first + 5).flat_map(|v| (first..v).map(move |u| (u, v))));
        edges.push((first + 4, (first + 5) % 15));
    }
    edges
}

fn table(edges: impl IntoIterator<Item = (usize, usize)>, weight: &str) -> String {
    let mut text = String::from("u,v,weight\n");
    for (u, v) in edges {
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        text += &format!("{},{},{weight}\n", quoted(NAMES[u]), quoted(NAMES[v]));
    }
    text
}

fn communities(place: &Path, arguments: &[&str]) -> Ran {
    let mut all = vec!["communities"];
    all.extend_from_slice(arguments);
    run(place, &all)
}

/// Sets of nodes.
fn parted(out: &Table) -> BTreeSet<BTreeSet<String>> {
    let mut sets = std::collections::BTreeMap::<String, BTreeSet<String>>::new();
    for [node, community] in out.select(["node", "community"]) {
        sets.entry(community).or_default().insert(node);
    }
    sets.into_values().collect()
}

fn cliques() -> BTreeSet<BTreeSet<String>> {
    NAMES.chunks(5).map(|names| names.iter().map(|name| (*name).to_owned()).collect()).collect()
}

#[test]
fn communities_are_found_and_told() {
    let place = folder();
    fs::write(place.path().join("edges.csv"), table(ring_of_cliques(), "0.25")).unwrap();
    let ran = communities(place.path(), &["edges.csv", "--resolution", "0.1", "--out", "c.csv"]).ok();
    let said: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(
        said,
        [
            "nodes         15",
            "edges         33",
            "communities   3",
            "of one node   0",
            "largest       5",
            // 30 edges of a quarter inside, less a tenth for each of 30 pairs
            "quality       4.50000000 (cpm at 0.1)",
            "disconnected  0",
        ]
    );
    assert_eq!(parted(&Table::csv(&place.path().join("c.csv"))), cliques());
    for objective in ["cpm", "modularity"] {
        let arguments = [
            "edges.csv",
            "--objective",
            objective,
            "--resolution",
            "0.3",
            "--out",
            "c.parquet",
            "--seed",
            "4",
        ];
        communities(place.path(), &arguments).ok();
        let found = parted(&Table::parquet(&place.path().join("c.parquet")));
        // a weight of a quarter is less than 0.3 for each pair; modularity does not know units
        assert_eq!(found == cliques(), objective == "modularity", "{found:?}");
    }
}

#[test]
fn neither_threads_nor_the_order_of_rows_change_a_byte() {
    let place = folder();
    let edges = ring_of_cliques();
    fs::write(place.path().join("a.csv"), table(edges.clone(), "1")).unwrap();
    let turned = edges.iter().rev().map(|(u, v)| (*v, *u));
    fs::write(place.path().join("b.csv"), table(turned, "1.0")).unwrap();
    let told = |file: &str, threads: &str| {
        let arguments = [
            file,
            "--resolution",
            "0.2",
            "--threads",
            threads,
            "--out",
            "out.csv",
            "--levels",
            "--bootstrap",
            "9",
            "--certificate",
            "cert.parquet",
        ];
        let ran = communities(place.path(), &arguments).ok();
        (
            ran.stdout,
            fs::read(place.path().join("out.csv")).unwrap(),
            fs::read(place.path().join("cert.parquet")).unwrap(),
        )
    };
    let first = told("a.csv", "1");
    assert!(first == told("a.csv", "4"), "threads");
    assert!(first == told("b.csv", "2"), "rows");
}

#[test]
fn a_certificate_says_what_holds_each_community_together() {
    let place = folder();
    // a clique of four, and a path of three that hangs together by bridges
    fs::write(place.path().join("e.csv"), "u,v\na,b\na,c\na,d\nb,c\nb,d\nc,d\np,q\nq,r\nd,p\n").unwrap();
    let arguments =
        ["e.csv", "--resolution", "0.4", "--out", "o.csv", "--certificate", "c.csv", "--bootstrap", "20"];
    communities(place.path(), &arguments).ok();
    let columns = [
        "members",
        "edges",
        "inside",
        "cut",
        "density",
        "pieces",
        "bridges",
        "articulation_points",
        "weakest",
    ];
    let rows = Table::csv(&place.path().join("c.csv")).select(columns);
    assert_eq!(rows[0], ["4", "6", "6", "1", "1", "1", "0", "0", "a"]);
    assert_eq!(rows[1], ["3", "2", "2", "1", "0.6666666666666666", "1", "2", "1", "p"]);
    for confidence in Table::csv(&place.path().join("o.csv")).column("confidence") {
        assert!((0.0..=1.0).contains(&confidence.parse::<f64>().unwrap()));
    }
}

#[test]
fn an_earlier_answer_and_a_known_node_to_begin_with() {
    let place = folder();
    fs::write(place.path().join("e.csv"), table(ring_of_cliques(), "1")).unwrap();
    communities(place.path(), &["e.csv", "--resolution", "0.5", "--out", "first.csv"]).ok();
    let again = ["e.csv", "--resolution", "0.5", "--out", "again.csv", "--from", "first.csv", "--seed", "8"];
    communities(place.path(), &again).ok();
    let bytes = |name: &str| fs::read(place.path().join(name)).unwrap();
    assert_eq!(bytes("first.csv"), bytes("again.csv"));

    let ran = communities(place.path(), &["e.csv", "--around", "口座,一", "--out", "near.csv"]).ok();
    assert!(ran.stdout.contains("members       5"), "{}", ran.stdout);
    let near = Table::csv(&place.path().join("near.csv"));
    let members: BTreeSet<String> =
        near.select(["node", "member"]).into_iter().filter(|[_, m]| m == "1").map(|[node, _]| node).collect();
    assert!(cliques().contains(&members), "{members:?}");
}

#[test]
fn a_table_without_edges_has_no_communities() {
    let place = folder();
    fs::write(place.path().join("e.csv"), "u,v\n").unwrap();
    let arguments =
        ["e.csv", "--resolution", "1", "--out", "o.csv", "--certificate", "c.csv", "--bootstrap", "2"];
    let ran = communities(place.path(), &arguments).ok();
    assert!(ran.stdout.contains("communities   0"), "{}", ran.stdout);
    assert_eq!(fs::read_to_string(place.path().join("o.csv")).unwrap(), "node,community,confidence\n");
}

#[test]
fn what_cannot_be_used_is_refused_and_nothing_is_written() {
    let place = folder();
    let good = "u,v,weight\na,b,1\n";
    let cases: &[(&str, &[&str], &str)] = &[
        ("u,v,weight\na,b,1\nb,c,-2\n", &["--resolution", "1"], "row 2"),
        ("u,v,weight\na,b,nan\n", &["--resolution", "1"], "nan"),
        ("u,v,weight\na,b,inf\n", &["--resolution", "1"], "inf"),
        ("from,to\na,b\n", &["--resolution", "1"], "column"),
        (good, &[], "--resolution"),
        (good, &["--resolution", "inf"], "`inf` is not a resolution"),
        (good, &["--resolution", "-1"], "`-1` is not a resolution"),
        (good, &["--objective", "modularity", "--weight", "bits"], "bits"),
        (good, &["--around", "nobody"], "no node nobody"),
        (good, &["--around", "a", "--tolerance", "0"], "hint"),
        (good, &["--resolution", "1", "--from", "e.csv"], "node"),
        (good, &["--resolution", "1", "--certificate", "c.txt"], ".csv or .parquet"),
        (good, &["--resolution", "1", "--ends", "u"], "two columns"),
        ("u,v\na\nb\nc\n", &["--resolution", "1"], "rows cannot be read"),
    ];
    for (text, more, word) in cases {
        fs::write(place.path().join("e.csv"), text).unwrap();
        let mut arguments = vec!["e.csv", "--out", "o.csv"];
        arguments.extend_from_slice(more);
        let ran = communities(place.path(), &arguments);
        assert_eq!(ran.code, 2, "{text} {more:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(word) && ran.stderr.contains("hint:"), "{more:?}: {}", ran.stderr);
        assert_eq!(listing(place.path()), BTreeSet::from(["e.csv".to_owned()]), "{more:?}");
    }
}

/// What would be ignored is refused before anything is read.
#[test]
fn flags_that_make_no_sense_together_are_refused() {
    let place = folder();
    fs::write(place.path().join("e.csv"), table(ring_of_cliques(), "1")).unwrap();
    for more in [
        &["--around", "x", "--certificate", "c.csv"][..],
        &["--around", "x", "--resolution", "1"],
        &["--resolution", "1", "--levels", "--tries", "3"],
        &["--resolution", "1", "--levels", "--from", "e.csv"],
    ] {
        let mut arguments = vec!["e.csv", "--out", "o.csv"];
        arguments.extend_from_slice(more);
        let ran = communities(place.path(), &arguments);
        assert!(ran.code == 2 && ran.stderr.contains("cannot be used with"), "{more:?}: {}", ran.stderr);
    }
    assert_eq!(listing(place.path()), BTreeSet::from(["e.csv".to_owned()]));
}

/// A far edge with more decimals changes the unit in which weights are counted, and nothing else.
#[test]
fn a_finer_weight_elsewhere_changes_no_search() {
    let place = folder();
    let near = |text: String| {
        fs::write(place.path().join("e.csv"), text).unwrap();
        communities(place.path(), &["e.csv", "--around", "x", "--tolerance", "0.01", "--out", "o.csv"]).ok();
        let rows = Table::csv(&place.path().join("o.csv")).select(["node", "score"]);
        rows.into_iter().collect::<BTreeSet<_>>()
    };
    let plain = near(table(ring_of_cliques(), "1"));
    assert_eq!(plain, near(table(ring_of_cliques(), "1") + "far,away,0.001\n"));
}

#[test]
fn rows_that_cannot_be_read_are_kept() {
    let place = folder();
    let mut text = table(ring_of_cliques(), "1");
    text += "x,,1\n";
    fs::write(place.path().join("e.csv"), text).unwrap();
    let ran = communities(place.path(), &["e.csv", "--resolution", "0.5", "--out", "o.csv"]).ok();
    assert!(ran.stderr.contains("read 34 = used 33 + rejected 1"), "{}", ran.stderr);
    let rejects = fs::read_to_string(place.path().join("o.rejects.csv")).unwrap();
    assert!(rejects.lines().nth(1).unwrap().starts_with("34,v,"), "{rejects}");
}
