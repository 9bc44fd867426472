//! Sweeps against the look at every pair of acts, on crowded little worlds full of ties and window edges.
#![allow(clippy::unwrap_used, reason = "a test stops where its input is refused")]

use std::ops::Range;

use itoguchi_coaction::{
    Act, Acts, CoactOptions, CoactionError, Columns, NO_CONTENT, PairCount, SweepOptions, coact,
    coact_counted, no_loop, pairs::PairSummary, sweep, sweep_between, sweep_where, trace, trace_between,
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

/// Rows as they come; half of the tables have ids at the ends of their range.
fn rows() -> impl Strategy<Value = Vec<Act>> {
    (vec(act(), 0..60), any::<bool>()).prop_map(|(mut acts, far)| {
        for act in acts.iter_mut().filter(|_| far) {
            let end = |id: u32| if id.is_multiple_of(2) { id / 2 } else { u32::MAX - id / 2 };
            (act.object, act.actor) = (end(act.object), end(act.actor));
        }
        acts
    })
}

fn table(rows: &[Act]) -> Acts {
    Acts::new(Columns {
        object: rows.iter().map(|a| a.object).collect(),
        time: rows.iter().map(|a| a.time).collect(),
        actor: rows.iter().map(|a| a.actor).collect(),
        content: rows.iter().map(|a| a.content).collect(),
    })
    .unwrap()
}

fn plain(rows: &[Act]) -> Vec<PlainAct> {
    rows.iter().map(|a| (a.object, a.time, a.actor, a.content)).collect()
}

fn counts(wanted: impl IntoIterator<Item = ((u32, u32), Together)>) -> Vec<PairCount> {
    wanted
        .into_iter()
        .map(|((a, b), Together { acts, occasions, objects, delta_sum, led: [a_led, b_led] })| PairCount {
            a,
            b,
            acts,
            occasions,
            objects,
            delta_sum,
            a_led,
            b_led,
        })
        .collect()
}

fn on_threads<T: Send>(threads: usize, job: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(job)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sweeps_equal_looking_at_every_pair(
        left in rows(),
        right in rows(),
        window in option::of(0_i64..7),
        min_occasions in 0_u32..4,
        min_objects in 0_u32..4,
        threads in prop::sample::select(vec![1_usize, 2, 5]),
    ) {
        let options = SweepOptions { window_micros: window, min_occasions, min_objects };
        let enough = |p: &PairCount| p.occasions >= min_occasions && p.objects >= min_objects;
        let mut within = counts(quadratic_pairs(&plain(&left), window));
        let mut between = counts(quadratic_between(&plain(&left), &plain(&right), window));
        let (left, right) = (table(&left), table(&right));
        let found = on_threads(threads, || {
            let all = SweepOptions::within(window);
            [
                (sweep(&left, &all), sweep_between(&left, &right, &all)),
                (sweep(&left, &options), sweep_between(&left, &right, &options)),
            ]
        });
        prop_assert_eq!(found[0].0.as_ref().unwrap(), &within);
        prop_assert_eq!(found[0].1.as_ref().unwrap(), &between);
        within.retain(enough);
        between.retain(enough);
        prop_assert_eq!(found[1].0.as_ref().unwrap(), &within);
        prop_assert_eq!(found[1].1.as_ref().unwrap(), &between);
    }

    #[test]
    fn the_order_of_rows_is_no_matter(rows in rows().prop_flat_map(|r| (Just(r.clone()), Just(r).prop_shuffle()))) {
        prop_assert_eq!(table(&rows.0), table(&rows.1));
        prop_assert_eq!(table(&rows.0), rows.1.into_iter().collect::<Acts>());
    }

    #[test]
    fn a_trace_lists_what_was_counted(left in rows(), right in rows(), window in option::of(0_i64..7)) {
        let (left, right) = (table(&left), table(&right));
        let all = SweepOptions::within(window);
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
        rows in rows(),
        window in option::of(0_i64..7),
        cuts in vec(0_usize..60, 2),
    ) {
        let acts = table(&rows);
        let (x, y) = (cuts[0].min(cuts[1]).min(acts.len()), cuts[0].max(cuts[1]).min(acts.len()));
        let of = |own: Range<usize>| {
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
        prop_assert_eq!(left_first.finish(window), sweep(&acts, &SweepOptions::within(window)).unwrap());
    }

    /// What was counted elsewhere and is judged here, against all of it here: with floors, bits and loops.
    #[test]
    fn counted_elsewhere_is_judged_the_same(
        rows in rows(),
        window in option::of(0_i64..7),
        floors in (1_u32..3, 1_u32..3),
        significance: bool,
    ) {
        let acts = table(&rows);
        let (min_occasions, min_objects) = floors;
        let options =
            CoactOptions { window_micros: window, min_participation: 1, min_occasions, min_objects, significance };
        let mut summary = PairSummary::default();
        summary.observe_where(&acts, 0..acts.len(), window, no_loop).unwrap();
        let elsewhere = coact_counted(&acts, summary.finish(window), &options).unwrap();
        prop_assert_eq!(elsewhere, coact(&acts, &options).unwrap());
    }
}

/// A world large enough for many pieces of parallel work.
fn crowd() -> Vec<Act> {
    let mut state = 7_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    (0..20_000)
        .map(|i| {
            // most acts on one object: a big object must be cut too
            let object = if next(4) > 0 { 0 } else { next(50) as u32 };
            Act { object, time: next(100_000) as i64, actor: next(3_000) as u32, content: i }
        })
        .collect()
}

#[test]
fn threads_do_not_change_the_answer() {
    let rows = crowd();
    let wanted = counts(quadratic_pairs(&plain(&rows), Some(300)));
    assert!(wanted.iter().map(|p| p.acts).sum::<u64>() > 600_000, "too small to tell");
    let acts = table(&rows);
    let twice = SweepOptions { min_occasions: 2, ..SweepOptions::within(Some(300)) };
    let wanted_twice: Vec<PairCount> = wanted.iter().filter(|p| p.occasions > 1).copied().collect();
    for threads in [1, 2, 5] {
        let found = on_threads(threads, || sweep(&acts, &SweepOptions::within(Some(300))).unwrap());
        assert!(found == wanted, "{threads} threads");
        let found = on_threads(threads, || sweep(&acts, &twice).unwrap());
        assert!(found == wanted_twice, "{threads} threads, two occasions");
    }
}

#[test]
fn ids_and_times_at_the_ends_of_their_ranges() {
    let far = |actor, time| Act { object: u32::MAX, time, actor, content: NO_CONTENT };
    let acts = table(&[far(u32::MAX, i64::MAX), far(0, i64::MIN), far(u32::MAX - 1, i64::MAX)]);
    let whole = sweep(&acts, &SweepOptions::within(None)).unwrap();
    let deltas: Vec<_> = whole.iter().map(|p| (p.a, p.b, p.delta_sum, p.a_led)).collect();
    let span = i128::from(i64::MAX) - i128::from(i64::MIN);
    assert_eq!(deltas, [(0, u32::MAX - 1, span, 1), (0, u32::MAX, span, 1), (u32::MAX - 1, u32::MAX, 0, 0)]);
    assert_eq!(sweep(&acts, &SweepOptions::within(Some(i64::MAX))).unwrap().len(), 1);
}

#[test]
fn a_window_is_inclusive_and_fills_of_one_minute_are_one_occasion() {
    let at = |time, actor| Act { object: 1, time, actor, content: NO_CONTENT };
    let acts = table(&[at(0, 1), at(60, 2), at(121, 1), at(181, 2), at(10, 1), at(20, 1)]);
    let minute = SweepOptions::within(Some(60));
    let pairs = sweep(&acts, &minute).unwrap();
    // earlier legs 0, 10, 20 open the first occasion; 121 lies 121 after its start, and 60 none
    assert_eq!((pairs[0].acts, pairs[0].occasions, pairs[0].objects), (4, 2, 1));
    assert_eq!((pairs[0].a_led, pairs[0].b_led), (2, 0));
    let few = sweep_where(&acts, &minute, |x, _| x.time != 0).unwrap();
    assert_eq!(few[0].acts, 3);
}

#[test]
fn wrong_calls_are_refused_with_a_hint() {
    let none = Acts::default();
    let negative = sweep_between(&none, &none, &SweepOptions::within(Some(-1))).unwrap_err();
    assert_eq!(negative, CoactionError::NegativeWindow { micros: -1 });
    assert!(negative.to_string().contains("hint: give a length of time"));
}
