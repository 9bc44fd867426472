//! A reader who is told what happened, and has to say to whom.
//!
//! This is no rule that anybody could use: it shows how far the names, days, addresses and devices of the rings alone
//! would take a competent analyst. What it misses or wrongly takes has to be told from how each account usually behaves.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_model::{
    AccountId, DeviceId, InstrumentId, IpId, JstDate, Money, Scaled, Side,
    results::AccountName,
    tables::{Case, Execution, Login},
};
use itoguchi_signals::{
    market::{Market, MarketIndex},
    occasions::{AccountRows, Occasion, by_account, cut},
    signal::Signal,
};

use super::groups::claim;
use crate::{
    found::Found,
    truth::{Thing, ThingKind, Truth, thing},
};

/// So many victims of one ring must have bought a name on a day for it to be one of the ring's.
const BUYERS: usize = 2;

/// What the reader is told of one ring.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Names, each with the days on which the ring had it bought.
    pub names: BTreeSet<(InstrumentId, JstDate)>,
    /// Its devices, each with the days on which the ring used it.
    pub devices: BTreeSet<(DeviceId, JstDate)>,
    /// Its addresses, each with the days on which the ring used it.
    pub addresses: BTreeSet<(IpId, JstDate)>,
}

/// What there is to tell of each planted ring: its infrastructure with the days on which its victims were entered through
/// it, and the names that two or more of its victims bought on one day.
#[must_use]
pub fn told(case: &Case, truth: &Truth) -> Vec<Told> {
    let names = &case.names;
    let devices: BTreeMap<Thing, DeviceId> =
        names.devices.iter().zip(0..).map(|(d, i)| (thing(ThingKind::Device, d), DeviceId(i))).collect();
    let mut addresses: BTreeMap<Thing, Vec<IpId>> = BTreeMap::new();
    for (ip, i) in names.ips.iter().zip(0..) {
        addresses.entry(thing(ThingKind::Ip, &ip.to_string())).or_default().push(IpId(i));
    }
    let tell = |(ring, planted): (&String, &crate::truth::TrueRing)| {
        let mut told = Told { names: common_names(case, &planted.victims), ..Told::default() };
        let of_ring = |key: &&(String, Thing)| key.0 == *ring;
        let (mut of_devices, mut of_addresses) = (BTreeSet::new(), BTreeSet::new());
        for (_, thing) in truth.infrastructure.iter().flat_map(BTreeMap::keys).filter(of_ring) {
            of_devices.extend(devices.get(thing));
            of_addresses.extend(addresses.get(thing).into_iter().flatten());
        }
        for login in victims_of(case, &planted.victims).flat_map(|v| logins_of(case, v)) {
            let date = login.time.jst_date();
            told.devices.extend(of_devices.get(&login.device).map(|d| (*d, date)));
            told.addresses.extend(of_addresses.get(&login.ip).map(|a| (*a, date)));
        }
        told
    };
    truth.rings.iter().map(tell).collect()
}

fn common_names(case: &Case, victims: &BTreeSet<AccountName>) -> BTreeSet<(InstrumentId, JstDate)> {
    let mut buyers: BTreeMap<(InstrumentId, JstDate), BTreeSet<AccountId>> = BTreeMap::new();
    for victim in victims_of(case, victims) {
        let first = case.executions.partition_point(|f| f.account < victim);
        let fills = case.executions[first..].iter().take_while(|f| f.account == victim);
        for fill in fills.filter(|f| f.side == Side::Buy) {
            buyers.entry((fill.instrument, fill.time.jst_date())).or_default().insert(victim);
        }
    }
    buyers.retain(|_, who| who.len() >= BUYERS);
    buyers.into_keys().collect()
}

fn victims_of<'a>(
    case: &'a Case,
    victims: &'a BTreeSet<AccountName>,
) -> impl Iterator<Item = AccountId> + 'a {
    victims.iter().filter_map(|v| case.names.find_account(&v.broker, &v.account_id))
}

fn logins_of(case: &Case, account: AccountId) -> impl Iterator<Item = &Login> {
    let first = case.logins.partition_point(|l| l.account < account);
    case.logins[first..].iter().take_while(move |l| l.account == account)
}

/// For each ring told of, the accounts that
/// - traded, and bought, in a session from one of its devices or addresses on a day on which the ring used it; or
/// - bought one of its names on its day, in a session from a device that was new to them (a network, where the login carries
///   no device), after selling half or more of what they held.
#[must_use]
pub fn informed(case: &Case, told: &[Told]) -> Found {
    let index = MarketIndex::new(case);
    let market = Market::new(case, &index);
    let occasions = cut(case);
    let mut groups = vec![BTreeSet::new(); told.len()];
    for rows in by_account(case) {
        let from = occasions.partition_point(|o| o.account < rows.account);
        let mine = occasions[from..].iter().take_while(|o| o.account == rows.account);
        for occasion in mine.filter(|o| !o.fills.is_empty()) {
            for (group, ring) in groups.iter_mut().zip(told) {
                if takes(case, market, &rows, occasion, ring) {
                    group.insert(rows.account);
                }
            }
        }
    }
    claim(case, groups.into_iter().map(|g| g.into_iter().collect()).collect())
}

fn takes(case: &Case, market: Market<'_>, rows: &AccountRows<'_>, occasion: &Occasion, ring: &Told) -> bool {
    let fills = || occasion.fills.iter().map(|i| &case.executions[*i as usize]);
    let bought = || fills().filter(|f| f.side == Side::Buy);
    if bought().next().is_none() {
        return false;
    }
    let gear = occasion.logins().map(|i| &case.logins[i as usize]).any(|l| {
        let date = l.time.jst_date();
        ring.devices.contains(&(l.device, date)) || ring.addresses.contains(&(l.ip, date))
    });
    if gear {
        return true;
    }
    let new = if occasion.access_known.has(Signal::NewDevice) {
        occasion.access.has(Signal::NewDevice)
    } else {
        occasion.access.has(Signal::NewNetwork)
    };
    let event = bought().any(|f| ring.names.contains(&(f.instrument, f.time.jst_date())));
    new && event && sold_half(case, market, rows, occasion, fills())
}

/// Whether half or more of what was held before the occasion was sold in it, at the closes of the day before; by number of
/// names where no name has a close.
fn sold_half<'a>(
    case: &Case,
    market: Market<'_>,
    rows: &AccountRows<'_>,
    occasion: &Occasion,
    fills: impl Iterator<Item = &'a Execution>,
) -> bool {
    let held = held_before(case, rows, occasion);
    let mut sold: BTreeMap<InstrumentId, i64> = BTreeMap::new();
    for fill in fills.filter(|f| f.side.is_sale()) {
        *sold.entry(fill.instrument).or_default() += fill.quantity.0;
    }
    let day = occasion.start.jst_date();
    let mut value = [Money::ZERO; 2];
    let mut names = [0_usize; 2];
    for (name, had) in held {
        let gone = sold.get(&name).map_or(0, |s| had.min(*s));
        names[0] += usize::from(2 * gone >= had);
        names[1] += 1;
        if let Some(close) = yen_before(case, market, name, day) {
            value[0] += close.times(Scaled(gone));
            value[1] += close.times(Scaled(had));
        }
    }
    match value {
        [gone, had] if had > Money::ZERO => gone + gone >= had,
        _ => names[1] > 0 && 2 * names[0] >= names[1],
    }
}

/// What the account held before the occasion: the opening positions and every other fill up to its end.
fn held_before(case: &Case, rows: &AccountRows<'_>, occasion: &Occasion) -> BTreeMap<InstrumentId, i64> {
    let mut held: BTreeMap<InstrumentId, i64> = BTreeMap::new();
    let first = case.holdings.partition_point(|h| h.account < rows.account);
    for holding in case.holdings[first..].iter().take_while(|h| h.account == rows.account) {
        *held.entry(holding.instrument).or_default() += holding.quantity.0;
    }
    let signed = |f: &Execution| if f.side == Side::Buy { f.quantity.0 } else { -f.quantity.0 };
    for (fill, index) in rows.fills.iter().zip(rows.first_fill..) {
        if fill.time <= occasion.end && !occasion.fills.contains(&index) {
            *held.entry(fill.instrument).or_default() += signed(fill);
        }
    }
    held.retain(|_, quantity| *quantity > 0);
    held
}

/// The close before `day` in yen, in the currency of the instrument table.
fn yen_before(case: &Case, market: Market<'_>, name: InstrumentId, day: JstDate) -> Option<Scaled> {
    let close = market.close_before(name, day)?;
    let facts = case.instruments.binary_search_by_key(&name, |i| i.instrument).ok();
    let currency = facts.map_or(*b"JPY", |at| case.instruments[at].currency);
    let rate = market.rate(if currency == *b"   " { *b"JPY" } else { currency }, day)?;
    Scaled::from_f64(close.to_f64() * rate.to_f64())
}
