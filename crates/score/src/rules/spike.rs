//! First-time buyers of a name on a day on which its volume stands out.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_model::{
    AccountId, InstrumentId, JstDate, Side,
    tables::{Case, Interval},
};
use itoguchi_signals::market::{Market, MarketIndex};

use super::groups::claim;
use crate::found::Found;

/// So many times the mean of the days before is a spike.
const TIMES: f64 = 10.0;

/// For each name and day with more than ten times the mean volume of up to 20 days before: the accounts that buy the name
/// on it for the first time, as far as the data go back, and did not hold it.
#[must_use]
pub fn spike(case: &Case) -> Found {
    let index = MarketIndex::new(case);
    let market = Market::new(case, &index);
    let mut spikes: BTreeSet<(InstrumentId, JstDate)> = BTreeSet::new();
    for bar in case.bars.iter().filter(|b| b.interval == Interval::Day) {
        let day = bar.time.jst_date();
        let usual = market.usual_volume(bar.instrument, day);
        if usual.is_some_and(|usual| bar.volume.to_f64() > TIMES * usual) {
            spikes.insert((bar.instrument, day));
        }
    }
    let held: BTreeSet<(AccountId, InstrumentId)> =
        case.holdings.iter().filter(|h| h.quantity.0 > 0).map(|h| (h.account, h.instrument)).collect();
    let names: BTreeSet<InstrumentId> = spikes.iter().map(|s| s.0).collect();
    // Fills are sorted by account and time: the first purchase of each name is the one seen first.
    let mut first: BTreeMap<(AccountId, InstrumentId), JstDate> = BTreeMap::new();
    for fill in case.executions.iter().filter(|f| f.side == Side::Buy && names.contains(&f.instrument)) {
        first.entry((fill.account, fill.instrument)).or_insert(fill.time.jst_date());
    }
    let mut groups: BTreeMap<(InstrumentId, JstDate), Vec<AccountId>> = BTreeMap::new();
    for ((account, instrument), day) in first {
        if spikes.contains(&(instrument, day)) && !held.contains(&(account, instrument)) {
            groups.entry((instrument, day)).or_default().push(account);
        }
    }
    claim(case, groups.into_values().collect())
}
