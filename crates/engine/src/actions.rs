//! Co-action among odd occasions: which of them share a device, an address within days, or a purchase within
//! hours, and what that is worth.
//!
//! The population is the odd occasions alone. What a common purchase is worth is set by everybody else: the share of
//! the day's ordinary buyers who bought that name. A name in the news is worth a fraction of a bit, a thin one six.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_coaction::{Act, CoactionError, NO_CONTENT, PairCount, SweepOptions, sweep};
use itoguchi_model::{
    InstrumentId, JstDate, Kind, Millibits, Precision,
    tables::{Case, Execution, Side},
    time::SECOND,
};
use itoguchi_rings::{
    ObjectPair, Settings, is_marked,
    objects::{Object, Shared, Validated, of_login},
};
use itoguchi_signals::{
    occasions::Occasion,
    surprise::{Events, Mark},
};

use crate::config::Coaction;

/// What pairs of odd occasions are looked for among.
pub struct Population<'a> {
    pub case: &'a Case,
    pub occasions: &'a [Occasion],
    pub marks: &'a [Mark],
    pub events: &'a Events,
    pub objects: &'a [Shared],
    pub validated: &'a [Validated],
    pub settings: &'a Settings,
    pub coaction: &'a Coaction,
}

impl Population<'_> {
    /// Every pair of odd occasions of different accounts that share an object, by (a, b, object).
    pub fn pairs(&self) -> Result<Vec<ObjectPair>, CoactionError> {
        let popularity = Popularity::new(self);
        let mut all = Vec::new();
        let holds = |index: usize| self.validated.binary_search_by_key(&index, |v| v.shared).is_ok();
        for (index, shared) in self.objects.iter().enumerate() {
            let odd: Vec<u32> = shared
                .actors
                .iter()
                .map(|a| a.occasion)
                .filter(|o| is_marked(&self.marks[*o as usize], self.settings))
                .collect();
            if odd.len() < 2 {
                continue;
            }
            let bits = match shared.object {
                Object::Bought(name, date) => popularity.bits(name, date),
                // What two names are worth together is told by the group alone.
                Object::BoughtBoth(..) if holds(index) => Millibits::ZERO,
                Object::BoughtBoth(..) => continue,
                _ => shared.bits(self.case),
            };
            let holds = holds(index);
            if bits <= Millibits::ZERO && !holds {
                continue;
            }
            all.extend(self.coincidences(shared, holds, &odd)?.into_iter().map(|p| ObjectPair {
                a: p.a,
                b: p.b,
                object: index as u32,
                bits,
                occasions: p.occasions,
                acts: u32::try_from(p.acts).unwrap_or(u32::MAX),
            }));
        }
        all.sort_unstable();
        Ok(all)
    }

    /// Which of the odd occasions coincide on `shared`, which the group test `holds` or not. Actors of the sweep are
    /// occasions.
    fn coincidences(
        &self,
        shared: &Shared,
        holds: bool,
        odd: &[u32],
    ) -> Result<Vec<PairCount>, CoactionError> {
        let window = match shared.object.kind() {
            // An address may be lent to others within days, unless all who come from it are odd.
            Kind::Device => None,
            Kind::Ip if holds => None,
            Kind::Ip => Some(i64::from(self.coaction.address_window) * SECOND),
            _ => Some(i64::from(self.coaction.marked_trade_window) * SECOND),
        };
        if let Object::BoughtBoth(name, _, date) = shared.object {
            let times = odd.iter().flat_map(|o| self.purchases(*o, name, date).map(|f| (*o, f.time.0)));
            return sweep_times(times, None);
        }
        let Object::Bought(name, date) = shared.object else {
            return sweep_times(odd.iter().flat_map(|o| self.login_times(*o, shared.object)), window);
        };
        let fills = |o: u32| self.purchases(o, name, date);
        let timed = odd
            .iter()
            .flat_map(|o| fills(*o).filter(|f| f.precision != Precision::Day).map(|f| (*o, f.time.0)));
        let mut pairs = sweep_times(timed, window)?;
        // Where only the day is known there is no minute to coincide in: the day itself is the window.
        let by_day: BTreeSet<u32> =
            odd.iter().copied().filter(|o| fills(*o).any(|f| f.precision == Precision::Day)).collect();
        if !by_day.is_empty() {
            let all = odd.iter().flat_map(|o| fills(*o).map(|f| (*o, f.time.0)));
            let on_day = sweep_times(all, None)?;
            pairs.extend(on_day.into_iter().filter(|p| by_day.contains(&p.a) || by_day.contains(&p.b)));
        }
        Ok(pairs)
    }

    fn login_times(&self, occasion: u32, object: Object) -> impl Iterator<Item = (u32, i64)> {
        self.occasions[occasion as usize]
            .logins()
            .map(|l| &self.case.logins[l as usize])
            .filter(move |l| of_login(self.case, l).any(|o| o == object))
            .map(move |l| (occasion, l.time.0))
    }

    fn purchases(
        &self,
        occasion: u32,
        name: InstrumentId,
        date: JstDate,
    ) -> impl Iterator<Item = &Execution> {
        self.occasions[occasion as usize]
            .fills
            .iter()
            .map(|f| &self.case.executions[*f as usize])
            .filter(move |f| f.instrument == name && f.side == Side::Buy && f.time.jst_date() == date)
    }
}

fn sweep_times(
    times: impl Iterator<Item = (u32, i64)>,
    window: Option<i64>,
) -> Result<Vec<PairCount>, CoactionError> {
    let acts = times.map(|(actor, time)| Act { object: 0, time, actor, content: NO_CONTENT }).collect();
    sweep(&acts, &SweepOptions::within(window))
}

/// How popular each name is among ordinary buyers, on its day and in general.
struct Popularity {
    weight: f64,
    on_day: BTreeMap<JstDate, u32>,
    of_name_on_day: BTreeMap<(InstrumentId, JstDate), u32>,
    of_name: BTreeMap<InstrumentId, u32>,
    all: u32,
}

impl Popularity {
    fn new(population: &Population) -> Self {
        let ordinary = |o: &&u32| !is_marked(&population.marks[**o as usize], population.settings);
        let mut buyers: BTreeMap<JstDate, Vec<u32>> = BTreeMap::new();
        let mut of_name_on_day = BTreeMap::new();
        let mut of_name: BTreeMap<InstrumentId, u32> = BTreeMap::new();
        let mut all = 0;
        for ((name, date), event) in population.events {
            let calm = event.iter().filter(ordinary).count() as u32;
            of_name_on_day.insert((*name, *date), calm);
            *of_name.entry(*name).or_default() += calm;
            all += calm;
            buyers.entry(*date).or_default().extend(event.iter().filter(ordinary));
        }
        let number = |mut who: Vec<u32>| {
            who.sort_unstable();
            who.dedup();
            who.len() as u32
        };
        let on_day = buyers.into_iter().map(|(date, who)| (date, number(who))).collect();
        Self { weight: population.coaction.popularity_weight, on_day, of_name_on_day, of_name, all }
    }

    /// −log2 of the probability that an ordinary buyer of that day bought this name: the day's own share, pulled
    /// towards the name's share of all days.
    fn bits(&self, name: InstrumentId, date: JstDate) -> Millibits {
        let usual =
            (f64::from(self.of_name.get(&name).copied().unwrap_or(0)) + 0.5) / (f64::from(self.all) + 1.0);
        let here = f64::from(self.of_name_on_day.get(&(name, date)).copied().unwrap_or(0));
        let day = f64::from(self.on_day.get(&date).copied().unwrap_or(0));
        let share = (here + self.weight * usual) / (day + self.weight);
        -Millibits::log2(share.min(1.0))
    }
}
