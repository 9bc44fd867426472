"""Scores the labels of one run, whoever made them, and prints one JSON line.

    python quality.py EDGES.bin LABELS.bin [--truth TRUTH.bin] [--resolution 0.05]

Modularity at resolution 1; with --resolution also CPM, which is the edges within communities less the resolution for
each pair of members. A community is disconnected when its members do not reach one another by edges within it: Leiden
promises that there is none. With --truth also NMI, divided by the mean of both entropies, and ARI.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from formats import node_count, read_edges, read_labels


def pairs(counts):
    """How many pairs there are in sets of these sizes, all together."""
    counts = np.asarray(counts, dtype=np.float64)
    return float((counts * (counts - 1) / 2).sum())


def modularity(edges, labels, within):
    """The share of edges within communities less what the degrees lead to expect."""
    degrees = np.bincount(edges.ravel(), minlength=len(labels))
    volumes = np.bincount(labels, weights=degrees)
    return float(within.sum() / len(edges) - np.square(volumes / (2 * len(edges))).sum())


def cpm(labels, within, resolution):
    """Edges within communities less the resolution for each pair of members."""
    return float(within.sum() - resolution * pairs(np.bincount(labels)))


def disconnected(edges, labels, within):
    """How many communities fall apart when the edges between communities are taken away."""
    u, v = edges[within].T
    graph = coo_array((np.ones(len(u), dtype=np.int8), (u, v)), shape=(len(labels), len(labels)))
    _, pieces = connected_components(graph.tocsr(), directed=False)
    _, first = np.unique(pieces, return_index=True)
    return int((np.bincount(labels[first]) > 1).sum())


def entropy(counts):
    """Of a partition into sets of these sizes, in nats."""
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def agreement(found, truth):
    """NMI and ARI of two partitions, by the sizes of their common refinement."""
    cells = np.unique(found.astype(np.int64) * (int(truth.max()) + 1) + truth, return_counts=True)[1]
    rows, columns = np.bincount(found), np.bincount(truth)
    entropies = entropy(rows) + entropy(columns)
    information = entropies - entropy(cells)
    expected = pairs(rows) * pairs(columns) / pairs([len(found)])
    most = (pairs(rows) + pairs(columns)) / 2
    return {
        "nmi": 2 * information / entropies if entropies > 0 else 1.0,
        "ari": (pairs(cells) - expected) / (most - expected) if most > expected else 1.0,
    }


def score(edges, labels, truth=None, resolution=None):
    """All measures of one partition."""
    if len(labels) != node_count(edges):
        raise SystemExit(f"{len(labels)} labels for {node_count(edges)} nodes")
    names, labels = np.unique(labels, return_inverse=True)
    within = labels[edges[:, 0]] == labels[edges[:, 1]]
    found = {
        "modularity": modularity(edges, labels, within),
        "communities": len(names),
        "disconnected": disconnected(edges, labels, within),
    }
    if resolution is not None:
        found["cpm"] = cpm(labels, within, resolution)
    if truth is not None:
        found |= agreement(labels, np.unique(truth, return_inverse=True)[1])
    return found


def arguments_parser():
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("edges", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--truth", type=Path, help="known labels")
    parser.add_argument("--resolution", type=float, help="of CPM; without it CPM is not told")
    return parser


def main():
    arguments = arguments_parser().parse_args()
    truth = read_labels(arguments.truth) if arguments.truth else None
    print(json.dumps(score(read_edges(arguments.edges), read_labels(arguments.labels), truth, arguments.resolution)))


if __name__ == "__main__":
    main()
