//! From a score to a likelihood ratio: how much more often hijacked accounts reach a score than others do.
//!
//! A score is a sum of weights of signals that hang together, so it is no likelihood ratio itself. It is cut into
//! classes; the share of ordinary occasions in each is counted, and that of hijacked ones follows from what is assumed
//! of each signal. Their quotient is a likelihood ratio of the class whatever the dependence between signals, and its
//! mean over ordinary occasions is one. The classes are set by the ordinary alone: each holds about half of those above
//! the one before, down to the last few, so that the oddest are told apart as far as the data can tell them apart.

use itoguchi_model::Millibits;

/// Lengths of history that are judged apart.
pub(crate) const STRATA: usize = 8;
/// Scores are kept in cells of an eighth of a bit from [`LOWEST`] up; beyond either end they fall into the end cells.
const CELL: i64 = 125;
const LOWEST: i64 = -40_000;
const CELLS: usize = 880;
/// The oddest class holds about so many ordinary occasions, as far as there are any.
const FEWEST: f64 = 4.0;
/// How many occasions of all strata a stratum leans on.
const LEAN: f64 = 50.0;

/// Eight lengths of history: short ones are judged among short ones.
pub(crate) fn stratum(history: u32) -> usize {
    STARTS.partition_point(|start| u32::from(*start) <= history) - 1
}

/// The shortest history of each stratum.
pub(crate) const STARTS: [u8; STRATA] = [0, 1, 2, 3, 6, 11, 21, 51];

fn cell(score: i64) -> usize {
    ((score - LOWEST).div_euclid(CELL)).clamp(0, CELLS as i64 - 1) as usize
}

/// Mass per cell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Histogram(Vec<f64>);

impl Default for Histogram {
    fn default() -> Self {
        Self(vec![0.0; CELLS])
    }
}

impl Histogram {
    pub(crate) fn add(&mut self, score: i64, mass: f64) {
        self.0[cell(score)] += mass;
    }

    fn total(&self) -> f64 {
        self.0.iter().sum()
    }

    fn plus(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a + b).collect())
    }

    /// The mass of each class, in shares of the whole; all in the lowest class if there is nothing.
    fn shares(&self, classes: &Classes) -> Vec<f64> {
        let mut shares = vec![0.0; classes.count];
        let total = self.total();
        if total <= 0.0 {
            shares[0] = 1.0;
            return shares;
        }
        for (class, mass) in classes.of_cell.iter().zip(&self.0) {
            shares[*class] += mass / total;
        }
        shares
    }
}

/// Which class each cell belongs to, ascending.
#[derive(Clone, Debug)]
struct Classes {
    of_cell: Vec<usize>,
    count: usize,
}

impl Classes {
    /// Halves the ordinary again and again from above.
    fn halving(ordinary: &Histogram) -> Self {
        let total = ordinary.total();
        // The highest class first: cells are taken from above until the next multiple of two is reached.
        let mut of_cell = vec![0; CELLS];
        let (mut class, mut above, mut until) = (0, 0.0, FEWEST);
        for c in (0..CELLS).rev() {
            // a cell that would swamp what is above it is a class of its own
            if above < until && above + ordinary.0[c] > until * 2.0 && c + 1 < CELLS {
                class += 1;
                until = above + ordinary.0[c];
            }
            of_cell[c] = class;
            above += ordinary.0[c];
            if above >= until && above < total {
                class += 1;
                until = above * 2.0;
            }
        }
        let last = class;
        of_cell.iter_mut().for_each(|c| *c = last - *c);
        Self { of_cell, count: last + 1 }
    }
}

/// Likelihood ratios by stratum and class.
#[derive(Clone, Debug)]
pub(crate) struct Ratios {
    classes: Classes,
    bits: Vec<Vec<Millibits>>,
}

impl Ratios {
    /// From the scores of ordinary occasions (counts) and what hijacked ones would score (any scale), by stratum.
    ///
    /// A class that none of a stratum was seen in leans on all strata. Neighbouring classes whose ratio would fall are
    /// pooled, so that a higher score never counts for less.
    pub(crate) fn new(ordinary: &[Histogram; STRATA], hijacked: &[Histogram; STRATA]) -> Self {
        let all = ordinary.iter().fold(Histogram::default(), |sum, h| sum.plus(h));
        let classes = Classes::halving(&all);
        let all_hijacked = hijacked.iter().fold(Histogram::default(), |sum, h| sum.plus(h)).shares(&classes);
        // one more occasion, drawn from the hijacked: nothing is impossible
        let n = all.total();
        let base: Vec<f64> = all
            .shares(&classes)
            .into_iter()
            .zip(&all_hijacked)
            .map(|(seen, expected)| (seen * n + expected) / (n + 1.0))
            .collect();
        let bits = ordinary
            .iter()
            .zip(hijacked)
            .map(|(ordinary, hijacked)| {
                let n = ordinary.total();
                let seen: Vec<f64> = ordinary
                    .shares(&classes)
                    .into_iter()
                    .zip(&base)
                    .map(|(seen, base)| (seen * n + LEAN * base) / (n + LEAN))
                    .collect();
                let some = hijacked.total() > 0.0;
                rising(&if some { hijacked.shares(&classes) } else { all_hijacked.clone() }, &seen)
            })
            .collect();
        Self { classes, bits }
    }

    pub(crate) fn bits(&self, stratum: usize, score: i64) -> Millibits {
        self.bits[stratum][self.classes.of_cell[cell(score)]]
    }
}

/// log2 of expected over seen per class, pooled so that it never falls (pool adjacent violators).
fn rising(expected: &[f64], seen: &[f64]) -> Vec<Millibits> {
    let mut pools: Vec<(f64, f64, usize)> = Vec::with_capacity(seen.len());
    for (e, s) in expected.iter().zip(seen) {
        pools.push((*e, *s, 1));
        while let [.., a, b] = pools[..]
            && b.0 * a.1 <= a.0 * b.1
        {
            pools.truncate(pools.len() - 2);
            pools.push((a.0 + b.0, a.1 + b.1, a.2 + b.2));
        }
    }
    let mut bits = Vec::with_capacity(seen.len());
    for (e, s, classes) in pools {
        let ratio = if s > 0.0 { e / s } else { 1.0 };
        bits.extend(std::iter::repeat_n(Millibits::log2(ratio.max(1e-6)), classes));
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

    fn strata(h: &Histogram) -> [Histogram; STRATA] {
        std::array::from_fn(|_| h.clone())
    }

    #[test]
    fn the_mean_over_the_ordinary_is_one_at_most() {
        let of = [(-5_000, 9_000.0), (0, 900.0), (2_000, 9.0), (3_000, 90.0), (9_000, 10.0)];
        let hijacked = histogram(&[(-5_000, 0.05), (0, 0.2), (3_000, 0.3), (9_000, 0.25), (14_000, 0.2)]);
        let ratios = Ratios::new(&strata(&histogram(&of)), &strata(&hijacked));
        let total: f64 = of.iter().map(|(_, n)| n).sum();
        let mean: f64 = of.iter().map(|(score, n)| n / total * ratios.bits(3, *score).ratio()).sum();
        assert!(mean > 0.7 && mean <= 1.0 + 1e-3, "{mean}");
    }

    #[test]
    fn a_higher_score_never_counts_for_less() {
        let ordinary = histogram(&[(0, 500.0), (4_000, 20.0), (6_000, 90.0), (8_000, 10.0)]);
        let hijacked = histogram(&[(0, 0.2), (4_000, 0.3), (6_000, 0.3), (8_000, 0.2)]);
        let ratios = Ratios::new(&strata(&ordinary), &strata(&hijacked));
        let all: Vec<Millibits> = (-20..36).map(|b| ratios.bits(0, b * 1_000)).collect();
        assert!(all.windows(2).all(|w| w[0] <= w[1]), "{all:?}");
        assert!(ratios.bits(0, 8_000).bits() > 2.0);
    }

    #[test]
    fn the_oddest_few_are_one_class() {
        let ordinary = histogram(&[(0, 1_000.0), (3_000, 1.0), (4_000, 1.0)]);
        let hijacked = histogram(&[(0, 0.5), (3_000, 0.1), (4_000, 0.1), (9_000, 0.3)]);
        let ratios = Ratios::new(&strata(&ordinary), &strata(&hijacked));
        assert_eq!(ratios.bits(0, 4_000), ratios.bits(0, 9_000));
        assert!(ratios.bits(0, 9_000).bits() > 5.0 && ratios.bits(0, 0).bits() < 0.0);
    }
}
