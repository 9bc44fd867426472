//! Codes and names to instruments `MIC:LOCALCODE`, where the MIC is that of the listing.
//!
//! A four-character Japanese code is listed in Tokyo (`XTKS`) unless the market cell names Nagoya, Fukuoka or
//! Sapporo; PTS, ToSTNeT and the like are venues, not listings. A code that a spreadsheet turned into a number is
//! put right where only one code can have been meant, and flagged; otherwise the row is rejected.

use super::text::{fold, is_nothing};

/// The word that stands in place of a MIC before a name that nothing here resolves.
const NOT_RESOLVED: &str = "XXXX";

/// An instrument, and what had to be done to get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    /// `MIC:LOCALCODE`.
    pub instrument: String,
    /// What a reader of the table should know, empty if nothing.
    pub notes: Vec<String>,
}

type Listing = Result<Listed, String>;

/// A code as it was before a spreadsheet took it for a number.
struct Code {
    text: String,
    was_number: bool,
}

fn code(cell: &str) -> Result<Code, String> {
    let text = fold(cell).to_uppercase();
    if let Some((whole, zeros)) = text.split_once('.')
        && all_digits(whole)
        && !zeros.is_empty()
        && zeros.bytes().all(|b| b == b'0')
    {
        return Ok(Code { text: whole.to_owned(), was_number: true });
    }
    match text.split_once('E') {
        Some((mantissa, exponent))
            if mantissa.starts_with(|c: char| c.is_ascii_digit()) && exponent.starts_with(['+', '-']) =>
        {
            let text = whole_from_scientific(mantissa, exponent).ok_or_else(|| {
                "a spreadsheet turned the code into a rounded number: which code it was cannot be told"
                    .to_owned()
            })?;
            Ok(Code { text, was_number: true })
        }
        _ => Ok(Code { text, was_number: false }),
    }
}

/// The whole number that `mantissa` E `exponent` is, if the mantissa shows every one of its digits.
fn whole_from_scientific(mantissa: &str, exponent: &str) -> Option<String> {
    let exponent: usize = exponent.strip_prefix('+')?.parse().ok()?;
    let (first, rest) = mantissa.split_once('.')?;
    (first.len() == 1 && all_digits(first) && rest.len() == exponent && all_digits(rest))
        .then(|| format!("{first}{rest}"))
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn notes_of(code: &Code, instrument: &str) -> Vec<String> {
    code.was_number
        .then(|| format!("code written as a number by a spreadsheet, read as {instrument}"))
        .into_iter()
        .collect()
}

/// A name that nothing resolves: kept, so that the case's table of instruments can resolve it later.
pub(super) fn by_name(name: &str) -> Listing {
    let name = name.trim();
    if is_nothing(&fold(name)) {
        return Err("neither a code nor a name".to_owned());
    }
    let instrument = format!("{NOT_RESOLVED}:{name}");
    let note = format!("kept by name as {instrument}; an alias in the instruments table resolves it");
    Ok(Listed { instrument, notes: vec![note] })
}

/// A share listed in Japan, from its code and, where the download has one, its market cell.
pub(super) fn japanese(cell: &str, market: &str, name: &str) -> Listing {
    if is_nothing(&fold(cell)) {
        return by_name(name);
    }
    let code = code(cell)?;
    let (local, shortened) = match code.text.len() {
        4 if is_jpx(&code.text) => (code.text.as_str(), false),
        // the five-character form of an ordinary share; any other fifth character is a class of its own
        5 if code.text.is_char_boundary(4) && is_jpx(&code.text[..4]) && code.text.ends_with('0') => {
            (&code.text[..4], true)
        }
        5 if code.text.is_char_boundary(4) && is_jpx(&code.text[..4]) && all_digits(&code.text[4..]) => {
            (code.text.as_str(), false)
        }
        _ => return Err("not a code of a Japanese exchange".to_owned()),
    };
    let mic = regional(market).unwrap_or("XTKS");
    let instrument = format!("{mic}:{local}");
    let mut notes = notes_of(&code, &instrument);
    if shortened {
        notes.push(format!("five-character code {} read as {instrument}", code.text));
    }
    if mic != "XTKS" {
        notes.push(format!("listing taken from the market cell: {instrument}"));
    }
    Ok(Listed { instrument, notes })
}

/// The MIC of a regional exchange that the market cell names.
pub(super) fn regional(market: &str) -> Option<&'static str> {
    let market = fold(market);
    [("名", "XNGO"), ("福", "XFKA"), ("札", "XSAP")]
        .into_iter()
        .find_map(|(start, mic)| market.starts_with(start).then_some(mic))
}

/// JPX's scheme of 2024: digits at the first and third place, letters (not B E I O Q V Z) only at the second and fourth.
fn is_jpx(code: &str) -> bool {
    let letter_or_digit = |b: u8| b.is_ascii_digit() || b"ACDFGHJKLMNPRSTUWXY".contains(&b);
    matches!(code.as_bytes(), [a, b, c, d]
        if (b'1'..=b'9').contains(a) && letter_or_digit(*b) && c.is_ascii_digit() && letter_or_digit(*d))
}

/// A share listed in the United States whose exchange the download does not say.
pub(super) fn american(cell: &str, name: &str) -> Listing {
    let ticker = fold(cell).to_uppercase();
    if is_nothing(&ticker) {
        return by_name(name);
    }
    us_ticker(&ticker)
        .map(|t| Listed { instrument: format!("US:{t}"), notes: Vec::new() })
        .ok_or_else(|| "not a ticker of a United States exchange".to_owned())
}

/// The ticker in one spelling, if it is one: one to five letters, or with a class of one or two after a dot.
///
/// Brokers write the class after a dot, dash, slash or blank; it must be one instrument for all of them.
fn us_ticker(ticker: &str) -> Option<String> {
    let letters =
        |t: &str, most: usize| (1..=most).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_uppercase());
    match ticker.split_once(['.', '-', '/', ' ']) {
        Some((root, class)) => (letters(root, 5) && letters(class, 2)).then(|| format!("{root}.{class}")),
        None => letters(ticker, 5).then(|| ticker.to_owned()),
    }
}

/// A share listed in Hong Kong, Shanghai or Shenzhen, with the currency its exchange quotes in.
pub(super) fn chinese(cell: &str, market: &str) -> Result<(Listed, &'static str), String> {
    let market = fold(market);
    let code = code(cell)?;
    if market.contains("香港") {
        hong_kong(&code).map(|l| (l, "HKD"))
    } else if market.contains("上海") {
        mainland(&code, "XSHG", b"569").map(|l| (l, "CNY"))
    } else if market.contains("深セン") || market.contains("深圳") || market.contains("シンセン") {
        mainland(&code, "XSHE", b"0123").map(|l| (l, "CNY"))
    } else {
        Err("the market is none of 香港, 上海, 深セン".to_owned())
    }
}

fn hong_kong(code: &Code) -> Listing {
    let local =
        code.text.strip_suffix(".HK").or_else(|| code.text.strip_prefix("HKG:")).unwrap_or(&code.text);
    if !all_digits(local) || local.len() > 5 || local.bytes().all(|b| b == b'0') {
        return Err("not a code of the Hong Kong exchange".to_owned());
    }
    Ok(padded(code, "XHKG", local, 5))
}

fn mainland(code: &Code, mic: &str, first: &[u8]) -> Listing {
    let local = &code.text;
    if !all_digits(local) || local.len() > 6 || local.bytes().all(|b| b == b'0') {
        return Err("not a six-digit code of a mainland exchange".to_owned());
    }
    let listed = padded(code, mic, local, 6);
    // a restored zero must be one that the exchange's codes begin with
    let begins = if local.len() < 6 { b'0' } else { local.as_bytes()[0] };
    if first.contains(&begins) { Ok(listed) } else { Err(format!("not a code of the exchange {mic}")) }
}

fn padded(code: &Code, mic: &str, local: &str, width: usize) -> Listed {
    let instrument = format!("{mic}:{local:0>width$}");
    let mut notes = notes_of(code, &instrument);
    if local.len() < width {
        notes.push(format!("leading zero restored: {local} read as {instrument}"));
    }
    Listed { instrument, notes }
}

/// Name, ticker and exchange from SBI's one cell, `Kakuu Inc ZZQ / New York Stock Exchange`, with the currency
/// of the exchange; the currency is nothing where the exchange is not known.
pub(super) fn from_name_cell(cell: &str) -> Result<(Listed, Option<&'static str>), String> {
    let folded = fold(cell);
    let Some((front, exchange)) = folded.rsplit_once('/') else {
        return by_name(cell).map(|l| (l, None));
    };
    let Some((mic, currency)) = exchange_of(exchange.trim()) else {
        return by_name(cell).map(|l| (l, None));
    };
    let mut words = front.split_whitespace().rev();
    let symbol = words.next().unwrap_or_default();
    if mic == "XHKG" {
        let listed = code(symbol).and_then(|c| hong_kong(&c)).or_else(|_| by_name(cell))?;
        return Ok((listed, Some(currency)));
    }
    let short = |w: &str| (1..=5).contains(&w.len()) && w.bytes().all(|b| b.is_ascii_uppercase());
    // `ABC B / …` may be the class B of ABC as well as the ticker B of a company ABC
    let class_or_ticker = symbol.len() == 1 && words.next().is_some_and(short);
    let listed = match us_ticker(symbol).filter(|_| !class_or_ticker) {
        Some(ticker) => Listed { instrument: format!("{mic}:{ticker}"), notes: Vec::new() },
        None => by_name(cell)?,
    };
    Ok((listed, Some(currency)))
}

/// MIC and currency of an exchange as SBI spells it out.
fn exchange_of(name: &str) -> Option<(&'static str, &'static str)> {
    let name: String = name.to_uppercase().chars().filter(|c| !c.is_whitespace()).collect();
    let found = match name.as_str() {
        "NASDAQ" => ("XNAS", "USD"),
        "NYSE" | "NEWYORKSTOCKEXCHANGE" => ("XNYS", "USD"),
        "NYSEARCA" | "ARCA" => ("ARCX", "USD"),
        "NYSEAMERICAN" | "NYSEMKT" | "AMEX" | "AMERICANSTOCKEXCHANGE" => ("XASE", "USD"),
        "BATS" | "CBOEBZX" | "CBOE" => ("BATS", "USD"),
        "香港" | "香港証券取引所" | "HONGKONG" | "HONGKONGSTOCKEXCHANGE" | "HKEX" | "SEHK" => {
            ("XHKG", "HKD")
        }
        _ => return None,
    };
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instrument(listed: Listing) -> Result<String, String> {
        listed.map(|l| l.instrument)
    }

    #[test]
    fn japanese_codes_and_listings() {
        for (cell, market, expected, notes) in [
            ("9X1Y", "東証", "XTKS:9X1Y", 0),
            ("９Ｘ１Ｙ", "PTS（X）", "XTKS:9X1Y", 0),
            ("9x1y", "ToSTNeT", "XTKS:9X1Y", 0),
            ("1212", "JAX", "XTKS:1212", 0),
            ("1212", "名証", "XNGO:1212", 1),
            ("1212", "福証", "XFKA:1212", 1),
            ("1212", "札証", "XSAP:1212", 1),
            ("1212.0", "東証", "XTKS:1212", 1),
            ("1.212E+03", "東証", "XTKS:1212", 1),
            ("12120", "東証", "XTKS:1212", 1),
            ("12125", "東証", "XTKS:12125", 0),
            ("9X1Y0", "", "XTKS:9X1Y", 1),
        ] {
            let listed = japanese(cell, market, "架空").unwrap();
            assert_eq!((listed.instrument.as_str(), listed.notes.len()), (expected, notes), "{cell}");
        }
        for bad in [
            "1.00E+11",
            "1.21E+03",
            "9B1Y",
            "9XXY",
            "0123",
            "121",
            "121200",
            "架空架空",
            "1212.5",
            "+121",
            "架空x",
        ] {
            assert!(japanese(bad, "東証", "架空").is_err(), "{bad}");
        }
        assert_eq!(instrument(japanese("--", "東証", "架空　商店 ")), Ok("XXXX:架空　商店".to_owned()));
        assert!(japanese("", "東証", " -- ").is_err());
    }

    #[test]
    fn codes_of_hong_kong_and_the_mainland() {
        for (cell, market, expected, notes) in [
            ("08999", "香港", "XHKG:08999", 0),
            ("8999", "香港", "XHKG:08999", 1),
            ("8999.0", "香港", "XHKG:08999", 2),
            ("8.999E+03", "香港", "XHKG:08999", 2),
            ("８９９９", "香港", "XHKG:08999", 1),
            ("8999.HK", "香港", "XHKG:08999", 1),
            ("HKG:08999", "香港", "XHKG:08999", 0),
            ("609999", "上海A", "XSHG:609999", 0),
            ("309999", "深センＡ", "XSHE:309999", 0),
            ("9999", "深圳A", "XSHE:009999", 1),
        ] {
            let (listed, currency) = chinese(cell, market).unwrap();
            assert_eq!((listed.instrument.as_str(), listed.notes.len()), (expected, notes), "{cell}");
            assert_eq!(currency, if market == "香港" { "HKD" } else { "CNY" });
        }
        for (cell, market) in [
            ("189990", "香港"),
            ("0", "香港"),
            ("", "香港"),
            ("9999", "上海A"),
            ("309999", "上海A"),
            ("609999", "深センA"),
            ("6.10E+05", "上海A"),
            ("08999", "東証"),
        ] {
            assert!(chinese(cell, market).is_err(), "{cell} {market}");
        }
    }

    #[test]
    fn tickers_alone_and_inside_a_name_cell() {
        assert_eq!(instrument(american("ZZQK", "x")), Ok("US:ZZQK".to_owned()));
        assert_eq!(instrument(american("ＺＺＱ.B", "x")), Ok("US:ZZQ.B".to_owned()));
        for spelling in ["ZZQ-B", "ZZQ/B", "zzq b", "ＺＺＱ．Ｂ"] {
            assert_eq!(instrument(american(spelling, "x")), Ok("US:ZZQ.B".to_owned()));
        }
        assert_eq!(instrument(american("-", "KAKUU INC")), Ok("XXXX:KAKUU INC".to_owned()));
        assert!(american("1234", "x").is_err());
        for (cell, expected, currency) in [
            ("カクウ飲料 ZZQK / NASDAQ", "XNAS:ZZQK", Some("USD")),
            ("Kakuu Inc ZZQ / New York Stock Exchange", "XNYS:ZZQ", Some("USD")),
            ("カクウ　ＺＺＱＫ　／　ＮＡＳＤＡＱ", "XNAS:ZZQK", Some("USD")),
            ("Kakuu B ZZQ/B / NYSE", "XNYS:ZZQ.B", Some("USD")),
            ("カクウ A/S ZZQ / NYSE Arca", "ARCX:ZZQ", Some("USD")),
            ("カクウ能源 8999 / 香港", "XHKG:08999", Some("HKD")),
            ("KAKUU ZZQ B / NYSE", "XXXX:KAKUU ZZQ B / NYSE", Some("USD")),
            ("カクウ / NASDAQ", "XXXX:カクウ / NASDAQ", Some("USD")),
            ("カクウ ZZQ / どこか", "XXXX:カクウ ZZQ / どこか", None),
            ("カクウ", "XXXX:カクウ", None),
        ] {
            let (listed, found) = from_name_cell(cell).unwrap();
            assert_eq!((listed.instrument.as_str(), found), (expected, currency), "{cell}");
        }
        assert!(from_name_cell(" -- ").is_err());
    }
}
