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
    ratio::{Histogram, Ratios, STRATA, stratum},
    signal::{Signal, SignalSet},
    trading::TradeView,
};

/// Exponent of the density of hijacked accounts' p-values: half of them lie below 2^(−1/κ), one in a thousand.
/// Assumed.
pub const KAPPA: f64 = 0.1;
/// How many occasions of its own an account needs before its habit counts as much as everybody's.
const HABIT: f64 = 10.0;
/// How many members a crowd needs before its own habit counts as much as everybody's.
const CROWD: f64 = 20.0;
/// Odd in access and in trading by so many bits each, an occasion is counted when crowds are looked for.
const CLEARLY_ODD: Millibits = Millibits(2_000);
/// Odd by so many bits, an occasion may well be a hijack; below, it is ordinary life.
const VERY_ODD: Millibits = Millibits(4_000);

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
    /// Whether what was bought speaks for a hijack: unfamiliar, cheap, rising.
    pub odd_name: bool,
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

/// Marks every occasion, in the order of `all`. `shared` are lists of occasions that share a device or an address.
/// O(occasions · log occasions + Σ event sizes of odd occasions).
///
/// Occasions that are `explained` (by a ring found in an earlier round) are marked like all others, but nobody is
/// judged against them: they are no part of ordinary life.
#[must_use]
pub fn mark(
    all: &[Occasion],
    trades: &[TradeView],
    events: &Events,
    shared: &[&[u32]],
    explained: &[bool],
) -> Vec<Mark> {
    let access = scores(all, &Signal::ACCESS, |i| Observed {
        fired: all[i].access,
        known: all[i].access_known,
        history: all[i].history,
        counts: all[i].login.is_some() && !all[i].day_only && !explained[i],
    });
    let trading = |signals: &[Signal]| {
        scores(all, signals, |i| Observed {
            fired: trades[i].fired,
            known: trades[i].known,
            history: trades[i].history,
            counts: !all[i].fills.is_empty() && !explained[i],
        })
    };
    let events = EventsOf::new(all.len(), events);
    let (whole, own) = (trading(&Signal::TRADE), trading(&Signal::OWN_TRADE));
    let population = Population::new(all, trades, explained, shared, &events, [access, whole, own]);
    let given_name = population.given_name();
    let mut marks: Vec<Mark> = (0..all.len()).into_par_iter().map(|i| population.mark(i)).collect();
    for (mark, given) in marks.iter_mut().zip(given_name) {
        mark.given_name = given.min(mark.bits);
    }
    marks
}

/// What one occasion shows, for weighing.
struct Observed {
    fired: SignalSet,
    known: SignalSet,
    history: u32,
    counts: bool,
}

/// One score of every occasion: a sum of log2 P(signal | hijacked) / P(signal | not) in thousandths.
struct Scores {
    of: Vec<i64>,
    stratum: Vec<u8>,
    /// What occasions like those counted would score if they were hijacks, by stratum.
    hijacked: [Histogram; STRATA],
}

/// How many occasions of a stratum are asked what they would score if they were hijacks.
const ASKED: u64 = 500;

fn scores(all: &[Occasion], signals: &[Signal], of: impl Fn(usize) -> Observed) -> Scores {
    let mut shown = vec![[(0_u64, 0_u64); STRATA]; signals.len()];
    let mut counted = [0_u64; STRATA];
    for i in 0..all.len() {
        let seen = of(i);
        if !seen.counts {
            continue;
        }
        counted[stratum(seen.history)] += 1;
        for (s, signal) in signals.iter().enumerate() {
            let cell = &mut shown[s][stratum(seen.history)];
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
    // A stratum with little in it leans on all of them.
    let usual = |s: usize, stratum: usize| {
        let (fired, known) = shown[s][stratum];
        (fired as f64 + 20.0 * overall[s]) / (known as f64 + 20.0)
    };
    let mut scores =
        Scores { of: vec![0; all.len()], stratum: vec![0; all.len()], hijacked: Default::default() };
    let mut own: Vec<(u32, u32)> = Vec::new();
    let mut account = AccountId::NONE;
    let mut met = [0_u64; STRATA];
    for i in 0..all.len() {
        if all[i].account != account {
            account = all[i].account;
            own = vec![(0, 0); signals.len()];
        }
        let seen = of(i);
        let at = stratum(seen.history);
        scores.stratum[i] = at as u8;
        let mut weights: Vec<Weight> = Vec::with_capacity(signals.len());
        for (s, signal) in signals.iter().enumerate().filter(|(_, signal)| seen.known.has(**signal)) {
            let fired = seen.fired.has(*signal);
            let habit = (f64::from(own[s].0) + HABIT * usual(s, at)) / (f64::from(own[s].1) + HABIT);
            let weight = Weight::of(*signal, habit.clamp(1e-6, 1.0 - 1e-6));
            scores.of[i] += if fired { weight.fired } else { weight.not };
            weights.push(weight);
            own[s].0 += u32::from(fired);
            own[s].1 += 1;
        }
        if seen.counts {
            if met[at] % counted[at].div_ceil(ASKED) == 0 {
                spread(&weights, 0, 1.0, &mut scores.hijacked[at]);
            }
            met[at] += 1;
        }
    }
    scores
}

/// What a signal adds if it fired and if it did not, and how likely a hijack is to show it.
struct Weight {
    fired: i64,
    not: i64,
    hijacked: f64,
}

impl Weight {
    fn of(signal: Signal, usual: f64) -> Self {
        let hijacked = signal.when_hijacked();
        Self {
            fired: Millibits::log2(hijacked / usual).0,
            not: Millibits::log2((1.0 - hijacked) / (1.0 - usual)).0,
            hijacked,
        }
    }
}

/// Adds to `into` every score the signals could give, with its probability under a hijack.
fn spread(weights: &[Weight], score: i64, probability: f64, into: &mut Histogram) {
    let Some((first, rest)) = weights.split_first() else {
        into.add(score, probability);
        return;
    };
    spread(rest, score + first.fired, probability * first.hijacked, into);
    spread(rest, score + first.not, probability * (1.0 - first.hijacked), into);
}

/// Every occasion's scores, ready to be counted against.
struct Population<'a> {
    all: &'a [Occasion],
    trades: &'a [TradeView],
    events: &'a EventsOf<'a>,
    access: Scores,
    trading: Scores,
    own: Scores,
    access_ratios: Ratios,
    trading_ratios: Ratios,
    own_ratios: Ratios,
    access_sorted: Vec<i64>,
    /// Dependence of access and all trading among all occasions with both.
    whole: Together,
    /// Dependence of access and the account's own trading among those who bought something as unlike them, by
    /// [`Population::odd_name`].
    given_dependence: [Millibits; 2],
    /// Per account: whether any login of it is in the data.
    has_logins: Vec<bool>,
}

impl<'a> Population<'a> {
    fn new(
        all: &'a [Occasion],
        trades: &'a [TradeView],
        explained: &[bool],
        shared: &[&[u32]],
        events: &'a EventsOf<'a>,
        [access, trading, own]: [Scores; 3],
    ) -> Self {
        // Hijacked accounts are a visible part of all odd occasions, so counting among all would hide them behind
        // one another. If nobody were hijacked, access and trading would tell little of one another, and what they
        // do tell is taken off as dependence; so odd access is counted among occasions with ordinary trading or
        // none, and odd trading among occasions with ordinary access. Ordinary: a score that speaks for no hijack.
        let for_access = |i: usize| {
            all[i].login.is_some()
                && !all[i].day_only
                && !explained[i]
                && (all[i].fills.is_empty() || trading.of[i] <= 0)
        };
        let for_trading = |i: usize| !all[i].fills.is_empty() && !explained[i] && access.of[i] <= 0;
        let ratios = |scores: &Scores, counts: &dyn Fn(usize) -> bool| {
            let mut ordinary = <[Histogram; STRATA]>::default();
            for i in (0..all.len()).filter(|i| counts(*i)) {
                ordinary[usize::from(scores.stratum[i])].add(scores.of[i], 1.0);
            }
            Ratios::new(&ordinary, &scores.hijacked)
        };
        let access_ratios = ratios(&access, &for_access);
        let trading_ratios = ratios(&trading, &for_trading);
        let own_ratios = ratios(&own, &for_trading);
        let mut access_sorted: Vec<i64> =
            (0..all.len()).filter(|i| for_access(*i)).map(|i| access.of[i]).collect();
        access_sorted.sort_unstable();
        let accounts = all.iter().map(|o| o.account.index() + 1).max().unwrap_or(0);
        let mut has_logins = vec![false; accounts];
        for occasion in all.iter().filter(|o| o.login.is_some()) {
            has_logins[occasion.account.index()] = true;
        }
        let mut population = Self {
            all,
            trades,
            events,
            access,
            trading,
            own,
            access_ratios,
            trading_ratios,
            own_ratios,
            access_sorted,
            whole: Together::default(),
            given_dependence: Default::default(),
            has_logins,
        };
        population.count_together(explained, shared);
        population
    }

    /// Whether what was bought speaks for a hijack: unfamiliar, cheap, rising.
    fn odd_name(&self, i: usize) -> bool {
        self.trading.of[i] > self.own.of[i]
    }

    /// Counts how often odd access and odd trading come together in ordinary life, that is outside `explained`
    /// occasions and outside crowds in which they do so more often than elsewhere.
    fn count_together(&mut self, explained: &[bool], shared: &[&[u32]]) {
        let points: Vec<u32> =
            (0..self.all.len() as u32).filter(|i| has_both(&self.all[*i as usize])).collect();
        let calm_access = |i: &&u32| self.access.of[**i as usize] <= 0;
        let events = self.events.events.iter().copied();
        let crowds: Vec<&[u32]> = events.chain(shared.iter().copied()).collect();
        let counts = self.outside_crowds(&points, &crowds, &self.trading_bits(), explained);
        self.whole = Together::new(&points, &self.access.of, &self.trading.of, &counts, calm_access);
        self.given_dependence = [false, true].map(|odd_name| {
            let class: Vec<usize> = points
                .iter()
                .map(|i| *i as usize)
                .filter(|i| !explained[*i] && self.odd_name(*i) == odd_name)
                .collect();
            self.mild_dependence(&class)
        });
    }

    /// How much more often than by chance the mildly odd in access are mildly odd in the account's own trading too.
    ///
    /// Of those that are very odd in both among buyers of cheap rising names most may be hijacks, so ordinary life is
    /// read off the middle (as an empirical null is, Efron, Journal of the American Statistical Association 2004).
    fn mild_dependence(&self, class: &[usize]) -> Millibits {
        let mild = |bits: Millibits| bits.0 > 0 && bits < VERY_ODD;
        let access = class.iter().filter(|i| mild(self.access_bits(**i))).count() as f64;
        let own = class.iter().filter(|i| mild(self.own_bits(**i))).count() as f64;
        let both = |i: &&usize| mild(self.access_bits(**i)) && mild(self.own_bits(**i));
        let seen = class.iter().filter(both).count() as f64;
        let expected = access * own / class.len().max(1) as f64;
        Millibits::log2((seen + 1.0) / (expected + 1.0)).positive()
    }

    fn trading_bits(&self) -> Vec<Millibits> {
        (0..self.all.len())
            .map(|i| self.trading_ratios.bits(usize::from(self.trading.stratum[i]), self.trading.of[i]))
            .collect()
    }

    /// Which occasions are part of ordinary life as far as the odd in both are concerned: those not `explained` and
    /// not odd in both in a crowd that has more such than the rate elsewhere in `class` explains.
    ///
    /// Rings are a large part of such occasions, so a rate over all of them would hide each ring behind the others.
    /// The rate is first that of crowds with one such occasion at most, and crowds that it explains are taken in
    /// until no more are (a forward search). Explained: the Chernoff bound of the Poisson tail is at least one in
    /// twenty times the number of crowds.
    fn outside_crowds(
        &self,
        class: &[u32],
        crowds: &[&[u32]],
        trading: &[Millibits],
        explained: &[bool],
    ) -> Vec<bool> {
        let mut of_class = vec![false; self.all.len()];
        class.iter().for_each(|i| of_class[*i as usize] = true);
        let is_odd: Vec<bool> = (0..self.all.len())
            .map(|i| {
                of_class[i]
                    && !explained[i]
                    && self.access_bits(i) >= CLEARLY_ODD
                    && trading[i] >= CLEARLY_ODD
            })
            .collect();
        let needed = libm::log(20.0 * (crowds.len() as f64 + 1.0));
        // members of the class, and those of them that are odd in both
        let mut outside: Vec<(&[u32], f64, f64)> = crowds
            .iter()
            .map(|crowd| {
                let odd = crowd.iter().filter(|i| is_odd[**i as usize]).count();
                let members = crowd.iter().filter(|i| of_class[**i as usize]).count();
                (*crowd, members as f64, odd as f64)
            })
            .filter(|(_, _, odd)| *odd >= 2.0)
            .collect();
        loop {
            let mut taken_in = of_class.clone();
            outside.iter().flat_map(|(crowd, ..)| crowd.iter()).for_each(|i| taken_in[*i as usize] = false);
            let members = taken_in.iter().filter(|t| **t).count();
            let odd = (0..taken_in.len()).filter(|i| taken_in[*i] && is_odd[*i]).count();
            let rate = (odd as f64 + 0.5) / (members as f64 + 1.0);
            let before = outside.len();
            outside.retain(|(_, members, odd)| {
                let mean = members * rate;
                *odd > mean && odd * libm::log(odd / mean) - odd + mean > needed
            });
            if outside.len() == before {
                break;
            }
        }
        let mut counts: Vec<bool> = explained.iter().map(|e| !e).collect();
        for i in outside.iter().flat_map(|(crowd, ..)| crowd.iter()) {
            counts[*i as usize] &= !is_odd[*i as usize];
        }
        counts
    }

    fn access_bits(&self, i: usize) -> Millibits {
        self.access_ratios.bits(usize::from(self.access.stratum[i]), self.access.of[i])
    }

    fn own_bits(&self, i: usize) -> Millibits {
        self.own_ratios.bits(usize::from(self.own.stratum[i]), self.own.of[i])
    }

    fn mark(&self, i: usize) -> Mark {
        Mark { odd_name: self.odd_name(i), ..self.weigh(i) }
    }

    fn weigh(&self, i: usize) -> Mark {
        let occasion = &self.all[i];
        let signals = occasion.access.union(self.trades[i].fired);
        let both = occasion.access.has_any(&Signal::ACCESS) && self.trades[i].fired.has_any(&Signal::TRADE);
        let trading =
            self.trading_ratios.bits(usize::from(self.trading.stratum[i]), self.trading.of[i]);
        if occasion.login.is_none() {
            // Fills that no login explains. Where the account's logins are not in the data at all, its trading alone
            // counts, for a link without a role; otherwise an ordinary order filled late.
            let access_unseen = !self.has_logins[occasion.account.index()];
            let bits = if access_unseen { trading } else { Millibits(trading.0.min(0)) };
            return Mark { bits, trading, signals, access_unseen, ..Mark::default() };
        }
        let access = self.access_bits(i);
        if occasion.fills.is_empty() {
            // Only looked around: may speak against a hijack, never for one.
            return Mark { bits: Millibits(access.0.min(0)), access, signals, ..Mark::default() };
        }
        let dependence =
            if both && (access + trading).0 > 0 { self.dependence(i) } else { Millibits::ZERO };
        let bits = access + trading - dependence;
        let bits = if both { bits } else { Millibits(bits.0.min(0)) };
        Mark { bits, access, trading, dependence, signals, both, ..Mark::default() }
    }

    /// How much more often than by chance others are at least as odd in access and in trading, in bits. Others are
    /// those outside the occasion's own events.
    fn dependence(&self, i: usize) -> Millibits {
        let (together, trading) = (&self.whole, &self.trading.of);
        let mut joint = together.above[i];
        for peer in self.events.peers(i) {
            let p = peer as usize;
            let as_odd = self.access.of[p] >= self.access.of[i] && trading[p] >= trading[i];
            joint -= u32::from(p != i && together.counts[p] && as_odd);
        }
        let share = |sorted: &[i64], score: i64| {
            (at_least(sorted, score) as f64 + 1.0) / (sorted.len() as f64 + 1.0)
        };
        let expected = f64::from(together.counted)
            * share(&self.access_sorted, self.access.of[i])
            * share(&together.calm_sorted, trading[i]);
        Millibits::log2((f64::from(joint) + 1.0) / (expected + 1.0)).positive()
    }

    /// How odd each occasion is among those who bought the same names on the same days, without what the name itself
    /// tells: bits of access and of the trading signals that speak of the account alone, each less how much more
    /// common it is in that crowd than elsewhere. Of several names the least favourable.
    fn given_name(&self) -> Vec<Millibits> {
        let mut given: Vec<Millibits> =
            (0..self.all.len()).map(|i| self.access_bits(i) + self.own_bits(i)).collect();
        let by_event: Vec<Vec<(u32, Millibits)>> =
            self.events.events.par_iter().map(|event| self.within(event)).collect();
        for (i, bits) in by_event.into_iter().flatten() {
            let of = &mut given[i as usize];
            *of = (*of).min(bits);
        }
        for (i, bits) in given.iter_mut().enumerate().filter(|(i, bits)| bits.0 > 0 && has_both(&self.all[*i])) {
            *bits = *bits - self.given_dependence[usize::from(self.odd_name(i))];
        }
        given
    }

    /// The members of one event whose oddness its crowd shares, with the bits that are left.
    fn within(&self, event: &[u32]) -> Vec<(u32, Millibits)> {
        let sorted = |keep: &dyn Fn(usize) -> bool, scores: &Scores| {
            let mut kept: Vec<i64> =
                event.iter().map(|i| *i as usize).filter(|i| keep(*i)).map(|i| scores.of[i]).collect();
            kept.sort_unstable();
            kept
        };
        let calm_trading = |i: usize| self.all[i].login.is_some() && self.own_bits(i).0 <= 0;
        let calm_access = |i: usize| self.access_bits(i).0 <= 0;
        let access = sorted(&calm_trading, &self.access);
        let own = sorted(&calm_access, &self.own);
        let excess = |sorted: &[i64], itself: bool, score: i64, elsewhere: f64| {
            let others = sorted.len() - usize::from(itself);
            let above = at_least(sorted, score) - usize::from(itself);
            let here = (above as f64 + CROWD * elsewhere) / (others as f64 + CROWD);
            Millibits::log2(here / elsewhere).positive()
        };
        event
            .iter()
            .map(|i| *i as usize)
            .filter(|i| self.access_bits(*i).0 > 0 || self.own_bits(*i).0 > 0)
            .map(|i| {
                let elsewhere =
                    self.access_ratios.tail(usize::from(self.access.stratum[i]), self.access.of[i]);
                let access = self.access_bits(i)
                    - excess(&access, calm_trading(i), self.access.of[i], elsewhere);
                let elsewhere = self.own_ratios.tail(usize::from(self.own.stratum[i]), self.own.of[i]);
                let own = self.own_bits(i) - excess(&own, calm_access(i), self.own.of[i], elsewhere);
                (i as u32, access + own)
            })
            .collect()
    }
}

/// How often two scores are high together.
#[derive(Default)]
struct Together {
    /// Which occasions are counted.
    counts: Vec<bool>,
    counted: u32,
    /// Per occasion: others counted that are at least as high in both.
    above: Vec<u32>,
    /// The second score of those counted whose first is calm.
    calm_sorted: Vec<i64>,
}

impl Together {
    fn new(points: &[u32], x: &[i64], y: &[i64], counts: &[bool], calm: impl Fn(&&u32) -> bool) -> Self {
        let left_out: Vec<bool> = counts.iter().map(|c| !c).collect();
        let mut of_points = vec![false; counts.len()];
        points.iter().for_each(|p| of_points[*p as usize] = counts[*p as usize]);
        let counted = points.iter().filter(|p| counts[**p as usize]);
        let mut calm_sorted: Vec<i64> = counted.clone().filter(calm).map(|p| y[*p as usize]).collect();
        calm_sorted.sort_unstable();
        Self {
            counted: counted.count() as u32,
            above: dominated(points, x, y, &left_out),
            counts: of_points,
            calm_sorted,
        }
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
