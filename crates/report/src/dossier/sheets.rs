//! The sheet of one ring, and of one member in it.

use std::collections::BTreeMap;

use itoguchi_model::{
    Family, Instant, Kind, Millibits, Role,
    results::{AccountName, EpisodeRow, EvidenceRow, InfrastructureRow, InstrumentRow, MemberRow, RingRow},
};
use serde::Serialize;

use super::{
    Bits, Moment, Period, View,
    growth::{self, Step},
    opinions::{self, Opinion},
    quality::{self, Quality},
    sellers::{SellerSheet, sellers},
    tape::{self, DaySheet},
};
use crate::{
    language::{Lang, Term},
    terms, words,
};

/// Everything a reader may know of one ring.
#[derive(Debug, Serialize)]
pub(crate) struct RingSheet {
    pub(crate) ring_id: String,
    pub(crate) likelihood: f64,
    pub(crate) likelihood_words: &'static str,
    pub(crate) score_bits: Bits,
    pub(crate) window: Period,
    pub(crate) brokers: Vec<String>,
    pub(crate) other_brokers: usize,
    pub(crate) victims: u32,
    pub(crate) sellers: u32,
    pub(crate) linked: u32,
    pub(crate) families: Vec<FamilySum>,
    pub(crate) independent_families: usize,
    pub(crate) quality: Quality,
    pub(crate) members: Vec<MemberSheet>,
    /// On which day they first acted.
    pub(crate) growth: Vec<Step>,
    /// Members at other brokers, by role; null where the reader sees all.
    pub(crate) not_shown: Option<NotShown>,
    /// What the suspected sellers did in each name, most proceeds first.
    pub(crate) seller_ranking: Vec<SellerSheet>,
    pub(crate) amounts: Vec<Amount>,
    pub(crate) instruments: Vec<InstrumentSheet>,
    pub(crate) days: Vec<DaySheet>,
    pub(crate) infrastructure: Vec<InfrastructureSheet>,
    /// Evidence of the ring as a whole, and of pairs in it.
    pub(crate) evidence: Vec<EvidenceSheet>,
    pub(crate) weakest_point: String,
    pub(crate) innocent_explanations: Vec<String>,
    /// What analysts decided of its members.
    pub(crate) opinions: Vec<Opinion>,
}

/// Members that are only counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct NotShown {
    pub(crate) victims: u32,
    pub(crate) sellers: u32,
    pub(crate) linked: u32,
}

/// What one family adds, over the evidence that is shown.
#[derive(Debug, Serialize)]
pub(crate) struct FamilySum {
    pub(crate) family: Family,
    /// Whether the ring counts it among those that hold it.
    pub(crate) holds: bool,
    pub(crate) pieces: usize,
    pub(crate) bits: Bits,
}

/// An amount with its formula.
#[derive(Debug, Serialize)]
pub(crate) struct Amount {
    pub(crate) name: &'static str,
    pub(crate) formula: &'static str,
    pub(crate) jpy: Option<i64>,
    /// Whether it speaks of suspected sellers; null means none where there are none.
    #[serde(skip)]
    pub(crate) of_sellers: bool,
}

/// One name a ring bought. What rests on other brokers' accounts is null for a reader of one broker.
#[derive(Debug, Serialize)]
pub(crate) struct InstrumentSheet {
    pub(crate) instrument: String,
    pub(crate) bought: Option<Period>,
    pub(crate) victim_buy_qty: Option<f64>,
    pub(crate) seller_sell_qty: Option<f64>,
    pub(crate) market_qty: Option<f64>,
    pub(crate) price_before: Option<f64>,
    pub(crate) price_peak: Option<f64>,
    pub(crate) price_after: Option<f64>,
}

/// One device or address a ring shared.
#[derive(Debug, Serialize)]
pub(crate) struct InfrastructureSheet {
    pub(crate) kind: Kind,
    pub(crate) value: String,
    pub(crate) role: &'static str,
    pub(crate) role_words: &'static str,
    pub(crate) bits: Bits,
    pub(crate) accounts: u32,
    pub(crate) brokers: Vec<String>,
    pub(crate) other_brokers: usize,
    pub(crate) used: Option<Period>,
}

/// One member and why it is one.
#[derive(Debug, Serialize)]
pub(crate) struct MemberSheet {
    pub(crate) account: AccountName,
    pub(crate) role: Role,
    pub(crate) role_words: &'static str,
    pub(crate) confidence: f64,
    pub(crate) confidence_words: &'static str,
    pub(crate) first_seen: Moment,
    pub(crate) last_seen: Moment,
    pub(crate) waterfall: Waterfall,
}

/// Prior, evidence, total.
#[derive(Debug, Serialize)]
pub(crate) struct Waterfall {
    pub(crate) prior_bits: Bits,
    pub(crate) evidence: Vec<EvidenceSheet>,
    /// Prior and evidence added up.
    pub(crate) sum_bits: Bits,
    /// What the result records for the member.
    pub(crate) recorded_bits: Bits,
    /// Whether the two are equal, to the thousandth.
    pub(crate) adds_up: bool,
}

/// One piece of evidence.
#[derive(Debug, Serialize)]
pub(crate) struct EvidenceSheet {
    pub(crate) evidence_id: String,
    pub(crate) kind: Kind,
    pub(crate) family: Family,
    pub(crate) bits: Bits,
    pub(crate) subject: String,
    pub(crate) object: String,
    pub(crate) period: Period,
    pub(crate) statement: String,
    pub(crate) sources: Vec<Source>,
}

/// Rows of one file.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Source {
    pub(crate) file: String,
    pub(crate) rows: Vec<u64>,
}

impl RingSheet {
    pub(crate) fn new(view: &View<'_>, ring: &RingRow) -> Self {
        let all = view.members(&ring.ring_id);
        let shown: Vec<&MemberRow> =
            all.iter().copied().filter(|m| view.disclosure.shows(&m.account)).collect();
        let partial = shown.len() < all.len();
        let members: Vec<MemberSheet> = shown.iter().map(|m| MemberSheet::new(view, m)).collect();
        let evidence = shared_evidence(view, ring);
        let instruments = instruments(view, ring, &shown, partial);
        let names: Vec<&str> = instruments.iter().map(|i| i.instrument.as_str()).collect();
        let (brokers, other_brokers) = view.brokers(&ring.brokers);
        Self {
            ring_id: ring.ring_id.clone(),
            likelihood: ring.likelihood,
            likelihood_words: words::likelihood(ring.likelihood, view.lang),
            score_bits: Bits(ring.score),
            window: if partial { seen(&shown).unwrap_or(whole(ring)) } else { whole(ring) },
            brokers,
            other_brokers,
            victims: ring.victims,
            sellers: ring.sellers,
            linked: ring.linked,
            families: family_sums(ring, &members, &evidence),
            independent_families: Family::independent_count(&ring.families),
            quality: quality::of_ring(view, ring, &members),
            growth: growth::of(&members),
            members,
            not_shown: partial.then(|| not_shown(ring, &shown)),
            seller_ranking: sellers(view, ring, partial),
            amounts: if partial { own_amounts(view, &shown) } else { whole_amounts(ring, view.lang) },
            days: tape::days(view, ring, &names, partial),
            instruments,
            infrastructure: infrastructure(view, ring, partial),
            evidence,
            weakest_point: view.disclosure.text(view.lang.of(&ring.weakest_point)),
            innocent_explanations: ring
                .innocent_explanations
                .iter()
                .map(|e| view.disclosure.text(view.lang.of(e)))
                .collect(),
            opinions: opinions::of_ring(view, ring),
        }
    }
}

fn whole(ring: &RingRow) -> Period {
    Period::new(ring.window.0, ring.window.1)
}

fn seen(members: &[&MemberRow]) -> Option<Period> {
    let start = members.iter().map(|m| m.first_seen).min()?;
    let end = members.iter().map(|m| m.last_seen).max()?;
    Some(Period::new(start, end))
}

fn not_shown(ring: &RingRow, shown: &[&MemberRow]) -> NotShown {
    let count =
        |role: Role| u32::try_from(shown.iter().filter(|m| m.role == role).count()).unwrap_or(u32::MAX);
    NotShown {
        victims: ring.victims.saturating_sub(count(Role::Victim)),
        sellers: ring.sellers.saturating_sub(count(Role::Seller)),
        linked: ring.linked.saturating_sub(count(Role::Linked)),
    }
}

fn whole_amounts(ring: &RingRow, lang: Lang) -> Vec<Amount> {
    let amount = |(name, formula, jpy): (Term, Term, Option<i64>)| Amount {
        name: name.text(lang),
        formula: formula.text(lang),
        jpy,
        of_sellers: [terms::SELLER_PROCEEDS.en, terms::SELLER_PROFIT.en].contains(&name.en),
    };
    words::amounts(ring).into_iter().map(amount).collect()
}

/// Sums over the episodes of the reader's own accounts: all of the amounts that rest on no other account.
fn own_amounts(view: &View<'_>, shown: &[&MemberRow]) -> Vec<Amount> {
    let inside = |e: &&EpisodeRow| {
        shown.iter().any(|m| {
            m.role == Role::Victim
                && m.account == e.account
                && m.first_seen <= e.end
                && e.start <= m.last_seen
        })
    };
    let episodes: Vec<&EpisodeRow> = view.loaded.results.episodes.iter().filter(inside).collect();
    let sum = |amount: fn(&EpisodeRow) -> Option<i64>| {
        episodes.iter().map(|e| amount(e)).try_fold(0_i64, |sum, a| sum.checked_add(a?))
    };
    vec![
        Amount {
            name: terms::OWN_FORCED_SALES.text(view.lang),
            formula: terms::OWN_FORCED_SALES_IS.text(view.lang),
            jpy: sum(|e| e.sold_jpy),
            of_sellers: false,
        },
        Amount {
            name: terms::OWN_FRAUDULENT_BUYS.text(view.lang),
            formula: terms::OWN_FRAUDULENT_BUYS_IS.text(view.lang),
            jpy: sum(|e| e.bought_jpy),
            of_sellers: false,
        },
    ]
}

fn instruments(view: &View<'_>, ring: &RingRow, shown: &[&MemberRow], partial: bool) -> Vec<InstrumentSheet> {
    // A broker may know the names its own accounts bought in an episode; others would tell of other accounts.
    let bought_here =
        |name: &str| {
            view.loaded.results.episodes.iter().any(|e| {
                e.instruments.iter().any(|i| i == name) && shown.iter().any(|m| m.account == e.account)
            })
        };
    let sheet = |i: &InstrumentRow| InstrumentSheet {
        instrument: i.instrument.clone(),
        bought: (!partial).then(|| Period::new(i.first_buy, i.last_buy)),
        victim_buy_qty: i.victim_buy_qty.filter(|_| !partial),
        seller_sell_qty: i.seller_sell_qty.filter(|_| !partial),
        market_qty: i.market_qty,
        price_before: i.price_before,
        price_peak: i.price_peak,
        price_after: i.price_after,
    };
    let rows = view.loaded.results.ring_instruments.iter().filter(|i| i.ring_id == ring.ring_id);
    rows.filter(|i| !partial || bought_here(&i.instrument)).map(sheet).collect()
}

fn infrastructure(view: &View<'_>, ring: &RingRow, partial: bool) -> Vec<InfrastructureSheet> {
    let sheet = |i: &InfrastructureRow| {
        let (brokers, other_brokers) = view.brokers(&i.brokers);
        InfrastructureSheet {
            kind: i.kind,
            value: i.value.clone(),
            role: i.role,
            role_words: words::infrastructure(i.role, view.lang),
            bits: Bits(i.bits),
            accounts: i.accounts,
            brokers,
            other_brokers,
            used: (!partial).then(|| Period::new(i.first_seen, i.last_seen)),
        }
    };
    let rows = view.loaded.results.ring_infrastructure.iter().filter(|i| i.ring_id == ring.ring_id);
    rows.filter(|i| view.disclosure.broker().is_none_or(|own| i.brokers.iter().any(|b| b == own)))
        .map(sheet)
        .collect()
}

/// Evidence that speaks of no single member, without the pairs this reader may not see.
fn shared_evidence(view: &View<'_>, ring: &RingRow) -> Vec<EvidenceSheet> {
    let rows = view.shared_evidence(&ring.ring_id);
    let may_see = |e: &&EvidenceRow| view.disclosure.allows(&e.subject);
    rows.into_iter().filter(may_see).map(|e| EvidenceSheet::new(view, e)).collect()
}

fn family_sums(ring: &RingRow, members: &[MemberSheet], shared: &[EvidenceSheet]) -> Vec<FamilySum> {
    let mut sums: BTreeMap<Family, (usize, Millibits)> =
        ring.families.iter().map(|f| (*f, (0, Millibits::ZERO))).collect();
    for e in members.iter().flat_map(|m| &m.waterfall.evidence).chain(shared) {
        let (pieces, bits) = sums.entry(e.family).or_default();
        *pieces += 1;
        *bits += e.bits.0;
    }
    sums.into_iter()
        .map(|(family, (pieces, bits))| FamilySum {
            family,
            holds: ring.families.contains(&family),
            pieces,
            bits: Bits(bits),
        })
        .collect()
}

impl MemberSheet {
    pub(crate) fn new(view: &View<'_>, member: &MemberRow) -> Self {
        Self {
            account: member.account.clone(),
            role: member.role,
            role_words: words::role(member.role, view.lang),
            confidence: member.confidence,
            confidence_words: words::likelihood(member.confidence, view.lang),
            first_seen: Moment(member.first_seen),
            last_seen: Moment(member.last_seen),
            waterfall: Waterfall::new(view, member),
        }
    }
}

impl Waterfall {
    /// The evidence that speaks of this account alone, and whether it adds up to what is recorded.
    fn new(view: &View<'_>, member: &MemberRow) -> Self {
        let rows = view.evidence(&member.ring_id, &member.account.to_string());
        let prior = Millibits::ZERO - view.loaded.manifest.prior_millibits;
        let sum = prior + rows.iter().map(|e| e.bits).sum();
        Self {
            prior_bits: Bits(prior),
            evidence: rows.iter().map(|e| EvidenceSheet::new(view, e)).collect(),
            sum_bits: Bits(sum),
            recorded_bits: Bits(member.bits),
            adds_up: sum == member.bits,
        }
    }

    /// What the listed evidence does not account for.
    pub(crate) fn missing(&self) -> Millibits {
        self.recorded_bits.0 - self.sum_bits.0
    }
}

impl EvidenceSheet {
    pub(crate) fn new(view: &View<'_>, row: &EvidenceRow) -> Self {
        let source = |(file, rows): &(String, Vec<u64>)| Source {
            file: view.disclosure.text(file),
            rows: rows.clone(),
        };
        Self {
            evidence_id: row.evidence_id.clone(),
            kind: row.kind,
            family: row.kind.family(),
            bits: Bits(row.bits),
            subject: view.disclosure.text(&row.subject),
            object: view.disclosure.text(&row.object),
            period: Period::new(row.start, row.end),
            statement: view.disclosure.text(match view.lang {
                Lang::En => &row.statement_en,
                Lang::Ja => &row.statement_ja,
            }),
            sources: row.sources.iter().map(source).collect(),
        }
    }

    pub(crate) fn bounds(&self) -> (Instant, Instant) {
        (self.period.start.0, self.period.end.0)
    }
}
