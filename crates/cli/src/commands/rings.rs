//! `rings`: the ranked list, or who fell short of it.

use itoguchi_report::{TextOptions, candidates_table, load, rings_table};

use crate::{args::Rings, failure::Failure, printer::Printer};

pub fn run(args: &Rings, printer: Printer) -> Result<(), Failure> {
    let loaded = load(&args.out)?;
    let options =
        TextOptions { width: printer.width(100).min(100), color: printer.color(), lang: args.lang.into() };
    let list = if args.candidates { candidates_table } else { rings_table };
    printer.result(&list(&loaded, &options));
    Ok(())
}
