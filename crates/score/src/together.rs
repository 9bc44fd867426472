//! Who is in one ring with whom: claimed against true, without looking at every pair.

use std::collections::BTreeMap;

use itoguchi_model::results::AccountName;

use crate::counts::{BCubed, Overlap, WHOLE};

/// Accounts that are in the same claimed rings and in the same true rings cannot be told apart by any count of pairs.
struct Kin {
    found: Vec<u32>,
    truth: Vec<u32>,
    accounts: u64,
}

/// Pairs in one ring, and B-cubed without self-pairs. Two accounts are together if they share at least one ring.
///
/// # Cost
/// O(k²) for k distinct combinations of claimed and true rings: a ring of a million accounts costs what one of three
/// does.
pub(crate) fn together(
    found: &BTreeMap<&AccountName, Vec<u32>>,
    truth: &BTreeMap<&AccountName, Vec<u32>>,
) -> (Overlap, BCubed) {
    let kin = kin(found, truth);
    let (mut twice, mut bcubed) = (Overlap::default(), BCubed::default());
    for (i, a) in kin.iter().enumerate() {
        // Companions of one account of `a`.
        let mut mates = Overlap::default();
        for (j, b) in kin.iter().enumerate() {
            let others = b.accounts - u64::from(i == j);
            let (f, t) = (meet(&a.found, &b.found), meet(&a.truth, &b.truth));
            mates.found += others * u64::from(f);
            mates.truth += others * u64::from(t);
            mates.right += others * u64::from(f && t);
        }
        twice.right += a.accounts * mates.right;
        twice.found += a.accounts * mates.found;
        twice.truth += a.accounts * mates.truth;
        if mates.found > 0 {
            bcubed.precision_sum += a.accounts * billionths(mates.right, mates.found);
            bcubed.precision_of += a.accounts;
        }
        if mates.truth > 0 {
            bcubed.recall_sum += a.accounts * billionths(mates.right, mates.truth);
            bcubed.recall_of += a.accounts;
        }
    }
    let pairs = Overlap { right: twice.right / 2, found: twice.found / 2, truth: twice.truth / 2 };
    (pairs, bcubed)
}

fn kin(found: &BTreeMap<&AccountName, Vec<u32>>, truth: &BTreeMap<&AccountName, Vec<u32>>) -> Vec<Kin> {
    let mut sizes: BTreeMap<(&[u32], &[u32]), u64> = BTreeMap::new();
    for (account, rings) in found {
        let theirs = truth.get(account).map_or(&[][..], |r| r);
        *sizes.entry((rings, theirs)).or_default() += 1;
    }
    for (_, rings) in truth.iter().filter(|(account, _)| !found.contains_key(*account)) {
        *sizes.entry((&[], rings)).or_default() += 1;
    }
    let kin = |((found, truth), accounts): ((&[u32], &[u32]), u64)| Kin {
        found: found.to_vec(),
        truth: truth.to_vec(),
        accounts,
    };
    sizes.into_iter().map(kin).collect()
}

/// Whether two ascending lists have something in common.
fn meet(a: &[u32], b: &[u32]) -> bool {
    let (mut i, mut j) = (0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => return true,
        }
    }
    false
}

/// part ÷ whole, to the nearest billionth.
fn billionths(part: u64, whole: u64) -> u64 {
    let (part, whole, unit) = (u128::from(part), u128::from(whole), u128::from(WHOLE));
    // part ≤ whole, so this fits.
    ((part * unit + whole / 2) / whole) as u64
}
