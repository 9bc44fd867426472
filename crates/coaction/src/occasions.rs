//! Sort, sweep, count: how often every pair of accounts acted together.

use crate::{
    act::Act,
    acts::Acts,
    error::CoactionError,
    legs::{Legs, OwnActs, horizon},
    partners::{Wanted, each_pair},
};

/// How often two accounts acted on one object within the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PairCount {
    /// One account: the smaller id in [`sweep`], the left one in [`sweep_between`].
    pub a: u32,
    /// The other account.
    pub b: u32,
    /// Coincidences: pairs of acts, one of each account.
    pub acts: u64,
    /// Distinct objects and windows in which they coincided (see [`sweep`]).
    pub occasions: u32,
    /// Distinct objects on which they coincided.
    pub objects: u32,
    /// Sum over the coincidences of the time between the two acts, in microseconds.
    pub delta_sum: i128,
    /// Occasions in all of whose coincidences the act of `a` came strictly first.
    pub a_led: u32,
    /// Occasions in all of whose coincidences the act of `b` came strictly first.
    pub b_led: u32,
}

/// What counts as together, and which pairs to give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepOptions {
    /// Longest time between two acts that coincide, in microseconds, inclusive. `None`: the whole object is one
    /// window, for objects on which time does not matter, as devices.
    pub window_micros: Option<i64>,
    /// Pairs with fewer occasions are left out of the answer. 1 keeps all. On trades almost every pair has one
    /// occasion, so 2 shrinks the answer, and the work, by two orders of magnitude.
    pub min_occasions: u32,
    /// Pairs that coincided on fewer distinct objects are left out too.
    pub min_objects: u32,
}

impl SweepOptions {
    /// All pairs within `window_micros`.
    #[must_use]
    pub fn within(window_micros: Option<i64>) -> Self {
        Self { window_micros, min_occasions: 1, min_objects: 1 }
    }

    fn wanted(&self) -> Wanted {
        if self.min_occasions.max(self.min_objects) > 1 { Wanted::Twice } else { Wanted::Any }
    }

    pub(crate) fn accepts(&self, pair: &PairCount) -> bool {
        pair.occasions >= self.min_occasions.max(1) && pair.objects >= self.min_objects
    }
}

/// Counts, for every pair of accounts, the acts on one object within the window of each other.
///
/// All pairs of acts on an object at most the window apart count, except an account with itself and a content
/// with itself; no object is too popular to be looked at. The answer is sorted by (a, b), a < b.
///
/// Occasions are counted greedily: on one object, a pair's coincidences in the order of their earlier legs; a
/// new occasion starts when an earlier leg lies more than one window after the first earlier leg of the current
/// one. A hundred fills in one minute are thus one occasion.
///
/// # Errors
/// [`CoactionError`] for a negative window.
/// # Cost
/// O(n + k log k) for k coincidences (those of one account are sorted at a time); k reaches n² when everything falls
/// into one window. Memory: 16 bytes for each act, 8 for each coincidence of the account in hand on each thread, and
/// the answer.
/// # Determinism
/// Depends on the set of acts alone.
pub fn sweep(acts: &Acts, options: &SweepOptions) -> Result<Vec<PairCount>, CoactionError> {
    sweep_where(acts, options, |_, _| true)
}

/// [`sweep`] over the coincidences that `keep` accepts; it is given the earlier and the later act.
///
/// # Errors
/// As [`sweep`].
pub fn sweep_where(
    acts: &Acts,
    options: &SweepOptions,
    keep: impl Fn(&Act, &Act) -> bool + Sync,
) -> Result<Vec<PairCount>, CoactionError> {
    Ok(count(&Legs::within(acts, options.window_micros)?, options, keep))
}

/// Counts, for every pair of a left and a right account, their acts on one object within the window of each
/// other, whichever came first: the buyers of a name against its sellers.
///
/// Both sides share their ids of objects and accounts. `a` of the answer is the left account and `b` the right
/// one, so (1, 2) and (2, 1) are different pairs; an account is never paired with itself. Coincidences and
/// occasions mean what they mean in [`sweep`]. The answer is sorted by (a, b).
///
/// # Errors
/// [`CoactionError`] for a negative window, or more acts than 32 bits can number on both sides together.
/// # Cost
/// As [`sweep`]; acts of one side are not compared with one another, so a small left side makes it cheap.
pub fn sweep_between(
    left: &Acts,
    right: &Acts,
    options: &SweepOptions,
) -> Result<Vec<PairCount>, CoactionError> {
    Ok(count(&Legs::between(left, right, options.window_micros)?, options, |_, _| true))
}

/// Counts all coincidences of `legs`.
pub(crate) fn count(
    legs: &Legs,
    options: &SweepOptions,
    keep: impl Fn(&Act, &Act) -> bool + Sync,
) -> Vec<PairCount> {
    each_pair(legs, 0..legs.by_left.len(), options.wanted(), |a, x, b, y| {
        let count = tally(legs, (a, x), (b, y), &keep);
        options.accepts(&count).then_some(count)
    })
}

/// Counts one pair.
pub(crate) fn count_pair(legs: &Legs, a: u32, b: u32) -> PairCount {
    tally(legs, (a, &OwnActs::of(legs, legs.by_left.of(a))), (b, legs.by_right().of(b)), |_, _| true)
}

fn tally(
    legs: &Legs,
    (a, x): (u32, &OwnActs),
    (b, y): (u32, &[u32]),
    keep: impl Fn(&Act, &Act) -> bool,
) -> PairCount {
    let mut tally = Tally::new(a, b, legs.window);
    legs.coincidences(x, y, |left, right, right_first| {
        let (earlier, later) = legs.acts(left, right, right_first);
        if earlier.may_pair(&later) && keep(&earlier, &later) {
            tally.add(&earlier, &later);
        }
    });
    tally.finish()
}

/// The count of one pair, given its coincidences in the order of their earlier legs.
struct Tally {
    count: PairCount,
    window: Option<i64>,
    /// Object and first earlier leg of the current occasion.
    occasion: Option<(u32, i64)>,
    /// Whether a, and whether b, came first in all of its coincidences.
    led: [bool; 2],
}

impl Tally {
    fn new(a: u32, b: u32, window: Option<i64>) -> Self {
        let count = PairCount { a, b, ..PairCount::default() };
        Self { count, window, occasion: None, led: [false; 2] }
    }

    fn add(&mut self, earlier: &Act, later: &Act) {
        self.count.acts += 1;
        self.count.delta_sum += i128::from(later.time) - i128::from(earlier.time);
        let (same_object, same_occasion) = match self.occasion {
            Some((object, start)) if object == earlier.object => {
                (true, earlier.time <= horizon(start, self.window))
            }
            _ => (false, false),
        };
        if !same_occasion {
            self.close();
            self.occasion = Some((earlier.object, earlier.time));
            self.count.occasions += 1;
            self.led = [true; 2];
        }
        let strictly = earlier.time < later.time;
        self.led[0] &= strictly && earlier.actor == self.count.a;
        self.led[1] &= strictly && earlier.actor == self.count.b;
        if !same_object {
            self.count.objects += 1;
        }
    }

    fn close(&mut self) {
        self.count.a_led += u32::from(self.led[0]);
        self.count.b_led += u32::from(self.led[1]);
        self.led = [false; 2];
    }

    fn finish(mut self) -> PairCount {
        self.close();
        self.count
    }
}
