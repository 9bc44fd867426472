//! Co-action of more acts than fit into memory: the same answers, block by block.
//!
//! Accounts are cut, by activity, into blocks of about equal numbers of acts. Two blocks at a time are in memory, and
//! every pair of accounts lies in one pair of blocks; what is known of the objects is known of all acts. So each pair
//! is counted and judged from the same acts as in memory, and the answer is the same for every limit.
//!
//! The acts come from a source that can be replayed, twice here, and go to a store: first by range of objects, so that
//! each range can be sorted and its crowds learnt, then by block of accounts. Every block is read once for every
//! block before it.

use std::{io, ops::Range};

use itoguchi_model::Millibits;

use crate::{
    acts::{Acts, Columns},
    coact::CoactOptions,
    deal::dealt,
    error::CoactionError,
    legs::{Legs, check_window},
    linked::{Deals, Found, JudgedPair, Population, accepted, judged_behind_floors},
    occasions::{PairCount, SweepOptions, count, count_pair},
    promising::{Activity, Sample, surprising},
    surprise::{Null, Surprise, World, of_pairs, popularities},
};

/// Acts that can be gone through again, in the same order or another.
pub trait Source {
    /// Gives all acts, some at a time; contents are not looked at.
    ///
    /// # Errors
    /// What `each` gives, or [`CoactionError::Source`].
    fn replay(&self, each: &mut dyn FnMut(Columns) -> Result<(), CoactionError>)
    -> Result<(), CoactionError>;
}

/// Where bytes are kept for a while, by the number of a file.
pub trait Store {
    /// Adds to the end of a file; the first time makes it.
    ///
    /// # Errors
    /// What the medium gives.
    fn append(&self, file: u64, bytes: &[u8]) -> io::Result<()>;

    /// All of a file; nothing if it was never made.
    ///
    /// # Errors
    /// What the medium gives.
    fn read(&self, file: u64) -> io::Result<Vec<u8>>;

    /// Forgets a file.
    ///
    /// # Errors
    /// What the medium gives.
    fn remove(&self, file: u64) -> io::Result<()>;
}

/// A population whose acts are in a store.
pub struct Spilled<'a> {
    store: &'a dyn Store,
    window: Option<i64>,
    acts: u64,
    /// Accounts, the least active first.
    order: Vec<u32>,
    /// Ranges of that order.
    blocks: Vec<Range<usize>>,
    /// The block of every account's id.
    block_of: Vec<u32>,
    /// Number of object ranges.
    parts: usize,
    world: World,
}

/// Bytes of an act in the store: object, time, actor.
const ROW: usize = 16;
/// Bytes gathered for a file before they are written.
const BATCH: usize = 1 << 20;

/// What a file holds.
#[derive(Clone, Copy)]
enum File {
    Part(usize),
    Block(usize),
    Dealt(usize),
}

impl File {
    fn number(self) -> u64 {
        let (kind, index) = match self {
            Self::Part(index) => (0, index),
            Self::Block(index) => (1, index),
            Self::Dealt(index) => (2, index),
        };
        kind << 32 | index as u64
    }
}

impl<'a> Spilled<'a> {
    /// Sets the acts of `source` aside, to work on about `acts_in_memory` of them at a time; at some 64 bytes each
    /// they are the memory it takes, besides 12 bytes for every account and object. One object's acts must be in
    /// memory together, so the most popular one is the least that can be worked on.
    ///
    /// Ids should be dense: tables up to the greatest of them are made.
    ///
    /// # Errors
    /// [`CoactionError::NegativeWindow`], [`CoactionError::Store`], and what the source gives.
    /// # Cost
    /// Two replays; 32 bytes of the store for each act, and 16 more while actors are dealt anew.
    pub fn new(
        source: &dyn Source,
        store: &'a dyn Store,
        window_micros: Option<i64>,
        acts_in_memory: usize,
    ) -> Result<Self, CoactionError> {
        check_window(window_micros)?;
        let (mut of_actor, mut of_object) = (Vec::new(), Vec::new());
        source.replay(&mut |columns| {
            tally(&mut of_actor, &columns.actor);
            tally(&mut of_object, &columns.object);
            Ok(())
        })?;
        let mut order: Vec<u32> =
            (0..).zip(&of_actor).filter(|(_, acts)| **acts > 0).map(|(id, _)| id).collect();
        order.sort_by_key(|id| of_actor[*id as usize]);
        let blocks = ranges(order.iter().map(|id| of_actor[*id as usize]), acts_in_memory / 4);
        let mut block_of = vec![0; of_actor.len()];
        for (block, range) in (0..).zip(&blocks) {
            for id in &order[range.clone()] {
                block_of[*id as usize] = block;
            }
        }
        let parts = ranges(of_object.iter().copied(), acts_in_memory / 2);
        let acts = of_actor.iter().map(|n| u64::from(*n)).sum();
        let mut spilled = Self {
            store,
            window: window_micros,
            acts,
            order,
            blocks,
            block_of,
            parts: parts.len(),
            world: World::new(Vec::new(), [acts; 2]),
        };
        spilled.set_aside(source, &parts)?;
        spilled.world = spilled.learn()?;
        Ok(spilled)
    }

    /// Writes the acts by range of objects.
    fn set_aside(&self, source: &dyn Source, parts: &[Range<usize>]) -> Result<(), CoactionError> {
        let mut files = Files::new(self.store, self.parts, File::Part);
        source.replay(&mut |columns| {
            let rows = columns.object.iter().zip(&columns.time).zip(&columns.actor);
            for ((object, time), actor) in rows {
                let part = parts.partition_point(|range| range.end <= *object as usize);
                files.add(part, *object, *time, *actor)?;
            }
            Ok(())
        })?;
        files.finish()
    }

    /// Reads every range of objects, learns its crowds and writes its acts by block of accounts, in order.
    fn learn(&self) -> Result<World, CoactionError> {
        let mut files = Files::new(self.store, self.blocks.len(), File::Block);
        let mut objects = Vec::new();
        for part in 0..self.parts {
            let acts = self.part(part)?;
            objects.extend(popularities(&Legs::within(&acts, self.window)?));
            self.add_to_blocks(&acts, &mut files)?;
        }
        files.finish()?;
        Ok(World::new(objects, [self.acts; 2]))
    }

    fn add_to_blocks(&self, acts: &Acts, files: &mut Files) -> Result<(), CoactionError> {
        acts.iter().try_for_each(|act| {
            files.add(self.block_of[act.actor as usize] as usize, act.object, act.time, act.actor)
        })
    }

    fn part(&self, part: usize) -> Result<Acts, CoactionError> {
        Acts::new(self.columns(File::Part(part))?)
    }

    fn columns(&self, file: File) -> Result<Columns, CoactionError> {
        let bytes = self.store.read(file.number()).map_err(|e| stored(&e))?;
        let mut columns = Columns::default();
        let (rows, rest) = bytes.as_chunks::<ROW>();
        if !rest.is_empty() {
            return Err(CoactionError::Store { reason: "a file ends within an act".to_owned() });
        }
        for row in rows {
            let word = u128::from_le_bytes(*row);
            columns.object.push(word as u32);
            columns.time.push((word >> 32) as i64);
            columns.actor.push((word >> 96) as u32);
        }
        Ok(columns)
    }

    /// Calls `work` for every pair of blocks, the less active one left, with the place of its first account.
    fn each_pair_of_blocks(
        &self,
        file: impl Fn(usize) -> File,
        mut work: impl FnMut(&Legs, usize) -> Result<(), CoactionError>,
    ) -> Result<(), CoactionError> {
        for left in 0..self.blocks.len() {
            let first = self.blocks[left].start;
            let own = Acts::in_order(self.columns(file(left))?);
            work(&Legs::within(&own, self.window)?, first)?;
            for right in left + 1..self.blocks.len() {
                let other = Acts::in_order(self.columns(file(right))?);
                work(&Legs::between(&own, &other, self.window)?, first)?;
            }
        }
        Ok(())
    }

    /// What [`crate::sweep`] gives, of all acts. The answer itself is in memory.
    ///
    /// # Errors
    /// [`CoactionError::Store`].
    pub fn sweep(&self, options: &SweepOptions) -> Result<Vec<PairCount>, CoactionError> {
        let mut pairs = Vec::new();
        self.each_pair_of_blocks(File::Block, |legs, _| {
            pairs.extend(count(legs, options, |_, _| true).into_iter().map(smaller_first));
            Ok(())
        })?;
        pairs.sort_unstable();
        Ok(pairs)
    }

    /// What [`crate::coact`] gives, of all acts, without `min_participation`. The answer itself is in memory.
    ///
    /// # Errors
    /// [`CoactionError::Store`].
    pub fn coact(&self, options: &CoactOptions) -> Result<Vec<JudgedPair>, CoactionError> {
        let sweep_options = options.sweep_options();
        let mut pairs: Vec<(PairCount, Surprise)> = Vec::new();
        self.each_pair_of_blocks(File::Block, |legs, _| {
            let counts = count(legs, &sweep_options, |_, _| true);
            let surprises = if options.significance {
                let ids: Vec<(u32, u32)> = counts.iter().map(|c| (c.a, c.b)).collect();
                of_pairs(&Null::new(&self.world, legs), legs, &ids, |_, _, _| true)
            } else {
                vec![Surprise::default(); counts.len()]
            };
            pairs.extend(counts.into_iter().map(smaller_first).zip(surprises));
            Ok(())
        })?;
        pairs.sort_unstable_by_key(|(count, _)| (count.a, count.b));
        if !options.significance {
            return Ok(pairs.into_iter().map(|(count, _)| JudgedPair::unjudged(count)).collect());
        }
        let bits: Vec<Millibits> = pairs.iter().map(|(_, surprise)| surprise.bits).collect();
        let verdicts = judged_behind_floors(self, &bits, options.has_floors())?;
        Ok(pairs.into_iter().zip(verdicts).map(|((count, s), verdict)| verdict.of(count, s)).collect())
    }

    /// What [`crate::linked`] gives, of all acts.
    ///
    /// # Errors
    /// [`CoactionError::Rate`] unless `max_q` lies from 0 to 1; [`CoactionError::Store`].
    pub fn linked(&self, max_q: f64) -> Result<Vec<JudgedPair>, CoactionError> {
        accepted(self, max_q)
    }

    /// Pairs with at least `floor` bits among the accounts of the sample and all that are more active.
    fn search(
        &self,
        world: &World,
        file: impl Fn(usize) -> File,
        sample: Sample,
        floor: Millibits,
        mut found: impl FnMut(&Legs, Vec<((u32, u32), Surprise)>),
    ) -> Result<(), CoactionError> {
        self.each_pair_of_blocks(file, |legs, first| {
            let null = Null::new(world, legs);
            found(legs, surprising(legs, &null, &Activity::new(legs), sample.from(first), floor));
            Ok(())
        })
    }
}

impl Population for Spilled<'_> {
    fn acts(&self) -> u64 {
        self.acts
    }

    fn tests(&self) -> u64 {
        let accounts = self.order.len() as u64;
        accounts * accounts.saturating_sub(1) / 2
    }

    fn has_window(&self) -> bool {
        self.window.is_some()
    }

    fn surprising(&self, floor: Millibits) -> Result<Vec<Found>, CoactionError> {
        let mut all = Vec::new();
        self.search(&self.world, File::Block, Sample::ALL, floor, |legs, found| {
            let counted = |((a, b), surprise)| (smaller_first(count_pair(legs, a, b)), surprise);
            all.extend(found.into_iter().map(counted));
        })?;
        all.sort_unstable_by_key(|(count, _): &Found| (count.a, count.b));
        Ok(all)
    }

    fn chance(&self, deals: &Deals, floor: Millibits) -> Result<Vec<Millibits>, CoactionError> {
        let mut bits = Vec::new();
        for number in 1..=deals.times {
            let mut files = Files::new(self.store, self.blocks.len(), File::Dealt);
            let mut objects = Vec::new();
            for part in 0..self.parts {
                let acts = dealt(&self.part(part)?, number);
                objects.extend(popularities(&Legs::within(&acts, self.window)?));
                self.add_to_blocks(&acts, &mut files)?;
            }
            files.finish()?;
            self.search(
                &World::new(objects, [self.acts; 2]),
                File::Dealt,
                deals.sample(),
                floor,
                |_, found| {
                    bits.extend(found.into_iter().map(|(_, surprise)| surprise.bits));
                },
            )?;
            for block in 0..self.blocks.len() {
                self.store.remove(File::Dealt(block).number()).map_err(|e| stored(&e))?;
            }
        }
        Ok(bits)
    }
}

fn stored(error: &io::Error) -> CoactionError {
    CoactionError::Store { reason: error.to_string() }
}

/// The same pair, named by its smaller account first.
fn smaller_first(pair: PairCount) -> PairCount {
    if pair.a < pair.b {
        pair
    } else {
        PairCount { a: pair.b, b: pair.a, a_led: pair.b_led, b_led: pair.a_led, ..pair }
    }
}

fn tally(numbers: &mut Vec<u32>, ids: &[u32]) {
    for id in ids {
        let id = *id as usize;
        if id >= numbers.len() {
            numbers.resize(id + 1, 0);
        }
        numbers[id] += 1;
    }
}

/// Neighbouring ranges of which each has at most `limit` acts, or is a single one.
fn ranges(acts: impl ExactSizeIterator<Item = u32>, limit: usize) -> Vec<Range<usize>> {
    let (mut ranges, mut start, mut sum) = (Vec::new(), 0, 0);
    let number = acts.len();
    for (i, acts) in acts.enumerate() {
        if sum + acts as usize > limit && i > start {
            ranges.push(start..i);
            (start, sum) = (i, 0);
        }
        sum += acts as usize;
    }
    if start < number {
        ranges.push(start..number);
    }
    ranges
}

/// Files that are written side by side.
struct Files<'a> {
    store: &'a dyn Store,
    name: fn(usize) -> File,
    batches: Vec<Vec<u8>>,
}

impl<'a> Files<'a> {
    fn new(store: &'a dyn Store, number: usize, name: fn(usize) -> File) -> Self {
        Self { store, name, batches: vec![Vec::new(); number] }
    }

    fn add(&mut self, file: usize, object: u32, time: i64, actor: u32) -> Result<(), CoactionError> {
        let word = u128::from(actor) << 96 | u128::from(time as u64) << 32 | u128::from(object);
        let limit = (BATCH / self.batches.len()).max(ROW * 64);
        let batch = &mut self.batches[file];
        batch.extend_from_slice(&word.to_le_bytes());
        if batch.len() >= limit {
            self.store.append((self.name)(file).number(), batch).map_err(|e| stored(&e))?;
            batch.clear();
        }
        Ok(())
    }

    fn finish(self) -> Result<(), CoactionError> {
        for (file, batch) in self.batches.iter().enumerate().filter(|(_, batch)| !batch.is_empty()) {
            self.store.append((self.name)(file).number(), batch).map_err(|e| stored(&e))?;
        }
        Ok(())
    }
}

/// Acts at hand are a source too.
impl Source for Columns {
    fn replay(
        &self,
        each: &mut dyn FnMut(Columns) -> Result<(), CoactionError>,
    ) -> Result<(), CoactionError> {
        each(self.clone())
    }
}
