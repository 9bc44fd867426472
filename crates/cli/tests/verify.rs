//! `verify`: what was changed after a run is found.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use std::{
    fs::{self, File, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use common::{Ran, copy, folder, listing, manifest, run, shared_place, world};
use parquet::arrow::{ArrowWriter, arrow_reader::ParquetRecordBatchReaderBuilder};
use tempfile::TempDir;

/// A folder with `case` and its result `out`, made once and copied for each test.
fn made() -> TempDir {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let place = shared_place(&format!("verify-{}", std::process::id()));
        copy(&world("golden-2025-03-17", "csv"), &place.join("case"));
        run(&place, &["correlate", "case", "--out", "out"]).ok();
        place
    });
    let place = folder();
    copy(made, place.path());
    place
}

fn verify(place: &Path, flags: &[&str]) -> Ran {
    run(place, &[&["verify", "out"], flags].concat())
}

/// Asserts that the check fails and names what is wrong.
fn found(place: &Path, flags: &[&str], words: &[&str]) {
    let ran = verify(place, flags);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    for word in words {
        assert!(ran.stderr.contains(word), "{word:?} is not in: {}", ran.stderr);
    }
}

#[test]
fn an_untouched_result_passes() {
    let place = made();
    let ran = verify(place.path(), &[]).ok();
    assert_eq!(ran.stdout, "verified: 7 input and 15 output files are as the manifest says\n");
    assert_eq!(ran.stderr, "");
}

#[test]
fn recomputing_passes_with_any_number_of_threads_and_leaves_nothing() {
    let place = made();
    let before = fs::read(place.path().join("out/manifest.json")).unwrap();
    for threads in ["1", "3"] {
        let ran = verify(place.path(), &["--recompute", "--threads", threads]).ok();
        assert!(ran.stdout.contains("recomputed byte for byte"), "{}", ran.stdout);
    }
    assert_eq!(listing(place.path()), ["case", "out"].map(str::to_owned).into());
    assert_eq!(fs::read(place.path().join("out/manifest.json")).unwrap(), before);
}

#[test]
fn a_result_is_recomputed_with_the_settings_it_was_made_with() {
    let place = made();
    let settings = ["--set", "coaction.marked_trade_window=60", "--set", "rings.members=5"];
    run(place.path(), &[&["correlate", "case", "--out", "other"], &settings[..]].concat()).ok();
    let evidence = |out: &str| fs::read(place.path().join(out).join("tables/evidence.parquet")).unwrap();
    assert!(evidence("out") != evidence("other"), "the settings change nothing, so this would show nothing");
    run(place.path(), &["verify", "other", "--recompute"]).ok();
}

#[test]
fn inputs_are_found_from_another_folder() {
    let place = made();
    let elsewhere = folder();
    let out = place.path().join("out");
    let arguments = ["verify", out.to_str().unwrap(), "--recompute"];
    // Without --inputs the relative paths lead nowhere.
    assert_eq!(run(elsewhere.path(), &arguments).code, 1);
    let inputs = ["--inputs", place.path().to_str().unwrap()];
    run(elsewhere.path(), &[&arguments[..], &inputs].concat()).ok();
}

#[test]
fn an_edited_table() {
    let place = made();
    let path = place.path().join("out/tables/ring_members.parquet");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    found(place.path(), &[], &["1 of 22 files", "ring_members.parquet", "SHA-256"]);
}

#[test]
fn a_truncated_table() {
    let place = made();
    let path = place.path().join("out/tables/evidence.parquet");
    let size = fs::metadata(&path).unwrap().len();
    OpenOptions::new().write(true).open(&path).unwrap().set_len(size - 1).unwrap();
    found(place.path(), &[], &["evidence.parquet", &format!("{} bytes", size - 1), &size.to_string()]);
}

#[test]
fn removed_and_added_files() {
    let place = made();
    fs::remove_file(place.path().join("out/tables/links.parquet")).unwrap();
    found(place.path(), &[], &["1 of 22", "links.parquet"]);
    let place = made();
    for extra in ["tables/more.parquet", "note.txt", "deep/er/.hidden"] {
        let path = place.path().join("out").join(extra);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }
    found(place.path(), &[], &["tables/more.parquet: not in", "note.txt: not in", "deep/er/.hidden: not in"]);
}

#[test]
fn a_changed_or_missing_input() {
    let place = made();
    let path = place.path().join("case/executions.csv");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("buy", "Buy", 1)).unwrap();
    found(place.path(), &[], &["case/executions.csv", "SHA-256"]);
    fs::write(&path, text).unwrap();
    verify(place.path(), &[]).ok();
    fs::remove_file(place.path().join("case/logins.csv")).unwrap();
    found(place.path(), &["--recompute"], &["case/logins.csv"]);
}

#[test]
fn an_input_that_came_later_is_found_by_recomputing() {
    let place = made();
    let reports = "broker,account_id,reported_at,kind\nSBI,7JRMNHEV,2025-03-18T09:00:00+09:00,victim\n";
    fs::write(place.path().join("case/reports.csv"), reports).unwrap();
    found(place.path(), &["--recompute"], &["recomputed"]);
}

/// Removes the last row of a table, and makes the manifest agree.
fn forge(place: &Path, table: &str) {
    let path = place.join(format!("out/tables/{table}.parquet"));
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap();
    let schema = builder.schema().clone();
    let batch = builder.build().unwrap().next().unwrap().unwrap();
    assert!(batch.num_rows() > 1);
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), schema, None).unwrap();
    writer.write(&batch.slice(0, batch.num_rows() - 1)).unwrap();
    writer.close().unwrap();
    let mut told = manifest(&place.join("out"));
    let entry = told.outputs.iter_mut().find(|o| o.path.contains(table)).unwrap();
    (entry.sha256, entry.bytes) =
        itoguchi_ingest::sha256_file(&path).map(|(bytes, sha)| (sha, bytes)).unwrap();
    entry.rows = Some(batch.num_rows() as u64 - 1);
    fs::write(place.join("out/manifest.json"), serde_json::to_string_pretty(&told).unwrap()).unwrap();
}

#[test]
fn a_table_and_its_manifest_forged_together_are_found_by_recomputing() {
    for table in ["ring_members", "evidence", "accounts"] {
        let place = made();
        forge(place.path(), table);
        verify(place.path(), &[]).ok();
        found(place.path(), &["--recompute"], &[table, "recomputed to SHA-256"]);
    }
}

#[test]
fn what_was_left_out_of_the_manifest_is_found_by_recomputing() {
    let place = made();
    let mut told = manifest(&place.path().join("out"));
    told.outputs.retain(|o| !o.path.contains("links"));
    fs::remove_file(place.path().join("out/tables/links.parquet")).unwrap();
    fs::write(place.path().join("out/manifest.json"), serde_json::to_string(&told).unwrap()).unwrap();
    found(place.path(), &["--recompute"], &["links"]);
}

#[test]
fn a_damaged_manifest_is_unreadable_input() {
    for text in ["", "{", "{\"format\": \"itoguchi-result\"}", "[]", "\u{1b}[2J"] {
        let place = made();
        fs::write(place.path().join("out/manifest.json"), text).unwrap();
        let ran = verify(place.path(), &[]).refused().says("manifest");
        assert!(!ran.stderr.contains('\u{1b}'));
    }
    let place = made();
    let mut told = manifest(&place.path().join("out"));
    told.configuration["rings"]["future"] = 1.into();
    fs::write(place.path().join("out/manifest.json"), serde_json::to_string(&told).unwrap()).unwrap();
    verify(place.path(), &["--recompute"]).refused().says("version");
}

#[test]
fn paths_of_a_manifest_are_shown_harmless() {
    let place = made();
    let mut told = manifest(&place.path().join("out"));
    told.outputs[0].path = "../../\u{1b}[31mescape\u{202e}".to_owned();
    let mut file = File::create(place.path().join("out/manifest.json")).unwrap();
    file.write_all(serde_json::to_string(&told).unwrap().as_bytes()).unwrap();
    let ran = verify(place.path(), &[]);
    assert_eq!(ran.code, 1);
    assert!(!ran.stderr.contains(['\u{1b}', '\u{202e}']), "{:?}", ran.stderr);
}
