//! What one broker may see of a ring that reaches beyond it.
//!
//! Of accounts at other brokers a reader sees counts. Their tokens, and devices and addresses that only they used,
//! must not get out through a sentence, a file name or a note either: such a text is withheld as a whole.

use std::collections::BTreeSet;

use itoguchi_model::{
    Kind,
    results::{AccountName, Results},
};

use crate::{error::ReportError, escape, language::Lang, terms};

/// Decides what may be shown; everything, where no broker is set.
pub(crate) struct Disclosure<'a> {
    limits: Option<Limits<'a>>,
    lang: Lang,
}

struct Limits<'a> {
    broker: &'a str,
    /// Tokens of its own accounts.
    own: BTreeSet<&'a str>,
    /// Tokens of other brokers' accounts, and values that its own accounts never used.
    foreign: BTreeSet<&'a str>,
    /// Lengths in bytes of the two, longest first.
    lengths: Vec<usize>,
}

impl<'a> Disclosure<'a> {
    /// What `broker` may see of `results`; everything, for `None`.
    ///
    /// # Errors
    /// When no account of that broker is in the result.
    pub(crate) fn new(
        results: &'a Results,
        broker: Option<&'a str>,
        lang: Lang,
    ) -> Result<Self, ReportError> {
        let Some(broker) = broker else { return Ok(Self { limits: None, lang }) };
        let (mut own, mut foreign) = (BTreeSet::new(), BTreeSet::new());
        let mut brokers = BTreeSet::new();
        for account in accounts(results) {
            brokers.insert(account.broker.as_str());
            let side = if account.broker == broker { &mut own } else { &mut foreign };
            side.insert(account.account_id.as_str());
        }
        if !brokers.contains(broker) {
            let known = brokers.into_iter().map(escape::id).collect();
            return Err(ReportError::UnknownBroker { broker: broker.to_owned(), known });
        }
        foreign.extend(foreign_values(results, broker));
        let lengths: BTreeSet<usize> =
            own.iter().chain(&foreign).map(|t| t.len()).filter(|n| *n > 0).collect();
        let lengths = lengths.into_iter().rev().collect();
        Ok(Self { limits: Some(Limits { broker, own, foreign, lengths }), lang })
    }

    /// Whose eyes this is for.
    pub(crate) fn broker(&self) -> Option<&'a str> {
        self.limits.as_ref().map(|l| l.broker)
    }

    /// Whether `account` may be named.
    pub(crate) fn shows(&self, account: &AccountName) -> bool {
        self.limits.as_ref().is_none_or(|l| l.broker == account.broker)
    }

    /// `text`, or that it is withheld, if it names what this reader may not see.
    pub(crate) fn text(&self, text: &str) -> String {
        match &self.limits {
            Some(limits) if limits.leaks(text) => terms::WITHHELD.text(self.lang).to_owned(),
            _ => text.to_owned(),
        }
    }

    /// Whether `text` may be shown as it is.
    pub(crate) fn allows(&self, text: &str) -> bool {
        self.limits.as_ref().is_none_or(|l| !l.leaks(text))
    }
}

impl Limits<'_> {
    /// Whether a foreign token or value stands in `text` as a word of its own. A token that exists at several
    /// brokers counts as the reader's own unless another broker's code and a slash stand before it.
    fn leaks(&self, text: &str) -> bool {
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let before = text[..at].chars().next_back();
            if let Some(end) = self.own_name(text, at, before) {
                at = end;
                continue;
            }
            for length in &self.lengths {
                let Some(word) = text.get(at..at + length) else { continue };
                let own = before != Some('/') && self.own.contains(word);
                if stands_alone(before, word, &text[at + length..]) && self.foreign.contains(word) && !own {
                    return true;
                }
            }
            at += c.len_utf8();
        }
        false
    }

    /// Where the reader's own `BROKER/ACCOUNT` ends, if one begins at `at`.
    fn own_name(&self, text: &str, at: usize, before: Option<char>) -> Option<usize> {
        let token = text[at..].strip_prefix(self.broker)?.strip_prefix('/')?;
        let start = text.len() - token.len();
        let fits = |length: &&usize| {
            token.get(..**length).is_some_and(|word| {
                self.own.contains(word)
                    && stands_alone(before, self.broker, "")
                    && stands_alone(None, word, &token[**length..])
            })
        };
        self.lengths.iter().find(fits).map(|length| start + length)
    }
}

/// Whether `word` is no part of a longer word. Only ASCII letters and digits join: Japanese has no blanks.
fn stands_alone(before: Option<char>, word: &str, after: &str) -> bool {
    let joins = |a: Option<char>, b: Option<char>| {
        a.is_some_and(|c| c.is_ascii_alphanumeric()) && b.is_some_and(|c| c.is_ascii_alphanumeric())
    };
    !joins(before, word.chars().next()) && !joins(word.chars().next_back(), after.chars().next())
}

/// Every account any table names.
fn accounts(results: &Results) -> impl Iterator<Item = &AccountName> {
    let rows = results.accounts.iter().map(|a| &a.account);
    let members = results.ring_members.iter().map(|m| &m.account);
    let episodes = results.episodes.iter().map(|e| &e.account);
    let links = results.links.iter().flat_map(|l| [&l.a, &l.b]);
    rows.chain(members).chain(episodes).chain(links)
}

/// Devices and addresses that no row ties to an account of `broker`.
fn foreign_values<'a>(results: &'a Results, broker: &str) -> Vec<&'a str> {
    let prefix = format!("{broker}/");
    let infrastructure = results.ring_infrastructure.iter();
    let used = infrastructure.map(|i| (i.value.as_str(), i.brokers.iter().any(|b| b == broker)));
    let evidence = results.evidence.iter().filter(|e| matches!(e.kind, Kind::Device | Kind::Ip));
    let spoken =
        evidence.map(|e| (e.object.as_str(), e.subject.split(" ~ ").any(|s| s.starts_with(&prefix))));
    let acts =
        results.ring_acts.iter().filter_map(|a| Some((a.account.broker == broker, a.access.as_ref()?)));
    let entered = acts.flat_map(|(own, access)| {
        [access.ip.as_deref(), access.device.as_deref()].into_iter().flatten().map(move |v| (v, own))
    });
    let (own, others): (Vec<_>, Vec<_>) = used.chain(spoken).chain(entered).partition(|(_, own)| *own);
    let own: BTreeSet<&str> = own.into_iter().map(|(v, _)| v).collect();
    others.into_iter().map(|(v, _)| v).filter(|v| !own.contains(v)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use itoguchi_model::results::AccountRow;

    fn results() -> Results {
        let account = |broker: &str, account_id: &str| AccountRow {
            account: AccountName { broker: broker.into(), account_id: account_id.into() },
            degree: 0,
            community: 0,
            ring_id: None,
            role: None,
            bits: None,
            reported: Vec::new(),
        };
        let accounts =
            [("SBI", "A-1"), ("SBI", "77"), ("RAKUTEN", "A-1"), ("RAKUTEN", "R-9"), ("RAKUTEN", "42")];
        Results { accounts: accounts.map(|(b, a)| account(b, a)).into(), ..Results::default() }
    }

    #[test]
    fn texts_that_name_others_are_withheld() {
        let results = results();
        let eyes = Disclosure::new(&results, Some("SBI"), Lang::En).unwrap();
        for (text, allowed) in [
            ("SBI/A-1 bought XTKS:9901", true),
            ("A-1 bought", true),
            ("RAKUTEN/A-1 bought", false),
            ("same device as R-9", false),
            ("R-9", false),
            ("口座R-9が", false),
            ("XR-9", true),
            ("R-91", true),
            ("bought 142 shares", true),
            ("bought 42 shares", false),
            ("SBI/77 and RAKUTEN/42", false),
            ("SBI/77", true),
            ("XSBI/A-1 ~ RAKUTEN/R-9", false),
            ("", true),
        ] {
            assert_eq!(eyes.allows(text), allowed, "{text}");
        }
        assert_eq!(eyes.text("see R-9"), terms::WITHHELD.en);
    }

    #[test]
    fn everybody_sees_everything_and_strangers_are_refused() {
        let results = results();
        assert!(Disclosure::new(&results, None, Lang::En).unwrap().allows("RAKUTEN/R-9"));
        let refused = Disclosure::new(&results, Some("NOMURA"), Lang::En).map(|_| ()).unwrap_err();
        assert_eq!(refused.hint(), "the brokers are RAKUTEN, SBI");
    }
}
