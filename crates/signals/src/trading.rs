//! What is odd about what was traded on an occasion, judged by what the account held and did before.

use std::collections::BTreeMap;

use itoguchi_model::{
    BrokerId, Instant, InstrumentId, Money, Scaled,
    tables::{Case, Execution, Side},
    time::DAY,
};

use rayon::prelude::*;

use crate::{
    market::Market,
    occasions::{self, Occasion},
    signal::{Signal, SignalSet},
};

/// No trade for so long, and an account is dormant; shrinks to what the data have, but not below [`DORMANT_LEAST`].
const DORMANT: i64 = 90 * DAY;
const DORMANT_LEAST: i64 = 14 * DAY;

/// One occasion's trading, judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TradeView {
    /// Signals that fired.
    pub fired: SignalSet,
    /// Signals that could have fired.
    pub known: SignalSet,
    /// Earlier occasions of the account with fills.
    pub history: u32,
}

/// Judges every occasion, in the order of `all`. Parallel over accounts.
#[must_use]
pub fn judge(case: &Case, market: &Market, all: &[Occasion]) -> Vec<TradeView> {
    let told = brokers_with_holdings(case);
    let first = case.executions.iter().map(|x| x.time).min();
    let large = large_purchase(case, market, all);
    let runs: Vec<&[Occasion]> = all.chunk_by(|a, b| a.account == b.account).collect();
    occasions::in_turn(&runs, |run| judge_account(case, market, run, &told, first, large))
}

/// Brokers that told any opening position: at the others, what an account holds is not known.
fn brokers_with_holdings(case: &Case) -> Vec<bool> {
    let mut told = vec![false; case.names.brokers.len()];
    for holding in &case.holdings {
        let BrokerId(broker) = case.names.accounts[holding.account.index()].0;
        told[broker as usize] = true;
    }
    told
}

/// What nineteen in twenty occasions do not exceed in yen for one name; `None` while there are under a hundred.
fn large_purchase(case: &Case, market: &Market, all: &[Occasion]) -> Option<Money> {
    let mut most: Vec<Money> = all
        .par_iter()
        .filter_map(|o| {
            let fills = o.fills.iter().map(|f| &case.executions[*f as usize]);
            purchases(market, fills).into_values().max()
        })
        .collect();
    if most.len() < 100 {
        return None;
    }
    let at = most.len() * 19 / 20;
    Some(*most.select_nth_unstable(at).1)
}

/// What was paid for each name in yen, as far as rates are known.
fn purchases<'a>(
    market: &Market,
    fills: impl Iterator<Item = &'a Execution>,
) -> BTreeMap<InstrumentId, Money> {
    let mut paid = BTreeMap::new();
    for fill in fills.filter(|f| f.side == Side::Buy) {
        if let Some(yen) = market.yen(fill) {
            *paid.entry(fill.instrument).or_insert(Money::ZERO) += yen;
        }
    }
    paid
}

/// What an account holds, has traded, and when it last traded.
struct Position {
    held: BTreeMap<InstrumentId, i64>,
    touched: BTreeMap<InstrumentId, Instant>,
    last_price: BTreeMap<InstrumentId, Scaled>,
    last_trade: Option<Instant>,
    told: bool,
}

fn opening(case: &Case, run: &[Occasion], told: &[bool]) -> Position {
    let account = run[0].account;
    let (from, to) = occasions::equal_range(&case.holdings, |h| h.account, account);
    let mut held = BTreeMap::new();
    for holding in &case.holdings[from..to] {
        // Several dates for one name: the latest stands, rows are in time order.
        held.insert(holding.instrument, holding.quantity.0);
    }
    let touched = held.keys().map(|i| (*i, Instant(i64::MIN))).collect();
    let broker = case.names.accounts[account.index()].0;
    Position { held, touched, last_price: BTreeMap::new(), last_trade: None, told: told[broker.index()] }
}

fn judge_account(
    case: &Case,
    market: &Market,
    run: &[Occasion],
    told: &[bool],
    data_start: Option<Instant>,
    large: Option<Money>,
) -> Vec<TradeView> {
    let mut position = opening(case, run, told);
    let mut views = vec![TradeView::default(); run.len()];
    // By first fill: occasions are in order of login, and a later one may have traded first.
    let mut order: Vec<usize> = (0..run.len()).filter(|i| !run[*i].fills.is_empty()).collect();
    order.sort_by_key(|i| (run[*i].fills[0], *i));
    for (history, i) in (0..).zip(order) {
        let fills: Vec<&Execution> = run[i].fills.iter().map(|f| &case.executions[*f as usize]).collect();
        let mut view = TradeView { history, ..TradeView::default() };
        let mut say = |signal: Signal, known: bool, fired: bool| {
            view.known.set(signal, known);
            view.fired.set(signal, known && fired);
        };
        let sold_out = selling_out(market, &position, &fills, &mut say);
        let dormant = dormant_for(&position, &fills, data_start);
        // Told only of those who sold out: everybody else may be dormant or not.
        say(Signal::DormantWakes, position.told && sold_out && dormant.is_some(), dormant == Some(true));
        buying(case, market, &position, &fills, &mut say);
        let most = purchases(market, fills.iter().copied()).into_values().max();
        say(Signal::LargeBuy, most.is_some() && large.is_some(), most > large);
        views[i] = view;
        for fill in fills {
            apply(&mut position, fill);
        }
    }
    views
}

/// Whether most of what was held was sold. Only shares held before the occasion count.
fn selling_out(
    market: &Market,
    position: &Position,
    fills: &[&Execution],
    say: &mut impl FnMut(Signal, bool, bool),
) -> bool {
    let date = fills[0].time.jst_date();
    let mut sold: BTreeMap<InstrumentId, i64> = BTreeMap::new();
    for fill in fills.iter().filter(|f| f.side == Side::Sell) {
        *sold.entry(fill.instrument).or_default() += fill.quantity.0;
    }
    let mut value = Money::ZERO;
    let mut gone = Money::ZERO;
    let (mut names_held, mut names_sold) = (0, 0);
    for (instrument, quantity) in position.held.iter().filter(|(_, q)| **q > 0) {
        let in_fill = fills.iter().find(|f| f.instrument == *instrument).map(|f| (f.price, f.currency));
        let close = market.close_before(*instrument, date).or(position.last_price.get(instrument).copied());
        let currency = in_fill.map_or(*b"JPY", |f| f.1);
        let Some(price) = close.or(in_fill.map(|f| f.0)) else { continue };
        let Some(rate) = market.rate(currency, date) else { continue };
        value += price.times(Scaled(*quantity)).at_rate(rate);
        names_held += 1;
        if let Some(out) = sold.get(instrument) {
            gone += price.times(Scaled(*out.min(quantity))).at_rate(rate);
            names_sold += 1;
        }
    }
    let known = position.told && value > Money::ZERO;
    let share = if known { gone.to_f64() / value.to_f64() } else { 0.0 };
    // Selling one or two names is a common way to sell all there is; selling many is not: each is told where it can be.
    let many = known && names_held >= 3;
    say(Signal::LiquidateAll, many, share >= 0.8 && names_sold >= 3);
    say(Signal::LiquidateFew, known && !many, share >= 0.95);
    say(Signal::LiquidateMost, many, share >= 0.5 && !(share >= 0.8 && names_sold >= 3));
    known && share >= 0.8 && names_sold >= 1
}

/// Whether the account had not traded for long; `None` while the data are too short to tell.
fn dormant_for(position: &Position, fills: &[&Execution], data_start: Option<Instant>) -> Option<bool> {
    let now = fills[0].time;
    let seen_for = now.since(data_start?);
    let idle = now.since(position.last_trade.or(data_start)?);
    (seen_for >= DORMANT_LEAST).then_some(idle >= DORMANT.min(seen_for))
}

fn buying(
    case: &Case,
    market: &Market,
    position: &Position,
    fills: &[&Execution],
    say: &mut impl FnMut(Signal, bool, bool),
) {
    let buys: Vec<&&Execution> = fills.iter().filter(|f| f.side == Side::Buy).collect();
    let some = !buys.is_empty();
    let date = fills[0].time.jst_date();
    let fresh = |f: &&&Execution| !position.touched.contains_key(&f.instrument);
    let unfamiliar: Vec<&&&Execution> = buys.iter().filter(|f| fresh(f)).collect();
    let has_past = !position.touched.is_empty();
    say(Signal::UnfamiliarName, some && has_past, !unfamiliar.is_empty());

    let exchange =
        |i: InstrumentId| case.names.instrument(i).split(':').next().unwrap_or_default().to_owned();
    let used: Vec<String> = position.touched.keys().map(|i| exchange(*i)).collect();
    let new_market = unfamiliar.iter().any(|f| !used.contains(&exchange(f.instrument)));
    say(Signal::NewMarket, some && has_past, new_market);

    let one = Scaled(Scaled::ONE);
    let cheap = |f: &Execution| {
        let rate = market.rate(f.currency, date);
        rate.is_some_and(|rate| f.price.times(one).at_rate(rate) < Scaled(200 * Scaled::ONE).times(one))
    };
    say(Signal::LowPriced, some, unfamiliar.iter().any(|f| cheap(f)));

    let first_sale = fills.iter().find(|f| f.side == Side::Sell).map(|f| f.time);
    let (mut sold, mut bought) = (Money::ZERO, Money::ZERO);
    let mut names: Vec<InstrumentId> = Vec::new();
    for fill in fills {
        let yen = market.yen(fill).unwrap_or(Money::ZERO);
        match fill.side {
            Side::Buy if first_sale.is_some_and(|t| fill.time >= t) => {
                bought += yen;
                names.push(fill.instrument);
            }
            Side::Sell => sold += yen,
            _ => {}
        }
    }
    names.sort_unstable();
    names.dedup();
    let into_few = names.len() <= 3 && !names.is_empty() && bought.to_f64() >= 0.7 * sold.to_f64();
    say(Signal::Concentration, some && sold > Money::ZERO, into_few);

    let mut by_name: BTreeMap<InstrumentId, f64> = BTreeMap::new();
    for fill in &buys {
        *by_name.entry(fill.instrument).or_default() += fill.quantity.to_f64();
    }
    let usual = |i: InstrumentId| market.usual_volume(i, date);
    let measured = by_name.keys().any(|i| usual(*i).is_some());
    let heavy = by_name.iter().any(|(i, q)| usual(*i).is_some_and(|v| *q >= 0.2 * v));
    // In integers: 1.1 as a floating-point number is more than a tenth above.
    let tenth_above = |price: Scaled, close: Scaled| i128::from(price.0) * 10 >= i128::from(close.0) * 11;
    let high = buys
        .iter()
        .any(|f| market.close_before(f.instrument, date).is_some_and(|close| tenth_above(f.price, close)));
    say(Signal::HeavyBuy, some && measured, heavy);
    say(Signal::PaidUp, some && measured, high);
}

fn apply(position: &mut Position, fill: &Execution) {
    let held = position.held.entry(fill.instrument).or_default();
    *held = if fill.side.is_sale() {
        held.saturating_sub(fill.quantity.0)
    } else {
        held.saturating_add(fill.quantity.0)
    };
    if fill.side == Side::Sell {
        // Selling more than is known to be held means that the opening position was not told.
        *held = (*held).max(0);
    }
    position.touched.insert(fill.instrument, fill.time);
    position.last_price.insert(fill.instrument, fill.price);
    position.last_trade = Some(fill.time);
}
