//! Sort, sweep, count: how often every pair of accounts acted together.

use std::ops::Range;

use rayon::prelude::*;

use crate::{
    act::Act,
    error::CoactionError,
    legs::{Legs, Within, pair_of, window_ends},
};

/// How often two accounts acted on one object within the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PairCount {
    /// One account: the smaller id in [`sweep`], the left one in [`crate::sweep_between`].
    pub a: u32,
    /// The other account.
    pub b: u32,
    /// Coincidences: pairs of acts, one of each account.
    pub acts: u64,
    /// Distinct objects and windows in which they coincided (see [`sweep`]).
    pub occasions: u32,
    /// Distinct objects on which they coincided.
    pub objects: u32,
    /// Sum over the coincidences of the time between the two acts, in microseconds.
    pub delta_sum: i128,
}

/// What counts as together, and how much memory the counting may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepOptions {
    /// Longest time between two acts that coincide, in microseconds, inclusive. `None`: the whole object is one
    /// window, for objects on which time does not matter, as devices.
    pub window_micros: Option<i64>,
    /// Pairs with fewer occasions are left out of the answer. 1 keeps all. On trades almost every pair has one
    /// occasion, so 2 shrinks the answer by two orders of magnitude.
    pub min_occasions: u32,
    /// Coincidences held in memory at one time, 16 bytes each. More are counted in several passes, one range of
    /// pairs each. The answer does not depend on it.
    pub records_in_memory: usize,
}

impl SweepOptions {
    /// All pairs within `window_micros`, with at most a gibibyte of coincidences in memory.
    #[must_use]
    pub fn within(window_micros: Option<i64>) -> Self {
        Self { window_micros, min_occasions: 1, records_in_memory: 1 << 26 }
    }
}

/// Counts, for every pair of accounts, the acts on one object within the window of each other.
///
/// `acts` must be sorted ([`crate::sort_acts`]). All pairs of acts on an object at most the window apart count,
/// except an account with itself and a content with itself. The answer is sorted by (a, b), a < b.
///
/// Occasions are counted greedily: on one object, a pair's coincidences in the order of their earlier legs; a
/// new occasion starts when an earlier leg lies more than one window after the first earlier leg of the current
/// one. A hundred fills in one minute are thus one occasion.
///
/// # Errors
/// [`CoactionError`] for a negative window, unsorted acts, or more acts than 32 bits can number.
/// # Cost
/// O(n + k) to find k coincidences and O(k log k) to count them; k reaches n² when everything falls into one
/// window. Each range of pairs looks at all coincidences again, which is cheap beside sorting them; marking the
/// repeated pairs in a hashed table first, so as to sort only those, took 2.5 times the processor time on six
/// million acts. Memory: 4 bytes per act, 16 per coincidence up to `records_in_memory`, and the answer.
/// # Determinism
/// Depends on the set of acts alone; neither on threads nor on `records_in_memory`.
pub fn sweep(acts: &[Act], options: &SweepOptions) -> Result<Vec<PairCount>, CoactionError> {
    sweep_where(acts, options, |_, _| true)
}

/// [`sweep`] over the coincidences that `keep` accepts; it is given the earlier and the later act.
///
/// # Errors
/// As [`sweep`].
pub fn sweep_where(
    acts: &[Act],
    options: &SweepOptions,
    keep: impl Fn(&Act, &Act) -> bool + Sync,
) -> Result<Vec<PairCount>, CoactionError> {
    check(acts, options.window_micros)?;
    let ends = window_ends(acts, options.window_micros);
    Ok(count(&Within { acts, ends, keep }, options))
}

/// Refuses what a sweep cannot do.
pub(crate) fn check(acts: &[Act], window: Option<i64>) -> Result<(), CoactionError> {
    if let Some(micros) = window.filter(|w| *w < 0) {
        return Err(CoactionError::NegativeWindow { micros });
    }
    check_number(acts.len())?;
    match acts.windows(2).position(|w| w[0] > w[1]) {
        Some(index) => Err(CoactionError::Unsorted { index: index + 1 }),
        None => Ok(()),
    }
}

/// Refuses more acts than 32-bit positions can tell apart.
pub(crate) fn check_number(acts: usize) -> Result<(), CoactionError> {
    let limit = u32::MAX as usize;
    if acts > limit { Err(CoactionError::TooManyActs { acts, limit }) } else { Ok(()) }
}

/// Buckets of pair keys that one counting pass tells apart.
const BUCKETS: usize = 1024;
/// Candidates per piece of parallel work, as long as that gives few enough pieces.
const PIECE: u64 = 1 << 16;
/// Most pieces of parallel work.
const MAX_PIECES: u64 = 512;

/// Counts all coincidences of `legs` within memory bounds.
pub(crate) fn count<L: Legs>(legs: &L, options: &SweepOptions) -> Vec<PairCount> {
    let pieces = pieces(legs);
    let widest = legs.acts().iter().map(|a| a.actor).max().unwrap_or(0);
    let mut counter = Counter { legs, options, pieces, found: Vec::new() };
    counter.count_range(KeyRange { first: 0, last: crate::legs::key(widest, widest) });
    counter.found
}

/// Ranges of earlier legs with about equal numbers of candidates.
fn pieces<L: Legs>(legs: &L) -> Vec<Range<u32>> {
    let acts = legs.acts().len() as u32;
    let total: u64 = (0..acts).into_par_iter().map(|i| legs.reach(i) + 1).sum();
    let wanted = (total / PIECE).clamp(1, MAX_PIECES);
    let share = total.div_ceil(wanted).max(1);
    let (mut pieces, mut start, mut weight) = (Vec::new(), 0, 0);
    for i in 0..acts {
        weight += legs.reach(i) + 1;
        if weight >= share {
            pieces.push(start..i + 1);
            (start, weight) = (i + 1, 0);
        }
    }
    if start < acts {
        pieces.push(start..acts);
    }
    pieces
}

/// Pair keys from `first` to `last`, both included.
#[derive(Clone, Copy)]
struct KeyRange {
    first: u64,
    last: u64,
}

impl KeyRange {
    /// How far to shift a key's distance from `first` to get its bucket.
    fn shift(self) -> u32 {
        let width = self.last - self.first;
        (u64::BITS - width.leading_zeros()).saturating_sub(BUCKETS.ilog2())
    }

    /// The keys of buckets `from` to `to`, the latter included.
    fn buckets(self, from: usize, to: usize) -> Self {
        let shift = self.shift();
        let first = self.first.saturating_add((from as u64) << shift);
        let reach = ((to - from) as u64) << shift | ((1 << shift) - 1);
        Self { first, last: self.last.min(first.saturating_add(reach)) }
    }
}

struct Counter<'a, L> {
    legs: &'a L,
    options: &'a SweepOptions,
    pieces: Vec<Range<u32>>,
    found: Vec<PairCount>,
}

impl<L: Legs> Counter<'_, L> {
    /// Counts the pairs of `range`, first splitting it until each part fits into memory.
    fn count_range(&mut self, range: KeyRange) {
        let histograms = self.histograms(range);
        let limit = self.options.records_in_memory.max(1) as u64;
        let size = |bucket: usize| histograms.iter().map(|h| h[bucket]).sum::<u64>();
        let mut from = 0;
        while from < BUCKETS {
            let mut records = size(from);
            let mut to = from;
            while to + 1 < BUCKETS && records + size(to + 1) <= limit {
                to += 1;
                records += size(to);
            }
            let part = range.buckets(from, to);
            if records > limit && part.first < part.last {
                self.count_range(part);
            } else if records > limit {
                self.count_one(part.first);
            } else if records > 0 {
                let sizes = histograms.iter().map(|h| h[from..=to].iter().sum::<u64>() as usize).collect();
                self.count_part(part, sizes);
            }
            from = to + 1;
        }
    }

    /// For each piece of work, its coincidences per bucket of `range`.
    fn histograms(&self, range: KeyRange) -> Vec<Vec<u64>> {
        let shift = range.shift();
        let width = range.last - range.first;
        self.pieces
            .par_iter()
            .map(|piece| {
                let mut histogram = vec![0_u64; BUCKETS];
                for earlier in piece.clone() {
                    self.legs.each(earlier, |key, _| {
                        let offset = key.wrapping_sub(range.first);
                        if offset <= width {
                            histogram[(offset >> shift) as usize] += 1;
                        }
                    });
                }
                histogram
            })
            .collect()
    }

    /// Counts the pairs of a range that fits into memory; `sizes` are its coincidences per piece of work.
    fn count_part(&mut self, range: KeyRange, sizes: Vec<usize>) {
        let mut records = vec![0_u128; sizes.iter().sum()];
        let mut rest = records.as_mut_slice();
        let mut slices = Vec::with_capacity(sizes.len());
        for size in sizes {
            let (slice, tail) = rest.split_at_mut(size);
            slices.push(slice);
            rest = tail;
        }
        let width = range.last - range.first;
        self.pieces.par_iter().zip(slices).for_each(|(piece, slice)| {
            let mut free = slice.iter_mut();
            for earlier in piece.clone() {
                self.legs.each(earlier, |key, later| {
                    if key.wrapping_sub(range.first) <= width {
                        let record = free.next().expect("the counting pass saw the same coincidences");
                        *record = u128::from(key) << 64 | u128::from(earlier) << 32 | u128::from(later);
                    }
                });
            }
        });
        records.par_sort_unstable();
        let parts: Vec<Vec<PairCount>> =
            by_whole_pairs(&records).into_par_iter().map(|part| self.tally(part)).collect();
        self.found.extend(parts.into_iter().flatten());
    }

    /// Run lengths of sorted records.
    fn tally(&self, records: &[u128]) -> Vec<PairCount> {
        let floor = self.options.min_occasions.max(1);
        records
            .chunk_by(|x, y| x >> 64 == y >> 64)
            .filter(|run| run.len() as u64 >= u64::from(floor))
            .map(|run| {
                let mut tally = Tally::new((run[0] >> 64) as u64);
                for record in run {
                    tally.add(
                        self.legs.acts(),
                        self.options.window_micros,
                        (record >> 32) as u32,
                        *record as u32,
                    );
                }
                tally.count
            })
            .filter(|count| count.occasions >= floor)
            .collect()
    }

    /// Counts one pair with more coincidences than may be in memory, as they come.
    fn count_one(&mut self, wanted: u64) {
        let mut tally = Tally::new(wanted);
        for earlier in self.pieces.iter().cloned().flatten() {
            self.legs.each(earlier, |key, later| {
                if key == wanted {
                    tally.add(self.legs.acts(), self.options.window_micros, earlier, later);
                }
            });
        }
        if tally.count.occasions >= self.options.min_occasions.max(1) {
            self.found.push(tally.count);
        }
    }
}

/// Cuts sorted records into parts for parallel counting, never inside a pair.
fn by_whole_pairs(records: &[u128]) -> Vec<&[u128]> {
    const RECORDS: usize = 1 << 16;
    let mut parts = Vec::with_capacity(records.len() / RECORDS + 1);
    let mut rest = records;
    while rest.len() > RECORDS {
        let key = rest[RECORDS] >> 64;
        let cut = RECORDS + rest[RECORDS..].partition_point(|r| r >> 64 <= key);
        let (part, tail) = rest.split_at(cut);
        parts.push(part);
        rest = tail;
    }
    parts.push(rest);
    parts
}

/// The count of one pair, given its coincidences in the order of their earlier legs.
struct Tally {
    count: PairCount,
    /// Object and first earlier leg of the current occasion.
    occasion: Option<(u32, i64)>,
}

impl Tally {
    fn new(key: u64) -> Self {
        let (a, b) = pair_of(key);
        Self { count: PairCount { a, b, acts: 0, occasions: 0, objects: 0, delta_sum: 0 }, occasion: None }
    }

    fn add(&mut self, acts: &[Act], window: Option<i64>, earlier: u32, later: u32) {
        let (earlier, later) = (&acts[earlier as usize], &acts[later as usize]);
        self.count.acts += 1;
        self.count.delta_sum += i128::from(later.time) - i128::from(earlier.time);
        let (same_object, same_occasion) = match self.occasion {
            Some((object, start)) if object == earlier.object => {
                (true, earlier.time <= crate::legs::horizon(start, window))
            }
            _ => (false, false),
        };
        if !same_occasion {
            self.occasion = Some((earlier.object, earlier.time));
            self.count.occasions += 1;
        }
        if !same_object {
            self.count.objects += 1;
        }
    }
}
