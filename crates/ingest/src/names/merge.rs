//! The names of all stretches in one order: codes become ranks.

use std::hash::BuildHasher as _;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use rayon::prelude::*;

use super::{
    NONE, Names,
    local::{Local, ones},
};
use crate::{error::IngestError, pool::Pool};

/// Brings columns that share one space of names into it. Returns the names, and for each column the ranks of its rows.
///
/// A rank depends on the set of names alone, so neither on how the file is cut nor on the order of its rows.
///
/// # Errors
/// [`IngestError::TooManyNames`], of `what`.
pub(crate) fn merge(
    what: &'static str,
    columns: Vec<Vec<Local>>,
) -> Result<(Names, Vec<Vec<u32>>), IngestError> {
    let (names, ranks) = rank(what, &columns.iter().flatten().collect::<Vec<_>>())?;
    let mut next = 0..;
    let ranked = columns.into_iter().map(|column| {
        let ours: Vec<(Local, usize)> = column.into_iter().zip(next.by_ref()).collect();
        let ranked = ours.into_par_iter().map(|(mut local, at)| {
            let mut codes = local.take_codes();
            translate(&mut codes, ranks.of(at, &local));
            codes
        });
        flatten(ranked.collect())
    });
    let ranked = ranked.collect();
    Ok((names, ranked))
}

/// What the codes of stretches mean among all names.
pub(crate) enum Ranks {
    /// Of whole numbers that lie close together, one table for all.
    Dense(Dense),
    /// By stretch and code.
    Each(Vec<Vec<u32>>),
}

impl Ranks {
    /// By code of `local`, which was the one at `at` of those that were ranked, the rank of each name.
    pub fn of(&self, at: usize, local: &Local) -> &[u32] {
        match self {
            Self::Dense(dense) => dense.of_codes(local),
            Self::Each(meanings) => &meanings[at],
        }
    }
}

/// The names of stretches in the order of their bytes, and what the codes of the stretches mean among them.
///
/// # Errors
/// [`IngestError::TooManyNames`], of `what`.
pub(crate) fn rank(what: &'static str, locals: &[&Local]) -> Result<(Names, Ranks), IngestError> {
    if let Some(dense) = Dense::of(locals.iter().copied()) {
        return Ok((dense.names(), Ranks::Dense(dense)));
    }
    let whole_numbers = locals.iter().all(|local| !matches!(local, Local::Texts { .. }));
    let (names, meanings) = if whole_numbers { space::<Ints>(locals) } else { space::<Pool>(locals) }
        .ok_or(IngestError::TooManyNames { what, limit: NONE })?;
    Ok((names, Ranks::Each(meanings)))
}

/// Puts for each code what it means.
pub(crate) fn translate(codes: &mut [u32], meaning: &[u32]) {
    for code in codes {
        // Only NONE has no meaning.
        *code = meaning.get(*code as usize).copied().unwrap_or(NONE);
    }
}

/// One after the other; each part is freed once it is copied.
pub(crate) fn flatten<T: Copy>(parts: Vec<Vec<T>>) -> Vec<T> {
    let mut parts = parts;
    if parts.len() == 1 {
        return parts.pop().unwrap_or_default();
    }
    let mut all = Vec::with_capacity(parts.iter().map(Vec::len).sum());
    for part in parts {
        all.extend_from_slice(&part);
    }
    all
}

/// Whole numbers so close together that a table over all of them from the lowest to the highest is small.
pub(crate) struct Dense {
    low: i128,
    /// Distances from `low`, in the order of the decimal texts.
    order: Vec<u32>,
    /// By distance from `low`.
    rank: Vec<u32>,
}

impl Dense {
    fn of<'a>(locals: impl Iterator<Item = &'a Local> + Clone) -> Option<Self> {
        let (mut low, mut high, mut all_rows) = (i128::MAX, i128::MIN, 0);
        for local in locals.clone() {
            match local {
                Local::Range { base, seen, rows, .. } => {
                    low = low.min(*base);
                    high = high.max(base + 64 * seen.len() as i128);
                    all_rows += rows;
                }
                Local::Ints { values, .. } if values.is_empty() => {}
                _ => return None,
            }
        }
        let span = usize::try_from(high.checked_sub(low)?).ok()?;
        if span > (2 * all_rows + (1 << 16)).min(NONE as usize) {
            return None;
        }
        // All bases are multiples of 64.
        let mut seen = vec![0_u64; span / 64];
        for local in locals {
            if let Local::Range { base, seen: ours, .. } = local {
                let first = usize::try_from(base - low).ok()? / 64;
                seen.get_mut(first..)?.iter_mut().zip(ours).for_each(|(word, ours)| *word |= ours);
            }
        }
        Some(Self::over(low, &seen))
    }

    /// Of the numbers whose distances from `low` are the bits set in `seen`.
    pub fn over(low: i128, seen: &[u64]) -> Self {
        let mut order: Vec<u32> = ones(seen).collect();
        order.par_sort_unstable_by_key(|&distance| decimal(low + i128::from(distance)));
        let mut rank = vec![NONE; 64 * seen.len()];
        for (at, &distance) in (0..).zip(&order) {
            rank[distance as usize] = at;
        }
        Self { low, order, rank }
    }

    /// By distance from the lowest, the rank of each number, or [`NONE`].
    pub fn into_ranks(self) -> Vec<u32> {
        self.rank
    }

    /// The numbers in the order of their ranks.
    pub fn names(&self) -> Names {
        in_decimal(self.order.iter().map(|&distance| self.low + i128::from(distance)))
    }

    /// By code of `local`, one of those that this is of, the rank of each number.
    fn of_codes(&self, local: &Local) -> &[u32] {
        let base = if let Local::Range { base, .. } = local { *base } else { self.low };
        &self.rank[usize::try_from(base - self.low).unwrap_or(self.rank.len())..]
    }
}

/// Names are dealt out by the first bits of their hashes, so that threads need not share a table, and each fits a cache.
const SHARD_BITS: u32 = 4;
/// How many parts that makes.
pub(crate) const SHARDS: usize = 1 << SHARD_BITS;

pub(crate) fn shard_of(hash: u32) -> usize {
    (hash >> (u32::BITS - SHARD_BITS)) as usize
}

/// Distinct names of one kind, numbered as they come.
pub(crate) trait Shard: Default + Send + Sync {
    /// Hands each name of a stretch to `to`, in the order of the codes.
    fn each(local: &Local, to: impl FnMut(Self::Name<'_>));
    /// The hash of a name.
    fn hash(name: Self::Name<'_>) -> u32;
    /// The number of a name.
    fn number(&mut self, name: Self::Name<'_>, hash: u32) -> u32;
    /// How many names there are.
    fn count(&self) -> usize;
    /// All names in order, and their places: shard and number.
    fn sorted(shards: &[Self]) -> (Names, Vec<(u32, u32)>);
    type Name<'a>;
}

/// Distinct whole numbers.
#[derive(Default)]
pub(crate) struct Ints {
    numbers: HashMap<i128, u32, FixedState>,
    values: Vec<i128>,
}

impl Ints {
    /// The numbers as they came.
    pub fn values(&self) -> &[i128] {
        &self.values
    }
}

impl Shard for Ints {
    type Name<'a> = i128;

    fn each(local: &Local, to: impl FnMut(i128)) {
        each_whole(local, to);
    }

    fn hash(name: i128) -> u32 {
        FixedState::default().hash_one(name) as u32
    }

    fn number(&mut self, name: i128, _: u32) -> u32 {
        *self.numbers.entry(name).or_insert_with(|| {
            self.values.push(name);
            self.values.len() as u32 - 1
        })
    }

    fn count(&self) -> usize {
        self.values.len()
    }

    fn sorted(shards: &[Self]) -> (Names, Vec<(u32, u32)>) {
        let value = |&(shard, number): &(u32, u32)| shards[shard as usize].values[number as usize];
        let mut order = places(shards);
        order.par_sort_unstable_by_key(|place| decimal(value(place)));
        (in_decimal(order.iter().map(value)), order)
    }
}

impl Shard for Pool {
    type Name<'a> = &'a str;

    fn each(local: &Local, mut to: impl FnMut(&str)) {
        if let Local::Texts { texts, .. } = local {
            return texts.iter().for_each(to);
        }
        let mut text = String::new();
        each_whole(local, |value| {
            text.clear();
            push_decimal(value, &mut text);
            to(&text);
        });
    }

    fn hash(name: &str) -> u32 {
        Self::hash_of(name)
    }

    fn number(&mut self, name: &str, hash: u32) -> u32 {
        self.intern_hashed(name, hash)
    }

    fn count(&self) -> usize {
        self.len()
    }

    fn sorted(shards: &[Self]) -> (Names, Vec<(u32, u32)>) {
        let text = |(shard, number): (u32, u32)| shards[shard as usize].get(number);
        let head = |text: &str| {
            let mut head = [0; 8];
            head.iter_mut().zip(text.bytes()).for_each(|(to, byte)| *to = byte);
            u64::from_be_bytes(head)
        };
        // Most texts differ in their first bytes, which lie at hand here.
        let mut order: Vec<(u64, (u32, u32))> =
            places(shards).into_par_iter().map(|place| (head(text(place)), place)).collect();
        order.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| text(a.1).cmp(text(b.1))));
        let bytes = shards.iter().flat_map(Self::iter).map(str::len).sum();
        let mut names = Names::with_capacity(order.len(), bytes);
        let order = order.into_iter().map(|(_, place)| {
            names.push_with(|out| out.push_str(text(place)));
            place
        });
        let order = order.collect();
        (names, order)
    }
}

fn places<S: Shard>(shards: &[S]) -> Vec<(u32, u32)> {
    (0..).zip(shards).flat_map(|(at, shard)| (0..shard.count() as u32).map(move |n| (at, n))).collect()
}

pub(crate) fn each_whole(local: &Local, mut to: impl FnMut(i128)) {
    match local {
        Local::Range { base, seen, .. } => ones(seen).for_each(|code| to(base + i128::from(code))),
        Local::Ints { values, bias, .. } => values.iter().for_each(|value| to(i128::from(*value) + bias)),
        Local::Texts { .. } => {}
    }
}

/// What [`deal`] learns of the names of some stretches.
pub(crate) struct Dealt {
    /// By stretch, the hashes of its names.
    hashes: Vec<Vec<u32>>,
    /// Of each shard, by stretch, the numbers of the names that fall to it.
    numbers: Vec<Vec<Vec<u32>>>,
}

/// Deals the names of stretches to [`SHARDS`] shards, which may hold others already; `None` if there are more names than
/// ids.
pub(crate) fn deal<S: Shard>(shards: &mut [S], locals: &[&Local]) -> Option<Dealt> {
    let hashes: Vec<Vec<u32>> = locals
        .par_iter()
        .map(|local| {
            let mut hashes = Vec::new();
            S::each(local, |name| hashes.push(S::hash(name)));
            hashes
        })
        .collect();
    let numbers = shards.par_iter_mut().enumerate().map(|(ours, shard)| {
        let numbers = locals.iter().zip(&hashes).map(|(local, hashes)| {
            let (mut numbers, mut hashes) = (Vec::new(), hashes.iter());
            S::each(local, |name| {
                let hash = hashes.next().copied().unwrap_or_default();
                // A shard that is full makes the sum too large, too.
                if shard_of(hash) == ours && shard.count() < NONE as usize {
                    numbers.push(shard.number(name, hash));
                }
            });
            numbers
        });
        numbers.collect()
    });
    let numbers = numbers.collect();
    let count: usize = shards.iter().map(S::count).sum();
    (count < NONE as usize).then_some(Dealt { hashes, numbers })
}

/// Shards without names.
pub(crate) fn shards<S: Shard>() -> Vec<S> {
    std::iter::repeat_with(S::default).take(SHARDS).collect()
}

/// All names in order, and the rank of each code of each stretch; `None` if there are more names than ids.
fn space<S: Shard>(locals: &[&Local]) -> Option<(Names, Vec<Vec<u32>>)> {
    let mut shards = shards::<S>();
    let Dealt { hashes, numbers } = deal(&mut shards, locals)?;
    let (names, order) = S::sorted(&shards);
    let mut rank: Vec<Vec<u32>> = shards.iter().map(|shard| vec![0; shard.count()]).collect();
    drop(shards);
    for (at, (shard, number)) in (0..).zip(order) {
        rank[shard as usize][number as usize] = at;
    }
    let meanings = locals.par_iter().zip(hashes).enumerate().map(|(stretch, (local, hashes))| {
        let mut dealt: Vec<_> = numbers.iter().map(|numbers| numbers[stretch].iter()).collect();
        let ranks = hashes.into_iter().map(|hash| {
            let shard = shard_of(hash);
            dealt[shard].next().map_or(NONE, |number| rank[shard][*number as usize])
        });
        local.by_code(ranks)
    });
    let meanings = meanings.collect();
    Some((names, meanings))
}

/// Sorts as the decimal text of `value` does, whose magnitude is below 2^64: the sign (`-` comes before the digits), the
/// digits as if there were twenty of them, and how many there are.
fn decimal(value: i128) -> (bool, u128, u32) {
    let magnitude = value.unsigned_abs() as u64;
    let digits = magnitude.checked_ilog10().unwrap_or(0);
    (value >= 0, u128::from(magnitude) * u128::from(10_u64.pow(19 - digits)), digits)
}

/// The decimal texts of `values`, in their order.
pub(crate) fn in_decimal(values: impl ExactSizeIterator<Item = i128>) -> Names {
    let mut names = Names::with_capacity(values.len(), 8 * values.len());
    for value in values {
        names.push_with(|out| push_decimal(value, out));
    }
    names
}

/// Appends the decimal text of `value`, whose magnitude is below 2^64.
pub(crate) fn push_decimal(value: i128, out: &mut String) {
    let mut digits = [b'0'; 20];
    let mut rest = value.unsigned_abs() as u64;
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push('-');
    }
    out.extend(digits[at..].iter().map(|&digit| char::from(digit)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_written_and_sorted_as_text() {
        let mut values: Vec<i128> =
            vec![0, 7, -7, 10, 100, -10, i64::MIN.into(), i64::MAX.into(), u64::MAX.into()];
        values.extend((0..20).map(|e| 10_i128.pow(e).min(u64::MAX.into())));
        values.extend((-300..300).map(|i| i * 37));
        let mut texts: Vec<String> = values.iter().map(ToString::to_string).collect();
        texts.sort();
        values.sort_by_key(|&value| decimal(value));
        let written: Vec<String> = values
            .iter()
            .map(|&value| {
                let mut out = String::new();
                push_decimal(value, &mut out);
                out
            })
            .collect();
        assert_eq!(written, texts);
    }
}
