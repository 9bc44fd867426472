//! When markets are open, in Japanese time.

use itoguchi_model::{
    JstDate,
    time::{DAY, HOUR, MINUTE},
};

/// A stock exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exchange {
    Tokyo,
    HongKong,
    NewYork,
}

// Days on which an exchange is closed although it is no weekend, 2025.
const TOKYO_CLOSED: [(i8, i8); 21] = [
    (1, 1),
    (1, 2),
    (1, 3),
    (1, 13),
    (2, 11),
    (2, 24),
    (3, 20),
    (4, 29),
    (5, 5),
    (5, 6),
    (7, 21),
    (8, 11),
    (9, 15),
    (9, 23),
    (10, 13),
    (11, 3),
    (11, 24),
    (12, 31),
    (5, 3),
    (5, 4),
    (11, 23),
];
const HONG_KONG_CLOSED: [(i8, i8); 14] = [
    (1, 1),
    (1, 29),
    (1, 30),
    (1, 31),
    (4, 4),
    (4, 18),
    (4, 21),
    (5, 1),
    (5, 5),
    (7, 1),
    (10, 1),
    (10, 7),
    (10, 29),
    (12, 25),
];
const NEW_YORK_CLOSED: [(i8, i8); 11] =
    [(1, 1), (1, 9), (1, 20), (2, 17), (4, 18), (5, 26), (6, 19), (7, 4), (9, 1), (11, 27), (12, 25)];

/// The day in 2025 as days since 1970.
pub(crate) fn date(month: i8, day: i8) -> i32 {
    JstDate::from_ymd(2025, month, day).expect("callers name days that exist").0
}

/// Midnight in Japan at the start of `date`, in microseconds.
pub(crate) fn midnight(date: i32) -> i64 {
    JstDate(date).midnight().0
}

/// The moment `hour:minute` in Japan on `date`.
pub(crate) fn at(date: i32, hour: i64, minute: i64) -> i64 {
    midnight(date) + hour * HOUR + minute * MINUTE
}

/// The calendar day in Japan.
pub(crate) fn date_of(time: i64) -> i32 {
    itoguchi_model::Instant(time).jst_date().0
}

/// 0 for Sunday to 6 for Saturday.
pub(crate) fn weekday(date: i32) -> i32 {
    (date + 4).rem_euclid(7)
}

pub(crate) fn is_weekend(date: i32) -> bool {
    matches!(weekday(date), 0 | 6)
}

impl Exchange {
    pub(crate) fn is_trading_day(self, day: i32) -> bool {
        let closed: &[(i8, i8)] = match self {
            Self::Tokyo => &TOKYO_CLOSED,
            Self::HongKong => &HONG_KONG_CLOSED,
            Self::NewYork => &NEW_YORK_CLOSED,
        };
        !is_weekend(day) && !closed.iter().any(|&(m, d)| date(m, d) == day)
    }

    /// When continuous trading runs on trade date `day`, as moments in order.
    ///
    /// Tokyo's closing auction (15:25 to 15:30) is left out: its fills are printed at 15:30 alone.
    pub(crate) fn hours(self, day: i32) -> Vec<(i64, i64)> {
        let m = |hour: i64, minute: i64| at(day, hour, minute);
        match self {
            Self::Tokyo => vec![(m(9, 0), m(11, 30)), (m(12, 30), m(15, 25))],
            Self::HongKong => vec![(m(10, 30), m(13, 0)), (m(14, 0), m(17, 0))],
            Self::NewYork => {
                let summer = (date(3, 9)..date(11, 2)).contains(&day);
                let open = if summer { m(22, 30) } else { m(23, 30) };
                vec![(open, open + 390 * MINUTE)]
            }
        }
    }

    /// The trade date a moment belongs to: New York's session runs past midnight in Japan.
    pub(crate) fn trade_date(self, time: i64) -> i32 {
        match self {
            Self::NewYork => date_of(time - 12 * HOUR),
            _ => date_of(time),
        }
    }

    /// How much of the trading day has passed, 0 to 1, or `None` while the exchange is closed.
    pub(crate) fn progress(self, time: i64) -> Option<f64> {
        let day = self.trade_date(time);
        if !self.is_trading_day(day) {
            return None;
        }
        let hours = self.hours(day);
        let whole: i64 = hours.iter().map(|(a, b)| b - a).sum();
        let mut passed = 0;
        for (open, close) in hours {
            if (open..close).contains(&time) {
                return Some((passed + time - open) as f64 / whole as f64);
            }
            passed += close - open;
        }
        None
    }

    /// How many minutes of continuous trading day `day` has.
    pub(crate) fn minutes(self, day: i32) -> f64 {
        self.hours(day).iter().map(|(a, b)| (b - a) as f64 / MINUTE as f64).sum()
    }

    /// How much of the trading day has passed by `time`, open or not: lunch counts as its beginning.
    pub(crate) fn passed(self, time: i64) -> f64 {
        let hours = self.hours(self.trade_date(time));
        let whole: i64 = hours.iter().map(|(a, b)| b - a).sum();
        let gone: i64 = hours.iter().map(|&(a, b)| time.clamp(a, b) - a).sum();
        gone as f64 / whole as f64
    }

    pub(crate) fn is_open(self, time: i64) -> bool {
        self.progress(time).is_some()
    }

    /// The moment at which the share `progress` of the trading day has passed; always while open.
    pub(crate) fn moment(self, day: i32, progress: f64) -> i64 {
        let hours = self.hours(day);
        let whole: i64 = hours.iter().map(|(a, b)| b - a).sum();
        let mut left = (progress.clamp(0.0, 1.0) * whole as f64) as i64;
        for (open, close) in &hours {
            if left < close - open {
                return whole_millis(open + left);
            }
            left -= close - open;
        }
        whole_millis(hours[hours.len() - 1].1 - MINUTE)
    }
}

/// Cut to the millisecond, the finest the brokers' records have.
pub(crate) fn whole_millis(time: i64) -> i64 {
    time.div_euclid(1000) * 1000
}

/// The days a world covers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub first: i32,
    pub days: u32,
}

impl Span {
    pub(crate) fn start(self) -> i64 {
        midnight(self.first)
    }

    pub(crate) fn end(self) -> i64 {
        midnight(self.first) + i64::from(self.days) * DAY
    }

    pub(crate) fn dates(self) -> std::ops::Range<i32> {
        self.first..self.first + self.days as i32
    }

    pub(crate) fn trading_days(self, exchange: Exchange) -> Vec<i32> {
        self.dates().filter(|&d| exchange.is_trading_day(d)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hong_kong_trades_on_a_japanese_holiday() {
        let day = date(3, 20);
        assert!(!Exchange::Tokyo.is_trading_day(day));
        assert!(Exchange::HongKong.is_open(at(day, 16, 59)));
        assert!(!Exchange::HongKong.is_open(at(day, 17, 0)));
        assert!(!Exchange::HongKong.is_open(at(day, 13, 30)));
    }

    #[test]
    fn progress_and_moment_are_inverse() {
        for exchange in [Exchange::Tokyo, Exchange::HongKong, Exchange::NewYork] {
            for tenth in 0..10 {
                let share = f64::from(tenth) / 10.0 + 0.01;
                let t = exchange.moment(date(3, 18), share);
                let back = exchange.progress(t).expect("a moment is while open");
                assert!((back - share).abs() < 1e-4, "{exchange:?} {share} {back}");
            }
        }
    }

    #[test]
    fn new_york_moves_with_summer_time() {
        assert!(!Exchange::NewYork.is_open(at(date(3, 5), 23, 0)));
        assert!(Exchange::NewYork.is_open(at(date(3, 11), 23, 0)));
        assert_eq!(Exchange::NewYork.trade_date(at(date(3, 12), 3, 0)), date(3, 11));
    }

    #[test]
    fn weekends() {
        assert_eq!(weekday(date(3, 17)), 1);
        assert!(is_weekend(date(3, 22)));
    }
}
