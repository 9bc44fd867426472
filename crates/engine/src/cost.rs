//! What a run will cost, before it is paid for.

use itoguchi_coaction::{Act, NO_CONTENT, sort_acts};
use itoguchi_model::{
    Precision,
    tables::{Case, Execution, Login, Side},
    time::SECOND,
};

use crate::{Config, EngineError};

/// What a run will cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Pairs of purchases of one name within the window.
    pub buys: u64,
    /// Pairs of sales of one name within the window.
    pub sales: u64,
    /// Bytes of memory: rows with their occasions, and at most a gibibyte of coincidences at a time.
    pub memory: u64,
}

/// Counts coincidences without listing them. O(n log n) for n fills.
///
/// # Errors
/// None today; a count that cannot be made is a fault of the engine.
pub fn cost(case: &Case, config: &Config) -> Result<Cost, EngineError> {
    let window = i64::from(config.coaction.trade_window) * SECOND;
    let count = |side: Side| {
        let fills = case.executions.iter().filter(|f| f.side == side && f.precision != Precision::Day);
        let mut acts: Vec<Act> = fills
            .map(|f| Act { object: f.instrument.0, time: f.time.0, actor: f.account.0, content: NO_CONTENT })
            .collect();
        sort_acts(&mut acts);
        coincidences(&acts, window)
    };
    let (buys, sales) = (count(Side::Buy), count(Side::Sell));
    let rows = case.logins.len() * (size_of::<Login>() + 160)
        + case.executions.len() * (size_of::<Execution>() + 60);
    let pairs = 16 * buys.max(sales).min(1 << 26);
    Ok(Cost { buys, sales, memory: rows as u64 + pairs })
}

fn coincidences(acts: &[Act], window: i64) -> u64 {
    let (mut end, mut total) = (0, 0_u64);
    for (i, act) in acts.iter().enumerate() {
        end = end.max(i + 1);
        while acts.get(end).is_some_and(|o| o.object == act.object && o.time - act.time <= window) {
            end += 1;
        }
        total += (end - i - 1) as u64;
    }
    total
}
