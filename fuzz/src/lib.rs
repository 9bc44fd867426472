//! What every reader must keep for any bytes at all. One function per target; each panics where a law is broken.
//!
//! The targets in `fuzz_targets/` hand these functions what the fuzzer makes up; `tests/seeds.rs` hands them the
//! seeds, so that plain `cargo test` goes the same way without a fuzzer.

mod folders;
mod laws;
mod process;
mod share;

pub use folders::{
    FILE_LINE, RESULT_FILES, TABLE_FILES, actions_csv, case_csv, case_parquet, edges_csv, result_folder,
};
pub use laws::{config, download_nomura, download_rakuten, download_sbi, time};
pub use process::prepare;
pub use share::{share_forms, share_request, share_response};
