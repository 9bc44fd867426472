//! The words for likelihoods and roles. They say what was inferred and how sure it is; none of them says guilt.

use itoguchi_model::{Family, Kind, Role, results::RingRow};

use crate::{
    language::{Lang, Term},
    terms,
};

/// The words for a probability.
///
/// ```
/// use itoguchi_report::{Lang, words::likelihood};
/// assert_eq!(likelihood(0.95, Lang::En), "almost certain");
/// assert_eq!(likelihood(0.5, Lang::Ja), "どちらともいえない");
/// ```
#[must_use]
pub fn likelihood(probability: f64, lang: Lang) -> &'static str {
    let term = match probability {
        p if p >= 0.95 => terms::ALMOST_CERTAIN,
        p if p >= 0.80 => terms::LIKELY,
        p if p >= 0.55 => terms::QUITE_POSSIBLE,
        p if p >= 0.45 => terms::EVEN,
        p if p < 0.45 => terms::UNLIKELY,
        _ => terms::UNKNOWN,
    };
    term.text(lang)
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

/// A false discovery rate: three decimals, or its power of ten.
pub(crate) fn small(q: f64) -> String {
    if q != 0.0 && q.abs() < 0.001 { format!("{q:.1e}") } else { format!("{q:.3}") }
}

/// What a member of a ring is called.
#[must_use]
pub fn role(role: Role, lang: Lang) -> &'static str {
    let term = match role {
        Role::Victim => terms::VICTIM,
        Role::Seller => terms::SELLER,
        Role::Linked => terms::LINKED,
    };
    term.text(lang)
}

/// What a shared device or address is called.
pub(crate) fn infrastructure(role: &str, lang: Lang) -> &'static str {
    let term = match role {
        "relay" => terms::RELAY,
        "device" => terms::DEVICE,
        _ => terms::SHARED,
    };
    term.text(lang)
}

/// What a family of evidence is called.
pub(crate) fn family(family: Family, lang: Lang) -> &'static str {
    let term = match family {
        Family::Episode => terms::EPISODE_FAMILY,
        Family::Infrastructure => terms::INFRASTRUCTURE_FAMILY,
        Family::CoTrading => terms::CO_TRADING_FAMILY,
        Family::Opposite => terms::OPPOSITE_FAMILY,
        Family::Market => terms::MARKET_FAMILY,
        Family::Reports => terms::REPORTS_FAMILY,
    };
    term.text(lang)
}

/// What a kind of evidence is called.
pub(crate) fn kind(kind: Kind, lang: Lang) -> &'static str {
    let term = match kind {
        Kind::HijackEpisode => terms::HIJACK_EPISODE,
        Kind::Device => terms::SAME_DEVICE,
        Kind::Ip => terms::SAME_IP,
        Kind::CoBuy => terms::CO_BUY,
        Kind::CoSell => terms::CO_SELL,
        Kind::CoBuyDay => terms::CO_BUY_DAY,
        Kind::Opposite => terms::OPPOSITE,
        Kind::PossibleMatch => terms::POSSIBLE_MATCH,
        Kind::Counterparty => terms::COUNTERPARTY,
        Kind::SoldIntoRise => terms::SOLD_INTO_RISE,
        Kind::Burst => terms::BURST,
        Kind::Report => terms::REPORT,
    };
    term.text(lang)
}

/// Whether a statement of this kind says what rows say (a fact), or already judges them (an inference).
pub(crate) fn says_rows(kind: Kind) -> bool {
    match kind {
        Kind::HijackEpisode | Kind::PossibleMatch | Kind::SoldIntoRise | Kind::Burst => false,
        Kind::Device
        | Kind::Ip
        | Kind::CoBuy
        | Kind::CoSell
        | Kind::CoBuyDay
        | Kind::Opposite
        | Kind::Counterparty
        | Kind::Report => true,
    }
}

/// What a signal such as `A1_new_device` says, or its name where a result holds one that is not known here.
pub(crate) fn signal(name: &str, lang: Lang) -> String {
    let Some((rule, what)) = name.split_once('_') else { return name.to_owned() };
    let term = match what {
        "new_device" => terms::NEW_DEVICE,
        "new_network" => terms::NEW_NETWORK,
        "new_country" => terms::NEW_COUNTRY,
        "new_region" => terms::NEW_REGION,
        "hosting_or_vpn" => terms::HOSTING_OR_VPN,
        "impossible_travel" => terms::IMPOSSIBLE_TRAVEL,
        "concurrent_session" => terms::CONCURRENT_SESSION,
        "failures_then_success" => terms::FAILURES_THEN_SUCCESS,
        "contact_changed" => terms::CONTACT_CHANGED,
        "unusual_hour" => terms::UNUSUAL_HOUR,
        "reconnaissance" => terms::RECONNAISSANCE,
        "liquidate_all" => terms::LIQUIDATE_ALL,
        "liquidate_few" => terms::LIQUIDATE_FEW,
        "liquidate_most" => terms::LIQUIDATE_MOST,
        "dormant_wakes" => terms::DORMANT_WAKES,
        "unfamiliar_name" => terms::UNFAMILIAR_NAME,
        "new_market" => terms::NEW_MARKET,
        "low_priced" => terms::LOW_PRICED,
        "concentration" => terms::CONCENTRATION,
        "heavy_buy" => terms::HEAVY_BUY,
        "large_buy" => terms::LARGE_BUY,
        "paid_up" => terms::PAID_UP,
        "built_up_recently" => terms::BUILT_UP_RECENTLY,
        "sold_out" => terms::SOLD_OUT,
        "profit_over_10_percent" => terms::PROFIT_OVER_10_PERCENT,
        "part_of_the_tape" => terms::PART_OF_THE_TAPE,
        "new_account" => terms::NEW_ACCOUNT,
        "corporate_account" => terms::CORPORATE_ACCOUNT,
        "no_other_purchase_that_day" => terms::NO_OTHER_PURCHASE_THAT_DAY,
        _ => return name.to_owned(),
    };
    format!("{rule} {}", term.text(lang))
}

/// A kind's wording with the name that tables and files use beside it.
pub(crate) fn named_kind(k: Kind, lang: Lang) -> String {
    beside(kind(k, lang), k.name(), lang)
}

/// A family's wording with the name that tables and files use beside it.
pub(crate) fn named_family(f: Family, lang: Lang) -> String {
    beside(family(f, lang), f.name(), lang)
}

/// `words` with `aside` in brackets.
pub(crate) fn beside(words: &str, aside: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!("{words} ({aside})"),
        Lang::Ja => format!("{words}({aside})"),
    }
}

/// `statement` with its signals in words: the table holds their names.
pub(crate) fn spelled_out(statement: &str, lang: Lang) -> String {
    let joins = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (mut out, mut rest) = (String::with_capacity(statement.len()), statement);
    while let Some(at) = rest.find(joins) {
        let (before, word) = rest.split_at(at);
        let (word, after) = word.split_at(word.find(|c| !joins(c)).unwrap_or(word.len()));
        out.push_str(before);
        // A rule is A (of a session) or C (of a seller) and a number; an account's token may hold anything.
        let rule = word.split_once('_').and_then(|(rule, _)| rule.strip_prefix(['A', 'C']));
        if rule.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit())) {
            out.push_str(&signal(word, lang));
        } else {
            out.push_str(word);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// What an act of a member is called.
pub(crate) fn act(act: &str, lang: Lang) -> &'static str {
    let term = match act {
        "login" => terms::LOGIN,
        "login_failed" => terms::LOGIN_FAILED,
        "logout" => terms::LOGOUT,
        "mfa_fail" => terms::MFA_FAIL,
        "mfa_change" => terms::MFA_CHANGE,
        "password_change" => terms::PASSWORD_CHANGE,
        "email_change" => terms::EMAIL_CHANGE,
        "phone_change" => terms::PHONE_CHANGE,
        "notification_off" => terms::NOTIFICATION_OFF,
        "bank_change" => terms::BANK_CHANGE,
        "device_register" => terms::DEVICE_REGISTER,
        "buy" => terms::BUY,
        "sell" => terms::SELL,
        "short" => terms::SHORT,
        _ => terms::UNKNOWN,
    };
    term.text(lang)
}

/// The amounts of a ring: name, formula, yen.
pub(crate) fn amounts(ring: &RingRow) -> [(Term, Term, Option<i64>); 5] {
    [
        (terms::FORCED_SALES, terms::FORCED_SALES_IS, ring.forced_sales_jpy),
        (terms::FRAUDULENT_BUYS, terms::FRAUDULENT_BUYS_IS, ring.fraudulent_buys_jpy),
        (terms::ESTIMATED_LOSS, terms::ESTIMATED_LOSS_IS, ring.estimated_loss_jpy),
        (terms::SELLER_PROCEEDS, terms::SELLER_PROCEEDS_IS, ring.seller_proceeds_jpy),
        (terms::SELLER_PROFIT, terms::SELLER_PROFIT_IS, ring.seller_profit_jpy),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_change_at_their_boundaries() {
        let words: Vec<&str> = [1.0, 0.95, 0.949, 0.80, 0.799, 0.55, 0.549, 0.45, 0.449, 0.0, f64::NAN]
            .map(|p| likelihood(p, Lang::En))
            .into();
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
    fn signals_in_a_statement_are_spelled_out() {
        let text = "異なる取引: A10_low_priced, A1_new_device。A_1 A1_else XA1_new_device B1_new_device";
        assert_eq!(
            spelled_out(text, Lang::Ja),
            "異なる取引: A10 低位株の買付, A1 利用履歴のない端末。A_1 A1_else XA1_new_device B1_new_device"
        );
        assert_eq!(spelled_out("A8_liquidate_all", Lang::En), "A8 everything sold");
        assert_eq!(spelled_out("(C7_sold_out)", Lang::Ja), "(C7 ほぼ全量の売却)");
        assert_eq!(spelled_out("", Lang::En), "");
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
