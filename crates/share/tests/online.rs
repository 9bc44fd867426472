//! The exchange in parts, with a stand-in for the service: what a broker believes, and what it does not.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

use std::{
    fs,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use itoguchi_model::{
    Case, Instant,
    progress::{Progress, Silent},
};
use itoguchi_share::{
    ShareError,
    epoch::{Epoch, Keys},
    exchange::{PART, Request, Response},
    identifiers::Identifiers,
    journal::{Event, Journal},
    policy::{DEFAULT, Policy},
    steps::{self, Private, Service},
};
use itoguchi_testkit::case::{CaseBuilder, at, login};
use tempfile::TempDir;

fn now() -> Instant {
    Instant::parse_rfc3339("2025-04-10T00:00:00Z").unwrap()
}

fn day(day: &str) -> Instant {
    Instant::parse_rfc3339(&format!("{day}T00:00:00Z")).unwrap()
}

fn policy() -> Policy {
    Policy::read(DEFAULT).unwrap()
}

/// A broker with `devices` devices, and a key-holder.
struct Setting {
    place: TempDir,
    case: Case,
    keys: Keys,
    epoch: Epoch,
    journal: Mutex<Journal>,
}

impl Setting {
    fn new(devices: usize) -> Self {
        let mut case = CaseBuilder::new();
        for i in 0..devices {
            let account = format!("ALPHA/{}", i / 3);
            case = case.login(login(&account, at(0, 9, 0)).device(&format!("d{i:05}")));
        }
        let place = tempfile::tempdir().unwrap();
        let keys = Keys::at(&place.path().join("keys"));
        let epoch = keys.make("2025-04", day("2025-04-01"), day("2025-05-01")).unwrap();
        let journal = Mutex::new(Journal::open(&keys.log_file()).unwrap());
        Self { place, case: case.build(), keys, epoch, journal }
    }

    fn identifiers(&self) -> Identifiers {
        Identifiers::of(&self.case, "ALPHA", &policy())
    }

    fn ask(&self, service: &dyn Service, progress: &dyn Progress) -> Result<Response, ShareError> {
        let (ids, private) = (self.identifiers(), Private::at(&self.place.path().join("private")));
        let out = self.place.path().join("response");
        steps::ask(&ids, &policy(), &self.epoch, &private, service, &out, now(), progress)
    }

    fn answer(&self, request: &Request) -> Result<Response, ShareError> {
        steps::answer(request, &self.keys, &policy(), "ALPHA", &self.journal, now())
    }

    fn accepted(&self) -> u64 {
        let entries = self.journal.lock().unwrap().entries().unwrap();
        entries.iter().filter(|e| e.event == Event::Accepted).count() as u64
    }
}

/// A service that does something to every answer.
struct Twisted<'a, F>(&'a Setting, F);

impl<F: Fn(&Request, Response) -> Result<Response, ShareError>> Service for Twisted<'_, F> {
    fn name(&self) -> &str {
        "https://keys.example:8443"
    }

    fn evaluate(&self, request: &Request) -> Result<Response, ShareError> {
        (self.1)(request, self.0.answer(request)?)
    }
}

fn gone() -> ShareError {
    ShareError::Unreachable { service: "s".to_owned(), what: "gone".to_owned(), hint: "h" }
}

/// The user stops it once the service was asked so often.
struct StopAfter<'a>(u64, &'a AtomicU64);

impl Progress for StopAfter<'_> {
    fn begin(&self, _stage: &'static str, _total: u64) {}
    fn advance(&self, _units: u64) {}
    fn end(&self, _rows: u64) {}
    fn cancelled(&self) -> bool {
        self.1.load(Ordering::SeqCst) >= self.0
    }
}

#[test]
fn parts_make_the_very_response_of_the_files() {
    let set = Setting::new(PART + 10);
    let plain = Twisted(&set, |_: &Request, response| Ok(response));
    let private = Private::at(&set.place.path().join("private"));
    let ids = set.identifiers();
    let request = steps::request(&ids, &policy(), &set.epoch, &private, now(), &Silent).unwrap();
    let out = set.place.path().join("offline");
    let path = Path::new("r");
    let offline = steps::evaluate(&request, path, &set.keys, &policy(), None, &out, now(), &Silent).unwrap();
    let online = set.ask(&plain, &Silent).unwrap();
    assert_eq!(online.bytes(), offline.bytes());
    assert_eq!(fs::read(set.place.path().join("response")).unwrap(), offline.bytes());
    assert!(!set.place.path().join("response.part").exists());
    assert_eq!(set.accepted(), 1 + 2, "the file, and two parts");
    steps::tokens_of(&ids, &policy(), &online, path, &private, now(), &Silent).unwrap();
}

#[test]
fn what_was_lost_on_the_way_is_asked_for_again_and_counted_once() {
    let set = Setting::new(PART + 10);
    let calls = AtomicU64::new(0);
    // Every other answer is lost after it was counted; the broker stops when that of the second part was.
    let lossy = Twisted(&set, |_: &Request, response| {
        if calls.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) { Err(gone()) } else { Ok(response) }
    });
    let stopped = set.ask(&lossy, &StopAfter(3, &calls));
    assert!(matches!(stopped, Err(ShareError::Cancelled)), "{stopped:?}");
    let part = set.place.path().join("response.part");
    let kept = fs::read(&part).unwrap();
    fs::write(&part, &kept[..kept.len() - 40_000]).unwrap();
    let plain = Twisted(&set, |_: &Request, response| Ok(response));
    let resumed = set.ask(&plain, &Silent).unwrap();
    let whole = set.ask(&plain, &Silent).unwrap();
    assert_eq!(resumed.bytes(), whole.bytes());
    assert_eq!(set.accepted(), 2);
    assert_eq!(set.journal.lock().unwrap().used("ALPHA", "2025-04"), (PART + 10) as u64);
}

#[test]
fn no_answer_is_believed_that_does_not_hold() {
    let set = Setting::new(1_100);
    let kept: Mutex<Option<Response>> = Mutex::new(None);
    let refused = |twist: &dyn Fn(&mut Response)| {
        let twisted = Twisted(&set, |_: &Request, mut response: Response| {
            twist(&mut response);
            Ok(response)
        });
        let error = set.ask(&twisted, &Silent).unwrap_err();
        assert!(error.to_string().contains("\nhint: "), "{error}");
        assert!(!set.place.path().join("response").exists());
        error
    };
    // Tampered: an element, the proof, an element that is none, a batch too few, all batches in another order.
    let error = refused(&|r| r.batches[1].elements.swap(0, 1));
    assert!(matches!(error, ShareError::Response { batch: 1, .. }), "{error}");
    let error = refused(&|r| r.batches[0].proof[40] ^= 1);
    assert!(error.to_string().contains("proof"), "{error}");
    let error = refused(&|r| r.batches[0].elements[9] = [0xff; 32]);
    assert!(error.to_string().contains("element 9 is no element of the group"), "{error}");
    let error = refused(&|r| drop(r.batches.pop()));
    assert!(matches!(error, ShareError::Replayed { .. }), "{error}");
    // Another key, honestly said and silently used.
    let other = Setting::new(1);
    let error = refused(&|r| r.header.epoch.public_key = other.epoch.public_key.clone());
    assert!(matches!(error, ShareError::WrongKey { .. }), "{error}");
    let (_, key) = other.keys.open("2025-04").unwrap();
    let twisted = Twisted(&set, |request: &Request, mut response: Response| {
        response.batches[0] = key.evaluate(&request.elements[..1024]).unwrap();
        Ok(response)
    });
    let error = set.ask(&twisted, &Silent).unwrap_err();
    assert!(error.to_string().contains("not computed with the published key"), "{error}");
    let error = refused(&|r| r.header.epoch.id = "2025-03".to_owned());
    assert!(matches!(error, ShareError::MixedEpochs { .. }), "{error}");
    // Replayed: the answer to another request of the same broker.
    let earlier = Twisted(&set, |_: &Request, response: Response| {
        *kept.lock().unwrap() = Some(response);
        Err(ShareError::Cancelled)
    });
    let (ids, elsewhere) = (set.identifiers(), Private::at(&set.place.path().join("elsewhere")));
    let out = set.place.path().join("other");
    steps::ask(&ids, &policy(), &set.epoch, &elsewhere, &earlier, &out, now(), &Silent).unwrap_err();
    let error = refused(&|r| *r = kept.lock().unwrap().clone().unwrap());
    assert!(matches!(error, ShareError::Replayed { .. }), "{error}");
    set.ask(&Twisted(&set, |_: &Request, response| Ok(response)), &Silent).unwrap();
}
