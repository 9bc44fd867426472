//! The table of pairs, written in parts: it is never held a second time.

use std::{fs::File, io::Write as _, path::Path, sync::Arc};

use arrow::{
    array::{ArrayRef, Float64Array, StringBuilder, UInt64Array},
    datatypes::{DataType, Field, Schema},
};
use itoguchi_coaction::JudgedPair;
use itoguchi_ingest::Names;
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

use crate::{
    commands::part::Part,
    failure::{Failure, at},
};

/// Rows that are made ready at once.
const BATCH_ROWS: usize = 1 << 16;
/// Bytes of names in such a batch, unless one name alone is longer: a column of text may hold no more than 2 GiB.
const BATCH_BYTES: usize = 64 << 20;
/// Rows of a row group in Parquet.
const GROUP_ROWS: usize = 1 << 19;

/// How the pairs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Csv,
    Parquet,
}

/// Something of a pair.
#[derive(Clone, Copy)]
enum Cell {
    Name(fn(&JudgedPair) -> u32),
    Whole(fn(&JudgedPair) -> u64),
    Real(fn(&JudgedPair) -> f64),
}

/// A column: its title, and what stands in it.
type Column = (&'static str, Cell);

/// What is told of a pair besides a, b, weight and mean distance.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    pub occasions: bool,
    pub lead: bool,
    pub chance: bool,
    pub significance: bool,
}

impl Told {
    fn columns(self) -> Vec<Column> {
        use Cell::{Name, Real, Whole};
        let mut columns = vec![
            ("a", Name(|p| p.count.a)),
            ("b", Name(|p| p.count.b)),
            ("weight", Whole(|p| p.count.acts)),
            ("avg_time_delta", Real(JudgedPair::avg_time_delta)),
        ];
        if self.occasions {
            columns.push(("occasions", Whole(|p| p.count.occasions.into())));
            columns.push(("objects", Whole(|p| p.count.objects.into())));
        }
        if self.lead {
            columns.push(("a_led", Whole(|p| p.count.a_led.into())));
            columns.push(("b_led", Whole(|p| p.count.b_led.into())));
            if self.significance {
                columns.push(("lead_p_value", Real(JudgedPair::lead_p_value)));
            }
        }
        if self.significance && self.chance {
            columns.push(("expected", Real(|p| p.surprise.expected)));
            columns.push(("p_value", Real(JudgedPair::p_value)));
        }
        if self.significance {
            columns.push(("bits", Real(|p| p.surprise.bits.bits())));
            columns.push(("q_value", Real(|p| p.q_value)));
        }
        columns
    }
}

/// Pairs with the names of their accounts.
pub struct Pairs<'a> {
    pub names: &'a Names,
    pub pairs: &'a [JudgedPair],
    pub told: Told,
}

impl Pairs<'_> {
    /// Writes the pairs to `path`, complete or not at all.
    pub fn write(&self, path: &Path, form: Form, progress: &dyn Progress) -> Result<(), Failure> {
        let mut part = Part::create(path)?;
        match form {
            Form::Csv => self.write_csv(part.file(), path, progress)?,
            Form::Parquet => self.write_parquet(part.file(), path, progress)?,
        }
        part.finish()
    }

    /// A block for each thread is made ready, then they are written in turn.
    fn write_csv(&self, file: &mut File, path: &Path, progress: &dyn Progress) -> Result<(), Failure> {
        let columns = self.told.columns();
        let titles: Vec<&str> = columns.iter().map(|(title, _)| *title).collect();
        at(writeln!(file, "{}", titles.join(",")), path)?;
        for blocks in self.pairs.chunks(BATCH_ROWS * rayon::current_num_threads()) {
            let texts: Vec<Result<Vec<u8>, csv::Error>> =
                blocks.par_chunks(BATCH_ROWS).map(|rows| self.csv_rows(&columns, rows)).collect();
            for text in texts {
                at(file.write_all(&text.map_err(|e| Failure::Internal(e.into()))?), path)?;
            }
            step(progress, blocks.len())?;
        }
        Ok(())
    }

    fn csv_rows(&self, columns: &[Column], rows: &[JudgedPair]) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::with_capacity(rows.len() * 64));
        let mut digits = Vec::new();
        for row in rows {
            for (_, cell) in columns {
                digits.clear();
                match cell {
                    Cell::Name(of) => {
                        writer.write_field(self.names.get(of(row)))?;
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
        let columns = self.told.columns();
        let fields: Vec<Field> = columns.iter().map(field).collect();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by("itoguchi".to_owned())
            .build();
        let writer = ArrowWriter::try_new(file, Arc::new(Schema::new(fields)), Some(properties));
        let (mut file, encoders) = writer.and_then(ArrowWriter::into_serialized_writer).map_err(failed)?;
        for (number, rows) in self.pairs.chunks(GROUP_ROWS).enumerate() {
            let writers = encoders.create_column_writers(number).map_err(failed)?;
            let chunks: Vec<Result<ArrowColumnChunk, ParquetError>> = writers
                .into_par_iter()
                .zip(&columns)
                .map(|(writer, column)| self.encode(writer, column, rows))
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

    /// One column of a row group.
    fn encode(
        &self,
        mut writer: ArrowColumnWriter,
        column: &Column,
        mut rows: &[JudgedPair],
    ) -> Result<ArrowColumnChunk, ParquetError> {
        while !rows.is_empty() {
            let (batch, rest) = rows.split_at(self.batch(column.1, rows));
            for leaf in compute_leaves(&field(column), &self.array(column.1, batch))? {
                writer.write(&leaf)?;
            }
            rows = rest;
        }
        writer.close()
    }

    /// How many of these rows make a batch; at least one.
    fn batch(&self, cell: Cell, rows: &[JudgedPair]) -> usize {
        let Cell::Name(of) = cell else { return rows.len().min(BATCH_ROWS) };
        let mut bytes = 0;
        let fits = rows.iter().take(BATCH_ROWS).take_while(|row| {
            bytes += self.names.get(of(row)).len();
            bytes <= BATCH_BYTES
        });
        fits.count().max(1)
    }

    fn array(&self, cell: Cell, rows: &[JudgedPair]) -> ArrayRef {
        match cell {
            Cell::Name(of) => {
                let bytes = rows.iter().map(|row| self.names.get(of(row)).len()).sum();
                let mut texts = StringBuilder::with_capacity(rows.len(), bytes);
                rows.iter().for_each(|row| texts.append_value(self.names.get(of(row))));
                Arc::new(texts.finish())
            }
            Cell::Whole(of) => Arc::new(UInt64Array::from_iter_values(rows.iter().map(of))),
            Cell::Real(of) => Arc::new(Float64Array::from_iter_values(rows.iter().map(of))),
        }
    }
}

fn field((title, cell): &Column) -> Field {
    let kind = match cell {
        Cell::Name(_) => DataType::Utf8,
        Cell::Whole(_) => DataType::UInt64,
        Cell::Real(_) => DataType::Float64,
    };
    Field::new(*title, kind, false)
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
