//! The part of one ring.

use super::{
    account, brokers, evidence, id, ids, mark,
    page::{Page, Table},
    percent, period, terms,
};
use crate::{
    Lang,
    dossier::sheets::{InstrumentSheet, RingSheet},
    language::Term,
    layout, words,
};

/// What stands where nothing is to be said.
const NOTHING: &str = "–";

pub(super) fn ring(page: &mut Page, ring: &RingSheet, accounts: u32) {
    page.heading(2, &terms::RING.with(page.lang(), &[&id(&ring.ring_id)]));
    summary(page, ring);
    members(page, ring);
    for member in &ring.members {
        evidence::waterfall(page, member, accounts);
    }
    sellers(page, ring);
    amounts(page, ring);
    instruments(page, ring);
    devices(page, ring);
    foundations(page, ring);
    weakest_point(page, ring);
    evidence::of_the_ring(page, ring);
}

fn summary(page: &mut Page, ring: &RingSheet) {
    let lang = page.lang();
    page.heading(3, terms::SUMMARY.text(lang));
    let mut table = Table::new(lang, &[terms::ITEM, terms::CONTENT]);
    let mut item = |name: Term, kind: Term, content: &str| {
        table.row(vec![name.text(lang).to_owned(), format!("{} {content}", mark(kind, lang))]);
    };
    let (probability, score) = (words::probability(ring.likelihood), layout::exact(ring.score_bits.0));
    let likelihood = terms::LIKELIHOOD_IS.with(lang, &[&ring.likelihood_words, &probability, &score]);
    item(terms::LIKELIHOOD, terms::INFERENCE, &likelihood);
    let holding = ring.families.iter().filter(|f| f.holds).count();
    let quality = terms::QUALITY_IS.with(lang, &[&holding, &ring.independent_families]);
    item(terms::QUALITY, terms::INFERENCE, &quality);
    item(terms::PERIOD, terms::FACT, &layout::period(ring.window.start.0, ring.window.end.0));
    item(terms::BROKERS, terms::FACT, &brokers(&ring.brokers, ring.other_brokers, lang));
    let names: Vec<String> = ring.instruments.iter().map(|i| i.instrument.clone()).collect();
    item(terms::NAMES, terms::FACT, &ids(&names, lang));
    item(terms::COUNTS, terms::INFERENCE, &by_role([ring.victims, ring.sellers, ring.linked], lang));
    page.table(&table);
}

fn by_role(counts: [u32; 3], lang: Lang) -> String {
    let [victims, sellers, linked] = counts.map(|n| layout::grouped(u64::from(n)));
    terms::COUNTS_ARE.with(lang, &[&victims, &sellers, &linked])
}

fn members(page: &mut Page, ring: &RingSheet) {
    let lang = page.lang();
    page.marked_heading(3, terms::MEMBERS, terms::INFERENCE);
    let columns = [terms::ACCOUNT, terms::ROLE, terms::CONFIDENCE, terms::BITS_HEAD, terms::SEEN];
    let mut table = Table::new(lang, &columns);
    for m in &ring.members {
        table.row(vec![
            account(&m.account),
            m.role_words.to_owned(),
            words::beside(m.confidence_words, &words::probability(m.confidence), lang),
            layout::exact(m.waterfall.recorded_bits.0),
            period(crate::dossier::Period { start: m.first_seen, end: m.last_seen }),
        ]);
    }
    page.table(&table);
    if let Some(others) = ring.not_shown {
        let roles = by_role([others.victims, others.sellers, others.linked], lang);
        page.paragraph(&terms::AT_OTHER_BROKERS.with(lang, &[&roles]));
    }
}

/// Sellers in the order of their proceeds.
fn sellers(page: &mut Page, ring: &RingSheet) {
    let lang = page.lang();
    page.heading(3, terms::SELLERS.text(lang));
    let columns = [
        terms::RANK,
        terms::ACCOUNT,
        terms::INSTRUMENT,
        terms::HELD,
        terms::BUILT_UP,
        terms::SOLD,
        terms::OVERLAP,
        terms::SEEN,
        terms::PROCEEDS,
        terms::PROFIT,
    ];
    let mut table = Table::new(lang, &columns);
    for (n, s) in ring.seller_ranking.iter().enumerate() {
        let shares = |quantity: Option<f64>| layout::number(quantity, 2, lang);
        table.row(vec![
            (n + 1).to_string(),
            account(&s.account),
            id(&s.instrument),
            shares(s.held_qty),
            shares(s.built_up_qty),
            shares(s.sold_qty),
            s.overlap_qty.map_or(NOTHING.to_owned(), |q| shares(Some(q))),
            period(s.sold),
            layout::yen(s.proceeds_jpy, lang),
            layout::yen(s.profit_jpy, lang),
        ]);
    }
    page.table(&table);
    if !ring.seller_ranking.is_empty() {
        page.own_item(terms::FACT, terms::SELLERS_FACT);
        page.own_item(terms::INFERENCE, terms::SELLERS_INFERENCE);
        page.end_of_list();
    }
}

fn amounts(page: &mut Page, ring: &RingSheet) {
    let lang = page.lang();
    page.marked_heading(3, terms::AMOUNTS, terms::INFERENCE);
    let mut table = Table::new(lang, &[terms::AMOUNT, terms::YEN, terms::FORMULA]);
    for a in &ring.amounts {
        table.row(vec![a.name.to_owned(), layout::yen(a.jpy, lang), a.formula.to_owned()]);
    }
    page.table(&table);
    if ring.not_shown.is_some() {
        page.paragraph(terms::AMOUNTS_LEFT_OUT.text(lang));
    }
}

fn instruments(page: &mut Page, ring: &RingSheet) {
    let lang = page.lang();
    page.marked_heading(3, terms::NAMES, terms::FACT);
    let columns = [
        terms::INSTRUMENT,
        terms::BEFORE,
        terms::PEAK,
        terms::AFTER,
        terms::RISE,
        terms::BOUGHT,
        terms::BOUGHT_QTY,
        terms::SOLD_QTY,
        terms::VOLUME,
    ];
    let mut table = Table::new(lang, &columns);
    for i in &ring.instruments {
        table.row(instrument(i, lang));
    }
    page.table(&table);
}

fn instrument(i: &InstrumentSheet, lang: Lang) -> Vec<String> {
    let number = |value| layout::number(value, 2, lang);
    let shares = |quantity: Option<f64>| quantity.map_or(NOTHING.to_owned(), |q| number(Some(q)));
    let rise = match (i.price_before, i.price_peak) {
        (Some(before), Some(peak)) if before > 0.0 => Some(peak / before - 1.0),
        _ => None,
    };
    vec![
        id(&i.instrument),
        number(i.price_before),
        number(i.price_peak),
        number(i.price_after),
        percent(rise, lang),
        i.bought.map_or(NOTHING.to_owned(), period),
        shares(i.victim_buy_qty),
        shares(i.seller_sell_qty),
        number(i.market_qty),
    ]
}

fn devices(page: &mut Page, ring: &RingSheet) {
    let lang = page.lang();
    page.marked_heading(3, terms::DEVICES, terms::INFERENCE);
    let columns = [terms::VALUE, terms::ROLE, terms::USERS, terms::WORTH, terms::BROKERS, terms::USED];
    let mut table = Table::new(lang, &columns);
    for i in &ring.infrastructure {
        table.row(vec![
            id(&i.value),
            i.role_words.to_owned(),
            layout::grouped(u64::from(i.accounts)),
            layout::exact(i.bits.0),
            brokers(&i.brokers, i.other_brokers, lang),
            i.used.map_or(NOTHING.to_owned(), period),
        ]);
    }
    page.table(&table);
}

fn foundations(page: &mut Page, ring: &RingSheet) {
    let lang = page.lang();
    page.marked_heading(3, terms::FOUNDATIONS, terms::INFERENCE);
    let mut table = Table::new(lang, &[terms::FAMILY, terms::PIECES, terms::BITS_HEAD, terms::HOLDS]);
    for f in &ring.families {
        table.row(vec![
            format!("{} {}", words::family(f.family, lang), id(f.family.name())),
            layout::grouped(f.pieces as u64),
            layout::exact(f.bits.0),
            if f.holds { terms::YES } else { terms::NO }.text(lang).to_owned(),
        ]);
    }
    page.table(&table);
    let mut said = terms::INDEPENDENT.with(lang, &[&ring.independent_families]);
    if ring.not_shown.is_some() {
        let between = match lang {
            Lang::En => " ",
            Lang::Ja => "",
        };
        said = format!("{said}{between}{}", terms::SHOWN_ALONE.text(lang));
    }
    page.paragraph(&said);
}

/// What would break the ring, and what else was thought of.
fn weakest_point(page: &mut Page, ring: &RingSheet) {
    let lang = page.lang();
    page.heading(3, terms::GREW_HEAD.text(lang));
    for step in &ring.growth {
        page.item(terms::INFERENCE, &step.sentence(lang, ToString::to_string));
    }
    page.end_of_list();
    page.heading(3, terms::WEAKEST.text(lang));
    if ring.weakest_point.is_empty() {
        page.paragraph(terms::NOT_STATED.text(lang));
    } else {
        page.statement(terms::INFERENCE, &ring.weakest_point);
    }
    page.heading(3, terms::INNOCENT.text(lang));
    if ring.innocent_explanations.is_empty() {
        page.paragraph(terms::NOT_STATED.text(lang));
    }
    for explanation in &ring.innocent_explanations {
        page.item(terms::OPINION, explanation);
    }
    page.end_of_list();
    if ring.opinions.is_empty() {
        return;
    }
    page.heading(3, crate::terms::OPINIONS.text(lang));
    for opinion in &ring.opinions {
        page.item(terms::OPINION, &opinion.raw(lang));
    }
    page.end_of_list();
}
