//! Communities of odd occasions to rings.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use itoguchi_graph::{Csr, Edge, maximum_spanning_forest};
use itoguchi_model::{AccountId, Family, InstrumentId, JstDate, Kind, Millibits, Role};

use crate::{
    Context, ObjectPair, Settings, group,
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
    /// Whether the bits are those of the group of all who share the object, not of a pair.
    pub by_group: bool,
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
/// weaker of its two marks overcome the prior, or if it shares an object that holds up under the group test: there the
/// whole group has overcome it.
#[must_use]
pub fn edges(context: &Context) -> Vec<Edge> {
    let in_common: BTreeMap<u32, Millibits> =
        context.validated.iter().map(|v| (v.shared as u32, odds_of(context, v.test.share))).collect();
    context
        .pairs
        .chunk_by(|x, y| (x.a, x.b) == (y.a, y.b))
        .filter_map(|run| {
            let (a, b) = (run[0].a, run[0].b);
            let by_pair = pair_bits(context, run);
            let by_group =
                run.iter().filter_map(|p| in_common.get(&p.object)).max().copied().unwrap_or_default();
            let weaker = context.marks[a as usize].bits.min(context.marks[b as usize].bits);
            let joined = weaker + by_pair >= context.prior() || by_group > Millibits::ZERO;
            joined.then_some(Edge::new(a, b, by_pair.max(by_group).0.max(0) as u64))
        })
        .collect()
}

/// The odds that a buyer is hijacked where a share of the buyers is, against the odds of one in N accounts.
pub(crate) fn odds_of(context: &Context, share: f64) -> Millibits {
    if share <= 0.0 {
        return Millibits::ZERO;
    }
    (Millibits::log2(share / (1.0 - share)) + context.prior()).positive()
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
///
/// A ring that stands then looks at its neighbourhood: an odd occasion of no ring that shares an object with it is
/// judged as a member would be, by the whole object and not by the pair alone. What one look adds is not looked from
/// again.
#[must_use]
pub fn rings(context: &Context, communities: &[Vec<u32>]) -> Vec<Ring> {
    let validated = Groups::new(context);
    let cores: Vec<Ring> =
        communities.iter().filter_map(|community| ring(context, &validated, community)).collect();
    let mut taken: BTreeSet<u32> = cores.iter().flat_map(occasions).collect();
    let mut order: Vec<usize> = (0..cores.len()).collect();
    order.sort_by_key(|i| (std::cmp::Reverse(cores[*i].score), *i));
    let mut grown: Vec<(usize, Ring)> = Vec::new();
    for i in order {
        let own: BTreeSet<u32> = occasions(&cores[i]).collect();
        let mut wider = own.clone();
        for pair in context.pairs {
            match (own.contains(&pair.a), own.contains(&pair.b)) {
                (true, false) if !taken.contains(&pair.b) => wider.insert(pair.b),
                (false, true) if !taken.contains(&pair.a) => wider.insert(pair.a),
                _ => false,
            };
        }
        let wider: Vec<u32> = wider.into_iter().collect();
        // Wider never is worse: the core alone would stand, and members that do not stand are dropped.
        let ring = ring(context, &validated, &wider).unwrap_or_else(|| cores[i].clone());
        taken.extend(occasions(&ring));
        grown.push((i, ring));
    }
    grown.sort_by_key(|(i, _)| *i);
    grown.into_iter().map(|(_, ring)| ring).collect()
}

fn occasions(ring: &Ring) -> impl Iterator<Item = u32> + '_ {
    ring.members.iter().flat_map(|m| m.occasions.iter().copied())
}

fn ring(context: &Context, validated: &Groups, community: &[u32]) -> Option<Ring> {
    let (members, pairs) = settle(context, validated, community);
    if members.len() < context.settings.members {
        return None;
    }
    let (score, without_strongest) = score(context, validated, &members, &pairs);
    let families = families(&members);
    let strong =
        score >= context.settings.ring_bits && without_strongest >= context.settings.ring_bits_without;
    if !strong || Family::independent_count(&families) < 2 {
        return None;
    }
    let mut ring =
        Ring { bursts: roles::bursts(context, &members), members, families, score, without_strongest, pairs };
    ring.members.extend(roles::sellers(context, &ring));
    Some(ring)
}

/// How far a member is above what it must reach.
///
/// Addresses are shared by households, carriers and relays: tied to the others by addresses alone, it must reach more, and
/// its own episode counts up to the prior only, for how odd it is by itself does not tie it to anybody. It must reach as
/// much where nothing is known of how it was entered and only purchases tie it to the others: then all of it is fills.
fn spare(context: &Context, member: &Member) -> Millibits {
    let Settings { member_bits, member_bits_one_source, .. } = context.settings;
    let ties: BTreeSet<Kind> = member
        .pieces
        .iter()
        .filter(|p| !matches!(p.kind.family(), Family::Episode | Family::Reports) && p.bits > Millibits::ZERO)
        .map(|p| p.kind)
        .collect();
    if ties.iter().all(|kind| *kind == Kind::Ip) {
        let beyond = (own(member) - context.prior()).positive();
        member.bits - beyond - *member_bits_one_source
    } else if member.role == Role::Linked && ties.iter().all(|kind| kind.family() == Family::CoTrading) {
        member.bits - *member_bits_one_source
    } else {
        member.bits - *member_bits
    }
}

/// Drops the weakest member until every one left stands on the others that are left.
fn settle(context: &Context, validated: &Groups, community: &[u32]) -> (Vec<Member>, Vec<ObjectPair>) {
    let mut left: BTreeSet<u32> = community.iter().copied().collect();
    loop {
        let pairs: Vec<ObjectPair> =
            context.pairs.iter().filter(|p| left.contains(&p.a) && left.contains(&p.b)).copied().collect();
        let members = members(context, validated, &left, &pairs);
        let weakest = members.iter().min_by_key(|m| (spare(context, m), m.account));
        match weakest {
            Some(member) if spare(context, member) < Millibits::ZERO => {
                for occasion in &member.occasions {
                    left.remove(occasion);
                }
            }
            _ => return (members, pairs),
        }
    }
}

fn members(context: &Context, validated: &Groups, left: &BTreeSet<u32>, pairs: &[ObjectPair]) -> Vec<Member> {
    let mut by_account: BTreeMap<AccountId, Vec<u32>> = BTreeMap::new();
    for occasion in left {
        by_account.entry(context.account(*occasion)).or_default().push(*occasion);
    }
    by_account.into_iter().map(|(account, own)| member(context, validated, account, own, pairs)).collect()
}

fn member(
    context: &Context,
    validated: &Groups,
    account: AccountId,
    own: Vec<u32>,
    pairs: &[ObjectPair],
) -> Member {
    let oddest = own.iter().copied().max_by_key(|i| (context.marks[*i as usize].bits, u32::MAX - i));
    let oddest = oddest.expect("a member has an occasion") as usize;
    let reported = context.reported[oddest];
    let mark = &context.marks[oddest];
    let mut linking = linking_pieces(context, validated, account, &own, pairs);
    let in_common: Millibits =
        linking.iter().filter(|p| p.kind.family() == Family::CoTrading).map(|p| p.bits).sum();
    // That the name is unfamiliar, cheap and rising is told by the episode or by the common purchase, not by both.
    let mut episode = mark.bits - reported;
    if in_common > Millibits::ZERO {
        let given_name = mark.given_name - reported;
        if given_name + in_common >= episode {
            episode = given_name;
        } else {
            linking
                .iter_mut()
                .filter(|p| p.kind.family() == Family::CoTrading)
                .for_each(|p| p.bits = Millibits::ZERO);
        }
    }
    let mut pieces =
        vec![Piece { kind: Kind::HijackEpisode, object: None, bits: episode, others: 0, by_group: false }];
    if reported > Millibits::ZERO {
        pieces.push(Piece { kind: Kind::Report, object: None, bits: reported, others: 0, by_group: false });
    }
    pieces.extend(linking);
    let bits = pieces.iter().map(|p| p.bits).sum::<Millibits>() - context.prior();
    let role = if own.iter().any(|i| context.marks[*i as usize].both) { Role::Victim } else { Role::Linked };
    Member { account, role, occasions: own, pieces, bits }
}

/// What ties an account to the other members: one piece per shared object; of those that rest on the same rows (its
/// logins, its purchases) only the best counts.
fn linking_pieces(
    context: &Context,
    validated: &Groups,
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
    let of_group = |index: u32| {
        let v = validated.get(&(index as usize))?;
        Some(validated.bits(context, v, account)).filter(|bits| *bits > Millibits::ZERO)
    };
    // The best of several looks is as likely by chance as so many looks.
    let looks = shared.keys().filter(|i| of_group(**i).is_some()).count();
    let looks = Millibits::log2(looks.max(1) as f64);
    // The others' oddness makes a group; it is told by their common purchase or by what they were entered with.
    let by_name = shared.keys().any(|i| {
        matches!(context.objects[*i as usize].object, Object::Bought(..) | Object::BoughtBoth(..))
            && of_group(*i).is_some()
    });
    let mut pieces: Vec<Piece> = shared
        .into_iter()
        .map(|(index, (pair_bits, others))| {
            let object = context.objects[index as usize].object;
            let bought = matches!(object, Object::Bought(..) | Object::BoughtBoth(..));
            let of_pair = if bought { Millibits::ZERO } else { pair_bits };
            let of_group = of_group(index)
                .map(|bits| (bits - looks).positive())
                .filter(|bits| (bought || !by_name) && *bits > of_pair);
            Piece {
                kind: object.kind(),
                object: Some(object),
                bits: of_group.unwrap_or(of_pair),
                others: others.len() as u32,
                by_group: of_group.is_some(),
            }
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

/// Objects that hold up, by their place among the shared ones, and what they were found to be worth to accounts: a
/// member is judged again whenever another one falls.
struct Groups<'a> {
    validated: BTreeMap<usize, &'a Validated>,
    known: RefCell<BTreeMap<(usize, AccountId), Millibits>>,
}

impl<'a> Groups<'a> {
    fn new(context: &Context<'a>) -> Self {
        let validated = context.validated.iter().map(|v| (v.shared, v)).collect();
        Self { validated, known: RefCell::default() }
    }

    fn get(&self, shared: &usize) -> Option<&'a Validated> {
        self.validated.get(shared).copied()
    }

    fn bits(&self, context: &Context, validated: &Validated, account: AccountId) -> Millibits {
        let mut known = self.known.borrow_mut();
        let bits = known.entry((validated.shared, account));
        *bits.or_insert_with(|| group_bits(context, validated, account))
    }
}

/// What sharing an object is worth to one account: the odds that whoever uses it is hijacked, judged by all *other*
/// users, against the odds of one in N accounts.
fn group_bits(context: &Context, validated: &Validated, account: AccountId) -> Millibits {
    let actors = &context.objects[validated.shared].actors;
    let bits: Vec<Millibits> = actors.iter().map(|a| a.bits).collect();
    let Some(own) = actors.iter().position(|a| a.account == account) else { return Millibits::ZERO };
    // As far as the others hold up without their strongest, there is a group at all.
    let held = group::posterior(validated.without_strongest, 0.5);
    odds_of(context, group::share_without(&bits, own) * held) + actors[own].alike
}

/// Bits of the whole, and of the whole without its strongest member.
///
/// Members that a shared object holds count as one block, by its group test: it weighs all who use it, the crowd
/// included, and has paid for the number of objects tested. Every other member adds its own bits less
/// the prior. Blocks and other members are tied by the strongest links that hold them together, each counted once (a
/// spanning tree).
fn score(
    context: &Context,
    validated: &Groups,
    members: &[Member],
    pairs: &[ObjectPair],
) -> (Millibits, Millibits) {
    let blocks: Vec<Option<usize>> = members.iter().map(|m| block(context, m)).collect();
    let strongest = (0..members.len()).max_by_key(|i| (members[*i].bits, std::cmp::Reverse(*i)));
    let total = |left_out: Option<usize>| -> Millibits {
        // A node per block, named by its object, and a node per other member.
        let node = |i: usize| blocks[i].map_or((1, i), |object| (0, object));
        let kept: Vec<usize> = (0..members.len()).filter(|i| Some(*i) != left_out).collect();
        let nodes: BTreeSet<(u8, usize)> = kept.iter().map(|i| node(*i)).collect();
        let index: BTreeMap<(u8, usize), u32> = nodes.iter().zip(0..).map(|(n, i)| (*n, i)).collect();
        let of: BTreeMap<AccountId, u32> =
            kept.iter().map(|i| (members[*i].account, index[&node(*i)])).collect();
        let edges: Vec<Edge> = best_links(context, pairs)
            .into_iter()
            .filter_map(|((a, b), bits)| Some(Edge::new(*of.get(&a)?, *of.get(&b)?, bits.0.max(0) as u64)))
            .filter(|e| e.u != e.v)
            .collect();
        let tree = heaviest_tree(nodes.len() as u32, &edges);
        let alone: Millibits =
            kept.iter().filter(|i| blocks[**i].is_none()).map(|i| own(&members[*i]) - context.prior()).sum();
        let in_blocks: Millibits = nodes
            .iter()
            .filter(|n| n.0 == 0)
            .map(|(_, object)| {
                let v = validated.validated[object];
                let without = left_out.is_some_and(|i| blocks[i] == Some(*object));
                if without { v.without_strongest } else { v.net }
            })
            .sum();
        alone + in_blocks + tree
    };
    (total(None), total(strongest))
}

/// The shared object whose group counts for a member.
fn block(context: &Context, member: &Member) -> Option<usize> {
    let counted = |p: &&Piece| p.by_group && p.bits > Millibits::ZERO;
    let object = member.pieces.iter().find(counted)?.object?;
    context.objects.binary_search_by_key(&object, |s| s.object).ok()
}

/// What a member brings of its own: its episode and what reports say.
fn own(member: &Member) -> Millibits {
    let of_its_own = |p: &&Piece| matches!(p.kind.family(), Family::Episode | Family::Reports);
    member.pieces.iter().filter(of_its_own).map(|p| p.bits).sum()
}

/// The strongest link of every pair of accounts.
fn best_links(context: &Context, pairs: &[ObjectPair]) -> BTreeMap<(AccountId, AccountId), Millibits> {
    let mut best: BTreeMap<(AccountId, AccountId), Millibits> = BTreeMap::new();
    for run in pairs.chunk_by(|x, y| (x.a, x.b) == (y.a, y.b)) {
        let (a, b) = (context.account(run[0].a), context.account(run[0].b));
        let entry = best.entry((a.min(b), a.max(b))).or_default();
        *entry = (*entry).max(pair_bits(context, run));
    }
    best
}

/// The weight of the heaviest forest; of parallel edges only the heaviest counts.
fn heaviest_tree(nodes: u32, edges: &[Edge]) -> Millibits {
    let mut heaviest: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    for e in edges {
        let entry = heaviest.entry((e.u.min(e.v), e.u.max(e.v))).or_default();
        *entry = (*entry).max(e.weight);
    }
    let single: Vec<Edge> = heaviest.into_iter().map(|((u, v), w)| Edge::new(u, v, w)).collect();
    let graph = Csr::from_edges(nodes, &single).expect("ends are nodes, weights are bits");
    let weight: u64 = maximum_spanning_forest(&graph).iter().map(|e| e.weight).sum();
    Millibits(i64::try_from(weight).unwrap_or(i64::MAX))
}

/// Families of which at least two members have evidence that counts.
fn families(members: &[Member]) -> Vec<Family> {
    Family::ALL
        .into_iter()
        .filter(|family| {
            let with = members
                .iter()
                // Without logins an odd episode rests on the fills alone, as common purchases do.
                .filter(|m| *family != Family::Episode || m.role == Role::Victim)
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
