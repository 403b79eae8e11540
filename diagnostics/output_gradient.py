"""The gradient that a loss gives to the logits of a network with random weights: its products between examples.

The logits of P examples are Gaussian with mean 0 and a known covariance, the same for each of the K outputs, which are
independent of each other; targets are what they are, independent of the weights. Start at `output_gradient`.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from diagnostics.gaussian_averages import averages
from diagnostics.seed_spread import Floats
from models.losses import (
    HUBER_DELTA,
    BinaryCrossEntropy,
    CrossEntropy,
    Huber,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
)
from models.site import Calls, Desk

BY_OUTPUT = (BinaryCrossEntropy, MeanSquaredError, MeanAbsoluteError, Huber)
LARGE_VARIANCE = 200.0  # of logits; the points of the integral are too far apart for one above 900
MOST_VARIANCES = 20
STEP = 0.2  # of an integral over a logarithmic scale; half of it changes the fifth digit at most


@dataclass(frozen=True, eq=False)
class Products:
    """Expected products between examples n and m of a signal s, (P, P).

    Attributes
    ----------
    of_units : array (P, P)
        E[s_n s_m], averaged over the units.
    of_means : array (P, P)
        E[s̄_n s̄_m], with s̄ the mean over the units: what is taken off where a standard deviation is.
    """

    of_units: Floats
    of_means: Floats

    @property
    def mean_square(self) -> float:
        """The mean over units and examples of s²."""
        return float(np.diag(self.of_units).mean())

    @property
    def std(self) -> float:
        """The standard deviation over units and examples of one network."""
        return float(np.sqrt(max(self.mean_square - float(self.of_means.mean()), 0.0)))


def output_gradient(loss: Loss, covariance: Floats, targets: Floats) -> Products | None:
    """Return the products of ∂ℓ_n/∂logits; None for a loss that is not known here.

    Parameters
    ----------
    loss : Loss
    covariance : array (P, P)
        Of the logits of two examples.
    targets : array (P, K)
        As `Loss.encode` gives them.
    """
    if isinstance(loss, CrossEntropy):
        return _of_softmax(covariance, targets)
    return _by_output(loss, covariance, targets) if isinstance(loss, BY_OUTPUT) else None


def _of_softmax(covariance: Floats, targets: Floats) -> Products:
    """δ = p - t, with p the softmax of exchangeable logits, so that E[p_k] = 1/K whatever their variance:

        K E[δ_n·δ_m] = E Σ_k p_nk p_mk - 2/K + Σ_k t_nk t_mk.

    The first term is a power series in the correlation c of the logits. Exact are its beginning 1/K, its sum at n = m
    (`mean_square_probability`), and its first order c √(q q') Σ_kj E[∂p_k/∂z_j] E[∂p'_k/∂z'_j], where the derivatives
    are p_k (1 - p_k) and -p_k p_j and the sum is K²/(K - 1) · E[p (1 - p)] E[p' (1 - p')]. What is left is taken to be
    of second order. Probabilities and targets both sum to 1: the mean over the outputs is 0.
    """
    k, variance = targets.shape[1], np.diag(covariance).clip(min=0.0)
    mean_square = mean_square_probability(variance, k)
    size = np.sqrt(np.outer(variance, variance))
    correlation = np.divide(covariance, size, out=np.zeros_like(size), where=size > 0).clip(-1.0, 1.0)
    first = np.sqrt(variance) * (1 / k - mean_square) * k / np.sqrt(max(k - 1, 1))
    second = np.sqrt((k * mean_square - 1 / k - first**2).clip(min=0.0))
    both = 1 / k + correlation * np.outer(first, first) + correlation**2 * np.outer(second, second)
    return Products((both - 2 / k + targets @ targets.T) / k, np.zeros_like(covariance))


def mean_square_probability(variance: Floats, n_outputs: int) -> Floats:
    """Return E[p²] for one of K softmax probabilities of independent logits N(0, q), for each q, (P,).

    With 1/s² = ∫ t e^(-ts) dt over t > 0, s = Σ exp(z_k) and t = e^u it is an integral of averages over one logit:

        E[p²] = ∫ e^(2u) E[e^(2z) e^(-e^(u + z))] E[e^(-e^(u + z))]^(K-1) du.

    It is smooth in q: more than twenty variances are read off between twenty. For large q only the draws in
    which the two largest logits nearly meet keep E[p (1 - p)] from 0, a share of them that falls as 1/√q; beyond
    `LARGE_VARIANCE` it is continued by that law. The law has a relative error of order 1/q.
    """
    if len(variance) > MOST_VARIANCES:
        root = np.sqrt(variance)
        between = np.linspace(root.min(), root.max(), MOST_VARIANCES)
        return np.interp(root, between, mean_square_probability(between**2, n_outputs))
    g = np.linspace(-9.0, 9.0, 181)
    weights = np.exp(-0.5 * g**2)
    weights /= weights.sum()
    result = np.empty(len(variance))
    for place, q in enumerate(variance.clip(max=LARGE_VARIANCE)):
        reach = 9 * np.sqrt(q)
        u = np.arange(-16 - np.log(n_outputs) - reach, 5 + reach, STEP)
        x = u[:, None] + np.sqrt(q) * g
        kept = np.exp(-np.exp(x.clip(max=50.0)))
        one = (kept * np.exp(2 * x.clip(max=50.0))) @ weights
        result[place] = STEP * float((one * (kept @ weights) ** (n_outputs - 1)).sum())
    return 1 / n_outputs - (1 / n_outputs - result) * np.sqrt(np.minimum(1.0, LARGE_VARIANCE / variance.clip(min=1.0)))


def _by_output(loss: Loss, covariance: Floats, targets: Floats) -> Products:
    """δ_k = ℓ'(z_k, t_k)/K for a loss that is the mean over the outputs of a function of each."""
    n_outputs = targets.shape[1]
    units, of_means = np.zeros_like(covariance), np.zeros_like(covariance)
    mean = np.zeros(len(covariance))
    for k in range(n_outputs):
        target = targets[:, k : k + 1]
        corners = target + np.array([-HUBER_DELTA, 0.0, HUBER_DELTA])
        slope = averages(functools.partial(_slope, loss, target), covariance, corners)
        units += slope.product / n_outputs
        of_means += (slope.product - np.outer(slope.mean, slope.mean)) / n_outputs**2
        mean += slope.mean / n_outputs
    return Products(units / n_outputs**2, (of_means + np.outer(mean, mean)) / n_outputs**2)


def _slope(loss: Loss, targets: Floats, logits: Floats) -> Floats:
    """Return ∂ℓ/∂logit of single logits (P, G) with targets (P, 1), as the loss itself computes it."""
    row = logits.reshape(1, 1, -1)
    desk, grad = Desk(Calls(), "float64"), np.empty_like(row)
    loss.bind(desk, row, np.broadcast_to(targets, logits.shape).reshape(row.shape), np.empty_like(row[0]), grad)
    desk.call.replay()
    return grad.reshape(logits.shape)
