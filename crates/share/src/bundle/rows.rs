//! A case's rows as they leave.

use std::{collections::BTreeMap, path::Path};

use itoguchi_model::{
    AccountId, Case, Instant, Precision, Scaled, Side,
    tables::{Execution, IpClass, Login},
    time::MINUTE,
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
) -> (Vec<LoginRow>, u64) {
    let mine = |l: &&Login| case.names.broker(l.account) == identifiers.broker();
    let (mut rows, mut left_out) = (Vec::new(), 0);
    for login in case.logins.iter().filter(mine) {
        let Some(account) = pseudonyms.get(login.account).filter(|_| leaves(login)) else {
            left_out += 1;
            continue;
        };
        rows.push(LoginRow {
            account,
            minute: minute(login.time),
            tokens: Kind::ALL.map(|kind| identifiers.place(login, kind).map(|place| tokens[place])),
            ip_class: login.ip_class,
            asn: login.asn,
        });
    }
    rows.sort_unstable();
    rows.dedup();
    (rows, left_out)
}

/// The rows of trades, and how many fills are left out. Fills of an account in one instrument, side and minute are one
/// row with the class of their sum.
pub(super) fn trades(case: &Case, policy: &Policy, pseudonyms: &Pseudonyms) -> (Vec<TradeRow>, u64) {
    let mut sums: BTreeMap<(Pseudonym, Instant, bool, &str, Side), Scaled> = BTreeMap::new();
    let mut left_out = 0;
    for fill in &case.executions {
        let Some(account) = pseudonyms.get(fill.account) else { continue };
        let instrument = case.names.instrument(fill.instrument);
        if !is_code(instrument) {
            left_out += 1;
            continue;
        }
        let key = (account, minute(fill.time), day_only(fill), instrument, fill.side);
        let sum = sums.entry(key).or_default();
        *sum = Scaled(sum.0.saturating_add(fill.quantity.0));
    }
    let row = |((account, minute, day_only, instrument, side), shares): (_, Scaled)| TradeRow {
        account,
        minute,
        day_only,
        instrument: str::to_owned(instrument),
        side,
        size_class: policy.size_class(shares.to_f64()),
    };
    (sums.into_iter().map(row).collect(), left_out)
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
