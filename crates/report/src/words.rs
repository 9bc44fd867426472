//! The words for likelihoods and roles. They say what was inferred and how sure it is; none of them says guilt.

use itoguchi_model::{Role, results::RingRow};

/// Stands above everything that names a ring.
pub const NOTICE: &str = "A ring is a lead, not a finding of guilt.";

/// The words for a probability.
///
/// ```
/// use itoguchi_report::words::likelihood;
/// assert_eq!(likelihood(0.95), "almost certain");
/// assert_eq!(likelihood(0.5), "even");
/// ```
#[must_use]
pub fn likelihood(probability: f64) -> &'static str {
    match probability {
        p if p >= 0.95 => "almost certain",
        p if p >= 0.80 => "likely",
        p if p >= 0.55 => "quite possible",
        p if p >= 0.45 => "even",
        p if p < 0.45 => "unlikely",
        _ => "unknown",
    }
}

/// A probability with two decimals that never rounds to certainty: `0.97`, `>0.99`, `<0.01`.
pub(crate) fn probability(p: f64) -> String {
    match p {
        p if p >= 0.995 => ">0.99".to_owned(),
        p if p < 0.005 => "<0.01".to_owned(),
        p if p.is_nan() => "?".to_owned(),
        // Rounding must not lift a number over the boundary of its word; 0.29 × 100 is a little below 29.
        p => format!("{:.2}", (p * 100.0 + 1e-9).floor() / 100.0),
    }
}

/// What a member of a ring is called.
#[must_use]
pub fn role(role: Role) -> &'static str {
    match role {
        Role::Victim => "victim, account believed taken over",
        Role::Seller => "suspected seller account",
        Role::Linked => "account linked to the ring, role not shown by the data",
    }
}

/// What a shared device or address is called.
pub(crate) fn infrastructure(role: &str) -> &'static str {
    match role {
        "relay" => "address believed to be a relay",
        "device" => "shared device",
        _ => "shared address",
    }
}

/// The amounts of a ring: name, formula, yen.
pub(crate) fn amounts(ring: &RingRow) -> [(&'static str, &'static str, Option<i64>); 5] {
    [
        ("forced sales", "sum of the sells inside the victims' episodes", ring.forced_sales_jpy),
        ("fraudulent buys", "sum of the buys inside the victims' episodes", ring.fraudulent_buys_jpy),
        (
            "estimated loss",
            "those buys, less re-sales inside the episodes, less what is left of the shares at the close of the last trade date",
            ring.estimated_loss_jpy,
        ),
        (
            "seller proceeds",
            "sum of the sellers' sells of the ring's names inside its bursts, gross",
            ring.seller_proceeds_jpy,
        ),
        (
            "seller profit",
            "seller proceeds, less the average cost of the shares sold",
            ring.seller_profit_jpy,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_change_at_their_boundaries() {
        let words: Vec<&str> =
            [1.0, 0.95, 0.949, 0.80, 0.799, 0.55, 0.549, 0.45, 0.449, 0.0, f64::NAN].map(likelihood).into();
        let expected = [
            "almost certain",
            "almost certain",
            "likely",
            "likely",
            "quite possible",
            "quite possible",
            "even",
            "even",
            "unlikely",
            "unlikely",
            "unknown",
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn no_probability_is_shown_as_certain_or_over_its_word() {
        assert_eq!(probability(0.9999), ">0.99");
        assert_eq!(probability(0.0), "<0.01");
        assert_eq!(probability(0.949), "0.94");
        assert_eq!(probability(0.55), "0.55");
        assert_eq!(probability(0.97), "0.97");
        assert_eq!(probability(0.29), "0.29");
    }
}
