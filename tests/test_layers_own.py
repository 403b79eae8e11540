"""A user's own layer within a network: the engine takes its gradients over, for each seed and both ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pytest
from engine_pass import SEEDS, Trial
from gradient_check import check_gradient
from layer_cases import Case, dense, layer

from models import LAYERS, Field, register_layer
from models.arrays import Array, Arrays

Shape = tuple[int, ...]


class Bent:
    """y = (x + power·x²/2) W + b over the features, at any number of positions."""

    fields = (Field("power", 1.0, 0.0, 4.0, "How much the square counts beside the number itself."),)

    def __init__(self, power: float) -> None:
        self.power = power

    def output_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], 2)

    def parameters(self, shape: Shape) -> Mapping[str, Shape]:
        return {"W": (shape[-1], 2), "b": (2,)}

    def forward(self, parameters: Arrays, x: Array) -> Array:
        return (x + self.power * x * x / 2) @ parameters["W"] + parameters["b"]

    def backward(self, parameters: Arrays, x: Array, grad_y: Array) -> tuple[Array, Mapping[str, Array]]:
        bent = (x + self.power * x * x / 2).reshape(-1, x.shape[-1])
        flat = grad_y.reshape(-1, 2)
        grad_x = grad_y @ parameters["W"].T * (1 + self.power * x)
        return grad_x, {"W": bent.T @ flat, "b": flat.sum(axis=0)}


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    """The layer under its name, for the time of a test."""
    before = dict(LAYERS)
    register_layer("bent", Bent)
    yield
    LAYERS.clear()
    LAYERS.update(before)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("shape", [(3,), (4, 3), (3, 4, 2)])
def test_its_gradients_are_those_of_central_differences(shape: Shape, training: bool) -> None:
    case = Case((layer("bent"), layer("bent", power=0.5)), shape)
    trial = Trial(case.behind_a_node(), training=training).replay()
    gradients = {name: array.copy() for name, array in trial.named_gradients.items()}
    for name, live in trial.network.views(trial.params).items():
        check_gradient(lambda at, live=live: trial.value_at(live, at), live.copy(), gradients[name], 1e-8)
    gradient = trial.grad_input if training else trial.grad_input.sum(axis=0, keepdims=True)
    check_gradient(lambda at: trial.value_at(trial.x, at), trial.x.copy(), gradient.copy(), 1e-8)


def test_each_seed_gives_what_it_gives_alone() -> None:
    case = Case((dense(4), layer("bent")), (3,))
    both = Trial(case, training=True).replay()
    for row, seed in enumerate(SEEDS):
        alone = Trial(case, training=True, seeds=(seed,)).replay()
        np.testing.assert_allclose(both.gradients[row], alone.gradients[0], rtol=1e-12, atol=1e-13)
