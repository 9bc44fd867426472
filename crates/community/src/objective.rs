//! What makes a partition good, as exact integers.

use std::{fmt, str::FromStr};

use crate::{error::CommunityError, rows::Whole};

/// The resolution γ as a fraction in lowest terms: the larger, the smaller the communities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Resolution {
    num: u64,
    den: u64,
}

impl Resolution {
    /// γ = 1, the ordinary modularity.
    pub const ONE: Self = Self { num: 1, den: 1 };

    /// γ = `value`, in the unit of the weights for each pair of nodes where the objective is CPM.
    #[must_use]
    pub fn whole(value: u64) -> Self {
        Self { num: value, den: 1 }
    }

    /// γ = `num / den`; none where `den` is nought.
    #[must_use]
    pub fn ratio(num: u64, den: u64) -> Option<Self> {
        let (mut a, mut b) = (num, den);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        (den > 0).then(|| Self { num: num / a, den: den / a })
    }

    /// The product of two, as a resolution and a factor of it; none where it does not fit into 64 bits above and below.
    ///
    /// ```
    /// use itoguchi_community::Resolution;
    /// let factor = Resolution::ratio(4, 3).unwrap();
    /// assert_eq!("0.05".parse::<Resolution>()?.times(factor), Resolution::ratio(1, 15));
    /// # Ok::<(), itoguchi_community::CommunityError>(())
    /// ```
    #[must_use]
    pub fn times(self, other: Self) -> Option<Self> {
        // what cancels is taken out before it is multiplied, and the product is in lowest terms
        let one = Self::ratio(self.num, other.den)?;
        let two = Self::ratio(other.num, self.den)?;
        Some(Self { num: one.num.checked_mul(two.num)?, den: one.den.checked_mul(two.den)? })
    }

    /// γ as a float, for reports.
    #[must_use]
    pub fn value(self) -> f64 {
        self.num as f64 / self.den as f64
    }
}

impl fmt::Display for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.den == 1 { write!(f, "{}", self.num) } else { write!(f, "{}/{}", self.num, self.den) }
    }
}

/// Reads a decimal number exactly: `0.05` is one twentieth, not the float nearest to it.
impl FromStr for Resolution {
    type Err = CommunityError;

    fn from_str(text: &str) -> Result<Self, CommunityError> {
        let refused = || CommunityError::Resolution { text: text.to_owned() };
        let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(refused());
        }
        let places = u32::try_from(fraction.len()).map_err(|_| refused())?;
        let den = 10_u64.checked_pow(places).ok_or_else(refused)?;
        Self::ratio(digits.parse().map_err(|_| refused())?, den).ok_or_else(refused)
    }
}

/// What a partition is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objective {
    /// Constant Potts model: every community's weight inside, less γ for each pair of its members. Judges a
    /// community by itself alone, so communities do not merge because the rest of the graph grew.
    Cpm {
        /// Weight that a pair of members must have on average.
        resolution: Resolution,
    },
    /// Modularity: weight inside less what the nodes' strengths lead to expect.
    Modularity {
        /// Factor of the expected weight; one for the ordinary modularity.
        resolution: Resolution,
        /// Weight of all edges of the whole, where the graph is a part of it and is to be parted as in the whole;
        /// none where the graph is the whole.
        total_weight: Option<u64>,
    },
}

impl Objective {
    /// CPM at γ = `resolution`.
    #[must_use]
    pub fn cpm(resolution: Resolution) -> Self {
        Self::Cpm { resolution }
    }

    /// Modularity at γ = `resolution`.
    #[must_use]
    pub fn modularity(resolution: Resolution) -> Self {
        Self::Modularity { resolution, total_weight: None }
    }

    /// The same with γ times `factor`; none where that does not fit, as [`Resolution::times`].
    #[must_use]
    pub fn times(self, factor: Resolution) -> Option<Self> {
        Some(match self {
            Self::Cpm { resolution } => Self::Cpm { resolution: resolution.times(factor)? },
            Self::Modularity { resolution, total_weight } => {
                Self::Modularity { resolution: resolution.times(factor)?, total_weight }
            }
        })
    }

    /// The coefficients of the gains in a graph of this total weight.
    ///
    /// ΔCPM = w − γ s S, times the denominator of γ. ΔQ = w/m − γ k K / 2m², times 2m² and the denominator.
    pub(crate) fn terms(self, graph_weight: u64, sizes: u128) -> Result<Terms<i128>, CommunityError> {
        let (link, pair) = match self {
            Self::Cpm { resolution } => (u128::from(resolution.den), u128::from(resolution.num)),
            Self::Modularity { resolution, total_weight } => {
                let twice = 2 * u128::from(total_weight.unwrap_or(graph_weight));
                (
                    twice.checked_mul(resolution.den.into()).ok_or(CommunityError::TooLarge)?,
                    u128::from(resolution.num),
                )
            }
        };
        // no gain, nor a sum of gains over a partition, passes this
        let links = link.checked_mul(4 * u128::from(graph_weight).max(1));
        let pairs = sizes.checked_mul(sizes).and_then(|s| s.checked_mul(2)).and_then(|s| pair.checked_mul(s));
        match (links, pairs) {
            (Some(links), Some(pairs)) if links.max(pairs) < 1 << 126 => {
                Ok(Terms { link: link as i128, pair: pair as i128 })
            }
            _ => Err(CommunityError::TooLarge),
        }
    }
}

/// Coefficients of a gain: `link` for a unit of weight, less `pair` for a unit of size times size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms<G> {
    pub link: G,
    pub pair: G,
}

impl<G: Whole> Terms<G> {
    /// What it gains to join a node or set of size `size` to a community of total size `other`, when edges of
    /// weight `weight` join the two.
    #[inline]
    pub fn gain(self, weight: u64, size: u64, other: u64) -> G {
        self.link * G::of(weight) - self.pair * G::of(size) * G::of(other)
    }

    /// What it gains to move a node of size `size` from a community whose others have size `from` to one of size
    /// `to`, when its edges to the latter weigh `pull` more.
    #[inline]
    pub fn gain_of_move(self, pull: i64, size: u64, from: u64, to: u64) -> G {
        self.link * G::of_signed(pull) - self.pair * G::of(size) * (G::of(to) - G::of(from))
    }
}

impl Terms<i128> {
    /// The same in 64 bits, where no gain nor any step on the way to one passes them: neither does the weight of the
    /// whole graph, nor the product of two sizes that together are at most the whole.
    pub fn narrow(self, graph_weight: u64, sizes: u128) -> Option<Terms<i64>> {
        let links = self.link.checked_mul(2 * i128::from(graph_weight).max(1))?;
        let pairs = self.pair.checked_mul(i128::try_from(sizes.checked_mul(sizes)?).ok()?)?;
        let fits = links.max(pairs) < 1 << 62;
        fits.then_some(Terms { link: self.link as i64, pair: self.pair as i64 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly() {
        let read = |text: &str| text.parse::<Resolution>().map(|r| (r.num, r.den)).ok();
        assert_eq!(read("0.05"), Some((1, 20)));
        assert_eq!(read(" 12 "), Some((12, 1)));
        assert_eq!(read(".5"), Some((1, 2)));
        assert_eq!(read("0"), Some((0, 1)));
        for wrong in ["", ".", "-1", "1e3", "0.00000000000000000000001", "nan", "1.2.3"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(Resolution::ratio(3, 0), None);
        assert_eq!(Resolution::ratio(6, 4).map(|r| r.to_string()).as_deref(), Some("3/2"));
    }

    #[test]
    fn products_are_in_lowest_terms_or_none() {
        let of = |num, den| Resolution::ratio(num, den).unwrap();
        for (a, b, c, d) in [(1, 20, 4, 3), (6, 35, 14, 9), (0, 7, 3, 4), (3, 4, 0, 9), (8, 1, 1, 8)] {
            let wanted = of(a * c, b * d);
            assert_eq!(of(a, b).times(of(c, d)), Some(wanted));
            assert_eq!(of(c, d).times(of(a, b)), Some(wanted));
        }
        let (large, small) = (of(u64::MAX, 1), of(1, u64::MAX));
        assert_eq!(large.times(small), Some(Resolution::ONE));
        assert_eq!((large.times(of(2, 1)), small.times(of(1, 2))), (None, None));
        let whole = Objective::Modularity { resolution: of(1, 2), total_weight: Some(9) };
        let twice = Objective::Modularity { resolution: of(1, 1), total_weight: Some(9) };
        assert_eq!(whole.times(of(2, 1)), Some(twice));
        assert_eq!(Objective::cpm(large).times(of(2, 1)), None);
    }

    #[test]
    fn gains_that_would_overflow_are_refused() {
        let fine = Objective::modularity(Resolution::ONE);
        assert!(fine.terms(1 << 60, 1 << 61).is_ok());
        assert_eq!(fine.terms(1 << 62, 1 << 63).unwrap_err(), CommunityError::TooLarge);
        let heavy = Objective::cpm(Resolution::whole(u64::MAX));
        assert_eq!(heavy.terms(1, 1 << 40).unwrap_err(), CommunityError::TooLarge);
    }
}
