//! Random streams: one per thing that is drawn for, so that threads and order do not matter.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A stream of random numbers that depends on nothing but the seed, a tag and an index.
///
/// Distributions are computed with `libm`, so that a seed gives the same bytes on every platform.
pub(crate) struct Stream(ChaCha8Rng);

/// Scrambles 64 bits (the finaliser of SplitMix64).
pub(crate) fn mix(value: u64) -> u64 {
    let a = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let b = (a ^ (a >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let c = (b ^ (b >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    c ^ (c >> 31)
}

pub(crate) fn tag_bits(tag: &str) -> u64 {
    tag.bytes().fold(0xCBF2_9CE4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01B3))
}

impl Stream {
    pub(crate) fn new(seed: u64, tag: &str, index: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(mix(mix(seed ^ tag_bits(tag)) ^ mix(index))))
    }

    /// Uniform in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in 0..n; 0 if n is 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.0.next_u64()) * n as u128) >> 64) as usize
    }

    /// Uniform in low..=high.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(usize::try_from(high - low + 1).unwrap_or(1)) as i64
    }

    pub(crate) fn range(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Standard normal (Box and Muller 1958, one of the two).
    pub(crate) fn normal(&mut self) -> f64 {
        let u = 1.0 - self.unit();
        let v = self.unit();
        libm::sqrt(-2.0 * libm::log(u)) * libm::cos(core::f64::consts::TAU * v)
    }

    pub(crate) fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        median * libm::exp(sigma * self.normal())
    }

    /// Poisson by multiplication (Knuth); means here stay below a few dozen.
    pub(crate) fn poisson(&mut self, mean: f64) -> usize {
        let floor = libm::exp(-mean.min(60.0));
        let mut product = self.unit();
        let mut count = 0;
        while product > floor {
            product *= self.unit();
            count += 1;
        }
        count
    }

    pub(crate) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// An index drawn in proportion to `weights`.
    pub(crate) fn weighted(&mut self, weights: &[f64]) -> usize {
        let total: f64 = weights.iter().sum();
        let mut left = self.unit() * total;
        for (i, w) in weights.iter().enumerate() {
            left -= w;
            if left < 0.0 {
                return i;
            }
        }
        weights.len() - 1
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }

    /// `count` distinct members of `items`, or all of them if there are fewer.
    pub(crate) fn sample<T: Copy>(&mut self, items: &[T], count: usize) -> Vec<T> {
        let mut all = items.to_vec();
        self.shuffle(&mut all);
        all.truncate(count);
        all
    }
}

const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// An opaque token of eight characters, one for each index below 2^40: a scrambled permutation, so that tokens
/// never collide and say nothing of the order in which things were made.
pub(crate) fn token(seed: u64, tag: &str, index: u64) -> String {
    const MASK: u64 = (1 << 40) - 1;
    let key = mix(seed ^ tag_bits(tag));
    let mut x = index & MASK;
    for round in 0..4 {
        x = x.wrapping_mul(mix(key ^ round) | 1).wrapping_add(mix(key ^ (round + 8))) & MASK;
        x ^= x >> 19;
    }
    (0..8).map(|i| char::from(ALPHABET[((x >> (5 * i)) & 31) as usize])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_do_not_collide() {
        let all: std::collections::BTreeSet<String> = (0..20_000).map(|i| token(7, "t", i)).collect();
        assert_eq!(all.len(), 20_000);
        assert_ne!(token(7, "t", 0), token(8, "t", 0));
    }

    #[test]
    fn distributions_have_their_means() {
        let mut s = Stream::new(1, "test", 0);
        let n = 20_000;
        let normal: f64 = (0..n).map(|_| s.normal()).sum::<f64>() / f64::from(n);
        let poisson = (0..n).map(|_| s.poisson(2.5)).sum::<usize>() as f64 / f64::from(n);
        assert!(normal.abs() < 0.03, "{normal}");
        assert!((poisson - 2.5).abs() < 0.05, "{poisson}");
        assert!((0..1000).map(|_| s.between(3, 5)).all(|x| (3..=5).contains(&x)));
    }
}
