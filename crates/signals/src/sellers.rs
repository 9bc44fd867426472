//! Who sold on a day what had been bought shortly before: every account's sale of a name on a day, described and
//! ranked among everybody's sales.
//!
//! A long-time holder who sells into any rise and a market maker who is on both sides every day are not odd here:
//! the signals ask for a position built up in the last weeks, sold out, at a profit, as a visible part of the tape.

use std::collections::BTreeMap;

use itoguchi_model::{
    AccountId, InstrumentId, JstDate, Millibits, Money, Scaled,
    tables::{Case, HolderType, Side},
};

use crate::{
    market::Market,
    occasions::{self, AccountRows},
};

/// Exponent of the density of p-values of sales into a ring's buying: half of them lie below 2^(−1/κ), one in a
/// thousand. Assumed.
const KAPPA: f64 = 0.1;
/// Twenty trading days, in calendar days.
const RECENT_DAYS: i32 = 28;
/// An account opened so recently is new.
const NEW_ACCOUNT_DAYS: i32 = 90;

/// What can be odd about a sale. The second figure is P(shown | sells into a ring's buying), assumed.
const SIGNALS: [(&str, f64); 7] = [
    ("C7_built_up_recently", 0.90),
    ("C7_sold_out", 0.80),
    ("C7_profit_over_10_percent", 0.85),
    ("C7_part_of_the_tape", 0.60),
    ("C7_new_account", 0.25),
    ("C7_corporate_account", 0.30),
    ("C7_no_other_purchase_that_day", 0.95),
];

/// One account's sales of one name on one day.
#[derive(Clone, Debug, PartialEq)]
pub struct Sale {
    /// Which name.
    pub instrument: InstrumentId,
    /// Which day.
    pub date: JstDate,
    /// Who.
    pub account: AccountId,
    /// Shares sold.
    pub sold: Scaled,
    /// Shares held before the day, as far as known.
    pub held: Scaled,
    /// Of those, bought in the 28 days before.
    pub recent: Scaled,
    /// Return on the average cost of the shares held; `None` where the cost is not known.
    pub profit: Option<f64>,
    /// Whether it is known to have been above nothing.
    pub gained: bool,
    /// Which signals fired: bit i is `SIGNALS[i]`.
    pub fired: u8,
    /// How unusual among all sales, in bits.
    pub bits: Millibits,
}

/// C7_built_up_recently.
const BUILT_UP: u8 = 1;

impl Sale {
    /// Whether half or more of what was held had been bought in the 28 days before.
    #[must_use]
    pub fn built_up(&self) -> bool {
        self.fired & BUILT_UP != 0
    }

    /// The set of signals of these names; `None` where one is none.
    pub fn signals_of<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<u8> {
        let place = |name: &str| SIGNALS.iter().position(|signal| signal.0 == name);
        names.into_iter().try_fold(0, |set, name| Some(set | 1 << place(name)?))
    }

    /// Names of the signals that fired.
    #[must_use]
    pub fn signal_names(&self) -> Vec<&'static str> {
        SIGNALS.iter().enumerate().filter(|(i, _)| self.fired & (1 << i) != 0).map(|(_, s)| s.0).collect()
    }
}

/// Every sale of the case, by (instrument, day, account), with its bits. Parallel over accounts.
#[must_use]
pub fn sales(case: &Case, market: &Market) -> Vec<Sale> {
    let mut all = occasions::in_turn(&occasions::by_account(case), |rows| of_account(case, market, rows));
    all.sort_by_key(|s| (s.instrument, s.date, s.account));
    weigh(&mut all);
    all
}

/// The sales of `instrument` on `date`.
#[must_use]
pub fn on(all: &[Sale], instrument: InstrumentId, date: JstDate) -> &[Sale] {
    let (from, to) = occasions::equal_range(all, |s| (s.instrument, s.date), (instrument, date));
    &all[from..to]
}

/// Half of the rings are taken to sell through an account of the data. Assumed.
const SELLER_SEEN: f64 = 0.5;

/// How much likelier the sales of `instrument` on `date` are if somebody sold into a ring's buying: each account is that
/// somebody in proportion to what it sold, if it is in the data at all. O(sales of the day).
#[must_use]
pub fn of_ring(all: &[Sale], instrument: InstrumentId, date: JstDate) -> f64 {
    let on = on(all, instrument, date);
    let sold: i128 = on.iter().map(|s| i128::from(s.sold.0)).sum();
    let share = |s: &Sale| s.sold.0 as f64 / sold as f64;
    let seen: f64 = if sold > 0 { on.iter().map(|s| share(s) * s.bits.ratio()).sum() } else { 1.0 };
    1.0 - SELLER_SEEN + SELLER_SEEN * seen
}

/// A position with its cost. The cost is unknown once shares of unknown cost are in it.
#[derive(Default)]
struct Lot {
    held: i64,
    cost: Option<Money>,
    bought: Vec<(JstDate, i64)>,
}

fn of_account(case: &Case, market: &Market, rows: &AccountRows) -> Vec<Sale> {
    if !rows.fills.iter().any(|f| f.side.is_sale()) {
        return Vec::new();
    }
    let (from, to) = occasions::equal_range(&case.holdings, |h| h.account, rows.account);
    let mut lots: BTreeMap<InstrumentId, Lot> = BTreeMap::new();
    for holding in &case.holdings[from..to] {
        lots.insert(holding.instrument, Lot { held: holding.quantity.0, cost: None, bought: Vec::new() });
    }
    let (a, b) = occasions::equal_range(&case.accounts, |f| f.account, rows.account);
    let facts = case.accounts[a..b].first();
    let mut found = Vec::new();
    for day in rows.fills.chunk_by(|x, y| x.time.jst_date() == y.time.jst_date()) {
        let date = day[0].time.jst_date();
        let mut sold: BTreeMap<InstrumentId, (i64, Money)> = BTreeMap::new();
        for fill in day.iter().filter(|f| f.side.is_sale()) {
            let entry = sold.entry(fill.instrument).or_default();
            entry.0 = entry.0.saturating_add(fill.quantity.0);
            entry.1 += fill.price.times(fill.quantity);
        }
        let bought_too = |i: InstrumentId| day.iter().any(|f| f.instrument == i && f.side == Side::Buy);
        for (instrument, (quantity, proceeds)) in &sold {
            let lot = lots.entry(*instrument).or_default();
            let mut sale = describe(lot, *instrument, date, rows.account, Scaled(*quantity), *proceeds);
            let volume = market.on(*instrument, date).map(|bar| bar.volume.to_f64());
            let opened = facts.and_then(|f| f.opened_on);
            let shown = [
                sale.held.0 > 0 && sale.recent.0 * 2 >= sale.held.0,
                sale.held.0 > 0 && i128::from(sale.sold.0) * 5 >= i128::from(sale.held.0) * 4,
                sale.profit.is_some_and(|p| p >= 0.1),
                volume.is_some_and(|v| sale.sold.to_f64() >= 0.05 * v),
                opened.is_some_and(|o| (0..=NEW_ACCOUNT_DAYS).contains(&(date.0 - o.0))),
                facts.is_some_and(|f| f.holder_type == Some(HolderType::Corporate)),
                !bought_too(*instrument),
            ];
            sale.fired = shown.iter().enumerate().fold(0, |set, (i, fired)| set | (u8::from(*fired) << i));
            found.push(sale);
        }
        for fill in day {
            book(lots.entry(fill.instrument).or_default(), fill.side, date, fill.quantity, fill.price);
        }
    }
    found
}

fn describe(
    lot: &Lot,
    instrument: InstrumentId,
    date: JstDate,
    account: AccountId,
    sold: Scaled,
    proceeds: Money,
) -> Sale {
    let held = lot.held.max(0);
    let recent: i64 = lot.bought.iter().filter(|(d, _)| date.0 - d.0 <= RECENT_DAYS).map(|(_, q)| *q).sum();
    let price = proceeds.to_f64() / sold.to_f64().max(1e-6);
    let profit = lot.cost.filter(|c| held > 0 && *c > Money::ZERO).map(|cost| {
        let average = cost.to_f64() / (held as f64 / 1e6);
        price / average - 1.0
    });
    Sale {
        instrument,
        date,
        account,
        sold,
        held: Scaled(held),
        recent: Scaled(recent.min(held)),
        profit,
        gained: profit.is_some_and(|p| p > 0.0),
        fired: 0,
        bits: Millibits::ZERO,
    }
}

fn book(lot: &mut Lot, side: Side, date: JstDate, quantity: Scaled, price: Scaled) {
    if side == Side::Buy {
        if lot.held <= 0 {
            lot.held = 0;
            lot.cost = Some(Money::ZERO);
        }
        lot.held = lot.held.saturating_add(quantity.0);
        lot.cost = lot.cost.map(|c| c + price.times(quantity));
        lot.bought.push((date, quantity.0));
    } else {
        let left = (lot.held - quantity.0.min(lot.held)).max(0);
        lot.cost = lot.cost.map(|c| c.share(Scaled(left), Scaled(lot.held.max(1))));
        lot.held = left;
        if left == 0 {
            lot.bought.clear();
        }
    }
}

/// Ranks every sale among the sales of other names and days, by the signals alone. `all` are sorted by name and day.
pub fn weigh(all: &mut [Sale]) {
    let n = all.len() as f64;
    let usual: Vec<f64> = (0..SIGNALS.len())
        .map(|i| {
            let fired = all.iter().filter(|s| s.fired & (1 << i) != 0).count() as f64;
            ((fired + 0.5) / (n + 1.0)).clamp(1e-6, 1.0 - 1e-6)
        })
        .collect();
    let raw = |sale: &Sale| -> i64 {
        SIGNALS
            .iter()
            .enumerate()
            .map(|(i, (_, p1))| {
                let fired = sale.fired & (1 << i) != 0;
                let ratio = if fired { p1 / usual[i] } else { (1.0 - p1) / (1.0 - usual[i]) };
                Millibits::log2(ratio).0
            })
            .sum()
    };
    let scores: Vec<i64> = all.iter().map(raw).collect();
    let mut sorted = scores.clone();
    sorted.sort_unstable();
    let mut at = 0;
    let bounds: Vec<(usize, usize)> = all
        .chunk_by(|a, b| (a.instrument, a.date) == (b.instrument, b.date))
        .map(|run| {
            at += run.len();
            (at - run.len(), at)
        })
        .collect();
    for (from, to) in bounds {
        for i in from..to {
            // The event under test is left out: sales of the same name on the same day.
            let same = scores[from..to].iter().filter(|s| **s >= scores[i]).count();
            let above = sorted.len() - sorted.partition_point(|s| *s < scores[i]) - same;
            let others = sorted.len() - (to - from);
            all[i].bits = calibrated((above as f64 + 1.0) / (others as f64 + 1.0));
        }
    }
}

/// Bits of a p-value: log2(κ·p^(κ−1)). The mean of the ratio under chance is one (Vovk and Wang, E-values: calibration,
/// combination and applications, Annals of Statistics 2021, section 2).
///
/// ```
/// use itoguchi_signals::sellers::calibrated;
/// assert_eq!(calibrated(1.0).bits(), -3.322);
/// assert_eq!(calibrated(1.0 / 1024.0).bits(), 5.678);
/// ```
#[must_use]
pub fn calibrated(p: f64) -> Millibits {
    Millibits::from_bits(libm::log2(KAPPA) + (KAPPA - 1.0) * libm::log2(p.clamp(f64::MIN_POSITIVE, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calibration_is_a_likelihood_ratio() {
        // The mean of the ratio over uniform p must not exceed one.
        let n = 2_000_000;
        let mean: f64 = (0..n).map(|i| calibrated((f64::from(i) + 0.5) / f64::from(n)).ratio()).sum::<f64>()
            / f64::from(n);
        assert!(mean < 1.0 && mean > 0.7, "{mean}");
    }
}
