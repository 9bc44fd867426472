//! A plain table of actions, `actor, object, time[, content][, side]`, whatever its columns are called.
//!
//! A file is read in stretches (the row groups of Parquet, a CSV whole or in pieces). Each numbers its own names;
//! [`merge`](names::merge) turns the numbers of all stretches at once into ranks among all names, which depend neither on the stretches
//! nor on threads. Where a file is too large for that, [`scan`] reads it twice: for the names, which [`gather`] collects,
//! and for the rows, whose ranks [`lookup`] finds.

mod csv;
mod gather;
mod lookup;
mod parquet;
mod reader;
mod scan;
mod time;

use std::path::Path;

pub use scan::{ActionScan, scan_actions};

use crate::{
    error::IngestError,
    names::{self, Local, Names},
    plain::RowReject,
};
use reader::Reader;

const NO_ACTOR: &str = "no actor";
const NO_OBJECT: &str = "no object";
const NO_TIME: &str = "expected epoch seconds or RFC 3339 with an offset";
const NO_SIDE: &str = "no side";
const HOLDS_JOINER: &str = "holds U+001F, which joins the columns of an object";

/// Which columns of a table mean what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActionColumns {
    /// Who acted.
    pub actor: String,
    /// On what: one column or more. The texts of several are joined by U+001F; a row of which one of them holds that
    /// character is a reject.
    pub object: Vec<String>,
    /// When: RFC 3339 with an offset, a Parquet timestamp with a zone, or epoch seconds as a number.
    pub time: String,
    /// Which act it was, where one act may touch several objects.
    pub content: Option<String>,
    /// What splits the acts into sides, such as buying and selling.
    pub side: Option<String>,
    /// Only rows of which each of these columns has exactly this text, an empty one where the column has none. A number
    /// in Parquet has its decimal text.
    pub keep: Vec<(String, String)>,
}

/// The actions of a table, interned: an id is the rank of its text in [`Names`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Actions {
    /// Distinct actors of [`Actions::columns`].
    pub actors: Names,
    /// Distinct objects and contents: one space, since a repost's object is a content.
    pub things: Names,
    /// Distinct sides.
    pub sides: Names,
    /// The actions in the order of the file.
    pub columns: ActionTable,
    /// Rows that could not be read, in the order of the file.
    pub rejects: Vec<RowReject>,
    /// Rows of the file: those in [`Actions::columns`], [`Actions::rejects`] and [`Actions::left_out`] together.
    pub read: u64,
    /// Rows that [`ActionColumns::keep`] left out.
    pub left_out: u64,
}

/// Actions column by column. All columns are equally long, or empty where the table has no such column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActionTable {
    /// Ids in [`Actions::actors`].
    pub actor: Vec<u32>,
    /// Ids in [`Actions::things`].
    pub object: Vec<u32>,
    /// Microseconds since 1970-01-01T00:00:00Z; finer digits are cut off.
    pub time: Vec<i64>,
    /// Ids in [`Actions::things`], `u32::MAX` where a row has no content; empty if no column was asked for.
    pub content: Vec<u32>,
    /// Ids in [`Actions::sides`]; empty if no column was asked for.
    pub side: Vec<u32>,
}

impl ActionTable {
    /// How many actions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.time.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.time.is_empty()
    }
}

/// Reads a table of actions from CSV (also `.gz`, `.zst`) or Parquet, by the path's ending.
///
/// A row that [`ActionColumns::keep`] leaves out is not looked at further. A row without actor, object, time or side is
/// a reject. Whether a file is CSV or Parquet makes no difference to the names, as long as its texts are the same.
///
/// # Errors
/// [`IngestError`] where the file cannot be opened or decoded, a column is not there ([`IngestError::NoSuchColumn`], also
/// for an object of no columns), or the times of Parquet have no zone ([`IngestError::NaiveActionTimes`]).
/// # Cost
/// Linear in the rows, and n log n in the distinct names. The row groups of Parquet are decoded in parallel on the
/// current thread pool. In memory: 16 bytes for each action (20 or 24 with content and side) twice at the worst moment,
/// the distinct names of each row group, and the batch at hand of each thread. Numbers never become text but once for
/// each distinct one.
/// # Determinism
/// The same for any number of threads and any division into row groups. Ids do not depend on the order of rows;
/// [`Actions::columns`] and [`Actions::rejects`] follow it.
pub fn read_actions(path: &Path, columns: &ActionColumns) -> Result<Actions, IngestError> {
    whole(Reader::open(path, columns)?.all()?)
}

/// Where the columns are in a file.
struct Places {
    actor: usize,
    object: Vec<usize>,
    time: usize,
    content: Option<usize>,
    side: Option<usize>,
    keep: Vec<usize>,
}

impl Places {
    fn find(path: &Path, titles: &[String], columns: &ActionColumns) -> Result<Self, IngestError> {
        let at = |wanted: &str| {
            titles.iter().position(|title| title == wanted).ok_or_else(|| IngestError::NoSuchColumn {
                path: path.to_owned(),
                column: wanted.to_owned(),
                found: titles.to_vec(),
            })
        };
        if columns.object.is_empty() {
            at("")?;
        }
        Ok(Self {
            actor: at(&columns.actor)?,
            object: columns.object.iter().map(|wanted| at(wanted)).collect::<Result<_, _>>()?,
            time: at(&columns.time)?,
            content: columns.content.as_deref().map(at).transpose()?,
            side: columns.side.as_deref().map(at).transpose()?,
            keep: columns.keep.iter().map(|(wanted, _)| at(wanted)).collect::<Result<_, _>>()?,
        })
    }
}

/// The actions of one stretch of a file, with names of its own.
struct Stretch {
    actor: Local,
    object: Local,
    content: Option<Local>,
    side: Option<Local>,
    time: Vec<i64>,
    rejects: Vec<RowReject>,
    read: u64,
    left_out: u64,
}

/// Brings the stretches of a file under one set of names.
fn whole(stretches: Vec<Stretch>) -> Result<Actions, IngestError> {
    let mut actions = Actions::default();
    let (mut actor, mut object, mut content, mut side) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut times = Vec::new();
    for stretch in stretches {
        actor.push(stretch.actor);
        object.push(stretch.object);
        content.extend(stretch.content);
        side.extend(stretch.side);
        times.push(stretch.time);
        actions.rejects.extend(stretch.rejects);
        actions.read += stretch.read;
        actions.left_out += stretch.left_out;
    }
    let mut table = ActionTable { time: names::flatten(times), ..ActionTable::default() };
    let one = |mut ranks: Vec<Vec<u32>>| ranks.pop().unwrap_or_default();
    let ranks;
    (actions.actors, ranks) = names::merge("actors", vec![actor])?;
    table.actor = one(ranks);
    let mut ranks;
    (actions.things, ranks) = names::merge("objects", vec![object, content])?;
    table.content = ranks.pop().unwrap_or_default();
    table.object = one(ranks);
    let ranks;
    (actions.sides, ranks) = names::merge("sides", vec![side])?;
    table.side = one(ranks);
    actions.columns = table;
    Ok(actions)
}
