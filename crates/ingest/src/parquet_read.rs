//! Parquet to parts.

use std::{
    any::Any,
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use arrow::{
    array::{Array, ArrayRef, AsArray as _, Float64Array, Int64Array, RecordBatch, StringArray},
    compute::cast,
    datatypes::{
        DataType, FieldRef, Fields, Float64Type, Int32Type, Int64Type, Schema, TimeUnit, UInt64Type,
    },
    error::ArrowError,
};
use itoguchi_model::progress::Progress;
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{
            ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
            ParquetRecordBatchReaderBuilder,
        },
    },
    errors::ParquetError,
};
use rayon::prelude::*;

use crate::{
    chunk::{Cells, Chunk, Repeated},
    contract::ColumnType,
    error::IngestError,
    header::{self, Layout},
    part::{Part, Source},
    read::FileRead,
    rows,
};

const BATCH_ROWS: usize = 16_384;
const MOST_RESERVED: usize = 1 << 20;

/// Reads one Parquet file, its row groups in parallel. The parts come in the order of the file.
pub(crate) fn read(
    path: &Path,
    source: Source<'_>,
    progress: &dyn Progress,
) -> Result<FileRead, IngestError> {
    let file = open(path)?;
    let meta = guard(path, || {
        ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|error| damaged(path, error))
    })?;
    let fields = meta.schema().fields();
    let titles: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
    let layout = header::layout(path, source.table, &titles)?;
    for (at, column) in layout.columns.iter().zip(source.table.columns) {
        let Some(at) = *at else { continue };
        let found = fields[at].data_type();
        if !accepts(column.kind, found) {
            return Err(IngestError::ColumnType {
                path: path.to_owned(),
                table: source.table.name,
                column: column.name,
                found: found.to_string().escape_debug().to_string(),
                expected: expected(column.kind),
            });
        }
        if matches!(found, DataType::Timestamp(_, None)) && source.settings.naive_offset_seconds.is_none() {
            return Err(IngestError::NaiveTimes { path: path.to_owned(), column: column.name });
        }
    }
    let first_rows = first_rows(path, &meta)?;
    let meta = guard(path, || with_repeated(&meta).map_err(|error| damaged(path, error)))?;
    let groups: Vec<Result<Part, IngestError>> = first_rows
        .into_par_iter()
        .enumerate()
        .map(|(group, first)| {
            let group = Group { path, meta: &meta, layout: &layout, source, group, first };
            guard(path, || group.read(progress))
        })
        .collect();
    let parts = groups.into_iter().collect::<Result<_, _>>()?;
    Ok(FileRead { parts, encoding: None, warning: layout.warning })
}

/// Columns of few distinct texts: to keep each once is quicker than to copy it for every row.
const FEW: [&str; 17] = [
    "broker",
    "event_type",
    "outcome",
    "user_agent",
    "country",
    "region",
    "ip_class",
    "time_precision",
    "instrument",
    "side",
    "currency",
    "venue",
    "status",
    "counterparty_broker",
    "holder_type",
    "interval",
    "kind",
];

/// The same file, its columns of few texts read as dictionaries.
fn with_repeated(meta: &ArrowReaderMetadata) -> Result<ArrowReaderMetadata, ParquetError> {
    let repeated = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let field = |field: &FieldRef| match field.data_type() {
        DataType::Utf8 if FEW.contains(&field.name().as_str()) => {
            Arc::new(field.as_ref().clone().with_data_type(repeated.clone()))
        }
        _ => Arc::clone(field),
    };
    let fields: Fields = meta.schema().fields().iter().map(field).collect();
    let schema = Arc::new(Schema::new_with_metadata(fields, meta.schema().metadata().clone()));
    ArrowReaderMetadata::try_new(Arc::clone(meta.metadata()), ArrowReaderOptions::new().with_schema(schema))
}

pub(crate) fn open(path: &Path) -> Result<File, IngestError> {
    File::open(path).map_err(|source| IngestError::Io { path: path.to_owned(), source })
}

/// What the decoder says may quote names out of the file, so it is escaped.
pub(crate) fn damaged(path: &Path, error: impl ToString) -> IngestError {
    IngestError::Parquet { path: path.to_owned(), message: error.to_string().escape_debug().to_string() }
}

/// Runs the decoder. It may panic on damaged bytes; here that is an error like any other.
pub(crate) fn guard<T>(
    path: &Path,
    decode: impl FnOnce() -> Result<T, IngestError>,
) -> Result<T, IngestError> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|payload| Err(damaged(path, message(&*payload))))
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    format!("the decoder gave up: {}", text.unwrap_or("no reason stated"))
}

/// The 1-based data record each row group starts with, as the footer states it.
fn first_rows(path: &Path, meta: &ArrowReaderMetadata) -> Result<Vec<u32>, IngestError> {
    let mut next = 1_i64;
    let mut first = Vec::with_capacity(meta.metadata().num_row_groups());
    for group in meta.metadata().row_groups() {
        if group.num_rows() < 0 {
            return Err(damaged(path, "a row group states a negative number of rows"));
        }
        let start = u32::try_from(next).ok();
        next = next.saturating_add(group.num_rows());
        // The last row of the group must have a number, too.
        match start.filter(|_| next <= i64::from(u32::MAX) + 1) {
            Some(start) => first.push(start),
            None => return Err(IngestError::TooManyRows { path: path.to_owned(), limit: u32::MAX }),
        }
    }
    let stated = meta.metadata().file_metadata().num_rows();
    if stated != next - 1 {
        return Err(IngestError::RowCount { path: path.to_owned(), stated, found: (next - 1) as u64 });
    }
    Ok(first)
}

/// One row group of a file.
struct Group<'a> {
    path: &'a Path,
    meta: &'a ArrowReaderMetadata,
    layout: &'a Layout,
    source: Source<'a>,
    group: usize,
    first: u32,
}

impl Group<'_> {
    fn read(&self, progress: &dyn Progress) -> Result<Part, IngestError> {
        let stated = self.meta.metadata().row_group(self.group).num_rows();
        let mut part = Part::default();
        // Room for all at once, not twice as much by doubling; a footer that claims too much gets no more than this.
        rows::reserve(&mut part, self.source.table, usize::try_from(stated).unwrap_or(0).min(MOST_RESERVED));
        for batch in self.reader()? {
            if progress.cancelled() {
                return Err(IngestError::Cancelled);
            }
            let batch = batch.map_err(|error| damaged(self.path, error))?;
            let chunk = self.chunk(&batch, part.rows).map_err(|error| damaged(self.path, error))?;
            part.add(self.source, chunk);
        }
        if u64::try_from(stated).ok() == Some(part.rows) {
            return Ok(part);
        }
        Err(IngestError::RowCount { path: self.path.to_owned(), stated, found: part.rows })
    }

    fn reader(&self) -> Result<ParquetRecordBatchReader, IngestError> {
        // Each group opens the file anew: handles that share a position cannot be read from two threads.
        let file = open(self.path)?;
        let wanted = self.layout.columns.iter().flatten().copied();
        let mask = ProjectionMask::roots(self.meta.parquet_schema(), wanted);
        ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.meta.clone())
            .with_row_groups(vec![self.group])
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(|error| damaged(self.path, error))
    }

    fn chunk(&self, batch: &RecordBatch, before: u64) -> Result<Chunk, ArrowError> {
        let naive = self.source.settings.naive_offset_seconds.unwrap_or(0);
        let mut columns = Vec::with_capacity(self.layout.columns.len());
        for (at, column) in self.layout.columns.iter().zip(self.source.table.columns) {
            let array = at.and_then(|_| batch.column_by_name(column.name));
            columns.push(array.map(|array| cells(array, column.kind, naive)).transpose()?);
        }
        let first_row = u64::from(self.first) + before;
        let first_row = u32::try_from(first_row)
            .map_err(|_| ArrowError::ParquetError("more rows than its footer states".to_owned()))?;
        Ok(Chunk { columns, len: batch.num_rows(), first_row, faults: Vec::new() })
    }
}

fn is_text(found: &DataType) -> bool {
    match found {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

fn is_number(found: &DataType) -> bool {
    found.is_integer() || found.is_floating() || found.is_decimal()
}

/// Whether a column of type `found` becomes one of kind `kind` without a guess.
fn accepts(kind: ColumnType, found: &DataType) -> bool {
    if *found == DataType::Null {
        return true;
    }
    match kind {
        ColumnType::Text => is_text(found),
        ColumnType::Time => matches!(found, DataType::Timestamp(..)) || is_text(found),
        ColumnType::Date => matches!(found, DataType::Date32 | DataType::Date64) || is_text(found),
        ColumnType::Float | ColumnType::UInt16 | ColumnType::UInt32 => is_number(found),
    }
}

fn expected(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Text => "text (a number would have lost its leading zeros)",
        ColumnType::Time => "a timestamp with a zone, or RFC 3339 text",
        ColumnType::Date => "a date, or text such as 2025-03-19",
        ColumnType::Float => "a number",
        ColumnType::UInt16 | ColumnType::UInt32 => "a whole number",
    }
}

/// Brings an accepted column into one of the few forms that rows are read from. `naive` is in seconds east of UTC.
fn cells(array: &ArrayRef, kind: ColumnType, naive: i32) -> Result<Cells, ArrowError> {
    let found = array.data_type();
    Ok(match (kind, found) {
        (_, DataType::Null) => Cells::Text(StringArray::new_null(array.len())),
        (_, DataType::Dictionary(keys, _)) if is_text(found) && **keys == DataType::Int32 => {
            let dictionary = array.as_dictionary::<Int32Type>();
            let values = cast(dictionary.values(), &DataType::Utf8)?;
            // Where almost every row has a text of its own there is nothing to gain.
            if values.len() > array.len() {
                return Ok(Cells::Text(cast(array, &DataType::Utf8)?.as_string::<i32>().clone()));
            }
            Cells::Repeated(Repeated::new(dictionary.keys().clone(), values.as_string::<i32>().clone()))
        }
        (_, found) if is_text(found) => Cells::Text(cast(array, &DataType::Utf8)?.as_string::<i32>().clone()),
        (_, DataType::Timestamp(unit, zone)) => {
            let behind = if zone.is_none() { i64::from(naive) * 1_000_000 } else { 0 };
            let raw = ints(array)?;
            Cells::Times(match unit {
                TimeUnit::Second => raw.unary(|t| t.saturating_mul(1_000_000).saturating_sub(behind)),
                TimeUnit::Millisecond => raw.unary(|t| t.saturating_mul(1000).saturating_sub(behind)),
                TimeUnit::Microsecond => raw.unary(|t| t.saturating_sub(behind)),
                TimeUnit::Nanosecond => raw.unary(|t| t.div_euclid(1000).saturating_sub(behind)),
            })
        }
        (_, DataType::Date32) => Cells::Days(ints(array)?),
        (_, DataType::Date64) => Cells::Days(ints(array)?.unary(|ms| ms.div_euclid(86_400_000))),
        (ColumnType::UInt16 | ColumnType::UInt32, DataType::UInt64) => {
            // A cast would make null of what does not fit, and a null would pass.
            Cells::Ints(array.as_primitive::<UInt64Type>().unary(|n| i64::try_from(n).unwrap_or(i64::MAX)))
        }
        (ColumnType::UInt16 | ColumnType::UInt32, found) if found.is_integer() => Cells::Ints(ints(array)?),
        _ => Cells::Floats(floats(array)?),
    })
}

fn ints(array: &ArrayRef) -> Result<Int64Array, ArrowError> {
    Ok(cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}

fn floats(array: &ArrayRef) -> Result<Float64Array, ArrowError> {
    Ok(cast(array, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
}
