//! Why a ring is one, and why an account is in it.

use itoguchi_model::{
    Millibits,
    results::{AccountName, EvidenceRow, LinkRow},
};

use super::{TextOptions, page::Page, sections, terms};
use crate::{
    Lang,
    dossier::{
        Episode, View,
        sheets::{EvidenceSheet, MemberSheet, RingSheet},
    },
    error::ReportError,
    escape,
    language::Term,
    layout,
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
    let lang = page.lang();
    page.heading(&terms::ACCOUNT.with(lang, &[&target::account(name)]));
    let results = &view.loaded.results;
    let memberships: Vec<_> = results.ring_members.iter().filter(|m| m.account == *name).collect();
    if memberships.is_empty() {
        outside(page, view, name);
    }
    for member in memberships {
        let sheet = MemberSheet::new(view, member);
        let (probability, ring) = (words::probability(sheet.confidence), escape::id(&member.ring_id));
        let inferred =
            terms::MEMBERSHIP.with(lang, &[&sheet.role_words, &sheet.confidence_words, &probability, &ring]);
        page.labelled(terms::INFERRED, &inferred);
        page.labelled(terms::SEEN, &layout::period(member.first_seen, member.last_seen));
        page.heading(&terms::WHY_IN.with(lang, &[&ring]));
        sections::waterfall(page, &sheet.waterfall, view.loaded.manifest.accounts);
    }
    unattached(page, view, name);
    shared(page, view, name);
    episodes(page, view, name);
    links(page, view, name);
}

/// What is known of an account that is in no ring.
fn outside(page: &mut Page, view: &View<'_>, name: &AccountName) {
    let lang = page.lang();
    page.say(terms::IN_NO_RING);
    let results = &view.loaded.results;
    let strongest = results.episodes.iter().filter(|e| e.account == *name).map(|e| e.bits).max();
    let prior = view.loaded.manifest.prior_millibits;
    let text = match strongest {
        None => terms::NO_EPISODE.text(lang).to_owned(),
        Some(bits) => {
            let (strongest, left) = (layout::exact(bits), layout::exact(bits - prior));
            terms::ONE_EPISODE.with(lang, &[&strongest, &layout::exact(Millibits::ZERO - prior), &left])
        }
    };
    page.line("  ", &text);
}

/// Evidence of the account that supports no ring.
fn unattached(page: &mut Page, view: &View<'_>, name: &AccountName) {
    let full = name.to_string();
    let alone = |e: &&EvidenceRow| e.ring_id.is_none() && e.subject == full;
    let mut rows = view.loaded.results.evidence.iter().filter(alone).peekable();
    if rows.peek().is_some() {
        page.head(terms::UNATTACHED);
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
    page.head(terms::SHARED);
    for row in rows.iter().take(LINKS) {
        sections::evidence(page, &EvidenceSheet::new(view, row), true);
    }
    more(page, rows.len(), LINKS, terms::MORE_PIECES);
}

fn episodes(page: &mut Page, view: &View<'_>, name: &AccountName) {
    page.head(terms::EPISODES_HEADING);
    let mut none = true;
    for row in view.loaded.results.episodes.iter().filter(|e| e.account == *name) {
        sections::episode(page, &Episode::new(row), false);
        none = false;
    }
    if none {
        page.say(terms::NONE);
    }
}

fn links(page: &mut Page, view: &View<'_>, name: &AccountName) {
    page.head(terms::LINKS_HEADING);
    let mut rows: Vec<&LinkRow> =
        view.loaded.results.links.iter().filter(|l| l.a == *name || l.b == *name).collect();
    // The table's order decides between equal bits.
    rows.sort_by_key(|l| std::cmp::Reverse(l.bits));
    if rows.is_empty() {
        page.say(terms::NONE);
    }
    for link in rows.iter().take(LINKS) {
        let text = tie(link, name, page.lang());
        page.line(&format!("{:>10}  ", layout::exact(link.bits)), &text);
    }
    more(page, rows.len(), LINKS, terms::MORE_LINKS);
}

/// Whom `link` ties to `name`, by what and how often.
fn tie(link: &LinkRow, name: &AccountName, lang: Lang) -> String {
    let other = target::account(if link.a == *name { &link.b } else { &link.a });
    // The wordings of kinds do not fit the English sentence.
    let kind = match lang {
        Lang::En => link.kind.name().to_owned(),
        Lang::Ja => words::named_kind(link.kind, lang),
    };
    let occasions = terms::OCCASIONS.count(lang, u64::from(link.occasions));
    let acts = terms::PAIRS_OF_ACTS.count(lang, u64::from(link.acts));
    let mut text = terms::LINK.with(lang, &[&other, &kind, &occasions, &acts]);
    if let Some(q) = link.q_value {
        text = terms::WITH_Q.with(lang, &[&text, &words::small(q)]);
    }
    if let Some(ring) = &link.ring_id {
        text = terms::IN_RING.with(lang, &[&text, &escape::id(ring)]);
    }
    text
}

/// That `all` are more than the `shown` ones, and where the others stand.
fn more(page: &mut Page, all: usize, shown: usize, term: Term) {
    if all > shown {
        let left = term.count(page.lang(), (all - shown) as u64);
        page.line("  ", &left);
    }
}

fn not_available(page: &mut Page, loaded: &Loaded) {
    page.head(terms::NOT_AVAILABLE);
    if loaded.manifest.notes.is_empty() {
        page.say(terms::NOTHING_NOTED);
    }
    for note in &loaded.manifest.notes {
        let text = page.lang().of(note);
        page.free("  - ", text);
    }
}
