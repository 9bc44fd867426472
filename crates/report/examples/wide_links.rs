//! Writes a `links` table of many rows with the settings every result table has, to measure what a query of one ring
//! reads: `cargo run -p itoguchi-report --example wide_links -- FILE ROWS [RINGS] [LINKS_OF_A_RING]`.

use std::{error::Error, fs::File, sync::Arc};

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt32Array};
use itoguchi_report::{schema::LINKS, tables::writer_properties};
use parquet::arrow::ArrowWriter;

/// Rows of one batch.
const BATCH: u64 = 65_536;
/// Accounts the links are drawn from.
const ACCOUNTS: u64 = 4_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("which file?")?;
    let mut number = |default: u64| arguments.next().map_or(Ok(default), |n| n.parse());
    let (rows, rings, links) = (number(1_000_000)?, number(2_000)?, number(500)?);
    let mut writer = ArrowWriter::try_new(File::create(path)?, LINKS.schema(), Some(writer_properties()))?;
    for start in (0..rows).step_by(BATCH as usize) {
        let batch = start..rows.min(start + BATCH);
        writer.write(&RecordBatch::try_new(LINKS.schema(), columns(batch, rows, rings, links))?)?;
    }
    writer.close()?;
    Ok(())
}

/// Rings come first, by id; then everybody else, by account.
fn columns(batch: std::ops::Range<u64>, rows: u64, rings: u64, links: u64) -> Vec<ArrayRef> {
    let ring = |i: u64| (i / links < rings).then(|| format!("R-{:012x}", (i / links) << 24));
    let smaller = |i: u64| (i as u128 * u128::from(ACCOUNTS) / u128::from(rows)) as u64;
    let text = |value: &dyn Fn(u64) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(batch.clone().map(value)))
    };
    let broker =
        |account: u64| ["NOMURA", "RAKUTEN", "SBI"][(account * 3 / ACCOUNTS).min(2) as usize].to_owned();
    vec![
        Arc::new(batch.clone().map(ring).collect::<StringArray>()),
        text(&|i| broker(smaller(i))),
        text(&|i| format!("A{:08}", smaller(i))),
        text(&|i| broker(drawn(i) % ACCOUNTS)),
        text(&|i| format!("A{:08}", drawn(i) % ACCOUNTS)),
        text(&|i| ["co_buy", "ip", "opposite", "device"][(drawn(i) >> 32) as usize % 4].to_owned()),
        Arc::new(Float64Array::from_iter_values(batch.clone().map(|i| (drawn(i) >> 40) as f64 / 1000.0))),
        Arc::new(UInt32Array::from_iter_values(batch.clone().map(|i| (drawn(i) >> 50) as u32 % 9 + 1))),
        Arc::new(UInt32Array::from_iter_values(batch.clone().map(|i| (drawn(i) >> 48) as u32 % 40 + 1))),
        Arc::new(batch.clone().map(|i| (i % 3 > 0).then(|| 0.05 / (i + 1) as f64)).collect::<Float64Array>()),
    ]
}

/// A number that looks drawn, the same for the same row (splitmix64).
fn drawn(i: u64) -> u64 {
    let mut z = i.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
