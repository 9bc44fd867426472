//! What the lines before the header say: the period asked for and the number of rows.
//!
//! The line of values under the titles may begin with the same word as the true header (Nomura's does), so
//! values are read only from under a title that was looked for by name.

use itoguchi_model::JstDate;

use super::{
    layouts::{Layout, Line},
    text::{fold, fold_title},
    values,
};

/// What a preamble states, as far as it could be read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stated {
    /// First and last day asked for.
    pub period: Option<(JstDate, JstDate)>,
    /// Rows in this file.
    pub rows: Option<u64>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// Reads the preamble of `layout`.
pub(super) fn stated(layout: Layout, preamble: &[Line]) -> Stated {
    let mut stated = Stated { rows: row_count(preamble), ..Stated::default() };
    let Some((start, end)) = period_titles(layout) else { return stated };
    let (Some(from), Some(to)) = (under(preamble, start), under(preamble, end)) else {
        stated.notes.push("the preamble states no period".to_owned());
        return stated;
    };
    let by_settlement = under(preamble, "基準日").is_some_and(|b| !b.is_empty() && b != "約定日");
    match (values::full_date(&from), values::full_date(&to)) {
        _ if by_settlement => {
            stated.notes.push("the preamble's period counts settlement dates, not trade dates".to_owned());
        }
        (Some(from), Some(to)) if from <= to => stated.period = Some((from, to)),
        _ => stated.notes.push(format!("the preamble's period {from:?} to {to:?} cannot be read")),
    }
    stated
}

fn period_titles(layout: Layout) -> Option<(&'static str, &'static str)> {
    match layout {
        Layout::SbiDomestic => Some(("約定開始年月日", "約定終了年月日")),
        Layout::SbiForeign => Some(("期間(国内約定日)開始", "期間(国内約定日)終了")),
        Layout::Nomura => Some(("取引期間From", "取引期間To")),
        Layout::RakutenJp | Layout::RakutenUs | Layout::RakutenCn => None,
    }
}

/// The folded cell on the line after the one that has `title`, in the same place.
fn under(preamble: &[Line], title: &str) -> Option<String> {
    preamble.windows(2).find_map(|pair| {
        let at = pair[0].cells.values.iter().position(|c| fold_title(c) == title)?;
        pair[1].cells.values.get(at).map(|c| fold(c))
    })
}

/// How many rows this file should have: of a list in pages, those of this page.
fn row_count(preamble: &[Line]) -> Option<u64> {
    let number = |title| under(preamble, title)?.replace(',', "").parse::<u64>().ok();
    if let (Some(first), Some(last)) = (number("明細指定開始"), number("明細指定終了")) {
        return if last == 0 { Some(0) } else { last.checked_sub(first)?.checked_add(1) };
    }
    number("明細数").or_else(|| {
        preamble.iter().find_map(|line| {
            let cell = fold(line.cells.values.first()?);
            cell.strip_prefix("明細数:")?.strip_suffix('件')?.trim().parse().ok()
        })
    })
}
