//! Bytes to lines to cells: which encoding, where a line ends, what a cell says.
//!
//! A download is split into lines first and each line into cells. Brokers never break a line inside a cell, so
//! a quotation mark that a spreadsheet or a mail program lost costs its own line and not the rest of the file.

use std::borrow::Cow;

use encoding_rs::{SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};
use unicode_normalization::UnicodeNormalization;

use super::ImportError;

/// How the bytes of a download were turned into text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 without a mark.
    Utf8,
    /// UTF-8 that begins with its mark.
    Utf8Bom,
    /// UTF-16 with a mark, as spreadsheets save "Unicode text".
    Utf16,
    /// CP932 (Windows-31J), the Shift_JIS that Japanese brokers write.
    Cp932,
}

impl Encoding {
    /// The name used in the record of imports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf8Bom => "UTF-8 with BOM",
            Self::Utf16 => "UTF-16",
            Self::Cp932 => "CP932",
        }
    }
}

/// What stands in for bytes that the encoding does not have.
pub(super) const BROKEN: char = '\u{FFFD}';

/// The text of a download: a mark decides, then valid UTF-8, then CP932, whichever broker is expected.
///
/// Bytes that the encoding does not have become [`BROKEN`], and the rows that hold them are rejected one by one.
pub(super) fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), ImportError> {
    refuse_other_formats(bytes)?;
    if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return Ok((UTF_8.decode_without_bom_handling(rest).0, Encoding::Utf8Bom));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") {
        return Ok((UTF_16LE.decode_without_bom_handling(rest).0, Encoding::Utf16));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xFE\xFF") {
        return Ok((UTF_16BE.decode_without_bom_handling(rest).0, Encoding::Utf16));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok((Cow::Borrowed(text), Encoding::Utf8));
    }
    Ok((SHIFT_JIS.decode_without_bom_handling(bytes).0, Encoding::Cp932))
}

fn refuse_other_formats(bytes: &[u8]) -> Result<(), ImportError> {
    const AS_CSV: &str = "open it and save it as CSV, or better, give the CSV the broker's site saved";
    let start = bytes.trim_ascii_start();
    let lower: Vec<u8> = start.iter().take(14).map(u8::to_ascii_lowercase).collect();
    let (what, hint) = if start.is_empty() {
        ("an empty file", "download it again")
    } else if bytes.starts_with(b"PK\x03\x04") {
        ("a workbook (xlsx) or another zip archive", AS_CSV)
    } else if bytes.starts_with(b"\xD0\xCF\x11\xE0") {
        ("an old workbook (xls)", AS_CSV)
    } else if bytes.starts_with(b"%PDF") {
        ("a PDF", "download the CSV of the same period from the broker's site")
    } else if bytes.starts_with(b"\x1F\x8B") {
        ("a gzip archive", "unpack it first")
    } else if lower.starts_with(b"<!doctype html") || lower.starts_with(b"<html") {
        (
            "a web page",
            "log in to the broker's site again and download the CSV; the session had probably ended",
        )
    } else {
        return Ok(());
    };
    Err(ImportError::NotText { what, hint })
}

/// The lines of `text`, whatever ends them, with their numbers from 1; blank lines are left out.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (u64, &str)> {
    let unix = text.split('\n').flat_map(|l| {
        let l = l.strip_suffix('\r').unwrap_or(l);
        l.split('\r')
    });
    (1..).zip(unix).filter(|(_, l)| !l.trim_matches(|c: char| c.is_whitespace() || c == '\u{1A}').is_empty())
}

/// The cells of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cells {
    /// What they hold, quotation marks taken off.
    pub values: Vec<String>,
    /// Whether a quotation mark is missing or out of place, so that cells may have run together.
    pub bad_quote: bool,
}

/// Splits one line at `separator`; inside quotation marks it is text, and a doubled mark is one mark.
pub(super) fn cells(line: &str, separator: char) -> Cells {
    let mut values = Vec::new();
    let mut cell = String::new();
    let (mut quoted, mut closed, mut bad_quote) = (false, false, false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => (quoted, closed) = (false, true),
            // spreadsheets guard a code as ="0123"
            '"' if !closed && matches!(cell.trim(), "" | "=") => {
                cell.clear();
                quoted = true;
            }
            c if c == separator && !quoted => {
                values.push(std::mem::take(&mut cell));
                closed = false;
            }
            c => {
                bad_quote |= !quoted && (c == '"' || (closed && !c.is_whitespace()));
                cell.push(c);
            }
        }
    }
    values.push(cell);
    Cells { values, bad_quote: bad_quote || quoted }
}

/// A cell for matching: compatibility forms (full-width letters, digits and brackets) folded, every dash one
/// dash, outer blanks of either width gone. Never for evidence: names stay as they were written.
pub(super) fn fold(cell: &str) -> String {
    if cell.is_ascii() {
        return cell.trim().to_owned();
    }
    let folded: String = cell
        .nfkc()
        .map(|c| match c {
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            c => c,
        })
        .collect();
    folded.trim().to_owned()
}

/// A title for matching: folded and without any blank, since one of Rakuten's titles has a stray one.
pub(super) fn fold_title(cell: &str) -> String {
    fold(cell).chars().filter(|c| !c.is_whitespace()).collect()
}

/// Whether a folded cell stands for "nothing": empty, or one to three dashes.
pub(super) fn is_nothing(folded: &str) -> bool {
    matches!(folded, "" | "-" | "--" | "---")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_separators_and_guards() {
        let split = |l| cells(l, ',').values;
        assert_eq!(split(r#"a,"b,c","d""e",f"#), ["a", "b,c", "d\"e", "f"]);
        assert_eq!(split(r#"="0123","",x"#), ["0123", "", "x"]);
        assert_eq!(split(r#" "1" ,2"#), ["1 ", "2"]);
        assert_eq!(split("a,b,"), ["a", "b", ""]);
        for bad in [r#""a,b"#, r#"a,"b"#, r#""a,"b","c""#, r#"a"b,c"#, r#""a"b,c"#] {
            assert!(cells(bad, ',').bad_quote, "{bad}");
        }
        for good in [r#""a","b""#, r#"a,"b" ,c"#, r#""","a""b""#, r#"="1",2"#] {
            assert!(!cells(good, ',').bad_quote, "{good}");
        }
    }

    #[test]
    fn every_line_ending_ends_a_line_and_keeps_its_number() {
        let found: Vec<_> = lines("a\r\n\r\nb\nc\rd\n \u{3000}\n\u{1A}").collect();
        assert_eq!(found, [(1, "a"), (3, "b"), (4, "c"), (5, "d")]);
    }

    #[test]
    fn the_mark_goes_before_utf8_and_utf8_before_cp932() {
        let name = "㈱髙﨑～－①";
        let (cp932, _, lossy) = SHIFT_JIS.encode(name);
        assert!(!lossy);
        assert_eq!(decode(&cp932).unwrap(), (Cow::Borrowed(name), Encoding::Cp932));
        assert_eq!(decode(name.as_bytes()).unwrap(), (Cow::Borrowed(name), Encoding::Utf8));
        let marked = format!("\u{FEFF}{name}");
        assert_eq!(decode(marked.as_bytes()).unwrap(), (Cow::Borrowed(name), Encoding::Utf8Bom));
        let wide: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&wide).unwrap(), (Cow::Borrowed(name), Encoding::Utf16));
    }

    #[test]
    fn folding_is_for_matching_only() {
        assert_eq!(fold("　ＰＴＳ（Ｘ） "), "PTS(X)");
        assert_eq!(fold_title("数量［株 /口］"), "数量[株/口]");
        for nothing in ["", " ", "-", "--", "---", "－", "−", "－－"] {
            assert!(is_nothing(&fold(nothing)), "{nothing:?}");
        }
        assert!(!is_nothing("----"));
        assert!(!is_nothing("0"));
    }
}
