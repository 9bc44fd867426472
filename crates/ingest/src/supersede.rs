//! Corrections, cancellations and repeats of executions. The outcome depends on the set of rows alone.

use itoguchi_model::{
    RowRef,
    tables::{Execution, Superseded},
};

use crate::part::{Fill, Status};

/// What is left of the fills.
pub(crate) struct Settled {
    /// One row for each fill that stands.
    pub executions: Vec<Execution>,
    /// How many rows were set aside, and why.
    pub superseded: Superseded,
    /// How many ids were repeated with different content and no correction to say which holds.
    pub differing: u64,
}

/// Applies the contract's rules to rows that share a non-null (broker, execution_id, account_id):
/// a cancellation removes them all; else the latest correction stands; else the smallest row by content.
///
/// `texts` is how many distinct texts there are. O(n), plus a sort of the rows that share an id.
pub(crate) fn settle(fills: Vec<Fill>, texts: usize) -> Settled {
    let mut seen = vec![0_u8; texts];
    for fill in &fills {
        if let Some(id) = fill.execution.execution_id.get() {
            seen[id.index()] = seen[id.index()].saturating_add(1);
        }
    }
    let mut settled = Settled {
        executions: Vec::with_capacity(fills.len()),
        superseded: Superseded::default(),
        differing: 0,
    };
    let mut contested = Vec::new();
    for fill in fills {
        let alone = fill.execution.execution_id.get().is_none_or(|id| seen[id.index()] < 2);
        if alone && fill.status != Status::Cancelled {
            settled.executions.push(fill.execution);
        } else {
            contested.push(fill);
        }
    }
    contested
        .sort_unstable_by_key(|f| (f.execution.account, f.execution.execution_id, f.status, f.execution));
    for group in contested.chunk_by(|a, b| {
        (a.execution.account, a.execution.execution_id) == (b.execution.account, b.execution.execution_id)
    }) {
        settled.group(group);
    }
    settled
}

impl Settled {
    /// Settles rows of one id, sorted by status, content and place.
    fn group(&mut self, rows: &[Fill]) {
        let count = |rows: &[Fill]| rows.len() as u64;
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return };
        match last.status {
            Status::Cancelled => self.superseded.cancelled += count(rows),
            Status::Corrected => {
                let same = |fill: &Fill| fill.status == last.status && content(fill) == content(last);
                let from = rows.iter().position(same).unwrap_or(rows.len() - 1);
                self.executions.push(rows[from].execution);
                self.superseded.corrected += count(&rows[..from]);
                self.superseded.repeated += count(&rows[from + 1..]);
            }
            Status::New => {
                self.executions.push(first.execution);
                self.superseded.repeated += count(&rows[1..]);
                self.differing += u64::from(content(first) != content(last));
            }
        }
    }
}

/// The row without the place it was read from.
fn content(fill: &Fill) -> Execution {
    Execution { source: RowRef { file: 0, row: 0 }, ..fill.execution }
}
