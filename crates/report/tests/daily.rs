//! The list of accounts to call: order, what is decided, what one broker sees.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use std::collections::BTreeMap;

use common::{RING, at, loaded, name};
use itoguchi_model::{
    Instant, Millibits,
    results::{AccountName, EpisodeRow, MemberRow},
    tables::ReportKind,
};
use itoguchi_report::{
    DailyOptions, Lang, Loaded, ReportError, daily_json, daily_text, package::decisions::Decision,
};
use serde_json::Value;

fn member(account: &str, confidence: f64, last: &str) -> MemberRow {
    MemberRow {
        ring_id: RING.into(),
        account: name("SBI", account),
        role: itoguchi_model::Role::Victim,
        bits: Millibits(9_000),
        confidence,
        first_seen: at(last),
        last_seen: at(last),
    }
}

fn episode(account: &str, end: &str, signals: &[&str]) -> EpisodeRow {
    EpisodeRow {
        account: name("SBI", account),
        start: at(end),
        end: at(end),
        bits: Millibits(20_000),
        signals: signals.iter().map(|s| (*s).to_owned()).collect(),
        sold_jpy: Some(100),
        bought_jpy: None,
        instruments: vec!["XTKS:9901".to_owned()],
    }
}

/// Members of one broker, in an order that is none.
fn result() -> Loaded {
    let mut loaded = loaded();
    loaded.results.ring_members = vec![
        member("early", 0.97, "2025-03-17T09:00:00+09:00"),
        member("doubtful", 0.60, "2025-03-17T15:00:00+09:00"),
        member("changed", 0.96, "2025-03-17T08:00:00+09:00"),
        member("late", 0.96, "2025-03-17T14:00:00+09:00"),
        member("before", 0.99, "2025-03-16T23:59:00+09:00"),
        member("stronger", 0.96, "2025-03-17T14:00:00+09:00"),
    ];
    loaded.results.ring_members[5].bits = Millibits(9_001);
    loaded.results.episodes = vec![
        episode("changed", "2025-03-17T08:00:00+09:00", &["A6_contact_changed"]),
        episode("late", "2025-03-15T14:00:00+09:00", &["A1_new_device"]),
        episode("late", "2025-03-17T14:00:00+09:00", &["A2_new_network"]),
        episode("alone", "2025-03-17T14:00:00+09:00", &["A1_new_device"]),
    ];
    loaded
}

fn decision(account: &str, kind: ReportKind, reported_at: &str) -> (AccountName, Decision) {
    let account = name("SBI", account);
    let decision = Decision {
        account: account.clone(),
        kind,
        reported_at: at(reported_at),
        by: "analyst-07\u{1b}[2J".into(),
        time: "2025-04-01T01:00:00Z".into(),
        why: "the owner\nsays so".into(),
    };
    (account, decision)
}

fn list(loaded: &Loaded, decided: &BTreeMap<AccountName, Decision>, as_of: Option<Instant>) -> Value {
    daily_json(loaded, decided, &DailyOptions { broker: Some("SBI".into()), as_of, lang: Lang::En }).unwrap()
}

/// The accounts of each day, in the order of the list.
fn days(list: &Value) -> Vec<(String, Vec<String>)> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let day = |d: &Value| {
        let accounts = d["accounts"].as_array().unwrap().iter().map(|a| text(&a["account"]["account_id"]));
        (text(&d["day"]), accounts.collect())
    };
    list["brokers"][0]["days"].as_array().unwrap().iter().map(day).collect()
}

fn expected(all: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
    all.iter().map(|(d, a)| ((*d).to_owned(), a.iter().map(|a| (*a).to_owned()).collect())).collect()
}

#[test]
fn the_newest_day_comes_first_and_on_a_day_the_rule_orders() {
    let list = list(&result(), &BTreeMap::new(), None);
    let order = ["changed", "stronger", "late", "early", "doubtful"];
    assert_eq!(days(&list), expected(&[("2025-03-17", &order), ("2025-03-16", &["before"])]));
    let late = &list["brokers"][0]["days"][0]["accounts"][2];
    assert_eq!(late["signals"], serde_json::json!(["A1_new_device", "A2_new_network"]));
    assert_eq!(
        (&late["sold_jpy"], &late["bought_jpy"]),
        (&200.into(), &Value::Null),
        "one unknown makes it unknown"
    );
    assert_eq!(list["brokers"][0]["episodes_in_no_ring"], 1);
}

#[test]
fn as_of_takes_the_day_before_it_and_nothing_after() {
    let of = |time: &str| days(&list(&result(), &BTreeMap::new(), Some(at(time))));
    assert_eq!(
        of("2025-03-17T08:30:00+09:00"),
        expected(&[("2025-03-17", &["changed"]), ("2025-03-16", &["before"])])
    );
    assert_eq!(of("2025-03-17T23:58:59+09:00").len(), 2);
    assert_eq!(of("2025-03-17T23:59:00+09:00").len(), 1, "24 hours and no more");
    // Of two sessions the one that was by then.
    assert_eq!(of("2025-03-15T20:00:00+09:00"), expected(&[("2025-03-15", &["late"])]));
    assert!(of("2024-01-01T00:00:00Z").is_empty());
}

#[test]
fn what_is_decided_stands_apart_unless_the_account_acted_since() {
    let decided: BTreeMap<_, _> = [
        decision("late", ReportKind::Victim, "2025-03-17T14:00:00+09:00"),
        decision("changed", ReportKind::Cleared, "2025-03-17T07:59:59+09:00"),
        decision("gone", ReportKind::Cleared, "2025-03-17T14:00:00+09:00"),
    ]
    .into();
    let list = list(&result(), &decided, None);
    assert_eq!(days(&list)[0].1, ["changed", "stronger", "early", "doubtful"]);
    let apart = list["brokers"][0]["decided"].as_array().unwrap();
    let apart: Vec<_> = apart
        .iter()
        .map(|d| (d["account"]["account_id"].as_str().unwrap(), d["kind"].as_str().unwrap()))
        .collect();
    assert_eq!(apart, [("gone", "cleared"), ("late", "victim")]);
    let earlier = list["brokers"][0]["days"][0]["accounts"][0]["earlier"][0].as_str().unwrap();
    assert!(earlier.contains("it acted since"), "{earlier}");
    let text = daily_text(&result(), &decided, &DailyOptions::default()).unwrap();
    assert!(!text.contains('\u{1b}'), "{text:?}");
    assert!(text.contains("- SBI/late: confirmed as a victim account by analyst-07\\u{1b}[2J"), "{text}");
}

#[test]
fn what_reports_said_that_went_in_stands_apart_too() {
    let mut loaded = result();
    let mut row = loaded.results.accounts[0].clone();
    for (account, kinds) in [("late", &["cleared"][..]), ("early", &["suspect", "victim"])] {
        row.account = name("SBI", account);
        row.reported = kinds.iter().map(|k| (*k).to_owned()).collect();
        loaded.results.accounts.push(row.clone());
    }
    let list = list(&loaded, &BTreeMap::new(), None);
    assert_eq!(days(&list)[0].1, ["changed", "stronger", "late", "doubtful"]);
    assert_eq!(list["brokers"][0]["decided"][0]["kind"], "victim");
    let cleared = list["brokers"][0]["days"][0]["accounts"][2]["earlier"][0].as_str().unwrap();
    assert!(cleared.starts_with("cleared by a report"), "{cleared}");
}

#[test]
fn a_broker_sees_its_own_accounts_alone() {
    let loaded = loaded();
    let of = |broker: &str| DailyOptions { broker: Some(broker.into()), as_of: None, lang: Lang::En };
    let decided: BTreeMap<_, _> = [decision("x", ReportKind::Cleared, "2025-03-17T14:00:00+09:00")].into();
    let all = daily_text(&loaded, &decided, &DailyOptions::default()).unwrap();
    assert!(all.contains("SBI/") && all.contains("RAKUTEN/"));
    let own = daily_text(&loaded, &decided, &of("RAKUTEN")).unwrap();
    assert!(own.contains("RAKUTEN/") && !own.contains("SBI"), "{own}");
    assert!(matches!(daily_json(&loaded, &decided, &of("XX")), Err(ReportError::UnknownBroker { .. })));
    assert!(all.lines().all(|line| line.chars().count() <= 80 && !line.contains('\u{202e}')), "{all}");
}

#[test]
fn the_list_speaks_japanese_in_the_same_order() {
    let decided = [decision("late", ReportKind::Cleared, "2025-03-17T14:00:00+09:00")].into();
    let of =
        |lang| daily_text(&result(), &decided, &DailyOptions { lang, ..DailyOptions::default() }).unwrap();
    let (en, ja) = (of(Lang::En), of(Lang::Ja));
    let accounts = |text: &str| -> Vec<String> {
        text.split_whitespace()
            .filter(|w| w.starts_with("SBI/"))
            .map(|w| w.trim_end_matches(':').to_owned())
            .collect()
    };
    assert_eq!(accounts(&en), accounts(&ja));
    assert!(accounts(&en).len() > 2);
    assert!(ja.contains("検討の結果、関連なしと判断") && ja.contains("最後の行為"));
    assert!(!ja.contains("last act") && !ja.contains("signals"));
}
