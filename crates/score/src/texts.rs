//! A small table as texts, from CSV or Parquet.

use std::{
    fs::File,
    io::Read,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use arrow::{
    array::{Array as _, AsArray as _},
    compute::cast,
    datatypes::DataType,
};
use itoguchi_report::escape;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::ScoreError;

/// Columns and rows of a table; a null of Parquet and an empty cell of CSV are both `None`.
#[derive(Clone, Debug)]
pub(crate) struct Texts {
    path: PathBuf,
    columns: Vec<String>,
    rows: Vec<Vec<Option<String>>>,
}

impl Texts {
    /// The table `name` in `dir`, or nothing where it has none.
    pub fn find(dir: &Path, name: &str) -> Result<Option<Self>, ScoreError> {
        let (csv, parquet) = (dir.join(format!("{name}.csv")), dir.join(format!("{name}.parquet")));
        match (csv.exists(), parquet.exists()) {
            (true, true) => Err(ScoreError::TwoForms { first: csv, second: parquet }),
            (true, false) => Self::csv(&csv).map(Some),
            (false, true) => Self::parquet(&parquet).map(Some),
            (false, false) => Ok(None),
        }
    }

    fn csv(path: &Path) -> Result<Self, ScoreError> {
        let damaged = |reason: String| damaged(path, &reason);
        let mut bytes = Vec::new();
        open(path)?
            .read_to_end(&mut bytes)
            .map_err(|source| ScoreError::Io { path: path.to_owned(), source })?;
        // A mark at the front that some editors leave is no part of the first column's name.
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let mut reader = csv::Reader::from_reader(text);
        let header = reader.headers().map_err(|e| damaged(e.to_string()))?;
        let columns: Vec<String> = header.iter().map(str::to_owned).collect();
        if columns.iter().all(String::is_empty) {
            return Err(damaged("it has no header".to_owned()));
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|e| damaged(e.to_string()))?;
            rows.push(record.iter().map(|c| (!c.is_empty()).then(|| c.to_owned())).collect());
        }
        Ok(Self { path: path.to_owned(), columns, rows })
    }

    fn parquet(path: &Path) -> Result<Self, ScoreError> {
        let file = open(path)?;
        // Damaged pages can make the decoder panic: that is an error of the file, and nothing it touched is used again.
        catch_unwind(AssertUnwindSafe(|| Self::batches(file, path)))
            .unwrap_or_else(|_| Err(damaged(path, "the decoder gave up")))
    }

    fn batches(file: File, path: &Path) -> Result<Self, ScoreError> {
        let wrong =
            |e: &dyn std::fmt::Display| damaged(path, &format!("it is no complete Parquet file ({e})"));
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| wrong(&e))?;
        let columns = builder.schema().fields().iter().map(|f| f.name().clone()).collect();
        let mut rows = Vec::new();
        for batch in builder.build().map_err(|e| wrong(&e))? {
            let batch = batch.map_err(|e| wrong(&e))?;
            let texts: Vec<_> = batch
                .columns()
                .iter()
                .map(|c| cast(c, &DataType::Utf8))
                .collect::<Result<_, _>>()
                .map_err(|e| wrong(&e))?;
            let cell = |c: &arrow::array::ArrayRef, row: usize| {
                c.is_valid(row).then(|| c.as_string::<i32>().value(row).to_owned())
            };
            rows.extend((0..batch.num_rows()).map(|row| texts.iter().map(|c| cell(c, row)).collect()));
        }
        Ok(Self { path: path.to_owned(), columns, rows })
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Where column `name` stands.
    pub fn place(&self, name: &'static str) -> Result<usize, ScoreError> {
        self.place_or_none(name).ok_or_else(|| ScoreError::Column {
            path: self.path.clone(),
            column: name,
            found: self.columns.clone(),
        })
    }

    /// Where column `name` stands, if it is there.
    pub fn place_or_none(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c == name)
    }

    /// What a cell holds, or nothing.
    pub fn cell(&self, row: usize, place: usize) -> Option<&str> {
        self.rows[row][place].as_deref()
    }

    /// What a cell holds, which must be something.
    pub fn text(&self, row: usize, place: usize, column: &'static str) -> Result<String, ScoreError> {
        self.cell(row, place).map(str::to_owned).ok_or_else(|| self.wrong(row, column, "it is empty"))
    }

    /// An error about a cell.
    pub fn wrong(&self, row: usize, column: &'static str, reason: &str) -> ScoreError {
        ScoreError::Cell { path: self.path.clone(), row: row + 1, column, reason: reason.to_owned() }
    }
}

fn open(path: &Path) -> Result<File, ScoreError> {
    let file = File::open(path).map_err(|source| ScoreError::Io { path: path.to_owned(), source })?;
    // A pipe or a folder would wait for ever, or not say what it is.
    if file.metadata().is_ok_and(|m| m.is_file()) {
        Ok(file)
    } else {
        Err(damaged(path, "it is not a regular file"))
    }
}

fn damaged(path: &Path, reason: &str) -> ScoreError {
    ScoreError::Damaged { path: path.to_owned(), reason: escape::visible(reason, 300) }
}
