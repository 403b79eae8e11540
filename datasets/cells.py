"""What a cell says: a number (with its decimal mark, thousands, percent or currency sign), a missing value, or text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

MISSING = frozenset(
    ["", "na", "n/a", "nan", "null", "none", "nil", "?", "-", "--", ".", "#n/a", "n.a.", "missing", "k.a.", "(null)"]
)
MOST_STRAY_SHARE = 0.02  # of a column: so many cells that are no numbers are read as missing, and told
ONE_STRAY_FROM = 10  # values; in a shorter column one such cell makes it text
LARGEST = 1e150  # of numbers that are used: the square of a larger one is no float
_SIGNS = "€$£¥%"
_MINUS = "\u2212"
_GROUPED = re.compile(r"[-+]?[1-9]\d{0,2}[.,]\d{3}")
_COMMA = re.compile(r"[-+]?(\d{1,3}(\.\d{3})+|\d+),\d+(e[-+]?\d+)?", re.IGNORECASE)
_POINT = re.compile(r"[-+]?(\d{1,3}(,\d{3})+|\d*)\.\d+(e[-+]?\d+)?", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?(\d[\d.,' \u00a0\u202f]*|[.,]\d+)(e[-+]?\d+)?|[-+]?inf(inity)?", re.IGNORECASE)


def looks_missing(cell: str) -> bool:
    """Whether a cell stands for no value."""
    return cell.strip().lower() in MISSING


def looks_numeric(cell: str) -> bool:
    """Whether a cell is a number in some notation."""
    return _NUMBER.fullmatch(_bare(cell)) is not None


def _bare(cell: str) -> str:
    """Return a cell without the signs of money and percent around it, and with a plain minus."""
    return cell.strip().strip(_SIGNS).strip().replace(_MINUS, "-")


def found_decimal(cells: Iterable[str]) -> str:
    """Return the decimal mark that more cells show: "," as in 3,5 and 1.234,5, else ".".

    1.234 and 1,234 may be grouped thousands as well; they count only where no cell says more.
    """
    counts = {"clear": [0, 0], "grouped": [0, 0]}
    for cell in cells:
        bare = _bare(cell)
        count = counts["grouped" if _GROUPED.fullmatch(bare) else "clear"]
        count[0] += _COMMA.fullmatch(bare) is not None
        count[1] += _POINT.fullmatch(bare) is not None
    n_comma, n_point = counts["clear"] if any(counts["clear"]) else counts["grouped"]
    return "," if n_comma > n_point else "."


def as_written(column: pd.Series[str]) -> pd.Series[str]:
    """Return a column as text with missing values, without the blanks around it."""
    text = column.str.strip()
    return text.mask(text.str.lower().isin(MISSING))


def converted(column: pd.Series[str], marks: Sequence[str]) -> tuple[pd.Series[float] | pd.Series[str], list[str]]:
    """Return a column as numbers, if it is one, else as text with missing values; and what was mended, in words.

    Parameters
    ----------
    column : Series of str
        Cells as they stand in the file.
    marks : sequence of str
        The decimal mark, "." or ","; another one behind it is tried on a column that is text with the first.
    """
    import numpy as np
    import pandas as pd

    text = column.str.strip()
    is_missing = text.str.lower().isin(MISSING)
    present = text[~is_missing]
    if present.empty:
        return pd.Series(np.nan, index=column.index, name=column.name, dtype=float), []
    decimal, numbers = marks[0], _as_numbers(present, marks[0])
    for other in marks[1:] if numbers.isna().any() else ():
        otherwise = _as_numbers(present, other)
        if otherwise.isna().sum() < numbers.isna().sum():
            decimal, numbers = other, otherwise
    stray = present[numbers.isna()]
    if len(stray) > max(MOST_STRAY_SHARE * len(present), len(present) >= ONE_STRAY_FROM):
        return text.mask(is_missing), []
    repairs = []
    if decimal != marks[0]:
        repairs.append(f"column {column.name!r}: read with a decimal {'comma' if decimal == ',' else 'point'}")
    if len(stray):
        where = f"row {stray.index[0] + 1}, {stray.iloc[0]!r}"
        repairs.append(f"column {column.name!r}: {len(stray)} non-numeric values (first: {where}) are read as missing")
    if present.str.contains("%", regex=False).any():
        repairs.append(f"column {column.name!r}: percent signs are left out")
    endless = numbers.abs() > LARGEST
    if endless.any():
        numbers = numbers.mask(endless)
        repairs.append(f"column {column.name!r}: {int(endless.sum())} infinite or huge values are read as missing")
    return numbers.reindex(column.index), repairs


def _as_numbers(present: pd.Series[str], decimal: str) -> pd.Series[float]:
    import pandas as pd

    present = present.str.replace(_MINUS, "-", regex=False)
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
