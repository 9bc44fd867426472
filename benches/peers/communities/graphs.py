"""Makes the graphs of the race.

    python graphs.py FOLDER
    python graphs.py FOLDER --make lfr-100k
    python graphs.py FOLDER --make --convert EDGES.csv.gz [--truth LABELS.csv.gz]

Without --make it makes all of its own: LFR graphs, that is graphs with planted communities whose degrees and sizes
follow power laws, from a fixed seed on one thread, so that they come out the same again. --convert takes a graph of
one's own, a CSV with the columns u and v, and names it after the file; --truth adds its known communities, a CSV of
node and community.

Each graph becomes NAME.edges.bin and, where its communities are known, NAME.truth.bin (formats.py).
"""

import argparse
import gzip
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from formats import NUMBER, node_count, write_edges, write_labels

SEED = 42
MEAN_DEGREE = 20
MAX_DEGREE = 300
DEGREE_EXPONENT = -2.5
MIN_COMMUNITY = 20
MAX_COMMUNITY = 1000
COMMUNITY_EXPONENT = -1.5


@dataclass(frozen=True)
class Planted:
    """An LFR graph: how many nodes, and which share of a node's edges leaves its community."""

    nodes: int
    mixing: float


PLANTED = {
    "lfr-100k": Planted(100_000, 0.3),
    "lfr-1m": Planted(1_000_000, 0.3),
}


def generate(planted):
    """The edges and the planted communities of an LFR graph."""
    import networkit as nk

    nk.setNumberOfThreads(1)
    nk.setSeed(SEED, False)
    generator = nk.generators.LFRGenerator(planted.nodes)
    generator.generatePowerlawDegreeSequence(MEAN_DEGREE, MAX_DEGREE, DEGREE_EXPONENT)
    generator.generatePowerlawCommunitySizeSequence(MIN_COMMUNITY, MAX_COMMUNITY, COMMUNITY_EXPONENT)
    generator.setMu(planted.mixing)
    generator.run()
    graph = generator.getGraph()
    ends = np.fromiter(chain.from_iterable(graph.iterEdges()), dtype=NUMBER, count=2 * graph.numberOfEdges())
    return ends.reshape(-1, 2), generator.getPartition().getVector()


def read_table(path):
    """The first two columns of a CSV with a heading, compressed or not."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt") as file:
        return np.loadtxt(file, delimiter=",", skiprows=1, usecols=(0, 1), dtype=NUMBER, ndmin=2)


def known_communities(path, nodes):
    """The labels of a CSV of node and community; every node must have one."""
    table = read_table(path)
    if not np.array_equal(np.sort(table[:, 0]), np.arange(nodes)):
        raise SystemExit(f"{path}: expected each of the {nodes} nodes once")
    labels = np.empty(nodes, dtype=NUMBER)
    labels[table[:, 0]] = table[:, 1]
    return labels


def save(folder, name, edges, truth):
    """Writes a graph and says how large it is."""
    nodes = node_count(edges)
    if truth is not None and len(truth) != nodes:
        raise SystemExit(f"{name}: {len(truth)} known labels for {nodes} nodes")
    write_edges(folder / f"{name}.edges.bin", edges)
    if truth is not None:
        write_labels(folder / f"{name}.truth.bin", truth)
    communities = "" if truth is None else f", {len(np.unique(truth)):,} communities"
    print(f"{name}: {nodes:,} nodes, {len(edges):,} edges{communities}")


def convert(folder, source, truth):
    """Takes over a graph of one's own."""
    edges = read_table(source)
    labels = None if truth is None else known_communities(truth, node_count(edges))
    name = source.name.partition(".")[0]
    save(folder, name, edges, labels)


def arguments_parser():
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the graphs go")
    parser.add_argument("--make", nargs="*", choices=PLANTED, default=list(PLANTED), metavar="NAME")
    parser.add_argument("--convert", type=Path, metavar="EDGES", help="a CSV of edges to take over")
    parser.add_argument("--truth", type=Path, metavar="LABELS", help="its known communities")
    return parser


def main():
    arguments = arguments_parser().parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    if arguments.convert:
        convert(arguments.folder, arguments.convert, arguments.truth)
    for name in arguments.make:
        save(arguments.folder, name, *generate(PLANTED[name]))


if __name__ == "__main__":
    main()
