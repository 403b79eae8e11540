"""Initial weights: their spread by formula, and that they hang on seed and name alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models import INITIALIZERS, Experiment, Network
from models.arrays import stream

# fan_in 300, fan_out 200; a uniform number on ±l has standard deviation l/√3
SPREAD = {
    "standard": 1 / math.sqrt(3 * 300),
    "glorot_uniform": math.sqrt(2 / 500),
    "glorot_normal": math.sqrt(2 / 500),
    "he_uniform": math.sqrt(2 / 300),
    "he_normal": math.sqrt(2 / 300),
    "lecun_normal": math.sqrt(1 / 300),
    "orthogonal": math.sqrt(1 / 300),  # columns of length 1 with 300 entries each
    "normal": 0.01,
    "constant": 0.0,
    "zeros": 0.0,
}


@pytest.mark.parametrize("name", INITIALIZERS)
def test_weights_have_the_spread_of_the_formula(name: str) -> None:
    weights = INITIALIZERS[name](stream(0, "test"), 300, 200)
    assert weights.shape == (300, 200)
    assert weights.std() == pytest.approx(SPREAD[name], rel=0.02, abs=1e-12)  # 60 000 numbers: 0.3 % standard error


def test_glorot_uniform_stays_within_the_limit_of_equation_16() -> None:
    weights = INITIALIZERS["glorot_uniform"](stream(1, "w"), 300, 200)
    limit = math.sqrt(6 / 500)
    assert 0.99 * limit < np.abs(weights).max() <= limit


@pytest.mark.parametrize("shape", [(30, 20), (20, 30)])
def test_orthogonal_has_orthonormal_rows_or_columns(shape: tuple[int, int]) -> None:
    weights = INITIALIZERS["orthogonal"](stream(0, "w"), *shape)
    gram = weights.T @ weights if shape[0] > shape[1] else weights @ weights.T
    np.testing.assert_allclose(gram, np.eye(20), atol=1e-12)


def test_a_layer_more_leaves_the_initial_weights_of_the_others_unchanged() -> None:
    layer = {"type": "dense", "units": 5, "activation": "tanh"}
    short = Network.build(Experiment(layers=[layer]), 5, "classification", 3)
    long = Network.build(Experiment(layers=[layer, layer]), 5, "classification", 3)
    first, second = short.views(short.init((3,))), long.views(long.init((3,)))
    np.testing.assert_array_equal(first["dense1/W"], second["dense1/W"])
    np.testing.assert_array_equal(first["output/W"], second["output/W"])


def test_each_seed_and_each_name_has_its_own_numbers() -> None:
    assert stream(0, "a").random() == stream(0, "a").random()
    assert len({stream(seed, name).random() for seed in (0, 1) for name in ("a", "b")}) == 4


def test_biases_start_at_zero() -> None:
    network = Network.build(Experiment(layers=[{"units": 4}]), 2, "regression", 1)
    assert not network.views(network.init((0,)))["dense1/b"].any()
