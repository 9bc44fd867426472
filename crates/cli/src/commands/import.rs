//! `import`: customers' downloads into a case folder.

use itoguchi_ingest::importers::{self, Broker};

use crate::{args::Import, failure::Failure, printer::Printer};

pub fn run(args: &Import, printer: Printer) -> Result<(), Failure> {
    let broker: Broker = args.broker.parse()?;
    let summary = importers::import(&args.files, broker, &args.account, &args.out, args.allow_overlap)?;
    for d in &summary.downloads {
        let mut text = format!(
            "{}: {}, {}; read {} = used {} + skipped {} + rejected {}",
            d.path.display(),
            d.layout.id(),
            d.encoding.name(),
            d.read,
            d.used,
            d.skipped_rows(),
            d.rejected
        );
        for (reason, rows) in &d.skipped {
            text.push_str(&format!("\n  skipped {rows}: {}", reason.name()));
        }
        for flag in &d.flags {
            // The importer has spelled out what a terminal would obey.
            text.push_str(&format!("\n  note: {flag}"));
        }
        if let Some(path) = &d.rejects {
            text.push_str(&format!("\n  rejected rows are kept in {}", path.display()));
        }
        printer.note(&text);
    }
    printer.note(&format!(
        "{}: read {} = used {} + skipped {} + rejected {}",
        args.out.display(),
        summary.read(),
        summary.used(),
        summary.skipped(),
        summary.rejected()
    ));
    Ok(())
}
