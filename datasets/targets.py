"""Several targets at once: numbers, or labels of which each is 0 or 1. One target alone is checked in `preparation`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from datasets.errors import DataError, counted
from datasets.recipe import numbers_of

if TYPE_CHECKING:
    import pandas as pd

FEWEST_ROWS = 5


def with_targets(
    frame: pd.DataFrame, targets: tuple[str, ...], task: str, notes: list[str]
) -> tuple[pd.DataFrame, NDArray[np.int64], str]:
    """Return the rows that have all targets, their numbers, and the task: "multi_label" or "regression".

    Raises
    ------
    DataError
        If a target is absent, named twice, no number, no label where labels are wanted, or always the same.
    """
    _check_names(frame, targets, task)
    numbers = np.stack([_numbers(frame[name], name) for name in targets], axis=1)
    kept = np.flatnonzero(np.isfinite(numbers).all(axis=1))
    if len(kept) < len(frame):
        what = "without a value of every target"
        notes.append(f"{counted(len(frame) - len(kept), f'row {what} is', f'rows {what} are')} left out")
    numbers = numbers[kept]
    if len(numbers) < FEWEST_ROWS:
        raise DataError(f"Only {len(numbers)} rows have all targets; at least {FEWEST_ROWS} are needed: add rows.")
    is_label = np.isin(numbers, (0, 1))
    task = ("multi_label" if is_label.all() else "regression") if task == "auto" else task
    for column, name in enumerate(targets):
        others = numbers[~is_label[:, column], column]
        if task == "multi_label" and len(others):
            raise DataError(
                f"The label {name!r} must hold 0 and 1 only, but it holds {others[0]:g}: write 1 where it applies and "
                "0 where not, or choose regression."
            )
        if (numbers[:, column] == numbers[0, column]).all():
            raise DataError(
                f"The target {name!r} has one value only ({numbers[0, column]:g}); there is nothing to learn: leave it "
                "out of the targets."
            )
    return frame.iloc[kept], kept, task


def _check_names(frame: pd.DataFrame, targets: tuple[str, ...], task: str) -> None:
    if not targets:
        raise DataError("No target is chosen: choose at least one column to predict.")
    if absent := [name for name in targets if name not in frame.columns]:
        raise DataError(f"There is no column {absent[0]!r}: choose among {', '.join(map(str, frame.columns[:20]))}.")
    if twice := [name for name in targets if targets.count(name) > 1]:
        raise DataError(f"The target {twice[0]!r} is named twice: name it once.")
    if task not in ("auto", "multi_label", "regression"):
        raise DataError(
            f"Several targets are a task 'multi_label' (each column 0 or 1), 'regression' or 'auto', not {task!r}: for "
            "classes that exclude each other choose one target."
        )


def _numbers(column: pd.Series, name: str) -> NDArray[np.float64]:
    """Return the cells as numbers, truth values as 0 and 1, NaN where there is none."""
    import pandas as pd

    texts = column[column.notna() & pd.to_numeric(column, errors="coerce").isna()]
    if len(texts):
        raise DataError(
            f"The target {name!r} has {len(texts)} values that are no numbers (first: {texts.iloc[0]!s:.40}); several "
            "targets must be numbers, or 0 and 1: write them as numbers, or predict that column alone."
        )
    return numbers_of(column)
