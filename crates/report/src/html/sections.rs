//! The parts of the page that belong to no single ring.

use maud::{Markup, html};

use super::{
    parts::{Page, account, heading, mark, period},
    terms,
};
use crate::{dossier::Input, escape, layout, words};

/// Lines of the preserve list and of episodes shown before the rest is only counted.
const MOST_LINES: usize = 1_000;
const MOST_EPISODES: usize = 500;

/// The table of contents: one line a ring, with how likely it is and whom it touches.
pub(super) fn contents(page: &Page<'_>) -> Markup {
    html! {
        nav aria-label=(page.text(terms::CONTENTS)) {
            ul {
                li { a href="#preserve" { (page.text(terms::PRESERVE)) } }
                @for (i, ring) in page.dossier.rings.iter().enumerate() {
                    li {
                        a href={ "#r" (i + 1) } { (page.text(terms::RING)) " " (escape::id(&ring.ring_id)) }
                        " " span.small {
                            (ring.likelihood_words) ", "
                            (terms::VICTIMS_N.count(page.lang, u64::from(ring.victims))) ", "
                            (terms::SELLERS_N.count(page.lang, u64::from(ring.sellers)))
                        }
                    }
                }
                li { a href="#sources" { (page.text(terms::SOURCES)) } }
                li { a href="#limitations" { (page.text(terms::LIMITATIONS)) } }
            }
        }
    }
}

/// Addresses, ports and times whose records must be preserved, oldest first.
pub(super) fn preserve(page: &Page<'_>) -> Markup {
    let lines = &page.dossier.preserve;
    html! {
        section.preserve {
            (heading("preserve", page.text(terms::PRESERVE)))
            p { (page.text(terms::PRESERVE_WHY)) }
            @if lines.is_empty() { p { (page.text(terms::PRESERVE_NONE)) } } @else {
                @if lines.len() > MOST_LINES {
                    p.cut { (terms::PRESERVE_CUT.with(page.lang, &[&layout::grouped(MOST_LINES as u64), &layout::grouped(lines.len() as u64)])) }
                }
                div.wide tabindex="0" role="region" aria-label=(page.text(terms::PRESERVE)) {
                    table #preserve-table data-csv="preserve.csv" {
                        thead { tr {
                            th scope="col" { (page.text(terms::IP)) }
                            th scope="col" { (page.text(terms::PORT)) }
                            th scope="col" { (page.text(terms::TIME_JST)) }
                            th scope="col" { (page.text(terms::TIME_UTC)) }
                            th scope="col" { (page.text(terms::ACT)) }
                            th scope="col" { (page.text(terms::ACCOUNT)) }
                            th scope="col" { (page.text(terms::NETWORK)) }
                            th scope="col" { (page.text(terms::SOURCE)) }
                        } }
                        tbody {
                            @for line in lines.iter().take(MOST_LINES) {
                                tr {
                                    td.t.one { (escape::id(&line.ip)) }
                                    td.n { (line.src_port.map_or("–".to_owned(), |p| p.to_string())) }
                                    td.t.one { (layout::clock(line.time.0)) }
                                    td.t.one { (line.time.0) }
                                    td { (page.act(line.act)) }
                                    td.one { (account(&line.account)) }
                                    td { (network(line.asn, line.country.as_deref(), line.ip_class)) }
                                    td { (page.sources(std::slice::from_ref(&line.source))) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn network(asn: Option<u32>, country: Option<&str>, class: Option<&str>) -> String {
    let asn = asn.map(|n| format!("AS{n}"));
    let parts = asn.into_iter().chain(country.map(escape::id)).chain(class.map(str::to_owned));
    parts.collect::<Vec<_>>().join(" ")
}

/// What marks a fact, an inference and an opinion.
pub(super) fn legend(page: &Page<'_>) -> Markup {
    let line = |class, name, meaning| {
        html! { li { (mark(page, class, name)) (page.text(meaning)) } }
    };
    html! {
        section.legend {
            (heading("legend", page.text(terms::LEGEND)))
            ul {
                (line("fact", terms::FACT, crate::terms::FACT_IS))
                (line("inference", terms::INFERENCE, crate::terms::INFERENCE_IS))
                (line("opinion", terms::OPINION, crate::terms::OPINION_IS))
            }
        }
    }
}

/// What this report was made from, and by what.
pub(super) fn case(page: &Page<'_>) -> Markup {
    let d = page.dossier;
    let scope = match (&d.scope.ring, &d.scope.broker) {
        (None, None) => page.text(terms::EVERYTHING).to_owned(),
        (ring, broker) => {
            let ring = ring.iter().map(|r| terms::RING_SCOPE.with(page.lang, &[&escape::id(r)]));
            let broker = broker.iter().map(|b| terms::BROKER_SCOPE.with(page.lang, &[&escape::id(b)]));
            ring.chain(broker).collect::<Vec<_>>().join(", ")
        }
    };
    let grouped = |n: u64| layout::grouped(n);
    let rows = terms::ROWS_ARE
        .with(page.lang, &[&grouped(d.rows.read), &grouped(d.rows.used), &grouped(d.rows.rejected)]);
    let s = d.superseded;
    let aside = terms::SET_ASIDE_ARE
        .with(page.lang, &[&grouped(s.repeated), &grouped(s.corrected), &grouped(s.cancelled)]);
    let prior =
        terms::BITS_OF.with(page.lang, &[&layout::exact(d.prior_bits.0).trim_start_matches('+').to_owned()]);
    let started = &page.view.loaded.manifest.run.started;
    html! {
        section {
            (heading("case", page.text(terms::CASE)))
            dl.facts {
                dt { (page.text(terms::SCOPE)) } dd { (scope) }
                dt { (page.text(terms::TOOL)) } dd { "itoguchi " (escape::id(&d.tool_version)) }
                @if !started.is_empty() {
                    dt { (page.text(terms::COMPUTED)) } dd { (escape::id(started)) }
                }
                dt { (page.text(terms::ACCOUNTS_READ)) } dd { (grouped(u64::from(d.accounts))) }
                dt { (page.text(terms::PRIOR)) } dd { (prior) }
                dt { (page.text(terms::ROWS)) } dd { (rows) }
                dt { (page.text(terms::SET_ASIDE)) } dd { (aside) }
                dt { (page.text(terms::SHARING)) } dd { (page.text(terms::SHARING_IS)) }
            }
        }
    }
}

/// Names with more first-time buyers or sellers than their history explains.
pub(super) fn bursts(page: &Page<'_>) -> Markup {
    html! {
        section {
            (heading("bursts", page.text(terms::BURSTS)))
            @if page.dossier.bursts.is_empty() { p { "–" } } @else {
                div.wide tabindex="0" role="region" aria-label=(page.text(terms::BURSTS)) { table data-csv="bursts.csv" {
                    thead { tr {
                        th scope="col" { (page.text(terms::NAMES)) } th scope="col" { (page.text(terms::SIDE)) }
                        th scope="col" { (page.text(terms::WHEN)) } th scope="col" { (page.text(terms::STATEMENT)) }
                        th scope="col" { (page.text(terms::BROKERS)) } th scope="col" { (page.text(terms::RISE)) }
                        th scope="col" { (page.text(terms::VOLUME_RATIO)) }
                    } }
                    tbody { @for b in &page.dossier.bursts { tr {
                        td { (escape::id(&b.instrument)) }
                        td { (page.act(b.side)) }
                        td.t { (period(b.period)) }
                        td { (terms::BURST_IS.with(page.lang, &[
                            &layout::grouped(u64::from(b.accounts)),
                            &page.number(Some(b.expected), 1),
                            &words::small(b.q_value),
                        ])) }
                        td { (page.others(&b.brokers, b.other_brokers)) }
                        td.n { (page.percent(b.price_impact, b.price_impact.map(|_| 1.0))) }
                        td.n { (page.number(b.volume_ratio, 1)) }
                    } } }
                } }
            }
        }
    }
}

/// Odd sessions of accounts in no ring: considered, and not linked.
pub(super) fn lone_episodes(page: &Page<'_>) -> Markup {
    let episodes = &page.dossier.lone_episodes;
    if page.dossier.scope.ring.is_some() || episodes.is_empty() {
        return html! {};
    }
    html! {
        section {
            (heading("lone", page.text(terms::LONE)))
            p { (page.text(terms::LONE_IS)) }
            @if episodes.len() > MOST_EPISODES {
                p.cut { (terms::LONE_CUT.with(page.lang, &[&layout::grouped((episodes.len() - MOST_EPISODES) as u64)])) }
            }
            details {
                summary { (layout::grouped(episodes.len() as u64)) }
                div.wide tabindex="0" role="region" aria-label=(page.text(terms::LONE)) { table data-csv="episodes.csv" {
                    thead { tr {
                        th scope="col" { (page.text(terms::ACCOUNT)) } th scope="col" { (page.text(terms::WHEN)) }
                        th scope="col" { (page.text(terms::BITS)) } th scope="col" { (page.text(terms::SIGNALS)) }
                        th scope="col" { (page.text(terms::SOLD_JPY)) } th scope="col" { (page.text(terms::BOUGHT_JPY)) }
                    } }
                    tbody { @for e in episodes.iter().take(MOST_EPISODES) { tr {
                        td { (account(&e.account)) }
                        td.t { (period(e.period)) }
                        td.n { (layout::exact(e.bits.0)) }
                        td { (page.signals(&e.signals)) }
                        td.n { (page.yen(e.sold_jpy)) }
                        td.n { (page.yen(e.bought_jpy)) }
                    } } }
                } }
            }
        }
    }
}

/// Every input file with its number, rows and SHA-256.
pub(super) fn sources(page: &Page<'_>) -> Markup {
    let row = |number: usize, f: &Input| {
        html! { tr id={ "f" (number) } {
            td { "F" (number) }
            td { (escape::visible(&f.path, 300)) }
            td { (escape::id(&f.table)) }
            td.n { (layout::grouped(f.bytes)) }
            td.n { (layout::grouped(f.rows.read)) }
            td.n { (layout::grouped(f.rows.used)) }
            td.n { (layout::grouped(f.rows.rejected)) }
            td { (f.encoding.as_deref().map_or("–".to_owned(), escape::id)) }
            td { code.hash { (escape::visible(&f.sha256, 80)) } }
        } }
    };
    html! {
        section {
            (heading("sources", page.text(terms::SOURCES)))
            p { (page.text(terms::SOURCES_IS)) }
            div.wide tabindex="0" role="region" aria-label=(page.text(terms::SOURCES)) { table data-csv="sources.csv" {
                thead { tr {
                    th scope="col" { "F" } th scope="col" { (page.text(terms::FILE)) }
                    th scope="col" { (page.text(terms::TABLE)) } th scope="col" { (page.text(terms::BYTES)) }
                    th scope="col" { (page.text(terms::READ)) } th scope="col" { (page.text(terms::USED)) }
                    th scope="col" { (page.text(terms::REJECTED)) } th scope="col" { (page.text(terms::ENCODING)) }
                    th scope="col" { "SHA-256" }
                } }
                tbody { @for (i, f) in page.dossier.inputs.iter().enumerate() { (row(i + 1, f)) } }
            } }
        }
    }
}

pub(super) fn limitations(page: &Page<'_>) -> Markup {
    html! {
        section {
            (heading("limitations", page.text(terms::LIMITATIONS)))
            ul { @for limitation in &page.dossier.limitations { li { (escape::sentence(limitation)) } } }
        }
    }
}

/// The configuration of the run, for those who may see it.
pub(super) fn configuration(page: &Page<'_>) -> Markup {
    let Some(configuration) = &page.dossier.configuration else { return html! {} };
    let text = serde_json::to_string_pretty(configuration).unwrap_or_default();
    let lines: Vec<String> = text.lines().map(escape::sentence).collect();
    html! {
        section {
            (heading("configuration", page.text(terms::CONFIGURATION)))
            details { summary { "JSON" } pre tabindex="0" { (lines.join("\n")) } }
        }
    }
}

/// The words of a likelihood beside its number.
pub(super) fn likelihood(words: &str, probability: f64) -> String {
    format!("{words} ({})", words::probability(probability))
}
