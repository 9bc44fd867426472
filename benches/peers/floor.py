"""The floor under the task for this stack: read the Parquet, keep the buys, pack them into keys, sort.

    python floor.py TRADES [--threads 2]

No engine that sorts can answer sooner than its own version of this. polars reads; NumPy's vectorised sort of
64-bit keys sorts. With more than one thread the tickers are cut into as many ranges of about equal trades, and
each thread packs and sorts its own range into its own part of the array, so nothing is left to merge.

Prints one JSON object; loading the libraries and numba's compilation are outside every duration.
"""

import argparse
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from task import THREADS


def read_buys(trades):
    """Account, ticker and timestamp of the buys."""
    import polars as pl

    buys = pl.scan_parquet(trades).filter(pl.col("side") == 0).select("account", "ticker", "ts").collect()
    return tuple(buys[name].to_numpy() for name in ("account", "ticker", "ts"))


def pack_and_sort(account, ticker, ts):
    """Sorted keys by one thread, and the seconds of each piece."""
    from sweep import pack_trades

    began = time.perf_counter()
    keys, _ = pack_trades(account, ticker, ts)
    packed = time.perf_counter()
    keys.sort()
    return keys, {"pack_seconds": packed - began, "sort_seconds": time.perf_counter() - packed}


def pack_and_sort_by_range(account, ticker, ts, threads):
    """Sorted keys by several threads, and the seconds of each piece (of the slowest thread)."""
    import numpy as np

    from sweep import KeyLayout, first_midnight, pack_range

    began = time.perf_counter()
    midnight = first_midnight(ts)
    layout = KeyLayout.fitting(account.max(), int(ts.max()) - midnight, ticker.max())
    trades_up_to = np.concatenate([[0], np.cumsum(np.bincount(ticker))])
    bounds = np.searchsorted(trades_up_to, np.linspace(0, len(ticker), threads + 1))
    bounds[0], bounds[-1] = 0, len(trades_up_to) - 1
    keys = np.empty(len(ticker), np.uint64)

    def work(number):
        low, high = bounds[number], bounds[number + 1]
        part = keys[trades_up_to[low] : trades_up_to[high]]
        pack_range(account, ticker, ts, midnight, layout.account_bits, layout.ticker_shift, low, high, part)
        packed = time.perf_counter()
        part.sort()
        return packed, time.perf_counter()

    with ThreadPoolExecutor(threads) as pool:
        moments = list(pool.map(work, range(threads)))
    packed, ended = (max(column) for column in zip(*moments))
    return keys, {"pack_seconds": packed - began, "sort_seconds": ended - packed}


def measure(trades, threads):
    """Seconds of each piece and of the whole."""
    began = time.perf_counter()
    account, ticker, ts = read_buys(trades)
    pieces = {"buys": len(account), "read_seconds": time.perf_counter() - began}
    if threads == 1:
        keys, durations = pack_and_sort(account, ticker, ts)
    else:
        keys, durations = pack_and_sort_by_range(account, ticker, ts, threads)
    seconds = time.perf_counter() - began
    assert (keys[1:] >= keys[:-1]).all(), "the keys are sorted"
    return {"seconds": seconds, **pieces, **durations}


def prepare(threads):
    """Loads the libraries and compiles the kernel on two trades."""
    import numpy as np
    import polars  # noqa: F401

    if threads > 1:
        account, ticker = np.array([0, 1], np.uint32), np.array([0, 1], np.uint16)
        pack_and_sort_by_range(account, ticker, np.array([0, 1], np.int64), threads)
    else:
        import sweep  # noqa: F401


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trades", type=Path, help="trades.parquet")
    parser.add_argument("--threads", type=int, default=THREADS)
    arguments = parser.parse_args()
    os.environ["POLARS_MAX_THREADS"] = str(arguments.threads)
    prepare(arguments.threads)
    measured = measure(arguments.trades, arguments.threads)
    print(json.dumps({name: round(value, 3) for name, value in measured.items()}))


if __name__ == "__main__":
    main()
