//! Which download a file is: told by its whole header, every title in its place.
//!
//! Never by the first titles (another broker's file differs from Nomura's in the last column alone), never by
//! the line number (preambles grow) and never by one title (the same one means different things in different
//! files). Cells are then read by position, because titles may repeat.

use super::{
    Broker, ImportError,
    text::{Cells, cells, fold_title, lines},
};

/// A download that holds executions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layout {
    /// SBI, domestic shares: 約定履歴照会.
    SbiDomestic,
    /// SBI, foreign shares: 外国株式 約定履歴.
    SbiForeign,
    /// Rakuten, domestic shares: `tradehistory(JP)`.
    RakutenJp,
    /// Rakuten, United States: `tradehistory(US)`.
    RakutenUs,
    /// Rakuten, Hong Kong and mainland China: `tradehistory(CH)`.
    RakutenCn,
    /// Nomura, everything: 取引履歴.
    Nomura,
}

impl Layout {
    /// Every layout.
    pub const ALL: [Self; 6] = [
        Self::SbiDomestic,
        Self::SbiForeign,
        Self::RakutenJp,
        Self::RakutenUs,
        Self::RakutenCn,
        Self::Nomura,
    ];

    /// Its name in the record of imports.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::SbiDomestic => "sbi-domestic",
            Self::SbiForeign => "sbi-foreign",
            Self::RakutenJp => "rakuten-jp",
            Self::RakutenUs => "rakuten-us",
            Self::RakutenCn => "rakuten-cn",
            Self::Nomura => "nomura",
        }
    }

    /// Whose it is.
    #[must_use]
    pub fn broker(self) -> Broker {
        match self {
            Self::SbiDomestic | Self::SbiForeign => Broker::Sbi,
            Self::RakutenJp | Self::RakutenUs | Self::RakutenCn => Broker::Rakuten,
            Self::Nomura => Broker::Nomura,
        }
    }

    /// The layout of that name.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.id() == id)
    }

    /// Its titles in their order, as the broker writes them.
    #[must_use]
    pub fn titles(self) -> Vec<&'static str> {
        self.header().split(',').collect()
    }

    fn header(self) -> &'static str {
        match self {
            Self::SbiDomestic => SBI_DOMESTIC,
            Self::SbiForeign => SBI_FOREIGN,
            Self::RakutenJp => RAKUTEN_JP,
            Self::RakutenUs => RAKUTEN_US,
            Self::RakutenCn => RAKUTEN_CN,
            Self::Nomura => NOMURA,
        }
    }

    /// In which column (from 0) the settlement date stands; the trade date is always the first.
    pub(super) fn settlement_column(self) -> usize {
        match self {
            Self::SbiDomestic => 12,
            Self::SbiForeign => 7,
            Self::RakutenJp | Self::RakutenUs | Self::RakutenCn | Self::Nomura => 1,
        }
    }
}

const SBI_DOMESTIC: &str = "\
    約定日,銘柄,銘柄コード,市場,取引,期限,預り,課税,約定数量,約定単価,手数料/諸経費等,税額,\
    受渡日,受渡金額/決済損益";

const SBI_FOREIGN: &str = "国内約定日,通貨,銘柄名,取引,預り区分,約定数量,約定単価,国内受渡日,受渡金額";

const RAKUTEN_JP: &str = "\
    約定日,受渡日,銘柄コード,銘柄名,市場名称,口座区分,取引区分,売買区分,信用区分,弁済期限,\
    数量［株］,単価［円］,手数料［円］,税金等［円］,諸費用［円］,税区分,受渡金額［円］,建約定日,\
    建単価［円］,建手数料［円］,建手数料消費税［円］,金利（支払）〔円〕,金利（受取）〔円〕,\
    逆日歩／特別空売り料（支払）〔円〕,逆日歩（受取）〔円〕,貸株料,事務管理費〔円〕（税抜）,\
    名義書換料〔円〕（税抜）";

const RAKUTEN_US: &str = "\
    約定日,受渡日,ティッカー,銘柄名,口座,取引区分,売買区分,信用区分,弁済期限,決済通貨,\
    数量［株］,単価［USドル］,約定代金［USドル］,為替レート,手数料［USドル］,税金［USドル］,\
    受渡金額［USドル］,受渡金額［円］";

const RAKUTEN_CN: &str = "\
    約定日,受渡日,銘柄コード,銘柄名,市場,通貨,取引区分,口座区分,数量［株］,単価,約定代金,\
    為替レート,現地手数料,諸費用,国内手数料［円］,税金等［円］,受渡金額［円］";

const NOMURA: &str = "\
    約定日,受渡日,商品,銘柄コード,銘柄名,摘要,取引区分,預り区分,発行通貨,数量,単価,\
    受渡金額/決済損益,手数料（税込）,レート,決済通貨,売買損益（円）";

/// A download that is known and cannot be imported.
struct Other {
    name: &'static str,
    header: &'static str,
    why: &'static str,
    instead: &'static str,
}

const NONE_OF_SHARES: &str = "which holds no executions of shares";
const CASH: &str = "a list of cash and deliveries, which holds no executions";

const OTHERS: &[Other] = &[
    Other {
        name: "SBI's 信用決済明細",
        header: "\
            決済日,銘柄,銘柄コード,決済市場,取引,期限,預り,課税,建市場,建日,買/売建,決済数量,建単価,\
            決済単価,建代金,決済代金,新規建手数料,決済手数料,管理費,貸株料,金利,日数,逆日歩,消費税,\
            書換料,諸費用計,受渡日,受渡金額/決済損益",
        why: "a list of closed margin positions, which holds no executions",
        instead: "約定履歴照会",
    },
    Other {
        name: "SBI's 入出金明細",
        header: "入出金日,取引,区分,摘要,出金額,入金額",
        why: CASH,
        instead: "約定履歴照会",
    },
    Other {
        name: "SBI's 入出金明細 (older form)",
        header: "入出金日,区分,摘要,出金額,入金額,振替出金額,振替入金額",
        why: CASH,
        instead: "約定履歴照会",
    },
    Other {
        name: "SBI's 当日約定",
        header: "\
            銘柄,銘柄,銘柄,取引区分,期限,預り区分,約定日,受渡日,株数,平均約定単価,手数料・諸経費等,\
            課税額・譲渡益税,受渡金額・決済損益,受渡金額(日計り分)",
        why: "the day's fills averaged per order, which holds no single executions",
        instead: "約定履歴照会 (the same fills appear there)",
    },
    Other {
        name: "Rakuten's tradehistory(INVST)",
        header: "\
            約定日,受渡日,ファンド名,分配金,口座,取引,買付方法,数量［口］,単価,経費,為替レート,\
            受付金額[現地通貨],受渡金額/(ポイント利用)[円],決済通貨",
        why: NONE_OF_SHARES,
        instead: "tradehistory(JP), (US) or (CH)",
    },
    Other {
        name: "Rakuten's tradehistory(FB)",
        header: "\
            約定日,受渡日,種類,銘柄コード,銘柄名,口座,通貨,決済通貨,償還日,年利率（税引前）,売買区分,\
            数量（額面）,約定単価,適用為替レート,経過利子,受渡金額",
        why: NONE_OF_SHARES,
        instead: "tradehistory(JP), (US) or (CH)",
    },
    Other {
        name: "Rakuten's adjusthistory(JP)",
        header: "\
            受渡日,約定日,取引区分,口座区分,対象証券名,単価［円/％］,数量［株/口/額面］,\
            受渡金額（受取）,受渡金額（支払）,預り金（MRF）［円］",
        why: CASH,
        instead: "tradehistory(JP)",
    },
    Other {
        name: "Rakuten's adjusthistory(US)",
        header: "\
            受渡日,約定日,口座区分,取引区分,対象証券名,決済通貨,単価,数量［株 /口］,受渡金額（受取）,\
            受渡金額（受取）[円換算],受渡金額（支払）,受渡金額（支払）[円換算],為替レート,預り金",
        why: CASH,
        instead: "tradehistory(US)",
    },
    Other {
        name: "Rakuten's Withdrawallist",
        header: "入出金日,入金額[¥],出金額[¥],内容,お取引区分",
        why: CASH,
        instead: "tradehistory(JP), (US) or (CH)",
    },
];

/// One line of the file with its cells.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Its number in the file, from 1.
    pub number: u64,
    /// Its cells.
    pub cells: Cells,
}

/// A file whose header was found.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    /// Which download it is.
    pub layout: Layout,
    /// What stands before the header.
    pub preamble: Vec<Line>,
    /// The header's line number, from 1.
    pub header_line: u64,
    /// What stands after it.
    pub body: Vec<Line>,
}

/// Finds the header in `text` and with it the layout. Cells are separated by commas or, after a spreadsheet, by tabs.
pub(super) fn locate(text: &str) -> Result<Sheet, ImportError> {
    for separator in [',', '\t'] {
        let mut all: Vec<Line> =
            lines(text).map(|(number, l)| Line { number, cells: cells(l, separator) }).collect();
        let Some((at, layout)) = all.iter().enumerate().find_map(|(i, l)| Some((i, layout_of(l)?))) else {
            continue;
        };
        let layout = layout?;
        let header_line = all[at].number;
        let body = all.split_off(at + 1);
        if let Some(second) = body.iter().find(|l| matches!(layout_of(l), Some(Ok(_)))) {
            return Err(ImportError::SecondHeader { line: second.number });
        }
        all.truncate(at);
        return Ok(Sheet { layout, preamble: all, header_line, body });
    }
    Err(unknown(text))
}

/// The cells of a line without the empty ones that spreadsheets pad short lines with.
fn trimmed(line: &Line) -> &[String] {
    let cells = &line.cells.values;
    let filled = cells.iter().rposition(|c| !c.trim().is_empty()).map_or(0, |last| last + 1);
    &cells[..filled]
}

/// The layout whose header `line` is, or the reason why that download cannot be imported; nothing if it is no header.
fn layout_of(line: &Line) -> Option<Result<Layout, ImportError>> {
    let found = trimmed(line);
    // nearly every line fails at the number of cells or at the first of them
    let same = |header: &str| {
        header.split(',').count() == found.len()
            && header.split(',').zip(found).all(|(title, f)| fold_title(title) == fold_title(f))
    };
    if let Some(layout) = Layout::ALL.into_iter().find(|l| same(l.header())) {
        return Some(Ok(layout));
    }
    OTHERS
        .iter()
        .find(|o| same(o.header))
        .map(|o| Err(ImportError::NoExecutions { name: o.name, why: o.why, instead: o.instead }))
}

/// Says what the file has instead of a known header, and how it differs from the nearest.
fn unknown(text: &str) -> ImportError {
    let known = Layout::ALL
        .iter()
        .map(|l| format!("{} ({} columns)", l.id(), l.titles().len()))
        .collect::<Vec<_>>()
        .join(", ");
    let layouts = Layout::ALL.map(|l| (l, l.titles().into_iter().map(fold_title).collect::<Vec<_>>()));
    let mut nearest: Option<(usize, Layout, u64, Vec<String>)> = None;
    for (number, line) in lines(text) {
        for separator in [',', '\t'] {
            let line = Line { number, cells: cells(line, separator) };
            let titles: Vec<String> = trimmed(&line).iter().map(|c| fold_title(c)).collect();
            for (layout, expected) in &layouts {
                let closeness = closeness(&titles, expected);
                if nearest.as_ref().is_none_or(|n| closeness > n.0) {
                    nearest = Some((closeness, *layout, number, titles.clone()));
                }
            }
        }
    }
    let found = match nearest {
        Some((closeness, layout, line, titles)) if closeness > 0 => describe(layout, line, &titles),
        _ => first_line(text),
    };
    ImportError::UnknownLayout { found, known }
}

/// How near `titles` are to `expected`: common titles first, then the number of columns; 0 below three common
/// titles, since a line of data may share a word or two.
fn closeness(titles: &[String], expected: &[String]) -> usize {
    let common = expected.iter().filter(|t| titles.contains(t)).count();
    let apart = titles.len().abs_diff(expected.len());
    if common < 3 { 0 } else { 1 + (common * 64).saturating_sub(apart) }
}

fn describe(layout: Layout, line: u64, titles: &[String]) -> String {
    let expected = layout.titles();
    let lacks: Vec<&str> = expected.iter().copied().filter(|t| !titles.contains(&fold_title(t))).collect();
    let extra: Vec<&str> =
        titles.iter().map(String::as_str).filter(|t| !expected.iter().any(|e| fold_title(e) == *t)).collect();
    let mut text = format!(
        "line {line} has {} columns ({}) and is nearest to {} with {}",
        titles.len(),
        visible(&shorten(&titles.join(","))),
        layout.id(),
        expected.len()
    );
    if !lacks.is_empty() {
        text.push_str(&format!("; it lacks {}", lacks.join(", ")));
    }
    if !extra.is_empty() {
        text.push_str(&format!("; it has besides {}", visible(&shorten(&extra.join(", ")))));
    }
    if lacks.is_empty() && extra.is_empty() {
        text.push_str("; its titles stand in another order or repeat");
    }
    text
}

fn first_line(text: &str) -> String {
    lines(text).next().map_or_else(
        || "the file has no line".to_owned(),
        |(number, l)| format!("no line looks like a header; line {number} is {:?}", shorten(l)),
    )
}

/// The text with everything escaped that a terminal would obey instead of show.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\'' | '\\' => shown.push(c),
            _ => shown.extend(c.escape_debug()),
        }
    }
    shown
}

fn shorten(text: &str) -> String {
    const LONG: usize = 200;
    if text.chars().count() <= LONG {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(LONG).collect();
    short.push('…');
    short
}
