"""A table as CSV that spreadsheets read, and in which no text is run as a formula."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def as_csv(table: pd.DataFrame) -> bytes:
    """Return a table as CSV without its index (UTF-8 with a byte order mark); a missing value is an empty cell.

    A text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow([_harmless(str(name)) for name in table.columns])
    for row in table.itertuples(index=False):
        writer.writerow([_written(cell) for cell in row])
    return target.getvalue().encode("utf-8-sig")


def _written(cell: object) -> object:
    if isinstance(cell, str):
        return _harmless(cell)
    import pandas as pd

    return "" if pd.isna(cell) else cell  # type: ignore[call-overload]


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
