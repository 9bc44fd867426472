//! Exports of a small result: structure, hostile names, equal bytes, and what a person would read.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{RING, at, loaded, name};
use itoguchi_model::{
    Kind,
    results::{AccountName, Statement},
};
use itoguchi_report::{
    ExportFormat, ExportManifest, ExportOptions, Exported, Loaded, ReportError, Tlp, export,
};
use quick_xml::{Reader, events::Event};
use serde_json::Value;

const ALL: [ExportFormat; 5] = [
    ExportFormat::Graphml,
    ExportFormat::Gexf,
    ExportFormat::I2,
    ExportFormat::Stix(Tlp::AmberStrict),
    ExportFormat::Csv,
];

fn options(redact: bool) -> ExportOptions {
    ExportOptions { ring: None, redact }
}

/// The files of an export as texts; a single file is called "".
fn files(loaded: &Loaded, format: ExportFormat, options: &ExportOptions) -> BTreeMap<String, String> {
    let files = match export(loaded, format, options).unwrap() {
        Exported::File(bytes) => vec![(String::new(), bytes)],
        Exported::Folder(files) => files,
    };
    files.into_iter().map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap())).collect()
}

fn file(loaded: &Loaded, format: ExportFormat) -> String {
    files(loaded, format, &options(false)).remove("").unwrap()
}

fn bundle(loaded: &Loaded, redact: bool) -> Vec<Value> {
    let text = files(loaded, ExportFormat::Stix(Tlp::AmberStrict), &options(redact)).remove("").unwrap();
    let mut bundle: Value = serde_json::from_str(&text).unwrap();
    serde_json::from_value(bundle["objects"].take()).unwrap()
}

/// Attributes of an element, and its text.
type Element = (BTreeMap<String, String>, String);

/// Elements of `wanted` with their attributes, and the texts inside them joined; panics where the XML is not well formed.
fn elements(xml: &str, wanted: &str) -> Vec<Element> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let (mut found, mut open): (Vec<Element>, usize) = (Vec::new(), 0);
    loop {
        let event = reader.read_event().unwrap();
        match &event {
            Event::Eof => return found,
            Event::Start(tag) | Event::Empty(tag) => {
                let attributes = tag.attributes().map(|a| {
                    let a = a.unwrap();
                    let value = a.normalized_value(quick_xml::XmlVersion::Explicit1_0).unwrap().into_owned();
                    (a.key.as_ref().to_owned(), value)
                });
                let attributes = attributes.collect();
                if tag.name().as_ref() == wanted {
                    found.push((attributes, String::new()));
                    open += usize::from(matches!(event, Event::Start(_)));
                }
            }
            Event::End(tag) => open -= usize::from(tag.name().as_ref() == wanted),
            Event::Text(text) if open > 0 => {
                found.last_mut().unwrap().1.push_str(text);
            }
            _ => {}
        }
    }
}

fn sheet(text: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let text = text.strip_prefix('\u{feff}').expect("spreadsheets know UTF-8 by its mark");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let titles = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
    (titles, rows)
}

fn column(text: &str, title: &str) -> Vec<String> {
    let (titles, rows) = sheet(text);
    let at = titles.iter().position(|t| t == title).unwrap_or_else(|| panic!("no {title} in {titles:?}"));
    rows.into_iter().map(|mut r| r.swap_remove(at)).collect()
}

#[test]
fn equal_results_give_equal_bytes_in_every_format() {
    let (one, mut other) = (loaded(), loaded());
    // What depends on the clock and the machine must not get in.
    other.manifest.run.started = "2031-01-01T00:00:00Z".into();
    other.manifest.run.threads = 64;
    for format in ALL {
        for redact in [false, true] {
            let options = options(redact);
            assert_eq!(export(&one, format, &options).unwrap(), export(&other, format, &options).unwrap());
        }
    }
}

#[test]
fn nodes_and_edges_are_the_same_in_every_graph_format() {
    let loaded = loaded();
    let i2 = files(&loaded, ExportFormat::I2, &options(false));
    let nodes: BTreeSet<String> = column(&i2["entities.csv"], "id").into_iter().collect();
    let edges: BTreeSet<String> = column(&i2["links.csv"], "id").into_iter().collect();
    // 4 accounts, the ring, 2 addresses, 1 device, 2 names; 4 memberships, 4 uses of devices and addresses, 5 trades,
    // 2 links.
    assert_eq!((nodes.len(), edges.len()), (10, 15));
    for end in ["from_id", "to_id"] {
        assert!(column(&i2["links.csv"], end).iter().all(|id| nodes.contains(id)));
    }
    for format in [ExportFormat::Graphml, ExportFormat::Gexf] {
        let xml = file(&loaded, format);
        let ids = |element: &str| -> BTreeSet<String> {
            elements(&xml, element).into_iter().map(|(a, _)| a["id"].clone()).collect()
        };
        assert_eq!(ids("node"), nodes, "{format:?}");
        assert_eq!(ids("edge"), edges, "{format:?}");
    }
}

#[test]
fn roles_are_in_the_words_of_the_project_and_nobody_is_called_guilty() {
    let loaded = loaded();
    let i2 = files(&loaded, ExportFormat::I2, &options(false));
    let roles: BTreeSet<String> = column(&i2["entities.csv"], "role").into_iter().collect();
    for role in [
        "victim, account believed taken over",
        "suspected seller account",
        "address believed to be a relay",
        "address believed to be shared by unrelated people",
        "shared device",
    ] {
        assert!(roles.contains(role), "{role} is not in {roles:?}");
    }
    for format in ALL {
        for (name, text) in files(&loaded, format, &options(false)) {
            let text = text
                .to_lowercase()
                .replace("not a finding of guilt", "")
                .replace("有罪の認定ではありません", "");
            for word in
                ["guilt", "criminal", "fraudster", "perpetrator", "culprit", "threat-actor", "有罪", "犯人"]
            {
                assert!(!text.contains(word), "{format:?} {name} says {word}");
            }
        }
    }
}

#[test]
fn one_ring_alone_or_a_clear_refusal() {
    let mut loaded = loaded();
    let mut second = loaded.results.clone();
    second.rings[0].ring_id = "ring-2".into();
    second.ring_members.truncate(1);
    second.ring_members[0].ring_id = "ring-2".into();
    loaded.results.rings.extend(second.rings);
    loaded.results.ring_members.extend(second.ring_members);
    let one = ExportOptions { ring: Some("ring-2".into()), redact: false };
    let members = files(&loaded, ExportFormat::Csv, &one);
    assert_eq!(column(&members["ring_members.csv"], "ring_id"), ["ring-2"]);
    assert_eq!(column(&members["evidence.csv"], "ring_id"), Vec::<String>::new());
    // An account in two rings is one node with two memberships.
    let both = files(&loaded, ExportFormat::I2, &options(false));
    let accounts = column(&both["entities.csv"], "type").iter().filter(|t| *t == "account").count();
    let memberships = column(&both["links.csv"], "type").iter().filter(|t| *t == "member").count();
    assert_eq!((accounts, memberships), (4, 5));
    let unknown = ExportOptions { ring: Some("ring-5f2c1a9".into()), redact: false };
    assert!(matches!(export(&loaded, ExportFormat::Gexf, &unknown), Err(ReportError::UnknownRing { .. })));
}

#[test]
fn links_outside_rings_and_candidates_stay_out() {
    let loaded = loaded();
    for format in ALL {
        for (name, text) in files(&loaded, format, &options(false)) {
            // SBI/C-0042 is linked to a member, has an episode of its own and is a candidate; it is in no ring.
            assert!(!text.contains("C-0042"), "{format:?} {name}");
        }
    }
}

#[test]
fn redaction_leaves_no_account_device_or_address() {
    let loaded = loaded();
    for format in ALL {
        let plain = files(&loaded, format, &options(false));
        let redacted = files(&loaded, format, &options(true));
        assert!(plain.values().any(|t| t.contains("A-0001") && t.contains("dv-77c1")), "{format:?}");
        for (name, text) in &redacted {
            for word in
                ["A-0001", "R-900", "B-0700", "C-0042", "evil", "dv-77c1", "198.51.100.7", "203.0.113.20"]
            {
                assert!(!text.contains(word), "{format:?} {name} still says {word}");
            }
            // Ids that are hashes over names could be undone by whoever can list the names.
            for id in ["E-00a1", "E-00b1"] {
                assert!(!text.contains(id), "{format:?} {name} still says {id}");
            }
        }
        let text: String = redacted.into_values().collect();
        for word in ["SBI/account-", "RAKUTEN/account-", "device-1"] {
            assert!(text.contains(word), "{format:?} does not say {word}");
        }
    }
    let ids = |redact: bool| -> BTreeSet<String> {
        let files = files(&loaded, ExportFormat::I2, &options(redact));
        column(&files["entities.csv"], "id").into_iter().collect()
    };
    let (plain, redacted) = (ids(false), ids(true));
    // The ring, its two names: everything else has an id of its token.
    assert_eq!(plain.len(), redacted.len());
    assert_eq!(plain.intersection(&redacted).count(), 3);
}

/// Names that are meant to break a reader.
fn hostile() -> Vec<String> {
    let mut names: Vec<String> = [
        "<script>alert(1)</script>",
        "\"quoted\" & 'single' ]]>",
        "\u{202e}right to left",
        "line\nbreak\r\n\u{2028}",
        "nul\u{0}bell\u{7}\u{1b}[2J\u{fffe}\u{ffff}",
        "=HYPERLINK(\"http://x\")",
        "+1",
        "-1",
        "@SUM(1)",
        "\tTAB",
        "\rCR",
        "＝1+1",
        "'apostrophe",
        "a,b;c",
        "a/b",
        "口座",
        " ",
    ]
    .map(str::to_owned)
    .into();
    names.push(format!("{}a", "x".repeat(10_000)));
    names.push(format!("{}b", "x".repeat(10_000)));
    names
}

/// The small result with every hostile name as an account, a device and an address of its ring.
fn besieged() -> Loaded {
    let mut loaded = loaded();
    let results = &mut loaded.results;
    let (member, shared) = (results.ring_members[0].clone(), results.ring_infrastructure[0].clone());
    let (piece, account) = (results.evidence[1].clone(), results.accounts[0].clone());
    for (n, text) in hostile().into_iter().enumerate() {
        let who = name("SBI", &text);
        let mut one = member.clone();
        one.account = who.clone();
        results.ring_members.push(one);
        let mut row = account.clone();
        row.account = who.clone();
        results.accounts.push(row);
        for kind in [Kind::Device, Kind::Ip] {
            let mut one = shared.clone();
            (one.kind, one.value) = (kind, text.clone());
            one.role = if kind == Kind::Device { "device" } else { "relay" };
            results.ring_infrastructure.push(one);
            let mut one = piece.clone();
            one.evidence_id = format!("E-{}-{n}", kind.name());
            (one.kind, one.subject, one.object) = (kind, who.to_string(), text.clone());
            one.statement_en = format!("={text}");
            one.sources = vec![(text.clone(), vec![1, 2, 3])];
            results.evidence.push(one);
        }
    }
    let all = hostile().join(" ");
    loaded.results.rings[0].weakest_point = Statement::new(all.clone(), all);
    loaded.manifest.notes = hostile().into_iter().map(|t| Statement::new(t.clone(), t)).collect();
    loaded
}

#[test]
fn hostile_names_stay_apart_and_harmless_in_xml() {
    let loaded = besieged();
    let count = hostile().len();
    for format in [ExportFormat::Graphml, ExportFormat::Gexf] {
        let xml = file(&loaded, format);
        let odd = |c: char| c.is_control() && c != '\n' || "\u{202e}\u{2028}\u{fffe}\u{ffff}".contains(c);
        assert!(!xml.contains(odd), "{format:?}");
        assert!(!xml.contains("<script"), "{format:?}");
        let ids: Vec<String> = elements(&xml, "node").into_iter().map(|(a, _)| a["id"].clone()).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{format:?}");
        assert_eq!(ids.len(), 10 + 3 * count, "{format:?}");
        assert_eq!(elements(&xml, "edge").len(), 15 + 3 * count, "{format:?}");
    }
    // The text is there, spelled out.
    let xml = file(&loaded, ExportFormat::Graphml);
    let texts: Vec<String> = elements(&xml, "data").into_iter().map(|(_, t)| t).collect();
    assert!(
        texts.iter().any(|t| t.contains("nul\\u{0}bell\\u{7}\\u{1b}[2J\\u{fffe}\\u{ffff}")),
        "spelled out"
    );
    let longest = texts.iter().map(String::len).max().unwrap();
    assert!(longest < 10_000, "{longest}");
}

#[test]
fn no_cell_is_a_formula_and_every_name_can_be_had_back() {
    let loaded = besieged();
    for format in [ExportFormat::Csv, ExportFormat::I2] {
        for (name, text) in files(&loaded, format, &options(false)) {
            if !name.ends_with(".csv") {
                continue;
            }
            let (titles, rows) = sheet(&text);
            for (title, cell) in rows.iter().flat_map(|r| titles.iter().zip(r)) {
                let number = cell.parse::<f64>().is_ok() && !title.contains("account") && title != "value";
                let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
                assert!(number || !formula, "{name} {title}: {cell}");
                assert!(!cell.contains(char::is_control), "{name} {title}: {cell:?}");
            }
        }
    }
    let tables = files(&loaded, ExportFormat::Csv, &options(false));
    let accounts: BTreeSet<String> = column(&tables["ring_members.csv"], "account_id").into_iter().collect();
    assert_eq!(accounts.len(), 4 + hostile().len(), "two names became one");
    for name in ["'=HYPERLINK(\"http://x\")", "'-1", "''apostrophe", "\\u{9}TAB", "口座"] {
        assert!(accounts.contains(name), "{name} is not in {accounts:?}");
    }
}

#[test]
fn hostile_names_are_told_whole_in_stix_and_make_no_pattern() {
    let loaded = besieged();
    let objects = bundle(&loaded, false);
    let users: BTreeSet<&str> = objects.iter().filter_map(|o| o["user_id"].as_str()).collect();
    for text in hostile() {
        assert!(users.contains(format!("SBI/{text}").as_str()), "{text:.40}");
    }
    let patterns: Vec<&str> = objects.iter().filter_map(|o| o["pattern"].as_str()).collect();
    // Of two real addresses one is believed to be a relay; no other name is an address.
    assert_eq!(patterns, ["[ipv4-addr:value = '198.51.100.7']"]);
    let ids: Vec<&str> = objects.iter().filter_map(|o| o["id"].as_str()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
}

#[test]
fn a_token_at_two_brokers_is_two_accounts() {
    let mut loaded = loaded();
    let mut twin = loaded.results.ring_members[1].clone();
    twin.account = AccountName { broker: "NOMURA".into(), ..twin.account };
    let mut slashed = twin.clone();
    slashed.account = name("SBI/A", "1");
    let mut other = twin.clone();
    other.account = name("SBI", "A/1");
    loaded.results.ring_members.extend([twin, slashed, other]);
    let objects = bundle(&loaded, false);
    assert_eq!(objects.iter().filter(|o| o["type"] == "user-account").count(), 7);
    let i2 = files(&loaded, ExportFormat::I2, &options(false));
    assert_eq!(column(&i2["entities.csv"], "type").iter().filter(|t| *t == "account").count(), 7);
}

#[test]
fn tokens_of_two_exports_are_never_one_observable() {
    let (one, mut other) = (loaded(), loaded());
    other.manifest.inputs[0].sha256 = "another".into();
    let tokens = |loaded: &Loaded| -> BTreeSet<String> {
        let own = ["user-account", "x-itoguchi-device", "infrastructure"];
        let objects = bundle(loaded, true).into_iter();
        let objects = objects.filter(|o| own.contains(&o["type"].as_str().unwrap()));
        objects.map(|o| o["id"].as_str().unwrap().to_owned()).collect()
    };
    let (one, other) = (tokens(&one), tokens(&other));
    assert!(!one.is_empty() && one.is_disjoint(&other));
}

#[test]
fn a_bundle_refers_to_its_own_objects_and_names_no_people() {
    for redact in [false, true] {
        let objects = bundle(&loaded(), redact);
        let by_id: BTreeMap<&str, &Value> = objects.iter().map(|o| (o["id"].as_str().unwrap(), o)).collect();
        assert_eq!(by_id.len(), objects.len());
        for object in &objects {
            for (key, value) in object.as_object().unwrap() {
                let refs: Vec<&str> = match key {
                    k if k.ends_with("_ref") => vec![value.as_str().unwrap()],
                    k if k.ends_with("_refs") => {
                        value.as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect()
                    }
                    _ => continue,
                };
                assert!(refs.iter().all(|r| by_id.contains_key(r)), "{key} of {object}");
            }
            match object["type"].as_str().unwrap() {
                "identity" => {
                    let class = object["identity_class"].as_str().unwrap();
                    assert!(class == "organization" || object["name"] == "itoguchi", "{object}");
                }
                "threat-actor" => panic!("{object}"),
                "marking-definition" => {
                    assert_eq!(object["id"], "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003");
                }
                _ => {}
            }
            if object["type"] != "marking-definition" {
                assert_eq!(object["object_marking_refs"].as_array().unwrap().len(), 1, "{object}");
            }
        }
        let kinds: BTreeSet<&str> = objects.iter().map(|o| o["type"].as_str().unwrap()).collect();
        for kind in ["grouping", "campaign", "intrusion-set", "infrastructure", "observed-data", "note"] {
            assert!(kinds.contains(kind), "{kind} is not in {kinds:?}");
        }
        // A token is no address: nothing can be looked for by it.
        assert_eq!(kinds.contains("indicator"), !redact);
        assert_eq!(kinds.contains("ipv4-addr"), !redact);
    }
}

#[test]
fn every_login_is_observed_with_its_port_and_row() {
    let objects = bundle(&loaded(), false);
    let observed: Vec<&Value> = objects.iter().filter(|o| o["type"] == "observed-data").collect();
    assert_eq!(observed.len(), 2, "one for each login, however many things it was made with");
    let rows: BTreeSet<&str> =
        observed.iter().map(|o| o["external_references"][0]["external_id"].as_str().unwrap()).collect();
    assert_eq!(rows, BTreeSet::from(["row 12", "row 900"]));
    assert!(observed.iter().all(|o| o["number_observed"] == 1));
    let ports: BTreeSet<u64> = objects.iter().filter_map(|o| o["src_port"].as_u64()).collect();
    assert_eq!(ports, BTreeSet::from([40_112, 51_000]));
}

#[test]
fn an_address_inside_a_network_is_of_its_line() {
    let mut loaded = loaded();
    loaded.results.ring_infrastructure[0].value = "2001:db8:1:2::/64".into();
    loaded.results.ring_acts[2].access.as_mut().unwrap().ip = Some("2001:db8:1:2::77".into());
    let objects = bundle(&loaded, false);
    let patterns: Vec<&str> = objects.iter().filter_map(|o| o["pattern"].as_str()).collect();
    assert_eq!(patterns, ["[ipv6-addr:value ISSUBSET '2001:db8:1:2::/64']"]);
    for redact in [false, true] {
        let links = &files(&loaded, ExportFormat::I2, &options(redact))["links.csv"];
        assert_eq!(column(links, "type").iter().filter(|t| *t == "used_address").count(), 2, "{redact}");
    }
}

#[test]
fn indicators_end_soon_and_only_relays_have_them() {
    let objects = bundle(&loaded(), false);
    let indicators: Vec<&Value> = objects.iter().filter(|o| o["type"] == "indicator").collect();
    assert_eq!(indicators.len(), 1, "the shared address must have none");
    let time = |key: &str| at(indicators[0][key].as_str().unwrap());
    assert_eq!(time("valid_from"), at("2025-03-19T14:52:07+09:00"));
    assert_eq!(time("valid_until"), at("2025-03-26T14:55:00+09:00"));
    assert_eq!(indicators[0]["confidence"], 50, "that it is a relay is believed, not computed");
}

#[test]
fn labels_of_the_traffic_light_protocol() {
    for (tlp, label) in [
        (Tlp::Clear, "clear"),
        (Tlp::Green, "green"),
        (Tlp::Amber, "amber"),
        (Tlp::AmberStrict, "amber+strict"),
        (Tlp::Red, "red"),
    ] {
        let text = file(&loaded(), ExportFormat::Stix(tlp));
        assert!(text.contains(&format!("\"tlp_2_0\": \"{label}\"")), "{label}");
    }
}

#[test]
fn odd_times_and_numbers_break_nothing() {
    let mut loaded = loaded();
    let results = &mut loaded.results;
    results.rings[0].window = (itoguchi_model::Instant(i64::MAX), itoguchi_model::Instant(i64::MIN));
    results.rings[0].likelihood = f64::INFINITY;
    results.ring_members[0].confidence = f64::NEG_INFINITY;
    results.ring_infrastructure[0].last_seen = itoguchi_model::Instant(i64::MIN);
    results.evidence[1].start = itoguchi_model::Instant(i64::MAX);
    results.links[0].q_value = Some(f64::INFINITY);
    for format in ALL {
        for redact in [false, true] {
            for (name, text) in files(&loaded, format, &options(redact)) {
                assert!(!text.contains(" us\"") && !text.contains(" us,"), "{format:?} {name}");
            }
        }
    }
    for object in bundle(&loaded, false) {
        for (first, last) in
            [("first_seen", "last_seen"), ("first_observed", "last_observed"), ("created", "modified")]
        {
            if let (Some(first), Some(last)) = (object[first].as_str(), object[last].as_str()) {
                assert!(first <= last, "{object}");
            }
        }
    }
}

#[test]
fn a_result_without_rings_is_an_empty_export() {
    let mut loaded = loaded();
    loaded.results.rings.clear();
    for format in ALL {
        for (name, text) in files(&loaded, format, &options(false)) {
            assert!(!text.contains(RING), "{format:?} {name}");
        }
    }
}

#[test]
fn a_folder_says_what_it_is() {
    let files = files(&loaded(), ExportFormat::Csv, &options(true));
    let manifest: ExportManifest = serde_json::from_str(&files["export.json"]).unwrap();
    assert_eq!((manifest.format.as_str(), manifest.kind.as_str()), ("itoguchi-export", "csv"));
    assert!(manifest.redacted);
    assert_eq!(manifest.rings, [RING]);
    assert_eq!(manifest.files.len() + 1, files.len());
    assert!(manifest.files.iter().all(|f| f.bytes == files[&f.path].len() as u64));
}

#[test]
fn graphml_as_written() {
    insta::assert_snapshot!(file(&loaded(), ExportFormat::Graphml));
}

#[test]
fn gexf_as_written() {
    insta::assert_snapshot!(file(&loaded(), ExportFormat::Gexf));
}

#[test]
fn stix_as_written() {
    insta::assert_snapshot!(file(&loaded(), ExportFormat::Stix(Tlp::AmberStrict)));
}

/// The files of a folder one below the other, line ends as they are on this system's terminal.
fn joined(files: &BTreeMap<String, String>) -> String {
    files.iter().map(|(name, text)| format!("== {name}\n{}\n", text.replace("\r\n", "\n"))).collect()
}

#[test]
fn i2_as_written() {
    insta::assert_snapshot!(joined(&files(&loaded(), ExportFormat::I2, &options(false))));
}

#[test]
fn csv_as_written() {
    insta::assert_snapshot!(joined(&files(&loaded(), ExportFormat::Csv, &options(false))));
}

#[test]
fn csv_redacted_as_written() {
    insta::assert_snapshot!(joined(&files(&loaded(), ExportFormat::Csv, &options(true))));
}
