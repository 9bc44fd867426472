//! Accounts, their holders' devices, households and networks.

use std::collections::{BTreeMap, HashSet};

use itoguchi_model::time::DAY;

use crate::{
    clock::{Span, date_of},
    market::{Kind, Market},
    params::{
        AGENTS, AGGREGATED, BROKERS, CORPORATE, DEVICES, ELSEWHERE, ELSEWHERE_LINES, EMPTY, FOREIGN,
        HOME_SHARED, HOUSEHOLD, HOUSEHOLD_DEVICE, LARGE, LOGIN_SPREAD, LOGINS_PER_DAY, MOBILE, MOVES_MONTH,
        NEW_DEVICE_MONTH, NO_DEVICE_SHARE, OFFICE, PER_CGNAT, PER_OFFICE, PER_SHARED, PREFECTURES,
        RELAY_SHARED, TRADE_SPREAD, TRADES_PER_DAY, VPN, WEALTH,
    },
    plan::NO_DEVICE,
    rng::Stream,
};

/// An address as a broker's record shows it.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    pub ip: String,
    pub asn: u32,
    pub country: &'static str,
    /// 1 to 47, or 0 where there is none.
    pub region: u8,
    pub class: &'static str,
    /// First port and number of ports a subscriber has here; all of them if the number is 0.
    pub shared_ports: u16,
}

/// A device while its holder uses it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Device {
    pub id: u32,
    pub agent: u8,
    pub from: i64,
    pub until: i64,
}

/// One account and the habits of its holder.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub broker: u8,
    pub opened: i32,
    pub corporate: bool,
    pub region: u8,
    pub logins: f64,
    pub trades: f64,
    pub wealth: f64,
    pub foreign: bool,
    pub favourites: Vec<usize>,
    /// (instrument, shares) before the first day.
    pub opening: Vec<(usize, i64)>,
    pub devices: Vec<Device>,
    pub home: u32,
    /// From when on the home has another address.
    pub moves: Option<(i64, u32)>,
    pub carrier: u8,
    pub office: Option<u32>,
    pub aggregator: Option<u8>,
    pub vpn: Option<u32>,
    pub port: u16,
    /// The account whose household it joined.
    pub household: Option<u32>,
    /// From here on the holder does not trade: the account has been hijacked and is locked for orders.
    pub locked_from: i64,
    /// Between these moments the holder is away from the account.
    pub away: Option<(i64, i64)>,
}

/// Everybody, and every address.
#[derive(Debug, Default)]
pub(crate) struct Population {
    pub accounts: Vec<Account>,
    pub networks: Vec<Network>,
    pub carriers: Vec<Vec<u32>>,
    pub aggregators: Vec<u32>,
    pub hosting: Vec<u32>,
    pub abroad: Vec<u32>,
    /// Lines that holders come through once in a while; none in the shipped worlds.
    pub elsewhere: Vec<u32>,
    /// Addresses that several homes share.
    pub shared: Vec<u32>,
    devices: u32,
    taken: HashSet<String>,
    /// Whether there are more fixed lines than one range has addresses.
    large: bool,
}

const HOME_ASN: [u32; 9] = [64_496, 64_497, 64_498, 64_499, 64_500, 64_501, 65_536, 65_537, 65_538];
const CARRIER_ASN: [u32; 4] = [64_502, 64_503, 64_504, 65_539];
const HOSTING_ASN: [u32; 3] = [64_505, 64_506, 65_540];
const ABROAD: [(&str, u32); 5] =
    [("US", 65_541), ("TW", 65_542), ("TH", 65_543), ("GB", 65_544), ("HK", 65_545)];

impl Population {
    /// A device id nobody has yet.
    pub(crate) fn new_device(&mut self) -> u32 {
        self.devices += 1;
        self.devices - 1
    }

    fn add_network(&mut self, rng: &mut Stream, kind: Net, asn: u32, region: u8) -> u32 {
        let ip = loop {
            let ip = kind.address(rng, self.large);
            if self.taken.insert(ip.clone()) {
                break ip;
            }
        };
        let (class, shared_ports) = match kind {
            Net::Home | Net::HomeV6 => ("fixed", 0),
            Net::Shared => ("fixed_shared", 240),
            Net::Carrier => ("mobile_cgnat", 0),
            Net::Office => ("corporate", 0),
            Net::Hosting => ("hosting", 0),
            Net::Aggregator => ("aggregator", 0),
            Net::Abroad => ("unknown", 0),
        };
        self.networks.push(Network { ip, asn, country: "JP", region, class, shared_ports });
        self.networks.len() as u32 - 1
    }

    /// A fixed line of somebody who is in no table: what a relay looks like.
    pub(crate) fn new_home(&mut self, rng: &mut Stream) -> u32 {
        let region = rng.weighted(&PREFECTURES) as u8 + 1;
        let kind = if rng.chance(0.2) { Net::HomeV6 } else { Net::Home };
        let asn = rng.pick(&HOME_ASN);
        self.add_network(rng, kind, asn, region)
    }

    /// Somebody's fixed line or one shared with neighbours, with the first port of a block there: what a relay looks
    /// like among the lines that customers have.
    pub(crate) fn relay(&mut self, rng: &mut Stream) -> (u32, Option<u16>) {
        if rng.chance(RELAY_SHARED) {
            return (rng.pick(&self.shared.clone()), Some(port_block(rng)));
        }
        (self.somebodys_line(rng), None)
    }

    /// An address in a data centre that also has other customers.
    pub(crate) fn new_hosting(&mut self, rng: &mut Stream) -> u32 {
        let asn = rng.pick(&HOSTING_ASN);
        let region = if rng.chance(0.7) { 13 } else { 27 };
        let net = self.add_network(rng, Net::Hosting, asn, region);
        self.hosting.push(net);
        net
    }

    /// The account's device that is in use at `time`, drawn with a preference for the first.
    pub(crate) fn device_at(&self, account: usize, time: i64, rng: &mut Stream) -> (u32, u8) {
        let live: Vec<Device> = self.accounts[account]
            .devices
            .iter()
            .filter(|d| d.from <= time && time < d.until)
            .copied()
            .collect();
        match live.len() {
            0 => (NO_DEVICE, 5),
            n => {
                let d = live[if rng.chance(0.65) { 0 } else { rng.below(n) }];
                (d.id, d.agent)
            }
        }
    }

    /// The address an account would come from at `time` with a program of that kind.
    pub(crate) fn network_at(&self, account: usize, time: i64, agent: u8, rng: &mut Stream) -> u32 {
        let a = &self.accounts[account];
        let hour = itoguchi_model::Instant(time).jst_time_of_day() / itoguchi_model::time::HOUR;
        let weekday = !crate::clock::is_weekend(date_of(time));
        if let Some(vpn) = a.vpn.filter(|_| rng.chance(0.3)) {
            return vpn;
        }
        if !self.elsewhere.is_empty() && rng.chance(ELSEWHERE) {
            return rng.pick(&self.elsewhere);
        }
        if let Some(office) = a.office.filter(|_| weekday && (8..19).contains(&hour) && rng.chance(0.7)) {
            return office;
        }
        let phone = AGENTS.get(usize::from(agent)).is_some_and(|p| p.1);
        if phone && rng.chance(MOBILE) {
            let pool = &self.carriers[usize::from(a.carrier)];
            return rng.pick(pool);
        }
        self.home_at(account, time)
    }

    /// The address of the account's home at `time`.
    pub(crate) fn home_at(&self, account: usize, time: i64) -> u32 {
        let a = &self.accounts[account];
        a.moves.filter(|m| m.0 <= time).map_or(a.home, |m| m.1)
    }

    /// Gives people places to be other than home, and some of them a new address at home.
    pub(crate) fn stir(&mut self, seed: u64, span: Span) {
        let rng = &mut Stream::new(seed, "elsewhere", 0);
        let lines = (self.accounts.len() as f64 * ELSEWHERE_LINES) as usize + 4;
        self.elsewhere = (0..lines).map(|_| self.somebodys_line(rng)).collect();
        let rate = MOVES_MONTH * f64::from(span.days) / 30.0;
        // Those who live together move together.
        let mut moved: BTreeMap<u32, (i64, u32)> = BTreeMap::new();
        for i in 0..self.accounts.len() {
            let home = self.accounts[i].home;
            if self.networks[home as usize].class != "fixed" {
                continue;
            }
            if !moved.contains_key(&home) && rng.chance(rate) {
                let time = span.start() + rng.below(span.days as usize) as i64 * DAY + DAY / 7;
                let (asn, region) = (self.networks[home as usize].asn, self.networks[home as usize].region);
                let v6 = self.networks[home as usize].ip.contains(':');
                let line = self.add_network(rng, if v6 { Net::HomeV6 } else { Net::Home }, asn, region);
                moved.insert(home, (time, line));
            }
            self.accounts[i].moves = moved.get(&home).copied();
        }
    }

    fn somebodys_line(&mut self, rng: &mut Stream) -> u32 {
        let region = rng.weighted(&PREFECTURES) as u8 + 1;
        let kind = if rng.chance(0.45) { Net::HomeV6 } else { Net::Home };
        let asn = rng.pick(&HOME_ASN);
        self.add_network(rng, kind, asn, region)
    }
}

#[derive(Clone, Copy)]
enum Net {
    Home,
    HomeV6,
    Shared,
    Carrier,
    Office,
    Hosting,
    Aggregator,
    Abroad,
}

impl Net {
    /// An address from the ranges kept for documentation, benchmarks and carrier NAT.
    ///
    /// A large world has more fixed lines than the benchmark range has addresses: half of the carriers' range is theirs
    /// then, and `ip_class` says which is which.
    fn address(self, rng: &mut Stream, large: bool) -> String {
        let benchmark = |rng: &mut Stream| {
            if large && rng.chance(0.94) {
                return format!("100.{}.{}.{}", 96 + rng.below(32), rng.below(256), 1 + rng.below(254));
            }
            format!("198.{}.{}.{}", 18 + rng.below(2), rng.below(256), 1 + rng.below(254))
        };
        match self {
            Self::Home | Self::Shared | Self::Abroad => benchmark(rng),
            Self::HomeV6 => format!(
                "2001:db8:{:x}:{:x}::{:x}",
                1 + rng.below(0xffff),
                1 + rng.below(0xffff),
                1 + rng.below(0xffff)
            ),
            Self::Carrier => {
                let blocks = if large { 32 } else { 64 };
                format!("100.{}.{}.{}", 64 + rng.below(blocks), rng.below(256), 1 + rng.below(254))
            }
            Self::Office if rng.chance(0.5) => benchmark(rng),
            Self::Office => format!("203.0.113.{}", 1 + rng.below(254)),
            Self::Hosting if rng.chance(0.5) => benchmark(rng),
            Self::Hosting => format!("198.51.100.{}", 1 + rng.below(254)),
            Self::Aggregator => format!("192.0.2.{}", 1 + rng.below(254)),
        }
    }
}

/// How lively a world is against the ordinary one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub logins: f64,
    pub trades: f64,
    pub holdings: f64,
    pub robots: f64,
}

/// Draws `count` accounts. Sequential, because a household joins an account drawn before.
pub(crate) fn populate(seed: u64, count: usize, span: Span, market: &Market, pace: Pace) -> Population {
    let mut world = Population { large: count > LARGE, ..Population::default() };
    let rng = &mut Stream::new(seed, "networks", 0);
    let per_carrier = (count * 2 / PER_CGNAT / CARRIER_ASN.len()).max(2);
    for asn in CARRIER_ASN {
        let pool = (0..per_carrier)
            .map(|k| world.add_network(rng, Net::Carrier, asn, if k % 3 == 2 { 27 } else { 13 }))
            .collect();
        world.carriers.push(pool);
    }
    for k in 0..6 {
        let net = world.add_network(rng, Net::Aggregator, HOSTING_ASN[k % 3], 13);
        world.aggregators.push(net);
    }
    for _ in 0..(count / 700).max(3) {
        world.new_hosting(rng);
    }
    for (country, asn) in ABROAD.iter().cycle().take(10) {
        let net = world.add_network(rng, Net::Abroad, *asn, 0);
        world.networks[net as usize].country = country;
        world.abroad.push(net);
    }
    let offices: Vec<u32> = (0..(libm::ceil(count as f64 * OFFICE) as usize / PER_OFFICE).max(1))
        .map(|_| {
            let (asn, region) = (rng.pick(&HOME_ASN), rng.weighted(&PREFECTURES) as u8 + 1);
            world.add_network(rng, Net::Office, asn, region)
        })
        .collect();
    let shared: Vec<u32> = (0..(libm::ceil(count as f64 * HOME_SHARED) as usize / PER_SHARED).max(1))
        .map(|_| {
            let (asn, region) = (rng.pick(&HOME_ASN), rng.weighted(&PREFECTURES) as u8 + 1);
            world.add_network(rng, Net::Shared, asn, region)
        })
        .collect();
    world.shared.clone_from(&shared);
    let popular = Popular::new(market);
    for i in 0..count {
        let rng = &mut Stream::new(seed, "account", i as u64);
        let account = draw_account(rng, &mut world, span, market, &popular, &shared, &offices, pace);
        world.accounts.push(account);
    }
    world
}

/// How often each instrument is chosen by whom.
///
/// Running sums of the weights, so that a draw is a binary search.
pub(crate) struct Popular {
    home: Vec<f64>,
    foreign: Vec<f64>,
}

impl Popular {
    /// Zipf weights within each kind; most orders go to large names.
    pub(crate) fn new(market: &Market) -> Self {
        let mut seen = [0_usize; 7];
        let weight = |kind: Kind, rank: usize, foreign: bool| {
            let share = match kind {
                Kind::Large => 4.0,
                Kind::Mid => 1.4,
                Kind::Thin => 0.35,
                Kind::Etf => 1.2,
                Kind::HongKong if foreign => 0.6,
                Kind::HongKongThin if foreign => 0.12,
                Kind::NewYork if foreign => 2.0,
                _ => 0.0,
            };
            share / libm::pow(rank as f64, 0.85)
        };
        let both: Vec<(f64, f64)> = market
            .instruments
            .iter()
            .map(|i| {
                let k = &mut seen[i.kind as usize];
                *k += 1;
                (weight(i.kind, *k, false), weight(i.kind, *k, true))
            })
            .collect();
        let sums = |of: fn(&(f64, f64)) -> f64| {
            let mut sum = 0.0;
            let add = |w| {
                sum += of(w);
                sum
            };
            both.iter().map(add).collect()
        };
        Self { home: sums(|w| w.0), foreign: sums(|w| w.1) }
    }

    pub(crate) fn draw(&self, foreign: bool, rng: &mut Stream) -> usize {
        let sums = if foreign { &self.foreign } else { &self.home };
        let total = sums.last().copied().unwrap_or(0.0);
        let place = rng.unit() * total;
        sums.partition_point(|&s| s <= place).min(sums.len() - 1)
    }
}

#[allow(clippy::too_many_arguments)] // one account needs all of its surroundings
fn draw_account(
    rng: &mut Stream,
    world: &mut Population,
    span: Span,
    market: &Market,
    popular: &Popular,
    shared: &[u32],
    offices: &[u32],
    pace: Pace,
) -> Account {
    let corporate = rng.chance(CORPORATE);
    let before = world.accounts.len();
    let household = (!corporate && before > 20 && rng.chance(HOUSEHOLD))
        .then(|| rng.below(before) as u32)
        .filter(|&h| !world.accounts[h as usize].corporate && world.accounts[h as usize].household.is_none());
    let broker = rng.weighted(&[BROKERS[0].1, BROKERS[1].1, BROKERS[2].1]) as u8;
    let region = rng.weighted(&PREFECTURES) as u8 + 1;
    let (home, home_region) = match (household, rng.chance(HOME_SHARED)) {
        (Some(h), _) => (world.accounts[h as usize].home, world.accounts[h as usize].region),
        (None, true) => (rng.pick(shared), region),
        (None, false) => {
            let kind = if rng.chance(0.45) { Net::HomeV6 } else { Net::Home };
            let asn = rng.pick(&HOME_ASN);
            (world.add_network(rng, kind, asn, region), region)
        }
    };
    let devices = draw_devices(rng, world, span, household);
    let foreign = rng.chance(FOREIGN);
    let wealth = rng.lognormal(WEALTH.0, WEALTH.1).min(4.0e8);
    let favourites: Vec<usize> = (0..rng.between(2, 6)).map(|_| popular.draw(foreign, rng)).collect();
    let opening =
        if rng.chance(EMPTY) { Vec::new() } else { draw_opening(rng, market, &favourites, wealth, pace) };
    let vpn = rng.chance(VPN).then(|| rng.pick(&world.hosting.clone()));
    Account {
        broker,
        opened: span.first - 1 - (rng.lognormal(1_100.0, 1.0) as i32).min(8_000),
        corporate,
        region: home_region,
        logins: (rng.lognormal(1.0, LOGIN_SPREAD) / libm::exp(LOGIN_SPREAD * LOGIN_SPREAD / 2.0)).min(40.0)
            * LOGINS_PER_DAY
            * pace.logins,
        trades: (rng.lognormal(1.0, TRADE_SPREAD) / libm::exp(TRADE_SPREAD * TRADE_SPREAD / 2.0)).min(25.0)
            * TRADES_PER_DAY
            * pace.trades,
        wealth,
        foreign,
        favourites,
        opening,
        devices,
        home,
        moves: None,
        carrier: rng.below(CARRIER_ASN.len()) as u8,
        office: rng.chance(OFFICE).then(|| rng.pick(offices)),
        aggregator: rng.chance(AGGREGATED).then(|| rng.below(world.aggregators.len()) as u8),
        vpn,
        port: port_block(rng),
        household,
        locked_from: i64::MAX,
        away: None,
    }
}

/// The first port of a subscriber's block on a shared address.
fn port_block(rng: &mut Stream) -> u16 {
    1_024 + 240 * rng.below(250) as u16
}

fn draw_devices(rng: &mut Stream, world: &mut Population, span: Span, household: Option<u32>) -> Vec<Device> {
    if rng.chance(NO_DEVICE_SHARE) {
        return Vec::new();
    }
    let count = rng.weighted(&DEVICES) + 1;
    let mut out = Vec::new();
    let common = household.filter(|_| rng.chance(HOUSEHOLD_DEVICE));
    if let Some(&first) = common.and_then(|h| world.accounts[h as usize].devices.first()) {
        out.push(first);
    }
    while out.len() < count {
        let phone = out.is_empty() && rng.chance(0.72);
        let agent = if phone { rng.below(5) } else { 5 + rng.below(5) } as u8;
        let mut from = i64::MIN;
        // A replacement is a new id from a day on, with the old one gone.
        let months = span.days as f64 / 30.0;
        if rng.chance(NEW_DEVICE_MONTH * months) {
            let turn = span.start() + rng.below(span.days as usize) as i64 * DAY + DAY / 2;
            let id = world.new_device();
            out.push(Device { id, agent, from, until: turn });
            from = turn;
        }
        let id = world.new_device();
        out.push(Device { id, agent, from, until: i64::MAX });
    }
    out
}

fn draw_opening(
    rng: &mut Stream,
    market: &Market,
    favourites: &[usize],
    wealth: f64,
    pace: Pace,
) -> Vec<(usize, i64)> {
    let names = ((libm::log10(wealth) - 4.5) * pace.holdings * rng.range(0.5, 1.8)).clamp(1.0, 12.0) as usize;
    let mut chosen: Vec<usize> = favourites.to_vec();
    chosen.sort_unstable();
    chosen.dedup();
    let mut chosen = rng.sample(&chosen, names);
    chosen.sort_unstable();
    chosen
        .iter()
        .filter_map(|&i| {
            let listed = &market.instruments[i];
            let share = wealth * rng.range(0.4, 1.4) / chosen.len() as f64;
            let lot = market.yen(i, listed.base, listed.lot, market.span.first);
            let lots = (share / lot) as i64;
            // Nobody holds much of a thin name unless a plan says so.
            let most = (listed.shares * 0.002 / listed.lot as f64) as i64;
            (lots > 0).then_some((i, lots.min(most.max(1)) * listed.lot))
        })
        .collect()
}
