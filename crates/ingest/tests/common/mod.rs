//! Case folders made on the spot.
#![allow(dead_code, reason = "each test binary uses its own share")]
#![allow(clippy::unwrap_used, reason = "a test that cannot make its input has failed")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow::{
    array::{ArrayRef, RecordBatch},
    datatypes::{Field, Schema},
};
use itoguchi_ingest::{IngestError, Settings, read_cases};
use itoguchi_model::{Case, RowRef, progress::Silent};
use parquet::{arrow::ArrowWriter, file::properties::WriterProperties};
use tempfile::TempDir;

/// A case folder that goes away with the test.
pub struct Folder {
    dir: TempDir,
    pub settings: Settings,
}

pub const HEADER: &str = "broker,account_id,time,instrument,side,quantity,price";
pub const ROW: &str = "ALPHA,a1,2025-03-19T09:00:00+09:00,XTKS:9991,buy,100,250.5";

impl Folder {
    /// Nothing in it.
    pub fn empty() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            settings: Settings { max_reject_share: 1.0, ..Settings::default() },
        }
    }

    /// With `executions.csv` of these lines under [`HEADER`].
    pub fn of(lines: &[&str]) -> Self {
        Self::empty().csv("executions", HEADER, lines)
    }

    /// With `executions.csv` of one good row.
    pub fn sound() -> Self {
        Self::of(&[ROW])
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().join("case")
    }

    pub fn file(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    pub fn csv(self, table: &str, header: &str, lines: &[&str]) -> Self {
        let text: String = std::iter::once(&header).chain(lines).map(|line| format!("{line}\n")).collect();
        self.file(&format!("{table}.csv"), text)
    }

    pub fn parquet(self, name: &str, columns: Vec<(&str, ArrayRef)>) -> Self {
        let bytes = parquet(columns, 1 << 20);
        self.file(name, bytes)
    }

    pub fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    pub fn read(&self) -> Result<Case, IngestError> {
        read_cases(&[self.path()], &self.settings, &Silent)
    }

    /// The case, which must be readable and account for every row.
    pub fn case(&self) -> Case {
        let case = self.read().unwrap_or_else(|error| panic!("{error}"));
        balanced(&case);
        case
    }

    /// The error, as the user sees it.
    pub fn error(&self) -> String {
        let text = self.read().map(|_| ()).expect_err("must not be readable").to_string();
        assert!(text.lines().last().unwrap().starts_with("hint: "), "{text}");
        text
    }

    /// The reason of the only reject.
    pub fn reject(&self) -> (String, String, String) {
        let case = self.case();
        assert_eq!(case.rejects.len(), 1, "{:?}", case.rejects);
        let reject = case.rejects[0].clone();
        (reject.column, reject.value, reject.reason)
    }
}

/// The bytes of a Parquet file.
pub fn parquet(columns: Vec<(&str, ArrayRef)>, group_rows: usize) -> Vec<u8> {
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema.clone(), columns.into_iter().map(|c| c.1).collect()).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group_rows)).build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, schema, Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

pub fn gz(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

pub fn zst(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

/// The law of accounting, and that sources and rejects agree.
pub fn balanced(case: &Case) {
    let mut used = 0;
    for (file, source) in case.sources.iter().enumerate() {
        assert_eq!(source.rows, source.used + source.rejected, "{source:?}");
        let rejects = case.rejects.iter().filter(|r| r.source.file as usize == file).count() as u64;
        assert_eq!(source.rejected, rejects, "{source:?}");
        used += source.used;
    }
    let set_aside = case.superseded.repeated + case.superseded.corrected + case.superseded.cancelled;
    let kept = case.logins.len()
        + case.executions.len()
        + case.accounts.len()
        + case.holdings.len()
        + case.bars.len()
        + case.instruments.len()
        + case.fx.len()
        + case.reports.len()
        + case.indicators.len();
    assert_eq!(used, kept as u64 + set_aside);
    assert!(case.executions.is_sorted() && case.logins.is_sorted() && case.bars.is_sorted());
    assert!(
        case.names.accounts.is_sorted() && case.names.texts.iter().is_sorted() && case.names.ips.is_sorted()
    );
}

/// Everything about a case but where its rows were read, as text.
pub fn content(case: &Case) -> String {
    let nowhere = RowRef { file: 0, row: 0 };
    let mut case = case.clone();
    case.logins.iter_mut().for_each(|r| r.source = nowhere);
    case.executions.iter_mut().for_each(|r| r.source = nowhere);
    case.accounts.iter_mut().for_each(|r| r.source = nowhere);
    case.holdings.iter_mut().for_each(|r| r.source = nowhere);
    case.bars.iter_mut().for_each(|r| r.source = nowhere);
    case.instruments.iter_mut().for_each(|r| r.source = nowhere);
    case.fx.iter_mut().for_each(|r| r.source = nowhere);
    case.reports.iter_mut().for_each(|r| r.source = nowhere);
    case.indicators.iter_mut().for_each(|r| r.source = nowhere);
    case.rejects.iter_mut().for_each(|r| r.source = nowhere);
    case.rejects.sort();
    case.sources.clear();
    format!("{case:#?}")
}

/// `path` as text.
pub fn text(path: &Path) -> String {
    path.display().to_string()
}
