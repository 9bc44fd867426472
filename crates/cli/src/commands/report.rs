//! `report`: the whole result, or one ring, or one broker's part.

use std::{collections::BTreeMap, path::Path};

use itoguchi_report::{
    DailyOptions, Loaded, ReportOptions, daily_json, daily_text, load,
    package::{
        custody::Log,
        decisions::{self, FOLDER},
    },
    preserve_csv, redacted, report_html, report_json, report_markdown, report_text,
};

use crate::{
    args::{Report, ReportFormat},
    failure::Failure,
    printer::Printer,
};

pub fn run(args: &Report, printer: Printer) -> Result<(), Failure> {
    if let Some(dir) = &args.package {
        return super::package::run(args, dir, printer);
    }
    let mut loaded = load(&args.result)?;
    if args.daily {
        return daily(args, &loaded, printer);
    }
    if args.redact {
        loaded = redacted(&loaded);
    }
    // What analysts wrote names accounts; it stays out of what is redacted.
    let decided = if args.redact { BTreeMap::new() } else { decisions::current(&log(&args.result)?) };
    let (ring, broker) = (args.ring.clone(), args.broker.clone());
    let options = ReportOptions { ring, broker, lang: args.lang.into(), decided };
    let text = written(&loaded, &options, args)?;
    super::write_or_print(&text, args.out.as_deref(), printer)
}

fn written(loaded: &Loaded, options: &ReportOptions, args: &Report) -> Result<String, Failure> {
    if args.preserve {
        let csv = preserve_csv(loaded, options)?;
        return String::from_utf8(csv).map_err(|e| Failure::Internal(e.into()));
    }
    Ok(match args.format {
        ReportFormat::Text => report_text(loaded, options)?,
        ReportFormat::Md => report_markdown(loaded, options)?,
        ReportFormat::Html => report_html(loaded, options)?,
        ReportFormat::Json => {
            let value = report_json(loaded, options)?;
            let text = serde_json::to_string_pretty(&value).map_err(|e| Failure::Internal(e.into()))?;
            super::harmless(&text) + "\n"
        }
    })
}

/// The accounts to freeze or call, with what was decided of them since the run.
fn daily(args: &Report, loaded: &Loaded, printer: Printer) -> Result<(), Failure> {
    let as_of = args.as_of.as_deref().map(super::decide::moment).transpose()?;
    let options = DailyOptions { broker: args.broker.clone(), as_of, lang: args.lang.into() };
    let decided = decisions::current(&log(&args.result)?);
    let text = match args.format {
        ReportFormat::Text => daily_text(loaded, &decided, &options)?,
        ReportFormat::Md | ReportFormat::Html => {
            return Err(Failure::input("--daily has no such form\nhint: --format text or json"));
        }
        ReportFormat::Json => {
            let value = daily_json(loaded, &decided, &options)?;
            let text = serde_json::to_string_pretty(&value).map_err(|e| Failure::Internal(e.into()))?;
            super::harmless(&text) + "\n"
        }
    };
    super::write_or_print(&text, args.out.as_deref(), printer)
}

/// What was decided of the result; a log that does not hold decides nothing.
fn log(result: &Path) -> Result<Log, Failure> {
    let dir = result.join(FOLDER);
    if !dir.exists() {
        return Ok(Log::default());
    }
    decisions::read(&dir).map_err(|fault| {
        Failure::input(format!(
            "{}: {fault}\nhint: `itoguchi verify` says all that is wrong; put back a copy of {FOLDER}/ from before",
            result.display()
        ))
    })
}
