//! Which identifiers of one broker's case become tokens, and which do not.

use std::collections::BTreeMap;

use itoguchi_model::{
    AccountId, DeviceId, IpId, TextId,
    tables::{Case, Login, LoginEvent},
};
use serde::{Deserialize, Serialize};

use crate::{
    canonical::{self, Kind, Unfit},
    epoch::is_broker,
    error::ShareError,
    policy::Policy,
};

/// What became of the identifiers of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindCounts {
    /// Distinct values that have a canonical form.
    pub distinct: u64,
    /// Of those, used by more customers than the policy says: no token.
    pub hubs: u64,
    /// Of those, that become tokens.
    pub tokens: u64,
    /// Distinct values without a canonical form: no token.
    pub unfit: u64,
}

/// The identifiers of one kind.
#[derive(Debug, Default)]
struct OfKind {
    /// For each id of the case: which canonical form, if it becomes a token.
    place: Vec<Option<u32>>,
    /// Canonical forms, sorted; only those that become tokens.
    forms: Vec<String>,
    counts: KindCounts,
}

/// The identifiers of one broker.
#[derive(Debug)]
pub struct Identifiers {
    broker: String,
    kinds: BTreeMap<Kind, OfKind>,
}

/// Whether a row of `logins` leaves: a success, and more than the end of a session. Failures would name customers whose
/// accounts were merely tried.
pub(crate) fn leaves(login: &Login) -> bool {
    login.success && login.event != LoginEvent::Logout
}

/// The broker whose rows are shared: the one that was named, or the only one there is.
///
/// # Errors
/// When the case holds none or several and none was named, or its code cannot be shared.
pub fn broker_of(case: &Case, named: Option<&str>) -> Result<String, ShareError> {
    let asked = |what: String, hint| Err(ShareError::Asked { what, hint });
    let code = match (named, case.names.brokers.as_slice()) {
        (Some(name), all) if all.iter().any(|b| b == name) => name,
        (Some(_), _) => {
            return asked("the case has no such broker".to_owned(), "`itoguchi inspect` lists them");
        }
        (None, [only]) => only,
        (None, all) => {
            return asked(format!("the case holds rows of {} brokers", all.len()), "say --broker CODE");
        }
    };
    if !is_broker(code) {
        let what = "the broker's code is not 1 to 32 letters, digits, hyphens and underscores".to_owned();
        return asked(what, "give the broker such a code in the case");
    }
    Ok(code.to_owned())
}

impl Identifiers {
    /// Collects the identifiers of `broker` in `case`, in the kinds of `policy`.
    ///
    /// Depends on the set of rows alone.
    #[must_use]
    pub fn of(case: &Case, broker: &str, policy: &Policy) -> Self {
        let rows: Vec<&Login> =
            case.logins.iter().filter(|l| leaves(l) && case.names.broker(l.account) == broker).collect();
        let mut kinds = BTreeMap::new();
        for &kind in &policy.kinds {
            let uses = rows.iter().filter_map(|l| id(l, kind).map(|id| (id, l.account)));
            kinds.insert(kind, OfKind::collect(case, kind, uses.collect(), policy.hub(kind)));
        }
        Self { broker: broker.to_owned(), kinds }
    }

    /// Whose they are.
    #[must_use]
    pub fn broker(&self) -> &str {
        &self.broker
    }

    /// What becomes tokens: by kind, then canonical form.
    pub fn shared(&self) -> impl Iterator<Item = (Kind, &str)> {
        self.kinds.iter().flat_map(|(kind, of)| of.forms.iter().map(move |form| (*kind, form.as_str())))
    }

    /// What became of each kind.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<Kind, KindCounts> {
        self.kinds.iter().map(|(kind, of)| (*kind, of.counts)).collect()
    }

    /// The place in [`Identifiers::shared`] of the identifier of `kind` in this row, if it becomes a token.
    pub(crate) fn place(&self, login: &Login, kind: Kind) -> Option<usize> {
        let before: usize = self.kinds.range(..kind).map(|(_, of)| of.forms.len()).sum();
        let place = (*self.kinds.get(&kind)?.place.get(id(login, kind)?)?)?;
        Some(before + place as usize)
    }
}

/// The case's id of what `kind` looks at.
fn id(login: &Login, kind: Kind) -> Option<usize> {
    match kind {
        Kind::Ip | Kind::Network => login.ip.get().map(IpId::index),
        Kind::Device => login.device.get().map(DeviceId::index),
        Kind::UserAgent => login.user_agent.get().map(TextId::index),
    }
}

fn form(case: &Case, kind: Kind, id: usize) -> Result<String, Unfit> {
    match kind {
        Kind::Ip | Kind::Network => {
            let address = case.names.ips[id].address().ok_or(Unfit::NoAddress)?;
            if kind == Kind::Ip { canonical::address(address) } else { canonical::network_of(address) }
        }
        Kind::Device => canonical::device(&case.names.devices[id]),
        Kind::UserAgent => canonical::user_agent(&case.names.texts[id]),
    }
}

impl OfKind {
    fn collect(case: &Case, kind: Kind, mut uses: Vec<(usize, AccountId)>, most: u32) -> Self {
        uses.sort_unstable();
        uses.dedup();
        let mut this = Self::default();
        let mut by_form: BTreeMap<String, (Vec<usize>, Vec<AccountId>)> = BTreeMap::new();
        for of_one in uses.chunk_by(|a, b| a.0 == b.0) {
            let Ok(form) = form(case, kind, of_one[0].0) else {
                this.counts.unfit += 1;
                continue;
            };
            let (ids, accounts) = by_form.entry(form).or_default();
            ids.push(of_one[0].0);
            accounts.extend(of_one.iter().map(|(_, account)| *account));
        }
        this.counts.distinct = by_form.len() as u64;
        this.place = vec![None; uses.last().map_or(0, |(id, _)| id + 1)];
        for (form, (ids, mut accounts)) in by_form {
            accounts.sort_unstable();
            accounts.dedup();
            if accounts.len() > most as usize {
                this.counts.hubs += 1;
                continue;
            }
            for id in ids {
                this.place[id] = u32::try_from(this.forms.len()).ok();
            }
            this.forms.push(form);
        }
        this.counts.tokens = this.forms.len() as u64;
        this
    }
}
