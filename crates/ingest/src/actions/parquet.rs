//! Actions out of Parquet, row group by row group.

use std::{ops::Range, path::Path};

use arrow::{
    array::{ArrayRef, BooleanArray, RecordBatch},
    buffer::BooleanBuffer,
    compute::FilterBuilder,
    datatypes::DataType,
    error::ArrowError,
};
use parquet::arrow::{
    ProjectionMask,
    arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder},
};
use rayon::prelude::*;

use super::{
    ActionColumns, ActionReject, HOLDS_JOINER, NO_ACTOR, NO_OBJECT, NO_SIDE, NO_TIME, NONE, Places, Stretch,
    cells::{Cells, Clock, plain},
    local::{self, Builder, Local},
};
use crate::{
    error::IngestError,
    parquet_read::{damaged, guard, open},
};

/// Small enough that a batch's columns stay in the cache from decoding to interning.
const BATCH_ROWS: usize = 16_384;

/// A file of which the footer is known.
pub(super) struct Table<'a> {
    path: &'a Path,
    columns: &'a ActionColumns,
    at: Places,
    wanted: Vec<usize>,
    meta: ArrowReaderMetadata,
    /// The 1-based data record each row group starts with.
    first: Vec<u64>,
}

impl<'a> Table<'a> {
    /// Reads the footer.
    pub fn open(path: &'a Path, columns: &'a ActionColumns) -> Result<Self, IngestError> {
        let file = open(path)?;
        let meta = guard(path, || {
            ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|e| damaged(path, e))
        })?;
        let fields = meta.schema().fields();
        let titles: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
        let at = Places::find(path, &titles, columns)?;
        if matches!(plain(fields[at.time].data_type()), DataType::Timestamp(_, None)) {
            return Err(IngestError::NaiveActionTimes {
                path: path.to_owned(),
                column: columns.time.clone(),
            });
        }
        let (wanted, at) = projected(&at);
        let first = first_rows(path, &meta)?;
        Ok(Self { path, columns, at, wanted, meta, first })
    }

    /// How many row groups there are.
    pub fn groups(&self) -> usize {
        self.first.len()
    }

    /// Reads these row groups in parallel, each as a stretch; they come in the order of the file.
    pub fn stretches(&self, groups: Range<usize>) -> Vec<Result<Stretch, IngestError>> {
        let stretches = groups.into_par_iter().map(|group| {
            let Self { path, columns, at, wanted, meta, first } = self;
            let group = Group { path, columns, at, wanted, meta, group, first: first[group] };
            guard(path, || group.read())
        });
        stretches.collect()
    }
}

/// The columns to read, ascending, and where each is found among them.
fn projected(at: &Places) -> (Vec<usize>, Places) {
    let mut wanted: Vec<usize> = [at.actor, at.time].to_vec();
    wanted.extend(&at.object);
    wanted.extend(at.content.iter().chain(&at.side).chain(&at.keep));
    wanted.sort_unstable();
    wanted.dedup();
    let place = |column: &usize| wanted.partition_point(|w| w < column);
    let places = Places {
        actor: place(&at.actor),
        object: at.object.iter().map(place).collect(),
        time: place(&at.time),
        content: at.content.as_ref().map(place),
        side: at.side.as_ref().map(place),
        keep: at.keep.iter().map(place).collect(),
    };
    (wanted, places)
}

/// The 1-based data record each row group starts with, as the footer states it.
fn first_rows(path: &Path, meta: &ArrowReaderMetadata) -> Result<Vec<u64>, IngestError> {
    let mut next = 1_u64;
    let mut first = Vec::with_capacity(meta.metadata().num_row_groups());
    for group in meta.metadata().row_groups() {
        let rows = u64::try_from(group.num_rows())
            .map_err(|_| damaged(path, "a row group states a negative number of rows"))?;
        if rows >= u64::from(NONE) {
            return Err(damaged(path, "a row group states more rows than can be counted"));
        }
        first.push(next);
        next = next.checked_add(rows).ok_or_else(|| damaged(path, "more rows than can be counted"))?;
    }
    Ok(first)
}

/// One row group of a file.
struct Group<'a> {
    path: &'a Path,
    columns: &'a ActionColumns,
    at: &'a Places,
    wanted: &'a [usize],
    meta: &'a ArrowReaderMetadata,
    group: usize,
    first: u64,
}

impl Group<'_> {
    fn read(&self) -> Result<Stretch, IngestError> {
        // Each group opens the file anew: handles that share a position cannot be read from two threads.
        let file = open(self.path)?;
        let mask = ProjectionMask::roots(self.meta.parquet_schema(), self.wanted.iter().copied());
        let batches = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.meta.clone())
            .with_row_groups(vec![self.group])
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(|e| damaged(self.path, e))?;
        let stated = self.meta.metadata().row_group(self.group).num_rows();
        let mut reading = Reading::new(self.columns, self.at, self.first);
        for batch in batches {
            let batch = batch.map_err(|e| damaged(self.path, e))?;
            // A decoder that gives more than the footer states would run out of numbers.
            if reading.read + batch.num_rows() as u64 <= stated as u64 {
                reading.add(&batch).map_err(|e| damaged(self.path, e))?;
            } else {
                reading.read += batch.num_rows() as u64;
            }
        }
        if reading.read != stated as u64 {
            return Err(IngestError::RowCount { path: self.path.to_owned(), stated, found: reading.read });
        }
        Ok(reading.finish())
    }
}

/// A column's names, of a type that its first batch tells.
#[derive(Default)]
struct Column(Option<Builder>);

impl Column {
    fn extend(&mut self, cells: &Cells) {
        self.0.get_or_insert_with(|| Builder::for_cells(cells)).extend(cells);
    }

    fn finish(self) -> Local {
        self.0.unwrap_or_else(Builder::texts).finish()
    }
}

struct Reading<'a> {
    columns: &'a ActionColumns,
    at: &'a Places,
    first: u64,
    actor: Column,
    object: Vec<Column>,
    content: Column,
    side: Column,
    time: Vec<i64>,
    rejects: Vec<ActionReject>,
    read: u64,
    left_out: u64,
}

/// What a batch says of the rows that are kept.
struct Kept {
    actor: Cells,
    object: Vec<Cells>,
    content: Option<Cells>,
    side: Option<Cells>,
}

impl<'a> Reading<'a> {
    fn new(columns: &'a ActionColumns, at: &'a Places, first: u64) -> Self {
        Self {
            columns,
            at,
            first,
            actor: Column::default(),
            object: at.object.iter().map(|_| Column::default()).collect(),
            content: Column::default(),
            side: Column::default(),
            time: Vec::new(),
            rejects: Vec::new(),
            read: 0,
            left_out: 0,
        }
    }

    fn add(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let before = self.first + self.read;
        self.read += batch.num_rows() as u64;
        let keep = self.keep(batch)?;
        let kept = keep.as_ref().map_or(batch.num_rows(), BooleanBuffer::count_set_bits);
        self.left_out += (batch.num_rows() - kept) as u64;
        if kept == 0 {
            return Ok(());
        }
        let filter = keep
            .as_ref()
            .filter(|_| kept < batch.num_rows())
            .map(|keep| FilterBuilder::new(&BooleanArray::new(keep.clone(), None)).optimize().build());
        let column = |at: usize| -> Result<ArrayRef, ArrowError> {
            filter.as_ref().map_or_else(|| Ok(batch.column(at).clone()), |f| f.filter(batch.column(at)))
        };
        let cells = |at: usize| Cells::of(&column(at)?);
        let mut rows = Kept {
            actor: cells(self.at.actor)?,
            object: self.at.object.iter().map(|at| cells(*at)).collect::<Result<_, _>>()?,
            content: self.at.content.map(cells).transpose()?,
            side: self.at.side.map(cells).transpose()?,
        };
        let clock = Clock::of(&column(self.at.time)?)?;
        let (mut times, untimed) = clock.read();
        if rows.any_fault() || !untimed.is_empty() {
            let mut good = vec![true; kept];
            let mut untimed = untimed.into_iter().peekable();
            let numbers: Vec<u64> = match &keep {
                Some(keep) => keep.set_indices().map(|row| before + row as u64).collect(),
                None => (before..).take(kept).collect(),
            };
            for (row, good) in good.iter_mut().enumerate() {
                let timed = untimed.next_if_eq(&row).is_none();
                if let Some(reject) = rows.judge(row, numbers[row], self.columns, &clock, timed) {
                    self.rejects.push(reject);
                    *good = false;
                }
            }
            let mut at = good.iter();
            times.retain(|_| at.next().copied().unwrap_or(false));
            rows = rows.only(&BooleanArray::from(good))?;
        }
        self.take(&rows, &times);
        Ok(())
    }

    /// The rows to keep, if not all.
    fn keep(&self, batch: &RecordBatch) -> Result<Option<BooleanBuffer>, ArrowError> {
        let mut keep: Option<BooleanBuffer> = None;
        for (at, (_, wanted)) in self.at.keep.iter().zip(&self.columns.keep) {
            let equal = Cells::of(batch.column(*at))?.equal(wanted);
            keep = Some(keep.map_or(equal.clone(), |keep| &keep & &equal));
        }
        Ok(keep)
    }

    fn take(&mut self, rows: &Kept, times: &[i64]) {
        self.actor.extend(&rows.actor);
        for (column, cells) in self.object.iter_mut().zip(&rows.object) {
            column.extend(cells);
        }
        if let Some(cells) = &rows.content {
            self.content.extend(cells);
        }
        if let Some(cells) = &rows.side {
            self.side.extend(cells);
        }
        self.time.extend_from_slice(times);
    }

    fn finish(mut self) -> Stretch {
        self.time.shrink_to_fit();
        Stretch {
            actor: self.actor.finish(),
            object: local::join(self.object.into_iter().map(Column::finish).collect()),
            content: self.at.content.map(|_| self.content.finish()),
            side: self.at.side.map(|_| self.side.finish()),
            time: self.time,
            rejects: self.rejects,
            read: self.read,
            left_out: self.left_out,
        }
    }
}

impl Kept {
    fn any_fault(&self) -> bool {
        self.actor.any_missing()
            || self.object.iter().any(Cells::any_missing)
            || self.side.as_ref().is_some_and(Cells::any_missing)
            || (self.object.len() > 1 && self.object.iter().any(Cells::any_joiner))
    }

    /// What is wrong with a row, the columns taken in the order actor, object, time, side.
    fn judge(
        &self,
        row: usize,
        number: u64,
        columns: &ActionColumns,
        clock: &Clock,
        timed: bool,
    ) -> Option<ActionReject> {
        let reject =
            |column: &str, value: &str, reason| Some(ActionReject::new(number, column, value, reason));
        if self.actor.is_missing(row) {
            return reject(&columns.actor, "", NO_ACTOR);
        }
        for (cells, name) in self.object.iter().zip(&columns.object) {
            if cells.is_missing(row) {
                return reject(name, "", NO_OBJECT);
            }
            if self.object.len() > 1 && cells.holds_joiner(row) {
                return reject(name, &cells.text(row), HOLDS_JOINER);
            }
        }
        if !timed {
            return reject(&columns.time, clock.text(row).trim(), NO_TIME);
        }
        match (&self.side, &columns.side) {
            (Some(side), Some(name)) if side.is_missing(row) => reject(name, "", NO_SIDE),
            _ => None,
        }
    }

    fn only(&self, good: &BooleanArray) -> Result<Self, ArrowError> {
        Ok(Self {
            actor: self.actor.only(good)?,
            object: self.object.iter().map(|cells| cells.only(good)).collect::<Result<_, _>>()?,
            content: self.content.as_ref().map(|cells| cells.only(good)).transpose()?,
            side: self.side.as_ref().map(|cells| cells.only(good)).transpose()?,
        })
    }
}
