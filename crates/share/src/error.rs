//! What can go wrong, each with what to do next.

use std::{io, path::PathBuf};

use crate::tokens::TokenError;

/// Why something was not shared.
#[derive(Debug, thiserror::Error)]
pub enum ShareError {
    /// The file system.
    #[error("{}: {cause}\nhint: check that the place exists, has room and may be read and written", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// A file that was cut off, or is longer than it says.
    #[error("{}: {what}\nhint: the file was cut off or added to on its way; have it sent again", path.display())]
    Truncated {
        /// Which file.
        path: PathBuf,
        /// What its length shows.
        what: String,
    },
    /// A file whose bytes are not those it was written with.
    #[error("{}: its checksum does not fit its bytes\nhint: the file was damaged or changed; have it sent again", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
    },
    /// A file that is something else, or of a version that is not known.
    #[error("{}: {what}\nhint: {hint}", path.display())]
    Foreign {
        /// Which file.
        path: PathBuf,
        /// What it is instead.
        what: String,
        /// What to do.
        hint: &'static str,
    },
    /// A secret that others can read.
    #[error("{}: others than its owner may read this secret (mode {mode:03o})\nhint: if nobody has, `chmod 600` it; otherwise make a new one", path.display())]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Something stands where a file shall be made.
    #[error("{} exists already and is not overwritten\nhint: {hint}", path.display())]
    Exists {
        /// Which file.
        path: PathBuf,
        /// What to do.
        hint: &'static str,
    },
    /// An epoch that is over, or has not begun.
    #[error(
        "epoch {epoch} is valid from {from} until {until}, and it is {now}\nhint: ask the key-holder for the epoch that is valid; `itoguchi share keys` makes the next"
    )]
    Expired {
        /// Which epoch.
        epoch: String,
        /// Its first moment.
        from: String,
        /// The first moment after it.
        until: String,
        /// When it was used.
        now: String,
    },
    /// Two things of different epochs.
    #[error(
        "{a} and {b} are of different epochs: {epoch_a} and {epoch_b}\nhint: tokens of two epochs never agree; make both in one epoch"
    )]
    MixedEpochs {
        /// One.
        a: String,
        /// The other.
        b: String,
        /// Epoch of the one.
        epoch_a: String,
        /// Epoch of the other.
        epoch_b: String,
    },
    /// One epoch, two keys.
    #[error(
        "{what}: the public key is not that of epoch {epoch}\nhint: somebody has two keys under one name; compare the epoch's file with the key-holder's over another channel"
    )]
    WrongKey {
        /// What bears it.
        what: String,
        /// Which epoch.
        epoch: String,
    },
    /// The answer to something else.
    #[error("{}: answers another request than the one that was made\nhint: use the response that the key-holder made of this very request", path.display())]
    Replayed {
        /// Which file.
        path: PathBuf,
    },
    /// A response that does not hold.
    #[error("{}: batch {batch}: {cause}\nhint: do not use this response; have the request evaluated again, and tell the other brokers if it stays so", path.display())]
    Response {
        /// Which file.
        path: PathBuf,
        /// Which batch, from 0.
        batch: usize,
        /// What is wrong.
        cause: TokenError,
    },
    /// A request that cannot be evaluated.
    #[error("{}: batch {batch}: {cause}\nhint: ask the broker to make the request again", path.display())]
    Request {
        /// Which file.
        path: PathBuf,
        /// Which batch, from 0.
        batch: usize,
        /// What is wrong.
        cause: TokenError,
    },
    /// Key material that cannot be used.
    #[error("{what}: {cause}\nhint: make a new epoch with `itoguchi share keys`")]
    Key {
        /// Where.
        what: String,
        /// What is wrong.
        cause: TokenError,
    },
    /// More than the policy allows.
    #[error(
        "{broker} has had {used} of the {limit} evaluations of epoch {epoch}, and asks for {asked} more\nhint: wait for the next epoch, or raise limits.evaluations in the policy with the consent of all"
    )]
    Limit {
        /// Who asks.
        broker: String,
        /// In which epoch.
        epoch: String,
        /// How many were made.
        used: u64,
        /// How many are allowed.
        limit: u64,
        /// How many more are asked for.
        asked: u64,
    },
    /// A request from somebody else than it says.
    #[error(
        "the request says that it is {says}'s, but it came from {from}\nhint: accept a broker's request only from that broker"
    )]
    Sender {
        /// What the request says.
        says: String,
        /// Who handed it in.
        from: String,
    },
    /// The service cannot be reached, or broke off.
    #[error("{service}: {what}\nhint: {hint}")]
    Unreachable {
        /// Its address.
        service: String,
        /// What happened.
        what: String,
        /// What to do.
        hint: &'static str,
    },
    /// The service wants fewer evaluations in a minute.
    #[error(
        "{service}: asked too often; it evaluates more in {seconds} s\nhint: run the same command again after that, and it goes on where it stopped"
    )]
    TooOften {
        /// Its address.
        service: String,
        /// When to ask again.
        seconds: u64,
    },
    /// The service refuses, and says why.
    #[error("{service}: {what}\nhint: {hint}")]
    Refused {
        /// Its address.
        service: String,
        /// Its words.
        what: String,
        /// Its advice.
        hint: String,
    },
    /// A response without the request it answers.
    #[error(
        "no request was made of this case with this policy in epoch {epoch}: {why}\nhint: make the request with `itoguchi share request`, and change neither the case nor the policy before `share prepare`"
    )]
    NoRequest {
        /// In which epoch.
        epoch: String,
        /// What is missing.
        why: String,
    },
    /// A policy that cannot be followed.
    #[error("{what}\nhint: policies/consortium.toml has every key with its meaning")]
    Policy {
        /// What is wrong.
        what: String,
    },
    /// A request for what cannot be.
    #[error("{what}\nhint: {hint}")]
    Asked {
        /// What cannot be.
        what: String,
        /// What to do.
        hint: &'static str,
    },
    /// A bundle past its expiry.
    #[error("{} expired on {expires}, and it is {now}\nhint: remove it with `itoguchi share purge`; ask its broker for a new one", path.display())]
    Stale {
        /// Which bundle.
        path: PathBuf,
        /// When it expired.
        expires: String,
        /// When it was used.
        now: String,
    },
    /// The user asked to stop. What was done is kept.
    #[error("interrupted; run the same command again, and it goes on where it stopped")]
    Cancelled,
}

impl ShareError {
    pub(crate) fn io(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::Io { path, cause }
    }
}
