"""The floor under the task for this stack: read the Parquet, keep the buys, pack them into keys, sort.

    python floor.py TRADES [--threads 2]

No engine that sorts can answer sooner than its own version of this. polars reads; NumPy's vectorised sort of
64-bit keys sorts. With more than one thread the tickers are cut into as many ranges of about equal trades, and
each thread packs and sorts its own range, so nothing is left to merge.

Prints one JSON object; loading the libraries and numba's compilation are outside every duration.
"""

import argparse
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from task import SECONDS_PER_DAY, THREADS

LARGEST_TICKER_COUNT = 1 << 16


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
    return [keys], {"pack_seconds": packed - began, "sort_seconds": time.perf_counter() - packed}


def pack_and_sort_by_range(account, ticker, ts, threads):
    """Sorted keys by several threads, one array per range, and the seconds of each piece (slowest thread)."""
    import numpy as np

    from sweep import KeyLayout, pack_range, survey

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        trades_of_ticker = np.zeros((threads, LARGEST_TICKER_COUNT), np.int64)
        cuts = np.linspace(0, len(ticker), threads + 1).astype(int)

        def look(number):
            rows = slice(cuts[number], cuts[number + 1])
            return survey(account[rows], ticker[rows], ts[rows], trades_of_ticker[number])

        largest_accounts, earliest, latest = zip(*pool.map(look, range(threads)))
        midnight = min(earliest) // SECONDS_PER_DAY * SECONDS_PER_DAY
        trades_below = np.concatenate([[0], np.cumsum(trades_of_ticker.sum(axis=0))])
        largest_ticker = int(np.searchsorted(trades_below, len(ticker))) - 1
        layout = KeyLayout.fitting(max(largest_accounts), max(latest) - midnight, largest_ticker)
        bounds = np.searchsorted(trades_below, cuts)
        bounds[-1] = largest_ticker + 1

        def work(number):
            low, high = bounds[number], bounds[number + 1]
            trades = trades_below[high] - trades_below[low]
            part = np.empty(trades + 1, np.uint64)
            pack_range(account, ticker, ts, midnight, layout.account_bits, layout.ticker_shift, low, high, part)
            part = part[:trades]
            packed = time.perf_counter()
            part.sort()
            return part, packed, time.perf_counter()

        parts, packed, ended = zip(*pool.map(work, range(threads)))
    return parts, {"pack_seconds": max(packed) - began, "sort_seconds": max(ended) - max(packed)}


def check_sorted(parts, trades):
    """SystemExit unless the parts, one after the other, are as many sorted keys as there are trades."""
    last = 0
    for part in parts:
        if len(part) and (part[0] < last or (part[1:] < part[:-1]).any()):
            raise SystemExit("the keys are not sorted; this is a fault of floor.py")
        last = part[-1] if len(part) else last
    if sum(map(len, parts)) != trades:
        raise SystemExit("keys were lost; this is a fault of floor.py")


def measure(trades, threads):
    """Seconds of each piece and of the whole."""
    began = time.perf_counter()
    account, ticker, ts = read_buys(trades)
    pieces = {"buys": len(account), "read_seconds": time.perf_counter() - began}
    if threads == 1:
        parts, durations = pack_and_sort(account, ticker, ts)
    else:
        parts, durations = pack_and_sort_by_range(account, ticker, ts, threads)
    seconds = time.perf_counter() - began
    check_sorted(parts, len(account))
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
