//! Bits against their definition and against deals, tails against exact arithmetic.
#![allow(clippy::unwrap_used, reason = "a test stops where its input is refused")]

mod common;

use std::collections::BTreeSet;

use common::{World, table};
use itoguchi_coaction::{
    Act, CoactOptions, CoactionError, JudgedPair, NO_CONTENT, all_pairs, coact, coact_between,
    hypergeometric_log10_sf, linked, q_values, surprises,
};
use itoguchi_testkit::{coaction::PlainAct, exact, surprise::Chance};
use proptest::{collection::vec, option, prelude::*};
use rand::{Rng, RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

fn at(object: u32, time: i64, actor: u32) -> Act {
    Act { object, time, actor, content: NO_CONTENT }
}

fn plain(acts: &[Act]) -> Vec<PlainAct> {
    acts.iter().map(|a| (a.object, a.time, a.actor, a.content)).collect()
}

fn options(window_micros: Option<i64>) -> CoactOptions {
    CoactOptions { window_micros, min_participation: 0, min_occasions: 1, min_objects: 1, significance: true }
}

fn everybody(accounts: u32) -> Vec<(u32, u32)> {
    (0..accounts).flat_map(|b| (0..b).map(move |a| (a, b))).collect()
}

/// Crowded little worlds: few accounts, ties, repeated visits, objects of which some are thin.
fn crowded() -> impl Strategy<Value = Vec<Act>> {
    let act = (prop_oneof![0_u32..4, 4_u32..40], 0_i64..400, prop_oneof![0_u32..3, 0_u32..12]);
    let meeting = (4_u32..60, 0_i64..400, 0_u32..2);
    (vec(act, 0..160), vec(meeting, 0..12)).prop_map(|(acts, meetings)| {
        let mut acts: Vec<Act> = acts.into_iter().map(|(o, t, a)| at(o, t, a)).collect();
        for (object, time, pair) in meetings {
            acts.extend([at(object, time, 20 + 2 * pair), at(object, time + 2, 21 + 2 * pair)]);
        }
        acts
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bits_are_those_of_the_definition(acts in crowded(), window in option::of(0_i64..40)) {
        let pairs = everybody(24);
        let rows = plain(&acts);
        let slow = Chance::within(&rows, window);
        for (pair, found) in pairs.iter().zip(surprises(&table(&acts), window, &pairs).unwrap()) {
            let wanted = slow.worth(pair.0, pair.1);
            prop_assert_eq!(found.occasions, wanted.occasions, "{:?}", pair);
            prop_assert!((found.bits.bits() - wanted.bits).abs() < 0.002, "{:?} {:?} {:?}", pair, found, wanted);
            let error = (found.expected - wanted.expected).abs();
            prop_assert!(error <= 1e-9 * wanted.expected, "{:?} {:?} {:?}", pair, found, wanted);
        }
    }

    #[test]
    fn bits_between_two_populations_are_too(acts in crowded(), window in option::of(0_i64..40)) {
        let (left, right): (Vec<Act>, Vec<Act>) = acts.iter().partition(|a| (a.time + i64::from(a.actor)) % 2 == 0);
        let (x, y) = (plain(&left), plain(&right));
        let slow = Chance::between(&x, &y, window);
        for found in coact_between(&table(&left), &table(&right), &options(window)).unwrap() {
            let wanted = slow.worth(found.count.a, found.count.b);
            prop_assert_eq!(found.count.occasions, wanted.occasions);
            prop_assert!((found.surprise.bits.bits() - wanted.bits).abs() < 0.002, "{:?} {:?}", found, wanted);
        }
    }

    /// The definition: accepted at rate α exactly when the step-up procedure at α accepts it.
    #[test]
    fn q_values_step_up(p in vec(0.0_f64..1.0, 1..30), spare in 0_u64..50, alpha in 0.001_f64..0.99) {
        let tests = p.len() as u64 + spare;
        let ln_p: Vec<f64> = p.iter().map(|p| (p * p).ln()).collect();
        let q = q_values(&ln_p, tests);
        let mut sorted: Vec<f64> = p.iter().map(|p| p * p).collect();
        sorted.sort_by(f64::total_cmp);
        let last = (1..=sorted.len()).rev().find(|k| sorted[k - 1] * tests as f64 / *k as f64 <= alpha);
        let cut = last.map_or(-1.0, |k| sorted[k - 1]);
        for (p, q) in p.iter().zip(&q) {
            let margin = (q - alpha).abs() < 1e-12;
            prop_assert!(margin || (p * p <= cut) == (*q <= alpha), "{} {} {}", p * p, q, alpha);
        }
    }
}

/// Accounts that often act on one name and meet there less than they would by chance.
#[test]
fn keeping_apart_is_no_evidence_of_a_link() {
    let mut acts = Vec::new();
    for visit in 0..20 {
        let other = if visit < 2 { 0 } else { 500 };
        acts.extend([at(0, visit * 1_000, 1), at(0, visit * 1_000 + other, 2)]);
        acts.extend((10..14).map(|actor| at(0, visit * 1_000 + i64::from(actor % 2) * 500, actor)));
    }
    let found = surprises(&table(&acts), Some(20), &[(1, 2)]).unwrap()[0];
    assert!(f64::from(found.occasions) < found.expected, "{found:?}: the case itself");
    assert_eq!(found.bits.0, 0, "{found:?}");
}

/// Actors dealt over all slots: every account keeps its number of acts, every slot its object and instant.
fn dealt_over_all(acts: &[Act], lots: &mut impl Rng) -> Vec<Act> {
    let mut actors: Vec<u32> = acts.iter().map(|a| a.actor).collect();
    actors.shuffle(lots);
    acts.iter().zip(actors).map(|(act, actor)| Act { actor, ..*act }).collect()
}

#[test]
fn the_mean_of_two_to_the_bits_is_at_most_one_over_deals() {
    const DEALS: usize = 2_000;
    const ACCOUNTS: u32 = 40;
    let mut lots = ChaCha8Rng::seed_from_u64(17);
    let mut acts = Vec::new();
    for i in 0..240_u32 {
        let object = (30.0 * lots.random_range(0.0_f64..1.0).powi(2)) as u32;
        let burst = lots.random_range(0..3) == 0;
        let time = if burst { lots.random_range(0..20) } else { lots.random_range(0..5_000) };
        // from three to nine acts each
        let actor = if i < 120 { i % ACCOUNTS } else { i % 20 };
        acts.push(at(object, time, actor));
    }
    let pairs = everybody(ACCOUNTS);
    let (mut means, mut reached) = (Vec::new(), [0_u64; 9]);
    for _ in 0..DEALS {
        let dealt = dealt_over_all(&acts, &mut lots);
        let found = surprises(&table(&dealt), Some(20), &pairs).unwrap();
        means.push(
            found.iter().map(|s| s.bits.bits().exp2() - f64::from(s.bits.0 == 0)).sum::<f64>()
                / pairs.len() as f64,
        );
        for (x, reached) in reached.iter_mut().enumerate().skip(1) {
            *reached += found.iter().filter(|s| s.bits.bits() >= x as f64).count() as u64;
        }
    }
    let mean = means.iter().sum::<f64>() / DEALS as f64;
    let variance = means.iter().map(|m| (m - mean) * (m - mean)).sum::<f64>() / (DEALS - 1) as f64;
    let error = (variance / DEALS as f64).sqrt();
    println!(
        "mean of 2^bits where there are any {mean} ± {error}; reached {reached:?} of {}",
        pairs.len() * DEALS
    );
    assert!(mean <= 1.0 + 4.0 * error, "{mean} ± {error}");
    for (x, reached) in reached.iter().enumerate().skip(1) {
        let share = *reached as f64 / (pairs.len() * DEALS) as f64;
        assert!(share <= 0.5_f64.powi(x as i32), "{share} reach {x} bits");
    }
    assert!(reached[3] > 0, "a test that never rejects proves nothing");
}

/// Deals the actors of every object anew to its acts.
fn dealt_within(acts: &[Act], lots: &mut impl Rng) -> Vec<Act> {
    let mut sorted = acts.to_vec();
    sorted.sort_unstable();
    let deal = |run: &[Act]| dealt_over_all(run, lots);
    sorted.chunk_by(|x, y| x.object == y.object).flat_map(deal).collect()
}

fn world() -> World {
    World { hyperactive: 8, thin_pairs: 0, repeat_pairs: 0, group: 0, group_objects: 0, ..World::PLAIN }
}

#[test]
fn worlds_without_an_operator_have_no_linked_pairs() {
    let mut with_any = 0;
    for seed in 0..20 {
        let acts = world().acts(seed);
        let acts = dealt_within(&acts, &mut ChaCha8Rng::seed_from_u64(1_000 + seed));
        with_any += u32::from(!linked(&table(&acts), Some(60), 0.05).unwrap().is_empty());
    }
    assert!(with_any <= 3, "{with_any} of 20 worlds");
}

#[test]
fn planted_groups_are_found_and_few_others() {
    let (mut false_share, mut found_accounts, mut planted_accounts) = (0.0, 0, 0);
    for seed in 0..20 {
        let mut lots = ChaCha8Rng::seed_from_u64(2_000 + seed);
        let mut acts = dealt_within(&world().acts(seed), &mut lots);
        // four groups of six, each on six names of the thinner half, within a minute
        for group in 0..4 {
            for _ in 0..6 {
                let (object, time) = (lots.random_range(200..400), lots.random_range(0..100_000));
                acts.extend(
                    (0..6).map(|i| at(object, time + lots.random_range(0..60), 1_000 + group * 6 + i)),
                );
            }
        }
        let found = linked(&table(&acts), Some(60), 0.05).unwrap();
        let same_group =
            |p: &&JudgedPair| p.count.a >= 1_000 && (p.count.a - 1_000) / 6 == (p.count.b - 1_000) / 6;
        let right = found.iter().filter(same_group).count();
        false_share += (found.len() - right) as f64 / found.len().max(1) as f64;
        let accounts = found.iter().filter(same_group).flat_map(|p| [p.count.a, p.count.b]);
        found_accounts += accounts.collect::<BTreeSet<u32>>().len();
        planted_accounts += 24;
    }
    println!("{found_accounts} of {planted_accounts} accounts, false share {}", false_share / 20.0);
    assert!(false_share / 20.0 <= 0.05, "{}", false_share / 20.0);
    assert!(found_accounts * 10 >= planted_accounts * 9, "{found_accounts} of {planted_accounts}");
}

/// Names whose readers all come within a minute of the news, and a market around them.
#[test]
fn readers_of_the_same_news_are_not_linked() {
    let mut lots = ChaCha8Rng::seed_from_u64(5);
    let mut acts = world().acts(5);
    for object in 0..6 {
        let time = lots.random_range(0..100_000);
        for reader in 0..60 {
            acts.push(at(300 + object, time + lots.random_range(0..60), 2_000 + reader));
            acts.push(at(300 + object, lots.random_range(0..100_000), 2_000 + reader));
        }
    }
    assert_eq!(linked(&table(&acts), Some(60), 0.05).unwrap(), []);
}

#[test]
fn two_day_traders_of_one_name_are_no_news_and_a_pair_on_thin_names_is() {
    let mut lots = ChaCha8Rng::seed_from_u64(6);
    let mut acts = world().acts(6);
    for actor in [3_000, 3_001] {
        acts.extend((0..600).map(|_| at(7, lots.random_range(0..100_000), actor)));
    }
    for object in 0..12 {
        let time = lots.random_range(0..100_000);
        acts.extend([at(380 + object, time, 3_002), at(380 + object, time + 20, 3_003)]);
    }
    let traders = surprises(&table(&acts), Some(60), &[(3_000, 3_001)]).unwrap()[0];
    assert!(traders.occasions > 100 && traders.bits.0 == 0, "{traders:?}");
    let found = linked(&table(&acts), Some(60), 0.05).unwrap();
    assert_eq!(found.iter().map(|p| (p.count.a, p.count.b)).collect::<Vec<_>>(), [(3_002, 3_003)]);
    assert!(found[0].surprise.bits.bits() > 60.0, "{:?}", found[0]);
}

#[test]
fn answers_to_nothing_and_to_wrong_rates() {
    let none = table(&[]);
    assert_eq!(linked(&none, None, 1.0).unwrap(), []);
    assert_eq!(coact(&none, &options(None)).unwrap(), []);
    for rate in [-0.1, 1.1, f64::NAN] {
        let refused = linked(&none, None, rate).unwrap_err();
        assert!(matches!(refused, CoactionError::Rate { .. }), "{refused}");
        assert!(refused.to_string().contains("hint: "), "{refused}");
    }
    let nobody = surprises(&table(&[at(0, 0, 1), at(0, 0, 2)]), None, &[(1, 9), (8, 9)]).unwrap();
    assert!(nobody.iter().all(|s| s.occasions == 0 && s.bits.0 == 0 && s.expected == 0.0), "{nobody:?}");
}

#[test]
fn hypergeometric_tails_equal_those_of_sixty_digits() {
    let mut cases = 0;
    let mut off = Vec::new();
    for line in include_str!("data/hypergeometric.csv").lines().skip(1) {
        let field: Vec<&str> = line.split(',').collect();
        let [cells, a, b, common] = [0, 1, 2, 3].map(|i| field[i].parse::<u64>().unwrap());
        let wanted: f64 = field[4].parse().unwrap();
        let found = hypergeometric_log10_sf(cells, a, b, common);
        let near = (found - wanted).abs() <= 1e-9 * wanted.abs().max(1.0);
        if !(near || found == wanted) {
            off.push(format!("{line}: {found}"));
        }
        cases += 1;
    }
    assert!(off.is_empty() && cases > 250, "{} of {cases}: {off:?}", off.len());
}

#[test]
fn hypergeometric_tails_equal_exact_sums() {
    let cases = [
        (4, 2, 2, 2),
        (10, 6, 7, 4),
        (100, 10, 12, 5),
        (100, 60, 70, 45),
        (100, 60, 70, 31),
        (1000, 30, 40, 1),
        (1000, 30, 40, 30),
        (5000, 100, 80, 40),
        (5000, 400, 300, 20),
        (60, 60, 20, 20),
        (60, 20, 60, 20),
        (7, 3, 2, 1),
    ];
    for (cells, a, b, common) in cases {
        let wanted = exact::hypergeometric_log10_tail(cells, a, b, common);
        let found = hypergeometric_log10_sf(cells.into(), a.into(), b.into(), common.into());
        assert!(
            (found - wanted).abs() < 1e-9 * wanted.abs() + 1e-12,
            "{cells} {a} {b} {common}: {found} {wanted}"
        );
    }
    assert_eq!(hypergeometric_log10_sf(10, 6, 7, 3), 0.0, "certain");
    assert_eq!(hypergeometric_log10_sf(10, 6, 7, 7), f64::NEG_INFINITY, "impossible");
    assert_eq!(hypergeometric_log10_sf(0, 0, 0, 0), 0.0);
}

#[test]
fn q_values_count_the_tests_not_seen() {
    let q = q_values(&[0.01_f64.ln(), 0.04_f64.ln(), 0.03_f64.ln()], 4);
    for (found, wanted) in q.iter().zip([0.04, 0.16 / 3.0, 0.16 / 3.0]) {
        assert!((found - wanted).abs() < 1e-12, "{found} {wanted}");
    }
    assert_eq!(q_values(&[-1e9, f64::NAN], 2), [f64::MIN_POSITIVE, 1.0]);
    assert_eq!((all_pairs(0), all_pairs(1), all_pairs(4)), (0, 0, 6));
}
