//! The commands by which brokers hear of rings and ask each other.

use std::path::PathBuf;

use clap::Args;

use crate::args::Label;

/// `share disclose`
#[derive(Debug, Args)]
pub struct Disclose {
    /// Result of `itoguchi correlate` over bundles.
    pub result: PathBuf,
    /// The broker that gets it.
    #[arg(long, value_name = "BROKER")]
    pub to: String,
    /// The policy the brokers agreed on: its thresholds hold.
    #[arg(long, value_name = "FILE")]
    pub policy: PathBuf,
    /// Label of the Traffic Light Protocol 2.0 for STIX and MISP.
    #[arg(long, value_name = "LABEL", default_value = "amber+strict")]
    pub tlp: Label,
    /// Folder to write: disclosure.json, stix.json, misp.json. Nothing may stand there.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// `share reveal`
#[derive(Debug, Args)]
pub struct Reveal {
    /// The disclosure that was received: its folder or disclosure.json.
    pub disclosure: PathBuf,
    /// The folder that `share prepare` filled.
    #[arg(long, value_name = "DIR")]
    pub private: PathBuf,
    /// Also write it as JSON to this file; it never leaves the broker.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// `share inquire`
#[derive(Debug, Args)]
pub struct Inquire {
    /// The disclosure that was received: its folder or disclosure.json.
    pub disclosure: PathBuf,
    /// The ring asked about.
    #[arg(long, value_name = "RING")]
    pub ring: String,
    /// The broker asked.
    #[arg(long, value_name = "BROKER")]
    pub to: String,
    /// File to write.
    #[arg(long, value_name = "INQUIRY")]
    pub out: PathBuf,
}

/// `share answer`
#[derive(Debug, Args)]
pub struct Answer {
    /// The question that was received.
    pub inquiry: PathBuf,
    /// The disclosure that was received: its folder or disclosure.json.
    #[arg(long, value_name = "DISCLOSURE")]
    pub disclosure: PathBuf,
    /// The broker's side.
    #[command(flatten)]
    pub own: OwnAnswer,
    /// File to write.
    #[arg(long, value_name = "ANSWER")]
    pub out: PathBuf,
}

/// Whose rows answer.
#[derive(Debug, Args)]
pub struct OwnAnswer {
    /// Case folder of the broker.
    #[arg(long, value_name = "CASE")]
    pub case: PathBuf,
    /// The policy the brokers agreed on.
    #[arg(long, value_name = "FILE")]
    pub policy: PathBuf,
    /// The folder that `share prepare` filled [default: CASE/.share].
    #[arg(long, value_name = "DIR")]
    pub private: Option<PathBuf>,
}
