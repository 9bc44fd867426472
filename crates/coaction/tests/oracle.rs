//! Sweeps against the look at every pair of acts, on crowded little worlds full of ties and window edges.
#![allow(clippy::unwrap_used, reason = "a test stops where its input is refused")]

use itoguchi_coaction::{
    Act, CoactionError, NO_CONTENT, PairCount, SweepOptions, pairs::PairSummary, sort_acts, sweep,
    sweep_between, sweep_where, trace, trace_between,
};
use itoguchi_testkit::coaction::{PlainAct, Together, quadratic_between, quadratic_pairs};
use proptest::{collection::vec, option, prelude::*};

fn act() -> impl Strategy<Value = Act> {
    let content = prop_oneof![2 => 0_u32..6, 1 => Just(NO_CONTENT)];
    (0_u32..3, -3_i64..12, 0_u32..6, content).prop_map(|(object, time, actor, content)| Act {
        object,
        time,
        actor,
        content,
    })
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    vec(act(), 0..60).prop_map(|mut acts| {
        sort_acts(&mut acts);
        acts
    })
}

fn plain(acts: &[Act]) -> Vec<PlainAct> {
    acts.iter().map(|a| (a.object, a.time, a.actor, a.content)).collect()
}

fn options(window_micros: Option<i64>, records_in_memory: usize) -> SweepOptions {
    SweepOptions { window_micros, min_occasions: 1, records_in_memory }
}

fn counts(wanted: impl IntoIterator<Item = ((u32, u32), Together)>) -> Vec<PairCount> {
    wanted
        .into_iter()
        .map(|((a, b), Together { acts, occasions, objects, delta_sum })| PairCount {
            a,
            b,
            acts,
            occasions,
            objects,
            delta_sum,
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sweep_equals_looking_at_every_pair(
        acts in acts(),
        window in option::of(0_i64..7),
        memory in 1_usize..200,
        floor in 1_u32..4,
    ) {
        let mut wanted = counts(quadratic_pairs(&plain(&acts), window));
        prop_assert_eq!(sweep(&acts, &options(window, memory)).unwrap(), wanted.clone());
        let at_least = SweepOptions { min_occasions: floor, ..options(window, memory) };
        wanted.retain(|p| p.occasions >= floor);
        prop_assert_eq!(sweep(&acts, &at_least).unwrap(), wanted);
    }

    #[test]
    fn sweep_between_equals_looking_at_every_pair(
        left in acts(),
        right in acts(),
        window in option::of(0_i64..7),
        memory in 1_usize..200,
    ) {
        let wanted = counts(quadratic_between(&plain(&left), &plain(&right), window));
        prop_assert_eq!(sweep_between(&left, &right, &options(window, memory)).unwrap(), wanted);
    }

    #[test]
    fn a_trace_lists_what_was_counted(left in acts(), right in acts(), window in option::of(0_i64..7)) {
        let all = options(window, 1 << 20);
        let within = sweep(&left, &all).unwrap();
        let between = sweep_between(&left, &right, &all).unwrap();
        let some = |counts: &[PairCount]| -> Vec<(u32, u32)> {
            counts.iter().step_by(2).map(|c| (c.a, c.b)).collect()
        };
        let listed = [
            (trace(&left, window, &some(&within)).unwrap(), within),
            (trace_between(&left, &right, window, &some(&between)).unwrap(), between),
        ];
        for (coincidences, counts) in listed {
            for (i, count) in counts.iter().enumerate() {
                let of_pair: Vec<_> =
                    coincidences.iter().filter(|c| (c.a, c.b) == (count.a, count.b)).collect();
                let number = if i % 2 == 0 { count.acts as usize } else { 0 };
                prop_assert_eq!(of_pair.len(), number);
                let delta: i128 = of_pair.iter().map(|c| i128::from(c.later.time - c.earlier.time)).sum();
                prop_assert!(number == 0 || delta == count.delta_sum);
            }
        }
    }

    /// Identity, chunking, associativity and commutativity of the mergeable summary.
    #[test]
    fn summaries_merge_to_one_sweep(
        acts in acts(),
        window in option::of(0_i64..7),
        cuts in vec(0_usize..60, 2),
    ) {
        let (x, y) = (cuts[0].min(cuts[1]).min(acts.len()), cuts[0].max(cuts[1]).min(acts.len()));
        let of = |own: std::ops::Range<usize>| {
            let mut summary = PairSummary::default();
            summary.observe(&acts, own, window).unwrap();
            summary
        };
        let merged = |parts: [&PairSummary; 2]| {
            let mut sum = parts[0].clone();
            sum.merge(parts[1]);
            sum
        };
        let (p, q, r) = (of(0..x), of(x..y), of(y..acts.len()));
        let left_first = merged([&merged([&p, &q]), &r]);
        prop_assert_eq!(&left_first, &merged([&p, &merged([&q, &r])]));
        prop_assert_eq!(&left_first, &merged([&r, &merged([&q, &p])]));
        prop_assert_eq!(&left_first, &merged([&PairSummary::default(), &left_first]));
        prop_assert_eq!(&left_first, &of(0..acts.len()));
        prop_assert_eq!(left_first.finish(window), sweep(&acts, &options(window, 1 << 20)).unwrap());
    }
}

/// A world large enough for many pieces of parallel work and many passes.
fn crowd() -> Vec<Act> {
    let mut state = 7_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut acts: Vec<Act> = (0..20_000)
        .map(|i| {
            // most acts on one object: a big object must be cut too
            let object = if next(4) > 0 { 0 } else { next(50) as u32 };
            Act { object, time: next(100_000) as i64, actor: next(3_000) as u32, content: i }
        })
        .collect();
    sort_acts(&mut acts);
    acts
}

#[test]
fn neither_threads_nor_memory_change_the_answer() {
    let acts = crowd();
    let wanted = counts(quadratic_pairs(&plain(&acts), Some(300)));
    assert!(wanted.iter().map(|p| p.acts).sum::<u64>() > 600_000, "too small to tell");
    for threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        for memory in [10_000, 1 << 26] {
            let found = pool.install(|| sweep(&acts, &options(Some(300), memory))).unwrap();
            assert!(found == wanted, "{threads} threads, {memory} records");
        }
    }
}

#[test]
fn ids_and_times_at_the_ends_of_their_ranges() {
    let far = |actor, time| Act { object: u32::MAX, time, actor, content: NO_CONTENT };
    let mut acts = vec![far(u32::MAX, i64::MAX), far(0, i64::MIN), far(u32::MAX - 1, i64::MAX)];
    sort_acts(&mut acts);
    let whole = sweep(&acts, &options(None, 1)).unwrap();
    let deltas: Vec<_> = whole.iter().map(|p| (p.a, p.b, p.delta_sum)).collect();
    let span = i128::from(i64::MAX) - i128::from(i64::MIN);
    assert_eq!(deltas, [(0, u32::MAX - 1, span), (0, u32::MAX, span), (u32::MAX - 1, u32::MAX, 0)]);
    assert_eq!(sweep(&acts, &options(Some(i64::MAX), 1)).unwrap().len(), 1);
}

#[test]
fn a_window_is_inclusive_and_fills_of_one_minute_are_one_occasion() {
    let at = |time, actor| Act { object: 1, time, actor, content: NO_CONTENT };
    let mut acts = vec![at(0, 1), at(60, 2), at(121, 1), at(181, 2), at(10, 1), at(20, 1)];
    sort_acts(&mut acts);
    let pairs = sweep(&acts, &options(Some(60), 100)).unwrap();
    // earlier legs 0, 10, 20 open the first occasion; 121 lies 121 after its start, and 60 none
    assert_eq!((pairs[0].acts, pairs[0].occasions, pairs[0].objects), (4, 2, 1));
    let few = sweep_where(&acts, &options(Some(60), 100), |x, _| x.time != 0).unwrap();
    assert_eq!(few[0].acts, 3);
}

#[test]
fn wrong_calls_are_refused_with_a_hint() {
    let act = |time| Act { object: 0, time, actor: 0, content: 0 };
    let unsorted = sweep(&[act(1), act(0)], &options(None, 1)).unwrap_err();
    assert_eq!(unsorted, CoactionError::Unsorted { index: 1 });
    assert!(unsorted.to_string().contains("hint: call sort_acts"));
    let negative = sweep_between(&[], &[], &options(Some(-1), 1)).unwrap_err();
    assert_eq!(negative, CoactionError::NegativeWindow { micros: -1 });
}
