//! The names of stretch after stretch, of which nothing but the names is kept.

use super::lookup::Lookup;
use crate::{
    error::IngestError,
    names::{Dense, Ints, Local, NONE, Names, Shard as _, deal, in_decimal, shards},
    pool::Pool,
};

/// One space of names that grows.
///
/// What it is in the end depends on the set of names alone; the form in which it holds them meanwhile does not matter.
pub(super) struct Gather {
    what: &'static str,
    rows: usize,
    found: Found,
}

/// The names so far, in the smallest form that can hold them.
enum Found {
    Near(Bits),
    Ints(Vec<Ints>),
    Texts(Vec<Pool>),
}

/// A set of whole numbers that lie close together.
#[derive(Default)]
struct Bits {
    /// A multiple of 64.
    low: i128,
    seen: Vec<u64>,
}

impl Bits {
    fn high(&self) -> i128 {
        self.low + 64 * self.seen.len() as i128
    }

    /// Adds the numbers of `locals`, unless the set would reach over more than `span`, or one of them has texts.
    fn widen(&mut self, locals: &[&Local], span: usize) -> bool {
        let empty = self.seen.is_empty();
        let (mut low, mut high) = if empty { (i128::MAX, i128::MIN) } else { (self.low, self.high()) };
        for local in locals {
            let Local::Range { base, seen, .. } = local else { return false };
            low = low.min(*base);
            high = high.max(base + 64 * seen.len() as i128);
        }
        let words = |distance: i128| usize::try_from(distance).ok().filter(|d| *d <= span).map(|d| d / 64);
        if locals.is_empty() {
            return true;
        }
        let Some(len) = words(high.saturating_sub(low)) else { return false };
        let before = if empty { 0 } else { words(self.low - low).unwrap_or(0) };
        if before > 0 {
            self.seen.splice(0..0, std::iter::repeat_n(0, before));
        }
        self.seen.resize(len, 0);
        self.low = low;
        for local in locals {
            if let Local::Range { base, seen, .. } = local {
                let first = words(base - low).unwrap_or(len);
                self.seen[first..].iter_mut().zip(seen).for_each(|(word, theirs)| *word |= theirs);
            }
        }
        true
    }

    fn into_local(self) -> Local {
        Local::Range { base: self.low, seen: self.seen, rows: 0, codes: Vec::new() }
    }
}

impl Gather {
    /// Without names; `what` they are is for the error.
    pub fn new(what: &'static str) -> Self {
        Self { what, rows: 0, found: Found::Near(Bits::default()) }
    }

    /// Adds the names of stretches.
    ///
    /// # Errors
    /// [`IngestError::TooManyNames`].
    pub fn add(&mut self, locals: &[&Local]) -> Result<(), IngestError> {
        self.rows += locals.iter().map(|local| local.codes().len()).sum::<usize>();
        let locals: Vec<&Local> = locals.iter().filter(|local| !local.is_nameless()).copied().collect();
        // Two bits for each row at most, which are nothing beside what reading it takes.
        let span = (2 * self.rows + (1 << 16)).min(NONE as usize);
        if let Found::Near(bits) = &mut self.found
            && bits.widen(&locals, span)
        {
            return Ok(());
        }
        let texts = locals.iter().any(|local| matches!(local, Local::Texts { .. }));
        self.loosen(texts)
            .and_then(|()| match &mut self.found {
                Found::Near(_) => Some(()),
                Found::Ints(shards) => deal(shards, &locals).map(drop),
                Found::Texts(shards) => deal(shards, &locals).map(drop),
            })
            .ok_or(IngestError::TooManyNames { what: self.what, limit: NONE })
    }

    /// Brings the names so far into a form that can hold any whole number, and any text if need be.
    fn loosen(&mut self, texts: bool) -> Option<()> {
        let wide_enough = match &self.found {
            Found::Near(_) => false,
            Found::Ints(_) => !texts,
            Found::Texts(_) => true,
        };
        if wide_enough {
            return Some(());
        }
        let so_far = match std::mem::replace(&mut self.found, Found::Near(Bits::default())) {
            Found::Near(bits) => bits.into_local(),
            Found::Ints(shards) => {
                let values: Vec<i128> = shards.iter().flat_map(Ints::values).copied().collect();
                Local::Texts { texts: in_decimal(values.into_iter()), codes: Vec::new() }
            }
            Found::Texts(_) => return None,
        };
        self.found = if texts {
            let mut shards = shards::<Pool>();
            deal(&mut shards, &[&so_far])?;
            Found::Texts(shards)
        } else {
            let mut shards = shards::<Ints>();
            deal(&mut shards, &[&so_far])?;
            Found::Ints(shards)
        };
        Some(())
    }

    /// All names in order, and how to find one.
    pub fn finish(mut self) -> Result<(Names, Lookup), IngestError> {
        if let Found::Near(bits) = &self.found {
            let count: u32 = bits.seen.iter().map(|word| word.count_ones()).sum();
            // Else a table over all that lies between would be larger than the names.
            if 64 * bits.seen.len() <= 8 * count as usize + (1 << 16) {
                let dense = Dense::over(bits.low, &bits.seen);
                return Ok((dense.names(), Lookup::near(bits.low, dense.into_ranks())));
            }
        }
        self.loosen(false).ok_or(IngestError::TooManyNames { what: self.what, limit: NONE })?;
        let names = match self.found {
            Found::Near(_) => Names::default(),
            Found::Ints(shards) => Ints::sorted(&shards).0,
            Found::Texts(shards) => Pool::sorted(&shards).0,
        };
        let lookup = Lookup::texts(&names);
        Ok((names, lookup))
    }
}
