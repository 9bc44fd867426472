//! Why a ring is one, and why an account is in it.

use itoguchi_model::{
    Millibits,
    results::{AccountName, EvidenceRow, LinkRow},
};

use super::{TextOptions, page::Page, sections};
use crate::{
    dossier::{
        Episode, View,
        sheets::{EvidenceSheet, MemberSheet, RingSheet},
    },
    error::ReportError,
    escape, layout,
    load::Loaded,
    target::{self, Target},
    words,
};

/// Links listed of an account.
const LINKS: usize = 8;
/// Pieces of evidence listed that speak of a whole ring or of pairs in it.
const SHARED: usize = 20;

/// Explains `target` in 80 columns without colour. See [`explain_with`].
///
/// # Errors
/// When the result has no such ring or account; the hint names near ones.
pub fn explain(loaded: &Loaded, target: &Target) -> Result<String, ReportError> {
    explain_with(loaded, target, &TextOptions::default())
}

/// Explains a ring (summary, members, amounts, names, infrastructure, what holds it and what would break it) or
/// an account: its role, the waterfall of its bits from the prior to the total with the rows behind every piece,
/// its episodes and its strongest links. An account in no ring is explained too.
///
/// The waterfall holds the evidence whose subject is the account alone; it is checked against the recorded bits to
/// the thousandth, and a difference is stated.
///
/// # Errors
/// When the result has no such ring or account; the hint names near ones.
pub fn explain_with(loaded: &Loaded, target: &Target, options: &TextOptions) -> Result<String, ReportError> {
    let view = View::new(loaded, None, options.lang)?;
    let mut page = Page::new(options);
    match target {
        Target::Ring(id) => ring(&mut page, &view, target::find_ring(loaded, id)?),
        Target::Account(broker, token) => {
            account(&mut page, &view, target::find_account(loaded, broker, token)?);
        }
    }
    not_available(&mut page, loaded);
    Ok(page.finish())
}

fn ring(page: &mut Page, view: &View<'_>, place: usize) {
    let sheet = RingSheet::new(view, &view.loaded.results.rings[place]);
    sections::summary(page, &sheet);
    sections::members(page, &sheet);
    sections::amounts(page, &sheet);
    sections::instruments(page, &sheet);
    sections::infrastructure(page, &sheet);
    sections::foundations(page, &sheet);
    sections::shared_evidence(page, &sheet, SHARED);
}

fn account(page: &mut Page, view: &View<'_>, name: &AccountName) {
    page.heading(&format!("ACCOUNT {}", target::account(name)));
    let results = &view.loaded.results;
    let memberships: Vec<_> = results.ring_members.iter().filter(|m| m.account == *name).collect();
    if memberships.is_empty() {
        outside(page, view, name);
    }
    for member in memberships {
        let sheet = MemberSheet::new(view, member);
        let inferred = format!(
            "{}; {} ({}) in ring {}",
            sheet.role_words,
            sheet.confidence_words,
            words::probability(sheet.confidence),
            escape::id(&member.ring_id)
        );
        page.line("  inferred: ", &inferred);
        page.line("  seen:     ", &layout::period(member.first_seen, member.last_seen));
        page.heading(&format!("WHY IT IS NAMED IN {}, in bits that add up", escape::id(&member.ring_id)));
        sections::waterfall(page, &sheet.waterfall, view.loaded.manifest.accounts);
    }
    unattached(page, view, name);
    shared(page, view, name);
    episodes(page, view, name);
    links(page, view, name);
}

/// What is known of an account that is in no ring.
fn outside(page: &mut Page, view: &View<'_>, name: &AccountName) {
    page.line("  ", "In the data, in no ring.");
    let results = &view.loaded.results;
    let strongest = results.episodes.iter().filter(|e| e.account == *name).map(|e| e.bits).max();
    let prior = view.loaded.manifest.prior_millibits;
    let text = match strongest {
        None => "It shows no hijack episode.".to_owned(),
        Some(bits) => format!(
            "Its strongest episode is worth {} bits; with the prior of {} that leaves {}. One family of evidence alone makes no ring.",
            layout::exact(bits),
            layout::exact(Millibits::ZERO - prior),
            layout::exact(bits - prior)
        ),
    };
    page.line("  ", &text);
}

/// Evidence of the account that supports no ring.
fn unattached(page: &mut Page, view: &View<'_>, name: &AccountName) {
    let full = name.to_string();
    let alone = |e: &&EvidenceRow| e.ring_id.is_none() && e.subject == full;
    let mut rows = view.loaded.results.evidence.iter().filter(alone).peekable();
    if rows.peek().is_some() {
        page.heading("EVIDENCE THAT SUPPORTS NO RING");
    }
    for row in rows {
        sections::evidence(page, &EvidenceSheet::new(view, row), false);
    }
}

/// Evidence that names the account and another one; no part of the sum.
fn shared(page: &mut Page, view: &View<'_>, name: &AccountName) {
    let full = name.to_string();
    let names = |e: &&EvidenceRow| e.subject.split_once(" ~ ").is_some_and(|(a, b)| a == full || b == full);
    let mut rows: Vec<&EvidenceRow> = view.loaded.results.evidence.iter().filter(names).collect();
    if rows.is_empty() {
        return;
    }
    rows.sort_by(|a, b| b.bits.cmp(&a.bits).then_with(|| a.evidence_id.cmp(&b.evidence_id)));
    page.heading("EVIDENCE SHARED WITH ANOTHER ACCOUNT, not in the sum");
    for row in rows.iter().take(LINKS) {
        sections::evidence(page, &EvidenceSheet::new(view, row), true);
    }
    more(page, rows.len(), LINKS, "piece", "evidence");
}

fn episodes(page: &mut Page, view: &View<'_>, name: &AccountName) {
    page.heading("EPISODES AND SIGNALS");
    let mut none = true;
    for row in view.loaded.results.episodes.iter().filter(|e| e.account == *name) {
        sections::episode(page, &Episode::new(row), false);
        none = false;
    }
    if none {
        page.line("  ", "none");
    }
}

fn links(page: &mut Page, view: &View<'_>, name: &AccountName) {
    page.heading("STRONGEST LINKS, without the prior");
    let mut rows: Vec<&LinkRow> =
        view.loaded.results.links.iter().filter(|l| l.a == *name || l.b == *name).collect();
    // The table's order decides between equal bits.
    rows.sort_by_key(|l| std::cmp::Reverse(l.bits));
    if rows.is_empty() {
        page.line("  ", "none");
    }
    for link in rows.iter().take(LINKS) {
        let other = if link.a == *name { &link.b } else { &link.a };
        let mut text = format!(
            "bits to {} by {}: {}, {}",
            target::account(other),
            link.kind.name(),
            layout::counted(u64::from(link.occasions), "occasion"),
            layout::counted(u64::from(link.acts), "pair") + " of acts"
        );
        if let Some(q) = link.q_value {
            text.push_str(&format!(", q {}", sections::small(q)));
        }
        if let Some(ring) = &link.ring_id {
            text.push_str(&format!(", in ring {}", escape::id(ring)));
        }
        page.line(&format!("{:>10}  ", layout::exact(link.bits)), &text);
    }
    more(page, rows.len(), LINKS, "link", "links");
}

fn more(page: &mut Page, all: usize, shown: usize, word: &str, table: &str) {
    if all > shown {
        let left = layout::counted((all - shown) as u64, &format!("more {word}"));
        page.line("  ", &format!("and {left} in the table {table}"));
    }
}

fn not_available(page: &mut Page, loaded: &Loaded) {
    page.heading("NOT AVAILABLE, AND WARNINGS");
    if loaded.manifest.notes.is_empty() {
        page.line("  ", "nothing noted");
    }
    for note in &loaded.manifest.notes {
        let text = page.lang().of(note);
        page.free("  - ", text);
    }
}
