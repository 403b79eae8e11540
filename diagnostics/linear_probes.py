"""How well a linear model reads the target off each layer: what the layers have done of the work so far.

Source: Alain & Bengio 2016, "Understanding intermediate layers using linear classifier probes".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from diagnostics.run import AnyArray
from diagnostics.seed_spread import Floats
from models.arrays import Array, Targets, stream
from models.graph import INPUT
from models.network import Network

MOST_FITTED = 1000  # examples
MOST_SCORED = 1000
PENALTY = 1.0  # L2, on standardized activations; scikit-learn's default
MOST_ITERATIONS = 1000
TOLERANCE = 1e-3  # of the gradient of the fit; the score does not change any more
MOST_FEATURES = 2000  # a wider layer is read by so many of its numbers, drawn once
ACCURACY, R2 = "accuracy", "R²"


@dataclass(frozen=True, eq=False)
class LinearProbesReport:
    """The scores of linear models on what the layers say.

    Attributes
    ----------
    layers : tuple of str
        "input", then the layers, "output" last.
    scores : array (L + 1, R)
        On examples that neither network nor probe was fitted on, if there are any.
    chance : float
        The score of always guessing the most frequent class, or the mean.
    measure : str
        "accuracy" or "R²".
    n_fitted, n_scored : int
        Examples.
    before : array (L + 1, R) or None
        The same with the initial weights.
    """

    layers: tuple[str, ...]
    scores: Floats
    chance: float
    measure: str
    n_fitted: int
    n_scored: int
    before: Floats | None = None
    step: int = 0
    run_id: str = ""

    @property
    def n_seeds(self) -> int:
        """R."""
        return int(self.scores.shape[1])


def linear_probes(
    network: Network,
    params: Array,
    fitted: tuple[Array, Targets],
    scored: tuple[Array, Targets],
    *,
    buffers: Mapping[str, Array] | None = None,
    progress: Callable[[float], bool] = lambda _: True,
) -> LinearProbesReport:
    """Return the score of a linear model on the input and on each layer's activations.

    Classes: logistic regression; numbers: ridge regression; both on activations standardized by the fitted examples.

    Parameters
    ----------
    network : Network
    params : array (R, n_parameters)
    fitted, scored : tuple of array
        Examples x (N, D) and their targets; up to 1000 of each are used, always the same.
    buffers : dict of array, optional
    progress : callable
        Is told the share that is done; returns whether to go on. What is missing then is NaN.

    Raises
    ------
    ValueError
        If there is a target for each position, or several labels; or no example.
    """
    (x_fit, y_fit), (x_score, y_score) = _some(*fitted, MOST_FITTED), _some(*scored, MOST_SCORED)
    is_classes = network.loss.task == "classification"
    if not len(x_fit) or not len(x_score):
        raise ValueError("linear probes need examples to fit and to score")
    if is_classes and (y_fit.ndim > 1 or len(np.unique(y_fit)) < 2):
        raise ValueError("linear probes need one target for each example, of at least two classes")
    layers = [INPUT, *(node.name for node in network.nodes)]
    fit, score = (_activations(network, params, x, buffers) for x in (x_fit, x_score))
    values = np.full((len(layers), len(params)), np.nan)
    for place, layer in enumerate(layers):
        for row in range(len(params)):
            if layer == INPUT and row:  # the same for all seeds
                values[place, row] = values[place, 0]
                continue
            if not progress((place * len(params) + row) / values.size):
                break
            here = (fit[layer][row], y_fit, score[layer][row], y_score)
            values[place, row] = _score(*here, is_classes=is_classes)
    chance = float(np.mean(y_score == np.bincount(y_fit.astype(np.int64)).argmax())) if is_classes else 0.0
    return LinearProbesReport(tuple(layers), values, chance, ACCURACY if is_classes else R2, len(x_fit), len(x_score))


def _some(x: Array, y: Targets, most: int) -> tuple[Array, Targets]:
    if len(x) <= most:
        return x, y
    rows = np.sort(stream(0, "linear probes").permutation(len(x))[:most])
    return x[rows], y[rows]


def _activations(network: Network, params: Array, x: Array, buffers: Mapping[str, Array] | None) -> dict[str, Array]:
    """Return what each layer says, (R, N, numbers)."""
    tape = network.forward(params, x, dict(buffers) if buffers is not None else None)
    said = {INPUT: np.asarray(x).reshape(1, len(x), -1)}
    for node in network.nodes:
        values = tape.activation[node.name]
        said[node.name] = _fewer(values.reshape(*values.shape[:2], -1))
    return said


def _fewer(values: Array) -> Array:
    if values.shape[2] <= MOST_FEATURES:
        return values
    return values[:, :, np.sort(stream(0, "linear probes, features").permutation(values.shape[2])[:MOST_FEATURES])]


def _score(x_fit: AnyArray, y_fit: Targets, x_score: AnyArray, y_score: Targets, *, is_classes: bool) -> float:
    """Return the score of one probe; NaN for activations that are not finite."""
    from sklearn.linear_model import LogisticRegression, Ridge

    x_fit, x_score = (np.asarray(x, np.float64) for x in (x_fit, x_score))
    mean, std = x_fit.mean(axis=0), x_fit.std(axis=0)
    std[~(std > 1e-12)] = 1.0
    x_fit, x_score = (x_fit - mean) / std, (x_score - mean) / std
    if not (np.isfinite(x_fit).all() and np.isfinite(x_score).all()):
        return float("nan")
    if not is_classes:
        return float(Ridge(alpha=PENALTY).fit(x_fit, y_fit).score(x_score, y_score))
    model = LogisticRegression(C=1 / PENALTY, max_iter=MOST_ITERATIONS, tol=TOLERANCE)
    return float(model.fit(x_fit, y_fit).score(x_score, y_score))
