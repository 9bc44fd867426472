//! Laws of the bits of an occasion, on invented populations.

use itoguchi_model::{AccountId, Instant, InstrumentId, Millibits, time::DAY};
use itoguchi_signals::{
    occasions::Occasion,
    signal::{Signal, SignalSet},
    surprise::{Events, JointEvents, Mark, mark},
    trading::TradeView,
    ways::Ways,
};
use itoguchi_testkit::case::day;

fn set(signals: &[Signal]) -> SignalSet {
    let mut set = SignalSet::default();
    signals.iter().for_each(|s| set.set(*s, true));
    set
}

const ODD_ACCESS: [Signal; 3] = [Signal::NewDevice, Signal::NewNetwork, Signal::NewRegion];
const ODD_TRADE: [Signal; 3] = [Signal::LiquidateAll, Signal::UnfamiliarName, Signal::Concentration];

/// Occasions with what was traded on them, and who bought the same names.
#[derive(Clone, Default)]
struct Population {
    all: Vec<Occasion>,
    trades: Vec<TradeView>,
    events: Events,
    explained: Vec<bool>,
}

impl Population {
    /// Adds an occasion of `account`, with fills if `trading` says what they show. Returns its index.
    fn add(&mut self, account: u32, access: &[Signal], trading: Option<&[Signal]>) -> usize {
        let i = self.all.len() as u32;
        let start = Instant(i64::from(i) * DAY);
        self.all.push(Occasion {
            account: AccountId(account),
            start,
            end: start,
            login: Some(i),
            joined: Vec::new(),
            fills: trading.map(|_| i).into_iter().collect(),
            day_only: false,
            access: set(access),
            access_known: set(&Signal::ACCESS),
            history: 8,
        });
        self.trades.push(TradeView {
            fired: set(trading.unwrap_or_default()),
            known: trading.map_or(SignalSet::default(), |_| set(&Signal::TRADE)),
            history: 8,
        });
        self.explained.push(false);
        i as usize
    }

    fn ordinary(n: u32) -> Self {
        let mut all = Self::default();
        for account in 0..n {
            all.add(account, &[], Some(&[]));
        }
        all
    }

    fn bought(&mut self, name: u32, who: &[usize]) {
        self.events.insert((InstrumentId(name), day(0)), who.iter().map(|i| *i as u32).collect());
    }

    fn marks(&self) -> Vec<Mark> {
        mark(
            &self.all,
            &self.trades,
            &self.events,
            &JointEvents::new(),
            &Ways::unknown(),
            &[],
            &self.explained,
        )
        .marks
    }
}

/// A repeatable stream of small numbers.
fn stream(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    }
}

/// `accounts` accounts with one to four occasions each and signals at random; some without login, fills or both odd.
fn random(seed: u64, accounts: u32) -> Population {
    let mut next = stream(seed);
    let mut all = Population::default();
    for account in 0..accounts {
        for _ in 0..=next(4) {
            let access: Vec<Signal> = Signal::ACCESS.into_iter().filter(|_| next(6) == 0).collect();
            let trading: Vec<Signal> = Signal::TRADE.into_iter().filter(|_| next(5) == 0).collect();
            let i = all.add(account, &access, (next(4) > 0).then_some(&trading[..]));
            if next(7) == 0 && !all.all[i].fills.is_empty() {
                all.all[i].login = None;
                (all.all[i].access, all.all[i].access_known) = Default::default();
            }
            all.explained[i] = next(9) == 0;
        }
    }
    for name in 0..accounts / 2 {
        let traded = |i: &usize| !all.all[*i].fills.is_empty();
        let mut who: Vec<usize> = (0..all.all.len()).filter(traded).filter(|_| next(20) == 0).collect();
        who.dedup();
        all.bought(name, &who);
    }
    all
}

#[test]
fn bits_are_positive_only_with_odd_access_and_odd_trading_or_where_logins_are_unseen() {
    for seed in 0..20 {
        let population = random(seed, 60);
        for (mark, occasion) in population.marks().iter().zip(&population.all) {
            if mark.bits > Millibits::ZERO {
                assert!(mark.both || mark.access_unseen, "{seed} {mark:?}");
            }
            assert!(mark.dependence >= Millibits::ZERO, "{seed} {mark:?}");
            let may = mark.both || mark.access_unseen;
            assert!(mark.given_name <= Millibits::ZERO || may, "{seed} {mark:?}");
            assert!(
                !mark.both || (occasion.login.is_some() && !occasion.fills.is_empty()),
                "{seed} {mark:?}"
            );
        }
    }
}

#[test]
fn a_buyer_without_logins_is_marked_beside_one_with_odd_logins() {
    // They bought the same name on the same day, so that the second is left out when the first is judged.
    let mut population = Population::ordinary(100);
    let unseen = population.add(100, &[], Some(&[Signal::UnfamiliarName]));
    population.all[unseen].login = None;
    let odd = population.add(101, &ODD_ACCESS, Some(&ODD_TRADE));
    population.bought(0, &[unseen, odd]);
    let marks = population.marks();
    assert!(marks[unseen].access_unseen && marks[odd].both);
}

#[test]
fn odd_in_both_among_two_thousand_ordinary_accounts_speaks_loudly_and_in_one_only_not_at_all() {
    let mut population = Population::ordinary(2_000);
    let both = population.add(2_000, &ODD_ACCESS, Some(&ODD_TRADE));
    let phone = population.add(2_001, &ODD_ACCESS, Some(&[]));
    let trader = population.add(2_002, &[], Some(&ODD_TRADE));
    let looked = population.add(2_003, &ODD_ACCESS, None);
    let marks = population.marks();
    assert!(marks[both].bits > Millibits(10_000), "{:?}", marks[both]);
    for i in [0, phone, trader, looked] {
        assert!(marks[i].bits <= Millibits::ZERO, "{:?}", marks[i]);
    }
}

#[test]
fn fills_without_a_login_count_only_where_the_account_has_no_logins_at_all() {
    let mut population = Population::ordinary(500);
    let unseen = population.add(500, &[], Some(&ODD_TRADE));
    population.add(501, &[], None);
    let late = population.add(501, &[], Some(&ODD_TRADE));
    for i in [unseen, late] {
        population.all[i].login = None;
        population.all[i].access_known = SignalSet::default();
    }
    let marks = population.marks();
    assert!(marks[unseen].access_unseen && marks[unseen].bits > Millibits::ZERO, "{:?}", marks[unseen]);
    assert!(!marks[late].access_unseen && marks[late].bits <= Millibits::ZERO, "{:?}", marks[late]);
}

#[test]
fn explained_occasions_are_marked_but_nobody_is_judged_against_them() {
    // Others with the same odd access but ordinary trading stand before the one under test.
    let mut population = Population::ordinary(500);
    let odd = population.add(500, &ODD_ACCESS, Some(&ODD_TRADE));
    let others: Vec<usize> = (0..20).map(|n| population.add(501 + n, &ODD_ACCESS, Some(&[]))).collect();
    let before = population.marks();
    for i in &others {
        population.explained[*i] = true;
    }
    let after = population.marks();
    assert!(after[odd].access > before[odd].access, "{:?} {:?}", before[odd], after[odd]);
    assert!(after[others[0]].access > Millibits::ZERO);
    // To be explained oneself changes nothing about who one is judged against.
    population.explained[odd] = true;
    assert_eq!(population.marks()[odd], after[odd]);
}

#[test]
fn what_a_whole_crowd_does_is_less_odd_given_the_name() {
    let of_crowd = |phones: u32| {
        let mut population = Population::ordinary(2_000);
        let odd = population.add(2_000, &ODD_ACCESS, Some(&ODD_TRADE));
        let buyers: Vec<usize> = (0..60)
            .map(|n| {
                let access: &[Signal] = if n < phones { &ODD_ACCESS } else { &[] };
                population.add(2_001 + n, access, Some(&[Signal::UnfamiliarName]))
            })
            .collect();
        let who: Vec<usize> = [odd].into_iter().chain(buyers).collect();
        population.bought(0, &who);
        population.marks()[odd].given_name
    };
    assert!(of_crowd(0) > of_crowd(30) + Millibits(1_000), "{} {}", of_crowd(0), of_crowd(30));
}

#[test]
fn a_group_odd_in_both_stays_odd_in_its_crowd() {
    let mut population = Population::ordinary(2_000);
    let group: Vec<usize> =
        (0..8).map(|n| population.add(2_000 + n, &ODD_ACCESS, Some(&ODD_TRADE))).collect();
    let crowd: Vec<usize> = (0..60).map(|n| population.add(2_100 + n, &[], Some(&[]))).collect();
    let who: Vec<usize> = group.iter().chain(&crowd).copied().collect();
    population.bought(0, &who);
    let marks = population.marks();
    assert!(group.iter().all(|i| marks[*i].given_name > Millibits(8_000)), "{:?}", marks[group[0]]);
    assert!(crowd.iter().all(|i| marks[*i].given_name < Millibits::ZERO));
}

#[test]
fn ten_times_the_ordinary_accounts_make_the_oddest_odder() {
    let bits = |ordinary: u32| {
        let mut population = Population::ordinary(ordinary);
        let odd = population.add(ordinary, &ODD_ACCESS, Some(&ODD_TRADE));
        let mark = population.marks()[odd];
        (mark.access, mark.trading)
    };
    let all: Vec<_> = [10, 100, 1_000, 10_000].map(bits).into();
    assert!(all.windows(2).all(|w| w[0].0 <= w[1].0 && w[0].1 <= w[1].1), "{all:?}");
    assert!(all[0] < all[3]);
}

#[test]
fn odd_access_and_trading_that_always_come_together_are_worth_less() {
    // The same shares of odd access and odd trading, once never and once always on the same occasions.
    let with = |together: bool| {
        let mut population = Population::ordinary(1_000);
        let strong: Vec<Signal> = Signal::ACCESS.to_vec();
        let odd = population.add(1_000, &ODD_ACCESS, Some(&ODD_TRADE));
        for n in 0..30 {
            if together {
                population.add(1_001 + n, &strong, Some(&Signal::TRADE));
            } else {
                population.add(1_001 + 2 * n, &strong, Some(&[]));
                population.add(1_002 + 2 * n, &[], Some(&Signal::TRADE));
            }
        }
        population.marks()[odd].dependence
    };
    assert_eq!(with(false), Millibits::ZERO);
    assert!(with(true) > Millibits(1_000), "{}", with(true));
}

#[test]
fn marks_do_not_depend_on_the_order_of_accounts() {
    for seed in 0..10 {
        let population = random(seed, 40);
        let marks = population.marks();
        // Accounts in the opposite order, each with its occasions in their own order.
        let mut order: Vec<usize> = (0..population.all.len()).collect();
        order.sort_by_key(|i| (std::cmp::Reverse(population.all[*i].account), *i));
        let place = |old: u32| order.iter().position(|i| *i == old as usize).unwrap() as u32;
        let mut other = Population::default();
        for i in &order {
            let occasion = population.all[*i].clone();
            other.all.push(Occasion { account: AccountId(39 - occasion.account.0), ..occasion });
            other.trades.push(population.trades[*i]);
            other.explained.push(population.explained[*i]);
        }
        for (event, who) in &population.events {
            let mut who: Vec<u32> = who.iter().map(|i| place(*i)).collect();
            who.sort_unstable();
            other.events.insert(*event, who);
        }
        let others = other.marks();
        assert!(order.iter().zip(&others).all(|(old, mark)| marks[*old] == *mark), "{seed}");
    }
}

#[test]
fn a_habit_of_ones_own_is_less_odd_than_a_first_time() {
    let mut population = Population::ordinary(500);
    for _ in 0..30 {
        population.add(500, &[Signal::NewDevice], None);
    }
    let habit = population.add(500, &[Signal::NewDevice], Some(&ODD_TRADE));
    let first = population.add(501, &[Signal::NewDevice], Some(&ODD_TRADE));
    let marks = population.marks();
    assert!(marks[habit].access < marks[first].access, "{:?} {:?}", marks[habit], marks[first]);
}
