"""Runs Leiden of itoguchi and of its peers in turn on graphs, and prints a Markdown table for each graph.

    python race.py FOLDER --contender-bin PATH [--runs 3] [--graphs com-dblp lfr-100k]
    python race.py FOLDER --contender-bin PATH --objective cpm --resolution 0.1

Each round runs every contender once, one after the other, so that a busy minute of the machine hits them alike;
compare the ratios. Each run is a process of its own. CPU and wall seconds are those of the algorithm's call alone, CPU
seconds of all its threads; the peak memory is the whole process's until the call returns, the graph and the building
of it included. The labels of each contender's first run are scored afterwards, by one scorer for all.

A contender that was stopped at --timeout seconds or --memory-ceiling gigabytes does not run again on that graph. Where
FOLDER holds NAME.communities.txt.gz beside NAME.edges.bin, the labels are scored against those too (overlap.py).

Exits with 1 when two runs of itoguchi give labels that differ in a byte, on whatever number of threads, when it leaves
a community disconnected, or when a run of it fails.
"""

import argparse
import datetime
import hashlib
import json
import os
import platform
import statistics
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from processes import run_measured, run_python

DEFAULT_RUNS = 3
DEFAULT_THREADS = 2
# as many as most peers make of themselves, and more for quality
DEFAULT_ROUNDS = (2, 10)
DEFAULT_TIMEOUT_SECONDS = 600
DEFAULT_MEMORY_CEILING_GB = 18
BYTES_PER_EDGE = 8
ARCS_PER_EDGE = 2
EDGES_SUFFIX = ".edges.bin"
MODULARITY = "modularity"
CPM = "cpm"
NOTHING = "-"

HEADINGS = (
    "algorithm",
    "threads",
    "CPU s: median (min-max)",
    "wall s",
    "peak MB",
    "peak bytes per arc",
    "different answers",
    "Q",
    "CPM",
    "communities",
    "disconnected",
    "NMI",
    "ARI",
    "recall F1",
    "CPU / itoguchi",
)


@dataclass(frozen=True)
class Contender:
    """One line of the table. `rounds` is None where the implementation decides."""

    name: str
    threads: int = 1
    rounds: int | None = None

    @property
    def title(self):
        """The name, and the rounds where they are told."""
        if self.rounds is None:
            return self.name
        return f"{self.name}, {self.rounds} round{'s' if self.rounds > 1 else ''}"


# What is written in Rust runs in --contender-bin, all else in contenders.py.
IN_RUST = ("itoguchi", "single-clustering", "leiden-rs")
ONLY_MODULARITY = ("networkit-leiden", "networkit-plm")


def contenders(arguments):
    """The lines of the table: ours, those in Rust, the others; those that can on one thread and on several."""
    counts = tuple(dict.fromkeys((1, arguments.threads)))
    lines = [
        *(Contender("itoguchi", count, rounds) for rounds in arguments.rounds for count in counts),
        Contender("single-clustering", rounds=1),
        Contender("single-clustering", rounds=2),
        *(Contender("leiden-rs", count) for count in counts),
        *(Contender("networkit-plm", count) for count in counts),
        *(Contender("networkit-leiden", count) for count in counts),
        Contender("graspologic", rounds=1),
        Contender("graspologic", rounds=2),
        Contender("igraph", rounds=2),
        Contender("leidenalg", rounds=2),
    ]
    left_out = {*arguments.skip, *(ONLY_MODULARITY if arguments.objective == CPM else ())}
    return [line for line in lines if line.name not in left_out]


def command(line, edges, labels, arguments):
    """The arguments of one run, the same for both programs."""
    options = [line.name, edges, labels, "--objective", arguments.objective, "--resolution", arguments.resolution]
    options += ["--threads", line.threads]
    return options if line.rounds is None else [*options, "--rounds", line.rounds]


def run_contender(line, edges, labels, arguments):
    """One run: the figures that the process printed, and a digest of its labels."""
    limits = {"timeout": arguments.timeout, "memory_ceiling_gb": arguments.memory_ceiling}
    options = command(line, edges, labels, arguments)
    if line.name in IN_RUST:
        outcome = run_measured([arguments.contender_bin, *options], **limits)
    else:
        outcome = run_python(HERE / "contenders.py", *options, **limits)
    if outcome.stopped is not None:
        return {"stopped": outcome.stopped}
    return {"stopped": None, **json.loads(outcome.stdout), "digest": hashlib.sha256(labels.read_bytes()).hexdigest()}


def race(lines, edges, folder, arguments):
    """Every record of every line, round by round; each line's first labels stay in `folder`."""
    records = defaultdict(list)
    for turn in range(arguments.runs):
        for line in lines:
            if all(record["stopped"] is None for record in records[line]):
                labels = folder / "latest.bin" if turn else labels_file(folder, line)
                record = run_contender(line, edges, labels, arguments)
                records[line].append(record)
                announce(turn, line, record)
    return records


def labels_file(folder, line):
    """Where the labels of a line's first run are."""
    return folder / f"{line.name}-{line.threads}-{line.rounds}.bin"


def announce(turn, line, record):
    """Progress for whoever waits."""
    result = record["stopped"] or f"{record['cpu_seconds']:.2f} CPU s, {record['peak_bytes'] / 1e6:.0f} MB"
    print(f"round {turn + 1}: {line.title}, threads {line.threads}: {result}", file=sys.stderr)


def scores(lines, records, edges, folder, arguments):
    """The measures of every line that ended its first run."""
    return {
        line: score(edges, labels_file(folder, line), arguments)
        for line in lines
        if records[line][0]["stopped"] is None
    }


def score(edges, labels, arguments):
    """The measures of one file of labels, each taken in a process of its own, so that this one stays small."""
    options = ["--resolution", arguments.resolution] if arguments.objective == CPM else []
    truth = beside(edges, ".truth.bin")
    if truth.exists():
        options += ["--truth", truth]
    found = run_scorer("quality.py", edges, labels, *options)
    communities = beside(edges, ".communities.txt.gz")
    if communities.exists():
        found |= run_scorer("overlap.py", labels, communities)
    return found


def run_scorer(script, *options):
    """What a scorer printed."""
    outcome = run_python(HERE / script, *options)
    if outcome.stopped is not None:
        raise SystemExit(f"{script} failed: {outcome.stopped}")
    return json.loads(outcome.stdout)


def beside(edges, suffix):
    """The file of the same graph with another suffix."""
    return edges.with_name(edges.name.removesuffix(EDGES_SUFFIX) + suffix)


def finished(records):
    """The records of the runs that ended well."""
    return [record for record in records if record["stopped"] is None]


def median(records, name):
    """Median over the finished runs, or None without any."""
    values = [record[name] for record in finished(records)]
    return statistics.median(values) if values else None


def number(value, form):
    """A number as text, or a dash where there is none."""
    return NOTHING if value is None else format(value, form)


def print_table(lines, records, scored, edge_count):
    """The Markdown table, the columns without any figure left out."""
    ours = median(records.get(lines[0], []), "cpu_seconds") if lines[0].name == "itoguchi" else None
    rows = [row(line, records[line], scored.get(line, {}), edge_count, ours) for line in lines]
    kept = [place for place in range(len(HEADINGS)) if any(cells[place] != NOTHING for cells in rows)]
    for cells in (HEADINGS, ["---"] * len(HEADINGS), *rows):
        print("| " + " | ".join(cells[place] for place in kept) + " |")


def row(line, of_line, score_of_line, edge_count, ours):
    """One line of the table."""
    cpu, peak = median(of_line, "cpu_seconds"), median(of_line, "peak_bytes")
    answers = len({record["digest"] for record in finished(of_line)})
    return [
        line.title,
        str(line.threads),
        spread(of_line),
        number(median(of_line, "wall_seconds"), ".3f"),
        number(peak and peak / 1e6, ".0f"),
        number(peak and peak / (ARCS_PER_EDGE * edge_count), ".1f"),
        number(answers or None, "d"),
        number(score_of_line.get("modularity"), ".5f"),
        number(score_of_line.get("cpm"), ",.1f"),
        number(score_of_line.get("communities"), ","),
        number(score_of_line.get("disconnected"), ","),
        number(score_of_line.get("nmi"), ".4f"),
        number(score_of_line.get("ari"), ".4f"),
        number(score_of_line.get("recall_f1"), ".4f"),
        number(cpu and ours and cpu / ours, ".2f"),
    ]


def spread(of_line):
    """Median, least and most CPU seconds, or why there are none."""
    values = [record["cpu_seconds"] for record in finished(of_line)]
    if not values:
        # a complaint may have many lines, and a table's cell one
        return " ".join(of_line[0]["stopped"].replace("|", "/").split())
    return f"{statistics.median(values):.3f} ({min(values):.3f}-{max(values):.3f})"


def sound(records, scored):
    """Whether every run of itoguchi ended well, gave the same bytes, and left no community disconnected."""
    digests = defaultdict(set)
    fine = True
    for line, of_line in records.items():
        if line.name == "itoguchi":
            digests[line.rounds] |= {record["digest"] for record in finished(of_line)}
            fine &= len(finished(of_line)) == len(of_line) and scored[line]["disconnected"] == 0
    same = all(len(of_rounds) <= 1 for of_rounds in digests.values())
    if digests:
        verdict = "are byte-identical in all" if same else "DIFFER BETWEEN"
        print(f"\nitoguchi's labels {verdict} runs and numbers of threads.")
    return fine and same


def processor():
    """The processor's name as the system gives it."""
    try:
        for text in Path("/proc/cpuinfo").read_text().splitlines():
            if text.startswith("model name"):
                return text.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown processor"


def print_circumstances(versions):
    """Machine, versions and date."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    named = ", ".join(f"{name} {version}" for name, version in versions.items())
    print(
        f"\n{datetime.date.today().isoformat()}; {processor()}, {os.cpu_count()} cores, {memory:.0f} GB; "
        f"{platform.system()} {platform.machine()}; {named}; Python {platform.python_version()}."
    )


def arguments_parser():
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the graphs")
    parser.add_argument("--contender-bin", type=Path, required=True, metavar="PATH", help="the binary of rust/")
    parser.add_argument("--runs", type=int, default=DEFAULT_RUNS, help="rounds of the race (default %(default)s)")
    parser.add_argument("--graphs", nargs="+", metavar="NAME", help="which graphs (default: all in the folder)")
    parser.add_argument("--objective", choices=(MODULARITY, CPM), default=MODULARITY)
    parser.add_argument("--resolution", default="1", help="a decimal number (default %(default)s)")
    parser.add_argument("--threads", type=int, default=DEFAULT_THREADS, help="default %(default)s")
    parser.add_argument(
        "--rounds",
        nargs="+",
        type=int,
        default=DEFAULT_ROUNDS,
        metavar="K",
        help="itoguchi with at most so many rounds; the ratios are to the first (default %(default)s)",
    )
    parser.add_argument("--timeout", type=float, default=DEFAULT_TIMEOUT_SECONDS, metavar="SECONDS")
    parser.add_argument("--memory-ceiling", type=float, default=DEFAULT_MEMORY_CEILING_GB, metavar="GB")
    parser.add_argument("--skip", nargs="+", default=[], metavar="NAME", help="leave these contenders out")
    parser.add_argument("--records", type=Path, help="also write every single run to this file, as JSON lines")
    return parser


def graphs(arguments):
    """The files of edges, the smallest graph first."""
    if arguments.graphs:
        return [arguments.folder / f"{name}{EDGES_SUFFIX}" for name in arguments.graphs]
    return sorted(arguments.folder.glob(f"*{EDGES_SUFFIX}"), key=lambda path: path.stat().st_size)


def write_records(path, graph, records):
    """Every run, one JSON object a line, after those that the file holds."""
    with open(path, "a") as file:
        for line, of_line in records.items():
            for record in of_line:
                named = {"graph": graph, "name": line.name, "threads": line.threads, "rounds": line.rounds}
                file.write(json.dumps(named | record) + "\n")


def main():
    arguments = arguments_parser().parse_args()
    arguments.contender_bin = arguments.contender_bin.resolve()
    lines = contenders(arguments)
    versions, fine = {}, True
    for edges in graphs(arguments):
        name, edge_count = edges.name.removesuffix(EDGES_SUFFIX), edges.stat().st_size // BYTES_PER_EDGE
        with tempfile.TemporaryDirectory() as folder:
            records = race(lines, edges, Path(folder), arguments)
            scored = scores(lines, records, edges, Path(folder), arguments)
        print(f"\n**{name}**, {edge_count:,} edges, {arguments.objective} at resolution {arguments.resolution}\n")
        print_table(lines, records, scored, edge_count)
        fine &= sound(records, scored)
        versions |= {line.name: of[0]["version"] for line, of in records.items() if of[0]["stopped"] is None}
        if arguments.records:
            write_records(arguments.records, name, records)
    print_circumstances(versions)
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
