//! Reads a world's tables as plain rows, independently of how they were made.
#![allow(dead_code)] // each test file uses a part

use std::collections::BTreeMap;

use arrow::{
    array::{Array, AsArray},
    datatypes::{DataType, Date32Type, Float64Type, TimestampMicrosecondType, UInt16Type, UInt32Type},
};
use itoguchi_worlds::{Request, World, simulate};

pub const HOUR: i64 = 3_600_000_000;
pub const MINUTE: i64 = 60_000_000;

/// One row: a text for every column that is not null, numbers as they print.
pub type Row = BTreeMap<String, String>;

pub fn world(name: &str, accounts: Option<u32>, days: Option<u32>, seed: u64) -> World {
    simulate(&Request { world: name.to_owned(), accounts, days, seed })
        .expect("a world that exists, in a size it has")
}

pub fn rows(world: &World, table: &str) -> Vec<Row> {
    let batch = &world.table(table).unwrap_or_else(|| panic!("table {table}")).rows;
    (0..batch.num_rows())
        .map(|i| {
            let fields = batch.schema();
            batch
                .columns()
                .iter()
                .zip(fields.fields())
                .filter(|(c, _)| c.is_valid(i))
                .map(|(c, f)| (f.name().clone(), text(c, i)))
                .collect()
        })
        .collect()
}

fn text(c: &dyn Array, i: usize) -> String {
    match c.data_type() {
        DataType::Utf8 => c.as_string::<i32>().value(i).to_owned(),
        DataType::Float64 => c.as_primitive::<Float64Type>().value(i).to_string(),
        DataType::UInt16 => c.as_primitive::<UInt16Type>().value(i).to_string(),
        DataType::UInt32 => c.as_primitive::<UInt32Type>().value(i).to_string(),
        DataType::Date32 => c.as_primitive::<Date32Type>().value(i).to_string(),
        _ => c.as_primitive::<TimestampMicrosecondType>().value(i).to_string(),
    }
}

pub fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().expect("a number")
}

pub fn time(row: &Row) -> i64 {
    row["time"].parse().expect("microseconds")
}

/// Days since 1970 in Japan.
pub fn day(t: i64) -> i64 {
    (t + 9 * HOUR).div_euclid(24 * HOUR)
}

/// Microseconds since midnight in Japan.
pub fn tod(t: i64) -> i64 {
    (t + 9 * HOUR).rem_euclid(24 * HOUR)
}

/// Days since 1970 of a day of 2025 (no leap year).
pub fn date(month: usize, d: i64) -> i64 {
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    20_089 + before[month - 1] + d - 1
}

pub fn who(row: &Row) -> (String, String) {
    (row["broker"].clone(), row["account_id"].clone())
}

/// Prices and quantities in millionths, so that products are exact.
pub fn exact(row: &Row, column: &str) -> i128 {
    (number(row, column) * 1e6).round() as i128
}

/// A world's tables as rows, read once.
pub struct Loaded(BTreeMap<&'static str, Vec<Row>>);

impl From<&World> for Loaded {
    fn from(world: &World) -> Self {
        Self(world.tables.iter().map(|t| (t.name, rows(world, t.name))).collect())
    }
}

impl Loaded {
    pub fn rows(&self, table: &str) -> &[Row] {
        self.0.get(table).unwrap_or_else(|| panic!("table {table}"))
    }
}

/// What the innocent of every large world are labelled.
pub const DECOYS: [&str; 15] = [
    "household",
    "office_nat",
    "aggregator",
    "news_burst",
    "newsletter",
    "ipo_day",
    "kabunushi_yutai",
    "nisa_auto",
    "new_phone_then_sells_all_to_buy_etf",
    "dormant_wakes",
    "day_trader",
    "long_holder_sells_into_rise",
    "market_maker",
    "traveller",
    "chaser",
];
