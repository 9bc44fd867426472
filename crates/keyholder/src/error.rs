//! What can go wrong before anything is asked or served, each with what to do next.

use std::{io, path::PathBuf};

use itoguchi_share::ShareError;

/// Why the service or its client cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum KeyholderError {
    /// Keys, policies, requests.
    #[error(transparent)]
    Share(#[from] ShareError),
    /// The list of brokers cannot be followed.
    #[error("{}: {what}\nhint: docs/CONSORTIUM.md has an example of the file of brokers", path.display())]
    Brokers {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A certificate or its key cannot be used.
    #[error("{}: {what}\nhint: {hint}", path.display())]
    Certificate {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        what: String,
        /// What to do.
        hint: &'static str,
    },
    /// No place to listen at.
    #[error(
        "{address}: {cause}\nhint: choose with --listen an address of this machine and a port that is free"
    )]
    Listen {
        /// Where.
        address: String,
        /// What the system says.
        cause: io::Error,
    },
    /// No address of a service.
    #[error("{url} is no address of a service\nhint: write it as https://keys.example:8443")]
    Address {
        /// What was given.
        url: String,
    },
    /// The system gives no threads.
    #[error("the service cannot begin: {0}\nhint: check the limits of this account")]
    System(io::Error),
}
