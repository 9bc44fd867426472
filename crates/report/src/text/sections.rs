//! The parts that an explanation and a report share.

use super::{page::Page, terms};
use crate::{
    Lang,
    dossier::{
        Burst, Episode,
        sheets::{EvidenceSheet, InfrastructureSheet, InstrumentSheet, MemberSheet, RingSheet, Waterfall},
    },
    escape, layout, target,
    terms::COMMA,
    words,
};

/// Columns of the bits in a waterfall.
const BITS: usize = 10;
/// Values of a list that are named before the rest is only counted.
const LISTED: usize = 12;
/// Columns of a signal's words.
const SIGNAL: usize = 80;

/// The card of a ring: likelihood, window, brokers, families, members by role.
pub(super) fn summary(page: &mut Page, ring: &RingSheet) {
    let lang = page.lang();
    page.heading(&terms::RING.with(lang, &[&escape::id(&ring.ring_id)]));
    let (probability, score) = (words::probability(ring.likelihood), layout::exact(ring.score_bits.0));
    let inferred = terms::LIKELIHOOD.with(lang, &[&ring.likelihood_words, &probability, &score]);
    page.labelled(terms::INFERRED, &inferred);
    page.labelled(terms::QUALITY, &families(ring, lang));
    page.labelled(terms::SEEN, &layout::period(ring.window.start.0, ring.window.end.0));
    page.labelled(terms::BROKERS, &brokers(&ring.brokers, ring.other_brokers, lang));
    page.labelled(terms::MEMBERS_LABEL, &by_role([ring.victims, ring.sellers, ring.linked], lang));
}

/// How many families hold the ring, and how many of them are independent.
fn families(ring: &RingSheet, lang: Lang) -> String {
    let holding = ring.families.iter().filter(|f| f.holds).count() as u64;
    let text = terms::FAMILIES.count(lang, holding);
    text.replace("{1}", &ring.independent_families.to_string())
}

fn by_role([victims, sellers, linked]: [u32; 3], lang: Lang) -> String {
    let parts = [
        terms::VICTIMS.count(lang, u64::from(victims)),
        terms::SELLERS.count(lang, u64::from(sellers)),
        terms::LINKED.count(lang, u64::from(linked)),
    ];
    parts.join(COMMA.text(lang))
}

fn brokers(seen: &[String], others: usize, lang: Lang) -> String {
    let mut parts: Vec<String> = seen.iter().map(|b| escape::id(b)).collect();
    if others > 0 {
        parts.push(terms::OTHER_BROKERS.count(lang, others as u64));
    }
    if parts.is_empty() { terms::NONE.text(lang).to_owned() } else { parts.join(COMMA.text(lang)) }
}

/// One line per member, and a count of those the reader may not see.
pub(super) fn members(page: &mut Page, ring: &RingSheet) {
    let lang = page.lang();
    page.head(terms::MEMBERS_HEADING);
    for m in &ring.members {
        let (name, probability) = (target::account(&m.account), words::probability(m.confidence));
        let bits = layout::exact(m.waterfall.recorded_bits.0);
        let seen = layout::period(m.first_seen.0, m.last_seen.0);
        let text = terms::MEMBER
            .with(lang, &[&name, &m.role_words, &m.confidence_words, &probability, &bits, &seen]);
        page.item(&text);
    }
    if let Some(others) = ring.not_shown {
        let roles = by_role([others.victims, others.sellers, others.linked], lang);
        page.item(&terms::AT_OTHER_BROKERS.with(lang, &[&roles]));
    }
}

/// The amounts with their formulas.
pub(super) fn amounts(page: &mut Page, ring: &RingSheet) {
    let lang = page.lang();
    page.head(terms::AMOUNTS);
    for a in &ring.amounts {
        page.item(&terms::AMOUNT.with(lang, &[&a.name, &layout::yen(a.jpy, lang), &a.formula]));
    }
    if ring.not_shown.is_some() {
        page.item(terms::AMOUNTS_LEFT_OUT.text(lang));
    }
}

/// The names with their prices before, at the peak and after.
pub(super) fn instruments(page: &mut Page, ring: &RingSheet) {
    page.head(terms::NAMES);
    if ring.instruments.is_empty() {
        page.say(terms::NONE);
    }
    for i in &ring.instruments {
        page.item(&instrument(i, page.lang()));
    }
}

fn instrument(i: &InstrumentSheet, lang: Lang) -> String {
    let prices = [i.price_before, i.price_peak, i.price_after].map(|p| layout::number(p, 2, lang));
    let mut parts = vec![terms::PRICES.with(lang, &[&prices[0], &prices[1], &prices[2]])];
    if let (Some(before), Some(peak)) = (i.price_before, i.price_peak)
        && before > 0.0
    {
        let rise = layout::number(Some((peak / before - 1.0) * 100.0), 1, lang);
        parts.push(terms::RISE.with(lang, &[&rise]));
    }
    if let Some(bought) = i.bought {
        parts.push(terms::VICTIMS_BOUGHT.with(lang, &[&layout::period(bought.start.0, bought.end.0)]));
    }
    if let (Some(bought), Some(sold)) = (i.victim_buy_qty, i.seller_sell_qty) {
        let [bought, sold] = [bought, sold].map(|q| layout::number(Some(q), 2, lang));
        parts.push(terms::SHARES.with(lang, &[&bought, &sold]));
    }
    parts.push(terms::MARKET_VOLUME.with(lang, &[&layout::number(i.market_qty, 2, lang)]));
    format!("{}: {}", escape::id(&i.instrument), parts.join(terms::SEMICOLON.text(lang)))
}

/// Devices and addresses.
pub(super) fn infrastructure(page: &mut Page, ring: &RingSheet) {
    page.head(terms::DEVICES);
    if ring.infrastructure.is_empty() {
        page.say(terms::NONE_SHARED);
    }
    for i in &ring.infrastructure {
        page.item(&device(i, page.lang()));
    }
}

fn device(i: &InfrastructureSheet, lang: Lang) -> String {
    let accounts = terms::ACCOUNTS.count(lang, u64::from(i.accounts));
    let (value, bits) = (escape::id(&i.value), layout::exact(i.bits.0));
    let brokers = brokers(&i.brokers, i.other_brokers, lang);
    let text = terms::DEVICE.with(lang, &[&value, &i.role_words, &accounts, &bits, &brokers]);
    match i.used {
        Some(used) => [text, layout::period(used.start.0, used.end.0)].join(terms::SEMICOLON.text(lang)),
        None => text,
    }
}

/// The families that hold the ring, its weakest point and the innocent explanations.
pub(super) fn foundations(page: &mut Page, ring: &RingSheet) {
    let lang = page.lang();
    page.head(terms::FOUNDATIONS);
    for f in &ring.families {
        let (name, bits) = (words::named_family(f.family, lang), layout::exact(f.bits.0));
        let pieces = terms::PIECES.count(lang, f.pieces as u64);
        let text = terms::FAMILY.with(lang, &[&name, &pieces, &bits]);
        page.item(&if f.holds { text } else { terms::ASIDE.with(lang, &[&text]) });
    }
    if ring.not_shown.is_some() {
        page.item(terms::SHOWN_ALONE.text(lang));
    }
    page.item(&terms::INDEPENDENT.with(lang, &[&ring.independent_families]));
    page.head(terms::GREW_HEAD);
    for step in &ring.growth {
        page.item(&step.sentence(lang, target::account));
    }
    page.head(terms::WEAKEST);
    if ring.weakest_point.is_empty() {
        page.say(terms::NOT_STATED);
    } else {
        page.free("  ", &ring.weakest_point);
    }
    page.head(terms::INNOCENT);
    if ring.innocent_explanations.is_empty() {
        page.say(terms::NONE_STATED);
    }
    for explanation in &ring.innocent_explanations {
        page.free("  - ", explanation);
    }
    if !ring.opinions.is_empty() {
        page.head(crate::terms::OPINIONS);
    }
    for opinion in &ring.opinions {
        page.item(&opinion.sentence(page.lang()));
    }
}

/// Evidence of the ring as a whole and of pairs, `most` pieces at most.
pub(super) fn shared_evidence(page: &mut Page, ring: &RingSheet, most: usize) {
    page.head(terms::RING_EVIDENCE);
    if ring.evidence.is_empty() {
        page.say(terms::NONE_BESIDE_MEMBERS);
    }
    for e in ring.evidence.iter().take(most) {
        evidence(page, e, true);
    }
    if ring.evidence.len() > most {
        let left = terms::MORE_PIECES.count(page.lang(), (ring.evidence.len() - most) as u64);
        page.line("  ", &left);
    }
}

/// One piece of evidence: bits, kind, dates; what was seen; where it stands.
pub(super) fn evidence(page: &mut Page, e: &EvidenceSheet, with_subject: bool) {
    let lang = page.lang();
    let lead = format!("{:>BITS$}  ", layout::exact(e.bits.0));
    let rest = " ".repeat(BITS + 2);
    let (start, end) = e.bounds();
    let kind = words::named_kind(e.kind, lang);
    page.line(&lead, &[kind, layout::period(start, end)].join(COMMA.text(lang)));
    if with_subject {
        page.line(&rest, &terms::OF.with(lang, &[&escape::visible(&e.subject, 140)]));
    }
    page.free(&rest, &words::spelled_out(&e.statement, lang));
    if !e.object.is_empty() {
        page.line(&rest, &terms::ON.with(lang, &[&escape::visible(&e.object, 140)]));
    }
    for source in &e.sources {
        let file = escape::visible(&source.file, 300);
        page.hanging(&rest, &format!("{rest}  "), &format!("{file} {}", layout::rows(&source.rows, lang)));
    }
    if e.sources.is_empty() {
        page.line(&rest, terms::NO_ROW.text(lang));
    }
    page.line(&rest, &terms::ID.with(lang, &[&escape::id(&e.evidence_id)]));
}

/// Prior, evidence, total, and whether they add up.
pub(super) fn waterfall(page: &mut Page, w: &Waterfall, accounts: u32) {
    let lang = page.lang();
    let prior = terms::PRIOR.with(lang, &[&terms::ACCOUNTS.count(lang, u64::from(accounts))]);
    page.line(&format!("{:>BITS$}  ", layout::exact(w.prior_bits.0)), &prior);
    for e in &w.evidence {
        evidence(page, e, false);
    }
    page.line(&" ".repeat(2), &"-".repeat(BITS - 2));
    let total = if w.adds_up {
        terms::TOTAL.text(lang).to_owned()
    } else {
        terms::TOTAL_DIFFERS.with(lang, &[&layout::exact(w.recorded_bits.0), &layout::exact(w.missing())])
    };
    page.line(&format!("{:>BITS$}  ", layout::exact(w.sum_bits.0)), &total);
}

/// A member's heading inside a ring's report, then its waterfall.
pub(super) fn member(page: &mut Page, m: &MemberSheet, accounts: u32) {
    let heading = terms::WHY.with(page.lang(), &[&target::account(&m.account)]);
    page.heading(&heading);
    waterfall(page, &m.waterfall, accounts);
}

/// An episode in one paragraph.
pub(super) fn episode(page: &mut Page, e: &Episode, with_account: bool) {
    let lang = page.lang();
    let mut when = layout::period(e.period.start.0, e.period.end.0);
    if with_account {
        when = [target::account(&e.account), when].join(COMMA.text(lang));
    }
    let signals = listed(e.signals.iter().map(|s| escape::visible(&words::signal(s, lang), SIGNAL)), lang);
    let names = listed(e.instruments.iter().map(|i| escape::id(i)), lang);
    let [sold, bought] = [e.sold_jpy, e.bought_jpy].map(|jpy| layout::yen(jpy, lang));
    let bits = layout::exact(e.bits.0);
    page.item(&terms::EPISODE.with(lang, &[&when, &bits, &signals, &sold, &bought, &names]));
}

fn listed(values: impl ExactSizeIterator<Item = String>, lang: Lang) -> String {
    let more = values.len().saturating_sub(LISTED);
    let shown: Vec<String> = values.take(LISTED).collect();
    let text = shown.join(COMMA.text(lang));
    match (shown.is_empty(), more) {
        (true, _) => terms::NONE.text(lang).to_owned(),
        (false, 0) => text,
        _ => terms::MORE.with(lang, &[&text, &more]),
    }
}

/// A burst in one paragraph.
pub(super) fn burst(page: &mut Page, b: &Burst) {
    let lang = page.lang();
    let side = match b.side {
        "buy" => terms::BUY.text(lang),
        "sell" => terms::SELL.text(lang),
        other => other,
    };
    let when = layout::period(b.period.start.0, b.period.end.0);
    let accounts = terms::ACCOUNTS.count(lang, u64::from(b.accounts));
    let expected = layout::number(Some(b.expected), 1, lang);
    let brokers = brokers(&b.brokers, b.other_brokers, lang);
    let name = escape::id(&b.instrument);
    let mut text = terms::BURST
        .with(lang, &[&name, &side, &when, &accounts, &expected, &words::small(b.q_value), &brokers]);
    if let Some(impact) = b.price_impact {
        text = terms::HIGH_OVER_CLOSE.with(lang, &[&text, &layout::number(Some(impact * 100.0), 1, lang)]);
    }
    if let Some(ratio) = b.volume_ratio {
        text = terms::VOLUME_RATIO.with(lang, &[&text, &layout::number(Some(ratio), 1, lang)]);
    }
    page.item(&text);
}
