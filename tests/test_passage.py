"""What fresh networks of today pass on: measured ones against what is derived, and the derivations by drawing."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from diagnostics import Run
from diagnostics.descriptions import layer_info
from diagnostics.recording.probes import drawing_constants
from models import Network
from models.training import network_for
from models.training_data import TrainingData
from runs.laboratory import today
from runs.laboratory.catalog import ENTRIES
from runs.laboratory.conducting import prepared
from runs.laboratory.entry import Arm
from runs.laboratory.passage import (
    batch_norm_growth,
    mean_field,
    passage,
    relu_fading,
    repeated,
    residual_growth,
    spread_factor,
    tanh_fading,
)
from runs.launch import training_data

SEEDS = tuple(range(6))
STEPS = today.DEPTH - 1


@functools.cache
def images() -> TrainingData:
    return training_data(prepared(ENTRIES["today"].reduced.arms[0]))


def fresh(name: str, arms: tuple[Arm, ...], seeds: tuple[int, ...]) -> Run:
    """A run with nothing but its settings and its probe examples."""
    (arm,) = (arm for arm in arms if arm.label.startswith(f"{name},"))
    arm = arm.with_seeds(len(seeds))
    network = network_for(arm.experiment, images())
    layers = tuple(layer_info(node) for node in network.nodes)
    return Run("made", arm.experiment, (), layers, {}, drawing_constants(images()), {"task": "classification"})


@pytest.mark.parametrize(
    ("name", "forward", "backward"),
    [
        ("relu, normalized", relu_fading(STEPS), relu_fading(STEPS)),
        ("relu, He", 1.0, 1.0),
        ("relu, batch norm", 1.0, batch_norm_growth(STEPS)),
        ("relu, layer norm", 1.0, 1.0),
        ("relu, residual", residual_growth(8), residual_growth(8)),
    ],
)
def test_fresh_networks_pass_on_what_is_derived(name: str, forward: float, backward: float) -> None:
    found = passage(fresh(name, ENTRIES["today"].reduced.arms, SEEDS))
    allowed = spread_factor(4 / 18 if name == "relu, residual" else 5, found.n_steps, found.width)
    middle = np.log(allowed) / 2  # of the median of six networks: one standard deviation of a single one
    assert abs(np.median(np.log(found.forward / forward))) < middle
    assert abs(np.median(np.log(found.backward / backward))) < middle


def test_tanh_loses_at_least_what_the_linear_theory_says() -> None:
    found = passage(fresh("tanh, standard", ENTRIES["today"].reduced.arms, SEEDS))
    allowed = spread_factor(2, found.n_steps, found.width)
    assert np.median(found.forward) < tanh_fading(STEPS) * allowed
    assert np.median(found.backward) < tanh_fading(STEPS) * allowed


def test_wide_layers_of_gelu_follow_mean_field_theory() -> None:
    run = fresh("gelu, He", today._arms(8, 512, 1, (0,)), SEEDS[:3])
    found, expected = passage(run), mean_field(run)
    allowed = spread_factor(5, found.n_steps, found.width)
    assert found.n_steps == 7
    np.testing.assert_allclose(np.log(found.forward.mean() / expected[0]), 0, atol=np.log(allowed))
    np.testing.assert_allclose(np.log(found.backward.mean() / expected[1]), 0, atol=np.log(allowed))


def test_in_evaluation_a_fresh_batch_normalization_would_not_normalize() -> None:
    """Why `passage` passes as in training: the running mean and variance are 0 and 1 before the first update."""
    run = fresh("relu, batch norm", ENTRIES["today"].reduced.arms, (0,))
    network = network_for(run.experiment, images())
    tape = network.forward(network.init((0,)), np.asarray(run.constants["probe/x"], np.float32))
    np.testing.assert_allclose(tape.pre_activation["batch_norm1"], tape.pre_activation["dense1"], rtol=1e-4, atol=1e-6)


def test_the_factors_by_hand() -> None:
    assert batch_norm_growth(2) == pytest.approx(1.46694, rel=1e-5)  # 3.14159 / 2.14159
    assert relu_fading(4) == 0.25
    assert tanh_fading(2) == pytest.approx(1 / 3)
    assert residual_growth(2) == pytest.approx(19 / 18)
    assert spread_factor(5, 20, 100) == pytest.approx(np.e)  # the square root of 5 · 20 / 100 is 1


def test_the_mean_square_of_a_layer_varies_as_the_factor_says() -> None:
    squares = np.maximum(np.random.default_rng(0).normal(size=(20_000, 64)), 0) ** 2
    logarithms = np.log(squares.mean(axis=1))
    assert logarithms.var() == pytest.approx(5 / 64, rel=0.1)  # the logarithm is not quite its tangent


def test_what_repeats_is_found() -> None:
    layers = ({"type": "dense", "units": 3}, {"type": "batch_norm"}, {"type": "dense", "units": 3})
    experiment = ENTRIES["today"].reduced.arms[0].experiment
    network = Network.build(type(experiment)(layers=layers), (2,), "classification", 2)
    assert repeated(network) == ("batch_norm1",)
