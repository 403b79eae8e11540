"""Prepared data: three parts of numbers, the recipe that made them, and what was done, in words."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from datasets.endless import Endless, Fresh
from datasets.errors import DataError
from datasets.recipe import Recipe

PARTS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class Split:
    """One part: features, targets, and the row numbers of the table it came from.

    x is (N, D) float64, or float32 for images. y is (N,) int64 for classes, (N, positions) for one class at each
    position, (N, K) float64 for numbers and labels.
    """

    x: NDArray[np.float64] | NDArray[np.float32]
    y: NDArray[np.int64] | NDArray[np.float64]
    rows: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Prepared:
    """What a network can be trained on.

    Attributes
    ----------
    train, validation, test : Split
    task : str
        "classification", "multi_label" or "regression".
    recipe : Recipe
        Fitted on the training part; transforms new rows.
    name : str
    notes : tuple of str
        What was done: imputed, encoded, left out.
    split_seed : int
    input_shape : tuple of int
        What a row of x is: (height, width, channels), (positions, features), (positions,) of tokens; () for a table.
    endless : Endless, optional
        Makes the training examples of each epoch after the first; without it all epochs have the same ones.
    """

    train: Split
    validation: Split
    test: Split
    task: str
    recipe: Recipe
    name: str
    notes: tuple[str, ...] = ()
    split_seed: int = 0
    input_shape: tuple[int, ...] = ()
    endless: Endless | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """What a network reads: `input_shape`, or (D,) for a table."""
        return self.input_shape or (self.train.x.shape[1],)

    @property
    def fresh(self) -> Fresh | None:
        """A function that returns the training examples (x, y) of an epoch from 1 up; None if they stay the same."""
        return None if self.endless is None else partial(self.endless.examples, len(self.train.x))

    @property
    def per_position(self) -> bool:
        """Whether there is one target for each position of a sequence."""
        return self.task == "classification" and self.train.y.ndim == 2

    @cached_property
    def vocabulary(self) -> int:
        """How many different tokens there are; 0 if the features are no tokens."""
        if len(self.input_shape) != 1:
            return 0
        return 1 + int(max(getattr(self, part).x.max(initial=0) for part in PARTS))

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the features, D."""
        return self.recipe.feature_names

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes or labels; () for regression."""
        return self.target_names if self.task == "multi_label" else self.recipe.target.classes

    @property
    def target_name(self) -> str:
        """The name of the target's column; of several, all of them."""
        return ", ".join(self.target_names)

    @property
    def target_names(self) -> tuple[str, ...]:
        """The names of the targets' columns, one if there is one target."""
        return tuple(target.column for target in self.recipe.targets)

    @property
    def n_outputs(self) -> int:
        """The number of classes, labels or targets."""
        return len(self.class_names if self.task == "classification" else self.target_names)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of all numbers, the recipe and the task, in hexadecimal."""
        shape = f"\n{self.input_shape}" if self.input_shape else ""
        endless = f"\n{self.endless}" if self.endless else ""
        total = hashlib.sha256(f"{self.task}\n{self.recipe.to_json()}{shape}{endless}".encode())
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
            "input_shape": list(self.input_shape),
            "endless": None if self.endless is None else asdict(self.endless),
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
        shape = tuple(map(int, meta.get("input_shape", ())))
        endless = Endless(**meta["endless"]) if meta.get("endless") else None
        return cls(splits[0], splits[1], splits[2], task, recipe, name, notes, seed, shape, endless)
