//! The review list: who fell short of being named, and what is missing to decide.

use itoguchi_model::results::CandidateRow;

use super::{TextOptions, page::Page};
use crate::{escape, layout, load::Loaded};

/// The list grows no wider than this.
const WIDEST: usize = 100;

/// The candidates of a result, ring by ring, those without a ring last; of each what ties it to the others, how far it
/// fell short, what the data lack, and the row its session begins with.
#[must_use]
pub fn candidates_table(loaded: &Loaded, options: &TextOptions) -> String {
    let mut page = Page::new(&TextOptions { width: options.width.min(WIDEST), ..*options });
    let rows = &loaded.results.candidates;
    if rows.is_empty() {
        page.line("", "No candidates: nobody fell just short of being named.");
        return page.finish();
    }
    let head = format!(
        "{} fell short of being named. A candidate is a question, not a finding. An account that was entered and not traded is no member whatever its bits. Times in Japan (JST).",
        layout::counted(rows.len() as u64, "account")
    );
    page.line("", &head);
    let rings = loaded.results.rings.iter().map(|r| Some(r.ring_id.as_str())).chain([None]);
    for ring in rings {
        let near: Vec<&CandidateRow> = rows.iter().filter(|r| r.ring_id.as_deref() == ring).collect();
        if !near.is_empty() {
            let heading = ring.map_or("groups of which nobody was named".to_owned(), |id| {
                format!("near ring {}", escape::id(id))
            });
            page.heading(&heading);
            near.into_iter().for_each(|row| card(&mut page, row));
        }
    }
    page.finish()
}

fn card(page: &mut Page, row: &CandidateRow) {
    let name = format!("{}/{}", escape::id(&row.account.broker), escape::id(&row.account.account_id));
    let bits = format!("{} of {} bits", layout::exact(row.bits), layout::exact(row.needed));
    let when = layout::short_period(row.start, row.end);
    page.line("  ", &format!("{name}  {bits}  {when}"));
    page.line("    tie: ", &format!("{} {}", row.kind.name(), escape::visible(&row.object, 60)));
    for what in &row.missing {
        page.free("    missing: ", what);
    }
    let source = format!("{} row {}", escape::visible(&row.source_file, 60), layout::grouped(row.source_row));
    page.line("    source: ", &source);
}
