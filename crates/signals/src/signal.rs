//! The signals, their names, and how often a hijacked account is assumed to show each.

/// One thing that can be odd about an occasion. Ids in the comments are those of the signal list in
/// `docs/EVIDENCE.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Signal {
    /// A1: a device this account has not used in 180 days.
    NewDevice,
    /// A2: an autonomous system (or /24, /64 where none is given) this account has not used.
    NewNetwork,
    /// A2: a country this account has not used.
    NewCountry,
    /// A2: a region this account has not used, on a network it has used.
    NewRegion,
    /// A3: a data centre or VPN for the first time.
    HostingOrVpn,
    /// A4: farther from the login before than an aeroplane flies.
    ImpossibleTravel,
    /// A5: another session open with another device on another network.
    ConcurrentSession,
    /// A6: three failures or more, then success.
    FailuresThenSuccess,
    /// A6: password, second factor, mail, phone, notification or bank account changed within 72 hours before.
    ContactChanged,
    /// A7: at an hour at which under 2 % of the account's logins happen.
    UnusualHour,
    /// A13: the device or network first came only to look, within 30 days before.
    Reconnaissance,
    /// A8: four fifths of a portfolio of three names or more sold, three of them at least.
    LiquidateAll,
    /// A8: all of a portfolio of one or two names sold.
    LiquidateFew,
    /// A8: half or more of a portfolio of three names or more sold, but not as above.
    LiquidateMost,
    /// A9: no trade for 90 days (or in all the data, if at least 14), then everything sold.
    DormantWakes,
    /// A10: bought a name never held or traded.
    UnfamiliarName,
    /// A10: bought on a market never traded on.
    NewMarket,
    /// A10: bought a never-held name priced under 200 yen.
    LowPriced,
    /// A11: seven tenths of what was sold went into three names or fewer.
    Concentration,
    /// A12: bought a fifth or more of a name's usual daily volume.
    HeavyBuy,
    /// A12: bought a name for more than nineteen in twenty occasions spend on one.
    LargeBuy,
    /// A12: bought a tenth above the close before.
    PaidUp,
}

impl Signal {
    /// Signals about how the account was entered.
    pub const ACCESS: [Self; 11] = [
        Self::NewDevice,
        Self::NewNetwork,
        Self::NewCountry,
        Self::NewRegion,
        Self::HostingOrVpn,
        Self::ImpossibleTravel,
        Self::ConcurrentSession,
        Self::FailuresThenSuccess,
        Self::ContactChanged,
        Self::UnusualHour,
        Self::Reconnaissance,
    ];

    /// Signals about what was traded that are weighed. [`Self::DormantWakes`] is told and not weighed: of those who sell out
    /// at all many have not traded for long.
    pub const TRADE: [Self; 10] = [
        Self::LiquidateAll,
        Self::LiquidateFew,
        Self::LiquidateMost,
        Self::UnfamiliarName,
        Self::NewMarket,
        Self::LowPriced,
        Self::Concentration,
        Self::HeavyBuy,
        Self::LargeBuy,
        Self::PaidUp,
    ];

    /// Trade signals about the account rather than about what it bought: everybody who buys a thin name on the day it
    /// rises buys something unfamiliar, cheap and rising.
    pub const OWN_TRADE: [Self; 5] =
        [Self::LiquidateAll, Self::LiquidateFew, Self::LiquidateMost, Self::Concentration, Self::LargeBuy];

    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NewDevice => "A1_new_device",
            Self::NewNetwork => "A2_new_network",
            Self::NewCountry => "A2_new_country",
            Self::NewRegion => "A2_new_region",
            Self::HostingOrVpn => "A3_hosting_or_vpn",
            Self::ImpossibleTravel => "A4_impossible_travel",
            Self::ConcurrentSession => "A5_concurrent_session",
            Self::FailuresThenSuccess => "A6_failures_then_success",
            Self::ContactChanged => "A6_contact_changed",
            Self::UnusualHour => "A7_unusual_hour",
            Self::Reconnaissance => "A13_reconnaissance",
            Self::LiquidateAll => "A8_liquidate_all",
            Self::LiquidateFew => "A8_liquidate_few",
            Self::LiquidateMost => "A8_liquidate_most",
            Self::DormantWakes => "A9_dormant_wakes",
            Self::UnfamiliarName => "A10_unfamiliar_name",
            Self::NewMarket => "A10_new_market",
            Self::LowPriced => "A10_low_priced",
            Self::Concentration => "A11_concentration",
            Self::HeavyBuy => "A12_heavy_buy",
            Self::LargeBuy => "A12_large_buy",
            Self::PaidUp => "A12_paid_up",
        }
    }

    /// P(signal | hijacked). Assumed from the published accounts of 2025; the order of occasions depends on
    /// them, the bits do not rest on them alone (see [`crate::surprise`]).
    #[must_use]
    pub fn when_hijacked(self) -> f64 {
        match self {
            Self::NewDevice => 0.85,
            Self::NewNetwork => 0.80,
            Self::NewCountry => 0.10,
            Self::NewRegion => 0.50,
            Self::HostingOrVpn => 0.15,
            Self::ImpossibleTravel => 0.05,
            Self::ConcurrentSession => 0.05,
            Self::FailuresThenSuccess => 0.05,
            Self::ContactChanged => 0.15,
            Self::UnusualHour => 0.15,
            Self::Reconnaissance => 0.20,
            Self::LiquidateAll => 0.80,
            Self::LiquidateFew => 0.85,
            Self::LiquidateMost => 0.12,
            Self::DormantWakes => 0.50,
            Self::UnfamiliarName => 0.95,
            Self::NewMarket => 0.20,
            Self::LowPriced => 0.60,
            Self::Concentration => 0.70,
            Self::HeavyBuy => 0.50,
            Self::LargeBuy => 0.65,
            Self::PaidUp => 0.50,
        }
    }
}

/// A set of signals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignalSet(pub u32);

impl SignalSet {
    /// Adds `signal` if `fired`.
    pub fn set(&mut self, signal: Signal, fired: bool) {
        if fired {
            self.0 |= 1 << signal as u8;
        }
    }

    /// Whether `signal` is in the set.
    #[must_use]
    pub fn has(self, signal: Signal) -> bool {
        self.0 & (1 << signal as u8) != 0
    }

    /// Whether any of `signals` is in the set.
    #[must_use]
    pub fn has_any(self, signals: &[Signal]) -> bool {
        signals.iter().any(|s| self.has(*s))
    }

    /// Both sets together.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The set of the signals of these names; `None` where one is none.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let all = || Signal::ACCESS.into_iter().chain(Signal::TRADE).chain([Signal::DormantWakes]);
        names.into_iter().try_fold(Self::default(), |mut set, name| {
            set.set(all().find(|signal| signal.name() == name)?, true);
            Some(set)
        })
    }

    /// The names of the signals, sorted.
    #[must_use]
    pub fn names(self) -> Vec<String> {
        let mut names: Vec<String> = Signal::ACCESS
            .iter()
            .chain(&Signal::TRADE)
            .chain(&[Signal::DormantWakes])
            .filter(|s| self.has(**s))
            .map(|s| s.name().to_owned())
            .collect();
        names.sort_unstable();
        names
    }
}
