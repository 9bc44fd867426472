//! What a run will cost, before it is paid for.

use itoguchi_coaction::{Act, Acts, NO_CONTENT};
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
    /// Bytes of memory: what was measured for a login or fill with all that is made of it.
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
        let acts: Acts = fills
            .map(|f| Act { object: f.instrument.0, time: f.time.0, actor: f.account.0, content: NO_CONTENT })
            .collect();
        coincidences(&acts, window)
    };
    let (buys, sales) = (count(Side::Buy), count(Side::Sell));
    let rows = (case.logins.len() + case.executions.len()) as u64;
    Cost { buys, sales, memory: BASE + PER_ROW * rows }
}

fn coincidences(acts: &Acts, window: i64) -> u64 {
    let (objects, times) = (acts.objects(), acts.times());
    let (mut end, mut total) = (0, 0_u64);
    for i in 0..acts.len() {
        end = end.max(i + 1);
        while end < acts.len() && objects[end] == objects[i] && times[end] - times[i] <= window {
            end += 1;
        }
        total += (end - i - 1) as u64;
    }
    total
}
