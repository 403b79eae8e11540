"""What is measured: the probe examples, the grid, and one `Probe` for each quantity of a layer. Start at `PROBES`.

A probe reads a `Moment` and keeps no reference to it. Distributions are recorded, not verdicts; the two shares that are
recorded with a threshold (saturated, dead) can be read off the histograms with another one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from diagnostics.histogram import BINNINGS
from diagnostics.recording.statistics import statistics
from diagnostics.run import AnyArray
from models.activations import Activation
from models.arrays import Array, stream
from models.network import Node
from models.passes import Tape
from models.training_data import TrainingData

MOST_PROBES = 300
PROBE = "probe"  # the name of their stream
MOST_POINTS = 500
GRID_SIDE = 41
LINE_POINTS = 201
MARGIN = 0.15  # of the range, on each side of the grid
NEAR_ASYMPTOTE = 0.05  # of the distance between the asymptotes: |tanh| > 0.9


@dataclass(frozen=True)
class Moment:
    """What a probe may read: the node, the tape of a pass over the probe examples, the node's weights and biases.

    `weight`, `weight_gradient` and `update` hold all weights of the node, (R, n); the last two are None before the
    first update. `bias` and `bias_gradient` likewise; None where there is none.
    """

    node: Node
    tape: Tape
    weight: Array
    weight_gradient: Array | None
    update: Array | None
    bias: Array | None = None
    bias_gradient: Array | None = None


Measure = Callable[[Moment], Array | None]


@dataclass(frozen=True)
class Probe:
    """A quantity of a layer.

    Attributes
    ----------
    name : str
        The middle of the series' names, ``dense1/NAME/mean``.
    unit : str
    cost : str
        "pass" needs a pass over the probe examples, "byproduct" is read off training.
    measure : callable
        Moment -> (R, …), or None if there is nothing to record.
    shares : mapping
        Further numbers, one per seed or a row of them, by name: Moment -> (R,) or (R, n).
    within : bool
        Whether all numbers lie within [-1, 1], whatever the nonlinearity behind the layer.
    """

    name: str
    unit: str
    cost: Literal["pass", "byproduct"]
    measure: Measure
    shares: Mapping[str, Measure]
    within: bool = False

    def binning(self, activation: Activation) -> str:
        """The name of the binning of its histograms: "linear" for what lies within [-1, 1], else "symlog"."""
        is_bounded = self.within or (self.name == "activation" and activation.bounded)
        return "linear" if is_bounded else "symlog"


def near_limits(activation: Activation) -> tuple[float, float] | None:
    """Return the numbers below and above which an activation lies within 5 % of the span of an asymptote; None if
    there is none but 0."""
    low, high = activation.asymptotes
    if low is not None and high is not None:
        margin = NEAR_ASYMPTOTE * (high - low)
        return low + margin, high - margin
    if low is not None and low != 0:
        return low + NEAR_ASYMPTOTE * 2 * abs(low), np.inf
    return None


def _saturated_share(moment: Moment) -> Array:
    """The share of saturated activations; NaN where there is no asymptote but 0."""
    a = moment.tape.activation[moment.node.name]
    limits = near_limits(moment.node.activation)
    if limits is None:
        return np.full(len(a), np.nan)
    return np.asarray(((a < limits[0]) | (a > limits[1])).reshape(len(a), -1).mean(axis=1))


def _dead_share(moment: Moment) -> Array:
    """The share of units that are off (≤ 0) on every probe example; NaN where a unit cannot be off."""
    a = moment.tape.activation[moment.node.name]
    if not moment.node.activation.silent_below:
        return np.full(len(a), np.nan)
    return np.asarray((a <= 0).reshape(len(a), -1, a.shape[-1]).all(axis=1).mean(axis=1))


def _norm(weights: Array) -> Array:
    return np.asarray(np.sqrt(np.square(weights, dtype=np.float64).sum(axis=1)))


def _update_ratio(moment: Moment) -> Array | None:
    """‖ΔW‖/‖W‖ with the weights before the update; NaN for weights that are all zero."""
    if moment.update is None:
        return None
    before = _norm(moment.weight - moment.update)
    return np.asarray(np.divide(_norm(moment.update), before, out=np.full(len(before), np.nan), where=before > 0))


def _example_gradient(moment: Moment) -> Array:
    """∂ℓᵢ/∂pre-activation: the tape holds the gradient of the mean, so times the number of examples."""
    grad = moment.tape.grad_pre_activation[moment.node.name]
    return grad * grad.dtype.type(grad.shape[1])


PROBES: tuple[Probe, ...] = (
    Probe("pre_activation", "", "pass", lambda m: m.tape.pre_activation[m.node.name], {}),
    Probe(
        "activation",
        "",
        "pass",
        lambda m: m.tape.activation[m.node.name],
        {"saturated_share": _saturated_share, "dead_share": _dead_share},
    ),
    Probe("gradient", "loss per unit", "pass", _example_gradient, {}),
    Probe("weight", "", "byproduct", lambda m: m.weight, {}),
    Probe("weight_gradient", "loss per unit", "byproduct", lambda m: m.weight_gradient, {}),
    Probe("update", "", "byproduct", lambda m: m.update, {"update_ratio": _update_ratio}),
)


def measured(probe: Probe, moment: Moment) -> dict[str, AnyArray]:
    """Return the rows that a probe adds to its series, by the last part of their names; empty if there is nothing."""
    with np.errstate(all="ignore"):
        values = probe.measure(moment)
        if values is None:
            return {}
        rows = statistics(values, BINNINGS[probe.binning(moment.node.activation)])
        shares = {name: measure(moment) for name, measure in probe.shares.items()}
    return rows | {name: share.astype(np.float32) for name, share in shares.items() if share is not None}


def drawing_constants(data: TrainingData) -> dict[str, AnyArray]:
    """Return what the recorder keeps beside the series.

    Returns
    -------
    dict
        "probe/x" (P, D), "probe/y": up to 300 examples of the validation part (of the training part, if that is
        empty), each class in its proportion. "points/x", "points/y": up to 500 training examples for drawing. For two
        features "grid/x" (41·41, 2), row by row, and "grid/axes" (2, 41); for one feature "grid/x" (201, 1). All from
        stream(0, …): fixed.
    """
    has_validation = len(data.x_validation) > 0
    x, y = (data.x_validation, data.y_validation) if has_validation else (data.x_train, data.y_train)
    probes = _sample(y, MOST_PROBES, data.task, PROBE)
    points = _sample(data.y_train, MOST_POINTS, data.task, "points")
    result: dict[str, AnyArray] = {
        "probe/x": x[probes].astype(np.float32),
        "probe/y": y[probes],
        "points/x": data.x_train[points].astype(np.float32),
        "points/y": data.y_train[points],
    }
    return result | _grid(data.x_train)


def probe_rows(data: TrainingData) -> AnyArray | None:
    """Return which rows of the validation part the probe examples are; None if it is empty."""
    return _sample(data.y_validation, MOST_PROBES, data.task, PROBE) if len(data.x_validation) else None


def _sample(y: AnyArray, most: int, task: str, name: str) -> AnyArray:
    """Return up to `most` row numbers, ascending, with the classes in their proportions and none left out."""
    generator = stream(0, name)
    if len(y) <= most:
        return np.arange(len(y))
    order = generator.permutation(len(y))
    if task == "classification" and y.ndim == 1:  # deal out the classes evenly, then take every n-th
        rank = np.empty(len(y))
        for label in np.unique(y):
            members = order[y[order] == label]
            rank[members] = (np.arange(len(members)) + generator.random()) / len(members)
        order = np.argsort(rank, kind="stable")
    return np.sort(order[:most])


def _grid(x: Array) -> dict[str, AnyArray]:
    if x.shape[1] > 2:
        return {}
    low, high = x.min(axis=0), x.max(axis=0)
    margin = MARGIN * np.where(high > low, high - low, 1.0)
    low, high = low - margin, high + margin
    if x.shape[1] == 1:
        return {"grid/x": np.linspace(low, high, LINE_POINTS).astype(np.float32)}
    axes = np.stack([np.linspace(low[i], high[i], GRID_SIDE) for i in range(2)]).astype(np.float32)
    across, up = np.meshgrid(axes[0], axes[1])
    return {"grid/x": np.stack([across.ravel(), up.ravel()], axis=1), "grid/axes": axes}
