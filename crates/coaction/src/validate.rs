//! Which pairs to believe: false discovery rates over all pairs that could have been, and the over-expression
//! test of the literature.

use crate::gamma::{binomial_ln, ln_complement};

/// Pairs among `accounts` accounts: the number of tests that a search over all of them makes.
#[must_use]
pub fn all_pairs(accounts: u32) -> u64 {
    u64::from(accounts) * u64::from(accounts).saturating_sub(1) / 2
}

/// The q-value of every test: the smallest false discovery rate at which it is accepted.
///
/// `ln_p` are natural logarithms of p-values, in any order; `tests` is the number of all tests, those left out
/// of `ln_p` having p = 1 (it counts as at least `ln_p.len()`). The step-up procedure proper: with p sorted,
/// q_(i) is the least of p_(j) m / j over j ≥ i, so q never falls while p rises. A q too small for a float is
/// given as the smallest normal one, since none is nought; not-a-number counts as p = 1.
///
/// # Cost
/// O(n log n) time, 8 bytes for each test given.
/// # Source
/// Y. Benjamini, Y. Hochberg, Controlling the False Discovery Rate, J. R. Statist. Soc. B 57, 1995.
#[must_use]
pub fn q_values(ln_p: &[f64], tests: u64) -> Vec<f64> {
    let p = |i: usize| if ln_p[i].is_nan() { 0.0 } else { ln_p[i].min(0.0) };
    let ln_tests = libm::log(tests.max(ln_p.len() as u64) as f64);
    let mut order: Vec<usize> = (0..ln_p.len()).collect();
    order.sort_unstable_by(|x, y| p(*x).total_cmp(&p(*y)).then(x.cmp(y)));
    let mut q = vec![1.0; ln_p.len()];
    let mut least = 0.0_f64;
    for (rank, i) in order.into_iter().enumerate().rev() {
        least = least.min(p(i) + ln_tests - libm::log((rank + 1) as f64));
        q[i] = libm::exp(least).max(f64::MIN_POSITIVE);
    }
    q
}

/// ln p that one account leads another: of the occasions in which one of them came first, `a_led` and `b_led`, as
/// many or more on one side by chance, either side being as likely. Two-sided; 0 where neither led more.
///
/// Dealing the actors anew within an object makes either order of an occasion's acts as likely, so this is that
/// null's own law; that the two act together at all is another question ([`crate::linked`]).
///
/// ```
/// use itoguchi_coaction::lead_ln_p;
/// assert!((lead_ln_p(8, 0).exp() - 2.0 / 256.0).abs() < 1e-12);
/// assert_eq!(lead_ln_p(3, 3), 0.0);
/// ```
#[must_use]
pub fn lead_ln_p(a_led: u32, b_led: u32) -> f64 {
    let (more, fewer) = (u64::from(a_led.max(b_led)), u64::from(a_led.min(b_led)));
    let all = more + fewer;
    if more == fewer {
        return 0.0;
    }
    let series = descending(|step| {
        let above = more as f64 + step;
        (all as f64 - above + 1.0) / above
    });
    (binomial_ln(more, all, 0.5, 0.5) + libm::log(2.0 * series)).min(0.0)
}

/// log10 P(X ≥ common) where two accounts occupy `cells_a` and `cells_b` of `cells` cells drawn at random: the
/// over-expression test of statistically validated networks.
///
/// It treats all cells as equally likely, and so validates far too much where some objects are popular; use it
/// to compare with the literature, not to accuse. 0 where `common` is certain, minus infinity where it cannot
/// be (more common cells than either has, or more cells than there are).
///
/// # Cost
/// O(min(cells_a, cells_b)) at worst, a few terms far from the mean.
/// # Source
/// M. Tumminello, S. Miccichè, F. Lillo, J. Piilo, R. N. Mantegna, Statistically Validated Networks in
/// Bipartite Complex Systems, PLoS ONE 6(3), 2011: T is `cells`, N_i and N_j `cells_a` and `cells_b`.
#[must_use]
pub fn hypergeometric_log10_sf(cells: u64, cells_a: u64, cells_b: u64, common: u64) -> f64 {
    let least = (cells_a.saturating_add(cells_b)).saturating_sub(cells);
    if cells_a > cells || cells_b > cells || common > cells_a.min(cells_b) {
        return f64::NEG_INFINITY;
    }
    if common <= least {
        return 0.0;
    }
    let mean = cells_a as f64 * cells_b as f64 / cells as f64;
    let law = Cells { cells, cells_a, cells_b };
    let ln = if common as f64 > mean {
        let start = common as f64;
        law.ln(common) + libm::log(descending(|step| law.ratio(start + step - 1.0)))
    } else {
        let start = (common - 1) as f64;
        ln_complement(
            (law.ln(common - 1) + libm::log(descending(|step| 1.0 / law.ratio(start - step)))).min(0.0),
        )
    };
    ln.min(0.0) / std::f64::consts::LN_10
}

/// 1 + r(1) + r(1) r(2) + … until a term adds nothing; the factors must fall below one.
fn descending(ratio: impl Fn(f64) -> f64) -> f64 {
    let (mut sum, mut term, mut step) = (1.0, 1.0, 1.0);
    loop {
        term *= ratio(step);
        let next = sum + term;
        if next == sum || term <= 0.0 {
            return sum;
        }
        sum = next;
        step += 1.0;
    }
}

/// The law of the number of common cells.
struct Cells {
    cells: u64,
    cells_a: u64,
    cells_b: u64,
}

impl Cells {
    /// ln P(X = x), for a possible x.
    ///
    /// A hypergeometric probability is a product of two binomial ones over a third, for whatever success
    /// chance; with b's share of the cells as the chance all three are near their means.
    fn ln(&self, x: u64) -> f64 {
        let Self { cells, cells_a, cells_b } = *self;
        if cells_b == cells {
            return 0.0;
        }
        let p = cells_b as f64 / cells as f64;
        let q = (cells - cells_b) as f64 / cells as f64;
        binomial_ln(x, cells_a, p, q) + binomial_ln(cells_b - x, cells - cells_a, p, q)
            - binomial_ln(cells_b, cells, p, q)
    }

    /// P(X = x + 1) / P(X = x).
    fn ratio(&self, x: f64) -> f64 {
        // T − N_i − N_j may be negative, x makes up for it
        let empty = self.cells as f64 - self.cells_a as f64 - self.cells_b as f64 + x + 1.0;
        (self.cells_a as f64 - x) * (self.cells_b as f64 - x) / ((x + 1.0) * empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chance_of_leading_is_that_of_coins() {
        for (more, fewer) in [(1_u32, 0_u32), (5, 2), (9, 8), (20, 3), (40, 40)] {
            let all = more + fewer;
            // whole numbers: ways of as many heads or more
            let mut ways = 1_u128;
            let mut tail = 0_u128;
            for heads in 0..=all {
                if heads >= more {
                    tail += ways;
                }
                ways = ways * u128::from(all - heads) / u128::from(heads + 1);
            }
            let wanted =
                if more == fewer { 1.0 } else { (2.0 * tail as f64 / 2.0_f64.powi(all as i32)).min(1.0) };
            for found in [lead_ln_p(more, fewer), lead_ln_p(fewer, more)] {
                assert!((found.exp() - wanted).abs() < 1e-12, "{more} {fewer}: {} {wanted}", found.exp());
            }
        }
    }
}
