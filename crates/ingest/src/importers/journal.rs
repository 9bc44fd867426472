//! `imports.jsonl`: where every imported row came from. One line of JSON per download, in the order of import.
//!
//! Nothing in it depends on the clock or the machine. Lines written earlier are kept byte for byte.

use std::{collections::BTreeMap, fs, io, path::Path};

use itoguchi_model::JstDate;
use serde::{Deserialize, Serialize};

use super::{Broker, Download, ImportError};

/// The record of one download.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// The name of the file that was given, without its folder.
    pub file: String,
    pub sha256: String,
    pub bytes: u64,
    pub broker: String,
    pub account_id: String,
    pub layout: String,
    pub encoding: String,
    pub header_line: u64,
    /// `2025-03-19`, or nothing where the download has neither rows nor a stated period.
    pub period_from: Option<String>,
    pub period_to: Option<String>,
    /// Whether the download itself states its period.
    pub period_stated: bool,
    pub overlap_allowed: bool,
    pub read: u64,
    pub used: u64,
    pub skipped: BTreeMap<String, u64>,
    pub rejected: u64,
    /// The table that was written, relative to the case folder; nothing if the download has no execution.
    pub executions: Option<String>,
    /// The rows that could not be read, relative to the case folder; nothing if there are none.
    pub rejects: Option<String>,
    /// For every row of `executions`, its record in the download, from 1.
    pub rows: Vec<u64>,
    /// For every row of `executions`, its line in the download, from 1.
    pub lines: Vec<u64>,
    /// What the download calls each instrument, as it is written there.
    pub names: BTreeMap<String, Vec<String>>,
    pub flags: Vec<String>,
}

impl Entry {
    /// The record of `download`, without the files that are still to be named.
    pub(super) fn new(download: &Download, broker: Broker, account: &str, source: Source) -> Self {
        let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in &download.rows {
            let known = names.entry(row.instrument.clone()).or_default();
            if let Err(at) = known.binary_search(&row.name) {
                known.insert(at, row.name.clone());
            }
        }
        Self {
            file: source.file,
            sha256: source.sha256,
            bytes: source.bytes,
            broker: broker.code().to_owned(),
            account_id: account.to_owned(),
            layout: download.layout.id().to_owned(),
            encoding: download.encoding.name().to_owned(),
            header_line: download.header_line,
            period_from: download.period.map(|p| p.0.to_string()),
            period_to: download.period.map(|p| p.1.to_string()),
            period_stated: download.period_stated,
            overlap_allowed: source.overlap_allowed,
            read: download.read,
            used: download.used,
            skipped: download.skipped.iter().map(|(r, n)| (r.name().to_owned(), *n)).collect(),
            rejected: download.rejects.len() as u64,
            executions: None,
            rejects: None,
            rows: download.rows.iter().map(|r| r.row).collect(),
            lines: download.rows.iter().map(|r| r.line).collect(),
            names,
            flags: download.flags.clone(),
        }
    }

    /// First and last day.
    pub(super) fn period(&self) -> Option<(JstDate, JstDate)> {
        Some((JstDate::parse(self.period_from.as_ref()?)?, JstDate::parse(self.period_to.as_ref()?)?))
    }

    pub(super) fn is_of(&self, broker: Broker, account: &str) -> bool {
        self.broker == broker.code() && self.account_id == account
    }

    /// Whether both are about a common day. Layouts are not looked at: what a broker's files may share is the
    /// broker's business, and a fill counted twice is worse than a question.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        match (self.period(), other.period()) {
            (Some((a1, a2)), Some((b1, b2))) => a1 <= b2 && b1 <= a2,
            _ => false,
        }
    }

    /// `2025-01-01 to 2025-03-31`.
    pub(super) fn period_text(&self) -> String {
        format!(
            "{} to {}",
            self.period_from.as_deref().unwrap_or("?"),
            self.period_to.as_deref().unwrap_or("?")
        )
    }
}

/// What is known of a file before it is read.
pub(super) struct Source {
    pub file: String,
    pub sha256: String,
    pub bytes: u64,
    pub overlap_allowed: bool,
}

/// The record of imports as it stands in a case folder.
#[derive(Debug, Default)]
pub(super) struct Journal {
    text: String,
    pub entries: Vec<Entry>,
}

impl Journal {
    /// Reads it; an absent one is empty.
    pub(super) fn read(path: &Path) -> Result<Self, ImportError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(ImportError::Io { what: "read", path: path.to_owned(), error }),
        };
        let mut entries = Vec::new();
        for (line, record) in (1..).zip(text.lines()).filter(|(_, l)| !l.trim().is_empty()) {
            entries.push(serde_json::from_str(record).map_err(|e| ImportError::Journal {
                path: path.to_owned(),
                line,
                reason: e.to_string(),
            })?);
        }
        Ok(Self { text, entries })
    }

    /// Its text with `entries` after what was there.
    pub(super) fn with<'a>(&self, entries: impl Iterator<Item = &'a Entry>) -> String {
        let mut text = self.text.clone();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        for entry in entries {
            text.push_str(&serde_json::to_string(entry).expect("an entry has text keys only"));
            text.push('\n');
        }
        text
    }
}
