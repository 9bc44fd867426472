//! The timeline of a ring: what its members did, and price and volume of its names, on one axis.
//!
//! Acts of one kind at one broker within one minute are one mark (within an hour where that makes too many marks), with
//! their number. Seconds since the first moment are the units of the drawing, so that zooming is a change of its window.

use std::collections::BTreeMap;

use itoguchi_model::{
    Instant, Role,
    results::ActRow,
    time::{DAY, HOUR, MINUTE, SECOND},
};

use crate::dossier::{View, sheets::RingSheet, tape::DaySheet};

/// More marks than this and they are gathered by the hour.
const MOST_MARKS: usize = 4_000;
/// Names drawn under the axis: those the victims bought most shares of; the others stand in the tables.
pub(super) const MOST_NAMES: usize = 6;
/// Tokyo trades from nine to half past three.
const OPENS: i64 = 9 * HOUR;
const CLOSES: i64 = 15 * HOUR + 30 * MINUTE;

/// The rows of marks, from top to bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lane {
    Logins,
    Changes,
    Sales,
    Purchases,
    SellerPurchases,
    SellerSales,
}

impl Lane {
    pub(super) const ALL: [Self; 6] =
        [Self::Logins, Self::Changes, Self::Sales, Self::Purchases, Self::SellerPurchases, Self::SellerSales];

    fn of(act: &ActRow) -> Option<Self> {
        let seller = act.role == Role::Seller;
        match act.act {
            "login" => Some(Self::Logins),
            "logout" => None,
            "buy" => Some(if seller { Self::SellerPurchases } else { Self::Purchases }),
            "sell" | "short" => Some(if seller { Self::SellerSales } else { Self::Sales }),
            _ => Some(Self::Changes),
        }
    }
}

/// Acts of one kind at one broker within one minute.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) lane: Lane,
    /// Index into the ring's brokers.
    pub(super) broker: usize,
    /// Seconds from the start of the axis.
    pub(super) at: i64,
    pub(super) time: Instant,
    pub(super) acts: usize,
    pub(super) accounts: usize,
}

/// One name under the axis.
#[derive(Debug)]
pub(super) struct Panel {
    pub(super) name: String,
    pub(super) days: Vec<Bar>,
    /// The ring's fills in it: seconds, price, and whether a suspected seller's.
    pub(super) fills: Vec<(i64, f64, bool)>,
    pub(super) lowest: f64,
    pub(super) highest: f64,
    pub(super) most: f64,
}

/// One trading day.
#[derive(Debug)]
pub(super) struct Bar {
    pub(super) from: i64,
    pub(super) to: i64,
    /// First, highest, lowest, last.
    pub(super) prices: Option<[f64; 4]>,
    pub(super) volume: Option<f64>,
    pub(super) usual: Option<f64>,
    pub(super) bought: Option<f64>,
    pub(super) day: String,
}

/// The timeline with every place on the axis decided.
#[derive(Debug)]
pub(super) struct Timeline {
    pub(super) start: Instant,
    /// Seconds from start to end.
    pub(super) length: i64,
    /// The ring's own window, in seconds from the start.
    pub(super) window: (i64, i64),
    pub(super) marks: Vec<Mark>,
    pub(super) by_hour: bool,
    pub(super) panels: Vec<Panel>,
    /// Names that have no panel.
    pub(super) cut_names: usize,
}

/// Gathers the timeline of `ring`; `None` where nothing has a time. O(acts + days), each times its logarithm.
pub(super) fn timeline(view: &View<'_>, ring: &RingSheet) -> Option<Timeline> {
    let acts: Vec<&ActRow> =
        view.acts(&ring.ring_id).iter().copied().filter(|a| view.disclosure.shows(&a.account)).collect();
    let names = names(ring);
    let shown: Vec<&DaySheet> =
        ring.days.iter().filter(|d| names.iter().take(MOST_NAMES).any(|n| *n == d.instrument)).collect();
    let times = acts.iter().map(|a| a.time);
    let times = times.chain(shown.iter().flat_map(|d| [d.start.plus(OPENS), d.start.plus(CLOSES)]));
    let (first, last) = (times.clone().min()?, times.max()?);
    let start = Instant(first.plus(-HOUR).0.div_euclid(HOUR).saturating_mul(HOUR));
    let seconds = |t: Instant| t.since(start) / SECOND;
    let (marks, by_hour) = marks(ring, &acts, &seconds);
    let panels = names.iter().take(MOST_NAMES).map(|n| panel(n, &shown, &acts, &seconds)).collect();
    Some(Timeline {
        start,
        length: seconds(last.plus(HOUR)).max(3_600),
        window: (seconds(ring.window.start.0), seconds(ring.window.end.0)),
        marks,
        by_hour,
        panels,
        cut_names: names.len().saturating_sub(MOST_NAMES),
    })
}

/// The ring's names, those its victims bought most of first.
fn names(ring: &RingSheet) -> Vec<&str> {
    let mut names: Vec<_> = ring.instruments.iter().collect();
    let shares = |i: &crate::dossier::sheets::InstrumentSheet| i.victim_buy_qty.unwrap_or(0.0);
    names.sort_by(|a, b| shares(b).total_cmp(&shares(a)).then_with(|| a.instrument.cmp(&b.instrument)));
    names.into_iter().map(|i| i.instrument.as_str()).collect()
}

fn marks(ring: &RingSheet, acts: &[&ActRow], seconds: &dyn Fn(Instant) -> i64) -> (Vec<Mark>, bool) {
    let gather = |unit: i64| {
        let mut found: BTreeMap<(Lane, i64, usize), Vec<&ActRow>> = BTreeMap::new();
        for act in acts {
            let Some(lane) = Lane::of(act) else { continue };
            let broker = ring.brokers.iter().position(|b| *b == act.account.broker).unwrap_or(0);
            found.entry((lane, act.time.0.div_euclid(unit), broker)).or_default().push(act);
        }
        found
    };
    let mut gathered = gather(MINUTE);
    let by_hour = gathered.len() > MOST_MARKS;
    if by_hour {
        gathered = gather(HOUR);
    }
    let mark = |((lane, _, broker), acts): ((Lane, i64, usize), Vec<&ActRow>)| {
        let mut accounts: Vec<_> = acts.iter().map(|a| &a.account).collect();
        accounts.sort();
        accounts.dedup();
        let time = acts.iter().map(|a| a.time).min().unwrap_or_default();
        Mark { lane, broker, at: seconds(time), time, acts: acts.len(), accounts: accounts.len() }
    };
    (gathered.into_iter().map(mark).collect(), by_hour)
}

fn panel(name: &str, days: &[&DaySheet], acts: &[&ActRow], seconds: &dyn Fn(Instant) -> i64) -> Panel {
    let days: Vec<Bar> = days
        .iter()
        .filter(|d| d.instrument == name)
        .map(|d| Bar {
            from: seconds(d.start.plus(OPENS)),
            to: seconds(d.start.plus(CLOSES)),
            prices: d.prices,
            volume: d.volume,
            usual: d.usual_volume,
            bought: d.part.map(|p| p.victims_bought),
            day: d.day.clone(),
        })
        .collect();
    let mut fills: BTreeMap<(i64, u64, bool), f64> = BTreeMap::new();
    for act in acts {
        let price = act.trade.as_ref().filter(|t| t.instrument == name).and_then(|t| t.price);
        if let Some(price) = price.filter(|p| p.is_finite()) {
            let key = (act.time.0.div_euclid(MINUTE), price.to_bits(), act.role == Role::Seller);
            fills.insert(key, price);
        }
    }
    let fills: Vec<(i64, f64, bool)> = fills
        .into_iter()
        .map(|((minute, _, seller), price)| (seconds(Instant(minute.saturating_mul(MINUTE))), price, seller))
        .collect();
    let prices = days.iter().filter_map(|d| d.prices).flat_map(|p| [p[1], p[2]]);
    let prices: Vec<f64> = prices.chain(fills.iter().map(|f| f.1)).filter(|p| p.is_finite()).collect();
    let volumes = days.iter().flat_map(|d| [d.volume, d.usual]).flatten().filter(|v| v.is_finite());
    Panel {
        name: name.to_owned(),
        lowest: prices.iter().copied().fold(f64::INFINITY, f64::min),
        highest: prices.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        most: volumes.fold(0.0, f64::max),
        days,
        fills,
    }
}

/// Moments for the labels of the axis: at most about ten, at whole days, hours or minutes in Japan.
pub(super) fn ticks(timeline: &Timeline) -> Vec<(i64, String)> {
    const STEPS: [i64; 9] =
        [10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 28 * DAY];
    let length = timeline.length.saturating_mul(SECOND);
    let step = STEPS.into_iter().find(|s| length / s <= 10).unwrap_or(28 * DAY * (1 + length / (280 * DAY)));
    let japan = 9 * HOUR;
    let midnight = timeline.start.plus(japan).0.div_euclid(step).saturating_mul(step);
    let first = Instant(midnight).plus(step - japan);
    (0..12)
        .map(|i| first.plus(i * step))
        .take_while(|t| t.since(timeline.start) <= length)
        .map(|t| {
            let text = if step >= DAY {
                t.jst_date().to_string()
            } else {
                t.jst().chars().skip(5).take(11).collect()
            };
            (t.since(timeline.start) / SECOND, text)
        })
        .collect()
}
