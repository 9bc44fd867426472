//! The stories of the named worlds, checked from the written rows.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{DECOYS, HOUR, MINUTE, Row, date, day, exact, number, rows, time, tod, who, world};
use itoguchi_worlds::World;

type Account = (String, String);

fn members(w: &World, role: &str) -> BTreeSet<Account> {
    rows(w, "truth").iter().filter(|t| t["role"] == role).map(who).collect()
}

fn close(w: &World, instrument: &str) -> (i64, i128) {
    let bars = rows(w, "bars");
    let last = bars.iter().filter(|b| b["instrument"] == instrument).max_by_key(|b| time(b)).expect("bars");
    (day(time(last)), exact(last, "close"))
}

/// Yen per unit in millionths: the latest rate on or before the day.
fn rate(w: &World, currency: &str, on: i64) -> i128 {
    if currency == "JPY" {
        return 1_000_000;
    }
    let fx = rows(w, "fx");
    let known =
        fx.iter().filter(|r| r["currency"] == currency && r["date"].parse::<i64>().expect("a day") <= on);
    exact(known.max_by_key(|r| r["date"].parse::<i64>().expect("a day")).expect("a rate"), "jpy")
}

/// Σ price × quantity in yen over 1e-18.
fn yen<'a>(w: &World, fills: impl Iterator<Item = &'a Row>) -> i128 {
    fills.map(|f| exact(f, "price") * exact(f, "quantity") * rate(w, &f["currency"], day(time(f)))).sum()
}

fn whole(amount: i128) -> i128 {
    (amount + 500_000_000_000_000_000) / 1_000_000_000_000_000_000
}

/// Buys less what they are worth at the last close, for fills without re-sales.
fn loss(w: &World, buys: &[&Row]) -> i128 {
    let left: i128 = buys
        .iter()
        .map(|f| {
            let (on, close) = close(w, &f["instrument"]);
            close * exact(f, "quantity") * rate(w, &f["currency"], on)
        })
        .sum();
    yen(w, buys.iter().copied()) - left
}

fn amount(w: &World, ring: usize, column: &str) -> i128 {
    number(&rows(w, "truth_amounts")[ring], column) as i128
}

#[test]
fn golden_has_the_reported_figures() {
    for seed in [1, 2, 2025] {
        let w = world("golden-2025-03-17", None, None, seed);
        let (victims, sellers) = (members(&w, "victim"), members(&w, "seller"));
        assert_eq!((victims.len(), sellers.len()), (10, 1));
        let brokers: BTreeSet<_> = victims.iter().map(|v| &v.0).collect();
        let seller = sellers.first().expect("one seller");
        assert!(brokers.len() == 1 && !brokers.contains(&seller.0));
        let accounts: BTreeMap<Account, Row> =
            rows(&w, "accounts").into_iter().map(|r| (who(&r), r)).collect();
        let regions: BTreeSet<_> = victims.iter().map(|v| accounts[v]["region"].clone()).collect();
        assert_eq!(regions.len(), 10, "ten prefectures");
        assert_eq!(accounts[seller]["holder_type"], "corporate");

        let fills = rows(&w, "executions");
        let the_day = date(3, 17);
        let on_day: Vec<&Row> = fills.iter().filter(|f| day(time(f)) == the_day).collect();
        let buys: Vec<&Row> =
            on_day.iter().copied().filter(|f| victims.contains(&who(f)) && f["side"] == "buy").collect();
        let names: BTreeSet<_> = buys.iter().map(|f| &f["instrument"]).collect();
        assert_eq!(names.len(), 1, "one name");
        let name = names.first().expect("one").as_str();
        let (first, last) = (buys.first().expect("buys"), buys.last().expect("buys"));
        assert!(tod(time(first)) >= 9 * HOUR + 10 * MINUTE && tod(time(last)) <= 14 * HOUR + 41 * MINUTE);
        assert!(time(last) - time(first) > 4 * HOUR, "several hours");

        let spent = whole(yen(&w, buys.iter().copied()));
        assert!((97_000_000..103_000_000).contains(&spent), "{spent}");
        assert_eq!(spent, amount(&w, 0, "fraudulent_buys_jpy"));
        let lost = whole(loss(&w, &buys));
        assert!((10_900_000..=11_100_000).contains(&lost), "{lost}");
        assert_eq!(lost, amount(&w, 0, "estimated_loss_jpy"));
        let forced = whole(yen(
            &w,
            on_day.iter().copied().filter(|f| victims.contains(&who(f)) && f["side"] == "sell"),
        ));
        assert_eq!(forced, amount(&w, 0, "forced_sales_jpy"));
        assert!(spent - forced > 10_000_000, "tens of millions came from outside: {forced}");

        let theirs = |side: &str| -> Vec<&Row> {
            fills
                .iter()
                .filter(|f| who(f) == *seller && f["instrument"] == name && f["side"] == side)
                .collect()
        };
        let (bought, sold) = (theirs("buy"), theirs("sell"));
        let shares = |rows: &[&Row]| rows.iter().map(|f| number(f, "quantity")).sum::<f64>();
        assert_eq!((shares(&bought), shares(&sold)), (700_000.0, 700_000.0));
        assert!(bought.iter().all(|f| day(time(f)) < the_day && (83.0..=84.0).contains(&number(f, "price"))));
        assert!(sold.iter().all(|f| day(time(f)) == the_day));
        let profit = whole(yen(&w, sold.iter().copied()) - yen(&w, bought.iter().copied()));
        assert!((8_550_000..=8_650_000).contains(&profit), "{profit}");
        assert_eq!(profit, amount(&w, 0, "seller_profit_jpy"));

        let bars = rows(&w, "bars");
        let bar = bars.iter().find(|b| b["instrument"] == name && day(time(b)) == the_day).expect("a bar");
        assert_eq!((number(bar, "open"), number(bar, "high")), (84.0, 110.0));
        assert!((2.55e6..2.65e6).contains(&number(bar, "volume")));
        assert!(rows(&w, "instruments").len() >= 60);
    }
}

#[test]
fn seed_cases_tell_the_story() {
    let w = world("seed-cases", None, None, 1);
    let fills = rows(&w, "executions");
    let victims = members(&w, "victim");
    assert_eq!(victims.len(), 7);
    assert!(members(&w, "seller").is_empty());
    let lone = rows(&w, "truth_lone");
    assert_eq!(lone.len(), 1);
    assert_eq!(lone[0]["broker"], "NOMURA");

    let the_day = date(3, 19);
    let buys_of = |v: &Account, on: i64| -> Vec<&Row> {
        fills.iter().filter(|f| who(f) == *v && f["side"] == "buy" && day(time(f)) == on).collect()
    };
    let six: Vec<&Account> = victims.iter().filter(|v| !buys_of(v, the_day).is_empty()).collect();
    assert_eq!(six.len(), 6);
    assert_eq!(six.iter().map(|v| v.0.as_str()).collect::<BTreeSet<_>>(), BTreeSet::from(["RAKUTEN", "SBI"]));
    let names: BTreeSet<_> = six.iter().flat_map(|v| buys_of(v, the_day)).map(|f| &f["instrument"]).collect();
    assert_eq!(names.len(), 1, "one name");
    assert!(names.first().expect("one").starts_with("XHKG:"));
    for f in six.iter().flat_map(|v| buys_of(v, the_day)) {
        assert!((15 * HOUR + 20 * MINUTE..=16 * HOUR + 20 * MINUTE).contains(&tod(time(f))), "{f:?}");
    }

    let shares = |v: &Account| buys_of(v, the_day).iter().map(|f| number(f, "quantity")).sum::<f64>();
    let first = six.iter().find(|v| shares(v) == 200_000.0).expect("the first account");
    assert_eq!(first.0, "RAKUTEN");
    let sales: Vec<&Row> = fills
        .iter()
        .filter(|f| who(f) == **first && f["side"] == "sell" && day(time(f)) == the_day)
        .collect();
    assert!(sales.iter().all(|f| (15 * HOUR + 10 * MINUTE..15 * HOUR + 29 * MINUTE).contains(&tod(time(f)))));
    let raised = whole(yen(&w, sales.iter().copied()));
    assert!((11_000_000..13_000_000).contains(&raised), "{raised}");
    let buys = buys_of(first, the_day);
    let per_share = whole(yen(&w, buys.iter().copied())) as f64 / 200_000.0;
    assert!((57.0..63.0).contains(&per_share), "{per_share}");
    let lost = whole(loss(&w, &buys));
    assert!((2_050_000..2_150_000).contains(&lost), "{lost}");

    // The one of two days before: other names, another region, a device that comes back.
    let seventh = victims.iter().find(|v| buys_of(v, the_day).is_empty()).expect("seven");
    assert_eq!(seventh.0, "SBI");
    let before = buys_of(seventh, date(3, 17));
    assert!(before.iter().all(|f| f["instrument"].starts_with("XHKG:") && !names.contains(&f["instrument"])));
    let spent = whole(yen(&w, before.iter().copied()));
    assert!((9_400_000..9_800_000).contains(&spent), "{spent}");
    let gear = rows(&w, "truth_infrastructure");
    let logins = rows(&w, "logins");
    let of_ring: BTreeSet<&String> = gear.iter().map(|g| &g["value"]).collect();
    let users = |value: &str| -> BTreeSet<Account> {
        let uses = |l: &&Row| {
            l.get("ip").is_some_and(|i| i == value) || l.get("device_id").is_some_and(|d| d == value)
        };
        logins.iter().filter(uses).map(who).collect()
    };
    for value in &of_ring {
        assert!(users(value).iter().filter(|u| six.contains(u)).count() <= 2, "shared by too many: {value}");
    }
    let devices: Vec<&Row> = gear.iter().filter(|g| g["kind"] == "device").collect();
    let bridge = devices.iter().find(|g| users(&g["value"]).contains(seventh)).expect("its device");
    assert!(users(&bridge["value"]).iter().any(|u| six.contains(&u)));
    let alone = who(&lone[0]);
    assert!(of_ring.iter().all(|v| !users(v).contains(&alone)));
    let account = rows(&w, "accounts").into_iter().find(|a| who(a) == *seventh).expect("it exists");
    let foreign = logins.iter().find(|l| {
        who(l) == *seventh && day(time(l)) == date(3, 17) && l.get("device_id") == Some(&bridge["value"])
    });
    assert_ne!(foreign.expect("its login")["region"], account["region"]);

    // Two brokers share a device; the loss of all seven is what the truth says.
    let across =
        devices.iter().any(|g| users(&g["value"]).iter().map(|u| &u.0).collect::<BTreeSet<_>>().len() == 2);
    assert!(across);
    let all: Vec<&Row> = six.iter().flat_map(|v| buys_of(v, the_day)).chain(before).collect();
    assert_eq!(whole(loss(&w, &all)), amount(&w, 0, "estimated_loss_jpy"));
    assert_eq!(whole(yen(&w, all.iter().copied())), amount(&w, 0, "fraudulent_buys_jpy"));
}

#[test]
fn spring_has_three_kinds_of_rings_and_every_decoy() {
    let w = world("spring-2025", None, None, 1);
    let truth = rows(&w, "truth");
    let count =
        |ring: &str, role: &str| truth.iter().filter(|t| t["ring"] == ring && t["role"] == role).count();
    assert_eq!([count("A", "victim"), count("B", "victim"), count("C", "victim")], [14, 9, 6]);
    assert_eq!([count("A", "seller"), count("B", "seller"), count("C", "seller")], [2, 1, 0]);
    let brokers = |ring: &str| {
        truth
            .iter()
            .filter(|t| t["ring"] == ring && t["role"] == "victim")
            .map(|t| t["broker"].clone())
            .collect::<BTreeSet<_>>()
            .len()
    };
    assert_eq!([brokers("A"), brokers("B")], [3, 2]);
    let shared = |ring: &str| {
        let gear = rows(&w, "truth_infrastructure");
        let of = |r: &&Row| r["ring"] == ring;
        (
            gear.iter().filter(of).filter(|g| number(g, "accounts") > 1.0).count(),
            gear.iter().filter(of).count(),
        )
    };
    assert!(shared("A").0 >= 5, "{:?}", shared("A"));
    assert!(shared("B").0 <= 3 && shared("B").1 >= 15, "{:?}", shared("B"));
    assert!(shared("C").0 >= 2, "{:?}", shared("C"));

    let labels: BTreeSet<String> = rows(&w, "truth_decoys").iter().map(|d| d["decoy"].clone()).collect();
    for wanted in DECOYS.into_iter().chain(["relay_household"]) {
        assert!(labels.contains(wanted), "no {wanted} among {labels:?}");
    }

    // The household whose line ring C came through shows it in its own logins.
    let hosts: BTreeSet<Account> =
        rows(&w, "truth_decoys").iter().filter(|d| d["decoy"] == "relay_household").map(who).collect();
    let home: BTreeSet<String> =
        rows(&w, "logins").iter().filter(|l| hosts.contains(&who(l))).map(|l| l["ip"].clone()).collect();
    let c: BTreeSet<String> = rows(&w, "truth_infrastructure")
        .iter()
        .filter(|g| g["ring"] == "C" && g["kind"] == "ip")
        .map(|g| g["value"].clone())
        .collect();
    assert!(home.intersection(&c).next().is_some());
    // C's accounts hardly ever buy the same.
    let victims: BTreeSet<Account> = truth.iter().filter(|t| t["ring"] == "C").map(who).collect();
    let mut buyers: BTreeMap<(String, i64), BTreeSet<Account>> = BTreeMap::new();
    for f in rows(&w, "executions").iter().filter(|f| victims.contains(&who(f)) && f["side"] == "buy") {
        buyers.entry((f["instrument"].clone(), day(time(f)))).or_default().insert(who(f));
    }
    assert!(buyers.values().all(|b| b.len() == 1), "{buyers:?}");
    let share = truth.iter().filter(|t| t["role"] == "victim").count() as f64 / 6_000.0;
    assert!((0.004..0.006).contains(&share));
}

#[test]
fn quiet_has_no_ring_and_plain_has_its_prevalence() {
    let quiet = world("quiet", Some(3_000), Some(20), 3);
    assert!(rows(&quiet, "truth").is_empty() && rows(&quiet, "truth_amounts").is_empty());
    assert!(rows(&quiet, "truth_decoys").len() > 100);
    for seed in [1, 2, 3] {
        let plain = world("plain", Some(12_000), None, seed);
        let victims = members(&plain, "victim").len();
        assert!((10..=18).contains(&victims), "{victims}");
        assert!(rows(&plain, "truth_amounts").len() <= 3);
    }
}

#[test]
fn hijacks_follow_their_steps() {
    let w = world("spring-2025", None, None, 1);
    let gear: BTreeSet<String> = rows(&w, "truth_infrastructure")
        .into_iter()
        .filter(|g| g["kind"] == "device")
        .map(|g| g["value"].clone())
        .collect();
    let (logins, fills) = (rows(&w, "logins"), rows(&w, "executions"));
    for victim in members(&w, "victim") {
        let visits: Vec<&Row> = logins
            .iter()
            .filter(|l| who(l) == victim && l["event_type"] == "login" && l["outcome"] == "success")
            .filter(|l| l.get("device_id").is_some_and(|d| gear.contains(d)))
            .collect();
        let login = visits.last().expect("a hijack's login");
        let after: Vec<&Row> = fills.iter().filter(|f| who(f) == victim && time(f) > time(login)).collect();
        let sale = after.iter().find(|f| f["side"] == "sell").expect("a sale");
        let buy = after.iter().find(|f| f["side"] == "buy").expect("a purchase");
        assert!((MINUTE..45 * MINUTE).contains(&(time(sale) - time(login))), "{victim:?}");
        assert!(time(buy) > time(sale), "{victim:?}");
        let own = logins.iter().filter(|l| who(l) == victim && time(l) < time(login)).count();
        assert!(own >= 3, "{victim:?} has a history of {own}");
        let known = logins.iter().any(|l| {
            who(l) == victim
                && time(l) < time(login) - 30 * 24 * HOUR
                && l.get("device_id") == login.get("device_id")
        });
        assert!(!known, "{victim:?}: a device of its own");
    }
}
