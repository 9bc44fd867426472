//! The custody log: who did what to the evidence, when, as lines that hold each other.
//!
//! One entry is one line of JSON in canonical form: keys sorted, no blanks, everything outside printable ASCII as
//! `\uXXXX`, a line feed at the end. So a line stays one line whatever a name or a reason holds, and a few lines of
//! Python make the same bytes (`docs/CUSTODY.md`). `prev` is the SHA-256 of the line before, `hash` that of the entry
//! without its `hash`.
//!
//! An entry that was edited, removed, inserted or moved breaks the chain. Entries cut off at the end do not: they
//! show against a [`Head`] that is kept elsewhere.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::sha256;
use crate::escape;

/// What the first entry has as `prev`.
const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// The keys of an entry.
const KEYS: [&str; 7] = ["action", "actor", "details", "hash", "prev", "seq", "time"];

/// One act.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// 1 for the first.
    pub seq: u64,
    /// When it happened, RFC 3339 in UTC.
    pub time: String,
    /// Who did it.
    pub actor: String,
    /// What was done: `ingest`, `correlate`, `decide`, `package`.
    pub action: String,
    /// To what, and with what outcome.
    pub details: Value,
    /// SHA-256 of the entry without this.
    pub hash: String,
}

/// The end of a log: what must be kept elsewhere, so that entries cut off are missed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// How many entries there are.
    pub entries: u64,
    /// SHA-256 of the last line, without its line feed; zeros where there is none.
    pub hash: String,
}

/// A log that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainFault {
    /// A line is no entry in canonical form.
    #[error("line {line} is no entry of a custody log: {reason}")]
    Line {
        /// 1-based.
        line: u64,
        /// What is wrong, harmless in a terminal.
        reason: String,
    },
    /// An entry does not have the hash that it states.
    #[error("line {line} was edited: the entry does not have the hash that it states")]
    Edited {
        /// 1-based.
        line: u64,
    },
    /// An entry does not follow the one before.
    #[error(
        "line {line} does not follow the line before it: an entry was edited, removed, inserted or moved here"
    )]
    Broken {
        /// 1-based.
        line: u64,
    },
    /// The last line has no end.
    #[error("line {line} is cut off: it has no line feed")]
    CutOff {
        /// 1-based.
        line: u64,
    },
    /// The log ends before its head.
    #[error("entries are missing at the end: {found} stand here, the head says {stated}")]
    Missing {
        /// Entries in the log.
        found: u64,
        /// Entries by the head.
        stated: u64,
    },
    /// The log goes on after its head.
    #[error("entries were added at the end: {found} stand here, the head says {stated}")]
    Added {
        /// Entries in the log.
        found: u64,
        /// Entries by the head.
        stated: u64,
    },
    /// The log has as many entries as its head says, and they are others.
    #[error("the last entry is not the one that the head names: the log was written anew")]
    Rewritten,
}

/// A log whose chain holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    last: Option<String>,
}

impl Log {
    /// Reads a log and checks that each entry is what it states and follows the one before. O(n) in its bytes.
    ///
    /// # Errors
    /// The first line that does not hold.
    pub fn read(bytes: &[u8]) -> Result<Self, ChainFault> {
        let mut log = Self::default();
        for (line, number) in bytes.split_inclusive(|b| *b == b'\n').zip(1..) {
            let text = line.strip_suffix(b"\n").ok_or(ChainFault::CutOff { line: number })?;
            let (entry, prev) = parse(text, number)?;
            if entry.seq != number || prev != log.prev() {
                return Err(ChainFault::Broken { line: number });
            }
            log.bytes.extend_from_slice(line);
            log.last = Some(sha256(text));
            log.entries.push(entry);
        }
        Ok(log)
    }

    /// Adds an entry: at `time` (RFC 3339 in UTC), `actor` did `action`.
    pub fn append(&mut self, time: &str, actor: &str, action: &str, details: Value) {
        let seq = self.entries.len() as u64 + 1;
        let mut object = json!({
            "action": action, "actor": actor, "details": details, "prev": self.prev(), "seq": seq, "time": time,
        });
        let hash = sha256(canonical(&object).as_bytes());
        object["hash"] = Value::from(hash.as_str());
        let line = canonical(&object);
        self.last = Some(sha256(line.as_bytes()));
        self.bytes.extend_from_slice(line.as_bytes());
        self.bytes.push(b'\n');
        self.entries.push(Entry {
            seq,
            time: time.to_owned(),
            actor: actor.to_owned(),
            action: action.to_owned(),
            details,
            hash,
        });
    }

    /// The file.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The entries, first to last.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Where it ends.
    #[must_use]
    pub fn head(&self) -> Head {
        Head { entries: self.entries.len() as u64, hash: self.prev().to_owned() }
    }

    /// Whether the log ends where `head` says.
    ///
    /// # Errors
    /// If entries are missing, were added, or are others.
    pub fn ends_at(&self, head: &Head) -> Result<(), ChainFault> {
        let (found, stated) = (self.entries.len() as u64, head.entries);
        match found.cmp(&stated) {
            std::cmp::Ordering::Less => Err(ChainFault::Missing { found, stated }),
            std::cmp::Ordering::Greater => Err(ChainFault::Added { found, stated }),
            std::cmp::Ordering::Equal if *self.prev() != *head.hash => Err(ChainFault::Rewritten),
            std::cmp::Ordering::Equal => Ok(()),
        }
    }

    /// The log as people read it: a paragraph for each entry, everything invisible spelled out.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        for e in &self.entries {
            let (time, action) = (escape::id(&e.time), escape::id(&e.action));
            let _ = writeln!(out, "{}. {time}  {action}  by {}", e.seq, escape::sentence(&e.actor));
            let details = e.details.as_object().into_iter().flatten();
            let sorted: BTreeMap<&String, &Value> = details.collect();
            for (key, value) in sorted {
                let shown = value.as_str().map_or_else(|| canonical_readable(value), str::to_owned);
                let _ = writeln!(out, "    {}: {}", escape::id(key), escape::visible(&shown, 20_000));
            }
            let _ = writeln!(out, "    hash: {}\n", e.hash);
        }
        out
    }

    fn prev(&self) -> &str {
        self.last.as_deref().unwrap_or(NOTHING)
    }
}

/// One line as an entry, with what it says of the line before.
fn parse(text: &[u8], line: u64) -> Result<(Entry, String), ChainFault> {
    let wrong = |reason: &str| ChainFault::Line { line, reason: reason.to_owned() };
    let value: Value = serde_json::from_slice(text)
        .map_err(|e| ChainFault::Line { line, reason: escape::visible(&e.to_string(), 200) })?;
    let Value::Object(mut object) = value else { return Err(wrong("it is no object")) };
    let mut keys: Vec<&str> = object.keys().map(String::as_str).collect();
    keys.sort_unstable();
    if keys != KEYS {
        return Err(wrong("its keys are not action, actor, details, hash, prev, seq and time"));
    }
    if canonical(&Value::Object(object.clone())).as_bytes() != text {
        return Err(wrong("it is not in canonical form"));
    }
    let hash = object.remove("hash").unwrap_or_default();
    if hash != sha256(canonical(&Value::Object(object.clone())).as_bytes()) {
        return Err(ChainFault::Edited { line });
    }
    let mut word = |key: &str| match object.remove(key) {
        Some(Value::String(text)) => Ok(text),
        _ => Err(wrong("action, actor, prev and time must be texts")),
    };
    let (action, actor, prev, time) = (word("action")?, word("actor")?, word("prev")?, word("time")?);
    let seq = object.get("seq").and_then(Value::as_u64).ok_or_else(|| wrong("seq must be a whole number"))?;
    let details = object.remove("details").unwrap_or_default();
    let hash = hash.as_str().unwrap_or_default().to_owned();
    Ok((Entry { seq, time, actor, action, details, hash }, prev))
}

/// `value` in the one form that is hashed: keys sorted, no blanks, everything outside printable ASCII escaped.
///
/// ```
/// use itoguchi_report::package::custody::canonical;
/// let value = serde_json::json!({"b": "口\n", "a": [1, null]});
/// assert_eq!(canonical(&value), r#"{"a":[1,null],"b":"\u53e3\n"}"#);
/// ```
#[must_use]
pub fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, true);
    out
}

/// The same with letters of every script as they are.
fn canonical_readable(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, false);
    out
}

fn write(out: &mut String, value: &Value, ascii: bool) {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            out.push('{');
            for (i, (key, value)) in sorted.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                text(out, key, ascii);
                out.push(':');
                write(out, value, ascii);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(out, item, ascii);
            }
            out.push(']');
        }
        Value::String(string) => text(out, string, ascii),
        plain => out.push_str(&plain.to_string()),
    }
}

/// A JSON string as Python's `json.dumps` writes it.
fn text(out: &mut String, string: &str, ascii: bool) {
    out.push('"');
    for c in string.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            _ if !ascii && !c.is_control() => out.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOSTILE: &str = "a\nb\r\u{1b}[2J\u{202e}\u{2028}\u{85}\u{0}\u{7f}\"\\口座😀{\"seq\":9}";

    fn log(entries: usize) -> Log {
        let mut log = Log::default();
        for i in 0..entries {
            let time = format!("2025-03-17T00:00:{i:02}Z");
            log.append(&time, "analyst-07", "decide", json!({"why": format!("{HOSTILE}{i}"), "n": i}));
        }
        log
    }

    fn lines(log: &Log) -> Vec<Vec<u8>> {
        log.bytes().split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect()
    }

    /// Whether somebody who kept the head would see it.
    fn caught(bytes: &[u8], head: &Head) -> bool {
        Log::read(bytes).map_or(true, |log| log.ends_at(head).is_err())
    }

    #[test]
    fn a_log_is_read_back_as_it_was_written() {
        let log = log(5);
        let again = Log::read(log.bytes()).unwrap();
        assert_eq!(again, log);
        assert_eq!(again.entries()[3].details["why"], format!("{HOSTILE}3"));
        assert_eq!(again.ends_at(&log.head()), Ok(()));
        assert_eq!(Log::read(b"").unwrap().head(), Head { entries: 0, hash: NOTHING.to_owned() });
    }

    #[test]
    fn an_entry_is_one_line_of_printable_ascii_whatever_it_holds() {
        let mut log = log(3);
        log.append("t", &"\n\u{202e}".repeat(5_000), HOSTILE, json!({HOSTILE: "x".repeat(10_000)}));
        assert_eq!(log.bytes().iter().filter(|b| **b == b'\n').count(), 4);
        assert!(log.bytes().iter().all(|b| *b == b'\n' || (b' '..=b'~').contains(b)));
        assert_eq!(Log::read(log.bytes()).unwrap(), log);
        let read = log.text();
        assert!(!read.contains(['\u{1b}', '\u{202e}', '\u{2028}', '\r', '\u{0}']), "{read:?}");
        assert!(read.contains("口座"), "{read:?}");
    }

    #[test]
    fn faults_say_where_and_what() {
        let (log, head) = (log(4), log(4).head());
        let lines = lines(&log);
        let of = |lines: &[&Vec<u8>]| {
            let bytes: Vec<u8> = lines.iter().flat_map(|l| l.iter().copied()).collect();
            Log::read(&bytes).and_then(|l| l.ends_at(&head)).unwrap_err()
        };
        let [a, b, c, d] = &lines[..] else { panic!() };
        assert_eq!(of(&[a, c, d]), ChainFault::Broken { line: 2 });
        assert_eq!(of(&[a, c, b, d]), ChainFault::Broken { line: 2 });
        assert_eq!(of(&[a, b, b, c, d]), ChainFault::Broken { line: 3 });
        assert_eq!(of(&[b, c, d]), ChainFault::Broken { line: 1 });
        assert_eq!(of(&[a, b, c]), ChainFault::Missing { found: 3, stated: 4 });
        let edited = String::from_utf8(b.clone()).unwrap().replacen("\"n\":1", "\"n\":7", 1).into_bytes();
        assert_eq!(of(&[a, &edited, c, d]), ChainFault::Edited { line: 2 });
        let blank = String::from_utf8(b.clone()).unwrap().replacen(':', ": ", 1).into_bytes();
        assert!(of(&[a, &blank, c, d]).to_string().contains("line 2 is no entry"));
        let cut = d[..d.len() - 1].to_vec();
        assert_eq!(of(&[a, b, c, &cut]), ChainFault::CutOff { line: 4 });
        let mut longer = log.clone();
        longer.append("t", "a", "decide", json!({}));
        assert_eq!(longer.ends_at(&head), Err(ChainFault::Added { found: 5, stated: 4 }));
    }

    /// An edited entry whose own hash was made to agree no longer is what the next one follows.
    #[test]
    fn an_entry_forged_with_its_hash_breaks_the_chain_after_it() {
        let whole = lines(&log(4));
        let mut forged = log(1);
        forged.append("2025-03-17T00:00:01Z", "analyst-07", "decide", json!({"why": "another"}));
        let spliced = [lines(&forged), whole[2..].to_vec()].concat().concat();
        assert_eq!(Log::read(&spliced).unwrap_err(), ChainFault::Broken { line: 3 });
    }

    /// Who can edit a log can make a chain that holds. Only a head kept elsewhere tells.
    #[test]
    fn a_log_written_anew_shows_against_its_head_only() {
        let (old, mut new) = (log(3), log(2));
        new.append("2025-03-17T00:00:02Z", "analyst-07", "decide", json!({"why": "another"}));
        assert!(Log::read(new.bytes()).is_ok());
        assert_eq!(new.ends_at(&old.head()), Err(ChainFault::Rewritten));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_edit_of_a_byte_is_caught(entries in 1_usize..5, at in any::<prop::sample::Index>(), bit in 0_u32..8) {
            let log = log(entries);
            let mut bytes = log.bytes().to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= 1_u8 << bit;
            prop_assert!(caught(&bytes, &log.head()));
        }

        #[test]
        fn any_byte_removed_or_inserted_is_caught(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let log = log(3);
            let at = at.index(log.bytes().len());
            let mut less = log.bytes().to_vec();
            less.remove(at);
            prop_assert!(caught(&less, &log.head()));
            let mut more = log.bytes().to_vec();
            more.insert(at, byte);
            prop_assert!(caught(&more, &log.head()));
        }

        #[test]
        fn any_truncation_is_caught(entries in 1_usize..5, at in any::<prop::sample::Index>()) {
            let log = log(entries);
            let at = at.index(log.bytes().len());
            prop_assert!(caught(&log.bytes()[..at], &log.head()));
        }

        #[test]
        fn any_entry_removed_inserted_or_moved_is_caught(
            a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>(),
        ) {
            let log = log(5);
            let (a, b) = (a.index(5), b.index(5));
            let mut removed = lines(&log);
            removed.remove(a);
            prop_assert!(caught(&removed.concat(), &log.head()));
            let mut doubled = lines(&log);
            doubled.insert(b, doubled[a].clone());
            prop_assert!(caught(&doubled.concat(), &log.head()));
            let mut swapped = lines(&log);
            swapped.swap(a, b);
            prop_assert_eq!(caught(&swapped.concat(), &log.head()), a != b);
        }
    }
}
