//! `report --package`: a result with all that others need to check it, as one folder.

use std::{fs, path::Path};

use itoguchi_ingest::sha256_file;
use itoguchi_report::{
    Lang, Loaded, ReportOptions, escape, load,
    package::{
        catch_up,
        custody::Log,
        decisions::{self, DECIDE},
        manifest::{LOG, NAME, PackageManifest, PackedFile, REPORTS, RESULT, SIGNATURE, packed},
        sha256,
        sign::{is_encrypted, sign},
    },
    preserve_csv, report_html, report_json, report_markdown, report_text,
    tables::README as RESULT_README,
};
use serde_json::{Map, Value, json};

use crate::{
    args::Report,
    decisions::Held,
    failure::{Failure, at},
    folder::Staging,
    printer::Printer,
};

/// What the package says to who opens it without the program.
const README: &str = include_str!("package_readme.txt");

/// The forms of the report that a package holds, by name: one line for each.
fn dossier_files(loaded: &Loaded, log: &Log) -> Result<Vec<(&'static str, Vec<u8>)>, Failure> {
    let in_lang = |lang| ReportOptions { lang, decided: decisions::current(log), ..ReportOptions::default() };
    let (en, ja) = (in_lang(Lang::En), in_lang(Lang::Ja));
    let json = |value: Value| -> Result<Vec<u8>, Failure> {
        let text = serde_json::to_string_pretty(&value).map_err(|e| Failure::Internal(e.into()))?;
        Ok((super::harmless(&text) + "\n").into_bytes())
    };
    Ok(vec![
        ("report.txt", report_text(loaded, &en)?.into_bytes()),
        ("report.ja.txt", report_text(loaded, &ja)?.into_bytes()),
        ("report.md", report_markdown(loaded, &en)?.into_bytes()),
        ("report.ja.md", report_markdown(loaded, &ja)?.into_bytes()),
        ("report.html", report_html(loaded, &en)?.into_bytes()),
        ("report.ja.html", report_html(loaded, &ja)?.into_bytes()),
        ("report.json", json(report_json(loaded, &en)?)?),
        ("preserve.csv", preserve_csv(loaded, &en)?),
    ])
}

pub fn run(args: &Report, dir: &Path, printer: Printer) -> Result<(), Failure> {
    let staging = Staging::fresh(dir)?;
    let key = args.sign.as_deref().map(secret_key).transpose()?;
    itoguchi_report::read_manifest(&args.result)?;
    let held = Held::take(&args.result)?;
    let loaded = load(&args.result)?;
    let manifest = read(&args.result.join("manifest.json"))?;
    let (time, tool) = (super::correlate::now(), format!("itoguchi {}", env!("CARGO_PKG_VERSION")));
    let actor = args.by.clone().unwrap_or(tool);

    let mut packing = Packing { root: staging.path(), files: Vec::new() };
    packing.result(&args.result, &loaded, &manifest)?;
    let mut log = held.log()?;
    for (name, bytes) in dossier_files(&loaded, &log)? {
        packing.add(&format!("dossier/{name}"), &bytes)?;
    }
    packing.add("sources.json", &pretty(&sources(&loaded))?)?;
    packing.add("configuration.json", &pretty(&loaded.manifest.configuration)?)?;
    packing.add("README.txt", README.as_bytes())?;

    catch_up(&mut log, &loaded.manifest, &manifest);
    if log.entries().iter().any(|e| e.action == DECIDE) {
        packing.add(REPORTS, &decisions::reports_csv(&log))?;
    }
    log.append(&time, &actor, "package", packing.details(&manifest));
    packing.add(LOG, log.bytes())?;
    packing.add("custody/custody.txt", log.text().as_bytes())?;

    let made = PackageManifest::new(packing.files, log.head(), env!("CARGO_PKG_VERSION"), &time, &actor);
    let bytes = made.bytes();
    write(&staging.path().join(NAME), &bytes)?;
    if let Some((secret, password)) = key {
        let comment = comment(&time, &actor, &log);
        let signature = sign(&secret, password.as_deref(), &bytes, &comment)?;
        write(&staging.path().join(SIGNATURE), signature.as_bytes())?;
    }
    staging.publish()?;
    keep(&held, &log, &args.result, printer);
    printer.result(&told(dir, &made, &bytes, args.sign.is_some()));
    Ok(())
}

/// The log of the result remembers the package too. A result on a medium that cannot be written to keeps none: the
/// package holds it then.
fn keep(held: &Held, log: &Log, result: &Path, printer: Printer) {
    if let Err(failure) = held.store(log) {
        printer.note(&format!(
            "warning: the log of {} could not be written, so that only the package says that it was made: {}",
            result.display(),
            failure.message()
        ));
    }
}

fn told(dir: &Path, made: &PackageManifest, bytes: &[u8], signed: bool) -> String {
    let check = if signed { " --key PUBLIC_KEY" } else { "" };
    let dir = escape::sentence(&dir.to_string_lossy());
    format!(
        "packed {} files into {dir}{}\nSHA-256 of {NAME}: {}\nhead of the custody log: {} entries, {}\ncheck it with: \
         itoguchi verify {dir}{check}",
        made.files.len() + 1,
        if signed { ", signed" } else { "" },
        sha256(bytes),
        made.custody.entries,
        made.custody.hash
    )
}

/// What the signature vouches for beside the bytes, in one line of printable ASCII.
fn comment(time: &str, actor: &str, log: &Log) -> String {
    let plain: String = actor.chars().take(200).flat_map(char::escape_default).collect();
    format!("itoguchi package {time} by {plain} custody {} {}", log.head().entries, log.head().hash)
}

/// The text of the key, and its password if it has one.
fn secret_key(path: &Path) -> Result<(String, Option<String>), Failure> {
    let text = at(fs::read_to_string(path), path)?;
    let password = if is_encrypted(&text)? { Some(super::keys::password(path)?) } else { None };
    Ok((text, password))
}

/// The manifest of the sources: every input as it was read.
fn sources(loaded: &Loaded) -> Value {
    let manifest = &loaded.manifest;
    json!({
        "cases": manifest.cases,
        "inputs": manifest.inputs,
        "reports": manifest.reports,
        "superseded": manifest.superseded,
    })
}

fn pretty(value: &Value) -> Result<Vec<u8>, Failure> {
    let mut value = value.clone();
    value.sort_all_objects();
    let text = serde_json::to_string_pretty(&value).map_err(|e| Failure::Internal(e.into()))?;
    Ok((super::harmless(&text) + "\n").into_bytes())
}

/// A package being written.
struct Packing<'a> {
    root: &'a Path,
    files: Vec<PackedFile>,
}

impl Packing<'_> {
    fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        write(&self.root.join(name), bytes)?;
        self.files.push(packed(name, bytes));
        Ok(())
    }

    /// The manifest, the tables and the README of the result, which must be those that it states.
    fn result(&mut self, from: &Path, loaded: &Loaded, manifest: &[u8]) -> Result<(), Failure> {
        self.add(&format!("{RESULT}/manifest.json"), manifest)?;
        for output in &loaded.manifest.outputs {
            let table = Path::new(&output.path).file_name().unwrap_or_default();
            let (source, name) = (from.join(&output.path), format!("{RESULT}/{}", output.path));
            // A manifest may come from somebody else: nothing outside the result is taken in.
            if output.path != RESULT_README && format!("tables/{}", table.to_string_lossy()) != output.path {
                return Err(changed(from, &output.path, "it is no table of a result"));
            }
            let place = self.root.join(&name);
            at(fs::create_dir_all(self.root.join(RESULT).join("tables")), &place)?;
            at(fs::copy(&source, &place), &source)?;
            let (bytes, sha256) = at(sha256_file(&place), &place)?;
            if sha256 != output.sha256 {
                return Err(changed(from, &output.path, "it is not what the manifest states"));
            }
            self.files.push(PackedFile { path: name, bytes, sha256 });
        }
        Ok(())
    }

    /// What the log says of this package: every file but those that hold the log itself.
    fn details(&self, manifest: &[u8]) -> Value {
        let files: Map<String, Value> =
            self.files.iter().map(|f| (f.path.clone(), Value::from(f.sha256.as_str()))).collect();
        json!({"files": files, "manifest_sha256": sha256(manifest)})
    }
}

fn changed(result: &Path, path: &str, what: &str) -> Failure {
    Failure::input(format!(
        "{}: {}: {what}\nhint: `itoguchi verify` says all that changed; run `itoguchi correlate` again",
        result.display(),
        escape::sentence(path)
    ))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    at(fs::read(path), path)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if let Some(parent) = path.parent() {
        at(fs::create_dir_all(parent), parent)?;
    }
    at(fs::write(path, bytes), path)
}
