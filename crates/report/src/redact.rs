//! Names of accounts, devices and addresses, as they are or taken out.
//!
//! Whoever gets a redacted export must be able to say "account-0007 and device-0002", and must not be able to try all
//! account numbers until one fits. A hash of a short name, with whatever known salt, can be undone by listing the
//! candidates; so a token is a *place*: the names are ordered by their hash under the ids of the rings shown, and
//! counted. Members of those rings come first.

mod result;

pub use result::redacted;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use itoguchi_model::{
    Kind,
    results::{AccountName, Results},
};
use sha2::{Digest, Sha256};

use crate::escape;

/// Stands where one word names several things, so that no token of them would be right.
const AMBIGUOUS: &str = "[name withheld]";
/// Bare numbers shorter than this are figures; after a broker's code and a slash they are accounts.
const SHORTEST_NUMBER: usize = 4;

/// What accounts, devices and addresses are called in one export or report.
#[derive(Debug, Default)]
pub(crate) struct Naming {
    tokens: Option<Tokens>,
}

/// The tokens of everything a result names.
#[derive(Debug, Default)]
struct Tokens {
    accounts: BTreeMap<AccountName, String>,
    devices: BTreeMap<String, String>,
    addresses: BTreeMap<String, String>,
    words: Words,
}

impl Naming {
    /// Everything under its own name.
    pub(crate) fn plain() -> Self {
        Self::default()
    }

    /// Everything that any table of `results` names, as tokens of an export of `rings`: the same for the same result
    /// and rings, and not to be compared with those of other rings. O(n log n) in the names.
    pub(crate) fn redacted(results: &Results, rings: &[&str]) -> Self {
        let members = results.ring_members.iter().filter(|m| rings.contains(&m.ring_id.as_str()));
        let first: BTreeSet<&AccountName> = members.map(|m| &m.account).collect();
        let salt = Salt::new(rings);
        let mut tokens = Tokens {
            accounts: counted_accounts(accounts(results), &first, &salt),
            devices: counted("device", values(results, Kind::Device), &salt),
            addresses: addresses(&values(results, Kind::Ip), &salt),
            words: Words::default(),
        };
        tokens.words = Words::new(tokens.spellings());
        Self { tokens: Some(tokens) }
    }

    /// Whether names are taken out.
    pub(crate) fn is_redacted(&self) -> bool {
        self.tokens.is_some()
    }

    /// `BROKER/ACCOUNT`, or the broker and the account's token. Not made harmless: that is up to the form.
    pub(crate) fn account(&self, name: &AccountName) -> String {
        format!("{}/{}", name.broker, self.account_id(name))
    }

    /// [`Naming::account`] without the broker.
    pub(crate) fn account_id(&self, name: &AccountName) -> String {
        match &self.tokens {
            None => name.account_id.clone(),
            // Every table was searched for names; what is in none of them must not get out either.
            Some(t) => t.accounts.get(name).cloned().unwrap_or_else(|| AMBIGUOUS.to_owned()),
        }
    }

    /// The device's own token, or ours.
    pub(crate) fn device(&self, value: &str) -> String {
        self.value(value, |t| &t.devices)
    }

    /// The address, or its token.
    pub(crate) fn address(&self, value: &str) -> String {
        self.value(value, |t| &t.addresses)
    }

    fn value(&self, value: &str, of: fn(&Tokens) -> &BTreeMap<String, String>) -> String {
        match &self.tokens {
            None => value.to_owned(),
            Some(t) => of(t).get(value).cloned().unwrap_or_else(|| AMBIGUOUS.to_owned()),
        }
    }

    /// `text` with every account, device and address in it, standing as a word of its own, under its token.
    /// O(text · log names).
    pub(crate) fn text(&self, text: &str) -> String {
        match &self.tokens {
            None => text.to_owned(),
            Some(t) => t.words.replace(text),
        }
    }
}

impl Tokens {
    /// Everything that may stand in a sentence, with what is to stand there.
    fn spellings(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for (name, token) in &self.accounts {
            let broker = &name.broker;
            put(&mut all, &name.to_string(), format!("{broker}/{token}"));
            put(&mut all, &crate::target::account(name), format!("{broker}/{token}"));
            let number = name.account_id.bytes().all(|b| b.is_ascii_digit());
            if !number || name.account_id.len() >= SHORTEST_NUMBER {
                put(&mut all, &name.account_id, token.clone());
                put(&mut all, &escape::id(&name.account_id), token.clone());
            }
        }
        for (value, token) in self.devices.iter().chain(&self.addresses) {
            put(&mut all, value, token.clone());
            put(&mut all, &escape::id(value), token.clone());
        }
        all
    }
}

/// Enters `spelling`; one that is taken by another thing becomes ambiguous.
fn put(all: &mut BTreeMap<String, String>, spelling: &str, token: String) {
    if spelling.is_empty() {
        return;
    }
    match all.get_mut(spelling) {
        Some(taken) if *taken != token => AMBIGUOUS.clone_into(taken),
        Some(_) => {}
        None => {
            all.insert(spelling.to_owned(), token);
        }
    }
}

/// The ids of the rings shown, as the beginning of a hash.
struct Salt(Sha256);

impl Salt {
    fn new(rings: &[&str]) -> Self {
        let mut sorted = rings.to_vec();
        sorted.sort_unstable();
        let mut hash = Sha256::new();
        feed(&mut hash, &sorted);
        Self(hash)
    }

    fn of(&self, kind: &str, parts: &[&str]) -> [u8; 32] {
        let mut hash = self.0.clone();
        feed(&mut hash, &[kind]);
        feed(&mut hash, parts);
        hash.finalize().into()
    }
}

/// Lengths keep ("ab", "c") and ("a", "bc") apart.
fn feed(hash: &mut Sha256, parts: &[&str]) {
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
}

/// `accounts` with their places: those of `first` before the others, each by their hashes.
fn counted_accounts(
    accounts: BTreeSet<&AccountName>,
    first: &BTreeSet<&AccountName>,
    salt: &Salt,
) -> BTreeMap<AccountName, String> {
    let width = digits(accounts.len());
    let hash = |a: &AccountName| salt.of("account", &[&a.broker, &a.account_id]);
    let mut ordered: Vec<(bool, [u8; 32], &AccountName)> =
        accounts.into_iter().map(|a| (!first.contains(a), hash(a), a)).collect();
    ordered.sort_unstable();
    let token = |(n, entry): (usize, (bool, [u8; 32], &AccountName))| {
        (entry.2.clone(), format!("account-{:0width$}", n + 1))
    };
    ordered.into_iter().enumerate().map(token).collect()
}

/// `values` with their places in the order of their hashes.
fn counted(kind: &str, values: BTreeSet<&str>, salt: &Salt) -> BTreeMap<String, String> {
    let width = digits(values.len());
    let mut ordered: Vec<([u8; 32], &str)> = values.into_iter().map(|v| (salt.of(kind, &[v]), v)).collect();
    ordered.sort_unstable();
    let token = |(n, (_, value)): (usize, (_, &str))| (value.to_owned(), format!("{kind}-{:0width$}", n + 1));
    ordered.into_iter().enumerate().map(token).collect()
}

/// Addresses with their places: those of one line, as [`line`] has it, are one.
fn addresses(values: &BTreeSet<&str>, salt: &Salt) -> BTreeMap<String, String> {
    let lines: BTreeMap<&str, String> = values.iter().map(|v| (*v, line(v))).collect();
    let tokens = counted("address", lines.values().map(String::as_str).collect(), salt);
    lines.into_iter().map(|(value, line)| (value.to_owned(), tokens[&line].clone())).collect()
}

/// What one line is given, as tables name it: an IPv4 address, or the /64 of an IPv6 address. Anything else as it is.
pub(crate) fn line(address: &str) -> String {
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V6(v6)) => {
            let network = u128::from(v6) & !u128::from(u64::MAX);
            format!("{}/64", std::net::Ipv6Addr::from(network))
        }
        Ok(v4) => v4.to_string(),
        Err(_) => address.to_owned(),
    }
}

/// Digits of the largest place, so that tokens sort as they count.
fn digits(count: usize) -> usize {
    count.to_string().len()
}

/// Every account that any table names.
fn accounts(results: &Results) -> BTreeSet<&AccountName> {
    let rows = results.accounts.iter().map(|a| &a.account);
    let members = results.ring_members.iter().map(|m| &m.account);
    let episodes = results.episodes.iter().map(|e| &e.account);
    let candidates = results.candidates.iter().map(|c| &c.account);
    let links = results.links.iter().flat_map(|l| [&l.a, &l.b]);
    let acts = results.ring_acts.iter().map(|a| &a.account);
    let sellers = results.ring_sellers.iter().map(|s| &s.account);
    rows.chain(members).chain(episodes).chain(candidates).chain(links).chain(acts).chain(sellers).collect()
}

/// Every device (or address) that any table names.
fn values(results: &Results, kind: Kind) -> BTreeSet<&str> {
    let shared = results.ring_infrastructure.iter().map(|i| (i.kind, i.value.as_str()));
    let spoken = results.evidence.iter().map(|e| (e.kind, e.object.as_str()));
    let near = results.candidates.iter().map(|c| (c.kind, c.object.as_str()));
    let access = results.ring_acts.iter().filter_map(|a| a.access.as_ref());
    let entered = access.filter_map(|a| match kind {
        Kind::Device => a.device.as_deref(),
        _ => a.ip.as_deref(),
    });
    let named = shared.chain(spoken).chain(near).filter(|(k, _)| *k == kind).map(|(_, v)| v);
    named.chain(entered).collect()
}

/// Words to be found in texts and replaced.
#[derive(Debug, Default)]
struct Words {
    /// Sorted by bytes.
    all: Vec<Word>,
}

#[derive(Debug)]
struct Word {
    text: String,
    token: String,
    /// The longest other word that this one begins with.
    shorter: Option<usize>,
}

impl Words {
    fn new(spellings: BTreeMap<String, String>) -> Self {
        let mut all: Vec<Word> = Vec::with_capacity(spellings.len());
        for (text, token) in spellings {
            // In byte order the beginnings of a word stand before it, and only words with the same beginning between.
            let mut shorter = all.len().checked_sub(1);
            while let Some(at) = shorter {
                if text.starts_with(&all[at].text) {
                    break;
                }
                shorter = all[at].shorter;
            }
            all.push(Word { text, token, shorter });
        }
        Self { all }
    }

    fn replace(&self, text: &str) -> String {
        let (mut out, mut at) = (String::with_capacity(text.len()), 0);
        while let Some(c) = text[at..].chars().next() {
            match self.word(text, at) {
                Some(word) => {
                    out.push_str(&word.token);
                    at += word.text.len();
                }
                None => {
                    out.push(c);
                    at += c.len_utf8();
                }
            }
        }
        out
    }

    /// The longest word that stands alone at `at`.
    fn word(&self, text: &str, at: usize) -> Option<&Word> {
        let (before, rest) = text.split_at(at);
        // Inside a run of letters and digits no word begins.
        if joined(before.chars().next_back(), rest.chars().next()) {
            return None;
        }
        let mut place = self.all.partition_point(|w| w.text.as_str() <= rest).checked_sub(1);
        while let Some(i) = place {
            let word = &self.all[i];
            if let Some(after) = rest.strip_prefix(word.text.as_str())
                && stands_alone(before, &word.text, after)
            {
                return Some(word);
            }
            place = word.shorter;
        }
        None
    }
}

/// Only ASCII letters and digits join: Japanese has no blanks.
fn joined(a: Option<char>, b: Option<char>) -> bool {
    a.is_some_and(|c| c.is_ascii_alphanumeric()) && b.is_some_and(|c| c.is_ascii_alphanumeric())
}

/// Whether `word` is no part of a longer word; a number, no part of a date, time or figure either.
fn stands_alone(before: &str, word: &str, after: &str) -> bool {
    if joined(word.chars().next_back(), after.chars().next()) {
        return false;
    }
    if !word.bytes().all(|b| b.is_ascii_digit()) {
        return true;
    }
    let figure = |mut next: std::str::Chars<'_>, backwards: bool| {
        let mut step = || if backwards { next.next_back() } else { next.next() };
        step().is_some_and(|c| "-:.,/".contains(c)) && step().is_some_and(|c| c.is_ascii_digit())
    };
    !figure(before.chars(), true) && !figure(after.chars(), false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use itoguchi_model::results::AccountRow;

    fn results(names: &[(&str, &str)]) -> Results {
        let account = |(broker, account_id): &(&str, &str)| AccountRow {
            account: AccountName { broker: (*broker).into(), account_id: (*account_id).into() },
            degree: 0,
            community: 0,
            ring_id: None,
            role: None,
            bits: None,
            reported: Vec::new(),
        };
        Results { accounts: names.iter().map(account).collect(), ..Results::default() }
    }

    #[test]
    fn names_in_sentences_give_way_to_their_tokens() {
        let results = results(&[
            ("SBI", "A-1"),
            ("SBI", "A-12"),
            ("SBI", "A-1 x"),
            ("RAKUTEN", "R-9"),
            ("NOMURA", "R-9"),
            ("SBI", "77"),
            ("SBI", "2025"),
            ("SBI", "口座"),
        ]);
        let naming = Naming::redacted(&results, &["ring-1"]);
        let token = |broker: &str, account_id: &str| {
            naming.account_id(&AccountName { broker: broker.into(), account_id: account_id.into() })
        };
        let (a1, a12, japanese) = (token("SBI", "A-1"), token("SBI", "A-12"), token("SBI", "口座"));
        for (text, expected) in [
            ("A-1 bought", format!("{a1} bought")),
            ("SBI/A-1 ~ SBI/A-12.", format!("SBI/{a1} ~ SBI/{a12}.")),
            ("A-123, XA-1", "A-123, XA-1".to_owned()),
            // The longest name does not stand alone here, a shorter one does.
            ("A-1 xy", format!("{a1} xy")),
            ("A-1 x y", format!("{} y", token("SBI", "A-1 x"))),
            ("RAKUTEN/R-9", format!("RAKUTEN/{}", token("RAKUTEN", "R-9"))),
            ("see R-9", format!("see {AMBIGUOUS}")),
            ("77 shares of SBI/77", format!("77 shares of SBI/{}", token("SBI", "77"))),
            ("on 2025-03-19 at 10:2025, 1,2025", "on 2025-03-19 at 10:2025, 1,2025".to_owned()),
            ("account 2025.", format!("account {}.", token("SBI", "2025"))),
            ("この口座が", format!("この{japanese}が")),
            ("", String::new()),
        ] {
            assert_eq!(naming.text(text), expected, "{text}");
        }
        assert_eq!(Naming::plain().text("SBI/A-1"), "SBI/A-1");
    }

    #[test]
    fn tokens_are_places_that_depend_on_the_rings_shown() {
        let names: Vec<(String, String)> = (0..40).map(|n| ("SBI".to_owned(), format!("A-{n:03}"))).collect();
        let borrowed: Vec<(&str, &str)> = names.iter().map(|(b, a)| (b.as_str(), a.as_str())).collect();
        let results = results(&borrowed);
        let tokens = |ring: &str| -> Vec<String> {
            let naming = Naming::redacted(&results, &[ring]);
            results.accounts.iter().map(|a| naming.account_id(&a.account)).collect()
        };
        let (one, other) = (tokens("ring-1"), tokens("ring-2"));
        assert_eq!(one, tokens("ring-1"));
        assert_ne!(one, other);
        let mut sorted = one.clone();
        sorted.sort();
        assert_ne!(one, sorted, "the order of names would show");
        assert_eq!(sorted[0], "account-01");
        assert_eq!(sorted[39], "account-40");
    }

    #[test]
    fn many_names_and_long_texts_take_no_product_of_both() {
        let names: Vec<String> = (1..3_000).map(|n| "ab-".repeat(n % 300) + &n.to_string()).collect();
        let pairs: Vec<(&str, &str)> = names.iter().map(|n| ("SBI", n.as_str())).collect();
        let naming = Naming::redacted(&results(&pairs), &["ring-1"]);
        let long = "ab-".repeat(3_333);
        let begun = std::time::Instant::now();
        assert_eq!(naming.text(&long), long);
        assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
    }

    #[test]
    fn addresses_of_one_line_are_one() {
        let values = [
            "2001:db8:1:2::/64",
            "2001:db8:1:2::5",
            "2001:DB8:1:2::9",
            "2001:db8:1:3::5",
            "198.51.100.7",
            "x",
        ];
        let tokens = addresses(&values.into(), &Salt::new(&[]));
        let of = |value: &str| &tokens[value];
        assert_eq!(of("2001:db8:1:2::/64"), of("2001:db8:1:2::5"));
        assert_eq!(of("2001:db8:1:2::/64"), of("2001:DB8:1:2::9"));
        assert_eq!(tokens.values().collect::<BTreeSet<_>>().len(), 4);
    }

    #[test]
    fn what_no_table_names_is_not_shown_either() {
        let naming = Naming::redacted(&results(&[]), &[]);
        assert_eq!(naming.device("dv-1"), AMBIGUOUS);
        assert_eq!(naming.address("198.51.100.7"), AMBIGUOUS);
        assert!(naming.is_redacted());
    }
}
