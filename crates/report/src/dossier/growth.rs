//! How a ring grew: on which day its members first acted in it.

use std::collections::BTreeMap;

use itoguchi_model::results::AccountName;
use serde::Serialize;

use super::sheets::MemberSheet;
use crate::{
    language::{Lang, Term},
    layout, terms,
};

/// Accounts named of one day before the rest is only counted.
const NAMED: usize = 6;

/// The members that first acted on one day.
#[derive(Debug, Serialize)]
pub(crate) struct Step {
    /// In Japan.
    pub(crate) day: String,
    pub(crate) accounts: Vec<AccountName>,
    /// Members up to that day, with those of the day.
    pub(crate) in_all: usize,
}

/// The days on which `members` first acted, oldest first.
pub(super) fn of(members: &[MemberSheet]) -> Vec<Step> {
    let mut days: BTreeMap<_, Vec<&MemberSheet>> = BTreeMap::new();
    for member in members {
        days.entry(member.first_seen.0.jst_date()).or_default().push(member);
    }
    let mut in_all = 0;
    days.into_iter()
        .map(|(day, mut members)| {
            members.sort_by_key(|m| (m.first_seen, m.account.clone()));
            in_all += members.len();
            let accounts = members.into_iter().map(|m| m.account.clone()).collect();
            Step { day: day.to_string(), accounts, in_all }
        })
        .collect()
}

impl Step {
    /// The step in one sentence, each account as `spelled`.
    pub(crate) fn sentence(&self, lang: Lang, spelled: fn(&AccountName) -> String) -> String {
        let named: Vec<String> = self.accounts.iter().take(NAMED).map(spelled).collect();
        let named = named.join(terms::COMMA.text(lang));
        let (new, in_all) = (self.accounts.len(), layout::grouped(self.in_all as u64));
        let term: Term = if new > NAMED { terms::GREW_AND_MORE } else { terms::GREW };
        term.with(lang, &[&self.day, &layout::grouped(new as u64), &in_all, &named])
    }
}
