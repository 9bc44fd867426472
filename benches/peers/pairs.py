"""The co-action task as two sorts of 64-bit keys, compiled by numba, on one thread."""

import numpy as np
from numba import njit

from sweep import KEY_BITS, bits_for, pack_trades
from task import MIN_OCCASIONS, SECONDS_PER_DAY, WINDOW_SECONDS

NO_CAP = np.iinfo(np.int64).max


@njit
def list_pairs(keys, account_bits, ticker_shift, occasion_bits, day_bits, window, cap, pairs, write):
    """Writes (smaller account, larger account, occasion) of each pair of trades within the window.

    Returns how many were written. With `write` false it returns how many places suffice, which is a little more: pairs
    within one account are not told apart, so that no pair has to be looked at. `keys` must be sorted.
    """
    account_bits = np.uint64(account_bits)
    ticker_shift = np.uint64(ticker_shift)
    second_bits = ticker_shift - account_bits
    occasion_bits = np.uint64(occasion_bits)
    larger_bits = occasion_bits + account_bits
    day_bits = np.uint64(day_bits)
    window = np.uint64(window)
    seconds_per_day = np.uint64(SECONDS_PER_DAY)
    account_mask = (np.uint64(1) << account_bits) - np.uint64(1)
    second_mask = (np.uint64(1) << second_bits) - np.uint64(1)
    found = 0
    end = 0
    same_second = 0
    for start in range(len(keys)):
        moment = keys[start] >> account_bits
        last_moment = moment + window
        ticker = keys[start] >> ticker_shift
        if start > 0 and (keys[start - 1] >> account_bits) != moment:
            same_second = start
        end = max(end, start + 1)
        while end < len(keys) and (keys[end] >> account_bits) <= last_moment and (keys[end] >> ticker_shift) == ticker:
            end += 1
        if end - same_second - 1 > cap:
            continue
        if not write:
            found += end - start - 1
            continue
        account = keys[start] & account_mask
        occasion = (ticker << day_bits) | ((moment & second_mask) // seconds_per_day)
        for other in range(start + 1, end):
            companion = keys[other] & account_mask
            if companion != account:
                smaller, larger = min(account, companion), max(account, companion)
                pairs[found] = (smaller << larger_bits) | (larger << occasion_bits) | occasion
                found += 1
    return found


@njit
def list_edges(pairs, account_bits, occasion_bits, min_occasions, smaller, larger, write):
    """Writes the pairs of accounts with at least `min_occasions` distinct occasions; `pairs` must be sorted.

    Returns how many there are; with `write` false it only counts them.
    """
    account_bits = np.uint64(account_bits)
    occasion_bits = np.uint64(occasion_bits)
    account_mask = (np.uint64(1) << account_bits) - np.uint64(1)
    found = 0
    start = 0
    while start < len(pairs):
        accounts = pairs[start] >> occasion_bits
        occasions = 1
        end = start + 1
        while end < len(pairs) and (pairs[end] >> occasion_bits) == accounts:
            if pairs[end] != pairs[end - 1]:
                occasions += 1
            end += 1
        if occasions >= min_occasions:
            if write:
                smaller[found] = accounts >> account_bits
                larger[found] = accounts & account_mask
            found += 1
        start = end
    return found


def edges(account, ticker, timestamps, cap=None, min_occasions=MIN_OCCASIONS):
    """The two ends of every edge. Memory: eight bytes a buy, and eight bytes a pair of trades."""
    keys, layout = pack_trades(account, ticker, timestamps)
    keys.sort()
    day_bits, occasion_bits = occasion_widths(layout)
    limit = NO_CAP if cap is None else cap
    nothing = np.empty(0, np.uint64)
    widths = (layout.account_bits, layout.ticker_shift, occasion_bits, day_bits, WINDOW_SECONDS, limit)
    found = np.empty(list_pairs(keys, *widths, nothing, False), np.uint64)
    found = found[: list_pairs(keys, *widths, found, True)]
    found.sort()

    no_ids = np.empty(0, np.uint32)
    widths = (layout.account_bits, occasion_bits, min_occasions)
    count = list_edges(found, *widths, no_ids, no_ids, False)
    smaller, larger = np.empty(count, np.uint32), np.empty(count, np.uint32)
    list_edges(found, *widths, smaller, larger, True)
    return smaller, larger


def occasion_widths(layout):
    """Bits of a day, and of a ticker and day together; ValueError where a pair does not fit in a key."""
    largest_second = (1 << layout.second_bits) - 1
    day_bits = bits_for(largest_second // SECONDS_PER_DAY)
    occasion_bits = layout.ticker_bits + day_bits
    if 2 * layout.account_bits + occasion_bits > KEY_BITS:
        raise ValueError(f"a pair of accounts and its occasion do not fit in {KEY_BITS} bits: {layout}")
    return day_bits, occasion_bits


def compile_kernels():
    """Runs both kernels on two trades, so that compiling them is not measured."""
    account = np.array([0, 1], np.uint32)
    ticker = np.array([0, 0], np.uint16)
    edges(account, ticker, np.array([0, 1], np.int64))
