//! The result tables on disk: `tables/NAME.parquet`, zstd, equal bytes for equal rows.

mod cells;
mod columns;
mod rows;
mod wide;

use std::{
    any::Any,
    fs::File,
    io::{self, Read},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use arrow::array::{ArrayRef, RecordBatch};
use itoguchi_model::results::{LinkRow, OutputFile, Results};
use parquet::{
    arrow::{
        ArrowWriter,
        arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder},
    },
    basic::{Compression, ZstdLevel},
    file::properties::{EnabledStatistics, WriterProperties, WriterVersion},
};
use sha2::{Digest, Sha256};

use crate::{
    catalogue,
    error::ReportError,
    schema::{self, Table},
};
use cells::Cells;

/// The file that tells what is in a result folder.
pub const README: &str = "README.md";
/// Rows of one row group.
const ROW_GROUP: usize = 131_072;
/// Rows that are held as Arrow arrays at a time.
const BATCH: usize = 8_192;

/// A struct of the model that is one row of a result table.
trait Row: Sized {
    /// Its table.
    const TABLE: &'static Table;
    /// The columns of `rows`, in the table's order.
    fn columns(rows: &[Self]) -> Vec<ArrayRef>;
    /// One row read back.
    fn read(cells: &Cells<'_>, row: usize) -> Result<Self, ReportError>;
}

/// A struct of the model that can be written as a row of its table.
trait Written: Sized {
    /// Its table.
    const TABLE: &'static Table;
    /// The columns of `rows`, in the table's order.
    fn columns(rows: &[Self]) -> Vec<ArrayRef>;
}

impl<R: Row> Written for R {
    const TABLE: &'static Table = <R as Row>::TABLE;

    fn columns(rows: &[Self]) -> Vec<ArrayRef> {
        <R as Row>::columns(rows)
    }
}

/// Writes the tables of `results` to `dir/tables` and `dir/README.md`, replacing what is there, and returns them as the
/// manifest lists them, paths relative to `dir`.
///
/// Equal rows give equal bytes: no clock, no machine, fixed writer settings. `(evidence_id, ring_id)` must be unique
/// among neighbouring rows of `evidence`, or the two are read back as one. Memory: a row group at a time.
///
/// # Errors
/// When a file cannot be written.
pub fn write_tables(results: &Results, dir: &Path) -> Result<Vec<OutputFile>, ReportError> {
    let folder = dir.join("tables");
    std::fs::create_dir_all(&folder).map_err(|source| ReportError::Io {
        action: "create",
        path: folder.clone(),
        source,
    })?;
    let evidence = rows::EvidenceLine::spread(&results.evidence);
    let mut files = vec![
        write(&results.rings, dir)?,
        write(&results.ring_members, dir)?,
        write(&results.ring_infrastructure, dir)?,
        write(&results.ring_instruments, dir)?,
        write(&results.ring_days, dir)?,
        write(&results.ring_sellers, dir)?,
        write(&results.ring_acts, dir)?,
        write(&results.links, dir)?,
        write(&evidence, dir)?,
        write(&results.episodes, dir)?,
        write(&results.bursts, dir)?,
        write(&results.accounts, dir)?,
        write(&results.candidates, dir)?,
        write(&results.rejects, dir)?,
    ];
    if let Some(wide) = &results.wide {
        files.push(write(&wide.actions, dir)?);
        files.push(write_as(&schema::ALL_LINKS, &wide.all_links, <LinkRow as Row>::columns, dir)?);
        files.push(write(&wide.occasions, dir)?);
        files.push(write(&wide.account_features, dir)?);
    }
    files.push(write_readme(results, &files, dir)?);
    Ok(files)
}

/// What the tables are and how they hang together, beside them.
fn write_readme(results: &Results, files: &[OutputFile], dir: &Path) -> Result<OutputFile, ReportError> {
    let path = dir.join(README);
    let io = |source| ReportError::Io { action: "write", path: path.clone(), source };
    std::fs::write(&path, catalogue::result_readme(&results.evidence, files)).map_err(io)?;
    output_file(dir, README, None).map_err(io)
}

/// The tables of `results` that speak of rings, as they are written: for other forms than Parquet.
///
/// # Errors
/// When the rows cannot be put into columns: our fault.
pub(crate) fn ring_batches(results: &Results) -> Result<Vec<(&'static Table, RecordBatch)>, ReportError> {
    let evidence = rows::EvidenceLine::spread(&results.evidence);
    Ok(vec![
        batch(&results.rings)?,
        batch(&results.ring_members)?,
        batch(&results.ring_infrastructure)?,
        batch(&results.ring_instruments)?,
        batch(&results.ring_days)?,
        batch(&results.ring_sellers)?,
        batch(&results.ring_acts)?,
        batch(&results.links)?,
        batch(&evidence)?,
        batch(&results.episodes)?,
        batch(&results.bursts)?,
        batch(&results.accounts)?,
    ])
}

fn batch<R: Row>(rows: &[R]) -> Result<(&'static Table, RecordBatch), ReportError> {
    let encode = |e: arrow::error::ArrowError| ReportError::Encode {
        path: R::TABLE.name.into(),
        reason: e.to_string(),
    };
    Ok((R::TABLE, RecordBatch::try_new(R::TABLE.schema(), R::columns(rows)).map_err(encode)?))
}

/// Reads the tables of `dir/tables` back.
///
/// A result folder comes from somebody else: damaged and foreign files, missing or retyped columns, nulls where
/// none may be and words that are no kind, role or family are errors that name the file. Columns that were added
/// are ignored.
///
/// # Errors
/// When a table is missing, damaged or holds what it cannot hold.
pub fn read_tables(dir: &Path) -> Result<Results, ReportError> {
    Ok(Results {
        rings: read(dir)?,
        ring_members: read(dir)?,
        ring_infrastructure: read(dir)?,
        ring_instruments: read(dir)?,
        ring_days: read(dir)?,
        ring_sellers: read(dir)?,
        ring_acts: read(dir)?,
        links: read(dir)?,
        evidence: rows::EvidenceLine::gather(read(dir)?),
        episodes: read(dir)?,
        bursts: read(dir)?,
        accounts: read(dir)?,
        candidates: read(dir)?,
        rejects: read(dir)?,
        wide: None,
    })
}

/// The manifest's entry for the file `rel` under `root`: size and SHA-256 of its bytes as they are on disk.
///
/// # Errors
/// When the file cannot be read.
pub fn output_file(root: &Path, rel: &str, rows: Option<u64>) -> io::Result<OutputFile> {
    let mut file = File::open(root.join(rel))?;
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        bytes += n as u64;
        hash.update(&buffer[..n]);
    }
    let sha256 = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
    Ok(OutputFile { path: rel.to_owned(), rows, bytes, sha256 })
}

fn relative(table: &Table) -> String {
    format!("tables/{}.parquet", table.name)
}

/// How every result table is written: zstd, dictionaries, statistics of row groups and pages.
///
/// Rows of a ring stand together, and a row group says the least and greatest `ring_id` it holds: a reader that looks
/// for one ring opens the row groups that hold it and no others. Nothing here depends on clock or machine.
#[must_use]
pub fn writer_properties() -> WriterProperties {
    WriterProperties::builder()
        .set_created_by("itoguchi".to_owned())
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_dictionary_enabled(true)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .set_write_batch_size(BATCH)
        .build()
}

fn write<R: Written>(rows: &[R], dir: &Path) -> Result<OutputFile, ReportError> {
    write_as(R::TABLE, rows, R::columns, dir)
}

fn write_as<R>(
    table: &'static Table,
    rows: &[R],
    columns: fn(&[R]) -> Vec<ArrayRef>,
    dir: &Path,
) -> Result<OutputFile, ReportError> {
    let rel = relative(table);
    let path = dir.join(&rel);
    let io = |source| ReportError::Io { action: "write", path: path.clone(), source };
    let encode = |reason: String| ReportError::Encode { path: path.clone(), reason };
    let schema = table.schema();
    let file = File::create(&path).map_err(io)?;
    let mut writer = ArrowWriter::try_new(file, schema.clone(), Some(writer_properties()))
        .map_err(|e| encode(e.to_string()))?;
    for chunk in rows.chunks(BATCH) {
        let batch =
            RecordBatch::try_new(schema.clone(), columns(chunk)).map_err(|e| encode(e.to_string()))?;
        writer.write(&batch).map_err(|e| encode(e.to_string()))?;
    }
    writer.close().map_err(|e| encode(e.to_string()))?;
    output_file(dir, &rel, Some(rows.len() as u64)).map_err(io)
}

fn read<R: Row>(dir: &Path) -> Result<Vec<R>, ReportError> {
    let path = dir.join(relative(R::TABLE));
    let file = File::open(&path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => ReportError::NoResult {
            path: dir.to_owned(),
            reason: format!("it has no {}", relative(R::TABLE)),
        },
        _ => ReportError::Io { action: "read", path: path.clone(), source },
    })?;
    guarded(&path, || read_file(file, &path))
}

/// Damaged pages can make the decoder panic: that is an error of the file, and nothing it touched is used again.
fn guarded<T>(path: &Path, read: impl FnOnce() -> Result<T, ReportError>) -> Result<T, ReportError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|panic| {
        Err(ReportError::Table {
            path: path.to_owned(),
            reason: format!("it is damaged ({})", said(&*panic)),
        })
    })
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("the decoder gave up");
    crate::escape::visible(text, 200)
}

fn read_file<R: Row>(file: File, path: &Path) -> Result<Vec<R>, ReportError> {
    let damaged = |reason: String| ReportError::Table {
        path: path.to_owned(),
        reason: crate::escape::visible(&reason, 400),
    };
    // The Arrow schema inside the file is advice; the Parquet types are what the pages are decoded by.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)
        .map_err(|e| damaged(format!("it is no complete Parquet file ({e})")))?;
    let faults = cells::faults(R::TABLE, builder.schema());
    if !faults.is_empty() {
        return Err(ReportError::Columns { path: path.to_owned(), table: R::TABLE.name, faults });
    }
    let reader = builder.with_batch_size(BATCH).build().map_err(|e| damaged(e.to_string()))?;
    let mut rows = Vec::new();
    for batch in reader {
        let batch = batch.map_err(|e| damaged(format!("it is damaged ({e})")))?;
        let cells = Cells::new(R::TABLE, &batch, path, rows.len());
        for row in 0..batch.num_rows() {
            rows.push(R::read(&cells, row)?);
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_decoder_is_an_error_of_the_file() {
        let error = guarded::<()>(Path::new("OUT/links.parquet"), || panic!("index {} out of range", 7));
        let error = error.expect_err("it panicked").to_string();
        assert_eq!(error, "cannot read the table OUT/links.parquet: it is damaged (index 7 out of range)");
    }
}
