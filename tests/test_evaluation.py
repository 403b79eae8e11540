"""Loss and metrics against scikit-learn, in chunks and at once."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, r2_score
from small_data import classes, numbers

from models import Experiment, Network, evaluate, evaluation, predict


def test_classification_scores_agree_with_scikit_learn() -> None:
    data = classes()
    network = Network.build(Experiment(layers=[{"units": 4}], dtype="float64"), 3, "classification", 3)
    params = network.init((0, 1))
    scores = evaluate(network, params, data.x_train, data.y_train)
    outputs = predict(network, params, data.x_train)
    for row in range(2):
        assert scores["loss"][row] == pytest.approx(log_loss(data.y_train, outputs[row]))
        assert scores["accuracy"][row] == pytest.approx(accuracy_score(data.y_train, outputs[row].argmax(axis=1)))


def test_regression_scores_agree_with_scikit_learn() -> None:
    data = numbers()
    network = Network.build(Experiment(layers=[{"units": 4}], dtype="float64"), 3, "regression", 2)
    params = network.init((0, 1))
    scores = evaluate(network, params, data.x_train, data.y_train)
    outputs = predict(network, params, data.x_train)
    for row in range(2):
        assert scores["r2"][row] == pytest.approx(r2_score(data.y_train, outputs[row]))
        assert scores["mae"][row] == pytest.approx(mean_absolute_error(data.y_train, outputs[row]))


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network.build(Experiment(layers=[{"units": 4}], dtype="float64"), 3, "classification", 3)
    params, x = network.init((0, 1)), np.random.default_rng(0).normal(size=(75, 3))
    whole = predict(network, params, x)
    monkeypatch.setattr(evaluation, "CHUNK_NUMBERS", 1)  # chunks of 16: 75 = 4·16 + 11
    np.testing.assert_allclose(predict(network, params, x), whole, rtol=1e-12)


def test_no_examples_and_outputs_that_are_not_finite_give_nan() -> None:
    data = classes()
    network = Network.build(Experiment(layers=[{"units": 4}]), 3, "classification", 3)
    params = network.init((0, 1))
    assert np.isnan(evaluate(network, params, data.x_train[:0], data.y_train[:0])["loss"]).all()
    params[1] = np.nan
    scores = evaluate(network, params, data.x_train, data.y_train)
    assert np.isnan(scores["accuracy"]).tolist() == [False, True]
