//! `explain`: why a ring, why an account.

use itoguchi_report::{Target, TextOptions, explain_with, load};

use crate::{args::Explain, failure::Failure, printer::Printer};

pub fn run(args: &Explain, printer: Printer) -> Result<(), Failure> {
    let loaded = load(&args.out)?;
    let options =
        TextOptions { width: printer.width(100).min(100), color: printer.color(), lang: args.lang.into() };
    printer.result(&explain_with(&loaded, &Target::parse(&args.target), &options)?);
    Ok(())
}
