//! Claimed rings against true ones: which is which, what was split, what was merged.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_model::results::AccountName;

/// So many members of a true ring make a claimed ring a piece of it: one may be a mistake.
const PIECE: usize = 2;

/// How claimed and true rings, both by place, have members in common.
pub(crate) struct Matching {
    /// The true ring that each claimed one is matched with.
    pub pairs: Vec<Option<usize>>,
    /// Pieces of true rings beyond the first.
    pub splits: u64,
    /// True rings inside claimed ones beyond the first.
    pub merges: u64,
}

/// Matches one to one at Jaccard ≥ 0.5, as many as possible, better fits first.
pub(crate) fn match_rings(found: &[BTreeSet<&AccountName>], truth: &[BTreeSet<&AccountName>]) -> Matching {
    let common = common(found, truth);
    let mut fits: Vec<Vec<usize>> = vec![Vec::new(); found.len()];
    for (&(f, t), &both) in &common {
        if 2 * both >= found[f].len() + truth[t].len() - both {
            fits[f].push(t);
        }
    }
    // Better fits are tried first; (a / b > c / d) without dividing.
    let union = |f: usize, t: usize| found[f].len() + truth[t].len() - common[&(f, t)];
    for (f, of) in fits.iter_mut().enumerate() {
        of.sort_by_key(|&t| {
            // Jaccard in billionths, so that equal fits keep the order of the true rings.
            (std::cmp::Reverse(common[&(f, t)] as u64 * 1_000_000_000 / union(f, t) as u64), t)
        });
    }
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    for f in 0..found.len() {
        claim(f, &fits, &mut taken, &mut BTreeSet::new());
    }
    let mut pairs = vec![None; found.len()];
    for (t, f) in taken {
        pairs[f] = Some(t);
    }
    let (mut pieces, mut parts) = (vec![0_u64; truth.len()], vec![0_u64; found.len()]);
    for (&(f, t), _) in common.iter().filter(|(_, both)| **both >= PIECE) {
        pieces[t] += 1;
        parts[f] += 1;
    }
    let beyond_first = |counts: &[u64]| counts.iter().map(|n| n.saturating_sub(1)).sum();
    Matching { pairs, splits: beyond_first(&pieces), merges: beyond_first(&parts) }
}

/// Gives `f` a true ring, moving others where that makes room. Only rings with exactly half in common with two others
/// can compete, so the search is short.
fn claim(
    f: usize,
    fits: &[Vec<usize>],
    taken: &mut BTreeMap<usize, usize>,
    tried: &mut BTreeSet<usize>,
) -> bool {
    for &t in &fits[f] {
        if !tried.insert(t) {
            continue;
        }
        let free = match taken.get(&t).copied() {
            None => true,
            Some(other) => claim(other, fits, taken, tried),
        };
        if free {
            taken.insert(t, f);
            return true;
        }
    }
    false
}

/// How many members each two have in common, where they have any.
fn common(
    found: &[BTreeSet<&AccountName>],
    truth: &[BTreeSet<&AccountName>],
) -> BTreeMap<(usize, usize), usize> {
    let mut places: BTreeMap<&AccountName, Vec<usize>> = BTreeMap::new();
    for (t, members) in truth.iter().enumerate() {
        for account in members {
            places.entry(account).or_default().push(t);
        }
    }
    let mut common = BTreeMap::new();
    for (f, members) in found.iter().enumerate() {
        for t in members.iter().filter_map(|account| places.get(account)).flatten() {
            *common.entry((f, *t)).or_default() += 1;
        }
    }
    common
}
