//! The names of all stretches in one order: codes become ranks.

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use rayon::prelude::*;

use super::{
    NONE,
    local::{Local, ones},
    names::Names,
};
use crate::{error::IngestError, pool::Pool};

/// Brings columns that share one space of names into it. Returns the names, and for each column the ranks of its rows.
///
/// A rank depends on the set of names alone, so neither on how the file is cut nor on the order of its rows.
///
/// # Errors
/// [`IngestError::TooManyNames`], of `what`.
pub(super) fn merge(
    what: &'static str,
    columns: Vec<Vec<Local>>,
) -> Result<(Names, Vec<Vec<u32>>), IngestError> {
    let all = || columns.iter().flatten();
    if let Some(dense) = Dense::of(all()) {
        let names = dense.names();
        let ranked = columns
            .into_iter()
            .map(|column| flatten(column.into_par_iter().map(|local| dense.apply(local)).collect()));
        return Ok((names, ranked.collect()));
    }
    let whole_numbers = all().all(|local| !matches!(local, Local::Texts { .. }));
    let mut space = if whole_numbers { Space::Ints(Ints::default()) } else { Space::Texts(Pool::default()) };
    // What each code of each stretch is called in the space.
    let mut meanings = Vec::with_capacity(all().count());
    for local in all() {
        meanings.push(space.add(local).ok_or(IngestError::TooManyNames { what, limit: NONE })?);
    }
    let (names, rank) = space.rank();
    let mut meanings = meanings.into_iter();
    let ranked = columns.into_iter().map(|column| {
        let ours: Vec<(Local, Vec<u32>)> = column.into_iter().zip(meanings.by_ref()).collect();
        let ranks = ours.into_par_iter().map(|(local, mut meaning)| {
            for number in &mut meaning {
                *number = rank.get(*number as usize).copied().unwrap_or(NONE);
            }
            let mut codes = local.into_codes();
            for code in &mut codes {
                // Only NONE has no meaning.
                *code = meaning.get(*code as usize).copied().unwrap_or(NONE);
            }
            codes
        });
        flatten(ranks.collect())
    });
    let ranked = ranked.collect();
    Ok((names, ranked))
}

/// One after the other; each part is freed once it is copied.
pub(super) fn flatten<T: Copy>(parts: Vec<Vec<T>>) -> Vec<T> {
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
struct Dense {
    low: i128,
    /// Distances from `low`, in the order of the decimal texts.
    order: Vec<u32>,
    /// By distance from `low`.
    rank: Vec<u32>,
}

impl Dense {
    fn of<'a>(locals: impl Iterator<Item = &'a Local> + Clone) -> Option<Self> {
        let (mut low, mut high, mut rows) = (i128::MAX, i128::MIN, 0);
        for local in locals.clone() {
            match local {
                Local::Range { base, seen, codes } => {
                    low = low.min(*base);
                    high = high.max(base + 64 * seen.len() as i128);
                    rows += codes.len();
                }
                Local::Ints { values, .. } if values.is_empty() => {}
                _ => return None,
            }
        }
        let span = usize::try_from(high.checked_sub(low)?).ok()?;
        if span > (2 * rows + (1 << 16)).min(NONE as usize) {
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
        let mut order: Vec<u32> = ones(&seen).collect();
        order.par_sort_unstable_by_key(|&distance| decimal(low + i128::from(distance)));
        let mut rank = vec![NONE; span];
        for (at, &distance) in (0..).zip(&order) {
            rank[distance as usize] = at;
        }
        Some(Self { low, order, rank })
    }

    fn names(&self) -> Names {
        in_decimal(self.order.iter().map(|&distance| self.low + i128::from(distance)))
    }

    fn apply(&self, local: Local) -> Vec<u32> {
        let base = if let Local::Range { base, .. } = &local { *base } else { self.low };
        let rank = &self.rank[usize::try_from(base - self.low).unwrap_or(self.rank.len())..];
        let mut codes = local.into_codes();
        for code in &mut codes {
            // Only NONE lies outside.
            *code = rank.get(*code as usize).copied().unwrap_or(NONE);
        }
        codes
    }
}

/// Names of all stretches, numbered as they come.
enum Space {
    Ints(Ints),
    Texts(Pool),
}

#[derive(Default)]
struct Ints {
    numbers: HashMap<i128, u32, FixedState>,
    values: Vec<i128>,
}

impl Ints {
    fn intern(&mut self, value: i128) -> u32 {
        *self.numbers.entry(value).or_insert_with(|| {
            self.values.push(value);
            self.values.len() as u32 - 1
        })
    }
}

impl Space {
    /// The numbers of a stretch's names, by code; `None` if there are too many names.
    fn add(&mut self, local: &Local) -> Option<Vec<u32>> {
        let mut text = String::new();
        Some(match local {
            Local::Range { base, seen, .. } => {
                let mut numbers = vec![NONE; seen.len() * 64];
                for code in ones(seen) {
                    numbers[code as usize] = self.whole(base + i128::from(code), &mut text)?;
                }
                numbers
            }
            Local::Ints { values, bias, .. } => {
                let values = values.iter().map(|value| i128::from(*value) + bias);
                values.map(|value| self.whole(value, &mut text)).collect::<Option<_>>()?
            }
            Local::Texts { texts, .. } => texts.iter().map(|text| self.text(text)).collect::<Option<_>>()?,
        })
    }

    fn whole(&mut self, value: i128, scratch: &mut String) -> Option<u32> {
        if let Self::Ints(ints) = self {
            return (ints.values.len() < NONE as usize).then(|| ints.intern(value));
        }
        scratch.clear();
        push_decimal(value, scratch);
        self.text(scratch)
    }

    fn text(&mut self, text: &str) -> Option<u32> {
        match self {
            Self::Texts(pool) => (pool.len() < NONE as usize).then(|| pool.intern(text)),
            Self::Ints(_) => None,
        }
    }

    /// The names in order, and the rank of each number.
    fn rank(self) -> (Names, Vec<u32>) {
        match self {
            Self::Ints(Ints { numbers, values }) => {
                drop(numbers);
                let mut order: Vec<u32> = (0..values.len() as u32).collect();
                order.par_sort_unstable_by_key(|&number| decimal(values[number as usize]));
                (in_decimal(order.iter().map(|&number| values[number as usize])), inverse(&order))
            }
            Self::Texts(pool) => {
                let head = |text: &str| {
                    let mut head = [0; 8];
                    head.iter_mut().zip(text.bytes()).for_each(|(to, byte)| *to = byte);
                    u64::from_be_bytes(head)
                };
                // Most texts differ in their first bytes, which lie at hand here.
                let mut order: Vec<(u64, u32)> = pool.iter().map(head).zip(0..).collect();
                order.par_sort_unstable_by(|a, b| {
                    a.0.cmp(&b.0).then_with(|| pool.get(a.1).cmp(pool.get(b.1)))
                });
                let order: Vec<u32> = order.into_iter().map(|(_, number)| number).collect();
                let bytes = pool.iter().map(str::len).sum();
                let mut names = Names::with_capacity(order.len(), bytes);
                for &number in &order {
                    names.push_with(|out| out.push_str(pool.get(number)));
                }
                (names, inverse(&order))
            }
        }
    }
}

fn inverse(order: &[u32]) -> Vec<u32> {
    let mut rank = vec![0; order.len()];
    for (at, &number) in (0..).zip(order) {
        rank[number as usize] = at;
    }
    rank
}

/// Sorts as the decimal text of `value` does, whose magnitude is below 2^64: the sign (`-` comes before the digits), the
/// digits as if there were twenty of them, and how many there are.
fn decimal(value: i128) -> (bool, u128, u32) {
    let magnitude = value.unsigned_abs() as u64;
    let digits = magnitude.checked_ilog10().unwrap_or(0);
    (value >= 0, u128::from(magnitude) * u128::from(10_u64.pow(19 - digits)), digits)
}

fn in_decimal(values: impl ExactSizeIterator<Item = i128>) -> Names {
    let mut names = Names::with_capacity(values.len(), 8 * values.len());
    for value in values {
        names.push_with(|out| push_decimal(value, out));
    }
    names
}

/// Appends the decimal text of `value`, whose magnitude is below 2^64.
fn push_decimal(value: i128, out: &mut String) {
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
