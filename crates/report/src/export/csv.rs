//! The result tables as CSV that a spreadsheet opens: UTF-8 with a byte order mark, CRLF, lists joined by `; `, each
//! time in Japanese time and in UTC.
//!
//! The column `role` says it in words: a spreadsheet travels further than its key.
//!
//! A text that a spreadsheet would take for a formula gets a `'` in front; so does one that begins with `'`, so that
//! taking one off gives every text back. Numbers stay numbers.

use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch},
    datatypes::{Float64Type, TimestampMicrosecondType, UInt32Type, UInt64Type},
};
use itoguchi_model::{Instant, Role};

use super::{failed, form, graph::infrastructure_role, scope::Scope};
use crate::{
    Lang,
    error::ReportError,
    schema::{Column, ColumnType, Table},
    tables, words,
};

/// What makes spreadsheets calculate, at the beginning of a cell; the wide ones do where the keyboard is Japanese.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\'', '＝', '＋', '－', '＠'];

/// A file for each table of the rings.
pub(super) fn write(scope: &Scope) -> Result<Vec<(String, Vec<u8>)>, ReportError> {
    let file = |(table, batch): (&'static Table, RecordBatch)| {
        Ok((format!("{}.csv", table.name), table_sheet(table, &batch)?))
    };
    tables::ring_batches(&scope.results)?.into_iter().map(file).collect()
}

fn table_sheet(table: &Table, batch: &RecordBatch) -> Result<Vec<u8>, ReportError> {
    let mut titles = Vec::new();
    for column in table.columns {
        match column.kind {
            ColumnType::Time => {
                titles.extend([format!("{}_jst", column.name), format!("{}_utc", column.name)]);
            }
            _ => titles.push(column.name.to_owned()),
        }
    }
    let mut sheet = Sheet::new(&titles)?;
    for row in 0..batch.num_rows() {
        let mut cells = Vec::with_capacity(titles.len());
        for (column, array) in table.columns.iter().zip(batch.columns()) {
            push(&mut cells, column, array, row);
        }
        sheet.row(cells)?;
    }
    sheet.finish()
}

/// The cells of one value: two for a time, one for anything else.
fn push(cells: &mut Vec<Cell>, column: &Column, array: &ArrayRef, row: usize) {
    if array.is_null(row) {
        let width = if column.kind == ColumnType::Time { 2 } else { 1 };
        cells.extend((0..width).map(|_| Cell::Plain(String::new())));
        return;
    }
    let cell = match column.kind {
        ColumnType::Text if column.name == "role" => {
            Cell::Text(role(array.as_string::<i32>().value(row)).to_owned())
        }
        ColumnType::Text => Cell::Text(form::name(array.as_string::<i32>().value(row))),
        ColumnType::Float => Cell::Plain(array.as_primitive::<Float64Type>().value(row).to_string()),
        ColumnType::Bool => Cell::Plain(array.as_boolean().value(row).to_string()),
        ColumnType::UInt32 => Cell::Plain(array.as_primitive::<UInt32Type>().value(row).to_string()),
        ColumnType::UInt64 => Cell::Plain(array.as_primitive::<UInt64Type>().value(row).to_string()),
        ColumnType::TextList => {
            let items = array.as_list::<i32>().value(row);
            let texts = items.as_string::<i32>().iter().flatten().map(|t| defused(form::name(t)));
            Cell::Plain(texts.collect::<Vec<_>>().join("; "))
        }
        ColumnType::RowList => {
            let items = array.as_list::<i32>().value(row);
            let rows = items.as_primitive::<UInt64Type>().values().iter().map(u64::to_string);
            Cell::Plain(rows.collect::<Vec<_>>().join("; "))
        }
        ColumnType::Time => {
            let at = Instant(array.as_primitive::<TimestampMicrosecondType>().value(row));
            cells.push(Cell::Plain(form::jst(at)));
            Cell::Plain(form::utc(at))
        }
    };
    cells.push(cell);
}

/// A role as the tables have it, in words.
fn role(word: &str) -> &'static str {
    let known = [Role::Victim, Role::Seller, Role::Linked].into_iter().find(|r| r.name() == word);
    known.map_or_else(|| infrastructure_role(word), |role| words::role(role, Lang::En))
}

/// What stands in a cell.
pub(crate) enum Cell {
    /// A text that may have come from anybody, made visible already: defused.
    Text(String),
    /// A number, a time or a word of ours.
    Plain(String),
}

/// `text`, kept from being a formula.
fn defused(text: String) -> String {
    if text.starts_with(FORMULA) { format!("'{text}") } else { text }
}

/// A file of comma-separated values for spreadsheets.
pub(crate) struct Sheet {
    writer: ::csv::Writer<Vec<u8>>,
}

impl Sheet {
    /// A sheet with one row of titles.
    pub(crate) fn new<T: AsRef<[u8]>>(titles: &[T]) -> Result<Self, ReportError> {
        // Spreadsheets know UTF-8 by its mark.
        let begun = "\u{feff}".as_bytes().to_vec();
        let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(begun);
        writer.write_record(titles).map_err(|e| failed("CSV", &e))?;
        Ok(Self { writer })
    }

    /// One more row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) -> Result<(), ReportError> {
        let cells = cells.into_iter().map(|cell| match cell {
            Cell::Text(text) => defused(text),
            Cell::Plain(text) => text,
        });
        self.writer.write_record(cells.collect::<Vec<_>>()).map_err(|e| failed("CSV", &e))
    }

    /// The bytes of the file.
    pub(crate) fn finish(self) -> Result<Vec<u8>, ReportError> {
        self.writer.into_inner().map_err(|e| failed("CSV", &e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_no_formulas_and_can_be_had_back() {
        for text in ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "'x", "＝1", "－1"] {
            assert_eq!(defused(text.to_owned()), format!("'{text}"));
        }
        for text in ["x=1", "", "口座", "1-1"] {
            assert_eq!(defused(text.to_owned()), text);
        }
    }
}
