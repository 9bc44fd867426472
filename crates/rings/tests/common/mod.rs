//! A world with marks given by hand: what is odd is said by the test, the rest is found by the code.
#![allow(dead_code, reason = "each test file uses a part")]

use itoguchi_model::{AccountId, Case, Millibits};
use itoguchi_rings::{
    Context, ObjectPair, Settings,
    form::{self, Member, Ring},
    is_marked,
    objects::{self, Object, Shared, SharedLogins, Sources, Validated},
    prior,
};
use itoguchi_signals::{
    market::{Market, MarketIndex},
    occasions::{Occasion, cut},
    sellers::{self, Sale},
    surprise::{Events, GivenName, Mark, Marked, buying_events, joint_events},
};
use itoguchi_testkit::case::{CaseBuilder, account_id};

/// Everything that a context borrows.
pub struct World {
    pub case: Case,
    pub index: MarketIndex,
    pub occasions: Vec<Occasion>,
    pub marks: Vec<Mark>,
    pub reported: Vec<Millibits>,
    pub events: Events,
    pub objects: Vec<Shared>,
    pub validated: Vec<Validated>,
    pub pairs: Vec<ObjectPair>,
    pub sales: Vec<Sale>,
    pub settings: Settings,
}

impl World {
    /// Occasions with a login and fills of accounts that `odd` names have its bits; all others have −3.
    pub fn new(rows: &CaseBuilder, odd: impl Fn(&str) -> Option<f64>) -> Self {
        let case = rows.build();
        let index = MarketIndex::new(&case);
        let occasions = cut(&case);
        let marks: Vec<Mark> = occasions.iter().map(|o| given(&case, o, &odd)).collect();
        let events = buying_events(&case, &occasions);
        let settings = Settings::default();
        let joint = joint_events(&occasions, &events);
        let given = given_names(events.values(), &marks);
        let given_both = given_names(joint.values(), &marks);
        let marked = Marked { marks, given, given_both };
        let logins = SharedLogins::new(&case, &occasions);
        let sales = sellers::sales(&case, &Market::new(&case, &index));
        let from = Sources {
            case: &case,
            market: Market::new(&case, &index),
            sales: &sales,
            occasions: &occasions,
            events: &events,
            joint: &joint,
            logins: &logins,
        };
        let objects = objects::collect(&from, &marked);
        let marks = marked.marks;
        let validated = objects::validate(&objects, &marks, &settings);
        let pairs = pairs(&case, &objects, &marks, &settings);
        let reported = vec![Millibits::ZERO; occasions.len()];
        Self { case, index, occasions, marks, reported, events, objects, validated, pairs, sales, settings }
    }

    pub fn context(&self) -> Context<'_> {
        Context {
            case: &self.case,
            market: Market::new(&self.case, &self.index),
            occasions: &self.occasions,
            marks: &self.marks,
            reported: &self.reported,
            events: &self.events,
            objects: &self.objects,
            validated: &self.validated,
            pairs: &self.pairs,
            sales: &self.sales,
            settings: &self.settings,
        }
    }

    /// Rings, if all odd occasions are one community.
    pub fn rings(&self) -> Vec<Ring> {
        let odd = |i: &u32| is_marked(&self.marks[*i as usize], &self.settings);
        form::rings(&self.context(), &[(0..self.marks.len() as u32).filter(odd).collect()])
    }

    /// The one ring.
    pub fn ring(&self) -> Ring {
        let mut rings = self.rings();
        assert_eq!(rings.len(), 1, "one ring is expected");
        rings.remove(0)
    }

    pub fn id(&self, account: &str) -> AccountId {
        account_id(&self.case.names, account)
    }

    pub fn prior(&self) -> Millibits {
        prior(&self.case)
    }
}

pub fn member<'a>(world: &World, ring: &'a Ring, account: &str) -> Option<&'a Member> {
    ring.members.iter().find(|m| m.account == world.id(account))
}

/// Crowds without habits of their own: every buyer is as odd there as its mark says.
fn given_names<'a>(crowds: impl Iterator<Item = &'a Vec<u32>>, marks: &[Mark]) -> Vec<GivenName> {
    let bits = |event: &Vec<u32>| event.iter().map(|i| marks[*i as usize].given_name).collect();
    crowds
        .map(|event| GivenName {
            bits: bits(event),
            alike: vec![Millibits::ZERO; event.len()],
            ..GivenName::default()
        })
        .collect()
}

fn given(case: &Case, occasion: &Occasion, odd: &impl Fn(&str) -> Option<f64>) -> Mark {
    let there = occasion.login.is_some() && !occasion.fills.is_empty();
    let bits = odd(&case.names.account(occasion.account)).filter(|_| there).map(Millibits::from_bits);
    let value = bits.unwrap_or(Millibits(-3_000));
    Mark { bits: value, given_name: value, both: bits.is_some(), ..Mark::default() }
}

/// All pairs of odd occasions that share an object; a common purchase is worth six bits.
fn pairs(case: &Case, objects: &[Shared], marks: &[Mark], settings: &Settings) -> Vec<ObjectPair> {
    let accounts = case.names.accounts.len() as f64;
    let mut pairs = Vec::new();
    for (index, shared) in objects.iter().enumerate() {
        let mut odd: Vec<u32> = shared.actors.iter().map(|a| a.occasion).collect();
        odd.retain(|o| is_marked(&marks[*o as usize], settings));
        odd.sort_unstable();
        let bits = match shared.object {
            Object::Bought(..) => Millibits(6_000),
            _ => Millibits::log2(accounts / f64::from(shared.users)),
        };
        for (n, a) in odd.iter().enumerate() {
            pairs.extend(odd[n + 1..].iter().map(|b| ObjectPair {
                a: *a,
                b: *b,
                object: index as u32,
                bits,
                occasions: 1,
                acts: 1,
            }));
        }
    }
    pairs.sort_unstable();
    pairs
}
