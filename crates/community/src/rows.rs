//! The graph of one level of the search, in the narrowest form its weights allow.

use std::ops::{Mul, Range, Sub};

/// The weights of arcs, by their places.
pub(crate) trait Weights: Copy + Send + Sync {
    /// The weights at these places.
    fn of(self, arcs: Range<usize>) -> impl Iterator<Item = u64>;
}

/// Every arc weighs one.
#[derive(Clone, Copy)]
pub(crate) struct Ones;

impl Weights for Ones {
    #[inline]
    fn of(self, arcs: Range<usize>) -> impl Iterator<Item = u64> {
        arcs.map(|_| 1)
    }
}

impl Weights for &[u32] {
    #[inline]
    fn of(self, arcs: Range<usize>) -> impl Iterator<Item = u64> {
        self[arcs].iter().map(|weight| u64::from(*weight))
    }
}

impl Weights for &[u64] {
    #[inline]
    fn of(self, arcs: Range<usize>) -> impl Iterator<Item = u64> {
        self[arcs].iter().copied()
    }
}

/// Weights of arcs that a level owns.
pub(crate) trait Owned: Default + Send + Sync {
    type Rows<'a>: Weights
    where
        Self: 'a;
    fn push(&mut self, weight: u64);
    fn append(&mut self, other: Self);
    fn rows(&self) -> Self::Rows<'_>;
}

impl Owned for Vec<u32> {
    type Rows<'a> = &'a [u32];

    fn push(&mut self, weight: u64) {
        self.push(u32::try_from(weight).expect("narrow weights are chosen by the weight of the whole graph"));
    }

    fn append(&mut self, other: Self) {
        self.extend_from_slice(&other);
    }

    fn rows(&self) -> &[u32] {
        self
    }
}

impl Owned for Vec<u64> {
    type Rows<'a> = &'a [u64];

    fn push(&mut self, weight: u64) {
        self.push(weight);
    }

    fn append(&mut self, other: Self) {
        self.extend_from_slice(&other);
    }

    fn rows(&self) -> &[u64] {
        self
    }
}

/// A graph in compressed rows; every node has a size above nought. Loops are left out: no move changes
/// what lies inside a node. Neighbours are distinct and joined by a weight above nought.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a, W> {
    pub offsets: &'a [usize],
    pub targets: &'a [u32],
    pub weights: W,
    pub sizes: &'a [u64],
    /// The nodes of the graph that each node stands for; empty where nobody asks.
    pub members: &'a [u32],
    /// What each node draws by.
    pub keys: &'a [u64],
}

impl<W: Weights> Rows<'_, W> {
    pub fn nodes(&self) -> usize {
        self.sizes.len()
    }

    #[inline]
    pub fn arcs(&self, node: u32) -> Range<usize> {
        self.offsets[node as usize]..self.offsets[node as usize + 1]
    }

    #[inline]
    pub fn targets_of(&self, node: u32) -> &[u32] {
        &self.targets[self.arcs(node)]
    }
}

/// Whole numbers in which gains are counted: 64 bits wherever no gain can pass them, else 128.
pub(crate) trait Whole:
    Copy + Ord + Send + Sync + Default + Mul<Output = Self> + Sub<Output = Self>
{
    fn of(number: u64) -> Self;
    fn of_signed(number: i64) -> Self;
}

impl Whole for i64 {
    #[inline]
    fn of(number: u64) -> Self {
        number as Self
    }
    #[inline]
    fn of_signed(number: i64) -> Self {
        number
    }
}

impl Whole for i128 {
    #[inline]
    fn of(number: u64) -> Self {
        number.into()
    }
    #[inline]
    fn of_signed(number: i64) -> Self {
        number.into()
    }
}
