//! How the rings of a scored world go about it: accounts chosen, looked at, sold and made to buy, and who sells to them.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_model::time::{DAY, HOUR, MINUTE, SECOND};

use crate::{
    attacks::last_moment,
    clock::{Exchange, whole_millis},
    draft::{Draft, RingDraft},
    market::Kind,
    params::{
        CASH, CASH_ONLY, FIRST_SALE_MINUTES, LEAST_WORTH, NOTICED, OVERNIGHT, PARTIAL, PARTIAL_PART,
        PARTICIPATION, PASSWORD_AFTER, PAUSE, PREPARES, RECON, SELLER_NEW, SELLING, SILENCED, SOLD_INSIDE,
        WORTH_TAKING,
    },
    plan::{Act, Event, NO_DEVICE, Origin, Visit},
    rings::{Outing, Reuse, Ring, Seller},
    rng::Stream,
};

/// Plans every ring.
pub(crate) fn plan(draft: &mut Draft, rings: &[Ring]) {
    let mut homes =
        if rings.iter().any(|r| r.reuse.households > 0) { Homes::of(draft) } else { Homes::default() };
    let mut used = BTreeSet::new();
    for (k, ring) in rings.iter().enumerate() {
        let rng = &mut draft.stream("raid", k as u64);
        draft.rings.push(RingDraft { name: ring.name.clone(), victims: Vec::new(), sellers: Vec::new() });
        let mut kit = Kit::new(draft, rng, ring.reuse, &mut homes);
        for outing in &ring.outings {
            kit.next_outing();
            for _ in 0..outing.victims {
                let broker = rng.weighted(&ring.split) as u8;
                if let Some(account) = worth_taking(draft, rng, broker) {
                    draft.rings[k].victims.push(account);
                    take_over(draft, rng, &mut kit, &mut used, ring, outing, account, k);
                }
            }
            let looks = libm::round(outing.victims as f64 * ring.accessed + rng.range(-0.5, 0.5)) as usize;
            for _ in 0..looks {
                let broker = rng.weighted(&ring.split) as u8;
                if let Some(account) = worth_taking(draft, rng, broker) {
                    let time = Exchange::Tokyo.moment(outing.day, rng.unit())
                        - rng.between(0, 2 * 86_400) * SECOND
                        - rng.between(0, 999) * 1_000;
                    look(draft, rng, &mut kit, &mut used, account, time.max(draft.span.start()), k);
                    draft.accessed.insert(account);
                }
            }
        }
        for seller in &ring.sellers {
            sell_into(draft, rng, ring, *seller, &kit, k);
        }
    }
}

/// Lines of homes that have accounts of their own: those of several accounts, and those of one.
#[derive(Default)]
struct Homes {
    families: Vec<(u32, Vec<u32>)>,
    singles: Vec<(u32, Vec<u32>)>,
}

impl Homes {
    fn of(draft: &Draft) -> Self {
        let mut by_line: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (i, a) in draft.people.accounts.iter().enumerate() {
            if !a.corporate && a.moves.is_none() && draft.people.networks[a.home as usize].class == "fixed" {
                by_line.entry(a.home).or_default().push(i as u32);
            }
        }
        // The household must be seen from its own line now and then, or nobody could know that it is one.
        by_line.retain(|_, who| who.iter().any(|&a| draft.people.accounts[a as usize].logins > 0.1));
        let (families, singles) = by_line.into_iter().partition(|(_, who)| who.len() > 1);
        Self { families, singles }
    }

    /// A household nobody has a part in yet; its members have one from now on.
    fn take(&mut self, draft: &mut Draft, rng: &mut Stream) -> Option<u32> {
        for _ in 0..60 {
            let pool = if rng.chance(0.6) { &mut self.families } else { &mut self.singles };
            if pool.is_empty() {
                continue;
            }
            let place = rng.below(pool.len());
            let (line, who) = pool.swap_remove(place);
            if who.iter().any(|a| draft.cast.contains(a)) {
                continue;
            }
            draft.cast.extend(&who);
            draft.decoys.extend(who.into_iter().map(|a| (a, "relay_household")));
            return Some(line);
        }
        None
    }
}

/// An address, with the first port of a block where it is shared.
type Line = (u32, Option<u16>);

/// The devices and addresses of a ring.
struct Kit {
    rules: Reuse,
    /// Programs of one family: a ring's devices look alike.
    agents: [u8; 2],
    devices: Vec<(u32, u8)>,
    lines: Vec<Line>,
    homes: Vec<u32>,
    /// How many of `devices` and `lines` were there before this outing.
    before: (usize, usize),
    visits: usize,
}

/// What a visit comes from.
#[derive(Clone, Copy)]
struct Access {
    line: Line,
    device: (u32, u8),
}

impl Kit {
    fn new(draft: &mut Draft, rng: &mut Stream, rules: Reuse, homes: &mut Homes) -> Self {
        let agents = if rng.chance(0.6) {
            [5 + rng.below(5) as u8, 5 + rng.below(5) as u8]
        } else {
            [rng.below(5) as u8, rng.below(5) as u8]
        };
        let homes = (0..rules.households).filter_map(|_| homes.take(draft, rng)).collect();
        Self { rules, agents, devices: Vec::new(), lines: Vec::new(), homes, before: (0, 0), visits: 0 }
    }

    /// In a ring that changes what it uses, only what the last outing brought is still there.
    fn next_outing(&mut self) {
        if self.rules.neighbours {
            self.devices.drain(..self.before.0);
            self.lines.drain(..self.before.1);
        }
        self.before = (self.devices.len(), self.lines.len());
        if self.rules.neighbours {
            self.visits = 0;
        }
    }

    /// What the next visit comes from. A ring that shares at all does so for certain at its second and third visit (a
    /// campaign at the first, with the outing before), so that none is left without by chance.
    fn next(&mut self, draft: &mut Draft, rng: &mut Stream, used: &mut BTreeSet<u32>) -> Access {
        let certain = usize::from(!self.rules.neighbours || self.devices.is_empty());
        let again = |rate: f64, turn: usize, visits: usize, rng: &mut Stream| {
            rng.chance(rate) || (rate >= 0.2 && visits == turn)
        };
        let device = if !self.devices.is_empty() && again(self.rules.device, certain, self.visits, rng) {
            rng.pick(&self.devices)
        } else {
            let made = (draft.people.new_device(), rng.pick(&self.agents));
            self.devices.push(made);
            made
        };
        let through = !self.homes.is_empty() && rng.chance(self.rules.through);
        let line = if through {
            (rng.pick(&self.homes), None)
        } else if !self.lines.is_empty() && again(self.rules.address, certain + 1, self.visits, rng) {
            rng.pick(&self.lines)
        } else {
            let made = if rng.chance(self.rules.hosting) {
                (rng.pick(&draft.people.hosting), None)
            } else {
                fresh_line(draft, rng, used)
            };
            self.lines.push(made);
            made
        };
        self.visits += 1;
        Access { line, device }
    }
}

/// Somebody's line that no ring has come through yet.
fn fresh_line(draft: &mut Draft, rng: &mut Stream, used: &mut BTreeSet<u32>) -> Line {
    loop {
        let line = draft.people.relay(rng);
        if used.insert(line.0) {
            return line;
        }
    }
}

/// An account to take over: in proportion to how much it is used and to what is in it, but nearly any may be.
fn worth_taking(draft: &mut Draft, rng: &mut Stream, broker: u8) -> Option<u32> {
    let weight = |d: &Draft, a: u32| {
        let account = &d.people.accounts[a as usize];
        let lives = !account.opening.is_empty() || account.trades > 0.02;
        if account.corporate || account.broker != broker || !lives || d.is_decoy(a) {
            return 0.0;
        }
        let yen = d.opening_yen(a);
        let activity = ((account.logins + 2.0 * account.trades) / 0.6).min(1.0);
        activity * (yen + 0.04 * WORTH_TAKING) / (yen + WORTH_TAKING)
    };
    draft.cast_by(rng, 1, weight).first().copied()
}

/// A visit with what the ring has.
fn visit_of(draft: &Draft, rng: &mut Stream, account: u32, login: i64, access: Access, ring: usize) -> Visit {
    let (mut device, agent) = access.device;
    // Where a record carries no device it carries none of anybody's.
    if draft.people.accounts[account as usize].devices.is_empty() {
        device = NO_DEVICE;
    }
    let login = whole_millis(login) + rng.between(0, 999) * 1_000;
    let mut visit = Visit::new(login, access.line.0, device, agent);
    visit.origin = Origin::Hijack(ring);
    visit.port = access.line.1;
    visit
}

fn look(
    draft: &mut Draft,
    rng: &mut Stream,
    kit: &mut Kit,
    used: &mut BTreeSet<u32>,
    account: u32,
    time: i64,
    ring: usize,
) {
    let access = kit.next(draft, rng, used);
    let visit = visit_of(draft, rng, account, time, access, ring);
    draft.plan(account, visit);
}

/// When the holdings are sold so that purchases can start at `buy`, with the login before: (login, from, to).
pub(crate) fn sale_before(day: i32, buy: i64, rng: &mut Stream) -> (i64, i64, i64) {
    let whole = Exchange::Tokyo.minutes(day);
    let pause = rng.between(PAUSE.0, PAUSE.1) * MINUTE;
    let end = Exchange::Tokyo.passed(buy - pause).clamp(4.0 / whole, 0.995);
    let begin = (end - rng.between(SELLING.0, SELLING.1) as f64 / whole).max(0.4 / whole);
    let (from, to) = (Exchange::Tokyo.moment(day, begin), Exchange::Tokyo.moment(day, end));
    let (median, spread, least, most) = FIRST_SALE_MINUTES;
    let lead = rng.lognormal(median, spread).clamp(least, most);
    (from - (lead * MINUTE as f64) as i64, from, to)
}

/// When one account is made to buy: a few minutes somewhere in the ring's window.
fn purchase_time(outing: &Outing, rng: &mut Stream) -> (i64, i64) {
    let whole = outing.exchange.minutes(outing.day);
    let start = rng.range(outing.from, (outing.to - 2.0 / whole).max(outing.from));
    let end = (start + rng.range(1.5, 18.0) / whole).min(outing.to.max(start + 1.0 / whole));
    (outing.exchange.moment(outing.day, start), outing.exchange.moment(outing.day, end))
}

#[allow(clippy::too_many_arguments)] // one hijack is at the meeting point of all of them
fn take_over(
    draft: &mut Draft,
    rng: &mut Stream,
    kit: &mut Kit,
    used: &mut BTreeSet<u32>,
    ring: &Ring,
    outing: &Outing,
    account: u32,
    index: usize,
) {
    let buy = purchase_time(outing, rng);
    let eve = (draft.span.first..outing.day).rev().find(|&d| Exchange::Tokyo.is_trading_day(d));
    let overnight = eve.filter(|_| rng.chance(OVERNIGHT));
    let (login, from, to) = match overnight {
        Some(day) => sale_before(day, Exchange::Tokyo.moment(day, rng.range(0.3, 1.0)), rng),
        None => sale_before(outing.day, buy.0, rng),
    };
    let part = if rng.chance(PARTIAL) { rng.range(PARTIAL_PART.0, PARTIAL_PART.1) } else { 1.0 };
    let access = kit.next(draft, rng, used);
    let mut visit = visit_of(draft, rng, account, login, access, index);
    tampering(&mut visit, rng);
    visit.acts.push(Act::Liquidate { from, to, part });
    let acts = purchases(draft, rng, ring, outing, account, buy);
    let first = visit.login;
    if overnight.is_some() {
        let again = if rng.chance(0.5) { access } else { kit.next(draft, rng, used) };
        let login = buy.0 - rng.between(2, 12) * MINUTE;
        let mut second = visit_of(draft, rng, account, login, again, index);
        leave(&mut visit, rng);
        draft.plan(account, visit);
        second.acts = acts;
        visit = second;
    } else {
        visit.acts.extend(acts);
    }
    leave(&mut visit, rng);
    let done = visit.acts.iter().map(last_moment).max().unwrap_or(visit.login);
    draft.plan(account, visit);
    aftermath(draft, rng, account, first, done);
    if rng.chance(RECON) {
        let days = if kit.rules.neighbours { 4 } else { 21 };
        let time = first - rng.between(1, days) * DAY - rng.between(-6 * 3_600, 6 * 3_600) * SECOND;
        if time > draft.span.start() + HOUR {
            look(draft, rng, kit, used, account, time, index);
        }
    }
}

/// What else is done to an account at login: a code mistyped, a device registered, alerts switched off.
fn tampering(visit: &mut Visit, rng: &mut Stream) {
    let mut event = |after: (i64, i64), event: Event, success: bool, rng: &mut Stream| {
        visit.events.push((rng.between(after.0 * 1_000, after.1 * 1_000) * 1_000, event, success));
    };
    if rng.chance(0.1) {
        event((-60, -8), Event::MfaFail, false, rng);
    }
    if rng.chance(0.4) {
        event((3, 20), Event::DeviceRegister, true, rng);
    }
    if rng.chance(SILENCED) {
        let what =
            rng.pick(&[Event::NotificationOff, Event::EmailChange, Event::PasswordChange, Event::MfaChange]);
        event((25, 110), what, true, rng);
    }
}

/// Few log out, as few holders do.
fn leave(visit: &mut Visit, rng: &mut Stream) {
    if rng.chance(0.25) {
        let last = visit.acts.iter().map(last_moment).max().unwrap_or(visit.login);
        visit.logout = Some(whole_millis(last.max(visit.login) + rng.between(20, 400) * SECOND));
    }
}

/// The ring's names, perhaps a large one too, perhaps sold and bought once more.
fn purchases(
    draft: &Draft,
    rng: &mut Stream,
    ring: &Ring,
    outing: &Outing,
    account: u32,
    (from, to): (i64, i64),
) -> Vec<Act> {
    let mut cash = if draft.tokyo_yen(account) < LEAST_WORTH {
        rng.lognormal(CASH_ONLY.0, CASH_ONLY.1)
    } else if rng.chance(CASH.0) {
        rng.lognormal(CASH.1, CASH.2)
    } else {
        0.0
    };
    let mut mine: Vec<usize> = outing.names.clone();
    if mine.len() > 1 && rng.chance(0.5) {
        let count = 1 + rng.below(mine.len());
        mine = rng.sample(&mine, count);
    }
    let mut acts = Vec::new();
    if rng.chance(ring.camouflage) && Exchange::Tokyo.is_open(from) {
        let instrument = rng.pick(&draft.market.of_kind(Kind::Large));
        let part = rng.range(0.1, 0.4);
        acts.push(Act::Spend { instrument, from, to, part, cash: 0.0, pieces: 1 });
    }
    for (k, &instrument) in mine.iter().enumerate() {
        let left = (mine.len() - k) as f64;
        let part =
            (rng.range(0.88, 0.99) / left * if left > 1.0 { rng.range(0.7, 1.2) } else { 1.0 }).min(0.99);
        acts.push(Act::Spend { instrument, from, to, part, cash, pieces: 1 + rng.below(6) });
        cash = 0.0;
    }
    if rng.chance(ring.churn) {
        let instrument = mine[0];
        let whole = outing.exchange.minutes(outing.day);
        let start = outing.exchange.passed(to);
        let at = |minutes: f64| outing.exchange.moment(outing.day, (start + minutes / whole).min(0.995));
        let part = rng.range(0.4, 0.8);
        acts.push(Act::SellPart { instrument, from: at(1.0), to: at(7.0), part, pieces: 1 + rng.below(3) });
        let (from, to) = (at(8.0), at(16.0));
        acts.push(Act::Spend { instrument, from, to, part: 0.0, cash: 0.0, pieces: 1 });
        // What the sale brings is known when it is made; the purse has it by then.
        if let Some(Act::Spend { part, pieces, .. }) = acts.last_mut() {
            (*part, *pieces) = (rng.range(0.6, 0.95), 1 + rng.below(3));
        }
    }
    acts
}

/// Most hijacks are noticed, and the account is closed to orders; the holder may change the password.
fn aftermath(draft: &mut Draft, rng: &mut Stream, account: u32, login: i64, done: i64) {
    if !rng.chance(NOTICED) {
        return;
    }
    draft.people.accounts[account as usize].locked_from = login;
    if rng.chance(PASSWORD_AFTER) {
        let time = done + rng.between(4 * 3_600, 90 * 3_600) * SECOND;
        if time < draft.span.end() {
            let mut visit = draft.holder_visit(account, time, rng);
            visit.events.push((rng.between(30_000, 200_000) * 1_000, Event::PasswordChange, true));
            draft.plan(account, visit);
        }
    }
}

/// An account that buys the ring's names over the days before and sells them into its purchases.
fn sell_into(draft: &mut Draft, rng: &mut Stream, ring: &Ring, seller: Seller, kit: &Kit, index: usize) {
    let chosen = draft.cast_by(rng, 1, |d, a| {
        let account = &d.people.accounts[a as usize];
        let fits = account.broker == seller.broker && !account.devices.is_empty() && !d.is_decoy(a);
        f64::from(u8::from(fits && account.household.is_none() && !account.corporate))
    });
    let Some(&account) = chosen.first() else { return };
    let names: BTreeSet<usize> = ring.outings.iter().flat_map(|o| o.names.iter().copied()).collect();
    let opened = draft.span.first - rng.between(20, 180) as i32;
    let holder = &mut draft.people.accounts[account as usize];
    holder.corporate = seller.company;
    if rng.chance(SELLER_NEW) {
        holder.opened = opened;
    }
    holder.opening.retain(|o| !names.contains(&o.0));
    holder.favourites.retain(|f| !names.contains(f));
    if holder.favourites.is_empty() {
        holder.favourites.push(0);
    }
    draft.rings[index].sellers.push(account);
    let device = kit.devices.first().copied().filter(|_| seller.shares_device);
    for (k, outing) in ring.outings.iter().enumerate() {
        if k > 0 && rng.chance(0.2) {
            continue;
        }
        for &instrument in &outing.names {
            gather(draft, rng, account, instrument, outing);
            let length = outing.to - outing.from;
            let from = outing.exchange.moment(outing.day, outing.from + 0.12 * length);
            let to = outing.exchange.moment(outing.day, outing.to);
            let mut visit = draft.holder_visit(account, from - rng.between(4, 25) * MINUTE, rng);
            if let Some((id, agent)) = device {
                (visit.device, visit.agent) = (id, agent);
            }
            let part = rng.range(SOLD_INSIDE.0, SOLD_INSIDE.1);
            visit.acts.push(Act::SellPart { instrument, from, to, part, pieces: 4 + rng.below(16) });
            draft.plan(account, visit);
        }
    }
}

/// Small purchases on some of the trading days before.
fn gather(draft: &mut Draft, rng: &mut Stream, account: u32, instrument: usize, outing: &Outing) {
    let exchange = outing.exchange;
    let days: Vec<i32> = (draft.span.first..outing.day).filter(|&d| exchange.is_trading_day(d)).collect();
    let count = rng.between(PREPARES.0, PREPARES.1) as usize;
    let days = &days[days.len().saturating_sub(count)..];
    let listed = &draft.market.instruments[instrument];
    let (lot, volume) = (listed.lot, listed.volume);
    let share = rng.range(PARTICIPATION.0, PARTICIPATION.1);
    for &day in days {
        let lots = (volume * share * rng.range(0.4, 1.6) / lot as f64) as i64;
        let orders = rng.between(1, 3);
        let begin = rng.range(0.02, 0.75);
        let login = exchange.moment(day, begin) - rng.between(40, 400) * SECOND;
        let mut visit = draft.holder_visit(account, login, rng);
        for o in 0..orders {
            let time = exchange.moment(day, begin + 0.05 * o as f64 + rng.range(0.0, 0.04));
            let quantity = (lots / orders).max(1) * lot;
            visit.acts.push(Act::Buy { instrument, time, quantity });
        }
        draft.plan(account, visit);
    }
}
