"""The bodies of the compiled kernels: plain Python over numbers, written for Numba and readable without it.

See `diagnostics.kernels` for how they are compiled and `diagnostics.statistics` for what they mean. Numbers are read
where they lie: a flat array, and where each row begins in it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diagnostics.compiled_parts import (
    count_places,
    find_bins,
    find_places,
    greatest,
    greatest_place,
    least,
    least_place,
    n_above,
    n_outside,
    n_zeros,
    nth,
    pick_wanted,
    place_of,
    sum_of_squared_differences,
    sum_of_squares,
    total,
)

Numbers = NDArray[np.float32]


def rows(
    values: Numbers,
    starts: NDArray[np.int64],
    n: int,
    scale: float,
    cell_place: NDArray[np.uint16],
    cell_edge: Numbers,
    zeros_slot: int,
    ranks: NDArray[np.float64],
    moments: Numbers,
    quantiles: Numbers,
    counts: NDArray[np.uint32],
) -> None:
    """Write the statistics of each row, the numbers ``scale * values[start : start + n]``.

    Parameters
    ----------
    values : array
    starts : array (R,)
    n : int
    scale : float
    cell_place, cell_edge : array (65536,)
        For the upper sixteen bits of a number (its cell): the place among the edges of the smallest number of the cell
        (0 is below all bins, B + 1 above, B + 2 not finite), and the edge from which on the next place begins.
    zeros_slot : int
        The bin whose numbers are counted as zeros; -1 for none.
    ranks : array (Q,)
        Places of the quantiles among the ordered numbers, 0 … n - 1, with fractions.
    moments : array (4, R)
        Mean, standard deviation, minimum, maximum.
    quantiles : array (R, Q)
        Linear between the two nearest numbers.
    counts : array (R, B + 4)
        Bins, zeros, below, above, not finite.
    """
    n_bins = counts.shape[1] - 4
    scaled, places = np.empty(n, np.float32), np.empty(n, np.uint16)
    chosen, sorted_in = np.empty(n + 1, np.float32), np.empty(n + 1, np.float32)
    tallies, next_of = np.zeros((4, n_bins + 3), np.int32), np.zeros(n_bins + 3, np.int32)
    wanted = np.zeros(n_bins + 3, np.uint8)
    bin_of, below_of = np.zeros(2 * len(ranks) + 2, np.int64), np.zeros(2 * len(ranks), np.int64)
    zero = place_of(0.0, 0, cell_place, cell_edge)
    for row in range(len(starts)):
        numbers = values[starts[row] : starts[row] + n]
        if scale != 1:
            for i in range(n):
                scaled[i] = numbers[i] * scale
            numbers = scaled
        find_places(numbers, numbers.view(np.uint32), cell_place, cell_edge, places)
        count_places(places, tallies)
        tally = tallies[0]
        for place in range(n_bins):
            counts[row, place] = tally[place + 1]
        counts[row, n_bins] = 0
        counts[row, n_bins + 1], counts[row, n_bins + 2] = tally[0], tally[n_bins + 1]
        counts[row, n_bins + 3] = tally[n_bins + 2]
        if zeros_slot >= 0:
            counts[row, n_bins] = counts[row, zeros_slot]
            counts[row, zeros_slot] = 0
        if tally[n_bins + 2]:
            moments[:, row] = np.nan
            quantiles[row, :] = np.nan
            continue
        mean = total(numbers) / n
        moments[0, row], moments[1, row] = mean, np.sqrt(sum_of_squares(numbers, mean) / n)
        lowest, highest = least_place(places), greatest_place(places)
        find_bins(tally, ranks, n, lowest, bin_of, below_of)
        bin_of[-2], bin_of[-1] = lowest, highest
        # the numbers of the bins that hold a quantile or an extreme, bin by bin; a bin of nothing but zeros is none
        only_zeros = n_zeros(numbers) == tally[zero]
        wanted[:] = 0
        for k in range(len(bin_of)):
            wanted[bin_of[k]] = bin_of[k] != zero or not only_zeros
        filled = 0
        for k in range(len(bin_of)):
            place = bin_of[k]
            if wanted[place] == 1:
                wanted[place], next_of[place] = 2, filled
                filled += tally[place]
        pick_wanted(numbers, places, wanted, chosen)
        for i in range(filled):
            place = place_of(chosen[i], chosen.view(np.uint32)[i], cell_place, cell_edge)
            sorted_in[next_of[place]] = chosen[i]
            next_of[place] += 1
        moments[2, row] = moments[3, row] = 0
        if wanted[lowest]:
            moments[2, row] = least(sorted_in, next_of[lowest] - tally[lowest], next_of[lowest])
        if wanted[highest]:
            moments[3, row] = greatest(sorted_in, next_of[highest] - tally[highest], next_of[highest])
        for q in range(len(ranks)):
            first = int(ranks[q])
            place, following = bin_of[2 * q], bin_of[2 * q + 1]
            end = next_of[place]
            start = end - tally[place]
            at = start + first - below_of[2 * q]
            lower = nth(sorted_in, start, end - 1, at) if wanted[place] else 0.0
            if not wanted[following]:
                upper = 0.0
            elif following == place and at + 1 < end:
                upper = least(sorted_in, at + 1, end)  # all behind `at` are at least as large
            else:
                upper = least(sorted_in, next_of[following] - tally[following], next_of[following])
            share = ranks[q] - first
            quantiles[row, q] = lower + share * (upper - lower) if share > 0 else lower


def update_ratios(
    updates: Numbers, params: Numbers, starts: NDArray[np.int64], ends: NDArray[np.int64], ratios: Numbers
) -> None:
    """Write ‖Δ‖ / ‖W - Δ‖ of each row: updates Δ, and parameters W after them.

    Parameters
    ----------
    updates, params : array
    starts, ends : array (R, S)
        The spans in which the weights of a row stand.
    ratios : array (R,)
        NaN where the weights were all zero before the update.
    """
    for row in range(len(starts)):
        moved = before = 0.0
        for span in range(starts.shape[1]):
            start, end = starts[row, span], ends[row, span]
            moved += sum_of_squares(updates[start:end], 0.0)
            before += sum_of_squared_differences(params[start:end], updates[start:end])
        ratios[row] = np.sqrt(moved) / np.sqrt(before) if before > 0 else np.nan


def shares(
    values: Numbers,
    starts: NDArray[np.int64],
    n_units: int,
    n_each: int,
    low: float,
    high: float,
    near: Numbers,
    off: Numbers,
) -> None:
    """Write which share of the numbers of each row is below `low` or above `high`, and which of its units is off.

    Parameters
    ----------
    values : array
    starts : array (R,)
    n_units, n_each : int
        A row holds n_each numbers of its first unit, then those of the second, and so on.
    low, high : float
    near : array (R,)
    off : array (R,)
        A unit is off if none of its numbers is above 0.
    """
    for row in range(len(starts)):
        n_near = n_off = 0
        for unit in range(n_units):
            start = starts[row] + unit * n_each
            n_near += n_outside(values[start : start + n_each], low, high)
            n_off += n_above(values[start : start + n_each], 0.0) == 0
        near[row] = n_near / (n_units * n_each)
        off[row] = n_off / n_units
