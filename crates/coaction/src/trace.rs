//! The acts behind a pair: what an investigator is shown.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::{
    act::Act,
    error::CoactionError,
    legs::{Legs, Within, pair_of, window_ends},
    occasions::check,
    opposite::Between,
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
/// As [`crate::sweep`].
/// # Cost
/// That of a sweep over the acts of the accounts named, and 56 bytes for each coincidence.
pub fn trace(
    acts: &[Act],
    window_micros: Option<i64>,
    pairs: &[(u32, u32)],
) -> Result<Vec<Coincidence>, CoactionError> {
    check(acts, window_micros)?;
    let acts = &acts_of(acts, pairs.iter().flat_map(|(a, b)| [*a, *b]));
    let ends = window_ends(acts, window_micros);
    Ok(listed(&Within { acts, ends, keep: |_: &Act, _: &Act| true }, pairs))
}

/// [`trace`] across two populations: left account first in each pair.
///
/// # Errors
/// As [`crate::sweep_between`].
pub fn trace_between(
    left: &[Act],
    right: &[Act],
    window_micros: Option<i64>,
    pairs: &[(u32, u32)],
) -> Result<Vec<Coincidence>, CoactionError> {
    check(left, window_micros)?;
    check(right, window_micros)?;
    let left = acts_of(left, pairs.iter().map(|(a, _)| *a));
    let right = acts_of(right, pairs.iter().map(|(_, b)| *b));
    Ok(listed(&Between::new(&left, &right, window_micros), pairs))
}

fn acts_of(acts: &[Act], actors: impl Iterator<Item = u32>) -> Vec<Act> {
    let actors: BTreeSet<u32> = actors.collect();
    acts.iter().copied().filter(|act| actors.contains(&act.actor)).collect()
}

fn listed<L: Legs>(legs: &L, pairs: &[(u32, u32)]) -> Vec<Coincidence> {
    let mut wanted = pairs.to_vec();
    wanted.sort_unstable();
    let acts = legs.acts();
    let mut found: Vec<Coincidence> = (0..acts.len() as u32)
        .into_par_iter()
        .flat_map_iter(|earlier| {
            let mut of_leg = Vec::new();
            legs.each(earlier, |key, later| {
                let (a, b) = pair_of(key);
                if wanted.binary_search(&(a, b)).is_ok() {
                    let (earlier, later) = (acts[earlier as usize], acts[later as usize]);
                    of_leg.push(Coincidence { a, b, earlier, later });
                }
            });
            of_leg
        })
        .collect();
    found.par_sort_unstable();
    found
}
