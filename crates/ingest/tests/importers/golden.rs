//! Exact expectations, row by row.

use itoguchi_ingest::importers::{Download, Encoding, Layout, SkipReason};

use crate::fixtures::{check_accounts, parse};

/// `row date instrument side quantity price currency venue`, quantity and price in millionths.
fn rows(download: &Download) -> Vec<String> {
    download
        .rows
        .iter()
        .map(|r| {
            format!(
                "{} {} {} {} {} {} {} {}",
                r.row,
                r.date,
                r.instrument,
                r.side.name(),
                r.quantity.0,
                r.price.0,
                r.currency,
                r.venue.as_deref().unwrap_or("none")
            )
        })
        .collect()
}

/// `row column=value: reason`.
fn rejects(download: &Download) -> Vec<String> {
    download
        .rejects
        .iter()
        .map(|r| {
            let value = if r.column.is_empty() { "…" } else { &r.value };
            format!("{} {}={}: {}", r.row, r.column, value, r.reason)
        })
        .collect()
}

fn skipped(download: &Download) -> Vec<(SkipReason, u64)> {
    download.skipped.iter().map(|(r, n)| (*r, *n)).collect()
}

fn period(download: &Download) -> String {
    let (from, to) = download.period.unwrap();
    format!("{from} {to} {}", if download.period_stated { "stated" } else { "rows" })
}

#[test]
fn sbi_domestic() {
    let d = parse(Layout::SbiDomestic);
    check_accounts(&d);
    assert_eq!((d.encoding, d.header_line, d.read, d.used), (Encoding::Cp932, 6, 21, 12));
    assert_eq!(period(&d), "2026-01-01 2026-06-23 stated");
    assert_eq!(
        rows(&d),
        [
            "1 2026-06-17 XNGO:1212 buy 100000000 1355000000 JPY 名証",
            "2 2026-06-15 XTKS:9X1Y sell 100000000 2239400000 JPY PTS（X）",
            "3 2026-06-15 XTKS:1234 buy 1200000000 83500000 JPY 東証",
            "4 2026-06-15 XTKS:1234 buy 1200000000 83500000 JPY 東証",
            "5 2026-04-03 XTKS:9Y2X buy 10000000000 129000000 JPY 東証",
            "6 2026-04-06 XTKS:9Y2X sell 10000000000 130300000 JPY PTS（J）",
            "7 2026-04-06 XTKS:9Y2X short 300000000 131000000 JPY ToSTNeT",
            "8 2026-04-06 XTKS:9Y2X buy 300000000 130000000 JPY JAX",
            "14 2026-02-12 XFKA:9U4T buy 100000000 500000000 JPY 福証",
            "15 2026-02-12 XSAP:9S5R buy 100000000 600000000 JPY 札証",
            "16 2026-02-13 XTKS:1222 buy 100000000 700000000 JPY 東証",
            "17 2026-02-13 XTKS:1222 buy 100000000 701000000 JPY 名証",
        ]
    );
    assert_eq!(
        skipped(&d),
        [(SkipReason::MarginDelivery, 2), (SkipReason::Transfer, 1), (SkipReason::Fund, 2)]
    );
    assert_eq!(
        rejects(&d),
        [
            "18 取引=お取引: not a known kind of transaction",
            "19 =…: 15 cells where the header has 14: probably a thousands separator without quotation marks",
            "20 銘柄コード=1.00E+11: a spreadsheet turned the code into a rounded number: which code it was cannot be told",
            "21 約定日=2026/02/30: the calendar has no such day",
        ]
    );
    assert_eq!(
        d.flags,
        [
            "XNGO:1222 is listed in Tokyo too by other rows: XTKS:1222 (row 17)",
            "listing taken from the market cell: XFKA:9U4T (row 14)",
            "listing taken from the market cell: XNGO:1212 (row 1)",
            "listing taken from the market cell: XNGO:1222 (row 17)",
            "listing taken from the market cell: XSAP:9S5R (row 15)",
        ]
    );
    let names: Vec<&str> = d.rows.iter().map(|r| r.name.as_str()).take(3).collect();
    assert_eq!(
        names,
        ["架空中央製作所", "ソラノ架空　グループ", "㈱架空髙﨑～鉄工"],
        "names stay as written"
    );
    assert_eq!((d.rows[0].line, d.rows[11].line, d.rejects[3].line), (7, 23, 27));
}

#[test]
fn sbi_foreign() {
    let d = parse(Layout::SbiForeign);
    check_accounts(&d);
    assert_eq!((d.encoding, d.header_line, d.read, d.used), (Encoding::Cp932, 3, 8, 6));
    assert_eq!(period(&d), "2021-01-01 2026-07-08 stated");
    assert_eq!(
        rows(&d),
        [
            "1 2026-06-15 XNAS:ZZQK buy 20000000 142980000 USD NASDAQ",
            "2 2026-06-15 XNYS:ZZQQ buy 10000000 81150000 USD New York Stock Exchange",
            "3 2026-06-16 XNYS:ZZQQ sell 10000000 83000000 USD New York Stock Exchange",
            "4 2026-06-17 ARCX:ZZET buy 1000000 12345600 USD NYSE Arca",
            "5 2026-06-18 XHKG:08999 buy 4000000000 23200000 HKD 香港",
            "6 2026-06-18 XXXX:架空重工 buy 3000000 9500000 USD none",
        ]
    );
    assert_eq!(skipped(&d), [(SkipReason::Transfer, 1)]);
    assert_eq!(
        rejects(&d),
        [
            "7 銘柄名=架空電機 ZZQX / どこか取引所: no known exchange, so the currency of the price cannot be told"
        ]
    );
    assert_eq!(
        d.flags,
        [
            "exchange not known; the price is taken to be in USD, the settlement's currency (row 6)",
            "kept by name as XXXX:架空重工; an alias in the instruments table resolves it (row 6)",
            "settled in 日本円; the price is in USD, the exchange's currency (row 2)",
        ]
    );
    assert_eq!(d.rows[0].name, "架空コーラ ZZQK / NASDAQ");
}

#[test]
fn rakuten_jp() {
    let d = parse(Layout::RakutenJp);
    check_accounts(&d);
    assert_eq!((d.encoding, d.header_line, d.read, d.used), (Encoding::Cp932, 1, 10, 6));
    // shares that came in carry the day they were once bought, which is no day of this download
    assert_eq!(period(&d), "2025-05-16 2025-05-19 rows");
    assert_eq!(
        rows(&d),
        [
            "1 2025-05-16 XTKS:9X1Y buy 800000000 254000000 JPY 東証",
            "2 2025-05-16 XTKS:9Y2X sell 2800000000 154100000 JPY ToSTNeT",
            "3 2025-05-16 XTKS:9Y2X buy 1000000000 154000000 JPY JNX",
            "4 2025-05-19 XTKS:9Y2X sell 1000000000 155500000 JPY 東証",
            "5 2025-05-19 XTKS:9X1Y short 500000000 260000000 JPY 東証",
            "6 2025-05-19 XTKS:9X1Y buy 500000000 258000000 JPY 東証",
        ]
    );
    assert_eq!(skipped(&d), [(SkipReason::MarginDelivery, 1), (SkipReason::Transfer, 1)]);
    assert_eq!(
        rejects(&d),
        [
            "9 売買区分=売付: a margin sale that does not say whether it opens or closes",
            "10 数量［株］=28,00: separators that are not between thousands",
        ]
    );
    assert!(d.flags.is_empty(), "{:?}", d.flags);
}

#[test]
fn rakuten_us() {
    let d = parse(Layout::RakutenUs);
    check_accounts(&d);
    assert_eq!((d.read, d.used), (7, 5));
    assert_eq!(period(&d), "2023-09-13 2023-09-19 rows");
    assert_eq!(
        rows(&d),
        [
            "1 2023-09-13 US:ZZET buy 1000000 83850000 USD none",
            "2 2023-09-13 US:ZZET buy 1000000 83850000 USD none",
            "3 2023-09-14 US:ZZQ.B sell 1250000000 731200 USD none",
            "4 2023-09-15 US:ZZQK short 10000000 12500000 USD none",
            "5 2023-09-19 XXXX:KAKUU WARRANT HLDG sell 7000000 1000000 USD none",
        ]
    );
    assert_eq!(skipped(&d), [(SkipReason::Transfer, 1)]);
    assert_eq!(rejects(&d), ["7 数量［株］=0: 0, where it must be above 0"]);
    assert_eq!(
        d.flags,
        ["kept by name as XXXX:KAKUU WARRANT HLDG; an alias in the instruments table resolves it (row 5)"]
    );
}

#[test]
fn rakuten_cn() {
    let d = parse(Layout::RakutenCn);
    check_accounts(&d);
    assert_eq!((d.read, d.used), (7, 5));
    assert_eq!(period(&d), "2024-01-19 2024-01-24 rows");
    assert_eq!(
        rows(&d),
        [
            "1 2024-01-19 XHKG:08999 buy 4000000000 23200000 HKD 香港",
            "2 2024-01-22 XHKG:08999 sell 4000000000 23450000 HKD 香港",
            "3 2024-01-23 XSHG:609999 buy 100000000 7010000 CNY 上海A",
            "4 2024-01-23 XSHE:309999 buy 200000000 31500000 CNY 深センA",
            "5 2024-01-24 XHKG:08998 buy 500000000 410000 HKD 香港",
        ]
    );
    assert_eq!(skipped(&d), [(SkipReason::Cash, 1)]);
    assert_eq!(
        rejects(&d),
        [
            "6 銘柄コード=9.00E+03: a spreadsheet turned the code into a rounded number: which code it was cannot be told"
        ]
    );
    assert_eq!(
        d.flags,
        [
            "currency \"円\"; the price is in HKD, the exchange's currency (row 5)",
            "leading zero restored: 8999 read as XHKG:08999 (row 2)",
        ]
    );
}

#[test]
fn nomura() {
    let d = parse(Layout::Nomura);
    check_accounts(&d);
    assert_eq!((d.encoding, d.header_line, d.read, d.used), (Encoding::Utf8Bom, 8, 11, 5));
    assert_eq!(period(&d), "2022-01-01 2026-07-07 stated");
    assert_eq!(
        rows(&d),
        [
            "1 2024-01-24 XXXX:カクウ－　アンド　ソラノ（Ｋ＆Ｓ） sell 20000000 153410000 USD none",
            "2 2022-02-07 XXXX:カクウ　システムズ buy 10000000 54500000 USD none",
            "4 2025-03-19 XTKS:9Y2X buy 3000000000 130300000 JPY none",
            "5 2025-03-19 XTKS:1234 sell 500000000 2239000000 JPY none",
            "10 2025-04-04 XHKG:08999 buy 400000000 23200000 HKD none",
        ]
    );
    assert_eq!(
        skipped(&d),
        [
            (SkipReason::Transfer, 1),
            (SkipReason::Cash, 2),
            (SkipReason::Fund, 1),
            (SkipReason::OtherProduct, 1)
        ]
    );
    assert_eq!(rejects(&d), ["11 発行通貨=: not a currency code, and a foreign share needs one"]);
    assert_eq!(d.flags.len(), 3, "{:?}", d.flags);
    assert_eq!(d.flags[2], "leading zero restored: 8999 read as XHKG:08999 (row 10)");
}
