//! The pruned search against looking at every pair.
#![allow(clippy::unwrap_used, reason = "a test stops where its input is refused")]

mod common;

use common::{World, table};
use itoguchi_coaction::{
    Act, Acts, CoactOptions, JudgedPair, NO_CONTENT, coact, coact_between, linked, linked_between, surprises,
};

const RATES: [f64; 4] = [0.01, 0.05, 0.3, 1.0];

fn options(window_micros: Option<i64>) -> CoactOptions {
    CoactOptions { window_micros, min_participation: 0, min_occasions: 1, min_objects: 1, significance: true }
}

/// What `linked` must give: of all pairs those that are accepted. A pair without bits has q = 1 and is none.
fn wanted(all: &[JudgedPair], rate: f64) -> Vec<JudgedPair> {
    all.iter().filter(|pair| pair.q_value <= rate && pair.q_value < 1.0).copied().collect()
}

fn as_rows(linked: &[JudgedPair]) -> Vec<JudgedPair> {
    linked.iter().filter(|pair| pair.q_value < 1.0).copied().collect()
}

fn assert_same(found: &[JudgedPair], wanted: &[JudgedPair], what: &str) {
    let missing: Vec<_> = wanted.iter().filter(|w| !found.contains(w)).collect();
    let extra: Vec<_> = found.iter().filter(|f| !wanted.contains(f)).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "{what}: {} found, {} wanted, {} missing as {:?}, {} extra as {:?}",
        found.len(),
        wanted.len(),
        missing.len(),
        &missing[..missing.len().min(3)],
        extra.len(),
        &extra[..extra.len().min(3)],
    );
    assert_eq!(found, wanted, "{what}: order");
}

/// How many pairs are accepted at each rate, all of them found by the search too.
fn check(acts: &Acts, window: Option<i64>, what: &str) -> [usize; 4] {
    let all = coact(acts, &options(window)).unwrap();
    let pairs: Vec<(u32, u32)> = all.iter().map(|p| (p.count.a, p.count.b)).collect();
    for (row, alone) in all.iter().zip(surprises(acts, window, &pairs).unwrap()) {
        assert_eq!(
            (row.surprise.bits, row.count.occasions),
            (alone.bits, alone.occasions),
            "{what}: {row:?}"
        );
    }
    RATES.map(|rate| {
        let wanted = wanted(&all, rate);
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let found = as_rows(&pool.install(|| linked(acts, window, rate)).unwrap());
            assert_same(&found, &wanted, &format!("{what}, rate {rate}, {threads} threads"));
        }
        wanted.len()
    })
}

fn check_between(left: &Acts, right: &Acts, window: Option<i64>, what: &str) -> [usize; 4] {
    let all = coact_between(left, right, &options(window)).unwrap();
    RATES.map(|rate| {
        let wanted = wanted(&all, rate);
        let found = as_rows(&linked_between(left, right, window, rate).unwrap());
        assert_same(&found, &wanted, &format!("{what}, rate {rate}"));
        wanted.len()
    })
}

fn run(world: &World, seeds: std::ops::Range<u64>, window: Option<i64>) {
    for seed in seeds {
        let acts = world.acts(seed);
        let [.., any] = check(&table(&acts), window, &format!("seed {seed} of {world:?}"));
        assert!(any > 0 || window.is_none(), "seed {seed} of {world:?}: nobody to find");
        let (left, right): (Vec<Act>, Vec<Act>) =
            acts.iter().partition(|act| (act.time + i64::from(act.actor)) % 2 == 0);
        check_between(&table(&left), &table(&right), window, &format!("between, seed {seed} of {world:?}"));
    }
}

#[test]
fn plain_worlds() {
    run(&World::PLAIN, 0..4, Some(60));
}

#[test]
fn large_worlds() {
    run(&World { accounts: 2_000, objects: 2_000, acts: 12_000, ..World::PLAIN }, 0..2, Some(60));
}

#[test]
fn crowded_names_with_many_visits() {
    let world = World { objects: 30, span: 4_000, window: 60, hyperactive: 12, ..World::PLAIN };
    run(&world, 0..3, Some(60));
}

#[test]
fn one_object() {
    let world = World { objects: 1, group_objects: 1, acts: 3_000, ..World::PLAIN };
    run(&world, 0..2, Some(60));
}

#[test]
fn thin_objects() {
    run(&World { objects: 3_000, crowding: 1, ..World::PLAIN }, 0..2, Some(60));
}

#[test]
fn any_time() {
    run(&World { objects: 1_500, crowding: 1, ..World::PLAIN }, 0..2, None);
}

#[test]
fn the_same_instant() {
    run(&World { window: 0, span: 3_000, ..World::PLAIN }, 0..2, Some(0));
}

#[test]
fn many_accounts_of_one_operator() {
    run(&World { group: 110, group_objects: 4, ..World::PLAIN }, 0..3, Some(60));
    run(&World { group: 110, group_objects: 2, ..World::PLAIN }, 0..3, Some(60));
}

/// Accounts of two acts on one name that barely tells: what the search may not set aside.
#[test]
fn two_acts_on_a_name_that_barely_tells() {
    let at = |object, time, actor| Act { object, time, actor, content: NO_CONTENT };
    let mut acts = Vec::new();
    // objects of two acts each, of accounts that never meet again
    for i in 0..8_000_u32 {
        let accounts = [i % 250, 250 + (i / 250 * 7 + i) % 250];
        acts.extend(accounts.map(|actor| at(1 + i, i64::from(i), actor)));
    }
    for names in [40, 60, 80, 100, 120, 140, 160] {
        let mut acts = acts.clone();
        for i in 0..names * 100_i64 {
            acts.push(at(0, i * 10, 1_000 + (i % 500) as u32));
        }
        for pair in 0..40_u32 {
            for visit in 0..2 {
                let time = i64::from(pair) * 1_000 + visit * 500 + 3;
                acts.extend([2_000 + 2 * pair, 2_001 + 2 * pair].map(|actor| at(0, time, actor)));
            }
        }
        let number = check(&table(&acts), Some(0), &format!("{names} names"));
        println!("{number:?}");
    }
}

/// More pairs than the search first reckons with, all worth about as much: the step-up procedure accepts them only
/// because they are so many, and the search must go down to where they are.
#[test]
fn pairs_that_are_accepted_for_their_number() {
    const GROUP: u32 = 110;
    let at = |object, time, actor| Act { object, time, actor, content: NO_CONTENT };
    let mut acts = Vec::new();
    for object in 0..2_u32 {
        acts.extend((0..GROUP).map(|actor| at(object, 0, actor)));
        acts.extend((0..1_224).map(|i| at(object, 10 + i64::from(i), GROUP + (i + object * 300) % 890)));
    }
    let [_, usual, ..] = check(&table(&acts), Some(0), "a large group");
    assert_eq!(usual as u32, GROUP * (GROUP - 1) / 2);
}
