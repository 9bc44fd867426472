//! The acts behind a pair: what an investigator is shown.

use rayon::prelude::*;

use crate::{
    act::Act,
    acts::Acts,
    error::CoactionError,
    legs::{Legs, OwnActs},
};

/// Two acts on one object within the window of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Coincidence {
    /// One account, as in [`crate::PairCount`].
    pub a: u32,
    /// The other.
    pub b: u32,
    /// The earlier act.
    pub earlier: Act,
    /// The later act.
    pub later: Act,
}

/// Every coincidence of the pairs named, smaller account first in each; sorted by pair, object and time.
///
/// The acts' contents lead back to the rows they came from.
///
/// # Errors
/// [`CoactionError::NegativeWindow`].
/// # Cost
/// O(n), and 56 bytes for each coincidence.
pub fn trace(
    acts: &Acts,
    window_micros: Option<i64>,
    pairs: &[(u32, u32)],
) -> Result<Vec<Coincidence>, CoactionError> {
    Ok(listed(&Legs::within(acts, window_micros)?, pairs))
}

/// [`trace`] across two populations: left account first in each pair.
///
/// # Errors
/// As [`crate::sweep_between`].
pub fn trace_between(
    left: &Acts,
    right: &Acts,
    window_micros: Option<i64>,
    pairs: &[(u32, u32)],
) -> Result<Vec<Coincidence>, CoactionError> {
    Ok(listed(&Legs::between(left, right, window_micros)?, pairs))
}

fn listed(legs: &Legs, pairs: &[(u32, u32)]) -> Vec<Coincidence> {
    let mut found: Vec<Coincidence> = pairs
        .par_iter()
        .filter(|(a, b)| a != b)
        .flat_map_iter(|(a, b)| {
            let mut of_pair = Vec::new();
            let (own, y) = (OwnActs::of(legs, legs.by_left.of(*a)), legs.by_right().of(*b));
            legs.coincidences(&own, y, |left, right, right_first| {
                let (earlier, later) = legs.acts(left, right, right_first);
                if earlier.may_pair(&later) {
                    of_pair.push(Coincidence { a: *a, b: *b, earlier, later });
                }
            });
            of_pair
        })
        .collect();
    found.par_sort_unstable();
    found
}
