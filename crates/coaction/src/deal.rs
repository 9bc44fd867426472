//! The second null: on every object the actors are dealt anew to its acts.
//!
//! It keeps who acts on what and how often, and when anybody does; only who was there at the same time is left to
//! chance. Accounts with common interests have them still.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use rayon::prelude::*;

use crate::acts::Acts;

/// The acts with the actors of every object dealt to them by lot, the `number`th time.
///
/// # Determinism
/// The lots depend on how many acts an object has, on when the first two of them were, and on `number`; not on what
/// anything is called.
/// # Cost
/// O(n) time; a copy of the acts.
pub(crate) fn dealt(acts: &Acts, number: u64) -> Acts {
    let mut actors = acts.actors().to_vec();
    let mut rest = actors.as_mut_slice();
    let mut start = 0;
    let mut objects = Vec::new();
    for run in acts.objects().chunk_by(|x, y| x == y) {
        let (own, others) = rest.split_at_mut(run.len());
        if run.len() > 1 {
            let times = acts.times();
            let apart = times[start + 1].abs_diff(times[start]);
            let seed = mixed(run.len() as u64 ^ mixed(apart ^ mixed(times[start] as u64 ^ mixed(number))));
            objects.push((seed, own));
        }
        start += run.len();
        rest = others;
    }
    objects.into_par_iter().for_each(|(seed, actors)| shuffle(actors, seed));
    acts.with_actors(actors)
}

/// R. Durstenfeld, Algorithm 235, CACM 7(7), 1964. The bias of the multiplied draw is below 2⁻³² a step.
fn shuffle(actors: &mut [u32], seed: u64) {
    let mut lots = ChaCha8Rng::seed_from_u64(seed);
    for last in (1..actors.len()).rev() {
        let drawn = (u128::from(lots.next_u64()) * (last as u128 + 1)) >> 64;
        actors.swap(last, drawn as usize);
    }
}

/// A bijection of 64 bits that spreads small differences over all of them.
fn mixed(x: u64) -> u64 {
    let x = (x ^ (x >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    let x = (x ^ (x >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    x ^ (x >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::act::{Act, NO_CONTENT};

    #[test]
    fn a_deal_keeps_instants_and_who_acts_on_what_and_moves_the_rest() {
        let acts: Acts = (0..5_000_u32)
            .map(|i| Act { object: i % 7, time: i64::from(i * i % 911), actor: i % 83, content: NO_CONTENT })
            .collect();
        let other = dealt(&acts, 1);
        let sorted = |acts: &Acts| {
            let mut who: Vec<(u32, u32)> = acts.iter().map(|a| (a.object, a.actor)).collect();
            who.sort_unstable();
            who
        };
        assert_eq!((acts.objects(), acts.times()), (other.objects(), other.times()));
        assert_eq!(sorted(&acts), sorted(&other));
        let moved = |x: &Acts, y: &Acts| x.actors().iter().zip(y.actors()).filter(|(x, y)| x != y).count();
        assert!(moved(&acts, &other) > 4_800 && moved(&other, &dealt(&acts, 2)) > 4_800);
        assert_eq!(other, dealt(&acts, 1));
    }

    #[test]
    fn every_order_is_as_likely() {
        let mut seen = std::collections::BTreeMap::new();
        for seed in 0..6_000 {
            let mut actors = [1, 2, 3];
            shuffle(&mut actors, mixed(seed));
            *seen.entry(actors).or_insert(0_u32) += 1;
        }
        assert!(seen.len() == 6 && seen.values().all(|n| (850..1150).contains(n)), "{seen:?}");
    }
}
