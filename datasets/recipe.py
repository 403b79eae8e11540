"""The recipe: how a column becomes features. Fitted on the training part only, plain JSON, replayable on new rows.

scikit-learn's transformers do the same, but can be stored only by pickling, and nothing here is ever unpickled.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from datasets.cells import LARGEST
from datasets.columns import MOST_CATEGORIES
from datasets.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

MISSING = "(missing)"
OTHER = "(other)"
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Numeric:
    """x = (v - mean)/std, with `median` for a missing v; std is 1 for a column without spread."""

    column: str
    median: float
    mean: float
    std: float

    @property
    def names(self) -> tuple[str, ...]:
        """The feature it makes."""
        return (self.column,)

    def transform(self, values: pd.Series) -> Floats:
        """Return (N, 1)."""
        numbers = numbers_of(values)
        filled = np.where(np.isnan(numbers), self.median, numbers)
        scaled: Floats = (filled - self.mean) / self.std
        return scaled[:, None]


@dataclass(frozen=True)
class Categorical:
    """One feature for each category, 1 where it applies; rare and unknown texts count as "(other)", if that is one."""

    column: str
    categories: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The features it makes."""
        return tuple(f"{self.column} = {category}" for category in self.categories)

    def transform(self, values: pd.Series) -> Floats:
        """Return (N, categories); an unknown text without "(other)" is 0 in all."""
        texts = _texts(values)
        if OTHER in self.categories:
            texts = np.where(np.isin(texts, self.categories), texts, OTHER)
        hits: Floats = (texts[:, None] == np.array(self.categories, dtype=object)[None, :]).astype(np.float64)
        return hits


@dataclass(frozen=True)
class Target:
    """How the target is read: `classes` in order, or for regression (y - mean)/std."""

    column: str
    classes: tuple[str, ...] = ()
    mean: float = 0.0
    std: float = 1.0


@dataclass(frozen=True)
class Recipe:
    """All columns' recipes and the target's; `more_targets` where several are predicted at once."""

    columns: tuple[Numeric | Categorical, ...]
    target: Target
    more_targets: tuple[Target, ...] = ()

    @property
    def targets(self) -> tuple[Target, ...]:
        """All targets in order."""
        return (self.target, *self.more_targets)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The features in order."""
        return tuple(name for column in self.columns for name in column.names)

    def transform(self, frame: pd.DataFrame) -> Floats:
        """Return the features (N, D) of any rows with the same columns.

        Raises
        ------
        DataError
            If a column is not there.
        """
        absent = [column.column for column in self.columns if column.column not in frame.columns]
        if absent:
            raise DataError(f"The table lacks the column {absent[0]!r}, which the network was trained with: add it.")
        parts = [column.transform(frame[column.column]) for column in self.columns]
        return np.ascontiguousarray(np.concatenate(parts, axis=1))

    def transform_target(self, values: pd.Series | pd.DataFrame) -> NDArray[np.int64] | Floats:
        """Return class numbers (N,), or scaled numbers (N, K) of one column or, for several targets, of a table.

        Raises
        ------
        DataError
            For a class that the recipe does not know.
        """
        import pandas as pd

        if isinstance(values, pd.DataFrame):
            columns = [pd.to_numeric(values[one.column]).to_numpy(dtype=np.float64) for one in self.targets]
            return (np.stack(columns, axis=1) - self._means) / self._stds
        if not self.target.classes:
            return ((values.to_numpy(dtype=np.float64) - self.target.mean) / self.target.std)[:, None]
        texts = _texts(values)
        numbers = {name: number for number, name in enumerate(self.target.classes)}
        if unknown := sorted(set(texts) - set(numbers)):
            raise DataError(
                f"The target has the class {unknown[0]!r}, which was not there before: leave those rows out."
            )
        return np.array([numbers[text] for text in texts], dtype=np.int64)

    def inverse_target(self, values: Floats) -> Floats:
        """Return predictions (…, K) in the targets' own units, for regression."""
        return values * self._stds + self._means

    @property
    def _means(self) -> Floats:
        return np.array([target.mean for target in self.targets])

    @property
    def _stds(self) -> Floats:
        return np.array([target.std for target in self.targets])

    def to_json(self) -> str:
        """Return the recipe as JSON."""
        columns = [{"kind": type(column).__name__.lower(), **asdict(column)} for column in self.columns]
        values: dict[str, object] = {"columns": columns, "target": asdict(self.target)}
        if self.more_targets:
            values["more_targets"] = [asdict(target) for target in self.more_targets]
        return json.dumps(values, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the recipe of `to_json`."""
        values = json.loads(text)
        columns: list[Numeric | Categorical] = []
        for entry in values["columns"]:
            kind = entry.pop("kind")
            if kind == "numeric":
                columns.append(Numeric(**entry))
            else:
                columns.append(Categorical(entry["column"], tuple(entry["categories"])))
        entries = (values["target"], *values.get("more_targets", ()))
        target, *others = (Target(**{**entry, "classes": tuple(entry["classes"])}) for entry in entries)
        return cls(tuple(columns), target, tuple(others))


def numbers_of(values: pd.Series) -> Floats:
    """Return cells as numbers; NaN for what is none, infinite, or so large that its square would be."""
    import pandas as pd

    numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    result: Floats = np.where(np.abs(numbers) <= LARGEST, numbers, np.nan)
    return result


def _texts(values: pd.Series) -> NDArray[np.object_]:
    """Cells as text; 1.0 as "1", missing as "(missing)"."""
    import pandas as pd

    if pd.api.types.is_float_dtype(values):
        cells = [MISSING if v != v else f"{v:.12g}" for v in values.to_numpy(dtype=np.float64, na_value=np.nan)]
    else:
        cells = [MISSING if missing else str(v) for v, missing in zip(values, values.isna(), strict=True)]
    return np.array(cells, dtype=object)


def fitted_numeric(name: str, values: pd.Series, *, standardize: bool) -> Numeric:
    """Return the recipe of a numeric column, from its training rows."""
    numbers = numbers_of(values)
    present = numbers[~np.isnan(numbers)]
    median = float(np.median(present)) if len(present) else 0.0
    filled = np.where(np.isnan(numbers), median, numbers)
    mean, std = float(filled.mean()), float(filled.std())
    flat = std <= 1e-12 * max(1.0, abs(mean))
    return Numeric(name, median, mean if standardize else 0.0, 1.0 if flat or not standardize else std)


def fitted_categorical(name: str, values: pd.Series) -> Categorical:
    """Return the recipe of a categorical column, from its training rows: up to 30 categories, the rest "(other)"."""
    texts, counts = np.unique(_texts(values).astype(str), return_counts=True)
    if len(texts) <= MOST_CATEGORIES:
        return Categorical(name, tuple(map(str, texts)))
    frequent = sorted(map(str, texts[np.argsort(-counts, kind="stable")[: MOST_CATEGORIES - 1]]))
    return Categorical(name, (*frequent, OTHER))


def fitted_target(name: str, values: pd.Series, train: NDArray[np.int64], *, task: str, standardize: bool) -> Target:
    """Return the recipe of the target: its classes (of all rows: they are names, not statistics), or mean and std."""
    if task == "classification":
        return Target(name, tuple(_sorted_classes(set(_texts(values)))))
    numbers = values.to_numpy(dtype=np.float64)[train]
    std = float(numbers.std())
    return Target(name, (), float(numbers.mean()), std if std > 0 else 1.0) if standardize else Target(name)


def _sorted_classes(texts: set[str]) -> list[str]:
    """Numbers by size, texts by the alphabet."""
    try:
        return sorted(texts, key=float)
    except ValueError:
        return sorted(texts)
