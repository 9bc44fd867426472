//! How many evaluations a minute: a bucket that fills steadily and is emptied by requests.

use std::time::Instant;

/// What may still be asked for. Holds a minute's worth at most.
#[derive(Debug)]
pub(crate) struct Bucket {
    per_minute: f64,
    level: f64,
    at: Instant,
}

impl Bucket {
    /// A full one.
    pub(crate) fn new(per_minute: u64, now: Instant) -> Self {
        let per_minute = per_minute as f64;
        Self { per_minute, level: per_minute, at: now }
    }

    /// Takes `cost` out, or says after how many seconds it can be taken.
    ///
    /// What costs more than a minute's worth is let through by a full bucket, which then lies below empty: else it could
    /// never be asked for.
    pub(crate) fn take(&mut self, cost: u64, now: Instant) -> Result<(), u64> {
        let rate = self.per_minute / 60.0;
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        (self.level, self.at) = ((self.level + passed * rate).min(self.per_minute), now);
        let cost = cost as f64;
        let needed = cost.min(self.per_minute);
        if self.level >= needed {
            self.level -= cost;
            return Ok(());
        }
        Err((((needed - self.level) / rate).ceil() as u64).max(1))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_minute_at_once_then_as_fast_as_it_fills() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut bucket = Bucket::new(6000, start);
        assert_eq!(bucket.take(4000, start), Ok(()));
        assert_eq!(bucket.take(4000, start), Err(20));
        assert_eq!(bucket.take(4000, after(19)), Err(1));
        assert_eq!(bucket.take(4000, after(20)), Ok(()));
        // However long nobody asks, a minute's worth is all there is.
        assert_eq!(bucket.take(6001, after(9_000)), Ok(()));
        assert_eq!(bucket.take(1, after(9_000)), Err(1));
    }

    #[test]
    fn more_than_a_minutes_worth_is_paid_for_afterwards() {
        let start = Instant::now();
        let mut bucket = Bucket::new(60, start);
        assert_eq!(bucket.take(180, start), Ok(()));
        assert_eq!(bucket.take(1, start), Err(121));
        assert_eq!(bucket.take(1, start + Duration::from_secs(121)), Ok(()));
    }
}
