//! Days on which a name has more first-time buyers (or more sellers) than its own other days explain.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_model::{
    AccountId, Instant, InstrumentId, JstDate,
    tables::{Case, Execution, Side},
};

use crate::market::Market;

/// Which accounts are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    /// Accounts that buy the name for the first time.
    FirstBuyers,
    /// Accounts that sell the name.
    Sellers,
}

/// A name and day with more accounts than expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Burst {
    /// Which name.
    pub instrument: InstrumentId,
    /// Which day.
    pub date: JstDate,
    /// Who is counted.
    pub counted: Counted,
    /// First and last act.
    pub window: (Instant, Instant),
    /// Who acted, sorted.
    pub accounts: Vec<AccountId>,
    /// How many were expected: the mean of the name's other days.
    pub expected: f64,
    /// False discovery rate.
    pub q_value: f64,
    /// High of the day over the close before, less one.
    pub price_impact: Option<f64>,
    /// Volume of the day over the mean of up to 20 days before.
    pub volume_ratio: Option<f64>,
}

/// Bursts at a false discovery rate of 5 % over all names and days.
///
/// The count of a day is tested against a negative binomial with the mean of the name's other days and shape 2:
/// ordinary interest in a name comes in waves, and a Poisson would call every wave a burst. The shape is assumed.
/// Accounts that are `known` to have held the name before, or whose earlier fills bought it, are no first-time buyers.
/// O(fills · log fills).
#[must_use]
pub fn find(case: &Case, market: &Market, known: &Known) -> Vec<Burst> {
    let days: BTreeSet<JstDate> = case.executions.iter().map(|x| x.time.jst_date()).collect();
    if days.len() < 2 {
        return Vec::new();
    }
    let mut found = Vec::new();
    for counted in [Counted::FirstBuyers, Counted::Sellers] {
        let acts = count(case, counted, known);
        found.extend(test(market, counted, &acts, days.len()));
    }
    found.sort_by_key(|b| (b.window.0, b.instrument, b.counted));
    found
}

/// Accounts with the names that they held or had traded before the data begin.
pub type Known = BTreeSet<(AccountId, InstrumentId)>;

/// What is known of this kind where the opening positions are in the data.
#[must_use]
pub fn held_before(case: &Case) -> Known {
    case.holdings.iter().map(|h| (h.account, h.instrument)).collect()
}

type Acts = BTreeMap<InstrumentId, BTreeMap<JstDate, BTreeMap<AccountId, (Instant, Instant)>>>;

fn count(case: &Case, counted: Counted, known: &Known) -> Acts {
    let mut known = known.clone();
    let mut acts = Acts::new();
    let mut add = |x: &Execution| {
        let day = acts.entry(x.instrument).or_default().entry(x.time.jst_date()).or_default();
        let seen = day.entry(x.account).or_insert((x.time, x.time));
        seen.1 = seen.1.max(x.time);
    };
    for day in
        case.executions.chunk_by(|a, b| a.account == b.account && a.time.jst_date() == b.time.jst_date())
    {
        for x in day {
            match counted {
                Counted::FirstBuyers
                    if x.side == Side::Buy && !known.contains(&(x.account, x.instrument)) =>
                {
                    add(x);
                }
                Counted::Sellers if x.side == Side::Sell => add(x),
                _ => {}
            }
        }
        known.extend(day.iter().map(|x| (x.account, x.instrument)));
    }
    acts
}

fn test(market: &Market, counted: Counted, acts: &Acts, days: usize) -> Vec<Burst> {
    let mut tested: Vec<(f64, InstrumentId, JstDate, f64)> = Vec::new();
    for (instrument, by_day) in acts {
        let total: usize = by_day.values().map(BTreeMap::len).sum();
        for (date, accounts) in by_day {
            let others = (total - accounts.len()) as f64;
            let expected = (others + 0.5) / (days - 1) as f64;
            tested.push((tail(expected, accounts.len()), *instrument, *date, expected));
        }
    }
    tested.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let m = (acts.len() * days) as f64;
    let mut q = 1.0_f64;
    let mut found = Vec::new();
    // From the largest p down: q is the least of p·m/rank over this and all larger p.
    for (rank, (p, instrument, date, expected)) in tested.iter().enumerate().rev() {
        q = q.min(p * m / (rank + 1) as f64);
        if q <= 0.05 && acts[instrument][date].len() >= 3 {
            found.push(describe(market, counted, acts, (*instrument, *date), *expected, q));
        }
    }
    found
}

/// P(count ≥ n) of a negative binomial with mean `expected` and shape 2.
fn tail(expected: f64, n: usize) -> f64 {
    let q = expected / (expected + 2.0);
    libm::pow(q, n as f64) * (1.0 + n as f64 * (1.0 - q))
}

fn describe(
    market: &Market,
    counted: Counted,
    acts: &Acts,
    (instrument, date): (InstrumentId, JstDate),
    expected: f64,
    q_value: f64,
) -> Burst {
    let who = &acts[&instrument][&date];
    let start = who.values().map(|w| w.0).min().unwrap_or_default();
    let end = who.values().map(|w| w.1).max().unwrap_or_default();
    let bar = market.on(instrument, date);
    let before = market.close_before(instrument, date);
    Burst {
        instrument,
        date,
        counted,
        window: (start, end),
        accounts: who.keys().copied().collect(),
        expected,
        q_value,
        price_impact: bar.zip(before).map(|(b, c)| b.high.to_f64() / c.to_f64() - 1.0),
        volume_ratio: bar.zip(market.usual_volume(instrument, date)).map(|(b, v)| b.volume.to_f64() / v),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tail_equals_the_sum_of_its_terms() {
        let (mean, shape) = (0.7_f64, 2.0_f64);
        let q = mean / (mean + shape);
        let below: f64 = (0..5).map(|x| f64::from(x + 1) * (1.0 - q).powi(2) * q.powi(x)).sum();
        assert!((tail(mean, 5) - (1.0 - below)).abs() < 1e-12);
        assert!((tail(mean, 0) - 1.0).abs() < 1e-12);
    }
}
