//! Results to files that people and programs open, and back.
//!
//! - [`schema`]: the result tables as data, and how a table is described in text.
//! - [`tables`]: [`Results`](itoguchi_model::results::Results) to Parquet with equal bytes for equal rows, and back.
//! - [`load`]: a result folder, read with distrust.
//! - [`text`]: the ranked list, the explanation of one ring or account, the whole report in plain text.
//! - [`json`]: the same report for programs.
//!
//! Nothing here computes a score: whatever is shown stands in the result, or is a sum of what stands there.
//! Everything that came from outside passes [`escape`] before it reaches a terminal.

pub mod error;
pub mod escape;
pub mod layout;
pub mod schema;
pub mod tables;

pub use error::ReportError;
