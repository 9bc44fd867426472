//! The whole report in plain text.

use super::{TextOptions, page::Page, sections, terms};
use crate::{
    Lang,
    dossier::{self, Dossier, Input, ReportOptions, Rows},
    error::ReportError,
    escape, layout,
    load::Loaded,
    terms::COMMA,
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
    let mut page = Page::new(&TextOptions { lang: options.lang, ..TextOptions::default() });
    header(&mut page, &dossier);
    if dossier.rings.is_empty() {
        page.head(terms::RINGS_HEADING);
        page.say(terms::NO_RINGS);
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
    page.head(terms::LIMITATIONS);
    for limitation in &dossier.limitations {
        page.free("  - ", limitation);
    }
    Ok(page.finish())
}

fn header(page: &mut Page, d: &Dossier) {
    let lang = page.lang();
    page.head(terms::REPORT);
    page.labelled(terms::TOOL, &format!("itoguchi {}", escape::id(&d.tool_version)));
    page.labelled(terms::SCOPE, &scope(d, lang));
    let accounts = terms::ACCOUNTS.count(lang, u64::from(d.accounts));
    let prior = layout::exact(d.prior_bits.0);
    let prior = terms::ACCOUNTS_AND_PRIOR.with(lang, &[&accounts, &prior.trim_start_matches('+')]);
    page.labelled(terms::ACCOUNTS_LABEL, &prior);
    page.labelled(terms::ROWS_LABEL, &balance(d.rows, lang));
    let s = d.superseded;
    let [repeated, corrected, cancelled] = [s.repeated, s.corrected, s.cancelled].map(layout::grouped);
    page.under_label(&terms::SET_ASIDE.with(lang, &[&repeated, &corrected, &cancelled]));
    page.head(terms::INPUTS);
    for input in &d.inputs {
        file(page, input);
    }
}

fn balance(rows: Rows, lang: Lang) -> String {
    let [read, used, rejected] = [rows.read, rows.used, rows.rejected].map(layout::grouped);
    terms::BALANCE.with(lang, &[&read, &used, &rejected])
}

fn scope(d: &Dossier, lang: Lang) -> String {
    let ring = d.scope.ring.as_ref().map(|r| terms::SCOPE_RING.with(lang, &[&escape::id(r)]));
    let broker = d.scope.broker.as_ref().map(|b| terms::SCOPE_BROKER.with(lang, &[&escape::id(b)]));
    match (ring, broker) {
        (None, None) => terms::EVERYTHING.text(lang).to_owned(),
        (ring, broker) => ring.into_iter().chain(broker).collect::<Vec<_>>().join(COMMA.text(lang)),
    }
}

fn file(page: &mut Page, input: &Input) {
    let lang = page.lang();
    page.item(&escape::visible(&input.path, 300));
    let hash = escape::visible(&input.sha256.chars().take(HASH).collect::<String>(), HASH * 8);
    let bytes = terms::BYTES.count(lang, input.bytes);
    let mut rows = balance(input.rows, lang);
    if !input.rows.balance() {
        rows = terms::UNBALANCED.with(lang, &[&rows]);
    }
    page.line("      ", &terms::FILE.with(lang, &[&escape::id(&input.table), &bytes, &hash, &rows]));
    if let Some(encoding) = &input.encoding {
        page.line("      ", &terms::ENCODING.with(lang, &[&escape::id(encoding)]));
    }
}

fn bursts(page: &mut Page, d: &Dossier) {
    page.head(terms::BURSTS_HEADING);
    if d.bursts.is_empty() {
        page.say(terms::NONE);
    }
    for burst in &d.bursts {
        sections::burst(page, burst);
    }
}

fn lone_episodes(page: &mut Page, d: &Dossier) {
    if d.scope.ring.is_some() {
        return;
    }
    page.head(terms::LONE_EPISODES);
    if d.lone_episodes.is_empty() {
        page.say(terms::NONE);
    }
    for episode in &d.lone_episodes {
        sections::episode(page, episode, true);
    }
}
