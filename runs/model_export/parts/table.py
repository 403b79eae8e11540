"""From the rows of a CSV file to the numbers that a network reads, and from its outputs to predictions in words.

`recipe` is what stands in recipe.json. Backscope itself uses `described`; the scripts use all of it.
"""

import argparse
import csv
import io
import json
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO

import numpy as np

HERE = Path(__file__).resolve().parent
Recipe = dict[str, Any]
SIGNS = " €$£¥%"


def read_table(path: Path, columns: Sequence[str], delimiter: str, encoding: str) -> dict[str, list[str]]:
    """Return the cells of a CSV file with a header line, by column; the delimiter "" is to be recognised.

    Raises
    ------
    SystemExit
        If a column is missing, or the file is in another encoding.
    """
    try:
        text = path.read_text(encoding=encoding)
    except UnicodeDecodeError:
        raise SystemExit(f"{path} is not written in {encoding}: say --encoding cp1252, or another") from None
    readings = [list(csv.reader(io.StringIO(text), delimiter=d)) for d in (delimiter or ",;\t|")]
    readings = [[row for row in rows if any(cell.strip() for cell in row)] for rows in readings]
    tables = [(plain_names(rows[0]), rows[1:]) for rows in readings if rows]
    if not tables:
        raise SystemExit(f"{path} is empty: its first line must name the columns")
    wanted = dict(zip(plain_names(columns), columns, strict=True))
    names, rows = max(tables, key=lambda table: len(set(wanted) & set(table[0])))
    if missing := [column for name, column in wanted.items() if name not in names]:
        raise SystemExit(f"{path} lacks the columns {', '.join(missing)}; it has {', '.join(names)}")
    filled = [row + [""] * (len(names) - len(row)) for row in rows]
    return {column: [row[names.index(name)].strip() for row in filled] for name, column in wanted.items()}


def plain_names(row: Sequence[str]) -> list[str]:
    """Return the names of a header line without superfluous blanks."""
    return [" ".join(cell.split()) for cell in row]


def prepared(table: dict[str, list[str]], recipe: Recipe, decimal: str = ".") -> np.ndarray:
    """Return the features (N, D): numbers standardized, missing ones the median, a text one feature for each category.

    Raises
    ------
    SystemExit
        If a cell of a numeric column is no number.
    """
    parts = []
    for column in recipe["columns"]:
        cells = ["" if cell.lower() in recipe["missing"] else cell for cell in table[column["column"]]]
        if column["kind"] == "numeric":
            numbers = np.array([number_of(cell, column["column"], row, decimal) for row, cell in enumerate(cells, 1)])
            filled = np.where(np.isnan(numbers), column["median"], numbers)
            parts.append(((filled - column["mean"]) / column["std"])[:, None])
        else:
            categories = column["categories"]
            texts = [cell or "(missing)" for cell in cells]
            if "(other)" in categories:
                texts = [text if text in categories else "(other)" for text in texts]
            hits = np.array([[float(text == name) for name in categories] for text in texts])
            parts.append(hits.reshape(len(texts), len(categories)))
    return np.concatenate(parts, axis=1)


def number_of(cell: str, column: str, row: int, decimal: str) -> float:
    """Return a cell as a number, NaN if it is empty."""
    bare = cell.strip(SIGNS).replace("\u2212", "-")
    try:
        number = float(bare.replace(decimal, ".") if decimal != "." else bare) if bare else math.nan
    except ValueError:
        raise SystemExit(
            f"column {column!r}, row {row}: {cell!r} is no number; correct it, leave it empty (the median is taken "
            "then), or say --decimal , if the numbers are written so"
        ) from None
    return number if abs(number) <= 1e150 else math.nan


def described(outputs: np.ndarray, recipe: Recipe) -> dict[str, list[Any]]:
    """Return the predictions by column: the mean over the seeds, and their spread (standard deviation) over the seeds.

    Parameters
    ----------
    outputs : array (seeds, N, K)
        Probabilities of the classes or labels, or numbers.
    recipe : dict
        `task`, `target`, `outputs` (names of the K), and `mean` and `std`, by which numbers were scaled (K of them, or
        one).
    """
    outputs = outputs.astype(np.float64)
    if recipe["task"] == "regression":
        outputs = outputs * np.array(recipe["std"]) + np.array(recipe["mean"])
    mean = outputs.mean(axis=0)
    spread = outputs.std(axis=0) if len(outputs) > 1 else np.full_like(mean, np.nan)
    names = recipe["outputs"]
    if recipe["task"] == "classification":
        best = mean.argmax(axis=1)
        result: dict[str, list[Any]] = {f"predicted {recipe['target']}": [names[k] for k in best]}
        result |= {f"probability of {name}": mean[:, k].tolist() for k, name in enumerate(names)}
        return result | {"spread over seeds": spread[np.arange(len(best)), best].tolist()}
    word, result = "predicted" if recipe["task"] == "regression" else "probability of", {}
    for k, name in enumerate(names):
        result |= {f"{word} {name}": mean[:, k].tolist(), f"spread of {name} over seeds": spread[:, k].tolist()}
    return result


def write_table(columns: dict[str, list[Any]], target: TextIO) -> None:
    """Write columns as CSV; a number that is not known is an empty cell."""
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(map(written, zip(*columns.values(), strict=True)))


def written(row: Iterable[Any]) -> list[Any]:
    """Return the cells of a row as they are written."""
    return ["" if isinstance(cell, float) and math.isnan(cell) else cell for cell in row]


def main(outputs_of: Callable[[np.ndarray], np.ndarray]) -> None:
    """Predict the rows of the file named on the command line, and print the predictions as CSV."""
    recipe = json.loads((HERE / "recipe.json").read_text(encoding="utf-8"))
    parser = argparse.ArgumentParser(description="Predict new rows; the predictions are printed as CSV.")
    parser.add_argument("rows", type=Path, help="a CSV file with a header line, or prepared numbers in a .npy file")
    parser.add_argument("--delimiter", default="", help="what separates the columns (recognised if not given)")
    parser.add_argument("--decimal", default=".", help="the decimal mark (default: a point)")
    parser.add_argument("--encoding", default="utf-8-sig", help="how letters are written (default: UTF-8)")
    options = parser.parse_args()
    if options.rows.suffix == ".npy":
        x = np.load(options.rows, allow_pickle=False)
    elif recipe["columns"]:
        columns = [column["column"] for column in recipe["columns"]]
        table = read_table(options.rows, columns, options.delimiter, options.encoding)
        x = prepared(table, recipe, options.decimal)
    else:
        raise SystemExit("this network does not read a table: give the examples as an array in a .npy file")
    outputs = outputs_of(x.reshape(len(x), *recipe["input_shape"]))
    write_table(described(outputs.reshape(len(outputs), -1, outputs.shape[-1]), recipe), sys.stdout)
