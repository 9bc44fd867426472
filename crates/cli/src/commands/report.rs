//! `report`: the whole result, or one ring, or one broker's part.

use itoguchi_report::{
    Loaded, ReportOptions, load, preserve_csv, redacted, report_html, report_json, report_markdown,
    report_text,
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
    if args.redact {
        loaded = redacted(&loaded);
    }
    let options =
        ReportOptions { ring: args.ring.clone(), broker: args.broker.clone(), lang: args.lang.into() };
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
