//! The names of one column in one stretch of a file, numbered without regard to any other stretch.

use std::{fmt::Write as _, hash::BuildHasher as _};

use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashTable};

use super::{JOINER, NONE, Names, cells::Cells};
use crate::pool::Pool;

/// A column of one stretch: a code per row ([`NONE`] where there is no name) and what the codes mean.
pub(crate) enum Local {
    /// Whole numbers that lie close together: a code is the distance from `base`, and `seen` has a bit for each code
    /// that occurs. There were `rows` rows, also where the codes are [taken](Local::take_codes).
    Range { base: i128, seen: Vec<u64>, rows: usize, codes: Vec<u32> },
    /// Other whole numbers: the value of a code is `values[code] + bias`.
    Ints { values: Vec<i64>, bias: i128, codes: Vec<u32> },
    /// Texts by code.
    Texts { texts: Names, codes: Vec<u32> },
}

impl Local {
    /// Of whole numbers, one for each row.
    pub fn whole(values: &[i64]) -> Self {
        number(values, 0, &[])
    }

    /// A code per row.
    pub fn codes(&self) -> &[u32] {
        match self {
            Self::Range { codes, .. } | Self::Ints { codes, .. } | Self::Texts { codes, .. } => codes,
        }
    }

    /// A code per row, for those who know by now what they mean.
    pub fn into_codes(mut self) -> Vec<u32> {
        self.take_codes()
    }

    /// Takes the code of each row away; what the codes mean stays.
    pub fn take_codes(&mut self) -> Vec<u32> {
        match self {
            Self::Range { codes, .. } | Self::Ints { codes, .. } | Self::Texts { codes, .. } => {
                std::mem::take(codes)
            }
        }
    }

    /// Whether no row has a name.
    pub fn is_nameless(&self) -> bool {
        match self {
            Self::Range { .. } => false,
            Self::Ints { values, .. } => values.is_empty(),
            Self::Texts { texts, .. } => texts.is_empty(),
        }
    }

    /// By code, what was found for each of the names in their order.
    pub fn by_code(&self, found: impl IntoIterator<Item = u32>) -> Vec<u32> {
        let Self::Range { seen, .. } = self else { return found.into_iter().collect() };
        let mut by_code = vec![NONE; seen.len() * 64];
        ones(seen).zip(found).for_each(|(code, found)| by_code[code as usize] = found);
        by_code
    }

    fn write(&self, code: u32, out: &mut String) {
        let wrote = match self {
            Self::Range { base, .. } => write!(out, "{}", base + i128::from(code)),
            Self::Ints { values, bias, .. } => write!(out, "{}", i128::from(values[code as usize]) + bias),
            Self::Texts { texts, .. } => out.write_str(texts.get(code)),
        };
        wrote.expect("a string takes whatever is written");
    }
}

/// The set bits of a bitmap.
pub(crate) fn ones(words: &[u64]) -> impl Iterator<Item = u32> {
    words.iter().enumerate().flat_map(|(at, &word)| {
        let mut rest = word;
        std::iter::from_fn(move || {
            let bit = (rest != 0).then(|| rest.trailing_zeros())?;
            rest &= rest - 1;
            Some(at as u32 * 64 + bit)
        })
    })
}

/// Takes the rows of one column of one stretch as they come.
pub(crate) enum Builder {
    /// Numbers are numbered at the end, when it is known how far apart they lie.
    Ints {
        values: Vec<i64>,
        bias: i128,
        absent: Vec<u32>,
    },
    Texts {
        pool: Pool,
        codes: Vec<u32>,
    },
}

impl Builder {
    /// For texts.
    pub fn texts() -> Self {
        Self::Texts { pool: Pool::default(), codes: Vec::new() }
    }

    /// For columns such as this one.
    pub fn for_cells(cells: &Cells) -> Self {
        match cells {
            Cells::Int { bias, .. } => Self::Ints { values: Vec::new(), bias: *bias, absent: Vec::new() },
            Cells::Text(_) => Self::texts(),
        }
    }

    /// How many distinct names there are at most.
    pub fn names(&self) -> usize {
        match self {
            Self::Ints { values, .. } => values.len(),
            Self::Texts { pool, .. } => pool.len(),
        }
    }

    /// Adds a row; no text is no name.
    pub fn push(&mut self, text: &str) {
        if let Self::Texts { pool, codes } = self {
            codes.push(if text.is_empty() { NONE } else { pool.intern(text) });
        }
    }

    /// Adds the rows of a batch. They must be of the form the builder was made for.
    pub fn extend(&mut self, cells: &Cells) {
        match (self, cells) {
            (Self::Ints { values, absent, .. }, Cells::Int { array, .. }) => {
                if cells.any_missing() {
                    let before = values.len() + absent.len();
                    let gaps = (0..).zip(array.iter()).filter(|(_, value)| value.is_none());
                    absent.extend(gaps.map(|(row, _): (usize, _)| (before + row) as u32));
                    values.extend(array.iter().flatten());
                } else {
                    values.extend_from_slice(array.values());
                }
            }
            (this @ Self::Texts { .. }, Cells::Text(array)) if !cells.any_missing() => {
                array.iter().flatten().for_each(|text| this.push(text));
            }
            (this @ Self::Texts { .. }, Cells::Text(array)) => {
                array.iter().for_each(|text| this.push(text.unwrap_or_default()));
            }
            _ => unreachable!("a column has one type all along"),
        }
    }

    /// The codes and what they mean.
    pub fn finish(self) -> Local {
        match self {
            Self::Ints { values, bias, absent } => number(&values, bias, &absent),
            Self::Texts { pool, mut codes } => {
                codes.shrink_to_fit();
                let (arena, ends) = pool.into_texts();
                Local::Texts { texts: Names::new(arena, ends), codes }
            }
        }
    }
}

/// A column of which the first batch tells the type.
#[derive(Default)]
pub(crate) struct Column(Option<Builder>);

impl Column {
    /// Adds the rows of a batch.
    pub fn extend(&mut self, cells: &Cells) {
        self.0.get_or_insert_with(|| Builder::for_cells(cells)).extend(cells);
    }

    /// The codes and what they mean.
    pub fn finish(self) -> Local {
        self.0.unwrap_or_else(Builder::texts).finish()
    }
}

fn number(values: &[i64], bias: i128, absent: &[u32]) -> Local {
    let (low, high) = values.iter().fold((i64::MAX, i64::MIN), |(l, h), &v| (l.min(v), h.max(v)));
    // Bitmaps that begin at multiples of 64 can be laid over each other.
    let base = low & !63;
    let room = (4 * values.len() as u64 + 1024).min(u64::from(NONE) - 1);
    if values.is_empty() || high.abs_diff(base) > room {
        let (values, codes) = first_come(values);
        return Local::Ints { values, bias, codes: with_gaps(codes, absent) };
    }
    let mut seen = vec![0_u64; high.abs_diff(base) as usize / 64 + 1];
    let mut codes = Vec::with_capacity(values.len());
    codes.extend(values.iter().map(|value| value.wrapping_sub(base) as u32));
    for &code in &codes {
        seen[code as usize / 64] |= 1 << (code % 64);
    }
    let codes = with_gaps(codes, absent);
    Local::Range { base: i128::from(base) + bias, seen, rows: codes.len(), codes }
}

/// Distinct values in the order of their first row, and the number of each row's value.
fn first_come(values: &[i64]) -> (Vec<i64>, Vec<u32>) {
    let mut numbers: HashMap<i64, u32, FixedState> = HashMap::default();
    let mut distinct = Vec::new();
    let codes = values
        .iter()
        .map(|&value| {
            *numbers.entry(value).or_insert_with(|| {
                distinct.push(value);
                distinct.len() as u32 - 1
            })
        })
        .collect();
    (distinct, codes)
}

/// Puts [`NONE`] at the rows `absent`, which are ascending.
fn with_gaps(codes: Vec<u32>, absent: &[u32]) -> Vec<u32> {
    if absent.is_empty() {
        return codes;
    }
    let mut gaps = absent.iter().copied().peekable();
    let mut rest = codes.iter().copied();
    let rows = 0..(codes.len() + absent.len()) as u32;
    rows.map(|row| gaps.next_if_eq(&row).map_or_else(|| rest.next().unwrap_or(NONE), |_| NONE)).collect()
}

/// Columns that name a thing together, as one. Every row has a code in each.
///
/// Texts are made once for each distinct combination, not for each row.
pub(crate) fn join(parts: Vec<Local>) -> Local {
    let mut parts = parts;
    if parts.len() == 1
        && let Some(only) = parts.pop()
    {
        return only;
    }
    let rows = parts.first().map_or(0, |part| part.codes().len());
    let mut codes: Vec<u32> = parts.first().map(|part| part.codes().to_vec()).unwrap_or_default();
    // A row of each combination.
    let mut examples = Vec::new();
    for part in parts.iter().skip(1) {
        let mut table: HashTable<(u64, u32)> = HashTable::new();
        examples.clear();
        for (row, (code, next)) in codes.iter_mut().zip(part.codes()).enumerate() {
            let key = u64::from(*code) << 32 | u64::from(*next);
            let hash = |key: u64| FixedState::default().hash_one(key);
            let entry = table.entry(hash(key), |old| old.0 == key, |old| hash(old.0));
            *code = entry
                .or_insert_with(|| {
                    examples.push(row);
                    (key, examples.len() as u32 - 1)
                })
                .get()
                .1;
        }
    }
    debug_assert_eq!(codes.len(), rows);
    let mut texts = Names::default();
    for row in examples {
        texts.push_with(|text| {
            for (at, part) in parts.iter().enumerate() {
                if at > 0 {
                    text.push(JOINER);
                }
                part.write(part.codes()[row], text);
            }
        });
    }
    Local::Texts { texts, codes }
}
