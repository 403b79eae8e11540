"""The body of the compiled kernel: plain Python over numbers, written for Numba and readable without it.

See `diagnostics.kernels` for how it is compiled and `diagnostics.statistics` for what it means.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

N_EXTRA = 4


def rows(
    values: NDArray[np.float32],
    edges: NDArray[np.float32],
    table: NDArray[np.uint16],
    zeros_slot: int,
    ranks: NDArray[np.float64],
    moments: NDArray[np.float64],
    quantiles: NDArray[np.float64],
    counts: NDArray[np.uint32],
) -> None:
    """Write the statistics of each row.

    Parameters
    ----------
    values : array (R, n)
    edges : array (B + 1,)
        Ascending.
    table : array (65536,)
        For the upper sixteen bits of a number: the lowest place that it can have among the edges, as
        `numpy.searchsorted(edges, number, side="right")` counts; the number itself stands there or one further.
    zeros_slot : int
        The bin whose numbers are counted as zeros; -1 for none.
    ranks : array (Q,)
        Places of the quantiles among the ordered numbers, 0 … n - 1, with fractions.
    moments : array (R, 4)
        Mean, standard deviation, minimum, maximum.
    quantiles : array (R, Q)
        Linear between the two nearest numbers.
    counts : array (R, B + 4)
        Bins, zeros, below, above, not finite.
    """
    n_rows, n = values.shape
    n_places = len(edges) + 1
    limits = np.append(edges, np.float32(np.inf))
    places, chosen = np.empty(n, np.uint16), np.empty(n + 1, np.float32)
    tally, next_of = np.zeros(n_places + 1, np.int64), np.zeros(n_places + 1, np.int64)
    step_of = np.zeros(n_places + 1, np.int64)
    bin_of, below_of = np.zeros(2 * len(ranks), np.int64), np.zeros(2 * len(ranks), np.int64)
    bits = values.view(np.uint32)
    for row in range(n_rows):
        numbers = values[row]
        n_odd = _count(numbers, bits[row], limits, table, places, tally)
        slots = len(edges) - 1
        for place in range(slots):
            counts[row, place] = tally[place + 1]
        counts[row, slots] = 0
        counts[row, slots + 1], counts[row, slots + 2], counts[row, slots + 3] = tally[0], tally[n_places - 1], n_odd
        if zeros_slot >= 0:
            counts[row, slots] = counts[row, zeros_slot]
            counts[row, zeros_slot] = 0
        if n_odd:
            moments[row, :] = np.nan
            quantiles[row, :] = np.nan
            continue
        _moments(numbers, moments[row])
        _find_bins(tally, ranks, n, bin_of, below_of)
        # the numbers of those bins, bin by bin; all others go to one place behind the end, again and again
        next_of[:], step_of[:] = n, 0
        filled = 0
        for k in range(2 * len(ranks)):
            place = bin_of[k]
            if step_of[place] == 0:
                next_of[place], step_of[place] = filled, 1
                filled += tally[place]
        for i in range(n):
            place = places[i]
            chosen[next_of[place]] = numbers[i]
            next_of[place] += step_of[place]
        for q in range(len(ranks)):
            first = int(ranks[q])
            place, following = bin_of[2 * q], bin_of[2 * q + 1]
            end = next_of[place]
            start = end - tally[place]
            at = start + first - below_of[2 * q]
            lower = _nth(chosen, start, end - 1, at)
            if following == place and at + 1 < end:
                upper = _least(chosen, at + 1, end)  # all behind `at` are at least as large
            else:
                upper = _least(chosen, next_of[following] - tally[following], next_of[following])
            share = ranks[q] - first
            quantiles[row, q] = lower + share * (upper - lower) if share > 0 else lower


def _count(
    numbers: NDArray[np.float32],
    bits: NDArray[np.uint32],
    limits: NDArray[np.float32],
    table: NDArray[np.uint16],
    places: NDArray[np.uint16],
    tally: NDArray[np.int64],
) -> int:
    """Note where each number stands among the edges, count, and return how many numbers are not finite.

    Without a branch that hangs on the numbers: a processor guesses those wrong half of the time.
    """
    tally[:] = 0
    odd = len(limits)
    for i in range(len(numbers)):
        value = numbers[i]
        place = np.int64(table[bits[i] >> 16])
        place += value >= limits[place]
        place = place if np.isfinite(value) else np.int64(odd)
        places[i] = place
        tally[place] += 1
    return int(tally[odd])


def _moments(numbers: NDArray[np.float32], out: NDArray[np.float64]) -> None:
    """Write mean, standard deviation, least and largest; four sums at a time, which a processor can add at once."""
    n = len(numbers)
    whole = n - n % 4
    a = b = c = d = 0.0
    low, high = numbers[0], numbers[0]
    for i in range(0, whole, 4):
        a += numbers[i]
        b += numbers[i + 1]
        c += numbers[i + 2]
        d += numbers[i + 3]
    for i in range(whole, n):
        a += numbers[i]
    mean = (a + b + c + d) / n
    a = b = c = d = 0.0
    for i in range(0, whole, 4):
        a += (numbers[i] - mean) ** 2
        b += (numbers[i + 1] - mean) ** 2
        c += (numbers[i + 2] - mean) ** 2
        d += (numbers[i + 3] - mean) ** 2
    for i in range(whole, n):
        a += (numbers[i] - mean) ** 2
    for i in range(n):
        low = min(low, numbers[i])
        high = max(high, numbers[i])
    out[0], out[1], out[2], out[3] = mean, np.sqrt((a + b + c + d) / n), low, high


def _find_bins(
    tally: NDArray[np.int64],
    ranks: NDArray[np.float64],
    n: int,
    bin_of: NDArray[np.int64],
    below_of: NDArray[np.int64],
) -> None:
    """Write, for each rank and for its successor, in which bin it stands and how many numbers stand below that bin."""
    place, below = 0, 0
    for q in range(len(ranks)):
        for step in range(2):
            rank = min(int(ranks[q]) + step, n - 1)
            while below + tally[place] <= rank:
                below += tally[place]
                place += 1
            bin_of[2 * q + step], below_of[2 * q + step] = place, below
        place, below = bin_of[2 * q], below_of[2 * q]  # the next rank may stand before this one's successor


def _least(numbers: NDArray[np.float32], start: int, end: int) -> float:
    """Return the smallest of some numbers."""
    low = numbers[start]
    for i in range(start + 1, end):
        low = min(low, numbers[i])
    return float(low)


def _nth(numbers: NDArray[np.float32], low: int, high: int, wanted: int) -> float:
    """Return the number that stands at `wanted` when those from `low` to `high` are in order; moves them (Hoare 1961).

    Afterwards none before it is larger, and none behind it smaller.
    """
    i = low  # zeros of relu, or of a saturated unit: nothing to order
    while i < high and numbers[i + 1] == numbers[low]:
        i += 1
    if i == high:
        return float(numbers[low])
    while low < high:
        pivot = numbers[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while numbers[i] < pivot:
                i += 1
            while numbers[j] > pivot:
                j -= 1
            if i <= j:
                numbers[i], numbers[j] = numbers[j], numbers[i]
                i += 1
                j -= 1
        if wanted <= j:
            high = j
        elif wanted >= i:
            low = i
        else:
            break
    return float(numbers[wanted])
