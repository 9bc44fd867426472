//! Which login a fill is held to follow from.

use itoguchi_model::{
    Case,
    tables::{IpClass, LoginEvent},
    time::MINUTE,
};
use itoguchi_signals::{
    occasions::{Occasion, cut},
    signal::Signal,
};
use itoguchi_testkit::case::{CaseBuilder, at, buy, login, sell};

const A: &str = "AA/1";
const X: &str = "XTST:1001";

/// Occasions as (login's time, fills' times).
fn shape(case: &Case) -> Vec<(Option<i64>, Vec<i64>)> {
    let times = |o: &Occasion| o.fills.iter().map(|f| case.executions[*f as usize].time.0).collect();
    cut(case).iter().map(|o| (o.login.map(|l| case.logins[l as usize].time.0), times(o))).collect()
}

fn fills_of_each(case: &Case) -> Vec<usize> {
    cut(case).iter().map(|o| o.fills.len()).collect()
}

#[test]
fn a_fill_goes_to_its_session_though_a_later_login_is_nearer() {
    let rows = CaseBuilder::new()
        .login(login(A, at(1, 9, 0)).session("s1"))
        .login(login(A, at(1, 10, 0)).session("s2"))
        .fill(buy(A, at(1, 10, 5), X, 1.0, 1.0).session("s1"))
        .fill(buy(A, at(1, 10, 6), X, 1.0, 1.0).session("s2"));
    assert_eq!(
        shape(&rows.build()),
        [(Some(at(1, 9, 0).0), vec![at(1, 10, 5).0]), (Some(at(1, 10, 0).0), vec![at(1, 10, 6).0])]
    );
}

#[test]
fn a_session_id_that_no_login_carries_falls_back_to_the_latest_login() {
    let case = CaseBuilder::new()
        .login(login(A, at(1, 9, 0)).session("s1"))
        .fill(buy(A, at(1, 9, 5), X, 1.0, 1.0).session("lost"))
        .build();
    assert_eq!(fills_of_each(&case), [1]);
}

#[test]
fn without_session_ids_the_latest_login_within_twelve_hours_owns_a_fill() {
    let fill_at = |time| {
        let case = CaseBuilder::new()
            .login(login(A, at(1, 1, 0)))
            .login(login(A, at(1, 2, 0)))
            .fill(buy(A, time, X, 1.0, 1.0))
            .build();
        shape(&case).into_iter().find(|(_, fills)| !fills.is_empty()).unwrap().0
    };
    assert_eq!(fill_at(at(1, 1, 30)), Some(at(1, 1, 0).0));
    assert_eq!(fill_at(at(1, 14, 0)), Some(at(1, 2, 0).0));
    assert_eq!(fill_at(at(1, 14, 0).plus(1)), None);
}

#[test]
fn robots_of_aggregators_and_failed_logins_own_nothing() {
    let case = CaseBuilder::new()
        .login(login(A, at(1, 8, 0)))
        .login(login(A, at(1, 9, 0)).class(IpClass::Aggregator))
        .login(login(A, at(1, 9, 5)).failed())
        .login(login(A, at(1, 9, 6)).event(LoginEvent::MfaChange))
        .fill(buy(A, at(1, 9, 30), X, 1.0, 1.0))
        .build();
    assert_eq!(shape(&case), [(Some(at(1, 8, 0).0), vec![at(1, 9, 30).0])]);
}

#[test]
fn fills_without_a_login_part_where_more_than_thirty_minutes_pass() {
    let case = CaseBuilder::new()
        .fill(buy(A, at(1, 9, 0), X, 1.0, 1.0))
        .fill(buy(A, at(1, 9, 30), X, 1.0, 1.0))
        .fill(buy(A, at(1, 10, 0).plus(1), X, 1.0, 1.0))
        .build();
    assert_eq!(fills_of_each(&case), [2, 1]);
}

#[test]
fn date_only_fills_are_one_occasion_a_day_judged_by_the_days_oddest_login() {
    let case = CaseBuilder::new()
        .login(login(A, at(1, 9, 0)).device("own"))
        .login(login(A, at(2, 8, 0)).device("own"))
        .login(login(A, at(2, 23, 0)).device("strange"))
        .fill(sell(A, at(2, 9, 0), X, 1.0, 1.0).day_only())
        .fill(buy(A, at(2, 9, 0), "XTST:1002", 1.0, 1.0).day_only())
        .fill(buy(A, at(3, 9, 0), X, 1.0, 1.0).day_only())
        .build();
    let all = cut(&case);
    let days: Vec<&Occasion> = all.iter().filter(|o| o.day_only).collect();
    assert_eq!(days.iter().map(|o| o.fills.len()).collect::<Vec<_>>(), [2, 1]);
    assert_eq!((days[0].start, days[0].end), (at(2, 0, 0), at(3, 0, 0).plus(-1)));
    assert_eq!(case.logins[days[0].login.unwrap() as usize].time, at(2, 23, 0));
    assert!(days[0].access.has(Signal::NewDevice));
    assert_eq!(days[1].login, None);
}

#[test]
fn later_logins_of_a_new_device_within_two_days_are_one_occasion() {
    let joined = |later| {
        let case = CaseBuilder::new()
            .login(login(A, at(1, 9, 0)).device("own"))
            .login(login(A, at(5, 9, 0)).device("new"))
            .fill(sell(A, at(5, 10, 0), X, 1.0, 1.0))
            .login(login(A, later).device("new"))
            .fill(buy(A, later.plus(MINUTE), "XTST:1002", 1.0, 1.0))
            .build();
        cut(&case).iter().map(|o| (o.joined.len(), o.fills.len())).collect::<Vec<_>>()
    };
    // 48 hours count from the last act of the first login.
    assert_eq!(joined(at(7, 10, 0)), [(0, 0), (1, 2)]);
    assert_eq!(joined(at(7, 10, 1)), [(0, 0), (0, 1), (0, 1)]);
}

#[test]
fn later_logins_of_a_familiar_device_stay_apart() {
    let case = CaseBuilder::new()
        .login(login(A, at(1, 9, 0)).device("own"))
        .login(login(A, at(1, 20, 0)).device("own"))
        .build();
    assert_eq!(fills_of_each(&case), [0, 0]);
}

#[test]
fn a_logout_ends_an_occasion_unless_another_login_came_first() {
    let end = |between: bool| {
        let mut rows = CaseBuilder::new()
            .login(login(A, at(1, 9, 0)))
            .fill(buy(A, at(1, 9, 10), X, 1.0, 1.0))
            .login(login(A, at(1, 9, 40)).event(LoginEvent::Logout));
        if between {
            rows = rows.login(login(A, at(1, 9, 20)));
        }
        cut(&rows.build())[0].end
    };
    assert_eq!(end(false), at(1, 9, 40));
    assert_eq!(end(true), at(1, 9, 10));
}

#[test]
fn fills_after_a_logout_still_belong_to_the_login_that_ordered_them() {
    let case = CaseBuilder::new()
        .login(login(A, at(1, 9, 0)))
        .login(login(A, at(1, 9, 5)).event(LoginEvent::Logout))
        .fill(buy(A, at(1, 10, 0), X, 1.0, 1.0))
        .build();
    let all = cut(&case);
    assert_eq!((all.len(), all[0].end), (1, at(1, 10, 0)));
}

#[test]
fn accounts_do_not_mix() {
    let case = CaseBuilder::new()
        .login(login("AA/1", at(1, 9, 0)).session("s"))
        .fill(buy("AA/2", at(1, 9, 5), X, 1.0, 1.0).session("s"))
        .build();
    assert_eq!(shape(&case), [(Some(at(1, 9, 0).0), vec![]), (None, vec![at(1, 9, 5).0])]);
}

#[test]
fn the_order_of_rows_in_the_files_does_not_matter() {
    let rows = CaseBuilder::new()
        .login(login(A, at(1, 9, 0)).device("own").session("s"))
        .login(login(A, at(1, 9, 0)).device("other"))
        .login(login(A, at(1, 9, 0)).device("own").event(LoginEvent::Logout))
        .fill(buy(A, at(1, 9, 0), X, 1.0, 1.0))
        .fill(buy(A, at(1, 9, 0), X, 2.0, 1.0).session("s"))
        .fill(sell(A, at(1, 9, 0), X, 2.0, 1.0).day_only())
        .fill(sell("AA/2", at(1, 9, 0), X, 2.0, 1.0));
    assert_eq!(cut(&rows.build()), cut(&rows.upside_down().build()));
}
