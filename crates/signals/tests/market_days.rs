//! Bursts of first-time buyers, and who sold into them.

use itoguchi_model::tables::HolderType;
use itoguchi_signals::{
    bursts::{self, Burst, Counted},
    market::{Market, MarketIndex},
    sellers::{self, Sale},
};
use itoguchi_testkit::case::{CaseBuilder, at, buy, day, sell};

const THIN: &str = "XTST:1001";

fn bursts_of(rows: &CaseBuilder) -> Vec<(String, Counted, usize)> {
    let case = rows.build();
    let index = MarketIndex::new(&case);
    let tell = |b: &Burst| (case.names.instrument(b.instrument).to_owned(), b.counted, b.accounts.len());
    bursts::find(&case, &Market::new(&case, &index), &bursts::held_before(&case)).iter().map(tell).collect()
}

/// Sixty accounts that each buy one of six names on one of thirty days.
fn ordinary() -> CaseBuilder {
    CaseBuilder::new().fills((0..60).map(|i| {
        let (account, name) = (format!("AA/{i:03}"), format!("XTST:{}", 2000 + i % 6));
        buy(&account, at(i % 30, 10, 0), &name, 10.0, 500.0)
    }))
}

fn crowd(n: i32, on: i32) -> impl Iterator<Item = itoguchi_testkit::case::FillRow> {
    (0..n).map(move |i| buy(&format!("BB/{i:03}"), at(on, 10, i64::from(i)), THIN, 10.0, 100.0))
}

#[test]
fn a_planted_burst_is_found_and_the_quiet_names_are_not() {
    assert_eq!(bursts_of(&ordinary()), []);
    let found = bursts_of(&ordinary().fills(crowd(12, 20)));
    assert_eq!(found, [(THIN.to_owned(), Counted::FirstBuyers, 12)]);
}

#[test]
fn a_name_that_is_bought_by_many_every_day_has_no_burst() {
    let rows = (0..30).fold(ordinary(), |rows, d| {
        rows.fills((0..12).map(|i| buy(&format!("CC/{d:02}{i:02}"), at(d, 10, 0), "XTST:9", 10.0, 500.0)))
    });
    assert_eq!(bursts_of(&rows), []);
}

#[test]
fn buyers_who_held_or_traded_the_name_are_not_first_time_buyers() {
    let held = (0..12).fold(ordinary(), |r, i| r.holding(&format!("BB/{i:03}"), THIN, 1.0));
    assert_eq!(bursts_of(&held.fills(crowd(12, 20))), []);
    let sold = (0..12).map(|i| sell(&format!("BB/{i:03}"), at(i, 10, 0), THIN, 1.0, 100.0));
    assert_eq!(bursts_of(&ordinary().fills(sold).fills(crowd(12, 20))), []);
}

#[test]
fn ten_fills_of_one_account_are_one_buyer_and_three_buyers_are_needed() {
    let one = (0..10).map(|i| buy("BB/1", at(20, 10, i), THIN, 1.0, 100.0));
    assert_eq!(bursts_of(&ordinary().fills(one)), []);
    assert_eq!(bursts_of(&ordinary().fills(crowd(2, 20))), []);
}

#[test]
fn a_burst_of_sellers_is_told_apart_from_one_of_buyers() {
    let sales = (0..12).map(|i| sell(&format!("BB/{i:03}"), at(20, 10, 0), THIN, 1.0, 100.0));
    let found = bursts_of(&ordinary().fills(sales));
    assert_eq!(found, [(THIN.to_owned(), Counted::Sellers, 12)]);
}

#[test]
fn what_the_market_did_is_measured_against_the_days_before() {
    let mut rows = ordinary().fills(crowd(12, 20));
    for d in 0..20 {
        rows = rows.bar(THIN, day(d), 100.0, 1_000.0);
    }
    let case = rows.bar(THIN, day(20), 130.0, 5_000.0).bar(THIN, day(21), 900.0, 9e9).build();
    let index = MarketIndex::new(&case);
    let found = bursts::find(&case, &Market::new(&case, &index), &bursts::held_before(&case));
    assert!((found[0].price_impact.unwrap() - 0.3).abs() < 1e-12);
    assert!((found[0].volume_ratio.unwrap() - 5.0).abs() < 1e-12);
    assert!(found[0].q_value <= 0.05 && found[0].expected < 0.1);
}

/// Forty ordinary sales of old holdings of other names, and the three sales under test on day 40.
fn sales() -> (itoguchi_model::Case, Vec<Sale>) {
    let mut rows = CaseBuilder::new();
    for i in 0..40 {
        let (account, name) = (format!("AA/{i:03}"), format!("XTST:{}", 2000 + i % 8));
        rows = rows.holding(&account, &name, 100.0);
        rows = rows.fill(sell(&account, at(i, 10, 0), &name, f64::from(10 + i), 500.0));
    }
    // Built up in the four weeks before, sold out at a profit.
    rows = rows.fill(buy("BB/seller", at(25, 10, 0), THIN, 3_000.0, 100.0)).fill(sell(
        "BB/seller",
        at(40, 10, 0),
        THIN,
        3_000.0,
        160.0,
    ));
    // Held long since, and sells a part of it.
    rows = rows.holding("BB/holder", THIN, 3_000.0);
    rows = rows.fill(sell("BB/holder", at(40, 10, 0), THIN, 1_000.0, 160.0));
    // On both sides every day.
    for d in 30..=40 {
        rows = rows.fill(buy("BB/maker", at(d, 9, 0), THIN, 500.0, 100.0)).fill(sell(
            "BB/maker",
            at(d, 14, 0),
            THIN,
            450.0,
            101.0,
        ));
    }
    let case = rows.bar(THIN, day(39), 100.0, 20_000.0).bar(THIN, day(40), 160.0, 30_000.0).build();
    let index = MarketIndex::new(&case);
    let found = sellers::sales(&case, &Market::new(&case, &index));
    (case, found)
}

#[test]
fn a_long_holder_and_a_market_maker_have_fewer_bits_than_a_seller_who_built_up() {
    let (case, all) = sales();
    let bits = |who: &str| {
        let sale = |s: &&Sale| case.names.account(s.account) == who && s.date == day(40);
        all.iter().find(sale).unwrap().bits
    };
    let (seller, holder, maker) = (bits("BB/seller"), bits("BB/holder"), bits("BB/maker"));
    assert!(seller > holder && seller > maker, "{seller} {holder} {maker}");
    assert!(seller.0 > 1_000 && holder.0 <= 0, "{seller} {holder}");
}

#[test]
fn a_day_with_a_seller_who_built_up_speaks_for_a_ring_and_a_day_without_sales_for_nothing() {
    let (case, all) = sales();
    let name = all[0].instrument;
    let on = |date| sellers::of_ring(&all, name, date);
    assert!(on(day(40)) > 1.5, "{}", on(day(40)));
    // Only the market maker sold on the day before; half of the rings are taken to sell elsewhere.
    assert!((0.5..1.0).contains(&on(day(39))), "{}", on(day(39)));
    assert_eq!(on(day(3)), 1.0);
    assert_eq!(case.names.instrument(name), THIN);
}

#[test]
fn a_rise_is_over_the_close_before() {
    let case = CaseBuilder::new()
        .bar(THIN, day(39), 100.0, 20_000.0)
        .bar(THIN, day(40), 160.0, 30_000.0)
        .fill(buy("BB/1", at(40, 9, 0), THIN, 1.0, 160.0))
        .build();
    let index = MarketIndex::new(&case);
    let market = Market::new(&case, &index);
    let name = case.executions[0].instrument;
    assert!((market.rise(name, day(40)).unwrap() - 0.6).abs() < 1e-12);
    // Nothing is known before the first day: over its own opening price.
    assert_eq!((market.rise(name, day(39)), market.rise(name, day(38))), (Some(0.0), None));
}

#[test]
fn a_sale_is_described_by_what_was_held_before_its_day() {
    let (case, all) = sales();
    let of =
        |who: &str| all.iter().find(|s| case.names.account(s.account) == who && s.date == day(40)).unwrap();
    let seller = of("BB/seller");
    assert_eq!((seller.held, seller.recent, seller.sold), (seller.sold, seller.sold, seller.sold));
    assert!((seller.profit.unwrap() - 0.6).abs() < 1e-9);
    assert_eq!(
        seller.signal_names(),
        [
            "C7_built_up_recently",
            "C7_sold_out",
            "C7_profit_over_10_percent",
            "C7_part_of_the_tape",
            "C7_no_other_purchase_that_day"
        ]
    );
    // The cost of shares of the opening position is not known.
    assert_eq!((of("BB/holder").profit, of("BB/holder").recent.0), (None, 0));
    assert!(!of("BB/maker").signal_names().contains(&"C7_no_other_purchase_that_day"));
}

#[test]
fn a_position_bought_29_days_before_is_not_recent() {
    let recent = |bought: i32| {
        let case = CaseBuilder::new()
            .fill(buy("BB/1", at(bought, 10, 0), THIN, 100.0, 100.0))
            .fill(sell("BB/1", at(40, 10, 0), THIN, 100.0, 100.0))
            .build();
        let index = MarketIndex::new(&case);
        sellers::sales(&case, &Market::new(&case, &index))[0].recent.to_f64()
    };
    assert_eq!((recent(12), recent(11)), (100.0, 0.0));
}

#[test]
fn new_and_corporate_accounts_show_as_such() {
    let case = CaseBuilder::new()
        .account("BB/1", Some(day(-50)), Some(HolderType::Corporate))
        .account("BB/2", Some(day(-51)), Some(HolderType::Individual))
        .fill(sell("BB/1", at(40, 10, 0), THIN, 100.0, 100.0))
        .fill(sell("BB/2", at(40, 10, 0), THIN, 100.0, 100.0))
        .build();
    let index = MarketIndex::new(&case);
    let all = sellers::sales(&case, &Market::new(&case, &index));
    assert_eq!(
        all[0].signal_names(),
        ["C7_new_account", "C7_corporate_account", "C7_no_other_purchase_that_day"]
    );
    assert_eq!(all[1].signal_names(), ["C7_no_other_purchase_that_day"]);
}

#[test]
fn the_shares_bought_first_are_the_shares_sold_first() {
    let case = CaseBuilder::new()
        .fill(buy("BB/1", at(0, 10, 0), THIN, 100.0, 100.0))
        .fill(buy("BB/1", at(35, 9, 0), THIN, 30.0, 100.0))
        .fill(sell("BB/1", at(36, 9, 0), THIN, 60.0, 100.0))
        .fill(sell("BB/1", at(40, 10, 0), THIN, 70.0, 130.0))
        .build();
    let index = MarketIndex::new(&case);
    let all = sellers::sales(&case, &Market::new(&case, &index));
    assert_eq!((all[1].held.to_f64(), all[1].recent.to_f64()), (70.0, 30.0));
}
