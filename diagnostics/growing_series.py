"""A series that grows: rows are appended to a buffer that doubles, and a view of what is there never changes."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray

from diagnostics.run import AnyArray, Series


class GrowingSeries:
    """A `Series` under construction; `n` is its number of rows.

    Parameters
    ----------
    dims, unit, binning
        As in `Series`.
    row : array
        One row, for its shape and type; it is not appended.
    """

    def __init__(self, dims: tuple[str, ...], unit: str, binning: str, row: AnyArray) -> None:
        self.dims, self.unit, self.binning = dims, unit, binning
        self.n = 0
        self._steps = np.empty(16, np.int64)
        self._values = np.empty((16, *row.shape), row.dtype)

    @classmethod
    def of(cls, series: Series) -> Self:
        """Return one that goes on from `series`."""
        result = cls(series.dims, series.unit, series.binning, series.values[0])
        result.n = len(series.steps)
        result._steps, result._values = series.steps.copy(), series.values.copy()
        return result

    def append(self, step: int, row: AnyArray) -> None:
        """Add a row. A row of the same step as the last one is left out: it is recorded already."""
        if self.n and self._steps[self.n - 1] == step:
            return
        self._make_room(self.n + 1)
        self._steps[self.n] = step
        self._values[self.n] = row
        self.n += 1

    def extend(self, steps: NDArray[np.int64], rows: AnyArray) -> None:
        """Add several rows, all later than those that are there."""
        self._make_room(self.n + len(steps))
        self._steps[self.n : self.n + len(steps)] = steps
        self._values[self.n : self.n + len(steps)] = rows
        self.n += len(steps)

    def _make_room(self, n: int) -> None:
        while n > len(self._steps):
            self._steps = np.concatenate([self._steps, np.empty_like(self._steps)])
            self._values = np.concatenate([self._values, np.empty_like(self._values)])

    def view(self, start: int = 0) -> Series:
        """Return the rows from `start` on, without a copy; rows that are added later do not appear in it."""
        return Series(self.dims, self.unit, self._steps[start : self.n], self._values[start : self.n], self.binning)
