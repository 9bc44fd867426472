//! What can go wrong between here and the cluster.

use std::path::PathBuf;

use itoguchi_coaction::CoactionError;

use crate::ledger::Violation;

/// A count that was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// What was asked for cannot be counted.
    #[error(transparent)]
    Coaction(#[from] CoactionError),
    /// Acts lie too far apart.
    #[error(
        "the acts lie further apart than 64 bits of microseconds can tell\nhint: look for times that are none"
    )]
    TooLong,
    /// The address of an engine.
    #[error("{text:?} is no engine: {reason}\nhint: use ballista://HOST:PORT, standalone, or datafusion")]
    Address {
        /// What was asked for.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The acts could not be put where the executors read them.
    #[error("{path}: the acts could not be written: {reason}\nhint: name a folder that every executor sees under the same path with --engine-folder", path = path.display())]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A node refused its task; nearly always since its functions have another revision.
    #[error(
        "a node of the cluster could not take its task: it may be of another build, without the function {function}\nhint: start scheduler, executors and client from one build, and see that all of them can read the folder of acts"
    )]
    OtherBuild {
        /// The function that it may lack.
        function: String,
    },
    /// The engine gave up, or could not be reached.
    #[error(
        "the cluster did not finish: {reason}\nhint: see that the scheduler runs and has executors, and look into their logs"
    )]
    Engine {
        /// What it said.
        reason: String,
    },
    /// The scheduler no longer lists an executor that was there.
    #[error(
        "an executor was lost: {executor:?}\nhint: run again when the cluster is stable. No answer is given"
    )]
    Lost {
        /// Its name.
        executor: String,
    },
    /// Nothing came within the time.
    #[error(
        "the cluster did not finish within {seconds} s\nhint: give it longer with ?seconds= in the address, or more executors"
    )]
    TimedOut {
        /// What was given.
        seconds: u64,
    },
    /// Every answer violated a law of conservation.
    #[error(
        "the cluster's answer does not add up: {violation}\nhint: an executor may have been lost; run again when the cluster is stable. No answer is given"
    )]
    Refused {
        /// The last violation.
        violation: Violation,
    },
    /// The user asked to stop.
    #[error("interrupted")]
    Cancelled,
}
