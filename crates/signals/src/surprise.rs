//! How unusual an occasion is, in bits, judged against everybody's occasions.
//!
//! How an account was entered and what was traded are each scored (`score.rs`), and what a score is worth is read
//! off how often ordinary occasions reach it and how often hijacked ones would (`ratio.rs`). Then
//!
//! bits = bits(access) + bits(trading) − log2 lift, where lift is how much more often than by chance the two come
//! together in everybody's life (`together.rs`: a new phone, then a rearranged portfolio).
//!
//! Among those who bought one name on one day the crowd's own habits are taken off, and what the name itself tells is
//! left out (`crowd.rs`).

use std::collections::BTreeMap;

use itoguchi_model::{
    InstrumentId, JstDate, Millibits,
    tables::{Case, Side},
};

use rayon::prelude::*;

use crate::{
    crowd,
    occasions::Occasion,
    score::{Judged, Observed, Scores},
    signal::{Signal, SignalSet},
    together::{Together, mild_dependence, outside_crowds},
    trading::TradeView,
    ways::Ways,
};

/// Odd in access and in trading by so many bits each, an occasion is counted when crowds are looked for.
const CLEARLY_ODD: Millibits = Millibits(2_000);

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
    /// Whether access can say nothing: none of the account's logins is in the data, or this is the first that is.
    pub access_unseen: bool,
    /// Whether what was bought speaks for a hijack: unfamiliar, cheap, rising.
    pub odd_name: bool,
}

/// How odd the buyers of one name on one day are among themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GivenName {
    /// Per occasion of the event, in its order.
    pub bits: Vec<Millibits>,
    /// Per occasion: how much more it has in common with the group in it (the minute, the program, the kind of network,
    /// the broker) than with the rest. Nothing where there is no group.
    pub alike: Vec<Millibits>,
    /// What the crowd's own habits explain if there is no group in it, beyond what they explain beside one.
    pub explained: Millibits,
    /// The same without the member of most bits; not looked at where there is no group of two.
    pub explained_without: Millibits,
}

/// Every occasion's mark, and every event's crowd.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marked {
    /// In the order of occasions.
    pub marks: Vec<Mark>,
    /// In the order of events.
    pub given: Vec<GivenName>,
    /// In the order of joint purchases.
    pub given_both: Vec<GivenName>,
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

/// The occasions that bought each two names on each day, by (instrument, instrument, day); the smaller id first.
pub type JointEvents = BTreeMap<(InstrumentId, InstrumentId, JstDate), Vec<u32>>;

/// An occasion that bought more names than this bought a basket: its names are not looked at two by two.
const BASKET: usize = 12;

/// Which occasions bought two names on one day, for every two that several accounts bought.
#[must_use]
pub fn joint_events(all: &[Occasion], events: &Events) -> JointEvents {
    let mut bought: Vec<(u32, JstDate, InstrumentId)> = events
        .iter()
        .flat_map(|((name, date), occasions)| occasions.iter().map(|o| (*o, *date, *name)))
        .collect();
    bought.par_sort_unstable();
    let mut both: Vec<(InstrumentId, InstrumentId, JstDate, u32)> = Vec::new();
    for run in bought.chunk_by(|x, y| (x.0, x.1) == (y.0, y.1)).filter(|r| r.len() <= BASKET) {
        for (n, (occasion, date, first)) in run.iter().enumerate() {
            both.extend(run[n + 1..].iter().map(|second| (*first, second.2, *date, *occasion)));
        }
    }
    both.par_sort_unstable();
    both.chunk_by(|x, y| (x.0, x.1, x.2) == (y.0, y.1, y.2))
        .filter(|run| run.iter().any(|x| all[x.3 as usize].account != all[run[0].3 as usize].account))
        .map(|run| ((run[0].0, run[0].1, run[0].2), run.iter().map(|x| x.3).collect()))
        .collect()
}

/// Marks every occasion, in the order of `all`. `shared` are lists of occasions that share a device or an address.
/// O(occasions · (signals + log occasions) + Σ event sizes of odd occasions).
///
/// Occasions that are `explained` (by a ring found in an earlier round) are marked like all others, but nobody is
/// judged against them: they are no part of ordinary life.
#[must_use]
pub fn mark(
    all: &[Occasion],
    trades: &[TradeView],
    events: &Events,
    joint: &JointEvents,
    ways: &Ways,
    shared: &[&[u32]],
    explained: &[bool],
) -> Marked {
    let access = Scores::new(all, &Signal::ACCESS, |i| Observed {
        fired: all[i].access,
        known: all[i].access_known,
        history: all[i].history,
        counts: all[i].login.is_some() && !all[i].day_only && !explained[i],
    });
    let trading = |signals: &[Signal]| {
        Scores::new(all, signals, |i| Observed {
            fired: trades[i].fired,
            known: trades[i].known,
            history: trades[i].history,
            counts: !all[i].fills.is_empty() && !explained[i],
        })
    };
    let (whole, own) = (trading(&Signal::TRADE), trading(&Signal::OWN_TRADE));
    let events = EventsOf::new(all.len(), events);
    let population = Population::new(all, trades, explained, shared, &events, [access, whole, own]);
    let mut marks: Vec<Mark> = (0..all.len()).into_par_iter().map(|i| population.mark(i)).collect();
    let usual = population.usual();
    let given = population.given_names(&marks, ways, &usual, &events.events, &events.keys);
    let crowds: Vec<&[u32]> = joint.values().map(Vec::as_slice).collect();
    let keys: Vec<(InstrumentId, JstDate)> = joint.keys().map(|(first, _, date)| (*first, *date)).collect();
    let given_both = population.given_names(&marks, ways, &usual, &crowds, &keys);
    for (event, given) in events.events.iter().zip(&given) {
        for (i, bits) in event.iter().zip(&given.bits) {
            let mark = &mut marks[*i as usize];
            mark.given_name = mark.given_name.min(*bits);
        }
    }
    Marked { marks, given, given_both }
}

/// Every occasion's bits, ready to be put together.
struct Population<'a> {
    all: &'a [Occasion],
    trades: &'a [TradeView],
    events: &'a EventsOf<'a>,
    access: Judged,
    trading: Judged,
    own: Judged,
    /// Whether what was bought speaks for a hijack.
    odd_name: Vec<bool>,
    /// Whether signals of access, and of the account's own trading, could have fired.
    access_known: Vec<bool>,
    own_known: Vec<bool>,
    /// How often access and trading are odd together.
    whole: Together,
    /// How much more often than by chance the mildly odd in one are so in the account's own trading too.
    given_dependence: Millibits,
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
        let accounts = all.iter().map(|o| o.account.index() + 1).max().unwrap_or(0);
        let mut has_logins = vec![false; accounts];
        for occasion in all.iter().filter(|o| o.login.is_some()) {
            has_logins[occasion.account.index()] = true;
        }
        let for_access = |i: usize| {
            all[i].login.is_some()
                && !all[i].day_only
                && !explained[i]
                && (all[i].fills.is_empty() || trading.sum(i) <= 0)
        };
        let for_trading = |i: usize| {
            let unseen = !has_logins[all[i].account.index()];
            let calm = access.calm(i) && all[i].history > 0;
            !all[i].fills.is_empty() && !explained[i] && (calm || unseen)
        };
        let mut population = Self {
            all,
            trades,
            events,
            access: access.judge(for_access),
            trading: trading.judge(for_trading),
            own: own.judge(for_trading),
            odd_name: (0..all.len()).map(|i| trading.sum(i) > own.sum(i)).collect(),
            access_known: (0..all.len()).map(|i| access.known(i) && all[i].history > 0).collect(),
            own_known: (0..all.len()).map(|i| own.known(i)).collect(),
            whole: Together::default(),
            given_dependence: Millibits::ZERO,
            has_logins,
        };
        population.count_together(explained, shared);
        population
    }

    /// Counts how often odd access and odd trading come together in ordinary life, that is outside `explained`
    /// occasions and outside crowds in which they do so more often than elsewhere.
    fn count_together(&mut self, explained: &[bool], shared: &[&[u32]]) {
        let points: Vec<u32> =
            (0..self.all.len() as u32).filter(|i| has_both(&self.all[*i as usize])).collect();
        let crowds: Vec<&[u32]> = self.events.events.iter().chain(shared).copied().collect();
        let odd: Vec<bool> = (0..self.all.len())
            .map(|i| {
                has_both(&self.all[i])
                    && !explained[i]
                    && self.access.bits[i] >= CLEARLY_ODD
                    && self.trading.bits[i] >= CLEARLY_ODD
            })
            .collect();
        let mut counts = outside_crowds(&points, &odd, &crowds);
        counts.iter_mut().zip(explained).for_each(|(counts, explained)| *counts &= !explained);
        self.whole = Together::new(&points, &self.access.bits, &self.trading.bits, counts);
        // Rings are many among those who buy cheap rising names: dependence is learnt from all names.
        let class: Vec<usize> = points.iter().map(|i| *i as usize).filter(|i| !explained[*i]).collect();
        self.given_dependence = mild_dependence(&class, &self.access.bits, &self.own.bits);
    }

    fn mark(&self, i: usize) -> Mark {
        let mark = Mark { odd_name: self.odd_name[i], ..self.weigh(i) };
        // as high as what it would be alone, until its events are looked at
        Mark { given_name: self.allowed(i, &mark, self.member(i).bits()), ..mark }
    }

    fn weigh(&self, i: usize) -> Mark {
        let occasion = &self.all[i];
        let signals = occasion.access.union(self.trades[i].fired);
        let both = occasion.access.has_any(&Signal::ACCESS) && self.trades[i].fired.has_any(&Signal::TRADE);
        let trading = self.trading.bits[i];
        if occasion.login.is_none() {
            // Fills that no login explains. Where the account's logins are not in the data at all, its trading alone
            // counts, for a link without a role; otherwise an ordinary order filled late.
            let access_unseen = !self.has_logins[occasion.account.index()];
            let bits = if access_unseen { trading } else { Millibits(trading.0.min(0)) };
            return Mark { bits, trading, signals, access_unseen, ..Mark::default() };
        }
        let access = self.access.bits[i];
        if occasion.fills.is_empty() {
            // Only looked around: may speak against a hijack, never for one.
            return Mark { bits: Millibits(access.0.min(0)), access, signals, ..Mark::default() };
        }
        // At the first login of an account nothing can be new: as if its logins were not there.
        let access_unseen = occasion.history == 0 && !both;
        let odd = both && (access + trading).0 > 0;
        let dependence = if odd { self.dependence(i) } else { Millibits::ZERO };
        let bits = access + trading - dependence;
        let bits = if both || access_unseen { bits } else { Millibits(bits.0.min(0)) };
        Mark { bits, access, trading, dependence, signals, both, access_unseen, ..Mark::default() }
    }

    /// How much more often than by chance others are at least as odd in access and in trading, in bits. Others are
    /// those outside the occasion's own events.
    fn dependence(&self, i: usize) -> Millibits {
        let mut joint = self.whole.above[i];
        let (access, trading) = (&self.access.bits, &self.trading.bits);
        for peer in self.events.peers(i) {
            let p = peer as usize;
            let as_odd = access[p] >= access[i] && trading[p] >= trading[i];
            joint -= u32::from(p != i && self.whole.counts[p] && as_odd);
        }
        let expected =
            f64::from(self.whole.counted) * self.access.tail(access[i]) * self.trading.tail(trading[i]);
        Millibits::log2((f64::from(joint) + 1.0) / (expected + 1.0)).positive()
    }

    /// Whether most of a crowd bought something unlike them, cheap or rising.
    fn bought_odd(&self, crowd: &[u32]) -> bool {
        crowd.iter().filter(|i| self.odd_name[**i as usize]).count() * 2 > crowd.len()
    }

    /// What the buyers of one name on one day usually show of access and of their own trading: of ordinary names, and of
    /// names unlike their buyers, cheap or rising.
    fn usual(&self) -> [(crowd::Usual, crowd::Usual); 2] {
        let crowds = |of: &dyn Fn(usize) -> Option<Millibits>, kind: Option<bool>| -> Vec<Vec<Millibits>> {
            let events = self.events.events.iter();
            let events = events.filter(|e| kind.is_none_or(|odd| self.bought_odd(e) == odd));
            events.map(|e| e.iter().filter_map(|i| of(*i as usize)).collect()).collect()
        };
        let (access, own) = (|i: usize| self.member(i).access, |i: usize| self.member(i).own);
        // Rings are many among the crowds of cheap rising names: how alike crowds are is learnt from all names.
        let firm = (crowd::firmness(&crowds(&access, None)), crowd::firmness(&crowds(&own, None)));
        [false, true].map(|odd| {
            let access = crowd::Usual::learn(&self.access, &crowds(&access, Some(odd)), firm.0);
            (access, crowd::Usual::learn(&self.own, &crowds(&own, Some(odd)), firm.1))
        })
    }

    /// How odd the members of each crowd are among those who bought the same on the same day, without what the
    /// name itself tells: access, and the trading signals that speak of the account alone.
    fn given_names(
        &self,
        marks: &[Mark],
        ways: &Ways,
        usual: &[(crowd::Usual, crowd::Usual); 2],
        crowds: &[&[u32]],
        keys: &[(InstrumentId, JstDate)],
    ) -> Vec<GivenName> {
        crowds
            .par_iter()
            .zip(keys)
            .map(|(crowd, key)| {
                let members: Vec<crowd::Member> = crowd.iter().map(|i| self.member(*i as usize)).collect();
                let (access, own) = usual[usize::from(self.bought_odd(crowd))];
                let fit = crowd::fit(&members, access, own, || ways.of_buyers(*key, crowd));
                let allowed =
                    |(i, bits): (&u32, Millibits)| self.allowed(*i as usize, &marks[*i as usize], bits);
                let bits = crowd.iter().zip(fit.left).map(allowed).collect();
                GivenName {
                    bits,
                    alike: fit.alike,
                    explained: fit.explained,
                    explained_without: fit.explained_without,
                }
            })
            .collect()
    }

    fn member(&self, i: usize) -> crowd::Member {
        crowd::Member {
            access: self.access_known[i].then_some(self.access.bits[i]),
            own: self.own_known[i].then_some(self.own.bits[i]),
        }
    }

    /// What may be said of an occasion given the name: less what odd access and odd trading have to do with one another,
    /// and positive only if there is something odd in both, or nothing could have been in one.
    fn allowed(&self, i: usize, mark: &Mark, bits: Millibits) -> Millibits {
        let both_odd = self.access.bits[i].0 > 0 && self.own.bits[i].0 > 0;
        // Where nothing odd was bought the very odd are ordinary life too: new phones, then everything into a fund.
        let dependence =
            if self.odd_name[i] { self.given_dependence } else { self.given_dependence.max(mark.dependence) };
        let bits = if both_odd { bits - dependence } else { bits };
        if mark.both || mark.access_unseen { bits } else { Millibits(bits.0.min(0)) }
    }
}

fn has_both(occasion: &Occasion) -> bool {
    occasion.login.is_some() && !occasion.fills.is_empty()
}

/// Which events each occasion belongs to.
struct EventsOf<'a> {
    keys: Vec<(InstrumentId, JstDate)>,
    events: Vec<&'a [u32]>,
    of: Vec<Vec<u32>>,
}

impl<'a> EventsOf<'a> {
    fn new(occasions: usize, events: &'a Events) -> Self {
        let mut of = vec![Vec::new(); occasions];
        let keys = events.keys().copied().collect();
        let events: Vec<&[u32]> = events.values().map(Vec::as_slice).collect();
        for (e, event) in events.iter().enumerate() {
            for i in *event {
                of[*i as usize].push(e as u32);
            }
        }
        Self { keys, events, of }
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
