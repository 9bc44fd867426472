//! An account's logins and fills cut into occasions.
//!
//! An occasion is what one login led to: the login, and the fills that follow it. Fills belong to the session
//! whose id they carry; without ids, to the latest login of a person (not of an aggregator's robot) within twelve
//! hours before. Fills that no login explains form occasions of their own, cut where 30 minutes pass without one;
//! fills of which only the day is known form one occasion per day, joined to that day's logins. Logins of one
//! device that was new to the account, at most 48 hours apart, are one occasion: selling today and buying
//! tomorrow morning is one act.

use itoguchi_model::{
    AccountId, DeviceId, Instant, Precision,
    tables::{Case, Execution, IpClass, Login, LoginEvent},
    time::{DAY, HOUR, MINUTE},
};
use rayon::prelude::*;

use crate::{
    access::{self, AccessView},
    signal::{Signal, SignalSet},
};

/// How long after a login its orders may still be filled.
const LOGIN_REACH: i64 = 12 * HOUR;
/// How long fills without a login may pause within one occasion.
const PAUSE: i64 = 30 * MINUTE;
/// How far apart logins of one new device still are one occasion.
const NEW_DEVICE_REACH: i64 = 48 * HOUR;

/// What one login led to.
#[derive(Clone, Debug, PartialEq)]
pub struct Occasion {
    /// Whose.
    pub account: AccountId,
    /// The login, or the first fill where there is none.
    pub start: Instant,
    /// The last fill or logout.
    pub end: Instant,
    /// The login that opened it: an index into `Case::logins`.
    pub login: Option<u32>,
    /// Later logins joined to it, as indices into `Case::logins`.
    pub joined: Vec<u32>,
    /// Its fills in time order: indices into `Case::executions`.
    pub fills: Vec<u32>,
    /// Whether only the day of its fills is known.
    pub day_only: bool,
    /// Access signals that fired.
    pub access: SignalSet,
    /// Access signals that could have fired, given the columns and the history.
    pub access_known: SignalSet,
    /// Logins before this one.
    pub history: u32,
}

impl Occasion {
    /// Every login row index of the occasion, the opening one first.
    pub fn logins(&self) -> impl Iterator<Item = u32> + '_ {
        self.login.into_iter().chain(self.joined.iter().copied())
    }
}

/// The rows of one account.
#[derive(Clone, Copy, Debug)]
pub struct AccountRows<'a> {
    /// Which account.
    pub account: AccountId,
    /// Its rows of `logins`, by time.
    pub logins: &'a [Login],
    /// Index of the first of them in `Case::logins`.
    pub first_login: u32,
    /// Its rows of `executions`, by time.
    pub fills: &'a [Execution],
    /// Index of the first of them in `Case::executions`.
    pub first_fill: u32,
}

/// Splits the case by account. O(accounts + rows).
#[must_use]
pub fn by_account(case: &Case) -> Vec<AccountRows<'_>> {
    let (mut login, mut fill) = (0, 0);
    (0..case.names.accounts.len() as u32)
        .map(AccountId)
        .map(|account| {
            let logins = case.logins[login..].iter().take_while(|row| row.account == account).count();
            let fills = case.executions[fill..].iter().take_while(|row| row.account == account).count();
            let rows = AccountRows {
                account,
                logins: &case.logins[login..login + logins],
                first_login: login as u32,
                fills: &case.executions[fill..fill + fills],
                first_fill: fill as u32,
            };
            login += logins;
            fill += fills;
            rows
        })
        .collect()
}

/// What `of` makes of each item, one after another. Parallel; the pieces are put together a few at a time, so that
/// they never take as much memory as the answer.
pub(crate) fn in_turn<T: Sync, R: Send>(items: &[T], of: impl Fn(&T) -> Vec<R> + Sync) -> Vec<R> {
    const AT_ONCE: usize = 1 << 16;
    const PIECE: usize = 256;
    let mut all = Vec::new();
    for some in items.chunks(AT_ONCE) {
        let pieces: Vec<Vec<R>> =
            some.par_chunks(PIECE).map(|piece| piece.iter().flat_map(&of).collect()).collect();
        all.reserve(pieces.iter().map(Vec::len).sum());
        pieces.into_iter().for_each(|mut piece| all.append(&mut piece));
    }
    all.shrink_to_fit();
    all
}

/// Where the rows with key `key` lie in `rows`, which are sorted by it.
pub fn equal_range<T, K: Ord + Copy>(rows: &[T], of: impl Fn(&T) -> K, key: K) -> (usize, usize) {
    let start = rows.partition_point(|row| of(row) < key);
    let end = start + rows[start..].partition_point(|row| of(row) == key);
    (start, end)
}

/// All occasions of a case, by account and start. Parallel over accounts; the answer does not depend on threads.
#[must_use]
pub fn cut(case: &Case) -> Vec<Occasion> {
    in_turn(&by_account(case), |rows| cut_account(case, rows))
}

/// Whether a login row is a person's successful login.
fn opens(login: &Login) -> bool {
    login.event == LoginEvent::Login && login.success && login.ip_class != IpClass::Aggregator
}

fn cut_account(case: &Case, rows: &AccountRows) -> Vec<Occasion> {
    let views = access::judge(case, rows, opens);
    let mut open: Vec<Occasion> = views.iter().map(|view| from_login(rows, view)).collect();
    let mut loose: Vec<Occasion> = Vec::new();
    for (i, fill) in rows.fills.iter().enumerate() {
        let index = rows.first_fill + i as u32;
        if fill.precision == Precision::Day {
            attach_by_day(&mut loose, rows, &views, fill, index);
            continue;
        }
        let owner = session_of(rows, &views, fill).or_else(|| latest_before(&open, fill.time));
        match owner {
            Some(at) => push_fill(&mut open[at], fill, index),
            None => attach_loose(&mut loose, rows.account, fill, index),
        }
    }
    for occasion in &mut open {
        close_at_logout(rows, occasion);
    }
    let mut all = join_new_devices(rows, open);
    all.append(&mut loose);
    all.sort_by_key(|o| (o.start, o.login, o.fills.first().copied()));
    all
}

fn from_login(rows: &AccountRows, view: &AccessView) -> Occasion {
    let login = &rows.logins[view.row];
    Occasion {
        account: rows.account,
        start: login.time,
        end: login.time,
        login: Some(rows.first_login + view.row as u32),
        joined: Vec::new(),
        fills: Vec::new(),
        day_only: false,
        access: view.fired,
        access_known: view.known,
        history: view.history,
    }
}

fn session_of(rows: &AccountRows, views: &[AccessView], fill: &Execution) -> Option<usize> {
    fill.session.get()?;
    let before = views.partition_point(|v| rows.logins[v.row].time <= fill.time);
    views[..before].iter().rposition(|v| rows.logins[v.row].session == fill.session)
}

fn latest_before(open: &[Occasion], time: Instant) -> Option<usize> {
    let at = open.partition_point(|o| o.start <= time).checked_sub(1)?;
    (time.since(open[at].start) <= LOGIN_REACH).then_some(at)
}

fn push_fill(occasion: &mut Occasion, fill: &Execution, index: u32) {
    occasion.fills.push(index);
    occasion.end = occasion.end.max(fill.time);
}

fn attach_loose(loose: &mut Vec<Occasion>, account: AccountId, fill: &Execution, index: u32) {
    if let Some(last) = loose.last_mut()
        && !last.day_only
        && fill.time.since(last.end) <= PAUSE
    {
        push_fill(last, fill, index);
        return;
    }
    loose.push(without_login(account, fill.time, fill.time, index, false));
}

fn without_login(account: AccountId, start: Instant, end: Instant, index: u32, day_only: bool) -> Occasion {
    Occasion {
        account,
        start,
        end,
        login: None,
        joined: Vec::new(),
        fills: vec![index],
        day_only,
        access: SignalSet::default(),
        access_known: SignalSet::default(),
        history: 0,
    }
}

/// Date-only fills: one occasion a day, judged by that day's oddest login, since any of them may have placed them.
fn attach_by_day(
    loose: &mut Vec<Occasion>,
    rows: &AccountRows,
    views: &[AccessView],
    fill: &Execution,
    index: u32,
) {
    let midnight = fill.time.jst_date().midnight();
    if let Some(day) = loose.iter_mut().rev().find(|o| o.day_only && o.start == midnight) {
        day.fills.push(index);
        return;
    }
    let mut day = without_login(rows.account, midnight, midnight.plus(DAY - 1), index, true);
    let of_day: Vec<&AccessView> =
        views.iter().filter(|v| rows.logins[v.row].time.jst_date() == fill.time.jst_date()).collect();
    let oddest = of_day.iter().enumerate().max_by_key(|(i, v)| (v.fired.0.count_ones(), usize::MAX - i));
    if let Some((_, view)) = oddest {
        day.login = Some(rows.first_login + view.row as u32);
        day.access = view.fired;
        day.access_known = view.known;
        day.history = view.history;
    }
    loose.push(day);
}

/// A logout after the last fill ends the occasion, if no other login came in between.
fn close_at_logout(rows: &AccountRows, occasion: &mut Occasion) {
    let after = rows.logins.partition_point(|l| l.time < occasion.end);
    for row in &rows.logins[after..] {
        if row.time.since(occasion.end) > LOGIN_REACH {
            return;
        }
        match row.event {
            LoginEvent::Logout => {
                occasion.end = row.time;
                return;
            }
            LoginEvent::Login if row.time > occasion.start && row.ip_class != IpClass::Aggregator => return,
            _ => {}
        }
    }
}

/// Joins later occasions of a device that was new to the account to the occasion on which it first came.
fn join_new_devices(rows: &AccountRows, open: Vec<Occasion>) -> Vec<Occasion> {
    let mut kept: Vec<Occasion> = Vec::with_capacity(open.len());
    for occasion in open {
        let device = device_of(rows, &occasion);
        let lead = device.is_some().then(|| {
            kept.iter().rposition(|k| {
                k.access.has(Signal::NewDevice)
                    && device_of(rows, k) == device
                    && occasion.start.since(k.end) <= NEW_DEVICE_REACH
            })
        });
        match lead.flatten() {
            Some(at) => absorb(&mut kept[at], occasion),
            None => kept.push(occasion),
        }
    }
    kept
}

fn device_of(rows: &AccountRows, occasion: &Occasion) -> DeviceId {
    occasion.login.map_or(DeviceId::NONE, |i| rows.logins[(i - rows.first_login) as usize].device)
}

fn absorb(lead: &mut Occasion, later: Occasion) {
    lead.joined.extend(later.login);
    lead.joined.extend(later.joined);
    lead.fills.extend(later.fills);
    lead.fills.sort_unstable();
    lead.end = lead.end.max(later.end);
    lead.access = lead.access.union(later.access);
    lead.access_known = lead.access_known.union(later.access_known);
}
