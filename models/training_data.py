"""What the engine trains on: plain arrays of the training and the validation part."""

from __future__ import annotations

from dataclasses import dataclass

from models.arrays import Array, Targets


@dataclass(frozen=True)
class TrainingData:
    """Numeric features and targets; the validation part may be empty.

    Attributes
    ----------
    x_train, x_validation : array (N, D)
    y_train, y_validation : array
        Class numbers (N,) int64, or targets (N, K) float.
    task : str
        "classification" or "regression".
    n_outputs : int
        Number of classes, or of targets (K).
    """

    x_train: Array
    y_train: Targets
    x_validation: Array
    y_validation: Targets
    task: str
    n_outputs: int

    def __post_init__(self) -> None:
        """Check that the parts fit together.

        Raises
        ------
        ValueError
            If there is no training example, or lengths, shapes or the task do not fit.
        """
        if self.task not in ("classification", "regression"):
            raise ValueError(f"task must be 'classification' or 'regression', got {self.task!r}")
        if self.x_train.ndim != 2 or len(self.x_train) == 0:
            raise ValueError(f"x_train must be a table with at least one row, got shape {self.x_train.shape}")
        for part, x, y in (
            ("train", self.x_train, self.y_train),
            ("validation", self.x_validation, self.y_validation),
        ):
            if len(x) != len(y) or x.shape[1:] != self.x_train.shape[1:]:
                raise ValueError(f"{part}: x {x.shape} and y {y.shape} do not fit each other and {self.x_train.shape}")
            self._check_targets(part, y)

    def _check_targets(self, part: str, y: Targets) -> None:
        if self.task == "regression":
            if y.ndim != 2 or y.shape[1] != self.n_outputs:
                raise ValueError(f"y_{part} must have shape (N, {self.n_outputs}), got {y.shape}")
        elif y.ndim != 1 or (len(y) and not 0 <= y.min() <= y.max() < self.n_outputs):
            raise ValueError(f"y_{part} must hold class numbers from 0 to {self.n_outputs - 1}, shape (N,)")
