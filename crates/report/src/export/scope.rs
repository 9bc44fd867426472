//! The part of a result that is exported, under the names it is exported with.

use std::collections::{BTreeMap, BTreeSet};

use itoguchi_model::{
    Instant, Kind,
    results::{AccountName, BurstRow, EpisodeRow, EvidenceRow, LinkRow, Results, RingRow, Statement},
};

use super::{ExportOptions, form};
use crate::{error::ReportError, load::Loaded, redact::Naming, target};

/// Rows of some rings, renamed and in order.
pub(super) struct Scope {
    /// Tables of these rings alone; `candidates` and `rejects` are empty.
    pub(super) results: Results,
    /// Version of the tool that made the result.
    pub(super) tool_version: String,
    /// Accounts in all the data.
    pub(super) accounts: u32,
    /// What the run noted.
    pub(super) notes: Vec<Statement>,
    /// Whether names are taken out.
    pub(super) redacted: bool,
    /// Follows tokens where they could meet those of another export: they are not of the same things. Empty where
    /// names are names.
    pub(super) mark: String,
}

impl Scope {
    /// The rings that `options` ask for. O(n log n) in the rows of the result.
    pub(super) fn new(loaded: &Loaded, options: &ExportOptions) -> Result<Self, ReportError> {
        let all = &loaded.results;
        let rings: Vec<RingRow> = match &options.ring {
            Some(id) => vec![all.rings[target::find_ring(loaded, id)?].clone()],
            None => all.rings.clone(),
        };
        let ids: Vec<&str> = rings.iter().map(|r| r.ring_id.as_str()).collect();
        let naming = if options.redact { Naming::redacted(all, &ids) } else { Naming::plain() };
        let mut results = cut(all, &rings);
        if naming.is_redacted() {
            rename(&mut results, &naming);
        }
        Ok(Self {
            results,
            tool_version: loaded.manifest.tool_version.clone(),
            accounts: loaded.manifest.accounts,
            notes: loaded.manifest.notes.iter().map(|n| renamed(n, &naming)).collect(),
            redacted: naming.is_redacted(),
            mark: if naming.is_redacted() { mark(loaded, &ids) } else { String::new() },
        })
    }
}

/// A few letters for these rings of a result of these inputs.
fn mark(loaded: &Loaded, rings: &[&str]) -> String {
    let inputs = loaded.manifest.inputs.iter().map(|f| f.sha256.as_str());
    let parts: Vec<&str> = rings.iter().copied().chain(inputs).collect();
    format!("@{}", form::hash(&parts, 4))
}

/// The rows of `rings`.
fn cut(all: &Results, rings: &[RingRow]) -> Results {
    let ids: BTreeSet<&str> = rings.iter().map(|r| r.ring_id.as_str()).collect();
    let of = |ring: &str| ids.contains(ring);
    let mut members: BTreeMap<&AccountName, Vec<(Instant, Instant)>> = BTreeMap::new();
    for m in all.ring_members.iter().filter(|m| of(&m.ring_id)) {
        members.entry(&m.account).or_default().push((m.first_seen, m.last_seen));
    }
    // Episodes inside a ring; a member's other sessions are none of the reader's business.
    let in_ring = |e: &&EpisodeRow| {
        let seen = members.get(&e.account);
        seen.is_some_and(|seen| seen.iter().any(|(first, last)| e.start <= *last && *first <= e.end))
    };
    let burst = |b: &&BurstRow| {
        let of_ring = |r: &RingRow| {
            r.instruments.contains(&b.instrument) && b.start <= r.window.1 && r.window.0 <= b.end
        };
        rings.iter().any(of_ring)
    };
    let inside = |l: &&LinkRow| l.ring_id.as_deref().is_some_and(of);
    Results {
        wide: None,
        rings: rings.to_vec(),
        ring_members: all.ring_members.iter().filter(|m| of(&m.ring_id)).cloned().collect(),
        ring_infrastructure: all.ring_infrastructure.iter().filter(|i| of(&i.ring_id)).cloned().collect(),
        ring_instruments: all.ring_instruments.iter().filter(|i| of(&i.ring_id)).cloned().collect(),
        ring_days: all.ring_days.iter().filter(|d| of(&d.ring_id)).cloned().collect(),
        ring_sellers: all.ring_sellers.iter().filter(|s| of(&s.ring_id)).cloned().collect(),
        ring_acts: all.ring_acts.iter().filter(|a| of(&a.ring_id)).cloned().collect(),
        links: all.links.iter().filter(inside).cloned().collect(),
        evidence: all.evidence.iter().filter(|e| e.ring_id.as_deref().is_some_and(of)).cloned().collect(),
        episodes: all.episodes.iter().filter(in_ring).cloned().collect(),
        bursts: all.bursts.iter().filter(burst).cloned().collect(),
        accounts: all.accounts.iter().filter(|a| members.contains_key(&a.account)).cloned().collect(),
        candidates: Vec::new(),
        rejects: Vec::new(),
    }
}

/// Every name in `results` as `naming` has it, and the rows in an order that tells nothing of the names they had.
fn rename(results: &mut Results, naming: &Naming) {
    let subjects = subjects(results, naming);
    let account = |a: &mut AccountName| a.account_id = naming.account_id(a);
    for r in &mut results.rings {
        for text in std::iter::once(&mut r.weakest_point).chain(&mut r.innocent_explanations) {
            *text = renamed(text, naming);
        }
    }
    results.ring_members.iter_mut().for_each(|m| account(&mut m.account));
    results.episodes.iter_mut().for_each(|e| account(&mut e.account));
    results.accounts.iter_mut().for_each(|a| account(&mut a.account));
    // An account in several rings says in which it is strongest: that ring need not be in this export.
    let shown: BTreeSet<String> = results.rings.iter().map(|r| r.ring_id.clone()).collect();
    for a in &mut results.accounts {
        if a.ring_id.as_ref().is_some_and(|r| !shown.contains(r)) {
            (a.ring_id, a.role, a.bits) = (None, None, None);
        }
    }
    for i in &mut results.ring_infrastructure {
        i.value = value(i.kind, &i.value, naming);
    }
    for d in &mut results.ring_days {
        if let Some((file, _)) = &mut d.source {
            *file = naming.text(file);
        }
    }
    results.ring_sellers.iter_mut().for_each(|s| account(&mut s.account));
    for a in &mut results.ring_acts {
        account(&mut a.account);
        a.source.0 = naming.text(&a.source.0);
        if let Some(access) = &mut a.access {
            access.ip = access.ip.as_deref().map(|ip| naming.address(ip));
            access.device = access.device.as_deref().map(|device| naming.device(device));
            access.user_agent = access.user_agent.as_deref().map(|agent| naming.text(agent));
        }
    }
    for l in &mut results.links {
        account(&mut l.a);
        account(&mut l.b);
        if l.b < l.a {
            std::mem::swap(&mut l.a, &mut l.b);
        }
    }
    for e in &mut results.evidence {
        e.subject = subjects.get(&e.subject).cloned().unwrap_or_else(|| naming.text(&e.subject));
        e.object = value(e.kind, &e.object, naming);
        e.statement_en = naming.text(&e.statement_en);
        e.statement_ja = naming.text(&e.statement_ja);
        for (file, _) in &mut e.sources {
            *file = naming.text(file);
        }
    }
    number_evidence(&mut results.evidence);
    order(results);
}

fn renamed(text: &Statement, naming: &Naming) -> Statement {
    Statement::new(naming.text(&text.en), naming.text(&text.ja))
}

/// Who pieces of evidence speak of, by exact name: a token that looks like a word of a sentence must not decide here.
fn subjects(results: &Results, naming: &Naming) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for m in &results.ring_members {
        all.insert(m.account.to_string(), naming.account(&m.account));
    }
    for l in &results.links {
        let pair = |a: &str, b: &str| format!("{a} ~ {b}");
        let mut new = [naming.account(&l.a), naming.account(&l.b)];
        new.sort();
        all.insert(pair(&l.a.to_string(), &l.b.to_string()), pair(&new[0], &new[1]));
    }
    all
}

fn value(kind: Kind, text: &str, naming: &Naming) -> String {
    match kind {
        Kind::Device => naming.device(text),
        Kind::Ip => naming.address(text),
        _ => naming.text(text),
    }
}

/// An evidence id is a hash over names: whoever can list the names can undo it. Places in the order of the ids cannot
/// be undone.
fn number_evidence(evidence: &mut [EvidenceRow]) {
    let ids: BTreeSet<String> = evidence.iter().map(|e| e.evidence_id.clone()).collect();
    let width = ids.len().to_string().len();
    let places: BTreeMap<String, String> =
        ids.into_iter().enumerate().map(|(n, id)| (id, format!("E-{:0width$}", n + 1))).collect();
    for e in evidence {
        e.evidence_id.clone_from(&places[&e.evidence_id]);
    }
}

/// Puts rows in the order of their new names, rings in theirs.
fn order(results: &mut Results) {
    let places: BTreeMap<String, usize> =
        results.rings.iter().enumerate().map(|(n, r)| (r.ring_id.clone(), n)).collect();
    let place = |ring: &str| places.get(ring).copied();
    results.ring_members.sort_by_key(|m| (place(&m.ring_id), m.role, m.account.clone()));
    results.ring_infrastructure.sort_by_key(|i| (place(&i.ring_id), i.kind, i.value.clone()));
    results.ring_sellers.sort_by_key(|s| {
        (place(&s.ring_id), std::cmp::Reverse(s.proceeds_jpy), s.account.clone(), s.instrument.clone())
    });
    results.ring_acts.sort_by_key(|a| (place(&a.ring_id), a.time, a.account.clone(), a.source.clone()));
    results.links.sort_by_key(|l| (l.ring_id.clone(), l.a.clone(), l.b.clone(), l.kind));
    results.evidence.sort_by_key(|e| (e.ring_id.as_deref().and_then(place), e.evidence_id.clone()));
    results.episodes.sort_by_key(|e| (e.start, e.account.clone()));
    results.accounts.sort_by_key(|a| a.account.clone());
}

#[cfg(test)]
impl Scope {
    /// A scope without rings.
    pub(super) fn nothing() -> Self {
        Self {
            results: Results::default(),
            tool_version: String::new(),
            accounts: 0,
            notes: Vec::new(),
            redacted: false,
            mark: String::new(),
        }
    }
}
