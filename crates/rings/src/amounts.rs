//! The four amounts of a ring and the suspected sellers' profit, each by its own formula, summed in fixed point.
//!
//! They are never added to one "damage": forced sales and purchases turn over the same money, and what the sellers
//! took is not what the victims lost.

use std::collections::BTreeMap;

use itoguchi_model::{
    AccountId, InstrumentId, Money, Role, Scaled,
    tables::{Execution, Side},
};
use itoguchi_signals::occasions::equal_range;

use crate::{
    Context,
    form::{Member, Ring},
    roles,
};

/// The amounts in whole yen; `None` where a rate, a close or a cost is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// Σ sells inside the victims' episodes.
    pub forced_sales: Option<i64>,
    /// Σ buys inside them.
    pub fraudulent_buys: Option<i64>,
    /// Buys − proceeds of re-sales inside them − what is left of the bought shares at the last close.
    pub estimated_loss: Option<i64>,
    /// Σ the sellers' sells of the ring's names inside its bursts, gross; `None` without sellers.
    pub seller_proceeds: Option<i64>,
    /// Those less the average cost of the shares sold; `None` without sellers.
    pub seller_profit: Option<i64>,
}

/// The amounts of `ring`.
#[must_use]
pub fn of_ring(context: &Context, ring: &Ring) -> Amounts {
    let victims: Vec<&Member> = ring.members.iter().filter(|m| m.role == Role::Victim).collect();
    let fills = || victims.iter().flat_map(|m| fills_of(context, m));
    let total = |side: fn(Side) -> bool| -> Option<Money> {
        context.case.detail.known(())?;
        fills().filter(|f| side(f.side)).map(|f| context.market.yen(f)).sum()
    };
    let sellers: Vec<&Member> = ring.members.iter().filter(|m| m.role == Role::Seller).collect();
    let taken: Option<Vec<(Money, Option<Money>)>> =
        sellers.iter().map(|m| proceeds_and_cost(context, ring, m.account)).collect();
    let proceeds = taken.as_ref().map(|t| t.iter().map(|x| x.0).sum::<Money>());
    let cost: Option<Money> = taken.as_ref().and_then(|t| t.iter().map(|x| x.1).sum());
    let with_sellers = |m: Option<Money>| m.filter(|_| !sellers.is_empty()).map(Money::whole);
    Amounts {
        forced_sales: total(Side::is_sale).map(Money::whole),
        fraudulent_buys: total(|s| s == Side::Buy).map(Money::whole),
        estimated_loss: victims.iter().map(|m| loss(context, m)).sum::<Option<Money>>().map(Money::whole),
        seller_proceeds: with_sellers(proceeds),
        seller_profit: with_sellers(proceeds.zip(cost).map(|(p, c)| p - c)),
    }
}

/// The fills inside a member's episodes, in time order.
pub(crate) fn fills_of<'a>(context: &Context<'a>, member: &'a Member) -> impl Iterator<Item = &'a Execution> {
    let (occasions, executions) = (context.occasions, &context.case.executions);
    member.occasions.iter().flat_map(move |o| &occasions[*o as usize].fills).map(|f| &executions[*f as usize])
}

/// One victim's estimated loss. Sales of a name after its purchase inside the episode are re-sales of bought shares,
/// up to what was bought.
fn loss(context: &Context, member: &Member) -> Option<Money> {
    let mut left: BTreeMap<InstrumentId, (i64, [u8; 3])> = BTreeMap::new();
    let mut loss = Money::ZERO;
    let mut fills: Vec<&Execution> = fills_of(context, member).collect();
    fills.sort_by_key(|f| (f.time, f.source));
    for fill in fills {
        let yen = context.market.yen(fill)?;
        match fill.side {
            Side::Buy => {
                let entry = left.entry(fill.instrument).or_insert((0, fill.currency));
                entry.0 += fill.quantity.0;
                loss += yen;
            }
            Side::Sell => {
                let Some(entry) = left.get_mut(&fill.instrument) else { continue };
                let resold = fill.quantity.0.min(entry.0);
                entry.0 -= resold;
                loss = loss - yen.share(Scaled(resold), fill.quantity);
            }
            Side::Short => {}
        }
    }
    for (instrument, (quantity, currency)) in left.into_iter().filter(|(_, l)| l.0 > 0) {
        let (date, close) = context.market.last_close(instrument)?;
        let rate = context.market.rate(currency, date)?;
        loss = loss - close.times(Scaled(quantity)).at_rate(rate);
    }
    Some(loss)
}

/// A seller's gross proceeds of the ring's names inside its bursts, and the average cost of the shares sold there
/// (`None` within, if not all of it is known); `None` where a rate is missing.
fn proceeds_and_cost(context: &Context, ring: &Ring, account: AccountId) -> Option<(Money, Option<Money>)> {
    of_seller(context, ring, account).into_values().try_fold((Money::ZERO, Some(Money::ZERO)), |sum, name| {
        let (proceeds, cost) = name?;
        Some((sum.0 + proceeds, sum.1.zip(cost).map(|(a, b)| a + b)))
    })
}

/// [`proceeds_and_cost`] of each of the ring's names.
pub(crate) fn of_seller(
    context: &Context,
    ring: &Ring,
    account: AccountId,
) -> BTreeMap<InstrumentId, Option<(Money, Option<Money>)>> {
    let names = ring.bursts.iter().map(|b| b.instrument);
    names.map(|name| (name, in_name(context, ring, account, name))).collect()
}

fn in_name(
    context: &Context,
    ring: &Ring,
    account: AccountId,
    name: InstrumentId,
) -> Option<(Money, Option<Money>)> {
    let (from, to) = equal_range(&context.case.executions, |x| x.account, account);
    let (h, k) = equal_range(&context.case.holdings, |x| x.account, account);
    let mut proceeds = Money::ZERO;
    let mut total_cost = Some(Money::ZERO);
    let opening =
        context.case.holdings[h..k].iter().rfind(|x| x.instrument == name).map_or(0, |x| x.quantity.0);
    // Average cost in yen of the shares held; unknown while shares of the opening position are among them.
    let mut held = opening;
    let mut cost = (opening == 0).then_some(Money::ZERO);
    for fill in context.case.executions[from..to].iter().filter(|f| f.instrument == name) {
        let yen = context.market.yen(fill)?;
        if fill.side == Side::Buy {
            if held <= 0 {
                (held, cost) = (0, Some(Money::ZERO));
            }
            held += fill.quantity.0;
            cost = cost.map(|c| c + yen);
            continue;
        }
        let covered = fill.quantity.0.min(held.max(0));
        let part = cost.map(|c| c.share(Scaled(covered), Scaled(held.max(1))));
        if ring.bursts.iter().any(|b| roles::inside(context, b, fill)) {
            proceeds += yen;
            let known = covered == fill.quantity.0;
            total_cost = total_cost.zip(part.filter(|_| known)).map(|(t, p)| t + p);
        }
        held -= covered;
        cost = cost.zip(part).map(|(c, p)| c - p);
    }
    Some((proceeds, total_cost))
}
