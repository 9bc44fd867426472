//! From a case to the rows of every table.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_coaction::CoactionError;
use itoguchi_community::{CommunityError, LeidenOptions, Objective, Resolution, key_of, leiden};
use itoguchi_graph::{Csr, Edge, GraphError};
use itoguchi_model::{
    AccountId, Millibits,
    progress::Progress,
    results::{AccountName, BurstRow, EvidenceRow, RejectRow, Results, Statement},
    tables::{Case, Detail, ReportKind},
    time::DAY,
};
use itoguchi_rings::{
    Context, ObjectPair, Settings, candidates, form,
    form::Ring,
    objects::{self, Shared, SharedLogins, Sources, Validated},
    prior, rows,
    rows::RingRows,
};
use itoguchi_signals::{
    bursts::{self, Burst, Counted},
    judged::Judged,
    market::{Market, MarketIndex},
    occasions::{self, Occasion},
    sellers::{self, Sale},
    surprise::{self, Events, JointEvents, Mark, Marked},
    trading::{self, TradeView},
    ways::Ways,
};
use rayon::prelude::*;
use tracing::info_span;

use crate::{accounts, actions::Population, config::Config, links, links::Floor, wide};

/// How far back from a report the hijack it speaks of is looked for.
const REPORT_REACH: i64 = 60 * DAY;

/// How often rings are looked for: see [`analyse`].
const ROUNDS: usize = 2;

/// What a run found, and what its reader should know.
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    /// The rows of every table.
    pub results: Results,
    /// What was not available and what was decided because of it. In a fixed order.
    pub notes: Vec<Statement>,
    /// Accounts in the data.
    pub accounts: u32,
    /// log2 of them: what must be overcome before an account is named.
    pub prior: Millibits,
}

/// A run that could not be finished.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The user asked to stop.
    #[error("interrupted")]
    Cancelled,
    /// The data exceed what a kernel can hold.
    #[error("co-action: {0}")]
    Coaction(#[from] CoactionError),
    /// The account graph exceeds what it can hold.
    #[error("account graph: {0}")]
    Graph(#[from] GraphError),
    /// The account graph exceeds what exact gains can hold.
    #[error("communities: {0}")]
    Community(#[from] CommunityError),
}

/// Runs every stage on `case`.
///
/// # Errors
/// [`EngineError::Cancelled`] if `progress` says so between stages; others where a kernel refuses.
/// # Determinism
/// The rows depend on the rows of the case and on `config` alone.
pub fn analyse(case: &Case, config: &Config, progress: &dyn Progress) -> Result<Analysis, EngineError> {
    run(case, None, config, progress)
}

/// Runs every stage after the accounts were judged one by one: each broker did that on its own records, and `case` holds
/// what it handed over.
///
/// # Errors
/// As [`analyse`].
/// # Determinism
/// The rows depend on the rows of the case, on `judged` and on `config` alone.
pub fn analyse_judged(
    case: &Case,
    judged: Judged,
    config: &Config,
    progress: &dyn Progress,
) -> Result<Analysis, EngineError> {
    run(case, Some(judged), config, progress)
}

fn run(
    case: &Case,
    judged: Option<Judged>,
    config: &Config,
    progress: &dyn Progress,
) -> Result<Analysis, EngineError> {
    let settings = config.ring_settings();
    let index = MarketIndex::new(case);
    let market = Market::new(case, &index);

    let fills = case.executions.len() as u64;
    let (told, (sales, known)) = match judged {
        Some(Judged { occasions, trades, sales, known }) => (Some((occasions, trades)), (Some(sales), known)),
        None => (None, (None, bursts::held_before(case))),
    };
    let found_bursts = stage(progress, "bursts", fills, || bursts::find(case, &market, &known))?;
    let sales = stage(progress, "sellers", fills, || match sales {
        Some(mut told) => {
            sellers::weigh(&mut told);
            told
        }
        None => sellers::sales(case, &market),
    })?;
    let rows_in = (case.logins.len() + case.executions.len()) as u64;
    let (occasions, trades, events, joint, shared_logins) = stage(progress, "occasions", rows_in, || {
        let (occasions, trades) = told.unwrap_or_else(|| {
            let occasions = occasions::cut(case);
            let trades = trading::judge(case, &market, &occasions);
            (occasions, trades)
        });
        let events = surprise::buying_events(case, &occasions);
        let joint = surprise::joint_events(&occasions, &events);
        let shared_logins = SharedLogins::new(case, &occasions);
        (occasions, trades, events, joint, shared_logins)
    })?;
    let ways = Ways::new(case, &occasions);
    // Members of rings are no part of ordinary life: once found, nobody is judged against them. The first round finds
    // the rings that stand out, the second those that hid behind them.
    let resolution = Resolution::whole(Millibits::from_bits(config.rings.resolution_bits).0.max(0) as u64);
    let mut explained = vec![false; occasions.len()];
    let mut round = Round::default();
    for _ in 0..ROUNDS {
        // What the round before knew is not needed any more, and as large as what this one will know.
        drop(std::mem::take(&mut round));
        let basis = Basis {
            case,
            market,
            occasions: &occasions,
            trades: &trades,
            events: &events,
            joint: &joint,
            ways: &ways,
            sales: &sales,
            shared_logins: &shared_logins,
        };
        round = basis.round(&explained, config, &settings, resolution, progress)?;
        for occasion in round.rings.iter().flat_map(|r| &r.members).flat_map(|m| &m.occasions) {
            explained[*occasion as usize] = true;
        }
        if round.rings.is_empty() {
            break;
        }
    }
    let Round { marks, reported, shared, validated, pairs, rings } = round;
    let context = Context {
        case,
        market,
        occasions: &occasions,
        marks: &marks,
        reported: &reported,
        events: &events,
        objects: &shared,
        validated: &validated,
        pairs: &pairs,
        sales: &sales,
        settings: &settings,
    };
    let links = stage(progress, "links", case.executions.len() as u64, || {
        links::all(&context, &rings, &config.coaction, Floor::of(&context, &config.coaction))
    })??;
    let wide = match config.tables.wide {
        true => Some(stage(progress, "wide tables", case.names.accounts.len() as u64, || {
            wide::tables(&context, &rings, &links, config)
        })??),
        false => None,
    };
    stage(progress, "tables", case.names.accounts.len() as u64, || {
        let mut results = tables(&context, rings, &links, &found_bursts, resolution)?;
        let mut outside = lone_episodes(&context, &results);
        outside.extend(links::evidence(&context, &links, &config.coaction)?);
        outside.par_sort_by(|a, b| {
            (&a.subject, a.kind, &a.object, a.start).cmp(&(&b.subject, b.kind, &b.object, b.start))
        });
        results.evidence.extend(outside);
        results.wide = wide;
        Ok(Analysis {
            results,
            notes: notes(case, &occasions),
            accounts: case.names.accounts.len() as u32,
            prior: prior(case),
        })
    })?
}

/// What does not change between rounds.
#[derive(Clone, Copy)]
struct Basis<'a> {
    case: &'a Case,
    market: Market<'a>,
    occasions: &'a [Occasion],
    trades: &'a [TradeView],
    events: &'a Events,
    joint: &'a JointEvents,
    ways: &'a Ways<'a>,
    sales: &'a [Sale],
    shared_logins: &'a SharedLogins,
}

/// What a round finds.
#[derive(Default)]
struct Round {
    marks: Vec<Mark>,
    reported: Vec<Millibits>,
    shared: Vec<Shared>,
    validated: Vec<Validated>,
    pairs: Vec<ObjectPair>,
    rings: Vec<Ring>,
}

impl Basis<'_> {
    fn round(
        &self,
        explained: &[bool],
        config: &Config,
        settings: &Settings,
        resolution: Resolution,
        progress: &dyn Progress,
    ) -> Result<Round, EngineError> {
        let Self { case, market, occasions, trades, events, joint, ways, sales, shared_logins } = *self;
        let (marked, reported) = stage(progress, "marks", occasions.len() as u64, || {
            let mut marked =
                surprise::mark(occasions, trades, events, joint, ways, &shared_logins.crowds(), explained);
            let reported = apply_reports(case, occasions, events, joint, &mut marked, settings.report_bits);
            (marked, reported)
        })?;
        let (shared, validated, pairs) = stage(progress, "co-action", occasions.len() as u64, || {
            let from = Sources { case, market, sales, occasions, events, joint, logins: shared_logins };
            let shared = objects::collect(&from, &marked);
            let validated = objects::validate(&shared, &marked.marks, settings);
            let (marks, objects, coaction) = (&marked.marks, &shared, &config.coaction);
            let population = Population {
                case,
                occasions,
                marks,
                events,
                objects,
                validated: &validated,
                settings,
                coaction,
            };
            let pairs = population.pairs();
            pairs.map(|pairs| (shared, validated, pairs))
        })??;
        let context = Context {
            case,
            market,
            occasions,
            marks: &marked.marks,
            reported: &reported,
            events,
            objects: &shared,
            validated: &validated,
            pairs: &pairs,
            sales,
            settings,
        };
        let communities =
            stage(progress, "communities", pairs.len() as u64, || communities(&context, resolution))??;
        let rings =
            stage(progress, "rings", communities.len() as u64, || form::rings(&context, &communities))?;
        Ok(Round { marks: marked.marks, reported, shared, validated, pairs, rings })
    }
}

fn stage<T>(
    progress: &dyn Progress,
    name: &'static str,
    rows: u64,
    work: impl FnOnce() -> T,
) -> Result<T, EngineError> {
    if progress.cancelled() {
        return Err(EngineError::Cancelled);
    }
    let span = info_span!("stage", name, rows);
    let _entered = span.enter();
    progress.begin(name, 0);
    let done = work();
    progress.end(rows);
    Ok(done)
}

/// Adds what reports say of victims to the oddest occasion in the sixty days before, and takes what came before a
/// clearance out of consideration. Returns what was added, per occasion.
fn apply_reports(
    case: &Case,
    all: &[Occasion],
    events: &Events,
    joint: &JointEvents,
    marked: &mut Marked,
    worth: Millibits,
) -> Vec<Millibits> {
    let mut added = vec![Millibits::ZERO; all.len()];
    let mut cleared = vec![false; all.len()];
    let marks = &mut marked.marks;
    for report in &case.reports {
        let (from, to) = occasions::equal_range(all, |o| o.account, report.account);
        match report.kind {
            ReportKind::Victim => {
                let reachable = (from..to).filter(|i| {
                    let before = report.reported_at.since(all[*i].start);
                    (0..=REPORT_REACH).contains(&before) && marks[*i].both
                });
                let oddest = reachable.max_by_key(|i| (marks[*i].bits, usize::MAX - i));
                if let Some(i) = oddest.filter(|i| added[*i] == Millibits::ZERO) {
                    added[i] = worth;
                    marks[i].bits += worth;
                    marks[i].given_name += worth;
                }
            }
            ReportKind::Cleared => {
                for i in (from..to).filter(|i| all[*i].start <= report.reported_at) {
                    marks[i].bits = Millibits((marks[i].bits - added[i]).0.min(0));
                    marks[i].given_name = marks[i].given_name.min(marks[i].bits);
                    added[i] = Millibits::ZERO;
                    cleared[i] = true;
                }
            }
            ReportKind::Suspect => {}
        }
    }
    let given = marked.given.iter_mut().chain(&mut marked.given_both);
    for (event, given) in events.values().chain(joint.values()).zip(given) {
        for (i, bits) in event.iter().map(|i| *i as usize).zip(&mut given.bits) {
            *bits = if cleared[i] { Millibits(bits.0.min(0)) } else { *bits + added[i] };
        }
    }
    added
}

/// Communities of odd occasions: lists of occasions, each ascending.
fn communities(context: &Context, resolution: Resolution) -> Result<Vec<Vec<u32>>, EngineError> {
    let edges = form::edges(context);
    let nodes: BTreeSet<u32> = edges.iter().flat_map(|e| [e.u, e.v]).collect();
    let at: BTreeMap<u32, u32> = nodes.iter().zip(0..).map(|(o, i)| (*o, i)).collect();
    let local: Vec<Edge> = edges.iter().map(|e| Edge::new(at[&e.u], at[&e.v], e.weight)).collect();
    let graph = Csr::from_edges(nodes.len() as u32, &local)?;
    let keys: Vec<u64> = nodes.iter().map(|occasion| key_of(&occasion_name(context, *occasion))).collect();
    let options = LeidenOptions { keys: Some(&keys), ..LeidenOptions::new(Objective::cpm(resolution)) };
    let partition = leiden(&graph, &options)?;
    let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (occasion, label) in nodes.iter().zip(partition.labels()) {
        members.entry(*label).or_default().push(*occasion);
    }
    Ok(members.into_values().collect())
}

/// Names an occasion by what it is, so that others do not change how it is dealt with.
fn occasion_name(context: &Context, occasion: u32) -> String {
    let occasion = &context.occasions[occasion as usize];
    format!("{} {}", rows::account_name(context.case, occasion.account), occasion.start)
}

fn tables(
    context: &Context,
    mut rings: Vec<Ring>,
    links: &[links::Link],
    found_bursts: &[Burst],
    resolution: Resolution,
) -> Result<Results, EngineError> {
    let case = context.case;
    let mut parts: Vec<(usize, RingRows)> =
        rings.iter().map(|r| rows::of_ring(context, r, found_bursts)).enumerate().collect();
    let ids: Vec<String> = parts.iter().map(|(_, r)| r.ring.ring_id.clone()).collect();
    let link_rows = links::rows(case, links, &ids);
    let account_rows = {
        let ring_rows: Vec<_> = parts.iter().map(|(_, r)| r.ring.clone()).collect();
        accounts::rows(context, &rings, &ring_rows, links, resolution)?
    };
    let candidates = candidates::rows(context, &rings, &ids);
    rings.clear();
    parts.sort_by(|(_, a), (_, b)| (b.ring.score, &a.ring.ring_id).cmp(&(a.ring.score, &b.ring.ring_id)));
    let mut results = Results { links: link_rows, accounts: account_rows, candidates, ..Results::default() };
    for (_, part) in parts {
        results.rings.push(part.ring);
        results.ring_members.extend(part.members);
        results.ring_infrastructure.extend(part.infrastructure);
        results.ring_instruments.extend(part.instruments);
        results.ring_days.extend(part.days);
        results.ring_sellers.extend(part.sellers);
        results.ring_acts.extend(part.acts);
        results.evidence.extend(part.evidence);
    }
    results.episodes = (0..context.occasions.len())
        .filter(|i| context.is_marked(*i) && context.marks[*i].both)
        .map(|i| rows::episode(context, i))
        .collect();
    results.episodes.sort_by(|a, b| (a.start, &a.account, a.end).cmp(&(b.start, &b.account, b.end)));
    results.bursts = found_bursts.iter().map(|b| burst_row(case, b)).collect();
    results.rejects = reject_rows(case);
    Ok(results)
}

/// Evidence of the episodes that no ring's members have.
fn lone_episodes(context: &Context, results: &Results) -> Vec<EvidenceRow> {
    let in_ring: BTreeSet<&AccountName> = results.ring_members.iter().map(|m| &m.account).collect();
    (0..context.occasions.len())
        .filter(|i| context.is_marked(*i) && context.marks[*i].both)
        .filter(|i| !in_ring.contains(&rows::account_name(context.case, context.occasions[*i].account)))
        .map(|i| rows::lone_episode(context, i as u32))
        .collect()
}

fn burst_row(case: &Case, burst: &Burst) -> BurstRow {
    let brokers: BTreeSet<&str> = burst.accounts.iter().map(|a| case.names.broker(*a)).collect();
    BurstRow {
        instrument: case.names.instrument(burst.instrument).to_owned(),
        side: if burst.counted == Counted::FirstBuyers { "buy" } else { "sell" },
        start: burst.window.0,
        end: burst.window.1,
        accounts: burst.accounts.len() as u32,
        expected: burst.expected,
        q_value: burst.q_value,
        brokers: brokers.into_iter().map(str::to_owned).collect(),
        price_impact: burst.price_impact,
        volume_ratio: burst.volume_ratio,
    }
}

fn reject_rows(case: &Case) -> Vec<RejectRow> {
    case.rejects
        .iter()
        .map(|r| RejectRow {
            source_file: case.sources[r.source.file as usize].path.clone(),
            row: u64::from(r.source.row),
            column: r.column.clone(),
            value: r.value.clone(),
            reason: r.reason.clone(),
        })
        .collect()
}

/// What was not available, and what was decided because of it.
fn notes(case: &Case, all: &[Occasion]) -> Vec<Statement> {
    let mut notes = case.warnings.clone();
    let mut missing = |absent: bool, en: &str, ja: &str| {
        if absent {
            notes.push(Statement::new(en, ja));
        }
    };
    missing(
        case.logins.is_empty(),
        "No logins: no hijack episode can be seen, and no ring can be named.",
        "ログイン履歴なし: 乗っ取りの有無は判断できず、リングは特定できない。",
    );
    missing(
        case.bars.is_empty(),
        "No bars: price, volume and the estimated loss are not known.",
        "株価データなし: 株価・出来高・推定損害額は不明。",
    );
    let full = case.detail == Detail::Full;
    missing(
        !full,
        "From bundles: addresses, devices and programs are tokens, times are to the minute, quantities are known as classes of size; prices and amounts are not known. Possible matches of one trade were not looked for.",
        "共有データに基づく: 接続元・端末・プログラムはトークン、時刻は分単位、数量は区分のみ。価格と金額は不明。同一取引の可能性は調べていない。",
    );
    missing(
        !full,
        "From bundles: what is odd about each account was judged by its own broker, on all that it knows.",
        "共有データに基づく: 各口座の異常性は、その証券会社が自社の全データにより判断した。",
    );
    missing(
        full && case.holdings.is_empty(),
        "No opening holdings: whether an account sold everything is not known.",
        "期首保有残高なし: 全売却か否かは不明。",
    );
    missing(
        full && case.accounts.is_empty(),
        "No account facts: age and kind of account were not used.",
        "口座情報なし: 口座開設日と口座種別は用いていない。",
    );
    let no_ports = full && !case.logins.is_empty() && case.logins.iter().all(|l| l.src_port.is_none());
    missing(
        no_ports,
        "No source ports: behind carrier NAT a subscriber cannot be told from an address alone.",
        "送信元ポート番号なし: 通信事業者のNAT配下では、IPアドレスのみから契約者を特定できない。",
    );
    let no_devices = !case.logins.is_empty() && case.logins.iter().all(|l| !l.device.is_some());
    missing(
        no_devices,
        "No devices: accounts can be linked by address and trades only.",
        "端末識別子なし: 口座の関連付けは接続元と取引のみによる。",
    );
    missing(
        case.executions.iter().any(|x| x.precision == itoguchi_model::Precision::Day),
        "Some trades are known by day only: they were compared by day, not by minute.",
        "約定の一部は日付のみ判明: 分単位ではなく日単位で比較した。",
    );
    missing(
        true,
        "NISA holdings are not marked in the data: signal A14 was not used.",
        "NISA口座の保有の区別がデータにないため、シグナル A14 は用いていない。",
    );
    for broker in brokers_without_logins(case) {
        notes.push(Statement::new(
            format!("{broker}: no logins. Its accounts can be linked, not called victims."),
            format!("{broker}: ログイン履歴なし。口座の関連付けは可能だが、被害口座とは判断できない。"),
        ));
    }
    for report in case.reports.iter().filter(|r| r.kind == ReportKind::Cleared) {
        let (from, to) = occasions::equal_range(all, |o| o.account, report.account);
        let before = (from..to).filter(|i| all[*i].start <= report.reported_at).count();
        let (account, at) = (case.names.account(report.account), report.reported_at.jst());
        notes.push(Statement::new(
            format!(
                "{account}: cleared on {at}; {before} occasion(s) before that were not considered, unless reported anew."
            ),
            format!("{account}: {at} に関連なしと判断済み。それ以前の {before} 件は、新たな報告がない限り検討対象外。"),
        ));
    }
    notes
}

fn brokers_without_logins(case: &Case) -> Vec<String> {
    if case.logins.is_empty() {
        return Vec::new();
    }
    let broker = |a: AccountId| case.names.accounts[a.index()].0;
    let with: BTreeSet<_> = case.logins.iter().map(|l| broker(l.account)).collect();
    let trading: BTreeSet<_> = case.executions.iter().map(|x| broker(x.account)).collect();
    trading.difference(&with).map(|b| case.names.brokers[b.index()].clone()).collect()
}
