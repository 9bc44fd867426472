//! The parts that an explanation and a report share.

use super::page::Page;
use crate::{
    dossier::{
        Burst, Episode,
        sheets::{EvidenceSheet, InfrastructureSheet, InstrumentSheet, MemberSheet, RingSheet, Waterfall},
    },
    escape, layout, target, words,
};

/// Columns of the bits in a waterfall.
const BITS: usize = 10;

/// The card of a ring: likelihood, window, brokers, families, members by role.
pub(super) fn summary(page: &mut Page, ring: &RingSheet) {
    page.heading(&format!("RING {}", escape::id(&ring.ring_id)));
    let inferred = format!(
        "{} ({}) that these accounts were used together; {} bits net of the prior",
        ring.likelihood_words,
        words::probability(ring.likelihood),
        layout::exact(ring.score_bits.0)
    );
    page.line("  inferred: ", &inferred);
    let holding = ring.families.iter().filter(|f| f.holds).count();
    let quality = format!(
        "{holding} {} of evidence, {} of them independent",
        if holding == 1 { "family" } else { "families" },
        ring.independent_families
    );
    page.line("  quality:  ", &quality);
    page.line("  seen:     ", &layout::period(ring.window.start.0, ring.window.end.0));
    page.line("  brokers:  ", &brokers(&ring.brokers, ring.other_brokers));
    let members = format!(
        "{}, {}, {} linked",
        layout::counted(u64::from(ring.victims), "victim"),
        layout::counted(u64::from(ring.sellers), "suspected seller account"),
        layout::grouped(u64::from(ring.linked))
    );
    page.line("  members:  ", &members);
}

fn brokers(seen: &[String], others: usize) -> String {
    let mut parts: Vec<String> = seen.iter().map(|b| escape::id(b)).collect();
    if others > 0 {
        parts.push(layout::counted(others as u64, "other broker"));
    }
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

/// One line per member, and a count of those the reader may not see.
pub(super) fn members(page: &mut Page, ring: &RingSheet) {
    page.heading("MEMBERS (inferred)");
    for m in &ring.members {
        let text = format!(
            "{}: {}; {} ({}), {} bits; {}",
            target::account(&m.account),
            m.role_words,
            m.confidence_words,
            words::probability(m.confidence),
            layout::exact(m.waterfall.recorded_bits.0),
            layout::period(m.first_seen.0, m.last_seen.0)
        );
        page.hanging("  ", "      ", &text);
    }
    if let Some(others) = ring.not_shown {
        let text = format!(
            "at other brokers: {}, {}, {} linked (accounts not shown)",
            layout::counted(u64::from(others.victims), "victim"),
            layout::counted(u64::from(others.sellers), "suspected seller account"),
            layout::grouped(u64::from(others.linked))
        );
        page.hanging("  ", "      ", &text);
    }
}

/// The amounts with their formulas.
pub(super) fn amounts(page: &mut Page, ring: &RingSheet) {
    page.heading("AMOUNTS");
    for a in &ring.amounts {
        page.hanging("  ", "      ", &format!("{}: {} = {}", a.name, layout::yen(a.jpy), a.formula));
    }
    if ring.not_shown.is_some() {
        page.hanging("  ", "      ", "ring-wide amounts rest on accounts at other brokers and are left out");
    }
}

/// The names with their prices before, at the peak and after.
pub(super) fn instruments(page: &mut Page, ring: &RingSheet) {
    page.heading("NAMES");
    if ring.instruments.is_empty() {
        page.line("  ", "none");
    }
    for i in &ring.instruments {
        page.hanging("  ", "      ", &instrument(i));
    }
}

fn instrument(i: &InstrumentSheet) -> String {
    let mut parts = vec![format!(
        "price before {}, peak {}, after {}",
        layout::number(i.price_before, 2),
        layout::number(i.price_peak, 2),
        layout::number(i.price_after, 2)
    )];
    if let Some(bought) = i.bought {
        parts.push(format!("victims bought {}", layout::period(bought.start.0, bought.end.0)));
    }
    if let (Some(bought), Some(sold)) = (i.victim_buy_qty, i.seller_sell_qty) {
        let (bought, sold) = (layout::number(Some(bought), 2), layout::number(Some(sold), 2));
        parts.push(format!("shares bought by victims {bought}, sold by suspected sellers {sold}"));
    }
    parts.push(format!("market volume {}", layout::number(i.market_qty, 2)));
    if let (Some(before), Some(peak)) = (i.price_before, i.price_peak)
        && before > 0.0
    {
        parts.insert(1, format!("rise {} %", layout::number(Some((peak / before - 1.0) * 100.0), 1)));
    }
    format!("{}: {}", escape::id(&i.instrument), parts.join("; "))
}

/// Devices and addresses.
pub(super) fn infrastructure(page: &mut Page, ring: &RingSheet) {
    page.heading("DEVICES AND ADDRESSES");
    if ring.infrastructure.is_empty() {
        page.line("  ", "none shared");
    }
    for i in &ring.infrastructure {
        page.hanging("  ", "      ", &device(i));
    }
}

fn device(i: &InfrastructureSheet) -> String {
    let mut text = format!(
        "{}: {}; used by {} in all the data; worth {} bits to a pair; {}",
        escape::id(&i.value),
        i.role_words,
        layout::counted(u64::from(i.accounts), "account"),
        layout::exact(i.bits.0),
        brokers(&i.brokers, i.other_brokers)
    );
    if let Some(used) = i.used {
        text.push_str("; ");
        text.push_str(&layout::period(used.start.0, used.end.0));
    }
    text
}

/// The families that hold the ring, its weakest point and the innocent explanations.
pub(super) fn foundations(page: &mut Page, ring: &RingSheet) {
    page.heading("HOW IT HOLDS TOGETHER");
    for f in &ring.families {
        let pieces = if f.pieces == 1 { "1 piece".to_owned() } else { format!("{} pieces", f.pieces) };
        let aside = if f.holds { "" } else { " (not counted among those that hold it)" };
        let text = format!("{}: {pieces}, {} bits{aside}", f.family.name(), layout::exact(f.bits.0));
        page.hanging("  ", "      ", &text);
    }
    if ring.not_shown.is_some() {
        page.hanging("  ", "      ", "pieces and bits are of the evidence shown here alone");
    }
    let held = format!(
        "{} independent (co_trading, opposite and market rest on the same fills and count once)",
        ring.independent_families
    );
    page.hanging("  ", "      ", &held);
    page.heading("WEAKEST POINT (inferred)");
    page.free("  ", if ring.weakest_point.is_empty() { "not stated" } else { &ring.weakest_point });
    page.heading("INNOCENT EXPLANATIONS CONSIDERED");
    if ring.innocent_explanations.is_empty() {
        page.line("  ", "none stated");
    }
    for explanation in &ring.innocent_explanations {
        page.free("  - ", explanation);
    }
}

/// Evidence of the ring as a whole and of pairs, `most` pieces at most.
pub(super) fn shared_evidence(page: &mut Page, ring: &RingSheet, most: usize) {
    page.heading("EVIDENCE OF THE RING AS A WHOLE");
    if ring.evidence.is_empty() {
        page.line("  ", "none beside that of its members");
    }
    for e in ring.evidence.iter().take(most) {
        evidence(page, e, true);
    }
    if ring.evidence.len() > most {
        let left = layout::counted((ring.evidence.len() - most) as u64, "more piece");
        page.line("  ", &format!("and {left} in the table evidence"));
    }
}

/// One piece of evidence: bits, kind, dates; what was seen; where it stands.
pub(super) fn evidence(page: &mut Page, e: &EvidenceSheet, with_subject: bool) {
    let lead = format!("{:>BITS$}  ", layout::exact(e.bits.0));
    let rest = " ".repeat(BITS + 2);
    let (start, end) = e.bounds();
    page.line(&lead, &format!("{}, {}", e.kind.name(), layout::period(start, end)));
    if with_subject {
        page.line(&rest, &format!("of {}", escape::visible(&e.subject, 140)));
    }
    page.free(&rest, &e.statement);
    if !e.object.is_empty() {
        page.line(&rest, &format!("on {}", escape::visible(&e.object, 140)));
    }
    for source in &e.sources {
        let file = escape::visible(&source.file, 300);
        page.hanging(&rest, &format!("{rest}  "), &format!("{file} {}", layout::rows(&source.rows)));
    }
    if e.sources.is_empty() {
        page.line(&rest, "rests on no single row");
    }
    page.line(&rest, &format!("id {}", escape::id(&e.evidence_id)));
}

/// Prior, evidence, total, and whether they add up.
pub(super) fn waterfall(page: &mut Page, w: &Waterfall, accounts: u32) {
    let prior = format!("prior: one of {}", layout::counted(u64::from(accounts), "account"));
    page.line(&format!("{:>BITS$}  ", layout::exact(w.prior_bits.0)), &prior);
    for e in &w.evidence {
        evidence(page, e, false);
    }
    page.line(&" ".repeat(2), &"-".repeat(BITS - 2));
    let total = if w.adds_up {
        "total, equal to the bits recorded for it".to_owned()
    } else {
        format!(
            "total of what is listed; {} recorded, so {} bits are not itemised",
            layout::exact(w.recorded_bits.0),
            layout::exact(w.missing())
        )
    };
    page.line(&format!("{:>BITS$}  ", layout::exact(w.sum_bits.0)), &total);
}

/// A member's heading inside a ring's report, then its waterfall.
pub(super) fn member(page: &mut Page, m: &MemberSheet, accounts: u32) {
    page.heading(&format!("WHY {} IS NAMED", target::account(&m.account)));
    waterfall(page, &m.waterfall, accounts);
}

/// An episode in one paragraph.
pub(super) fn episode(page: &mut Page, e: &Episode, with_account: bool) {
    let who = if with_account { format!("{}, ", target::account(&e.account)) } else { String::new() };
    let listed = |values: &[String]| {
        let shown: Vec<String> = values.iter().take(12).map(|v| escape::id(v)).collect();
        let more = values.len().saturating_sub(12);
        match (shown.is_empty(), more) {
            (true, _) => "none".to_owned(),
            (false, 0) => shown.join(", "),
            _ => format!("{} and {more} more", shown.join(", ")),
        }
    };
    let text = format!(
        "{who}{}: {} bits; signals {}; sold {}, bought {}; names bought {}",
        layout::period(e.period.start.0, e.period.end.0),
        layout::exact(e.bits.0),
        listed(&e.signals),
        layout::yen(e.sold_jpy),
        layout::yen(e.bought_jpy),
        listed(&e.instruments)
    );
    page.hanging("  ", "      ", &text);
}

/// A burst in one paragraph.
pub(super) fn burst(page: &mut Page, b: &Burst) {
    let mut text = format!(
        "{} {}, {}: {} where {} were expected, q {}; {}",
        escape::id(&b.instrument),
        b.side,
        layout::period(b.period.start.0, b.period.end.0),
        layout::counted(u64::from(b.accounts), "account"),
        layout::number(Some(b.expected), 1),
        small(b.q_value),
        brokers(&b.brokers, b.other_brokers)
    );
    if let Some(impact) = b.price_impact {
        text.push_str(&format!("; high {} % over the close before", layout::number(Some(impact * 100.0), 1)));
    }
    if let Some(ratio) = b.volume_ratio {
        text.push_str(&format!("; volume {} times the mean before", layout::number(Some(ratio), 1)));
    }
    page.hanging("  ", "      ", &text);
}

/// A false discovery rate: three decimals, or its power of ten.
pub(super) fn small(q: f64) -> String {
    if q != 0.0 && q.abs() < 0.001 { format!("{q:.1e}") } else { format!("{q:.3}") }
}
