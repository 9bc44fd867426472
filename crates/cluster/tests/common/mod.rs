//! Worlds of acts, the embedded answer, and a cluster of processes on loopback.

#![allow(dead_code, reason = "every test takes what it needs")]

use std::{
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use itoguchi_cluster::{ClusterError, Engine, Limits, count_pairs, run::Counted};
use itoguchi_coaction::{Act, Acts, CoactOptions, NO_CONTENT, PairCount, coact};
use itoguchi_model::progress::Silent;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

pub const SECOND: i64 = 1_000_000;
pub const WINDOW: Option<i64> = Some(60 * SECOND);

/// Acts over thirty days: `heavy` in ten are on object 0.
pub fn world(seed: u64, acts: usize, heavy: u32, contents: bool) -> Acts {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..acts)
        .map(|_| {
            let object = if random.random_range(0..10) < heavy { 0 } else { random.random_range(1..20) };
            let content = if contents { random.random_range(0..300) } else { NO_CONTENT };
            let day = random.random_range(-15..15);
            let time = SECOND * (86_400 * day + random.random_range(0..9_000));
            Act { object, time, actor: random.random_range(0..400), content }
        })
        .collect()
}

/// Three worlds that differ in what is hard: plain, skewed, with contents (an object may be one).
pub fn worlds() -> [(&'static str, Acts); 3] {
    [
        ("plain", world(1, 20_000, 0, false)),
        ("skewed", world(2, 20_000, 1, false)),
        ("contents", world(3, 20_000, 0, true)),
    ]
}

/// The pairs that the embedded kernel counts.
pub fn embedded(acts: &Acts, window_micros: Option<i64>) -> Vec<PairCount> {
    let options = CoactOptions {
        window_micros,
        min_participation: 1,
        min_occasions: 1,
        min_objects: 1,
        significance: false,
    };
    let pairs: Vec<PairCount> = coact(acts, &options).unwrap().into_iter().map(|pair| pair.count).collect();
    assert!(pairs.len() > 1000, "a world in which hardly anybody meets shows nothing");
    assert!(pairs.iter().any(|pair| pair.occasions > 1 && pair.a_led > 0));
    pairs
}

pub fn on(engine: &str, acts: &Acts, folder: &Path) -> Result<Counted, ClusterError> {
    count_pairs(acts, WINDOW, &Engine::parse(engine).unwrap(), folder, Limits::default(), &Silent)
}

/// Processes that end with the test.
pub struct Cluster {
    pub scheduler: Child,
    pub executors: Vec<Child>,
    pub port: u16,
    work: tempfile::TempDir,
    started: usize,
}

impl Cluster {
    pub fn start(executors: usize) -> Self {
        let (port, work) = (free_port(), tempfile::tempdir().unwrap());
        let scheduler = quiet(Command::new(env!("CARGO_BIN_EXE_itoguchi-scheduler")).args([
            "--bind-host",
            "127.0.0.1",
            "--external-host",
            "127.0.0.1",
            "--bind-port",
            &port.to_string(),
            "--executor-timeout-seconds",
            "6",
            "--expire-dead-executor-interval-seconds",
            "1",
        ]));
        let mut cluster = Self { scheduler, executors: Vec::new(), port, work, started: 0 };
        wait_for(port);
        (0..executors).for_each(|_| cluster.add_executor());
        cluster
    }

    pub fn add_executor(&mut self) {
        let ports = [free_port(), free_port(), free_port()].map(|port| port.to_string());
        self.started += 1;
        let work = self.work.path().join(self.started.to_string());
        std::fs::create_dir(&work).unwrap();
        let executor = quiet(
            Command::new(env!("CARGO_BIN_EXE_itoguchi-executor"))
                .args(["--scheduler-host", "127.0.0.1", "--scheduler-port", &self.port.to_string()])
                .args(["--bind-host", "127.0.0.1", "--external-host", "127.0.0.1"])
                .args(["--bind-port", &ports[0], "--bind-grpc-port", &ports[1]])
                .args(["--bind-health-port", &ports[2], "--vcores", "1"])
                .args(["--executor-heartbeat-interval-seconds", "1"])
                .arg("--work-dir")
                .arg(&work),
        );
        self.executors.push(executor);
        wait_for(ports[1].parse().unwrap());
    }

    pub fn url(&self, settings: &str) -> String {
        format!("ballista://127.0.0.1:{}?{settings}", self.port)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for child in self.executors.iter_mut().chain([&mut self.scheduler]) {
            // it may have ended already
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn quiet(command: &mut Command) -> Child {
    let log = || match std::env::var_os("ITOGUCHI_CLUSTER_LOG") {
        Some(path) => std::fs::File::options().create(true).append(true).open(path).unwrap().into(),
        None => Stdio::null(),
    };
    command.stdin(Stdio::null()).stdout(log()).stderr(log()).spawn().unwrap()
}

pub fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

pub fn wait_for(port: u16) {
    let until = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        assert!(Instant::now() < until, "nothing listens on port {port}");
        sleep(Duration::from_millis(50));
    }
}
