//! What several accounts have in common: names bought on a day, devices, addresses; and which of them hold up
//! under the group test.

use std::{collections::BTreeMap, net::IpAddr};

use itoguchi_model::{
    AccountId, DeviceId, InstrumentId, JstDate, Kind, Millibits,
    tables::{Case, Ip, IpClass, Login},
};
use itoguchi_signals::{
    market::Market,
    occasions::Occasion,
    sellers::{self, Sale},
    surprise::{Events, GivenName, JointEvents, Mark, Marked},
};

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
    /// Purchases of two names on a day.
    BoughtBoth(InstrumentId, InstrumentId, JstDate),
}

/// An IPv4 address, or the /64 of an IPv6 address: what one line is given. Or a token of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub Ip);

impl Address {
    /// The object that `ip` stands for.
    #[must_use]
    pub fn of(ip: Ip) -> Self {
        match ip {
            Ip::Address(IpAddr::V4(_)) | Ip::Token(_) => Self(ip),
            Ip::Address(IpAddr::V6(v6)) => {
                let bits = u128::from(v6) & !u128::from(u64::MAX);
                Self(Ip::Address(IpAddr::V6(bits.into())))
            }
        }
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Ip::Address(IpAddr::V6(ip)) => write!(f, "{ip}/64"),
            ip => write!(f, "{ip}"),
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
            Self::Bought(..) | Self::BoughtBoth(..) => Kind::CoBuy,
        }
    }

    /// Whether it is the purchase of `name` on `date`, alone or with another.
    #[must_use]
    pub fn is_about(self, name: InstrumentId, date: JstDate) -> bool {
        match self {
            Self::Bought(one, on) => one == name && on == date,
            Self::BoughtBoth(a, b, on) => (a == name || b == name) && on == date,
            Self::Device(_) | Self::Address(_) => false,
        }
    }

    /// How files name it.
    #[must_use]
    pub fn name(self, case: &Case) -> String {
        match self {
            Self::Device(device) => case.names.devices[device.index()].clone(),
            Self::Address(address) => address.to_string(),
            Self::Bought(name, date) => format!("{} {date}", case.names.instrument(name)),
            Self::BoughtBoth(first, second, date) => {
                format!("{} {} {date}", case.names.instrument(first), case.names.instrument(second))
            }
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
    /// Its bits, less log2 of how many occasions it was the oddest of, with what it has in common with the group.
    pub bits: Millibits,
    /// Of these, what it has in common with the group rather than with the crowd.
    pub alike: Millibits,
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
    /// Of common purchases: how far the name rose that day, where that is known; of two names the lesser rise.
    pub rise: Option<f64>,
    /// Of common purchases: what the sales of that day say for a ring that somebody sold to.
    pub sellers: Millibits,
    /// What the habits of its crowd explain without any group; and the same without the strongest actor.
    pub explained: (Millibits, Millibits),
}

impl Shared {
    /// Whether those who use it are in the data: behind a carrier's, an office's or a data centre's address stand others
    /// too, and what is seen of them is no crowd to judge by.
    #[must_use]
    pub fn crowd_is_seen(&self) -> bool {
        !matches!(self.object, Object::Address(_))
            || self.class.usual_users() <= IpClass::Unknown.usual_users()
    }

    /// Whether it is a purchase, of one name or of two.
    #[must_use]
    pub fn is_purchase(&self) -> bool {
        self.object.kind() == Kind::CoBuy
    }

    /// Whether it is the purchase of two names.
    fn of_two(&self) -> bool {
        matches!(self.object, Object::BoughtBoth(..))
    }

    /// What it is worth to two accounts that both used it: log2 of all accounts over its users.
    #[must_use]
    pub fn bits(&self, case: &Case) -> Millibits {
        Millibits::log2(case.names.accounts.len() as f64 / f64::from(self.users.max(1))).positive()
    }
}

/// The occasions behind every device and address that several accounts used.
pub struct SharedLogins {
    devices: Uses,
    addresses: Uses,
    lines: Vec<Address>,
}

impl SharedLogins {
    /// Looks through the logins of all occasions. O(logins).
    #[must_use]
    pub fn new(case: &Case, all: &[Occasion]) -> Self {
        let logins = |i: usize| all[i].logins().map(|l| &case.logins[l as usize]);
        let devices = Uses::new(case.names.devices.len(), all, |i| {
            logins(i).filter_map(|l| l.device.get().map(|device| (device.0, l.ip_class)))
        });
        // Addresses are sorted, so those of one line follow each other.
        let mut lines: Vec<Address> = case.names.ips.iter().map(|ip| Address::of(*ip)).collect();
        lines.dedup();
        let line_of: Vec<u32> = case
            .names
            .ips
            .iter()
            .scan(0_u32, |at, ip| {
                *at += u32::from(lines[*at as usize] != Address::of(*ip));
                Some(*at)
            })
            .collect();
        let addresses = Uses::new(lines.len(), all, |i| {
            logins(i).filter_map(|l| l.ip.get().map(|ip| (line_of[ip.index()], l.ip_class)))
        });
        Self { devices, addresses, lines }
    }

    /// For each of them its occasions, ascending.
    #[must_use]
    pub fn crowds(&self) -> Vec<&[u32]> {
        self.devices.lists().chain(self.addresses.lists()).collect()
    }
}

/// What objects are collected from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The rows.
    pub case: &'a Case,
    /// Prices.
    pub market: Market<'a>,
    /// Every account's sales by name and day.
    pub sales: &'a [Sale],
    /// Every occasion.
    pub occasions: &'a [Occasion],
    /// Which occasions bought which name on which day.
    pub events: &'a Events,
    /// Which occasions bought which two names on which day.
    pub joint: &'a JointEvents,
    /// Which occasions came from which device and address.
    pub logins: &'a SharedLogins,
}

/// All objects with two accounts or more, by object. O(logins + occasions of events).
#[must_use]
pub fn collect(from: &Sources, marked: &Marked) -> Vec<Shared> {
    let Sources { case, occasions: all, logins, .. } = *from;
    let accounts = case.names.accounts.len() as u32;
    let labelled = Labelled::new(case);
    let mut found = Vec::new();
    let mut add = |object: Object, actors: Vec<Actor>, class: IpClass, given: Option<&GivenName>| {
        let least = if matches!(object, Object::Address(_)) { class.usual_users() } else { 1 };
        let least = least.max(labelled.users(case, object));
        let users = (actors.len() as u32).max(least).min(accounts);
        if actors.len() >= 2 {
            let (rise, sellers) = trading_day(from, object);
            let explained = given.map(|g| (g.explained, g.explained_without)).unwrap_or_default();
            found.push(Shared { object, actors, users, class, rise, sellers, explained });
        }
    };
    let whole = |uses: &[u32]| {
        actors(all, uses.iter().map(|i| (*i, marked.marks[*i as usize].bits, Millibits::ZERO)))
    };
    logins.devices.each(|device, uses, class| {
        add(Object::Device(DeviceId(device)), whole(uses), class, None);
    });
    logins.addresses.each(|line, uses, class| {
        add(Object::Address(logins.lines[line as usize]), whole(uses), class, None);
    });
    let names = from.events.iter().map(|((name, date), buyers)| (Object::Bought(*name, *date), buyers));
    let both = from.joint.iter().map(|((a, b, date), buyers)| (Object::BoughtBoth(*a, *b, *date), buyers));
    for ((object, buyers), given) in names.chain(both).zip(marked.given.iter().chain(&marked.given_both)) {
        let uses =
            buyers.iter().zip(&given.bits).zip(&given.alike).map(|((i, bits), alike)| (*i, *bits, *alike));
        add(object, actors(all, uses), IpClass::default(), Some(given));
    }
    found
}

/// What the day of a common purchase tells before anything is known of the buyers: how far the name rose, and whether
/// somebody sold as a ring's seller does.
fn trading_day(from: &Sources, object: Object) -> (Option<f64>, Millibits) {
    let rise = |name, date| from.market.rise(name, date);
    let sellers = |name, date| sellers::of_ring(from.sales, name, date);
    match object {
        Object::Bought(name, date) => (rise(name, date), Millibits::log2(sellers(name, date))),
        Object::BoughtBoth(a, b, date) => {
            let lesser = rise(a, date).zip(rise(b, date)).map(|(x, y)| x.min(y));
            (lesser, Millibits::log2((sellers(a, date) + sellers(b, date)) / 2.0))
        }
        Object::Device(_) | Object::Address(_) => (None, Millibits::ZERO),
    }
}

/// The occasions that used each of several things, numbered from 0. Most things are of one account alone; of those
/// nothing is kept.
struct Uses {
    /// Things of several accounts, ascending, with where their occasions begin and end, and their class.
    shared: Vec<(u32, usize, usize, IpClass)>,
    /// Occasions, ascending within a thing, each once.
    occasions: Vec<u32>,
}

impl Uses {
    /// `of` gives the things that an occasion used, each with the class of the login.
    fn new<I: Iterator<Item = (u32, IpClass)>>(
        things: usize,
        all: &[Occasion],
        of: impl Fn(usize) -> I,
    ) -> Self {
        /// Stands for several accounts, as the largest number stands for none.
        const SEVERAL: u32 = u32::MAX - 1;
        let mut first = vec![u32::MAX; things];
        for (i, occasion) in all.iter().enumerate() {
            for (thing, _) in of(i) {
                let first = &mut first[thing as usize];
                match *first {
                    u32::MAX => *first = occasion.account.0,
                    same if same == occasion.account.0 => {}
                    _ => *first = SEVERAL,
                }
            }
        }
        let several: Vec<u32> = (0..).zip(&first).filter(|(_, f)| **f == SEVERAL).map(|(t, _)| t).collect();
        let mut number = first;
        number.fill(u32::MAX);
        for (at, thing) in (0..).zip(&several) {
            number[*thing as usize] = at;
        }
        let mut size = vec![0_usize; several.len()];
        let mut class = vec![IpClass::default(); several.len()];
        let known = |i: usize| of(i).map(|(thing, class)| (number[thing as usize], class));
        for i in 0..all.len() {
            for (at, of_login) in known(i).filter(|(at, _)| *at != u32::MAX) {
                size[at as usize] += 1;
                class[at as usize] = class[at as usize].max_by_users(of_login);
            }
        }
        let mut end = 0;
        let mut shared: Vec<(u32, usize, usize, IpClass)> = Vec::with_capacity(several.len());
        for ((thing, size), class) in several.into_iter().zip(size).zip(class) {
            shared.push((thing, end, end, class));
            end += size;
        }
        let mut occasions = vec![0; end];
        for i in 0..all.len() {
            for (at, _) in known(i).filter(|(at, _)| *at != u32::MAX) {
                let (_, start, end, _) = &mut shared[at as usize];
                if *start == *end || occasions[*end - 1] != i as u32 {
                    occasions[*end] = i as u32;
                    *end += 1;
                }
            }
        }
        Self { shared, occasions }
    }

    fn lists(&self) -> impl Iterator<Item = &[u32]> {
        self.shared.iter().map(|(_, start, end, _)| &self.occasions[*start..*end])
    }

    /// Hands over every thing of several accounts, ascending, with its occasions and the least favourable class.
    fn each(&self, mut with: impl FnMut(u32, &[u32], IpClass)) {
        for (thing, start, end, class) in &self.shared {
            with(*thing, &self.occasions[*start..*end], *class);
        }
    }
}

/// The device and the address of a login.
pub fn of_login(case: &Case, login: &Login) -> impl Iterator<Item = Object> {
    let device = login.device.get().map(Object::Device);
    let address = login.ip.get().map(|ip| Object::Address(Address::of(case.names.ips[ip.index()])));
    device.into_iter().chain(address)
}

/// The oddest occasion of each account; `uses` are ascending, and so are the accounts of occasions.
fn actors(all: &[Occasion], uses: impl Iterator<Item = (u32, Millibits, Millibits)>) -> Vec<Actor> {
    let uses: Vec<(u32, Millibits, Millibits)> = uses.collect();
    let account = |i: u32| all[i as usize].account;
    uses.chunk_by(|a, b| account(a.0) == account(b.0))
        .map(|run| {
            let (oddest, bits, alike) =
                *run.iter().max_by_key(|(i, bits, alike)| (*bits + *alike, u32::MAX - i)).expect("not empty");
            // The greatest of n draws: n times as likely by chance, at most.
            let draws = if run.len() == 1 { Millibits::ZERO } else { Millibits::log2(run.len() as f64) };
            Actor { account: account(oddest), occasion: oddest, bits: bits + alike - draws, alike }
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
    /// The same without the strongest actor.
    pub without_strongest: Millibits,
}

/// Objects that hold up: net of what it costs to have looked at so many, and without their strongest actor.
#[must_use]
pub fn validate(objects: &[Shared], marks: &[Mark], settings: &Settings) -> Vec<Validated> {
    let search = Search::new(objects, marks);
    objects
        .iter()
        .enumerate()
        .filter(|(_, s)| s.crowd_is_seen())
        .filter(|(_, s)| s.actors.iter().filter(|a| a.bits > Millibits::ZERO).count() >= 2)
        .filter_map(|(shared, s)| {
            let test = group::test(&s.actors.iter().map(|a| a.bits).collect::<Vec<_>>());
            let before = s.sellers - search.cost(shared, s);
            let net = test.bits + before - s.explained.0;
            let without_strongest = test.without_strongest + before - s.explained.1;
            let holds = net >= settings.group_bits && without_strongest >= settings.group_bits_without;
            holds.then_some(Validated { shared, test, net, without_strongest })
        })
        .collect()
}

/// What it costs to have looked at so many objects of a kind: log2 of one over the belief in each before anything is known
/// of those who acted on it.
///
/// Of devices and addresses each is believed in alike. Of names and days half of the belief goes by how far the name rose
/// (one over its rank: buying up moves the price); a quarter to those whose buyers bought something unlike them, cheap or
/// rising; a quarter to the rest.
struct Search {
    /// Objects of each kind, and of each half.
    kinds: BTreeMap<(Kind, bool), u32>,
    halves: BTreeMap<(bool, bool), u32>,
    /// Per object, whether its buyers bought something unlike them; and its rank by rise, from 1.
    odd: Vec<bool>,
    rank: Vec<u32>,
}

impl Search {
    fn new(objects: &[Shared], marks: &[Mark]) -> Self {
        let odd: Vec<bool> = objects
            .iter()
            .map(|s| {
                let odd = s.actors.iter().filter(|a| marks[a.occasion as usize].odd_name).count();
                odd * 2 > s.actors.len()
            })
            .collect();
        let mut search =
            Self { kinds: BTreeMap::new(), halves: BTreeMap::new(), odd, rank: vec![0; objects.len()] };
        let mut rises: BTreeMap<bool, Vec<(f64, usize)>> = BTreeMap::new();
        for (at, shared) in objects.iter().enumerate() {
            let kind = (shared.object.kind(), shared.of_two());
            *search.kinds.entry(kind).or_default() += 1;
            if kind.0 == Kind::CoBuy {
                *search.halves.entry((shared.of_two(), search.odd[at])).or_default() += 1;
                rises.entry(shared.of_two()).or_default().push((shared.rise.unwrap_or(-1.0), at));
            }
        }
        for ranked in rises.values_mut() {
            ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            for run in ranked.chunk_by(|a, b| a.0 == b.0) {
                // Of equal rises each has the rank of the last.
                let last = ranked.partition_point(|r| r.0 >= run[0].0);
                run.iter().for_each(|r| search.rank[r.1] = last as u32);
            }
        }
        search
    }

    fn cost(&self, at: usize, shared: &Shared) -> Millibits {
        let of_kind = f64::from(self.kinds[&(shared.object.kind(), shared.of_two())]);
        if shared.object.kind() != Kind::CoBuy {
            return Millibits::log2(of_kind);
        }
        /// Euler's constant: the sum of 1/r up to n is about ln n and this.
        const EULER: f64 = 0.577_215_664_901_532_9;
        let by_rise = 0.5 / (f64::from(self.rank[at]) * (libm::log(of_kind) + EULER));
        let by_half = 0.25 / f64::from(self.halves[&(shared.of_two(), self.odd[at])]);
        -Millibits::log2(by_rise + by_half)
    }
}
