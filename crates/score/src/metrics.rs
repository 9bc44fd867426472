//! Counts to ratios, each with a fixed name.

use crate::counts::{BCubed, CONFIDENCE_BINS, CONFIDENT, Counts, Overlap, Share};

/// A metric: its name, what it says in a few words, and how it follows from the counts.
#[derive(Clone, Copy)]
pub struct Metric {
    /// The name that scripts use.
    pub name: &'static str,
    /// What it says.
    pub meaning: &'static str,
    of: fn(&Counts) -> Option<f64>,
}

impl Metric {
    /// Its value; `None` where its denominator is 0.
    #[must_use]
    pub fn value(&self, counts: &Counts) -> Option<f64> {
        (self.of)(counts)
    }
}

const fn metric(name: &'static str, meaning: &'static str, of: fn(&Counts) -> Option<f64>) -> Metric {
    Metric { name, meaning, of }
}

/// Every metric, in the order in which they are listed.
pub const METRICS: &[Metric] = &[
    metric("victim_precision", "accounts named as victims that are", |c| c.victims.precision()),
    metric("victim_recall", "victims that are named as such", |c| c.victims.recall()),
    metric("victim_f1", "harmonic mean of both", |c| c.victims.f1()),
    metric("seller_precision", "accounts named as sellers that are", |c| c.sellers.precision()),
    metric("seller_recall", "sellers that are named as such", |c| c.sellers.recall()),
    metric("seller_f1", "harmonic mean of both", |c| c.sellers.f1()),
    metric("member_precision", "members, in whatever role, of a planted ring", |c| c.members.precision()),
    metric("member_recall", "planted members that are in a ring, in whatever role", |c| c.members.recall()),
    metric("member_f1", "harmonic mean of both", |c| c.members.f1()),
    metric("linked_precision", "members without a role that are in a planted ring", |c| c.linked.ratio()),
    metric("victim_recall_at_2x", "victims among the first 2 x planted members of the review list", |c| {
        c.victim_budget.twice.ratio()
    }),
    metric("victim_recall_at_1_per_1000", "victims among its first accounts, 1 for each 1,000", |c| {
        c.victim_budget.per_1000.ratio()
    }),
    metric("seller_recall_at_2x", "sellers among the first 2 x planted members of the review list", |c| {
        c.seller_budget.twice.ratio()
    }),
    metric("seller_recall_at_1_per_1000", "sellers among its first accounts, 1 for each 1,000", |c| {
        c.seller_budget.per_1000.ratio()
    }),
    metric("rings", "rings that are listed", |c| Some(c.rings.found as f64)),
    metric("ring_precision", "rings that match a planted one (Jaccard 0.5 or more)", |c| c.rings.precision()),
    metric("ring_recall", "planted rings that are matched", |c| c.rings.recall()),
    metric("ring_f1", "harmonic mean of both", |c| c.rings.f1()),
    metric("ring_precision_at_1", "first ring of the list that matches", |c| c.first_rings[0].ratio()),
    metric("ring_precision_at_5", "first 5 rings that match", |c| c.first_rings[1].ratio()),
    metric("ring_precision_at_10", "first 10 rings that match", |c| c.first_rings[2].ratio()),
    metric("splits", "pieces of planted rings beyond the first", |c| Some(c.splits as f64)),
    metric("merges", "planted rings inside one ring beyond the first", |c| Some(c.merges as f64)),
    metric("pair_precision", "pairs in one ring that are in one planted ring", |c| c.pairs.precision()),
    metric("pair_recall", "pairs in one planted ring that are in one ring", |c| c.pairs.recall()),
    metric("pair_f1", "harmonic mean of both", |c| c.pairs.f1()),
    metric("bcubed_precision", "mean share of right companions of a member", |c| c.bcubed.precision()),
    metric("bcubed_recall", "mean share of companions found of a planted member", |c| c.bcubed.recall()),
    metric("bcubed_f1", "harmonic mean of both", |c| c.bcubed.f1()),
    metric("infra_precision", "addresses and devices listed that a planted ring used", |c| {
        c.infrastructure.and_then(|i| i.found.ratio())
    }),
    metric("infra_recall", "of those used for two accounts or more, the share listed", |c| {
        c.infrastructure.and_then(|i| i.findable.ratio())
    }),
    metric("innocents", "accounts in rings that are in no planted ring", |c| Some(c.innocents as f64)),
    metric("innocents_per_ring", "the same for each ring listed", innocents_per_ring),
    metric("framed", "of those, accounts pulled in by an address", |c| Some(c.framed as f64)),
    metric("link_precision", "links with q of 0.05 or less inside one planted ring", |c| {
        sum(c.links.values()).ratio()
    }),
    metric("confident_precision", "members with confidence of 0.9 or more that are right", |c| {
        let confident = CONFIDENCE_BINS.iter().zip(&c.confidence).filter(|(low, _)| **low >= CONFIDENT);
        sum(confident.map(|(_, share)| share)).ratio()
    }),
    metric("forced_sales_error_jpy", "median error per matched ring", |c| c.amounts[0].median()),
    metric("forced_sales_error", "the same as a share of the true amount", |c| c.amounts[0].median_share()),
    metric("fraudulent_buys_error_jpy", "median error per matched ring", |c| c.amounts[1].median()),
    metric("fraudulent_buys_error", "the same as a share of the true amount", |c| {
        c.amounts[1].median_share()
    }),
    metric("estimated_loss_error_jpy", "median error per matched ring", |c| c.amounts[2].median()),
    metric("estimated_loss_error", "the same as a share of the true amount", |c| c.amounts[2].median_share()),
    metric("seller_proceeds_error_jpy", "median error per matched ring", |c| c.amounts[3].median()),
    metric("seller_proceeds_error", "the same as a share of the true amount", |c| {
        c.amounts[3].median_share()
    }),
    metric("seller_profit_error_jpy", "median error per matched ring", |c| c.amounts[4].median()),
    metric("seller_profit_error", "the same as a share of the true amount", |c| c.amounts[4].median_share()),
];

/// With no ring nobody was pulled in, so that is 0 and not undefined.
fn innocents_per_ring(counts: &Counts) -> Option<f64> {
    Some(counts.innocents as f64 / counts.rings.found.max(1) as f64)
}

fn sum<'a>(shares: impl Iterator<Item = &'a Share>) -> Share {
    shares.fold(Share::default(), |a, b| Share { right: a.right + b.right, of: a.of + b.of })
}

/// The metric of that name.
#[must_use]
pub fn find_metric(name: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|m| m.name == name)
}

/// The value of metric `name`; `None` where it is undefined or there is no such metric.
#[must_use]
pub fn value(counts: &Counts, name: &str) -> Option<f64> {
    find_metric(name)?.value(counts)
}

/// The three numbers of an overlap and its ratios, for tables.
pub(crate) fn ratios(overlap: Overlap) -> [Option<f64>; 3] {
    [overlap.precision(), overlap.recall(), overlap.f1()]
}

/// The same for B-cubed.
pub(crate) fn bcubed_ratios(bcubed: BCubed) -> [Option<f64>; 3] {
    [bcubed.precision(), bcubed.recall(), bcubed.f1()]
}
