//! The ranked list of rings.

use comfy_table::{ContentArrangement, Table, presets};
use itoguchi_model::results::RingRow;

use super::{TextOptions, page::Page};
use crate::{Lang, escape, layout, load::Loaded, words};

/// Columns from which the list is a table; below, it is a card per ring.
const TABLE_FROM: usize = 90;
/// The list grows no wider than this.
const WIDEST: usize = 100;
/// Brokers and names listed per ring before the rest is only counted.
const LISTED: usize = 4;

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
    let members = loaded.results.ring_members.len() as u64;
    let head = format!(
        "{}, {}. Times in Japan (JST). Millions of yen: sold = forced sales, bought = fraudulent buys, loss = estimated loss, sellers = seller proceeds.",
        layout::counted(rings.len() as u64, "ring"),
        layout::counted(members, "member")
    );
    page.line("", &head);
    if page.width() >= TABLE_FROM {
        page.blank();
        page.block(&table(rings, page.width()));
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
    page.line("", "No ring was found.");
    let looked = format!(
        "Looked at: {} of {}, {} not readable; {}.",
        layout::counted(read, "row"),
        layout::counted(m.inputs.len() as u64, "file"),
        layout::grouped(rejected),
        layout::counted(u64::from(m.accounts), "account"),
    );
    page.line("", &looked);
    let seen = format!(
        "Seen without making a ring: {}, {}, {}.",
        layout::counted(r.episodes.len() as u64, "hijack episode"),
        layout::counted(r.bursts.len() as u64, "burst"),
        layout::counted(r.links.len() as u64, "link"),
    );
    page.line("", &seen);
    let rule = format!(
        "A ring needs two independent families of evidence, and of each member more than the prior of {} bits against it.",
        layout::exact(m.prior_millibits).trim_start_matches('+')
    );
    page.line("", &rule);
    for note in &m.notes {
        let text = page.lang().of(note);
        page.free("note: ", text);
    }
}

fn table(rings: &[RingRow], width: usize) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width.try_into().unwrap_or(u16::MAX));
    table.set_header(["ring", "likelihood", "members", "brokers", "names", "window JST", "amounts ¥M"]);
    for ring in rings {
        table.add_row([
            escape::visible(&ring.ring_id, 32),
            format!(
                "{}\n{}\n{} bits",
                words::likelihood(ring.likelihood, Lang::En),
                words::probability(ring.likelihood),
                ring.score
            ),
            members(ring).join("\n"),
            list(&ring.brokers, "\n", 12),
            list(&ring.instruments, "\n", 14),
            layout::short_period(ring.window.0, ring.window.1).replacen(' ', "\n", 1),
            amounts(ring).join("\n"),
        ]);
    }
    let lines = table.lines().map(|l| format!("{}\n", l.trim_end()));
    lines.collect()
}

fn card(page: &mut Page, rank: usize, ring: &RingRow) {
    page.heading(&format!("{rank}. {}", escape::id(&ring.ring_id)));
    let likelihood = format!(
        "{} ({}), {} bits",
        words::likelihood(ring.likelihood, Lang::En),
        words::probability(ring.likelihood),
        ring.score
    );
    page.line("   ", &likelihood);
    page.line("   ", &members(ring).join(", "));
    page.line("   brokers ", &list(&ring.brokers, ", ", 24));
    page.line("   names ", &list(&ring.instruments, ", ", 24));
    page.line("   window ", &layout::short_period(ring.window.0, ring.window.1));
    page.line("   ¥M: ", &amounts(ring).join(", "));
}

fn members(ring: &RingRow) -> Vec<String> {
    let mut parts = vec![
        layout::counted(u64::from(ring.victims), "victim"),
        layout::counted(u64::from(ring.sellers), "seller"),
    ];
    if ring.linked > 0 {
        parts.push(format!("{} linked", layout::grouped(u64::from(ring.linked))));
    }
    parts
}

fn amounts(ring: &RingRow) -> [String; 4] {
    [
        format!("sold {}", layout::millions(ring.forced_sales_jpy)),
        format!("bought {}", layout::millions(ring.fraudulent_buys_jpy)),
        format!("loss {}", layout::millions(ring.estimated_loss_jpy)),
        format!("sellers {}", layout::millions(ring.seller_proceeds_jpy)),
    ]
}

fn list(values: &[String], between: &str, columns: usize) -> String {
    let mut shown: Vec<String> = values.iter().take(LISTED).map(|v| escape::visible(v, columns)).collect();
    if values.len() > LISTED {
        shown.push(format!("+{} more", values.len() - LISTED));
    }
    if shown.is_empty() { "–".to_owned() } else { shown.join(between) }
}
