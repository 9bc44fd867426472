//! Nomura: 取引履歴, one file for every product.

use itoguchi_model::Side;

use super::{
    listing,
    rows::{Fill, Outcome, Problem, Row, SkipReason, skip_or_reject},
};

/// 約定日,受渡日,商品,銘柄コード,銘柄名,摘要,取引区分,預り区分,発行通貨,数量,単価,…
pub(super) fn all(row: &Row) -> Result<Outcome, Problem> {
    let word = row.word(6);
    let side = match word.as_str() {
        "現物買付" | "信用新規買" | "信用買建" | "買建" | "信用返済買" | "買埋" => {
            Side::Buy
        }
        "現物売却" | "信用返済売" | "売埋" => Side::Sell,
        "信用新規売" | "信用売建" | "売建" => Side::Short,
        _ => return skip_or_reject(6, &word),
    };
    let name = row.verbatim(4).to_owned();
    let issued = row.word(8);
    let (listed, currency) = match row.word(2).as_str() {
        "株式" if matches!(issued.as_str(), "" | "JPY") => {
            let listed = listing::japanese(row.verbatim(3), "", &name).map_err(|r| Problem::at(3, r))?;
            (listed, "JPY".to_owned())
        }
        "株式" => return Err(Problem::at(8, "a domestic share in another currency than yen")),
        "外株" => {
            let currency = iso(&issued)
                .ok_or_else(|| Problem::at(8, "not a currency code, and a foreign share needs one"))?;
            (foreign(row.verbatim(3), &currency, &name).map_err(|r| Problem::at(3, r))?, currency)
        }
        product => return skip_product(product),
    };
    Ok(Outcome::Fill(Fill {
        listed,
        name,
        side,
        quantity: row.positive(9)?,
        price: row.positive(10)?,
        currency,
        venue: None,
        notes: Vec::new(),
    }))
}

/// Foreign rows usually have no code; where one stands, the currency of issue says of which market it is.
fn foreign(code: &str, currency: &str, name: &str) -> Result<listing::Listed, String> {
    let listed = match currency {
        "USD" => listing::american(code, name),
        "HKD" => listing::chinese(code, "香港").map(|(listed, _)| listed),
        _ => listing::by_name(name),
    };
    listed.or_else(|_| listing::by_name(name))
}

fn iso(word: &str) -> Option<String> {
    (word.len() == 3 && word.bytes().all(|b| b.is_ascii_uppercase())).then(|| word.to_owned())
}

fn skip_product(product: &str) -> Result<Outcome, Problem> {
    const FUNDS: [&str; 4] = ["投信", "MRF", "MMF", "ファンド"];
    const OTHERS: [&str; 5] = ["債", "保険", "金銭", "年金", "預り金"];
    let named = |words: &[&str]| words.iter().any(|w| product.contains(w));
    if named(&FUNDS) {
        Ok(Outcome::Skip(SkipReason::Fund))
    } else if named(&OTHERS) {
        Ok(Outcome::Skip(SkipReason::OtherProduct))
    } else {
        Err(Problem::at(2, "not a known product"))
    }
}
