"""Products with the Hessian: equal to central differences of the gradient, for every layer, activation and loss."""

from __future__ import annotations

import numpy as np
import pytest
from layer_cases import CASES, Case, dense

from models import ACTIVATIONS, LAYERS, LOSSES, Experiment, Network, Pass, register_layer
from models.arrays import Array
from models.directional import DirectionalPass

SEEDS = (3, 11)
N = 5


def a_pass(network: Network, targets: Array) -> Pass:
    generator = np.random.default_rng(4)
    params = network.init(SEEDS) + 0.2 * generator.normal(size=(2, network.n_parameters))
    one = Pass(network, params, N)
    one.own_input.array[...] = generator.normal(size=one.own_input.array.shape)
    one.target[...] = targets
    return one


def differences(one: Pass, direction: Array) -> Array:
    """(∇L(θ + h d) - ∇L(θ - h d))/2h with h = 1e-5: truncation about h², rounding about 1e-16/h, both near 1e-10."""
    h, ends = 1e-5, []
    start = one.params.copy()
    for sign in (1, -1):
        one.params[...] = start + sign * h * direction
        one.replay()
        ends.append(one.gradients.copy())
    one.params[...] = start
    return (ends[0] - ends[1]) / (2 * h)


def check(one: Pass) -> None:
    direction = np.random.default_rng(5).normal(size=one.params.shape)
    expected = differences(one, direction)
    found = DirectionalPass(one).hessian_times(direction)
    np.testing.assert_allclose(found, expected, atol=1e-7 * np.abs(expected).max())
    assert np.abs(expected).max() > 1e-4


@pytest.mark.parametrize("name", CASES)
def test_every_layer(name: str) -> None:
    network = CASES[name].network()
    one = a_pass(network, 1.0)  # type: ignore[arg-type]
    if CASES[name].vocabulary:
        tokens = np.random.default_rng(6).integers(0, CASES[name].vocabulary, one.own_input.array.shape)
        one.own_input.array[...] = tokens
    check(one)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(activation: str) -> None:
    check(a_pass(Case((dense(6, activation), dense(5, activation)), (4,)).network(), 1.0))  # type: ignore[arg-type]


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss(loss: str) -> None:
    task = LOSSES[loss].tasks[-1]
    experiment = Experiment(layers=(dense(5),), loss=loss, dtype="float64")
    network = Network.build(experiment, 4, task, 3)
    target = np.random.default_rng(7).random((2, 3, N))
    check(a_pass(network, target / target.sum(axis=1, keepdims=True)))


def test_a_layer_whose_derivative_is_unknown_is_named() -> None:
    class Doubled:
        def output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
            return shape

        def parameters(self, shape: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
            return {}

        def forward(self, parameters: object, x: Array) -> Array:
            return 2 * x

        def backward(self, parameters: object, x: Array, grad_y: Array) -> tuple[Array, dict[str, Array]]:
            return 2 * grad_y, {}

    register_layer("doubled", Doubled)
    try:
        one = a_pass(Case((dense(3), {"type": "doubled"}), (2,)).network(), 1.0)  # type: ignore[arg-type]
    finally:
        del LAYERS["doubled"]
    with pytest.raises(NotImplementedError, match="_forward is not known"):
        DirectionalPass(one)
