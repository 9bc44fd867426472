//! Retention: bundles that have expired go, and a log says so.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
};

use itoguchi_model::Instant;
use serde::{Deserialize, Serialize};

use crate::{
    bundle::{HEAD, Head, TABLES, is_bundle, read_head},
    error::ShareError,
};

/// A line of the log of purges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purged {
    /// As of when it had expired.
    pub as_of: String,
    /// The folder's name.
    pub bundle: String,
    /// Whose it was.
    pub broker: String,
    /// Of which epoch.
    pub epoch: String,
    /// When it expired.
    pub expires: String,
}

/// What a purge did in one folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purge {
    /// What was removed.
    pub removed: Vec<Purged>,
    /// Bundles that have not expired.
    pub kept: u64,
}

/// Removes the bundles in `folder` (or `folder` itself, if it is one) that have expired `now`, and adds a line for each to
/// `purged.jsonl` in the folder they lie in.
///
/// The line is written first: what is gone is always in the log. A folder that holds anything else than a bundle's files
/// is left alone and an error.
///
/// # Errors
/// The file system; a bundle with foreign files in it.
pub fn purge(folder: &Path, now: Instant) -> Result<Purge, ShareError> {
    let mut purge = Purge::default();
    let bundles = if is_bundle(folder) { vec![folder.to_owned()] } else { bundles_in(folder)? };
    for bundle in bundles {
        let head = read_head(&bundle)?;
        if Instant::parse_rfc3339(&head.expires).is_some_and(|expires| now < expires) {
            purge.kept += 1;
            continue;
        }
        only_bundle(&bundle)?;
        let line = entry(&bundle, &head, now);
        log(&bundle, &line)?;
        for name in TABLES.iter().chain([&HEAD]) {
            remove(&bundle.join(name))?;
        }
        fs::remove_dir(&bundle).map_err(ShareError::io(&bundle))?;
        purge.removed.push(line);
    }
    Ok(purge)
}

fn bundles_in(folder: &Path) -> Result<Vec<PathBuf>, ShareError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(ShareError::io(folder))? {
        let path = entry.map_err(ShareError::io(folder))?.path();
        if is_bundle(&path) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn only_bundle(bundle: &Path) -> Result<(), ShareError> {
    for entry in fs::read_dir(bundle).map_err(ShareError::io(bundle))? {
        let entry = entry.map_err(ShareError::io(bundle))?;
        let name = entry.file_name();
        let known = TABLES.iter().chain([&HEAD]).any(|n| name == *n);
        if !known || !entry.file_type().is_ok_and(|t| t.is_file()) {
            return Err(ShareError::Foreign {
                path: entry.path(),
                what: "is no file of a bundle".to_owned(),
                hint: "move it away and purge again; nothing of this bundle was removed",
            });
        }
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), ShareError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(ShareError::io(path)(e)),
        _ => Ok(()),
    }
}

fn entry(bundle: &Path, head: &Head, now: Instant) -> Purged {
    Purged {
        as_of: now.to_string(),
        bundle: bundle.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(),
        broker: head.broker.clone(),
        epoch: head.epoch.id.clone(),
        expires: head.expires.clone(),
    }
}

fn log(bundle: &Path, line: &Purged) -> Result<(), ShareError> {
    let parent = bundle.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let path = parent.join("purged.jsonl");
    let mut text = serde_json::to_vec(line).expect("plain fields have a JSON form");
    text.push(b'\n');
    let file = OpenOptions::new().append(true).create(true).open(&path);
    let written = file.and_then(|mut f| f.write_all(&text).and_then(|()| f.sync_data()));
    written.map_err(ShareError::io(&path))
}
