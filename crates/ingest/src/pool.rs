//! Distinct texts of one part of a file, numbered as they come. [`crate::merge`] turns the numbers into ranks.

use std::{hash::BuildHasher as _, net::IpAddr};

use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashTable};
use itoguchi_model::{AccountId, DeviceId, InstrumentId, IpId, TextId};

use crate::chunk::Name;

/// Distinct texts in one arena.
#[derive(Default)]
pub(crate) struct Pool {
    arena: String,
    ends: Vec<usize>,
    /// Numbers with their hashes, so that growing and most misses do not touch the arena.
    table: HashTable<(u32, u32)>,
    /// Rows come in runs of the same account or instrument, so the last answer is often the next.
    last: u32,
    /// Texts that [`Self::add`] was given.
    added: usize,
}

/// After so many texts it shows whether they repeat.
const TRIAL: usize = 1 << 15;
/// So many numbers are never used up by repeats.
const AMPLE: usize = 1 << 30;

impl Pool {
    /// The number of `text`, new or old.
    pub fn intern(&mut self, text: &str) -> u32 {
        if !self.ends.is_empty() && self.get(self.last) == text {
            return self.last;
        }
        self.intern_hashed(text, Self::hash_of(text))
    }

    /// A number of `text`, one of its own if the first texts added hardly repeated: to look for ids that are all
    /// different would be in vain. Must not be mixed with [`Self::intern`].
    pub fn add(&mut self, text: &str) -> u32 {
        self.added += 1;
        let new = self.added > TRIAL && self.table.is_empty() && self.len() < AMPLE;
        if !new {
            let id = self.intern(text);
            if self.added == TRIAL && self.len() > TRIAL / 2 {
                self.table = HashTable::new();
            }
            return id;
        }
        if self.get(self.last) != text {
            self.last = self.len() as u32;
            self.arena.push_str(text);
            self.ends.push(self.arena.len());
        }
        self.last
    }

    /// What [`Self::intern_hashed`] wants of a text.
    pub fn hash_of(text: &str) -> u32 {
        FixedState::default().hash_one(text) as u32
    }

    /// As [`Self::intern`], for those who need the [hash](Self::hash_of) anyway.
    pub fn intern_hashed(&mut self, text: &str, hash: u32) -> u32 {
        let Self { arena, ends, table, last, .. } = self;
        let found = table.find(spread(hash), |&(h, id)| h == hash && slice(arena, ends, id) == text);
        *last = match found {
            Some(&(_, id)) => id,
            None => {
                let id = u32::try_from(ends.len()).expect("a part has fewer rows than u32 counts");
                arena.push_str(text);
                ends.push(arena.len());
                table.insert_unique(spread(hash), (hash, id), |&(h, _)| spread(h));
                id
            }
        };
        *last
    }

    /// The text of number `id`.
    pub fn get(&self, id: u32) -> &str {
        slice(&self.arena, &self.ends, id)
    }

    /// How many distinct texts there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The texts by number, run together, and where each of them ends.
    pub fn into_texts(self) -> (String, Vec<usize>) {
        (self.arena, self.ends)
    }

    /// The texts by number.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|id| slice(&self.arena, &self.ends, id as u32))
    }
}

/// The table looks at both ends of 64 bits; half a hash must reach them both.
pub(crate) fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[inline]
fn slice<'a>(arena: &'a str, ends: &[usize], id: u32) -> &'a str {
    let id = id as usize;
    let start = if id == 0 { 0 } else { ends[id - 1] };
    &arena[start..ends[id]]
}

/// Every kind of name one part of a file mentions. The ids it gives are local to the part.
#[derive(Default)]
pub(crate) struct Pools {
    /// Broker, NUL, token: NUL is in neither and sorts first, so these sort as the pairs do.
    pub accounts: Pool,
    /// Instruments as written, unresolved.
    pub instruments: Pool,
    /// Device tokens.
    pub devices: Pool,
    /// All other texts.
    pub texts: Pool,
    /// Addresses.
    pub ips: Vec<IpAddr>,
    ip_ids: HashMap<IpAddr, u32, FixedState>,
    key: String,
}

impl Pools {
    pub fn account(&mut self, broker: &str, token: &str) -> AccountId {
        self.key.clear();
        self.key.push_str(broker);
        self.key.push('\0');
        self.key.push_str(token);
        AccountId(self.accounts.intern(&self.key))
    }

    pub fn instrument(&mut self, name: Name<'_>) -> InstrumentId {
        InstrumentId(name.number(|text| self.instruments.intern(text)))
    }

    /// As [`Self::instrument`], of a text that is not as it was written.
    pub fn instrument_called(&mut self, text: &str) -> InstrumentId {
        InstrumentId(self.instruments.intern(text))
    }

    pub fn device(&mut self, name: Option<Name<'_>>) -> DeviceId {
        name.map_or(DeviceId::NONE, |name| DeviceId(name.number(|text| self.devices.intern(text))))
    }

    pub fn text(&mut self, name: Option<Name<'_>>) -> TextId {
        name.map_or(TextId::NONE, |name| TextId(name.number(|text| self.texts.add(text))))
    }

    pub fn ip(&mut self, ip: Option<IpAddr>) -> IpId {
        let Some(ip) = ip else { return IpId::NONE };
        let Self { ips, ip_ids, .. } = self;
        let id = *ip_ids.entry(ip).or_insert_with(|| {
            ips.push(ip);
            u32::try_from(ips.len() - 1).expect("a part has fewer rows than u32 counts")
        });
        IpId(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_one_number() {
        let mut pool = Pool::default();
        let words: Vec<String> = (0..1000).map(|i| format!("w{}", i % 37)).collect();
        let ids: Vec<u32> = words.iter().map(|w| pool.intern(w)).collect();
        assert_eq!(pool.len(), 37);
        for (word, id) in words.iter().zip(ids) {
            assert_eq!(pool.get(id), word);
        }
        assert_eq!(pool.intern(""), 37);
        assert_eq!(pool.iter().count(), 38);
    }

    #[test]
    fn ids_that_hardly_repeat_are_not_looked_for() {
        let mut pool = Pool::default();
        let id = |i: usize| format!("{}", if i.is_multiple_of(4) { i / 8 } else { i });
        let numbers: Vec<u32> = (0..3 * TRIAL).map(|i| pool.add(&id(i))).collect();
        for (i, number) in numbers.iter().enumerate() {
            assert_eq!(pool.get(*number), id(i));
        }
        assert!(pool.table.is_empty());
        let mut few = Pool::default();
        (0..3 * TRIAL).for_each(|i| {
            few.add(&format!("{}", i % 100));
        });
        assert_eq!(few.len(), 100);
    }

    #[test]
    fn pairs_that_run_together_alike_are_different_accounts() {
        let mut pools = Pools::default();
        assert_ne!(pools.account("A", "BC"), pools.account("AB", "C"));
    }
}
