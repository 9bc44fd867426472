//! The same pages in two languages: snapshots of terminal and Markdown, and that neither language holds the other.
#![allow(clippy::unwrap_used, reason = "a failed step of a test may panic where it failed")]

mod common;

use common::{HOSTILE, RING, loaded};
use insta::assert_snapshot;
use itoguchi_report::{
    Lang, Loaded, ReportError, ReportOptions, Target, TextOptions, candidates_table, escape, explain_with,
    layout, report_markdown, report_text, rings_table,
};
use pulldown_cmark::{Event, Options, Parser, Tag};

/// Words that a page in Japanese may hold: what the result names so, and what is a name anyway.
const NAMES: [&str; 4] = ["cases", "itoguchi", "JST", "SHA-256"];

/// The result of the other tests with each sentence in both languages and signals of the engine.
fn bilingual() -> Loaded {
    let mut loaded = loaded();
    for row in &mut loaded.results.evidence {
        row.statement_ja = format!("{}の行に基づく記述: A1_new_device、A8_liquidate_all。", row.evidence_id);
    }
    for episode in &mut loaded.results.episodes {
        episode.signals = vec!["A1_new_device".into(), "A8_liquidate_all".into()];
    }
    loaded.results.ring_sellers.push(itoguchi_model::results::SellerRow {
        account: common::name("SBI", HOSTILE),
        instrument: format!("XTKS:{HOSTILE}|"),
        proceeds_jpy: Some(1_000),
        profit_jpy: None,
        ..loaded.results.ring_sellers[0].clone()
    });
    loaded
}

fn options(width: usize, lang: Lang) -> TextOptions {
    TextOptions { width, color: false, lang }
}

fn report(lang: Lang, broker: Option<&str>) -> ReportOptions {
    ReportOptions { broker: broker.map(str::to_owned), lang, ..ReportOptions::default() }
}

fn markdown(lang: Lang, broker: Option<&str>) -> String {
    report_markdown(&bilingual(), &report(lang, broker)).unwrap()
}

/// Every page of a result, in a window of `width`.
fn pages(loaded: &Loaded, width: usize, lang: Lang) -> Vec<String> {
    let options = options(width, lang);
    let empty = Loaded { results: Default::default(), ..loaded.clone() };
    let explained = |target: &str| explain_with(loaded, &Target::parse(target), &options).unwrap();
    vec![
        rings_table(loaded, &options),
        rings_table(&empty, &options),
        candidates_table(loaded, &options),
        candidates_table(&empty, &options),
        explained(RING),
        explained("SBI/A-0001"),
        explained("SBI/B-0700"),
        explained("SBI/C-0042"),
        explained("RAKUTEN/R-901"),
    ]
}

/// Whole reports, which have a width of their own.
fn reports(loaded: &Loaded, lang: Lang) -> Vec<String> {
    let empty = Loaded { results: Default::default(), ..loaded.clone() };
    let mut all = Vec::new();
    for (loaded, options) in [
        (loaded, report(lang, None)),
        (loaded, report(lang, Some("SBI"))),
        (loaded, report(lang, Some("RAKUTEN"))),
        (loaded, ReportOptions { ring: Some(RING.into()), ..report(lang, None) }),
        (&empty, report(lang, None)),
    ] {
        all.push(report_text(loaded, &options).unwrap());
        all.push(report_markdown(loaded, &options).unwrap());
    }
    all
}

#[test]
fn rings_in_japanese() {
    assert_snapshot!(rings_table(&bilingual(), &options(100, Lang::Ja)));
}

/// The longest wordings do not push the other columns out of shape.
#[test]
fn long_likelihoods_are_broken_inside_their_column() {
    let mut loaded = bilingual();
    loaded.results.rings[0].likelihood = 0.6;
    let table = rings_table(&loaded, &options(100, Lang::Ja));
    assert!(table.contains("相当程度の可能 ") && table.contains(" 性がある "), "{table}");
    for whole in ["ring-5f2c1a90", "売抜疑い 1", "RAKUTEN", "XTKS:9901", "– 2025-03-19", "買付 11.9"]
    {
        assert!(table.contains(whole), "{whole} in {table}");
    }
}

#[test]
fn rings_in_japanese_in_a_narrow_window() {
    assert_snapshot!(rings_table(&bilingual(), &options(60, Lang::Ja)));
}

#[test]
fn rings_in_japanese_when_there_are_none() {
    let empty = Loaded { results: Default::default(), ..bilingual() };
    assert_snapshot!(rings_table(&empty, &options(80, Lang::Ja)));
}

#[test]
fn candidates_in_japanese() {
    assert_snapshot!(candidates_table(&bilingual(), &options(80, Lang::Ja)));
}

#[test]
fn explain_a_ring_in_japanese() {
    assert_snapshot!(explain_with(&bilingual(), &Target::parse(RING), &options(80, Lang::Ja)).unwrap());
}

#[test]
fn explain_a_victim_in_japanese() {
    let target = Target::parse("SBI/A-0001");
    assert_snapshot!(explain_with(&bilingual(), &target, &options(60, Lang::Ja)).unwrap());
}

#[test]
fn report_in_japanese() {
    assert_snapshot!(report_text(&bilingual(), &report(Lang::Ja, None)).unwrap());
}

#[test]
fn markdown_in_english() {
    assert_snapshot!(markdown(Lang::En, None));
}

#[test]
fn markdown_in_japanese() {
    assert_snapshot!(markdown(Lang::Ja, None));
}

#[test]
fn markdown_for_one_broker_in_japanese() {
    assert_snapshot!(markdown(Lang::Ja, Some("SBI")));
}

fn japanese(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30ff | 0x4e00..=0x9fff)
}

/// The most words of ASCII letters that follow one another with nothing but blanks between them. What holds a digit,
/// a slash or an underscore is a name.
fn longest_english(text: &str) -> Vec<&str> {
    let (mut longest, mut run) = (Vec::new(), Vec::new());
    for word in text.split([' ', '\n']).filter(|w| !w.is_empty()) {
        let bare = word.trim_matches(|c: char| c.is_ascii_punctuation());
        let letters = !bare.is_empty() && bare.chars().all(|c| c.is_ascii_alphabetic() || "-'".contains(c));
        if letters && !NAMES.contains(&bare) {
            run.push(word);
        } else {
            run.clear();
        }
        if run.len() > longest.len() {
            longest.clone_from(&run);
        }
    }
    longest
}

#[test]
fn japanese_pages_hold_no_english_sentence() {
    let loaded = bilingual();
    let all = pages(&loaded, 100, Lang::Ja).into_iter().chain(reports(&loaded, Lang::Ja));
    for page in all {
        let english = longest_english(&page);
        assert!(english.len() < 3, "{english:?} in {page}");
        assert!(!page.contains("unknown") && !page.contains("none"), "{page}");
    }
}

#[test]
fn english_pages_hold_no_japanese() {
    let loaded = bilingual();
    let all = pages(&loaded, 100, Lang::En).into_iter().chain(reports(&loaded, Lang::En));
    for page in all {
        assert!(!page.contains(japanese), "{page}");
    }
}

#[test]
fn japanese_fits_every_window_and_breaks_where_it_may() {
    let loaded = bilingual();
    for width in [40, 41, 60, 79, 80, 90, 99, 100, 120] {
        for page in pages(&loaded, width, Lang::Ja) {
            for line in page.lines() {
                assert!(layout::width(line) <= width, "{} > {width}: {line}", layout::width(line));
                assert!(!line.trim_start().starts_with(['。', '、', ')', '」']), "{line}");
                assert_eq!(line.trim_end(), line);
            }
        }
    }
    for page in reports(&loaded, Lang::Ja).iter().step_by(2) {
        assert!(page.lines().all(|l| layout::width(l) <= 80), "{page}");
    }
}

/// Nobody is called guilty in Japanese either.
#[test]
fn japanese_never_says_guilt() {
    let loaded = bilingual();
    for page in pages(&loaded, 100, Lang::Ja).into_iter().chain(reports(&loaded, Lang::Ja)) {
        for word in ["犯人", "犯罪者", "攻撃者", "加害", "首謀"] {
            assert!(!page.contains(word), "{word}");
        }
        assert!(page.contains("リングは調査の手がかりであり、違法行為の認定ではない。"));
    }
}

/// What a viewer makes of the document: structure of ours only, and as many cells in each row as in its head.
#[test]
fn hostile_names_make_no_markup() {
    for lang in [Lang::En, Lang::Ja] {
        let mut loaded = bilingual();
        let evil = "a|b`c`<img src=x>[l](http://e.vil) ![i](x) #h *b* _u_ www.e.vil m@e.vil\n\n# H\n| x |";
        let account = common::name("SBI", evil);
        loaded.results.ring_members[3].account = account.clone();
        loaded.results.evidence[4].subject = account.to_string();
        loaded.results.evidence[4].statement_en = evil.into();
        loaded.results.evidence[4].statement_ja = evil.into();
        loaded.results.evidence[4].sources = vec![(evil.into(), vec![1])];
        loaded.results.ring_sellers[1].account = account;
        loaded.results.ring_infrastructure[0].value = evil.into();
        loaded.results.ring_instruments[0].instrument = evil.into();
        loaded.results.rings[0].weakest_point.en = evil.into();
        loaded.results.rings[0].weakest_point.ja = evil.into();
        loaded.results.bursts[0].brokers = vec![evil.into()];
        loaded.manifest.inputs[0].path = evil.into();
        loaded.manifest.notes[0].en = evil.into();
        loaded.manifest.notes[0].ja = evil.into();
        let page = report_markdown(&loaded, &report(lang, None)).unwrap();
        assert_eq!(headings(&page), headings(&markdown(lang, None)), "{page}");
        assert_structure(&page);
        assert!(!page.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{page:?}");
        let read: String = Parser::new_ext(&page, extensions())
            .filter_map(|e| match e {
                Event::Text(t) | Event::Code(t) => Some(t.into_string()),
                _ => None,
            })
            .collect();
        assert!(read.contains(&escape::sentence(evil)), "{read}");
    }
}

fn extensions() -> Options {
    Options::all() - Options::ENABLE_SMART_PUNCTUATION
}

fn headings(page: &str) -> usize {
    Parser::new_ext(page, extensions()).filter(|e| matches!(e, Event::Start(Tag::Heading { .. }))).count()
}

fn assert_structure(page: &str) {
    let (mut columns, mut cells) = (0, 0);
    for event in Parser::new_ext(page, extensions()) {
        match event {
            Event::Start(Tag::Table(alignments)) => columns = alignments.len(),
            Event::Start(Tag::TableRow | Tag::TableHead) => cells = 0,
            Event::Start(Tag::TableCell) => cells += 1,
            Event::End(pulldown_cmark::TagEnd::TableRow | pulldown_cmark::TagEnd::TableHead) => {
                assert_eq!(cells, columns, "{page}");
            }
            Event::Start(
                Tag::Heading { .. } | Tag::Paragraph | Tag::Strong | Tag::List(None) | Tag::Item,
            )
            | Event::Start(Tag::BlockQuote(None))
            | Event::Text(_)
            | Event::Code(_)
            | Event::End(_) => {}
            other => panic!("{other:?} in {page}"),
        }
    }
}

/// A parser drops surplus cells of a row, so they are counted in the source too.
#[test]
fn rows_have_as_many_cells_as_their_heads() {
    for lang in [Lang::En, Lang::Ja] {
        let page = markdown(lang, None);
        let mut columns = None;
        for line in page.lines() {
            let cells = line.replace("\\|", "").matches('|').count();
            if !line.starts_with('|') {
                columns = None;
                continue;
            }
            assert_eq!(*columns.get_or_insert(cells), cells, "{line}");
        }
    }
}

/// Every statement stands behind a mark.
#[test]
fn statements_are_fact_inference_or_opinion() {
    for (lang, marks) in
        [(Lang::En, ["[FACT]", "[INFERENCE]", "[OPINION]"]), (Lang::Ja, ["[事実]", "[推認]", "[意見]"])]
    {
        let loaded = bilingual();
        let page = markdown(lang, None);
        let results = &loaded.results;
        let statements = results.evidence.iter().filter(|e| e.ring_id.is_some()).map(|e| match lang {
            Lang::En => e.statement_en.clone(),
            Lang::Ja => format!("{}の行に基づく記述", e.evidence_id),
        });
        let ring = &results.rings[0];
        let others =
            ring.innocent_explanations.iter().chain([&ring.weakest_point]).chain(&loaded.manifest.notes);
        for statement in statements.chain(others.map(|s| lang.of(s).to_owned())) {
            let start: String = escape::markdown(&statement, 1_000).chars().take(30).collect();
            let line =
                page.lines().find(|l| l.contains(&start)).unwrap_or_else(|| panic!("{start} in {page}"));
            let before = line.split(&start).next().unwrap().trim_end();
            assert!(marks.iter().any(|m| before.ends_with(&format!("**{m}**"))), "{line}");
        }
    }
}

/// A broker sees its own sellers, and nothing of when the victims of others bought.
#[test]
fn sellers_of_other_brokers_are_not_shown() {
    let own = markdown(Lang::En, Some("SBI"));
    assert!(own.contains("`XTKS:9901`") && own.contains("`SBI/B-0700`") && own.contains("¥9,870,500"));
    assert!(!own.contains("| 20,000"), "what was sold while others' victims bought");
    let other = markdown(Lang::En, Some("RAKUTEN"));
    for secret in ["B-0700", "A-0001", "C-0042", "25,500", "9,870,500", "4,321,000"] {
        assert!(!other.contains(secret), "{secret} in {other}");
    }
    let refused = report_markdown(&bilingual(), &report(Lang::Ja, Some("NOMURA"))).unwrap_err();
    assert!(matches!(refused, ReportError::UnknownBroker { .. }));
}
