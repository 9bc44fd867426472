//! A claim against the truth, counted.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_model::{Role, results::AccountName};

use crate::{
    counts::{
        AmountErrors, Budget, CONFIDENCE_BINS, Counts, FIRST_RINGS, Infrastructure, MAX_Q, Overlap, Share,
    },
    found::{Found, FoundMember},
    matching::{Matching, match_rings},
    together::together,
    truth::{Thing, Truth},
};

/// What innocents without a label are called.
const UNLABELLED: &str = "none";
/// Households whose line a ring came through.
const RELAY: &str = "relay_household";

/// Counts how right `found` is.
///
/// Accounts that the truth calls neither right nor wrong are left out of every count, as if they had not been claimed.
/// The answer depends neither on names of rings nor on the order of rows, save that the order of claimed rings is their
/// rank.
///
/// # Cost
/// O(members · log members + k²) for k distinct combinations of claimed and true rings.
#[must_use]
pub fn score(found: &Found, truth: &Truth) -> Counts {
    let claim = Claim::of(found, truth);
    let planted = Planted::of(truth);
    let matching = match_rings(&claim.rings, &planted.rings);
    let (pairs, bcubed) = together(&claim.places, &planted.places);
    let mut counts = Counts {
        victims: overlap(&claim.victims, &planted.victims),
        sellers: overlap(&claim.sellers, &planted.sellers),
        members: overlap(&claim.members(), &planted.members()),
        pairs,
        bcubed,
        splits: matching.splits,
        merges: matching.merges,
        infrastructure: infrastructure(found, truth),
        links: links(found, truth, &planted),
        ..Counts::default()
    };
    for account in &claim.linked {
        counts.linked.count(planted.places.contains_key(account));
    }
    ring_list(&mut counts, &matching, planted.rings.len());
    budgets(&mut counts, found, truth, &planted);
    harm(&mut counts, &claim, truth, &planted);
    confidence(&mut counts, &claim, &planted);
    amounts(&mut counts, found, truth, &matching);
    counts
}

/// The claim without the accounts that are neither right nor wrong.
struct Claim<'a> {
    rings: Vec<BTreeSet<&'a AccountName>>,
    rows: Vec<&'a FoundMember>,
    places: BTreeMap<&'a AccountName, Vec<u32>>,
    victims: BTreeSet<&'a AccountName>,
    sellers: BTreeSet<&'a AccountName>,
    linked: BTreeSet<&'a AccountName>,
}

impl<'a> Claim<'a> {
    fn of(found: &'a Found, truth: &Truth) -> Self {
        let mut claim = Self {
            rings: Vec::with_capacity(found.rings.len()),
            rows: Vec::new(),
            places: BTreeMap::new(),
            victims: BTreeSet::new(),
            sellers: BTreeSet::new(),
            linked: BTreeSet::new(),
        };
        for (ring, place) in found.rings.iter().zip(0_u32..) {
            let counted = ring.members.iter().filter(|m| !truth.neither.contains(&m.account));
            let mut members = BTreeSet::new();
            for member in counted {
                claim.rows.push(member);
                members.insert(&member.account);
                match member.role {
                    Role::Victim => claim.victims.insert(&member.account),
                    Role::Seller => claim.sellers.insert(&member.account),
                    Role::Linked => claim.linked.insert(&member.account),
                };
            }
            for account in &members {
                claim.places.entry(account).or_default().push(place);
            }
            claim.rings.push(members);
        }
        claim
    }

    fn members(&self) -> BTreeSet<&'a AccountName> {
        self.places.keys().copied().collect()
    }
}

/// The planted rings by place.
struct Planted<'a> {
    rings: Vec<BTreeSet<&'a AccountName>>,
    places: BTreeMap<&'a AccountName, Vec<u32>>,
    victims: BTreeSet<&'a AccountName>,
    sellers: BTreeSet<&'a AccountName>,
}

impl<'a> Planted<'a> {
    fn of(truth: &'a Truth) -> Self {
        let rings: Vec<BTreeSet<&AccountName>> =
            truth.rings.values().map(|r| r.members().collect()).collect();
        let mut places: BTreeMap<&AccountName, Vec<u32>> = BTreeMap::new();
        for (members, place) in rings.iter().zip(0_u32..) {
            for account in members {
                places.entry(account).or_default().push(place);
            }
        }
        Self {
            places,
            victims: truth.rings.values().flat_map(|r| &r.victims).collect(),
            sellers: truth.rings.values().flat_map(|r| &r.sellers).collect(),
            rings,
        }
    }

    fn members(&self) -> BTreeSet<&'a AccountName> {
        self.places.keys().copied().collect()
    }

    /// Whether both are in one ring.
    fn joins(&self, a: &AccountName, b: &AccountName) -> bool {
        let rings = |account| self.places.get(account).map_or(&[][..], |r: &Vec<u32>| r);
        rings(a).iter().any(|ring| rings(b).contains(ring))
    }
}

fn overlap(found: &BTreeSet<&AccountName>, truth: &BTreeSet<&AccountName>) -> Overlap {
    Overlap {
        right: found.intersection(truth).count() as u64,
        found: found.len() as u64,
        truth: truth.len() as u64,
    }
}

fn ring_list(counts: &mut Counts, matching: &Matching, truth: usize) {
    let right = |first: usize| matching.pairs.iter().take(first).flatten().count() as u64;
    counts.rings =
        Overlap { right: right(usize::MAX), found: matching.pairs.len() as u64, truth: truth as u64 };
    for (share, first) in counts.first_rings.iter_mut().zip(FIRST_RINGS) {
        *share = Share { right: right(first), of: matching.pairs.len().min(first) as u64 };
    }
}

fn budgets(counts: &mut Counts, found: &Found, truth: &Truth, planted: &Planted<'_>) {
    let list: Vec<&AccountName> =
        found.review_list().into_iter().filter(|account| !truth.neither.contains(*account)).collect();
    let twice = 2 * planted.places.len();
    let per_1000 = found.accounts.div_ceil(1_000) as usize;
    let share = |first: usize, of: &BTreeSet<&AccountName>| Share {
        right: list.iter().take(first).filter(|account| of.contains(*account)).count() as u64,
        of: of.len() as u64,
    };
    let budget =
        |of: &BTreeSet<&AccountName>| Budget { twice: share(twice, of), per_1000: share(per_1000, of) };
    counts.victim_budget = budget(&planted.victims);
    counts.seller_budget = budget(&planted.sellers);
}

fn infrastructure(found: &Found, truth: &Truth) -> Option<Infrastructure> {
    let all = truth.infrastructure.as_ref()?;
    let claimed: BTreeSet<&Thing> = found.rings.iter().flat_map(|r| &r.infrastructure).collect();
    let used: BTreeSet<&Thing> = all.keys().map(|(_, thing)| thing).collect();
    // What one account alone used joins nothing, and nobody can find it. Where the truth does not say, all count.
    let findable = all.iter().filter(|(_, accounts)| accounts.is_none_or(|n| n >= 2));
    let findable: BTreeSet<&Thing> = findable.map(|((_, thing), _)| thing).collect();
    Some(Infrastructure {
        found: Share { right: claimed.intersection(&used).count() as u64, of: claimed.len() as u64 },
        findable: Share { right: findable.intersection(&claimed).count() as u64, of: findable.len() as u64 },
    })
}

fn links(found: &Found, truth: &Truth, planted: &Planted<'_>) -> BTreeMap<String, Share> {
    let mut links: BTreeMap<String, Share> = BTreeMap::new();
    let counted = |account: &AccountName| !truth.neither.contains(account);
    for link in found.links.iter().filter(|l| counted(&l.a) && counted(&l.b)) {
        if link.q_value.is_some_and(|q| q <= MAX_Q) {
            links.entry(link.kind.to_owned()).or_default().count(planted.joins(&link.a, &link.b));
        }
    }
    links
}

fn harm(counts: &mut Counts, claim: &Claim<'_>, truth: &Truth, planted: &Planted<'_>) {
    let innocent = |account: &AccountName| !planted.places.contains_key(account);
    for (account, labels) in truth.decoys.iter().filter(|(account, _)| innocent(account)) {
        if truth.neither.contains(account) {
            continue;
        }
        for label in labels {
            counts.decoys.entry(label.clone()).or_default().count(claim.places.contains_key(account));
        }
    }
    let by_address: BTreeSet<&AccountName> =
        claim.rows.iter().filter(|m| m.by_address).map(|m| &m.account).collect();
    for account in claim.places.keys().filter(|account| innocent(account)) {
        counts.innocents += 1;
        let labels = truth.decoys.get(*account);
        if labels.is_none() {
            counts.decoys.entry(UNLABELLED.to_owned()).or_default().right += 1;
        }
        let relay = labels.is_some_and(|l| l.contains(RELAY));
        counts.framed += u64::from(relay || by_address.contains(account));
    }
}

fn confidence(counts: &mut Counts, claim: &Claim<'_>, planted: &Planted<'_>) {
    for member in &claim.rows {
        let Some(confidence) = member.confidence else { continue };
        let bin = CONFIDENCE_BINS.iter().rposition(|low| confidence >= *low).unwrap_or(0);
        let right = match member.role {
            Role::Victim => planted.victims.contains(&member.account),
            Role::Seller => planted.sellers.contains(&member.account),
            Role::Linked => planted.places.contains_key(&member.account),
        };
        counts.confidence[bin].count(right);
    }
}

fn amounts(counts: &mut Counts, found: &Found, truth: &Truth, matching: &Matching) {
    let planted: Vec<_> = truth.rings.values().collect();
    for (ring, matched) in found.rings.iter().zip(&matching.pairs) {
        let Some(amounts) = matched.and_then(|t| planted[t].amounts) else { continue };
        for ((of, claimed), true_amount) in counts.amounts.iter_mut().zip(ring.amounts).zip(amounts) {
            add_error(of, claimed, true_amount);
        }
    }
    for of in &mut counts.amounts {
        of.errors.sort_unstable();
    }
}

fn add_error(of: &mut AmountErrors, claimed: Option<i64>, true_amount: Option<i64>) {
    match (claimed, true_amount) {
        (Some(claimed), Some(known)) => of.errors.push((claimed.abs_diff(known), known.unsigned_abs())),
        (None, Some(_)) => of.missing += 1,
        (_, None) => {}
    }
}
