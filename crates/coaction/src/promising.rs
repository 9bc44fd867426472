//! Pairs of many bits, without looking at the others.
//!
//! Most acts cannot make such a pair: names that everybody trades are worth next to nothing. Of an account's objects
//! those with the lowest bounds whose sum stays below the floor are set aside. A pair needs one of the others, so
//! partners are sought there, their bounds added up as they are met; the acts set aside are looked at only for those
//! who lack little enough. The idea is MaxScore's (H. Turtle, J. Flood, Query evaluation: strategies and
//! optimizations, Inf. Process. Manage. 31(6), 1995).
//!
//! Within one population every pair is sought from the less active of its two accounts: its bounds are the tighter
//! ones, and it has the fewer acts.

use std::ops::Range;

use itoguchi_model::Millibits;
use rayon::prelude::*;

use crate::{
    legs::{Legs, OwnActs},
    partners::{add_admitted, even_pieces, slot},
    surprise::{Bound, Bounds, Null, Surprise},
};

/// Accounts by their number of acts, which a deal leaves them.
pub(crate) struct Activity {
    /// Ranks of left accounts, the least active first.
    order: Vec<u32>,
    /// Of every right account's rank, its place in the order of right accounts.
    places: Vec<u32>,
}

impl Activity {
    pub fn new(legs: &Legs) -> Self {
        let by_right = legs.by_right();
        let order = |accounts: &crate::legs::ByActor| {
            let mut order: Vec<u32> = (0..accounts.len() as u32).collect();
            order.par_sort_by_key(|rank| accounts.of_rank(*rank as usize).len());
            order
        };
        let right = order(by_right);
        let mut places = vec![0; right.len()];
        for (place, rank) in (0..).zip(&right) {
            places[*rank as usize] = place;
        }
        let order = if legs.within { right } else { order(&legs.by_left) };
        Self { order, places }
    }
}

/// Which accounts to seek partners of: every `stride`th in the order of activity, from the `first` on.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    pub first: usize,
    pub stride: usize,
}

impl Sample {
    pub const ALL: Self = Self { first: 0, stride: 1 };

    /// The same accounts, counted from the one at this place.
    pub fn from(self, place: usize) -> Self {
        let to_next = |place: usize| (self.first + self.stride - place % self.stride) % self.stride;
        Self { first: if place <= self.first { self.first - place } else { to_next(place) }, ..self }
    }
}

/// All pairs with at least `floor` bits that are found from the accounts of the sample, by (a, b); `floor` must be
/// above nought. Each pair is found from one of its accounts.
pub(crate) fn surprising(
    legs: &Legs,
    null: &Null,
    activity: &Activity,
    sample: Sample,
    floor: Millibits,
) -> Vec<((u32, u32), Surprise)> {
    let by_right = legs.by_right();
    let who: Vec<u32> =
        legs.right.actors().par_iter().map(|id| activity.places[by_right.rank(*id)]).collect();
    let mut by_place = vec![0; activity.places.len()];
    for (rank, place) in (0..).zip(&activity.places) {
        by_place[*place as usize] = rank;
    }
    let sought: Vec<u32> =
        (sample.first..activity.order.len()).step_by(sample.stride).map(|p| p as u32).collect();
    let acts = |place: u32| legs.by_left.of_rank(activity.order[place as usize] as usize);
    let weights: Vec<u64> = sought.iter().map(|place| acts(*place).len() as u64 * ACT).collect();
    let fewest = by_place.first().map_or(1, |rank| by_right.of_rank(*rank as usize).len());
    let common = Common { legs, null, floor: floor.bits() - SLACK, fewest, who, by_place };
    // the most active come last and may be large: begin with them
    let found: Vec<Vec<_>> = even_pieces(&weights)
        .into_par_iter()
        .rev()
        .map_init(Search::default, |search, piece| {
            let mut found = Vec::new();
            for place in &sought[piece] {
                let a = legs.by_left.id(activity.order[*place as usize] as usize);
                search.own.fill(legs, acts(*place));
                search.find(&common, if legs.within { *place } else { EVERYBODY });
                for partner in &search.found {
                    let other = common.by_place[*partner as usize] as usize;
                    let b = by_right.id(other);
                    let surprise = null.judge(legs, &search.own, by_right.of_rank(other), |_, _, _| true);
                    if surprise.bits >= floor && a != b {
                        let pair = if legs.within { (a.min(b), a.max(b)) } else { (a, b) };
                        found.push((pair, surprise));
                    }
                }
            }
            found
        })
        .collect();
    let mut found: Vec<_> = found.into_iter().flatten().collect();
    found.par_sort_unstable_by_key(|(pair, _)| *pair);
    found
}

/// What an act weighs when work is shared out.
const ACT: u64 = 64;
/// Bits are rounded, and bounds are not added up in their order.
const SLACK: f64 = 0.01;
/// Stands for the place of an account that may be paired with everybody.
const EVERYBODY: u32 = u32::MAX;

/// What the search from every account needs.
struct Common<'a> {
    legs: &'a Legs<'a>,
    null: &'a Null<'a>,
    floor: f64,
    /// Fewest acts of a right account.
    fewest: usize,
    /// Of every right position, the place of its account.
    who: Vec<u32>,
    /// The rank of the right account at each place.
    by_place: Vec<u32>,
}

/// One object of an account.
struct OnObject {
    /// Which of the account's acts.
    acts: Range<usize>,
    bound: Bound,
    /// Where those met on it end in the list of them.
    met: usize,
}

/// The partners of one account, and what it takes to find them.
#[derive(Default)]
struct Search {
    own: OwnActs,
    /// Places of partners, ascending, each once.
    found: Vec<u32>,
    objects: Vec<OnObject>,
    /// Those met on the objects not set aside.
    met: Vec<u32>,
    /// Bounds added up; others may share a slot.
    sums: Vec<u16>,
    /// Those whose sums suffice, with the object on which they were met, once for each act.
    hopeful: Vec<(u32, u32)>,
}

/// Parts of a bit in which bounds are added.
const PARTS: f64 = 8.0;
/// Share of the floor up to which objects are set aside.
const ASIDE: f64 = 0.3;
/// Acts that can be looked through in the time that it takes to judge one pair.
const JUDGED: usize = 64;

impl Search {
    /// Finds the partners with greater places that may reach the floor.
    fn find(&mut self, common: &Common, itself: u32) {
        self.found.clear();
        self.hopeful.clear();
        let bounds = self.list_objects(common);
        if self.objects.iter().map(|o| o.bound.all).sum::<f64>() < common.floor {
            return;
        }
        let (mut set_aside, mut aside) = (0, 0.0);
        while aside + self.objects[set_aside].bound.all < ASIDE * common.floor {
            aside += self.objects[set_aside].bound.all;
            set_aside += 1;
        }
        let admits = |who: u32| itself == EVERYBODY || who > itself;
        self.meet(common, set_aside, admits);
        let shift = self.add_up(set_aside);
        let needed = (((common.floor - aside) * PARTS) as u16).max(1);
        let sums = &self.sums;
        let enough = |who: u32| sums[slot(who, shift)] >= needed;
        let mut start = 0;
        for (index, object) in (0..).zip(&self.objects).skip(set_aside) {
            let met = self.met[start..object.met].iter();
            self.hopeful.extend(met.filter(|who| enough(**who)).map(|who| (*who, index)));
            start = object.met;
        }
        let others = || (0_u32..).zip(&self.objects[..set_aside]).filter(|(_, o)| o.bound.all > 0.0);
        let to_look_at: usize = others().map(|(_, o)| self.own.near(o.acts.clone())).sum();
        let look = self.hopeful.len() * JUDGED >= to_look_at;
        if look {
            for (index, object) in others() {
                let hopeful = &mut self.hopeful;
                self.own.each_reach(object.acts.clone(), |reach| {
                    let who = common.who[reach].iter().filter(|who| enough(**who) && admits(**who));
                    hopeful.extend(who.map(|who| (*who, index)));
                });
            }
            aside = 0.0;
        }
        self.hopeful.sort_unstable();
        let least = if look { 2 } else { 1 };
        for partner in self.hopeful.chunk_by(|x, y| x.0 == y.0).filter(|acts| acts.len() >= least) {
            let rank = common.by_place[partner[0].0 as usize] as usize;
            let bounds = bounds.against(common.legs.by_right().of_rank(rank).len());
            let most: f64 = partner
                .chunk_by(|x, y| x == y)
                .map(|acts| {
                    let OnObject { acts: own, .. } = &self.objects[acts[0].1 as usize];
                    let own = &self.own.positions[own.clone()];
                    let crowd = common.null.crowd_of(own, 0).0;
                    bounds.of(crowd, || acts.len() as u32, own.len()).all
                })
                .sum();
            if most + aside >= common.floor {
                self.found.push(partner[0].0);
            }
        }
    }

    /// The account's objects, lowest bound first.
    fn list_objects(&mut self, common: &Common) -> Bounds {
        let Common { legs, null, fewest, .. } = common;
        self.objects.clear();
        let own = &self.own.positions;
        let bounds = null.bounds(own.len(), if legs.within { own.len() } else { *fewest });
        // an occasion may begin in one window of the account's own and end in the next
        let occasions = |acts: &[u32]| (2 * legs.left_visits(acts)).min(acts.len() as u32);
        let mut start = 0;
        while start < own.len() {
            let (crowd, end) = null.crowd_of(own, start);
            let bound = bounds.of(crowd, || occasions(&own[start..end]), end - start);
            self.objects.push(OnObject { acts: start..end, bound, met: 0 });
            start = end;
        }
        self.objects.sort_by(|x, y| x.bound.all.total_cmp(&y.bound.all));
        bounds
    }

    /// Lists the partners in reach on the objects not set aside.
    fn meet(&mut self, common: &Common, set_aside: usize, admits: impl Fn(u32) -> bool) {
        self.met.clear();
        for object in &mut self.objects[set_aside..] {
            let met = &mut self.met;
            self.own.each_reach(object.acts.clone(), |reach| {
                let who = &common.who[reach];
                add_admitted(who.iter().copied(), who.len(), met, &admits);
            });
            object.met = met.len();
        }
    }

    /// Adds up the bounds of those met; returns the shift of the slots.
    fn add_up(&mut self, set_aside: usize) -> u32 {
        let size = (self.met.len() * 8).next_power_of_two().clamp(64, 1 << 24);
        self.sums.clear();
        self.sums.resize(size, 0);
        let shift = u32::BITS - size.ilog2();
        let mut start = 0;
        for object in &self.objects[set_aside..] {
            let each = (object.bound.each * PARTS) as u16 + 1;
            for who in &self.met[start..object.met] {
                let sum = &mut self.sums[slot(*who, shift)];
                *sum = sum.saturating_add(each);
            }
            start = object.met;
        }
        shift
    }
}
