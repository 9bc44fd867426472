//! `export` as it is typed: what stands where afterwards, and what is refused.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use common::{Table, copy, folder, listing, result, run, shared_place, world};

/// A place with the result `out`, made once; not to be changed.
fn made() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        let place = shared_place(&format!("export-{}", std::process::id()));
        copy(&world("golden-2025-03-17", "csv"), &place.join("case"));
        run(&place, &["correlate", "case", "--out", "out"]).ok();
        place
    })
}

fn export(place: &Path, format: &str, out: &str, more: &[&str]) -> common::Ran {
    let result = made().join("out");
    let mut arguments = vec!["export", result.to_str().unwrap(), "--format", format, "--out", out];
    arguments.extend(more);
    run(place, &arguments)
}

/// A sheet, its byte order mark taken off.
fn sheet(path: &Path) -> Table {
    let bytes = fs::read(path).unwrap();
    let mut reader = csv::Reader::from_reader(&bytes[3..]);
    let columns = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
    Table { columns, rows }
}

/// The files of an export below `path`, by name.
fn bytes(path: &Path) -> Vec<(String, Vec<u8>)> {
    if path.is_file() {
        return vec![(String::new(), fs::read(path).unwrap())];
    }
    listing(path).into_iter().map(|name| (name.clone(), fs::read(path.join(name)).unwrap())).collect()
}

#[test]
fn every_format_is_written_and_written_the_same_again() {
    let place = folder();
    for format in ["graphml", "gexf", "i2", "stix", "csv"] {
        for more in [&[][..], &["--redact"]] {
            let ran = export(place.path(), format, "one", more).ok();
            assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", "wrote one\n"));
            let first = bytes(&place.path().join("one"));
            // An export that stands there is replaced.
            export(place.path(), format, "one", more).ok();
            assert_eq!(bytes(&place.path().join("one")), first, "{format} {more:?}");
            assert!(first.iter().all(|(_, b)| !b.is_empty()));
            assert_eq!(listing(place.path()).len(), 1, "something was left behind");
            let path = place.path().join("one");
            if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
        }
    }
}

#[test]
fn the_sheets_hold_the_members_of_the_rings() {
    let place = folder();
    export(place.path(), "csv", "sheets", &[]).ok();
    let names = ["broker", "account_id", "bits"];
    let shown = sheet(&place.path().join("sheets/ring_members.csv")).select(names);
    let known = result(&made().join("out"), "ring_members").select(names);
    // Numbers are spelled by two printers.
    let plain = |rows: Vec<[String; 3]>| -> Vec<(String, String, f64)> {
        rows.into_iter().map(|[b, a, n]| (b, a, n.parse().unwrap())).collect()
    };
    assert_eq!(plain(shown), plain(known));
}

#[test]
fn one_ring_is_that_ring_and_its_nodes_are_in_the_whole() {
    let place = folder();
    let rings = result(&made().join("out"), "rings");
    let ring = rings.column("ring_id")[0];
    export(place.path(), "i2", "all", &[]).ok();
    export(place.path(), "i2", "one", &["--ring", ring]).ok();
    let ids = |name: &str, file: &str, column: &str| -> BTreeSet<String> {
        let sheet = sheet(&place.path().join(name).join(file));
        sheet.column(column).into_iter().map(str::to_owned).collect()
    };
    assert_eq!(ids("one", "links.csv", "ring"), BTreeSet::from([ring.to_owned()]));
    assert!(ids("one", "entities.csv", "id").is_subset(&ids("all", "entities.csv", "id")));
    assert!(ids("one", "links.csv", "id").is_subset(&ids("all", "links.csv", "id")));
}

#[test]
fn redacted_sheets_name_no_member() {
    let place = folder();
    export(place.path(), "csv", "sheets", &["--redact"]).ok();
    let members = result(&made().join("out"), "ring_members");
    for (name, bytes) in bytes(&place.path().join("sheets")) {
        let text = String::from_utf8(bytes).unwrap();
        for account in members.column("account_id") {
            assert!(!text.contains(account), "{name} names {account}");
        }
    }
}

#[test]
fn what_cannot_be_written_is_refused_and_leaves_nothing() {
    let place = folder();
    fs::create_dir(place.path().join("mine")).unwrap();
    fs::write(place.path().join("mine/notes.txt"), "kept").unwrap();
    for format in ["csv", "i2"] {
        export(place.path(), format, "mine", &[]).refused().says("holds no export of itoguchi");
    }
    // A result is no export: it must not be replaced by one.
    copy(&made().join("out"), &place.path().join("result"));
    export(place.path(), "csv", "result", &[]).refused().says("holds no export of itoguchi");
    export(place.path(), "gexf", "mine", &[]).refused();
    export(place.path(), "stix", "x", &["--ring", "R-nothing"]).refused().says("there is no ring R-nothing");
    export(place.path(), "csv", "x", &["--tlp", "red"]).refused().says("only a STIX bundle");
    run(place.path(), &["export", "nowhere", "--format", "csv", "--out", "x"]).refused();
    assert_eq!(fs::read_to_string(place.path().join("mine/notes.txt")).unwrap(), "kept");
    assert_eq!(listing(place.path()), BTreeSet::from(["mine".to_owned(), "result".to_owned()]));
}

#[test]
fn a_bundle_carries_the_label_that_was_asked_for() {
    let place = folder();
    for (flags, id) in [
        (&[][..], "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"),
        (&["--tlp", "amber+strict"], "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"),
        (&["--tlp", "red"], "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"),
    ] {
        export(place.path(), "stix", "bundle.json", flags).ok();
        let text = fs::read_to_string(place.path().join("bundle.json")).unwrap();
        let markings: BTreeSet<&str> =
            text.split('"').filter(|t| t.starts_with("marking-definition--")).collect();
        assert_eq!(markings, BTreeSet::from([id]), "{flags:?}");
    }
}
