//! A score in words and figures, for people.

use std::fmt::Write as _;

use itoguchi_report::escape;

use crate::{
    counts::{CONFIDENCE_BINS, Counts, Overlap, Share},
    metrics::{METRICS, bcubed_ratios, ratios},
    truth::AMOUNTS,
};

/// The score as text: a table of counts, the harm, the calibration, and every metric by name.
#[must_use]
pub fn text(counts: &Counts) -> String {
    let mut out = String::new();
    write_text(&mut out, counts).expect("writing to a string does not fail");
    out
}

fn write_text(out: &mut String, counts: &Counts) -> std::fmt::Result {
    let c = counts;
    writeln!(
        out,
        "{:<16}{:>9}{:>9}{:>9}{:>11}{:>9}{:>9}",
        "WHAT", "right", "listed", "planted", "precision", "recall", "F1"
    )?;
    for (name, overlap) in [
        ("victims", c.victims),
        ("sellers", c.sellers),
        ("any role", c.members),
        ("rings", c.rings),
        ("pairs", c.pairs),
    ] {
        row(out, name, overlap)?;
    }
    let [p, r, f] = bcubed_ratios(c.bcubed).map(shown);
    writeln!(out, "{:<16}{:>9}{:>9}{:>9}{p:>11}{r:>9}{f:>9}", "B-cubed", "", "", "")?;
    if let Some(i) = c.infrastructure {
        let (p, r) = (shown(i.found.ratio()), shown(i.findable.ratio()));
        let (right, listed, planted) = (i.found.right, i.found.of, i.findable.of);
        writeln!(out, "{:<16}{right:>9}{listed:>9}{planted:>9}{p:>11}{r:>9}", "addr., devices")?;
    }
    writeln!(out)?;
    writeln!(
        out,
        "{} split off, {} merged; {} of {} members without a role are in a planted ring",
        c.splits, c.merges, c.linked.right, c.linked.of
    )?;
    harm(out, c)?;
    calibration(out, c)?;
    amounts(out, c)?;
    writeln!(out, "\nMETRICS")?;
    for metric in METRICS {
        writeln!(out, "{:<28}{:>16}  {}", metric.name, figure(metric.name, metric.value(c)), metric.meaning)?;
    }
    Ok(())
}

fn row(out: &mut String, name: &str, o: Overlap) -> std::fmt::Result {
    let [p, r, f] = ratios(o).map(shown);
    writeln!(out, "{name:<16}{:>9}{:>9}{:>9}{p:>11}{r:>9}{f:>9}", o.right, o.found, o.truth)
}

fn harm(out: &mut String, c: &Counts) -> std::fmt::Result {
    writeln!(out, "\nINNOCENTS IN RINGS: {}, of whom {} by an address", c.innocents, c.framed)?;
    for (label, share) in c.decoys.iter().filter(|(_, share)| share.right > 0) {
        let of = if share.of > 0 { format!(" of {}", share.of) } else { String::new() };
        writeln!(out, "  {:<30}{}{of}", escape::id(label), share.right)?;
    }
    Ok(())
}

fn calibration(out: &mut String, c: &Counts) -> std::fmt::Result {
    writeln!(out, "\nMEMBERS BY CONFIDENCE, AND HOW MANY ARE RIGHT")?;
    for (bin, share) in c.confidence.iter().enumerate().filter(|(_, share)| share.of > 0) {
        writeln!(out, "  {:<30}{}", bin_name(bin), of(*share))?;
    }
    writeln!(out, "\nLINKS WITH q OF 0.05 OR LESS, AND HOW MANY ARE INSIDE ONE PLANTED RING")?;
    for (kind, share) in &c.links {
        writeln!(out, "  {:<30}{}", escape::id(kind), of(*share))?;
    }
    Ok(())
}

fn amounts(out: &mut String, c: &Counts) -> std::fmt::Result {
    writeln!(out, "\nAMOUNTS OF MATCHED RINGS: MEDIAN ERROR")?;
    for (name, errors) in AMOUNTS.iter().zip(&c.amounts) {
        let missing =
            if errors.missing > 0 { format!(", {} not stated", errors.missing) } else { String::new() };
        let yen = errors.median().map_or("-".to_owned(), |v| format!("{v:.0} yen"));
        let share = errors.median_share().map_or(String::new(), |v| format!(" ({:.2} %)", 100.0 * v));
        writeln!(out, "  {name:<30}{yen}{share}, {} rings{missing}", errors.errors.len())?;
    }
    Ok(())
}

/// The bin's range of confidence.
pub(crate) fn bin_name(bin: usize) -> String {
    let high = CONFIDENCE_BINS.get(bin + 1).copied().unwrap_or(1.0);
    format!("{:.2} to {high:.2}", CONFIDENCE_BINS[bin])
}

fn of(share: Share) -> String {
    format!("{} of {} ({})", share.right, share.of, shown(share.ratio()))
}

/// A ratio with three decimals; `-` for what is undefined.
pub(crate) fn shown(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |v| format!("{v:.3}"))
}

/// Counts and yen as whole numbers, ratios with three decimals.
pub(crate) fn figure(name: &str, value: Option<f64>) -> String {
    let whole =
        ["rings", "splits", "merges", "innocents", "framed"].contains(&name) || name.ends_with("_jpy");
    match value {
        Some(v) if whole => format!("{v:.0}"),
        value => shown(value),
    }
}
