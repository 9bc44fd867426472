//! Bundles of others: checked, shown, compared.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use arrow::{
    array::{Array as _, AsArray as _, RecordBatch},
    datatypes::TimestampMicrosecondType,
    util::display::{ArrayFormatter, FormatOptions},
};
use bytes::Bytes;
use itoguchi_model::{Instant, time::MINUTE};
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use super::{FORMAT, HEAD, Head, TABLES, TableFile, columns};
use crate::{
    canonical::{Kind, VERSION},
    epoch::is_broker,
    error::ShareError,
    files::{self, sha256},
    hex,
    tokens::TOKEN,
};

/// Bytes of the largest `bundle.json`.
const LARGEST_HEAD: u64 = 1 << 20;
/// The latest minute that is read: 2100.
const LATEST: i64 = 4_102_444_800_000_000;
/// Bytes of the largest table.
const LARGEST_TABLE: u64 = 8 << 30;

/// A bundle whose files are what its head says.
#[derive(Debug)]
pub struct Bundle {
    path: PathBuf,
    head: Head,
    head_file: TableFile,
    tables: Vec<Vec<RecordBatch>>,
}

/// One column of a bundle, as it leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldShown {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Rows that have a value.
    pub filled: u64,
    /// Different values.
    pub distinct: u64,
    /// The first values, sorted.
    pub examples: Vec<String>,
}

/// What two bundles have of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Common {
    /// Of which kind.
    pub kind: Kind,
    /// Different tokens in the one.
    pub a: u64,
    /// Different tokens in the other.
    pub b: u64,
    /// Tokens that are in both.
    pub both: u64,
}

/// Whether a folder says of itself that it is a bundle, of whatever version that is known.
#[must_use]
pub fn is_bundle(path: &Path) -> bool {
    head(path).is_ok()
}

pub(crate) fn head(path: &Path) -> Result<Head, ShareError> {
    let file = path.join(HEAD);
    let foreign = |what: &str| ShareError::Foreign {
        path: file.clone(),
        what: what.to_owned(),
        hint: "bundles come from `itoguchi share prepare`",
    };
    let bytes = files::read(&file, LARGEST_HEAD)?;
    let head: Head = serde_json::from_slice(&bytes).map_err(|_| foreign("is not the head of a bundle"))?;
    let known = (1..=super::VERSION).contains(&head.version);
    if head.format != FORMAT || !known || head.canonical != VERSION {
        return Err(foreign("is of a version that is not known"));
    }
    if !is_broker(&head.broker) || Instant::parse_rfc3339(&head.expires).is_none() {
        return Err(foreign("names no broker or no expiry"));
    }
    head.epoch.check(&file.display().to_string())?;
    Ok(head)
}

impl Bundle {
    /// Reads a bundle, and checks every file against its head and every column against the schema.
    ///
    /// # Errors
    /// No bundle, another version, damaged or exchanged files, columns that do not belong there, values that are no
    /// tokens.
    pub fn read(path: &Path) -> Result<Self, ShareError> {
        let head = head(path)?;
        if head.version != super::VERSION {
            return Err(ShareError::Foreign {
                path: path.join(HEAD),
                what: format!("is of version {}, and version {} is needed", head.version, super::VERSION),
                hint: "ask its broker to make the bundle again with `itoguchi share prepare`",
            });
        }
        let named: Vec<&str> = head.files.iter().map(|f| f.path.as_str()).collect();
        if named != TABLES {
            return Err(ShareError::Foreign {
                path: path.join(HEAD),
                what: "lists other tables than a bundle has".to_owned(),
                hint: "bundles come from `itoguchi share prepare`",
            });
        }
        let tables = TABLES.iter().zip(columns::SCHEMAS).zip(&head.files).map(|((name, schema), listed)| {
            let file = path.join(name);
            let bytes = files::read(&file, LARGEST_TABLE)?;
            if bytes.len() as u64 != listed.bytes || hex::write(&sha256(&[&bytes])) != listed.sha256 {
                return Err(ShareError::Damaged { path: file });
            }
            table(bytes, &file, schema)
        });
        let tables = tables.collect::<Result<Vec<_>, _>>()?;
        let bytes = files::read(&path.join(HEAD), LARGEST_HEAD)?;
        let head_file = TableFile {
            path: HEAD.to_owned(),
            rows: 0,
            bytes: bytes.len() as u64,
            sha256: hex::write(&sha256(&[&bytes])),
        };
        Ok(Self { path: path.to_owned(), head, head_file, tables })
    }

    /// Where it was read.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file that [`Bundle::head`] was read from.
    #[must_use]
    pub(super) fn head_file(&self) -> &TableFile {
        &self.head_file
    }

    /// The batches of a table, by its place in [`TABLES`].
    pub(super) fn batches(&self, table: usize) -> &[RecordBatch] {
        &self.tables[table]
    }

    /// What it says of itself.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// # Errors
    /// [`ShareError::Stale`] once it has expired.
    pub fn must_hold(&self, now: Instant) -> Result<(), ShareError> {
        if Instant::parse_rfc3339(&self.head.expires).is_some_and(|expires| now < expires) {
            return Ok(());
        }
        Err(ShareError::Stale {
            path: self.path.clone(),
            expires: self.head.expires.clone(),
            now: now.to_string(),
        })
    }

    /// Every column with how much of it there is and its first `examples` values.
    #[must_use]
    pub fn fields(&self, examples: usize) -> Vec<FieldShown> {
        let mut shown = Vec::new();
        for ((table, schema), batches) in TABLES.iter().zip(columns::SCHEMAS).zip(&self.tables) {
            for (i, column) in schema.iter().enumerate() {
                let (filled, values) = values(batches, i);
                shown.push(FieldShown {
                    table,
                    column: column.name,
                    meaning: column.meaning,
                    filled,
                    distinct: values.len() as u64,
                    examples: values.into_iter().take(examples).collect(),
                });
            }
        }
        shown
    }

    /// The different tokens of a kind.
    fn tokens(&self, kind: Kind) -> BTreeSet<String> {
        let place = columns::LOGINS.iter().position(|c| c.name == kind.name());
        place.map(|i| values(&self.tables[0], i).1).unwrap_or_default()
    }
}

/// How many rows have a value in column `i`, and the different values.
fn values(batches: &[RecordBatch], i: usize) -> (u64, BTreeSet<String>) {
    let (mut filled, mut values) = (0, BTreeSet::new());
    for batch in batches {
        let column = batch.column(i);
        if let Some(times) = column.as_primitive_opt::<TimestampMicrosecondType>() {
            filled += (times.len() - times.null_count()) as u64;
            values.extend(times.iter().flatten().map(|t| Instant(t).to_string()));
            continue;
        }
        let Ok(formatter) = ArrayFormatter::try_new(column, &FormatOptions::default()) else { continue };
        for row in (0..column.len()).filter(|row| column.is_valid(*row)) {
            filled += 1;
            values.insert(formatter.value(row).to_string());
        }
    }
    (filled, values)
}

/// Whether the tokens of two bundles can be held against each other.
///
/// # Errors
/// [`ShareError::MixedEpochs`] or [`ShareError::WrongKey`]: their tokens could not agree. [`ShareError::Policy`] when
/// they were made under two policies.
pub fn must_agree(a: &Bundle, b: &Bundle) -> Result<(), ShareError> {
    let (name_a, name_b) = (a.path.display().to_string(), b.path.display().to_string());
    a.head.epoch.must_be(&b.head.epoch, &name_a, &name_b)?;
    if a.head.policy_sha256 == b.head.policy_sha256 {
        return Ok(());
    }
    Err(ShareError::Policy { what: format!("{name_a} and {name_b} were made under two policies") })
}

/// How many tokens two brokers have in common, by kind; not which.
///
/// # Errors
/// [`ShareError::MixedEpochs`] or [`ShareError::WrongKey`]: their tokens could not agree. [`ShareError::Policy`] when
/// they were made under two policies, [`ShareError::Stale`] when one has expired.
pub fn compare(a: &Bundle, b: &Bundle, now: Instant) -> Result<Vec<Common>, ShareError> {
    must_agree(a, b)?;
    a.must_hold(now)?;
    b.must_hold(now)?;
    let of = |kind| {
        let (x, y) = (a.tokens(kind), b.tokens(kind));
        Common { kind, a: x.len() as u64, b: y.len() as u64, both: x.intersection(&y).count() as u64 }
    };
    Ok(Kind::ALL.map(of).to_vec())
}

fn table(bytes: Vec<u8>, path: &Path, schema: &[columns::Column]) -> Result<Vec<RecordBatch>, ShareError> {
    let foreign = |what: String| ShareError::Foreign {
        path: path.to_owned(),
        what,
        hint: "ask its broker to make the bundle again",
    };
    // Damaged pages can make the decoder panic: that is an error of the file, and nothing it touched is used again.
    let read = AssertUnwindSafe(|| -> Result<Vec<RecordBatch>, String> {
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let reader = ParquetRecordBatchReaderBuilder::try_new_with_options(Bytes::from(bytes), options)
            .and_then(ParquetRecordBatchReaderBuilder::build)
            .map_err(|e| e.to_string())?;
        reader.collect::<Result<_, _>>().map_err(|e| e.to_string())
    });
    let batches = catch_unwind(read).unwrap_or_else(|_| Err("the decoder gave up".to_owned()));
    let batches: Vec<RecordBatch> =
        batches.map_err(|e| foreign(format!("is no sound Parquet file ({})", e.escape_debug())))?;
    for batch in &batches {
        check(batch, schema).map_err(&foreign)?;
    }
    Ok(batches)
}

/// Whether a table holds the columns that may leave, and in the token columns nothing but tokens.
fn check(batch: &RecordBatch, schema: &[columns::Column]) -> Result<(), String> {
    let fields = batch.schema();
    let has: BTreeMap<&str, _> = fields.fields().iter().map(|f| (f.name().as_str(), f.data_type())).collect();
    let fits = |c: &columns::Column| has.get(c.name).is_some_and(|t| **t == c.kind.arrow());
    let in_order = fields.fields().iter().zip(schema).all(|(f, c)| f.name() == c.name);
    if fields.fields().len() != schema.len() || !in_order || !schema.iter().all(fits) {
        return Err("has other columns than this table of a bundle".to_owned());
    }
    for (i, column) in schema.iter().enumerate() {
        let values = batch.column(i);
        if !column.null && values.null_count() > 0 {
            return Err(format!("column {} has nulls", column.name));
        }
        if column.kind == columns::Type::Minute {
            let times = values.as_primitive::<TimestampMicrosecondType>();
            if !times.iter().flatten().all(|t| (0..=LATEST).contains(&t) && t % MINUTE == 0) {
                return Err(format!("column {} holds what is no minute", column.name));
            }
        }
        let token = column.name == "account" || Kind::ALL.iter().any(|k| k.name() == column.name);
        let is_token = |v: Option<&str>| v.is_none_or(|v| hex::exact::<TOKEN>(v).is_some());
        if token && !values.as_string::<i32>().iter().all(is_token) {
            return Err(format!("column {} holds what is no token", column.name));
        }
    }
    Ok(())
}
