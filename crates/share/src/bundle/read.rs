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
use itoguchi_model::Instant;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use super::{FORMAT, HEAD, Head, TABLES, columns};
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
/// Bytes of the largest table.
const LARGEST_TABLE: u64 = 8 << 30;

/// A bundle whose files are what its head says.
#[derive(Debug)]
pub struct Bundle {
    path: PathBuf,
    head: Head,
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

/// Whether a folder says of itself that it is a bundle.
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
    if head.format != FORMAT || head.version != 1 || head.canonical != VERSION {
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
        let named: Vec<&str> = head.files.iter().map(|f| f.path.as_str()).collect();
        if named != TABLES {
            return Err(ShareError::Foreign {
                path: path.join(HEAD),
                what: "lists other tables than a bundle has".to_owned(),
                hint: "bundles come from `itoguchi share prepare`",
            });
        }
        let schemas = [columns::LOGINS, columns::TRADES];
        let tables = TABLES.iter().zip(schemas).zip(&head.files).map(|((name, schema), listed)| {
            let file = path.join(name);
            let bytes = files::read(&file, LARGEST_TABLE)?;
            if bytes.len() as u64 != listed.bytes || hex::write(&sha256(&[&bytes])) != listed.sha256 {
                return Err(ShareError::Damaged { path: file });
            }
            table(bytes, &file, schema)
        });
        let tables = tables.collect::<Result<Vec<_>, _>>()?;
        Ok(Self { path: path.to_owned(), head, tables })
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
        for ((table, schema), batches) in
            TABLES.iter().zip([columns::LOGINS, columns::TRADES]).zip(&self.tables)
        {
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

/// How many tokens two brokers have in common, by kind; not which.
///
/// # Errors
/// [`ShareError::MixedEpochs`] or [`ShareError::WrongKey`]: their tokens could not agree. [`ShareError::Policy`] when
/// they were made under two policies, [`ShareError::Stale`] when one has expired.
pub fn compare(a: &Bundle, b: &Bundle, now: Instant) -> Result<Vec<Common>, ShareError> {
    let (name_a, name_b) = (a.path.display().to_string(), b.path.display().to_string());
    a.head.epoch.must_be(&b.head.epoch, &name_a, &name_b)?;
    if a.head.policy_sha256 != b.head.policy_sha256 {
        return Err(ShareError::Policy {
            what: format!("{name_a} and {name_b} were made under two policies"),
        });
    }
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
        let token = column.name == "account" || Kind::ALL.iter().any(|k| k.name() == column.name);
        let is_token = |v: Option<&str>| v.is_none_or(|v| hex::exact::<TOKEN>(v).is_some());
        if token && !values.as_string::<i32>().iter().all(is_token) {
            return Err(format!("column {} holds what is no token", column.name));
        }
    }
    Ok(())
}
