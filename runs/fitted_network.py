"""A network trained on plain arrays of any scale: standardized, recorded, ready to predict. Start at `fitted`.

The scikit-learn estimators stand on it; nothing of scikit-learn's conventions is known here.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from diagnostics.recording.recorder import Recorder
from diagnostics.run import Run
from models.arrays import Array, BoolArray, Targets
from models.evaluation import predict
from models.experiment import Experiment
from models.network import Network
from models.training_data import TrainingData
from runs.launch import fresh_id, origin
from runs.making import RunInMaking

Floats = NDArray[np.float64]
ROUND_OFF = 8 * np.finfo(np.float64).eps  # of the largest number: what differs by less was meant to be equal


@dataclass(frozen=True, eq=False)
class Standardization:
    """Each of C columns minus its mean, in units of its standard deviation; a column that does not vary becomes 0.

    Rows of several times C numbers are taken as so many rows of C: pixels with channels, positions with features.
    """

    mean: Floats
    scale: Floats

    @classmethod
    def of(cls, rows: Array, n_columns: int, weights: Array | None = None) -> Self:
        """Return what gives `rows`, each counted by its weight, mean 0 and standard deviation 1."""
        parts = rows.reshape(-1, n_columns)
        repeated = None if weights is None else np.repeat(weights, len(parts) // len(rows))
        low, high = parts.min(axis=0), parts.max(axis=0)
        varies = high - low > ROUND_OFF * np.maximum(np.abs(low), np.abs(high))
        mean = np.where(varies, np.average(parts, axis=0, weights=repeated), low)
        variance = np.average(np.square(parts - mean), axis=0, weights=repeated)
        return cls(mean, np.where(varies, np.sqrt(variance), 1.0))

    @classmethod
    def none(cls) -> Self:
        """Return what leaves numbers as they are."""
        return cls(np.zeros(1), np.ones(1))

    def applied(self, rows: Array) -> Floats:
        """Return rows in these units."""
        parts = (rows.reshape(-1, len(self.mean)) - self.mean) / self.scale
        return np.asarray(parts.reshape(rows.shape), np.float64)

    def undone(self, rows: Array) -> Floats:
        """Return rows in their own units."""
        parts = rows.reshape(-1, len(self.mean)) * self.scale + self.mean
        return np.asarray(parts.reshape(rows.shape), np.float64)


@dataclass(frozen=True, eq=False)
class FittedNetwork:
    """What a training on arrays left behind.

    Attributes
    ----------
    run : Run
    network : Network
    params, buffers : array (R, …)
        Of the seeds that predict: those that did not diverge, or all, if there is none.
    standardization : Standardization
        Of the features.
    diverged : tuple of int
        The seeds that were stopped since something was not finite, or whose loss is not finite in the end.
    epochs : int
        Passes over the data, begun ones too.
    """

    run: Run
    network: Network
    params: Array
    buffers: Mapping[str, Array]
    standardization: Standardization
    diverged: tuple[int, ...]
    epochs: int

    def outputs(self, x: Array) -> Floats:
        """Return the mean over the seeds of the probabilities, or of the predicted targets, (N, K)."""
        outputs = predict(self.network, self.params, self.standardization.applied(x), self.buffers)
        return np.asarray(outputs.mean(axis=0, dtype=np.float64))


def fitted(experiment: Experiment, data: TrainingData, info: Mapping[str, object]) -> FittedNetwork:
    """Train, record everything, and return what is needed to predict.

    Parameters
    ----------
    experiment : Experiment
    data : TrainingData
        Features as they are: those of a table are standardized one by one, those of images and sequences channel by
        channel, tokens not at all. Targets as the network shall give them.
    info : mapping
        Plain values for ``Run.info``, such as "name".

    Raises
    ------
    ValueError
        If the settings do not fit the data.
    """
    scaling = Standardization.none()
    if all(layer["type"] != "embedding" for layer in experiment.layers):
        scaling = Standardization.of(data.x_train, data.shape[-1], data.weights)
    scaled = replace(data, x_train=scaling.applied(data.x_train), x_validation=scaling.applied(data.x_validation))
    experiment = experiment.with_data({"name": "arrays", "digest": _digest(data)})
    about = {**origin("arrays"), "data_name": "arrays", **info}
    making = RunInMaking(experiment, scaled, Recorder(experiment, scaled, run_id=fresh_id(), info=about))
    while making.advance():
        pass
    run, step = making.finish("finished"), making.step
    assert step is not None
    lost = _diverged(run, step.active)
    rows = lost if lost.all() else ~lost
    return FittedNetwork(
        run,
        step.network,
        step.state.params[rows],
        {name: array[rows] for name, array in step.state.buffers.items()},
        scaling,
        tuple(seed for seed, is_lost in zip(experiment.seeds, lost, strict=True) if is_lost),
        math.ceil(step.epoch),
    )


def _diverged(run: Run, active: BoolArray) -> BoolArray:
    """Return which seeds were stopped, or ended with a loss that is not finite; early stopping is no reason."""
    stopped = run.info["diverged_seeds"]
    assert isinstance(stopped, Mapping)
    is_finite = np.isfinite(run.series["train/loss"].values[-1].astype(np.float64))
    was_stopped = np.array([str(seed) in stopped for seed in run.experiment.seeds])
    return np.asarray(was_stopped | (active & ~is_finite), bool)


def _digest(data: TrainingData) -> str:
    """Return the SHA-256 of everything that is trained on, in hexadecimal."""
    total = hashlib.sha256(data.task.encode())
    arrays: tuple[Array | Targets | None, ...] = (
        *(data.x_train, data.y_train, data.weights),
        *(data.x_validation, data.y_validation),
    )
    for array in arrays:
        if array is not None:
            total.update(str(array.shape).encode() + np.ascontiguousarray(array).tobytes())
    return total.hexdigest()
