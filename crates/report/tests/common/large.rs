//! A result with one ring of many members, for what must hold at that size. Everything follows from the numbers.

use itoguchi_model::{
    Family, Instant, Kind, Millibits, Precision, Role,
    results::{
        Access, AccountName, AccountRow, ActRow, DayRow, EpisodeRow, EvidenceRow, InfrastructureRow,
        InstrumentRow, Manifest, MemberRow, Results, RingRow, RunInfo, SellerRow, Statement, Trade,
    },
    tables::{SourceFile, Superseded},
    time::{DAY, MINUTE, SECOND},
};
use itoguchi_report::Loaded;

const RING: &str = "R-0123456789ab";
const BROKERS: [&str; 3] = ["NOMURA", "RAKUTEN", "SBI"];
const NAMES: [&str; 8] =
    ["XTKS:9901", "XTKS:9902", "XTKS:9903", "XTKS:9904", "XTKS:9905", "XTKS:9906", "XTKS:9907", "XTKS:9908"];
/// Members that use one device, and sellers among all.
const PER_DEVICE: usize = 25;
const SELLERS: usize = 12;

fn start() -> Instant {
    Instant::parse_rfc3339("2025-04-01T09:00:00+09:00").expect("a time")
}

fn account(i: usize) -> AccountName {
    AccountName { broker: BROKERS[i % 3].into(), account_id: format!("A{i:07}") }
}

fn role(i: usize) -> Role {
    if i < SELLERS { Role::Seller } else { Role::Victim }
}

/// When member `i` was active: ten days, a few seconds apart.
fn active(i: usize) -> Instant {
    start().plus((i % 10) as i64 * DAY + (i / 10) as i64 * 11 * SECOND)
}

/// A ring of `members` accounts at three brokers, with its evidence, acts and names.
pub fn loaded(members: usize) -> Loaded {
    let files = ["executions", "logins", "bars"];
    let input = |table: &&str| SourceFile {
        path: format!("case/{table}.parquet"),
        table: (*table).into(),
        bytes: 1 << 30,
        sha256: "0123456789abcdef".repeat(4),
        rows: 10_000_000,
        used: 10_000_000,
        rejected: 0,
        encoding: None,
    };
    let manifest = Manifest {
        format: "itoguchi-result".into(),
        tool_version: env!("CARGO_PKG_VERSION").into(),
        configuration: serde_json::json!({}),
        cases: vec!["case".into()],
        reports: Vec::new(),
        market: None,
        inputs: files.iter().map(input).collect(),
        superseded: Superseded::default(),
        accounts: 3_000_000,
        prior_millibits: Millibits(21_516),
        outputs: Vec::new(),
        notes: vec![Statement::new("Made up.", "架空のデータである。")],
        run: RunInfo::default(),
    };
    Loaded { manifest, results: results(members) }
}

fn results(members: usize) -> Results {
    let mut order: Vec<usize> = (0..members).collect();
    order.sort_by_key(|i| (role(*i), account(*i)));
    let last = (0..members).map(active).max().unwrap_or_default().plus(30 * MINUTE);
    let devices = members.div_ceil(PER_DEVICE);
    Results {
        wide: None,
        rings: vec![RingRow {
            ring_id: RING.into(),
            score: Millibits(members as i64 * 20_000),
            likelihood: 0.99,
            window: (start(), last),
            brokers: BROKERS.map(str::to_owned).into(),
            instruments: NAMES.map(str::to_owned).into(),
            victims: (members - SELLERS) as u32,
            sellers: SELLERS as u32,
            linked: 0,
            families: vec![Family::Episode, Family::Infrastructure, Family::CoTrading],
            forced_sales_jpy: Some(30_000_000_000),
            fraudulent_buys_jpy: Some(29_000_000_000),
            estimated_loss_jpy: Some(4_000_000_000),
            seller_proceeds_jpy: Some(9_000_000_000),
            seller_profit_jpy: Some(3_000_000_000),
            weakest_point: Statement::new("No single device.", "単独の端末はない。"),
            innocent_explanations: vec![Statement::new("News: none.", "報道: なし。")],
        }],
        ring_members: order.iter().map(|i| member(*i)).collect(),
        ring_infrastructure: (0..devices).flat_map(infrastructure).collect(),
        ring_instruments: NAMES.map(instrument).into(),
        ring_days: NAMES.iter().flat_map(|n| (0..30).map(move |d| day(n, d))).collect(),
        ring_sellers: (0..SELLERS).map(seller).collect(),
        ring_acts: acts(members),
        evidence: order.iter().flat_map(|i| evidence(*i)).collect(),
        episodes: (SELLERS..members).map(episode).collect(),
        accounts: (0..members).map(row).collect(),
        ..Results::default()
    }
}

fn member(i: usize) -> MemberRow {
    MemberRow {
        ring_id: RING.into(),
        account: account(i),
        role: role(i),
        bits: Millibits(15_000 + (i % 9_000) as i64),
        confidence: 0.99,
        first_seen: active(i),
        last_seen: active(i).plus(30 * MINUTE),
    }
}

fn row(i: usize) -> AccountRow {
    AccountRow {
        account: account(i),
        degree: PER_DEVICE as u32,
        community: 1,
        ring_id: Some(RING.into()),
        role: Some(role(i)),
        bits: Some(Millibits(15_000)),
        reported: Vec::new(),
    }
}

fn device(i: usize) -> String {
    format!("d{:06}", i / PER_DEVICE)
}

fn ip(i: usize) -> String {
    let n = i / PER_DEVICE;
    format!("198.{}.{}.{}", 18 + n / 65_536 % 2, n / 256 % 256, n % 256)
}

fn infrastructure(n: usize) -> Vec<InfrastructureRow> {
    let row = |kind, value, role| InfrastructureRow {
        ring_id: RING.into(),
        kind,
        value,
        role,
        bits: Millibits(17_000),
        accounts: PER_DEVICE as u32,
        brokers: BROKERS.map(str::to_owned).into(),
        first_seen: start(),
        last_seen: start().plus(DAY),
    };
    let i = n * PER_DEVICE;
    vec![row(Kind::Ip, ip(i), "relay"), row(Kind::Device, device(i), "device")]
}

fn instrument(name: &str) -> InstrumentRow {
    InstrumentRow {
        ring_id: RING.into(),
        instrument: name.into(),
        first_buy: start(),
        last_buy: start().plus(9 * DAY),
        victim_buy_qty: Some(5_000_000.0),
        seller_sell_qty: Some(3_000_000.0),
        market_qty: Some(20_000_000.0),
        price_before: Some(100.0),
        price_peak: Some(160.0),
        price_after: Some(110.0),
    }
}

fn day(name: &str, d: i64) -> DayRow {
    let bought = if (20..30).contains(&d) { 500_000.0 } else { 0.0 };
    DayRow {
        ring_id: RING.into(),
        instrument: name.into(),
        day: start().jst_date().midnight().plus((d - 20) * DAY),
        prices: Some([100.0, 120.0 + d as f64, 98.0, 110.0]),
        volume: Some(100_000.0 + 3.0 * bought),
        usual_volume: Some(100_000.0),
        victim_buy_qty: Some(bought),
        raised_qty: Some(bought / 4.0),
        closing_qty: Some(0.0),
        matched_qty: Some(bought / 5.0),
        seller_buy_qty: Some(0.0),
        seller_sell_qty: Some(bought / 2.0),
        source: Some(("case/bars.parquet".into(), d as u64 + 1)),
    }
}

fn seller(i: usize) -> SellerRow {
    SellerRow {
        ring_id: RING.into(),
        account: account(i),
        instrument: NAMES[i % 8].into(),
        held_qty: Some(400_000.0),
        built_up_qty: Some(390_000.0),
        sold_qty: Some(380_000.0),
        overlap_qty: Some(300_000.0),
        first_sell: active(i),
        last_sell: active(i).plus(30 * MINUTE),
        proceeds_jpy: Some(60_000_000 - i as i64),
        profit_jpy: Some(20_000_000),
    }
}

fn acts(members: usize) -> Vec<ActRow> {
    let mut acts: Vec<ActRow> = (0..members).flat_map(acts_of).collect();
    acts.sort_by(|a, b| (a.time, &a.account).cmp(&(b.time, &b.account)));
    acts
}

fn acts_of(i: usize) -> Vec<ActRow> {
    let act = |act, after: i64, file: &str| ActRow {
        ring_id: RING.into(),
        account: account(i),
        role: role(i),
        act,
        time: active(i).plus(after * MINUTE),
        precision: Precision::Millis,
        access: None,
        trade: None,
        source: (format!("case/{file}.parquet"), (i * 10) as u64 + after as u64),
    };
    let login = ActRow {
        access: Some(Access {
            ip: Some(ip(i)),
            src_port: Some(10_000 + (i % 50_000) as u32),
            device: Some(device(i)),
            user_agent: Some("Chrome 133 Windows".into()),
            asn: Some(64_500),
            country: Some("JP".into()),
            ip_class: Some("fixed"),
        }),
        ..act("login", 0, "logins")
    };
    let fill = |side, after, name: &str| ActRow {
        trade: Some(Trade {
            instrument: name.into(),
            quantity: Some(1_000.0),
            price: Some(100.0 + (i % 40) as f64),
            currency: Some("JPY".into()),
            jpy: Some(100_000 + (i % 40) as i64 * 1_000),
        }),
        ..act(side, after, "executions")
    };
    match role(i) {
        Role::Seller => vec![fill("buy", 0, NAMES[i % 8]), fill("sell", 9, NAMES[i % 8])],
        _ => vec![
            login,
            fill("sell", 2, "XTKS:1000"),
            fill("buy", 4, NAMES[i % 8]),
            fill("buy", 5, NAMES[i % 8]),
        ],
    }
}

fn evidence(i: usize) -> Vec<EvidenceRow> {
    let piece = |kind: Kind, bits: i64, object: String, file: &str| EvidenceRow {
        evidence_id: format!("E-{i:06}{}", kind.name()),
        ring_id: Some(RING.into()),
        kind,
        bits: Millibits(bits),
        subject: account(i).to_string(),
        object,
        start: active(i),
        end: active(i).plus(5 * MINUTE),
        sources: vec![(format!("case/{file}.parquet"), (0..4).map(|n| (i * 10 + n) as u64).collect())],
        statement_en:
            "Made up for a measurement of size: a sentence about as long as those that the engine writes."
                .into(),
        statement_ja: "大きさの測定のための架空の記述であり、エンジンが出力する文とほぼ同じ長さである。"
            .into(),
    };
    match role(i) {
        Role::Seller => {
            vec![piece(Kind::SoldIntoRise, 38_000, format!("{} 2025-04-01", NAMES[i % 8]), "executions")]
        }
        _ => vec![
            piece(Kind::HijackEpisode, 18_000, NAMES[i % 8].into(), "executions"),
            piece(Kind::Device, 17_000, device(i), "logins"),
            piece(Kind::Ip, 0, ip(i), "logins"),
            piece(Kind::CoBuy, 9_000, format!("{} 2025-04-01", NAMES[i % 8]), "executions"),
        ],
    }
}

fn episode(i: usize) -> EpisodeRow {
    EpisodeRow {
        account: account(i),
        start: active(i),
        end: active(i).plus(30 * MINUTE),
        bits: Millibits(18_000),
        signals: vec!["A1_new_device".into(), "A8_liquidate_all".into()],
        sold_jpy: Some(3_000_000),
        bought_jpy: Some(2_900_000),
        instruments: vec![NAMES[i % 8].into()],
    }
}
