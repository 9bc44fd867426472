//! The tables as a whole: what identifies a row, which columns lead from one table to another, and the two documents
//! that say so: `docs/TABLES.md` and the `README.md` of every result.

use std::fmt::Write as _;

use itoguchi_model::results::{EvidenceRow, OutputFile};

use crate::{
    escape,
    schema::{Described, TABLES, Table, WIDE_TABLES, table},
};

/// Columns that lead from a table to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Join {
    /// Table and columns to start from.
    pub from: (&'static str, &'static [&'static str]),
    /// Table and columns to arrive at, in the same order. At most one row of it fits.
    pub to: (&'static str, &'static [&'static str]),
}

const RING: &[&str] = &["ring_id"];
const ACCOUNT: &[&str] = &["broker", "account_id"];
const NAME: &[&str] = &["ring_id", "instrument"];
const MEMBER: &[&str] = &["ring_id", "broker", "account_id"];

/// The columns that together identify a row.
const KEYS: [(&str, &[&str]); 18] = [
    ("rings", RING),
    ("ring_members", MEMBER),
    ("ring_infrastructure", &["ring_id", "kind", "value"]),
    ("ring_instruments", NAME),
    ("ring_days", &["ring_id", "instrument", "day"]),
    ("ring_sellers", &["ring_id", "broker", "account_id", "instrument"]),
    ("ring_acts", &["ring_id", "broker", "account_id", "source_file", "source_row"]),
    ("links", &["broker_a", "account_a", "broker_b", "account_b", "kind"]),
    ("evidence", &["evidence_id", "ring_id", "source_file"]),
    ("episodes", &["broker", "account_id", "start"]),
    ("bursts", &["instrument", "side", "start"]),
    ("accounts", ACCOUNT),
    ("candidates", &["ring_id", "broker", "account_id", "kind", "object", "start"]),
    ("rejects", &["source_file", "row", "column"]),
    ("actions", &["kind", "source_file", "source_row"]),
    ("all_links", &["broker_a", "account_a", "broker_b", "account_b", "kind"]),
    ("occasions", &["broker", "account_id", "start"]),
    ("account_features", ACCOUNT),
];

const fn join(
    from: &'static str,
    columns: &'static [&'static str],
    to: &'static str,
    there: &'static [&'static str],
) -> Join {
    Join { from: (from, columns), to: (to, there) }
}

/// Every way from one result table to another.
pub const JOINS: [Join; 30] = [
    join("ring_members", RING, "rings", RING),
    join("ring_members", ACCOUNT, "accounts", ACCOUNT),
    join("ring_infrastructure", RING, "rings", RING),
    join("ring_instruments", RING, "rings", RING),
    join("ring_days", NAME, "ring_instruments", NAME),
    join("ring_days", RING, "rings", RING),
    join("ring_sellers", MEMBER, "ring_members", MEMBER),
    join("ring_sellers", NAME, "ring_instruments", NAME),
    join("ring_sellers", RING, "rings", RING),
    join("ring_acts", MEMBER, "ring_members", MEMBER),
    join("ring_acts", RING, "rings", RING),
    join("ring_acts", ACCOUNT, "accounts", ACCOUNT),
    join("links", RING, "rings", RING),
    join("links", &["broker_a", "account_a"], "accounts", ACCOUNT),
    join("links", &["broker_b", "account_b"], "accounts", ACCOUNT),
    join("evidence", RING, "rings", RING),
    join("episodes", ACCOUNT, "accounts", ACCOUNT),
    join("accounts", RING, "rings", RING),
    join("accounts", MEMBER, "ring_members", MEMBER),
    join("candidates", RING, "rings", RING),
    join("candidates", ACCOUNT, "accounts", ACCOUNT),
    join("ring_sellers", ACCOUNT, "accounts", ACCOUNT),
    join("episodes", &["broker", "account_id", "start"], "occasions", &["broker", "account_id", "start"]),
    join(
        "actions",
        &["broker", "account_id", "occasion_start"],
        "occasions",
        &["broker", "account_id", "start"],
    ),
    join("actions", ACCOUNT, "account_features", ACCOUNT),
    join("all_links", RING, "rings", RING),
    join("all_links", &["broker_a", "account_a"], "account_features", ACCOUNT),
    join("all_links", &["broker_b", "account_b"], "account_features", ACCOUNT),
    join("occasions", ACCOUNT, "account_features", ACCOUNT),
    join("account_features", ACCOUNT, "accounts", ACCOUNT),
];

/// The columns that together identify a row of the result table `name`; none for other names.
#[must_use]
pub fn key(name: &str) -> &'static [&'static str] {
    KEYS.iter().find(|(table, _)| *table == name).map_or(&[], |(_, columns)| columns)
}

const HEAD: &str = "\
# Tables

Every table that goes in and comes out, made by `itoguchi schema --markdown`; a test compares. In Parquet each column
carries its meaning in the Arrow field metadata, under `comment` (pyarrow: `field.metadata[b\"comment\"]`).

- *null* says whether a row may lack the value. In square brackets stands the unit.
- `timestamp(us, UTC)` is a moment; show it in `Asia/Tokyo`. In CSV it is RFC 3339 with an offset.
- Amounts are whole yen in `float64`, so that a missing one is null and not nought. Do not add the kinds up.
- An account is the pair `broker`, `account_id`. The same `account_id` at two brokers is two accounts.
- An instrument is `MIC:LOCALCODE`, after its listing.
- Bits are log2 likelihood ratios: ten bits are a factor of a thousand. [EVIDENCE.md](EVIDENCE.md) has the formulas.
- `role` is a reading of the data, never a finding of guilt.
";

const TO_ROWS: &str = "\
`source_file` is a path of the manifest's `inputs`, as it was given to the run. `source_rows` (`source_row`, `row`) are
1-based data records of that file; the header of a CSV is not counted.
";

/// `docs/TABLES.md`: `inputs` as the reader's contract describes them, then the result tables, keys and joins.
#[must_use]
pub fn tables_markdown(inputs: &[Described]) -> String {
    let mut out = format!("{HEAD}\n## In: a case folder\n\n");
    out.push_str(
        "Each as `NAME.parquet`, `NAME.csv` (`.csv.gz`, `.csv.zst`) or a folder `NAME/` of several. Only `executions` \
         is required.\n",
    );
    for table in inputs {
        section(&mut out, table, &[]);
    }
    out.push_str(
        "\n## Out: a result folder\n\n`OUT/tables/NAME.parquet`, zstd, rows in the order that is stated.\n",
    );
    for table in TABLES {
        section(&mut out, &table.described(), key(table.name));
    }
    out.push_str("\n## Out on request: `correlate --tables all`\n\nWhat the engine worked out on the way.\n");
    for table in WIDE_TABLES {
        section(&mut out, &table.described(), key(table.name));
    }
    let _ = write!(out, "\n## Joins\n\n{}", joins_table(|_| true));
    let _ = write!(
        out,
        "\nThe `subject` of a piece of evidence is `broker || '/' || account_id`, two of those with ` ~ ` between them, or \
         a `ring_id`.\n\n## From evidence to input rows\n\n{TO_ROWS}In DuckDB, for Parquet and for CSV:\n\n{}\n{}",
        block(&snippet("OUT/tables", "CASE/executions.parquet", "RING")),
        block(&snippet("OUT/tables", "CASE/executions.csv", "RING")),
    );
    out
}

fn section(out: &mut String, table: &Described, key: &[&str]) {
    let _ = write!(out, "\n### {}\n\nA row is {}.", table.name, table.meaning);
    if !key.is_empty() {
        let _ = write!(out, " Key: {}.", code(key));
    }
    out.push_str("\n\n| column | type | null | meaning |\n| --- | --- | --- | --- |\n");
    for c in &table.columns {
        let null = if c.nullable { "yes" } else { "no" };
        let meaning = c.meaning.replace('|', "\\|");
        let _ = writeln!(out, "| `{}` | {} | {null} | {meaning} |", c.name, c.kind);
    }
}

fn code(columns: &[&str]) -> String {
    columns.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ")
}

fn joins_table(shown: impl Fn(&str) -> bool) -> String {
    let mut out = String::from("| from | columns | to | columns |\n| --- | --- | --- | --- |\n");
    for Join { from, to } in JOINS.into_iter().filter(|j| shown(j.from.0) && shown(j.to.0)) {
        let _ = writeln!(out, "| {} | {} | {} | {} |", from.0, code(from.1), to.0, code(to.1));
    }
    out
}

/// `README.md` of a result: its tables with their rows, keys and joins, and a query from its evidence to its input.
/// Depends on the rows alone.
#[must_use]
pub fn result_readme(evidence: &[EvidenceRow], outputs: &[OutputFile]) -> String {
    let mut out = String::from(
        "# Result of itoguchi correlate\n\nA ring is a lead, not a finding of guilt. `manifest.json` says what went in, \
         with which settings; `itoguchi verify` compares every file with it. Each column of the tables carries its \
         meaning and unit in its Parquet metadata (`comment`).\n\n## Tables\n\n| table | rows | key | a row is |\n\
         | --- | ---: | --- | --- |\n",
    );
    for table in TABLES.into_iter().chain(WIDE_TABLES) {
        let Some(rows) = rows_of(table, outputs) else { continue };
        let _ = writeln!(
            out,
            "| [{0}](tables/{0}.parquet) | {rows} | {1} | {2} |",
            table.name,
            code(key(table.name)),
            table.meaning
        );
    }
    let here = |name: &str| table(name).is_some_and(|t| rows_of(t, outputs).is_some());
    let _ = write!(out, "\n## Joins\n\n{}", joins_table(here));
    let (file, ring) = example(evidence);
    let _ = write!(
        out,
        "\n## From evidence to input rows\n\n{TO_ROWS}In DuckDB, started in this folder; put the folder of the input \
         before its path where the path is relative:\n\n{}",
        block(&snippet("tables", &file, &ring))
    );
    out
}

fn rows_of(table: &Table, outputs: &[OutputFile]) -> Option<u64> {
    let path = format!("tables/{}.parquet", table.name);
    outputs.iter().find(|o| o.path == path)?.rows
}

/// The first file of fills that a ring rests on (of other rows, if of no fills), and the ring; words in capitals where
/// there is none.
fn example(evidence: &[EvidenceRow]) -> (String, String) {
    let named = || {
        evidence.iter().flat_map(|e| e.sources.iter().filter_map(|s| Some((s.0.clone(), e.ring_id.clone()?))))
    };
    let found = named().find(|(file, _)| file.contains("executions")).or_else(|| named().next());
    found.unwrap_or_else(|| ("CASE/executions.parquet".to_owned(), "RING".to_owned()))
}

/// Three lines of DuckDB from the evidence of `ring` to the rows of `file`.
fn snippet(tables: &str, file: &str, ring: &str) -> String {
    let (file, ring) = (quoted(file), quoted(ring));
    let (rows, number) = if file.ends_with(".parquet'") {
        (format!("read_parquet({file}, file_row_number = true)"), "x.file_row_number + 1")
    } else {
        (
            format!("(SELECT *, row_number() OVER () AS record FROM read_csv({file}, all_varchar = true))"),
            "x.record",
        )
    };
    format!(
        "WITH e AS (SELECT evidence_id, bits, statement_en, unnest(source_rows) AS n FROM '{tables}/evidence.parquet'\n\
         \u{20}          WHERE ring_id = {ring} AND source_file = {file})\n\
         SELECT e.*, x.* FROM e JOIN {rows} AS x ON {number} = e.n ORDER BY evidence_id, n;\n"
    )
}

/// A text of SQL. What cannot be seen is spelled out: such a file is found by its manifest.
fn quoted(text: &str) -> String {
    format!("'{}'", escape::visible(text, usize::MAX).replace('\'', "''"))
}

/// A block of code, fenced by more backticks than it holds in a row.
fn block(sql: &str) -> String {
    let mut longest = 2;
    let mut run = 0;
    for c in sql.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    format!("{fence}sql\n{sql}{fence}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_joins_name_columns_that_exist() {
        let has = |name: &str, columns: &[&str]| {
            let table = table(name).unwrap_or_else(|| panic!("no table {name}"));
            for column in columns {
                assert!(table.columns.iter().any(|c| c.name == *column), "{name} has no {column}");
            }
        };
        for t in TABLES.into_iter().chain(WIDE_TABLES) {
            assert!(!key(t.name).is_empty(), "{} has no key", t.name);
            has(t.name, key(t.name));
        }
        assert_eq!(KEYS.len(), TABLES.len() + WIDE_TABLES.len());
        for Join { from, to } in JOINS {
            has(from.0, from.1);
            has(to.0, to.1);
            assert_eq!(key(to.0), to.1, "{} is left by its key only", to.0);
            assert_eq!(from.1.len(), to.1.len());
        }
    }

    #[test]
    fn every_ring_id_leads_to_its_ring() {
        for t in TABLES.iter().filter(|t| t.name != "rings") {
            if t.columns.iter().any(|c| c.name == "ring_id") {
                assert!(JOINS.iter().any(|j| j.from == (t.name, RING)), "{}", t.name);
            }
        }
    }

    #[test]
    fn a_path_is_data_in_the_query() {
        let sql = snippet("tables", "it's/```/a.parquet", "R-1");
        assert!(sql.contains("'it''s/```/a.parquet'"), "{sql}");
        assert!(block(&sql).starts_with("````sql\n") && block(&sql).ends_with("\n````\n"));
        assert!(snippet("tables", "a.csv.gz", "R-1").contains("read_csv('a.csv.gz'"));
        assert_eq!(sql.lines().count(), 3);
    }
}
