//! Co-action by looking at every pair of acts.

use std::collections::BTreeMap;

/// Object, time, actor, content; the content [`NO_CONTENT`] differs from itself.
pub type PlainAct = (u32, i64, u32, u32);

/// The content of an act that has none.
pub const NO_CONTENT: u32 = u32::MAX;

/// How often one pair acted together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Together {
    /// Pairs of acts.
    pub acts: u64,
    /// Distinct objects and windows.
    pub occasions: u32,
    /// Distinct objects.
    pub objects: u32,
    /// Sum of the time between the acts.
    pub delta_sum: i128,
}

/// Counts the pairs of one population, smaller actor first.
#[must_use]
pub fn quadratic_pairs(acts: &[PlainAct], window: Option<i64>) -> BTreeMap<(u32, u32), Together> {
    let mut found = BTreeMap::new();
    for (i, x) in acts.iter().enumerate() {
        for y in &acts[i + 1..] {
            note(&mut found, (x.2.min(y.2), x.2.max(y.2)), x, y, window);
        }
    }
    summarise(found, window)
}

/// Counts the pairs across two populations, left actor first.
#[must_use]
pub fn quadratic_between(
    left: &[PlainAct],
    right: &[PlainAct],
    window: Option<i64>,
) -> BTreeMap<(u32, u32), Together> {
    let mut found = BTreeMap::new();
    for x in left {
        for y in right {
            note(&mut found, (x.2, y.2), x, y, window);
        }
    }
    summarise(found, window)
}

/// Coincidences of a pair: object, earlier time, time between.
type Found = BTreeMap<(u32, u32), Vec<(u32, i64, i128)>>;

fn note(found: &mut Found, pair: (u32, u32), x: &PlainAct, y: &PlainAct, window: Option<i64>) {
    let gap = (i128::from(x.1) - i128::from(y.1)).abs();
    let near = window.is_none_or(|w| gap <= i128::from(w));
    let same_content = x.3 == y.3 && x.3 != NO_CONTENT;
    if x.0 == y.0 && x.2 != y.2 && near && !same_content {
        found.entry(pair).or_default().push((x.0, x.1.min(y.1), gap));
    }
}

fn summarise(found: Found, window: Option<i64>) -> BTreeMap<(u32, u32), Together> {
    found.into_iter().map(|(pair, coincidences)| (pair, together(coincidences, window))).collect()
}

fn together(mut coincidences: Vec<(u32, i64, i128)>, window: Option<i64>) -> Together {
    coincidences.sort_unstable();
    let mut sum = Together::default();
    let mut current: Option<(u32, i64)> = None;
    for (object, earlier, gap) in coincidences {
        sum.acts += 1;
        sum.delta_sum += gap;
        let same_object = current.is_some_and(|(o, _)| o == object);
        let reached =
            |start: i64| window.is_none_or(|w| i128::from(earlier) - i128::from(start) <= i128::from(w));
        if !(same_object && current.is_some_and(|(_, start)| reached(start))) {
            current = Some((object, earlier));
            sum.occasions += 1;
        }
        sum.objects += u32::from(!same_object);
    }
    sum
}
