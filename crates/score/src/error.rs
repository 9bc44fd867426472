//! Why a truth or a bound cannot be used.

use std::path::PathBuf;

use itoguchi_report::escape;

/// Why there is nothing to score against. Every message says where, and ends with a hint of what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScoreError {
    /// The folder is missing or holds no table of members.
    #[error(
        "{} holds no truth: there is no truth.csv or truth.parquet in it\nhint: name the folder `truth` of a \
         simulated case",
        shown(path)
    )]
    NoTruth {
        /// Which folder.
        path: PathBuf,
    },
    /// A table is there twice.
    #[error("{} and {} are one table\nhint: keep one of them", shown(first), shown(second))]
    TwoForms {
        /// One form.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// A file cannot be opened.
    #[error("{} cannot be read: {source}\nhint: check that it exists and may be read", shown(path))]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file is damaged, or is something else.
    #[error(
        "{} cannot be read: {reason}\nhint: make the world again; its truth is written with it",
        shown(path)
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A column is missing.
    #[error(
        "{} has no column {column}; its columns: {}\nhint: a truth has the columns that docs/SCORING.md lists",
        shown(path),
        shown_all(found)
    )]
    Column {
        /// Which file.
        path: PathBuf,
        /// Which column.
        column: &'static str,
        /// What is there.
        found: Vec<String>,
    },
    /// A cell holds what it cannot hold.
    #[error(
        "{}, row {row}, column {column}: {reason}\nhint: a truth has the values that docs/SCORING.md lists",
        shown(path)
    )]
    Cell {
        /// Which file.
        path: PathBuf,
        /// 1-based data record.
        row: usize,
        /// Which column.
        column: &'static str,
        /// Why it cannot be.
        reason: String,
    },
    /// A bound that is no `METRIC=VALUE`.
    #[error(
        "{} is no bound: expected METRIC=VALUE, as victim_precision=0.95\nhint: the metrics are {}",
        escape::id(text), known.join(", ")
    )]
    Bound {
        /// What was typed.
        text: String,
        /// The metrics there are.
        known: Vec<&'static str>,
    },
    /// A bound on a metric that does not exist.
    #[error("there is no metric {}\nhint: the metrics are {}", escape::id(name), known.join(", "))]
    UnknownMetric {
        /// What was typed.
        name: String,
        /// The metrics there are.
        known: Vec<&'static str>,
    },
}

/// A path in a message: it may hold anything a folder's maker liked.
fn shown(path: &std::path::Path) -> String {
    escape::visible(&path.to_string_lossy(), 400)
}

fn shown_all(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let more = if names.len() > 20 { ", …" } else { "" };
    names.iter().take(20).map(|n| escape::id(n)).collect::<Vec<_>>().join(", ") + more
}
