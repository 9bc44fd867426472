//! Prices and volumes of a name by day, from `bars`, and yen per unit of a currency, from `fx`.

use itoguchi_model::{
    InstrumentId, JstDate, Money, Scaled,
    tables::{Bar, Case, Execution, FxRate, Interval},
};

/// Looks up daily bars and exchange rates of a case.
#[derive(Clone, Copy, Debug)]
pub struct Market<'a> {
    daily: &'a [Bar],
    fx: &'a [FxRate],
    starts: &'a [(u32, u32)],
}

/// Where each instrument's daily bars lie in `Case::bars`; made once, lent to [`Market`].
#[derive(Clone, Debug)]
pub struct MarketIndex(Vec<(u32, u32)>);

impl MarketIndex {
    /// Indexes the bars of `case`. O(bars).
    #[must_use]
    pub fn new(case: &Case) -> Self {
        let mut ranges = vec![(0, 0); case.names.instruments.len()];
        let mut at = 0;
        for run in case.bars.chunk_by(|a, b| a.instrument == b.instrument && a.interval == b.interval) {
            let end = at + run.len();
            if run[0].interval == Interval::Day {
                ranges[run[0].instrument.index()] = (at as u32, end as u32);
            }
            at = end;
        }
        Self(ranges)
    }
}

impl<'a> Market<'a> {
    /// A view of the market of `case`.
    #[must_use]
    pub fn new(case: &'a Case, index: &'a MarketIndex) -> Self {
        Self { daily: &case.bars, fx: &case.fx, starts: &index.0 }
    }

    /// Daily bars of `instrument`, by day.
    #[must_use]
    pub fn days(&self, instrument: InstrumentId) -> &'a [Bar] {
        let (start, end) = self.starts[instrument.index()];
        &self.daily[start as usize..end as usize]
    }

    /// Daily bars before `date`.
    #[must_use]
    pub fn before(&self, instrument: InstrumentId, date: JstDate) -> &'a [Bar] {
        let days = self.days(instrument);
        &days[..days.partition_point(|bar| bar.time.jst_date() < date)]
    }

    /// The bar of `date`.
    #[must_use]
    pub fn on(&self, instrument: InstrumentId, date: JstDate) -> Option<&'a Bar> {
        let days = self.days(instrument);
        let at = days.partition_point(|bar| bar.time.jst_date() < date);
        days.get(at).filter(|bar| bar.time.jst_date() == date)
    }

    /// The last close before `date`.
    #[must_use]
    pub fn close_before(&self, instrument: InstrumentId, date: JstDate) -> Option<Scaled> {
        self.before(instrument, date).last().map(|bar| bar.close)
    }

    /// How far `instrument` rose on `date` at its highest: over the close before, or over its opening price where that is
    /// not known. 0.2 is 20 %.
    #[must_use]
    pub fn rise(&self, instrument: InstrumentId, date: JstDate) -> Option<f64> {
        let bar = self.on(instrument, date)?;
        let from = self.close_before(instrument, date).unwrap_or(bar.open).to_f64();
        (from > 0.0).then(|| bar.high.to_f64() / from - 1.0)
    }

    /// The close of the last day in the data.
    #[must_use]
    pub fn last_close(&self, instrument: InstrumentId) -> Option<(JstDate, Scaled)> {
        self.days(instrument).last().map(|bar| (bar.time.jst_date(), bar.close))
    }

    /// Mean volume of up to 20 days before `date`; `None` without any.
    #[must_use]
    pub fn usual_volume(&self, instrument: InstrumentId, date: JstDate) -> Option<f64> {
        let before = self.before(instrument, date);
        let window = &before[before.len().saturating_sub(20)..];
        if window.is_empty() {
            return None;
        }
        let total: i128 = window.iter().map(|bar| i128::from(bar.volume.0)).sum();
        Some(total as f64 / 1e6 / window.len() as f64)
    }

    /// Yen per unit of `currency` on `date`: the latest rate on or before it. One for the yen.
    #[must_use]
    pub fn rate(&self, currency: [u8; 3], date: JstDate) -> Option<Scaled> {
        if &currency == b"JPY" {
            return Some(Scaled(Scaled::ONE));
        }
        let end = self.fx.partition_point(|r| (r.currency, r.date) <= (currency, date));
        self.fx[..end].last().filter(|r| r.currency == currency).map(|r| r.jpy)
    }

    /// What a fill was worth in yen; `None` where no rate is known.
    #[must_use]
    pub fn yen(&self, fill: &Execution) -> Option<Money> {
        let rate = self.rate(fill.currency, fill.time.jst_date())?;
        Some(fill.price.times(fill.quantity).at_rate(rate))
    }
}
