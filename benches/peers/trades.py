"""Makes a table of invented trades in which groups that buy together are planted.

    python trades.py 20e6 worlds/trades-20m             the race's table
    python trades.py --scale-density 100 worlds/100m    a table of 100 million rows, as crowded as the first

Three files appear in the folder: trades.parquet (account, ticker, side with 0 for a buy, ts in epoch seconds,
day; in the order of time), planted.csv (one line per planted purchase) and world.json (sizes, counted pairs).

The race's table
    1,000,000 accounts of uneven activity (lognormal), 4,000 tickers whose popularity falls as 1/rank, 30 days
    of two sessions (09:00-11:30 and 12:30-15:30), busy at the open and at the close. 50 groups of 20 to 200
    accounts each act on 3 to 6 occasions: a thinly traded ticker, a day, a burst of five minutes, in which
    three members of four buy. One seed and one order of draws, so a row count names a table.

Tables of a fixed density
    The growth of an engine's time shows only when more rows do not also mean a thicker crowd around each row.
    For one buy, the expected number of other buys of its ticker within W seconds after it is

        candidate pairs per buy = c * W * B * sum(q_t ** 2) * sum(w_d ** 2)

    with B buys, q_t the share of ticker t in the trades, w_d the share of day d, and c a constant of the shape
    of a day. Accounts are rows / 20 and tickers rows / 5,000, both as in the race's table. With q_t = 1/(t H),
    H the sum of 1/t, the sum of squared shares is near 1.645 / H**2: it falls, but slowly, from 0.047 at 200
    tickers to 0.021 at 4,000 and 0.015 at 20,000, because the most popular ticker loses its share only as
    1/ln(tickers). Growing the days with the rows would therefore make large tables sparser. We ask instead
    that B * sum(q_t ** 2) * sum(w_d ** 2) equal its value in the race's table, which gives

        1 / sum(w_d ** 2) = 30 * (rows / 20e6) * sum(q_t ** 2) / sum(q_t ** 2 at 4,000 tickers)

    "equal days": 3.4 at 1M rows, 30 at 20M, 107.5 at 100M. That is seldom a whole number, so all days are
    alike but the last, which is quieter by as much as the equation asks.

    What does not stay fixed: two accounts that meet by chance meet again by chance less often in a larger
    table (their number of pairs grows with the square of the rows, the meetings only with the rows), so the
    edges of two occasions do not grow in step with the rows.

    Rows are drawn and written a day at a time, so memory follows the largest day, not the table.
"""

import argparse
import csv
import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sweep import candidate_pairs
from task import SECONDS_PER_DAY, WINDOW_SECONDS

SEED = 20251122

RACE_ROWS = 20_000_000
RACE_ACCOUNTS = 1_000_000
RACE_TICKERS = 4_000
RACE_DAYS = 30
RACE_GROUPS = 50
ROWS_PER_ACCOUNT = RACE_ROWS // RACE_ACCOUNTS
ROWS_PER_TICKER = RACE_ROWS // RACE_TICKERS

FIRST_MIDNIGHT = 1_743_379_200
MORNING_OPEN = 9 * 3600
MORNING_SECONDS = 9_000
AFTERNOON_OPEN = 12 * 3600 + 1_800
SESSION_SECONDS = 19_800

ACTIVITY_SIGMA = 1.2
BUY_SHARE = 0.5
AT_OPEN_SHARE = 0.25
AT_CLOSE_SHARE = 0.15
RUSH_MEAN_SECONDS = 1_200

SMALLEST_GROUP, LARGEST_GROUP = 20, 200
FEWEST_OCCASIONS, MOST_OCCASIONS = 3, 6
JOIN_RATE = 0.75
BURST_SECONDS = 300
BUY = 0

LARGEST_TICKER_COUNT = 1 << 16
LARGEST_DAY_COUNT = 1 << 8
ROW_GROUP_ROWS = 1_000_000

SCHEMA = pa.schema(
    [("account", pa.uint32()), ("ticker", pa.uint16()), ("side", pa.uint8()), ("ts", pa.int64()), ("day", pa.uint8())]
)
PLANTED_COLUMNS = ("grp", "account", "occasion", "ticker", "day", "start")


@dataclass(frozen=True)
class Occasion:
    """One burst of one group: who bought which ticker, on which day, how many seconds into trading."""

    group: int
    number: int
    ticker: int
    day: int
    start: int
    accounts: np.ndarray
    seconds: np.ndarray


def popularity(tickers):
    """Each ticker's share of the trades, the most popular first: 1/rank, scaled to a sum of one."""
    shares = 1 / np.arange(1, tickers + 1)
    return shares / shares.sum()


def cumulative_activity(rng, accounts):
    """Running share of the trades up to each account; activity is lognormal."""
    cumulative = np.cumsum(rng.lognormal(0, ACTIVITY_SIGMA, accounts))
    return cumulative / cumulative[-1]


def draw_accounts(rng, cumulative, rows):
    """Accounts in proportion to their activity."""
    return np.searchsorted(cumulative, rng.random(rows)).astype(np.uint32)


def draw_sides(rng, rows):
    """0 for a buy, 1 for a sale, evenly."""
    return (rng.random(rows) < BUY_SHARE).astype(np.uint8)


def draw_seconds(rng, rows):
    """Seconds into trading: rushes after the open and before the close over an even floor."""
    part = rng.random(rows)
    second = rng.random(rows) * SESSION_SECONDS
    rush = np.minimum(rng.exponential(RUSH_MEAN_SECONDS, rows), SESSION_SECONDS - 1)
    at_open = part < AT_OPEN_SHARE
    at_close = (part >= AT_OPEN_SHARE) & (part < AT_OPEN_SHARE + AT_CLOSE_SHARE)
    second[at_open] = rush[at_open]
    second[at_close] = SESSION_SECONDS - 1 - rush[at_close]
    return np.clip(second, 0, SESSION_SECONDS - 1).astype(np.int64)


def epoch_seconds(day, second):
    """The clock's time of a second of trading: the afternoon follows a pause."""
    morning = MORNING_OPEN + second
    afternoon = AFTERNOON_OPEN + (second - MORNING_SECONDS)
    clock = np.where(second < MORNING_SECONDS, morning, afternoon)
    return FIRST_MIDNIGHT + np.asarray(day).astype(np.int64) * SECONDS_PER_DAY + clock


def plant_groups(rng, accounts, tickers, days, groups):
    """Disjoint groups and their bursts, all in the thinner half of the tickers."""
    shuffled = rng.permutation(accounts)
    occasions = []
    first = 0
    for group in range(groups):
        size = int(rng.integers(SMALLEST_GROUP, LARGEST_GROUP + 1))
        members = shuffled[first : first + size]
        first += size
        for number in range(int(rng.integers(FEWEST_OCCASIONS, MOST_OCCASIONS + 1))):
            ticker = int(rng.integers(tickers // 2, tickers))
            day = int(rng.integers(0, days))
            start = int(rng.integers(0, SESSION_SECONDS - BURST_SECONDS - 1))
            joined = members[rng.random(size) < JOIN_RATE]
            seconds = start + rng.integers(0, BURST_SECONDS + 1, len(joined))
            occasions.append(Occasion(group, number, ticker, day, start, joined, seconds))
    return occasions


def planted_columns(occasions):
    """Account, ticker, second and day of each planted purchase."""
    if not occasions:
        empty = np.zeros(0, np.int64)
        return empty.astype(np.uint32), empty.astype(np.uint16), empty, empty.astype(np.uint8)
    sizes = [len(occasion.accounts) for occasion in occasions]
    account = np.concatenate([occasion.accounts for occasion in occasions]).astype(np.uint32)
    second = np.concatenate([occasion.seconds for occasion in occasions])
    ticker = np.repeat([occasion.ticker for occasion in occasions], sizes).astype(np.uint16)
    day = np.repeat([occasion.day for occasion in occasions], sizes).astype(np.uint8)
    return account, ticker, second, day


def table_in_time_order(account, ticker, side, day, second):
    """The trades as an Arrow table; trades of one second keep the order they were drawn in."""
    ts = epoch_seconds(day, second)
    order = np.argsort(ts, kind="stable")
    return pa.table([account[order], ticker[order], side[order], ts[order], day[order]], schema=SCHEMA)


def with_planted(occasions, account, ticker, side, day, second):
    """Background trades followed by the planted purchases."""
    planted_account, planted_ticker, planted_second, planted_day = planted_columns(occasions)
    planted_side = np.full(len(planted_account), BUY, np.uint8)
    return (
        np.concatenate([account, planted_account]),
        np.concatenate([ticker, planted_ticker]),
        np.concatenate([side, planted_side]),
        np.concatenate([day, planted_day]),
        np.concatenate([second, planted_second]),
    )


class WorldWriter:
    """Writes a folder's three files, and counts what it writes."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.rows = 0
        self.buys = 0
        self.candidate_pairs = 0
        # world.json comes last, so its presence means that the folder is complete
        self.description = self.folder / "world.json"
        self.description.unlink(missing_ok=True)
        self.parquet = pq.ParquetWriter(self.folder / "trades.parquet", SCHEMA, compression="zstd")

    def add(self, table):
        """Appends whole days: pairs never span two days, so counting table by table misses none."""
        self.parquet.write_table(table, row_group_size=ROW_GROUP_ROWS)
        bought = table["side"].to_numpy() == BUY
        account, ticker, ts = (table[name].to_numpy()[bought] for name in ("account", "ticker", "ts"))
        self.rows += table.num_rows
        self.buys += len(account)
        self.candidate_pairs += candidate_pairs(account, ticker, ts)

    def finish(self, occasions, **sizes):
        """Writes planted.csv and world.json, and returns what world.json holds."""
        self.parquet.close()
        with open(self.folder / "planted.csv", "w", newline="") as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(PLANTED_COLUMNS)
            for o in occasions:
                lines.writerows((o.group, int(a), o.number, o.ticker, o.day, o.start) for a in o.accounts)
        world = {
            "rows": self.rows,
            "buys": self.buys,
            **sizes,
            "planted_rows": sum(len(occasion.accounts) for occasion in occasions),
            "window_seconds": WINDOW_SECONDS,
            "candidate_pairs": self.candidate_pairs,
            "candidate_pairs_per_buy": round(self.candidate_pairs / self.buys, 3),
        }
        self.description.write_text(json.dumps(world, indent=2) + "\n")
        return world


def make_race_world(rows, folder):
    """The race's table with this many rows. Memory: about 150 bytes a row."""
    rng = np.random.default_rng(SEED)
    # The draws below must keep their order and their sizes: they decide every row.
    ticker = rng.choice(RACE_TICKERS, size=rows, p=popularity(RACE_TICKERS)).astype(np.uint16)
    account = draw_accounts(rng, cumulative_activity(rng, RACE_ACCOUNTS), rows)
    side = draw_sides(rng, rows)
    day = rng.integers(0, RACE_DAYS, rows).astype(np.uint8)
    second = draw_seconds(rng, rows)
    occasions = plant_groups(rng, RACE_ACCOUNTS, RACE_TICKERS, RACE_DAYS, RACE_GROUPS)

    background = rows - sum(len(occasion.accounts) for occasion in occasions)
    if background < 0:
        raise SystemExit(f"{rows} rows do not hold the planted purchases; ask for at least 30,000")
    kept = (column[:background] for column in (account, ticker, side, day, second))
    writer = WorldWriter(folder)
    writer.add(table_in_time_order(*with_planted(occasions, *kept)))
    return writer.finish(occasions, accounts=RACE_ACCOUNTS, tickers=RACE_TICKERS, days=RACE_DAYS, groups=RACE_GROUPS)


def equal_days(rows, tickers):
    """How many days of equal weight give the race's candidate pairs per buy; seldom a whole number."""
    concentration = (popularity(tickers) ** 2).sum() / (popularity(RACE_TICKERS) ** 2).sum()
    return RACE_DAYS * (rows / RACE_ROWS) * concentration


def day_weights(days):
    """Shares of the days whose squares sum to 1/`days`: equal ones, then a quieter last day.

    With n days and a last share x, the others hold (1 - x)/(n - 1) each, and
    (1 - x)**2/(n - 1) + x**2 = 1/days is a quadratic in x whose smaller root lies between 0 and 1/n.
    """
    count = math.ceil(days)
    if count == 1:
        return np.ones(1)
    discriminant = max(0.0, 1 - count * (1 - (count - 1) / days))
    last = (1 - math.sqrt(discriminant)) / count
    return np.append(np.full(count - 1, (1 - last) / (count - 1)), last)


def make_dense_world(million_rows, folder):
    """A table of `million_rows` with the race's candidate pairs per buy, a day at a time."""
    rows = round(million_rows * 1e6)
    accounts, tickers = rows // ROWS_PER_ACCOUNT, rows // ROWS_PER_TICKER
    days = equal_days(rows, tickers)
    groups = max(1, round(RACE_GROUPS * rows / RACE_ROWS))
    if days < 1 or math.ceil(days) > LARGEST_DAY_COUNT or tickers > LARGEST_TICKER_COUNT:
        raise SystemExit(f"{million_rows:g} million rows: the columns hold tables of about 0.3 to 250 million rows")

    shares = day_weights(days)
    world_rng = np.random.default_rng([SEED, rows])
    cumulative = cumulative_activity(world_rng, accounts)
    occasions = plant_groups(world_rng, accounts, tickers, len(shares), groups)
    background = rows - sum(len(occasion.accounts) for occasion in occasions)
    rows_of_day = world_rng.multinomial(background, shares)

    writer = WorldWriter(folder)
    shares_of_tickers = popularity(tickers)
    for number, count in enumerate(rows_of_day):
        rng = np.random.default_rng([SEED, rows, number])
        ticker = rng.choice(tickers, size=count, p=shares_of_tickers).astype(np.uint16)
        account = draw_accounts(rng, cumulative, count)
        side = draw_sides(rng, count)
        second = draw_seconds(rng, count)
        day = np.full(count, number, np.uint8)
        today = [occasion for occasion in occasions if occasion.day == number]
        writer.add(table_in_time_order(*with_planted(today, account, ticker, side, day, second)))
    return writer.finish(
        occasions, accounts=accounts, tickers=tickers, days=len(shares), equal_days=round(days, 3), groups=groups
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="?", type=float, help="rows of the race's table, such as 20e6")
    parser.add_argument("folder", help="where the files go; made when missing")
    parser.add_argument(
        "--scale-density",
        type=float,
        metavar="M",
        help="M million rows, with accounts, tickers and days grown so that pairs per buy stay as they are",
    )
    arguments = parser.parse_args()
    if (arguments.rows is None) == (arguments.scale_density is None):
        parser.error("give either a row count or --scale-density M")
    if arguments.scale_density is None:
        world = make_race_world(int(arguments.rows), arguments.folder)
    else:
        world = make_dense_world(arguments.scale_density, arguments.folder)
    print(json.dumps(world, indent=2))


if __name__ == "__main__":
    main()
