//! One account's life: its holder's visits and the planned ones, carried out in order against what it holds.

use std::collections::BTreeMap;

use itoguchi_model::time::{DAY, HOUR, MINUTE, SECOND};

use crate::{
    clock::{Exchange, Span, at, date_of, is_weekend, whole_millis},
    market::{Kind, Market, tick},
    params::{
        AGGREGATOR_AGENT, CONTACT_CHANGE, FAILURE, LOGOUT, ORDER_YEN, ORDERS, PASSWORD_CHANGE, REBALANCE,
        WEEKEND,
    },
    plan::{Act, Event, NO_DEVICE, Origin, Visit},
    population::{Account, Popular, Population},
    rng::Stream,
};

/// A row of `logins` before its ids are written out.
#[derive(Clone, Debug)]
pub(crate) struct LoginRow {
    pub time: i64,
    pub account: u32,
    pub event: Event,
    pub success: bool,
    pub network: u32,
    pub port: u16,
    pub device: u32,
    pub agent: u8,
    /// Which visit of the account, or `None` for a robot's.
    pub visit: Option<u32>,
    pub origin: Origin,
}

/// A row of `executions` before its ids are written out.
#[derive(Clone, Debug)]
pub(crate) struct FillRow {
    pub time: i64,
    pub account: u32,
    pub instrument: u32,
    pub side: char,
    pub quantity: i64,
    /// Thousandths of the currency.
    pub price: i64,
    pub order: u32,
    pub visit: u32,
    pub origin: Origin,
}

/// What one account did.
#[derive(Debug, Default)]
pub(crate) struct Life {
    pub logins: Vec<LoginRow>,
    pub fills: Vec<FillRow>,
}

/// What every account's life is lived in.
pub(crate) struct Surroundings<'a> {
    pub seed: u64,
    pub span: Span,
    pub market: &'a Market,
    pub people: &'a Population,
    pub popular: &'a Popular,
    pub robots: f64,
}

struct Living<'a> {
    at: &'a Surroundings<'a>,
    account: u32,
    holder: &'a Account,
    rng: Stream,
    held: BTreeMap<usize, i64>,
    orders: u32,
    busy_until: i64,
    /// Yen that planned sales have raised and planned purchases have not spent.
    purse: f64,
    life: Life,
}

/// Lives one account: draws the holder's visits, adds the planned ones, and carries all out in time order.
///
/// Depends on the account's own stream alone, so accounts may be lived in any order and on any thread.
pub(crate) fn live(around: &Surroundings<'_>, account: usize, planned: &[Visit]) -> Life {
    let holder = &around.people.accounts[account];
    let mut rng = Stream::new(around.seed, "life", account as u64);
    let mut visits = own_visits(around, account, &mut rng);
    // The holder keeps away while something planned goes on, so that positions change in time order.
    let planned_spans: Vec<(i64, i64)> = planned.iter().map(|v| (v.login - HOUR, end_of(v) + HOUR)).collect();
    visits.retain(|v| !planned_spans.iter().any(|&(a, b)| (a..b).contains(&v.login)));
    visits.extend(robot_visits(around, holder, &mut rng));
    visits.extend(planned.iter().cloned());
    visits.sort_by_key(|v| v.login);
    let mut living = Living {
        at: around,
        account: account as u32,
        holder,
        rng,
        held: holder.opening.iter().copied().collect(),
        orders: 0,
        busy_until: i64::MIN,
        purse: 0.0,
        life: Life::default(),
    };
    for (k, visit) in visits.iter().enumerate() {
        living.carry_out(k as u32, visit);
    }
    living.life
}

fn end_of(visit: &Visit) -> i64 {
    visit.logout.unwrap_or(visit.login + 2 * HOUR)
}

/// When the day's visits happen: before the open, at noon, after the close, in the evening.
fn time_of_day(rng: &mut Stream) -> i64 {
    let (centre, spread) = [(8.4, 0.9), (12.3, 0.8), (15.4, 1.0), (20.8, 1.7), (12.0, 4.5)]
        [rng.weighted(&[0.26, 0.2, 0.16, 0.26, 0.12])];
    let hour = (centre + spread * rng.normal()).clamp(5.2, 23.8);
    whole_millis((hour * HOUR as f64) as i64)
}

/// A trading day's progress with more at either end.
fn busy_progress(rng: &mut Stream) -> f64 {
    let u = rng.unit();
    match rng.weighted(&[0.42, 0.28, 0.3]) {
        0 => u * u * 0.6,
        1 => 1.0 - u * u * 0.5,
        _ => u,
    }
}

fn own_visits(around: &Surroundings<'_>, account: usize, rng: &mut Stream) -> Vec<Visit> {
    let holder = &around.people.accounts[account];
    let mut times: Vec<(i64, usize)> = Vec::new();
    for day in around.span.dates() {
        let share = if is_weekend(day) { WEEKEND } else { 1.0 };
        for _ in 0..rng.poisson(holder.logins * share) {
            times.push((at(day, 0, 0) + time_of_day(rng), 0));
        }
        let venue = match holder
            .favourites
            .iter()
            .find(|&&i| around.market.instruments[i].exchange != Exchange::Tokyo)
        {
            Some(&i) if rng.chance(0.5) => around.market.instruments[i].exchange,
            _ => Exchange::Tokyo,
        };
        if venue.is_trading_day(day) && rng.chance(holder.trades.min(0.9)) {
            let start = venue.moment(day, busy_progress(rng)) - rng.between(20, 240) * SECOND;
            times.push((start, 1 + rng.poisson(ORDERS - 1.0)));
        }
    }
    times.retain(|t| holder.away.is_none_or(|(from, until)| !(from..until).contains(&t.0)));
    times
        .into_iter()
        .map(|(login, orders)| {
            let login = whole_millis(login) + rng.between(0, 999) * 1_000;
            own_visit(around, account, login, orders, rng)
        })
        .collect()
}

/// One visit by the holder, from one of the devices and networks they use then.
pub(crate) fn own_visit(
    around: &Surroundings<'_>,
    account: usize,
    login: i64,
    orders: usize,
    rng: &mut Stream,
) -> Visit {
    let people = around.people;
    let holder = &people.accounts[account];
    let (device, agent) = people.device_at(account, login, rng);
    let network = people.network_at(account, login, agent, rng);
    let mut visit = Visit::new(login, network, device, agent);
    if rng.chance(FAILURE) {
        visit.events.push((-rng.between(8, 40) * SECOND, Event::Login, false));
    }
    if rng.chance(0.012) {
        visit.events.push((-rng.between(3, 25) * SECOND, Event::MfaFail, false));
    }
    if rng.chance(PASSWORD_CHANGE) {
        let event = if rng.chance(0.75) { Event::PasswordChange } else { Event::MfaChange };
        visit.events.push((rng.between(30, 200) * SECOND, event, true));
    }
    if rng.chance(CONTACT_CHANGE) {
        let event = if rng.chance(0.5) { Event::NotificationOff } else { Event::EmailChange };
        visit.events.push((rng.between(30, 200) * SECOND, event, true));
    }
    let first_day = people.accounts[account]
        .devices
        .iter()
        .any(|d| d.id == device && login.saturating_sub(d.from) < 3 * DAY);
    if first_day && rng.chance(0.6) {
        visit.events.push((5 * SECOND, Event::DeviceRegister, true));
    }
    if orders > 0 && login < holder.locked_from {
        visit.acts.push(Act::Habit { orders });
    }
    if rng.chance(LOGOUT) {
        let stay = if orders > 0 { 25 * MINUTE } else { 2 * MINUTE };
        visit.logout = Some(login + stay + rng.between(0, 400_000) * 1_000);
    }
    visit
}

fn robot_visits(around: &Surroundings<'_>, holder: &Account, rng: &mut Stream) -> Vec<Visit> {
    let Some(which) = holder.aggregator else { return Vec::new() };
    let pool = &around.people.aggregators;
    let hour = rng.between(2, 6);
    let minute = rng.between(0, 59);
    let mut out = Vec::new();
    for day in around.span.dates() {
        if !rng.chance(around.robots) {
            continue;
        }
        // An aggregator's robots come from two addresses of its own.
        let network = pool[(usize::from(which) / 2 * 2 + rng.below(2)) % pool.len()];
        let time = at(day, hour, minute) + rng.between(0, 59_999) * 1_000;
        let mut visit = Visit::new(time, network, NO_DEVICE, AGGREGATOR_AGENT);
        visit.robot = true;
        out.push(visit);
    }
    out
}

impl Living<'_> {
    fn carry_out(&mut self, index: u32, visit: &Visit) {
        let network = &self.at.people.networks[visit.network as usize];
        let own = visit.origin == Origin::Holder;
        let block = visit.port.or(own.then_some(self.holder.port));
        let (low, high) = if let Some(first) = block.filter(|_| network.shared_ports > 0) {
            (i64::from(first), i64::from(first) + i64::from(network.shared_ports) - 1)
        } else {
            (1_024, 65_535)
        };
        let port = self.rng.between(low, high) as u16;
        let mut row = |time: i64, event: Event, success: bool| {
            self.life.logins.push(LoginRow {
                time,
                account: self.account,
                event,
                success,
                network: visit.network,
                port,
                device: visit.device,
                agent: visit.agent,
                visit: (!visit.robot).then_some(index),
                origin: visit.origin,
            });
        };
        row(visit.login, Event::Login, true);
        for &(offset, event, success) in &visit.events {
            row(visit.login + offset, event, success);
        }
        if let Some(time) = visit.logout {
            row(time, Event::Logout, true);
        }
        let mut raised = 0.0;
        for act in &visit.acts {
            self.act(index, visit, act, &mut raised);
        }
    }

    fn act(&mut self, index: u32, visit: &Visit, act: &Act, raised: &mut f64) {
        match *act {
            Act::Habit { orders } if visit.login > self.busy_until => self.habits(index, visit, orders),
            Act::Habit { .. } => {}
            Act::SellAll { from, to, part } => {
                let positions: Vec<(usize, i64)> = self.held.iter().map(|(&i, &q)| (i, q)).collect();
                let kept = libm::round(positions.len() as f64 * (1.0 - part)) as usize;
                for &(instrument, quantity) in &positions[kept.min(positions.len())..] {
                    let time = self.open_moment(instrument, from, to);
                    *raised += self.sell(index, visit.origin, instrument, time, quantity);
                }
            }
            Act::Sell { instrument, time, quantity } => {
                *raised += self.sell(index, visit.origin, instrument, time, quantity);
            }
            Act::SellPart { instrument, from, to, part, pieces } => {
                let lot = self.at.market.instruments[instrument].lot;
                let held = self.held.get(&instrument).copied().unwrap_or(0);
                let each = ((held as f64 * part / pieces as f64 / lot as f64) as i64).max(1) * lot;
                for time in self.spread(instrument, from, to, pieces) {
                    *raised += self.sell(index, visit.origin, instrument, time, each);
                }
            }
            Act::Buy { instrument, time, quantity } => {
                self.fill(index, visit.origin, instrument, time, 'b', quantity);
            }
            Act::BuyProceeds { instrument, from, to, part, pieces } => {
                let budget = *raised * part / pieces as f64;
                for time in self.spread(instrument, from, to, pieces) {
                    let lot = self.at.market.instruments[instrument].lot;
                    let Some(price) = self.at.market.price(instrument, time) else { continue };
                    let lots = (budget / self.at.market.yen(instrument, price, lot, date_of(time))) as i64;
                    if lots > 0 {
                        self.fill(index, visit.origin, instrument, time, 'b', lots * lot);
                    }
                }
            }
            Act::Liquidate { from, to, part } => self.liquidate(index, visit.origin, (from, to), part),
            Act::Spend { instrument, from, to, part, cash, pieces } => {
                let yen = self.purse * part + cash;
                self.spend(index, visit.origin, instrument, (from, to), yen, pieces);
            }
            Act::Short { instrument, time, quantity } => {
                self.fill(index, visit.origin, instrument, time, 's', quantity);
            }
        }
    }

    /// Sells the share `part` of the positions, each whole and at a moment of its own.
    fn liquidate(&mut self, index: u32, origin: Origin, (from, to): (i64, i64), part: f64) {
        let mut positions: Vec<(usize, i64)> = self.held.iter().map(|(&i, &q)| (i, q)).collect();
        self.rng.shuffle(&mut positions);
        let sold = libm::ceil(positions.len() as f64 * part) as usize;
        for &(instrument, quantity) in &positions[..sold.min(positions.len())] {
            let time = self.open_moment(instrument, from, to);
            self.purse += self.sell(index, origin, instrument, time, quantity);
        }
    }

    fn spend(
        &mut self,
        index: u32,
        origin: Origin,
        instrument: usize,
        (from, to): (i64, i64),
        yen: f64,
        pieces: usize,
    ) {
        let weights: Vec<f64> = (0..pieces).map(|_| self.rng.range(0.3, 1.7)).collect();
        let total: f64 = weights.iter().sum();
        let lot = self.at.market.instruments[instrument].lot;
        let mut left = yen;
        for (time, weight) in self.spread(instrument, from, to, pieces).into_iter().zip(weights) {
            let Some(price) = self.at.market.price(instrument, time) else { continue };
            let each = self.at.market.yen(instrument, price, lot, date_of(time));
            let lots = ((yen * weight / total).min(left) / each) as i64;
            // Who has enough for one lot buys one.
            let lots = if lots == 0 && left >= each { 1 } else { lots };
            if lots > 0 {
                left -= self.fill(index, origin, instrument, time, 'b', lots * lot);
            }
        }
        self.purse -= (yen - left).min(self.purse);
    }

    /// A moment between the two at which the instrument trades, if there is one to be found.
    fn open_moment(&mut self, instrument: usize, from: i64, to: i64) -> i64 {
        let exchange = self.at.market.instruments[instrument].exchange;
        let mut time = self.rng.between(from, to);
        for _ in 0..40 {
            if exchange.is_open(time) {
                break;
            }
            time = self.rng.between(from, to);
        }
        whole_millis(time)
    }

    fn spread(&mut self, instrument: usize, from: i64, to: i64, pieces: usize) -> Vec<i64> {
        let mut times: Vec<i64> = (0..pieces).map(|_| self.open_moment(instrument, from, to)).collect();
        times.sort_unstable();
        times
    }

    /// Sells what is held, at most; the yen raised, 0 if the market is closed then.
    fn sell(&mut self, index: u32, origin: Origin, instrument: usize, time: i64, quantity: i64) -> f64 {
        let quantity = quantity.min(self.held.get(&instrument).copied().unwrap_or(0));
        if quantity <= 0 {
            return 0.0;
        }
        self.fill(index, origin, instrument, whole_millis(time), 'S', quantity)
    }

    /// Fills one order in one to three parts of whole lots; the yen it moved.
    fn fill(
        &mut self,
        index: u32,
        origin: Origin,
        instrument: usize,
        time: i64,
        side: char,
        quantity: i64,
    ) -> f64 {
        let listed = &self.at.market.instruments[instrument];
        let Some(path) = self.at.market.path(instrument, listed.exchange.trade_date(time)) else {
            return 0.0;
        };
        let (order, lots) = (self.orders, quantity / listed.lot);
        self.orders += 1;
        let parts = if lots < 4 { 1 } else { 1 + self.rng.weighted(&[0.76, 0.18, 0.06]) as i64 };
        let (mut left, mut when, mut moved) = (quantity, whole_millis(time), 0.0);
        for k in 0..parts {
            let piece = if k + 1 == parts { left } else { (lots / parts).max(1) * listed.lot };
            let Some(mid) = self.at.market.price(instrument, when) else { break };
            let step = tick(listed.exchange, mid);
            let slip = if (path.pinned && !self.at.market.slips) || !self.rng.chance(0.3) { 0 } else { step };
            let price =
                (if side == 'b' { mid + slip } else { mid - slip }).clamp(path.low_limit, path.high_limit);
            self.life.fills.push(FillRow {
                time: when,
                account: self.account,
                instrument: instrument as u32,
                side,
                quantity: piece,
                price: price.max(step),
                order,
                visit: index,
                origin,
            });
            match side {
                'b' => *self.held.entry(instrument).or_insert(0) += piece,
                'S' => *self.held.entry(instrument).or_insert(0) -= piece,
                _ => {}
            }
            self.busy_until = self.busy_until.max(when + MINUTE);
            moved += self.at.market.yen(instrument, price, piece, date_of(when));
            left -= piece;
            when = whole_millis(when + self.rng.between(40, 2_500) * 1_000);
        }
        self.held.retain(|_, q| *q > 0);
        moved
    }

    fn habits(&mut self, index: u32, visit: &Visit, orders: usize) {
        let mut time = visit.login;
        if self.held.len() > 1 && self.rng.chance(REBALANCE) {
            let (from, to) = (time + MINUTE, time + 9 * MINUTE);
            let mut raised = 0.0;
            self.act(index, visit, &Act::SellAll { from, to, part: 1.0 }, &mut raised);
            let instrument = self.at.popular.draw(self.holder.foreign, &mut self.rng);
            let act = Act::BuyProceeds {
                instrument,
                from: to + MINUTE,
                to: to + 12 * MINUTE,
                part: 0.9,
                pieces: 2,
            };
            self.act(index, visit, &act, &mut raised);
            return;
        }
        for _ in 0..orders {
            time += self.rng.between(20, 200) * SECOND;
            if !self.held.is_empty() && self.rng.chance(0.45) {
                let names: Vec<usize> = self.held.keys().copied().collect();
                let instrument = self.rng.pick(&names);
                self.habit_sale(index, visit.origin, instrument, time);
            } else {
                self.habit_purchase(index, visit.origin, time);
            }
        }
    }

    fn habit_sale(&mut self, index: u32, origin: Origin, instrument: usize, time: i64) {
        let lot = self.at.market.instruments[instrument].lot;
        let held = self.held[&instrument];
        let part = if self.rng.chance(0.5) { 1.0 } else { self.rng.range(0.2, 0.8) };
        let quantity = ((held as f64 * part / lot as f64) as i64).max(1) * lot;
        self.sell(index, origin, instrument, time, quantity);
    }

    fn habit_purchase(&mut self, index: u32, origin: Origin, time: i64) {
        let instrument = if self.rng.chance(0.75) {
            let favourites = self.holder.favourites.clone();
            self.rng.pick(&favourites)
        } else {
            self.at.popular.draw(self.holder.foreign, &mut self.rng)
        };
        let market = self.at.market;
        let listed = &market.instruments[instrument];
        let Some(price) = market.price(instrument, time) else { return };
        let most = (self.holder.wealth * 0.25).max(80_000.0);
        let yen = self.rng.lognormal(ORDER_YEN.0, ORDER_YEN.1).min(most);
        let each = market.yen(instrument, price, listed.lot, date_of(time));
        let thin = matches!(listed.kind, Kind::Thin | Kind::HongKongThin);
        let cap = if thin { (listed.volume * 0.02 / listed.lot as f64) as i64 } else { i64::MAX };
        // Who cannot afford a lot buys none.
        let lots = ((yen / each) as i64).min(cap.max(1));
        if lots >= 1 || each < most * 2.0 {
            self.fill(index, origin, instrument, whole_millis(time), 'b', lots.max(1) * listed.lot);
        }
    }
}
