//! What must add up: every act counted once, every part of a pair merged once.

use std::collections::BTreeMap;

use itoguchi_coaction::{Act, Acts};
use sha2::{Digest, Sha256};

use crate::plan::Stretches;

/// A sum of 128-bit digests: it depends on what was added and how often, not on the order.
///
/// Something lost, repeated or changed goes unnoticed with a probability of 2⁻¹²⁸ where that is no one's purpose. Who can
/// write into the exchange can choose what to write: the sum is no signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Check(pub u128);

impl Check {
    /// Of one act.
    #[must_use]
    pub fn of_act(act: &Act) -> Self {
        let Act { object, time, actor, content } = act;
        let mut row = [0; 20];
        row[..4].copy_from_slice(&object.to_le_bytes());
        row[4..12].copy_from_slice(&time.to_le_bytes());
        row[12..16].copy_from_slice(&actor.to_le_bytes());
        row[16..].copy_from_slice(&content.to_le_bytes());
        Self::of_bytes(&row)
    }

    /// Of any bytes.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self::of_digest(Sha256::new().chain_update(bytes))
    }

    fn of_digest(digest: Sha256) -> Self {
        let digest: [u8; 32] = digest.finalize().into();
        let (half, _) = digest.split_first_chunk::<16>().expect("a SHA-256 digest has 32 bytes");
        Self(u128::from_le_bytes(*half))
    }

    /// Adds another one.
    pub fn add(&mut self, other: Self) {
        self.0 = self.0.wrapping_add(other.0);
    }
}

/// What went through one object, or one stretch of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Acts, each in the one stretch it belongs to.
    pub acts: u64,
    /// Their sum.
    pub acts_check: Check,
    /// Acts that the stretch before looked ahead at.
    pub ahead: u64,
    /// Their sum.
    pub ahead_check: Check,
    /// Coincidences found among them.
    pub coincidences: u64,
    /// Parts of pairs that were sent on.
    pub parts: u64,
    /// Their sum.
    pub parts_check: Check,
}

impl Ledger {
    /// Adds another one.
    pub fn add(&mut self, other: &Self) {
        let Self { acts, acts_check, ahead, ahead_check, coincidences, parts, parts_check } = other;
        self.acts += acts;
        self.acts_check.add(*acts_check);
        self.ahead += ahead;
        self.ahead_check.add(*ahead_check);
        self.coincidences += coincidences;
        self.parts += parts;
        self.parts_check.add(*parts_check);
    }

    /// Counts one act in.
    pub fn observe(&mut self, act: &Act) {
        self.acts += 1;
        self.acts_check.add(Check::of_act(act));
    }

    /// Counts in one act of the next stretch.
    pub fn look_ahead(&mut self, act: &Act) {
        self.ahead += 1;
        self.ahead_check.add(Check::of_act(act));
    }
}

/// What must come back of the acts: for every object their number and their sum, and the same of those that are looked
/// ahead at.
///
/// O(n).
#[must_use]
pub fn expected(acts: &Acts, stretches: &Stretches) -> BTreeMap<u32, Ledger> {
    let mut all: BTreeMap<u32, Ledger> = BTreeMap::new();
    for act in acts.iter() {
        let ledger = all.entry(act.object).or_default();
        ledger.observe(&act);
        if stretches.seen_ahead(act.time) {
            ledger.look_ahead(&act);
        }
    }
    all
}

/// What an answer was made of, gathered from its rows.
#[derive(Clone, Debug, Default)]
pub struct Books {
    /// What the stretches said of themselves, by object.
    pub objects: BTreeMap<u32, Ledger>,
    /// Rows of the answer that speak of an object for a second time.
    pub repeated_objects: u64,
    /// Coincidences in the counts of the pairs.
    pub coincidences: u64,
    /// Parts that the pairs were made of.
    pub parts: u64,
    /// Their sum.
    pub parts_check: Check,
    /// Pairs that came twice.
    pub repeated_pairs: u64,
}

/// A law of conservation that an answer violates.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// An act was lost, repeated or changed.
    #[error("of object {object}, {came} acts were counted where {sent} were sent, or other acts than those")]
    Acts {
        /// Its number in the run.
        object: u32,
        /// Acts that were sent.
        sent: u64,
        /// Acts that were counted.
        came: u64,
    },
    /// The same of acts that the stretch before looks ahead at.
    #[error(
        "of object {object}, {came} acts were looked ahead at where {sent} were sent, or other acts than those"
    )]
    Ahead {
        /// Its number in the run.
        object: u32,
        /// Acts that were sent.
        sent: u64,
        /// Acts that were counted.
        came: u64,
    },
    /// A part of a pair was lost, repeated or changed between the two functions.
    #[error("{came} parts of pairs were merged where {sent} were sent, or other parts than those")]
    Parts {
        /// Parts that the first function sent.
        sent: u64,
        /// Parts that the second one merged.
        came: u64,
    },
    /// The counts do not add up.
    #[error("the pairs count {came} coincidences where {sent} were found")]
    Coincidences {
        /// Coincidences that the first function found.
        sent: u64,
        /// Coincidences in the pairs.
        came: u64,
    },
    /// One group came in two pieces.
    #[error("{pairs} pairs and {objects} objects came twice")]
    Repeated {
        /// Pairs that came twice.
        pairs: u64,
        /// Objects that came twice.
        objects: u64,
    },
}

impl Books {
    /// Holds the answer against what was sent.
    ///
    /// # Errors
    /// The first law that is violated.
    pub fn balance(&self, expected: &BTreeMap<u32, Ledger>) -> Result<(), Violation> {
        if self.repeated_pairs + self.repeated_objects > 0 {
            let (pairs, objects) = (self.repeated_pairs, self.repeated_objects);
            return Err(Violation::Repeated { pairs, objects });
        }
        for object in expected.keys().chain(self.objects.keys()) {
            let sent = expected.get(object).copied().unwrap_or_default();
            let came = self.objects.get(object).copied().unwrap_or_default();
            if (sent.acts, sent.acts_check) != (came.acts, came.acts_check) {
                return Err(Violation::Acts { object: *object, sent: sent.acts, came: came.acts });
            }
            if (sent.ahead, sent.ahead_check) != (came.ahead, came.ahead_check) {
                return Err(Violation::Ahead { object: *object, sent: sent.ahead, came: came.ahead });
            }
        }
        let mut sent = Ledger::default();
        self.objects.values().for_each(|ledger| sent.add(ledger));
        if (sent.parts, sent.parts_check) != (self.parts, self.parts_check) {
            return Err(Violation::Parts { sent: sent.parts, came: self.parts });
        }
        if sent.coincidences != self.coincidences {
            return Err(Violation::Coincidences { sent: sent.coincidences, came: self.coincidences });
        }
        Ok(())
    }
}

/// The sum of one part as it is sent.
#[must_use]
pub fn part_check(a: u32, b: u32, part: &[u8]) -> Check {
    let digest = Sha256::new().chain_update(a.to_le_bytes()).chain_update(b.to_le_bytes()).chain_update(part);
    Check::of_digest(digest)
}
