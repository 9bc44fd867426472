//! For any bytes: no panic, and every record is counted once.

use itoguchi_ingest::importers::{Broker, Layout, parse_download};
use proptest::prelude::*;

use crate::fixtures::{bytes, check_accounts, text};

fn check(bytes: &[u8]) {
    for broker in Broker::ALL {
        if let Ok(download) = parse_download(bytes, broker) {
            check_accounts(&download);
            assert_eq!(parse_download(bytes, broker).unwrap(), download);
        }
    }
}

/// Cells that have tripped importers before.
const AWKWARD: &[&str] = &[
    "",
    "-",
    "--",
    "\"",
    "\"\"",
    ",",
    "\n",
    "\u{FFFD}",
    "🦀",
    "1E+05",
    "1.00E+11",
    "9.999E+03",
    "０",
    "−",
    "1,000",
    "1,,0",
    "99999999999999999999",
    "0.0000001",
    "2026/02/30",
    "26/06/17",
    "9999年99月99日",
    "年月日",
    "/",
    "///",
    " / NASDAQ",
    "香港",
    "上海A",
    "信用",
    "現引",
    "\u{3000}",
    "=\"1\"",
    "株式現物買",
    "買付",
    "売付",
    "XXXX:",
    "USD",
    "+",
    "+.",
    ".",
    "%",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        check(&bytes);
    }

    #[test]
    fn any_text_under_a_known_header(which in 0_usize..6, body in "\\PC{0,200}(\n\\PC{0,80}){0,3}") {
        check(format!("{}\n{body}", Layout::ALL[which].titles().join(",")).as_bytes());
    }

    #[test]
    fn fixtures_with_bytes_changed(
        which in 0_usize..6,
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut bytes = bytes(Layout::ALL[which]);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        check(&bytes);
    }

    #[test]
    fn fixtures_with_cells_changed(
        which in 0_usize..6,
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), 0..AWKWARD.len()), 1..8),
    ) {
        let text = text(Layout::ALL[which]);
        let mut cells: Vec<&str> = text.split(',').collect();
        for (at, awkward) in changes {
            let at = at.index(cells.len());
            cells[at] = AWKWARD[awkward];
        }
        check(cells.join(",").as_bytes());
    }

    /// Rows are read one by one: leaving lines out leaves the others as they were.
    #[test]
    fn rows_do_not_depend_on_one_another(which in 1_usize..6, keep in proptest::collection::vec(any::<bool>(), 24)) {
        let layout = Layout::ALL[which];
        let text = text(layout);
        let whole = parse_download(text.as_bytes(), layout.broker()).unwrap();
        let first = usize::try_from(whole.header_line).unwrap();
        let fewer: String = text
            .lines()
            .enumerate()
            .filter(|(i, _)| *i < first || keep.get(i - first).copied().unwrap_or(true))
            .map(|(_, l)| format!("{l}\n"))
            .collect();
        let part = parse_download(fewer.as_bytes(), layout.broker()).unwrap();
        check_accounts(&part);
        let kept = |row: u64| keep.get(usize::try_from(row).unwrap() - 1).copied().unwrap_or(true);
        let expected: Vec<_> = whole.rows.iter().filter(|r| kept(r.row)).map(|r| (&r.instrument, r.date, r.price)).collect();
        let found: Vec<_> = part.rows.iter().map(|r| (&r.instrument, r.date, r.price)).collect();
        prop_assert_eq!(found, expected);
    }
}
