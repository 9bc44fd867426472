//! Which accounts to look at together: for every account, its partners within reach.
//!
//! A product of a sparse matrix with its transpose, row by row (F. Gustavson, Two Fast Algorithms for Sparse
//! Matrices, ACM TOMS 4(3), 1978): the acts in reach of one account's acts are a few runs of neighbouring
//! memory, and who is among them twice is told by a table of bytes that fits into the first cache. No record of a
//! coincidence is ever written, so nothing has to be sorted, and nothing but the answer grows with the
//! coincidences.
use std::ops::Range;

use rayon::prelude::*;

use crate::legs::{Legs, OwnActs};

/// Acts in reach per piece of parallel work, as long as that gives few enough pieces.
const PIECE: u64 = 1 << 18;
const MAX_PIECES: u64 = 1024;
/// Partners collected before repeated ones are dropped.
const BATCH: usize = 1 << 20;

/// Which pairs are worth looking at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Those with a coincidence.
    Any,
    /// Those with two acts of the partner within reach: pairs with fewer than two occasions drop out here, and on
    /// trades that is nearly all of them.
    Twice,
}

/// Calls `judge` for every pair of a left account in `ranks` with its partners, and collects what it gives, by
/// left account and partner.
///
/// `judge` is given the left account, its acts, the partner and its positions. Not every pair it sees
/// is wanted, but every pair that is wanted is seen, once.
pub(crate) fn each_pair<T: Send>(
    legs: &Legs,
    ranks: Range<usize>,
    wanted: Wanted,
    judge: impl Fn(u32, &OwnActs, u32, &[u32]) -> Option<T> + Sync,
) -> Vec<T> {
    let found: Vec<Vec<T>> = pieces(legs, ranks)
        .into_par_iter()
        .map_init(Partners::default, |partners, piece| {
            let mut found = Vec::new();
            for rank in piece {
                let a = legs.by_left.id(rank);
                partners.own.fill(legs, legs.by_left.of_rank(rank));
                partners.find(legs, a, wanted);
                for b in &partners.found {
                    found.extend(judge(a, &partners.own, *b, legs.by_right().of(*b)));
                }
            }
            found
        })
        .collect();
    let mut all = Vec::with_capacity(found.iter().map(Vec::len).sum());
    for part in found {
        all.extend(part);
    }
    all
}

/// Ranges of left accounts with about equal numbers of acts in reach.
fn pieces(legs: &Legs, ranks: Range<usize>) -> Vec<Range<usize>> {
    let first = ranks.start;
    let weights: Vec<u64> = ranks.into_par_iter().map(|rank| acts_in_reach(legs, rank)).collect();
    even_pieces(&weights).into_iter().map(|piece| first + piece.start..first + piece.end).collect()
}

/// How much there is to look at for one left account.
pub(crate) fn acts_in_reach(legs: &Legs, rank: usize) -> u64 {
    legs.by_left.of_rank(rank).iter().map(|p| legs.reach.of(*p).len() as u64 + 1).sum()
}

/// Ranges of about equal weight.
pub(crate) fn even_pieces(weights: &[u64]) -> Vec<Range<usize>> {
    let total: u64 = weights.iter().sum();
    let share = total.div_ceil((total / PIECE).clamp(1, MAX_PIECES)).max(1);
    let (mut pieces, mut start, mut sum) = (Vec::new(), 0, 0);
    for (place, weight) in weights.iter().enumerate() {
        sum += weight;
        if sum >= share {
            pieces.push(start..place + 1);
            (start, sum) = (place + 1, 0);
        }
    }
    if start < weights.len() {
        pieces.push(start..weights.len());
    }
    pieces
}

/// The partners of one account, and what it takes to find them.
#[derive(Default)]
struct Partners {
    own: OwnActs,
    /// Ascending, each once.
    found: Vec<u32>,
    /// Everybody within reach.
    near: Vec<u32>,
    /// Of every slot, how many acts fell on it.
    slots: Vec<u8>,
}

impl Partners {
    fn find(&mut self, legs: &Legs, account: u32, wanted: Wanted) {
        self.found.clear();
        self.near.clear();
        match wanted {
            Wanted::Any => self.all(legs, account),
            Wanted::Twice => self.repeated(legs, account),
        }
    }

    fn all(&mut self, legs: &Legs, account: u32) {
        let mut batch = BATCH;
        self.own.each_reach(0..self.own.len(), |reach| {
            meet(legs, account, reach, &mut self.found);
            if self.found.len() >= batch {
                tidy(&mut self.found);
                batch = self.found.len() + BATCH;
            }
        });
        tidy(&mut self.found);
    }

    /// Partners with two acts in reach.
    fn repeated(&mut self, legs: &Legs, account: u32) {
        self.own.each_reach(0..self.own.len(), |reach| meet(legs, account, reach, &mut self.near));
        let slots = Slots::fill(&mut self.slots, &self.near);
        self.found.extend(self.near.iter().copied().filter(|b| slots.number(*b) > 1));
        keep_repeated(&mut self.found);
    }
}

/// Adds who acted at these positions and may be paired with the account: within one population a pair is found
/// from its smaller id.
#[inline]
fn meet(legs: &Legs, account: u32, reach: Range<usize>, near: &mut Vec<u32>) {
    let actors = &legs.right.actors()[reach];
    if legs.within {
        add_admitted(actors, near, |b| b > account);
    } else {
        add_admitted(actors, near, |b| b != account);
    }
}

/// Adds those of `list` that are admitted. There is no branch in it: often half of them are, and nobody can tell
/// which.
#[inline]
pub(crate) fn add_admitted(list: &[u32], to: &mut Vec<u32>, admits: impl Fn(u32) -> bool) {
    let mut end = to.len();
    to.resize(end + list.len(), 0);
    for b in list {
        to[end] = *b;
        end += usize::from(admits(*b));
    }
    to.truncate(end);
}

/// How many of a list fell on each slot; others may share one, so a number is an upper bound.
struct Slots<'a> {
    numbers: &'a [u8],
    shift: u32,
}

impl<'a> Slots<'a> {
    fn fill(numbers: &'a mut Vec<u8>, list: &[u32]) -> Self {
        let size = (list.len() * 16).next_power_of_two().clamp(64, 1 << 24);
        numbers.clear();
        numbers.resize(size, 0);
        let shift = u32::BITS - size.ilog2();
        for b in list {
            let number = &mut numbers[slot(*b, shift)];
            *number = number.saturating_add(1);
        }
        Self { numbers, shift }
    }

    #[inline]
    fn number(&self, b: u32) -> u8 {
        self.numbers[slot(b, self.shift)]
    }
}

#[inline]
pub(crate) fn slot(b: u32, shift: u32) -> usize {
    (b.wrapping_mul(0x9E37_79B1) >> shift) as usize
}

pub(crate) fn tidy(list: &mut Vec<u32>) {
    list.sort_unstable();
    list.dedup();
}

/// Sorts a list and keeps, once, what is in it twice.
pub(crate) fn keep_repeated(list: &mut Vec<u32>) {
    list.sort_unstable();
    let mut kept = 0;
    let mut at = 0;
    while at < list.len() {
        let run = list[at..].iter().take_while(|b| **b == list[at]).count();
        if run > 1 {
            list[kept] = list[at];
            kept += 1;
        }
        at += run;
    }
    list.truncate(kept);
}
