//! Which acts can coincide with which: the reach of every earlier leg.
//!
//! A coincidence has an earlier and a later leg, in the order of the sorted acts. Every coincidence is found
//! from its earlier leg, so cutting the earlier legs into ranges cuts the work without counting twice, however
//! big one object is.

use crate::act::Act;

/// A source of coincidences, found from their earlier legs.
pub(crate) trait Legs: Sync {
    /// All acts, in order; legs are positions in it.
    fn acts(&self) -> &[Act];

    /// How many later legs [`Self::each`] looks at for this earlier one: the cost of the leg.
    fn reach(&self, earlier: u32) -> u64;

    /// Calls `found` with the pair's key and the later leg, for every coincidence of this earlier leg, later
    /// legs ascending.
    fn each(&self, earlier: u32, found: impl FnMut(u64, u32));
}

/// The key under which a pair is counted; keys sort as pairs do.
#[inline]
pub(crate) fn key(a: u32, b: u32) -> u64 {
    u64::from(a) << 32 | u64::from(b)
}

/// The pair of a [`key`].
#[inline]
pub(crate) fn pair_of(key: u64) -> (u32, u32) {
    ((key >> 32) as u32, key as u32)
}

/// The last instant within `window` of `time`; none means the end of time.
#[inline]
pub(crate) fn horizon(time: i64, window: Option<i64>) -> i64 {
    window.map_or(i64::MAX, |w| time.saturating_add(w))
}

/// For every act, the position after the last act on its object within the window after it.
///
/// # Cost
/// O(n): both ends only move forward.
pub(crate) fn window_ends(acts: &[Act], window: Option<i64>) -> Vec<u32> {
    let mut end = 0;
    acts.iter()
        .map(|act| {
            let last = horizon(act.time, window);
            while end < acts.len() && (acts[end].object, acts[end].time) <= (act.object, last) {
                end += 1;
            }
            end as u32
        })
        .collect()
}

/// Coincidences within one population: unordered pairs, the smaller id first.
pub(crate) struct Within<'a, K> {
    pub acts: &'a [Act],
    pub ends: Vec<u32>,
    pub keep: K,
}

impl<K: Fn(&Act, &Act) -> bool + Sync> Legs for Within<'_, K> {
    fn acts(&self) -> &[Act] {
        self.acts
    }

    fn reach(&self, earlier: u32) -> u64 {
        u64::from(self.ends[earlier as usize] - earlier - 1)
    }

    #[inline]
    fn each(&self, earlier: u32, mut found: impl FnMut(u64, u32)) {
        let first = &self.acts[earlier as usize];
        let range = earlier as usize + 1..self.ends[earlier as usize] as usize;
        for (later, second) in (earlier + 1..).zip(&self.acts[range]) {
            if first.may_pair(second) && (self.keep)(first, second) {
                found(key(first.actor.min(second.actor), first.actor.max(second.actor)), later);
            }
        }
    }
}
