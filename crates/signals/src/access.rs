//! What is odd about how an account was entered, judged by its own history up to that moment.
//!
//! A signal is *known* where the columns and the history allow it to fire; the first login of an account can have
//! no new device. What is not known counts neither for nor against.

use std::net::IpAddr;

use itoguchi_model::{
    Instant, TextId,
    tables::{Case, Ip, IpClass, Login, LoginEvent, Names},
    time::{DAY, HOUR, MINUTE},
};

use crate::{
    occasions::AccountRows,
    signal::{Signal, SignalSet},
};

/// How far back an account's own history counts.
const MEMORY: i64 = 180 * DAY;
/// How long before a login a change of credentials counts.
const CONTACT_REACH: i64 = 72 * HOUR;
/// How long before a success failures count.
const FAILURE_REACH: i64 = HOUR;
/// How long before a login a mere look by the same device counts.
const RECON_REACH: i64 = 30 * DAY;
/// Logins needed before an hour of the day can be unusual.
const HOURS_NEEDED: u32 = 20;

/// One login of a person, judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessView {
    /// Index into the account's logins.
    pub row: usize,
    /// Signals that fired.
    pub fired: SignalSet,
    /// Signals that could have fired.
    pub known: SignalSet,
    /// Earlier logins of this account.
    pub history: u32,
}

/// A value with when it was first and last seen, and how often.
#[derive(Clone, Copy)]
struct Seen<T> {
    value: T,
    first: Instant,
    last: Instant,
    times: u32,
}

struct Memory<T>(Vec<Seen<T>>);

impl<T: Copy + PartialEq> Memory<T> {
    fn find(&self, value: T, now: Instant) -> Option<&Seen<T>> {
        self.0.iter().find(|s| s.value == value && now.since(s.last) <= MEMORY)
    }

    fn add(&mut self, value: T, now: Instant) {
        match self.0.iter_mut().find(|s| s.value == value) {
            Some(seen) => {
                seen.last = now;
                seen.times += 1;
            }
            None => self.0.push(Seen { value, first: now, last: now, times: 1 }),
        }
    }
}

/// What an account has shown so far.
struct History {
    logins: u32,
    devices: Memory<u32>,
    networks: Memory<Network>,
    countries: Memory<[u8; 2]>,
    regions: Memory<TextId>,
    classes: Memory<IpClass>,
    hours: [u32; 24],
}

/// What stands for the network of a login: its autonomous system, else its prefix.
#[derive(Clone, Copy, PartialEq)]
enum Network {
    System(u32),
    V4([u8; 3]),
    V6([u8; 8]),
}

fn network(names: &Names, login: &Login) -> Option<Network> {
    if let Some(asn) = login.asn {
        return Some(Network::System(asn));
    }
    Some(match names.ips[login.ip.get()?.index()] {
        Ip::Token(_) => return None,
        Ip::Address(IpAddr::V4(ip)) => {
            let [a, b, c, _] = ip.octets();
            Network::V4([a, b, c])
        }
        Ip::Address(IpAddr::V6(ip)) => {
            let mut prefix = [0; 8];
            prefix.copy_from_slice(&ip.octets()[..8]);
            Network::V6(prefix)
        }
    })
}

/// Judges every login of `rows` for which `opens` holds, in time order. O(logins · distinct devices and networks).
pub fn judge(case: &Case, rows: &AccountRows, opens: impl Fn(&Login) -> bool) -> Vec<AccessView> {
    let mut history = History {
        logins: 0,
        devices: Memory(Vec::new()),
        networks: Memory(Vec::new()),
        countries: Memory(Vec::new()),
        regions: Memory(Vec::new()),
        classes: Memory(Vec::new()),
        hours: [0; 24],
    };
    let mut views = Vec::new();
    let mut before: Option<usize> = None;
    for (row, login) in rows.logins.iter().enumerate() {
        if !opens(login) {
            continue;
        }
        let mut view = AccessView {
            row,
            fired: SignalSet::default(),
            known: SignalSet::default(),
            history: history.logins,
        };
        let mut say = |signal: Signal, known: bool, fired: bool| {
            view.known.set(signal, known);
            view.fired.set(signal, known && fired);
        };
        novelty(case, &history, login, &mut say);
        habits(&history, login, &mut say);
        movement(case, before.map(|i| &rows.logins[i]), login, &mut say);
        around(rows.logins, row, &mut say);
        views.push(view);
        remember(case, &mut history, login);
        before = Some(row);
    }
    views
}

fn novelty(case: &Case, history: &History, login: &Login, say: &mut impl FnMut(Signal, bool, bool)) {
    let now = login.time;
    let device = login.device.get().map(|d| d.0);
    let known = device.is_some() && !history.devices.0.is_empty();
    let seen = device.and_then(|d| history.devices.find(d, now));
    // A device that came once or twice, lately, after others were in use, may have come only to look. On the
    // account's usual network it is a new phone; on another new network it is not yet the owner's.
    let unsettled = |first: Instant, times: u32| times <= 2 && now.since(first) <= RECON_REACH;
    let network = network(&case.names, login);
    let known_network = network.and_then(|n| history.networks.find(n, now));
    let strange_network = network.is_some()
        && known_network.is_none_or(|s| {
            unsettled(s.first, s.times) && history.networks.0.iter().any(|other| other.first < s.first)
        });
    let looked = strange_network
        && seen.is_some_and(|s| {
            unsettled(s.first, s.times) && history.devices.0.iter().any(|other| other.first < s.first)
        });
    say(Signal::Reconnaissance, known, looked);
    // What came to look is neither new nor familiar.
    say(Signal::NewDevice, known && !looked, seen.is_none());
    let network_known = network.is_some() && !history.networks.0.is_empty();
    say(Signal::NewNetwork, network_known && !(looked && known_network.is_some()), known_network.is_none());

    let stated = login.country != *b"  ";
    let fresh = history.countries.find(login.country, now).is_none();
    say(Signal::NewCountry, stated && !history.countries.0.is_empty(), fresh);

    // A network brings its region with it: told only where the network says nothing by itself.
    let fresh = history.regions.find(login.region, now).is_none();
    let told = network_known && known_network.is_none();
    say(Signal::NewRegion, login.region.is_some() && !history.regions.0.is_empty() && !told, fresh);

    let outside = matches!(login.ip_class, IpClass::Hosting | IpClass::Vpn);
    let known = login.ip_class != IpClass::Unknown && !history.classes.0.is_empty();
    say(Signal::HostingOrVpn, known, outside && history.classes.find(login.ip_class, now).is_none());
}

fn habits(history: &History, login: &Login, say: &mut impl FnMut(Signal, bool, bool)) {
    let total: u32 = history.hours.iter().sum();
    let hour = hour_of(login.time);
    let near: u32 = [23, 0, 1].iter().map(|d| history.hours[(hour + d) % 24]).sum();
    say(Signal::UnusualHour, total >= HOURS_NEEDED, f64::from(near) < 0.02 * f64::from(total));
}

fn hour_of(time: Instant) -> usize {
    (time.jst_time_of_day() / HOUR) as usize
}

/// Whether one person could have made both logins. Mobile and aggregator addresses say little of where one is.
fn movement(case: &Case, before: Option<&Login>, login: &Login, say: &mut impl FnMut(Signal, bool, bool)) {
    let placed = |l: &Login| {
        !matches!(l.ip_class, IpClass::MobileCgnat | IpClass::Aggregator | IpClass::Vpn | IpClass::Corporate)
            && l.country != *b"  "
    };
    let Some(before) = before.filter(|b| placed(b) && placed(login)) else {
        say(Signal::ImpossibleTravel, false, false);
        return;
    };
    let here = place(&case.names, login);
    let there = place(&case.names, before);
    let km = match (here, there) {
        (Some(here), Some(there)) => distance_km(here, there),
        // Another country whose place is not in the table: no nearer than Korea is to western Japan.
        _ if login.country != before.country => 200.0,
        _ => 0.0,
    };
    let hours = login.time.since(before.time).max(MINUTE) as f64 / HOUR as f64;
    say(Signal::ImpossibleTravel, true, km / hours > 900.0 && km > 150.0);
}

/// Latitude and longitude of the seat of each of the 47 prefectures, JP-01 to JP-47, to a tenth of a degree.
const PREFECTURES: [(f64, f64); 47] = [
    (43.1, 141.3),
    (40.8, 140.7),
    (39.7, 141.2),
    (38.3, 140.9),
    (39.7, 140.1),
    (38.2, 140.4),
    (37.8, 140.5),
    (36.3, 140.4),
    (36.6, 139.9),
    (36.4, 139.1),
    (35.9, 139.6),
    (35.6, 140.1),
    (35.7, 139.7),
    (35.4, 139.6),
    (37.9, 139.0),
    (36.7, 137.2),
    (36.6, 136.6),
    (36.1, 136.2),
    (35.7, 138.6),
    (36.7, 138.2),
    (35.4, 136.7),
    (35.0, 138.4),
    (35.2, 136.9),
    (34.7, 136.5),
    (35.0, 135.9),
    (35.0, 135.8),
    (34.7, 135.5),
    (34.7, 135.2),
    (34.7, 135.8),
    (34.2, 135.2),
    (35.5, 134.2),
    (35.5, 133.1),
    (34.7, 133.9),
    (34.4, 132.5),
    (34.2, 131.5),
    (34.1, 134.6),
    (34.3, 134.0),
    (33.8, 132.8),
    (33.6, 133.5),
    (33.6, 130.4),
    (33.2, 130.3),
    (32.7, 129.9),
    (32.8, 130.7),
    (33.2, 131.6),
    (31.9, 131.4),
    (31.6, 130.6),
    (26.2, 127.7),
];

fn place(names: &Names, login: &Login) -> Option<(f64, f64)> {
    let region = names.text(login.region)?;
    let number: usize = region.strip_prefix("JP-")?.parse().ok()?;
    PREFECTURES.get(number.checked_sub(1)?).copied()
}

/// Great-circle distance by the haversine formula.
fn distance_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let rad = std::f64::consts::PI / 180.0;
    let (dlat, dlon) = ((b.0 - a.0) * rad, (b.1 - a.1) * rad);
    let half = |x: f64| libm::sin(x / 2.0) * libm::sin(x / 2.0);
    let h = half(dlat) + libm::cos(a.0 * rad) * libm::cos(b.0 * rad) * half(dlon);
    2.0 * 6371.0 * libm::asin(libm::sqrt(h.min(1.0)))
}

/// What else happened around the login: failures, changes of credentials, a second session.
fn around(logins: &[Login], row: usize, say: &mut impl FnMut(Signal, bool, bool)) {
    let login = &logins[row];
    let earlier = logins[..row].iter().rev();
    let failures = earlier
        .clone()
        .take_while(|l| login.time.since(l.time) <= FAILURE_REACH)
        .take_while(|l| !(l.event == LoginEvent::Login && l.success))
        .filter(|l| !l.success || l.event == LoginEvent::MfaFail)
        .count();
    say(Signal::FailuresThenSuccess, true, failures >= 3);

    // Whoever takes an account over changes the credentials after the login, an owner before it: look both ways.
    let changed_before = earlier
        .clone()
        .take_while(|l| login.time.since(l.time) <= CONTACT_REACH)
        .any(|l| l.event.changes_contact() && l.success);
    let changed_after = logins[row + 1..]
        .iter()
        .take_while(|l| l.time.since(login.time) <= HOUR)
        .take_while(|l| l.event != LoginEvent::Login)
        .any(|l| l.event.changes_contact() && l.success);
    say(Signal::ContactChanged, true, changed_before || changed_after);

    let overlapping = earlier
        .take_while(|l| login.time.since(l.time) <= 30 * MINUTE)
        .filter(|l| l.ip_class != IpClass::Aggregator)
        .find(|l| matches!(l.event, LoginEvent::Login | LoginEvent::Logout) && l.success);
    let both_known =
        |l: &Login| l.device.is_some() && login.device.is_some() && l.asn.is_some() && login.asn.is_some();
    let concurrent = overlapping.is_some_and(|l| {
        l.event == LoginEvent::Login && both_known(l) && l.device != login.device && l.asn != login.asn
    });
    say(Signal::ConcurrentSession, login.device.is_some() && login.asn.is_some(), concurrent);
}

fn remember(case: &Case, history: &mut History, login: &Login) {
    let now = login.time;
    history.logins += 1;
    if let Some(device) = login.device.get() {
        history.devices.add(device.0, now);
    }
    if let Some(network) = network(&case.names, login) {
        history.networks.add(network, now);
    }
    if login.country != *b"  " {
        history.countries.add(login.country, now);
    }
    if login.region.is_some() {
        history.regions.add(login.region, now);
    }
    if login.ip_class != IpClass::Unknown {
        history.classes.add(login.ip_class, now);
    }
    history.hours[hour_of(now)] += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokyo_to_osaka_is_about_400_km() {
        let km = distance_km(PREFECTURES[12], PREFECTURES[26]);
        assert!((390.0..410.0).contains(&km), "{km}");
    }
}
