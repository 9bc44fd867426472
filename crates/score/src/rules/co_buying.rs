//! Accounts that buy the same name within five minutes, twice or more.

use itoguchi_coaction::{Acts, CoactOptions, CoactionError, Columns, coact};
use itoguchi_model::{AccountId, Precision, Side, tables::Case, time::MINUTE};

use super::groups::{Sets, claim};
use crate::found::Found;

/// Components of accounts of which pairs bought one name within five minutes on two occasions or more: in two names, or
/// in one name at two times.
///
/// # Errors
/// When there are more purchases than the kernel can number.
pub fn bought_together_twice(case: &Case) -> Result<Found, CoactionError> {
    let mut columns = Columns::default();
    for fill in &case.executions {
        if fill.side == Side::Buy && fill.precision != Precision::Day {
            columns.object.push(fill.instrument.0);
            columns.time.push(fill.time.0);
            columns.actor.push(fill.account.0);
        }
    }
    let options = CoactOptions {
        window_micros: Some(5 * MINUTE),
        min_participation: 1,
        min_occasions: 2,
        min_objects: 1,
        significance: false,
    };
    let mut sets = Sets::new(case.names.accounts.len());
    for pair in coact(&Acts::new(columns)?, &options)? {
        sets.join(AccountId(pair.count.a), AccountId(pair.count.b));
    }
    Ok(claim(case, sets.groups()))
}
