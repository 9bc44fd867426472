//! Rows of `ring_sellers`: what each suspected seller account did in each of the ring's names.

use std::collections::BTreeMap;

use itoguchi_model::{InstrumentId, Money, Role, Scaled, results::SellerRow, tables::Execution};
use itoguchi_signals::sellers;

use crate::{
    Context, amounts,
    form::{Member, Ring},
    rows::{account_name, seller_fills},
};

/// The sellers of `ring`: most proceeds first (unknown ones last), then account and name.
pub(crate) fn rows(context: &Context, ring: &Ring, ring_id: &str) -> Vec<SellerRow> {
    let sellers = ring.members.iter().filter(|m| m.role == Role::Seller);
    let mut rows: Vec<SellerRow> =
        sellers.flat_map(|member| of_seller(context, ring, member, ring_id)).collect();
    rows.sort_by(|a, b| {
        (b.proceeds_jpy, &a.account, &a.instrument).cmp(&(a.proceeds_jpy, &b.account, &b.instrument))
    });
    rows
}

fn of_seller(context: &Context, ring: &Ring, member: &Member, ring_id: &str) -> Vec<SellerRow> {
    let mut sales: BTreeMap<InstrumentId, Vec<&Execution>> = BTreeMap::new();
    for fill in seller_fills(context, ring, member).into_iter().filter(|f| f.side.is_sale()) {
        sales.entry(fill.instrument).or_default().push(fill);
    }
    let taken = amounts::of_seller(context, ring, member.account);
    let known = |shares: f64| context.case.detail.known(shares);
    sales
        .into_iter()
        .map(|(name, fills)| {
            let first = fills.iter().map(|f| f.time).min().unwrap_or_default();
            let position = sellers::on(context.sales, name, first.jst_date());
            let position = position.iter().find(|s| s.account == member.account);
            let while_bought = |f: &&&Execution| {
                ring.bursts
                    .iter()
                    .any(|b| b.instrument == name && (b.window.0..=b.window.1).contains(&f.time))
            };
            let in_name = taken.get(&name).copied().flatten();
            SellerRow {
                ring_id: ring_id.to_owned(),
                account: account_name(context.case, member.account),
                instrument: context.case.names.instrument(name).to_owned(),
                held_qty: known(position.map_or(0.0, |s| s.held.to_f64())),
                built_up_qty: known(position.map_or(0.0, |s| s.recent.to_f64())),
                sold_qty: known(shares(fills.iter())),
                overlap_qty: known(shares(fills.iter().filter(while_bought))),
                first_sell: first,
                last_sell: fills.iter().map(|f| f.time).max().unwrap_or_default(),
                proceeds_jpy: in_name.map(|(proceeds, _)| proceeds.whole()),
                profit_jpy: in_name.and_then(|(p, c)| c.map(|cost: Money| (p - cost).whole())),
            }
        })
        .collect()
}

fn shares<'a>(fills: impl Iterator<Item = &'a &'a Execution>) -> f64 {
    Scaled(fills.map(|f| f.quantity.0).fold(0, i64::saturating_add)).to_f64()
}
