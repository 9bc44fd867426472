//! Actions out of Parquet, row group by row group.

use std::{ops::Range, path::Path};

use arrow::{
    array::{ArrayRef, BooleanArray, RecordBatch},
    buffer::BooleanBuffer,
    compute::FilterBuilder,
    datatypes::DataType,
    error::ArrowError,
};
use rayon::prelude::*;

use super::{
    ActionColumns, HOLDS_JOINER, NO_ACTOR, NO_OBJECT, NO_SIDE, NO_TIME, Places, Stretch, time::Clock,
};
use crate::{
    error::IngestError,
    names::{Cells, Column, join, plain},
    plain::{RowReject, parquet},
};

/// A file of which the footer is known.
pub(super) struct Table<'a> {
    file: parquet::Table<'a>,
    columns: &'a ActionColumns,
    at: Places,
    wanted: Vec<usize>,
}

impl<'a> Table<'a> {
    /// Reads the footer.
    pub fn open(path: &'a Path, columns: &'a ActionColumns) -> Result<Self, IngestError> {
        let file = parquet::Table::open(path)?;
        let at = Places::find(path, &file.titles(), columns)?;
        if matches!(plain(file.kind(at.time)), DataType::Timestamp(_, None)) {
            return Err(IngestError::NaiveActionTimes {
                path: path.to_owned(),
                column: columns.time.clone(),
            });
        }
        let (wanted, at) = projected(&at);
        Ok(Self { file, columns, at, wanted })
    }

    /// How many row groups there are.
    pub fn groups(&self) -> usize {
        self.file.groups()
    }

    /// Reads these row groups in parallel, each as a stretch; they come in the order of the file.
    pub fn stretches(&self, groups: Range<usize>) -> Vec<Result<Stretch, IngestError>> {
        let stretches = groups.into_par_iter().map(|group| {
            let Self { file, columns, at, wanted } = self;
            file.guard(|| {
                let mut reading = Reading::new(columns, at);
                reading.read = file.each_batch(group, wanted, |batch, first| {
                    reading.add(batch, first).map_err(|e| file.damaged(e))
                })?;
                Ok(reading.finish())
            })
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

struct Reading<'a> {
    columns: &'a ActionColumns,
    at: &'a Places,
    actor: Column,
    object: Vec<Column>,
    content: Column,
    side: Column,
    time: Vec<i64>,
    rejects: Vec<RowReject>,
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
    fn new(columns: &'a ActionColumns, at: &'a Places) -> Self {
        Self {
            columns,
            at,
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

    /// Adds the rows of a batch, of which the first is the data record `before` of the file.
    fn add(&mut self, batch: &RecordBatch, before: u64) -> Result<(), ArrowError> {
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
            object: join(self.object.into_iter().map(Column::finish).collect()),
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
    ) -> Option<RowReject> {
        let reject = |column: &str, value: &str, reason| Some(RowReject::new(number, column, value, reason));
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
