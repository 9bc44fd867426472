//! What a score counts: integers, which add up over worlds, before any ratio is taken.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Lower ends of the bins of claimed confidence; the last one reaches to 1.
pub const CONFIDENCE_BINS: [f64; 6] = [0.0, 0.5, 0.7, 0.9, 0.95, 0.99];
/// The confidence that a member must claim to count as confident.
pub const CONFIDENT: f64 = 0.9;
/// The false discovery rate up to which a link counts as accepted.
pub const MAX_Q: f64 = 0.05;
/// How many of the first rings of a list are looked at.
pub const FIRST_RINGS: [usize; 3] = [1, 5, 10];

/// How much of something is right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// So many are right,
    pub right: u64,
    /// of so many.
    pub of: u64,
}

/// A claim against the truth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    /// Claimed and true.
    pub right: u64,
    /// Claimed.
    pub found: u64,
    /// True.
    pub truth: u64,
}

/// B-cubed, as sums of shares in billionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BCubed {
    /// Σ over claimed members with a claimed companion: the share of true companions among them.
    pub precision_sum: u64,
    /// How many those members are.
    pub precision_of: u64,
    /// Σ over true members with a true companion: the share of them that is claimed.
    pub recall_sum: u64,
    /// How many those members are.
    pub recall_of: u64,
}

/// One billion: what a whole share is in [`BCubed`].
pub(crate) const WHOLE: u64 = 1_000_000_000;

/// Recall at two budgets of accounts to look at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Among the first accounts of the review list, twice as many as there are true members.
    pub twice: Share,
    /// Among the first accounts, one for each 1,000 in the data.
    pub per_1000: Share,
}

/// Addresses and devices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Infrastructure {
    /// Claimed ones that a planted ring used.
    pub found: Share,
    /// Findable ones that were claimed.
    pub findable: Share,
}

/// How far an amount is off, per matched ring.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmountErrors {
    /// (|claimed − true|, |true|) in whole yen, sorted.
    pub errors: Vec<(u64, u64)>,
    /// Matched rings of which the truth knows the amount and the claim does not.
    pub missing: u64,
}

/// Everything that is counted. Scores of several worlds add up with [`Counts::add`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Accounts claimed to be victims.
    pub victims: Overlap,
    /// Accounts claimed to be sellers.
    pub sellers: Overlap,
    /// Accounts claimed to be members, in whatever role.
    pub members: Overlap,
    /// Accounts claimed to be linked: those that are members of a planted ring.
    pub linked: Share,
    /// Victims on the review list.
    pub victim_budget: Budget,
    /// Sellers on the review list.
    pub seller_budget: Budget,
    /// Rings, matched one to one at Jaccard ≥ 0.5.
    pub rings: Overlap,
    /// Claimed rings that a true one was split into, less one each.
    pub splits: u64,
    /// True rings that a claimed one merges, less one each.
    pub merges: u64,
    /// Matched rings among the first of the list, by [`FIRST_RINGS`].
    pub first_rings: [Share; 3],
    /// Pairs of accounts in one ring.
    pub pairs: Overlap,
    /// B-cubed without self-pairs.
    pub bcubed: BCubed,
    /// Addresses and devices; `None` if the truth is silent.
    pub infrastructure: Option<Infrastructure>,
    /// Accounts in claimed rings that are in no planted one.
    pub innocents: u64,
    /// Of those, accounts pulled in by an address.
    pub framed: u64,
    /// Innocents by what they look like: pulled in, of all that look so; `none` counts no total.
    pub decoys: BTreeMap<String, Share>,
    /// Accepted links by kind: those that join two accounts of one planted ring.
    pub links: BTreeMap<String, Share>,
    /// Members by claimed confidence, by [`CONFIDENCE_BINS`]: those that are right.
    pub confidence: [Share; 6],
    /// Errors by amount, in the contract's order.
    pub amounts: [AmountErrors; 5],
}

impl Share {
    /// Counts one more.
    pub fn count(&mut self, right: bool) {
        self.right += u64::from(right);
        self.of += 1;
    }

    /// Right ÷ all; `None` of none.
    #[must_use]
    pub fn ratio(self) -> Option<f64> {
        (self.of > 0).then(|| self.right as f64 / self.of as f64)
    }

    fn add(&mut self, other: Self) {
        self.right += other.right;
        self.of += other.of;
    }
}

impl Overlap {
    /// Right ÷ claimed; `None` if nothing is claimed.
    #[must_use]
    pub fn precision(self) -> Option<f64> {
        Share { right: self.right, of: self.found }.ratio()
    }

    /// Right ÷ true; `None` if nothing is true.
    #[must_use]
    pub fn recall(self) -> Option<f64> {
        Share { right: self.right, of: self.truth }.ratio()
    }

    /// 2 · right ÷ (claimed + true); `None` if nothing is claimed and nothing is true.
    #[must_use]
    pub fn f1(self) -> Option<f64> {
        Share { right: 2 * self.right, of: self.found + self.truth }.ratio()
    }

    fn add(&mut self, other: Self) {
        self.right += other.right;
        self.found += other.found;
        self.truth += other.truth;
    }
}

impl BCubed {
    /// The mean share of true companions among claimed ones.
    #[must_use]
    pub fn precision(self) -> Option<f64> {
        mean(self.precision_sum, self.precision_of)
    }

    /// The mean share of claimed companions among true ones.
    #[must_use]
    pub fn recall(self) -> Option<f64> {
        mean(self.recall_sum, self.recall_of)
    }

    /// The harmonic mean of both; 0 if only one is defined.
    #[must_use]
    pub fn f1(self) -> Option<f64> {
        match (self.precision(), self.recall()) {
            (None, None) => None,
            (Some(p), Some(r)) if p + r > 0.0 => Some(2.0 * p * r / (p + r)),
            _ => Some(0.0),
        }
    }

    fn add(&mut self, other: Self) {
        self.precision_sum += other.precision_sum;
        self.precision_of += other.precision_of;
        self.recall_sum += other.recall_sum;
        self.recall_of += other.recall_of;
    }
}

fn mean(sum: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| sum as f64 / (of as f64 * WHOLE as f64))
}

impl Budget {
    fn add(&mut self, other: Self) {
        self.twice.add(other.twice);
        self.per_1000.add(other.per_1000);
    }
}

impl AmountErrors {
    /// The median error in yen; the mean of the two in the middle for an even number.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        middle(self.errors.iter().map(|e| e.0 as f64).collect())
    }

    /// The median of error ÷ true amount, over rings whose true amount is not 0.
    #[must_use]
    pub fn median_share(&self) -> Option<f64> {
        middle(self.errors.iter().filter(|e| e.1 > 0).map(|e| e.0 as f64 / e.1 as f64).collect())
    }
}

/// The median of `values`.
pub(crate) fn middle(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    let upper = *values.get(n / 2)?;
    Some(if n % 2 == 1 { upper } else { (values[n / 2 - 1] + upper) / 2.0 })
}

impl Counts {
    /// Adds what was counted elsewhere: as if both had been one world with twice the rings.
    pub fn add(&mut self, other: &Self) {
        self.victims.add(other.victims);
        self.sellers.add(other.sellers);
        self.members.add(other.members);
        self.linked.add(other.linked);
        self.victim_budget.add(other.victim_budget);
        self.seller_budget.add(other.seller_budget);
        self.rings.add(other.rings);
        self.splits += other.splits;
        self.merges += other.merges;
        add_each(&mut self.first_rings, &other.first_rings);
        self.pairs.add(other.pairs);
        self.bcubed.add(other.bcubed);
        if let Some(theirs) = other.infrastructure {
            let mine = self.infrastructure.get_or_insert_default();
            mine.found.add(theirs.found);
            mine.findable.add(theirs.findable);
        }
        self.innocents += other.innocents;
        self.framed += other.framed;
        add_by_name(&mut self.decoys, &other.decoys);
        add_by_name(&mut self.links, &other.links);
        add_each(&mut self.confidence, &other.confidence);
        for (mine, theirs) in self.amounts.iter_mut().zip(&other.amounts) {
            mine.errors.extend(&theirs.errors);
            mine.errors.sort_unstable();
            mine.missing += theirs.missing;
        }
    }
}

fn add_each(mine: &mut [Share], theirs: &[Share]) {
    for (mine, theirs) in mine.iter_mut().zip(theirs) {
        mine.add(*theirs);
    }
}

fn add_by_name(mine: &mut BTreeMap<String, Share>, theirs: &BTreeMap<String, Share>) {
    for (name, share) in theirs {
        mine.entry(name.clone()).or_default().add(*share);
    }
}
