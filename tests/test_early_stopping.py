"""Early stopping: patience in examples by hand, seeds that end by themselves, and resuming in between."""

from __future__ import annotations

import numpy as np
import pytest
from small_data import classes

from models import Experiment, TrainingData, TrainingState, evaluate, train
from models.early_stopping import EarlyStopping

LAYER = {"type": "dense", "units": 20, "activation": "tanh"}


def looks(losses: list[float], settings: dict[str, float]) -> list[bool]:
    """Whether the seed goes on after each look, 100 examples apart."""
    watch = EarlyStopping(settings, (7,), TrainingState(np.zeros((1, 1))))
    result = []
    for number, loss in enumerate(losses, 1):
        watch.look(np.array([loss]), 100 * number, number)
        result.append(bool(watch.going_on[0]))
    return result


def test_a_loss_that_never_falls_ends_when_the_first_patience_is_used_up() -> None:
    assert looks([1.0, 1.0, 1.0, 1.0], {"patience": 300, "factor": 2.0, "least_gain": 0.0}) == [
        True,
        True,
        False,
        False,
    ]


def test_a_new_minimum_after_t_examples_allows_t_times_the_factor() -> None:
    # a minimum after 200 examples allows 400 in all, one after 400 would come too late
    settings = {"patience": 100, "factor": 2.0, "least_gain": 0.0}
    assert looks([1.0, 0.9, 0.95, 0.91, 0.1], settings) == [True, True, True, False, False]


def test_a_fall_by_less_than_the_least_gain_is_no_new_minimum() -> None:
    settings = {"patience": 100, "factor": 2.0, "least_gain": 0.1}
    assert looks([1.0, 0.95, 0.91], settings) == [True, False, False]  # 0.95 > 0.9: allowed are the first 2·100


def overfitting() -> tuple[Experiment, TrainingData]:
    """Few examples with overlapping classes, a large step: the validation loss rises soon."""
    experiment = Experiment(
        layers=[LAYER],
        optimizer={"type": "adam", "learning_rate": 0.05},
        epochs=200,
        batch_size=8,
        seeds=(0, 1, 2),
        early_stopping={"patience": 200, "factor": 1.5},
    )
    return experiment, classes()


def test_seeds_end_by_themselves_and_keep_what_they_had_learned() -> None:
    experiment, data = overfitting()
    *_, last = train(experiment, data)
    ended = last.state.control["ended"]
    assert isinstance(ended, dict)
    assert set(ended) == {"0", "1", "2"}
    assert last.number == max(ended.values()) < last.total
    first = min(ended, key=ended.get)  # type: ignore[arg-type]
    row = int(first)
    for step in train(experiment, data):
        if step.number == ended[first]:
            kept = step.state.params[row].copy()
    np.testing.assert_array_equal(step.state.params[row], kept)


def test_what_it_remembers_is_the_best_validation_loss() -> None:
    experiment, data = overfitting()
    best = np.full(3, np.inf)
    for step in train(experiment, data):
        if step.number and step.number % 2 == 0:  # 10 validation rows, 8 in a batch: a look after every 2 updates
            state = step.state
            loss = evaluate(step.network, state.params, data.x_validation, data.y_validation)["loss"]
            best = np.where(step.active, np.minimum(best, loss), best)
    remembered = step.state.control["best"]
    assert isinstance(remembered, dict)
    np.testing.assert_allclose([remembered[str(seed)] for seed in range(3)], best, rtol=1e-6)


def test_stopped_in_between_and_resumed_it_ends_the_same() -> None:
    experiment, data = overfitting()
    *_, whole = train(experiment, data)
    for step in train(experiment, data):
        if step.number == 25:
            state = step.state.copy()
            break
    *_, resumed = train(experiment, data, state)
    np.testing.assert_array_equal(resumed.state.params, whole.state.params)
    assert resumed.state.control == whole.state.control


def test_without_validation_rows_it_says_what_to_do() -> None:
    experiment, data = overfitting()
    bare = TrainingData(data.x_train, data.y_train, data.x_train[:0], data.y_train[:0], data.task, data.n_outputs)
    with pytest.raises(ValueError, match="set a validation share, or switch it off"):
        next(train(experiment, bare))


def test_a_wrong_setting_is_named() -> None:
    with pytest.raises(ValueError, match="patience must lie between"):
        Experiment(early_stopping={"patience": 0})
    with pytest.raises(ValueError, match="early_stopping must be a mapping"):
        Experiment(early_stopping=True)  # type: ignore[arg-type]
