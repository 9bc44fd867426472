//! Hostile text made visible and harmless.
//!
//! Ids and user agents come from outside: they may hold terminal commands, marks that turn the reading direction,
//! line breaks or ten thousand characters. Whatever cannot be seen is spelled out as `\u{…}`.

mod markdown;

use unicode_width::UnicodeWidthChar;

pub(crate) use markdown::code_of_visible;
pub use markdown::{markdown, markdown_code};

/// Columns an id (account, device, address, instrument, ring) may take in text.
pub const ID_COLUMNS: usize = 64;
/// Columns a sentence, a path or any other free text may take.
pub const TEXT_COLUMNS: usize = 1_000;
/// Marks that a letter may carry before the rest is spelled out: more are used to draw over other lines.
const MARKS_PER_LETTER: usize = 2;

/// `text` with everything invisible spelled out, cut with `…` where it would take more than `columns`.
///
/// Kept as they are: letters of any script, up to two combining marks on each, and blanks. Spelled as `\u{…}`:
/// controls, direction marks, zero-width and other format characters, line separators, private use, tags and
/// unassigned ends of planes; so is a backslash that would start such a spelling itself. O(n) in the output,
/// not the input.
///
/// ```
/// use itoguchi_report::escape::visible;
/// assert_eq!(visible("ok\u{1b}[31m\u{202e}x", 64), "ok\\u{1b}[31m\\u{202e}x");
/// assert_eq!(visible("口座一二三", 7), "口座一…");
/// ```
#[must_use]
pub fn visible(text: &str, columns: usize) -> String {
    let (mut out, mut used, mut marks) = (String::new(), 0, MARKS_PER_LETTER);
    // The longest prefix that still leaves room for the ellipsis.
    let (mut keep, mut chars) = (0, text.char_indices());
    while let Some((at, c)) = chars.next() {
        let spelling = shown(c, &text[at..], &mut marks);
        let cost = spelling.as_ref().map_or(c.width().unwrap_or(0), String::len);
        if used + cost > columns {
            out.truncate(keep);
            out.push('…');
            return out;
        }
        match spelling {
            Some(spelled) => out.push_str(&spelled),
            None => out.push(c),
        }
        used += cost;
        // Long runs of nothing must end too.
        if out.len() > columns.saturating_mul(16).saturating_add(64) && !chars.as_str().is_empty() {
            out.truncate(keep);
            out.push('…');
            return out;
        }
        if used < columns {
            keep = out.len();
        }
    }
    out
}

/// [`visible`] within [`ID_COLUMNS`].
#[must_use]
pub fn id(text: &str) -> String {
    visible(text, ID_COLUMNS)
}

/// [`visible`] within [`TEXT_COLUMNS`].
#[must_use]
pub fn sentence(text: &str) -> String {
    visible(text, TEXT_COLUMNS)
}

/// How `c`, the first character of `rest`, must be spelled, or `None` if it may stand as it is.
fn shown(c: char, rest: &str, marks: &mut usize) -> Option<String> {
    let mark = c.width() == Some(0) && !hidden(c);
    *marks = if mark { *marks + 1 } else { 0 };
    let too_many = mark && *marks > MARKS_PER_LETTER;
    let fake = c == '\\' && rest.starts_with("\\u{");
    if hidden(c) || too_many || fake {
        *marks = MARKS_PER_LETTER;
        return Some(format!("\\u{{{:x}}}", u32::from(c)));
    }
    None
}

/// Characters that show nothing themselves, or change how others are shown.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f
            | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0x3164
            | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0xfffe | 0xffff
            | 0xe000..=0xf8ff | 0x1d173..=0x1d17a | 0xe0000..=0x10_ffff)
        || u32::from(c) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_spelled_out() {
        for (text, expected) in [
            ("plain-01", "plain-01"),
            ("山田 太郎", "山田 太郎"),
            ("a\nb\r\tc", "a\\u{a}b\\u{d}\\u{9}c"),
            ("\u{1b}[2J\u{7}", "\\u{1b}[2J\\u{7}"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("abc\u{202e}fdp.exe", "abc\\u{202e}fdp.exe"),
            ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
            ("zero\u{200b}width\u{feff}", "zero\\u{200b}width\\u{feff}"),
            ("sep\u{2028}\u{2029}", "sep\\u{2028}\\u{2029}"),
            ("tag\u{e0041}", "tag\\u{e0041}"),
            ("\\u{202e}", "\\u{5c}u{202e}"),
            ("C:\\x", "C:\\x"),
            ("か\u{3099}", "か\u{3099}"),
            ("\u{301}x", "\\u{301}x"),
            ("e\u{301}\u{302}\u{303}", "e\u{301}\u{302}\\u{303}"),
        ] {
            assert_eq!(id(text), expected);
        }
    }

    #[test]
    fn long_texts_are_cut_to_their_columns() {
        let long = id(&"x".repeat(10_000));
        assert_eq!(long, format!("{}…", "x".repeat(63)));
        assert_eq!(id(&"x".repeat(64)), "x".repeat(64));
        let wide = id(&"口".repeat(10_000));
        assert_eq!(wide, format!("{}…", "口".repeat(31)));
        assert_eq!(visible("口座", 3), "口…");
        assert!(crate::layout::width(&id(&"\u{202e}".repeat(10_000))) <= 64);
        assert!(crate::layout::width(&id(&"e\u{301}".repeat(10_000))) <= 64);
        assert_eq!(visible("ab", 0), "…");
        assert_eq!(visible("", 0), "");
    }
}
