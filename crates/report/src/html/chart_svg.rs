//! The link chart as SVG, its filter, and the table that holds the same.
//!
//! Ends of links and what is shown in the details stand in attributes: the script of the page only shows, hides and
//! moves what is here.

use itoguchi_model::Role;
use maud::{Markup, html};

use super::{
    chart::{self, Chart, Column, Link, Node, Shape, Tie},
    parts::Page,
    sections::likelihood,
    terms,
};
use crate::{dossier::sheets::RingSheet, escape, layout};

/// Columns of a label in the drawing; the details have all of it.
const LABEL: usize = 30;
/// More links than this are drawn fainter.
const MANY: usize = 600;

/// The chart of `ring` with everything around it.
pub(super) fn chart(page: &Page<'_>, ring: &RingSheet, prefix: &str) -> Markup {
    let chart = chart::chart(page.view, ring);
    let title = terms::CHART_IS.with(
        page.lang,
        &[
            &escape::id(&ring.ring_id),
            &layout::grouped(chart.nodes.len() as u64),
            &layout::grouped(chart.links.len() as u64),
        ],
    );
    html! {
        figure.chart data-prefix=(prefix) {
            figcaption { (page.text(terms::CHART_HOW)) }
            @if chart.cut != [0, 0, 0] {
                p.cut { (terms::CHART_CUT.with(page.lang, &[
                    &layout::grouped(chart.cut[0] as u64), &layout::grouped(chart.cut[1] as u64),
                    &layout::grouped(chart.cut[2] as u64),
                ])) }
            }
            (tools(page, &chart))
            div.stage {
                (drawing(page, ring, &chart, &title))
                aside.details aria-live="polite" aria-label=(page.text(terms::DETAILS)) {
                    p { (page.text(terms::DETAILS_NONE)) }
                }
            }
            (table(page, &chart))
        }
    }
}

/// Which kinds are shown, from how many bits, and how large.
fn tools(page: &Page<'_>, chart: &Chart) -> Markup {
    let ties = [
        (Tie::Device, terms::TIE_DEVICE),
        (Tie::Ip, terms::TIE_IP),
        (Tie::Bought, terms::TIE_BOUGHT),
        (Tie::Sold, terms::TIE_SOLD),
    ];
    let most = chart.links.iter().map(|l| l.bits.0).max().unwrap_or(0).max(0) / 1000 + 1;
    html! {
        div.tools {
            fieldset {
                legend { (page.text(terms::SHOW)) }
                @for (tie, term) in ties {
                    label { input type="checkbox" checked value=(class(tie)); " " (page.text(term)) }
                }
            }
            label.range { (page.text(terms::AT_LEAST)) " "
                input type="range" min="0" max=(most) value="0" step="1"; " " output { "0" } }
            span.zoom {
                button type="button" data-zoom="in" aria-label=(page.text(terms::ZOOM_IN)) { "+" }
                button type="button" data-zoom="out" aria-label=(page.text(terms::ZOOM_OUT)) { "−" }
                button type="button" data-zoom="all" { (page.text(terms::ZOOM_ALL)) }
            }
        }
    }
}

fn class(tie: Tie) -> &'static str {
    match tie {
        Tie::Device => "device",
        Tie::Ip => "ip",
        Tie::Bought => "bought",
        Tie::Sold => "sold",
    }
}

fn drawing(page: &Page<'_>, ring: &RingSheet, chart: &Chart, title: &str) -> Markup {
    let (width, height) = (chart.width, chart.height);
    html! {
        svg.links viewBox={ "0 0 " (width) " " (height) } data-full={ "0 0 " (width) " " (height) }
            role="group" aria-label=(title) {
            g.view {
                g class=(if chart.links.len() > MANY { "edges many" } else { "edges" }) aria-hidden="true" { @for l in &chart.links { (edge(page, chart, l)) } }
                g.nodes {
                    @for (i, n) in chart.nodes.iter().enumerate() { (node(page, ring, i, n)) }
                }
                g.headings aria-hidden="true" {
                    @for h in &chart.headings {
                        text x=(h.x) y=(h.y) class=@if h.broker.is_some() { "sub" } @else { "col" } {
                            @match h.broker {
                                Some(b) => (ring.brokers.get(b).map_or_else(String::new, |b| escape::visible(b, LABEL))),
                                None => (page.text(heading(h.column))),
                            }
                        }
                    }
                }
            }
        }
    }
}

fn heading(column: Column) -> crate::language::Term {
    match column {
        Column::Shared => terms::COLUMN_SHARED,
        Column::Accounts => terms::COLUMN_ACCOUNTS,
        Column::Names => terms::COLUMN_NAMES,
        Column::Sellers => terms::COLUMN_SELLERS,
    }
}

/// A curve between two nodes; the script draws it in the same way when a node is moved.
fn edge(page: &Page<'_>, chart: &Chart, l: &Link) -> Markup {
    let (a, b) = (&chart.nodes[l.account], &chart.nodes[l.other]);
    let middle = (a.x + b.x) / 2;
    let path = format!("M{} {}C{middle} {} {middle} {} {} {}", a.x, a.y, a.y, b.y, b.x, b.y);
    html! {
        path class={ "e " (class(l.tie)) } d=(path) data-a=(l.account) data-b=(l.other)
            data-bits=(l.bits.0.max(0) / 1000) data-t=(tie_text(page, l)) {}
    }
}

/// What a link says, in one line.
fn tie_text(page: &Page<'_>, l: &Link) -> String {
    format!(
        "{}, {}, {}, {}×",
        page.text(tie(l.tie)),
        terms::BITS_OF.with(page.lang, &[&layout::exact(l.bits)]),
        layout::period(l.first, l.last),
        layout::grouped(l.acts as u64)
    )
}

fn tie(tie: Tie) -> crate::language::Term {
    match tie {
        Tie::Device => terms::TIE_DEVICE,
        Tie::Ip => terms::TIE_IP,
        Tie::Bought => terms::TIE_BOUGHT,
        Tie::Sold => terms::TIE_SOLD,
    }
}

fn node(page: &Page<'_>, ring: &RingSheet, place: usize, n: &Node) -> Markup {
    let kind = match n.shape {
        Shape::Device => "device",
        Shape::Ip => "ip",
        Shape::Name => "name",
        Shape::Account(role) => role.name(),
    };
    let colour = n.broker.map_or(String::new(), |b| format!(" b{}", b % 6));
    html! {
        g class={ "n " (kind) (colour) } transform={ "translate(" (n.x) "," (n.y) ")" } data-i=(place)
            data-m=[n.member] role="button" tabindex=(if place == 0 { "0" } else { "-1" })
            aria-label=(about(page, ring, n)) {
            path d=(outline(n.shape, n.dot)) {}
            @if !n.dot { text x="11" y="4" { (escape::visible(&n.label, LABEL)) } }
        }
    }
}

/// Shapes that are told apart without colour.
fn outline(shape: Shape, dot: bool) -> &'static str {
    match shape {
        Shape::Account(Role::Victim | Role::Linked) if dot => "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z",
        Shape::Device if dot => "M-4-4h8v8h-8z",
        Shape::Ip if dot => "M0-5l5 9h-10z",
        Shape::Device => "M-6-5h12v10h-12z",
        Shape::Ip => "M0-7l7 12h-14z",
        Shape::Name => "M-6-6h12v12h-12z",
        Shape::Account(Role::Seller) => "M0-8l8 8l-8 8l-8-8z",
        Shape::Account(_) => "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0z",
    }
}

/// What a node is, in one line.
fn about(page: &Page<'_>, ring: &RingSheet, n: &Node) -> String {
    let label = escape::id(&n.label);
    match n.member.map(|m| &ring.members[m]) {
        Some(m) => format!(
            "{label}: {}; {}; {}",
            page.member_of(m.role),
            likelihood(m.confidence_words, m.confidence),
            terms::BITS_OF.with(page.lang, &[&layout::exact(n.bits)])
        ),
        None => {
            let shape = match n.shape {
                Shape::Device => terms::SHAPE_DEVICE,
                Shape::Ip => terms::SHAPE_IP,
                _ => terms::SHAPE_NAME,
            };
            format!("{}: {label}", page.text(shape))
        }
    }
}

fn table(page: &Page<'_>, chart: &Chart) -> Markup {
    html! {
        details {
            summary { (page.text(terms::LINKS_TABLE)) " (" (layout::grouped(chart.links.len() as u64)) ")" }
            div.wide tabindex="0" role="region" aria-label=(page.text(terms::LINKS_TABLE)) {
                table data-csv="links.csv" {
                    thead { tr {
                        @for h in [terms::FROM, terms::TIE, terms::TO, terms::BITS, terms::FIRST, terms::LAST, terms::TIMES] {
                            th scope="col" { (page.text(h)) }
                        }
                    } }
                    tbody { @for l in &chart.links { tr class={ "e " (class(l.tie)) } {
                        td { (escape::id(&chart.nodes[l.account].label)) }
                        td { (page.text(tie(l.tie))) }
                        td { (escape::id(&chart.nodes[l.other].label)) }
                        td.n { (layout::exact(l.bits)) }
                        td.t.one { (layout::clock(l.first)) }
                        td.t.one { (layout::clock(l.last)) }
                        td.n { (layout::grouped(l.acts as u64)) }
                    } } }
                }
            }
        }
    }
}
