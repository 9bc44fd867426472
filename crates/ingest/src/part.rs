//! Typed rows of one stretch of one file, with ids that mean something inside the stretch alone.

use itoguchi_model::{
    RowRef,
    tables::{
        AccountFacts, Bar, Execution, FxRate, Holding, Indicator, InstrumentFacts, Login, Reject, Report,
    },
};

use crate::{
    chunk::{Chunk, Fault, Row},
    contract::Table,
    pool::Pools,
    rows,
    settings::Settings,
};

/// What a row of `executions` says about the rows of its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    New,
    Corrected,
    Cancelled,
}

/// A row of `executions` before corrections and cancellations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fill {
    pub execution: Execution,
    pub status: Status,
}

/// Things worth a sentence though no row is wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Notes {
    /// Day-precision executions whose time was not midnight in Japan.
    pub off_midnight: u64,
    /// Executions with one half of a counterparty.
    pub half_counterparty: u64,
}

/// Rows of one table out of one stretch of a file.
#[derive(Default)]
pub(crate) struct Part {
    pub pools: Pools,
    pub logins: Vec<Login>,
    pub fills: Vec<Fill>,
    pub accounts: Vec<AccountFacts>,
    pub holdings: Vec<Holding>,
    pub bars: Vec<Bar>,
    pub instruments: Vec<InstrumentFacts>,
    /// Alias and `MIC:LOCALCODE`.
    pub aliases: Vec<(String, String)>,
    pub fx: Vec<FxRate>,
    pub reports: Vec<Report>,
    pub indicators: Vec<Indicator>,
    pub rejects: Vec<Reject>,
    pub notes: Notes,
    /// Data records seen.
    pub rows: u64,
}

/// Where a chunk comes from and how strictly it is read.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub table: &'static Table,
    /// Index into the case's sources.
    pub file: u32,
    pub settings: &'a Settings,
}

impl Part {
    /// Reads every row of `chunk`: each becomes a row of the part or a reject.
    pub fn add(&mut self, source: Source<'_>, mut chunk: Chunk) {
        let mut faults = std::mem::take(&mut chunk.faults).into_iter().peekable();
        rows::reserve(self, source.table, chunk.len);
        for at in 0..chunk.len {
            let place = RowRef { file: source.file, row: chunk.first_row + at as u32 };
            let fault = match faults.next_if(|(row, _)| *row == at) {
                Some((_, fault)) => Some(fault),
                None => {
                    let row = Row { table: source.table, chunk: &chunk, at, settings: source.settings };
                    rows::read(self, row, place).err()
                }
            };
            if let Some(fault) = fault {
                self.reject(place, fault);
            }
        }
        self.rows += chunk.len as u64;
    }

    fn reject(&mut self, source: RowRef, fault: Fault) {
        let Fault { column, value, reason } = fault;
        self.rejects.push(Reject { source, column: column.to_owned(), value, reason: reason.into_owned() });
    }
}
