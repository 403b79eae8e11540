"""Averages of functions of Gaussian numbers, by quadrature: of one number, and of two that are correlated.

Start at `averages`. A function of z = √q g, with g standard normal, is integrated panel by panel with Gauss's rule;
panels end where a nonlinearity may have a corner and are narrow where it may be steep, so that relu and a sigmoid with
a large q are integrated as well as tanh. Two correlated numbers need no double integral: with the normalized Hermite
polynomials ψ_k and the coefficients h_k = E[f(√q g) ψ_k(g)],

    E[f(z) f(z')] = Σ_k c^k h_k h'_k      for z and z' with correlation c (Mehler 1866).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from diagnostics.seed_spread import Floats
from models.arrays import Array
from models.error_function import erf

REACH = 9.0  # standard deviations; beyond lie 2e-19 of all numbers
PANELS = 12
POINTS = 10  # of a panel
ORDER = 32  # Hermite polynomials; what they leave out is added as `_later_orders` says
NEGLIGIBLE = 1e-4  # a rest, as a share of the root mean square
ROUNDING = 1e-12
NODES = 24  # standard deviations between which all others are interpolated,
ALIKE = 4.0  # unless the largest is so many times the least
SCALES = np.array([0.3, 1.0, 3.0, 9.0, 27.0])  # of z, beside a corner

Function = Callable[[Floats], Array]
"""Of numbers (P, G), one row for each variance, to numbers of the same shape."""


@dataclass(frozen=True, eq=False)
class Averages:
    """`mean` (P,) is E[f(z_n)], `product` (P, P) is E[f(z_n) f(z_m)]."""

    mean: Floats
    product: Floats


def averages(function: Function, covariance: Floats, corners: Floats | None = None) -> Averages:
    """Return the averages of a function of P Gaussian numbers with mean 0.

    Parameters
    ----------
    function : callable
        (P, G) -> (P, G).
    covariance : array (P, P)
        E[z_n z_m].
    corners : array (P, C), optional
        Where the function of each number may have a corner or a jump; -1, 0 and 1 if not given.
    """
    variance = np.diag(covariance).clip(min=0.0)
    scale = np.sqrt(variance)
    if corners is None and len(scale) > NODES and scale.max() < ALIKE * scale.min():
        nodes, places = _nodes(scale)
        own, coefficients = (part @ places for part in _coefficients(function, nodes, None))
    else:
        own, coefficients = _coefficients(function, scale, corners)
    size = np.outer(scale, scale)
    correlation = np.divide(covariance, size, out=np.zeros_like(size), where=size > 0).clip(-1.0, 1.0)
    mean = coefficients[0]
    product, power = np.outer(mean, mean), np.ones_like(correlation)
    least, term = ROUNDING * np.sqrt(own.max(initial=0.0)), np.empty_like(correlation)
    for coefficient in coefficients[1:]:
        power *= correlation
        if np.abs(coefficient).max(initial=0.0) > least:  # of an odd function every second one is 0
            np.multiply(power, coefficient, out=term)
            term *= coefficient[:, None]
            product += term
    rest = np.sqrt((own - np.square(coefficients).sum(axis=0)).clip(min=0.0))
    if np.any(rest > NEGLIGIBLE * np.sqrt(own)):
        product += _later_orders(correlation) * np.outer(rest, rest)
    np.fill_diagonal(product, own)
    return Averages(mean, product)


def _coefficients(function: Function, scale: Floats, corners: Floats | None) -> tuple[Floats, Floats]:
    """Return E[f²] (P,) and h_0, h_1, …, (K + 1, P), of numbers with the standard deviations `scale` (P,)."""
    points, weights = quadrature(scale**2, corners)
    values = function(scale[:, None] * points)
    weighted = weights * values
    before, polynomial, found = np.zeros_like(points), np.ones_like(points), [weighted.sum(axis=1)]
    for k in range(1, ORDER + 1):
        before, polynomial = polynomial, (points * polynomial - np.sqrt(k - 1) * before) / np.sqrt(k)
        found.append((weighted * polynomial).sum(axis=1))
    return (weighted * values).sum(axis=1), np.array(found)


def _nodes(scale: Floats) -> tuple[Floats, Floats]:
    """Return `NODES` standard deviations (K,) and weights (K, P): what is known there, interpolated to `scale` (P,).

    Averages are smooth in the standard deviation, so that a polynomial through Chebyshev's points follows them.
    """
    low, high = float(scale.min()), float(scale.max())
    angles = np.pi * np.arange(NODES) / (NODES - 1)
    nodes = (low + high) / 2 - (high - low) / 2 * np.cos(angles)
    signs = np.where(np.arange(NODES) % 2, -1.0, 1.0)
    signs[[0, -1]] /= 2
    away = scale - nodes[:, None]
    hit = away == 0
    shares = signs[:, None] / np.where(hit, 1.0, away)  # the second barycentric formula (Berrut & Trefethen 2004)
    shares = np.where(hit.any(axis=0), hit, shares)
    return nodes, shares / shares.sum(axis=0)


def _later_orders(correlation: Floats) -> Floats:
    """Return what the orders k > K = `ORDER` make of a correlation, as a share of what they make of 1.

    Only a function with a jump or a corner has a noticeable rest. The squared coefficients of a jump fall like
    k^(-3/2); with x = K log(1/c) the sum of k^(-3/2) c^k is then, as an integral, e^(-x) - √(πx) erfc(√x) of its value
    at c = 1.
    The signs of the orders cancel for c < 0.
    """
    x = -ORDER * np.log(correlation.clip(min=1e-9))
    shares = np.exp(-x) - np.sqrt(np.pi * x) * (1 - erf(np.sqrt(x)))
    return np.asarray(np.where(correlation > 0, shares, 0.0))


@functools.cache
def _gauss() -> tuple[Floats, Floats]:
    return np.polynomial.legendre.leggauss(POINTS)


def quadrature(variance: Floats, corners: Floats | None = None) -> tuple[Floats, Floats]:
    """Return points g (P, G) and weights (P, G) with Σ w f(√q g) = E[f(√q g)], for each of P variances q."""
    places = np.broadcast_to([-1.0, 0.0, 1.0], (len(variance), 3)) if corners is None else corners
    near = places[:, :, None] + np.concatenate([-SCALES[::-1], [0.0], SCALES])
    with np.errstate(divide="ignore", invalid="ignore"):
        edges = near.reshape(len(variance), -1) / np.sqrt(variance)[:, None]
    even = np.broadcast_to(np.linspace(-REACH, REACH, PANELS + 1), (len(variance), PANELS + 1))
    edges = np.sort(np.concatenate([np.nan_to_num(edges, nan=0.0).clip(-REACH, REACH), even], axis=1), axis=1)
    half, middle = np.diff(edges, axis=1) / 2, (edges[:, 1:] + edges[:, :-1]) / 2
    inside, share = _gauss()
    points = (middle[:, :, None] + half[:, :, None] * inside).reshape(len(variance), -1)
    weights = (half[:, :, None] * share).reshape(len(variance), -1)
    return points, weights * np.exp(-0.5 * points**2) / np.sqrt(2 * np.pi)
