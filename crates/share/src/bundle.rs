//! Bundles: what a broker hands to the others. A folder with `bundle.json`, the rows of logins and trades, and what the
//! broker's own full data say of each account's occasions and sales: which signals fired.
//!
//! No name, balance, price, account number or free text has a column to stand in. Rows are sorted by their content, which
//! begins with a pseudonym, so that their order tells nothing; equal keys, case, policy and time give equal bytes.
//! Further tables may be added under a new version.

mod columns;
mod pool;
mod read;
mod rows;

use std::{borrow::Cow, collections::BTreeMap, fs, path::Path};

use itoguchi_model::{Case, Instant, progress::Progress, time::DAY};
use itoguchi_signals::judged::Judged;
use serde::{Deserialize, Serialize};

use crate::{
    canonical::Kind,
    epoch::{Epoch, json},
    error::ShareError,
    exchange::Response,
    files::{self, Readers, sha256},
    hex,
    identifiers::{Identifiers, KindCounts},
    policy::Policy,
    steps::{self, Private},
};

pub use pool::{Pooled, pool};
pub(crate) use read::head as read_head;
pub use read::{Bundle, Common, FieldShown, compare, is_bundle, must_agree};

/// Marks a folder as a bundle.
pub const FORMAT: &str = "itoguchi-share-bundle";
/// The file that says what the bundle is.
pub const HEAD: &str = "bundle.json";
/// The tables of version 2. Version 1 had the first two, with fewer columns.
pub const TABLES: [&str; 4] = ["logins.parquet", "trades.parquet", "occasions.parquet", "sales.parquet"];
/// The version that is written.
pub const VERSION: u32 = 2;

/// `bundle.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// `itoguchi-share-bundle`.
    pub format: String,
    /// Of this form; [`VERSION`].
    pub version: u32,
    /// Version of the canonical forms.
    pub canonical: String,
    /// Whose it is.
    pub broker: String,
    /// Whose tokens it holds.
    pub epoch: Epoch,
    /// SHA-256 of the policy.
    pub policy_sha256: String,
    /// The policy.
    pub policy: Policy,
    /// When it was made, RFC 3339.
    pub made: String,
    /// From when on it must be gone, RFC 3339.
    pub expires: String,
    /// What it holds, and what was left out.
    pub counts: Counts,
    /// Its tables.
    pub files: Vec<TableFile>,
}

/// Numbers of what a bundle holds and of what was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Pseudonyms.
    pub accounts: u64,
    /// Identifiers by kind.
    pub identifiers: BTreeMap<Kind, KindCounts>,
    /// Fills whose instrument is no code `MIC:LOCALCODE`: left out.
    pub fills_without_code: u64,
    /// Rows of logins that failed or ended a session: left out.
    pub logins_left_out: u64,
}

/// One table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableFile {
    /// Its name.
    pub path: String,
    /// Its rows.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// Writes the bundle of `identifiers`' broker into the empty folder `out`.
///
/// What is odd about each occasion and sale is judged here, on all that the broker knows, and on no other broker's rows.
/// The table of pseudonyms is kept in `private`, where the broker alone can look an account up.
///
/// # Errors
/// Those of [`steps::tokens_of`], and of writing.
#[expect(clippy::too_many_arguments, reason = "each is another party's share of a bundle")]
pub fn prepare(
    case: &Case,
    identifiers: &Identifiers,
    policy: &Policy,
    response: &Response,
    response_path: &Path,
    private: &Private,
    out: &Path,
    now: Instant,
    progress: &dyn Progress,
) -> Result<Head, ShareError> {
    let tokens = steps::tokens_of(identifiers, policy, response, response_path, private, now, progress)?;
    progress.begin("bundling", 0);
    let epoch = &response.header.epoch;
    let pseudonyms = rows::Pseudonyms::of(case, identifiers.broker(), &epoch.id, &private.pseudonym_key()?);
    let case = &*of_broker(case, identifiers.broker());
    let judged = &Judged::of(case);
    let places = rows::Places::of(case, judged);
    let (logins, logins_left_out) = rows::logins(case, identifiers, &tokens, &pseudonyms, &places);
    let (trades, fills_without_code) = rows::trades(case, &judged.known, policy, &pseudonyms, &places);
    let occasions = rows::occasions(judged, &pseudonyms, &places);
    let sales = rows::sales(case, judged, &pseudonyms);
    let files = vec![
        keep(out, TABLES[0], &columns::logins(&logins), logins.len())?,
        keep(out, TABLES[1], &columns::trades(&trades), trades.len())?,
        keep(out, TABLES[2], &columns::occasions(&occasions), occasions.len())?,
        keep(out, TABLES[3], &columns::sales(&sales), sales.len())?,
    ];
    let head = Head {
        format: FORMAT.to_owned(),
        version: VERSION,
        canonical: crate::canonical::VERSION.to_owned(),
        broker: identifiers.broker().to_owned(),
        epoch: epoch.clone(),
        policy_sha256: policy.digest(),
        policy: policy.clone(),
        made: now.to_string(),
        expires: now.plus(i64::from(policy.bundle.keep_days) * DAY).to_string(),
        counts: Counts {
            accounts: pseudonyms.len() as u64,
            identifiers: identifiers.counts(),
            fills_without_code,
            logins_left_out,
        },
        files,
    };
    pseudonyms.keep(&private.file(&format!("pseudonyms-{}-{}.csv", identifiers.broker(), epoch.id)))?;
    files::write(&out.join(HEAD), json(&head).as_bytes(), Readers::Anybody)?;
    progress.end((logins.len() + trades.len() + occasions.len() + sales.len()) as u64);
    Ok(head)
}

/// The rows of one broker, under the names of all.
fn of_broker<'a>(case: &'a Case, broker: &str) -> Cow<'a, Case> {
    if case.names.brokers.len() == 1 {
        return Cow::Borrowed(case);
    }
    let mine = |account| case.names.broker(account) == broker;
    let mut own = case.clone();
    own.logins.retain(|row| mine(row.account));
    own.executions.retain(|row| mine(row.account));
    own.holdings.retain(|row| mine(row.account));
    own.accounts.retain(|row| mine(row.account));
    Cow::Owned(own)
}

fn keep(
    out: &Path,
    name: &str,
    table: &Result<Vec<u8>, String>,
    rows: usize,
) -> Result<TableFile, ShareError> {
    let path = out.join(name);
    let bytes = table.as_ref().map_err(|what| ShareError::Asked {
        what: format!("{}: {what}", path.display()),
        hint: "this is a fault of itoguchi; please report it",
    })?;
    fs::write(&path, bytes).map_err(ShareError::io(&path))?;
    Ok(TableFile {
        path: name.to_owned(),
        rows: rows as u64,
        bytes: bytes.len() as u64,
        sha256: hex::write(&sha256(&[bytes])),
    })
}
