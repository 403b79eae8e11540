"""Short trainings with every optimizer, loss and setting of the update: what tests compare with PyTorch.

Start at `RULES` (twenty steps of a small network in float64) and `WHOLE` (fifty of a whole one in float32).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from layer_cases import dense, layer, residual

from models import Experiment, TrainingData
from models.arrays import Array, Targets


@dataclass(frozen=True)
class Training:
    """Settings and data of one training."""

    experiment: Experiment
    data: TrainingData


def data(
    y: Targets, task: str, n_outputs: int, shape: tuple[int, ...] = (3,), weights: Array | None = None
) -> TrainingData:
    """Random examples that go with the targets; no validation part."""
    x = np.random.default_rng(len(shape)).normal(size=(len(y), int(np.prod(shape))))
    return TrainingData(x, y, x[:0], y[:0], task, n_outputs, shape, weights)


N = 37  # 8 + 8 + 8 + 8 + 5: the last batch of an epoch is smaller
GENERATOR = np.random.default_rng(12)
WEIGHTS = GENERATOR.random(N)
CLASSES = data(GENERATOR.integers(0, 3, N), "classification", 3)
WEIGHTED = data(CLASSES.y_train, "classification", 3, weights=WEIGHTS)
TWO = data(GENERATOR.integers(0, 2, N), "classification", 2)
ONE_LEFT = data(TWO.y_train[:33], "classification", 2)  # the last batch holds a single example
LABELS = data(GENERATOR.integers(0, 2, (N, 4)), "multi_label", 4)
NUMBERS = data(2 * GENERATOR.normal(size=(N, 2)), "regression", 2)
AT_EACH = (4, 2)
CLASS_AT_EACH = data(GENERATOR.integers(0, 3, (N, 4)), "classification", 3, AT_EACH, WEIGHTS)
TWO_AT_EACH = data(GENERATOR.integers(0, 2, (N, 4)), "classification", 2, AT_EACH)
LABELS_AT_EACH = data(GENERATOR.integers(0, 2, (N, 4, 3)), "multi_label", 3, AT_EACH, WEIGHTS)
NUMBERS_AT_EACH = data(GENERATOR.normal(size=(N, 4, 2)), "regression", 2, AT_EACH)


def _training(what: TrainingData = CLASSES, **settings: object) -> Training:
    defaults: Mapping[str, object] = {
        "layers": (dense(4),), "optimizer": "adam", "batch_size": 8, "max_steps": 20, "seeds": (0, 7),
        "dtype": "float64",
    }  # fmt: skip
    return Training(Experiment(**{**defaults, **settings}), what)  # type: ignore[arg-type]


def _rule(name: str, **settings: object) -> Training:
    more = {key: settings.pop(key) for key in ("layer_rates", "l2", "clip_norm") if key in settings}
    return _training(optimizer={"type": name, **settings}, **more)


def _loss(name: str, what: TrainingData, **settings: object) -> Training:
    return _training(what, loss=name, optimizer={"type": "sgd", "learning_rate": 0.3}, **settings)


def _update(**settings: object) -> Training:
    """Plain descent, in which a factor of the gradient shows; the middle layer has a scale and a shift."""
    layers = (dense(4), layer("layer_norm"), dense(3))
    return _training(layers=layers, optimizer={"type": "sgd", "learning_rate": 0.3, "momentum": 0.5}, **settings)


RULES: dict[str, Training] = {
    "sgd": _rule("sgd", learning_rate=0.3),
    "sgd, momentum": _rule("sgd", learning_rate=0.2, momentum=0.8),
    "sgd, nesterov": _rule("sgd", learning_rate=0.2, momentum=0.8, nesterov=True),
    "adam": _rule("adam", learning_rate=0.02),
    "adam, other settings": _rule("adam", learning_rate=0.02, beta1=0.7, beta2=0.9, epsilon=0.01),
    "adamw": _rule("adamw", learning_rate=0.05, weight_decay=0.3),
    "adamw, other settings": _rule("adamw", beta1=0.5, beta2=0.8, epsilon=0.1, layer_rates={"dense1": 3.0}),
    "rmsprop": _rule("rmsprop", learning_rate=0.02, rho=0.9),
    "rmsprop, momentum": _rule("rmsprop", learning_rate=0.02, rho=0.8, momentum=0.7, epsilon=0.01),
    "adagrad": _rule("adagrad", learning_rate=0.1),
    "adagrad, other settings": _rule("adagrad", learning_rate=0.1, epsilon=0.1, l2=0.1),
    "adadelta": _rule("adadelta", learning_rate=1.0),
    "adadelta, other settings": _rule("adadelta", learning_rate=0.5, rho=0.7, epsilon=0.01),
    "clipping each number": _update(clip_value=0.03),
    "clipping by length": _update(clip_norm=0.2),
    "clipping by a length that is not reached": _update(clip_norm=100.0),
    "clipping both ways": _update(clip_value=0.05, clip_norm=0.1),
    "penalty l1": _update(l1=0.05),
    "penalty l2": _update(l2=0.2),
    "penalties behind clipping": _update(l1=0.05, l2=0.2, clip_norm=0.1),
    "rates of single layers": _update(layer_rates={"dense1": 0.0, "layer_norm1": 2.0, "output": 0.5}),
    "cross_entropy": _loss("cross_entropy", CLASSES),
    "cross_entropy, smoothed": _loss("cross_entropy", CLASSES, label_smoothing=0.2),
    "cross_entropy, class weights": _loss("cross_entropy", CLASSES, class_weights=(0.5, 2.0, 1.0)),
    "cross_entropy, balanced": _loss("cross_entropy", CLASSES, class_weights="balanced"),
    "cross_entropy, balanced, weights": _loss("cross_entropy", WEIGHTED, class_weights="balanced"),
    "cross_entropy, weights": _loss("cross_entropy", WEIGHTED),
    "cross_entropy, both weights, smoothed": _loss(
        "cross_entropy", WEIGHTED, class_weights=(3.0, 0.0, 1.0), label_smoothing=0.1
    ),
    "cross_entropy, positions": _loss(
        "cross_entropy", CLASS_AT_EACH, layers=(layer("recurrent", units=3, returns="all"),), label_smoothing=0.1
    ),
    "binary_cross_entropy": _loss("binary_cross_entropy", TWO),
    "binary_cross_entropy, one example left": _loss("binary_cross_entropy", ONE_LEFT),
    "binary_cross_entropy, class weights, smoothed": _loss(
        "binary_cross_entropy", TWO, class_weights=(1.0, 3.0), label_smoothing=0.3
    ),
    "binary_cross_entropy, positions": _loss("binary_cross_entropy", TWO_AT_EACH, layers=(dense(3),)),
    "binary_cross_entropy, labels": _loss("binary_cross_entropy", LABELS, label_smoothing=0.1),
    "binary_cross_entropy, labels at positions": _loss("binary_cross_entropy", LABELS_AT_EACH, layers=(dense(3),)),
    "mean_squared_error": _loss("mean_squared_error", NUMBERS),
    "mean_squared_error, positions": _loss("mean_squared_error", NUMBERS_AT_EACH, layers=(dense(3),)),
    "mean_absolute_error": _loss("mean_absolute_error", NUMBERS),
    "huber": _loss("huber", NUMBERS),
}


def _whole(shape: tuple[int, ...], *layers: object) -> Training:
    y = np.random.default_rng(1).integers(0, 3, 48)
    what = data(y, "classification", 3, shape)
    what.x_train[:, : what.x_train.shape[1] // 2] += 0.7 * y[:, None]  # so that there is something to learn
    optimizer = {"type": "adam", "learning_rate": 0.005}
    return _training(what, layers=layers, dtype="float32", max_steps=50, optimizer=optimizer, batch_size=10)


WHOLE: dict[str, Training] = {
    "residual convolutional network": _whole(
        (6, 6, 2),
        layer("convolution", channels=4, activation="linear"),
        layer("batch_norm", activation="relu"),
        residual(
            layer("convolution", channels=4, activation="linear"),
            layer("batch_norm", activation="relu"),
            layer("convolution", channels=4, activation="linear"),
            layer("batch_norm"),
            activation="relu",
        ),
        layer("max_pool"),
    ),
    "lstm classifier": _whole((6, 3), layer("lstm", units=8)),
    "attention block": _whole(
        (5, 3),
        dense(8, "linear"),
        residual(layer("layer_norm"), layer("attention", heads=2, positional=True)),
        residual(layer("layer_norm"), dense(12, "gelu"), dense(8, "linear")),
        layer("layer_norm"),
    ),
}
