"""Which way a map is turned: by a rule, so that two machines draw the same map.

An eigenvector has no sign, and eigenvectors of equal eigenvalues can be turned within their space; which of them a
machine finds is chance. The rule: along each axis the mean path goes from its start towards positive numbers. Where it
goes nowhere along an axis, fixed weights of the rows decide instead.
"""

from __future__ import annotations

import numpy as np

from diagnostics.seed_spread import Floats
from diagnostics.snapshots import Ints

NOTHING = 1e-6  # of the largest number: below, round-off may decide the sign
EQUAL = 1e-9  # relative difference of eigenvalues below which their axes count as one space
GOLDEN = (np.sqrt(5) - 1) / 2


def orientation(points: Floats, values: Floats, starts: Ints, ends: Ints) -> Floats:
    """Return the orthogonal matrix (k, k) with which points (n, k) are to be multiplied.

    Parameters
    ----------
    points : array (n, k)
        Axes in the order of their eigenvalues.
    values : array (k,)
        The eigenvalues.
    starts, ends : array (paths,) of int
        Rows of the first and the last snapshot of each path.
    """
    n, k = points.shape
    result = np.eye(k)
    if not n:
        return result
    row = np.arange(1, n + 1)
    weights = np.stack([np.sin(2 * np.pi * GOLDEN * row * (j + 1)) for j in range(k + 1)], axis=1)
    directions = np.concatenate([(points[ends] - points[starts]).mean(axis=0)[None], weights.T @ points])  # (k + 2, k)
    first = 0
    while first < k:
        last = first + 1
        while last < k and abs(values[last] - values[first]) <= EQUAL * abs(values[first]):
            last += 1
        size = float(np.abs(points[:, first:last]).max())
        result[first:last, first:last] = _turned(directions[:, first:last], NOTHING * size)
        first = last
    return result


def _turned(directions: Floats, nothing: float) -> Floats:
    """Axes (m, m) along the first directions (q, m) that are not nothing, each made orthogonal to those before."""
    m = directions.shape[1]
    axes: list[Floats] = []
    for direction in directions:
        rest = direction - sum((axis * (axis @ direction) for axis in axes), np.zeros(m))
        size = float(np.linalg.norm(rest))
        if size > nothing:
            axes.append(rest / size)
        if len(axes) == m:
            return np.stack(axes, axis=1)
    return np.eye(m)
