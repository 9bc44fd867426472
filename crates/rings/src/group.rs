//! The group test: is an object (a name on a day, a device, an address) used by a group of hijacked accounts,
//! given how unusual *every* account that used it is, the crowd included?
//!
//! With x_j the bits of actor j, the likelihood ratio of "a share π of the actors is hijacked" against "none is" is
//! Π_j (1 − π + π·2^x_j). A crowd of ordinary buyers pays −log2(1 − π) each, which is what keeps three odd accounts
//! among four hundred readers of a newsletter from becoming a ring.

use itoguchi_model::Millibits;

/// The outcome of a group test on one object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupTest {
    /// log2 of the greatest likelihood ratio over π.
    pub bits: Millibits,
    /// The same without the actor that contributes most.
    pub without_strongest: Millibits,
    /// The share π at which it is greatest.
    pub share: f64,
}

/// Tests the actors of one object. Order does not matter: bits are sorted before they are summed.
///
/// O(n log n + 60 n).
///
/// ```
/// use itoguchi_model::Millibits;
/// use itoguchi_rings::group::test;
/// let ten_odd = vec![Millibits(8_000); 10];
/// assert!(test(&ten_odd).bits.bits() > 70.0);
/// // two odd accounts in a crowd of four hundred prove nothing
/// let mut crowd = vec![Millibits(-4_000); 400];
/// crowd.extend([Millibits(6_000); 2]);
/// assert!(test(&crowd).bits.bits() < 2.0);
/// ```
#[must_use]
pub fn test(actors: &[Millibits]) -> GroupTest {
    let mut sorted = actors.to_vec();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let share = best_share(&sorted);
    let rest = sorted.get(1..).unwrap_or_default();
    GroupTest { bits: log_ratio(&sorted, share), without_strongest: log_ratio(rest, best_share(rest)), share }
}

/// The probability that an actor with `bits` is one of the hijacked share.
#[must_use]
pub fn posterior(bits: Millibits, share: f64) -> f64 {
    let odds = share * bits.ratio();
    odds / (1.0 - share + odds)
}

/// The share among the other actors: what one actor's membership is judged by.
#[must_use]
pub fn share_without(actors: &[Millibits], left_out: usize) -> f64 {
    let mut rest: Vec<Millibits> =
        actors.iter().enumerate().filter(|(i, _)| *i != left_out).map(|(_, x)| *x).collect();
    rest.sort_unstable_by(|a, b| b.cmp(a));
    best_share(&rest)
}

fn log_ratio(sorted: &[Millibits], share: f64) -> Millibits {
    sorted.iter().map(|x| Millibits::log2(1.0 - share + share * x.ratio())).sum()
}

/// The maximum is found by bisection on the derivative: the log likelihood is concave in π.
fn best_share(sorted: &[Millibits]) -> f64 {
    let excess: Vec<f64> = sorted.iter().map(|x| x.ratio() - 1.0).collect();
    let slope = |share: f64| -> f64 { excess.iter().map(|e| e / (1.0 + share * e)).sum() };
    if slope(0.0) <= 0.0 {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, 0.999);
    if slope(high) >= 0.0 {
        return high;
    }
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if slope(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(values: &[f64]) -> Vec<Millibits> {
        values.iter().map(|v| Millibits::from_bits(*v)).collect()
    }

    #[test]
    fn share_is_where_a_fine_grid_has_its_maximum() {
        let actors = bits(&[9.0, 7.5, 8.0, -4.0, -3.0, -5.0, 0.5, -2.0]);
        let found = test(&actors);
        let at = |p: f64| -> f64 { actors.iter().map(|x| libm::log2(1.0 - p + p * x.ratio())).sum() };
        let best = (0..1000).map(|i| at(f64::from(i) / 1000.0)).fold(f64::MIN, f64::max);
        assert!((found.bits.bits() - best).abs() < 0.01, "{} {best}", found.bits.bits());
    }

    #[test]
    fn one_strong_actor_does_not_hold_without_itself() {
        let found = test(&bits(&[20.0, -3.0, -3.0, -3.0]));
        assert!(found.bits.bits() > 10.0);
        assert_eq!(found.without_strongest, Millibits::ZERO);
    }

    #[test]
    fn empty_and_hopeless_groups_are_worth_nothing() {
        assert_eq!(test(&[]).bits, Millibits::ZERO);
        assert_eq!(test(&bits(&[-3.0, -4.0])).share, 0.0);
    }

    #[test]
    fn order_of_actors_does_not_matter() {
        let a = bits(&[9.0, -3.0, 4.0, 0.3, 7.7]);
        let mut b = a.clone();
        b.reverse();
        assert_eq!(test(&a), test(&b));
    }
}
