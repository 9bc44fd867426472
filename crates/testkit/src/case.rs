//! A case written by hand, row by row, with names instead of ids.
//!
//! [`CaseBuilder::build`] ranks every name and sorts every table as the reader does, so that a test reads like the
//! rows of the files and the code under test sees what it would see after reading them.

use std::{collections::BTreeSet, net::IpAddr};

use itoguchi_model::{
    AccountId, BrokerId, DeviceId, Instant, InstrumentId, IpId, JstDate, Precision, RowRef, Scaled, Side,
    TextId,
    tables::{
        AccountFacts, Bar, Case, Execution, FxRate, HolderType, Holding, Interval, Ip, IpClass, Login,
        LoginEvent, Names, Report, ReportKind, SourceFile,
    },
    time::{HOUR, MINUTE},
};

/// The day `n` days after the first of the invented calendar (2024-10-04).
#[must_use]
pub fn day(n: i32) -> JstDate {
    JstDate(20_000 + n)
}

/// `hour:minute` in Japan on [`day`] `n`.
#[must_use]
pub fn at(n: i32, hour: i64, minute: i64) -> Instant {
    day(n).midnight().plus(hour * HOUR + minute * MINUTE)
}

/// `value` in millionths.
///
/// # Panics
/// If it has no such value: the test is wrong.
#[must_use]
pub fn scaled(value: f64) -> Scaled {
    Scaled::from_f64(value).expect("a test's number is finite and small")
}

/// A row of `logins` to come: a successful login from nowhere in particular.
#[derive(Clone, Debug)]
pub struct LoginRow {
    account: String,
    time: Instant,
    event: LoginEvent,
    success: bool,
    ip: Option<IpAddr>,
    device: Option<String>,
    asn: Option<u32>,
    country: [u8; 2],
    region: Option<String>,
    class: IpClass,
    session: Option<String>,
}

/// A successful login of `account` (`BROKER/TOKEN`).
#[must_use]
pub fn login(account: &str, time: Instant) -> LoginRow {
    LoginRow {
        account: account.to_owned(),
        time,
        event: LoginEvent::Login,
        success: true,
        ip: None,
        device: None,
        asn: None,
        country: *b"  ",
        region: None,
        class: IpClass::Unknown,
        session: None,
    }
}

impl LoginRow {
    /// Another event than a login.
    #[must_use]
    pub fn event(self, event: LoginEvent) -> Self {
        Self { event, ..self }
    }

    /// It did not succeed.
    #[must_use]
    pub fn failed(self) -> Self {
        Self { success: false, ..self }
    }

    /// From this address.
    ///
    /// # Panics
    /// If `ip` is no address: the test is wrong.
    #[must_use]
    pub fn ip(self, ip: &str) -> Self {
        Self { ip: Some(ip.parse().expect("a test's address is an address")), ..self }
    }

    /// From this device.
    #[must_use]
    pub fn device(self, device: &str) -> Self {
        Self { device: Some(device.to_owned()), ..self }
    }

    /// From this autonomous system.
    #[must_use]
    pub fn asn(self, asn: u32) -> Self {
        Self { asn: Some(asn), ..self }
    }

    /// From this country.
    #[must_use]
    pub fn country(self, country: [u8; 2]) -> Self {
        Self { country, ..self }
    }

    /// From this region, in Japan if no country was said.
    #[must_use]
    pub fn region(self, region: &str) -> Self {
        let country = if self.country == *b"  " { *b"JP" } else { self.country };
        Self { region: Some(region.to_owned()), country, ..self }
    }

    /// From a network of this kind.
    #[must_use]
    pub fn class(self, class: IpClass) -> Self {
        Self { class, ..self }
    }

    /// With this session id.
    #[must_use]
    pub fn session(self, session: &str) -> Self {
        Self { session: Some(session.to_owned()), ..self }
    }
}

/// A row of `executions` to come.
#[derive(Clone, Debug)]
pub struct FillRow {
    account: String,
    time: Instant,
    precision: Precision,
    instrument: String,
    side: Side,
    quantity: f64,
    price: f64,
    currency: [u8; 3],
    session: Option<String>,
    counterparty: Option<String>,
}

/// `account` traded `quantity` shares of `instrument` at `price` yen.
#[must_use]
pub fn fill(
    account: &str,
    time: Instant,
    side: Side,
    instrument: &str,
    quantity: f64,
    price: f64,
) -> FillRow {
    FillRow {
        account: account.to_owned(),
        time,
        precision: Precision::Millis,
        instrument: instrument.to_owned(),
        side,
        quantity,
        price,
        currency: *b"JPY",
        session: None,
        counterparty: None,
    }
}

/// `account` bought.
#[must_use]
pub fn buy(account: &str, time: Instant, instrument: &str, quantity: f64, price: f64) -> FillRow {
    fill(account, time, Side::Buy, instrument, quantity, price)
}

/// `account` sold what it held.
#[must_use]
pub fn sell(account: &str, time: Instant, instrument: &str, quantity: f64, price: f64) -> FillRow {
    fill(account, time, Side::Sell, instrument, quantity, price)
}

impl FillRow {
    /// With this session id.
    #[must_use]
    pub fn session(self, session: &str) -> Self {
        Self { session: Some(session.to_owned()), ..self }
    }

    /// In this currency.
    #[must_use]
    pub fn currency(self, currency: [u8; 3]) -> Self {
        Self { currency, ..self }
    }

    /// Only its day is known.
    #[must_use]
    pub fn day_only(self) -> Self {
        Self { time: self.time.jst_date().midnight(), precision: Precision::Day, ..self }
    }

    /// The source names the other side.
    #[must_use]
    pub fn counterparty(self, account: &str) -> Self {
        Self { counterparty: Some(account.to_owned()), ..self }
    }
}

/// Rows in the order in which files would hold them.
#[derive(Clone, Debug, Default)]
pub struct CaseBuilder {
    logins: Vec<LoginRow>,
    fills: Vec<FillRow>,
    holdings: Vec<(String, String, f64)>,
    bars: Vec<(String, JstDate, f64, f64)>,
    rates: Vec<([u8; 3], JstDate, f64)>,
    accounts: Vec<(String, Option<JstDate>, Option<HolderType>)>,
    reports: Vec<(String, Instant, ReportKind)>,
}

const TABLES: [&str; 7] = ["accounts", "bars", "executions", "fx", "holdings", "logins", "reports"];

impl CaseBuilder {
    /// No rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row of `logins`.
    #[must_use]
    pub fn login(mut self, row: LoginRow) -> Self {
        self.logins.push(row);
        self
    }

    /// Adds a row of `executions`.
    #[must_use]
    pub fn fill(mut self, row: FillRow) -> Self {
        self.fills.push(row);
        self
    }

    /// Adds rows of `logins`.
    #[must_use]
    pub fn logins(mut self, rows: impl IntoIterator<Item = LoginRow>) -> Self {
        self.logins.extend(rows);
        self
    }

    /// Adds rows of `executions`.
    #[must_use]
    pub fn fills(mut self, rows: impl IntoIterator<Item = FillRow>) -> Self {
        self.fills.extend(rows);
        self
    }

    /// `account` held `quantity` shares before [`day`] 0.
    #[must_use]
    pub fn holding(mut self, account: &str, instrument: &str, quantity: f64) -> Self {
        self.holdings.push((account.to_owned(), instrument.to_owned(), quantity));
        self
    }

    /// `instrument` was at `price` all day and `volume` shares changed hands.
    #[must_use]
    pub fn bar(mut self, instrument: &str, date: JstDate, price: f64, volume: f64) -> Self {
        self.bars.push((instrument.to_owned(), date, price, volume));
        self
    }

    /// One unit of `currency` cost `jpy` yen.
    #[must_use]
    pub fn rate(mut self, currency: [u8; 3], date: JstDate, jpy: f64) -> Self {
        self.rates.push((currency, date, jpy));
        self
    }

    /// A row of `accounts`. Also makes an account known that has no other row.
    #[must_use]
    pub fn account(mut self, account: &str, opened_on: Option<JstDate>, holder: Option<HolderType>) -> Self {
        self.accounts.push((account.to_owned(), opened_on, holder));
        self
    }

    /// A row of `reports`.
    #[must_use]
    pub fn report(mut self, account: &str, time: Instant, kind: ReportKind) -> Self {
        self.reports.push((account.to_owned(), time, kind));
        self
    }

    /// The same rows, each file upside down.
    #[must_use]
    pub fn upside_down(mut self) -> Self {
        self.logins.reverse();
        self.fills.reverse();
        self.holdings.reverse();
        self.bars.reverse();
        self.rates.reverse();
        self.accounts.reverse();
        self.reports.reverse();
        self
    }

    /// The case: names ranked, tables sorted.
    #[must_use]
    pub fn build(&self) -> Case {
        let names = self.names();
        let mut case = Case {
            logins: rows(&self.logins, "logins", |row, source| login_row(&names, row, source)),
            executions: rows(&self.fills, "executions", |row, source| execution(&names, row, source)),
            accounts: rows(&self.accounts, "accounts", |(account, opened_on, holder_type), source| {
                AccountFacts {
                    account: account_id(&names, account),
                    opened_on: *opened_on,
                    holder_type: *holder_type,
                    region: TextId::NONE,
                    source,
                }
            }),
            holdings: rows(&self.holdings, "holdings", |(account, instrument, quantity), source| Holding {
                account: account_id(&names, account),
                instrument: InstrumentId(rank(&names.instruments, instrument)),
                as_of: day(0).midnight(),
                quantity: scaled(*quantity),
                source,
            }),
            bars: rows(&self.bars, "bars", |(instrument, date, price, volume), source| {
                let price = scaled(*price);
                Bar {
                    instrument: InstrumentId(rank(&names.instruments, instrument)),
                    interval: Interval::Day,
                    time: date.midnight(),
                    open: price,
                    high: price,
                    low: price,
                    close: price,
                    volume: scaled(*volume),
                    turnover: None,
                    source,
                }
            }),
            fx: rows(&self.rates, "fx", |(currency, date, jpy), source| FxRate {
                currency: *currency,
                date: *date,
                jpy: scaled(*jpy),
                source,
            }),
            reports: rows(&self.reports, "reports", |(account, reported_at, kind), source| Report {
                account: account_id(&names, account),
                reported_at: *reported_at,
                kind: *kind,
                source,
            }),
            sources: TABLES.iter().map(|table| source(table)).collect(),
            ..Case::default()
        };
        case.names = names;
        case
    }

    fn names(&self) -> Names {
        let logins = self.logins.iter().map(|r| r.account.as_str());
        let fills = self.fills.iter().flat_map(|r| [Some(r.account.as_str()), r.counterparty.as_deref()]);
        let others = self.holdings.iter().map(|r| r.0.as_str());
        let others = others.chain(self.accounts.iter().map(|r| r.0.as_str()));
        let others = others.chain(self.reports.iter().map(|r| r.0.as_str()));
        let accounts: BTreeSet<(&str, &str)> =
            logins.chain(fills.flatten()).chain(others).map(split).collect();
        let brokers: BTreeSet<&str> = accounts.iter().map(|a| a.0).collect();
        let brokers = listed(brokers);
        let instruments = self.fills.iter().map(|r| r.instrument.as_str());
        let instruments = instruments.chain(self.holdings.iter().map(|r| r.1.as_str()));
        let instruments = instruments.chain(self.bars.iter().map(|r| r.0.as_str()));
        let texts = self.logins.iter().flat_map(|r| [r.region.as_deref(), r.session.as_deref()]);
        let texts = texts.chain(self.fills.iter().map(|r| r.session.as_deref()));
        let ips: BTreeSet<IpAddr> = self.logins.iter().filter_map(|r| r.ip).collect();
        Names {
            accounts: accounts
                .into_iter()
                .map(|(broker, token)| (BrokerId(rank(&brokers, broker)), token.to_owned()))
                .collect(),
            brokers,
            instruments: listed(instruments.collect()),
            devices: listed(self.logins.iter().filter_map(|r| r.device.as_deref()).collect()),
            ips: ips.into_iter().map(Ip::Address).collect(),
            texts: texts.flatten().collect::<BTreeSet<&str>>().into_iter().collect(),
        }
    }
}

/// The account `BROKER/TOKEN` of a case.
///
/// # Panics
/// If the case has no such account: the test is wrong.
#[must_use]
pub fn account_id(names: &Names, account: &str) -> AccountId {
    let (broker, token) = split(account);
    names.find_account(broker, token).expect("the account is in the case")
}

fn split(account: &str) -> (&str, &str) {
    account.split_once('/').expect("accounts of tests are written BROKER/TOKEN")
}

fn listed(distinct: BTreeSet<&str>) -> Vec<String> {
    distinct.into_iter().map(str::to_owned).collect()
}

fn rank(sorted: &[String], text: &str) -> u32 {
    let found = sorted.binary_search_by(|t| t.as_str().cmp(text));
    found.expect("every name was collected before") as u32
}

fn rows<R, T: Ord>(written: &[R], table: &str, make: impl Fn(&R, RowRef) -> T) -> Vec<T> {
    let file = TABLES.iter().position(|t| *t == table).expect("a table of the list") as u32;
    let mut made: Vec<T> =
        written.iter().zip(1..).map(|(written, row)| make(written, RowRef { file, row })).collect();
    made.sort_unstable();
    made
}

fn login_row(names: &Names, row: &LoginRow, source: RowRef) -> Login {
    Login {
        account: account_id(names, &row.account),
        time: row.time,
        event: row.event,
        success: row.success,
        ip:
            row.ip.map_or(IpId::NONE, |ip| {
                IpId(names.ips.binary_search(&Ip::Address(ip)).expect("every address was collected before")
                    as u32)
            }),
        src_port: None,
        device: row.device.as_ref().map_or(DeviceId::NONE, |d| DeviceId(rank(&names.devices, d))),
        user_agent: TextId::NONE,
        asn: row.asn,
        country: row.country,
        region: text(names, row.region.as_deref()),
        ip_class: row.class,
        session: text(names, row.session.as_deref()),
        source,
    }
}

fn execution(names: &Names, row: &FillRow, source: RowRef) -> Execution {
    Execution {
        account: account_id(names, &row.account),
        time: row.time,
        precision: row.precision,
        instrument: InstrumentId(rank(&names.instruments, &row.instrument)),
        side: row.side,
        quantity: scaled(row.quantity),
        price: scaled(row.price),
        currency: row.currency,
        execution_id: TextId::NONE,
        order_id: TextId::NONE,
        session: text(names, row.session.as_deref()),
        venue: TextId::NONE,
        counterparty: row.counterparty.as_ref().map_or(AccountId::NONE, |a| account_id(names, a)),
        source,
    }
}

fn text(names: &Names, text: Option<&str>) -> TextId {
    text.map_or(
        TextId::NONE,
        |t| TextId(names.texts.find(t).expect("every name was collected before") as u32),
    )
}

fn source(table: &str) -> SourceFile {
    SourceFile {
        path: format!("case/{table}.csv"),
        table: table.to_owned(),
        bytes: 0,
        sha256: String::new(),
        rows: 0,
        used: 0,
        rejected: 0,
        encoding: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ranked_and_rows_sorted_whatever_the_order_they_were_written_in() {
        let written = CaseBuilder::new()
            .fill(buy("BB/1", at(1, 10, 0), "XTST:2", 1.0, 1.0))
            .fill(buy("AA/2", at(1, 9, 0), "XTST:1", 1.0, 1.0).session("s"))
            .login(login("AA/2", at(1, 8, 0)).ip("192.0.2.9").device("d").region("JP-13"))
            .login(login("AA/1", at(1, 8, 0)).ip("192.0.2.1"));
        let case = written.build();
        assert_eq!(case.names.brokers, ["AA", "BB"]);
        assert_eq!(case.names.account(AccountId(0)), "AA/1");
        assert_eq!(account_id(&case.names, "BB/1"), AccountId(2));
        assert_eq!(case.executions[0].instrument, InstrumentId(0));
        assert_eq!(case.names.text(case.logins[1].region), Some("JP-13"));
        assert_eq!(case.logins[1].source, RowRef { file: 5, row: 1 });
        let other = written.upside_down().build();
        assert_eq!(other.names.accounts, case.names.accounts);
        assert_eq!(other.executions[0].time, case.executions[0].time);
    }
}
