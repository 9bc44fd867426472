//! Links between any two accounts from their trades alone: on the same side, on opposite sides, and possible matches.
//!
//! Each kind has its own population and so its own chance level: buyers among buyers, buyers against sellers, and
//! buyers against sellers of the same quantity at the same price.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_coaction::{
    Act, Acts, CoactionError, Coincidence, JudgedPair, NO_CONTENT, linked, linked_between, trace,
    trace_between,
};
use itoguchi_model::{
    AccountId, Kind, Precision,
    tables::{Case, Detail, Execution, Side},
    time::SECOND,
};

use crate::{
    config::Coaction,
    links::{Link, ordered},
};

/// Longest time between the two fills of one trade, as two brokers' clocks show it.
const MATCH_WINDOW: u32 = 1;

/// The kinds of link that trades give by themselves.
pub const KINDS: [Kind; 4] = [Kind::CoBuy, Kind::CoSell, Kind::Opposite, Kind::PossibleMatch];

/// Accounts that trade together more often than the names' popularity, their own habits and the names' own bursts
/// explain, at a false discovery rate of `max_q`.
pub fn links(case: &Case, coaction: &Coaction, max_q: f64) -> Result<Vec<Link>, CoactionError> {
    let mut found = Vec::new();
    // Without prices and quantities there is no telling what could have been one trade.
    let told = |kind: &Kind| *kind != Kind::PossibleMatch || case.detail == Detail::Full;
    for kind in KINDS.into_iter().filter(told) {
        let trades = Trades::of(case, coaction, kind, |_| NO_CONTENT);
        found.extend(trades.linked(max_q)?.into_iter().map(|pair| link(kind, &pair)));
    }
    Ok(found)
}

fn link(kind: Kind, pair: &JudgedPair) -> Link {
    let (a, b) = ordered(AccountId(pair.count.a), AccountId(pair.count.b));
    Link {
        a,
        b,
        kind,
        bits: pair.surprise.bits,
        occasions: pair.count.occasions,
        acts: u32::try_from(pair.count.acts).unwrap_or(u32::MAX),
        q_value: Some(pair.q_value),
        ring: None,
    }
}

/// Two accounts, the smaller first, and two fills of theirs.
pub type PairOfFills<'a> = ((AccountId, AccountId), [&'a Execution; 2]);

/// The fills behind links of one kind: those of every coincidence.
pub fn fills<'a>(
    case: &'a Case,
    coaction: &Coaction,
    kind: Kind,
    pairs: &BTreeSet<(AccountId, AccountId)>,
) -> Result<Vec<PairOfFills<'a>>, CoactionError> {
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    // the content of an act is the index of its fill
    let trades = Trades::of(case, coaction, kind, |index| index);
    let fill = |act: Act| &case.executions[act.content as usize];
    let found = trades.trace(pairs)?.into_iter();
    Ok(found.map(|c| (ordered(AccountId(c.a), AccountId(c.b)), [fill(c.earlier), fill(c.later)])).collect())
}

/// The acts of one kind: within one side, or between two.
struct Trades {
    window: Option<i64>,
    left: Acts,
    right: Option<Acts>,
}

impl Trades {
    fn of(case: &Case, coaction: &Coaction, kind: Kind, content: impl Fn(u32) -> u32) -> Self {
        let by_name = |fill: &Execution| fill.instrument.0;
        let acts = |side: Side, object: &dyn Fn(&Execution) -> u32| -> Acts {
            // Of some fills only the day is known: they have no minute and are left out.
            let timed = |f: &Execution| f.side == side && f.precision != Precision::Day;
            (0..)
                .zip(&case.executions)
                .filter(|(_, f)| timed(f))
                .map(|(index, f)| Act {
                    object: object(f),
                    time: f.time.0,
                    actor: f.account.0,
                    content: content(index),
                })
                .collect()
        };
        let (window, left, right) = match kind {
            Kind::CoSell => (coaction.trade_window, acts(Side::Sell, &by_name), None),
            Kind::Opposite => {
                let sales = acts(Side::Sell, &by_name);
                (coaction.opposite_window, acts(Side::Buy, &by_name), Some(sales))
            }
            Kind::PossibleMatch => {
                let terms = Terms::of(case);
                let by_terms = |fill: &Execution| terms.number(fill);
                (MATCH_WINDOW, acts(Side::Buy, &by_terms), Some(acts(Side::Sell, &by_terms)))
            }
            _ => (coaction.trade_window, acts(Side::Buy, &by_name), None),
        };
        Self { window: Some(i64::from(window) * SECOND), left, right }
    }

    fn linked(&self, max_q: f64) -> Result<Vec<JudgedPair>, CoactionError> {
        match &self.right {
            None => linked(&self.left, self.window, max_q),
            Some(right) => {
                // either may have bought: the stronger of the two stands for both
                let mut best: BTreeMap<(AccountId, AccountId), JudgedPair> = BTreeMap::new();
                for pair in linked_between(&self.left, right, self.window, max_q)? {
                    let key = ordered(AccountId(pair.count.a), AccountId(pair.count.b));
                    let kept = best.entry(key).or_insert(pair);
                    if pair.surprise.bits > kept.surprise.bits {
                        *kept = pair;
                    }
                }
                Ok(best.into_values().collect())
            }
        }
    }

    fn trace(&self, pairs: &BTreeSet<(AccountId, AccountId)>) -> Result<Vec<Coincidence>, CoactionError> {
        let ids = pairs.iter().map(|(a, b)| (a.0, b.0));
        match &self.right {
            None => trace(&self.left, self.window, &ids.collect::<Vec<_>>()),
            Some(right) => {
                let both: Vec<(u32, u32)> = ids.flat_map(|(a, b)| [(a, b), (b, a)]).collect();
                trace_between(&self.left, right, self.window, &both)
            }
        }
    }
}

/// Name, price and quantity of every fill, numbered.
struct Terms(Vec<(u32, i64, i64)>);

impl Terms {
    fn of(case: &Case) -> Self {
        let mut terms: Vec<_> = case.executions.iter().map(Self::key).collect();
        terms.sort_unstable();
        terms.dedup();
        Self(terms)
    }

    fn key(fill: &Execution) -> (u32, i64, i64) {
        (fill.instrument.0, fill.price.0, fill.quantity.0)
    }

    fn number(&self, fill: &Execution) -> u32 {
        self.0.partition_point(|terms| *terms < Self::key(fill)) as u32
    }
}
