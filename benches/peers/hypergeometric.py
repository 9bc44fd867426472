"""Makes the table of upper hypergeometric tails that the tests of co-action are held to.

    python hypergeometric.py ../../crates/coaction/tests/data/hypergeometric.csv

A line holds cells, cells_a, cells_b, common and log10 P(X >= common), where X counts how many of the `cells_b` cells
drawn from `cells` without replacement are among the `cells_a` marked ones:

    P(X = x) = C(cells_a, x) C(cells - cells_a, cells_b - x) / C(cells, cells_b)

One term is computed with 60 digits (and guard digits), the others by their exact ratios to it. The shorter side is
summed: above the mean the tail itself, below it the complement, so that a tail close to one keeps its digits too.
Cases small enough are computed again with whole numbers, and must agree. Seventeen significant digits are printed,
which is what it takes to name a double.
"""

import argparse
import csv
import random
from fractions import Fraction
from math import comb, sqrt
from pathlib import Path

from mpmath import log, log1p, loggamma, mp, mpf, nstr

DIGITS = 60
# log-binomials of the largest cases reach 10**7, so their exponentials lose eight digits
GUARD_DIGITS = 20
PRINTED_DIGITS = 17
AGREEING_DIGITS = 50
LARGEST_EXACT_CELLS = 3_000
LEAST_LOG10 = -5_200
SEED = 1105

COLUMNS = ("cells", "cells_a", "cells_b", "common", "log10_sf")

# Every value of `common` is tried for these.
TINY_SHAPES = ((1, 1, 1), (2, 1, 1), (4, 2, 2), (5, 3, 4), (6, 6, 3), (10, 4, 7), (12, 5, 5))

# For these, values around the mean and into both tails.
SHAPES = (
    (20, 10, 10),
    (60, 7, 31),
    (100, 50, 50),
    (100, 3, 97),
    (264, 22, 19),
    (1_000, 40, 25),
    (1_000, 500, 500),
    (2_500, 1_200, 90),
    (10_000, 300, 300),
    (10_000, 9_000, 5_000),
    (120_000, 2_000, 900),
    (1_000_000, 12, 9),
    (1_000_000, 10_000, 10_000),
    (1_000_000, 100_000, 3_000),
    (16_000_000, 700, 80),
    (16_000_000, 40_000, 25_000),
    (400_000_000, 60, 60),
    (400_000_000, 90_000, 1_500),
    (1_000_000_000, 2, 2),
    (1_000_000_000, 3_000, 3_000),
    (1_000_000_000, 100_000, 100_000),
)
DEVIATIONS = (-6, -3, -1, 0, 1, 3, 8, 25)
# log10 of tails to come near, among them the ends of a double's range, where they can be reached
DEPTHS = (-20, -100, -307, -324, -1_000, -2_500, -5_000)
RANDOM_CASES = 40


def support(cells, cells_a, cells_b):
    """The smallest and the largest possible overlap."""
    return max(0, cells_a + cells_b - cells), min(cells_a, cells_b)


def ln_binomial(n, k):
    """Natural logarithm of C(n, k)."""
    return loggamma(n + 1) - loggamma(k + 1) - loggamma(n - k + 1)


def ln_term(cells, cells_a, cells_b, x):
    """Natural logarithm of P(X = x)."""
    chosen = ln_binomial(cells_a, x) + ln_binomial(cells - cells_a, cells_b - x)
    return chosen - ln_binomial(cells, cells_b)


def ln_sum(cells, cells_a, cells_b, start, step):
    """Natural logarithm of the terms from `start` to the support's end, upward (step 1) or downward (-1).

    `start` must lie on that side of the mode, so that the terms fall; the sum stops where they no longer count.
    """
    low, high = support(cells, cells_a, cells_b)
    total = term = mpf(1)
    x = start
    negligible = mpf(10) ** -(DIGITS + GUARD_DIGITS)
    while low <= x + step <= high and term > total * negligible:
        # the ratio of neighbours: P(x + 1) / P(x), or its inverse one step lower
        lower = x if step == 1 else x - 1
        rising = mpf((cells_a - lower) * (cells_b - lower))
        falling = mpf((lower + 1) * (cells - cells_a - cells_b + lower + 1))
        term *= rising / falling if step == 1 else falling / rising
        total += term
        x += step
    return ln_term(cells, cells_a, cells_b, start) + log(total)


def log10_tail(cells, cells_a, cells_b, common):
    """log10 P(X >= common)."""
    low, _ = support(cells, cells_a, cells_b)
    if common <= low:
        return mpf(0)
    mode = (cells_a + 1) * (cells_b + 1) // (cells + 2)
    if common > mode:
        natural = ln_sum(cells, cells_a, cells_b, common, 1)
    else:
        natural = log1p(-mp.exp(ln_sum(cells, cells_a, cells_b, common - 1, -1)))
    return natural / log(10)


def log10_tail_by_whole_numbers(cells, cells_a, cells_b, common):
    """log10 P(X >= common) from whole binomials."""
    _, high = support(cells, cells_a, cells_b)
    ways = sum(comb(cells_a, x) * comb(cells - cells_a, cells_b - x) for x in range(common, high + 1))
    tail = Fraction(ways, comb(cells, cells_b))
    if 2 * tail > 1:
        missing = 1 - tail
        return log1p(-mpf(missing.numerator) / missing.denominator) / log(10)
    return (log(tail.numerator) - log(tail.denominator)) / log(10)


def overlap_of_depth(cells, cells_a, cells_b, depth):
    """The smallest overlap whose tail is at most 10**`depth`, or None where none is so rare."""
    low, high = support(cells, cells_a, cells_b)
    if log10_tail(cells, cells_a, cells_b, high) > depth:
        return None
    while low < high:
        middle = (low + high) // 2
        if log10_tail(cells, cells_a, cells_b, middle) <= depth:
            high = middle
        else:
            low = middle + 1
    return low


def overlaps(cells, cells_a, cells_b):
    """Overlaps to try for a shape: the smallest, some deviations around the mean, the depths, the largest."""
    low, high = support(cells, cells_a, cells_b)
    mean = cells_a * cells_b / cells
    variance = mean * (1 - cells_a / cells) * (cells - cells_b) / max(cells - 1, 1)
    near = {round(mean + deviation * sqrt(variance)) for deviation in DEVIATIONS}
    deep = {overlap_of_depth(cells, cells_a, cells_b, depth) for depth in DEPTHS} - {None}
    few = {1, 2, 3}
    return sorted(x for x in near | deep | few | {high} if max(low, 1) <= x <= high)


def random_cases(rng):
    """Shapes of every size up to a thousand million cells, marks up to 100,000."""
    for _ in range(RANDOM_CASES):
        cells = round(10 ** rng.uniform(0.5, 9))
        most = min(cells, 100_000)
        cells_a, cells_b = (max(1, round(most ** rng.uniform(0.1, 1))) for _ in range(2))
        low, high = support(cells, cells_a, cells_b)
        mean = cells_a * cells_b / cells
        common = round(mean + (high - mean) * rng.random() ** 3)
        yield cells, cells_a, cells_b, min(max(common, low), high)


def all_cases():
    """Every case once, in order."""
    cases = set()
    for shape in TINY_SHAPES:
        low, high = support(*shape)
        cases |= {(*shape, common) for common in range(low, high + 1)}
    for shape in SHAPES:
        cases |= {(*shape, common) for common in overlaps(*shape)}
    cases |= set(random_cases(random.Random(SEED)))
    return sorted(cases)


def check(case, found):
    """SystemExit where whole numbers give another result."""
    wanted = log10_tail_by_whole_numbers(*case)
    if abs(found - wanted) > abs(wanted) * mpf(10) ** -AGREEING_DIGITS:
        raise SystemExit(f"{case}: {nstr(found, DIGITS)} by ratios, {nstr(wanted, DIGITS)} by whole numbers")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="the CSV to write")
    arguments = parser.parse_args()
    mp.dps = DIGITS + GUARD_DIGITS
    checked = 0
    rows = []
    for case in all_cases():
        tail = log10_tail(*case)
        if case[0] <= LARGEST_EXACT_CELLS:
            check(case, tail)
            checked += 1
        if tail >= LEAST_LOG10:
            rows.append((*case, nstr(tail, PRINTED_DIGITS, min_fixed=-5, max_fixed=18) if tail else "0.0"))
    with open(arguments.out, "w", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(COLUMNS)
        lines.writerows(rows)
    print(f"{len(rows)} cases, {checked} of them checked with whole numbers")


if __name__ == "__main__":
    main()
