"""Numbers far out, batches that count nothing, seeds that ended: finite, and without a warning."""

from __future__ import annotations

import math

import numpy as np
import pytest
from engine_pass import Trial
from layer_cases import CASES, Case, dense, layer
from small_data import classes

from models import ACTIVATIONS, LOSSES, Experiment, Pass, train

FAR = np.array([-1e4, 1e4, -88.0, 88.0, -20.0, 20.0, 0.0], dtype=np.float32)


def rows_of(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Every pair of far logits in float32 with every target that there is, and targets as far out."""
    pairs = np.stack(np.meshgrid(FAR, FAR), axis=-1).reshape(-1, 2)
    if name == "cross_entropy":
        return np.concatenate([pairs, pairs])[None], np.repeat([0, 1], len(pairs))
    if name == "binary_cross_entropy":
        return np.tile(FAR, 2)[None, :, None], np.repeat([0, 1], len(FAR))
    return pairs[None, :, :1], pairs[:, 1:].astype(np.float64)


def exactly(name: str, z: list[float], y: float) -> float:
    """The loss of one row, with the standard library."""
    if name == "cross_entropy":
        return max(z) - z[int(y)] + math.log1p(math.exp(min(z) - max(z)))
    if name == "binary_cross_entropy":
        return math.log1p(math.exp(-abs(z[0]))) + max(z[0], 0.0) - y * z[0]
    error = abs(z[0] - y)
    if name == "huber":
        return error - 0.5 if error > 1 else error * error / 2
    return error * error if name == "mean_squared_error" else error


@pytest.mark.parametrize("name", LOSSES)
def test_far_logits_in_float32_give_the_exact_loss_and_a_finite_gradient(name: str) -> None:
    logits, y = rows_of(name)
    for row, target in zip(logits[0], y, strict=True):
        one, gradient = row[None, None], np.empty((1, 1, len(row)), np.float32)
        with np.errstate(all="raise", under="ignore"):
            value = LOSSES[name].value_and_gradient(one, np.array([target]), gradient)
        expected = exactly(name, [float(z) for z in row], float(np.ravel(target)[0]))
        assert value[0] == pytest.approx(expected, rel=1e-6, abs=1e-7)
        assert np.isfinite(gradient).all()


@pytest.mark.parametrize("name", LOSSES)
def test_far_logits_of_a_whole_batch_give_no_warning(name: str) -> None:
    logits, y = rows_of(name)
    gradient = np.empty_like(logits)
    with np.errstate(all="raise", under="ignore"):
        value = LOSSES[name].value_and_gradient(logits, y, gradient)
        shown = LOSSES[name].probabilities(logits)
    assert np.isfinite(value).all()
    assert np.isfinite(gradient).all()
    assert np.isfinite(shown).all()
    assert value.dtype == gradient.dtype == shown.dtype == np.float32
    bound = 4e4 if name == "mean_squared_error" else 1.0  # the slope 2e of errors up to 2e4
    assert np.abs(gradient).max() * len(y) <= bound * (1 + 1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_a_single_example_has_one_loss_for_each_seed(name: str) -> None:
    logits, y = rows_of(name)
    value = LOSSES[name].value(np.repeat(logits[:, :1], 2, axis=0), y[:1])
    assert value.shape == (2,)
    np.testing.assert_array_equal(value, LOSSES[name].value(logits[:, :1], y[:1])[0])


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_far_numbers_go_through_an_activation_without_a_warning(name: str) -> None:
    z = np.concatenate([FAR, np.linspace(-100, 100, 41, dtype=np.float32)])
    with np.errstate(all="raise", under="ignore"):
        single, slope = ACTIVATIONS[name].value(z), ACTIVATIONS[name].slope_at(z)
    assert single.dtype == slope.dtype == np.float32
    np.testing.assert_allclose(single, ACTIVATIONS[name].value(z.astype(np.float64)), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(slope, ACTIVATIONS[name].slope_at(z.astype(np.float64)), rtol=1e-6, atol=1e-6)


def test_a_sigmoid_in_float32_is_exact_to_one_rounding_of_1() -> None:
    """Half the distance of two numbers below 1 is 2⁻²⁵, and two roundings add up; so 0 comes out far below."""
    z = np.linspace(-40, 40, 4001, dtype=np.float32)
    sigmoid = ACTIVATIONS["sigmoid"]
    for single, double in (
        (sigmoid.value(z), sigmoid.value(z.astype(np.float64))),
        (sigmoid.slope_at(z), sigmoid.slope_at(z.astype(np.float64))),
    ):
        assert np.abs(single - double).max() <= 2**-24
    assert sigmoid.value(np.array([-21], np.float32))[0] == 0


def test_batch_norm_of_a_single_number_gives_the_shift() -> None:
    trial = Trial(Case((layer("batch_norm"),), (3,)).behind_a_node(), training=True, n=1).replay()
    shift = trial.network.views(trial.params)["batch_norm1/shift"]
    np.testing.assert_array_equal(trial.one.tape.activation["batch_norm1"][:, 0], shift)
    np.testing.assert_array_equal(trial.grad_input, 0)
    kept = 0.9 * trial.buffers_before["batch_norm1/variance"]
    np.testing.assert_allclose(trial.buffers["batch_norm1/variance"], kept, rtol=1e-15)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.vocabulary])
def test_far_inputs_go_through_a_layer_without_a_warning(name: str) -> None:
    """In float32, inputs of ±1e4: what comes out is finite, attention of far scores is a choice of one."""
    network = CASES[name].network("float32")
    one = Pass(network, network.init((0, 1)), 4)
    one.load(1e4 * np.sign(np.random.default_rng(0).normal(size=(4, *network.input_shape))))
    with np.errstate(all="raise", under="ignore"):
        one.forward.replay()
        one.grad_output.array.fill(1)
        one.backward.replay()
    assert np.isfinite(one.logits.array).all()
    assert np.isfinite(one.gradients).all()


def test_a_batch_in_which_nothing_counts_moves_nothing_and_ends_nobody() -> None:
    data = classes(n_classes=2)
    settings = {"layers": [dense(3)], "batch_size": 1, "epochs": 1, "optimizer": "sgd"}
    n_moved = 0
    for step in train(Experiment(**settings, class_weights=(0.0, 1.0), seeds=(0, 1)), data):
        assert step.active.all()
        if step.update is not None:
            np.testing.assert_array_equal(step.batch_loss != 0, step.update.any(axis=1))
            n_moved += np.count_nonzero(step.batch_loss)
    assert n_moved == 2 * (data.y_train == 1).sum()


@pytest.mark.parametrize("ending", ["diverged", "early stopping"])
def test_the_running_means_of_a_seed_that_ended_stay_as_they_were(ending: str) -> None:
    layers = [dense(4, "linear"), layer("batch_norm"), dense(3)]
    patience = {"patience": 10_000} if ending == "early stopping" else None
    experiment = Experiment(layers=layers, batch_size=5, epochs=4, seeds=(0, 1), early_stopping=patience)
    frozen: dict[str, np.ndarray] = {}
    for step in train(experiment, classes()):
        if step.number == 3 and ending == "diverged":
            step.state.params[1] = np.inf  # the next pass is the first that is not finite
        if step.number == 3 and ending == "early stopping":
            step.state.control["ended"]["1"] = 3  # seen at the next look at the validation part, after step 4
        if step.number == (3 if ending == "diverged" else 4):
            frozen = {name: array[1].copy() for name, array in step.state.buffers.items()}
    assert step.number == 24
    assert step.active.tolist() == [True, False]
    for name, array in step.state.buffers.items():
        np.testing.assert_array_equal(array[1], frozen[name])
        assert np.isfinite(array).all()
