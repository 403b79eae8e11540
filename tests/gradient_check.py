"""A check of a gradient along one random direction, by central differences in float64."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.arrays import Array


def check_gradient(function: Callable[[Array], float], at: Array, gradient: Array, tolerance: float = 1e-6) -> None:
    """Compare gradient·direction with (f(x + h d) - f(x - h d))/2h.

    h = 1e-5 leaves a truncation error of about h² = 1e-10 and a rounding error of about 1e-16/h = 1e-11, both far
    below the tolerance, which is relative to the size of the slope.
    """
    direction = np.random.default_rng(0).normal(size=at.shape)
    direction /= np.linalg.norm(direction)
    h = 1e-5
    numeric = (function(at + h * direction) - function(at - h * direction)) / (2 * h)
    analytic = float((gradient * direction).sum())
    assert abs(numeric - analytic) <= tolerance * max(1.0, abs(numeric)), f"numeric {numeric}, analytic {analytic}"
