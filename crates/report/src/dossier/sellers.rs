//! What each suspected seller account did in each name of a ring.

use itoguchi_model::results::{AccountName, RingRow, SellerRow};
use serde::Serialize;

use super::{Period, View};

/// One suspected seller in one name, in the order of their proceeds.
#[derive(Debug, Serialize)]
pub(crate) struct SellerSheet {
    pub(crate) account: AccountName,
    pub(crate) instrument: String,
    pub(crate) held_qty: Option<f64>,
    /// Of those, bought in the 28 days before.
    pub(crate) built_up_qty: Option<f64>,
    pub(crate) sold_qty: Option<f64>,
    /// Of those, sold between the victims' first and last purchase; null for a reader of one broker, as it rests on
    /// accounts at others.
    pub(crate) overlap_qty: Option<f64>,
    pub(crate) sold: Period,
    pub(crate) proceeds_jpy: Option<i64>,
    pub(crate) profit_jpy: Option<i64>,
}

/// The sellers of `ring` that this reader may see, most proceeds first; `partial` where there are members it may not.
pub(super) fn sellers(view: &View<'_>, ring: &RingRow, partial: bool) -> Vec<SellerSheet> {
    let sheet = |s: &SellerRow| SellerSheet {
        account: s.account.clone(),
        instrument: s.instrument.clone(),
        held_qty: s.held_qty,
        built_up_qty: s.built_up_qty,
        sold_qty: s.sold_qty,
        overlap_qty: s.overlap_qty.filter(|_| !partial),
        sold: Period::new(s.first_sell, s.last_sell),
        proceeds_jpy: s.proceeds_jpy,
        profit_jpy: s.profit_jpy,
    };
    let rows = view.loaded.results.ring_sellers.iter().filter(|s| s.ring_id == ring.ring_id);
    rows.filter(|s| view.disclosure.shows(&s.account)).map(sheet).collect()
}
