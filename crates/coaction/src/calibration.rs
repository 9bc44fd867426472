//! Whether the p-values keep their promise, on the data at hand.

use itoguchi_model::Millibits;

use crate::{
    acts::Acts,
    deal::dealt,
    error::CoactionError,
    legs::Legs,
    linked::{InMemory, Population as _, ln_p_values},
    promising::Activity,
    surprise::{Null, World},
    validate::q_values,
};

/// What was found where nothing was to be found.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// Pairs that could have coincided.
    pub tests: u64,
    /// Natural logarithms of the p-values of all pairs with any bits, ascending; all others have p = 1.
    pub ln_p: Vec<f64>,
    /// Pairs accepted at the false discovery rate asked for.
    pub accepted: usize,
}

impl Calibration {
    /// How many pairs have a p-value of at most `p`.
    #[must_use]
    pub fn at_most(&self, p: f64) -> usize {
        let ln = libm::log(p);
        self.ln_p.partition_point(|x| *x <= ln)
    }
}

/// Deals of a calibration have numbers that no judgement uses.
const APART: u64 = 1 << 32;

/// Deals the actors of every object anew and searches the outcome as if it were real: the `number`th of as many
/// trials as are wanted. Bursts and crowds stay, whoever acted together by intent does so no more, so that p-values
/// should be uniform or larger, and hardly a trial should have any pair accepted.
///
/// # Errors
/// As [`crate::linked`].
/// # Cost
/// That of [`crate::coact`] with significance.
pub fn calibrate(
    acts: &Acts,
    window_micros: Option<i64>,
    max_q: f64,
    number: u32,
) -> Result<Calibration, CoactionError> {
    let acts = dealt(acts, APART + u64::from(number));
    let legs = Legs::within(&acts, window_micros)?;
    let world = World::of(&legs);
    let null = Null::new(&world, &legs);
    let population = InMemory { legs: &legs, null: &null, activity: Activity::new(&legs) };
    let bits: Vec<Millibits> =
        population.surprising(Millibits(1))?.iter().map(|(_, surprise)| surprise.bits).collect();
    let mut ln_p = ln_p_values(&population, &bits)?;
    let tests = population.tests();
    let accepted = q_values(&ln_p, tests).iter().filter(|q| **q <= max_q).count();
    ln_p.sort_unstable_by(f64::total_cmp);
    Ok(Calibration { tests, ln_p, accepted })
}
