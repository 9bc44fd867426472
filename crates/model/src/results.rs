//! The rows of the result tables, one struct per table of the contract.
//!
//! Bits are thousandths until they are written; amounts are whole yen. Rows are already in their final order.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    bits::Millibits,
    evidence::{Family, Kind, Role},
    time::{Instant, Precision},
};

/// An account as files name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccountName {
    /// The broker's code.
    pub broker: String,
    /// The broker's own token.
    pub account_id: String,
}

impl std::fmt::Display for AccountName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.broker, self.account_id)
    }
}

/// The same sentence in both languages of the reports.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Statement {
    /// In English.
    pub en: String,
    /// In Japanese.
    pub ja: String,
}

impl Statement {
    /// A sentence in English and in Japanese.
    #[must_use]
    pub fn new(en: impl Into<String>, ja: impl Into<String>) -> Self {
        Self { en: en.into(), ja: ja.into() }
    }
}

/// One row of `rings`: a group that two independent families of evidence hold together.
#[derive(Clone, Debug, PartialEq)]
pub struct RingRow {
    /// Stable id, from the ring's earliest hijack episode.
    pub ring_id: String,
    /// Bits of all members, net of the prior.
    pub score: Millibits,
    /// Probability by the bits, 0 to 1, at most 0.99; not calibrated on real cases.
    pub likelihood: f64,
    /// First and last act inside the ring.
    pub window: (Instant, Instant),
    /// Brokers of its members, sorted.
    pub brokers: Vec<String>,
    /// Names its victims bought, sorted.
    pub instruments: Vec<String>,
    /// Members by role.
    pub victims: u32,
    /// Suspected seller accounts.
    pub sellers: u32,
    /// Members whose role the columns do not show.
    pub linked: u32,
    /// The independent families that hold it.
    pub families: Vec<Family>,
    /// Sells inside the victims' episodes, whole yen.
    pub forced_sales_jpy: Option<i64>,
    /// Buys inside the victims' episodes.
    pub fraudulent_buys_jpy: Option<i64>,
    /// Buys less re-sales inside the episodes less what is left at the last close.
    pub estimated_loss_jpy: Option<i64>,
    /// The sellers' sells of the ring's names inside its bursts, gross.
    pub seller_proceeds_jpy: Option<i64>,
    /// Those less the average cost of the shares sold.
    pub seller_profit_jpy: Option<i64>,
    /// Which single piece of evidence, removed, would break the ring or drop a member.
    pub weakest_point: Statement,
    /// What speaks for an innocent explanation, with its figure: one sentence each.
    pub innocent_explanations: Vec<Statement>,
}

/// One row of `ring_members`.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberRow {
    /// Which ring.
    pub ring_id: String,
    /// Which account.
    pub account: AccountName,
    /// As what.
    pub role: Role,
    /// Sum of its evidence less the prior.
    pub bits: Millibits,
    /// Probability by the bits, 0 to 1, at most 0.99; not calibrated on real cases.
    pub confidence: f64,
    /// First act inside the ring.
    pub first_seen: Instant,
    /// Last act inside the ring.
    pub last_seen: Instant,
}

/// One row of `ring_infrastructure`.
#[derive(Clone, Debug, PartialEq)]
pub struct InfrastructureRow {
    /// Which ring.
    pub ring_id: String,
    /// `device` or `ip`.
    pub kind: Kind,
    /// The device token or address.
    pub value: String,
    /// `device`, `relay` or `shared`: never an accusation.
    pub role: &'static str,
    /// Bits the sharing of it is worth to one pair.
    pub bits: Millibits,
    /// Accounts of all the data that used it.
    pub accounts: u32,
    /// Brokers of the ring's members that used it, sorted.
    pub brokers: Vec<String>,
    /// First use by a member inside an episode.
    pub first_seen: Instant,
    /// Last use by a member inside an episode.
    pub last_seen: Instant,
}

/// One row of `ring_instruments`.
#[derive(Clone, Debug, PartialEq)]
pub struct InstrumentRow {
    /// Which ring.
    pub ring_id: String,
    /// `MIC:LOCALCODE`.
    pub instrument: String,
    /// First purchase by a victim.
    pub first_buy: Instant,
    /// Last purchase by a victim.
    pub last_buy: Instant,
    /// Shares the victims bought inside their episodes; none where only classes of size are known.
    pub victim_buy_qty: Option<f64>,
    /// Shares the sellers sold inside the ring's bursts; none as above.
    pub seller_sell_qty: Option<f64>,
    /// Shares the whole market traded on those days, from bars.
    pub market_qty: Option<f64>,
    /// Close before the first day.
    pub price_before: Option<f64>,
    /// Highest price on those days.
    pub price_peak: Option<f64>,
    /// Close of the last day.
    pub price_after: Option<f64>,
}

/// One row of `ring_days`: a name that a ring traded, on one trading day from twenty before its first to five after
/// its last day in the ring.
#[derive(Clone, Debug, PartialEq)]
pub struct DayRow {
    /// Which ring.
    pub ring_id: String,
    /// `MIC:LOCALCODE`.
    pub instrument: String,
    /// Midnight in Japan of the day.
    pub day: Instant,
    /// First, highest, lowest and last price of the day; none where the data have no bar.
    pub prices: Option<[f64; 4]>,
    /// Shares the whole market traded.
    pub volume: Option<f64>,
    /// Mean of that over up to 20 days before.
    pub usual_volume: Option<f64>,
    /// Shares bought by victims and linked members inside their episodes. This and the figures that follow are none where
    /// only classes of size are known.
    pub victim_buy_qty: Option<f64>,
    /// Of those, bought above the last price that any account of the data had paid before (the close before, for the
    /// first of the day).
    pub raised_qty: Option<f64>,
    /// Of those, bought in the last five minutes of the session, 15:25 or later.
    pub closing_qty: Option<f64>,
    /// Of those, shares that suspected sellers sold in the same minute at the same price: what can have met at most.
    pub matched_qty: Option<f64>,
    /// Shares bought by suspected sellers.
    pub seller_buy_qty: Option<f64>,
    /// Shares sold by suspected sellers.
    pub seller_sell_qty: Option<f64>,
    /// File and 1-based record of the bar.
    pub source: Option<(String, u64)>,
}

/// One row of `ring_sellers`: what a suspected seller account did in one name of the ring.
#[derive(Clone, Debug, PartialEq)]
pub struct SellerRow {
    /// Which ring.
    pub ring_id: String,
    /// Which account.
    pub account: AccountName,
    /// `MIC:LOCALCODE`.
    pub instrument: String,
    /// Shares held before the first day it sold into the ring, as far as known. This and the figures that follow are none
    /// where only classes of size are known.
    pub held_qty: Option<f64>,
    /// Of those, bought in the 28 days before.
    pub built_up_qty: Option<f64>,
    /// Shares sold inside the ring's bursts.
    pub sold_qty: Option<f64>,
    /// Of those, sold between the victims' first and last purchase.
    pub overlap_qty: Option<f64>,
    /// First sale inside the bursts.
    pub first_sell: Instant,
    /// Last sale inside the bursts.
    pub last_sell: Instant,
    /// What those sales brought, whole yen.
    pub proceeds_jpy: Option<i64>,
    /// That less the average cost of the shares sold.
    pub profit_jpy: Option<i64>,
}

/// One row of `ring_acts`: one input row in which a member acted inside the ring.
#[derive(Clone, Debug, PartialEq)]
pub struct ActRow {
    /// Which ring.
    pub ring_id: String,
    /// Which account.
    pub account: AccountName,
    /// As what.
    pub role: Role,
    /// The event of a login row (`login`, `mfa_change`, …), `login_failed`, or the side of a fill.
    pub act: &'static str,
    /// When.
    pub time: Instant,
    /// What the source knew of the time.
    pub precision: Precision,
    /// How the account was entered; none for fills.
    pub access: Option<Access>,
    /// What was traded; none for logins.
    pub trade: Option<Trade>,
    /// File (as in [`crate::tables::SourceFile::path`]) and 1-based record.
    pub source: (String, u64),
}

/// Where a login came from, as far as its row says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// The address.
    pub ip: Option<String>,
    /// The source port: behind carrier NAT a subscriber is address, port and time.
    pub src_port: Option<u32>,
    /// The broker's device token.
    pub device: Option<String>,
    /// The program.
    pub user_agent: Option<String>,
    /// Autonomous system number.
    pub asn: Option<u32>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Kind of network, as the source calls it.
    pub ip_class: Option<&'static str>,
}

/// One fill.
#[derive(Clone, Debug, PartialEq)]
pub struct Trade {
    /// `MIC:LOCALCODE`.
    pub instrument: String,
    /// Shares; none where only a class of size is known.
    pub quantity: Option<f64>,
    /// Per share, in `currency`.
    pub price: Option<f64>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// Price times shares in whole yen; none where a rate is missing.
    pub jpy: Option<i64>,
}

/// One row of `links`: what ties two accounts together, by kind.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkRow {
    /// The ring both belong to, if they belong to one.
    pub ring_id: Option<String>,
    /// The smaller of the two accounts.
    pub a: AccountName,
    /// The larger of the two accounts.
    pub b: AccountName,
    /// By what.
    pub kind: Kind,
    /// How much, without the prior.
    pub bits: Millibits,
    /// Distinct objects and windows.
    pub occasions: u32,
    /// Pairs of acts.
    pub acts: u32,
    /// False discovery rate at which this link is accepted; null where no test applies.
    pub q_value: Option<f64>,
}

/// One row of `evidence` before it is spread over its source files.
#[derive(Clone, Debug, PartialEq)]
pub struct EvidenceRow {
    /// Stable id, from content.
    pub evidence_id: String,
    /// The ring it supports, if any.
    pub ring_id: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// How much it is worth.
    pub bits: Millibits,
    /// Whom it speaks of: `BROKER/ACCOUNT`, a pair `A ~ B`, or a ring id.
    pub subject: String,
    /// What it rests on: an instrument and day, a device, an address.
    pub object: String,
    /// First act.
    pub start: Instant,
    /// Last act.
    pub end: Instant,
    /// Files (as in [`crate::tables::SourceFile::path`]) with their rows, each list sorted. One table row each.
    pub sources: Vec<(String, Vec<u64>)>,
    /// What was seen, in English.
    pub statement_en: String,
    /// What was seen, in Japanese.
    pub statement_ja: String,
}

/// One row of `episodes`: a session in which an account looks taken over.
#[derive(Clone, Debug, PartialEq)]
pub struct EpisodeRow {
    /// Whose.
    pub account: AccountName,
    /// Login.
    pub start: Instant,
    /// Last act.
    pub end: Instant,
    /// How unusual, in bits.
    pub bits: Millibits,
    /// Names of the signals that fired, sorted.
    pub signals: Vec<String>,
    /// Sold in it, whole yen; null where a rate is missing.
    pub sold_jpy: Option<i64>,
    /// Bought in it, whole yen; null where a rate is missing.
    pub bought_jpy: Option<i64>,
    /// Names bought in it, sorted.
    pub instruments: Vec<String>,
}

/// One row of `bursts`: a name with more first-time buyers (or sellers) in a day than its history explains.
#[derive(Clone, Debug, PartialEq)]
pub struct BurstRow {
    /// `MIC:LOCALCODE`.
    pub instrument: String,
    /// `buy` or `sell`.
    pub side: &'static str,
    /// First act of the burst.
    pub start: Instant,
    /// Last act of the burst.
    pub end: Instant,
    /// Accounts in it.
    pub accounts: u32,
    /// Accounts expected.
    pub expected: f64,
    /// False discovery rate.
    pub q_value: f64,
    /// Their brokers, sorted.
    pub brokers: Vec<String>,
    /// High of the day over the close before, less one.
    pub price_impact: Option<f64>,
    /// Volume of the day over the mean of up to 20 days before.
    pub volume_ratio: Option<f64>,
}

/// One row of `accounts`: every account seen, linked or not.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountRow {
    /// Which account.
    pub account: AccountName,
    /// Accounts it is linked to above the floor.
    pub degree: u32,
    /// Community number: 0 for accounts without links.
    pub community: u32,
    /// The ring in which it has most bits.
    pub ring_id: Option<String>,
    /// Its role there.
    pub role: Option<Role>,
    /// Its bits there, else of its strongest episode, else null.
    pub bits: Option<Millibits>,
    /// Kinds that reports state of it, as [`crate::tables::ReportKind::name`] writes them, sorted; null where none does.
    pub reported: Vec<String>,
}

/// One row of `candidates`: an account that fell short of being named, for review.
#[derive(Clone, Debug, PartialEq)]
pub struct CandidateRow {
    /// The ring it may belong to; none where nobody of its group was named.
    pub ring_id: Option<String>,
    /// Which account.
    pub account: AccountName,
    /// What ties it to the others.
    pub kind: Kind,
    /// The device, the address, or the names and day.
    pub object: String,
    /// How odd its session is and what the tie is worth, net of the prior.
    pub bits: Millibits,
    /// What a member must reach.
    pub needed: Millibits,
    /// What the data lack that could decide.
    pub missing: Vec<String>,
    /// First act of the session.
    pub start: Instant,
    /// Last act of the session.
    pub end: Instant,
    /// File of the row that opens the session, as in [`crate::tables::SourceFile::path`].
    pub source_file: String,
    /// 1-based data record of that row.
    pub source_row: u64,
}

/// One row of `rejects`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectRow {
    /// File as in [`crate::tables::SourceFile::path`].
    pub source_file: String,
    /// 1-based data record.
    pub row: u64,
    /// Which column was at fault.
    pub column: String,
    /// What it held.
    pub value: String,
    /// Why it cannot be read.
    pub reason: String,
}

/// One row of `occasions`: what an account did from one entry to the next, and how odd that was.
#[derive(Clone, Debug, PartialEq)]
pub struct OccasionRow {
    /// Whose, when, how odd, with which signals and amounts.
    pub session: EpisodeRow,
    /// Of the bits, how the account was entered.
    pub access: Millibits,
    /// Of the bits, what was traded.
    pub trading: Millibits,
    /// Logins joined in it.
    pub logins: u32,
    /// Fills in it.
    pub fills: u32,
    /// Logins of the account before it.
    pub history: u32,
    /// Whether only the day of its fills is known.
    pub day_only: bool,
    /// Whether it is odd enough to be linked to others.
    pub marked: bool,
}

/// Communities of one account at one resolution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Community {
    /// Number; 0 for accounts without links.
    pub number: u32,
    /// Its accounts; 0 for accounts without links.
    pub accounts: u32,
}

/// One row of `account_features`: an account in numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureRow {
    /// Which account.
    pub account: AccountName,
    /// First and last act in the data; none for an account without any.
    pub seen: Option<(Instant, Instant)>,
    /// Days in Japan from the first act to the last, both included.
    pub history_days: u32,
    /// Days in Japan with an act.
    pub active_days: u32,
    /// Successful logins.
    pub logins: u32,
    /// Failed ones, and failed codes.
    pub login_failures: u32,
    /// Changes of credentials and notifications.
    pub credential_changes: u32,
    /// Distinct devices.
    pub devices: u32,
    /// Distinct addresses.
    pub addresses: u32,
    /// Purchases.
    pub buys: u32,
    /// Sales, short ones too.
    pub sells: u32,
    /// Distinct names traded.
    pub instruments: u32,
    /// Bought, whole yen; none where a rate is missing.
    pub bought_jpy: Option<i64>,
    /// Sold, whole yen.
    pub sold_jpy: Option<i64>,
    /// Occasions.
    pub occasions: u32,
    /// Of those, odd enough to be linked.
    pub marked: u32,
    /// Of those, with odd access and odd trading both.
    pub episodes: u32,
    /// Bits of its oddest occasion; none without occasions.
    pub oddest: Option<Millibits>,
    /// Accounts it is linked to.
    pub degree: u32,
    /// Links of each kind in [`FeatureRow::KINDS`], and the bits of the strongest.
    pub links: [(u32, Millibits); 8],
    /// At the resolution of the settings, at ten times and at a hundred times that.
    pub communities: [Community; 3],
}

impl FeatureRow {
    /// The kinds that links have, in the order of [`FeatureRow::links`].
    pub const KINDS: [Kind; 8] = [
        Kind::Device,
        Kind::Ip,
        Kind::CoBuy,
        Kind::CoSell,
        Kind::CoBuyDay,
        Kind::Opposite,
        Kind::PossibleMatch,
        Kind::Counterparty,
    ];
}

/// One row of `actions`: an account did something that others may have done too. There are as many as rows in, so texts
/// are shared.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionRow {
    /// Whose.
    pub broker: Arc<str>,
    /// Whose.
    pub account_id: Arc<str>,
    /// When.
    pub time: Instant,
    /// `ip`, `device`, `buy` or `sell`.
    pub kind: &'static str,
    /// The address, device or instrument.
    pub object: Arc<str>,
    /// Start of the occasion it belongs to; none where it belongs to none.
    pub occasion: Option<Instant>,
    /// Input file.
    pub source_file: Arc<str>,
    /// Row of it.
    pub source_row: u64,
}

/// What is written on request: what the engine worked out on the way, for models of one's own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wide {
    /// By account, time, kind, object, source.
    pub actions: Vec<ActionRow>,
    /// As `links`, with weaker ones.
    pub all_links: Vec<LinkRow>,
    /// By account, start.
    pub occasions: Vec<OccasionRow>,
    /// By account.
    pub account_features: Vec<FeatureRow>,
}

/// Everything a run found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Results {
    /// Highest score first.
    pub rings: Vec<RingRow>,
    /// By ring in the order of `rings`, then role, then account.
    pub ring_members: Vec<MemberRow>,
    /// By ring, kind, value.
    pub ring_infrastructure: Vec<InfrastructureRow>,
    /// By ring, instrument.
    pub ring_instruments: Vec<InstrumentRow>,
    /// By ring, instrument, day.
    pub ring_days: Vec<DayRow>,
    /// By ring, most proceeds first, account, instrument.
    pub ring_sellers: Vec<SellerRow>,
    /// By ring, time, account, content.
    pub ring_acts: Vec<ActRow>,
    /// By ring id (null last), accounts, kind.
    pub links: Vec<LinkRow>,
    /// By ring, subject, kind, object.
    pub evidence: Vec<EvidenceRow>,
    /// By start, account.
    pub episodes: Vec<EpisodeRow>,
    /// By start, instrument, side.
    pub bursts: Vec<BurstRow>,
    /// By account.
    pub accounts: Vec<AccountRow>,
    /// Of rings first, most bits first.
    pub candidates: Vec<CandidateRow>,
    /// By file, row, column.
    pub rejects: Vec<RejectRow>,
    /// On request (`tables.wide`); written, never read back.
    pub wide: Option<Wide>,
}

/// `manifest.json`: what went in, what came out, how. Nothing outside `run` depends on the clock or machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// Always `itoguchi-result`: marks a folder as ours to replace.
    pub format: String,
    /// Version of the tool.
    pub tool_version: String,
    /// Every setting, with defaults filled in.
    pub configuration: serde_json::Value,
    /// Case folders as given.
    pub cases: Vec<String>,
    /// Tables of reports that were given beside the cases, as given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<String>,
    /// The case whose market data were used beside bundles, as given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// Every input file.
    pub inputs: Vec<crate::tables::SourceFile>,
    /// Rows set aside by status or repetition.
    pub superseded: crate::tables::Superseded,
    /// Accounts in the data, and the prior in bits that they set.
    pub accounts: u32,
    /// log2 of `accounts`, in thousandths of a bit.
    pub prior_millibits: Millibits,
    /// Every output file.
    pub outputs: Vec<OutputFile>,
    /// Warnings of the reader, and what was not available.
    pub notes: Vec<Statement>,
    /// What depends on the clock and the machine.
    pub run: RunInfo,
}

/// One output file in the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputFile {
    /// Path inside the result folder.
    pub path: String,
    /// Rows, for tables.
    pub rows: Option<u64>,
    /// Size.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// The part of the manifest that differs from run to run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RunInfo {
    /// When the run began, RFC 3339.
    pub started: String,
    /// Threads used.
    pub threads: u32,
    /// Seconds and rows per stage.
    pub stages: Vec<StageInfo>,
    /// Peak resident memory in bytes, where the system tells.
    pub peak_memory: Option<u64>,
}

/// One stage of a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct StageInfo {
    /// Its name.
    pub stage: String,
    /// Rows through it.
    pub rows: u64,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Seconds of all threads together, where the system tells.
    #[serde(default)]
    pub cpu_seconds: Option<f64>,
    /// Peak resident memory of the process when the stage was over, in bytes, where the system tells.
    #[serde(default)]
    pub peak_memory: Option<u64>,
}
