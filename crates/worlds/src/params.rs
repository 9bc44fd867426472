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

// What the scored worlds have in common.

/// Hijacked accounts per account and month at the real peak: 5,441 in April 2025 among some 35 million. FSA, derived
pub(crate) const PREVALENCE_REAL: f64 = 1.6e-4;
/// The fewest accounts a ring has; a world with rings has one at least. FSA and press: golden case 10; assumed
pub(crate) const LEAST_RING: usize = 5;
/// Hijacked accounts of a ring on one day: median, sigma, fewest, most. press (10 in one case; turnover of another
/// points to 12 to 55), assumed
pub(crate) const RING_SIZE: (f64, f64, f64, f64) = (12.0, 0.7, 5.0, 60.0);
/// Days on which a ring is at work: one, two, three. assumed
pub(crate) const OUTINGS: [f64; 3] = [0.6, 0.3, 0.1];
/// Names a ring buys on a day: one to four. press (one to nine for each account), assumed
pub(crate) const NAMES_A_DAY: [f64; 4] = [0.55, 0.27, 0.12, 0.06];
/// Days of a campaign over six weeks, and its accounts on each. assumed
pub(crate) const CAMPAIGN_DAYS: (i64, i64) = (6, 9);
pub(crate) const CAMPAIGN_SIZE: (f64, f64, f64, f64) = (6.5, 0.4, 4.0, 15.0);
/// Brokers of a ring's accounts: one, two, three. assumed
pub(crate) const BROKERS_OF_A_RING: [f64; 3] = [0.35, 0.4, 0.25];
/// Rings that buy in Hong Kong after selling in Tokyo. press (the first wave did), share assumed
pub(crate) const HONG_KONG: f64 = 0.12;
/// Price of a bought name in thousandths of a yen. press: 40 to 200 yen
pub(crate) const TARGET_PRICE: (i64, i64) = (40_000, 200_000);
/// Shares a bought name trades on an ordinary day, at least: thinner ones cannot be bought into unseen. press (1,000 to
/// 50,000), assumed
pub(crate) const TARGET_VOLUME: (f64, f64) = (20_000.0, 60_000.0);
/// How far a bought name rises. press: 20 to 40 %
pub(crate) const HEIGHT: (f64, f64) = (0.2, 0.36);
/// The same where each account buys names of its own. assumed
pub(crate) const SCATTERED_HEIGHT: (f64, f64) = (0.05, 0.14);
/// How much of the rise is given back by the close. press: 60 to 90 %
pub(crate) const GIVEN_BACK: (f64, f64) = (0.6, 0.9);
/// Minutes of trading in which a ring buys: median, sigma, fewest, most. press (half an hour to most of a day), assumed
pub(crate) const RISE_MINUTES: (f64, f64, f64, f64) = (55.0, 0.9, 4.0, 290.0);
/// Chance that an account is used from a device or an address used before. assumed: 20 to 40 %
pub(crate) const REUSE: (f64, f64) = (0.2, 0.4);
/// The same for one ring in seven, which is careless. assumed
pub(crate) const REUSE_MUCH: (f64, f64) = (0.4, 0.9);
/// The same where nothing but devices and addresses ties the accounts together. assumed
pub(crate) const REUSE_SCATTERED: (f64, f64) = (0.35, 0.65);
/// New addresses that are a data centre's by mistake. assumed (one to four for each ring)
pub(crate) const HOSTING_MISTAKES: (f64, f64) = (0.05, 0.15);
/// Relays on an address that several homes share: what share of fixed lines do, less some. assumed
pub(crate) const RELAY_SHARED: f64 = 0.25;
/// Rings whose sellers are in the data. assumed: at least half
pub(crate) const SELLER_INSIDE: f64 = 0.75;
/// One, two or three of them. assumed
pub(crate) const SELLERS: [f64; 3] = [0.65, 0.25, 0.1];
/// Sellers at the broker where the ring has the fewest hijacked accounts. press (the one case known), assumed
pub(crate) const SELLER_ELSEWHERE: f64 = 0.7;
/// Sellers that are companies; used from a device of the ring; opened within half a year. assumed
pub(crate) const SELLER_COMPANY: f64 = 0.4;
pub(crate) const SELLER_SHARES: f64 = 0.15;
pub(crate) const SELLER_NEW: f64 = 0.5;
/// Trading days over which a seller buys, and its share of an ordinary day's volume. press: 3 to 20, below 10 %;
/// a little more, as the volume here is a sample's
pub(crate) const PREPARES: (i64, i64) = (3, 18);
pub(crate) const PARTICIPATION: (f64, f64) = (0.06, 0.16);
/// How much of it a seller sells inside the window. press: 80 to 100 %
pub(crate) const SOLD_INSIDE: (f64, f64) = (0.8, 1.0);
/// Accounts of which only a part is sold, and which part. press, assumed
pub(crate) const PARTIAL: f64 = 0.15;
pub(crate) const PARTIAL_PART: (f64, f64) = (0.3, 0.85);
/// In rings that do so: accounts that also buy a large name; that sell what they bought and buy again. assumed
pub(crate) const CAMOUFLAGE: f64 = 0.35;
pub(crate) const CHURN: f64 = 0.3;
/// Accounts sold one day and made to buy on the next. press, share assumed
pub(crate) const OVERNIGHT: f64 = 0.06;
/// Accounts logged into but not traded, per account traded. FSA: 45 to 55 % of accesses lead to trades; fewer here,
/// as most are never tied to a ring. assumed
pub(crate) const ACCESSED: (f64, f64) = (0.1, 0.6);
/// Yen in cash that a hijacked account adds to what was sold: how often, median, sigma; and with nothing to sell.
/// assumed
pub(crate) const CASH: (f64, f64, f64) = (0.4, 250_000.0, 1.0);
pub(crate) const CASH_ONLY: (f64, f64) = (1_500_000.0, 0.8);
/// Less than so many yen to sell in Tokyo is nothing to sell. assumed
pub(crate) const LEAST_WORTH: f64 = 300_000.0;
/// Minutes from login to the first sale: median, sigma, fewest, most. press: 2 to 15, median 5
pub(crate) const FIRST_SALE_MINUTES: (f64, f64, f64, f64) = (5.0, 0.6, 2.0, 15.0);
/// Hijacks noticed by broker or holder, after which the account is closed to orders. FSA: later counts are 20 to 30 %
/// higher, so so many are missed at first
pub(crate) const NOTICED: f64 = 0.75;
/// Of these, holders who change the password within days. assumed
pub(crate) const PASSWORD_AFTER: f64 = 0.6;
/// An account is worth taking by what it holds: half as likely at so many yen. FSA: median sold 9 million. assumed
pub(crate) const WORTH_TAKING: f64 = 5.0e6;
/// Above so many accounts fixed lines need more than the benchmark range.
pub(crate) const LARGE: usize = 120_000;

/// Logins from a line that is neither the holder's home nor office: a friend's, an inn's. assumed
pub(crate) const ELSEWHERE: f64 = 0.025;
/// Such lines per account: with so many, few see two customers. assumed
pub(crate) const ELSEWHERE_LINES: f64 = 0.25;
/// Homes whose address changes within a month: another provider, a reconnected line. assumed
pub(crate) const MOVES_MONTH: f64 = 0.08;

// The crowd of the scored worlds: innocent accounts that look odd, at least as many as in the shipped ones.

/// One day of news, and one name pushed by word of mouth, per so many accounts. assumed
pub(crate) const PER_NEWS: usize = 30_000;
pub(crate) const PER_MEME: usize = 30_000;
/// Rises that nobody in the data makes, per so many accounts. assumed
pub(crate) const PER_RUMOUR: usize = 12_000;
/// Buyers of a pushed name per thousand accounts, fewest and most. assumed
pub(crate) const MEME_BUYERS: (f64, usize, usize) = (8.0, 40, 900);
/// Buyers in a crowd on a phone that is new, and who sell what they have to pay for it. assumed
pub(crate) const CROWD_NEW_PHONE: f64 = 0.08;
pub(crate) const CROWD_FUNDS: f64 = 0.06;
/// Spread of what a buyer in a crowd pays (sigma of a lognormal): one in twenty pays as much as a hijacked account.
/// assumed
pub(crate) const CROWD_SPREAD: f64 = 1.3;
/// The same among those who run after a planted rise. assumed
pub(crate) const CHASER_NEW_PHONE: f64 = 0.2;
pub(crate) const CHASER_FUNDS: f64 = 0.08;
/// People for each planted rise at most: chasers, long-time holders, day traders. assumed
pub(crate) const CHASERS_MOST: usize = 120;
pub(crate) const HOLDERS_MOST: usize = 80;
pub(crate) const DAY_TRADERS_MOST: f64 = 60.0;
/// A rise lower than this catches few eyes: so many chasers and holders. assumed
pub(crate) const FAINT: f64 = 0.145;
pub(crate) const FAINT_CROWD: usize = 3;
/// Families who trade one name from one device, per thousand accounts. assumed
pub(crate) const FAMILIES: f64 = 0.4;
