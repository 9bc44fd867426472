//! A stretch of rows as columns, and the one way to get a checked value out of a row.

use std::{borrow::Cow, cell::Cell, net::IpAddr};

use arrow::array::{Array as _, Float64Array, Int32Array, Int64Array, StringArray};
use itoguchi_model::{Instant, JstDate, Scaled};

use crate::{contract::Table, settings::Settings};

/// 1990-01-01 in Japan and 2101-01-01 in UTC: a moment of 1990 or 2100 on either clock is inside.
const FIRST: i64 = (631_152_000 - 9 * 3600) * 1_000_000;
const AFTER: i64 = 4_133_980_800 * 1_000_000;
/// How much of a value a reject keeps, in characters.
const KEPT: usize = 200;

/// The values of one column.
pub(crate) enum Cells {
    /// Text, of any kind of column.
    Text(StringArray),
    /// Text that repeats.
    Repeated(Repeated),
    /// Microseconds since 1970.
    Times(Int64Array),
    /// Days since 1970.
    Days(Int64Array),
    /// Floating-point numbers.
    Floats(Float64Array),
    /// Whole numbers.
    Ints(Int64Array),
}

/// Texts of which each stands once.
pub(crate) struct Repeated {
    keys: Int32Array,
    values: StringArray,
    /// What each text was found to be: its number in a pool or among words. A column is read in one way only.
    known: Vec<Cell<u32>>,
}

/// No number of a text: pools and lists of words have fewer.
const UNKNOWN: u32 = u32::MAX;

impl Repeated {
    /// From the keys of rows and what they stand for; a null may be a null key or the key of a null.
    pub fn new(keys: Int32Array, values: StringArray) -> Self {
        let known = vec![Cell::new(UNKNOWN); values.len()];
        Self { keys, values, known }
    }

    fn key(&self, at: usize) -> usize {
        self.keys.value(at) as usize
    }

    fn is_null(&self, at: usize) -> bool {
        self.keys.is_null(at) || self.values.is_null(self.key(at))
    }
}

/// A checked text that is to be numbered, and where its number is kept for rows that repeat it.
#[derive(Clone, Copy)]
pub(crate) struct Name<'a> {
    text: &'a str,
    known: Option<&'a Cell<u32>>,
}

impl<'a> Name<'a> {
    /// The number of the text, which `number` tells the first time.
    pub fn number(self, number: impl FnOnce(&str) -> u32) -> u32 {
        let Some(known) = self.known else { return number(self.text) };
        if known.get() == UNKNOWN {
            known.set(number(self.text));
        }
        known.get()
    }
}

/// Why one row cannot be read.
#[derive(Debug)]
pub(crate) struct Fault {
    /// The column; empty if the whole record is at fault.
    pub column: &'static str,
    /// What it holds, shortened.
    pub value: String,
    /// Why that is wrong.
    pub reason: Cow<'static, str>,
}

/// Rows of one file that follow each other.
pub(crate) struct Chunk {
    /// By position in the table's columns; `None` if the file has no such column.
    pub columns: Vec<Option<Cells>>,
    /// How many rows.
    pub len: usize,
    /// 1-based data record of the first row.
    pub first_row: u32,
    /// Rows that were at fault before any value was looked at, in order.
    pub faults: Vec<(usize, Fault)>,
}

/// One row of a chunk.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    pub table: &'static Table,
    pub chunk: &'a Chunk,
    pub at: usize,
    pub settings: &'a Settings,
}

/// The first 200 characters.
pub(crate) fn shorten(text: &str) -> String {
    text.chars().take(KEPT).collect()
}

type Checked<T> = Result<T, Fault>;

impl<'a> Row<'a> {
    /// A fault in `column` with the value as it stands there.
    #[cold]
    pub fn fault(&self, column: usize, reason: impl Into<Cow<'static, str>>) -> Fault {
        Fault {
            column: self.table.columns[column].name,
            value: self.as_text(column).map(|text| shorten(&text)).unwrap_or_default(),
            reason: reason.into(),
        }
    }

    fn as_text(&self, column: usize) -> Option<Cow<'a, str>> {
        Some(match self.cells(column)? {
            Cells::Text(cells) => cells.value(self.at).into(),
            Cells::Repeated(cells) => cells.values.value(cells.key(self.at)).into(),
            Cells::Times(cells) => Instant(cells.value(self.at)).to_string().into(),
            Cells::Days(cells) => match i32::try_from(cells.value(self.at)) {
                Ok(day) => JstDate(day).to_string().into(),
                Err(_) => cells.value(self.at).to_string().into(),
            },
            Cells::Floats(cells) => cells.value(self.at).to_string().into(),
            Cells::Ints(cells) => cells.value(self.at).to_string().into(),
        })
    }

    /// The column, unless the file lacks it or this row is null there.
    fn cells(&self, column: usize) -> Option<&'a Cells> {
        let cells = self.chunk.columns[column].as_ref()?;
        let null = match cells {
            Cells::Text(cells) => cells.is_null(self.at),
            Cells::Repeated(cells) => cells.is_null(self.at),
            Cells::Times(cells) | Cells::Days(cells) | Cells::Ints(cells) => cells.is_null(self.at),
            Cells::Floats(cells) => cells.is_null(self.at),
        };
        (!null).then_some(cells)
    }

    fn needed<T>(&self, column: usize, value: Option<T>) -> Checked<T> {
        value.ok_or_else(|| self.fault(column, "is empty, and every row must have it"))
    }

    /// Text; `None` if null or empty.
    pub fn text(&self, column: usize) -> Checked<Option<&'a str>> {
        let text = match self.cells(column) {
            Some(Cells::Text(cells)) => cells.value(self.at),
            Some(Cells::Repeated(cells)) => cells.values.value(cells.key(self.at)),
            _ => return Ok(None),
        };
        if text.len() > self.settings.max_field_bytes {
            let limit = self.settings.max_field_bytes;
            return Err(self.fault(column, format!("is longer than {limit} bytes (ingest.max_field_bytes)")));
        }
        if text.as_bytes().contains(&0) {
            return Err(self.fault(column, "holds a NUL character"));
        }
        Ok((!text.is_empty()).then_some(text))
    }

    /// Text that is to be numbered; `None` if null or empty.
    pub fn name(&self, column: usize) -> Checked<Option<Name<'a>>> {
        if let Some(Cells::Repeated(cells)) = self.cells(column) {
            let key = cells.key(self.at);
            let known = Some(&cells.known[key]);
            // What has a number was checked.
            if cells.known[key].get() != UNKNOWN {
                return Ok(Some(Name { text: cells.values.value(key), known }));
            }
            return Ok(self.text(column)?.map(|text| Name { text, known }));
        }
        Ok(self.text(column)?.map(|text| Name { text, known: None }))
    }

    /// Text that is to be numbered and must be there.
    pub fn must_name(&self, column: usize) -> Checked<Name<'a>> {
        let name = self.name(column)?;
        self.needed(column, name)
    }

    /// Text that must be there.
    pub fn must_text(&self, column: usize) -> Checked<&'a str> {
        let text = self.text(column)?;
        self.needed(column, text)
    }

    /// One of `words`; `None` if null or empty.
    pub fn word<T: Copy>(&self, column: usize, words: &[(&str, T)]) -> Checked<Option<T>> {
        let Some(name) = self.name(column)? else { return Ok(None) };
        let find = |text: &str| words.iter().position(|(word, _)| *word == text);
        let found = match name.known.map(Cell::get) {
            Some(known) if known != UNKNOWN => Some(known as usize),
            _ => find(name.text),
        };
        match found {
            Some(found) => {
                if let Some(known) = name.known {
                    known.set(found as u32);
                }
                Ok(Some(words[found].1))
            }
            None => {
                let allowed: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                Err(self.fault(column, format!("is none of {}", allowed.join(", "))))
            }
        }
    }

    /// One of `words` that must be there.
    pub fn must_word<T: Copy>(&self, column: usize, words: &[(&str, T)]) -> Checked<T> {
        let word = self.word(column, words)?;
        self.needed(column, word)
    }

    /// Exactly `N` capital letters.
    pub fn capitals<const N: usize>(&self, column: usize) -> Checked<Option<[u8; N]>> {
        let Some(text) = self.text(column)? else { return Ok(None) };
        match <[u8; N]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Some(code)),
            _ => Err(self.fault(column, format!("is no code of {N} capital letters"))),
        }
    }

    /// An address; an IPv4 address inside IPv6 is that IPv4 address.
    pub fn ip(&self, column: usize) -> Checked<Option<IpAddr>> {
        let Some(text) = self.text(column)? else { return Ok(None) };
        match text.trim().parse::<IpAddr>() {
            Ok(ip) => Ok(Some(ip.to_canonical())),
            Err(_) => Err(self.fault(column, "is no IPv4 or IPv6 address")),
        }
    }

    /// A moment at which something happened: not after the settings' `as_of`.
    pub fn time(&self, column: usize) -> Checked<Option<Instant>> {
        let Some(time) = self.any_time(column)? else { return Ok(None) };
        match self.settings.as_of {
            Some(as_of) if time > as_of => Err(self.fault(column, format!("is later than as-of {as_of}"))),
            _ => Ok(Some(time)),
        }
    }

    /// A moment that must be there.
    pub fn must_time(&self, column: usize) -> Checked<Instant> {
        let time = self.time(column)?;
        self.needed(column, time)
    }

    /// A moment that may lie ahead, such as an end of validity.
    pub fn any_time(&self, column: usize) -> Checked<Option<Instant>> {
        let time = match self.cells(column) {
            Some(Cells::Times(cells)) => Instant(cells.value(self.at)),
            Some(Cells::Text(_) | Cells::Repeated(_)) => match self.text(column)? {
                Some(text) => self.parse_time(column, text)?,
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        if (FIRST..AFTER).contains(&time.0) {
            return Ok(Some(time));
        }
        Err(self.fault(column, "lies outside the years 1990 to 2100"))
    }

    fn parse_time(&self, column: usize, text: &str) -> Checked<Instant> {
        if let Some(time) = Instant::parse_rfc3339(text) {
            return Ok(time);
        }
        // The same text with a zone tells a missing zone from a text that is no time at all.
        let Some(utc) = Instant::parse_rfc3339(&format!("{}Z", text.trim())) else {
            return Err(self.fault(column, "is no RFC 3339 time such as 2025-03-19T14:52:07+09:00"));
        };
        match self.settings.naive_offset_seconds {
            Some(seconds) => Ok(utc.plus(-i64::from(seconds) * 1_000_000)),
            None => Err(self.fault(column, "has no zone; write one, or state it with ingest.naive_offset")),
        }
    }

    /// A calendar day, not after the day of the settings' `as_of`.
    pub fn date(&self, column: usize) -> Checked<Option<JstDate>> {
        let date = match self.cells(column) {
            Some(Cells::Days(cells)) => i32::try_from(cells.value(self.at)).ok().map(JstDate),
            Some(Cells::Text(_) | Cells::Repeated(_)) => match self.text(column)? {
                Some(text) => match JstDate::parse(text) {
                    Some(date) => Some(date),
                    None => return Err(self.fault(column, "is no date such as 2025-03-19")),
                },
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        let Some(date) = date.filter(|d| d.year().is_some_and(|y| (1990..=2100).contains(&y))) else {
            return Err(self.fault(column, "lies outside the years 1990 to 2100"));
        };
        match self.settings.as_of {
            Some(as_of) if date > as_of.jst_date() => {
                Err(self.fault(column, format!("is later than as-of {as_of}")))
            }
            _ => Ok(Some(date)),
        }
    }

    /// A day that must be there.
    pub fn must_date(&self, column: usize) -> Checked<JstDate> {
        let date = self.date(column)?;
        self.needed(column, date)
    }

    fn float(&self, column: usize) -> Checked<Option<f64>> {
        let value = match self.cells(column) {
            Some(Cells::Floats(cells)) => cells.value(self.at),
            Some(Cells::Ints(cells)) => cells.value(self.at) as f64,
            Some(Cells::Text(_) | Cells::Repeated(_)) => match self.text(column)? {
                Some(text) => text.trim().parse().map_err(|_| self.fault(column, "is no number"))?,
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        Ok(Some(value))
    }

    /// A number of at least 0.
    pub fn amount(&self, column: usize) -> Checked<Option<Scaled>> {
        let Some(value) = self.float(column)? else { return Ok(None) };
        if !value.is_finite() {
            return Err(self.fault(column, "is no finite number"));
        }
        if value < 0.0 {
            return Err(self.fault(column, "is below 0"));
        }
        match Scaled::from_f64(value) {
            Some(scaled) => Ok(Some(scaled)),
            None => Err(self.fault(column, "is too large")),
        }
    }

    /// A number of at least 0 that must be there.
    pub fn must_amount(&self, column: usize) -> Checked<Scaled> {
        let amount = self.amount(column)?;
        self.needed(column, amount)
    }

    /// A number above 0 that must be there.
    pub fn positive(&self, column: usize) -> Checked<Scaled> {
        let amount = self.must_amount(column)?;
        if amount.0 > 0 {
            return Ok(amount);
        }
        Err(self.fault(column, "is not above 0 (a millionth is the smallest step)"))
    }

    /// A whole number from 0 to `max`. A float is one if nothing follows the point: some writers have no whole
    /// numbers beside nulls, and use NaN for the nulls.
    pub fn whole(&self, column: usize, max: u32) -> Checked<Option<u32>> {
        let value = match self.cells(column) {
            Some(Cells::Ints(cells)) => Some(cells.value(self.at)),
            Some(Cells::Floats(cells)) => match cells.value(self.at) {
                value if value.is_nan() => return Ok(None),
                value => (value.trunc() == value).then_some(value as i64),
            },
            Some(Cells::Text(_) | Cells::Repeated(_)) => match self.text(column)? {
                Some(text) => parse_whole(text),
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        match value.and_then(|value| u32::try_from(value).ok()).filter(|value| *value <= max) {
            Some(value) => Ok(Some(value)),
            None => Err(self.fault(column, format!("is no whole number from 0 to {max}"))),
        }
    }
}

/// Digits, perhaps with zeros behind a point.
fn parse_whole(text: &str) -> Option<i64> {
    let (whole, rest) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit());
    (digits && rest.bytes().all(|b| b == b'0')).then(|| whole.parse().ok())?
}
