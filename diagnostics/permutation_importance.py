"""Which columns a network uses: how much worse it becomes when one column's values are shuffled among the rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diagnostics.projection import Interrupted
from diagnostics.seed_spread import Floats, Spread, spread_over_seeds
from diagnostics.table_columns import Report, TableColumn, silent
from models.arrays import stream

MOST_ROWS = 300
MOST_PASSES = 200  # of all rows, for all columns together
MOST_REPEATS = 5


@dataclass(frozen=True, eq=False)
class ImportanceReport:
    """Of C columns.

    Attributes
    ----------
    names : tuple of str
    increase : Spread
        (C,): how much the mean loss grows, over the seeds.
    order : array (C,)
        From the most important column down.
    loss : float
        The mean loss of the untouched rows.
    """

    names: tuple[str, ...]
    increase: Spread
    order: NDArray[np.int64]
    loss: float
    n_rows: int
    n_repeats: int
    n_seeds: int
    part: str = "validation"
    step: int = 0
    run_id: str = ""


def permutation_importance(
    losses: Callable[[Floats], Floats], x: Floats, columns: Sequence[TableColumn], report: Report = silent
) -> ImportanceReport:
    """Return the growth of the loss when one column after the other is shuffled, its categories together.

    Source: Breiman 2001, section 10; Fisher, Rudin & Dominici 2019. Columns that say the same share their importance:
    if one of them is shuffled, the network still has the other.

    Parameters
    ----------
    losses : callable
        Returns the loss of each of these rows, (R, N), for their features (N, D), changed or not.
    x : array (N, D)
        Few enough to be looked at many times (`MOST_ROWS`).
    columns : sequence of TableColumn
    report : callable

    Raises
    ------
    Interrupted
        If `report` returns False.
    """
    x = np.asarray(x, dtype=np.float64)
    repeats = int(np.clip(MOST_PASSES // max(len(columns), 1), 1, MOST_REPEATS))
    base = losses(x).mean(axis=1)
    increase = np.zeros((len(columns), len(base)))
    for place, column in enumerate(columns):
        changed = x.copy()
        for repeat in range(repeats):
            order = stream(repeat, "shuffled", place).permutation(len(x))
            changed[:, column.places] = x[order, column.places]
            increase[place] += (losses(changed).mean(axis=1) - base) / repeats
        if not report((place + 1) / len(columns)):
            raise Interrupted
    spread = spread_over_seeds(increase)
    return ImportanceReport(
        tuple(column.name for column in columns),
        spread,
        np.argsort(-np.nan_to_num(spread.mean, nan=-np.inf), kind="stable"),
        float(np.nanmean(base)),
        len(x),
        repeats,
        len(base),
    )
