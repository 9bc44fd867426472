//! Planted rises of thin names: those that rings make, and those that nobody in the data makes.

use std::collections::BTreeMap;

use crate::{
    clock::Exchange,
    market::{Instrument, Kind, Pin},
    params::{GIVEN_BACK, RISE_MINUTES, TARGET_PRICE, TARGET_VOLUME},
    rng::Stream,
};

/// One name's rise on one day, between two shares of its trading day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rise {
    pub instrument: usize,
    pub day: i32,
    pub from: f64,
    pub to: f64,
    pub height: f64,
}

impl Rise {
    /// The moments between which it happens.
    pub(crate) fn moments(&self, exchange: Exchange) -> (usize, i64, i64) {
        (self.instrument, exchange.moment(self.day, self.from), exchange.moment(self.day, self.to))
    }

    /// Up through the window, most of it given back by the close and the rest in the days after. The course of the
    /// day itself comes first: a day that has two plans follows the one listed first.
    fn pins(&self, exchange: Exchange, rng: &mut Stream) -> (Pin, Vec<Pin>) {
        let (from, to, height) = (self.from, self.to, self.height);
        let kept = 1.0 - rng.range(GIVEN_BACK.0, GIVEN_BACK.1);
        let late = (to + 0.06).min(0.99);
        let mut points = vec![
            (0.0, rng.range(0.985, 1.01)),
            (from, rng.range(0.99, 1.015)),
            (from + (to - from) * rng.range(0.55, 0.9), 1.0 + height),
            (to, 1.0 + height * rng.range(0.85, 1.0)),
            (late, 1.0 + height * f64::midpoint(kept, 0.9)),
        ];
        if late < 0.99 {
            points.push((1.0, 1.0 + height * kept));
        }
        let pin =
            |day, points| Pin { instrument: self.instrument, day, points, absolute: false, volume: None };
        let first = pin(self.day, points);
        let days = (self.day + 1..self.day + 8).filter(|&d| exchange.is_trading_day(d));
        let after = days
            .zip([0.45, 0.3])
            .map(|(d, share)| pin(d, vec![(0.0, 1.0), (1.0, 1.0 - height * kept * share)]))
            .collect();
        (first, after)
    }
}

/// What all rises do to prices. Rises of one name on one day are one rise from the first's beginning to the last's end.
pub(crate) fn pins(rises: &[Rise], instruments: &[Instrument], rng: &mut Stream) -> Vec<Pin> {
    let mut joined: Vec<Rise> = Vec::new();
    for rise in rises {
        match joined.iter_mut().find(|r| (r.instrument, r.day) == (rise.instrument, rise.day)) {
            Some(same) => {
                same.from = same.from.min(rise.from);
                same.to = same.to.max(rise.to);
                same.height = same.height.max(rise.height);
            }
            None => joined.push(*rise),
        }
    }
    let (mut days, mut after) = (Vec::new(), Vec::new());
    for rise in &joined {
        let (first, rest) = rise.pins(instruments[rise.instrument].exchange, rng);
        days.push(first);
        after.extend(rest);
    }
    days.extend(after);
    days
}

/// Where in the day a rise happens: some minutes to some hours, anywhere after the first minutes.
pub(crate) fn window(exchange: Exchange, day: i32, rng: &mut Stream) -> (f64, f64) {
    let whole = exchange.minutes(day);
    let (median, spread, least, most) = RISE_MINUTES;
    let length = rng.lognormal(median, spread).clamp(least, most) / whole;
    let first = 14.0 / whole;
    let from = rng.range(first, (0.98 - length).max(first + 0.01));
    (from, (from + length).min(0.985))
}

/// Names to choose from, each for one purpose while there are enough of them.
pub(crate) struct Shelf {
    /// The days each instrument was chosen for.
    used: BTreeMap<usize, Vec<i32>>,
}

impl Shelf {
    pub(crate) fn new() -> Self {
        Self { used: BTreeMap::new() }
    }

    /// A thin name of that exchange for `day`: one never chosen if there is one, else one left alone for longest.
    pub(crate) fn take(
        &mut self,
        instruments: &mut [Instrument],
        exchange: Exchange,
        day: i32,
        rng: &mut Stream,
    ) -> usize {
        let fits = |i: &Instrument| match exchange {
            Exchange::HongKong => i.kind == Kind::HongKongThin,
            _ => i.kind == Kind::Thin && (TARGET_PRICE.0..TARGET_PRICE.1).contains(&i.base),
        };
        let gap = |i: usize| self.used.get(&i)?.iter().map(|d| (d - day).abs()).min();
        let all: Vec<usize> = (0..instruments.len()).filter(|&i| fits(&instruments[i])).collect();
        let free: Vec<usize> = all.iter().copied().filter(|&i| gap(i).is_none()).collect();
        let chosen = if free.is_empty() {
            let widest = all.iter().filter_map(|&i| gap(i)).max().unwrap_or(0);
            let rested: Vec<usize> = all.iter().copied().filter(|&i| gap(i) >= Some(widest.min(5))).collect();
            rng.pick(&rested)
        } else {
            rng.pick(&free)
        };
        self.used.entry(chosen).or_default().push(day);
        let listed = &mut instruments[chosen];
        let least = rng.range(TARGET_VOLUME.0, TARGET_VOLUME.1);
        if exchange == Exchange::Tokyo {
            listed.volume = listed.volume.max(least);
        }
        chosen
    }
}
