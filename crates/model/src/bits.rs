//! Evidence in thousandths of a bit.

use std::{
    fmt,
    iter::Sum,
    ops::{Add, AddAssign, Neg, Sub, SubAssign},
};

use serde::{Deserialize, Serialize};

/// A log2 likelihood ratio in thousandths of a bit.
///
/// Integer, so that a sum is the same in whatever order threads or partitions add it up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millibits(pub i64);

impl Millibits {
    /// No evidence either way.
    pub const ZERO: Self = Self(0);

    /// The nearest thousandth to `bits`; not-a-number counts as no evidence, infinities are held at ±1e12.
    #[must_use]
    pub fn from_bits(bits: f64) -> Self {
        if bits.is_nan() {
            return Self::ZERO;
        }
        Self(libm::round((bits * 1000.0).clamp(-1e15, 1e15)) as i64)
    }

    /// log2 of `ratio`, a likelihood ratio or a count; 0 or less counts as the smallest positive number.
    ///
    /// ```
    /// use itoguchi_model::Millibits;
    /// assert_eq!(Millibits::log2(1_000_000.0), Millibits(19_932));
    /// ```
    #[must_use]
    pub fn log2(ratio: f64) -> Self {
        Self::from_bits(libm::log2(ratio.max(f64::MIN_POSITIVE)))
    }

    /// The value in bits.
    #[must_use]
    pub fn bits(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// The ratio 2^bits.
    #[must_use]
    pub fn ratio(self) -> f64 {
        libm::exp2(self.bits())
    }

    /// The probability whose log2 odds these bits are.
    #[must_use]
    pub fn probability(self) -> f64 {
        1.0 / (1.0 + libm::exp2(-self.bits()))
    }

    /// The larger of this and nothing.
    #[must_use]
    pub fn positive(self) -> Self {
        Self(self.0.max(0))
    }
}

impl Add for Millibits {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}
impl AddAssign for Millibits {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
impl Sub for Millibits {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}
impl SubAssign for Millibits {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}
impl Neg for Millibits {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}
impl Sum for Millibits {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

/// Bits with one decimal and a sign: `+19.9`.
impl fmt::Display for Millibits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:+.1}", self.bits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_held_not_lost() {
        assert_eq!(Millibits::from_bits(f64::NAN), Millibits::ZERO);
        assert_eq!(Millibits::from_bits(f64::INFINITY), Millibits(1_000_000_000_000_000));
        assert!(Millibits::log2(0.0).bits() < -1000.0);
        assert_eq!(Millibits(i64::MAX) + Millibits(1), Millibits(i64::MAX));
        assert!((Millibits(0).probability() - 0.5).abs() < 1e-12);
        assert_eq!(Millibits(-1500).to_string(), "-1.5");
    }
}
