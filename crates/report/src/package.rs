//! What makes a result evidence that others can check: the custody log, the decisions of analysts, the manifest over
//! a package, and its signature. In words: `docs/CUSTODY.md`.
//!
//! Nothing here reads the clock: times come in from the caller.

pub mod custody;
pub mod decisions;
pub mod manifest;
pub mod sign;

use std::fmt::Write as _;

use itoguchi_model::results::Manifest;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use custody::Log;

/// The SHA-256 of `bytes` in lower-case hexadecimal.
///
/// ```
/// use itoguchi_report::package::sha256;
/// assert!(sha256(b"abc").starts_with("ba7816bf8f01cfea"));
/// ```
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// Brings `log` up to the run that made a result: unless its last run is that one, an entry `ingest` for each input file
/// and one `correlate`, as the manifest states them and at the time it states. `bytes` are those of the manifest's file.
pub fn catch_up(log: &mut Log, manifest: &Manifest, bytes: &[u8]) {
    let hash = sha256(bytes);
    let last = log.entries().iter().rev().find(|e| e.action == "correlate");
    if last.is_some_and(|e| e.details["manifest_sha256"] == hash.as_str()) {
        return;
    }
    let (time, tool) = (&manifest.run.started, format!("itoguchi {}", manifest.tool_version));
    for input in &manifest.inputs {
        let details = json!({
            "bytes": input.bytes, "path": input.path, "rejected": input.rejected, "rows": input.rows,
            "sha256": input.sha256, "table": input.table, "used": input.used,
        });
        log.append(time, &tool, "ingest", details);
    }
    let configuration = custody::canonical(&manifest.configuration);
    let details = json!({
        "accounts": manifest.accounts, "cases": manifest.cases, "configuration_sha256": sha256(configuration.as_bytes()),
        "manifest_sha256": hash, "reports": manifest.reports, "tables": manifest.outputs.iter().filter(|o| o.rows.is_some()).count(),
    });
    log.append(time, &tool, "correlate", details);
}
