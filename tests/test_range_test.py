"""The learning-rate range test: rates rise, the loss falls and then explodes, and the suggestion lies between."""

from __future__ import annotations

import numpy as np
import pytest
from small_data import classes, numbers

from models import Experiment, evaluate, train
from models.range_test import learning_rate_range_test

EXPERIMENT = Experiment(layers=[{"units": 16}], optimizer={"type": "sgd"}, batch_size=8, seeds=(0, 1, 2))


def test_rates_rise_in_geometric_progression_and_every_seed_has_its_losses() -> None:
    found = learning_rate_range_test(EXPERIMENT, classes(), low=1e-4, high=1.0, n_steps=41)
    np.testing.assert_allclose(found.rates[1:] / found.rates[:-1], 10 ** (4 / 40))  # 4 decades in 40 ratios
    assert found.losses.shape == (len(found.rates), 3)
    assert len(found.smoothed) == len(found.rates)


def test_the_first_update_has_the_first_rate() -> None:
    found = learning_rate_range_test(EXPERIMENT, classes(), low=1e-3, high=1.0, n_steps=20)
    slow = Experiment(
        layers=[{"units": 16}], optimizer={"type": "sgd", "learning_rate": 1e-3}, batch_size=8, seeds=(0, 1, 2)
    )
    steps = [step.batch_loss.astype(float) for step in train(slow, classes()) if 1 <= step.number <= 2]
    np.testing.assert_allclose(found.losses[:2], steps, rtol=1e-5)  # the second loss shows what the first update did


def test_it_ends_where_the_loss_explodes_and_suggests_less() -> None:
    linear = Experiment(
        layers=[{"units": 16, "activation": "linear"}] * 2, optimizer={"type": "sgd"}, batch_size=8, seeds=(0, 1)
    )
    found = learning_rate_range_test(linear, numbers(), low=1e-5, high=1e3, n_steps=200)
    assert len(found.rates) < 200
    assert found.smoothed[-1] > 2 * found.smoothed.min()
    assert found.suggestion == pytest.approx(found.rates[found.smoothed.argmin()] / 10)
    assert 1e-4 < found.suggestion < 1


def test_with_the_suggested_rate_the_network_learns() -> None:
    data = classes(n=120)
    found = learning_rate_range_test(EXPERIMENT, data)
    learned = Experiment(
        layers=[{"units": 16}], optimizer={"type": "sgd", "learning_rate": found.suggestion}, batch_size=8, epochs=30
    )
    *_, last = train(learned, data)
    scores = evaluate(last.network, last.state.params, data.x_validation, data.y_validation)
    # about 87 % can be right (see test_training); 30 rows and five seeds leave a standard error of about 3 points
    assert scores["accuracy"].mean() > 0.75


def test_it_can_be_stopped_and_refuses_rates_that_do_not_rise() -> None:
    found = learning_rate_range_test(EXPERIMENT, classes(), report=lambda share: share < 0.1)
    assert len(found.rates) == 12
    with pytest.raises(ValueError, match="0 < low < high"):
        learning_rate_range_test(EXPERIMENT, classes(), low=1.0, high=0.1)
