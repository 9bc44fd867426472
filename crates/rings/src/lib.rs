//! From linked occasions to rings: who belongs, in what role, held by which families of evidence, for how much
//! money, and why.
//!
//! - [`objects`]: what accounts have in common, and which of it holds up under the [`group`] test;
//! - [`form`]: communities of odd occasions to rings, with each member's evidence;
//! - [`roles`]: suspected seller accounts;
//! - [`candidates`]: who fell short, and what is missing to decide;
//! - [`amounts`]: the four amounts, in fixed point;
//! - [`explain`]: statements, weakest point, innocent explanations;
//! - [`rows`]: the rows of the result tables.

mod acts;
pub mod amounts;
pub mod candidates;
mod days;
pub mod explain;
pub mod form;
pub mod group;
mod indicators;
pub mod objects;
pub mod roles;
pub mod rows;
mod seller_rows;

use itoguchi_model::{AccountId, Millibits, tables::Case};
use itoguchi_signals::{
    market::Market,
    occasions::Occasion,
    sellers::Sale,
    surprise::{Events, Mark},
};

use objects::{Shared, Validated};

/// What it takes to name a ring. All in thousandths of a bit unless said otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// An occasion this odd may be linked to others.
    pub mark_bits: Millibits,
    /// What an object's group test must reach, net of the number of objects tested.
    pub group_bits: Millibits,
    /// The same without its strongest actor.
    pub group_bits_without: Millibits,
    /// What a member must reach, net of the prior.
    pub member_bits: Millibits,
    /// The same where it rests on one source: addresses alone tie it to the others, or only its fills speak.
    pub member_bits_one_source: Millibits,
    /// What a suspected seller account must reach, net of the prior.
    pub seller_bits: Millibits,
    /// What a ring must reach, net of the prior.
    pub ring_bits: Millibits,
    /// The same without its strongest member.
    pub ring_bits_without: Millibits,
    /// Fewest accounts of a ring.
    pub members: usize,
    /// How long after the victims' last purchase a sale still is inside the burst, in microseconds.
    pub burst_tail: i64,
    /// What a report that names an account as a victim is worth.
    pub report_bits: Millibits,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mark_bits: Millibits(3_000),
            group_bits: Millibits(3_000),
            group_bits_without: Millibits(0),
            member_bits: Millibits(5_000),
            member_bits_one_source: Millibits(8_000),
            seller_bits: Millibits(0),
            ring_bits: Millibits(6_000),
            ring_bits_without: Millibits(2_000),
            members: 3,
            burst_tail: 30 * itoguchi_model::time::MINUTE,
            report_bits: Millibits(10_000),
        }
    }
}

/// Everything that is known when rings are formed.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The rows.
    pub case: &'a Case,
    /// Prices, volumes, rates.
    pub market: Market<'a>,
    /// Every occasion.
    pub occasions: &'a [Occasion],
    /// How odd each is; in the order of `occasions`.
    pub marks: &'a [Mark],
    /// What reports add to each; in the order of `occasions`. Already part of `marks`.
    pub reported: &'a [Millibits],
    /// Which occasions bought which name on which day.
    pub events: &'a Events,
    /// What accounts have in common.
    pub objects: &'a [Shared],
    /// Of that, what holds up under the group test.
    pub validated: &'a [Validated],
    /// Pairs of odd occasions that share an object.
    pub pairs: &'a [ObjectPair],
    /// Every account's sales by name and day.
    pub sales: &'a [Sale],
    /// What it takes.
    pub settings: &'a Settings,
}

/// Two odd occasions of different accounts that share an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectPair {
    /// The smaller occasion index.
    pub a: u32,
    /// The larger occasion index.
    pub b: u32,
    /// Index into the list of shared objects.
    pub object: u32,
    /// What sharing it is worth.
    pub bits: Millibits,
    /// Distinct windows.
    pub occasions: u32,
    /// Pairs of acts.
    pub acts: u32,
}

impl Context<'_> {
    /// log2 of the number of accounts: what must be overcome before an account is named.
    #[must_use]
    pub fn prior(&self) -> Millibits {
        prior(self.case)
    }

    /// Whether an occasion is odd enough to be linked to others.
    #[must_use]
    pub fn is_marked(&self, occasion: usize) -> bool {
        is_marked(&self.marks[occasion], self.settings)
    }

    /// Whose occasion it is.
    #[must_use]
    pub fn account(&self, occasion: u32) -> AccountId {
        self.occasions[occasion as usize].account
    }
}

/// log2 of the number of accounts of the case.
#[must_use]
pub fn prior(case: &Case) -> Millibits {
    Millibits::log2(case.names.accounts.len().max(1) as f64)
}

/// Whether an occasion is odd enough to be linked to others: odd access *and* odd trading, or odd trading alone
/// where the account's logins are not in the data.
#[must_use]
pub fn is_marked(mark: &Mark, settings: &Settings) -> bool {
    (mark.both || mark.access_unseen) && mark.bits >= settings.mark_bits
}
