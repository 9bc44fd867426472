//! What the members of a ring did, as sheets: trading days, and addresses to preserve.

use itoguchi_model::{
    Instant, Role,
    results::{AccountName, ActRow, DayRow, RingRow},
    tables::is_token_name,
};
use serde::Serialize;

use super::{Moment, View, sheets::Source};

/// A name of the ring on one trading day. What rests on other brokers' accounts is null for a reader of one broker.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct DaySheet {
    pub(crate) instrument: String,
    pub(crate) day: String,
    #[serde(skip)]
    pub(crate) start: Instant,
    /// First, highest, lowest, last.
    pub(crate) prices: Option<[f64; 4]>,
    pub(crate) volume: Option<f64>,
    pub(crate) usual_volume: Option<f64>,
    pub(crate) part: Option<Part>,
    pub(crate) source: Option<Source>,
}

/// The ring's part in a trading day, in shares.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Part {
    pub(crate) victims_bought: f64,
    /// Of those, above the last price before.
    pub(crate) raised: f64,
    /// Of those, at 15:25 or later.
    pub(crate) closing: f64,
    /// Of those, at most so many from suspected sellers.
    pub(crate) matched: f64,
    pub(crate) sellers_bought: f64,
    pub(crate) sellers_sold: f64,
}

impl Part {
    /// None where the row tells no figures.
    fn of(row: &DayRow) -> Option<Self> {
        Some(Self {
            victims_bought: row.victim_buy_qty?,
            raised: row.raised_qty?,
            closing: row.closing_qty?,
            matched: row.matched_qty?,
            sellers_bought: row.seller_buy_qty?,
            sellers_sold: row.seller_sell_qty?,
        })
    }
}

impl DaySheet {
    fn new(view: &View<'_>, row: &DayRow, partial: bool) -> Self {
        Self {
            instrument: row.instrument.clone(),
            day: row.day.jst_date().to_string(),
            start: row.day,
            prices: row.prices,
            volume: row.volume,
            usual_volume: row.usual_volume,
            part: Part::of(row).filter(|_| !partial),
            source: row
                .source
                .as_ref()
                .map(|(file, row)| Source { file: view.disclosure.text(file), rows: vec![*row] }),
        }
    }

    /// Whether victims bought or suspected sellers sold that day.
    pub(crate) fn active(&self) -> bool {
        self.part.is_some_and(|p| p.victims_bought + p.sellers_sold > 0.0)
    }
}

/// The days of `names` in `ring`.
pub(crate) fn days(view: &View<'_>, ring: &RingRow, names: &[&str], partial: bool) -> Vec<DaySheet> {
    let rows = view.loaded.results.ring_days.iter().filter(|d| d.ring_id == ring.ring_id);
    rows.filter(|d| !partial || names.contains(&d.instrument.as_str()))
        .map(|d| DaySheet::new(view, d, partial))
        .collect()
}

/// An address, port and time that a provider or broker should be asked to preserve the records of.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PreserveLine {
    pub(crate) ip: String,
    pub(crate) src_port: Option<u32>,
    pub(crate) time: Moment,
    pub(crate) precision: &'static str,
    pub(crate) act: &'static str,
    pub(crate) account: AccountName,
    pub(crate) asn: Option<u32>,
    pub(crate) country: Option<String>,
    pub(crate) ip_class: Option<&'static str>,
    pub(crate) ring_id: String,
    pub(crate) source: Source,
}

/// Where the members of `rings` that this reader may see were entered from, oldest first: providers delete the oldest
/// records first. Tokens are left out: no provider knows them, and the broker whose login it was has the address. A row that stands in several rings is listed once, with the first of them.
pub(crate) fn preserve(view: &View<'_>, rings: &[&RingRow]) -> Vec<PreserveLine> {
    let mut acts: Vec<&ActRow> = rings
        .iter()
        .flat_map(|ring| view.acts(&ring.ring_id))
        .copied()
        .filter(|a| a.role != Role::Linked && view.disclosure.shows(&a.account))
        .filter(|a| {
            a.access.as_ref().and_then(|access| access.ip.as_deref()).is_some_and(|ip| !is_token_name(ip))
        })
        .collect();
    acts.sort_by(|a, b| (a.time, &a.source).cmp(&(b.time, &b.source)));
    acts.dedup_by(|later, first| later.source == first.source);
    acts.into_iter().filter_map(|act| line(view, act)).collect()
}

fn line(view: &View<'_>, act: &ActRow) -> Option<PreserveLine> {
    let access = act.access.as_ref()?;
    Some(PreserveLine {
        ip: access.ip.clone()?,
        src_port: access.src_port,
        time: Moment(act.time),
        precision: act.precision.name(),
        act: act.act,
        account: act.account.clone(),
        asn: access.asn,
        country: access.country.clone(),
        ip_class: access.ip_class,
        ring_id: act.ring_id.clone(),
        source: Source { file: view.disclosure.text(&act.source.0), rows: vec![act.source.1] },
    })
}
