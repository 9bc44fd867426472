//! What was planted in a simulated world, read from its truth folder.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    path::Path,
};

use itoguchi_model::results::AccountName;
use itoguchi_report::escape;

use crate::{ScoreError, texts::Texts};

/// The five amounts of a ring, in the order of the contract.
pub const AMOUNTS: [&str; 5] = [
    "forced_sales_jpy",
    "fraudulent_buys_jpy",
    "estimated_loss_jpy",
    "seller_proceeds_jpy",
    "seller_profit_jpy",
];

/// Whole yen by the order of [`AMOUNTS`]; `None` where nobody can know.
pub type Amounts = [Option<i64>; 5];

/// An address or device: its kind, and its value in canonical form.
pub type Thing = (ThingKind, String);

/// Kinds of infrastructure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ThingKind {
    /// A device token.
    Device,
    /// An IPv4 address, or the /64 of an IPv6 address.
    Ip,
}

/// A planted ring.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrueRing {
    /// Hijacked accounts.
    pub victims: BTreeSet<AccountName>,
    /// Accounts that sold into their buying.
    pub sellers: BTreeSet<AccountName>,
    /// What it came to, if the truth says.
    pub amounts: Option<Amounts>,
}

impl TrueRing {
    /// Everybody in it.
    pub fn members(&self) -> impl Iterator<Item = &AccountName> {
        self.victims.iter().chain(&self.sellers)
    }
}

/// What was planted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    /// The rings by name.
    pub rings: BTreeMap<String, TrueRing>,
    /// Every address and device of the rings, with the accounts it was used for where the truth says; `None` if the
    /// truth is silent about infrastructure.
    pub infrastructure: Option<BTreeMap<(String, Thing), Option<u64>>>,
    /// Innocent look-alikes: what they look like.
    pub decoys: BTreeMap<AccountName, BTreeSet<String>>,
    /// Accounts that are neither right nor wrong: logged into and not traded in, or hijacked in no ring. None of them
    /// is a member of a planted ring.
    pub neither: BTreeSet<AccountName>,
}

/// The canonical form of an address or device: an IPv6 address stands for its /64.
#[must_use]
pub fn thing(kind: ThingKind, value: &str) -> Thing {
    let text = value.trim();
    if kind == ThingKind::Device {
        return (kind, text.to_owned());
    }
    let address = text.strip_suffix("/64").unwrap_or(text).parse::<IpAddr>();
    let canonical = match address.map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(ip)) => ip.to_string(),
        Ok(IpAddr::V6(ip)) => {
            let prefix = std::net::Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64);
            format!("{prefix}/64")
        }
        Err(_) => text.to_owned(),
    };
    (kind, canonical)
}

impl Truth {
    /// Reads the truth in `dir`, or in `dir/truth` if `dir` is a simulated case.
    ///
    /// Only the table of members must be there.
    ///
    /// # Errors
    /// No truth, a damaged file, a missing column, or a cell that holds what it cannot hold.
    pub fn read(dir: &Path) -> Result<Self, ScoreError> {
        let inner = dir.join("truth");
        let (dir, members) = match Texts::find(dir, "truth")? {
            Some(members) => (dir, members),
            None => match Texts::find(&inner, "truth")? {
                Some(members) => (inner.as_path(), members),
                None => return Err(ScoreError::NoTruth { path: dir.to_owned() }),
            },
        };
        let mut truth = Self::default();
        truth.add_members(&members)?;
        if let Some(table) = Texts::find(dir, "truth_infrastructure")? {
            truth.add_infrastructure(&table)?;
        }
        if let Some(table) = Texts::find(dir, "truth_decoys")? {
            truth.add_decoys(&table)?;
        }
        if let Some(table) = Texts::find(dir, "truth_amounts")? {
            truth.add_amounts(&table)?;
        }
        for name in ["truth_accessed", "truth_lone"] {
            if let Some(table) = Texts::find(dir, name)? {
                let accounts = Accounts::of(&table)?;
                for row in 0..table.len() {
                    truth.neither.insert(accounts.name(&table, row)?);
                }
            }
        }
        truth.settle();
        Ok(truth)
    }

    /// A member of a ring is right or wrong, whatever else it is.
    pub(crate) fn settle(&mut self) {
        for ring in self.rings.values() {
            for account in ring.members() {
                self.neither.remove(account);
            }
        }
    }

    fn add_members(&mut self, table: &Texts) -> Result<(), ScoreError> {
        let accounts = Accounts::of(table)?;
        let (ring, role) = (table.place("ring")?, table.place("role")?);
        for row in 0..table.len() {
            let account = accounts.name(table, row)?;
            let to = self.rings.entry(table.text(row, ring, "ring")?).or_default();
            let (mine, other) = match table.text(row, role, "role")?.as_str() {
                "victim" => (&mut to.victims, &to.sellers),
                "seller" => (&mut to.sellers, &to.victims),
                text => {
                    let reason = format!("{} is neither victim nor seller", escape::id(text));
                    return Err(table.wrong(row, "role", &reason));
                }
            };
            if other.contains(&account) {
                return Err(table.wrong(row, "role", "the account has the other role in this ring too"));
            }
            mine.insert(account);
        }
        Ok(())
    }

    fn add_infrastructure(&mut self, table: &Texts) -> Result<(), ScoreError> {
        let (ring, kind, value) = (table.place("ring")?, table.place("kind")?, table.place("value")?);
        let accounts = table.place_or_none("accounts");
        let all = self.infrastructure.get_or_insert_default();
        for row in 0..table.len() {
            let kind = match table.text(row, kind, "kind")?.as_str() {
                "ip" => ThingKind::Ip,
                "device" => ThingKind::Device,
                text => {
                    let reason = format!("{} is neither ip nor device", escape::id(text));
                    return Err(table.wrong(row, "kind", &reason));
                }
            };
            let number = accounts.and_then(|place| table.cell(row, place)).map(str::parse::<u64>);
            let number = number
                .transpose()
                .map_err(|_| table.wrong(row, "accounts", "it is no number of accounts"))?;
            let key = (table.text(row, ring, "ring")?, thing(kind, &table.text(row, value, "value")?));
            let known = all.entry(key).or_insert(number);
            *known = (*known).max(number);
        }
        Ok(())
    }

    fn add_decoys(&mut self, table: &Texts) -> Result<(), ScoreError> {
        let accounts = Accounts::of(table)?;
        let decoy = table.place("decoy")?;
        for row in 0..table.len() {
            let label = table.text(row, decoy, "decoy")?;
            self.decoys.entry(accounts.name(table, row)?).or_default().insert(label);
        }
        Ok(())
    }

    fn add_amounts(&mut self, table: &Texts) -> Result<(), ScoreError> {
        let ring = table.place("ring")?;
        let places: Vec<usize> = AMOUNTS.iter().map(|a| table.place(a)).collect::<Result<_, _>>()?;
        for row in 0..table.len() {
            let name = table.text(row, ring, "ring")?;
            let Some(to) = self.rings.get_mut(&name) else {
                let reason = format!("{} has no member in the truth", escape::id(&name));
                return Err(table.wrong(row, "ring", &reason));
            };
            let mut amounts = Amounts::default();
            for ((amount, place), column) in amounts.iter_mut().zip(&places).zip(AMOUNTS) {
                let text = table.cell(row, *place);
                *amount = text
                    .map(|t| yen(t).ok_or_else(|| table.wrong(row, column, "it is no amount")))
                    .transpose()?;
            }
            to.amounts = Some(amounts);
        }
        Ok(())
    }
}

/// Whole yen; a writer may show them as a floating-point number.
fn yen(text: &str) -> Option<i64> {
    if let Ok(whole) = text.trim().parse() {
        return Some(whole);
    }
    let value: f64 = text.trim().parse().ok()?;
    (value.is_finite() && value.abs() < 9e18).then_some(value.round_ties_even() as i64)
}

/// The two columns that name an account.
struct Accounts {
    broker: usize,
    account_id: usize,
}

impl Accounts {
    fn of(table: &Texts) -> Result<Self, ScoreError> {
        Ok(Self { broker: table.place("broker")?, account_id: table.place("account_id")? })
    }

    fn name(&self, table: &Texts, row: usize) -> Result<AccountName, ScoreError> {
        Ok(AccountName {
            broker: table.text(row, self.broker, "broker")?,
            account_id: table.text(row, self.account_id, "account_id")?,
        })
    }
}
