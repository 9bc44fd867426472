//! The review list: who fell short of being named, and what is missing to decide.

use itoguchi_model::results::CandidateRow;

use super::{TextOptions, page::Page, terms};
use crate::{Lang, escape, language::Term, layout, load::Loaded, words};

/// The list grows no wider than this.
const WIDEST: usize = 100;

/// The candidates of a result, ring by ring, those without a ring last; of each what ties it to the others, how far it
/// fell short, what the data lack, and the row its session begins with.
#[must_use]
pub fn candidates_table(loaded: &Loaded, options: &TextOptions) -> String {
    let mut page = Page::new(&TextOptions { width: options.width.min(WIDEST), ..*options });
    let lang = options.lang;
    let rows = &loaded.results.candidates;
    if rows.is_empty() {
        page.line("", terms::NO_CANDIDATES.text(lang));
        return page.finish();
    }
    let accounts = terms::ACCOUNTS.count(lang, rows.len() as u64);
    page.line("", &terms::CANDIDATES_HEAD.with(lang, &[&accounts]));
    let rings = loaded.results.rings.iter().map(|r| Some(r.ring_id.as_str())).chain([None]);
    for ring in rings {
        let near: Vec<&CandidateRow> = rows.iter().filter(|r| r.ring_id.as_deref() == ring).collect();
        if !near.is_empty() {
            let heading = match ring {
                Some(id) => terms::NEAR_RING.with(lang, &[&escape::id(id)]),
                None => terms::NEAR_NONE.text(lang).to_owned(),
            };
            page.heading(&heading);
            near.into_iter().for_each(|row| card(&mut page, row));
        }
    }
    page.finish()
}

fn card(page: &mut Page, row: &CandidateRow) {
    let lang = page.lang();
    let name = format!("{}/{}", escape::id(&row.account.broker), escape::id(&row.account.account_id));
    let (bits, needed) = (layout::exact(row.bits), layout::exact(row.needed));
    let bits = terms::BITS_OF.with(lang, &[&bits, &needed]);
    let when = layout::short_period(row.start, row.end);
    page.line("  ", &format!("{name}  {bits}  {when}"));
    let lead = |term: Term| format!("    {} ", term.text(lang));
    let tie = format!("{} {}", words::named_kind(row.kind, lang), escape::visible(&row.object, 60));
    page.line(&lead(terms::TIE), &tie);
    for what in &row.missing {
        page.free(&lead(terms::MISSING), lacking(what, lang));
    }
    let source =
        format!("{} {}", escape::visible(&row.source_file, 60), layout::rows(&[row.source_row], lang));
    page.line(&lead(terms::SOURCE), &source);
}

/// What is missing, in `lang`. The table holds it in English; a sentence that is not known here stays as it is.
fn lacking(what: &str, lang: Lang) -> &str {
    let known = [
        terms::LACKS_TRADE,
        terms::LACKS_LOGIN,
        terms::LACKS_EARLIER_LOGINS,
        terms::LACKS_DEVICE,
        terms::LACKS_PORT,
        terms::LACKS_HOLDINGS,
        terms::LACKS_SHARING,
    ];
    known.into_iter().find(|term| term.en == what).map_or(what, |term| term.text(lang))
}
