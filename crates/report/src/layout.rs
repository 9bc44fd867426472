//! How numbers, times, row lists and paragraphs look in text. Everything here expects text that
//! [`crate::escape`] has already made harmless.

use itoguchi_model::{Instant, Millibits, time::DAY};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::{Lang, terms};

/// Ranges of rows that are listed before the rest is only counted.
const RANGES: usize = 12;
/// The narrowest window that paragraphs are laid out for.
pub(crate) const NARROWEST: usize = 40;

/// Columns `text` takes in a terminal: Japanese letters take two.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` as lines of at most `columns` (40 at least), the first behind `first`, the others behind `rest`, each
/// ended by a line break. Breaks at blanks and between Japanese letters, and inside a word only where it fits no line.
pub(crate) fn wrap(text: &str, columns: usize, first: &str, rest: &str) -> String {
    fill(text, columns.max(NARROWEST), first, rest)
}

/// `text` as lines for a cell of `columns`, broken as [`wrap`] does.
pub(crate) fn cell(text: &str, columns: usize) -> String {
    fill(text, columns, "", "").trim_end().to_owned()
}

fn fill(text: &str, columns: usize, first: &str, rest: &str) -> String {
    let (mut out, mut line, mut used, mut empty) = (String::new(), first.to_owned(), width(first), true);
    let fresh = width(rest);
    for (blank, piece) in pieces(text) {
        let gap = usize::from(blank && !empty);
        if used + gap + width(piece) > columns && !empty {
            push_line(&mut out, &line);
            (line, used, empty) = (rest.to_owned(), fresh, true);
        }
        if blank && !empty {
            line.push(' ');
            used += 1;
        }
        for c in piece.chars() {
            let cost = c.width().unwrap_or(0);
            if used + cost > columns && !empty {
                push_line(&mut out, &line);
                (line, used) = (rest.to_owned(), fresh);
            }
            line.push(c);
            used += cost;
            empty = false;
        }
    }
    push_line(&mut out, &line);
    out
}

/// The parts of `text` that stay on one line, and whether a blank stands before each. A number stays with the
/// Japanese unit behind it, blank or not.
fn pieces(text: &str) -> Vec<(bool, &str)> {
    let (mut pieces, mut start, mut blank, mut before) = (Vec::new(), None, false, None);
    for (at, c) in text.char_indices() {
        if c == ' ' {
            let next = text[at + 1..].chars().next();
            let unit = next.is_some_and(wide) && before.is_some_and(|b: char| b.is_ascii_digit());
            if let (Some(from), false) = (start, unit) {
                pieces.push((blank, &text[from..at]));
                (start, blank) = (None, true);
            }
            before = None;
            continue;
        }
        match (start, before) {
            (None, _) => start = Some(at),
            (Some(from), Some(left)) if may_break(left, c) => {
                pieces.push((blank, &text[from..at]));
                (start, blank) = (Some(at), false);
            }
            _ => {}
        }
        before = Some(c);
    }
    pieces.extend(start.map(|from| (blank, &text[from..])));
    pieces
}

fn wide(c: char) -> bool {
    c.width() == Some(2)
}

/// Whether a line may end between two letters: where one of them is Japanese, the left one opens no bracket, and the
/// right one is no mark that must not begin a line.
fn may_break(left: char, right: char) -> bool {
    (wide(left) || wide(right)) && !opens(left) && !closes(right) && right.width() != Some(0)
}

/// Brackets that must not end a line.
fn opens(c: char) -> bool {
    "「『【〔〈《\u{ff08}\u{ff3b}\u{ff5b}([{¥\u{ffe5}-+".contains(c)
}

/// Marks that must not begin a line: closing brackets, stops, small kana, signs that belong to the number before.
fn closes(c: char) -> bool {
    "」』】〕〉》\u{ff09}\u{ff3d}\u{ff5d}。、・ー々〜…円\u{ff0c}\u{ff0e}\u{ff1a}\u{ff1b}\u{ff01}\u{ff1f}\u{ff05}".contains(c)
        || "ぁぃぅぇぉっゃゅょァィゥェォッャュョ".contains(c)
        || ")]}.,:;!?%".contains(c)
}

fn push_line(out: &mut String, line: &str) {
    out.push_str(line.trim_end());
    out.push('\n');
}

/// Japanese time to the second, `2025-03-19 14:52:07`, without its offset.
pub(crate) fn clock(at: Instant) -> String {
    at.jst().trim_end_matches("+09:00").to_owned()
}

/// From `start` to `end` in Japanese time, the day once where it is one day. Two midnights are days: sources that
/// know no time of day write it so.
pub(crate) fn period(start: Instant, end: Instant) -> String {
    let midnight = |t: Instant| t.jst_time_of_day() == 0;
    if midnight(start) && midnight(end) {
        let (a, b) = (start.jst_date(), end.jst_date());
        return if a == b { format!("{a} JST") } else { format!("{a} – {b} JST") };
    }
    let (a, b) = (clock(start), clock(end));
    if a == b {
        return format!("{a} JST");
    }
    match (same_day(start, end), b.split_once(' ')) {
        (true, Some((_, time))) => format!("{a}–{time} JST"),
        _ => format!("{a} – {b} JST"),
    }
}

/// From the day of `start` to the day of `end`, with minutes where both are one day.
pub(crate) fn short_period(start: Instant, end: Instant) -> String {
    let (a, b) = (start.jst_date(), end.jst_date());
    if same_day(start, end) {
        let minutes = |t: Instant| {
            let minute = t.jst_time_of_day() / 60_000_000;
            format!("{:02}:{:02}", minute / 60, minute % 60)
        };
        return format!("{a} {}–{}", minutes(start), minutes(end));
    }
    format!("{a} – {b}")
}

fn same_day(a: Instant, b: Instant) -> bool {
    a.jst_date() == b.jst_date() && b.since(a).unsigned_abs() < DAY.unsigned_abs()
}

/// Bits with three decimals and a sign: thousandths are exact, so columns of them add up.
pub(crate) fn exact(bits: Millibits) -> String {
    let sign = if bits.0 < 0 { '-' } else { '+' };
    let size = bits.0.unsigned_abs();
    format!("{sign}{}.{:03}", size / 1000, size % 1000)
}

/// Whole yen with separators: `¥12,345,678`; `unknown` where there is none.
pub(crate) fn yen(amount: Option<i64>, lang: Lang) -> String {
    let Some(amount) = amount else { return terms::UNKNOWN.text(lang).to_owned() };
    let term = if amount < 0 { terms::MINUS_YEN } else { terms::YEN };
    term.with(lang, &[&grouped(amount.unsigned_abs())])
}

/// Millions of yen with one decimal: `12.3`; `–` where there is none.
pub(crate) fn millions(amount: Option<i64>) -> String {
    let Some(amount) = amount else { return "–".to_owned() };
    let tenths = (amount.unsigned_abs() + 50_000) / 100_000;
    let sign = if amount < 0 && tenths > 0 { "-" } else { "" };
    format!("{sign}{}.{}", grouped(tenths / 10), tenths % 10)
}

/// A count with separators: `1,234,567`.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A price or quantity with up to `decimals` decimals, trailing zeros dropped; `unknown` where there is none.
pub(crate) fn number(value: Option<f64>, decimals: usize, lang: Lang) -> String {
    let Some(value) = value else { return terms::UNKNOWN.text(lang).to_owned() };
    if !value.is_finite() || value.abs() >= 1e15 {
        return format!("{value:e}");
    }
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = fraction.trim_end_matches('0');
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), grouped);
    let sign = if value < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) { "-" } else { "" };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// `rows 12–15, 40`: row numbers as ranges, at most twelve of them and then how many rows are left.
pub(crate) fn rows(rows: &[u64], lang: Lang) -> String {
    let mut sorted = rows.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for row in &sorted {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*row) => *last = *row,
            _ => ranges.push((*row, *row)),
        }
    }
    let shown: Vec<String> = ranges
        .iter()
        .take(RANGES)
        .map(|(a, b)| if a == b { a.to_string() } else { format!("{a}–{b}") })
        .collect();
    let rest: u64 =
        ranges.iter().skip(RANGES).map(|(a, b)| (b - a).saturating_add(1)).fold(0, u64::saturating_add);
    let shown = shown.join(terms::COMMA.text(lang));
    match (sorted.len(), rest) {
        (0, _) => terms::NO_ROWS.text(lang).to_owned(),
        (1, _) => terms::ROW.with(lang, &[&shown]),
        (_, 0) => terms::ROWS.with(lang, &[&shown]),
        _ => terms::ROWS_AND_MORE.with(lang, &[&shown, &grouped(rest)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn rows_are_ranges() {
        assert_eq!(rows(&[12, 13, 14, 15, 40], Lang::En), "rows 12–15, 40");
        assert_eq!(rows(&[7], Lang::En), "row 7");
        assert_eq!(rows(&[7, 7, 6], Lang::En), "rows 6–7");
        assert_eq!(rows(&[], Lang::En), "no rows named");
        assert_eq!(
            rows(&[u64::MAX, u64::MAX - 1, 0], Lang::En),
            "rows 0, 18446744073709551614–18446744073709551615"
        );
        let odd: Vec<u64> = (0..2_000).map(|n| n * 2 + 1).collect();
        assert_eq!(rows(&odd, Lang::En), "rows 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23 and 1,988 more");
    }

    #[test]
    fn rows_and_yen_in_japanese() {
        assert_eq!(rows(&[12, 13, 14, 15, 40], Lang::Ja), "行 12–15、40");
        let odd: Vec<u64> = (0..20).map(|n| n * 2 + 1).collect();
        assert!(rows(&odd, Lang::Ja).ends_with("、23 ほか 8 行"));
        assert_eq!(rows(&[], Lang::Ja), "行の記載なし");
        assert_eq!(yen(Some(-1_234), Lang::Ja), "-1,234円");
        assert_eq!(number(None, 2, Lang::Ja), "不明");
    }

    #[test]
    fn periods_name_the_day_once_and_days_without_times() {
        let a = at("2025-03-19T14:52:07+09:00");
        assert_eq!(period(a, at("2025-03-19T14:58:11+09:00")), "2025-03-19 14:52:07–14:58:11 JST");
        assert_eq!(period(a, a), "2025-03-19 14:52:07 JST");
        assert_eq!(
            period(a, at("2025-03-20T09:00:00+09:00")),
            "2025-03-19 14:52:07 – 2025-03-20 09:00:00 JST"
        );
        let day = at("2025-03-19T00:00:00+09:00");
        assert_eq!(period(day, day), "2025-03-19 JST");
        assert_eq!(period(day, day.plus(DAY)), "2025-03-19 – 2025-03-20 JST");
        assert_eq!(short_period(a, at("2025-03-19T14:58:11+09:00")), "2025-03-19 14:52–14:58");
        assert_eq!(short_period(a, a.plus(DAY)), "2025-03-19 – 2025-03-20");
        let _ = period(Instant(i64::MIN), Instant(i64::MAX));
        let _ = short_period(Instant(i64::MIN), Instant(i64::MAX));
    }

    #[test]
    fn numbers_are_grouped_and_rounded_half_away() {
        assert_eq!(yen(Some(-1_234_567), Lang::En), "-¥1,234,567");
        assert_eq!(yen(None, Lang::En), "unknown");
        assert_eq!(yen(Some(i64::MIN), Lang::En), "-¥9,223,372,036,854,775,808");
        assert_eq!(millions(Some(12_349_999)), "12.3");
        assert_eq!(millions(Some(-49_999)), "0.0");
        assert_eq!(millions(Some(1_234_567_890)), "1,234.6");
        assert_eq!(number(Some(1234.50), 2, Lang::En), "1,234.5");
        assert_eq!(number(Some(-0.001), 2, Lang::En), "0");
        assert_eq!(number(Some(f64::NAN), 2, Lang::En), "NaN");
        assert_eq!(exact(Millibits(-10_007)), "-10.007");
        assert_eq!(exact(Millibits(19)), "+0.019");
    }

    #[test]
    fn paragraphs_break_at_blanks_and_inside_long_words() {
        assert_eq!(wrap("", 40, "- ", "  "), "-\n");
        let text = wrap(&"word ".repeat(30), 44, "  > ", "    ");
        assert!(text.lines().all(|l| width(l) <= 44), "{text}");
        assert!(text.starts_with("  > word word"));
        let long = wrap(&"口".repeat(100), 41, "", "  ");
        assert!(long.lines().all(|l| width(l) <= 41), "{long}");
        assert_eq!(long.matches('口').count(), 100);
    }

    /// Whatever the width: no line begins with what ends a sentence or closes a bracket, or ends with what opens one;
    /// no word of ASCII letters is torn; nothing is lost.
    #[test]
    fn japanese_breaks_between_letters_but_not_before_its_marks() {
        let text = "端末dv-77c1(新規)を除くと、「RAKUTEN/R-900」は基準を下回るが、リングは維持される。\
            売却代金は12,345,678円(推定)、上昇率62.9%。";
        for columns in NARROWEST..=100 {
            let lines = wrap(text, columns, "", "");
            assert_eq!(lines.replace('\n', ""), text);
            for line in lines.lines() {
                assert!(width(line) <= columns, "{line}");
                assert!(!line.starts_with(['。', '、', ')', '」', '円', '%']), "{line}");
                assert!(!line.ends_with(['(', '「']), "{line}");
            }
            for word in ["dv-77c1", "RAKUTEN/R-900", "12,345,678円", "62.9%"] {
                assert!(lines.contains(word), "{lines}");
            }
        }
        assert_eq!(cell("相当程度の可能性がある", 12), "相当程度の可\n能性がある");
        assert_eq!(cell("口口口。", 6), "口口\n口。");
        assert_eq!(cell("口座 12 件", 8), "口座\n12 件");
        // Marks alone still end somewhere.
        assert!(wrap(&"。".repeat(100), 40, "", "").lines().all(|l| width(l) <= 40));
    }
}
