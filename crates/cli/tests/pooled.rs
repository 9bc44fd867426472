//! Bundles of three brokers: what `correlate` finds over tokens, what it shows of them, and what it refuses.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use common::{Table, copy, folder, manifest, result, run, shared_place, tables, world};

const AS_OF: [&str; 2] = ["--as-of", "2025-04-10T00:00:00Z"];
const BROKERS: [&str; 3] = ["NOMURA", "RAKUTEN", "SBI"];
const EPOCHS: [&str; 2] = ["2025-04", "2025-04b"];

/// The case, the bundles of its brokers and the results over both. Not to be changed: take a copy.
fn place() -> &'static Path {
    static PLACE: OnceLock<PathBuf> = OnceLock::new();
    PLACE.get_or_init(|| {
        let place = shared_place(&format!("pooled-{}", std::process::id()));
        fs::create_dir_all(&place).unwrap();
        copy(&world("seed-cases", "csv"), &place.join("case"));
        let policy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/consortium.toml");
        fs::copy(policy, place.join("policy.toml")).unwrap();
        for epoch in EPOCHS {
            let times = ["--from", "2025-04-01T00:00:00+09:00", "--until", "2025-05-01T00:00:00+09:00"];
            run(&place, &[&["share", "keys", "keys", "--epoch", epoch][..], &times].concat()).ok();
        }
        for broker in BROKERS {
            prepare(&place, broker, EPOCHS[0], "policy.toml", broker);
        }
        run(&place, &["correlate", "case", "--out", "plain"]).ok();
        correlate(&place, &BROKERS, "pooled", &["--market", "case"]).ok();
        place
    })
}

fn prepare(place: &Path, broker: &str, epoch: &str, policy: &str, out: &str) {
    let ours = ["case", "--broker", broker, "--policy", policy, "--as-of", "2025-04-10T00:00:00Z"];
    let (request, response) = (format!("{out}.request"), format!("{out}.response"));
    let epoch = format!("keys/{epoch}.epoch.json");
    let ask = ["--epoch", &epoch, "--out", &request];
    run(place, &[&["share", "request"][..], &ours, &ask].concat()).ok();
    let answer = ["share", "evaluate", &request, "--keys", "keys", "--policy", policy, "--out", &response];
    run(place, &[&answer[..], &AS_OF].concat()).ok();
    let make = ["--response", &response, "--out", out];
    run(place, &[&["share", "prepare"][..], &ours, &make].concat()).ok();
}

fn correlate(place: &Path, inputs: &[&str], out: &str, flags: &[&str]) -> common::Ran {
    run(place, &[&["correlate"][..], inputs, &["--out", out], &AS_OF, flags].concat())
}

/// The accounts behind pseudonyms, as each broker looks its own up.
fn pseudonyms(place: &Path) -> BTreeMap<String, String> {
    let of = |broker: &str| {
        Table::csv(&place.join(format!("case/.share/pseudonyms-{broker}-{}.csv", EPOCHS[0])))
            .rows
            .into_iter()
            .map(|row| (row[0].clone(), row[1].clone()))
            .collect::<Vec<_>>()
    };
    BROKERS.iter().flat_map(|broker| of(broker)).collect()
}

/// Each ring's victims, by account.
fn victims(out: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut rings: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for [ring, account, role] in result(out, "ring_members").select(["ring_id", "account_id", "role"]) {
        if role == "victim" {
            rings.entry(ring).or_default().insert(account);
        }
    }
    rings
}

#[test]
fn tokens_find_the_victims_that_plain_data_find_and_brokers_alone_do_not() {
    let place = place();
    let plain: Vec<BTreeSet<String>> = victims(&place.join("plain")).into_values().collect();
    assert_eq!(plain.iter().map(BTreeSet::len).collect::<Vec<_>>(), [7]);
    let names = pseudonyms(place);
    let looked_up = |out: &str| -> Vec<BTreeSet<String>> {
        let rings = victims(&place.join(out)).into_values();
        rings.map(|ring| ring.iter().map(|account| names[account].clone()).collect()).collect()
    };
    // Times to the minute and hubs without tokens may cost one of ten; here they cost nobody.
    assert_eq!(looked_up("pooled"), plain);
    let mut alone = BTreeSet::new();
    for broker in BROKERS {
        let out = format!("alone-{broker}");
        correlate(place, &[broker], &out, &["--market", "case"]).ok();
        let rings = looked_up(&out);
        assert!(rings.iter().all(|ring| ring.len() < 4), "{broker} sees its own part: {rings:?}");
        alone.extend(rings.into_iter().flatten());
    }
    assert!(alone.len() < plain[0].len() && alone.is_subset(&plain[0]), "{alone:?}");
}

#[test]
fn the_order_of_bundles_and_the_number_of_threads_change_no_byte() {
    let place = place();
    let first = place.join("pooled");
    for (out, order, threads) in
        [("turned", ["SBI", "NOMURA", "RAKUTEN"], "1"), ("again", ["RAKUTEN", "SBI", "NOMURA"], "3")]
    {
        correlate(place, &order, out, &["--market", "case", "--threads", threads]).ok();
        let out = place.join(out);
        assert_eq!(tables(&out), tables(&first));
        let [mut a, mut b] = [manifest(&first), manifest(&out)];
        (a.run, b.run) = Default::default();
        assert_eq!(serde_json::to_value(a).unwrap(), serde_json::to_value(b).unwrap());
    }
    let verified = run(place, &["verify", "pooled", "--recompute"]).ok().stdout;
    assert!(verified.contains("recomputed byte for byte"), "{verified}");
}

#[test]
fn what_no_bundle_tells_is_null_and_no_figure() {
    let place = place();
    let out = place.join("pooled");
    let nulls = |table: &str, columns: &[&str]| {
        let table = result(&out, table);
        for column in columns {
            assert!(table.column(column).iter().all(|cell| *cell == "∅"), "{column}");
        }
    };
    let amounts = ["forced_sales_jpy", "fraudulent_buys_jpy", "estimated_loss_jpy", "seller_proceeds_jpy"];
    nulls("rings", &amounts);
    nulls("ring_instruments", &["victim_buy_qty", "seller_sell_qty"]);
    let parts = ["victim_buy_qty", "raised_qty", "closing_qty", "matched_qty", "seller_buy_qty"];
    nulls("ring_days", &parts);
    nulls("ring_acts", &["quantity", "price", "currency", "amount_jpy", "country", "src_port"]);
    nulls("episodes", &["bought_jpy"]);
    // The bars beside the bundles are public, and there.
    assert!(result(&out, "ring_instruments").column("price_peak").iter().all(|cell| *cell != "∅"));
    let acts = result(&out, "ring_acts");
    assert!(acts.column("time_precision").iter().all(|p| *p == "minute"), "logins too");
    let entered: Vec<&str> = acts.column("ip").into_iter().filter(|ip| *ip != "∅").collect();
    assert!(!entered.is_empty() && entered.iter().all(|ip| ip.starts_with("token:")), "{entered:?}");
    let links = result(&out, "links");
    assert!(links.column("kind").iter().all(|kind| *kind != "possible_match"));
    let notes = manifest(&out).notes;
    assert!(notes.iter().any(|n| n.en.contains("addresses, devices and programs are tokens")));
    assert!(!notes.iter().any(|n| n.en.contains("No opening holdings") || n.en.contains("No bars")));
    correlate(place, &BROKERS, "without", &[]).ok();
    assert!(manifest(&place.join("without")).notes.iter().any(|n| n.en.contains("No bars")));
}

#[test]
fn every_report_shows_tokens_as_tokens() {
    let place = place();
    let value = result(&place.join("pooled"), "ring_infrastructure").column("value")[0].to_owned();
    assert!(value.starts_with("token:") && value.len() == 22, "{value}");
    for format in ["text", "md", "html", "json"] {
        for flags in [&[][..], &["--redact"], &["--broker", "SBI"], &["--lang", "ja"]] {
            let shown =
                run(place, &[&["report", "pooled", "--format", format][..], flags].concat()).ok().stdout;
            let whole = flags.is_empty();
            assert!(!whole || shown.contains(&value), "{format}: {value}");
            assert!(!shown.contains("203.0.113.") && !shown.contains("NaN"), "{format} {flags:?}");
        }
    }
    let listed = run(place, &["report", "pooled", "--preserve"]).ok().stdout;
    assert!(!listed.contains("token:"), "no provider knows a token: {listed}");
    for format in ["graphml", "gexf", "i2", "stix", "csv"] {
        let out = format!("export-{format}");
        run(place, &["export", "pooled", "--format", format, "--out", &out]).ok();
    }
    assert!(!fs::read_to_string(place.join("export-stix")).unwrap().contains("ipv4-addr"));
}

#[test]
fn an_analyst_can_clear_a_pseudonym_for_the_next_run() {
    let place = place();
    let victim = result(&place.join("pooled"), "ring_members").select(["broker", "account_id"])[0].join("/");
    let [broker, account] = victim.split('/').collect::<Vec<_>>()[..] else { panic!("{victim}") };
    let time = "2025-04-01T00:00:00+09:00";
    let text = format!("broker,account_id,reported_at,kind\n{broker},{account},{time},cleared\n");
    fs::write(place.join("known.csv"), text).unwrap();
    correlate(place, &BROKERS, "cleared", &["--market", "case", "--reports", "known.csv"]).ok();
    let rings = victims(&place.join("cleared"));
    assert!(rings.values().all(|ring| !ring.contains(account)), "{rings:?}");
    assert!(manifest(&place.join("cleared")).inputs.iter().any(|i| i.path == "known.csv"));
}

#[test]
fn bundles_that_do_not_fit_are_refused() {
    let place = place();
    let refused = |inputs: &[&str], flags: &[&str], words: &str| {
        correlate(place, inputs, "refused", flags).refused().says(words);
        assert!(!place.join("refused").exists());
    };
    let own = folder();
    let own = |name: &str| own.path().join(name).to_str().unwrap().to_owned();
    let copied = |name: &str| {
        copy(&place.join("SBI"), Path::new(&own(name)));
        own(name)
    };
    let twice = copied("twice");
    refused(&["SBI", "NOMURA", &twice], &[], "are both of SBI");
    refused(&["SBI", "case"], &[], "pool bundles with bundles");
    run(place, &["correlate", "case", "--market", "case", "--out", "refused"])
        .refused()
        .says("--market is for bundles");
    run(place, &["correlate", "SBI", "--out", "refused", "--as-of", "2026-01-01T00:00:00Z"])
        .refused()
        .says("expired on 2025-07-09T00:00:00Z");
    prepare(place, "NOMURA", EPOCHS[1], "policy.toml", "other-epoch");
    refused(&["SBI", "other-epoch"], &[], "different epochs: 2025-04b and 2025-04");
    let text = fs::read_to_string(place.join("policy.toml")).unwrap().replace("device = 8", "device = 9");
    fs::write(place.join("policy-b.toml"), text).unwrap();
    prepare(place, "NOMURA", EPOCHS[0], "policy-b.toml", "other-policy");
    refused(&["SBI", "other-policy"], &[], "made under two policies");
    let older = copied("older");
    let head = Path::new(&older).join("bundle.json");
    let text = fs::read_to_string(&head).unwrap();
    fs::write(&head, text.replacen("\"version\": 2", "\"version\": 1", 1)).unwrap();
    refused(&[&older], &[], "is of version 1, and version 2 is needed");
    fs::write(&head, text.replacen("\"version\": 2", "\"version\": 3", 1)).unwrap();
    refused(&[&older], &[], "is of a version that is not known");
    fs::write(&head, "{}").unwrap();
    refused(&[&older], &[], "is not the head of a bundle");
    let damaged = copied("damaged");
    let table = Path::new(&damaged).join("occasions.parquet");
    let mut bytes = fs::read(&table).unwrap();
    bytes[100] ^= 1;
    fs::write(&table, bytes).unwrap();
    refused(&[&damaged], &[], "checksum does not fit");
    fs::remove_file(&table).unwrap();
    refused(&[&damaged], &[], "occasions.parquet");
}
