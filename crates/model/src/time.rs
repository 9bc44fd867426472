//! Instants in microseconds, and the Japanese calendar day that trading is counted in.

use std::fmt;

use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

/// Microseconds in one second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in one minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds in one hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Microseconds in one day.
pub const DAY: i64 = 24 * HOUR;
/// Japan keeps UTC+9 all year.
const JST: i64 = 9 * HOUR;

/// A moment: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(pub i64);

/// A calendar day in Japan, as days since 1970-01-01.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JstDate(pub i32);

/// What a source really knew of an execution's time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Milliseconds or finer.
    #[default]
    Millis,
    /// Whole seconds.
    Second,
    /// Whole minutes.
    Minute,
    /// The trade date alone: the instant is midnight in Japan and no time of day may be read from it.
    Day,
}

impl Precision {
    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Millis => "millis",
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Day => "day",
        }
    }

    /// The precision of that name, if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Millis, Self::Second, Self::Minute, Self::Day].into_iter().find(|p| p.name() == name)
    }
}

impl Instant {
    /// Reads RFC 3339 with an offset, as `2025-03-19T14:52:07.318+09:00`; a blank instead of `T` is accepted.
    ///
    /// Returns `None` for anything else, a time without an offset included: nine hours must not be guessed.
    /// Digits below the microsecond are cut off.
    ///
    /// ```
    /// use itoguchi_model::Instant;
    /// let t = Instant::parse_rfc3339("2025-03-19T14:52:07.318+09:00").unwrap();
    /// assert_eq!(t.to_string(), "2025-03-19T05:52:07.318Z");
    /// assert_eq!(Instant::parse_rfc3339("2025-03-19T14:52:07"), None);
    /// ```
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let stamp: jiff::Timestamp = text.trim().parse().ok()?;
        Some(Self(stamp.as_microsecond()))
    }

    /// The calendar day in Japan.
    #[must_use]
    pub fn jst_date(self) -> JstDate {
        let days = (self.0.saturating_add(JST)).div_euclid(DAY);
        JstDate(i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX }))
    }

    /// Microseconds since midnight in Japan.
    #[must_use]
    pub fn jst_time_of_day(self) -> i64 {
        (self.0.saturating_add(JST)).rem_euclid(DAY)
    }

    /// The instant `micros` later (earlier, if negative), held at the ends of the range.
    #[must_use]
    pub fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// Microseconds from `earlier` to `self`.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Japanese local time with its offset, to the second: `2025-03-19 14:52:07+09:00`.
    #[must_use]
    pub fn jst(self) -> String {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(stamp) => {
                let local = Offset::constant(9).to_datetime(stamp);
                format!(
                    "{:04}-{:02}-{:02} {:02}:{:02}:{:02}+09:00",
                    local.year(),
                    local.month(),
                    local.day(),
                    local.hour(),
                    local.minute(),
                    local.second()
                )
            }
            Err(_) => format!("{} us", self.0),
        }
    }
}

/// RFC 3339 in UTC with as many fraction digits as are needed.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(stamp) => write!(f, "{stamp}"),
            Err(_) => write!(f, "{} us", self.0),
        }
    }
}

impl JstDate {
    /// The day `year-month-day`, if the calendar has it.
    #[must_use]
    pub fn from_ymd(year: i16, month: i8, day: i8) -> Option<Self> {
        let date = jiff::civil::Date::new(year, month, day).ok()?;
        let midnight = Offset::UTC.to_timestamp(date.to_datetime(jiff::civil::Time::midnight())).ok()?;
        i32::try_from(midnight.as_second().div_euclid(86_400)).ok().map(Self)
    }

    /// Reads `2025-03-19`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let date: jiff::civil::Date = text.trim().parse().ok()?;
        Self::from_ymd(date.year(), date.month(), date.day())
    }

    /// Midnight in Japan, the instant that day-precision executions carry; held at the ends of what an instant can be.
    #[must_use]
    pub fn midnight(self) -> Instant {
        let micros = i128::from(self.0) * i128::from(DAY) - i128::from(JST);
        Instant(micros.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
    }

    /// The year of this day.
    #[must_use]
    pub fn year(self) -> Option<i16> {
        let stamp = jiff::Timestamp::from_second(i64::from(self.0) * 86_400).ok()?;
        Some(Offset::UTC.to_datetime(stamp).year())
    }
}

/// `2025-03-19`.
impl fmt::Display for JstDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(i64::from(self.0) * 86_400) {
            Ok(stamp) => write!(f, "{}", Offset::UTC.to_datetime(stamp).date()),
            Err(_) => write!(f, "day {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_turns_at_midnight_in_japan() {
        let before = Instant::parse_rfc3339("2025-03-16T14:59:59.999999Z").unwrap();
        let after = Instant::parse_rfc3339("2025-03-16T15:00:00Z").unwrap();
        assert_eq!(before.jst_date().to_string(), "2025-03-16");
        assert_eq!(after.jst_date().to_string(), "2025-03-17");
        assert_eq!(after.jst_date().midnight(), after);
        assert_eq!(after.jst(), "2025-03-17 00:00:00+09:00");
        assert_eq!(after.jst_time_of_day(), 0);
    }

    #[test]
    fn offsets_and_units_agree() {
        let a = Instant::parse_rfc3339("2025-03-19T14:52:07.318+09:00");
        let b = Instant::parse_rfc3339("2025-03-19 05:52:07.318Z");
        let c = Instant::parse_rfc3339("2025-03-19T01:22:07.318-04:30");
        assert_eq!(a, b);
        assert_eq!(a, c);
        for bad in ["", "2025-03-19", "2025-03-19T14:52:07", "2025-02-30T00:00:00Z", "yesterday"] {
            assert_eq!(Instant::parse_rfc3339(bad), None, "{bad}");
        }
    }

    #[test]
    fn dates_before_the_epoch_and_extremes_do_not_panic() {
        assert_eq!(JstDate::parse("1969-12-31"), Some(JstDate(-1)));
        let _ = Instant(i64::MIN).jst_date();
        let _ = Instant(i64::MAX).jst();
        assert_eq!(JstDate::from_ymd(2025, 2, 29), None);
    }

    /// The law of the fuzz target `time`, seed `first`: the first day an instant can lie in begins before the first instant.
    #[test]
    fn found_midnight_before_the_first_instant() {
        assert_eq!(Instant(i64::MIN).jst_date().midnight(), Instant(i64::MIN));
        assert_eq!(JstDate(i32::MIN).midnight(), Instant(i64::MIN));
        assert_eq!(JstDate(i32::MAX).midnight(), Instant(i64::MAX));
    }
}
