//! Edges out of CSV.

use std::{borrow::Cow, path::Path};

use super::{
    EdgeColumns, NO_NODE, NO_UTF8, Places, Stretch, order,
    rows::Rows,
    weight::{self, Fault, Weight},
};
use crate::{
    error::IngestError,
    names::{Local, NONE, Names},
    plain::{
        RowReject,
        csv::{Record, Table},
    },
    pool::Pool,
};

/// So many edges between numbers are a stretch: many enough to meet most names more than once.
const PIECE: usize = 1 << 20;

/// Reads a file on one thread.
pub(super) fn read(path: &Path, columns: &EdgeColumns) -> Result<Vec<Stretch>, IngestError> {
    let mut file = Table::open(path)?;
    let at = Places::find(path, file.titles(), columns)?;
    let mut reading = Reading::default();
    while let Some(record) = file.next()? {
        match edge(record, &at, columns) {
            Ok((u, v, weight)) => reading.add(record.number, u, v, weight)?,
            Err(Refusal::Record(column, value, reason)) => {
                reading.rows.rejects.push(RowReject::new(record.number, column, &value, reason));
            }
            Err(Refusal::Weight(value, fault)) => {
                reading.rows.rejects.push(columns.judge(path, record.number, &value, fault)?);
            }
        }
    }
    Ok(reading.finish())
}

/// Takes edges as they come: as long as all names are plain numbers, piece after piece; from the first that is none, all
/// as one stretch of texts. Numbers need not be looked up, which is what takes the time.
#[derive(Default)]
struct Reading {
    done: Vec<Stretch>,
    rows: Rows,
    /// Both ends of the edges in `rows`, while they are numbers.
    numbers: Vec<i64>,
    /// Once there are texts. One pool for both ends, which are the same kind of thing.
    texts: Option<Pool>,
}

impl Reading {
    /// Adds the edge of the data record `number`.
    fn add(&mut self, number: u64, u: &str, v: &str, weight: Weight) -> Result<(), IngestError> {
        if self.texts.is_none() {
            if let (Some(a), Some(b)) = (order::plain(u), order::plain(v)) {
                self.numbers.extend([a, b]);
                self.rows.push(0, 0, weight);
                if self.rows.edges.len() == PIECE {
                    self.close(number + 1);
                }
                return Ok(());
            }
            self.close(number);
        }
        let pool = self.texts.get_or_insert_default();
        // An id must be left for each of them.
        if pool.len() + 2 >= NONE as usize {
            return Err(IngestError::TooManyNames { what: "nodes", limit: NONE });
        }
        let (u, v) = (pool.intern(u), pool.intern(v));
        self.rows.push(u, v, weight);
        Ok(())
    }

    /// Makes a stretch of the edges between numbers; the next one begins with the data record `next`.
    fn close(&mut self, next: u64) {
        let mut names = Local::whole(&self.numbers);
        self.numbers.clear();
        let mut rows = std::mem::replace(&mut self.rows, Rows::new(next));
        rows.edges.shrink_to_fit();
        for (edge, codes) in rows.edges.iter_mut().zip(names.take_codes().chunks_exact(2)) {
            (edge.u, edge.v) = (codes[0], codes[1]);
        }
        self.done.push(Stretch { ends: vec![names], rows });
    }

    fn finish(mut self) -> Vec<Stretch> {
        match self.texts.take() {
            None => self.close(0),
            Some(pool) => {
                let (arena, ends) = pool.into_texts();
                let names = Local::Texts { texts: Names::new(arena, ends), codes: Vec::new() };
                self.rows.edges.shrink_to_fit();
                self.done.push(Stretch { ends: vec![names], rows: self.rows });
            }
        }
        self.done
    }
}

/// Why a record is no edge.
enum Refusal<'r> {
    /// Column, value, reason.
    Record(&'r str, Cow<'r, str>, &'static str),
    /// What stands where the weight should.
    Weight(Cow<'r, str>, Fault),
}

fn edge<'r>(
    record: Record<'r>,
    at: &Places,
    columns: &'r EdgeColumns,
) -> Result<(&'r str, &'r str, Weight), Refusal<'r>> {
    if let Some(reason) = record.misshapen().or_else(|| record.oversized()) {
        return Err(Refusal::Record("", record.whole(), reason));
    }
    let node = |at: usize, column: &'r str| match str::from_utf8(record.bytes(at)) {
        Ok("") => Err(Refusal::Record(column, "".into(), NO_NODE)),
        Ok(node) => Ok(node),
        // To replace what cannot be read would make one node of several.
        Err(_) => Err(Refusal::Record(column, record.text(at), NO_UTF8)),
    };
    let (u, v) = (node(at.u, &columns.u)?, node(at.v, &columns.v)?);
    let Some(at) = at.weight else { return Ok((u, v, Weight::whole(1))) };
    match weight::parse(record.bytes(at)) {
        Ok(weight) => Ok((u, v, weight)),
        Err(fault) => Err(Refusal::Weight(record.text(at), fault)),
    }
}
