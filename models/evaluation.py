"""Loss, metrics and predictions of a network on any number of examples, in chunks of bounded memory."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from models.arrays import Array, Targets
from models.network import Network
from models.passes import Pass

CHUNK_NUMBERS = 200_000  # activations of one chunk, all layers and seeds together: about what a processor's cache holds


class Outputs:
    """The logits of a network on fixed examples, again and again as its parameters change.

    Parameters
    ----------
    network : Network
    params : array (R, n_parameters)
        Read anew at each call, so that changes in place are seen.
    x : array (N, D)
    buffers : dict of array, optional
        Of the training state, likewise.
    """

    def __init__(self, network: Network, params: Array, x: Array, buffers: Mapping[str, Array] | None = None) -> None:
        network.check_tokens(x)
        self._x = np.asarray(x, network.dtype).reshape(len(x), math.prod(network.input_shape))
        numbers = sum(math.prod(node.shape) for node in network.nodes)
        size = max(1, min(len(x), max(16, CHUNK_NUMBERS // (2 * len(params) * numbers))))
        sizes = {size, len(x) % size} - {0} if len(x) else set()
        self._passes = {n: Pass(network, params, n, buffers=buffers) for n in sizes}
        self._size = size
        outputs = network.nodes[-1].shape
        self._result = np.empty((len(params), len(x), *outputs[1:], outputs[0]), network.dtype)

    def __call__(self) -> Array:
        """Return the logits (R, N, K), or (R, N, positions, K); valid until the next call."""
        with np.errstate(all="ignore"):
            for start in range(0, len(self._x), self._size):
                part = self._x[start : start + self._size]
                one = self._passes[len(part)]
                one.load(part)
                one.forward.replay()
                self._result[:, start : start + self._size] = one.logits.examples
        return self._result


def logits(network: Network, params: Array, x: Array, buffers: Mapping[str, Array] | None = None) -> Array:
    """Return the logits (R, N, K) for examples x (N, D) and parameters (R, n_parameters)."""
    return Outputs(network, params, x, buffers)()


def predict(network: Network, params: Array, x: Array, buffers: Mapping[str, Array] | None = None) -> Array:
    """Return class probabilities or predicted targets, (R, N, K)."""
    with np.errstate(all="ignore"):
        return network.loss.probabilities(logits(network, params, x, buffers))


def evaluate(
    network: Network, params: Array, x: Array, y: Targets, buffers: Mapping[str, Array] | None = None
) -> dict[str, Array]:
    """Return the mean loss and the metrics of each seed, (R,) float64.

    Returns
    -------
    dict
        "loss", and "accuracy" (share of classes hit) or "r2" (1 - residual/total sum of squares, mean over the
        targets; NaN for a target without spread) and "mae" (mean absolute error). NaN for no examples and for outputs
        that are not finite.
    """
    return scores(network, logits(network, params, x, buffers), y)


def scores(network: Network, outputs: Array, y: Targets) -> dict[str, Array]:
    """Return what `evaluate` returns, for logits (R, N, K) that are there already."""
    names = ("loss", "accuracy") if network.loss.task == "classification" else ("loss", "r2", "mae")
    n_seeds = len(outputs)
    if len(y) == 0:
        return {name: np.full(n_seeds, np.nan) for name in names}
    is_finite = np.isfinite(outputs).all(axis=(1, 2))
    with np.errstate(all="ignore"):
        outputs = outputs.astype(np.float64)
        result = {"loss": network.loss.value(outputs, y)}
        if network.loss.task == "classification":
            hits = network.loss.probabilities(outputs).argmax(axis=-1) == y
            result["accuracy"] = hits.mean(axis=-1)
        else:
            error = outputs - y
            spread = np.square(y - y.mean(axis=0)).sum(axis=0)
            shares = 1 - np.square(error).sum(axis=1) / np.where(spread > 0, spread, np.nan)
            result |= {"r2": shares.mean(axis=-1), "mae": np.abs(error).mean(axis=(1, 2))}
    return {name: np.where(is_finite, values, np.nan) for name, values in result.items()}
