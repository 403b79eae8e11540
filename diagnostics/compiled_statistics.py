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
    places = np.empty(n, np.uint16)
    tally = np.zeros(n_places, np.int64)
    chosen = np.empty(n, np.float32)
    bits = values.view(np.uint32)
    start_of, next_of = np.zeros(n_places + 1, np.int64), np.zeros(n_places + 1, np.int64)
    bin_of, below_of = np.zeros(2 * len(ranks), np.int64), np.zeros(2 * len(ranks), np.int64)
    for row in range(n_rows):
        tally[:] = 0
        total = 0.0
        n_odd = 0
        low, high = np.inf, -np.inf
        for i in range(n):
            value = values[row, i]
            if not np.isfinite(value):
                n_odd += 1
                places[i] = n_places
                continue
            place = table[bits[row, i] >> 16]
            if place < len(edges) and value >= edges[place]:
                place += 1
            places[i] = place
            tally[place] += 1
            total += value
            low = min(low, value)
            high = max(high, value)
        mean = total / n
        squares = 0.0
        for i in range(n):
            error = values[row, i] - mean
            squares += error * error
        moments[row, 0], moments[row, 1] = mean, np.sqrt(squares / n)
        moments[row, 2], moments[row, 3] = low, high
        for place in range(len(edges) - 1):
            counts[row, place] = tally[place + 1]
        slots = len(edges) - 1
        counts[row, slots] = 0
        counts[row, slots + 1], counts[row, slots + 2], counts[row, slots + 3] = tally[0], tally[n_places - 1], n_odd
        if zeros_slot >= 0:
            counts[row, slots] = counts[row, zeros_slot]
            counts[row, zeros_slot] = 0
        if n_odd:
            moments[row, :] = np.nan
            quantiles[row, :] = np.nan
            continue
        # gather the numbers of the bins in which a rank or its successor stands, bin by bin
        for q in range(len(ranks)):
            for step in range(2):
                rank = min(int(ranks[q]) + step, n - 1)
                below = 0
                place = 0
                while below + tally[place] <= rank:
                    below += tally[place]
                    place += 1
                bin_of[2 * q + step], below_of[2 * q + step] = place, below
                start_of[place] = 0
        filled = 0
        for k in range(2 * len(ranks)):
            place = bin_of[k]
            if start_of[place] == 0:
                start_of[place] = filled + 1  # 0: not wanted
                next_of[place] = filled
                filled += tally[place]
        for i in range(n):
            place = places[i]
            if start_of[place]:
                chosen[next_of[place]] = values[row, i]
                next_of[place] += 1
        for q in range(len(ranks)):
            first = int(ranks[q])
            share = ranks[q] - first
            lower = _nth(chosen, start_of[bin_of[2 * q]] - 1, tally[bin_of[2 * q]], first - below_of[2 * q])
            quantiles[row, q] = lower
            if share > 0:
                k = 2 * q + 1
                upper = _nth(chosen, start_of[bin_of[k]] - 1, tally[bin_of[k]], first + 1 - below_of[k])
                quantiles[row, q] = lower + share * (upper - lower)
        for k in range(2 * len(ranks)):
            start_of[bin_of[k]] = 0


def _nth(numbers: NDArray[np.float32], start: int, n: int, rank: int) -> float:
    """Return the number of a rank, 0 … n - 1, among `n` numbers from `start` on, which are moved (Hoare 1961)."""
    low, high, wanted = start, start + n - 1, start + rank
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
