//! `share` from keys to purge, as typed.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use std::{fs, path::Path};

use common::{copy, folder, listing, run, world};

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
