//! Who fell short: accounts that use what a ring's members share, or bought what a group of hijacked accounts bought,
//! and were not named; and what is missing to decide.
//!
//! A candidate is a question, not a finding. It is listed so that somebody can ask the broker for what the data lack.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_model::{
    AccountId, Instant, Kind, Millibits,
    results::CandidateRow,
    tables::{IpClass, ReportKind},
};
use itoguchi_signals::occasions::equal_range;

use crate::{
    Context,
    form::{Ring, odds_of},
    objects::{Actor, Object, Shared},
    rows::account_name,
};

/// A common purchase or an address makes a candidate from so many bits net of the prior on: one in three.
const WORTH_A_LOOK: Millibits = Millibits(-1_000);

/// A candidate before its row is written.
struct Candidate {
    ring: Option<usize>,
    object: u32,
    actor: Actor,
    bits: Millibits,
}

/// The candidates of a run, most bits first. `ids` are the ids of `rings`.
///
/// - Who used a device that members of a ring share, however little else is odd about it: entered and not yet traded is
///   the most common case.
/// - Who shares another thing with members, or bought what a group that holds up bought, and has odds of one in three or
///   better.
///
/// What an account did before a report cleared it makes no candidate; what it did since does. O(actors of these objects).
#[must_use]
pub fn rows(context: &Context, rings: &[Ring], ids: &[String]) -> Vec<CandidateRow> {
    let named: BTreeSet<AccountId> = rings.iter().flat_map(|r| &r.members).map(|m| m.account).collect();
    // Reports are sorted, so the last clearance of an account stays.
    let cleared: BTreeMap<AccountId, Instant> = context
        .case
        .reports
        .iter()
        .filter(|r| r.kind == ReportKind::Cleared)
        .map(|r| (r.account, r.reported_at))
        .collect();
    let mut best: BTreeMap<AccountId, Candidate> = BTreeMap::new();
    let mut consider = |found: Candidate| {
        let account = found.actor.account;
        let start = context.occasions[found.actor.occasion as usize].start;
        if named.contains(&account) || cleared.get(&account).is_some_and(|until| start <= *until) {
            return;
        }
        let known = best.entry(account).or_insert(Candidate { bits: Millibits(i64::MIN), ..found });
        // What ties it to a ring goes before what ties it to a group of which nobody was named.
        if (found.ring.is_some(), found.bits) > (known.ring.is_some(), known.bits) {
            *known = found;
        }
    };
    let shared = shared_by_members(context, rings);
    for (object, ring) in &shared {
        from_object(context, Some(*ring), *object).into_iter().for_each(&mut consider);
    }
    for validated in context.validated.iter().filter(|v| !shared.contains_key(&(v.shared as u32))) {
        from_object(context, None, validated.shared as u32).into_iter().for_each(&mut consider);
    }
    let mut rows: Vec<CandidateRow> = best.values().map(|c| row(context, c, ids)).collect();
    rows.sort_by(|a, b| {
        (b.ring_id.is_some(), b.bits, &a.account).cmp(&(a.ring_id.is_some(), a.bits, &b.account))
    });
    rows
}

/// What members of a ring share, with the first ring that shares it.
fn shared_by_members(context: &Context, rings: &[Ring]) -> BTreeMap<u32, usize> {
    let mut shared = BTreeMap::new();
    for (at, ring) in rings.iter().enumerate() {
        for piece in ring.members.iter().flat_map(|m| &m.pieces).filter(|p| p.kind != Kind::SoldIntoRise) {
            let Some(object) = piece.object else { continue };
            if let Ok(index) = context.objects.binary_search_by_key(&object, |s| s.object) {
                shared.entry(index as u32).or_insert(at);
            }
        }
    }
    shared
}

fn from_object(context: &Context, ring: Option<usize>, object: u32) -> Vec<Candidate> {
    let shared = &context.objects[object as usize];
    let validated = context.validated.binary_search_by_key(&(object as usize), |v| v.shared);
    let of_group = validated.ok().map(|at| odds_of(context, context.validated[at].test.share));
    let of_pair = if shared.is_purchase() { Millibits::ZERO } else { shared.bits(context.case) };
    let worth = of_group.unwrap_or_default().max(of_pair) - context.prior();
    let kind = shared.object.kind();
    shared
        .actors
        .iter()
        .map(|actor| Candidate { ring, object, actor: *actor, bits: actor.bits + worth })
        .filter(|c| c.bits >= WORTH_A_LOOK || (kind == Kind::Device && ring.is_some()))
        .collect()
}

fn row(context: &Context, candidate: &Candidate, ids: &[String]) -> CandidateRow {
    let occasion = &context.occasions[candidate.actor.occasion as usize];
    let shared = &context.objects[candidate.object as usize];
    let source = match occasion.login {
        Some(login) => context.case.logins[login as usize].source,
        // Without a login an occasion is its fills.
        None => context.case.executions[occasion.fills[0] as usize].source,
    };
    CandidateRow {
        ring_id: candidate.ring.map(|r| ids[r].clone()),
        account: account_name(context.case, candidate.actor.account),
        kind: shared.object.kind(),
        object: shared.object.name(context.case),
        bits: candidate.bits,
        needed: context.settings.member_bits,
        missing: missing(context, candidate, shared),
        start: occasion.start,
        end: occasion.end,
        source_file: context.case.sources[source.file as usize].path.clone(),
        source_row: u64::from(source.row),
    }
}

/// What the data lack that could decide, in a fixed order.
fn missing(context: &Context, candidate: &Candidate, shared: &Shared) -> Vec<String> {
    let occasion = &context.occasions[candidate.actor.occasion as usize];
    let login = occasion.login.map(|l| &context.case.logins[l as usize]);
    let mut missing: Vec<&str> = Vec::new();
    let mut ask = |lacking: bool, what| {
        if lacking {
            missing.push(what);
        }
    };
    ask(occasion.fills.is_empty(), "no trade in this session: only entered, so far as the data go");
    ask(login.is_none(), "the login of this session");
    ask(
        login.is_some() && occasion.history == 0,
        "logins before the first in the data: whether its device and network were new",
    );
    ask(login.is_some_and(|l| !l.device.is_some()), "the device of its login");
    let behind_many = matches!(shared.class, IpClass::MobileCgnat | IpClass::FixedShared);
    ask(
        matches!(shared.object, Object::Address(_))
            && behind_many
            && login.is_some_and(|l| l.src_port.is_none()),
        "the source port: the address is shared by a carrier's customers",
    );
    let (from, to) = equal_range(&context.case.holdings, |h| h.account, occasion.account);
    ask(
        !occasion.fills.is_empty() && !context.case.holdings.is_empty() && from == to,
        "its holdings before the session: none are in the data",
    );
    ask(shared.is_purchase(), "a device or address shared with others: only purchases tie it to them");
    missing.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group;

    #[test]
    fn a_look_is_worth_it_from_one_in_three() {
        assert!((group::posterior(WORTH_A_LOOK, 0.5) - 1.0 / 3.0).abs() < 1e-9);
    }
}
