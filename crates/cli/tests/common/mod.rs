//! Runs the binary, and reads what it wrote.

#![allow(dead_code, reason = "each file of tests uses its part")]
#![allow(clippy::unwrap_used, reason = "a constant of the test that cannot be read has failed it")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Mutex,
};

use arrow::{
    array::{Array as _, ArrayRef},
    compute::cast,
    datatypes::DataType,
    util::display::{ArrayFormatter, FormatOptions},
};
use itoguchi_model::results::Manifest;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tempfile::TempDir;

/// The tables of a result.
pub const TABLES: [&str; 14] = [
    "rings",
    "ring_members",
    "ring_infrastructure",
    "ring_instruments",
    "ring_days",
    "ring_sellers",
    "ring_acts",
    "links",
    "evidence",
    "episodes",
    "bursts",
    "accounts",
    "candidates",
    "rejects",
];

/// The binary as a command, free of what the caller's environment says.
pub fn binary() -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_itoguchi"));
    for name in ["NO_COLOR", "COLUMNS", "ITOGUCHI_LOG", "RAYON_NUM_THREADS", "RUST_LOG"] {
        command.env_remove(name);
    }
    command
}

/// What a command said, and its exit code.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{}{}", self.stdout, self.stderr);
        self
    }

    /// Bad usage or input: 2, nothing on stdout, and on stderr an error that says what to do.
    pub fn refused(self) -> Self {
        assert_eq!(self.code, 2, "{}{}", self.stdout, self.stderr);
        assert_eq!(self.stdout, "");
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        assert!(self.stderr.contains("error: "), "{}", self.stderr);
        assert!(self.stderr.contains("hint: "), "no hint in: {}", self.stderr);
        self
    }

    pub fn says(self, words: &str) -> Self {
        assert!(self.stderr.contains(words), "{words:?} is not in: {}", self.stderr);
        self
    }
}

/// Runs the binary in `folder`.
pub fn run<S: AsRef<std::ffi::OsStr>>(folder: &Path, arguments: &[S]) -> Ran {
    let output = assert_cmd::Command::from_std(binary())
        .current_dir(folder)
        .args(arguments)
        .timeout(std::time::Duration::from_secs(120))
        .output()
        .unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

pub fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The names in a folder, hidden ones too.
pub fn listing(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

/// A place for files of this process that several tests share; gone when the binary is built anew.
pub fn shared_place(name: &str) -> PathBuf {
    let built = fs::metadata(env!("CARGO_BIN_EXE_itoguchi")).unwrap().modified().unwrap();
    let stamp = built.duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos().to_string();
    let builds = Path::new(env!("CARGO_TARGET_TMPDIR")).join("builds");
    fs::create_dir_all(builds.join(&stamp)).unwrap();
    for old in listing(&builds).iter().filter(|name| **name != stamp) {
        let _ = fs::remove_dir_all(builds.join(old));
    }
    builds.join(stamp).join(name)
}

/// A simulated world, made once for this build of the binary; `format` is `csv` or `parquet`. Not to be changed:
/// take a [`copy`].
pub fn world(name: &str, format: &str) -> PathBuf {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let place = shared_place(&format!("{name}-{format}"));
    if !place.exists() {
        let mine = place.with_extension(std::process::id().to_string());
        let mine = mine.to_str().unwrap();
        run(place.parent().unwrap(), &["simulate", name, "--format", format, "--out", mine]).ok();
        // Another process may have been faster: its world is the same.
        if fs::rename(mine, &place).is_err() {
            fs::remove_dir_all(mine).unwrap();
        }
    }
    place
}

pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for name in listing(from) {
        let (source, target) = (from.join(&name), to.join(&name));
        if source.is_dir() {
            copy(&source, &target);
        } else {
            fs::copy(source, target).unwrap();
        }
    }
}

/// A table as text: every cell as it is displayed, `∅` for null.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// Instants as microseconds: to show a zone takes a database of zones.
fn without_zone(column: &ArrayRef) -> ArrayRef {
    match column.data_type() {
        DataType::Timestamp(..) => cast(column, &DataType::Int64).unwrap(),
        _ => column.clone(),
    }
}

impl Table {
    pub fn parquet(path: &Path) -> Self {
        let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
        let columns = builder.schema().fields().iter().map(|f| f.name().clone()).collect();
        let mut rows = Vec::new();
        for batch in builder.build().unwrap() {
            let batch = batch.unwrap();
            let options = FormatOptions::new().with_null("∅");
            let columns: Vec<ArrayRef> = batch.columns().iter().map(without_zone).collect();
            let cells: Vec<ArrayFormatter<'_>> =
                columns.iter().map(|c| ArrayFormatter::try_new(c.as_ref(), &options).unwrap()).collect();
            for row in 0..batch.num_rows() {
                rows.push(cells.iter().map(|c| c.value(row).to_string()).collect());
            }
        }
        Self { columns, rows }
    }

    pub fn csv(path: &Path) -> Self {
        let mut reader = csv::Reader::from_path(path).unwrap();
        let columns = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let rows = reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
        Self { columns, rows }
    }

    pub fn write_csv(&self, path: &Path) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, self.to_csv()).unwrap();
    }

    pub fn to_csv(&self) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.columns).unwrap();
        for row in &self.rows {
            writer.write_record(row).unwrap();
        }
        writer.into_inner().unwrap()
    }

    pub fn at(&self, column: &str) -> usize {
        let found = self.columns.iter().position(|c| c == column);
        found.unwrap_or_else(|| panic!("no column {column} in {:?}", self.columns))
    }

    /// One column; there must be rows.
    pub fn column(&self, name: &str) -> Vec<&str> {
        assert!(!self.rows.is_empty(), "a table without rows would show nothing");
        let at = self.at(name);
        self.rows.iter().map(|r| r[at].as_str()).collect()
    }

    /// Columns `names` of every row.
    pub fn select<const N: usize>(&self, names: [&str; N]) -> Vec<[String; N]> {
        let at = names.map(|n| self.at(n));
        self.rows.iter().map(|r| at.map(|i| r[i].clone())).collect()
    }

    pub fn number(&self, row: usize, column: &str) -> Option<f64> {
        let cell = &self.rows[row][self.at(column)];
        (cell != "∅" && !cell.is_empty()).then(|| cell.parse().unwrap())
    }
}

/// A table of a result.
pub fn result(out: &Path, name: &str) -> Table {
    Table::parquet(&out.join("tables").join(format!("{name}.parquet")))
}

/// A table of a world's truth, in either form.
pub fn truth(world: &Path, name: &str) -> Table {
    let place = world.join("truth").join(name);
    let csv = place.with_extension("csv");
    if csv.exists() { Table::csv(&csv) } else { Table::parquet(&place.with_extension("parquet")) }
}

pub fn manifest(out: &Path) -> Manifest {
    serde_json::from_slice(&fs::read(out.join("manifest.json")).unwrap()).unwrap()
}

/// The bytes of every table.
pub fn tables(out: &Path) -> BTreeMap<&'static str, Vec<u8>> {
    TABLES.iter().map(|t| (*t, fs::read(out.join(format!("tables/{t}.parquet"))).unwrap())).collect()
}

/// A readable case: forty purchases by eight accounts, with their logins.
pub fn small_case(place: &Path) {
    let mut fills = String::from("broker,account_id,time,instrument,side,quantity,price\n");
    let mut logins = String::from("broker,account_id,time,ip,device_id\n");
    for row in 0..40 {
        let (account, day, minute) = (row % 8, 3 + row / 8, row);
        let broker = if account % 2 == 0 { "SBI" } else { "RAKUTEN" };
        fills.push_str(&format!(
            "{broker},A{account},2025-03-{day:02}T10:{minute:02}:00+09:00,XTKS:{}Z01,buy,100,{}\n",
            row % 3 + 1,
            250 + row
        ));
        logins.push_str(&format!(
            "{broker},A{account},2025-03-{day:02}T09:{minute:02}:00+09:00,192.0.2.{account},d{account}\n"
        ));
    }
    fs::create_dir_all(place).unwrap();
    fs::write(place.join("executions.csv"), fills).unwrap();
    fs::write(place.join("logins.csv"), logins).unwrap();
}

/// Downloads that ship with the project.
pub fn downloads() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/broker-downloads")
}
