//! A whole run on a case written by hand: sixty accounts of three brokers, thirty days, one planted ring.

use itoguchi_engine::{Analysis, Config, analyse};
use itoguchi_model::{
    Case, Family, Kind, Millibits, Role,
    progress::Silent,
    results::MemberRow,
    tables::{IpClass, ReportKind},
};
use itoguchi_testkit::case::{CaseBuilder, at, buy, day, login, sell};

const THIN: &str = "XTST:9001";
const VICTIMS: [&str; 4] = ["AA/victim1", "AA/victim2", "BB/victim1", "BB/victim2"];
const SELLER: &str = "CC/seller";

/// An account that logs in every third day with its own device and trades what it holds now and then.
fn lives(rows: CaseBuilder, account: &str, i: i32) -> CaseBuilder {
    let names: Vec<String> = (0..3).map(|n| format!("XTST:{}", 1000 + (i * 7 + n * 3) % 20)).collect();
    let home = |time| {
        login(account, time)
            .device(&format!("own{i:02}"))
            .ip(&format!("198.51.100.{}", 10 + i))
            .asn(64_500 + (i % 3) as u32)
            .region("JP-13")
            .class(IpClass::Fixed)
    };
    let rows = names.iter().fold(rows, |rows, name| rows.holding(account, name, 300.0));
    let rows = rows.logins((0..10).map(|d| home(at(3 * d + i % 3, 8 + i64::from(i % 4), i64::from(i)))));
    let traded = |d: i32| at(3 * d + i % 3, 13, i64::from(i));
    rows.fill(buy(account, traded(1), &names[0], 10.0, 1_000.0))
        .fill(sell(account, traded(4), &names[1], 20.0, 1_000.0))
        .fill(buy(account, traded(6), &names[2], 10.0, 1_000.0))
}

/// Odd on day 25: a strange device on a strange network sells all and buys the thin name.
fn hijacked(rows: CaseBuilder, account: &str, i: i32, minute: i64) -> CaseBuilder {
    let names: Vec<String> = (0..3).map(|n| format!("XTST:{}", 1000 + (i * 7 + n * 3) % 20)).collect();
    let entered = login(account, at(25, 14, minute)).device("strange").ip("203.0.113.7").asn(64_999);
    let rows = rows.login(entered.region("JP-27").class(IpClass::Hosting));
    let rows =
        rows.fills(names.iter().map(|name| sell(account, at(25, 14, minute + 1), name, 290.0, 1_000.0)));
    rows.fill(buy(account, at(25, 14, minute + 3), THIN, 8_000.0, 105.0))
}

fn ordinary() -> CaseBuilder {
    let mut rows = (0..50).fold(CaseBuilder::new(), |rows, i| {
        lives(rows, &format!("{}/{i:02}", ["AA", "BB", "CC"][i as usize % 3]), i)
    });
    for (account, i) in VICTIMS.iter().zip(50..) {
        rows = lives(rows, account, i);
    }
    rows = lives(rows, "AA/victim3", 54);
    rows = lives(rows, SELLER, 55);
    rows = lives(rows, "CC/phone", 56);
    // A new phone without odd trading.
    rows = rows.login(login("CC/phone", at(25, 14, 0)).device("phone").asn(64_777).region("JP-14"));
    for n in 1000..1020 {
        rows = (0..30).fold(rows, |r, d| r.bar(&format!("XTST:{n}"), day(d), 1_000.0, 100_000.0));
    }
    (0..30).fold(rows, |r, d| r.bar(THIN, day(d), if d < 25 { 80.0 } else { 90.0 }, 20_000.0))
}

fn planted(victims: &[&str]) -> CaseBuilder {
    let rows = victims.iter().zip(0..).fold(ordinary(), |rows, (account, n)| {
        let i = if *account == "AA/victim3" { 54 } else { 50 + n };
        hijacked(rows, account, i, i64::from(5 * n))
    });
    rows.fill(buy(SELLER, at(12, 10, 0), THIN, 30_000.0, 80.0)).fill(sell(
        SELLER,
        at(25, 14, 20),
        THIN,
        30_000.0,
        105.0,
    ))
}

fn run_with(case: &Case, config: &Config) -> Analysis {
    analyse(case, config, &Silent).expect("a small case fits every kernel")
}

fn run(rows: &CaseBuilder) -> Analysis {
    run_with(&rows.build(), &Config::default())
}

fn member<'a>(found: &'a Analysis, account: &str) -> Option<&'a MemberRow> {
    found.results.ring_members.iter().find(|m| m.account.to_string() == account)
}

fn named(found: &Analysis) -> Vec<(String, Role)> {
    found.results.ring_members.iter().map(|m| (m.account.to_string(), m.role)).collect()
}

fn reported(account: &str, kind: ReportKind, on: i32) -> CaseBuilder {
    planted(&VICTIMS).report(account, at(on, 12, 0), kind)
}

#[test]
fn the_planted_ring_is_found_and_nobody_else_is_named() {
    let found = run(&planted(&VICTIMS));
    assert_eq!(found.results.rings.len(), 1);
    let mut expected: Vec<(String, Role)> = VICTIMS.map(|v| (v.to_owned(), Role::Victim)).into();
    expected.push((SELLER.to_owned(), Role::Seller));
    assert_eq!(named(&found), expected);
    let ring = &found.results.rings[0];
    assert_eq!((ring.victims, ring.sellers, ring.linked), (4, 1, 0));
    assert_eq!(ring.instruments, [THIN]);
    assert_eq!(ring.forced_sales_jpy, Some(4 * 3 * 290_000));
    assert_eq!(ring.fraudulent_buys_jpy, Some(4 * 840_000));
    assert_eq!(ring.estimated_loss_jpy, Some(4 * 8_000 * (105 - 90)));
    assert_eq!((ring.seller_proceeds_jpy, ring.seller_profit_jpy), (Some(3_150_000), Some(750_000)));
}

#[test]
fn ordinary_life_alone_gives_no_ring() {
    let found = run(&ordinary());
    assert!(found.results.rings.is_empty() && found.results.episodes.is_empty());
    assert_eq!(found.results.accounts.len(), 57);
}

#[test]
fn bits_add_up_in_the_rows() {
    let found = run(&planted(&VICTIMS));
    for m in &found.results.ring_members {
        let subject = m.account.to_string();
        let of = found.results.evidence.iter().filter(|e| e.subject == subject);
        assert_eq!(m.bits, of.map(|e| e.bits).sum::<Millibits>() - found.prior, "{subject}");
    }
    assert!(found.results.evidence.iter().all(|e| e.kind == Kind::Burst || !e.sources.is_empty()));
}

#[test]
fn a_member_that_comes_later_does_not_change_the_rings_id() {
    let four = run(&planted(&VICTIMS));
    let mut more = VICTIMS.to_vec();
    more.push("AA/victim3");
    let five = run(&planted(&more));
    assert_eq!((five.results.rings[0].victims, five.results.rings.len()), (5, 1));
    assert_eq!(four.results.rings[0].ring_id, five.results.rings[0].ring_id);
    assert!(five.results.rings[0].score > four.results.rings[0].score);
}

#[test]
fn a_cleared_account_is_not_named_for_what_came_before_and_the_note_says_so() {
    let found = run(&reported(VICTIMS[0], ReportKind::Cleared, 27));
    assert!(member(&found, VICTIMS[0]).is_none());
    assert!(member(&found, VICTIMS[1]).is_some(), "the others still stand");
    assert!(found.results.episodes.iter().all(|e| e.account.to_string() != VICTIMS[0]));
    let note = found.notes.iter().map(|n| &n.en).find(|n| n.starts_with(VICTIMS[0])).unwrap();
    assert!(note.contains("cleared on 2024-10-31 12:00:00+09:00"), "{note}");
    assert!(note.contains("not considered"), "{note}");
}

#[test]
fn a_clearance_says_nothing_of_what_comes_after_it() {
    let found = run(&reported(VICTIMS[0], ReportKind::Cleared, 24));
    assert_eq!(member(&found, VICTIMS[0]).unwrap().role, Role::Victim);
    assert_eq!(
        member(&found, VICTIMS[0]).unwrap().bits,
        member(&run(&planted(&VICTIMS)), VICTIMS[0]).unwrap().bits
    );
}

#[test]
fn a_report_of_a_victim_raises_its_bits_by_the_setting() {
    let before = member(&run(&planted(&VICTIMS)), VICTIMS[0]).unwrap().bits;
    for bits in [4, 10] {
        let config = Config::read("", &[format!("rings.report_bits={bits}.0")]).unwrap();
        let found = run_with(&reported(VICTIMS[0], ReportKind::Victim, 27).build(), &config);
        assert_eq!(member(&found, VICTIMS[0]).unwrap().bits - before, Millibits(bits * 1_000));
        let evidence: Vec<_> = found.results.evidence.iter().filter(|e| e.kind == Kind::Report).collect();
        assert_eq!(evidence.len(), 1);
        assert_eq!((evidence[0].bits, evidence[0].kind.family()), (Millibits(bits * 1_000), Family::Reports));
        assert_eq!(evidence[0].subject, VICTIMS[0]);
        assert_eq!(evidence[0].sources, [("case/reports.csv".to_owned(), vec![1])]);
    }
}

#[test]
fn two_reports_are_a_family_and_one_is_not() {
    let one = reported(VICTIMS[0], ReportKind::Victim, 27);
    let two = one.clone().report(VICTIMS[2], at(27, 12, 0), ReportKind::Victim);
    assert!(!run(&one).results.rings[0].families.contains(&Family::Reports));
    assert!(run(&two).results.rings[0].families.contains(&Family::Reports));
}

#[test]
fn a_report_from_before_the_session_or_long_after_it_says_nothing_of_it() {
    let plain = member(&run(&planted(&VICTIMS)), VICTIMS[0]).unwrap().bits;
    for on in [25, 86] {
        let found = run(&reported(VICTIMS[0], ReportKind::Victim, on));
        assert_eq!(member(&found, VICTIMS[0]).unwrap().bits, plain, "{on}");
    }
}

#[test]
fn a_report_makes_no_victim_of_an_account_without_an_odd_session() {
    let found = run(&reported("AA/00", ReportKind::Victim, 27));
    assert!(member(&found, "AA/00").is_none());
}

#[test]
fn without_logins_there_is_no_ring_and_the_notes_say_why() {
    let mut case = planted(&VICTIMS).build();
    case.logins.clear();
    let found = run_with(&case, &Config::default());
    assert!(found.results.episodes.is_empty());
    assert!(found.results.rings.is_empty(), "{:?}", named(&found));
    assert!(found.notes.iter().any(|n| n.en.starts_with("No logins: ")), "{:?}", found.notes);
}

#[test]
fn an_empty_case_is_a_result_without_rows() {
    let found = run(&CaseBuilder::new());
    assert_eq!(found.results, itoguchi_model::results::Results::default());
    assert_eq!((found.accounts, found.prior), (0, Millibits::ZERO));
}

#[test]
fn a_broker_without_logins_is_named_and_its_accounts_are_no_victims() {
    let mut case = planted(&VICTIMS).build();
    let names = case.names.clone();
    case.logins.retain(|l| names.broker(l.account) != "BB");
    let found = run_with(&case, &Config::default());
    assert!(found.notes.iter().any(|n| n.en.starts_with("BB: no logins.")), "{:?}", found.notes);
    let of_bb = found.results.ring_members.iter().filter(|m| m.account.broker == "BB");
    assert!(of_bb.clone().all(|m| m.role != Role::Victim));
}

#[test]
fn one_thread_and_three_find_the_same() {
    let case = planted(&VICTIMS).build();
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run_with(&case, &Config::default()))
    };
    let (one, three) = (with(1), with(3));
    assert_eq!(one.results, three.results);
    assert_eq!(one.notes, three.notes);
}

#[test]
fn the_order_of_rows_in_the_files_changes_row_numbers_only() {
    let rows = planted(&VICTIMS).report(VICTIMS[0], at(27, 12, 0), ReportKind::Victim);
    let (mut a, mut b) = (run(&rows).results, run(&rows.upside_down()).results);
    assert_ne!(a.evidence, b.evidence);
    for evidence in a.evidence.iter_mut().chain(&mut b.evidence) {
        for (_, rows) in &mut evidence.sources {
            *rows = vec![rows.len() as u64];
        }
    }
    for results in [&mut a, &mut b] {
        results.ring_acts.iter_mut().for_each(|act| act.source.1 = 0);
        results.ring_days.iter_mut().filter_map(|day| day.source.as_mut()).for_each(|source| source.1 = 0);
    }
    assert!(!a.ring_acts.is_empty() && !a.ring_days.is_empty());
    assert_eq!(a, b);
}

/// Every amount of a ring is a sum of rows that the result shows: whoever doubts one can add it up.
#[test]
fn amounts_and_quantities_add_up_from_the_acts() {
    let found = run(&planted(&VICTIMS)).results;
    let ring = &found.rings[0];
    let sum = |role: Role, act: &str| -> i64 {
        let of = found.ring_acts.iter().filter(|a| a.role == role && a.act == act);
        of.filter_map(|a| a.trade.as_ref()?.jpy).sum()
    };
    assert_eq!(ring.forced_sales_jpy, Some(sum(Role::Victim, "sell")));
    assert_eq!(ring.fraudulent_buys_jpy, Some(sum(Role::Victim, "buy")));
    assert_eq!(ring.seller_proceeds_jpy, Some(sum(Role::Seller, "sell")));
    assert_eq!(ring.seller_profit_jpy, Some(sum(Role::Seller, "sell") - sum(Role::Seller, "buy")));
    let sellers = |of: fn(&itoguchi_model::results::SellerRow) -> Option<i64>| -> Option<i64> {
        found.ring_sellers.iter().map(of).sum()
    };
    assert_eq!(ring.seller_proceeds_jpy, sellers(|s| s.proceeds_jpy));
    assert_eq!(ring.seller_profit_jpy, sellers(|s| s.profit_jpy));
    for name in &found.ring_instruments {
        let days = found.ring_days.iter().filter(|d| d.instrument == name.instrument);
        assert_eq!(name.victim_buy_qty, days.clone().map(|d| d.victim_buy_qty).sum::<Option<f64>>());
        assert_eq!(name.seller_sell_qty, days.map(|d| d.seller_sell_qty).sum::<Option<f64>>());
    }
    // A login of each victim, with where it came from; and every row once.
    for victim in VICTIMS {
        let logins = found.ring_acts.iter().filter(|a| a.account.to_string() == victim && a.act == "login");
        assert!(logins.filter_map(|a| a.access.as_ref()).any(|x| x.ip.as_deref() == Some("203.0.113.7")));
    }
    let rows: std::collections::BTreeSet<_> = found.ring_acts.iter().map(|a| &a.source).collect();
    assert_eq!(rows.len(), found.ring_acts.len());
    let seller = &found.ring_sellers[0];
    assert_eq!([seller.held_qty, seller.built_up_qty, seller.sold_qty], [Some(30_000.0); 3]);
}

#[test]
fn higher_demands_are_met_by_fewer() {
    let with = |pair: &str| {
        run_with(&planted(&VICTIMS).build(), &Config::read("", &[pair.to_owned()]).unwrap())
            .results
            .rings
            .len()
    };
    assert_eq!((with("rings.members=4"), with("rings.members=5")), (1, 0));
    assert_eq!((with("rings.ring_bits=10.0"), with("rings.ring_bits=1000.0")), (1, 0));
    assert_eq!(with("rings.mark_bits=100.0"), 0);
}
