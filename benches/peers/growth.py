"""How itoguchi's time grows with the table, at a fixed number of candidate pairs per buy.

    python growth.py FOLDER --itoguchi PATH [--millions 1 3 10 30 100] [--tasks B]

Tables of these sizes are made in FOLDER where they are missing (see trades.py --scale-density; 100 million rows are
about 0.6 GB of Parquet). The rounds visit every size in turn. A line per size and task follows, then the slope of
log(seconds) over log(buys) by least squares: 1 is time in step with the rows.
"""

import argparse
import json
import math
import statistics
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import itoguchi
from engines import score_apart
from processes import run_python
from task import THREADS

DEFAULT_MILLIONS = (1, 3, 10, 30, 100)
DEFAULT_RUNS = 3
HEADINGS = (
    "million rows",
    "task",
    "buys",
    "pairs per buy",
    "seconds: median (min-max)",
    "seconds per million buys",
    "CPU s",
    "peak GB",
    "edges",
    "precision",
    "recall",
)


def world(folder, millions):
    """The folder of a table and its description; the table is made when it is missing or was left unfinished."""
    place = folder / f"{millions:g}m"
    description = place / "world.json"
    if not description.exists():
        print(f"making {place}", file=sys.stderr)
        script = Path(__file__).with_name("trades.py")
        outcome = run_python(script, "--scale-density", str(millions), place)
        if outcome.stopped is not None:
            raise SystemExit(f"{place} was not made: {outcome.stopped}")
    return place, json.loads(description.read_text())


def run_once(place, task, arguments, edges_file):
    """One run's outcome and the score of its edges."""
    outcome = itoguchi.run(
        arguments.itoguchi, task, place / "trades.parquet", edges_file, arguments.threads, arguments.memory
    )
    if outcome.stopped is not None:
        raise SystemExit(f"itoguchi on {place}: {outcome.stopped}")
    print(f"{place.name} {task}: {outcome.wall_seconds:.2f} s, {outcome.peak_rss_gb:.2f} GB", file=sys.stderr)
    return outcome


def measure(worlds, arguments):
    """Outcomes and scores by size and task, every size once a round."""
    outcomes = defaultdict(list)
    scores = {}
    with tempfile.TemporaryDirectory() as folder:
        edges_file = Path(folder) / "edges.parquet"
        for _ in range(arguments.runs):
            for millions, (place, _) in worlds.items():
                for task in arguments.tasks:
                    key = (millions, task)
                    outcomes[key].append(run_once(place, task, arguments, edges_file))
                    if key not in scores:
                        scores[key] = score_apart(edges_file, place / "planted.csv")
    return outcomes, scores


def share(value):
    """A share with four digits, or a dash for None."""
    return "-" if value is None else f"{value:.4f}"


def table_line(millions, task, description, outcomes, score):
    """One line's cells, in the order of HEADINGS."""
    seconds = [outcome.wall_seconds for outcome in outcomes]
    middle = statistics.median(seconds)
    return [
        f"{millions:g}",
        task,
        f"{description['buys']:,}",
        f"{description['candidate_pairs_per_buy']:.2f}",
        f"{middle:.2f} ({min(seconds):.2f}-{max(seconds):.2f})",
        f"{middle / description['buys'] * 1e6:.3f}",
        f"{statistics.median(outcome.cpu_seconds for outcome in outcomes):.2f}",
        f"{max(outcome.peak_rss_gb for outcome in outcomes):.2f}",
        f"{score['edges']:,}",
        share(score["precision"]),
        share(score["recall"]),
    ]


def slope(buys, seconds):
    """Exponent of the power of `buys` that fits `seconds` best, by least squares on the logarithms."""
    return statistics.linear_regression([math.log(b) for b in buys], [math.log(s) for s in seconds]).slope


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the tables are, or will be")
    parser.add_argument("--itoguchi", type=Path, required=True, help="the release binary")
    parser.add_argument("--millions", type=float, nargs="+", default=DEFAULT_MILLIONS, help="sizes in million rows")
    parser.add_argument("--tasks", nargs="+", choices=sorted(itoguchi.TASKS), default=["B"])
    parser.add_argument("--runs", type=int, default=DEFAULT_RUNS, help="rounds (default %(default)s)")
    parser.add_argument("--threads", type=int, default=THREADS)
    parser.add_argument("--memory", help="passed on to itoguchi as it is")
    arguments = parser.parse_args()
    arguments.itoguchi = arguments.itoguchi.resolve()

    worlds = {millions: world(arguments.folder, millions) for millions in sorted(set(arguments.millions))}
    outcomes, scores = measure(worlds, arguments)
    print("| " + " | ".join(HEADINGS) + " |")
    print("|" + " --- |" * len(HEADINGS))
    for task in arguments.tasks:
        for millions, (_, description) in worlds.items():
            key = (millions, task)
            print("| " + " | ".join(table_line(millions, task, description, outcomes[key], scores[key])) + " |")
    for task in arguments.tasks:
        buys = [description["buys"] for _, description in worlds.values()]
        medians = [statistics.median(o.wall_seconds for o in outcomes[millions, task]) for millions in worlds]
        if len(buys) > 1:
            print(f"\nTask {task}: seconds grow as buys to the power {slope(buys, medians):.3f}.")
    memory = arguments.memory or "not limited by us"
    print(f"\n{itoguchi.version(arguments.itoguchi)}; threads: {arguments.threads}; memory: {memory}.")


if __name__ == "__main__":
    main()
