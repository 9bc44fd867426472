//! Which code made a figure: a hash of the sources that have a say in it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use crate::Failure;

/// The crates whose code decides about figures.
const CRATES: [&str; 9] =
    ["model", "ingest", "signals", "coaction", "graph", "community", "rings", "engine", "worlds"];

/// The files of this program that do.
const HERE: [&str; 2] = ["job.rs", "tables.rs"];
/// The files of the library beside it that only show what was counted.
const SHOWN: [&str; 4] = ["metrics.rs", "text.rs", "json.rs", "bounds.rs"];

/// A short hash of every source file that has a say in a figure. Versions of dependencies are not in it: that they change
/// neither worlds nor results is what the tests of the data sets are for.
pub fn fingerprint() -> Result<String, Failure> {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let workspace = here.join("../..");
    let mut files = Vec::new();
    for name in CRATES {
        sources(&workspace.join("crates").join(name).join("src"), &mut files)?;
    }
    let mut scoring = Vec::new();
    sources(&here.join("src"), &mut scoring)?;
    let bin = here.join("src/bin/scorecard");
    scoring.retain(|f| match f.starts_with(&bin) {
        true => HERE.iter().any(|name| f.ends_with(name)),
        false => !SHOWN.iter().any(|name| f.ends_with(name)),
    });
    files.extend(scoring);
    let mut hash = Sha256::new();
    for file in files {
        let bytes = fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    Ok(short(hash))
}

/// Every source file under `folder`, by name.
fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            sources(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// A short hash of `bytes`.
pub fn hash(bytes: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(bytes);
    short(hash)
}

fn short(hash: Sha256) -> String {
    hash.finalize().iter().take(6).map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_are_found_where_the_build_left_them() {
        let once = fingerprint().expect("the workspace is here");
        assert_eq!((once.len(), once.clone()), (12, fingerprint().expect("it still is")));
        assert_eq!(hash(b""), "e3b0c44298fc");
    }
}
