//! Co-action by looking at every pair of acts.

use std::collections::{BTreeMap, BTreeSet};

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
    /// Occasions in all of whose pairs of acts the first account's came strictly first, and the second's.
    pub led: [u32; 2],
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

/// Two acts of a pair: object, earlier time, time between, who came strictly first.
type Met = (u32, i64, i128, [bool; 2]);
type Found = BTreeMap<(u32, u32), Vec<Met>>;

fn note(found: &mut Found, pair: (u32, u32), x: &PlainAct, y: &PlainAct, window: Option<i64>) {
    let gap = (i128::from(x.1) - i128::from(y.1)).abs();
    let near = window.is_none_or(|w| gap <= i128::from(w));
    let same_content = x.3 == y.3 && x.3 != NO_CONTENT;
    if x.0 == y.0 && x.2 != y.2 && near && !same_content {
        let (of_a, of_b) = if x.2 == pair.0 { (x.1, y.1) } else { (y.1, x.1) };
        found.entry(pair).or_default().push((x.0, x.1.min(y.1), gap, [of_a < of_b, of_b < of_a]));
    }
}

fn summarise(found: Found, window: Option<i64>) -> BTreeMap<(u32, u32), Together> {
    found.into_iter().map(|(pair, met)| (pair, together(met, window))).collect()
}

fn together(mut met: Vec<Met>, window: Option<i64>) -> Together {
    met.sort_unstable();
    let mut occasions: Vec<Vec<Met>> = Vec::new();
    for next in &met {
        let same = |since: &Met| {
            let after = i128::from(next.1) - i128::from(since.1);
            since.0 == next.0 && window.is_none_or(|w| after <= i128::from(w))
        };
        match occasions.last_mut() {
            Some(occasion) if same(&occasion[0]) => occasion.push(*next),
            _ => occasions.push(vec![*next]),
        }
    }
    let led = |side: usize| occasions.iter().filter(|o| o.iter().all(|m| m.3[side])).count() as u32;
    Together {
        acts: met.len() as u64,
        occasions: occasions.len() as u32,
        objects: met.iter().map(|m| m.0).collect::<BTreeSet<u32>>().len() as u32,
        delta_sum: met.iter().map(|m| m.2).sum(),
        led: [led(0), led(1)],
    }
}
