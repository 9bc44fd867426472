//! The timeline as SVG: fixed labels at the left, and a drawing whose window the script changes.

use maud::{Markup, html};

use super::{
    parts::Page,
    terms,
    timeline::{self, Lane, Mark, Panel, Timeline},
};
use crate::{dossier::sheets::RingSheet, escape, language::Term, layout};

/// Units of the whole drawing: its width, where the axis begins and how long it is.
const WIDTH: i32 = 1_000;
const LEFT: i32 = 150;
const AXIS: i32 = WIDTH - LEFT - 10;
/// Heights of a lane, and of price and volume of a name.
const LANE: i32 = 26;
const PRICES: i32 = 62;
const VOLUMES: i32 = 34;
const GAP: i32 = 24;
const TOP: i32 = 26;

/// The timeline of `ring` with everything around it.
pub(super) fn timeline(page: &Page<'_>, ring: &RingSheet, prefix: &str) -> Markup {
    let Some(t) = timeline::timeline(page.view, ring) else { return html! {} };
    let end = t.start.plus(t.length.saturating_mul(1_000_000));
    let title = terms::TIMELINE_IS.with(
        page.lang,
        &[&escape::id(&ring.ring_id), &layout::clock(t.start), &layout::clock(end), &t.marks.len()],
    );
    html! {
        figure.timeline data-prefix=(prefix) {
            figcaption {
                (page.text(terms::TIMELINE_HOW))
                @if t.by_hour { " " (page.text(terms::TIMELINE_HOURS)) }
                @if t.cut_names > 0 { " " (terms::TIMELINE_CUT.with(page.lang, &[&t.cut_names])) }
            }
            (tools(page, ring))
            (drawing(page, ring, &t, &title))
            p.tip aria-live="polite" { (page.text(terms::DETAILS_NONE)) }
        }
    }
}

fn tools(page: &Page<'_>, ring: &RingSheet) -> Markup {
    html! {
        div.tools {
            span.zoom {
                button type="button" data-zoom="in" aria-label=(page.text(terms::ZOOM_IN)) { "+" }
                button type="button" data-zoom="out" aria-label=(page.text(terms::ZOOM_OUT)) { "−" }
                button type="button" data-zoom="window" { (page.text(terms::ZOOM_WINDOW)) }
                button type="button" data-zoom="all" { (page.text(terms::ZOOM_ALL)) }
            }
            ul.key {
                @for (i, broker) in ring.brokers.iter().enumerate() {
                    li { span class={ "chip b" (i % 6) } {} " " (escape::visible(broker, 24)) }
                }
                li { span.chip.volume {} " " (page.text(terms::VOLUME)) }
                li { span.chip.usual {} " " (page.text(terms::USUAL)) }
                li { span.chip.victim {} " " (page.text(terms::FILL_VICTIM)) }
                li { span.chip.seller {} " " (page.text(terms::FILL_SELLER)) }
            }
        }
    }
}

fn drawing(page: &Page<'_>, ring: &RingSheet, t: &Timeline, title: &str) -> Markup {
    let lanes = Lane::ALL.len() as i32 * LANE;
    let panels = t.panels.len() as i32 * (PRICES + VOLUMES + GAP);
    let height = TOP + lanes + panels + 10;
    let ticks = timeline::ticks(t);
    let place = |at: i64| LEFT as f64 + at as f64 / t.length as f64 * f64::from(AXIS);
    html! {
        svg.time viewBox={ "0 0 " (WIDTH) " " (height) } role="group" aria-label=(title) tabindex="0"
            data-start=(t.start.0) data-length=(t.length) data-from=(t.window.0) data-to=(t.window.1)
            data-left=(LEFT) data-axis=(AXIS) {
            g.ticks aria-hidden="true" {
                @for (at, text) in &ticks {
                    text x=(format!("{:.1}", place(*at))) y="14" { (text) }
                }
            }
            @for (i, lane) in Lane::ALL.into_iter().enumerate() {
                text.lane x="4" y=(TOP + i as i32 * LANE + 17) { (page.text(name(lane))) }
            }
            @for (i, panel) in t.panels.iter().enumerate() {
                @let top = TOP + lanes + GAP / 2 + i as i32 * (PRICES + VOLUMES + GAP);
                text.lane x="4" y=(top + 14) { (escape::visible(&panel.name, 20)) }
                text.scale x=(LEFT - 6) y=(top + 10) { (price(page, panel.highest)) }
                text.scale x=(LEFT - 6) y=(top + PRICES) { (price(page, panel.lowest)) }
                text.scale x=(LEFT - 6) y=(top + PRICES + 14) { (page.number(Some(panel.most), 0)) }
            }
            svg.plot x=(LEFT) y="0" width=(AXIS) height=(height) viewBox={ "0 0 " (t.length) " " (height) }
                preserveAspectRatio="none" {
                @for i in 0..=Lane::ALL.len() as i32 {
                    path.rule d={ "M0 " (TOP + i * LANE) "h" (t.length) } {}
                }
                g.grid { @for (at, _) in &ticks { path d={ "M" (at) " " (TOP) "V" (height) } {} } }
                @for m in &t.marks { (mark(page, ring, m)) }
                @for (i, p) in t.panels.iter().enumerate() {
                    (panel(page, p, TOP + lanes + GAP / 2 + i as i32 * (PRICES + VOLUMES + GAP)))
                }
            }
        }
    }
}

fn price(page: &Page<'_>, value: f64) -> String {
    if value.is_finite() { page.number(Some(value), 2) } else { String::new() }
}

fn name(lane: Lane) -> Term {
    match lane {
        Lane::Logins => terms::LANE_LOGINS,
        Lane::Changes => terms::LANE_CHANGES,
        Lane::Sales => terms::LANE_SALES,
        Lane::Purchases => terms::LANE_PURCHASES,
        Lane::SellerPurchases => terms::LANE_SELLER_PURCHASES,
        Lane::SellerSales => terms::LANE_SELLER_SALES,
    }
}

fn mark(page: &Page<'_>, ring: &RingSheet, m: &Mark) -> Markup {
    let lane = Lane::ALL.iter().position(|l| *l == m.lane).unwrap_or(0) as i32;
    let broker = ring.brokers.get(m.broker).map_or_else(String::new, |b| escape::visible(b, 24));
    let text = terms::MARK
        .with(page.lang, &[&page.text(name(m.lane)), &broker, &layout::clock(m.time), &m.acts, &m.accounts]);
    // Each broker has its own part of the lane, so that marks of one minute do not hide each other.
    let brokers = ring.brokers.len().clamp(1, 6) as i32;
    let part = (LANE - 6) / brokers;
    let y = TOP + lane * LANE + 3 + (m.broker as i32 % brokers) * part;
    html! {
        path class={ "m b" (m.broker % 6) } d={ "M" (m.at) " " (y) "v" (part.max(3)) } data-t=(text) {}
    }
}

/// Prices above, volumes below.
fn panel(page: &Page<'_>, p: &Panel, top: i32) -> Markup {
    let span = (p.highest - p.lowest).max(f64::MIN_POSITIVE);
    let high = |price: f64| f64::from(top) + (p.highest - price) / span * f64::from(PRICES - 4) + 2.0;
    let base = top + PRICES + VOLUMES;
    let tall = |volume: f64| volume / p.most.max(f64::MIN_POSITIVE) * f64::from(VOLUMES - 2);
    let y = |v: f64| format!("{v:.1}");
    html! {
        @for d in &p.days {
            @let wide = (d.to - d.from).max(1);
            @let text = bar_text(page, p, d);
            @if let Some(volume) = d.volume {
                rect.volume x=(d.from) y=(y(f64::from(base) - tall(volume))) width=(wide) height=(y(tall(volume))) data-t=(text) {}
            }
            @if let Some(bought) = d.bought.filter(|b| *b > 0.0) {
                rect.bought x=(d.from) y=(y(f64::from(base) - tall(bought))) width=(wide) height=(y(tall(bought))) data-t=(text) {}
            }
            @if let Some(usual) = d.usual {
                path.usual d={ "M" (d.from) " " (y(f64::from(base) - tall(usual))) "h" (wide) } {}
            }
            @if let Some([_, top, low, close]) = d.prices {
                path.range d={ "M" (d.from + wide / 2) " " (y(high(top))) "V" (y(high(low))) } data-t=(text) {}
                path.close d={ "M" (d.from + wide / 2) " " (y(high(close))) "h" (wide / 2) } {}
            }
        }
        @for (at, price, seller) in &p.fills {
            path class=(if *seller { "fill seller" } else { "fill victim" }) d={ "M" (at) " " (y(high(*price))) "h0" } {}
        }
        path.rule d={ "M0 " (base) "h" (p.days.last().map_or(1, |d| d.to)) } {}
    }
}

fn bar_text(page: &Page<'_>, p: &Panel, d: &timeline::Bar) -> String {
    let price = |i: usize| page.number(d.prices.map(|p| p[i]), 2);
    let shares = |v: Option<f64>| page.number(v, 0);
    terms::BAR.with(
        page.lang,
        &[
            &escape::visible(&p.name, 24),
            &d.day,
            &price(0),
            &price(1),
            &price(2),
            &price(3),
            &shares(d.volume),
            &shares(d.usual),
            &shares(d.bought),
        ],
    )
}
