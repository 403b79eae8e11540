"""The error function for arrays, in NumPy: the engine needs it for gelu and nothing else."""

from __future__ import annotations

import math

import numpy as np

from models.arrays import Array

_SMALL = 2.0  # below: Maclaurin series; above: continued fraction
_SERIES_TERMS = 40
_FRACTION_TERMS = 60
_ONE_TO_LAST_DIGIT = 6.0  # erf(6) differs from 1 by 2e-17
_GRID = 4096  # points of the table for single precision


def erf(x: Array) -> Array:
    """Return erf(x), the same shape and type, to 1e-15 in float64 and 1e-7 in float32.

    Notes
    -----
    float64: below |x| = 2 the series erf(x) = 2/√π · e^(-x²) · Σ 2ⁿ x^(2n+1)/(2n+1)!!, all of whose terms have one
    sign; above, the continued fraction of erfc. float32: cubic interpolation in a table of those values.
    Source: Abramowitz & Stegun 1964, formulas 7.1.6 and 7.1.14.
    """
    if x.dtype == np.float32:
        return _interpolated(x)
    size = np.minimum(np.abs(x), _ONE_TO_LAST_DIGIT)
    return np.copysign(np.where(size < _SMALL, _series(np.minimum(size, _SMALL)), _fraction(size)), x)


def _series(x: Array) -> Array:
    term = x.copy()
    total = x.copy()
    for n in range(1, _SERIES_TERMS):
        term = term * (2.0 * x * x / (2 * n + 1))
        total += term
    result: Array = 2.0 / math.sqrt(math.pi) * np.exp(-x * x) * total
    return result


def _fraction(x: Array) -> Array:
    safe = np.maximum(x, _SMALL)
    tail = safe.copy()
    for n in range(_FRACTION_TERMS, 0, -1):
        tail = safe + 0.5 * n / tail
    result: Array = 1.0 - np.exp(-safe * safe) / (math.sqrt(math.pi) * tail)
    return result


_table: list[Array] = []


def _interpolated(x: Array) -> Array:
    """Cubic Hermite interpolation; erf and its slope 2/√π·e^(-x²) at the ends of 4096 intervals of [0, 6]."""
    if not _table:
        knots = np.linspace(0.0, _ONE_TO_LAST_DIGIT, _GRID + 1)
        width = knots[1]
        _table.extend((erf(knots), 2.0 / math.sqrt(math.pi) * np.exp(-knots * knots) * width))
    values, slopes = _table
    place = np.minimum(np.abs(x.astype(np.float64)) * (_GRID / _ONE_TO_LAST_DIGIT), float(_GRID))
    left = np.minimum(np.nan_to_num(place).astype(np.int64), _GRID - 1)
    t = place - left
    low, high = values[left], values[left + 1]
    curve = low + t * (
        slopes[left]
        + t
        * (
            3 * (high - low)
            - 2 * slopes[left]
            - slopes[left + 1]
            + t * (2 * (low - high) + slopes[left] + slopes[left + 1])
        )
    )
    result: Array = np.copysign(curve, x).astype(np.float32)
    return result
