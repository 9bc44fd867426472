//! `report`: the whole result, or one ring, or one broker's part.

use itoguchi_report::{ReportOptions, load, report_json, report_markdown, report_text};

use crate::{
    args::{Report, ReportFormat},
    failure::Failure,
    printer::Printer,
};

pub fn run(args: &Report, printer: Printer) -> Result<(), Failure> {
    let loaded = load(&args.result)?;
    let options =
        ReportOptions { ring: args.ring.clone(), broker: args.broker.clone(), lang: args.lang.into() };
    let text = match args.format {
        ReportFormat::Text => report_text(&loaded, &options)?,
        ReportFormat::Md => report_markdown(&loaded, &options)?,
        ReportFormat::Json => {
            let value = report_json(&loaded, &options)?;
            let text = serde_json::to_string_pretty(&value).map_err(|e| Failure::Internal(e.into()))?;
            super::harmless(&text) + "\n"
        }
    };
    super::write_or_print(&text, args.out.as_deref(), printer)
}
