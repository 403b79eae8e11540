"""How a text is divided into cells: encoding, delimiter, title lines, header. Found by trying, since files do not say.

Nothing here reads numbers; that is `datasets.cells`.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence

from datasets.cells import looks_missing, looks_numeric
from datasets.errors import DataError

DELIMITERS = (",", ";", "\t", "|", ":", " ")
SAMPLE_LINES = 300
MAGIC = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"%PDF": "a PDF",
    b"PK\x03\x04": "an Excel workbook or a zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "a gzip archive",
    b"PAR1": "a Parquet file",
    b"SQLite": "an SQLite database",
    b"\x93NUMPY": "a NumPy array",
}
_ADVICE = "Save the table as CSV (in a spreadsheet: File, Save as, CSV UTF-8) and upload that."
_HTML = re.compile(r"\s*<(!doctype html|html|\?xml)", re.IGNORECASE)


def decoded(data: bytes, encoding: str | None) -> tuple[str, str]:
    """Return the text and the encoding that was used: by byte order mark, UTF-16 without one, UTF-8, else Windows-1252.

    Raises
    ------
    DataError
        If the bytes are no text, or not in the encoding asked for.
    """
    for start, kind in MAGIC.items():
        if data.startswith(start):
            raise DataError(f"This file is {kind}, not a CSV table. {_ADVICE}")
    names = [encoding] if encoding else _likely_encodings(data)
    for name in names:
        try:
            text = data.decode(name)
        except (UnicodeDecodeError, UnicodeError):
            continue
        except LookupError:
            raise DataError(f"There is no encoding called {name!r}: try utf-8, cp1252 or utf-16.") from None
        if "\x00" in text:
            raise DataError(f"This file is not text: it holds zero bytes. {_ADVICE}")
        if _HTML.match(text):
            raise DataError(f"This file is a web page, not a CSV table. {_ADVICE}")
        return text.removeprefix("\ufeff"), name.removesuffix("-sig") if name != "utf-8-sig" else "utf-8"
    raise DataError(
        f"This file is not text in the encoding {', '.join(names)}: choose another encoding, such as cp1252."
    )


def _likely_encodings(data: bytes) -> list[str]:
    if data.startswith(b"\xef\xbb\xbf"):
        return ["utf-8-sig"]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["utf-16"]
    head = data[:2000]
    if len(head) > 3 and head.count(0) > len(head) // 4:
        return ["utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"]
    return ["utf-8", "cp1252", "latin-1"]


def rows_of(text: str, delimiter: str) -> list[list[str]]:
    """Return the cells of every line that is not blank; quotes are respected."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        rows = [row for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise DataError(
            f"Line {reader.line_num} cannot be read ({error}): look for a quote that is never closed."
        ) from None
    if delimiter == " ":
        rows = [[cell for cell in row if cell] for row in rows]
    return rows


def found_delimiter(text: str) -> str:
    """Return the delimiter under which most lines have the same number of cells and most cells are plain values."""
    sample = "".join(text.splitlines(keepends=True)[:SAMPLE_LINES])
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        try:
            rows = rows_of(sample, delimiter)
        except DataError:
            continue
        score = _score(rows, delimiter)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _score(rows: Sequence[Sequence[str]], delimiter: str) -> float:
    """Share of lines with the usual number of cells, more for more columns and for cells that are numbers or empty."""
    if not rows:
        return 0.0
    width, n_usual = _usual_width(rows)
    if width < 2:
        return 0.0
    cells = [cell for row in rows if len(row) == width for cell in row]
    plain = sum(looks_numeric(cell) or looks_missing(cell) for cell in cells) / len(cells)
    foreign = sum(any(other in cell for other in ",;\t|" if other != delimiter) for cell in cells) / len(cells)
    score = (n_usual / len(rows)) ** 2 * (0.5 + 0.5 * plain) * (1 - 0.5 * foreign) * (2 - 1 / width)
    return score * (0.6 if delimiter in " :" else 1.0)


def _usual_width(rows: Sequence[Sequence[str]]) -> tuple[int, int]:
    """Return the most frequent number of cells and how many lines have it; of two equally frequent the larger."""
    counts = Counter(len(row) for row in rows)
    width = max(counts, key=lambda n: (counts[n], n))
    return width, counts[width]


def without_title(rows: list[list[str]]) -> tuple[list[list[str]], int]:
    """Return the rows from the first one that is as wide as the table, and how many title lines stood before it."""
    width, _ = _usual_width(rows)
    start = next(i for i, row in enumerate(rows) if len(row) >= width)
    full = [cell.strip() for cell in rows[start]]
    if sum(bool(cell) for cell in full) <= 1 < width and len(rows) > start + 1:
        start += 1  # a title with empty cells behind it
    return rows[start:], start


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: no cell of it is a number, and the names differ.

    A row of years above numbers (2019, 2020, …) counts as names, too, if the cell before them is empty or text.
    """
    first = [cell.strip() for cell in rows[0]]
    named = [cell for cell in first if cell]
    if not named or len(rows) < 2:
        return bool(named) and not any(looks_numeric(cell) for cell in named)
    numeric = [looks_numeric(cell) for cell in named]
    if any(numeric):
        years = all(
            re.fullmatch(r"(19|20)\d\d", cell) for cell, is_number in zip(named, numeric, strict=True) if is_number
        )
        return years and not looks_numeric(first[0])
    return len(set(named)) == len(named) or _names_above_values(rows, len(first))


def _names_above_values(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether some column is text in the first row and numbers below."""
    body = [row for row in rows[1:50] if len(row) == width]
    return any(body and all(looks_numeric(row[i]) or looks_missing(row[i]) for row in body) for i in range(width))
