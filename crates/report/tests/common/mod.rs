//! A small result, written by hand: one ring over two brokers, a lone episode, and hostile names.
#![allow(dead_code, reason = "each test binary uses its own part")]

use itoguchi_model::{
    Family, Instant, Kind, Millibits, Precision, Role,
    results::{
        Access, AccountName, AccountRow, ActRow, BurstRow, CandidateRow, DayRow, EpisodeRow, EvidenceRow,
        InfrastructureRow, InstrumentRow, LinkRow, Manifest, MemberRow, RejectRow, Results, RingRow, RunInfo,
        SellerRow, Statement, Trade,
    },
    tables::{SourceFile, Superseded},
};
use itoguchi_report::Loaded;

pub const RING: &str = "ring-5f2c1a90";
/// Terminal commands, a line break, a mark that turns the reading direction.
pub const HOSTILE: &str = "evil\u{1b}[31m\n\u{202e}txt";

pub fn at(text: &str) -> Instant {
    Instant::parse_rfc3339(text).unwrap()
}

pub fn name(broker: &str, account_id: &str) -> AccountName {
    AccountName { broker: broker.into(), account_id: account_id.into() }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|t| (*t).to_owned()).collect()
}

pub fn manifest() -> Manifest {
    let file = |path: &str, table: &str, rows, rejected, sha: &str| SourceFile {
        path: path.into(),
        table: table.into(),
        bytes: rows * 97,
        sha256: sha.repeat(8),
        rows,
        used: rows - rejected,
        rejected,
        encoding: path.ends_with(".csv").then(|| "UTF-8".to_owned()),
    };
    Manifest {
        format: "itoguchi-result".into(),
        tool_version: "0.1.0".into(),
        configuration: serde_json::json!({"window": "300s", "seed": 7}),
        cases: texts(&["cases/march"]),
        reports: Vec::new(),
        market: None,
        inputs: vec![
            file("cases/march/executions.csv", "executions", 12_345, 2, "0a1b2c3d"),
            file("cases/march/logins.parquet", "logins", 40_000, 0, "deadbeef"),
        ],
        superseded: Superseded { repeated: 1, corrected: 2, cancelled: 0 },
        accounts: 1_024,
        prior_millibits: Millibits(10_000),
        outputs: Vec::new(),
        notes: vec![
            Statement::new(
                "no bars for XTKS:9902: its prices and the loss on it are not available",
                "XTKS:9902 の株価データなし: 株価と損害額は不明",
            ),
            Statement::new("logins of SBI carry no source port", "SBI のログインに送信元ポート番号なし"),
        ],
        run: RunInfo::default(),
    }
}

pub fn ring() -> RingRow {
    RingRow {
        ring_id: RING.into(),
        score: Millibits(61_337),
        likelihood: 0.973,
        window: (at("2025-03-17T09:03:11+09:00"), at("2025-03-19T14:58:11+09:00")),
        brokers: texts(&["RAKUTEN", "SBI"]),
        instruments: texts(&["XTKS:9901", "XTKS:9902"]),
        victims: 2,
        sellers: 1,
        linked: 1,
        families: vec![Family::Episode, Family::Infrastructure, Family::CoTrading, Family::Opposite],
        forced_sales_jpy: Some(12_345_678),
        fraudulent_buys_jpy: Some(11_900_000),
        estimated_loss_jpy: None,
        seller_proceeds_jpy: Some(9_870_500),
        seller_profit_jpy: Some(4_321_000),
        weakest_point: Statement::new(
            "Without the device dv-77c1 RAKUTEN/R-900 falls below the prior; the ring stays.",
            "端末 dv-77c1 を除くと RAKUTEN/R-900 は基準を下回るが、リングは維持される。",
        ),
        innocent_explanations: vec![
            Statement::new(
                "News: 2 of 5 first-time buyers of XTKS:9901 that day logged in as usual.",
                "報道: XTKS:9901 の初回買付口座 5 件のうち 2 件は通常どおりのログイン。",
            ),
            Statement::new(
                "One household: the accounts' usual networks are in two regions.",
                "同一世帯: 各口座の通常の接続元は 2 地域にわたる。",
            ),
        ],
    }
}

pub fn evidence() -> Vec<EvidenceRow> {
    let executions = "cases/march/executions.csv";
    let logins = "cases/march/logins.parquet";
    let row = |id: &str, kind: Kind, bits: i64, subject: &str, object: &str| EvidenceRow {
        evidence_id: id.into(),
        ring_id: Some(RING.into()),
        kind,
        bits: Millibits(bits),
        subject: subject.into(),
        object: object.into(),
        start: at("2025-03-19T14:52:07.318+09:00"),
        end: at("2025-03-19T14:58:11+09:00"),
        sources: Vec::new(),
        statement_en: String::new(),
        statement_ja: "新しい端末からのログイン後、保有株を全て売却".into(),
    };
    vec![
        EvidenceRow {
            sources: vec![(executions.into(), vec![100, 101, 102, 117]), (logins.into(), vec![12, 13, 14, 15, 40])],
            statement_en: "Login from a device and a network this account had never used; within 6 minutes everything it held was sold and XTKS:9901, a name it had never traded, was bought.".into(),
            ..row("E-00a1", Kind::HijackEpisode, 23_412, "SBI/A-0001", "XTKS:9901 2025-03-19")
        },
        EvidenceRow {
            sources: vec![(logins.into(), vec![12, 900, 901])],
            statement_en: "The device was used by 3 of 1,024 accounts.".into(),
            ..row("E-00a2", Kind::Device, 8_415, "SBI/A-0001", "dv-77c1")
        },
        EvidenceRow {
            sources: vec![(executions.into(), vec![500, 502])],
            statement_en: "Everything sold and XTKS:9901 bought within 4 minutes of the other purchases.".into(),
            ..row("E-00a3", Kind::HijackEpisode, 19_000, "RAKUTEN/R-900", "XTKS:9901 2025-03-19")
        },
        EvidenceRow {
            sources: vec![(executions.into(), vec![7, 8, 9])],
            statement_en: "Bought XTKS:9901 on 2025-03-17 and sold all of it into the purchases of 2025-03-19.".into(),
            ..row("E-00a4", Kind::SoldIntoRise, 31_500, "SBI/B-0700", "XTKS:9901 2025-03-19")
        },
        EvidenceRow {
            start: at("2025-03-19T00:00:00+09:00"),
            end: at("2025-03-19T00:00:00+09:00"),
            statement_en: format!("Bought on the same day; user agent {HOSTILE}."),
            ..row("E-00a5", Kind::CoBuyDay, 11_010, &format!("SBI/{HOSTILE}"), "XTKS:9901 2025-03-19")
        },
        EvidenceRow {
            statement_en: "SBI/A-0001 and RAKUTEN/R-900 bought XTKS:9901 within 5 minutes, 3 times.".into(),
            sources: vec![(executions.into(), vec![117, 502])],
            ..row("E-00b1", Kind::CoBuy, 9_250, "RAKUTEN/R-900 ~ SBI/A-0001", "XTKS:9901 2025-03-19")
        },
        EvidenceRow {
            statement_en: "5 first-time buyers where 0.4 were expected; the price rose 63 %.".into(),
            sources: vec![(executions.into(), (100..400).collect())],
            ..row("E-00c1", Kind::Burst, 12_900, RING, "XTKS:9901 2025-03-19")
        },
        EvidenceRow {
            ring_id: None,
            sources: vec![(logins.into(), vec![3])],
            statement_en: "Login from a new network, then a sale of half of what it held.".into(),
            ..row("E-00d1", Kind::HijackEpisode, 7_125, "SBI/C-0042", "XTKS:9903 2025-03-18")
        },
    ]
}

fn members() -> Vec<MemberRow> {
    let row = |account: AccountName, role: Role, bits: i64, confidence: f64| MemberRow {
        ring_id: RING.into(),
        account,
        role,
        bits: Millibits(bits),
        confidence,
        first_seen: at("2025-03-19T14:52:07+09:00"),
        last_seen: at("2025-03-19T14:58:11+09:00"),
    };
    vec![
        row(name("RAKUTEN", "R-900"), Role::Victim, 9_000, 0.81),
        row(name("SBI", "A-0001"), Role::Victim, 21_827, 0.9991),
        // 21.5 follow from the evidence, 22.0 are recorded: the difference must be said.
        MemberRow {
            first_seen: at("2025-03-17T09:03:11+09:00"),
            ..row(name("SBI", "B-0700"), Role::Seller, 22_000, 0.96)
        },
        row(name("SBI", HOSTILE), Role::Linked, 1_010, 0.5),
    ]
}

fn links() -> Vec<LinkRow> {
    let row =
        |ring: Option<&str>, a: AccountName, b: AccountName, kind: Kind, bits: i64, q: Option<f64>| LinkRow {
            ring_id: ring.map(str::to_owned),
            a,
            b,
            kind,
            bits: Millibits(bits),
            occasions: 3,
            acts: 4,
            q_value: q,
        };
    let (r, a, c) = (name("RAKUTEN", "R-900"), name("SBI", "A-0001"), name("SBI", "C-0042"));
    vec![
        row(Some(RING), r.clone(), a.clone(), Kind::Device, 8_415, None),
        row(Some(RING), r, a.clone(), Kind::CoBuy, 9_250, Some(0.000_012)),
        row(None, a, c, Kind::Ip, 1_003, Some(0.04)),
    ]
}

fn episodes() -> Vec<EpisodeRow> {
    let row = |account: AccountName, bits: i64| EpisodeRow {
        account,
        start: at("2025-03-19T14:52:07.318+09:00"),
        end: at("2025-03-19T14:58:11+09:00"),
        bits: Millibits(bits),
        signals: texts(&["new_device", "new_name", "sold_all"]),
        sold_jpy: Some(6_000_000),
        bought_jpy: Some(5_900_000),
        instruments: texts(&["XTKS:9901"]),
    };
    vec![
        EpisodeRow {
            start: at("2025-03-18T10:00:00+09:00"),
            end: at("2025-03-18T10:05:00+09:00"),
            signals: texts(&["new_network"]),
            bought_jpy: None,
            instruments: Vec::new(),
            ..row(name("SBI", "C-0042"), 7_125)
        },
        EpisodeRow { sold_jpy: Some(6_345_678), ..row(name("RAKUTEN", "R-900"), 19_000) },
        row(name("SBI", "A-0001"), 23_412),
    ]
}

fn accounts() -> Vec<AccountRow> {
    let row = |account: AccountName, degree: u32, role: Option<Role>, bits: Option<i64>| AccountRow {
        account,
        degree,
        community: u32::from(degree > 0),
        ring_id: role.map(|_| RING.to_owned()),
        role,
        bits: bits.map(Millibits),
        reported: Vec::new(),
    };
    vec![
        row(name("RAKUTEN", "R-900"), 1, Some(Role::Victim), Some(9_000)),
        row(name("RAKUTEN", "R-901"), 0, None, None),
        row(name("SBI", "A-0001"), 2, Some(Role::Victim), Some(21_827)),
        row(name("SBI", "B-0700"), 0, Some(Role::Seller), Some(22_000)),
        row(name("SBI", "C-0042"), 1, None, Some(7_125)),
        row(name("SBI", HOSTILE), 0, Some(Role::Linked), Some(1_010)),
    ]
}

fn days() -> Vec<DayRow> {
    let row = |day: &str, prices: [f64; 4], volume: f64| DayRow {
        ring_id: RING.into(),
        instrument: "XTKS:9901".into(),
        day: at(day),
        prices: Some(prices),
        volume: Some(volume),
        usual_volume: Some(12_000.0),
        victim_buy_qty: Some(0.0),
        raised_qty: Some(0.0),
        closing_qty: Some(0.0),
        matched_qty: Some(0.0),
        seller_buy_qty: Some(0.0),
        seller_sell_qty: Some(0.0),
        source: Some(("cases/march/bars.csv".into(), 17)),
    };
    vec![
        row("2025-03-18T00:00:00+09:00", [230.0, 233.5, 229.0, 231.5], 11_000.0),
        DayRow {
            victim_buy_qty: Some(31_000.0),
            raised_qty: Some(18_600.0),
            closing_qty: Some(3_100.0),
            matched_qty: Some(15_500.0),
            seller_sell_qty: Some(25_300.5),
            ..row("2025-03-19T00:00:00+09:00", [232.0, 377.0, 231.0, 244.25], 120_000.0)
        },
        DayRow {
            instrument: "XTKS:9902".into(),
            prices: None,
            volume: None,
            usual_volume: None,
            source: None,
            victim_buy_qty: Some(200.0),
            ..row("2025-03-19T00:00:00+09:00", [0.0; 4], 0.0)
        },
    ]
}

fn acts() -> Vec<ActRow> {
    let row = |account: AccountName, role: Role, act: &'static str, time: &str, number: u64| ActRow {
        ring_id: RING.into(),
        account,
        role,
        act,
        time: at(time),
        precision: Precision::Millis,
        access: None,
        trade: None,
        source: ("cases/march/executions.csv".into(), number),
    };
    let login = |ip: &str, port: u32, device: &str| {
        Some(Access {
            ip: Some(ip.into()),
            src_port: Some(port),
            device: Some(device.into()),
            user_agent: Some(format!("Mozilla/5.0 {HOSTILE}")),
            asn: Some(64_500),
            country: Some("JP".into()),
            ip_class: Some("fixed"),
        })
    };
    let fill = |quantity: f64, price: f64| {
        Some(Trade {
            instrument: "XTKS:9901".into(),
            quantity: Some(quantity),
            price: Some(price),
            currency: Some("JPY".into()),
            jpy: Some((quantity * price) as i64),
        })
    };
    let (victim, other, seller) = (name("SBI", "A-0001"), name("RAKUTEN", "R-900"), name("SBI", "B-0700"));
    let logins = "cases/march/logins.parquet";
    vec![
        ActRow {
            trade: fill(25_500.0, 232.0),
            ..row(seller.clone(), Role::Seller, "buy", "2025-03-17T09:03:11+09:00", 7)
        },
        ActRow {
            access: login("203.0.113.20", 40_112, "dv-77c1"),
            source: (logins.into(), 12),
            ..row(victim.clone(), Role::Victim, "login", "2025-03-19T14:52:07.318+09:00", 0)
        },
        ActRow {
            access: login("198.51.100.7", 51_000, "dv-77c1"),
            source: (logins.into(), 900),
            ..row(other.clone(), Role::Victim, "login", "2025-03-19T14:52:40+09:00", 0)
        },
        ActRow {
            trade: fill(31_000.0, 300.0),
            ..row(victim, Role::Victim, "buy", "2025-03-19T14:54:01+09:00", 117)
        },
        ActRow {
            trade: fill(25_300.5, 377.0),
            ..row(seller, Role::Seller, "sell", "2025-03-19T14:58:11+09:00", 9)
        },
    ]
}

fn candidate(ring: Option<&str>, account: AccountName, kind: Kind, object: &str, bits: i64) -> CandidateRow {
    CandidateRow {
        ring_id: ring.map(str::to_owned),
        account,
        kind,
        object: object.into(),
        bits: Millibits(bits),
        needed: Millibits(5_000),
        missing: texts(&["the device of its login"]),
        start: at("2025-03-19T14:40:00+09:00"),
        end: at("2025-03-19T14:59:30+09:00"),
        source_file: "cases/march/logins.csv".into(),
        source_row: 1_204,
    }
}

pub fn results() -> Results {
    let infrastructure = |kind, value: &str, role, accounts, brokers: &[&str]| InfrastructureRow {
        ring_id: RING.into(),
        kind,
        value: value.into(),
        role,
        bits: Millibits(8_415),
        accounts,
        brokers: texts(brokers),
        first_seen: at("2025-03-19T14:52:07+09:00"),
        last_seen: at("2025-03-19T14:55:00+09:00"),
    };
    let instrument = |instrument: &str, prices: Option<(f64, f64, f64)>| InstrumentRow {
        ring_id: RING.into(),
        instrument: instrument.into(),
        first_buy: at("2025-03-19T14:54:01+09:00"),
        last_buy: at("2025-03-19T14:57:59+09:00"),
        victim_buy_qty: Some(31_000.0),
        seller_sell_qty: Some(25_300.5),
        market_qty: prices.map(|_| 120_000.0),
        price_before: prices.map(|p| p.0),
        price_peak: prices.map(|p| p.1),
        price_after: prices.map(|p| p.2),
    };
    Results {
        wide: None,
        rings: vec![ring()],
        ring_members: members(),
        ring_infrastructure: vec![
            infrastructure(Kind::Ip, "198.51.100.7", "relay", 2, &["RAKUTEN"]),
            infrastructure(Kind::Ip, "203.0.113.20", "shared", 212, &["RAKUTEN", "SBI"]),
            infrastructure(Kind::Device, "dv-77c1", "device", 3, &["RAKUTEN", "SBI"]),
        ],
        ring_instruments: vec![
            instrument("XTKS:9901", Some((231.5, 377.0, 244.25))),
            instrument("XTKS:9902", None),
        ],
        ring_days: days(),
        ring_sellers: vec![SellerRow {
            ring_id: RING.into(),
            account: name("SBI", "B-0700"),
            instrument: "XTKS:9901".into(),
            held_qty: Some(26_000.0),
            built_up_qty: Some(25_500.0),
            sold_qty: Some(25_300.5),
            overlap_qty: Some(20_000.0),
            first_sell: at("2025-03-19T14:54:30+09:00"),
            last_sell: at("2025-03-19T14:58:11+09:00"),
            proceeds_jpy: Some(9_870_500),
            profit_jpy: Some(4_321_000),
        }],
        ring_acts: acts(),
        links: links(),
        evidence: evidence(),
        episodes: episodes(),
        bursts: vec![BurstRow {
            instrument: "XTKS:9901".into(),
            side: "buy",
            start: at("2025-03-19T14:53:00+09:00"),
            end: at("2025-03-19T14:58:00+09:00"),
            accounts: 5,
            expected: 0.4,
            q_value: 0.000_21,
            brokers: texts(&["RAKUTEN", "SBI"]),
            price_impact: Some(0.628),
            volume_ratio: Some(9.7),
        }],
        accounts: accounts(),
        candidates: vec![
            candidate(Some(RING), name("SBI", "C-0042"), Kind::Device, "dv-77c1", 1_200),
            candidate(None, name("RAKUTEN", HOSTILE), Kind::CoBuy, "XTKS:9901 2025-03-20", -400),
        ],
        rejects: vec![RejectRow {
            source_file: "cases/march/executions.csv".into(),
            row: 77,
            column: "price".into(),
            value: HOSTILE.into(),
            reason: "is no number".into(),
        }],
    }
}

pub fn loaded() -> Loaded {
    Loaded { manifest: manifest(), results: results() }
}
