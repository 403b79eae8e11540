"""The two fixed binnings on which every distribution is recorded, shared by layers, steps, seeds and runs.

``"linear"``: 256 bins on [-1.05, 1.05], for bounded activations. ``"symlog"``: 16 bins per decade and sign for 1e-8 ≤
|v| < 1e4, for everything else. Neither ever changes; a display may merge whole bins (`merge`), never re-bin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.arrays import Array

Counts = NDArray[np.uint32]

LINEAR_BINS = 256
LINEAR_LIMIT = 1.05
BINS_PER_DECADE = 16
LOWEST_EXPONENT = -8
HIGHEST_EXPONENT = 4
EXTRA_SLOTS = 4


@dataclass(frozen=True, eq=False)
class Binning:
    """Bin edges, and how numbers are counted on them.

    Attributes
    ----------
    name : str
    edges : array (B + 1,)
        Ascending; bin i holds edges[i] ≤ v < edges[i + 1]. On "symlog" the middle
        bin, between -1e-8 and 1e-8, stays empty: such values are counted as zeros.
    """

    name: Literal["linear", "symlog"]
    edges: NDArray[np.float64]

    @property
    def n_bins(self) -> int:
        """The number B of bins."""
        return len(self.edges) - 1

    @property
    def n_slots(self) -> int:
        """B + 4: the bins, then zeros, underflow, overflow and non-finite values."""
        return self.n_bins + EXTRA_SLOTS

    @property
    def centers(self) -> NDArray[np.float64]:
        """The middle of each bin, (B,)."""
        return (self.edges[:-1] + self.edges[1:]) / 2

    def count(self, ordered: Array) -> Counts:
        """Return how many of each row's numbers fall into each slot.

        Parameters
        ----------
        ordered : array (R, n)
            Each row ascending, as `numpy.sort` leaves it (NaN last).

        Returns
        -------
        array (R, n_slots) of uint32
            Bins, then zeros ("symlog" only), numbers below and above the bins, and numbers that are not finite. Each
            row sums to n.
        """
        limits = np.append(self.edges, np.inf).astype(ordered.dtype)
        below = np.array([np.searchsorted(row, limits) for row in ordered])
        n_minus_infinity = (ordered == -np.inf).sum(axis=1) if (ordered[:, 0] == -np.inf).any() else 0
        counts = np.zeros((len(ordered), self.n_slots), np.uint32)
        counts[:, : self.n_bins] = np.diff(below[:, :-1])
        counts[:, self.n_bins + 1] = below[:, 0] - n_minus_infinity
        counts[:, self.n_bins + 2] = below[:, -1] - below[:, -2]
        counts[:, self.n_bins + 3] = ordered.shape[1] - below[:, -1] + n_minus_infinity
        if self.name == "symlog":
            middle = self.n_bins // 2
            counts[:, self.n_bins] = counts[:, middle]
            counts[:, middle] = 0
        return counts


def _symlog_edges() -> NDArray[np.float64]:
    n = (HIGHEST_EXPONENT - LOWEST_EXPONENT) * BINS_PER_DECADE
    positive = 10.0 ** (LOWEST_EXPONENT + np.arange(n + 1) / BINS_PER_DECADE)
    return np.concatenate([-positive[::-1], positive])


BINNINGS: Mapping[str, Binning] = {
    "linear": Binning("linear", np.linspace(-LINEAR_LIMIT, LINEAR_LIMIT, LINEAR_BINS + 1)),
    "symlog": Binning("symlog", _symlog_edges()),
}


def merge(counts: NDArray[np.generic], factor: int) -> NDArray[np.int64]:
    """Return counts of `factor` neighbouring bins added up, along the last axis.

    Parameters
    ----------
    counts : array (…, B)
        Bins only, without the extra slots.
    factor : int
        A divisor of B.

    Raises
    ------
    ValueError
        If B is no multiple of `factor`.
    """
    n_bins = counts.shape[-1]
    if factor < 1 or n_bins % factor:
        raise ValueError(f"{n_bins} bins cannot be merged by {factor}: use a divisor of {n_bins}")
    grouped = counts.reshape(*counts.shape[:-1], n_bins // factor, factor)
    return np.asarray(grouped.sum(axis=-1, dtype=np.int64))
