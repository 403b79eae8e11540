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
    buffer : array (T, …), optional
        Where rows are written to, maybe by somebody else before they are added.
    """

    def __init__(
        self, dims: tuple[str, ...], unit: str, binning: str, row: AnyArray, buffer: AnyArray | None = None
    ) -> None:
        self.dims, self.unit, self.binning = dims, unit, binning
        self.n = 0
        self._values = np.empty((16, *row.shape), row.dtype) if buffer is None else buffer
        self._steps = np.empty(len(self._values), np.int64)

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
        """Add several rows, all later than those that are there; rows that stand in the buffer already stay there."""
        end = self.n + len(steps)
        self._make_room(end)
        place = self._values[self.n : end]
        if place.__array_interface__["data"] != rows.__array_interface__["data"]:
            place[...] = rows
        self._steps[self.n : end] = steps
        self.n = end

    def _make_room(self, n: int) -> None:
        if n > len(self._steps):
            size = max(n, 2 * len(self._steps))
            steps, values = np.empty(size, np.int64), np.empty((size, *self._values.shape[1:]), self._values.dtype)
            steps[: self.n], values[: self.n] = self._steps[: self.n], self._values[: self.n]
            self._steps, self._values = steps, values

    def view(self, start: int = 0) -> Series:
        """Return the rows from `start` on, without a copy; rows that are added later do not appear in it."""
        return Series(self.dims, self.unit, self._steps[start : self.n], self._values[start : self.n], self.binning)
