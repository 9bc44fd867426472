//! Suspected seller accounts: who sold into a ring's buying what had been bought for it.
//!
//! For a seller s on a burst, P(its sale | it belongs to the ring) / P(its sale | it does not) is the bits of the
//! sale itself ([`itoguchi_signals::sellers`]) times N · (its share of what was sold into the burst): somebody took
//! the other side, and before looking at anything else each seller did so in proportion to what it sold. An account
//! that supplied most of the burst is likely; one of a hundred small sellers is not.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_model::{
    AccountId, Instant, InstrumentId, JstDate, Kind, Millibits, Precision, Role, Scaled,
    tables::{Execution, ReportKind, Side},
    time::DAY,
};
use itoguchi_signals::{occasions::equal_range, sellers};

use crate::{
    Context,
    form::{Member, Piece, Ring, bought},
    objects::{Object, of_login},
};

/// A name and day on which two victims or more bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RingBurst {
    /// Which name.
    pub instrument: InstrumentId,
    /// Which day.
    pub date: JstDate,
    /// From the first to the last purchase of a victim; the whole day where only days are known.
    pub window: (Instant, Instant),
    /// Victims that bought.
    pub victims: u32,
}

/// The bursts of a ring's victims, by name and day.
#[must_use]
pub fn bursts(context: &Context, members: &[Member]) -> Vec<RingBurst> {
    let mut buyers: BTreeMap<(InstrumentId, JstDate), BTreeSet<AccountId>> = BTreeMap::new();
    let mut windows: BTreeMap<(InstrumentId, JstDate), (Instant, Instant)> = BTreeMap::new();
    for member in members {
        for occasion in &member.occasions {
            for name in bought(context, *occasion) {
                buyers.entry(name).or_default().insert(member.account);
            }
            for fill in purchases(context, *occasion) {
                let until =
                    if fill.precision == Precision::Day { fill.time.plus(DAY - 1) } else { fill.time };
                let window =
                    windows.entry((fill.instrument, fill.time.jst_date())).or_insert((fill.time, until));
                *window = (window.0.min(fill.time), window.1.max(until));
            }
        }
    }
    buyers
        .into_iter()
        .filter(|(_, who)| who.len() >= 2)
        .map(|((instrument, date), who)| RingBurst {
            instrument,
            date,
            window: windows[&(instrument, date)],
            victims: who.len() as u32,
        })
        .collect()
}

fn purchases<'a>(context: &'a Context, occasion: u32) -> impl Iterator<Item = &'a Execution> {
    context.occasions[occasion as usize]
        .fills
        .iter()
        .map(|f| &context.case.executions[*f as usize])
        .filter(|f| f.side == Side::Buy)
}

/// Whether a sale falls into a burst.
#[must_use]
pub fn inside(context: &Context, burst: &RingBurst, fill: &Execution) -> bool {
    if fill.instrument != burst.instrument || !fill.side.is_sale() {
        return false;
    }
    if fill.precision == Precision::Day {
        return fill.time.jst_date() == burst.date;
    }
    let until = burst.window.1.plus(context.settings.burst_tail);
    (burst.window.0..=until).contains(&fill.time)
}

/// The suspected seller accounts of a ring, by account.
#[must_use]
pub fn sellers(context: &Context, ring: &Ring) -> Vec<Member> {
    let victims: BTreeSet<AccountId> = ring.members.iter().map(|m| m.account).collect();
    let mut pieces: BTreeMap<AccountId, Vec<Piece>> = BTreeMap::new();
    for burst in &ring.bursts {
        let found = sellers_into(context, burst, &victims);
        for (account, bits) in found.into_iter().filter(|(a, _)| !cleared_since(context, *a, burst)) {
            pieces.entry(account).or_default().push(Piece {
                kind: Kind::SoldIntoRise,
                object: Some(Object::Bought(burst.instrument, burst.date)),
                bits,
                others: burst.victims,
                by_group: false,
            });
        }
    }
    let sellers_on = accounts_selling(context, ring);
    pieces
        .into_iter()
        .map(|(account, mut pieces)| {
            count_once(context, &mut pieces, &sellers_on);
            pieces.extend(shared_infrastructure(context, ring, account));
            let bits = pieces.iter().map(|p| p.bits).sum::<Millibits>() - context.prior();
            Member { account, role: Role::Seller, occasions: Vec::new(), pieces, bits }
        })
        .filter(|m| m.bits >= context.settings.seller_bits)
        .collect()
}

/// Whether an analyst cleared the account once the burst had begun.
fn cleared_since(context: &Context, account: AccountId, burst: &RingBurst) -> bool {
    let (from, to) = equal_range(&context.case.reports, |r| r.account, account);
    context.case.reports[from..to]
        .iter()
        .any(|r| r.kind == ReportKind::Cleared && r.reported_at >= burst.window.0)
}

/// How many accounts sold anything on each day of the ring's bursts.
fn accounts_selling(context: &Context, ring: &Ring) -> BTreeMap<JstDate, usize> {
    let mut on: BTreeMap<JstDate, BTreeSet<AccountId>> =
        ring.bursts.iter().map(|b| (b.date, BTreeSet::new())).collect();
    for sale in context.sales {
        if let Some(accounts) = on.get_mut(&sale.date) {
            accounts.insert(sale.account);
        }
    }
    on.into_iter().map(|(date, accounts)| (date, accounts.len())).collect()
}

/// That an account is a seller at all counts against one in N accounts once, in its strongest burst. In every further
/// burst it is one of those who sell on such days anyway: an active trader sells into many.
fn count_once(context: &Context, pieces: &mut [Piece], sellers_on: &BTreeMap<JstDate, usize>) {
    let strongest = (0..pieces.len()).max_by_key(|i| (pieces[*i].bits, std::cmp::Reverse(*i)));
    for (i, piece) in pieces.iter_mut().enumerate() {
        let Some(Object::Bought(_, date)) = piece.object else { continue };
        if Some(i) != strongest {
            let active = sellers_on.get(&date).copied().unwrap_or(1).max(1);
            piece.bits = piece.bits - context.prior() + Millibits::log2(active as f64);
        }
    }
}

/// Accounts that built a position up shortly before and sold it into the burst at a profit, with what that is worth.
fn sellers_into(
    context: &Context,
    burst: &RingBurst,
    victims: &BTreeSet<AccountId>,
) -> Vec<(AccountId, Millibits)> {
    let candidates = sellers::on(context.sales, burst.instrument, burst.date);
    let inside: Vec<i64> = candidates.iter().map(|s| sold_inside(context, burst, s.account).0).collect();
    let others = |a: &AccountId| !victims.contains(a);
    let total: i128 =
        candidates.iter().zip(&inside).filter(|(s, _)| others(&s.account)).map(|(_, q)| i128::from(*q)).sum();
    let mut found = Vec::new();
    for (sale, quantity) in candidates.iter().zip(&inside) {
        let mostly_inside = quantity * 2 >= sale.sold.0;
        if others(&sale.account) && *quantity > 0 && sale.built_up() && sale.gained && mostly_inside {
            let share = *quantity as f64 / total as f64;
            found.push((sale.account, sale.bits + Millibits::log2(share) + context.prior()));
        }
    }
    found
}

fn sold_inside(context: &Context, burst: &RingBurst, account: AccountId) -> Scaled {
    let fills = &context.case.executions;
    let (from, to) = equal_range(fills, |x| x.account, account);
    Scaled(fills[from..to].iter().filter(|f| inside(context, burst, f)).map(|f| f.quantity.0).sum())
}

/// The best device or address that a seller shares with the odd occasions of the ring.
fn shared_infrastructure(context: &Context, ring: &Ring, account: AccountId) -> Option<Piece> {
    let (from, to) = equal_range(&context.case.logins, |l| l.account, account);
    let own: BTreeSet<Object> =
        context.case.logins[from..to].iter().flat_map(|l| of_login(context.case, l)).collect();
    let mut users: BTreeMap<Object, BTreeSet<AccountId>> = BTreeMap::new();
    for occasion in ring.members.iter().flat_map(|m| &m.occasions) {
        for login in context.occasions[*occasion as usize].logins() {
            for object in of_login(context.case, &context.case.logins[login as usize]) {
                if own.contains(&object) {
                    users.entry(object).or_default().insert(context.account(*occasion));
                }
            }
        }
    }
    users
        .into_iter()
        .filter_map(|(object, by)| {
            let at = context.objects.binary_search_by_key(&object, |s| s.object).ok()?;
            let bits = context.objects[at].bits(context.case);
            Some(Piece {
                kind: object.kind(),
                object: Some(object),
                bits,
                others: by.len() as u32,
                by_group: false,
            })
        })
        .max_by_key(|p| (p.bits, std::cmp::Reverse(p.object)))
}
