"""The error function and the normal distribution for arrays, in NumPy: the engine needs them for gelu alone."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import numpy as np

from models.arrays import Array

_SMALL = 2.0  # below: Maclaurin series; above: continued fraction
_SERIES_TERMS = 40
_FRACTION_TERMS = 60
_ONE_TO_LAST_DIGIT = 6.0  # erf(6) differs from 1 by 2e-17
_ROOT_TWO = math.sqrt(2.0)
_ONE_IN_SINGLE = 6.0  # Φ(6) differs from 1 by 1e-9: in float32 it is 1
_BLOCK = 8192  # elements that stay in the processor's first caches with what is computed from them
# S(u) with Φ(z) = (1 + tanh(z S(z²)))/2, lowest power first. On [0, 6] Φ is off by at most 2.5e-8: a fit for the
# smallest largest error of Φ, by least squares whose weights are multiplied by the errors again and again.
_S = (
    0.797884892,
    0.0363333746,
    -3.30301634e-5,
    -5.50491770e-5,
    3.89442646e-6,
    -1.22880688e-7,
    1.17107165e-9,
    1.34823160e-11,
)


def erf(x: Array) -> Array:
    """Return erf(x), the same shape and type, to 1e-15 in float64 and 2e-7 in float32.

    Notes
    -----
    float64: below |x| = 2 the series erf(x) = 2/√π · e^(-x²) · Σ 2ⁿ x^(2n+1)/(2n+1)!!, all of whose terms have one
    sign; above, the continued fraction of erfc. float32: tanh of a polynomial, fitted to those values.
    Source: Abramowitz & Stegun 1964, formulas 7.1.6 and 7.1.14.
    """
    if x.dtype == np.float32:
        out = np.empty_like(x)
        _in_blocks(_erf_single, x, out)
        return out
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


def normal_distribution(z: Array) -> Array:
    """Return Φ(z) = (1 + erf(z/√2))/2, the same shape and type, to 1e-15 in float64 and 1e-7 in float32."""
    if z.dtype == np.float32:
        out = np.empty_like(z)
        _in_blocks(_normal_single, z, out)
        return out
    return np.asarray(0.5 * (1.0 + erf(z / _ROOT_TWO)))


def _in_blocks(function: Callable[[Array, Array], None], x: Array, out: Array) -> None:
    """Call function(x, out) block by block, divided along the first axis that can be."""
    if x.size <= _BLOCK:
        function(x, out)
        return
    axis = next(axis for axis, length in enumerate(x.shape) if length > 1)
    rows = max(_BLOCK * x.shape[axis] // x.size, 1)
    for first in range(0, x.shape[axis], rows):
        part = (*(slice(None),) * axis, slice(first, first + rows))
        _in_blocks(function, x[part], out[part])


def _erf_single(x: Array, out: Array) -> None:
    with np.errstate(over="ignore"):
        _tanh_form(x * np.float32(_ROOT_TWO), out)


def _normal_single(z: Array, out: Array) -> None:
    half = _constants()[0]
    _tanh_form(z, out)
    np.multiply(out, half, out)
    np.add(out, half, out)


def _tanh_form(z: Array, out: Array) -> None:
    """Write 2 Φ(z) - 1 = tanh(z S(z²)) to `out`, S by Horner's scheme."""
    _, limit, below, highest, *others = _constants()
    inside = np.minimum(z, limit)
    np.maximum(inside, below, out=inside)
    square = inside * inside
    np.multiply(square, highest, out)
    for coefficient in others[:-1]:
        np.add(out, coefficient, out)
        np.multiply(out, square, out)
    np.add(out, others[-1], out)
    np.multiply(out, inside, out)
    np.tanh(out, out)


@functools.cache
def _constants() -> tuple[Array, ...]:
    """Give ½, the limits and the coefficients from the highest power down, as arrays without axes (quicker)."""
    numbers = (0.5, _ONE_IN_SINGLE, -_ONE_IN_SINGLE, *reversed(_S))
    return tuple(np.array(number, np.float32) for number in numbers)
