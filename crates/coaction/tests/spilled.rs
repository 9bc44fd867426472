//! What is worked on block by block equals what is worked on in memory, whatever the limit.
#![allow(clippy::unwrap_used, reason = "a test stops where its input is refused")]

use std::{collections::BTreeMap, io, sync::Mutex};

use itoguchi_coaction::{
    Act, Acts, CoactOptions, CoactionError, Columns, NO_CONTENT, Spilled, Store, SweepOptions, coact, linked,
    sweep,
};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const WINDOW: Option<i64> = Some(60);

/// Names of very different popularity, accounts of very different activity, and a group that acts together.
fn world(acts: usize, seed: u64) -> Columns {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut columns = Columns::default();
    let mut add = |object, time, actor| {
        columns.object.push(object);
        columns.time.push(time);
        columns.actor.push(actor);
    };
    let skewed = |rng: &mut ChaCha8Rng, below: f64| (below.powf(rng.random_range(0.0..1.0)) - 1.0) as u32;
    for _ in 0..acts {
        add(skewed(&mut rng, 80.0), rng.random_range(0..4_000_000), skewed(&mut rng, 900.0));
    }
    for meeting in 0..8 {
        let start = rng.random_range(0..4_000_000);
        for member in 0..9 {
            if rng.random_range(0..4) > 0 {
                add(60 + meeting, start + rng.random_range(0..60), 900 + member);
            }
        }
    }
    columns
}

fn in_memory(columns: &Columns) -> Acts {
    Acts::new(columns.clone()).unwrap()
}

#[test]
fn linked_pairs_are_the_same_for_every_limit() {
    let columns = world(20_000, 1);
    let whole = linked(&in_memory(&columns), WINDOW, 0.05).unwrap();
    assert!(whole.len() > 20, "{} linked pairs are too few to tell", whole.len());
    for (limit, threads) in [(1_000_000, 2), (9_000, 1), (1_500, 3)] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let store = MemoryStore::default();
        let found =
            pool.install(|| Spilled::new(&columns, &store, WINDOW, limit).unwrap().linked(0.05)).unwrap();
        assert_eq!(found, whole, "{limit} acts in memory, {threads} threads");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_pairs_are_the_same_for_every_limit(
        acts in 0_usize..600,
        seed in any::<u64>(),
        limit in 60_usize..800,
        min_occasions in 1_u32..3,
        min_objects in 0_u32..3,
        significance in any::<bool>(),
    ) {
        let columns = world(acts, seed);
        let whole = in_memory(&columns);
        let store = MemoryStore::default();
        let spilled = Spilled::new(&columns, &store, WINDOW, limit).unwrap();
        let options = SweepOptions { window_micros: WINDOW, min_occasions, min_objects };
        prop_assert_eq!(spilled.sweep(&options).unwrap(), sweep(&whole, &options).unwrap());
        let options = CoactOptions { window_micros: WINDOW, min_participation: 0, min_occasions, min_objects, significance };
        prop_assert_eq!(spilled.coact(&options).unwrap(), coact(&whole, &options).unwrap());
    }
}

#[test]
fn nothing_is_no_trouble_and_a_negative_window_is() {
    let store = MemoryStore::default();
    let empty = Columns::default();
    assert_eq!(Spilled::new(&empty, &store, WINDOW, 10).unwrap().linked(0.05), Ok(Vec::new()));
    let negative = Spilled::new(&empty, &store, Some(-1), 10).err();
    assert_eq!(negative, Some(CoactionError::NegativeWindow { micros: -1 }));
}

/// Room for so many bytes.
struct Full(MemoryStore, usize);

impl Store for Full {
    fn append(&self, file: u64, bytes: &[u8]) -> io::Result<()> {
        if bytes.len() > self.1 {
            Err(io::Error::from(io::ErrorKind::StorageFull))
        } else {
            self.0.append(file, bytes)
        }
    }

    fn read(&self, file: u64) -> io::Result<Vec<u8>> {
        // cut short
        self.0.read(file).map(|mut bytes| {
            bytes.pop();
            bytes
        })
    }

    fn remove(&self, file: u64) -> io::Result<()> {
        self.0.remove(file)
    }
}

#[test]
fn a_store_that_fails_is_named() {
    let columns = world(500, 3);
    let said = |room| {
        Spilled::new(&columns, &Full(MemoryStore::default(), room), WINDOW, 100).err().unwrap().to_string()
    };
    assert!(
        said(10).contains("could not be set aside") && said(10).contains("hint: make room"),
        "{}",
        said(10)
    );
    assert!(said(usize::MAX).contains("ends within an act"), "{}", said(usize::MAX));
}

#[test]
fn contents_play_no_part_among_spilled_acts() {
    let act = |time, actor, content| Act { object: 0, time, actor, content };
    let acts: Acts = [act(0, 1, 5), act(1, 2, 5), act(2, 3, NO_CONTENT)].into_iter().collect();
    let columns = Columns {
        object: vec![0; 3],
        time: vec![0, 1, 2],
        actor: vec![1, 2, 3],
        content: vec![5, 5, NO_CONTENT],
    };
    let options = SweepOptions::within(WINDOW);
    let store = MemoryStore::default();
    assert_eq!(sweep(&acts, &options).unwrap().len(), 2);
    assert_eq!(Spilled::new(&columns, &store, WINDOW, 10).unwrap().sweep(&options).unwrap().len(), 3);
}

/// Memory as a store.
#[derive(Debug, Default)]
struct MemoryStore(Mutex<BTreeMap<u64, Vec<u8>>>);

impl MemoryStore {
    fn files(&self) -> io::Result<std::sync::MutexGuard<'_, BTreeMap<u64, Vec<u8>>>> {
        self.0.lock().map_err(|e| io::Error::other(e.to_string()))
    }
}

impl Store for MemoryStore {
    fn append(&self, file: u64, bytes: &[u8]) -> io::Result<()> {
        self.files()?.entry(file).or_default().extend_from_slice(bytes);
        Ok(())
    }

    fn read(&self, file: u64) -> io::Result<Vec<u8>> {
        Ok(self.files()?.get(&file).cloned().unwrap_or_default())
    }

    fn remove(&self, file: u64) -> io::Result<()> {
        self.files()?.remove(&file);
        Ok(())
    }
}
