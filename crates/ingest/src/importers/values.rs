//! Cells to dates and numbers: exact or not at all.

use itoguchi_model::{JstDate, Scaled};

/// The longest a trade takes to settle, holidays included; a two-digit year is believed only within it.
const SETTLEMENT_DAYS: i32 = 14;

/// The trade date in a folded cell, and whether its century was taken from the settlement date's company.
///
/// Read are `2026/06/17`, `2025/5/16`, `2026年06月15日`, `2025-05-16`, `20250516`, each also with the midnight
/// that a spreadsheet adds. `26/06/17` is read where `settlement` in the same form follows within two weeks: in
/// any other order of day, month and year it would not. Years outside 1990–2100 are refused.
pub(super) fn trade_date(folded: &str, settlement: &str) -> Result<(JstDate, bool), &'static str> {
    let parts = date_parts(folded)?;
    if parts.year_digits == 4 {
        return parts.date(0).map(|d| (d, false));
    }
    let date = parts.date(2000)?;
    let company = date_parts(settlement)
        .and_then(|p| p.date(if p.year_digits == 4 { 0 } else { 2000 }))
        .map_err(|_| "a two-digit year without a settlement date to confirm it")?;
    if (0..=SETTLEMENT_DAYS).contains(&(company.0 - date.0)) {
        Ok((date, true))
    } else {
        Err(
            "a two-digit year that the settlement date does not confirm: day, month and year may be in another order",
        )
    }
}

/// A date with a four-digit year, in any of the forms of [`trade_date`].
pub(super) fn full_date(folded: &str) -> Option<JstDate> {
    trade_date(folded, "").ok().map(|(date, _)| date)
}

struct DateParts {
    year: i16,
    year_digits: usize,
    month: i8,
    day: i8,
}

impl DateParts {
    fn date(&self, century: i16) -> Result<JstDate, &'static str> {
        let year = self.year + century;
        if !(1990..=2100).contains(&year) {
            return Err("the year is outside 1990 to 2100");
        }
        JstDate::from_ymd(year, self.month, self.day).ok_or("the calendar has no such day")
    }
}

fn date_parts(folded: &str) -> Result<DateParts, &'static str> {
    const NO_DATE: &str = "not a date as year, month, day";
    let text = without_midnight(folded);
    if text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Err("a spreadsheet's serial number instead of a date");
    }
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return parts(&text[..4], &text[4..6], &text[6..]).ok_or(NO_DATE);
    }
    if let Some((year, (month, day))) = text
        .strip_suffix('日')
        .and_then(|t| t.split_once('年'))
        .and_then(|(y, rest)| rest.split_once('月').map(|md| (y, md)))
    {
        return parts(year.trim(), month.trim(), day.trim()).ok_or(NO_DATE);
    }
    let separator = if text.contains('/') { '/' } else { '-' };
    let mut pieces = text.split(separator);
    match (pieces.next(), pieces.next(), pieces.next(), pieces.next()) {
        (Some(y), Some(m), Some(d), None) if d.len() == 4 && y.len() < 3 && m.len() < 3 => {
            Err("day and month in an order that cannot be told")
        }
        (Some(y), Some(m), Some(d), None) => parts(y, m, d).ok_or(NO_DATE),
        _ => Err(NO_DATE),
    }
}

fn parts(year: &str, month: &str, day: &str) -> Option<DateParts> {
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    if ![year, month, day].into_iter().all(digits) || month.len() > 2 || day.len() > 2 {
        return None;
    }
    matches!(year.len(), 2 | 4).then_some(DateParts {
        year: year.parse().ok()?,
        year_digits: year.len(),
        month: month.parse().ok()?,
        day: day.parse().ok()?,
    })
}

fn without_midnight(text: &str) -> &str {
    let Some((date, time)) = text.split_once([' ', 'T']) else { return text };
    if matches!(time.trim(), "0:00" | "00:00" | "0:00:00" | "00:00:00") { date } else { text }
}

/// The number in a folded cell, exactly: thousands separators where they belong, a plus sign, up to six
/// decimals. Above 0, or it is no quantity and no price.
pub(super) fn positive(folded: &str) -> Result<Scaled, &'static str> {
    let text = folded.strip_prefix('+').unwrap_or(folded);
    if super::text::is_nothing(text) {
        return Err("empty");
    }
    if text.starts_with('-') {
        return Err("below 0: sides are told by words, not by signs");
    }
    if text.contains('%') {
        return Err("a percentage, as of a bond, not a price per share");
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole = ungrouped(whole).ok_or(if text.contains(['E', 'e']) {
        "in scientific notation: digits may be lost"
    } else if text.contains(',') {
        "separators that are not between thousands"
    } else {
        "not a number"
    })?;
    let fraction = fraction.trim_end_matches('0');
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return Err(if fraction.contains(['E', 'e']) {
            "in scientific notation: digits may be lost"
        } else {
            "not a number"
        });
    }
    if fraction.len() > 6 {
        return Err("more than six decimals");
    }
    let micros: Option<i64> = format!("{whole}{fraction:0<6}").parse().ok();
    match micros {
        Some(0) => Err("0, where it must be above 0"),
        Some(micros) if micros < 9_000_000_000_000_000_000 => Ok(Scaled(micros)),
        _ => Err("too large"),
    }
}

/// The digits of `whole` without thousands separators, or nothing if those stand anywhere else.
fn ungrouped(whole: &str) -> Option<String> {
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let rest: Vec<&str> = groups.collect();
    let digits = |g: &str| !g.is_empty() && g.bytes().all(|b| b.is_ascii_digit());
    let grouped = rest.is_empty() || first.len() <= 3;
    (digits(first) && grouped && rest.iter().all(|g| g.len() == 3 && digits(g)))
        .then(|| format!("{first}{}", rest.concat()))
}

/// The shortest decimal that reads back as `value`.
pub(super) fn decimal(value: Scaled) -> String {
    let sign = if value.0 < 0 { "-" } else { "" };
    let (whole, fraction) =
        (value.0.unsigned_abs() / Scaled::ONE as u64, value.0.unsigned_abs() % Scaled::ONE as u64);
    if fraction == 0 {
        return format!("{sign}{whole}");
    }
    let fraction = format!("{fraction:06}");
    format!("{sign}{whole}.{}", fraction.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> JstDate {
        JstDate::parse(text).unwrap()
    }

    #[test]
    fn every_form_of_a_date_is_the_same_day() {
        for form in [
            "2025/05/16",
            "2025/5/16",
            "2025年05月16日",
            "2025年5月16日",
            "2025-05-16",
            "20250516",
            "2025/5/16 0:00",
            "2025-05-16 00:00:00",
            "2025-05-16T00:00:00",
        ] {
            assert_eq!(trade_date(form, ""), Ok((day("2025-05-16"), false)), "{form}");
        }
    }

    #[test]
    fn a_two_digit_year_needs_the_settlement_date() {
        assert_eq!(trade_date("26/06/15", "26/06/17"), Ok((day("2026-06-15"), true)));
        assert_eq!(trade_date("26/06/15", "2026/06/17"), Ok((day("2026-06-15"), true)));
        // day/month/year and month/day/year of one trade and its settlement
        for (trade, settlement) in [("15/06/26", "17/06/26"), ("06/07/26", "06/09/26"), ("26/06/15", "")] {
            assert!(trade_date(trade, settlement).is_err(), "{trade} {settlement}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for bad in [
            "",
            "6/17/2026",
            "17/06/2026",
            "2026/13/01",
            "2026/02/30",
            "45793",
            "2026/6",
            "2026/6/1/2",
            "1989/12/31",
            "2101/01/01",
            "2026-06-17 14:30",
            "R8/6/17",
            "2026年6月",
            "2026/+6/1",
            "+026/06/17",
        ] {
            assert!(trade_date(bad, "2026/06/19").is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers_are_exact_or_refused() {
        for (text, micros) in [
            ("100", 100_000_000),
            ("2,800", 2_800_000_000),
            ("1,234,567", 1_234_567_000_000),
            ("254.0", 254_000_000),
            ("83.8500", 83_850_000),
            ("2239.4", 2_239_400_000),
            ("+142.98", 142_980_000),
            ("0.000001", 1),
            ("12.3400000000", 12_340_000),
        ] {
            assert_eq!(positive(text), Ok(Scaled(micros)), "{text}");
        }
        for bad in [
            "",
            "-",
            "--",
            "0",
            "0.00",
            "-100",
            "1,23",
            "12,34,567",
            "1234,567",
            ",100",
            "130,3",
            "1E+05",
            "1.5e3",
            "95.49 %",
            "abc",
            "1.2.3",
            "1 000",
            "0.0000001",
            "99999999999999",
            "∞",
            "NaN",
            "1.+5",
        ] {
            assert!(positive(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn decimals_read_back() {
        for micros in [1, 130_300_000, 100_000_000, 83_850_000, 1_234_567_890_123] {
            assert_eq!(positive(&decimal(Scaled(micros))), Ok(Scaled(micros)));
        }
        assert_eq!(decimal(Scaled(2_239_400_000)), "2239.4");
    }
}
