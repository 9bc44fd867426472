//! What a report says, before it has a form.
//!
//! Text, Markdown and JSON are renderings of these structs, so they cannot differ in content, and what a reader may
//! not see ([`disclosure`]) is left out here once, before any of them begins.

pub(crate) mod disclosure;
pub(crate) mod growth;
pub(crate) mod opinions;
pub(crate) mod quality;
pub(crate) mod sellers;
pub(crate) mod sheets;
pub(crate) mod tape;

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_model::{
    Instant, Millibits,
    results::{AccountName, ActRow, EvidenceRow, MemberRow, RingRow},
    tables::Superseded,
};
use serde::{Serialize, Serializer};

use crate::{error::ReportError, language::Lang, load::Loaded, package::decisions::Decision, target, terms};
use disclosure::Disclosure;
use sheets::RingSheet;
use tape::PreserveLine;

/// Version of the report's JSON; a change of meaning raises it.
const SCHEMA_VERSION: u32 = 1;

/// Which part of a result is reported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportOptions {
    /// This ring alone.
    pub ring: Option<String>,
    /// For the eyes of this broker: only rings with accounts of its own, and of all others only counts.
    pub broker: Option<String>,
    /// The language of its sentences.
    pub lang: Lang,
    /// The last decision on each account, as the custody log of the result has it: shown as opinions.
    pub decided: BTreeMap<AccountName, Decision>,
}

/// A moment that programs read in UTC and people in Japanese time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) Instant);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Both {
            utc: String,
            jst: String,
        }
        Both { utc: self.0.to_string(), jst: self.0.jst() }.serialize(serializer)
    }
}

/// Bits: thousandths inside, a number outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bits(pub(crate) Millibits);

impl Serialize for Bits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0.bits())
    }
}

/// From a first to a last act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Period {
    pub(crate) start: Moment,
    pub(crate) end: Moment,
}

impl Period {
    pub(crate) fn new(start: Instant, end: Instant) -> Self {
        Self { start: Moment(start), end: Moment(end) }
    }
}

/// The whole report.
#[derive(Debug, Serialize)]
pub(crate) struct Dossier {
    pub(crate) schema_version: u32,
    pub(crate) notice: &'static str,
    pub(crate) scope: Scope,
    pub(crate) tool_version: String,
    pub(crate) configuration: Option<serde_json::Value>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) rows: Rows,
    pub(crate) superseded: Superseded,
    pub(crate) accounts: u32,
    pub(crate) prior_bits: Bits,
    /// Oldest first: what is deleted first.
    pub(crate) preserve: Vec<PreserveLine>,
    pub(crate) rings: Vec<RingSheet>,
    pub(crate) bursts: Vec<Burst>,
    pub(crate) lone_episodes: Vec<Episode>,
    pub(crate) limitations: Vec<String>,
}

/// What was asked for.
#[derive(Debug, Serialize)]
pub(crate) struct Scope {
    pub(crate) ring: Option<String>,
    pub(crate) broker: Option<String>,
}

/// One input file.
#[derive(Debug, Serialize)]
pub(crate) struct Input {
    pub(crate) path: String,
    pub(crate) table: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
    pub(crate) encoding: Option<String>,
    #[serde(flatten)]
    pub(crate) rows: Rows,
}

/// Rows accounted for: read = used + rejected.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Rows {
    pub(crate) read: u64,
    pub(crate) used: u64,
    pub(crate) rejected: u64,
}

impl Rows {
    pub(crate) fn balance(self) -> bool {
        self.used.checked_add(self.rejected) == Some(self.read)
    }
}

/// Unusual first-time trading in one name.
#[derive(Debug, Serialize)]
pub(crate) struct Burst {
    pub(crate) instrument: String,
    pub(crate) side: &'static str,
    pub(crate) period: Period,
    pub(crate) accounts: u32,
    pub(crate) expected: f64,
    pub(crate) q_value: f64,
    pub(crate) brokers: Vec<String>,
    pub(crate) other_brokers: usize,
    pub(crate) price_impact: Option<f64>,
    pub(crate) volume_ratio: Option<f64>,
}

/// A session in which an account looks taken over.
#[derive(Debug, Serialize)]
pub(crate) struct Episode {
    pub(crate) account: AccountName,
    pub(crate) period: Period,
    pub(crate) bits: Bits,
    pub(crate) signals: Vec<String>,
    pub(crate) sold_jpy: Option<i64>,
    pub(crate) bought_jpy: Option<i64>,
    pub(crate) instruments: Vec<String>,
}

impl Episode {
    pub(crate) fn new(row: &itoguchi_model::results::EpisodeRow) -> Self {
        Self {
            account: row.account.clone(),
            period: Period::new(row.start, row.end),
            bits: Bits(row.bits),
            signals: row.signals.clone(),
            sold_jpy: row.sold_jpy,
            bought_jpy: row.bought_jpy,
            instruments: row.instruments.clone(),
        }
    }
}

/// A result with what is looked up again and again.
pub(crate) struct View<'a> {
    pub(crate) loaded: &'a Loaded,
    pub(crate) disclosure: Disclosure<'a>,
    pub(crate) lang: Lang,
    pub(crate) decided: Option<&'a BTreeMap<AccountName, Decision>>,
    members: BTreeMap<&'a str, Vec<&'a MemberRow>>,
    acts: BTreeMap<&'a str, Vec<&'a ActRow>>,
    /// Evidence of a ring by its subject, in the table's order.
    evidence: BTreeMap<&'a str, BTreeMap<&'a str, Vec<&'a EvidenceRow>>>,
}

impl<'a> View<'a> {
    /// Indexes `loaded` for `broker`'s eyes, or everybody's. O(n log n) in members and evidence.
    pub(crate) fn new(loaded: &'a Loaded, broker: Option<&'a str>, lang: Lang) -> Result<Self, ReportError> {
        let disclosure = Disclosure::new(&loaded.results, broker, lang)?;
        let mut members: BTreeMap<&str, Vec<&MemberRow>> = BTreeMap::new();
        for member in &loaded.results.ring_members {
            members.entry(&member.ring_id).or_default().push(member);
        }
        let mut acts: BTreeMap<&str, Vec<&ActRow>> = BTreeMap::new();
        for act in &loaded.results.ring_acts {
            acts.entry(&act.ring_id).or_default().push(act);
        }
        let mut evidence: BTreeMap<&str, BTreeMap<&str, Vec<&EvidenceRow>>> = BTreeMap::new();
        for row in &loaded.results.evidence {
            if let Some(ring) = &row.ring_id {
                evidence.entry(ring).or_default().entry(&row.subject).or_default().push(row);
            }
        }
        Ok(Self { loaded, disclosure, lang, decided: None, members, acts, evidence })
    }

    /// A view for what `options` ask for.
    ///
    /// # Errors
    /// When the broker asked for is not in the result.
    pub(crate) fn asked(loaded: &'a Loaded, options: &'a ReportOptions) -> Result<Self, ReportError> {
        let view = Self::new(loaded, options.broker.as_deref(), options.lang)?;
        Ok(Self { decided: Some(&options.decided), ..view })
    }

    /// The members of `ring` in the table's order, whoever may see them.
    pub(crate) fn members(&self, ring: &str) -> &[&'a MemberRow] {
        self.members.get(ring).map_or(&[], Vec::as_slice)
    }

    /// What the members of `ring` did, by time, whoever may see it.
    pub(crate) fn acts(&self, ring: &str) -> &[&'a ActRow] {
        self.acts.get(ring).map_or(&[], Vec::as_slice)
    }

    /// The evidence that speaks of `subject` in `ring`.
    pub(crate) fn evidence(&self, ring: &str, subject: &str) -> &[&'a EvidenceRow] {
        self.evidence.get(ring).and_then(|r| r.get(subject)).map_or(&[], Vec::as_slice)
    }

    /// The evidence of `ring` that speaks of no single member: of the ring itself, or of a pair.
    pub(crate) fn shared_evidence(&self, ring: &str) -> Vec<&'a EvidenceRow> {
        let alone: BTreeSet<String> = self.members(ring).iter().map(|m| m.account.to_string()).collect();
        let subjects = self.evidence.get(ring).into_iter().flatten();
        subjects.filter(|(s, _)| !alone.contains(**s)).flat_map(|(_, rows)| rows.iter().copied()).collect()
    }

    /// Whether a ring has an account this reader may see.
    fn concerns(&self, ring: &RingRow) -> bool {
        match self.disclosure.broker() {
            None => true,
            Some(_) => self.members(&ring.ring_id).iter().any(|m| self.disclosure.shows(&m.account)),
        }
    }

    /// `brokers` as this reader may see them, and how many others there are.
    pub(crate) fn brokers(&self, brokers: &[String]) -> (Vec<String>, usize) {
        match self.disclosure.broker() {
            None => (brokers.to_vec(), 0),
            Some(own) => {
                let seen: Vec<String> = brokers.iter().filter(|b| *b == own).cloned().collect();
                let others = brokers.len() - seen.len();
                (seen, others)
            }
        }
    }
}

/// Gathers what `options` ask for.
///
/// # Errors
/// When the ring or broker asked for is not in the result.
pub(crate) fn dossier(loaded: &Loaded, options: &ReportOptions) -> Result<Dossier, ReportError> {
    gather(&View::asked(loaded, options)?, options)
}

/// Gathers what `options` ask for from a view that was made for them.
///
/// # Errors
/// When the ring asked for is not in the result, or has no account of the broker asked for.
pub(crate) fn gather(view: &View<'_>, options: &ReportOptions) -> Result<Dossier, ReportError> {
    let loaded = view.loaded;
    let rings: Vec<&RingRow> = match &options.ring {
        Some(id) => {
            let ring = &loaded.results.rings[target::find_ring(loaded, id)?];
            if !view.concerns(ring) {
                return Err(ReportError::UnknownRing { id: id.clone(), near: Vec::new() });
            }
            vec![ring]
        }
        None => loaded.results.rings.iter().filter(|r| view.concerns(r)).collect(),
    };
    let manifest = &loaded.manifest;
    let inputs = inputs(view);
    let rows = inputs.iter().fold(Rows::default(), |sum, i| Rows {
        read: sum.read.saturating_add(i.rows.read),
        used: sum.used.saturating_add(i.rows.used),
        rejected: sum.rejected.saturating_add(i.rows.rejected),
    });
    let whole = options.ring.is_none();
    Ok(Dossier {
        schema_version: SCHEMA_VERSION,
        notice: terms::NOTICE.text(options.lang),
        scope: Scope { ring: options.ring.clone(), broker: options.broker.clone() },
        tool_version: manifest.tool_version.clone(),
        configuration: options.broker.is_none().then(|| manifest.configuration.clone()),
        inputs,
        rows,
        superseded: manifest.superseded,
        accounts: manifest.accounts,
        prior_bits: Bits(manifest.prior_millibits),
        bursts: bursts(view, if whole { None } else { rings.first().copied() }),
        lone_episodes: if whole { lone_episodes(view) } else { Vec::new() },
        preserve: tape::preserve(view, &rings),
        rings: rings.into_iter().map(|r| RingSheet::new(view, r)).collect(),
        limitations: limitations(view),
    })
}

fn inputs(view: &View<'_>) -> Vec<Input> {
    let input = |f: &itoguchi_model::tables::SourceFile| Input {
        path: view.disclosure.text(&f.path),
        table: f.table.clone(),
        bytes: f.bytes,
        sha256: f.sha256.clone(),
        encoding: f.encoding.clone(),
        rows: Rows { read: f.rows, used: f.used, rejected: f.rejected },
    };
    view.loaded.manifest.inputs.iter().map(input).collect()
}

/// All bursts, or those in the names of `ring` while it was at work.
fn bursts(view: &View<'_>, ring: Option<&RingRow>) -> Vec<Burst> {
    let concerns = |b: &&itoguchi_model::results::BurstRow| {
        ring.is_none_or(|r| {
            r.instruments.contains(&b.instrument) && b.start <= r.window.1 && r.window.0 <= b.end
        })
    };
    let burst = |b: &itoguchi_model::results::BurstRow| {
        let (brokers, other_brokers) = view.brokers(&b.brokers);
        Burst {
            instrument: b.instrument.clone(),
            side: b.side,
            period: Period::new(b.start, b.end),
            accounts: b.accounts,
            expected: b.expected,
            q_value: b.q_value,
            brokers,
            other_brokers,
            price_impact: b.price_impact,
            volume_ratio: b.volume_ratio,
        }
    };
    view.loaded.results.bursts.iter().filter(concerns).map(burst).collect()
}

/// Episodes of accounts that are in no ring.
fn lone_episodes(view: &View<'_>) -> Vec<Episode> {
    let results = &view.loaded.results;
    let named: BTreeSet<&AccountName> = results.ring_members.iter().map(|m| &m.account).collect();
    let alone = results.episodes.iter().filter(|e| !named.contains(&e.account));
    alone.filter(|e| view.disclosure.shows(&e.account)).map(Episode::new).collect()
}

/// What any reader must know, then what the run noted.
fn limitations(view: &View<'_>) -> Vec<String> {
    let standing = [terms::LIMIT_SHARING, terms::LIMIT_SOURCES, terms::LIMIT_TIMES];
    let mut all: Vec<String> = standing.map(|term| term.text(view.lang).to_owned()).into();
    if let Some(broker) = view.disclosure.broker() {
        all.push(terms::LIMIT_BROKER.with(view.lang, &[&broker]));
    }
    all.extend(view.loaded.manifest.notes.iter().map(|n| view.disclosure.text(view.lang.of(n))));
    all
}
