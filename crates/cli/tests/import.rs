//! Customers' downloads become a case that the other commands take.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use std::fs;

use common::{Table, downloads, folder, listing, manifest, result, run};

/// (file, broker, read, used, skipped, rejected), as the card of the downloads states.
const DOWNLOADS: [(&str, &str, u64, u64, u64, u64); 6] = [
    ("sbi-domestic.csv", "sbi", 21, 12, 5, 4),
    ("sbi-foreign.csv", "sbi", 8, 6, 1, 1),
    ("rakuten-jp.csv", "rakuten", 10, 6, 2, 2),
    ("rakuten-us.csv", "rakuten", 7, 5, 1, 1),
    ("rakuten-cn.csv", "rakuten", 7, 5, 1, 1),
    ("nomura.csv", "nomura", 11, 5, 5, 1),
];

#[test]
fn every_kind_of_download_is_imported_inspected_and_correlated() {
    for (file, broker, read, used, skipped, rejected) in DOWNLOADS {
        assert_eq!(read, used + skipped + rejected);
        let place = folder();
        let path = downloads().join(file);
        let arguments =
            ["import", path.to_str().unwrap(), "--broker", broker, "--account", "A-1", "--out", "case"];
        let ran = run(place.path(), &arguments).ok();
        let line = format!("read {read} = used {used} + skipped {skipped} + rejected {rejected}");
        assert_eq!(ran.stderr.matches(&line).count(), 2, "{file}: {}", ran.stderr);
        assert_eq!(ran.stdout, "");
        assert_eq!(listing(place.path()), ["case".to_owned()].into());
        assert!(!listing(&place.path().join("case/rejects")).is_empty(), "{file} has rejects to keep");

        let parts = listing(&place.path().join("case/executions"));
        assert_eq!(parts.len(), 1);
        let table = Table::csv(&place.path().join("case/executions").join(parts.first().unwrap()));
        assert_eq!(table.rows.len() as u64, used);
        assert!(table.column("account_id").iter().all(|a| *a == "A-1"));
        assert!(table.column("broker").iter().all(|b| b.eq_ignore_ascii_case(broker)));

        let seen = run(place.path(), &["inspect", "case"]).ok().stdout;
        assert!(seen.contains(&format!("read {used} = used {used} + rejected 0")), "{file}: {seen}");
        assert!(seen.contains(&broker.to_uppercase()), "{file}: {seen}");

        let ran = run(place.path(), &["correlate", "case", "--out", "out"]).ok();
        assert!(ran.stderr.contains("No ring was found."), "{file}: {}", ran.stderr);
        let out = place.path().join("out");
        assert_eq!(result(&out, "accounts").select(["broker", "account_id"]).len(), 1);
        for empty in ["rings", "ring_members", "links", "evidence", "episodes"] {
            assert_eq!(result(&out, empty).rows.len(), 0, "{file}: {empty}");
        }
        let notes: Vec<String> = manifest(&out).notes.into_iter().map(|n| n.en).collect();
        let notes = notes.join("\n");
        assert!(notes.contains("No logins"), "{file}: {notes}");
        assert!(notes.contains("by day"), "{file}: {notes}");
        run(place.path(), &["verify", "out", "--recompute"]).ok();
        assert!(run(place.path(), &["rings", "out"]).ok().stdout.contains("No logins"));
    }
}

#[test]
fn several_downloads_add_up_and_the_same_one_is_taken_once() {
    let place = folder();
    let import = |files: &[&str], broker: &str, account: &str| {
        let paths: Vec<String> =
            files.iter().map(|f| downloads().join(f).to_str().unwrap().to_owned()).collect();
        let mut arguments = vec!["import"];
        arguments.extend(paths.iter().map(String::as_str));
        arguments.extend(["--broker", broker, "--account", account, "--out", "case"]);
        run(place.path(), &arguments)
    };
    import(&["rakuten-jp.csv", "rakuten-us.csv", "rakuten-cn.csv"], "rakuten", "R-1").ok().says("used 16 +");
    import(&["nomura.csv"], "nomura", "N-1").ok().says("used 5 +");
    import(&["sbi-domestic.csv"], "SBI", "S-1").ok().says("used 12 +");
    import(&["sbi-foreign.csv"], "sbi", "S-2").ok().says("used 6 +");
    let before = listing(&place.path().join("case/executions"));
    assert_eq!(before.len(), 6);
    // Again, and over a period that is there already.
    let again = import(&["nomura.csv"], "nomura", "N-1");
    assert_eq!(listing(&place.path().join("case/executions")), before, "{}", again.stderr);
    import(&["sbi-foreign.csv"], "sbi", "S-1").refused().says("--allow-overlap");
    assert_eq!(listing(&place.path().join("case/executions")), before);

    run(place.path(), &["correlate", "case", "--out", "out"]).ok();
    let accounts = result(&place.path().join("out"), "accounts").select(["broker", "account_id"]);
    let expected = [["NOMURA", "N-1"], ["RAKUTEN", "R-1"], ["SBI", "S-1"], ["SBI", "S-2"]];
    assert_eq!(accounts, expected.map(|r| r.map(str::to_owned)));
    let used: u64 = manifest(&place.path().join("out")).inputs.iter().map(|i| i.used).sum();
    assert_eq!(used, 16 + 5 + 12 + 6);
}

#[test]
fn a_download_of_another_broker_changes_nothing() {
    let place = folder();
    let path = downloads().join("sbi-domestic.csv");
    let arguments =
        ["import", path.to_str().unwrap(), "--broker", "nomura", "--account", "A", "--out", "case"];
    run(place.path(), &arguments).refused();
    assert!(listing(place.path()).is_empty());
    fs::write(place.path().join("empty.csv"), "").unwrap();
    run(place.path(), &["import", "empty.csv", "--broker", "sbi", "--account", "A", "--out", "case"])
        .refused();
    assert_eq!(listing(place.path()), ["empty.csv".to_owned()].into());
}

#[test]
fn names_are_shown_as_the_download_has_them() {
    let place = folder();
    let path = downloads().join("nomura.csv");
    let arguments =
        ["import", path.to_str().unwrap(), "--broker", "nomura", "--account", "A", "--out", "case"];
    run(place.path(), &arguments).ok();
    let seen = run(place.path(), &["inspect", "case"]).ok().stdout;
    let said = run(place.path(), &["correlate", "case", "--out", "out"]).ok().stderr;
    // Its ideographic blank hides nothing, so nothing is to be spelled out; least of all twice.
    for text in [seen, said] {
        assert!(text.contains("XXXX:カクウ"), "{text}");
        assert!(!text.contains("\\u{"), "{text}");
    }
}
