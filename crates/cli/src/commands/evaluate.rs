//! `evaluate`: a result against the truth of the world it was made from.

use itoguchi_report::load;
use itoguchi_score::{Bound, Found, Side, TrueRing, Truth, json, score, text};

use crate::{
    args::{Evaluate, Format},
    failure::Failure,
    printer::Printer,
};

pub fn run(args: &Evaluate, printer: Printer) -> Result<(), Failure> {
    let bounds = bounds(args)?;
    let truth = Truth::read(&args.truth)?;
    let found = Found::of(&load(&args.out)?.results);
    if let Some(remark) = strangers(&found, &truth) {
        printer.note(&remark);
    }
    let counts = score(&found, &truth);
    match args.format {
        Format::Text => printer.result(&text(&counts)),
        Format::Json => {
            let value = json(&counts, &bounds).map_err(|e| Failure::Internal(e.into()))?;
            let text = serde_json::to_string_pretty(&value).map_err(|e| Failure::Internal(e.into()))?;
            printer.result(&super::harmless(&text));
        }
    }
    let broken: Vec<String> = bounds.iter().filter_map(|b| b.broken(&counts)).collect();
    if broken.is_empty() { Ok(()) } else { Err(Failure::Check(broken.join("\nerror: "))) }
}

/// Every --min, then every --max.
fn bounds(args: &Evaluate) -> Result<Vec<Bound>, Failure> {
    let read = |side: Side, texts: &[String]| -> Result<Vec<Bound>, Failure> {
        texts.iter().map(|text| Ok(Bound::parse(side, text)?)).collect()
    };
    Ok([read(Side::Min, &args.min)?, read(Side::Max, &args.max)?].concat())
}

/// A remark on members of planted rings that the result has never heard of.
fn strangers(found: &Found, truth: &Truth) -> Option<String> {
    let known = found.known.as_ref()?;
    let members = truth.rings.values().flat_map(TrueRing::members);
    let missing = members.filter(|account| !known.contains(*account)).count();
    (missing > 0).then(|| {
        format!(
            "{missing} members of planted rings are not in the data of this result; they count as not found\nhint: \
             check that --truth is the truth of the cases that were correlated"
        )
    })
}
