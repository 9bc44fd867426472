//! `verify`: a result against its manifest.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use itoguchi_engine::Config;
use itoguchi_ingest::{Beside, sha256_file};
use itoguchi_model::results::Manifest;
use itoguchi_report::{
    escape,
    package::{custody::Log, decisions, manifest::is_package},
    read_manifest, write_tables,
};
use tempfile::TempDir;

use crate::{
    args::Verify,
    commands::input::Input,
    failure::{Failure, at},
    folder::Staging,
    printer::Printer,
    progress::Stages,
};

pub fn run(args: &Verify, printer: Printer) -> Result<(), Failure> {
    if is_package(&args.out) {
        return super::verify_package::run(args, printer);
    }
    let manifest = read_manifest(&args.out)?;
    if args.key.is_some() {
        return Err(Failure::input(format!(
            "{} is a plain result, and only packages are signed\nhint: make one with `itoguchi report OUT --package DIR \
             --sign KEY`, or leave --key out",
            args.out.display()
        )));
    }
    let inputs = args.inputs.clone().unwrap_or_default();
    let mut faults = Vec::new();
    let earlier = Earlier::of(&args.out, &inputs, &manifest)?;
    for input in manifest.inputs.iter().filter(|i| !earlier.holds(&i.path)) {
        check(&inputs.join(&input.path), &input.path, input.bytes, &input.sha256, &mut faults);
    }
    for output in &manifest.outputs {
        check(&args.out.join(&output.path), &output.path, output.bytes, &output.sha256, &mut faults);
    }
    unlisted(&args.out, &manifest, &mut faults)?;
    faults.extend(decisions::faults(&args.out));
    if args.recompute && faults.is_empty() {
        recompute(&args.out, &inputs, &manifest, &earlier, printer, &mut faults)?;
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

pub fn check(place: &Path, name: &str, bytes: u64, sha256: &str, faults: &mut Vec<String>) {
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
            } else if name != Path::new("manifest.json") && !listed.contains(&name) && !of_decisions(&name) {
                extra.insert(name);
            }
        }
    }
    faults.extend(
        extra.iter().map(|n| format!("{}: not in the manifest", escape::sentence(&n.to_string_lossy()))),
    );
    Ok(())
}

/// Whether a file inside a result is one that `decide` writes: those are checked by themselves.
fn of_decisions(name: &Path) -> bool {
    [decisions::LOG, decisions::REPORTS, decisions::HEAD]
        .iter()
        .any(|file| name == Path::new(decisions::FOLDER).join(file))
}

/// Tables of decisions that went in and have been decided upon since: made again from the log beside them, or from that of
/// the result, as they were.
#[derive(Default)]
pub struct Earlier {
    place: Option<TempDir>,
    tables: BTreeMap<String, PathBuf>,
}

impl Earlier {
    /// Looks for inputs that are no longer what they were, in `out` and beside them.
    pub fn of(out: &Path, inputs: &Path, manifest: &Manifest) -> Result<Self, Failure> {
        let mut earlier = Self::default();
        for input in manifest.inputs.iter().filter(|i| i.table == "reports") {
            let place = inputs.join(&input.path);
            if sha256_file(&place).is_ok_and(|(_, found)| found == input.sha256) {
                continue;
            }
            let logs = [
                place.with_file_name(decisions::LOG),
                out.join(decisions::FOLDER).join(decisions::LOG),
                out.join("../custody").join(decisions::LOG),
            ];
            let table = logs.iter().find_map(|path| {
                let log = Log::read(&fs::read(path).ok()?).ok()?;
                decisions::reports_csv_of(&log, &input.sha256)
            });
            if let Some(table) = table {
                earlier.keep(&input.path, &table)?;
            }
        }
        Ok(earlier)
    }

    fn keep(&mut self, name: &str, table: &[u8]) -> Result<(), Failure> {
        let place = match &self.place {
            Some(place) => place.path().to_owned(),
            None => {
                let made = at(tempfile::tempdir(), Path::new("a temporary folder"))?;
                self.place.insert(made).path().to_owned()
            }
        };
        let path = place.join(format!("{}.csv", self.tables.len()));
        at(fs::write(&path, table), &path)?;
        self.tables.insert(name.to_owned(), path);
        Ok(())
    }

    /// Whether the input of this name was made again.
    pub fn holds(&self, name: &str) -> bool {
        self.tables.contains_key(name)
    }

    /// A table that was given beside the cases: where it stands, or what it was.
    fn beside(&self, given: &str, inputs: &Path) -> Beside {
        let folder = format!("{}/{}", given.trim_end_matches('/'), decisions::REPORTS);
        for name in [given, &folder] {
            if let Some(place) = self.tables.get(name) {
                return Beside { named: inputs.join(name), place: place.clone() };
            }
        }
        Beside::from(inputs.join(given))
    }
}

/// Runs again from the inputs, and compares the tables with the manifest.
pub fn recompute(
    out: &Path,
    inputs: &Path,
    manifest: &Manifest,
    earlier: &Earlier,
    printer: Printer,
    faults: &mut Vec<String>,
) -> Result<(), Failure> {
    let config: Config = serde_json::from_value(manifest.configuration.clone()).map_err(|e| {
        Failure::input(format!(
            "{}: its configuration is not of this version ({}): {e}\nhint: recompute with itoguchi {}",
            out.display(),
            env!("CARGO_PKG_VERSION"),
            escape::sentence(&manifest.tool_version)
        ))
    })?;
    let cases: Vec<PathBuf> = manifest.cases.iter().map(|c| inputs.join(c)).collect();
    let reports: Vec<Beside> = manifest.reports.iter().map(|r| earlier.beside(r, inputs)).collect();
    let stages = Stages::new(printer);
    let market = manifest.market.as_ref().map(|market| inputs.join(market));
    let mut input = Input::read(&cases, &reports, market.as_deref(), &config, &stages, printer)?;
    // Evidence names its files as the first run was given them.
    for source in &mut input.case.sources {
        let below = Path::new(&source.path).strip_prefix(inputs).map(|p| p.to_string_lossy().into_owned());
        if let Ok(path) = below {
            source.path = path;
        }
    }
    let (_, analysis) = input.analyse(&config, &stages)?;
    let staging = Staging::beside(out)?;
    for output in write_tables(&analysis.results, staging.path())? {
        let before = manifest.outputs.iter().find(|o| o.path == output.path);
        if before.is_none_or(|o| o.sha256 != output.sha256) {
            faults.push(format!("{}: recomputed to SHA-256 {}", output.path, output.sha256));
        }
    }
    Ok(())
}
