//! Plain tables of edges: whatever the columns' types, the file's form, the order of the rows and the number of threads,
//! what a reader that takes row after row as text would say.

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
        Array as _, ArrayRef, BooleanArray, Decimal128Array, Decimal256Array, DictionaryArray, Float32Array,
        Float64Array, Int8Array, Int64Array, StringArray, StructArray, UInt64Array,
    },
    compute::cast,
    datatypes::{DataType, Field, Int32Type, i256},
};
use common::{gz, parquet, zst};
use itoguchi_ingest::{EdgeColumns, EdgeRow, Edges, IngestError, WeightColumn, WeightFault, read_edges};
use proptest::{collection::vec, prelude::*, sample::select};
use tempfile::TempDir;

fn file(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    fs::write(&path, bytes).unwrap();
    (dir, path)
}

fn read(path: &Path, columns: &EdgeColumns, threads: usize) -> Result<Edges, IngestError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| read_edges(path, columns))
}

/// Of a CSV, with the usual columns.
fn csv(text: &str) -> Result<Edges, IngestError> {
    let (_dir, path) = file("a.csv", text.as_bytes());
    read_edges(&path, &EdgeColumns::default())
}

/// Of Parquet, with the usual columns and row groups of two rows.
fn columns(columns: Vec<(&str, ArrayRef)>) -> Result<Edges, IngestError> {
    let (_dir, path) = file("a.parquet", &parquet(columns, 2));
    read_edges(&path, &EdgeColumns::default())
}

/// Edges from `a` to `b` of these weights.
fn weighing(weights: ArrayRef) -> Result<Edges, IngestError> {
    let of = |name| Arc::new(StringArray::from(vec![name; weights.len()])) as ArrayRef;
    columns(vec![("u", of("a")), ("v", of("b")), ("weight", weights)])
}

fn triples(edges: &Edges) -> Vec<(&str, &str, u64)> {
    let text = |id| edges.nodes.get(id);
    edges.edges.iter().map(|e| (text(e.u), text(e.v), e.weight)).collect()
}

fn units(edges: &Edges) -> Vec<u64> {
    edges.edges.iter().map(|e| e.weight).collect()
}

/// Row, column, value and reason of each.
fn rejects(edges: &Edges) -> Vec<(u64, &str, &str, &str)> {
    edges.rejects.iter().map(|r| (r.row, r.column.as_str(), r.value.as_str(), r.reason)).collect()
}

/// The error as the user sees it, which ends with a hint and has no control characters but line ends.
fn told(found: Result<Edges, IngestError>) -> String {
    let text = found.unwrap_err().to_string();
    assert!(text.lines().last().unwrap().starts_with("hint: "), "{text}");
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    text
}

#[test]
fn edges_are_sorted_and_every_form_of_a_file_says_the_same() {
    let text = b"u,v,weight\nb,a,2\na,b,0.25\na,a,1\na,b,0.25\na,b,0.125\n";
    for (name, bytes) in [("a.csv", text.to_vec()), ("a.csv.gz", gz(text)), ("a.csv.zst", zst(text))] {
        let (_dir, path) = file(name, &bytes);
        let found = read_edges(&path, &EdgeColumns::default()).unwrap();
        assert_eq!(found.nodes.iter().collect::<Vec<_>>(), ["a", "b"]);
        let row = |u, v, weight| EdgeRow { u, v, weight };
        // Loops and repeats are rows like any others.
        let rows = [row(0, 0, 1000), row(0, 1, 125), row(0, 1, 250), row(0, 1, 250), row(1, 0, 2000)];
        assert_eq!(found.edges, rows);
        assert_eq!((found.scale, found.read, found.rounded, found.rejects.len()), (3, 5, 0, 0));
    }
}

#[test]
fn columns_are_found_by_name() {
    let text = "w,to,from,weight,note\n3,b,a,7,x\n";
    let (_dir, path) = file("a.csv", text.as_bytes());
    let named = |weight| EdgeColumns { u: "from".to_owned(), v: "to".to_owned(), weight };
    for (weight, units) in [
        (WeightColumn::Usual, 7),
        (WeightColumn::Named("w".to_owned()), 3),
        (WeightColumn::Named("weight".to_owned()), 7),
        (WeightColumn::Nowhere, 1),
    ] {
        assert_eq!(triples(&read_edges(&path, &named(weight)).unwrap()), [("a", "b", units)]);
    }
    // One column may well be asked for twice.
    let same =
        EdgeColumns { u: "w".to_owned(), v: "w".to_owned(), weight: WeightColumn::Named("w".to_owned()) };
    let found = read_edges(&path, &same).unwrap();
    assert_eq!(triples(&found), [("3", "3", 3)]);
    let three: ArrayRef = Arc::new(Int64Array::from(vec![3]));
    let (_dir, path) = file("a.parquet", &parquet(vec![("x", three.clone()), ("w", three)], 2));
    assert_eq!(read_edges(&path, &same).unwrap(), found);
}

#[test]
fn without_a_column_of_weights_every_edge_weighs_1() {
    let found = csv("u,v\na,b\nb,c\n").unwrap();
    assert_eq!((units(&found), found.scale), (vec![1, 1], 0));
    let named = EdgeColumns { weight: WeightColumn::Named("weight".to_owned()), ..EdgeColumns::default() };
    let (_dir, path) = file("a.csv", b"u,v\na,b\n");
    let error = read_edges(&path, &named).unwrap_err();
    assert!(matches!(&error, IngestError::NoEdgeColumn { column, .. } if column == "weight"), "{error}");
    let names: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
    let bytes = parquet(vec![("u", names.clone()), ("v", names)], 2);
    let (_dir, path) = file("a.parquet", &bytes);
    assert_eq!(units(&read_edges(&path, &EdgeColumns::default()).unwrap()), [1]);
    assert!(matches!(read_edges(&path, &named), Err(IngestError::NoEdgeColumn { .. })));
}

#[test]
fn files_that_cannot_be_read_are_errors_with_hints() {
    assert!(matches!(csv(""), Err(IngestError::NoHeader { .. })));
    assert!(matches!(csv("\n\n"), Err(IngestError::NoHeader { .. })));
    assert!(told(csv("")).contains("a.csv is empty: it has no header"));
    assert!(matches!(csv(&",".repeat(5000)), Err(IngestError::HeaderTooLong { .. })));
    for (text, missing) in [("a,b\n1,2\n", "u"), ("u,w\n1,2\n", "v"), ("U,V\n1,2\n", "u")] {
        match csv(text).unwrap_err() {
            IngestError::NoEdgeColumn { column, found, .. } => {
                assert_eq!((column.as_str(), found.len()), (missing, 2));
            }
            error => panic!("{error}"),
        }
    }
    assert!(told(csv("a,\u{1b}b\n1,2\n")).contains(r#"no column "u"; its columns: a, \u{1b}b"#));
    for text in ["u,v,u\n1,2,3\n", "u,v,v\n1,2,3\n", "u,v,weight,weight\n1,2,3,4\n"] {
        assert!(matches!(csv(text), Err(IngestError::DuplicateColumn { .. })), "{text}");
        told(csv(text));
    }
    // Columns that nobody asks for may be called as they are.
    assert_eq!(csv("u,v,x,x,,\n1,2,3,4,5,6\n").unwrap().edges.len(), 1);
    assert!(told(csv("u,v\na,b\n\"c,d\n")).contains("row 2"));
    let (_dir, path) = file("a.csv", b"\xff\xfeu\0,\0v\0\n\0");
    assert!(matches!(read_edges(&path, &EdgeColumns::default()), Err(IngestError::Encoding { .. })));
    let (_dir, path) = file("a.parquet", b"u,v\na,b\n");
    told(read_edges(&path, &EdgeColumns::default()));
    told(read_edges(&path.with_extension("csv"), &EdgeColumns::default()));
    let cut = gz(b"u,v\na,b\n");
    let (_dir, path) = file("a.csv.gz", &cut[..cut.len() - 6]);
    told(read_edges(&path, &EdgeColumns::default()));
}

#[test]
fn a_table_without_rows_is_empty() {
    for text in ["u,v", "u,v\n", "u,v,weight\r\n\r\n"] {
        assert_eq!(csv(text).unwrap(), Edges::default());
    }
    let none: ArrayRef = Arc::new(StringArray::new_null(0));
    assert_eq!(columns(vec![("u", none.clone()), ("v", none)]).unwrap(), Edges::default());
}

#[test]
fn weights_are_exact_and_share_the_fewest_decimals() {
    let of = |weights: &[&str]| {
        let rows: String = weights.iter().map(|w| format!("a,b,{w}\n")).collect();
        csv(&format!("u,v,weight\n{rows}")).unwrap()
    };
    for (weights, scale, want, rounded) in [
        (&["1", "2"][..], 0, &[1, 2][..], 0),
        (&["0.1", "0.2", "0.3"], 1, &[1, 2, 3], 0),
        (&["0.25", "1.50", "2.000"], 2, &[25, 150, 200], 0),
        (&["3", "1e-3", "2.5E+2"], 3, &[1, 3000, 250_000], 0),
        (&["0.000000001", "1"], 9, &[1, 1_000_000_000], 0),
        (&["0", "-0", "0.00"], 0, &[0, 0, 0], 0),
        (&["0.0000000005", "0.0000000015", "0.5"], 9, &[0, 2, 500_000_000], 2),
        // What is left after rounding is what must be held.
        (&["0.30000000000000004", "7"], 1, &[3, 70], 1),
        (&["18446744073709551615", "3"], 0, &[3, u64::MAX], 0),
        (&["1844674407370955161.5"], 1, &[u64::MAX], 0),
        (&[" 5 ", "\t.5", "4."], 1, &[5, 40, 50], 0),
    ] {
        let found = of(weights);
        assert_eq!(
            (units(&found), found.scale, found.rounded),
            (want.to_vec(), scale, rounded),
            "{weights:?}"
        );
    }
    // 2^53 + 1 and 0.1 + 0.2 are where floats go wrong.
    assert_eq!(units(&of(&["9007199254740993"])), [9_007_199_254_740_993]);
    let sum = of(&["0.1", "0.2"]);
    assert_eq!(units(&sum).iter().sum::<u64>(), 3 * 10_u64.pow(sum.scale - 1));
    // A weight of a row that cannot be read does not count.
    assert_eq!(csv("u,v,weight\na,b,1\n,b,0.125\na,b\n").unwrap().scale, 0);
}

#[test]
fn parquet_weights_of_any_type_are_read_by_their_decimals() {
    let check = |array: ArrayRef, scale: u32, want: &[u64]| {
        let kind = array.data_type().clone();
        let found = weighing(array).unwrap_or_else(|error| panic!("{kind} {error}"));
        assert_eq!((units(&found), found.scale, found.rounded), (want.to_vec(), scale, 0), "{kind}");
    };
    let whole: ArrayRef = Arc::new(Int8Array::from(vec![3, 0, 127]));
    for kind in [
        DataType::Int8,
        DataType::UInt8,
        DataType::Int16,
        DataType::UInt32,
        DataType::Int64,
        DataType::UInt64,
        DataType::Float16,
        DataType::Float32,
        DataType::Float64,
        DataType::Decimal128(12, 0),
        DataType::Utf8,
        DataType::LargeUtf8,
        DataType::Utf8View,
    ] {
        check(cast(&whole, &kind).unwrap(), 0, &[0, 3, 127]);
    }
    check(Arc::new(UInt64Array::from(vec![u64::MAX, 1])), 0, &[1, u64::MAX]);
    let doubles = Float64Array::from(vec![0.1, 0.25, 1e-3, 0.3, -0.0, 1e15]);
    check(Arc::new(doubles), 3, &[0, 1, 100, 250, 300, 1_000_000_000_000_000_000]);
    // The number nearest to 0.1 among the narrow floats is 0.100000001490116.
    check(Arc::new(Float32Array::from(vec![0.1, 16_777_216.0])), 1, &[1, 167_772_160]);
    check(Arc::new(Float32Array::from(vec![123_456_789.0])), 0, &[123_456_790]);
    let halves: ArrayRef = Arc::new(Float32Array::from(vec![0.1, 0.5, 3.0, 0.0, 2047.0]));
    check(cast(&halves, &DataType::Float16).unwrap(), 1, &[0, 1, 5, 30, 20_470]);
    check(Arc::new(Float64Array::from(vec![9_007_199_254_740_992.0])), 0, &[9_007_199_254_740_992]);
    // 0.7999999999999999 is the shortest text of that sum.
    let sum = weighing(Arc::new(Float64Array::from(vec![0.1 + 0.7]))).unwrap();
    assert_eq!((units(&sum), sum.scale, sum.rounded), (vec![8], 1, 1));

    let decimals = |values: Vec<i128>, scale| {
        Arc::new(Decimal128Array::from(values).with_precision_and_scale(38, scale).unwrap()) as ArrayRef
    };
    check(decimals(vec![25_050, 1, 100], 2), 2, &[1, 100, 25_050]);
    check(decimals(vec![25_000, 100], 2), 0, &[1, 250]);
    check(decimals(vec![10_i128.pow(30)], 30), 0, &[1]);
    let wide = Decimal256Array::from(vec![i256::from_i128(125)]).with_precision_and_scale(60, 3).unwrap();
    check(Arc::new(wide), 3, &[125]);
    let fine = weighing(decimals(vec![15, 26, 10], 10)).unwrap();
    assert_eq!((units(&fine), fine.scale, fine.rounded), (vec![1, 2, 3], 9, 2));

    let values: ArrayRef = Arc::new(Float64Array::from(vec![0.5, 0.1]));
    let keys = Int64Array::from(vec![0, 1, 0]);
    let keys = cast(&keys, &DataType::Int32).unwrap();
    let keyed =
        DictionaryArray::<Int32Type>::try_new(arrow::array::AsArray::as_primitive(&keys).clone(), values);
    check(Arc::new(keyed.unwrap()), 1, &[1, 5, 5]);
}

#[test]
fn nodes_of_parquet_have_their_decimal_text() {
    let text = |kind: &DataType, values: &[&str]| {
        let array: ArrayRef = Arc::new(StringArray::from(values.to_vec()));
        cast(&array, kind).unwrap()
    };
    let keyed = |values| DataType::Dictionary(Box::new(DataType::Int32), Box::new(values));
    let expected = csv("u,v,weight\n10,2,1\n9,10,1\n-3,x,1\n2,9,1\n").unwrap();
    for kind in [
        DataType::Utf8,
        DataType::LargeUtf8,
        DataType::Utf8View,
        keyed(DataType::Utf8),
        keyed(DataType::LargeUtf8),
    ] {
        let u = text(&kind, &["10", "9", "-3", "2"]);
        assert_eq!(columns(vec![("u", u), ("v", text(&kind, &["2", "10", "x", "9"]))]).unwrap(), expected);
    }
    // Numbers on one side, texts on the other.
    for kind in [DataType::Int8, DataType::Int64, keyed(DataType::Int64), DataType::Decimal128(9, 0)] {
        let u: ArrayRef = Arc::new(Int64Array::from(vec![10, 9, -3, 2]));
        let plain = if let DataType::Dictionary(_, values) = &kind { values } else { &kind };
        let u = cast(&cast(&u, plain).unwrap(), &kind).unwrap();
        let v = text(&DataType::Utf8, &["2", "10", "x", "9"]);
        assert_eq!(columns(vec![("u", u), ("v", v)]).unwrap(), expected, "{kind}");
    }
    let far: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX, 5, 1 << 40]));
    let near: ArrayRef = Arc::new(Int64Array::from(vec![7, i64::MIN, 5]));
    let found = columns(vec![("u", far), ("v", near)]).unwrap();
    let nodes = ["-9223372036854775808", "1099511627776", "18446744073709551615", "5", "7"];
    assert_eq!(found.nodes.iter().collect::<Vec<_>>(), nodes);
}

#[test]
fn whole_numbers_are_in_the_order_of_numbers_and_all_else_in_that_of_bytes() {
    let nodes = |names: &[&str]| -> Vec<String> {
        let rows: String = names.iter().map(|name| format!("{name},{name}\n")).collect();
        let found = csv(&format!("u,v\n{rows}")).unwrap();
        // Ranks, all the same, are where the names stand.
        assert!(found.edges.iter().zip(0..).all(|(edge, at)| (edge.u, edge.v) == (at, at)));
        found.nodes.iter().map(str::to_owned).collect()
    };
    assert_eq!(nodes(&["10", "2", "100", "0", "9"]), ["0", "2", "9", "10", "100"]);
    let long = "999999999999999999";
    assert_eq!(nodes(&[long, "10", "2"]), ["2", "10", long]);
    for other in ["a", "02", "-1", "1000000000000000000", "1.0", "１"] {
        let found = nodes(&["10", "2", other]);
        assert!(found.is_sorted() && found.contains(&other.to_owned()), "{found:?}");
        assert!(found.iter().position(|n| n == "10") < found.iter().position(|n| n == "2"), "{found:?}");
    }
    // A name of a row that is a reject does not count.
    let found = csv("u,v,weight\n10,2,1\na,,1\nb,2,x\n").unwrap();
    assert_eq!(found.nodes.iter().collect::<Vec<_>>(), ["2", "10"]);
    // The same numbers in Parquet, near to each other and far apart.
    for names in [vec![10, 2, 100, 0, 9], vec![10, 2, 1 << 50, 0, 9]] {
        let array: ArrayRef = Arc::new(Int64Array::from(names.clone()));
        let found = columns(vec![("u", array.clone()), ("v", array)]).unwrap();
        let texts: Vec<String> = names.iter().map(ToString::to_string).collect();
        assert_eq!(
            found.nodes.iter().collect::<Vec<_>>(),
            nodes(&texts.iter().map(String::as_str).collect::<Vec<_>>())
        );
    }
}

const NO_NUMBER: &str = "expected a number such as 12, 0.25 or 1e-3";

#[test]
fn rows_that_cannot_be_read_are_kept_with_their_reason() {
    let text =
        "u,v,weight\na,b,1\n,b,1\na,,1\na,b,\na,b,abc \na,b\na,b,1,2\n\"a\"x,b,1\n,,-1\na,b,\" \"\nb,a,2\n";
    let found = csv(text).unwrap();
    let shape = "another number of fields than the header";
    assert_eq!(
        rejects(&found),
        [
            (2, "u", "", "no node"),
            (3, "v", "", "no node"),
            (4, "weight", "", "no weight"),
            (5, "weight", "abc", NO_NUMBER),
            (6, "", "ab", shape),
            (7, "", "ab1", shape),
            (8, "", "ax,b,1", "text after a closing quote"),
            // What is no edge has no weight to be refused.
            (9, "u", "", "no node"),
            (10, "weight", "", "no weight"),
        ]
    );
    assert_eq!((triples(&found), found.read), (vec![("a", "b", 1), ("b", "a", 2)], 11));

    let names = |cells: Vec<Option<&str>>| Arc::new(StringArray::from(cells)) as ArrayRef;
    let u = names(vec![Some("a"), None, Some("a"), Some("a"), Some(""), Some("b")]);
    let v = names(vec![Some("b"), Some("b"), None, Some("b"), Some("b"), Some("a")]);
    let weights: [(ArrayRef, &str); 4] = [
        (
            Arc::new(Float64Array::from(vec![Some(1.0), Some(1.0), Some(1.0), None, Some(-1.0), Some(2.0)])),
            "",
        ),
        (
            Arc::new(Float32Array::from(vec![Some(1.0), Some(1.0), Some(1.0), None, Some(-1.0), Some(2.0)])),
            "",
        ),
        (Arc::new(Int64Array::from(vec![Some(1), Some(1), Some(1), None, Some(-1), Some(2)])), ""),
        (names(vec![Some("1"), Some("1"), Some("1"), Some(" x"), Some("-1"), Some("2")]), "x"),
    ];
    for (weights, held) in weights {
        let half =
            (*weights.data_type() == DataType::Float32).then(|| cast(&weights, &DataType::Float16).unwrap());
        for weights in half.into_iter().chain([weights]) {
            let found = columns(vec![("u", u.clone()), ("v", v.clone()), ("weight", weights)]).unwrap();
            let reason = if held.is_empty() { "no weight" } else { NO_NUMBER };
            let expected = [
                (2, "u", "", "no node"),
                (3, "v", "", "no node"),
                (4, "weight", held, reason),
                (5, "u", "", "no node"),
            ];
            assert_eq!(rejects(&found), expected);
            assert_eq!((triples(&found), found.read), (vec![("a", "b", 1), ("b", "a", 2)], 6));
        }
    }
    let found = weighing(Arc::new(BooleanArray::from(vec![true]))).unwrap();
    assert_eq!(rejects(&found), [(1, "weight", "true", NO_NUMBER)]);
    let field = Arc::new(Field::new("x", DataType::Int8, true));
    let inner: ArrayRef = Arc::new(Int8Array::from(vec![1]));
    told(weighing(Arc::new(StructArray::from(vec![(field, inner)]))));
}

#[test]
fn texts_may_be_as_odd_as_they_like() {
    let text = "\u{feff}v,\"u\",\"wei\"\"ght\"\r\n\"a,1\",\"b\r\nc\",x\r\n\"q\"\"\", a ,y\r\nq\",\u{1f},z\r";
    let found = csv(text).unwrap();
    let edges = [("\u{1f}", "q\"", 1), (" a ", "q\"", 1), ("b\r\nc", "a,1", 1)];
    assert_eq!(triples(&found), edges);

    let (fits, long) = ("x".repeat(65_536), "y".repeat(65_537));
    let found = csv(&format!("u,v\n{fits},a\n{long},a\na,{}\n", "z".repeat(10_000_000))).unwrap();
    assert_eq!(found.nodes.iter().map(str::len).collect::<Vec<_>>(), [1, 65_536]);
    let told: Vec<_> = found.rejects.iter().map(|r| (r.row, r.value.len(), r.reason)).collect();
    let reason = "a field longer than 65,536 bytes";
    assert_eq!(told, [(2, 200, reason), (3, 200, reason)]);

    // Two names that are no UTF-8 would become one by replacement.
    let (_dir, path) = file("a.csv", b"u,v\na\xff,b\na,b\na,\xfe\n");
    let found = read_edges(&path, &EdgeColumns::default()).unwrap();
    assert_eq!(
        rejects(&found),
        [(1, "u", "a\u{fffd}", "is not UTF-8"), (3, "v", "\u{fffd}", "is not UTF-8")]
    );
    assert_eq!(triples(&found), [("a", "b", 1)]);
    let (_dir, path) = file("a.csv", b"u,v,weight\na,b,\xff\n");
    let found = read_edges(&path, &EdgeColumns::default()).unwrap();
    assert_eq!(rejects(&found), [(1, "weight", "\u{fffd}", NO_NUMBER)]);
}

#[test]
fn a_weight_that_cannot_be_used_is_an_error_that_says_where() {
    let error = told(csv("u,v,weight\na,b,1\n,,\nb,c,-0.5\n"));
    assert!(
        error.contains("a.csv: row 3, column \"weight\": the weight \"-0.5\" is below 0\nhint: "),
        "{error}"
    );
    let long = format!("-{}", "7".repeat(1000));
    let error = told(csv(&format!("u,v,weight\na,b,\" {long}\t\"\n")));
    assert!(error.contains("777\" is below 0") && error.len() < 400, "{error}");
    let fault = |found: Result<Edges, IngestError>| match found.unwrap_err() {
        IngestError::Weight { row, value, fault, .. } => (row, value, fault),
        error => panic!("{error}"),
    };
    for (weight, expected) in [
        ("-1", WeightFault::Negative),
        ("-1e-400", WeightFault::Negative),
        ("NaN", WeightFault::NotFinite),
        ("-Infinity", WeightFault::NotFinite),
        ("18446744073709551616", WeightFault::TooLarge { scale: 0 }),
        ("1e400", WeightFault::TooLarge { scale: 0 }),
    ] {
        let found = csv(&format!("u,v,weight\na,b,1\na,b,{weight}\na,b,-2\n"));
        assert_eq!(fault(found), (2, weight.to_owned(), expected));
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["1", weight, "-2"]));
        assert_eq!(fault(weighing(texts)), (2, weight.to_owned(), expected));
    }
    for (value, text, expected) in [
        (-0.5, "-0.5", WeightFault::Negative),
        (f64::NAN, "NaN", WeightFault::NotFinite),
        (f64::INFINITY, "inf", WeightFault::NotFinite),
        (f64::NEG_INFINITY, "-inf", WeightFault::NotFinite),
        (-1e-300, "-1e-300", WeightFault::Negative),
        (1e300, "1e300", WeightFault::TooLarge { scale: 0 }),
    ] {
        let floats = Float64Array::from(vec![1.0, value, -2.0]);
        assert_eq!(fault(weighing(Arc::new(floats))), (2, text.to_owned(), expected));
    }
    for kind in [DataType::Float16, DataType::Float32, DataType::Int8, DataType::Decimal128(4, 0)] {
        let raw: ArrayRef = Arc::new(Int64Array::from(vec![1, -2, -3]));
        let (row, value, found) = fault(weighing(cast(&raw, &kind).unwrap()));
        let expected = if kind.is_floating() { "-2.0" } else { "-2" };
        assert_eq!((row, value.as_str(), found), (2, expected, WeightFault::Negative), "{kind}");
    }
    let bad: ArrayRef =
        Arc::new(Decimal128Array::from(vec![1 << 64]).with_precision_and_scale(38, 0).unwrap());
    assert_eq!(fault(weighing(bad)).2, WeightFault::TooLarge { scale: 0 });
}

#[test]
fn the_first_weight_that_does_not_fit_beside_the_others_is_told() {
    let fault = |found: Result<Edges, IngestError>| match found.unwrap_err() {
        IngestError::Weight { row, value, fault: WeightFault::TooLarge { scale }, .. } => (row, value, scale),
        error => panic!("{error}"),
    };
    let big = "18000000000000000000";
    // The large one first, the large one last, rejects before it, and one that is too large only at the end.
    for (rows, expected) in [
        (format!("a,b,1\na,b,{big}\na,b,0.5\n"), (2, big, 1)),
        (format!("a,b,0.5\na,b,{big}\n"), (2, big, 1)),
        (format!(",b,1\na,b,x\na,b,1\n,b,1\na,b,{big}\n,b,1\na,b,{big}\na,b,0.5\n"), (5, big, 1)),
        (
            format!("a,b,1000000000000000.25\na,b,0.5\na,b,{big}\na,b,0.000000001\n"),
            (1, "1000000000000000.25", 9),
        ),
        (format!("a,b,7\na,b,0.000000001\na,b,0.5\na,b,{big}.5\n"), (4, "18000000000000000000.5", 0)),
    ] {
        let found = fault(csv(&format!("u,v,weight\n{rows}")));
        let (row, value, scale) = expected;
        assert_eq!(found, (row, value.to_owned(), scale), "{rows}");
    }
    assert!(
        told(csv(&format!("u,v,weight\na,b,{big}\na,b,0.5\n")))
            .contains("too large beside weights with a decimal\nhint")
    );
    // Row groups that are sound by themselves.
    let texts = ["1", "2", big, "3", "4", big, "0.5", "6"];
    for threads in [1, 2, 3] {
        let weights: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
        let ends: ArrayRef = Arc::new(StringArray::from(vec![
            Some("a"),
            None,
            Some("a"),
            Some("a"),
            Some("a"),
            Some("a"),
            Some("a"),
            Some("a"),
        ]));
        let bytes = parquet(vec![("u", ends.clone()), ("v", ends), ("weight", weights)], 2);
        let (_dir, path) = file("a.parquet", &bytes);
        assert_eq!(fault(read(&path, &EdgeColumns::default(), threads)), (3, big.to_owned(), 1));
    }
}

#[test]
fn which_error_is_told_does_not_depend_on_threads() {
    let mut weights = vec![1.0; 64];
    (weights[17], weights[40], weights[63]) = (-1.0, f64::NAN, 1e300);
    let ends: ArrayRef = Arc::new(Int64Array::from(vec![1; 64]));
    for group in [1, 3, 64] {
        let weights: ArrayRef = Arc::new(Float64Array::from(weights.clone()));
        let bytes = parquet(vec![("u", ends.clone()), ("v", ends.clone()), ("weight", weights)], group);
        let (_dir, path) = file("a.parquet", &bytes);
        for threads in [1, 2, 5] {
            let error = read(&path, &EdgeColumns::default(), threads).unwrap_err().to_string();
            assert!(error.contains("row 18, column \"weight\": the weight \"-1.0\" is below 0"), "{error}");
        }
    }
}

/// A table as text.
#[derive(Clone, Debug)]
struct Table {
    rows: Vec<[&'static str; 3]>,
}

#[derive(Debug, Default, PartialEq)]
struct Answer {
    nodes: Vec<String>,
    edges: Vec<EdgeRow>,
    scale: u32,
    rounded: u64,
    /// Row and column.
    rejects: Vec<(u64, &'static str)>,
}

/// Row after row, with weights as whole numbers of 10^-12, ranks out of sorted maps.
fn slow(table: &Table) -> Answer {
    let mut answer = Answer::default();
    let mut edges: Vec<(&str, &str, u64)> = Vec::new();
    for (number, [u, v, weight]) in (1..).zip(&table.rows) {
        let fault =
            [("u", u.is_empty()), ("v", v.is_empty()), ("weight", weight.is_empty() || *weight == "abc")];
        if let Some((column, _)) = fault.iter().find(|(_, fault)| *fault) {
            answer.rejects.push((number, column));
            continue;
        }
        let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
        let fine: u64 = format!("{whole}{fraction:0<12}").parse().unwrap();
        answer.rounded += u64::from(!fine.is_multiple_of(1000));
        let (down, rest) = (fine / 1000, fine % 1000);
        edges.push((u, v, down + u64::from(rest > 500 || (rest == 500 && down % 2 == 1))));
    }
    let mut scale = 9;
    while scale > 0 && edges.iter().all(|edge| edge.2.is_multiple_of(10)) {
        edges.iter_mut().for_each(|edge| edge.2 /= 10);
        scale -= 1;
    }
    answer.scale = if edges.is_empty() { 0 } else { scale };
    let names: BTreeSet<&str> = edges.iter().flat_map(|edge| [edge.0, edge.1]).collect();
    let number = |name: &str| {
        name.parse::<u64>()
            .ok()
            .filter(|value| value.to_string() == name && *value < 1_000_000_000_000_000_000)
    };
    let mut names: Vec<&str> = names.into_iter().collect();
    if names.iter().all(|name| number(name).is_some()) {
        names.sort_by_key(|name| number(name));
    }
    let ranks: BTreeMap<&str, u32> = names.iter().copied().zip(0..).collect();
    answer.edges = edges.iter().map(|&(u, v, weight)| EdgeRow { u: ranks[u], v: ranks[v], weight }).collect();
    answer.edges.sort_by_key(|edge| (edge.u, edge.v, edge.weight));
    answer.nodes = names.into_iter().map(str::to_owned).collect();
    answer
}

fn answer(found: &Edges) -> Answer {
    assert_eq!(found.read, (found.edges.len() + found.rejects.len()) as u64);
    let titles = ["u", "v", "weight"];
    let title = |column: &str| titles[titles.iter().position(|title| *title == column).unwrap()];
    Answer {
        nodes: found.nodes.iter().map(str::to_owned).collect(),
        edges: found.edges.clone(),
        scale: found.scale,
        rounded: found.rounded,
        rejects: found.rejects.iter().map(|r| (r.row, title(&r.column))).collect(),
    }
}

impl Table {
    fn csv(&self, dir: &Path) -> PathBuf {
        let path = dir.join("edges.csv");
        let mut writer = csv::Writer::from_path(&path).unwrap();
        writer.write_record(["u", "v", "weight"]).unwrap();
        self.rows.iter().for_each(|row| writer.write_record(row).unwrap());
        writer.flush().unwrap();
        path
    }

    /// Ends as whole numbers where all of a column are, and weights as decimals where they can be.
    fn parquet(&self, dir: &Path, group: usize, typed: bool) -> PathBuf {
        let texts = |at: usize| {
            StringArray::from_iter(self.rows.iter().map(|row| Some(row[at]).filter(|text| !text.is_empty())))
        };
        let column = |at: usize, kind: DataType| -> ArrayRef {
            let texts: ArrayRef = Arc::new(texts(at));
            let known = cast(&texts, &kind).unwrap();
            // A number must have the text that it was made from.
            let back = cast(&known, &DataType::Utf8).unwrap();
            let same = kind.is_decimal() || back.as_ref() == texts.as_ref();
            if typed && same && known.null_count() == texts.null_count() { known } else { texts }
        };
        let columns = vec![
            ("u", column(0, DataType::Int64)),
            ("v", column(1, DataType::Int64)),
            ("weight", column(2, DataType::Decimal128(20, 12))),
        ];
        let path = dir.join(format!("edges{group}{typed}.parquet"));
        fs::write(&path, parquet(columns, group)).unwrap();
        path
    }
}

const NAMES: [&str; 12] =
    ["1", "2", "3", "10", "20", "100", "4000000000", "999999999999999999", "", "a", "007", "糸口"];
const WEIGHTS: [&str; 12] = [
    "1",
    "2",
    "0",
    "0.5",
    "0.25",
    "12.125",
    "0.000000001",
    "3.0000000005",
    "3.0000000015",
    "0.1000",
    "",
    "abc",
];

/// Tables of numbers alone, of any names, of few kinds of weights and of all.
fn table() -> impl Strategy<Value = Table> {
    (select(vec![8_usize, 9, 12]), select(vec![3_usize, 6, 10, 12])).prop_flat_map(|(names, weights)| {
        let row = (select(&NAMES[..names]), select(&NAMES[..names]), select(&WEIGHTS[..weights]));
        vec(row.prop_map(|(u, v, weight)| [u, v, weight]), 0..40).prop_map(|rows| Table { rows })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_form_gives_what_the_slow_reader_gives(table in table(), group in 1..20_usize) {
        let (dir, asked) = (tempfile::tempdir().unwrap(), EdgeColumns::default());
        let expected = slow(&table);
        let found = read(&table.csv(dir.path()), &asked, 1).unwrap();
        prop_assert_eq!(&answer(&found), &expected);
        for (group, typed, threads) in [(group, false, 1), (group, true, 3), (1000, true, 1), (group, true, 1)] {
            let other = read(&table.parquet(dir.path(), group, typed), &asked, threads).unwrap();
            prop_assert_eq!(answer(&other), answer(&found));
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter(
        (table, shuffled) in table().prop_flat_map(|t| (Just(t.clone()), Just(t.rows).prop_shuffle())),
        group in 1..20_usize,
    ) {
        let (dir, asked) = (tempfile::tempdir().unwrap(), EdgeColumns::default());
        let other = Table { rows: shuffled };
        let whole = |path: &Path| {
            let mut found = answer(&read(path, &asked, 2).unwrap());
            let rejects = found.rejects.len();
            found.rejects.clear();
            (found, rejects)
        };
        let one = whole(&table.csv(dir.path()));
        prop_assert_eq!(&whole(&other.csv(dir.path())), &one);
        prop_assert_eq!(&whole(&other.parquet(dir.path(), group, true)), &one);
    }
}

/// Pseudorandom numbers, the same in every run.
fn numbers(seed: u64) -> impl Iterator<Item = u64> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    })
}

#[test]
fn many_batches_and_many_names() {
    const ROWS: usize = 50_000;
    for below in [50, 100_000, 1 << 31] {
        let ends = |seed| numbers(seed).map(move |n| (n % below) as i64).take(ROWS).collect::<Vec<_>>();
        let (u, v): (Vec<i64>, Vec<i64>) = (ends(1), ends(2));
        let weights: Vec<f64> = numbers(3).map(|n| (n % 1000) as f64 / 8.0).take(ROWS).collect();
        let mut text = "u,v,weight\n".to_owned();
        for ((u, v), weight) in u.iter().zip(&v).zip(&weights) {
            text.push_str(&format!("{u},{v},{weight}\n"));
        }
        let expected = csv(&text).unwrap();
        assert!(expected.edges.is_sorted() && expected.edges.len() == ROWS && expected.scale == 3);
        let mut nodes: Vec<i64> = u.iter().chain(&v).copied().collect();
        nodes.sort_unstable();
        nodes.dedup();
        assert!(expected.nodes.iter().eq(nodes.iter().map(ToString::to_string)));
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("u", Arc::new(Int64Array::from(u))),
            ("v", Arc::new(Int64Array::from(v))),
            ("weight", Arc::new(Float64Array::from(weights))),
        ];
        for group in [7_000, 17_000, ROWS] {
            let (_dir, path) = file("a.parquet", &parquet(columns.clone(), group));
            for threads in [1, 2] {
                assert!(
                    read(&path, &EdgeColumns::default(), threads).unwrap() == expected,
                    "{below} {group}"
                );
            }
        }
    }
}

#[test]
fn a_long_csv_comes_in_pieces() {
    const ROWS: usize = 1_100_000;
    let table = |last: &str| {
        let mut text = "u,v,weight\n".to_owned();
        for (row, n) in numbers(17).take(ROWS).enumerate() {
            match row {
                70_000 | 1_048_600 => text.push_str("1,,1\n"),
                1_048_500 => text.push_str("1,2,x\n"),
                1_070_000 => text.push_str(last),
                _ => text.push_str(&format!("{},{},3\n", n % 3001, n % 2003)),
            }
        }
        text
    };
    let found = csv(&table("2,7000000000,0.5\n")).unwrap();
    assert_eq!(rejects(&found).iter().map(|r| r.0).collect::<Vec<_>>(), [70_001, 1_048_501, 1_048_601]);
    assert_eq!((found.read, found.scale), (ROWS as u64, 1));
    let names = (0..3001).chain([7_000_000_000_u64]).map(|n| n.to_string());
    assert!(found.nodes.iter().eq(names));
    // Up to 3,000 a rank is the number itself.
    let others = [70_000, 1_048_600, 1_048_500, 1_070_000];
    let mut edges: Vec<EdgeRow> = (0..)
        .zip(numbers(17).take(ROWS))
        .filter(|(row, _)| !others.contains(row))
        .map(|(_, n)| EdgeRow { u: (n % 3001) as u32, v: (n % 2003) as u32, weight: 30 })
        .collect();
    edges.push(EdgeRow { u: 2, v: 3001, weight: 5 });
    edges.sort_unstable();
    assert!(found.edges == edges);

    // The same edges where the last piece has a name that is no number, and under the names' own order.
    let named = csv(&table("2,x,0.5\n")).unwrap();
    assert_eq!(named.nodes.len(), found.nodes.len());
    assert!(named.nodes.iter().is_sorted());
    let mut renamed: Vec<_> =
        triples(&named).into_iter().map(|(u, v, w)| (u, v.replace('x', "7000000000"), w)).collect();
    let mut plain: Vec<_> = triples(&found).into_iter().map(|(u, v, w)| (u, v.to_owned(), w)).collect();
    renamed.sort();
    plain.sort();
    assert!(renamed == plain);

    // Where a weight is that does not fit is told across pieces.
    for last in ["2,7,18000000000000000000\n3,3,0.5\n", "2,x,18000000000000000000\nx,3,0.5\n"] {
        let error = told(csv(&table(last)));
        assert!(error.contains("row 1070001, "), "{error}");
    }
}

#[test]
fn damaged_bytes_are_an_error_or_a_table() {
    let ends: ArrayRef = Arc::new(Int64Array::from_iter_values(numbers(9).take(300).map(|n| n as i64 % 50)));
    let weights: ArrayRef = Arc::new(Float64Array::from_iter_values(numbers(8).take(300).map(|n| n as f64)));
    let sound = parquet(vec![("u", ends.clone()), ("v", ends), ("weight", weights)], 100);
    let (mut refused, mut rest) = (0, numbers(10));
    for _ in 0..400 {
        let mut bytes = sound.clone();
        for _ in 0..2 {
            let at = rest.next().unwrap() as usize % bytes.len();
            bytes[at] = rest.next().unwrap() as u8;
        }
        let (_dir, path) = file("a.parquet", &bytes);
        match read_edges(&path, &EdgeColumns::default()) {
            Ok(found) => {
                assert_eq!(found.read, (found.edges.len() + found.rejects.len()) as u64);
                let known = found.nodes.len();
                assert!(found.edges.iter().all(|e| (e.u.max(e.v) as usize) < known));
            }
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 0);
}
