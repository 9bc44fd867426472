//! `share serve-keys` and `share ask` as processes, killed in the middle.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use common::{binary, folder, run};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

/// More than three parts of 8,192.
const DEVICES: usize = 26_000;

fn certificate(place: &Path, name: &str, by: &CertifiedIssuer<'_, KeyPair>) {
    let key = KeyPair::generate().unwrap();
    let made = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, by).unwrap();
    fs::write(place.join(format!("{name}.pem")), made.pem()).unwrap();
    let file = place.join(format!("{name}.key"));
    fs::write(&file, key.serialize_pem()).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
}

fn set_up(place: &Path) {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    fs::write(place.join("ca.pem"), ca.as_ref().pem()).unwrap();
    certificate(place, "localhost", &ca);
    certificate(place, "sbi.example", &ca);
    fs::write(
        place.join("brokers.toml"),
        "version = 1\n[[brokers]]\ncode = \"SBI\"\nnames = [\"sbi.example\"]\nper_minute = 10_000_000\n",
    )
    .unwrap();
    let policy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/consortium.toml");
    fs::copy(policy, place.join("policy.toml")).unwrap();
    let mut logins = String::from("broker,account_id,time,device_id\n");
    for i in 0..DEVICES {
        logins.push_str(&format!("SBI,A{i},2025-03-03T09:00:00+09:00,d{i:06}\n"));
    }
    fs::create_dir(place.join("case")).unwrap();
    fs::write(place.join("case/logins.csv"), logins).unwrap();
    fs::write(place.join("case/executions.csv"), "broker,account_id,time,instrument,side,quantity,price\n")
        .unwrap();
    let times = ["--from", "2020-01-01T00:00:00Z", "--until", "2120-01-01T00:00:00Z"];
    run(place, &[&["share", "keys", "keys", "--epoch", "now"][..], &times].concat()).ok();
}

/// A service that is killed when the test is over.
struct Serving(Child, String);

impl Serving {
    fn start(place: &Path, port: &str) -> Self {
        let arguments = ["share", "serve-keys", "--keys", "keys", "--policy", "policy.toml", "--brokers"];
        let rest =
            ["brokers.toml", "--cert", "localhost.pem", "--key", "localhost.key", "--client-ca", "ca.pem"];
        let mut child = binary()
            .current_dir(place)
            .args(arguments)
            .args(rest)
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let said = lines.find(|l| l.contains("https://127.0.0.1:")).unwrap();
        thread::spawn(move || lines.for_each(drop));
        let port = said.rsplit(':').next().unwrap().to_owned();
        Self(child, port)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ask(place: &Path, port: &str, out: &str) -> std::process::Command {
    let service = format!("https://localhost:{port}");
    let mut command = binary();
    command
        .current_dir(place)
        .args(["share", "ask", "case", "--policy", "policy.toml", "--epoch", "keys/now.epoch.json"])
        .args(["--service", &service, "--cert", "sbi.example.pem", "--key", "sbi.example.key"])
        .args(["--ca", "ca.pem", "--out", out])
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// Waits until more has arrived than there was, but not all; returns how many bytes there are.
fn in_the_middle(place: &Path, out: &str, before: u64) -> u64 {
    let file = place.join(format!("{out}.part"));
    let begun = Instant::now();
    loop {
        let bytes = fs::metadata(&file).map_or(0, |m| m.len());
        if bytes > before {
            return bytes;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing arrives");
        thread::sleep(Duration::from_millis(5));
    }
}

fn finished(mut child: Child) {
    let mut text = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut text).unwrap();
    assert!(child.wait().unwrap().success(), "{text}");
    assert!(text.contains("proofs that hold"), "{text}");
}

#[test]
fn a_killed_broker_and_a_killed_service_go_on_without_loss_or_repeat() {
    let place = folder();
    let place = place.path();
    set_up(place);
    let mut service = Serving::start(place, "0");
    let port = service.1.clone();
    // The broker is killed, and runs again; then the service is killed under it, and is started again.
    let mut killed = ask(place, &port, "response").spawn().unwrap();
    in_the_middle(place, "response", 8_192 * 32);
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(!place.join("response").exists());
    let before = fs::metadata(place.join("response.part")).unwrap().len();
    let again = ask(place, &port, "response").spawn().unwrap();
    in_the_middle(place, "response", before);
    service.0.kill().unwrap();
    service.0.wait().unwrap();
    service = Serving::start(place, &port);
    finished(again);
    let log = fs::read_to_string(place.join("keys/evaluations.jsonl")).unwrap();
    assert_eq!(log.matches("\"accepted\"").count(), DEVICES.div_ceil(8_192), "{log}");
    // What the files give, byte for byte.
    let ours = ["case", "--policy", "policy.toml", "--epoch", "keys/now.epoch.json", "--out", "request"];
    run(place, &[&["share", "request"][..], &ours].concat()).ok();
    let theirs = ["request", "--keys", "keys", "--policy", "policy.toml", "--out", "offline"];
    run(place, &[&["share", "evaluate"][..], &theirs].concat()).ok();
    assert!(fs::read(place.join("response")).unwrap() == fs::read(place.join("offline")).unwrap());
    // Asked to stop, the service ends by itself.
    assert!(std::process::Command::new("kill").arg(service.0.id().to_string()).status().unwrap().success());
    assert!(service.0.wait().unwrap().success());
    let gone = ask(place, &port, "x").output().unwrap();
    let text = String::from_utf8(gone.stderr).unwrap();
    assert!(gone.status.code() == Some(2) && text.contains("the connection failed"), "{text}");
}
