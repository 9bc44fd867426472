#!/usr/bin/env python3
"""The tables of a result, read by pandas, polars and DuckDB: the same rows, types and values.

    .ci/tables.py RESULT…             compare, and follow keys, joins and the query of RESULT/README.md
    .ci/tables.py --measure FILE…     how much of a table a query of one ring reads

Needs what notebooks/requirements.txt names. Start it where the paths of the manifest's inputs hold.
"""

import json
import math
import re
import sys
from pathlib import Path

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.parquet as pq

DOCS = Path(__file__).resolve().parent.parent / "docs" / "TABLES.md"

# What each type of docs/TABLES.md is to each reader.
TYPES = {
    "string": ("string", "String", "VARCHAR"),
    "timestamp(us, UTC)": ("timestamp[us, tz=UTC]", "Datetime(time_unit='us', time_zone='UTC')", "TIMESTAMP WITH TIME ZONE"),
    "float64": ("double", "Float64", "DOUBLE"),
    "bool": ("bool", "Boolean", "BOOLEAN"),
    "uint32": ("uint32", "UInt32", "UINTEGER"),
    "uint64": ("uint64", "UInt64", "UBIGINT"),
    "list<string>": ("list<element: string not null>", "List(String)", "VARCHAR[]"),
    "list<uint64>": ("list<element: uint64 not null>", "List(UInt64)", "UBIGINT[]"),
}

failures = []


def check(holds, words):
    if not holds:
        failures.append(words)
        print(f"FAILED {words}")


def documented():
    """The result tables as docs/TABLES.md states them: columns with type, key, and the joins."""
    text = DOCS.read_text(encoding="utf-8")
    out = text[text.index("\n## Out") :]
    tables = {}
    for section in re.split(r"\n### ", out[: out.index("\n## Joins")])[1:]:
        name = section.split("\n", 1)[0].strip()
        key = re.search(r"Key: (.*)\.\n", section)
        columns = re.findall(r"^\| `(\w+)` \| (.+?) \| (yes|no) \|", section, re.M)
        tables[name] = (columns, re.findall(r"`(\w+)`", key[1]))
    joins = re.findall(r"^\| (\w+) \| (`.*?) \| (\w+) \| (`.*?) \|$", out, re.M)
    names = lambda cell: re.findall(r"`(\w+)`", cell)
    return tables, [(a, names(b), c, names(d)) for a, b, c, d in joins]


def plain(value):
    """A value without the clothes its reader put on it."""
    if value is None or value is pandas.NA or value is pandas.NaT:
        return None
    if isinstance(value, float) and math.isnan(value):
        return None
    if hasattr(value, "timestamp"):
        value = pandas.Timestamp(value)
        return value.tz_convert("UTC").value
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


def columns_of(read):
    """Name to list of plain values."""
    return {name: [plain(v) for v in values] for name, values in read}


def three_readers(path):
    """The same file by pandas (with Arrow types, so that no integer becomes a float), polars and DuckDB."""
    frame = pandas.read_parquet(path, dtype_backend="pyarrow")
    lazy = polars.read_parquet(path)
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    types = [str(d[1]) for d in con.execute(f"DESCRIBE SELECT * FROM read_parquet('{path}')").fetchall()]
    cursor = con.execute(f"SELECT * FROM read_parquet('{path}')")
    names, rows = [d[0] for d in cursor.description], cursor.fetchall()
    yield "pandas", {c: str(t.pyarrow_dtype) for c, t in frame.dtypes.items()}, columns_of(frame.items())
    yield "polars", {c: str(t) for c, t in lazy.schema.items()}, columns_of((c, lazy[c].to_list()) for c in lazy.columns)
    yield "DuckDB", dict(zip(names, types)), columns_of((c, [r[i] for r in rows]) for i, c in enumerate(names))


def compare(path, columns):
    schema = pq.read_schema(path)
    check(bool((schema.metadata or {}).get(b"comment")), f"{path}: the table has no comment")
    for name, _, null in columns:
        field = schema.field(name)
        check(len((field.metadata or {}).get(b"comment", b"")) > 4, f"{path}: {name} has no comment")
        check(field.nullable == (null == "yes"), f"{path}: {name}: null is not as docs/TABLES.md says")
    first = None
    for place, (reader, types, values) in enumerate(three_readers(path)):
        check(list(values) == [c[0] for c in columns], f"{path}: {reader} sees other columns than docs/TABLES.md")
        for name, kind, _ in columns:
            check(types[name] == TYPES[kind][place], f"{path}: {name} is {types[name]} in {reader}")
        if first is None:
            first = values
        for name in first:
            check(values[name] == first[name], f"{path}: {name} differs between pandas and {reader}")
    return len(first[columns[0][0]])


def listed(columns):
    return ", ".join(f'"{c}"' for c in columns)


def keys_and_joins(out, tables, joins):
    con = duckdb.connect()
    at = lambda table: f"read_parquet('{out}/tables/{table}.parquet')"
    here = [t for t in tables if (out / "tables" / f"{t}.parquet").exists()]
    for table in here:
        key = listed(tables[table][1])
        twice = con.execute(f"SELECT count(*) FROM (SELECT {key} FROM {at(table)} GROUP BY ALL HAVING count(*) > 1)")
        check(twice.fetchone()[0] == 0, f"{out}: {table}: {key} does not identify a row")
    for a, left, b, right in joins:
        if a not in here or b not in here:
            continue
        given = " AND ".join(f'x."{c}" IS NOT NULL' for c in left)
        fits = " AND ".join(f'x."{c}" = y."{d}"' for c, d in zip(left, right))
        lost = con.execute(f"SELECT count(*) FROM {at(a)} x WHERE {given} AND NOT EXISTS (FROM {at(b)} y WHERE {fits})")
        check(lost.fetchone()[0] == 0, f"{out}: {a} ({listed(left)}) leads to rows that {b} does not have")


def evidence_to_rows(out):
    """The query of the result's README, as it stands there but for the folder of the tables."""
    sql = re.search(r"```sql\n(.*?)```", (out / "README.md").read_text(encoding="utf-8"), re.S)[1]
    check(len(sql.splitlines()) == 3, f"{out}/README.md: the query has not three lines")
    found = duckdb.sql(sql.replace("'tables/", f"'{out}/tables/"))
    rows = found.fetchall()
    evidence, account = (found.columns.index(c) for c in ("evidence_id", "account_id"))
    check(len(rows) > 0, f"{out}/README.md: the query finds nothing")
    subjects = dict(duckdb.sql(f"SELECT DISTINCT evidence_id, subject FROM '{out}/tables/evidence.parquet'").fetchall())
    for row in rows:
        subject = subjects[row[evidence]]
        if "/" in subject:
            check(row[account] in subject, f"{out}: a row of {row[account]} stands behind evidence on {subject}")
    return len(rows)


def result(out):
    tables, joins = documented()
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    total = 0
    for output in manifest["outputs"]:
        if not output["path"].startswith("tables/"):
            continue
        name = Path(output["path"]).stem
        check(name in tables, f"{out}: docs/TABLES.md does not know {name}")
        rows = compare(str(out / output["path"]), tables[name][0])
        check(rows == output["rows"], f"{out}: {name}: {rows} rows read, the manifest says {output['rows']}")
        total += rows
    keys_and_joins(out, tables, joins)
    behind = evidence_to_rows(out)
    print(f"{out}: {total} rows equal in pandas, polars and DuckDB; {behind} input rows behind the query of its README")


def bytes_read():
    """Bytes this process has asked files for, where the system tells."""
    return int(re.search(r"rchar: (\d+)", Path("/proc/self/io").read_text())[1])


def measure(path):
    file = pq.ParquetFile(path)
    size, meta = path.stat().st_size, file.metadata
    column = file.schema_arrow.get_field_index("ring_id")
    print(f"{path}: {meta.num_rows} rows, {meta.num_row_groups} row groups, {size / 1e6:.0f} MB, "
          f"of it {meta.serialized_size / 1e6:.1f} MB footer")
    con = duckdb.connect()
    con.execute("SET threads = 2")
    rings = con.execute(
        f"SELECT ring_id, count(*) AS n FROM read_parquet('{path}') WHERE ring_id IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    for ring, links in [rings[0], rings[len(rings) // 2], rings[-1]]:
        opened = 0
        for i in range(meta.num_row_groups):
            s = meta.row_group(i).column(column).statistics
            if s.has_min_max and s.min <= ring <= s.max:
                opened += meta.row_group(i).total_byte_size and sum(
                    meta.row_group(i).column(c).total_compressed_size for c in range(meta.num_columns)
                )
        con = duckdb.connect()
        con.execute("SET threads = 2")
        before = bytes_read()
        found = con.execute(f"SELECT * FROM read_parquet('{path}') WHERE ring_id = '{ring}'").fetchall()
        read = bytes_read() - before
        check(len(found) == links, f"{path}: {ring}: {len(found)} of {links} rows")
        print(f"  {ring}: {links} rows; row groups that may hold it {opened / size:.3%} of the file; "
              f"DuckDB read {read / 1e6:.2f} MB, {read / size:.3%}")
        check(read < 0.05 * size, f"{path}: a query of one ring reads {read / size:.1%} of the file")


def main(arguments):
    if not arguments:
        sys.exit(__doc__)
    if arguments[0] == "--measure":
        for path in arguments[1:]:
            measure(Path(path))
    else:
        for out in arguments:
            result(Path(out))
    if failures:
        sys.exit(f"{len(failures)} checks failed")


main(sys.argv[1:])
