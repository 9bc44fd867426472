//! Rings in the formats of other tools.
//!
//! What is exported is cut out of the result once ([`scope`]), names are taken out there if that was asked for, and
//! [`graph`] makes nodes and edges of it that know no format. One file per format follows. Links of the data outside
//! the rings, accounts that fell short of being named and rows that could not be read are never exported.

mod attributes;
pub(crate) mod csv;
mod form;
mod gexf;
mod graph;
mod graphml;
mod i2;
mod scope;
mod stix;
mod xml;

use itoguchi_model::results::OutputFile;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Lang, error::ReportError, load::Loaded, terms};
use graph::Graph;
use scope::Scope;

/// Marks a folder as an export of ours.
pub const EXPORT_FORMAT: &str = "itoguchi-export";
/// The file that does so.
pub const EXPORT_MANIFEST: &str = "export.json";

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// GraphML 1.0 with typed keys: one file.
    Graphml,
    /// GEXF 1.3 with spells: one file.
    Gexf,
    /// Entities and links for an import into i2 Analyst's Notebook: a folder.
    I2,
    /// A STIX 2.1 bundle, marked with this label: one file.
    Stix(Tlp),
    /// The result tables, one CSV file each: a folder.
    Csv,
}

/// With whom a bundle may be shared, by the Traffic Light Protocol 2.0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tlp {
    /// No limit.
    Clear,
    /// The community.
    Green,
    /// The recipient's organization and its clients.
    Amber,
    /// The recipient's organization alone.
    #[default]
    AmberStrict,
    /// The recipients alone.
    Red,
}

/// Which part of a result is exported, and under which names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportOptions {
    /// This ring alone.
    pub ring: Option<String>,
    /// Accounts, devices and addresses as tokens that mean nothing outside this export.
    pub redact: bool,
}

/// An export in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exported {
    /// One file.
    File(Vec<u8>),
    /// The files of a folder by their names, [`EXPORT_MANIFEST`] last.
    Folder(Vec<(String, Vec<u8>)>),
}

/// `export.json` in a folder: what it is and what is in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExportManifest {
    /// Always [`EXPORT_FORMAT`]: marks a folder as ours to replace.
    pub format: String,
    /// `csv` or `i2`.
    pub kind: String,
    /// Version of the tool that made the result.
    pub tool_version: String,
    /// What must be known whoever reads on.
    pub notice: String,
    /// The rings in it, in the order of the result.
    pub rings: Vec<String>,
    /// Whether accounts, devices and addresses are tokens.
    pub redacted: bool,
    /// Every other file of the folder.
    pub files: Vec<OutputFile>,
}

/// The rings of `loaded` in `format`. Equal results and options give equal bytes; no clock is read. Memory and time grow
/// with the rings exported, and with the names of the whole result where they are taken out.
///
/// # Errors
/// When the ring asked for is not in the result, or our own encoder fails.
pub fn export(
    loaded: &Loaded,
    format: ExportFormat,
    options: &ExportOptions,
) -> Result<Exported, ReportError> {
    let scope = Scope::new(loaded, options)?;
    match format {
        ExportFormat::Graphml => graphml::write(&scope, &Graph::new(&scope)).map(Exported::File),
        ExportFormat::Gexf => gexf::write(&scope, &Graph::new(&scope)).map(Exported::File),
        ExportFormat::Stix(tlp) => stix::write(&scope, &Graph::new(&scope), tlp).map(Exported::File),
        ExportFormat::I2 => folder("i2", &scope, i2::write(&scope, &Graph::new(&scope))?),
        ExportFormat::Csv => folder("csv", &scope, csv::write(&scope)?),
    }
}

/// `files` with a manifest.
fn folder(kind: &str, scope: &Scope, mut files: Vec<(String, Vec<u8>)>) -> Result<Exported, ReportError> {
    let file = |(path, bytes): &(String, Vec<u8>)| OutputFile {
        path: path.clone(),
        rows: None,
        bytes: bytes.len() as u64,
        sha256: Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect(),
    };
    let manifest = ExportManifest {
        format: EXPORT_FORMAT.to_owned(),
        kind: kind.to_owned(),
        tool_version: scope.tool_version.clone(),
        notice: notice().to_owned(),
        rings: scope.results.rings.iter().map(|r| r.ring_id.clone()).collect(),
        redacted: scope.redacted,
        files: files.iter().map(file).collect(),
    };
    let mut text = serde_json::to_vec_pretty(&manifest).map_err(|e| failed(EXPORT_MANIFEST, &e))?;
    text.push(b'\n');
    files.push((EXPORT_MANIFEST.to_owned(), text));
    Ok(Exported::Folder(files))
}

/// What stands in every export.
fn notice() -> &'static str {
    terms::NOTICE.text(Lang::En)
}

/// An encoder that writes to memory cannot fail on data: our fault.
fn failed(what: &str, error: &dyn std::fmt::Display) -> ReportError {
    ReportError::Encode { path: what.into(), reason: error.to_string() }
}
