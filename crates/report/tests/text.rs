//! What people read: snapshots of the four texts, widths, hostile names, and what a broker may not see.
#![allow(clippy::unwrap_used, reason = "a failed step of a test may panic where it failed")]

mod common;

use common::{HOSTILE, RING, loaded};
use insta::assert_snapshot;
use itoguchi_model::{Millibits, results::Results};
use itoguchi_report::{
    Lang, Loaded, ReportError, ReportOptions, Target, TextOptions, candidates_table, escape, explain,
    explain_with, layout, report_json, report_text, rings_table,
};

fn at_width(width: usize) -> TextOptions {
    TextOptions { width, color: false, lang: Lang::En }
}

fn ring() -> Target {
    Target::Ring(RING.into())
}

fn account(text: &str) -> Target {
    Target::parse(text)
}

#[test]
fn rings_as_a_table() {
    assert_snapshot!(rings_table(&loaded(), &at_width(100)));
}

#[test]
fn rings_as_cards_in_a_narrow_window() {
    assert_snapshot!(rings_table(&loaded(), &at_width(60)));
}

#[test]
fn rings_when_there_are_none() {
    let empty = Loaded { results: Results::default(), ..loaded() };
    assert_snapshot!(rings_table(&empty, &at_width(80)));
}

#[test]
fn candidates_say_what_ties_them_and_what_is_missing() {
    assert_snapshot!(candidates_table(&loaded(), &at_width(80)));
}

#[test]
fn candidates_when_there_are_none() {
    let empty = Loaded { results: Results::default(), ..loaded() };
    assert_snapshot!(candidates_table(&empty, &at_width(80)));
}

#[test]
fn explain_a_ring() {
    assert_snapshot!(explain(&loaded(), &ring()).unwrap());
}

#[test]
fn explain_a_victim() {
    assert_snapshot!(explain(&loaded(), &account("SBI/A-0001")).unwrap());
}

#[test]
fn explain_an_account_in_no_ring() {
    assert_snapshot!(explain(&loaded(), &account("SBI/C-0042")).unwrap());
}

#[test]
fn report_everything() {
    assert_snapshot!(report_text(&loaded(), &ReportOptions::default()).unwrap());
}

#[test]
fn report_for_one_broker() {
    let options =
        ReportOptions { broker: Some("SBI".into()), ring: None, lang: Lang::En, ..ReportOptions::default() };
    assert_snapshot!(report_text(&loaded(), &options).unwrap());
}

#[test]
fn json_for_one_ring() {
    let options =
        ReportOptions { ring: Some(RING.into()), broker: None, lang: Lang::En, ..ReportOptions::default() };
    let json = report_json(&loaded(), &options).unwrap();
    assert_snapshot!(serde_json::to_string_pretty(&json).unwrap());
}

/// The law of the waterfall: prior and pieces add up to what is recorded, or the difference is stated.
#[test]
fn waterfalls_add_up_or_say_by_how_much_not() {
    let text = explain(&loaded(), &account("SBI/A-0001")).unwrap();
    let bits = |line: &str| line.split_whitespace().next().and_then(|w| w.parse::<f64>().ok());
    let part: Vec<&str> =
        text.lines().skip_while(|l| !l.starts_with("WHY")).skip(1).take_while(|l| !l.is_empty()).collect();
    let figures: Vec<Millibits> = part
        .iter()
        .filter(|l| !l.starts_with("            "))
        .filter_map(|l| bits(l))
        .map(Millibits::from_bits)
        .collect();
    let (total, pieces) = figures.split_last().unwrap();
    assert_eq!(pieces.len(), 3, "{part:?}");
    assert_eq!(pieces.iter().copied().sum::<Millibits>(), *total);
    assert_eq!(*total, Millibits(21_827));
    assert!(text.contains("total, equal to the bits recorded for it"));

    let off = explain(&loaded(), &account("SBI/B-0700")).unwrap();
    let flat = off.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        flat.contains("+21.500 total of what is listed; +22.000 recorded, so +0.500 bits are not itemised"),
        "{off}"
    );
}

/// Long ids and names in two-column letters, in every window: no line is wider than it.
#[test]
fn no_line_is_wider_than_the_window() {
    let mut wide = loaded();
    let ring = &mut wide.results.rings[0];
    ring.brokers = (0..9).map(|n| format!("証券会社その{n}")).collect();
    ring.instruments = (0..9).map(|n| format!("XTKS:株式会社糸口製作所{n}")).collect();
    ring.weakest_point.en = "弱点".repeat(700);
    ring.forced_sales_jpy = Some(i64::MAX);
    let mut long = ring.clone();
    long.ring_id = "R".repeat(10_000);
    wide.results.rings.push(long);
    wide.results.rings.push(RingId::hostile(&wide));
    for width in [40, 41, 59, 60, 61, 79, 89, 90, 91, 99, 100, 101, 240] {
        let options = at_width(width);
        let table = rings_table(&wide, &options);
        fits(&table, width.min(100));
        fits(&candidates_table(&wide, &options), width.min(100));
        fits(&explain_with(&wide, &ring_target(&wide), &options).unwrap(), width);
        fits(&explain_with(&wide, &account("SBI/A-0001"), &options).unwrap(), width);
    }
    fits(&report_text(&wide, &ReportOptions::default()).unwrap(), 80);
}

struct RingId;
impl RingId {
    fn hostile(loaded: &Loaded) -> itoguchi_model::results::RingRow {
        let mut ring = loaded.results.rings[0].clone();
        ring.ring_id = HOSTILE.repeat(300);
        ring.brokers = vec![HOSTILE.repeat(300)];
        ring.instruments = vec![HOSTILE.into()];
        ring
    }
}

fn ring_target(loaded: &Loaded) -> Target {
    Target::Ring(loaded.results.rings[0].ring_id.clone())
}

fn fits(text: &str, width: usize) {
    for line in text.lines() {
        assert!(layout::width(line) <= width, "{} > {width}: {line}", layout::width(line));
    }
}

/// Nothing from outside reaches the terminal as a command, a break or a turned reading direction.
#[test]
fn hostile_names_are_spelled_out_everywhere() {
    let loaded = loaded();
    let spelled = escape::id(HOSTILE);
    let texts = [
        rings_table(&loaded, &at_width(100)),
        explain(&loaded, &ring()).unwrap(),
        explain(&loaded, &Target::Account("SBI".into(), HOSTILE.into())).unwrap(),
        report_text(&loaded, &ReportOptions::default()).unwrap(),
        explain(&loaded, &account(&format!("SBI/{HOSTILE}?"))).unwrap_err().to_string(),
        explain(&loaded, &account(&format!("SBI/{HOSTILE}?"))).unwrap_err().hint(),
        candidates_table(&loaded, &at_width(100)),
    ];
    for text in &texts {
        assert!(!text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text:?}");
    }
    assert!(texts[1].contains(&format!("SBI/{spelled}")));
    // What is printed can be typed back.
    assert_eq!(explain(&loaded, &account(&format!("SBI/{spelled}"))).unwrap(), texts[2]);
}

#[test]
fn unknown_names_are_refused_with_near_ones() {
    let check = |target: &Target, message: &str, hint: &str| {
        let error = explain(&loaded(), target).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.hint().as_str()), (message, hint));
    };
    check(
        &Target::Ring("ring-5f2c1a91".into()),
        "there is no ring ring-5f2c1a91 in this result",
        "did you mean ring-5f2c1a90?",
    );
    check(
        &Target::Ring("nothing".into()),
        "there is no ring nothing in this result",
        "`itoguchi rings OUT` lists the rings",
    );
    check(
        &account("sbi/a-0001"),
        "there is no account sbi/a-0001 in this result",
        "did you mean SBI/A-0001?",
    );
    let options = ReportOptions {
        broker: Some("NOMURA".into()),
        ring: None,
        lang: Lang::En,
        ..ReportOptions::default()
    };
    let error = report_text(&loaded(), &options).unwrap_err();
    assert!(matches!(error, ReportError::UnknownBroker { .. }));
    assert_eq!(error.hint(), "the brokers are RAKUTEN, SBI");
}

/// What only accounts of other brokers have must not be in a broker's report, in either form.
#[test]
fn a_broker_sees_of_others_only_counts() {
    let foreign = [
        "R-900",
        "R-901",
        "198.51.100.7",
        "A-0001",
        "B-0700",
        "C-0042",
        "14:54:01",
        "12,345,678",
        "12345678",
    ];
    for (broker, hidden) in [("SBI", [0, 1, 2, 6, 7, 8].as_slice()), ("RAKUTEN", &[3, 4, 5, 6, 7, 8])] {
        let options = ReportOptions {
            broker: Some(broker.into()),
            ring: None,
            lang: Lang::En,
            ..ReportOptions::default()
        };
        let text = report_text(&loaded(), &options).unwrap();
        let json = serde_json::to_string(&report_json(&loaded(), &options).unwrap()).unwrap();
        for secret in hidden.iter().map(|i| foreign[*i]) {
            assert!(!text.contains(secret), "{broker} sees {secret} in {text}");
            assert!(!json.contains(secret), "{broker} sees {secret} in {json}");
        }
        assert!(json.contains("not_shown\":{"));
    }
    let none = Loaded { results: Results { ring_members: Vec::new(), ..loaded().results }, ..loaded() };
    let options = ReportOptions {
        broker: Some("SBI".into()),
        ring: Some(RING.into()),
        lang: Lang::En,
        ..ReportOptions::default()
    };
    assert!(matches!(report_text(&none, &options), Err(ReportError::UnknownRing { .. })));
}

#[test]
fn wording_never_says_guilt() {
    let all =
        report_text(&loaded(), &ReportOptions::default()).unwrap() + &explain(&loaded(), &ring()).unwrap();
    let all = all.to_lowercase();
    for word in ["attacker", "criminal", "culprit", "offender", "fraudster", "perpetrator"] {
        assert!(!all.contains(word), "{word}");
    }
    assert!(all.starts_with("a ring is a lead, not a finding of guilt."));
}

#[test]
fn colour_only_adds_to_headings() {
    let plain =
        explain_with(&loaded(), &ring(), &TextOptions { width: 80, color: false, lang: Lang::En }).unwrap();
    let bold =
        explain_with(&loaded(), &ring(), &TextOptions { width: 80, color: true, lang: Lang::En }).unwrap();
    assert!(bold.contains("\u{1b}[1mMEMBERS (inferred)\u{1b}[0m"));
    assert_eq!(bold.replace("\u{1b}[1m", "").replace("\u{1b}[0m", ""), plain);
}

#[test]
fn reports_are_the_same_every_time() {
    let options = ReportOptions::default();
    let (a, b) = (report_json(&loaded(), &options).unwrap(), report_json(&loaded(), &options).unwrap());
    assert_eq!(serde_json::to_vec(&a).unwrap(), serde_json::to_vec(&b).unwrap());
    assert_eq!(a["schema_version"], 1);
    let evidence = &a["rings"][0]["members"][1]["waterfall"]["evidence"][0];
    assert_eq!(evidence["bits"], 23.412);
    assert_eq!(evidence["period"]["start"]["utc"], "2025-03-19T05:52:07.318Z");
    assert_eq!(evidence["period"]["start"]["jst"], "2025-03-19 14:52:07+09:00");
    assert_eq!(a["rings"][0]["amounts"][2]["jpy"], serde_json::Value::Null);
    assert_eq!(a["rings"][0]["members"][3]["account"]["account_id"], HOSTILE);
}
