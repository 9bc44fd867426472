//! Which files of a case folder belong to which table.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use itoguchi_model::results::Statement;

use crate::{
    contract::{TABLES, Table},
    error::IngestError,
};

/// The forms a table's file may have, by the end of its name.
const ENDINGS: [&str; 4] = [".parquet", ".csv", ".csv.gz", ".csv.zst"];
/// What writers of partitioned data leave beside the parts.
const MARKERS: [&str; 3] = ["_SUCCESS", "_metadata", "_common_metadata"];

/// What a case folder holds.
pub(crate) struct Listing {
    /// The tables that are there, in the contract's order, each with its files sorted by name.
    pub tables: Vec<(&'static Table, Vec<PathBuf>)>,
    /// What is there and was left aside.
    pub warnings: Vec<Statement>,
}

/// The files of `case` by table, in the contract's order; the files of one table are sorted by name.
///
/// Nothing is opened, and the folder `truth` is not looked into.
///
/// # Errors
/// If `case` is no folder, cannot be listed, holds no `executions`, or holds a table in two forms.
pub fn table_files(case: &Path) -> Result<Vec<(&'static Table, Vec<PathBuf>)>, IngestError> {
    list(case).map(|listing| listing.tables)
}

/// As [`table_files`], with a warning for each thing that belongs to no table.
pub(crate) fn list(case: &Path) -> Result<Listing, IngestError> {
    if !case.is_dir() {
        return Err(IngestError::NotAFolder { path: case.to_owned() });
    }
    let mut found: BTreeMap<&'static str, (PathBuf, Vec<PathBuf>)> = BTreeMap::new();
    let mut warnings = Vec::new();
    let entries = entries(case)?;
    for (name, path) in &entries {
        let is_folder = path.is_dir();
        let table = match stem(name).filter(|_| !is_folder) {
            Some(stem) => table_named(stem),
            None if is_folder => table_named(name),
            None => None,
        };
        let Some(table) = table else {
            if !is_expected(name, is_folder) {
                warnings.push(unknown(path));
            }
            continue;
        };
        let files = if is_folder { parts(table, path, &mut warnings)? } else { vec![regular(path.clone())?] };
        if let Some((first, _)) = found.get(table.name) {
            return Err(IngestError::TwoForms {
                table: table.name,
                first: first.clone(),
                second: path.clone(),
            });
        }
        if files.is_empty() {
            let name = shown(path);
            warnings.push(Statement::new(
                format!("{name}: holds no file of the table"),
                format!("{name}: 表のファイルがない。"),
            ));
        } else {
            found.insert(table.name, (path.clone(), files));
        }
    }
    if !found.contains_key("executions") {
        let found = entries.into_iter().map(|(name, _)| name).collect();
        return Err(IngestError::NoExecutions { case: case.to_owned(), found });
    }
    let tables =
        TABLES.into_iter().filter_map(|t| found.remove(t.name).map(|(_, files)| (t, files))).collect();
    Ok(Listing { tables, warnings })
}

fn unknown(path: &Path) -> Statement {
    let name = shown(path);
    Statement::new(format!("{name}: unknown, left aside"), format!("{name}: 不明のため対象外。"))
}

/// The file of the reports table that `given` names: itself, or what a folder holds under that name.
///
/// # Errors
/// If there is none, if a folder holds it in two forms, or if it is no regular file of a form that is read.
pub(crate) fn reports_file(given: &Path) -> Result<PathBuf, IngestError> {
    if !given.is_dir() {
        let name = given.file_name().unwrap_or_default().to_string_lossy();
        if given.exists() && stem(&name).is_none() {
            return Err(IngestError::NoReports { path: given.to_owned() });
        }
        return regular(given.to_owned());
    }
    let mut found =
        ENDINGS.iter().map(|ending| given.join(format!("reports{ending}"))).filter(|p| p.exists());
    match (found.next(), found.next()) {
        (None, _) => Err(IngestError::NoReports { path: given.to_owned() }),
        (Some(first), Some(second)) => Err(IngestError::TwoForms { table: "reports", first, second }),
        (Some(only), None) => regular(only),
    }
}

/// The path with `/` and without anything a terminal would act on.
pub(crate) fn shown(path: &Path) -> String {
    slashed(path).escape_debug().to_string()
}

/// The path as text with `/` between its parts.
pub(crate) fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() }
}

fn table_named(name: &str) -> Option<&'static Table> {
    TABLES.into_iter().find(|t| t.name == name)
}

/// The name without its ending, if the ending is one of a table's forms.
fn stem(name: &str) -> Option<&str> {
    ENDINGS.into_iter().find_map(|ending| name.strip_suffix(ending))
}

/// Whether a case may hold this without it being a table.
fn is_expected(name: &str, is_folder: bool) -> bool {
    let truth = if is_folder { name == "truth" } else { stem(name).is_some_and(is_truth) };
    truth
        || name.starts_with('.')
        || name.starts_with("README")
        || name == "imports.jsonl"
        || (is_folder && name == "rejects")
}

fn is_truth(stem: &str) -> bool {
    stem == "truth" || stem.starts_with("truth_")
}

/// The files of a table that is a folder.
fn parts(
    table: &'static Table,
    folder: &Path,
    warnings: &mut Vec<Statement>,
) -> Result<Vec<PathBuf>, IngestError> {
    let mut files: BTreeMap<String, PathBuf> = BTreeMap::new();
    for (name, path) in entries(folder)? {
        if name.starts_with('.') || name.starts_with("README") || MARKERS.contains(&name.as_str()) {
            continue;
        }
        let Some(stem) = stem(&name).filter(|_| !path.is_dir()) else {
            warnings.push(unknown(&path));
            continue;
        };
        if let Some(first) = files.insert(stem.to_owned(), regular(path.clone())?) {
            return Err(IngestError::TwoForms { table: table.name, first, second: path });
        }
    }
    let mut files: Vec<PathBuf> = files.into_values().collect();
    files.sort();
    Ok(files)
}

/// A pipe or a device would make the run wait for ever.
fn regular(path: PathBuf) -> Result<PathBuf, IngestError> {
    match fs::metadata(&path) {
        Ok(meta) if meta.is_file() => Ok(path),
        Ok(_) => Err(IngestError::NotAFile { path }),
        Err(source) => Err(IngestError::Io { path, source }),
    }
}

/// Names and paths in `folder`, sorted by name.
fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, IngestError> {
    let list = || -> io::Result<Vec<(String, PathBuf)>> {
        fs::read_dir(folder)?
            .map(|entry| {
                entry.map(|e| (e.file_name().to_string_lossy().into_owned(), folder.join(e.file_name())))
            })
            .collect()
    };
    let mut entries = list().map_err(|source| IngestError::Io { path: folder.to_owned(), source })?;
    entries.sort();
    Ok(entries)
}
