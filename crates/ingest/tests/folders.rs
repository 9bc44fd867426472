//! Which files are read, and what is said about the others.

mod common;

use common::{Folder, HEADER, ROW, gz, text};
use itoguchi_ingest::{IngestError, Settings, read_cases, table_files};
use itoguchi_model::progress::{Progress, Silent};

#[test]
fn a_case_without_executions_lists_what_is_there() {
    let error = Folder::empty().file("logins.csv", "x").file("notes.txt", "").error();
    assert!(error.contains("logins.csv, notes.txt"), "{error}");
    let missing = read_cases(&["no/such/folder".into()], &Settings::default(), &Silent);
    assert!(matches!(missing, Err(IngestError::NotAFolder { .. })));
    assert!(matches!(read_cases(&[], &Settings::default(), &Silent), Err(IngestError::NoCases)));
}

#[test]
fn a_table_in_two_forms_is_refused() {
    for second in ["executions.csv.gz", "executions.parquet", "executions/a.csv"] {
        let error = Folder::sound().file(second, "").error();
        assert!(
            error.contains("executions.csv and ") || error.contains("and ") && error.contains("both"),
            "{error}"
        );
        assert!(error.contains(second.trim_end_matches("/a.csv")), "{error}");
    }
    let error = Folder::empty().file("executions/p.csv", "").file("executions/p.parquet", "").error();
    assert!(error.contains("p.csv") && error.contains("p.parquet"), "{error}");
}

#[test]
fn a_case_given_twice_is_refused() {
    let folder = Folder::sound();
    let again = folder.path().join("..").join("case");
    let error = read_cases(&[folder.path(), again], &Settings::default(), &Silent).unwrap_err();
    assert!(matches!(error, IngestError::SameCaseTwice { .. }), "{error}");
}

#[test]
fn what_is_no_table_is_left_aside_with_a_word() {
    let case = Folder::sound()
        .file("truth/executions.csv", "nonsense")
        .file("README.md", "")
        .file(".hidden", "")
        .file("imports.jsonl", "")
        .file("surprise.txt", "")
        .file("other/x.csv", "")
        .case();
    assert_eq!(case.warnings.len(), 2, "{:?}", case.warnings);
    assert!(case.warnings[0].en.contains("other") && case.warnings[1].en.contains("surprise.txt"));
}

#[test]
fn parts_are_read_by_name_and_sources_say_what_was_read() {
    let part = |account: &str| format!("{HEADER}\n{}\n", ROW.replace("a1", account));
    let folder = Folder::empty()
        .file("executions/b.csv.gz", gz(part("second").as_bytes()))
        .file("executions/a.csv", part("first"))
        .file("executions/_SUCCESS", "")
        .file("bars.csv", "instrument,time,interval,open,high,low,close,volume\n");
    let case = folder.case();
    assert_eq!(case.warnings, []);
    let base = text(&folder.path());
    let paths: Vec<&str> = case.sources.iter().map(|s| s.path.strip_prefix(&base).unwrap()).collect();
    assert_eq!(paths, ["/bars.csv", "/executions/a.csv", "/executions/b.csv.gz"]);
    let tables: Vec<&str> = case.sources.iter().map(|s| s.table.as_str()).collect();
    assert_eq!(tables, ["bars", "executions", "executions"]);
    assert_eq!(case.sources[1].bytes, part("first").len() as u64);
    assert_eq!(case.sources[1].sha256.len(), 64);
    for row in &case.executions {
        let token = case.names.token(row.account);
        assert_eq!(
            (token, row.source.file, row.source.row),
            if token == "first" { ("first", 1, 1) } else { ("second", 2, 1) }
        );
    }
    let files = table_files(&folder.path()).unwrap();
    let listed: Vec<(&str, usize)> = files.iter().map(|(t, f)| (t.name, f.len())).collect();
    assert_eq!(listed, [("executions", 2), ("bars", 1)]);
}

#[test]
fn columns_are_checked_before_rows() {
    let error = Folder::empty().csv("executions", "broker,account_id,time,side,quantity", &[]).error();
    assert!(error.contains("instrument, price") && error.contains("broker, account_id, time"), "{error}");
    let error = Folder::empty().csv("executions", &format!("{HEADER},price"), &[]).error();
    assert!(error.contains("two columns named \"price\""), "{error}");
    let case = Folder::empty()
        .csv("executions", &format!("{HEADER},mood,\u{1b}[31m"), &[&format!("{ROW},x,y")])
        .case();
    assert_eq!(case.warnings.len(), 1);
    assert!(
        case.warnings[0].en.contains("\"mood\"") && !case.warnings[0].en.contains('\u{1b}'),
        "{:?}",
        case.warnings
    );
}

#[test]
fn cases_are_pooled() {
    let (one, two) = (Folder::sound(), Folder::sound());
    let case = read_cases(&[one.path(), two.path()], &Settings::default(), &Silent).unwrap();
    common::balanced(&case);
    // No id says that they are one fill, so they are two.
    assert_eq!((case.executions.len(), case.names.accounts.len(), case.sources.len()), (2, 1, 2));
}

#[cfg(unix)]
#[test]
fn a_pipe_does_not_make_it_wait() {
    let folder = Folder::sound();
    let pipe = folder.path().join("logins.csv");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    if made.is_ok_and(|status| status.success()) {
        assert!(folder.error().contains("not a regular file"));
    }
}

#[test]
fn a_stop_is_obeyed() {
    struct Stop;
    impl Progress for Stop {
        fn begin(&self, _: &'static str, _: u64) {}
        fn advance(&self, _: u64) {}
        fn end(&self, _: u64) {}
        fn cancelled(&self) -> bool {
            true
        }
    }
    let folder = Folder::sound();
    let stopped = read_cases(&[folder.path()], &Settings::default(), &Stop);
    assert!(matches!(stopped, Err(IngestError::Cancelled)));
}
