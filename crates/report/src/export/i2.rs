//! Entities and links for an import into i2 Analyst's Notebook, with a note that says which column is what.

use itoguchi_model::{Instant, time::HOUR};

use super::{
    attributes,
    csv::{Cell, Sheet},
    form,
    graph::{Edge, Graph, Node},
    scope::Scope,
};
use crate::{error::ReportError, escape, layout};

/// The note, in English and Japanese.
const IMPORT: &str = include_str!("i2_import.txt");

/// Memberships below this are drawn as tentative; the report calls those above it likely.
const LIKELY: f64 = 0.80;

const ENTITIES: [&str; 14] = [
    "id",
    "type",
    "label",
    "name",
    "broker",
    "role",
    "rings",
    "bits",
    "probability",
    "accounts_in_data",
    "first_seen_jst",
    "last_seen_jst",
    "first_seen_utc",
    "last_seen_utc",
];

const LINKS: [&str; 18] = [
    "id",
    "from_id",
    "to_id",
    "type",
    "label",
    "start_jst",
    "end_jst",
    "start_utc",
    "end_utc",
    "direction",
    "strength",
    "ring",
    "role",
    "bits",
    "probability",
    "occasions",
    "evidence",
    "sources",
];

/// The files of the folder.
pub(super) fn write(scope: &Scope, graph: &Graph) -> Result<Vec<(String, Vec<u8>)>, ReportError> {
    let mut entities = Sheet::new(&ENTITIES)?;
    for node in &graph.nodes {
        entity(&mut entities, node)?;
    }
    let mut links = Sheet::new(&LINKS)?;
    for edge in &graph.edges {
        link(&mut links, graph, edge)?;
    }
    let tokens = if scope.redacted {
        "\nAccounts, devices and addresses are tokens in this export.\nこの出力では、口座・端末・アドレスは記号に置き換えられています。\n"
    } else {
        ""
    };
    Ok(vec![
        ("entities.csv".to_owned(), entities.finish()?),
        ("links.csv".to_owned(), links.finish()?),
        ("IMPORT.txt".to_owned(), format!("\u{feff}{IMPORT}{tokens}").into_bytes()),
    ])
}

fn entity(sheet: &mut Sheet, node: &Node) -> Result<(), ReportError> {
    let mut cells = vec![
        Cell::Plain(node.id.clone()),
        Cell::Plain(node.kind.name().to_owned()),
        Cell::Text(escape::id(&node.name)),
        Cell::Text(form::name(&node.name)),
        Cell::Text(node.broker.as_deref().map(form::name).unwrap_or_default()),
        Cell::Plain(node.role.unwrap_or_default().to_owned()),
        Cell::Text(attributes::listed(&node.rings, form::name)),
        plain(node.bits.map(form::bits)),
        plain(node.probability),
        plain(node.accounts),
    ];
    cells.extend(times(node.period));
    sheet.row(cells)
}

fn link(sheet: &mut Sheet, graph: &Graph, edge: &Edge) -> Result<(), ReportError> {
    let mut cells = vec![
        Cell::Plain(edge.id.clone()),
        Cell::Plain(graph.nodes[edge.from].id.clone()),
        Cell::Plain(graph.nodes[edge.to].id.clone()),
        Cell::Plain(edge.kind.to_owned()),
        Cell::Plain(edge.label.to_owned()),
    ];
    cells.extend(times(edge.period()));
    let sources: Vec<String> = edge.sources.iter().map(form::source).collect();
    cells.extend([
        Cell::Plain(if edge.directed { "from_to" } else { "none" }.to_owned()),
        Cell::Plain(strength(edge).to_owned()),
        Cell::Text(form::name(&edge.ring)),
        Cell::Plain(edge.role.unwrap_or_default().to_owned()),
        plain(edge.bits.map(form::bits)),
        plain(edge.probability),
        plain(edge.occasions),
        Cell::Text(attributes::listed(&edge.evidence, form::name)),
        Cell::Text(sources.join("; ")),
    ]);
    sheet.row(cells)
}

/// How i2 draws it. What rows of the sources say by themselves is confirmed; what was inferred never is.
fn strength(edge: &Edge) -> &'static str {
    match edge.kind {
        "used_device" | "used_address" | "bought" => "Confirmed",
        "member" if edge.probability.is_some_and(|p| p < LIKELY) => "Tentative",
        _ => "Unconfirmed",
    }
}

fn plain(value: Option<impl ToString>) -> Cell {
    Cell::Plain(value.map(|v| v.to_string()).unwrap_or_default())
}

/// First and last in Japanese time, then in UTC: to the second and without offset, as i2 reads times.
fn times(period: Option<(Instant, Instant)>) -> [Cell; 4] {
    let Some((first, last)) = period else { return [(); 4].map(|()| Cell::Plain(String::new())) };
    let jst = |at: Instant| layout::clock(form::held(at));
    let utc = |at: Instant| layout::clock(form::held(at).plus(-9 * HOUR));
    [jst(first), jst(last), utc(first), utc(last)].map(Cell::Plain)
}
