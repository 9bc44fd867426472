//! `verify`: a result against its manifest.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use itoguchi_engine::{Config, analyse};
use itoguchi_ingest::sha256_file;
use itoguchi_model::results::Manifest;
use itoguchi_report::{escape, read_manifest, write_tables};

use crate::{
    args::Verify,
    failure::{Failure, at},
    folder::Staging,
    printer::Printer,
    progress::Stages,
};

pub fn run(args: &Verify, printer: Printer) -> Result<(), Failure> {
    let manifest = read_manifest(&args.out)?;
    let inputs = args.inputs.clone().unwrap_or_default();
    let mut faults = Vec::new();
    for input in &manifest.inputs {
        check(&inputs.join(&input.path), &input.path, input.bytes, &input.sha256, &mut faults);
    }
    for output in &manifest.outputs {
        check(&args.out.join(&output.path), &output.path, output.bytes, &output.sha256, &mut faults);
    }
    unlisted(&args.out, &manifest, &mut faults)?;
    if args.recompute && faults.is_empty() {
        recompute(args, &inputs, &manifest, printer, &mut faults)?;
    }
    if !faults.is_empty() {
        return Err(Failure::Check(format!(
            "{} of {} files differ from the manifest\n  {}",
            faults.len(),
            manifest.inputs.len() + manifest.outputs.len(),
            faults.join("\n  ")
        )));
    }
    let again = if args.recompute { "; recomputed byte for byte" } else { "" };
    printer.result(&format!(
        "verified: {} input and {} output files are as the manifest says{again}",
        manifest.inputs.len(),
        manifest.outputs.len()
    ));
    Ok(())
}

fn check(place: &Path, name: &str, bytes: u64, sha256: &str, faults: &mut Vec<String>) {
    let name = escape::sentence(name);
    match sha256_file(place) {
        Err(error) => faults.push(format!("{name}: {error}")),
        Ok((found, _)) if found != bytes => {
            faults.push(format!("{name}: {found} bytes, the manifest says {bytes}"));
        }
        Ok((_, found)) if found != sha256 => {
            faults.push(format!("{name}: SHA-256 {found}, the manifest says {sha256}"));
        }
        Ok(_) => {}
    }
}

/// Files in the result folder that the manifest does not list.
fn unlisted(out: &Path, manifest: &Manifest, faults: &mut Vec<String>) -> Result<(), Failure> {
    let listed: BTreeSet<PathBuf> = manifest.outputs.iter().map(|o| PathBuf::from(&o.path)).collect();
    let mut folders = vec![PathBuf::new()];
    let mut extra = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        let place = out.join(&folder);
        for entry in at(fs::read_dir(&place), &place)? {
            let entry = at(entry, &place)?;
            let name = folder.join(entry.file_name());
            if entry.path().is_dir() {
                folders.push(name);
            } else if name != Path::new("manifest.json") && !listed.contains(&name) {
                extra.insert(name);
            }
        }
    }
    faults.extend(
        extra.iter().map(|n| format!("{}: not in the manifest", escape::sentence(&n.to_string_lossy()))),
    );
    Ok(())
}

/// Runs again from the inputs, and compares the tables with the manifest.
fn recompute(
    args: &Verify,
    inputs: &Path,
    manifest: &Manifest,
    printer: Printer,
    faults: &mut Vec<String>,
) -> Result<(), Failure> {
    let config: Config = serde_json::from_value(manifest.configuration.clone()).map_err(|e| {
        Failure::input(format!(
            "{}: its configuration is not of this version ({}): {e}\nhint: recompute with itoguchi {}",
            args.out.display(),
            env!("CARGO_PKG_VERSION"),
            escape::sentence(&manifest.tool_version)
        ))
    })?;
    let cases: Vec<PathBuf> = manifest.cases.iter().map(|c| inputs.join(c)).collect();
    let reports: Vec<PathBuf> = manifest.reports.iter().map(|r| inputs.join(r)).collect();
    let stages = Stages::new(printer);
    let mut case = super::correlate::read(&cases, &reports, &config, &stages)?;
    // Evidence names its files as the first run was given them.
    for source in &mut case.sources {
        let below = Path::new(&source.path).strip_prefix(inputs).map(|p| p.to_string_lossy().into_owned());
        if let Ok(path) = below {
            source.path = path;
        }
    }
    let analysis = analyse(&case, &config, &stages)?;
    let staging = Staging::beside(&args.out)?;
    for output in write_tables(&analysis.results, staging.path())? {
        let before = manifest.outputs.iter().find(|o| o.path == output.path);
        if before.is_none_or(|o| o.sha256 != output.sha256) {
            faults.push(format!("{}: recomputed to SHA-256 {}", output.path, output.sha256));
        }
    }
    Ok(())
}
