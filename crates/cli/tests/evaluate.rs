//! `evaluate`: what it says, and how it ends.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use common::{copy, folder, result, run, shared_place, truth, world};

/// `case` and its result `out`, made once; not to be changed.
fn made() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        let place = shared_place(&format!("evaluate-{}", std::process::id()));
        copy(&world("golden-2025-03-17", "csv"), &place.join("case"));
        run(&place, &["correlate", "case", "--out", "out"]).ok();
        place
    })
}

fn evaluate(flags: &[&str]) -> common::Ran {
    run(made(), &[&["evaluate", "out", "--truth", "case/truth"], flags].concat())
}

fn metric(name: &str) -> f64 {
    let value: serde_json::Value =
        serde_json::from_str(&evaluate(&["--format", "json"]).ok().stdout).unwrap();
    value["metrics"][name].as_f64().unwrap()
}

#[test]
fn the_metrics_are_what_the_tables_say() {
    let members = result(&made().join("out"), "ring_members").select(["broker", "account_id", "role"]);
    let planted = truth(&made().join("case"), "truth").select(["broker", "account_id", "role"]);
    assert!(!members.is_empty());
    let victims = |of: &[[String; 3]]| of.iter().filter(|m| m[2] == "victim").cloned().collect::<Vec<_>>();
    let (named, planted) = (victims(&members), victims(&planted));
    let right = named.iter().filter(|m| planted.contains(m)).count() as f64;
    assert_eq!(metric("victim_precision"), right / named.len() as f64);
    assert_eq!(metric("victim_recall"), right / planted.len() as f64);
    assert_eq!(metric("rings"), result(&made().join("out"), "rings").rows.len() as f64);
}

#[test]
fn the_score_goes_to_stdout_and_the_case_is_as_good_as_its_truth() {
    let ran = evaluate(&[]).ok();
    assert_eq!(ran.stderr, "");
    for words in ["WHAT", "INNOCENTS IN RINGS", "victim_precision", "bcubed_f1", "framed"] {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
    let by_case = run(made(), &["evaluate", "out", "--truth", "case"]).ok();
    assert_eq!(by_case.stdout, ran.stdout);
    let parquet = world("golden-2025-03-17", "parquet");
    let other = run(made(), &["evaluate", "out", "--truth", parquet.join("truth").to_str().unwrap()]).ok();
    assert_eq!(other.stdout, ran.stdout);
    assert_eq!(evaluate(&["--format", "json"]).ok().stdout, evaluate(&["--format", "json"]).ok().stdout);
}

#[test]
fn bounds_that_hold_end_with_0_and_bounds_that_do_not_with_1() {
    let rings = metric("rings");
    let (at, above) = (format!("rings={rings}"), format!("rings={}", rings + 1.0));
    evaluate(&["--min", &at, "--max", &at, "--max", "framed=1000"]).ok();
    let ran = evaluate(&["--min", &above, "--min", "victim_recall=1.5", "--max", "framed=1000"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("WHAT"), "the score is shown all the same");
    for words in ["error: rings is", "error: victim_recall is", &format!("--min {}", rings + 1.0)] {
        assert!(ran.stderr.contains(words), "{words}: {}", ran.stderr);
    }
    assert!(!ran.stderr.contains("framed"), "{}", ran.stderr);
    let ran = evaluate(&["--format", "json", "--max", "rings=-1"]);
    let value: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, &value["bounds"][0]["kept"]), (1, &serde_json::Value::Bool(false)));
}

#[test]
fn what_is_undefined_keeps_no_bound() {
    let place = folder();
    fs::create_dir(place.path().join("truth")).unwrap();
    fs::write(place.path().join("truth/truth.csv"), "broker,account_id,ring,role\n").unwrap();
    let truth = place.path().to_str().unwrap();
    let ran = run(made(), &["evaluate", "out", "--truth", truth, "--max", "victim_recall=1"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("victim_recall is undefined"), "{}", ran.stderr);
    assert!(ran.stdout.contains("innocents_per_ring"), "{}", ran.stdout);
}

#[test]
fn members_that_are_not_in_the_data_are_missed_and_remarked_upon() {
    let place = folder();
    let members = "broker,account_id,ring,role\nNOWHERE,A,R,victim\nNOWHERE,B,R,victim\n";
    fs::write(place.path().join("truth.csv"), members).unwrap();
    let ran = run(made(), &["evaluate", "out", "--truth", place.path().to_str().unwrap()]).ok();
    assert!(ran.stderr.contains("2 members of planted rings are not in the data"), "{}", ran.stderr);
}

#[test]
fn bad_usage_and_unreadable_folders_are_refused() {
    evaluate(&["--min", "recall=1"]).refused().says("bcubed_f1");
    evaluate(&["--max", "rings"]).refused().says("METRIC=VALUE");
    evaluate(&["--min", "rings=many"]).refused().says("METRIC=VALUE");
    run(made(), &["evaluate", "case", "--truth", "case/truth"]).refused().says("not a result folder");
    run(made(), &["evaluate", "out", "--truth", "out"]).refused().says("holds no truth");
    run(made(), &["evaluate", "out", "--truth", "nowhere"]).refused().says("nowhere");
    let place = folder();
    copy(&made().join("out"), &place.path().join("out"));
    fs::write(place.path().join("out/tables/ring_members.parquet"), b"PAR1").unwrap();
    let case = made().join("case");
    run(place.path(), &["evaluate", "out", "--truth", case.to_str().unwrap()]).refused().says("ring_members");
    fs::remove_file(place.path().join("out/tables/links.parquet")).unwrap();
    run(place.path(), &["evaluate", "out", "--truth", case.to_str().unwrap()]).refused();
}
