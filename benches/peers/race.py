"""Runs itoguchi and its peers in turn on one table, and prints a Markdown table.

    python race.py TRADES PLANTED --itoguchi PATH [--runs 3]

Each round runs every contender once, one after the other, so that a busy minute of the machine hits them alike;
compare the ratios. Each run is a process of its own. For itoguchi the seconds are those of the whole process, from
its start to the written edges; for the others they leave out the start of Python, the libraries and numba's
compilation, and nothing is written. CPU seconds and peak memory are those of the whole process for all.

The slow contenders (DuckDB and polars without a cap) run in the first rounds only (--slow-runs), and are stopped at
--timeout seconds or --memory-ceiling gigabytes.

Exits with 1 when two contenders without a cap disagree on the edges of task A, when a number of threads changes
itoguchi's edges, or when a run of itoguchi fails.
"""

import argparse
import datetime
import importlib.metadata
import json
import os
import platform
import statistics
import sys
import tempfile
from argparse import Namespace
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import itoguchi
from engines import DEFAULT_DUCKDB_MEMORY, DEFAULT_TIMEOUT_SECONDS, run_apart, score_apart
from processes import run_python
from task import MIN_OCCASIONS, THREADS

DEFAULT_RUNS = 3
DEFAULT_SLOW_RUNS = 1
DEFAULT_MEMORY_CEILING_GB = 18
USUAL_CAP = 20
LIBRARIES = ("duckdb", "polars", "numba", "numpy")
WARMING_BYTES = 1 << 24
NOTHING = "-"

HEADINGS = (
    "engine",
    "task",
    "threads",
    "seconds: median (min-max)",
    "CPU s",
    "peak GB",
    "edges",
    "precision",
    "recall",
    "recall, groups of 120 or more",
    "recall, smaller groups",
    "time / itoguchi A",
    "time / itoguchi B",
)


@dataclass(frozen=True)
class Contender:
    """One line of the table. `agreement` names the set of contenders that must find the same edges."""

    engine: str
    task: str
    threads: int
    runs: int
    agreement: str | None = None
    cap: int | None = None


def contenders(arguments):
    """The lines of the table, quickest first."""
    runs, slow_runs, threads = arguments.runs, arguments.slow_runs, arguments.threads
    lines = [
        Contender("floor", "read and sort", threads, runs),
        *(
            Contender("itoguchi", task, count, runs, agreement=task)
            for task in itoguchi.TASKS
            for count in dict.fromkeys((threads, 1))
        ),
        Contender("numba", "A", 1, runs, agreement="A"),
        Contender("polars", f"A, cap {USUAL_CAP}", threads, runs, cap=USUAL_CAP),
        Contender("polars", "A", threads, slow_runs, agreement="A"),
        Contender("duckdb", "A", threads, slow_runs, agreement="A"),
    ]
    return [line for line in lines if line.engine not in arguments.skip]


def run_contender(line, arguments, folder):
    """One run: a record with seconds, CPU seconds, peak memory and, where there are edges, their score."""
    if line.engine == "floor":
        return run_floor(line, arguments)
    if line.engine == "itoguchi":
        return run_itoguchi(line, arguments, folder / "edges.parquet")
    options = Namespace(
        cap=line.cap,
        threads=line.threads,
        min_occasions=MIN_OCCASIONS,
        duckdb_memory=arguments.duckdb_memory,
        timeout=arguments.timeout,
    )
    edges_file = folder / "edges.npz"
    return run_apart(
        line.engine, arguments.trades, arguments.planted, options, edges_file, arguments.memory_ceiling
    )


def run_floor(line, arguments):
    """The floor's durations; it finds no edges."""
    outcome = run_python(Path(__file__).with_name("floor.py"), arguments.trades, "--threads", str(line.threads))
    record = outcome.record()
    if outcome.stopped is None:
        record |= json.loads(outcome.stdout)
    return record


def run_itoguchi(line, arguments, edges_file):
    """The whole process's time, and its edges scored."""
    outcome = itoguchi.run(
        arguments.itoguchi, line.task, arguments.trades, edges_file, line.threads, timeout=arguments.timeout
    )
    record = {"seconds": outcome.wall_seconds, **outcome.record()}
    if outcome.stopped is None:
        record |= score_apart(edges_file, arguments.planted)
    return record


def race(lines, arguments):
    """Every record of every line, round by round."""
    records = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(max(line.runs for line in lines)):
            for line in lines:
                if turn < line.runs:
                    record = run_contender(line, arguments, Path(folder))
                    records[line].append(record)
                    announce(turn, line, record)
    return records


def announce(turn, line, record):
    """Progress for whoever waits."""
    result = record["stopped"] or f"{record['seconds']:.2f} s, {record['peak_rss_gb']:.2f} GB"
    print(f"round {turn + 1}: {line.engine} {line.task}, threads {line.threads}: {result}", file=sys.stderr)


def finished(records):
    """The records of the runs that ended well."""
    return [record for record in records if record["stopped"] is None]


def median(records, name):
    """Median over the finished runs, or None without any."""
    values = [record[name] for record in finished(records)]
    return statistics.median(values) if values else None


def itoguchi_seconds(records, task, threads):
    """itoguchi's median seconds for a task, or None when it did not run."""
    for line, of_line in records.items():
        if (line.engine, line.task, line.threads) == ("itoguchi", task, threads):
            return median(of_line, "seconds")
    return None


def number(value, form):
    """A formatted number, or a dash for None."""
    return NOTHING if value is None else format(value, form)


def ratio(dividend, divisor):
    """The quotient, or None when a side is missing."""
    return dividend / divisor if dividend is not None and divisor else None


def table_line(line, of_line, references):
    """One line's cells, in the order of HEADINGS."""
    ended = finished(of_line)
    peak = max(record["peak_rss_gb"] for record in of_line)
    cells = [line.engine, line.task, str(line.threads)]
    if not ended:
        stopped = of_line[0]["stopped"].replace("|", "/").replace("\n", " ")
        cpu = max(record["cpu_seconds"] for record in of_line)
        cells += [stopped, f"{cpu:.2f}", f"{peak:.2f}"]
        return cells + [NOTHING] * (len(HEADINGS) - len(cells))
    seconds = [record["seconds"] for record in ended]
    middle = statistics.median(seconds)
    score = ended[0]
    cells += [f"{middle:.2f} ({min(seconds):.2f}-{max(seconds):.2f})"]
    cells += [f"{median(of_line, 'cpu_seconds'):.2f}", f"{peak:.2f}", number(score.get("edges"), ",")]
    cells += [
        number(score.get(name), ".4f")
        for name in ("precision", "recall", "recall_big_groups", "recall_other_groups")
    ]
    return cells + [number(ratio(middle, reference), ".2f") for reference in references]


def print_table(records, threads):
    """The race as Markdown."""
    references = [itoguchi_seconds(records, task, threads) for task in itoguchi.TASKS]
    print("| " + " | ".join(HEADINGS) + " |")
    print("|" + " --- |" * len(HEADINGS))
    for line, of_line in records.items():
        print("| " + " | ".join(table_line(line, of_line, references)) + " |")


def print_pieces(records):
    """What the floor consists of."""
    for line, of_line in records.items():
        if line.engine == "floor" and finished(of_line):
            medians = {name: median(of_line, f"{name}_seconds") for name in ("read", "pack", "sort")}
            pieces = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in medians.items())
            print(f"\nFloor: {pieces}; {finished(of_line)[0]['buys']:,} buys.")


def print_threads(records, threads):
    """What more threads give itoguchi, in wall time and in work done."""
    by_key = {(line.task, line.threads): of for line, of in records.items() if line.engine == "itoguchi"}
    for task in itoguchi.TASKS:
        one, many = by_key.get((task, 1), []), by_key.get((task, threads), [])
        if threads == 1 or not finished(one) or not finished(many):
            continue
        wall = ratio(median(one, "wall_seconds"), median(many, "wall_seconds"))
        cpu = ratio(median(many, "cpu_seconds"), median(one, "cpu_seconds"))
        print(
            f"\nitoguchi {task}, 1 thread against {threads}: {wall:.2f} times the wall time "
            f"({median(one, 'wall_seconds'):.2f} s, {median(many, 'wall_seconds'):.2f} s); "
            f"{threads} threads use {number(cpu, '.2f')} times the CPU time "
            f"({median(one, 'cpu_seconds'):.2f} s, {median(many, 'cpu_seconds'):.2f} s)."
        )


def check_agreement(records):
    """Prints each set of contenders and its checksums; true when every set has one checksum."""
    found = defaultdict(set)
    named = defaultdict(list)
    for line, of_line in records.items():
        if line.agreement and finished(of_line):
            results = {(record["edges"], record["checksum"]) for record in finished(of_line)}
            found[line.agreement] |= results
            named[line.agreement].append(f"{line.engine} ({line.threads})")
    for task, results in found.items():
        verdict = "agree" if len(results) == 1 else "DISAGREE"
        sums = ", ".join(f"{edges:,} edges with checksum {checksum}" for edges, checksum in sorted(results))
        print(f"\nTask {task}: {', '.join(named[task])} {verdict}: {sums}.")
    return all(len(results) == 1 for results in found.values())


def all_ended(records):
    """Whether every run of itoguchi ended well; a peer that was stopped is a result, ours is a fault."""
    return all(
        record["stopped"] is None for line, of in records.items() if line.engine == "itoguchi" for record in of
    )


def processor():
    """The processor's name as the system gives it."""
    try:
        for row in Path("/proc/cpuinfo").read_text().splitlines():
            if row.startswith("model name"):
                return row.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown processor"


def print_circumstances(arguments):
    """Machine, versions and date."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    versions = [f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES]
    print(
        f"\n{datetime.date.today().isoformat()}; {processor()}, {os.cpu_count()} cores, {memory:.0f} GB; "
        f"{platform.system()} {platform.machine()}; {itoguchi.version(arguments.itoguchi)}; "
        f"Python {platform.python_version()}, {', '.join(versions)}; {arguments.trades.stat().st_size / 1e6:.1f} MB "
        f"of Parquet, read once before the first round."
    )


def warm(path):
    """Reads a file once, so that no contender pays for the disk."""
    with open(path, "rb") as file:
        while file.read(WARMING_BYTES):
            pass


def arguments_parser():
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trades", type=Path, help="trades.parquet")
    parser.add_argument("planted", type=Path, help="planted.csv")
    parser.add_argument("--itoguchi", type=Path, required=True, help="the release binary")
    parser.add_argument("--runs", type=int, default=DEFAULT_RUNS, help="rounds (default %(default)s)")
    parser.add_argument(
        "--slow-runs",
        type=int,
        default=DEFAULT_SLOW_RUNS,
        help="runs of DuckDB and of polars without a cap (default %(default)s; 0 leaves them out)",
    )
    parser.add_argument("--threads", type=int, default=THREADS)
    parser.add_argument("--timeout", type=float, default=DEFAULT_TIMEOUT_SECONDS, metavar="SECONDS")
    parser.add_argument(
        "--memory-ceiling",
        type=float,
        default=DEFAULT_MEMORY_CEILING_GB,
        metavar="GB",
        help="stop a peer that holds more (default %(default)s)",
    )
    parser.add_argument("--duckdb-memory", default=DEFAULT_DUCKDB_MEMORY, help="DuckDB's memory_limit")
    parser.add_argument("--skip", nargs="+", default=[], metavar="ENGINE", help="leave these engines out")
    parser.add_argument("--records", type=Path, help="also write every single run to this file, as JSON lines")
    return parser


def write_records(path, records):
    """Every run, one JSON object a line."""
    with open(path, "w") as file:
        for line, of_line in records.items():
            for record in of_line:
                file.write(json.dumps({"task": line.task, "threads": line.threads, **record, "engine": line.engine}))
                file.write("\n")


def main():
    arguments = arguments_parser().parse_args()
    arguments.itoguchi = arguments.itoguchi.resolve()
    warm(arguments.trades)
    lines = [line for line in contenders(arguments) if line.runs > 0]
    records = race(lines, arguments)
    print_table(records, arguments.threads)
    print_pieces(records)
    print_threads(records, arguments.threads)
    agreed = check_agreement(records)
    print_circumstances(arguments)
    if arguments.records:
        write_records(arguments.records, records)
    sys.exit(0 if agreed and all_ended(records) else 1)


if __name__ == "__main__":
    main()
