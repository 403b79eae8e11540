"""How weights are drawn before the first step. Start at `INITIALIZERS`; biases always start at zero."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
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


def _uniform(variance: Callable[[int, int], float]) -> Initializer:
    """U(-√(3v), √(3v)), which has variance v."""

    def draw(generator: np.random.Generator, fan_in: int, fan_out: int, shape: tuple[int, int] | None = None) -> Array:
        limit = math.sqrt(3.0 * variance(fan_in, fan_out))
        return generator.uniform(-limit, limit, shape or (fan_in, fan_out))

    return draw


def _normal(variance: Callable[[int, int], float]) -> Initializer:
    """N(0, v), not truncated."""

    def draw(generator: np.random.Generator, fan_in: int, fan_out: int, shape: tuple[int, int] | None = None) -> Array:
        return generator.normal(0.0, math.sqrt(variance(fan_in, fan_out)), shape or (fan_in, fan_out))

    return draw


def _orthogonal(
    generator: np.random.Generator, fan_in: int, fan_out: int, shape: tuple[int, int] | None = None
) -> Array:
    """Orthonormal rows or columns, whichever are fewer, uniform by Haar (Saxe et al. 2014)."""
    rows, columns = shape or (fan_in, fan_out)
    q, r = np.linalg.qr(generator.normal(size=(max(rows, columns), min(rows, columns))))
    q = q * np.sign(np.diag(r))
    return q if rows >= columns else q.T.copy()


def _constant(value: float) -> Initializer:
    def draw(generator: np.random.Generator, fan_in: int, fan_out: int, shape: tuple[int, int] | None = None) -> Array:
        return np.full(shape or (fan_in, fan_out), value)

    return draw


INITIALIZERS: Mapping[str, Initializer] = {
    "glorot_uniform": _uniform(lambda fan_in, fan_out: 2 / (fan_in + fan_out)),  # Glorot & Bengio 2010, equation 16
    "glorot_normal": _normal(lambda fan_in, fan_out: 2 / (fan_in + fan_out)),
    "he_uniform": _uniform(lambda fan_in, fan_out: 2 / fan_in),  # He et al. 2015, equation 10
    "he_normal": _normal(lambda fan_in, fan_out: 2 / fan_in),
    "lecun_normal": _normal(lambda fan_in, fan_out: 1 / fan_in),  # LeCun et al. 1998, section 4.6
    "standard": _uniform(lambda fan_in, fan_out: 1 / (3 * fan_in)),  # U(±1/√fan_in): Glorot & Bengio 2010, equation 1
    "orthogonal": _orthogonal,
    "normal": _normal(lambda fan_in, fan_out: NORMAL_STD**2),
    "constant": _constant(CONSTANT),
    "zeros": _constant(0.0),
}
