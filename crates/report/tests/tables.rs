//! The tables: what is written is read back, equal rows give equal bytes, and damage is an error, never a panic.
#![allow(clippy::unwrap_used, reason = "a failed step of a test may panic where it failed")]

mod common;

use std::{fs, path::Path};

use arrow::array::RecordBatch;
use common::results;
use itoguchi_model::{
    Family, Instant, Kind, Millibits, Role,
    results::{
        AccountName, AccountRow, EpisodeRow, EvidenceRow, LinkRow, MemberRow, RejectRow, Results, RingRow,
        Statement,
    },
};
use itoguchi_report::{ReportError, load, output_file, read_manifest, read_tables, schema, write_tables};
use parquet::arrow::{ArrowWriter, arrow_reader::ParquetRecordBatchReaderBuilder};
use proptest::prelude::*;

fn round_trip(results: &Results) -> Results {
    let dir = tempfile::tempdir().unwrap();
    write_tables(results, dir.path()).unwrap();
    read_tables(dir.path()).unwrap()
}

#[test]
fn what_is_written_is_read_back() {
    assert_eq!(round_trip(&results()), results());
    assert_eq!(round_trip(&Results::default()), Results::default());
}

#[test]
fn equal_rows_give_equal_bytes_and_the_manifest_knows_them() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let files = write_tables(&results(), a.path()).unwrap();
    assert_eq!(files, write_tables(&results(), b.path()).unwrap());
    let paths: Vec<&str> = files.iter().map(|f| f.path.as_str()).collect();
    assert_eq!(
        paths[..3],
        ["tables/rings.parquet", "tables/ring_members.parquet", "tables/ring_infrastructure.parquet"]
    );
    assert_eq!(files.len(), 15);
    assert_eq!((files[14].path.as_str(), files[14].rows), ("README.md", None));
    // 8 pieces of evidence: one rests on two files, one on none.
    assert_eq!(files[8].rows, Some(9));
    for file in &files {
        assert_eq!(
            fs::read(a.path().join(&file.path)).unwrap(),
            fs::read(b.path().join(&file.path)).unwrap()
        );
        assert_eq!(*file, output_file(a.path(), &file.path, file.rows).unwrap());
        assert_eq!(file.sha256.len(), 64);
    }
    fs::write(a.path().join("abc"), "abc").unwrap();
    let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(output_file(a.path(), "abc", None).unwrap().sha256, known);
}

#[test]
fn columns_carry_their_meaning_and_their_types() {
    let dir = tempfile::tempdir().unwrap();
    write_tables(&results(), dir.path()).unwrap();
    for table in schema::TABLES {
        let file = fs::File::open(dir.path().join(format!("tables/{}.parquet", table.name))).unwrap();
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        assert_eq!(builder.schema().as_ref(), table.schema().as_ref());
        assert_eq!(builder.metadata().file_metadata().created_by(), Some("itoguchi"));
    }
}

#[test]
fn bits_stand_on_the_first_row_of_a_piece() {
    let dir = tempfile::tempdir().unwrap();
    write_tables(&results(), dir.path()).unwrap();
    let batch = first_batch(&dir.path().join("tables/evidence.parquet"));
    let bits = batch.column_by_name("bits").unwrap();
    let bits = arrow::array::AsArray::as_primitive::<arrow::datatypes::Float64Type>(bits).values();
    assert_eq!(bits[..3], [23.412, 0.0, 8.415]);
}

#[test]
fn many_rows_cross_batches() {
    let row = |n: u64| RejectRow {
        source_file: "a.csv".into(),
        row: n,
        column: "price".into(),
        value: n.to_string(),
        reason: String::new(),
    };
    let many = Results { rejects: (0..20_000).map(row).collect(), ..Results::default() };
    assert_eq!(round_trip(&many), many);
}

fn first_batch(path: &Path) -> RecordBatch {
    let file = fs::File::open(path).unwrap();
    ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap().next().unwrap().unwrap()
}

fn rewrite(path: &Path, batch: &RecordBatch) {
    let file = fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

fn written() -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    write_tables(&results(), dir.path()).unwrap();
    let path = dir.path().join("tables/bursts.parquet");
    (dir, path)
}

#[test]
fn missing_columns_and_tables_are_named() {
    let (dir, path) = written();
    let batch = first_batch(&path);
    let fewer = batch.project(&[0, 1, 2, 3, 5, 6, 7, 8, 9]).unwrap();
    rewrite(&path, &fewer);
    let error = read_tables(dir.path()).unwrap_err();
    assert!(
        matches!(&error, ReportError::Columns { table: "bursts", faults, .. } if *faults == ["accounts is missing"])
    );
    assert!(error.to_string().contains("bursts.parquet"), "{error}");

    let file = dir.path().join("tables/links.parquet");
    rewrite(&path, &first_batch(&file));
    assert!(read_tables(dir.path()).unwrap_err().to_string().contains("instrument is missing"));

    fs::remove_file(&path).unwrap();
    let error = read_tables(dir.path()).unwrap_err();
    assert!(error.to_string().contains("it has no tables/bursts.parquet"), "{error}");
}

#[test]
fn added_columns_are_ignored_and_foreign_words_named() {
    let (dir, path) = written();
    let batch = first_batch(&path);
    let mut fields: Vec<_> = batch.schema().fields().iter().cloned().collect();
    let mut columns = batch.columns().to_vec();
    fields.push(std::sync::Arc::new(arrow::datatypes::Field::new(
        "later",
        arrow::datatypes::DataType::Utf8,
        true,
    )));
    columns.push(columns[0].clone());
    let schema = std::sync::Arc::new(arrow::datatypes::Schema::new(fields));
    rewrite(&path, &RecordBatch::try_new(schema.clone(), columns.clone()).unwrap());
    assert_eq!(read_tables(dir.path()).unwrap(), results());

    columns[1] = columns[0].clone();
    rewrite(&path, &RecordBatch::try_new(schema, columns).unwrap());
    let error = read_tables(dir.path()).unwrap_err().to_string();
    assert!(error.ends_with("row 1, column side: XTKS:9901 is none of buy, sell"), "{error}");
}

#[test]
fn nulls_where_none_may_be_are_named() {
    let (dir, path) = written();
    let batch = first_batch(&path);
    let mut columns = batch.columns().to_vec();
    columns[7] = arrow::array::new_null_array(batch.schema().field(7).data_type(), batch.num_rows());
    let nullable = |f: &std::sync::Arc<arrow::datatypes::Field>| f.as_ref().clone().with_nullable(true);
    let schema =
        arrow::datatypes::Schema::new(batch.schema().fields().iter().map(nullable).collect::<Vec<_>>());
    rewrite(&path, &RecordBatch::try_new(std::sync::Arc::new(schema), columns).unwrap());
    let error = read_tables(dir.path()).unwrap_err().to_string();
    assert!(error.ends_with("row 1, column brokers: it is null"), "{error}");
}

/// Cut at every length and with bytes turned over: always a clear error or the same rows, never a panic that
/// escapes.
#[test]
fn damaged_files_are_errors() {
    let (dir, path) = written();
    let whole = fs::read(&path).unwrap();
    for length in (0..whole.len()).step_by(97) {
        fs::write(&path, &whole[..length]).unwrap();
        let error = read_tables(dir.path()).unwrap_err().to_string();
        assert!(error.contains("bursts.parquet"), "{error}");
        assert!(!error.chars().any(char::is_control), "{error:?}");
    }
    for at in (0..whole.len()).step_by(53) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x5a;
        fs::write(&path, &damaged).unwrap();
        if let Err(error) = read_tables(dir.path()) {
            assert!(!error.hint().is_empty());
        }
    }
    fs::write(&path, b"instrument,side\nXTKS:9901,buy\n").unwrap();
    assert!(matches!(read_tables(dir.path()), Err(ReportError::Table { .. })));
}

#[test]
fn a_manifest_is_ours_or_refused() {
    let (dir, _) = written();
    let path = dir.path().join("manifest.json");
    let refused = |text: &str| {
        fs::write(&path, text).unwrap();
        read_manifest(dir.path()).unwrap_err().to_string()
    };
    assert!(read_manifest(dir.path()).unwrap_err().to_string().contains("it has no manifest.json"));
    assert!(refused("{").contains("manifest.json"));
    assert!(refused(&format!("{{\"configuration\": {}", "[".repeat(100_000))).contains("recursion"));
    let mut manifest = common::manifest();
    fs::write(&path, serde_json::to_vec(&manifest).unwrap()).unwrap();
    let loaded = load(dir.path()).unwrap();
    assert_eq!((loaded.results, loaded.manifest.accounts), (results(), 1_024));
    manifest.format = "other".into();
    assert!(
        refused(&serde_json::to_string(&manifest).unwrap())
            .ends_with("its format is other instead of itoguchi-result")
    );
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        Just(String::new()),
        Just(common::HOSTILE.to_owned()),
        Just("口座\u{0}\u{feff}".repeat(300)),
        Just("x".repeat(10_000)),
    ]
}

fn bits() -> impl Strategy<Value = Millibits> {
    (-1_000_000_000_000_i64..1_000_000_000_000).prop_map(Millibits)
}

fn yen() -> impl Strategy<Value = Option<i64>> {
    proptest::option::of(-(1_i64 << 53)..(1_i64 << 53))
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(text(), 0..4)
}

fn account() -> impl Strategy<Value = AccountName> {
    (text(), text()).prop_map(|(broker, account_id)| AccountName { broker, account_id })
}

fn instant() -> impl Strategy<Value = Instant> {
    any::<i64>().prop_map(Instant)
}

fn family() -> impl Strategy<Value = Family> {
    proptest::sample::select(Family::ALL.to_vec())
}

fn kind() -> impl Strategy<Value = Kind> {
    proptest::sample::select(Kind::ALL.to_vec())
}

fn role() -> impl Strategy<Value = Role> {
    proptest::sample::select(vec![Role::Victim, Role::Seller, Role::Linked])
}

prop_compose! {
    fn statement()(en in text(), ja in text()) -> Statement {
        Statement { en, ja }
    }
}

prop_compose! {
    fn ring()(
        ids in (text(), bits(), 0.0..1.0_f64, instant(), instant()),
        lists in (texts(), texts(), proptest::collection::vec(family(), 0..4), proptest::collection::vec(statement(), 0..4)),
        counts in any::<[u32; 3]>(),
        amounts in [yen(), yen(), yen(), yen(), yen()],
        weakest_point in statement(),
    ) -> RingRow {
        RingRow {
            ring_id: ids.0, score: ids.1, likelihood: ids.2, window: (ids.3, ids.4),
            brokers: lists.0, instruments: lists.1, families: lists.2, innocent_explanations: lists.3,
            victims: counts[0], sellers: counts[1], linked: counts[2],
            forced_sales_jpy: amounts[0], fraudulent_buys_jpy: amounts[1], estimated_loss_jpy: amounts[2],
            seller_proceeds_jpy: amounts[3], seller_profit_jpy: amounts[4], weakest_point,
        }
    }
}

prop_compose! {
    fn piece()(
        ids in (proptest::option::of(text()), kind(), bits(), text(), text()),
        times in (instant(), instant()),
        sources in proptest::collection::vec((text(), proptest::collection::vec(any::<u64>(), 0..5)), 0..4),
        statements in (text(), text()),
    ) -> EvidenceRow {
        EvidenceRow {
            evidence_id: String::new(), ring_id: ids.0, kind: ids.1, bits: ids.2, subject: ids.3, object: ids.4,
            start: times.0, end: times.1, sources, statement_en: statements.0, statement_ja: statements.1,
        }
    }
}

prop_compose! {
    fn others()(
        members in proptest::collection::vec((text(), account(), role(), bits(), instant()), 0..4),
        links in proptest::collection::vec((proptest::option::of(text()), account(), account(), kind(), bits(), proptest::option::of(0.0..1.0_f64)), 0..4),
        episodes in proptest::collection::vec((account(), instant(), bits(), texts(), yen(), yen()), 0..4),
        accounts in proptest::collection::vec((account(), any::<u32>(), proptest::option::of(text()), proptest::option::of(role()), proptest::option::of(bits()), texts()), 0..4),
    ) -> Results {
        Results {
            ring_members: members.into_iter().map(|(ring_id, account, role, bits, at)| MemberRow {
                ring_id, account, role, bits, confidence: 0.25, first_seen: at, last_seen: at,
            }).collect(),
            links: links.into_iter().map(|(ring_id, a, b, kind, bits, q_value)| LinkRow {
                ring_id, a, b, kind, bits, occasions: 1, acts: u32::MAX, q_value,
            }).collect(),
            episodes: episodes.into_iter().map(|(account, at, bits, signals, sold_jpy, bought_jpy)| EpisodeRow {
                account, start: at, end: at, bits, signals: signals.clone(), sold_jpy, bought_jpy, instruments: signals,
            }).collect(),
            accounts: accounts.into_iter().map(|(account, degree, ring_id, role, bits, reported)| AccountRow {
                account, degree, community: degree, ring_id, role, bits, reported,
            }).collect(),
            ..Results::default()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_rows_are_read_back(
        rings in proptest::collection::vec(ring(), 0..4),
        evidence in proptest::collection::vec(piece(), 0..6),
        others in others(),
    ) {
        // Ids of evidence are unique, as the writer asks for.
        let numbered = evidence.into_iter().enumerate();
        let evidence = numbered.map(|(n, e)| EvidenceRow { evidence_id: format!("E-{n}"), ..e }).collect();
        let results = Results { rings, evidence, ..others };
        prop_assert_eq!(round_trip(&results), results);
    }

    #[test]
    fn any_result_can_be_shown(rings in proptest::collection::vec(ring(), 0..3), others in others()) {
        let loaded = itoguchi_report::Loaded { manifest: common::manifest(), results: Results { rings, ..others } };
        for width in [0, 60, 100] {
            let options = itoguchi_report::TextOptions { width, color: false, lang: itoguchi_report::Lang::En };
            let text = itoguchi_report::rings_table(&loaded, &options);
            prop_assert!(text.lines().all(|l| itoguchi_report::layout::width(l) <= width.max(40)), "{}", text);
        }
        let text = itoguchi_report::report_text(&loaded, &itoguchi_report::ReportOptions::default()).unwrap();
        prop_assert!(text.lines().all(|l| itoguchi_report::layout::width(l) <= 80), "{}", text);
        prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
        for a in &loaded.results.accounts {
            let target = itoguchi_report::Target::Account(a.account.broker.clone(), a.account.account_id.clone());
            prop_assert!(itoguchi_report::explain(&loaded, &target).is_ok());
        }
    }
}
