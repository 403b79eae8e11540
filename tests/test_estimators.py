"""The scikit-learn estimators: they learn, keep their run, and behave as scikit-learn expects."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.model_selection import cross_val_score

from diagnostics import Run
from runs import NetworkClassifier, NetworkRegressor


def test_the_classifier_learns_iris_and_keeps_its_run() -> None:
    x, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    model = NetworkClassifier(epochs=30, optimizer={"type": "adam", "learning_rate": 0.01}, seeds=(0, 1)).fit(x, names)
    assert model.score(x, names) > 0.93
    assert set(model.predict(x)) <= set(names)
    np.testing.assert_allclose(model.predict_proba(x).sum(axis=1), 1, rtol=1e-5)
    assert isinstance(model.run_, Run)
    assert "dense1/activation/histogram" in model.run_.series


def test_the_regressor_predicts_in_the_targets_own_unit() -> None:
    x, y = load_diabetes(return_X_y=True)
    model = NetworkRegressor(epochs=20, optimizer={"type": "adam", "learning_rate": 0.003}).fit(x, y)
    assert model.predict(x).shape == y.shape
    assert abs(model.predict(x).mean() - y.mean()) < 15  # of a standard deviation of 77
    assert model.score(x, y) > 0.4


def test_they_can_be_cloned_and_cross_validated() -> None:
    x, y = load_iris(return_X_y=True)
    layer, optimizer = {"type": "dense", "units": 8, "activation": "relu"}, {"type": "adam", "learning_rate": 0.01}
    model = clone(NetworkClassifier(layers=[layer], epochs=60, optimizer=optimizer))
    assert model.get_params()["epochs"] == 60
    assert cross_val_score(model, x, y, cv=3).mean() > 0.9


def test_wrong_settings_and_one_class_are_refused() -> None:
    x, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match="unknown initializer"):
        NetworkClassifier(initializer="best").fit(x, y)
    with pytest.raises(ValueError, match="only one class"):
        NetworkClassifier().fit(x, np.zeros(150, int))
