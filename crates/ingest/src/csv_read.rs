//! CSV, plain or compressed, to parts.

use std::{
    borrow::Cow,
    fs::File,
    io::{BufReader, Read},
    path::Path,
};

use arrow::array::StringBuilder;
use flate2::read::MultiGzDecoder;
use itoguchi_model::progress::Progress;
use rayon::prelude::*;

use crate::{
    chunk::{Cells, Chunk, Fault, shorten},
    error::IngestError,
    header::{self, Layout},
    part::{Part, Source},
    read::FileRead,
    splitter::{MAX_COLUMNS, Mark, Records, Shape, SplitError, Splitter},
};

/// A batch ends at whichever comes first: enough rows to be worth a thread, or enough bytes to bound memory.
const BATCH_ROWS: usize = 32_768;
const BATCH_BYTES: usize = 8 << 20;

/// How the bytes of a file become text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf8Mark,
    /// Windows-31J, which Japanese programs call Shift_JIS.
    Cp932,
}

impl Encoding {
    fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf8Mark => "UTF-8 with BOM",
            Self::Cp932 => "CP932",
        }
    }

    fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8 | Self::Utf8Mark => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Self::Cp932 => encoding_rs::SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes),
        }
    }

    /// As [`Self::decode`], with a replacement character for what cannot be decoded.
    fn decode_lossy(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Utf8 | Self::Utf8Mark => String::from_utf8_lossy(bytes),
            Self::Cp932 => encoding_rs::SHIFT_JIS.decode_without_bom_handling(bytes).0,
        }
    }

    /// What fields of text are written in: UTF-8 if at least half of those that are not ASCII are valid UTF-8, for
    /// other text hardly ever is; `None` if all are ASCII.
    ///
    /// One damaged field among sound ones must not change how the others are read.
    fn of<'a>(fields: impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        let (mut utf8, mut other) = (0_usize, 0_usize);
        for field in fields.filter(|field| !field.is_ascii()) {
            let valid = std::str::from_utf8(field).is_ok();
            utf8 += usize::from(valid);
            other += usize::from(!valid);
        }
        (utf8 + other > 0).then_some(if utf8 >= other { Self::Utf8 } else { Self::Cp932 })
    }
}

/// Records of one stretch, still bytes.
struct Batch {
    records: Records,
    first_row: u32,
    encoding: Encoding,
}

/// Reads one CSV file. The parts come in the order of the file.
pub(crate) fn read(
    path: &Path,
    source: Source<'_>,
    progress: &dyn Progress,
) -> Result<FileRead, IngestError> {
    let mut splitter = Splitter::new(open(path)?, source.settings.max_field_bytes);
    let mark =
        splitter.mark().map_err(|source| IngestError::Damaged { path: path.to_owned(), row: 0, source })?;
    let mut encoding = match mark {
        Mark::Utf16 => return Err(IngestError::Encoding { path: path.to_owned(), encoding: "UTF-16" }),
        Mark::Utf8 => Some(Encoding::Utf8Mark),
        Mark::None => None,
    };
    let titles = titles(path, &mut splitter, &mut encoding)?;
    let layout = header::layout(path, source.table, &titles)?;
    let mut rows = 0_u64;
    let mut parts = Vec::new();
    loop {
        if progress.cancelled() {
            return Err(IngestError::Cancelled);
        }
        let batches = batches(path, &mut splitter, titles.len(), &mut encoding, &mut rows)?;
        if batches.is_empty() {
            break;
        }
        parts.par_extend(batches.into_par_iter().map(|batch| part(batch, &layout, source)));
    }
    let encoding = Some(encoding.unwrap_or(Encoding::Utf8).name());
    Ok(FileRead { parts, encoding, warning: layout.warning })
}

/// Opens a file, decompressing by its ending.
pub(crate) fn open(path: &Path) -> Result<Box<dyn Read>, IngestError> {
    let io = |source| IngestError::Io { path: path.to_owned(), source };
    let file = File::open(path).map_err(io)?;
    Ok(match path.extension().and_then(|ending| ending.to_str()) {
        Some("gz") => Box::new(MultiGzDecoder::new(BufReader::new(file))),
        Some("zst") => Box::new(zstd::stream::read::Decoder::new(file).map_err(io)?),
        _ => Box::new(file),
    })
}

/// Says what broke while the record after `row` was read.
pub(crate) fn broken(path: &Path, row: u64, error: SplitError) -> IngestError {
    let path = path.to_owned();
    match error {
        SplitError::Io(source) => IngestError::Damaged { path, row, source },
        SplitError::Unclosed { line } => IngestError::UnclosedQuote { path, row: row + 1, line },
        SplitError::Stray { line, closes } => IngestError::StrayQuote { path, row: row + 1, line, closes },
    }
}

fn titles(
    path: &Path,
    splitter: &mut Splitter<impl Read>,
    encoding: &mut Option<Encoding>,
) -> Result<Vec<String>, IngestError> {
    let path_buf = || path.to_owned();
    let header = match splitter.header() {
        Ok(Some(header)) if header.is_empty() => return Err(IngestError::NoHeader { path: path_buf() }),
        Ok(Some(header)) => header,
        Ok(None) => return Err(IngestError::HeaderTooLong { path: path_buf(), limit: MAX_COLUMNS }),
        Err(SplitError::Io(source)) => return Err(IngestError::Damaged { path: path_buf(), row: 0, source }),
        Err(SplitError::Unclosed { line }) => {
            return Err(IngestError::UnclosedQuote { path: path_buf(), row: 0, line });
        }
        Err(SplitError::Stray { line, closes }) => {
            return Err(IngestError::StrayQuote { path: path_buf(), row: 0, line, closes });
        }
    };
    if header.iter().any(|title| title.contains(&0)) {
        return Err(IngestError::Encoding {
            path: path_buf(),
            encoding: "UTF-16 or binary (its header holds NUL)",
        });
    }
    *encoding = encoding.or_else(|| Encoding::of(header.iter().map(Vec::as_slice)));
    let encoding = encoding.unwrap_or(Encoding::Utf8);
    Ok(header.iter().map(|title| encoding.decode_lossy(title).into_owned()).collect())
}

/// The next batches, one for each thread; none at the end of the file.
fn batches(
    path: &Path,
    splitter: &mut Splitter<impl Read>,
    width: usize,
    encoding: &mut Option<Encoding>,
    rows: &mut u64,
) -> Result<Vec<Batch>, IngestError> {
    let mut batches = Vec::new();
    while batches.len() < rayon::current_num_threads() {
        let mut records = Records::new(width);
        let first = *rows + 1;
        while records.len() < BATCH_ROWS && records.bytes.len() < BATCH_BYTES {
            match splitter.next(&mut records) {
                Ok(true) => *rows += 1,
                Ok(false) => break,
                Err(error) => return Err(broken(path, *rows, error)),
            }
        }
        if records.len() == 0 {
            break;
        }
        if encoding.is_none() && !records.bytes.is_ascii() {
            *encoding = Encoding::of((0..records.len()).flat_map(|r| {
                let records = &records;
                (0..width).map(move |c| records.field(r, c))
            }));
        }
        let too_many = |_| IngestError::TooManyRows { path: path.to_owned(), limit: u32::MAX };
        u32::try_from(*rows).map_err(too_many)?;
        let first_row = u32::try_from(first).map_err(too_many)?;
        // Before the first byte that is not ASCII every encoding says the same.
        batches.push(Batch { records, first_row, encoding: encoding.unwrap_or(Encoding::Utf8) });
    }
    Ok(batches)
}

fn part(batch: Batch, layout: &Layout, source: Source<'_>) -> Part {
    let mut part = Part::default();
    part.add(source, chunk(&batch, layout, source));
    part
}

/// Decodes the columns of the contract; records of the wrong shape and fields that cannot be decoded are faults.
fn chunk(batch: &Batch, layout: &Layout, source: Source<'_>) -> Chunk {
    let Batch { records, encoding, .. } = batch;
    let len = records.len();
    let mut faults: Vec<Option<Fault>> = (0..len).map(|r| misshapen(batch, layout, r)).collect();
    let columns = layout.columns.iter().zip(source.table.columns).map(|(at, column)| {
        let at = (*at)?;
        let mut cells = StringBuilder::with_capacity(len, len * 8);
        for (record, fault) in faults.iter_mut().enumerate() {
            let field = records.field(record, at);
            match encoding.decode(field) {
                // A field longer than the limit is cut, perhaps inside a character; its length says why it is wrong.
                None if field.len() > source.settings.max_field_bytes => {
                    cells.append_value(encoding.decode_lossy(field));
                }
                None => {
                    cells.append_null();
                    fault.get_or_insert_with(|| Fault {
                        column: column.name,
                        value: shorten(&encoding.decode_lossy(field)),
                        reason: format!("is not {}, as the rest of the file is", encoding.name()).into(),
                    });
                }
                Some(text) => cells.append_value(text),
            }
        }
        Some(Cells::Text(cells.finish()))
    });
    let columns = columns.collect();
    let faults = faults.into_iter().enumerate().filter_map(|(r, fault)| Some((r, fault?))).collect();
    Chunk { columns, len, first_row: batch.first_row, faults }
}

fn misshapen(batch: &Batch, layout: &Layout, record: usize) -> Option<Fault> {
    let reason = match batch.records.shapes[record] {
        Shape::Sound => return None,
        Shape::Fields(found) => {
            format!("has {found} field{}, the header {}", if found == 1 { "" } else { "s" }, layout.width)
                .into()
        }
        Shape::Quote => {
            Cow::Borrowed("has text after a closing quote; quotes inside a field must be doubled")
        }
    };
    let value = shorten(&batch.encoding.decode_lossy(batch.records.whole(record)));
    Some(Fault { column: "", value, reason })
}
