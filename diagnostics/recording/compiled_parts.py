"""The small functions of which the compiled kernels are made; each calls no other of them.

Plain Python over numbers, written for Numba: see `diagnostics.recording.compiled_statistics`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float32]
MANY = 1024  # numbers from which counting in four tallies is worth adding them up


def place_of(value: float, bits: int, cell_place: NDArray[np.uint16], cell_edge: Numbers) -> int:
    cell = bits >> 16
    return int(cell_place[cell] + (value >= cell_edge[cell]))


def find_places(
    numbers: Numbers,
    bits: NDArray[np.uint32],
    cell_place: NDArray[np.uint16],
    cell_edge: Numbers,
    places: NDArray[np.uint16],
) -> None:
    """Note where each number stands, without a branch that hangs on it: a processor guesses those wrong half of the
    time."""
    for i in range(len(numbers)):
        cell = bits[i] >> np.uint32(16)
        places[i] = cell_place[cell] + np.uint16(numbers[i] >= cell_edge[cell])


def count_places(places: NDArray[np.uint16], tallies: NDArray[np.int32]) -> None:
    """Count how many numbers stand at each place, in ``tallies[0]``.

    In four tallies where there are many numbers: many equal ones (zeros of relu) would wait for each other.
    """
    n = len(places)
    if n < MANY:
        first = tallies[0]
        first[:] = 0
        for i in range(n):
            first[places[i]] += 1
        return
    tallies[:] = 0
    a, b, c, d = tallies[0], tallies[1], tallies[2], tallies[3]
    whole = n - n % 4
    for i in range(0, whole, 4):
        a[places[i]] += 1
        b[places[i + 1]] += 1
        c[places[i + 2]] += 1
        d[places[i + 3]] += 1
    for i in range(whole, n):
        a[places[i]] += 1
    for place in range(len(a)):
        a[place] += b[place] + c[place] + d[place]


def total(numbers: Numbers) -> float:
    result = 0.0
    for i in range(len(numbers)):
        result += np.float64(numbers[i])
    return result


def sum_of_squares(numbers: Numbers, mean: float) -> float:
    result = 0.0
    for i in range(len(numbers)):
        result += (np.float64(numbers[i]) - mean) ** 2
    return result


def sum_of_squared_differences(numbers: Numbers, others: Numbers) -> float:
    result = 0.0
    for i in range(len(numbers)):
        result += (np.float64(numbers[i]) - np.float64(others[i])) ** 2
    return result


def n_outside(numbers: Numbers, low: float, high: float) -> int:
    n = 0
    for i in range(len(numbers)):
        n += int(numbers[i] < low) | int(numbers[i] > high)
    return n


def n_above(numbers: Numbers, limit: float) -> int:
    n = 0
    for i in range(len(numbers)):
        n += int(numbers[i] > limit)
    return n


def pick_wanted(numbers: Numbers, places: NDArray[np.uint16], wanted: NDArray[np.uint8], chosen: Numbers) -> None:
    """Copy the numbers at wanted places, but no zeros, in their order; without a branch."""
    filled = 0
    for i in range(len(numbers)):
        chosen[filled] = numbers[i]
        filled += wanted[places[i]] & np.uint8(numbers[i] != 0)


def n_zeros(numbers: Numbers) -> int:
    n = 0
    for i in range(len(numbers)):
        n += int(numbers[i] == 0)
    return n


def least_place(places: NDArray[np.uint16]) -> int:
    low = places[0]
    for i in range(len(places)):
        low = min(low, places[i])
    return int(low)


def greatest_place(places: NDArray[np.uint16]) -> int:
    high = places[0]
    for i in range(len(places)):
        high = max(high, places[i])
    return int(high)


def find_bins(
    tally: NDArray[np.int32],
    ranks: NDArray[np.float64],
    n: int,
    lowest: int,
    bin_of: NDArray[np.int64],
    below_of: NDArray[np.int64],
) -> None:
    """Write, for each rank and for its successor, in which bin it stands and how many numbers stand below that bin."""
    place, below = lowest, 0
    for q in range(len(ranks)):
        for step in range(2):
            rank = min(int(ranks[q]) + step, n - 1)
            while below + tally[place] <= rank:
                below += tally[place]
                place += 1
            bin_of[2 * q + step], below_of[2 * q + step] = place, below
        place, below = bin_of[2 * q], below_of[2 * q]  # the next rank may stand before this one's successor


def least(numbers: Numbers, start: int, end: int) -> float:
    low = numbers[start]
    for i in range(start + 1, end):
        low = min(low, numbers[i])
    return float(low)


def greatest(numbers: Numbers, start: int, end: int) -> float:
    high = numbers[start]
    for i in range(start + 1, end):
        high = max(high, numbers[i])
    return float(high)


def nth(numbers: Numbers, low: int, high: int, wanted: int) -> float:
    """Return the number that stands at `wanted` when those from `low` to `high` are in order; moves them (Hoare 1961).

    Afterwards none behind it is smaller. Numbers change places without a branch that hangs on them.
    """
    while low < high:
        a, b, c = numbers[low], numbers[(low + high) // 2], numbers[high]
        pivot = max(min(a, b), min(max(a, b), c))
        store = low
        for i in range(low, high + 1):
            value = numbers[i]
            numbers[i] = numbers[store]
            numbers[store] = value
            store += value < pivot
        if wanted < store:
            high = store - 1
            continue
        low = store
        for i in range(low, high + 1):
            value = numbers[i]
            numbers[i] = numbers[store]
            numbers[store] = value
            store += value == pivot
        if wanted < store:
            return float(pivot)
        low = store
    return float(numbers[wanted])
