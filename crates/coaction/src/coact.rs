//! Co-action on a plain table of actions, start to end.

use itoguchi_model::Millibits;

use crate::{
    act::Act,
    acts::Acts,
    error::CoactionError,
    legs::Legs,
    linked::{InMemory, JudgedPair, judged_behind_floors},
    occasions::{PairCount, SweepOptions, count},
    participation::{Participation, active_acts},
    promising::Activity,
    surprise::{Null, World, of_pairs},
};

/// What counts as acting together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoactOptions {
    /// Longest time between two acts, in microseconds, inclusive; none for any time.
    pub window_micros: Option<i64>,
    /// Rows that an account must have, and rows in pairs that one account of a pair must have; 0 or 1 for no
    /// such demand.
    pub min_participation: u32,
    /// Pairs with fewer occasions are left out; 0 or 1 for no such demand.
    pub min_occasions: u32,
    /// Pairs that share fewer objects are left out; 0 or 1 for no such demand.
    pub min_objects: u32,
    /// Whether to work out `bits` and `q_value`.
    pub significance: bool,
}

impl CoactOptions {
    pub(crate) fn sweep_options(&self) -> SweepOptions {
        let Self { window_micros, min_occasions, min_objects, .. } = *self;
        SweepOptions { window_micros, min_occasions, min_objects }
    }

    /// Whether pairs with bits may have been left out of the counts.
    pub(crate) fn has_floors(&self) -> bool {
        self.min_occasions.max(self.min_objects) > 1
    }
}

/// Finds all accounts of a table that act on the same object within the window, by (a, b).
///
/// Objects and contents of the acts share one space of ids: an act whose object is a content (a repost of it) is
/// told by equal ids. Window (inclusive), loops (an account with itself, a content with itself, an object that is
/// itself one of the two contents) and `min_participation` mean what they mean in CooRTweet 2.1.3. The null of
/// the significance is learnt from all acts, those of inactive accounts included.
///
/// # Errors
/// [`CoactionError`] for a negative window.
/// # Cost
/// That of [`crate::sweep`], and, if significance is asked for, of [`crate::linked`] with every pair that has any
/// bits.
/// # Determinism
/// Depends on the set of acts alone.
pub fn coact(acts: &Acts, options: &CoactOptions) -> Result<Vec<JudgedPair>, CoactionError> {
    let legs = Legs::within(acts, options.window_micros)?;
    let counts = counts(&legs, options)?;
    if !options.significance {
        return Ok(unjudged(counts));
    }
    judged_within(&legs, counts, options)
}

fn judged_within(
    legs: &Legs,
    counts: Vec<PairCount>,
    options: &CoactOptions,
) -> Result<Vec<JudgedPair>, CoactionError> {
    let keep = |left: u32, right: u32, right_first: bool| {
        let (earlier, later) = legs.acts(left, right, right_first);
        earlier.may_pair(&later) && no_loop(&earlier, &later)
    };
    judged(legs, counts, options, keep)
}

/// [`coact`] across two populations, as buys and sales: left account first in each pair. `min_participation` and
/// contents are not looked at.
///
/// # Errors
/// As [`coact`], and for more acts than 32 bits can number on both sides together.
pub fn coact_between(
    left: &Acts,
    right: &Acts,
    options: &CoactOptions,
) -> Result<Vec<JudgedPair>, CoactionError> {
    let legs = Legs::between(left, right, options.window_micros)?;
    let counts = count(&legs, &options.sweep_options(), |_, _| true);
    if options.significance { judged(&legs, counts, options, |_, _, _| true) } else { Ok(unjudged(counts)) }
}

/// [`coact`] where the pairs were counted elsewhere, with [`no_loop`] and before any floor: floors and significance are
/// applied here. `min_participation` is not looked at.
///
/// # Errors
/// As [`coact`].
/// # Cost
/// That of [`coact`] without the sweep.
/// # Determinism
/// Depends on the set of acts and the counts, sorted by (a, b), alone.
pub fn coact_counted(
    acts: &Acts,
    counts: Vec<PairCount>,
    options: &CoactOptions,
) -> Result<Vec<JudgedPair>, CoactionError> {
    let floors = options.sweep_options();
    let counts: Vec<PairCount> = counts.into_iter().filter(|pair| floors.accepts(pair)).collect();
    if !options.significance {
        return Ok(unjudged(counts));
    }
    let legs = Legs::within(acts, options.window_micros)?;
    judged_within(&legs, counts, options)
}

/// Whether neither act is of a content that is its own object, as a repost of itself.
#[must_use]
pub fn no_loop(x: &Act, y: &Act) -> bool {
    x.object != x.content && y.object != y.content
}

/// The pairs that take part often enough.
fn counts(legs: &Legs, options: &CoactOptions) -> Result<Vec<PairCount>, CoactionError> {
    let sweep_options = options.sweep_options();
    if options.min_participation <= 1 {
        return Ok(count(legs, &sweep_options, no_loop));
    }
    let active = active_acts(legs.left, options.min_participation);
    let active = Legs::within(&active, options.window_micros)?;
    let part = Participation::of(&active, options.min_participation, no_loop);
    Ok(count(&active, &sweep_options, |x, y| no_loop(x, y) && (part.passes(x) || part.passes(y))))
}

fn unjudged(counts: Vec<PairCount>) -> Vec<JudgedPair> {
    counts.into_iter().map(JudgedPair::unjudged).collect()
}

/// Bits and q-values of counted pairs. Floors that the counts were put through do not change either.
fn judged(
    legs: &Legs,
    counts: Vec<PairCount>,
    options: &CoactOptions,
    keep: impl Fn(u32, u32, bool) -> bool + Sync,
) -> Result<Vec<JudgedPair>, CoactionError> {
    let world = World::of(legs);
    let null = Null::new(&world, legs);
    let pairs: Vec<(u32, u32)> = counts.iter().map(|c| (c.a, c.b)).collect();
    let surprises = of_pairs(&null, legs, &pairs, keep);
    let bits: Vec<Millibits> = surprises.iter().map(|s| s.bits).collect();
    let population = InMemory { legs, null: &null, activity: Activity::new(legs) };
    let verdicts = judged_behind_floors(&population, &bits, options.has_floors())?;
    let pairs = counts.into_iter().zip(surprises).zip(verdicts);
    Ok(pairs.map(|((count, surprise), verdict)| verdict.of(count, surprise)).collect())
}
