//! Prices, quantities and money in fixed point: sums do not depend on order.

use std::{
    iter::Sum,
    ops::{Add, AddAssign, Neg, Sub},
};

use serde::{Deserialize, Serialize};

/// A price or a quantity in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scaled(pub i64);

/// Money (price × quantity) in units of 1e-12 of its currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(pub i128);

impl Scaled {
    /// One whole unit.
    pub const ONE: i64 = 1_000_000;

    /// The nearest millionth to `value`, or `None` if it is no finite number or larger than 9e12.
    #[must_use]
    pub fn from_f64(value: f64) -> Option<Self> {
        let scaled = libm::round(value * 1e6);
        (scaled.is_finite() && scaled.abs() < 9.0e18).then_some(Self(scaled as i64))
    }

    /// The value as a floating-point number.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// This price times `quantity`.
    #[must_use]
    pub fn times(self, quantity: Self) -> Money {
        Money(i128::from(self.0) * i128::from(quantity.0))
    }
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    const UNIT: i128 = 1_000_000_000_000;

    /// Rounded to whole units of the currency, half away from zero.
    ///
    /// ```
    /// use itoguchi_model::{Money, Scaled};
    /// let m = Scaled::from_f64(130.3).unwrap().times(Scaled::from_f64(100.0).unwrap());
    /// assert_eq!(m.whole(), 13_030);
    /// ```
    #[must_use]
    pub fn whole(self) -> i64 {
        let half = if self.0 < 0 { -Self::UNIT / 2 } else { Self::UNIT / 2 };
        let whole = (self.0 + half) / Self::UNIT;
        i64::try_from(whole).unwrap_or(if whole < 0 { i64::MIN } else { i64::MAX })
    }

    /// Converted at `rate` units of another currency per unit, half away from zero at 1e-12.
    #[must_use]
    pub fn at_rate(self, rate: Scaled) -> Self {
        let product = self.0.saturating_mul(i128::from(rate.0));
        let half = if product < 0 { -500_000 } else { 500_000 };
        Self((product + half) / 1_000_000)
    }

    /// The share `part / whole` of this amount, half away from zero; nothing if `whole` is nothing.
    #[must_use]
    pub fn share(self, part: Scaled, whole: Scaled) -> Self {
        if whole.0 == 0 {
            return Self::ZERO;
        }
        // Split off whole multiples first: amount × part may not fit 128 bits.
        let (quotient, rest) = (self.0 / i128::from(whole.0), self.0 % i128::from(whole.0));
        let tail = rest * i128::from(part.0);
        let half = i128::from(whole.0) / 2 * tail.signum();
        Self(quotient.saturating_mul(i128::from(part.0)) + (tail + half) / i128::from(whole.0))
    }

    /// As a floating-point number of whole currency units.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 1e12
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}
impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}
impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}
impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaled(value: f64) -> Scaled {
        Scaled::from_f64(value).unwrap()
    }

    #[test]
    fn money_rounds_half_away_from_zero() {
        assert_eq!(scaled(0.5).times(scaled(1.0)).whole(), 1);
        assert_eq!((-scaled(0.5).times(scaled(1.0))).whole(), -1);
        assert_eq!(scaled(0.499_999).times(scaled(1.0)).whole(), 0);
    }

    #[test]
    fn shares_of_an_amount_add_up_and_do_not_overflow() {
        let amount = scaled(1_000_000.0).times(scaled(8_000_000.0));
        assert_eq!(amount.share(scaled(250.0), scaled(1000.0)).whole(), 2_000_000_000_000);
        assert_eq!(amount.share(scaled(1.0), Scaled(0)), Money::ZERO);
        assert_eq!(scaled(10.0).times(scaled(1.0)).at_rate(scaled(147.55)).whole(), 1476);
    }

    #[test]
    fn not_finite_or_too_large_is_refused() {
        for bad in [f64::NAN, f64::INFINITY, 1e13] {
            assert_eq!(Scaled::from_f64(bad), None);
        }
    }
}
