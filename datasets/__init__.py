"""What networks learn from: CSV files, built-in sets, and their preparation. Start at `read_csv`, `prepare`, `CATALOG`.

Names are loaded when they are first used, so that a page which only needs the catalog does not wait for pandas.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datasets.catalog import CATALOG, DataSet, load_dataset, load_frame
    from datasets.columns import column_summary
    from datasets.csv import Dialect, Table, read_csv
    from datasets.errors import DataError
    from datasets.preparation import prepare
    from datasets.prepared import Prepared, Split
    from datasets.recipe import Recipe

_HOMES = {
    "CATALOG": "catalog",
    "DataError": "errors",
    "DataSet": "catalog",
    "Dialect": "csv",
    "Prepared": "prepared",
    "Recipe": "recipe",
    "Split": "prepared",
    "Table": "csv",
    "column_summary": "columns",
    "load_dataset": "catalog",
    "load_frame": "catalog",
    "prepare": "preparation",
    "read_csv": "csv",
}

__all__ = [
    "CATALOG",
    "DataError",
    "DataSet",
    "Dialect",
    "Prepared",
    "Recipe",
    "Split",
    "Table",
    "column_summary",
    "load_dataset",
    "load_frame",
    "prepare",
    "read_csv",
]


def __getattr__(name: str) -> object:
    """Load a public name from its file."""
    if name not in _HOMES:
        raise AttributeError(f"module 'datasets' has no attribute {name!r}")
    return getattr(importlib.import_module(f"datasets.{_HOMES[name]}"), name)
