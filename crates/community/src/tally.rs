//! Weights from one node to the labels around it.

/// A table from labels to sums of weights that is as small as the node's degree asks for, so that it stays in the
/// nearest cache whatever the size of the graph.
///
/// Labels are found in the order in which they were first added.
#[derive(Default)]
pub(crate) struct Tally {
    /// A label and its sum at the place that the label hashes to or after it; [`FREE`] where there is none.
    slots: Vec<(u32, u64)>,
    /// The used slots, in the order of their first use; behind them, room.
    used: Vec<u32>,
    /// How many are used.
    count: usize,
    shift: u32,
}

/// No label: nodes are fewer than this.
const FREE: u32 = u32::MAX;

/// 2³² over the golden ratio, to whole odd: neighbouring labels fall far apart.
const SPREAD: u32 = 0x9e37_79b1;

impl Tally {
    /// Empties the table, for at most `most` labels.
    #[inline]
    pub fn clear(&mut self, most: usize) {
        for slot in &self.used[..self.count] {
            self.slots[*slot as usize].0 = FREE;
        }
        self.count = 0;
        // labels have 32 bits, so there are never more than this
        let bits = (usize::BITS - (most * 2 + 1).leading_zeros()).min(u32::BITS);
        self.shift = u32::BITS - bits;
        if self.slots.len() < 1 << bits {
            self.slots.resize(1 << bits, (FREE, 0));
            self.used.resize(1 << bits, 0);
        }
    }

    /// Adds to the sum of a label. Whether it is a new one is computed, not branched on: it cannot be foreseen.
    #[inline]
    pub fn add(&mut self, label: u32, weight: u64) {
        let slot = self.slot(label);
        let (held, sum) = self.slots[slot];
        let fresh = held == FREE;
        self.slots[slot] = (label, weight + if fresh { 0 } else { sum });
        self.used[self.count] = slot as u32;
        self.count += usize::from(fresh);
    }

    /// The sum of a label; nought where it was not added.
    #[inline]
    pub fn weight(&self, label: u32) -> u64 {
        let (held, sum) = self.slots[self.slot(label)];
        if held == FREE { 0 } else { sum }
    }

    /// Labels with their sums, in the order in which they were first added.
    #[inline]
    pub fn found(&self) -> impl ExactSizeIterator<Item = (u32, u64)> + '_ {
        self.used[..self.count].iter().map(|slot| self.slots[*slot as usize])
    }

    /// Where a label is, or where it would be.
    #[inline]
    fn slot(&self, label: u32) -> usize {
        let mask = (1_usize << (u32::BITS - self.shift)) - 1;
        let mut slot = (label.wrapping_mul(SPREAD) >> self.shift) as usize;
        while self.slots[slot & mask].0 != label && self.slots[slot & mask].0 != FREE {
            slot += 1;
        }
        slot & mask
    }
}
