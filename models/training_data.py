"""What the engine trains on: plain arrays of the training and the validation part."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.arrays import Array, Targets
from models.losses import TASKS


@dataclass(frozen=True)
class TrainingData:
    """Numeric features and targets; the validation part may be empty.

    Attributes
    ----------
    x_train, x_validation : array (N, D)
    y_train, y_validation : array
        Class numbers (N,) int64, or targets (N, K) float.
    task : str
        "classification", "multi_label" (y: 0 or 1, (N, K)) or "regression".
    n_outputs : int
        Number of classes, labels or targets (K).
    input_shape : tuple of int, optional
        What an example is: (positions, features), (positions,) of tokens, (height, width, channels); its numbers stand
        in one row of x in that order. (D,) if not given.
    weights : array (N of the training part,), optional
        How much each training example counts in the loss.
    fresh : callable, optional
        Returns the training examples (x, y) of an epoch from 1 up, as many as there are in epoch 0, and always the same
        for the same epoch; without it x_train and y_train stay. All seeds share them, each in an order of its own.
    """

    x_train: Array
    y_train: Targets
    x_validation: Array
    y_validation: Targets
    task: str
    n_outputs: int
    input_shape: tuple[int, ...] = ()
    weights: Array | None = None
    fresh: Callable[[int], tuple[Array, Targets]] | None = None

    def __post_init__(self) -> None:
        """Check that the parts fit together.

        Raises
        ------
        ValueError
            If there is no training example, lengths, shapes or the task do not fit, or fresh examples have weights.
        """
        if self.task not in TASKS:
            raise ValueError(f"task must be one of {', '.join(TASKS)}, got {self.task!r}")
        if self.x_train.ndim != 2 or len(self.x_train) == 0:
            raise ValueError(f"x_train must be a table with at least one row, got shape {self.x_train.shape}")
        for part, x, y in (
            ("train", self.x_train, self.y_train),
            ("validation", self.x_validation, self.y_validation),
        ):
            if len(x) != len(y) or x.shape[1:] != self.x_train.shape[1:]:
                raise ValueError(f"{part}: x {x.shape} and y {y.shape} do not fit each other and {self.x_train.shape}")
            self._check_targets(part, y)
        if math.prod(self.shape) != self.x_train.shape[1]:
            raise ValueError(f"examples of shape {self.shape} do not fit rows of {self.x_train.shape[1]} numbers")
        self._check_weights()

    @property
    def shape(self) -> tuple[int, ...]:
        """What an example is; (D,) for a table."""
        return tuple(self.input_shape) or (self.x_train.shape[1],)

    @property
    def per_position(self) -> bool:
        """Whether there is one target for each position of a sequence."""
        return self.y_train.ndim == (2 if self.task == "classification" else 3)

    def _check_targets(self, part: str, y: Targets) -> None:
        positions = self.shape[:1] if self.per_position else ()
        if self.task != "classification":
            if y.shape[1:] != (*positions, self.n_outputs):
                wanted = ", ".join(str(length) for length in (*positions, self.n_outputs))
                raise ValueError(f"y_{part} must have shape (N, {wanted}), got {y.shape}")
        elif y.shape[1:] != positions or (y.size and not 0 <= y.min() <= y.max() < self.n_outputs):
            shape = "(N, positions)" if positions else "(N,)"
            raise ValueError(f"y_{part} must hold class numbers from 0 to {self.n_outputs - 1}, shape {shape}")

    def _check_weights(self) -> None:
        if self.weights is None:
            return
        if self.fresh is not None:
            raise ValueError("weights belong to examples that stay: leave them out where each epoch has fresh ones")
        weights = np.asarray(self.weights)
        if weights.shape != (len(self.x_train),) or not np.isfinite(weights).all() or weights.min() < 0:
            raise ValueError(f"weights must be {len(self.x_train)} numbers from 0 up, one for each training example")
