//! How times, bits and names look in the files of other tools.

use itoguchi_model::{Instant, Millibits, time::HOUR};
use sha2::{Digest, Sha256};

use crate::{escape, language::Lang, layout};

/// The year 1 begins, and the last second that [`Instant`] can spell ends: XML, STIX and spreadsheets know no years
/// before and after these.
const EARLIEST: i64 = -62_135_596_800_000_000;
const LATEST: i64 = 253_402_207_199_999_999;
/// Columns a name may take where it identifies something: a spreadsheet's cell holds four times as much.
const NAME_COLUMNS: usize = 8_000;

/// `at`, held within what every format can spell.
pub(super) fn held(at: Instant) -> Instant {
    Instant(at.0.clamp(EARLIEST, LATEST))
}

/// RFC 3339 in UTC, as many digits as are known.
pub(super) fn utc(at: Instant) -> String {
    held(at).to_string()
}

/// RFC 3339 in Japanese time, as many digits as are known.
pub(super) fn jst(at: Instant) -> String {
    utc(at.plus(9 * HOUR)).trim_end_matches('Z').to_owned() + "+09:00"
}

/// RFC 3339 in UTC with three digits, what lies below cut off.
pub(super) fn millis(at: Instant) -> String {
    let whole = Instant(at.0.div_euclid(1_000).saturating_mul(1_000));
    let text = utc(whole);
    match text.trim_end_matches('Z').split_once('.') {
        Some((seconds, fraction)) => format!("{seconds}.{fraction:0<3.3}Z"),
        None => format!("{}.000Z", text.trim_end_matches('Z')),
    }
}

/// Bits with three decimals.
pub(super) fn bits(bits: Millibits) -> String {
    layout::exact(bits).trim_start_matches('+').to_owned()
}

/// What identifies something, made visible. Two different names stay different: one that is cut ends with a piece of
/// its hash.
pub(super) fn name(text: &str) -> String {
    let shown = escape::visible(text, NAME_COLUMNS);
    if shown == escape::visible(text, usize::MAX) {
        return shown;
    }
    format!("{shown}#{}", hash(&[text], 6))
}

/// The first `bytes` bytes of a hash over `parts`, in hexadecimal.
pub(super) fn hash(parts: &[&str], bytes: usize) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // Lengths keep ("ab", "c") and ("a", "bc") apart.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(bytes).map(|b| format!("{b:02x}")).collect()
}

/// `FILE rows 12–15, 40`, as the report writes it.
pub(super) fn source((file, rows): &(String, Vec<u64>)) -> String {
    format!("{} {}", escape::visible(file, 400), layout::rows(rows, Lang::En))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_the_digits_their_readers_expect() {
        let at = Instant::parse_rfc3339("2025-03-19T14:52:07.318456+09:00").unwrap();
        assert_eq!(utc(at), "2025-03-19T05:52:07.318456Z");
        assert_eq!(jst(at), "2025-03-19T14:52:07.318456+09:00");
        assert_eq!(millis(at), "2025-03-19T05:52:07.318Z");
        let tenth = Instant::parse_rfc3339("2025-03-19T14:52:07.3+09:00").unwrap();
        assert_eq!(millis(tenth), "2025-03-19T05:52:07.300Z");
        let whole = Instant::parse_rfc3339("2025-03-19T14:52:07+09:00").unwrap();
        assert_eq!(millis(whole), "2025-03-19T05:52:07.000Z");
        assert_eq!(utc(Instant(i64::MAX)), "9999-12-30T21:59:59.999999Z");
        assert_eq!(millis(Instant(i64::MIN)), "0001-01-01T00:00:00.000Z");
    }

    #[test]
    fn long_names_stay_different() {
        let (a, b) = (format!("{}a", "x".repeat(10_000)), format!("{}b", "x".repeat(10_000)));
        assert_ne!(name(&a), name(&b));
        assert!(name(&a).starts_with("xxx") && name(&a).contains("…#"), "{}", name(&a));
        assert_eq!(name("a\u{202e}b…"), "a\\u{202e}b…");
        assert_eq!(name("short"), "short");
    }
}
