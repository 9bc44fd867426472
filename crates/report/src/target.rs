//! What a person asks about: a ring or an account, and the nearest names if it is neither.

use itoguchi_model::results::AccountName;

use crate::{error::ReportError, escape, load::Loaded};

/// Names offered where the one asked for does not exist.
const OFFERED: usize = 3;
/// Longer names are compared by their beginning.
const COMPARED: usize = 64;

/// What is to be explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A ring by its id.
    Ring(String),
    /// An account: broker and the broker's own token.
    Account(String, String),
}

impl Target {
    /// Reads `RING` or `BROKER/ACCOUNT`: whatever holds a `/` is an account.
    ///
    /// ```
    /// use itoguchi_report::Target;
    /// assert_eq!(Target::parse("SBI/A-1"), Target::Account("SBI".into(), "A-1".into()));
    /// assert_eq!(Target::parse("ring-07"), Target::Ring("ring-07".into()));
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.split_once('/') {
            Some((broker, account)) => Self::Account(broker.to_owned(), account.to_owned()),
            None => Self::Ring(text.to_owned()),
        }
    }
}

/// The place of ring `id` in the result; its escaped spelling is accepted too.
pub(crate) fn find_ring(loaded: &Loaded, id: &str) -> Result<usize, ReportError> {
    let ids = || loaded.results.rings.iter().map(|r| r.ring_id.as_str());
    ids().position(|r| r == id).or_else(|| ids().position(|r| escape::id(r) == id)).ok_or_else(|| {
        ReportError::UnknownRing { id: id.to_owned(), near: near(id, ids().map(str::to_owned)) }
    })
}

/// The account `broker/token`, if it has a row in any table that names accounts. The two are compared joined, as
/// either may hold a slash; the escaped spelling is accepted too.
pub(crate) fn find_account<'a>(
    loaded: &'a Loaded,
    broker: &str,
    token: &str,
) -> Result<&'a AccountName, ReportError> {
    let results = &loaded.results;
    let names = || {
        let accounts = results.accounts.iter().map(|a| &a.account);
        accounts.chain(results.ring_members.iter().map(|m| &m.account))
    };
    let exact = names().find(|a| a.broker == broker && a.account_id == token);
    let wanted = format!("{broker}/{token}");
    let joined = || names().find(|a| a.to_string() == wanted);
    let spelled = || names().find(|a| account(a) == wanted);
    exact.or_else(joined).or_else(spelled).ok_or_else(|| ReportError::UnknownAccount {
        near: near(&wanted, names().map(ToString::to_string)),
        name: wanted,
    })
}

/// `BROKER/ACCOUNT`, made harmless.
pub(crate) fn account(name: &AccountName) -> String {
    format!("{}/{}", escape::id(&name.broker), escape::id(&name.account_id))
}

/// Up to three of `names` that differ from `wanted` in case, a few letters or their end; nearest first, made
/// harmless.
fn near(wanted: &str, names: impl Iterator<Item = String>) -> Vec<String> {
    let wanted: Vec<char> = folded(wanted);
    let allowed = (wanted.len() / 4).max(1);
    let mut found: Vec<(usize, String)> = Vec::new();
    for name in names {
        let letters = folded(&name);
        let starts = wanted.len() >= 3 && letters.starts_with(&wanted);
        if !starts && letters.len().abs_diff(wanted.len()) > allowed {
            continue;
        }
        let distance = if starts { 1 } else { edits(&wanted, &letters) };
        if distance > allowed {
            continue;
        }
        found.push((distance, name));
        if found.len() > 64 {
            found.sort();
            found.dedup();
            found.truncate(OFFERED);
        }
    }
    found.sort();
    found.dedup();
    found.into_iter().take(OFFERED).map(|(_, name)| escape::id(&name)).collect()
}

fn folded(text: &str) -> Vec<char> {
    text.chars().take(COMPARED).flat_map(char::to_lowercase).collect()
}

/// Letters to insert, drop or change to make `a` into `b`: O(|a|·|b|).
fn edits(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_offered_nearest_first() {
        let names = || ["SBI/A-0001", "SBI/A-0002", "RAKUTEN/A-0001", "sbi/a-0009"].map(str::to_owned);
        assert_eq!(near("sbi/a-0001", names().into_iter())[0], "SBI/A-0001");
        assert_eq!(near("SBI/A-00", names().into_iter()).len(), 3);
        assert!(near("NOMURA/77", names().into_iter()).is_empty());
        let hostile = ["SBI/\u{202e}x".to_owned()];
        assert_eq!(near("SBI/x", hostile.into_iter()), ["SBI/\\u{202e}x"]);
    }

    #[test]
    fn edits_are_counted() {
        let of = |a: &str, b: &str| edits(&folded(a), &folded(b));
        assert_eq!(of("kitten", "sitting"), 3);
        assert_eq!(of("", "abc"), 3);
        assert_eq!(of("abc", "abc"), 0);
    }
}
