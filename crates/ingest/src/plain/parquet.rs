//! A plain table of Parquet, row group by row group.

use std::path::Path;

use arrow::{
    array::RecordBatch,
    datatypes::{DataType, Fields},
    error::ArrowError,
};
use parquet::arrow::{
    ProjectionMask,
    arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder},
};

use crate::{
    error::IngestError,
    names::NONE,
    parquet_read::{damaged, guard, open},
};

/// Small enough that a batch's columns stay in the cache from decoding to interning.
const BATCH_ROWS: usize = 16_384;

/// A file of which the footer is known.
pub(crate) struct Table<'a> {
    path: &'a Path,
    meta: ArrowReaderMetadata,
    /// The 1-based data record each row group starts with.
    first: Vec<u64>,
}

impl<'a> Table<'a> {
    /// Reads the footer.
    pub fn open(path: &'a Path) -> Result<Self, IngestError> {
        let file = open(path)?;
        let meta = guard(path, || {
            ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|e| damaged(path, e))
        })?;
        let first = first_rows(path, &meta)?;
        Ok(Self { path, meta, first })
    }

    /// What the columns are called.
    pub fn titles(&self) -> Vec<String> {
        self.fields().iter().map(|field| field.name().clone()).collect()
    }

    /// The type of a column.
    pub fn kind(&self, column: usize) -> &DataType {
        self.fields()[column].data_type()
    }

    fn fields(&self) -> &Fields {
        self.meta.schema().fields()
    }

    /// How many row groups there are.
    pub fn groups(&self) -> usize {
        self.first.len()
    }

    /// The 1-based data record that a row group starts with.
    pub fn first_row(&self, group: usize) -> u64 {
        self.first[group]
    }

    /// Decodes the columns `wanted`, which are ascending, of one row group, and hands batch after batch to `each` with the
    /// number of its first row. Returns how many rows there were.
    pub fn each_batch(
        &self,
        group: usize,
        wanted: &[usize],
        mut each: impl FnMut(&RecordBatch, u64) -> Result<(), IngestError>,
    ) -> Result<u64, IngestError> {
        // Each group opens the file anew: handles that share a position cannot be read from two threads.
        let file = open(self.path)?;
        let mask = ProjectionMask::roots(self.meta.parquet_schema(), wanted.iter().copied());
        let batches = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.meta.clone())
            .with_row_groups(vec![group])
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(|e| damaged(self.path, e))?;
        let stated = self.meta.metadata().row_group(group).num_rows();
        let mut read = 0;
        for batch in batches {
            let batch = batch.map_err(|e| damaged(self.path, e))?;
            let rows = batch.num_rows() as u64;
            // A decoder that gives more than the footer states would run out of numbers.
            if read + rows <= stated as u64 {
                each(&batch, self.first[group] + read)?;
            }
            read += rows;
        }
        if read != stated as u64 {
            return Err(IngestError::RowCount { path: self.path.to_owned(), stated, found: read });
        }
        Ok(read)
    }

    /// Runs the decoder, which may panic on damaged bytes; here that is an error like any other.
    pub fn guard<T>(&self, decode: impl FnOnce() -> Result<T, IngestError>) -> Result<T, IngestError> {
        guard(self.path, decode)
    }

    /// What a column that has no text, or a damaged one, is to the user.
    pub fn damaged(&self, error: ArrowError) -> IngestError {
        damaged(self.path, error)
    }
}

/// The 1-based data record each row group starts with, as the footer states it.
fn first_rows(path: &Path, meta: &ArrowReaderMetadata) -> Result<Vec<u64>, IngestError> {
    let mut next = 1_u64;
    let mut first = Vec::with_capacity(meta.metadata().num_row_groups());
    for group in meta.metadata().row_groups() {
        let rows = u64::try_from(group.num_rows())
            .map_err(|_| damaged(path, "a row group states a negative number of rows"))?;
        if rows >= u64::from(NONE) {
            return Err(damaged(path, "a row group states more rows than can be counted"));
        }
        first.push(next);
        next = next.checked_add(rows).ok_or_else(|| damaged(path, "more rows than can be counted"))?;
    }
    Ok(first)
}
