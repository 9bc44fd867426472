//! What was counted on one world, kept as a line of JSON.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
};

use itoguchi_score::{Counts, value};
use serde::{Deserialize, Serialize};

use crate::{Failure, options::Parts, say};

/// What a record was made from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// Which world.
    pub world: String,
    /// Its size.
    pub accounts: u32,
    /// Its seed.
    pub seed: u64,
    /// Hash of the code.
    pub code: String,
    /// Hash of the configuration.
    pub config: String,
}

/// The engine on all data.
pub const POOLED: &str = "pooled";
/// What each broker finds alone, put together.
pub const ALONE_TOGETHER: &str = "alone together";
/// Prefix of what one broker finds alone, scored on its own accounts.
pub const ALONE: &str = "alone: ";
/// Prefix of what the engine on all data says of one broker's accounts.
pub const POOLED_OF: &str = "pooled: ";
/// The engine with 5 % of the rows dropped, against the engine with all.
pub const THINNED: &str = "thinned";
/// Prefix of simple rules.
pub const RULE: &str = "rule: ";
/// The reader who is told what happened.
pub const INFORMED: &str = "informed";

/// What was counted on one world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What it was made from.
    pub key: Key,
    /// Days of the world.
    pub days: u32,
    /// Rows of logins and executions.
    pub rows: u64,
    /// Counts by whose claim it is.
    pub claims: BTreeMap<String, Counts>,
}

impl Record {
    /// Whether nothing of `parts` is missing.
    pub fn has(&self, parts: &Parts) -> bool {
        let has = |name: &str| self.claims.contains_key(name);
        has(POOLED)
            && (!parts.alone || has(ALONE_TOGETHER))
            && (!parts.stability || has(THINNED))
            && (!parts.rules || has(INFORMED))
    }

    /// It in one line.
    pub fn line(&self) -> String {
        let Key { world, accounts, seed, .. } = &self.key;
        let figure = |name| {
            let value = self.claims.get(POOLED).and_then(|c| value(c, name));
            value.map_or("-".to_owned(), |v| format!("{v:.3}"))
        };
        format!(
            "{world}, {accounts} accounts, seed {seed}: victims P {} R {}, sellers P {} R {}, pair F1 {}, innocents {}",
            figure("victim_precision"),
            figure("victim_recall"),
            figure("seller_precision"),
            figure("seller_recall"),
            figure("pair_f1"),
            self.claims.get(POOLED).map_or(0, |c| c.innocents),
        )
    }
}

/// A file of records, which grows by one line at a time.
pub struct Store {
    file: File,
    records: BTreeMap<Key, Record>,
}

impl Store {
    /// Opens or makes the file. Lines that cannot be read (a run was stopped while it wrote, or counts had another form)
    /// are as good as not there.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let file = OpenOptions::new().create(true).append(true).read(true).open(path)?;
        let mut records = BTreeMap::new();
        let mut unreadable = 0_usize;
        for line in BufReader::new(File::open(path)?).lines() {
            let line = line?;
            match serde_json::from_str::<Record>(&line) {
                Ok(record) => {
                    records.insert(record.key.clone(), record);
                }
                Err(_) => unreadable += usize::from(!line.is_empty()),
            }
        }
        if unreadable > 0 {
            say(&format!("{}: {unreadable} lines left aside", path.display()));
        }
        Ok(Self { file, records })
    }

    /// The record of `key`, if there is one.
    pub fn find(&self, key: &Key) -> Option<&Record> {
        self.records.get(key)
    }

    /// Keeps a record.
    pub fn add(&mut self, record: Record) -> Result<(), Failure> {
        // A line that was cut off must not swallow this one.
        let line = format!("\n{}\n", serde_json::to_string(&record)?);
        self.file.write_all(line.as_bytes())?;
        self.file.flush()?;
        self.records.insert(record.key.clone(), record);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_survive_a_cut_off_line() {
        let place = tempfile::tempdir().expect("there is room");
        let path = place.path().join("records.jsonl");
        let key = Key { world: "w".into(), accounts: 1, seed: 2, code: "c".into(), config: "d".into() };
        let claims = BTreeMap::from([(POOLED.to_owned(), Counts { innocents: 3, ..Counts::default() })]);
        let record = Record { key: key.clone(), days: 30, rows: 5, claims };
        std::fs::write(&path, "{\"key\": {\"wor").expect("there is room");
        Store::open(&path).expect("it opens").add(record.clone()).expect("there is room");
        let store = Store::open(&path).expect("it opens");
        assert_eq!(store.find(&key), Some(&record));
        let other = Key { code: "e".into(), ..key };
        assert_eq!(store.find(&other), None);
        let parts = Parts { alone: false, stability: false, rules: false };
        assert!(record.has(&parts) && !record.has(&Parts { rules: true, ..parts }));
    }
}
