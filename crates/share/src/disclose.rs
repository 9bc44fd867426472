//! What a broker hears of the rings that pooled bundles show.
//!
//! Two levels, as in MAS COSMIC. The first is the disclosure: rings that reach the thresholds of the policy, with the
//! broker's own accounts under its own pseudonyms, everybody else's as counts, and the tokens they shared. The second
//! ([`messages`]) is a question of one broker to another about one ring, and an answer in sums.

pub mod messages;
pub mod misp;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use itoguchi_model::{
    Instant,
    results::{
        AccountName, EvidenceRow, InfrastructureRow, MemberRow, OutputFile, Results, RingRow, Statement,
    },
};
use serde::{Deserialize, Serialize};

use crate::{
    error::ShareError,
    files::{self, sha256},
    hex,
    policy::{Policy, Thresholds},
};

/// Marks a file as a disclosure.
pub const FORMAT: &str = "itoguchi-share-disclosure";
/// The file of a disclosure that this crate reads again.
pub const FILE: &str = "disclosure.json";
/// Bytes of the largest disclosure that is read.
const MOST_BYTES: u64 = 256 << 20;
/// Hexadecimal digits of pseudonyms, and of tokens of addresses and devices as results write them.
const PSEUDONYM_DIGITS: usize = 32;
/// See [`token_name`](itoguchi_model::tables::token_name).
const TOKEN: (&str, usize) = ("token:", 16);

/// `disclosure.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosure {
    /// `itoguchi-share-disclosure`.
    pub format: String,
    /// Of this form; 1.
    pub version: u32,
    /// What must be known whoever reads on.
    pub notice: String,
    /// Whose accounts it speaks of.
    pub to: String,
    /// SHA-256 of the policy.
    pub policy_sha256: String,
    /// SHA-256 over the hashes of the result's tables.
    pub result_sha256: String,
    /// What a ring had to reach.
    pub thresholds: Thresholds,
    /// Rings with accounts of this broker that did not reach it.
    pub withheld: u32,
    /// Highest score first.
    pub rings: Vec<DisclosedRing>,
}

/// A ring, as one of its brokers hears of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisclosedRing {
    /// As in the result.
    pub ring_id: String,
    /// Bits of all members, net of the prior.
    pub score_bits: f64,
    /// Probability by the bits, at most 0.99; not calibrated on real cases.
    pub likelihood: f64,
    /// Independent families of evidence that hold it.
    pub families: Vec<String>,
    /// First act, RFC 3339.
    pub from: String,
    /// Last act.
    pub to: String,
    /// Names its victims bought.
    pub instruments: Vec<String>,
    /// The receiver's own accounts.
    pub own: Vec<OwnAccount>,
    /// Everybody else's, by broker and role.
    pub others: Vec<Others>,
    /// Tokens of addresses and devices that tie it together.
    pub infrastructure: Vec<SharedToken>,
}

/// An account of the receiver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnAccount {
    /// Only the receiver knows whose.
    pub pseudonym: String,
    /// `victim`, `seller` or `linked`: a reading, no finding.
    pub role: String,
    /// Sum of its evidence less the prior.
    pub bits: f64,
    /// First act inside the ring, RFC 3339.
    pub first_seen: String,
    /// Last act inside the ring.
    pub last_seen: String,
    /// Kinds of evidence that speak for it, sorted.
    pub reasons: Vec<String>,
    /// Signals of its odd sessions in the ring, sorted.
    pub signals: Vec<String>,
}

/// Accounts of another broker, counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Others {
    /// Whose.
    pub broker: String,
    /// As what.
    pub role: String,
    /// How many.
    pub accounts: u32,
}

/// A token that members have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedToken {
    /// `ip` or `device`.
    pub kind: String,
    /// The token.
    pub token: String,
    /// `device`, `relay` or `shared`.
    pub role: String,
    /// Accounts of all bundles that used it.
    pub accounts: u32,
    /// Brokers whose members used it.
    pub brokers: Vec<String>,
}

/// What `to` hears of `results`, which pooled bundles gave.
///
/// # Errors
/// [`ShareError::Asked`] if the result holds accounts or identifiers that are no tokens: such a result is not for brokers;
/// and if no account of `to` is in it.
/// # Determinism
/// A pure function of its arguments.
pub fn disclose(
    results: &Results,
    outputs: &[OutputFile],
    policy: &Policy,
    to: &str,
) -> Result<Disclosure, ShareError> {
    must_be_tokens(results)?;
    if !results.accounts.iter().any(|a| a.account.broker == to) {
        let mut brokers: Vec<&str> = results.accounts.iter().map(|a| a.account.broker.as_str()).collect();
        brokers.sort_unstable();
        brokers.dedup();
        return Err(ShareError::Asked {
            what: format!("no account of the result is of {to}; it holds those of {}", brokers.join(", ")),
            hint: "give --to the code of a broker whose bundle was pooled",
        });
    }
    let touching: Vec<&RingRow> =
        results.rings.iter().filter(|r| r.brokers.iter().any(|b| b == to)).collect();
    let reached: Vec<&&RingRow> =
        touching.iter().filter(|ring| reaches(ring, results, &policy.disclose)).collect();
    Ok(Disclosure {
        format: FORMAT.to_owned(),
        version: 1,
        notice: NOTICE.to_owned(),
        to: to.to_owned(),
        policy_sha256: policy.digest(),
        result_sha256: digest(outputs),
        thresholds: policy.disclose,
        withheld: (touching.len() - reached.len()) as u32,
        rings: reached.into_iter().map(|ring| disclosed(ring, results, to)).collect(),
    })
}

/// What must be known whoever reads on.
pub const NOTICE: &str = "A ring is a lead, not a finding of guilt: roles are readings of the data. Look before acting, and do not tell a \
customer that he is in one.";

fn digest(outputs: &[OutputFile]) -> String {
    let tables = outputs.iter().filter(|o| o.path.starts_with("tables/"));
    let text: Vec<String> = tables.map(|o| format!("{} {}\n", o.path, o.sha256)).collect();
    hex::write(&sha256(&[text.concat().as_bytes()]))
}

fn are_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn must_be_tokens(results: &Results) -> Result<(), ShareError> {
    let accounts = results.accounts.iter().map(|a| &a.account);
    let members = results.ring_members.iter().map(|m| &m.account);
    let pseudonyms = accounts.chain(members).all(|a| are_digits(&a.account_id, PSEUDONYM_DIGITS));
    let shared = results.ring_infrastructure.iter().map(|i| i.value.strip_prefix(TOKEN.0));
    let mut tokens = shared.map(|digits| digits.is_some_and(|d| are_digits(d, TOKEN.1)));
    if pseudonyms && tokens.all(|is_token| is_token) {
        return Ok(());
    }
    Err(ShareError::Asked {
        what: "the result holds accounts, devices or addresses as they are, and not as tokens".to_owned(),
        hint: "disclose a result of bundles alone; what a broker may see of others is in `itoguchi report --broker`",
    })
}

fn reaches(ring: &RingRow, results: &Results, least: &Thresholds) -> bool {
    let accounts = results.ring_members.iter().filter(|m| m.ring_id == ring.ring_id).count();
    ring.score.bits() >= f64::from(least.score_bits)
        && ring.families.len() >= least.families as usize
        && accounts >= least.accounts as usize
        && ring.brokers.len() >= least.brokers as usize
}

fn disclosed(ring: &RingRow, results: &Results, to: &str) -> DisclosedRing {
    let members = || results.ring_members.iter().filter(|m| m.ring_id == ring.ring_id);
    let mut others: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for member in members().filter(|m| m.account.broker != to) {
        *others.entry((&member.account.broker, member.role.name())).or_default() += 1;
    }
    let token = |i: &InfrastructureRow| SharedToken {
        kind: i.kind.name().to_owned(),
        token: i.value.clone(),
        role: i.role.to_owned(),
        accounts: i.accounts,
        brokers: i.brokers.clone(),
    };
    DisclosedRing {
        ring_id: ring.ring_id.clone(),
        score_bits: ring.score.bits(),
        likelihood: ring.likelihood,
        families: ring.families.iter().map(|f| f.name().to_owned()).collect(),
        from: ring.window.0.to_string(),
        to: ring.window.1.to_string(),
        instruments: ring.instruments.clone(),
        own: members().filter(|m| m.account.broker == to).map(|m| own(m, results)).collect(),
        others: others
            .into_iter()
            .map(|((broker, role), accounts)| Others {
                broker: broker.to_owned(),
                role: role.to_owned(),
                accounts,
            })
            .collect(),
        infrastructure: results
            .ring_infrastructure
            .iter()
            .filter(|i| i.ring_id == ring.ring_id)
            .map(token)
            .collect(),
    }
}

fn own(member: &MemberRow, results: &Results) -> OwnAccount {
    let subject = member.account.to_string();
    let speaks = |e: &&EvidenceRow| {
        e.ring_id.as_deref() == Some(&member.ring_id) && e.subject == subject && e.bits.0 > 0
    };
    let reasons: BTreeSet<&str> = results.evidence.iter().filter(speaks).map(|e| e.kind.name()).collect();
    let inside = |start: Instant, end: Instant| start <= member.last_seen && member.first_seen <= end;
    let signals: BTreeSet<&String> = results
        .episodes
        .iter()
        .filter(|e| e.account == member.account && inside(e.start, e.end))
        .flat_map(|e| &e.signals)
        .collect();
    OwnAccount {
        pseudonym: member.account.account_id.clone(),
        role: member.role.name().to_owned(),
        bits: member.bits.bits(),
        first_seen: member.first_seen.to_string(),
        last_seen: member.last_seen.to_string(),
        reasons: reasons.into_iter().map(str::to_owned).collect(),
        signals: signals.into_iter().cloned().collect(),
    }
}

/// The rows of `results` that `disclosure` lets its receiver see, for forms that are made of rows: its own accounts and
/// what speaks of them alone, the rings themselves, their tokens and names. Sentences, sources and sums over other
/// brokers' customers are taken out.
#[must_use]
pub fn rows_for(disclosure: &Disclosure, results: &Results) -> Results {
    let rings: BTreeSet<&str> = disclosure.rings.iter().map(|r| r.ring_id.as_str()).collect();
    let own = |a: &AccountName| a.broker == disclosure.to;
    let of = |ring: &str| rings.contains(ring);
    let members: BTreeSet<String> = disclosure
        .rings
        .iter()
        .flat_map(|r| &r.own)
        .map(|a| format!("{}/{}", disclosure.to, a.pseudonym))
        .collect();
    let bare = |ring: &RingRow| RingRow {
        forced_sales_jpy: None,
        fraudulent_buys_jpy: None,
        estimated_loss_jpy: None,
        seller_proceeds_jpy: None,
        seller_profit_jpy: None,
        weakest_point: Statement::default(),
        innocent_explanations: Vec::new(),
        ..ring.clone()
    };
    let told = |e: &EvidenceRow| EvidenceRow {
        sources: Vec::new(),
        statement_en: e.kind.name().to_owned(),
        statement_ja: e.kind.name().to_owned(),
        ..e.clone()
    };
    let ours = |e: &&EvidenceRow| e.ring_id.as_deref().is_some_and(of) && members.contains(&e.subject);
    Results {
        rings: results.rings.iter().filter(|r| of(&r.ring_id)).map(bare).collect(),
        ring_members: results
            .ring_members
            .iter()
            .filter(|m| of(&m.ring_id) && own(&m.account))
            .cloned()
            .collect(),
        ring_infrastructure: results.ring_infrastructure.iter().filter(|i| of(&i.ring_id)).cloned().collect(),
        ring_acts: results.ring_acts.iter().filter(|a| of(&a.ring_id) && own(&a.account)).cloned().collect(),
        links: results
            .links
            .iter()
            .filter(|l| l.ring_id.as_deref().is_some_and(of) && own(&l.a) && own(&l.b))
            .cloned()
            .collect(),
        evidence: results.evidence.iter().filter(ours).map(told).collect(),
        episodes: results
            .episodes
            .iter()
            .filter(|e| members.contains(&e.account.to_string()))
            .cloned()
            .collect(),
        accounts: results
            .accounts
            .iter()
            .filter(|a| a.ring_id.as_deref().is_some_and(of) && own(&a.account))
            .cloned()
            .collect(),
        ..Results::default()
    }
}

impl Disclosure {
    /// Reads `path`, a disclosure or the folder of one.
    ///
    /// # Errors
    /// [`ShareError::Foreign`] for what is none; the file system.
    pub fn read(path: &Path) -> Result<Self, ShareError> {
        let path = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
        let bytes = files::read(&path, MOST_BYTES)?;
        let read: Result<Self, _> = serde_json::from_slice(&bytes);
        let foreign = |what: String| ShareError::Foreign {
            path: path.clone(),
            what,
            hint: "check that it is what `itoguchi share disclose` wrote",
        };
        let disclosure = read.map_err(|e| foreign(format!("is no disclosure ({e})")))?;
        if disclosure.format != FORMAT || disclosure.version != 1 {
            return Err(foreign("is no disclosure of a version that is known".to_owned()));
        }
        Ok(disclosure)
    }

    /// Its text: keys in a fixed order, equal for equal content.
    ///
    /// # Errors
    /// Never in practice: every value has a form in JSON.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// The ring `id`.
    ///
    /// # Errors
    /// [`ShareError::Asked`] if it is not among those disclosed.
    pub fn ring(&self, id: &str) -> Result<&DisclosedRing, ShareError> {
        self.rings.iter().find(|r| r.ring_id == id).ok_or_else(|| ShareError::Asked {
            what: format!("{id} is not among the {} rings disclosed to {}", self.rings.len(), self.to),
            hint: "take a ring_id of disclosure.json",
        })
    }
}

/// Accounts behind pseudonyms, as the broker's own tables have them.
#[derive(Clone, Debug, Default)]
pub struct OwnNames(BTreeMap<String, String>);

impl OwnNames {
    /// Every `pseudonyms-BROKER-*.csv` in the private folder of the broker.
    ///
    /// # Errors
    /// [`ShareError::Exposed`] for tables that others may read, [`ShareError::Asked`] if there is none, and the file system.
    pub fn read(private: &Path, broker: &str) -> Result<Self, ShareError> {
        let begins = format!("pseudonyms-{broker}-");
        let mut names = BTreeMap::new();
        let mut tables: Vec<_> = std::fs::read_dir(private)
            .map_err(ShareError::io(private))?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
                name.starts_with(&begins) && name.ends_with(".csv")
            })
            .collect();
        tables.sort();
        for path in &tables {
            let bytes = files::read_secret(path, MOST_BYTES * 8)?;
            for row in csv::Reader::from_reader(bytes.as_slice()).deserialize() {
                let damaged = |_| ShareError::Damaged { path: path.clone() };
                let (pseudonym, account): (String, String) = row.map_err(damaged)?;
                names.insert(pseudonym, account);
            }
        }
        if names.is_empty() {
            return Err(ShareError::Asked {
                what: format!("{} holds no table of pseudonyms of {broker}", private.display()),
                hint: "give --private the folder that `itoguchi share prepare` filled",
            });
        }
        Ok(Self(names))
    }

    /// Whose pseudonym it is.
    #[must_use]
    pub fn account(&self, pseudonym: &str) -> Option<&str> {
        self.0.get(pseudonym).map(String::as_str)
    }
}

#[cfg(test)]
#[path = "disclose_tests.rs"]
mod tests;
