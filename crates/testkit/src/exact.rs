//! Probabilities by exact arithmetic on whole numbers of any size.

/// A whole number of any size, 32 bits a digit, least first, no leading noughts.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Whole(Vec<u32>);

impl Whole {
    /// The number `value`.
    #[must_use]
    pub fn new(value: u64) -> Self {
        Self(vec![value as u32, (value >> 32) as u32]).trimmed()
    }

    fn trimmed(mut self) -> Self {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }

    /// This plus `other`.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let digit = |w: &Self, i: usize| u64::from(w.0.get(i).copied().unwrap_or(0));
        let mut carry = 0;
        let digits = (0..=self.0.len().max(other.0.len())).map(|i| {
            carry += digit(self, i) + digit(other, i);
            let low = carry as u32;
            carry >>= 32;
            low
        });
        Self(digits.collect()).trimmed()
    }

    /// This times a small number.
    #[must_use]
    pub fn times(&self, factor: u32) -> Self {
        let mut carry = 0;
        let mut digits: Vec<u32> = self
            .0
            .iter()
            .map(|d| {
                carry += u64::from(*d) * u64::from(factor);
                let low = carry as u32;
                carry >>= 32;
                low
            })
            .collect();
        digits.push(carry as u32);
        Self(digits).trimmed()
    }

    /// This times any number.
    #[must_use]
    pub fn times_whole(&self, other: &Self) -> Self {
        let mut sum = Self::default();
        for digit in other.0.iter().rev() {
            sum.0.insert(0, 0);
            sum = sum.trimmed().plus(&self.times(*digit));
        }
        sum
    }

    /// This divided by a small number that divides it.
    #[must_use]
    pub fn divided(&self, divisor: u32) -> Self {
        let mut rest = 0;
        let mut digits = self.0.clone();
        for digit in digits.iter_mut().rev() {
            rest = rest << 32 | u64::from(*digit);
            *digit = (rest / u64::from(divisor)) as u32;
            rest %= u64::from(divisor);
        }
        assert_eq!(rest, 0, "only whole quotients");
        Self(digits).trimmed()
    }

    /// ln of this; minus infinity for nought.
    #[must_use]
    pub fn ln(&self) -> f64 {
        let top = self.0.len().saturating_sub(3);
        let mantissa = self.0[top..].iter().rev().fold(0.0, |sum, d| sum * 2.0_f64.powi(32) + f64::from(*d));
        mantissa.ln() + top as f64 * 32.0 * std::f64::consts::LN_2
    }
}

/// Number of ways to choose `k` of `n`.
#[must_use]
pub fn binomial(n: u32, k: u32) -> Whole {
    if k > n {
        return Whole::default();
    }
    (1..=k).fold(Whole::new(1), |product, i| product.times(n - k + i).divided(i))
}

/// log10 P(X ≥ common) of the hypergeometric law, by summing exact counts.
#[must_use]
pub fn hypergeometric_log10_tail(cells: u32, cells_a: u32, cells_b: u32, common: u32) -> f64 {
    let ways = (common..=cells_a.min(cells_b))
        .filter(|x| cells_b - x <= cells - cells_a)
        .map(|x| binomial(cells_a, x).times_whole(&binomial(cells - cells_a, cells_b - x)))
        .fold(Whole::default(), |sum, ways| sum.plus(&ways));
    (ways.ln() - binomial(cells, cells_b).ln()) / std::f64::consts::LN_10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_cases_are_as_by_hand() {
        assert_eq!(binomial(52, 5), Whole::new(2_598_960));
        assert_eq!(Whole::new(u64::MAX).plus(&Whole::new(1)).divided(2), Whole::new(1 << 63));
        assert_eq!(Whole::new(1 << 40).times_whole(&Whole::new(1 << 20)), Whole::new(1 << 60));
        // two of four cells each: P(both in common) = 1/6
        assert!((hypergeometric_log10_tail(4, 2, 2, 2) + 6.0_f64.log10()).abs() < 1e-15);
    }
}
