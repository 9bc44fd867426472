//! The ranked list of rings.

use comfy_table::{ContentArrangement, Table, presets};
use itoguchi_model::results::RingRow;

use super::{TextOptions, page::Page, terms};
use crate::{Lang, escape, layout, load::Loaded, terms::COMMA, words};

/// Columns from which the list is a table; below, it is a card per ring.
const TABLE_FROM: usize = 90;
/// The list grows no wider than this.
const WIDEST: usize = 100;
/// Brokers and names listed per ring before the rest is only counted.
const LISTED: usize = 4;
/// Columns of the words for a likelihood in the table.
const LIKELIHOOD: usize = 14;

/// The rings, most bits first: a table from 90 columns on (never over 100), a card per ring in a narrower window.
/// Without rings it says so, and what was looked at.
#[must_use]
pub fn rings_table(loaded: &Loaded, options: &TextOptions) -> String {
    let mut page = Page::new(&TextOptions { width: options.width.min(WIDEST), ..*options });
    let rings = &loaded.results.rings;
    if rings.is_empty() {
        nothing(&mut page, loaded);
        return page.finish();
    }
    let lang = options.lang;
    let members = terms::MEMBERS.count(lang, loaded.results.ring_members.len() as u64);
    let count = terms::RINGS.count(lang, rings.len() as u64);
    page.line("", &terms::RINGS_HEAD.with(lang, &[&count, &members]));
    if page.width() >= TABLE_FROM {
        page.blank();
        page.block(&table(rings, page.width(), lang));
    } else {
        for (rank, ring) in rings.iter().enumerate() {
            card(&mut page, rank + 1, ring);
        }
    }
    page.finish()
}

/// What was looked at and not found.
fn nothing(page: &mut Page, loaded: &Loaded) {
    let (m, r) = (&loaded.manifest, &loaded.results);
    let (mut read, mut rejected) = (0_u64, 0_u64);
    for file in &m.inputs {
        read = read.saturating_add(file.rows);
        rejected = rejected.saturating_add(file.rejected);
    }
    page.blank();
    let lang = page.lang();
    page.line("", terms::NO_RING.text(lang));
    let rows = terms::ROWS.count(lang, read);
    let files = terms::FILES.count(lang, m.inputs.len() as u64);
    let accounts = terms::ACCOUNTS.count(lang, u64::from(m.accounts));
    let looked = terms::LOOKED_AT.with(lang, &[&rows, &files, &layout::grouped(rejected), &accounts]);
    page.line("", &looked);
    let episodes = terms::EPISODES.count(lang, r.episodes.len() as u64);
    let bursts = terms::BURSTS.count(lang, r.bursts.len() as u64);
    let links = terms::LINKS.count(lang, r.links.len() as u64);
    page.line("", &terms::SEEN_WITHOUT_RING.with(lang, &[&episodes, &bursts, &links]));
    let prior = layout::exact(m.prior_millibits);
    page.line("", &terms::RULE.with(lang, &[&prior.trim_start_matches('+')]));
    for note in &m.notes {
        page.free(&format!("{} ", terms::NOTE.text(lang)), lang.of(note));
    }
}

fn table(rings: &[RingRow], width: usize, lang: Lang) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width.try_into().unwrap_or(u16::MAX));
    let columns = [
        terms::COLUMN_RING,
        terms::COLUMN_LIKELIHOOD,
        terms::COLUMN_MEMBERS,
        terms::COLUMN_BROKERS,
        terms::COLUMN_NAMES,
        terms::COLUMN_WINDOW,
        terms::COLUMN_AMOUNTS,
    ];
    table.set_header(columns.map(|c| c.text(lang)));
    for ring in rings {
        table.add_row(row(ring, lang));
    }
    let lines = table.lines().map(|l| format!("{}\n", l.trim_end()));
    lines.collect()
}

fn row(ring: &RingRow, lang: Lang) -> [String; 7] {
    let likelihood = [
        layout::cell(words::likelihood(ring.likelihood, lang), LIKELIHOOD),
        words::probability(ring.likelihood),
        terms::SCORE.with(lang, &[&ring.score]),
    ];
    [
        escape::visible(&ring.ring_id, 32),
        likelihood.join("\n"),
        members(ring, lang).join("\n"),
        list(&ring.brokers, "\n", 12, lang),
        list(&ring.instruments, "\n", 14, lang),
        layout::short_period(ring.window.0, ring.window.1).replacen(' ', "\n", 1),
        amounts(ring, lang).join("\n"),
    ]
}

fn card(page: &mut Page, rank: usize, ring: &RingRow) {
    let lang = page.lang();
    let comma = COMMA.text(lang);
    page.heading(&format!("{rank}. {}", escape::id(&ring.ring_id)));
    let (likelihood, probability) =
        (words::likelihood(ring.likelihood, lang), words::probability(ring.likelihood));
    page.line("   ", &terms::CARD_LIKELIHOOD.with(lang, &[&likelihood, &probability, &ring.score]));
    page.line("   ", &members(ring, lang).join(comma));
    let window = layout::short_period(ring.window.0, ring.window.1);
    for (label, text) in [
        (terms::CARD_BROKERS, list(&ring.brokers, comma, 24, lang)),
        (terms::CARD_NAMES, list(&ring.instruments, comma, 24, lang)),
        (terms::CARD_WINDOW, window),
        (terms::CARD_AMOUNTS, amounts(ring, lang).join(comma)),
    ] {
        page.line(&format!("   {} ", label.text(lang)), &text);
    }
}

fn members(ring: &RingRow, lang: Lang) -> Vec<String> {
    let mut parts = vec![
        terms::SHORT_VICTIMS.count(lang, u64::from(ring.victims)),
        terms::SHORT_SELLERS.count(lang, u64::from(ring.sellers)),
    ];
    if ring.linked > 0 {
        parts.push(terms::SHORT_LINKED.count(lang, u64::from(ring.linked)));
    }
    parts
}

fn amounts(ring: &RingRow, lang: Lang) -> [String; 4] {
    [
        (terms::SHORT_SOLD, ring.forced_sales_jpy),
        (terms::SHORT_BOUGHT, ring.fraudulent_buys_jpy),
        (terms::SHORT_LOSS, ring.estimated_loss_jpy),
        (terms::SHORT_PROCEEDS, ring.seller_proceeds_jpy),
    ]
    .map(|(term, jpy)| term.with(lang, &[&layout::millions(jpy)]))
}

fn list(values: &[String], between: &str, columns: usize, lang: Lang) -> String {
    let mut shown: Vec<String> = values.iter().take(LISTED).map(|v| escape::visible(v, columns)).collect();
    if values.len() > LISTED {
        shown.push(terms::PLUS_MORE.with(lang, &[&(values.len() - LISTED)]));
    }
    if shown.is_empty() { "–".to_owned() } else { shown.join(between) }
}
