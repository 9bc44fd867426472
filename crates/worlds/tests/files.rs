//! The folders that worlds are written to.

mod common;

use std::{collections::BTreeMap, fs, path::Path};

use common::world;
use itoguchi_worlds::{Format, Request, WorldError, simulate, world_names};

fn bytes(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut out = BTreeMap::new();
    for folder in [dir.to_owned(), dir.join("truth")] {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                let name = path.strip_prefix(dir).expect("inside").to_string_lossy().into_owned();
                out.insert(name, fs::read(&path).expect("readable"));
            }
        }
    }
    out
}

#[test]
fn same_seed_same_bytes_on_any_number_of_threads() {
    let home = tempfile::tempdir().expect("a folder");
    let make = |threads: usize, seed: u64, format: Format, to: &str| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let dir = home.path().join(to);
        pool.install(|| world("plain", Some(2_000), Some(20), seed).write(&dir, format).expect("written"));
        bytes(&dir)
    };
    for format in [Format::Parquet, Format::Csv] {
        let one = make(1, 4, format, "one");
        assert_eq!(one.len(), 14, "{:?}", one.keys());
        assert!(one == make(5, 4, format, "five"), "{format:?}: threads change the bytes");
        let other = make(2, 5, format, "other");
        assert!(one.iter().any(|(k, v)| k.starts_with("logins") && other[k] != *v));
    }
}

#[test]
fn a_case_replaces_a_case_and_nothing_else() {
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path().join("case");
    let w = world("quiet", Some(1_000), Some(10), 1);
    fs::create_dir(&dir).expect("made");
    fs::write(dir.join("README.md"), "what this is").expect("written");
    w.write(&dir, Format::Csv).expect("a folder with nothing but a card may be filled");
    w.write(&dir, Format::Parquet).expect("a case made here may be replaced");
    assert_eq!(fs::read_to_string(dir.join("README.md")).expect("kept"), "what this is");
    assert!(!dir.join("logins.csv").exists() && dir.join("logins.parquet").exists());
    assert!(dir.join("truth/truth_decoys.parquet").exists());

    let other = home.path().join("other");
    fs::create_dir(&other).expect("made");
    fs::write(other.join("thesis.txt"), "years of work").expect("written");
    let refused = w.write(&other, Format::Csv).expect_err("somebody's folder");
    assert!(matches!(refused, WorldError::Occupied { .. }), "{refused}");
    assert!(refused.to_string().contains("hint:"));
    assert_eq!(fs::read_dir(&other).expect("still there").count(), 1);
    assert_eq!(fs::read_dir(home.path()).expect("still there").count(), 2, "nothing half-written is left");
}

#[test]
fn csv_and_parquet_hold_the_same() {
    let home = tempfile::tempdir().expect("a folder");
    let w = world("quiet", Some(1_000), Some(10), 1);
    w.write(&home.path().join("c"), Format::Csv).expect("written");
    let text = fs::read_to_string(home.path().join("c/executions.csv")).expect("readable");
    let mut lines = text.lines();
    let header = "broker,account_id,time,time_precision,instrument,side,quantity,price,currency,execution_id,order_id,session_id,venue,status,counterparty_broker,counterparty_account";
    assert_eq!(lines.next(), Some(header));
    assert_eq!(lines.count(), common::rows(&w, "executions").len());
    assert!(text.contains("+09:00"));
}

#[test]
fn impossible_requests_say_what_is_possible() {
    let ask = |world: &str, accounts, days| {
        simulate(&Request { world: world.to_owned(), accounts, days, seed: 1 })
            .expect_err("impossible")
            .to_string()
    };
    assert!(ask("autumn", None, None).contains("spring-2025"));
    assert!(ask("plain", Some(3), None).contains("from 1000"));
    assert!(ask("golden-2025-03-17", None, Some(90)).contains("hint:"));
    assert!(ask("plain", None, Some(0)).contains("days"));
    assert_eq!(world_names().len(), 12);
}
