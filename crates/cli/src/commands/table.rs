//! A table for others' tools, CSV or Parquet, written in parts: it is never held a second time.

use std::{fs::File, io::Write as _, ops::Range, path::Path, sync::Arc};

use arrow::{
    array::{ArrayRef, Float64Array, StringBuilder, UInt64Array},
    datatypes::{DataType, Field, Schema},
};
use itoguchi_model::progress::Progress;
use parquet::{
    arrow::{
        ArrowWriter,
        arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, compute_leaves},
    },
    basic::{Compression, ZstdLevel},
    errors::ParquetError,
    file::properties::WriterProperties,
};
use rayon::prelude::*;

use super::part::Part;
use crate::failure::{Failure, at};

/// Rows that are made ready at once.
const BATCH_ROWS: usize = 1 << 16;
/// Bytes of names in such a batch, unless one name alone is longer: a column of text may hold no more than 2 GiB.
const BATCH_BYTES: usize = 64 << 20;
/// Rows of a row group in Parquet.
const GROUP_ROWS: usize = 1 << 19;

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Csv,
    Parquet,
}

impl Form {
    /// As the file's ending says.
    pub fn of(path: &Path) -> Result<Self, Failure> {
        match path.extension().and_then(|e| e.to_str()) {
            Some("csv") => Ok(Self::Csv),
            Some("parquet") => Ok(Self::Parquet),
            _ => Err(Failure::input(format!(
                "{}: the form of the table is told by the ending\nhint: name it .csv or .parquet",
                path.display()
            ))),
        }
    }
}

/// Refuses a place where nothing can be written, or that holds the very table that is to be read.
pub fn check_place(out: &Path, read: &Path) -> Result<(), Failure> {
    let parent = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    at(std::fs::read_dir(parent), out)?;
    if out.is_dir() {
        return Err(Failure::input(format!("{} is a folder\nhint: name a file", out.display())));
    }
    match (out.canonicalize(), read.canonicalize()) {
        (Ok(place), Ok(file)) if place == file => Err(Failure::input(format!(
            "{} is the table to be read itself\nhint: give what is written another name",
            out.display()
        ))),
        _ => Ok(()),
    }
}

/// What stands in a row of a column.
pub enum Cell<'a> {
    Name(Box<dyn Fn(usize) -> &'a str + Sync + 'a>),
    Whole(Box<dyn Fn(usize) -> u64 + Sync + 'a>),
    Real(Box<dyn Fn(usize) -> f64 + Sync + 'a>),
}

/// A column: its title, and what stands in it.
pub type Column<'a> = (String, Cell<'a>);

/// Columns of one length.
pub struct Table<'a> {
    pub rows: usize,
    pub columns: Vec<Column<'a>>,
}

impl Table<'_> {
    /// Writes the table to `path`, complete or not at all.
    pub fn write(&self, path: &Path, form: Form, progress: &dyn Progress) -> Result<(), Failure> {
        let mut part = Part::create(path)?;
        match form {
            Form::Csv => self.write_csv(part.file(), path, progress)?,
            Form::Parquet => self.write_parquet(part.file(), path, progress)?,
        }
        part.finish()
    }

    /// The rows in stretches of this length.
    fn stretches(&self, rows: Range<usize>, length: usize) -> Vec<Range<usize>> {
        rows.clone().step_by(length).map(|first| first..rows.end.min(first + length)).collect()
    }

    /// A block for each thread is made ready, then they are written in turn.
    fn write_csv(&self, file: &mut File, path: &Path, progress: &dyn Progress) -> Result<(), Failure> {
        let titles: Vec<&str> = self.columns.iter().map(|(title, _)| title.as_str()).collect();
        at(writeln!(file, "{}", titles.join(",")), path)?;
        for blocks in self.stretches(0..self.rows, BATCH_ROWS * rayon::current_num_threads()) {
            let stretches = self.stretches(blocks.clone(), BATCH_ROWS);
            let texts: Vec<Result<Vec<u8>, csv::Error>> =
                stretches.into_par_iter().map(|rows| self.csv_rows(rows)).collect();
            for text in texts {
                at(file.write_all(&text.map_err(|e| Failure::Internal(e.into()))?), path)?;
            }
            step(progress, blocks.len())?;
        }
        Ok(())
    }

    fn csv_rows(&self, rows: Range<usize>) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::with_capacity(rows.len() * 64));
        let mut digits = Vec::new();
        for row in rows {
            for (_, cell) in &self.columns {
                digits.clear();
                match cell {
                    Cell::Name(of) => {
                        writer.write_field(of(row))?;
                        continue;
                    }
                    Cell::Whole(of) => write!(digits, "{}", of(row))?,
                    Cell::Real(of) => write!(digits, "{}", of(row))?,
                }
                writer.write_field(&digits)?;
            }
            writer.write_record(None::<&[u8]>)?;
        }
        writer.into_inner().map_err(|e| e.into_error().into())
    }

    fn write_parquet(&self, file: &mut File, path: &Path, progress: &dyn Progress) -> Result<(), Failure> {
        let failed = |e| failed(e, path);
        let fields: Vec<Field> = self.columns.iter().map(field).collect();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by("itoguchi".to_owned())
            .build();
        let writer = ArrowWriter::try_new(file, Arc::new(Schema::new(fields)), Some(properties));
        let (mut file, encoders) = writer.and_then(ArrowWriter::into_serialized_writer).map_err(failed)?;
        for (number, rows) in self.stretches(0..self.rows, GROUP_ROWS).into_iter().enumerate() {
            let writers = encoders.create_column_writers(number).map_err(failed)?;
            let chunks: Vec<Result<ArrowColumnChunk, ParquetError>> = writers
                .into_par_iter()
                .zip(&self.columns)
                .map(|(writer, column)| encode(writer, column, rows.clone()))
                .collect();
            let mut group = file.next_row_group().map_err(failed)?;
            for chunk in chunks {
                chunk.and_then(|chunk| chunk.append_to_row_group(&mut group)).map_err(failed)?;
            }
            group.close().map_err(failed)?;
            step(progress, rows.len())?;
        }
        file.close().map_err(failed)?;
        Ok(())
    }
}

/// One column of a row group.
fn encode(
    mut writer: ArrowColumnWriter,
    column: &Column,
    mut rows: Range<usize>,
) -> Result<ArrowColumnChunk, ParquetError> {
    while !rows.is_empty() {
        let batch = rows.start..rows.start + batch(&column.1, rows.clone());
        for leaf in compute_leaves(&field(column), &array(&column.1, batch.clone()))? {
            writer.write(&leaf)?;
        }
        rows.start = batch.end;
    }
    writer.close()
}

/// How many of these rows make a batch; at least one.
fn batch(cell: &Cell, rows: Range<usize>) -> usize {
    let Cell::Name(of) = cell else { return rows.len().min(BATCH_ROWS) };
    let mut bytes = 0;
    let fits = rows.take(BATCH_ROWS).take_while(|row| {
        bytes += of(*row).len();
        bytes <= BATCH_BYTES
    });
    fits.count().max(1)
}

fn array(cell: &Cell, rows: Range<usize>) -> ArrayRef {
    match cell {
        Cell::Name(of) => {
            let bytes = rows.clone().map(|row| of(row).len()).sum();
            let mut texts = StringBuilder::with_capacity(rows.len(), bytes);
            rows.for_each(|row| texts.append_value(of(row)));
            Arc::new(texts.finish())
        }
        Cell::Whole(of) => Arc::new(UInt64Array::from_iter_values(rows.map(of))),
        Cell::Real(of) => Arc::new(Float64Array::from_iter_values(rows.map(of))),
    }
}

fn field((title, cell): &Column) -> Field {
    let kind = match cell {
        Cell::Name(_) => DataType::Utf8,
        Cell::Whole(_) => DataType::UInt64,
        Cell::Real(_) => DataType::Float64,
    };
    Field::new(title, kind, false)
}

fn step(progress: &dyn Progress, rows: usize) -> Result<(), Failure> {
    progress.advance(rows as u64);
    if progress.cancelled() { Err(Failure::Interrupted) } else { Ok(()) }
}

/// A full disk is the user's to mend, anything else is ours.
fn failed(error: ParquetError, path: &Path) -> Failure {
    let error = match error {
        ParquetError::External(source) => match source.downcast::<std::io::Error>() {
            Ok(source) => return at::<()>(Err(*source), path).err().unwrap_or(Failure::Interrupted),
            Err(source) => ParquetError::External(source),
        },
        other => other,
    };
    Failure::Internal(error.into())
}
