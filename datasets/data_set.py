"""What an entry of the catalog is: a function that makes data, with the options of its form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from datasets.array_data import ArrayData
from datasets.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Option:
    """A setting of a generator: default, inclusive range, and a line that explains it."""

    name: str
    default: float
    low: float
    high: float
    explanation: str
    integer: bool = False

    @property
    def is_switch(self) -> bool:
        """Whether it is off (0) or on (1)."""
        return self.integer and (self.low, self.high) == (0, 1)


@dataclass(frozen=True)
class DataSet:
    """One entry.

    Attributes
    ----------
    kind : str
        "toy 2-D", "toy 1-D", "table", "image", "sequence" or "text".
    task, target : str
        What is learned, and the column or the name of what is predicted.
    make : callable
        For a table: the values of `options` in order -> DataFrame. For what is none: (the folder, if one is needed, the
        values, the seed of the split) -> ArrayData.
    input_shape : tuple of int
        Of the rows of a table that are images.
    is_table : bool
        Whether it can be looked at, and prepared in another way, as a table.
    needs_folder : bool
        Whether it is read from a folder of the user's.
    """

    name: str
    title: str
    kind: str
    task: str
    target: str
    explanation: str
    make: Callable[..., pd.DataFrame | ArrayData]
    options: tuple[Option, ...] = ()
    input_shape: tuple[int, ...] = ()
    is_table: bool = True
    needs_folder: bool = False

    def load(self, **options: float) -> pd.DataFrame:
        """Return the table.

        Raises
        ------
        DataError
            For an unknown option or a value out of range, or if it is no table.
        """
        if not self.is_table:
            raise DataError(f"{self.name} is no table: load_dataset({self.name!r}) returns it prepared.")
        table = self.make(*self._values(options))
        assert not isinstance(table, ArrayData)
        return table

    def arrays(self, folder: str | Path | None, split_seed: int, **options: float) -> ArrayData:
        """Return the examples of what is no table.

        Raises
        ------
        DataError
            For an unknown option, a value out of range, or a folder that is not there or holds something else.
        """
        values = self._values(options)
        place = [self._folder(folder)] if self.needs_folder else []
        arrays = self.make(*place, *values, split_seed)
        assert isinstance(arrays, ArrayData)
        return arrays

    def _values(self, options: Mapping[str, float]) -> list[float]:
        known = {option.name: option for option in self.options}
        if unknown := sorted(set(options) - set(known)):
            raise DataError(f"{self.name} has no option {unknown[0]!r}; it has {', '.join(known) or 'none'}.")
        values = []
        for option in self.options:
            value = options.get(option.name, option.default)
            if not option.low <= value <= option.high:
                raise DataError(f"{self.name}: {option.name} must lie between {option.low:g} and {option.high:g}.")
            values.append(int(value) if option.integer else float(value))
        return values

    def _folder(self, folder: str | Path | None) -> Path:
        if folder is None:
            raise DataError(f"{self.name} needs a folder of yours, given as folder=…: {self.explanation}")
        path = Path(folder).expanduser()
        if not path.is_dir():
            raise DataError(f"There is no folder {path}. {self.name} needs one: {self.explanation}")
        return path
