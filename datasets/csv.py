"""From the bytes of a CSV file to a table, with all that was assumed and mended on the way. Start at `read_csv`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from datasets.cells import as_written, converted, found_decimal
from datasets.dialect import decoded, found_delimiter, has_header, rows_of, without_title
from datasets.errors import DataError, counted

if TYPE_CHECKING:
    import pandas as pd

MOST_BYTES = 50_000_000
MOST_COLUMNS = 5000
DECIMAL_SAMPLE = 20_000
LONGEST_NAME = 80
MOST_TOLD = 5  # columns renamed, one by one


@dataclass(frozen=True)
class Dialect:
    """How a file was read; every part can be overridden in `read_csv`.

    Attributes
    ----------
    delimiter, encoding, decimal : str
    header : bool
        Whether the first row names the columns.
    skipped_rows : int
        Title lines above the table that were left out.
    """

    delimiter: str
    encoding: str
    decimal: str
    header: bool
    skipped_rows: int


@dataclass(frozen=True)
class Table:
    """A table from a file: the frame, how it was read, what was mended (in words), and the file's name."""

    frame: pd.DataFrame
    dialect: Dialect
    repairs: tuple[str, ...]
    name: str


def read_csv(
    source: str | Path | bytes | BinaryIO,
    *,
    delimiter: str | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
    header: bool | None = None,
    max_bytes: float = MOST_BYTES,
    as_text: Collection[str] = (),
    fewest_columns: int = 2,
) -> Table:
    """Read a CSV file; whatever is not given is recognised.

    Parameters
    ----------
    source : path, bytes or binary file
    delimiter, encoding, decimal : str, optional
        One character; a codec's name; "." or ",".
    header : bool, optional
        Whether the first row names the columns.
    max_bytes : float
        A larger file is refused.
    as_text : collection of str
        Columns whose cells stay as they are written, even if all of them are numbers.
    fewest_columns : int
        A narrower table is refused: to learn from it takes a target and a feature, to predict one column can do.

    Raises
    ------
    DataError
        If there is no table in it; the sentence says what is wrong and what to do.
    """
    data, name = _bytes(source)
    if len(data) > max_bytes:
        raise DataError(
            f"This file has {len(data) / 1e6:.0f} MB, more than the {max_bytes / 1e6:.0f} MB that fit: "
            "upload a part of its rows, or leave out columns."
        )
    if not data.strip():
        raise DataError("This file is empty: choose one with a header line and at least two rows.")
    text, encoding = decoded(data, encoding)
    delimiter = delimiter or found_delimiter(text)
    repairs: list[str] = []
    rows = rows_of(text, delimiter, repairs)
    if not rows:
        raise DataError("This file holds blank lines only: choose one with a header line and at least two rows.")
    rows, n_skipped = without_title(rows)
    header = has_header(rows) if header is None else header
    names = rows[0] if header else []
    body = rows[1:] if header else rows
    if n_skipped:
        repairs.append(
            f"{counted(n_skipped, 'title line above the table is', 'title lines above the table are')} left out"
        )
    width = _width(names, body, fewest_columns)
    marks = (decimal,) if decimal else _decimal_marks(body, delimiter)
    frame = _frame(names, _even(body, width, repairs), width, repairs)
    frame = _typed(frame, marks, repairs, as_text)
    return Table(frame, Dialect(delimiter, encoding, marks[0], header, n_skipped), tuple(repairs), name)


def _bytes(source: str | Path | bytes | BinaryIO) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        return source, "table"
    if isinstance(source, (str, Path)):
        path = Path(source)
        if not path.is_file():
            raise DataError(f"There is no file {path}: check the path.")
        return path.read_bytes(), path.stem
    name = getattr(source, "name", "")
    return source.read(), Path(name).stem if isinstance(name, str) and name else "table"


def _width(names: list[str], body: list[list[str]], fewest: int) -> int:
    """The number of columns: that of the header, else of most rows.

    Raises
    ------
    DataError
        For no rows, for too few columns and for too many.
    """
    if not body:
        raise DataError("This file has a header but no rows: add the data below it.")
    widths = [len(row) for row in body]
    usual = max(set(widths), key=lambda n: (widths.count(n), n)) if not names else len(names)
    if usual < fewest and max(widths) < fewest:
        raise DataError(
            "This file has one column only; a network needs a target and at least one feature. "
            "If there are more, choose the delimiter that separates them."
        )
    if usual > MOST_COLUMNS:
        raise DataError(f"This table has {usual} columns, more than the {MOST_COLUMNS} that fit: leave some out.")
    return usual


def _decimal_marks(body: list[list[str]], delimiter: str) -> tuple[str, str]:
    """The decimal mark of the file, and the other one, for a column that makes no sense with the first."""
    cells = list(islice(chain.from_iterable(body), DECIMAL_SAMPLE))
    if delimiter == ",":  # commas inside quotes may still be decimal marks: "3,5"
        cells = [cell for cell in cells if "," in cell]
    found = found_decimal(cells)
    return found, "," if found == "." else "."


def _even(body: list[list[str]], width: int, repairs: list[str]) -> list[list[str]]:
    """Return rows of one width: short ones filled up with missing values, long ones cut, both told."""
    short = [i for i, row in enumerate(body, 1) if len(row) < width]
    long = [i for i, row in enumerate(body, 1) if any(cell.strip() for cell in row[width:])]
    if short:
        rows = counted(len(short), "row is", "rows are")
        repairs.append(f"{rows} too short (first: row {short[0]}); the cells at the end are missing")
    if long:
        rows = counted(len(long), "row is", "rows are")
        repairs.append(f"{rows} too long (first: row {long[0]}); what exceeds {width} cells is left out")
    return [(row + [""] * (width - len(row)))[:width] for row in body]


def _frame(names: list[str], body: list[list[str]], width: int, repairs: list[str]) -> pd.DataFrame:
    import pandas as pd

    stripped = [_short(name) for name in names] + [""] * (width - len(names))
    columns = _unique(stripped[:width], repairs)
    frame = pd.DataFrame(body, columns=pd.Index(columns), dtype=str)
    nameless = [c for c, name in zip(columns, stripped, strict=False) if not name and not frame[c].str.strip().any()]
    if nameless and len(nameless) < width - 1:
        empty = counted(len(nameless), "empty column without a name is", "empty columns without a name are")
        repairs.append(f"{empty} left out")
        frame = frame.drop(columns=nameless)
    return frame


def _short(name: str) -> str:
    """A name on one line that fits a picture."""
    name = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def _unique(names: list[str], repairs: list[str]) -> list[str]:
    """Return the names with a number behind those that stood before, and "column 3" for one that is missing."""
    taken, next_number = set(names), dict[str, int]()
    columns: list[str] = []
    renamed: list[str] = []
    seen: set[str] = set()
    for position, name in enumerate(names, 1):
        base = name or f"column {position}"
        unique, n = base, next_number.get(base, 2)
        while unique in seen or (unique != name and unique in taken):
            unique, n = f"{base} {n}", n + 1
        next_number[base] = n
        if name and unique != name:
            renamed.append(f"two columns are called {name!r}; the later one is now {unique!r}")
        seen.add(unique)
        columns.append(unique)
    repairs.extend(renamed[:MOST_TOLD])
    if len(renamed) > MOST_TOLD:
        repairs.append(f"{len(renamed) - MOST_TOLD} more columns have the name of another, and a number behind it now")
    return columns


def _typed(frame: pd.DataFrame, marks: tuple[str, ...], repairs: list[str], as_text: Collection[str]) -> pd.DataFrame:
    import pandas as pd

    columns: dict[str, pd.Series] = {}
    for name in frame.columns:
        if name in as_text:
            columns[name] = as_written(frame[name])
            continue
        columns[name], mended = converted(frame[name], marks)
        repairs.extend(mended)
    return pd.DataFrame(columns)
