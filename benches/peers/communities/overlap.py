"""Scores labels against known communities that may overlap, and prints one JSON line.

    python overlap.py LABELS.bin COMMUNITIES.txt[.gz]

A line for each known community, its nodes by blanks. The score is the mean over the known communities of the best F1
that any found community has with it: a known community merged into a large one counts for almost nothing. Nodes in no
known community are left out of the found ones, for nothing is known of them.
"""

import argparse
import gzip
import json
from pathlib import Path

import numpy as np

from formats import read_labels


def read_communities(path):
    """The members of each known community."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt") as file:
        return [np.array(line.split(), dtype=np.int64) for line in file if line.strip()]


def best_f1(members, labels, sizes):
    """The best F1 between a known community and any found one."""
    found, common = np.unique(labels[members], return_counts=True)
    return float((2 * common / (len(members) + sizes[found])).max())


def recall_f1(communities, labels):
    """The mean of the best F1 over the known communities."""
    labels = np.unique(labels, return_inverse=True)[1]
    known = np.unique(np.concatenate(communities))
    sizes = np.bincount(labels[known], minlength=labels.max() + 1)
    return float(np.mean([best_f1(members, labels, sizes) for members in communities]))


def arguments_parser():
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path)
    parser.add_argument("communities", type=Path)
    return parser


def main():
    arguments = arguments_parser().parse_args()
    found = recall_f1(read_communities(arguments.communities), read_labels(arguments.labels))
    print(json.dumps({"recall_f1": found}))


if __name__ == "__main__":
    main()
