//! The mergeable summary of co-action: fold rows anywhere, merge in any order, and get the answer of one sweep.
//!
//! Whether two coincidences belong to one occasion depends on the coincidences between them, which another
//! partition may hold. So the state keeps, for every pair, the earlier legs themselves; sums are integers and
//! the legs a set, hence merging is associative and commutative to the bit.

use std::{collections::BTreeMap, ops::Range};

use crate::{
    act::Act,
    error::CoactionError,
    legs::{Legs, Within, horizon, pair_of, window_ends},
    occasions::{PairCount, check},
};

/// The state of one pair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PairState {
    /// Coincidences seen.
    pub acts: u64,
    /// Sum of the time between their legs, in microseconds.
    pub delta_sum: i128,
    /// Object and time of their earlier legs, ascending, each once.
    pub legs: Vec<(u32, i64)>,
}

impl PairState {
    /// Adds one coincidence by the object and time of its earlier leg and the time to the later one.
    pub fn observe(&mut self, object: u32, earlier: i64, delta: i128) {
        self.acts += 1;
        self.delta_sum += delta;
        let leg = (object, earlier);
        // legs come in order from a sorted chunk, so this is nearly always an append
        match self.legs.last() {
            Some(last) if *last == leg => {}
            Some(last) if *last > leg => {
                if let Err(place) = self.legs.binary_search(&leg) {
                    self.legs.insert(place, leg);
                }
            }
            _ => self.legs.push(leg),
        }
    }

    /// Adds what another state has seen.
    pub fn merge(&mut self, other: &Self) {
        self.acts += other.acts;
        self.delta_sum += other.delta_sum;
        self.legs.extend_from_slice(&other.legs);
        self.legs.sort_unstable();
        self.legs.dedup();
    }

    /// The count that one sweep over everything would have given; the state stays as it is.
    #[must_use]
    pub fn finish(&self, a: u32, b: u32, window_micros: Option<i64>) -> PairCount {
        let (mut occasions, mut objects) = (0, 0);
        for on_object in self.legs.chunk_by(|x, y| x.0 == y.0) {
            objects += 1;
            let mut reach = None;
            for (_, time) in on_object {
                if reach.is_none_or(|r| *time > r) {
                    reach = Some(horizon(*time, window_micros));
                    occasions += 1;
                }
            }
        }
        PairCount { a, b, acts: self.acts, occasions, objects, delta_sum: self.delta_sum }
    }
}

/// The states of all pairs seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PairSummary {
    states: BTreeMap<(u32, u32), PairState>,
}

impl PairSummary {
    /// Adds the coincidences whose earlier leg is one of the acts in `own`. `acts` must be sorted and hold, after
    /// `own`, every act within the window of it on the same object: that is the overlap of two neighbouring
    /// partitions, and gives every coincidence to exactly one of them.
    ///
    /// # Errors
    /// As [`crate::sweep`].
    pub fn observe(
        &mut self,
        acts: &[Act],
        own: Range<usize>,
        window_micros: Option<i64>,
    ) -> Result<(), CoactionError> {
        check(acts, window_micros)?;
        let legs = Within { acts, ends: window_ends(acts, window_micros), keep: |_: &Act, _: &Act| true };
        for earlier in own.start..own.end.min(acts.len()) {
            let first = &acts[earlier];
            legs.each(earlier as u32, |key, later| {
                let delta = i128::from(acts[later as usize].time) - i128::from(first.time);
                self.states.entry(pair_of(key)).or_default().observe(first.object, first.time, delta);
            });
        }
        Ok(())
    }

    /// Adds what another summary has seen.
    pub fn merge(&mut self, other: &Self) {
        for (pair, state) in &other.states {
            self.states.entry(*pair).or_default().merge(state);
        }
    }

    /// The states by pair, for a runner that ships them.
    pub fn states(&self) -> impl Iterator<Item = ((u32, u32), &PairState)> {
        self.states.iter().map(|(pair, state)| (*pair, state))
    }

    /// The counts by (a, b): those of [`crate::sweep`] over all acts. May be called more than once.
    #[must_use]
    pub fn finish(&self, window_micros: Option<i64>) -> Vec<PairCount> {
        self.states().map(|((a, b), state)| state.finish(a, b, window_micros)).collect()
    }
}
