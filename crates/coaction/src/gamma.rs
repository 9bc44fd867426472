//! Logarithms of probabilities without cancellation.
//!
//! `k ln λ − λ − ln k!` loses as many digits as `k ln λ` has; for counts in the millions nothing is left. The
//! saddle-point form of Loader (C. Loader, Fast and Accurate Computation of Binomial Probabilities, 2000) keeps
//! them: a log probability is a sum of *deviances*, each small when the count is near its mean, and of
//! Stirling remainders.

use std::f64::consts::TAU;

/// ln n! − (n ln n − n + ½ ln 2πn), for whole n ≥ 1: what Stirling's formula leaves out.
pub(crate) fn stirling_remainder(n: f64) -> f64 {
    if n < 16.0 {
        let factorial = (1..=n as u64).product::<u64>() as f64;
        return libm::log(factorial) - (n * libm::log(n) - n + 0.5 * libm::log(TAU * n));
    }
    let square = n * n;
    let series = 1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / (1188.0 * square)) / square;
    (1.0 / 12.0 - (1.0 / 360.0 - series / square) / square) / n
}

/// x ln(x/m) + m − x for x ≥ 0, m > 0: nought when a count equals its mean, positive elsewhere.
pub(crate) fn deviance(x: f64, mean: f64) -> f64 {
    if x == 0.0 {
        return mean;
    }
    let difference = x - mean;
    if libm::fabs(difference) >= 0.1 * (x + mean) {
        return x * libm::log(x / mean) - difference;
    }
    // with v = (x − m)/(x + m): ln(x/m) = 2 (v + v³/3 + v⁵/5 + …), and the first term cancels by hand
    let v = difference / (x + mean);
    let square = v * v;
    let mut sum = difference * v;
    let mut power = 2.0 * x * v;
    for order in 1.. {
        power *= square;
        let next = sum + power / f64::from(2 * order + 1);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

/// ln P(X = x) for X ~ Binomial(n, p), 0 < p < 1, x ≤ n; `q` is 1 − p, given because subtraction would lose it.
pub(crate) fn binomial_ln(x: u64, n: u64, p: f64, q: f64) -> f64 {
    let size = n as f64;
    if x == 0 {
        return if p < 0.1 { size * libm::log1p(-p) } else { size * libm::log(q) };
    }
    if x == n {
        return if q < 0.1 { size * libm::log1p(-q) } else { size * libm::log(p) };
    }
    let (hits, misses) = (x as f64, (n - x) as f64);
    stirling_remainder(size)
        - stirling_remainder(hits)
        - stirling_remainder(misses)
        - deviance(hits, size * p)
        - deviance(misses, size * q)
        + 0.5 * (libm::log(size / misses) - libm::log(TAU * hits))
}

/// ln(1 − e^x) for x ≤ 0: the logarithm of the rest of a probability.
pub(crate) fn ln_complement(x: f64) -> f64 {
    if x > -std::f64::consts::LN_2 { libm::log(-libm::expm1(x)) } else { libm::log1p(-libm::exp(x)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remainders_agree_with_the_log_gamma_function() {
        for n in [1.0, 2.0, 15.0, 16.0, 17.0, 100.0] {
            let direct = libm::lgamma(n + 1.0) - (n * libm::log(n) - n + 0.5 * libm::log(TAU * n));
            assert!((stirling_remainder(n) - direct).abs() < 2e-13, "{n}");
        }
    }

    #[test]
    fn deviances_join_where_the_formulas_meet() {
        for mean in [3.0, 1e6] {
            for edge in [mean * 0.9 / 1.1, mean * 1.1 / 0.9] {
                let (inside, outside) =
                    (deviance(edge * (1.0 + 1e-13), mean), deviance(edge * (1.0 - 1e-13), mean));
                assert!((inside / outside - 1.0).abs() < 1e-9, "{inside} {outside}");
            }
        }
        assert_eq!(deviance(5.0, 5.0), 0.0);
        assert_eq!(deviance(0.0, 2.5), 2.5);
    }
}
