//! What the parts of a page share: texts from outside made harmless, numbers, times, sources.

use std::collections::BTreeMap;

use itoguchi_model::Role;
use maud::{Markup, html};

use super::terms;
use crate::{
    dossier::{
        Dossier, Period, View,
        sheets::{EvidenceSheet, Source},
    },
    escape,
    language::{Lang, Term},
    layout, target, words,
};

/// What every part of the page looks things up in.
pub(super) struct Page<'a> {
    pub(super) view: &'a View<'a>,
    pub(super) dossier: &'a Dossier,
    pub(super) lang: Lang,
    files: BTreeMap<&'a str, usize>,
}

impl<'a> Page<'a> {
    pub(super) fn new(view: &'a View<'a>, dossier: &'a Dossier) -> Self {
        let files = dossier.inputs.iter().enumerate().map(|(i, f)| (f.path.as_str(), i + 1)).collect();
        Self { view, dossier, lang: view.lang, files }
    }

    pub(super) fn text(&self, term: Term) -> &'static str {
        term.text(self.lang)
    }

    /// Whole yen, or that they are not known.
    pub(super) fn yen(&self, amount: Option<i64>) -> String {
        layout::yen(amount, self.lang)
    }

    /// A number with up to `decimals` decimals, or a dash.
    pub(super) fn number(&self, value: Option<f64>, decimals: usize) -> String {
        match value {
            Some(_) => layout::number(value, decimals, self.lang),
            None => "–".to_owned(),
        }
    }

    /// `part` of `whole` in per cent, or a dash where there is no whole.
    pub(super) fn percent(&self, part: Option<f64>, whole: Option<f64>) -> String {
        match (part, whole) {
            (Some(part), Some(whole)) if whole > 0.0 => {
                format!("{} %", layout::number(Some(part / whole * 100.0), 1, self.lang))
            }
            _ => "–".to_owned(),
        }
    }

    /// What an act is called.
    pub(super) fn act(&self, act: &str) -> &'static str {
        words::act(act, self.lang)
    }

    /// `F3 rows 12–15, 40` for each file, linked to the list of sources.
    pub(super) fn sources(&self, sources: &[Source]) -> Markup {
        html! {
            @for source in sources {
                span.src {
                    @match self.files.get(source.file.as_str()) {
                        Some(number) => a href={ "#f" (number) } title=(escape::visible(&source.file, 300)) { "F" (number) },
                        None => (escape::visible(&source.file, 300)),
                    }
                    " " (layout::rows(&source.rows, self.lang))
                }
                " "
            }
            @if sources.is_empty() { span.src { (self.text(terms::NO_ROW)) } }
        }
    }

    /// One piece of evidence as the cells of a row: kind, statement, time, bits, sources.
    pub(super) fn evidence_cells(&self, e: &EvidenceSheet) -> Markup {
        html! {
            td { (words::kind(e.kind, self.lang)) br; code { (escape::id(&e.evidence_id)) } }
            td {
                @if words::says_rows(e.kind) { (mark(self, "fact", terms::FACT)) }
                @else { (mark(self, "inference", terms::INFERENCE)) }
                (escape::sentence(&words::spelled_out(&e.statement, self.lang)))
            }
            td.t { (period(e.period)) }
            td.n { (layout::exact(e.bits.0)) }
            td { (self.sources(&e.sources)) }
        }
    }

    pub(super) fn others(&self, seen: &[String], others: usize) -> String {
        let mut parts: Vec<String> = seen.iter().map(|b| escape::id(b)).collect();
        if others > 0 {
            parts.push(terms::OTHER_BROKERS.count(self.lang, others as u64));
        }
        if parts.is_empty() { "–".to_owned() } else { parts.join(", ") }
    }

    /// The signals of a session in words.
    pub(super) fn signals(&self, names: &[String]) -> String {
        let shown: Vec<String> = names.iter().map(|s| escape::id(&words::signal(s, self.lang))).collect();
        if shown.is_empty() { "–".to_owned() } else { shown.join("; ") }
    }

    pub(super) fn member_of(&self, role: Role) -> &'static str {
        words::role(role, self.lang)
    }
}

/// An account, made harmless.
pub(super) fn account(name: &itoguchi_model::results::AccountName) -> String {
    target::account(name)
}

/// From the first to the last moment in Japanese time, without the zone: the headings state it.
pub(super) fn period(period: Period) -> String {
    layout::period(period.start.0, period.end.0).trim_end_matches(" JST").to_owned()
}

/// A heading that begins a part of the page and can be linked to.
pub(super) fn heading(id: &str, text: &str) -> Markup {
    html! { h2 id=(id) { (text) } }
}

/// A chip that says what a statement is.
pub(super) fn mark(page: &Page<'_>, class: &str, term: Term) -> Markup {
    html! { span class={ "mark " (class) } { (page.text(term)) } " " }
}
