//! A score for programs.

use serde_json::{Map, Value, json as object};

use crate::{
    bounds::{Bound, Side},
    counts::Counts,
    metrics::METRICS,
};

/// `metrics` by name (null where undefined), `counts` behind them, and `bounds` with whether they are kept.
///
/// # Errors
/// None that data can cause: counts are plain numbers.
pub fn json(counts: &Counts, bounds: &[Bound]) -> Result<Value, serde_json::Error> {
    let metrics: Map<String, Value> = METRICS
        .iter()
        .map(|m| (m.name.to_owned(), m.value(counts).map_or(Value::Null, Value::from)))
        .collect();
    let bound = |b: &Bound| {
        let side = if b.side == Side::Min { "min" } else { "max" };
        object!({"metric": b.metric.name, side: b.value, "kept": b.broken(counts).is_none()})
    };
    Ok(object!({
        "metrics": metrics,
        "counts": serde_json::to_value(counts)?,
        "bounds": bounds.iter().map(bound).collect::<Vec<_>>(),
    }))
}
