//! Simple rules to stand beside the engine: what anybody could write down in an afternoon.
//!
//! Each is a pure function of a case, except for the reader of [`informed`], who is told what happened and only has to
//! say to whom. None knows roles: whoever it names, it names as a victim.

mod co_buying;
mod components;
mod groups;
mod informed;
mod spike;

use itoguchi_coaction::CoactionError;
use itoguchi_model::tables::Case;

use crate::found::Found;

pub use co_buying::bought_together_twice;
pub use components::shared_objects;
pub use informed::{Told, informed, told};
pub use spike::spike;

/// Objects used by more accounts are left out by the rule with a cap.
pub const DEGREE_CAP: usize = 10;

/// The rules that are told nothing, each with its name, by the order of the scorecard's columns.
///
/// # Errors
/// When the case exceeds what the co-action kernel can hold.
pub fn simple_rules(case: &Case) -> Result<Vec<(&'static str, Found)>, CoactionError> {
    Ok(vec![
        ("shared IP or device", shared_objects(case, None)),
        ("the same, used by 10 at most", shared_objects(case, Some(DEGREE_CAP))),
        ("one name within 5 minutes, twice", bought_together_twice(case)?),
        ("volume spike, first-time buyers", spike(case)),
    ])
}
