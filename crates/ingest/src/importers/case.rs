//! Downloads into a case folder: all of the files named, or nothing.
//!
//! Everything is read, checked and written to a staging folder first; then the files are renamed into place,
//! the record of imports last. File names are made from the broker, a safe form of the account and the hash of
//! the download, so that neither an account id nor a file name can lead out of the case folder.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use itoguchi_model::{JstDate, Precision};
use sha2::{Digest, Sha256};

use super::{
    Broker, Download, Encoding, ImportError, Layout, RejectedRow, SkipReason,
    journal::{Entry, Journal, Source},
    parse_download,
    values::decimal,
};
use crate::contract;

/// Customers' downloads are a few kilobytes; a broker's own extract does not come this way.
const LARGEST: u64 = 64 << 20;
const STAGING: &str = ".import";
const JOURNAL: &str = "imports.jsonl";

/// What an import added to a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// The downloads, in the order they were named.
    pub downloads: Vec<ImportedDownload>,
}

/// What one download added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedDownload {
    /// The file that was given.
    pub path: PathBuf,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
    /// Which download it is.
    pub layout: Layout,
    /// How its bytes were read.
    pub encoding: Encoding,
    /// First and last day it is about.
    pub period: Option<(JstDate, JstDate)>,
    /// Records read: `used + skipped + rejected`.
    pub read: u64,
    /// Records that became executions.
    pub used: u64,
    /// Records that are no executions, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// Records that could not be read.
    pub rejected: u64,
    /// What was put right or should be known.
    pub flags: Vec<String>,
    /// The table written, if the download has an execution.
    pub executions: Option<PathBuf>,
    /// Where the rejected rows stand, if there are any.
    pub rejects: Option<PathBuf>,
}

impl ImportedDownload {
    /// Records that are no executions.
    #[must_use]
    pub fn skipped_rows(&self) -> u64 {
        self.skipped.values().sum()
    }
}

impl ImportSummary {
    /// Records read from all files.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.downloads.iter().map(|d| d.read).sum()
    }

    /// Records that became executions.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.downloads.iter().map(|d| d.used).sum()
    }

    /// Records that are no executions.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.downloads.iter().map(ImportedDownload::skipped_rows).sum()
    }

    /// Records that could not be read.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        self.downloads.iter().map(|d| d.rejected).sum()
    }
}

/// Adds downloads of one account to the case folder `out`, which is made if it is not there.
///
/// Writes `executions/STEM.csv` (the contract's columns), `rejects/STEM.csv` where rows could not be read, and
/// one line per download in `imports.jsonl`. What the folder holds already stays as it is.
///
/// # Errors
/// When any of the files cannot be used, was imported before, or overlaps an earlier download of the account
/// in time (unless `allow_overlap`); when the case keeps its executions in one file. Nothing is written then.
/// # Determinism
/// The same files in the same order into the same case give the same bytes; no clock is read.
pub fn import(
    files: &[PathBuf],
    broker: Broker,
    account: &str,
    out: &Path,
    allow_overlap: bool,
) -> Result<ImportSummary, ImportError> {
    check_account(account)?;
    refuse_single_table(out)?;
    let journal = Journal::read(&out.join(JOURNAL))?;
    let mut prepared: Vec<Prepared> = Vec::new();
    for path in files {
        let mut next = Prepared::read(path, broker, account, allow_overlap).map_err(|e| e.of(path))?;
        check_against(&mut next, &journal, &prepared, broker, account, out).map_err(|e| e.of(path))?;
        prepared.push(next);
    }
    if !prepared.is_empty() {
        write(&prepared, &journal, out)?;
    }
    Ok(ImportSummary { downloads: prepared.into_iter().map(|p| p.summary(out)).collect() })
}

/// One file, read and ready to be written.
struct Prepared {
    path: PathBuf,
    download: Download,
    entry: Entry,
    executions: Vec<u8>,
    rejects: Vec<u8>,
}

impl Prepared {
    fn read(path: &Path, broker: Broker, account: &str, overlap_allowed: bool) -> Result<Self, ImportError> {
        let bytes = read_limited(path)?;
        let download = parse_download(&bytes, broker)?;
        let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let source = Source { file, sha256: hex(&bytes), bytes: bytes.len() as u64, overlap_allowed };
        let stem = format!("{}-{}-{}", broker.flag(), safe(account), &source.sha256[..12]);
        let mut entry = Entry::new(&download, broker, account, source);
        entry.executions = (download.used > 0).then(|| format!("executions/{stem}.csv"));
        entry.rejects = (!download.rejects.is_empty()).then(|| format!("rejects/{stem}.csv"));
        let executions = executions_csv(&download, broker, account);
        let rejects = rejects_csv(&entry.file, &download.rejects);
        Ok(Self { path: path.to_owned(), download, entry, executions, rejects })
    }

    /// The files it becomes: the path below the case folder, and the bytes.
    fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let executions = self.entry.executions.as_deref().map(|p| (p, self.executions.as_slice()));
        let rejects = self.entry.rejects.as_deref().map(|p| (p, self.rejects.as_slice()));
        executions.into_iter().chain(rejects)
    }

    fn summary(self, out: &Path) -> ImportedDownload {
        ImportedDownload {
            path: self.path,
            sha256: self.entry.sha256,
            layout: self.download.layout,
            encoding: self.download.encoding,
            period: self.download.period,
            read: self.download.read,
            used: self.download.used,
            rejected: self.entry.rejected,
            skipped: self.download.skipped,
            flags: self.entry.flags,
            executions: self.entry.executions.map(|p| out.join(p)),
            rejects: self.entry.rejects.map(|p| out.join(p)),
        }
    }
}

fn check_account(account: &str) -> Result<(), ImportError> {
    let why = if account.trim().is_empty() {
        "is empty"
    } else if account.trim() != account {
        "begins or ends with a blank"
    } else if account.chars().any(char::is_control) {
        "holds a control character"
    } else if account.chars().count() > 200 {
        "is longer than 200 characters"
    } else {
        return Ok(());
    };
    Err(ImportError::BadAccount { account: account.to_owned(), why })
}

fn refuse_single_table(out: &Path) -> Result<(), ImportError> {
    let folder = out.join(contract::EXECUTIONS.name);
    let mut single: Vec<PathBuf> =
        ["csv", "csv.gz", "csv.zst", "parquet"].iter().map(|e| folder.with_extension(e)).collect();
    if !folder.is_dir() {
        single.push(folder.clone());
    }
    match single.into_iter().find(|p| p.symlink_metadata().is_ok()) {
        Some(file) => Err(ImportError::OneTable { file, folder }),
        None => Ok(()),
    }
}

/// Refuses a file that is there already, or overlaps one that is; where an overlap is allowed, says how many
/// fills the two have in common.
fn check_against(
    next: &mut Prepared,
    journal: &Journal,
    before: &[Prepared],
    broker: Broker,
    account: &str,
    out: &Path,
) -> Result<(), ImportError> {
    let earlier = journal.entries.iter().map(|e| (e, None));
    let earlier = earlier.chain(before.iter().map(|p| (&p.entry, Some(&p.executions))));
    for (entry, bytes) in earlier {
        let same_account = entry.is_of(broker, account);
        // downloads without any row may be equal for two accounts
        if entry.sha256 == next.entry.sha256 && (same_account || entry.read > 0) {
            return Err(ImportError::SameFile {
                file: entry.file.clone(),
                broker: entry.broker.clone(),
                account: entry.account_id.clone(),
                sha256: entry.sha256.clone(),
            });
        }
        if !same_account || !next.entry.overlaps(entry) {
            continue;
        }
        if !next.entry.overlap_allowed {
            return Err(ImportError::Overlap {
                period: next.entry.period_text(),
                other: entry.file.clone(),
                other_period: entry.period_text(),
                broker: entry.broker.clone(),
                account: entry.account_id.clone(),
            });
        }
        let bytes = match (bytes, &entry.executions) {
            (Some(bytes), _) => bytes.clone(),
            // a table that somebody removed has nothing in common with this one
            (None, Some(path)) => fs::read(out.join(path)).unwrap_or_default(),
            (None, None) => Vec::new(),
        };
        let common = in_common(&next.executions, &bytes);
        next.entry.flags.push(format!(
            "overlaps {} ({}): {common} of {} fills are equal to fills of it and count twice if they are the same",
            entry.file,
            entry.period_text(),
            next.entry.used
        ));
    }
    Ok(())
}

/// How many lines both tables have, each counted as often as it stands in both; the header is not counted.
fn in_common(a: &[u8], b: &[u8]) -> u64 {
    let count = |table: &[u8]| {
        let mut lines: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
        for line in table.split(|byte| *byte == b'\n').skip(1).filter(|l| !l.is_empty()) {
            *lines.entry(line.to_vec()).or_default() += 1;
        }
        lines
    };
    let (a, b) = (count(a), count(b));
    a.iter().map(|(line, n)| (*n).min(b.get(line).copied().unwrap_or(0))).sum()
}

/// The account id as part of a file name: what is not a plain letter, digit, dash, dot or underscore is
/// replaced, and the replaced or shortened name made unique again by a hash.
fn safe(account: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name: String = account.chars().take(48).map(|c| if plain(c) { c } else { '_' }).collect();
    if name == account { name } else { format!("{name}-{}", &hex(account.as_bytes())[..8]) }
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn read_limited(path: &Path) -> Result<Vec<u8>, ImportError> {
    let failed = |error| ImportError::Io { what: "read", path: path.to_owned(), error };
    let bytes = fs::metadata(path).map_err(failed)?.len();
    if bytes > LARGEST {
        return Err(ImportError::TooLarge { bytes, limit: LARGEST });
    }
    fs::read(path).map_err(failed)
}

fn executions_csv(download: &Download, broker: Broker, account: &str) -> Vec<u8> {
    let columns = contract::EXECUTIONS.columns;
    let rows = download.rows.iter().map(|row| {
        columns.iter().map(move |column| match column.name {
            "broker" => broker.code().to_owned(),
            "account_id" => account.to_owned(),
            "time" => format!("{}T00:00:00+09:00", row.date),
            "time_precision" => Precision::Day.name().to_owned(),
            "instrument" => row.instrument.clone(),
            "side" => row.side.name().to_owned(),
            "quantity" => decimal(row.quantity),
            "price" => decimal(row.price),
            "currency" => row.currency.clone(),
            "venue" => row.venue.clone().unwrap_or_default(),
            // the downloads know no id, no correction and no counterparty
            _ => String::new(),
        })
    });
    table(columns.iter().map(|c| c.name.to_owned()), rows)
}

fn rejects_csv(file: &str, rejects: &[RejectedRow]) -> Vec<u8> {
    let titles = ["source_file", "row", "column", "value", "reason"].map(str::to_owned);
    let rows = rejects.iter().map(|r| {
        [file.to_owned(), r.row.to_string(), r.column.clone(), r.value.clone(), r.reason.clone()].into_iter()
    });
    table(titles.into_iter(), rows)
}

fn table<R: Iterator<Item = String>>(
    titles: impl Iterator<Item = String>,
    rows: impl Iterator<Item = R>,
) -> Vec<u8> {
    const IN_MEMORY: &str = "writing rows of one width to memory";
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(titles.collect::<Vec<_>>()).expect(IN_MEMORY);
    for row in rows {
        writer.write_record(row.collect::<Vec<_>>()).expect(IN_MEMORY);
    }
    writer.into_inner().expect(IN_MEMORY)
}

/// Writes everything beside the case's files, then renames it into place, the record of imports last.
fn write(prepared: &[Prepared], journal: &Journal, out: &Path) -> Result<(), ImportError> {
    let was_there = out.exists();
    create_dirs(out)?;
    let result = Staging::new(out).and_then(|staging| {
        let mut names = Vec::new();
        for (name, bytes) in prepared.iter().flat_map(Prepared::files) {
            staging.write(name, bytes)?;
            names.push(name);
        }
        staging.write(JOURNAL, journal.with(prepared.iter().map(|p| &p.entry)).as_bytes())?;
        names.push(JOURNAL);
        staging.publish(&names)
    });
    if result.is_err() && !was_there {
        // only what this import made, and only while it is empty
        let _ = fs::remove_dir(out);
    }
    result
}

/// A folder inside the case folder that holds what is not complete; it goes away with this value.
struct Staging<'a> {
    case: &'a Path,
    folder: PathBuf,
}

impl<'a> Staging<'a> {
    /// Makes the folder; that it can be made only once keeps two imports apart.
    fn new(case: &'a Path) -> Result<Self, ImportError> {
        let folder = case.join(STAGING);
        match fs::create_dir(&folder) {
            Ok(()) => Ok(Self { case, folder }),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Err(ImportError::Busy { folder }),
            Err(error) => Err(ImportError::Io { what: "create", path: folder, error }),
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), ImportError> {
        let path = self.folder.join(name);
        if let Some(parent) = path.parent() {
            create_dirs(parent)?;
        }
        let failed = |error| ImportError::Io { what: "write", path: path.clone(), error };
        let mut file = fs::File::create(&path).map_err(failed)?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)
    }

    /// Renames the staged files into the case folder; if one fails, the ones before it are taken back.
    fn publish(self, names: &[&str]) -> Result<(), ImportError> {
        let mut done: Vec<PathBuf> = Vec::new();
        for name in names {
            let target = self.case.join(name);
            let result = target.parent().map_or(Ok(()), create_dirs).and_then(|()| {
                fs::rename(self.folder.join(name), &target).map_err(|error| ImportError::Io {
                    what: "rename",
                    path: target.clone(),
                    error,
                })
            });
            if let Err(e) = result {
                for path in done {
                    let _ = fs::remove_file(path);
                }
                return Err(e);
            }
            done.push(target);
        }
        Ok(())
    }
}

impl Drop for Staging<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn create_dirs(path: &Path) -> Result<(), ImportError> {
    fs::create_dir_all(path).map_err(|error| ImportError::Io { what: "create", path: path.to_owned(), error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_ids_cannot_lead_out_of_the_folder() {
        assert_eq!(safe("A-123_x.y"), "A-123_x.y");
        for hostile in ["../../etc/passwd", "a/b", "a\\b", "口座１", "CON:", "a b", &"x".repeat(199)] {
            let name = safe(hostile);
            assert!(name.len() <= 57, "{name}");
            assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)), "{name}");
        }
        assert_ne!(safe("a/b"), safe("a_b"));
        assert_ne!(safe("a/b"), safe("a\\b"));
    }

    #[test]
    fn account_ids_that_cannot_stand_in_a_table_are_refused() {
        for bad in ["", "  ", " a", "a ", "a\nb", "a\0b"] {
            assert!(check_account(bad).is_err(), "{bad:?}");
        }
        assert!(check_account("../x").is_ok());
    }

    #[test]
    fn fills_in_common_are_counted_as_often_as_both_have_them() {
        assert_eq!(in_common(b"h\r\na\r\na\r\nb\r\n", b"h\r\na\r\na\r\na\r\nc\r\n"), 2);
        assert_eq!(in_common(b"h\r\na\r\n", b""), 0);
    }
}
