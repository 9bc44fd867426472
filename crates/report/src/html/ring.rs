//! The part of the page that tells of one ring.

use itoguchi_model::{Millibits, results::ActRow};
use maud::{Markup, html};

use super::{
    chart_svg,
    parts::{Page, account, mark, period},
    sections::{likelihood, network},
    terms, timeline_svg,
};
use crate::{
    dossier::{
        quality::Level,
        sheets::{Amount, EvidenceSheet, MemberSheet, RingSheet, Source, Waterfall},
        tape::DaySheet,
    },
    escape, layout, words,
};

/// Members whose waterfall is printed; those with most bits.
const MOST_WATERFALLS: usize = 1_500;
/// Rows of acts, and pieces of evidence of the ring as a whole.
const MOST_ACTS: usize = 1_500;
const MOST_SHARED: usize = 50;

/// Everything of the `place`-th ring.
pub(super) fn section(page: &Page<'_>, place: usize, ring: &RingSheet) -> Markup {
    let prefix = format!("r{}", place + 1);
    html! {
        article.ring id=(prefix) aria-labelledby={ (prefix) "-title" } {
            h2 id={ (prefix) "-title" } { (page.text(terms::RING)) " " (escape::id(&ring.ring_id)) }
            (summary(page, ring))
            h3 { (page.text(terms::CHART)) }
            (chart_svg::chart(page, ring, &prefix))
            h3 { (page.text(terms::TIMELINE)) }
            (timeline_svg::timeline(page, ring, &prefix))
            (members(page, ring, &prefix))
            (sellers(page, ring))
            (amounts(page, ring))
            (ratios(page, ring))
            (names(page, ring))
            (infrastructure(page, ring))
            (foundations(page, ring))
            (shared_evidence(page, ring))
            (acts(page, ring))
        }
    }
}

/// A table in a box that scrolls by itself, with its headings.
fn table(page: &Page<'_>, name: &str, csv: &str, headings: &[crate::language::Term], body: Markup) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label=(name) {
            table data-csv=(csv) {
                thead { tr { @for h in headings { th scope="col" { (page.text(*h)) } } } }
                tbody { (body) }
            }
        }
    }
}

/// A scale of `steps` with the `filled` first ones filled in.
fn scale(filled: usize, steps: usize, text: &str) -> Markup {
    html! {
        span.scale role="img" aria-label=(text) {
            @for i in 0..steps { span class=@if i < filled { "on" } @else { "off" } {} }
        }
    }
}

fn summary(page: &Page<'_>, ring: &RingSheet) -> Markup {
    let lang = page.lang;
    let level = match ring.quality.level {
        Level::Limited => 1,
        Level::Moderate => 2,
        Level::Strong => 3,
    };
    let steps = [0.0, 0.45, 0.55, 0.80, 0.95];
    let likely = steps.iter().filter(|s| ring.likelihood >= **s).count();
    let statement = terms::LIKELIHOOD_IS.with(
        lang,
        &[&ring.likelihood_words, &words::probability(ring.likelihood), &layout::exact(ring.score_bits.0)],
    );
    let count = |term: crate::language::Term, n: u32| term.count(lang, u64::from(n));
    html! {
        section.card {
            h3 { (page.text(terms::SUMMARY)) }
            div.scales {
                div.inference {
                    h4 { (page.text(terms::LIKELIHOOD)) }
                    (scale(likely, 5, &likelihood(ring.likelihood_words, ring.likelihood)))
                    p { (mark(page, "inference", terms::INFERENCE)) (statement) }
                }
                div.inference {
                    h4 { (page.text(terms::QUALITY)) }
                    (scale(level, 3, ring.quality.words))
                    p { (mark(page, "inference", terms::INFERENCE)) (ring.quality.words) }
                    ul { @for reason in &ring.quality.reasons { li { (reason) } } }
                }
            }
            div.fact {
                (mark(page, "fact", terms::FACT))
                dl.facts {
                    dt { (page.text(terms::WINDOW)) } dd { (period(ring.window)) }
                    dt { (page.text(terms::BROKERS)) } dd { (page.others(&ring.brokers, ring.other_brokers)) }
                    dt { (page.text(terms::NAMES)) }
                    dd { (ring.instruments.iter().map(|i| escape::id(&i.instrument)).collect::<Vec<_>>().join(", ")) }
                }
            }
            div.inference {
                (mark(page, "inference", terms::INFERENCE))
                dl.facts {
                    dt { (page.text(terms::MEMBERS)) }
                    dd {
                        (count(terms::VICTIMS_N, ring.victims)) ", " (count(terms::SELLERS_N, ring.sellers)) ", "
                        (count(terms::LINKED_N, ring.linked))
                    }
                    dt { (page.text(terms::FAMILIES)) }
                    dd { (terms::INDEPENDENT.with(lang, &[&ring.independent_families])) }
                    @for a in &ring.amounts { dt { (a.name) } dd { (amount(page, ring, a)) } }
                    dt { (page.text(terms::WEAKEST)) } dd { (weakest(page, ring)) }
                }
            }
            div.opinion {
                (mark(page, "opinion", terms::OPINION))
                @if ring.opinions.is_empty() { (page.text(terms::OPINIONS_NONE)) }
                ul { @for o in &ring.opinions { li { (o.sentence(lang)) } } }
            }
        }
    }
}

fn weakest(page: &Page<'_>, ring: &RingSheet) -> String {
    let stated = escape::sentence(&ring.weakest_point);
    if stated.is_empty() { page.text(terms::NONE_STATED).to_owned() } else { stated }
}

fn members(page: &Page<'_>, ring: &RingSheet, prefix: &str) -> Markup {
    let told = told(ring);
    let body = html! {
        @for (i, m) in ring.members.iter().enumerate() {
            tr class=(m.role.name()) {
                td {
                    @if told[i] { a href={ "#" (prefix) "-m" (i) } { (account(&m.account)) } }
                    @else { (account(&m.account)) }
                }
                td { (m.role_words) }
                td { (likelihood(m.confidence_words, m.confidence)) }
                td.n { (layout::exact(m.waterfall.recorded_bits.0)) }
                td.t { (layout::period(m.first_seen.0, m.last_seen.0).trim_end_matches(" JST")) }
            }
        }
    };
    let cut = told.iter().filter(|t| !**t).count();
    html! {
        section {
            h3 { (page.text(terms::MEMBERS)) " " (mark(page, "inference", terms::INFERENCE)) }
            (table(page, page.text(terms::MEMBERS), "members.csv",
                &[terms::ACCOUNT, terms::ROLE, terms::CONFIDENCE, terms::BITS, terms::SEEN], body))
            @if let Some(n) = ring.not_shown {
                p { (terms::NOT_SHOWN.with(page.lang, &[
                    &terms::VICTIMS_N.count(page.lang, u64::from(n.victims)),
                    &terms::SELLERS_N.count(page.lang, u64::from(n.sellers)),
                    &terms::LINKED_N.count(page.lang, u64::from(n.linked)),
                ])) }
            }
            h3 { (page.text(terms::WHY)) }
            @if cut > 0 {
                p.cut { (terms::WHY_CUT.with(page.lang, &[
                    &layout::grouped((ring.members.len() - cut) as u64), &layout::grouped(cut as u64),
                ])) }
            }
            @for (i, m) in ring.members.iter().enumerate() {
                @if told[i] { (member(page, m, &format!("{prefix}-m{i}"))) }
            }
        }
    }
}

/// Which members have their waterfall printed: all, or those with most bits.
fn told(ring: &RingSheet) -> Vec<bool> {
    let mut order: Vec<usize> = (0..ring.members.len()).collect();
    order.sort_by_key(|i| (std::cmp::Reverse(ring.members[*i].waterfall.recorded_bits.0), *i));
    let mut told = vec![false; ring.members.len()];
    for i in order.into_iter().take(MOST_WATERFALLS) {
        told[i] = true;
    }
    told
}

fn member(page: &Page<'_>, m: &MemberSheet, id: &str) -> Markup {
    html! {
        details.member id=(id) {
            summary {
                (account(&m.account)) " " span.small {
                    (m.role_words) "; " (likelihood(m.confidence_words, m.confidence)) "; "
                    (terms::BITS_OF.with(page.lang, &[&layout::exact(m.waterfall.recorded_bits.0)]))
                }
            }
            (waterfall(page, &m.waterfall))
        }
    }
}

/// Prior, pieces and total, each with a bar that begins where the one before ended.
fn waterfall(page: &Page<'_>, w: &Waterfall) -> Markup {
    let mut sum = Millibits::ZERO;
    let mut steps: Vec<(Millibits, Millibits)> = Vec::new();
    for bits in std::iter::once(w.prior_bits.0).chain(w.evidence.iter().map(|e| e.bits.0)) {
        let before = sum;
        sum += bits;
        steps.push((before, sum));
    }
    let ends = || steps.iter().flat_map(|(a, b)| [a.0, b.0]).chain([0]);
    let (low, high) = (ends().min().unwrap_or(0), ends().max().unwrap_or(0));
    let span = (i128::from(high) - i128::from(low)).max(1);
    let place = |bits: Millibits| ((i128::from(bits.0) - i128::from(low)) * 200 / span) as i32;
    let bar = |(from, to): (Millibits, Millibits), class: &str| {
        let (a, b) = (place(from.min(to)), place(from.max(to)));
        html! {
            svg.fall width="204" height="14" viewBox="-2 0 204 14" aria-hidden="true" {
                path.zero d={ "M" (place(Millibits::ZERO)) " 0v14" } {}
                rect class=(class) x=(a) y="2" width=((b - a).max(1)) height="10" {}
            }
        }
    };
    let prior = terms::PRIOR_LINE.with(page.lang, &[&layout::grouped(u64::from(page.dossier.accounts))]);
    let total = Millibits::ZERO;
    html! {
        div.wide tabindex="0" role="region" aria-label=(page.text(terms::WHY)) { table.waterfall {
            thead { tr {
                th scope="col" { (page.text(terms::EVIDENCE)) } th scope="col" { (page.text(terms::STATEMENT)) }
                th scope="col" { (page.text(terms::WHEN)) } th scope="col" { (page.text(terms::BITS)) }
                th scope="col" { (page.text(terms::SOURCE)) } th scope="col" { span.vh { (page.text(terms::BITS)) } }
            } }
            tbody {
                tr {
                    td colspan="3" { (prior) } td.n { (layout::exact(w.prior_bits.0)) } td {}
                    td { (bar(steps[0], "against")) }
                }
                @for (e, step) in w.evidence.iter().zip(&steps[1..]) {
                    tr { (page.evidence_cells(e)) td { (bar(*step, if e.bits.0 < total { "against" } else { "for" })) } }
                }
                tr.total {
                    td colspan="3" {
                        (page.text(terms::TOTAL))
                        @if !w.adds_up {
                            "; " (terms::NOT_ITEMISED.with(page.lang, &[&layout::exact(w.missing())]))
                        }
                    }
                    td.n { (layout::exact(w.sum_bits.0)) } td {}
                    td { (bar((total, w.sum_bits.0), "sum")) }
                }
            }
        } }
    }
}

fn sellers(page: &Page<'_>, ring: &RingSheet) -> Markup {
    let shares = |v: Option<f64>| page.number(v, 2);
    let body = html! {
        @for s in &ring.seller_ranking {
            tr {
                td { (account(&s.account)) }
                td { (escape::id(&s.instrument)) }
                td.n { (shares(s.held_qty)) }
                td.n { (shares(s.built_up_qty)) " (" (page.percent(s.built_up_qty, s.held_qty)) ")" }
                td.n { (shares(s.sold_qty)) }
                td.n { (page.number(s.overlap_qty, 2)) " (" (page.percent(s.overlap_qty, s.sold_qty)) ")" }
                td.t { (period(s.sold)) }
                td.n { (page.yen(s.proceeds_jpy)) }
                td.n { (page.yen(s.profit_jpy)) }
            }
        }
    };
    html! {
        section {
            h3 { (page.text(terms::SELLERS)) " " (mark(page, "inference", terms::INFERENCE)) }
            @if ring.seller_ranking.is_empty() { p { (page.text(terms::SELLERS_NONE)) } } @else {
                (table(page, page.text(terms::SELLERS), "sellers.csv", &[
                    terms::ACCOUNT, terms::NAMES, terms::HELD, terms::BUILT_UP, terms::SOLD, terms::OVERLAP,
                    terms::WHEN, terms::PROCEEDS, terms::PROFIT,
                ], body))
            }
        }
    }
}

fn amounts(page: &Page<'_>, ring: &RingSheet) -> Markup {
    let body = html! {
        @for a in &ring.amounts {
            tr { th scope="row" { (a.name) } td.n { (amount(page, ring, a)) } td { (a.formula) } }
        }
    };
    html! {
        section {
            h3 { (page.text(terms::AMOUNTS)) " " (mark(page, "inference", terms::INFERENCE)) }
            (table(page, page.text(terms::AMOUNTS), "amounts.csv", &[terms::AMOUNT, terms::AMOUNT_JPY, terms::FORMULA], body))
            p { (page.text(if ring.not_shown.is_some() { terms::AMOUNTS_OWN } else { terms::AMOUNTS_APART })) }
        }
    }
}

/// An amount in yen. Without suspected sellers theirs are not unknown: there are none.
fn amount(page: &Page<'_>, ring: &RingSheet, a: &Amount) -> String {
    if a.of_sellers && ring.sellers == 0 { "–".to_owned() } else { page.yen(a.jpy) }
}

/// Ratios of the days on which the ring traded.
fn ratios(page: &Page<'_>, ring: &RingSheet) -> Markup {
    let active: Vec<(&DaySheet, Option<f64>)> = ring
        .days
        .iter()
        .enumerate()
        .filter(|(_, d)| d.active())
        .map(|(i, d)| {
            let before = ring.days[..i].last().filter(|b| b.instrument == d.instrument);
            (d, before.and_then(|b| b.prices).map(|p| p[3]))
        })
        .collect();
    if active.is_empty() {
        return html! {};
    }
    let body = html! {
        @for (d, close_before) in &active {
            @let part = d.part;
            @let bought = part.map(|p| p.victims_bought);
            @let rise = d.prices.zip(*close_before).map(|(p, c)| (p[1] - c, c));
            tr {
                td { (escape::id(&d.instrument)) }
                td.t { (d.day) }
                td.n { (page.number(bought, 2)) }
                td.n { (page.percent(bought, d.volume)) }
                td.n { (page.percent(part.map(|p| p.raised), bought)) }
                td.n { (page.percent(part.map(|p| p.closing), bought)) }
                td.n { (page.percent(part.map(|p| p.matched), bought)) }
                td.n { (page.percent(part.map(|p| p.sellers_sold), d.volume)) }
                td.n { (page.number(d.volume.zip(d.usual_volume).filter(|(_, u)| *u > 0.0).map(|(v, u)| v / u), 1)) }
                td.n { (page.percent(rise.map(|r| r.0), rise.map(|r| r.1))) }
                td { (page.sources(d.source.as_slice())) }
            }
        }
    };
    let formulas = [
        terms::PARTICIPATION_IS,
        terms::RAISING_IS,
        terms::CLOSING_IS,
        terms::MATCHED_IS,
        terms::SELLER_SHARE_IS,
        terms::VOLUME_RATIO_IS,
        terms::RISE_IS,
    ];
    html! {
        section {
            h3 { (page.text(terms::RATIOS)) " " (mark(page, "inference", terms::INFERENCE)) }
            (table(page, page.text(terms::RATIOS), "ratios.csv", &[
                terms::NAMES, terms::DAY, terms::VICTIMS_BOUGHT, terms::PARTICIPATION, terms::RAISING, terms::CLOSING,
                terms::MATCHED, terms::SELLER_SHARE, terms::VOLUME_RATIO, terms::RISE, terms::SOURCE,
            ], body))
            ul.small { @for f in formulas { li { (page.text(f)) } } }
        }
    }
}

fn names(page: &Page<'_>, ring: &RingSheet) -> Markup {
    let body = html! {
        @for i in &ring.instruments {
            tr {
                td { (escape::id(&i.instrument)) }
                td.t { @if let Some(b) = i.bought { (period(b)) } @else { "–" } }
                td.n { (page.number(i.victim_buy_qty, 2)) }
                td.n { (page.number(i.seller_sell_qty, 2)) }
                td.n { (page.number(i.market_qty, 2)) }
                td.n { (page.number(i.price_before, 2)) }
                td.n { (page.number(i.price_peak, 2)) }
                td.n { (page.number(i.price_after, 2)) }
            }
        }
    };
    html! {
        section {
            h3 { (page.text(terms::NAMES_TRADED)) " " (mark(page, "inference", terms::INFERENCE)) }
            (table(page, page.text(terms::NAMES_TRADED), "names.csv", &[
                terms::NAMES, terms::BOUGHT_WHEN, terms::VICTIMS_BOUGHT, terms::SELLERS_SOLD, terms::MARKET_VOLUME,
                terms::PRICE_BEFORE, terms::PRICE_PEAK, terms::PRICE_AFTER,
            ], body))
        }
    }
}

fn infrastructure(page: &Page<'_>, ring: &RingSheet) -> Markup {
    let body = html! {
        @for i in &ring.infrastructure {
            tr {
                td { (escape::id(&i.value)) }
                td { (i.role_words) }
                td.n { (layout::grouped(u64::from(i.accounts))) }
                td.n { (terms::BITS_OF.with(page.lang, &[&layout::exact(i.bits.0)])) }
                td { (page.others(&i.brokers, i.other_brokers)) }
                td.t { @if let Some(used) = i.used { (period(used)) } @else { "–" } }
            }
        }
    };
    html! {
        section {
            h3 { (page.text(terms::INFRASTRUCTURE)) " " (mark(page, "inference", terms::INFERENCE)) }
            @if ring.infrastructure.is_empty() { p { (page.text(terms::INFRASTRUCTURE_NONE)) } } @else {
                (table(page, page.text(terms::INFRASTRUCTURE), "infrastructure.csv", &[
                    terms::VALUE, terms::ROLE, terms::USERS, terms::WORTH, terms::BROKERS, terms::WHEN,
                ], body))
                p { (page.text(terms::ADDRESS_NOTE)) }
            }
        }
    }
}

/// What holds the ring together, what would break it, and what else could explain it.
fn foundations(page: &Page<'_>, ring: &RingSheet) -> Markup {
    let body = html! {
        @for f in &ring.families {
            tr {
                td { (words::family(f.family, page.lang)) " " code { (f.family.name()) } }
                td.n { (f.pieces) }
                td.n { (layout::exact(f.bits.0)) }
                td { (page.text(if f.holds { terms::YES } else { terms::NO })) }
            }
        }
    };
    html! {
        section {
            h3 { (page.text(terms::HOLDS)) " " (mark(page, "inference", terms::INFERENCE)) }
            (table(page, page.text(terms::HOLDS), "families.csv",
                &[terms::FAMILY, terms::PIECES, terms::BITS, terms::COUNTED], body))
            p { (terms::INDEPENDENT.with(page.lang, &[&ring.independent_families])) }
            h4 { (page.text(terms::GREW_HEAD)) }
            ul { @for step in &ring.growth { li { (step.sentence(page.lang, account)) } } }
            h4 { (page.text(terms::WEAKEST)) }
            p.inference { (weakest(page, ring)) }
            h4 { (page.text(terms::INNOCENT)) }
            @if ring.innocent_explanations.is_empty() { p { (page.text(terms::NONE_STATED)) } }
            ul { @for e in &ring.innocent_explanations {
                li { (mark(page, "opinion", terms::OPINION)) (escape::sentence(e)) }
            } }
        }
    }
}

fn shared_evidence(page: &Page<'_>, ring: &RingSheet) -> Markup {
    if ring.evidence.is_empty() {
        return html! {};
    }
    let row = |e: &EvidenceSheet| {
        html! { tr { (page.evidence_cells(e)) td { (escape::visible(&e.subject, 140)) } } }
    };
    let body = html! { @for e in ring.evidence.iter().take(MOST_SHARED) { (row(e)) } };
    html! {
        section {
            h3 { (page.text(terms::SHARED_EVIDENCE)) }
            (table(page, page.text(terms::SHARED_EVIDENCE), "evidence.csv", &[
                terms::EVIDENCE, terms::STATEMENT, terms::WHEN, terms::BITS, terms::SOURCE, terms::ACCOUNT,
            ], body))
            @if ring.evidence.len() > MOST_SHARED {
                p.cut { (terms::MORE_EVIDENCE.with(page.lang, &[&layout::grouped((ring.evidence.len() - MOST_SHARED) as u64)])) }
            }
        }
    }
}

/// What members did, one row of input each.
fn acts(page: &Page<'_>, ring: &RingSheet) -> Markup {
    let acts = page.view.acts(&ring.ring_id);
    let acts: Vec<&ActRow> =
        acts.iter().copied().filter(|a| page.view.disclosure.shows(&a.account)).collect();
    let row = |a: &ActRow| {
        let access = a.access.as_ref();
        let trade = a.trade.as_ref();
        let source = Source { file: page.view.disclosure.text(&a.source.0), rows: vec![a.source.1] };
        let part = |text: Option<&str>, columns: usize| {
            text.map(|t| escape::visible(t, columns)).unwrap_or_default()
        };
        html! { tr {
            td.t.one { (layout::period(a.time, a.time).trim_end_matches(" JST")) }
            td { (account(&a.account)) }
            td { (page.act(a.act)) }
            td { (part(trade.map(|t| t.instrument.as_str()), 40)) }
            td.n { @if let Some(t) = trade { (page.number(t.quantity, 2)) } }
            td.n { @if let Some(t) = trade { (page.number(t.price, 4)) " " (part(t.currency.as_deref(), 8)) } }
            td.n { @if let Some(t) = trade { (page.yen(t.jpy)) } }
            td.t {
                (part(access.and_then(|x| x.ip.as_deref()), 64))
                @if let Some(port) = access.and_then(|x| x.src_port) { " :" (port) }
            }
            td { (part(access.and_then(|x| x.device.as_deref()), 64)) }
            td { (part(access.and_then(|x| x.user_agent.as_deref()), 120)) }
            td { @if let Some(x) = access { (network(x.asn, x.country.as_deref(), x.ip_class)) } }
            td { (page.sources(&[source])) }
        } }
    };
    let body = html! { @for a in acts.iter().take(MOST_ACTS) { (row(a)) } };
    html! {
        section {
            h3 { (page.text(terms::ACTS)) " " (mark(page, "fact", terms::FACT)) }
            @if acts.len() > MOST_ACTS {
                p.cut { (terms::ACTS_CUT.with(page.lang, &[
                    &layout::grouped(MOST_ACTS as u64), &layout::grouped(acts.len() as u64),
                ])) }
            }
            details {
                summary { (layout::grouped(acts.len() as u64)) }
                (table(page, page.text(terms::ACTS), "acts.csv", &[
                    terms::WHEN, terms::ACCOUNT, terms::ACT, terms::NAMES, terms::QUANTITY, terms::PRICE, terms::AMOUNT_JPY,
                    terms::IP, terms::DEVICE_ID, terms::PROGRAM, terms::NETWORK, terms::SOURCE,
                ], body))
            }
        }
    }
}
