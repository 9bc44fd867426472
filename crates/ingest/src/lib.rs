//! Files to typed rows: the canonical tables and the brokers' downloads.
//!
//! [`read_cases`] turns case folders into a [`Case`](itoguchi_model::Case). Nothing is lost on the way: every data
//! record of every file is either used or kept with its reason, and every used row knows its file and record.

mod actions;
mod chunk;
pub mod contract;
mod csv_read;
mod edges;
mod error;
mod folder;
mod hash;
mod header;
pub mod importers;
mod merge;
mod names;
mod parquet_read;
mod part;
mod plain;
mod pool;
mod read;
mod resolve;
mod rows;
mod settings;
mod splitter;
mod supersede;

pub use actions::{ActionColumns, ActionScan, ActionTable, Actions, read_actions, scan_actions};
pub use edges::{EdgeColumns, EdgeRow, Edges, WeightColumn, read_edges};
pub use error::{IngestError, RejectSample, WeightFault};
pub use folder::table_files;
pub use hash::sha256_file;
pub use names::Names;
pub use plain::RowReject;
pub use read::{Beside, read_cases, read_cases_with};
pub use settings::Settings;
