//! The made-up downloads. Their text stands readable in `tests/fixtures/broker-downloads`; the bytes a broker
//! would give (CP932 or UTF-8 with its mark, CRLF) stand in `datasets/broker-downloads` and are made from it:
//! `ITOGUCHI_WRITE_FIXTURES=1 cargo test -p itoguchi-ingest --test importers` writes them again.

use std::{fs, path::PathBuf};

use encoding_rs::SHIFT_JIS;
use itoguchi_ingest::importers::{Broker, Download, Layout, parse_download};

pub const ALL: [Layout; 6] = Layout::ALL;

/// The readable text, lines ended by LF.
pub fn text(layout: Layout) -> String {
    let path = format!("{}/tests/fixtures/broker-downloads/{}.csv", env!("CARGO_MANIFEST_DIR"), layout.id());
    // a checkout may have changed the line ends of a text file
    fs::read_to_string(path).unwrap().replace("\r\n", "\n")
}

pub fn cp932(text: &str) -> Vec<u8> {
    let (bytes, _, unmappable) = SHIFT_JIS.encode(text);
    assert!(!unmappable, "a character that CP932 does not have");
    bytes.into_owned()
}

pub fn utf8_bom(text: &str) -> Vec<u8> {
    format!("\u{FEFF}{text}").into_bytes()
}

/// The bytes as that broker writes them.
pub fn bytes(layout: Layout) -> Vec<u8> {
    let text = text(layout).replace('\n', "\r\n");
    if layout == Layout::Nomura { utf8_bom(&text) } else { cp932(&text) }
}

pub fn dataset(layout: Layout) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../datasets/broker-downloads")
        .join(format!("{}.csv", layout.id()))
}

pub fn parse(layout: Layout) -> Download {
    parse_download(&bytes(layout), layout.broker()).unwrap()
}

/// read = used + skipped + rejected, and every record is in one of them once.
pub fn check_accounts(download: &Download) {
    let skipped: u64 = download.skipped.values().sum();
    assert_eq!(download.read, download.used + skipped + download.rejects.len() as u64);
    assert_eq!(download.used, download.rows.len() as u64);
    let mut rows: Vec<u64> = download.rows.iter().map(|r| r.row).collect();
    rows.extend(download.rejects.iter().map(|r| r.row));
    let counted = rows.len();
    rows.sort_unstable();
    rows.dedup();
    assert_eq!(rows.len(), counted, "a record counted twice");
    assert!(rows.iter().all(|r| (1..=download.read).contains(r)));
    for row in &download.rows {
        assert!(row.quantity.0 > 0 && row.price.0 > 0);
        assert!(
            row.instrument.split_once(':').is_some_and(|(mic, code)| !mic.is_empty() && !code.is_empty())
        );
        let (from, to) = download.period.unwrap();
        assert!((from..=to).contains(&row.date));
    }
}

#[test]
fn the_dataset_is_made_from_the_readable_text() {
    for layout in ALL {
        let path = dataset(layout);
        if std::env::var_os("ITOGUCHI_WRITE_FIXTURES").is_some() {
            fs::write(&path, bytes(layout)).unwrap();
        }
        assert!(fs::read(&path).unwrap() == bytes(layout), "{} differs from its source", path.display());
    }
}

#[test]
fn every_fixture_keeps_the_accounts() {
    for layout in ALL {
        let download = parse(layout);
        assert_eq!(download.layout, layout);
        assert!(download.read > 0 && download.used > 0, "{}", layout.id());
        check_accounts(&download);
    }
}

#[test]
fn brokers_have_codes_and_are_read_in_any_case() {
    for broker in Broker::ALL {
        assert_eq!(broker.code().parse::<Broker>().unwrap(), broker);
        assert_eq!(broker.flag().parse::<Broker>().unwrap(), broker);
    }
    let error = "kabu".parse::<Broker>().unwrap_err().to_string();
    assert!(error.contains("\"kabu\"") && error.contains("hint: one of sbi, rakuten, nomura"), "{error}");
}
