//! What a value may be, table by table.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use common::{Folder, HEADER, ROW};
use itoguchi_model::{
    Instant, JstDate, Precision, Scaled, Side,
    tables::{HolderType, Interval, IpClass, LoginEvent, ReportKind, Superseded},
};

fn at(text: &str) -> Instant {
    Instant::parse_rfc3339(text).unwrap()
}

fn field(column: &str, value: &str) -> Folder {
    let position = HEADER.split(',').position(|title| title == column).unwrap();
    let mut fields: Vec<&str> = ROW.split(',').collect();
    fields[position] = value;
    Folder::of(&[&fields.join(",")])
}

#[test]
fn times_must_be_moments_of_our_time() {
    for good in ["2025-03-19T09:00:00+09:00", "2025-03-19 00:00:00Z", "2025-03-18T20:00:00.000000999-04:00"] {
        assert_eq!(field("time", good).case().executions[0].time, at("2025-03-19T00:00:00Z"), "{good}");
    }
    for (bad, why) in [
        ("2025-03-19T09:00:00", "ingest.naive_offset"),
        ("2025-03-19", "no RFC 3339"),
        ("2025-02-30T00:00:00Z", "no RFC 3339"),
        ("1742342400", "no RFC 3339"),
        ("1989-06-01T00:00:00Z", "outside the years"),
        ("2101-01-02T00:00:00Z", "outside the years"),
        ("0001-01-01T00:00:00Z", "outside the years"),
    ] {
        let (column, value, reason) = field("time", bad).reject();
        assert!(column == "time" && value == bad && reason.contains(why), "{bad}: {reason}");
    }
    let naive = field("time", "2025-03-19T09:00:00").with(|s| s.naive_offset_seconds = Some(9 * 3600));
    assert_eq!(naive.case().executions[0].time, at("2025-03-19T00:00:00Z"));
    for (as_of, rejects) in [("2025-03-19T00:00:00Z", 0), ("2025-03-18T23:59:59Z", 1)] {
        let case = Folder::sound().with(|s| s.as_of = Some(at(as_of))).case();
        assert_eq!(case.rejects.len(), rejects);
    }
}

#[test]
fn numbers_are_finite_positive_and_in_range() {
    assert_eq!(field("price", " 1e2 ").case().executions[0].price, Scaled(100_000_000));
    for column in ["price", "quantity"] {
        for bad in ["0", "-1", "nan", "inf", "-inf", "1e300", "0.0000001", "1 000", "", "10000000000000", "x"]
        {
            let (at, value, _) = field(column, bad).reject();
            assert_eq!((at.as_str(), value.as_str()), (column, bad));
        }
    }
}

#[test]
fn executions_have_their_defaults() {
    let row = Folder::sound().case().executions[0];
    assert_eq!((row.precision, row.side, row.currency), (Precision::Millis, Side::Buy, *b"JPY"));
    assert!(
        row.execution_id.get().is_none() && row.counterparty.get().is_none() && row.venue.get().is_none()
    );
    let (column, _, reason) = field("side", "Buy").reject();
    assert!(column == "side" && reason == "is none of buy, sell, short", "{reason}");
}

#[test]
fn a_day_is_midnight_in_japan_and_half_a_counterparty_is_none() {
    let header = format!("{HEADER},time_precision,counterparty_broker,counterparty_account");
    let lines = [
        format!("{ROW},day,BETA,b9"),
        format!("{ROW},second,BETA,"),
        format!("{ROW},minute,,b8"),
        format!("{ROW},,,"),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let case = Folder::empty().csv("executions", &header, &lines).case();
    let day = case.executions.iter().find(|r| r.precision == Precision::Day).unwrap();
    assert_eq!(day.time, JstDate::parse("2025-03-19").unwrap().midnight());
    assert_eq!(case.names.account(day.counterparty), "BETA/b9");
    assert_eq!(case.names.accounts.len(), 2);
    assert_eq!(case.warnings.len(), 2, "{:?}", case.warnings);
    assert!(case.warnings.iter().any(|w| w.en.contains("2 rows state only half")));
}

const LOGINS: &str = "broker,account_id,time,event_type,outcome,ip,src_port,device_id,user_agent,asn,country,region,ip_class,session_id";

#[test]
fn logins_are_read_in_full_and_by_default() {
    let case = Folder::sound()
        .csv(
            "logins",
            LOGINS,
            &[
                "ALPHA,a1,2025-03-19T08:00:00+09:00,password_change,failure,192.0.2.7,443,dev,Mozilla,64500,JP,JP-13,hosting,s1",
                "ALPHA,a1,2025-03-19T07:00:00+09:00,,,,,,,,,,,",
                "ALPHA,a2,2025-03-19T07:00:00+09:00,,,::ffff:192.0.2.7,443.0,,,4294967295,,,unknown,",
                "ALPHA,a3,2025-03-19T07:00:00+09:00,,,2001:DB8:0:0::1,,,,,,,,",
                "ALPHA,a4,2025-03-19T07:00:00+09:00,,,2001:db8::1,,,,,,,,",
            ],
        )
        .case();
    assert_eq!(case.rejects, []);
    let [plain, full, mapped, long, short] = case.logins[..] else { panic!("{:?}", case.logins) };
    assert_eq!((plain.event, plain.success, plain.ip_class), (LoginEvent::Login, true, IpClass::Unknown));
    assert_eq!((plain.country, plain.src_port, plain.asn), (*b"  ", None, None));
    assert_eq!(
        (full.event, full.success, full.ip_class),
        (LoginEvent::PasswordChange, false, IpClass::Hosting)
    );
    assert_eq!((full.country, full.src_port, full.asn), (*b"JP", Some(443), Some(64500)));
    assert_eq!(case.names.text(full.session), Some("s1"));
    assert_eq!((mapped.ip, mapped.src_port, mapped.asn), (full.ip, Some(443), Some(u32::MAX)));
    assert_eq!(long.ip, short.ip);
    let ips: Vec<String> = case.names.ips.iter().map(ToString::to_string).collect();
    assert_eq!(ips, ["192.0.2.7", "2001:db8::1"]);
}

#[test]
fn bad_logins_are_rejects_that_leave_no_name_behind() {
    let lines = [
        ("ip", "ALPHA,ghost,2025-03-19T07:00:00+09:00,,,192.0.2.300,,,,,,,,"),
        ("ip", "ALPHA,ghost,2025-03-19T07:00:00+09:00,,,fe80::1%eth0,,,,,,,,"),
        ("event_type", "ALPHA,ghost,2025-03-19T07:00:00+09:00,LOGIN,,,,,,,,,,"),
        ("outcome", "ALPHA,ghost,2025-03-19T07:00:00+09:00,,ok,,,,,,,,,"),
        ("src_port", "ALPHA,ghost,2025-03-19T07:00:00+09:00,,,,65536,,,,,,,"),
        ("asn", "ALPHA,ghost,2025-03-19T07:00:00+09:00,,,,,,,-1,,,,"),
        ("country", "ALPHA,ghost,2025-03-19T07:00:00+09:00,,,,,,,,Japan,,,"),
        ("ip_class", "ALPHA,ghost,2025-03-19T07:00:00+09:00,,,,,,,,,,dsl,ghost-session"),
    ];
    let texts: Vec<&str> = lines.iter().map(|l| l.1).collect();
    let case = Folder::sound().csv("logins", LOGINS, &texts).case();
    let columns: Vec<&str> = case.rejects.iter().map(|r| r.column.as_str()).collect();
    assert_eq!(columns, lines.map(|l| l.0));
    assert!(case.rejects[2].reason.contains("mfa_change"), "{}", case.rejects[2].reason);
    assert_eq!((case.names.accounts.len(), case.names.texts.len(), case.names.ips.len()), (1, 0, 0));
}

#[test]
fn the_smaller_tables() {
    let case = Folder::sound()
        .csv(
            "accounts",
            "broker,account_id,opened_on,holder_type,region",
            &[
                "ALPHA,a1,2020-04-01,individual,JP-13",
                "ALPHA,a2,,,",
                "ALPHA,a3,2020-02-30,,",
                "ALPHA,a3,,robot,",
            ],
        )
        .csv(
            "holdings",
            "broker,account_id,as_of,instrument,quantity",
            &[
                "ALPHA,a1,2025-03-01T00:00:00+09:00,XTKS:9991,0",
                "ALPHA,a1,2025-03-01T00:00:00+09:00,XTKS:9991,-1",
            ],
        )
        .csv(
            "bars",
            "instrument,time,interval,open,high,low,close,volume,turnover",
            &[
                "XTKS:9991,2025-03-19T09:00:00+09:00,1m,10,12,9,11,0,",
                "XTKS:9991,2025-03-19T00:00:00+09:00,1d,10,12,9,11,100,1050.5",
                "XTKS:9991,2025-03-19T09:00:00+09:00,1m,10,8,9,11,0,",
                "XTKS:9991,2025-03-19T09:00:00+09:00,5m,10,12,9,11,0,",
                "XTKS:9991,2025-03-19T09:00:00+09:00,1m,0,12,9,11,0,",
                "XTKS:9991,2025-03-19T09:00:00+09:00,1m,10,12,9,11,-1,",
            ],
        )
        .csv(
            "fx",
            "currency,date,jpy",
            &["USD,2025-03-19,149.25", "USD,2025-03-19,0", "usd,2025-03-19,1", ",2025-03-19,1"],
        )
        .csv(
            "reports",
            "broker,account_id,reported_at,kind",
            &["ALPHA,a1,2025-03-20T00:00:00+09:00,victim", "ALPHA,a1,2025-03-20T00:00:00+09:00,thief"],
        )
        .csv(
            "indicators",
            "type,value,label,source,valid_from,valid_until",
            &[
                "ip,::ffff:192.0.2.1,relay,feed,2025-03-01T00:00:00Z,2026-03-01T00:00:00Z",
                "cidr,198.51.100.9/24,shared,,,",
                "asn,64500,aggregator,,,",
                "device,D-1,attacker,,,",
                "ip,nowhere,relay,,,",
                "cidr,198.51.100.0/40,relay,,,",
                "asn,AS64500,relay,,,",
                "domain,example.org,relay,,,",
                "ip,192.0.2.1,evil,,,",
            ],
        )
        .case();
    assert_eq!((case.accounts.len(), case.holdings.len(), case.bars.len()), (2, 1, 2));
    assert_eq!((case.fx.len(), case.reports.len(), case.indicators.len()), (1, 1, 4));
    assert_eq!(case.accounts[0].holder_type, Some(HolderType::Individual));
    assert_eq!(case.accounts[0].opened_on, JstDate::parse("2020-04-01"));
    assert_eq!(case.bars[0].interval, Interval::Day);
    assert_eq!((case.bars[0].turnover, case.bars[1].turnover), (Some(Scaled(1_050_500_000)), None));
    assert_eq!((case.fx[0].currency, case.fx[0].jpy), (*b"USD", Scaled(149_250_000)));
    assert_eq!(case.reports[0].kind, ReportKind::Victim);
    let values: Vec<(&str, &str)> =
        case.indicators.iter().map(|i| (i.kind.as_str(), i.value.as_str())).collect();
    assert_eq!(
        values,
        [("asn", "64500"), ("cidr", "198.51.100.0/24"), ("device", "D-1"), ("ip", "192.0.2.1")]
    );
    let columns: Vec<&str> = case.rejects.iter().map(|r| r.column.as_str()).collect();
    assert_eq!(
        columns,
        [
            "opened_on",
            "holder_type",
            "high",
            "interval",
            "open",
            "volume",
            "jpy",
            "currency",
            "currency",
            "quantity",
            "value",
            "value",
            "value",
            "type",
            "label",
            "kind",
        ]
    );
}

#[test]
fn instruments_are_resolved_and_what_is_not_is_flagged() {
    let row = |name: &str| ROW.replace("XTKS:9991", name);
    let lines = [
        row("9991"),
        row("XXXX:糸口電機"),
        row("XTKS:9991"),
        row("XHKG:99"),
        row("US:ITGC"),
        row("mystery"),
        row("mystery"),
        row("both"),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let case = Folder::of(&lines)
        .csv(
            "instruments",
            "alias,name,instrument,currency,shares_outstanding",
            &[
                "9991,Itoguchi,XTKS:9991,JPY,12000000",
                "糸口電機,,XTKS:9991,,",
                "ITGC,,XNAS:ITGC,USD,",
                "both,,XTKS:9991,,",
                "both,,XTKS:9992,,",
                "bad,,9991,,",
            ],
        )
        .case();
    let count =
        |name: &str| case.executions.iter().filter(|r| case.names.instrument(r.instrument) == name).count();
    assert_eq!(count("XTKS:9991"), 3);
    assert_eq!(
        (count("XHKG:00099"), count("XNAS:ITGC"), count("XXXX:mystery"), count("XXXX:both")),
        (1, 1, 2, 1)
    );
    assert_eq!(case.rejects.len(), 1);
    assert_eq!(case.instruments.len(), 5);
    assert!(
        case.warnings.iter().any(|w| w.en.contains("alias \"both\" stands for XTKS:9991 and XTKS:9992")),
        "{:?}",
        case.warnings
    );
    assert!(
        case.warnings
            .iter()
            .any(|w| w.en.starts_with("instruments that nothing resolves, kept as they are: 2 in 3 row(s)")
                && w.en.contains("XXXX:mystery (2)")),
        "{:?}",
        case.warnings
    );
}

/// Rows as (execution id, status, price), read in every rotation: what stands and what was counted.
fn settle(rows: &[(&str, &str, &str)]) -> (Vec<i64>, Superseded, usize) {
    let lines: Vec<String> = rows
        .iter()
        .map(|(id, status, price)| format!("{},{id},{status}", ROW.replace("250.5", price)))
        .collect();
    let outcomes: Vec<_> = (0..lines.len())
        .map(|turn| {
            let mut lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            lines.rotate_left(turn);
            let case =
                Folder::empty().csv("executions", &format!("{HEADER},execution_id,status"), &lines).case();
            assert_eq!(case.rejects, []);
            let prices = case.executions.iter().map(|r| r.price.0 / 1_000_000).collect();
            (prices, case.superseded, case.warnings.len())
        })
        .collect();
    assert!(outcomes.iter().all(|o| *o == outcomes[0]), "order must not matter: {outcomes:?}");
    outcomes[0].clone()
}

#[test]
fn corrections_cancellations_and_repeats() {
    let set = |repeated, corrected, cancelled| Superseded { repeated, corrected, cancelled };
    assert_eq!(settle(&[("", "", "1"), ("", "new", "1"), ("", "", "2")]), (vec![1, 1, 2], set(0, 0, 0), 0));
    assert_eq!(settle(&[("x", "", "1"), ("x", "new", "1"), ("y", "", "1")]), (vec![1, 1], set(1, 0, 0), 0));
    assert_eq!(settle(&[("x", "", "3"), ("x", "", "1"), ("x", "", "2")]), (vec![1], set(2, 0, 0), 1));
    assert_eq!(
        settle(&[("x", "new", "9"), ("x", "corrected", "5"), ("z", "", "7")]),
        (vec![5, 7], set(0, 1, 0), 0)
    );
    let twice =
        [("x", "new", "9"), ("x", "corrected", "5"), ("x", "corrected", "6"), ("x", "corrected", "6")];
    assert_eq!(settle(&twice), (vec![6], set(1, 2, 0), 0));
    let gone = [("x", "new", "9"), ("x", "corrected", "5"), ("x", "cancelled", "5"), ("y", "", "1")];
    assert_eq!(settle(&gone), (vec![1], set(0, 0, 3), 0));
    assert_eq!(settle(&[("x", "cancelled", "5")]), (vec![], set(0, 0, 1), 0));
    assert_eq!(settle(&[("x", "corrected", "5")]), (vec![5], set(0, 0, 0), 0));
}

#[test]
fn an_id_is_one_accounts_and_the_smallest_place_survives() {
    let header = format!("{HEADER},execution_id,status");
    let other = ROW.replace("a1", "a2");
    let lines =
        [format!("{ROW},x,"), format!("{other},x,"), format!("{ROW},x,"), format!("{other},,cancelled")];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let case = Folder::empty().csv("executions", &header, &lines).case();
    let kept: Vec<(&str, u32)> =
        case.executions.iter().map(|r| (case.names.token(r.account), r.source.row)).collect();
    assert_eq!(kept, [("a1", 1), ("a2", 2)]);
    assert_eq!((case.rejects.len(), case.rejects[0].column.as_str()), (1, "status"));
}
