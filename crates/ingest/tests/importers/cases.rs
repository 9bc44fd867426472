//! Case folders: what is written, what is refused, and that nothing is half-written.

use std::{
    fs,
    path::{Path, PathBuf},
};

use itoguchi_ingest::{
    contract,
    importers::{Broker, ImportError, ImportSummary, Layout, import},
};

use crate::fixtures::{ALL, cp932, dataset, text};

/// Every file below `folder`, with its bytes.
fn tree(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.push((path.clone(), Vec::new()));
            found.extend(tree(&path));
        } else {
            found.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

fn sbi(case: &Path, files: &[PathBuf], allow_overlap: bool) -> Result<ImportSummary, ImportError> {
    import(files, Broker::Sbi, "A-1", case, allow_overlap)
}

/// SBI's fixture with another period and its dates in it.
fn of_year(folder: &Path, year: &str) -> PathBuf {
    let path = folder.join(format!("{year}.csv"));
    fs::write(&path, cp932(&text(Layout::SbiDomestic).replace("2026", year))).unwrap();
    path
}

#[test]
fn the_tables_are_the_contracts_and_lead_back_to_the_source() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    let summary = sbi(&case, &[dataset(Layout::SbiDomestic)], false).unwrap();
    assert_eq!((summary.read(), summary.used(), summary.skipped(), summary.rejected()), (21, 12, 5, 4));
    let download = &summary.downloads[0];
    let stem = format!("sbi-A-1-{}", &download.sha256[..12]);
    assert_eq!(download.executions, Some(case.join("executions").join(format!("{stem}.csv"))));
    assert_eq!(download.rejects, Some(case.join("rejects").join(format!("{stem}.csv"))));

    let written = fs::read_to_string(download.executions.as_ref().unwrap()).unwrap();
    let lines: Vec<&str> = written.split_terminator("\r\n").collect();
    let columns: Vec<&str> = contract::EXECUTIONS.columns.iter().map(|c| c.name).collect();
    assert_eq!(lines[0], columns.join(","));
    assert_eq!(lines.len(), 13);
    assert_eq!(lines[1], "SBI,A-1,2026-06-17T00:00:00+09:00,day,XNGO:1212,buy,100,1355,JPY,,,,名証,,,");
    assert_eq!(
        lines[2],
        "SBI,A-1,2026-06-15T00:00:00+09:00,day,XTKS:9X1Y,sell,100,2239.4,JPY,,,,PTS（X）,,,"
    );
    assert_eq!(lines[3], lines[4], "two equal rows stay two fills");

    let rejects = fs::read_to_string(download.rejects.as_ref().unwrap()).unwrap();
    assert!(
        rejects.starts_with("source_file,row,column,value,reason\r\nsbi-domestic.csv,18,取引,お取引,"),
        "{rejects}"
    );
    assert_eq!(rejects.lines().count(), 5);

    let journal = fs::read_to_string(case.join("imports.jsonl")).unwrap();
    assert_eq!(journal.lines().count(), 1);
    let entry: serde_json::Value = serde_json::from_str(&journal).unwrap();
    for (key, value) in [
        ("file", "sbi-domestic.csv"),
        ("sha256", download.sha256.as_str()),
        ("broker", "SBI"),
        ("account_id", "A-1"),
        ("layout", "sbi-domestic"),
        ("encoding", "CP932"),
        ("period_from", "2026-01-01"),
        ("period_to", "2026-06-23"),
    ] {
        assert_eq!(entry[key], value, "{key}");
    }
    assert_eq!(entry["rows"], serde_json::json!([1, 2, 3, 4, 5, 6, 7, 8, 14, 15, 16, 17]));
    assert_eq!(entry["lines"][0], 7);
    assert_eq!(entry["bytes"], fs::metadata(dataset(Layout::SbiDomestic)).unwrap().len());
    assert_eq!(entry["skipped"]["fund"], 2);
    assert_eq!(entry["rejected"], 4);
    assert_eq!(entry["names"]["XTKS:1234"], serde_json::json!(["㈱架空髙﨑～鉄工"]));
    let names: Vec<_> =
        tree(&case).into_iter().map(|(p, _)| p.strip_prefix(&case).unwrap().to_owned()).collect();
    assert_eq!(names.len(), 5, "two folders, two tables, one record: {names:?}");
}

#[test]
fn the_same_bytes_every_time() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str| {
        let case = folder.path().join(name);
        for layout in ALL {
            import(&[dataset(layout)], layout.broker(), layout.id(), &case, false).unwrap();
        }
        tree(&case)
            .into_iter()
            .map(|(p, b)| (p.strip_prefix(&case).unwrap().to_owned(), b))
            .collect::<Vec<_>>()
    };
    let first = run("a");
    assert_eq!(first, run("b"));
    assert_eq!(
        first.iter().filter(|(p, _)| p.starts_with("executions/") && p.extension().is_some()).count(),
        6
    );
}

#[test]
fn a_file_that_is_there_already_is_refused_under_any_name_and_account() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    let copy = folder.path().join("copy.csv");
    fs::copy(dataset(Layout::SbiDomestic), &copy).unwrap();
    let both = sbi(&case, &[dataset(Layout::SbiDomestic), copy.clone()], true).unwrap_err();
    assert!(both.to_string().contains("already imported as sbi-domestic.csv for SBI/A-1"), "{both}");
    assert!(!case.exists(), "nothing of a refused import is left");

    sbi(&case, &[dataset(Layout::SbiDomestic)], false).unwrap();
    let before = tree(&case);
    assert!(sbi(&case, std::slice::from_ref(&copy), true).is_err());
    let other = import(&[copy], Broker::Sbi, "B-2", &case, true).unwrap_err().to_string();
    assert!(other.contains("copy.csv: already imported as sbi-domestic.csv for SBI/A-1"), "{other}");
    assert_eq!(tree(&case), before);
}

#[test]
fn overlapping_downloads_of_one_account_need_the_flag() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    let (y25, y26) = (of_year(folder.path(), "2025"), dataset(Layout::SbiDomestic));
    let summary = sbi(&case, &[y25, y26], false).unwrap();
    assert_eq!(summary.used(), 24, "periods that do not overlap");

    let again = folder.path().join("again.csv");
    let text = text(Layout::SbiDomestic).replace(",100,1355,", ",100,1356,");
    fs::write(&again, cp932(&text)).unwrap();
    let before = tree(&case);
    let error = sbi(&case, std::slice::from_ref(&again), false).unwrap_err().to_string();
    assert!(
        error.contains("2026-01-01 to 2026-06-23 overlaps 2026-01-01 to 2026-06-23 of sbi-domestic.csv"),
        "{error}"
    );
    assert!(error.contains("--allow-overlap"), "{error}");
    assert_eq!(tree(&case), before);

    // another account may have traded on the same days
    import(std::slice::from_ref(&again), Broker::Sbi, "B-2", &case, false).unwrap();
    let third = folder.path().join("third.csv");
    fs::write(&third, cp932(&text.replace(",100,1356,", ",100,1357,"))).unwrap();
    let allowed = sbi(&case, &[third], true).unwrap();
    let flag = allowed.downloads[0].flags.iter().find(|f| f.starts_with("overlaps ")).unwrap();
    assert!(flag.contains("sbi-domestic.csv") && flag.contains("11 of 12 fills are equal"), "{flag}");
    let journal = fs::read_to_string(case.join("imports.jsonl")).unwrap();
    assert_eq!(journal.lines().count(), 4);
    assert!(journal.lines().last().unwrap().contains("\"overlap_allowed\":true"));
}

#[test]
fn one_bad_file_among_several_leaves_the_case_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    sbi(&case, &[of_year(folder.path(), "2025")], false).unwrap();
    let before = tree(&case);
    let bad = folder.path().join("bad.csv");
    fs::write(&bad, "not,a,download\n").unwrap();
    for wrong in [bad, folder.path().join("absent.csv"), dataset(Layout::Nomura)] {
        let error =
            sbi(&case, &[dataset(Layout::SbiDomestic), wrong.clone()], false).unwrap_err().to_string();
        assert!(error.starts_with(&wrong.display().to_string()) && error.contains("hint: "), "{error}");
        assert_eq!(tree(&case), before);
    }
}

#[test]
fn executions_kept_in_one_file_are_not_mixed_with_a_folder() {
    for name in
        ["executions.csv", "executions.parquet", "executions.csv.gz", "executions.csv.zst", "executions"]
    {
        let case = tempfile::tempdir().unwrap();
        fs::write(case.path().join(name), "broker\n").unwrap();
        let error = sbi(case.path(), &[dataset(Layout::SbiDomestic)], false).unwrap_err();
        assert!(matches!(error, ImportError::OneTable { .. }), "{error}");
        assert!(error.to_string().contains("hint: make the folder"), "{error}");
        assert_eq!(tree(case.path()).len(), 1);
    }
}

#[test]
fn what_the_case_holds_already_stays() {
    let case = tempfile::tempdir().unwrap();
    fs::write(case.path().join("logins.csv"), "broker,account_id,time\n").unwrap();
    fs::create_dir(case.path().join("executions")).unwrap();
    fs::write(case.path().join("executions/extract.csv"), "x\n").unwrap();
    let before = tree(case.path());
    sbi(case.path(), &[dataset(Layout::SbiDomestic)], false).unwrap();
    let after = tree(case.path());
    assert!(before.iter().all(|f| after.contains(f)));
}

#[test]
fn hostile_account_ids_stay_inside_the_case_and_whole_in_the_table() {
    for account in ["../../up", "/abs", "..\\up", "口座/１", "a,b\"c", "=cmd()"] {
        let folder = tempfile::tempdir().unwrap();
        let case = folder.path().join("case");
        let summary = import(&[dataset(Layout::RakutenUs)], Broker::Rakuten, account, &case, false).unwrap();
        let path = summary.downloads[0].executions.as_ref().unwrap();
        assert_eq!(path.parent().unwrap(), case.join("executions"));
        assert_eq!(tree(folder.path()).iter().filter(|(p, _)| !p.starts_with(&case)).count(), 0);
        let mut reader = csv::Reader::from_path(path).unwrap();
        for record in reader.records() {
            assert_eq!(&record.unwrap()[1], account);
        }
    }
    for bad in ["", " ", "a\nb"] {
        let case = tempfile::tempdir().unwrap();
        let error =
            import(&[dataset(Layout::RakutenUs)], Broker::Rakuten, bad, case.path(), false).unwrap_err();
        assert!(matches!(error, ImportError::BadAccount { .. }), "{error}");
    }
}

#[test]
fn downloads_without_rows_are_recorded_and_may_be_equal_for_two_accounts() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    let empty = folder.path().join("empty.csv");
    fs::write(&empty, cp932(text(Layout::RakutenUs).lines().next().unwrap())).unwrap();
    for account in ["A", "B"] {
        let summary = import(std::slice::from_ref(&empty), Broker::Rakuten, account, &case, false).unwrap();
        assert_eq!((summary.read(), summary.downloads[0].executions.clone()), (0, None));
    }
    assert_eq!(fs::read_to_string(case.join("imports.jsonl")).unwrap().lines().count(), 2);
    assert!(!case.join("executions").exists(), "no table without a row");
    assert!(import(&[empty], Broker::Rakuten, "A", &case, false).is_err());
}

#[test]
fn a_damaged_record_of_imports_and_a_second_import_are_said() {
    let case = tempfile::tempdir().unwrap();
    fs::write(case.path().join("imports.jsonl"), "\n{\"file\":1}\n").unwrap();
    let error = sbi(case.path(), &[dataset(Layout::SbiDomestic)], false).unwrap_err().to_string();
    assert!(error.contains("imports.jsonl, line 2: ") && error.contains("hint: "), "{error}");
    fs::remove_file(case.path().join("imports.jsonl")).unwrap();
    fs::create_dir(case.path().join(".import")).unwrap();
    let error = sbi(case.path(), &[dataset(Layout::SbiDomestic)], false).unwrap_err();
    assert!(matches!(error, ImportError::Busy { .. }), "{error}");
    assert!(case.path().join(".import").exists(), "the other import's folder stays");
}

#[test]
fn a_rename_that_fails_takes_back_what_was_renamed() {
    let case = tempfile::tempdir().unwrap();
    // a file where the folder of rejects belongs
    fs::write(case.path().join("rejects"), "").unwrap();
    let before = tree(case.path());
    let error = sbi(case.path(), &[dataset(Layout::SbiDomestic)], false).unwrap_err();
    assert!(matches!(error, ImportError::Io { .. }), "{error}");
    let after: Vec<_> = tree(case.path()).into_iter().filter(|(p, _)| p.is_file()).collect();
    assert_eq!(after, before);
}
