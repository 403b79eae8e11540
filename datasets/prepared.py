"""Prepared data: three parts of numbers, the recipe that made them, and what was done, in words."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from datasets.errors import DataError
from datasets.recipe import Recipe

PARTS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class Split:
    """One part: x (N, D) float64, y (N,) int64 or (N, 1) float64, and the row numbers of the table it came from."""

    x: NDArray[np.float64]
    y: NDArray[np.int64] | NDArray[np.float64]
    rows: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Prepared:
    """What a network can be trained on.

    Attributes
    ----------
    train, validation, test : Split
    task : str
        "classification" or "regression".
    recipe : Recipe
        Fitted on the training part; transforms new rows.
    name : str
    notes : tuple of str
        What was done: imputed, encoded, left out.
    split_seed : int
    """

    train: Split
    validation: Split
    test: Split
    task: str
    recipe: Recipe
    name: str
    notes: tuple[str, ...] = ()
    split_seed: int = 0

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the features, D."""
        return self.recipe.feature_names

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes; () for regression."""
        return self.recipe.target.classes

    @property
    def target_name(self) -> str:
        """The name of the target's column."""
        return self.recipe.target.column

    @property
    def n_outputs(self) -> int:
        """The number of classes, or 1."""
        return len(self.class_names) if self.task == "classification" else 1

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of all numbers, the recipe and the task, in hexadecimal."""
        total = hashlib.sha256(f"{self.task}\n{self.recipe.to_json()}".encode())
        for part in PARTS:
            split: Split = getattr(self, part)
            for array in (split.x, split.y):
                total.update(str(array.shape).encode() + np.ascontiguousarray(array).tobytes())
        return total.hexdigest()

    def save(self, path: str | Path) -> None:
        """Write one .npz file of plain arrays and JSON."""
        meta = {
            "format": 1,
            "task": self.task,
            "name": self.name,
            "notes": list(self.notes),
            "split_seed": self.split_seed,
            "recipe": self.recipe.to_json(),
        }
        arrays = {f"{part}_{kind}": getattr(getattr(self, part), kind) for part in PARTS for kind in ("x", "y", "rows")}
        with Path(path).open("wb") as target:
            np.savez_compressed(target, meta=np.array(json.dumps(meta)), **arrays)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        DataError
            If the file is damaged.
        """
        try:
            return cls._loaded(Path(path))
        except FileNotFoundError:
            raise
        except Exception as error:  # whatever zipfile, zlib and NumPy make of bytes that are not theirs
            raise DataError(f"The prepared data {path} are damaged ({error}): prepare them again.") from error

    @classmethod
    def _loaded(cls, path: Path) -> Self:
        with path.open("rb") as source, np.load(source, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        meta = json.loads(str(arrays["meta"]))
        splits = [Split(*(arrays[f"{part}_{kind}"] for kind in ("x", "y", "rows"))) for part in PARTS]
        recipe = Recipe.from_json(meta["recipe"])
        notes, seed = tuple(meta["notes"]), int(meta["split_seed"])
        task, name = str(meta["task"]), str(meta["name"])
        return cls(splits[0], splits[1], splits[2], task, recipe, name, notes, seed)
