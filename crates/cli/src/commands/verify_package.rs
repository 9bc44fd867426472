//! `verify` on an evidence package: signature, files, custody log, and on request the way from the inputs.

use std::{fs, path::Path};

use itoguchi_report::{
    escape,
    package::{
        manifest::{NAME, PackageManifest, RESULT, SIGNATURE, faults},
        sign::{SignError, check},
    },
    read_manifest,
};

use super::verify::{self, Earlier};
use crate::{
    args::Verify,
    failure::{Failure, at},
    printer::Printer,
};

pub fn run(args: &Verify, printer: Printer) -> Result<(), Failure> {
    let dir = &args.out;
    let (manifest, bytes) = PackageManifest::read(dir)?;
    let mut lines = vec![signature(args, &bytes)?];
    let mut found = faults(dir, &manifest)?;
    let result = dir.join(RESULT);
    if found.is_empty() && (args.recompute || args.inputs.is_some()) {
        let inputs = args.inputs.clone().unwrap_or_default();
        lines.push(from_inputs(args, &result, &inputs, printer, &mut found)?);
    } else {
        lines
            .push("the input files were not looked at: --inputs DIR names the folder they are in".to_owned());
    }
    if !found.is_empty() {
        return Err(Failure::Check(format!(
            "the package is not as its manifest says\n  {}\nhint: get the package again from who made it",
            found.join("\n  ")
        )));
    }
    printer.result(&format!(
        "verified: {} files are as {NAME} says; the custody log of {} entries holds\n  packed {} by {}\n  {}",
        manifest.files.len(),
        manifest.custody.entries,
        escape::id(&manifest.packed_at),
        escape::id(&manifest.packed_by),
        lines.join("\n  ")
    ));
    Ok(())
}

/// What the signature says. It comes before all else: hashes prove nothing if who wrote them is not known.
fn signature(args: &Verify, bytes: &[u8]) -> Result<String, Failure> {
    let path = args.out.join(SIGNATURE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return at(Err(error), &path),
    };
    let Some(key) = &args.key else {
        return Ok(match text {
            Some(_) => format!(
                "{SIGNATURE} was not checked: --key KEY.pub names the key of who is said to have signed it"
            ),
            None => "not signed: who can write to the folder can write all of it anew".to_owned(),
        });
    };
    let Some(text) = text else {
        return Err(Failure::Check(format!(
            "{SIGNATURE} is missing, so nobody vouches for {NAME}\nhint: ask who made the package for the signature; \
             without --key the files alone are checked"
        )));
    };
    let public = match fs::read_to_string(key) {
        Ok(public) => public,
        Err(_) => key.clone(),
    };
    match check(&public, &text, bytes) {
        Ok(comment) => Ok(format!("signed with this key; trusted comment: {}", escape::sentence(&comment))),
        Err(error @ SignError::NoPublicKey) => Err(Failure::input(format!("{}: {error}", escape::id(key)))),
        Err(error) => Err(Failure::Check(format!(
            "{SIGNATURE}: {error}\nhint: do not rely on the package; compare the key with its owner, and get the package \
             again"
        ))),
    }
}

/// Every input against the manifest of the result, and the tables made again.
fn from_inputs(
    args: &Verify,
    result: &Path,
    inputs: &Path,
    printer: Printer,
    found: &mut Vec<String>,
) -> Result<String, Failure> {
    let manifest = read_manifest(result)?;
    let earlier = Earlier::of(result, inputs, &manifest)?;
    for input in manifest.inputs.iter().filter(|i| !earlier.holds(&i.path)) {
        verify::check(&inputs.join(&input.path), &input.path, input.bytes, &input.sha256, found);
    }
    let count = manifest.inputs.len();
    if !args.recompute || !found.is_empty() {
        return Ok(format!("{count} input files are those it was made from"));
    }
    verify::recompute(result, inputs, &manifest, &earlier, printer, found)?;
    Ok(format!("{count} input files are those it was made from; recomputed byte for byte"))
}
