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
//! q-values are those of Benjamini and Hochberg (1995) with m all pairs that could have coincided.

use itoguchi_model::Millibits;

use crate::{
    acts::Acts,
    deal::dealt,
    error::CoactionError,
    legs::Legs,
    occasions::PairCount,
    promising::{Activity, Sample, surprising},
    surprise::{Null, Surprise},
    validate::q_values,
};

/// A pair with what its occasions are worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinkedPair {
    /// How often they acted together.
    pub count: PairCount,
    /// What that is worth.
    pub surprise: Surprise,
    /// False discovery rate at which it is accepted, among all pairs there could be.
    pub q_value: f64,
}

/// Acts dealt in all, where there are so few that one deal would say little.
const ACTS_DEALT: f64 = 1_048_576.0;
/// With the one hit that is added to those seen, the rate among so many linked pairs is still small.
const ENOUGH: f64 = 2_000.0;
/// Fewest and most deals; less than one is a sample of the accounts.
const DEALS: (f64, f64) = (1.0 / 64.0, 20.0);
/// The rate whose number of linked pairs says how many deals are needed.
const USUAL_RATE: f64 = 0.05;

/// How surprising pairs are among all that could be.
pub(crate) struct Judged {
    /// Natural logarithms of p-values, in the order of the bits given.
    ln_p: Vec<f64>,
    tests: u64,
}

impl Judged {
    /// Judges pairs by their bits; every pair with more bits than the least given must be among them.
    pub fn new(legs: &Legs, null: &Null, activity: &Activity, bits: &[Millibits]) -> Self {
        let tests = legs.possible_pairs();
        let by_bits: Vec<f64> = bits.iter().map(|b| -b.bits() * std::f64::consts::LN_2).collect();
        let linked = accepted(&by_bits, tests, USUAL_RATE);
        let positive = bits.iter().copied().filter(|b| *b > Millibits::ZERO);
        let Some(floor) = positive.min().filter(|_| linked > 0) else { return Self { ln_p: by_bits, tests } };
        let deals = Deals::enough_for(legs, linked);
        let chance = deals.bits(legs, null, activity, floor);
        let ln_all = libm::log(deals.number() * tests as f64 + 1.0);
        let ln_p = bits
            .iter()
            .zip(by_bits)
            .map(|(bits, ln_p)| {
                let hits = chance.len() - chance.partition_point(|c| c < bits);
                let ln_dealt = libm::log(hits as f64 + 1.0) - ln_all;
                if *bits > Millibits::ZERO { ln_p.max(ln_dealt) } else { 0.0 }
            })
            .collect();
        Self { ln_p, tests }
    }

    pub fn q_values(&self) -> Vec<f64> {
        q_values(&self.ln_p, self.tests)
    }
}

/// How many tests the step-up procedure accepts.
fn accepted(ln_p: &[f64], tests: u64, rate: f64) -> u64 {
    q_values(ln_p, tests).into_iter().filter(|q| *q <= rate).count() as u64
}

/// How often the actors are dealt anew, and how many accounts are looked at each time.
struct Deals {
    times: u64,
    stride: usize,
}

impl Deals {
    fn enough_for(legs: &Legs, linked: u64) -> Self {
        let acts = legs.right.len().max(1) as f64;
        let deals = (ACTS_DEALT / acts).max(ENOUGH / linked as f64).clamp(DEALS.0, DEALS.1);
        if deals < 1.0 {
            Self { times: 1, stride: (1.0 / deals) as usize }
        } else {
            Self { times: libm::ceil(deals) as u64, stride: 1 }
        }
    }

    fn number(&self) -> f64 {
        self.times as f64 / self.stride as f64
    }

    /// The bits of all pairs that reach `floor`, ascending.
    fn bits(&self, legs: &Legs, null: &Null, activity: &Activity, floor: Millibits) -> Vec<Millibits> {
        let mut bits = Vec::new();
        let sample = Sample { first: self.stride / 2, stride: self.stride };
        for number in 1..=self.times {
            let right = dealt(legs.right, number);
            let legs = legs.dealt(&right);
            let found = surprising(&legs, null, activity, sample, floor);
            bits.extend(found.into_iter().map(|(_, surprise)| surprise.bits));
        }
        bits.sort_unstable();
        bits
    }
}

/// The pairs of accounts that act together more than chance explains, at a false discovery rate of at most
/// `max_q`, by (a, b).
///
/// No object is too popular to be looked at; pairs that cannot be significant are never written down.
///
/// # Errors
/// [`CoactionError::NegativeWindow`]; [`CoactionError::Rate`] unless `max_q` lies from 0 to 1.
/// # Cost
/// That of [`crate::sweep`] with two occasions, twice or more: once for what was seen, and for each of 1 to 20
/// deals (one where acts and linked pairs are many).
/// # Determinism
/// Depends on the set of acts alone.
pub fn linked(acts: &Acts, window_micros: Option<i64>, max_q: f64) -> Result<Vec<LinkedPair>, CoactionError> {
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
) -> Result<Vec<LinkedPair>, CoactionError> {
    linked_by(&Legs::between(left, right, window_micros)?, max_q)
}

fn linked_by(legs: &Legs, max_q: f64) -> Result<Vec<LinkedPair>, CoactionError> {
    if !(0.0..=1.0).contains(&max_q) {
        return Err(CoactionError::Rate { rate: max_q.to_string() });
    }
    let null = Null::new(legs);
    let activity = Activity::new(legs);
    let found = candidates(legs, &null, &activity, max_q.max(USUAL_RATE));
    let bits: Vec<Millibits> = found.iter().map(|(_, s)| s.bits).collect();
    let q = Judged::new(legs, &null, &activity, &bits).q_values();
    let linked = found.into_iter().zip(q).filter(|(_, q)| *q <= max_q);
    Ok(linked
        .map(|(((a, b), surprise), q_value)| {
            let count = crate::occasions::count_pair(legs, a, b);
            LinkedPair { count, surprise, q_value }
        })
        .collect())
}

/// All pairs that the step-up procedure could accept at this rate.
///
/// With m tests and at most R pairs accepted, p must be at most rate · R / m. The search starts from a guess of R;
/// where no more pairs are found than guessed, none was missed.
fn candidates(legs: &Legs, null: &Null, activity: &Activity, rate: f64) -> Vec<((u32, u32), Surprise)> {
    let tests = legs.possible_pairs() as f64;
    let mut guess = (legs.left.len() as f64 / 64.0).max(1024.0);
    loop {
        let bits = libm::log2(tests / (rate * guess));
        let floor = Millibits::from_bits(bits).max(Millibits(1));
        let found = surprising(legs, null, activity, Sample::ALL, floor);
        if found.len() as f64 <= guess || floor == Millibits(1) {
            return found;
        }
        guess = (guess * 16.0).max(found.len() as f64 * 2.0);
    }
}
