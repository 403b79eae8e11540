"""Averages of functions of Gaussian numbers, by quadrature: of one number, and of two that are correlated.

Start at `averages`. A function of z = √q g, with g standard normal, is integrated panel by panel with Gauss's rule;
panels end where a nonlinearity may have a corner and are narrow where it may be steep, so that relu and a sigmoid with
a large q are integrated as well as tanh. Two correlated numbers need no double integral: with the normalized Hermite
polynomials ψ_k and the coefficients h_k = E[f(√q g) ψ_k(g)],

    E[f(z) f(z')] = Σ_k c^k h_k h'_k      for z and z' with correlation c (Mehler 1866).
"""

from __future__ import annotations

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
    points, weights = quadrature(variance, corners)
    values = function(np.sqrt(variance)[:, None] * points)
    weighted = weights * values
    own = (weighted * values).sum(axis=1)
    scale = np.sqrt(variance)
    size = np.outer(scale, scale)
    correlation = np.divide(covariance, size, out=np.zeros_like(size), where=size > 0).clip(-1.0, 1.0)
    mean = weighted.sum(axis=1)
    product, left = np.outer(mean, mean), own - mean**2
    power, before, polynomial = np.ones_like(correlation), np.zeros_like(points), np.ones_like(points)
    for k in range(1, ORDER + 1):
        before, polynomial = polynomial, (points * polynomial - np.sqrt(k - 1) * before) / np.sqrt(k)
        coefficient = (weighted * polynomial).sum(axis=1)
        power *= correlation
        product += power * np.outer(coefficient, coefficient)
        left -= coefficient**2
    rest = np.sqrt(left.clip(min=0.0))
    if np.any(rest > NEGLIGIBLE * np.sqrt(own)):
        product += _later_orders(correlation) * np.outer(rest, rest)
    np.fill_diagonal(product, own)
    return Averages(mean, product)


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


def quadrature(variance: Floats, corners: Floats | None = None) -> tuple[Floats, Floats]:
    """Return points g (P, G) and weights (P, G) with Σ w f(√q g) = E[f(√q g)], for each of P variances q."""
    places = np.broadcast_to([-1.0, 0.0, 1.0], (len(variance), 3)) if corners is None else corners
    near = places[:, :, None] + np.concatenate([-SCALES[::-1], [0.0], SCALES])
    with np.errstate(divide="ignore", invalid="ignore"):
        edges = near.reshape(len(variance), -1) / np.sqrt(variance)[:, None]
    even = np.broadcast_to(np.linspace(-REACH, REACH, PANELS + 1), (len(variance), PANELS + 1))
    edges = np.sort(np.concatenate([np.nan_to_num(edges, nan=0.0).clip(-REACH, REACH), even], axis=1), axis=1)
    half, middle = np.diff(edges, axis=1) / 2, (edges[:, 1:] + edges[:, :-1]) / 2
    inside, share = np.polynomial.legendre.leggauss(POINTS)
    points = (middle[:, :, None] + half[:, :, None] * inside).reshape(len(variance), -1)
    weights = (half[:, :, None] * share).reshape(len(variance), -1)
    return points, weights * np.exp(-0.5 * points**2) / np.sqrt(2 * np.pi)
