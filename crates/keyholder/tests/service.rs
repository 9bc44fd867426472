//! The service on loopback: who is let in, what is answered, what is refused.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

use std::{
    collections::BTreeSet,
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use itoguchi_keyholder::{
    KeyholderError,
    brokers::{Brokers, fingerprint},
    client::{self, Client},
    serve::{self, Limits},
};
use itoguchi_model::{Instant, progress::Silent};
use itoguchi_share::{
    ShareError,
    canonical::Kind,
    epoch::{Epoch, Keys},
    exchange::{LARGEST_PART, Request, RequestHeader},
    identifiers::Identifiers,
    journal::{Event, Journal},
    policy::{DEFAULT, Policy},
    steps::{self, Private, Service as _},
    tokens::{self, Secret},
};
use itoguchi_testkit::case::{CaseBuilder, at, login};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use tempfile::TempDir;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn private(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Writes `NAME.pem` and `NAME.key`, and returns the SHA-256.
fn certificate(place: &Path, name: &str, alternative: &str, by: &Authority) -> String {
    let key = KeyPair::generate().unwrap();
    let made = CertificateParams::new(vec![alternative.to_owned()]).unwrap().signed_by(&key, by).unwrap();
    fs::write(place.join(format!("{name}.pem")), made.pem()).unwrap();
    private(&place.join(format!("{name}.key")), &key.serialize_pem());
    fingerprint(made.der())
}

fn now() -> Instant {
    let micros = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
    Instant(i64::try_from(micros).unwrap())
}

fn time(text: &str) -> Instant {
    Instant::parse_rfc3339(text).unwrap()
}

/// A key-holder that serves ALPHA (by the SHA-256 of its certificate) and BETA (by its name), and knows no MONITOR.
struct World {
    place: TempDir,
    policy: Policy,
    keys: Keys,
    epoch: Epoch,
    address: String,
    stop: Arc<AtomicBool>,
    runs: Option<JoinHandle<Result<(), KeyholderError>>>,
    patience: Duration,
}

impl World {
    fn new() -> Self {
        Self::with(1_000_000, 1_000_000)
    }

    fn with(evaluations: u64, per_minute: u64) -> Self {
        // A busy machine is no slow caller.
        Self::waiting(evaluations, per_minute, Duration::from_secs(20))
    }

    /// With a service that waits so long for each part of a request.
    fn waiting(evaluations: u64, per_minute: u64, patience: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path();
        let ca = authority();
        fs::write(place.join("ca.pem"), ca.as_ref().pem()).unwrap();
        certificate(place, "service", "localhost", &ca);
        let alpha = certificate(place, "ALPHA", "one.example", &ca);
        certificate(place, "BETA", "beta.example", &ca);
        certificate(place, "MONITOR", "monitor.example", &ca);
        certificate(place, "STRANGER", "beta.example", &authority());
        let brokers = format!(
            "version = 1\n[[brokers]]\ncode = \"ALPHA\"\ncertificates = [\"{alpha}\"]\nper_minute = {per_minute}\n\
             [[brokers]]\ncode = \"BETA\"\nnames = [\"beta.example\"]\n"
        );
        fs::write(place.join("brokers.toml"), brokers).unwrap();
        let mut policy = Policy::read(DEFAULT).unwrap();
        policy.limits.evaluations = evaluations;
        let keys = Keys::at(&place.join("keys"));
        let epoch = keys.make("now", time("2020-01-01T00:00:00Z"), time("2120-01-01T00:00:00Z")).unwrap();
        keys.make("over", time("2020-01-01T00:00:00Z"), time("2021-01-01T00:00:00Z")).unwrap();
        let (address, stop) = (String::new(), Arc::new(AtomicBool::new(false)));
        let mut world = Self { place: folder, policy, keys, epoch, address, stop, runs: None, patience };
        world.start();
        world
    }

    fn file(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    fn start(&mut self) {
        let settings = serve::Settings {
            keys: self.keys.clone(),
            policy: self.policy.clone(),
            brokers: Brokers::read(&self.file("brokers.toml")).unwrap(),
            epochs: vec![],
            limits: Limits {
                connections: 16,
                handshake: self.patience,
                head: self.patience,
                body: self.patience,
            },
        };
        let (service, key) = (self.file("service.pem"), self.file("service.key"));
        let tls = serve::identity(&service, &key, &self.file("ca.pem")).unwrap();
        let listener = serve::listen("127.0.0.1:0").unwrap();
        self.address = format!("localhost:{}", listener.local_addr().unwrap().port());
        self.stop = Arc::new(AtomicBool::new(false));
        let stop = self.stop.clone();
        let run = move || serve::serve(&settings, tls, listener, &|| stop.load(Ordering::SeqCst));
        self.runs = Some(std::thread::spawn(run));
    }

    fn client(&self, name: &str) -> Client {
        let settings = client::Settings {
            service: format!("https://{}", self.address),
            certificate: self.file(&format!("{name}.pem")),
            key: self.file(&format!("{name}.key")),
            ca: self.file("ca.pem"),
        };
        Client::new(&settings).unwrap()
    }

    /// A request of `broker` for addresses from number `from` on.
    fn request(&self, broker: &str, seed: &Secret, from: u32, count: u32) -> Request {
        let blind = |i| tokens::blind(seed, &address(&self.epoch, i)).unwrap();
        let elements: Vec<_> = (from..from + count).map(blind).collect();
        let (broker, policy, epoch) = (broker.to_owned(), self.policy.digest(), self.epoch.clone());
        Request { header: RequestHeader { broker, epoch, policy, elements: u64::from(count) }, elements }
    }

    fn events(&self) -> Vec<Event> {
        let mut journal = Journal::open(&self.keys.log_file()).unwrap();
        journal.entries().unwrap().iter().map(|e| e.event).collect()
    }

    /// A connection with the certificate of `name`, or with none.
    fn connect(&self, name: Option<&str>) -> StreamOwned<ClientConnection, TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.file("ca.pem")).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.unwrap().with_root_certificates(roots);
        let config = match name {
            None => config.with_no_client_auth(),
            Some(name) => {
                let chain = CertificateDer::from_pem_file(self.file(&format!("{name}.pem"))).unwrap();
                let key = PrivateKeyDer::from_pem_file(self.file(&format!("{name}.key"))).unwrap();
                config.with_client_auth_cert(vec![chain], key).unwrap()
            }
        };
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let connection = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
        StreamOwned::new(connection, stream)
    }

    /// Sends bytes as they are and returns what comes until the service hangs up.
    fn raw(&self, name: Option<&str>, bytes: &[u8]) -> Result<String, std::io::Error> {
        let mut stream = self.connect(name);
        stream.write_all(bytes)?;
        stream.flush()?;
        let mut text = Vec::new();
        let read = stream.read_to_end(&mut text);
        if text.is_empty() {
            read?;
        }
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn post(&self, name: &str, body: &[u8]) -> String {
        self.announce(name, body.len(), body)
    }

    /// A request that says how long it is, and begins so.
    fn announce(&self, name: &str, length: usize, begin: &[u8]) -> String {
        let head = format!(
            "POST /v1/evaluate HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
        );
        self.raw(Some(name), &[head.as_bytes(), begin].concat()).unwrap()
    }

    /// What the service says to ALPHA's request.
    fn refuses(&self, request: &Request) -> String {
        let error = self.client("ALPHA").evaluate(request).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("\nhint: ") && text.starts_with("https://localhost:"), "{text}");
        text
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let ended = self.runs.take().map(|thread| thread.join().unwrap());
        assert!(matches!(ended, Some(Ok(())) | None));
    }
}

fn address(epoch: &Epoch, i: u32) -> Vec<u8> {
    Kind::Ip.input(&epoch.id, &std::net::Ipv4Addr::from(0xC612_0000 + i).to_string())
}

#[test]
fn tokens_over_the_network_are_those_of_the_files() {
    let world = World::new();
    let mut case = CaseBuilder::new();
    for i in 0..1_200 {
        case = case.login(login(&format!("ALPHA/{i}"), at(0, 9, 0)).device(&format!("d{i:05}")));
    }
    let case = case.build();
    let ids = Identifiers::of(&case, "ALPHA", &world.policy);
    let (client, mine) = (world.client("ALPHA"), Private::at(&world.file("private")));
    client.offers(&world.epoch, &world.policy).unwrap();
    let out = world.file("online");
    let (policy, epoch) = (&world.policy, &world.epoch);
    let online = steps::ask(&ids, policy, epoch, &mine, &client, &out, now(), &Silent).unwrap();
    let request = steps::request(&ids, policy, epoch, &mine, now(), &Silent).unwrap();
    let path = Path::new("r");
    // The keys' folder is the service's at the same time.
    let offline =
        steps::evaluate(&request, path, &world.keys, policy, None, &world.file("off"), now(), &Silent);
    assert_eq!(online.bytes(), offline.unwrap().bytes());
    let tokens = steps::tokens_of(&ids, policy, &online, path, &mine, now(), &Silent).unwrap();
    let (_, key) = world.keys.open("now").unwrap();
    for (token, (kind, form)) in tokens.iter().zip(ids.shared()).step_by(101) {
        assert_eq!(*token, key.token(&kind.input("now", form)).unwrap());
    }
}

#[test]
fn nobody_is_let_in_without_a_certificate_or_as_another() {
    let world = World::new();
    let health = b"GET /v1/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    assert!(world.raw(Some("ALPHA"), health).unwrap().ends_with("ok\n"));
    assert!(world.raw(Some("MONITOR"), health).unwrap().ends_with("ok\n"));
    let none = world.raw(None, health).unwrap_err().to_string();
    assert!(none.contains("CertificateRequired"), "{none}");
    let stranger = world.client("STRANGER").offer().unwrap_err().to_string();
    assert!(stranger.contains("did not accept the certificate") && stranger.contains("hint: "), "{stranger}");
    let unlisted = world.client("MONITOR").offer().unwrap_err().to_string();
    assert!(unlisted.contains("403") && unlisted.contains("no listed broker's"), "{unlisted}");
    let seed = Secret::new().unwrap();
    let betas = world.refuses(&world.request("BETA", &seed, 0, 3));
    assert!(betas.contains("says that it is BETA's, but it came from ALPHA"), "{betas}");
    assert!(world.events().is_empty());
    world.client("BETA").evaluate(&world.request("BETA", &seed, 0, 3)).unwrap();
    // The service must show its certificate, too: this authority has not signed it.
    let other = authority();
    fs::write(world.file("other.pem"), other.as_ref().pem()).unwrap();
    let settings = client::Settings {
        service: format!("https://{}", world.address),
        certificate: world.file("ALPHA.pem"),
        key: world.file("ALPHA.key"),
        ca: world.file("other.pem"),
    };
    let error = Client::new(&settings).unwrap().offer().unwrap_err().to_string();
    assert!(error.contains("the service's certificate does not hold"), "{error}");
}

#[test]
fn requests_that_cannot_be_answered_say_why() {
    let world = World::new();
    let seed = Secret::new().unwrap();
    let sound = world.request("ALPHA", &seed, 0, 5);
    let with = |change: &dyn Fn(&mut Request)| {
        let mut request = sound.clone();
        change(&mut request);
        world.refuses(&request)
    };
    let read = |id| Epoch::read(&world.keys.epoch_file(id)).unwrap();
    let expired = with(&|r| r.header.epoch = read("over"));
    assert!(expired.contains("409") && expired.contains("is valid from"), "{expired}");
    let mixed = with(&|r| r.header.epoch.id = "next".to_owned());
    assert!(mixed.contains("epoch next is not served here"), "{mixed}");
    let keys = with(&|r| r.header.epoch.public_key = read("over").public_key);
    assert!(keys.contains("the public key is not that of epoch now"), "{keys}");
    let policy = with(&|r| r.header.policy = "0".repeat(64));
    assert!(policy.contains("under another policy"), "{policy}");
    assert!(world.events().is_empty(), "nothing of this counts");
    let group = with(&|r| r.elements[3] = [0xff; 32]);
    assert!(group.contains("element 3 is no element of the group"), "{group}");
    let garbage = world.post("ALPHA", b"GARBAGE, AND MORE OF IT");
    assert!(garbage.starts_with("HTTP/1.1 400") && garbage.contains("is no such file"), "{garbage}");
    let mut damaged = sound.bytes();
    damaged[400] ^= 1;
    assert!(world.post("ALPHA", &damaged).starts_with("HTTP/1.1 400"));
    // Refused by its length alone. The rest is not sent: the service hangs up on it, and the answer might be lost.
    let huge = world.announce("ALPHA", LARGEST_PART + 1, b"");
    assert!(huge.starts_with("HTTP/1.1 413") && huge.contains("share ask"), "{huge}");
    assert!(!garbage.contains(world.place.path().to_str().unwrap()));
    let offered = world.client("ALPHA").offer().unwrap().epochs;
    assert_eq!(offered, std::slice::from_ref(&world.epoch), "what is over is not offered");
    let next = world.keys.make("next", time("2020-01-01T00:00:00Z"), time("2120-01-01T00:00:00Z")).unwrap();
    assert!(world.client("ALPHA").offer().unwrap().epochs.contains(&next), "rotation needs no restart");
}

#[test]
fn too_much_in_a_minute_is_told_when_to_come_again() {
    let world = World::with(1_000_000, 1_500);
    let seed = Secret::new().unwrap();
    world.client("ALPHA").evaluate(&world.request("ALPHA", &seed, 0, 2)).unwrap();
    let again = world.request("ALPHA", &seed, 10, 2);
    let told = world.post("ALPHA", &again.bytes());
    assert!(told.starts_with("HTTP/1.1 429"), "{told}");
    let wait =
        told.lines().find_map(|l| l.strip_prefix("retry-after: ")).unwrap().trim().parse::<u64>().unwrap();
    assert!((15..=25).contains(&wait), "{wait}");
    let error = world.client("ALPHA").evaluate(&again).unwrap_err();
    assert!(matches!(error, ShareError::TooOften { seconds, .. } if seconds <= 25), "{error}");
    // Another broker's minute is its own.
    world.client("BETA").evaluate(&world.request("BETA", &seed, 10, 2)).unwrap();
    assert_eq!(world.events().iter().filter(|e| **e == Event::Accepted).count(), 2);
}

#[test]
fn a_dictionary_runs_into_the_limit() {
    let world = World::with(2_500, 1_000_000);
    let (client, seed) = (world.client("ALPHA"), Secret::new().unwrap());
    // All addresses of a /16, as fast as the service lets.
    let mut found = BTreeSet::new();
    let mut refused = None;
    for part in 0..64 {
        let request = world.request("ALPHA", &seed, part * 1_024, 1_024);
        match client.evaluate(&request) {
            Ok(response) => {
                let inputs: Vec<_> = (0..1_024).map(|i| address(&world.epoch, part * 1_024 + i)).collect();
                let public = world.epoch.key().unwrap();
                let batch = &response.batches[0];
                found.extend(tokens::finalize(&seed, &inputs, &request.elements, batch, &public).unwrap());
            }
            Err(error) => {
                refused = Some(error.to_string());
                break;
            }
        }
    }
    let refused = refused.unwrap();
    assert!(refused.contains("ALPHA has had 2048 of the 2500 evaluations of epoch now"), "{refused}");
    assert_eq!(found.len(), 2_048);
    use Event::{Accepted, Finished, Refused};
    assert_eq!(world.events(), [Accepted, Finished, Accepted, Finished, Refused]);
}

#[test]
fn a_slow_caller_is_cut_off_and_holds_nobody_up() {
    let world = World::waiting(1_000_000, 1_000_000, Duration::from_millis(700));
    // Silent before its certificate, silent within its head, slow with its body.
    let silent: Vec<TcpStream> = (0..14).map(|_| TcpStream::connect(&world.address).unwrap()).collect();
    let head = world.raw(Some("ALPHA"), b"GET /v1/health HTTP/1.1\r\nho").unwrap_or_default();
    assert!(!head.contains("200"), "{head}");
    let slow =
        b"POST /v1/evaluate HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 9000\r\n\r\nITGS";
    let body = world.raw(Some("ALPHA"), slow).unwrap();
    assert!(body.starts_with("HTTP/1.1 408") && body.contains("did not arrive within"), "{body}");
    // More connections than there are places: they wait until the silent ones are cut.
    let more: Vec<TcpStream> = (0..20).map(|_| TcpStream::connect(&world.address).unwrap()).collect();
    world.client("ALPHA").offer().unwrap();
    drop((silent, more));
}

#[test]
fn a_connection_that_was_closed_meanwhile_is_made_anew() {
    let world = World::waiting(1_000_000, 1_000_000, Duration::from_millis(700));
    let (client, seed) = (world.client("ALPHA"), Secret::new().unwrap());
    let request = world.request("ALPHA", &seed, 0, 10);
    let first = client.evaluate(&request).unwrap().bytes();
    // Longer than the service bears silence between two requests.
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(client.evaluate(&request).unwrap().bytes(), first);
    // Whatever was sent twice counted once.
    assert_eq!(world.events().iter().filter(|e| **e == Event::Accepted).count(), 1);
}

#[test]
fn two_brokers_at_once_and_one_request_twice_at_once() {
    let world = World::new();
    let seed = Secret::new().unwrap();
    let (alphas, betas) = (world.request("ALPHA", &seed, 0, 600), world.request("BETA", &seed, 0, 600));
    let patient = |client: &Client, request: &Request| {
        loop {
            match client.evaluate(request) {
                Err(ShareError::TooOften { .. }) => std::thread::sleep(Duration::from_millis(100)),
                done => return done.unwrap().bytes(),
            }
        }
    };
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| patient(&world.client("ALPHA"), &alphas));
        let second = scope.spawn(|| patient(&world.client("ALPHA"), &alphas));
        patient(&world.client("BETA"), &betas);
        (first.join().unwrap(), second.join().unwrap())
    });
    assert_eq!(first, second);
    let mut journal = Journal::open(&world.keys.log_file()).unwrap();
    assert_eq!((journal.used("ALPHA", "now"), journal.used("BETA", "now")), (600, 600));
    let log = fs::read_to_string(world.keys.log_file()).unwrap();
    assert!(!log.contains("198.18."), "the log holds no identifier");
    assert_eq!(journal.entries().unwrap().iter().filter(|e| e.event == Event::Accepted).count(), 2);
}
