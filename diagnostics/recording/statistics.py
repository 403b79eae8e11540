"""What is recorded of a heap of numbers: mean, standard deviation, extremes, quantiles and a histogram, row by row.

`statistics` takes the compiled kernel where there is one (`diagnostics.recording.kernels`), else its NumPy twin below.
They agree: counts and extremes exactly, the rest to the last digits of float32.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from diagnostics.histogram import BINNINGS, Binning
from diagnostics.recording.kernels import compiled
from diagnostics.run import QUANTILES, AnyArray
from models.arrays import Array

MOMENTS = ("mean", "std", "minimum", "maximum")


def statistics(values: Array, binning: Binning) -> dict[str, AnyArray]:
    """Return mean, std, minimum, maximum (R,), quantiles (R, Q), histogram (R, slots) of each row of `values` (R, …).

    A row that holds a number which is not finite has NaN for all but its histogram.
    """
    rows, kernels = values.reshape(len(values), -1), compiled()
    if kernels is None or rows.dtype != np.float32 or rows.shape[1] == 0:
        return in_numpy(rows, binning)
    n_rows, n = rows.shape
    moments, quantiles = np.empty((n_rows, 4), np.float32), np.empty((n_rows, len(QUANTILES)), np.float32)
    counts = np.empty((n_rows, binning.n_slots), np.uint32)
    kernels.rows(np.ascontiguousarray(rows), *cells(binning.name), ranks(n), moments, quantiles, counts)
    return _named(moments.T, quantiles, counts)


def in_numpy(rows: Array, binning: Binning) -> dict[str, AnyArray]:
    """Return what `statistics` returns for rows (R, n), without anything compiled."""
    ordered = np.sort(rows, axis=1)
    moments = np.empty((4, len(rows)))
    with np.errstate(all="ignore"):
        moments[0] = ordered.mean(axis=1, dtype=np.float64)
        centered = ordered - moments[0][:, None]
        moments[1] = np.sqrt(np.einsum("ri,ri->r", centered, centered) / rows.shape[1])
        moments[2], moments[3] = ordered[:, 0], ordered[:, -1]
        place = ranks(rows.shape[1])
        low = place.astype(int)
        high = np.minimum(low + 1, rows.shape[1] - 1)
        quantiles = ordered[:, low] + (place - low) * (ordered[:, high].astype(np.float64) - ordered[:, low])
    is_odd = ~(np.isfinite(ordered[:, 0]) & np.isfinite(ordered[:, -1]))
    moments[:, is_odd], quantiles[is_odd] = np.nan, np.nan
    return _named(moments.astype(np.float32), quantiles.astype(np.float32), binning.count(ordered))


def _named(moments: AnyArray, quantiles: AnyArray, counts: AnyArray) -> dict[str, AnyArray]:
    return {**dict(zip(MOMENTS, moments, strict=True)), "quantiles": quantiles, "histogram": counts}


@cache
def ranks(n: int) -> NDArray[np.float64]:
    """Return the places of the quantiles among n ordered numbers, with fractions, as NumPy's default has them."""
    return np.array(QUANTILES) * (n - 1)


@cache
def cells(name: Literal["linear", "symlog"]) -> tuple[NDArray[np.uint16], NDArray[np.float32], int]:
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
