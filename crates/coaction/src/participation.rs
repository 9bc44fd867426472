//! Which accounts are active enough to be looked at, before and after pairing.
//!
//! The meaning is that of the R package CooRTweet 2.1.3: an account must have `m` rows at all, and after pairing
//! `m` rows that take part in pairs; a pair of acts stays if *either* of its ends passes the second test.

use rayon::prelude::*;

use crate::{
    act::{Act, NO_CONTENT},
    acts::Acts,
    legs::{ByActor, Legs},
};

/// The acts of accounts that have at least `min_participation` of them.
pub(crate) fn active_acts(acts: &Acts, min_participation: u32) -> Acts {
    let actors = ByActor::new(acts.actors());
    acts.filtered(|act| actors.of(act.actor).len() >= min_participation as usize)
}

/// What takes part in coincidences often enough to stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Participation {
    /// Accounts with enough rows that take part, ascending.
    actors: Vec<u32>,
    /// The contents of those rows, ascending.
    contents: Vec<u32>,
}

impl Participation {
    /// The accounts with at least `min_participation` acts whose content takes part in any coincidence, and
    /// those contents. An act without a content takes part by itself.
    ///
    /// `keep` says which coincidences count, as in [`crate::sweep_where`]; `legs` is of one population.
    ///
    /// # Cost
    /// O(n) where most acts have a partner nearby: it looks no further than the first.
    pub fn of(legs: &Legs, min_participation: u32, keep: impl Fn(&Act, &Act) -> bool + Sync) -> Self {
        let takes_part = partnered(legs, keep);
        let rows = || legs.left.iter().zip(&takes_part);
        let paired = rows().filter(|(_, part)| **part).map(|(act, _)| act.content);
        let paired = distinct(paired.filter(|content| *content != NO_CONTENT));
        let rows: Vec<Act> = rows()
            .filter(|(act, part)| **part || paired.binary_search(&act.content).is_ok())
            .map(|(act, _)| act)
            .collect();
        let actors: Vec<u32> = rows.iter().map(|act| act.actor).collect();
        let of_actor = ByActor::new(&actors);
        let enough = |rank: &usize| of_actor.of_rank(*rank).len() >= min_participation as usize;
        let actors: Vec<u32> = (0..of_actor.len()).filter(enough).map(|rank| of_actor.id(rank)).collect();
        let stay = rows.iter().filter(|act| actors.binary_search(&act.actor).is_ok()).map(|act| act.content);
        let contents = distinct(stay.filter(|content| *content != NO_CONTENT));
        Self { actors, contents }
    }

    /// Whether one end of a coincidence is enough for it to stay. The test is on the content, as in the
    /// reference: where two accounts share a content, one that passes lends it to the other.
    pub fn passes(&self, act: &Act) -> bool {
        if act.content == NO_CONTENT {
            self.actors.binary_search(&act.actor).is_ok()
        } else {
            self.contents.binary_search(&act.content).is_ok()
        }
    }
}

/// For every act, whether it is a leg of any coincidence.
fn partnered(legs: &Legs, keep: impl Fn(&Act, &Act) -> bool + Sync) -> Vec<bool> {
    let acts = legs.left;
    let coincide = |earlier: &Act, later: &Act| earlier.may_pair(later) && keep(earlier, later);
    (0..acts.len())
        .into_par_iter()
        .map(|i| {
            let (own, reach) = (acts.get(i), legs.reach.of(i as u32));
            (i + 1..reach.end).any(|later| coincide(&own, &acts.get(later)))
                || (reach.start..i).rev().any(|earlier| coincide(&acts.get(earlier), &own))
        })
        .collect()
}

fn distinct(ids: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut ids: Vec<u32> = ids.collect();
    ids.par_sort_unstable();
    ids.dedup();
    ids
}
