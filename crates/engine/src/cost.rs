//! What a run will cost, before it is paid for.

use itoguchi_coaction::{Act, NO_CONTENT, sort_acts};
use itoguchi_model::{
    Precision,
    tables::{Case, Side},
    time::SECOND,
};

use crate::Config;

/// What a run will cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Pairs of purchases of one name within the window.
    pub buys: u64,
    /// Pairs of sales of one name within the window.
    pub sales: u64,
    /// Bytes of memory: what was measured for a login or fill with all that is made of it, and at most a gibibyte of
    /// coincidences at a time.
    pub memory: u64,
}

/// Measured: `correlate` on spring-2025 (48 thousand logins and fills) peaks at 42 MiB, on `plain` with 200,000 accounts
/// (1.76 million) at 677 MiB.
const BASE: u64 = 24 << 20;
const PER_ROW: u64 = 390;

/// Counts coincidences without listing them. O(n log n) for n fills.
#[must_use]
pub fn cost(case: &Case, config: &Config) -> Cost {
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
    let rows = (case.logins.len() + case.executions.len()) as u64;
    let pairs = 16 * buys.max(sales).min(1 << 26);
    Cost { buys, sales, memory: BASE + PER_ROW * rows + pairs }
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
