//! `share` from keys to purge, as typed.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use std::{fs, path::Path};

use common::{Table, copy, folder, listing, run, world};

const AS_OF: [&str; 2] = ["--as-of", "2025-04-10T00:00:00Z"];

fn share(place: &Path, arguments: &[&str], timed: bool) -> common::Ran {
    let time: &[&str] = if timed { &AS_OF } else { &[] };
    run(place, &[&["share"], arguments, time].concat())
}

fn keys(place: &Path, epoch: &str) -> common::Ran {
    let times = ["--from", "2025-04-01T00:00:00+09:00", "--until", "2025-05-01T00:00:00+09:00"];
    share(place, &[&["keys", "keys", "--epoch", epoch][..], &times].concat(), false)
}

fn set_up(place: &Path) {
    copy(&world("golden-2025-03-17", "csv"), &place.join("case"));
    let policy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/consortium.toml");
    fs::copy(policy, place.join("policy.toml")).unwrap();
    keys(place, "2025-04").ok().says("public key");
}

fn ask(place: &Path, broker: &str) -> [common::Ran; 3] {
    let ours = ["case", "--broker", broker, "--policy", "policy.toml"];
    let file = |ending: &str| format!("{broker}.{ending}");
    let (request, response, bundle) = (file("request"), file("response"), file("bundle"));
    let epoch = ["--epoch", "keys/2025-04.epoch.json", "--out", &request];
    let evaluate = ["evaluate", &request, "--keys", "keys", "--policy", "policy.toml", "--out", &response];
    let prepare = ["--response", &response, "--out", &bundle];
    [
        share(place, &[&["request"][..], &ours, &epoch].concat(), true),
        share(place, &[&evaluate[..], &["--from", broker]].concat(), true),
        share(place, &[&["prepare"][..], &ours, &prepare].concat(), true),
    ]
}

#[test]
fn from_keys_to_purge() {
    let place = folder();
    let place = place.path();
    set_up(place);
    keys(place, "2025-04").refused().says("a key is never replaced");
    for broker in ["SBI", "RAKUTEN"] {
        for ran in ask(place, broker) {
            assert_eq!(ran.ok().stdout, "");
        }
    }
    // A bundle takes the place of a bundle, and of nothing else.
    for ran in ask(place, "SBI") {
        ran.ok();
    }
    let inspected = share(place, &["inspect", "SBI.bundle"], false).ok().stdout;
    for column in ["account", "minute", "device", "asn", "instrument", "side", "size_class"] {
        let line = inspected.lines().find(|l| l.trim_start().starts_with(column)).unwrap();
        assert!(!line.contains(" 0 filled"), "{line}");
    }
    let compared = share(place, &["compare", "SBI.bundle", "RAKUTEN.bundle"], true).ok().stdout;
    let ips: Vec<&str> =
        compared.lines().find(|l| l.starts_with("ip ")).unwrap().split_whitespace().collect();
    assert!(ips[3].parse::<u64>().unwrap() > 0, "{compared}");
    let log = fs::read_to_string(place.join("keys/evaluations.jsonl")).unwrap();
    assert_eq!(log.matches("\"accepted\"").count(), 2, "the repeated request counts once: {log}");
    let purged = share(place, &["purge", ".", "--as-of", "2026-01-01T00:00:00Z"], false).ok().stdout;
    assert!(purged.contains("2 removed, 0 kept, as of 2026-01-01T00:00:00Z"), "{purged}");
    assert!(!listing(place).iter().any(|name| name.contains("bundle") || name.contains("tmp")));
}

/// What brokers hear of a ring that they share, and ask each other.
#[test]
fn from_bundles_to_an_answer() {
    let place = folder();
    let place = place.path();
    set_up(place);
    let brokers = ["NOMURA", "RAKUTEN", "SBI"];
    for broker in brokers {
        for ran in ask(place, broker) {
            ran.ok();
        }
    }
    let bundles = brokers.map(|b| format!("{b}.bundle"));
    let [a, b, c] = [&bundles[0], &bundles[1], &bundles[2]].map(String::as_str);
    run(place, &[&["correlate", a, b, c, "--out", "out"][..], &AS_OF].concat()).ok();
    let told = brokers.map(|broker| {
        let out = format!("to-{broker}");
        share(place, &["disclose", "out", "--to", broker, "--policy", "policy.toml", "--out", &out], false)
            .ok();
        out
    });
    // Whose are the pseudonyms, by the brokers' own tables.
    let names = Table::csv(&place.join("case/accounts.csv"));
    let (broker_at, id_at) = (names.at("broker"), names.at("account_id"));
    let mut disclosed = 0;
    for (broker, out) in brokers.iter().zip(&told) {
        let files = listing(&place.join(out));
        assert!(files.iter().eq(["disclosure.json", "misp.json", "stix.json"]), "{files:?}");
        let text: String =
            files.iter().map(|f| fs::read_to_string(place.join(out).join(f)).unwrap()).collect();
        for row in &names.rows {
            assert!(!text.contains(&row[id_at]), "{} of {} in {out}", row[id_at], row[broker_at]);
        }
        for other in brokers.iter().filter(|b| *b != broker) {
            let table = Table::csv(&place.join(format!("case/.share/pseudonyms-{other}-2025-04.csv")));
            assert!(table.rows.iter().all(|row| !text.contains(&row[0])), "{other} in {out}");
        }
        let revealed = share(place, &["reveal", out, "--private", "case/.share"], false).ok().stdout;
        let own =
            names.rows.iter().filter(|r| r[broker_at] == *broker && revealed.contains(&r[id_at])).count();
        assert!(!revealed.contains("not in the table"), "{revealed}");
        disclosed += own;
    }
    let truth = common::truth(&world("golden-2025-03-17", "csv"), "truth");
    assert!(disclosed > 5 && disclosed <= truth.rows.len(), "{disclosed} of {}", truth.rows.len());

    let text = fs::read_to_string(place.join("to-SBI/disclosure.json")).unwrap();
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    let ring = read["rings"][0]["ring_id"].as_str().unwrap();
    let to = read["rings"][0]["others"][0]["broker"].as_str().unwrap();
    let question = ["inquire", "to-SBI", "--ring", ring, "--to", to, "--out", "question.json"];
    share(place, &question, false).ok();
    let theirs = format!("to-{to}");
    let answer =
        ["answer", "question.json", "--disclosure", &theirs, "--case", "case", "--policy", "policy.toml"];
    share(place, &[&answer[..], &["--out", "answer.json"]].concat(), false).ok();
    let text = fs::read_to_string(place.join("answer.json")).unwrap();
    let answered: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(answered["accounts"].as_u64() > Some(0), "{text}");
    assert_eq!(answered["sums"].is_null(), answered["withheld"].is_string(), "{text}");

    // What is no result of bundles is not for brokers, and a question to somebody else is not answered.
    run(place, &["correlate", "case", "--out", "plain"]).ok();
    let plain = ["disclose", "plain", "--to", "SBI", "--policy", "policy.toml", "--out", "x"];
    share(place, &plain, false).refused().says("as they are");
    let wrong =
        ["answer", "question.json", "--disclosure", "to-SBI", "--case", "case", "--policy", "policy.toml"];
    share(place, &[&wrong[..], &["--out", "x"]].concat(), false).refused().says("the question is to");
    assert!(!place.join("x").exists());
}

#[test]
fn what_cannot_be_is_refused_and_says_what_to_do() {
    let place = folder();
    let place = place.path();
    set_up(place);
    for ran in ask(place, "SBI") {
        ran.ok();
    }
    let ours = ["case", "--broker", "SBI", "--policy", "policy.toml"];
    let late = ["--epoch", "keys/2025-04.epoch.json", "--out", "x", "--as-of", "2025-06-01T00:00:00Z"];
    share(place, &[&["request"][..], &ours, &late].concat(), false).refused().says("is valid from");
    let no_broker = ["request", "case", "--policy", "policy.toml", "--epoch", "keys/2025-04.epoch.json"];
    share(place, &[&no_broker[..], &["--out", "x"]].concat(), true).refused().says("say --broker");
    fs::create_dir(place.join("mine")).unwrap();
    let mine = ["--response", "SBI.response", "--out", "mine"];
    share(place, &[&["prepare"][..], &ours, &mine].concat(), true).refused().says("holds no bundle");
    let whole = fs::read(place.join("SBI.response")).unwrap();
    fs::write(place.join("cut"), &whole[..whole.len() - 100]).unwrap();
    let cut = ["--response", "cut", "--out", "x"];
    share(place, &[&["prepare"][..], &ours, &cut].concat(), true).refused().says("100 bytes too short");
    let swapped = ["--response", "SBI.request", "--out", "x"];
    share(place, &[&["prepare"][..], &ours, &swapped].concat(), true).refused().says("is a request");
    let sender = ["evaluate", "SBI.request", "--keys", "keys", "--policy", "policy.toml", "--out", "x"];
    share(place, &[&sender[..], &["--from", "NOMURA"]].concat(), true)
        .refused()
        .says("but it came from NOMURA");
    share(place, &["inspect", "case"], false).refused();
    assert!(!place.join("x").exists());
}
