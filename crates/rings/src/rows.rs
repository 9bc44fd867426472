//! A ring's rows in the result tables.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_model::{
    AccountId, Instant, InstrumentId, Kind, Millibits, Role, RowRef, Scaled,
    results::{
        AccountName, ActRow, DayRow, EpisodeRow, EvidenceRow, InfrastructureRow, InstrumentRow, MemberRow,
        RingRow, SellerRow, Statement,
    },
    tables::{Case, Execution, IpClass, Login, LoginEvent, Side},
    time::{DAY, HOUR},
};
use itoguchi_signals::{bursts::Burst, occasions::equal_range};
use sha2::{Digest, Sha256};

use crate::{
    Context, acts, amounts, days, explain,
    form::{Member, Piece, Ring},
    objects::{Object, of_login},
    roles, seller_rows,
};

/// Probabilities are not claimed beyond this: no calibration reaches farther.
const MOST_CERTAIN: f64 = 0.99;

/// All rows of one ring.
#[derive(Clone, Debug, PartialEq)]
pub struct RingRows {
    /// Its row of `rings`.
    pub ring: RingRow,
    /// Its rows of `ring_members`: victims, sellers, linked, each by account.
    pub members: Vec<MemberRow>,
    /// Its rows of `ring_infrastructure`.
    pub infrastructure: Vec<InfrastructureRow>,
    /// Its rows of `ring_instruments`.
    pub instruments: Vec<InstrumentRow>,
    /// Its rows of `ring_days`.
    pub days: Vec<DayRow>,
    /// Its rows of `ring_sellers`.
    pub sellers: Vec<SellerRow>,
    /// Its rows of `ring_acts`.
    pub acts: Vec<ActRow>,
    /// Its rows of `evidence`.
    pub evidence: Vec<EvidenceRow>,
}

/// The name of `account` as files write it.
#[must_use]
pub fn account_name(case: &Case, account: AccountId) -> AccountName {
    AccountName {
        broker: case.names.broker(account).to_owned(),
        account_id: case.names.token(account).to_owned(),
    }
}

/// A short stable id from content: `prefix` and twelve hexadecimal digits of a SHA-256.
#[must_use]
pub fn content_id(prefix: &str, parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // Lengths keep ("ab","c") and ("a","bc") apart.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    let hex: String = digest.iter().take(6).map(|b| format!("{b:02x}")).collect();
    format!("{prefix}-{hex}")
}

/// The ring's id, from its earliest odd session: members that are found later do not change it.
pub fn ring_id(context: &Context, ring: &Ring) -> String {
    let earliest = ring
        .members
        .iter()
        .flat_map(|m| &m.occasions)
        .map(|o| (context.occasions[*o as usize].start, context.account(*o)))
        .min()
        .expect("a ring has members with occasions");
    content_id("R", &[&context.case.names.account(earliest.1), &earliest.0.to_string()])
}

/// The rows of `ring`.
#[must_use]
pub fn of_ring(context: &Context, ring: &Ring, market_bursts: &[Burst]) -> RingRows {
    let ring_id = ring_id(context, ring);
    let members = member_rows(context, ring, &ring_id);
    let instruments = instrument_rows(context, ring, &ring_id);
    let mut evidence: Vec<EvidenceRow> =
        ring.members.iter().flat_map(|m| member_evidence(context, ring, m, &ring_id)).collect();
    let market = market_evidence(context, ring, &ring_id, market_bursts);
    evidence.extend(market);
    evidence.sort_by(|a, b| {
        (&a.subject, a.kind, &a.object, &a.evidence_id).cmp(&(&b.subject, b.kind, &b.object, &b.evidence_id))
    });
    let amounts = amounts::of_ring(context, ring);
    let count = |role: Role| ring.members.iter().filter(|m| m.role == role).count() as u32;
    let brokers: BTreeSet<String> = members.iter().map(|m| m.account.broker.clone()).collect();
    let row = RingRow {
        score: ring.score,
        likelihood: ring.without_strongest.probability().min(MOST_CERTAIN),
        window: window(&members),
        brokers: brokers.into_iter().collect(),
        instruments: instruments.iter().map(|i| i.instrument.clone()).collect(),
        victims: count(Role::Victim),
        sellers: count(Role::Seller),
        linked: count(Role::Linked),
        families: ring.families.clone(),
        forced_sales_jpy: amounts.forced_sales,
        fraudulent_buys_jpy: amounts.fraudulent_buys,
        estimated_loss_jpy: amounts.estimated_loss,
        seller_proceeds_jpy: amounts.seller_proceeds,
        seller_profit_jpy: amounts.seller_profit,
        weakest_point: explain::weakest_point(context, ring),
        innocent_explanations: explain::innocent_explanations(context, ring),
        ring_id: ring_id.clone(),
    };
    let infrastructure = infrastructure_rows(context, ring, &ring_id);
    let days = days::rows(context, ring, &ring_id);
    let sellers = seller_rows::rows(context, ring, &ring_id);
    let acts = acts::rows(context, ring, &ring_id);
    RingRows { ring: row, members, infrastructure, instruments, days, sellers, acts, evidence }
}

fn window(members: &[MemberRow]) -> (Instant, Instant) {
    let first = members.iter().filter(|m| m.role != Role::Seller).map(|m| m.first_seen).min();
    let last = members.iter().map(|m| m.last_seen).max();
    (first.unwrap_or_default(), last.unwrap_or_default())
}

fn member_rows(context: &Context, ring: &Ring, ring_id: &str) -> Vec<MemberRow> {
    let mut rows: Vec<MemberRow> = ring
        .members
        .iter()
        .map(|member| {
            let (first_seen, last_seen) = seen(context, ring, member);
            MemberRow {
                ring_id: ring_id.to_owned(),
                account: account_name(context.case, member.account),
                role: member.role,
                bits: member.bits,
                confidence: member.bits.probability().min(MOST_CERTAIN),
                first_seen,
                last_seen,
            }
        })
        .collect();
    rows.sort_by(|a, b| (a.role, &a.account).cmp(&(b.role, &b.account)));
    rows
}

/// From a member's first to its last act in the ring.
fn seen(context: &Context, ring: &Ring, member: &Member) -> (Instant, Instant) {
    if member.role == Role::Seller {
        let fills = seller_fills(context, ring, member);
        let first = fills.iter().map(|f| f.time).min().unwrap_or_default();
        let last = fills.iter().filter(|f| f.side.is_sale()).map(|f| f.time).max().unwrap_or_default();
        return (first, last);
    }
    let occasions = || member.occasions.iter().map(|o| &context.occasions[*o as usize]);
    (
        occasions().map(|o| o.start).min().unwrap_or_default(),
        occasions().map(|o| o.end).max().unwrap_or_default(),
    )
}

/// A seller's purchases of the ring's names in the 28 days before a burst, and its sales inside it.
pub(crate) fn seller_fills<'a>(context: &Context<'a>, ring: &Ring, member: &Member) -> Vec<&'a Execution> {
    let (from, to) = equal_range(&context.case.executions, |x| x.account, member.account);
    let objects: BTreeSet<Object> = member.pieces.iter().filter_map(|p| p.object).collect();
    let of_burst = |f: &&Execution| {
        ring.bursts.iter().any(|b| {
            objects.contains(&Object::Bought(b.instrument, b.date))
                && (roles::inside(context, b, f)
                    || (f.instrument == b.instrument
                        && f.side == Side::Buy
                        && f.time < b.window.0
                        && b.window.0.since(f.time) <= 29 * DAY))
        })
    };
    context.case.executions[from..to].iter().filter(of_burst).collect()
}

fn instrument_rows(context: &Context, ring: &Ring, ring_id: &str) -> Vec<InstrumentRow> {
    let mut buys: BTreeMap<InstrumentId, Vec<&Execution>> = BTreeMap::new();
    for member in ring.members.iter().filter(|m| m.role != Role::Seller) {
        for fill in amounts::fills_of(context, member).filter(|f| f.side == Side::Buy) {
            buys.entry(fill.instrument).or_default().push(fill);
        }
    }
    let sellers: Vec<&Member> = ring.members.iter().filter(|m| m.role == Role::Seller).collect();
    let sold = |name: InstrumentId| -> f64 {
        let fills = sellers.iter().flat_map(|m| seller_fills(context, ring, m));
        let total: i128 = fills
            .filter(|f| f.instrument == name && f.side.is_sale())
            .map(|f| i128::from(f.quantity.0))
            .sum();
        total as f64 / 1e6
    };
    let mut rows: Vec<InstrumentRow> = buys
        .into_iter()
        .map(|(name, fills)| {
            let days: BTreeSet<_> = fills.iter().map(|f| f.time.jst_date()).collect();
            let bars: Vec<_> = days.iter().filter_map(|d| context.market.on(name, *d)).collect();
            let bought: i128 = fills.iter().map(|f| i128::from(f.quantity.0)).sum();
            let first_day = days.iter().next().copied().unwrap_or_default();
            InstrumentRow {
                ring_id: ring_id.to_owned(),
                instrument: context.case.names.instrument(name).to_owned(),
                first_buy: fills.iter().map(|f| f.time).min().unwrap_or_default(),
                last_buy: fills.iter().map(|f| f.time).max().unwrap_or_default(),
                victim_buy_qty: context.case.detail.known(bought as f64 / 1e6),
                seller_sell_qty: context.case.detail.known(sold(name)),
                market_qty: (!bars.is_empty()).then(|| bars.iter().map(|b| b.volume.to_f64()).sum()),
                price_before: context.market.close_before(name, first_day).map(Scaled::to_f64),
                price_peak: bars.iter().map(|b| b.high).max().map(Scaled::to_f64),
                price_after: bars.last().map(|b| b.close.to_f64()),
            }
        })
        .collect();
    rows.sort_by(|a, b| a.instrument.cmp(&b.instrument));
    rows
}

fn infrastructure_rows(context: &Context, ring: &Ring, ring_id: &str) -> Vec<InfrastructureRow> {
    struct Use {
        accounts: BTreeSet<AccountId>,
        times: (Instant, Instant),
    }
    let mut uses: BTreeMap<Object, Use> = BTreeMap::new();
    for occasion in ring.members.iter().flat_map(|m| &m.occasions) {
        for login in context.occasions[*occasion as usize].logins() {
            let login = &context.case.logins[login as usize];
            for object in of_login(context.case, login) {
                let entry = uses
                    .entry(object)
                    .or_insert_with(|| Use { accounts: BTreeSet::new(), times: (login.time, login.time) });
                entry.accounts.insert(login.account);
                entry.times = (entry.times.0.min(login.time), entry.times.1.max(login.time));
            }
        }
    }
    for member in ring.members.iter().filter(|m| m.role == Role::Seller) {
        for object in member.pieces.iter().filter_map(|p| p.object) {
            if let Some(entry) = uses.get_mut(&object) {
                entry.accounts.insert(member.account);
            }
        }
    }
    uses.into_iter()
        .filter(|(_, u)| u.accounts.len() >= 2)
        .filter_map(|(object, used)| {
            let at = context.objects.binary_search_by_key(&object, |s| s.object).ok()?;
            let shared = &context.objects[at];
            let brokers: BTreeSet<&str> =
                used.accounts.iter().map(|a| context.case.names.broker(*a)).collect();
            Some(InfrastructureRow {
                ring_id: ring_id.to_owned(),
                kind: object.kind(),
                value: object.name(context.case),
                role: infrastructure_role(object, shared.class, used.accounts.len(), shared.actors.len()),
                bits: shared.bits(context.case),
                accounts: shared.actors.len() as u32,
                brokers: brokers.into_iter().map(str::to_owned).collect(),
                first_seen: used.times.0,
                last_seen: used.times.1,
            })
        })
        .collect()
}

/// An address is believed to be a relay where mostly members used it, and shared where its class or the others say
/// so. It is never called more.
fn infrastructure_role(object: Object, class: IpClass, members: usize, all: usize) -> &'static str {
    let by_class = matches!(
        class,
        IpClass::MobileCgnat | IpClass::FixedShared | IpClass::Corporate | IpClass::Aggregator
    );
    match object {
        Object::Device(_) => "device",
        _ if by_class || all > 2 * members => "shared",
        _ => "relay",
    }
}

fn member_evidence(context: &Context, ring: &Ring, member: &Member, ring_id: &str) -> Vec<EvidenceRow> {
    let subject = context.case.names.account(member.account);
    member
        .pieces
        .iter()
        .map(|piece| {
            let (rows, start, end) = rows_behind(context, ring, member, piece);
            let object = match piece.object {
                Some(object) => object.name(context.case),
                None => episode_names(context, member).join(" "),
            };
            let Statement { en, ja } = explain::of_piece(context, member, piece);
            EvidenceRow {
                evidence_id: content_id("E", &[ring_id, piece.kind.name(), &subject, &object]),
                ring_id: Some(ring_id.to_owned()),
                kind: piece.kind,
                bits: piece.bits,
                subject: subject.clone(),
                object,
                start,
                end,
                sources: sources(context.case, rows),
                statement_en: en,
                statement_ja: ja,
            }
        })
        .collect()
}

fn episode_names(context: &Context, member: &Member) -> Vec<String> {
    let names: BTreeSet<&str> = amounts::fills_of(context, member)
        .filter(|f| f.side == Side::Buy)
        .map(|f| context.case.names.instrument(f.instrument))
        .collect();
    names.into_iter().map(str::to_owned).collect()
}

/// The source rows a piece rests on, and the time they span.
fn rows_behind(
    context: &Context,
    ring: &Ring,
    member: &Member,
    piece: &Piece,
) -> (BTreeSet<RowRef>, Instant, Instant) {
    let mut rows: Vec<(RowRef, Instant)> = Vec::new();
    match (piece.kind, piece.object) {
        (Kind::HijackEpisode, _) => {
            for occasion in &member.occasions {
                rows.extend(episode_rows(context, *occasion));
            }
        }
        (Kind::Report, _) => {
            let (from, to) = equal_range(&context.case.reports, |r| r.account, member.account);
            rows.extend(context.case.reports[from..to].iter().map(|r| (r.source, r.reported_at)));
        }
        (Kind::SoldIntoRise, Some(Object::Bought(name, _))) => {
            let fills = seller_fills(context, ring, member);
            rows.extend(fills.iter().filter(|f| f.instrument == name).map(|f| (f.source, f.time)));
        }
        (_, Some(object @ (Object::Bought(..) | Object::BoughtBoth(..)))) => {
            let on = |f: &&Execution| f.side == Side::Buy && object.is_about(f.instrument, f.time.jst_date());
            rows.extend(amounts::fills_of(context, member).filter(on).map(|f| (f.source, f.time)));
        }
        (_, Some(object)) => {
            rows.extend(logins_with(context, member, object).into_iter().map(|l| (l.source, l.time)));
        }
        (_, None) => {}
    }
    let start = rows.iter().map(|r| r.1).min().unwrap_or_default();
    let end = rows.iter().map(|r| r.1).max().unwrap_or_default();
    (rows.into_iter().map(|r| r.0).collect(), start, end)
}

/// The logins with `object`: in the odd sessions of a victim, in all the data of a seller.
pub(crate) fn logins_with<'a>(context: &Context<'a>, member: &Member, object: Object) -> Vec<&'a Login> {
    let with = |l: &&Login| of_login(context.case, l).any(|o| o == object);
    if member.role == Role::Seller {
        let (from, to) = equal_range(&context.case.logins, |l| l.account, member.account);
        return context.case.logins[from..to].iter().filter(with).collect();
    }
    let own = member.occasions.iter().flat_map(|o| context.occasions[*o as usize].logins());
    own.map(|l| &context.case.logins[l as usize]).filter(with).collect()
}

/// The source rows of an occasion: its logins (see [`episode_logins`]) and its fills.
fn episode_rows(context: &Context, occasion: u32) -> Vec<(RowRef, Instant)> {
    let fills = context.occasions[occasion as usize].fills.iter();
    let fills = fills.map(|f| &context.case.executions[*f as usize]).map(|f| (f.source, f.time));
    episode_logins(context, occasion).into_iter().map(|l| (l.source, l.time)).chain(fills).collect()
}

/// The logins of an occasion, the failures and changes of credentials around it, its logouts.
pub(crate) fn episode_logins<'a>(context: &Context<'a>, occasion: u32) -> Vec<&'a Login> {
    let occasion = &context.occasions[occasion as usize];
    let (from, to) = equal_range(&context.case.logins, |l| l.account, occasion.account);
    let openers: BTreeSet<u32> = occasion.logins().collect();
    let logins = context.case.logins[from..to].iter().zip(from as u32..).filter(|(l, i)| {
        let change = l.event != LoginEvent::Login && l.event != LoginEvent::Logout;
        let before = occasion.start.since(l.time);
        let during = l.time >= occasion.start && l.time <= occasion.end;
        openers.contains(i)
            || (l.event == LoginEvent::Logout && during)
            || (change && (during || (0..=72 * HOUR).contains(&before)))
            || (!l.success && (0..=HOUR).contains(&before))
    });
    logins.map(|(l, _)| l).collect()
}

/// Bursts of the market on the ring's names and days.
fn market_evidence(context: &Context, ring: &Ring, ring_id: &str, bursts: &[Burst]) -> Vec<EvidenceRow> {
    let on_ring = |b: &&Burst| ring.bursts.iter().any(|r| (r.instrument, r.date) == (b.instrument, b.date));
    let first_buyers = |b: &&Burst| b.counted == itoguchi_signals::bursts::Counted::FirstBuyers;
    bursts
        .iter()
        .filter(on_ring)
        .filter(first_buyers)
        .map(|burst| {
            let object = Object::Bought(burst.instrument, burst.date).name(context.case);
            let bars = context.market.on(burst.instrument, burst.date).map(|b| b.source);
            let accounts: BTreeSet<AccountId> = burst.accounts.iter().copied().collect();
            let fills = context.case.executions.iter().filter(|f| {
                f.instrument == burst.instrument
                    && f.side == Side::Buy
                    && f.time.jst_date() == burst.date
                    && accounts.contains(&f.account)
            });
            let rows: BTreeSet<RowRef> = fills.map(|f| f.source).chain(bars).collect();
            let percent = |x: Option<f64>| x.map_or("unknown".to_owned(), |x| format!("{:+.0} %", x * 100.0));
            let times = |x: Option<f64>| x.map_or("unknown".to_owned(), |x| format!("{x:.1}"));
            let (n, expected, q) = (burst.accounts.len(), burst.expected, burst.q_value);
            let (impact, volume) = (percent(burst.price_impact), times(burst.volume_ratio));
            EvidenceRow {
                evidence_id: content_id("E", &[ring_id, "burst", &object]),
                ring_id: Some(ring_id.to_owned()),
                kind: Kind::Burst,
                // Rests on the same fills as the common purchases: shown, not added.
                bits: Millibits::ZERO,
                subject: ring_id.to_owned(),
                object: object.clone(),
                start: burst.window.0,
                end: burst.window.1,
                sources: sources(context.case, rows),
                statement_en: format!(
                    "{n} accounts bought {object} for the first time, {expected:.1} expected (q = {q:.1e}); high against the close before {impact}, volume {volume} times the usual. Not counted again: it rests on the same fills."
                ),
                statement_ja: format!(
                    "{object} を初めて買付した口座は {n} 件(期待値 {expected:.1} 件、q = {q:.1e})。前日終値に対する高値 {impact}、出来高は通常の {volume} 倍。同じ約定に基づくため加算しない。"
                ),
            }
        })
        .collect()
}

/// Rows by file, each list sorted.
#[must_use]
pub fn sources(case: &Case, rows: BTreeSet<RowRef>) -> Vec<(String, Vec<u64>)> {
    let mut by_file: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    for row in rows {
        by_file.entry(row.file).or_default().push(u64::from(row.row));
    }
    by_file.into_iter().map(|(f, rows)| (case.sources[f as usize].path.clone(), rows)).collect()
}

/// The evidence of a hijack episode that belongs to no ring.
#[must_use]
pub fn lone_episode(context: &Context, occasion: u32) -> EvidenceRow {
    let o = &context.occasions[occasion as usize];
    let mark = &context.marks[occasion as usize];
    let rows: BTreeSet<RowRef> = episode_rows(context, occasion).into_iter().map(|r| r.0).collect();
    let subject = context.case.names.account(o.account);
    let names: BTreeSet<&str> = o
        .fills
        .iter()
        .map(|f| &context.case.executions[*f as usize])
        .filter(|f| f.side == Side::Buy)
        .map(|f| context.case.names.instrument(f.instrument))
        .collect();
    let object = names.into_iter().collect::<Vec<_>>().join(" ");
    let signals = mark.signals.names().join(", ");
    EvidenceRow {
        evidence_id: content_id("E", &["episode", &subject, &o.start.to_string(), &object]),
        ring_id: None,
        kind: Kind::HijackEpisode,
        bits: mark.bits,
        subject,
        object,
        start: o.start,
        end: o.end,
        sources: sources(context.case, rows),
        statement_en: format!("Entered and traded unlike its own history and unlike others: {signals}."),
        statement_ja: format!("自身の履歴および他の口座と異なるログインと取引: {signals}。"),
    }
}

/// The row of `episodes` of a marked occasion.
#[must_use]
pub fn episode(context: &Context, occasion: usize) -> EpisodeRow {
    let o = &context.occasions[occasion];
    let fills = || o.fills.iter().map(|f| &context.case.executions[*f as usize]);
    let total = |sale: bool| -> Option<i64> {
        // Not even nothing: what was bought of names without a code left no row.
        context.case.detail.known(())?;
        let yen: Option<itoguchi_model::Money> =
            fills().filter(|f| f.side.is_sale() == sale).map(|f| context.market.yen(f)).sum();
        yen.map(itoguchi_model::Money::whole)
    };
    let names: BTreeSet<&str> = fills()
        .filter(|f| f.side == Side::Buy)
        .map(|f| context.case.names.instrument(f.instrument))
        .collect();
    EpisodeRow {
        account: account_name(context.case, o.account),
        start: o.start,
        end: o.end,
        bits: context.marks[occasion].bits,
        signals: context.marks[occasion].signals.names(),
        sold_jpy: total(true),
        bought_jpy: total(false),
        instruments: names.into_iter().map(str::to_owned).collect(),
    }
}
