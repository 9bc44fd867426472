//! Parquet of every dialect, and Parquet that is none.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use std::sync::Arc;

use arrow::{
    array::{
        ArrayRef, Date32Array, Date64Array, Decimal128Array, Float32Array, Float64Array, Int16Array,
        Int32Array, Int64Array, LargeStringArray, NullArray, StringArray, StringViewArray,
        TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray,
        UInt16Array, UInt64Array,
    },
    compute::cast,
    datatypes::DataType,
};
use common::{Folder, HEADER, ROW, content, gz, parquet, zst};
use itoguchi_model::{Instant, JstDate, Scaled};

const SECONDS: i64 = 1_742_342_400;

type Columns = Vec<(&'static str, ArrayRef)>;

fn strings(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn columns() -> Columns {
    vec![
        ("broker", strings(&["ALPHA"])),
        ("account_id", strings(&["a1"])),
        ("time", Arc::new(TimestampMicrosecondArray::from(vec![SECONDS * 1_000_000]).with_timezone("UTC"))),
        ("instrument", strings(&["XTKS:9991"])),
        ("side", strings(&["buy"])),
        ("quantity", Arc::new(Float64Array::from(vec![100.0]))),
        ("price", Arc::new(Float64Array::from(vec![250.5]))),
    ]
}

fn with(column: &str, array: ArrayRef) -> Folder {
    let mut columns = columns();
    columns.iter_mut().find(|c| c.0 == column).unwrap().1 = array;
    Folder::empty().parquet("executions.parquet", columns)
}

#[test]
fn every_unit_of_time_is_the_same_moment() {
    let arrays: [ArrayRef; 7] = [
        Arc::new(TimestampSecondArray::from(vec![SECONDS]).with_timezone("UTC")),
        Arc::new(TimestampMillisecondArray::from(vec![SECONDS * 1000]).with_timezone("Asia/Tokyo")),
        Arc::new(TimestampMicrosecondArray::from(vec![SECONDS * 1_000_000]).with_timezone("+09:00")),
        Arc::new(TimestampNanosecondArray::from(vec![SECONDS * 1_000_000_000 + 999]).with_timezone("UTC")),
        strings(&["2025-03-19T09:00:00+09:00"]),
        Arc::new(StringViewArray::from(vec!["2025-03-19T00:00:00Z"])),
        cast(
            &strings(&["2025-03-19T00:00:00Z"]),
            &DataType::Dictionary(DataType::Int16.into(), DataType::Utf8.into()),
        )
        .unwrap(),
    ];
    for array in arrays {
        let kind = array.data_type().to_string();
        let case = with("time", array).case();
        assert_eq!(case.executions[0].time, Instant(SECONDS * 1_000_000), "{kind}");
    }
    let naive: ArrayRef = Arc::new(TimestampMillisecondArray::from(vec![(SECONDS + 9 * 3600) * 1000]));
    let error = with("time", naive.clone()).error();
    assert!(error.contains("`time`") && error.contains("ingest.naive_offset"), "{error}");
    let case = with("time", naive).with(|s| s.naive_offset_seconds = Some(9 * 3600)).case();
    assert_eq!(case.executions[0].time, Instant(SECONDS * 1_000_000));
    let overflow: ArrayRef = Arc::new(TimestampSecondArray::from(vec![i64::MAX]).with_timezone("UTC"));
    assert!(with("time", overflow).reject().2.contains("outside the years"));
}

#[test]
fn every_kind_of_text_and_number_is_read() {
    let texts: [ArrayRef; 4] = [
        Arc::new(LargeStringArray::from(vec!["a1"])),
        Arc::new(StringViewArray::from(vec!["a1"])),
        cast(&strings(&["a1"]), &DataType::Dictionary(DataType::UInt8.into(), DataType::Utf8.into()))
            .unwrap(),
        cast(&strings(&["a1"]), &DataType::Dictionary(DataType::Int32.into(), DataType::LargeUtf8.into()))
            .unwrap(),
    ];
    for array in texts {
        assert_eq!(with("account_id", array).case().names.accounts[0].1, "a1");
    }
    let numbers: [ArrayRef; 6] = [
        Arc::new(Float32Array::from(vec![250.0])),
        Arc::new(Int16Array::from(vec![250])),
        Arc::new(Int64Array::from(vec![250])),
        Arc::new(UInt16Array::from(vec![250])),
        Arc::new(UInt64Array::from(vec![250])),
        Arc::new(Decimal128Array::from(vec![25_000]).with_precision_and_scale(12, 2).unwrap()),
    ];
    for array in numbers {
        assert_eq!(with("price", array).case().executions[0].price, Scaled(250_000_000));
    }
    for (array, days) in [
        (Arc::new(Date32Array::from(vec![20_000])) as ArrayRef, 20_000),
        (Arc::new(Date64Array::from(vec![20_000 * 86_400_000])) as ArrayRef, 20_000),
        (strings(&["2024-10-04"]), 20_000),
    ] {
        let fx: Columns = vec![
            ("currency", strings(&["USD"])),
            ("date", array),
            ("jpy", Arc::new(Int32Array::from(vec![150]))),
        ];
        assert_eq!(Folder::sound().parquet("fx.parquet", fx).case().fx[0].date, JstDate(days));
    }
}

#[test]
fn optional_whole_numbers_survive_other_writers() {
    let logins = |port: ArrayRef| -> Columns {
        let mut columns: Columns = columns().into_iter().take(3).collect();
        columns.push(("src_port", port));
        columns
    };
    for (array, want) in [
        (Arc::new(Float64Array::from(vec![443.0])) as ArrayRef, Some(443)),
        (Arc::new(Float64Array::from(vec![f64::NAN])), None),
        (Arc::new(Int64Array::from(vec![None])), None),
        (Arc::new(NullArray::new(1)), None),
        (Arc::new(Int16Array::from(vec![443])), Some(443)),
    ] {
        assert_eq!(Folder::sound().parquet("logins.parquet", logins(array)).case().logins[0].src_port, want);
    }
    for array in [
        Arc::new(Float64Array::from(vec![443.5])) as ArrayRef,
        Arc::new(UInt64Array::from(vec![u64::MAX])),
        Arc::new(Int32Array::from(vec![-1])),
        Arc::new(Int32Array::from(vec![65_536])),
        Arc::new(Float64Array::from(vec![1e300])),
    ] {
        assert_eq!(Folder::sound().parquet("logins.parquet", logins(array)).reject().0, "src_port");
    }
}

#[test]
fn a_wrong_type_is_named() {
    for (column, array, found) in [
        ("account_id", Arc::new(Int64Array::from(vec![12])) as ArrayRef, "Int64"),
        ("time", Arc::new(Int64Array::from(vec![SECONDS])), "Int64"),
        ("price", strings(&["250"]), "Utf8"),
        ("side", Arc::new(Float64Array::from(vec![1.0])), "Float64"),
    ] {
        let error = with(column, array).error();
        assert!(error.contains(&format!("column `{column}` is {found}, not ")), "{error}");
    }
}

#[test]
fn bad_values_are_rejects_here_too() {
    for (column, array) in [
        ("price", Arc::new(Float64Array::from(vec![f64::NAN])) as ArrayRef),
        ("price", Arc::new(Float64Array::from(vec![None]))),
        ("quantity", Arc::new(Int64Array::from(vec![i64::MAX]))),
        ("account_id", strings(&[""])),
        ("account_id", strings(&["a\0"])),
        ("broker", Arc::new(StringArray::from(vec![None::<&str>]))),
        ("instrument", strings(&[&"x".repeat(70_000)])),
    ] {
        let (at, value, _) = with(column, array).reject();
        assert!(at == column && value.chars().count() <= 200);
    }
}

/// One case in all forms, with several row groups in the Parquet one.
#[test]
fn all_forms_give_the_same_case() {
    let n = 1000_usize;
    let token = |i: usize| format!("a{}", i * 7 % 40);
    let price = |i: usize| 100.0 + (i % 17) as f64 / 8.0;
    let mut text = format!("{HEADER},execution_id\n");
    for i in 0..n {
        text += &format!(
            "ALPHA,{},2025-03-19T00:{:02}:{:02}Z,XTKS:{},{},{},{},{}\n",
            token(i),
            i / 60 % 60,
            i % 60,
            9000 + i % 5,
            if i % 3 == 0 { "sell" } else { "buy" },
            100 + i,
            price(i),
            if i % 2 == 0 { format!("e{i}") } else { String::new() }
        );
    }
    let col =
        |f: &dyn Fn(usize) -> String| -> ArrayRef { Arc::new(StringArray::from_iter_values((0..n).map(f))) };
    let columns: Columns = vec![
        ("price", Arc::new(Float64Array::from_iter_values((0..n).map(price)))),
        (
            "execution_id",
            Arc::new(StringArray::from_iter((0..n).map(|i| (i % 2 == 0).then(|| format!("e{i}"))))),
        ),
        ("broker", col(&|_| "ALPHA".to_owned())),
        ("account_id", col(&token)),
        (
            "time",
            Arc::new(
                TimestampMillisecondArray::from_iter_values((0..n).map(|i| (SECONDS + i as i64) * 1000))
                    .with_timezone("UTC"),
            ),
        ),
        (
            "instrument",
            cast(
                &col(&|i| format!("XTKS:{}", 9000 + i % 5)),
                &DataType::Dictionary(DataType::Int8.into(), DataType::Utf8.into()),
            )
            .unwrap(),
        ),
        ("side", col(&|i| if i % 3 == 0 { "sell" } else { "buy" }.to_owned())),
        ("quantity", Arc::new(Int32Array::from_iter_values((0..n).map(|i| 100 + i as i32)))),
    ];
    let forms = [
        ("executions.csv", text.clone().into_bytes()),
        ("executions.csv.gz", gz(text.as_bytes())),
        ("executions.csv.zst", zst(text.as_bytes())),
        ("executions.parquet", parquet(columns, 64)),
    ];
    let cases = forms.map(|(name, bytes)| Folder::empty().file(name, bytes).case());
    assert_eq!(cases[0].executions.len(), n);
    for case in &cases[1..] {
        assert_eq!(case.executions, cases[0].executions, "places included");
        assert_eq!(content(case), content(&cases[0]));
    }
}

#[test]
fn what_is_no_parquet_or_a_damaged_one_is_an_error() {
    let n = 500;
    let mut columns = columns();
    for (_, array) in &mut columns {
        let parts: Vec<&dyn arrow::array::Array> =
            (0..n).map(|_| &**array as &dyn arrow::array::Array).collect();
        *array = arrow::compute::concat(&parts).unwrap();
    }
    let whole = parquet(columns, 100);
    let folder = |bytes: &[u8]| Folder::empty().file("executions.parquet", bytes);
    assert_eq!(folder(&whole).case().executions.len(), n);
    for bytes in [
        b"".as_slice(),
        b"PAR1",
        ROW.as_bytes(),
        &whole[..whole.len() / 2],
        &whole[..whole.len() - 1],
        &whole[100..],
    ] {
        let error = folder(bytes).error();
        assert!(error.contains("executions.parquet") && error.contains("Parquet"), "{error}");
    }
    // Every byte in turn: an error or a case, never a panic that escapes. Footer and pages are both hit.
    let mut refused = 0;
    for at in (4..whole.len() - 8).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x2A;
        match folder(&bytes).read() {
            Ok(case) => common::balanced(&case),
            Err(error) => {
                refused += 1;
                assert!(error.to_string().contains("hint: "));
            }
        }
    }
    assert!(refused > 20, "{refused}");
}
