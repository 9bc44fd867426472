//! The list in plain text of 80 columns.

use itoguchi_model::tables::ReportKind;

use super::{Account, Broker, Daily, Decided, terms};
use crate::{
    escape,
    language::{Lang, Term},
    layout, target, words,
};

/// Indent of what is told of one account.
const INDENT: &str = "       ";
/// Values listed before the rest is only counted.
const LISTED: usize = 12;

/// The whole list.
pub(super) fn text(list: &Daily, lang: Lang) -> String {
    let mut page = Page { out: String::new(), lang };
    page.line("", list.notice);
    page.heading(terms::TITLE.text(lang));
    let span = match list.as_of {
        Some(at) => terms::LAST_DAY.with(lang, &[&layout::clock(at.0)]),
        None => terms::EVERYTHING.text(lang).to_owned(),
    };
    page.told(terms::SHOWN, &span);
    page.told(terms::ORDER_HEAD, list.order);
    page.told(terms::NOT_KNOWN_HEAD, list.not_known);
    for broker in &list.brokers {
        page.broker(broker);
    }
    if list.brokers.is_empty() {
        page.heading(terms::NOBODY.text(lang));
    }
    page.out
}

struct Page {
    out: String,
    lang: Lang,
}

impl Page {
    fn line(&mut self, lead: &str, text: &str) {
        let rest = " ".repeat(layout::width(lead));
        self.out.push_str(&layout::wrap(text, 80, lead, &rest));
    }

    fn told(&mut self, head: Term, text: &str) {
        let lead = format!("  {}", head.text(self.lang));
        self.line(&lead, text);
    }

    fn heading(&mut self, text: &str) {
        self.out.push('\n');
        self.line("", text);
    }

    fn broker(&mut self, part: &Broker) {
        let listed = part.days.iter().map(|d| d.accounts.len() as u64).sum::<u64>();
        let count = terms::ACCOUNTS_N.count(self.lang, listed);
        self.heading(&format!("{}: {count}", escape::id(&part.broker)));
        let mut number = 0;
        for day in &part.days {
            self.line("  ", &terms::DAY.with(self.lang, &[&day.day]));
            for account in &day.accounts {
                number += 1;
                self.account(number, account);
            }
        }
        if !part.decided.is_empty() {
            self.line("  ", terms::DECIDED.text(self.lang));
        }
        for decided in &part.decided {
            self.decided(decided);
        }
        if part.episodes_in_no_ring > 0 {
            let count = terms::ACCOUNTS_N.count(self.lang, part.episodes_in_no_ring as u64);
            self.line("  ", &terms::ALONE.with(self.lang, &[&count]));
        }
    }

    fn account(&mut self, number: usize, a: &Account) {
        let lang = self.lang;
        self.line(&format!("  {number:>3}. "), &format!("{}: {}", target::account(&a.account), a.role_words));
        let (sure, ring) = (words::probability(a.confidence), escape::id(&a.ring_id));
        let bits = layout::exact(a.bits.0);
        self.line(INDENT, &terms::SURE.with(lang, &[&a.confidence_words, &sure, &bits, &ring]));
        self.line(INDENT, &terms::LAST_ACT.with(lang, &[&layout::clock(a.last_act.0)]));
        if !a.signals.is_empty() {
            let signals: Vec<String> = a.signals.iter().map(|s| words::signal(s, lang)).collect();
            self.line(INDENT, &terms::SIGNALS.with(lang, &[&self.listed(&signals)]));
            let (sold, bought) = (layout::yen(a.sold_jpy, lang), layout::yen(a.bought_jpy, lang));
            let names = self.listed(&a.instruments);
            self.line(INDENT, &terms::TRADED.with(lang, &[&sold, &bought, &names]));
        }
        for earlier in &a.earlier {
            self.line(INDENT, &escape::sentence(earlier));
        }
    }

    fn decided(&mut self, d: &Decided) {
        let lang = self.lang;
        let mut said = match (&d.by, &d.time) {
            (Some(by), Some(time)) => {
                terms::BY.with(lang, &[&d.kind_words, &escape::id(by), &escape::id(time)])
            }
            _ => terms::IN_A_REPORT.with(lang, &[&d.kind_words]),
        };
        if let Some(ring) = &d.ring_id {
            said = terms::OF_RING.with(lang, &[&said, &escape::id(ring)]);
        }
        if let Some(why) = &d.why {
            said = terms::BECAUSE.with(lang, &[&said, &escape::visible(why, 300)]);
        }
        self.line("     - ", &format!("{}: {said}", target::account(&d.account)));
    }

    fn listed(&self, values: &[String]) -> String {
        let shown: Vec<String> = values.iter().take(LISTED).map(|v| escape::id(v)).collect();
        let shown = shown.join(crate::terms::COMMA.text(self.lang));
        match values.len() {
            0 => terms::NONE.text(self.lang).to_owned(),
            n if n > LISTED => terms::AND_MORE.with(self.lang, &[&shown, &(n - LISTED)]),
            _ => shown,
        }
    }
}

/// What somebody decided or reported of an account.
pub(super) fn kind(kind: ReportKind, lang: Lang) -> &'static str {
    let term = match kind {
        ReportKind::Victim => crate::terms::DECIDED_VICTIM,
        ReportKind::Suspect => crate::terms::DECIDED_SUSPECT,
        ReportKind::Cleared => crate::terms::DECIDED_CLEARED,
    };
    term.text(lang)
}
