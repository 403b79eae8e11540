"""The loss along a straight line between two networks, and along the path that training took between its kept states.

Start at `line` and `path`. Planes are in `loss_plane`, the directions of largest curvature in `curvature_lines`; the
loss at any number of points comes from `weight_points`. Sources: Goodfellow, Vinyals & Saxe 2015 (lines), Frankle et
al. 2020 (linear mode connectivity and its barrier), Entezari et al. 2022 (barriers after permutations).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from diagnostics.matching import Match
from diagnostics.seed_spread import Floats
from diagnostics.weight_points import WeightPoints
from models.arrays import Array

BEYOND = 0.25  # of the distance, on each side
PER_LINE = 40  # points between the two ends
PER_SEGMENT = 8  # between two kept states
Progress = Callable[[float], bool]


def _go_on(share: float) -> bool:
    return True


@dataclass(frozen=True)
class Barrier:
    """How far the loss between two networks rises above what the ends let expect.

    Attributes
    ----------
    height : float
        The largest excess over the straight line that joins the losses of the two ends (Entezari et al. 2022).
    above_mean : float
        The largest value less the mean of the two ends (Frankle et al. 2020, of the error).
    at : float
        Where the first one is, 0 to 1.
    """

    height: float
    above_mean: float
    at: float


def barrier(positions: Floats, values: Floats) -> Barrier:
    """Return the barrier of values (T,) at positions, of which those from 0 to 1 count.

    Both ends must be among the positions. NaN if a value between them is not finite.
    """
    inside = (positions >= 0) & (positions <= 1)
    at, between = positions[inside], values[inside]
    if not np.isfinite(between).all():
        return Barrier(float("nan"), float("nan"), float("nan"))
    first, last = between[0], between[-1]
    excess = between - ((1 - at) * first + at * last)
    excess[[0, -1]] = 0.0  # not to rounding, but by definition
    top = int(excess.argmax())
    return Barrier(float(excess[top]), float(between.max() - (first + last) / 2), float(at[top]))


@dataclass(frozen=True, eq=False)
class LineReport:
    """The loss on a straight line.

    Attributes
    ----------
    positions : array (T,)
        0 at the first end, 1 at the second.
    loss, error : dict of array (T,)
        By part, "training" and "validation"; `error` is the share of wrong classes, {} if there are none.
    matched_loss, matched_error : dict of array (T,)
        The same to the second end with its hidden units in the order of the first; {} if they were not matched.
    ends : pair of str
        What they are.
    distance, matched_distance : float
        Of the ends, in weights; the latter NaN if they were not matched.
    match : Match or None
    renormalized : bool
        Whether running means of batch normalization were measured anew at each point.
    n_examples : dict of int
    """

    positions: Floats
    loss: dict[str, Array]
    error: dict[str, Array]
    ends: tuple[str, str]
    distance: float
    n_examples: dict[str, int]
    renormalized: bool
    matched_loss: dict[str, Array] = field(default_factory=dict)
    matched_error: dict[str, Array] = field(default_factory=dict)
    matched_distance: float = float("nan")
    match: Match | None = None
    run_id: str = ""

    def barrier(self, part: str, *, matched: bool = False, of: str = "loss") -> Barrier:
        """Return the barrier of the "loss" or the "error" of a part."""
        return barrier(self.positions, getattr(self, f"matched_{of}" if matched else of)[part])


def positions_on_a_line() -> Floats:
    """Return the places at which a line is measured: 0 and 1 are among them, and a quarter beyond each."""
    beyond = round(BEYOND * PER_LINE)
    return np.arange(-beyond, PER_LINE + beyond + 1) / PER_LINE


def line(
    points: WeightPoints,
    ends: tuple[Array, Array],
    names: tuple[str, str],
    *,
    match: Match | None = None,
    progress: Progress = _go_on,
) -> LineReport:
    """Return the loss on the line between two networks, ends (n_parameters,).

    Parameters
    ----------
    points : WeightPoints
    ends, names
    match : Match, optional
        The second one with its hidden units in the order of the first: measured, too.
    progress : callable

    Raises
    ------
    Interrupted
        If `progress` returned False.
    """
    at, first = positions_on_a_line(), ends[0].astype(np.float64)
    share = 1.0 if match is None else 0.5
    way = (ends[1] - first)[None]
    found = points.mixed(way, at[:, None], first, lambda done: progress(share * done))
    matched_loss, matched_error, matched_distance = dict[str, Array](), dict[str, Array](), float("nan")
    if match is not None:
        other_way = (match.params - first)[None]
        other = points.mixed(other_way, at[:, None], first, lambda done: progress(0.5 + 0.5 * done))
        matched_loss, matched_error = other.loss, other.error
        matched_distance = float(np.linalg.norm(match.params - first))
    return LineReport(
        at, found.loss, found.error, names, float(np.linalg.norm(ends[1] - first)), points.n_examples,
        points.renormalized, matched_loss, matched_error, matched_distance, match,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class PathReport:
    """The loss along the kept states of one seed, straight from each to the next, and on the direct line.

    Attributes
    ----------
    share : array (T,)
        Of the way, measured in weights: 0 at the first state, 1 at the last.
    loss : dict of array (T,)
        By part, along the path.
    straight : dict of array (T,)
        By part, on the line from the first state to the last at the same shares.
    steps : array (K,) of int
        Of the states.
    at : array (K,) of int
        Which of the T points they are.
    length, distance : float
        Of the path and of the direct line, in weights.
    """

    share: Floats
    loss: dict[str, Array]
    straight: dict[str, Array]
    steps: NDArray[np.int64]
    at: NDArray[np.int64]
    length: float
    distance: float
    n_examples: dict[str, int]
    renormalized: bool
    seed: int = 0
    run_id: str = ""

    def rises(self, losses: Mapping[str, Array], part: str) -> float:
        """Return the largest rise of the loss above the lowest value before it."""
        values = losses[part]
        return float(np.max(values - np.minimum.accumulate(values)))


def path(points: WeightPoints, states: Array, steps: NDArray[np.int64], progress: Progress = _go_on) -> PathReport:
    """Return the loss along states (K, n_parameters) of one seed, K ≥ 2.

    Raises
    ------
    ValueError
        For fewer than two states, or if they are all the same.
    Interrupted
        If `progress` returned False.
    """
    if len(states) < 2:
        raise ValueError("a path needs two states or more: train longer, so that more are kept")
    rows = states.astype(np.float64)
    lengths = np.linalg.norm(np.diff(rows, axis=0), axis=1)
    place = np.arange((len(rows) - 1) * PER_SEGMENT + 1) / PER_SEGMENT  # 1.5 is half way from the second to the third
    way = np.interp(place, np.arange(len(rows)), np.concatenate([[0.0], np.cumsum(lengths)]))
    if way[-1] == 0:
        raise ValueError("the weights are the same in all kept states: nothing was learned")
    share = way / way[-1]
    mixture = np.maximum(0.0, 1 - np.abs(place[:, None] - np.arange(len(rows))))
    found = points.mixed(rows, mixture, progress=lambda done: progress(done / 2))
    ends = np.stack([1 - share, share], axis=1)
    direct = points.mixed(rows[[0, -1]], ends, progress=lambda done: progress(0.5 + done / 2))
    return PathReport(
        share, found.loss, direct.loss, steps, np.arange(len(rows)) * PER_SEGMENT, float(way[-1]),
        float(np.linalg.norm(rows[-1] - rows[0])), points.n_examples, points.renormalized,
    )  # fmt: skip
