"""Loss, metrics and predictions of a network on any number of examples, in chunks of bounded memory."""

from __future__ import annotations

import numpy as np

from models.arrays import Array, Targets
from models.network import Network

CHUNK_NUMBERS = 200_000  # activations of one chunk, all layers and seeds together: about what a processor's cache holds


def logits(network: Network, params: Array, x: Array) -> Array:
    """Return the logits (R, N, K) for examples x (N, D) and parameters (R, n_parameters)."""
    x = np.asarray(x, dtype=network.dtype)
    n_seeds, n = len(params), len(x)
    result = np.empty((n_seeds, n, network.nodes[-1].layer.fan_out), network.dtype)
    width = sum(node.layer.fan_out for node in network.nodes)
    size = max(1, min(n, max(16, CHUNK_NUMBERS // (2 * n_seeds * width))))
    space = network.workspace(n_seeds, size)
    with np.errstate(all="ignore"):
        for start in range(0, n, size):
            part = x[start : start + size]
            result[:, start : start + size] = network.forward(params, part, space if len(part) == size else None).output
    return result


def predict(network: Network, params: Array, x: Array) -> Array:
    """Return class probabilities or predicted targets, (R, N, K)."""
    with np.errstate(all="ignore"):
        return network.loss.probabilities(logits(network, params, x))


def evaluate(network: Network, params: Array, x: Array, y: Targets) -> dict[str, Array]:
    """Return the mean loss and the metrics of each seed, (R,) float64.

    Returns
    -------
    dict
        "loss", and "accuracy" (share of classes hit) or "r2" (1 - residual/total sum of squares, mean over the
        targets; NaN for a target without spread) and "mae" (mean absolute error). NaN for no examples and for outputs
        that are not finite.
    """
    return scores(network, logits(network, params, x), y)


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
