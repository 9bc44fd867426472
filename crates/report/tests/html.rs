//! The HTML form: one file that asks for nothing, in which nothing from outside is markup, and which holds for a reader
//! of one broker nothing of other brokers' accounts.
#![allow(clippy::unwrap_used, reason = "a failed step of a test may panic where it failed")]

mod common;
#[path = "common/large.rs"]
mod large;

use std::collections::{BTreeMap, BTreeSet};

use common::{HOSTILE, RING, loaded, name};
use itoguchi_model::{Role, results::Results, tables::ReportKind};
use itoguchi_report::{
    Lang, Loaded, ReportOptions, package::decisions::Decision, redacted, report_html, report_json,
    report_markdown, report_text,
};
use sha2::{Digest as _, Sha256};

fn html(loaded: &Loaded, lang: Lang) -> String {
    report_html(loaded, &ReportOptions { lang, ..ReportOptions::default() }).unwrap()
}

fn annex(loaded: &Loaded, broker: &str) -> String {
    report_html(loaded, &ReportOptions { broker: Some(broker.into()), ..ReportOptions::default() }).unwrap()
}

/// Everything between each `<open` and `close`.
fn between<'a>(page: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    page.split(open).skip(1).map(|rest| rest.split(close).next().unwrap()).collect()
}

#[test]
fn it_asks_for_nothing_and_runs_only_what_stands_in_it() {
    for lang in [Lang::En, Lang::Ja] {
        let page = html(&loaded(), lang);
        for address in between(&page, "href=\"", "\"").into_iter().chain(between(&page, "src=\"", "\"")) {
            assert!(address.starts_with('#') || address == "data:,", "{address}");
        }
        assert!(!page.contains("url(") && !page.contains("@import") && !page.contains(" style=\""));
        assert_eq!(page.matches("<script").count(), 1);
        let policy = between(&page, "Content-Security-Policy\" content=\"", "\"")[0];
        for (open, close) in [("<style>", "</style>"), ("<script>", "</script>")] {
            let text = between(&page, open, close)[0];
            let hash = base64(&Sha256::digest(text));
            assert!(policy.contains(&format!("'sha256-{hash}'")), "{open} is not the one that may run");
        }
        assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"));
        // An attribute that runs would need its own word in the policy; none may stand in the document either.
        assert!(!page.contains(" onclick") && !page.contains(" onload") && !page.contains("javascript:"));
    }
}

/// By another way than the program's: six bits at a time.
fn base64(bytes: &[u8]) -> String {
    let bits: String = bytes.iter().map(|b| format!("{b:08b}")).collect();
    let letters: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
    let mut out: String = bits
        .as_bytes()
        .chunks(6)
        .map(|six| {
            let padded = format!("{:0<6}", std::str::from_utf8(six).unwrap());
            letters[usize::from_str_radix(&padded, 2).unwrap()]
        })
        .collect();
    while !out.len().is_multiple_of(4) {
        out.push('=');
    }
    out
}

/// A small result in which every text that can come from outside is hostile.
fn hostile() -> Loaded {
    let attack = format!("</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&{HOSTILE}");
    let long = "A".repeat(10_000);
    let mut loaded = loaded();
    let r = &mut loaded.results;
    for member in r.ring_members.iter_mut().filter(|m| m.role == Role::Linked) {
        member.account.account_id.clone_from(&attack);
    }
    for act in &mut r.ring_acts {
        if let Some(access) = &mut act.access {
            access.user_agent = Some(format!("{attack}{long}"));
            access.device = Some(attack.clone());
            access.ip = Some(attack.clone());
            access.country = Some(attack.clone());
        }
        if let Some(trade) = &mut act.trade {
            trade.currency = Some(attack.clone());
        }
    }
    r.ring_infrastructure[0].value.clone_from(&attack);
    r.ring_instruments[0].instrument.clone_from(&attack);
    r.rings[0].brokers[0].clone_from(&attack);
    r.rings[0].weakest_point.en = format!("{attack}{long}");
    r.evidence[0].statement_en.clone_from(&attack);
    r.evidence[0].sources[0].0.clone_from(&attack);
    r.episodes[0].signals.push(attack.clone());
    r.bursts[0].instrument.clone_from(&attack);
    loaded.manifest.inputs[0].path.clone_from(&attack);
    loaded.manifest.tool_version.clone_from(&attack);
    loaded.manifest.configuration = serde_json::json!({ attack.as_str(): attack.as_str() });
    loaded.manifest.notes[0].en.clone_from(&attack);
    loaded
}

#[test]
fn hostile_text_is_spelled_out_and_never_markup() {
    let page = html(&hostile(), Lang::En);
    assert_eq!(page.matches("<script").count(), 1);
    assert!(!page.contains("<img") && !page.contains("alert(1)</script>"));
    for hidden in ['\u{202e}', '\u{1b}', '\u{200b}'] {
        assert!(!page.contains(hidden), "{hidden:?} came through");
    }
    assert!(page.contains("&lt;/script&gt;&lt;script&gt;alert(1)"));
    assert!(page.contains("\\u{202e}"));
    assert!(!page.contains(&"A".repeat(1_001)), "a long text came through uncut");
    // Quotes cannot end an attribute: every attribute is well-formed up to the end of its element.
    for tag in page.split('<').skip(1).map(|t| t.split('>').next().unwrap()) {
        if !tag.starts_with("!DOCTYPE") && !tag.contains('{') && !tag.starts_with(['=', ' ', '-']) {
            assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        }
    }
}

#[test]
fn ids_are_unique_and_links_lead_somewhere() {
    for page in [html(&loaded(), Lang::En), html(&large::loaded(300), Lang::Ja), annex(&loaded(), "SBI")] {
        let ids = between(&page, " id=\"", "\"");
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len());
        for target in between(&page, "href=\"#", "\"") {
            assert!(unique.contains(target), "#{target} is nowhere");
        }
    }
}

#[test]
fn equal_results_give_equal_bytes() {
    assert_eq!(html(&loaded(), Lang::Ja), html(&loaded(), Lang::Ja));
}

#[test]
fn an_annex_holds_nothing_of_other_brokers_accounts() {
    let loaded = loaded();
    let page = annex(&loaded, "SBI");
    assert!(page.contains("SBI/A-0001"));
    for foreign in ["R-900", "R-901", "198.51.100.7", "51000"] {
        assert!(!page.contains(foreign), "{foreign} of RAKUTEN stands in the annex for SBI");
    }
    let other = annex(&loaded, "RAKUTEN");
    for foreign in ["A-0001", "B-0700", "C-0042", "40112", "9,870,500"] {
        assert!(!other.contains(foreign), "{foreign} of SBI stands in the annex for RAKUTEN");
    }
    assert!(html(&loaded, Lang::En).contains("198.51.100.7"));
}

#[test]
fn a_redacted_dossier_names_no_account_device_or_address() {
    let page = html(&redacted(&loaded()), Lang::En);
    for identifier in ["A-0001", "R-900", "B-0700", "C-0042", "dv-77c1", "198.51.100.7", "203.0.113.20"] {
        assert!(!page.contains(identifier), "{identifier} is still there");
    }
    assert!(page.contains(RING) && page.contains("SBI/account-"));
}

/// What analysts decided is shown as opinion in every form, harmless, and to nobody who may not see the account.
#[test]
fn decisions_are_opinions_in_every_form() {
    let decision = |broker: &str, token: &str, kind| Decision {
        account: name(broker, token),
        kind,
        reported_at: common::at("2025-03-19T15:00:00+09:00"),
        by: "analyst-07".into(),
        time: "2025-04-01T01:00:00Z".into(),
        why: "<b>owner</b> called\u{202e}".into(),
    };
    let decided =
        [decision("SBI", "A-0001", ReportKind::Victim), decision("RAKUTEN", "R-900", ReportKind::Cleared)];
    let decided: BTreeMap<_, _> = decided.map(|d| (d.account.clone(), d)).into();
    let options = |broker: Option<&str>| ReportOptions {
        decided: decided.clone(),
        broker: broker.map(str::to_owned),
        ..ReportOptions::default()
    };
    let loaded = loaded();
    let page = report_html(&loaded, &options(None)).unwrap();
    assert!(page.contains("SBI/A-0001: confirmed as a victim account, by analyst-07"));
    assert!(page.contains("RAKUTEN/R-900: cleared, not held"));
    assert!(page.contains("&lt;b&gt;owner&lt;/b&gt; called\\u{202e}"));
    assert!(!page.contains("No decision of an analyst is recorded on these accounts."));
    let text = report_text(&loaded, &options(None)).unwrap();
    assert!(text.contains("OPINIONS OF ANALYSTS") && text.contains("analyst-07"));
    let markdown = report_markdown(&loaded, &options(None)).unwrap();
    assert!(markdown.contains("analyst-07") && !markdown.contains("<b>"));
    let json = report_json(&loaded, &options(None)).unwrap();
    assert_eq!(json["rings"][0]["opinions"].as_array().unwrap().len(), 2);
    let annex = report_html(&loaded, &options(Some("SBI"))).unwrap();
    assert!(annex.contains("confirmed as a victim account") && !annex.contains("cleared, not held"));
}

#[test]
fn what_must_be_preserved_comes_first_and_oldest_first() {
    let page = html(&loaded(), Lang::En);
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} is missing"));
    assert!(place("id=\"preserve\"") < place("id=\"r1\""));
    assert!(place("203.0.113.20") < place("198.51.100.7"));
    let table = between(&page, "id=\"preserve-table\"", "</table>")[0];
    for cell in ["40112", "2025-03-19 14:52:07", "2025-03-19T05:52:07.318Z", "SBI/A-0001", "#f2"] {
        assert!(table.contains(cell), "{cell} is missing in {table}");
    }
}

#[test]
fn every_piece_of_evidence_of_a_member_names_its_rows() {
    let loaded = loaded();
    let page = html(&loaded, Lang::En);
    for e in loaded.results.evidence.iter().filter(|e| e.ring_id.is_some()) {
        assert!(page.contains(&e.evidence_id), "{} is missing", e.evidence_id);
    }
    // E-00a1 rests on two files.
    let row = between(&page, "E-00a1", "</tr>")[0];
    assert!(row.contains("F1</a> rows 100–102, 117") && row.contains("F2</a> rows 12–15, 40"), "{row}");
}

#[test]
fn ten_thousand_members_are_cut_by_a_stated_rule_and_stay_small() {
    let page = html(&large::loaded(10_000), Lang::En);
    assert!(page.len() < 20 << 20, "{} bytes", page.len());
    assert!(page.matches("class=\"n ").count() <= 1_500);
    assert!(page.contains("Left out, those with the fewest bits: 8,808 members"));
    assert!(page.contains("Waterfalls of the 1,500 members with most bits"));
    assert!(page.contains("The first 1,000 of 9,988 lines"));
    let members = between(&page, "data-csv=\"members.csv\"", "</table>")[0];
    assert_eq!(members.matches("<tr").count(), 10_001);
}

#[test]
fn without_rings_it_says_so() {
    let empty = Loaded { results: Results::default(), ..loaded() };
    let page = html(&empty, Lang::En);
    assert!(page.contains("No ring was found in what was looked at."));
    assert!(page.contains("No login of a member states an address."));
}

/// Times at the ends of what a table can hold, and prices that are no prices.
#[test]
fn extremes_do_not_break_it() {
    let mut loaded = loaded();
    let r = &mut loaded.results;
    r.ring_acts[0].time = itoguchi_model::Instant(i64::MIN);
    r.ring_acts[4].time = itoguchi_model::Instant(i64::MAX);
    r.ring_days[0].day = itoguchi_model::Instant(i64::MAX);
    r.ring_days[1].prices = Some([f64::INFINITY, f64::NEG_INFINITY, 0.0, 1e300]);
    r.ring_days[1].volume = Some(f64::INFINITY);
    r.rings[0].window = (itoguchi_model::Instant(i64::MIN), itoguchi_model::Instant(i64::MAX));
    r.ring_members[0].bits = itoguchi_model::Millibits(i64::MAX);
    r.ring_members[0].account = name("X", "");
    assert!(html(&loaded, Lang::En).contains("</html>"));
}
