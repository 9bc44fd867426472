//! Plain tables of actions: whatever the columns' types, the file's form and the number of threads, what a reader that
//! takes row after row as text would say.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow::{
    array::{
        ArrayRef, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray, TimestampNanosecondArray,
        TimestampSecondArray, UInt64Array,
    },
    compute::cast,
    datatypes::DataType,
};
use common::{gz, parquet, zst};
use itoguchi_ingest::{
    ActionColumns, ActionScan, ActionTable, Actions, IngestError, read_actions, scan_actions,
};
use itoguchi_model::Instant;
use proptest::{collection::vec, prelude::*, sample::select};
use tempfile::TempDir;

const NONE: u32 = u32::MAX;

/// One column: its name, its cells in an array, their texts.
#[derive(Clone, Debug)]
struct Column {
    name: &'static str,
    kind: DataType,
    /// What the array holds, before it is cast to `kind`.
    raw: ArrayRef,
    texts: Vec<String>,
}

impl Column {
    fn array(&self) -> ArrayRef {
        cast(&self.raw, &self.kind).unwrap()
    }
}

/// A table and the time of each row, where it has one.
#[derive(Clone, Debug)]
struct Table {
    columns: Vec<Column>,
    times: Vec<Option<i64>>,
}

impl Table {
    fn parquet(&self, dir: &Path, group_rows: usize) -> PathBuf {
        let path = dir.join(format!("acts{group_rows}.parquet"));
        let columns = self.columns.iter().map(|column| (column.name, column.array())).collect();
        fs::write(&path, parquet(columns, group_rows)).unwrap();
        path
    }

    fn csv(&self, dir: &Path) -> PathBuf {
        let path = dir.join("acts.csv");
        let mut writer = csv::Writer::from_path(&path).unwrap();
        writer.write_record(self.columns.iter().map(|column| column.name)).unwrap();
        for row in 0..self.times.len() {
            writer.write_record(self.columns.iter().map(|column| &column.texts[row])).unwrap();
        }
        writer.flush().unwrap();
        path
    }

    fn reversed(&self) -> Self {
        let rows: Vec<usize> = (0..self.times.len()).rev().collect();
        let indices = UInt64Array::from_iter_values(rows.iter().map(|row| *row as u64));
        let columns = self.columns.iter().map(|column| Column {
            raw: arrow::compute::take(&column.raw, &indices, None).unwrap(),
            texts: rows.iter().map(|row| column.texts[*row].clone()).collect(),
            ..column.clone()
        });
        Self { columns: columns.collect(), times: rows.iter().map(|row| self.times[*row]).collect() }
    }

    fn text(&self, name: &str, row: usize) -> &str {
        &self.columns.iter().find(|column| column.name == name).unwrap().texts[row]
    }
}

/// (actor, object, time, content, side) of a row as text.
type Act = (String, String, i64, Option<String>, Option<String>);

/// The same as ids.
type Ranks = (u32, u32, i64, Option<u32>, Option<u32>);

#[derive(Debug, Default, PartialEq)]
struct Answer {
    actors: Vec<String>,
    things: Vec<String>,
    sides: Vec<String>,
    rows: Vec<Ranks>,
    /// Row, column, reason.
    rejects: Vec<(u64, String, &'static str)>,
    read: u64,
    left_out: u64,
}

/// Row after row, everything as text, ranks out of sorted maps.
fn slow(table: &Table, columns: &ActionColumns) -> Answer {
    let mut answer = Answer { read: table.times.len() as u64, ..Answer::default() };
    let mut acts: Vec<Act> = Vec::new();
    for row in 0..table.times.len() {
        if columns.keep.iter().any(|(name, wanted)| table.text(name, row) != wanted) {
            answer.left_out += 1;
            continue;
        }
        match act(table, columns, row) {
            Ok(act) => acts.push(act),
            Err((column, reason)) => answer.rejects.push((row as u64 + 1, column.to_owned(), reason)),
        }
    }
    let ranks = |texts: BTreeSet<String>| -> BTreeMap<String, u32> { texts.into_iter().zip(0..).collect() };
    let actors = ranks(acts.iter().map(|act| act.0.clone()).collect());
    let things = ranks(acts.iter().flat_map(|act| [Some(act.1.clone()), act.3.clone()]).flatten().collect());
    let sides = ranks(acts.iter().filter_map(|act| act.4.clone()).collect());
    for (actor, object, time, content, side) in &acts {
        let content = content.as_ref().map(|content| things[content]);
        let side = side.as_ref().map(|side| sides[side]);
        answer.rows.push((actors[actor], things[object], *time, content, side));
    }
    answer.actors = actors.into_keys().collect();
    answer.things = things.into_keys().collect();
    answer.sides = sides.into_keys().collect();
    answer
}

fn act<'a>(table: &Table, columns: &'a ActionColumns, row: usize) -> Result<Act, (&'a str, &'static str)> {
    let actor = table.text(&columns.actor, row);
    if actor.is_empty() {
        return Err((&columns.actor, "no actor"));
    }
    let mut parts = Vec::new();
    for name in &columns.object {
        let part = table.text(name, row);
        if part.is_empty() {
            return Err((name, "no object"));
        }
        if columns.object.len() > 1 && part.contains('\u{1f}') {
            return Err((name, "holds U+001F, which joins the columns of an object"));
        }
        parts.push(part);
    }
    let time = table.times[row]
        .ok_or((columns.time.as_str(), "expected epoch seconds or RFC 3339 with an offset"))?;
    let side = columns.side.as_ref().map(|name| (name, table.text(name, row).to_owned()));
    if let Some((name, text)) = &side
        && text.is_empty()
    {
        return Err((name, "no side"));
    }
    let content = columns.content.as_ref().map(|name| table.text(name, row).to_owned());
    let content = content.filter(|text| !text.is_empty());
    Ok((actor.to_owned(), parts.join("\u{1f}"), time, content, side.map(|s| s.1)))
}

fn read(path: &Path, columns: &ActionColumns, threads: usize) -> Actions {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| read_actions(path, columns)).unwrap_or_else(|error| panic!("{error}"))
}

/// The same by way of a scan, put together from batches of at most `rows`.
fn read_twice(path: &Path, columns: &ActionColumns, threads: usize, rows: usize) -> Actions {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| -> Result<Actions, IngestError> {
        let scan = scan_actions(path, columns)?;
        let mut all = ActionTable::default();
        scan.for_each_batch(rows, |batch| {
            assert!((1..=rows).contains(&batch.len()));
            append(&mut all, &batch);
            Ok::<_, IngestError>(())
        })?;
        assert_eq!(scan.rows(), all.len() as u64);
        let ActionScan { actors, things, sides, rejects, read, left_out, .. } = scan;
        Ok(Actions { actors, things, sides, columns: all, rejects, read, left_out })
    })
    .unwrap_or_else(|error| panic!("{error}"))
}

fn append(all: &mut ActionTable, batch: &ActionTable) {
    all.actor.extend(&batch.actor);
    all.object.extend(&batch.object);
    all.time.extend(&batch.time);
    all.content.extend(&batch.content);
    all.side.extend(&batch.side);
}

fn answer(actions: &Actions, asked: &ActionColumns) -> Answer {
    let table = &actions.columns;
    let len = table.len();
    let asked_for = |column: &Option<String>| if column.is_some() { len } else { 0 };
    assert_eq!((table.actor.len(), table.object.len()), (len, len));
    assert_eq!(table.content.len(), asked_for(&asked.content));
    assert_eq!(table.side.len(), asked_for(&asked.side));
    let rows = (0..len).map(|row| {
        let content = table.content.get(row).copied().filter(|id| *id != NONE);
        (table.actor[row], table.object[row], table.time[row], content, table.side.get(row).copied())
    });
    let texts = |names: &itoguchi_ingest::Names| names.iter().map(str::to_owned).collect();
    Answer {
        actors: texts(&actions.actors),
        things: texts(&actions.things),
        sides: texts(&actions.sides),
        rows: rows.collect(),
        rejects: actions.rejects.iter().map(|r| (r.row, r.column.clone(), r.reason)).collect(),
        read: actions.read,
        left_out: actions.left_out,
    }
}

fn texts_column(name: &'static str, kind: DataType, cells: Vec<Option<&str>>) -> Column {
    let texts = cells.iter().map(|cell| cell.unwrap_or_default().to_owned()).collect();
    Column { name, kind, raw: Arc::new(StringArray::from(cells)), texts }
}

/// Whole numbers, wrapped into the range of the type.
fn whole_column(name: &'static str, kind: DataType, cells: &[Option<i64>]) -> Column {
    let wrap = |v: i64| match kind {
        DataType::Int8 => i64::from(v as i8),
        DataType::UInt8 => i64::from(v as u8),
        DataType::Int16 => i64::from(v as i16),
        DataType::UInt16 => i64::from(v as u16),
        DataType::Int32 => i64::from(v as i32),
        DataType::UInt32 => i64::from(v as u32),
        _ => v,
    };
    let text = |v: i64| if kind == DataType::UInt64 { (v as u64).to_string() } else { wrap(v).to_string() };
    let texts = cells.iter().map(|cell| cell.map_or(String::new(), text)).collect();
    let raw: ArrayRef = if kind == DataType::UInt64 {
        Arc::new(cells.iter().map(|cell| cell.map(|v| v as u64)).collect::<UInt64Array>())
    } else {
        Arc::new(cells.iter().map(|cell| cell.map(wrap)).collect::<Int64Array>())
    };
    Column { name, kind, raw, texts }
}

const TEXTS: [&str; 13] = [
    "",
    "10",
    "9",
    "-3",
    "a",
    "ab",
    "a\u{1f}b",
    "a\u{1f}",
    "b",
    "\u{1f}b",
    "糸口",
    "long enough for a buffer 1",
    "long enough for a buffer 2",
];

fn text_kind() -> impl Strategy<Value = DataType> {
    let dictionary = |keys: DataType, values| DataType::Dictionary(Box::new(keys), Box::new(values));
    select(vec![
        DataType::Utf8,
        DataType::LargeUtf8,
        DataType::Utf8View,
        dictionary(DataType::Int32, DataType::Utf8),
        dictionary(DataType::UInt8, DataType::LargeUtf8),
    ])
}

fn whole_kind() -> impl Strategy<Value = DataType> {
    use DataType::{Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64};
    select(vec![Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64])
}

fn cell<T: Clone + std::fmt::Debug>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    prop_oneof![9 => value.prop_map(Some), 1 => Just(None)]
}

fn names(name: &'static str, rows: usize) -> impl Strategy<Value = Column> {
    let texts = (text_kind(), vec(cell(select(&TEXTS[..])), rows))
        .prop_map(move |(kind, cells)| texts_column(name, kind, cells));
    let near = (whole_kind(), vec(cell(-12..120_i64), rows));
    let far = (whole_kind(), vec(cell(any::<i64>()), rows));
    let edges = select(vec![i64::MIN, i64::MIN + 1, -1, 0, 1, 9, 10, i64::MAX]);
    let edges = (whole_kind(), vec(cell(edges), rows));
    let wholes =
        prop_oneof![near, far, edges].prop_map(move |(kind, cells)| whole_column(name, kind, &cells));
    prop_oneof![texts, wholes]
}

/// A column of times, and what they are in microseconds.
fn times(rows: usize) -> impl Strategy<Value = (Column, Vec<Option<i64>>)> {
    let fit = |seconds: i128| i64::try_from(seconds * 1_000_000).ok();
    let limit = i64::MAX / 1_000_000;
    let edges = [0, -1, 1, 1_742_342_400, limit, limit + 1, -limit, -limit - 1, i64::MAX, i64::MIN];
    let wholes = (whole_kind(), vec(cell(prop_oneof![select(edges.to_vec()), -5..5_i64]), rows));
    let wholes = wholes.prop_map(move |(kind, cells)| {
        let column = whole_column("time", kind, &cells);
        let times = column.texts.iter().map(|text| fit(text.parse().ok()?)).collect();
        (column, times)
    });
    let written = [
        ("1", Some(1_000_000)),
        (" -0.25 ", Some(-250_000)),
        ("1970-01-01T09:00:02+09:00", Some(2_000_000)),
        ("1970-01-01", None),
        ("soon", None),
        ("", None),
        ("9223372036854775807", None),
    ];
    let texts = (text_kind(), vec(select(written.to_vec()), rows)).prop_map(|(kind, cells)| {
        let column = texts_column("time", kind, cells.iter().map(|cell| Some(cell.0)).collect());
        (column, cells.iter().map(|cell| cell.1).collect())
    });
    let floats = vec(cell(select(vec![0.5, -1.25, 1_742_342_400.0, f64::NAN])), rows).prop_map(|cells| {
        let text = |v: f64| if v.fract() == 0.0 { format!("{v:.1}") } else { v.to_string() };
        let column = Column {
            name: "time",
            kind: DataType::Float64,
            raw: Arc::new(Float64Array::from(cells.clone())),
            texts: cells.iter().map(|cell| cell.map_or(String::new(), text)).collect(),
        };
        let micros = |v: f64| (!v.is_nan()).then_some((v * 1e6) as i64);
        (column, cells.iter().map(|cell| cell.and_then(micros)).collect())
    });
    let stamps = (0..3_usize, vec(cell(-3_000..3_000_i64), rows)).prop_map(|(unit, cells)| {
        let (raw, micros): (ArrayRef, fn(i64) -> i64) = match unit {
            0 => (Arc::new(TimestampSecondArray::from(cells.clone()).with_timezone("Asia/Tokyo")), |v| {
                v * 1_000_000
            }),
            1 => (Arc::new(TimestampMicrosecondArray::from(cells.clone()).with_timezone("UTC")), |v| v),
            _ => (Arc::new(TimestampNanosecondArray::from(cells.clone()).with_timezone("+09:00")), |v| {
                v / 1_000
            }),
        };
        let times: Vec<Option<i64>> = cells.iter().map(|cell| cell.map(micros)).collect();
        let text = |time: &Option<i64>| time.map_or(String::new(), |time| Instant(time).to_string());
        let texts = times.iter().map(text).collect();
        (Column { name: "time", kind: raw.data_type().clone(), raw, texts }, times)
    });
    prop_oneof![wholes, texts, floats, stamps]
}

fn table() -> impl Strategy<Value = Table> {
    (0..40_usize).prop_flat_map(|rows| {
        let others = ["actor", "object", "more", "post", "side"].map(|name| names(name, rows));
        (others, times(rows)).prop_map(|(others, (time, times))| {
            let mut columns = others.to_vec();
            columns.insert(2, time);
            Table { columns, times }
        })
    })
}

/// What to ask of a table: the objects, whether contents and sides, and a filter whose text is taken from a row.
type Question = (Vec<&'static str>, bool, bool, Vec<(&'static str, usize)>);

fn question() -> impl Strategy<Value = Question> {
    let objects = select(vec![
        vec!["object"],
        vec!["object", "more"],
        vec!["more", "object", "actor"],
        vec!["object", "object"],
    ]);
    let keep = vec((select(vec!["side", "more", "actor", "time"]), 0..60_usize), 0..=2);
    (objects, any::<bool>(), any::<bool>(), prop_oneof![Just(Vec::new()), keep])
}

fn columns(table: &Table, (object, content, side, keep): Question) -> ActionColumns {
    let stamps = matches!(table.columns[2].kind, DataType::Timestamp(..) | DataType::Float64);
    let keep = keep.into_iter().filter(|(name, _)| !(stamps && *name == "time"));
    let wanted = |name: &str, row: usize| match table.times.len() {
        0 => "07".to_owned(),
        // Now and then a text that is near to one of the table's, and none of them.
        rows if row >= rows => format!("0{}", table.text(name, row % rows)),
        _ => table.text(name, row).to_owned(),
    };
    ActionColumns {
        actor: "actor".to_owned(),
        object: object.into_iter().map(str::to_owned).collect(),
        time: "time".to_owned(),
        content: content.then(|| "post".to_owned()),
        side: side.then(|| "side".to_owned()),
        keep: keep.map(|(name, row)| (name.to_owned(), wanted(name, row))).collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_form_gives_what_the_slow_reader_gives(table in table(), question in question(), group in 1..20_usize) {
        let dir = tempfile::tempdir().unwrap();
        let columns = columns(&table, question);
        let expected = slow(&table, &columns);
        let columnar = read(&table.parquet(dir.path(), group), &columns, 1);
        prop_assert_eq!(&answer(&columnar, &columns), &expected);
        prop_assert_eq!(&read(&table.parquet(dir.path(), group), &columns, 3), &columnar);
        prop_assert_eq!(&read(&table.parquet(dir.path(), 1000), &columns, 3), &columnar);
        prop_assert_eq!(&answer(&read(&table.csv(dir.path()), &columns, 1), &columns), &expected);

        let back = table.reversed();
        let mut reversed = answer(&read(&back.parquet(dir.path(), group), &columns, 3), &columns);
        reversed.rows.reverse();
        prop_assert_eq!(&reversed.rows, &expected.rows);
        prop_assert_eq!((reversed.actors, reversed.things), (expected.actors, expected.things));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn batches_make_up_the_whole_table(table in table(), question in question(), group in 1..20_usize) {
        let dir = tempfile::tempdir().unwrap();
        let columns = columns(&table, question);
        for path in [table.parquet(dir.path(), group), table.parquet(dir.path(), 1000), table.csv(dir.path())] {
            let whole = read(&path, &columns, 2);
            for (threads, rows) in [(1, 1), (3, 1), (1, 7), (3, 7), (1, usize::MAX), (3, usize::MAX)] {
                prop_assert_eq!(&read_twice(&path, &columns, threads, rows), &whole);
            }
        }
    }
}

#[test]
fn names_of_any_kind_may_come_late() {
    let near: Vec<Option<i64>> = (0..60).map(|row| Some(row % 7)).collect();
    let late = |from: usize, far: i64| -> Vec<Option<i64>> {
        (0..60).map(|row| Some(row as i64 % 7 + if row < from { 0 } else { far })).collect()
    };
    let objects = [
        near.clone(),
        late(0, 1 << 40),
        // Lower and higher, near enough for one table and not so.
        late(20, -1000),
        late(20, 1000),
        late(20, 50_000),
        late(20, -(1 << 40)),
        late(40, i64::MAX - 10),
    ];
    let texts = |from: usize| -> Vec<Option<&str>> {
        (0..60).map(|row| (row >= from).then_some(["5", "x", "1099511627777"][row % 3])).collect()
    };
    let posts = [
        whole_column("post", DataType::Int64, &vec![None; 60]),
        whole_column("post", DataType::UInt64, &late(30, -100)),
        texts_column("post", DataType::Utf8, texts(60)),
        texts_column("post", DataType::Utf8, texts(35)),
        texts_column("post", DataType::Utf8, texts(0)),
    ];
    let asked = ActionColumns { content: Some("post".to_owned()), ..acts("object", &["object"], "time") };
    let dir = tempfile::tempdir().unwrap();
    for object in &objects {
        for post in &posts {
            let columns = vec![
                whole_column("object", DataType::Int64, object),
                post.clone(),
                whole_column("time", DataType::Int64, &near),
            ];
            let times = near.iter().map(|time| time.map(|t| t * 1_000_000)).collect();
            let table = Table { columns, times };
            let path = table.parquet(dir.path(), 10);
            let expected = slow(&table, &asked);
            for threads in [1, 2, 7] {
                assert_eq!(answer(&read_twice(&path, &asked, threads, 4), &asked), expected);
            }
        }
    }
}

#[test]
fn a_long_csv_comes_in_pieces() {
    use std::fmt::Write as _;
    const ROWS: usize = 300_000;
    let mut text = "actor,object,time\n".to_owned();
    for (row, name) in numbers(17, ROWS).enumerate() {
        let time = if row % 100_000 == 99_999 { "soon" } else { "3" };
        writeln!(text, "{},{},{time}", name % 1000, row / 1000).unwrap();
    }
    let (_dir, path) = file("a.csv", text.as_bytes());
    let asked = acts("actor", &["object"], "time");
    let whole = read(&path, &asked, 1);
    assert_eq!(whole.rejects.iter().map(|r| r.row).collect::<Vec<_>>(), [100_000, 200_000, 300_000]);
    let scan = scan_actions(&path, &asked).unwrap();
    let mut batches = Vec::new();
    scan.for_each_batch(usize::MAX, |batch| {
        batches.push(batch.len());
        Ok::<_, IngestError>(())
    })
    .unwrap();
    assert_eq!(batches, [(1 << 18) - 2, ROWS - (1 << 18) - 1]);
    assert!(read_twice(&path, &asked, 1, 100_000) == whole);

    // Where a file breaks is told as if it were read in one piece.
    fs::write(&path, text + "\"a").unwrap();
    match (read_actions(&path, &asked), scan_actions(&path, &asked)) {
        (Err(one), Err(two)) => {
            assert!(one.to_string().contains("row 300001"), "{one}");
            assert_eq!(one.to_string(), two.to_string());
        }
        other => panic!("{other:?}"),
    }
}

/// Whether a file is found out that is another one at the second look.
#[test]
fn a_file_that_changes_between_the_looks_is_an_error() {
    let table = |actors: &[i64]| {
        let cells: Vec<Option<i64>> = actors.iter().copied().map(Some).collect();
        let columns = vec![
            whole_column("actor", DataType::Int64, &cells),
            whole_column("time", DataType::Int64, &cells),
            texts_column("side", DataType::Utf8, cells.iter().map(|c| c.map(|_| "buy")).collect()),
        ];
        Table { columns, times: cells }
    };
    let dir = tempfile::tempdir().unwrap();
    let asked = ActionColumns { side: Some("side".to_owned()), ..acts("actor", &["actor"], "time") };
    let kept = ActionColumns { keep: vec![("time".to_owned(), "1".to_owned())], ..asked.clone() };
    let write =
        |table: &Table, csv: bool| if csv { table.csv(dir.path()) } else { table.parquet(dir.path(), 2) };
    let mut texts = table(&[1, 5, 1, 9]);
    texts.columns[0] =
        texts_column("actor", DataType::Utf8, vec![Some("1"), Some("5"), Some("1"), Some("x")]);
    let others = [
        (&asked, table(&[1, 5, 1, 9, 1]), "at first 4 rows could be used, then more"),
        (&asked, table(&[1, 5, 1]), "then 3"),
        (&asked, table(&[]), "then 0"),
        (&asked, table(&[1, 5, 1, 7]), "had no \"7\""),
        (&asked, table(&[-1, 5, 1, 9]), "had no \"-1\""),
        (&asked, table(&[1, 5, 1, 1 << 40]), "had no \"1099511627776\""),
        (&asked, texts, "had no \""),
        (&kept, table(&[1, 5, 9, 9]), "2 were left out, then 4 rows, of which 1"),
    ];
    for csv in [false, true] {
        for (asked, other, told) in &others {
            let path = write(&table(&[1, 5, 1, 9]), csv);
            let scan = scan_actions(&path, asked).unwrap();
            write(other, csv);
            let mut rows = 0;
            let found = scan.for_each_batch(1, |batch| {
                rows += batch.len() as u64;
                Ok::<_, IngestError>(())
            });
            let error = found.unwrap_err();
            assert!(matches!(error, IngestError::Changed { .. }), "{error}");
            assert!(error.to_string().contains(told), "{error} {told}");
            assert!(rows <= scan.rows());
        }
    }
    let path = write(&table(&[1]), false);
    let scan = scan_actions(&path, &asked).unwrap();
    fs::remove_file(&path).unwrap();
    let gone = scan.for_each_batch(1, |_| Ok::<_, IngestError>(()));
    assert!(matches!(gone, Err(IngestError::Io { .. })));
}

#[test]
fn whoever_takes_the_batches_may_stop() {
    #[derive(Debug)]
    enum Stop {
        Enough(usize),
        Ingest(#[allow(dead_code, reason = "shown if the test fails")] IngestError),
    }
    impl From<IngestError> for Stop {
        fn from(error: IngestError) -> Self {
            Self::Ingest(error)
        }
    }
    let (_dir, path) = file("a.csv", b"actor,time\na,1\nb,2\nc,3\n");
    let scan = scan_actions(&path, &acts("actor", &["actor"], "time")).unwrap();
    let mut batches = 0;
    // No rows at a time would never end.
    let stopped = scan.for_each_batch(0, |batch| {
        batches += 1;
        if batch.time == [2_000_000] { Err(Stop::Enough(batch.len())) } else { Ok(()) }
    });
    assert!(matches!(stopped, Err(Stop::Enough(1))), "{stopped:?}");
    assert_eq!(batches, 2);
}

/// Pseudorandom numbers, the same in every run.
fn numbers(seed: u64, rows: usize) -> impl Iterator<Item = u64> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    })
    .take(rows)
}

#[test]
fn many_batches_and_many_names() {
    const ROWS: usize = 50_000;
    let whole = |name, kind, seed, below: u64| {
        let cells: Vec<Option<i64>> = numbers(seed, ROWS).map(|v| Some((v % below) as i64)).collect();
        whole_column(name, kind, &cells)
    };
    // One row in a thousand has a time that microseconds cannot tell.
    let seconds: Vec<i64> =
        numbers(3, ROWS).map(|v| if v % 1000 == 0 { i64::MAX } else { v as i64 }).collect();
    let times = whole_column("time", DataType::Int64, &seconds.iter().copied().map(Some).collect::<Vec<_>>());
    let micros: Vec<Option<i64>> = seconds.iter().map(|v| v.checked_mul(1_000_000)).collect();
    for below in [7, 60_000, 200_000, 1 << 31] {
        let table = Table {
            columns: vec![
                whole("actor", DataType::UInt32, 1, below),
                whole("object", DataType::UInt16, 2, 4000),
                times.clone(),
                whole("post", DataType::Int64, 4, below),
                whole("side", DataType::UInt8, 5, 2),
            ],
            times: micros.clone(),
        };
        let dir = tempfile::tempdir().unwrap();
        for question in [
            (vec!["object"], false, false, vec![("side", 0)]),
            (vec!["object", "actor"], true, true, vec![]),
            (vec!["object"], true, false, vec![]),
        ] {
            let columns = columns(&table, question);
            let expected = slow(&table, &columns);
            for group in [7_000, 17_000, ROWS] {
                let found = read(&table.parquet(dir.path(), group), &columns, 2);
                assert!(answer(&found, &columns) == expected, "{below} {columns:?} {group}");
                let twice = read_twice(&table.parquet(dir.path(), group), &columns, 1, 6_000);
                assert!(twice == found, "{below} {columns:?} {group}");
            }
        }
    }
}

fn acts(actor: &str, object: &[&str], time: &str) -> ActionColumns {
    let object = object.iter().map(|&name| name.to_owned()).collect();
    ActionColumns { actor: actor.to_owned(), object, time: time.to_owned(), ..ActionColumns::default() }
}

fn file(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    fs::write(&path, bytes).unwrap();
    (dir, path)
}

#[test]
fn ids_follow_the_text_and_not_the_number() {
    let csv = b"actor,object,time\n10,y,1\n9,10,2\n100,y,3\n";
    for (name, bytes) in [("a.csv", csv.to_vec()), ("a.csv.gz", gz(csv)), ("a.csv.zst", zst(csv))] {
        let (_dir, path) = file(name, &bytes);
        let found = read_actions(&path, &acts("actor", &["object"], "time")).unwrap();
        assert_eq!(found.actors.iter().collect::<Vec<_>>(), ["10", "100", "9"]);
        assert_eq!(found.columns.actor, [0, 2, 1]);
        assert_eq!(found.columns.object, [1, 0, 1]);
        assert_eq!((found.actors.get(2), found.actors.len(), found.sides.is_empty()), ("9", 3, true));
        assert_eq!(format!("{:?}", found.things), r#"["10", "y"]"#);
    }
}

#[test]
fn rejects_say_which_row_of_the_file_and_what_it_held() {
    let text =
        "actor,object,time,side\na,x,1,0\nb,x,1\nc,x,1,1\n,x,1,0\ne,x,soon ,0\nf,x,1,0\n\"g\"h,x,1,0\n";
    let (_dir, path) = file("a.csv", text.as_bytes());
    let keep = vec![("side".to_owned(), "0".to_owned())];
    let found = read_actions(&path, &ActionColumns { keep, ..acts("actor", &["object"], "time") }).unwrap();
    let rejects: Vec<_> =
        found.rejects.iter().map(|r| (r.row, r.column.as_str(), r.value.as_str())).collect();
    assert_eq!(rejects, [(2, "", "bx1"), (4, "actor", ""), (5, "time", "soon"), (7, "", "gh,x,1,0")]);
    assert_eq!((found.read, found.left_out, found.columns.len()), (7, 1, 2));
    let long = format!("actor,object,time\n{},x,1\nb,x,1\n", "a".repeat(65_537));
    let (_dir, path) = file("a.csv", long.as_bytes());
    let found = read_actions(&path, &acts("actor", &["object"], "time")).unwrap();
    assert_eq!((found.rejects[0].row, found.rejects[0].value.len(), found.columns.len()), (1, 200, 1));
    assert_eq!(found.rejects[0].reason, "a field longer than 65,536 bytes");
}

#[test]
fn overflowing_timestamps_are_rejects() {
    let times: ArrayRef = Arc::new(TimestampSecondArray::from(vec![i64::MAX, 1]).with_timezone("UTC"));
    let names: ArrayRef = Arc::new(StringArray::from(vec!["a", "b"]));
    let bytes = parquet(vec![("actor", names), ("time", times)], 10);
    let (_dir, path) = file("a.parquet", &bytes);
    let found = read_actions(&path, &acts("actor", &["actor"], "time")).unwrap();
    assert_eq!((found.rejects[0].row, found.rejects[0].value.as_str()), (1, "9223372036854775807"));
    assert_eq!((found.columns.time, found.actors.len()), (vec![1_000_000], 1));
}

#[test]
fn what_cannot_be_used_is_refused() {
    let naive: ArrayRef = Arc::new(TimestampSecondArray::from(vec![1]));
    let names: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
    let bytes = parquet(vec![("actor", names), ("time", naive)], 10);
    let (_dir, path) = file("a.parquet", &bytes);
    let (_csv_dir, csv) = file("a.csv", b"actor,time\na,1\n");
    let error = read_actions(&path, &acts("actor", &["actor"], "time")).unwrap_err();
    assert!(matches!(error, IngestError::NaiveActionTimes { column, .. } if column == "time"));
    let keep = |name: &str| ActionColumns {
        keep: vec![(name.to_owned(), String::new())],
        ..acts("actor", &["actor"], "time")
    };
    for path in [&path, &csv] {
        for (columns, missing) in [
            (acts("who", &["actor"], "time"), "who"),
            (acts("actor", &["actor", "what"], "time"), "what"),
            (acts("actor", &[], "time"), ""),
            (acts("actor", &["actor"], "when"), "when"),
            (keep("if"), "if"),
            (ActionColumns { side: Some("way".to_owned()), ..acts("actor", &["actor"], "time") }, "way"),
            (ActionColumns { content: Some("post".to_owned()), ..acts("actor", &["actor"], "time") }, "post"),
        ] {
            match read_actions(path, &columns).unwrap_err() {
                IngestError::NoSuchColumn { column, found, .. } => {
                    assert_eq!(
                        (column.as_str(), found),
                        (missing, vec!["actor".to_owned(), "time".to_owned()])
                    );
                }
                error => panic!("{error}"),
            }
        }
    }
}

#[test]
fn damaged_bytes_are_an_error_or_a_table() {
    let cells: Vec<Option<i64>> = numbers(9, 300).map(|v| Some((v % 50) as i64)).collect();
    let columns = vec![
        ("actor", whole_column("actor", DataType::UInt32, &cells).array()),
        ("time", whole_column("time", DataType::Int64, &cells).array()),
        ("text", Arc::new(StringArray::from_iter_values(cells.iter().map(|c| format!("{c:?}")))) as ArrayRef),
    ];
    let sound = parquet(columns, 100);
    let asked = ActionColumns { side: Some("text".to_owned()), ..acts("actor", &["text", "actor"], "time") };
    let (mut refused, mut rest) = (0, numbers(10, 2000));
    for _ in 0..600 {
        let mut bytes = sound.clone();
        for _ in 0..2 {
            let (at, value) = (rest.next().unwrap() as usize, rest.next().unwrap_or(7) as u8);
            let len = bytes.len();
            bytes[at % len] = value;
        }
        rest = numbers(rest.next().unwrap_or(1) + 11, 2000);
        let (_dir, path) = file("a.parquet", &bytes);
        match read_actions(&path, &asked) {
            Ok(found) => {
                assert_eq!(found.read, (found.columns.len() + found.rejects.len()) as u64 + found.left_out);
                assert!(found.columns.actor.iter().all(|id| (*id as usize) < found.actors.len()));
            }
            Err(_) => refused += 1,
        }
        // A decoder may well make different things of damaged bytes, but it must not panic.
        if let Ok(scan) = scan_actions(&path, &asked) {
            let _ = scan.for_each_batch(7, |_| Ok::<_, IngestError>(()));
        }
    }
    assert!(refused > 0);
}

/// Seconds for a table of one's own: `ACTIONS=acts.parquet ACTOR=account OBJECT=ticker TIME=ts KEEP=side=0`.
#[test]
#[ignore = "a measurement, of a file that is not here"]
#[allow(clippy::print_stdout, reason = "the measurement is the point")]
fn seconds() {
    let Some((path, columns)) = named_table() else { return };
    let begun = std::time::Instant::now();
    let found = read_actions(&path, &columns).unwrap_or_else(|error| panic!("{error}"));
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{} rows in {seconds:.3} s ({:.0} rows/s): {} actions, {} left out, {} rejects, {} actors, {} things",
        found.read,
        found.read as f64 / seconds,
        found.columns.len(),
        found.left_out,
        found.rejects.len(),
        found.actors.len(),
        found.things.len()
    );
    println!("{}", peak());
}

/// The same by way of a scan, for the same variables.
#[test]
#[ignore = "a measurement, of a file that is not here"]
#[allow(clippy::print_stdout, reason = "the measurement is the point")]
fn seconds_of_a_scan() {
    let Some((path, columns)) = named_table() else { return };
    let begun = std::time::Instant::now();
    let scan = scan_actions(&path, &columns).unwrap_or_else(|error| panic!("{error}"));
    println!(
        "{} rows looked through in {:.3} s: {} actors, {} things; {}",
        scan.read,
        begun.elapsed().as_secs_f64(),
        scan.actors.len(),
        scan.things.len(),
        peak()
    );
    let begun = std::time::Instant::now();
    let mut rows = 0;
    scan.for_each_batch(1 << 20, |batch| {
        rows += batch.len();
        Ok::<_, IngestError>(())
    })
    .unwrap_or_else(|error| panic!("{error}"));
    println!("{rows} actions in {:.3} s; {}", begun.elapsed().as_secs_f64(), peak());
}

fn named_table() -> Option<(PathBuf, ActionColumns)> {
    let named = |name: &str| std::env::var(name).ok();
    let path = named("ACTIONS").map(PathBuf::from)?;
    let list = |name: &str| -> Vec<String> {
        named(name).map(|all| all.split(',').map(str::to_owned).collect()).unwrap_or_default()
    };
    let keep = list("KEEP")
        .iter()
        .filter_map(|pair| pair.split_once('=').map(|(a, b)| (a.into(), b.into())))
        .collect();
    let columns = ActionColumns {
        actor: named("ACTOR").unwrap_or_else(|| "actor".to_owned()),
        object: list("OBJECT"),
        time: named("TIME").unwrap_or_else(|| "time".to_owned()),
        content: named("CONTENT"),
        side: named("SIDE"),
        keep,
    };
    Some((path, columns))
}

fn peak() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("no peak").to_owned()
}
