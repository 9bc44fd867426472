//! Distinct texts, sorted, in one arena.

use std::fmt;

/// Distinct texts sorted by their bytes; the id of a text is its rank. Two allocations, however many texts there are.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Names {
    arena: String,
    ends: Vec<usize>,
}

impl Names {
    /// Of texts that stand one after the other in `arena`; `ends` says where each of them ends.
    pub(super) fn new(arena: String, ends: Vec<usize>) -> Self {
        Self { arena, ends }
    }

    /// With room for `names` texts of `bytes` bytes together.
    pub(super) fn with_capacity(names: usize, bytes: usize) -> Self {
        Self { arena: String::with_capacity(bytes), ends: Vec::with_capacity(names) }
    }

    /// Adds the text that `write` appends.
    pub(super) fn push_with(&mut self, write: impl FnOnce(&mut String)) {
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
