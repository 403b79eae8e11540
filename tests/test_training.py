"""Training: determinism, resuming, seeds side by side, seeds that diverge, penalties, the order of the examples."""

from __future__ import annotations

import numpy as np
import pytest
from small_data import classes, numbers

from models import OPTIMIZERS, Experiment, Network, TrainingData, evaluate, planned_steps, train
from models.arrays import stream

LAYERS = ({"type": "dense", "units": 6, "activation": "tanh"}, {"type": "dense", "units": 5, "activation": "relu"})


def experiment(**settings: object) -> Experiment:
    return Experiment(**{"layers": LAYERS, "batch_size": 8, "epochs": 3, "seeds": (0, 1, 2), **settings})  # type: ignore[arg-type]


def final_params(settings: Experiment, data: TrainingData) -> np.ndarray:
    *_, last = train(settings, data)
    return last.state.params.copy()


@pytest.mark.parametrize("optimizer", [*OPTIMIZERS, {"type": "sgd", "momentum": 0.9, "nesterov": True}])
def test_the_same_experiment_ends_bit_for_bit_the_same(optimizer: object) -> None:
    settings = experiment(optimizer=optimizer)
    np.testing.assert_array_equal(final_params(settings, classes()), final_params(settings, classes()))


@pytest.mark.parametrize("optimizer", [*OPTIMIZERS, {"type": "sgd", "momentum": 0.9}])
@pytest.mark.parametrize("stop", [1, 4, 7])
def test_stopped_anywhere_and_resumed_it_ends_bit_for_bit_as_uninterrupted(optimizer: object, stop: int) -> None:
    settings = experiment(optimizer=optimizer, schedule="cosine", l2=0.01)
    for step in train(settings, classes()):
        if step.number == stop:
            state = step.state.copy()
            break
    numbers_seen = [step.number for step in train(settings, classes(), state)]
    assert numbers_seen == list(range(stop + 1, planned_steps(settings, 30) + 1))
    np.testing.assert_array_equal(state.params, final_params(settings, classes()))


def test_a_seed_trained_with_others_ends_as_it_would_alone() -> None:
    together = final_params(experiment(epochs=20), classes())
    for row, seed in enumerate((0, 1, 2)):
        alone = final_params(experiment(epochs=20, seeds=(seed,)), classes())
        # one matrix product of several seeds may add in another order: float32 round-off, grown over 80 updates
        np.testing.assert_allclose(together[row], alone[0], rtol=1e-4, atol=1e-5)


def test_step_zero_comes_first_and_changes_nothing() -> None:
    settings = experiment()
    network = Network.build(settings, 3, "classification", 3)
    first = next(train(settings, classes()))
    assert first.number == 0
    assert first.gradients is None
    assert first.updates is None
    assert np.isnan(first.batch_loss).all()
    np.testing.assert_array_equal(first.state.params, network.init((0, 1, 2)))


def test_gradient_and_update_are_those_of_the_mini_batch_before_the_update() -> None:
    settings = experiment(optimizer={"type": "sgd", "learning_rate": 0.5}, dtype="float64")
    data = classes()
    steps = train(settings, data)
    before = next(steps).state.params.copy()
    step = next(steps)
    for row, seed in enumerate((0, 1, 2)):
        rows = stream(seed, "batches", 0).permutation(30)[:8]
        tape = step.network.forward(before, data.x_train[rows])
        grad_output = np.empty_like(tape.output)
        loss = step.network.loss.value_and_gradient(tape.output, data.y_train[rows], grad_output)
        gradient = step.network.backward(tape, grad_output)
        assert step.batch_loss[row] == pytest.approx(loss[row])
        np.testing.assert_allclose(step.gradient[row], gradient[row], rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(step.update[row], -0.5 * gradient[row], rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(step.state.params, before + step.update, rtol=1e-12)


def test_each_epoch_shows_every_example_once_and_counts_them() -> None:
    settings = experiment(epochs=2)
    assert planned_steps(settings, 30) == 8  # 30 = 8 + 8 + 8 + 6
    seen = [(step.number, step.examples, step.epoch) for step in train(settings, classes())]
    assert [examples for _, examples, _ in seen] == [0, 8, 16, 24, 30, 38, 46, 54, 60]
    assert seen[-1][2] == 2.0


def test_max_steps_ends_earlier() -> None:
    assert [step.number for step in train(experiment(max_steps=2), classes())] == [0, 1, 2]
    assert [step.number for step in train(experiment(max_steps=0), classes())] == [0]


def test_penalties_act_on_weights_and_not_on_biases() -> None:
    plain = experiment(optimizer={"type": "sgd", "learning_rate": 0.1}, dtype="float64", max_steps=1)
    data = classes()
    start = next(train(plain, data)).state.params.copy()
    start_named = Network.build(plain, 3, "classification", 3).views(start)
    for name, penalty in (("l2", lambda w: 0.3 * w), ("l1", lambda w: 0.3 * np.sign(w))):
        *_, without = train(plain, data)
        *_, penalized = train(experiment(**{name: 0.3}, optimizer=plain.optimizer, dtype="float64", max_steps=1), data)
        for parameter, update in penalized.updates.items():
            expected = without.updates[parameter].copy()
            if parameter.endswith("/W"):
                expected -= 0.1 * penalty(start_named[parameter])
            np.testing.assert_allclose(update, expected, rtol=1e-9, atol=1e-12)


def test_a_seed_that_diverges_is_frozen_and_the_others_go_on() -> None:
    settings = experiment(epochs=6)
    data = classes()
    steps = train(settings, data)
    step = next(steps)
    step.state.params[1] = np.inf
    frozen = step.state.params[1].copy()
    *_, last = steps
    assert last.number == planned_steps(settings, 30)
    assert last.active.tolist() == [True, False, True]
    assert last.state.control["stopped"] == {"1": 1}
    assert np.isnan(last.batch_loss[1])
    np.testing.assert_array_equal(last.state.params[1], frozen)
    healthy = final_params(settings, data)
    np.testing.assert_array_equal(last.state.params[[0, 2]], healthy[[0, 2]])


def test_a_learning_rate_far_too_large_ends_the_training_without_an_error() -> None:
    settings = experiment(optimizer={"type": "sgd", "learning_rate": 100.0}, loss="mean_squared_error", epochs=60,
                          layers=({"units": 8, "activation": "linear"},) * 3)  # fmt: skip
    *_, last = train(settings, numbers())
    assert not last.active.any()
    assert np.isfinite(last.state.params).all()
    assert last.number < planned_steps(settings, 30)


def test_it_learns_what_can_be_learned() -> None:
    data = classes(n=120)
    *_, last = train(experiment(epochs=60, optimizer={"type": "adam", "learning_rate": 0.01}), data)
    scores = evaluate(last.network, last.state.params, data.x_validation, data.y_validation)
    # clouds of standard deviation 1 whose centres lie 1.5·√3 = 2.6 apart: half of it is 1.3 σ, so about 87 % can be
    # right
    assert (scores["accuracy"] > 0.75).all()


def test_the_caller_may_change_the_learning_rate_between_two_steps() -> None:
    steps = train(experiment(optimizer={"type": "sgd", "learning_rate": 0.1}), classes())
    assert next(steps).learning_rate == pytest.approx(0.1)
    step = next(steps)
    step.state.control["learning_rate_factor"] = 0.5
    assert next(steps).learning_rate == pytest.approx(0.05)
