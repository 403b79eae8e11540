"""Columns of a table as a network reads them: which features a column becomes, and its own units back again.

Plain numbers stand in for the recipe that prepared the table, so that analyses can move one column and hold the others.
Start at `TableColumn`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from diagnostics.projection import Interrupted
from diagnostics.run import AnyArray
from diagnostics.seed_spread import Floats

CHUNK = 2048  # examples between two reports
DIGITS = 9  # significant ones that survive scaling there and back

Predict = Callable[[Floats], Floats]
"""Outputs (R, M, K) of all seeds for M examples (M, D): probabilities, or numbers in the targets' own units."""
Report = Callable[[float], bool]


def silent(_: float) -> bool:
    """Report to nobody, and go on."""
    return True


@dataclass(frozen=True)
class TableColumn:
    """One column.

    Attributes
    ----------
    name : str
    start : int
        Its first feature.
    categories : tuple of str
        One feature for each, 1 where it applies; () for a column of numbers, which is one feature.
    mean, std : float
        A number v becomes (v - mean)/std.
    median : float
        What a missing number became.
    """

    name: str
    start: int
    categories: tuple[str, ...] = ()
    mean: float = 0.0
    std: float = 1.0
    median: float = 0.0

    @property
    def is_numeric(self) -> bool:
        """Whether it holds numbers."""
        return not self.categories

    @property
    def places(self) -> slice:
        """Its features."""
        return slice(self.start, self.start + (len(self.categories) or 1))

    def values(self, x: AnyArray) -> Floats:
        """Return what stands in the column, (N,), of features (N, D): numbers in its own unit, or category numbers.

        -1 for a text that is none of the categories. A number that was missing is the median.
        """
        own = np.asarray(x[:, self.places], dtype=np.float64)
        if self.is_numeric:
            return _rounded(own[:, 0] * self.std + self.mean)
        return np.where(own.max(axis=1) > 0.5, own.argmax(axis=1), -1).astype(np.float64)

    def features(self, values: AnyArray) -> Floats:
        """Return the features (M, width) of `values` as `values` returns them; NaN is taken for the median."""
        given = np.asarray(values, dtype=np.float64)
        if self.is_numeric:
            return ((np.where(np.isnan(given), self.median, given) - self.mean) / self.std)[:, None]
        return np.asarray(given[:, None] == np.arange(len(self.categories))[None, :], dtype=np.float64)

    def text(self, value: float) -> str:
        """Return one value as a person reads it."""
        if self.is_numeric:
            return f"{value:.6g}".replace("-", "−")
        return self.categories[int(value)] if value >= 0 else "(none of the known)"


def _rounded(values: Floats) -> Floats:
    """Take away the digits that scaling there and back has added: 13.200000000000001 is 13.2."""
    with np.errstate(divide="ignore"):
        size = np.floor(np.log10(np.abs(values)))
    places = np.where(np.isfinite(size), DIGITS - 1 - size, 0.0)
    scale = 10.0 ** np.clip(places, -200, 200)
    return np.asarray(np.round(values * scale) / scale)


def typical_row(x: AnyArray, columns: Sequence[TableColumn]) -> Floats:
    """Return one example (D,): the median of each column of numbers and the most frequent category of the others."""
    row = np.median(np.asarray(x, dtype=np.float64), axis=0)
    for column in columns:
        if not column.is_numeric:
            counts = np.asarray(x[:, column.places]).sum(axis=0)
            row[column.places] = np.arange(len(counts)) == counts.argmax()
    return row


def with_columns(row: Floats, columns: Sequence[TableColumn], values: Sequence[AnyArray]) -> Floats:
    """Return examples (M, D) which all equal `row` (D,) but for some columns, whose values (M,) are given."""
    examples = np.repeat(np.asarray(row, dtype=np.float64)[None], len(values[0]), axis=0)
    for column, given in zip(columns, values, strict=True):
        examples[:, column.places] = column.features(given)
    return examples


def outputs_of(predict: Predict, x: Floats, report: Report = silent) -> Floats:
    """Return `predict(x)`, computed piece by piece.

    Raises
    ------
    Interrupted
        If `report` returns False.
    """
    parts = []
    for start in range(0, len(x), CHUNK):
        parts.append(np.asarray(predict(x[start : start + CHUNK]), dtype=np.float64))
        if not report(min(1.0, (start + CHUNK) / len(x))):
            raise Interrupted
    return np.concatenate(parts, axis=1)
