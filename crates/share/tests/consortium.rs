//! Two brokers and a key-holder, from rows to bundles.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use itoguchi_model::{
    Case, Instant,
    progress::{Progress, Silent},
    tables::IpClass,
};
use itoguchi_share::{
    ShareError,
    bundle::{self, Bundle, Head},
    canonical::Kind,
    epoch::{Epoch, Keys},
    exchange::{Request, Response},
    identifiers::{Identifiers, broker_of},
    journal::{Event, Journal},
    policy::{DEFAULT, Policy},
    purge::purge,
    steps::{self, Private},
};
use itoguchi_testkit::case::{CaseBuilder, at, buy, login, sell};
use tempfile::TempDir;

const SHARED_IP: &str = "198.18.77.5";
const SHARED_DEVICE: &str = "DEV-SHARED-0001";

fn now() -> Instant {
    Instant::parse_rfc3339("2025-04-10T00:00:00Z").unwrap()
}

fn later() -> Instant {
    Instant::parse_rfc3339("2026-04-10T00:00:00Z").unwrap()
}

fn policy() -> Policy {
    Policy::read(DEFAULT).unwrap()
}

/// Thirty customers, of whom three came from the shared address and device, and all from one office.
fn case(broker: &str, network: u8) -> Case {
    let mut case = CaseBuilder::new();
    for i in 0..30_u32 {
        let account = format!("{broker}/{}", 31_415_926 + i * 7_919 + u32::from(network));
        let own = format!("203.0.{network}.{}", 10 + i);
        case = case
            .login(
                login(&account, at(0, 9, i64::from(i)))
                    .ip(&own)
                    .device(&format!("{broker}-Phone-{i:06}"))
                    .asn(64_500),
            )
            .login(login(&account, at(1, 9, 1)).ip("198.51.100.200").class(IpClass::Corporate))
            .login(login(&account, at(1, 9, 2)).ip("198.51.100.77").failed())
            .fill(buy(&account, at(0, 10, i64::from(i)), "XTKS:9991", 123_456.0, 987.654))
            .fill(buy(&account, at(0, 10, i64::from(i)), "XXXX:Secret Fund", 5.0, 1.0));
        if i < 3 {
            case = case.login(login(&account, at(2, 11, 0)).ip(SHARED_IP).device(SHARED_DEVICE)).fill(sell(
                &account,
                at(2, 11, 3),
                "XTKS:9991",
                100.0,
                1.0,
            ));
        }
    }
    case.build()
}

struct Party {
    place: TempDir,
    case: Case,
    broker: String,
}

struct KeyHolder {
    place: TempDir,
    keys: Keys,
    epoch: Epoch,
}

fn key_holder() -> KeyHolder {
    let place = tempfile::tempdir().unwrap();
    let keys = Keys::at(&place.path().join("keys"));
    let epoch = keys.make("2025-04", day("2025-04-01"), day("2025-05-01")).unwrap();
    KeyHolder { place, keys, epoch }
}

fn day(day: &str) -> Instant {
    Instant::parse_rfc3339(&format!("{day}T00:00:00Z")).unwrap()
}

impl KeyHolder {
    fn evaluate(&self, request: &Request) -> Result<Response, ShareError> {
        self.evaluate_as(request, &policy(), None, now())
    }

    fn evaluate_as(
        &self,
        request: &Request,
        policy: &Policy,
        from: Option<&str>,
        now: Instant,
    ) -> Result<Response, ShareError> {
        let out = self.place.path().join("response");
        steps::evaluate(request, Path::new("request"), &self.keys, policy, from, &out, now, &Silent)
    }
}

impl Party {
    fn new(broker: &str, network: u8) -> Self {
        let case = case(broker, network);
        let broker = broker_of(&case, None).unwrap();
        Self { place: tempfile::tempdir().unwrap(), case, broker }
    }

    fn private(&self) -> Private {
        Private::at(&self.place.path().join("private"))
    }

    fn identifiers(&self) -> Identifiers {
        Identifiers::of(&self.case, &self.broker, &policy())
    }

    fn request(&self, epoch: &Epoch) -> Request {
        steps::request(&self.identifiers(), &policy(), epoch, &self.private(), now(), &Silent).unwrap()
    }

    fn prepare(&self, response: &Response, name: &str, now: Instant) -> Result<(PathBuf, Head), ShareError> {
        let out = self.place.path().join(name);
        fs::create_dir_all(&out).unwrap();
        let (ids, private) = (self.identifiers(), self.private());
        let path = Path::new("response");
        let head =
            bundle::prepare(&self.case, &ids, &policy(), response, path, &private, &out, now, &Silent)?;
        Ok((out, head))
    }

    fn bundle(&self, keys: &KeyHolder) -> PathBuf {
        let response = keys.evaluate(&self.request(&keys.epoch)).unwrap();
        self.prepare(&response, "bundle", now()).unwrap().0
    }
}

/// Every byte of the bundle, and every cell as text: pages are compressed.
fn everything(bundle: &Path) -> String {
    let mut text = String::new();
    for name in bundle::TABLES.iter().chain([&bundle::HEAD]) {
        text.push_str(&String::from_utf8_lossy(&fs::read(bundle.join(name)).unwrap()));
    }
    for field in Bundle::read(bundle).unwrap().fields(usize::MAX) {
        text.push_str(&field.examples.join("\n"));
    }
    text
}

#[test]
fn two_brokers_find_what_they_have_in_common_and_nothing_else() {
    let keys = key_holder();
    let (a, b) = (Party::new("ALPHA", 1), Party::new("BETA", 2));
    let (a, b) = (Bundle::read(&a.bundle(&keys)).unwrap(), Bundle::read(&b.bundle(&keys)).unwrap());
    let common = bundle::compare(&a, &b, now()).unwrap();
    let both: Vec<(Kind, u64)> = common.iter().map(|c| (c.kind, c.both)).collect();
    // The office is a hub of addresses; its network is within the limit of networks.
    assert_eq!(both, [(Kind::Ip, 1), (Kind::Network, 2), (Kind::Device, 1), (Kind::UserAgent, 0)]);
    assert_eq!((common[0].a, common[2].a), (31, 31));
    let counts = &a.head().counts;
    assert_eq!((counts.accounts, counts.identifiers[&Kind::Ip].hubs), (30, 1));
    assert_eq!((counts.fills_without_code, counts.logins_left_out), (30, 30));
    assert!(matches!(bundle::compare(&a, &b, later()), Err(ShareError::Stale { .. })));
}

#[test]
fn no_original_identifier_is_in_a_bundle() {
    let keys = key_holder();
    let party = Party::new("ALPHA", 1);
    let text = everything(&party.bundle(&keys)).to_lowercase();
    assert!(text.contains("xtks:9991"), "the scan sees cells");
    assert!(text.contains("a1_new_device") && text.contains("c7_"), "those of occasions and sales too");
    let hex = |s: &str| s.bytes().map(|b| format!("{b:02x}")).collect::<String>();
    let names = &party.case.names;
    let mut originals: Vec<String> = names.accounts.iter().map(|(_, a)| a.clone()).collect();
    originals.extend(names.devices.iter().cloned());
    originals.extend(["secret fund", "987.654", "123456", "203.0.1.", "198.18.77.0/24"].map(str::to_owned));
    for ip in &names.ips {
        let Some(std::net::IpAddr::V4(v4)) = ip.address() else { continue };
        let [x, y, z, w] = v4.octets();
        originals.extend([
            ip.to_string(),
            format!("{x:03}.{y:03}.{z:03}.{w:03}"),
            format!("::ffff:{ip}"),
            v4.to_bits().to_string(),
            format!("{x}-{y}-{z}-{w}"),
        ]);
    }
    assert!(originals.len() > 200);
    for original in &originals {
        for spelling in [original.to_lowercase(), hex(original), hex(&original.to_lowercase())] {
            assert!(!text.contains(&spelling), "{spelling} is in the bundle");
        }
    }
}

/// Everything in a bundle that could be a token or a pseudonym.
fn tokens_in(bundle: &Path) -> BTreeSet<String> {
    let fields = Bundle::read(bundle).unwrap().fields(usize::MAX);
    fields.into_iter().flat_map(|f| f.examples).filter(|e| e.len() == 32).collect()
}

fn digits(bytes: &[u8]) -> String {
    bytes[..16].iter().map(|b| format!("{b:02x}")).collect()
}

/// Tries `value` as everybody can who knows how bundles are made: as a hash of it and of the token's input.
fn guessed(tokens: &BTreeSet<String>, value: &str, input: &[u8]) -> bool {
    use sha2::{Digest as _, Sha256, Sha512};
    let hashes =
        [Sha256::digest(value).to_vec(), Sha256::digest(input).to_vec(), Sha512::digest(input).to_vec()];
    hashes.iter().any(|h| tokens.contains(&digits(h)))
}

#[test]
fn a_dictionary_recovers_nothing_without_the_key() {
    let keys = key_holder();
    let party = Party::new("ALPHA", 1);
    let tokens = tokens_in(&party.bundle(&keys));
    let (_, key) = keys.keys.open("2025-04").unwrap();
    let own = itoguchi_share::tokens::EpochKey::new().unwrap();
    for host in 0..=u16::MAX {
        for [x, y] in [[198, 18], [203, 0]] {
            let value = format!("{x}.{y}.{}.{}", host >> 8, host & 255);
            let input = Kind::Ip.input("2025-04", &value);
            assert!(!guessed(&tokens, &value, &input), "{value}");
            if value == SHARED_IP || value.starts_with("203.0.1.") {
                assert!(!tokens.contains(&digits(&own.token(&input).unwrap())), "{value}");
            }
        }
    }
    for number in 31_400_000..31_700_000 {
        let value = number.to_string();
        assert!(!guessed(&tokens, &value, format!("ALPHA/{value}").as_bytes()), "{value}");
    }
    // With the key the same dictionary finds it at once: the attack is sound, and the key is what stops it.
    let token = key.token(&Kind::Ip.input("2025-04", SHARED_IP)).unwrap();
    assert!(tokens.contains(&digits(&token)));
}

/// As above with all numbers of eight digits: too long for every day. `cargo test -- --ignored`.
#[test]
#[ignore = "a hundred million numbers take minutes"]
fn all_numbers_of_eight_digits_recover_nothing() {
    let keys = key_holder();
    let party = Party::new("ALPHA", 1);
    let tokens = tokens_in(&party.bundle(&keys));
    for number in 0..100_000_000 {
        let value = format!("{number:08}");
        assert!(!guessed(&tokens, &value, format!("ALPHA/{value}").as_bytes()), "{value}");
    }
}

#[test]
fn equal_keys_and_rows_give_equal_bytes_in_an_order_of_pseudonyms() {
    let keys = key_holder();
    let party = Party::new("ALPHA", 1);
    let response = keys.evaluate(&party.request(&keys.epoch)).unwrap();
    let (first, _) = party.prepare(&response, "one", now()).unwrap();
    let again = keys.evaluate(&party.request(&keys.epoch)).unwrap();
    assert_eq!(response.bytes(), again.bytes(), "proofs are derived, not drawn");
    let (second, _) = party.prepare(&again, "two", now()).unwrap();
    for name in bundle::TABLES.iter().chain([&bundle::HEAD]) {
        assert_eq!(fs::read(first.join(name)).unwrap(), fs::read(second.join(name)).unwrap(), "{name}");
    }
    let table = fs::read_to_string(party.place.path().join("private/pseudonyms-ALPHA-2025-04.csv")).unwrap();
    let accounts = Bundle::read(&first).unwrap().fields(usize::MAX).remove(0).examples;
    assert_eq!(accounts.len(), 30);
    assert!(accounts.iter().all(|a| table.contains(a.as_str())), "the broker can look every pseudonym up");
}

#[test]
fn another_epoch_gives_other_tokens_and_is_never_mixed() {
    let keys = key_holder();
    let (a, b) = (Party::new("ALPHA", 1), Party::new("BETA", 2));
    let next = keys.keys.make("2025-04b", day("2025-04-01"), day("2025-05-01")).unwrap();
    let old = a.bundle(&keys);
    let response = keys.evaluate(&b.request(&next)).unwrap();
    let (new, _) = b.prepare(&response, "next", now()).unwrap();
    let (x, y) = (Bundle::read(&old).unwrap(), Bundle::read(&new).unwrap());
    assert!(matches!(bundle::compare(&x, &y, now()), Err(ShareError::MixedEpochs { .. })));
    let tokens = |b: &Bundle| {
        let ip = b.fields(usize::MAX).into_iter().find(|f| f.column == "ip").unwrap();
        assert!(!ip.examples.is_empty());
        ip.examples
    };
    assert!(tokens(&x).iter().all(|t| !tokens(&y).contains(t)), "{SHARED_IP} has two tokens");
    // A response of the next epoch to whoever asked in this one.
    assert!(matches!(a.prepare(&response, "x", now()), Err(ShareError::MixedEpochs { .. })));
}

#[test]
fn what_does_not_belong_is_an_error_of_its_own() {
    let keys = key_holder();
    let (a, b) = (Party::new("ALPHA", 1), Party::new("BETA", 2));
    let asked = a.request(&keys.epoch);
    let sound = keys.evaluate(&asked).unwrap();
    let refused = |response: &Response| a.prepare(response, "x", now()).unwrap_err();
    // Another's answer, relabelled or not.
    let mut other = keys.evaluate(&b.request(&keys.epoch)).unwrap();
    assert!(matches!(refused(&other), ShareError::Replayed { .. }));
    other.header = sound.header.clone();
    assert!(matches!(refused(&other), ShareError::Response { .. }));
    let mut tampered = sound.clone();
    tampered.batches[0].elements.swap(0, 1);
    assert!(matches!(refused(&tampered), ShareError::Response { batch: 0, .. }));
    let mut wrong = sound.clone();
    wrong.batches[0].elements[5] = [0xff; 32];
    assert!(refused(&wrong).to_string().contains("element 5 is no element of the group"));
    assert!(matches!(a.prepare(&sound, "x", later()), Err(ShareError::Expired { .. })));
    let gamma = Party::new("GAMMA", 3);
    assert!(matches!(gamma.prepare(&sound, "x", now()), Err(ShareError::NoRequest { .. })));
    // Another key under the epoch's name.
    let mut two_keys = sound.clone();
    two_keys.header.epoch.public_key = key_holder().epoch.public_key;
    assert!(matches!(refused(&two_keys), ShareError::WrongKey { .. }));
    // At the key-holder's.
    assert!(matches!(keys.evaluate_as(&asked, &policy(), None, later()), Err(ShareError::Expired { .. })));
    let sender = keys.evaluate_as(&asked, &policy(), Some("BETA"), now());
    assert!(matches!(sender, Err(ShareError::Sender { .. })));
    assert!(matches!(key_holder().evaluate(&asked), Err(ShareError::WrongKey { .. })));
    let mut no_element = asked.clone();
    no_element.elements[7] = [0; 32];
    assert!(matches!(keys.evaluate(&no_element), Err(ShareError::Request { .. })));
    let exists = keys.keys.make("2025-04", day("2025-04-01"), day("2025-05-01"));
    assert!(matches!(exists, Err(ShareError::Exists { .. })));
}

#[test]
fn evaluations_are_logged_and_limited() {
    let keys = key_holder();
    let party = Party::new("ALPHA", 1);
    let mut policy = policy();
    policy.limits.evaluations = 100;
    let ask = |n: usize| {
        let ids = Identifiers::of(&party.case, "ALPHA", &policy);
        let place = party.place.path().join(format!("p{n}"));
        steps::request(&ids, &policy, &keys.epoch, &Private::at(&place), now(), &Silent).unwrap()
    };
    let first = ask(1);
    let elements = first.header.elements;
    assert!(elements > 50 && elements <= 100, "{elements}");
    for _ in 0..3 {
        keys.evaluate_as(&first, &policy, None, now()).unwrap();
    }
    // Another seed: other blinded elements, which the key-holder cannot tell from other identifiers.
    let error = keys.evaluate_as(&ask(2), &policy, None, now()).unwrap_err();
    assert!(matches!(error, ShareError::Limit { used, .. } if used == elements), "{error}");
    let path = keys.keys.log_file();
    fs::write(&path, [fs::read(&path).unwrap(), b"{\"time\":\"torn".to_vec()].concat()).unwrap();
    let mut journal = Journal::open(&path).unwrap();
    let events: Vec<Event> = journal.entries().unwrap().iter().map(|e| e.event).collect();
    use Event::{Accepted, Finished, Refused};
    assert_eq!(events, [Accepted, Finished, Finished, Finished, Refused]);
    assert_eq!(journal.used("ALPHA", "2025-04"), elements);
    assert_eq!(journal.used("BETA", "2025-04"), 0);
}

/// Stops at the first look after something was done.
#[derive(Default)]
struct StopOnce(AtomicU64);

impl Progress for StopOnce {
    fn begin(&self, _stage: &'static str, _total: u64) {}
    fn advance(&self, units: u64) {
        self.0.fetch_add(units, Ordering::SeqCst);
    }
    fn end(&self, _rows: u64) {}
    fn cancelled(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 0
    }
}

#[test]
fn a_stopped_step_goes_on_without_loss_or_repeat() {
    let keys = key_holder();
    let mut rows = CaseBuilder::new();
    for i in 0..8_400_u32 {
        let account = format!("ALPHA/{}", i / 3);
        rows = rows.login(login(&account, at(0, 9, 0)).device(&format!("d{i:05}")));
    }
    let party = Party {
        place: tempfile::tempdir().unwrap(),
        case: rows.fill(buy("ALPHA/1", at(0, 9, 0), "XTKS:9991", 1.0, 1.0)).build(),
        broker: "ALPHA".to_owned(),
    };
    let (ids, private) = (party.identifiers(), party.private());
    let ask = |p: &dyn Progress| steps::request(&ids, &policy(), &keys.epoch, &private, now(), p);
    let stop = StopOnce::default();
    assert!(matches!(ask(&stop), Err(ShareError::Cancelled)));
    let done = stop.0.load(Ordering::SeqCst);
    assert_eq!(done, 8 * 1024);
    let request = ask(&Silent).unwrap();
    let out = keys.place.path().join("response");
    let evaluate = |p: &dyn Progress| {
        steps::evaluate(&request, Path::new("r"), &keys.keys, &policy(), None, &out, now(), p)
    };
    assert!(matches!(evaluate(&StopOnce::default()), Err(ShareError::Cancelled)));
    assert!(!out.exists(), "a response is complete or not there");
    let part = keys.place.path().join("response.part");
    let kept = fs::read(&part).unwrap();
    fs::write(&part, &kept[..kept.len() - 5]).unwrap();
    let response = evaluate(&Silent).unwrap();
    assert!(!part.exists());
    assert!(response.batches[..7].iter().all(|b| kept.windows(64).any(|w| w == b.proof)));
    let journal = Journal::open(&keys.keys.log_file()).unwrap();
    assert_eq!(journal.used("ALPHA", "2025-04"), 8_400, "counted once");
    drop(journal);
    let path = Path::new("r");
    let tokens = |p: &dyn Progress| steps::tokens_of(&ids, &policy(), &response, path, &private, now(), p);
    let (_, key) = keys.keys.open("2025-04").unwrap();
    let tokens = tokens(&Silent).unwrap();
    for (i, (kind, form)) in ids.shared().enumerate().step_by(97) {
        assert_eq!(tokens[i], key.token(&kind.input("2025-04", form)).unwrap(), "{form}");
    }
}

#[test]
fn expired_bundles_go_and_the_log_says_so() {
    let keys = key_holder();
    let party = Party::new("ALPHA", 1);
    let bundle = party.bundle(&keys);
    let folder = bundle.parent().unwrap();
    let done = purge(folder, now()).unwrap();
    assert_eq!((done.removed.len(), done.kept), (0, 1));
    fs::write(bundle.join("notes.txt"), "x").unwrap();
    assert!(matches!(purge(folder, later()), Err(ShareError::Foreign { .. })));
    assert!(Bundle::read(&bundle).is_ok(), "nothing was removed");
    fs::remove_file(bundle.join("notes.txt")).unwrap();
    assert_eq!(purge(folder, later()).unwrap().removed.len(), 1);
    assert!(!bundle.exists());
    assert!(fs::read_to_string(folder.join("purged.jsonl")).unwrap().contains("\"broker\":\"ALPHA\""));
}

#[test]
fn a_bundle_that_was_changed_is_refused() {
    let keys = key_holder();
    let party = Party::new("ALPHA", 1);
    let bundle = party.bundle(&keys);
    let file = bundle.join(bundle::TABLES[0]);
    let mut bytes = fs::read(&file).unwrap();
    bytes[100] ^= 1;
    fs::write(&file, bytes).unwrap();
    assert!(matches!(Bundle::read(&bundle), Err(ShareError::Damaged { .. })));
}
