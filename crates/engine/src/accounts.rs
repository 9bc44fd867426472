//! The account graph over all links, its communities, and the rows of `accounts`.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_community::{LeidenOptions, Objective, Resolution, key_of, leiden};
use itoguchi_graph::{Csr, Edge};
use itoguchi_model::{
    AccountId, Millibits, Role,
    results::{AccountRow, RingRow},
};
use itoguchi_rings::{Context, form::Ring, rows::account_name};
use itoguchi_signals::occasions::equal_range;

use crate::{EngineError, links::Link};

/// One row per account: how many accounts it is linked to, its community among them, its ring.
pub fn rows(
    context: &Context,
    rings: &[Ring],
    ring_rows: &[RingRow],
    links: &[Link],
    resolution: Resolution,
) -> Result<Vec<AccountRow>, EngineError> {
    let accounts = context.case.names.accounts.len();
    let graph = graph(context, links)?;
    let communities = numbered(context, &graph, resolution)?;
    let ring_of = strongest_ring(rings);
    let episode_of = strongest_episode(context);
    Ok((0..accounts as u32)
        .map(|i| {
            let account = AccountId(i);
            let ring = ring_of.get(&account);
            AccountRow {
                account: account_name(context.case, account),
                degree: graph.degree(i) as u32,
                community: communities[i as usize],
                ring_id: ring.map(|(index, ..)| ring_rows[*index].ring_id.clone()),
                role: ring.map(|(_, role, _)| *role),
                bits: ring.map(|(.., bits)| *bits).or_else(|| episode_of.get(&account).copied()),
                reported: reported(context, account),
            }
        })
        .collect())
}

/// The graph of accounts that `links` make, weighed in thousandths of a bit.
pub(crate) fn graph(context: &Context, links: &[Link]) -> Result<Csr, EngineError> {
    let edges: Vec<Edge> = links.iter().map(|l| Edge::new(l.a.0, l.b.0, l.bits.0.max(0) as u64)).collect();
    Ok(Csr::from_edges(context.case.names.accounts.len() as u32, &edges)?)
}

/// Communities numbered from 1 in the order of their first account; 0 for accounts without links.
pub(crate) fn numbered(
    context: &Context,
    graph: &Csr,
    resolution: Resolution,
) -> Result<Vec<u32>, EngineError> {
    let name = |node| account_name(context.case, AccountId(node)).to_string();
    let keys: Vec<u64> = (0..graph.nodes()).map(|node| key_of(&name(node))).collect();
    let options = LeidenOptions { keys: Some(&keys), ..LeidenOptions::new(Objective::cpm(resolution)) };
    let partition = leiden(graph, &options)?;
    let mut numbers: BTreeMap<u32, u32> = BTreeMap::new();
    Ok((0..graph.nodes())
        .map(|node| {
            if graph.degree(node) == 0 {
                return 0;
            }
            let next = numbers.len() as u32 + 1;
            *numbers.entry(partition.labels()[node as usize]).or_insert(next)
        })
        .collect())
}

/// The kinds that reports state of an account, sorted.
fn reported(context: &Context, account: AccountId) -> Vec<String> {
    let (from, to) = equal_range(&context.case.reports, |r| r.account, account);
    let kinds: BTreeSet<&str> = context.case.reports[from..to].iter().map(|r| r.kind.name()).collect();
    kinds.into_iter().map(str::to_owned).collect()
}

fn strongest_ring(rings: &[Ring]) -> BTreeMap<AccountId, (usize, Role, Millibits)> {
    let mut of: BTreeMap<AccountId, (usize, Role, Millibits)> = BTreeMap::new();
    for (index, ring) in rings.iter().enumerate() {
        for member in &ring.members {
            let entry = of.entry(member.account).or_insert((index, member.role, member.bits));
            if member.bits > entry.2 {
                *entry = (index, member.role, member.bits);
            }
        }
    }
    of
}

fn strongest_episode(context: &Context) -> BTreeMap<AccountId, Millibits> {
    let mut of: BTreeMap<AccountId, Millibits> = BTreeMap::new();
    for i in (0..context.occasions.len()).filter(|i| context.is_marked(*i)) {
        let bits = of.entry(context.occasions[i].account).or_insert(context.marks[i].bits);
        *bits = (*bits).max(context.marks[i].bits);
    }
    of
}
