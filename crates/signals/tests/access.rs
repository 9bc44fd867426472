//! When each signal about the access fires, and when it does not.

use itoguchi_model::{
    Instant,
    tables::{IpClass, LoginEvent},
    time::{DAY, HOUR, MINUTE},
};
use itoguchi_signals::{
    occasions::cut,
    signal::{Signal, SignalSet},
};
use itoguchi_testkit::case::{CaseBuilder, LoginRow, at};

/// What the last login by a person among `rows` shows: (fired, known).
fn last(rows: impl IntoIterator<Item = LoginRow>) -> (SignalSet, SignalSet) {
    let case = CaseBuilder::new().logins(rows).build();
    let views = cut(&case);
    let opener = |l: u32| case.logins[l as usize].time;
    let last = views.iter().flat_map(|o| o.login.map(|l| (opener(l), o.access, o.access_known))).max();
    let (_, fired, known) = last.expect("a person logged in");
    (fired, known)
}

fn fires(signal: Signal, rows: impl IntoIterator<Item = LoginRow>) -> bool {
    last(rows).0.has(signal)
}

fn login(time: Instant) -> LoginRow {
    itoguchi_testkit::case::login("AA/1", time)
}

#[test]
fn the_first_login_of_an_account_shows_nothing_new_and_is_not_known_to() {
    let full =
        login(at(1, 9, 0)).device("a").ip("192.0.2.1").asn(64_500).region("JP-13").class(IpClass::Hosting);
    let (fired, known) = last([full]);
    assert_eq!(fired, SignalSet::default());
    for signal in [Signal::NewDevice, Signal::NewNetwork, Signal::NewCountry, Signal::NewRegion] {
        assert!(!known.has(signal), "{signal:?}");
    }
}

#[test]
fn a_device_is_new_if_the_account_used_only_others_in_180_days() {
    let own = || login(at(1, 9, 0)).device("own");
    assert!(fires(Signal::NewDevice, [own(), login(at(2, 9, 0)).device("new")]));
    assert!(!fires(Signal::NewDevice, [own(), login(at(2, 9, 0)).device("own")]));
    assert!(!fires(Signal::NewDevice, [own(), login(at(181, 9, 0)).device("own")]));
    assert!(fires(Signal::NewDevice, [own(), login(at(181, 9, 1)).device("own")]));
    assert!(!last([own(), login(at(2, 9, 0))]).1.has(Signal::NewDevice));
}

#[test]
fn a_device_that_once_came_to_look_on_a_strange_network_is_reconnaissance_not_new() {
    let visit = |time, asn: u32| login(time).device("new").asn(asn);
    let own = || login(at(1, 9, 0)).device("own").asn(64_500);
    let (fired, known) = last([own(), visit(at(5, 3, 0), 64_666), visit(at(9, 9, 0), 64_667)]);
    assert!(fired.has(Signal::Reconnaissance));
    assert!(!known.has(Signal::NewDevice));
    // On the account's usual network it is the owner's new phone.
    assert!(!fires(Signal::Reconnaissance, [own(), visit(at(5, 3, 0), 64_500), visit(at(9, 9, 0), 64_500)]));
    // More than 30 days ago it has settled.
    assert!(!fires(Signal::Reconnaissance, [own(), visit(at(5, 3, 0), 64_666), visit(at(36, 9, 0), 64_667)]));
    // The account's very first device did not come to look.
    assert!(!fires(Signal::Reconnaissance, [visit(at(1, 9, 0), 64_500), visit(at(5, 3, 0), 64_666)]));
}

#[test]
fn the_network_that_came_with_a_look_is_not_known_to_be_new_or_old() {
    let visit = |time| login(time).device("new").asn(64_666);
    let (fired, known) =
        last([login(at(1, 9, 0)).device("own").asn(64_500), visit(at(5, 3, 0)), visit(at(9, 3, 0))]);
    assert!(fired.has(Signal::Reconnaissance));
    assert!(!known.has(Signal::NewNetwork));
}

#[test]
fn a_network_is_an_autonomous_system_and_without_one_a_prefix() {
    let new = |a: LoginRow, b: LoginRow| fires(Signal::NewNetwork, [a, b]);
    let (first, second) = (|| login(at(1, 9, 0)), || login(at(2, 9, 0)));
    assert!(!new(first().asn(64_500).ip("192.0.2.1"), second().asn(64_500).ip("198.51.100.1")));
    assert!(new(first().asn(64_500).ip("192.0.2.1"), second().asn(64_501).ip("192.0.2.1")));
    assert!(!new(first().ip("192.0.2.1"), second().ip("192.0.2.250")));
    assert!(new(first().ip("192.0.2.1"), second().ip("198.51.100.1")));
    assert!(!new(first().ip("2001:db8:0:1::1"), second().ip("2001:db8:0:1:ffff::2")));
    assert!(new(first().ip("2001:db8:0:1::1"), second().ip("2001:db8:0:2::1")));
}

#[test]
fn countries_and_regions_are_new_apart_from_one_another() {
    let tokyo = || login(at(1, 9, 0)).region("JP-13");
    let (osaka, _) = last([tokyo(), login(at(2, 9, 0)).region("JP-27")]);
    assert!(osaka.has(Signal::NewRegion) && !osaka.has(Signal::NewCountry));
    let (abroad, _) = last([tokyo(), login(at(2, 9, 0)).country(*b"KR")]);
    assert!(abroad.has(Signal::NewCountry) && !abroad.has(Signal::NewRegion));
}

#[test]
fn hosting_is_odd_the_first_time_only() {
    let home = || login(at(1, 9, 0)).class(IpClass::Fixed);
    let hosted = |n| login(at(n, 9, 0)).class(IpClass::Hosting);
    assert!(fires(Signal::HostingOrVpn, [home(), hosted(2)]));
    assert!(fires(Signal::HostingOrVpn, [home(), hosted(2), login(at(3, 9, 0)).class(IpClass::Vpn)]));
    assert!(!fires(Signal::HostingOrVpn, [home(), hosted(2), hosted(3)]));
    assert!(!fires(Signal::HostingOrVpn, [home(), login(at(2, 9, 0)).class(IpClass::MobileCgnat)]));
}

#[test]
fn nobody_flies_from_tokyo_to_naha_in_an_hour() {
    let tokyo = |class| login(at(1, 9, 0)).region("JP-13").class(class);
    let naha = |hours: i64| login(at(1, 9 + hours, 0)).region("JP-47").class(IpClass::Fixed);
    assert!(fires(Signal::ImpossibleTravel, [tokyo(IpClass::Fixed), naha(1)]));
    assert!(!fires(Signal::ImpossibleTravel, [tokyo(IpClass::Fixed), naha(3)]));
    let (fired, known) = last([tokyo(IpClass::MobileCgnat), naha(1)]);
    assert!(!fired.has(Signal::ImpossibleTravel) && !known.has(Signal::ImpossibleTravel));
    // Neighbours may share an exchange point: Tokyo and Yokohama within a minute are no journey.
    assert!(!fires(
        Signal::ImpossibleTravel,
        [tokyo(IpClass::Fixed), login(at(1, 9, 1)).region("JP-14").class(IpClass::Fixed)]
    ));
}

#[test]
fn another_country_within_minutes_is_impossible_though_its_place_is_not_known() {
    let tokyo = login(at(1, 9, 0)).region("JP-13");
    assert!(fires(Signal::ImpossibleTravel, [tokyo.clone(), login(at(1, 9, 5)).country(*b"KR")]));
    assert!(!fires(Signal::ImpossibleTravel, [tokyo, login(at(1, 10, 5)).country(*b"KR")]));
}

#[test]
fn two_sessions_overlap_if_device_and_network_both_differ_and_nobody_logged_out() {
    let first = || login(at(1, 9, 0)).device("a").asn(64_500);
    let second = || login(at(1, 9, 30)).device("b").asn(64_501);
    assert!(fires(Signal::ConcurrentSession, [first(), second()]));
    assert!(!fires(Signal::ConcurrentSession, [first(), second().asn(64_500)]));
    assert!(!fires(Signal::ConcurrentSession, [first(), second().device("a")]));
    let logout = login(at(1, 9, 10)).device("a").asn(64_500).event(LoginEvent::Logout);
    assert!(!fires(Signal::ConcurrentSession, [first(), logout, second()]));
    assert!(!fires(Signal::ConcurrentSession, [first(), login(at(1, 9, 31)).device("b").asn(64_501)]));
}

#[test]
fn three_failures_in_the_hour_before_count_and_a_success_between_forgives() {
    let failed = |minute| login(at(1, 9, minute)).failed();
    let success = || login(at(1, 10, 0));
    assert!(fires(Signal::FailuresThenSuccess, [failed(0), failed(20), failed(40), success()]));
    assert!(!fires(Signal::FailuresThenSuccess, [failed(20), failed(40), success()]));
    let too_old = login(at(1, 9, 0).plus(-1)).failed();
    assert!(!fires(Signal::FailuresThenSuccess, [too_old, failed(20), failed(40), success()]));
    assert!(!fires(
        Signal::FailuresThenSuccess,
        [failed(0), login(at(1, 9, 10)), failed(20), failed(40), success()]
    ));
    let second_factor = login(at(1, 9, 50)).event(LoginEvent::MfaFail);
    assert!(fires(Signal::FailuresThenSuccess, [failed(20), failed(40), second_factor, success()]));
}

#[test]
fn a_change_of_contact_counts_for_72_hours_before_and_within_the_hour_after() {
    let change = |time: Instant| login(time).event(LoginEvent::EmailChange);
    let here = || login(at(9, 9, 0));
    assert!(fires(Signal::ContactChanged, [change(at(6, 9, 0)), here()]));
    assert!(!fires(Signal::ContactChanged, [change(at(6, 9, 0).plus(-1)), here()]));
    assert!(fires(Signal::ContactChanged, [here(), change(at(9, 10, 0))]));
    assert!(!fires(Signal::ContactChanged, [here(), change(at(9, 10, 1))]));
    assert!(!fires(Signal::ContactChanged, [change(at(9, 8, 0)).failed(), here()]));
    let registered = login(at(9, 8, 0)).event(LoginEvent::DeviceRegister);
    assert!(!fires(Signal::ContactChanged, [registered, here()]));
}

#[test]
fn an_hour_is_unusual_after_twenty_logins_at_other_hours() {
    let habit = |n: i32| (0..n).map(|d| login(at(d, 9, 0)));
    let night = || login(at(60, 3, 0));
    assert!(fires(Signal::UnusualHour, habit(20).chain([night()])));
    let (fired, known) = last(habit(19).chain([night()]));
    assert!(!fired.has(Signal::UnusualHour) && !known.has(Signal::UnusualHour));
    // The hour before or after a habit is no other hour.
    assert!(!fires(Signal::UnusualHour, habit(20).chain([login(at(60, 10, 59))])));
    assert!(!fires(Signal::UnusualHour, habit(20).chain([login(at(60, 8, 0))])));
}

#[test]
fn an_aggregators_robot_makes_nothing_familiar() {
    let robot = login(at(1, 9, 0)).device("new").class(IpClass::Aggregator);
    let own = login(at(1, 8, 0)).device("own");
    assert!(fires(Signal::NewDevice, [own, robot, login(at(2, 9, 0)).device("new")]));
}

#[test]
fn what_comes_later_does_not_change_what_was_odd_before() {
    let rows = [login(at(1, 9, 0)).device("own"), login(at(2, 9, 0)).device("new")];
    let first = cut(&CaseBuilder::new().logins(rows.clone()).build());
    let later = login(at(2, 9, 0).plus(50 * HOUR + MINUTE)).device("third");
    let more = cut(&CaseBuilder::new().logins(rows).login(later).build());
    assert_eq!(first.len() + 1, more.len());
    assert!(first.iter().zip(&more).all(|(a, b)| (a.access, a.access_known) == (b.access, b.access_known)));
    assert!(more[2].start.since(more[1].start) > 2 * DAY);
}
