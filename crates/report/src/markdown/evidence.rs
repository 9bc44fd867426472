//! Evidence: why a member is one, and what speaks of the ring as a whole.

use itoguchi_model::Kind;

use super::{
    account, file, id, mark,
    page::{Page, Table},
    period, terms, text,
};
use crate::{
    Lang,
    dossier::{
        Bits,
        sheets::{EvidenceSheet, MemberSheet, RingSheet, Waterfall},
    },
    escape,
    language::Term,
    layout, words,
};

/// What stands where nothing is to be said.
const NOTHING: &str = "–";

/// From the prior to the total: why `m` is named.
pub(super) fn waterfall(page: &mut Page, m: &MemberSheet, accounts: u32) {
    let lang = page.lang();
    page.heading(4, &terms::WHY.with(lang, &[&account(&m.account)]));
    let columns = [terms::BITS_HEAD, terms::KIND, terms::SEEN, terms::STATEMENT, terms::SOURCES, terms::ID];
    let mut table = Table::new(lang, &columns);
    let prior = terms::PRIOR_IS.with(lang, &[&layout::grouped(u64::from(accounts))]);
    table.row(sum(m.waterfall.prior_bits, terms::PRIOR_ROW, &prior, lang));
    for e in &m.waterfall.evidence {
        table.row(piece(e, lang));
    }
    table.row(sum(m.waterfall.sum_bits, terms::TOTAL_ROW, &total(&m.waterfall, lang), lang));
    page.table(&table);
}

/// Whether the pieces add up to what is recorded.
fn total(w: &Waterfall, lang: Lang) -> String {
    if w.adds_up {
        return terms::TOTAL.text(lang).to_owned();
    }
    terms::TOTAL_DIFFERS.with(lang, &[&layout::exact(w.recorded_bits.0), &layout::exact(w.missing())])
}

/// The row of the prior or the total.
fn sum(bits: Bits, name: Term, said: &str, lang: Lang) -> Vec<String> {
    let said = format!("{} {said}", mark(terms::INFERENCE, lang));
    let nothing = || NOTHING.to_owned();
    vec![layout::exact(bits.0), name.text(lang).to_owned(), nothing(), said, nothing(), nothing()]
}

fn piece(e: &EvidenceSheet, lang: Lang) -> Vec<String> {
    let mut kind = format!("{} {}", words::kind(e.kind, lang), id(e.kind.name()));
    if !e.object.is_empty() {
        kind = format!("{kind}: {}", escape::markdown_code(&e.object, 140));
    }
    let said = format!("{} {}", mark(standing(e.kind), lang), text(&words::spelled_out(&e.statement, lang)));
    vec![layout::exact(e.bits.0), kind, period(e.period), said, sources(e, lang), id(&e.evidence_id)]
}

fn standing(kind: Kind) -> Term {
    if words::says_rows(kind) { terms::FACT } else { terms::INFERENCE }
}

/// The rows a piece rests on, file by file.
fn sources(e: &EvidenceSheet, lang: Lang) -> String {
    if e.sources.is_empty() {
        return terms::NO_ROW.text(lang).to_owned();
    }
    let source =
        |s: &crate::dossier::sheets::Source| format!("{} {}", file(&s.file), layout::rows(&s.rows, lang));
    e.sources.iter().map(source).collect::<Vec<_>>().join("; ")
}

/// What speaks of the ring itself or of pairs in it.
pub(super) fn of_the_ring(page: &mut Page, ring: &RingSheet) {
    let lang = page.lang();
    page.heading(3, terms::RING_EVIDENCE.text(lang));
    let columns = [
        terms::BITS_HEAD,
        terms::KIND,
        terms::SEEN,
        terms::STATEMENT,
        terms::SOURCES,
        terms::ID,
        terms::ABOUT,
    ];
    let mut table = Table::new(lang, &columns);
    for e in &ring.evidence {
        let mut cells = piece(e, lang);
        cells.push(escape::markdown_code(&e.subject, 140));
        table.row(cells);
    }
    page.table(&table);
}
