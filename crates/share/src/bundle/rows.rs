//! A case's rows as they leave.

use std::{collections::BTreeMap, path::Path};

use itoguchi_model::{
    AccountId, Case, Instant, InstrumentId, JstDate, Precision, Scaled, Side,
    tables::{Execution, IpClass, Login},
    time::MINUTE,
};

use itoguchi_signals::{
    bursts::Known,
    judged::{Judged, history_class},
    occasions::Occasion,
    sellers::Sale,
    signal::SignalSet,
    trading::TradeView,
};

use crate::{
    canonical::Kind,
    error::ShareError,
    files::{self, Readers},
    hex,
    identifiers::{Identifiers, leaves},
    policy::Policy,
    tokens::{Secret, Token},
};

/// Bytes of a pseudonym.
const PSEUDONYM: usize = 16;
/// A pseudonym.
pub(super) type Pseudonym = [u8; PSEUDONYM];

/// The accounts of one broker under their pseudonyms: HMAC-SHA-512 of epoch, broker and account under the broker's
/// secret, cut to 16 bytes. Another epoch, another pseudonym.
pub(super) struct Pseudonyms(BTreeMap<AccountId, (Pseudonym, String)>);

/// A successful login, as it leaves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LoginRow {
    pub account: Pseudonym,
    pub minute: Instant,
    pub occasion: Option<u32>,
    pub ip_version: Option<u8>,
    /// By [`Kind::ALL`].
    pub tokens: [Option<Token>; 4],
    pub ip_class: IpClass,
    pub asn: Option<u32>,
}

/// What an account did in an instrument on one side in a minute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TradeRow {
    pub account: Pseudonym,
    pub minute: Instant,
    pub day_only: bool,
    pub instrument: String,
    pub side: Side,
    pub size_class: u8,
    pub occasion: Option<u32>,
    pub first: bool,
}

/// What one login led to, judged by the account's own history.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct OccasionRow {
    pub account: Pseudonym,
    pub number: u32,
    pub start: Instant,
    pub end: Instant,
    pub day_only: bool,
    pub access: SignalSet,
    pub access_known: SignalSet,
    pub logins_before: u8,
    pub trading: SignalSet,
    pub trading_known: SignalSet,
    pub traded_before: u8,
}

/// An account's sales of an instrument on a day, judged by its own history.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SaleRow {
    pub account: Pseudonym,
    pub day: Instant,
    pub instrument: String,
    pub signals: Vec<&'static str>,
    pub gained: bool,
}

/// To which occasions of its account each row belongs. A login can open two: its own, and that of a day of which only
/// the fills' day is known.
pub(super) struct Places {
    /// By row of `Case::logins`, ascending: the row, and the occasion's number among its account's.
    logins: Vec<(u32, u32)>,
    /// By row of `Case::executions`.
    fills: Vec<Option<u32>>,
    /// By occasion: its number, if it leaves.
    numbers: Vec<Option<u32>>,
}

impl Places {
    /// Numbers the occasions that leave: those of which a row does. Of others there is nothing to tell.
    pub(super) fn of(case: &Case, judged: &Judged) -> Self {
        let fill_leaves = |f: &u32| is_code(case.names.instrument(case.executions[*f as usize].instrument));
        let mut places = Self {
            logins: Vec::new(),
            fills: vec![None; case.executions.len()],
            numbers: vec![None; judged.occasions.len()],
        };
        let mut at = 0;
        for of_account in judged.occasions.chunk_by(|a, b| a.account == b.account) {
            let mut next = 0;
            for occasion in of_account {
                if occasion.login.is_some() || occasion.fills.iter().any(fill_leaves) {
                    places.numbers[at] = Some(next);
                    places.logins.extend(occasion.logins().map(|login| (login, next)));
                    for fill in &occasion.fills {
                        places.fills[*fill as usize] = Some(next);
                    }
                    next += 1;
                }
                at += 1;
            }
        }
        places.logins.sort_unstable();
        places
    }

    /// The occasions of a row of logins; one `None` if there is none.
    fn of_login(&self, row: usize) -> impl Iterator<Item = Option<u32>> + '_ {
        let from = self.logins.partition_point(|(login, _)| (*login as usize) < row);
        let run = self.logins[from..].iter().take_while(move |(login, _)| *login as usize == row);
        let mut numbers = run.map(|(_, number)| Some(*number)).peekable();
        let none = numbers.peek().is_none().then_some(None);
        numbers.chain(none)
    }
}

impl Pseudonyms {
    pub(super) fn of(case: &Case, broker: &str, epoch: &str, secret: &Secret) -> Self {
        let seen = case.logins.iter().filter(|l| leaves(l)).map(|l| l.account);
        let all = seen.chain(case.executions.iter().map(|x| x.account));
        let mut map = BTreeMap::new();
        for account in all.filter(|a| case.names.broker(*a) == broker) {
            map.entry(account).or_insert_with(|| {
                let name = case.names.token(account);
                let mac = secret.mac("pseudonym", &[epoch.as_bytes(), broker.as_bytes(), name.as_bytes()]);
                let mut pseudonym = [0; PSEUDONYM];
                pseudonym.copy_from_slice(&mac[..PSEUDONYM]);
                (pseudonym, name.to_owned())
            });
        }
        Self(map)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, account: AccountId) -> Option<Pseudonym> {
        self.0.get(&account).map(|(pseudonym, _)| *pseudonym)
    }

    /// Writes the table by which the broker finds its accounts again; it never leaves.
    pub(super) fn keep(&self, path: &Path) -> Result<(), ShareError> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut write = |a: &str, b: &str| writer.write_record([a, b]);
        let mut written = write("pseudonym", "account_id");
        for (pseudonym, name) in self.0.values() {
            written = written.and_then(|()| write(&hex::write(pseudonym), name));
        }
        let failed = |e: std::io::Error| ShareError::io(path)(e);
        written.map_err(|e| failed(e.into()))?;
        let bytes = writer.into_inner().map_err(|e| failed(e.into_error()))?;
        files::write(path, &bytes, Readers::Owner)
    }
}

fn minute(time: Instant) -> Instant {
    Instant(time.0.div_euclid(MINUTE).saturating_mul(MINUTE))
}

/// The rows of logins, and how many are left out. Rows that are alike to the minute are one: how often says more of a
/// customer than a ring needs.
pub(super) fn logins(
    case: &Case,
    identifiers: &Identifiers,
    tokens: &[Token],
    pseudonyms: &Pseudonyms,
    places: &Places,
) -> (Vec<LoginRow>, u64) {
    let mine = |l: &(usize, &Login)| case.names.broker(l.1.account) == identifiers.broker();
    let (mut rows, mut left_out) = (Vec::new(), 0);
    for (row, login) in case.logins.iter().enumerate().filter(mine) {
        let Some(account) = pseudonyms.get(login.account).filter(|_| leaves(login)) else {
            left_out += 1;
            continue;
        };
        let address = login.ip.get().and_then(|ip| case.names.ips[ip.index()].address());
        rows.extend(places.of_login(row).map(|occasion| LoginRow {
            account,
            minute: minute(login.time),
            occasion,
            ip_version: address.map(|a| if a.to_canonical().is_ipv4() { 4 } else { 6 }),
            tokens: Kind::ALL.map(|kind| identifiers.place(login, kind).map(|place| tokens[place])),
            ip_class: login.ip_class,
            asn: login.asn,
        }));
    }
    rows.sort_unstable();
    rows.dedup();
    (rows, left_out)
}

/// The rows of trades, and how many fills are left out. Fills of an account in one instrument, side and minute are one
/// row with the class of their sum.
pub(super) fn trades(
    case: &Case,
    known: &Known,
    policy: &Policy,
    pseudonyms: &Pseudonyms,
    places: &Places,
) -> (Vec<TradeRow>, u64) {
    let mut sums: BTreeMap<TradeRow, Scaled> = BTreeMap::new();
    let mut left_out = 0;
    // The first day of each account in each name; rows are in time order.
    let mut since: BTreeMap<(AccountId, InstrumentId), JstDate> = BTreeMap::new();
    for (fill, place) in case.executions.iter().zip(&places.fills) {
        let Some(account) = pseudonyms.get(fill.account) else { continue };
        let instrument = case.names.instrument(fill.instrument);
        if !is_code(instrument) {
            left_out += 1;
            continue;
        }
        let name = (fill.account, fill.instrument);
        let date = fill.time.jst_date();
        let first = *since.entry(name).or_insert(date) == date && !known.contains(&name);
        // The class is known when all are summed.
        let key = TradeRow {
            account,
            minute: minute(fill.time),
            day_only: day_only(fill),
            instrument: instrument.to_owned(),
            side: fill.side,
            size_class: 0,
            occasion: *place,
            first,
        };
        let sum = sums.entry(key).or_default();
        *sum = Scaled(sum.0.saturating_add(fill.quantity.0));
    }
    let row = |(row, shares): (TradeRow, Scaled)| TradeRow {
        size_class: policy.size_class(shares.to_f64()),
        ..row
    };
    (sums.into_iter().map(row).collect(), left_out)
}

/// The occasions that leave.
pub(super) fn occasions(judged: &Judged, pseudonyms: &Pseudonyms, places: &Places) -> Vec<OccasionRow> {
    let all = judged.occasions.iter().zip(&judged.trades).zip(&places.numbers);
    let row = |((occasion, trade), number): ((&Occasion, &TradeView), &Option<u32>)| {
        Some(OccasionRow {
            account: pseudonyms.get(occasion.account)?,
            number: (*number)?,
            start: minute(occasion.start),
            end: minute(occasion.end),
            day_only: occasion.day_only,
            access: occasion.access,
            access_known: occasion.access_known,
            logins_before: history_class(occasion.history),
            trading: trade.fired,
            trading_known: trade.known,
            traded_before: history_class(trade.history),
        })
    };
    let mut rows: Vec<OccasionRow> = all.filter_map(row).collect();
    rows.sort_unstable();
    rows
}

/// The sales of instruments that are codes.
pub(super) fn sales(case: &Case, judged: &Judged, pseudonyms: &Pseudonyms) -> Vec<SaleRow> {
    let row = |sale: &Sale| {
        let instrument = case.names.instrument(sale.instrument);
        Some(SaleRow {
            account: pseudonyms.get(sale.account).filter(|_| is_code(instrument))?,
            day: sale.date.midnight(),
            instrument: instrument.to_owned(),
            signals: sale.signal_names(),
            gained: sale.gained,
        })
    };
    let mut rows: Vec<SaleRow> = judged.sales.iter().filter_map(row).collect();
    rows.sort_unstable();
    rows
}

fn day_only(fill: &Execution) -> bool {
    fill.precision == Precision::Day
}

/// Whether an instrument is a code and no name: names that nothing resolved are the customer's broker's own words.
pub(super) fn is_code(instrument: &str) -> bool {
    let Some((market, local)) = instrument.split_once(':') else { return false };
    let code = |text: &str, most: usize| {
        let fits = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'/');
        (1..=most).contains(&text.len()) && text.bytes().all(fits)
    };
    market != "XXXX" && code(market, 4) && code(local, 12)
}
