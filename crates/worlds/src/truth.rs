//! What was planted, and what it came to.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_model::{Money, Scaled, time::MINUTE};

use crate::{
    clock::date_of,
    draft::Draft,
    life::{FillRow, LoginRow},
    plan::{NO_DEVICE, Origin},
};

/// The five amounts of a ring, in whole yen; `None` where there is nobody in the data to compute them from.
#[derive(Clone, Debug, PartialEq)]
pub struct RingAmounts {
    /// The ring's name in the truth.
    pub ring: String,
    /// Σ sells inside the victims' episodes.
    pub forced_sales_jpy: i64,
    /// Σ buys inside them.
    pub fraudulent_buys_jpy: i64,
    /// Buys − proceeds of re-sales inside them − what is left of the bought shares at the last close.
    pub estimated_loss_jpy: i64,
    /// Σ the sellers' sells of the ring's instruments inside its bursts.
    pub seller_proceeds_jpy: Option<i64>,
    /// Those less the average cost of the shares sold.
    pub seller_profit_jpy: Option<i64>,
}

/// An address or device that a ring used, and how many accounts it used it for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Infrastructure {
    pub ring: usize,
    pub kind: &'static str,
    pub value: u32,
    pub accounts: u32,
}

/// Prices a fill in yen, in fixed point, by the rate of its day in Japan.
fn yen(draft: &Draft, instrument: u32, price: i64, quantity: i64, day: i32) -> Money {
    let amount = Scaled(price * 1_000).times(Scaled(quantity * Scaled::ONE));
    match draft.market.instruments[instrument as usize].currency {
        "JPY" => amount,
        currency => amount.at_rate(Scaled(draft.market.rate(currency, day) * 10_000)),
    }
}

fn fill_yen(draft: &Draft, f: &FillRow) -> Money {
    yen(draft, f.instrument, f.price, f.quantity, date_of(f.time))
}

/// Computes every ring's amounts from the written fills alone, by the contract's formulas.
///
/// `closes` holds each instrument's last bar: its day and its close in thousandths.
pub(crate) fn amounts(draft: &Draft, fills: &[FillRow], closes: &[(i32, i64)]) -> Vec<RingAmounts> {
    draft
        .rings
        .iter()
        .enumerate()
        .map(|(ring, plan)| {
            let inside: Vec<&FillRow> = fills.iter().filter(|f| f.origin == Origin::Hijack(ring)).collect();
            let total = |side: char| {
                inside.iter().filter(|f| f.side == side).map(|f| fill_yen(draft, f)).sum::<Money>()
            };
            let sellers =
                (!plan.sellers.is_empty()).then(|| seller_amounts(draft, fills, &inside, &plan.sellers));
            RingAmounts {
                ring: plan.name.clone(),
                forced_sales_jpy: total('S').whole(),
                fraudulent_buys_jpy: total('b').whole(),
                estimated_loss_jpy: loss(draft, &inside, closes).whole(),
                seller_proceeds_jpy: sellers.map(|s| s.0.whole()),
                seller_profit_jpy: sellers.map(|s| s.1.whole()),
            }
        })
        .collect()
}

/// Buys − re-sales − what is left of them at the last close.
pub(crate) fn loss(draft: &Draft, inside: &[&FillRow], closes: &[(i32, i64)]) -> Money {
    let mut left: BTreeMap<(u32, u32), i64> = BTreeMap::new();
    let mut loss = Money::ZERO;
    for f in inside {
        let bought = left.entry((f.account, f.instrument)).or_insert(0);
        if f.side == 'b' {
            *bought += f.quantity;
            loss += fill_yen(draft, f);
        } else {
            // Only shares bought inside the episode are re-sold; what was held before is a forced sale.
            let again = f.quantity.min(*bought);
            *bought -= again;
            loss += -yen(draft, f.instrument, f.price, again, date_of(f.time));
        }
    }
    for (&(_, instrument), &quantity) in &left {
        let (day, close) = closes[instrument as usize];
        loss += -yen(draft, instrument, close, quantity, day);
    }
    loss
}

/// When a ring's purchases in a name happen: first to last on each day, and half an hour more.
fn bursts(inside: &[&FillRow]) -> BTreeMap<(u32, i32), (i64, i64)> {
    let mut out: BTreeMap<(u32, i32), (i64, i64)> = BTreeMap::new();
    for f in inside.iter().filter(|f| f.side == 'b') {
        let span = out.entry((f.instrument, date_of(f.time))).or_insert((f.time, f.time));
        *span = (span.0.min(f.time), span.1.max(f.time));
    }
    out.into_iter().map(|(k, (a, b))| (k, (a, b + 30 * MINUTE))).collect()
}

fn seller_amounts(draft: &Draft, fills: &[FillRow], inside: &[&FillRow], sellers: &[u32]) -> (Money, Money) {
    let bursts = bursts(inside);
    let names: BTreeSet<u32> = bursts.keys().map(|k| k.0).collect();
    // (shares held, what they cost), kept as a moving average.
    let mut books: BTreeMap<(u32, u32), (i64, Money)> = BTreeMap::new();
    let (mut proceeds, mut cost) = (Money::ZERO, Money::ZERO);
    for f in fills.iter().filter(|f| sellers.contains(&f.account) && names.contains(&f.instrument)) {
        let book = books.entry((f.account, f.instrument)).or_insert((0, Money::ZERO));
        if f.side == 'b' {
            *book = (book.0 + f.quantity, book.1 + fill_yen(draft, f));
            continue;
        }
        let paid = book.1.share(Scaled(f.quantity * Scaled::ONE), Scaled(book.0 * Scaled::ONE));
        *book = (book.0 - f.quantity, book.1 - paid);
        let burst = bursts.get(&(f.instrument, date_of(f.time)));
        if burst.is_some_and(|&(a, b)| (a..=b).contains(&f.time)) {
            proceeds += fill_yen(draft, f);
            cost += paid;
        }
    }
    (proceeds, proceeds - cost)
}

/// Every address and device of the rings' own visits.
pub(crate) fn infrastructure(logins: &[LoginRow]) -> Vec<Infrastructure> {
    let mut users: BTreeMap<(usize, &'static str, u32), BTreeSet<u32>> = BTreeMap::new();
    for row in logins {
        if let Origin::Hijack(ring) = row.origin {
            users.entry((ring, "ip", row.network)).or_default().insert(row.account);
            if row.device != NO_DEVICE {
                users.entry((ring, "device", row.device)).or_default().insert(row.account);
            }
        }
    }
    users
        .into_iter()
        .map(|((ring, kind, value), who)| Infrastructure { ring, kind, value, accounts: who.len() as u32 })
        .collect()
}
