//! The mergeable summary of co-action: fold rows anywhere, merge in any order, and get the answer of one sweep.
//!
//! Whether two coincidences belong to one occasion depends on the coincidences between them, which another
//! partition may hold. So the state keeps, for every pair, the earlier legs themselves; sums are integers and
//! the legs a set, hence merging is associative and commutative to the bit.

use std::{collections::BTreeMap, ops::Range};

use crate::{
    act::Act,
    acts::Acts,
    error::CoactionError,
    legs::{check_window, horizon},
    occasions::PairCount,
};

/// The state of one pair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PairState {
    /// Coincidences seen.
    pub acts: u64,
    /// Sum of the time between their legs, in microseconds.
    pub delta_sum: i128,
    /// Their earlier legs, by object and time, each once.
    pub legs: Vec<EarlierLeg>,
}

/// All coincidences of a pair that begin on one object at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EarlierLeg {
    /// The object.
    pub object: u32,
    /// The time of the earlier acts, in microseconds since 1970-01-01 UTC.
    pub time: i64,
    /// Whether a, and whether b, came strictly first in all of them.
    pub led: [bool; 2],
}

impl EarlierLeg {
    fn key(&self) -> (u32, i64) {
        (self.object, self.time)
    }

    fn merge(&mut self, other: &Self) {
        self.led = [self.led[0] && other.led[0], self.led[1] && other.led[1]];
    }
}

impl PairState {
    /// Adds one coincidence by its earlier leg and the time to the later one.
    pub fn observe(&mut self, leg: EarlierLeg, delta: i128) {
        self.acts += 1;
        self.delta_sum += delta;
        // legs come in order from a sorted chunk, so this is nearly always the last one or an append
        match self.legs.binary_search_by_key(&leg.key(), EarlierLeg::key) {
            Ok(place) => self.legs[place].merge(&leg),
            Err(place) => self.legs.insert(place, leg),
        }
    }

    /// Adds what another state has seen.
    pub fn merge(&mut self, other: &Self) {
        self.acts += other.acts;
        self.delta_sum += other.delta_sum;
        self.legs.extend_from_slice(&other.legs);
        self.legs.sort_by_key(EarlierLeg::key);
        self.legs.dedup_by(|next, kept| {
            let same = next.key() == kept.key();
            if same {
                kept.merge(next);
            }
            same
        });
    }

    /// The count that one sweep over everything would have given; the state stays as it is.
    #[must_use]
    pub fn finish(&self, a: u32, b: u32, window_micros: Option<i64>) -> PairCount {
        let mut count =
            PairCount { a, b, acts: self.acts, delta_sum: self.delta_sum, ..PairCount::default() };
        for on_object in self.legs.chunk_by(|x, y| x.object == y.object) {
            count.objects += 1;
            let mut rest = on_object;
            while let Some(first) = rest.first() {
                let reach = horizon(first.time, window_micros);
                let (occasion, others) = rest.split_at(rest.partition_point(|leg| leg.time <= reach));
                count.occasions += 1;
                count.a_led += u32::from(occasion.iter().all(|leg| leg.led[0]));
                count.b_led += u32::from(occasion.iter().all(|leg| leg.led[1]));
                rest = others;
            }
        }
        count
    }
}

/// The states of all pairs seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PairSummary {
    states: BTreeMap<(u32, u32), PairState>,
}

impl PairSummary {
    /// Adds the coincidences whose earlier leg is one of the acts in `own`. `acts` must hold, after `own`, every
    /// act within the window of it on the same object: that is the overlap of two neighbouring partitions, and
    /// gives every coincidence to exactly one of them.
    ///
    /// # Errors
    /// As [`crate::sweep`].
    pub fn observe(
        &mut self,
        acts: &Acts,
        own: Range<usize>,
        window_micros: Option<i64>,
    ) -> Result<(), CoactionError> {
        self.observe_where(acts, own, window_micros, |_, _| true)
    }

    /// [`Self::observe`] of the coincidences that `keep` accepts; it is given the earlier and the later act.
    ///
    /// # Errors
    /// As [`Self::observe`].
    pub fn observe_where(
        &mut self,
        acts: &Acts,
        own: Range<usize>,
        window_micros: Option<i64>,
        keep: impl Fn(&Act, &Act) -> bool,
    ) -> Result<(), CoactionError> {
        check_window(window_micros)?;
        for position in own.start..own.end.min(acts.len()) {
            let earlier = acts.get(position);
            let last = (earlier.object, horizon(earlier.time, window_micros));
            let later = (position + 1..acts.len()).map(|i| acts.get(i));
            let wanted = |later: &Act| earlier.may_pair(later) && keep(&earlier, later);
            for later in later.take_while(|l| (l.object, l.time) <= last).filter(wanted) {
                let (a, b) = (earlier.actor.min(later.actor), earlier.actor.max(later.actor));
                let strictly = earlier.time < later.time;
                let led = [strictly && earlier.actor == a, strictly && earlier.actor == b];
                let leg = EarlierLeg { object: earlier.object, time: earlier.time, led };
                let delta = i128::from(later.time) - i128::from(earlier.time);
                self.states.entry((a, b)).or_default().observe(leg, delta);
            }
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
