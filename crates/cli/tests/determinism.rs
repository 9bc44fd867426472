//! The same acts give the same result, however they are stored, ordered and computed.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use common::{TABLES, Table, copy, folder, listing, result, run, shared_place, tables, world};
use parquet::arrow::{ArrowWriter, arrow_reader::ParquetRecordBatchReaderBuilder};
use tempfile::TempDir;

const WORLD: &str = "golden-2025-03-17";
/// Tables of a case whose rows have a broker.
const OF_BROKERS: [&str; 4] = ["logins", "executions", "accounts", "holdings"];

/// The world with eight rows that cannot be read, so that the rejects have something to compare.
fn case() -> &'static Path {
    static CASE: OnceLock<PathBuf> = OnceLock::new();
    CASE.get_or_init(|| {
        let place = shared_place(&format!("case-{}", std::process::id()));
        copy(&world(WORLD, "csv"), &place);
        for (name, column, value) in [("executions", "price", "-1"), ("logins", "time", "yesterday")] {
            let path = place.join(format!("{name}.csv"));
            let mut table = Table::csv(&path);
            // Appended, so that no act of the world is lost.
            let at = table.at(column);
            for row in [11, 222, 333, 444] {
                let mut bad = table.rows[row].clone();
                bad[at] = value.to_owned();
                table.rows.push(bad);
            }
            table.write_csv(&path);
        }
        place
    })
}

/// The result of the case as it is.
fn plain() -> &'static Path {
    static OUT: OnceLock<PathBuf> = OnceLock::new();
    OUT.get_or_init(|| {
        let out = case().with_extension("out");
        correlate(case().parent().unwrap(), &[case()], &out, &["--threads", "2"]);
        assert_eq!(result(&out, "rings").rows.len(), 1);
        assert_eq!(result(&out, "rejects").rows.len(), 8);
        out
    })
}

fn correlate(from: &Path, cases: &[&Path], out: &Path, flags: &[&str]) {
    let mut arguments = vec!["correlate", "--out", out.to_str().unwrap()];
    arguments.extend(cases.iter().map(|c| c.to_str().unwrap()));
    arguments.extend(flags);
    run(from, &arguments).ok();
}

/// Where a row of a rearranged file stood: file name and row number.
type Origin = BTreeMap<(String, u64), (String, u64)>;

fn name_of(path: &str, below: &str) -> String {
    path.split_once(below).unwrap_or_else(|| panic!("{path} is not below {below}")).1.to_owned()
}

/// A piece of evidence: its other columns, and its files with their rows.
type Said = (Vec<String>, BTreeSet<(String, u64)>);

/// What evidence says, and the rows it rests on, whatever files they stood in.
fn evidence(out: &Path, below: &str, origin: &Origin) -> Vec<Said> {
    let table = result(out, "evidence");
    let (id, file, rows) = (table.at("evidence_id"), table.at("source_file"), table.at("source_rows"));
    let mut found: Vec<Said> = Vec::new();
    assert!(table.rows.len() > 20, "too little evidence to compare");
    for row in &table.rows {
        let mut said = row.clone();
        said.remove(rows);
        said.remove(file);
        // The bits stand on the first row of an evidence_id; the others only name more files.
        if found.last().is_none_or(|(before, _)| before[id] != row[id]) {
            found.push((said, BTreeSet::new()));
        }
        let numbers = row[rows].trim_matches(['[', ']']).split(", ").filter(|n| !n.is_empty());
        for number in numbers {
            let place = (name_of(&row[file], below), number.parse().unwrap());
            let place = origin.get(&place).cloned().unwrap_or(place);
            assert!(found.last_mut().unwrap().1.insert(place), "a row stands twice in {}", row[id]);
        }
    }
    assert!(found.iter().any(|(_, rows)| rows.len() > 1));
    found
}

/// The rows of a table each of which names one input row, with where that row stands in the plain case.
fn placed(out: &Path, name: &str, row: &str, below: &str, origin: &Origin) -> BTreeSet<Vec<String>> {
    let table = result(out, name);
    let (file, row) = (table.at("source_file"), table.at(row));
    let mapped = table.rows.iter().map(|r| {
        let place = (name_of(&r[file], below), r[row].parse().unwrap());
        let place = origin.get(&place).cloned().unwrap_or(place);
        let mut r = r.clone();
        (r[file], r[row]) = (place.0, place.1.to_string());
        r
    });
    mapped.collect()
}

/// Tables each row of which names one input row, and in which column.
const PLACED: [(&str, &str); 4] = [
    ("candidates", "source_row"),
    ("rejects", "row"),
    ("ring_acts", "source_row"),
    ("ring_days", "source_row"),
];

/// Whether a table says which input rows it rests on.
fn names_rows(table: &str) -> bool {
    table == "evidence" || PLACED.iter().any(|(name, _)| *name == table)
}

/// Asserts that `out` is the plain result but for where its rows stood.
fn same_but_for_sources(out: &Path, below: &str, origin: &Origin) {
    let home = format!("{}/", case().to_str().unwrap());
    let (expected, found) = (tables(plain()), tables(out));
    for name in TABLES.iter().filter(|t| !names_rows(t)) {
        assert!(expected[name] == found[name], "{name} differs: {:#?}", result(out, name).rows.first());
    }
    let none = Origin::new();
    assert_eq!(evidence(plain(), &home, &none), evidence(out, below, origin));
    for (name, row) in PLACED {
        assert_eq!(placed(plain(), name, row, &home, &none), placed(out, name, row, below, origin));
    }
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let place = folder();
    for threads in ["1", "2", "3"] {
        let out = place.path().join(threads);
        correlate(place.path(), &[case()], &out, &["--threads", threads]);
        assert!(tables(&out) == tables(plain()), "{threads} threads");
        let manifest = common::manifest(&out);
        assert_eq!(manifest.run.threads.to_string(), threads);
        assert_eq!(manifest.outputs, common::manifest(plain()).outputs);
    }
}

/// Numbers 0 to n in an order that looks like none, the same on every run.
fn permutation(n: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    let mut state = seed | 1;
    for i in (1..n).rev() {
        // xorshift64
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        order.swap(i, (state % (i as u64 + 1)) as usize);
    }
    order
}

#[test]
fn the_order_of_rows_changes_nothing() {
    for seed in [0x5eed, 0xfeed_f00d] {
        let place = folder();
        let mut origin = Origin::new();
        for file in listing(case()).into_iter().filter(|f| f.ends_with(".csv")) {
            let mut table = Table::csv(&case().join(&file));
            let order = permutation(table.rows.len(), seed);
            table.rows = order.iter().map(|&i| table.rows[i].clone()).collect();
            for (new, &old) in order.iter().enumerate() {
                origin.insert((file.clone(), new as u64 + 1), (file.clone(), old as u64 + 1));
            }
            table.write_csv(&place.path().join("case").join(&file));
        }
        assert!(origin.len() > 10_000);
        correlate(place.path(), &[Path::new("case")], &place.path().join("out"), &[]);
        same_but_for_sources(&place.path().join("out"), "case/", &origin);
    }
}

/// The bytes of the tables that `--tables all` adds and that name no row of the input.
fn wide(out: &Path) -> [Vec<u8>; 3] {
    ["all_links", "occasions", "account_features"]
        .map(|t| fs::read(out.join(format!("tables/{t}.parquet"))).unwrap())
}

/// What was done, without where it stands in the input.
fn actions(out: &Path) -> Vec<Vec<String>> {
    let table = result(out, "actions");
    let columns = ["broker", "account_id", "time", "kind", "object", "occasion_start"].map(|c| table.at(c));
    table.rows.iter().map(|row| columns.iter().map(|c| row[*c].clone()).collect()).collect()
}

#[test]
fn wide_tables_are_the_same_for_any_threads_and_order_and_change_no_other() {
    let place = folder();
    for file in listing(case()).into_iter().filter(|f| f.ends_with(".csv")) {
        let mut table = Table::csv(&case().join(&file));
        table.rows = permutation(table.rows.len(), 0x5eed).iter().map(|&i| table.rows[i].clone()).collect();
        table.write_csv(&place.path().join("turned").join(&file));
    }
    let out = |name: &str| place.path().join(name);
    for (name, from, threads) in
        [("one", case(), "1"), ("three", case(), "3"), ("other", Path::new("turned"), "2")]
    {
        correlate(place.path(), &[from], &out(name), &["--tables", "all", "--threads", threads]);
        assert!(wide(&out(name)) == wide(&out("one")), "{name}");
        assert!(actions(&out(name)) == actions(&out("one")), "{name}");
    }
    assert!(tables(&out("one")) == tables(plain()));
    assert_eq!(result(&out("one"), "account_features").rows.len(), result(plain(), "accounts").rows.len());
    actions_are_the_rows_that_were_read(&out("one"));
    all_links_hold_the_links(&out("one"));
    run(place.path(), &["verify", "one", "--recompute"]).ok();
}

/// Every fill and every successful login is there, under the row it came from, and none else.
fn actions_are_the_rows_that_were_read(out: &Path) {
    let (table, case_of) =
        (result(out, "actions"), |name: &str| Table::csv(&case().join(format!("{name}.csv"))));
    let (kind, file, row) = (table.at("kind"), table.at("source_file"), table.at("source_row"));
    let named = |kinds: [&str; 2]| -> BTreeSet<(String, usize)> {
        let rows = table.rows.iter().filter(|r| kinds.contains(&r[kind].as_str()));
        rows.map(|r| (r[file].rsplit('/').next().unwrap().to_owned(), r[row].parse().unwrap())).collect()
    };
    let rejected = result(out, "rejects").rows.len();
    let fills = case_of("executions");
    assert_eq!(named(["buy", "sell"]).len(), fills.rows.len() - rejected / 2);
    let (side, at) = (fills.at("side"), named(["buy", "buy"]));
    assert!(at.iter().all(|(name, row)| name == "executions.csv" && fills.rows[row - 1][side] == "buy"));
    let logins = case_of("logins");
    let (event, outcome) = (logins.at("event_type"), logins.at("outcome"));
    let entered = logins.rows[..logins.rows.len() - rejected / 2]
        .iter()
        .filter(|r| r[event] == "login" && r[outcome] == "success")
        .count();
    let from_logins = named(["ip", "device"]);
    assert!(from_logins.len() >= entered, "{} of {entered}", from_logins.len());
    assert!(from_logins.iter().all(|(name, row)| name == "logins.csv" && *row <= logins.rows.len()));
}

/// `links` with weaker ones: each of its rows once, and no weak one inside a ring that it does not know.
fn all_links_hold_the_links(out: &Path) {
    let rows = |name: &str| result(out, name).rows.into_iter().collect::<BTreeSet<_>>();
    let (links, all) = (rows("links"), rows("all_links"));
    assert!(links.is_subset(&all), "{:?}", links.difference(&all).next());
    assert!(all.len() > links.len(), "{} and {}", all.len(), links.len());
    let table = result(out, "all_links");
    let (ring, bits) = (table.at("ring_id"), table.at("bits"));
    assert!(table.rows.iter().all(|r| !r[ring].is_empty() || r[bits].parse::<f64>().unwrap() >= 3.0));
}

/// Writes rows `from..` of the same world's Parquet form.
fn parquet_tail(target: &Path, from: usize, upto: usize) {
    let file = File::open(world(WORLD, "parquet").join("executions.parquet")).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let schema = builder.schema().clone();
    let mut writer = ArrowWriter::try_new(File::create(target).unwrap(), schema, None).unwrap();
    let mut start = 0;
    for batch in builder.build().unwrap() {
        let batch = batch.unwrap();
        let (a, b) = (from.max(start), upto.min(start + batch.num_rows()));
        if a < b {
            writer.write(&batch.slice(a - start, b - a)).unwrap();
        }
        start += batch.num_rows();
    }
    assert!(upto <= start);
    writer.close().unwrap();
}

#[test]
fn a_table_in_parts_and_other_forms_is_the_same_table() {
    let place = folder();
    let split: TempDir = folder();
    let (case_2, parts) = (place.path().join("case"), place.path().join("case/executions"));
    copy(case(), &case_2);
    fs::remove_file(case_2.join("executions.csv")).unwrap();
    fs::create_dir(&parts).unwrap();
    let whole = Table::csv(&case().join("executions.csv"));
    let n = whole.rows.len();
    let piece = |from: usize, upto: usize| {
        Table { columns: whole.columns.clone(), rows: whole.rows[from..upto].to_vec() }.to_csv()
    };
    // The last four rows are the unreadable ones, which Parquet's types could not hold.
    let cuts = [0, 900, 1_500, n - 1_004, n - 4, n];
    fs::write(parts.join("part-1.csv"), piece(cuts[0], cuts[1])).unwrap();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(&piece(cuts[1], cuts[2])).unwrap();
    fs::write(parts.join("part-2.csv.gz"), gz.finish().unwrap()).unwrap();
    let zst = zstd::encode_all(piece(cuts[2], cuts[3]).as_slice(), 3).unwrap();
    fs::write(parts.join("part-3.csv.zst"), zst).unwrap();
    parquet_tail(&parts.join("part-4.parquet"), cuts[3], cuts[4]);
    fs::write(parts.join("part-5.csv"), piece(cuts[4], cuts[5])).unwrap();
    let names = ["part-1.csv", "part-2.csv.gz", "part-3.csv.zst", "part-4.parquet", "part-5.csv"];
    let mut origin = Origin::new();
    for (part, name) in names.iter().enumerate() {
        for row in cuts[part]..cuts[part + 1] {
            let here = (format!("executions/{name}"), (row - cuts[part]) as u64 + 1);
            origin.insert(here, ("executions.csv".to_owned(), row as u64 + 1));
        }
    }
    assert_eq!(origin.len(), n);
    let out = split.path().join("out");
    // A part of which all rows are bad is a bad file; here it is meant.
    correlate(place.path(), &[Path::new("case")], &out, &["--set", "ingest.max_reject_share=1"]);
    same_but_for_sources(&out, "case/", &origin);
}

#[test]
fn parquet_and_csv_of_one_world_give_the_same_tables() {
    let place = folder();
    for form in ["csv", "parquet"] {
        copy(&world(WORLD, form), &place.path().join(form).join("case"));
        let out = place.path().join(form).join("out");
        correlate(&place.path().join(form), &[Path::new("case")], &out, &[]);
        assert_eq!(result(&out, "rings").rows.len(), 1);
    }
    let (csv, parquet) = (tables(&place.path().join("csv/out")), tables(&place.path().join("parquet/out")));
    for name in TABLES.iter().filter(|t| !names_rows(t) || **t == "rejects") {
        assert!(csv[name] == parquet[name], "{name} differs");
    }
    let said = |form: &str| {
        let table = result(&place.path().join(form).join("out"), "evidence");
        let names = ["evidence_id", "bits", "subject", "source_rows", "statement_en", "statement_ja"];
        table.select(names)
    };
    let fell_short = |form: &str| {
        let table = result(&place.path().join(form).join("out"), "candidates");
        table.select(["broker", "account_id", "kind", "object", "bits", "missing", "source_row"])
    };
    assert_eq!(fell_short("csv"), fell_short("parquet"));
    assert_eq!(said("csv"), said("parquet"));
}

/// Splits the case by broker into folders below `place`; `common` says which of them get the tables without brokers.
fn split_by_broker(place: &Path, with_market: &dyn Fn(usize) -> bool) -> (Vec<PathBuf>, Origin) {
    let brokers = ["NOMURA", "RAKUTEN", "SBI"];
    let mut origin = Origin::new();
    for (i, broker) in brokers.iter().enumerate() {
        let home = place.join(broker);
        fs::create_dir(&home).unwrap();
        for file in listing(case()).into_iter().filter(|f| f.ends_with(".csv")) {
            let table = Table::csv(&case().join(&file));
            if !OF_BROKERS.contains(&file.trim_end_matches(".csv")) {
                if with_market(i) {
                    table.write_csv(&home.join(&file));
                    for row in 1..=table.rows.len() as u64 {
                        origin.insert((format!("{broker}/{file}"), row), (file.clone(), row));
                    }
                }
                continue;
            }
            let at = table.at("broker");
            let mut part = Table { columns: table.columns.clone(), rows: Vec::new() };
            for (row, cells) in table.rows.iter().enumerate().filter(|(_, cells)| cells[at] == *broker) {
                part.rows.push(cells.clone());
                let here = (format!("{broker}/{file}"), part.rows.len() as u64);
                origin.insert(here, (file.clone(), row as u64 + 1));
            }
            assert!(!part.rows.is_empty());
            part.write_csv(&home.join(&file));
        }
    }
    (brokers.iter().map(PathBuf::from).collect(), origin)
}

#[test]
fn pooled_cases_of_three_brokers_are_the_one_case() {
    let place = folder();
    let (cases, origin) = split_by_broker(place.path(), &|i| i == 0);
    for (out, order) in [("out", [0, 1, 2]), ("turned", [2, 0, 1])] {
        let cases: Vec<&Path> = order.iter().map(|&i: &usize| cases[i].as_path()).collect();
        let out = place.path().join(out);
        correlate(place.path(), &cases, &out, &["--set", "ingest.max_reject_share=1"]);
        same_but_for_sources(&out, "", &origin);
    }
}

#[test]
fn bars_that_every_broker_brings_along_count_once() {
    let place = folder();
    let (cases, _) = split_by_broker(place.path(), &|_| true);
    let cases: Vec<&Path> = cases.iter().map(PathBuf::as_path).collect();
    let out = place.path().join("out");
    correlate(place.path(), &cases, &out, &["--set", "ingest.max_reject_share=1"]);
    for name in ["rings", "ring_members", "ring_instruments", "bursts", "episodes", "links"] {
        assert_eq!(result(&out, name), result(plain(), name), "{name}");
    }
}

#[test]
fn which_of_two_repeated_or_corrected_fills_counts_does_not_depend_on_their_order() {
    let place = folder();
    for turned in [false, true] {
        let home = place.path().join(format!("{turned}"));
        copy(&world(WORLD, "csv"), &home.join("case"));
        let path = home.join("case/executions.csv");
        let mut table = Table::csv(&path);
        let (price, status) = (table.at("price"), table.at("status"));
        for row in 0..300 {
            let mut again = table.rows[row * 10].clone();
            match row % 4 {
                0 => {}
                1 => again[price] = (again[price].parse::<f64>().unwrap() + 1.0).to_string(),
                2 => again[status] = "cancelled".to_owned(),
                _ => {
                    again[price] = (again[price].parse::<f64>().unwrap() + 2.0).to_string();
                    again[status] = "corrected".to_owned();
                }
            }
            table.rows.push(again);
        }
        if turned {
            table.rows.reverse();
        }
        table.write_csv(&path);
        correlate(&home, &[Path::new("case")], &home.join("out"), &[]);
    }
    let out = |turned: bool| place.path().join(format!("{turned}/out"));
    let superseded = common::manifest(&out(false)).superseded;
    assert!(
        superseded.repeated > 0 && superseded.corrected > 0 && superseded.cancelled > 0,
        "{superseded:?}"
    );
    assert_eq!(superseded, common::manifest(&out(true)).superseded);
    let (one, other) = (tables(&out(false)), tables(&out(true)));
    for name in TABLES.iter().filter(|t| !["evidence", "ring_acts"].contains(t)) {
        assert!(one[name] == other[name], "{name} differs");
    }
    let said = |turned| result(&out(turned), "evidence").select(["evidence_id", "bits", "statement_en"]);
    assert_eq!(said(false), said(true));
}
