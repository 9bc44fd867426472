//! Planned lives to the tables of the contract.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use arrow::{
    array::{
        ArrayRef, Date32Array, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
        UInt16Array, UInt32Array,
    },
    datatypes::{DataType, Field, Schema},
    error::ArrowError,
};
use itoguchi_ingest::contract;
use rayon::prelude::*;

use crate::{
    clock::{Exchange, midnight},
    draft::Draft,
    life::{FillRow, Life, LoginRow, Surroundings, live},
    params::{AGENTS, AGGREGATOR_AGENT, BROKERS, NOMURA, SBI},
    plan::{NO_DEVICE, Origin},
    rng::token,
    truth::{self, RingAmounts},
};

/// How many times the simulated accounts' trading the whole market trades, at least.
const SAMPLE: f64 = 1.25;

/// One table of a case or of its truth.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name, which is also its file's stem.
    pub name: &'static str,
    /// Whether it belongs into the folder `truth`.
    pub truth: bool,
    /// Its rows.
    pub rows: RecordBatch,
}

/// Every table of a finished world, and the amounts of its rings.
pub(crate) struct Finished {
    pub tables: Vec<Table>,
    pub amounts: Vec<RingAmounts>,
}

/// The ids as they are written.
struct Ids {
    seed: u64,
    accounts: Vec<String>,
}

impl Ids {
    fn device(&self, id: u32) -> Option<String> {
        (id != NO_DEVICE).then(|| format!("d{}", token(self.seed, "device", u64::from(id))))
    }

    fn act(&self, tag: &str, account: u32, number: u32) -> String {
        token(self.seed, tag, u64::from(account) << 16 | u64::from(number & 0xffff))
    }
}

struct Bar {
    day: i32,
    open: i64,
    high: i64,
    low: i64,
    close: i64,
    volume: f64,
    turnover: f64,
}

/// Lives every account and writes everything down, sorted by time, broker and account.
pub(crate) fn finish(draft: &Draft, robots: f64) -> Result<Finished, ArrowError> {
    let around = Surroundings {
        seed: draft.seed,
        span: draft.span,
        market: &draft.market,
        people: &draft.people,
        popular: &draft.popular,
        robots,
    };
    let lives: Vec<Life> = (0..draft.people.accounts.len())
        .into_par_iter()
        .map(|account| live(&around, account, &draft.plans[account]))
        .collect();
    let ids = &Ids {
        seed: draft.seed,
        accounts: (0..draft.people.accounts.len()).map(|i| token(draft.seed, "account", i as u64)).collect(),
    };
    let mut logins = Vec::with_capacity(lives.iter().map(|l| l.logins.len()).sum());
    let mut fills = Vec::with_capacity(lives.iter().map(|l| l.fills.len()).sum());
    for life in lives {
        logins.extend(life.logins);
        fills.extend(life.fills);
    }
    // A look back or a failed attempt may fall before the first day, the night after the last one outside.
    let inside = |t: i64| (draft.span.start()..draft.span.end()).contains(&t);
    logins.retain(|l| inside(l.time));
    fills.retain(|f| inside(f.time));
    let broker = |account: u32| BROKERS[usize::from(draft.people.accounts[account as usize].broker)].0;
    logins.par_sort_by(|a, b| {
        let key = |l: &LoginRow| (l.time, broker(l.account), &ids.accounts[l.account as usize], l.event);
        key(a).cmp(&key(b))
    });
    let in_order = |fills: &mut Vec<FillRow>| {
        fills.par_sort_by(|a, b| {
            let key = |f: &FillRow| {
                (
                    f.time,
                    broker(f.account),
                    &ids.accounts[f.account as usize],
                    f.instrument,
                    f.side,
                    f.quantity,
                    f.order,
                )
            };
            key(a).cmp(&key(b))
        });
    };
    in_order(&mut fills);
    let bars = daily_bars(draft, &fills);
    let closes: Vec<(i32, i64)> =
        bars.iter().map(|b| b.last().map_or((0, 0), |l| (l.day, l.close))).collect();
    let amounts = truth::amounts(draft, &fills, &closes);
    if let Some(gap) = draft.gaps.by_day {
        // The truth is computed before the times are lost, and the order of the rows must not keep them.
        for f in fills.iter_mut().filter(|f| draft.people.accounts[f.account as usize].broker == gap) {
            let exchange = draft.market.instruments[f.instrument as usize].exchange;
            (f.time, f.order) = (midnight(exchange.trade_date(f.time)), f.price as u32);
        }
        in_order(&mut fills);
    }
    let traded: BTreeSet<u32> =
        fills.iter().filter(|f| f.origin != Origin::Holder).map(|f| f.account).collect();
    let used = truth::infrastructure(&logins);
    // Rows go as soon as their columns are there: a large world is not held twice.
    let (logins, fills) =
        rayon::join(move || login_columns(draft, ids, &logins), move || fill_columns(draft, ids, &fills));
    let mut tables = vec![
        table(false, &contract::LOGINS, logins)?,
        table(false, &contract::EXECUTIONS, fills)?,
        table(false, &contract::ACCOUNTS, account_columns(draft, ids))?,
        table(false, &contract::HOLDINGS, holding_columns(draft, ids))?,
        table(false, &contract::BARS, bar_columns(draft, &bars))?,
        table(false, &contract::INSTRUMENTS, instrument_columns(draft))?,
        table(false, &contract::FX, fx_columns(draft))?,
    ];
    tables.extend(truth_tables(draft, ids, &used, &amounts, &traded)?);
    Ok(Finished { tables, amounts })
}

fn table(truth: bool, of: &contract::Table, columns: Vec<ArrayRef>) -> Result<Table, ArrowError> {
    Ok(Table { name: of.name, truth, rows: RecordBatch::try_new(Arc::new(of.schema()), columns)? })
}

fn texts<T: Into<Option<String>>>(values: impl Iterator<Item = T>) -> ArrayRef {
    Arc::new(values.map(Into::into).collect::<StringArray>())
}

fn words<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn times(values: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter_values(values).with_timezone("UTC"))
}

fn floats(values: impl Iterator<Item = f64>) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values(values))
}

fn region(number: u8) -> Option<String> {
    (number > 0).then(|| format!("JP-{number:02}"))
}

fn login_columns(draft: &Draft, ids: &Ids, rows: &[LoginRow]) -> Vec<ArrayRef> {
    let broker = |r: &LoginRow| draft.people.accounts[r.account as usize].broker;
    let lacks = |gap: Option<u8>, r: &LoginRow| gap == Some(broker(r));
    let network = |r: &LoginRow| &draft.people.networks[r.network as usize];
    let agent = |r: &LoginRow| {
        if r.agent == AGGREGATOR_AGENT { "aggregator/2" } else { AGENTS[usize::from(r.agent)].0 }
    };
    vec![
        words(rows.iter().map(|r| Some(BROKERS[usize::from(broker(r))].0))),
        words(rows.iter().map(|r| Some(ids.accounts[r.account as usize].as_str()))),
        times(rows.iter().map(|r| r.time)),
        words(rows.iter().map(|r| Some(r.event.name()))),
        words(rows.iter().map(|r| Some(if r.success { "success" } else { "failure" }))),
        words(rows.iter().map(|r| Some(network(r).ip.as_str()))),
        // One broker keeps no source ports, and its logs name no program.
        Arc::new(
            rows.iter()
                .map(|r| (broker(r) != NOMURA && r.visit.is_some()).then_some(r.port))
                .collect::<UInt16Array>(),
        ),
        texts(rows.iter().map(|r| ids.device(r.device).filter(|_| !lacks(draft.gaps.no_device, r)))),
        words(rows.iter().map(|r| (broker(r) != NOMURA).then(|| agent(r)))),
        Arc::new(
            rows.iter()
                .map(|r| (!lacks(draft.gaps.sparse, r)).then_some(network(r).asn))
                .collect::<UInt32Array>(),
        ),
        words(rows.iter().map(|r| Some(network(r).country))),
        texts(rows.iter().map(|r| region(network(r).region).filter(|_| !lacks(draft.gaps.sparse, r)))),
        words(rows.iter().map(|r| Some(network(r).class))),
        // Another keeps no sessions.
        texts(
            rows.iter()
                .map(|r| r.visit.filter(|_| broker(r) != SBI).map(|v| ids.act("session", r.account, v))),
        ),
    ]
}

fn fill_columns(draft: &Draft, ids: &Ids, rows: &[FillRow]) -> Vec<ArrayRef> {
    let broker = |r: &FillRow| draft.people.accounts[r.account as usize].broker;
    let by_day = |r: &FillRow| draft.gaps.by_day == Some(broker(r));
    let listed = |r: &FillRow| &draft.market.instruments[r.instrument as usize];
    let none = || words(rows.iter().map(|_| None));
    // Fills are numbered by broker in the order of their times.
    let mut counters = [0_u32; 3];
    let numbers: Vec<String> = rows
        .iter()
        .map(|r| {
            let n = &mut counters[usize::from(broker(r))];
            *n += 1;
            format!("{:07}", 1_000_000 + *n)
        })
        .collect();
    let side = |s: char| match s {
        'b' => "buy",
        'S' => "sell",
        _ => "short",
    };
    let venue = |e: Exchange| match e {
        Exchange::Tokyo => "XTKS",
        Exchange::HongKong => "XHKG",
        Exchange::NewYork => "XNAS",
    };
    vec![
        words(rows.iter().map(|r| Some(BROKERS[usize::from(broker(r))].0))),
        words(rows.iter().map(|r| Some(ids.accounts[r.account as usize].as_str()))),
        times(rows.iter().map(|r| r.time)),
        words(rows.iter().map(|r| Some(if by_day(r) { "day" } else { "millis" }))),
        words(rows.iter().map(|r| Some(listed(r).id.as_str()))),
        words(rows.iter().map(|r| Some(side(r.side)))),
        floats(rows.iter().map(|r| r.quantity as f64)),
        floats(rows.iter().map(|r| r.price as f64 / 1_000.0)),
        words(rows.iter().map(|r| Some(listed(r).currency))),
        texts(numbers.into_iter().zip(rows).map(|(n, r)| (!by_day(r)).then_some(n))),
        texts(rows.iter().map(|r| (!by_day(r)).then(|| ids.act("order", r.account, r.order)))),
        texts(
            rows.iter()
                .map(|r| (broker(r) != SBI && !by_day(r)).then(|| ids.act("session", r.account, r.visit))),
        ),
        words(rows.iter().map(|r| Some(venue(listed(r).exchange)))),
        words(rows.iter().map(|_| Some("new"))),
        none(),
        none(),
    ]
}

/// Account indices in the order of broker and token: the order of drawing must not show.
fn in_order(draft: &Draft, ids: &Ids) -> Vec<usize> {
    let mut order: Vec<usize> = (0..ids.accounts.len()).collect();
    order.sort_by_key(|&i| (BROKERS[usize::from(draft.people.accounts[i].broker)].0, &ids.accounts[i]));
    order
}

fn account_columns(draft: &Draft, ids: &Ids) -> Vec<ArrayRef> {
    let order = in_order(draft, ids);
    let account = |i: &usize| &draft.people.accounts[*i];
    vec![
        words(order.iter().map(|i| Some(BROKERS[usize::from(account(i).broker)].0))),
        words(order.iter().map(|i| Some(ids.accounts[*i].as_str()))),
        Arc::new(order.iter().map(|i| Some(account(i).opened)).collect::<Date32Array>()),
        words(order.iter().map(|i| Some(if account(i).corporate { "corporate" } else { "individual" }))),
        texts(order.iter().map(|i| region(account(i).region))),
    ]
}

fn holding_columns(draft: &Draft, ids: &Ids) -> Vec<ArrayRef> {
    let mut rows: Vec<(&str, &str, &str, i64)> = in_order(draft, ids)
        .into_iter()
        .filter(|&i| draft.gaps.sparse != Some(draft.people.accounts[i].broker))
        .flat_map(|i| {
            let a = &draft.people.accounts[i];
            let (broker, token) = (BROKERS[usize::from(a.broker)].0, ids.accounts[i].as_str());
            a.opening.iter().map(move |&(n, q)| (broker, token, draft.market.instruments[n].id.as_str(), q))
        })
        .collect();
    rows.sort_unstable();
    let as_of = midnight(draft.span.first) - 6 * itoguchi_model::time::HOUR;
    vec![
        words(rows.iter().map(|r| Some(r.0))),
        words(rows.iter().map(|r| Some(r.1))),
        times(rows.iter().map(|_| as_of)),
        words(rows.iter().map(|r| Some(r.2))),
        floats(rows.iter().map(|r| r.3 as f64)),
    ]
}

/// Daily bars around every fill: no fill lies outside its day's range, and more is traded than by the simulated
/// accounts, which are a sample.
fn daily_bars(draft: &Draft, fills: &[FillRow]) -> Vec<Vec<Bar>> {
    let mut seen: BTreeMap<(usize, i32), (i64, i64, i64)> = BTreeMap::new();
    for f in fills {
        let instrument = f.instrument as usize;
        let day = draft.market.instruments[instrument].exchange.trade_date(f.time);
        let s = seen.entry((instrument, day)).or_insert((f.price, f.price, 0));
        *s = (s.0.max(f.price), s.1.min(f.price), s.2 + f.quantity);
    }
    (0..draft.market.instruments.len())
        .map(|i| {
            let days = draft.span.dates().filter_map(|day| draft.market.path(i, day).map(|p| (day, p)));
            days.map(|(day, path)| {
                let (first, last) = (path.knots[0], path.knots[path.knots.len() - 1]);
                let peak = path.knots.iter().copied().max().unwrap_or(first);
                let trough = path.knots.iter().copied().min().unwrap_or(first);
                let (high, low, traded) = seen.get(&(i, day)).copied().unwrap_or((first, first, 0));
                let lot = draft.market.instruments[i].lot as f64;
                let others = if path.pinned && !draft.market.slips {
                    path.volume.max(traded as f64 * SAMPLE)
                } else {
                    path.volume + traded as f64 * SAMPLE
                };
                let volume = libm::ceil(others / lot) * lot;
                let (high, low) = (peak.max(high), trough.min(low));
                let middle = (high + low + first + last) as f64 / 4_000.0;
                Bar {
                    day,
                    open: first,
                    high,
                    low,
                    close: last,
                    volume,
                    turnover: libm::round(volume * middle),
                }
            })
            .collect()
        })
        .collect()
}

fn bar_columns(draft: &Draft, bars: &[Vec<Bar>]) -> Vec<ArrayRef> {
    let mut rows: Vec<(&str, &Bar)> = bars
        .iter()
        .enumerate()
        .flat_map(|(i, days)| days.iter().map(move |b| (draft.market.instruments[i].id.as_str(), b)))
        .collect();
    rows.sort_by_key(|r| (r.0, r.1.day));
    let price = |of: fn(&Bar) -> i64| floats(rows.iter().map(move |r| of(r.1) as f64 / 1_000.0));
    vec![
        words(rows.iter().map(|r| Some(r.0))),
        times(rows.iter().map(|r| midnight(r.1.day))),
        words(rows.iter().map(|_| Some("1d"))),
        price(|b| b.open),
        price(|b| b.high),
        price(|b| b.low),
        price(|b| b.close),
        floats(rows.iter().map(|r| r.1.volume)),
        floats(rows.iter().map(|r| r.1.turnover)),
    ]
}

fn instrument_columns(draft: &Draft) -> Vec<ArrayRef> {
    let mut rows: Vec<&crate::market::Instrument> = draft.market.instruments.iter().collect();
    rows.sort_by_key(|i| &i.id);
    vec![
        words(rows.iter().map(|r| Some(r.code.as_str()))),
        words(rows.iter().map(|r| Some(r.name.as_str()))),
        words(rows.iter().map(|r| Some(r.id.as_str()))),
        words(rows.iter().map(|r| Some(r.currency))),
        floats(rows.iter().map(|r| r.shares)),
    ]
}

fn fx_columns(draft: &Draft) -> Vec<ArrayRef> {
    let rows: Vec<(&str, i32, i64)> = ["HKD", "USD"]
        .into_iter()
        .flat_map(|c| draft.market.fx.iter().map(move |r| (c, r.0, if c == "USD" { r.1 } else { r.2 })))
        .collect();
    vec![
        words(rows.iter().map(|r| Some(r.0))),
        Arc::new(rows.iter().map(|r| Some(r.1)).collect::<Date32Array>()),
        floats(rows.iter().map(|r| r.2 as f64 / 100.0)),
    ]
}

fn truth_table(name: &'static str, columns: Vec<(&str, ArrayRef)>) -> Result<Table, ArrowError> {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(n, c)| Field::new(*n, c.data_type().clone(), *c.data_type() == DataType::Float64))
        .collect();
    let arrays = columns.into_iter().map(|c| c.1).collect();
    Ok(Table { name, truth: true, rows: RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)? })
}

fn truth_tables(
    draft: &Draft,
    ids: &Ids,
    used: &[truth::Infrastructure],
    amounts: &[RingAmounts],
    traded: &BTreeSet<u32>,
) -> Result<Vec<Table>, ArrowError> {
    // Where a plan came to nothing, since the holder had sold everything before, the account was only logged into.
    let taken = draft.rings.iter().flat_map(|r| r.victims.iter().copied());
    let accessed: BTreeSet<u32> =
        taken.filter(|v| !traded.contains(v)).chain(draft.accessed.iter().copied()).collect();
    let name = |a: u32| {
        let broker = BROKERS[usize::from(draft.people.accounts[a as usize].broker)].0;
        (broker.to_owned(), ids.accounts[a as usize].clone())
    };
    let columns = |rows: Vec<Vec<String>>, names: &[&'static str]| -> Vec<(&'static str, ArrayRef)> {
        let mut rows = rows;
        rows.sort();
        names.iter().enumerate().map(|(k, n)| (*n, texts(rows.iter().map(move |r| r[k].clone())))).collect()
    };
    let mut members = Vec::new();
    for ring in &draft.rings {
        let roles = ring
            .victims
            .iter()
            .filter(|v| traded.contains(v))
            .map(|v| (*v, "victim"))
            .chain(ring.sellers.iter().map(|s| (*s, "seller")));
        for (account, role) in roles {
            let (broker, id) = name(account);
            members.push(vec![broker, id, ring.name.clone(), role.to_owned()]);
        }
    }
    let pairs = |set: Vec<u32>| -> Vec<Vec<String>> {
        set.into_iter().map(name).map(|(broker, id)| vec![broker, id]).collect()
    };
    let decoys = draft
        .decoys
        .iter()
        .map(|&(a, label)| {
            let (broker, id) = name(a);
            vec![broker, id, label.to_owned()]
        })
        .collect();
    let accounts = ["broker", "account_id"];
    Ok(vec![
        truth_table("truth", columns(members, &["broker", "account_id", "ring", "role"]))?,
        truth_table("truth_infrastructure", infrastructure_columns(draft, ids, used))?,
        truth_table("truth_decoys", columns(decoys, &["broker", "account_id", "decoy"]))?,
        truth_table("truth_amounts", amount_columns(amounts))?,
        truth_table("truth_accessed", columns(pairs(accessed.into_iter().collect()), &accounts))?,
        truth_table("truth_lone", columns(pairs(draft.lone.iter().copied().collect()), &accounts))?,
    ])
}

fn infrastructure_columns(
    draft: &Draft,
    ids: &Ids,
    used: &[truth::Infrastructure],
) -> Vec<(&'static str, ArrayRef)> {
    let mut rows: Vec<(&str, &str, String, u32)> = used
        .iter()
        .map(|i| {
            let value = if i.kind == "ip" {
                draft.people.networks[i.value as usize].ip.clone()
            } else {
                ids.device(i.value).unwrap_or_default()
            };
            (draft.rings[i.ring].name.as_str(), i.kind, value, i.accounts)
        })
        .collect();
    rows.sort();
    vec![
        ("ring", words(rows.iter().map(|r| Some(r.0)))),
        ("kind", words(rows.iter().map(|r| Some(r.1)))),
        ("value", texts(rows.iter().map(|r| r.2.clone()))),
        ("accounts", Arc::new(UInt32Array::from_iter_values(rows.iter().map(|r| r.3)))),
    ]
}

fn amount_columns(amounts: &[RingAmounts]) -> Vec<(&'static str, ArrayRef)> {
    let yen = |of: fn(&RingAmounts) -> Option<i64>| -> ArrayRef {
        Arc::new(amounts.iter().map(|a| of(a).map(|v| v as f64)).collect::<Float64Array>())
    };
    vec![
        ("ring", words(amounts.iter().map(|a| Some(a.ring.as_str())))),
        ("forced_sales_jpy", yen(|a| Some(a.forced_sales_jpy))),
        ("fraudulent_buys_jpy", yen(|a| Some(a.fraudulent_buys_jpy))),
        ("estimated_loss_jpy", yen(|a| Some(a.estimated_loss_jpy))),
        ("seller_proceeds_jpy", yen(|a| a.seller_proceeds_jpy)),
        ("seller_profit_jpy", yen(|a| a.seller_profit_jpy)),
    ]
}
