//! How alike two partitions of the same nodes are.

use crate::{error::CommunityError, partition::Partition};

/// Two measures of how alike two partitions are; both are 1 for equal ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// Adjusted Rand index: how far the pairs of nodes that are together in both exceed what is expected when the sizes
    /// of communities are as they are and the nodes are dealt at random. 0 is chance, below 0 is less than that.
    pub ari: f64,
    /// Normalised mutual information, from 0 to 1: what one partition tells about the other, divided by the mean of
    /// their entropies. Not adjusted: many small communities raise it by chance alone.
    pub nmi: f64,
}

/// How alike two partitions are.
///
/// Where a measure is nought over nought, the partitions are equal (one community, or single nodes alone, in both) and
/// it is 1.
///
/// ```
/// use itoguchi_community::{Partition, agreement};
/// let first = Partition::from_labels(&[0, 0, 0, 1, 1, 1]);
/// let second = Partition::from_labels(&[0, 0, 1, 1, 2, 2]);
/// // 2 of 15 pairs are together in both, 6 in the first, 3 in the second: 1.2 are expected, 4.5 could be at best
/// let alike = agreement(&first, &second)?;
/// assert!((alike.ari - (2.0 - 1.2) / (4.5 - 1.2)).abs() < 1e-12);
/// assert_eq!(agreement(&first, &first)?.nmi, 1.0);
/// # Ok::<(), itoguchi_community::CommunityError>(())
/// ```
///
/// # Errors
/// [`CommunityError::WrongLength`] where the partitions are not of as many nodes.
/// # Cost
/// O(n log n) time; 8 bytes for each of n nodes and 16 for each pair of communities that meet.
/// # Determinism
/// Counts are integers, logarithms are taken of sorted counts: equal bits on every platform, and for the two
/// partitions exchanged.
/// # Source
/// L. Hubert, P. Arabie, Comparing Partitions, Journal of Classification 2, 1985 (the adjusted index). N. X. Vinh,
/// J. Epps, J. Bailey, Information Theoretic Measures for Clusterings Comparison, JMLR 11, 2010 (NMI_sum).
pub fn agreement(first: &Partition, second: &Partition) -> Result<Agreement, CommunityError> {
    let table = Table::of(first, second)?;
    Ok(Agreement { ari: table.ari(), nmi: table.nmi() })
}

/// The community of another partition that is most like a given one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counterpart {
    /// Its label in the other partition.
    pub community: u32,
    /// Nodes that are in both.
    pub common: u64,
    /// Nodes that are in either.
    pub either: u64,
}

impl Counterpart {
    /// Nodes in both among nodes in either, above 0 and at most 1.
    #[must_use]
    pub fn jaccard(&self) -> f64 {
        self.common as f64 / self.either as f64
    }

    /// Neither number passes 2^33, so the products fit.
    fn above(&self, other: &Self) -> bool {
        u128::from(self.common) * u128::from(other.either)
            > u128::from(other.common) * u128::from(self.either)
    }
}

/// For every community of the first partition the one of the second that it has the largest Jaccard index with, the
/// smallest label of equals: how stable each community is, where the second was found with other settings.
///
/// ```
/// use itoguchi_community::{Partition, counterparts};
/// let first = Partition::from_labels(&[0, 0, 0, 1, 1, 1]);
/// let second = Partition::from_labels(&[0, 0, 1, 1, 1, 1]);
/// let found: Vec<f64> = counterparts(&first, &second)?.iter().map(|c| c.jaccard()).collect();
/// assert_eq!(found, [2.0 / 3.0, 3.0 / 4.0]);
/// # Ok::<(), itoguchi_community::CommunityError>(())
/// ```
///
/// # Errors
/// As [`agreement`].
/// # Cost
/// As [`agreement`].
pub fn counterparts(first: &Partition, second: &Partition) -> Result<Vec<Counterpart>, CommunityError> {
    let table = Table::of(first, second)?;
    let mut best: Vec<Option<Counterpart>> = vec![None; table.first.len()];
    for (a, b, common) in &table.cells {
        let either = table.first[*a as usize] + table.second[*b as usize] - common;
        let found = Counterpart { community: *b, common: *common, either };
        let best = &mut best[*a as usize];
        if best.is_none_or(|best| found.above(&best)) {
            *best = Some(found);
        }
    }
    Ok(best.into_iter().map(|best| best.expect("a community has a member, and it is in both")).collect())
}

/// How many nodes each pair of communities has in common, and each community has.
struct Table {
    nodes: u64,
    first: Vec<u64>,
    second: Vec<u64>,
    /// Label in the first, label in the second, nodes in both; sorted, none empty.
    cells: Vec<(u32, u32, u64)>,
}

impl Table {
    fn of(first: &Partition, second: &Partition) -> Result<Self, CommunityError> {
        second.check(first.labels().len() as u32)?;
        let mut pairs: Vec<(u32, u32)> =
            first.labels().iter().copied().zip(second.labels().iter().copied()).collect();
        pairs.sort_unstable();
        let cells: Vec<(u32, u32, u64)> =
            pairs.chunk_by(|x, y| x == y).map(|same| (same[0].0, same[0].1, same.len() as u64)).collect();
        let mut table = Self {
            nodes: pairs.len() as u64,
            first: vec![0; first.count() as usize],
            second: vec![0; second.count() as usize],
            cells,
        };
        for (a, b, count) in &table.cells {
            table.first[*a as usize] += count;
            table.second[*b as usize] += count;
        }
        Ok(table)
    }

    fn common(&self) -> impl Iterator<Item = u64> {
        self.cells.iter().map(|cell| cell.2)
    }

    /// (S − AB/N) / ((A + B)/2 − AB/N) for S, A, B pairs together in both, the first, the second, of N: times 2N.
    ///
    /// There are fewer than 2^63 pairs of 2^32 nodes, so every product fits.
    fn ari(&self) -> f64 {
        let all = pairs([self.nodes].into_iter());
        let both = pairs(self.common());
        let (a, b) = (pairs(self.first.iter().copied()), pairs(self.second.iter().copied()));
        match (a + b) * all - 2 * a * b {
            0 => 1.0,
            at_best => (2 * (both * all - a * b)) as f64 / at_best as f64,
        }
    }

    /// 2 I / (H + H'), each term times the number of nodes.
    fn nmi(&self) -> f64 {
        let all = n_ln_n([self.nodes].into_iter());
        let (a, b) = (n_ln_n(self.first.iter().copied()), n_ln_n(self.second.iter().copied()));
        let entropies = (all - a) + (all - b);
        if entropies <= 0.0 {
            return 1.0;
        }
        // less the joint entropy, which for equal partitions is exactly the one and the other
        let mutual = entropies - (all - n_ln_n(self.common()));
        (2.0 * mutual / entropies).clamp(0.0, 1.0)
    }
}

/// Σ n (n − 1) / 2.
fn pairs(counts: impl Iterator<Item = u64>) -> i128 {
    counts.map(|n| i128::from(n) * (i128::from(n) - 1) / 2).sum()
}

/// Σ n ln n, equal counts taken together: few terms, in an order that does not depend on labels.
fn n_ln_n(counts: impl Iterator<Item = u64>) -> f64 {
    // no nodes at all have no logarithm, and one has none to add
    let mut counts: Vec<u64> = counts.filter(|n| *n > 1).collect();
    counts.sort_unstable();
    counts
        .chunk_by(|x, y| x == y)
        .map(|same| (same.len() as u64 * same[0]) as f64 * libm::log(same[0] as f64))
        .sum()
}
