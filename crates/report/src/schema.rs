//! The output tables: names, columns, types, units and meanings. The only place that states them; the writer,
//! the reader and `itoguchi schema` all look here.

use std::{fmt::Write as _, sync::Arc};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::layout;

/// What a column of a result table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// UTF-8 text.
    Text,
    /// A moment, `timestamp(us, UTC)`.
    Time,
    /// A floating-point number.
    Float,
    /// A whole number from 0 to 4,294,967,295.
    UInt32,
    /// A whole number from 0.
    UInt64,
    /// Yes or no.
    Bool,
    /// A list of texts.
    TextList,
    /// A list of row numbers.
    RowList,
}

/// One column of a result table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its title.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnType,
    /// Whether a row may lack it.
    pub nullable: bool,
    /// What its numbers count; empty where there is nothing to count.
    pub unit: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

/// One result table.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name, which is also its file's stem.
    pub name: &'static str,
    /// What a row is, and in what order rows stand.
    pub meaning: &'static str,
    /// Its columns.
    pub columns: &'static [Column],
}

const fn col(name: &'static str, kind: ColumnType, unit: &'static str, meaning: &'static str) -> Column {
    Column { name, kind, nullable: false, unit, meaning }
}

const fn null(name: &'static str, kind: ColumnType, unit: &'static str, meaning: &'static str) -> Column {
    Column { name, kind, nullable: true, unit, meaning }
}

use ColumnType::{Bool, Float, RowList, Text, TextList, Time, UInt32, UInt64};

/// Rings, highest score first.
pub const RINGS: Table = Table {
    name: "rings",
    meaning: "one group of accounts that two independent families of evidence hold together; highest score first",
    columns: &[
        col("ring_id", Text, "", "stable id, from the ring's earliest hijack episode or earliest evidence"),
        col("score_bits", Float, "bits", "sum over the members, net of the prior"),
        col(
            "likelihood",
            Float,
            "probability",
            "probability that the ring is one, 0 to 1, at most 0.99: arithmetic on the bits, not calibrated on real cases",
        ),
        col("window_start", Time, "", "first act inside the ring"),
        col("window_end", Time, "", "last act inside the ring"),
        col("brokers", TextList, "", "brokers of its members, sorted"),
        col("instruments", TextList, "", "names its victims bought, MIC:LOCALCODE, sorted"),
        col("victims", UInt32, "accounts", "members with a hijack episode"),
        col("sellers", UInt32, "accounts", "suspected seller accounts"),
        col("linked", UInt32, "accounts", "members whose role the data do not show"),
        col("families", TextList, "", "the families of evidence that hold it"),
        null("forced_sales_jpy", Float, "yen", "sells inside the victims' episodes; null where unknown"),
        null("fraudulent_buys_jpy", Float, "yen", "buys inside the victims' episodes; null where unknown"),
        null(
            "estimated_loss_jpy",
            Float,
            "yen",
            "buys less re-sales inside the episodes less what is left at the last close; null without bars",
        ),
        null(
            "seller_proceeds_jpy",
            Float,
            "yen",
            "the sellers' sells of the ring's names inside its bursts, gross",
        ),
        null("seller_profit_jpy", Float, "yen", "seller proceeds less the average cost of the shares sold"),
        col(
            "weakest_point",
            Text,
            "",
            "the single piece of evidence without which the ring or a member falls, in English",
        ),
        col(
            "innocent_explanations",
            TextList,
            "",
            "what speaks for an innocent explanation, with its figure, in English",
        ),
        col("weakest_point_ja", Text, "", "weakest_point in Japanese"),
        col("innocent_explanations_ja", TextList, "", "innocent_explanations in Japanese, in the same order"),
    ],
};

/// Members of rings.
pub const RING_MEMBERS: Table = Table {
    name: "ring_members",
    meaning: "one account in one ring; by ring as in rings, then role, then account",
    columns: &[
        col("ring_id", Text, "", "which ring"),
        col("broker", Text, "", "the broker's code"),
        col("account_id", Text, "", "the broker's own account token"),
        col("role", Text, "", "victim, seller (suspected) or linked"),
        col("bits", Float, "bits", "sum of its evidence less the prior"),
        col(
            "confidence",
            Float,
            "probability",
            "probability that it belongs, 0 to 1, at most 0.99: arithmetic on the bits, not calibrated on real cases",
        ),
        col("first_seen", Time, "", "first act inside the ring"),
        col("last_seen", Time, "", "last act inside the ring"),
    ],
};

/// Devices and addresses of rings.
pub const RING_INFRASTRUCTURE: Table = Table {
    name: "ring_infrastructure",
    meaning: "one device or address that members of a ring share; by ring, kind, value",
    columns: &[
        col("ring_id", Text, "", "which ring"),
        col("kind", Text, "", "ip or device"),
        col("value", Text, "", "the address or device token"),
        col("role", Text, "", "device, relay (believed to be one) or shared; never an accusation"),
        col("bits", Float, "bits", "what sharing it is worth to one pair, without the prior"),
        col("accounts", UInt32, "accounts", "accounts of all the data that used it"),
        col("brokers", TextList, "", "brokers of the ring's members that used it, sorted"),
        col("first_seen", Time, "", "first use by a member inside an episode"),
        col("last_seen", Time, "", "last use by a member inside an episode"),
    ],
};

/// Names that rings traded.
pub const RING_INSTRUMENTS: Table = Table {
    name: "ring_instruments",
    meaning: "one name that a ring's victims bought; by ring, instrument",
    columns: &[
        col("ring_id", Text, "", "which ring"),
        col("instrument", Text, "", "MIC:LOCALCODE"),
        col("first_buy", Time, "", "first purchase by a victim"),
        col("last_buy", Time, "", "last purchase by a victim"),
        null(
            "victim_buy_qty",
            Float,
            "shares",
            "bought by the victims inside their episodes; null over bundles",
        ),
        null(
            "seller_sell_qty",
            Float,
            "shares",
            "sold by the sellers inside the ring's bursts; null over bundles",
        ),
        null("market_qty", Float, "shares", "traded by the whole market on those days; null without bars"),
        null("price_before", Float, "price", "close before the first day; null without bars"),
        null("price_peak", Float, "price", "highest price on those days; null without bars"),
        null("price_after", Float, "price", "close of the last day; null without bars"),
    ],
};

/// The tape of the names that rings traded.
pub const RING_DAYS: Table = Table {
    name: "ring_days",
    meaning: "one name of a ring on one trading day, from up to 20 days before the ring's first to 5 after its last day in it; by ring, instrument, day",
    columns: &[
        col("ring_id", Text, "", "which ring"),
        col("instrument", Text, "", "MIC:LOCALCODE"),
        col("day", Time, "", "midnight in Japan of the trade date"),
        null("open", Float, "price", "first price; null where the data have no bar"),
        null("high", Float, "price", "highest price; null without a bar"),
        null("low", Float, "price", "lowest price; null without a bar"),
        null("close", Float, "price", "last price; null without a bar"),
        null("volume", Float, "shares", "traded by the whole market; null without a bar"),
        null("usual_volume", Float, "shares", "mean volume of up to 20 days before; null without any"),
        null(
            "victim_buy_qty",
            Float,
            "shares",
            "bought by victims and linked members inside their episodes; this and what follows is null over bundles",
        ),
        null(
            "raised_qty",
            Float,
            "shares",
            "of those, bought above the last price that any account of the data had paid before, or above the close before for the first of the day",
        ),
        null("closing_qty", Float, "shares", "of those, bought at 15:25 JST or later"),
        null(
            "matched_qty",
            Float,
            "shares",
            "at most so many of those can have come from the suspected sellers: sold by them in the same minute at the same price",
        ),
        null("seller_buy_qty", Float, "shares", "bought by suspected sellers in the 28 days before"),
        null("seller_sell_qty", Float, "shares", "sold by suspected sellers inside the ring's bursts"),
        null("source_file", Text, "", "the input file of the bar; null without one"),
        null("source_row", UInt64, "", "1-based data record of the bar; null without one"),
    ],
};

/// What suspected sellers did.
pub const RING_SELLERS: Table = Table {
    name: "ring_sellers",
    meaning: "one suspected seller account in one name of a ring; by ring, most proceeds first, account, instrument",
    columns: &[
        col("ring_id", Text, "", "which ring"),
        col("broker", Text, "", "the broker's code"),
        col("account_id", Text, "", "the broker's own account token"),
        col("instrument", Text, "", "MIC:LOCALCODE"),
        null(
            "held_qty",
            Float,
            "shares",
            "held before the first day it sold into the ring, as far as known; this and what follows is null over bundles",
        ),
        null("built_up_qty", Float, "shares", "of those, bought in the 28 days before"),
        null("sold_qty", Float, "shares", "sold inside the ring's bursts"),
        null("overlap_qty", Float, "shares", "of those, sold between the victims' first and last purchase"),
        col("first_sell", Time, "", "first of those sales"),
        col("last_sell", Time, "", "last of those sales"),
        null("proceeds_jpy", Float, "yen", "what those sales brought, gross; null where a rate is missing"),
        null(
            "profit_jpy",
            Float,
            "yen",
            "that less the average cost of the shares sold; null where a cost is unknown",
        ),
    ],
};

/// What members did, row by row.
pub const RING_ACTS: Table = Table {
    name: "ring_acts",
    meaning: "one input row in which a member acted inside a ring; by ring, time, account, content",
    columns: &[
        col("ring_id", Text, "", "which ring"),
        col("broker", Text, "", "the broker's code"),
        col("account_id", Text, "", "the broker's own account token"),
        col("role", Text, "", "victim, seller (suspected) or linked"),
        col(
            "act",
            Text,
            "",
            "the event of a login (login, login_failed, mfa_change, …) or the side of a fill (buy, sell, short)",
        ),
        col("time", Time, "", "when; for day precision midnight in Japan"),
        col("time_precision", Text, "", "millis, second, minute or day: what the source knew"),
        null("ip", Text, "", "the address; null for fills and where not stated"),
        null("src_port", UInt32, "", "source port; null where not stated"),
        null("device_id", Text, "", "the broker's device token; null where not stated"),
        null("user_agent", Text, "", "the program; null where not stated"),
        null("asn", UInt32, "", "autonomous system number; null where not stated"),
        null("country", Text, "", "ISO 3166-1 alpha-2; null where not stated"),
        null("ip_class", Text, "", "kind of network, as the source calls it; null where not stated"),
        null("instrument", Text, "", "MIC:LOCALCODE; null for logins"),
        null("quantity", Float, "shares", "null for logins and over bundles"),
        null("price", Float, "price", "per share, in currency; null for logins and over bundles"),
        null("currency", Text, "", "ISO 4217; null for logins and over bundles"),
        null("amount_jpy", Float, "yen", "price times quantity; null for logins and where a rate is missing"),
        col("source_file", Text, "", "the input file, as named in the manifest"),
        col("source_row", UInt64, "", "1-based data record"),
    ],
};

/// Links between accounts.
pub const LINKS: Table = Table {
    name: "links",
    meaning: "what ties two accounts together, one row per kind; by ring (null last), accounts, kind",
    columns: &[
        null("ring_id", Text, "", "the ring both belong to; null if they share none"),
        col("broker_a", Text, "", "broker of the smaller account"),
        col("account_a", Text, "", "token of the smaller account"),
        col("broker_b", Text, "", "broker of the larger account"),
        col("account_b", Text, "", "token of the larger account"),
        col("kind", Text, "", "ip, device, co_buy, co_sell, co_buy_day, opposite, counterparty, …"),
        col("bits", Float, "bits", "log2 likelihood ratio, without the prior"),
        col("occasions", UInt32, "occasions", "distinct objects and windows"),
        col("acts", UInt32, "pairs of acts", "pairs of acts within the window"),
        null(
            "q_value",
            Float,
            "",
            "false discovery rate at which it is accepted; null where no test applies",
        ),
    ],
};

/// Pieces of evidence.
pub const EVIDENCE: Table = Table {
    name: "evidence",
    meaning: "one piece of evidence and one source file it rests on; by ring, subject, kind, object",
    columns: &[
        col("evidence_id", Text, "", "stable id, from content"),
        null("ring_id", Text, "", "the ring it supports; null if none"),
        col("kind", Text, "", "hijack_episode, device, ip, co_buy, …"),
        col("family", Text, "", "episode, infrastructure, co_trading, opposite, market or reports"),
        col(
            "bits",
            Float,
            "bits",
            "log2 likelihood ratio, on the first row of each evidence_id; 0 on the others",
        ),
        col("subject", Text, "", "whom it speaks of: BROKER/ACCOUNT, a pair A ~ B, or a ring id"),
        col("object", Text, "", "what it rests on: an instrument and day, a device, an address"),
        col("start", Time, "", "first act"),
        col("end", Time, "", "last act"),
        null("source_file", Text, "", "the input file, as named in the manifest; null if it rests on no row"),
        col("source_rows", RowList, "", "its 1-based data records, sorted"),
        col("statement_en", Text, "", "what was seen, in English"),
        col("statement_ja", Text, "", "what was seen, in Japanese"),
    ],
};

/// Hijack episodes.
pub const EPISODES: Table = Table {
    name: "episodes",
    meaning: "one session in which an account looks taken over; by start, account",
    columns: &[
        col("broker", Text, "", "the broker's code"),
        col("account_id", Text, "", "the broker's own account token"),
        col("start", Time, "", "login"),
        col("end", Time, "", "last act"),
        col("bits", Float, "bits", "how unusual it is for this account, without the prior"),
        col("signals", TextList, "", "names of the signals that fired, sorted"),
        null("sold_jpy", Float, "yen", "sold in it; null where a rate is missing"),
        null("bought_jpy", Float, "yen", "bought in it; null where a rate is missing"),
        col("instruments", TextList, "", "names bought in it, sorted"),
    ],
};

/// Bursts of first-time buyers or sellers.
pub const BURSTS: Table = Table {
    name: "bursts",
    meaning: "one name with more first-time buyers or sellers than its history explains; by start, instrument, side",
    columns: &[
        col("instrument", Text, "", "MIC:LOCALCODE"),
        col("side", Text, "", "buy or sell"),
        col("start", Time, "", "first act of the burst"),
        col("end", Time, "", "last act of the burst"),
        col("accounts", UInt32, "accounts", "accounts in it"),
        col("expected", Float, "accounts", "accounts expected from the name's own history"),
        col("q_value", Float, "", "false discovery rate"),
        col("brokers", TextList, "", "their brokers, sorted"),
        null(
            "price_impact",
            Float,
            "ratio",
            "high of the day over the close before, less one; null without bars",
        ),
        null("volume_ratio", Float, "ratio", "volume of the day over the mean of up to 20 days before"),
    ],
};

/// All accounts.
pub const ACCOUNTS: Table = Table {
    name: "accounts",
    meaning: "one account of the data, linked or not; by account",
    columns: &[
        col("broker", Text, "", "the broker's code"),
        col("account_id", Text, "", "the broker's own account token"),
        col("degree", UInt32, "accounts", "accounts it is linked to above the floor"),
        col("community", UInt32, "", "community number; 0 for accounts without links"),
        null("ring_id", Text, "", "the ring in which it has most bits; null if in none"),
        null("role", Text, "", "its role there: victim, seller (suspected) or linked"),
        null("bits", Float, "bits", "its bits there, else of its strongest episode, else null"),
        null(
            "reported",
            TextList,
            "",
            "kinds that reports state of it: cleared, suspect, victim, sorted; null where none does",
        ),
    ],
};

/// Accounts that fell short of being named.
pub const CANDIDATES: Table = Table {
    name: "candidates",
    meaning: "one account that fell short of being named, for review; those near a ring first, then most bits first",
    columns: &[
        null("ring_id", Text, "", "the ring it may belong to; null where nobody of its group was named"),
        col("broker", Text, "", "the broker's code"),
        col("account_id", Text, "", "the broker's own account token"),
        col("kind", Text, "", "what ties it to the others: device, ip or co_buy"),
        col("object", Text, "", "the device, the address, or the names and day"),
        col("bits", Float, "bits", "how odd its session is and what the tie is worth, net of the prior"),
        col("needed", Float, "bits", "what a member must reach"),
        col("missing", TextList, "", "what the data lack that could decide"),
        col("start", Time, "", "first act of the session"),
        col("end", Time, "", "last act of the session"),
        col("source_file", Text, "", "the input file of the row that opens the session"),
        col("source_row", UInt64, "", "1-based data record of that row"),
    ],
};

/// Rows that could not be read.
pub const REJECTS: Table = Table {
    name: "rejects",
    meaning: "one input row that could not be read; by file, row, column",
    columns: &[
        col("source_file", Text, "", "the input file, as named in the manifest"),
        col("row", UInt64, "", "1-based data record; the header is not counted"),
        col("column", Text, "", "which column was at fault"),
        col("value", Text, "", "what it held, shortened"),
        col("reason", Text, "", "why it cannot be read"),
    ],
};

/// What accounts did that others may have done too.
pub const ACTIONS: Table = Table {
    name: "actions",
    meaning: "one action: an account used an address or a device, bought or sold a name; by account, time, kind, object, source",
    columns: &[
        col("broker", Text, "", "the broker's code"),
        col("account_id", Text, "", "the broker's own account token"),
        col("time", Time, "", "when it was done"),
        col("kind", Text, "", "ip, device, buy or sell"),
        col("object", Text, "", "the address (of IPv6 the /64), device or instrument"),
        null(
            "occasion_start",
            Time,
            "",
            "start of the occasion it belongs to; null where it belongs to none",
        ),
        col("source_file", Text, "", "the input file, as named in the manifest"),
        col("source_row", UInt64, "", "1-based data record of that file"),
    ],
};

/// As `links`, with those too weak for it.
pub const ALL_LINKS: Table = Table {
    name: "all_links",
    meaning: "one pair of accounts and kind, as in links, with those of fewer bits than it asks for, \
              down to the setting tables.link_floor_bits; most are chance; by ring_id (null last), accounts, kind",
    columns: LINKS.columns,
};

/// What every account did from one entry to the next.
pub const OCCASIONS: Table = Table {
    name: "occasions",
    meaning: "one occasion: what an account did from one entry to the next, odd or not; by account, start",
    columns: &[
        col("broker", Text, "", "the broker's code"),
        col("account_id", Text, "", "the broker's own account token"),
        col("start", Time, "", "login; first fill where no login is known"),
        col("end", Time, "", "last act"),
        col("bits", Float, "bits", "how unusual it is for this account, without the prior; negative: usual"),
        col("access_bits", Float, "bits", "of those, how the account was entered"),
        col("trading_bits", Float, "bits", "of those, what was traded"),
        col("signals", TextList, "", "names of the signals that fired, sorted"),
        col("logins", UInt32, "logins", "logins joined in it"),
        col("fills", UInt32, "fills", "fills in it"),
        col("history", UInt32, "logins", "logins of the account before it"),
        col("day_only", Bool, "", "whether only the day of its fills is known"),
        col("marked", Bool, "", "whether it is odd enough to be linked to others"),
        null("sold_jpy", Float, "yen", "sold in it; null where a rate is missing"),
        null("bought_jpy", Float, "yen", "bought in it; null where a rate is missing"),
        col("instruments", TextList, "", "names bought in it, sorted"),
    ],
};

/// Accounts in numbers.
pub const ACCOUNT_FEATURES: Table = Table {
    name: "account_features",
    meaning: "one account in numbers, for models of one's own; nothing in it knows a truth; by account",
    columns: &[
        col("broker", Text, "", "the broker's code"),
        col("account_id", Text, "", "the broker's own account token"),
        null("first_seen", Time, "", "first act in the data; null for an account without any"),
        null("last_seen", Time, "", "last act in the data; null for an account without any"),
        col("history_days", UInt32, "days", "days in Japan from the first act to the last, both included"),
        col("active_days", UInt32, "days", "days in Japan with an act"),
        col("logins", UInt32, "logins", "successful logins"),
        col("login_failures", UInt32, "logins", "failed logins and failed codes"),
        col(
            "credential_changes",
            UInt32,
            "changes",
            "changes of password, codes, contact, bank or notification, and new devices registered",
        ),
        col("devices", UInt32, "devices", "distinct device tokens"),
        col("addresses", UInt32, "addresses", "distinct addresses; of IPv6 distinct /64"),
        col("buys", UInt32, "fills", "purchases"),
        col("sells", UInt32, "fills", "sales, short ones too"),
        col("instruments", UInt32, "instruments", "distinct names traded"),
        null("bought_jpy", Float, "yen", "bought; null where a rate is missing"),
        null("sold_jpy", Float, "yen", "sold; null where a rate is missing"),
        col("occasions", UInt32, "occasions", "its rows of occasions"),
        col("marked", UInt32, "occasions", "of those, odd enough to be linked to others"),
        col(
            "episodes",
            UInt32,
            "episodes",
            "of those, with odd access and odd trading both: its rows of episodes",
        ),
        null("oddest_bits", Float, "bits", "bits of its oddest occasion; null without occasions"),
        col("degree", UInt32, "accounts", "accounts it is linked to above the floor: as in accounts"),
        col("links_device", UInt32, "links", "its links of kind device"),
        col("bits_device", Float, "bits", "of the strongest of those, without the prior; 0 without any"),
        col("links_ip", UInt32, "links", "its links of kind ip"),
        col("bits_ip", Float, "bits", "of the strongest of those, without the prior; 0 without any"),
        col("links_co_buy", UInt32, "links", "its links of kind co_buy"),
        col("bits_co_buy", Float, "bits", "of the strongest of those, without the prior; 0 without any"),
        col("links_co_sell", UInt32, "links", "its links of kind co_sell"),
        col("bits_co_sell", Float, "bits", "of the strongest of those, without the prior; 0 without any"),
        col("links_co_buy_day", UInt32, "links", "its links of kind co_buy_day"),
        col("bits_co_buy_day", Float, "bits", "of the strongest of those, without the prior; 0 without any"),
        col("links_opposite", UInt32, "links", "its links of kind opposite"),
        col("bits_opposite", Float, "bits", "of the strongest of those, without the prior; 0 without any"),
        col("links_possible_match", UInt32, "links", "its links of kind possible_match"),
        col(
            "bits_possible_match",
            Float,
            "bits",
            "of the strongest of those, without the prior; 0 without any",
        ),
        col("links_counterparty", UInt32, "links", "its links of kind counterparty"),
        col(
            "bits_counterparty",
            Float,
            "bits",
            "of the strongest of those, without the prior; 0 without any",
        ),
        col(
            "community",
            UInt32,
            "",
            "community number at the resolution of the settings: as in accounts; 0 for accounts without links",
        ),
        col(
            "community_accounts",
            UInt32,
            "accounts",
            "accounts of that community; 0 for accounts without links",
        ),
        col(
            "community_10x",
            UInt32,
            "",
            "community number at ten times that resolution; 0 for accounts without links",
        ),
        col(
            "community_10x_accounts",
            UInt32,
            "accounts",
            "accounts of that community; 0 for accounts without links",
        ),
        col(
            "community_100x",
            UInt32,
            "",
            "community number at a hundred times that resolution; 0 for accounts without links",
        ),
        col(
            "community_100x_accounts",
            UInt32,
            "accounts",
            "accounts of that community; 0 for accounts without links",
        ),
    ],
};

/// Tables that `--tables all` adds.
pub const WIDE_TABLES: [&Table; 4] = [&ACTIONS, &ALL_LINKS, &OCCASIONS, &ACCOUNT_FEATURES];

/// Every result table, in the contract's order.
pub const TABLES: [&Table; 14] = [
    &RINGS,
    &RING_MEMBERS,
    &RING_INFRASTRUCTURE,
    &RING_INSTRUMENTS,
    &RING_DAYS,
    &RING_SELLERS,
    &RING_ACTS,
    &LINKS,
    &EVIDENCE,
    &EPISODES,
    &BURSTS,
    &ACCOUNTS,
    &CANDIDATES,
    &REJECTS,
];

/// The result table of that name.
#[must_use]
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.into_iter().chain(WIDE_TABLES).find(|t| t.name == name)
}

impl ColumnType {
    /// The Arrow type this column has in Parquet. Items of lists are never null.
    #[must_use]
    pub fn arrow(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::from("UTC"))),
            Self::Float => DataType::Float64,
            Self::UInt32 => DataType::UInt32,
            Self::UInt64 => DataType::UInt64,
            Self::Bool => DataType::Boolean,
            Self::TextList => DataType::List(item(DataType::Utf8)),
            Self::RowList => DataType::List(item(DataType::UInt64)),
        }
    }

    /// The name of the type as the contract writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Time => "timestamp(us, UTC)",
            Self::Float => "float64",
            Self::UInt32 => "uint32",
            Self::UInt64 => "uint64",
            Self::Bool => "bool",
            Self::TextList => "list<string>",
            Self::RowList => "list<uint64>",
        }
    }
}

/// The field of a list's items, as Parquet names it.
pub(crate) fn item(kind: DataType) -> Arc<Field> {
    Arc::new(Field::new("element", kind, false))
}

impl Column {
    /// Meaning and unit in one line, as the `comment` of the Arrow field says it.
    #[must_use]
    pub fn comment(&self) -> String {
        if self.unit.is_empty() {
            self.meaning.to_owned()
        } else {
            format!("{} [{}]", self.meaning, self.unit)
        }
    }
}

impl Table {
    /// The Arrow schema: each field's metadata holds its meaning as `comment`, the schema's metadata the table's.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        let fields = self.columns.iter().map(|c| {
            Field::new(c.name, c.kind.arrow(), c.nullable)
                .with_metadata([("comment".to_owned(), c.comment())].into())
        });
        let metadata = [("comment".to_owned(), self.meaning.to_owned())];
        Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), metadata.into()))
    }

    /// This table as [`render_table`] takes it.
    #[must_use]
    pub fn described(&self) -> Described {
        let column = |c: &Column| DescribedColumn {
            name: c.name.to_owned(),
            kind: c.kind.name().to_owned(),
            nullable: c.nullable,
            meaning: c.comment(),
        };
        Described {
            name: self.name.to_owned(),
            meaning: self.meaning.to_owned(),
            columns: self.columns.iter().map(column).collect(),
        }
    }
}

/// Any table, described for people: input tables come from the reader's contract, result tables from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its name.
    pub name: String,
    /// What a row is.
    pub meaning: String,
    /// Its columns.
    pub columns: Vec<DescribedColumn>,
}

/// One column of a [`Described`] table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescribedColumn {
    /// Its title.
    pub name: String,
    /// Its type, as the contract writes it.
    pub kind: String,
    /// Whether a row may lack it.
    pub nullable: bool,
    /// What it means, unit included.
    pub meaning: String,
}

/// Renders one table in plain text: its name and meaning, then a line per column (name, type, `null` where a row
/// may lack it, meaning). Long meanings wrap to `width` columns under themselves.
#[must_use]
pub fn render_table(table: &Described, width: usize) -> String {
    let longest = |part: fn(&DescribedColumn) -> &str| {
        table.columns.iter().map(|c| layout::width(part(c))).max().unwrap_or(0)
    };
    let (names, kinds) = (longest(|c| &c.name), longest(|c| &c.kind));
    let mut out = format!("{}\n", table.name);
    out.push_str(&layout::wrap(&table.meaning, width, "  ", "  "));
    for c in &table.columns {
        let null = if c.nullable { "null" } else { "    " };
        let head = format!("    {:names$}  {:kinds$}  {null}  ", c.name, c.kind);
        if layout::width(&head) + 24 <= width {
            let rest = " ".repeat(layout::width(&head));
            out.push_str(&layout::wrap(&c.meaning, width, &head, &rest));
        } else {
            let _ = writeln!(out, "{}", head.trim_end());
            out.push_str(&layout::wrap(&c.meaning, width, "        ", "        "));
        }
    }
    out
}

/// The result tables (or the one of that name) in plain text; `None` if no result table has that name.
#[must_use]
pub fn schema_text(name: Option<&str>) -> Option<String> {
    let chosen: Vec<&Table> = match name {
        Some(name) => vec![table(name)?],
        None => TABLES.into_iter().chain(WIDE_TABLES).collect(),
    };
    let texts: Vec<String> = chosen.iter().map(|t| render_table(&t.described(), 100)).collect();
    Some(texts.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contract's columns, typed in again: a renamed or moved column must fail here.
    #[test]
    fn tables_and_columns_stand_as_the_contract_fixes_them() {
        let expected = [
            "rings: ring_id score_bits likelihood window_start window_end brokers instruments victims sellers linked families forced_sales_jpy fraudulent_buys_jpy estimated_loss_jpy seller_proceeds_jpy seller_profit_jpy weakest_point innocent_explanations weakest_point_ja innocent_explanations_ja",
            "ring_members: ring_id broker account_id role bits confidence first_seen last_seen",
            "ring_infrastructure: ring_id kind value role bits accounts brokers first_seen last_seen",
            "ring_instruments: ring_id instrument first_buy last_buy victim_buy_qty seller_sell_qty market_qty price_before price_peak price_after",
            "ring_days: ring_id instrument day open high low close volume usual_volume victim_buy_qty raised_qty closing_qty matched_qty seller_buy_qty seller_sell_qty source_file source_row",
            "ring_sellers: ring_id broker account_id instrument held_qty built_up_qty sold_qty overlap_qty first_sell last_sell proceeds_jpy profit_jpy",
            "ring_acts: ring_id broker account_id role act time time_precision ip src_port device_id user_agent asn country ip_class instrument quantity price currency amount_jpy source_file source_row",
            "links: ring_id broker_a account_a broker_b account_b kind bits occasions acts q_value",
            "evidence: evidence_id ring_id kind family bits subject object start end source_file source_rows statement_en statement_ja",
            "episodes: broker account_id start end bits signals sold_jpy bought_jpy instruments",
            "bursts: instrument side start end accounts expected q_value brokers price_impact volume_ratio",
            "accounts: broker account_id degree community ring_id role bits reported",
            "candidates: ring_id broker account_id kind object bits needed missing start end source_file source_row",
            "rejects: source_file row column value reason",
        ];
        let line = |t: &&Table| {
            let columns: Vec<&str> = t.columns.iter().map(|c| c.name).collect();
            format!("{}: {}", t.name, columns.join(" "))
        };
        assert_eq!(TABLES.iter().map(line).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn every_column_says_what_it_means() {
        for t in TABLES.into_iter().chain(WIDE_TABLES) {
            let schema = t.schema();
            assert!(schema.metadata().contains_key("comment"));
            for field in schema.fields() {
                assert!(field.metadata()["comment"].len() > 4, "{}.{}", t.name, field.name());
            }
        }
        assert_eq!(RINGS.columns[1].comment(), "sum over the members, net of the prior [bits]");
    }

    #[test]
    fn schema_text_fits_and_knows_its_tables() {
        let all = schema_text(None).unwrap();
        assert!(all.lines().all(|l| layout::width(l) <= 100));
        assert!(all.contains("score_bits"));
        assert!(schema_text(Some("links")).unwrap().starts_with("links\n"));
        assert_eq!(schema_text(Some("logins")), None);
        let narrow = render_table(&EVIDENCE.described(), 60);
        assert!(narrow.lines().all(|l| layout::width(l) <= 60), "{narrow}");
    }
}
