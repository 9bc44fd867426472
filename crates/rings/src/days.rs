//! Rows of `ring_days`: the tape of each name that a ring traded, and the ring's part in it.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_model::{
    InstrumentId, JstDate, Precision, Role, Scaled,
    results::DayRow,
    tables::{Bar, Execution, Side},
    time::MINUTE,
};

use crate::{Context, amounts, form::Ring, rows::seller_fills};

/// Trading days shown before a ring's first day in a name: those that its usual volume is counted over.
const DAYS_BEFORE: usize = 20;
/// Trading days shown after its last day in a name.
const DAYS_AFTER: usize = 5;
/// The closing auction of Tokyo takes orders from 15:25 on.
const CLOSING: i64 = (15 * 60 + 25) * MINUTE;

/// The days of `ring` by name and day: those on which it traded, and up to twenty bars before and five after them.
pub(crate) fn rows(context: &Context, ring: &Ring, ring_id: &str) -> Vec<DayRow> {
    let core = ring.members.iter().filter(|m| m.role != Role::Seller);
    let bought: Vec<&Execution> =
        core.flat_map(|m| amounts::fills_of(context, m)).filter(|f| f.side == Side::Buy).collect();
    let of_sellers: Vec<&Execution> = ring
        .members
        .iter()
        .filter(|m| m.role == Role::Seller)
        .flat_map(|m| seller_fills(context, ring, m))
        .collect();
    let mut active: BTreeMap<InstrumentId, BTreeSet<JstDate>> = BTreeMap::new();
    for fill in bought.iter().chain(&of_sellers) {
        active.entry(fill.instrument).or_default().insert(fill.time.jst_date());
    }
    let tape = tape(context, &active);
    let known = |shares: f64| context.case.detail.known(shares);
    let mut rows: Vec<DayRow> = Vec::new();
    for (name, days) in &active {
        for (date, bar) in shown(context, *name, days) {
            let on = |f: &&&Execution| f.instrument == *name && f.time.jst_date() == date;
            let bought: Vec<&Execution> = bought.iter().filter(on).copied().collect();
            let sellers: Vec<&Execution> = of_sellers.iter().filter(on).copied().collect();
            let tape = tape.get(&(*name, date)).map_or(&[][..], Vec::as_slice);
            rows.push(DayRow {
                ring_id: ring_id.to_owned(),
                instrument: context.case.names.instrument(*name).to_owned(),
                day: date.midnight(),
                prices: bar.map(|b| [b.open, b.high, b.low, b.close].map(Scaled::to_f64)),
                volume: bar.map(|b| b.volume.to_f64()),
                usual_volume: context.market.usual_volume(*name, date),
                victim_buy_qty: known(shares(bought.iter().copied())),
                raised_qty: known(raised(&bought, tape, context.market.close_before(*name, date))),
                closing_qty: known(shares(bought.iter().copied().filter(|f| at_the_close(f)))),
                matched_qty: known(matched(&bought, &sellers)),
                seller_buy_qty: known(shares(sellers.iter().copied().filter(|f| f.side == Side::Buy))),
                seller_sell_qty: known(shares(sellers.iter().copied().filter(|f| f.side.is_sale()))),
                source: bar.map(|b| {
                    let file = &context.case.sources[b.source.file as usize].path;
                    (file.clone(), u64::from(b.source.row))
                }),
            });
        }
    }
    rows.sort_by(|a, b| (&a.instrument, a.day).cmp(&(&b.instrument, b.day)));
    rows
}

/// All fills of the case in those names on those days, in time order; ties by row.
fn tape<'a>(
    context: &Context<'a>,
    active: &BTreeMap<InstrumentId, BTreeSet<JstDate>>,
) -> BTreeMap<(InstrumentId, JstDate), Vec<&'a Execution>> {
    let mut tape: BTreeMap<(InstrumentId, JstDate), Vec<&Execution>> = BTreeMap::new();
    for fill in &context.case.executions {
        let Some(days) = active.get(&fill.instrument) else { continue };
        let date = fill.time.jst_date();
        if days.contains(&date) && fill.precision != Precision::Day {
            tape.entry((fill.instrument, date)).or_default().push(fill);
        }
    }
    for fills in tape.values_mut() {
        fills.sort_by_key(|f| (f.time, f.price, f.source));
    }
    tape
}

/// The days to be shown with their bars, where there are any.
fn shown<'a>(
    context: &Context<'a>,
    name: InstrumentId,
    active: &BTreeSet<JstDate>,
) -> BTreeMap<JstDate, Option<&'a Bar>> {
    let mut shown: BTreeMap<JstDate, Option<&Bar>> = active.iter().map(|d| (*d, None)).collect();
    let (Some(first), Some(last)) = (active.first(), active.last()) else { return shown };
    let bars = context.market.days(name);
    let from = bars.partition_point(|b| b.time.jst_date() < *first).saturating_sub(DAYS_BEFORE);
    let to = bars.partition_point(|b| b.time.jst_date() <= *last).saturating_add(DAYS_AFTER);
    for bar in &bars[from..to.min(bars.len())] {
        shown.insert(bar.time.jst_date(), Some(bar));
    }
    shown
}

fn shares<'a>(fills: impl Iterator<Item = &'a Execution>) -> f64 {
    fills.map(|f| i128::from(f.quantity.0)).sum::<i128>() as f64 / 1e6
}

/// Shares bought above the last price that stood before the moment of the purchase: of the tape, or the close before
/// where nobody had traded yet that day. Purchases of unknown time are left out.
fn raised(bought: &[&Execution], tape: &[&Execution], before: Option<Scaled>) -> f64 {
    shares(bought.iter().copied().filter(|f| {
        let earlier = tape.partition_point(|t| t.time < f.time);
        let last = tape[..earlier].last().map(|t| t.price).or(before);
        f.precision != Precision::Day && last.is_some_and(|last| f.price > last)
    }))
}

fn at_the_close(fill: &Execution) -> bool {
    fill.precision != Precision::Day && fill.time.jst_time_of_day() >= CLOSING
}

/// Shares that can have gone from a seller to a victim: in each minute, at each price, the smaller of what the ones
/// bought and the others sold.
fn matched(bought: &[&Execution], sellers: &[&Execution]) -> f64 {
    let by_minute = |fills: &mut dyn Iterator<Item = &&Execution>| {
        let mut sums: BTreeMap<(i64, Scaled), i128> = BTreeMap::new();
        for fill in fills.filter(|f| f.precision != Precision::Day) {
            *sums.entry((fill.time.0.div_euclid(MINUTE), fill.price)).or_default() +=
                i128::from(fill.quantity.0);
        }
        sums
    };
    let bought = by_minute(&mut bought.iter());
    let sold = by_minute(&mut sellers.iter().filter(|f| f.side.is_sale()));
    let met = bought.iter().filter_map(|(at, shares)| sold.get(at).map(|s| *s.min(shares)));
    met.sum::<i128>() as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use itoguchi_model::{AccountId, Instant, RowRef, TextId};

    use super::*;

    /// A fill of `shares` at `price`, so many seconds after nine in Japan.
    fn fill(seconds: i64, side: Side, price: i64, shares: i64) -> Execution {
        Execution {
            account: AccountId(0),
            time: Instant(seconds * 1_000_000),
            precision: Precision::Millis,
            instrument: InstrumentId(0),
            side,
            quantity: Scaled(shares * Scaled::ONE),
            price: Scaled(price * Scaled::ONE),
            currency: *b"JPY",
            execution_id: TextId::NONE,
            order_id: TextId::NONE,
            session: TextId::NONE,
            venue: TextId::NONE,
            counterparty: AccountId::NONE,
            source: RowRef { file: 0, row: seconds as u32 },
        }
    }

    #[test]
    fn raised_is_what_was_bought_above_the_last_price_before() {
        let tape = [
            fill(0, Side::Buy, 101, 5),
            fill(10, Side::Sell, 100, 50),
            fill(20, Side::Buy, 100, 7),
            fill(30, Side::Buy, 102, 11),
            // Of one moment: neither stood before the other.
            fill(40, Side::Buy, 103, 13),
            fill(40, Side::Buy, 104, 17),
        ];
        let all: Vec<&Execution> = tape.iter().collect();
        let bought: Vec<&Execution> = all.iter().copied().filter(|f| f.side == Side::Buy).collect();
        let close = |price: i64| Some(Scaled(price * Scaled::ONE));
        assert_eq!(raised(&bought, &all, close(100)), 5.0 + 11.0 + 13.0 + 17.0);
        assert_eq!(raised(&bought, &all, close(101)), 11.0 + 13.0 + 17.0);
        assert_eq!(raised(&bought, &all, None), 11.0 + 13.0 + 17.0);
        let by_day = Execution { precision: Precision::Day, ..fill(50, Side::Buy, 200, 19) };
        assert_eq!(raised(&[&by_day], &all, None), 0.0);
    }

    #[test]
    fn matched_is_the_smaller_side_of_each_minute_and_price() {
        let bought =
            [fill(0, Side::Buy, 100, 50), fill(59, Side::Buy, 100, 50), fill(60, Side::Buy, 101, 10)];
        let sold = [
            fill(30, Side::Sell, 100, 70),
            fill(61, Side::Short, 101, 40),
            fill(62, Side::Sell, 102, 9),
            fill(1, Side::Buy, 100, 500),
        ];
        let [bought, sold] = [bought.iter().collect::<Vec<_>>(), sold.iter().collect()];
        assert_eq!(matched(&bought, &sold), 80.0);
        assert_eq!(matched(&bought, &[]), 0.0);
    }
}
