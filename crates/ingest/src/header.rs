//! Which column of a file is which column of the contract.

use std::{collections::HashSet, path::Path};

use itoguchi_model::results::Statement;

use crate::{contract::Table, error::IngestError, folder::shown};

/// Where the contract's columns stand in a file.
#[derive(Debug)]
pub(crate) struct Layout {
    /// For each column of the table, its position in the file.
    pub columns: Vec<Option<usize>>,
    /// How many columns the file has.
    pub width: usize,
    /// One sentence about the columns that are none of the table's.
    pub warning: Option<Statement>,
}

/// Finds the columns of `table` among the titles of the file at `path`.
pub(crate) fn layout(path: &Path, table: &'static Table, titles: &[String]) -> Result<Layout, IngestError> {
    let mut seen = HashSet::new();
    // Spreadsheets leave columns without a title at the right; they are unknown, not twins.
    if let Some(twin) = titles.iter().find(|title| !title.is_empty() && !seen.insert(title.as_str())) {
        return Err(IngestError::DuplicateColumn { path: path.to_owned(), column: twin.clone() });
    }
    let columns: Vec<Option<usize>> =
        table.columns.iter().map(|column| titles.iter().position(|title| title == column.name)).collect();
    let missing: Vec<String> = table
        .columns
        .iter()
        .zip(&columns)
        .filter(|(column, at)| column.required && at.is_none())
        .map(|(column, _)| column.name.to_owned())
        .collect();
    if !missing.is_empty() {
        let found = titles.to_vec();
        return Err(IngestError::MissingColumns { path: path.to_owned(), table: table.name, missing, found });
    }
    let mut unknown: Vec<String> = titles
        .iter()
        .filter(|title| table.columns.iter().all(|column| column.name != title.as_str()))
        .map(|title| format!("{:?}", title.chars().take(60).collect::<String>()))
        .collect();
    unknown.sort();
    let warning = (!unknown.is_empty()).then(|| {
        let plural = if unknown.len() == 1 { "" } else { "s" };
        let (file, columns) = (shown(path), unknown.join(", "));
        Statement::new(
            format!("{file}: unknown column{plural} left aside: {columns}"),
            format!("{file}: 不明な列のため対象外: {columns}"),
        )
    });
    Ok(Layout { columns, width: titles.len(), warning })
}
