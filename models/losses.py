"""The losses: each works on the logits of the output node and gives the gradient of the mean over the examples.

Start at `LOSSES`; `loss_for` resolves ``"auto"``. A penalty on the weights (L1, L2) is no part of the loss here: it is
added to the gradient in `models.updating`, and reported losses are those of the data.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from models.arrays import Array, Targets
from models.site import Calls, Desk

HUBER_DELTA = 1.0
TASKS = ("classification", "multi_label", "regression")


class Loss(ABC):
    """What training makes small.

    `tasks` are those of ``"classification"`` (y: class numbers (N,)), ``"multi_label"`` (y: 0 or 1, (N, K)) and
    ``"regression"`` (y: numbers (N, K)) that it serves. With one target for each position, y has an axis more behind N.
    """

    tasks: ClassVar[tuple[str, ...]]

    @property
    def task(self) -> str:
        """What it is mainly for."""
        return self.tasks[0]

    def n_outputs(self, n: int, task: str) -> int:
        """Return the number K of logits for `n` classes, labels or targets.

        Raises
        ------
        ValueError
            If the loss cannot serve that number.
        """
        return n

    @abstractmethod
    def encode(self, y: Targets, n_outputs: int, smoothing: float = 0.0) -> Array:
        """Return the targets as numbers (N, …, K), which is what `bind` compares the logits with.

        Parameters
        ----------
        y : array
        n_outputs : int
            The number K of logits.
        smoothing : float
            Label smoothing: this share of the probability is spread evenly over all classes (Szegedy et al. 2016).
        """

    @abstractmethod
    def bind(self, desk: Desk, logits: Array, target: Array, costs: Array, grad: Array) -> None:
        """Take down the loss of each example, and its gradient.

        Parameters
        ----------
        desk : Desk
        logits, target : array (R, K, M)
        costs : array (R, M)
            Where the loss of each example (and position) goes.
        grad : array (R, K, M)
            Where the gradient of each of them goes, not divided by M.
        """

    @abstractmethod
    def probabilities(self, logits: Array) -> Array:
        """Return what a person sees as the output: one probability per class, or the prediction itself."""

    def value(self, logits: Array, y: Targets) -> Array:
        """Return the mean loss over the examples, (…), for logits (…, N, K), computed at once."""
        return self.value_and_gradient(logits, y, np.empty_like(logits))

    def value_and_gradient(self, logits: Array, y: Targets, out: Array) -> Array:
        """Return the mean loss, (…), and write its gradient with respect to the logits to `out`, at once."""
        k = logits.shape[-1]
        leading = logits.shape[: logits.ndim - np.ndim(self.encode(y, k))]
        rows = np.ascontiguousarray(logits.reshape(*(leading or (1,)), -1, k).swapaxes(-1, -2))
        rows = rows.reshape(-1, *rows.shape[-2:])
        target = np.ascontiguousarray(self.encode(y, k).reshape(-1, k).T.astype(logits.dtype))
        value, grad = np.zeros(len(rows), logits.dtype), np.empty_like(rows)
        desk = Desk(Calls(), logits.dtype.name)
        bind_loss(self, desk, (rows, np.broadcast_to(target, rows.shape), grad), value)
        desk.call.replay()
        out[...] = grad.swapaxes(-1, -2).reshape(logits.shape)
        return value.reshape(leading)


def bind_loss(
    loss: Loss, desk: Desk, arrays: tuple[Array, Array, Array], value: Array, weights: Array | None = None
) -> None:
    """Take down the mean loss over the examples and its gradient.

    Parameters
    ----------
    loss : Loss
    desk : Desk
    arrays : tuple of array (R, K, M)
        Logits, target, and where the gradient goes.
    value : array (R,)
        Where the mean goes.
    weights : array (R, M), optional
        How much each example counts: the mean is Σ wᵢ ℓᵢ / Σ wᵢ.
    """
    logits, target, grad = arrays
    costs, m = desk.scratch(len(logits), logits.shape[-1]), logits.shape[-1]
    loss.bind(desk, logits, target, costs, grad)
    if weights is None:
        desk.call(np.dot, costs, np.full(m, 1 / m, desk.dtype), value)
        desk.call(np.multiply, grad, desk.constant(1 / m), grad)
        return
    total, shares = desk.scratch(len(logits), 1), desk.scratch(*costs.shape)
    desk.call(np.add.reduce, weights, 1, None, total, True)
    desk.call(np.maximum, total, desk.constant(float(np.finfo(desk.dtype).tiny)), out=total)  # nothing counts: 0
    desk.call(np.divide, weights, total, shares)
    desk.call(np.multiply, costs, shares, costs)
    desk.call(np.add.reduce, costs, 1, None, value)
    desk.call(np.multiply, grad, shares[:, None], grad)


def softmax(logits: Array) -> Array:
    """Return exp(z_k)/Σ exp(z_j) along the last axis; no overflow, because the largest logit is subtracted first."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    np.exp(shifted, out=shifted)
    result: Array = shifted / shifted.sum(axis=-1, keepdims=True)
    return result


class CrossEntropy(Loss):
    """-Σ t_k log softmax(z)_k, with t the one-hot class; gradient softmax(z) - t."""

    tasks = ("classification",)

    def encode(self, y: Targets, n_outputs: int, smoothing: float = 0.0) -> Array:
        table = (1 - smoothing) * np.eye(n_outputs) + smoothing / n_outputs
        return np.asarray(table[np.asarray(y).astype(np.int64, copy=False)])

    def bind(self, desk: Desk, logits: Array, target: Array, costs: Array, grad: Array) -> None:
        """With the targets summing to 1, -Σ t log softmax(z) = log Σ exp(z - m) - Σ t (z - m), for any m: the largest
        logit.
        """
        row = desk.scratch(len(logits), 1, logits.shape[-1])
        shifted, part = desk.scratch(*logits.shape), desk.scratch(*logits.shape)
        desk.call(np.maximum.reduce, logits, 1, None, row, True)
        desk.call(np.subtract, logits, row, shifted)
        desk.call(np.exp, shifted, grad)
        desk.call(np.add.reduce, grad, 1, None, row, True)
        desk.call(np.divide, grad, row, grad)
        desk.call(np.subtract, grad, target, grad)
        desk.call(np.multiply, target, shifted, part)
        desk.call(np.add.reduce, part, 1, None, costs)
        desk.call(np.log, row, row)
        desk.call(np.subtract, row[:, 0], costs, costs)

    def probabilities(self, logits: Array) -> Array:
        return softmax(logits)


class BinaryCrossEntropy(Loss):
    """log(1 + e^z) - y z, for one logit of two classes or one of each label; gradient sigmoid(z) - y."""

    tasks = ("classification", "multi_label")

    def n_outputs(self, n: int, task: str) -> int:
        if task == "classification" and n != 2:
            raise ValueError(f"binary_cross_entropy needs a target with 2 classes, this one has {n}: use cross_entropy")
        if task == "multi_label" and n < 2:
            raise ValueError("one label alone is a classification with 2 classes: set the task so")
        return n if task == "multi_label" else 1

    def encode(self, y: Targets, n_outputs: int, smoothing: float = 0.0) -> Array:
        target = np.asarray(y, np.float64)
        if n_outputs == 1:  # of two classes: y has no axis for the outputs
            target = target[..., None]
        return (1 - smoothing) * target + smoothing / 2

    def bind(self, desk: Desk, logits: Array, target: Array, costs: Array, grad: Array) -> None:
        part, half = _by_output(desk, logits, costs), desk.constant(0.5)
        desk.call(np.logaddexp, logits, desk.constant(0), part)
        desk.call(np.multiply, logits, target, grad)
        desk.call(np.subtract, part, grad, part)
        _mean_over_outputs(desk, part, costs)
        desk.call(np.multiply, logits, half, grad)  # sigmoid z = (1 + tanh(z/2))/2
        desk.call(np.tanh, grad, grad)
        desk.call(np.multiply, grad, half, grad)
        desk.call(np.add, grad, half, grad)
        desk.call(np.subtract, grad, target, grad)
        _share_among_outputs(desk, grad)

    def probabilities(self, logits: Array) -> Array:
        share: Array = (0.5 * (1 + np.tanh(0.5 * logits))).astype(logits.dtype, copy=False)
        return np.concatenate([1 - share, share], axis=-1) if logits.shape[-1] == 1 else share


def _by_output(desk: Desk, logits: Array, costs: Array) -> Array:
    """Return where the cost of each output goes, (R, K, M): of a single one right into `costs`."""
    return costs[:, None] if logits.shape[1] == 1 else desk.scratch(*logits.shape)


def _mean_over_outputs(desk: Desk, costs_by_output: Array, costs: Array) -> None:
    if costs_by_output.shape[1] > 1:
        desk.call(np.add.reduce, costs_by_output, 1, None, costs)
        desk.call(np.multiply, costs, desk.constant(1 / costs_by_output.shape[1]), costs)


def _share_among_outputs(desk: Desk, grad: Array) -> None:
    if grad.shape[1] > 1:
        desk.call(np.multiply, grad, desk.constant(1 / grad.shape[1]), grad)


class _Elementwise(Loss):
    """The mean over examples and outputs of a function of the error e = prediction - target."""

    tasks = ("regression",)

    def encode(self, y: Targets, n_outputs: int, smoothing: float = 0.0) -> Array:
        return np.asarray(y, np.float64)

    def bind(self, desk: Desk, logits: Array, target: Array, costs: Array, grad: Array) -> None:
        part = _by_output(desk, logits, costs)
        desk.call(np.subtract, logits, target, grad)
        self._cost_and_slope(desk, grad, part)
        _mean_over_outputs(desk, part, costs)
        _share_among_outputs(desk, grad)

    def probabilities(self, logits: Array) -> Array:
        return logits.copy()

    @abstractmethod
    def _cost_and_slope(self, desk: Desk, error: Array, cost: Array) -> None:
        """Take down cost = c(error), then error = c'(error)."""


class MeanSquaredError(_Elementwise):
    """e²; slope 2e."""

    def _cost_and_slope(self, desk: Desk, error: Array, cost: Array) -> None:
        desk.call(np.multiply, error, error, cost)
        desk.call(np.add, error, error, error)


class MeanAbsoluteError(_Elementwise):
    """|e|; slope sign(e), 0 at 0."""

    def _cost_and_slope(self, desk: Desk, error: Array, cost: Array) -> None:
        desk.call(np.abs, error, cost)
        desk.call(np.sign, error, error)


class Huber(_Elementwise):
    """e²/2 up to |e| = 1, |e| - 1/2 beyond; slope e clipped to [-1, 1] (Huber 1964)."""

    def _cost_and_slope(self, desk: Desk, error: Array, cost: Array) -> None:
        """With s the clipped error, e²/2 inside and |e| - 1/2 beyond are both s e - s²/2."""
        slope, part = desk.scratch(*error.shape), desk.scratch(*error.shape)
        desk.call(np.minimum, error, desk.constant(HUBER_DELTA), out=slope)
        desk.call(np.maximum, slope, desk.constant(-HUBER_DELTA), out=slope)
        desk.call(np.multiply, slope, desk.constant(0.5), part)
        desk.call(np.subtract, error, part, part)
        desk.call(np.multiply, slope, part, cost)
        desk.call(np.copyto, error, slope)


LOSSES: Mapping[str, Loss] = {
    "cross_entropy": CrossEntropy(),
    "binary_cross_entropy": BinaryCrossEntropy(),
    "mean_squared_error": MeanSquaredError(),
    "mean_absolute_error": MeanAbsoluteError(),
    "huber": Huber(),
}
AUTOMATIC = {
    "classification": "cross_entropy",
    "multi_label": "binary_cross_entropy",
    "regression": "mean_squared_error",
}


def loss_for(name: str, task: str) -> Loss:
    """Return the loss called `name`; ``"auto"`` is the cross-entropy of classes or labels, or mean squared error.

    Raises
    ------
    ValueError
        If that loss does not belong to the task.
    """
    loss = LOSSES[AUTOMATIC[task] if name == "auto" else name]
    if task not in loss.tasks:
        fitting = ", ".join(key for key, other in LOSSES.items() if task in other.tasks)
        raise ValueError(f"loss {name!r} is for {loss.task}, but the target asks for {task}: use one of {fitting}")
    return loss
