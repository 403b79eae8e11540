"""What kind each column of a table is, and why: numeric, categorical, or of no use as a feature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

MOST_CATEGORIES = 30  # as features; the rarer ones are taken together
MOST_CLASSES = 50
MOST_INTEGER_CLASSES = 20
ID_LEAST_ROWS = 20
_DATE = r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(\D|$)"


@dataclass(frozen=True)
class ColumnKind:
    """`kind` is "numeric", "categorical", "identifier", "constant" or "empty"; `reason` says why, in words."""

    kind: str
    reason: str

    @property
    def useful(self) -> bool:
        """Whether the column is offered as a feature."""
        return self.kind in ("numeric", "categorical")


def column_kind(column: pd.Series) -> ColumnKind:
    """Return what a column is."""
    import pandas as pd

    present = column.dropna()
    n, n_distinct = len(present), int(present.nunique())
    if n == 0:
        return ColumnKind("empty", "every value is missing")
    if n_distinct == 1:
        return ColumnKind("constant", f"every value is {present.iloc[0]!s:.40}")
    is_number = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if is_number:
        counted = n >= ID_LEAST_ROWS and n == len(column) and n_distinct == n
        if counted and bool((np.diff(present.to_numpy(dtype=float)) == 1).all()):
            return ColumnKind("identifier", "counts the rows one by one")
        return ColumnKind("numeric", f"{n_distinct} different numbers")
    almost_each = n >= ID_LEAST_ROWS and n_distinct > 0.9 * n
    if (almost_each or n_distinct > MOST_CATEGORIES) and present.astype(str).str.match(_DATE).mean() > 0.9:
        return ColumnKind("identifier", "holds dates; a column with the month, or with days, could be learned from")
    if almost_each:
        return ColumnKind("identifier", "almost every row has a text of its own")
    return ColumnKind("categorical", f"{n_distinct} different texts")


def column_summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each column: its name, type, missing and distinct values, range or most frequent, reason."""
    import pandas as pd

    rows = []
    for name in frame.columns:
        column = frame[name]
        kind = column_kind(column)
        rows.append(
            {
                "column": str(name),
                "type": kind.kind,
                "missing": int(column.isna().sum()),
                "distinct": int(column.nunique()),
                "values": _values(column, kind.kind),
                "reason": kind.reason,
            }
        )
    return pd.DataFrame(rows, columns=pd.Index(["column", "type", "missing", "distinct", "values", "reason"]))


def _values(column: pd.Series, kind: str) -> str:
    present = column.dropna()
    if present.empty:
        return ""
    if kind == "numeric":
        numbers = present.to_numpy(dtype=float)
        low, middle, high = numbers.min(), np.median(numbers), numbers.max()
        return f"{low:.4g} … {middle:.4g} … {high:.4g}"
    if kind == "constant":
        return f"{present.iloc[0]!s:.20} ({len(present)})"
    counts = present.astype(str).value_counts()
    shown = ", ".join(f"{value!s:.20} ({n})" for value, n in counts.head(3).items())
    return shown + (", …" if len(counts) > 3 else "")


def found_task(target: pd.Series) -> str:
    """Return "classification" for text, truth values and few whole numbers, else "regression"."""
    import pandas as pd

    present = target.dropna()
    if not pd.api.types.is_numeric_dtype(present) or pd.api.types.is_bool_dtype(present):
        return "classification"
    n_distinct = int(present.nunique())
    is_whole = bool((present == present.round()).all())
    few = max(2, min(MOST_INTEGER_CLASSES, len(present) // 10))
    return "classification" if is_whole and n_distinct <= few else "regression"
