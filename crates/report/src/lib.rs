//! Results to files that people and programs open, and back.
//!
//! - [`schema`]: the result tables as data, and how a table is described in text.
//! - [`catalogue`]: their keys and joins, and the documents that tell of them.
//! - [`tables`]: [`Results`](itoguchi_model::results::Results) to Parquet with equal bytes for equal rows, and back.
//! - [`load`](mod@load): a result folder, read with distrust.
//! - [`text`]: the ranked list, the explanation of one ring or account, the whole report in plain text.
//! - [`report_markdown`]: the report as a document for any viewer.
//! - [`json`]: the same report for programs.
//! - [`export()`]: rings for other tools: GraphML, GEXF, i2, STIX, CSV.
//! - [`daily`]: whom to call today, broker by broker.
//! - [`package`]: custody log, decisions, evidence packages and their signatures.
//!
//! Nothing here computes a score: whatever is shown stands in the result, or is a sum of what stands there.
//! Everything that came from outside passes [`escape`] before it reaches a terminal.

pub mod catalogue;
pub mod daily;
mod dossier;
pub mod error;
pub mod escape;
mod export;
mod html;
pub mod json;
mod language;
pub mod layout;
pub mod load;
mod markdown;
pub mod package;
mod preserve;
mod redact;
pub mod schema;
pub mod tables;
mod target;
mod terms;
pub mod text;
pub mod words;

pub use catalogue::{result_readme, tables_markdown};
pub use daily::{DailyOptions, daily_json, daily_text};
pub use dossier::ReportOptions;
pub use error::ReportError;
pub use export::{
    EXPORT_FORMAT, EXPORT_MANIFEST, ExportFormat, ExportManifest, ExportOptions, Exported, Tlp, export,
};
pub use html::report_html;
pub use json::report_json;
pub use language::Lang;
pub use load::{Loaded, load, read_manifest};
pub use markdown::report_markdown;
pub use preserve::preserve_csv;
pub use redact::redacted;
pub use schema::{render_table, schema_text};
pub use tables::{output_file, read_tables, write_tables};
pub use target::Target;
pub use text::{TextOptions, candidates_table, explain, explain_with, report_text, rings_table};
