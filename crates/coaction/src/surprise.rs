//! How many bits the occasions of a pair are worth: a likelihood ratio against a null that keeps the crowd.
//!
//! # Chance
//! On every object the instants of the acts stay as they are, bursts and all, and so does every account's number
//! of acts; who acted where is dealt anew. If of all pairs of acts on object o that are of different accounts the
//! share c_o lies within the window of each other, then accounts a and b have
//!
//! λ_o = c_o r_a(o) r_b(o)
//!
//! coincidences on o by chance, where r_a(o), the acts that a would have there, is its acts times o's share of all
//! acts, *plus* the acts on o that it made elsewhere than in its coincidences with b. The first part is the
//! popularity of the name, the second the account's own rate on it: two day traders of one name are no news, and
//! a burst of news raises c_o for everybody in it.
//!
//! # One operator
//! Two accounts of one operator act together on k objects, k having weight ¼ for k = 1 and 3/2^(k+1) beyond, any
//! k of the O objects with coincidences being equally likely. So the objects on which a pair coincided (those with
//! O λ_o < 1: elsewhere the coincidence speaks for nobody) are worth log2(w_k k!) − Σ log2(O λ_o) bits.
//!
//! Further occasions on an object that the pair already shares are judged by the accounts' own rates alone: of M
//! opportunities (occasions of the one with fewer there, less the first) J are taken, each by chance with p = c_o
//! times the acts of the other, and by one operator with an unknown chance under Jeffreys' prior: the
//! estimator of Krichevsky and Trofimov (1981) over the binomial. Where the first occasion tells nothing they pay for
//! the choice of the object themselves, log2 O bits.
//!
//! # What the number is
//! An e-value's logarithm: under the null, 2^bits has mean at most one, so P(bits ≥ x) ≤ 2^−x whatever else holds
//! (Markov), and 2^−bits is a p-value with which the step-up procedure keeps its rate under *any* dependence
//! between pairs (R. Wang, A. Ramdas, False discovery rate control with e-values, J. R. Statist. Soc. B 84,
//! 2022). Pairs with a single occasion get none: one coincidence carries nothing beyond the object's own burst.
//!
//! Where it departs from the letter of that theorem: the accounts' own rates are read off the same acts. What
//! common interests do to the numbers (accounts that share a circle of objects, at whatever times) is no
//! matter of this null at all; [`crate::linked`] therefore asks a second one, which deals the actors within each
//! object.
//!
//! Popularity-aware nulls for pairs are due to F. Saracco et al., Sci. Rep. 5:10595, 2015 and New J. Phys. 19:053022,
//! 2017 (of whose model this is the sparse limit, with time), the search over all pairs to M. Tumminello et al., PLoS
//! ONE 6(3):e17994, 2011.

use itoguchi_model::Millibits;
use rayon::prelude::*;

use crate::{
    acts::Acts,
    error::CoactionError,
    legs::{Legs, OwnActs, gallop, horizon},
};

/// Bits that one shared object is worth to a pair when `users` of `accounts` accounts use it: log2 of how much
/// rarer it is than everybody. A device of two among a million gives 19 bits, an address of half of everyone 1,
/// of everyone 0. Never negative; no users count as one.
///
/// ```
/// use itoguchi_coaction::object_bits;
/// assert_eq!(object_bits(1_000_000, 2).bits(), 18.932);
/// assert_eq!(object_bits(1_000, 500).bits(), 1.0);
/// assert_eq!(object_bits(10, 20).bits(), 0.0);
/// ```
#[must_use]
pub fn object_bits(accounts: u32, users: u32) -> Millibits {
    Millibits::log2(f64::from(accounts) / f64::from(users.max(1))).positive()
}

/// What the occasions of one pair are worth.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Surprise {
    /// Coincidences that chance makes of the pair: those of everybody's popularity on all objects, and of their own
    /// rates on the objects on which they coincided.
    pub expected: f64,
    /// Occasions seen.
    pub occasions: u32,
    /// Log2 of the likelihood ratio, never negative; nought for fewer than two occasions on objects that
    /// speak for a link.
    pub bits: Millibits,
}

/// One object of a population: how many act on it, and how close together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Popularity {
    pub object: u32,
    /// Acts on either side; the same number within one population.
    pub acts: [u32; 2],
    /// Chance that two of its acts of different accounts coincide: c_o.
    pub close: f64,
}

/// The objects of a population, and what follows from all of them together.
pub(crate) struct World {
    /// By object.
    objects: Vec<Popularity>,
    /// Acts on either side.
    acts: [f64; 2],
    /// Objects on which anybody coincided: O.
    telling: f64,
    /// Log2 of it.
    choice: f64,
    /// Coincidences of two accounts for each act of one and each of the other: Σ_o c_o (n_o/n)².
    per_acts: f64,
}

impl World {
    /// `objects` must be sorted, and all of the left side, `acts` all on either side: leave nobody out, or the crowd
    /// is too small.
    pub fn new(objects: Vec<Popularity>, acts: [u64; 2]) -> Self {
        let acts = acts.map(|n| n as f64);
        let telling = objects.iter().filter(|o| o.close > 0.0).count() as f64;
        let chance =
            |o: &Popularity| o.close * (f64::from(o.acts[0]) / acts[0]) * (f64::from(o.acts[1]) / acts[1]);
        let per_acts = objects.iter().map(chance).sum();
        Self { acts, telling, choice: libm::log2(telling.max(1.0)), per_acts, objects }
    }

    /// The world of which `legs` are everything.
    pub fn of(legs: &Legs) -> Self {
        Self::new(popularities(legs), [legs.left.len() as u64, legs.right.len() as u64])
    }

    fn crowd(&self, start: usize, end: usize, right: (usize, usize), object: u32) -> Crowd {
        let known = self.objects.binary_search_by_key(&object, |o| o.object).map(|i| self.objects[i]);
        let known = known.unwrap_or(Popularity { object, acts: [0, 0], close: 0.0 });
        let shares = [0, 1].map(|side| f64::from(known.acts[side]) / self.acts[side]);
        let worth = -libm::log2(self.telling * (known.close * shares[0] * shares[1]));
        Crowd {
            start: start as u32,
            end: end as u32,
            right: (right.0 as u32, right.1 as u32),
            close: known.close,
            shares,
            worth,
        }
    }
}

/// An object in a table of acts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crowd {
    /// Left positions from here to `end`.
    start: u32,
    end: u32,
    /// Right positions likewise.
    right: (u32, u32),
    /// Chance that two of its acts coincide: c_o.
    close: f64,
    /// Its shares of all acts.
    shares: [f64; 2],
    /// −log2(O c_o) less the shares of all acts: what a coincidence is worth to accounts of one act each.
    worth: f64,
}

impl Crowd {
    /// Acts of a list of left positions that fall on this object.
    fn of_left(&self, positions: &[u32]) -> (usize, usize) {
        within(positions, self.start, self.end)
    }

    fn of_right(&self, positions: &[u32]) -> (usize, usize) {
        within(positions, self.right.0, self.right.1)
    }
}

/// The part of an ascending list that lies in `start..end`.
fn within(positions: &[u32], start: u32, end: u32) -> (usize, usize) {
    let from = positions.partition_point(|p| *p < start);
    (from, from + gallop(&positions[from..], |p| *p < end))
}

/// A world as seen from a table of acts: asked for every pair.
pub(crate) struct Null<'a> {
    world: &'a World,
    crowds: Vec<Crowd>,
    /// Where the crowds end.
    ends: Vec<u32>,
    guide: Guide,
}

impl<'a> Null<'a> {
    /// `legs` may be a part of the world, of some accounts with all their acts.
    ///
    /// # Cost
    /// O(n), and 56 bytes for each object.
    pub fn new(world: &'a World, legs: &Legs) -> Self {
        let crowds: Vec<Crowd> =
            runs(legs).map(|(object, own, right)| world.crowd(own.0, own.1, right, object)).collect();
        let ends: Vec<u32> = crowds.iter().map(|c| c.end).collect();
        let guide = Guide::new(&ends);
        Self { world, crowds, ends, guide }
    }

    /// What the coincidences of one pair that `keep` accepts are worth; `y` are the right account's positions. Within
    /// one population either account may be the left one.
    pub fn judge(
        &self,
        legs: &Legs,
        x: &OwnActs,
        y: &[u32],
        keep: impl Fn(u32, u32, bool) -> bool,
    ) -> Surprise {
        let mut pair = Pair::new(self, legs, &x.positions, y);
        legs.coincidences(x, y, |left, right, right_first| {
            if keep(left, right, right_first) {
                pair.add(left, right, right_first);
            }
        });
        pair.finish()
    }

    fn crowd_at(&self, left: u32) -> &Crowd {
        &self.crowds[self.guide.run(&self.ends, left)]
    }

    /// The object of a list's entry, and where the entries on it end.
    pub fn crowd_of(&self, positions: &[u32], at: usize) -> (&Crowd, usize) {
        let crowd = self.crowd_at(positions[at]);
        (crowd, at + gallop(&positions[at..], |p| *p < crowd.end))
    }

    /// What an account with so many left acts can get at most from a partner with so many right ones or more.
    pub fn bounds(&self, left: usize, right: usize) -> Bounds {
        Bounds::new(left, right, self.world.choice)
    }
}

/// The most bits that a partner of one account can have, object by object: their sum bounds the bits of a pair.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Acts of the account.
    left: usize,
    /// Log2 of the acts of both, multiplied.
    activity: f64,
    /// What a telling object is worth to account and partner beyond [`Crowd::worth`].
    common: f64,
    choice: f64,
}

/// The bound of one object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    /// All that a partner can have from it.
    pub all: f64,
    /// What each of a partner's acts in reach can add at most.
    pub each: f64,
}

impl Bounds {
    fn new(left: usize, right: usize, choice: f64) -> Self {
        let activity = libm::log2(left as f64 * right as f64);
        Self { left, activity, common: number_bits(left as u32) / left as f64 - activity, choice }
    }

    /// The same account's bounds against a partner with so many acts.
    pub fn against(&self, right: usize) -> Self {
        Self::new(self.left, right, self.choice)
    }

    /// For `acts` acts on one object, on `visits` occasions; those are asked for only if they matter.
    pub fn of(&self, crowd: &Crowd, visits: impl Fn() -> u32, acts: usize) -> Bound {
        if crowd.close <= 0.0 {
            return Bound { all: 0.0, each: 0.0 };
        }
        let first = (crowd.worth + self.common).max(0.0);
        if acts < 2 {
            return Bound { all: first, each: first };
        }
        let again = -libm::log2((crowd.close * acts as f64).min(1.0));
        let visits = f64::from(visits());
        if crowd.worth > self.activity {
            return Bound { all: first + again * (visits - 1.0), each: first.max(again) };
        }
        let all = (again * (visits - 1.0) - self.choice).max(0.0);
        Bound { all, each: all / visits }
    }
}

/// log2(w_k k!): what the number of telling objects is worth. Never falls, for each of them, as k grows.
fn number_bits(k: u32) -> f64 {
    match k {
        0 => 0.0,
        1 => -2.0,
        _ => {
            let k = f64::from(k);
            libm::log2(3.0) - k - 1.0 + libm::lgamma(k + 1.0) / std::f64::consts::LN_2
        }
    }
}

/// Every object of the left side, with its left and right positions.
fn runs<'a>(legs: &'a Legs) -> impl Iterator<Item = (u32, (usize, usize), (usize, usize))> + 'a {
    let (objects, others) = (legs.left.objects(), legs.right.objects());
    let (mut start, mut right) = (0, 0);
    std::iter::from_fn(move || {
        let object = *objects.get(start)?;
        let own = (start, start + gallop(&objects[start..], |o| *o == object));
        let right_start = right + gallop(&others[right..], |o| *o < object);
        right = right_start + gallop(&others[right_start..], |o| *o == object);
        start = own.1;
        Some((object, own, (right_start, right)))
    })
}

/// The objects of the left side, with how close together their acts lie.
pub(crate) fn popularities(legs: &Legs) -> Vec<Popularity> {
    let runs: Vec<_> = runs(legs).collect();
    // pairs of one account: near each other, and all
    let mut own = vec![(0_u64, 0_u64); runs.len()];
    let ends: Vec<u32> = runs.iter().map(|run| run.1.1 as u32).collect();
    for (position, near, all) in own_pairs(legs, &ends) {
        let own = &mut own[ends.partition_point(|end| *end <= position)];
        *own = (own.0 + near, own.1 + all);
    }
    runs.into_par_iter()
        .zip(own)
        .map(|((object, left, right), own)| {
            let near: u64 =
                (left.0..left.1).into_par_iter().map(|p| legs.reach.of(p as u32).len() as u64).sum();
            let acts = [left, right].map(|(start, end)| (end - start) as u32);
            // within one population each act is near itself, and each pair was met twice
            let itself = if legs.within { u64::from(acts[0]) } else { 0 };
            let all = u64::from(acts[0]) * u64::from(acts[1]) - itself - own.1;
            let near = near - itself - own.0;
            let close = if all > 0 { (near as f64 / all as f64).min(1.0) } else { 0.0 };
            Popularity { object, acts, close }
        })
        .collect()
}

/// Of every account with several acts on an object: its first left position there, the pairs of its own acts within
/// reach, and all of them; an act with itself is none. Within one population each pair counts twice.
fn own_pairs(legs: &Legs, ends: &[u32]) -> Vec<(u32, u64, u64)> {
    let itself = u64::from(legs.within);
    let guide = Guide::new(ends);
    (0..legs.by_left.len())
        .into_par_iter()
        .flat_map_iter(|rank| {
            let own = legs.by_left.of_rank(rank);
            let theirs = legs.by_right().of(legs.by_left.id(rank));
            let guide = &guide;
            let mut start = 0;
            std::iter::from_fn(move || {
                let first = *own.get(start)?;
                let end = ends[guide.run(ends, first)];
                let on_object = &own[start..start + gallop(&own[start..], |p| *p < end)];
                start += on_object.len();
                Some(on_object)
            })
            .filter(move |on_object| !legs.within || on_object.len() > 1)
            .filter_map(move |own| {
                let object = legs.left.objects()[own[0] as usize];
                let right = if legs.within { own } else { on_object(legs.right, theirs, object) };
                let all = (own.len() as u64) * (right.len() as u64) - itself * own.len() as u64;
                let near = |p: &u32| {
                    let reach = legs.reach.of(*p);
                    let from = right.partition_point(|q| (*q as usize) < reach.start);
                    let number = right[from..].iter().take_while(|q| (**q as usize) < reach.end).count();
                    number as u64 - itself
                };
                (all > 0).then(|| (own[0], own.iter().map(near).sum(), all))
            })
        })
        .collect()
}

/// The part of a list of positions that lies on an object.
fn on_object<'a>(acts: &Acts, positions: &'a [u32], object: u32) -> &'a [u32] {
    let on = |p: &u32| acts.objects()[*p as usize];
    let from = positions.partition_point(|p| on(p) < object);
    &positions[from..from + gallop(&positions[from..], |p| on(p) == object)]
}

/// Where to begin to look for the run of a position.
struct Guide(Vec<u32>);

impl Guide {
    /// Positions between two entries.
    const STRIDE: usize = 256;

    /// `ends` are those of the runs, ascending.
    fn new(ends: &[u32]) -> Self {
        let positions = ends.last().map_or(0, |end| *end as usize);
        let mut first = Vec::with_capacity(positions / Self::STRIDE + 1);
        for (run, end) in (0..).zip(ends) {
            first.resize((*end as usize).div_ceil(Self::STRIDE), run);
        }
        Self(first)
    }

    /// The run that a position lies in.
    fn run(&self, ends: &[u32], position: u32) -> usize {
        let from = self.0[position as usize / Self::STRIDE] as usize;
        from + gallop(&ends[from..], |end| *end <= position)
    }
}

/// The reading of one pair's coincidences, in the order of their earlier legs.
struct Pair<'a> {
    null: &'a Null<'a>,
    legs: &'a Legs<'a>,
    x: &'a [u32],
    y: &'a [u32],
    occasions: u32,
    /// Those on objects that speak for a link.
    telling_occasions: u32,
    /// Objects whose first coincidence does.
    telling: u32,
    bits: f64,
    own_rates: f64,
    object: Option<OnObject>,
}

/// The coincidences on one object.
struct OnObject {
    crowd: Crowd,
    occasions: u32,
    /// Start of the current occasion.
    since: i64,
    /// Acts of either account in coincidences, and the last of them.
    left: (u32, u32),
    right: (u32, u32),
}

impl<'a> Pair<'a> {
    fn new(null: &'a Null<'a>, legs: &'a Legs<'a>, x: &'a [u32], y: &'a [u32]) -> Self {
        Self {
            null,
            legs,
            x,
            y,
            occasions: 0,
            telling_occasions: 0,
            telling: 0,
            bits: 0.0,
            own_rates: 0.0,
            object: None,
        }
    }

    fn add(&mut self, left: u32, right: u32, right_first: bool) {
        let time = if right_first {
            self.legs.right.times()[right as usize]
        } else {
            self.legs.left.times()[left as usize]
        };
        match &mut self.object {
            Some(on) if left < on.crowd.end => {
                if time > horizon(on.since, self.legs.window) {
                    on.occasions += 1;
                    on.since = time;
                }
                for (side, position) in [(&mut on.left, left), (&mut on.right, right)] {
                    // positions come in order, but for those met before
                    if position > side.1 {
                        *side = (side.0 + 1, position);
                    }
                }
            }
            _ => {
                self.close();
                let crowd = *self.null.crowd_at(left);
                let (left, right) = ((1, left), (1, right));
                self.object = Some(OnObject { crowd, occasions: 1, since: time, left, right });
            }
        }
    }

    /// Adds what the current object is worth.
    fn close(&mut self) {
        let Some(on) = self.object.take() else { return };
        let (world, crowd) = (self.null.world, &on.crowd);
        let (x_from, x_to) = crowd.of_left(self.x);
        let (y_from, y_to) = crowd.of_right(self.y);
        let (x_acts, y_acts) = ((x_to - x_from) as f64, (y_to - y_from) as f64);
        let popular = [self.x.len() as f64 * crowd.shares[0], self.y.len() as f64 * crowd.shares[1]];
        let rates = [popular[0] + x_acts - f64::from(on.left.0), popular[1] + y_acts - f64::from(on.right.0)];
        // grouped so that it is the same number from either side
        let expected = crowd.close * (rates[0] * rates[1]);
        self.own_rates += expected - crowd.close * (popular[0] * popular[1]);
        let first = -libm::log2(world.telling * expected);
        let before = self.bits;
        if first > LEAST_TELLING {
            self.telling += 1;
            self.bits += first;
        }
        self.occasions += on.occasions;
        if x_acts > 1.0 && y_acts > 1.0 {
            let visits = |acts: &Acts, positions: &[u32]| visits(acts, positions, self.legs.window);
            let fewer = visits(self.legs.left, &self.x[x_from..x_to])
                .min(visits(self.legs.right, &self.y[y_from..y_to]))
                .max(on.occasions);
            let chance = crowd.close * x_acts.max(y_acts);
            let again = repeat_bits(on.occasions - 1, fewer - 1, chance);
            // one of O objects was chosen, which the first occasion has paid for if it tells
            self.bits += if first > LEAST_TELLING { again } else { (again - world.choice).max(0.0) };
        }
        if self.bits > before {
            self.telling_occasions += on.occasions;
        }
    }

    fn finish(mut self) -> Surprise {
        self.close();
        let bits = if self.telling_occasions > 1 { self.bits + number_bits(self.telling) } else { 0.0 };
        let popular = self.null.world.per_acts * (self.x.len() as f64 * self.y.len() as f64);
        Surprise {
            expected: popular + self.own_rates,
            occasions: self.occasions,
            bits: Millibits::from_bits(bits).positive(),
        }
    }
}

/// Occasions of one account by itself: its acts on an object, those within a window of the first one together.
pub(crate) fn visits(acts: &Acts, positions: &[u32], window: Option<i64>) -> u32 {
    let mut until = None;
    let mut visits = 0;
    for position in positions {
        let time = acts.times()[*position as usize];
        if until.is_none_or(|until| time > until) {
            until = Some(horizon(time, window));
            visits += 1;
        }
    }
    visits
}

/// An object tells something from here on; less is rounding, which must not decide how many objects told.
const LEAST_TELLING: f64 = 1e-9;

/// Bits of `taken` of `chances` opportunities, each taken by chance with probability `p`.
fn repeat_bits(taken: u32, chances: u32, p: f64) -> f64 {
    if chances == 0 || p <= 0.0 || p >= 1.0 {
        return 0.0;
    }
    let (taken, missed) = (f64::from(taken), f64::from(chances - taken));
    let operator = libm::lgamma(taken + 0.5) + libm::lgamma(missed + 0.5)
        - libm::log(std::f64::consts::PI)
        - libm::lgamma(taken + missed + 1.0);
    let chance = taken * libm::log(p) + missed * libm::log1p(-p);
    let bits = (operator - chance) / std::f64::consts::LN_2;
    // to keep apart is no sign of one operator; and p may be too high, which only then works in its favour
    if taken <= (taken + missed) * p { bits.min(0.0) } else { bits }
}

/// What every pair named is worth, in the order given.
pub(crate) fn of_pairs(
    null: &Null,
    legs: &Legs,
    pairs: &[(u32, u32)],
    keep: impl Fn(u32, u32, bool) -> bool + Sync,
) -> Vec<Surprise> {
    pairs
        .par_iter()
        .map(|(a, b)| {
            null.judge(legs, &OwnActs::of(legs, legs.by_left.of(*a)), legs.by_right().of(*b), &keep)
        })
        .collect()
}

/// What the occasions of the pairs named are worth, in the order given; nought for a pair without acts.
///
/// `acts` must be those of the whole population, its ordinary members and hyperactive ones included: they are what
/// chance is made of.
///
/// # Errors
/// [`CoactionError::NegativeWindow`].
/// # Cost
/// O(n) once, and O(d log D) for a pair with d and D acts.
pub fn surprises(
    acts: &Acts,
    window_micros: Option<i64>,
    pairs: &[(u32, u32)],
) -> Result<Vec<Surprise>, CoactionError> {
    let legs = Legs::within(acts, window_micros)?;
    let world = World::of(&legs);
    Ok(of_pairs(&Null::new(&world, &legs), &legs, pairs, |_, _, _| true))
}
