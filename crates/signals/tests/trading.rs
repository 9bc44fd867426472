//! When each signal about the trading fires, and when it does not.

use itoguchi_signals::{
    market::{Market, MarketIndex},
    occasions::cut,
    signal::{Signal, SignalSet},
    trading::judge,
};
use itoguchi_testkit::case::{CaseBuilder, at, buy, day, login, sell};

const A: &str = "AA/1";

fn name(n: u32) -> String {
    format!("XTST:{n}")
}

/// What the last occasion of `AA/1` with fills shows: (fired, known).
fn last(rows: &CaseBuilder) -> (SignalSet, SignalSet) {
    let case = rows.build();
    let index = MarketIndex::new(&case);
    let all = cut(&case);
    let views = judge(&case, &Market::new(&case, &index), &all);
    let own = |i: &usize| case.names.account(all[*i].account) == A && !all[*i].fills.is_empty();
    let i = (0..all.len()).filter(own).max_by_key(|i| all[*i].end).expect("the account traded");
    (views[i].fired, views[i].known)
}

/// `AA/1` holds `names` names of 100 shares each.
fn portfolio(names: u32) -> CaseBuilder {
    (1..=names).fold(CaseBuilder::new(), |rows, n| rows.holding(A, &name(n), 100.0))
}

/// Sells `shares` of each of the first `names` names at 500 yen.
fn selling(rows: CaseBuilder, names: u32, shares: f64) -> CaseBuilder {
    rows.fills((1..=names).map(|n| sell(A, at(30, 9, i64::from(n)), &name(n), shares, 500.0)))
}

const LIQUIDATIONS: [Signal; 3] = [Signal::LiquidateAll, Signal::LiquidateFew, Signal::LiquidateMost];

fn liquidation(rows: &CaseBuilder) -> Vec<Signal> {
    let fired = last(rows).0;
    LIQUIDATIONS.into_iter().filter(|s| fired.has(*s)).collect()
}

#[test]
fn how_much_was_sold_is_one_of_all_few_or_most() {
    let with_prices = |names| (1..=names).fold(portfolio(names), |r, n| r.bar(&name(n), day(29), 500.0, 1e4));
    assert_eq!(liquidation(&selling(with_prices(5), 4, 100.0)), [Signal::LiquidateAll]);
    assert_eq!(liquidation(&selling(with_prices(5), 3, 100.0)), [Signal::LiquidateMost]);
    assert_eq!(liquidation(&selling(with_prices(5), 2, 100.0)), []);
    assert_eq!(liquidation(&selling(with_prices(2), 2, 100.0)), [Signal::LiquidateFew]);
    assert_eq!(liquidation(&selling(with_prices(2), 2, 90.0)), []);
    assert_eq!(liquidation(&selling(with_prices(3), 3, 79.0)), [Signal::LiquidateMost]);
}

#[test]
fn selling_what_was_bought_the_same_hour_liquidates_nothing_held_before() {
    let rows = (1..=3)
        .fold(portfolio(3), |r, n| r.bar(&name(n), day(29), 500.0, 1e4))
        .fill(buy(A, at(30, 9, 0), &name(9), 1000.0, 500.0))
        .fill(sell(A, at(30, 9, 5), &name(9), 1000.0, 500.0));
    assert_eq!(liquidation(&rows), []);
}

#[test]
fn what_is_held_is_not_known_at_a_broker_that_told_no_position() {
    let sold = |rows: CaseBuilder| selling(rows, 3, 100.0).fill(buy(A, at(30, 9, 30), &name(9), 1.0, 500.0));
    let (fired, known) = last(&sold(CaseBuilder::new().holding("BB/1", &name(1), 100.0)));
    assert!(LIQUIDATIONS.iter().all(|s| !fired.has(*s) && !known.has(*s)));
    // Another account of the same broker told one: this one held nothing, which is nothing to sell out of.
    let (_, known) = last(&sold(CaseBuilder::new().holding("AA/2", &name(1), 100.0)));
    assert!(!known.has(Signal::LiquidateAll));
    let (_, known) = last(&sold(portfolio(3)));
    assert!(known.has(Signal::LiquidateAll));
}

#[test]
fn an_account_that_sells_everything_after_long_silence_was_dormant() {
    let rows = |traded: i32| {
        let rows = CaseBuilder::new().holding(A, &name(1), 100.0).bar(&name(1), day(99), 500.0, 1e4);
        let rows = rows.fill(buy("AA/2", at(0, 9, 0), &name(2), 1.0, 1.0));
        let rows = rows.fill(buy(A, at(traded, 9, 0), &name(1), 1.0, 500.0));
        rows.fill(sell(A, at(100, 9, 0), &name(1), 101.0, 500.0))
    };
    assert!(last(&rows(10)).0.has(Signal::DormantWakes));
    let (fired, known) = last(&rows(11));
    assert!(!fired.has(Signal::DormantWakes) && known.has(Signal::DormantWakes));
}

#[test]
fn dormancy_is_not_known_in_data_of_under_two_weeks() {
    let rows = |n: i32| {
        CaseBuilder::new()
            .holding(A, &name(1), 100.0)
            .bar(&name(1), day(0), 500.0, 1e4)
            .fill(buy("AA/2", at(0, 9, 0), &name(2), 1.0, 1.0))
            .fill(sell(A, at(n, 9, 0), &name(1), 100.0, 500.0))
    };
    assert!(!last(&rows(13)).1.has(Signal::DormantWakes));
    assert!(last(&rows(14)).0.has(Signal::DormantWakes));
}

#[test]
fn a_name_is_unfamiliar_unless_held_or_traded_before() {
    let bought = |n: u32| last(&portfolio(1).fill(buy(A, at(30, 9, 0), &name(n), 1.0, 500.0))).0;
    assert!(!bought(1).has(Signal::UnfamiliarName));
    assert!(bought(2).has(Signal::UnfamiliarName));
    let earlier = portfolio(1).fill(sell(A, at(20, 9, 0), &name(2), 1.0, 500.0));
    assert!(!last(&earlier.fill(buy(A, at(30, 9, 0), &name(2), 1.0, 500.0))).0.has(Signal::UnfamiliarName));
    // An account without any past cannot do anything unfamiliar.
    let (_, known) = last(&CaseBuilder::new().fill(buy(A, at(30, 9, 0), &name(2), 1.0, 500.0)));
    assert!(!known.has(Signal::UnfamiliarName));
}

#[test]
fn a_market_is_new_if_no_name_held_or_traded_is_listed_there() {
    let bought = |name: &str| {
        let rows = portfolio(1).fill(sell(A, at(20, 9, 0), "XOTH:7", 1.0, 500.0));
        last(&rows.fill(buy(A, at(30, 9, 0), name, 1.0, 500.0))).0.has(Signal::NewMarket)
    };
    assert!(bought("XNEW:7"));
    assert!(!bought("XTST:77") && !bought("XOTH:8"));
}

#[test]
fn low_priced_means_under_200_yen_whatever_the_currency() {
    let bought = |price: f64, currency: [u8; 3]| {
        let rows = portfolio(1).rate(*b"USD", day(29), 150.0);
        let fill = buy(A, at(30, 9, 0), "XTST:9", 1.0, price).currency(currency);
        last(&rows.fill(fill)).0.has(Signal::LowPriced)
    };
    assert!(bought(199.0, *b"JPY") && !bought(200.0, *b"JPY"));
    assert!(bought(1.333, *b"USD") && !bought(1.334, *b"USD"));
    assert!(bought(199.9, *b"JPY"), "not rounded before it is compared");
    // Two dollars are not two yen; nor is a price whose rate is missing low.
    assert!(!bought(2.0, *b"USD") && !bought(1.0, *b"HKD"));
    // A cheap name that was held before is no new cheap name.
    let held = portfolio(1).fill(buy(A, at(30, 9, 0), &name(1), 1.0, 100.0));
    assert!(!last(&held).0.has(Signal::LowPriced));
}

#[test]
fn concentration_is_seven_tenths_of_what_was_sold_put_into_three_names_at_most() {
    let moved = |share: f64, names: u32| {
        let each = 1000.0 * share / f64::from(names);
        let rows = portfolio(1).fill(sell(A, at(30, 9, 0), &name(1), 100.0, 1000.0));
        last(&rows.fills((0..names).map(|n| buy(A, at(30, 9, 10), &name(50 + n), each, 100.0)))).0
    };
    assert!(moved(0.72, 3).has(Signal::Concentration));
    assert!(moved(0.7, 2).has(Signal::Concentration));
    assert!(!moved(0.69, 3).has(Signal::Concentration));
    assert!(!moved(1.0, 4).has(Signal::Concentration));
}

#[test]
fn what_was_bought_before_the_first_sale_was_not_bought_with_it() {
    let rows = portfolio(1)
        .login(login(A, at(30, 8, 0)))
        .fill(buy(A, at(30, 9, 0), &name(9), 100.0, 1000.0))
        .fill(sell(A, at(30, 9, 10), &name(1), 100.0, 1000.0));
    let (fired, known) = last(&rows);
    assert!(known.has(Signal::Concentration) && !fired.has(Signal::Concentration));
}

#[test]
fn a_fifth_of_the_usual_volume_is_heavy_and_a_tenth_above_the_close_is_dear() {
    let bought = |shares: f64, price: f64| {
        let rows = portfolio(1).bar("XTST:9", day(28), 100.0, 1e4).bar("XTST:9", day(29), 100.0, 3e4);
        let fired = last(&rows.fill(buy(A, at(30, 9, 0), "XTST:9", shares, price))).0;
        (fired.has(Signal::HeavyBuy), fired.has(Signal::PaidUp))
    };
    assert_eq!(bought(4000.0, 100.0), (true, false));
    assert_eq!(bought(3999.0, 100.0), (false, false));
    assert_eq!(bought(1.0, 110.0), (false, true));
    assert_eq!(bought(1.0, 109.9), (false, false));
    // The day's own bar is not what was usual before.
    let own_day = portfolio(1).bar("XTST:9", day(30), 100.0, 10.0);
    let (_, known) = last(&own_day.fill(buy(A, at(30, 9, 0), "XTST:9", 100.0, 900.0)));
    assert!(!known.has_any(&[Signal::HeavyBuy, Signal::PaidUp]));
}

#[test]
fn splitting_a_purchase_into_many_fills_hides_nothing() {
    let rows = portfolio(1).bar("XTST:9", day(29), 100.0, 1e4);
    let parts = (0..20).map(|m| buy(A, at(30, 9, m), "XTST:9", 100.0, 100.0));
    assert!(last(&rows.fills(parts)).0.has(Signal::HeavyBuy));
}
