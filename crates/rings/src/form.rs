//! Communities of odd occasions to rings.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_graph::{Csr, Edge, maximum_spanning_forest};
use itoguchi_model::{AccountId, Family, InstrumentId, JstDate, Kind, Millibits, Role};

use crate::{
    Context, ObjectPair, group,
    objects::{Object, Validated},
    roles,
};

/// One piece of a member's evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// What it is.
    pub kind: Kind,
    /// What it rests on; none for the account's own episode.
    pub object: Option<Object>,
    /// How much it adds; nothing where a stronger piece of the same rows already counts.
    pub bits: Millibits,
    /// Other members that share the object.
    pub others: u32,
}

/// A member of a ring.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Who.
    pub account: AccountId,
    /// As what.
    pub role: Role,
    /// Its odd occasions in the ring, by start; empty for sellers.
    pub occasions: Vec<u32>,
    /// Its evidence.
    pub pieces: Vec<Piece>,
    /// Sum of the pieces less the prior.
    pub bits: Millibits,
}

/// A ring before its rows are written.
#[derive(Clone, Debug, PartialEq)]
pub struct Ring {
    /// Victims and linked accounts, then sellers, each by account.
    pub members: Vec<Member>,
    /// Names and days that two victims or more bought, with the time from their first to their last purchase.
    pub bursts: Vec<roles::RingBurst>,
    /// Families that hold it.
    pub families: Vec<Family>,
    /// Bits of all members, net of the prior.
    pub score: Millibits,
    /// The same without its strongest member.
    pub without_strongest: Millibits,
    /// Pairs of its occasions that share an object.
    pub pairs: Vec<ObjectPair>,
}

/// Edges of the graph of odd occasions, weighted in thousandths of a bit. A pair is joined if its links and the
/// weaker of its two marks overcome the prior.
#[must_use]
pub fn edges(context: &Context) -> Vec<Edge> {
    context
        .pairs
        .chunk_by(|x, y| (x.a, x.b) == (y.a, y.b))
        .filter_map(|run| {
            let (a, b) = (run[0].a, run[0].b);
            let bits = pair_bits(context, run);
            let weaker = context.marks[a as usize].bits.min(context.marks[b as usize].bits);
            (weaker + bits >= context.prior()).then_some(Edge::new(a, b, bits.0.max(0) as u64))
        })
        .collect()
}

/// What ties two occasions: the best of their shared devices and addresses (they come from the same logins), plus
/// their common purchases.
fn pair_bits(context: &Context, run: &[ObjectPair]) -> Millibits {
    let is_trade = |p: &&ObjectPair| kind_of(context, p) == Kind::CoBuy;
    let infrastructure = run.iter().filter(|p| !is_trade(p)).map(|p| p.bits).max().unwrap_or_default();
    infrastructure + run.iter().filter(is_trade).map(|p| p.bits).sum()
}

fn kind_of(context: &Context, pair: &ObjectPair) -> Kind {
    context.objects[pair.object as usize].object.kind()
}

/// Rings among the communities (each a list of occasions), by their first occasion.
#[must_use]
pub fn rings(context: &Context, communities: &[Vec<u32>]) -> Vec<Ring> {
    let validated: BTreeMap<usize, &Validated> = context.validated.iter().map(|v| (v.shared, v)).collect();
    communities.iter().filter_map(|community| ring(context, &validated, community)).collect()
}

fn ring(context: &Context, validated: &BTreeMap<usize, &Validated>, community: &[u32]) -> Option<Ring> {
    let (members, pairs) = settle(context, validated, community);
    if members.len() < context.settings.members {
        return None;
    }
    let (score, without_strongest) = score(context, &members, &pairs);
    let families = families(&members);
    let strong =
        score >= context.settings.ring_bits && without_strongest >= context.settings.ring_bits_without;
    if !strong || Family::independent_count(&families) < 2 {
        return None;
    }
    let mut ring =
        Ring { bursts: roles::bursts(context, &members), members, families, score, without_strongest, pairs };
    let sellers = roles::sellers(context, &ring);
    ring.score += sellers.iter().map(|s| s.bits).sum();
    if !sellers.is_empty() {
        ring.families.push(Family::Opposite);
        ring.families.sort_unstable();
    }
    ring.members.extend(sellers);
    Some(ring)
}

/// Drops the weakest member until every one left stands on the others that are left.
fn settle(
    context: &Context,
    validated: &BTreeMap<usize, &Validated>,
    community: &[u32],
) -> (Vec<Member>, Vec<ObjectPair>) {
    let mut left: BTreeSet<u32> = community.iter().copied().collect();
    loop {
        let pairs: Vec<ObjectPair> =
            context.pairs.iter().filter(|p| left.contains(&p.a) && left.contains(&p.b)).copied().collect();
        let members = members(context, validated, &left, &pairs);
        let weakest = members.iter().min_by_key(|m| (m.bits, m.account));
        match weakest {
            Some(member) if member.bits < context.settings.member_bits => {
                for occasion in &member.occasions {
                    left.remove(occasion);
                }
            }
            _ => return (members, pairs),
        }
    }
}

fn members(
    context: &Context,
    validated: &BTreeMap<usize, &Validated>,
    left: &BTreeSet<u32>,
    pairs: &[ObjectPair],
) -> Vec<Member> {
    let mut by_account: BTreeMap<AccountId, Vec<u32>> = BTreeMap::new();
    for occasion in left {
        by_account.entry(context.account(*occasion)).or_default().push(*occasion);
    }
    by_account.into_iter().map(|(account, own)| member(context, validated, account, own, pairs)).collect()
}

fn member(
    context: &Context,
    validated: &BTreeMap<usize, &Validated>,
    account: AccountId,
    own: Vec<u32>,
    pairs: &[ObjectPair],
) -> Member {
    let oddest = own.iter().copied().max_by_key(|i| (context.marks[*i as usize].bits, u32::MAX - i));
    let oddest = oddest.expect("a member has an occasion") as usize;
    let reported = context.reported[oddest];
    let mut pieces = vec![Piece {
        kind: Kind::HijackEpisode,
        object: None,
        bits: context.marks[oddest].bits - reported,
        others: 0,
    }];
    if reported > Millibits::ZERO {
        pieces.push(Piece { kind: Kind::Report, object: None, bits: reported, others: 0 });
    }
    pieces.extend(linking_pieces(context, validated, account, &own, pairs));
    let bits = pieces.iter().map(|p| p.bits).sum::<Millibits>() - context.prior();
    let role = if own.iter().any(|i| context.marks[*i as usize].both) { Role::Victim } else { Role::Linked };
    Member { account, role, occasions: own, pieces, bits }
}

/// What ties an account to the other members: one piece per shared object; of those that rest on the same rows (its
/// logins, its purchases) only the best counts.
fn linking_pieces(
    context: &Context,
    validated: &BTreeMap<usize, &Validated>,
    account: AccountId,
    own: &[u32],
    pairs: &[ObjectPair],
) -> Vec<Piece> {
    let mut shared: BTreeMap<u32, (Millibits, BTreeSet<AccountId>)> = BTreeMap::new();
    for pair in pairs {
        let other = match (own.contains(&pair.a), own.contains(&pair.b)) {
            (true, false) => pair.b,
            (false, true) => pair.a,
            _ => continue,
        };
        let entry = shared.entry(pair.object).or_default();
        entry.0 = entry.0.max(pair.bits);
        entry.1.insert(context.account(other));
    }
    let mut pieces: Vec<Piece> = shared
        .into_iter()
        .map(|(index, (pair_bits, others))| {
            let object = context.objects[index as usize].object;
            let bits = match (object, validated.get(&(index as usize))) {
                (Object::Bought(..), Some(v)) => group_bits(context, v, account),
                (Object::Bought(..), None) => Millibits::ZERO,
                _ => pair_bits,
            };
            Piece { kind: object.kind(), object: Some(object), bits, others: others.len() as u32 }
        })
        .collect();
    for family in [Family::Infrastructure, Family::CoTrading] {
        let of_family = |p: &Piece| p.kind.family() == family;
        let best = pieces
            .iter()
            .enumerate()
            .filter(|(_, p)| of_family(p))
            .max_by_key(|(i, p)| (p.bits, usize::MAX - i))
            .map(|(i, _)| i);
        for (i, piece) in pieces.iter_mut().enumerate() {
            if of_family(piece) && Some(i) != best {
                piece.bits = Millibits::ZERO;
            }
        }
    }
    pieces
}

/// What buying the name on that day is worth to one account: the odds that a buyer there is hijacked, judged by all
/// *other* buyers, against the odds of one in N accounts.
fn group_bits(context: &Context, validated: &Validated, account: AccountId) -> Millibits {
    let actors = &context.objects[validated.shared].actors;
    let bits: Vec<Millibits> = actors.iter().map(|a| a.bits).collect();
    let Some(own) = actors.iter().position(|a| a.account == account) else { return Millibits::ZERO };
    let share = group::share_without(&bits, own);
    if share <= 0.0 {
        return Millibits::ZERO;
    }
    (Millibits::log2(share / (1.0 - share)) + context.prior()).positive()
}

/// Bits of the whole: every member's own, plus the strongest links that hold them together (a spanning tree: each
/// link counts once), less the prior for each. And the same without the strongest member.
fn score(context: &Context, members: &[Member], pairs: &[ObjectPair]) -> (Millibits, Millibits) {
    let own = |m: &Member| -> Millibits {
        m.pieces
            .iter()
            .filter(|p| matches!(p.kind.family(), Family::Episode | Family::Reports))
            .map(|p| p.bits)
            .sum()
    };
    let mut best: BTreeMap<(AccountId, AccountId), Millibits> = BTreeMap::new();
    for run in pairs.chunk_by(|x, y| (x.a, x.b) == (y.a, y.b)) {
        let (a, b) = (context.account(run[0].a), context.account(run[0].b));
        let entry = best.entry((a.min(b), a.max(b))).or_default();
        *entry = (*entry).max(pair_bits(context, run));
    }
    let total = |left_out: Option<AccountId>| -> Millibits {
        let kept: Vec<&Member> = members.iter().filter(|m| Some(m.account) != left_out).collect();
        let index: BTreeMap<AccountId, u32> = kept.iter().zip(0..).map(|(m, i)| (m.account, i)).collect();
        let edges: Vec<Edge> = best
            .iter()
            .filter_map(|((a, b), bits)| {
                Some(Edge::new(*index.get(a)?, *index.get(b)?, bits.0.max(0) as u64))
            })
            .collect();
        let graph = Csr::from_edges(kept.len() as u32, &edges).expect("ends are members, weights are bits");
        let tree: u64 = maximum_spanning_forest(&graph).iter().map(|e| e.weight).sum();
        let held: Millibits = kept.iter().map(|m| own(m) - context.prior()).sum();
        held + Millibits(i64::try_from(tree).unwrap_or(i64::MAX))
    };
    let strongest = members.iter().max_by_key(|m| (m.bits, std::cmp::Reverse(m.account))).map(|m| m.account);
    (total(None), total(strongest))
}

/// Families of which at least two members have evidence that counts.
fn families(members: &[Member]) -> Vec<Family> {
    Family::ALL
        .into_iter()
        .filter(|family| {
            let with = members
                .iter()
                .filter(|m| m.pieces.iter().any(|p| p.kind.family() == *family && p.bits > Millibits::ZERO))
                .count();
            with >= 2
        })
        .collect()
}

/// Names and days bought by an occasion.
pub(crate) fn bought(context: &Context, occasion: u32) -> BTreeSet<(InstrumentId, JstDate)> {
    context.occasions[occasion as usize]
        .fills
        .iter()
        .map(|f| &context.case.executions[*f as usize])
        .filter(|f| !f.side.is_sale())
        .map(|f| (f.instrument, f.time.jst_date()))
        .collect()
}
