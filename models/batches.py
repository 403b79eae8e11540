"""Mini-batches: each seed walks through its own order of the training part in each epoch.

Many batches are gathered at once, features first as the engine wants them, so that a step only copies its own.
"""

from __future__ import annotations

import numpy as np

from models.arrays import Array, IntArray, Targets, stream
from models.experiment import Experiment
from models.network import Network
from models.passes import Pass
from models.signal import features_first
from models.training_data import TrainingData

GATHERED_NUMBERS = 2**19  # of examples and targets of all seeds, gathered at once


class Batches:
    """Hands the mini-batch of any step to a pass.

    Parameters
    ----------
    experiment : Experiment
    network : Network
    data : TrainingData
    """

    def __init__(self, experiment: Experiment, network: Network, data: TrainingData) -> None:
        self.seeds, self.size = experiment.seeds, experiment.batch_size
        self.n = len(data.x_train)
        self.per_epoch = -(-self.n // self.size)
        self._data, self._network = data, network
        self._dtype, self._smoothing = experiment.dtype, experiment.label_smoothing
        self._epoch = 0  # whose examples these are, where each has fresh ones
        self._take(data.x_train, data.y_train)
        self.weights = _weights(experiment, data)
        self._order: tuple[int, IntArray] = (-1, np.empty((0, 0), np.int64))
        self._first, self._gathered = 0, 0
        self._blocks: tuple[Array, Array, Array | None] = (self._x, self._x, None)

    def _take(self, x: Array, y: Targets) -> None:
        self._network.check_tokens(x)
        self._x, self._y = _features_first(np.asarray(x, self._dtype), self._network), y

    def _renew(self, epoch: int) -> None:
        """Take the examples of an epoch, where each has its own."""
        fresh, data = self._data.fresh, self._data
        if fresh is None or epoch == self._epoch:
            return
        x, y = (data.x_train, data.y_train) if epoch == 0 else fresh(epoch)
        if (x.shape, y.shape) != (data.x_train.shape, data.y_train.shape):
            expected = f"x {data.x_train.shape} and y {data.y_train.shape}"
            raise ValueError(f"epoch {epoch} has fresh x {x.shape} and y {y.shape} where {expected} are expected")
        self._take(x, y)
        self._epoch = epoch

    def n_examples(self, step: int) -> int:
        """Return how many examples the batch of update `step`, from 0 up, holds."""
        return min(self.size, self.n - step % self.per_epoch * self.size)

    def load(self, step: int, target: Pass) -> None:
        """Copy the batch of update `step` into the arrays of a pass."""
        at = step - self._first
        if not 0 <= at < self._gathered:
            self._gather(step)
            at = 0
        x, y, weights = self._blocks
        np.copyto(target.input_rows, x[at])
        np.copyto(target.target, y[at])
        if weights is not None and target.weights is not None:
            np.copyto(target.weights, weights[at])

    def rows(self, step: int, n_batches: int = 1) -> IntArray:
        """Return the rows of some batches of one size and epoch, (batches, R, N)."""
        epoch, position = divmod(step, self.per_epoch)
        if self._order[0] != epoch:
            orders = [stream(seed, "batches", epoch).permutation(self.n) for seed in self.seeds]
            self._order = (epoch, np.array(orders))
        n = self.n_examples(step)
        chosen = self._order[1][:, position * self.size : position * self.size + n_batches * n]
        return chosen.reshape(len(self.seeds), n_batches, n).swapaxes(0, 1)

    def _gather(self, step: int) -> None:
        self._renew(step // self.per_epoch)
        n = self.n_examples(step)
        numbers = len(self.seeds) * n * (self._x.shape[1] + self._network.nodes[-1].units)
        whole = self.n // self.size - step % self.per_epoch  # batches of full size that are left in this epoch
        n_batches = max(1, min(whole, GATHERED_NUMBERS // numbers))
        rows = self.rows(step, n_batches)
        x = np.ascontiguousarray(self._x[rows].swapaxes(2, 3))
        encoded = self._network.loss.encode(self._y[rows], self._network.nodes[-1].units, self._smoothing)
        outputs_first = np.moveaxis(np.moveaxis(encoded, 2, -1), -2, 2)
        y = np.ascontiguousarray(outputs_first, self._x.dtype).reshape(*outputs_first.shape[:3], -1)
        weights = None
        if self.weights is not None:
            chosen = self.weights[rows]  # one for each example, the same at all of its positions
            weights = np.tile(chosen, (1, 1, y.shape[-1] // n))
        self._first, self._gathered, self._blocks = step, n_batches, (x, y, weights)


def _features_first(x: Array, network: Network) -> Array:
    """Return examples (N, D) with the numbers of each in the engine's order."""
    shape = network.input_shape
    if len(shape) == 1:
        return np.ascontiguousarray(x.reshape(len(x), -1))
    ordered = np.moveaxis(x.reshape(len(x), *shape), -1, 1)
    return np.ascontiguousarray(ordered).reshape(len(x), int(np.prod(features_first(shape))))


def _weights(experiment: Experiment, data: TrainingData) -> Array | None:
    """Return how much each training example counts, or None if all count alike."""
    weights = None if data.weights is None else np.asarray(data.weights, np.float64)
    by_class = experiment.class_weights
    if by_class is not None and data.fresh is not None:
        raise ValueError("class weights need examples that stay: leave them out where each epoch has fresh ones")
    if by_class is not None and data.task == "classification":
        if data.y_train.ndim != 1:
            raise ValueError("class weights need one class for each example, not one for each position")
        counts = np.bincount(data.y_train.astype(np.int64), weights, data.n_outputs)
        if by_class == "balanced":
            table = counts.sum() / (data.n_outputs * np.where(counts > 0, counts, 1))
        else:
            table = np.asarray(by_class, np.float64)
        if len(table) != data.n_outputs:
            raise ValueError(f"class_weights has {len(table)} numbers, but there are {data.n_outputs} classes")
        by_example = table[data.y_train.astype(np.int64)]
        weights = by_example if weights is None else weights * by_example
    return None if weights is None else weights.astype(experiment.dtype)
