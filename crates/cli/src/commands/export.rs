//! `export`: rings for other tools.

use std::path::Path;

use itoguchi_report::{ExportFormat, ExportOptions, Exported, Tlp, export, load};

use crate::{
    args::{Export, ExportForm, Label},
    failure::{Failure, at},
    folder::{self, Staging},
    printer::Printer,
};

pub fn run(args: &Export, printer: Printer) -> Result<(), Failure> {
    let format = format(args)?;
    // A target that will be refused is refused before the work.
    if matches!(format, ExportFormat::I2 | ExportFormat::Csv) {
        folder::check_export(&args.out)?;
    }
    let loaded = load(&args.result)?;
    let options = ExportOptions { ring: args.ring.clone(), redact: args.redact };
    match (export(&loaded, format, &options)?, format) {
        (Exported::File(json), ExportFormat::Stix(_)) => {
            let text = String::from_utf8(json).map_err(|e| Failure::Internal(e.into()))?;
            super::write_whole(&args.out, super::harmless(&text).as_bytes())?;
        }
        (Exported::File(bytes), _) => super::write_whole(&args.out, &bytes)?,
        (Exported::Folder(files), _) => write_folder(&args.out, &files)?,
    }
    printer.note(&format!("wrote {}", args.out.display()));
    Ok(())
}

fn format(args: &Export) -> Result<ExportFormat, Failure> {
    let format = match args.format {
        ExportForm::Graphml => ExportFormat::Graphml,
        ExportForm::Gexf => ExportFormat::Gexf,
        ExportForm::I2 => ExportFormat::I2,
        ExportForm::Csv => ExportFormat::Csv,
        ExportForm::Stix => ExportFormat::Stix(args.tlp.map_or_else(Tlp::default, tlp)),
    };
    match (format, args.tlp) {
        (ExportFormat::Stix(_), _) | (_, None) => Ok(format),
        _ => Err(Failure::input(
            "only a STIX bundle carries a label of the Traffic Light Protocol\nhint: leave --tlp out, or use --format stix",
        )),
    }
}

pub fn tlp(label: Label) -> Tlp {
    match label {
        Label::Clear => Tlp::Clear,
        Label::Green => Tlp::Green,
        Label::Amber => Tlp::Amber,
        Label::AmberStrict => Tlp::AmberStrict,
        Label::Red => Tlp::Red,
    }
}

/// Writes a folder, complete or not at all.
fn write_folder(target: &Path, files: &[(String, Vec<u8>)]) -> Result<(), Failure> {
    let staging = Staging::for_export(target)?;
    for (name, bytes) in files {
        let path = staging.path().join(name);
        at(std::fs::write(&path, bytes), &path)?;
    }
    staging.publish().map(drop)
}
