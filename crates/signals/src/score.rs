//! Scores: how much the signals of an occasion speak for a hijack, and what that is worth in bits.
//!
//! Each signal is weighed by log2 P(signal | hijacked) / P(signal | not), where the second is the share of occasions of
//! the same length of history that show it, pulled towards the account's own habit. The sum only orders occasions,
//! for signals hang together; what it is worth is read off its distribution ([`crate::ratio`]).

use itoguchi_model::{AccountId, Millibits};

use crate::{
    occasions::Occasion,
    ratio::{Histogram, Ratios, STRATA, stratum},
    signal::{Signal, SignalSet},
};

/// How many occasions of its own an account needs before its habit counts as much as everybody's.
const HABIT: f64 = 10.0;
/// How many occasions of all strata a signal's share in one stratum leans on.
const LEAN: f64 = 20.0;
/// How many occasions of a stratum are asked what they would score if they were hijacks.
const ASKED: u64 = 500;

/// What one occasion shows, for weighing.
pub(crate) struct Observed {
    pub fired: SignalSet,
    pub known: SignalSet,
    pub history: u32,
    /// Whether it takes part in saying what is usual.
    pub counts: bool,
}

/// One score of every occasion.
pub(crate) struct Scores {
    sums: Vec<i64>,
    stratum: Vec<u8>,
    /// Whether any of the signals could have fired.
    known: Vec<bool>,
    /// What occasions like those counted would score if they were hijacks, by stratum.
    hijacked: [Histogram; STRATA],
}

impl Scores {
    /// Weighs every occasion, in the order of `all`, which is by account and time. O(occasions · signals).
    pub(crate) fn new(all: &[Occasion], signals: &[Signal], of: impl Fn(usize) -> Observed) -> Self {
        let usual = Usual::new(all.len(), signals, &of);
        let mut scores = Self {
            sums: vec![0; all.len()],
            stratum: vec![0; all.len()],
            known: vec![false; all.len()],
            hijacked: Default::default(),
        };
        let mut own: Vec<(u32, u32)> = Vec::new();
        let mut account = AccountId::NONE;
        let mut met = [0_u64; STRATA];
        let mut weights: Vec<Weight> = Vec::with_capacity(signals.len());
        for (i, occasion) in all.iter().enumerate() {
            if occasion.account != account {
                account = occasion.account;
                own.clear();
                own.resize(signals.len(), (0, 0));
            }
            let seen = of(i);
            let at = stratum(seen.history);
            scores.stratum[i] = at as u8;
            weights.clear();
            for (s, signal) in signals.iter().enumerate().filter(|(_, signal)| seen.known.has(**signal)) {
                let fired = seen.fired.has(*signal);
                let habit =
                    (f64::from(own[s].0) + HABIT * usual.share(s, at)) / (f64::from(own[s].1) + HABIT);
                let weight = Weight::of(*signal, habit.clamp(1e-6, 1.0 - 1e-6));
                scores.sums[i] += if fired { weight.fired } else { weight.not };
                weights.push(weight);
                own[s].0 += u32::from(fired);
                own[s].1 += 1;
                scores.known[i] = true;
            }
            if seen.counts {
                if met[at] % usual.counted[at].div_ceil(ASKED) == 0 {
                    spread(&weights, 0, 1.0, &mut scores.hijacked[at]);
                }
                met[at] += 1;
            }
        }
        scores
    }

    /// Whether any of the signals could have fired.
    pub(crate) fn known(&self, i: usize) -> bool {
        self.known[i]
    }

    /// Whether the sum speaks for no hijack though it could have.
    pub(crate) fn calm(&self, i: usize) -> bool {
        self.known[i] && self.sums[i] <= 0
    }

    /// The sum.
    pub(crate) fn sum(&self, i: usize) -> i64 {
        self.sums[i]
    }

    /// Bits of every occasion, judged against the `ordinary` ones.
    pub(crate) fn judge(&self, ordinary: impl Fn(usize) -> bool) -> Judged {
        let mut counts = <[Histogram; STRATA]>::default();
        for i in (0..self.sums.len()).filter(|i| ordinary(*i)) {
            counts[usize::from(self.stratum[i])].add(self.sums[i], 1.0);
        }
        let ratios = Ratios::new(&counts, &self.hijacked);
        let bits: Vec<Millibits> = self
            .sums
            .iter()
            .zip(&self.stratum)
            .map(|(sum, stratum)| ratios.bits(usize::from(*stratum), *sum))
            .collect();
        let mut ordinary: Vec<Millibits> =
            (0..bits.len()).filter(|i| ordinary(*i)).map(|i| bits[i]).collect();
        ordinary.sort_unstable();
        Judged { bits, ordinary }
    }
}

/// Bits of every occasion by one score.
pub(crate) struct Judged {
    pub bits: Vec<Millibits>,
    /// Bits of the ordinary, ascending.
    ordinary: Vec<Millibits>,
}

impl Judged {
    /// The share of ordinary occasions with so many bits or more; never nought.
    pub(crate) fn tail(&self, bits: Millibits) -> f64 {
        (at_least(&self.ordinary, bits) as f64 + 1.0) / (self.ordinary.len() as f64 + 1.0)
    }

    /// The share that one occasion more would be.
    pub(crate) fn one(&self) -> f64 {
        1.0 / (self.ordinary.len() as f64 + 1.0)
    }
}

/// How many of `sorted` are at least `value`.
pub(crate) fn at_least<T: Ord>(sorted: &[T], value: T) -> usize {
    sorted.len() - sorted.partition_point(|v| *v < value)
}

/// How often each signal fires where it can.
struct Usual {
    shown: Vec<[(u64, u64); STRATA]>,
    overall: Vec<f64>,
    counted: [u64; STRATA],
}

impl Usual {
    fn new(occasions: usize, signals: &[Signal], of: impl Fn(usize) -> Observed) -> Self {
        let mut shown = vec![[(0_u64, 0_u64); STRATA]; signals.len()];
        let mut counted = [0_u64; STRATA];
        for i in 0..occasions {
            let seen = of(i);
            if !seen.counts {
                continue;
            }
            counted[stratum(seen.history)] += 1;
            for (s, signal) in signals.iter().enumerate() {
                let cell = &mut shown[s][stratum(seen.history)];
                cell.1 += u64::from(seen.known.has(*signal));
                cell.0 += u64::from(seen.fired.has(*signal));
            }
        }
        let overall = shown
            .iter()
            .map(|strata| {
                let (fired, known) = strata.iter().fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
                (fired as f64 + 0.5) / (known as f64 + 1.0)
            })
            .collect();
        Self { shown, overall, counted }
    }

    /// The share in one stratum; one with little in it leans on all of them.
    fn share(&self, signal: usize, stratum: usize) -> f64 {
        let (fired, known) = self.shown[signal][stratum];
        (fired as f64 + LEAN * self.overall[signal]) / (known as f64 + LEAN)
    }
}

/// What a signal adds if it fired and if it did not, and how likely a hijack is to show it.
struct Weight {
    fired: i64,
    not: i64,
    hijacked: f64,
}

impl Weight {
    fn of(signal: Signal, usual: f64) -> Self {
        let hijacked = signal.when_hijacked();
        Self {
            fired: Millibits::log2(hijacked / usual).0,
            not: Millibits::log2((1.0 - hijacked) / (1.0 - usual)).0,
            hijacked,
        }
    }
}

/// Adds to `into` every score the signals could give, with its probability under a hijack.
fn spread(weights: &[Weight], score: i64, probability: f64, into: &mut Histogram) {
    let Some((first, rest)) = weights.split_first() else {
        into.add(score, probability);
        return;
    };
    spread(rest, score + first.fired, probability * first.hijacked, into);
    spread(rest, score + first.not, probability * (1.0 - first.hijacked), into);
}
