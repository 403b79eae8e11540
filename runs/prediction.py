"""New rows, predicted by the network of a stored run. Start at `predict_rows`.

Rows are prepared by the recipe that was fitted on the training part, so that a column must be called what it was called
in training; further columns are kept and not read.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from diagnostics.run import Run
from models.evaluation import predict
from runs.model_export.parts.table import described
from runs.model_export.trained import meaning_of, trained_network
from runs.run_folder import LAST

if TYPE_CHECKING:
    import pandas as pd

    from datasets import Recipe
    from runs.store import RunStore

    Rows = pd.DataFrame | str | Path | bytes | BinaryIO

MOST_NAMED = 5


@dataclass(frozen=True, eq=False)
class Predictions:
    """`table` is the rows and behind them the predictions, the columns `columns`; `notes` say what was filled in."""

    table: pd.DataFrame
    columns: tuple[str, ...]
    notes: tuple[str, ...]


def predict_rows(
    run: str | Run, store: RunStore, rows: Rows, *, seed: int | None = None, checkpoint: str = LAST
) -> pd.DataFrame:
    """Return rows with their predictions behind them.

    Of a classification these are the predicted class, the probability of each class (the mean over the seeds), and
    "spread over seeds", the standard deviation over the seeds of the probability of the predicted class. Of a
    regression they are the predicted number in the target's own unit and its spread over the seeds. The spread of one
    seed is NaN.

    Parameters
    ----------
    run : str or Run
        A run of the store, or its id.
    store : RunStore
    rows : DataFrame, or path, bytes or file of a CSV
        With the columns of the training table; the target is not needed.
    seed : int, optional
        One seed; the mean over all that did not diverge if not given.
    checkpoint : str
        "last", "best" (of the validation loss), or another of ``store.checkpoints(run_id)``.

    Raises
    ------
    DataError
        If a column is missing, or a cell of a numeric column is no number; the sentence says which.
    KeyError
        If there is no such run, or its data are gone.
    ValueError
        If there is no network to predict with, or if it does not read a table.
    """
    return predictions(run, store, rows, seed=seed, checkpoint=checkpoint).table


def predictions(
    run: str | Run, store: RunStore, rows: Rows, *, seed: int | None = None, checkpoint: str = LAST
) -> Predictions:
    """Return what `predict_rows` returns, and what was filled in or mended, in words."""
    import pandas as pd

    given = trained_network(run.id if isinstance(run, Run) else run, store, seed=seed, checkpoint=checkpoint)
    assert given.data is not None
    recipe, network = given.data.recipe, given.network
    n_features = len(recipe.feature_names)
    if n_features != math.prod(network.input_shape) or len(network.nodes[-1].shape) > 1:
        raise ValueError(
            f"this network reads {network.input_shape} and its recipe makes {n_features} numbers of a row, so it does "
            "not predict the rows of a table: export it and give it arrays, or use models.predict"
        )
    table, notes = _read(rows, recipe)
    _check(table, recipe)
    notes += _filled(table, recipe)
    outputs = predict(network, given.params, recipe.transform(table), given.buffers)
    made = {_unused(name, table): cells for name, cells in described(outputs, meaning_of(network, given.data)).items()}
    added = pd.DataFrame(made, index=table.index)
    return Predictions(pd.concat([table, added], axis=1), tuple(made), tuple(notes))


def _read(rows: Rows, recipe: Recipe) -> tuple[pd.DataFrame, list[str]]:
    """The rows as a table. The columns are known, so a header is expected, and texts that look like numbers stay."""
    import pandas as pd

    from datasets import read_csv
    from datasets.recipe import Categorical

    if isinstance(rows, pd.DataFrame):
        return rows.rename(columns=str), []
    texts = [column.column for column in recipe.columns if isinstance(column, Categorical)]
    nameless = all(column.column.startswith("column ") for column in recipe.columns)  # trained without a header
    found = read_csv(rows, header=None if nameless else True, as_text=texts, fewest_columns=1)
    return found.frame, list(found.repairs)


def _check(table: pd.DataFrame, recipe: Recipe) -> None:
    """Refuse a table that lacks a column or rows, or has text where a number is expected."""
    from datasets import DataError
    from datasets.recipe import Numeric

    wanted = [column.column for column in recipe.columns]
    if missing := [name for name in wanted if name not in table.columns]:
        raise DataError(
            f"The table lacks {_listed(missing)}, which the network was trained with; it has "
            f"{_listed([str(name) for name in table.columns])}: add the missing columns, named in the first line."
        )
    if twice := [name for name in wanted if list(table.columns).count(name) > 1]:
        raise DataError(f"Two columns are called {twice[0]!r}: give each a name of its own.")
    if not len(table):
        raise DataError("The table has no rows: add those that are to be predicted.")
    for column in recipe.columns:
        if isinstance(column, Numeric):
            _check_numbers(table[column.column])


def _check_numbers(cells: pd.Series) -> None:
    import pandas as pd

    from datasets import DataError

    bad = np.flatnonzero(pd.to_numeric(cells, errors="coerce").isna() & cells.notna())
    if len(bad):
        what = "1 cell that is no number" if len(bad) == 1 else f"{len(bad)} cells that are no numbers"
        raise DataError(
            f"The column {cells.name!r} has {what} (first: row {bad[0] + 1}, {cells.iloc[bad[0]]!r}): correct them, or "
            "leave them empty; the median of the training part is taken then."
        )


def _filled(table: pd.DataFrame, recipe: Recipe) -> list[str]:
    """Say which cells were missing, and which texts were never seen in training."""
    from datasets.recipe import MISSING, Categorical, Numeric

    notes = []
    for column in recipe.columns:
        cells = table[column.column]
        n_missing = int(cells.isna().sum())
        if isinstance(column, Numeric) and n_missing:
            became = "1 missing value" if n_missing == 1 else f"{n_missing} missing values"
            notes.append(f"column {column.column!r}: {became} became the median, {column.median:.4g}")
        if isinstance(column, Categorical):
            unknown = np.flatnonzero(column.transform(cells).sum(axis=1) == 0)
            if len(unknown):
                first = cells.iloc[unknown[0]]
                shown = repr(first) if cells.notna().iloc[unknown[0]] else MISSING
                were = "1 value was" if len(unknown) == 1 else f"{len(unknown)} values were"
                notes.append(
                    f"column {column.column!r}: {were} not there in training (first: row {unknown[0] + 1}, {shown}): "
                    "taken for none of the known ones"
                )
    return notes


def _unused(name: str, table: pd.DataFrame) -> str:
    while name in table.columns:
        name = f"{name} (network)"
    return name


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:MOST_NAMED])
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"the column{'s' if len(names) > 1 else ''} {shown}{more}"
