//! A metric over several seeds: the median, the worst, and all seeds as one world. Never the best.

use itoguchi_score::{Counts, value};

use crate::targets::{Better, better};

/// With fewer planted or claimed accounts one of them is more than a point.
const SMALL: f64 = 100.0;

/// A metric over several seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Over the seeds in which it is defined; the mean of the middle two for an even number.
    pub median: Option<f64>,
    /// The worst of them.
    pub worst: Option<f64>,
    /// With the counts of all seeds added up first.
    pub pooled: Option<f64>,
    /// Seeds in which it is defined,
    pub defined: usize,
    /// of so many.
    pub seeds: usize,
}

impl Summary {
    /// Summarises metric `name` over `counts`, one for each seed.
    pub fn of(name: &str, counts: &[&Counts]) -> Self {
        let values: Vec<f64> = counts.iter().filter_map(|c| value(c, name)).collect();
        let worst = match better(name) {
            Better::More => values.iter().copied().min_by(f64::total_cmp),
            Better::Less => values.iter().copied().max_by(f64::total_cmp),
        };
        Self {
            defined: values.len(),
            seeds: counts.len(),
            median: median(values),
            worst,
            pooled: value(&sum(counts), name),
        }
    }
}

/// The counts of all seeds added up.
pub fn sum(counts: &[&Counts]) -> Counts {
    let mut all = Counts::default();
    for one in counts {
        all.add(one);
    }
    all
}

/// Whether one account more or less moves metric `name` by more than a point in the typical seed, so that seeds have to be
/// pooled to say anything.
pub fn is_small(name: &str, counts: &[&Counts]) -> bool {
    let size = |c: &&Counts| -> f64 {
        let overlap = match name {
            n if n.starts_with("victim") => c.victims,
            n if n.starts_with("seller") => c.sellers,
            _ => c.members,
        };
        overlap.truth as f64
    };
    median(counts.iter().map(size).collect()).is_none_or(|n| n < SMALL)
}

/// The median of `values`.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    let upper = *values.get(n / 2)?;
    Some(if n % 2 == 1 { upper } else { (values[n / 2 - 1] + upper) / 2.0 })
}

#[cfg(test)]
mod tests {
    use itoguchi_score::Overlap;

    use super::*;

    fn victims(right: u64, found: u64, truth: u64) -> Counts {
        Counts { victims: Overlap { right, found, truth }, innocents: found - right, ..Counts::default() }
    }

    #[test]
    fn the_worst_is_never_the_best() {
        let counts = [victims(9, 10, 10), victims(5, 10, 10), victims(0, 0, 10), victims(8, 10, 10)];
        let all: Vec<&Counts> = counts.iter().collect();
        let precision = Summary::of("victim_precision", &all);
        assert_eq!((precision.median, precision.worst), (Some(0.8), Some(0.5)));
        assert_eq!((precision.defined, precision.seeds), (3, 4));
        assert_eq!(precision.pooled, Some(22.0 / 30.0));
        let recall = Summary::of("victim_recall", &all);
        assert_eq!((recall.median, recall.worst), (Some(0.65), Some(0.0)));
        assert_eq!(Summary::of("innocents", &all).worst, Some(5.0));
        assert!(is_small("victim_recall", &all));
        assert!(!is_small("victim_recall", &[&victims(90, 90, 100)]));
        assert_eq!(Summary::of("seller_f1", &all).median, None);
    }
}
