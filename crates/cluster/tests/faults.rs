//! What is lost on the way makes no wrong answer: the same bytes, or a clear error, in bounded time.
//!
//! `ITOGUCHI_KILLS` sets how many executors are lost in all (6 if unset).

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test stops where something is not as it should be, and says what it saw"
)]

mod common;

use std::{
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread::{scope, sleep},
    time::{Duration, Instant},
};

use ballista_executor::config::Config as ExecutorOptions;
use clap::Parser as _;
use common::{Cluster, WINDOW, embedded, free_port, on, wait_for, world};
use itoguchi_cluster::{ClusterError, Engine, Limits, count_pairs, server};
use itoguchi_model::progress::Progress;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Time for one attempt, and the attempts of [`Limits::default`].
const SECONDS: u64 = 40;
const ATTEMPTS: u64 = 3;

#[test]
fn lost_executors_make_no_wrong_answer() {
    let kills = std::env::var("ITOGUCHI_KILLS").map_or(6, |n| n.parse().unwrap());
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let acts = world(8, 150_000, 1, false);
    let wanted = embedded(&acts, WINDOW);
    let folder = tempfile::tempdir().unwrap();
    let mut cluster = Cluster::start(2);
    let whole = {
        let begun = Instant::now();
        assert!(on(&cluster.url("seconds=120"), &acts, folder.path()).unwrap().pairs == wanted);
        begun.elapsed()
    };
    let mut outcomes = Vec::new();
    for kill in 0..kills {
        let planner = ["static", "one-by-one", "adaptive"][kill % 3];
        let url = cluster.url(&format!("planner={planner}&seconds={SECONDS}"));
        let wait = whole.mul_f64(random.random_range(0.1..0.9));
        let begun = Instant::now();
        let answer = scope(|scope| {
            let answer = scope.spawn(|| on(&url, &acts, folder.path()));
            sleep(wait);
            let mut victim = cluster.executors.remove(0);
            if kill % 2 == 0 {
                victim.kill().unwrap();
            } else {
                assert!(Command::new("kill").arg(victim.id().to_string()).status().unwrap().success());
            }
            cluster.add_executor();
            let answer = answer.join().unwrap();
            // a SIGTERM may wait for what runs
            let _ = victim.kill();
            victim.wait().unwrap();
            answer
        });
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(ATTEMPTS * SECONDS + 30), "kill {kill} took {took:?}");
        let outcome = match answer {
            Ok(counted) => {
                assert!(counted.pairs == wanted, "kill {kill} under the {planner} planner: silently wrong");
                format!("right, after {:?}", counted.failed)
            }
            Err(
                e @ (ClusterError::Engine { .. }
                | ClusterError::Lost { .. }
                | ClusterError::Refused { .. }
                | ClusterError::OtherBuild { .. }
                | ClusterError::TimedOut { .. }),
            ) => {
                assert!(e.to_string().contains("\nhint: "));
                e.to_string()
            }
            Err(e) => panic!("kill {kill}: {e}"),
        };
        outcomes.push(format!(
            "{planner}, kill {kill}, {took:.1?}: {}",
            outcome.lines().next().unwrap_or_default()
        ));
        // a cluster that a lost executor left stuck is no part of the next try
        if !outcomes[kill].contains("right") {
            cluster = Cluster::start(2);
        }
    }
    eprintln!("{}", outcomes.join("\n"));
}

#[test]
fn a_lost_scheduler_is_a_clear_error() {
    let acts = world(8, 150_000, 1, false);
    let folder = tempfile::tempdir().unwrap();
    let mut cluster = Cluster::start(1);
    let url = cluster.url(&format!("seconds={SECONDS}"));
    let answer = scope(|scope| {
        let answer = scope.spawn(|| on(&url, &acts, folder.path()));
        sleep(Duration::from_millis(1500));
        cluster.scheduler.kill().unwrap();
        answer.join().unwrap()
    });
    let error = answer.unwrap_err();
    assert!(matches!(error, ClusterError::Engine { .. } | ClusterError::TimedOut { .. }), "{error}");
}

/// Wants to stop once told.
#[derive(Default)]
struct Stoppable(AtomicBool);

impl Progress for Stoppable {
    fn begin(&self, _stage: &'static str, _total: u64) {}
    fn advance(&self, _units: u64) {}
    fn end(&self, _rows: u64) {}
    fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn who_stops_waiting_stops_the_job() {
    let acts = world(8, 150_000, 1, false);
    let folder = tempfile::tempdir().unwrap();
    // nobody there to do the work: the job waits
    let cluster = Cluster::start(0);
    let engine = Engine::parse(&cluster.url("seconds=60")).unwrap();
    let user = Stoppable::default();
    let begun = Instant::now();
    let answer = scope(|scope| {
        let answer =
            scope.spawn(|| count_pairs(&acts, WINDOW, &engine, folder.path(), Limits::default(), &user));
        sleep(Duration::from_secs(3));
        user.0.store(true, Ordering::Relaxed);
        answer.join().unwrap()
    });
    assert!(matches!(answer, Err(ClusterError::Cancelled)), "{answer:?}");
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!(folder.path().read_dir().unwrap().count(), 0, "the acts are removed");
}

#[test]
fn nothing_hangs_past_its_time() {
    let acts = world(8, 5_000, 1, false);
    let folder = tempfile::tempdir().unwrap();
    let cluster = Cluster::start(0);
    let begun = Instant::now();
    let error = on(&cluster.url("seconds=4"), &acts, folder.path()).unwrap_err();
    assert!(matches!(error, ClusterError::TimedOut { seconds: 4 }), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn an_executor_of_another_build_is_refused() {
    let acts = world(8, 5_000, 1, false);
    let folder = tempfile::tempdir().unwrap();
    let cluster = Cluster::start(0);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let port = cluster.port.to_string();
    let ports = [free_port(), free_port()].map(|port| port.to_string());
    let options =
        ["executor", "--scheduler-host", "127.0.0.1", "--scheduler-port", &port, "--bind-host", "127.0.0.1"];
    let places = ["--external-host", "127.0.0.1", "--bind-port", &ports[0], "--bind-grpc-port", &ports[1]];
    let options = ExecutorOptions::parse_from(options.into_iter().chain(places));
    runtime.spawn(server::executor(options, "00000000"));
    wait_for(ports[1].parse().unwrap());
    let error = on(&cluster.url("seconds=60"), &acts, folder.path()).unwrap_err();
    assert!(matches!(error, ClusterError::OtherBuild { .. }), "{error}");
}
