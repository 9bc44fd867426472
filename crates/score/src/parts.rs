//! Parts of claims and truths: one broker's accounts, several claims as one, a claim as what another is held against.

use std::collections::BTreeSet;

use itoguchi_model::{Role, results::AccountName};

use crate::{
    found::{Found, FoundRing},
    truth::{TrueRing, Truth},
};

impl Truth {
    /// What concerns the accounts of `broker` alone; rings without one of them are not there. Infrastructure and amounts
    /// belong to rings as a whole and are left out.
    #[must_use]
    pub fn of_broker(&self, broker: &str) -> Self {
        let mine = |accounts: &BTreeSet<AccountName>| -> BTreeSet<AccountName> {
            accounts.iter().filter(|a| a.broker == broker).cloned().collect()
        };
        let ring = |ring: &TrueRing| TrueRing {
            victims: mine(&ring.victims),
            sellers: mine(&ring.sellers),
            amounts: None,
        };
        let mut rings: std::collections::BTreeMap<String, TrueRing> =
            self.rings.iter().map(|(name, r)| (name.clone(), ring(r))).collect();
        rings.retain(|_, r| r.members().next().is_some());
        let decoys = self.decoys.iter().filter(|(a, _)| a.broker == broker);
        Self {
            rings,
            infrastructure: None,
            decoys: decoys.map(|(a, labels)| (a.clone(), labels.clone())).collect(),
            neither: mine(&self.neither),
        }
    }

    /// `claim` as if it were the truth: to hold another claim against it.
    #[must_use]
    pub fn claimed(claim: &Found) -> Self {
        let mut truth = Self::default();
        for (ring, place) in claim.rings.iter().zip(0_usize..) {
            let pick = |seller: bool| -> BTreeSet<AccountName> {
                let members = ring.members.iter().filter(|m| (m.role == Role::Seller) == seller);
                members.map(|m| m.account.clone()).collect()
            };
            let ring = TrueRing { victims: pick(false), sellers: pick(true), amounts: None };
            truth.rings.insert(format!("{place:06}"), ring);
        }
        truth
    }
}

impl Found {
    /// What it claims of the accounts of `broker`; rings without one of them are not there.
    #[must_use]
    pub fn of_broker(&self, broker: &str) -> Self {
        let ring = |ring: &FoundRing| FoundRing {
            score: ring.score,
            members: ring.members.iter().filter(|m| m.account.broker == broker).cloned().collect(),
            ..FoundRing::default()
        };
        let mut rings: Vec<FoundRing> = self.rings.iter().map(ring).collect();
        rings.retain(|r| !r.members.is_empty());
        let mine = |a: &AccountName| a.broker == broker;
        Self {
            rings,
            links: self.links.iter().filter(|l| mine(&l.a) && mine(&l.b)).cloned().collect(),
            others: self.others.iter().filter(|(a, _)| mine(a)).cloned().collect(),
            accounts: self.accounts,
            known: None,
        }
    }

    /// Several claims as one: every ring of each, strongest first. Rings are not merged, not even with common members.
    #[must_use]
    pub fn together(claims: &[Self]) -> Self {
        let mut all = Self::default();
        for claim in claims {
            all.rings.extend(claim.rings.iter().cloned());
            all.links.extend(claim.links.iter().cloned());
            all.others.extend(claim.others.iter().cloned());
            all.accounts += claim.accounts;
        }
        all.rings.sort_by_key(|r| std::cmp::Reverse(r.score));
        all
    }
}
