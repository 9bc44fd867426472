//! Who sold into a ring's buying, and the amounts, on a ring made by hand.

mod common;

use common::{World, member};
use itoguchi_model::{Kind, Millibits, Role};
use itoguchi_rings::amounts::{Amounts, of_ring};
use itoguchi_testkit::case::{CaseBuilder, FillRow, at, buy, day, login, sell};

const THIN: &str = "XTST:thin";

/// Three victims of 200 accounts; each sells 100 at 1000 and buys 500 of the thin name at 150 at 9:30 on day 10.
fn rows() -> CaseBuilder {
    let mut rows = (3..200).fold(CaseBuilder::new(), |r, i| r.account(&format!("ZZ/{i:04}"), None, None));
    for i in 0..3 {
        let account = format!("AA/{i}");
        rows = rows.login(login(&account, at(10, 9, 0)).device("strange"));
        rows = rows.fill(sell(&account, at(10, 9, 20), "XTST:own", 100.0, 1000.0));
        rows = rows.fill(buy(&account, at(10, 9, 30 + i), THIN, 500.0, 150.0));
    }
    rows
}

fn world(rows: &CaseBuilder) -> World {
    let mut world = World::new(rows, |a| a.starts_with("AA").then_some(9.0));
    // How odd a sale is, is the business of `signals`.
    world.sales.iter_mut().for_each(|s| s.bits = Millibits(5_000));
    world
}

/// `BB/1` buys `quantity` at 100 ten days before.
fn built_up(quantity: f64) -> FillRow {
    buy("BB/1", at(0, 10, 0), THIN, quantity, 100.0)
}

fn role_of(rows: &CaseBuilder, account: &str) -> Option<Role> {
    let world = world(rows);
    let ring = world.ring();
    member(&world, &ring, account).map(|m| m.role)
}

fn is_seller(rows: CaseBuilder) -> bool {
    role_of(&rows, "BB/1") == Some(Role::Seller)
}

#[test]
fn who_built_up_and_sold_into_the_burst_at_a_profit_is_a_suspected_seller() {
    let world = world(&rows().fill(built_up(1500.0)).fill(sell("BB/1", at(10, 9, 31), THIN, 1500.0, 150.0)));
    let ring = world.ring();
    let seller = member(&world, &ring, "BB/1").unwrap();
    assert_eq!((seller.role, seller.pieces.len()), (Role::Seller, 1));
    assert_eq!(seller.pieces[0].kind, Kind::SoldIntoRise);
    // All that was sold into the burst: the bits of the sale, and the prior that it overcomes.
    assert_eq!(seller.bits, Millibits(5_000));
    assert_eq!(seller.bits, seller.pieces[0].bits - world.prior());
}

#[test]
fn a_long_holder_is_no_seller() {
    assert!(!is_seller(rows().holding("BB/1", THIN, 1500.0).fill(sell(
        "BB/1",
        at(10, 9, 31),
        THIN,
        1500.0,
        150.0
    ))));
    // Nor is one who added a little lately.
    let added = rows().holding("BB/1", THIN, 1500.0).fill(built_up(1499.0));
    assert!(!is_seller(added.fill(sell("BB/1", at(10, 9, 31), THIN, 2999.0, 150.0))));
}

#[test]
fn a_sale_at_a_loss_is_no_sellers() {
    let sold_at =
        |price| is_seller(rows().fill(built_up(9.0)).fill(sell("BB/1", at(10, 9, 31), THIN, 9.0, price)));
    assert!(sold_at(101.0) && !sold_at(100.0) && !sold_at(50.0));
}

#[test]
fn a_sale_counts_from_the_first_purchase_to_half_an_hour_after_the_last() {
    let sold_at = |time| is_seller(rows().fill(built_up(9.0)).fill(sell("BB/1", time, THIN, 9.0, 150.0)));
    assert!(sold_at(at(10, 9, 30)) && !sold_at(at(10, 9, 30).plus(-1)));
    assert!(sold_at(at(10, 10, 2)) && !sold_at(at(10, 10, 2).plus(1)));
}

#[test]
fn who_sold_more_outside_the_burst_than_in_it_is_no_seller() {
    let inside = |inside: f64| {
        let rows = rows().fill(built_up(100.0)).fill(sell("BB/1", at(10, 9, 31), THIN, inside, 150.0));
        is_seller(rows.fill(sell("BB/1", at(10, 14, 0), THIN, 100.0 - inside, 150.0)))
    };
    assert!(inside(50.0) && !inside(49.0));
}

#[test]
fn a_small_part_of_what_was_sold_is_worth_less() {
    // Seven others sold as much each: log2 of an eighth is three bits less.
    let mut rows = rows().fill(built_up(100.0)).fill(sell("BB/1", at(10, 9, 31), THIN, 100.0, 150.0));
    for i in 0..7 {
        let account = format!("CC/{i}");
        rows = rows.holding(&account, THIN, 100.0);
        rows = rows.fill(sell(&account, at(10, 9, 31), THIN, 100.0, 150.0));
    }
    let world = world(&rows);
    let ring = world.ring();
    assert_eq!(member(&world, &ring, "BB/1").unwrap().bits, Millibits(2_000));
}

#[test]
fn a_victim_that_resells_is_no_seller() {
    let rows = rows().fill(buy("AA/0", at(5, 10, 0), THIN, 800.0, 100.0)).fill(sell(
        "AA/0",
        at(10, 9, 45),
        THIN,
        1300.0,
        150.0,
    ));
    let world = world(&rows);
    let ring = world.ring();
    let roles: Vec<Role> =
        ring.members.iter().filter(|m| m.account == world.id("AA/0")).map(|m| m.role).collect();
    assert_eq!(roles, [Role::Victim]);
}

#[test]
fn a_seller_that_shares_the_strange_device_has_a_second_piece() {
    let rows = rows().login(login("BB/1", at(0, 9, 0)).device("strange")).fill(built_up(100.0)).fill(sell(
        "BB/1",
        at(10, 9, 31),
        THIN,
        100.0,
        150.0,
    ));
    let world = world(&rows);
    let ring = world.ring();
    let seller = member(&world, &ring, "BB/1").unwrap();
    assert_eq!(seller.pieces[1].kind, Kind::Device);
    assert_eq!(seller.pieces[1].others, 3);
    let sum: Millibits = seller.pieces.iter().map(|p| p.bits).sum();
    assert_eq!(seller.bits, sum - world.prior());
}

fn amounts(rows: &CaseBuilder) -> Amounts {
    let world = world(rows);
    of_ring(&world.context(), &world.ring())
}

#[test]
fn without_sellers_and_bars_only_what_was_traded_is_known() {
    assert_eq!(
        amounts(&rows()),
        Amounts {
            forced_sales: Some(300_000),
            fraudulent_buys: Some(225_000),
            estimated_loss: None,
            seller_proceeds: None,
            seller_profit: None,
        }
    );
}

#[test]
fn the_loss_is_what_was_paid_less_resales_less_what_is_left_at_the_last_close() {
    let priced = || rows().bar(THIN, day(10), 150.0, 1e4).bar(THIN, day(12), 90.0, 1e4);
    assert_eq!(amounts(&priced()).estimated_loss, Some(225_000 - 1_500 * 90));
    let resold = priced().fill(sell("AA/0", at(10, 9, 50), THIN, 200.0, 140.0));
    let found = amounts(&resold);
    assert_eq!(found.estimated_loss, Some(225_000 - 28_000 - 1_300 * 90));
    assert_eq!(found.forced_sales, Some(328_000));
}

#[test]
fn resales_count_up_to_what_was_bought_and_not_before_it() {
    let priced = || rows().bar(THIN, day(12), 90.0, 1e4);
    // 300 of the 800 were the owner's own: five eighths of the proceeds count.
    let more = priced().fill(sell("AA/0", at(10, 9, 50), THIN, 800.0, 140.0));
    assert_eq!(amounts(&more).estimated_loss, Some(225_000 - 70_000 - 1_000 * 90));
    let before = priced().fill(sell("AA/0", at(10, 9, 29), THIN, 100.0, 140.0));
    assert_eq!(amounts(&before).estimated_loss, Some(225_000 - 1_500 * 90));
}

#[test]
fn what_was_sold_out_needs_no_close() {
    let out = rows().fills((0..3).map(|i| sell(&format!("AA/{i}"), at(10, 9, 50), THIN, 500.0, 140.0)));
    assert_eq!(amounts(&out).estimated_loss, Some(225_000 - 210_000));
}

#[test]
fn the_sellers_profit_is_proceeds_less_average_cost() {
    let rows = rows()
        .fill(built_up(1000.0))
        .fill(buy("BB/1", at(1, 10, 0), THIN, 1000.0, 130.0))
        .fill(sell("BB/1", at(10, 9, 31), THIN, 1500.0, 150.0))
        // After the burst: neither proceeds nor profit.
        .fill(sell("BB/1", at(10, 14, 0), THIN, 500.0, 900.0));
    let found = amounts(&rows);
    assert_eq!(found.seller_proceeds, Some(225_000));
    assert_eq!(found.seller_profit, Some(225_000 - 1_500 * 115));
}

#[test]
fn the_profit_is_not_known_while_shares_of_unknown_cost_are_sold() {
    let opening = rows().holding("BB/1", THIN, 400.0).fill(built_up(1100.0)).fill(sell(
        "BB/1",
        at(10, 9, 31),
        THIN,
        1500.0,
        150.0,
    ));
    // The cost of the sale is what makes a seller; here the test says that it is one.
    let mut world = world(&opening);
    world.sales.iter_mut().for_each(|s| (s.profit, s.gained) = (Some(0.5), true));
    let found = of_ring(&world.context(), &world.ring());
    assert_eq!((found.seller_proceeds, found.seller_profit), (Some(225_000), None));
    // Nor when more is sold than was ever seen to come in.
    let oversold = rows().fill(built_up(1000.0)).fill(sell("BB/1", at(10, 9, 31), THIN, 1500.0, 150.0));
    let found = amounts(&oversold);
    assert_eq!((found.seller_proceeds, found.seller_profit), (Some(225_000), None));
}

#[test]
fn foreign_currency_is_converted_at_the_rate_of_the_day_and_unknown_without_one() {
    let dollars = |rows: CaseBuilder| {
        rows.fill(buy("AA/0", at(10, 9, 40), "XFOR:1", 3.0, 1.5).currency(*b"USD"))
            .bar(THIN, day(12), 90.0, 1e4)
            .bar("XFOR:1", day(12), 1.0, 1e4)
    };
    let rated = dollars(rows()).rate(*b"USD", day(9), 150.0).rate(*b"USD", day(11), 160.0);
    let found = amounts(&rated);
    assert_eq!(found.fraudulent_buys, Some(225_000 + 675));
    assert_eq!(found.estimated_loss, Some(225_000 + 675 - 1_500 * 90 - 480));
    let unrated = amounts(&dollars(rows()).rate(*b"USD", day(11), 160.0));
    assert_eq!((unrated.forced_sales, unrated.fraudulent_buys), (Some(300_000), None));
    assert_eq!(unrated.estimated_loss, None);
}

#[test]
fn yen_are_rounded_once_at_the_end() {
    // Three purchases of 0.4 yen each are 1.2 yen, not three times nothing.
    let rows = rows().fills((0..3).map(|i| buy(&format!("AA/{i}"), at(10, 9, 40), "XTST:tiny", 1.0, 0.4)));
    assert_eq!(amounts(&rows).fraudulent_buys, Some(225_001));
}
