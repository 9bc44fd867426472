//! A result folder in memory.

use std::{fs::File, io::Read, path::Path};

use itoguchi_model::results::{Manifest, Results};

use crate::{error::ReportError, escape, tables};

/// What marks a folder as a result of ours.
const FORMAT: &str = "itoguchi-result";
/// No manifest is larger: it lists files, not rows.
const LARGEST_MANIFEST: u64 = 256 << 20;

/// A result: how it was made, and what was found.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What went in, what came out, how.
    pub manifest: Manifest,
    /// The tables.
    pub results: Results,
}

/// Reads the result folder `dir`: manifest and tables. Hashes are not compared; that is what `verify` is for.
///
/// # Errors
/// When the folder is no result, or a file in it is damaged or foreign.
pub fn load(dir: &Path) -> Result<Loaded, ReportError> {
    Ok(Loaded { manifest: read_manifest(dir)?, results: tables::read_tables(dir)? })
}

/// Reads `dir/manifest.json`.
///
/// # Errors
/// When there is none, or it is not ours.
pub fn read_manifest(dir: &Path) -> Result<Manifest, ReportError> {
    let path = dir.join("manifest.json");
    let io = |source| ReportError::Io { action: "read", path: path.clone(), source };
    let file = File::open(&path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => {
            ReportError::NoResult { path: dir.to_owned(), reason: "it has no manifest.json".to_owned() }
        }
        _ => io(source),
    })?;
    let mut bytes = Vec::new();
    file.take(LARGEST_MANIFEST + 1).read_to_end(&mut bytes).map_err(io)?;
    let wrong = |reason: String| ReportError::Manifest { path: path.clone(), reason };
    if bytes.len() as u64 > LARGEST_MANIFEST {
        return Err(wrong("it is larger than 256 MiB".to_owned()));
    }
    let manifest: Manifest =
        serde_json::from_slice(&bytes).map_err(|e| wrong(escape::visible(&e.to_string(), 200)))?;
    if manifest.format != FORMAT {
        return Err(wrong(format!("its format is {} instead of {FORMAT}", escape::id(&manifest.format))));
    }
    Ok(manifest)
}
