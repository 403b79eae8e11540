"""What a cell says: a number (with its decimal mark, thousands, percent or currency sign), a missing value, or text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

MISSING = frozenset(
    ["", "na", "n/a", "nan", "null", "none", "nil", "?", "-", "--", ".", "#n/a", "n.a.", "missing", "k.a.", "(null)"]
)
MOST_STRAY_SHARE = 0.02  # of a column: so many cells that are no numbers are read as missing, and told
_SIGNS = "€$£¥%"
_COMMA = re.compile(r"[-+]?(\d{1,3}(\.\d{3})+|\d+),\d+(e[-+]?\d+)?", re.IGNORECASE)
_POINT = re.compile(r"[-+]?(\d{1,3}(,\d{3})+|\d*)\.\d+(e[-+]?\d+)?", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?(\d[\d.,' \u00a0\u202f]*|[.,]\d+)(e[-+]?\d+)?|[-+]?inf(inity)?", re.IGNORECASE)


def looks_missing(cell: str) -> bool:
    """Whether a cell stands for no value."""
    return cell.strip().lower() in MISSING


def looks_numeric(cell: str) -> bool:
    """Whether a cell is a number in some notation."""
    return _NUMBER.fullmatch(cell.strip().strip(_SIGNS).strip()) is not None


def found_decimal(cells: Iterable[str]) -> str:
    """Return the decimal mark that more cells show: "," as in 3,5 and 1.234,5, else "."."""
    n_comma = n_point = 0
    for cell in cells:
        bare = cell.strip().strip(_SIGNS).strip()
        n_comma += _COMMA.fullmatch(bare) is not None
        n_point += _POINT.fullmatch(bare) is not None
    return "," if n_comma > n_point else "."


def as_written(column: pd.Series[str]) -> pd.Series[str]:
    """Return a column as text with missing values, without the blanks around it."""
    text = column.str.strip()
    return text.mask(text.str.lower().isin(MISSING))


def converted(column: pd.Series[str], decimal: str) -> tuple[pd.Series[float] | pd.Series[str], list[str]]:
    """Return a column as numbers, if it is one, else as text with missing values; and what was mended, in words.

    Parameters
    ----------
    column : Series of str
        Cells as they stand in the file.
    decimal : str
        "." or ",".
    """
    import numpy as np
    import pandas as pd

    text = column.str.strip()
    is_missing = text.str.lower().isin(MISSING)
    present = text[~is_missing]
    if present.empty:
        return pd.Series(np.nan, index=column.index, name=column.name, dtype=float), []
    numbers = _as_numbers(present, decimal)
    stray = present[numbers.isna()]
    if len(stray) > MOST_STRAY_SHARE * len(present):
        return text.mask(is_missing), []
    repairs = []
    if len(stray):
        where = f"row {stray.index[0] + 1}, {stray.iloc[0]!r}"
        repairs.append(f"column {column.name!r}: {len(stray)} non-numeric values (first: {where}) are read as missing")
    if present.str.contains("%", regex=False).any():
        repairs.append(f"column {column.name!r}: percent signs are left out")
    infinite = np.isinf(numbers)
    if infinite.any():
        numbers = numbers.mask(infinite)
        repairs.append(f"column {column.name!r}: {int(infinite.sum())} infinite values are read as missing")
    return numbers.reindex(column.index), repairs


def _as_numbers(present: pd.Series[str], decimal: str) -> pd.Series[float]:
    import pandas as pd

    if decimal == ".":
        plain = pd.to_numeric(present, errors="coerce").astype(float)
        if not plain.isna().any():
            return plain
    thousands = "," if decimal == "." else "."
    bare = present.str.strip(_SIGNS + " ").str.replace("[' \u00a0\u202f]", "", regex=True)
    grouped = bare.str.fullmatch(rf"[-+]?\d{{1,3}}({re.escape(thousands)}\d{{3}})+({re.escape(decimal)}\d+)?")
    bare = bare.mask(grouped, bare.str.replace(thousands, "", regex=False))
    if decimal == ",":
        bare = bare.mask(bare.str.contains(".", regex=False) & bare.str.contains(",", regex=False), "")
        bare = bare.str.replace(",", ".", regex=False)
    return pd.to_numeric(bare, errors="coerce").astype(float)
