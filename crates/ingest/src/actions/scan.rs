//! A table larger than memory: once for its names, once for its rows.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{ActionColumns, ActionTable, Stretch, gather::Gather, lookup::Lookup, reader::Reader};
use crate::{chunk::shorten, error::IngestError, names::Names, plain::RowReject};

/// What a first look at a table of actions learns: the names, and how many rows there are of each kind.
#[derive(Debug)]
pub struct ActionScan {
    /// Distinct actors.
    pub actors: Names,
    /// Distinct objects and contents.
    pub things: Names,
    /// Distinct sides.
    pub sides: Names,
    /// Rows that could not be read, in the order of the file.
    pub rejects: Vec<RowReject>,
    /// Rows of the file: [`ActionScan::rows`], [`ActionScan::rejects`] and [`ActionScan::left_out`] together.
    pub read: u64,
    /// Rows that [`ActionColumns::keep`] left out.
    pub left_out: u64,
    path: PathBuf,
    columns: ActionColumns,
    actor: Lookup,
    thing: Lookup,
    side: Lookup,
    counts: Counts,
}

/// How many rows there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    read: u64,
    kept: u64,
    left_out: u64,
}

impl Counts {
    fn of(stretch: &Stretch) -> Self {
        Self { read: stretch.read, kept: stretch.time.len() as u64, left_out: stretch.left_out }
    }

    fn and(self, more: Self) -> Self {
        Self {
            read: self.read + more.read,
            kept: self.kept + more.kept,
            left_out: self.left_out + more.left_out,
        }
    }
}

/// Looks through a table of actions as [`read_actions`](super::read_actions) reads it, and keeps no rows but the rejects.
///
/// [`ActionScan::for_each_batch`] then reads the rows.
///
/// # Errors
/// Those of [`read_actions`](super::read_actions).
/// # Cost
/// Linear in the rows, and n log n in the distinct names. In memory: the distinct names twice, as many row groups as the
/// current thread pool has threads (of CSV, 262,144 records), and the rejects. At most a quarter of a byte for each row.
/// # Determinism
/// The same for any number of threads, any division into row groups and any order of the rows, but for the rejects, which
/// follow it.
pub fn scan_actions(path: &Path, columns: &ActionColumns) -> Result<ActionScan, IngestError> {
    let (mut actors, mut things) = (Gather::new("actors"), Gather::new("objects"));
    let mut sides = Gather::new("sides");
    let (mut rejects, mut counts) = (Vec::new(), Counts::default());
    let mut reader = Reader::open(path, columns)?;
    loop {
        let stretches = reader.some().into_iter().collect::<Result<Vec<Stretch>, IngestError>>()?;
        if stretches.is_empty() {
            break;
        }
        actors.add(&stretches.iter().map(|s| &s.actor).collect::<Vec<_>>())?;
        things.add(
            &stretches.iter().flat_map(|s| [&s.object].into_iter().chain(&s.content)).collect::<Vec<_>>(),
        )?;
        sides.add(&stretches.iter().filter_map(|s| s.side.as_ref()).collect::<Vec<_>>())?;
        for stretch in stretches {
            counts = counts.and(Counts::of(&stretch));
            rejects.extend(stretch.rejects);
        }
    }
    let (actors, actor) = actors.finish()?;
    let (things, thing) = things.finish()?;
    let (sides, side) = sides.finish()?;
    let Counts { read, left_out, .. } = counts;
    let (path, columns) = (path.to_owned(), columns.clone());
    Ok(ActionScan {
        actors,
        things,
        sides,
        rejects,
        read,
        left_out,
        path,
        columns,
        actor,
        thing,
        side,
        counts,
    })
}

impl ActionScan {
    /// How many rows there are to read: those that are neither rejects nor left out.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.counts.kept
    }

    /// Reads the file again and calls `each` with its actions in the order of the file, at most `rows` (no fewer than
    /// one) at a time. The batches, one after the other, are what [`read_actions`](super::read_actions) gives.
    ///
    /// A batch does not reach from one row group into the next, so it may well be smaller; it is never empty. `each` is
    /// called on the calling thread.
    ///
    /// # Errors
    /// What `each` returns; what [`scan_actions`] returns; [`IngestError::Changed`] where the file has other rows or
    /// names than at the first look. By then `each` may have had some batches, never more than [`ActionScan::rows`] rows.
    /// A file that was replaced by one of the same names and numbers of rows is not found out.
    /// # Panics
    /// May panic if the names were replaced by others.
    /// # Cost
    /// Linear in the rows. Row groups are decoded in parallel on the current thread pool, as many at a time as it has
    /// threads (of CSV, 262,144 records on one thread). In memory: these, decoded, and a batch.
    /// # Determinism
    /// The batches depend on the row groups and on `rows`, not on threads.
    pub fn for_each_batch<E: From<IngestError>>(
        &self,
        rows: usize,
        mut each: impl FnMut(ActionTable) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut counts = Counts::default();
        let mut reader = Reader::open(&self.path, &self.columns)?;
        loop {
            let stretches = reader.some();
            if stretches.is_empty() {
                break;
            }
            let tables = stretches.into_par_iter().map(|stretch| {
                let stretch = stretch?;
                Ok((Counts::of(&stretch), self.table(stretch)?))
            });
            let tables: Vec<Result<(Counts, ActionTable), IngestError>> = tables.collect();
            for table in tables {
                let (ours, table) = table?;
                counts = counts.and(ours);
                if counts.kept > self.counts.kept {
                    let first = self.counts.kept;
                    return Err(self
                        .changed(format!("at first {first} rows could be used, then more"))
                        .into());
                }
                pieces(table, rows.max(1)).try_for_each(&mut each)?;
            }
        }
        if counts != self.counts {
            return Err(self.recounted(counts).into());
        }
        Ok(())
    }

    /// The rows of a stretch under the names of the file.
    fn table(&self, stretch: Stretch) -> Result<ActionTable, IngestError> {
        let Self { actors, things, sides, .. } = self;
        let ranks = |lookup: &Lookup, names, local| {
            lookup.ranks(names, local).map_err(|name| {
                self.changed(format!("it had no {:?} at first, and has it now", shorten(&name)))
            })
        };
        let optional = |lookup, names, local: Option<_>| {
            local.map_or_else(|| Ok(Vec::new()), |local| ranks(lookup, names, local))
        };
        Ok(ActionTable {
            actor: ranks(&self.actor, actors, stretch.actor)?,
            object: ranks(&self.thing, things, stretch.object)?,
            time: stretch.time,
            content: optional(&self.thing, things, stretch.content)?,
            side: optional(&self.side, sides, stretch.side)?,
        })
    }

    fn recounted(&self, now: Counts) -> IngestError {
        let told = |c: Counts| {
            format!("{} rows, of which {} can be used and {} were left out", c.read, c.kept, c.left_out)
        };
        self.changed(format!("at first it had {}, then {}", told(self.counts), told(now)))
    }

    fn changed(&self, what: String) -> IngestError {
        IngestError::Changed { path: self.path.clone(), what }
    }
}

/// A table cut into pieces of `rows`; none if it is empty.
fn pieces(table: ActionTable, rows: usize) -> impl Iterator<Item = ActionTable> {
    let len = table.len();
    let mut whole = Some(table);
    (0..len).step_by(rows).filter_map(move |from| {
        if len <= rows {
            return whole.take();
        }
        let (table, to) = (whole.as_ref()?, len.min(from.saturating_add(rows)));
        // A column that was not asked for is empty, and stays so.
        let ids = |column: &[u32]| column.get(from..to).map(<[u32]>::to_vec).unwrap_or_default();
        Some(ActionTable {
            actor: ids(&table.actor),
            object: ids(&table.object),
            time: table.time[from..to].to_vec(),
            content: ids(&table.content),
            side: ids(&table.side),
        })
    })
}
