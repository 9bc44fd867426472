//! RFC 4180 records out of a stream of bytes, with bounded memory.
//!
//! Why not a ready-made reader: a quote that never closes must be named by its line instead of swallowing the rest
//! of the file, and one enormous field must not become one enormous allocation.

use std::io::{self, Read};

/// More columns than any table has by far; a header beyond that is no header.
pub(crate) const MAX_COLUMNS: usize = 4096;
const BUFFER: usize = 256 * 1024;

/// Why splitting cannot go on. Lines are 1-based.
#[derive(Debug)]
pub(crate) enum SplitError {
    /// The stream failed.
    Io(io::Error),
    /// A quote opened on `line` and the stream ended.
    Unclosed { line: u64 },
    /// A quote opened on `line` and closed on a later one with text after it.
    Stray { line: u64, closes: u64 },
}

impl From<io::Error> for SplitError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What is wrong with the shape of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nothing.
    Sound,
    /// It has this many fields, and the header another number.
    Fields(usize),
    /// Text follows a closing quote.
    Quote,
}

/// Records of one width; of each field at most `max_field + 1` bytes, so that a longer one can be told.
pub(crate) struct Records {
    width: usize,
    /// The fields one after the other.
    pub bytes: Vec<u8>,
    /// Where each field ends in `bytes`: `width` of them per record.
    ends: Vec<usize>,
    /// The shape of each record.
    pub shapes: Vec<Shape>,
}

impl Records {
    pub fn new(width: usize) -> Self {
        Self { width, bytes: Vec::new(), ends: Vec::new(), shapes: Vec::new() }
    }

    /// Forgets the records and keeps the room they took.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.shapes.clear();
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.shapes.len()
    }

    /// The bytes of one field.
    pub fn field(&self, record: usize, column: usize) -> &[u8] {
        let at = record * self.width + column;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.bytes[start..self.ends[at]]
    }

    /// All bytes of one record, its fields run together.
    pub fn whole(&self, record: usize) -> &[u8] {
        let first = record * self.width;
        let start = if first == 0 { 0 } else { self.ends[first - 1] };
        let end = self.ends.get((record + 1) * self.width - 1).copied().unwrap_or(start);
        &self.bytes[start..end]
    }
}

/// Cuts a stream into records.
pub(crate) struct Splitter<R> {
    input: R,
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    line: u64,
    max_field: usize,
}

/// What ended a field.
#[derive(PartialEq, Eq)]
enum Stop {
    Comma,
    Record,
    /// The record ended, and its quoting is broken.
    Broken,
}

impl<R: Read> Splitter<R> {
    pub fn new(input: R, max_field: usize) -> Self {
        Self { input, buffer: vec![0; BUFFER], at: 0, filled: 0, line: 1, max_field }
    }

    /// Takes a byte order mark off the front. Call it before anything is split.
    pub fn mark(&mut self) -> io::Result<Mark> {
        while self.filled < 4 {
            let read = read_some(&mut self.input, &mut self.buffer[self.filled..])?;
            if read == 0 {
                break;
            }
            self.filled += read;
        }
        let mark = match &self.buffer[..self.filled] {
            [0xEF, 0xBB, 0xBF, ..] => Mark::Utf8,
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Mark::Utf16,
            _ => Mark::None,
        };
        if mark == Mark::Utf8 {
            self.at = 3;
        }
        Ok(mark)
    }

    /// Adds the next record to `out`, or says that there is none. Empty lines are no records.
    pub fn next(&mut self, out: &mut Records) -> Result<bool, SplitError> {
        loop {
            match self.peek()? {
                None => return Ok(false),
                Some(b'\n') => self.newline(),
                Some(b'\r') if self.peek_after_return()? => {
                    self.at += 1;
                    self.newline();
                }
                Some(_) => break,
            }
        }
        let mut fields = 0;
        let stop = loop {
            // Fields beyond the header's width are counted, not kept.
            let keep = fields < out.width;
            let start = out.bytes.len();
            let stop = if self.peek()? == Some(b'"') {
                self.quoted(keep.then_some(&mut out.bytes), start)?
            } else {
                self.bare(keep.then_some(&mut out.bytes), start)?
            };
            if keep {
                out.ends.push(out.bytes.len());
            }
            fields += 1;
            if stop != Stop::Comma {
                break stop;
            }
        };
        for _ in fields..out.width {
            out.ends.push(out.bytes.len());
        }
        out.shapes.push(match stop {
            Stop::Broken => Shape::Quote,
            _ if fields != out.width => Shape::Fields(fields),
            _ => Shape::Sound,
        });
        Ok(true)
    }

    /// The first record, whatever its width; `None` if it is too long to be a header.
    pub fn header(&mut self) -> Result<Option<Vec<Vec<u8>>>, SplitError> {
        let mut out = Records::new(MAX_COLUMNS);
        if !self.next(&mut out)? {
            return Ok(Some(Vec::new()));
        }
        let fields = match out.shapes[0] {
            Shape::Sound => MAX_COLUMNS,
            Shape::Fields(fields) => fields,
            Shape::Quote => return Err(SplitError::Stray { line: 1, closes: 1 }),
        };
        let fits = fields <= MAX_COLUMNS && (0..fields).all(|f| out.field(0, f).len() <= self.max_field);
        Ok(fits.then(|| (0..fields).map(|f| out.field(0, f).to_vec()).collect()))
    }

    /// A field without quotes; a quote in the middle is a character like any other.
    fn bare(&mut self, mut out: Option<&mut Vec<u8>>, start: usize) -> Result<Stop, SplitError> {
        loop {
            if self.peek()?.is_none() {
                trim_return(out, start);
                return Ok(Stop::Record);
            }
            let rest = &self.buffer[self.at..self.filled];
            let length = rest.iter().position(|&b| b == b',' || b == b'\n').unwrap_or(rest.len());
            let end = rest.get(length).copied();
            if let Some(out) = out.as_deref_mut() {
                push(out, start, &rest[..length], self.max_field);
            }
            self.at += length;
            match end {
                Some(b',') => {
                    self.at += 1;
                    return Ok(Stop::Comma);
                }
                Some(_) => {
                    trim_return(out, start);
                    self.newline();
                    return Ok(Stop::Record);
                }
                None => {}
            }
        }
    }

    /// A field in quotes.
    fn quoted(&mut self, mut out: Option<&mut Vec<u8>>, start: usize) -> Result<Stop, SplitError> {
        let opened = self.line;
        self.at += 1;
        loop {
            if self.peek()?.is_none() {
                return Err(SplitError::Unclosed { line: opened });
            }
            let rest = &self.buffer[self.at..self.filled];
            let length = rest.iter().position(|&b| b == b'"').unwrap_or(rest.len());
            self.line += rest[..length].iter().filter(|&&b| b == b'\n').count() as u64;
            if let Some(out) = out.as_deref_mut() {
                push(out, start, &rest[..length], self.max_field);
            }
            let closed = length < rest.len();
            self.at += length;
            if !closed {
                continue;
            }
            self.at += 1;
            match self.peek()? {
                Some(b'"') => {
                    self.at += 1;
                    if let Some(out) = out.as_deref_mut() {
                        push(out, start, b"\"", self.max_field);
                    }
                }
                Some(b',') => {
                    self.at += 1;
                    return Ok(Stop::Comma);
                }
                Some(b'\n') => {
                    self.newline();
                    return Ok(Stop::Record);
                }
                Some(b'\r') if self.peek_after_return()? => {
                    self.at += 1;
                    self.newline();
                    return Ok(Stop::Record);
                }
                None => return Ok(Stop::Record),
                Some(_) if self.line > opened => {
                    return Err(SplitError::Stray { line: opened, closes: self.line });
                }
                Some(_) => return self.rest_of_line(out, start),
            }
        }
    }

    /// After broken quoting nothing on the line can be told apart; the next line is sound again.
    fn rest_of_line(&mut self, mut out: Option<&mut Vec<u8>>, start: usize) -> Result<Stop, SplitError> {
        while self.peek()?.is_some() {
            let rest = &self.buffer[self.at..self.filled];
            let length = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
            let ended = length < rest.len();
            if let Some(out) = out.as_deref_mut() {
                push(out, start, &rest[..length], self.max_field);
            }
            self.at += length;
            if ended {
                self.newline();
                break;
            }
        }
        Ok(Stop::Broken)
    }

    fn newline(&mut self) {
        self.at += 1;
        self.line += 1;
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        if self.at == self.filled {
            self.at = 0;
            self.filled = read_some(&mut self.input, &mut self.buffer)?;
        }
        Ok(self.buffer[..self.filled].get(self.at).copied())
    }

    /// Whether the carriage return at hand ends a line: a line feed or nothing follows.
    fn peek_after_return(&mut self) -> io::Result<bool> {
        if self.at + 1 == self.filled {
            // Move the return to the front so that one more byte fits behind it.
            self.buffer[0] = b'\r';
            self.at = 0;
            self.filled = 1 + read_some(&mut self.input, &mut self.buffer[1..])?;
        }
        match self.buffer[..self.filled].get(self.at + 1) {
            Some(b'\n') => Ok(true),
            Some(_) => Ok(false),
            None => {
                // At the end of the stream there is no line feed to step over: stand one in.
                self.buffer[self.filled] = b'\n';
                self.filled += 1;
                Ok(true)
            }
        }
    }
}

/// What stands at the front of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    None,
    Utf8,
    Utf16,
}

/// Keeps no more than `max + 1` bytes of the field that begins at `start`.
fn push(out: &mut Vec<u8>, start: usize, bytes: &[u8], max: usize) {
    let room = max.saturating_add(1).saturating_sub(out.len() - start);
    out.extend_from_slice(&bytes[..bytes.len().min(room)]);
}

fn trim_return(out: Option<&mut Vec<u8>>, start: usize) {
    if let Some(out) = out
        && out.len() > start
        && out.last() == Some(&b'\r')
    {
        out.pop();
    }
}

fn read_some(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out one byte at a time, so that every boundary of the buffer is crossed.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            buffer[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    type Rows = Vec<(Shape, Vec<Vec<u8>>)>;

    fn split(text: &[u8], width: usize, max: usize) -> Result<Rows, SplitError> {
        let mut all = Vec::new();
        for trickle in [false, true] {
            let input: Box<dyn Read> = if trickle { Box::new(Trickle(text)) } else { Box::new(text) };
            let mut splitter = Splitter::new(input, max);
            let mut out = Records::new(width);
            while splitter.next(&mut out)? {}
            let rows = (0..out.len())
                .map(|r| (out.shapes[r], (0..width).map(|c| out.field(r, c).to_vec()).collect()))
                .collect::<Vec<_>>();
            all.push(rows);
        }
        let second = all.pop().expect("two runs");
        let first = all.pop().expect("two runs");
        assert_eq!(first, second, "the reader's pieces must not matter");
        Ok(first)
    }

    fn sound(fields: &[&str]) -> (Shape, Vec<Vec<u8>>) {
        (Shape::Sound, fields.iter().map(|f| f.as_bytes().to_vec()).collect())
    }

    #[test]
    fn quotes_line_ends_and_blank_lines() {
        let text = b"a,b\r\n\"1,\"\"x\"\"\",\"two\r\nlines\"\n\n\r\n,\"\"\nq\"q,\r";
        let rows = split(text, 2, 100).unwrap();
        let want =
            [sound(&["a", "b"]), sound(&["1,\"x\"", "two\r\nlines"]), sound(&["", ""]), sound(&["q\"q", ""])];
        assert_eq!(rows, want);
        assert_eq!(split(b"\"x\",\"y\"\r", 2, 100).unwrap(), [sound(&["x", "y"])]);
        assert_eq!(split(b"", 2, 100).unwrap(), []);
    }

    #[test]
    fn ragged_and_broken_records_are_one_record_each() {
        let rows = split(b"1\n1,2,3\n\"a\"b,c\n4,5\n", 2, 100).unwrap();
        let shapes: Vec<Shape> = rows.iter().map(|r| r.0).collect();
        assert_eq!(shapes, [Shape::Fields(1), Shape::Fields(3), Shape::Quote, Shape::Sound]);
        assert_eq!(rows[3].1, sound(&["4", "5"]).1);
    }

    #[test]
    fn quotes_that_swallow_lines_are_named_by_line() {
        assert!(matches!(split(b"a,b\n1,\"x\n2,3\n", 2, 100), Err(SplitError::Unclosed { line: 2 })));
        let stray = split(b"a,b\n1,\"x\n2,\"y\"\n3,4\n", 2, 100);
        assert!(matches!(stray, Err(SplitError::Stray { line: 2, closes: 3 })), "{stray:?}");
    }

    #[test]
    fn no_more_than_the_limit_is_kept() {
        let long =
            [vec![b'x'; 10_000_000], b",y\n\"".to_vec(), vec![b'z'; 1_000_000], b"\",w".to_vec()].concat();
        let rows = split(&long, 2, 10).unwrap();
        assert_eq!(rows[0].1, [vec![b'x'; 11], b"y".to_vec()]);
        assert_eq!(rows[1].1, [vec![b'z'; 11], b"w".to_vec()]);
    }
}
