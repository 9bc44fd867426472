//! `coact`: the pairs that CooRTweet 2.1.3 gives for its own data, and tables that cannot be used.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use std::{collections::BTreeMap, fs, io::Read as _, path::Path};

use common::{Ran, Table, folder, listing, run};

/// (input, reference, window, edges)
const CASES: [(&str, &str, &str, usize); 3] = [
    ("russian_coord_tweets.csv.gz", "russian_60s_min2.edges.csv.gz", "60s", 3_721),
    ("russian_coord_tweets.csv.gz", "russian_10s_min2.edges.csv.gz", "10s", 442),
    ("german_url.csv.gz", "german_url_30s_min2.edges.csv.gz", "30s", 1_453),
];
const NAMES: [&str; 8] = [
    "--actor",
    "account_id",
    "--object",
    "object_id",
    "--time",
    "timestamp_share",
    "--content",
    "content_id",
];

fn unpacked(path: &Path) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text
}

/// Pairs with weight and mean distance in seconds.
fn pairs(table: &Table) -> BTreeMap<(String, String), (u64, f64)> {
    let rows = table.select(["a", "b", "weight", "avg_time_delta"]);
    let count = rows.len();
    let pairs: BTreeMap<_, _> = rows
        .into_iter()
        .map(|[a, b, weight, delta]| ((a, b), (weight.parse().unwrap(), delta.parse().unwrap())))
        .collect();
    assert_eq!(pairs.len(), count, "a pair stands twice");
    pairs
}

fn same(found: &Table, expected: &BTreeMap<(String, String), (u64, f64)>, edges: usize) {
    let found = pairs(found);
    assert_eq!((found.len(), expected.len()), (edges, edges));
    for ((pair, f), (of, e)) in found.iter().zip(expected) {
        assert_eq!((pair, f.0), (of, e.0));
        assert!(pair.0 < pair.1);
        assert!((f.1 - e.1).abs() < 1e-9, "{pair:?}: {} seconds, not {}", f.1, e.1);
    }
}

#[test]
fn the_reference_pairs_in_csv_and_parquet() {
    let Some(data) = itoguchi_testkit::real::folder("coaction") else {
        println!("skipped {} cases: no reference data", CASES.len());
        return;
    };
    for (input, edges, window, count) in CASES {
        let expected_in = folder();
        fs::write(expected_in.path().join("e.csv"), unpacked(&data.join(edges))).unwrap();
        let expected = pairs(&Table::csv(&expected_in.path().join("e.csv")));
        let place = folder();
        let input = data.join(input);
        let run_with = |out: &str, more: &[&str]| {
            let fixed = ["--window", window, "--min-participation", "2", "--out", out];
            let ran =
                run(place.path(), &[&["coact", input.to_str().unwrap()], &NAMES[..], &fixed, more].concat())
                    .ok();
            assert_eq!(ran.stdout, "");
            ran
        };
        let said = run_with("p.csv", &[]).stderr;
        assert!(said.contains("rejected 0") && said.contains(&format!("wrote {count} pairs")), "{said}");
        run_with("p.parquet", &["--threads", "1"]);
        run_with("bare.csv", &["--no-significance", "--threads", "2"]);
        run_with("bare.parquet", &["--no-significance"]);
        let at = |name: &str| place.path().join(name);
        let (csv, parquet) = (Table::csv(&at("p.csv")), Table::parquet(&at("p.parquet")));
        same(&csv, &expected, count);
        same(&parquet, &expected, count);
        assert_eq!(csv.columns, ["a", "b", "weight", "avg_time_delta", "bits", "q_value"]);
        assert_eq!(csv.columns, parquet.columns);
        for row in 0..csv.rows.len() {
            for column in ["bits", "q_value"] {
                assert_eq!(csv.number(row, column), parquet.number(row, column), "{column} of row {row}");
            }
            let q = csv.number(row, "q_value").unwrap();
            assert!((0.0..=1.0).contains(&q), "q_value {q}");
        }
        for bare in [Table::csv(&at("bare.csv")), Table::parquet(&at("bare.parquet"))] {
            assert_eq!(bare.columns, ["a", "b", "weight", "avg_time_delta"]);
            same(&bare, &expected, count);
        }
        assert_eq!(listing(place.path()).len(), 4, "no rejects, no parts left");
    }
}

fn small(text: &str, flags: &[&str]) -> (Ran, tempfile::TempDir) {
    let place = folder();
    fs::write(place.path().join("acts.csv"), text).unwrap();
    let ran = run(place.path(), &[&["coact", "acts.csv", "--out", "pairs.csv"], flags].concat());
    (ran, place)
}

const ACTS: &str = "actor,object,time\nann,x,0\nbob,x,60\ncat,x,121\nann,y,1000\nbob,y,1010\nbob,y,1020\n";

#[test]
fn windows_are_inclusive_and_every_pair_of_acts_counts() {
    let (ran, place) = small(ACTS, &["--window", "60s", "--no-significance"]);
    ran.ok();
    let text = fs::read_to_string(place.path().join("pairs.csv")).unwrap();
    // ann and bob: 60 s on x, 10 s and 20 s on y; cat is 61 s away.
    assert_eq!(text, "a,b,weight,avg_time_delta\nann,bob,3,30\n");
    let (ran, place) = small(ACTS, &["--window", "61s", "--no-significance"]);
    ran.ok();
    let text = fs::read_to_string(place.path().join("pairs.csv")).unwrap();
    assert_eq!(text, "a,b,weight,avg_time_delta\nann,bob,3,30\nbob,cat,1,61\n");
}

#[test]
fn rfc_3339_times_are_times_too() {
    let text = "actor,object,time\nann,x,2025-03-17T09:00:00+09:00\nbob,x,2025-03-17T00:00:30Z\n";
    let (ran, place) = small(text, &["--window", "1m", "--no-significance"]);
    ran.ok();
    let text = fs::read_to_string(place.path().join("pairs.csv")).unwrap();
    assert_eq!(text, "a,b,weight,avg_time_delta\nann,bob,1,30\n");
}

#[test]
fn no_pairs_is_an_answer() {
    let (ran, place) = small("actor,object,time\nann,x,0\nbob,y,0\n", &["--window", "60s"]);
    ran.ok();
    let text = fs::read_to_string(place.path().join("pairs.csv")).unwrap();
    assert_eq!(text, "a,b,weight,avg_time_delta,bits,q_value\n");
}

#[test]
fn rows_that_cannot_be_read_are_kept_beside_the_pairs() {
    let good: String = (0..50).map(|i| format!("a{},x{i},{}\n", i % 5, i * 1000)).collect();
    let text = format!("actor,object,time\n{good}ann,x,soon\n,x,7\n");
    let (ran, place) = small(&text, &["--window", "60s"]);
    let ran = ran.ok();
    assert!(ran.stderr.contains("read 52 = used 50 + rejected 2"), "{}", ran.stderr);
    let rejects = Table::csv(&place.path().join("pairs.rejects.csv"));
    let found = rejects.select(["row", "column", "value"]);
    assert_eq!(found, [["51", "time", "soon"], ["52", "actor", ""]].map(|r| r.map(str::to_owned)));
    assert!(rejects.column("reason").iter().all(|r| !r.is_empty()));
}

#[test]
fn what_cannot_be_used_is_refused() {
    for (text, flags, words) in [
        (ACTS, &["--window", "60s", "--actor", "who"][..], &["who", "actor", "object", "time"][..]),
        (ACTS, &["--window", "60s", "--content", "post"], &["post"]),
        (ACTS, &["--window", "soon"], &["soon", "60s"]),
        (ACTS, &["--window=-5s"], &["-5s"]),
        (ACTS, &["--window", "60s", "--out", "pairs.txt"], &["pairs.txt", ".parquet"]),
        (
            "actor,object,time\nann,x,soon\nbob,x,later\n",
            &["--window", "60s"],
            &["2 of 2 rows", "row 1", "soon"],
        ),
        ("", &["--window", "60s"], &["acts.csv"]),
    ] {
        let place = folder();
        fs::write(place.path().join("acts.csv"), text).unwrap();
        let out: &[&str] = if flags.contains(&"--out") { &[] } else { &["--out", "pairs.csv"] };
        let ran = run(place.path(), &[&["coact", "acts.csv"], out, flags].concat());
        assert_eq!(ran.code, 2, "{flags:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        assert!(words.iter().all(|w| ran.stderr.contains(w)), "{words:?}: {}", ran.stderr);
        assert_eq!(listing(place.path()), ["acts.csv".to_owned()].into(), "{flags:?}");
    }
    let (ran, _place) = small(ACTS, &["--window", "60s", "--min-participation", "many"]);
    assert_eq!(ran.code, 2);
    let place = folder();
    run(place.path(), &["coact", "none.csv", "--window", "60s", "--out", "p.csv"]).refused().says("none.csv");
    assert!(listing(place.path()).is_empty());
}

#[test]
fn an_unclosed_quote_swallows_no_rows_in_silence() {
    let mut rows: Vec<String> = (0..40).map(|i| format!("a{},x{i},{}", i % 5, i * 1000)).collect();
    rows[30].insert(0, '"');
    let (ran, place) = small(&format!("actor,object,time\n{}\n", rows.join("\n")), &["--window", "60s"]);
    ran.refused().says("line 32");
    assert_eq!(listing(place.path()).len(), 1);
}

#[test]
fn no_place_to_write_is_told() {
    let (ran, _place) = small(ACTS, &["--window", "60s"]);
    ran.ok();
    let place = folder();
    fs::write(place.path().join("acts.csv"), ACTS).unwrap();
    run(place.path(), &["coact", "acts.csv", "--window", "60s", "--out", "no/such/p.csv"])
        .refused()
        .says("no/such");
}
