"""The work below everything: DuckDB reads columns of a case's tables and hashes each of them.

    python scale_floor.py CASE THREADS '{"name": {"table": ["column", ...] or "*"}}'

Prints a JSON object: for each name the seconds and CPU seconds of reading and hashing its columns. The clock starts
when DuckDB is ready. A column or table that the case does not have is left out.
"""

import json
import resource
import sys
import time
from pathlib import Path

import duckdb


def cpu_seconds():
    """What this process has computed so far, on all threads."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def query(connection, file, columns):
    """The statement that hashes these columns of a file; None if it has none of them."""
    names = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM '{file}'").fetchall()]
    wanted = [name for name in names if columns == "*" or name in columns]
    if not wanted:
        return None
    hashes = ", ".join(f'bit_xor(hash("{name}"))' for name in wanted)
    return f"SELECT {hashes} FROM '{file}'"


def main():
    case, threads, wanted = Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
    connection = duckdb.connect()
    connection.execute(f"SET threads = {threads}")
    measured = {}
    for name, tables in wanted.items():
        files = sorted(case.glob("*.parquet"))
        if tables != "*":
            files = [file for file in files if file.stem in tables]
        queries = [query(connection, file, "*" if tables == "*" else tables[file.stem]) for file in files]
        began, cpu_began = time.perf_counter(), cpu_seconds()
        for statement in queries:
            if statement is not None:
                connection.execute(statement).fetchall()
        measured[name] = {
            "seconds": time.perf_counter() - began,
            "cpu_seconds": cpu_seconds() - cpu_began,
        }
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
