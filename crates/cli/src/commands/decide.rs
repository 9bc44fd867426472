//! `decide`: what an analyst concluded, into the custody log and into what the next run is told.

use std::{fs, path::Path};

use itoguchi_engine::Config;
use itoguchi_model::{Instant, results::Manifest, tables::ReportKind};
use itoguchi_report::{
    escape, load,
    package::{
        catch_up,
        custody::Log,
        decisions::{self, DECIDE, FOLDER, LOG, REPORTS, Verdict},
    },
    read_manifest,
};
use serde_json::Value;

use crate::{
    args::{Decide, DecidedRole, Decision},
    decisions::Held,
    failure::{Failure, at},
    printer::Printer,
};

pub fn run(args: &Decide, printer: Printer) -> Result<(), Failure> {
    for (flag, text) in [("--by", &args.by), ("--why", &args.why)] {
        if text.trim().is_empty() {
            return Err(Failure::input(format!(
                "{flag} is blank\nhint: a decision must say who made it and why"
            )));
        }
    }
    let (verdict, time) = (verdict(args)?, time(args.at.as_deref())?);
    // What is no result is refused in other words than one that is being written to.
    read_manifest(&args.out)?;
    let held = Held::take(&args.out)?;
    let loaded = load(&args.out)?;
    let mut log = held.log()?;
    let path = args.out.join("manifest.json");
    catch_up(&mut log, &loaded.manifest, &at(fs::read(&path), &path)?);
    let mut details = decisions::details(&loaded, &log, &args.target, verdict, &args.why)?;
    if args.at.is_some() {
        // The clock did not see it: the log says on whose word the time stands.
        details["time_given"] = Value::Bool(true);
    }
    log.append(&time, &args.by, DECIDE, details);
    held.store(&log)?;
    printer.result(&recorded(args, &log, &loaded.manifest));
    Ok(())
}

fn verdict(args: &Decide) -> Result<Verdict, Failure> {
    let named = args.role.map(|role| match role {
        DecidedRole::Victim => ReportKind::Victim,
        DecidedRole::Suspect => ReportKind::Suspect,
    });
    match (args.decision, named) {
        (Decision::Confirm, named) => Ok(Verdict::Confirm(named)),
        (Decision::Clear, None) => Ok(Verdict::Clear),
        (Decision::Clear, Some(_)) => {
            Err(Failure::input("--as goes with confirm\nhint: a cleared account has no role; leave --as out"))
        }
    }
}

/// A moment as given, or the clock's, in UTC.
fn time(given: Option<&str>) -> Result<String, Failure> {
    given.map_or_else(|| Ok(super::correlate::now()), |text| Ok(moment(text)?.to_string()))
}

/// A moment as the user writes it.
pub fn moment(text: &str) -> Result<Instant, Failure> {
    Instant::parse_rfc3339(text).ok_or_else(|| {
        Failure::input(format!(
            "{} is no time with an offset\nhint: write it as 2025-03-19T14:52:07+09:00",
            escape::id(text)
        ))
    })
}

/// What was recorded, and the next command.
fn recorded(args: &Decide, log: &Log, manifest: &Manifest) -> String {
    let Some(entry) = log.entries().last() else { return String::new() };
    let mut text = format!(
        "recorded as entry {} of {}: {} {}, by {}, {}\n",
        entry.seq,
        escape::sentence(&args.out.join(FOLDER).join(LOG).to_string_lossy()),
        entry.details["decision"].as_str().unwrap_or_default(),
        escape::id(&args.target),
        escape::id(&entry.actor),
        entry.time
    );
    for row in entry.details["accounts"].as_array().into_iter().flatten() {
        let word = |key: &str| escape::id(row[key].as_str().unwrap_or_default());
        let until = row["reported_at"].as_str().and_then(Instant::parse_rfc3339).unwrap_or_default();
        text.push_str(&format!(
            "  {}/{}: {}, on evidence up to {}\n",
            word("broker"),
            word("account_id"),
            word("kind"),
            until.jst()
        ));
    }
    text.push_str(&format!("head of the log: {}\nnext:\n  {}\n", log.head().hash, next(&args.out, manifest)));
    text
}

/// The command that runs again with this decision: the same cases, reports and settings, into the same folder.
fn next(out: &Path, manifest: &Manifest) -> String {
    let reports = out.join(FOLDER).join(REPORTS);
    let mut words = vec!["itoguchi".to_owned(), "correlate".to_owned()];
    words.extend(manifest.cases.iter().map(|case| quoted(case)));
    let before = manifest.reports.iter().filter(|r| **r != *reports.to_string_lossy());
    for path in before.cloned().chain([reports.to_string_lossy().into_owned()]) {
        words.extend(["--reports".to_owned(), quoted(&path)]);
    }
    for setting in changed_settings(&manifest.configuration) {
        words.extend(["--set".to_owned(), quoted(&setting)]);
    }
    words.extend(["--out".to_owned(), quoted(&out.to_string_lossy())]);
    words.join(" ")
}

/// Settings that are not as they are by default, as `--set` takes them.
fn changed_settings(configuration: &Value) -> Vec<String> {
    let default = serde_json::to_value(Config::default()).unwrap_or_default();
    let mut changed = Vec::new();
    for (section, keys) in configuration.as_object().into_iter().flatten() {
        for (key, value) in keys.as_object().into_iter().flatten() {
            if default[section][key] != *value && !value.is_null() {
                changed.push(format!("{section}.{key}={value}"));
            }
        }
    }
    changed.sort();
    changed
}

/// A word as a shell takes it, harmless in a terminal.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@".contains(c);
    let word = if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    };
    escape::sentence(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(quoted("a/b-1.csv"), "a/b-1.csv");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("\u{1b}[2J"), "'\\u{1b}[2J'");
    }

    #[test]
    fn settings_that_were_changed_are_repeated() {
        let mut config = Config::default();
        config.rings.members = 5;
        let value = serde_json::to_value(&config).unwrap();
        assert_eq!(changed_settings(&value), ["rings.members=5"]);
        assert!(changed_settings(&serde_json::to_value(Config::default()).unwrap()).is_empty());
    }
}
