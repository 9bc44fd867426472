//! What several accounts have in common: names bought on a day, devices, addresses; and which of them hold up
//! under the group test.

use std::{collections::BTreeMap, net::IpAddr};

use itoguchi_model::{
    AccountId, DeviceId, InstrumentId, JstDate, Kind, Millibits,
    tables::{Case, IpClass, Login},
};
use itoguchi_signals::{
    occasions::Occasion,
    surprise::{Events, Mark},
};

use rayon::prelude::*;

use crate::{Settings, group, indicators::Labelled};

/// Something that several accounts act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Object {
    /// A device token.
    Device(DeviceId),
    /// An IPv4 address, or the /64 of an IPv6 address.
    Address(Address),
    /// Purchases of a name on a day.
    Bought(InstrumentId, JstDate),
}

/// An IPv4 address, or the /64 of an IPv6 address: what one line is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub IpAddr);

impl Address {
    /// The object that `ip` stands for.
    #[must_use]
    pub fn of(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(_) => Self(ip),
            IpAddr::V6(v6) => {
                let bits = u128::from(v6) & !u128::from(u64::MAX);
                Self(IpAddr::V6(bits.into()))
            }
        }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            IpAddr::V4(ip) => write!(f, "{ip}"),
            IpAddr::V6(ip) => write!(f, "{ip}/64"),
        }
    }
}

impl Object {
    /// The kind of evidence that sharing this object is.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Device(_) => Kind::Device,
            Self::Address(_) => Kind::Ip,
            Self::Bought(..) => Kind::CoBuy,
        }
    }

    /// How files name it.
    #[must_use]
    pub fn name(self, case: &Case) -> String {
        match self {
            Self::Device(device) => case.names.devices[device.index()].clone(),
            Self::Address(address) => address.to_string(),
            Self::Bought(instrument, date) => format!("{} {date}", case.names.instrument(instrument)),
        }
    }
}

/// An account's part in an object: the oddest of its occasions there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub account: AccountId,
    /// The occasion: an index into the list of occasions.
    pub occasion: u32,
    /// Its bits, less log2 of how many occasions it was the oddest of.
    pub bits: Millibits,
}

/// An object with its actors.
#[derive(Clone, Debug)]
pub struct Shared {
    /// What is shared.
    pub object: Object,
    /// Every account that used it, by account.
    pub actors: Vec<Actor>,
    /// Of how many accounts it is taken to be: at least those seen, more for addresses that carriers share out.
    pub users: u32,
    /// The least favourable class of its logins, for addresses.
    pub class: IpClass,
}

impl Shared {
    /// What it is worth to two accounts that both used it: log2 of all accounts over its users.
    #[must_use]
    pub fn bits(&self, case: &Case) -> Millibits {
        Millibits::log2(case.names.accounts.len() as f64 / f64::from(self.users.max(1))).positive()
    }
}

/// All objects with two accounts or more, by object.
#[must_use]
pub fn collect(case: &Case, all: &[Occasion], marks: &[Mark], events: &Events) -> Vec<Shared> {
    let mut uses: BTreeMap<Object, Vec<(AccountId, u32)>> = BTreeMap::new();
    let mut classes: BTreeMap<Object, IpClass> = BTreeMap::new();
    for (i, occasion) in all.iter().enumerate() {
        for login in occasion.logins().map(|l| &case.logins[l as usize]) {
            for object in of_login(case, login) {
                uses.entry(object).or_default().push((occasion.account, i as u32));
                let class = classes.entry(object).or_default();
                *class = (*class).max_by_users(login.ip_class);
            }
        }
    }
    for ((instrument, date), occasions) in events {
        let object = Object::Bought(*instrument, *date);
        uses.insert(object, occasions.iter().map(|i| (all[*i as usize].account, *i)).collect());
    }
    let accounts = case.names.accounts.len() as u32;
    let labelled = Labelled::new(case);
    uses.into_iter()
        .filter_map(|(object, mut by)| {
            by.sort_unstable();
            by.dedup();
            let bits = |i: u32| {
                let mark = &marks[i as usize];
                if matches!(object, Object::Bought(..)) { mark.given_name } else { mark.bits }
            };
            let actors = actors(&by, bits);
            let class = classes.get(&object).copied().unwrap_or_default();
            let least = if matches!(object, Object::Address(_)) { class.usual_users() } else { 1 };
            let least = least.max(labelled.users(case, object));
            let users = (actors.len() as u32).max(least).min(accounts);
            (actors.len() >= 2).then_some(Shared { object, actors, users, class })
        })
        .collect()
}

/// The device and the address of a login.
pub fn of_login(case: &Case, login: &Login) -> impl Iterator<Item = Object> {
    let device = login.device.get().map(Object::Device);
    let address = login.ip.get().map(|ip| Object::Address(Address::of(case.names.ips[ip.index()])));
    device.into_iter().chain(address)
}

/// The occasions behind every device and address that several accounts used, each list ascending.
#[must_use]
pub fn shared_logins(case: &Case, all: &[Occasion]) -> Vec<Vec<u32>> {
    let mut uses: Vec<(Object, u32)> = Vec::new();
    for (i, occasion) in all.iter().enumerate() {
        for login in occasion.logins().map(|l| &case.logins[l as usize]) {
            uses.extend(of_login(case, login).map(|object| (object, i as u32)));
        }
    }
    uses.par_sort_unstable();
    uses.dedup();
    uses.chunk_by(|a, b| a.0 == b.0)
        .filter(|run| run.iter().any(|(_, i)| all[*i as usize].account != all[run[0].1 as usize].account))
        .map(|run| run.iter().map(|(_, i)| *i).collect())
        .collect()
}

fn actors(uses: &[(AccountId, u32)], bits: impl Fn(u32) -> Millibits) -> Vec<Actor> {
    uses.chunk_by(|a, b| a.0 == b.0)
        .map(|run| {
            let oddest = run.iter().max_by_key(|(_, i)| (bits(*i), u32::MAX - i)).expect("not empty");
            // The greatest of n draws: the p-value grows n-fold at most.
            let bits = bits(oddest.1) - Millibits::log2(run.len() as f64);
            Actor { account: oddest.0, occasion: oddest.1, bits }
        })
        .collect()
}

/// How many accounts of all brokers together stand behind one address of a class, at least.
trait Users {
    fn usual_users(self) -> u32;
    fn max_by_users(self, other: Self) -> Self;
}

impl Users for IpClass {
    /// Assumed, from how the networks work: mobile carriers put hundreds of subscribers behind an address, MAP-E up
    /// to 250, an office dozens; an aggregator logs in for thousands. Where nothing is stated, a few.
    fn usual_users(self) -> u32 {
        match self {
            Self::Aggregator => 1_000_000,
            Self::MobileCgnat => 500,
            Self::FixedShared => 60,
            Self::Corporate | Self::Vpn | Self::Hosting => 30,
            Self::Unknown => 4,
            Self::Fixed => 2,
        }
    }

    fn max_by_users(self, other: Self) -> Self {
        if self == Self::Unknown {
            return other;
        }
        if other.usual_users() > self.usual_users() && other != Self::Unknown { other } else { self }
    }
}

/// An object on which a group of hijacked accounts is seen.
#[derive(Clone, Debug)]
pub struct Validated {
    /// Index into the list of shared objects.
    pub shared: usize,
    /// The group test.
    pub test: group::GroupTest,
    /// Bits that remain after the number of objects tested.
    pub net: Millibits,
}

/// Objects that hold up: net of what it costs to have looked at so many, and without their strongest actor.
///
/// Half of the belief goes to the names and days whose buyers bought something unlike them, cheap or rising, which is
/// known before anything is known of the buyers themselves; the other half to the rest of its kind. An object pays
/// log2 of twice the number it shares a half with.
#[must_use]
pub fn validate(objects: &[Shared], marks: &[Mark], settings: &Settings) -> Vec<Validated> {
    let class = |s: &Shared| {
        let odd = s.actors.iter().filter(|a| marks[a.occasion as usize].odd_name).count();
        (s.object.kind(), s.object.kind() == Kind::CoBuy && odd * 2 > s.actors.len())
    };
    let mut tested: BTreeMap<(Kind, bool), u32> = BTreeMap::new();
    for shared in objects {
        *tested.entry(class(shared)).or_default() += 1;
    }
    objects
        .iter()
        .enumerate()
        .filter(|(_, s)| s.actors.iter().filter(|a| a.bits > Millibits::ZERO).count() >= 2)
        .filter_map(|(shared, s)| {
            let test = group::test(&s.actors.iter().map(|a| a.bits).collect::<Vec<_>>());
            let halves = if s.object.kind() == Kind::CoBuy { 2.0 } else { 1.0 };
            let cost = Millibits::log2(halves * f64::from(tested[&class(s)]));
            let net = test.bits - cost;
            let holds =
                net >= settings.group_bits && test.without_strongest - cost >= settings.group_bits_without;
            holds.then_some(Validated { shared, test, net })
        })
        .collect()
}
