"""From a table to numbers: target, features, split, and a recipe fitted on the training part. Start at `prepare`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from datasets.columns import MOST_CLASSES, column_kind, found_task
from datasets.csv import Table
from datasets.errors import DataError, counted
from datasets.prepared import Prepared, Split
from datasets.recipe import (
    OTHER,
    Categorical,
    Numeric,
    Recipe,
    fitted_categorical,
    fitted_numeric,
    fitted_target,
    numbers_of,
)
from datasets.targets import FEWEST_ROWS, with_targets

if TYPE_CHECKING:
    import pandas as pd

MOST_FEATURES = 10_000


def prepare(
    table: Table | pd.DataFrame,
    *,
    target: str | Sequence[str],
    task: str = "auto",
    features: Sequence[str] | None = None,
    validation_share: float = 0.15,
    test_share: float = 0.15,
    split_seed: int = 0,
    standardize: bool = True,
    standardize_target: bool = True,
    name: str = "",
    input_shape: tuple[int, ...] = (),
) -> Prepared:
    """Return a table as training, validation and test part, ready for a network.

    Missing numbers become the median, texts one feature for each category, numbers (x - mean)/std; all of it fitted on
    the training part. Rows without a target are left out. Classes are divided in their proportions.

    Parameters
    ----------
    table : Table or DataFrame
    target : str or sequence of str
        The column to predict; or several: numbers, or labels of which each is 0 or 1.
    task : str
        "classification", "regression", "multi_label" (several targets of 0 and 1) or "auto" (by the targets' values).
    features : sequence of str, optional
        Columns to learn from; all useful ones if not given.
    validation_share, test_share : float
        Shares of the rows, together below 1.
    split_seed : int
        Another seed is another division.
    standardize, standardize_target : bool
        Whether numeric features, and the target of a regression, are scaled.
    name : str
        What the data are called; the file's name if not given.
    input_shape : tuple of int
        What the features of a row are, in their order: (height, width, channels) of an image, (positions, features) of
        a sequence. Then all columns but the target are features, if none are chosen. () for a plain table.

    Raises
    ------
    DataError
        If there is nothing to learn; the sentence says what is wrong and what to do.
    """
    frame = table.frame if isinstance(table, Table) else table
    name = name or (table.name if isinstance(table, Table) else "table")
    notes: list[str] = list(table.repairs) if isinstance(table, Table) else []
    frame = frame.rename(columns=str)
    if twice := frame.columns[frame.columns.duplicated()].tolist():
        raise DataError(f"Two columns are called {twice[0]!r}: give each a name of its own.")
    targets = (target,) if isinstance(target, str) else tuple(target)
    if len(targets) == 1:
        frame, kept, task = _with_target(frame, targets[0], task, notes)
    else:
        frame, kept, task = with_targets(frame, targets, task, notes)
    if input_shape and features is None:
        features = [column for column in frame.columns if column not in targets]
    columns = _features(frame, targets, features, notes)
    shares = _checked_shares(validation_share, test_share)
    parts = division(frame[targets[0]], task, shares, split_seed)
    train = frame.iloc[parts[0]]
    is_scaled = standardize_target and task == "regression"
    first, *others = (fitted_target(one, frame[one], parts[0], task=task, standardize=is_scaled) for one in targets)
    fitted = tuple(_fitted(train[column], column, notes, standardize=standardize) for column in columns)
    recipe = Recipe(fitted, first, tuple(others))
    if len(recipe.feature_names) > MOST_FEATURES:
        raise DataError(
            f"This makes {len(recipe.feature_names)} features, more than {MOST_FEATURES}: choose fewer columns."
        )
    if input_shape and len(recipe.feature_names) != math.prod(input_shape):
        raise DataError(
            f"Rows of shape {' × '.join(map(str, input_shape))} need {math.prod(input_shape)} features, but these "
            f"columns make {len(recipe.feature_names)}: choose another shape, or other columns."
        )
    x, y = recipe.transform(frame), recipe.transform_target(frame[targets[0] if len(targets) == 1 else list(targets)])
    _note_missing(frame, columns, recipe, notes)
    _note_parts(frame[targets[0]], task, parts, notes)
    splits = [Split(x[rows], y[rows], kept[rows]) for rows in parts]
    shape = tuple(input_shape)
    return Prepared(splits[0], splits[1], splits[2], task, recipe, name, tuple(notes), split_seed, shape)


def _with_target(
    frame: pd.DataFrame, target: str, task: str, notes: list[str]
) -> tuple[pd.DataFrame, NDArray[np.int64], str]:
    """Return the rows that have a target, their numbers, and the task."""
    import pandas as pd

    if target not in frame.columns:
        raise DataError(f"There is no column {target!r}: choose one of {', '.join(map(str, frame.columns[:20]))}.")
    if task == "multi_label":
        raise DataError(f"The task 'multi_label' needs several targets, not {target!r} alone: choose classification.")
    if task not in ("auto", "classification", "regression"):
        raise DataError(f"The task must be 'auto', 'classification' or 'regression', not {task!r}.")
    is_missing = frame[target].isna()
    if pd.api.types.is_numeric_dtype(frame[target]):
        is_missing = is_missing | np.isnan(numbers_of(frame[target]))
    if is_missing.all():
        raise DataError(f"The target {target!r} has no values: choose another column to predict.")
    if is_missing.any():
        what = "without a value of the target"
        notes.append(f"{counted(int(is_missing.sum()), f'row {what} is', f'rows {what} are')} left out")
        frame = frame[~is_missing]
    if len(frame) < FEWEST_ROWS:
        have = "1 row has" if len(frame) == 1 else f"{len(frame)} rows have"
        raise DataError(f"Only {have} a target; at least {FEWEST_ROWS} are needed: add rows.")
    n_distinct = int(frame[target].nunique())
    if n_distinct < 2:
        absent = f", and {int(is_missing.sum())} rows have none" if is_missing.any() else ""
        raise DataError(
            f"The target {target!r} has one value only ({frame[target].iloc[0]!s:.40}){absent}; there is nothing to "
            "learn: choose another column to predict."
        )
    task = found_task(frame[target]) if task == "auto" else task
    is_number = pd.api.types.is_numeric_dtype(frame[target]) and not pd.api.types.is_bool_dtype(frame[target])
    if task == "regression" and not is_number:
        raise DataError(f"The target {target!r} holds text, so its numbers cannot be predicted: choose classification.")
    if task == "classification" and n_distinct > MOST_CLASSES:
        raise DataError(
            f"The target {target!r} has {n_distinct} different values, more than {MOST_CLASSES} classes: "
            f"{'choose regression' if is_number else 'choose another target, or join rare classes'}."
        )
    return frame, np.flatnonzero(~is_missing), task


def _features(
    frame: pd.DataFrame, targets: tuple[str, ...], chosen: Sequence[str] | None, notes: list[str]
) -> list[str]:
    """Return the columns to learn from; useless ones are left out and told, or refused if they were asked for."""
    if chosen is not None:
        for name in chosen:
            _check_chosen(frame, targets, name)
        if not chosen:
            raise DataError("No feature is chosen: choose at least one column to learn from.")
        return list(chosen)
    kinds = {name: column_kind(frame[name]) for name in frame.columns if name not in targets}
    useless = [f"column {name!r} is left out: {kind.reason}" for name, kind in kinds.items() if not kind.useful]
    notes.extend(useless)
    if len(useless) == len(kinds):
        why = "; ".join(useless[:3]) or "there is none"
        raise DataError(
            f"Beside the target {', '.join(map(repr, targets))} no column can be learned from ({why}): add columns, or "
            "choose features by hand."
        )
    return [name for name, kind in kinds.items() if kind.useful]


def _check_chosen(frame: pd.DataFrame, targets: tuple[str, ...], name: str) -> None:
    if name not in frame.columns:
        raise DataError(f"There is no column {name!r} to learn from.")
    if name in targets:
        raise DataError(f"The target {name!r} cannot be a feature as well: leave it out of the features.")
    if column_kind(frame[name]).kind == "empty":
        raise DataError(f"The column {name!r} has no values at all: leave it out of the features.")


def _fitted(column: pd.Series, name: str, notes: list[str], *, standardize: bool) -> Numeric | Categorical:
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return fitted_numeric(name, column, standardize=standardize)
    result = fitted_categorical(name, column)
    note = f"column {name!r} became {len(result.categories)} features, one for each text"
    notes.append(note + (", the rare ones together" if OTHER in result.categories else ""))
    return result


def _note_missing(frame: pd.DataFrame, columns: Sequence[str], recipe: Recipe, notes: list[str]) -> None:
    for name, column in zip(columns, recipe.columns, strict=True):
        n_missing = int(frame[name].isna().sum())
        if n_missing and isinstance(column, Numeric):
            notes.append(f"column {name!r}: {n_missing} missing values became the median, {column.median:.4g}")
        elif n_missing:
            notes.append(f"column {name!r}: {n_missing} missing values count as a category of their own")


def _note_parts(target: pd.Series, task: str, parts: Sequence[NDArray[np.int64]], notes: list[str]) -> None:
    """Tell which classes are missing in the validation and the test part, and whether those are empty."""
    for name, rows in (("validation", parts[1]), ("test", parts[2])):
        if not len(rows):
            notes.append(f"no row is left for the {name} part")
        elif task == "classification" and (n_absent := target.nunique() - target.iloc[rows].nunique()):
            notes.append(
                f"{counted(n_absent, 'class has', 'classes have')} too few rows to be in the {name} part as well"
            )


def _checked_shares(validation_share: float, test_share: float) -> tuple[float, float]:
    if not (0 <= validation_share < 1 and 0 <= test_share < 1 and validation_share + test_share < 1):
        raise DataError(
            f"The shares for validation ({validation_share:g}) and test ({test_share:g}) must be at least 0, "
            "and together below 1."
        )
    return validation_share, test_share


def division(target: pd.Series, task: str, shares: tuple[float, float], seed: int) -> list[NDArray[np.int64]]:
    """Return the row numbers of the three parts, ascending.

    Each row gets a place in [0, 1): its random rank within its class, (i + ½)/m. Places below the training share are
    for training, and so on: every class is divided in the same proportions, to one row. The first row of every class
    is for training, whatever the shares.
    """
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(target))
    place = np.empty(len(target))
    groups = target.astype(str).to_numpy() if task == "classification" else np.zeros(len(target))
    for group in np.unique(groups):
        members = order[groups[order] == group]
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
        place[members[:1]] = 0
    validation, test = shares
    limits = np.array([1 - validation - test, 1 - test])
    part = np.searchsorted(limits - 1e-12, place, side="right")
    if validation == 0:
        part[part == 1] = 2 if test else 0
    return [np.flatnonzero(part == i) for i in range(3)]
