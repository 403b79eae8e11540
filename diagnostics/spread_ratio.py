"""How much wider one group of networks lies than another, or at the end than at the start, with an interval.

The spread of a group is the mean function distance of all pairs. Each network is in many pairs, so that pairs are not
independent; what is left out in turn, to see by how much the ratio is uncertain, are therefore whole networks.

Source: jackknife of such means Arvesen 1969; the interval is that of Student's t on the logarithm of the ratio.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from diagnostics.function_distance import function_distance
from diagnostics.seed_spread import Floats
from diagnostics.snapshots import Snapshots

CONFIDENCE = 0.95
FEWEST = 3  # networks of which one can be left out


@dataclass(frozen=True, eq=False)
class SpreadRatio:
    """A ratio of two spreads.

    Attributes
    ----------
    value, low, high : float
        The ratio and its 95 % interval.
    shares : array (n,)
        Of each network of the numerator its mean distance to the others there, over the spread of the denominator;
        their mean is `value`.
    """

    value: float
    low: float
    high: float
    shares: Floats


def distances_at(snapshots: Snapshots, run: int, *, first: bool) -> Floats:
    """Return the distances (n, n) among the networks of one run, at their first or their last snapshots."""
    rows = (snapshots.starts if first else snapshots.ends)[snapshots.path_run == run]
    return function_distance(snapshots.outputs[rows], task=snapshots.task)


def ratio_of_groups(distance: Floats, other: Floats) -> SpreadRatio:
    """Return the spread of one group over that of another, given the distances (n, n) and (m, m) within each.

    Raises
    ------
    ValueError
        If a group has fewer than three networks, or all of one coincide.
    """
    variance = _variance(_left_out(distance)) + _variance(_left_out(other))
    return _ratio(distance, other, variance, min(len(distance), len(other)) - 1)


def ratio_over_time(start: Floats, end: Floats) -> SpreadRatio:
    """Return the spread of a group at the end over that at the start, given the distances (n, n) of the same networks.

    Raises
    ------
    ValueError
        If there are fewer than three networks, or all of them coincide.
    """
    return _ratio(end, start, _variance(_left_out(end) - _left_out(start)), len(end) - 1)


def shares_of(distance: Floats, other: Floats) -> Floats:
    """Return of each network its mean distance to the others, over the spread of `other`, (n,)."""
    return np.asarray(distance.sum(axis=1) / (len(distance) - 1) / mean_of_pairs(other))


def mean_of_pairs(distance: Floats) -> float:
    """Return the mean of the distances (n, n) of all pairs; NaN for one network."""
    n = len(distance)
    return float(distance.sum() / (n * (n - 1))) if n > 1 else math.nan


def half_width(variance: float, degrees: int) -> float:
    """Return how far Student's interval reaches to either side, given the variance of what was estimated."""
    from scipy.stats import t

    return float(t.ppf((1 + CONFIDENCE) / 2, degrees)) * math.sqrt(variance)


def _ratio(distance: Floats, other: Floats, variance: float, degrees: int) -> SpreadRatio:
    shares = shares_of(distance, other)
    value, factor = float(shares.mean()), math.exp(half_width(variance, degrees))
    return SpreadRatio(value, value / factor, value * factor, shares)


def _left_out(distance: Floats) -> Floats:
    """The logarithm of the spread without each network in turn, (n,)."""
    n = len(distance)
    if n < FEWEST or not distance.any():
        raise ValueError(f"a spread needs at least {FEWEST} networks that differ, these are {n}: train more seeds")
    without = distance.sum() - 2 * distance.sum(axis=1)
    return np.asarray(np.log(without / ((n - 1) * (n - 2))))


def _variance(left_out: Floats) -> float:
    """Tukey's: (n - 1)/n Σ (θ₍ᵢ₎ - θ̄)²."""
    return float((len(left_out) - 1) * left_out.var())
