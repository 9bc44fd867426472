//! The simple rules on cases of a few rows.

use std::net::IpAddr;

use itoguchi_model::Case;
use itoguchi_score::{
    Found, ThingKind, TrueRing, Truth,
    rules::{Told, bought_together_twice, informed, shared_objects, spike, told},
    thing,
};
use itoguchi_testkit::case::{CaseBuilder, at, buy, day, login, sell};

/// The claim's rings as sorted names.
fn rings(found: &Found) -> Vec<Vec<String>> {
    let mut rings: Vec<Vec<String>> = found
        .rings
        .iter()
        .map(|r| {
            let mut names: Vec<String> = r.members.iter().map(|m| m.account.to_string()).collect();
            names.sort();
            names
        })
        .collect();
    rings.sort();
    rings
}

#[test]
fn components_go_through_addresses_and_devices_alike() {
    let mut builder = CaseBuilder::new()
        .login(login("S/a", at(0, 9, 0)).ip("192.0.2.1"))
        .login(login("S/b", at(3, 9, 0)).ip("192.0.2.1").device("d1"))
        .login(login("R/c", at(9, 9, 0)).device("d1").failed())
        .login(login("R/d", at(0, 9, 0)).ip("192.0.2.2"))
        .login(login("R/e", at(0, 9, 0)).ip("192.0.2.2"));
    assert_eq!(rings(&shared_objects(&builder.build(), None)), [["R/c", "S/a", "S/b"]]);
    // Eleven on one address: with the cap it ties nobody.
    for i in 0..11 {
        builder = builder.login(login(&format!("T/{i:02}"), at(1, 9, 0)).ip("192.0.2.3"));
    }
    let case = builder.build();
    assert_eq!(rings(&shared_objects(&case, None)).len(), 2);
    assert_eq!(rings(&shared_objects(&case, Some(10))), [["R/c", "S/a", "S/b"]]);
    assert_eq!(rings(&shared_objects(&case, Some(11))).len(), 2);
}

#[test]
fn buying_together_counts_from_the_second_time() {
    let builder = CaseBuilder::new()
        .fill(buy("S/a", at(0, 9, 0), "XTKS:1", 100.0, 50.0))
        .fill(buy("S/b", at(0, 9, 5), "XTKS:1", 100.0, 50.0))
        .fill(buy("S/c", at(0, 9, 3), "XTKS:1", 100.0, 50.0))
        .fill(buy("S/a", at(1, 9, 0), "XTKS:2", 100.0, 50.0))
        .fill(buy("S/b", at(1, 9, 1), "XTKS:2", 100.0, 50.0))
        .fill(buy("S/c", at(1, 9, 7), "XTKS:2", 100.0, 50.0));
    // a and b twice; c once with each.
    assert!(rings(&bought_together_twice(&builder.build()).expect("it is small")).is_empty());
    let builder = builder.fill(buy("S/c", at(1, 9, 6), "XTKS:2", 100.0, 50.0));
    assert_eq!(
        rings(&bought_together_twice(&builder.build()).expect("it is small")),
        [["S/a", "S/b", "S/c"]]
    );
    let sales = CaseBuilder::new().fills(
        (0..4).flat_map(|n| ["S/a", "S/b", "S/c"].map(|a| sell(a, at(n, 9, 0), "XTKS:1", 100.0, 50.0))),
    );
    assert!(rings(&bought_together_twice(&sales.build()).expect("it is small")).is_empty());
}

#[test]
fn a_spike_takes_those_who_buy_the_name_for_the_first_time() {
    let mut builder = CaseBuilder::new().holding("S/holds", "XTKS:1", 100.0);
    for n in 0..5 {
        builder = builder.bar("XTKS:1", day(n), 50.0, 1_000.0);
    }
    builder = builder.bar("XTKS:1", day(5), 50.0, 10_001.0).bar("XTKS:1", day(6), 50.0, 9_000.0);
    for account in ["S/a", "S/b", "S/c", "S/before", "S/holds"] {
        builder = builder.fill(buy(account, at(5, 10, 0), "XTKS:1", 100.0, 50.0));
    }
    let builder = builder
        .fill(buy("S/before", at(2, 10, 0), "XTKS:1", 100.0, 50.0))
        .fill(buy("S/late", at(6, 10, 0), "XTKS:1", 100.0, 50.0))
        .fill(sell("S/seller", at(5, 10, 0), "XTKS:1", 100.0, 50.0));
    assert_eq!(rings(&spike(&builder.build())), [["S/a", "S/b", "S/c"]]);
}

/// Five customers with a past, of whom some do on day 9 what hijacked accounts do.
fn event() -> Case {
    let mut builder = CaseBuilder::new();
    for account in ["S/a", "S/b", "S/c", "S/chaser", "S/keeps", "S/old", "S/gear"] {
        builder = builder.holding(account, "XTKS:9", 100.0).bar("XTKS:9", day(8), 50.0, 1_000.0);
        for n in 0..3 {
            let home =
                login(account, at(n, 9, 0)).device(&format!("home-{account}")).ip("198.51.100.7").asn(1);
            builder = builder.login(home);
        }
    }
    for account in ["S/a", "S/b", "S/c", "S/chaser", "S/keeps"] {
        builder = builder
            .login(login(account, at(9, 10, 0)).device(&format!("new-{account}")).ip("203.0.113.9").asn(2))
            .fill(buy(account, at(9, 10, 20), "XTKS:1", 100.0, 50.0));
    }
    for account in ["S/a", "S/b", "S/c"] {
        builder = builder.fill(sell(account, at(9, 10, 5), "XTKS:9", 50.0, 50.0));
    }
    builder
        // Sells less than half.
        .fill(sell("S/keeps", at(9, 10, 5), "XTKS:9", 49.0, 50.0))
        // Sells all of it, as it is used to log in.
        .login(login("S/old", at(9, 10, 0)).device("home-S/old").ip("198.51.100.7").asn(1))
        .fill(sell("S/old", at(9, 10, 5), "XTKS:9", 100.0, 50.0))
        .fill(buy("S/old", at(9, 10, 20), "XTKS:1", 100.0, 50.0))
        // Has nothing in common but the device, and buys something else.
        .login(login("S/gear", at(7, 10, 0)).device("ring-device").ip("198.51.100.7").asn(1))
        .fill(buy("S/gear", at(7, 10, 20), "XTKS:2", 100.0, 50.0))
        .build()
}

#[test]
fn the_reader_who_knows_names_days_and_gear() {
    let case = event();
    let mut truth = Truth::default();
    let account = |name: &str| itoguchi_model::results::AccountName {
        broker: "S".to_owned(),
        account_id: name.to_owned(),
    };
    let victims = ["a", "b", "c", "gear"].iter().map(|n| account(n)).collect();
    truth.rings.insert("R".to_owned(), TrueRing { victims, ..TrueRing::default() });
    let device = ("R".to_owned(), thing(ThingKind::Device, "ring-device"));
    let elsewhere = ("Q".to_owned(), thing(ThingKind::Ip, "203.0.113.9"));
    truth.infrastructure = Some([(device, Some(1)), (elsewhere, Some(3))].into());
    let told = told(&case, &truth);
    // The name that three of them bought; not the one that a single one did.
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].names.len(), told[0].devices.len(), told[0].addresses.len()), (1, 1, 0));
    assert_eq!(rings(&informed(&case, &told)), [["S/a", "S/b", "S/c", "S/gear"]]);
    // With the address too, everybody who bought from it.
    let mut more = told;
    let ip: IpAddr = "203.0.113.9".parse().expect("it is an address");
    let at = case.names.ips.iter().position(|i| i.address() == Some(ip)).expect("it was used");
    let ip = itoguchi_model::IpId(at as u32);
    // On another day than the ring's it is somebody's line.
    more[0].addresses.insert((ip, day(8)));
    assert_eq!(rings(&informed(&case, &more))[0].len(), 4);
    more[0].addresses.insert((ip, day(9)));
    assert_eq!(rings(&informed(&case, &more))[0].len(), 6);
    assert!(rings(&informed(&case, &[Told::default()])).is_empty());
}
