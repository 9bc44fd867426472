//! What accounts have in common.

mod common;

use std::net::IpAddr;

use common::World;
use itoguchi_model::{Kind, Millibits, tables::IpClass};
use itoguchi_rings::objects::{Address, Object, Shared, Validated};
use itoguchi_testkit::case::{CaseBuilder, at, buy, day, login};

fn address(text: &str) -> Address {
    Address::of(text.parse::<IpAddr>().expect("an address of the test").into())
}

fn crowd(n: usize) -> CaseBuilder {
    (0..n).fold(CaseBuilder::new(), |rows, i| rows.account(&format!("ZZ/{i:04}"), None, None))
}

fn of_kind(world: &World, kind: Kind) -> Vec<&Shared> {
    world.objects.iter().filter(|s| s.object.kind() == kind).collect()
}

#[test]
fn an_ipv6_line_is_its_first_64_bits_and_an_ipv4_address_is_itself() {
    assert_eq!(address("2001:db8:1:2:3:4:5:6"), address("2001:db8:1:2::1"));
    assert_ne!(address("2001:db8:1:2::1"), address("2001:db8:1:3::1"));
    assert_ne!(address("192.0.2.1"), address("192.0.2.2"));
    assert_eq!(address("2001:db8:1:2::1").to_string(), "2001:db8:1:2::/64");
    let rows = CaseBuilder::new()
        .login(login("AA/1", at(1, 9, 0)).ip("2001:db8:1:2::1"))
        .login(login("BB/1", at(1, 9, 0)).ip("2001:db8:1:2:ffff::9"));
    let world = World::new(&rows, |_| None);
    assert_eq!(of_kind(&world, Kind::Ip)[0].actors.len(), 2);
}

#[test]
fn what_one_account_alone_uses_is_not_shared() {
    let rows = CaseBuilder::new()
        .login(login("AA/1", at(1, 9, 0)).device("d").ip("192.0.2.1"))
        .login(login("AA/1", at(2, 9, 0)).device("d").ip("192.0.2.1"))
        .fill(buy("AA/1", at(2, 9, 5), "XTST:1", 1.0, 1.0));
    assert!(World::new(&rows, |_| None).objects.is_empty());
}

#[test]
fn an_address_has_at_least_the_users_of_its_least_favourable_class() {
    let users = |a: IpClass, b: IpClass| {
        let rows = crowd(1_000)
            .login(login("AA/1", at(1, 9, 0)).ip("192.0.2.1").class(a))
            .login(login("AA/2", at(1, 9, 0)).ip("192.0.2.1").class(b));
        let world = World::new(&rows, |_| None);
        of_kind(&world, Kind::Ip)[0].users
    };
    use IpClass::{Aggregator, Corporate, Fixed, FixedShared, MobileCgnat, Unknown};
    assert_eq!(users(Fixed, Fixed), 2);
    assert_eq!(users(Unknown, Unknown), 4);
    // What one row does not say the other may.
    assert_eq!((users(Unknown, Fixed), users(Fixed, Unknown)), (2, 2));
    assert_eq!((users(Fixed, FixedShared), users(FixedShared, Fixed)), (60, 60));
    assert_eq!((users(Corporate, MobileCgnat), users(MobileCgnat, Corporate)), (500, 500));
    // The robots of an aggregator open no occasion and so use nothing.
    let robots = crowd(1)
        .login(login("AA/1", at(1, 9, 0)).ip("192.0.2.1").class(Aggregator))
        .login(login("AA/2", at(1, 9, 0)).ip("192.0.2.1").class(Aggregator));
    assert!(of_kind(&World::new(&robots, |_| None), Kind::Ip).is_empty());
}

#[test]
fn users_never_exceed_the_accounts_there_are() {
    let rows = crowd(8)
        .login(login("AA/1", at(1, 9, 0)).ip("192.0.2.1").class(IpClass::MobileCgnat))
        .login(login("AA/2", at(1, 9, 0)).ip("192.0.2.1").class(IpClass::MobileCgnat));
    assert_eq!(of_kind(&World::new(&rows, |_| None), Kind::Ip)[0].users, 10);
}

#[test]
fn a_device_has_the_users_that_were_seen() {
    let rows = crowd(100)
        .login(login("AA/1", at(1, 9, 0)).device("d").class(IpClass::MobileCgnat))
        .login(login("AA/2", at(1, 9, 0)).device("d").class(IpClass::MobileCgnat));
    assert_eq!(of_kind(&World::new(&rows, |_| None), Kind::Device)[0].users, 2);
}

#[test]
fn an_accounts_many_occasions_count_by_the_oddest_less_log2_of_their_number() {
    let rows = CaseBuilder::new()
        .logins((1..=8).map(|d| login("AA/1", at(d, 9, 0)).device("d")))
        .fill(buy("AA/1", at(5, 9, 5), "XTST:1", 1.0, 1.0))
        .login(login("AA/2", at(1, 9, 0)).device("d"));
    let world = World::new(&rows, |a| (a == "AA/1").then_some(9.0));
    let shared = of_kind(&world, Kind::Device)[0];
    let actor = shared.actors[0];
    assert_eq!(actor.bits, Millibits(9_000 - 3_000));
    assert_eq!(world.occasions[actor.occasion as usize].start, at(5, 9, 0));
    assert_eq!(shared.actors[1].bits, Millibits(-3_000));
}

#[test]
fn two_purchases_of_a_name_on_one_day_by_one_login_are_one_occasion() {
    let rows = CaseBuilder::new()
        .login(login("AA/1", at(5, 9, 0)))
        .fill(buy("AA/1", at(5, 9, 5), "XTST:1", 1.0, 1.0))
        .fill(buy("AA/1", at(5, 9, 6), "XTST:1", 1.0, 1.0))
        .fill(buy("AA/2", at(5, 9, 6), "XTST:1", 1.0, 1.0));
    let world = World::new(&rows, |a| (a == "AA/1").then_some(9.0));
    let shared = of_kind(&world, Kind::CoBuy);
    assert_eq!(shared.len(), 1);
    assert!(matches!(shared[0].object, Object::Bought(..)));
    assert_eq!(shared[0].actors[0].bits, Millibits(9_000));
}

#[test]
fn a_name_that_rose_most_pays_less_for_the_search_than_one_that_did_not() {
    // The same four odd accounts and the same crowd on two of forty names, one of which doubled.
    let mut rows = crowd(10);
    for (name, who) in [("XTST:up", "AA"), ("XTST:flat", "CC")] {
        for i in 0..4 {
            let account = format!("{who}/{i}");
            rows = rows.login(login(&account, at(5, 9, 0))).fill(buy(&account, at(5, 9, 5), name, 1.0, 1.0));
        }
    }
    for name in 0..38 {
        for i in 0..2 {
            rows = rows.fill(buy(&format!("BB/{i}"), at(5, 9, 5), &format!("XTST:{name:02}"), 1.0, 1.0));
        }
        rows = rows.bar(&format!("XTST:{name:02}"), day(4), 100.0, 10.0);
        rows = rows.bar(&format!("XTST:{name:02}"), day(5), 101.0, 10.0);
    }
    for (name, price) in [("XTST:up", 200.0), ("XTST:flat", 100.0)] {
        rows = rows.bar(name, day(4), 100.0, 10.0).bar(name, day(5), price, 10.0);
    }
    let world = World::new(&rows, |a| (a.starts_with("AA") || a.starts_with("CC")).then_some(8.0));
    let net = |name: &str| {
        let of = |v: &&Validated| world.objects[v.shared].object.name(&world.case).starts_with(name);
        world.validated.iter().find(of).expect("holds up").net
    };
    assert!(net("XTST:up") - net("XTST:flat") > Millibits(2_000), "{} {}", net("XTST:up"), net("XTST:flat"));
}

#[test]
fn a_name_bought_by_a_crowd_does_not_hold_up_and_a_thin_one_does() {
    let holds = |ordinary: usize| {
        let mut rows = crowd(10);
        for i in 0..4 {
            let account = format!("AA/{i}");
            rows = rows.login(login(&account, at(5, 9, 0)));
            rows = rows.fill(buy(&account, at(5, 9, 5), "XTST:1", 1.0, 1.0));
        }
        for i in 0..ordinary {
            rows = rows.fill(buy(&format!("BB/{i:04}"), at(5, 9, 5), "XTST:1", 1.0, 1.0));
        }
        let world = World::new(&rows, |a| a.starts_with("AA").then_some(6.0));
        !world.validated.is_empty()
    };
    assert!(holds(3) && !holds(400));
}
