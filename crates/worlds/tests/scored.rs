//! The worlds on which detection is scored: what defines each, and that none is easy.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{DECOYS, HOUR, Loaded, MINUTE, Row, day, number, time, who, world};

type Account = (String, String);

const WITH_RINGS: [&str; 8] =
    ["plain", "no-infrastructure", "scattered", "relays", "crossing", "campaign", "partial", "rare"];

fn made(name: &str, accounts: u32, seed: u64) -> Loaded {
    Loaded::from(&world(name, Some(accounts), None, seed))
}

fn members(w: &Loaded, role: &str) -> BTreeMap<Account, String> {
    let rows = w.rows("truth").iter().filter(|t| t["role"] == role);
    rows.map(|t| (who(t), t["ring"].clone())).collect()
}

fn labelled(w: &Loaded, label: &str) -> BTreeSet<Account> {
    w.rows("truth_decoys").iter().filter(|d| d["decoy"] == label).map(who).collect()
}

/// What each ring used, as the truth has it.
fn told(w: &Loaded) -> BTreeMap<String, BTreeSet<String>> {
    let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in w.rows("truth_infrastructure") {
        out.entry(row["value"].clone()).or_default().insert(row["ring"].clone());
    }
    out
}

/// Hijack logins: of a member, from an address the truth names, and not from a device of the holder's other days.
fn hijack_logins(w: &Loaded) -> Vec<&Row> {
    let (victims, told) = (members(w, "victim"), told(w));
    let ours = |l: &&Row| {
        victims.get(&who(l)).is_some_and(|ring| {
            told.get(&l["ip"]).is_some_and(|rings| rings.contains(ring))
                && l.get("device_id").is_none_or(|d| told.contains_key(d))
        })
    };
    w.rows("logins")
        .iter()
        .filter(|l| l["event_type"] == "login" && l["outcome"] == "success")
        .filter(ours)
        .collect()
}

/// Accounts that used an object in a hijack login, by object.
fn sharing(w: &Loaded) -> BTreeMap<String, BTreeSet<Account>> {
    let mut out: BTreeMap<String, BTreeSet<Account>> = BTreeMap::new();
    for l in hijack_logins(w) {
        for value in l.get("ip").into_iter().chain(l.get("device_id")) {
            out.entry(value.clone()).or_default().insert(who(l));
        }
    }
    out
}

/// (name, day) to the members of a ring who bought it in the hours after a hijack login.
fn bought(w: &Loaded) -> BTreeMap<(String, i64), BTreeSet<Account>> {
    let mut logins: BTreeMap<Account, Vec<i64>> = BTreeMap::new();
    for l in hijack_logins(w) {
        logins.entry(who(l)).or_default().push(time(l));
    }
    let mut out: BTreeMap<(String, i64), BTreeSet<Account>> = BTreeMap::new();
    for f in w.rows("executions").iter().filter(|f| f["side"] == "buy") {
        let by_day = f["time_precision"] == "day";
        let after = |l: &i64| {
            if by_day { day(*l) == day(time(f)) } else { (0..8 * HOUR).contains(&(time(f) - l)) }
        };
        if logins.get(&who(f)).is_some_and(|l| l.iter().any(after)) {
            out.entry((f["instrument"].clone(), day(time(f)))).or_default().insert(who(f));
        }
    }
    out
}

#[test]
fn every_world_has_its_rings_and_all_decoys() {
    for name in WITH_RINGS {
        let w = made(name, 8_000, 3);
        let victims = members(&w, "victim");
        assert!(victims.len() >= 4, "{name}: {}", victims.len());
        assert!(victims.len() <= 14, "{name}: {}", victims.len());
        let labels: BTreeSet<&str> = w.rows("truth_decoys").iter().map(|d| d["decoy"].as_str()).collect();
        for wanted in DECOYS.into_iter().chain(["meme", "family"]) {
            assert!(labels.contains(wanted), "{name}: no {wanted}");
        }
        assert!(w.rows("truth_accessed").iter().all(|a| !victims.contains_key(&who(a))), "{name}");
    }
    let quiet = made("quiet", 8_000, 3);
    assert!(quiet.rows("truth").is_empty() && quiet.rows("truth_infrastructure").is_empty());
    assert!(quiet.rows("truth_accessed").is_empty() && labelled(&quiet, "chaser").len() > 20);
}

#[test]
fn prevalence_is_what_is_said() {
    for seed in [1, 2] {
        let count = |name, accounts| {
            let w = world(name, Some(accounts), None, seed);
            common::rows(&w, "truth").iter().filter(|t| t["role"] == "victim").count()
        };
        let plain = count("plain", 16_000);
        assert!((18..=20).contains(&plain), "{plain}");
        let rare = count("rare", 40_000);
        assert!((5..=7).contains(&rare), "{rare}");
    }
}

#[test]
fn plain_rings_share_and_buy_together() {
    for seed in [1, 2, 3] {
        let w = made("plain", 12_000, seed);
        let victims = members(&w, "victim");
        let rings: BTreeSet<&String> = victims.values().collect();
        let (objects, names) = (sharing(&w), bought(&w));
        for ring in rings {
            let of_ring =
                |who: &BTreeSet<Account>| who.iter().filter(|a| victims.get(a) == Some(ring)).count();
            assert!(objects.values().any(|who| of_ring(who) >= 2), "{ring} of seed {seed} shares nothing");
            assert!(
                names.values().any(|who| of_ring(who) >= 3),
                "{ring} of seed {seed} buys nothing together"
            );
        }
    }
}

#[test]
fn without_infrastructure_nothing_is_shared() {
    for seed in [1, 2] {
        let w = made("no-infrastructure", 12_000, seed);
        let objects = sharing(&w);
        assert!(objects.len() >= 20, "{}", objects.len());
        for (value, who) in objects {
            assert_eq!(who.len(), 1, "{value}");
        }
        assert!(w.rows("truth_infrastructure").iter().all(|g| number(g, "accounts") == 1.0));
        assert!(bought(&w).values().any(|who| who.len() >= 4));
    }
}

#[test]
fn scattered_rings_buy_nothing_in_common() {
    let w = made("scattered", 12_000, 1);
    let victims = members(&w, "victim");
    assert!(members(&w, "seller").is_empty());
    for (name, who) in bought(&w) {
        assert_eq!(who.len(), 1, "{name:?}");
    }
    let shared = sharing(&w).values().filter(|who| who.len() >= 2).count();
    assert!(shared >= victims.len() / 6, "{shared} shared among {}", victims.len());
}

#[test]
fn relays_are_the_lines_of_innocent_households() {
    let w = made("relays", 20_000, 1);
    let (hosts, told) = (labelled(&w, "relay_household"), told(&w));
    assert!(hosts.len() >= 6, "{}", hosts.len());
    let theirs: BTreeSet<&String> =
        w.rows("logins").iter().filter(|l| hosts.contains(&who(l))).map(|l| &l["ip"]).collect();
    let lines = told.keys().filter(|v| theirs.contains(v)).count();
    assert!(lines >= 4, "{lines} lines");
    let logins = hijack_logins(&w);
    let through = logins.iter().filter(|l| theirs.contains(&l["ip"])).count();
    assert!(through * 2 > logins.len(), "{through} of {}", logins.len());
    let devices = sharing(&w).into_iter().filter(|(v, who)| v.starts_with('d') && who.len() > 1).count();
    assert!(devices <= 4, "{devices}");
}

#[test]
fn crossing_rings_buy_one_name_on_one_day() {
    for seed in [1, 2, 3] {
        let w = made("crossing", 10_000, seed);
        let victims = members(&w, "victim");
        let crossed = bought(&w).into_values().filter(|who| {
            let rings: BTreeSet<&String> = who.iter().filter_map(|a| victims.get(a)).collect();
            rings.len() == 2 && who.len() >= 6
        });
        assert!(crossed.count() >= 1, "seed {seed}");
    }
}

#[test]
fn a_campaign_lasts_weeks_and_changes_what_it_uses() {
    let w = made("campaign", 30_000, 1);
    let names = bought(&w);
    let victims = members(&w, "victim");
    let rings: BTreeSet<&String> = victims.values().collect();
    assert_eq!(rings.len(), 1);
    let days: BTreeSet<i64> = names.iter().filter(|(_, who)| who.len() >= 2).map(|(n, _)| n.1).collect();
    let (first, last) = (days.first().expect("days"), days.last().expect("days"));
    assert!(days.len() >= 4 && last - first >= 20, "{days:?}");
    let instruments: BTreeSet<&String> =
        names.iter().filter(|(_, who)| who.len() >= 2).map(|(n, _)| &n.0).collect();
    assert!(instruments.len() >= days.len(), "names rotate: {instruments:?}");
    // A device lives for two outings at most.
    let mut used: BTreeMap<&String, BTreeSet<i64>> = BTreeMap::new();
    for l in hijack_logins(&w) {
        if let Some(d) = l.get("device_id") {
            used.entry(d).or_default().insert(day(time(l)));
        }
    }
    assert!(used.values().any(|d| d.len() > 1), "outings are tied together");
    let reach = used.values().map(|d| d.last().expect("used") - d.first().expect("used")).max();
    assert!(reach <= Some(25), "{reach:?}");
}

#[test]
fn partial_brokers_leave_out_what_they_leave_out() {
    for seed in [1, 2, 3] {
        let w = made("partial", 6_000, seed);
        let brokers = ["RAKUTEN", "SBI", "NOMURA"];
        let none = |table: &str, broker: &str, column: &str| {
            w.rows(table).iter().filter(|r| r["broker"] == broker).all(|r| !r.contains_key(column))
        };
        let count = |f: &dyn Fn(&str) -> bool| brokers.iter().filter(|b| f(b)).count();
        assert_eq!(count(&|b| none("logins", b, "device_id")), 1);
        assert_eq!(count(&|b| none("logins", b, "asn") && none("logins", b, "region")), 1);
        assert_eq!(count(&|b| w.rows("holdings").iter().all(|h| h["broker"] != b)), 1);
        let by_day: BTreeSet<&String> = w
            .rows("executions")
            .iter()
            .filter(|f| f["time_precision"] == "day")
            .map(|f| &f["broker"])
            .collect();
        assert_eq!(by_day.len(), 1);
        for f in w.rows("executions").iter().filter(|f| by_day.contains(&f["broker"])) {
            assert_eq!((time(f) + 9 * HOUR) % (24 * HOUR), 0, "{f:?}");
            for column in ["session_id", "order_id", "execution_id"] {
                assert!(!f.contains_key(column), "{f:?}");
            }
        }
    }
}

#[test]
fn what_is_planted_trades_at_the_prices_of_all() {
    // In one name within a minute nobody pays another price because of who they are.
    let w = made("plain", 20_000, 2);
    let victims = members(&w, "victim");
    let names = bought(&w);
    let (mut theirs, mut others) = (Vec::new(), Vec::new());
    let mut by_minute: BTreeMap<(String, i64), Vec<(f64, bool)>> = BTreeMap::new();
    for f in w.rows("executions").iter().filter(|f| f["side"] == "buy") {
        if names.get(&(f["instrument"].clone(), day(time(f)))).is_some_and(|n| n.len() >= 3) {
            let key = (f["instrument"].clone(), time(f) / (5 * MINUTE));
            by_minute.entry(key).or_default().push((number(f, "price"), victims.contains_key(&who(f))));
        }
    }
    for fills in by_minute.values() {
        let mean = fills.iter().map(|f| f.0).sum::<f64>() / fills.len() as f64;
        for (price, planted) in fills {
            if *planted { theirs.push(price / mean) } else { others.push(price / mean) }
        }
    }
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    assert!(theirs.len() > 20 && others.len() > 20, "{} {}", theirs.len(), others.len());
    let gap = (mean(&theirs) - mean(&others)).abs();
    assert!(gap < 0.01, "{gap}");
}

/// How well a set of accounts is the set of victims: harmonic mean of precision and recall.
fn f1(named: &BTreeSet<Account>, victims: &BTreeMap<Account, String>) -> f64 {
    let right = named.iter().filter(|a| victims.contains_key(a)).count() as f64;
    2.0 * right / (named.len() + victims.len()) as f64
}

/// Accounts in connected components of three or more over shared addresses and devices with at most `most` users.
fn components(w: &Loaded, most: usize) -> BTreeSet<Account> {
    let mut users: BTreeMap<&String, BTreeSet<Account>> = BTreeMap::new();
    for l in w.rows("logins").iter().filter(|l| l["outcome"] == "success") {
        for value in l.get("ip").into_iter().chain(l.get("device_id")) {
            users.entry(value).or_default().insert(who(l));
        }
    }
    users.retain(|_, who| who.len() <= most);
    let accounts: Vec<Account> = w.rows("accounts").iter().map(who).collect();
    let place: BTreeMap<&Account, usize> = accounts.iter().enumerate().map(|(i, a)| (a, i)).collect();
    let mut parent: Vec<usize> = (0..accounts.len()).collect();
    fn root(parent: &mut [usize], mut x: usize) -> usize {
        while parent[x] != x {
            parent[x] = parent[parent[x]];
            x = parent[x];
        }
        x
    }
    for who in users.values() {
        let mut all = who.iter().map(|a| place[a]);
        let Some(first) = all.next() else { continue };
        for other in all {
            let (a, b) = (root(&mut parent, first), root(&mut parent, other));
            parent[a] = b;
        }
    }
    let roots: Vec<usize> = (0..accounts.len()).map(|i| root(&mut parent, i)).collect();
    let mut size = vec![0; accounts.len()];
    roots.iter().for_each(|&r| size[r] += 1);
    accounts.into_iter().zip(roots).filter(|(_, r)| size[*r] >= 3).map(|(a, _)| a).collect()
}

/// Accounts that bought a name within five minutes of somebody else on two occasions or more.
fn together_twice(w: &Loaded) -> BTreeSet<Account> {
    let mut by_name: BTreeMap<&String, Vec<(i64, Account)>> = BTreeMap::new();
    for f in w.rows("executions").iter().filter(|f| f["side"] == "buy" && f["time_precision"] != "day") {
        by_name.entry(&f["instrument"]).or_default().push((time(f), who(f)));
    }
    let mut occasions: BTreeMap<Account, BTreeSet<(&String, i64)>> = BTreeMap::new();
    for (name, fills) in by_name {
        for (k, (t, a)) in fills.iter().enumerate() {
            let near = |other: &(i64, Account)| (other.0 - t).abs() <= 5 * MINUTE && other.1 != *a;
            let before = fills[..k].iter().rev().take_while(|o| t - o.0 <= 5 * MINUTE).any(near);
            let after = fills[k + 1..].iter().take_while(|o| o.0 - t <= 5 * MINUTE).any(near);
            if before || after {
                occasions.entry(a.clone()).or_default().insert((name, day(*t)));
            }
        }
    }
    occasions.into_iter().filter(|(_, o)| o.len() >= 2).map(|(a, _)| a).collect()
}

/// Who buys a name for the first time on a day with ten times its usual volume.
fn first_in_a_spike(w: &Loaded) -> BTreeSet<Account> {
    let mut volumes: BTreeMap<&String, Vec<(i64, f64)>> = BTreeMap::new();
    for b in w.rows("bars") {
        volumes.entry(&b["instrument"]).or_default().push((day(time(b)), number(b, "volume")));
    }
    let mut spikes: BTreeSet<(&String, i64)> = BTreeSet::new();
    for (name, days) in volumes {
        for (k, (on, volume)) in days.iter().enumerate().skip(3) {
            let before = &days[k.saturating_sub(20)..k];
            let mean = before.iter().map(|d| d.1).sum::<f64>() / before.len() as f64;
            if *volume > 10.0 * mean {
                spikes.insert((name, *on));
            }
        }
    }
    let mut known: BTreeSet<(Account, &String)> =
        w.rows("holdings").iter().map(|h| (who(h), &h["instrument"])).collect();
    let mut out = BTreeSet::new();
    let mut today: BTreeMap<(Account, &String), i64> = BTreeMap::new();
    for f in w.rows("executions").iter().filter(|f| f["side"] == "buy") {
        let key = (who(f), &f["instrument"]);
        let on = day(time(f));
        let first = known.insert(key.clone()) || today.get(&key) == Some(&on);
        today.entry(key.clone()).or_insert(on);
        if first && spikes.contains(&(key.1, on)) {
            out.insert(key.0);
        }
    }
    out
}

/// One who is told which devices, addresses, names and days the rings had, but no account: who used such a thing on
/// the day it was used and traded then, or bought the name on the day after selling half or more of what was there, on
/// a device that was new to the account.
fn informed(w: &Loaded) -> BTreeSet<Account> {
    let told: BTreeSet<(String, i64)> = hijack_logins(w)
        .iter()
        .flat_map(|l| {
            let on = day(time(l));
            l.get("ip").into_iter().chain(l.get("device_id")).map(move |v| (v.clone(), on))
        })
        .collect();
    let events: BTreeSet<(String, i64)> = bought(w).into_keys().collect();
    let days: BTreeSet<i64> = events.iter().map(|e| e.1).collect();
    let mut traded: BTreeMap<(Account, i64), Vec<&Row>> = BTreeMap::new();
    for f in w.rows("executions") {
        traded.entry((who(f), day(time(f)))).or_default().push(f);
    }
    let mut held: BTreeMap<Account, BTreeMap<&String, f64>> = BTreeMap::new();
    for h in w.rows("holdings") {
        held.entry(who(h)).or_default().insert(&h["instrument"], number(h, "quantity"));
    }
    let mut seen: BTreeSet<(Account, &String)> = BTreeSet::new();
    let mut has_history: BTreeSet<Account> = BTreeSet::new();
    let mut fresh: BTreeSet<(Account, i64)> = BTreeSet::new();
    let mut out = BTreeSet::new();
    for l in w.rows("logins").iter().filter(|l| l["event_type"] == "login" && l["outcome"] == "success") {
        let (account, on) = (who(l), day(time(l)));
        let by_thing =
            l.get("ip").into_iter().chain(l.get("device_id")).any(|v| told.contains(&(v.clone(), on)));
        // An address that everybody uses says nothing.
        let after = |f: &&&Row| f["time_precision"] == "day" || (0..3 * HOUR).contains(&(time(f) - time(l)));
        let fills = traded.get(&(account.clone(), on));
        if by_thing && days.contains(&on) && fills.is_some_and(|f| f.iter().any(|f| after(&f))) {
            out.insert(account.clone());
        }
        if let Some(device) = l.get("device_id")
            && seen.insert((account.clone(), device))
            && has_history.contains(&account)
        {
            fresh.insert((account.clone(), on));
        }
        has_history.insert(account);
    }
    for ((account, on), fills) in &traded {
        if !fresh.contains(&(account.clone(), *on)) {
            continue;
        }
        let buys =
            fills.iter().any(|f| f["side"] == "buy" && events.contains(&(f["instrument"].clone(), *on)));
        let had = held.get(account).map_or(0, BTreeMap::len);
        let sold: BTreeSet<&String> =
            fills.iter().filter(|f| f["side"] == "sell").map(|f| &f["instrument"]).collect();
        if buys && had > 0 && 2 * sold.len() >= had {
            out.insert(account.clone());
        }
    }
    out
}

#[test]
fn no_simple_rule_finds_them_and_one_who_knows_the_event_does() {
    for (k, name) in WITH_RINGS.into_iter().enumerate() {
        let w = made(name, 8_000, 40 + k as u64);
        let victims = members(&w, "victim");
        let rules = [
            ("components", components(&w, usize::MAX)),
            ("components without hubs", components(&w, 10)),
            ("together twice", together_twice(&w)),
            ("first in a spike", first_in_a_spike(&w)),
        ];
        for (rule, named) in rules {
            let score = f1(&named, &victims);
            assert!(score <= 0.55, "{name}: {rule} reaches {score:.2}");
        }
        let mut named = informed(&w);
        for other in w.rows("truth_accessed").iter().map(who).chain(members(&w, "seller").into_keys()) {
            named.remove(&other);
        }
        let score = f1(&named, &victims);
        assert!(score >= 0.75, "{name}: the informed reader reaches {score:.2} only");
    }
}
