"""The loss at many points of the space of weights: each point is one replica of the network. Start at `WeightPoints`.

The engine computes several networks abreast, one for each seed of a training; here they are points on a line or a grid.
It is the loss of the data, without penalties, in evaluation: dropout drops nothing. Running means belong to the weights
they were measured with, so that batch normalization is measured anew at every point, over the training examples.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from models.arrays import Array, Targets
from models.evaluation import CHUNK_NUMBERS, Outputs, scores
from models.graph import Node
from models.layers.joining import Dropout
from models.layers.normalization import BatchNorm
from models.network import Network
from models.passes import Pass

MOST_EXAMPLES, FEWEST_EXAMPLES = 500, 100  # of each part
MOST_ABREAST = 32
FEW_EXAMPLES = 64  # that a pass should hold at once beside the points: fewer leave the products of matrices too narrow
MOST_NUMBERS = 2**22  # of activations in a pass that measures running means: 32 megabytes in float64
MOST_PRODUCTS = 1e11  # of two numbers, for all points and examples of a part: some ten seconds
TRAINING = "training"
Parts = Mapping[str, tuple[Array, Targets]]
"""Examples x (N, D) and targets, by "training" and "validation"."""


def _go_on(share: float) -> bool:
    return True


class Interrupted(Exception):
    """Somebody cancelled."""


@dataclass(frozen=True, eq=False)
class Values:
    """Of M points, by part: the mean loss (M,), and the share of wrong classes (M,), {} where there are none."""

    loss: dict[str, Array]
    error: dict[str, Array]


class WeightPoints:
    """Measures the loss of a network wherever one asks.

    Parameters
    ----------
    network : Network
    parts : mapping
        Up to 500 examples of each are used, at equal distances; empty parts are left out.
    n_points : int
        About how many points will be asked for: of many and large ones fewer examples are used, at least 100.
    buffers : dict of array (1, …), optional
        Running means that hold at all points; measured anew at each point if not given.

    Attributes
    ----------
    n_examples : dict
        By part.
    renormalized : bool
        Whether running means are measured anew.
    """

    def __init__(
        self, network: Network, parts: Parts, *, n_points: int = 1, buffers: Mapping[str, Array] | None = None
    ) -> None:
        self._network = network
        most = int(np.clip(MOST_PRODUCTS / (n_points * n_products(network)), FEWEST_EXAMPLES, MOST_EXAMPLES))
        self._parts = {name: _some(x, y, most) for name, (x, y) in parts.items() if len(x)}
        self.n_examples = {name: len(x) for name, (x, _) in self._parts.items()}
        numbers = sum(math.prod(node.shape) for node in network.nodes)
        self.renormalized = buffers is None and any(isinstance(node.layer, BatchNorm) for node in network.nodes)
        self._abreast = max(1, min(MOST_ABREAST, CHUNK_NUMBERS // (2 * numbers * FEW_EXAMPLES)))
        if self.renormalized:
            self._abreast = max(1, min(self._abreast, MOST_NUMBERS // (numbers * self.n_examples[TRAINING])))
        self._params = np.zeros((self._abreast, network.n_parameters), network.dtype)
        self._buffers = network.init_buffers(self._abreast)
        for name, array in (buffers or {}).items():
            self._buffers[name][...] = array
        self._outputs = {name: Outputs(network, self._params, x, self._buffers) for name, (x, _) in self._parts.items()}
        self._statistics = self._measuring() if self.renormalized else None

    def __call__(self, points: Array) -> Values:
        """Return loss and error at points (M, n_parameters)."""
        return self.mixed(points, np.eye(len(points)))

    def mixed(
        self,
        directions: Array,
        coordinates: Array,
        origin: Array | float = 0.0,
        progress: Callable[[float], bool] = _go_on,
    ) -> Values:
        """Return loss and error at origin + coordinates · directions, which are made a few at a time.

        Parameters
        ----------
        directions : array (K, n_parameters)
        coordinates : array (M, K)
        origin : array (n_parameters,), optional
        progress : callable
            Is told the share that is done; returns whether to go on.

        Raises
        ------
        Interrupted
            If `progress` returned False.
        """
        rows: list[dict[str, dict[str, Array]]] = []
        for first in range(0, len(coordinates), self._abreast):
            some = origin + coordinates[first : first + self._abreast] @ directions
            self._params[: len(some)], self._params[len(some) :] = some, some[-1]
            rows.append({part: {k: v[: len(some)] for k, v in found.items()} for part, found in self._here().items()})
            if not progress(min(1.0, (first + len(some)) / len(coordinates))):
                raise Interrupted
        loss, error = dict[str, Array](), dict[str, Array]()
        for part in self._parts:
            loss[part] = np.concatenate([row[part]["loss"] for row in rows])
            if "accuracy" in rows[0][part]:
                error[part] = 1 - np.concatenate([row[part]["accuracy"] for row in rows])
        return Values(loss, error)

    def _here(self) -> dict[str, dict[str, Array]]:
        if self._statistics is not None:
            for name, fresh in self._network.init_buffers(1).items():
                self._buffers[name][...] = fresh
            with np.errstate(all="ignore"):
                self._statistics.forward.replay()
        result = {}
        for part, (_, y) in self._parts.items():
            with np.errstate(all="ignore"):
                result[part] = scores(self._network, self._outputs[part](), y)
        return result

    def _measuring(self) -> Pass:
        """Return a pass that leaves mean and variance of the training examples in the running means."""
        x, _ = self._parts[TRAINING]
        measuring = replace(self._network, nodes=tuple(map(_measuring, self._network.nodes)))
        one = Pass(measuring, self._params, len(x), buffers=self._buffers, training=True)
        one.load(x)
        return one


def _measuring(node: Node) -> Node:
    layer = node.layer
    if isinstance(layer, BatchNorm):
        layer = replace(layer, momentum=1.0)
    elif isinstance(layer, Dropout):
        layer = replace(layer, rate=0.0)
    return replace(node, layer=layer)


def n_products(network: Network) -> int:
    """Return about how many products of two numbers one example takes: its weights, at all positions."""
    total = sum(
        math.prod(node.shape[1:]) * sum(math.prod(one.shape) for one in node.parameters.values() if one.is_weight)
        for node in network.nodes
    )
    return max(total, 1)


def _some(x: Array, y: Targets, most: int) -> tuple[Array, Targets]:
    rows = np.linspace(0, len(x) - 1, min(len(x), most)).astype(int)
    return x[rows], y[rows]
