"""The co-action task in DuckDB, in polars and in numba, each in a process of its own.

    python engines.py TRADES PLANTED numba polars:20 polars duckdb

ENGINE or ENGINE:CAP. One JSON object per engine: seconds, peak memory, edges, and the edges scored against the
planted groups.

The task: among the buys, pairs of distinct accounts on one ticker at most 60 s apart, the ends included; an
occasion is a ticker on a day; an edge is a pair with two or more distinct occasions. A cap leaves out, as the
earlier trade of a pair, every buy that more than CAP other buys of its ticker accompany from its own second to
60 s later: what people resort to when the whole does not fit.

`seconds` runs from the opened file to the edges in memory, without starting Python, loading the libraries, or
numba's compilation, which is told apart as `preparation_seconds`. The process's CPU time and its peak memory
include everything.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

from processes import NO_LIMIT, run_python
from task import MIN_OCCASIONS, THREADS, WINDOW_SECONDS

DEFAULT_TIMEOUT_SECONDS = 600
DEFAULT_DUCKDB_MEMORY = "12GB"
DAYS_PER_TICKER = 256

DUCKDB_BUYS = """
    create temp table buys as
    select account, ticker, day, ts, ts // {window} as bucket
    from read_parquet('{trades}')
    where side = 0
"""

DUCKDB_COMPANY = """
    create temp table starters as
    select * exclude (company)
    from (
        select *, count(*) over (
            partition by ticker order by ts range between current row and {window} following
        ) - 1 as company
        from buys
    )
    where company between 1 and {cap}
"""

# A trade of bucket b can only be followed within one window by trades of b and b + 1, so each later trade
# is listed under its own bucket and under the one before, and the join is on equality.
DUCKDB_EDGES = """
    with followers as (
        select *, bucket as met_in from buys
        union all
        select *, bucket - 1 as met_in from buys
    ),
    occasions as (
        select distinct
            least(earlier.account, later.account) as u,
            greatest(earlier.account, later.account) as v,
            earlier.ticker,
            earlier.day
        from {starters} as earlier
        join followers as later
            on earlier.ticker = later.ticker
            and earlier.bucket = later.met_in
            and later.ts between earlier.ts and earlier.ts + {window}
            and earlier.account <> later.account
    )
    select u, v from occasions group by u, v having count(*) >= {min_occasions}
"""


class Stopwatch:
    """Seconds of preparation, then seconds of the task."""

    def __init__(self):
        self.began = time.perf_counter()
        self.prepared = self.began

    def start_task(self):
        """Ends the preparation."""
        self.prepared = time.perf_counter()

    def report(self):
        """Both durations until now."""
        return {
            "seconds": round(time.perf_counter() - self.prepared, 3),
            "preparation_seconds": round(self.prepared - self.began, 3),
        }


def duckdb_edges(trades, options, watch):
    """The edges by SQL: a join on ticker and time bucket, then two aggregations."""
    import duckdb

    with tempfile.TemporaryDirectory() as spill:
        connection = duckdb.connect()
        connection.execute(f"set threads = {options.threads}")
        connection.execute(f"set memory_limit = '{options.duckdb_memory}'")
        connection.execute(f"set temp_directory = '{spill}'")
        connection.execute("set preserve_insertion_order = false")
        names = {
            "trades": str(trades).replace("'", "''"),
            "window": WINDOW_SECONDS,
            "min_occasions": options.min_occasions,
            "cap": options.cap,
            "starters": "buys" if options.cap is None else "starters",
        }
        watch.start_task()
        connection.execute(DUCKDB_BUYS.format(**names))
        if options.cap is not None:
            connection.execute(DUCKDB_COMPANY.format(**names))
        edges = connection.execute(DUCKDB_EDGES.format(**names)).fetchnumpy()
        durations = watch.report()
        connection.close()
    return edges["u"], edges["v"], durations


def polars_edges(trades, options, watch):
    """The edges by polars' streaming engine: the same join and aggregations as lazy frames."""
    import polars as pl

    watch.start_task()
    buys = (
        pl.scan_parquet(trades)
        .filter(pl.col("side") == 0)
        .select("account", "ticker", "day", "ts", bucket=pl.col("ts") // WINDOW_SECONDS)
        .collect()
    )
    starters = buys if options.cap is None else polars_starters(buys, options.cap)
    followers = pl.concat(
        [
            buys.lazy().with_columns(met_in=pl.col("bucket")),
            buys.lazy().with_columns(met_in=pl.col("bucket") - 1),
        ]
    )
    gap = pl.col("ts_later") - pl.col("ts")
    occasion = pl.col("ticker").cast(pl.UInt32) * DAYS_PER_TICKER + pl.col("day")
    edges = (
        starters.lazy()
        .join(followers, left_on=["ticker", "bucket"], right_on=["ticker", "met_in"], suffix="_later")
        .filter(gap.is_between(0, WINDOW_SECONDS) & (pl.col("account") != pl.col("account_later")))
        .select(
            u=pl.min_horizontal("account", "account_later"),
            v=pl.max_horizontal("account", "account_later"),
            occasion=occasion,
        )
        .unique()
        .group_by("u", "v")
        .agg(occasions=pl.len())
        .filter(pl.col("occasions") >= options.min_occasions)
        .collect(engine="streaming")
    )
    return edges["u"].to_numpy(), edges["v"].to_numpy(), watch.report()


def polars_starters(buys, cap):
    """Buys with between one and `cap` other buys of their ticker from their second to the window's end."""
    import numpy as np
    import polars as pl

    spacing = int(buys["ts"].max()) + WINDOW_SECONDS + 1
    ordered = buys.sort("ticker", "ts")
    moment = ordered.select(pl.col("ticker").cast(pl.Int64) * spacing + pl.col("ts")).to_series().to_numpy()
    first = np.searchsorted(moment, moment, side="left")
    end = np.searchsorted(moment, moment + WINDOW_SECONDS, side="right")
    company = end - first - 1
    return ordered.filter(pl.Series((company > 0) & (company <= cap)))


def numba_edges(trades, options, watch):
    """The edges by sorting 64-bit keys twice: trades by ticker and time, then pairs by accounts and occasion."""
    import polars as pl

    import pairs

    pairs.compile_kernels()
    watch.start_task()
    buys = pl.scan_parquet(trades).filter(pl.col("side") == 0).select("account", "ticker", "ts").collect()
    account, ticker, ts = (buys[name].to_numpy() for name in ("account", "ticker", "ts"))
    u, v = pairs.edges(account, ticker, ts, options.cap, options.min_occasions)
    return u, v, watch.report()


ENGINES = {"duckdb": duckdb_edges, "polars": polars_edges, "numba": numba_edges}


def run_here(name, trades, options, edges_file):
    """Runs one engine in this process and saves its edges."""
    os.environ["POLARS_MAX_THREADS"] = str(options.threads)
    os.environ["NUMBA_NUM_THREADS"] = str(options.threads)
    import_libraries(name)
    u, v, durations = ENGINES[name](trades, options, Stopwatch())
    import numpy as np

    np.savez(edges_file, u=u, v=v)
    print(json.dumps(durations))


def import_libraries(name):
    """Loads what an engine needs before any clock starts."""
    import numpy  # noqa: F401

    if name == "duckdb":
        import duckdb  # noqa: F401
    else:
        import polars  # noqa: F401


def run_apart(name, trades, planted, options, edges_file, memory_ceiling_gb=NO_LIMIT):
    """Runs one engine in a fresh process, scores its edges in another, and returns one record."""
    command = ["--here", str(edges_file), "--threads", str(options.threads)]
    command += ["--min-occasions", str(options.min_occasions), "--duckdb-memory", options.duckdb_memory]
    spec = name if options.cap is None else f"{name}:{options.cap}"
    script = Path(__file__)
    outcome = run_python(
        script, *command, trades, planted, spec, timeout=options.timeout, memory_ceiling_gb=memory_ceiling_gb
    )
    record = {"engine": name, "cap": options.cap, **outcome.record()}
    if outcome.stopped is None:
        record |= json.loads(outcome.stdout)
        record |= score_apart(edges_file, planted)
    return record


def score_apart(edges_file, planted):
    """Scores a file of edges in a fresh process, so that this one stays small."""
    outcome = run_python(Path(__file__).with_name("scoring.py"), edges_file, planted)
    if outcome.stopped is not None:
        raise SystemExit(f"{edges_file} was not scored: {outcome.stopped}")
    return json.loads(outcome.stdout)


def parse_spec(spec):
    """Name and cap of ENGINE or ENGINE:CAP."""
    name, _, cap = spec.partition(":")
    if name not in ENGINES or (cap and not cap.isdigit()):
        raise argparse.ArgumentTypeError(f"{spec}: expected one of {', '.join(ENGINES)}, or one with :CAP")
    return name, int(cap) if cap else None


def arguments_parser():
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trades", type=Path, help="trades.parquet")
    parser.add_argument("planted", type=Path, help="planted.csv")
    parser.add_argument("engines", nargs="+", type=parse_spec, metavar="ENGINE[:CAP]")
    parser.add_argument("--threads", type=int, default=THREADS)
    parser.add_argument("--min-occasions", type=int, default=MIN_OCCASIONS)
    parser.add_argument("--timeout", type=float, default=DEFAULT_TIMEOUT_SECONDS, metavar="SECONDS")
    parser.add_argument("--duckdb-memory", default=DEFAULT_DUCKDB_MEMORY, help="DuckDB's memory_limit")
    parser.add_argument("--here", type=Path, metavar="EDGES", help=argparse.SUPPRESS)
    return parser


def main():
    arguments = arguments_parser().parse_args()
    for name, cap in arguments.engines:
        arguments.cap = cap
        if arguments.here:
            run_here(name, arguments.trades, arguments, arguments.here)
            continue
        with tempfile.TemporaryDirectory() as folder:
            edges_file = Path(folder) / "edges.npz"
            record = run_apart(name, arguments.trades, arguments.planted, arguments, edges_file)
        print(json.dumps(record), flush=True)


if __name__ == "__main__":
    main()
