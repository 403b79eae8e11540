"""The network: its gradient through all layers by differences, its names, and its flat buffer."""

from __future__ import annotations

import numpy as np
import pytest
from gradient_check import check_gradient
from small_data import classes, numbers

from models import ACTIVATIONS, Experiment, Network


def network_for(activation: str, task: str = "classification", loss: str = "auto") -> Network:
    layers = [{"type": "dense", "units": units, "activation": activation} for units in (5, 4)]
    experiment = Experiment(layers=layers, dtype="float64", loss=loss, initializer="lecun_normal")
    return Network.build(experiment, 3, task, 3 if task == "classification" else 2)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_the_gradient_of_all_parameters_is_that_of_central_differences(activation: str, task: str) -> None:
    network = network_for(activation, task)
    data = classes() if task == "classification" else numbers()
    params = network.init((0, 1)) + 0.05 * np.random.default_rng(1).normal(size=(2, network.n_parameters))

    def total(at: np.ndarray) -> float:
        return float(network.loss.value(network.forward(at, data.x_train).output, data.y_train).sum())

    tape = network.forward(params, data.x_train)
    grad_output = np.empty_like(tape.output)
    network.loss.value_and_gradient(tape.output, data.y_train, grad_output)
    check_gradient(total, params, network.backward(tape, grad_output))


def test_the_pass_agrees_with_the_formula_written_out() -> None:
    network = network_for("tanh")
    params = network.init((0,))
    named = {name: view[0] for name, view in network.views(params).items()}
    x = np.random.default_rng(0).normal(size=(7, 3))
    first = np.tanh(x @ named["dense1/W"] + named["dense1/b"])
    second = np.tanh(first @ named["dense2/W"] + named["dense2/b"])
    tape = network.forward(params, x)
    np.testing.assert_allclose(tape.activation["dense1"][0], first, rtol=1e-12)
    np.testing.assert_allclose(tape.output[0], second @ named["output/W"] + named["output/b"], rtol=1e-12)


def test_the_tape_holds_the_gradient_of_every_pre_activation() -> None:
    network = network_for("softsign")
    params, x, y = network.init((0,)), classes().x_train, classes().y_train
    tape = network.forward(params, x)
    grad_output = np.empty_like(tape.output)
    network.loss.value_and_gradient(tape.output, y, grad_output)
    gradients = network.views(network.backward(tape, grad_output))
    for node in network.nodes:  # grad_b is the sum of grad_z over the examples
        np.testing.assert_allclose(
            tape.grad_pre_activation[node.name].sum(axis=1), gradients[f"{node.name}/b"], rtol=1e-10
        )


def test_nodes_are_named_by_type_and_position_and_the_last_one_output() -> None:
    network = network_for("relu")
    assert [node.name for node in network.nodes] == ["dense1", "dense2", "output"]
    assert network.shapes == {
        "dense1/W": (3, 5), "dense1/b": (5,), "dense2/W": (5, 4), "dense2/b": (4,), "output/W": (4, 3), "output/b": (3,)
    }  # fmt: skip
    assert network.n_parameters == 15 + 5 + 20 + 4 + 12 + 3
    assert network.is_weight.sum() == 15 + 20 + 12


def test_named_parameters_are_views_of_the_flat_buffer() -> None:
    network = network_for("relu")
    params = network.init((0, 1))
    network.views(params)["output/b"][1] = 7.0
    np.testing.assert_array_equal(params[1, -3:], 7.0)
    assert not (params[0, -3:] == 7).any()


def test_a_network_without_hidden_layers_is_a_linear_model() -> None:
    network = Network.build(Experiment(dtype="float64"), 3, "regression", 2)
    params, x = network.init((0,)), np.eye(3)
    np.testing.assert_allclose(network.forward(params, x).output[0], network.views(params)["output/W"][0])


def test_the_loss_must_fit_the_task() -> None:
    with pytest.raises(ValueError, match="is for regression, but the target asks for classification"):
        network_for("tanh", "classification", loss="huber")
