//! Whom to call today: for each broker its accounts in rings, most urgent first, apart from what is decided already.
//!
//! Urgency is an order, not a score: nothing here is computed that the result does not hold. The rule is a term, `ORDER`, and is
//! printed with the list. The clock is never asked.

mod page;
mod terms;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use itoguchi_model::{
    Instant,
    results::{AccountName, EpisodeRow, MemberRow},
    tables::ReportKind,
    time::DAY,
};
use serde::Serialize;

use crate::{
    dossier::{Bits, Moment, disclosure::Disclosure},
    error::ReportError,
    language::Lang,
    layout,
    load::Loaded,
    package::decisions::Decision,
    words,
};

/// Version of the list's JSON; a change of meaning raises it.
const SCHEMA_VERSION: u32 = 1;
/// The signal that credentials, contact or bank details were changed.
const CHANGED: &str = "A6_contact_changed";

/// Which accounts are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DailyOptions {
    /// Those of this broker alone.
    pub broker: Option<String>,
    /// Those whose acts ended in the 24 hours up to this moment; all, where it is not given.
    pub as_of: Option<Instant>,
    /// The language of its words.
    pub lang: Lang,
}

/// The list.
#[derive(Debug, Serialize)]
struct Daily {
    schema_version: u32,
    notice: &'static str,
    as_of: Option<Moment>,
    order: &'static str,
    not_known: &'static str,
    brokers: Vec<Broker>,
}

/// One broker's part.
#[derive(Debug, Serialize)]
struct Broker {
    broker: String,
    days: Vec<Day>,
    decided: Vec<Decided>,
    /// Accounts with an odd session and in no ring: not to be frozen on that alone.
    episodes_in_no_ring: usize,
}

/// Accounts that acted last on one day.
#[derive(Debug, Serialize)]
struct Day {
    /// In Japan.
    day: String,
    accounts: Vec<Account>,
}

/// One account.
#[derive(Debug, Serialize)]
struct Account {
    account: AccountName,
    ring_id: String,
    role: &'static str,
    role_words: &'static str,
    confidence: f64,
    confidence_words: &'static str,
    bits: Bits,
    last_act: Moment,
    credentials_changed: bool,
    signals: Vec<String>,
    sold_jpy: Option<i64>,
    bought_jpy: Option<i64>,
    instruments: Vec<String>,
    /// What was decided before its last act, or what reports said that went in.
    earlier: Vec<String>,
}

/// An account on which somebody decided, on all that this result holds of it.
#[derive(Debug, Serialize)]
struct Decided {
    account: AccountName,
    kind: &'static str,
    kind_words: &'static str,
    ring_id: Option<String>,
    /// Who and when; none where it was known before the run.
    by: Option<String>,
    time: Option<String>,
    why: Option<String>,
}

/// The list as JSON: the content of [`daily_text`]. Keys are sorted; equal results and decisions give equal values.
///
/// # Errors
/// When the broker asked for has no account in the result.
pub fn daily_json(
    loaded: &Loaded,
    decided: &BTreeMap<AccountName, Decision>,
    options: &DailyOptions,
) -> Result<serde_json::Value, ReportError> {
    let list = daily(loaded, decided, options)?;
    let mut value = serde_json::to_value(&list).expect("the list has text keys and its values are plain");
    value.sort_all_objects();
    Ok(value)
}

/// The list in plain text of 80 columns. O(n log n) in members and episodes.
///
/// # Errors
/// When the broker asked for has no account in the result.
pub fn daily_text(
    loaded: &Loaded,
    decided: &BTreeMap<AccountName, Decision>,
    options: &DailyOptions,
) -> Result<String, ReportError> {
    Ok(page::text(&daily(loaded, decided, options)?, options.lang))
}

fn daily(
    loaded: &Loaded,
    decided: &BTreeMap<AccountName, Decision>,
    options: &DailyOptions,
) -> Result<Daily, ReportError> {
    let disclosure = Disclosure::new(&loaded.results, options.broker.as_deref(), options.lang)?;
    let view = View::new(loaded, decided, options, &disclosure);
    let mut brokers: BTreeMap<String, Broker> = BTreeMap::new();
    let mut part = |name: &AccountName, put: &mut dyn FnMut(&mut Broker)| {
        if disclosure.shows(name) {
            put(brokers.entry(name.broker.clone()).or_insert_with(|| Broker::empty(&name.broker)));
        }
    };
    for (member, last_act) in view.members() {
        match view.settled(member, last_act) {
            Some(settled) => {
                part(&member.account, &mut |b| b.decided.push(view.decided(&settled, Some(member))));
            }
            None => part(&member.account, &mut |b| b.add(view.account(member, last_act))),
        }
    }
    let members: BTreeSet<&AccountName> = loaded.results.ring_members.iter().map(|m| &m.account).collect();
    for decision in decided.values().filter(|d| !members.contains(&d.account)) {
        let settled = Settled::Log(decision);
        part(&decision.account, &mut |b| b.decided.push(view.decided(&settled, None)));
    }
    let alone = loaded.results.episodes.iter().filter(|e| !members.contains(&e.account));
    let alone: BTreeSet<&AccountName> = alone.filter(|e| view.within(e.end)).map(|e| &e.account).collect();
    for account in alone {
        part(account, &mut |b| b.episodes_in_no_ring += 1);
    }
    if let Some(code) = &options.broker {
        brokers.entry(code.clone()).or_insert_with(|| Broker::empty(code));
    }
    let mut brokers: Vec<Broker> = brokers.into_values().collect();
    brokers.iter_mut().for_each(Broker::sort);
    Ok(Daily {
        schema_version: SCHEMA_VERSION,
        notice: crate::terms::NOTICE.text(options.lang),
        as_of: options.as_of.map(Moment),
        order: terms::ORDER.text(options.lang),
        not_known: terms::NOT_KNOWN.text(options.lang),
        brokers,
    })
}

impl Broker {
    fn empty(code: &str) -> Self {
        Self { broker: code.to_owned(), days: Vec::new(), decided: Vec::new(), episodes_in_no_ring: 0 }
    }

    fn add(&mut self, account: Account) {
        let day = account.last_act.0.jst_date().to_string();
        match self.days.iter_mut().find(|d| d.day == day) {
            Some(found) => found.accounts.push(account),
            None => self.days.push(Day { day, accounts: vec![account] }),
        }
    }

    /// As `ORDER` says.
    fn sort(&mut self) {
        self.days.sort_by(|a, b| b.day.cmp(&a.day));
        for day in &mut self.days {
            day.accounts.sort_by(|a, b| a.urgency().cmp(&b.urgency()));
        }
        self.decided.sort_by(|a, b| a.account.cmp(&b.account));
    }
}

impl Account {
    fn urgency(&self) -> (usize, bool, Reverse<Instant>, Reverse<i64>, &AccountName) {
        // The steps of the words for a likelihood.
        let likely = [0.95, 0.80, 0.55, 0.45].iter().filter(|step| self.confidence < **step).count();
        let (last, bits) = (Reverse(self.last_act.0), Reverse(self.bits.0.0));
        (likely, !self.credentials_changed, last, bits, &self.account)
    }
}

/// Why an account needs no call.
enum Settled<'a> {
    /// It was decided, on all that this result holds of it.
    Log(&'a Decision),
    /// A report that went in named it.
    Input(&'a AccountName, ReportKind),
}

/// A result, indexed by account.
struct View<'a> {
    loaded: &'a Loaded,
    decisions: &'a BTreeMap<AccountName, Decision>,
    as_of: Option<Instant>,
    lang: Lang,
    disclosure: &'a Disclosure<'a>,
    episodes: BTreeMap<&'a AccountName, Vec<&'a EpisodeRow>>,
    reported: BTreeMap<&'a AccountName, &'a [String]>,
}

impl<'a> View<'a> {
    fn new(
        loaded: &'a Loaded,
        decisions: &'a BTreeMap<AccountName, Decision>,
        options: &DailyOptions,
        disclosure: &'a Disclosure<'a>,
    ) -> Self {
        let mut episodes: BTreeMap<&AccountName, Vec<&EpisodeRow>> = BTreeMap::new();
        for episode in &loaded.results.episodes {
            episodes.entry(&episode.account).or_default().push(episode);
        }
        let with = loaded.results.accounts.iter().filter(|a| !a.reported.is_empty());
        let reported = with.map(|a| (&a.account, a.reported.as_slice())).collect();
        Self { loaded, decisions, as_of: options.as_of, lang: options.lang, disclosure, episodes, reported }
    }

    /// Whether something that ended then is shown.
    fn within(&self, end: Instant) -> bool {
        self.as_of.is_none_or(|at| end <= at && at.since(end) < DAY)
    }

    fn episodes(&self, account: &AccountName) -> impl Iterator<Item = &'a EpisodeRow> + use<'a, '_> {
        let all = self.episodes.get(account).into_iter().flatten().copied();
        all.filter(|e| self.within(e.end))
    }

    /// Each account in rings once, where it has most bits, with its last act that is shown.
    fn members(&self) -> Vec<(&'a MemberRow, Instant)> {
        let mut strongest: BTreeMap<&AccountName, &MemberRow> = BTreeMap::new();
        for member in &self.loaded.results.ring_members {
            let known = strongest.entry(&member.account).or_insert(member);
            if member.bits > known.bits {
                *known = member;
            }
        }
        let last = |m: &'a MemberRow| {
            let ends = self.episodes(&m.account).map(|e| e.end);
            let own = self.within(m.last_seen).then_some(m.last_seen);
            ends.chain(own).max().map(|last| (m, last))
        };
        strongest.into_values().filter_map(last).collect()
    }

    /// What was decided of a member, if nothing happened since.
    fn settled(&self, member: &'a MemberRow, last_act: Instant) -> Option<Settled<'a>> {
        if let Some(decision) = self.decisions.get(&member.account) {
            return (decision.reported_at >= last_act).then_some(Settled::Log(decision));
        }
        let kinds = self.reported.get(&member.account)?;
        [ReportKind::Victim, ReportKind::Suspect]
            .into_iter()
            .find(|kind| kinds.iter().any(|k| k == kind.name()))
            .map(|kind| Settled::Input(&member.account, kind))
    }

    fn decided(&self, settled: &Settled<'_>, member: Option<&MemberRow>) -> Decided {
        let ring_id = member.map(|m| m.ring_id.clone());
        match settled {
            Settled::Log(d) => Decided {
                account: d.account.clone(),
                kind: d.kind.name(),
                kind_words: page::kind(d.kind, self.lang),
                ring_id,
                by: Some(d.by.clone()),
                time: Some(d.time.clone()),
                why: Some(self.disclosure.text(&d.why)),
            },
            Settled::Input(account, kind) => Decided {
                account: (*account).clone(),
                kind: kind.name(),
                kind_words: page::kind(*kind, self.lang),
                ring_id,
                by: None,
                time: None,
                why: None,
            },
        }
    }

    fn account(&self, member: &MemberRow, last_act: Instant) -> Account {
        let episodes: Vec<&EpisodeRow> = self.episodes(&member.account).collect();
        let sorted = |values: fn(&EpisodeRow) -> &Vec<String>| -> Vec<String> {
            let distinct: BTreeSet<&String> = episodes.iter().flat_map(|e| values(e)).collect();
            distinct.into_iter().cloned().collect()
        };
        let signals = sorted(|e| &e.signals);
        // Unknown where one of them is, and where there is none to ask.
        let sum = |amount: fn(&EpisodeRow) -> Option<i64>| -> Option<i64> {
            let all: Option<Vec<i64>> = episodes.iter().map(|e| amount(e)).collect();
            all.filter(|a| !a.is_empty()).map(|a| a.into_iter().fold(0, i64::saturating_add))
        };
        Account {
            account: member.account.clone(),
            ring_id: member.ring_id.clone(),
            role: member.role.name(),
            role_words: words::role(member.role, self.lang),
            confidence: member.confidence,
            confidence_words: words::likelihood(member.confidence, self.lang),
            bits: Bits(member.bits),
            last_act: Moment(last_act),
            credentials_changed: signals.iter().any(|s| s == CHANGED),
            signals,
            sold_jpy: sum(|e| e.sold_jpy),
            bought_jpy: sum(|e| e.bought_jpy),
            instruments: sorted(|e| &e.instruments),
            earlier: self.earlier(&member.account),
        }
    }

    /// What was said of an account before its last act.
    fn earlier(&self, account: &AccountName) -> Vec<String> {
        let decision = self.decisions.get(account).map(|d| {
            let until = layout::clock(d.reported_at);
            terms::EARLIER.with(self.lang, &[&page::kind(d.kind, self.lang), &d.by, &until])
        });
        let cleared = self.reported.get(account).filter(|kinds| kinds.iter().any(|k| k == "cleared"));
        let input =
            cleared.filter(|_| decision.is_none()).map(|_| terms::CLEARED_BEFORE.text(self.lang).to_owned());
        decision.into_iter().chain(input).collect()
    }
}
