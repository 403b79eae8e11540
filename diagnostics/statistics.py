"""What is recorded of a heap of numbers: mean, standard deviation, extremes, quantiles and a histogram, row by row.

`statistics` takes the compiled kernel where there is one (`diagnostics.kernels`), else its NumPy twin below. They
agree: counts and extremes exactly, the rest to the last digits of float32. `reduce` does the same for numbers that lie
somewhere in a larger array, and writes into arrays that are there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diagnostics.histogram import BINNINGS, Binning
from diagnostics.kernels import compiled
from diagnostics.run import QUANTILES, AnyArray
from models.arrays import Array

MOMENTS = ("mean", "std", "minimum", "maximum")


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of numbers in a larger array: row i holds ``scale * memory[starts[i] : starts[i] + n]``.

    Attributes
    ----------
    memory : array (M,)
    starts : array (R,)
    n : int
    scale : float
    """

    memory: Array
    starts: NDArray[np.int64]
    n: int
    scale: float = 1.0

    def array(self) -> Array:
        """Return them as an array (R, n)."""
        rows: Array = self.memory[self.starts[:, None] + np.arange(self.n)]
        return rows if self.scale == 1 else rows * rows.dtype.type(self.scale)


def statistics(values: Array, binning: Binning) -> dict[str, AnyArray]:
    """Return mean, std, minimum, maximum (R,), quantiles (R, Q), histogram (R, slots) of each row of `values` (R, …).

    A row that holds a number which is not finite has NaN for all but its histogram.
    """
    rows = values.reshape(len(values), -1)
    if compiled() is None or rows.dtype != np.float32 or rows.shape[1] == 0:
        return in_numpy(rows, binning)
    n = rows.shape[1]
    return reduce(Rows(np.ascontiguousarray(rows).reshape(-1), np.arange(len(rows)) * n, n), binning)


def reduce(rows: Rows, binning: Binning, counts: NDArray[np.uint32] | None = None) -> dict[str, AnyArray]:
    """Return what `statistics` returns for rows that lie in a larger array.

    Parameters
    ----------
    rows : Rows
    binning : Binning
    counts : array (more than R, slots), optional
        Memory that the histograms may use; fresh memory costs more than the counting.
    """
    kernels = compiled()
    if kernels is None or rows.memory.dtype != np.float32:
        return in_numpy(rows.array(), binning)
    n_rows = len(rows.starts)
    moments, quantiles = np.empty((4, n_rows), np.float32), np.empty((n_rows, len(QUANTILES)), np.float32)
    counts = np.empty((n_rows, binning.n_slots), np.uint32) if counts is None else counts[:n_rows]
    cell_place, cell_edge, zeros_slot = _cells(binning.name)
    scale = np.float32(rows.scale)
    found = (moments, quantiles, counts)
    kernels.rows(rows.memory, rows.starts, rows.n, scale, cell_place, cell_edge, zeros_slot, _ranks(rows.n), *found)
    return _named(*found)


def update_ratios(
    updates: Array, params: Array, starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return ‖Δ‖ / ‖W - Δ‖ for rows (R,) of weights: updates Δ, and the parameters W after them.

    Parameters
    ----------
    updates, params : array (M,)
    starts, ends : array (R, S)
        The spans in which the weights of a row stand.

    Returns
    -------
    array (R,)
        NaN where all weights were zero before.
    """
    kernels, ratios = compiled(), np.full(len(starts), np.nan, np.float32)
    if kernels is not None and updates.dtype == np.float32:
        kernels.update_ratios(updates, params, starts, ends, ratios)
        return ratios
    for row, spans in enumerate(zip(starts, ends, strict=True)):
        places = [slice(*span) for span in zip(*spans, strict=True)]
        moved = np.concatenate([updates[place] for place in places]).astype(np.float64)
        before = np.linalg.norm(np.concatenate([params[place] for place in places]) - moved)
        if before > 0:
            ratios[row] = np.linalg.norm(moved) / before
    return ratios


def shares(
    rows: Rows, n_units: int, n_each: int, limits: tuple[float, float]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return which share of each row's numbers is below or above the limits, and which share of its units is off.

    Parameters
    ----------
    rows : Rows
        ``n_units * n_each`` numbers: those of the first unit, of the second, …
    n_units, n_each : int
    limits : (float, float)

    Returns
    -------
    (array (R,), array (R,))
        A unit is off if none of its numbers is above 0.
    """
    kernels, n_rows = compiled(), len(rows.starts)
    near, off = np.empty(n_rows, np.float32), np.empty(n_rows, np.float32)
    if kernels is not None and rows.memory.dtype == np.float32:
        low, high = map(np.float32, limits)
        kernels.shares(rows.memory, rows.starts, n_units, n_each, low, high, near, off)
        return near, off
    a = rows.array()
    near[:] = ((a < limits[0]) | (a > limits[1])).mean(axis=1)
    off[:] = (a <= 0).reshape(n_rows, n_units, n_each).all(axis=2).mean(axis=1)
    return near, off


def in_numpy(rows: Array, binning: Binning) -> dict[str, AnyArray]:
    """Return what `statistics` returns for rows (R, n), without anything compiled."""
    ordered = np.sort(rows, axis=1)
    moments = np.empty((4, len(rows)))
    with np.errstate(all="ignore"):
        moments[0] = ordered.mean(axis=1, dtype=np.float64)
        centered = ordered - moments[0][:, None]
        moments[1] = np.sqrt(np.einsum("ri,ri->r", centered, centered) / rows.shape[1])
        moments[2], moments[3] = ordered[:, 0], ordered[:, -1]
        place = _ranks(rows.shape[1])
        low = place.astype(int)
        high = np.minimum(low + 1, rows.shape[1] - 1)
        quantiles = ordered[:, low] + (place - low) * (ordered[:, high].astype(np.float64) - ordered[:, low])
    is_odd = ~(np.isfinite(ordered[:, 0]) & np.isfinite(ordered[:, -1]))
    moments[:, is_odd], quantiles[is_odd] = np.nan, np.nan
    return _named(moments.astype(np.float32), quantiles.astype(np.float32), binning.count(ordered))


def _named(moments: AnyArray, quantiles: AnyArray, counts: AnyArray) -> dict[str, AnyArray]:
    return {**dict(zip(MOMENTS, moments, strict=True)), "quantiles": quantiles, "histogram": counts}


@cache
def _ranks(n: int) -> NDArray[np.float64]:
    """Return the places of the quantiles among n ordered numbers, with fractions, as NumPy's default has them."""
    return np.array(QUANTILES) * (n - 1)


@cache
def _cells(name: Literal["linear", "symlog"]) -> tuple[NDArray[np.uint16], NDArray[np.float32], int]:
    """Return, for the upper sixteen bits of a number, the place of the smallest number of that cell and the edge above
    it; and the zeros' bin.

    Numbers that share sign, exponent and seven digits of the mantissa differ by at most 1/128 of their size, far less
    than a bin is wide: at most one edge lies between them.
    """
    binning = BINNINGS[name]
    edges = binning.edges.astype(np.float32)
    upper = np.arange(2**16, dtype=np.uint32) << 16
    smallest = np.where(upper >> 31, upper | 0xFFFF, upper).astype(np.uint32).view(np.float32)
    is_finite = (upper & 0x7F800000) != 0x7F800000
    places = np.searchsorted(edges, np.where(is_finite, smallest, 0), side="right")
    above = np.append(edges, np.float32(np.inf))[places]
    places = np.where(is_finite, places, binning.n_bins + 2)
    above = np.where(is_finite, above, np.float32(np.inf)).astype(np.float32)
    above[upper == 0x7F800000] = np.nan  # infinity is not above an edge
    return places.astype(np.uint16), above, binning.n_bins // 2 if name == "symlog" else -1
