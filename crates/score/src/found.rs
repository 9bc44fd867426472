//! What a result, or any rule, claims: rings, their members, and what is needed to judge the claim.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_model::{
    Kind, Millibits, Role,
    results::{AccountName, Results},
};

use crate::truth::{Amounts, Thing, ThingKind, thing};

/// A member of a claimed ring.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundMember {
    /// Which account.
    pub account: AccountName,
    /// As what.
    pub role: Role,
    /// How strongly: what the review list is sorted by.
    pub bits: Millibits,
    /// Claimed probability; `None` for rules that claim none.
    pub confidence: Option<f64>,
    /// Whether an address is part of the evidence.
    pub by_address: bool,
}

/// A claimed ring.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FoundRing {
    /// How strongly it is claimed: its rank among rings of other claims.
    pub score: Millibits,
    /// Who is in it.
    pub members: Vec<FoundMember>,
    /// Addresses and devices it is said to have used.
    pub infrastructure: BTreeSet<Thing>,
    /// What it is said to have come to.
    pub amounts: Amounts,
}

/// A claimed link of two accounts.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundLink {
    /// One account.
    pub a: AccountName,
    /// The other.
    pub b: AccountName,
    /// By what.
    pub kind: &'static str,
    /// False discovery rate at which it was accepted.
    pub q_value: Option<f64>,
}

/// A whole claim.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Strongest first.
    pub rings: Vec<FoundRing>,
    /// Every link.
    pub links: Vec<FoundLink>,
    /// Accounts outside rings that are worth a look, with how strongly.
    pub others: Vec<(AccountName, Millibits)>,
    /// Accounts in the data.
    pub accounts: u64,
    /// The accounts in the data by name, where the claim tells them: those of the truth that are missing are worth a
    /// remark.
    pub known: Option<BTreeSet<AccountName>>,
}

impl Found {
    /// What `results` claim.
    #[must_use]
    pub fn of(results: &Results) -> Self {
        let by_address: BTreeSet<(&str, &str)> = results
            .evidence
            .iter()
            .filter(|e| e.kind == Kind::Ip)
            .filter_map(|e| e.ring_id.as_deref().map(|ring| (ring, e.subject.as_str())))
            .collect();
        let mut places = BTreeMap::new();
        let mut rings: Vec<FoundRing> = Vec::with_capacity(results.rings.len());
        for row in &results.rings {
            places.insert(row.ring_id.as_str(), rings.len());
            let amounts = [
                row.forced_sales_jpy,
                row.fraudulent_buys_jpy,
                row.estimated_loss_jpy,
                row.seller_proceeds_jpy,
                row.seller_profit_jpy,
            ];
            rings.push(FoundRing { score: row.score, amounts, ..FoundRing::default() });
        }
        for row in &results.ring_members {
            // A member of a ring that is not listed is a claim all the same.
            let place = *places.entry(&row.ring_id).or_insert_with(|| {
                rings.push(FoundRing::default());
                rings.len() - 1
            });
            rings[place].members.push(FoundMember {
                account: row.account.clone(),
                role: row.role,
                bits: row.bits,
                confidence: Some(row.confidence),
                by_address: by_address.contains(&(row.ring_id.as_str(), row.account.to_string().as_str())),
            });
        }
        for row in &results.ring_infrastructure {
            let kind = if row.kind == Kind::Ip { ThingKind::Ip } else { ThingKind::Device };
            if let Some(place) = places.get(row.ring_id.as_str()) {
                rings[*place].infrastructure.insert(thing(kind, &row.value));
            }
        }
        let link = |l: &itoguchi_model::results::LinkRow| FoundLink {
            a: l.a.clone(),
            b: l.b.clone(),
            kind: l.kind.name(),
            q_value: l.q_value,
        };
        let others = results.accounts.iter().filter(|a| a.ring_id.is_none());
        Self {
            rings,
            links: results.links.iter().map(link).collect(),
            others: others.filter_map(|a| a.bits.map(|bits| (a.account.clone(), bits))).collect(),
            accounts: results.accounts.len() as u64,
            known: Some(results.accounts.iter().map(|a| a.account.clone()).collect()),
        }
    }

    /// The review list: members of rings, most bits first, then the others.
    #[must_use]
    pub fn review_list(&self) -> Vec<&AccountName> {
        let mut best: BTreeMap<&AccountName, (Millibits, usize)> = BTreeMap::new();
        for (place, ring) in self.rings.iter().enumerate() {
            for member in &ring.members {
                let known = best.entry(&member.account).or_insert((member.bits, place));
                if member.bits > known.0 {
                    *known = (member.bits, place);
                }
            }
        }
        let mut members: Vec<_> = best.iter().map(|(a, (bits, place))| (-*bits, *place, *a)).collect();
        members.sort();
        let mut others: Vec<_> =
            self.others.iter().filter(|(a, _)| !best.contains_key(a)).map(|(a, bits)| (-*bits, a)).collect();
        others.sort();
        let others = others.into_iter().map(|(_, a)| a);
        members.into_iter().map(|(_, _, a)| a).chain(others).collect()
    }
}
