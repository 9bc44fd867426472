//! `share` and its commands.

mod disclose;

use std::path::PathBuf;

use clap::{Args, Subcommand};

pub use disclose::{Answer, Disclose, Inquire, Reveal};

/// `share`
#[derive(Debug, Args)]
pub struct Share {
    /// What to do.
    #[command(subcommand)]
    pub command: ShareCommand,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum ShareCommand {
    /// Key-holder: make the key of a new epoch.
    ///
    /// The folder gets EPOCH.secret.json (mode 0600; never hand it out) and EPOCH.epoch.json, which every broker needs.
    /// A key is never replaced: rotation is a new epoch.
    Keys(Keys),
    /// Broker: ask the key-holder for tokens, without showing what for.
    ///
    /// The request holds blinded elements only. Run again after an interrupt, it goes on where it stopped.
    Request(Request),
    /// Key-holder: answer a request, with proofs; counted and logged in the folder of the keys.
    ///
    /// Run again after an interrupt, it goes on where it stopped; the same request is counted once.
    Evaluate(Evaluate),
    /// Key-holder: answer brokers over the network, each known by its certificate; counted and logged as `evaluate` does.
    ///
    /// HTTPS with certificates on both sides. Runs until it is interrupted (Ctrl-C, SIGTERM); what was begun is finished.
    /// Epochs that are added to the folder are served at once. Says on stderr who asked for how many.
    ServeKeys(ServeKeys),
    /// Broker: ask the key-holder's service: `request`, and the response, in one go.
    ///
    /// Every proof is checked as it arrives. Run again after an interrupt, it goes on where it stopped, and nothing is
    /// counted twice.
    Ask(Ask),
    /// Broker: check the response, and make the bundle that the other brokers get.
    Prepare(Prepare),
    /// Show field by field what a bundle hands out.
    Inspect(Inspect),
    /// How many tokens two bundles have in common, by kind; not which.
    Compare(Compare),
    /// Write what one broker hears of the rings that pooled bundles show.
    ///
    /// Only rings that reach the policy's thresholds: the broker's own accounts under its own pseudonyms, those of others
    /// as counts, the tokens that tie them; as JSON, STIX 2.1 and a MISP event.
    Disclose(Disclose),
    /// Broker: which of one's own accounts a disclosure speaks of.
    Reveal(Reveal),
    /// Broker: ask another broker about a ring that was disclosed to both.
    Inquire(Inquire),
    /// Broker: answer such a question with counts and, of enough accounts, sums.
    Answer(Answer),
    /// Remove the bundles that have expired, and log it in purged.jsonl beside them.
    Purge(Purge),
}

/// When it is.
#[derive(Debug, Args)]
pub struct AsOf {
    /// Judge epochs and expiries as of this time (RFC 3339) [default: the clock; the time used is printed].
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
}

/// Whose rows, under which rules, and where its secrets are.
#[derive(Debug, Args)]
pub struct Own {
    /// Case folder.
    pub case: PathBuf,
    /// The policy the brokers agreed on; policies/consortium.toml explains each key.
    #[arg(long, value_name = "FILE")]
    pub policy: PathBuf,
    /// Whose rows [default: the only broker's in the case].
    #[arg(long, value_name = "CODE")]
    pub broker: Option<String>,
    /// Folder of what must never leave: secrets, blinding, the table of pseudonyms [default: CASE/.share].
    #[arg(long, value_name = "DIR")]
    pub private: Option<PathBuf>,
    /// When it is.
    #[command(flatten)]
    pub time: AsOf,
}

/// `share keys`
#[derive(Debug, Args)]
pub struct Keys {
    /// Folder of the keys; made if it is not there.
    pub keys: PathBuf,
    /// Name of the new epoch: small letters, digits, hyphens, as 2025-04.
    #[arg(long, value_name = "ID")]
    pub epoch: String,
    /// First moment of the epoch (RFC 3339).
    #[arg(long, value_name = "TIME")]
    pub from: String,
    /// First moment after it.
    #[arg(long, value_name = "TIME")]
    pub until: String,
}

/// `share request`
#[derive(Debug, Args)]
pub struct Request {
    /// The broker's side.
    #[command(flatten)]
    pub own: Own,
    /// The key-holder's file EPOCH.epoch.json.
    #[arg(long, value_name = "FILE")]
    pub epoch: PathBuf,
    /// File to write.
    #[arg(long, value_name = "REQUEST")]
    pub out: PathBuf,
}

/// `share evaluate`
#[derive(Debug, Args)]
pub struct Evaluate {
    /// File of a broker's request.
    pub request: PathBuf,
    /// Folder of the keys.
    #[arg(long, value_name = "KEYS")]
    pub keys: PathBuf,
    /// The policy the brokers agreed on.
    #[arg(long, value_name = "FILE")]
    pub policy: PathBuf,
    /// The broker that handed the request in: refused if it says another.
    #[arg(long, value_name = "BROKER")]
    pub from: Option<String>,
    /// File to write.
    #[arg(long, value_name = "RESPONSE")]
    pub out: PathBuf,
    /// When it is.
    #[command(flatten)]
    pub time: AsOf,
}

/// `share serve-keys`
#[derive(Debug, Args)]
pub struct ServeKeys {
    /// Folder of the keys.
    #[arg(long, value_name = "KEYS")]
    pub keys: PathBuf,
    /// The policy the brokers agreed on.
    #[arg(long, value_name = "FILE")]
    pub policy: PathBuf,
    /// Which certificate is which broker's; docs/CONSORTIUM.md has an example.
    #[arg(long, value_name = "FILE")]
    pub brokers: PathBuf,
    /// Address and port; port 0 takes a free one.
    #[arg(long, value_name = "ADDR")]
    pub listen: String,
    /// Certificate of the service.
    #[arg(long, value_name = "PEM")]
    pub cert: PathBuf,
    /// Its key (mode 0600).
    #[arg(long, value_name = "PEM")]
    pub key: PathBuf,
    /// The authority that signs the brokers' certificates.
    #[arg(long, value_name = "PEM")]
    pub client_ca: PathBuf,
    /// Serve this epoch alone; may be repeated [default: all that hold].
    #[arg(long, value_name = "ID")]
    pub epoch: Vec<String>,
}

/// `share ask`
#[derive(Debug, Args)]
pub struct Ask {
    /// The broker's side.
    #[command(flatten)]
    pub own: Own,
    /// The key-holder's file EPOCH.epoch.json.
    #[arg(long, value_name = "FILE")]
    pub epoch: PathBuf,
    /// The key-holder's service: https, its host and port.
    #[arg(long, value_name = "URL")]
    pub service: String,
    /// This broker's certificate.
    #[arg(long, value_name = "PEM")]
    pub cert: PathBuf,
    /// Its key (mode 0600).
    #[arg(long, value_name = "PEM")]
    pub key: PathBuf,
    /// The authority that signed the service's certificate.
    #[arg(long, value_name = "PEM")]
    pub ca: PathBuf,
    /// File to write; `share prepare` takes it.
    #[arg(long, value_name = "RESPONSE")]
    pub out: PathBuf,
}

/// `share prepare`
#[derive(Debug, Args)]
pub struct Prepare {
    /// The broker's side.
    #[command(flatten)]
    pub own: Own,
    /// The key-holder's response.
    #[arg(long, value_name = "RESPONSE")]
    pub response: PathBuf,
    /// Bundle folder. An earlier bundle is replaced; anything else that stands there is refused.
    #[arg(long, value_name = "BUNDLE")]
    pub out: PathBuf,
}

/// `share inspect`
#[derive(Debug, Args)]
pub struct Inspect {
    /// Bundle folder.
    pub bundle: PathBuf,
}

/// `share compare`
#[derive(Debug, Args)]
pub struct Compare {
    /// Bundle of one broker.
    pub a: PathBuf,
    /// Bundle of another.
    pub b: PathBuf,
    /// When it is.
    #[command(flatten)]
    pub time: AsOf,
}

/// `share purge`
#[derive(Debug, Args)]
pub struct Purge {
    /// Bundles, or folders that hold bundles.
    #[arg(required = true, value_name = "FOLDER")]
    pub folders: Vec<PathBuf>,
    /// When it is.
    #[command(flatten)]
    pub time: AsOf,
}
