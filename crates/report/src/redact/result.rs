//! A whole result without the names of accounts, devices and addresses.

use std::collections::BTreeMap;

use itoguchi_model::{
    Kind,
    results::{AccountName, EvidenceRow, Results, RunInfo, Statement},
};

use super::Naming;
use crate::load::Loaded;

/// `loaded` with every account, device and address under a token, in tables and sentences alike; evidence is numbered
/// anew, since its ids are hashes of what they speak of. Brokers, names, times, ports and row numbers stay. The same
/// result gives the same tokens. O(n log n) in its rows.
#[must_use]
pub fn redacted(loaded: &Loaded) -> Loaded {
    let rings: Vec<&str> = loaded.results.rings.iter().map(|r| r.ring_id.as_str()).collect();
    let naming = Naming::redacted(&loaded.results, &rings);
    let mut manifest = loaded.manifest.clone();
    for file in &mut manifest.inputs {
        file.path = naming.text(&file.path);
    }
    for case in &mut manifest.cases {
        *case = naming.text(case);
    }
    for note in &mut manifest.notes {
        *note = statement(&naming, note);
    }
    manifest.run = RunInfo::default();
    let mut results = loaded.results.clone();
    rename(&mut results, &naming);
    Loaded { manifest, results }
}

fn statement(naming: &Naming, said: &Statement) -> Statement {
    Statement { en: naming.text(&said.en), ja: naming.text(&said.ja) }
}

fn account(naming: &Naming, name: &mut AccountName) {
    name.account_id = naming.account_id(name);
}

fn rename(results: &mut Results, naming: &Naming) {
    let order: BTreeMap<String, usize> =
        results.rings.iter().enumerate().map(|(i, r)| (r.ring_id.clone(), i)).collect();
    for ring in &mut results.rings {
        ring.weakest_point = statement(naming, &ring.weakest_point);
        ring.innocent_explanations.iter_mut().for_each(|s| *s = statement(naming, s));
    }
    results.ring_members.iter_mut().for_each(|m| account(naming, &mut m.account));
    // The order of names must not survive them.
    results.ring_members.sort_by(|a, b| {
        (order.get(&a.ring_id), a.role, &a.account).cmp(&(order.get(&b.ring_id), b.role, &b.account))
    });
    for i in &mut results.ring_infrastructure {
        i.value = if i.kind == Kind::Device { naming.device(&i.value) } else { naming.address(&i.value) };
    }
    for day in &mut results.ring_days {
        day.source.iter_mut().for_each(|s| s.0 = naming.text(&s.0));
    }
    results.ring_sellers.iter_mut().for_each(|s| account(naming, &mut s.account));
    for act in &mut results.ring_acts {
        account(naming, &mut act.account);
        act.source.0 = naming.text(&act.source.0);
        if let Some(access) = &mut act.access {
            access.ip = access.ip.as_deref().map(|ip| naming.address(ip));
            access.device = access.device.as_deref().map(|d| naming.device(d));
            access.user_agent = access.user_agent.as_deref().map(|u| naming.text(u));
        }
    }
    for link in &mut results.links {
        account(naming, &mut link.a);
        account(naming, &mut link.b);
    }
    evidence(&mut results.evidence, naming);
    results.episodes.iter_mut().for_each(|e| account(naming, &mut e.account));
    results.accounts.iter_mut().for_each(|a| account(naming, &mut a.account));
    results.accounts.sort_by(|a, b| a.account.cmp(&b.account));
    for candidate in &mut results.candidates {
        account(naming, &mut candidate.account);
        candidate.object = naming.text(&candidate.object);
        candidate.source_file = naming.text(&candidate.source_file);
    }
    for reject in &mut results.rejects {
        reject.source_file = naming.text(&reject.source_file);
        reject.value = naming.text(&reject.value);
        reject.reason = naming.text(&reject.reason);
    }
}

fn evidence(rows: &mut [EvidenceRow], naming: &Naming) {
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        let next = numbers.len() + 1;
        let number = *numbers.entry(std::mem::take(&mut row.evidence_id)).or_insert(next);
        row.evidence_id = format!("E-{number:06}");
        row.subject = naming.text(&row.subject);
        row.object = naming.text(&row.object);
        row.statement_en = naming.text(&row.statement_en);
        row.statement_ja = naming.text(&row.statement_ja);
        row.sources.iter_mut().for_each(|s| s.0 = naming.text(&s.0));
    }
}
