//! The whole report in plain text.

use super::{TextOptions, page::Page, sections};
use crate::{
    dossier::{self, Dossier, Input, ReportOptions},
    error::ReportError,
    escape, layout,
    load::Loaded,
};

/// Characters of a SHA-256 that are printed; the manifest has all of them.
const HASH: usize = 16;

/// The report in 80 columns: what went in, each ring with its members and the evidence for each, bursts, episodes
/// in no ring, limitations.
///
/// With [`ReportOptions::broker`] it holds only rings with accounts of that broker, and of all other brokers'
/// accounts only counts.
///
/// # Errors
/// When the ring or broker asked for is not in the result.
pub fn report_text(loaded: &Loaded, options: &ReportOptions) -> Result<String, ReportError> {
    let dossier = dossier::dossier(loaded, options)?;
    let mut page = Page::new(&TextOptions::default());
    header(&mut page, &dossier);
    if dossier.rings.is_empty() {
        page.heading("RINGS");
        page.line("  ", "none was found in what was looked at");
    }
    for ring in &dossier.rings {
        sections::summary(&mut page, ring);
        sections::members(&mut page, ring);
        sections::amounts(&mut page, ring);
        sections::instruments(&mut page, ring);
        sections::infrastructure(&mut page, ring);
        sections::foundations(&mut page, ring);
        sections::shared_evidence(&mut page, ring, usize::MAX);
        for member in &ring.members {
            sections::member(&mut page, member, dossier.accounts);
        }
    }
    bursts(&mut page, &dossier);
    lone_episodes(&mut page, &dossier);
    page.heading("LIMITATIONS");
    for limitation in &dossier.limitations {
        page.free("  - ", limitation);
    }
    Ok(page.finish())
}

fn header(page: &mut Page, d: &Dossier) {
    page.heading("REPORT");
    page.line("  tool:     ", &format!("itoguchi {}", escape::id(&d.tool_version)));
    page.line("  scope:    ", &scope(d));
    let accounts = format!(
        "{}; prior against each {} bits",
        layout::counted(u64::from(d.accounts), "account"),
        layout::exact(d.prior_bits.0).trim_start_matches('+')
    );
    page.line("  accounts: ", &accounts);
    let rows = format!(
        "{} read = {} used + {} rejected",
        layout::grouped(d.rows.read),
        layout::grouped(d.rows.used),
        layout::grouped(d.rows.rejected)
    );
    page.line("  rows:     ", &rows);
    let s = d.superseded;
    let aside = format!(
        "of those used, set aside by rule: {} repeated, {} corrected, {} cancelled",
        layout::grouped(s.repeated),
        layout::grouped(s.corrected),
        layout::grouped(s.cancelled)
    );
    page.line("            ", &aside);
    page.heading("INPUT FILES");
    for input in &d.inputs {
        file(page, input);
    }
}

fn scope(d: &Dossier) -> String {
    let ring = d.scope.ring.as_ref().map(|r| format!("ring {}", escape::id(r)));
    let broker = d.scope.broker.as_ref().map(|b| format!("accounts of {}", escape::id(b)));
    match (ring, broker) {
        (None, None) => "everything".to_owned(),
        (ring, broker) => ring.into_iter().chain(broker).collect::<Vec<_>>().join(", "),
    }
}

fn file(page: &mut Page, input: &Input) {
    page.hanging("  ", "      ", &escape::visible(&input.path, 300));
    let text = format!(
        "{}; {}; SHA-256 {}…; {} read = {} used + {} rejected{}",
        escape::id(&input.table),
        layout::counted(input.bytes, "byte"),
        escape::visible(&input.sha256.chars().take(HASH).collect::<String>(), HASH * 8),
        layout::grouped(input.rows.read),
        layout::grouped(input.rows.used),
        layout::grouped(input.rows.rejected),
        if input.rows.balance() { "" } else { " (does not balance)" }
    );
    page.line("      ", &text);
    if let Some(encoding) = &input.encoding {
        page.line("      ", &format!("encoding {}", escape::id(encoding)));
    }
}

fn bursts(page: &mut Page, d: &Dossier) {
    page.heading("BURSTS");
    if d.bursts.is_empty() {
        page.line("  ", "none");
    }
    for burst in &d.bursts {
        sections::burst(page, burst);
    }
}

fn lone_episodes(page: &mut Page, d: &Dossier) {
    if d.scope.ring.is_some() {
        return;
    }
    page.heading("EPISODES IN NO RING (inferred)");
    if d.lone_episodes.is_empty() {
        page.line("  ", "none");
    }
    for episode in &d.lone_episodes {
        sections::episode(page, episode, true);
    }
}
