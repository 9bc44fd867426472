//! A world while it is being planned: who does what besides their everyday life.

use std::collections::BTreeSet;

use itoguchi_model::time::{HOUR, MINUTE};

use crate::{
    clock::{Exchange, Span, date_of},
    gaps::Gaps,
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
    /// Whether parts are cast by trying accounts at random, which does not read everybody for every part. The worlds
    /// that are shipped were cast the other way, and stay as they are.
    pub at_random: bool,
    /// What brokers leave out.
    pub gaps: Gaps,
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
        if self.at_random {
            return self.cast_by(rng, count, |d, a| f64::from(u8::from(wanted(d, a))));
        }
        let all: Vec<u32> = (0..self.people.accounts.len() as u32)
            .filter(|a| !self.cast.contains(a) && wanted(self, *a))
            .collect();
        let chosen = rng.sample(&all, count);
        self.cast.extend(&chosen);
        chosen
    }

    /// `count` accounts that have no part yet, in proportion to `weight` (0 to 1); they now have one. Fewer, if it takes
    /// very many tries.
    pub(crate) fn cast_by(
        &mut self,
        rng: &mut Stream,
        count: usize,
        weight: impl Fn(&Draft, u32) -> f64,
    ) -> Vec<u32> {
        let everybody = self.people.accounts.len();
        let mut chosen = Vec::new();
        let mut tries = 0;
        while chosen.len() < count && tries < 40_000 + 400 * count {
            tries += 1;
            let account = rng.below(everybody) as u32;
            if !self.cast.contains(&account) && rng.chance(weight(self, account)) {
                self.cast.insert(account);
                chosen.push(account);
            }
        }
        chosen
    }

    /// Whether the account has been given a label.
    pub(crate) fn is_decoy(&self, account: u32) -> bool {
        self.decoys.range((account, "")..).next().is_some_and(|d| d.0 == account)
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

    /// The part of it that is sold in Tokyo.
    pub(crate) fn tokyo_yen(&self, account: u32) -> f64 {
        let home = |&&(i, _): &&(usize, i64)| self.market.instruments[i].exchange == Exchange::Tokyo;
        let value =
            |&(i, q): &(usize, i64)| self.market.yen(i, self.market.instruments[i].base, q, self.span.first);
        self.people.accounts[account as usize].opening.iter().filter(home).map(value).sum()
    }

    /// An individual with a device, an account of some age and nobody else in the household.
    pub(crate) fn plain_person(&self, account: u32) -> bool {
        let a = &self.people.accounts[account as usize];
        !a.corporate
            && a.household.is_none()
            && !a.devices.is_empty()
            && a.opened < self.span.first - 60
            && !self.is_decoy(account)
    }
}

/// Whole hours and minutes as microseconds after midnight.
pub(crate) fn clock_time(hour: i64, minute: i64) -> i64 {
    hour * HOUR + minute * MINUTE
}
