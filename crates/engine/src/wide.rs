//! The tables on request: what the stages worked out on the way, one row per action, pair, occasion and account.

mod action_rows;

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_community::Resolution;
use itoguchi_model::{
    AccountId, Instant, Millibits, Money,
    results::{Community, FeatureRow, LinkRow, OccasionRow, Wide},
    tables::{Execution, Login, LoginEvent},
    time::JstDate,
};
use itoguchi_rings::{
    Context,
    form::Ring,
    objects::{Object, of_login},
    rows::{self, account_name, episode},
};
use itoguchi_signals::occasions::equal_range;
use rayon::prelude::*;

use crate::{
    Config, EngineError, accounts,
    links::{self, Floor, Link},
};

/// Resolutions of the communities, as multiples of the setting.
const RESOLUTIONS: [f64; 3] = [1.0, 10.0, 100.0];

/// The rows of the tables on request, from what the stages found. Cost: the links once more, two partitions of the
/// account graph more than without them, and one pass over all rows. Memory: a row of `actions` for each row in.
pub fn tables(
    context: &Context,
    rings: &[Ring],
    links: &[Link],
    config: &Config,
) -> Result<Wide, EngineError> {
    let communities = communities(context, links, config.rings.resolution_bits)?;
    let linked = linked(links);
    let accounts = context.case.names.accounts.len();
    Ok(Wide {
        actions: action_rows::rows(context.case, context.occasions),
        all_links: all_links(context, rings, config)?,
        occasions: (0..context.occasions.len()).into_par_iter().map(|i| occasion(context, i)).collect(),
        account_features: (0..accounts)
            .into_par_iter()
            .map(|i| features(context, AccountId(i as u32), &linked, &communities[i]))
            .collect(),
    })
}

/// Every link of as many bits as the setting asks, whatever chance has to say of it.
fn all_links(context: &Context, rings: &[Ring], config: &Config) -> Result<Vec<LinkRow>, EngineError> {
    let bits = Millibits::from_bits(config.tables.link_floor_bits);
    let mut found = links::all(context, rings, &config.coaction, Floor { bits, q_value: 1.0 })?;
    found.retain(|link| link.ring.is_some() || link.bits >= bits);
    let ids: Vec<String> = rings.iter().map(|ring| rows::ring_id(context, ring)).collect();
    Ok(links::rows(context.case, &found, &ids))
}

fn occasion(context: &Context, i: usize) -> OccasionRow {
    let (occasion, mark) = (&context.occasions[i], &context.marks[i]);
    OccasionRow {
        session: episode(context, i),
        access: mark.access,
        trading: mark.trading,
        logins: occasion.logins().count() as u32,
        fills: occasion.fills.len() as u32,
        history: occasion.history,
        day_only: occasion.day_only,
        marked: context.is_marked(i),
    }
}

/// Links of each account by kind: how many, and the bits of the strongest.
type Linked = BTreeMap<AccountId, [(u32, Millibits); 8]>;

fn linked(links: &[Link]) -> Linked {
    let mut of = Linked::new();
    for link in links {
        let Some(place) = FeatureRow::KINDS.iter().position(|k| *k == link.kind) else { continue };
        for account in [link.a, link.b] {
            let (count, bits) = &mut of.entry(account).or_default()[place];
            *bits = if *count == 0 { link.bits } else { (*bits).max(link.bits) };
            *count += 1;
        }
    }
    of
}

/// Of each account its degree and its communities, one for each resolution.
fn communities(
    context: &Context,
    links: &[Link],
    resolution_bits: f64,
) -> Result<Vec<(u32, [Community; 3])>, EngineError> {
    let graph = accounts::graph(context, links)?;
    let mut of: Vec<(u32, [Community; 3])> =
        (0..graph.nodes()).map(|node| (graph.degree(node) as u32, Default::default())).collect();
    for (place, factor) in RESOLUTIONS.iter().enumerate() {
        let bits = Millibits::from_bits(resolution_bits * factor);
        let numbers = accounts::numbered(context, &graph, Resolution::whole(bits.0.max(0) as u64))?;
        let mut sizes: BTreeMap<u32, u32> = BTreeMap::new();
        for number in numbers.iter().filter(|n| **n > 0) {
            *sizes.entry(*number).or_default() += 1;
        }
        for ((_, communities), number) in of.iter_mut().zip(numbers) {
            communities[place] = Community { number, accounts: sizes.get(&number).copied().unwrap_or(0) };
        }
    }
    Ok(of)
}

fn features(
    context: &Context,
    account: AccountId,
    linked: &Linked,
    (degree, communities): &(u32, [Community; 3]),
) -> FeatureRow {
    let case = context.case;
    let (from, to) = equal_range(&case.logins, |l| l.account, account);
    let logins = &case.logins[from..to];
    let (from, to) = equal_range(&case.executions, |x| x.account, account);
    let fills = &case.executions[from..to];
    let (from, to) = equal_range(context.occasions, |o| o.account, account);
    let (devices, addresses) = used(context, logins);
    let total = |sale: bool| -> Option<i64> {
        case.detail.known(())?;
        let yen: Option<Money> =
            fills.iter().filter(|f| f.side.is_sale() == sale).map(|f| context.market.yen(f)).sum();
        yen.map(Money::whole)
    };
    let seen = seen(logins, fills);
    let count = |which: &dyn Fn(&Login) -> bool| logins.iter().filter(|l| which(l)).count() as u32;
    FeatureRow {
        account: account_name(case, account),
        seen,
        history_days: seen.map_or(0, |(first, last)| days(first, last)),
        active_days: active_days(logins, fills),
        logins: count(&|l| l.event == LoginEvent::Login && l.success),
        login_failures: count(&|l| {
            l.event == LoginEvent::MfaFail || (l.event == LoginEvent::Login && !l.success)
        }),
        credential_changes: count(&|l| changes_credentials(l.event)),
        devices,
        addresses,
        buys: fills.iter().filter(|f| !f.side.is_sale()).count() as u32,
        sells: fills.iter().filter(|f| f.side.is_sale()).count() as u32,
        instruments: fills.iter().map(|f| f.instrument).collect::<BTreeSet<_>>().len() as u32,
        bought_jpy: total(false),
        sold_jpy: total(true),
        occasions: (to - from) as u32,
        marked: (from..to).filter(|i| context.is_marked(*i)).count() as u32,
        episodes: (from..to).filter(|i| context.is_marked(*i) && context.marks[*i].both).count() as u32,
        oddest: (from..to).map(|i| context.marks[i].bits).max(),
        degree: *degree,
        links: linked.get(&account).copied().unwrap_or_default(),
        communities: *communities,
    }
}

fn changes_credentials(event: LoginEvent) -> bool {
    !matches!(event, LoginEvent::Login | LoginEvent::Logout | LoginEvent::MfaFail)
}

/// Distinct devices and addresses.
fn used(context: &Context, logins: &[Login]) -> (u32, u32) {
    let objects: BTreeSet<Object> = logins.iter().flat_map(|l| of_login(context.case, l)).collect();
    let devices = objects.iter().filter(|o| matches!(o, Object::Device(_))).count();
    (devices as u32, (objects.len() - devices) as u32)
}

/// First and last act; both lists are sorted by time.
fn seen(logins: &[Login], fills: &[Execution]) -> Option<(Instant, Instant)> {
    let first = logins.first().map(|l| l.time).into_iter().chain(fills.first().map(|f| f.time)).min()?;
    let last = logins.last().map(|l| l.time).into_iter().chain(fills.last().map(|f| f.time)).max()?;
    Some((first, last))
}

fn days(first: Instant, last: Instant) -> u32 {
    let midnights = last.jst_date().midnight().since(first.jst_date().midnight());
    u32::try_from(midnights / itoguchi_model::time::DAY).unwrap_or(u32::MAX).saturating_add(1)
}

fn active_days(logins: &[Login], fills: &[Execution]) -> u32 {
    let times = logins.iter().map(|l| l.time).chain(fills.iter().map(|f| f.time));
    times.map(Instant::jst_date).collect::<BTreeSet<JstDate>>().len() as u32
}
