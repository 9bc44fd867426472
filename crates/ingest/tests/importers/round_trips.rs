//! The same download after a spreadsheet, a mail program or another encoding: the same rows wherever only one
//! reading is possible.

use itoguchi_ingest::importers::{Broker, Download, Encoding, Layout, parse_download};

use crate::fixtures::{ALL, bytes, check_accounts, cp932, parse, text, utf8_bom};

fn same_rows(layout: Layout, changed: &[u8], encoding: Encoding) {
    let before = parse(layout);
    let mut after = parse_download(changed, layout.broker()).unwrap();
    assert_eq!(after.encoding, encoding, "{}", layout.id());
    check_accounts(&after);
    after.encoding = before.encoding;
    assert_eq!(after, before, "{}", layout.id());
}

#[test]
fn the_encoding_is_told_from_the_bytes_whoever_the_broker_is() {
    for layout in ALL {
        let text = text(layout);
        same_rows(layout, text.as_bytes(), Encoding::Utf8);
        same_rows(layout, &utf8_bom(&text), Encoding::Utf8Bom);
        same_rows(layout, &cp932(&text), Encoding::Cp932);
        let wide: Vec<u8> = format!("\u{FEFF}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        same_rows(layout, &wide, Encoding::Utf16);
    }
}

#[test]
fn line_endings_do_not_matter() {
    for layout in ALL {
        same_rows(layout, &cp932(&text(layout).replace('\n', "\r")), Encoding::Cp932);
        same_rows(layout, &cp932(text(layout).trim_end()), Encoding::Cp932);
    }
}

#[test]
fn quotation_marks_everywhere_or_nowhere_needed() {
    for layout in ALL {
        for always in [false, true] {
            let again: String = respell(&text(layout), always, ',');
            same_rows(layout, &cp932(&again), Encoding::Cp932);
        }
        same_rows(layout, &cp932(&respell(&text(layout), false, '\t')), Encoding::Cp932);
    }
}

/// Every cell written again as a spreadsheet would, row 19 of SBI's fixture (too many cells) included.
fn respell(text: &str, always: bool, separator: char) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(line.as_bytes());
        let record = reader.records().next().map(Result::unwrap).unwrap_or_default();
        let cells: Vec<String> = record
            .iter()
            .map(|c| {
                if always || c.contains(separator) {
                    format!("\"{}\"", c.replace('"', "\"\""))
                } else {
                    c.to_owned()
                }
            })
            .collect();
        out.push_str(&cells.join(&separator.to_string()));
        out.push('\n');
    }
    out
}

#[test]
fn short_lines_padded_to_one_width_change_nothing() {
    for layout in ALL {
        let width = layout.titles().len();
        let padded: String = text(layout)
            .lines()
            .map(|l| format!("{l}{}\n", ",".repeat((width).saturating_sub(l.matches(',').count() + 1))))
            .collect();
        // rows of full width and the one that is too long stay as they are; blank lines become blank records
        let before = parse(layout);
        let after = parse_download(&cp932(&padded), layout.broker()).unwrap();
        check_accounts(&after);
        assert_eq!(
            (&after.rows, &after.rejects, after.period),
            (&before.rows, &before.rejects, before.period)
        );
    }
}

#[test]
fn reformatted_dates_are_the_same_days() {
    let dashes = |t: &str| t.replace("2025/5/16", "2025-05-16").replace("2025/5/19", "2025-5-19 0:00:00");
    same_rows(Layout::RakutenJp, &cp932(&dashes(&text(Layout::RakutenJp))), Encoding::Cp932);
    let kanji = text(Layout::Nomura).replace("2025/03/19", "2025年3月19日");
    same_rows(Layout::Nomura, &utf8_bom(&kanji), Encoding::Utf8Bom);
}

/// SBI's domestic layout with one row.
fn one(row: &str) -> Download {
    let text = text(Layout::SbiDomestic);
    let header = text.lines().nth(5).unwrap();
    let download = parse_download(&cp932(&format!("{header}\n{row}\n")), Broker::Sbi).unwrap();
    check_accounts(&download);
    assert_eq!(download.read, 1);
    download
}

#[test]
fn what_a_spreadsheet_does_to_cells_is_read_where_unambiguous() {
    let row = |date: &str, code: &str, quantity: &str, price: &str, settled: &str| {
        one(&format!("{date},架空,{code},東証,株式現物買,--,特定,--,{quantity},{price},--,--,{settled},0"))
    };
    for (date, code, quantity, price, settled, flags) in [
        ("2026-06-15", "1234.0", "100.00", "+83.50", "2026-06-17", 1),
        ("2026/6/15 0:00", "1.234E+03", "100", "83.5", "2026/6/17 0:00", 1),
        ("26/06/15", "1234", "100", "\"83.5\"", "26/06/17", 1),
        ("２０２６／０６／１５", "１２３４", "１００", "８３．５", "２０２６／０６／１７", 0),
        ("20260615", "=\"1234\"", " 100 ", "　83.5　", "20260617", 0),
    ] {
        let d = row(date, code, quantity, price, settled);
        assert_eq!(d.used, 1, "{date} {code}: {:?}", d.rejects);
        let r = &d.rows[0];
        assert_eq!(
            (r.date.to_string().as_str(), r.instrument.as_str(), r.quantity.0, r.price.0),
            ("2026-06-15", "XTKS:1234", 100_000_000, 83_500_000)
        );
        assert_eq!(d.flags.len(), flags + 1, "and that the preamble is gone: {:?}", d.flags);
    }
    for (date, code, quantity, price, column) in [
        ("6/15/2026", "1234", "100", "83.5", "約定日"),
        ("15/06/26", "1234", "100", "83.5", "約定日"),
        ("46188", "1234", "100", "83.5", "約定日"),
        ("2026/06/15", "1.23E+03", "100", "83.5", "銘柄コード"),
        ("2026/06/15", "1234", "1E+02", "83.5", "約定数量"),
        ("2026/06/15", "1234", "-100", "83.5", "約定数量"),
        ("2026/06/15", "1234", "--", "83.5", "約定数量"),
        ("2026/06/15", "1234", "100", "8.35E+01", "約定単価"),
        ("2026/06/15", "1234", "100", "95.49 %", "約定単価"),
        ("2026/06/15", "1234", "100", "#####", "約定単価"),
    ] {
        let d = row(date, code, quantity, price, "2026/06/17");
        assert_eq!(d.rejects.len(), 1, "{date} {code} {quantity} {price}");
        assert_eq!(d.rejects[0].column, column);
    }
}

#[test]
fn a_lost_quotation_mark_or_byte_costs_its_own_row_only() {
    let text = text(Layout::RakutenUs).replacen("\"2023/9/14\",", "\"2023/9/14,", 1);
    let d = parse_download(&cp932(&text), Broker::Rakuten).unwrap();
    check_accounts(&d);
    assert_eq!((d.used, d.rejects.len()), (4, 2));
    assert_eq!((d.rejects[0].row, d.rejects[0].line), (3, 4));
    assert_eq!(d.rejects[0].reason, "a quotation mark is missing or out of place");
    let last = one("2026/06/15,架空,1234,東証,株式現物買,--,特定,--,100,83.5,--,--,2026/06/17,\"8350");
    assert_eq!(
        last.rejects[0].reason, "a quotation mark is missing or out of place",
        "with the right number of cells too"
    );

    let mut broken = bytes(Layout::RakutenUs);
    let name = cp932("カクウ・インク");
    let at = broken.windows(name.len()).position(|w| w == name).unwrap();
    broken[at + 1] = 0xFF;
    let d = parse_download(&broken, Broker::Rakuten).unwrap();
    check_accounts(&d);
    assert_eq!(d.rejects[0].row, 3);
    assert_eq!(d.rejects[0].column, "銘柄名");
    assert_eq!(d.used, 4);
}

#[test]
fn the_preamble_is_compared_with_the_rows() {
    let text = text(Layout::SbiDomestic);
    let page = text.replace("\"21\",\"1\",\"21\"", "\"500\",\"201\",\"221\"");
    assert_eq!(parse_download(&cp932(&page), Broker::Sbi).unwrap(), parse(Layout::SbiDomestic));
    let cut = text.rsplit_once("\n2026/02/30").unwrap().0;
    let d = parse_download(&cp932(cut), Broker::Sbi).unwrap();
    assert!(d.flags[0].contains("counts 21 rows, the file has 20: cut off or edited"), "{:?}", d.flags);

    let late = text.replace("2026年06月23日", "2026年05月31日");
    let d = parse_download(&cp932(&late), Broker::Sbi).unwrap();
    assert_eq!(d.period.unwrap().1.to_string(), "2026-06-17", "the period covers every row");
    assert!(d.flags[0].contains("reach beyond the stated period"), "{:?}", d.flags);

    let settled = crate::fixtures::text(Layout::Nomura).replace("\"約定日\",\"2022年", "\"受渡日\",\"2022年");
    let d = parse_download(&utf8_bom(&settled), Broker::Nomura).unwrap();
    assert!(!d.period_stated);
    assert_eq!(d.period.unwrap().0.to_string(), "2022-02-07");
    assert!(d.flags[0].contains("settlement dates"), "{:?}", d.flags);
}

#[test]
fn a_download_without_rows_is_read() {
    for layout in ALL {
        let text = text(layout);
        let header = text.lines().position(|l| l.replace('"', "") == layout.titles().join(",")).unwrap();
        let empty: String = text.lines().take(header + 1).map(|l| format!("{l}\r\n")).collect();
        let d = parse_download(&cp932(&empty), layout.broker()).unwrap();
        assert_eq!((d.read, d.used, d.period.is_some()), (0, 0, d.period_stated), "{}", layout.id());
    }
}
