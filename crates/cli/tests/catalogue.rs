//! The documents that tell of the tables: docs/TABLES.md and the README of a result.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use std::{fs, path::Path};

use common::{TABLES, folder, manifest, result, run, small_case};

#[test]
fn docs_tables_is_what_the_code_says() {
    let place = folder();
    let said = run(place.path(), &["schema", "--markdown"]).ok().stdout;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/TABLES.md");
    let kept = fs::read_to_string(path).unwrap_or_default();
    assert!(said == kept, "docs/TABLES.md is not current: itoguchi schema --markdown > docs/TABLES.md");
}

#[test]
fn a_result_says_what_is_in_it_and_its_manifest_knows() {
    let place = folder();
    small_case(&place.path().join("case"));
    run(place.path(), &["correlate", "case", "--out", "out"]).ok();
    let out = place.path().join("out");
    let text = fs::read_to_string(out.join("README.md")).unwrap();
    for table in TABLES {
        let rows = result(&out, table).rows.len();
        assert!(text.contains(&format!("| [{table}](tables/{table}.parquet) | {rows} |")), "{table}: {text}");
    }
    assert!(manifest(&out).outputs.iter().any(|o| o.path == "README.md" && o.rows.is_none()));

    run(place.path(), &["verify", "out", "--recompute"]).ok();
    fs::write(out.join("README.md"), text.replace("lead", "proof")).unwrap();
    let ran = run(place.path(), &["verify", "out"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("README.md"), "{}", ran.stderr);
}
