"""Mean and standard deviation over the seeds; a seed that diverged (NaN) is left out from there on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from diagnostics.run import AnyArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Spread:
    """`mean` and `std` (T, …) and `n` (T, …), the number of seeds that count."""

    mean: Floats
    std: Floats
    n: NDArray[np.int64]

    @property
    def low(self) -> Floats:
        """Mean less one standard deviation."""
        return self.mean - self.std

    @property
    def high(self) -> Floats:
        """Mean plus one standard deviation."""
        return self.mean + self.std


def spread_over_seeds(values: AnyArray, axis: int = 1) -> Spread:
    """Return mean, standard deviation (of the seeds as a population) and count along `axis`; NaN where none is left."""
    numbers = np.asarray(values, dtype=np.float64)
    counts = np.isfinite(numbers)
    n = counts.sum(axis=axis)
    filled = np.where(counts, numbers, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = filled.sum(axis=axis) / n
        deviation = np.where(counts, numbers - np.expand_dims(mean, axis), 0.0)
        std = np.sqrt(np.square(deviation).sum(axis=axis) / n)
    return Spread(mean, std, np.asarray(n))
