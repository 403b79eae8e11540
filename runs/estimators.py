"""scikit-learn estimators: an experiment's fields as parameters, the recorded run as `run_` after `fit`.

They train with the same engine as everything else (`runs.fitted_network`). Here stands what scikit-learn asks for:
checked input, labels of any kind, sample weights. Start at `NetworkClassifier`.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import Tags
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d, validate_data

from models.arrays import BoolArray, IntArray, Targets
from models.experiment import Entry, Experiment
from models.training_data import TrainingData
from runs.fitted_network import FittedNetwork, Floats, Standardization, fitted

Parts = tuple[BoolArray, Floats | None]  # which examples are held out, and how much each counts
DEFAULT_LAYERS = ({"type": "dense", "units": 64, "activation": "relu"},)
PARAMETERS = """Parameters
    ----------
    layers : sequence of mapping, optional
        The hidden part, as in `models.Experiment`; one dense layer of 64 relu units if not given.
    batch_size : int, optional
        Examples in each update; None: all, so that a weight of 2 is exactly an example that is there twice.
    class_weights : sequence, mapping, "balanced" or None
        How much an example of each class counts: in the order of `classes_`, or by label. Not for a regression.
    seeds : sequence of int
        One network for each; they predict together.
    dtype : str
        "float64", or the faster "float32", with which predictions depend on their neighbours in the last digits.
    input_shape : tuple of int, optional
        What the numbers of one row are, in their order: (height, width, channels) of an image, (positions, features)
        of a sequence, (positions,) of tokens for an embedding. None: a table.
    validation_share : float
        Share of the examples that is not trained on: for validation curves in `run_`, and for early stopping.
    initializer, loss, optimizer, schedule, epochs, max_steps, l1, l2, clip_value, clip_norm, label_smoothing, \
layer_rates, early_stopping
        As in `models.Experiment`.
    """


class _NetworkEstimator(BaseEstimator):
    """What both estimators share."""

    def __init__(
        self,
        layers: Sequence[Entry] | None = None,
        *,
        initializer: str = "glorot_uniform",
        loss: str = "auto",
        optimizer: str | Entry = "adam",
        schedule: str | Entry = "constant",
        batch_size: int | None = 32,
        epochs: int = 100,
        max_steps: int | None = None,
        l1: float = 0.0,
        l2: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        label_smoothing: float = 0.0,
        class_weights: Sequence[float] | Mapping[object, float] | str | None = None,
        layer_rates: Mapping[str, float] | None = None,
        early_stopping: Entry | None = None,
        seeds: Sequence[int] = (0,),
        dtype: str = "float64",
        input_shape: Sequence[int] | None = None,
        validation_share: float = 0.0,
    ) -> None:
        self.layers, self.initializer, self.loss = layers, initializer, loss
        self.optimizer, self.schedule = optimizer, schedule
        self.batch_size, self.epochs, self.max_steps = batch_size, epochs, max_steps
        self.l1, self.l2, self.clip_value, self.clip_norm = l1, l2, clip_value, clip_norm
        self.label_smoothing, self.class_weights, self.layer_rates = label_smoothing, class_weights, layer_rates
        self.early_stopping, self.seeds, self.dtype = early_stopping, seeds, dtype
        self.input_shape, self.validation_share = input_shape, validation_share

    def _experiment(self, n_examples: int, class_weights: object) -> Experiment:
        settings = {**self.get_params(deep=False), "class_weights": class_weights}
        del settings["input_shape"], settings["validation_share"]
        instead = {"layers": DEFAULT_LAYERS, "batch_size": n_examples, "layer_rates": {}}
        return Experiment.of({**settings, **{name: value for name, value in instead.items() if settings[name] is None}})

    def _held_out(self, n_examples: int, classes: IntArray | None) -> BoolArray:
        """Return which examples are for validation, (N,): always the same, with the classes in their proportions."""
        share, held_out = self.validation_share, np.zeros(n_examples, bool)
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share < 1:
            raise ValueError(f"validation_share must be a number from 0 up to, but not, 1, got {share!r}")
        if share:
            _, rows = train_test_split(np.arange(n_examples), test_size=float(share), random_state=0, stratify=classes)
            held_out[rows] = True
        return held_out

    def _data(self, x: Floats, y: Targets, *, of: tuple[str, int], parts: Parts) -> TrainingData:
        """Return the data for a task with so many outputs."""
        held_out, weights = parts
        given: object = () if self.input_shape is None else self.input_shape
        lengths = given if isinstance(given, (tuple, list)) else (given,)
        if not all(isinstance(length, (int, np.integer)) and length > 0 for length in lengths):
            raise ValueError(f"input_shape must be whole numbers such as (8, 8, 1), or None, got {given!r}")
        shape, train = tuple(int(length) for length in lengths), ~held_out
        return TrainingData(
            x[train], y[train], x[held_out], y[held_out], *of, shape, None if weights is None else weights[train]
        )

    def _fit(self, experiment: Experiment, data: TrainingData, info: Mapping[str, object]) -> Self:
        names = getattr(self, "feature_names_in_", [f"x{column}" for column in range(self.n_features_in_)])
        about = {"name": type(self).__name__, "feature_names": [str(name) for name in names], **info}
        self.fitted_: FittedNetwork = fitted(experiment, data, about)
        self.run_, self.n_iter_ = self.fitted_.run, self.fitted_.epochs
        if diverged := self.fitted_.diverged:
            all_of_them = len(diverged) == len(experiment.seeds)
            what = (
                "predict with the weights at which they stopped" if all_of_them else "are left out of the predictions"
            )
            seeds = ", ".join(str(seed) for seed in diverged)
            message = f"networks diverged and {what} (seeds {seeds}): lower the learning rate, or look into run_"
            warnings.warn(message, ConvergenceWarning, stacklevel=3)
        return self

    def _outputs(self, x: ArrayLike) -> Floats:
        """Return the mean over the seeds of the probabilities, or of the targets as they were trained on, (N, K)."""
        check_is_fitted(self, "fitted_")
        return self.fitted_.outputs(validate_data(self, x, reset=False, dtype=np.float64))


class NetworkClassifier(ClassifierMixin, _NetworkEstimator):
    __doc__ = f"""A network that tells classes apart, or says which of several labels an example bears.

    {PARAMETERS}
    Attributes
    ----------
    run_ : diagnostics.Run
        The recorded training.
    classes_ : array (K,)
        The labels, sorted; 0 to K - 1 if y holds 0 or 1 for each of K labels.
    n_iter_ : int
        Passes over the training data.
    n_features_in_ : int
    feature_names_in_ : array
        Only if X was a DataFrame whose columns have names.
    """

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train.

        Parameters
        ----------
        X : array (N, D)
        y : array (N,) or (N, K)
            Labels of any kind, or 0 and 1 for each of K labels.
        sample_weight : array (N,), optional
            How much each example counts in the loss; one with weight 0 does not take part.

        Raises
        ------
        ValueError
            If data or settings are of no use; the message says what to do.
        """
        x, labels = validate_data(self, X, y, dtype=np.float64, multi_output=True)
        x, labels, weights = _counted(x, labels, sample_weight)
        check_classification_targets(labels)
        task, targets = self._targets(labels)
        class_weights = self.class_weights
        if isinstance(class_weights, Mapping):
            class_weights = tuple(compute_class_weight(dict(class_weights), classes=self.classes_, y=labels))
        held_out = self._held_out(len(x), None if task == "multi_label" else targets.astype(np.int64))
        data = self._data(x, targets, of=(task, len(self.classes_)), parts=(held_out, weights))
        info = {"class_names": [str(label) for label in self.classes_]}
        return self._fit(self._experiment(len(data.x_train), class_weights), data, info)

    def _targets(self, labels: NDArray[np.generic]) -> tuple[str, Targets]:
        """Return the task and the targets as the engine takes them, and keep the classes."""
        if labels.ndim == 2 and labels.shape[1] > 1:
            if type_of_target(labels) != "multilabel-indicator" or not np.isin(labels, (0, 1)).all():
                raise ValueError(
                    "y with several columns must hold 0 and 1, one column for each label; for several targets with "
                    "classes of their own use sklearn.multioutput.MultiOutputClassifier"
                )
            self.classes_ = np.arange(labels.shape[1])
            return "multi_label", labels.astype(np.float64)
        self.classes_, numbers = np.unique(column_or_1d(labels, warn=True), return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"Classifier can't train when only one class is present: {self.classes_[0]!r}")
        return "classification", numbers.astype(np.int64)

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Return the probability of each class or label, (N, K), the mean over the seeds."""
        return self._outputs(X)

    def decision_function(self, X: ArrayLike) -> Floats:
        """Return what is largest, or above 0, where `predict` says yes.

        Returns
        -------
        array
            The log-odds of the second of two classes, (N,), or of each label, (N, K); of more classes the logarithms
            of their probabilities, (N, K).
        """
        probabilities = self._outputs(X)
        logarithms = _logarithm(probabilities)
        if self.run_.info["task"] == "multi_label":
            return logarithms - _logarithm(1 - probabilities)
        return logarithms[:, 1] - logarithms[:, 0] if len(self.classes_) == 2 else logarithms

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Return the most probable class, (N,); or 1 for each label that is more probable than not, (N, K)."""
        probabilities = self._outputs(X)
        if self.run_.info["task"] == "multi_label":
            return (probabilities > 0.5).astype(np.int64)
        labels: NDArray[Any] = self.classes_[probabilities.argmax(axis=1)]
        return labels

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class NetworkRegressor(RegressorMixin, _NetworkEstimator):
    __doc__ = f"""A network that predicts one number, or several. In training they are standardized.

    {PARAMETERS}
    Attributes
    ----------
    run_ : diagnostics.Run
        The recorded training.
    n_iter_ : int
        Passes over the training data.
    n_features_in_ : int
    feature_names_in_ : array
        Only if X was a DataFrame whose columns have names.
    """

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train.

        Parameters
        ----------
        X : array (N, D)
        y : array (N,) or (N, K)
        sample_weight : array (N,), optional
            How much each example counts in the loss; one with weight 0 does not take part.

        Raises
        ------
        ValueError
            If data or settings are of no use; the message says what to do.
        """
        x, target = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True)
        x, target, weights = _counted(x, target, sample_weight)
        if self.class_weights is not None or self.label_smoothing:
            raise ValueError("class_weights and label_smoothing are for classes: leave them out of a regression")
        columns = target.astype(np.float64).reshape(len(target), -1)
        self.target_shape_, n_outputs = target.shape[1:], columns.shape[1]
        held_out = self._held_out(len(x), None)
        trained_weights = None if weights is None else weights[~held_out]
        self.target_standardization_ = scaling = Standardization.of(columns[~held_out], n_outputs, trained_weights)
        data = self._data(x, scaling.applied(columns), of=("regression", n_outputs), parts=(held_out, weights))
        info = {"target_name": "y", "target_mean": float(scaling.mean[0]), "target_std": float(scaling.scale[0])}
        return self._fit(self._experiment(len(data.x_train), None), data, info if n_outputs == 1 else {})

    def predict(self, X: ArrayLike) -> Floats:
        """Return the predicted numbers, shaped as y was: (N,) or (N, K), the mean over the seeds."""
        outputs = self._outputs(X)
        return self.target_standardization_.undone(outputs).reshape(len(outputs), *self.target_shape_)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def _counted(x: Floats, y: Any, sample_weight: ArrayLike | None) -> tuple[Floats, NDArray[Any], Floats | None]:
    """Return the examples that count, and how much: 1 on average, which float32 can hold."""
    dense = y.toarray() if issparse(y) else y
    if sample_weight is None:
        return x, dense, None
    weights = _check_sample_weight(sample_weight, x, dtype=np.float64, ensure_non_negative=True)
    counts = weights > 0
    return x[counts], dense[counts], weights[counts] / weights[counts].mean()


def _logarithm(probabilities: Floats) -> Floats:
    """Return natural logarithms, finite even for 0."""
    return np.asarray(np.log(np.maximum(probabilities, np.finfo(np.float64).tiny)))
