"""Which rows are mistaken, and how: the rows behind each cell of a confusion matrix and each point of the residuals.

Start at `class_errors` or `number_errors`; what single rows cost while the network learned is `diagnostics.row_losses`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diagnostics.run import AnyArray
from diagnostics.seed_spread import Floats

Whole = NDArray[np.int64]
MOST_DRAWN = 3000  # points that a browser draws at once


@dataclass(frozen=True, eq=False)
class ClassErrorsReport:
    """True and predicted classes.

    Attributes
    ----------
    true : array (N,)
    predicted : array (R, N)
        What each seed says.
    class_names : tuple of str
        K of them.
    part : str
        Which rows these are: "validation", "training".
    counted : str
        "rows", or "positions" of sequences.
    """

    true: Whole
    predicted: Whole
    class_names: tuple[str, ...]
    part: str = ""
    counted: str = "rows"
    step: int = 0
    run_id: str = ""

    @property
    def counts(self) -> Floats:
        """(K, K): rows of a true class (downwards) that are taken for a class (to the right), mean over the seeds."""
        n = len(self.class_names)
        result = np.zeros((n, n))
        for one in self.predicted:
            np.add.at(result, (self.true, one), 1)
        return result / max(len(self.predicted), 1)

    def rows_of(self, true: int, predicted: int) -> Whole:
        """Return the places of the rows of a true class that at least one seed takes for a class, (M,)."""
        return np.flatnonzero((self.true == true) & (self.predicted == predicted).any(axis=0))

    def seeds_for(self, rows: Whole, predicted: int) -> Whole:
        """Return how many seeds take each of these rows for a class, (M,)."""
        return np.asarray((self.predicted[:, rows] == predicted).sum(axis=0))

    @property
    def worst_cell(self) -> tuple[int, int]:
        """The cell off the diagonal with the most rows; the fullest cell of all if nothing is mistaken."""
        counts = self.counts
        wrong = counts - np.diag(np.diag(counts))
        shown = wrong if wrong.max(initial=0.0) > 0 else counts
        row, column = np.unravel_index(int(shown.argmax()), shown.shape)
        return int(row), int(column)


@dataclass(frozen=True, eq=False)
class NumberErrorsReport:
    """Wanted and predicted numbers in the target's own unit: `wanted` (N,), `predicted` (R, N)."""

    wanted: Floats
    predicted: Floats
    target_name: str
    part: str = ""
    step: int = 0
    run_id: str = ""

    @property
    def mean(self) -> Floats:
        """Mean over the seeds, (N,)."""
        return np.asarray(self.predicted.mean(axis=0))

    @property
    def residuals(self) -> Floats:
        """Wanted less predicted, (N,): above 0 where the prediction is too low."""
        return np.asarray(self.wanted - self.mean)

    @property
    def drawn(self) -> Whole:
        """Return the places of the rows that are drawn: all, or of very many the largest residuals and some others."""
        n = len(self.wanted)
        if n <= MOST_DRAWN:
            return np.arange(n)
        return np.union1d(self.largest(MOST_DRAWN // 4), np.arange(0, n, -(-n // (3 * MOST_DRAWN // 4))))

    def nearest(self, row: int, n: int) -> Whole:
        """Return the places of the `n` rows nearest to one of them in the plot, itself first."""
        plot = np.stack([self.mean, self.residuals], axis=1)
        size = plot.std(axis=0)
        scaled = plot / np.where(size > 0, size, 1.0)
        return np.argsort(np.square(scaled - scaled[row]).sum(axis=1), kind="stable")[:n]

    def largest(self, n: int) -> Whole:
        """Return the places of the `n` rows with the largest residuals, whatever their sign."""
        return np.argsort(-np.abs(self.residuals), kind="stable")[:n]


def class_errors(outputs: Floats, y: AnyArray, class_names: tuple[str, ...]) -> ClassErrorsReport:
    """Return the classes of outputs (R, N, K): what is most probable, against y (N,)."""
    return ClassErrorsReport(y.astype(np.int64), outputs.argmax(axis=-1).astype(np.int64), class_names)


def label_errors(outputs: Floats, y: AnyArray, label: int, name: str) -> ClassErrorsReport:
    """Return the same of one label of several: absent or present, with outputs (R, N, K) and y (N, K)."""
    says = (outputs[..., label] > 0.5).astype(np.int64)
    return ClassErrorsReport(
        (np.asarray(y, np.float64)[:, label] > 0.5).astype(np.int64), says, (f"without {name}", name)
    )


def number_errors(outputs: Floats, y: Floats, target: int, name: str) -> NumberErrorsReport:
    """Return the numbers of one target of outputs (R, N, K) and y (N, K), both in the targets' own units."""
    return NumberErrorsReport(np.asarray(y[:, target]), outputs[..., target], name)
