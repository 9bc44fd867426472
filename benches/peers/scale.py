"""What `correlate` costs, stage by stage, and how it grows with the accounts, beside the least that reading costs.

    python scale.py CASE... --itoguchi PATH [--threads 2] [--runs 3] [--out ../../docs/PERFORMANCE.md]

Cases are folders of Parquet files, as `itoguchi simulate plain --accounts N --seed 1 --out CASE` makes them. The rounds
visit every case in turn: first DuckDB reads and hashes every column of its files (scale_floor.py), then itoguchi runs
from these files to all tables written, each in a process of its own; medians are told. The figures replace those
between the two marks in the document; what is written around them stays.
"""

import argparse
import json
import math
import os
import platform
import statistics
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from processes import run_measured, run_python

BEGIN = "<!-- figures: benches/peers/scale.py writes from here -->"
END = "<!-- to here -->"
GIB = 2**30
MIB = 2**20

TRADE = ["broker", "account_id", "time", "instrument", "side"]
LOGIN = ["broker", "account_id", "time"]
HOLDING = ["broker", "account_id", "instrument", "quantity"]
BARS = ["instrument", "time", "high", "close", "volume"]
# What each stage would have to read if it stood alone.
NEEDED = {
    "everything": "*",
    "reading": "*",
    "pooling": "*",
    "bursts": {"executions": TRADE, "holdings": HOLDING, "bars": BARS},
    "sellers": {
        "executions": [*TRADE, "quantity", "price"],
        "holdings": HOLDING,
        "accounts": "*",
        "bars": BARS,
    },
    "occasions": {
        "logins": "*",
        "executions": [*TRADE, "quantity", "price", "currency", "session_id"],
        "holdings": HOLDING,
        "bars": BARS,
    },
    "marks": {"logins": LOGIN, "executions": TRADE},
    "co-action": {"logins": [*LOGIN, "ip", "device_id", "ip_class"], "executions": TRADE},
    "communities": {},
    "rings": {"executions": TRADE},
    "links": {
        "logins": [*LOGIN, "ip", "device_id"],
        "executions": [*TRADE, "quantity", "price", "counterparty_broker", "counterparty_account"],
    },
    "tables": {"accounts": "*"},
    "write": {"accounts": "*"},
}


def floor(case, threads):
    """Seconds and CPU seconds of DuckDB for what each stage has to read."""
    script = Path(__file__).with_name("scale_floor.py")
    outcome = run_python(script, case, threads, json.dumps(NEEDED))
    if outcome.stopped is not None:
        raise SystemExit(f"the floor of {case}: {outcome.stopped}")
    return json.loads(outcome.stdout)


def correlate(itoguchi, case, threads):
    """One run: its outcome and its manifest."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result"
        command = [itoguchi, "--threads", threads, "--quiet", "correlate", case, "--out", result]
        outcome = run_measured(command)
        if outcome.stopped is not None:
            raise SystemExit(f"correlate {case}: {outcome.stopped}")
        return outcome, json.loads((result / "manifest.json").read_text())


def stages(manifest):
    """Rows, seconds, CPU seconds and peak memory by stage; those that run in several rounds are added up."""
    by_name = defaultdict(lambda: {"rows": 0, "seconds": 0.0, "cpu_seconds": 0.0, "peak_memory": 0})
    for stage in manifest["run"]["stages"]:
        entry = by_name[stage["stage"]]
        entry["rows"] += stage["rows"]
        entry["seconds"] += stage["seconds"]
        entry["cpu_seconds"] += stage["cpu_seconds"] or 0.0
        entry["peak_memory"] = max(entry["peak_memory"], stage["peak_memory"] or 0)
    return dict(by_name)


def median_of(dictionaries):
    """The medians of equal keys."""
    return {key: statistics.median(d[key] for d in dictionaries) for key in dictionaries[0]}


def measure(case, runs):
    """What the rounds of one case say, in medians."""
    floors, outcomes, manifests = zip(*runs, strict=True)
    by_stage = [stages(manifest) for manifest in manifests]
    manifest = manifests[0]
    rows = sum(entry["rows"] for entry in manifest["inputs"])
    return {
        "case": case.name,
        "accounts": manifest["accounts"],
        "rows": rows,
        "bytes": sum(entry["bytes"] for entry in manifest["inputs"]),
        "seconds": statistics.median(o.wall_seconds for o in outcomes),
        "cpu_seconds": statistics.median(o.cpu_seconds for o in outcomes),
        "peak_memory": statistics.median(o.peak_rss_gb for o in outcomes) * 1e9,
        "floor": {name: median_of([f[name] for f in floors]) for name in NEEDED},
        "stages": {name: median_of([s[name] for s in by_stage]) for name in by_stage[0]},
        # of the same round: machines differ from minute to minute
        "ratio": statistics.median(
            o.wall_seconds / f["everything"]["seconds"] for f, o in zip(floors, outcomes, strict=True)
        ),
        "cpu_ratio": statistics.median(
            o.cpu_seconds / f["everything"]["cpu_seconds"] for f, o in zip(floors, outcomes, strict=True)
        ),
    }


def slope(points):
    """Least squares of log y over log x; None for a single point."""
    logs = [(math.log(x), math.log(y)) for x, y in points]
    mean_x = statistics.fmean(x for x, _ in logs)
    mean_y = statistics.fmean(y for _, y in logs)
    spread = sum((x - mean_x) ** 2 for x, _ in logs)
    if spread == 0:
        return None
    return sum((x - mean_x) * (y - mean_y) for x, y in logs) / spread


def table(headings, rows):
    """A table in Markdown."""
    lines = ["| " + " | ".join(headings) + " |", "|" + " --- |" * len(headings)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def summary(sizes):
    """One row per size."""
    rows = [
        [
            f"{s['accounts']:,}",
            f"{s['rows']:,}",
            f"{s['bytes'] / MIB:,.0f} MiB",
            f"{s['seconds']:.2f}",
            f"{s['cpu_seconds']:.2f}",
            f"{s['peak_memory'] / GIB:.2f} GiB",
            f"{s['peak_memory'] / s['accounts'] / 1000:.2f} kB",
            f"{s['floor']['everything']['seconds']:.2f}",
            f"{s['floor']['everything']['cpu_seconds']:.2f}",
            f"{s['ratio']:.1f}",
            f"{s['cpu_ratio']:.1f}",
        ]
        for s in sizes
    ]
    headings = (
        "accounts",
        "rows read",
        "files",
        "seconds",
        "CPU s",
        "peak memory",
        "per account",
        "floor, s",
        "floor, CPU s",
        "times the floor",
        "in CPU",
    )
    return table(headings, rows)


def growth(sizes):
    """The exponents, in one sentence."""
    told = []
    for key, name in (("seconds", "time"), ("cpu_seconds", "CPU time"), ("peak_memory", "memory")):
        exponent = slope([(s["accounts"], s[key]) for s in sizes])
        told.append(f"{name} {'–' if exponent is None else f'{exponent:.2f}'}")
    return "Log-log slope against accounts: " + ", ".join(told) + "."


def by_stage(size):
    """The stages of one size."""
    rows = []
    for name, s in size["stages"].items():
        least = size["floor"].get(name)
        rows.append(
            [
                name,
                f"{s['rows']:,.0f}",
                f"{s['seconds']:.2f}",
                f"{s['cpu_seconds']:.2f}",
                f"{s['peak_memory'] / MIB:,.0f} MiB",
                f"{least['seconds']:.2f}" if least else "–",
                f"{least['cpu_seconds']:.2f}" if least else "–",
            ]
        )
    headings = ("stage", "rows", "seconds", "CPU s", "peak so far", "floor, s", "floor, CPU s")
    return f"### {size['accounts']:,} accounts\n\n" + table(headings, rows)


def circumstances(arguments):
    """Where and how it was measured."""
    import importlib.metadata

    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    return (
        f"{arguments.threads} threads; medians of {arguments.runs} rounds; {model}, {os.cpu_count()} processors, "
        f"{memory:.0f} GiB; DuckDB {importlib.metadata.version('duckdb')}."
    )


def write(path, figures):
    """Puts the figures between the marks of the document."""
    text = path.read_text() if path.exists() else f"# Performance\n\n{BEGIN}\n{END}\n"
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    path.write_text(f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="+", type=Path)
    parser.add_argument("--itoguchi", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path, help="document to write the figures into [default: stdout]")
    arguments = parser.parse_args()
    runs = defaultdict(list)
    for number in range(arguments.runs):
        for case in arguments.cases:
            print(f"round {number + 1}: {case}", file=sys.stderr)
            if number == 0:
                # nobody shall wait for the disk
                for file in sorted(case.glob("*.parquet")):
                    file.read_bytes()
            least = floor(case, arguments.threads)
            runs[case].append((least, *correlate(arguments.itoguchi, case, arguments.threads)))
    sizes = sorted((measure(case, runs[case]) for case in arguments.cases), key=lambda s: s["accounts"])
    figures = "\n\n".join([summary(sizes), growth(sizes), circumstances(arguments), *map(by_stage, sizes)])
    if arguments.out is None:
        print(figures)
    else:
        write(arguments.out, figures)


if __name__ == "__main__":
    main()
