//! The report as Markdown: a document for any viewer that reads as plain text too.
//!
//! Every statement carries one of three marks: fact, inference or opinion. Whatever comes from outside passes
//! [`escape::markdown`] or [`escape::markdown_code`].

mod evidence;
mod page;
mod ring;
mod terms;

use crate::{
    Lang,
    dossier::{self, Burst, Dossier, Episode, Input, Period, ReportOptions, Rows},
    error::ReportError,
    escape,
    language::Term,
    layout,
    load::Loaded,
    target,
    terms::{COMMA, LIMIT_SHARING, UNKNOWN},
    words,
};
use page::{Page, Table};

/// The report in Markdown, with the content of [`crate::text::report_text`] and, of the suspected sellers, what each did
/// in each name; hashes are whole.
///
/// # Errors
/// When the ring or broker asked for is not in the result.
pub fn report_markdown(loaded: &Loaded, options: &ReportOptions) -> Result<String, ReportError> {
    let dossier = dossier::dossier(loaded, options)?;
    let mut page = Page::new(options.lang);
    header(&mut page, &dossier);
    marks(&mut page);
    if dossier.rings.is_empty() {
        page.heading(2, terms::RING.with(options.lang, &[&""]).trim_end());
        page.paragraph(terms::NO_RINGS.text(options.lang));
    }
    for sheet in &dossier.rings {
        ring::ring(&mut page, sheet, dossier.accounts);
    }
    bursts(&mut page, &dossier.bursts);
    if dossier.scope.ring.is_none() {
        lone_episodes(&mut page, &dossier.lone_episodes);
    }
    inputs(&mut page, &dossier.inputs);
    limitations(&mut page, &dossier.limitations);
    Ok(page.finish())
}

fn header(page: &mut Page, d: &Dossier) {
    let lang = page.lang();
    page.heading(1, terms::TITLE.text(lang));
    page.quote(d.notice);
    let mut table = Table::new(lang, &[terms::ITEM, terms::CONTENT]);
    let mut item = |name: Term, content: String| table.row(vec![name.text(lang).to_owned(), content]);
    item(terms::TOOL, format!("itoguchi {}", id(&d.tool_version)));
    item(terms::SCOPE, scope(d, lang));
    item(terms::ACCOUNTS, layout::grouped(u64::from(d.accounts)));
    let prior = layout::exact(d.prior_bits.0);
    item(terms::PRIOR, terms::BITS.with(lang, &[&prior.trim_start_matches('+')]));
    item(terms::ROWS_READ, balance(d.rows, lang));
    let s = d.superseded;
    let [repeated, corrected, cancelled] = [s.repeated, s.corrected, s.cancelled].map(layout::grouped);
    item(terms::SET_ASIDE, terms::SET_ASIDE_IS.with(lang, &[&repeated, &corrected, &cancelled]));
    item(terms::TIMES, terms::TIMES_ARE.text(lang).to_owned());
    page.table(&table);
}

fn scope(d: &Dossier, lang: Lang) -> String {
    let ring = d.scope.ring.as_ref().map(|r| terms::SCOPE_RING.with(lang, &[&id(r)]));
    let broker = d.scope.broker.as_ref().map(|b| terms::SCOPE_BROKER.with(lang, &[&id(b)]));
    match (ring, broker) {
        (None, None) => terms::EVERYTHING.text(lang).to_owned(),
        (ring, broker) => ring.into_iter().chain(broker).collect::<Vec<_>>().join(COMMA.text(lang)),
    }
}

fn balance(rows: Rows, lang: Lang) -> String {
    let [read, used, rejected] = [rows.read, rows.used, rows.rejected].map(layout::grouped);
    let text = terms::BALANCE.with(lang, &[&read, &used, &rejected]);
    if rows.balance() { text } else { terms::UNBALANCED.with(lang, &[&text]) }
}

/// What fact, inference and opinion mean, and what a bit is.
fn marks(page: &mut Page) {
    let lang = page.lang();
    page.heading(2, terms::MARKS.text(lang));
    let mut table = Table::new(lang, &[terms::MARK, terms::MEANS]);
    for (name, meaning) in [
        (terms::FACT, crate::terms::FACT_IS),
        (terms::INFERENCE, crate::terms::INFERENCE_IS),
        (terms::OPINION, crate::terms::OPINION_IS),
    ] {
        table.row(vec![mark(name, lang), meaning.text(lang).to_owned()]);
    }
    page.table(&table);
    page.paragraph(terms::BITS_ARE.text(lang));
}

fn bursts(page: &mut Page, bursts: &[Burst]) {
    let lang = page.lang();
    page.marked_heading(2, terms::BURSTS, terms::INFERENCE);
    let mut table = Table::new(
        lang,
        &[
            terms::INSTRUMENT,
            terms::SIDE,
            terms::SEEN,
            terms::SEEN_ACCOUNTS,
            terms::EXPECTED,
            terms::Q,
            terms::BROKERS,
            terms::HIGH,
            terms::VOLUME_RATIO,
        ],
    );
    for b in bursts {
        let number = |value: Option<f64>| layout::number(value, 1, lang);
        table.row(vec![
            id(&b.instrument),
            side(b.side, lang).to_owned(),
            period(b.period),
            layout::grouped(u64::from(b.accounts)),
            number(Some(b.expected)),
            words::small(b.q_value),
            brokers(&b.brokers, b.other_brokers, lang),
            percent(b.price_impact, lang),
            match b.volume_ratio {
                Some(_) => terms::TIMES_AS_MUCH.with(lang, &[&number(b.volume_ratio)]),
                None => UNKNOWN.text(lang).to_owned(),
            },
        ]);
    }
    page.table(&table);
}

fn side(side: &'static str, lang: Lang) -> &'static str {
    match side {
        "buy" => terms::BUY.text(lang),
        "sell" => terms::SELL.text(lang),
        other => other,
    }
}

fn lone_episodes(page: &mut Page, episodes: &[Episode]) {
    let lang = page.lang();
    page.marked_heading(2, terms::LONE_EPISODES, terms::INFERENCE);
    let columns = [
        terms::ACCOUNT,
        terms::SEEN,
        terms::BITS_HEAD,
        terms::SIGNALS,
        terms::SOLD_YEN,
        terms::BOUGHT_YEN,
        terms::NAMES,
    ];
    let mut table = Table::new(lang, &columns);
    for e in episodes {
        let signals: Vec<String> = e.signals.iter().map(|s| text(&words::signal(s, lang))).collect();
        table.row(vec![
            account(&e.account),
            period(e.period),
            layout::exact(e.bits.0),
            signals.join(COMMA.text(lang)),
            layout::yen(e.sold_jpy, lang),
            layout::yen(e.bought_jpy, lang),
            ids(&e.instruments, lang),
        ]);
    }
    page.table(&table);
}

fn inputs(page: &mut Page, inputs: &[Input]) {
    let lang = page.lang();
    page.heading(2, terms::INPUTS.text(lang));
    let columns = [terms::FILE, terms::TABLE, terms::BYTES, terms::ROWS_READ, terms::ENCODING];
    let mut heads: Vec<String> = columns.map(|c| c.text(lang).to_owned()).into();
    heads.push("SHA-256".to_owned());
    let mut table = Table::with_heads(heads);
    for i in inputs {
        table.row(vec![
            file(&i.path),
            id(&i.table),
            layout::grouped(i.bytes),
            balance(i.rows, lang),
            i.encoding.as_deref().map_or("–".to_owned(), id),
            id(&i.sha256),
        ]);
    }
    page.table(&table);
}

/// General experience is an opinion; how the program works and what the sources lack are facts.
fn limitations(page: &mut Page, limitations: &[String]) {
    let lang = page.lang();
    page.heading(2, terms::LIMITATIONS.text(lang));
    for limitation in limitations {
        let general = limitation == LIMIT_SHARING.text(lang);
        page.item(if general { terms::OPINION } else { terms::FACT }, limitation);
    }
    page.end_of_list();
}

/// A mark as it stands before a statement.
fn mark(mark: Term, lang: Lang) -> String {
    format!("**{}**", mark.text(lang))
}

/// An id from outside.
fn id(id: &str) -> String {
    escape::markdown_code(id, escape::ID_COLUMNS)
}

/// A name of a file from outside.
fn file(path: &str) -> String {
    escape::markdown_code(path, escape::TEXT_COLUMNS)
}

/// A sentence from outside.
fn text(text: &str) -> String {
    escape::markdown(text, escape::TEXT_COLUMNS)
}

fn account(name: &itoguchi_model::results::AccountName) -> String {
    escape::code_of_visible(&target::account(name))
}

fn ids(values: &[String], lang: Lang) -> String {
    if values.is_empty() {
        return "–".to_owned();
    }
    values.iter().map(|v| id(v)).collect::<Vec<_>>().join(COMMA.text(lang))
}

fn brokers(seen: &[String], others: usize, lang: Lang) -> String {
    let others = (others > 0).then(|| terms::OTHER_BROKERS.with(lang, &[&others]));
    let parts: Vec<String> = seen.iter().map(|b| id(b)).chain(others).collect();
    if parts.is_empty() { "–".to_owned() } else { parts.join(COMMA.text(lang)) }
}

/// From a first to a last moment; that it is Japanese time stands in the column's head.
fn period(period: Period) -> String {
    layout::period(period.start.0, period.end.0).trim_end_matches(" JST").to_owned()
}

fn percent(share: Option<f64>, lang: Lang) -> String {
    match share {
        Some(share) => format!("{} %", layout::number(Some(share * 100.0), 1, lang)),
        None => UNKNOWN.text(lang).to_owned(),
    }
}
