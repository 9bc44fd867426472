//! What can be typed.

pub mod share;

use std::{num::NonZeroU32, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use itoguchi_report::Lang;

/// Finds fraud rings across brokers: which hijacked accounts belong together, and which accounts profited.
///
/// A ring is a lead, not a finding of guilt.
///
/// Exit codes: 0 ran; 1 ran and the check that was asked for failed; 2 bad usage or unreadable input; 3 interrupted;
/// 4 the engine failed.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, propagate_version = true)]
pub struct Arguments {
    /// Flags of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// Say nothing but results and errors.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Draw no progress bars.
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// Log stages (twice: details) to stderr; `ITOGUCHI_LOG` takes a filter as `itoguchi_ingest=debug`.
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Threads to use [default: all].
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub threads: Option<u32>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add customers' trade-history downloads to a case folder.
    Import(Import),
    /// Show what a case holds, what cannot be read, and what a run will cost.
    Inspect(Inspect),
    /// Find the rings: the main job.
    Correlate(Correlate),
    /// List the rings of a result, strongest first.
    Rings(Rings),
    /// Say why: a ring or an account, with every piece of evidence and its source rows.
    Explain(Explain),
    /// Write the report of a result.
    Report(Report),
    /// Write rings for other tools: link analysis, sharing, spreadsheets.
    ///
    /// Only what belongs to rings is written: not every link of the data, and nobody who fell short of being named.
    /// docs/EXPORTS.md says what each format holds and how to open it.
    Export(Export),
    /// Record what an analyst decided of an account, or of all members of a ring, for the next run.
    ///
    /// The decision is added to OUT/decisions/custody.jsonl, where every entry holds the one before, and to
    /// OUT/decisions/reports.csv, which the next `correlate` takes with --reports. Evidence up to the last act that this
    /// result knows of a cleared account never names it again; later evidence does. docs/CUSTODY.md.
    Decide(Decide),
    /// Check a result or an evidence package: every file against its hash, and the custody log.
    Verify(Verify),
    /// Make a key pair to sign evidence packages with (Ed25519, as minisign).
    ///
    /// The password of the secret key is taken from `ITOGUCHI_KEY_PASSWORD`, else asked for.
    Keys(Keys),
    /// Find accounts that act on the same objects at the same time, in any table of actions.
    ///
    /// Two acts of different actors on one object, at most the window apart, are a coincidence; those of one pair on one
    /// object within one window are an occasion. PAIRS has a row for each pair: a, b (a before b as text, unless --kind
    /// is opposite or match), weight (coincidences), avg_time_delta (seconds), and unless --no-significance bits (log2
    /// of how much likelier the occasions are with one operator than by chance) and q_value (false discovery rate among
    /// all pairs that could be).
    Coact(Coact),
    /// Part any graph into communities, each proved to be connected; or find the one around known nodes.
    ///
    /// The answer depends on the edges and the options alone: not on the order of rows, nor on the number of threads.
    Communities(Communities),
    /// Score a result against the truth of the simulated world it was made from.
    ///
    /// docs/SCORING.md says what each metric means. A metric whose denominator is 0 is undefined, shown as - (null in
    /// JSON), and keeps no bound.
    Evaluate(Evaluate),
    /// Make a simulated world, with its truth beside it.
    Simulate(Simulate),
    /// Find rings together with other brokers, without showing them customers: tokens, bundles, keys.
    ///
    /// docs/CONSORTIUM.md says who runs what, what each party learns, and what the files hold.
    Share(share::Share),
    /// Show the tables that go in and come out, or the settings.
    Schema(Schema),
}

/// `import`
#[derive(Debug, Args)]
pub struct Import {
    /// Files as the broker's site gave them.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Whose downloads they are.
    #[arg(long, value_parser = ["sbi", "rakuten", "nomura"], ignore_case = true)]
    pub broker: String,
    /// The account they belong to: the downloads do not say.
    #[arg(long)]
    pub account: String,
    /// Case folder to add to; made if it is not there.
    #[arg(long)]
    pub out: PathBuf,
    /// Take downloads of one account whose periods overlap. The same fill may then stand twice.
    #[arg(long)]
    pub allow_overlap: bool,
}

/// Settings of a run.
#[derive(Debug, Args)]
pub struct Settings {
    /// Settings in TOML.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// One setting, as rings.members=4; after --config, and as often as needed.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Reject times after this one (RFC 3339). No time is judged against the clock, but for the expiry of bundles: as of
    /// this time, or by the clock.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
}

/// `inspect`
#[derive(Debug, Args)]
pub struct Inspect {
    /// Case folders.
    #[arg(required = true)]
    pub cases: Vec<PathBuf>,
    /// Settings of the run that is planned.
    #[command(flatten)]
    pub settings: Settings,
}

/// `correlate`
#[derive(Debug, Args)]
pub struct Correlate {
    /// Case folders, or bundles of `share prepare`; several are pooled, and rings come out over tokens.
    #[arg(required = true)]
    pub cases: Vec<PathBuf>,
    /// Result folder. An earlier result is replaced; anything else that stands there is refused.
    #[arg(long)]
    pub out: PathBuf,
    /// Table of what is known of accounts beside the cases, such as OUT/decisions/reports.csv of `decide`; a file, or a
    /// folder that holds reports.csv or reports.parquet. As often as needed.
    #[arg(long, value_name = "FILE")]
    pub reports: Vec<PathBuf>,
    /// Case folder whose bars are used beside bundles: prices and volumes are public, and no bundle holds them.
    #[arg(long, value_name = "CASE")]
    pub market: Option<PathBuf>,
    /// Settings of the run.
    #[command(flatten)]
    pub settings: Settings,
    /// Which tables to write: those of the contract, or also actions, all_links, occasions and account_features.
    #[arg(long, value_name = "WHICH", default_value = "result", value_parser = ["result", "all"])]
    pub tables: String,
    /// What runs the wide stages.
    #[arg(long, default_value = "embedded", value_parser = ["embedded"])]
    pub engine: String,
}

/// `rings`
#[derive(Debug, Args)]
pub struct Rings {
    /// Result folder.
    pub out: PathBuf,
    /// Lists who fell short of being named instead, and what is missing to decide.
    #[arg(long)]
    pub candidates: bool,
    /// Language of the text: en or ja.
    #[arg(long, value_enum, default_value_t = Language::En, hide_possible_values = true)]
    pub lang: Language,
}

/// `explain`
#[derive(Debug, Args)]
pub struct Explain {
    /// Result folder.
    pub out: PathBuf,
    /// A ring's id, or BROKER/ACCOUNT.
    pub target: String,
    /// Language of the text: en or ja.
    #[arg(long, value_enum, default_value_t = Language::En, hide_possible_values = true)]
    pub lang: Language,
}

/// Languages of what people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// English.
    En,
    /// Japanese.
    Ja,
}

impl From<Language> for Lang {
    fn from(language: Language) -> Self {
        match language {
            Language::En => Self::En,
            Language::Ja => Self::Ja,
        }
    }
}

/// Forms of a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// To be read.
    Text,
    /// To be processed.
    Json,
}

/// Forms of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// To be read in a terminal.
    Text,
    /// To be read in any viewer of Markdown, and as it is.
    Md,
    /// One file to be opened in a browser, offline: with link chart and timeline, and printed on A4.
    Html,
    /// To be processed.
    Json,
}

/// `report`
#[derive(Debug, Args)]
pub struct Report {
    /// Result folder.
    pub result: PathBuf,
    /// One ring only.
    #[arg(long)]
    pub ring: Option<String>,
    /// What concerns one broker only; of other brokers' accounts it tells numbers, never names.
    #[arg(long)]
    pub broker: Option<String>,
    /// Form of the report.
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub format: ReportFormat,
    /// Language of the report: en or ja.
    #[arg(long, value_enum, default_value_t = Language::En, hide_possible_values = true)]
    pub lang: Language,
    /// Take the names of accounts, devices and addresses out; the same name has the same token throughout.
    #[arg(long)]
    pub redact: bool,
    /// Only the connection records to preserve, oldest first, as CSV: an annex for requests.
    #[arg(long, conflicts_with = "format")]
    pub preserve: bool,
    /// File to write to instead of stdout.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// The accounts to freeze or call today instead, for each broker, most urgent first.
    #[arg(long, conflicts_with_all = ["ring", "package", "redact", "preserve"], help_heading = "Today")]
    pub daily: bool,
    /// Of these, what ended in the 24 hours before this time (RFC 3339) [default: all, newest day first].
    #[arg(long, value_name = "TIME", requires = "daily", help_heading = "Today")]
    pub as_of: Option<String>,
    /// Folder to make: the report in all its forms with tables, sources, settings, custody log and a manifest over all of
    /// it, for others to check with `verify`. docs/CUSTODY.md.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["ring", "broker", "out", "redact", "preserve"], help_heading = "Evidence package")]
    pub package: Option<PathBuf>,
    /// Sign the package with this secret key, as `keys` or minisign makes it. Its password is taken from
    /// `ITOGUCHI_KEY_PASSWORD`, else asked for.
    #[arg(long, value_name = "KEY", requires = "package", help_heading = "Evidence package")]
    pub sign: Option<PathBuf>,
    /// Who packs [default: the tool].
    #[arg(long, value_name = "WHO", requires = "package", help_heading = "Evidence package")]
    pub by: Option<String>,
}

/// `keys`
#[derive(Debug, Args)]
pub struct Keys {
    /// File for the secret key; the public one is PATH.pub. Neither may exist.
    pub path: PathBuf,
    /// Do not encrypt the secret key: whoever reads the file can sign with it.
    #[arg(long)]
    pub no_password: bool,
}

/// Formats of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportForm {
    /// One file for Gephi, Cytoscape, yEd, networkx.
    Graphml,
    /// One file for Gephi and networkx, with the times at which everything was seen.
    Gexf,
    /// A folder for i2 Analyst's Notebook: entities, links and how to import them.
    I2,
    /// One file: a STIX 2.1 bundle.
    Stix,
    /// A folder with one file for each table, for spreadsheets.
    Csv,
}

/// Labels of the Traffic Light Protocol 2.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Label {
    /// No limit.
    Clear,
    /// The community.
    Green,
    /// The recipient's organization and its clients.
    Amber,
    /// The recipient's organization.
    #[value(name = "amber+strict")]
    AmberStrict,
    /// The recipients alone.
    Red,
}

/// `export`
#[derive(Debug, Args)]
pub struct Export {
    /// Result folder.
    pub result: PathBuf,
    /// Format to write.
    #[arg(long, value_enum)]
    pub format: ExportForm,
    /// One ring only.
    #[arg(long)]
    pub ring: Option<String>,
    /// Replace accounts, devices and addresses by tokens that mean nothing outside this export. Brokers stay.
    #[arg(long)]
    pub redact: bool,
    /// With whom a STIX bundle may be shared [default: amber+strict].
    #[arg(long, value_enum, value_name = "LABEL")]
    pub tlp: Option<Label>,
    /// File to write; a folder for i2 and csv, where an earlier export is replaced and anything else that stands there
    /// refused.
    #[arg(long, value_name = "PATH")]
    pub out: PathBuf,
}

/// What is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Decision {
    /// What the result says of the account holds.
    Confirm,
    /// It does not: the same evidence is not to name the account again.
    Clear,
}

/// What a confirmed account is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DecidedRole {
    /// Its owner lost control of it.
    Victim,
    /// It is under suspicion.
    Suspect,
}

/// `decide`
#[derive(Debug, Args)]
pub struct Decide {
    /// Result folder.
    pub out: PathBuf,
    /// A ring's id, meaning all its members, or BROKER/ACCOUNT.
    pub target: String,
    /// What is decided.
    #[arg(value_enum)]
    pub decision: Decision,
    /// Who decides.
    #[arg(long, value_name = "WHO")]
    pub by: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub why: String,
    /// What a confirmed account is, where the data do not show it; of one account, also against what they show.
    #[arg(long = "as", value_enum, value_name = "ROLE")]
    pub role: Option<DecidedRole>,
    /// When it was decided (RFC 3339) [default: now].
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
}

/// `verify`
#[derive(Debug, Args)]
pub struct Verify {
    /// Result folder, or evidence package.
    pub out: PathBuf,
    /// Run again on the inputs, and compare every table byte for byte.
    #[arg(long)]
    pub recompute: bool,
    /// Folder that the input paths of the manifest start from [default: the current one].
    #[arg(long, value_name = "DIR")]
    pub inputs: Option<PathBuf>,
    /// Check that the package was signed with this public key: its file, or its line of base64.
    #[arg(long, value_name = "PUBKEY")]
    pub key: Option<String>,
}

/// What two acts have to share to count as a coincidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// The object, and the side if --side names one.
    Same,
    /// The object, on opposite sides: column a is the account on the left side (of the two texts in --side the first in
    /// byte order, as buy before sell), b the one on the right side.
    Opposite,
    /// As opposite, with the same values in the columns of --match-on: the two may be one trade.
    Match,
}

/// `coact`
#[derive(Debug, Args)]
pub struct Coact {
    /// Table of actions: CSV (also .gz, .zst) or Parquet.
    pub file: PathBuf,
    /// Longest time between two acts, inclusive: 60s, 5m, 2h, 1d, 500ms.
    #[arg(long)]
    pub window: String,
    /// File for the pairs: .csv or .parquet.
    #[arg(long, value_name = "PAIRS")]
    pub out: PathBuf,
    /// Column of who acted.
    #[arg(long, value_name = "COL", default_value = "actor", help_heading = "Columns")]
    pub actor: String,
    /// Columns that together name what was acted on.
    #[arg(
        long,
        value_name = "COL[,COL]",
        value_delimiter = ',',
        default_value = "object",
        help_heading = "Columns"
    )]
    pub object: Vec<String>,
    /// Column of when: RFC 3339, a timestamp, or epoch seconds.
    #[arg(long, value_name = "COL", default_value = "time", help_heading = "Columns")]
    pub time: String,
    /// Column that names the act, where one act touches several objects.
    #[arg(long, value_name = "COL", help_heading = "Columns")]
    pub content: Option<String>,
    /// Column of the act's side, as buy or sell.
    #[arg(long, value_name = "COL", help_heading = "Columns")]
    pub side: Option<String>,
    /// Use only rows of which this column has exactly this text; as often as needed.
    #[arg(long, value_name = "COL=VALUE", help_heading = "Columns")]
    pub keep: Vec<String>,
    /// What two acts have to share.
    #[arg(long, value_enum, default_value_t = Kind::Same, help_heading = "Which pairs")]
    pub kind: Kind,
    /// Columns that must be equal too for --kind match [default: price,quantity].
    #[arg(long, value_name = "COL[,COL]", value_delimiter = ',', help_heading = "Which pairs")]
    pub match_on: Vec<String>,
    /// Rows an actor must have, and rows in pairs that one actor of a pair must have.
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Which pairs")]
    pub min_participation: u32,
    /// Occasions that a pair must have.
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Which pairs")]
    pub min_occasions: u32,
    /// Distinct objects that a pair must share.
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Which pairs")]
    pub min_objects: u32,
    /// Only pairs accepted at this false discovery rate, as 0.05. Much faster than all pairs: the others are never
    /// listed.
    #[arg(long, value_name = "Q", help_heading = "Which pairs")]
    pub max_q: Option<f64>,
    /// Leave bits and q-values out.
    #[arg(long, help_heading = "What is told of a pair")]
    pub no_significance: bool,
    /// Add occasions, and objects: the distinct ones that the pair shares.
    #[arg(long, help_heading = "What is told of a pair")]
    pub occasions: bool,
    /// Add a_led and b_led, occasions in which the acts of a (of b) came strictly first, and lead_p_value: the chance
    /// of as uneven a split or more, where either order is as likely.
    #[arg(long, help_heading = "What is told of a pair")]
    pub lead: bool,
    /// Add expected, the coincidences that chance makes of the pair, and p_value.
    #[arg(long, help_heading = "What is told of a pair")]
    pub chance: bool,
    /// Memory for the acts, as 512M or 4G: more are set aside on disk, where temporary files go, and worked on part by
    /// part. The pairs are the same.
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<String>,
    /// Deal the actors of every object anew so many times, search each deal as if it were real, and print how the
    /// p-values turn out where nothing is to be found.
    #[arg(long, value_name = "N")]
    pub calibrate: Option<u32>,
    /// Count the pairs on an engine: ballista://HOST:PORT, standalone or datafusion, with ?partitions=, planner= and
    /// seconds= (of one attempt). The pairs are the same.
    #[cfg(feature = "cluster")]
    #[arg(long, value_name = "URL")]
    pub engine: Option<String>,
    /// Folder that the engine's executors see under the same path [default: the system's for temporary files].
    #[cfg(feature = "cluster")]
    #[arg(long, value_name = "DIR", requires = "engine")]
    pub engine_folder: Option<PathBuf>,
}

/// `communities`
#[derive(Debug, Args)]
pub struct Communities {
    /// Table of edges: CSV (also .gz, .zst) or Parquet. Repeated edges are summed.
    pub file: PathBuf,
    /// File for the communities: .csv or .parquet.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Columns of the two ends of an edge.
    #[arg(long, value_name = "U,V", value_delimiter = ',', default_value = "u,v", help_heading = "Columns")]
    pub ends: Vec<String>,
    /// Column of the weight, a decimal number of nought or more [default: weight, where there is one; else every edge
    /// weighs 1].
    #[arg(long, value_name = "COL", help_heading = "Columns")]
    pub weight: Option<String>,
    /// What makes a good community.
    #[arg(long, value_enum, default_value_t = Quality::Cpm, help_heading = "Which communities")]
    pub objective: Quality,
    /// How fine: with cpm, the weight that a pair of members must have on average; with modularity, the factor of the
    /// expected weight [default for modularity: 1].
    #[arg(long, value_name = "G", allow_negative_numbers = true, help_heading = "Which communities")]
    pub resolution: Option<String>,
    /// Most nodes of a community.
    #[arg(long, value_name = "N", help_heading = "Which communities")]
    pub max_members: Option<NonZeroU32>,
    /// Another number gives a second opinion.
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "How hard to search")]
    pub seed: u64,
    /// Most rounds; it stops by itself when a round changes nothing.
    #[arg(long, value_name = "N", default_value = "10", help_heading = "How hard to search")]
    pub rounds: NonZeroU32,
    /// Seeds to try, of which the best partition is kept, for each component by itself.
    #[arg(long, value_name = "N", default_value = "1", help_heading = "How hard to search")]
    pub tries: NonZeroU32,
    /// Begin with the communities of this table of node and community, as an earlier --out: what has no reason to
    /// move stays.
    #[arg(long, value_name = "FILE", help_heading = "How hard to search")]
    pub from: Option<PathBuf>,
    /// Add level_1, level_2, …: the firm groups that each community is made of, the finest first.
    #[arg(long, conflicts_with_all = ["from", "tries"], help_heading = "What is told of them")]
    pub levels: bool,
    /// Add confidence: part the graph so many times with its edges drawn anew (Poisson bootstrap), and tell in what
    /// share of them the node stayed with its community.
    #[arg(long, value_name = "N", help_heading = "What is told of them")]
    pub bootstrap: Option<NonZeroU32>,
    /// A table with a row for each community: size, weights, density, conductance, bridges, weakest member, and how it
    /// fares with other seeds and resolutions. File: .csv or .parquet.
    #[arg(long, value_name = "FILE", help_heading = "What is told of them")]
    pub certificate: Option<PathBuf>,
    /// Do not part the graph: only rank the nodes around this one (as often as needed: around all of them together),
    /// and tell which make a community with it.
    #[arg(
        long,
        value_name = "NODE",
        conflicts_with_all = [
            "objective", "resolution", "seed", "rounds", "tries", "from", "levels", "bootstrap", "certificate",
        ],
        help_heading = "Around known nodes"
    )]
    pub around: Vec<String>,
    /// How little of the walk around them may be left out, for each unit of weight at a node; smaller reaches further.
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 1e-6,
        allow_negative_numbers = true,
        help_heading = "Around known nodes"
    )]
    pub tolerance: f64,
}

/// What makes a good community.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Quality {
    /// Constant Potts model: as much weight for each pair as the resolution asks. Finds small groups in large graphs.
    Cpm,
    /// More weight inside than the nodes' own weights lead to expect.
    Modularity,
}

/// `evaluate`
#[derive(Debug, Args)]
pub struct Evaluate {
    /// Result folder.
    pub out: PathBuf,
    /// Folder of the truth, or the simulated case it is in.
    #[arg(long, value_name = "DIR")]
    pub truth: PathBuf,
    /// Fail (exit code 1) if the metric is smaller or undefined; as often as needed.
    #[arg(long, value_name = "METRIC=VALUE")]
    pub min: Vec<String>,
    /// Fail (exit code 1) if the metric is larger or undefined; as often as needed.
    #[arg(long, value_name = "METRIC=VALUE")]
    pub max: Vec<String>,
    /// Form of the score.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `simulate`
#[derive(Debug, Args)]
pub struct Simulate {
    /// Which world; `itoguchi simulate list` names them.
    #[arg(required_unless_present = "list")]
    pub world: Option<String>,
    /// Accounts [default: the world's own].
    #[arg(long)]
    pub accounts: Option<u32>,
    /// Days [default: the world's own].
    #[arg(long)]
    pub days: Option<u32>,
    /// Seed.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Case folder to make; its truth goes into CASE/truth.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Form of the tables [default: the world's own].
    #[arg(long, value_parser = ["parquet", "csv"])]
    pub format: Option<String>,
    /// List the worlds.
    #[arg(long)]
    pub list: bool,
}

/// `schema`
#[derive(Debug, Args)]
pub struct Schema {
    /// A table, `config` for the settings, or nothing for all tables.
    pub table: Option<String>,
    /// All tables as a Markdown document, with keys and joins: docs/TABLES.md.
    #[arg(long, conflicts_with = "table")]
    pub markdown: bool,
}
