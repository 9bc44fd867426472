//! What brokers find together over tokens, held against what plain data show and what each finds alone.
//!
//! ```text
//! cargo run -p itoguchi-score --example consortium -- --worlds plain,relays --seeds 1-3 --accounts 6000
//! ```
//!
//! Each world is simulated and correlated in four ways: all rows pooled; bundles pooled, by the whole path from keys to
//! `pool`, with the bars of the world beside them; the same without bars; each broker's rows alone, and what they say
//! put together. Members of the pooled bundles are looked up in the brokers' own tables of pseudonyms, and then scored
//! like the rest. The truth is read for the score alone.

#![expect(clippy::print_stdout, reason = "an example's result is what it prints")]

#[path = "../../src/bin/scorecard/tables.rs"]
#[allow(dead_code, reason = "the scorecard uses more of it")]
mod tables;

use std::{collections::BTreeMap, fs, path::Path};

use clap::Parser;
use itoguchi_engine::{Config, analyse, analyse_judged};
use itoguchi_ingest::read_cases;
use itoguchi_model::{
    Case, Instant,
    progress::Silent,
    results::{AccountName, Results},
};
use itoguchi_score::{Counts, Found, Truth, score, value};
use itoguchi_share::{
    bundle::{self, Bundle},
    epoch::Keys,
    identifiers::Identifiers,
    policy::{DEFAULT, Policy},
    steps::{self, Private},
};
use itoguchi_worlds::{Request, Table, simulate};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const METRICS: [&str; 4] = ["victim_precision", "victim_recall", "pair_f1", "seller_f1"];
const WAYS: [&str; 4] = ["plain, pooled", "tokens, pooled", "tokens without bars", "brokers alone"];
const EPOCH: &str = "2025-04";

#[derive(Parser)]
struct Options {
    /// Worlds, with commas between.
    #[arg(long, value_delimiter = ',', default_value = "plain")]
    worlds: Vec<String>,
    /// Seeds, as 1-3.
    #[arg(long, default_value = "1-3")]
    seeds: String,
    /// Accounts of each world.
    #[arg(long, default_value_t = 6_000)]
    accounts: u32,
    /// Policy of the brokers [default: policies/consortium.toml].
    #[arg(long)]
    policy: Option<std::path::PathBuf>,
}

fn main() -> Result<(), Failure> {
    let options = Options::parse();
    let (from, to) = options.seeds.split_once('-').unwrap_or((&options.seeds, &options.seeds));
    let seeds = from.parse::<u64>()?..=to.parse::<u64>()?;
    let policy = match &options.policy {
        Some(path) => Policy::read(&fs::read_to_string(path)?)?,
        None => Policy::read(DEFAULT)?,
    };
    println!("| world | way | victims' precision | victims' recall | pairs' F1 | sellers' F1 |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for world in &options.worlds {
        let mut all: BTreeMap<&str, Vec<Counts>> = BTreeMap::new();
        for seed in seeds.clone() {
            let request =
                Request { world: world.clone(), accounts: Some(options.accounts), days: None, seed };
            for (way, counts) in WAYS.into_iter().zip(run(&request, &policy)?) {
                all.entry(way).or_default().push(counts);
            }
        }
        for way in WAYS {
            let cells: Vec<String> = METRICS.iter().map(|metric| cell(&all[way], metric)).collect();
            println!("| {world} | {way} | {} |", cells.join(" | "));
        }
    }
    Ok(())
}

/// The mean over the seeds at which the metric is defined, with its least and most.
fn cell(counts: &[Counts], metric: &str) -> String {
    let values: Vec<f64> = counts.iter().filter_map(|c| value(c, metric)).collect();
    if values.is_empty() {
        return "–".to_owned();
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("{mean:.3} ({least:.2}–{most:.2})")
}

/// One world in every way, in the order of [`WAYS`].
fn run(request: &Request, policy: &Policy) -> Result<[Counts; 4], Failure> {
    let world = simulate(request)?;
    let place = tempfile::tempdir()?;
    let config = Config::default();
    let whole = place.path().join("whole");
    tables::write(&world.tables, &whole)?;
    let truth = Truth::read(&whole)?;
    let case = read(&whole, &config)?;
    let plain = Found::of(&analyse(&case, &config, &Silent)?.results);

    let keys = Keys::at(&place.path().join("keys"));
    let epoch = keys.make(EPOCH, now("2025-01-01T00:00:00Z"), now("2026-01-01T00:00:00Z"))?;
    let (mut alone, mut bundles, mut names) = (Vec::new(), Vec::new(), BTreeMap::new());
    for broker in &case.names.brokers {
        let folder = place.path().join(broker);
        let part: Vec<Table> = tables::of_broker(&world.tables, broker)?;
        tables::write(&part, &folder)?;
        let own = read(&folder, &config)?;
        alone.push(Found::of(&analyse(&own, &config, &Silent)?.results));
        bundles.push(share(&own, broker, policy, &keys, &epoch, &folder)?);
        let table = folder.join(format!(".share/pseudonyms-{broker}-{EPOCH}.csv"));
        let mut reader = csv::Reader::from_path(table)?;
        for row in reader.records() {
            let row = row?;
            names.insert((broker.clone(), row[0].to_owned()), row[1].to_owned());
        }
    }
    let over = |beside: Option<&Case>| -> Result<Found, Failure> {
        let pooled = bundle::pool(&bundles, beside)?;
        let mut results = analyse_judged(&pooled.case, pooled.judged, &config, &Silent)?.results;
        look_up(&mut results, &names);
        Ok(Found::of(&results))
    };
    let claims = [plain, over(Some(&case))?, over(None)?, Found::together(&alone)];
    Ok(claims.map(|found| score(&found, &truth)))
}

fn read(place: &Path, config: &Config) -> Result<Case, Failure> {
    Ok(read_cases(&[place.to_owned()], &config.ingest_settings()?, &Silent)?)
}

fn now(text: &str) -> Instant {
    Instant::parse_rfc3339(text).expect("a time as it is written here")
}

/// Request, evaluation and bundle of one broker.
fn share(
    own: &Case,
    broker: &str,
    policy: &Policy,
    keys: &Keys,
    epoch: &itoguchi_share::epoch::Epoch,
    folder: &Path,
) -> Result<Bundle, Failure> {
    let at = now("2025-06-01T00:00:00Z");
    let identifiers = Identifiers::of(own, broker, policy);
    let private = Private::at(&folder.join(".share"));
    let request = steps::request(&identifiers, policy, epoch, &private, at, &Silent)?;
    let answer = folder.join("response");
    let response =
        steps::evaluate(&request, Path::new("request"), keys, policy, Some(broker), &answer, at, &Silent)?;
    let out = folder.join("bundle");
    fs::create_dir_all(&out)?;
    bundle::prepare(own, &identifiers, policy, &response, &answer, &private, &out, at, &Silent)?;
    Ok(Bundle::read(&out)?)
}

/// What each broker does with its own accounts of a result.
fn look_up(results: &mut Results, names: &BTreeMap<(String, String), String>) {
    let back = |account: &mut AccountName| {
        let key = (account.broker.clone(), account.account_id.clone());
        if let Some(name) = names.get(&key) {
            account.account_id.clone_from(name);
        }
    };
    results.ring_members.iter_mut().for_each(|m| back(&mut m.account));
    results.accounts.iter_mut().for_each(|a| back(&mut a.account));
    for link in &mut results.links {
        back(&mut link.a);
        back(&mut link.b);
    }
}
