//! The two aggregate functions of the plan, and what crosses the exchanges between them.
//!
//! Functions travel by name. The name holds a digest of the sources of the kernel and of everything that decides the
//! bytes of a state, so a node of another build has no function of that name and refuses the task.

mod bytes;
mod coincidences;
mod pair_sums;

use std::{fmt::Write as _, sync::Arc};

use datafusion::{
    common::{DataFusionError, Result},
    execution::FunctionRegistry,
    logical_expr::AggregateUDF,
};
use sha2::{Digest, Sha256};

pub use bytes::{Answer, Part};
pub use pair_sums::PairSums;

/// What decides the result of the functions.
const SOURCES: [&str; 8] = [
    include_str!("../../coaction/src/act.rs"),
    include_str!("../../coaction/src/acts.rs"),
    include_str!("../../coaction/src/coact.rs"),
    include_str!("../../coaction/src/pairs.rs"),
    include_str!("functions/bytes.rs"),
    include_str!("functions/coincidences.rs"),
    include_str!("functions/pair_sums.rs"),
    include_str!("ledger.rs"),
];

/// Eight hexadecimal digits that differ between builds whose functions may give different results.
#[must_use]
pub fn revision() -> String {
    let digest = SOURCES.iter().fold(Sha256::new(), Digest::chain_update).finalize();
    digest[..4].iter().fold(String::new(), |mut text, byte| {
        // writing to a string cannot fail
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The names under which the functions are registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// Acts of one object and stretch of time to the parts of pairs that coincide there.
    pub coincidences: String,
    /// Parts of one pair to its count.
    pub pair_sums: String,
}

impl Names {
    /// The names of this build, or of another one by its revision.
    #[must_use]
    pub fn of(revision: &str) -> Self {
        Self {
            coincidences: format!("itoguchi_coincidences_{revision}"),
            pair_sums: format!("itoguchi_pair_sums_{revision}"),
        }
    }
}

/// The functions of this build under the names of `revision`.
#[must_use]
pub fn all(revision: &str) -> Vec<Arc<AggregateUDF>> {
    let names = Names::of(revision);
    vec![
        Arc::new(AggregateUDF::new_from_impl(coincidences::Coincidences::named(names.coincidences))),
        Arc::new(AggregateUDF::new_from_impl(PairSums::named(names.pair_sums))),
    ]
}

/// Makes the functions known to a state under the names of `revision`.
pub fn register(state: &mut impl FunctionRegistry, revision: &str) {
    for function in all(revision) {
        // refused only by registries that cannot be written to
        let _ = state.register_udaf(function);
    }
}

/// An error for a state or column that no build of ours writes.
fn unexpected(what: &str) -> DataFusionError {
    DataFusionError::Execution(format!("itoguchi: {what}"))
}

/// The column of an argument.
fn column<'a, T: 'static>(columns: &'a [arrow::array::ArrayRef], index: usize, name: &str) -> Result<&'a T> {
    let column = columns.get(index).and_then(|column| column.as_any().downcast_ref());
    column.ok_or_else(|| unexpected(&format!("argument {name} is missing or of another type")))
}
