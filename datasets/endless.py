"""Endless data: a generator whose examples are used once each, so that every epoch has new ones. Start at `Endless`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets import shapeset
from datasets.errors import DataError

Examples = tuple[NDArray[np.float32], NDArray[np.int64]]
Fresh = Callable[[int], Examples]
GENERATORS: dict[str, Callable[[int, int, int], Examples]] = {"shapeset": shapeset.shapeset}
"""Functions of (n, seed, start) that return examples start to start + n - 1, the same however they are asked for."""


@dataclass(frozen=True)
class Endless:
    """The examples of a generator from some number on: plain values, so that a run can be repeated.

    Attributes
    ----------
    generator : str
        A name of `GENERATORS`.
    seed : int
    start : int
        The number of the first example that is in none of the three parts.
    """

    generator: str
    seed: int
    start: int

    def __post_init__(self) -> None:
        """Check the name.

        Raises
        ------
        DataError
            If there is no such generator.
        """
        if self.generator not in GENERATORS:
            raise DataError(f"There is no generator {self.generator!r}: use one of {', '.join(GENERATORS)}.")

    def examples(self, n: int, epoch: int) -> Examples:
        """Return the n examples of an epoch from 1 up, (n, D) and (n,); epoch 0 has the training part's own."""
        return GENERATORS[self.generator](n, self.seed, self.start + (epoch - 1) * n)
