//! Planted rings: how accounts are taken over, emptied and made to buy, and who sells into it.

use std::collections::BTreeSet;

use itoguchi_model::time::{DAY, MINUTE, SECOND};

use crate::{
    clock::{Exchange, at, date_of, whole_millis},
    draft::{Draft, RingDraft, clock_time},
    market::{Kind, Pin},
    params::{BUYING, FIRST_SALE, PAUSE, RECON, SELLING, SILENCED},
    plan::{Act, Event, Origin, Visit},
    rng::Stream,
};

/// What a ring is like.
#[derive(Clone, Debug)]
pub(crate) struct Knobs {
    pub name: String,
    /// Hijacked accounts at each broker, in the order of [`crate::params::BROKERS`].
    pub victims: [usize; 3],
    /// Broker of each seller account in the data, with whether it is a company's.
    pub sellers: Vec<(u8, bool)>,
    /// Whether the last seller is used from a device of the ring.
    pub seller_shares_device: bool,
    /// How many names are bought; 0: every account buys names of its own.
    pub names: usize,
    /// Days on which the ring is at work, as trading days of the world counted from 0.
    pub days: Vec<usize>,
    /// When the purchases happen, in hours and minutes of the day.
    pub window: ((i64, i64), (i64, i64)),
    /// Chance that a hijacked account is used from a device, or an address, that the ring has used before.
    pub reuse: (f64, f64),
    /// Share of the addresses that are a data centre's.
    pub hosting: f64,
    /// Whether one of the addresses is the line of a household with accounts of its own.
    pub household_relay: bool,
    /// Accounts of which only a part is sold.
    pub partial: f64,
    /// Accounts that sell some of the bought shares again and buy anew.
    pub churn: f64,
    /// Accounts logged into but not traded.
    pub accessed: usize,
}

/// The devices and addresses of a ring.
pub(crate) struct Gear {
    devices: Vec<(u32, u8)>,
    networks: Vec<u32>,
    /// Addresses that the next visits come from, whatever chance says.
    certain: Vec<u32>,
    reuse: (f64, f64),
    hosting: f64,
}

impl Gear {
    pub(crate) fn new(reuse: (f64, f64), hosting: f64) -> Self {
        Self { devices: Vec::new(), networks: Vec::new(), certain: Vec::new(), reuse, hosting }
    }

    /// Adds a device and an address that are there already.
    pub(crate) fn keep(&mut self, device: (u32, u8), network: u32) {
        self.devices.push(device);
        self.networks.push(network);
    }

    /// A device and an address for the next visit, some of them used before.
    pub(crate) fn draw(&mut self, draft: &mut Draft, rng: &mut Stream) -> (u32, u32, u8) {
        let (device, agent) = if !self.devices.is_empty() && rng.chance(self.reuse.0) {
            rng.pick(&self.devices)
        } else {
            let made = (draft.people.new_device(), 4 + rng.below(5) as u8);
            self.devices.push(made);
            made
        };
        let network = if let Some(network) = self.certain.pop() {
            network
        } else if !self.networks.is_empty() && rng.chance(self.reuse.1) {
            rng.pick(&self.networks)
        } else {
            let made = if rng.chance(self.hosting) {
                rng.pick(&draft.people.hosting.clone())
            } else {
                draft.people.new_home(rng)
            };
            self.networks.push(made);
            made
        };
        (network, device, agent)
    }
}

/// When a hijack's steps happen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps {
    pub login: i64,
    pub sell: (i64, i64),
    pub buy: (i64, i64),
}

impl Steps {
    /// The steps that lead to purchases starting at `buy`, counted back from there.
    pub(crate) fn before(buy: i64, rng: &mut Stream) -> Self {
        let sold = buy - rng.between(PAUSE.0, PAUSE.1) * MINUTE;
        let selling = sold - rng.between(SELLING.0, SELLING.1) * MINUTE;
        let login =
            selling - rng.between(FIRST_SALE.0, FIRST_SALE.1) * MINUTE - rng.between(0, 59_999) * 1_000;
        Self { login, sell: (selling, sold), buy: (buy, buy + rng.between(BUYING.0, BUYING.1) * MINUTE) }
    }
}

/// The visit in which an account is emptied and made to buy.
pub(crate) fn hijack(
    rng: &mut Stream,
    gear: (u32, u32, u8),
    steps: Steps,
    part: f64,
    purchases: Vec<Act>,
    origin: Origin,
) -> Visit {
    let mut visit = Visit::new(whole_millis(steps.login), gear.0, gear.1, gear.2);
    visit.origin = origin;
    if rng.chance(0.25) {
        visit.events.push((-rng.between(15, 60) * SECOND, Event::MfaFail, false));
    }
    if rng.chance(0.4) {
        visit.events.push((rng.between(3, 9) * SECOND, Event::DeviceRegister, true));
    }
    if rng.chance(SILENCED) {
        let event =
            rng.pick(&[Event::NotificationOff, Event::EmailChange, Event::PasswordChange, Event::MfaChange]);
        visit.events.push((rng.between(25, 100) * SECOND, event, true));
    }
    visit.acts.push(Act::SellAll { from: steps.sell.0, to: steps.sell.1, part });
    let last = purchases.iter().map(last_moment).max().unwrap_or(steps.buy.1).max(steps.buy.1);
    visit.acts.extend(purchases);
    if rng.chance(0.7) {
        visit.logout = Some(whole_millis(last + rng.between(40, 400) * SECOND));
    }
    visit
}

pub(crate) fn last_moment(act: &Act) -> i64 {
    match *act {
        Act::Buy { time, .. } | Act::Sell { time, .. } | Act::Short { time, .. } => time + 10 * SECOND,
        Act::SellAll { to, .. }
        | Act::SellPart { to, .. }
        | Act::BuyProceeds { to, .. }
        | Act::Liquidate { to, .. }
        | Act::Spend { to, .. } => to + 10 * SECOND,
        Act::Habit { .. } => 0,
    }
}

/// Perhaps a look at the account one to 21 days before, from the ring's own addresses.
pub(crate) fn reconnoitre(
    draft: &mut Draft,
    rng: &mut Stream,
    gear: &mut Gear,
    account: u32,
    before: i64,
    origin: Origin,
) {
    let time = before - rng.between(1, 21) * DAY - rng.between(0, 5_000) * 1_000_003;
    if time > draft.span.start() + 5 * DAY {
        let (network, device, agent) = gear.draw(draft, rng);
        let mut visit = Visit::new(whole_millis(time), network, device, agent);
        visit.origin = origin;
        draft.plan(account, visit);
    }
}

/// Accounts a ring could take: someone with a history, at that broker, worth `low` to `high` yen in Tokyo.
pub(crate) fn victims(
    draft: &mut Draft,
    rng: &mut Stream,
    broker: u8,
    count: usize,
    (low, high): (f64, f64),
) -> Vec<u32> {
    let targets = draft.targets.clone();
    let fits = move |d: &Draft, a: u32| {
        let account = &d.people.accounts[a as usize];
        account.broker == broker
            && d.plain_person(a)
            && account.logins > 0.15
            && account.trades < 0.3
            && account.opening.len() >= 2
            && account.opening.iter().all(|o| d.market.instruments[o.0].exchange == Exchange::Tokyo)
            && !account.favourites.iter().any(|f| targets.contains(f))
            && (low..high).contains(&d.opening_yen(a))
    };
    draft.cast(rng, count, fits)
}

/// The planned course of a bought name: up through the window, most of it given back in the days after.
pub(crate) fn pump(instrument: usize, day: i32, window: ((i64, i64), (i64, i64)), height: f64) -> Vec<Pin> {
    let progress = |t: (i64, i64)| {
        let time = at(day, 0, 0) + clock_time(t.0, t.1);
        Exchange::Tokyo.progress(time).unwrap_or(0.9)
    };
    let (from, to) = (progress(window.0), progress(window.1));
    let rise = vec![
        (0.0, 1.0),
        (from, 1.01),
        (from + (to - from) * 0.8, 1.0 + height),
        (to, 1.0 + height * 0.95),
        ((to + 0.06).min(0.98), 1.0 + height * 0.7),
        (1.0, 1.0 + height * 0.45),
    ];
    let pin = |day, points| Pin { instrument, day, points, absolute: false, volume: None };
    let mut pins = vec![pin(day, rise)];
    let after = (day + 1..day + 8).filter(|&d| Exchange::Tokyo.is_trading_day(d));
    pins.extend(
        after.zip([0.32, 0.2]).map(|(d, back)| pin(d, vec![(0.0, 0.98), (1.0, 1.0 - height * back)])),
    );
    pins
}

/// Targets of a ring: thin names of 40 to 200 yen that nobody else has taken.
pub(crate) fn choose_targets(
    instruments: &[crate::market::Instrument],
    taken: &mut Vec<usize>,
    count: usize,
    rng: &mut Stream,
) -> Vec<usize> {
    let free: Vec<usize> = (0..instruments.len())
        .filter(|i| instruments[*i].kind == Kind::Thin && !taken.contains(i))
        .filter(|&i| (40_000..200_000).contains(&instruments[i].base))
        .collect();
    let chosen = rng.sample(&free, count);
    taken.extend(&chosen);
    chosen
}

/// Plans a ring over its names; `names` are (instrument, day) in the order of the days.
pub(crate) fn plan_ring(draft: &mut Draft, knobs: &Knobs, names: &[(usize, i32)], days: &[i32]) {
    let ring = draft.rings.len();
    let rng = &mut draft.stream("ring", ring as u64);
    let mut gear = Gear::new(knobs.reuse, knobs.hosting);
    if knobs.household_relay {
        household_relay(draft, rng, &mut gear);
    }
    let mut taken = Vec::new();
    for (broker, &count) in knobs.victims.iter().enumerate() {
        taken.extend(victims(draft, rng, broker as u8, count, (2.5e6, 6.0e7)));
    }
    draft.rings.push(RingDraft { name: knobs.name.clone(), victims: taken.clone(), sellers: Vec::new() });
    rng.shuffle(&mut taken);
    let mut place = 0;
    for (k, &account) in taken.iter().enumerate() {
        let slot = k * days.len() / taken.len().max(1);
        place = if k > 0 && (k - 1) * days.len() / taken.len() == slot { place + 1 } else { 0 };
        let day = days[slot];
        let mine: Vec<usize> = if knobs.names == 0 {
            names.iter().skip(k * 2).take(1 + k % 2).map(|n| n.0).collect()
        } else {
            names.iter().filter(|n| n.1 == day).map(|n| n.0).collect()
        };
        hijack_one(draft, rng, &mut gear, knobs, account, (day, place), &mine, ring);
    }
    let accessed = victims_for_looks(draft, rng, knobs.accessed);
    for account in accessed {
        let time = at(days[0], 12, 0) - rng.between(0, 3 * 86_400) * SECOND;
        let (network, device, agent) = gear.draw(draft, rng);
        let mut visit = Visit::new(whole_millis(time), network, device, agent);
        visit.origin = Origin::Hijack(ring);
        draft.plan(account, visit);
        draft.accessed.insert(account);
    }
    for (k, &(broker, corporate)) in knobs.sellers.iter().enumerate() {
        let last = k + 1 == knobs.sellers.len();
        let device = (knobs.seller_shares_device && last).then(|| gear.devices[0]);
        seller(draft, rng, knobs, (broker, corporate), names, device, ring);
    }
}

fn victims_for_looks(draft: &mut Draft, rng: &mut Stream, count: usize) -> Vec<u32> {
    draft.cast(rng, count, |d, a| d.plain_person(a) && d.people.accounts[a as usize].logins > 0.1)
}

/// Lets the ring come through the line of a household that has accounts itself and nothing to do with it.
fn household_relay(draft: &mut Draft, rng: &mut Stream, gear: &mut Gear) {
    let hosts: BTreeSet<u32> = draft.people.accounts.iter().filter_map(|a| a.household).collect();
    let host = draft.cast(rng, 1, |d, a| {
        let account = &d.people.accounts[a as usize];
        hosts.contains(&a)
            && account.logins > 0.1
            && d.people.networks[account.home as usize].class == "fixed"
            && !account.devices.is_empty()
    });
    for account in host {
        let home = draft.people.accounts[account as usize].home;
        gear.networks.push(home);
        gear.certain.extend([home, home]);
        let all = 0..draft.people.accounts.len() as u32;
        let family: Vec<u32> = all
            .filter(|&a| a == account || draft.people.accounts[a as usize].household == Some(account))
            .collect();
        draft.cast.extend(&family);
        // The household is at home now and then, and seen from its own line.
        for &member in &family {
            for _ in 0..rng.between(4, 7) {
                let day = i64::from(rng.below(draft.span.days as usize) as u32);
                let time = draft.span.start() + day * DAY + rng.between(19 * 3_600, 23 * 3_600) * SECOND;
                let mut visit = draft.holder_visit(member, time, rng);
                visit.network = home;
                draft.plan(member, visit);
            }
        }
        draft.decoys.extend(family.into_iter().map(|a| (a, "relay_household")));
    }
}

/// Weeks of the holder's own life: logins for certain, small purchases perhaps. In place of chance trading, so that
/// what the account is worth on the day stays near what it was chosen for.
pub(crate) fn history(draft: &mut Draft, rng: &mut Stream, account: u32, before: i64) {
    draft.people.accounts[account as usize].trades = 0.0;
    let favourites: Vec<usize> = draft.people.accounts[account as usize]
        .favourites
        .iter()
        .copied()
        .filter(|&f| draft.market.instruments[f].exchange == Exchange::Tokyo)
        .collect();
    let days: Vec<i32> =
        (draft.span.first..date_of(before) - 1).filter(|&d| Exchange::Tokyo.is_trading_day(d)).collect();
    let count = rng.between(3, 6) as usize;
    for day in rng.sample(&days, count) {
        let time = Exchange::Tokyo.moment(day, rng.range(0.03, 0.9));
        let mut visit = draft.holder_visit(account, time - rng.between(25, 400) * SECOND, rng);
        if rng.chance(0.45) && !favourites.is_empty() {
            let instrument = rng.pick(&favourites);
            let quantity = draft.shares_for(instrument, time, rng.lognormal(150_000.0, 0.5).min(400_000.0));
            visit.acts.push(Act::Buy { instrument, time, quantity });
        }
        draft.plan(account, visit);
    }
}

#[allow(clippy::too_many_arguments)] // one hijack is at the meeting point of all of them
fn hijack_one(
    draft: &mut Draft,
    rng: &mut Stream,
    gear: &mut Gear,
    knobs: &Knobs,
    account: u32,
    (day, place): (i32, usize),
    mine: &[usize],
    ring: usize,
) {
    let ((h0, m0), (h1, m1)) = knobs.window;
    let (from, to) = (at(day, h0, m0), at(day, h1, m1));
    // The first account of a day opens the window, the second closes it; the others come when they come.
    let buy = match place {
        0 => from,
        1 => to - BUYING.1 * MINUTE,
        _ => rng.between(from, to - BUYING.1 * MINUTE),
    };
    let mut steps = Steps::before(buy, rng);
    if place == 0 {
        steps.buy.1 = buy + 5 * MINUTE;
    }
    history(draft, rng, account, steps.login);
    if mine.is_empty() {
        return;
    }
    let part = if rng.chance(knobs.partial) { rng.range(0.5, 0.8) } else { 1.0 };
    let spend = rng.range(0.88, 0.98) / mine.len() as f64;
    let mut acts: Vec<Act> = mine
        .iter()
        .map(|&instrument| Act::BuyProceeds {
            instrument,
            from: steps.buy.0,
            to: steps.buy.1,
            part: spend,
            pieces: rng.between(3, 7) as usize,
        })
        .collect();
    if rng.chance(knobs.churn) {
        let (from, to) = (steps.buy.1 + MINUTE, steps.buy.1 + 6 * MINUTE);
        let instrument = mine[0];
        acts.push(Act::SellPart { instrument, from, to, part: rng.range(0.3, 0.6), pieces: 2 });
    }
    let drawn = gear.draw(draft, rng);
    let visit = hijack(rng, drawn, steps, part, acts, Origin::Hijack(ring));
    draft.people.accounts[account as usize].locked_from = visit.login - 30 * MINUTE;
    draft.plan(account, visit);
    if rng.chance(RECON) {
        reconnoitre(draft, rng, gear, account, steps.login, Origin::Hijack(ring));
    }
}

/// An account that buys the ring's names over the weeks before and sells them into its purchases.
fn seller(
    draft: &mut Draft,
    rng: &mut Stream,
    knobs: &Knobs,
    (broker, corporate): (u8, bool),
    names: &[(usize, i32)],
    device: Option<(u32, u8)>,
    ring: usize,
) {
    let chosen =
        draft.cast(rng, 1, |d, a| d.people.accounts[a as usize].broker == broker && d.plain_person(a));
    let Some(&account) = chosen.first() else { return };
    let opened = draft.span.first - rng.between(20, 160) as i32;
    let holder = &mut draft.people.accounts[account as usize];
    holder.corporate = corporate;
    holder.opened = opened;
    holder.opening.retain(|o| !names.iter().any(|n| n.0 == o.0));
    holder.favourites.retain(|f| !names.iter().any(|n| n.0 == *f));
    if holder.favourites.is_empty() {
        holder.favourites.push(0);
    }
    draft.rings[ring].sellers.push(account);
    let bought: f64 = draft.rings[ring].victims.clone().iter().map(|&v| draft.opening_yen(v)).sum();
    for &(instrument, day) in names {
        let price = draft.market.close(instrument, day - 1) as f64 / 1_000.0;
        let want = bought / names.len() as f64 / price * rng.range(0.35, 0.5) / knobs.sellers.len() as f64;
        accumulate(draft, rng, account, instrument, day, (want / 100.0) as i64 * 100);
        let ((h0, m0), (h1, m1)) = knobs.window;
        let login = at(day, h0, m0) - rng.between(5, 12) * MINUTE;
        let mut visit = draft.holder_visit(account, login, rng);
        if let Some((id, agent)) = device {
            (visit.device, visit.agent) = (id, agent);
        }
        let (from, to) = (at(day, h0, m0) + 14 * MINUTE, at(day, h1, m1) - 2 * MINUTE);
        let part = rng.range(0.86, 1.0);
        visit.acts.push(Act::SellPart { instrument, from, to, part, pieces: rng.between(14, 26) as usize });
        visit.logout = Some(to + 20 * MINUTE);
        draft.plan(account, visit);
    }
}

/// Small purchases on most of up to 14 trading days before `day`.
pub(crate) fn accumulate(
    draft: &mut Draft,
    rng: &mut Stream,
    account: u32,
    instrument: usize,
    day: i32,
    quantity: i64,
) {
    let days: Vec<i32> = (draft.span.first..day).filter(|&d| Exchange::Tokyo.is_trading_day(d)).collect();
    let days = &days[days.len().saturating_sub(14)..];
    let weights: Vec<f64> = days.iter().map(|_| rng.range(0.5, 1.5)).collect();
    let total: f64 = weights.iter().sum();
    let mut left = quantity / 100;
    for (k, (&d, w)) in days.iter().zip(&weights).enumerate() {
        let lots = if k + 1 == days.len() { left } else { (quantity as f64 / 100.0 * w / total) as i64 };
        left -= lots;
        let start = Exchange::Tokyo.moment(d, rng.range(0.02, 0.6));
        let mut visit = draft.holder_visit(account, start - rng.between(60, 400) * SECOND, rng);
        let orders = rng.between(2, 5);
        for o in 0..orders {
            let piece = if o + 1 == orders { lots - lots / orders * (orders - 1) } else { lots / orders };
            let progress =
                Exchange::Tokyo.progress(start).unwrap_or(0.1) + o as f64 * 0.06 + rng.range(0.0, 0.04);
            let time = Exchange::Tokyo.moment(d, progress);
            if piece > 0 {
                visit.acts.push(Act::Buy { instrument, time, quantity: piece * 100 });
            }
        }
        visit.logout = Some(Exchange::Tokyo.moment(d, 0.97));
        draft.plan(account, visit);
    }
}

/// Weights that tilt `base` by price until the mean price is `mean`: w·exp(θ·(p − mean)), θ by bisection.
pub(crate) fn tilt(prices: &[f64], base: &[f64], mean: f64) -> Vec<f64> {
    let weigh = |theta: f64| -> Vec<f64> {
        prices.iter().zip(base).map(|(p, w)| w * libm::exp(theta * (p - mean))).collect()
    };
    let excess = |w: &[f64]| -> f64 {
        prices.iter().zip(w).map(|(p, w)| (p - mean) * w).sum::<f64>() / w.iter().sum::<f64>()
    };
    let (mut low, mut high) = (-1.5, 1.5);
    for _ in 0..80 {
        let middle = (low + high) / 2.0;
        if excess(&weigh(middle)) < 0.0 { low = middle } else { high = middle }
    }
    weigh((low + high) / 2.0)
}

/// Shares out `lots` in proportion to `weights`, at least one each, exactly.
pub(crate) fn apportion(lots: i64, weights: &[f64]) -> Vec<i64> {
    let total: f64 = weights.iter().sum();
    let mut out: Vec<i64> = weights.iter().map(|w| ((lots as f64 * w / total) as i64).max(1)).collect();
    let mut rest = lots - out.iter().sum::<i64>();
    let mut k = 0;
    while rest != 0 && !out.is_empty() {
        let place = k % out.len();
        if rest > 0 {
            out[place] += 1;
            rest -= 1;
        } else if out[place] > 1 {
            out[place] -= 1;
            rest += 1;
        }
        k += 1;
    }
    out
}
