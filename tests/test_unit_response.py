"""How a unit responds, and the gradient with respect to the input, against central differences."""

from __future__ import annotations

import numpy as np
import pytest
from engine_pass import Trial
from gradient_check import check_gradient
from layer_cases import CASES

from models import Experiment, Network
from models.passes import Pass
from models.unit_response import UnitResponse, responses

READABLE = [name for name, case in CASES.items() if not case.vocabulary]


def linear_network(weights: np.ndarray) -> tuple[Network, np.ndarray]:
    """A network without hidden layer that says Wᵀx, for W (D, K)."""
    experiment = Experiment(layers=(), dtype="float64")
    network = Network.build(experiment, weights.shape[0], "regression", weights.shape[1])
    params = np.zeros(network.n_parameters)
    network.views(params)["output/W"][...] = weights
    return network, params


@pytest.mark.parametrize("name", READABLE)
def test_the_backward_pass_goes_on_to_the_input(name: str) -> None:
    trial = Trial(CASES[name], training=False).replay()
    one = Pass(trial.network, trial.params, trial.one.n_examples, buffers=trial.buffers, to_input=True)
    np.copyto(one.own_input.memory, trial.one.own_input.memory)
    one.forward.replay()
    weights = np.random.default_rng(1).normal(size=one.grad_output.array.shape)
    np.copyto(one.grad_output.array, weights)
    one.backward.replay()

    def value(at: np.ndarray) -> float:
        np.copyto(one.own_input.array, at)
        one.forward.replay()
        return float((one.logits.array * weights).sum())

    # all seeds read the same numbers, so that what they pass down adds up
    check_gradient(value, one.own_input.array.copy(), one.grad_input.array.sum(axis=0, keepdims=True).copy(), 1e-7)


@pytest.mark.parametrize("name", READABLE)
def test_the_gradient_of_a_hidden_unit_is_that_of_central_differences(name: str) -> None:
    network = CASES[name].network()
    params = network.init((3,))[0]
    node = network.nodes[len(network.nodes) // 2]
    respond = UnitResponse(network, params, node.name, [0, node.units - 1])
    x = np.random.default_rng(2).normal(size=(2, *network.input_shape))
    for _ in range(2):  # a second call finds nothing of the first
        _, gradient = respond(x)
    check_gradient(lambda at: float(respond(at)[0].sum()), x, gradient, 1e-7)


def test_a_skip_around_the_unit_adds_nothing() -> None:
    """dense1 is read by dense2 and, around it, by the sum: the gradient of dense1's unit is its own weights."""
    inner = {"type": "dense", "units": 3, "activation": "linear"}
    block = {"type": "residual", "layers": [inner], "activation": "linear"}
    experiment = Experiment(layers=(inner, block, inner), dtype="float64")
    network = Network.build(experiment, 3, "regression", 1)
    params = network.init((0,))[0]
    gradient = UnitResponse(network, params, "dense1", [1])(np.ones((1, 3)))[1]
    np.testing.assert_allclose(gradient[0], network.views(params)["dense1/W"][:, 1])
    views = network.views(params)  # the sum is (I + W2ᵀ) W1ᵀ x
    gradient = UnitResponse(network, params, "residual1", [2])(np.ones((1, 3)))[1]
    expected = views["dense1/W"] @ (np.eye(3) + views["dense2/W"])
    np.testing.assert_allclose(gradient[0], expected[:, 2])


def test_the_response_is_the_largest_over_the_positions() -> None:
    pre = np.array([[[[1.0, -3.0], [4.0, -2.0]]]])  # one seed, one example, two positions, two units
    np.testing.assert_array_equal(responses(pre), [[[4.0, -2.0]]])


def test_what_cannot_be_asked_for_is_said() -> None:
    network, params = linear_network(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"no layer 'dense1': choose one of output"):
        UnitResponse(network, params, "dense1", [0])
    with pytest.raises(ValueError, match=r"units 0 to 2, not 3"):
        UnitResponse(network, params, "output", [3])
    tokens = next(case for case in CASES.values() if case.vocabulary).network()
    with pytest.raises(ValueError, match="tokens"):
        UnitResponse(tokens, tokens.init((0,))[0], "output", [0])
