//! SBI: 約定履歴照会 (domestic) and 外国株式 約定履歴.

use itoguchi_model::Side;

use super::{
    listing,
    rows::{Fill, Outcome, Problem, Row, skip_or_reject},
};

/// 約定日,銘柄,銘柄コード,市場,取引,期限,預り,課税,約定数量,約定単価,…
pub(super) fn domestic(row: &Row) -> Result<Outcome, Problem> {
    let word = row.word(4);
    let side = match word.as_str() {
        "株式現物買" | "信用新規買" | "信用返済買" => Side::Buy,
        "株式現物売" | "信用返済売" => Side::Sell,
        "信用新規売" => Side::Short,
        _ => return skip_or_reject(4, &word),
    };
    let name = row.verbatim(1).to_owned();
    Ok(Outcome::Fill(Fill {
        listed: listing::japanese(row.verbatim(2), row.verbatim(3), &name).map_err(|r| Problem::at(2, r))?,
        name,
        side,
        quantity: row.positive(8)?,
        price: row.positive(9)?,
        currency: "JPY".to_owned(),
        venue: row.venue(3),
        notes: Vec::new(),
    }))
}

/// 国内約定日,通貨,銘柄名,取引,預り区分,約定数量,約定単価,国内受渡日,受渡金額
///
/// The currency column is the one of the settlement: prices stay in that of the exchange.
pub(super) fn foreign(row: &Row) -> Result<Outcome, Problem> {
    let word = row.word(3);
    let side = match word.as_str() {
        "買付" | "自動買付" => Side::Buy,
        "売却" => Side::Sell,
        _ => return skip_or_reject(3, &word),
    };
    let name = row.verbatim(2).to_owned();
    let (listed, of_exchange) = listing::from_name_cell(&name).map_err(|r| Problem::at(2, r))?;
    let settled = row.word(1);
    let (currency, note) = match (of_exchange, currency_of(&settled)) {
        (Some(exchange), Some(settlement)) if exchange == settlement => (exchange, None),
        (Some(exchange), _) if settled.is_empty() => (exchange, None),
        (Some(exchange), _) => (
            exchange,
            Some(format!("settled in {settled}; the price is in {exchange}, the exchange's currency")),
        ),
        (None, Some(settlement)) if settlement != "JPY" => (
            settlement,
            Some(format!(
                "exchange not known; the price is taken to be in {settlement}, the settlement's currency"
            )),
        ),
        _ => return Err(Problem::at(2, "no known exchange, so the currency of the price cannot be told")),
    };
    let venue = name.rsplit_once(['/', '／']).map(|(_, exchange)| exchange.trim().to_owned());
    Ok(Outcome::Fill(Fill {
        listed,
        side,
        quantity: row.positive(5)?,
        price: row.positive(6)?,
        currency: currency.to_owned(),
        venue: venue.filter(|v| !v.is_empty() && of_exchange.is_some()),
        notes: note.into_iter().collect(),
        name,
    }))
}

fn currency_of(word: &str) -> Option<&'static str> {
    Some(match word {
        "日本円" | "円" => "JPY",
        "米国ドル" | "米ドル" => "USD",
        "香港ドル" => "HKD",
        "人民元" | "中国元" => "CNY",
        "韓国ウォン" => "KRW",
        "シンガポールドル" => "SGD",
        "タイバーツ" => "THB",
        "マレーシアリンギット" => "MYR",
        _ => return None,
    })
}
