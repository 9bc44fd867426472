//! `inspect`: what a case holds, what cannot be read, what a run will cost.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_engine::cost;
use itoguchi_model::{
    AccountId, Instant,
    tables::{Case, IpClass},
};
use itoguchi_report::escape;

use crate::{args::Inspect, failure::Failure, printer::Printer, progress::Stages};

pub fn run(args: &Inspect, printer: Printer) -> Result<(), Failure> {
    let config = super::config(&args.settings)?;
    let case = super::correlate::read(&args.cases, &[], &config, &Stages::new(printer))?;
    let mut text = String::from("FILES\n");
    for s in &case.sources {
        let encoding = s.encoding.as_deref().map(|e| format!(", {e}")).unwrap_or_default();
        text.push_str(&format!(
            "  {}: read {} = used {} + rejected {} ({} bytes{encoding})\n",
            escape::sentence(&s.path),
            s.rows,
            s.used,
            s.rejected,
            s.bytes
        ));
    }
    let s = case.superseded;
    text.push_str(&format!(
        "  executions set aside: {} repeated, {} corrected, {} cancelled\n",
        s.repeated, s.corrected, s.cancelled
    ));
    text.push_str(&period(&case));
    text.push_str(&brokers(&case));
    text.push_str(&columns(&case));
    text.push_str(&rejects(&case));
    if !case.warnings.is_empty() {
        text.push_str("\nWARNINGS\n");
        for warning in &case.warnings {
            text.push_str(&format!("  {}\n", escape::sentence(&warning.en)));
        }
    }
    text.push_str(&estimate(&case, &cost(&case, &config)));
    printer.result(&text);
    Ok(())
}

fn period(case: &Case) -> String {
    let times = || {
        case.logins
            .iter()
            .map(|l| l.time)
            .chain(case.executions.iter().map(|x| x.time))
            .collect::<Vec<Instant>>()
    };
    let times = times();
    match (times.iter().min(), times.iter().max()) {
        (Some(first), Some(last)) => format!("\nPERIOD\n  {} to {}\n", first.jst(), last.jst()),
        _ => "\nPERIOD\n  no dated rows\n".to_owned(),
    }
}

fn brokers(case: &Case) -> String {
    let mut counts: BTreeMap<&str, (BTreeSet<AccountId>, u64, u64)> = BTreeMap::new();
    for l in &case.logins {
        let entry = counts.entry(case.names.broker(l.account)).or_default();
        entry.0.insert(l.account);
        entry.1 += 1;
    }
    for x in &case.executions {
        let entry = counts.entry(case.names.broker(x.account)).or_default();
        entry.0.insert(x.account);
        entry.2 += 1;
    }
    let mut text =
        format!("\nBROKERS\n  {:<16}{:>12}{:>12}{:>12}\n", "broker", "accounts", "logins", "executions");
    for (broker, (accounts, logins, fills)) in counts {
        text.push_str(&format!(
            "  {:<16}{:>12}{logins:>12}{fills:>12}\n",
            escape::sentence(broker),
            accounts.len()
        ));
    }
    text
}

/// How full each optional column is.
fn columns(case: &Case) -> String {
    let mut text = String::from("\nOPTIONAL COLUMNS, share of rows filled\n");
    let mut line = |name: &str, filled: usize, all: usize| {
        if all > 0 {
            text.push_str(&format!("  {name:<28}{:>5.0} %\n", 100.0 * filled as f64 / all as f64));
        }
    };
    let logins = &case.logins;
    let l = logins.len();
    line("logins.ip", logins.iter().filter(|r| r.ip.is_some()).count(), l);
    line("logins.src_port", logins.iter().filter(|r| r.src_port.is_some()).count(), l);
    line("logins.device_id", logins.iter().filter(|r| r.device.is_some()).count(), l);
    line("logins.user_agent", logins.iter().filter(|r| r.user_agent.is_some()).count(), l);
    line("logins.asn", logins.iter().filter(|r| r.asn.is_some()).count(), l);
    line("logins.country", logins.iter().filter(|r| r.country != *b"  ").count(), l);
    line("logins.region", logins.iter().filter(|r| r.region.is_some()).count(), l);
    line("logins.ip_class", logins.iter().filter(|r| r.ip_class != IpClass::Unknown).count(), l);
    line("logins.session_id", logins.iter().filter(|r| r.session.is_some()).count(), l);
    let fills = &case.executions;
    let x = fills.len();
    line("executions.execution_id", fills.iter().filter(|r| r.execution_id.is_some()).count(), x);
    line("executions.order_id", fills.iter().filter(|r| r.order_id.is_some()).count(), x);
    line("executions.session_id", fills.iter().filter(|r| r.session.is_some()).count(), x);
    line("executions.venue", fills.iter().filter(|r| r.venue.is_some()).count(), x);
    line("executions.counterparty", fills.iter().filter(|r| r.counterparty.is_some()).count(), x);
    let timed = fills.iter().filter(|r| r.precision != itoguchi_model::Precision::Day).count();
    line("executions with time of day", timed, x);
    text
}

fn rejects(case: &Case) -> String {
    if case.rejects.is_empty() {
        return "\nREJECTS\n  none\n".to_owned();
    }
    let mut by_reason: BTreeMap<(&str, &str), (u64, String)> = BTreeMap::new();
    for r in &case.rejects {
        let entry = by_reason.entry((&r.column, &r.reason)).or_insert_with(|| {
            let path = &case.sources[r.source.file as usize].path;
            (0, format!("{path} row {}: {}", r.source.row, r.value))
        });
        entry.0 += 1;
    }
    let mut text = String::from("\nREJECTS\n");
    for ((column, reason), (rows, first)) in by_reason {
        text.push_str(&format!("  {rows} × {column}: {reason}\n    first: {}\n", escape::sentence(&first)));
    }
    text
}

fn estimate(case: &Case, cost: &itoguchi_engine::Cost) -> String {
    format!(
        "\nWHAT A RUN WILL COST\n  {} accounts: a link must overcome {:.1} bits\n  {} coincidences of purchases and {} of \
         sales within the window\n  about {:.0} MiB of memory\n",
        case.names.accounts.len(),
        itoguchi_engine::prior(case).bits(),
        cost.buys,
        cost.sales,
        cost.memory as f64 / 1_048_576.0
    )
}
