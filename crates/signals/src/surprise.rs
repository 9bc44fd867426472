//! How unusual an occasion is, in bits, judged against everybody's occasions.
//!
//! Three steps. (1) Each signal is weighed by log2 P(signal | hijacked) / P(signal | not), where the second is the
//! share of occasions of the same length of history that show it, pulled towards the account's own habit. The sum
//! only *orders* occasions: signals hang together, so it is no likelihood ratio. (2) The share of other occasions at
//! least as odd is a p-value that no dependence between signals can break; the occasions of the event under test
//! (those that bought the same name on the same day) are left out. (3) A p-value becomes bits by the density
//! κ·p^(κ−1) against the uniform, whose mean under chance is one, so that the bits are a valid likelihood ratio
//! (Vovk and Wang, E-values: calibration, combination and applications, Annals of Statistics 2021, section 2).
//!
//! bits = bits(access) + bits(trading) − log2 lift, where lift is how much more often than by chance the two come
//! together in everybody's life (a new phone, then a rearranged portfolio).

use std::collections::BTreeMap;

use itoguchi_model::{
    AccountId, InstrumentId, JstDate, Millibits,
    tables::{Case, Side},
};

use rayon::prelude::*;

use crate::{
    occasions::Occasion,
    signal::{Signal, SignalSet},
    trading::TradeView,
};

/// Exponent of the density of hijacked accounts' p-values: half of them lie below 2^(−1/κ), one in a thousand.
/// Assumed.
pub const KAPPA: f64 = 0.1;
/// How many occasions of its own an account needs before its habit counts as much as everybody's.
const HABIT: f64 = 10.0;

/// How unusual one occasion is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// The whole: access plus trading less their dependence.
    pub bits: Millibits,
    /// Of that, how the account was entered.
    pub access: Millibits,
    /// Of that, what was traded.
    pub trading: Millibits,
    /// How unusual it is among those who bought the same names: without the signals that tell what was bought.
    pub given_name: Millibits,
    /// Taken off because the two come together in ordinary life too.
    pub dependence: Millibits,
    /// Signals that fired.
    pub signals: SignalSet,
    /// Whether at least one access and one trade signal fired, fills and login are there: only then can the bits
    /// be positive.
    pub both: bool,
    /// Whether the account's logins are not in the data at all, so that access can say nothing.
    pub access_unseen: bool,
}

/// The occasions that bought each name on each day, by (instrument, day).
pub type Events = BTreeMap<(InstrumentId, JstDate), Vec<u32>>;

/// Which occasions bought which name on which day. An occasion stands once per event.
#[must_use]
pub fn buying_events(case: &Case, all: &[Occasion]) -> Events {
    let mut events = Events::new();
    for (i, occasion) in all.iter().enumerate() {
        for fill in occasion.fills.iter().map(|f| &case.executions[*f as usize]) {
            if fill.side == Side::Buy {
                let event = events.entry((fill.instrument, fill.time.jst_date())).or_default();
                if event.last() != Some(&(i as u32)) {
                    event.push(i as u32);
                }
            }
        }
    }
    events
}

/// Marks every occasion, in the order of `all`. O(occasions · log occasions + Σ event sizes of odd occasions).
///
/// Occasions that are `explained` (by a ring found in an earlier round) are marked like all others, but nobody is
/// judged against them: they are no part of ordinary life.
#[must_use]
pub fn mark(all: &[Occasion], trades: &[TradeView], events: &Events, explained: &[bool]) -> Vec<Mark> {
    let access_raw = raw_scores(all, &Signal::ACCESS, |i| Observed {
        fired: all[i].access,
        known: all[i].access_known,
        history: all[i].history,
        counts: all[i].login.is_some() && !all[i].day_only && !explained[i],
    });
    let trade_raw = |signals: &[Signal]| {
        raw_scores(all, signals, |i| Observed {
            fired: trades[i].fired,
            known: trades[i].known,
            history: trades[i].history,
            counts: !all[i].fills.is_empty() && !explained[i],
        })
    };
    let whole = trade_raw(&Signal::TRADE);
    let own = trade_raw(&Signal::OWN_TRADE);
    let events = EventsOf::new(all.len(), events);
    let marks = |trading: Vec<i64>| -> Vec<Mark> {
        let population = Population::new(all, trades, access_raw.clone(), trading, explained);
        (0..all.len()).into_par_iter().map(|i| population.mark(i, &events)).collect()
    };
    let given_name = marks(own);
    let mut all_marks = marks(whole);
    for (mark, own) in all_marks.iter_mut().zip(given_name) {
        mark.given_name = own.bits.min(mark.bits);
    }
    all_marks
}

/// What one occasion shows, for weighing.
struct Observed {
    fired: SignalSet,
    known: SignalSet,
    history: u32,
    counts: bool,
}

/// Eight lengths of history: short ones are judged among short ones.
fn history_bin(history: u32) -> usize {
    match history {
        0 => 0,
        1 => 1,
        2 => 2,
        3..=5 => 3,
        6..=10 => 4,
        11..=20 => 5,
        21..=50 => 6,
        _ => 7,
    }
}

/// Sums of log2 P(signal | hijacked) / P(signal | not) in thousandths, one per occasion.
fn raw_scores(all: &[Occasion], signals: &[Signal], of: impl Fn(usize) -> Observed) -> Vec<i64> {
    let mut shown = vec![[(0_u64, 0_u64); 8]; signals.len()];
    for i in 0..all.len() {
        let seen = of(i);
        if !seen.counts {
            continue;
        }
        for (s, signal) in signals.iter().enumerate() {
            let cell = &mut shown[s][history_bin(seen.history)];
            cell.1 += u64::from(seen.known.has(*signal));
            cell.0 += u64::from(seen.fired.has(*signal));
        }
    }
    let overall: Vec<f64> = shown
        .iter()
        .map(|bins| {
            let (fired, known) = bins.iter().fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
            (fired as f64 + 0.5) / (known as f64 + 1.0)
        })
        .collect();
    // A bin with little in it leans on all of them.
    let usual = |s: usize, bin: usize| {
        let (fired, known) = shown[s][bin];
        (fired as f64 + 20.0 * overall[s]) / (known as f64 + 20.0)
    };
    let mut scores = vec![0; all.len()];
    let mut own: Vec<(u32, u32)> = Vec::new();
    let mut account = AccountId::NONE;
    for i in 0..all.len() {
        if all[i].account != account {
            account = all[i].account;
            own = vec![(0, 0); signals.len()];
        }
        let seen = of(i);
        if seen.known == SignalSet::default() {
            continue;
        }
        for (s, signal) in signals.iter().enumerate().filter(|(_, signal)| seen.known.has(**signal)) {
            let fired = seen.fired.has(*signal);
            let base = usual(s, history_bin(seen.history));
            let habit = (f64::from(own[s].0) + HABIT * base) / (f64::from(own[s].1) + HABIT);
            scores[i] += weight(*signal, habit.clamp(1e-6, 1.0 - 1e-6), fired);
            own[s].0 += u32::from(fired);
            own[s].1 += 1;
        }
    }
    scores
}

fn weight(signal: Signal, usual: f64, fired: bool) -> i64 {
    let hijacked = signal.when_hijacked();
    let ratio = if fired { hijacked / usual } else { (1.0 - hijacked) / (1.0 - usual) };
    Millibits::log2(ratio).0
}

/// Every occasion's scores, ready to be counted against.
struct Population<'a> {
    all: &'a [Occasion],
    trades: &'a [TradeView],
    access: Vec<i64>,
    trading: Vec<i64>,
    access_sorted: Vec<i64>,
    trading_sorted: Vec<i64>,
    /// Per occasion with both: others with both at least as odd in access and in trading.
    both_above: Vec<u32>,
    with_both: u32,
    /// Per account: whether any login of it is in the data.
    has_logins: Vec<bool>,
    explained: &'a [bool],
}

impl<'a> Population<'a> {
    fn new(
        all: &'a [Occasion],
        trades: &'a [TradeView],
        access: Vec<i64>,
        trading: Vec<i64>,
        explained: &'a [bool],
    ) -> Self {
        let ordinary = Ordinary { all, access: &access, trading: &trading, explained };
        let mut access_sorted: Vec<i64> =
            (0..all.len()).filter(|i| ordinary.for_access(*i)).map(|i| access[i]).collect();
        let mut trading_sorted: Vec<i64> =
            (0..all.len()).filter(|i| ordinary.for_trading(*i)).map(|i| trading[i]).collect();
        access_sorted.sort_unstable();
        trading_sorted.sort_unstable();
        let points: Vec<u32> = (0..all.len() as u32).filter(|i| has_both(&all[*i as usize])).collect();
        let both_above = dominated(&points, &access, &trading, explained);
        let with_both = points.iter().filter(|p| !explained[**p as usize]).count() as u32;
        let accounts = all.iter().map(|o| o.account.index() + 1).max().unwrap_or(0);
        let mut has_logins = vec![false; accounts];
        for occasion in all.iter().filter(|o| o.login.is_some()) {
            has_logins[occasion.account.index()] = true;
        }
        Self {
            all,
            trades,
            access,
            trading,
            access_sorted,
            trading_sorted,
            both_above,
            with_both,
            has_logins,
            explained,
        }
    }

    fn mark(&self, i: usize, events: &EventsOf) -> Mark {
        let occasion = &self.all[i];
        let signals = occasion.access.union(self.trades[i].fired);
        let both = occasion.access.has_any(&Signal::ACCESS) && self.trades[i].fired.has_any(&Signal::TRADE);
        if occasion.login.is_none() {
            return self.without_login(i, signals, events);
        }
        if occasion.fills.is_empty() {
            // Only looked around: speaks against a hijack as much as ordinary trading does, never for one.
            let (access_p, _, _) = self.tails(i, &[i as u32]);
            let (access, trading) = (calibrated(access_p), calibrated(1.0));
            let bits = Millibits((access + trading).0.min(0));
            return Mark { bits, access, trading, signals, ..Mark::default() };
        }
        let (access_p, trade_p, joint) = self.tails(i, &if both { events.peers(i) } else { vec![i as u32] });
        let access = calibrated(access_p);
        let trading = calibrated(trade_p);
        let expected = f64::from(self.with_both) * access_p * trade_p;
        let dependence = Millibits::log2((f64::from(joint) + 1.0) / (expected + 1.0)).positive();
        let bits = access + trading - dependence;
        let bits = if both { bits } else { Millibits(bits.0.min(0)) };
        Mark { bits, access, trading, dependence, signals, both, ..Mark::default() }
    }

    /// Fills that no login explains. Where the account's logins are not in the data at all, its trading alone
    /// counts, for a link without a role; otherwise an ordinary order filled late.
    fn without_login(&self, i: usize, signals: SignalSet, events: &EventsOf) -> Mark {
        let access_unseen = !self.has_logins[self.all[i].account.index()];
        let peers = if access_unseen { events.peers(i) } else { vec![i as u32] };
        let (_, trade_p, _) = self.tails(i, &peers);
        let trading = calibrated(trade_p);
        let bits = if access_unseen { trading } else { Millibits(trading.0.min(0)) };
        Mark { bits, trading, signals, access_unseen, ..Mark::default() }
    }

    /// Shares of other occasions at least as odd in access and in trading, and the number as odd in both.
    fn tails(&self, i: usize, peers: &[u32]) -> (f64, f64, u32) {
        let mut above_access = at_least(&self.access_sorted, self.access[i]);
        let mut above_trading = at_least(&self.trading_sorted, self.trading[i]);
        let mut joint = self.both_above[i];
        let (mut n_access, mut n_trading) = (self.access_sorted.len(), self.trading_sorted.len());
        let ordinary = Ordinary {
            all: self.all,
            access: &self.access,
            trading: &self.trading,
            explained: self.explained,
        };
        for peer in peers {
            let p = *peer as usize;
            let more_access = self.access[p] >= self.access[i];
            let more_trading = self.trading[p] >= self.trading[i];
            if ordinary.for_access(p) {
                n_access -= 1;
                above_access -= usize::from(more_access);
            }
            if ordinary.for_trading(p) {
                n_trading -= 1;
                above_trading -= usize::from(more_trading);
            }
            // Only occasions with both were counted, and only for occasions with both.
            let counted = p != i && has_both(&self.all[i]) && has_both(&self.all[p]) && !self.explained[p];
            joint -= u32::from(counted && more_access && more_trading);
        }
        let share = |above: usize, n: usize| (above as f64 + 1.0) / (n as f64 + 1.0);
        (share(above_access, n_access), share(above_trading, n_trading), joint)
    }
}

/// Whose occasions the two p-values are counted among.
///
/// Hijacked accounts are a visible part of all odd occasions, so counting among all would hide them behind one
/// another. If nobody were hijacked, access and trading would tell little of one another, and what they do tell is
/// taken off as dependence; so odd access is counted among occasions with ordinary trading or none, and odd trading
/// among occasions with ordinary access. Ordinary is a score that does not speak for a hijack.
struct Ordinary<'a> {
    all: &'a [Occasion],
    access: &'a [i64],
    trading: &'a [i64],
    explained: &'a [bool],
}

impl Ordinary<'_> {
    fn for_access(&self, i: usize) -> bool {
        let occasion = &self.all[i];
        occasion.login.is_some()
            && !occasion.day_only
            && !self.explained[i]
            && (occasion.fills.is_empty() || self.trading[i] <= 0)
    }

    fn for_trading(&self, i: usize) -> bool {
        !self.all[i].fills.is_empty() && !self.explained[i] && self.access[i] <= 0
    }
}

fn has_both(occasion: &Occasion) -> bool {
    occasion.login.is_some() && !occasion.fills.is_empty()
}

fn at_least(sorted: &[i64], value: i64) -> usize {
    sorted.len() - sorted.partition_point(|v| *v < value)
}

/// Bits of a p-value: log2(κ·p^(κ−1)).
///
/// ```
/// use itoguchi_signals::surprise::calibrated;
/// assert_eq!(calibrated(1.0).bits(), -3.322);
/// assert_eq!(calibrated(1.0 / 1024.0).bits(), 5.678);
/// ```
#[must_use]
pub fn calibrated(p: f64) -> Millibits {
    Millibits::from_bits(libm::log2(KAPPA) + (KAPPA - 1.0) * libm::log2(p.clamp(f64::MIN_POSITIVE, 1.0)))
}

/// For each point, how many other points are at least as high in both scores; points left out are counted for but
/// not against. O(n log n), by a Fenwick tree.
fn dominated(points: &[u32], x: &[i64], y: &[i64], left_out: &[bool]) -> Vec<u32> {
    let mut ranks: Vec<i64> = points.iter().map(|p| y[*p as usize]).collect();
    ranks.sort_unstable();
    ranks.dedup();
    let mut tree = vec![0_u32; ranks.len() + 1];
    let mut order = points.to_vec();
    order.sort_unstable_by_key(|p| (std::cmp::Reverse(x[*p as usize]), *p));
    let mut above = vec![0; left_out.len()];
    // Counted from the top: position 1 is the highest y.
    let position = |p: u32| ranks.len() - ranks.partition_point(|r| *r < y[p as usize]);
    for group in order.chunk_by(|a, b| x[*a as usize] == x[*b as usize]) {
        for p in group.iter().filter(|p| !left_out[**p as usize]) {
            let mut at = position(*p);
            while at < tree.len() {
                tree[at] += 1;
                at += at & at.wrapping_neg();
            }
        }
        for p in group {
            let mut at = position(*p);
            let mut sum = 0;
            while at > 0 {
                sum += tree[at];
                at &= at - 1;
            }
            above[*p as usize] = sum - u32::from(!left_out[*p as usize]);
        }
    }
    above
}

/// Which events each occasion belongs to.
struct EventsOf<'a> {
    events: Vec<&'a [u32]>,
    of: Vec<Vec<u32>>,
}

impl<'a> EventsOf<'a> {
    fn new(occasions: usize, events: &'a Events) -> Self {
        let mut of = vec![Vec::new(); occasions];
        let events: Vec<&[u32]> = events.values().map(Vec::as_slice).collect();
        for (e, event) in events.iter().enumerate() {
            for i in *event {
                of[*i as usize].push(e as u32);
            }
        }
        Self { events, of }
    }

    /// The occasions of all events of occasion `i`, itself included, sorted.
    fn peers(&self, i: usize) -> Vec<u32> {
        let mut peers: Vec<u32> = vec![i as u32];
        for e in &self.of[i] {
            peers.extend_from_slice(self.events[*e as usize]);
        }
        peers.sort_unstable();
        peers.dedup();
        peers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dominance_counts_equal_the_obvious_ones() {
        let x = [5, 3, 3, 9, 1, 5, 5];
        let y = [2, 2, 7, 1, 9, 2, 8];
        let points: Vec<u32> = (0..7).collect();
        for left_out in [[false; 7], [false, true, false, false, true, false, true]] {
            let fast = dominated(&points, &x, &y, &left_out);
            for i in 0..7 {
                let above = |j: &usize| *j != i && !left_out[*j] && x[*j] >= x[i] && y[*j] >= y[i];
                assert_eq!(fast[i] as usize, (0..7).filter(above).count(), "{i}");
            }
        }
    }

    #[test]
    fn calibration_is_a_likelihood_ratio() {
        // The mean of the ratio over uniform p must not exceed one.
        let n = 2_000_000;
        let mean: f64 = (0..n).map(|i| calibrated((f64::from(i) + 0.5) / f64::from(n)).ratio()).sum::<f64>()
            / f64::from(n);
        assert!(mean < 1.0 && mean > 0.7, "{mean}");
    }
}
