//! What analysts decided of accounts, and what the next run is told of it.
//!
//! A decision is an entry of the custody log. The table `reports.csv` is made from the log alone and says the last
//! decision of each account, so whoever has the log can make the table as it stood after any entry.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use itoguchi_model::{
    Instant, Role,
    results::{AccountName, Results},
    tables::ReportKind,
};
use serde_json::{Value, json};

use super::{
    custody::{Entry, Head, Log},
    sha256,
};
use crate::{
    error::ReportError,
    escape,
    load::Loaded,
    target::{self, Target},
};

/// The folder inside a result.
pub const FOLDER: &str = "decisions";
/// The log in it.
pub const LOG: &str = "custody.jsonl";
/// The table for the next run.
pub const REPORTS: &str = "reports.csv";
/// Where the log ends.
pub const HEAD: &str = "head.json";
/// The action of a decision in the log.
pub const DECIDE: &str = "decide";

/// No file of the folder is larger.
const LARGEST: u64 = 256 << 20;

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// What the result says of the account holds: as a victim, or as one under suspicion. `None`: as its role says.
    Confirm(Option<ReportKind>),
    /// It does not: the same evidence is not to name the account again.
    Clear,
}

/// The last decision on an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Which account.
    pub account: AccountName,
    /// What the next run is told.
    pub kind: ReportKind,
    /// The last act of the evidence that was looked at.
    pub reported_at: Instant,
    /// Who decided.
    pub by: String,
    /// When, RFC 3339 in UTC.
    pub time: String,
    /// Why.
    pub why: String,
}

/// Why nothing can be decided.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecisionError {
    /// No such ring or account.
    #[error("{error}\nhint: {}", error.hint())]
    Unknown {
        /// What was asked for, and what is near.
        #[from]
        error: ReportError,
    },
    /// The data do not show a role, and none was named.
    #[error(
        "the role of {accounts} is not shown by the data\nhint: say which with --as victim or --as suspect, or decide \
         on each account by itself"
    )]
    NoRole {
        /// The first of them, harmless.
        accounts: String,
    },
    /// The result holds nothing that a decision could be about.
    #[error(
        "this result holds no evidence on {account} that a decision could be about\nhint: put what is known from \
         elsewhere into a table of reports (`itoguchi schema reports`) and give it to `correlate --reports`"
    )]
    NoEvidence {
        /// The account, harmless.
        account: String,
    },
}

/// The details of the entry for a decision on `asked`: its accounts, what the next run is told of each, and why.
///
/// Of each account the moment is the last act of what this result holds on it: its part in rings, its episodes, its
/// sessions as a candidate, its evidence; the moment of an earlier decision, where that is later. What it did after
/// that moment is new to whoever decided.
///
/// # Errors
/// If there is no such ring or account, if a role must be named, or if there is nothing to decide on.
pub fn details(
    loaded: &Loaded,
    log: &Log,
    asked: &str,
    verdict: Verdict,
    why: &str,
) -> Result<Value, DecisionError> {
    let earlier = current(log);
    let ring = matches!(Target::parse(asked), Target::Ring(_));
    let members = members(loaded, asked, &earlier)?;
    let mut accounts = Vec::new();
    let mut without_role = Vec::new();
    for (account, role) in members {
        let looked_at = last_act(&loaded.results, &account).max(earlier.get(&account).map(|d| d.reported_at));
        let Some(reported_at) = looked_at else {
            return Err(DecisionError::NoEvidence { account: target::account(&account) });
        };
        let Some(kind) = kind(verdict, role, ring) else {
            without_role.push(target::account(&account));
            continue;
        };
        accounts.push(json!({
            "account_id": account.account_id,
            "broker": account.broker,
            "kind": kind.name(),
            "reported_at": reported_at.to_string(),
            "role": role.map(Role::name),
        }));
    }
    if !without_role.is_empty() {
        without_role.truncate(5);
        return Err(DecisionError::NoRole { accounts: without_role.join(", ") });
    }
    let decision = if verdict == Verdict::Clear { "clear" } else { "confirm" };
    Ok(json!({"accounts": accounts, "asked": asked, "decision": decision, "why": why}))
}

/// The accounts that `asked` means, each with its role in this result.
fn members(
    loaded: &Loaded,
    asked: &str,
    earlier: &BTreeMap<AccountName, Decision>,
) -> Result<Vec<(AccountName, Option<Role>)>, DecisionError> {
    let results = &loaded.results;
    match Target::parse(asked) {
        Target::Ring(id) => {
            let ring = &results.rings[target::find_ring(loaded, &id)?].ring_id;
            let of_ring = results.ring_members.iter().filter(|m| m.ring_id == *ring);
            Ok(of_ring.map(|m| (m.account.clone(), Some(m.role))).collect())
        }
        Target::Account(broker, token) => {
            let account = target::find_account(loaded, &broker, &token)?.clone();
            let named = results.accounts.iter().find(|a| a.account == account).and_then(|a| a.role);
            // Once cleared it has no role any more; what it was confirmed as before still says one.
            let before = earlier.get(&account).and_then(|d| match d.kind {
                ReportKind::Victim => Some(Role::Victim),
                ReportKind::Suspect => Some(Role::Seller),
                ReportKind::Cleared => None,
            });
            Ok(vec![(account, named.or(before))])
        }
    }
}

/// What the next run is told. A role named by the analyst holds for the account asked for; of a ring it holds for the
/// members whose role the data do not show.
fn kind(verdict: Verdict, role: Option<Role>, ring: bool) -> Option<ReportKind> {
    let Verdict::Confirm(named) = verdict else { return Some(ReportKind::Cleared) };
    let shown = match role {
        Some(Role::Victim) => Some(ReportKind::Victim),
        Some(Role::Seller) => Some(ReportKind::Suspect),
        Some(Role::Linked) | None => None,
    };
    if ring { shown.or(named) } else { named.or(shown) }
}

/// The last act of everything that `results` hold on `account`; `None` if they hold nothing.
#[must_use]
pub fn last_act(results: &Results, account: &AccountName) -> Option<Instant> {
    let name = account.to_string();
    let (before, after) = (format!("{name} ~ "), format!(" ~ {name}"));
    let speaks = |subject: &str| subject == name || subject.starts_with(&before) || subject.ends_with(&after);
    let members = results.ring_members.iter().filter(|m| m.account == *account).map(|m| m.last_seen);
    let episodes = results.episodes.iter().filter(|e| e.account == *account).map(|e| e.end);
    let candidates = results.candidates.iter().filter(|c| c.account == *account).map(|c| c.end);
    let evidence = results.evidence.iter().filter(|e| speaks(&e.subject)).map(|e| e.end);
    members.chain(episodes).chain(candidates).chain(evidence).max()
}

/// The last decision on each account, by account.
#[must_use]
pub fn current(log: &Log) -> BTreeMap<AccountName, Decision> {
    let mut last = BTreeMap::new();
    log.entries().iter().for_each(|entry| take(&mut last, entry));
    last
}

fn take(last: &mut BTreeMap<AccountName, Decision>, entry: &Entry) {
    if entry.action != DECIDE {
        return;
    }
    for row in entry.details["accounts"].as_array().into_iter().flatten() {
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let kinds = [ReportKind::Victim, ReportKind::Suspect, ReportKind::Cleared];
        let Some(kind) = kinds.into_iter().find(|k| row["kind"] == k.name()) else { continue };
        let Some(reported_at) = Instant::parse_rfc3339(&text("reported_at")) else { continue };
        let account = AccountName { broker: text("broker"), account_id: text("account_id") };
        let why = entry.details["why"].as_str().unwrap_or_default().to_owned();
        let (by, time) = (entry.actor.clone(), entry.time.clone());
        last.insert(account.clone(), Decision { account, kind, reported_at, by, time, why });
    }
}

/// The table for the next run: RFC 4180, one row for each account that was decided, by account.
#[must_use]
pub fn reports_csv(log: &Log) -> Vec<u8> {
    table(&current(log))
}

/// The table as it stood when its SHA-256 was `wanted`, after whichever entry that was; `None` if it never was. O(d²)
/// for d decisions.
#[must_use]
pub fn reports_csv_of(log: &Log, wanted: &str) -> Option<Vec<u8>> {
    let mut last = BTreeMap::new();
    log.entries().iter().filter(|e| e.action == DECIDE).find_map(|entry| {
        take(&mut last, entry);
        let bytes = table(&last);
        (sha256(&bytes) == wanted).then_some(bytes)
    })
}

fn table(last: &BTreeMap<AccountName, Decision>) -> Vec<u8> {
    let mut out = String::from("broker,account_id,reported_at,kind\r\n");
    for decision in last.values() {
        let (broker, account) = (field(&decision.account.broker), field(&decision.account.account_id));
        let _ = write!(out, "{broker},{account},{},{}\r\n", decision.reported_at, decision.kind.name());
    }
    out.into_bytes()
}

/// A field of RFC 4180, quoted unless it is plain.
fn field(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Everything that is wrong with the decisions in the result folder `out`: a log that does not hold or does not end
/// where `head.json` says, a table that says something else than the log. None where nothing was decided.
#[must_use]
pub fn faults(out: &Path) -> Vec<String> {
    let dir = out.join(FOLDER);
    if !dir.exists() {
        return Vec::new();
    }
    let mut faults = Vec::new();
    match read(&dir) {
        Err(reason) => faults.push(reason),
        Ok(log) => match std::fs::read(dir.join(REPORTS)) {
            Err(error) => faults.push(format!("{FOLDER}/{REPORTS}: {error}")),
            Ok(table) if table != reports_csv(&log) => {
                faults.push(format!("{FOLDER}/{REPORTS}: it is not what {LOG} decided"));
            }
            Ok(_) => {}
        },
    }
    faults
}

/// The log in the folder `dir`, checked against its head.
///
/// # Errors
/// What is wrong with it, as one harmless sentence.
pub fn read(dir: &Path) -> Result<Log, String> {
    let file = |name: &str| {
        let wrong = |reason: &str| format!("{FOLDER}/{name}: {reason}");
        match std::fs::metadata(dir.join(name)) {
            Ok(meta) if meta.len() > LARGEST => return Err(wrong("it is larger than 256 MiB")),
            _ => {}
        }
        std::fs::read(dir.join(name)).map_err(|e| wrong(&e.to_string()))
    };
    let log = Log::read(&file(LOG)?).map_err(|fault| format!("{FOLDER}/{LOG}: {fault}"))?;
    let head: Head = serde_json::from_slice(&file(HEAD)?)
        .map_err(|e| format!("{FOLDER}/{HEAD}: {}", escape::visible(&e.to_string(), 200)))?;
    log.ends_at(&head).map_err(|fault| format!("{FOLDER}/{LOG}: {fault}"))?;
    Ok(log)
}

/// The files of the folder for `log`, by name.
#[must_use]
pub fn files(log: &Log) -> [(&'static str, Vec<u8>); 3] {
    let head = json!(log.head()).to_string() + "\n";
    [(LOG, log.bytes().to_vec()), (REPORTS, reports_csv(log)), (HEAD, head.into_bytes())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(log: &mut Log, account: &str, kind: &str, at: &str) {
        let rows = json!([{"broker": "SBI", "account_id": account, "kind": kind, "reported_at": at}]);
        log.append("2025-04-01T00:00:00Z", "analyst-07", DECIDE, json!({"accounts": rows, "why": "w"}));
    }

    #[test]
    fn the_last_decision_counts_and_all_tables_of_the_past_can_be_made() {
        let mut log = Log::default();
        let mut tables = Vec::new();
        for (account, kind) in [("A", "victim"), ("B", "suspect"), ("A", "cleared"), ("A", "victim")] {
            entry(&mut log, account, kind, "2025-03-17T01:00:00Z");
            tables.push(reports_csv(&log));
        }
        let text = String::from_utf8(tables[2].clone()).unwrap();
        assert_eq!(
            text,
            "broker,account_id,reported_at,kind\r\nSBI,A,2025-03-17T01:00:00Z,cleared\r\nSBI,B,2025-03-17T01:00:00Z,suspect\r\n"
        );
        for table in &tables {
            assert_eq!(reports_csv_of(&log, &sha256(table)).as_ref(), Some(table));
        }
        assert_eq!(reports_csv_of(&log, &sha256(b"another")), None);
    }

    #[test]
    fn fields_keep_every_character() {
        assert_eq!(field("A-1"), "A-1");
        assert_eq!(field("a,\"b\"\r\n"), "\"a,\"\"b\"\"\r\n\"");
        assert_eq!(field(" x"), "\" x\"");
        assert_eq!(field("=1+1"), "\"=1+1\"");
        assert_eq!(field(""), "\"\"");
    }

    #[test]
    fn a_role_named_goes_before_that_of_an_account_and_fills_in_for_a_ring() {
        use ReportKind::{Cleared, Suspect, Victim};
        let (victim, linked) = (Some(Role::Victim), Some(Role::Linked));
        assert_eq!(kind(Verdict::Confirm(None), victim, false), Some(Victim));
        assert_eq!(kind(Verdict::Confirm(None), Some(Role::Seller), true), Some(Suspect));
        assert_eq!(kind(Verdict::Confirm(None), linked, false), None);
        assert_eq!(kind(Verdict::Confirm(Some(Suspect)), victim, false), Some(Suspect));
        assert_eq!(kind(Verdict::Confirm(Some(Suspect)), victim, true), Some(Victim));
        assert_eq!(kind(Verdict::Confirm(Some(Suspect)), linked, true), Some(Suspect));
        assert_eq!(kind(Verdict::Clear, None, false), Some(Cleared));
    }
}
