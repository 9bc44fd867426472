//! Weights as decimals: exact up to nine digits behind the point.

use crate::error::WeightFault;

/// More decimals are rounded.
pub(super) const MOST_DECIMALS: u8 = 9;
/// No digit so far from the point counts for anything but an error or nothing, and sums of such numbers are far from
/// overflowing.
const FAR: i64 = 1 << 40;

/// `units` / 10^`decimals`, in lowest terms of ten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weight {
    pub units: u64,
    pub decimals: u8,
    /// Whether the text said something that nine decimals do not hold.
    pub rounded: bool,
}

impl Weight {
    /// A whole number.
    pub fn whole(units: u64) -> Self {
        Self { units, decimals: 0, rounded: false }
    }

    /// In lowest terms; `None` if that does not fit.
    fn of(units: u128, decimals: u8, rounded: bool) -> Option<Self> {
        let (mut units, mut decimals) = (units, decimals);
        while decimals > 0 && units.is_multiple_of(10) {
            units /= 10;
            decimals -= 1;
        }
        Some(Self { units: u64::try_from(units).ok()?, decimals, rounded })
    }
}

/// Why a text is no weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing stands there.
    Missing,
    /// It is no number.
    Unreadable,
    /// It is a number that no weight can be.
    Refused(WeightFault),
}

const TOO_LARGE: Fault = Fault::Refused(WeightFault::TooLarge { scale: 0 });

/// Reads a decimal text.
pub(super) fn parse(text: &[u8]) -> Result<Weight, Fault> {
    let text = text.trim_ascii();
    match short(text) {
        Some(weight) => Ok(weight),
        None if text.is_empty() => Err(Fault::Missing),
        None => any(text),
    }
}

/// Most weights: digits and perhaps a point, so few that nothing can overflow and no digit must go.
fn short(text: &[u8]) -> Option<Weight> {
    if text.len() > 19 {
        return None;
    }
    let (mut units, mut digits, mut decimals) = (0_u64, 0, None);
    for &byte in text {
        match byte {
            b'0'..=b'9' => {
                units = units * 10 + u64::from(byte - b'0');
                digits += 1;
                decimals = decimals.map(|n: u8| n + 1);
            }
            b'.' if decimals.is_none() => decimals = Some(0),
            _ => return None,
        }
    }
    let mut decimals = decimals.unwrap_or(0);
    while decimals > 0 && units.is_multiple_of(10) {
        units /= 10;
        decimals -= 1;
    }
    (digits > 0 && decimals <= MOST_DECIMALS).then_some(Weight { units, decimals, rounded: false })
}

/// Any text, however long: `[+-] digits [. digits] [e [+-] digits]`, with a digit on at least one side of the point.
fn any(text: &[u8]) -> Result<Weight, Fault> {
    let (negative, text) = sign(text);
    if [&b"nan"[..], b"inf", b"infinity"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Err(Fault::Refused(WeightFault::NotFinite));
    }
    let (number, exponent) = match text.iter().position(|b| matches!(b, b'e' | b'E')) {
        Some(at) => (&text[..at], exponent(&text[at + 1..]).ok_or(Fault::Unreadable)?),
        None => (text, 0),
    };
    let (whole, fraction) = match number.iter().position(|b| *b == b'.') {
        Some(at) => (&number[..at], &number[at + 1..]),
        None => (number, &[][..]),
    };
    let mut all = whole.iter().chain(fraction);
    if number.len() == number.iter().filter(|b| **b == b'.').count() || !all.all(u8::is_ascii_digit) {
        return Err(Fault::Unreadable);
    }
    let digits = Digits { whole, fraction };
    let significant = digits.significant();
    if significant.is_empty() {
        return Ok(Weight::whole(0));
    }
    if negative {
        return Err(Fault::Refused(WeightFault::Negative));
    }
    digits.weight(significant, whole.len() as i64 + exponent).ok_or(TOO_LARGE)
}

/// Whether a minus stands before it, and what follows the sign.
fn sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

/// What follows an `e`; beyond [`FAR`] it does not matter how far.
fn exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = sign(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let size = digits.iter().fold(0, |size: i64, digit| (size * 10 + i64::from(digit - b'0')).min(FAR));
    Some(if negative { -size } else { size })
}

/// The digits of a number, without the point between its two runs.
struct Digits<'a> {
    whole: &'a [u8],
    fraction: &'a [u8],
}

impl Digits<'_> {
    fn get(&self, at: usize) -> u8 {
        let digit = self.whole.get(at).or_else(|| self.fraction.get(at - self.whole.len()));
        digit.map_or(0, |digit| digit - b'0')
    }

    /// From the first that is not 0 to the last.
    fn significant(&self) -> std::ops::Range<usize> {
        let all = 0..self.whole.len() + self.fraction.len();
        let first = all.clone().find(|at| self.get(*at) != 0);
        let last = all.clone().rev().find(|at| self.get(*at) != 0);
        first.zip(last).map_or(0..0, |(first, last)| first..last + 1)
    }

    /// The number whose point stands before the digit `point`, of which no digit counts but the significant; `None` if it
    /// is too large.
    fn weight(&self, significant: std::ops::Range<usize>, point: i64) -> Option<Weight> {
        let decimals = significant.end as i64 - point;
        let most = i64::from(MOST_DECIMALS);
        if decimals <= most {
            let units = self.units(significant)?;
            let zeros = u32::try_from(-decimals.min(0)).ok()?;
            let units = units.checked_mul(10_u128.checked_pow(zeros)?)?;
            return Weight::of(units, u8::try_from(decimals.max(0)).ok()?, false);
        }
        // The first digit that goes.
        let Ok(cut) = usize::try_from(point + most) else { return Weight::of(0, 0, true) };
        let units = self.units(significant.start..cut)?;
        // The last digit is not 0: where more follow, it is more than a half. Before the first all are 0.
        let up = match self.get(cut) {
            5 => cut + 1 < significant.end || !units.is_multiple_of(2),
            digit => digit > 5,
        };
        Weight::of(units + u128::from(up), MOST_DECIMALS, true)
    }

    fn units(&self, digits: std::ops::Range<usize>) -> Option<u128> {
        // So many digits are never a weight, whatever the decimals; and fewer never overflow.
        (digits.len() < 38).then(|| digits.fold(0, |units, at| units * 10 + u128::from(self.get(at))))
    }
}

/// The shortest decimal text of `units` / 10^`decimals`.
pub(super) fn text(units: u64, decimals: u8) -> String {
    let text = format!("{units:0>width$}", width = usize::from(decimals) + 1);
    let (whole, fraction) = text.split_at(text.len() - usize::from(decimals));
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(units: u64, decimals: u8) -> Result<Weight, Fault> {
        Ok(Weight { units, decimals, rounded: false })
    }

    fn rounded(units: u64, decimals: u8) -> Result<Weight, Fault> {
        Ok(Weight { units, decimals, rounded: true })
    }

    fn read(text: &str) -> Result<Weight, Fault> {
        parse(text.as_bytes())
    }

    #[test]
    fn decimals_are_exact() {
        for (text, units, decimals) in [
            ("0", 0, 0),
            ("-0.00", 0, 0),
            ("007", 7, 0),
            ("0.25", 25, 2),
            ("+.5", 5, 1),
            ("5.", 5, 0),
            (" 1.50 ", 15, 1),
            ("0.1", 1, 1),
            ("0.000000001", 1, 9),
            ("123456789.123456789", 123_456_789_123_456_789, 9),
            ("18446744073709551615", u64::MAX, 0),
            ("1844674407.370955161000", 1_844_674_407_370_955_161, 9),
            ("0.2500000000000000000000000000000000000000000", 25, 2),
            ("1e-3", 1, 3),
            ("2.5E+2", 250, 0),
            ("2.5e0", 25, 1),
            ("1200e-2", 12, 0),
            ("0.00012e4", 12, 1),
            ("1e19", 10_000_000_000_000_000_000, 0),
            ("0e99999999999999999999", 0, 0),
            ("000000000000000000000000000000000000000000000000001e-9", 1, 9),
            ("100000000000000000000000000000000000000000e-40", 10, 0),
        ] {
            assert_eq!(read(text), exact(units, decimals), "{text}");
        }
    }

    #[test]
    fn more_than_nine_decimals_are_rounded_half_to_even() {
        for (text, units, decimals) in [
            ("0.0000000005", 0, 0),
            ("0.0000000015", 2, 9),
            ("0.0000000025", 2, 9),
            ("0.00000000250000000000000000000000000000000001", 3, 9),
            ("0.0000000024999999999999999999999999999999999", 2, 9),
            ("0.00000000051", 1, 9),
            ("0.00000000049", 0, 0),
            ("0.30000000000000004", 3, 1),
            ("0.9999999999", 1, 0),
            ("5e-10", 0, 0),
            ("6e-10", 1, 9),
            ("15e-10", 2, 9),
            ("1e-11", 0, 0),
            ("1e-99999999999999999999", 0, 0),
            ("99999999999.99999999999", 100_000_000_000, 0),
        ] {
            assert_eq!(read(text), rounded(units, decimals), "{text}");
        }
    }

    #[test]
    fn what_is_no_weight_is_told_apart() {
        for text in ["", "  ", "\t"] {
            assert_eq!(read(text), Err(Fault::Missing), "{text:?}");
        }
        for text in [
            "abc",
            ".",
            "-",
            "+",
            "e5",
            ".e5",
            "1e",
            "1e+",
            "1e5.0",
            "1.2.3",
            "..",
            "1,000",
            "1_000",
            "0x10",
            "--1",
            "1 2",
            "１",
            "1e5e5",
            "nano",
            "-.",
            "1-",
            "12345678901234567890x",
        ] {
            assert_eq!(read(text), Err(Fault::Unreadable), "{text:?}");
        }
        for text in ["-1", "-0.5", "-1e-999", "-.0000000000000000000000001", "-99999999999999999999999"] {
            assert_eq!(read(text), Err(Fault::Refused(WeightFault::Negative)), "{text:?}");
        }
        for text in ["NaN", "nan", "-nan", "inf", "+Inf", "-inf", "INFINITY", " infinity "] {
            assert_eq!(read(text), Err(Fault::Refused(WeightFault::NotFinite)), "{text:?}");
        }
        let nines = "9".repeat(60_000);
        for text in ["18446744073709551616", "1e20", "1e38", "1e39", "1e99999999999999999999", &nines] {
            assert_eq!(read(text), Err(TOO_LARGE), "{text:?}");
        }
        assert_eq!(read("99999999999.999999999"), Err(TOO_LARGE));
    }

    #[test]
    fn the_quick_way_reads_what_the_long_way_reads() {
        for units in (0..3000_u64).chain([999_999_999_999_999_999]) {
            let digits = units.to_string();
            for at in 0..=digits.len() {
                let text = format!("{}.{}", &digits[..at], &digits[at..]);
                let quick = short(text.as_bytes());
                if quick.is_some() {
                    assert_eq!(quick, any(text.as_bytes()).ok(), "{text}");
                }
            }
        }
    }

    #[test]
    fn texts_are_short() {
        for (units, decimals, want) in
            [(0, 0, "0"), (5, 0, "5"), (5, 3, "0.005"), (1250, 2, "12.5"), (100, 2, "1")]
        {
            assert_eq!(text(units, decimals), want);
        }
    }
}
