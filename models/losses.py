"""The losses: each works on the logits of the output node and gives the gradient of the mean over the examples.

Start at `LOSSES`; `loss_for` resolves ``"auto"``. A penalty on the weights (L1, L2) is no part of the loss here: it is
added to the gradient in `models.training`, and reported losses are those of the data.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Protocol

import numpy as np

from models.arrays import Array, IntArray, Targets

HUBER_DELTA = 1.0


class Loss(Protocol):
    """What training makes small. `task` is "classification" or "regression".

    Shapes: logits (…, N, K); classification targets int (…, N), regression targets (…, N, K). Leading axes broadcast.
    """

    task: str

    def n_outputs(self, n: int) -> int:
        """Return the number K of logits for `n` classes or targets.

        Raises
        ------
        ValueError
            If the loss cannot serve that number.
        """
        ...

    def value(self, logits: Array, y: Targets) -> Array:
        """Return the mean loss over the examples, (…)."""
        ...

    def value_and_gradient(self, logits: Array, y: Targets, out: Array) -> Array:
        """Return the mean loss, (…), and write its gradient with respect to the logits to `out`."""
        ...

    def probabilities(self, logits: Array) -> Array:
        """Return what a person sees as the output: one probability per class, or the prediction itself."""
        ...


def softmax(logits: Array) -> Array:
    """Return exp(z_k)/Σ exp(z_j) along the last axis; no overflow, because the largest logit is subtracted first."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    np.exp(shifted, out=shifted)
    result: Array = shifted / shifted.sum(axis=-1, keepdims=True)
    return result


def _pick(values: Array, y: Targets) -> tuple[Array, IntArray]:
    """Return values[..., n, y_n] and the indices that pick it, with y broadcast over the leading axes."""
    index = np.broadcast_to(y.astype(np.int64, copy=False), values.shape[:-1])[..., None]
    return np.take_along_axis(values, index, axis=-1)[..., 0], index


class CrossEntropy:
    """-log softmax(z)_y; gradient (softmax(z) - onehot(y))/N."""

    task = "classification"

    def n_outputs(self, n: int) -> int:
        return n

    def value(self, logits: Array, y: Targets) -> Array:
        top = logits.max(axis=-1, keepdims=True)
        total = np.log(np.exp(logits - top).sum(axis=-1)) + top[..., 0]
        result: Array = np.mean(total - _pick(logits, y)[0], axis=-1)
        return result

    def value_and_gradient(self, logits: Array, y: Targets, out: Array) -> Array:
        top = logits.max(axis=-1, keepdims=True)
        np.subtract(logits, top, out=out)
        np.exp(out, out=out)
        total = out.sum(axis=-1, keepdims=True)
        out /= total
        chosen, index = _pick(logits, y)
        result: Array = np.mean((np.log(total) + top)[..., 0] - chosen, axis=-1)
        np.put_along_axis(out, index, np.take_along_axis(out, index, axis=-1) - 1, axis=-1)
        out /= logits.shape[-2]
        return result

    def probabilities(self, logits: Array) -> Array:
        return softmax(logits)


class BinaryCrossEntropy:
    """log(1 + e^z) - y z for one logit z; gradient (sigmoid(z) - y)/N."""

    task = "classification"

    def n_outputs(self, n: int) -> int:
        if n != 2:
            raise ValueError(f"binary_cross_entropy needs a target with 2 classes, this one has {n}: use cross_entropy")
        return 1

    def value(self, logits: Array, y: Targets) -> Array:
        z = logits[..., 0]
        result: Array = np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))), axis=-1)
        return result.astype(logits.dtype, copy=False)

    def value_and_gradient(self, logits: Array, y: Targets, out: Array) -> Array:
        np.copyto(out[..., 0], (self._second(logits) - y) / logits.shape[-2], casting="same_kind")
        return self.value(logits, y)

    def probabilities(self, logits: Array) -> Array:
        second = self._second(logits)
        return np.stack([1 - second, second], axis=-1)

    def _second(self, logits: Array) -> Array:
        second: Array = (0.5 * (1 + np.tanh(0.5 * logits[..., 0]))).astype(logits.dtype, copy=False)
        return second


class _Elementwise(ABC):
    """The mean over examples and outputs of a function of the error e = prediction - target."""

    task = "regression"

    def n_outputs(self, n: int) -> int:
        return n

    def value(self, logits: Array, y: Targets) -> Array:
        result: Array = np.mean(self._cost(logits - y), axis=(-1, -2)).astype(logits.dtype, copy=False)
        return result

    def value_and_gradient(self, logits: Array, y: Targets, out: Array) -> Array:
        np.subtract(logits, y, out=out, casting="same_kind")
        result: Array = np.mean(self._cost(out), axis=(-1, -2)).astype(logits.dtype, copy=False)
        out[...] = self._slope(out)
        out /= logits.shape[-1] * logits.shape[-2]
        return result

    def probabilities(self, logits: Array) -> Array:
        return logits.copy()

    @abstractmethod
    def _cost(self, error: Array) -> Array: ...

    @abstractmethod
    def _slope(self, error: Array) -> Array: ...


class MeanSquaredError(_Elementwise):
    """e²; slope 2e."""

    def _cost(self, error: Array) -> Array:
        return error * error

    def _slope(self, error: Array) -> Array:
        return 2 * error


class MeanAbsoluteError(_Elementwise):
    """|e|; slope sign(e), 0 at 0."""

    def _cost(self, error: Array) -> Array:
        return np.abs(error)

    def _slope(self, error: Array) -> Array:
        return np.sign(error)


class Huber(_Elementwise):
    """e²/2 up to |e| = 1, |e| - 1/2 beyond; slope e clipped to [-1, 1] (Huber 1964)."""

    def _cost(self, error: Array) -> Array:
        size = np.abs(error)
        inner = np.minimum(size, HUBER_DELTA)
        return inner * (size - 0.5 * inner)

    def _slope(self, error: Array) -> Array:
        return np.clip(error, -HUBER_DELTA, HUBER_DELTA)


LOSSES: Mapping[str, Loss] = {
    "cross_entropy": CrossEntropy(),
    "binary_cross_entropy": BinaryCrossEntropy(),
    "mean_squared_error": MeanSquaredError(),
    "mean_absolute_error": MeanAbsoluteError(),
    "huber": Huber(),
}


def loss_for(name: str, task: str) -> Loss:
    """Return the loss called `name`; ``"auto"`` is cross-entropy for classes and mean squared error for numbers.

    Raises
    ------
    ValueError
        If that loss does not belong to the task.
    """
    if name == "auto":
        name = "cross_entropy" if task == "classification" else "mean_squared_error"
    loss = LOSSES[name]
    if loss.task != task:
        fitting = ", ".join(key for key, other in LOSSES.items() if other.task == task)
        raise ValueError(f"loss {name!r} is for {loss.task}, but the target asks for {task}: use one of {fitting}")
    return loss
