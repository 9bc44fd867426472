//! A world's tables with fewer rows, and as a case folder.

use std::{fs::File, path::Path};

use arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch},
    compute::filter_record_batch,
    datatypes::{
        DataType, Date32Type, Float64Type, TimeUnit, TimestampMicrosecondType, UInt16Type, UInt32Type,
    },
};
use itoguchi_worlds::Table;
use parquet::{arrow::ArrowWriter, basic::Compression, file::properties::WriterProperties};

use crate::Failure;

/// Of so many rows one is dropped.
const DROP_ONE_OF: u64 = 20;
/// Tables of which rows are dropped: what a broker logs. Names and rates are needed to read those.
const DROPPED: [&str; 4] = ["logins", "executions", "holdings", "bars"];

/// The rows of one broker; tables that name no broker stay whole.
pub fn of_broker(tables: &[Table], broker: &str) -> Result<Vec<Table>, Failure> {
    let part = |table: &Table| -> Result<Table, Failure> {
        let Some(column) = table.rows.column_by_name("broker") else { return Ok(table.clone()) };
        let brokers = column.as_string::<i32>();
        let mine: BooleanArray = brokers.iter().map(|b| Some(b == Some(broker))).collect();
        Ok(Table { rows: filter_record_batch(&table.rows, &mine)?, ..table.clone() })
    };
    tables.iter().filter(|t| !t.truth).map(part).collect()
}

/// The tables with one row of twenty dropped: which one follows from what stands in it and from `seed`.
pub fn thinned(tables: &[Table], seed: u64) -> Result<Vec<Table>, Failure> {
    let part = |table: &Table| -> Result<Table, Failure> {
        if !DROPPED.contains(&table.name) {
            return Ok(table.clone());
        }
        let mut hashes = vec![seed; table.rows.num_rows()];
        for column in table.rows.columns() {
            mix_in(&mut hashes, column)?;
        }
        let kept: BooleanArray = hashes.iter().map(|h| Some(!h.is_multiple_of(DROP_ONE_OF))).collect();
        Ok(Table { rows: filter_record_batch(&table.rows, &kept)?, ..table.clone() })
    };
    tables.iter().filter(|t| !t.truth).map(part).collect()
}

fn mix_in(hashes: &mut [u64], column: &ArrayRef) -> Result<(), Failure> {
    let bits: Box<dyn Fn(usize) -> u64> = match column.data_type() {
        DataType::Utf8 => {
            let texts = column.as_string::<i32>();
            Box::new(|row| texts.value(row).bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| mix(h ^ u64::from(b))))
        }
        DataType::Float64 => {
            let values = column.as_primitive::<Float64Type>().values();
            Box::new(|row| values[row].to_bits())
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let values = column.as_primitive::<TimestampMicrosecondType>().values();
            Box::new(|row| values[row] as u64)
        }
        DataType::Date32 => {
            let values = column.as_primitive::<Date32Type>().values();
            Box::new(|row| values[row] as u64)
        }
        DataType::UInt32 => {
            let values = column.as_primitive::<UInt32Type>().values();
            Box::new(|row| u64::from(values[row]))
        }
        DataType::UInt16 => {
            let values = column.as_primitive::<UInt16Type>().values();
            Box::new(|row| u64::from(values[row]))
        }
        other => return Err(format!("no row of type {other} can be hashed yet").into()),
    };
    for (row, hash) in hashes.iter_mut().enumerate() {
        let value = if column.is_null(row) { 0x6e75_6c6c } else { bits(row) };
        *hash = mix(hash.rotate_left(5) ^ value);
    }
    Ok(())
}

/// Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014: the finaliser.
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Writes `tables` as a case folder, and their truth into its folder `truth`.
pub fn write(tables: &[Table], case: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(case.join("truth"))?;
    for table in tables {
        let folder = if table.truth { case.join("truth") } else { case.to_owned() };
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let file = File::create(folder.join(format!("{}.parquet", table.name)))?;
        let mut writer = ArrowWriter::try_new(file, table.rows.schema(), Some(properties))?;
        writer.write(&table.rows)?;
        writer.close()?;
    }
    Ok(())
}

/// The number of rows of table `name`.
pub fn rows(tables: &[Table], name: &str) -> usize {
    tables.iter().filter(|t| t.name == name && !t.truth).map(|t| RecordBatch::num_rows(&t.rows)).sum()
}

#[cfg(test)]
mod tests {
    use itoguchi_worlds::{Request, simulate};

    use super::*;

    fn world() -> Vec<Table> {
        let request = Request { world: "plain".to_owned(), accounts: Some(1_000), days: Some(10), seed: 1 };
        simulate(&request).expect("there is such a world").tables
    }

    #[test]
    fn one_row_of_twenty_goes_and_which_one_does_not_depend_on_its_place() {
        let whole = world();
        let part = thinned(&whole, 7).expect("every type is known");
        for name in DROPPED {
            let (before, after) = (rows(&whole, name) as f64, rows(&part, name) as f64);
            let gone = (before - after) / before;
            // Four standard deviations around one in twenty.
            assert!((gone - 0.05).abs() < 4.0 * (0.05 * 0.95 / before).sqrt(), "{name}: {gone} of {before}");
        }
        assert_eq!(rows(&part, "instruments"), rows(&whole, "instruments"));
        let upside_down: Vec<Table> = whole.iter().map(reversed).collect();
        for (a, b) in part.iter().zip(thinned(&upside_down, 7).expect("every type is known")) {
            assert_eq!(a.rows, reversed(&b).rows, "{}", a.name);
        }
        assert_ne!(rows(&part, "logins"), rows(&thinned(&whole, 8).expect("known"), "logins"));
    }

    fn reversed(table: &Table) -> Table {
        let n = table.rows.num_rows() as u32;
        let order = arrow::array::UInt32Array::from_iter_values((0..n).rev());
        let rows = arrow::compute::take_record_batch(&table.rows, &order).expect("the places are there");
        Table { rows, ..table.clone() }
    }

    #[test]
    fn the_brokers_parts_make_up_the_whole() {
        let whole = world();
        let brokers = ["NOMURA", "RAKUTEN", "SBI"];
        let parts: Vec<Vec<Table>> =
            brokers.iter().map(|b| of_broker(&whole, b).expect("it splits")).collect();
        for name in ["logins", "executions", "holdings", "accounts"] {
            let each: Vec<usize> = parts.iter().map(|p| rows(p, name)).collect();
            assert_eq!(each.iter().sum::<usize>(), rows(&whole, name), "{name}");
            assert!(each.iter().all(|n| *n > 0), "{name}: {each:?}");
        }
        assert_eq!(rows(&parts[0], "bars"), rows(&whole, "bars"));
    }
}
