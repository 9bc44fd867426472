//! One answer, wherever it is counted.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test stops where something is not as it should be, and says what it saw"
)]

mod common;

use common::{Cluster, WINDOW, embedded, on, world, worlds};
use itoguchi_cluster::{ClusterError, Engine, Limits, count_pairs};
use itoguchi_coaction::Acts;
use itoguchi_model::progress::Silent;

#[test]
fn datafusion_counts_as_the_embedded_kernel_does() {
    let folder = tempfile::tempdir().unwrap();
    for (name, acts) in worlds() {
        let wanted = embedded(&acts, WINDOW);
        for partitions in [1, 3, 8] {
            let got = on(&format!("datafusion?partitions={partitions}"), &acts, folder.path()).unwrap();
            assert!(got.pairs == wanted, "{name} in {partitions} partitions");
            assert!(got.failed.is_empty());
        }
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), 0, "the acts are removed");
}

#[test]
fn without_a_window_an_object_is_one_stretch() {
    let folder = tempfile::tempdir().unwrap();
    let acts = world(4, 3_000, 0, false);
    let engine = Engine::parse("datafusion?partitions=3").unwrap();
    let got = count_pairs(&acts, None, &engine, folder.path(), Limits::default(), &Silent).unwrap();
    assert!(got.pairs == embedded(&acts, None));
}

#[test]
fn windows_from_nothing_to_days_meet_the_edges_of_stretches() {
    let folder = tempfile::tempdir().unwrap();
    let acts = world(5, 6_000, 5, false);
    let engine = Engine::parse("datafusion?partitions=3").unwrap();
    for window in [1, 3_750_000, 3_750_001, 3_600_000_000, 86_400_000_000, i64::MAX] {
        let got =
            count_pairs(&acts, Some(window), &engine, folder.path(), Limits::default(), &Silent).unwrap();
        let options = itoguchi_coaction::SweepOptions::within(Some(window));
        assert!(got.pairs == itoguchi_coaction::sweep(&acts, &options).unwrap(), "window {window}");
    }
}

#[test]
fn no_acts_no_pairs() {
    let folder = tempfile::tempdir().unwrap();
    let got = on("datafusion", &Acts::default(), folder.path()).unwrap();
    assert!(got.pairs.is_empty());
}

#[test]
fn ballista_in_one_process_counts_as_the_embedded_kernel_does() {
    let folder = tempfile::tempdir().unwrap();
    for (name, acts) in worlds() {
        let got = on("standalone?partitions=3", &acts, folder.path()).unwrap();
        assert!(got.pairs == embedded(&acts, WINDOW), "{name}");
    }
}

#[test]
fn a_cluster_of_processes_counts_as_the_embedded_kernel_does() {
    let cluster = Cluster::start(2);
    let folder = tempfile::tempdir().unwrap();
    for (name, acts) in worlds() {
        let wanted = embedded(&acts, WINDOW);
        for planner in ["static", "one-by-one", "adaptive"] {
            let engine = cluster.url(&format!("planner={planner}&seconds=120"));
            let got = on(&engine, &acts, folder.path()).unwrap();
            assert!(got.pairs == wanted, "{name} by the {planner} planner");
        }
    }
}

#[test]
fn nobody_there_is_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let error = on("ballista://127.0.0.1:1?seconds=30", &world(6, 100, 0, false), folder.path()).unwrap_err();
    assert!(matches!(error, ClusterError::Engine { .. }), "{error}");
    assert!(error.to_string().contains("hint: see that the scheduler runs"), "{error}");
}
