//! Names of one space: the columns of stretches of a file, numbered stretch by stretch and ranked among all.

mod cells;
mod local;
mod merge;

use std::fmt;

pub(crate) use cells::{Cells, ints, plain};
pub(crate) use local::{Builder, Column, Local, join};
pub(crate) use merge::{
    Dense, Ints, SHARDS, Shard, deal, each_whole, flatten, in_decimal, merge, push_decimal, rank, shard_of,
    shards, translate,
};

/// The id where there is no name.
pub(crate) const NONE: u32 = u32::MAX;

/// Stands between the texts of the columns that name a thing together. A row of which one of these texts holds this very
/// character is refused, so that two different combinations never have the same text.
pub(crate) const JOINER: char = '\u{1f}';

/// Distinct texts in order; the id of a text is its rank. Two allocations, however many texts there are.
///
/// The order is that of their bytes, unless whoever gives them says otherwise.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Names {
    arena: String,
    ends: Vec<usize>,
}

impl Names {
    /// Of texts that stand one after the other in `arena`; `ends` says where each of them ends.
    pub(crate) fn new(arena: String, ends: Vec<usize>) -> Self {
        Self { arena, ends }
    }

    /// With room for `names` texts of `bytes` bytes together.
    pub(crate) fn with_capacity(names: usize, bytes: usize) -> Self {
        Self { arena: String::with_capacity(bytes), ends: Vec::with_capacity(names) }
    }

    /// Adds the text that `write` appends.
    pub(crate) fn push_with(&mut self, write: impl FnOnce(&mut String)) {
        write(&mut self.arena);
        self.ends.push(self.arena.len());
    }

    /// The text of an id.
    ///
    /// # Panics
    /// If the id is not below [`Names::len`].
    #[must_use]
    #[inline]
    pub fn get(&self, id: u32) -> &str {
        let id = id as usize;
        let start = if id == 0 { 0 } else { self.ends[id - 1] };
        &self.arena[start..self.ends[id]]
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The texts in the order of their ids.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        (0..self.ends.len()).map(|id| self.get(id as u32))
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
