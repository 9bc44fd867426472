//! The score against a slow, obvious one, and what must not change it.

mod common;

use std::collections::BTreeSet;

use common::{account, member};
use itoguchi_model::{Role, results::AccountName};
use itoguchi_score::{Counts, Found, FoundRing, Overlap, TrueRing, Truth, score, value};
use proptest::prelude::*;

/// Rings as lists of account numbers; an account may be in several.
type Rings = Vec<Vec<u8>>;

fn name(number: u8) -> String {
    format!("{number:03}")
}

fn claim(rings: &Rings) -> Found {
    let ring = |of: &Vec<u8>| FoundRing {
        members: of
            .iter()
            .map(|n| member(&name(*n), if n % 5 == 0 { Role::Seller } else { Role::Victim }))
            .collect(),
        ..FoundRing::default()
    };
    Found { rings: rings.iter().map(ring).collect(), accounts: 40, ..Found::default() }
}

fn planted(rings: &Rings, neither: &[u8]) -> Truth {
    let mut truth = Truth::default();
    for (i, of) in rings.iter().enumerate() {
        let pick = |seller: bool| -> BTreeSet<AccountName> {
            of.iter().filter(|n| (*n % 5 == 0) == seller).map(|n| account(&name(*n))).collect()
        };
        truth
            .rings
            .insert(format!("R{i}"), TrueRing { victims: pick(false), sellers: pick(true), amounts: None });
    }
    let members: BTreeSet<AccountName> = truth.rings.values().flat_map(|r| r.members().cloned()).collect();
    truth.neither = neither.iter().map(|n| account(&name(*n))).filter(|a| !members.contains(a)).collect();
    truth
}

fn sets(rings: &Rings, without: &BTreeSet<u8>) -> Vec<BTreeSet<u8>> {
    rings.iter().map(|r| r.iter().copied().filter(|n| !without.contains(n)).collect()).collect()
}

fn mates(rings: &[BTreeSet<u8>], of: u8) -> BTreeSet<u8> {
    rings.iter().filter(|r| r.contains(&of)).flatten().copied().filter(|n| *n != of).collect()
}

/// Every pair and every account, one by one.
fn slowly(found: &[BTreeSet<u8>], truth: &[BTreeSet<u8>]) -> (Overlap, [Option<f64>; 2]) {
    let together = |rings: &[BTreeSet<u8>], a, b| rings.iter().any(|r| r.contains(&a) && r.contains(&b));
    let mut pairs = Overlap::default();
    for a in 0..40 {
        for b in a + 1..40 {
            let (f, t) = (together(found, a, b), together(truth, a, b));
            pairs.found += u64::from(f);
            pairs.truth += u64::from(t);
            pairs.right += u64::from(f && t);
        }
    }
    let mean = |of: &[BTreeSet<u8>], against: &[BTreeSet<u8>]| {
        let shares: Vec<f64> = (0..40)
            .map(|n| (mates(of, n), mates(against, n)))
            .filter(|(mine, _)| !mine.is_empty())
            .map(|(mine, theirs)| mine.intersection(&theirs).count() as f64 / mine.len() as f64)
            .collect();
        (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
    };
    (pairs, [mean(found, truth), mean(truth, found)])
}

/// The most rings that can be matched one to one, by trying everything.
fn most_matched(found: &[BTreeSet<u8>], truth: &[BTreeSet<u8>]) -> u64 {
    let Some((first, rest)) = found.split_first() else { return 0 };
    let mut best = most_matched(rest, truth);
    for t in 0..truth.len() {
        let (both, either) = (first.intersection(&truth[t]).count(), first.union(&truth[t]).count());
        if both > 0 && 2 * both >= either {
            let others: Vec<BTreeSet<u8>> =
                truth.iter().enumerate().filter(|(i, _)| *i != t).map(|(_, r)| r.clone()).collect();
            best = best.max(1 + most_matched(rest, &others));
        }
    }
    best
}

fn rings() -> impl Strategy<Value = Rings> {
    let ring = proptest::collection::btree_set(0_u8..40, 1..9).prop_map(|s| s.into_iter().collect());
    proptest::collection::vec(ring, 0..6)
}

/// Truth, and a claim that has much to do with it.
fn both() -> impl Strategy<Value = (Rings, Rings)> {
    (rings(), rings(), proptest::collection::vec(any::<bool>(), 6)).prop_map(|(truth, mut claim, keep)| {
        for (ring, keep) in truth.iter().zip(keep) {
            if keep {
                claim.insert(0, ring.iter().copied().skip(1).collect());
            }
        }
        claim.retain(|r: &Vec<u8>| !r.is_empty());
        (truth, claim)
    })
}

fn close(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-8,
        (a, b) => a == b,
    }
}

/// Without what depends on the rank of rings.
fn unranked(mut counts: Counts) -> Counts {
    counts.first_rings = Default::default();
    counts.victim_budget = Default::default();
    counts.seller_budget = Default::default();
    counts
}

proptest! {
    #[test]
    fn pairs_and_companions_are_those_of_the_slow_way((truth, claimed) in both(), neither in proptest::collection::vec(0_u8..40, 0..4)) {
        let planted = planted(&truth, &neither);
        let counts = score(&claim(&claimed), &planted);
        let without: BTreeSet<u8> = (0..40).filter(|n| planted.neither.contains(&account(&name(*n)))).collect();
        let (found, truth) = (sets(&claimed, &without), sets(&truth, &without));
        let (pairs, [precision, recall]) = slowly(&found, &truth);
        prop_assert_eq!(counts.pairs, pairs);
        prop_assert!(close(value(&counts, "bcubed_precision"), precision));
        prop_assert!(close(value(&counts, "bcubed_recall"), recall));
        prop_assert_eq!(counts.rings.right, most_matched(&found, &truth));
        let all = |rings: &[BTreeSet<u8>]| rings.iter().flatten().copied().collect::<BTreeSet<u8>>();
        let (f, t) = (all(&found), all(&truth));
        let right = f.intersection(&t).count() as u64;
        prop_assert_eq!(counts.members, Overlap { right, found: f.len() as u64, truth: t.len() as u64 });
        prop_assert_eq!(counts.innocents, f.len() as u64 - right);
    }

    #[test]
    fn names_and_order_change_nothing((truth, claimed) in both()) {
        let straight = score(&claim(&claimed), &planted(&truth, &[]));
        let mut turned = claim(&claimed);
        turned.rings.reverse();
        turned.rings.iter_mut().for_each(|r| r.members.reverse());
        let mut renamed = planted(&truth, &[]);
        let n = renamed.rings.len();
        renamed.rings = renamed.rings.into_values().enumerate().map(|(i, r)| (format!("Q{}", n - i), r)).collect();
        prop_assert_eq!(unranked(score(&turned, &renamed)), unranked(straight));
    }

    #[test]
    fn the_truth_is_a_perfect_claim_of_itself(truth in rings()) {
        let counts = score(&claim(&truth), &planted(&truth, &[]));
        for name in ["victim_f1", "seller_f1", "member_f1", "ring_f1", "pair_f1", "bcubed_f1"] {
            prop_assert!(value(&counts, name).is_none_or(|v| v == 1.0), "{} {:?}", name, value(&counts, name));
        }
        prop_assert_eq!(counts.innocents, 0);
    }

    #[test]
    fn an_innocent_more_never_helps((truth, claimed) in both(), at in 0_usize..6) {
        prop_assume!(!claimed.is_empty());
        let planted = planted(&truth, &[]);
        let before = score(&claim(&claimed), &planted);
        let mut worse = claim(&claimed);
        let place = at % worse.rings.len();
        worse.rings[place].members.push(member("innocent", Role::Victim));
        let after = score(&worse, &planted);
        for name in ["victim_f1", "pair_f1", "ring_f1"] {
            prop_assert!(value(&after, name) <= value(&before, name).or(Some(0.0)), "{}", name);
        }
        prop_assert_eq!(after.innocents, before.innocents + 1);
    }
}
