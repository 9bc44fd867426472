//! How orders are usually placed: with which programs, at which brokers, in which minutes; and how the buyers of one
//! name placed theirs.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_model::{
    AccountId, DeviceId, InstrumentId, JstDate, Precision,
    tables::{Case, IpClass, Side},
    time::{DAY, MINUTE},
};

use crate::{likeness::Trait, occasions::Occasion};

/// Minutes in which purchases are counted together: exactly, roughly, and by the hour.
const WINDOWS: [u32; 3] = [5, 15, 60];
/// The finest of them.
const FINEST: u32 = WINDOWS[0];
const SLOTS: usize = 24 * 60 / FINEST as usize;

/// How orders are usually placed, and where to look up how one was.
pub struct Ways<'a>(Option<Known<'a>>);

struct Known<'a> {
    case: &'a Case,
    all: &'a [Occasion],
    /// Shares among occasions with fills of each program, broker and class of network.
    programs: BTreeMap<u32, f64>,
    brokers: BTreeMap<u32, f64>,
    classes: BTreeMap<u32, f64>,
    /// Per market (what stands before the colon of a name's code) the share of purchases in each slot of the day.
    minutes: BTreeMap<&'a str, Vec<f64>>,
}

impl<'a> Ways<'a> {
    /// Counts what is usual. O(occasions + executions).
    #[must_use]
    pub fn new(case: &'a Case, all: &'a [Occasion]) -> Self {
        Self(Some(Known::new(case, all)))
    }

    /// Nothing is known of how orders were placed: groups are told by oddness alone.
    #[must_use]
    pub fn unknown() -> Self {
        Self(None)
    }

    /// How the buyers of a name on a day, by occasion, went about it.
    pub(crate) fn of_buyers(&self, event: (InstrumentId, JstDate), buyers: &[u32]) -> Vec<Trait> {
        self.0.as_ref().map(|known| known.of_buyers(event, buyers)).unwrap_or_default()
    }
}

impl<'a> Known<'a> {
    fn new(case: &'a Case, all: &'a [Occasion]) -> Self {
        let trading = || all.iter().filter(|o| !o.fills.is_empty());
        let mut minutes: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for fill in case.executions.iter().filter(|f| f.side == Side::Buy && f.precision != Precision::Day) {
            let slots = minutes.entry(market(case, fill.instrument)).or_insert_with(|| vec![1; SLOTS]);
            slots[slot(fill.time.0)] += 1;
        }
        let of_day = |slots: Vec<u32>| {
            let total = f64::from(slots.iter().sum::<u32>());
            slots.into_iter().map(|n| f64::from(n) / total).collect()
        };
        Self {
            case,
            all,
            programs: shares(trading().filter_map(|o| program(case, o))),
            brokers: shares(trading().map(|o| broker(case, o.account))),
            classes: shares(trading().filter_map(|o| class(case, o))),
            minutes: minutes.into_iter().map(|(market, slots)| (market, of_day(slots))).collect(),
        }
    }

    /// The minute of their first purchase, the program and the class of network of their login, their broker.
    fn of_buyers(&self, event: (InstrumentId, JstDate), buyers: &[u32]) -> Vec<Trait> {
        let case = self.case;
        let of = |value: &dyn Fn(&Occasion) -> Option<u32>, usual: &BTreeMap<u32, f64>| {
            Trait::default().told(buyers.iter().map(|i| value(&self.all[*i as usize])), |v| usual[&v])
        };
        let devices: Vec<Option<DeviceId>> = buyers.iter().map(|i| self.device(*i)).collect();
        // A device that several use brings its program once; that they share it is told elsewhere.
        let mut seen = BTreeSet::new();
        let programs = buyers.iter().zip(devices).map(|(i, device)| {
            let first = device.is_none_or(|d| seen.insert(d));
            program(case, &self.all[*i as usize]).filter(|_| first)
        });
        let programs = Trait::default().told(programs, |p| self.programs[&p]);
        let slots: Vec<Option<u32>> = buyers.iter().map(|i| self.first_purchase(*i, event)).collect();
        let mut times = Trait::default();
        if let Some(usual) = self.minutes.get(market(case, event.0)) {
            for window in WINDOWS {
                let wide = window / FINEST;
                let share = |w: u32| usual[(w * wide) as usize..((w + 1) * wide) as usize].iter().sum();
                times = times.told(slots.iter().map(|s| s.map(|s| s / wide)), share);
            }
        }
        let classes = of(&|o| class(case, o), &self.classes);
        let brokers = of(&|o| Some(broker(case, o.account)), &self.brokers);
        vec![times, programs, classes, brokers]
    }

    fn device(&self, occasion: u32) -> Option<DeviceId> {
        let login = self.all[occasion as usize].login?;
        self.case.logins[login as usize].device.get()
    }

    fn first_purchase(&self, occasion: u32, (name, date): (InstrumentId, JstDate)) -> Option<u32> {
        self.all[occasion as usize]
            .fills
            .iter()
            .map(|f| &self.case.executions[*f as usize])
            .find(|f| f.instrument == name && f.side == Side::Buy && f.time.jst_date() == date)
            .filter(|f| f.precision != Precision::Day)
            .map(|f| slot(f.time.0) as u32)
    }
}

/// The share of each value among all.
fn shares(values: impl Iterator<Item = u32>) -> BTreeMap<u32, f64> {
    let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    let total = f64::from(counts.values().sum::<u32>());
    counts.into_iter().map(|(value, n)| (value, f64::from(n) / total)).collect()
}

/// The program of the login, where it is stated.
fn program(case: &Case, occasion: &Occasion) -> Option<u32> {
    let program = case.logins[occasion.login? as usize].user_agent;
    case.names.text(program).is_some_and(|text| !text.is_empty()).then_some(program.0)
}

fn broker(case: &Case, account: AccountId) -> u32 {
    case.names.accounts[account.index()].0.index() as u32
}

/// The class of the network of the login, where it is stated.
fn class(case: &Case, occasion: &Occasion) -> Option<u32> {
    let class = case.logins[occasion.login? as usize].ip_class;
    (class != IpClass::Unknown).then_some(class as u32)
}

fn market(case: &Case, name: InstrumentId) -> &str {
    let code = case.names.instrument(name);
    code.split_once(':').map_or("", |(market, _)| market)
}

/// The slot of the day, in universal time: only whether slots are the same matters.
fn slot(time: i64) -> usize {
    (time.rem_euclid(DAY) / MINUTE) as usize / FINEST as usize
}
