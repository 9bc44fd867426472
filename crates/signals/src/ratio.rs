//! From a score to a likelihood ratio: how much more often hijacked accounts reach a score than others do.
//!
//! A score is a sum of weights of signals that hang together, so it is no likelihood ratio itself. Cut into bins of
//! one bit, its distribution among ordinary occasions is counted, and its distribution under a hijack follows from
//! what is assumed of each signal. Their quotient is a likelihood ratio of the binned score whatever the dependence
//! between signals, and its mean over ordinary occasions is one.

use itoguchi_model::Millibits;

/// Lengths of history that are judged apart.
pub(crate) const STRATA: usize = 8;
/// Bins of one bit from [`LOWEST`] up; scores beyond either end fall into the end bins.
const BINS: usize = 56;
const LOWEST: i64 = -20;
/// How many occasions of all strata a stratum leans on.
const LEAN: f64 = 200.0;

/// Eight lengths of history: short ones are judged among short ones.
pub(crate) fn stratum(history: u32) -> usize {
    match history {
        0 => 0,
        1 => 1,
        2 => 2,
        3..=5 => 3,
        6..=10 => 4,
        11..=20 => 5,
        21..=50 => 6,
        _ => 7,
    }
}

/// The bin of a score in thousandths of a bit.
pub(crate) fn bin(score: i64) -> usize {
    (score.div_euclid(1_000) - LOWEST).clamp(0, BINS as i64 - 1) as usize
}

/// Mass per bin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Histogram(pub [f64; BINS]);

impl Default for Histogram {
    fn default() -> Self {
        Self([0.0; BINS])
    }
}

impl Histogram {
    pub(crate) fn add(&mut self, score: i64, mass: f64) {
        self.0[bin(score)] += mass;
    }

    fn total(&self) -> f64 {
        self.0.iter().sum()
    }

    fn plus(&self, other: &Self) -> Self {
        let mut sum = *self;
        sum.0.iter_mut().zip(other.0).for_each(|(a, b)| *a += b);
        sum
    }

    /// The same with a total of one; all in the lowest bin if there is nothing.
    fn shares(&self) -> Self {
        let total = self.total();
        let mut out = Self::default();
        if total > 0.0 {
            out.0.iter_mut().zip(self.0).for_each(|(o, m)| *o = m / total);
        } else {
            out.0[0] = 1.0;
        }
        out
    }
}

/// Likelihood ratios by stratum and bin.
#[derive(Clone, Debug)]
pub(crate) struct Ratios {
    bits: [[Millibits; BINS]; STRATA],
}

impl Ratios {
    /// From the scores of ordinary occasions (counts) and what hijacked ones would score (any scale), by stratum.
    ///
    /// A bin nobody ordinary was seen in is given what one more occasion, drawn from the hijacked, would put there:
    /// the ratio is then the number of occasions seen. Neighbouring bins whose ratio would fall are pooled, so that
    /// a higher score never counts for less.
    pub(crate) fn new(ordinary: &[Histogram; STRATA], hijacked: &[Histogram; STRATA]) -> Self {
        let all = ordinary.iter().fold(Histogram::default(), |sum, h| sum.plus(h));
        let all_hijacked = hijacked.iter().fold(Histogram::default(), |sum, h| sum.plus(h)).shares();
        let base = all.plus(&all_hijacked).shares();
        let mut bits = [[Millibits::ZERO; BINS]; STRATA];
        for s in 0..STRATA {
            let mut seen = ordinary[s];
            seen.0.iter_mut().zip(base.0).for_each(|(m, b)| *m += LEAN * b);
            let mut seen = seen.shares();
            // However many of one length of history were seen: never rarer than one among all.
            let least = all_hijacked.0.map(|m| m / (all.total() + 1.0));
            seen.0.iter_mut().zip(least).for_each(|(m, least)| *m = m.max(least));
            let expected = if hijacked[s].total() > 0.0 { hijacked[s].shares() } else { all_hijacked };
            bits[s] = rising(&expected, &seen);
        }
        Self { bits }
    }

    pub(crate) fn bits(&self, stratum: usize, score: i64) -> Millibits {
        self.bits[stratum][bin(score)]
    }
}

/// log2 of expected over seen per bin, pooled so that it never falls (pool adjacent violators).
fn rising(expected: &Histogram, seen: &Histogram) -> [Millibits; BINS] {
    let mut pools: Vec<(f64, f64, usize)> = Vec::with_capacity(BINS);
    for (e, s) in expected.0.into_iter().zip(seen.0) {
        pools.push((e, s, 1));
        while let [.., a, b] = pools[..]
            && b.0 * a.1 <= a.0 * b.1
        {
            pools.pop();
            pools.pop();
            pools.push((a.0 + b.0, a.1 + b.1, a.2 + b.2));
        }
    }
    let mut bits = [Millibits::ZERO; BINS];
    let mut at = 0;
    for (e, s, bins) in pools {
        let ratio = if s > 0.0 { e / s } else { 1.0 };
        bits[at..at + bins].fill(Millibits::log2(ratio.max(1e-6)));
        at += bins;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(of: &[(i64, f64)]) -> Histogram {
        let mut h = Histogram::default();
        of.iter().for_each(|(score, mass)| h.add(*score, *mass));
        h
    }

    #[test]
    fn the_mean_over_the_ordinary_is_one_at_most() {
        let ordinary = histogram(&[(-5_000, 9_000.0), (0, 900.0), (3_000, 90.0), (2_000, 9.0), (9_000, 1.0)]);
        let hijacked = histogram(&[(-5_000, 0.05), (0, 0.2), (3_000, 0.3), (9_000, 0.25), (14_000, 0.2)]);
        let ratios = Ratios::new(&[ordinary; STRATA], &[hijacked; STRATA]);
        let mean: f64 = (0..BINS)
            .map(|b| {
                let score = (b as i64 + LOWEST) * 1_000;
                ordinary.shares().0[b] * ratios.bits(3, score).ratio()
            })
            .sum();
        assert!(mean > 0.9 && mean <= 1.0 + 1e-3, "{mean}");
    }

    #[test]
    fn a_higher_score_never_counts_for_less() {
        let ordinary = histogram(&[(0, 500.0), (4_000, 2.0), (6_000, 9.0), (8_000, 1.0)]);
        let hijacked = histogram(&[(0, 0.2), (4_000, 0.3), (6_000, 0.3), (8_000, 0.2)]);
        let ratios = Ratios::new(&[ordinary; STRATA], &[hijacked; STRATA]);
        let all: Vec<Millibits> = (-20..36).map(|b| ratios.bits(0, b * 1_000)).collect();
        assert!(all.windows(2).all(|w| w[0] <= w[1]), "{all:?}");
        assert!(ratios.bits(0, 8_000).bits() > 5.0);
    }

    #[test]
    fn what_was_never_seen_is_worth_the_number_seen() {
        let ratios = Ratios::new(
            &[histogram(&[(0, 1_000.0)]); STRATA],
            &[histogram(&[(0, 0.5), (9_000, 0.5)]); STRATA],
        );
        let bits = ratios.bits(0, 9_000).bits();
        assert!((12.9..13.1).contains(&bits), "{bits}");
    }
}
