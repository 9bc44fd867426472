//! Arrow arrays back to values, with distrust.

use std::path::Path;

use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch},
    datatypes::{DataType, Float64Type, Schema, TimestampMicrosecondType, UInt32Type, UInt64Type},
};
use itoguchi_model::{Instant, Millibits};

use crate::{
    error::ReportError,
    escape,
    schema::{Column, ColumnType, Table},
};

/// What keeps a file with `schema` from being `table`: one sentence per missing or retyped column.
pub(super) fn faults(table: &Table, schema: &Schema) -> Vec<String> {
    let fault = |column: &Column| match schema.field_with_name(column.name) {
        Err(_) => Some(format!("{} is missing", column.name)),
        Ok(field) if fits(column.kind, field.data_type()) => None,
        Ok(field) => Some(format!(
            "{} is {} instead of {}",
            column.name,
            escape::visible(&field.data_type().to_string(), 100),
            column.kind.name()
        )),
    };
    table.columns.iter().filter_map(fault).collect()
}

/// Names and nullability of list items differ between writers and do not matter.
fn fits(kind: ColumnType, found: &DataType) -> bool {
    match (kind.arrow(), found) {
        (DataType::List(wanted), DataType::List(found)) => wanted.data_type() == found.data_type(),
        (wanted, found) => wanted == *found,
    }
}

/// The columns of one batch by their place in the table. The batch must have passed [`faults`].
pub(super) struct Cells<'a> {
    table: &'static Table,
    columns: Vec<&'a ArrayRef>,
    path: &'a Path,
    before: usize,
}

impl<'a> Cells<'a> {
    pub(super) fn new(table: &'static Table, batch: &'a RecordBatch, path: &'a Path, before: usize) -> Self {
        let column = |c: &Column| batch.column_by_name(c.name).expect("faults() found every column");
        Self { table, columns: table.columns.iter().map(column).collect(), path, before }
    }

    /// An error about the cell at `row` in the column at `place`.
    pub(super) fn wrong(&self, place: usize, row: usize, reason: impl Into<String>) -> ReportError {
        ReportError::Cell {
            path: self.path.to_owned(),
            row: (self.before + row + 1) as u64,
            column: self.table.columns[place].name,
            reason: reason.into(),
        }
    }

    fn present(&self, place: usize, row: usize) -> Result<&'a ArrayRef, ReportError> {
        let array = self.columns[place];
        if array.is_null(row) { Err(self.wrong(place, row, "it is null")) } else { Ok(array) }
    }

    fn null(&self, place: usize, row: usize) -> bool {
        self.columns[place].is_null(row)
    }

    pub(super) fn text(&self, place: usize, row: usize) -> Result<String, ReportError> {
        Ok(self.present(place, row)?.as_string::<i32>().value(row).to_owned())
    }

    pub(super) fn text_or_null(&self, place: usize, row: usize) -> Result<Option<String>, ReportError> {
        if self.null(place, row) { Ok(None) } else { self.text(place, row).map(Some) }
    }

    /// The one of `known` whose name the cell holds.
    pub(super) fn word<T: Copy>(
        &self,
        place: usize,
        row: usize,
        known: &[T],
        name: fn(T) -> &'static str,
    ) -> Result<T, ReportError> {
        let text = self.present(place, row)?.as_string::<i32>().value(row);
        known.iter().copied().find(|k| name(*k) == text).ok_or_else(|| {
            let names: Vec<&str> = known.iter().map(|k| name(*k)).collect();
            self.wrong(place, row, format!("{} is none of {}", escape::id(text), names.join(", ")))
        })
    }

    pub(super) fn time(&self, place: usize, row: usize) -> Result<Instant, ReportError> {
        Ok(Instant(self.present(place, row)?.as_primitive::<TimestampMicrosecondType>().value(row)))
    }

    pub(super) fn float(&self, place: usize, row: usize) -> Result<f64, ReportError> {
        let value = self.present(place, row)?.as_primitive::<Float64Type>().value(row);
        if value.is_nan() { Err(self.wrong(place, row, "it is not a number")) } else { Ok(value) }
    }

    pub(super) fn float_or_null(&self, place: usize, row: usize) -> Result<Option<f64>, ReportError> {
        if self.null(place, row) { Ok(None) } else { self.float(place, row).map(Some) }
    }

    pub(super) fn bits(&self, place: usize, row: usize) -> Result<Millibits, ReportError> {
        self.float(place, row).map(Millibits::from_bits)
    }

    pub(super) fn yen(&self, place: usize, row: usize) -> Result<Option<i64>, ReportError> {
        let Some(value) = self.float_or_null(place, row)? else { return Ok(None) };
        if value.fract() != 0.0 || value.abs() >= 9.2e18 {
            return Err(self.wrong(place, row, format!("{value} is no whole amount of yen")));
        }
        Ok(Some(value as i64))
    }

    pub(super) fn count(&self, place: usize, row: usize) -> Result<u32, ReportError> {
        Ok(self.present(place, row)?.as_primitive::<UInt32Type>().value(row))
    }

    pub(super) fn count_or_null(&self, place: usize, row: usize) -> Result<Option<u32>, ReportError> {
        if self.null(place, row) { Ok(None) } else { self.count(place, row).map(Some) }
    }

    pub(super) fn row_number(&self, place: usize, row: usize) -> Result<u64, ReportError> {
        Ok(self.present(place, row)?.as_primitive::<UInt64Type>().value(row))
    }

    fn items(&self, place: usize, row: usize) -> Result<ArrayRef, ReportError> {
        let items = self.present(place, row)?.as_list::<i32>().value(row);
        if items.null_count() > 0 { Err(self.wrong(place, row, "an item is null")) } else { Ok(items) }
    }

    pub(super) fn texts(&self, place: usize, row: usize) -> Result<Vec<String>, ReportError> {
        let items = self.items(place, row)?;
        Ok(items.as_string::<i32>().iter().flatten().map(str::to_owned).collect())
    }

    /// Null reads as an empty list.
    pub(super) fn texts_or_null(&self, place: usize, row: usize) -> Result<Vec<String>, ReportError> {
        if self.null(place, row) { Ok(Vec::new()) } else { self.texts(place, row) }
    }

    pub(super) fn row_numbers(&self, place: usize, row: usize) -> Result<Vec<u64>, ReportError> {
        Ok(self.items(place, row)?.as_primitive::<UInt64Type>().values().to_vec())
    }
}
