//! `rings`: the ranked list.

use itoguchi_report::{TextOptions, load, rings_table};

use crate::{args::Rings, failure::Failure, printer::Printer};

pub fn run(args: &Rings, printer: Printer) -> Result<(), Failure> {
    let loaded = load(&args.out)?;
    let options = TextOptions { width: printer.width(100).min(100), color: printer.color() };
    printer.result(&rings_table(&loaded, &options));
    Ok(())
}
