//! The table of acts that every kernel reads: columns, sorted once.

use rayon::prelude::*;

use crate::{
    act::{Act, NO_CONTENT},
    error::CoactionError,
};

/// Acts in the order of object, time, actor and content, one column each.
///
/// Being sorted is what the type stands for: the kernels take it on trust. Two tables of the same acts are equal,
/// in whatever order they came.
///
/// ```
/// use itoguchi_coaction::{Act, Acts, NO_CONTENT};
/// let at = |time, actor| Act { object: 7, time, actor, content: NO_CONTENT };
/// let acts: Acts = [at(5, 1), at(3, 2)].into_iter().collect();
/// assert_eq!(acts.get(0), at(3, 2));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acts {
    objects: Vec<u32>,
    times: Vec<i64>,
    actors: Vec<u32>,
    /// Empty where no act has a content.
    contents: Vec<u32>,
}

/// Acts as they come: one column each, all of one length but for `content`, which may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// What was acted on.
    pub object: Vec<u32>,
    /// When, in microseconds since 1970-01-01 UTC.
    pub time: Vec<i64>,
    /// Who acted.
    pub actor: Vec<u32>,
    /// Which act it was, [`NO_CONTENT`] where there is none; empty if there are none at all.
    pub content: Vec<u32>,
}

impl Acts {
    /// Sorts the acts.
    ///
    /// # Errors
    /// [`CoactionError::TooManyActs`] beyond what 32 bits can number, [`CoactionError::Ragged`] for columns of
    /// different lengths.
    /// # Cost
    /// A parallel sort of one machine word for each act where object, time and actor fit into 64 bits together
    /// (times count in their greatest common divisor, so whole seconds need few), of two words or of whole acts
    /// elsewhere. 24 bytes for each act at the peak in the first case.
    pub fn new(columns: Columns) -> Result<Self, CoactionError> {
        let acts = columns.object.len();
        check_number(acts)?;
        let lengths = [columns.time.len(), columns.actor.len()];
        let contents = columns.content.len();
        if lengths != [acts; 2] || (contents != 0 && contents != acts) {
            return Err(CoactionError::Ragged);
        }
        let Some(packing) = Packing::of(&columns) else { return Ok(Self::default()) };
        Ok(match packing.bits() {
            0..=64 => packing.sorted::<u64>(columns),
            65..=128 => packing.sorted::<u128>(columns),
            _ => {
                let mut rows: Vec<Act> = (0..acts).map(|i| columns.get(i)).collect();
                drop(columns);
                rows.par_sort_unstable();
                Self::of_sorted(rows)
            }
        })
    }

    /// Columns that are sorted by object and time already, without contents.
    pub(crate) fn in_order(columns: Columns) -> Self {
        Self { objects: columns.object, times: columns.time, actors: columns.actor, contents: Vec::new() }
    }

    fn of_sorted(rows: Vec<Act>) -> Self {
        let contents = if rows.iter().all(|r| r.content == NO_CONTENT) {
            Vec::new()
        } else {
            rows.iter().map(|r| r.content).collect()
        };
        Self {
            objects: rows.iter().map(|r| r.object).collect(),
            times: rows.iter().map(|r| r.time).collect(),
            actors: rows.iter().map(|r| r.actor).collect(),
            contents,
        }
    }

    /// How many acts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// One act.
    ///
    /// # Panics
    /// At or beyond [`Self::len`].
    #[must_use]
    #[inline]
    pub fn get(&self, position: usize) -> Act {
        Act {
            object: self.objects[position],
            time: self.times[position],
            actor: self.actors[position],
            content: self.contents.get(position).copied().unwrap_or(NO_CONTENT),
        }
    }

    /// All acts, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Act> + '_ {
        (0..self.len()).map(|i| self.get(i))
    }

    /// The acts that `keep` accepts, in order.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&Act) -> bool) -> Self {
        Self::of_sorted(self.iter().filter(|act| keep(act)).collect())
    }

    /// Objects, in order.
    #[must_use]
    pub fn objects(&self) -> &[u32] {
        &self.objects
    }

    /// Times in microseconds, ascending within an object.
    #[must_use]
    pub fn times(&self) -> &[i64] {
        &self.times
    }

    /// Actors.
    #[must_use]
    pub fn actors(&self) -> &[u32] {
        &self.actors
    }

    /// Whether any act has a content.
    #[must_use]
    pub fn has_contents(&self) -> bool {
        !self.contents.is_empty()
    }

    /// The same objects and times, with other actors and no contents: who acted, dealt anew.
    pub(crate) fn with_actors(&self, actors: Vec<u32>) -> Self {
        Self { objects: self.objects.clone(), times: self.times.clone(), actors, contents: Vec::new() }
    }
}

impl FromIterator<Act> for Acts {
    fn from_iter<I: IntoIterator<Item = Act>>(acts: I) -> Self {
        let mut rows: Vec<Act> = acts.into_iter().collect();
        rows.par_sort_unstable();
        Self::of_sorted(rows)
    }
}

impl Columns {
    fn get(&self, row: usize) -> Act {
        Act {
            object: self.object[row],
            time: self.time[row],
            actor: self.actor[row],
            content: self.content.get(row).copied().unwrap_or(NO_CONTENT),
        }
    }
}

/// Refuses more acts than 32-bit positions can tell apart.
pub(crate) fn check_number(acts: usize) -> Result<(), CoactionError> {
    let limit = u32::MAX as usize;
    if acts > limit { Err(CoactionError::TooManyActs { acts, limit }) } else { Ok(()) }
}

/// A word that sorts as the act does.
trait Word: Copy + Ord + Send + Sync {
    fn pack(parts: [(u64, u32); 4]) -> Self;
    fn unpack(self, widths: [u32; 4]) -> [u64; 4];
}

macro_rules! word {
    ($word:ty) => {
        impl Word for $word {
            fn pack(parts: [(u64, u32); 4]) -> Self {
                let shifted = |word: Self, width: u32| word.checked_shl(width).unwrap_or(0);
                parts.into_iter().fold(0, |word, (value, width)| shifted(word, width) | Self::from(value))
            }

            fn unpack(self, widths: [u32; 4]) -> [u64; 4] {
                let (mut parts, mut word) = ([0; 4], self);
                for (part, width) in parts.iter_mut().zip(widths).rev() {
                    let mask = Self::from(u64::MAX.checked_shr(u64::BITS - width).unwrap_or(0));
                    *part = (word & mask) as u64;
                    word = word.checked_shr(width).unwrap_or(0);
                }
                parts
            }
        }
    };
}
word!(u64);
word!(u128);

/// How the parts of an act lie in a word: object, time, actor, content, from the top.
struct Packing {
    earliest: i64,
    /// Every time is the earliest one and a multiple of this.
    step: u64,
    widths: [u32; 4],
}

impl Packing {
    /// None if there are no acts.
    fn of(columns: &Columns) -> Option<Self> {
        let (earliest, latest) =
            columns.time.par_iter().map(|t| (*t, *t)).reduce_with(|x, y| (x.0.min(y.0), x.1.max(y.1)))?;
        let step_of = |times: &[i64]| times.iter().fold(0, |step, t| gcd(t.abs_diff(earliest), step));
        let step = columns.time.par_chunks(1 << 16).map(step_of).reduce(|| 0, gcd).max(1);
        let width = |ids: &[u32]| u32::BITS - ids.par_iter().max().copied().unwrap_or(0).leading_zeros();
        let span = latest.abs_diff(earliest) / step;
        let time = u64::BITS - span.leading_zeros();
        let widths = [width(&columns.object), time, width(&columns.actor), width(&columns.content)];
        Some(Self { earliest, step, widths })
    }

    fn bits(&self) -> u32 {
        self.widths.iter().sum()
    }

    fn sorted<W: Word>(&self, columns: Columns) -> Acts {
        let [object, time, actor, content] = self.widths;
        let has_contents = content > 0 || !columns.content.is_empty();
        let mut words: Vec<W> = (0..columns.object.len())
            .into_par_iter()
            .map(|i| {
                let act = columns.get(i);
                let offset = act.time.abs_diff(self.earliest) / self.step;
                let named = if has_contents { act.content } else { 0 };
                W::pack([
                    (act.object.into(), object),
                    (offset, time),
                    (act.actor.into(), actor),
                    (named.into(), content),
                ])
            })
            .collect();
        drop(columns);
        words.par_sort_unstable();
        let part = |which: usize| move |word: &W| word.unpack(self.widths)[which] as u32;
        let time = |word: &W| self.earliest.wrapping_add_unsigned(word.unpack(self.widths)[1] * self.step);
        let contents: Vec<u32> =
            if has_contents { words.par_iter().map(part(3)).collect() } else { Vec::new() };
        let named = contents.iter().any(|c| *c != NO_CONTENT);
        Acts {
            objects: words.par_iter().map(part(0)).collect(),
            times: words.par_iter().map(time).collect(),
            actors: words.par_iter().map(part(2)).collect(),
            contents: if named { contents } else { Vec::new() },
        }
    }
}

/// Greatest common divisor; of anything and nought the former.
fn gcd(mut x: u64, mut y: u64) -> u64 {
    if y == 1 {
        return 1;
    }
    while y != 0 {
        (x, y) = (y, x % y);
    }
    x
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// All three ways to sort agree with the order of acts, with times far apart and close together.
        #[test]
        fn every_packing_sorts_as_acts_do(
            rows in proptest::collection::vec((0_u32..40, any::<u32>(), any::<u32>(), prop::option::of(0_u32..9)), 0..40),
            step in prop_oneof![Just(1_i64), Just(60_000_000), Just(i64::MAX / 64)],
            wide in any::<bool>(),
        ) {
            let rows: Vec<Act> = rows
                .into_iter()
                .map(|(object, time, actor, content)| Act {
                    object: if wide { u32::MAX - object } else { object },
                    time: (i64::from(time % 60) - 30).wrapping_mul(step),
                    actor: if wide { actor } else { actor % 50 },
                    content: content.unwrap_or(NO_CONTENT),
                })
                .collect();
            let columns = Columns {
                object: rows.iter().map(|r| r.object).collect(),
                time: rows.iter().map(|r| r.time).collect(),
                actor: rows.iter().map(|r| r.actor).collect(),
                content: rows.iter().map(|r| r.content).collect(),
            };
            let found = Acts::new(columns.clone()).map_err(|e| TestCaseError::fail(e.to_string()))?;
            let mut sorted = rows.clone();
            sorted.sort_unstable();
            prop_assert_eq!(found.iter().collect::<Vec<_>>(), sorted);
            prop_assert_eq!(&found, &rows.into_iter().collect::<Acts>());
            let bare = Columns { content: Vec::new(), ..columns };
            let found = Acts::new(bare).map_err(|e| TestCaseError::fail(e.to_string()))?;
            prop_assert!(!found.has_contents());
        }
    }

    #[test]
    fn ragged_columns_are_refused() {
        let columns = Columns { object: vec![1, 2], time: vec![0], actor: vec![1, 1], content: Vec::new() };
        assert_eq!(Acts::new(columns), Err(CoactionError::Ragged));
    }
}
