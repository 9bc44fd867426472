//! Times as text.

use itoguchi_model::Instant;

/// Epoch seconds (whole or with a fraction), else RFC 3339; in microseconds.
pub(super) fn parse_time(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<i64>() {
        return seconds.checked_mul(1_000_000);
    }
    if let Some((whole, fraction)) = text.split_once('.')
        && let Ok(seconds) = whole.parse::<i64>()
        && fraction.bytes().all(|b| b.is_ascii_digit())
    {
        let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(6);
        let micros = digits.fold(0, |micros, digit| micros * 10 + i64::from(digit - b'0'));
        let micros = if whole.starts_with('-') { -micros } else { micros };
        return seconds.checked_mul(1_000_000)?.checked_add(micros);
    }
    Instant::parse_rfc3339(text).map(|instant| instant.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_form() {
        assert_eq!(parse_time("1623881091"), Some(1_623_881_091_000_000));
        assert_eq!(parse_time("1623881091.25"), Some(1_623_881_091_250_000));
        assert_eq!(parse_time(" -0.5 "), Some(-500_000));
        assert_eq!(parse_time("1.0000019"), Some(1_000_001));
        assert_eq!(parse_time("1970-01-01T09:00:01+09:00"), Some(1_000_000));
        for bad in ["", "soon", "99999999999999999999", "9223372036854775807", "1.x"] {
            assert!(parse_time(bad).is_none(), "{bad}");
        }
    }
}
