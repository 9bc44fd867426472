//! Why a case cannot be read.

use std::{fmt, io, path::PathBuf};

use thiserror::Error;

/// One rejected row, as an error shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectSample {
    /// 1-based data record.
    pub row: u32,
    /// The column at fault; empty if the whole record is.
    pub column: String,
    /// What it held, shortened.
    pub value: String,
    /// Why it cannot be read.
    pub reason: String,
}

/// Values come from files and may hold control characters, so they are shown escaped.
impl fmt::Display for RejectSample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value: String = self.value.chars().take(60).collect();
        write!(f, "row {}", self.row)?;
        if !self.column.is_empty() {
            write!(f, ", {}", self.column)?;
        }
        write!(f, ", {value:?}: {}", self.reason)
    }
}

fn names(list: &[String]) -> String {
    if list.is_empty() {
        return "nothing".to_owned();
    }
    let shown: Vec<String> = list
        .iter()
        .take(40)
        .map(|name| name.chars().take(60).collect::<String>().escape_debug().to_string())
        .collect();
    let more = list.len().saturating_sub(shown.len());
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

fn beside(scale: u32) -> String {
    match scale {
        0 => String::new(),
        1 => " beside weights with a decimal".to_owned(),
        _ => format!(" beside weights with {scale} decimals"),
    }
}

fn samples(list: &[RejectSample]) -> String {
    list.iter().map(|sample| format!("\n  {sample}")).collect()
}

/// What is wrong with the weight of an edge, though it is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WeightFault {
    /// It is below 0.
    #[error(
        "is below 0\nhint: a weight says how strongly two nodes belong together, so it must be 0 or more; leave such rows \
         out, or make a strength of what is a distance"
    )]
    Negative,
    /// It is infinite or not a number.
    #[error("is no finite number\nhint: write a number of 0 or more, or leave such rows out")]
    NotFinite,
    /// It does not fit 64 bits.
    #[error(
        "is too large{}\nhint: the largest weight is 18446744073709551615, without the point where weights have decimals; \
         divide all weights by one number, or round them",
beside(*scale)
    )]
    TooLarge {
        /// How many decimals the weights of the table have; 0 if it is too large by itself.
        scale: u32,
    },
}

/// Why a case cannot be read. Every message says where, and ends with a hint of what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IngestError {
    /// The list of cases is empty.
    #[error("no case folder was given\nhint: name at least one folder that holds an `executions` table")]
    NoCases,
    /// A case is missing or is no folder.
    #[error("{} is not a folder\nhint: a case is a folder of tables, such as executions.csv", path.display())]
    NotAFolder {
        /// The path as given.
        path: PathBuf,
    },
    /// Two of the given paths are one folder, whose rows would count twice.
    #[error("{} and {} are the same folder\nhint: give each case once", first.display(), second.display())]
    SameCaseTwice {
        /// The earlier path as given.
        first: PathBuf,
        /// The later path as given.
        second: PathBuf,
    },
    /// A path that should name a table of reports does not.
    #[error(
        "{} holds no table of reports\nhint: name a file .csv, .csv.gz, .csv.zst or .parquet with the columns broker, \
         account_id, reported_at and kind, or a folder with reports.csv or reports.parquet",
        path.display()
    )]
    NoReports {
        /// The path as given.
        path: PathBuf,
    },
    /// A table of reports is given twice, or stands in a case already.
    #[error(
        "{} is read already, as {}\nhint: leave it out: a table counts once",
        second.display(), first.display()
    )]
    SameReportsTwice {
        /// The file that is read.
        first: PathBuf,
        /// The path as given.
        second: PathBuf,
    },
    /// A table of actions lacks a column that was named.
    #[error(
        "{} has no column {column:?}; its columns: {}\nhint: name the columns with --actor, --object and \
         --time, and with --content, --side, --keep and --match-on where they are used",
        path.display(), names(found)
    )]
    NoSuchColumn {
        /// Which file.
        path: PathBuf,
        /// The column as named.
        column: String,
        /// What is there.
        found: Vec<String>,
    },
    /// A table of edges lacks a column that it must have.
    #[error(
        "{} has no column {column:?}; its columns: {}\nhint: a table of edges has the columns `u` and `v`, and `weight` if \
         it has weights; name the columns if they are called otherwise",
        path.display(), names(found)
    )]
    NoEdgeColumn {
        /// Which file.
        path: PathBuf,
        /// The column as named.
        column: String,
        /// What is there.
        found: Vec<String>,
    },
    /// The weight of an edge cannot be used.
    #[error(
        "{}: row {row}, column {column:?}: the weight {:?} {fault}",
        path.display(), value.chars().take(60).collect::<String>()
    )]
    Weight {
        /// Which file.
        path: PathBuf,
        /// 1-based data record.
        row: u64,
        /// Which column.
        column: String,
        /// What it holds, shortened.
        value: String,
        /// What is wrong with it.
        fault: WeightFault,
    },
    /// A table of actions states times without a zone.
    #[error(
        "{}: the times of {column:?} have no zone\nhint: write them with a zone, or as epoch seconds",
        path.display()
    )]
    NaiveActionTimes {
        /// Which file.
        path: PathBuf,
        /// Which column.
        column: String,
    },
    /// A file or folder cannot be opened or listed.
    #[error("{} cannot be read: {source}\nhint: check that it exists and may be read", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The one required table is not there.
    #[error(
        "{} holds no executions table; it holds: {}\nhint: add executions.parquet, executions.csv, executions.csv.gz, \
         executions.csv.zst or a folder executions/ of such files",
        case.display(), names(found)
    )]
    NoExecutions {
        /// The case.
        case: PathBuf,
        /// What is there, sorted.
        found: Vec<String>,
    },
    /// A table exists in two forms, whose rows would count twice.
    #[error(
        "{} and {} are both the table `{table}`\nhint: keep one of them, or put different parts into a folder {table}/",
        first.display(), second.display()
    )]
    TwoForms {
        /// The table.
        table: &'static str,
        /// One form.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// Something other than a regular file stands where a table should.
    #[error("{} is not a regular file\nhint: copy its content into a file", path.display())]
    NotAFile {
        /// Which.
        path: PathBuf,
    },
    /// A CSV file without a header.
    #[error("{} is empty: it has no header\nhint: the first line must name the columns", path.display())]
    NoHeader {
        /// Which file.
        path: PathBuf,
    },
    /// The first line of a CSV file is no header.
    #[error(
        "the first line of {} is no header: it has more than {limit} columns or bytes\nhint: check that it is a CSV \
         file with commas and line ends",
        path.display()
    )]
    HeaderTooLong {
        /// Which file.
        path: PathBuf,
        /// The limit that was passed.
        limit: usize,
    },
    /// Required columns are missing.
    #[error(
        "{} lacks the column{} {} of `{table}`; its columns: {}\nhint: `itoguchi schema {table}` lists what the table \
         needs",
        path.display(), if missing.len() == 1 { "" } else { "s" }, names(missing), names(found)
    )]
    MissingColumns {
        /// Which file.
        path: PathBuf,
        /// Which table it is.
        table: &'static str,
        /// The required columns it lacks.
        missing: Vec<String>,
        /// The columns it has.
        found: Vec<String>,
    },
    /// Two columns have one title.
    #[error("{} has two columns named {column:?}\nhint: remove or rename one of them", path.display())]
    DuplicateColumn {
        /// Which file.
        path: PathBuf,
        /// The title.
        column: String,
    },
    /// Text in an encoding that is not read.
    #[error(
        "{} is {encoding}, which is not read\nhint: save it as UTF-8, for example with `iconv -f UTF-16 -t UTF-8`",
        path.display()
    )]
    Encoding {
        /// Which file.
        path: PathBuf,
        /// What it is.
        encoding: &'static str,
    },
    /// A quote opens and the file ends before it closes.
    #[error(
        "{}: the quote that opens on line {line} (row {row}) never closes\nhint: close it, or double the quotes inside \
         the field",
        path.display()
    )]
    UnclosedQuote {
        /// Which file.
        path: PathBuf,
        /// 1-based data record, 0 in the header.
        row: u64,
        /// 1-based line on which the quote opens.
        line: u64,
    },
    /// A quote closes on a later line with text after it, so lines in between may be rows of their own.
    #[error(
        "{}: the quote that opens on line {line} (row {row}) closes on line {closes} in the middle of a field, so it is \
         not known which lines are rows\nhint: double the quotes inside the field",
        path.display()
    )]
    StrayQuote {
        /// Which file.
        path: PathBuf,
        /// 1-based data record, 0 in the header.
        row: u64,
        /// 1-based line on which the quote opens.
        line: u64,
        /// 1-based line on which it closes.
        closes: u64,
    },
    /// A text file breaks off or its compression is damaged.
    #[error(
        "{} cannot be read beyond row {row}: {source}\nhint: the file is cut off or damaged; get it again",
        path.display()
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// The last 1-based data record that was whole.
        row: u64,
        /// What the decoder says.
        source: io::Error,
    },
    /// A file that is no Parquet, or a damaged one.
    #[error(
        "{} cannot be read as Parquet: {message}\nhint: the file is cut off, damaged or something else; write it again",
        path.display()
    )]
    Parquet {
        /// Which file.
        path: PathBuf,
        /// What the decoder says.
        message: String,
    },
    /// The footer of a Parquet file does not tell the truth about its rows.
    #[error(
        "{}: its footer states {stated} rows, {found} are there\nhint: the file is damaged; write it again",
        path.display()
    )]
    RowCount {
        /// Which file.
        path: PathBuf,
        /// What the footer states.
        stated: i64,
        /// How many rows were decoded.
        found: u64,
    },
    /// A Parquet column has a type that cannot become the contract's without a guess.
    #[error(
        "{}: column `{column}` is {found}, not {expected}\nhint: `itoguchi schema {table}` states the type; write the \
         column anew",
        path.display()
    )]
    ColumnType {
        /// Which file.
        path: PathBuf,
        /// Which table it is.
        table: &'static str,
        /// Which column.
        column: &'static str,
        /// Its type.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A Parquet column of times without a zone.
    #[error(
        "{}: the times in column `{column}` have no zone\nhint: write them with a zone, or state one with \
         `ingest.naive_offset`",
        path.display()
    )]
    NaiveTimes {
        /// Which file.
        path: PathBuf,
        /// Which column.
        column: &'static str,
    },
    /// More data records than a row number can count.
    #[error("{} has more than {limit} rows\nhint: split it into a folder of several files", path.display())]
    TooManyRows {
        /// Which file.
        path: PathBuf,
        /// The most that are read.
        limit: u32,
    },
    /// More distinct values than an id can count.
    #[error("there are more than {limit} distinct {what}\nhint: read fewer cases at once")]
    TooManyNames {
        /// Of what.
        what: &'static str,
        /// The most that are read.
        limit: u32,
    },
    /// A larger share of a file was rejected than the settings allow.
    #[error(
        "{}: {rejected} of {rows} rows cannot be read ({:.1} %, allowed are {:.1} %):{}\nhint: repair the file, or allow \
         more with `ingest.max_reject_share`",
        path.display(), 100.0 * *rejected as f64 / (*rows).max(1) as f64, 100.0 * limit, samples(first)
    )]
    TooManyRejects {
        /// Which file.
        path: PathBuf,
        /// How many rows were rejected.
        rejected: u64,
        /// Of how many.
        rows: u64,
        /// The share that is allowed, from 0 to 1.
        limit: f64,
        /// The first three.
        first: Vec<RejectSample>,
    },
    /// A file that is read twice was not the same the second time.
    #[error(
        "{} changed while it was read: {what}\nhint: run it again when nothing writes to the file", path.display()
    )]
    Changed {
        /// Which file.
        path: PathBuf,
        /// What is different.
        what: String,
    },
    /// The user asked to stop.
    #[error("reading was stopped\nhint: run it again; nothing was written")]
    Cancelled,
}
