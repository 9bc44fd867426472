//! What is said of every account from its own records, before accounts are compared.
//!
//! A broker can say it of its customers alone, on all that it knows of them, and hand over no more than this: see the
//! bundles of the crate `share`.

use itoguchi_model::tables::Case;

use crate::{
    bursts::{self, Known},
    market::{Market, MarketIndex},
    occasions::{self, Occasion},
    ratio::{STARTS, stratum},
    sellers::{self, Sale},
    trading::{self, TradeView},
};

/// Every occasion and every sale, judged by the account's own history.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// By account, start.
    pub occasions: Vec<Occasion>,
    /// In the order of `occasions`.
    pub trades: Vec<TradeView>,
    /// By name, day, account.
    pub sales: Vec<Sale>,
    /// What accounts held or had traded before the data begin.
    pub known: Known,
}

impl Judged {
    /// Judges every account of `case`. Parallel over accounts; depends on the rows alone.
    #[must_use]
    pub fn of(case: &Case) -> Self {
        let index = MarketIndex::new(case);
        let market = Market::new(case, &index);
        let occasions = occasions::cut(case);
        let trades = trading::judge(case, &market, &occasions);
        Self { trades, sales: sellers::sales(case, &market), known: bursts::held_before(case), occasions }
    }
}

/// The shortest history that is judged as one of `before` earlier acts is: 0, 1, 2, 3, 6, 11, 21 or 51.
#[must_use]
pub fn history_class(before: u32) -> u8 {
    STARTS[stratum(before)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_of_history_are_what_is_judged_apart() {
        for before in (0..200).chain([u32::MAX]) {
            let class = u32::from(history_class(before));
            assert!(class <= before, "{before}");
            assert_eq!(stratum(class), stratum(before), "{before}");
        }
        let classes: Vec<u8> = [0, 1, 2, 5, 10, 20, 50, 51].map(history_class).to_vec();
        assert_eq!(classes, [0, 1, 2, 3, 6, 11, 21, 51]);
    }
}
