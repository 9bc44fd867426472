//! The rows of `links`: inside rings, and between any two accounts where the evidence exceeds the prior or the
//! false discovery rate holds.

use std::collections::BTreeMap;

use itoguchi_coaction::{
    Act, Acts, CoactionError, NO_CONTENT, SweepOptions, all_pairs, object_bits, q_values, sweep_between,
};
use itoguchi_model::{
    AccountId, Instant, Kind, Millibits, Precision, Role, RowRef,
    results::{EvidenceRow, LinkRow},
    tables::{Case, Execution, Side},
    time::SECOND,
};
use itoguchi_rings::{
    Context,
    form::Ring,
    objects::{Object, Shared, of_login},
    roles,
    rows::{account_name, content_id, sources},
};
use itoguchi_signals::occasions::equal_range;
use rayon::prelude::*;

use crate::{config::Coaction, trades};

/// A link before its row is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    pub a: AccountId,
    pub b: AccountId,
    pub kind: Kind,
    pub bits: Millibits,
    pub occasions: u32,
    pub acts: u32,
    pub q_value: Option<f64>,
    /// Index of the ring both belong to.
    pub ring: Option<u32>,
}

impl Link {
    fn key(&self) -> (AccountId, AccountId, Kind) {
        (self.a, self.b, self.kind)
    }
}

pub(crate) fn ordered(x: AccountId, y: AccountId) -> (AccountId, AccountId) {
    (x.min(y), x.max(y))
}

/// What a link outside rings takes.
#[derive(Clone, Copy, Debug)]
pub struct Floor {
    /// Least bits where no rate of false discoveries is known.
    pub bits: Millibits,
    /// Largest q-value of common trades.
    pub q_value: f64,
}

impl Floor {
    /// What `links` holds: more than the prior, or the false discovery rate of the settings.
    pub fn of(context: &Context, coaction: &Coaction) -> Self {
        Self { bits: context.prior(), q_value: coaction.max_q_value }
    }
}

/// All links above `floor`: those of `rings`, then those of everybody else, each pair and kind once.
pub fn all(
    context: &Context,
    rings: &[Ring],
    coaction: &Coaction,
    floor: Floor,
) -> Result<Vec<Link>, CoactionError> {
    let mut found: Vec<Link> = Vec::new();
    for (index, ring) in rings.iter().enumerate() {
        let inside = inside(context, ring).into_iter().chain(opposite(context, ring, coaction)?);
        found.extend(inside.map(|link| Link { ring: Some(index as u32), ..link }));
    }
    found.extend(infrastructure(context, floor.bits));
    found.extend(trades::links(context.case, coaction, floor.q_value)?);
    found.extend(counterparties(context, floor.bits));
    // Stable: of several the first stands, and rings come first.
    found.par_sort_by_key(Link::key);
    found.dedup_by_key(|link| link.key());
    // A link found outside the ring's own stages still lies inside it if both ends do.
    let mut ring_of: BTreeMap<AccountId, Vec<u32>> = BTreeMap::new();
    for (index, ring) in rings.iter().enumerate() {
        for member in &ring.members {
            ring_of.entry(member.account).or_default().push(index as u32);
        }
    }
    for link in found.iter_mut().filter(|l| l.ring.is_none()) {
        let (a, b) = (ring_of.get(&link.a), ring_of.get(&link.b));
        link.ring = a.zip(b).and_then(|(a, b)| a.iter().find(|r| b.contains(r)).copied());
    }
    Ok(found)
}

/// Links between the odd occasions of a ring, with the false discovery rate among all pairs of odd occasions.
fn inside(context: &Context, ring: &Ring) -> Vec<Link> {
    let mut by_pair: BTreeMap<(AccountId, AccountId, Kind), Link> = BTreeMap::new();
    for pair in &ring.pairs {
        let (a, b) = ordered(context.account(pair.a), context.account(pair.b));
        let shared = &context.objects[pair.object as usize];
        let kind = match shared.object {
            Object::Bought(..) | Object::BoughtBoth(..)
                if by_day(context, pair.a) || by_day(context, pair.b) =>
            {
                Kind::CoBuyDay
            }
            object => object.kind(),
        };
        let empty =
            Link { a, b, kind, bits: Millibits::ZERO, occasions: 0, acts: 0, q_value: None, ring: None };
        let link = by_pair.entry((a, b, kind)).or_insert(empty);
        link.occasions += pair.occasions;
        link.acts = link.acts.saturating_add(pair.acts);
        // Devices and addresses of one login are not independent: the best counts. Names are.
        link.bits = if kind.family() == itoguchi_model::Family::Infrastructure {
            link.bits.max(pair.bits)
        } else {
            link.bits + pair.bits
        };
    }
    let mut links: Vec<Link> = by_pair.into_values().collect();
    let marked = (0..context.occasions.len()).filter(|i| context.is_marked(*i)).count() as u32;
    let traded: Vec<usize> =
        (0..links.len()).filter(|i| matches!(links[*i].kind, Kind::CoBuy | Kind::CoBuyDay)).collect();
    // Here P(coincide | unrelated) is 2^−bits itself.
    let ln_p: Vec<f64> = traded.iter().map(|i| -links[*i].bits.bits() * std::f64::consts::LN_2).collect();
    for (i, q) in traded.into_iter().zip(q_values(&ln_p, all_pairs(marked))) {
        links[i].q_value = Some(q);
    }
    links
}

fn by_day(context: &Context, occasion: u32) -> bool {
    context.occasions[occasion as usize].day_only
}

/// A suspected seller's sales within the window of each victim's purchases.
fn opposite(context: &Context, ring: &Ring, coaction: &Coaction) -> Result<Vec<Link>, CoactionError> {
    let mut links = Vec::new();
    for seller in ring.members.iter().filter(|m| m.role == Role::Seller) {
        let bits = seller.pieces.iter().filter(|p| p.kind == Kind::SoldIntoRise).map(|p| p.bits).max();
        let (from, to) = equal_range(&context.case.executions, |x| x.account, seller.account);
        let sales = context.case.executions[from..to]
            .iter()
            .filter(|f| ring.bursts.iter().any(|b| roles::inside(context, b, f)));
        let names: Vec<_> = ring.bursts.iter().map(|b| (b.instrument, b.date)).collect();
        let buys = ring
            .members
            .iter()
            .flat_map(|m| &m.occasions)
            .flat_map(|o| &context.occasions[*o as usize].fills)
            .map(|f| &context.case.executions[*f as usize])
            .filter(|f| f.side == Side::Buy && names.contains(&(f.instrument, f.time.jst_date())));
        let options = SweepOptions::within(Some(i64::from(coaction.opposite_window) * SECOND));
        for pair in sweep_between(&acts(buys), &acts(sales), &options)? {
            let (a, b) = ordered(AccountId(pair.a), AccountId(pair.b));
            links.push(Link {
                a,
                b,
                kind: Kind::Opposite,
                bits: bits.unwrap_or_default().positive(),
                occasions: pair.occasions,
                acts: u32::try_from(pair.acts).unwrap_or(u32::MAX),
                q_value: None,
                ring: None,
            });
        }
    }
    Ok(links)
}

/// Fills as acts on their name. Those of which only the day is known have no minute and are left out.
fn acts<'a>(fills: impl Iterator<Item = &'a Execution>) -> Acts {
    fills
        .filter(|f| f.precision != Precision::Day)
        .map(|f| Act { object: f.instrument.0, time: f.time.0, actor: f.account.0, content: NO_CONTENT })
        .collect()
}

/// Devices and addresses of more accounts than this are left to the odd occasions, where no object is too popular to
/// be looked at: among ordinary accounts an office or a carrier says nothing, and its pairs are as many as the square
/// of its accounts.
const MOST_USERS: u32 = 16;

/// Small enough for every pair of its accounts to be looked at.
fn is_small(shared: &&Shared) -> bool {
    shared.users <= MOST_USERS && slot(shared).is_some()
}

/// Pairs that share devices and addresses worth `floor` together.
fn infrastructure(context: &Context, floor: Millibits) -> Vec<Link> {
    let mut shared_by: Vec<(AccountId, AccountId, usize, Kind, Millibits)> = Vec::new();
    for shared in context.objects.iter().filter(is_small) {
        let Some(slot) = slot(shared) else { continue };
        let bits = shared.bits(context.case);
        shared_by.extend(pairs_of(shared).map(|(a, b)| (a, b, slot, shared.object.kind(), bits)));
    }
    shared_by.par_sort_unstable();
    shared_by
        .chunk_by(|x, y| (x.0, x.1) == (y.0, y.1))
        .filter(|pair| pair.iter().map(|(.., bits)| *bits).sum::<Millibits>() >= floor)
        .flat_map(|pair| pair.chunk_by(|x, y| x.2 == y.2))
        .map(|run| {
            let ((a, b, _, kind, _), times) = (run[0], run.len() as u32);
            let bits = run.iter().map(|(.., bits)| *bits).sum();
            Link { a, b, kind, bits, occasions: times, acts: times, q_value: None, ring: None }
        })
        .collect()
}

fn pairs_of(shared: &Shared) -> impl Iterator<Item = (AccountId, AccountId)> + '_ {
    let actors = &shared.actors;
    (0..actors.len()).flat_map(move |i| actors[i + 1..].iter().map(move |b| (actors[i].account, b.account)))
}

fn slot(shared: &Shared) -> Option<usize> {
    match shared.object {
        Object::Device(_) => Some(0),
        Object::Address(_) => Some(1),
        Object::Bought(..) | Object::BoughtBoth(..) => None,
    }
}

/// Accounts whose source itself names the other as the counterparty. One that trades with everybody, as a market
/// maker does, is worth little.
fn counterparties(context: &Context, floor: Millibits) -> Vec<Link> {
    let mut acts: BTreeMap<(AccountId, AccountId), u32> = BTreeMap::new();
    for fill in context.case.executions.iter().filter(|f| f.counterparty.is_some()) {
        if fill.counterparty != fill.account {
            *acts.entry(ordered(fill.account, fill.counterparty)).or_default() += 1;
        }
    }
    let mut partners: BTreeMap<AccountId, u32> = BTreeMap::new();
    for (a, b) in acts.keys() {
        *partners.entry(*a).or_default() += 1;
        *partners.entry(*b).or_default() += 1;
    }
    let accounts = context.case.names.accounts.len() as u32;
    acts.into_iter()
        .map(|((a, b), acts)| Link {
            a,
            b,
            kind: Kind::Counterparty,
            bits: object_bits(accounts, partners[&a].max(partners[&b])),
            occasions: 1,
            acts,
            q_value: None,
            ring: None,
        })
        .filter(|l| l.bits >= floor)
        .collect()
}

/// The evidence of links outside rings: which rows each rests on. Links inside rings have theirs member by member.
pub fn evidence(
    context: &Context,
    links: &[Link],
    coaction: &Coaction,
) -> Result<Vec<EvidenceRow>, CoactionError> {
    let outside: Vec<&Link> = links.iter().filter(|l| l.ring.is_none()).collect();
    let at = |key: (AccountId, AccountId, Kind)| outside.binary_search_by_key(&key, |l| l.key()).ok();
    let mut pieces: Vec<Behind> = outside.iter().map(|_| Behind::default()).collect();
    for shared in context.objects.iter().filter(is_small) {
        for (a, b) in pairs_of(shared) {
            if let Some(at) = at((a, b, shared.object.kind())) {
                let rows = [a, b].into_iter().flat_map(|x| login_rows(context, x, shared.object));
                pieces[at].add(shared.object.name(context.case), rows);
            }
        }
    }
    for kind in trades::KINDS {
        let pairs = outside.iter().filter(|l| l.kind == kind).map(|l| (l.a, l.b)).collect();
        for ((a, b), fills) in trades::fills(context.case, coaction, kind, &pairs)? {
            let name = context.case.names.instrument(fills[0].instrument).to_owned();
            if let Some(at) = at((a, b, kind)) {
                pieces[at].add(name, fills.iter().map(|f| (f.source, f.time)));
            }
        }
    }
    for fill in context.case.executions.iter().filter(|f| f.counterparty.is_some()) {
        let (a, b) = ordered(fill.account, fill.counterparty);
        if let Some(at) = at((a, b, Kind::Counterparty)) {
            let name = context.case.names.instrument(fill.instrument).to_owned();
            pieces[at].add(name, [(fill.source, fill.time)].into_iter());
        }
    }
    let stands = |(_, behind): &(&Link, Behind)| !behind.objects.is_empty();
    let rows = outside.into_par_iter().zip(pieces).filter(stands);
    Ok(rows.map(|(link, behind)| behind.row(context, link)).collect())
}

/// What a link rests on.
#[derive(Default)]
struct Behind {
    /// In any order, some more than once.
    objects: Vec<String>,
    rows: Vec<RowRef>,
    times: Option<(Instant, Instant)>,
}

impl Behind {
    fn add(&mut self, object: String, rows: impl Iterator<Item = (RowRef, Instant)>) {
        self.objects.push(object);
        for (row, time) in rows {
            self.rows.push(row);
            let times = self.times.get_or_insert((time, time));
            *times = (times.0.min(time), times.1.max(time));
        }
    }

    fn row(mut self, context: &Context, link: &Link) -> EvidenceRow {
        let names = &context.case.names;
        let subject = format!("{} ~ {}", names.account(link.a), names.account(link.b));
        self.objects.sort_unstable();
        self.objects.dedup();
        let object = self.objects.join(" ");
        let (start, end) = self.times.unwrap_or_default();
        let (occasions, acts, q) = (link.occasions, link.acts, link.q_value.unwrap_or(1.0));
        let (en, ja) = match link.kind {
            Kind::Device => (
                format!("Both accounts were entered with {object}. Households share devices."),
                format!("両口座が {object} からログイン。家族による端末の共有もあり得る。"),
            ),
            Kind::Ip => (
                format!("Both accounts were entered from {object}. Households and offices share addresses."),
                format!("両口座が {object} からログイン。世帯や職場による共有もあり得る。"),
            ),
            Kind::Counterparty => (
                format!("The source names each as the other side of {acts} trade(s) in {object}."),
                format!("データ上、{object} の {acts} 件の取引で互いに相手方。"),
            ),
            Kind::Opposite => (
                format!(
                    "One bought {object} within the window of the other's sale on {occasions} occasion(s), {acts} pair(s) of fills (q = {q:.1e})."
                ),
                format!(
                    "一方の買いと他方の売りが {object} で時間窓内に一致: {occasions} 回、約定の組 {acts} 件(q = {q:.1e})。"
                ),
            ),
            Kind::PossibleMatch => (
                format!(
                    "One bought {object} within a second of the other's sale, at the same price and quantity, on {occasions} occasion(s) (q = {q:.1e}). Whether they were one trade only the exchange can say."
                ),
                format!(
                    "{object} を同値・同数量で 1 秒以内に一方が買い他方が売り: {occasions} 回(q = {q:.1e})。同一取引か否かは取引所の記録による。"
                ),
            ),
            _ => (
                format!(
                    "Traded {object} on the same side within the window on {occasions} occasion(s), {acts} pair(s) of fills (q = {q:.1e})."
                ),
                format!(
                    "{object} を同じ側で時間窓内に取引: {occasions} 回、約定の組 {acts} 件(q = {q:.1e})。"
                ),
            ),
        };
        EvidenceRow {
            evidence_id: content_id("E", &["link", link.kind.name(), &subject, &object]),
            ring_id: None,
            kind: link.kind,
            bits: link.bits,
            subject,
            object,
            start,
            end,
            sources: sources(context.case, self.rows.into_iter().collect()),
            statement_en: en,
            statement_ja: ja,
        }
    }
}

fn login_rows(context: &Context, account: AccountId, object: Object) -> Vec<(RowRef, Instant)> {
    let (from, to) = equal_range(&context.case.logins, |l| l.account, account);
    context.case.logins[from..to]
        .iter()
        .filter(|l| of_login(context.case, l).any(|o| o == object))
        .map(|l| (l.source, l.time))
        .collect()
}

/// The rows of `links`: by ring (those of no ring last), then accounts, then kind.
pub fn rows(case: &Case, links: &[Link], ring_ids: &[String]) -> Vec<LinkRow> {
    let mut rows: Vec<LinkRow> = links
        .iter()
        .map(|l| LinkRow {
            ring_id: l.ring.map(|r| ring_ids[r as usize].clone()),
            a: account_name(case, l.a),
            b: account_name(case, l.b),
            kind: l.kind,
            bits: l.bits,
            occasions: l.occasions,
            acts: l.acts,
            q_value: l.q_value,
        })
        .collect();
    rows.par_sort_by(|x, y| {
        let ring = (x.ring_id.is_none(), &x.ring_id).cmp(&(y.ring_id.is_none(), &y.ring_id));
        ring.then_with(|| (&x.a, &x.b, x.kind).cmp(&(&y.a, &y.b, y.kind)))
    });
    rows
}
