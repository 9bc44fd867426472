//! Rakuten: `tradehistory(JP)`, `(US)` and `(CH)`. 取引区分 says cash or margin in the first two and the side in the third.

use itoguchi_model::Side;

use super::{
    listing,
    rows::{Fill, Outcome, Problem, Row, no_execution, skip_or_reject},
};

/// 約定日,受渡日,銘柄コード,銘柄名,市場名称,口座区分,取引区分,売買区分,信用区分,弁済期限,数量［株］,単価［円］,…
pub(super) fn japan(row: &Row) -> Result<Outcome, Problem> {
    let side = match side(row, 6, 7)? {
        Ok(side) => side,
        Err(skip) => return Ok(skip),
    };
    let name = row.verbatim(3).to_owned();
    Ok(Outcome::Fill(Fill {
        listed: listing::japanese(row.verbatim(2), row.verbatim(4), &name).map_err(|r| Problem::at(2, r))?,
        name,
        side,
        quantity: row.positive(10)?,
        price: row.positive(11)?,
        currency: "JPY".to_owned(),
        venue: row.venue(4),
        notes: Vec::new(),
    }))
}

/// 約定日,受渡日,ティッカー,銘柄名,口座,取引区分,売買区分,信用区分,弁済期限,決済通貨,数量［株］,単価［USドル］,…
pub(super) fn america(row: &Row) -> Result<Outcome, Problem> {
    let side = match side(row, 5, 6)? {
        Ok(side) => side,
        Err(skip) => return Ok(skip),
    };
    let name = row.verbatim(3).to_owned();
    Ok(Outcome::Fill(Fill {
        listed: listing::american(row.verbatim(2), &name).map_err(|r| Problem::at(2, r))?,
        name,
        side,
        quantity: row.positive(10)?,
        price: row.positive(11)?,
        currency: "USD".to_owned(),
        venue: None,
        notes: Vec::new(),
    }))
}

/// 約定日,受渡日,銘柄コード,銘柄名,市場,通貨,取引区分,口座区分,数量［株］,単価,…
pub(super) fn china(row: &Row) -> Result<Outcome, Problem> {
    let word = row.word(6);
    let side = match word.as_str() {
        "買付" => Side::Buy,
        "売付" | "売却" => Side::Sell,
        _ => return skip_or_reject(6, &word),
    };
    let (listed, of_exchange) =
        listing::chinese(row.verbatim(2), row.verbatim(4)).map_err(|r| Problem::at(2, r))?;
    let stated = row.word(5);
    let (currency, note) = match stated.as_str() {
        "HKドル" | "香港ドル" | "HKD" => ("HKD", None),
        "人民元" | "中国元" | "元" | "CNY" | "RMB" => ("CNY", None),
        // the only other ones are yen and US dollars, in which trades are settled but not quoted
        _ => (
            of_exchange,
            Some(format!("currency {stated:?}; the price is in {of_exchange}, the exchange's currency")),
        ),
    };
    Ok(Outcome::Fill(Fill {
        listed,
        name: row.verbatim(3).to_owned(),
        side,
        quantity: row.positive(8)?,
        price: row.positive(9)?,
        currency: currency.to_owned(),
        venue: row.venue(4),
        notes: note.into_iter().collect(),
    }))
}

/// The side from 取引区分 (cash or margin) and 売買区分, or a reason to skip the row.
///
/// A margin row whose sale says neither opening nor closing may be a short sale or the end of a purchase: it is
/// rejected.
fn side(row: &Row, kind: usize, trade: usize) -> Result<Result<Side, Outcome>, Problem> {
    let (kind_word, word) = (row.word(kind), row.word(trade));
    let margin = kind_word.starts_with("信用");
    let cash = kind_word.starts_with("現物");
    Ok(Ok(match word.as_str() {
        "買付" if margin || cash => Side::Buy,
        "売付" if cash => Side::Sell,
        "売付" if kind_word.contains("新規") => Side::Short,
        "売付" if kind_word.contains("返済") => Side::Sell,
        "売付" if margin => {
            return Err(Problem::at(trade, "a margin sale that does not say whether it opens or closes"));
        }
        "買建" | "買埋" if margin => Side::Buy,
        "売建" if margin => Side::Short,
        "売埋" if margin => Side::Sell,
        "買付" | "売付" | "買建" | "買埋" | "売建" | "売埋" => {
            let reason = no_execution(&kind_word).map(Outcome::Skip);
            return reason
                .map(Err)
                .ok_or_else(|| Problem::at(kind, "neither cash nor margin, against the side"));
        }
        _ => return skip_or_reject(trade, &word).map(Err),
    }))
}
