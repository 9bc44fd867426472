//! The dossier as one HTML file that opens offline: nothing is fetched, only the style and the script that stand in it
//! may run, and every text from outside is spelled out and escaped.

mod chart;
mod chart_svg;
mod parts;
mod ring;
mod sections;
mod terms;
mod timeline;
mod timeline_svg;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use crate::{
    dossier::{self, ReportOptions, View},
    error::ReportError,
    escape,
    load::Loaded,
};
use parts::Page;

const STYLE: &str = include_str!("html/dossier.css");
const SCRIPT: &str = include_str!("html/dossier.js");

/// The report as one self-contained HTML document in UTF-8.
///
/// It asks the network for nothing: a content security policy in the document allows the one style and the one script
/// in it, by their SHA-256, and nothing else. Equal results and options give equal bytes. What is cut because a ring is
/// large is said where it is cut: nodes and links of the chart, waterfalls of members, rows of acts.
///
/// # Errors
/// When the ring or broker asked for is not in the result.
pub fn report_html(loaded: &Loaded, options: &ReportOptions) -> Result<String, ReportError> {
    let view = View::asked(loaded, options)?;
    let dossier = dossier::gather(&view, options)?;
    let page = Page::new(&view, &dossier);
    Ok(document(&page).into_string())
}

fn document(page: &Page<'_>) -> Markup {
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'",
        base64(&Sha256::digest(STYLE)),
        base64(&Sha256::digest(SCRIPT))
    );
    let title = match &page.dossier.scope.ring {
        Some(ring) => terms::TITLE_RING.with(page.lang, &[&escape::id(ring)]),
        None => page.text(terms::TITLE).to_owned(),
    };
    html! {
        (DOCTYPE)
        html lang=(page.lang.code()) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                link rel="icon" href="data:,";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body data-save=(page.text(terms::SAVE_CSV)) {
                a.skip href="#content" { (page.text(terms::SKIP)) }
                header {
                    h1 { (title) }
                    @if let Some(broker) = &page.dossier.scope.broker {
                        p.annex { (terms::ACCOUNTS_OF.with(page.lang, &[&escape::id(broker)])) }
                    }
                    p.notice { (page.dossier.notice) }
                }
                (sections::contents(page))
                main #content {
                    (sections::preserve(page))
                    (sections::legend(page))
                    (sections::case(page))
                    @if page.dossier.rings.is_empty() {
                        p { (page.text(terms::NO_RING)) }
                    }
                    @for (i, sheet) in page.dossier.rings.iter().enumerate() {
                        (ring::section(page, i, sheet))
                    }
                    (sections::bursts(page))
                    (sections::lone_episodes(page))
                    (sections::sources(page))
                    (sections::limitations(page))
                    (sections::configuration(page))
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

/// Base64 with padding, as a content security policy writes a hash.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |group: u32, shift: u32| char::from(LETTERS[(group >> shift & 63) as usize]);
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        out.push(letter(group, 18));
        out.push(letter(group, 12));
        out.push(if chunk.len() > 1 { letter(group, 6) } else { '=' });
        out.push(if chunk.len() > 2 { letter(group, 0) } else { '=' });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        for (text, expected) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(text.as_bytes()), expected);
        }
    }

    /// Both stand in the document as they are: neither may end its own element.
    #[test]
    fn style_and_script_hold_no_end_of_theirs() {
        assert!(!STYLE.contains("</") && !SCRIPT.contains("</") && !SCRIPT.contains("<!--"));
    }
}
