//! Files that are refused as a whole: what the message says, and what it says to do.

use itoguchi_ingest::importers::{Broker, ImportError, Layout, parse_download};

use crate::fixtures::{ALL, bytes, cp932, text, utf8_bom};

fn refused(bytes: &[u8], broker: Broker) -> String {
    let error = parse_download(bytes, broker).unwrap_err().to_string();
    assert!(error.contains("hint: "), "{error}");
    error
}

#[test]
fn a_look_alike_with_one_column_less_is_named_with_what_it_lacks() {
    let look_alike: String = text(Layout::Nomura)
        .lines()
        .map(|l| {
            if l.matches(',').count() == 15 {
                l.rsplit_once(',').unwrap().0.to_owned() + "\n"
            } else {
                format!("{l}\n")
            }
        })
        .collect();
    let error = refused(&utf8_bom(&look_alike), Broker::Nomura);
    assert!(error.contains("line 8 has 15 columns (約定日,受渡日,商品"), "{error}");
    assert!(error.contains("nearest to nomura with 16; it lacks 売買損益（円）"), "{error}");
    assert!(
        error.contains("sbi-domestic (14 columns), sbi-foreign (9 columns), rakuten-jp (28 columns)"),
        "{error}"
    );
}

#[test]
fn a_column_more_and_columns_in_another_order_are_refused() {
    let more = text(Layout::SbiForeign).replace("国内受渡日,受渡金額", "国内受渡日,受渡金額,メモ");
    assert!(refused(&cp932(&more), Broker::Sbi).contains("it has besides メモ"));
    let swapped = text(Layout::SbiForeign).replace("約定数量,約定単価", "約定単価,約定数量");
    assert!(refused(&cp932(&swapped), Broker::Sbi).contains("another order"));
}

#[test]
fn downloads_of_other_brokers_are_refused() {
    let thirteen = "\"受渡日\",\"約定日\",\"商品等\",\"取引種類\",\"銘柄名（ファンド名）\",\"銘柄コード\",\"口座\",\"数量\",\"単価\",\"支払（出金）\",\"預り（入金）\",\"MRF・お預り金残高\",\"摘要\"\n";
    let error = refused(&cp932(thirteen), Broker::Nomura);
    assert!(error.contains("line 1 has 13 columns"), "{error}");
    let nothing = refused(b"a,b,c\n1,2,3\n", Broker::Sbi);
    assert!(nothing.contains("no line looks like a header; line 1 is \"a,b,c\""), "{nothing}");
}

#[test]
fn another_broker_than_named_is_said() {
    for layout in ALL {
        for broker in Broker::ALL.into_iter().filter(|b| *b != layout.broker()) {
            let error = refused(&bytes(layout), broker);
            let hint = format!("hint: --broker {}", layout.broker().flag());
            assert!(error.contains(layout.id()) && error.ends_with(&hint), "{error}");
        }
    }
}

#[test]
fn downloads_without_executions_say_which_to_take() {
    let margin = "信用決済明細\n\n取引区分指定,指定銘柄,決済開始年月日,決済終了年月日,明細数,明細指定開始,明細指定終了\n\"全て\",\"全て\",\"2026年01月01日\",\"2026年06月23日\",\"1\",\"1\",\"1\"\n\n決済損益合計\n+46393\n\n決済日,銘柄,銘柄コード,決済市場,取引,期限,預り,課税,建市場,建日,買/売建,決済数量,建単価,決済単価,建代金,決済代金,新規建手数料,決済手数料,管理費,貸株料,金利,日数,逆日歩,消費税,書換料,諸費用計,受渡日,受渡金額/決済損益\n";
    for (header, broker, name, instead) in [
        (margin, Broker::Sbi, "信用決済明細", "約定履歴照会"),
        ("入出金日,取引,区分,摘要,出金額,入金額", Broker::Sbi, "入出金明細", "約定履歴照会"),
        ("入出金日,区分,摘要,出金額,入金額,振替出金額,振替入金額", Broker::Sbi, "older form", "約定履歴照会"),
        (
            "銘柄,銘柄,銘柄,取引区分,期限,預り区分,約定日,受渡日,株数,平均約定単価,手数料・諸経費等,課税額・譲渡益税,受渡金額・決済損益,受渡金額(日計り分)",
            Broker::Sbi,
            "当日約定",
            "約定履歴照会",
        ),
        (
            "約定日,受渡日,ファンド名,分配金,口座,取引,買付方法,数量［口］,単価,経費,為替レート,受付金額[現地通貨],受渡金額/(ポイント利用)[円],決済通貨",
            Broker::Rakuten,
            "INVST",
            "tradehistory(JP)",
        ),
        (
            "約定日,受渡日,種類,銘柄コード,銘柄名,口座,通貨,決済通貨,償還日,年利率（税引前）,売買区分,数量（額面）,約定単価,適用為替レート,経過利子,受渡金額",
            Broker::Rakuten,
            "tradehistory(FB)",
            "tradehistory(JP)",
        ),
        (
            "受渡日,約定日,取引区分,口座区分,対象証券名,単価［円/％］,数量［株/口/額面］,受渡金額（受取）,受渡金額（支払）,預り金（MRF）［円］",
            Broker::Rakuten,
            "adjusthistory(JP)",
            "tradehistory(JP)",
        ),
        (
            "受渡日,約定日,口座区分,取引区分,対象証券名,決済通貨,単価,数量［株 /口］,受渡金額（受取）,受渡金額（受取）[円換算],受渡金額（支払）,受渡金額（支払）[円換算],為替レート,預り金",
            Broker::Rakuten,
            "adjusthistory(US)",
            "tradehistory(US)",
        ),
        (
            "入出金日,入金額[¥],出金額[¥],内容,お取引区分",
            Broker::Rakuten,
            "Withdrawallist",
            "tradehistory(JP)",
        ),
    ] {
        for bytes in [utf8_bom(header), header.as_bytes().to_vec()] {
            let error = parse_download(&bytes, broker).unwrap_err();
            assert!(matches!(error, ImportError::NoExecutions { .. }), "{error}");
            let error = error.to_string();
            assert!(error.contains(name) && error.contains(&format!("hint: download {instead}")), "{error}");
        }
    }
}

#[test]
fn what_is_no_text_is_called_by_its_name() {
    for (bytes, what) in [
        (&b""[..], "an empty file"),
        (b" \r\n", "an empty file"),
        (b"PK\x03\x04....", "a workbook"),
        (b"\xD0\xCF\x11\xE0....", "an old workbook"),
        (b"%PDF-1.7", "a PDF"),
        (b"\x1F\x8B\x08", "a gzip archive"),
        (b"\n<!DOCTYPE html><html>", "a web page"),
    ] {
        assert!(refused(bytes, Broker::Sbi).contains(what));
    }
}

#[test]
fn two_downloads_in_one_file_are_refused() {
    let twice = text(Layout::RakutenUs).repeat(2);
    assert!(refused(&cp932(&twice), Broker::Rakuten).contains("a second header stands on line 9"));
}

/// Fuzzing, targets `download_*`: titles stood in the message as they were, and a terminal obeys what it is sent.
#[test]
fn found_commands_to_the_terminal_in_an_unknown_header() {
    let hostile = text(Layout::SbiForeign).replace("約定単価", "\u{1b}[2J\u{7f}\u{202e}約定\"単価");
    let error = refused(&utf8_bom(&hostile), Broker::Sbi);
    assert!(!error.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{error:?}");
    assert!(error.contains("\\u{1b}[2J\\u{7f}\\u{202e}約定\"単価"), "{error}");
}

/// Fuzzing, targets `download_sbi` and `download_nomura`: so did names that nothing resolves, through the flags.
#[test]
fn found_commands_to_the_terminal_in_a_name_without_a_code() {
    let hostile = text(Layout::SbiForeign).replace("架空重工", "架空\u{1b}[2J重工");
    assert!(hostile.contains('\u{1b}'));
    let download = parse_download(&utf8_bom(&hostile), Broker::Sbi).unwrap();
    assert!(download.flags.iter().any(|flag| flag.contains("架空\\u{1b}[2J重工")), "{:?}", download.flags);
    assert!(!download.flags.iter().any(|flag| flag.contains('\u{1b}')), "{:?}", download.flags);
}
