//! The tables of a case as typed rows, whatever files they came from.
//!
//! Every table is sorted by content before anything looks at it, and every row knows the file and the row it was
//! read from. Texts are interned in [`Names`]; an id is the rank of its text among all distinct ones.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{
    decimal::Scaled,
    ids::{AccountId, BrokerId, DeviceId, InstrumentId, IpId, TextId},
    results::Statement,
    time::{Instant, JstDate, Precision},
};

/// Where a row was read: an index into [`Case::sources`] and a 1-based data record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowRef {
    /// Index into [`Case::sources`].
    pub file: u32,
    /// 1-based data record; the header is not counted.
    pub row: u32,
}

/// Which side of a trade an account was on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Bought.
    Buy,
    /// Sold what it held.
    Sell,
    /// Sold short.
    Short,
}

impl Side {
    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
            Self::Short => "short",
        }
    }

    /// The side of that name, if there is one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Buy, Self::Sell, Self::Short].into_iter().find(|s| s.name() == name)
    }

    /// Whether shares left the account.
    #[must_use]
    pub fn is_sale(self) -> bool {
        !matches!(self, Self::Buy)
    }
}

/// What happened at a login row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LoginEvent {
    /// A login.
    #[default]
    Login,
    /// A logout.
    Logout,
    /// A second factor failed.
    MfaFail,
    /// The second factor was changed.
    MfaChange,
    /// The password was changed.
    PasswordChange,
    /// The mail address was changed.
    EmailChange,
    /// The phone number was changed.
    PhoneChange,
    /// Notifications were switched off.
    NotificationOff,
    /// The bank account for withdrawals was changed.
    BankChange,
    /// A device was registered.
    DeviceRegister,
}

impl LoginEvent {
    /// Every event.
    pub const ALL: [Self; 10] = [
        Self::Login,
        Self::Logout,
        Self::MfaFail,
        Self::MfaChange,
        Self::PasswordChange,
        Self::EmailChange,
        Self::PhoneChange,
        Self::NotificationOff,
        Self::BankChange,
        Self::DeviceRegister,
    ];

    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Logout => "logout",
            Self::MfaFail => "mfa_fail",
            Self::MfaChange => "mfa_change",
            Self::PasswordChange => "password_change",
            Self::EmailChange => "email_change",
            Self::PhoneChange => "phone_change",
            Self::NotificationOff => "notification_off",
            Self::BankChange => "bank_change",
            Self::DeviceRegister => "device_register",
        }
    }

    /// Whether the event changes how the owner proves who they are or hears of what happens.
    #[must_use]
    pub fn changes_contact(self) -> bool {
        matches!(
            self,
            Self::MfaChange
                | Self::PasswordChange
                | Self::EmailChange
                | Self::PhoneChange
                | Self::NotificationOff
                | Self::BankChange
        )
    }
}

/// What kind of network an address belongs to, as the broker's source says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IpClass {
    /// The source does not say, or says `unknown`.
    #[default]
    Unknown,
    /// Mobile carrier NAT: hundreds of subscribers behind one address.
    MobileCgnat,
    /// A fixed line that shares its IPv4 address (MAP-E, DS-Lite).
    FixedShared,
    /// A fixed line with an address of its own.
    Fixed,
    /// A company's network.
    Corporate,
    /// A data centre.
    Hosting,
    /// A VPN.
    Vpn,
    /// A service that logs in on behalf of many customers.
    Aggregator,
}

impl IpClass {
    /// Every class.
    pub const ALL: [Self; 8] = [
        Self::Unknown,
        Self::MobileCgnat,
        Self::FixedShared,
        Self::Fixed,
        Self::Corporate,
        Self::Hosting,
        Self::Vpn,
        Self::Aggregator,
    ];

    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::MobileCgnat => "mobile_cgnat",
            Self::FixedShared => "fixed_shared",
            Self::Fixed => "fixed",
            Self::Corporate => "corporate",
            Self::Hosting => "hosting",
            Self::Vpn => "vpn",
            Self::Aggregator => "aggregator",
        }
    }
}

/// One row of `logins`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Login {
    /// Whose account.
    pub account: AccountId,
    /// When.
    pub time: Instant,
    /// What happened.
    pub event: LoginEvent,
    /// Whether it succeeded.
    pub success: bool,
    /// From which address.
    pub ip: IpId,
    /// From which source port.
    pub src_port: Option<u16>,
    /// From which device.
    pub device: DeviceId,
    /// With which program.
    pub user_agent: TextId,
    /// Autonomous system number.
    pub asn: Option<u32>,
    /// ISO 3166-1 alpha-2, or blanks.
    pub country: [u8; 2],
    /// ISO 3166-2.
    pub region: TextId,
    /// Kind of network.
    pub ip_class: IpClass,
    /// The broker's session id.
    pub session: TextId,
    /// Where the row was read.
    pub source: RowRef,
}

/// One row of `executions`, after corrections and cancellations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Execution {
    /// Whose account.
    pub account: AccountId,
    /// When; midnight in Japan where only the day is known.
    pub time: Instant,
    /// What the source knew of the time.
    pub precision: Precision,
    /// What was traded.
    pub instrument: InstrumentId,
    /// Bought or sold.
    pub side: Side,
    /// Shares.
    pub quantity: Scaled,
    /// Price per share, in `currency`.
    pub price: Scaled,
    /// ISO 4217.
    pub currency: [u8; 3],
    /// The broker's id of the fill.
    pub execution_id: TextId,
    /// The broker's id of the order.
    pub order_id: TextId,
    /// The broker's session id.
    pub session: TextId,
    /// Where it was executed.
    pub venue: TextId,
    /// The other side, where the source knows it; an account with no broker stated is not kept.
    pub counterparty: AccountId,
    /// Where the row was read.
    pub source: RowRef,
}

/// Who holds an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HolderType {
    /// A person.
    Individual,
    /// A company.
    Corporate,
}

/// One row of `accounts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountFacts {
    /// Which account.
    pub account: AccountId,
    /// When it was opened.
    pub opened_on: Option<JstDate>,
    /// Who holds it.
    pub holder_type: Option<HolderType>,
    /// ISO 3166-2.
    pub region: TextId,
    /// Where the row was read.
    pub source: RowRef,
}

/// One row of `holdings`: a position before the first execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holding {
    /// Whose account.
    pub account: AccountId,
    /// What is held.
    pub instrument: InstrumentId,
    /// When that was so.
    pub as_of: Instant,
    /// Shares.
    pub quantity: Scaled,
    /// Where the row was read.
    pub source: RowRef,
}

/// The length of a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interval {
    /// One day.
    Day,
    /// One minute.
    Minute,
}

/// One row of `bars`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bar {
    /// Which instrument.
    pub instrument: InstrumentId,
    /// How long.
    pub interval: Interval,
    /// Where it starts.
    pub time: Instant,
    /// First price.
    pub open: Scaled,
    /// Highest price.
    pub high: Scaled,
    /// Lowest price.
    pub low: Scaled,
    /// Last price.
    pub close: Scaled,
    /// Shares.
    pub volume: Scaled,
    /// Money.
    pub turnover: Option<Scaled>,
    /// Where the row was read.
    pub source: RowRef,
}

/// One row of `instruments`, resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InstrumentFacts {
    /// Which instrument.
    pub instrument: InstrumentId,
    /// What it is called.
    pub name: TextId,
    /// The currency it trades in; blanks if not stated.
    pub currency: [u8; 3],
    /// Shares outstanding.
    pub shares_outstanding: Option<Scaled>,
    /// Where the row was read.
    pub source: RowRef,
}

/// One row of `fx`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FxRate {
    /// ISO 4217.
    pub currency: [u8; 3],
    /// Which day.
    pub date: JstDate,
    /// Yen per unit.
    pub jpy: Scaled,
    /// Where the row was read.
    pub source: RowRef,
}

/// What a report says of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReportKind {
    /// Its owner was robbed of control.
    Victim,
    /// It is under suspicion.
    Suspect,
    /// An analyst cleared it.
    Cleared,
}

impl ReportKind {
    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Victim => "victim",
            Self::Suspect => "suspect",
            Self::Cleared => "cleared",
        }
    }
}

/// One row of `reports`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Report {
    /// Which account.
    pub account: AccountId,
    /// When it was reported.
    pub reported_at: Instant,
    /// As what.
    pub kind: ReportKind,
    /// Where the row was read.
    pub source: RowRef,
}

/// One row of `indicators`, as text: its kinds of value differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Indicator {
    /// `ip`, `cidr`, `device` or `asn`.
    pub kind: String,
    /// The value.
    pub value: String,
    /// What its source calls it: `attacker`, `relay`, `shared`, `aggregator`.
    pub label: String,
    /// Who says so.
    pub indicator_source: String,
    /// From when.
    pub valid_from: Option<Instant>,
    /// Until when.
    pub valid_until: Option<Instant>,
    /// Where the row was read.
    pub source: RowRef,
}

/// Where a login came from: an address, or what a broker gives in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ip {
    /// The address.
    Address(IpAddr),
    /// A token of it (of its /64, for IPv6): alike where the address is. What stands behind it is not known.
    Token([u8; 16]),
}

impl Ip {
    /// The address, where it is known.
    #[must_use]
    pub fn address(self) -> Option<IpAddr> {
        match self {
            Self::Address(address) => Some(address),
            Self::Token(_) => None,
        }
    }
}

impl From<IpAddr> for Ip {
    fn from(address: IpAddr) -> Self {
        Self::Address(address)
    }
}

impl std::fmt::Display for Ip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Address(address) => write!(f, "{address}"),
            Self::Token(token) => f.write_str(&token_name(token)),
        }
    }
}

/// What the name of a token begins with. No address reads like it.
const TOKEN: &str = "token:";

/// Whether a name stands for a token, as [`token_name`] writes them, and for no address or device that is known.
#[must_use]
pub fn is_token_name(name: &str) -> bool {
    name.starts_with(TOKEN)
}

/// How tables and reports name a token: `token:` and its first 16 hexadecimal digits.
///
/// ```
/// use itoguchi_model::tables::token_name;
/// assert_eq!(token_name(&[0xab; 16]), "token:abababababababab");
/// ```
#[must_use]
pub fn token_name(token: &[u8; 16]) -> String {
    let digits: String = token[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{TOKEN}{digits}")
}

/// How much the rows of a case tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// What brokers' records tell.
    #[default]
    Full,
    /// What brokers hand each other: tokens, times to the minute, no price. Quantities are the lower limits of classes of
    /// size: good for shares of a whole, and no figure to show.
    Shared,
}

impl Detail {
    /// A quantity or price, where it is one that may be shown.
    #[must_use]
    pub fn known<T>(self, figure: T) -> Option<T> {
        (self == Self::Full).then_some(figure)
    }
}

/// The distinct texts behind the ids, each list sorted.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Broker codes.
    pub brokers: Vec<String>,
    /// Accounts as (broker, the broker's own token), sorted by broker code, then token.
    pub accounts: Vec<(BrokerId, String)>,
    /// Instruments.
    pub instruments: Vec<String>,
    /// Device tokens.
    pub devices: Vec<String>,
    /// Addresses in canonical form, or what stands for them.
    pub ips: Vec<Ip>,
    /// All other texts.
    pub texts: Texts,
}

/// Many short texts in one piece of memory, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    joined: String,
    ends: Vec<usize>,
}

impl Texts {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All, by number.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|number| &self[number])
    }

    /// The number of `text`, if they are sorted and it is among them.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self[middle] < *text { low = middle + 1 } else { high = middle }
        }
        (low < self.len() && self[low] == *text).then_some(low)
    }
}

impl std::ops::Index<usize> for Texts {
    type Output = str;

    fn index(&self, number: usize) -> &str {
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.joined[start..self.ends[number]]
    }
}

impl<T: AsRef<str>> FromIterator<T> for Texts {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        let texts = texts.into_iter();
        let mut all = Self { joined: String::new(), ends: Vec::with_capacity(texts.size_hint().0) };
        for text in texts {
            all.joined.push_str(text.as_ref());
            all.ends.push(all.joined.len());
        }
        all
    }
}

impl Names {
    /// The broker's code of `account`.
    #[must_use]
    pub fn broker(&self, account: AccountId) -> &str {
        &self.brokers[self.accounts[account.index()].0.index()]
    }

    /// The broker's own token of `account`.
    #[must_use]
    pub fn token(&self, account: AccountId) -> &str {
        &self.accounts[account.index()].1
    }

    /// `BROKER/ACCOUNT`, as the command line writes an account.
    #[must_use]
    pub fn account(&self, account: AccountId) -> String {
        format!("{}/{}", self.broker(account), self.token(account))
    }

    /// The account `token` at `broker`, if any row mentions it.
    #[must_use]
    pub fn find_account(&self, broker: &str, token: &str) -> Option<AccountId> {
        let found = self.accounts.binary_search_by(|(b, t)| {
            self.brokers[b.index()].as_str().cmp(broker).then_with(|| t.as_str().cmp(token))
        });
        found.ok().and_then(|i| u32::try_from(i).ok()).map(AccountId)
    }

    /// The text of `id`, or nothing where the row had none.
    #[must_use]
    pub fn text(&self, id: TextId) -> Option<&str> {
        id.get().map(|id| &self.texts[id.index()])
    }

    /// `MIC:LOCALCODE` of `id`.
    #[must_use]
    pub fn instrument(&self, id: InstrumentId) -> &str {
        &self.instruments[id.index()]
    }
}

/// One input file: what it is and how its rows were accounted for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// The path as the user gave it, `CASE/executions.csv`.
    pub path: String,
    /// Which table it belongs to.
    pub table: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Data records read.
    pub rows: u64,
    /// Of those, rows that became part of the case. `rows = used + rejected`, always.
    pub used: u64,
    /// Of those, rows kept in [`Case::rejects`].
    pub rejected: u64,
    /// Text encoding that was found, for CSV.
    pub encoding: Option<String>,
}

/// A row that could not be read, kept with its reason.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reject {
    /// Where the row is.
    pub source: RowRef,
    /// Which column was at fault.
    pub column: String,
    /// What it held, shortened to 200 characters.
    pub value: String,
    /// Why it cannot be read.
    pub reason: String,
}

/// Rows that were read and then set aside by a rule of the contract; each was counted as used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Superseded {
    /// Repeats of a (broker, execution_id, account_id).
    pub repeated: u64,
    /// Fills replaced by a later row with status `corrected`.
    pub corrected: u64,
    /// Fills removed by a row with status `cancelled`, and those rows themselves.
    pub cancelled: u64,
}

/// Everything that was read, sorted by content.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// The texts behind the ids.
    pub names: Names,
    /// How much the rows tell.
    pub detail: Detail,
    /// Sorted by account, time, then the remaining columns.
    pub logins: Vec<Login>,
    /// Sorted by account, time, then the remaining columns.
    pub executions: Vec<Execution>,
    /// Sorted by account.
    pub accounts: Vec<AccountFacts>,
    /// Sorted by account, instrument, time.
    pub holdings: Vec<Holding>,
    /// Sorted by instrument, interval, time.
    pub bars: Vec<Bar>,
    /// Sorted by instrument.
    pub instruments: Vec<InstrumentFacts>,
    /// Sorted by currency, date.
    pub fx: Vec<FxRate>,
    /// Sorted by account, time.
    pub reports: Vec<Report>,
    /// Sorted by content.
    pub indicators: Vec<Indicator>,
    /// The files, sorted by path.
    pub sources: Vec<SourceFile>,
    /// Sorted by file and row.
    pub rejects: Vec<Reject>,
    /// Rows of `executions` set aside by status or repetition.
    pub superseded: Superseded,
    /// What the user should know and no row is wrong about: unknown columns, flagged codes. Sorted.
    pub warnings: Vec<Statement>,
}
