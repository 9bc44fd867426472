//! A world while it is being planned: who does what besides their everyday life.

use std::collections::BTreeSet;

use itoguchi_model::time::{HOUR, MINUTE};

use crate::{
    clock::{Span, date_of},
    market::Market,
    plan::Visit,
    population::{Popular, Population},
    rng::Stream,
};

/// A ring as planned.
#[derive(Clone, Debug)]
pub(crate) struct RingDraft {
    pub name: String,
    pub victims: Vec<u32>,
    pub sellers: Vec<u32>,
}

/// The plan of a whole world.
pub(crate) struct Draft {
    pub seed: u64,
    pub span: Span,
    pub market: Market,
    pub people: Population,
    pub popular: Popular,
    pub plans: Vec<Vec<Visit>>,
    pub decoys: BTreeSet<(u32, &'static str)>,
    pub rings: Vec<RingDraft>,
    /// Logged into by a ring, but not traded.
    pub accessed: BTreeSet<u32>,
    /// Hijacked on their own.
    pub lone: BTreeSet<u32>,
    /// Accounts that already have a part to play.
    pub cast: BTreeSet<u32>,
    /// Instruments that rings buy: decoys of the everyday kind leave them alone.
    pub targets: Vec<usize>,
}

impl Draft {
    pub(crate) fn stream(&self, tag: &str, index: u64) -> Stream {
        Stream::new(self.seed, tag, index)
    }

    /// Gives `account` a visit.
    pub(crate) fn plan(&mut self, account: u32, visit: Visit) {
        self.plans[account as usize].push(visit);
    }

    /// `count` accounts that have no part yet and satisfy `wanted`; they now have one.
    pub(crate) fn cast(
        &mut self,
        rng: &mut Stream,
        count: usize,
        wanted: impl Fn(&Draft, u32) -> bool,
    ) -> Vec<u32> {
        let all: Vec<u32> = (0..self.people.accounts.len() as u32)
            .filter(|a| !self.cast.contains(a) && wanted(self, *a))
            .collect();
        let chosen = rng.sample(&all, count);
        self.cast.extend(&chosen);
        chosen
    }

    /// A visit by the holder themselves, from a device and a network of theirs.
    pub(crate) fn holder_visit(&self, account: u32, login: i64, rng: &mut Stream) -> Visit {
        let (device, agent) = self.people.device_at(account as usize, login, rng);
        let network = self.people.network_at(account as usize, login, agent, rng);
        let mut visit = Visit::new(crate::clock::whole_millis(login), network, device, agent);
        if rng.chance(0.2) {
            visit.logout = Some(visit.login + 40 * MINUTE + rng.between(0, 60_000) * 1_000);
        }
        visit
    }

    /// Shares of `instrument` for about so many yen at `time`, at least one lot.
    pub(crate) fn shares_for(&self, instrument: usize, time: i64, yen: f64) -> i64 {
        let listed = &self.market.instruments[instrument];
        let price = self.market.price(instrument, time).unwrap_or(listed.base);
        let lot = self.market.yen(instrument, price, listed.lot, date_of(time));
        ((yen / lot) as i64).max(1) * listed.lot
    }

    /// What the account held in yen before the first day.
    pub(crate) fn opening_yen(&self, account: u32) -> f64 {
        let value =
            |&(i, q): &(usize, i64)| self.market.yen(i, self.market.instruments[i].base, q, self.span.first);
        self.people.accounts[account as usize].opening.iter().map(value).sum()
    }

    /// An individual with a device, an account of some age and nobody else in the household.
    pub(crate) fn plain_person(&self, account: u32) -> bool {
        let a = &self.people.accounts[account as usize];
        !a.corporate
            && a.household.is_none()
            && !a.devices.is_empty()
            && a.opened < self.span.first - 60
            && !self.decoys.iter().any(|d| d.0 == account)
    }
}

/// Whole hours and minutes as microseconds after midnight.
pub(crate) fn clock_time(hour: i64, minute: i64) -> i64 {
    hour * HOUR + minute * MINUTE
}
