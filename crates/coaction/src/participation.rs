//! Which accounts are active enough to be looked at, before and after pairing.
//!
//! The meaning is that of the R package CooRTweet 2.1.3: an account must have `m` rows at all, and after pairing
//! `m` rows that take part in pairs; a pair of acts stays if *either* of its ends passes the second test.

use rayon::prelude::*;

use crate::{
    act::{Act, NO_CONTENT},
    error::CoactionError,
    legs::window_ends,
    occasions::check,
};

/// The acts of accounts that have at least `min_participation` of them, in the order given.
#[must_use]
pub fn active_acts(acts: &[Act], min_participation: u32) -> Vec<Act> {
    let actors = Tally::of(acts.iter().map(|a| a.actor));
    acts.iter().copied().filter(|a| actors.count(a.actor) >= min_participation).collect()
}

/// What takes part in coincidences often enough to stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Participation {
    /// Accounts with enough rows that take part, ascending.
    pub actors: Vec<u32>,
    /// The contents of those rows, ascending.
    contents: Vec<u32>,
}

impl Participation {
    /// The accounts with at least `min_participation` acts whose content takes part in any coincidence, and
    /// those contents. An act without a content takes part by itself.
    ///
    /// `acts` must be sorted; `keep` says which coincidences count, as in [`crate::sweep_where`].
    ///
    /// # Errors
    /// As [`crate::sweep`].
    /// # Cost
    /// O(n) where most acts have a partner nearby: it looks no further than the first.
    pub fn of(
        acts: &[Act],
        window_micros: Option<i64>,
        min_participation: u32,
        keep: impl Fn(&Act, &Act) -> bool + Sync,
    ) -> Result<Self, CoactionError> {
        check(acts, window_micros)?;
        let takes_part = partnered(acts, window_micros, keep);
        let paired = acts.iter().zip(&takes_part).filter(|(_, part)| **part).map(|(act, _)| act.content);
        let paired = distinct(paired.filter(|content| *content != NO_CONTENT));
        let rows: Vec<&Act> = acts
            .iter()
            .zip(&takes_part)
            .filter(|(act, part)| **part || paired.binary_search(&act.content).is_ok())
            .map(|(act, _)| act)
            .collect();
        let actors = Tally::of(rows.iter().map(|act| act.actor)).at_least(min_participation);
        let stay = rows.iter().filter(|act| actors.binary_search(&act.actor).is_ok()).map(|act| act.content);
        let contents = distinct(stay.filter(|content| *content != NO_CONTENT));
        Ok(Self { actors, contents })
    }

    /// Whether one end of a coincidence is enough for it to stay. The test is on the content, as in the
    /// reference: where two accounts share a content, one that passes lends it to the other.
    #[must_use]
    pub fn passes(&self, act: &Act) -> bool {
        if act.content == NO_CONTENT {
            self.actors.binary_search(&act.actor).is_ok()
        } else {
            self.contents.binary_search(&act.content).is_ok()
        }
    }
}

/// For every act, whether it is a leg of any coincidence.
fn partnered(acts: &[Act], window: Option<i64>, keep: impl Fn(&Act, &Act) -> bool + Sync) -> Vec<bool> {
    let ends = window_ends(acts, window);
    let starts = window_starts(&ends);
    let coincide = |earlier: &Act, later: &Act| earlier.may_pair(later) && keep(earlier, later);
    (0..acts.len())
        .into_par_iter()
        .map(|i| {
            let (before, after) = (&acts[starts[i] as usize..i], &acts[i + 1..ends[i] as usize]);
            after.iter().any(|later| coincide(&acts[i], later))
                || before.iter().rev().any(|earlier| coincide(earlier, &acts[i]))
        })
        .collect()
}

fn distinct(ids: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut ids: Vec<u32> = ids.collect();
    ids.par_sort_unstable();
    ids.dedup();
    ids
}

/// For every act, the first one whose window reaches it.
fn window_starts(ends: &[u32]) -> Vec<u32> {
    let mut start = 0;
    (0..ends.len() as u32)
        .map(|i| {
            while ends[start as usize] <= i {
                start += 1;
            }
            start
        })
        .collect()
}

/// How often each actor occurs.
struct Tally(Vec<(u32, u32)>);

impl Tally {
    fn of(actors: impl Iterator<Item = u32>) -> Self {
        let mut actors: Vec<u32> = actors.collect();
        actors.par_sort_unstable();
        Self(actors.chunk_by(|x, y| x == y).map(|run| (run[0], run.len() as u32)).collect())
    }

    fn count(&self, actor: u32) -> u32 {
        self.0.binary_search_by_key(&actor, |(a, _)| *a).map_or(0, |i| self.0[i].1)
    }

    fn at_least(&self, floor: u32) -> Vec<u32> {
        self.0.iter().filter(|(_, count)| *count >= floor).map(|(actor, _)| *actor).collect()
    }
}
