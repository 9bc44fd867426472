//! Times: of the cells of Parquet, and of text.

use std::borrow::Cow;

use arrow::{
    array::{Array as _, ArrayRef},
    compute::cast,
    datatypes::{DataType, TimeUnit},
    error::ArrowError,
};
use itoguchi_model::Instant;

use crate::names::{Cells, ints};

/// The times of one batch.
pub(super) struct Clock {
    cells: Cells,
    /// Microseconds are the number times the one, divided by the other.
    scale: (i64, i64),
}

impl Clock {
    /// Timestamps, epoch seconds as whole numbers, or whatever text they have.
    pub fn of(array: &ArrayRef) -> Result<Self, ArrowError> {
        match array.data_type() {
            DataType::Dictionary(_, values) => Self::of(&cast(array, values)?),
            DataType::Timestamp(unit, _) => {
                let scale = match unit {
                    TimeUnit::Second => (1_000_000, 1),
                    TimeUnit::Millisecond => (1_000, 1),
                    TimeUnit::Microsecond => (1, 1),
                    TimeUnit::Nanosecond => (1, 1_000),
                };
                Ok(Self { cells: Cells::Int { array: ints(array)?, bias: 0 }, scale })
            }
            _ => Ok(Self { cells: Cells::of(array)?, scale: (1_000_000, 1) }),
        }
    }

    /// The time of each row in microseconds, and the rows that have none.
    pub fn read(&self) -> (Vec<i64>, Vec<usize>) {
        let mut bad = Vec::new();
        let mut note = |row: usize, time: Option<i64>| {
            time.unwrap_or_else(|| {
                bad.push(row);
                0
            })
        };
        let (times, divide) = (self.scale.0, self.scale.1);
        let read = match &self.cells {
            Cells::Int { array, bias: 0 } if array.null_count() == 0 => {
                let values = array.values().iter().enumerate();
                values.map(|(row, v)| note(row, v.checked_mul(times).map(|t| t / divide))).collect()
            }
            Cells::Int { array, bias } => (0..array.len())
                .map(|row| {
                    let value = array.is_valid(row).then(|| i128::from(array.value(row)) + bias);
                    let value = value.and_then(|v| i64::try_from(v).ok()).and_then(|v| v.checked_mul(times));
                    note(row, value.map(|t| t / divide))
                })
                .collect(),
            Cells::Text(array) => {
                (0..array.len()).map(|row| note(row, parse_time(&self.cells.text(row)))).collect()
            }
        };
        (read, bad)
    }

    /// What stands there, for whoever has to find it again.
    pub fn text(&self, row: usize) -> Cow<'_, str> {
        self.cells.text(row)
    }
}

/// Epoch seconds (whole or with a fraction), else RFC 3339; in microseconds.
pub(super) fn parse_time(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<i64>() {
        return seconds.checked_mul(1_000_000);
    }
    if let Some((whole, fraction)) = text.split_once('.')
        && let Ok(seconds) = whole.parse::<i64>()
        && fraction.bytes().all(|b| b.is_ascii_digit())
    {
        let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(6);
        let micros = digits.fold(0, |micros, digit| micros * 10 + i64::from(digit - b'0'));
        let micros = if whole.starts_with('-') { -micros } else { micros };
        return seconds.checked_mul(1_000_000)?.checked_add(micros);
    }
    Instant::parse_rfc3339(text).map(|instant| instant.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_form() {
        assert_eq!(parse_time("1623881091"), Some(1_623_881_091_000_000));
        assert_eq!(parse_time("1623881091.25"), Some(1_623_881_091_250_000));
        assert_eq!(parse_time(" -0.5 "), Some(-500_000));
        assert_eq!(parse_time("1.0000019"), Some(1_000_001));
        assert_eq!(parse_time("1970-01-01T09:00:01+09:00"), Some(1_000_000));
        for bad in ["", "soon", "99999999999999999999", "9223372036854775807", "1.x"] {
            assert!(parse_time(bad).is_none(), "{bad}");
        }
    }
}
