//! Bounds on metrics: `victim_precision=0.95`.

use crate::{
    ScoreError,
    counts::Counts,
    metrics::{METRICS, Metric, find_metric},
};

/// Which side of a value is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The metric must not be smaller.
    Min,
    /// The metric must not be larger.
    Max,
}

/// A bound on a metric. Both sides include the value itself.
#[derive(Clone, Copy)]
pub struct Bound {
    /// What is bounded.
    pub metric: &'static Metric,
    /// From below or above.
    pub side: Side,
    /// By what.
    pub value: f64,
}

impl Bound {
    /// Reads `METRIC=VALUE`.
    ///
    /// # Errors
    /// An unknown metric, or a value that is no finite number; both name the metrics there are.
    pub fn parse(side: Side, text: &str) -> Result<Self, ScoreError> {
        let known = || METRICS.iter().map(|m| m.name).collect::<Vec<_>>();
        let no_bound = || ScoreError::Bound { text: text.to_owned(), known: known() };
        let (name, value) = text.split_once('=').ok_or_else(no_bound)?;
        let metric = find_metric(name.trim())
            .ok_or_else(|| ScoreError::UnknownMetric { name: name.to_owned(), known: known() })?;
        let value: f64 = value.trim().parse().map_err(|_| no_bound())?;
        if value.is_finite() { Ok(Self { metric, side, value }) } else { Err(no_bound()) }
    }

    /// Why `counts` do not keep it, or nothing if they do. What is undefined keeps no bound: a check that has nothing to
    /// look at has not passed.
    #[must_use]
    pub fn broken(&self, counts: &Counts) -> Option<String> {
        let (name, wanted) = (self.metric.name, self.value);
        let flag = match self.side {
            Side::Min => "--min",
            Side::Max => "--max",
        };
        let Some(value) = self.metric.value(counts) else {
            return Some(format!(
                "{name} is undefined, asked for was {flag} {wanted}: there is nothing to count"
            ));
        };
        let kept = match self.side {
            Side::Min => value >= wanted,
            Side::Max => value <= wanted,
        };
        (!kept).then(|| format!("{name} is {value}, asked for was {flag} {wanted}"))
    }
}
