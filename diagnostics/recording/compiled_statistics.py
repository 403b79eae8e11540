"""The bodies of the compiled kernels: plain Python over numbers, written for Numba and readable without it.

See `diagnostics.recording.kernels` for how they are compiled and `diagnostics.recording.statistics` for what they mean.
Numbers are read where they lie: a flat array, and where each row begins in it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diagnostics.recording.compiled_parts import (
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


Cells = tuple[NDArray[np.uint16], Numbers, int]
Scratch = tuple[
    NDArray[np.uint16], Numbers, Numbers, NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8], NDArray[np.int64]
]


def rows(
    values: Numbers,
    cell_place: NDArray[np.uint16],
    cell_edge: Numbers,
    zeros_slot: int,
    ranks: NDArray[np.float64],
    moments: Numbers,
    quantiles: Numbers,
    counts: NDArray[np.uint32],
) -> None:
    """Write the statistics of each row of numbers.

    Parameters
    ----------
    values : array (R, n)
    cell_place, cell_edge : array (65536,)
        For the upper sixteen bits of a number (its cell): the place among the edges of the smallest number of the cell
        (0 is below all bins, B + 1 above, B + 2 not finite), and the edge from which on the next place begins.
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
    scratch = scratch_for(values.shape[1], counts.shape[1], len(ranks))
    for i in range(len(values)):
        row(values[i], (cell_place, cell_edge, zeros_slot), ranks, scratch, moments[i], quantiles[i], counts[i])


def records(
    memory: Numbers,
    place: NDArray[np.int64],
    n_seeds: int,
    jobs: NDArray[np.int64],
    spans: NDArray[np.int64],
    scales: Numbers,
    ranks: NDArray[np.float64],
    cell_places: NDArray[np.uint16],
    cell_edges: Numbers,
    binnings: NDArray[np.int64],
    nodes: NDArray[np.int64],
    limits: Numbers,
    moments: Numbers,
    quantiles: Numbers,
    shares: Numbers,
    counts: NDArray[np.integer],
) -> None:
    """Write all statistics of some recorded steps, of all seeds and layers.

    Parameters
    ----------
    memory : array
        All that was copied. The numbers of row r = step · n_seeds + seed of a job stand at its start + r · stride.
    place : array (T,)
        The record, in the arrays that are written, of each step.
    n_seeds : int
    jobs : array (J, 7)
        Start, stride, n, first span, spans, binning (of those below), first slot in `counts`. Without spans the n
        numbers follow each other.
    spans : array (S, 2)
        Begin and length of a stretch of a row's numbers.
    scales : array (J,)
    ranks : array (J, Q)
    cell_places, cell_edges : array (2, 65536)
        Of both binnings, as in `rows`.
    binnings : array (2, 2)
        How many slots they have, and `zeros_slot`.
    nodes : array (L, 4)
        Of each layer the jobs of its activations and of its weights, where the updates start, and its units.
    limits : array (L, 2)
        Activations below or above are near an asymptote.
    moments, quantiles : array (records, J, 4, R) and (records, J, R, Q)
    shares : array (records, L, 3, R)
        Update ratio, share near an asymptote, share of units that are off.
    counts : array (records, slots)
    """
    n_rows = len(place) * n_seeds
    four = np.empty(4, np.float32)
    for job in range(len(jobs)):
        start, stride, n, first, n_spans, binning, slot = jobs[job]
        n_slots, zeros_slot = binnings[binning]
        cells = (cell_places[binning], cell_edges[binning], zeros_slot)
        scratch = scratch_for(n, n_slots, ranks.shape[1])
        copied = np.empty(n, np.float32)
        for r in range(n_rows):
            step, seed = place[r // n_seeds], r % n_seeds
            begin = start + r * stride
            if n_spans == 1:
                begin += spans[first, 0]
            if n_spans > 1:
                filled = 0
                for span in range(first, first + n_spans):
                    for i in range(spans[span, 1]):
                        copied[filled + i] = memory[begin + spans[span, 0] + i]
                    filled += spans[span, 1]
                numbers = copied
            elif scales[job] != 1:
                for i in range(n):
                    copied[i] = memory[begin + i] * scales[job]
                numbers = copied
            else:
                numbers = memory[begin : begin + n]
            at = slot + seed * n_slots
            row(numbers, cells, ranks[job], scratch, four, quantiles[step, job, seed], counts[step, at : at + n_slots])
            for k in range(4):
                moments[step, job, k, seed] = four[k]
    for node in range(len(nodes)):
        of_activation, of_weight, updates, units = nodes[node]
        start, stride, n = jobs[of_activation, :3]
        params, per_seed, _, first, n_spans = jobs[of_weight, :5]
        n_each = n // units
        for r in range(n_rows):
            step, seed = place[r // n_seeds], r % n_seeds
            moved = before = 0.0
            for span in range(first, first + n_spans):
                begin, end = r * per_seed + spans[span, 0], r * per_seed + spans[span, 0] + spans[span, 1]
                update = memory[updates + begin : updates + end]
                moved += sum_of_squares(update, 0.0)
                before += sum_of_squared_differences(memory[params + begin : params + end], update)
            n_near = n_off = 0
            for unit in range(units):
                begin = start + r * stride + unit * n_each
                n_near += n_outside(memory[begin : begin + n_each], limits[node, 0], limits[node, 1])
                n_off += n_above(memory[begin : begin + n_each], 0.0) == 0
            shares[step, node, 0, seed] = np.sqrt(moved) / np.sqrt(before) if before > 0 else np.nan
            shares[step, node, 1, seed] = n_near / n
            shares[step, node, 2, seed] = n_off / units


def scratch_for(n: int, n_slots: int, n_quantiles: int) -> Scratch:
    """Return the arrays that `row` works in."""
    n_places = n_slots - 1
    return (
        np.empty(n, np.uint16),
        np.empty(n + 1, np.float32),
        np.empty(n + 1, np.float32),
        np.zeros((4, n_places), np.int32),
        np.zeros(n_places, np.int32),
        np.zeros(n_places, np.uint8),
        np.zeros(4 * n_quantiles + 2, np.int64),
    )


def nth_with_zeros(numbers: Numbers, start: int, end: int, n_nothing: int, wanted: int) -> float:
    """Return the number that stands at `wanted`, from 0, when those from start to end and so many zeros are in
    order."""
    n_below = 0
    for i in range(start, end):
        n_below += numbers[i] < 0
    if n_below <= wanted < n_below + n_nothing:
        return 0.0
    return nth(numbers, start, end - 1, start + (wanted if wanted < n_below else wanted - n_nothing))


def row(
    numbers: Numbers,
    cells: Cells,
    ranks: NDArray[np.float64],
    scratch: Scratch,
    moments: Numbers,
    quantiles: Numbers,
    counts: NDArray[np.integer],
) -> None:
    """Write the statistics of one row of numbers; see `rows`."""
    places, chosen, sorted_in, tallies, next_of, wanted, found = scratch
    cell_place, cell_edge, zeros_slot = cells
    bin_of, below_of = found[: 2 * len(ranks) + 2], found[2 * len(ranks) + 2 :]
    n, n_bins = len(numbers), len(counts) - 4
    zero = place_of(0.0, 0, cell_place, cell_edge)
    find_places(numbers, numbers.view(np.uint32), cell_place, cell_edge, places)
    count_places(places, tallies)
    tally = tallies[0]
    for place in range(n_bins):
        counts[place] = tally[place + 1]
    counts[n_bins] = 0
    counts[n_bins + 1], counts[n_bins + 2] = tally[0], tally[n_bins + 1]
    counts[n_bins + 3] = tally[n_bins + 2]
    if zeros_slot >= 0:
        counts[n_bins] = counts[zeros_slot]
        counts[zeros_slot] = 0
    if tally[n_bins + 2]:
        moments[:] = np.nan
        quantiles[:] = np.nan
        return
    mean = total(numbers) / n
    moments[0], moments[1] = mean, np.sqrt(sum_of_squares(numbers, mean) / n)
    lowest, highest = least_place(places), greatest_place(places)
    find_bins(tally, ranks, n, lowest, bin_of, below_of)
    bin_of[-2], bin_of[-1] = lowest, highest
    # the numbers of the bins that hold a quantile or an extreme, bin by bin; exact zeros are counted only
    n_nothing = n_zeros(numbers)
    tally[zero] -= n_nothing
    wanted[:] = 0
    filled = 0
    for k in range(len(bin_of)):
        place = bin_of[k]
        if wanted[place] == 0:
            wanted[place], next_of[place] = 1, filled
            filled += tally[place]
    pick_wanted(numbers, places, wanted, chosen)
    for i in range(filled):
        place = place_of(chosen[i], chosen.view(np.uint32)[i], cell_place, cell_edge)
        sorted_in[next_of[place]] = chosen[i]
        next_of[place] += 1
    start, end = next_of[zero] - tally[zero], next_of[zero]
    if lowest == zero:
        moments[2] = nth_with_zeros(sorted_in, start, end, n_nothing, 0)
    else:
        moments[2] = least(sorted_in, next_of[lowest] - tally[lowest], next_of[lowest])
    if highest == zero:
        moments[3] = nth_with_zeros(sorted_in, start, end, n_nothing, end - start + n_nothing - 1)
    else:
        moments[3] = greatest(sorted_in, next_of[highest] - tally[highest], next_of[highest])
    for q in range(len(ranks)):
        first = int(ranks[q])
        place, following = bin_of[2 * q], bin_of[2 * q + 1]
        end = next_of[place]
        start = end - tally[place]
        at = first - below_of[2 * q]
        if place == zero:
            lower = nth_with_zeros(sorted_in, start, end, n_nothing, at)
        else:
            lower = nth(sorted_in, start, end - 1, start + at)
        if following == place and place != zero and start + at + 1 < end:
            upper = least(sorted_in, start + at + 1, end)  # all behind are at least as large
        elif following == zero:
            end = next_of[zero]
            upper = nth_with_zeros(sorted_in, end - tally[zero], end, n_nothing, at + 1 if place == zero else 0)
        else:
            upper = least(sorted_in, next_of[following] - tally[following], next_of[following])
        share = ranks[q] - first
        quantiles[q] = lower + share * (upper - lower) if share > 0 else lower
