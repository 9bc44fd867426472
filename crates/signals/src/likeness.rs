//! What the members of a group have in common beyond being odd: the minute of their purchases, the program and the kind
//! of network they logged in with, their broker (`ways.rs`).
//!
//! One operator works with one set of tools and at one time. How concentrated a group is in such a trait is not known
//! beforehand, so its shares are drawn from a Dirichlet distribution around the usual ones, at any of several
//! strengths, half of the belief being that it is not concentrated at all. The rest of the crowd is treated alike: a
//! name in the news is bought by many within minutes. What a trait is worth to one member is how much more likely its
//! value is among the others of the group than among the others of the crowd.

use std::{cell::RefCell, collections::HashMap};

/// Strengths with which a group may lean on the usual shares: as many members as weigh as much.
const STRENGTHS: [f64; 4] = [1.0, 4.0, 16.0, 64.0];

/// One trait of the members of a crowd.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trait {
    /// The same trait told from finest to coarsest.
    resolutions: Vec<Resolution>,
}

/// A trait in categories, numbered from 0 in the order of their first member.
#[derive(Clone, Debug)]
struct Resolution {
    /// Per member its category, where known.
    of: Vec<Option<u32>>,
    /// Per category its usual share, and ln of it.
    usual: Vec<f64>,
    ln_usual: Vec<f64>,
}

impl Trait {
    /// Adds a coarser way to tell the trait: per member its value where known, and each value's usual share.
    pub(crate) fn told(mut self, of: impl Iterator<Item = Option<u32>>, usual: impl Fn(u32) -> f64) -> Self {
        let mut values: Vec<u32> = Vec::new();
        let of = of
            .map(|value| {
                let value = value?;
                let at = values.iter().position(|v| *v == value).unwrap_or_else(|| {
                    values.push(value);
                    values.len() - 1
                });
                Some(at as u32)
            })
            .collect();
        let usual: Vec<f64> = values.into_iter().map(usual).collect();
        let ln_usual = usual.iter().map(|u| libm::log(*u)).collect();
        self.resolutions.push(Resolution { of, usual, ln_usual });
        self
    }

    /// What tells members apart: of two that have the same here everything is the same.
    fn finest(&self, j: usize) -> Option<u32> {
        self.resolutions.first().and_then(|r| r.of[j])
    }

    /// Counts a part of the crowd, each member with its weight.
    pub(crate) fn count(&self, weights: &[f64]) -> Counted<'_> {
        let each = 0.5 / (self.resolutions.len() * STRENGTHS.len()) as f64;
        let mut beliefs = Vec::new();
        for resolution in &self.resolutions {
            let mut seen = vec![0.0; resolution.usual.len()];
            for (category, weight) in resolution.of.iter().zip(weights) {
                if let Some(k) = category {
                    seen[*k as usize] += weight;
                }
            }
            let total: f64 = seen.iter().sum();
            for strength in STRENGTHS {
                let of_total = libm::lgamma(strength + total);
                let mut log = libm::lgamma(strength) - of_total;
                let mut of_seen = Vec::with_capacity(seen.len());
                for ((seen, usual), ln_usual) in seen.iter().zip(&resolution.usual).zip(&resolution.ln_usual)
                {
                    let lean = strength * usual;
                    let gamma = libm::lgamma(lean + seen);
                    log += gamma - libm::lgamma(lean) - seen * ln_usual;
                    of_seen.push(gamma);
                }
                let belief = libm::log(each) + log;
                beliefs.push(Belief {
                    resolution,
                    strength,
                    total,
                    of_total,
                    seen: seen.clone(),
                    of_seen,
                    belief,
                });
            }
        }
        Counted { of: self, beliefs, known: RefCell::default() }
    }
}

/// What was counted in a part of a crowd.
pub(crate) struct Counted<'a> {
    of: &'a Trait,
    beliefs: Vec<Belief<'a>>,
    /// Lifts by value and weight, which many members have in common. Looked up only: its order tells nothing.
    known: RefCell<HashMap<(Option<u32>, u64), f64>>,
}

struct Belief<'a> {
    resolution: &'a Resolution,
    strength: f64,
    total: f64,
    seen: Vec<f64>,
    /// ln Γ of the strength and the total, and per category of what it leans on and what was seen.
    of_total: f64,
    of_seen: Vec<f64>,
    /// ln of the belief in this strength before anything was counted, times how likely it makes what was.
    belief: f64,
}

impl Counted<'_> {
    /// log2 of how much likelier the traits of this part are if it has shares of its own than by the usual ones.
    pub(crate) fn evidence(&self) -> f64 {
        ln_sum(self.beliefs.iter().map(|b| b.belief)) / std::f64::consts::LN_2
    }

    /// log2 of how much likelier the value of member `j`, counted with `weight`, is among the others of this part than
    /// usual.
    pub(crate) fn lift(&self, j: usize, weight: f64) -> f64 {
        let key = (self.of.finest(j), weight.to_bits());
        if let Some(lift) = self.known.borrow().get(&key) {
            return *lift;
        }
        let lift = self.lift_of(j, weight);
        self.known.borrow_mut().insert(key, lift);
        lift
    }

    fn lift_of(&self, j: usize, weight: f64) -> f64 {
        // With and without the member itself, relative to the usual shares.
        let others = self.beliefs.iter().map(|b| {
            let Some(k) = b.resolution.of[j].map(|k| k as usize) else { return (b.belief, b.belief) };
            let (seen, usual) = (b.seen[k], b.resolution.usual[k]);
            let lean = b.strength * usual;
            let rest = (seen - weight).max(0.0);
            let without = b.belief
                - (b.of_seen[k] - libm::lgamma(lean + rest) - (seen - rest) * b.resolution.ln_usual[k])
                + b.of_total
                - libm::lgamma(b.strength + (b.total - weight).max(0.0));
            let share = (rest + lean) / ((b.total - weight).max(0.0) + b.strength);
            (without, without + libm::log(share / usual))
        });
        let (without, with): (Vec<f64>, Vec<f64>) = others.unzip();
        (ln_sum(with.into_iter()) - ln_sum(without.into_iter())) / std::f64::consts::LN_2
    }
}

/// ln of the sum of all, the belief that nothing is concentrated included.
fn ln_sum(logs: impl Iterator<Item = f64>) -> f64 {
    let logs: Vec<f64> = logs.chain([libm::log(0.5)]).collect();
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    most + libm::log(logs.iter().map(|l| libm::exp(l - most)).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten values, each as usual as any other.
    fn of(values: &[u32]) -> Trait {
        Trait::default().told(values.iter().map(|v| Some(*v)), |_| 0.1)
    }

    #[test]
    fn a_group_that_uses_one_of_ten_is_concentrated_and_one_that_uses_all_is_not() {
        let (same, spread) = (of(&[3; 8]), of(&[0, 1, 2, 3, 4, 5, 6, 7]));
        let all = [1.0; 8];
        assert!(same.count(&all).evidence() > 15.0, "{}", same.count(&all).evidence());
        assert!(spread.count(&all).evidence() < 0.0);
        assert!(same.count(&all).lift(0, 1.0) > 2.5);
    }

    #[test]
    fn evidence_is_one_member_after_another_judged_by_those_before() {
        // The probability of a whole is the product of its parts, each given what came before.
        let values = [3, 3, 5, 3, 1, 1, 3];
        let told = of(&values);
        let mut parts = 0.0;
        for n in 0..values.len() {
            let seen: Vec<f64> = (0..values.len()).map(|i| f64::from(u8::from(i <= n))).collect();
            parts += told.count(&seen).lift(n, 1.0);
        }
        let whole = told.count(&[1.0; 7]).evidence();
        assert!((parts - whole).abs() < 1e-9, "{parts} {whole}");
    }

    #[test]
    fn nobody_counts_for_itself_and_what_is_not_known_says_nothing() {
        let told = of(&[3, 3, 3, 9]);
        // Alone with its value among the others, and alone in the part at all.
        assert!(told.count(&[1.0; 4]).lift(3, 1.0) < 0.0);
        assert!(told.count(&[0.0, 0.0, 0.0, 1.0]).lift(3, 1.0).abs() < 1e-9);
        let unknown = Trait::default().told([Some(3), Some(3), None].into_iter(), |_| 0.1);
        assert!(unknown.count(&[1.0; 3]).lift(2, 1.0).abs() < 1e-9);
    }

    #[test]
    fn order_does_not_matter() {
        let (a, b) = (of(&[1, 1, 2, 7]), of(&[7, 2, 1, 1]));
        assert!((a.count(&[1.0; 4]).evidence() - b.count(&[1.0; 4]).evidence()).abs() < 1e-12);
    }
}
