//! Which accounts to look at together: for every account, its partners within reach.
//!
//! A product of a sparse matrix with its transpose, row by row (F. Gustavson, Two Fast Algorithms for Sparse
//! Matrices, ACM TOMS 4(3), 1978): the acts in reach of one account's acts are a few runs of neighbouring
//! memory, and who is among them twice is told by a table of bytes that fits into the first cache. Coincidences are
//! listed for one account at a time only, so that apart from those nothing but the answer grows with them.

use std::ops::Range;

use rayon::prelude::*;

use crate::legs::{Legs, OwnActs};

/// Acts in reach per piece of parallel work, as long as that gives few enough pieces.
const PIECE: u64 = 1 << 18;
const MAX_PIECES: u64 = 1024;

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
/// `judge` is given the left account, its acts, the partner and those of its positions that are in reach. Not every
/// pair it sees is wanted, but every pair that is wanted is seen, once.
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
                for pair in partners.found.chunk_by(|x, y| x >> 32 == y >> 32) {
                    partners.positions.clear();
                    partners.positions.extend(pair.iter().map(|act| *act as u32));
                    found.extend(judge(a, &partners.own, (pair[0] >> 32) as u32, &partners.positions));
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
    /// Acts of partners within reach: the account above the position. Sorted once found.
    found: Vec<u64>,
    /// All acts within reach.
    near: Vec<u64>,
    /// Of every slot, how many acts fell on it.
    slots: Vec<u8>,
    /// Positions of one partner.
    positions: Vec<u32>,
}

impl Partners {
    fn find(&mut self, legs: &Legs, account: u32, wanted: Wanted) {
        self.near.clear();
        let near = &mut self.near;
        self.own.each_reach(0..self.own.len(), |reach| meet(legs, account, reach, near));
        match wanted {
            Wanted::Any => std::mem::swap(&mut self.found, &mut self.near),
            Wanted::Twice => self.keep_likely(),
        }
        self.found.sort_unstable();
        if wanted == Wanted::Twice {
            keep_repeated(&mut self.found);
        }
    }

    /// Leaves out whoever is alone on a slot.
    fn keep_likely(&mut self) {
        let slots = Slots::fill(&mut self.slots, &self.near);
        self.found.clear();
        self.found.extend(self.near.iter().copied().filter(|act| slots.number(account_of(*act)) > 1));
    }
}

fn account_of(act: u64) -> u32 {
    (act >> 32) as u32
}

/// Adds who acted at these positions and may be paired with the account: within one population a pair is found
/// from its smaller id.
#[inline]
fn meet(legs: &Legs, account: u32, reach: Range<usize>, near: &mut Vec<u64>) {
    let actors = &legs.right.actors()[reach.clone()];
    let acts = (reach.start as u64..reach.end as u64).zip(actors);
    let acts = acts.map(|(position, actor)| u64::from(*actor) << 32 | position);
    if legs.within {
        add_admitted(acts, actors.len(), near, |act| account_of(act) > account);
    } else {
        add_admitted(acts, actors.len(), near, |act| account_of(act) != account);
    }
}

/// Adds those of `list` that are admitted; `length` is its own. There is no branch in it: often half of them are, and
/// nobody can tell which.
#[inline]
pub(crate) fn add_admitted<T: Copy + Default>(
    list: impl Iterator<Item = T>,
    length: usize,
    to: &mut Vec<T>,
    admits: impl Fn(T) -> bool,
) {
    let mut end = to.len();
    to.resize(end + length, T::default());
    for entry in list {
        to[end] = entry;
        end += usize::from(admits(entry));
    }
    to.truncate(end);
}

/// How many of a list fell on each slot; others may share one, so a number is an upper bound.
struct Slots<'a> {
    numbers: &'a [u8],
    shift: u32,
}

impl<'a> Slots<'a> {
    fn fill(numbers: &'a mut Vec<u8>, list: &[u64]) -> Self {
        let size = (list.len() * 8).next_power_of_two().clamp(64, 1 << 24);
        numbers.clear();
        numbers.resize(size, 0);
        let shift = u32::BITS - size.ilog2();
        for act in list {
            let number = &mut numbers[slot(account_of(*act), shift)];
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

/// Keeps, of a sorted list, the accounts with several acts.
fn keep_repeated(list: &mut Vec<u64>) {
    let mut kept = 0;
    let mut at = 0;
    while at < list.len() {
        let account = account_of(list[at]);
        let run = list[at..].iter().take_while(|act| account_of(**act) == account).count();
        if run > 1 {
            list.copy_within(at..at + run, kept);
            kept += run;
        }
        at += run;
    }
    list.truncate(kept);
}
