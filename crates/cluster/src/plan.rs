//! The plan that counts pairs, written once for every engine.

use itoguchi_coaction::Acts;

use crate::{error::ClusterError, functions::Names};

/// The name of the table of acts.
pub const ACTS: &str = "acts";

/// How time is cut, so that an object on which a tenth of all acts fall is not one task's alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretches {
    /// The earliest act.
    from: i64,
    /// Length of a stretch in microseconds; none where time does not matter.
    length: Option<i64>,
    window: Option<i64>,
}

impl Stretches {
    /// A stretch has sixteen windows: a row in sixteen is sent twice. None is shorter than a minute, so that the number of
    /// groups stays below that of the acts.
    ///
    /// # Errors
    /// [`ClusterError::TooLong`] for acts further apart than 64 bits of microseconds, [`ClusterError::Coaction`] for a
    /// negative window.
    pub fn of(acts: &Acts, window: Option<i64>) -> Result<Self, ClusterError> {
        const WINDOWS: i64 = 16;
        const SHORTEST: i64 = 60_000_000;
        if let Some(micros) = window.filter(|w| *w < 0) {
            return Err(itoguchi_coaction::CoactionError::NegativeWindow { micros }.into());
        }
        let from = acts.times().iter().min().copied().unwrap_or_default();
        let to = acts.times().iter().max().copied().unwrap_or_default();
        if to.checked_sub(from).is_none() {
            return Err(ClusterError::TooLong);
        }
        let length = window.map(|w| w.saturating_mul(WINDOWS).max(SHORTEST));
        Ok(Self { from, length, window })
    }

    /// The query for the pairs of `table`, under the functions of `names`.
    #[must_use]
    pub fn query(&self, table: &str, names: &Names) -> String {
        let stretches = match self.length {
            None => format!("SELECT object, time, actor, content, 0 AS stretch, TRUE AS own FROM {table}"),
            Some(length) => {
                let (window, since) = (self.window.unwrap_or_default(), self.since());
                format!(
                    "SELECT object, time, actor, content, {since} / {length} AS stretch, TRUE AS own FROM {table} \
                     UNION ALL \
                     SELECT object, time, actor, content, {since} / {length} - 1 AS stretch, FALSE AS own FROM {table} \
                     WHERE {since} >= {length} AND {since} % {length} < {window}"
                )
            }
        };
        let window = self.window.unwrap_or(-1);
        let Names { coincidences, pair_sums } = names;
        format!(
            "SELECT {pair_sums}(part['a'], part['b'], part['part'], {window}) AS answer FROM (\
             SELECT unnest(parts) AS part FROM (\
             SELECT {coincidences}(object, time, actor, content, own, {window}) AS parts FROM ({stretches}) \
             GROUP BY object, stretch)) GROUP BY part['a'], part['b']"
        )
    }

    /// Whether an act of this time is looked ahead at by the stretch before its own.
    #[must_use]
    pub fn seen_ahead(&self, time: i64) -> bool {
        let (Some(length), Some(window)) = (self.length, self.window) else { return false };
        let since = time - self.from;
        since >= length && since % length < window
    }

    fn since(&self) -> String {
        // i64::MIN has no literal of its own
        format!("(time - CAST('{}' AS BIGINT))", self.from)
    }
}
