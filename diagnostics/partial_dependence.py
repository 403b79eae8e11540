"""The prediction against one column: of single rows, and on average over the rows. Start at `partial_dependence`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diagnostics.data_density import kernel
from diagnostics.feature_slice import Held, plane_axis
from diagnostics.plane_surface import Meaning, PlaneAxis
from diagnostics.seed_spread import Floats, Spread, spread_over_seeds
from diagnostics.table_columns import Predict, Report, TableColumn, outputs_of, silent, with_columns

SIDE = 41
MOST_AVERAGED = 200  # rows
MOST_DRAWN = 40  # single curves


@dataclass(frozen=True, eq=False)
class PartialDependenceReport:
    """The curves at G places of one column.

    Attributes
    ----------
    axis : PlaneAxis
    average : Spread
        (G,): mean over the rows, and its spread over the seeds.
    each : array (M, G)
        The curves of single rows, mean over the seeds.
    held : Spread
        (G,): the curve of the held row over the seeds.
    held_name : str
    data : array (N,)
        What stands in the column of the training rows; -1 for a text that is no category.
    density : array (G,)
        Of the data, largest 1; of a category its share of the rows, likewise.
    n_averaged : int
        Rows of the average.
    notes : tuple of str
        What was done to the column when the table was prepared.
    """

    axis: PlaneAxis
    average: Spread
    each: Floats
    held: Spread
    held_name: str
    data: Floats
    density: Floats
    n_averaged: int
    n_seeds: int
    meaning: Meaning
    notes: tuple[str, ...] = ()
    step: int = 0
    run_id: str = ""

    @property
    def span(self) -> float:
        """How far the average moves over the range of the column."""
        return float(self.average.mean.max() - self.average.mean.min())

    @property
    def crossing_share(self) -> float:
        """Share of the single curves that move against the average: their correlation with it is negative."""
        mean = self.average.mean - self.average.mean.mean()
        single = self.each - self.each.mean(axis=1, keepdims=True)
        return float((single @ mean < 0).mean()) if len(single) else float("nan")


def partial_dependence(
    predict: Predict,
    column: TableColumn,
    x: Floats,
    held: Held,
    *,
    meaning: Meaning,
    seen: Floats,
    report: Report = silent,
) -> PartialDependenceReport:
    """Return the curves of the rows x (N, D) as one column changes, over the range that it has in `seen` (M, D).

    The average over rows is the partial dependence (Friedman 2001, section 8.2), the single curves are those of
    individual conditional expectation (Goldstein et al. 2015). `meaning.output` must be one output.

    Raises
    ------
    ValueError
        If no output is chosen.
    Interrupted
        If `report` returns False.
    """
    if meaning.output is None:
        raise ValueError("a curve shows one output: choose a class")
    data = column.values(seen)
    axis = plane_axis(column, data, SIDE)
    rows = np.asarray(x[:: max(1, -(-len(x) // MOST_AVERAGED))], dtype=np.float64)
    n, g = len(rows), len(axis.places)
    examples = np.repeat(rows, g, axis=0)
    examples[:, column.places] = np.tile(column.features(axis.places), (n, 1))
    outputs = meaning.shown(outputs_of(predict, examples, report)).reshape(-1, n, g)
    at_held = meaning.shown(outputs_of(predict, with_columns(held.row, [column], [axis.places])))
    drawn = outputs[:, :: max(1, -(-n // MOST_DRAWN))].mean(axis=0)
    density = kernel(data, axis.places, 1, is_numeric=column.is_numeric).sum(axis=1)
    return PartialDependenceReport(
        axis,
        spread_over_seeds(outputs.mean(axis=1), axis=0),
        drawn,
        spread_over_seeds(at_held, axis=0),
        held.name,
        data,
        density / max(float(density.max()), np.finfo(np.float64).tiny),
        n,
        len(outputs),
        meaning,
    )
