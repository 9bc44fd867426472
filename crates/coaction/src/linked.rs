//! Which pairs to believe: two nulls, and the step-up over all pairs there could be.
//!
//! A pair counts as linked when *neither* null explains it, so its p-value is the larger of two (the
//! intersection-union test, R. Berger, Technometrics 24(4), 1982):
//!
//! - 2^−bits, against the popularity of the objects and the accounts' own rates ([`crate::Surprise`]);
//! - the share of all pairs that reach as many bits when the actors are dealt anew within each object, over
//!   several deals and with one more hit than was seen. It keeps who acts on what: circles of common interest
//!   and crowds that share several objects stay what they are, and only timing can tell. Judging all pairs by one
//!   list of dealt ones is what makes so small p-values measurable; it is a rate among all pairs, not a
//!   statement about each (the target-decoy reading of J. Elias, S. Gygi, Nature Methods 4, 2007).
//!
//! Without a window there is no timing to deal, and the first null alone decides.
//!
//! q-values are those of Benjamini and Hochberg (1995) with m all pairs that could have coincided.

use itoguchi_model::Millibits;
use rayon::prelude::*;

use crate::{
    acts::Acts,
    deal::dealt,
    error::CoactionError,
    legs::Legs,
    occasions::{PairCount, count_pair},
    promising::{Activity, Sample, surprising},
    surprise::{Null, Surprise, World},
    validate::{lead_ln_p, q_values},
};

/// A pair with what its occasions are worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JudgedPair {
    /// How often they acted together; `a` is the smaller id within one population, the left account between two.
    pub count: PairCount,
    /// What that is worth; nothing if it was not asked for.
    pub surprise: Surprise,
    /// Natural logarithm of the p-value: the larger of those under the two nulls; 0 if it was not asked for.
    pub ln_p: f64,
    /// False discovery rate at which it is accepted, among all pairs there could be; 1 if it was not asked for.
    pub q_value: f64,
}

impl JudgedPair {
    /// A pair that was only counted.
    pub(crate) fn unjudged(count: PairCount) -> Self {
        Self { count, surprise: Surprise::default(), ln_p: 0.0, q_value: 1.0 }
    }

    /// Chance that one of the two comes first as often as here, or more often, where either order is as likely
    /// ([`crate::lead_ln_p`]).
    #[must_use]
    pub fn lead_p_value(&self) -> f64 {
        libm::exp(lead_ln_p(self.count.a_led, self.count.b_led))
    }

    /// The p-value; the smallest number there is where it is smaller.
    #[must_use]
    pub fn p_value(&self) -> f64 {
        libm::exp(self.ln_p).max(f64::MIN_POSITIVE)
    }

    /// Mean time between the paired acts, in seconds.
    #[must_use]
    pub fn avg_time_delta(&self) -> f64 {
        self.count.delta_sum as f64 / (self.count.acts.max(1) as f64 * 1e6)
    }
}

/// The pairs of accounts that act together more than chance explains, at a false discovery rate of at most
/// `max_q`, by (a, b). Pairs of fewer bits than log2 of all pairs over a 64th of the acts are not
/// considered (see docs/COACTION.md).
///
/// No object is too popular to be looked at; pairs that cannot be significant are never written down.
///
/// # Errors
/// [`CoactionError::NegativeWindow`]; [`CoactionError::Rate`] unless `max_q` lies from 0 to 1.
/// # Cost
/// O(n), and what [`crate::sweep`] with two occasions costs at most, twice or more: once for what was seen, and for
/// each of 1 to 20 deals (for a sample of the accounts, where acts and linked pairs are many). About 80 bytes for
/// each act.
/// # Determinism
/// Depends on the set of acts alone.
pub fn linked(acts: &Acts, window_micros: Option<i64>, max_q: f64) -> Result<Vec<JudgedPair>, CoactionError> {
    linked_by(&Legs::within(acts, window_micros)?, max_q)
}

/// [`linked`] across two populations: left account first in each pair.
///
/// # Errors
/// As [`linked`], and for more acts than 32 bits can number on both sides together.
pub fn linked_between(
    left: &Acts,
    right: &Acts,
    window_micros: Option<i64>,
    max_q: f64,
) -> Result<Vec<JudgedPair>, CoactionError> {
    linked_by(&Legs::between(left, right, window_micros)?, max_q)
}

fn linked_by(legs: &Legs, max_q: f64) -> Result<Vec<JudgedPair>, CoactionError> {
    let world = World::of(legs);
    let null = Null::new(&world, legs);
    let population = InMemory { legs, null: &null, activity: Activity::new(legs) };
    accepted(&population, max_q)
}

/// A pair of accounts and what its occasions are worth.
pub(crate) type Found = (PairCount, Surprise);

/// What has to be known of a population to say which of its pairs are linked.
pub(crate) trait Population {
    /// Acts, on the right side.
    fn acts(&self) -> u64;

    /// Pairs that could have coincided.
    fn tests(&self) -> u64;

    /// Whether there is a window: without one, dealing actors anew changes nothing.
    fn has_window(&self) -> bool;

    /// All pairs with at least `floor` bits, by (a, b); `floor` is above nought.
    fn surprising(&self, floor: Millibits) -> Result<Vec<Found>, CoactionError>;

    /// The bits of all pairs that reach `floor` in these deals, in any order.
    fn chance(&self, deals: &Deals, floor: Millibits) -> Result<Vec<Millibits>, CoactionError>;
}

/// A population whose acts are at hand.
pub(crate) struct InMemory<'a> {
    pub legs: &'a Legs<'a>,
    pub null: &'a Null<'a>,
    pub activity: Activity,
}

impl Population for InMemory<'_> {
    fn acts(&self) -> u64 {
        self.legs.right.len() as u64
    }

    fn tests(&self) -> u64 {
        self.legs.possible_pairs()
    }

    fn has_window(&self) -> bool {
        self.legs.window.is_some()
    }

    fn surprising(&self, floor: Millibits) -> Result<Vec<Found>, CoactionError> {
        let found = surprising(self.legs, self.null, &self.activity, Sample::ALL, floor);
        Ok(found.into_par_iter().map(|((a, b), surprise)| (count_pair(self.legs, a, b), surprise)).collect())
    }

    fn chance(&self, deals: &Deals, floor: Millibits) -> Result<Vec<Millibits>, CoactionError> {
        let mut bits = Vec::new();
        for number in 1..=deals.times {
            let right = dealt(self.legs.right, number);
            let legs = self.legs.dealt(&right);
            // what is judged learns its crowds from its own acts, so dealt ones must too
            let world = World::of(&legs);
            let null = Null::new(&world, &legs);
            let found = surprising(&legs, &null, &self.activity, deals.sample(), floor);
            bits.extend(found.into_iter().map(|(_, surprise)| surprise.bits));
        }
        Ok(bits)
    }
}

/// The rate whose number of linked pairs says how many deals are needed.
const USUAL_RATE: f64 = 0.05;

/// The pairs accepted at this rate, with their q-values.
pub(crate) fn accepted(population: &impl Population, max_q: f64) -> Result<Vec<JudgedPair>, CoactionError> {
    if !(0.0..=1.0).contains(&max_q) {
        return Err(CoactionError::Rate { rate: max_q.to_string() });
    }
    let found = population.surprising(least_bits(population))?;
    let bits: Vec<Millibits> = found.iter().map(|(_, surprise)| surprise.bits).collect();
    let judged = judged(population, &bits)?;
    let pairs = found.into_iter().zip(judged).filter(|(_, verdict)| verdict.q_value <= max_q);
    Ok(pairs.map(|((count, surprise), verdict)| verdict.of(count, surprise)).collect())
}

/// What the two nulls and the step-up say of a pair.
#[derive(Clone, Copy)]
pub(crate) struct Verdict {
    ln_p: f64,
    q_value: f64,
}

impl Verdict {
    /// Nothing speaks for the pair.
    const NONE: Self = Self { ln_p: 0.0, q_value: 1.0 };

    pub fn of(self, count: PairCount, surprise: Surprise) -> JudgedPair {
        JudgedPair { count, surprise, ln_p: self.ln_p, q_value: self.q_value }
    }
}

/// The fewest bits with which a pair is considered: no more pairs can then be accepted by chance, at whatever rate,
/// than a 64th of the acts (or a thousand). Larger p-values count as one, which step-up allows; what it gains is that
/// nobody has to look for them.
fn least_bits(population: &impl Population) -> Millibits {
    let pairs = (population.acts() as f64 / 64.0).max(1024.0);
    Millibits::from_bits(libm::log2(population.tests() as f64 / pairs)).max(Millibits(1))
}

/// Judges pairs by their bits; every pair with more bits than the least given must be among them.
pub(crate) fn judged(
    population: &impl Population,
    bits: &[Millibits],
) -> Result<Vec<Verdict>, CoactionError> {
    let ln_p = ln_p_values(population, bits)?;
    let q = q_values(&ln_p, population.tests());
    Ok(ln_p.into_iter().zip(q).map(|(ln_p, q_value)| Verdict { ln_p, q_value }).collect())
}

/// [`judged`], of some pairs among all; of all those with bits if `floors` says that some may be missing.
pub(crate) fn judged_behind_floors(
    population: &impl Population,
    bits: &[Millibits],
    floors: bool,
) -> Result<Vec<Verdict>, CoactionError> {
    if !floors {
        return judged(population, bits);
    }
    let mut all: Vec<Millibits> = population
        .surprising(least_bits(population))?
        .into_iter()
        .map(|(_, surprise)| surprise.bits)
        .collect();
    all.sort_unstable();
    let judged = judged(population, &all)?;
    // a pair that a filter left fewer bits than any other has is judged as that other
    let verdict = |bits: &Millibits| match all.partition_point(|b| b < bits) {
        at if all.get(at) == Some(bits) => judged[at],
        0 => Verdict::NONE,
        at => judged[at - 1],
    };
    Ok(bits.iter().map(verdict).collect())
}

/// The natural logarithms of the pairs' p-values. Where popularity and own rates alone explain everything the second
/// null is not asked.
pub(crate) fn ln_p_values(
    population: &impl Population,
    bits: &[Millibits],
) -> Result<Vec<f64>, CoactionError> {
    let tests = population.tests();
    let least = least_bits(population);
    let ln_p = |bits: &Millibits| if *bits < least { 0.0 } else { -bits.bits() * std::f64::consts::LN_2 };
    let by_bits: Vec<f64> = bits.iter().map(ln_p).collect();
    let q = q_values(&by_bits, tests);
    let linked = q.iter().filter(|q| **q <= USUAL_RATE).count();
    let considered = bits.iter().copied().filter(|b| *b >= least);
    let Some(floor) = considered.min().filter(|_| linked > 0 && population.has_window()) else {
        return Ok(by_bits);
    };
    let deals = Deals::enough_for(population.acts(), linked);
    let mut chance = population.chance(&deals, floor)?;
    chance.sort_unstable();
    let ln_all = libm::log(deals.number() * tests as f64 + 1.0);
    let ln_p = bits
        .iter()
        .zip(by_bits)
        .map(|(bits, ln_p)| {
            let hits = chance.len() - chance.partition_point(|c| c < bits);
            let ln_dealt = libm::log(hits as f64 + 1.0) - ln_all;
            if *bits >= least { ln_p.max(ln_dealt) } else { 0.0 }
        })
        .collect();
    Ok(ln_p)
}

/// How often the actors are dealt anew, and how many accounts are looked at each time.
pub(crate) struct Deals {
    pub times: u64,
    stride: usize,
}

impl Deals {
    /// Acts dealt in all, where there are so few that one deal would say little.
    const ACTS: f64 = 1_048_576.0;
    /// With the one hit that is added to those seen, the rate among so many linked pairs is still small.
    const LINKED: f64 = 2_000.0;

    fn enough_for(acts: u64, linked: usize) -> Self {
        let enough = (Self::ACTS / acts.max(1) as f64).max(Self::LINKED / linked as f64);
        // less than one deal is one for a sample of the accounts
        let deals = enough.clamp(1.0 / 64.0, 20.0);
        if deals < 1.0 {
            Self { times: 1, stride: (1.0 / deals) as usize }
        } else {
            Self { times: libm::ceil(deals) as u64, stride: 1 }
        }
    }

    pub fn sample(&self) -> Sample {
        Sample { first: self.stride / 2, stride: self.stride }
    }

    fn number(&self) -> f64 {
        self.times as f64 / self.stride as f64
    }
}
