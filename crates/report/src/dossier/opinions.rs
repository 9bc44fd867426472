//! What analysts decided of a ring's members: opinions, kept apart from everything that is computed.

use itoguchi_model::{
    results::{AccountName, RingRow},
    tables::ReportKind,
};
use serde::Serialize;

use super::View;
use crate::{escape, language::Lang, target, terms};

/// One decision on a member.
#[derive(Debug, Serialize)]
pub(crate) struct Opinion {
    pub(crate) account: AccountName,
    pub(crate) verdict: &'static str,
    pub(crate) by: String,
    /// RFC 3339 in UTC.
    pub(crate) time: String,
    pub(crate) why: String,
}

impl Opinion {
    /// Who decided what, when and why, in one sentence, made harmless.
    pub(crate) fn sentence(&self, lang: Lang) -> String {
        self.spelled(lang, &target::account(&self.account), escape::sentence)
    }

    /// The same as it stands in the log, for a form that makes it harmless in its own way.
    pub(crate) fn raw(&self, lang: Lang) -> String {
        self.spelled(lang, &self.account.to_string(), str::to_owned)
    }

    fn spelled(&self, lang: Lang, account: &str, text: fn(&str) -> String) -> String {
        let (by, time, why) = (text(&self.by), text(&self.time), text(&self.why));
        terms::OPINION_SAYS.with(lang, &[&account, &self.verdict, &by, &time, &why])
    }
}

/// The last decision on each member of `ring` that this reader may see, by account.
pub(crate) fn of_ring(view: &View<'_>, ring: &RingRow) -> Vec<Opinion> {
    let mut members: Vec<&AccountName> = view.members(&ring.ring_id).iter().map(|m| &m.account).collect();
    members.sort();
    members.dedup();
    let seen = members.into_iter().filter(|a| view.disclosure.shows(a));
    seen.filter_map(|account| view.decided.and_then(|d| d.get(account)))
        .map(|decision| {
            let verdict = match decision.kind {
                ReportKind::Victim => terms::DECIDED_VICTIM,
                ReportKind::Suspect => terms::DECIDED_SUSPECT,
                ReportKind::Cleared => terms::DECIDED_CLEARED,
            };
            Opinion {
                account: decision.account.clone(),
                verdict: verdict.text(view.lang),
                by: view.disclosure.text(&decision.by),
                time: decision.time.clone(),
                why: view.disclosure.text(&decision.why),
            }
        })
        .collect()
}
