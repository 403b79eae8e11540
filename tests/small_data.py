"""Small data for tests of the engine and the recorder, made from a fixed stream."""

from __future__ import annotations

import numpy as np

from models import TrainingData


def classes(n: int = 40, n_features: int = 3, n_classes: int = 3) -> TrainingData:
    """Gaussian clouds, one for each class, three quarters of them for training."""
    generator = np.random.default_rng(5)
    y = np.arange(n) % n_classes
    x = generator.normal(size=(n, n_features)) + 1.5 * y[:, None]
    cut = 3 * n // 4
    return TrainingData(x[:cut], y[:cut], x[cut:], y[cut:], "classification", n_classes)


def numbers(n: int = 40, n_targets: int = 2) -> TrainingData:
    """A smooth function of three features with a little noise."""
    generator = np.random.default_rng(6)
    x = generator.normal(size=(n, 3))
    y = np.stack([np.sin(x[:, 0] + k) + 0.1 * generator.normal(size=n) for k in range(n_targets)], axis=1)
    cut = 3 * n // 4
    return TrainingData(x[:cut], y[:cut], x[cut:], y[cut:], "regression", n_targets)
