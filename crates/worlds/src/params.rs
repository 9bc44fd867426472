//! Every number the worlds are drawn from, with where it comes from: `press` and `FSA` are figures published in
//! 2025, `assumed` is a choice of ours.

/// Brokers and their share of accounts. assumed, after the published numbers of accounts.
pub(crate) const BROKERS: [(&str, f64); 3] = [("RAKUTEN", 0.39), ("SBI", 0.45), ("NOMURA", 0.16)];
pub(crate) const RAKUTEN: u8 = 0;
pub(crate) const SBI: u8 = 1;
pub(crate) const NOMURA: u8 = 2;

/// Logins a day of an ordinary account: 9 % of accounts on a day, 1.6 logins each. assumed
pub(crate) const LOGINS_PER_DAY: f64 = 0.144;
/// Spread of the logins between accounts (sigma of a lognormal): a heavy tail. assumed
pub(crate) const LOGIN_SPREAD: f64 = 1.2;
/// How much of the weekday's logins a weekend day has. assumed
pub(crate) const WEEKEND: f64 = 0.4;
/// Accounts that trade on a day: 3 to 4 %. assumed
pub(crate) const TRADES_PER_DAY: f64 = 0.035;
/// Spread of the trading between accounts. assumed
pub(crate) const TRADE_SPREAD: f64 = 1.2;
/// Orders of a trading visit. assumed
pub(crate) const ORDERS: f64 = 2.2;
/// Yen of an order: median and sigma of a lognormal. assumed
pub(crate) const ORDER_YEN: (f64, f64) = (350_000.0, 1.3);
/// Yen held by an account: median and sigma of a lognormal. assumed
pub(crate) const WEALTH: (f64, f64) = (1_800_000.0, 1.4);
/// Accounts with no holdings at the start. assumed
pub(crate) const EMPTY: f64 = 0.25;
/// Accounts held by companies. assumed
pub(crate) const CORPORATE: f64 = 0.015;
/// Accounts that also trade in Hong Kong and New York. assumed
pub(crate) const FOREIGN: f64 = 0.12;
/// Share of trading visits that sell everything at once. assumed
pub(crate) const REBALANCE: f64 = 0.015;

/// One, two or three devices. assumed
pub(crate) const DEVICES: [f64; 3] = [0.55, 0.32, 0.13];
/// A device replaced per month, or the app installed anew, which gives a new id too. assumed
pub(crate) const NEW_DEVICE_MONTH: f64 = 0.035;
/// Accounts whose login records carry no device. assumed
pub(crate) const NO_DEVICE_SHARE: f64 = 0.02;
/// Accounts that share a household with one before them. assumed
pub(crate) const HOUSEHOLD: f64 = 0.04;
/// Households whose accounts are used from one device. assumed
pub(crate) const HOUSEHOLD_DEVICE: f64 = 0.75;

/// Homes whose IPv4 address is shared with neighbours (MAP-E, DS-Lite). assumed
pub(crate) const HOME_SHARED: f64 = 0.42;
/// Logins of a phone that go through a mobile carrier. assumed
pub(crate) const MOBILE: f64 = 0.6;
/// Accounts that log in from an office. assumed
pub(crate) const OFFICE: f64 = 0.12;
/// Accounts behind one office's address. assumed
pub(crate) const PER_OFFICE: usize = 24;
/// Accounts behind one mobile carrier's address (a sample of the thousands there really are). assumed
pub(crate) const PER_CGNAT: usize = 220;
/// Accounts behind one shared fixed address (a sample too). assumed
pub(crate) const PER_SHARED: usize = 7;
/// Accounts that an aggregator reads. assumed
pub(crate) const AGGREGATED: f64 = 0.04;
/// Accounts that sometimes come through a VPN or a data centre. assumed
pub(crate) const VPN: f64 = 0.02;

/// Passwords changed per login. assumed
pub(crate) const PASSWORD_CHANGE: f64 = 0.006;
/// Notifications switched off or a mail address changed per login. assumed
pub(crate) const CONTACT_CHANGE: f64 = 0.002;
/// Logins preceded by a failure. assumed
pub(crate) const FAILURE: f64 = 0.03;
/// Logins with a logout row. assumed
pub(crate) const LOGOUT: f64 = 0.18;

/// Hijacked accounts that are looked at first, 1 to 21 days before. assumed
pub(crate) const RECON: f64 = 0.35;
/// Hijacked accounts whose notifications or mail address are changed first. assumed
pub(crate) const SILENCED: f64 = 0.15;
/// Minutes from login to the first sale, from the sales to the purchases, and how long either lasts. press, assumed
pub(crate) const FIRST_SALE: (i64, i64) = (2, 15);
pub(crate) const SELLING: (i64, i64) = (3, 25);
pub(crate) const PAUSE: (i64, i64) = (1, 30);
pub(crate) const BUYING: (i64, i64) = (4, 25);
/// Hijacked accounts per account and month in the generic world; the real peak was 1.6e-4. FSA, assumed
pub(crate) const PREVALENCE: f64 = 12.5e-4;

/// Prefectures 1 to 47 in proportion to their people, roughly. public statistics, rounded
pub(crate) const PREFECTURES: [f64; 47] = [
    5.1, 1.2, 1.2, 2.3, 0.9, 1.0, 1.8, 2.8, 1.9, 1.9, 7.3, 6.3, 14.0, 9.2, 2.1, 1.0, 1.1, 0.7, 0.8, 2.0, 1.9,
    3.6, 7.5, 1.7, 1.4, 2.5, 8.8, 5.4, 1.3, 0.9, 0.5, 0.6, 1.9, 2.8, 1.3, 0.7, 0.9, 1.3, 0.7, 5.1, 0.8, 1.3,
    1.7, 1.1, 1.0, 1.6, 1.5,
];

/// Programs that log in: text, and whether it is a phone's.
pub(crate) const AGENTS: [(&str, bool); 10] = [
    ("app/6.2 iOS 18.3", true),
    ("app/6.1 iOS 17.6", true),
    ("app/6.2 Android 14", true),
    ("app/6.0 Android 13", true),
    ("Safari 18 iOS", true),
    ("Chrome 134 Windows", false),
    ("Chrome 133 Windows", false),
    ("Edge 134 Windows", false),
    ("Safari 18 macOS", false),
    ("desktop-tool/3.4", false),
];
pub(crate) const AGGREGATOR_AGENT: u8 = 255;
