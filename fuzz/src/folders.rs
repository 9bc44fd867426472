//! Readers of files: cases, tables of actions and of edges, results. The bytes go to a folder that is gone after each input.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use itoguchi_ingest::{
    ActionColumns, Actions, EdgeColumns, Edges, Names, Settings, WeightColumn, read_actions, read_cases,
    read_edges,
};
use itoguchi_model::{
    Instant, Millibits,
    progress::Silent,
    results::{Manifest, Results, RunInfo},
    tables::{Case, Superseded},
};
use tempfile::TempDir;

use crate::laws::{printable, readable};

/// Begins a file of a case in the input of [`case_csv`]; its name follows, to the end of the line.
pub const FILE_LINE: &str = "#file ";

/// The files that [`case_parquet`] chooses from by the first byte of its input.
pub const TABLE_FILES: [&str; 9] = [
    "executions.parquet",
    "logins.parquet",
    "accounts.parquet",
    "holdings.parquet",
    "bars.parquet",
    "instruments.parquet",
    "fx.parquet",
    "reports.parquet",
    "indicators.parquet",
];

/// The files that [`result_folder`] chooses from by the first byte of its input.
pub const RESULT_FILES: [&str; 11] = [
    "manifest.json",
    "tables/rings.parquet",
    "tables/ring_members.parquet",
    "tables/ring_infrastructure.parquet",
    "tables/ring_instruments.parquet",
    "tables/links.parquet",
    "tables/evidence.parquet",
    "tables/episodes.parquet",
    "tables/bursts.parquet",
    "tables/accounts.parquet",
    "tables/rejects.parquet",
];

const SOUND: &str = "broker,account_id,time,instrument,side,quantity,price\n\
    ALPHA,a1,2025-03-19T09:00:00+09:00,XTKS:9991,buy,100,250.5\n";

/// A case of text files. Without a line [`FILE_LINE`] the bytes are `executions.csv`.
pub fn case_csv(data: &[u8]) {
    let files = files(data);
    // Compressed text may expand without end, which is slow and not wrong.
    let dir = tempfile::tempdir().expect("a folder for the case");
    for (name, bytes) in &files {
        fs::write(dir.path().join(name), bytes).expect("the case can be written");
    }
    let tables = files.iter().any(|(name, _)| name.starts_with("executions."));
    if !tables {
        fs::write(dir.path().join("executions.csv"), SOUND).expect("the case can be written");
    }
    read(dir.path());
}

/// A case of which one table is the bytes behind the first byte, as Parquet.
pub fn case_parquet(data: &[u8]) {
    let Some((choice, bytes)) = data.split_first() else { return };
    let name = TABLE_FILES[usize::from(*choice) % TABLE_FILES.len()];
    let dir = tempfile::tempdir().expect("a folder for the case");
    fs::write(dir.path().join(name), bytes).expect("the case can be written");
    if !name.starts_with("executions.") {
        fs::write(dir.path().join("executions.csv"), SOUND).expect("the case can be written");
    }
    read(dir.path());
}

fn read(case: &Path) {
    let settings = Settings { max_reject_share: 1.0, ..Settings::default() };
    match read_cases(&[case.to_owned()], &settings, &Silent) {
        Ok(case) => balanced(&case),
        Err(error) => readable(&error.to_string()),
    }
}

/// Every record is a row or a reject, every row is in the case or set aside, and the lists are in order.
fn balanced(case: &Case) {
    let mut used = 0;
    for (file, source) in case.sources.iter().enumerate() {
        assert_eq!(source.rows, source.used + source.rejected, "{source:?}");
        let rejects = case.rejects.iter().filter(|r| r.source.file as usize == file).count() as u64;
        assert_eq!(source.rejected, rejects, "{source:?}");
        used += source.used;
    }
    let aside = case.superseded.repeated + case.superseded.corrected + case.superseded.cancelled;
    let kept = case.logins.len()
        + case.executions.len()
        + case.accounts.len()
        + case.holdings.len()
        + case.bars.len()
        + case.instruments.len()
        + case.fx.len()
        + case.reports.len()
        + case.indicators.len();
    assert_eq!(used, kept as u64 + aside);
    assert!(case.executions.is_sorted() && case.logins.is_sorted() && case.bars.is_sorted());
    assert!(
        case.names.accounts.is_sorted() && case.names.texts.iter().is_sorted() && case.names.ips.is_sorted()
    );
    for row in &case.executions {
        let known = case.names.instruments.len();
        assert!(row.account.index() < case.names.accounts.len() && row.instrument.index() < known);
        assert!((1990..=2100).contains(&row.time.jst_date().year().expect("checked when read")), "{row:?}");
    }
    for reject in &case.rejects {
        assert!(reject.source.row > 0 && !reject.reason.is_empty(), "{reject:?}");
    }
    case.warnings.iter().for_each(|warning| {
        printable(&warning.en);
        printable(&warning.ja);
    });
}

/// The files that the input names; a name that is no table's is taken for `executions.csv`.
fn files(data: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for line in data.split_inclusive(|b| *b == b'\n') {
        let named = line.strip_prefix(FILE_LINE.as_bytes()).and_then(|n| std::str::from_utf8(n).ok());
        match (named, files.last_mut()) {
            (Some(name), _) => files.push((file_name(name.trim()).to_owned(), Vec::new())),
            (None, Some((_, bytes))) => bytes.extend_from_slice(line),
            (None, None) => files.push(("executions.csv".to_owned(), line.to_vec())),
        }
    }
    files
}

fn file_name(name: &str) -> &str {
    let stem = [".csv", ".csv.gz", ".csv.zst"].iter().find_map(|ending| name.strip_suffix(ending));
    let known = |stem: &str| TABLE_FILES.iter().any(|file| file.strip_suffix(".parquet") == Some(stem));
    if stem.is_some_and(known) { name } else { "executions.csv" }
}

/// A table of actions; its first line names the form of the file where it begins with [`FILE_LINE`].
pub fn actions_csv(data: &[u8]) {
    let (_dir, path) = table(data);
    let name = |name: &str| name.to_owned();
    let plain = ActionColumns {
        actor: name("actor"),
        object: vec![name("object")],
        time: name("time"),
        ..ActionColumns::default()
    };
    let with_content = ActionColumns { content: Some(name("content")), ..plain.clone() };
    let joined = ActionColumns {
        object: vec![name("object"), name("content")],
        side: Some(name("actor")),
        keep: vec![(name("actor"), name("a"))],
        ..plain.clone()
    };
    for columns in [plain, with_content, joined] {
        match read_actions(&path, &columns) {
            Ok(actions) => sound_actions(&actions),
            Err(error) => readable(&error.to_string()),
        }
    }
}

/// A file of the form that the first line names where it begins with [`FILE_LINE`], else of CSV.
fn table(data: &[u8]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder for the table");
    let (name, bytes) = match data.strip_prefix(FILE_LINE.as_bytes()) {
        Some(rest) if rest.starts_with(b"parquet\n") => ("table.parquet", &rest[8..]),
        Some(rest) if rest.starts_with(b"gz\n") => ("table.csv.gz", &rest[3..]),
        _ => ("table.csv", data),
    };
    let path = dir.path().join(name);
    fs::write(&path, bytes).expect("the table can be written");
    (dir, path)
}

/// A table of edges, in the forms of [`actions_csv`].
pub fn edges_csv(data: &[u8]) {
    let (_dir, path) = table(data);
    let usual = EdgeColumns::default();
    let named = EdgeColumns { weight: WeightColumn::Named("v".to_owned()), ..usual.clone() };
    let nowhere = EdgeColumns { weight: WeightColumn::Nowhere, ..usual.clone() };
    for columns in [usual, named, nowhere] {
        match read_edges(&path, &columns) {
            Ok(edges) => sound_edges(&edges),
            Err(error) => readable(&error.to_string()),
        }
    }
}

fn sound_edges(edges: &Edges) {
    let nodes = || edges.nodes.iter();
    let plain = |name: &str| name == "0" || (name.len() <= 18 && !name.starts_with('0'));
    let plain = |name: &str| plain(name) && name.bytes().all(|b| b.is_ascii_digit());
    if nodes().all(plain) {
        let number = |name: &str| name.parse::<u64>().expect("eighteen digits fit");
        assert!(nodes().map(number).is_sorted_by(|a, b| a < b));
    } else {
        assert!(nodes().is_sorted_by(|a, b| a < b));
    }
    let mut met = vec![false; edges.nodes.len()];
    edges.edges.iter().for_each(|edge| (met[edge.u as usize], met[edge.v as usize]) = (true, true));
    assert!(met.iter().all(|met| *met), "every node is the end of an edge");
    assert!(edges.edges.is_sorted());
    let weights = || edges.edges.iter().map(|edge| edge.weight);
    assert!(edges.scale <= 9 && (edges.scale == 0 || weights().any(|weight| !weight.is_multiple_of(10))));
    assert!(edges.rounded <= edges.edges.len() as u64);
    assert_eq!(edges.read, (edges.edges.len() + edges.rejects.len()) as u64);
    assert!(edges.rejects.is_sorted_by(|a, b| a.row < b.row));
    assert!(edges.rejects.iter().all(|r| (1..=edges.read).contains(&r.row)));
}

fn sound_actions(actions: &Actions) {
    let sorted = |names: &Names| names.iter().zip(names.iter().skip(1)).all(|(a, b)| a < b);
    assert!(sorted(&actions.actors) && sorted(&actions.things) && sorted(&actions.sides));
    let table = &actions.columns;
    let known = |ids: &[u32], names: &Names| ids.iter().all(|id| (*id as usize) < names.len());
    assert!(known(&table.actor, &actions.actors) && known(&table.object, &actions.things));
    assert!(known(&table.side, &actions.sides));
    assert!(table.content.iter().all(|id| *id == u32::MAX || known(&[*id], &actions.things)));
    assert_eq!((table.actor.len(), table.object.len()), (table.len(), table.len()));
    assert_eq!(actions.read, (table.len() + actions.rejects.len()) as u64 + actions.left_out);
    assert!(actions.rejects.iter().zip(actions.rejects.iter().skip(1)).all(|(a, b)| a.row < b.row));
    assert!(actions.rejects.iter().all(|r| (1..=actions.read).contains(&r.row)));
}

/// A result of which one file is the bytes behind the first byte.
pub fn result_folder(data: &[u8]) {
    let Some((choice, bytes)) = data.split_first() else { return };
    let name = RESULT_FILES[usize::from(*choice) % RESULT_FILES.len()];
    let dir = tempfile::tempdir().expect("a folder for the result");
    fs::create_dir(dir.path().join("tables")).expect("a folder for its tables");
    for other in RESULT_FILES.into_iter().filter(|other| *other != name) {
        link(&sound_result().join(other), &dir.path().join(other));
    }
    fs::write(dir.path().join(name), bytes).expect("the file can be written");
    match itoguchi_report::load(dir.path()) {
        Ok(loaded) => {
            // What was read can be written, and reads the same.
            let again = tempfile::tempdir().expect("a folder for the copy");
            itoguchi_report::write_tables(&loaded.results, again.path())
                .expect("what is read can be written");
            let read = itoguchi_report::read_tables(again.path()).expect("what is written can be read");
            assert_eq!(format!("{read:?}"), format!("{:?}", loaded.results));
            printable(&itoguchi_report::rings_table(&loaded, &itoguchi_report::TextOptions::default()));
        }
        Err(error) => printable(&error.to_string()),
    }
}

fn link(from: &Path, to: &Path) {
    if fs::hard_link(from, to).is_err() {
        fs::copy(from, to).expect("a file of the sound result can be copied");
    }
}

/// A result without rows, made once per process.
fn sound_result() -> PathBuf {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let dir = tempfile::tempdir().expect("a folder for the sound result");
        let outputs =
            itoguchi_report::write_tables(&Results::default(), dir.path()).expect("it can be written");
        let manifest = Manifest {
            format: "itoguchi-result".to_owned(),
            tool_version: "0.0.0".to_owned(),
            configuration: Default::default(),
            cases: Vec::new(),
            market: None,
            reports: Vec::new(),
            inputs: Vec::new(),
            superseded: Superseded::default(),
            accounts: 0,
            prior_millibits: Millibits::ZERO,
            outputs,
            notes: Vec::new(),
            run: RunInfo { started: Instant::default().to_string(), ..RunInfo::default() },
        };
        let text = serde_json::to_vec(&manifest).expect("a manifest is plain values");
        fs::write(dir.path().join("manifest.json"), text).expect("it can be written");
        dir
    });
    made.path().to_owned()
}
