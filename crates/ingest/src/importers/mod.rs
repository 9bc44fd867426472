//! What customers of SBI, Rakuten and Nomura can download, to rows of the `executions` table.
//!
//! These files know the trade date and nothing finer, no account, no order and no execution id: rows carry
//! midnight in Japan with precision `day`, the account comes from the caller, ids stay empty, and two equal rows
//! stay two fills. What a row says is taken only where it is unambiguous; what a spreadsheet did to it on the way
//! is put right and flagged, or the row is rejected. Every record is counted once: read = used + skipped +
//! rejected.
//!
//! [`parse_download`] reads one file; [`import`] adds files to a case folder.

use std::{collections::BTreeMap, fmt, str::FromStr};

use itoguchi_model::{JstDate, Scaled, Side};

mod case;
mod error;
mod journal;
mod layouts;
mod listing;
mod nomura;
mod preamble;
mod rakuten;
mod rows;
mod sbi;
mod text;
mod values;

pub use case::{ImportSummary, ImportedDownload, import};
pub use error::ImportError;
pub use layouts::Layout;
pub use rows::SkipReason;
pub use text::Encoding;

use layouts::{Line, Sheet};
use rows::{Fill, Outcome, Problem, Row};

/// A broker whose downloads can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Broker {
    /// SBI.
    Sbi,
    /// Rakuten.
    Rakuten,
    /// Nomura.
    Nomura,
}

impl Broker {
    /// Every broker.
    pub const ALL: [Self; 3] = [Self::Sbi, Self::Rakuten, Self::Nomura];

    /// The code in the column `broker`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Sbi => "SBI",
            Self::Rakuten => "RAKUTEN",
            Self::Nomura => "NOMURA",
        }
    }

    /// The word on the command line and in file names.
    #[must_use]
    pub fn flag(self) -> &'static str {
        match self {
            Self::Sbi => "sbi",
            Self::Rakuten => "rakuten",
            Self::Nomura => "nomura",
        }
    }
}

impl fmt::Display for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Reads the code or the word of the command line, in any case.
impl FromStr for Broker {
    type Err = ImportError;

    fn from_str(name: &str) -> Result<Self, ImportError> {
        Self::ALL
            .into_iter()
            .find(|b| b.flag().eq_ignore_ascii_case(name.trim()))
            .ok_or_else(|| ImportError::UnknownBroker { name: name.to_owned() })
    }
}

/// One execution of a download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedExecution {
    /// Its record, from 1; the header and what stands before it are not counted.
    pub row: u64,
    /// Its line in the file, from 1.
    pub line: u64,
    /// The trade date in Japan.
    pub date: JstDate,
    /// `MIC:LOCALCODE` of the listing, `US:SYMBOL`, or `XXXX:` and the name.
    pub instrument: String,
    /// What the source calls the instrument, as it is written there.
    pub name: String,
    /// Bought, sold or sold short.
    pub side: Side,
    /// Shares, above 0.
    pub quantity: Scaled,
    /// Per share in `currency`, above 0.
    pub price: Scaled,
    /// ISO 4217, of the price and not of the settlement.
    pub currency: String,
    /// The source's word for where it was executed.
    pub venue: Option<String>,
}

/// A record that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedRow {
    /// Its record, from 1.
    pub row: u64,
    /// Its line in the file, from 1.
    pub line: u64,
    /// The title of the first column that is wrong, empty if it is the row as a whole.
    pub column: String,
    /// What stands there (the whole row, if it is the row as a whole).
    pub value: String,
    /// What is wrong.
    pub reason: String,
}

/// One download, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// Which download it is.
    pub layout: Layout,
    /// How its bytes were read.
    pub encoding: Encoding,
    /// The line of the header, from 1.
    pub header_line: u64,
    /// First and last day it is about: as its preamble states, widened by its executions, else those of its
    /// executions. Nothing if neither is there.
    pub period: Option<(JstDate, JstDate)>,
    /// Whether the preamble states the period.
    pub period_stated: bool,
    /// Its executions in the order of the file.
    pub rows: Vec<ImportedExecution>,
    /// Records read: `used + skipped + rejects`.
    pub read: u64,
    /// Records that are executions.
    pub used: u64,
    /// Records that are no executions, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// Records that could not be read.
    pub rejects: Vec<RejectedRow>,
    /// What was put right or should be known, each with the rows it is about.
    pub flags: Vec<String>,
}

/// Reads one download of `broker`.
///
/// The encoding is told from the bytes and the layout from the whole header; nothing from the file's name.
///
/// # Errors
/// When the file as a whole cannot be used: no text, no known header, a download without executions, another
/// broker's. A row that cannot be read is no error but one of [`Download::rejects`].
/// # Cost
/// Linear in the bytes; the whole file is held in memory.
/// # Determinism
/// Depends on the bytes alone; line endings, quotation marks and the encoding do not change the rows.
pub fn parse_download(bytes: &[u8], broker: Broker) -> Result<Download, ImportError> {
    let (text, encoding) = text::decode(bytes)?;
    let sheet = layouts::locate(&text)?;
    let found = sheet.layout.broker();
    if found != broker {
        return Err(ImportError::OtherBroker {
            layout: sheet.layout.id(),
            found: found.code(),
            expected: broker.code(),
            flag: found.flag(),
        });
    }
    Ok(Reader::new(&sheet).read(encoding))
}

/// Collects what the records of one download turn out to be.
struct Reader<'a> {
    sheet: &'a Sheet,
    titles: Vec<&'static str>,
    rows: Vec<ImportedExecution>,
    skipped: BTreeMap<SkipReason, u64>,
    rejects: Vec<RejectedRow>,
    /// What is to be known, with the rows it is about; 0 stands for the file.
    notes: BTreeMap<String, Vec<u64>>,
    days: Option<(JstDate, JstDate)>,
}

impl<'a> Reader<'a> {
    fn new(sheet: &'a Sheet) -> Self {
        Self {
            sheet,
            titles: sheet.layout.titles(),
            rows: Vec::new(),
            skipped: BTreeMap::new(),
            rejects: Vec::new(),
            notes: BTreeMap::new(),
            days: None,
        }
    }

    fn read(mut self, encoding: Encoding) -> Download {
        let sheet = self.sheet;
        for (row, line) in (1..).zip(&sheet.body) {
            self.record(row, line);
        }
        self.one_listing_per_code();
        let read = sheet.body.len() as u64;
        let stated = preamble::stated(sheet.layout, &sheet.preamble);
        let outside = self.outside(stated.period);
        let file_notes =
            stated.notes.into_iter().chain(outside).chain(stated.rows.filter(|rows| *rows != read).map(
                |rows| format!("the preamble counts {rows} rows, the file has {read}: cut off or edited"),
            ));
        // Names out of the file stand in them, and they are printed.
        let flags = file_notes
            .chain(self.notes.iter().map(|(note, rows)| flag(note, rows)))
            .map(|flag| layouts::visible(&flag))
            .collect();
        Download {
            layout: sheet.layout,
            encoding,
            header_line: sheet.header_line,
            period: widest(stated.period, self.days),
            period_stated: stated.period.is_some(),
            used: self.rows.len() as u64,
            rows: self.rows,
            read,
            skipped: self.skipped,
            rejects: self.rejects,
            flags,
        }
    }

    fn record(&mut self, row: u64, line: &Line) {
        if line.cells.values.iter().all(|c| c.trim().is_empty()) {
            *self.skipped.entry(SkipReason::Blank).or_default() += 1;
            return;
        }
        match self.outcome(row, line) {
            Ok(Some(execution)) => self.rows.push(execution),
            Ok(None) => {}
            Err(problem) => self.reject(row, line, problem),
        }
    }

    /// The execution on `line`, or nothing where the row is counted as skipped.
    fn outcome(&mut self, row: u64, line: &Line) -> Result<Option<ImportedExecution>, Problem> {
        let layout = self.sheet.layout;
        let cells = Row::whole(line, self.titles.len())?;
        let outcome = match layout {
            Layout::SbiDomestic => sbi::domestic(&cells),
            Layout::SbiForeign => sbi::foreign(&cells),
            Layout::RakutenJp => rakuten::japan(&cells),
            Layout::RakutenUs => rakuten::america(&cells),
            Layout::RakutenCn => rakuten::china(&cells),
            Layout::Nomura => nomura::all(&cells),
        }?;
        let fill = match outcome {
            Outcome::Fill(fill) => fill,
            Outcome::Skip(reason) => {
                *self.skipped.entry(reason).or_default() += 1;
                return Ok(None);
            }
        };
        let (date, note) = cells.trade_date(layout)?;
        // not of skipped rows: shares that come in carry the day they were once bought
        self.days = widest(self.days, Some((date, date)));
        for note in note.into_iter().chain(fill.listed.notes.clone()).chain(fill.notes.clone()) {
            self.notes.entry(note).or_default().push(row);
        }
        Ok(Some(execution(row, line.number, date, fill)))
    }

    fn reject(&mut self, row: u64, line: &Line, problem: Problem) {
        let cells = &line.cells.values;
        let column = problem.column.and_then(|c| Some((self.titles.get(c)?, cells.get(c)?)));
        let (column, value) = match column {
            Some((title, value)) => ((*title).to_owned(), value.clone()),
            None => (String::new(), cells.join(",")),
        };
        self.rejects.push(RejectedRow { row, line: line.number, column, value, reason: problem.reason });
    }

    /// A code that one row shows to be listed in Tokyo is not another stock where a row says Nagoya.
    fn one_listing_per_code(&mut self) {
        let tokyo: std::collections::BTreeSet<String> = self
            .rows
            .iter()
            .filter(|r| r.venue.as_deref().is_some_and(|v| text::fold(v).starts_with('東')))
            .map(|r| r.instrument.clone())
            .collect();
        for row in &mut self.rows {
            let Some(local) = ["XNGO:", "XFKA:", "XSAP:"].iter().find_map(|m| row.instrument.strip_prefix(m))
            else {
                continue;
            };
            let listed = format!("XTKS:{local}");
            if tokyo.contains(&listed) {
                let note = format!("{} is listed in Tokyo too by other rows: {listed}", row.instrument);
                self.notes.entry(note).or_default().push(row.row);
                row.instrument = listed;
            }
        }
    }

    fn outside(&self, stated: Option<(JstDate, JstDate)>) -> Option<String> {
        let ((from, to), (first, last)) = (stated?, self.days?);
        (first < from || last > to).then(|| {
            format!("executions from {first} to {last} reach beyond the stated period {from} to {to}")
        })
    }
}

fn execution(row: u64, line: u64, date: JstDate, fill: Fill) -> ImportedExecution {
    ImportedExecution {
        row,
        line,
        date,
        instrument: fill.listed.instrument,
        name: fill.name,
        side: fill.side,
        quantity: fill.quantity,
        price: fill.price,
        currency: fill.currency,
        venue: fill.venue,
    }
}

fn widest(a: Option<(JstDate, JstDate)>, b: Option<(JstDate, JstDate)>) -> Option<(JstDate, JstDate)> {
    match (a, b) {
        (Some((a1, a2)), Some((b1, b2))) => Some((a1.min(b1), a2.max(b2))),
        (a, b) => a.or(b),
    }
}

/// A note with the rows it is about; of many, the first few and how many.
fn flag(note: &str, rows: &[u64]) -> String {
    const SHOWN: usize = 10;
    let shown = rows.iter().take(SHOWN).map(u64::to_string).collect::<Vec<_>>().join(", ");
    match rows.len() {
        1 => format!("{note} (row {shown})"),
        n if n <= SHOWN => format!("{note} (rows {shown})"),
        n => format!("{note} (rows {shown} and {} more)", n - SHOWN),
    }
}
