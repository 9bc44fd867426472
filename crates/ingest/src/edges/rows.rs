//! The edges of a stretch as they come, in as many decimals as they need so far.

use super::{
    EdgeRow,
    weight::{self, Weight},
};
use crate::plain::RowReject;

/// Edges of rows that follow each other.
pub(super) struct Rows {
    pub edges: Vec<EdgeRow>,
    /// In the order of the file.
    pub rejects: Vec<RowReject>,
    pub rounded: u64,
    /// 1-based data record of the first row.
    first: u64,
    /// The decimals of all weights.
    scale: u8,
    /// The first edge whose weight does not fit in so many decimals, and what it was.
    too_large: Option<(usize, String)>,
}

/// From the first data record.
impl Default for Rows {
    fn default() -> Self {
        Self::new(1)
    }
}

impl Rows {
    /// None yet; `first` is the 1-based data record that is the next.
    pub fn new(first: u64) -> Self {
        Self { edges: Vec::new(), rejects: Vec::new(), rounded: 0, first, scale: 0, too_large: None }
    }

    pub fn scale(&self) -> u8 {
        self.scale
    }

    /// Adds an edge between two codes.
    pub fn push(&mut self, u: u32, v: u32, weight: Weight) {
        let Weight { units, decimals, rounded } = weight;
        self.rounded += u64::from(rounded);
        self.raise(decimals);
        let scaled = units.checked_mul(10_u64.pow(u32::from(self.scale - decimals)));
        if scaled.is_none() && self.too_large.is_none() {
            self.too_large = Some((self.edges.len(), weight::text(units, decimals)));
        }
        self.edges.push(EdgeRow { u, v, weight: scaled.unwrap_or_default() });
    }

    /// Brings all weights to `scale` decimals, if they have fewer.
    pub fn raise(&mut self, scale: u8) {
        if scale <= self.scale {
            return;
        }
        let factor = 10_u64.pow(u32::from(scale - self.scale));
        for (at, edge) in self.edges.iter_mut().enumerate() {
            let scaled = edge.weight.checked_mul(factor);
            // What did not fit before stands here as 0, so this one may well come before it.
            if scaled.is_none() && self.too_large.as_ref().is_none_or(|(first, _)| at < *first) {
                self.too_large = Some((at, weight::text(edge.weight, self.scale)));
            }
            edge.weight = scaled.unwrap_or_default();
        }
        self.scale = scale;
    }

    /// The 1-based data record of the first weight that does not fit, and the weight.
    pub fn too_large(&self) -> Option<(u64, String)> {
        let (edge, value) = self.too_large.clone()?;
        let mut row = self.first + edge as u64;
        for reject in &self.rejects {
            row += u64::from(reject.row <= row);
        }
        Some((row, value))
    }
}
