//! The null against shuffles, the tails against exact arithmetic.
#![allow(clippy::unwrap_used, reason = "a test stops where its input is refused")]

use std::collections::BTreeMap;

use itoguchi_coaction::{
    Act, CoactOptions, NO_CONTENT, Row, Surprise, SweepOptions, all_pairs, coact, hypergeometric_log10_sf,
    poisson_bits, poisson_ln_tail, q_values, sort_acts, sweep,
};
use itoguchi_testkit::exact;
use proptest::{collection::vec, prelude::*};
use rand::{Rng, RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

#[test]
fn poisson_tails_equal_exact_sums() {
    let cases = [
        (1, 1, 2),
        (3, 1, 1000),
        (50, 1, 10),
        (200, 3, 1),
        (5, 20, 1),
        (99, 100, 1),
        (100, 100, 1),
        (101, 100, 1),
    ];
    for (seen, numerator, denominator) in cases {
        let wanted = exact::poisson_ln_tail(seen, numerator, denominator, 500);
        let found = poisson_ln_tail(u64::from(seen), f64::from(numerator) / f64::from(denominator));
        assert!(
            (found - wanted).abs() < 1e-9 * wanted.abs() + 1e-12,
            "{seen} {numerator}/{denominator}: {found} {wanted}"
        );
    }
}

#[test]
fn no_tail_rounds_to_nought_and_none_exceeds_one() {
    assert_eq!(poisson_ln_tail(0, 3.0), 0.0);
    assert_eq!(poisson_ln_tail(1, 0.0), f64::NEG_INFINITY);
    let far = poisson_ln_tail(100_000, 1e-9);
    assert!(far.is_finite() && far < -1e6, "{far}");
    // at a large mean the tail from the mean on is a half and half a term of it
    let middle = poisson_ln_tail(1_000_000, 1e6).exp();
    assert!((middle - 0.5 - 1.0 / (18.0 * std::f64::consts::TAU * 1e6_f64).sqrt()).abs() < 1e-3, "{middle}");
    for seen in 1..400 {
        let (here, next) = (poisson_ln_tail(seen, 150.0), poisson_ln_tail(seen + 1, 150.0));
        assert!(here <= 0.0 && next < here, "{seen}");
    }
}

#[test]
fn bits_are_the_log_likelihood_ratio() {
    assert_eq!(poisson_bits(8, 1.0).0, 13_901); // 8·3 − 7/ln 2
    assert_eq!(poisson_bits(1, 1.0).0, 0);
    assert_eq!(poisson_bits(0, 2.0).0, 0);
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

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

#[test]
fn q_values_count_the_tests_not_seen() {
    let q = q_values(&[0.01_f64.ln(), 0.04_f64.ln(), 0.03_f64.ln()], 4);
    for (found, wanted) in q.iter().zip([0.04, 0.16 / 3.0, 0.16 / 3.0]) {
        assert!((found - wanted).abs() < 1e-12, "{found} {wanted}");
    }
    assert_eq!(q_values(&[-1e9, f64::NAN], 2), [f64::MIN_POSITIVE, 1.0]);
    assert_eq!((all_pairs(0), all_pairs(1), all_pairs(4)), (0, 0, 6));
}

/// One object with two bursts and a quiet time; `times[i]` acts of actor i.
fn bursty(object: u32, per_actor: &[u32], rng: &mut impl Rng) -> Vec<Act> {
    let mut acts = Vec::new();
    for (actor, number) in (0..).zip(per_actor) {
        for _ in 0..*number {
            let time = match rng.random_range(0..4) {
                0 => rng.random_range(0..8),
                1 => 500 + rng.random_range(0..25),
                _ => rng.random_range(0..2_000),
            };
            acts.push(Act { object, time, actor, content: NO_CONTENT });
        }
    }
    sort_acts(&mut acts);
    acts
}

/// Deals the actors of every object anew to its acts.
fn shuffle(acts: &[Act], rng: &mut impl Rng) -> Vec<Act> {
    let mut dealt = Vec::with_capacity(acts.len());
    for run in acts.chunk_by(|x, y| x.object == y.object) {
        let mut actors: Vec<u32> = run.iter().map(|a| a.actor).collect();
        actors.shuffle(rng);
        dealt.extend(run.iter().zip(actors).map(|(act, actor)| Act { actor, ..*act }));
    }
    sort_acts(&mut dealt);
    dealt
}

#[test]
fn expected_occasions_bound_the_mean_over_shuffles_and_are_exact_for_single_acts() {
    const DEALS: u32 = 20_000;
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let per_actor = [1, 1, 1, 1, 2, 2, 3, 5, 8, 13];
    let mut acts = bursty(7, &per_actor, &mut rng);
    acts.extend(bursty(9, &[1, 1, 0, 0, 4, 0, 2], &mut rng));
    let options = SweepOptions::within(Some(10));
    let surprise = Surprise::new(&acts, options.window_micros).unwrap();
    let mut total: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    for _ in 0..DEALS {
        for pair in sweep(&shuffle(&acts, &mut rng), &options).unwrap() {
            *total.entry((pair.a, pair.b)).or_default() += u64::from(pair.occasions);
        }
    }
    let mut tight = 0;
    for b in 0..10_u32 {
        for a in 0..b {
            let mean = total.get(&(a, b)).copied().unwrap_or(0) as f64 / f64::from(DEALS);
            let expected = surprise.expected(a, b);
            // occasions of a pair vary at least as little as a Poisson count of that mean
            let error = 4.0 * (expected / f64::from(DEALS)).sqrt();
            assert!(mean <= expected + error, "{a} {b}: {mean} above {expected}");
            if b < 4 {
                assert!((mean - expected).abs() <= error, "{a} {b}: {mean} is not {expected}");
                tight += 1;
            }
        }
    }
    assert_eq!(tight, 6);
    assert!(surprise.expected(0, 1) > 0.001, "the exact cases must not be empty ones");
    assert_eq!(surprise.expected(0, 77), 0.0, "no common object");
}

#[test]
fn p_values_under_the_null_are_not_too_small_too_often() {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let mut acts = Vec::new();
    for object in 0..60 {
        let per_actor: Vec<u32> = (0..40).map(|_| rng.random_range(0..4_u32).saturating_sub(1)).collect();
        acts.extend(bursty(object, &per_actor, &mut rng));
    }
    let surprise = Surprise::new(&acts, Some(10)).unwrap();
    let (mut seen, mut below) = (0_u32, [0_u32; 2]);
    for _ in 0..20 {
        let pairs = sweep(&shuffle(&acts, &mut rng), &SweepOptions::within(Some(10))).unwrap();
        seen += all_pairs(40) as u32;
        for found in surprise.of_pairs(&pairs) {
            below[0] += u32::from(found.ln_p <= 0.05_f64.ln());
            below[1] += u32::from(found.ln_p <= 0.005_f64.ln());
        }
    }
    assert!(f64::from(below[0]) <= 0.05 * f64::from(seen), "{below:?} of {seen}");
    assert!(f64::from(below[1]) <= 0.005 * f64::from(seen), "{below:?} of {seen}");
    assert!(below[0] > 0, "a test that never rejects proves nothing");
}

#[test]
fn a_pair_that_repeats_stands_out_and_a_crowd_that_bursts_does_not() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut rows = Vec::new();
    let mut row =
        |actor, object, time| rows.push(Row { actor, object, time_micros: time, content: NO_CONTENT });
    for object in 0..12 {
        for _ in 0..80 {
            row(rng.random_range(10..400), object, rng.random_range(0..100_000));
        }
        // accounts 1 and 2 meet on every object, at no time of note
        let meeting = rng.random_range(0..100_000);
        row(1, object, meeting);
        row(2, object, meeting + 3);
        // thirty rush in at once, other ones each time
        let mut crowd: Vec<u32> = (10..400).collect();
        crowd.shuffle(&mut rng);
        for actor in &crowd[..30] {
            row(*actor, object, 200_000 + rng.random_range(0..10));
        }
    }
    let options = CoactOptions { window_micros: Some(10), min_participation: 2, significance: true };
    let result = coact(&rows, &options).unwrap();
    let believed: Vec<_> = result.pairs.iter().filter(|p| p.q_value <= 0.01).map(|p| (p.a, p.b)).collect();
    assert_eq!(believed, [(1, 2)]);
    let pair = result.pairs.iter().find(|p| (p.a, p.b) == (1, 2)).unwrap();
    assert_eq!((pair.weight, pair.occasions, pair.delta_sum_micros), (12, 12, 36));
    assert!(pair.bits.bits() > 15.0, "{}", pair.bits);
    let mut backwards = rows.clone();
    backwards.reverse();
    assert_eq!(coact(&backwards, &options).unwrap(), result);
    assert_eq!(coact(&[], &options).unwrap().pairs, []);
}
