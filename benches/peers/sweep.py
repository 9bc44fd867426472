"""Trades packed into sortable 64-bit keys, and the two-pointer sweep over them.

A key holds, from its high bits to its low ones, ticker, second and account. Sorted keys put the trades of one
ticker side by side in the order of time, so the trades that follow one within the window are a run of
neighbours, and the run's end only moves forward.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from task import SECONDS_PER_DAY, WINDOW_SECONDS

KEY_BITS = 64


def bits_for(largest):
    """Bits that hold every integer from 0 to `largest`."""
    return max(1, int(largest).bit_length())


@dataclass(frozen=True)
class KeyLayout:
    """How many bits of a key belong to the account, to the second and to the ticker."""

    account_bits: int
    second_bits: int
    ticker_bits: int

    @classmethod
    def fitting(cls, largest_account, largest_second, largest_ticker):
        """The narrowest layout that holds these values; ValueError where 64 bits are too few."""
        layout = cls(bits_for(largest_account), bits_for(largest_second), bits_for(largest_ticker))
        if layout.account_bits + layout.second_bits + layout.ticker_bits > KEY_BITS:
            raise ValueError(f"a trade does not fit in {KEY_BITS} bits: {layout}")
        return layout

    @property
    def ticker_shift(self):
        """Bits below the ticker."""
        return self.account_bits + self.second_bits

    def pack(self, account, second, ticker):
        """One key per trade, from three arrays of equal length."""
        keys = ticker.astype(np.uint64)
        keys <<= np.uint64(self.second_bits)
        keys |= second.astype(np.uint64)
        keys <<= np.uint64(self.account_bits)
        keys |= account.astype(np.uint64)
        return keys


def first_midnight(timestamps):
    """The last midnight at or before the earliest timestamp (epoch seconds)."""
    return int(timestamps.min()) // SECONDS_PER_DAY * SECONDS_PER_DAY


def pack_trades(account, ticker, timestamps):
    """Keys of these trades with seconds counted from the first midnight, and their layout."""
    midnight = first_midnight(timestamps)
    largest_second = int(timestamps.max()) - midnight
    layout = KeyLayout.fitting(account.max(), largest_second, ticker.max())
    return layout.pack(account, timestamps - midnight, ticker), layout


@njit
def count_candidates(keys, account_bits, ticker_shift, window):
    """Pairs of trades of one ticker at most `window` seconds apart, pairs within one account included.

    `keys` must be sorted. O(n) for n keys, whatever the number of pairs.
    """
    account_bits = np.uint64(account_bits)
    ticker_shift = np.uint64(ticker_shift)
    window = np.uint64(window)
    pairs = 0
    end = 0
    for start in range(len(keys)):
        last_moment = (keys[start] >> account_bits) + window
        ticker = keys[start] >> ticker_shift
        end = max(end, start + 1)
        while end < len(keys) and (keys[end] >> account_bits) <= last_moment and (keys[end] >> ticker_shift) == ticker:
            end += 1
        pairs += end - start - 1
    return pairs


def candidate_pairs(account, ticker, timestamps):
    """How many pairs of these trades lie within the window, counted with one sort and one sweep."""
    if len(account) == 0:
        return 0
    keys, layout = pack_trades(account, ticker, timestamps)
    keys.sort()
    return count_candidates(keys, layout.account_bits, layout.ticker_shift, WINDOW_SECONDS)


@njit(nogil=True)
def survey(account, ticker, timestamps, trades_of_ticker):
    """Adds each ticker's trades to `trades_of_ticker`; returns the largest account, first and last timestamp."""
    largest_account = account[0]
    earliest = latest = timestamps[0]
    for row in range(len(ticker)):
        trades_of_ticker[ticker[row]] += 1
        largest_account = max(largest_account, account[row])
        earliest = min(earliest, timestamps[row])
        latest = max(latest, timestamps[row])
    return largest_account, earliest, latest


@njit(nogil=True)
def pack_range(account, ticker, timestamps, midnight, account_bits, ticker_shift, low, high, keys):
    """Fills `keys` with the trades whose ticker lies in [`low`, `high`). Runs beside other threads.

    `keys` has one place more than there are such trades: every trade is written and only the wanted ones are
    kept, which spares the processor a branch that it cannot foretell.
    """
    account_bits = np.uint64(account_bits)
    ticker_shift = np.uint64(ticker_shift)
    position = 0
    for row in range(len(ticker)):
        second = np.uint64(timestamps[row] - midnight)
        keys[position] = (np.uint64(ticker[row]) << ticker_shift) | (second << account_bits) | account[row]
        position += np.int64((ticker[row] >= low) & (ticker[row] < high))
