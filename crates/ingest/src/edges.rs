//! A plain table of edges, `u, v[, weight]`, whatever its columns are called.
//!
//! A file is read in stretches: the row groups of Parquet, pieces of a CSV. Each has names of its own and weights in as many
//! decimals as it needs, and knows a node by the number that the stretch gave it. [`whole`] brings them under one set of
//! names and one scale, in place, and sorts.

mod csv;
mod order;
mod parquet;
mod rows;
mod weight;

use std::path::Path;

use rayon::prelude::*;

use crate::{
    chunk::shorten,
    error::{IngestError, WeightFault},
    names::{self, Local, Names},
    plain::{RowReject, is_parquet},
};
use rows::Rows;
use weight::Fault;

const NO_NODE: &str = "no node";
const NO_UTF8: &str = "is not UTF-8";
const NO_WEIGHT: &str = "no weight";
const NO_NUMBER: &str = "expected a number such as 12, 0.25 or 1e-3";

/// Which columns of a table mean what. By default `u`, `v`, and `weight` where there is such a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgeColumns {
    /// One end of an edge.
    pub u: String,
    /// The other end.
    pub v: String,
    /// How much an edge weighs.
    pub weight: WeightColumn,
}

impl Default for EdgeColumns {
    fn default() -> Self {
        Self { u: "u".to_owned(), v: "v".to_owned(), weight: WeightColumn::Usual }
    }
}

/// Where weights are found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum WeightColumn {
    /// In a column called `weight`; where there is none, every edge weighs 1.
    #[default]
    Usual,
    /// In this column, which must be there.
    Named(String),
    /// Nowhere: every edge weighs 1.
    Nowhere,
}

/// The title that [`WeightColumn::Usual`] looks for.
const USUAL: &str = "weight";

/// The edges of a table, interned: a node is the rank of its text in [`Edges::nodes`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edges {
    /// Distinct texts of both ends of [`Edges::edges`]. Where each is a plain whole number (digits without a leading
    /// zero, 18 at most) they are in the order of the numbers, 2 before 10; else in the order of their bytes.
    pub nodes: Names,
    /// One for each row that could be read, sorted. A node may have an edge to itself, and an edge may stand more than
    /// once.
    pub edges: Vec<EdgeRow>,
    /// A weight of 1 is 10^`scale` units: the fewest decimals, from 0 to 9, that hold all weights.
    pub scale: u32,
    /// Rows of the file: those in [`Edges::edges`] and [`Edges::rejects`] together.
    pub read: u64,
    /// How many weights had more than nine decimals, and were rounded to nine: to the nearest, and to the even one of two
    /// that are equally near.
    pub rounded: u64,
    /// Rows that could not be read, in the order of the file.
    pub rejects: Vec<RowReject>,
}

/// An edge of a table, from `u` to `v` as the row has them. Sorted by `u`, then `v`, then weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct EdgeRow {
    /// Rank in [`Edges::nodes`].
    pub u: u32,
    /// Rank in [`Edges::nodes`].
    pub v: u32,
    /// In units of 10^-[`scale`](Edges::scale).
    pub weight: u64,
}

/// Reads a table of edges from CSV (also `.gz`, `.zst`) or Parquet, by the path's ending.
///
/// Nodes are texts, taken as they stand; of a number in Parquet it is the decimal text. A weight is a decimal text such
/// as `12`, `0.25` or `1e-3`, perhaps with space around it, or any number of Parquet. It is read exactly, not as a float
/// near to it; a float of Parquet is taken for the shortest decimal that denotes it. 0 is a weight, and what rounds to 0
/// too.
///
/// The columns of a row are looked at in the order `u`, `v`, weight. The first to be missing, or a weight that is no
/// number, makes the row a reject. Whether a file is CSV or Parquet makes no difference, as long as its texts are the
/// same.
///
/// # Errors
/// [`IngestError`] where the file cannot be opened or decoded, a column is not there ([`IngestError::NoEdgeColumn`]) or is
/// there twice ([`IngestError::DuplicateColumn`]), or a weight cannot be used ([`IngestError::Weight`]): of the first row
/// with one that is below 0, not finite, or too large by itself; if there is none, of the first row with one that does
/// not fit 64 bits in the decimals of the table.
/// # Cost
/// Linear in the rows, and n log n in the distinct names and in the edges. The row groups of Parquet are decoded in
/// parallel on the current thread pool; a CSV is read by one thread. In memory: 16 bytes for each edge, besides them one
/// row group of each thread (of CSV, a million edges); the distinct names of each of these, and those of the file twice.
/// # Determinism
/// The same for any number of threads, any division into row groups and any order of the rows, but for
/// [`Edges::rejects`] and which row an error names, which follow it.
pub fn read_edges(path: &Path, columns: &EdgeColumns) -> Result<Edges, IngestError> {
    let stretches = if is_parquet(path) { parquet::read(path, columns)? } else { csv::read(path, columns)? };
    whole(path, columns, stretches)
}

/// Where the columns are in a file.
struct Places {
    u: usize,
    v: usize,
    weight: Option<usize>,
}

impl Places {
    fn find(path: &Path, titles: &[String], columns: &EdgeColumns) -> Result<Self, IngestError> {
        let path = || path.to_owned();
        let at = |wanted: &str| {
            let mut found = (0..titles.len()).filter(|at| titles[*at] == wanted);
            match (found.next(), found.next()) {
                (at, None) => Ok(at),
                _ => Err(IngestError::DuplicateColumn { path: path(), column: wanted.to_owned() }),
            }
        };
        let must = |wanted: &str| {
            let (column, found) = (wanted.to_owned(), titles.to_vec());
            at(wanted)?.ok_or_else(|| IngestError::NoEdgeColumn { path: path(), column, found })
        };
        Ok(Self {
            u: must(&columns.u)?,
            v: must(&columns.v)?,
            weight: match &columns.weight {
                WeightColumn::Usual => at(USUAL)?,
                WeightColumn::Named(wanted) => Some(must(wanted)?),
                WeightColumn::Nowhere => None,
            },
        })
    }
}

impl EdgeColumns {
    /// What becomes of a row whose weight cannot be used: a reject, or the error that ends the reading.
    fn judge(&self, path: &Path, row: u64, value: &str, fault: Fault) -> Result<RowReject, IngestError> {
        let column = match &self.weight {
            WeightColumn::Named(wanted) => wanted,
            WeightColumn::Usual | WeightColumn::Nowhere => USUAL,
        };
        let value = value.trim();
        match fault {
            Fault::Missing => Ok(RowReject::new(row, column, "", NO_WEIGHT)),
            Fault::Unreadable => Ok(RowReject::new(row, column, value, NO_NUMBER)),
            Fault::Refused(fault) => Err(IngestError::Weight {
                path: path.to_owned(),
                row,
                column: column.to_owned(),
                value: shorten(value),
                fault,
            }),
        }
    }
}

/// The edges of one stretch of a file, with names of its own.
struct Stretch {
    /// The names of both ends, or those of `u` and those of `v`, without codes.
    ends: Vec<Local>,
    /// The ends of each are codes.
    rows: Rows,
}

/// Brings the stretches of a file under one set of names and one scale.
fn whole(path: &Path, columns: &EdgeColumns, stretches: Vec<Stretch>) -> Result<Edges, IngestError> {
    let (ends, mut rows): (Vec<_>, Vec<_>) = stretches.into_iter().map(|s| (s.ends, s.rows)).unzip();
    let scale = rows.iter().map(Rows::scale).max().unwrap_or_default();
    rows.par_iter_mut().for_each(|rows| rows.raise(scale));
    if let Some((row, value)) = rows.iter().find_map(Rows::too_large) {
        let fault = Fault::Refused(WeightFault::TooLarge { scale: scale.into() });
        columns.judge(path, row, &value, fault)?;
    }
    let (mut nodes, ranks) = names::rank("nodes", &ends.iter().flatten().collect::<Vec<_>>())?;
    let by_number = order::by_number(&nodes);
    rows.par_iter_mut().zip(&ends).enumerate().for_each(|(stretch, (rows, ends))| {
        // Every stretch has as many lists of names as every other.
        let of = |end: usize| ranks.of(stretch * ends.len() + end, &ends[end]);
        let (us, vs) = (of(0), of(ends.len() - 1));
        let place = |rank: u32| by_number.as_ref().map_or(rank, |(_, places)| places[rank as usize]);
        for row in &mut rows.edges {
            (row.u, row.v) = (place(us[row.u as usize]), place(vs[row.v as usize]));
        }
    });
    drop((ends, ranks));
    if let Some((names, _)) = by_number {
        nodes = names;
    }
    let mut edges = Edges { nodes, scale: scale.into(), ..Edges::default() };
    let mut parts = Vec::with_capacity(rows.len());
    for rows in rows {
        edges.read += (rows.edges.len() + rows.rejects.len()) as u64;
        edges.rounded += rows.rounded;
        edges.rejects.extend(rows.rejects);
        parts.push(rows.edges);
    }
    edges.edges = names::flatten(parts);
    edges.edges.par_sort_unstable();
    Ok(edges)
}
