//! What the occasions of a pair are worth, by the definition: everything from the plain acts, for every pair again.

use std::collections::{BTreeMap, BTreeSet};

use crate::coaction::PlainAct;

/// What chance makes of one pair, and what it is worth that there was more.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Worth {
    /// Coincidences by chance, over all objects.
    pub expected: f64,
    /// Occasions seen.
    pub occasions: u32,
    /// Bits, never negative.
    pub bits: f64,
}

/// The acts of two populations, or of one with itself, and the chance that two acts on an object coincide.
pub struct Chance<'a> {
    left: &'a [PlainAct],
    right: &'a [PlainAct],
    window: Option<i64>,
    close: BTreeMap<u32, f64>,
}

impl<'a> Chance<'a> {
    /// Within one population.
    #[must_use]
    pub fn within(acts: &'a [PlainAct], window: Option<i64>) -> Self {
        let mut close = BTreeMap::new();
        for object in acts.iter().map(|act| act.0).collect::<BTreeSet<u32>>() {
            let on: Vec<&PlainAct> = acts.iter().filter(|act| act.0 == object).collect();
            let mut pairs = 0_u32;
            for (i, x) in on.iter().enumerate() {
                pairs += on[..i].iter().filter(|y| x.2 != y.2 && near(x.1, y.1, window)).count() as u32;
            }
            let all: usize = on.iter().map(|x| on.iter().filter(|y| x.2 != y.2).count()).sum();
            if pairs > 0 {
                close.insert(object, 2.0 * f64::from(pairs) / all as f64);
            }
        }
        Self { left: acts, right: acts, window, close }
    }

    /// Between two populations.
    #[must_use]
    pub fn between(left: &'a [PlainAct], right: &'a [PlainAct], window: Option<i64>) -> Self {
        let mut close = BTreeMap::new();
        for object in left.iter().map(|act| act.0).collect::<BTreeSet<u32>>() {
            let x: Vec<&PlainAct> = left.iter().filter(|act| act.0 == object).collect();
            let y: Vec<&PlainAct> = right.iter().filter(|act| act.0 == object).collect();
            let coincide = |x: &PlainAct, y: &PlainAct| x.2 != y.2 && near(x.1, y.1, window);
            let pairs: usize = x.iter().map(|x| y.iter().filter(|y| coincide(x, y)).count()).sum();
            if pairs > 0 {
                let all: usize = x.iter().map(|x| y.iter().filter(|y| x.2 != y.2).count()).sum();
                close.insert(object, pairs as f64 / all as f64);
            }
        }
        Self { left, right, window, close }
    }

    /// The worth of a left and a right account's occasions.
    #[must_use]
    pub fn worth(&self, a: u32, b: u32) -> Worth {
        let of_a = self.left.iter().filter(|act| act.2 == a).count() as f64;
        let of_b = self.right.iter().filter(|act| act.2 == b).count() as f64;
        let objects = self.close.len() as f64;
        let mut worth = Worth::default();
        let (mut telling, mut telling_occasions, mut bits) = (0_u32, 0, 0.0);
        for (object, close) in &self.close {
            let share = |acts: &[PlainAct]| {
                acts.iter().filter(|act| act.0 == *object).count() as f64 / acts.len() as f64
            };
            let (x, y) = (times(self.left, *object, a), times(self.right, *object, b));
            let met = self.meetings(&x, &y);
            let elsewhere = |all: usize, met: BTreeSet<usize>| (all - met.len()) as f64;
            let rate_a = of_a * share(self.left) + elsewhere(x.len(), met.iter().map(|m| m.1).collect());
            let rate_b = of_b * share(self.right) + elsewhere(y.len(), met.iter().map(|m| m.2).collect());
            if met.is_empty() {
                worth.expected += close * of_a * share(self.left) * of_b * share(self.right);
                continue;
            }
            let by_chance = close * rate_a * rate_b;
            worth.expected += by_chance;
            let occasions = visits(&met.iter().map(|m| m.0).collect::<Vec<i64>>(), self.window);
            worth.occasions += occasions;
            let first = -(objects * by_chance).log2();
            // an object that tells nothing but rounding tells nothing
            let tells = first > 1e-9;
            let mut here = if tells { first } else { 0.0 };
            telling += u32::from(tells);
            if x.len() > 1 && y.len() > 1 {
                let fewer = visits(&x, self.window).min(visits(&y, self.window)).max(occasions);
                let other = close * x.len().max(y.len()) as f64;
                let again = repeats(occasions - 1, fewer - 1, other);
                here += if tells { again } else { (again - objects.log2()).max(0.0) };
            }
            bits += here;
            if here > 0.0 {
                telling_occasions += occasions;
            }
        }
        if telling_occasions > 1 {
            worth.bits = (bits + common_objects(telling)).max(0.0);
        }
        worth
    }

    /// Coincidences in the order of their earlier legs: that leg's time, and which acts.
    fn meetings(&self, x: &[i64], y: &[i64]) -> Vec<(i64, usize, usize)> {
        let mut met = Vec::new();
        for (i, s) in x.iter().enumerate() {
            for (j, t) in y.iter().enumerate().filter(|(_, t)| near(*s, **t, self.window)) {
                met.push((*s.min(t), i, j));
            }
        }
        met.sort_unstable();
        met
    }
}

fn near(x: i64, y: i64, window: Option<i64>) -> bool {
    window.is_none_or(|w| (i128::from(x) - i128::from(y)).abs() <= i128::from(w))
}

fn times(acts: &[PlainAct], object: u32, actor: u32) -> Vec<i64> {
    let mut times: Vec<i64> =
        acts.iter().filter(|act| (act.0, act.2) == (object, actor)).map(|act| act.1).collect();
    times.sort_unstable();
    times
}

/// How many windows it takes, each opened by the first instant that no earlier one holds.
fn visits(ascending: &[i64], window: Option<i64>) -> u32 {
    let mut opened: Vec<i64> = Vec::new();
    for time in ascending {
        if opened.last().is_none_or(|since| !near(*since, *time, window)) {
            opened.push(*time);
        }
    }
    opened.len() as u32
}

/// log2 of the weight of so many common objects, and of their orders.
fn common_objects(number: u32) -> f64 {
    let weight = match number {
        0 => return 0.0,
        1 => 0.25,
        _ => 1.5 * 0.5_f64.powi(number as i32),
    };
    weight.log2() + (1..=number).map(|i| f64::from(i).log2()).sum::<f64>()
}

/// log2 of how much better an unknown chance explains so many repeats than a known one does, act by act: after t
/// repeats and m misses the next one is a repeat with (t + ½) / (t + m + 1).
fn repeats(taken: u32, chances: u32, known: f64) -> f64 {
    if chances == 0 || known >= 1.0 {
        return 0.0;
    }
    let mut bits = 0.0;
    for t in 0..taken {
        bits += ((f64::from(t) + 0.5) / f64::from(t + 1) / known).log2();
    }
    for m in 0..chances - taken {
        bits += ((f64::from(m) + 0.5) / f64::from(taken + m + 1) / (1.0 - known)).log2();
    }
    // to keep apart is no sign of one operator
    if f64::from(taken) <= f64::from(chances) * known { bits.min(0.0) } else { bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_cases_are_as_by_hand() {
        assert!((repeats(1, 1, 0.125) - 2.0).abs() < 1e-12);
        assert!((common_objects(2) - (0.375_f64 * 2.0).log2()).abs() < 1e-12);
        assert_eq!(visits(&[0, 5, 6, 7, 20], Some(5)), 3);
        // two objects of four acts, on which 1 and 2 meet and others do not
        let acts: Vec<PlainAct> =
            (0..2).flat_map(|o| [(o, 0, 1, 9), (o, 1, 2, 9), (o, 50, 3 + o, 9), (o, 90, 5 + o, 9)]).collect();
        let found = Chance::within(&acts, Some(1)).worth(1, 2);
        // one of six pairs is close; each account has one act there by chance, and none of its own elsewhere
        let wanted = 2.0 * (6.0_f64 / 2.0).log2() + 0.75_f64.log2();
        assert!((found.bits - wanted).abs() < 1e-12 && found.occasions == 2, "{found:?}");
        assert!((found.expected - 2.0 / 6.0).abs() < 1e-12, "{found:?}");
    }
}
