"""How weights are drawn before the first step. Start at `INITIALIZERS`; biases always start at zero.

An initializer states the variance of what it draws, so that theory (`diagnostics.theory`) needs no table elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from models.arrays import Array

NORMAL_STD = 0.01  # Krizhevsky et al. 2012, section 5
CONSTANT = 0.1


class Initializer(Protocol):
    """Draws a matrix of weights."""

    def __call__(
        self, generator: np.random.Generator, fan_in: int, fan_out: int, shape: tuple[int, int] | None = None
    ) -> Array:
        """Return float64 weights of that shape (rows: what a unit reads), (fan_in, fan_out) if it is not given."""
        ...

    @property
    def variance(self) -> Callable[[int, int], float] | None:
        """The variance of one weight by (fan_in, fan_out), the mean being 0; None if weights are not random."""
        ...

    @property
    def orthonormal(self) -> bool:
        """Whether the rows or the columns, whichever are fewer, are orthonormal; else weights are independent."""
        ...


@dataclass(frozen=True)
class _Uniform:
    """U(-√(3v), √(3v)), which has variance v."""

    variance: Callable[[int, int], float]
    orthonormal: bool = False

    def __call__(
        self, generator: np.random.Generator, fan_in: int, fan_out: int, shape: tuple[int, int] | None = None
    ) -> Array:
        limit = math.sqrt(3.0 * self.variance(fan_in, fan_out))
        return generator.uniform(-limit, limit, shape or (fan_in, fan_out))


@dataclass(frozen=True)
class _Normal:
    """N(0, v), not truncated."""

    variance: Callable[[int, int], float]
    orthonormal: bool = False

    def __call__(
        self, generator: np.random.Generator, fan_in: int, fan_out: int, shape: tuple[int, int] | None = None
    ) -> Array:
        return generator.normal(0.0, math.sqrt(self.variance(fan_in, fan_out)), shape or (fan_in, fan_out))


@dataclass(frozen=True)
class _Orthogonal:
    """Orthonormal rows or columns, whichever are fewer, uniform by Haar (Saxe et al. 2014).

    A column of n entries has length 1, so that each has the variance 1/n; of rows likewise.
    """

    variance: Callable[[int, int], float] = lambda fan_in, fan_out: 1 / max(fan_in, fan_out)
    orthonormal: bool = True

    def __call__(
        self, generator: np.random.Generator, fan_in: int, fan_out: int, shape: tuple[int, int] | None = None
    ) -> Array:
        rows, columns = shape or (fan_in, fan_out)
        q, r = np.linalg.qr(generator.normal(size=(max(rows, columns), min(rows, columns))))
        q = q * np.sign(np.diag(r))
        return q if rows >= columns else q.T.copy()


@dataclass(frozen=True)
class _Constant:
    value: float
    variance: None = None
    orthonormal: bool = False

    def __call__(
        self, generator: np.random.Generator, fan_in: int, fan_out: int, shape: tuple[int, int] | None = None
    ) -> Array:
        return np.full(shape or (fan_in, fan_out), self.value)


INITIALIZERS: Mapping[str, Initializer] = {
    "glorot_uniform": _Uniform(lambda fan_in, fan_out: 2 / (fan_in + fan_out)),  # Glorot & Bengio 2010, equation 16
    "glorot_normal": _Normal(lambda fan_in, fan_out: 2 / (fan_in + fan_out)),
    "he_uniform": _Uniform(lambda fan_in, fan_out: 2 / fan_in),  # He et al. 2015, equation 10
    "he_normal": _Normal(lambda fan_in, fan_out: 2 / fan_in),
    "lecun_normal": _Normal(lambda fan_in, fan_out: 1 / fan_in),  # LeCun et al. 1998, section 4.6
    "standard": _Uniform(lambda fan_in, fan_out: 1 / (3 * fan_in)),  # U(±1/√fan_in): Glorot & Bengio 2010, equation 1
    "orthogonal": _Orthogonal(),
    "normal": _Normal(lambda fan_in, fan_out: NORMAL_STD**2),
    "constant": _Constant(CONSTANT),
    "zeros": _Constant(0.0),
}
