//! One record of a download: what a layout reads from it, and what its words mean.

use itoguchi_model::{JstDate, Scaled, Side};

use super::{
    layouts::{Layout, Line},
    listing::Listed,
    text::{BROKEN, fold, is_nothing},
    values,
};

/// Why a readable row is no execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SkipReason {
    /// A margin position closed by taking or giving the shares (現引, 現渡): no trade in the market.
    MarginDelivery,
    /// Shares that came in or went out without a trade (入庫, 出庫, 移管).
    Transfer,
    /// Cash: dividends, payments, taxes.
    Cash,
    /// Investment trusts and money funds (投信, MRF, MMF).
    Fund,
    /// Bonds and other products that are no shares.
    OtherProduct,
    /// A row of empty cells.
    Blank,
}

impl SkipReason {
    /// The name used in summaries and in the record of imports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::MarginDelivery => "margin position closed by delivery",
            Self::Transfer => "shares moved in or out without a trade",
            Self::Cash => "cash",
            Self::Fund => "fund",
            Self::OtherProduct => "product other than shares",
            Self::Blank => "blank row",
        }
    }
}

/// What a record turned out to be.
pub(super) enum Outcome {
    Fill(Fill),
    Skip(SkipReason),
}

/// An execution as one record states it.
pub(super) struct Fill {
    pub listed: Listed,
    pub name: String,
    pub side: Side,
    pub quantity: Scaled,
    pub price: Scaled,
    pub currency: String,
    pub venue: Option<String>,
    pub notes: Vec<String>,
}

/// What is wrong with a record: where (column from 0, or the whole row) and why.
#[derive(Debug)]
pub(super) struct Problem {
    pub column: Option<usize>,
    pub reason: String,
}

impl Problem {
    pub(super) fn at(column: usize, reason: impl Into<String>) -> Self {
        Self { column: Some(column), reason: reason.into() }
    }

    pub(super) fn row(reason: impl Into<String>) -> Self {
        Self { column: None, reason: reason.into() }
    }
}

/// A record with as many cells as its header.
pub(super) struct Row<'a> {
    cells: &'a [String],
}

impl<'a> Row<'a> {
    /// The record on `line`, if it is whole: every cell there, no quotation mark astray, no broken character.
    pub(super) fn whole(line: &'a Line, columns: usize) -> Result<Self, Problem> {
        let found = &line.cells.values;
        if line.cells.bad_quote {
            return Err(Problem::row("a quotation mark is missing or out of place"));
        }
        let spare = found.get(columns..).unwrap_or_default();
        if found.len() < columns {
            return Err(Problem::row(format!("{} cells where the header has {columns}", found.len())));
        }
        if !spare.iter().all(|c| c.trim().is_empty()) {
            return Err(Problem::row(format!(
                "{} cells where the header has {columns}: probably a thousands separator without quotation marks",
                found.len()
            )));
        }
        let cells = &found[..columns];
        match cells.iter().position(|c| c.contains(BROKEN)) {
            Some(column) => Err(Problem::at(column, "bytes that the file's encoding does not have")),
            None => Ok(Self { cells }),
        }
    }

    /// A cell as it was written, without outer blanks.
    pub(super) fn verbatim(&self, column: usize) -> &'a str {
        self.cells[column].trim()
    }

    /// A cell for matching; empty where the source writes a mark for "nothing".
    pub(super) fn word(&self, column: usize) -> String {
        let folded = fold(&self.cells[column]);
        if is_nothing(&folded) { String::new() } else { folded }
    }

    /// The trade date and, if its century had to be found, a note of that.
    pub(super) fn trade_date(&self, layout: Layout) -> Result<(JstDate, Option<String>), Problem> {
        let settlement = self.word(layout.settlement_column());
        let (date, century) =
            values::trade_date(&self.word(0), &settlement).map_err(|reason| Problem::at(0, reason))?;
        let note = century.then(|| "two-digit year confirmed by the settlement date".to_owned());
        Ok((date, note))
    }

    pub(super) fn positive(&self, column: usize) -> Result<Scaled, Problem> {
        values::positive(&self.word(column)).map_err(|reason| Problem::at(column, reason))
    }

    /// A cell as the source's word for a venue.
    pub(super) fn venue(&self, column: usize) -> Option<String> {
        (!self.word(column).is_empty()).then(|| self.verbatim(column).to_owned())
    }
}

/// The reason to skip a row whose transaction is `word` (folded), if it is known to be no execution.
pub(super) fn no_execution(word: &str) -> Option<SkipReason> {
    const WORDS: [(&str, SkipReason); 22] = [
        ("現引", SkipReason::MarginDelivery),
        ("現渡", SkipReason::MarginDelivery),
        // before cash: a fund's payments are still a fund's
        ("投信", SkipReason::Fund),
        ("MRF", SkipReason::Fund),
        ("MMF", SkipReason::Fund),
        ("ファンド", SkipReason::Fund),
        ("入庫", SkipReason::Transfer),
        ("出庫", SkipReason::Transfer),
        ("移管", SkipReason::Transfer),
        ("振替", SkipReason::Transfer),
        ("配当", SkipReason::Cash),
        ("分配", SkipReason::Cash),
        ("入金", SkipReason::Cash),
        ("出金", SkipReason::Cash),
        ("利金", SkipReason::Cash),
        ("利息", SkipReason::Cash),
        ("償還", SkipReason::Cash),
        ("還付", SkipReason::Cash),
        ("税", SkipReason::Cash),
        ("貸株", SkipReason::Cash),
        ("手数料", SkipReason::Cash),
        ("交付金", SkipReason::Cash),
    ];
    WORDS.iter().find(|(part, _)| word.contains(part)).map(|(_, reason)| *reason)
}

/// Skips a row whose word is known to be no execution and rejects it otherwise: a side is never guessed.
pub(super) fn skip_or_reject(column: usize, word: &str) -> Result<Outcome, Problem> {
    no_execution(word)
        .map(Outcome::Skip)
        .ok_or_else(|| Problem::at(column, "not a known kind of transaction"))
}
