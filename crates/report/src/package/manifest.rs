//! `package.json`: every file of an evidence package with its SHA-256, and where the custody log ends.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::Read as _,
    path::{Component, Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    custody::{Head, Log},
    decisions, sha256,
};
use crate::{error::ReportError, escape, load};

/// The name of the manifest in a package.
pub const NAME: &str = "package.json";
/// The name of its signature.
pub const SIGNATURE: &str = "package.json.minisig";
/// What marks a folder as a package.
pub const FORMAT: &str = "itoguchi-package";
/// The folder of the result in a package.
pub const RESULT: &str = "result";
/// The custody log in a package.
pub const LOG: &str = "custody/custody.jsonl";
/// The decisions in a package.
pub const REPORTS: &str = "custody/reports.csv";
/// Raised when the layout of a package changes its meaning.
const VERSION: u32 = 1;
/// No manifest or log is larger.
const LARGEST: u64 = 256 << 20;

/// A manifest over every file of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageManifest {
    /// Always [`FORMAT`].
    pub format: String,
    /// Version of the layout.
    pub format_version: u32,
    /// Version of the tool that packed.
    pub tool_version: String,
    /// When it was packed, RFC 3339 in UTC.
    pub packed_at: String,
    /// Who packed it.
    pub packed_by: String,
    /// Where the custody log ends.
    pub custody: Head,
    /// Every other file, by path.
    pub files: Vec<PackedFile>,
}

/// One file of a package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PackedFile {
    /// Path inside the package, with `/`.
    pub path: String,
    /// Size.
    pub bytes: u64,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

impl PackageManifest {
    /// The manifest of `files` (path and content), as `actor` packed them at `time`.
    #[must_use]
    pub fn new(files: Vec<PackedFile>, custody: Head, tool_version: &str, time: &str, actor: &str) -> Self {
        let mut files = files;
        files.sort();
        Self {
            format: FORMAT.to_owned(),
            format_version: VERSION,
            tool_version: tool_version.to_owned(),
            packed_at: time.to_owned(),
            packed_by: actor.to_owned(),
            custody,
            files,
        }
    }

    /// The file: pretty JSON with everything outside printable ASCII escaped, so that any tool shows the same.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let pretty = serde_json::to_string_pretty(self).expect("texts and numbers under fixed keys");
        let mut out = String::with_capacity(pretty.len() + 1);
        for c in pretty.chars() {
            if c == '\n' || (' '..='~').contains(&c) {
                out.push(c);
            } else {
                // Such characters stand inside strings only, where JSON has a spelling for them.
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
        out.push('\n');
        out.into_bytes()
    }

    /// Reads the manifest of the package `dir`, with its bytes as they stand: a signature is over those.
    ///
    /// # Errors
    /// If there is none or it is not ours.
    pub fn read(dir: &Path) -> Result<(Self, Vec<u8>), ReportError> {
        let path = dir.join(NAME);
        let bytes =
            read(&path).map_err(|source| ReportError::Io { action: "read", path: path.clone(), source })?;
        let wrong = |reason: String| ReportError::Manifest { path: path.clone(), reason };
        let manifest: Self =
            serde_json::from_slice(&bytes).map_err(|e| wrong(escape::visible(&e.to_string(), 200)))?;
        if manifest.format != FORMAT || manifest.format_version != VERSION {
            let format = escape::id(&manifest.format);
            return Err(wrong(format!(
                "it is {format} version {} instead of {FORMAT} version {VERSION}",
                manifest.format_version
            )));
        }
        Ok((manifest, bytes))
    }
}

/// Whether `dir` is a package rather than a plain result.
#[must_use]
pub fn is_package(dir: &Path) -> bool {
    dir.join(NAME).exists()
}

/// The manifest's line for a file of this content.
#[must_use]
pub fn packed(path: &str, content: &[u8]) -> PackedFile {
    PackedFile { path: path.to_owned(), bytes: content.len() as u64, sha256: sha256(content) }
}

/// Everything that is wrong with the files of the package `dir`: edited, removed, truncated, added, links; a custody
/// log that does not hold or does not end where the manifest says; a result or decisions that do not go with it. Each
/// fault is one harmless sentence; none means that the package is as its manifest says. O(bytes).
///
/// # Errors
/// If a folder cannot be listed.
pub fn faults(dir: &Path, manifest: &PackageManifest) -> Result<Vec<String>, ReportError> {
    let mut faults = Vec::new();
    let mut listed = BTreeSet::new();
    for file in &manifest.files {
        let name = escape::sentence(&file.path);
        match inside(&file.path) {
            None => faults.push(format!("{name}: the manifest names a path outside the package")),
            Some(path) if !listed.insert(path.clone()) => {
                faults.push(format!("{name}: the manifest names it twice"));
            }
            Some(path) => faults.extend(file_fault(&dir.join(path), file).map(|f| format!("{name}: {f}"))),
        }
    }
    listed.extend([NAME, SIGNATURE].map(PathBuf::from));
    unlisted(dir, &listed, &mut faults)?;
    log_faults(dir, manifest, &mut faults);
    Ok(faults)
}

/// A path below the package: no root, no `..`, no other spelling of the same.
fn inside(path: &str) -> Option<PathBuf> {
    let parts: Option<PathBuf> = Path::new(path)
        .components()
        .map(|c| match c {
            Component::Normal(name) => Some(name),
            _ => None,
        })
        .collect();
    parts.filter(|p| !path.is_empty() && !path.contains('\\') && p.to_str() == Some(path))
}

fn file_fault(place: &Path, file: &PackedFile) -> Option<String> {
    let meta = match fs::symlink_metadata(place) {
        Ok(meta) => meta,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Some("it is missing".to_owned());
        }
        Err(error) => return Some(error.to_string()),
    };
    if !meta.is_file() {
        return Some("it is no regular file".to_owned());
    }
    if meta.len() != file.bytes {
        return Some(format!("{} bytes, the manifest says {}", meta.len(), file.bytes));
    }
    match hash(place) {
        Err(error) => Some(error.to_string()),
        Ok(found) if found != file.sha256 => {
            Some(format!("SHA-256 {found}, the manifest says {}", escape::id(&file.sha256)))
        }
        Ok(_) => None,
    }
}

fn hash(path: &Path) -> std::io::Result<String> {
    let (mut file, mut digest) = (File::open(path)?, Sha256::new());
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => digest.update(&buffer[..read]),
        }
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Files and links that the manifest does not list.
fn unlisted(dir: &Path, listed: &BTreeSet<PathBuf>, faults: &mut Vec<String>) -> Result<(), ReportError> {
    let mut folders = vec![PathBuf::new()];
    let mut extra = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        let place = dir.join(&folder);
        let io = |source| ReportError::Io { action: "list", path: place.clone(), source };
        for entry in fs::read_dir(&place).map_err(io)? {
            let entry = entry.map_err(io)?;
            let name = folder.join(entry.file_name());
            if entry.file_type().map_err(io)?.is_dir() {
                folders.push(name);
            } else if !listed.contains(&name) {
                extra.insert(name);
            }
        }
    }
    let line = |n: &PathBuf| format!("{}: not in the manifest", escape::sentence(&n.to_string_lossy()));
    faults.extend(extra.iter().map(line));
    Ok(())
}

/// The chain, its end, and that the log speaks of this result and these decisions.
fn log_faults(dir: &Path, manifest: &PackageManifest, faults: &mut Vec<String>) {
    for path in [LOG, "result/manifest.json"] {
        if !manifest.files.iter().any(|f| f.path == path) {
            faults.push(format!("{path}: the manifest does not list it, and no package is without it"));
        }
    }
    let Ok(bytes) = read(&dir.join(LOG)) else { return };
    let log = match Log::read(&bytes) {
        Ok(log) => log,
        Err(fault) => return faults.push(format!("{LOG}: {fault}")),
    };
    if let Err(fault) = log.ends_at(&manifest.custody) {
        faults.push(format!("{LOG}: {fault}"));
    }
    let of_log = decisions::reports_csv(&log);
    let decided = log.entries().iter().any(|e| e.action == decisions::DECIDE);
    match read(&dir.join(REPORTS)) {
        Ok(table) if table != of_log => faults.push(format!("{REPORTS}: it is not what the log decided")),
        Err(_) if decided => faults.push(format!("{REPORTS}: missing, though the log holds decisions")),
        _ => {}
    }
    let result = read(&dir.join(RESULT).join("manifest.json")).map(|bytes| sha256(&bytes));
    let run = log.entries().iter().rev().find(|e| e.action == "correlate");
    if let (Ok(result), Some(run)) = (result, run)
        && run.details["manifest_sha256"] != result.as_str()
    {
        faults.push(format!("{LOG}: its last run made another result than the one in {RESULT}/"));
    }
    if let Ok(result) = load::read_manifest(&dir.join(RESULT)) {
        for output in &result.outputs {
            let path = format!("{RESULT}/{}", output.path);
            let packed = manifest.files.iter().find(|f| f.path == path);
            if packed.is_none_or(|f| f.sha256 != output.sha256) {
                let path = escape::sentence(&path);
                faults.push(format!("{path}: not the table that {RESULT}/manifest.json states"));
            }
        }
    }
}

/// A file of limited size.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(std::io::Error::other("it is larger than 256 MiB"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_are_inside() {
        for path in ["a", "a/b.txt", "口座/x"] {
            assert_eq!(inside(path), Some(PathBuf::from(path)));
        }
        for path in ["", "/etc/passwd", "..", "a/../b", "./a", "a//b", "a/", "a\\b"] {
            assert_eq!(inside(path), None, "{path}");
        }
    }

    #[test]
    fn the_file_is_ascii_whatever_it_names() {
        let files = vec![packed("b\u{202e}", b"x"), packed("a口", b"y")];
        let made = PackageManifest::new(files, Log::default().head(), "1", "t", "\u{1b}[31m");
        let bytes = made.bytes();
        assert!(bytes.iter().all(|b| *b == b'\n' || (b' '..=b'~').contains(b)));
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(NAME), &bytes).unwrap();
        assert_eq!(PackageManifest::read(dir.path()).unwrap(), (made.clone(), bytes));
        assert_eq!(made.files[0].path, "a口");
    }
}
