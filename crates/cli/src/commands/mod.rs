//! One file per command.

mod coact;
mod communities;
mod correlate;
mod decide;
mod evaluate;
mod explain;
mod export;
mod import;
mod input;
mod inspect;
mod keys;
mod package;
mod part;
mod report;
mod rings;
mod schema;
mod share;
mod simulate;
mod table;
mod verify;
mod verify_package;

use std::{
    io::{IsTerminal as _, Write as _},
    path::Path,
};

use itoguchi_engine::Config;
use itoguchi_ingest::RowReject;
use itoguchi_model::progress::Progress as _;
use itoguchi_report::escape;
use tracing_subscriber::{EnvFilter, fmt::format::FmtSpan};

use crate::{
    args::{Arguments, Command, Global, Settings},
    failure::{Failure, at},
    printer::Printer,
    progress::{self, Stages},
};
use part::Part;

/// More unreadable rows of a plain table than this share, and the file is not what it was taken for.
const MOST_REJECTS: f64 = 0.05;

/// Runs the command.
pub fn run(arguments: &Arguments, printer: &Printer) -> Result<(), Failure> {
    set_up(&arguments.global, &arguments.command)?;
    let printer = *printer;
    match &arguments.command {
        Command::Import(args) => import::run(args, printer),
        Command::Inspect(args) => inspect::run(args, printer),
        Command::Correlate(args) => correlate::run(args, printer),
        Command::Rings(args) => rings::run(args, printer),
        Command::Explain(args) => explain::run(args, printer),
        Command::Report(args) => report::run(args, printer),
        Command::Export(args) => export::run(args, printer),
        Command::Decide(args) => decide::run(args, printer),
        Command::Verify(args) => verify::run(args, printer),
        Command::Keys(args) => keys::run(args, printer),
        Command::Coact(args) => coact::run(args, printer),
        Command::Communities(args) => communities::run(args, printer),
        Command::Evaluate(args) => evaluate::run(args, printer),
        Command::Simulate(args) => simulate::run(args, printer),
        Command::Share(args) => share::run(args, printer),
        Command::Schema(args) => schema::run(args, printer),
    }
}

/// Logging, threads and the interrupt handler.
fn set_up(global: &Global, command: &Command) -> Result<(), Failure> {
    let default = match global.verbose {
        // who asked for how many is what a service says
        0 if share::serves(command) && !global.quiet => "info",
        0 => "warn",
        1 => "info",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_env("ITOGUCHI_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let spans = if global.verbose > 0 { FmtSpan::CLOSE } else { FmtSpan::NONE };
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(spans)
        .with_writer(std::io::stderr)
        // a log in a file is read by programs
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
        .try_init();
    if let Some(threads) = global.threads {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads as usize)
            .build_global()
            .map_err(|e| Failure::Internal(e.into()))?;
    }
    progress::listen_for_interrupts();
    Ok(())
}

/// The configuration that the flags ask for.
fn config(settings: &Settings) -> Result<Config, Failure> {
    let text = match &settings.config {
        Some(path) => at(std::fs::read_to_string(path), path)?,
        None => String::new(),
    };
    let mut pairs = settings.set.clone();
    if let Some(time) = &settings.as_of {
        pairs.push(format!("ingest.as_of=\"{time}\""));
    }
    Ok(Config::read(&text, &pairs)?)
}

/// Writes `text` to `path`, complete or not at all; to stdout without a path.
fn write_or_print(text: &str, path: Option<&Path>, printer: Printer) -> Result<(), Failure> {
    match path {
        None => printer.result(text),
        Some(path) => write_whole(path, text.as_bytes())?,
    }
    Ok(())
}

/// Ends the command where the user has asked for it.
fn stop_if_asked(stages: &Stages) -> Result<(), Failure> {
    if stages.cancelled() { Err(Failure::Interrupted) } else { Ok(()) }
}

/// Refuses a plain table of which too many rows cannot be read: it is not what it was taken for.
fn check_rejects(file: &Path, rows: u64, rejects: &[RowReject], hint: &str) -> Result<(), Failure> {
    if rejects.len() as f64 <= MOST_REJECTS * rows as f64 {
        return Ok(());
    }
    let shown = |r: &RowReject| {
        format!("  row {}, {}, {:?}: {}", r.row, escape::sentence(&r.column), r.value, r.reason)
    };
    let first: Vec<String> = rejects.iter().take(3).map(shown).collect();
    Err(Failure::input(format!(
        "{}: {} of {rows} rows cannot be read\n{}\nhint: {hint}",
        file.display(),
        rejects.len(),
        first.join("\n")
    )))
}

/// Keeps the rows of a plain table that could not be read beside what was made of the others.
fn keep_rejects(out: &Path, rejects: &[RowReject], printer: Printer) -> Result<(), Failure> {
    if rejects.is_empty() {
        return Ok(());
    }
    let path = out.with_extension("rejects.csv");
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut write = |fields: [&str; 4]| writer.write_record(fields).map_err(|e| Failure::Internal(e.into()));
    write(["row", "column", "value", "reason"])?;
    for r in rejects {
        write([&r.row.to_string(), &r.column, &r.value, r.reason])?;
    }
    let bytes = writer.into_inner().map_err(|e| Failure::Internal(e.into_error().into()))?;
    write_whole(&path, &bytes)?;
    printer.note(&format!("kept {} rejected rows in {}", rejects.len(), path.display()));
    Ok(())
}

/// Writes a file under another name and renames it when it is complete.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut part = Part::create(path)?;
    at(part.file().write_all(bytes), path)?;
    part.finish()
}

/// JSON with every character that shows nothing, or that a terminal may obey, as `\uXXXX`: the same values.
fn harmless(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        let plain = c == '\n' || (' '..='~').contains(&c);
        if plain || escape::sentence(c.encode_utf8(&mut [0; 4])).starts_with(c) {
            out.push(c);
        } else {
            // Such characters stand inside strings only, where JSON has a spelling for them.
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_its_values_when_it_is_made_harmless() {
        let value = serde_json::json!({"a": "\u{9b}31m\u{202e}\u{7f}\u{e0041} 口座 \\u{1} \"q\" é\u{301}"});
        let text = harmless(&serde_json::to_string_pretty(&value).unwrap());
        assert!(!text.contains(['\u{9b}', '\u{202e}', '\u{7f}', '\u{e0041}']), "{text}");
        assert!(text.contains("口座"), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
