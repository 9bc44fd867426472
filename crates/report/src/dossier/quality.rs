//! How good the evidence of a ring is, apart from how likely the ring is.
//!
//! A ring can be likely on thin evidence and doubtful on rich evidence: the two are told apart, and each with what it
//! rests on.

use std::collections::BTreeSet;

use itoguchi_model::{Family, Millibits, Precision, results::RingRow};
use serde::Serialize;

use super::{View, sheets::MemberSheet};
use crate::terms;

/// Three steps; what decides between them is listed with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    Limited,
    Moderate,
    Strong,
}

/// The quality of a ring's evidence and why.
#[derive(Debug, Serialize)]
pub(crate) struct Quality {
    pub(crate) level: Level,
    pub(crate) words: &'static str,
    pub(crate) reasons: Vec<String>,
}

/// Judges `ring` by the evidence of the members shown.
///
/// Strong: three independent families, four members in five that rest on two families of their own, and no time known by
/// day only. Limited: fewer than half of the members rest on two families, or some times are known by day only.
/// Moderate: all else.
pub(crate) fn of_ring(view: &View<'_>, ring: &RingRow, members: &[MemberSheet]) -> Quality {
    let independent = Family::independent_count(&ring.families);
    let twice = members.iter().filter(|m| independent_of(m) >= 2).count();
    let acts = || view.acts(&ring.ring_id).iter().filter(|a| view.disclosure.shows(&a.account));
    let by_day = acts().filter(|a| a.precision == Precision::Day).count();
    let unported =
        acts().filter(|a| a.access.as_ref().is_some_and(|x| x.ip.is_some() && x.src_port.is_none()));
    let unported = unported.count();
    let level = if twice * 2 < members.len() || by_day > 0 {
        Level::Limited
    } else if independent >= 3 && twice * 5 >= members.len() * 4 {
        Level::Strong
    } else {
        Level::Moderate
    };
    let lang = view.lang;
    let mut reasons = vec![
        terms::QUALITY_FAMILIES.with(lang, &[&independent]),
        terms::QUALITY_MEMBERS.with(lang, &[&twice, &members.len()]),
        if by_day == 0 {
            terms::QUALITY_TIMES.text(lang).to_owned()
        } else {
            terms::QUALITY_BY_DAY.with(lang, &[&by_day])
        },
    ];
    if unported > 0 {
        reasons.push(terms::QUALITY_NO_PORT.with(lang, &[&unported]));
    }
    let words = match level {
        Level::Limited => terms::LIMITED,
        Level::Moderate => terms::MODERATE,
        Level::Strong => terms::STRONG,
    };
    Quality { level, words: words.text(lang), reasons }
}

/// Independent families with evidence that counts for one member.
fn independent_of(member: &MemberSheet) -> usize {
    let counted = member.waterfall.evidence.iter().filter(|e| e.bits.0 > Millibits::ZERO);
    let families: BTreeSet<Family> = counted.map(|e| e.family).collect();
    Family::independent_count(&families.into_iter().collect::<Vec<_>>())
}
