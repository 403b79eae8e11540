"""How a text is divided into cells: encoding, delimiter, title lines, header. Found by trying, since files do not say.

Nothing here reads numbers; that is `datasets.cells`.
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice

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
    b"{\\rtf": "an RTF text",
}
LONG_CELL = 10  # line ends; whoever means fewer is not asked
MOST_CONTROL_SHARE = 0.01  # of the characters at the start; text has hardly any
_ADVICE = "Save the table as CSV (in a spreadsheet: File, Save as, CSV UTF-8) and upload that."
_HTML = re.compile(r"\s*<(!doctype html|html|table|\?xml)", re.IGNORECASE)
_JSON = re.compile(r"\s*(\[\s*[\[{]|\{\s*[\"}])")
_CONTROL = re.compile(r"[\x01-\x08\x0e-\x1f\x7f]")


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
        _check_text(text)
        return text.removeprefix("\ufeff").rstrip("\x1a"), name.removesuffix("-sig") if name != "utf-8-sig" else "utf-8"
    raise DataError(
        f"This file is not text in the encoding {', '.join(names)}: choose another encoding, such as cp1252."
    )


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise DataError(f"This file is not text: it holds zero bytes. {_ADVICE}")
    start = text[:5000]
    if len(_CONTROL.findall(start)) > MOST_CONTROL_SHARE * len(start) + 1:
        raise DataError(f"This file is not text: it holds bytes that stand for no letter. {_ADVICE}")
    if _HTML.match(text):
        raise DataError(f"This file is a web page, not a CSV table. {_ADVICE}")
    if _JSON.match(text):
        raise DataError(f"This file is JSON, not a CSV table. {_ADVICE}")


def _likely_encodings(data: bytes) -> list[str]:
    if data.startswith(b"\xef\xbb\xbf"):
        return ["utf-8-sig"]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["utf-16"]
    head = data[:2000]
    if len(head) > 3 and head.count(0) > len(head) // 4:
        return ["utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"]
    return ["utf-8", "cp1252", "latin-1"]


def rows_of(text: str, delimiter: str, repairs: list[str]) -> list[list[str]]:
    """Return the cells of every line that is not blank; quotes are respected. A very long cell is told in `repairs`.

    Raises
    ------
    DataError
        If a quote is never closed, so that all that follows would be one cell, or a cell is too long; the sentence
        names the line.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    rows, end, last, long = [], 0, 0, ""
    try:
        for row in reader:
            last, end = end, reader.line_num
            if any(cell.strip() for cell in row):
                rows.append(row)
            if end - last > LONG_CELL and not long:
                long = f"lines {last + 1} to {end} are one row; if they are not meant to be, look for a quote there"
    except csv.Error:
        raise DataError(
            f"A cell in line {end + 1} has more than {csv.field_size_limit()} characters: look there for a quote that "
            "is never closed, or leave that column out."
        ) from None
    if _ends_inside_quotes(text, last, delimiter):
        raise DataError(
            f"A quote that opens in line {last + 1} is never closed, so that everything behind it would be one cell: "
            "close that quote or remove it, or choose another delimiter."
        )
    repairs.extend([long] if long else [])
    return _without_padding(rows, delimiter)


def _ends_inside_quotes(text: str, line: int, delimiter: str) -> bool:
    """Whether the row that begins behind `line` lines, the last one, opens a quote that is not closed."""
    lines = islice(io.StringIO(text, newline=""), line, None)
    try:
        list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _without_padding(rows: list[list[str]], delimiter: str) -> list[list[str]]:
    """Rows whose columns are aligned by several spaces have cells between them that are none."""
    return [[cell for cell in row if cell] for row in rows] if delimiter == " " else rows


def _sampled_rows(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """Return the cells of some lines, as far as they can be read; the last one may be cut."""
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    rows = []
    with contextlib.suppress(csv.Error):
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(row)
    return _without_padding(rows, delimiter)


def found_delimiter(text: str) -> str:
    """Return the delimiter under which most lines have the same number of cells and most cells are plain values."""
    sample = list(islice(io.StringIO(text, newline=""), SAMPLE_LINES))
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        score = _score(_sampled_rows(sample, delimiter), delimiter)
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
    names = _shorter_header(rows, start, width)
    return ([names, *rows[start:]], start - 1) if names else (rows[start:], start)


def _shorter_header(rows: list[list[str]], start: int, width: int) -> list[str]:
    """Return the names above the table, if there is one fewer than cells in a row; else an empty list.

    That happens when each row ends with a delimiter, and when R writes the rows' names, which have no name themselves.
    """
    names = [cell.strip() for cell in rows[start - 1]] if start else []
    if len(names) != width - 1 or width < 3 or not all(names) or any(map(looks_numeric, names)):
        return []
    body = [row for row in rows[start : start + 50] if len(row) == width]
    if has_header(body):
        return []
    ends_with_delimiter = not any(row[-1].strip() for row in body)
    return [*names, ""] if ends_with_delimiter else ["", *names]


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: no cell of it is a number, the names differ, and are no values below.

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
    if _names_above_values(rows, len(first)):
        return True
    return len(set(named)) == len(named) and not _is_repeated_below(rows)


def _is_repeated_below(rows: Sequence[Sequence[str]]) -> bool:
    """Whether every cell of the first row stands somewhere below it in its column: then it is a row like the others."""
    body = [row for row in rows[1:300] if len(row) == len(rows[0])]
    return all(any(row[i].strip() == cell.strip() for row in body) for i, cell in enumerate(rows[0]))


def _names_above_values(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether some column is text in the first row and numbers below."""
    body = [row for row in rows[1:50] if len(row) == width]
    return any(body and all(looks_numeric(row[i]) or looks_missing(row[i]) for row in body) for i in range(width))
