"""The files that the contenders, the generator and the scorers share.

NAME.edges.bin holds pairs of little-endian 32-bit node numbers, each undirected edge once; nodes are numbered from 0
and the largest number met is the last node. A file of labels holds one such number for each node.
"""

import numpy as np

NUMBER = np.dtype("<u4")


def read_edges(path):
    """The edges as an array of two columns."""
    return np.fromfile(path, dtype=NUMBER).reshape(-1, 2)


def write_edges(path, edges):
    """Writes the edges sorted, the smaller end first, and refuses a graph that is not simple."""
    ends = np.sort(np.asarray(edges, dtype=NUMBER), axis=1)
    if np.any(ends[:, 0] == ends[:, 1]):
        raise SystemExit(f"{path}: an edge joins a node to itself")
    keys = np.unique(ends[:, 0].astype(np.uint64) << np.uint64(32) | ends[:, 1])
    if len(keys) != len(ends):
        raise SystemExit(f"{path}: an edge is given twice")
    np.stack([keys >> np.uint64(32), keys & np.uint64(0xFFFFFFFF)], axis=1).astype(NUMBER).tofile(path)


def node_count(edges):
    """How many nodes a graph of these edges has."""
    return int(edges.max()) + 1 if len(edges) else 0


def read_labels(path):
    """The community of each node."""
    return np.fromfile(path, dtype=NUMBER)


def write_labels(path, labels):
    """Writes the community of each node."""
    np.asarray(labels, dtype=NUMBER).tofile(path)
