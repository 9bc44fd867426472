//! Groups of accounts: connected components, and groups as claims.

use std::collections::BTreeMap;

use itoguchi_model::{
    AccountId, Millibits, Role,
    results::AccountName,
    tables::{Case, Names},
};

use crate::found::{Found, FoundMember, FoundRing};

/// Fewer accounts are no ring to any rule.
const SMALLEST: usize = 3;

/// Sets that grow together.
pub(super) struct Sets(Vec<u32>);

impl Sets {
    pub fn new(accounts: usize) -> Self {
        Self((0..accounts as u32).collect())
    }

    fn root(&mut self, of: u32) -> u32 {
        let mut at = of;
        while self.0[at as usize] != at {
            let up = self.0[at as usize];
            self.0[at as usize] = self.0[up as usize];
            at = up;
        }
        at
    }

    /// Puts the sets of `a` and `b` together, under the smaller of their roots.
    pub fn join(&mut self, a: AccountId, b: AccountId) {
        let (a, b) = (self.root(a.0), self.root(b.0));
        self.0[a.max(b) as usize] = a.min(b);
    }

    /// The sets, by their first account.
    pub fn groups(mut self) -> Vec<Vec<AccountId>> {
        let mut groups: BTreeMap<u32, Vec<AccountId>> = BTreeMap::new();
        for account in 0..self.0.len() as u32 {
            let root = self.root(account);
            groups.entry(root).or_default().push(AccountId(account));
        }
        groups.into_values().collect()
    }
}

/// The account as files name it.
pub(super) fn name(names: &Names, account: AccountId) -> AccountName {
    AccountName { broker: names.broker(account).to_owned(), account_id: names.token(account).to_owned() }
}

/// Groups as a claim, larger ones first; those of fewer than three accounts are dropped.
pub(super) fn claim(case: &Case, mut groups: Vec<Vec<AccountId>>) -> Found {
    groups.retain(|g| g.len() >= SMALLEST);
    groups.sort_by(|a, b| (b.len(), a).cmp(&(a.len(), b)));
    let member = |account: &AccountId| FoundMember {
        account: name(&case.names, *account),
        role: Role::Victim,
        bits: Millibits::ZERO,
        confidence: None,
        by_address: false,
    };
    let ring = |group: &Vec<AccountId>| FoundRing {
        members: group.iter().map(member).collect(),
        ..FoundRing::default()
    };
    Found {
        rings: groups.iter().map(ring).collect(),
        accounts: case.names.accounts.len() as u64,
        ..Found::default()
    }
}
