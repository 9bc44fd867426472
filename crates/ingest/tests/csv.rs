//! CSV as it comes: encodings, damage, and what one bad row may cost.

#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

mod common;

use common::{Folder, HEADER, ROW, gz, zst};
use itoguchi_ingest::IngestError;

fn bytes(lines: &[&[u8]]) -> Vec<u8> {
    [&[HEADER.as_bytes()], lines].concat().iter().flat_map(|line| [line, b"\n".as_slice()].concat()).collect()
}

fn named(name: &[u8]) -> Vec<u8> {
    let row = ROW.replace("XTKS:9991", "@");
    let (before, after) = row.split_once('@').unwrap();
    [before.as_bytes(), name, after.as_bytes()].concat()
}

fn sjis(text: &str) -> Vec<u8> {
    encoding_rs::SHIFT_JIS.encode(text).0.into_owned()
}

#[test]
fn encodings_are_found_and_recorded() {
    let name = "髙島①～ソ表";
    for (file, want) in [
        (bytes(&[ROW.as_bytes(), &named(name.as_bytes())]), "UTF-8"),
        ([b"\xEF\xBB\xBF".to_vec(), bytes(&[&named(name.as_bytes())])].concat(), "UTF-8 with BOM"),
        (bytes(&[ROW.as_bytes(), &named(&sjis(name))]), "CP932"),
    ] {
        let case = Folder::empty().file("executions.csv", file).case();
        assert_eq!(case.sources[0].encoding.as_deref(), Some(want));
        assert!(case.names.instruments.contains(&format!("XXXX:{name}")), "{:?}", case.names.instruments);
    }
    assert_eq!(Folder::sound().case().sources[0].encoding.as_deref(), Some("UTF-8"));
    for mark in [b"\xFF\xFE".as_slice(), b"\xFE\xFF"] {
        let error = Folder::empty().file("executions.csv", [mark, b"b\0r\0"].concat()).error();
        assert!(error.contains("UTF-16"), "{error}");
    }
    let error = Folder::empty().file("executions.csv", b"b\0r\0o\0\n").error();
    assert!(error.contains("UTF-16"), "{error}");
}

#[test]
fn one_damaged_field_does_not_change_the_encoding() {
    let good = named("糸口".as_bytes());
    let damaged = named(b"\xE7\xB3");
    let folder = Folder::empty().file("executions.csv", bytes(&[&damaged, &good, &good]));
    assert_eq!(folder.reject().0, "instrument");
    assert_eq!(folder.case().sources[0].encoding.as_deref(), Some("UTF-8"));
    let folder = Folder::empty().file("executions.csv", bytes(&[&named(&sjis("糸口")), &named(b"\xFF\xFF")]));
    let (column, _, reason) = folder.reject();
    assert!(column == "instrument" && reason.contains("CP932"), "{reason}");
}

#[test]
fn line_ends_quotes_and_breaks_inside_fields() {
    let text = format!("{HEADER},venue\r\n\"ALPHA\",{},\"two\r\nlines, \"\"quoted\"\"\"\r\n\r\n", &ROW[6..]);
    let case = Folder::empty().file("executions.csv", text).case();
    assert_eq!(case.names.texts.iter().collect::<Vec<_>>(), ["two\r\nlines, \"quoted\""]);
    assert_eq!(case.sources[0].rows, 1);
}

#[test]
fn ragged_and_misquoted_rows_are_rejects() {
    let short = ROW.rsplit_once(',').unwrap().0;
    let case = Folder::of(&[ROW, short, &format!("{ROW},x"), &format!("\"A\"x{}", &ROW[5..]), ROW]).case();
    let reasons: Vec<(u32, &str)> = case.rejects.iter().map(|r| (r.source.row, r.reason.as_str())).collect();
    assert_eq!(reasons[0], (2, "has 6 fields, the header 7"));
    assert_eq!(reasons[1], (3, "has 8 fields, the header 7"));
    assert!(reasons[2].0 == 4 && reasons[2].1.contains("closing quote"));
    assert_eq!(case.executions.len(), 2);
}

#[test]
fn a_quote_that_swallows_rows_is_named_by_its_line() {
    let stray = format!("\"ALPHA{}", &ROW[5..]);
    let error = Folder::of(&[ROW, &stray, ROW, ROW]).error();
    assert!(error.contains("line 3 (row 2) never closes"), "{error}");
    let later = ROW.replace("a1", "\"a1\"");
    let error = Folder::of(&[ROW, &stray, ROW, &later]).error();
    assert!(error.contains("opens on line 3 (row 2) closes on line 5"), "{error}");
}

#[test]
fn an_enormous_field_is_one_reject() {
    let huge = "x".repeat(30_000_000);
    for line in [ROW.replace("a1", &huge), ROW.replace("a1", &format!("\"{huge}\"")), huge.clone()] {
        let folder = Folder::of(&[ROW, &line, ROW]);
        let (_, value, reason) = folder.reject();
        assert!(reason.contains("longer than 65536 bytes") || reason.contains("has 1 field"), "{reason}");
        assert_eq!(value, "x".repeat(200));
        assert_eq!(folder.case().executions.len(), 2);
    }
    let error = Folder::empty().file("executions.csv", huge).error();
    assert!(error.contains("no header"), "{error}");
    // The limit is counted in bytes and cuts no character in two where it shows the value.
    let wide = ROW.replace("a1", &"あ".repeat(50));
    let folder = Folder::of(&[&wide]).with(|s| s.max_field_bytes = 100);
    assert!(folder.reject().2.contains("longer than 100 bytes"));
}

#[test]
fn nul_and_emptiness() {
    let (column, _, reason) = Folder::of(&[&ROW.replace("a1", "a\0b")]).reject();
    assert_eq!((column.as_str(), reason.as_str()), ("account_id", "holds a NUL character"));
    let (column, value, reason) = Folder::of(&[&ROW.replace("a1", "")]).reject();
    assert_eq!((column.as_str(), value.as_str()), ("account_id", ""));
    assert!(reason.contains("empty"), "{reason}");
    // Blanks are part of a token, and control characters are data.
    let case = Folder::of(&[&ROW.replace("a1", " a\u{1b}[31m ")]).case();
    assert_eq!(case.names.accounts[0].1, " a\u{1b}[31m ");
    assert!(Folder::empty().file("executions.csv", "").error().contains("no header"));
}

#[test]
fn damaged_compression_is_an_error_with_the_path() {
    let text: String = std::iter::once(HEADER.to_owned())
        .chain((0..5000).map(|i| ROW.replace("a1", &format!("a{i}x{}", i * 7919 % 1000))))
        .collect::<Vec<_>>()
        .join("\n");
    for (name, whole) in
        [("executions.csv.gz", gz(text.as_bytes())), ("executions.csv.zst", zst(text.as_bytes()))]
    {
        assert_eq!(Folder::empty().file(name, &whole).case().executions.len(), 5000);
        for keep in [whole.len() / 2, whole.len() - 3, 5] {
            let folder = Folder::empty().file(name, &whole[..keep]);
            let error = folder.error();
            assert!(error.contains(name) && error.contains("cut off"), "{error}");
            assert!(matches!(folder.read(), Err(IngestError::Damaged { .. })));
        }
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 0x55;
        assert!(Folder::empty().file(name, flipped).read().is_err());
        assert!(Folder::empty().file(name, text.as_bytes()).error().contains(name));
    }
}

#[test]
fn a_bomb_is_read_in_bounded_pieces() {
    // 400 MB of one field in a few hundred kilobytes; a reader that keeps it would need all of it.
    let mut bomb = gz(format!("{HEADER}\n{ROW}\n").as_bytes());
    let block = gz(&vec![b'x'; 20_000_000]);
    for _ in 0..5 {
        bomb.extend_from_slice(&block);
    }
    let (_, value, reason) = Folder::empty().file("executions.csv.gz", bomb).reject();
    assert!(value.len() == 200 && reason.contains("has 1 field"), "{reason}");
}

#[test]
fn too_many_rejects_stop_the_run_and_show_three() {
    let bad = ROW.replace("buy", "hold");
    let lines: Vec<&str> = (0..100).map(|i| if i % 10 == 3 { bad.as_str() } else { ROW }).collect();
    let error = Folder::of(&lines).with(|s| s.max_reject_share = 0.05).error();
    assert!(error.contains("10 of 100 rows") && error.contains("10.0 %"), "{error}");
    assert!(error.contains("row 4, side, \"hold\": is none of buy, sell, short"), "{error}");
    assert!(error.contains("row 24,") && !error.contains("row 34,"), "{error}");
    assert_eq!(Folder::of(&lines).with(|s| s.max_reject_share = 0.1).case().rejects.len(), 10);
}
