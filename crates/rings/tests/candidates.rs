//! Who fell short, what two names together are worth, and what a discount keeps apart.

mod common;

use common::World;
use itoguchi_model::{Kind, results::CandidateRow, tables::IpClass};
use itoguchi_rings::{candidates, explain, objects::Object, rows};
use itoguchi_testkit::case::{CaseBuilder, FillRow, at, buy, login, sell};

/// Three accounts are entered with one device on day 10, sell and buy names of their own; 200 accounts there are.
fn one_device() -> CaseBuilder {
    let mut rows = (3..200).fold(CaseBuilder::new(), |r, i| r.account(&format!("ZZ/{i:04}"), None, None));
    for i in 0..3 {
        let account = format!("AA/{i}");
        rows =
            rows.login(login(&account, at(10, 9, i)).device("strange").ip("192.0.2.1").class(IpClass::Fixed));
        rows = rows.fill(sell(&account, at(10, 9, 20), "XTST:own", 100.0, 1000.0));
        rows = rows.fill(buy(&account, at(10, 9, 30), &format!("XTST:{i}"), 500.0, 150.0));
    }
    rows
}

fn odd(account: &str) -> Option<f64> {
    account.starts_with("AA").then_some(9.0)
}

fn candidates_of(world: &World) -> Vec<CandidateRow> {
    let rings = world.rings();
    let ids: Vec<String> =
        rings.iter().map(|r| rows::of_ring(&world.context(), r, &[]).ring.ring_id).collect();
    candidates::rows(&world.context(), &rings, &ids)
}

#[test]
fn an_account_entered_with_a_rings_device_and_not_traded_is_a_candidate() {
    let rows = one_device().login(login("BB/1", at(9, 12, 0)).device("strange"));
    let world = World::new(&rows, odd);
    let found = candidates_of(&world);
    let [row] = &found[..] else { panic!("{found:?}") };
    assert_eq!(
        (row.account.account_id.as_str(), row.kind, row.object.as_str()),
        ("1", Kind::Device, "strange")
    );
    assert!(row.ring_id.is_some());
    assert!(row.bits < row.needed);
    assert!(row.missing[0].starts_with("no trade in this session"), "{:?}", row.missing);
    // The row that opens its session is the fourth of the logins.
    assert_eq!(row.source_row, 4);
}

#[test]
fn members_cleared_accounts_and_strangers_are_none() {
    assert!(candidates_of(&World::new(&one_device(), odd)).is_empty());
    let cleared = one_device().login(login("BB/1", at(9, 12, 0)).device("strange")).report(
        "BB/1",
        at(12, 9, 0),
        itoguchi_model::tables::ReportKind::Cleared,
    );
    assert!(candidates_of(&World::new(&cleared, odd)).is_empty());
    // What it did after the clearance is new.
    let since = one_device().login(login("BB/1", at(9, 12, 0)).device("strange")).report(
        "BB/1",
        at(8, 9, 0),
        itoguchi_model::tables::ReportKind::Cleared,
    );
    assert_eq!(candidates_of(&World::new(&since, odd)).len(), 1);
    let stranger = one_device().login(login("BB/1", at(9, 12, 0)).device("other"));
    assert!(candidates_of(&World::new(&stranger, odd)).is_empty());
}

/// Accounts that buy what `names` say on day 5, each with a login.
fn buyers(who: impl Iterator<Item = (String, &'static [&'static str])>) -> CaseBuilder {
    let start = (0..400).fold(CaseBuilder::new(), |r, i| r.account(&format!("ZZ/{i:04}"), None, None));
    who.fold(start, |rows, (account, names)| {
        let fills = names.iter().map(|name| buy(&account, at(5, 9, 5), name, 1.0, 1.0));
        fills.fold(rows.login(login(&account, at(5, 9, 0))), |rows, fill: FillRow| rows.fill(fill))
    })
}

#[test]
fn two_names_bought_by_the_same_accounts_are_told_from_the_crowds_of_either() {
    let group = (0..5).map(|i| (format!("AA/{i}"), &["XTST:1", "XTST:2"][..]));
    let first = (0..60).map(|i| (format!("BB/{i:02}"), &["XTST:1"][..]));
    let second = (0..60).map(|i| (format!("CC/{i:02}"), &["XTST:2"][..]));
    let world = World::new(&buyers(group.chain(first).chain(second)), |a| a.starts_with("AA").then_some(6.0));
    let both: Vec<_> = world.objects.iter().filter(|s| matches!(s.object, Object::BoughtBoth(..))).collect();
    let [both] = &both[..] else { panic!("one pair of names") };
    assert_eq!(both.actors.len(), 5);
    let share = |wanted: fn(&Object) -> bool| {
        let held = world.validated.iter().filter(|v| wanted(&world.objects[v.shared].object));
        held.map(|v| v.test.share).fold(0.0, f64::max)
    };
    let (of_both, of_one) =
        (share(|o| matches!(o, Object::BoughtBoth(..))), share(|o| matches!(o, Object::Bought(..))));
    assert!(of_both > 0.9 && of_one < 0.2, "{of_both} {of_one}");
}

#[test]
fn a_basket_is_not_looked_at_two_by_two() {
    const NAMES: [&str; 13] = [
        "XTST:01", "XTST:02", "XTST:03", "XTST:04", "XTST:05", "XTST:06", "XTST:07", "XTST:08", "XTST:09",
        "XTST:10", "XTST:11", "XTST:12", "XTST:13",
    ];
    let pairs = |names: &'static [&'static str]| {
        let world = World::new(&buyers((0..3).map(|i| (format!("AA/{i}"), names))), |_| None);
        world.objects.iter().filter(|s| matches!(s.object, Object::BoughtBoth(..))).count()
    };
    assert_eq!(pairs(&NAMES[..12]), 66);
    assert_eq!(pairs(&NAMES), 0);
}

#[test]
fn a_discount_says_what_it_is_and_whom_the_ring_would_reach_without_it() {
    // An address of a carrier that the three and a fourth odd account use, with all its customers behind it.
    let mut rows = one_device();
    for i in 0..3 {
        let row = login(&format!("AA/{i}"), at(10, 9, 10 + i)).device("strange").ip("192.0.2.9");
        rows = rows.login(row.class(IpClass::MobileCgnat));
    }
    rows = rows.login(login("AA/9", at(10, 11, 0)).ip("192.0.2.9").class(IpClass::MobileCgnat)).fill(buy(
        "AA/9",
        at(10, 11, 5),
        "XTST:9",
        500.0,
        150.0,
    ));
    let world = World::new(&rows, odd);
    let ring = world.ring();
    let said = explain::innocent_explanations(&world.context(), &ring);
    let discount = said
        .iter()
        .map(|s| &s.en)
        .find(|s| s.starts_with("Discounted: ip 192.0.2.9"))
        .expect("a discount is told");
    assert!(discount.contains("taken to stand for 201"), "{discount}");
    assert!(discount.contains("worth +0.0 bits instead of +5.7"), "{discount}");
    assert!(discount.contains("1 more account(s) with an odd session"), "{discount}");
}
