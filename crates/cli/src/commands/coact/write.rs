//! The table of pairs, written in batches: it is never held a second time.

use std::{fs::File, io::Write as _, path::Path, sync::Arc};

use arrow::{
    array::{ArrayRef, Float64Array, RecordBatch, StringBuilder, UInt64Array},
    datatypes::{DataType, Field, Schema},
    error::ArrowError,
};
use itoguchi_coaction::CoactPair;
use itoguchi_ingest::Names;
use itoguchi_model::progress::Progress;
use parquet::{
    arrow::ArrowWriter, basic::Compression, errors::ParquetError, file::properties::WriterProperties,
};
use rayon::prelude::*;

use crate::{
    commands::part::Part,
    failure::{Failure, at},
};

/// Rows that are made ready at once.
const BATCH_ROWS: usize = 65_536;
/// Bytes of names in such a batch, unless one name alone is longer: a column of text may hold no more than 2 GiB.
const BATCH_BYTES: usize = 64 << 20;

/// How the pairs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Csv,
    Parquet,
}

/// A number of a pair.
#[derive(Clone, Copy)]
enum Number {
    Whole(fn(&CoactPair) -> u64),
    Real(fn(&CoactPair) -> f64),
}

/// What is told of a pair besides a, b, weight and mean distance.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    pub occasions: bool,
    pub lead: bool,
    pub significance: bool,
}

impl Told {
    /// The columns after a and b.
    fn numbers(self) -> Vec<(&'static str, Number)> {
        use Number::{Real, Whole};
        let mut numbers =
            vec![("weight", Whole(|p| p.count.acts)), ("avg_time_delta", Real(CoactPair::avg_time_delta))];
        if self.occasions {
            numbers.push(("occasions", Whole(|p| p.count.occasions.into())));
            numbers.push(("objects", Whole(|p| p.count.objects.into())));
        }
        if self.lead {
            numbers.push(("a_led", Whole(|p| p.count.a_led.into())));
            numbers.push(("b_led", Whole(|p| p.count.b_led.into())));
        }
        if self.significance {
            numbers.push(("bits", Real(|p| p.bits.bits())));
            numbers.push(("q_value", Real(|p| p.q_value)));
        }
        numbers
    }
}

/// Pairs with the names of their accounts.
pub struct Pairs<'a> {
    pub names: &'a Names,
    pub pairs: &'a [CoactPair],
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
        let numbers = self.told.numbers();
        let mut header = vec!["a", "b"];
        header.extend(numbers.iter().map(|(title, _)| *title));
        at(writeln!(file, "{}", header.join(",")), path)?;
        for blocks in self.pairs.chunks(BATCH_ROWS * rayon::current_num_threads()) {
            let texts: Vec<Result<Vec<u8>, csv::Error>> =
                blocks.par_chunks(BATCH_ROWS).map(|rows| self.csv_rows(&numbers, rows)).collect();
            for text in texts {
                at(file.write_all(&text.map_err(|e| Failure::Internal(e.into()))?), path)?;
            }
            step(progress, blocks.len())?;
        }
        Ok(())
    }

    fn csv_rows(
        &self,
        numbers: &[(&'static str, Number)],
        rows: &[CoactPair],
    ) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::with_capacity(rows.len() * 64));
        let mut digits = Vec::new();
        for row in rows {
            writer.write_field(self.names.get(row.count.a))?;
            writer.write_field(self.names.get(row.count.b))?;
            for (_, number) in numbers {
                digits.clear();
                match number {
                    Number::Whole(of) => write!(digits, "{}", of(row))?,
                    Number::Real(of) => write!(digits, "{}", of(row))?,
                }
                writer.write_field(&digits)?;
            }
            writer.write_record(None::<&[u8]>)?;
        }
        writer.into_inner().map_err(|e| e.into_error().into())
    }

    fn write_parquet(&self, file: &mut File, path: &Path, progress: &dyn Progress) -> Result<(), Failure> {
        let failed = |e| failed(e, path);
        let numbers = self.told.numbers();
        let mut fields = vec![Field::new("a", DataType::Utf8, false), Field::new("b", DataType::Utf8, false)];
        fields.extend(numbers.iter().map(|(title, number)| {
            let kind = match number {
                Number::Whole(_) => DataType::UInt64,
                Number::Real(_) => DataType::Float64,
            };
            Field::new(*title, kind, false)
        }));
        let schema = Arc::new(Schema::new(fields));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(parquet::basic::ZstdLevel::default()))
            .set_created_by("itoguchi".to_owned())
            .build();
        let mut writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties)).map_err(failed)?;
        let mut rest = self.pairs;
        while !rest.is_empty() {
            let (rows, others) = rest.split_at(self.batch(rest));
            let batch = self.record_batch(&schema, &numbers, rows).map_err(|e| failed(e.into()))?;
            writer.write(&batch).map_err(failed)?;
            step(progress, rows.len())?;
            rest = others;
        }
        writer.close().map_err(failed)?;
        Ok(())
    }

    /// How many of these rows make a batch; at least one.
    fn batch(&self, rows: &[CoactPair]) -> usize {
        let mut bytes = 0;
        let fits = rows.iter().take(BATCH_ROWS).take_while(|row| {
            bytes += self.names.get(row.count.a).len() + self.names.get(row.count.b).len();
            bytes <= BATCH_BYTES
        });
        fits.count().max(1)
    }

    fn record_batch(
        &self,
        schema: &Arc<Schema>,
        numbers: &[(&'static str, Number)],
        rows: &[CoactPair],
    ) -> Result<RecordBatch, ArrowError> {
        let names = |of: fn(&CoactPair) -> u32| -> ArrayRef {
            let bytes = rows.iter().map(|row| self.names.get(of(row)).len()).sum();
            let mut texts = StringBuilder::with_capacity(rows.len(), bytes);
            rows.iter().for_each(|row| texts.append_value(self.names.get(of(row))));
            Arc::new(texts.finish())
        };
        let mut arrays = vec![names(|p| p.count.a), names(|p| p.count.b)];
        arrays.extend(numbers.iter().map(|(_, number)| -> ArrayRef {
            match number {
                Number::Whole(of) => Arc::new(UInt64Array::from_iter_values(rows.iter().map(of))),
                Number::Real(of) => Arc::new(Float64Array::from_iter_values(rows.iter().map(of))),
            }
        }));
        RecordBatch::try_new(Arc::clone(schema), arrays)
    }
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
