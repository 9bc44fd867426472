//! Two rings over three brokers, and what each of them hears.

use itoguchi_model::{
    Family, Kind, Millibits, Money, Role,
    results::{AccountRow, EpisodeRow},
    tables::Case,
};

use super::{
    messages::{Found, Sums, answer, find, inquire, may_answer},
    *,
};
use crate::policy::DEFAULT;

fn pseudonym(n: u64) -> String {
    format!("{:032x}", u128::from(n) * 0x9e37_79b9_7f4a_7c15)
}

fn account(broker: &str, n: u64) -> AccountName {
    AccountName { broker: broker.to_owned(), account_id: pseudonym(n) }
}

const TOKEN: &str = "token:00112233445566ff";

const FROM: &str = "2025-03-17T00:30:00Z";
const TO: &str = "2025-03-17T05:59:00Z";

fn at(text: &str) -> Instant {
    Instant::parse_rfc3339(text).unwrap()
}

fn ring(id: &str, brokers: &[&str], score: f64) -> RingRow {
    RingRow {
        ring_id: id.to_owned(),
        score: Millibits::from_bits(score),
        likelihood: 0.99,
        window: (at(FROM), at(TO)),
        brokers: brokers.iter().map(|b| (*b).to_owned()).collect(),
        instruments: vec!["XTKS:1234".to_owned()],
        victims: 3,
        sellers: 0,
        linked: 0,
        families: vec![Family::Episode, Family::CoTrading],
        forced_sales_jpy: Some(1),
        fraudulent_buys_jpy: Some(2),
        estimated_loss_jpy: Some(3),
        seller_proceeds_jpy: None,
        seller_profit_jpy: None,
        weakest_point: Statement::new(format!("SBI/{}", pseudonym(3)), String::new()),
        innocent_explanations: vec![Statement::new(format!("SBI/{}", pseudonym(3)), String::new())],
    }
}

/// R-1 has two accounts of RAKUTEN and one of SBI, R-2 two of RAKUTEN alone.
fn results() -> Results {
    let member = |ring: &str, account: AccountName| MemberRow {
        ring_id: ring.to_owned(),
        account,
        role: Role::Victim,
        bits: Millibits::from_bits(20.0),
        confidence: 0.99,
        first_seen: at(FROM),
        last_seen: at(TO),
    };
    let members = vec![
        member("R-1", account("RAKUTEN", 1)),
        member("R-1", account("RAKUTEN", 2)),
        member("R-1", account("SBI", 3)),
        member("R-2", account("RAKUTEN", 4)),
        member("R-2", account("RAKUTEN", 5)),
    ];
    let evidence = |m: &MemberRow, kind: Kind, bits: f64| EvidenceRow {
        evidence_id: format!("E-{}", m.account.account_id),
        ring_id: Some(m.ring_id.clone()),
        kind,
        bits: Millibits::from_bits(bits),
        subject: m.account.to_string(),
        object: TOKEN.to_owned(),
        start: at(FROM),
        end: at(TO),
        sources: vec![("SBI.bundle/logins.parquet".to_owned(), vec![1])],
        statement_en: format!("As SBI/{}", pseudonym(3)),
        statement_ja: String::new(),
    };
    Results {
        rings: vec![ring("R-1", &["RAKUTEN", "SBI"], 60.0), ring("R-2", &["RAKUTEN"], 40.0)],
        evidence: members
            .iter()
            .flat_map(|m| [evidence(m, Kind::Ip, 8.0), evidence(m, Kind::Device, -1.0)])
            .collect(),
        accounts: members
            .iter()
            .map(|m| AccountRow {
                account: m.account.clone(),
                ring_id: Some(m.ring_id.clone()),
                role: Some(m.role),
                bits: Some(m.bits),
                community: 1,
                degree: 2,
                reported: Vec::new(),
            })
            .collect(),
        episodes: members
            .iter()
            .map(|m| EpisodeRow {
                account: m.account.clone(),
                start: at(FROM),
                end: at(TO),
                bits: Millibits::from_bits(9.0),
                signals: vec!["new_device".to_owned()],
                sold_jpy: None,
                bought_jpy: None,
                instruments: Vec::new(),
            })
            .collect(),
        ring_infrastructure: vec![InfrastructureRow {
            ring_id: "R-1".to_owned(),
            kind: Kind::Ip,
            value: TOKEN.to_owned(),
            role: "relay",
            bits: Millibits::from_bits(8.0),
            accounts: 3,
            brokers: vec!["RAKUTEN".to_owned(), "SBI".to_owned()],
            first_seen: at(FROM),
            last_seen: at(TO),
        }],
        ring_members: members,
        ..Results::default()
    }
}

fn policy() -> Policy {
    Policy::read(DEFAULT).unwrap()
}

fn told(to: &str) -> Disclosure {
    disclose(&results(), &[], &policy(), to).unwrap()
}

#[test]
fn a_broker_hears_of_its_own_accounts_and_of_others_as_counts() {
    let told = told("RAKUTEN");
    assert_eq!((told.rings.len(), told.withheld), (1, 1), "R-2 is of one broker");
    let ring = &told.rings[0];
    assert_eq!(ring.own.iter().map(|o| &o.pseudonym).collect::<Vec<_>>(), [&pseudonym(1), &pseudonym(2)]);
    assert_eq!(ring.own[0].reasons, ["ip"], "what speaks against is no reason");
    assert_eq!(ring.own[0].signals, ["new_device"]);
    assert_eq!(ring.others, [Others { broker: "SBI".to_owned(), role: "victim".to_owned(), accounts: 1 }]);
    assert_eq!(ring.infrastructure[0].token, TOKEN);
}

#[test]
fn nothing_of_another_brokers_customers_is_in_any_form() {
    let told = told("RAKUTEN");
    let rows = rows_for(&told, &results());
    let forms = [told.json().unwrap(), misp::event(&told, "amber").to_string(), format!("{rows:?}")];
    for form in forms {
        assert!(form.contains(&pseudonym(1)) && form.contains(&pseudonym(2)));
        for other in [3, 4, 5] {
            assert!(!form.contains(&pseudonym(other)), "{other}: {form}");
        }
    }
    assert_eq!(rows.rings[0].estimated_loss_jpy, None, "a sum over others' customers");
}

#[test]
fn each_threshold_withholds() {
    let with = |from: &str, to: &str| {
        let text = DEFAULT.replace(from, to);
        assert_ne!(text, DEFAULT);
        disclose(&results(), &[], &Policy::read(&text).unwrap(), "RAKUTEN").unwrap()
    };
    for (from, to) in [
        ("score_bits = 10", "score_bits = 61"),
        ("families = 2", "families = 3"),
        ("accounts = 3", "accounts = 4"),
        ("brokers = 2", "brokers = 3"),
    ] {
        let told = with(from, to);
        assert_eq!((told.rings.len(), told.withheld), (0, 2), "{to}");
    }
    assert_eq!(with("brokers = 2", "brokers = 1").rings.len(), 1, "of R-2 are two accounts only");
}

#[test]
fn a_result_of_plain_data_is_not_for_brokers() {
    for spoil in [
        |r: &mut Results| r.accounts[0].account.account_id = "12345678".to_owned(),
        |r: &mut Results| r.ring_members[2].account.account_id = pseudonym(3).to_uppercase(),
        |r: &mut Results| r.ring_infrastructure[0].value = "192.0.2.1".to_owned(),
    ] {
        let mut plain = results();
        spoil(&mut plain);
        let error = disclose(&plain, &[], &policy(), "RAKUTEN").unwrap_err().to_string();
        assert!(error.contains("as they are"), "{error}");
    }
    let error = disclose(&results(), &[], &policy(), "NOMURA").unwrap_err().to_string();
    assert!(error.contains("it holds those of RAKUTEN, SBI"), "{error}");
}

#[test]
fn a_misp_event_has_trading_accounts_and_no_correlation_over_addresses() {
    let event = misp::event(&told("RAKUTEN"), "amber+strict");
    assert_eq!(event["Event"]["Tag"][0]["name"], "tlp:amber+strict");
    let objects = event["Event"]["Object"].as_array().unwrap();
    assert_eq!(objects.len(), 2);
    for object in objects {
        let of = |relation: &str| {
            let mut all = object["Attribute"].as_array().unwrap().iter();
            all.find(|a| a["object_relation"] == relation).unwrap()["value"].clone()
        };
        assert_eq!(
            (object["name"].as_str(), of("personal-account-type").as_str()),
            (Some("bank-account"), Some("E - Trading Account"))
        );
        assert_eq!(of("non-banking-institution"), "1");
    }
    let tokens = event["Event"]["Attribute"].as_array().unwrap();
    assert!(tokens.iter().all(|a| a["disable_correlation"] == true), "an address and a name");
    assert_eq!(event, misp::event(&told("RAKUTEN"), "amber+strict"));
    let ids: BTreeSet<String> = objects.iter().chain(tokens).map(|o| o["uuid"].to_string()).collect();
    assert_eq!(ids.len(), objects.len() + tokens.len());
}

#[test]
fn questions_go_to_who_takes_part_and_are_answered_in_sums() {
    let (asker, asked) = (told("RAKUTEN"), told("SBI"));
    let inquiry = inquire(&asker, "R-1", "SBI").unwrap();
    assert_eq!((inquiry.from.as_str(), inquiry.to.as_str(), inquiry.own_accounts), ("RAKUTEN", "SBI", 2));
    for (ring, to, says) in [
        ("R-1", "NOMURA", "has no account"),
        ("R-2", "SBI", "is not among"),
        ("R-1", "RAKUTEN", "has no account"),
    ] {
        let error = inquire(&asker, ring, to).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    assert_eq!(may_answer(&asked, &inquiry, &policy()).unwrap().ring_id, "R-1");
    let refused = |change: fn(&mut messages::Inquiry)| {
        let mut other = inquiry.clone();
        change(&mut other);
        may_answer(&asked, &other, &policy()).unwrap_err().to_string()
    };
    assert!(refused(|i| i.to = "NOMURA".to_owned()).contains("is to NOMURA"));
    assert!(refused(|i| i.from = "NOMURA".to_owned()).contains("has no account"));
    assert!(refused(|i| i.ring_id = "R-2".to_owned()).contains("is not among"));
    assert!(refused(|i| i.policy_sha256.clear()).contains("another policy"));
    assert!(refused(|i| i.result_sha256.clear()).contains("another result"));

    let sums = Some(Sums { bought_jpy: 5, sold_jpy: 4 });
    let few = answer(&inquiry, Found { accounts: 2, reported: 1, cleared: 0, sums }, &policy());
    assert_eq!((few.accounts, few.reported, few.sums), (2, 1, None), "a sum over two tells of one");
    assert_eq!(few.withheld.as_deref(), Some("fewer than 3 accounts"));
    let enough = answer(&inquiry, Found { accounts: 3, reported: 0, cleared: 0, sums }, &policy());
    assert_eq!((enough.sums, enough.withheld.clone()), (sums, None));
    assert_eq!((enough.from.as_str(), enough.to.as_str()), ("SBI", "RAKUTEN"));
}

#[test]
fn a_pseudonym_of_another_case_is_an_error() {
    let told = told("SBI");
    let names = OwnNames(BTreeMap::from([(pseudonym(3), "A1".to_owned())]));
    let worth = |_: &_| Some(Money::default());
    let error = find(&Case::default(), "SBI", &told.rings[0], &names, &worth).unwrap_err().to_string();
    assert!(error.contains("is not in the case"), "{error}");
}

#[test]
fn a_disclosure_is_read_as_it_was_written() {
    let place = tempfile::tempdir().unwrap();
    let told = told("RAKUTEN");
    let path = place.path().join(FILE);
    std::fs::write(&path, told.json().unwrap()).unwrap();
    assert_eq!(Disclosure::read(place.path()).unwrap(), told);
    let text = told.json().unwrap();
    for bad in
        [text.replace(FORMAT, "else"), text.replace("\"version\": 1", "\"version\": 2"), "[]".to_owned()]
    {
        std::fs::write(&path, bad).unwrap();
        assert!(matches!(Disclosure::read(&path), Err(ShareError::Foreign { .. })));
    }
}
