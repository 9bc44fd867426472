//! A plain table of actions, `actor, object, time[, content]`, whatever its columns are called.

use std::{collections::BTreeMap, path::Path};

use arrow::{
    array::{Array, AsArray as _, RecordBatch},
    compute::cast,
    datatypes::{DataType, Int64Type, TimeUnit},
};
use itoguchi_model::Instant;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::{
    chunk::shorten,
    csv_read,
    error::IngestError,
    parquet_read,
    splitter::{Mark, Records, Shape, SplitError, Splitter},
};

/// A longer field makes its row a reject.
const MAX_FIELD: usize = 65_536;

/// Which columns of a table mean what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionColumns {
    /// Who acted.
    pub actor: String,
    /// On what.
    pub object: String,
    /// When: RFC 3339 with an offset, a Parquet timestamp with a zone, or epoch seconds as a number.
    pub time: String,
    /// Which act it was, where one act may touch several objects.
    pub content: Option<String>,
}

/// The actions of a table, interned: an id is the rank of its text in [`Actions::actors`] or [`Actions::things`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Actions {
    /// Distinct actors, sorted.
    pub actors: Vec<String>,
    /// Distinct objects and contents, sorted: one space, since a repost's object is a content.
    pub things: Vec<String>,
    /// (actor, object, time, content) of each row, in the order of the file. No content is `u32::MAX`.
    pub rows: Vec<(u32, u32, Instant, u32)>,
    /// Rows that could not be read: 1-based record, column, value, reason.
    pub rejects: Vec<ActionReject>,
}

/// A row that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionReject {
    /// 1-based data record.
    pub row: u64,
    /// Which column was at fault.
    pub column: String,
    /// What it held, shortened.
    pub value: String,
    /// Why it cannot be read.
    pub reason: &'static str,
}

/// Reads a table of actions from CSV (also `.gz`, `.zst`) or Parquet, by the path's ending.
///
/// # Errors
/// [`IngestError`] where the file cannot be opened or decoded, or a column is not there.
/// # Cost
/// The texts of all rows are in memory while they are interned.
pub fn read_actions(path: &Path, columns: &ActionColumns) -> Result<Actions, IngestError> {
    let mut reading = Reading::default();
    if path.extension().is_some_and(|e| e == "parquet") {
        parquet(path, columns, &mut reading)?;
    } else {
        csv(path, columns, &mut reading)?;
    }
    Ok(reading.finish())
}

/// Texts numbered in the order of their first row, until all are known.
#[derive(Default)]
struct Texts(BTreeMap<String, u32>);

impl Texts {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.0.get(text) {
            return *number;
        }
        let next = self.0.len() as u32;
        self.0.insert(text.to_owned(), next);
        next
    }

    /// The texts in order, and the rank of each number.
    fn ranked(self) -> (Vec<String>, Vec<u32>) {
        let mut rank = vec![0; self.0.len()];
        let mut texts = Vec::with_capacity(self.0.len());
        for (at, (text, number)) in (0..).zip(self.0) {
            rank[number as usize] = at;
            texts.push(text);
        }
        (texts, rank)
    }
}

#[derive(Default)]
struct Reading {
    actors: Texts,
    things: Texts,
    rows: Vec<(u32, u32, Instant, u32)>,
    rejects: Vec<ActionReject>,
    row: u64,
}

impl Reading {
    fn refuse(&mut self, column: &str, value: &str, reason: &'static str) {
        self.row += 1;
        let (column, value) = (column.to_owned(), shorten(value));
        self.rejects.push(ActionReject { row: self.row, column, value, reason });
    }

    fn add(
        &mut self,
        columns: &ActionColumns,
        actor: &str,
        object: &str,
        time: Result<Instant, String>,
        content: Option<&str>,
    ) {
        if actor.is_empty() {
            return self.refuse(&columns.actor, "", "no actor");
        }
        if object.is_empty() {
            return self.refuse(&columns.object, "", "no object");
        }
        let time = match time {
            Ok(time) => time,
            Err(text) => {
                return self.refuse(
                    &columns.time,
                    &text,
                    "expected epoch seconds or RFC 3339 with an offset",
                );
            }
        };
        self.row += 1;
        let content = content.filter(|c| !c.is_empty()).map_or(u32::MAX, |c| self.things.number(c));
        let row = (self.actors.number(actor), self.things.number(object), time, content);
        self.rows.push(row);
    }

    fn finish(self) -> Actions {
        let (actors, actor_rank) = self.actors.ranked();
        let (things, thing_rank) = self.things.ranked();
        let thing = |n: u32| if n == u32::MAX { n } else { thing_rank[n as usize] };
        let rows = self
            .rows
            .into_iter()
            .map(|(actor, object, time, content)| {
                (actor_rank[actor as usize], thing(object), time, thing(content))
            })
            .collect();
        Actions { actors, things, rows, rejects: self.rejects }
    }
}

/// Epoch seconds (whole or with a fraction), else RFC 3339.
fn parse_time(text: &str) -> Result<Instant, String> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<i64>() {
        return seconds.checked_mul(1_000_000).map(Instant).ok_or_else(|| text.to_owned());
    }
    if let Some((whole, fraction)) = text.split_once('.')
        && let Ok(seconds) = whole.parse::<i64>()
        && fraction.bytes().all(|b| b.is_ascii_digit())
    {
        let micros: i64 = format!("{fraction:0<6}").get(..6).and_then(|f| f.parse().ok()).unwrap_or(0);
        let micros = if whole.starts_with('-') { -micros } else { micros };
        return seconds
            .checked_mul(1_000_000)
            .and_then(|s| s.checked_add(micros))
            .map(Instant)
            .ok_or_else(|| text.to_owned());
    }
    Instant::parse_rfc3339(text).ok_or_else(|| text.to_owned())
}

fn place(path: &Path, titles: &[String], wanted: &str) -> Result<usize, IngestError> {
    titles.iter().position(|t| t == wanted).ok_or_else(|| IngestError::NoSuchColumn {
        path: path.to_owned(),
        column: wanted.to_owned(),
        found: titles.to_vec(),
    })
}

fn csv(path: &Path, columns: &ActionColumns, reading: &mut Reading) -> Result<(), IngestError> {
    let mut splitter = Splitter::new(csv_read::open(path)?, MAX_FIELD);
    let broken = |row: u64, error: SplitError| csv_read::broken(path, row, error);
    if splitter.mark().map_err(|e| broken(0, e.into()))? == Mark::Utf16 {
        return Err(IngestError::Encoding { path: path.to_owned(), encoding: "UTF-16" });
    }
    let titles = splitter.header().map_err(|e| broken(0, e))?.unwrap_or_default();
    let titles: Vec<String> = titles.iter().map(|t| String::from_utf8_lossy(t).into_owned()).collect();
    let at = Places::find(path, &titles, columns)?;
    loop {
        let mut record = Records::new(titles.len());
        if !splitter.next(&mut record).map_err(|e| broken(reading.row, e))? {
            return Ok(());
        }
        let fault = match record.shapes[0] {
            Shape::Fields(_) => Some("another number of fields than the header"),
            Shape::Quote => Some("text after a closing quote"),
            Shape::Sound if (0..titles.len()).any(|f| record.field(0, f).len() > MAX_FIELD) => {
                Some("a field longer than 65,536 bytes")
            }
            Shape::Sound => None,
        };
        if let Some(reason) = fault {
            reading.refuse("", &String::from_utf8_lossy(record.whole(0)), reason);
            continue;
        }
        let field = |i: usize| String::from_utf8_lossy(record.field(0, i));
        let time = parse_time(&field(at.time));
        let content = at.content.map(field);
        reading.add(columns, &field(at.actor), &field(at.object), time, content.as_deref());
    }
}

struct Places {
    actor: usize,
    object: usize,
    time: usize,
    content: Option<usize>,
}

impl Places {
    fn find(path: &Path, titles: &[String], columns: &ActionColumns) -> Result<Self, IngestError> {
        let at = |wanted: &str| place(path, titles, wanted);
        let content = columns.content.as_deref().map(at).transpose()?;
        Ok(Self {
            actor: at(&columns.actor)?,
            object: at(&columns.object)?,
            time: at(&columns.time)?,
            content,
        })
    }
}

fn parquet(path: &Path, columns: &ActionColumns, reading: &mut Reading) -> Result<(), IngestError> {
    let file = parquet_read::open(path)?;
    parquet_read::guard(path, || {
        let damaged = |error: &dyn std::fmt::Display| parquet_read::damaged(path, error);
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| damaged(&e))?;
        let titles: Vec<String> = builder.schema().fields().iter().map(|f| f.name().clone()).collect();
        let at = Places::find(path, &titles, columns)?;
        let time_type = builder.schema().field(at.time).data_type().clone();
        if matches!(time_type, DataType::Timestamp(_, None)) {
            return Err(IngestError::NaiveActionTimes {
                path: path.to_owned(),
                column: columns.time.clone(),
            });
        }
        for batch in builder.build().map_err(|e| damaged(&e))? {
            add_batch(&batch.map_err(|e| damaged(&e))?, columns, &at, &time_type, reading)
                .map_err(|e| damaged(&e))?;
        }
        Ok(())
    })
}

fn add_batch(
    batch: &RecordBatch,
    columns: &ActionColumns,
    at: &Places,
    time_type: &DataType,
    reading: &mut Reading,
) -> Result<(), arrow::error::ArrowError> {
    let text = |i: usize| cast(batch.column(i), &DataType::Utf8);
    let (actor, object) = (text(at.actor)?, text(at.object)?);
    let content = at.content.map(text).transpose()?;
    let stamps = match time_type {
        DataType::Timestamp(_, Some(zone)) => {
            let micros =
                cast(batch.column(at.time), &DataType::Timestamp(TimeUnit::Microsecond, Some(zone.clone())))?;
            Some(cast(&micros, &DataType::Int64)?)
        }
        _ => None,
    };
    let texts = if stamps.is_none() { Some(text(at.time)?) } else { None };
    let value = |array: &dyn Array, i: usize| -> String {
        if array.is_null(i) { String::new() } else { array.as_string::<i32>().value(i).to_owned() }
    };
    for i in 0..batch.num_rows() {
        let time = match (&stamps, &texts) {
            (Some(stamps), _) if !stamps.is_null(i) => {
                Ok(Instant(stamps.as_primitive::<Int64Type>().value(i)))
            }
            (_, Some(texts)) => parse_time(&value(texts, i)),
            _ => Err(String::new()),
        };
        let content = content.as_ref().map(|c| value(c, i));
        reading.add(columns, &value(&actor, i), &value(&object, i), time, content.as_deref());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_form() {
        assert_eq!(parse_time("1623881091"), Ok(Instant(1_623_881_091_000_000)));
        assert_eq!(parse_time("1623881091.25"), Ok(Instant(1_623_881_091_250_000)));
        assert_eq!(parse_time("1970-01-01T09:00:01+09:00"), Ok(Instant(1_000_000)));
        for bad in ["", "soon", "99999999999999999999", "9223372036854775807", "1.x"] {
            assert!(parse_time(bad).is_err(), "{bad}");
        }
    }
}
