//! Kinds of evidence, the families they belong to, and the roles an account can have in a ring.

use serde::{Deserialize, Serialize};

/// An independent source of evidence. Families that rest on the same rows count once (see
/// [`Family::independent_count`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// An account's own anomaly: an odd login, everything sold, a name never held.
    Episode,
    /// Devices and addresses used by several accounts.
    Infrastructure,
    /// Trades of one side in one name within a window.
    CoTrading,
    /// Trades of opposite sides: sellers, counterparties, possible matches.
    Opposite,
    /// What the market did: first-time buyers, price and volume.
    Market,
    /// What is already known of an account.
    Reports,
}

impl Family {
    /// Every family, in the order in which they are listed.
    pub const ALL: [Self; 6] =
        [Self::Episode, Self::Infrastructure, Self::CoTrading, Self::Opposite, Self::Market, Self::Reports];

    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Episode => "episode",
            Self::Infrastructure => "infrastructure",
            Self::CoTrading => "co_trading",
            Self::Opposite => "opposite",
            Self::Market => "market",
            Self::Reports => "reports",
        }
    }

    /// How many of `families` are independent: `co_trading`, `opposite` and `market` all rest on the fills, so
    /// they count once together.
    ///
    /// ```
    /// use itoguchi_model::Family::*;
    /// use itoguchi_model::Family;
    /// assert_eq!(Family::independent_count(&[CoTrading, Opposite, Market]), 1);
    /// assert_eq!(Family::independent_count(&[Episode, CoTrading, Opposite]), 2);
    /// ```
    #[must_use]
    pub fn independent_count(families: &[Self]) -> usize {
        let on_fills = |f: &Self| matches!(f, Self::CoTrading | Self::Opposite | Self::Market);
        let mut rest: Vec<Self> = families.iter().copied().filter(|f| !on_fills(f)).collect();
        rest.sort_unstable();
        rest.dedup();
        rest.len() + usize::from(families.iter().any(on_fills))
    }
}

/// What a link or a piece of evidence rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A session with odd access and odd trading.
    HijackEpisode,
    /// The same device.
    Device,
    /// The same address (IPv4, or the /64 of an IPv6 address).
    Ip,
    /// Purchases of one name within the window.
    CoBuy,
    /// Sales of one name within the window.
    CoSell,
    /// Purchases of one name on one day, where the source knew no time.
    CoBuyDay,
    /// One bought while the other sold.
    Opposite,
    /// One bought what the other sold within a second, at the same price and quantity.
    PossibleMatch,
    /// The source itself names the other side of the trade.
    Counterparty,
    /// Sold into the ring's buying what had been bought for it.
    SoldIntoRise,
    /// Unusual first-time buying, price and volume of a name.
    Burst,
    /// A report names the account.
    Report,
}

impl Kind {
    /// Every kind, in the order in which they are listed.
    pub const ALL: [Self; 12] = [
        Self::HijackEpisode,
        Self::Device,
        Self::Ip,
        Self::CoBuy,
        Self::CoSell,
        Self::CoBuyDay,
        Self::Opposite,
        Self::PossibleMatch,
        Self::Counterparty,
        Self::SoldIntoRise,
        Self::Burst,
        Self::Report,
    ];

    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HijackEpisode => "hijack_episode",
            Self::Device => "device",
            Self::Ip => "ip",
            Self::CoBuy => "co_buy",
            Self::CoSell => "co_sell",
            Self::CoBuyDay => "co_buy_day",
            Self::Opposite => "opposite",
            Self::PossibleMatch => "possible_match",
            Self::Counterparty => "counterparty",
            Self::SoldIntoRise => "sold_into_rise",
            Self::Burst => "burst",
            Self::Report => "report",
        }
    }

    /// The family this kind belongs to.
    #[must_use]
    pub fn family(self) -> Family {
        match self {
            Self::HijackEpisode => Family::Episode,
            Self::Device | Self::Ip => Family::Infrastructure,
            Self::CoBuy | Self::CoSell | Self::CoBuyDay => Family::CoTrading,
            Self::Opposite | Self::PossibleMatch | Self::Counterparty | Self::SoldIntoRise => {
                Family::Opposite
            }
            Self::Burst => Family::Market,
            Self::Report => Family::Reports,
        }
    }
}

/// What an account was in a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It shows a hijack episode.
    Victim,
    /// It sold into the victims' buying what it had bought for it: a *suspected* seller account.
    Seller,
    /// Linked, and the columns do not show how: never a guess.
    Linked,
}

impl Role {
    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Victim => "victim",
            Self::Seller => "seller",
            Self::Linked => "linked",
        }
    }
}
