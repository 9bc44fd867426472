//! Tables of reports beside the cases.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use std::path::PathBuf;

use common::{Folder, balanced};
use itoguchi_ingest::{Beside, Settings, read_cases, read_cases_with};
use itoguchi_model::{Case, progress::Silent, tables::ReportKind};

const REPORTS: &str = "broker,account_id,reported_at,kind\nALPHA,a1,2025-03-20T09:00:00+09:00,cleared\n";

fn read(case: &Folder, reports: &[PathBuf]) -> Result<Case, String> {
    let reports: Vec<Beside> = reports.iter().cloned().map(Beside::from).collect();
    read_cases_with(&[case.path()], &reports, &Settings::default(), &Silent).map_err(|e| e.to_string())
}

#[test]
fn a_file_or_a_folder_is_pooled_with_the_cases_and_named_as_given() {
    let (case, beside) = (Folder::sound(), Folder::empty().file("reports.csv", REPORTS));
    for given in [beside.path(), beside.path().join("reports.csv")] {
        let read = read(&case, &[given]).unwrap();
        balanced(&read);
        assert_eq!((read.reports.len(), read.reports[0].kind), (1, ReportKind::Cleared));
        assert_eq!(read.names.accounts.len(), 1, "the report speaks of the account of the case");
        let source = read.sources.iter().find(|s| s.table == "reports").unwrap();
        assert_eq!(source.path, beside.path().join("reports.csv").to_string_lossy());
        assert_eq!((source.rows, source.used, source.bytes), (1, 1, REPORTS.len() as u64));
    }
    assert_eq!(read(&case, &[]).unwrap().sources.len(), 1);
}

#[test]
fn any_stem_will_do() {
    let (case, beside) = (Folder::sound(), Folder::empty().file("known to the broker.csv", REPORTS));
    let read = read(&case, &[beside.path().join("known to the broker.csv")]).unwrap();
    assert_eq!(read.reports.len(), 1);
}

#[test]
fn the_same_rows_count_once() {
    let case = Folder::sound().file("reports.csv", REPORTS);
    assert_eq!(read_cases(&[case.path()], &case.settings, &Silent).unwrap().reports.len(), 1);
    for given in [vec![case.path()], vec![case.path().join("reports.csv")]] {
        let error = read(&case, &given).unwrap_err();
        assert!(error.contains("is read already") && error.contains("\nhint: "), "{error}");
    }
    let beside = Folder::empty().file("reports.csv", REPORTS);
    assert!(read(&Folder::sound(), &[beside.path(), beside.path()]).unwrap_err().contains("is read already"));
}

#[test]
fn what_is_no_table_of_reports_is_refused() {
    let case = Folder::sound();
    let other = Folder::empty().file("notes.txt", "x").file("two/reports.csv", REPORTS);
    let other = other.file("two/reports.parquet", "x");
    for (given, words) in [
        (other.path().join("notes.txt"), "holds no table of reports"),
        (other.path(), "holds no table of reports"),
        (other.path().join("two"), "are both the table `reports`"),
        (other.path().join("nowhere.csv"), "cannot be read"),
    ] {
        let error = read(&case, &[given]).unwrap_err();
        assert!(error.contains(words) && error.contains("\nhint: "), "{words}: {error}");
    }
    let executions = read(&case, &[case.path().join("executions.csv")]).unwrap_err();
    assert!(executions.contains("lacks the columns reported_at, kind"), "{executions}");
}
