//! What must hold in every world.

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    sync::OnceLock,
};

use common::{HOUR, Loaded, MINUTE, Row, date, day, number, time, tod, who, world};
use itoguchi_worlds::World;

/// Made once, read by every test.
fn worlds() -> &'static [(&'static str, Loaded)] {
    static WORLDS: OnceLock<Vec<(&'static str, Loaded)>> = OnceLock::new();
    WORLDS.get_or_init(|| made().into_iter().map(|(name, w)| (name, Loaded::from(&w))).collect())
}

fn made() -> Vec<(&'static str, World)> {
    vec![
        ("golden", world("golden-2025-03-17", None, None, 1)),
        ("seed-cases", world("seed-cases", None, None, 1)),
        ("spring", world("spring-2025", None, None, 1)),
        ("spring, other seed", world("spring-2025", None, None, 77)),
        ("plain", world("plain", Some(4_000), Some(40), 5)),
        ("quiet", world("quiet", Some(2_000), Some(14), 9)),
        ("relays", world("relays", Some(2_500), None, 6)),
        ("campaign", world("campaign", Some(2_500), None, 6)),
    ]
}

#[test]
fn nothing_is_sold_that_is_not_held() {
    for (name, w) in worlds() {
        let mut held: BTreeMap<(String, String, String), f64> = BTreeMap::new();
        for h in w.rows("holdings") {
            *held
                .entry((h["broker"].clone(), h["account_id"].clone(), h["instrument"].clone()))
                .or_default() += number(h, "quantity");
        }
        let fills = w.rows("executions");
        assert!(fills.len() > 500, "{name}: {} fills", fills.len());
        let mut sales = 0;
        for f in fills {
            let key = (f["broker"].clone(), f["account_id"].clone(), f["instrument"].clone());
            let position = held.entry(key).or_default();
            match f["side"].as_str() {
                "buy" => *position += number(f, "quantity"),
                "sell" => {
                    sales += 1;
                    *position -= number(f, "quantity");
                    assert!(*position >= 0.0, "{name}: {f:?} leaves {position}");
                }
                _ => assert_eq!(f["side"], "short"),
            }
        }
        assert!(sales > 100, "{name}: {sales} sales");
    }
}

/// Here every sale on the day falls inside the purchases; elsewhere a ring may be at work for minutes.
const SHIPPED: [&str; 4] = ["golden", "seed-cases", "spring", "spring, other seed"];

/// Written down again from the exchanges' published hours, not taken from the generator.
fn open(instrument: &str, t: i64) -> bool {
    let minutes = tod(t) / MINUTE;
    let within = |a: i64, b: i64| (a..b).contains(&minutes);
    let trade_day = if instrument.starts_with("XNAS") { day(t - 12 * HOUR) } else { day(t) };
    let weekend = matches!((trade_day + 4).rem_euclid(7), 0 | 6);
    let closed: &[i64] = match &instrument[..4] {
        "XTKS" => &[date(2, 24), date(3, 20), date(4, 29)],
        "XHKG" => &[date(4, 4), date(4, 18), date(4, 21)],
        _ => &[date(4, 18)],
    };
    let hours = match &instrument[..4] {
        "XTKS" => within(540, 690) || within(750, 931),
        "XHKG" => within(630, 780) || within(840, 1_020),
        _ if trade_day >= date(3, 9) => within(1_350, 1_440) || within(0, 300),
        _ => within(1_410, 1_440) || within(0, 360),
    };
    hours && !weekend && !closed.contains(&trade_day)
}

#[test]
fn everything_trades_while_its_exchange_is_open() {
    for (name, w) in worlds() {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for f in w.rows("executions") {
            assert!(open(&f["instrument"], time(f)), "{name}: {f:?}");
            *seen.entry(f["instrument"][..4].to_owned()).or_default() += 1;
        }
        assert_eq!(seen.len(), 3, "{name}: three exchanges, got {seen:?}");
    }
}

fn tokyo_limit(base: f64) -> f64 {
    let steps = [
        (100.0, 30.0),
        (200.0, 50.0),
        (500.0, 80.0),
        (700.0, 100.0),
        (1e3, 150.0),
        (1.5e3, 300.0),
        (2e3, 400.0),
        (3e3, 500.0),
        (5e3, 700.0),
        (7e3, 1e3),
        (1e4, 1.5e3),
    ];
    steps.iter().find(|s| base < s.0).map_or(3e3, |s| s.1)
}

#[test]
fn bars_hold_every_fill_and_obey_the_daily_limit() {
    for (name, w) in worlds() {
        let mut bars: BTreeMap<(String, i64), &Row> = BTreeMap::new();
        let mut before: BTreeMap<String, f64> = BTreeMap::new();
        for b in w.rows("bars") {
            let (low, high) = (number(b, "low"), number(b, "high"));
            for p in ["open", "close"] {
                assert!((low..=high).contains(&number(b, p)), "{name}: {b:?}");
            }
            if b["instrument"].starts_with("XTKS") {
                assert_eq!(high.fract(), 0.0, "whole yen: {b:?}");
                if let Some(&close) = before.get(&b["instrument"]) {
                    let limit = tokyo_limit(close);
                    assert!(low >= close - limit && high <= close + limit, "{name}: {close} then {b:?}");
                }
                before.insert(b["instrument"].clone(), number(b, "close"));
            }
            bars.insert((b["instrument"].clone(), day(time(b))), b);
        }
        let mut traded: BTreeMap<(String, i64), f64> = BTreeMap::new();
        for f in w.rows("executions") {
            let shift = if f["instrument"].starts_with("XNAS") { 12 * HOUR } else { 0 };
            let key = (f["instrument"].clone(), day(time(f) - shift));
            let bar = bars.get(&key).unwrap_or_else(|| panic!("{name}: no bar for {f:?}"));
            let price = number(f, "price");
            assert!((number(bar, "low")..=number(bar, "high")).contains(&price), "{name}: {f:?} {bar:?}");
            let lot = if f["instrument"].starts_with("XTKS") { 10.0 } else { 1.0 };
            assert_eq!(number(f, "quantity") % lot, 0.0, "{f:?}");
            *traded.entry(key).or_default() += number(f, "quantity");
        }
        for (key, quantity) in traded {
            assert!(number(bars[&key], "volume") >= quantity, "{name}: {key:?} {quantity}");
        }
    }
}

#[test]
fn truth_names_what_the_tables_hold() {
    for (name, w) in worlds() {
        let accounts: BTreeSet<_> = w.rows("accounts").iter().map(who).collect();
        for table in
            ["logins", "executions", "holdings", "truth", "truth_decoys", "truth_accessed", "truth_lone"]
        {
            for row in w.rows(table) {
                assert!(accounts.contains(&who(row)), "{name}: {table} {row:?}");
            }
        }
        let logins = w.rows("logins");
        let used: BTreeSet<&String> =
            logins.iter().flat_map(|l| l.get("ip").into_iter().chain(l.get("device_id"))).collect();
        for row in w.rows("truth_infrastructure") {
            assert!(used.contains(&row["value"]), "{name}: {row:?}");
        }
        let traded: BTreeSet<_> = w.rows("executions").iter().map(who).collect();
        for row in w.rows("truth") {
            assert!(traded.contains(&who(row)), "{name}: a member who never traded: {row:?}");
        }
        let members: BTreeSet<_> = w.rows("truth").iter().map(who).collect();
        for table in ["truth_decoys", "truth_accessed", "truth_lone"] {
            assert!(w.rows(table).iter().all(|r| !members.contains(&who(r))), "{name}: {table}");
        }
        for f in w.rows("executions") {
            assert!(f["execution_id"].chars().all(|c| c.is_ascii_digit()), "{f:?}");
        }
    }
}

#[test]
fn rows_are_in_order_and_ids_say_nothing() {
    let opaque = |id: &str| id.len() == 8 && id.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
    for (name, w) in worlds() {
        for table in ["logins", "executions"] {
            let keys: Vec<_> = w.rows(table).iter().map(|r| (time(r), who(r))).collect();
            assert!(keys.is_sorted(), "{name}: {table}");
        }
        let accounts = w.rows("accounts");
        assert!(accounts.iter().map(who).collect::<Vec<_>>().is_sorted(), "{name}");
        assert!(accounts.iter().all(|a| opaque(&a["account_id"])), "{name}");
        for l in w.rows("logins") {
            assert!(l.get("device_id").is_none_or(|d| d.starts_with('d') && opaque(&d[1..])), "{l:?}");
        }
    }
}

#[test]
fn planted_rows_are_formed_like_all_others() {
    for (name, w) in worlds() {
        let members: BTreeSet<_> = w.rows("truth").iter().chain(w.rows("truth_lone")).map(who).collect();
        for table in ["logins", "executions"] {
            let form = |r: &Row| (r["broker"].clone(), r.keys().cloned().collect::<Vec<_>>());
            let all = w.rows(table);
            let others: BTreeSet<_> = all.iter().filter(|r| !members.contains(&who(r))).map(form).collect();
            for row in all.iter().filter(|r| members.contains(&who(r))) {
                assert!(others.contains(&form(row)), "{name}: only planted rows look like {row:?}");
            }
            for column in ["user_agent", "asn", "ip_class", "event_type", "venue"] {
                let seen: BTreeSet<_> =
                    all.iter().filter(|r| !members.contains(&who(r))).map(|r| r.get(column)).collect();
                assert!(
                    all.iter().all(|r| seen.contains(&r.get(column))),
                    "{name}: {column} has a planted value"
                );
            }
        }
    }
}

#[test]
fn addresses_belong_to_nobody() {
    let reserved = |ip: IpAddr| match ip {
        IpAddr::V4(a) => match a.octets() {
            [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [198, 18 | 19, _, _] => true,
            [100, b, _, _] => (64..128).contains(&b),
            _ => false,
        },
        IpAddr::V6(a) => a.segments()[..2] == [0x2001, 0xdb8],
    };
    for (name, w) in worlds() {
        for l in w.rows("logins") {
            let ip: IpAddr = l["ip"].parse().expect("an address");
            assert!(reserved(ip), "{name}: {ip}");
            let asn = number(l, "asn");
            assert!(
                (64_496.0..=64_511.0).contains(&asn) || (65_536.0..=65_551.0).contains(&asn),
                "{name}: {asn}"
            );
        }
    }
}

#[test]
fn sellers_sell_inside_their_rings_bursts() {
    for (name, w) in worlds() {
        let truth = w.rows("truth");
        let fills = w.rows("executions");
        for amounts in w.rows("truth_amounts") {
            let of = |role: &str| -> BTreeSet<_> {
                truth.iter().filter(|t| t["ring"] == amounts["ring"] && t["role"] == role).map(who).collect()
            };
            let (victims, sellers) = (of("victim"), of("seller"));
            assert!(!victims.is_empty());
            assert_eq!(sellers.is_empty(), !amounts.contains_key("seller_proceeds_jpy"), "{name}");
            if sellers.is_empty() {
                continue;
            }
            // Every name the victims bought on the day of their last purchase, with the sellers' sales that day.
            let mut last: BTreeMap<_, i64> = BTreeMap::new();
            for f in fills.iter().filter(|f| victims.contains(&who(f)) && f["side"] == "buy") {
                last.insert(who(f), day(time(f)));
            }
            let mut names: BTreeSet<(String, i64)> = BTreeSet::new();
            for f in fills.iter().filter(|f| f["side"] == "buy") {
                if last.get(&who(f)) == Some(&day(time(f))) {
                    names.insert((f["instrument"].clone(), day(time(f))));
                }
            }
            let sold: f64 = fills
                .iter()
                .filter(|f| sellers.contains(&who(f)) && f["side"] == "sell")
                .filter(|f| names.contains(&(f["instrument"].clone(), day(time(f)))))
                .map(|f| number(f, "quantity") * number(f, "price"))
                .sum();
            let proceeds = number(amounts, "seller_proceeds_jpy");
            if SHIPPED.contains(name) {
                assert_eq!(sold.round(), proceeds, "{name} {}", amounts["ring"]);
            }
            assert!(proceeds > 0.0, "{name} {}", amounts["ring"]);
            assert!(number(amounts, "seller_profit_jpy") > 0.05 * proceeds, "{name} {}", amounts["ring"]);
        }
    }
}
