"""scikit-learn estimators: an experiment's fields as parameters, the recorded run as `run_` after `fit`.

The mean over the seeds of the predicted probabilities (numbers) is the prediction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from diagnostics.recorder import Recorder
from models.arrays import Array
from models.evaluation import predict
from models.experiment import Experiment
from models.network import Network
from models.training import train
from models.training_data import TrainingData
from runs.launch import fresh_id

DEFAULT_LAYER: Mapping[str, object] = {"type": "dense", "units": 64, "activation": "tanh"}


class _NetworkEstimator(BaseEstimator):
    """What both estimators share. Features are standardized with the mean and standard deviation seen in `fit`."""

    def __init__(
        self,
        layers: Sequence[Mapping[str, object]] = (DEFAULT_LAYER,),
        initializer: str = "glorot_uniform",
        loss: str = "auto",
        optimizer: str | Mapping[str, object] = "adam",
        schedule: str | Mapping[str, object] = "constant",
        batch_size: int = 32,
        epochs: int = 20,
        max_steps: int | None = None,
        l1: float = 0.0,
        l2: float = 0.0,
        seeds: Sequence[int] = (0,),
        dtype: str = "float32",
    ) -> None:
        self.layers, self.initializer, self.loss = layers, initializer, loss
        self.optimizer, self.schedule = optimizer, schedule
        self.batch_size, self.epochs, self.max_steps = batch_size, epochs, max_steps
        self.l1, self.l2, self.seeds, self.dtype = l1, l2, seeds, dtype

    def _train(self, x: Array, y: Array, task: str, n_outputs: int) -> None:
        settings = {name: getattr(self, name) for name in self._get_param_names()}
        experiment = Experiment(**settings)
        self.mean_, std = x.mean(axis=0), x.std(axis=0)
        self.scale_ = np.where(std > 0, std, 1.0)
        scaled = (x - self.mean_) / self.scale_
        data = TrainingData(scaled, y, scaled[:0], y[:0], task, n_outputs)
        info = {"name": type(self).__name__, "state": "running"}
        recorder = Recorder(experiment, data, run_id=fresh_id(), info=info)
        for step in train(experiment, data):
            recorder.observe(step)
        recorder.finish("finished")
        self.run_ = recorder.snapshot()
        self.params_ = step.state.params.copy()
        self.network_: Network = step.network
        self.n_iter_ = experiment.epochs

    def _outputs(self, x: ArrayLike) -> NDArray[np.float64]:
        check_is_fitted(self, "params_")
        checked = validate_data(self, x, reset=False, dtype=np.float64)
        outputs = predict(self.network_, self.params_, (checked - self.mean_) / self.scale_).astype(np.float64)
        alive = np.isfinite(outputs).all(axis=(1, 2))
        result: NDArray[np.float64] = outputs[alive if alive.any() else slice(None)].mean(axis=0)
        return result


class NetworkClassifier(ClassifierMixin, _NetworkEstimator):
    """A classifier; its parameters are an `Experiment`'s fields."""

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train on X (N, D) and labels y (N,); the run is in `run_`."""
        x, labels = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(labels)
        self.classes_, numbers = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"Classifier can't train when only one class is present: {self.classes_[0]!r}")
        self._train(x, numbers.astype(np.int64), "classification", len(self.classes_))
        return self

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the probability of each class, (N, K), the mean over the seeds."""
        return self._outputs(X)

    def predict(self, X: ArrayLike) -> NDArray[np.generic]:
        """Return the most probable labels, (N,)."""
        probabilities = self._outputs(X)
        labels: NDArray[np.generic] = self.classes_[probabilities.argmax(axis=1)]
        return labels


class NetworkRegressor(RegressorMixin, _NetworkEstimator):
    """A regressor; its parameters are an `Experiment`'s fields. The target is standardized in training."""

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train on X (N, D) and numbers y (N,); the run is in `run_`."""
        x, target = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        target = np.asarray(target, dtype=np.float64)
        self.target_mean_, spread = float(target.mean()), float(target.std())
        self.target_scale_ = spread if spread > 0 else 1.0
        self._train(x, ((target - self.target_mean_) / self.target_scale_)[:, None], "regression", 1)
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """Return the predicted numbers, (N,), the mean over the seeds."""
        return self._outputs(X)[:, 0] * self.target_scale_ + self.target_mean_
