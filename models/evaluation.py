"""Loss, metrics and predictions of a network on any number of examples, in chunks of bounded memory."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from models.arrays import Array, IntArray, Targets
from models.metrics import accuracy, classification_metrics, multi_label_auc, regression_metrics
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
    """Return the mean loss and all metrics of each seed, as `scores` does."""
    return scores(network, logits(network, params, x, buffers), y, full=True)


def scores(network: Network, outputs: Array, y: Targets, *, full: bool = False) -> dict[str, Array]:
    """Return the mean loss and the metrics of each seed, for logits that are there already.

    Parameters
    ----------
    network : Network
    outputs : array (R, N, K) or (R, N, positions, K)
    y : array
        Every position counts as an example.
    full : bool
        Whether to compute what takes longer than the loss, too: of classes and labels all but "accuracy".

    Returns
    -------
    dict
        float64, (R,) unless said otherwise: "loss"; of classes what `metrics.classification_metrics` returns, some of
        it (R, K); of labels "accuracy" (share of the labels that are right) and "roc_auc" (mean over the labels); of
        numbers "mae", "rmse" and "r2". NaN for no examples and for a seed whose outputs are not finite.
    """
    n_seeds, k = len(outputs), outputs.shape[-1]
    rows = np.array(outputs.reshape(n_seeds, -1, k).swapaxes(1, 2), np.float64, order="C")
    is_finite = np.isfinite(rows).all(axis=(1, 2))
    rows = rows.swapaxes(1, 2)  # outputs first in memory: it takes long to reduce a few numbers side by side
    is_classes = network.loss.task == "classification" and np.ndim(y) < outputs.ndim - 1
    targets: Targets = y.ravel() if is_classes else y.reshape(-1, k)
    with np.errstate(all="ignore"):
        result = {"loss": network.loss.value(rows, targets) if rows.size else np.full(n_seeds, np.nan)}
        if is_classes:
            result |= _of_classes(network, rows, y.ravel().astype(np.int64), full=full)
        elif network.loss.task == "classification":
            result |= _of_labels(rows, targets, full=full)
        else:
            result |= regression_metrics(rows, np.asarray(targets, np.float64))
    for values in result.values():
        values[~is_finite] = np.nan
    return result


def _of_classes(network: Network, rows: Array, y: IntArray, *, full: bool) -> dict[str, Array]:
    if not full:
        return {"accuracy": accuracy(_predicted(rows) == y)}
    probabilities, log_odds = network.loss.probabilities(rows), None
    if probabilities.shape[-1] == 2:
        log_odds = rows[..., 0] if rows.shape[-1] == 1 else rows[..., 1] - rows[..., 0]
    return classification_metrics(log_odds, probabilities, y)


def _of_labels(rows: Array, y: Targets, *, full: bool) -> dict[str, Array]:
    result = {"accuracy": accuracy((rows > 0) == (y > 0.5))}
    return result | ({"roc_auc": multi_label_auc(rows, y)} if full else {})


def _predicted(rows: Array) -> IntArray:
    """Return the most probable class, (R, N): the largest logit, or the second class for a positive single one."""
    return (rows[..., 0] > 0).astype(np.int64) if rows.shape[-1] == 1 else rows.argmax(axis=-1)
