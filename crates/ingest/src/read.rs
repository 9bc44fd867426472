//! Case folders to a [`Case`].

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use itoguchi_model::{
    Case,
    progress::Progress,
    results::Statement,
    tables::{Reject, SourceFile},
};
use rayon::prelude::*;
use tracing::{debug, info, info_span};

use crate::{
    contract::{REPORTS, Table},
    csv_read,
    error::{IngestError, RejectSample},
    folder::{self, slashed},
    hash::sha256_file,
    merge, parquet_read,
    part::{Part, Source},
    settings::Settings,
};

/// What a reader of one format gives for one file.
pub(crate) struct FileRead {
    /// Stretches in the order of the file.
    pub parts: Vec<Part>,
    /// Text encoding, for CSV.
    pub encoding: Option<&'static str>,
    /// One sentence about unknown columns.
    pub warning: Option<Statement>,
}

/// A file to be read.
struct Job {
    table: &'static Table,
    path: PathBuf,
    /// The case as given, `/`, and the path inside it.
    name: String,
}

/// A file that was read.
struct Done {
    parts: Vec<Part>,
    source: SourceFile,
    warnings: Vec<Statement>,
}

/// Reads `cases` and pools their rows.
///
/// Every data record becomes a row or a reject: in each of [`Case::sources`], `rows = used + rejected`. Executions that
/// a correction, a cancellation or a repeat sets aside count as used and are in [`Case::superseded`].
///
/// # Errors
/// A folder or file that cannot be read as what it claims to be, a file with too many rejects, or a stop that `progress`
/// asks for. Of several failing files the first by path is named.
/// # Cost
/// Files, row groups of Parquet and stretches of CSV are read in parallel; memory holds the rows, their distinct names
/// and a few stretches of text, whatever a compressed file expands to.
/// # Determinism
/// The case does not depend on the number of threads. The order of rows in a file shows only in the [`RowRef`]s (and in
/// which encoding is found, should a CSV file mix two).
///
/// [`RowRef`]: itoguchi_model::RowRef
pub fn read_cases(
    cases: &[PathBuf],
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Case, IngestError> {
    read_cases_with(cases, &[], settings, progress)
}

/// A table of reports beside the cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// What it is called in the sources, and what decides its order among them.
    pub named: PathBuf,
    /// Where it is read: the same, or a copy of what stood there once.
    pub place: PathBuf,
}

impl From<PathBuf> for Beside {
    fn from(path: PathBuf) -> Self {
        Self { named: path.clone(), place: path }
    }
}

/// As [`read_cases`], with further tables of `reports`: each a file (`.csv`, `.csv.gz`, `.csv.zst` or `.parquet`, whatever
/// its stem), or a folder that holds `reports` in one of these forms. They are pooled with the reports of the cases.
///
/// # Errors
/// As [`read_cases`]; and for a path of `reports` that holds no such table, or that is read already.
pub fn read_cases_with(
    cases: &[PathBuf],
    reports: &[Beside],
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Case, IngestError> {
    let _span = info_span!("read_cases", cases = cases.len()).entered();
    let (mut jobs, mut warnings) = jobs(cases)?;
    add_reports(&mut jobs, reports)?;
    let bytes = jobs.iter().filter_map(|job| fs::metadata(&job.path).ok()).map(|meta| meta.len()).sum();
    progress.begin("reading", bytes);
    let done = read_all(&jobs, settings, progress)?;
    let rows = done.iter().map(|file| file.source.rows).sum();
    let mut sources = Vec::with_capacity(done.len());
    let mut parts = Vec::new();
    for mut file in done {
        sources.push(file.source);
        parts.append(&mut file.parts);
        warnings.append(&mut file.warnings);
    }
    if progress.cancelled() {
        return Err(IngestError::Cancelled);
    }
    progress.end(rows);
    progress.begin("pooling", 0);
    let mut case = merge::merge(parts)?;
    case.sources = sources;
    case.warnings.append(&mut warnings);
    case.warnings.sort();
    progress.end(rows);
    info!(rows, files = jobs.len(), rejects = case.rejects.len(), "read");
    Ok(case)
}

/// Every file of every case, sorted by name.
fn jobs(cases: &[PathBuf]) -> Result<(Vec<Job>, Vec<Statement>), IngestError> {
    if cases.is_empty() {
        return Err(IngestError::NoCases);
    }
    let (mut jobs, mut warnings) = (Vec::new(), Vec::new());
    let mut real: Vec<(PathBuf, &PathBuf)> = Vec::new();
    for case in cases {
        let mut listing = folder::list(case)?;
        warnings.append(&mut listing.warnings);
        let resolved =
            fs::canonicalize(case).map_err(|source| IngestError::Io { path: case.clone(), source })?;
        if let Some((_, first)) = real.iter().find(|(path, _)| *path == resolved) {
            return Err(IngestError::SameCaseTwice { first: (*first).clone(), second: case.clone() });
        }
        real.push((resolved, case));
        for (table, files) in listing.tables {
            jobs.extend(files.into_iter().map(|path| Job { table, name: name(case, &path), path }));
        }
    }
    jobs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((jobs, warnings))
}

/// The tables of reports that are no part of a case, named as given. A file that is read already would count twice.
fn add_reports(jobs: &mut Vec<Job>, reports: &[Beside]) -> Result<(), IngestError> {
    for Beside { named: given, place } in reports {
        let path = folder::reports_file(place)?;
        let name = if given == place { slashed(&path) } else { slashed(given) };
        let resolved = |path: &Path| {
            fs::canonicalize(path).map_err(|source| IngestError::Io { path: path.to_owned(), source })
        };
        let real = resolved(&path)?;
        for job in jobs.iter().filter(|job| job.table.name == REPORTS.name) {
            if resolved(&job.path)? == real {
                return Err(IngestError::SameReportsTwice { first: job.path.clone(), second: given.clone() });
            }
        }
        jobs.push(Job { table: &REPORTS, name, path });
    }
    jobs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(())
}

fn name(case: &Path, file: &Path) -> String {
    let inside = file.strip_prefix(case).unwrap_or(file);
    format!("{}/{}", slashed(case).trim_end_matches('/'), slashed(inside))
}

fn read_all(jobs: &[Job], settings: &Settings, progress: &dyn Progress) -> Result<Vec<Done>, IngestError> {
    // Files after a failed one are not worth reading; those before it are, so that the error is always the same.
    let failed = AtomicUsize::new(usize::MAX);
    let results: Vec<Result<Done, IngestError>> = jobs
        .par_iter()
        .enumerate()
        .map(|(at, job)| {
            if failed.load(Ordering::Relaxed) < at {
                return Err(IngestError::Cancelled);
            }
            let result = read_one(at, job, settings, progress);
            if result.is_err() {
                failed.fetch_min(at, Ordering::Relaxed);
            }
            result
        })
        .collect();
    results.into_iter().collect()
}

fn read_one(at: usize, job: &Job, settings: &Settings, progress: &dyn Progress) -> Result<Done, IngestError> {
    if progress.cancelled() {
        return Err(IngestError::Cancelled);
    }
    let file = u32::try_from(at).map_err(|_| IngestError::TooManyNames { what: "files", limit: u32::MAX })?;
    let source = Source { table: job.table, file, settings };
    let (hash, read) = rayon::join(
        || sha256_file(&job.path).map_err(|source| IngestError::Io { path: job.path.clone(), source }),
        || match job.path.extension().is_some_and(|ending| ending == "parquet") {
            true => parquet_read::read(&job.path, source, progress),
            false => csv_read::read(&job.path, source, progress),
        },
    );
    let (bytes, sha256) = hash?;
    let FileRead { parts, encoding, warning } = read?;
    let rows = parts.iter().map(|part| part.rows).sum();
    let rejected = parts.iter().map(|part| part.rejects.len() as u64).sum::<u64>();
    check_share(&job.path, rows, rejected, &parts, settings)?;
    debug!(file = job.name, rows, rejected, "file read");
    progress.advance(bytes);
    let mut warnings = notes(&job.name, &parts);
    warnings.extend(warning);
    let source = SourceFile {
        path: job.name.clone(),
        table: job.table.name.to_owned(),
        bytes,
        sha256,
        rows,
        used: rows - rejected,
        rejected,
        encoding: encoding.map(str::to_owned),
    };
    Ok(Done { parts, source, warnings })
}

fn check_share(
    path: &Path,
    rows: u64,
    rejected: u64,
    parts: &[Part],
    settings: &Settings,
) -> Result<(), IngestError> {
    let limit = settings.max_reject_share;
    if rejected == 0 || rejected as f64 <= limit * rows as f64 {
        return Ok(());
    }
    let sample = |reject: &Reject| RejectSample {
        row: reject.source.row,
        column: reject.column.clone(),
        value: reject.value.clone(),
        reason: reject.reason.clone(),
    };
    let first = parts.iter().flat_map(|part| &part.rejects).take(3).map(sample).collect();
    Err(IngestError::TooManyRejects { path: path.to_owned(), rejected, rows, limit, first })
}

fn notes(name: &str, parts: &[Part]) -> Vec<Statement> {
    let sum = |count: fn(&Part) -> u64| parts.iter().map(count).sum::<u64>();
    let mut notes = Vec::new();
    let off_midnight = sum(|part| part.notes.off_midnight);
    if off_midnight > 0 {
        notes.push(Statement::new(
            format!(
                "{name}: {off_midnight} rows of day precision are not at midnight in Japan; their day in Japan was taken"
            ),
            format!("{name}: 日単位の {off_midnight} 行が日本時間の零時ではない。日本時間での日付を採用した。"),
        ));
    }
    let half = sum(|part| part.notes.half_counterparty);
    if half > 0 {
        notes.push(Statement::new(
            format!("{name}: {half} rows state only half of a counterparty; it was left aside"),
            format!("{name}: {half} 行は取引相手の一部しか示していないため、相手方を用いない。"),
        ));
    }
    notes
}
