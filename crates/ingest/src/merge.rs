//! Parts to one case: local ids become ranks among all distinct values, and every table is sorted by content.

use std::{collections::BTreeMap, net::IpAddr};

use hashbrown::HashTable;
use itoguchi_model::{
    AccountId, BrokerId, Case, DeviceId, InstrumentId, IpId, TextId,
    results::Statement,
    tables::{Bar, Ip, Names},
};
use rayon::prelude::*;

use crate::{
    error::IngestError,
    part::{Fill, Part},
    pool::{Pool, Pools, spread},
    resolve::{Aliases, UNRESOLVED},
    supersede,
};

/// How many unresolved names a warning lists.
const LISTED: usize = 10;

/// For each part, the rank of each local id.
type Ranks = Vec<Vec<u32>>;

/// Brings `parts` together. Only the tables, names, warnings and counts of the case are filled in.
pub(crate) fn merge(mut parts: Vec<Part>) -> Result<Case, IngestError> {
    let pairs: Vec<(String, String)> =
        parts.iter_mut().flat_map(|part| std::mem::take(&mut part.aliases)).collect();
    let aliases = Aliases::new(pairs.iter().map(|(alias, target)| (alias.as_str(), target.as_str())));
    let mut names = Names::default();
    let ranks = rank_all(&parts, &aliases, &mut names)?;
    let mut case = Case { names, warnings: aliases.warnings().collect(), ..Case::default() };
    parts.par_iter_mut().enumerate().for_each(|(at, part)| {
        ranks.apply(at, part);
        part.pools = Pools::default();
    });
    drop(ranks);
    let sum = |rows: fn(&Part) -> usize| parts.iter().map(rows).sum();
    let mut fills = Vec::with_capacity(sum(|part| part.fills.len()));
    case.logins.reserve_exact(sum(|part| part.logins.len()));
    case.bars.reserve_exact(sum(|part| part.bars.len()));
    case.holdings.reserve_exact(sum(|part| part.holdings.len()));
    case.accounts.reserve_exact(sum(|part| part.accounts.len()));
    for part in parts {
        take(&mut case, &mut fills, part);
    }
    settle(&mut case, fills);
    sort(&mut case);
    flag_unresolved(&mut case);
    Ok(case)
}

/// Moves the rows of `part` to the end of the case's tables.
fn take(case: &mut Case, fills: &mut Vec<Fill>, mut part: Part) {
    case.logins.append(&mut part.logins);
    fills.append(&mut part.fills);
    case.accounts.append(&mut part.accounts);
    case.holdings.append(&mut part.holdings);
    case.bars.append(&mut part.bars);
    case.instruments.append(&mut part.instruments);
    case.fx.append(&mut part.fx);
    case.reports.append(&mut part.reports);
    case.indicators.append(&mut part.indicators);
    case.rejects.append(&mut part.rejects);
}

fn settle(case: &mut Case, fills: Vec<Fill>) {
    let settled = supersede::settle(fills, case.names.texts.len());
    case.executions = settled.executions;
    case.superseded = settled.superseded;
    if settled.differing > 0 {
        let differing = settled.differing;
        case.warnings.push(Statement::new(
            format!(
                "executions: {differing} execution ids are repeated with different content and no correction; of each the \
                 smallest row by content was kept"
            ),
            format!(
                "executions: 訂正の表示なく内容の異なる約定番号の重複が {differing} 件。内容順で最小の行を採用した。"
            ),
        ));
    }
}

/// Rows differ at least in where they were read, so an unstable sort has one outcome.
fn sort(case: &mut Case) {
    case.logins.par_sort_unstable();
    case.executions.par_sort_unstable();
    case.accounts.par_sort_unstable();
    case.holdings.par_sort_unstable();
    case.bars.par_sort_unstable();
    drop_repeated_bars(case);
    case.instruments.par_sort_unstable();
    case.fx.par_sort_unstable();
    case.reports.par_sort_unstable();
    case.indicators.par_sort_unstable();
    case.rejects.par_sort_unstable();
}

fn flag_unresolved(case: &mut Case) {
    let prefix = format!("{UNRESOLVED}:");
    let mut counts: BTreeMap<InstrumentId, u64> = BTreeMap::new();
    let ids = case.names.instruments.iter().enumerate().filter(|(_, name)| name.starts_with(&prefix));
    for (id, _) in ids {
        counts.insert(InstrumentId(id as u32), 0);
    }
    if counts.is_empty() {
        return;
    }
    let rows = case.executions.iter().map(|row| row.instrument);
    let rows = rows.chain(case.holdings.iter().map(|row| row.instrument));
    for instrument in rows.chain(case.bars.iter().map(|row| row.instrument)) {
        if let Some(count) = counts.get_mut(&instrument) {
            *count += 1;
        }
    }
    let total: u64 = counts.values().sum();
    let listed: Vec<String> = counts
        .iter()
        .take(LISTED)
        .map(|(id, rows)| format!("{} ({rows})", case.names.instrument(*id)))
        .collect();
    let more = if counts.len() > LISTED { ", …" } else { "" };
    let (unresolved, listed) = (counts.len(), listed.join(", "));
    case.warnings.push(Statement::new(
        format!(
            "instruments that nothing resolves, kept as they are: {unresolved} in {total} row(s): {listed}{more}; the \
             instruments table resolves names"
        ),
        format!(
            "名寄せできない銘柄(原表記のまま保持): {unresolved} 銘柄、{total} 行: {listed}{more}。instruments 表で名寄せできる。"
        ),
    ));
}

/// Keeps one bar of each instrument, interval and time: pooled brokers bring the same market along, and it must not
/// count several times. Where copies differ the smallest by content stays.
fn drop_repeated_bars(case: &mut Case) {
    let same = |a: &Bar, b: &Bar| (a.instrument, a.interval, a.time) == (b.instrument, b.interval, b.time);
    let all = case.bars.len();
    let values = |b: &Bar| (b.open, b.high, b.low, b.close, b.volume, b.turnover);
    let differing =
        case.bars.windows(2).filter(|w| same(&w[0], &w[1]) && values(&w[0]) != values(&w[1])).count();
    case.bars.dedup_by(|later, kept| same(later, kept));
    let repeated = all - case.bars.len();
    if repeated > 0 {
        case.warnings.push(Statement::new(
            format!(
                "bars that repeat another of the same instrument, interval and time: {repeated}, of which {differing} with \
                 other values; each counts once"
            ),
            format!(
                "同一銘柄・同一足・同一時刻の重複した足: {repeated} 件、うち値の異なるもの {differing} 件。それぞれ1回だけ数える。"
            ),
        ));
    }
}

/// The ranks of every kind of name.
struct AllRanks {
    accounts: Ranks,
    instruments: Ranks,
    devices: Ranks,
    texts: Ranks,
    ips: Ranks,
}

fn rank_all(parts: &[Part], aliases: &Aliases<'_>, names: &mut Names) -> Result<AllRanks, IngestError> {
    let (accounts, account_ranks) = rank(parts, "accounts", |part| &part.pools.accounts)?;
    for key in accounts {
        let (broker, token) = key.split_once('\0').unwrap_or(("", key));
        if names.brokers.last().map(String::as_str) != Some(broker) {
            names.brokers.push(broker.to_owned());
        }
        names.accounts.push((BrokerId(names.brokers.len() as u32 - 1), token.to_owned()));
    }
    let (devices, device_ranks) = rank(parts, "devices", |part| &part.pools.devices)?;
    names.devices = devices.into_iter().map(str::to_owned).collect();
    let (texts, text_ranks) = rank_ids(parts, "texts", |part| &part.pools.texts)?;
    names.texts = texts.into_iter().collect();
    let (ips, ip_ranks) = rank_ips(parts)?;
    names.ips = ips.into_iter().map(Ip::Address).collect();
    let (written, mut instrument_ranks) = rank(parts, "instruments", |part| &part.pools.instruments)?;
    let resolved: Vec<_> = written.into_iter().map(|text| aliases.resolve(text)).collect();
    let mut sorted = resolved.clone();
    sorted.sort_unstable();
    sorted.dedup();
    let final_rank: Vec<u32> = resolved.iter().map(|text| position(&sorted, text)).collect();
    for rank in instrument_ranks.iter_mut().flatten() {
        *rank = final_rank[*rank as usize];
    }
    names.instruments = sorted.into_iter().map(Into::into).collect();
    Ok(AllRanks {
        accounts: account_ranks,
        instruments: instrument_ranks,
        devices: device_ranks,
        texts: text_ranks,
        ips: ip_ranks,
    })
}

fn position<T: Ord>(sorted: &[T], value: &T) -> u32 {
    sorted.binary_search(value).expect("the list was made from these values") as u32
}

/// The sorted distinct texts of one kind of pool, and the rank of each part's texts among them.
fn rank<'a>(
    parts: &'a [Part],
    what: &'static str,
    pool: impl Fn(&'a Part) -> &'a Pool,
) -> Result<(Vec<&'a str>, Ranks), IngestError> {
    let mut distinct: Vec<&str> = Vec::new();
    let mut table: HashTable<(u32, u32)> = HashTable::new();
    let mut ranks: Ranks = Vec::with_capacity(parts.len());
    for pool in parts.iter().map(pool) {
        let number = |text: &'a str| {
            let hash = Pool::hash_of(text);
            let same = |&(h, id): &(u32, u32)| h == hash && distinct[id as usize] == text;
            if let Some(&(_, id)) = table.find(spread(hash), same) {
                return id;
            }
            let id = distinct.len() as u32;
            distinct.push(text);
            table.insert_unique(spread(hash), (hash, id), |&(h, _)| spread(h));
            id
        };
        ranks.push(pool.iter().map(number).collect());
        within(distinct.len(), what)?;
    }
    drop(table);
    // Texts that differ early are told apart without a look at them.
    let mut order: Vec<(u128, u32)> = distinct.iter().map(|text| prefix(text)).zip(0..).collect();
    let text = |id: u32| distinct[id as usize];
    order.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| text(a.1).cmp(text(b.1))));
    let mut rank_of = vec![0; distinct.len()];
    for (rank, (_, id)) in (0..).zip(&order) {
        rank_of[*id as usize] = rank;
    }
    ranks.par_iter_mut().flatten().for_each(|id| *id = rank_of[*id as usize]);
    Ok((order.into_iter().map(|(_, id)| text(id)).collect(), ranks))
}

/// [`rank`], for texts of which few repeat, some of them in one pool.
fn rank_ids<'a>(
    parts: &'a [Part],
    what: &'static str,
    pool: impl Fn(&'a Part) -> &'a Pool,
) -> Result<(Vec<&'a str>, Ranks), IngestError> {
    let pools: Vec<&Pool> = parts.iter().map(pool).collect();
    let mut ranks: Ranks = pools.iter().map(|pool| vec![0; pool.len()]).collect();
    let mut all: Vec<(u64, u32, u32)> = Vec::with_capacity(ranks.iter().map(Vec::len).sum());
    for (part, pool) in (0..).zip(&pools) {
        all.extend(pool.iter().map(|text| (prefix(text) >> 64) as u64).zip(0..).map(|(p, id)| (p, part, id)));
    }
    let text = |entry: &(u64, u32, u32)| pools[entry.1 as usize].get(entry.2);
    all.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| text(a).cmp(text(b))));
    let mut distinct: Vec<&str> = Vec::with_capacity(all.len());
    for entry in &all {
        let text = text(entry);
        if distinct.last() != Some(&text) {
            distinct.push(text);
        }
        ranks[entry.1 as usize][entry.2 as usize] = (distinct.len() - 1) as u32;
    }
    within(distinct.len(), what)?;
    Ok((distinct, ranks))
}

/// The first 16 bytes; sorts as the text does, up to ties.
fn prefix(text: &str) -> u128 {
    let mut bytes = [0; 16];
    let length = text.len().min(16);
    bytes[..length].copy_from_slice(&text.as_bytes()[..length]);
    u128::from_be_bytes(bytes)
}

fn rank_ips(parts: &[Part]) -> Result<(Vec<IpAddr>, Ranks), IngestError> {
    let mut distinct: Vec<IpAddr> = parts.iter().flat_map(|part| part.pools.ips.iter().copied()).collect();
    distinct.par_sort_unstable();
    distinct.dedup();
    within(distinct.len(), "addresses")?;
    let ranks = parts
        .par_iter()
        .map(|part| part.pools.ips.iter().map(|ip| position(&distinct, ip)).collect())
        .collect();
    Ok((distinct, ranks))
}

/// The last number stands for "no value".
fn within(distinct: usize, what: &'static str) -> Result<(), IngestError> {
    let limit = u32::MAX - 1;
    match u32::try_from(distinct) {
        Ok(n) if n <= limit => Ok(()),
        _ => Err(IngestError::TooManyNames { what, limit }),
    }
}

impl AllRanks {
    /// Replaces the local ids in the rows of part number `at`.
    fn apply(&self, at: usize, part: &mut Part) {
        let account = |id: AccountId| id.get().map_or(id, |id| AccountId(self.accounts[at][id.index()]));
        let instrument = |id: InstrumentId| InstrumentId(self.instruments[at][id.index()]);
        let device = |id: DeviceId| id.get().map_or(id, |id| DeviceId(self.devices[at][id.index()]));
        let text = |id: TextId| id.get().map_or(id, |id| TextId(self.texts[at][id.index()]));
        let ip = |id: IpId| id.get().map_or(id, |id| IpId(self.ips[at][id.index()]));
        for row in &mut part.logins {
            row.account = account(row.account);
            row.ip = ip(row.ip);
            row.device = device(row.device);
            row.user_agent = text(row.user_agent);
            row.region = text(row.region);
            row.session = text(row.session);
        }
        for Fill { execution: row, .. } in &mut part.fills {
            row.account = account(row.account);
            row.instrument = instrument(row.instrument);
            row.execution_id = text(row.execution_id);
            row.order_id = text(row.order_id);
            row.session = text(row.session);
            row.venue = text(row.venue);
            row.counterparty = account(row.counterparty);
        }
        for row in &mut part.accounts {
            row.account = account(row.account);
            row.region = text(row.region);
        }
        for row in &mut part.holdings {
            row.account = account(row.account);
            row.instrument = instrument(row.instrument);
        }
        for row in &mut part.bars {
            row.instrument = instrument(row.instrument);
        }
        for row in &mut part.instruments {
            row.instrument = instrument(row.instrument);
            row.name = text(row.name);
        }
        for row in &mut part.reports {
            row.account = account(row.account);
        }
    }
}
