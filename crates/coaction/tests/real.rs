//! Exact agreement with CooRTweet 2.1.3 on two real action logs, where they are at hand.
#![allow(clippy::disallowed_methods, reason = "tests read their fixtures; the kernel itself does not")]
#![allow(clippy::unwrap_used, reason = "a test stops where its fixture is broken")]

use std::{collections::BTreeMap, fs::File, path::Path};

use flate2::read::GzDecoder;
use itoguchi_coaction::{Act, Acts, CoactOptions, JudgedPair, coact};
use itoguchi_model::Millibits;
use itoguchi_testkit::real;

fn records(path: &Path, columns: &[&str]) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(GzDecoder::new(File::open(path).unwrap()));
    let header = reader.headers().unwrap().clone();
    let places: Vec<usize> = columns.iter().map(|c| header.iter().position(|h| h == *c).unwrap()).collect();
    reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            places.iter().map(|place| record[*place].to_owned()).collect()
        })
        .collect()
}

fn ranks<'a>(texts: impl Iterator<Item = &'a String>) -> BTreeMap<&'a str, u32> {
    let mut ranks: BTreeMap<&str, u32> = texts.map(|text| (text.as_str(), 0)).collect();
    for (rank, value) in (0..).zip(ranks.values_mut()) {
        *value = rank;
    }
    ranks
}

/// Pairs by name, with weight and mean time delta in microseconds times weight.
type Edges = BTreeMap<(String, String), (u64, i128)>;

fn ours(log: &Path, window: i64, min_participation: u32) -> (Edges, Vec<JudgedPair>) {
    let table = records(log, &["object_id", "account_id", "content_id", "timestamp_share"]);
    let actors = ranks(table.iter().map(|r| &r[1]));
    let texts = ranks(table.iter().flat_map(|r| [&r[0], &r[2]]));
    let acts: Acts = table
        .iter()
        .map(|r| Act {
            actor: actors[r[1].as_str()],
            object: texts[r[0].as_str()],
            time: r[3].parse::<i64>().unwrap() * 1_000_000,
            content: texts[r[2].as_str()],
        })
        .collect();
    let window_micros = Some(window * 1_000_000);
    let options = CoactOptions {
        window_micros,
        min_participation,
        min_occasions: 1,
        min_objects: 1,
        significance: true,
    };
    let pairs = coact(&acts, &options).unwrap();
    let names: Vec<&str> = actors.keys().copied().collect();
    let name = |id: u32| names[id as usize].to_owned();
    let edge = |p: &JudgedPair| ((name(p.count.a), name(p.count.b)), (p.count.acts, p.count.delta_sum));
    (pairs.iter().map(edge).collect(), pairs)
}

/// The reference states the mean with up to 15 digits; times are whole seconds, so the sum is a whole number.
fn reference(path: &Path) -> Edges {
    records(path, &["a", "b", "weight", "avg_time_delta"])
        .into_iter()
        .map(|r| {
            let (weight, mean): (u64, f64) = (r[2].parse().unwrap(), r[3].parse().unwrap());
            let sum = mean * weight as f64;
            assert!((sum - sum.round()).abs() < 1e-6, "{r:?}");
            ((r[0].clone(), r[1].clone()), (weight, sum.round() as i128 * 1_000_000))
        })
        .collect()
}

/// Log, reference, window in seconds, edges and pairs of acts.
const CASES: [(&str, &str, i64, usize, u64); 3] = [
    ("russian_coord_tweets.csv.gz", "russian_60s_min2.edges.csv.gz", 60, 3_721, 3_791),
    ("russian_coord_tweets.csv.gz", "russian_10s_min2.edges.csv.gz", 10, 442, 447),
    ("german_url.csv.gz", "german_url_30s_min2.edges.csv.gz", 30, 1_453, 5_658),
];

#[test]
fn edges_weights_and_time_deltas_equal_the_reference() {
    let Some(folder) = real::folder("coaction") else {
        println!("skipped {} cases: shared/real/coaction is not there", CASES.len());
        return;
    };
    for (log, edges, window, number, coincidences) in CASES {
        let (found, pairs) = ours(&folder.join(log), window, 2);
        let wanted = reference(&folder.join(edges));
        assert_eq!(wanted.len(), number, "{edges}: the reference itself");
        let missing: Vec<_> = wanted.iter().filter(|(k, v)| found.get(*k) != Some(v)).take(5).collect();
        let extra: Vec<_> = found.iter().filter(|(k, _)| !wanted.contains_key(*k)).take(5).collect();
        assert!(
            missing.is_empty() && extra.is_empty(),
            "{edges}: {missing:?} not found, {extra:?} not wanted"
        );
        assert_eq!(pairs.iter().map(|p| p.count.acts).sum::<u64>(), coincidences, "{edges}: pairs of acts");
    }
}

#[test]
fn bursts_of_strangers_are_not_significant() {
    let Some(folder) = real::folder("coaction") else {
        println!("skipped {} cases: shared/real/coaction is not there", CASES.len());
        return;
    };
    for (log, edges, window, ..) in CASES {
        let (_, pairs) = ours(&folder.join(log), window, 2);
        for pair in pairs.iter().filter(|p| p.count.occasions == 1) {
            // one shared burst among many accounts proves nothing
            assert_eq!((pair.surprise.bits, pair.q_value), (Millibits::ZERO, 1.0), "{edges}: {pair:?}");
        }
        let believed = pairs.iter().filter(|p| p.q_value <= 0.05).count();
        let repeated = pairs.iter().filter(|p| p.count.occasions > 1).count();
        println!(
            "{edges}: {believed} of {} pairs at a rate of 0.05, {repeated} with two occasions",
            pairs.len()
        );
        assert!(believed <= repeated, "{edges}: {believed}");
    }
}
