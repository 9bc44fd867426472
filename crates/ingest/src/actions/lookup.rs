//! From a name to its rank, where the names are known.

use std::fmt;

use hashbrown::HashTable;
use rayon::prelude::*;

use crate::{
    names::{Local, NONE, Names, SHARDS, each_whole, push_decimal, shard_of, translate},
    pool::{Pool, spread},
};

/// The ranks of the names of one space.
pub(super) enum Lookup {
    /// Whole numbers close together: ranks by distance from the lowest, [`NONE`] where there is no name.
    Near { low: i128, rank: Vec<u32> },
    /// Hashes of texts and their ranks, dealt out as [`shard_of`] says. The texts themselves are in [`Names`].
    Texts(Vec<HashTable<(u32, u32)>>),
}

impl Lookup {
    /// Of whole numbers by distance from `low`.
    pub fn near(low: i128, rank: Vec<u32>) -> Self {
        Self::Near { low, rank }
    }

    /// Of any names.
    pub fn texts(names: &Names) -> Self {
        let ids = 0..names.len() as u32;
        let hashes: Vec<u32> = ids.into_par_iter().map(|id| Pool::hash_of(names.get(id))).collect();
        let tables = (0..SHARDS).into_par_iter().map(|ours| {
            let ids = || (0..).zip(&hashes).filter(|&(_, hash)| shard_of(*hash) == ours);
            let mut table = HashTable::with_capacity(ids().count());
            for (id, &hash) in ids() {
                let _ = table.insert_unique(spread(hash), (hash, id), |&(hash, _)| spread(hash));
            }
            table
        });
        Self::Texts(tables.collect())
    }

    /// A rank per row of a stretch, [`NONE`] where there is no name.
    ///
    /// # Errors
    /// The first name that has no rank.
    pub fn ranks(&self, names: &Names, local: Local) -> Result<Vec<u32>, String> {
        let mut meaning = Vec::new();
        let mut unknown = None;
        let mut note = |rank: Option<u32>, name: &dyn fmt::Display| {
            if rank.is_none() && unknown.is_none() {
                unknown = Some(name.to_string());
            }
            meaning.push(rank.unwrap_or(NONE));
        };
        if let Local::Texts { texts, .. } = &local {
            texts.iter().for_each(|text| note(self.text(names, text), &text));
        } else {
            let mut text = String::new();
            each_whole(&local, |value| note(self.whole(names, value, &mut text), &value));
        }
        if let Some(unknown) = unknown {
            return Err(unknown);
        }
        let meaning = local.by_code(meaning);
        let mut codes = local.into_codes();
        translate(&mut codes, &meaning);
        Ok(codes)
    }

    fn whole(&self, names: &Names, value: i128, text: &mut String) -> Option<u32> {
        match self {
            Self::Near { low, rank } => {
                let distance = usize::try_from(value - low).ok()?;
                rank.get(distance).copied().filter(|rank| *rank != NONE)
            }
            Self::Texts(_) => {
                text.clear();
                push_decimal(value, text);
                self.text(names, text)
            }
        }
    }

    fn text(&self, names: &Names, text: &str) -> Option<u32> {
        // Where all names are numbers of Parquet, there was no text.
        let Self::Texts(tables) = self else { return None };
        let hash = Pool::hash_of(text);
        let table = tables.get(shard_of(hash))?;
        table.find(spread(hash), |&(h, id)| h == hash && names.get(id) == text).map(|&(_, id)| id)
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookup").finish_non_exhaustive()
    }
}
