//! The second level: one broker asks another about a ring that was disclosed to both, and gets counts and sums.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use itoguchi_model::{
    AccountId, Case, Instant, Money,
    tables::{Execution, ReportKind},
    time::MINUTE,
};
use serde::{Deserialize, Serialize};

use super::{DisclosedRing, Disclosure, OwnNames};
use crate::{
    error::ShareError,
    files::{self, sha256},
    hex,
    policy::Policy,
};

/// Marks a file as a question.
pub const INQUIRY: &str = "itoguchi-share-inquiry";
/// Marks a file as an answer.
pub const ANSWER: &str = "itoguchi-share-answer";
/// Bytes of the largest message that is read.
const MOST_BYTES: u64 = 1 << 20;

/// A question about a ring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inquiry {
    /// `itoguchi-share-inquiry`.
    pub format: String,
    /// Of this form; 1.
    pub version: u32,
    /// Who asks.
    pub from: String,
    /// Who is asked.
    pub to: String,
    /// About what.
    pub ring_id: String,
    /// SHA-256 of the policy under which it was disclosed.
    pub policy_sha256: String,
    /// SHA-256 over the tables of the result.
    pub result_sha256: String,
    /// How many accounts of its own the asker has in it.
    pub own_accounts: u32,
}

/// What the one who was asked says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// `itoguchi-share-answer`.
    pub format: String,
    /// Of this form; 1.
    pub version: u32,
    /// Who answers.
    pub from: String,
    /// Who asked.
    pub to: String,
    /// About what.
    pub ring_id: String,
    /// SHA-256 of the question.
    pub inquiry_sha256: String,
    /// Its accounts in the ring.
    pub accounts: u32,
    /// Of those, victims by their own word or the broker's: rows of `reports`.
    pub reported: u32,
    /// Of those, cleared: an innocent explanation was found.
    pub cleared: u32,
    /// What they traded while they acted in the ring; none of so few that a sum would tell of one.
    pub sums: Option<Sums>,
    /// Why there are no sums.
    pub withheld: Option<String>,
}

/// Sums over the accounts of the one who answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sums {
    /// Bought of the names of the ring, by each account between its first and last act in it, whole yen.
    pub bought_jpy: i64,
    /// Sold of any name in that time, whole yen.
    pub sold_jpy: i64,
}

/// What the one who answers found among its own accounts of a ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Accounts.
    pub accounts: u32,
    /// Reported as victims.
    pub reported: u32,
    /// Cleared.
    pub cleared: u32,
    /// Sums; none where a price or rate is missing.
    pub sums: Option<Sums>,
}

/// A question of the receiver of `disclosure` to the broker `to` about `ring`.
///
/// # Errors
/// [`ShareError::Asked`] if the ring was not disclosed, or `to` has no account in it.
pub fn inquire(disclosure: &Disclosure, ring: &str, to: &str) -> Result<Inquiry, ShareError> {
    let ring = disclosure.ring(ring)?;
    takes_part(ring, to)?;
    Ok(Inquiry {
        format: INQUIRY.to_owned(),
        version: 1,
        from: disclosure.to.clone(),
        to: to.to_owned(),
        ring_id: ring.ring_id.clone(),
        policy_sha256: disclosure.policy_sha256.clone(),
        result_sha256: disclosure.result_sha256.clone(),
        own_accounts: ring.own.len() as u32,
    })
}

fn takes_part(ring: &DisclosedRing, broker: &str) -> Result<(), ShareError> {
    if ring.others.iter().any(|o| o.broker == broker) {
        return Ok(());
    }
    Err(ShareError::Asked {
        what: format!("{broker} has no account in {} besides yours", ring.ring_id),
        hint: "ask a broker that the disclosure counts under others",
    })
}

/// The ring that `inquiry` asks about, if the receiver of `disclosure` may answer.
///
/// # Errors
/// [`ShareError::Asked`] for a question to somebody else, of another result or policy, of one who takes no part in the
/// ring, or about a ring that was not disclosed.
pub fn may_answer<'a>(
    disclosure: &'a Disclosure,
    inquiry: &Inquiry,
    policy: &Policy,
) -> Result<&'a DisclosedRing, ShareError> {
    let refused = |what: String, hint| Err(ShareError::Asked { what, hint });
    if inquiry.to != disclosure.to {
        return refused(
            format!("the question is to {}, and the disclosure to {}", inquiry.to, disclosure.to),
            "answer with the disclosure that you received",
        );
    }
    let known = [&disclosure.policy_sha256, &policy.digest()];
    if known.iter().any(|digest| **digest != inquiry.policy_sha256) {
        return refused(
            "the question was asked under another policy".to_owned(),
            "agree on one policy, and ask for a disclosure under it",
        );
    }
    if inquiry.result_sha256 != disclosure.result_sha256 {
        return refused(
            "the question is about another result than the disclosure".to_owned(),
            "answer with the disclosure of the same result",
        );
    }
    let ring = disclosure.ring(&inquiry.ring_id)?;
    takes_part(ring, &inquiry.from)?;
    Ok(ring)
}

/// What `case` says of the accounts that `ring` has of `broker`: how many there are, what reports say of them, and what they
/// traded while they acted in it. `yen` is what a fill was worth.
///
/// # Errors
/// [`ShareError::Asked`] for a pseudonym that `names` does not know, or an account that `case` does not hold.
pub fn find(
    case: &Case,
    broker: &str,
    ring: &DisclosedRing,
    names: &OwnNames,
    yen: &dyn Fn(&Execution) -> Option<Money>,
) -> Result<Found, ShareError> {
    let mut accounts: BTreeMap<AccountId, (Instant, Instant)> = BTreeMap::new();
    for own in &ring.own {
        let account = names.account(&own.pseudonym).and_then(|name| case.names.find_account(broker, name));
        let account = account.ok_or_else(|| ShareError::Asked {
            what: format!("the account behind {} is not in the case", own.pseudonym),
            hint: "give the case that the bundle was prepared from, and its private folder",
        })?;
        // The minute of the last act is told, not its second.
        let minute_after = |text: &str| Instant::parse_rfc3339(text).map(|t| t.plus(MINUTE));
        let times = Instant::parse_rfc3339(&own.first_seen).zip(minute_after(&own.last_seen));
        let times = times.ok_or_else(|| ShareError::Asked {
            what: format!("the times of {} in the disclosure are none", own.pseudonym),
            hint: "have the disclosure sent again",
        })?;
        accounts.insert(account, times);
    }
    let reported = |kind: ReportKind| {
        let of = case.reports.iter().filter(|r| r.kind == kind && accounts.contains_key(&r.account));
        of.map(|r| r.account).collect::<BTreeSet<_>>().len() as u32
    };
    Ok(Found {
        accounts: accounts.len() as u32,
        reported: reported(ReportKind::Victim),
        cleared: reported(ReportKind::Cleared),
        sums: sums(case, ring, &accounts, yen),
    })
}

/// None where the worth of a fill is not known.
fn sums(
    case: &Case,
    ring: &DisclosedRing,
    accounts: &BTreeMap<AccountId, (Instant, Instant)>,
    yen: &dyn Fn(&Execution) -> Option<Money>,
) -> Option<Sums> {
    let names: BTreeSet<&str> = ring.instruments.iter().map(String::as_str).collect();
    let mut sums = (Money::default(), Money::default());
    for fill in &case.executions {
        let Some((from, to)) = accounts.get(&fill.account) else { continue };
        let of_ring = names.contains(case.names.instrument(fill.instrument));
        if *from <= fill.time && fill.time < *to && (of_ring || fill.side.is_sale()) {
            let sum = if fill.side.is_sale() { &mut sums.1 } else { &mut sums.0 };
            *sum += yen(fill)?;
        }
    }
    Some(Sums { bought_jpy: sums.0.whole(), sold_jpy: sums.1.whole() })
}

/// The answer to `inquiry`, from what was `found`. Sums over fewer accounts than the policy says are withheld.
#[must_use]
pub fn answer(inquiry: &Inquiry, found: Found, policy: &Policy) -> Answer {
    let least = policy.disclose.sum_of;
    let withheld = match found.sums {
        _ if found.accounts < least => Some(format!("fewer than {least} accounts")),
        None => Some("a price or a rate of exchange is missing".to_owned()),
        Some(_) => None,
    };
    Answer {
        format: ANSWER.to_owned(),
        version: 1,
        from: inquiry.to.clone(),
        to: inquiry.from.clone(),
        ring_id: inquiry.ring_id.clone(),
        inquiry_sha256: inquiry.digest(),
        accounts: found.accounts,
        reported: found.reported,
        cleared: found.cleared,
        sums: if withheld.is_some() { None } else { found.sums },
        withheld,
    }
}

impl Inquiry {
    /// Reads a question.
    ///
    /// # Errors
    /// [`ShareError::Foreign`] for what is none; the file system.
    pub fn read(path: &Path) -> Result<Self, ShareError> {
        let bytes = files::read(path, MOST_BYTES)?;
        let read: Result<Self, _> = serde_json::from_slice(&bytes);
        match read {
            Ok(inquiry) if inquiry.format == INQUIRY && inquiry.version == 1 => Ok(inquiry),
            _ => Err(ShareError::Foreign {
                path: path.to_owned(),
                what: "is no question of a version that is known".to_owned(),
                hint: "check that it is what `itoguchi share inquire` wrote",
            }),
        }
    }

    fn digest(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        hex::write(&sha256(&[text.as_bytes()]))
    }
}
