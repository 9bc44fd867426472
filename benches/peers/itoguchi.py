"""The command lines of itoguchi for the two tasks of the race."""

from pathlib import Path

from processes import NO_LIMIT, run_measured
from task import MIN_OCCASIONS, WINDOW_SECONDS

LARGEST_Q = 0.05

# Task A is what the peers answer: every pair with two distinct occasions, an occasion being a ticker on a day.
# Task B asks which pairs chance does not explain.
TASKS = {
    "A": ["--object", "ticker,day", "--min-objects", str(MIN_OCCASIONS), "--no-significance"],
    "B": ["--object", "ticker", "--max-q", str(LARGEST_Q)],
}


def command(binary, task, trades, edges_file, threads, memory=None):
    """The arguments of one run that writes `edges_file`."""
    line = [binary, "--quiet", "--threads", threads, "coact", trades, "--actor", "account", "--time", "ts"]
    line += ["--keep", "side=0", "--window", f"{WINDOW_SECONDS}s", *TASKS[task], "--out", edges_file]
    if memory is not None:
        line += ["--memory", memory]
    return line


def run(binary, task, trades, edges_file, threads, memory=None, timeout=NO_LIMIT):
    """Runs one task; the edges must have been written for the run to count."""
    Path(edges_file).unlink(missing_ok=True)
    outcome = run_measured(command(binary, task, trades, edges_file, threads, memory), timeout)
    if outcome.stopped is None and not Path(edges_file).exists():
        raise SystemExit(f"{binary} ended well but wrote no {Path(edges_file).name}")
    return outcome


def version(binary):
    """What the program calls itself."""
    outcome = run_measured([binary, "--version"])
    return outcome.stdout.strip() if outcome.stopped is None else "unknown version"
