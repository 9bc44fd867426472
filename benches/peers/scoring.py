"""Scores a file of edges against the planted groups, and prints one JSON object.

    python scoring.py EDGES PLANTED

EDGES is Parquet with the columns a and b (account numbers, as text or as numbers) or a NumPy archive with u and v.
The right edges are those within one planted group; an account is recalled when some right edge touches it.
The checksum adds 3 * smaller + larger over all edges: engines that agree on it agree on the edges.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import polars as pl

BIG_GROUP_ACCOUNTS = 120
NO_GROUP = -1
SMALLER_FACTOR = 3


def read_edges(path):
    """Smaller and larger account of every edge, by number whatever the order of the file's columns."""
    if path.suffix == ".npz":
        archive = np.load(path)
        first, second = archive["u"].astype(np.int64), archive["v"].astype(np.int64)
    else:
        table = pl.read_parquet(path, columns=["a", "b"]).cast(pl.Int64)
        first, second = table["a"].to_numpy(), table["b"].to_numpy()
    return np.minimum(first, second), np.maximum(first, second)


def groups_of_accounts(planted, largest_account):
    """Each account's group or NO_GROUP, and each group's number of accounts."""
    accounts, rows = np.unique(planted["account"].to_numpy(), return_index=True)
    groups = planted["grp"].to_numpy()[rows]
    group_of = np.full(max(largest_account, accounts.max()) + 1, NO_GROUP, np.int64)
    group_of[accounts] = groups
    return group_of, np.bincount(groups)


def share(found, total):
    """`found` of `total`, or None where there is nothing to find."""
    return round(found / total, 4) if total else None


def score(smaller, larger, planted):
    """Edges, precision, recall of accounts, and the checksum."""
    group_of, group_sizes = groups_of_accounts(planted, int(larger.max(initial=0)))
    planted_accounts = np.flatnonzero(group_of != NO_GROUP)
    right = (group_of[smaller] != NO_GROUP) & (group_of[smaller] == group_of[larger])
    found_accounts = np.union1d(smaller[right], larger[right])

    # accounts of no group are looked up too, but only planted ones are counted below
    in_big_group = group_sizes[group_of] >= BIG_GROUP_ACCOUNTS
    planted_big = int(in_big_group[planted_accounts].sum())
    found_big = int(in_big_group[found_accounts].sum())
    return {
        "edges": len(smaller),
        "right_edges": int(right.sum()),
        "precision": share(int(right.sum()), len(smaller)),
        "recall": share(len(found_accounts), len(planted_accounts)),
        "recall_big_groups": share(found_big, planted_big),
        "recall_other_groups": share(len(found_accounts) - found_big, len(planted_accounts) - planted_big),
        "checksum": int((SMALLER_FACTOR * smaller + larger).sum()),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("edges", type=Path)
    parser.add_argument("planted", type=Path)
    arguments = parser.parse_args()
    smaller, larger = read_edges(arguments.edges)
    print(json.dumps(score(smaller, larger, pl.read_csv(arguments.planted))))


if __name__ == "__main__":
    main()
