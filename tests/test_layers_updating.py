"""The update over blocks of the buffer and over batches gathered at once: the division changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
from engine_training import trained
from layer_cases import dense
from small_data import classes
from training_cases import RULES, WHOLE

from models import Experiment, Pass, TrainingData, batches, train, updating
from models.arrays import Array
from models.network import Network
from models.training import initial_state, network_for
from models.updating import Updating


@pytest.mark.parametrize("name", RULES)
def test_blocks_of_seven_numbers_end_as_one_block(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bit for bit: every rule works number by number. 7 divides neither the parameters of a seed nor those of all."""
    _, whole, _ = trained(RULES[name])
    monkeypatch.setattr(updating, "BLOCK", 7)
    _, path, _ = trained(RULES[name])
    np.testing.assert_array_equal(path, whole)


@pytest.mark.parametrize("name", [*WHOLE, "cross_entropy, positions", "binary_cross_entropy, labels at positions"])
def test_batches_gathered_one_by_one_are_those_gathered_at_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    training = {**RULES, **WHOLE}[name]
    losses, _, _ = trained(training)
    for numbers in (1, 5000):  # one batch at a time; a few
        monkeypatch.setattr(batches, "GATHERED_NUMBERS", numbers)
        np.testing.assert_array_equal(trained(training)[0], losses)


def new_updating(experiment: Experiment, gradient: Array) -> Updating:
    network = Network.build(experiment, 3, "classification", 3)
    return Updating(experiment, network, initial_state(experiment, network), gradient)


def test_an_update_that_is_not_finite_is_noticed_in_any_block(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = Experiment(layers=[dense(4)], optimizer="sgd", seeds=(0, 1))
    gradient = np.ones((2, 31), np.float32)
    for block in (2**15, 7):
        monkeypatch.setattr(updating, "BLOCK", block)
        one = new_updating(experiment, gradient)
        assert one.compute(0.1, 1)
        for place in (0, 30, 61):
            gradient.reshape(-1)[place] = np.nan
            assert not one.compute(0.1, 1)
            gradient.reshape(-1)[place] = 1
        assert one.compute(0.1, 1)


def test_the_update_is_computed_before_anything_is_moved_and_the_gradient_is_left_alone() -> None:
    experiment = Experiment(layers=[dense(4)], optimizer="adamw", l1=0.1, clip_norm=0.5, seeds=(0, 1))
    gradient = np.random.default_rng(0).normal(size=(2, 31)).astype(np.float32)
    network = Network.build(experiment, 3, "classification", 3)
    state = initial_state(experiment, network)
    before, given = state.params.copy(), gradient.copy()
    one = Updating(experiment, network, state, gradient)
    one.compute(0.1, 1)
    np.testing.assert_array_equal(gradient, given)
    np.testing.assert_array_equal(state.params, before)
    one.apply()
    np.testing.assert_array_equal(state.params, before + one.update)


def test_a_gradient_of_zero_is_not_scaled_when_clipped_by_length() -> None:
    experiment = Experiment(layers=[dense(4)], optimizer="sgd", clip_norm=1.0, seeds=(0, 1))
    gradient = np.zeros((2, 31), np.float32)
    gradient[1] = 10
    one = new_updating(experiment, gradient)
    with np.errstate(divide="ignore"):  # as in training
        assert one.compute(0.1, 1)
    assert not one.update[0].any()
    assert np.linalg.norm(one.update[1]) == pytest.approx(0.1, rel=1e-6)


def test_each_seed_reads_its_own_order_and_every_epoch_another() -> None:
    data = classes()
    experiment = Experiment(layers=[dense(4)], batch_size=8, seeds=(0, 1))
    network = Network.build(experiment, 3, "classification", 3)
    walk = batches.Batches(experiment, network, data)
    epochs = [np.concatenate([walk.rows(4 * epoch + step)[0] for step in range(4)], axis=1) for epoch in range(2)]
    for epoch in epochs:
        np.testing.assert_array_equal(np.sort(epoch, axis=1), [range(30)] * 2)
        assert (epoch[0] != epoch[1]).any()
    assert (epochs[0] != epochs[1]).any()
    assert walk.rows(4, 3).shape == (3, 2, 8)
    np.testing.assert_array_equal(walk.rows(4, 3).swapaxes(0, 1).reshape(2, -1), epochs[1][:, :24])


def test_a_rate_of_zero_freezes_a_layer_exactly() -> None:
    experiment = Experiment(layers=[dense(4)], layer_rates={"dense1": 0.0}, optimizer="adamw", epochs=2, seeds=(0, 1))
    first = None
    for step in train(experiment, classes()):
        named = step.network.views(step.state.params)
        first = first or {name: array.copy() for name, array in named.items()}
    np.testing.assert_array_equal(named["dense1/W"], first["dense1/W"])
    assert (named["output/W"] != first["output/W"]).all()


LOADED = (
    "cross_entropy",
    "cross_entropy, positions",
    "binary_cross_entropy",
    "binary_cross_entropy, labels at positions",
    "mean_squared_error, positions",
)


@pytest.mark.parametrize("name", LOADED)
def test_targets_loaded_into_a_pass_are_compared_as_by_the_loss_itself(name: str) -> None:
    experiment, data = RULES[name].experiment, RULES[name].data
    network = network_for(experiment, data)
    one = Pass(network, network.init((0, 1)), len(data.x_train))
    one.load(data.x_train)
    one.load_targets(network.loss.encode(data.y_train, network.nodes[-1].units))
    one.forward.replay()
    one.compare.replay()
    gradient = np.empty_like(one.logits.examples)
    value = network.loss.value_and_gradient(one.logits.examples, data.y_train, gradient)
    np.testing.assert_allclose(one.loss, value, rtol=1e-12)
    np.testing.assert_allclose(one.grad_output.examples, gradient, rtol=1e-12, atol=1e-15)


def test_balanced_classes_count_alike_in_all_even_rare_ones_and_light_ones() -> None:
    """By hand: 6, 1 and 0 examples of three classes; then the one example of the second weighs a tenth."""
    y = np.array([0, 0, 0, 0, 0, 0, 1])
    experiment = Experiment(layers=[dense(4)], class_weights="balanced")
    network = Network.build(experiment, 3, "classification", 3)
    for weights, total, one in ((None, 7.0, 1.0), (np.array([1.0] * 6 + [0.1]), 6.1, 0.1)):
        data = TrainingData(np.zeros((7, 3)), y, np.zeros((0, 3)), y[:0], "classification", 3, weights=weights)
        found = batches.Batches(experiment, network, data).weights
        np.testing.assert_allclose(found[0], total / (3 * 6), rtol=1e-6)
        np.testing.assert_allclose(found[6], one * total / (3 * one), rtol=1e-6)
        assert found[:6].sum() == pytest.approx(found[6])
