"""The mean singular value of a layer's Jacobian J = ∂a/∂(what it reads) = W diag(φ'(z)): measured, and by theory.

W is (n, m), n numbers read and m units; the mean is over the min(n, m) singular values. Of a square W with independent
entries of variance v it is 8/(3π)·√(n v) where φ' = 1, the quarter-circle law. Start at `mean_singular_value` and
`expected_mean_singular_value`. Source: Glorot & Bengio 2010, section 4.2.1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from diagnostics.gaussian_averages import quadrature
from diagnostics.seed_spread import Floats
from models.activations import Activation
from models.arrays import Array

QUARTER_CIRCLE = 8 / (3 * np.pi)
LARGE = 100  # of the smaller side of a matrix
MOST_VARIANCES = 9
STEPS = 60  # of an integral over a logarithmic scale
LOWEST, HIGHEST = 1e-9, 1e6  # of that scale, in units of the largest singular value squared
ITERATIONS = 60  # some twelve are needed


def mean_singular_value(weights: Array, slopes: Array) -> Floats:
    """Return the mean singular value of W diag(φ'(z)), averaged over examples, (R,).

    Parameters
    ----------
    weights : array (R, n, m)
    slopes : array (R, N, m)
        φ'(z) of each example. All singular values are found, for each: of 1000 × 1000 weights it takes about 0.15 s.
    """
    means = np.empty(slopes.shape[:2])
    for seed, example in np.ndindex(*means.shape):
        means[seed, example] = _mean(np.asarray(weights[seed], np.float64), np.asarray(slopes[seed, example]))
    return np.asarray(means.mean(axis=1))


def _mean(weights: Floats, slopes: Array) -> float:
    """Of one matrix. Units without a slope only add zeros, so that their columns are left out.

    Of a large one the eigenvalues of the smaller of JᵀJ and JJᵀ are found, the squares of the singular values, which
    takes half the time. Rounding can move a square by some ε·σ_max², and so a singular value by √ε·σ_max = 1.5e-8·σ_max
    at most, where it is close to zero; all others hardly at all.
    """
    n_values = int(min(weights.shape))
    jacobian = weights[:, slopes != 0] * slopes[slopes != 0]
    if not np.isfinite(jacobian).all():
        return float("nan")
    n, m = jacobian.shape
    if min(n, m) <= LARGE:
        return float(np.sum(np.linalg.svd(jacobian, compute_uv=False))) / n_values
    squares = np.linalg.eigvalsh(jacobian @ jacobian.T if n < m else jacobian.T @ jacobian)
    return float(np.sum(np.sqrt(squares.clip(min=0.0)))) / n_values


def expected_mean_singular_value(
    activation: Activation, variances: Floats, shape: tuple[int, int], weight_variance: float, *, orthonormal: bool
) -> float:
    """Return what theory expects in the limit of wide layers, averaged over examples.

    Parameters
    ----------
    activation : Activation
    variances : array (P,)
        Of the pre-activations, for each example: φ'(z) is that of independent Gaussian z.
    shape : tuple of int
        (n, m).
    weight_variance : float
    orthonormal : bool
        Whether the rows or columns of W, whichever are fewer, are orthonormal (times a factor); else its entries are
        independent.
    """
    law = _of_orthonormal if orthonormal else _of_independent
    deviations = np.sqrt(variances.clip(min=0.0))
    between = np.unique(np.linspace(deviations.min(), deviations.max(), MOST_VARIANCES))
    points, weights = quadrature(between**2)
    slopes = np.square(activation.slope_at(between[:, None] * points))
    if np.ptp(slopes) == 0:  # linear: the same for all examples, and one point is enough
        return law(slopes[0, :1], np.ones(1), shape, weight_variance)
    half = slopes.shape[1] // 2
    if np.array_equal(slopes, slopes[:, ::-1]) and not slopes.shape[1] % 2:  # of an odd nonlinearity: one side
        slopes, weights = slopes[:, :half], 2 * weights[:, :half]
    means = [law(tau, weight, shape, weight_variance) for tau, weight in zip(slopes, weights, strict=True)]
    return float(np.interp(deviations, between, means).mean())


def _of_independent(tau: Floats, weights: Floats, shape: tuple[int, int], v: float) -> float:
    """The eigenvalues of J Jᵀ = Σ_j τ_j w_j w_jᵀ, τ = φ'², by their Stieltjes transform on the negative axis.

    s(t) = tr (J Jᵀ + t)⁻¹ / n is the positive solution of s (t + m v E[τ/(1 + n v τ s)]) = 1 (Silverstein & Bai 1995).
    The left side is concave in s and grows, so that Newton's method rises to it from s = 1/(t + m v E[τ]).
    """
    n, m = shape
    scale = v * (np.sqrt(n) + np.sqrt(m)) ** 2 * float(tau.max())

    def emptiness(t: Floats) -> Floats:
        s = 1 / (t + m * v * float(weights @ tau))
        for _ in range(ITERATIONS):
            damped = 1 / (1 + n * v * np.multiply.outer(s, tau))
            slope = t + m * v * (np.square(damped) @ (weights * tau))
            change = (1 - s * (t + m * v * (damped @ (weights * tau)))) / slope
            s = s + change
            if np.all(np.abs(change) <= 1e-9 * s):
                break
        return np.asarray(1 - t * s)

    return _mean_root(emptiness, scale) * n / min(n, m)


def _of_orthonormal(tau: Floats, weights: Floats, shape: tuple[int, int], v: float) -> float:
    """The same for W with orthonormal columns (n ≥ m) or rows (n < m), times √(v·max(n, m)).

    n ≥ m: W leaves lengths as they are, and the singular values are |φ'|. n < m: J Jᵀ is the corner of the rotated
    diagonal matrix of τ that a share c = n/m of its rows makes, a free compression (Nica & Speicher 1996). With
    h(x) = E[1/(x + τ)], 1 - t s(t) = (1 - x h(x))/c at t = x - (1 - c)/h(x); x is found by bisection.
    """
    n, m = shape
    factor = float(np.sqrt(v * max(n, m)))
    if n >= m:
        return factor * float((weights * np.sqrt(tau)).sum())
    share, largest = n / m, float(tau.max())

    def h(x: Floats) -> Floats:
        return np.asarray((weights / (x[:, None] + tau)).sum(axis=1))

    def emptiness(t: Floats) -> Floats:
        low, high = np.full_like(t, 1e-14 * largest), (t + largest) / share
        for _ in range(70):
            x = np.sqrt(low * high)
            too_high = x - (1 - share) / h(x) > t
            low, high = np.where(too_high, low, x), np.where(too_high, x, high)
        return np.asarray((1 - high * h(high)) / share)

    return factor * _mean_root(emptiness, largest)


def _mean_root(emptiness: Callable[[Floats], Floats], scale: float) -> float:
    """Return E[√λ] from 1 - t s(t) = E[λ/(λ + t)]: √λ = (1/π) ∫ λ/(λ + t) t^(-1/2) dt, here over log t."""
    if scale <= 0:
        return 0.0
    logs = np.linspace(np.log(LOWEST), np.log(HIGHEST), STEPS)
    t = np.exp(logs) * scale
    inside = emptiness(t) * np.sqrt(t)
    area = float(inside.sum() - (inside[0] + inside[-1]) / 2) * float(logs[1] - logs[0])
    below, above = 2 * float(inside[0]), 2 * float(inside[-1])  # 1 - t s is level below and falls like 1/t above
    return (area + below + above) / float(np.pi)
