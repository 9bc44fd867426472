//! A finished world to files: Parquet or CSV, complete or not at all.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use arrow::{
    array::{Array, AsArray, RecordBatch},
    datatypes::{
        DataType, Date32Type, Float64Type, TimeUnit, TimestampMicrosecondType, UInt16Type, UInt32Type,
    },
};
use itoguchi_model::{Instant, JstDate};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, ZstdLevel},
    errors::ParquetError,
    file::properties::WriterProperties,
};

use rayon::prelude::*;

use crate::{Format, WorldError, tables::Table};

/// The file that says that a folder is a case made here, and how to make it again.
const MARKER: &str = "truth/world.json";
/// A file people may keep in the folder; it survives when the case is made anew.
const KEPT: &str = "README.md";

/// Writes `tables` into `dir` through a folder beside it that takes its place in one rename.
pub(crate) fn write(dir: &Path, tables: &[Table], format: Format, recipe: &str) -> Result<(), WorldError> {
    may_replace(dir)?;
    let (work, old) = (beside(dir, "new"), beside(dir, "old"));
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| WorldError::Io { path, source }
    };
    let outcome = (|| {
        fs::create_dir_all(work.join("truth")).map_err(io(&work))?;
        tables.par_iter().try_for_each(|table| {
            let folder = if table.truth { work.join("truth") } else { work.clone() };
            write_table(&folder, table, format)
        })?;
        fs::write(work.join(MARKER), recipe).map_err(io(&work))?;
        if dir.join(KEPT).is_file() {
            fs::copy(dir.join(KEPT), work.join(KEPT)).map_err(io(dir))?;
        }
        if dir.exists() {
            fs::rename(dir, &old).map_err(io(dir))?;
        }
        fs::rename(&work, dir).map_err(io(dir))
    })();
    if outcome.is_err() {
        // What was there comes back; the half-written folder goes. The first error is the one to report.
        if old.exists() && !dir.exists() {
            let _ = fs::rename(&old, dir);
        }
        let _ = fs::remove_dir_all(&work);
    } else if old.exists() {
        fs::remove_dir_all(&old).map_err(io(&old))?;
    }
    outcome
}

fn beside(dir: &Path, word: &str) -> PathBuf {
    let name = dir.file_name().map_or_else(|| "case".into(), |n| n.to_string_lossy().into_owned());
    dir.with_file_name(format!(".{name}.tmp-itoguchi-{}-{word}", std::process::id()))
}

/// A folder may be replaced if it was made here, or holds nothing but a card about what will be in it.
fn may_replace(dir: &Path) -> Result<(), WorldError> {
    if !dir.exists() {
        return Ok(());
    }
    let occupied = || WorldError::Occupied { path: dir.to_owned() };
    if !dir.is_dir() {
        return Err(occupied());
    }
    if dir.join(MARKER).is_file() {
        return Ok(());
    }
    let entries = fs::read_dir(dir).map_err(|source| WorldError::Io { path: dir.to_owned(), source })?;
    for entry in entries {
        let entry = entry.map_err(|source| WorldError::Io { path: dir.to_owned(), source })?;
        if entry.file_name() != KEPT {
            return Err(occupied());
        }
    }
    Ok(())
}

fn write_table(folder: &Path, table: &Table, format: Format) -> Result<(), WorldError> {
    let ending = match format {
        Format::Parquet => "parquet",
        Format::Csv => "csv",
    };
    let path = folder.join(format!("{}.{ending}", table.name));
    let failed = |source| WorldError::Io { path: path.clone(), source };
    let file = File::create(&path).map_err(failed)?;
    match format {
        Format::Parquet => write_parquet(file, &table.rows)
            .map_err(|source| WorldError::Table { path: path.clone(), source: Box::new(source) }),
        Format::Csv => write_csv(file, &table.rows).map_err(failed),
    }
}

fn write_parquet(file: File, rows: &RecordBatch) -> Result<(), ParquetError> {
    // The default names the version of the library, which would change the bytes with it.
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(level(rows.num_rows()))?))
        .set_created_by("itoguchi simulate".to_owned())
        .build();
    let mut writer = ArrowWriter::try_new(BufWriter::new(file), rows.schema(), Some(properties))?;
    writer.write(rows)?;
    writer.close()?;
    Ok(())
}

/// What is shipped is packed tightly; large tables are written in a hurry.
fn level(rows: usize) -> i32 {
    if rows > 150_000 { 1 } else { 12 }
}

fn write_csv(file: File, rows: &RecordBatch) -> Result<(), std::io::Error> {
    let mut writer = csv::Writer::from_writer(BufWriter::new(file));
    writer.write_record(rows.schema().fields().iter().map(|f| f.name().as_str()))?;
    let mut record: Vec<String> = vec![String::new(); rows.num_columns()];
    for row in 0..rows.num_rows() {
        for (cell, column) in record.iter_mut().zip(rows.columns()) {
            cell.clear();
            if column.is_valid(row) {
                *cell = text(column, row);
            }
        }
        writer.write_record(&record)?;
    }
    writer.flush()?;
    writer.into_inner().map_err(csv::IntoInnerError::into_error)?.flush()
}

fn text(column: &dyn Array, row: usize) -> String {
    match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row).to_string(),
        DataType::UInt16 => column.as_primitive::<UInt16Type>().value(row).to_string(),
        DataType::UInt32 => column.as_primitive::<UInt32Type>().value(row).to_string(),
        DataType::Date32 => JstDate(column.as_primitive::<Date32Type>().value(row)).to_string(),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            rfc3339(column.as_primitive::<TimestampMicrosecondType>().value(row))
        }
        other => unreachable!("no table of a world has a column of type {other}"),
    }
}

/// Japanese time with milliseconds and offset.
fn rfc3339(time: i64) -> String {
    let instant = Instant(time);
    let tod = instant.jst_time_of_day() / 1_000;
    let (ms, s) = (tod % 1_000, tod / 1_000);
    format!("{}T{:02}:{:02}:{:02}.{ms:03}+09:00", instant.jst_date(), s / 3_600, s / 60 % 60, s % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_the_contract_wants_them() {
        let t = Instant::parse_rfc3339("2025-03-19T14:52:07.318+09:00").unwrap();
        assert_eq!(rfc3339(t.0), "2025-03-19T14:52:07.318+09:00");
    }
}
