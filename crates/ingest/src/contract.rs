//! The input tables: names, columns, types and meanings. The only place that states them; readers, the
//! simulator and `itoguchi schema` all look here.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, TimeUnit};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// UTF-8 text.
    Text,
    /// A moment: RFC 3339 with offset in CSV, `timestamp(us, UTC)` in Parquet.
    Time,
    /// A calendar day: `2025-03-17` in CSV, `date32` in Parquet.
    Date,
    /// A floating-point number.
    Float,
    /// A whole number from 0 to 65,535.
    UInt16,
    /// A whole number from 0 to 4,294,967,295.
    UInt32,
}

/// One column of an input table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its title.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnType,
    /// Whether every row must have it.
    pub required: bool,
    /// What it means.
    pub meaning: &'static str,
}

/// One input table.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name, which is also its file's stem.
    pub name: &'static str,
    /// What a row is.
    pub meaning: &'static str,
    /// Its columns.
    pub columns: &'static [Column],
}

/// Equality that constants may use.
const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

const fn must(name: &'static str, kind: ColumnType, meaning: &'static str) -> Column {
    Column { name, kind, required: true, meaning }
}

const fn may(name: &'static str, kind: ColumnType, meaning: &'static str) -> Column {
    Column { name, kind, required: false, meaning }
}

use ColumnType::{Date, Float, Text, Time, UInt16, UInt32};

/// Logins and changes of credentials.
pub const LOGINS: Table = Table {
    name: "logins",
    meaning: "one login, logout or change of credentials",
    columns: &[
        must("broker", Text, "the broker's code"),
        must("account_id", Text, "the broker's own account token"),
        must("time", Time, "when it happened"),
        may(
            "event_type",
            Text,
            "login (default), logout, mfa_fail, mfa_change, password_change, email_change, phone_change, notification_off, bank_change, device_register",
        ),
        may("outcome", Text, "success (default) or failure"),
        may("ip", Text, "IPv4 or IPv6 address"),
        may("src_port", UInt16, "source port; under carrier NAT the subscriber is address, port and time"),
        may("device_id", Text, "the broker's device token or fingerprint"),
        may("user_agent", Text, "the program that logged in"),
        may("asn", UInt32, "autonomous system number"),
        may("country", Text, "ISO 3166-1 alpha-2"),
        may("region", Text, "ISO 3166-2"),
        may(
            "ip_class",
            Text,
            "mobile_cgnat, fixed_shared, fixed, corporate, hosting, vpn, aggregator, unknown",
        ),
        may("session_id", Text, "the broker's session id"),
    ],
};

/// Fills.
pub const EXECUTIONS: Table = Table {
    name: "executions",
    meaning: "one fill of one account; identical rows are separate fills",
    columns: &[
        must("broker", Text, "the broker's code"),
        must("account_id", Text, "the broker's own account token"),
        must("time", Time, "execution time; midnight in Japan of the trade date where only the day is known"),
        may("time_precision", Text, "millis (default), second, minute, day: what the source really knew"),
        must("instrument", Text, "MIC:LOCALCODE of the listing"),
        must("side", Text, "buy, sell or short"),
        must("quantity", Float, "shares, above 0"),
        must("price", Float, "per share in currency, above 0"),
        may("currency", Text, "ISO 4217, JPY by default"),
        may("execution_id", Text, "the broker's id of the fill"),
        may("order_id", Text, "the broker's id of the order"),
        may("session_id", Text, "the broker's session id"),
        may("venue", Text, "where it was executed"),
        may(
            "status",
            Text,
            "new (default), corrected (replaces the earlier row of that execution_id) or cancelled (removes it)",
        ),
        may("counterparty_broker", Text, "the other side's broker, where the source knows it"),
        may("counterparty_account", Text, "the other side's account, where the source knows it"),
    ],
};

/// Facts about accounts.
pub const ACCOUNTS: Table = Table {
    name: "accounts",
    meaning: "one account",
    columns: &[
        must("broker", Text, "the broker's code"),
        must("account_id", Text, "the broker's own account token"),
        may("opened_on", Date, "when it was opened"),
        may("holder_type", Text, "individual or corporate"),
        may("region", Text, "ISO 3166-2"),
    ],
};

/// Positions before the first execution.
pub const HOLDINGS: Table = Table {
    name: "holdings",
    meaning: "one position before the first execution",
    columns: &[
        must("broker", Text, "the broker's code"),
        must("account_id", Text, "the broker's own account token"),
        must("as_of", Time, "when that was so"),
        must("instrument", Text, "MIC:LOCALCODE"),
        must("quantity", Float, "shares, 0 or more"),
    ],
};

/// Prices and volumes of the market.
pub const BARS: Table = Table {
    name: "bars",
    meaning: "one bar of the market",
    columns: &[
        must("instrument", Text, "MIC:LOCALCODE"),
        must("time", Time, "where the bar starts"),
        must("interval", Text, "1d or 1m"),
        must("open", Float, "first price"),
        must("high", Float, "highest price"),
        must("low", Float, "lowest price"),
        must("close", Float, "last price"),
        must("volume", Float, "shares"),
        may("turnover", Float, "money"),
    ],
};

/// Names and codes of the sources.
pub const INSTRUMENTS: Table = Table {
    name: "instruments",
    meaning: "one name or code that a source uses for an instrument",
    columns: &[
        must("alias", Text, "the name or code as the source writes it"),
        may("name", Text, "what the instrument is called"),
        must("instrument", Text, "MIC:LOCALCODE"),
        may("currency", Text, "ISO 4217"),
        may("shares_outstanding", Float, "shares"),
    ],
};

/// Exchange rates.
pub const FX: Table = Table {
    name: "fx",
    meaning: "one exchange rate",
    columns: &[
        must("currency", Text, "ISO 4217"),
        must("date", Date, "which day, in Japan"),
        must("jpy", Float, "yen per unit, above 0"),
    ],
};

/// What is already known.
pub const REPORTS: Table = Table {
    name: "reports",
    meaning: "one thing already known of an account, an analyst's decisions included",
    columns: &[
        must("broker", Text, "the broker's code"),
        must("account_id", Text, "the broker's own account token"),
        must("reported_at", Time, "when"),
        must("kind", Text, "victim, suspect or cleared"),
    ],
};

/// Addresses and devices that somebody has labelled.
pub const INDICATORS: Table = Table {
    name: "indicators",
    meaning: "one address, network or device that a source has labelled",
    columns: &[
        must("type", Text, "ip, cidr, device or asn"),
        must("value", Text, "the value"),
        must("label", Text, "attacker, relay, shared or aggregator: as its source calls it"),
        may("source", Text, "who says so"),
        may("valid_from", Time, "from when"),
        may("valid_until", Time, "until when"),
    ],
};

/// Every input table.
pub const TABLES: [&Table; 9] =
    [&LOGINS, &EXECUTIONS, &ACCOUNTS, &HOLDINGS, &BARS, &INSTRUMENTS, &FX, &REPORTS, &INDICATORS];

impl ColumnType {
    /// The Arrow type this column has in Parquet.
    #[must_use]
    pub fn arrow(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::from("UTC"))),
            Self::Date => DataType::Date32,
            Self::Float => DataType::Float64,
            Self::UInt16 => DataType::UInt16,
            Self::UInt32 => DataType::UInt32,
        }
    }
}

impl Table {
    /// The position of the column `name`.
    ///
    /// # Panics
    /// If there is none; meant for constants, where that stops the build.
    #[must_use]
    pub const fn at(&self, name: &str) -> usize {
        let mut i = 0;
        while i < self.columns.len() {
            if same(self.columns[i].name.as_bytes(), name.as_bytes()) {
                return i;
            }
            i += 1;
        }
        panic!("the contract has no such column")
    }

    /// The Arrow schema of this table, with each column's meaning as field metadata `comment`.
    #[must_use]
    pub fn schema(&self) -> Schema {
        Schema::new(
            self.columns
                .iter()
                .map(|c| {
                    Field::new(c.name, c.kind.arrow(), !c.required)
                        .with_metadata([("comment".to_owned(), c.meaning.to_owned())].into())
                })
                .collect::<Vec<_>>(),
        )
    }
}

/// The table of that name.
#[must_use]
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.into_iter().find(|t| t.name == name)
}
