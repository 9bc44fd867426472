//! Claims and truths written by hand, with single words for accounts.

#![allow(dead_code, reason = "each file of tests uses its part")]

use std::collections::BTreeSet;

use itoguchi_model::{Millibits, Role, results::AccountName};
use itoguchi_score::{Found, FoundMember, FoundRing, TrueRing, Truth};

pub fn account(name: &str) -> AccountName {
    AccountName { broker: "B".to_owned(), account_id: name.to_owned() }
}

pub fn accounts(names: &[&str]) -> BTreeSet<AccountName> {
    names.iter().map(|n| account(n)).collect()
}

pub fn member(name: &str, role: Role) -> FoundMember {
    let (bits, confidence) = (Millibits(1_000), Some(0.95));
    FoundMember { account: account(name), role, bits, confidence, by_address: false }
}

/// A ring of victims and sellers.
pub fn ring(victims: &[&str], sellers: &[&str]) -> FoundRing {
    let victims = victims.iter().map(|n| member(n, Role::Victim));
    let sellers = sellers.iter().map(|n| member(n, Role::Seller));
    FoundRing { members: victims.chain(sellers).collect(), ..FoundRing::default() }
}

pub fn found(rings: &[FoundRing]) -> Found {
    Found { rings: rings.to_vec(), accounts: 1_000, ..Found::default() }
}

/// Planted rings of victims and sellers.
pub fn truth(rings: &[(&[&str], &[&str])]) -> Truth {
    let mut truth = Truth::default();
    for (i, (victims, sellers)) in rings.iter().enumerate() {
        let ring = TrueRing { victims: accounts(victims), sellers: accounts(sellers), amounts: None };
        truth.rings.insert(format!("R{i}"), ring);
    }
    truth
}
