"""Changes of the weights that leave the function as it is: where they hold exactly, and where they do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from layer_cases import conv, dense, layer

from diagnostics.symmetries import (
    FLIPS,
    HOMOGENEOUS,
    KINDS,
    ODD,
    PERMUTATION,
    RESCALING,
    Change,
    DoesNotHold,
    drawn,
    reason_against,
    symmetries,
    transformed,
)
from models import Experiment, Network
from models.activations import ACTIVATIONS
from models.arrays import Array
from models.evaluation import logits

IMAGE = (6, 6, 2)
RELU, TANH = dense(7, "relu"), dense(7, "tanh")
NETWORKS = {
    "dense relu": ([dense(6, "relu"), layer("dropout", rate=0.5), RELU], (5,)),
    "dense tanh": ([dense(6, "tanh"), TANH], (5,)),
    "convolution": (
        [conv(4, "relu"), layer("max_pool"), conv(5, "leaky_relu"), layer("average_pool"), layer("flatten"), RELU],
        IMAGE,
    ),
    "convolution read by dense": ([conv(4, "softsign"), TANH], IMAGE),
    "residual": (
        [dense(6, "relu"), layer("residual", activation="relu", layers=[dense(8, "relu"), dense(6, "linear")]), RELU],
        (5,),
    ),
    "batch normalization": ([dense(6, "linear"), layer("batch_norm", activation="relu"), RELU], (5,)),
    "layer normalization": ([dense(6, "tanh"), layer("layer_norm"), TANH], (5,)),
    "side by side": (
        [TANH, dense(4, "linear", inputs=["input"]), layer("concatenate", inputs=["dense1", "dense2"]), TANH],
        (5,),
    ),
}


def made(name: str, dtype: str = "float64") -> tuple[Network, Array, dict[str, Array], Array]:
    """A network with two seeds, biases, scales and running means that are no longer those of the start; examples."""
    layers, shape = NETWORKS[name]
    network = Network.build(Experiment(layers=layers, dtype=dtype), shape, "classification", 3)
    generator = np.random.default_rng(0)
    params = network.init((0, 1)) + 0.2 * generator.normal(size=(2, network.n_parameters)).astype(dtype)
    buffers = {key: array + generator.random(array.shape) for key, array in network.init_buffers(2).items()}
    return network, params.astype(dtype), buffers, generator.normal(size=(20, int(np.prod(shape))))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NETWORKS)
def test_the_function_stays_and_the_weights_do_not(name: str, kind: str) -> None:
    network, params, buffers, x = made(name)
    holding = [one.node for one in symmetries(network) if not one.reasons[kind]]
    changed, running = drawn(network, params, buffers, [kind], np.random.default_rng(1))
    moved = np.linalg.norm(changed - params, axis=1)
    assert (moved > 0.1).all() if holding else (moved == 0).all()
    before, after = logits(network, params, x, buffers), logits(network, changed, x, running)
    np.testing.assert_allclose(after, before, rtol=0, atol=1e-12)  # rounding of float64, over a few layers


def test_in_single_precision_it_stays_to_single_rounding() -> None:
    network, params, buffers, x = made("dense relu", "float32")
    changed, running = drawn(network, params, buffers, KINDS, np.random.default_rng(1))
    before, after = logits(network, params, x, buffers), logits(network, changed, x, running)
    assert np.linalg.norm(changed - params) > 1
    np.testing.assert_allclose(after, before, rtol=0, atol=2e-6)  # logits of about 1


def test_which_nonlinearities_are_homogeneous_or_odd_is_what_their_values_say() -> None:
    z = np.concatenate([-np.geomspace(1e-3, 5, 40), np.geomspace(1e-3, 5, 40)])
    homogeneous = {k for k, f in ACTIVATIONS.items() if np.allclose(f.value(3 * z), 3 * f.value(z), rtol=1e-12)}
    odd = {k for k, f in ACTIVATIONS.items() if np.allclose(f.value(-z), -f.value(z), rtol=1e-12)}
    assert (homogeneous, odd) == (set(HOMOGENEOUS), set(ODD))


def test_a_permutation_by_hand() -> None:
    # one hidden layer of two relu units: W1 = [[1, 2]], b1 = [3, 4], W2 = [[5], [6]], b2 = [7]; the units change places
    network = Network.build(Experiment(layers=[dense(2, "relu")], dtype="float64"), 1, "regression", 1)
    params = np.array([[1.0, 2, 3, 4, 5, 6, 7]])
    swapped, _ = transformed(network, params, {}, "dense1", Change.of(2, take=np.array([1, 0])))
    assert swapped.tolist() == [[2, 1, 4, 3, 6, 5, 7]]
    scaled, _ = transformed(network, params, {}, "dense1", Change.of(2, factor=np.array([2.0, 0.5])))
    assert scaled.tolist() == [[2, 1, 6, 2, 2.5, 12, 7]]
    assert params.tolist() == [[1, 2, 3, 4, 5, 6, 7]]


@pytest.mark.parametrize(
    ("name", "node", "kind", "why"),
    [
        ("dense tanh", "dense1", RESCALING, "tanh of dense1"),
        ("dense relu", "dense1", FLIPS, "relu of dense1 is not odd"),
        ("residual", "dense1", PERMUTATION, "residual1 adds it"),
        ("residual", "dense3", PERMUTATION, "residual1 adds it"),
        ("batch normalization", "dense1", RESCALING, "batch_norm1 divides by the spread"),
        ("batch normalization", "batch_norm1", PERMUTATION, "keeps the order"),
        ("layer normalization", "dense1", FLIPS, "layer_norm1 mixes the units"),
    ],
)
def test_where_a_symmetry_does_not_hold_the_reason_is_told(name: str, node: str, kind: str, why: str) -> None:
    network, params, buffers, _ = made(name)
    assert why in reason_against(network, node, kind)
    width = next(one.units for one in network.nodes if one.name == node)
    change = {
        PERMUTATION: Change.of(width, take=np.roll(np.arange(width), 1)),
        RESCALING: Change.of(width, factor=np.full(width, 2.0)),
        FLIPS: Change.of(width, factor=np.full(width, -1.0)),
    }[kind]
    with pytest.raises(DoesNotHold):
        transformed(network, params, buffers, node, change)


@pytest.mark.parametrize("kind", [PERMUTATION, RESCALING])
def test_the_unit_within_a_residual_block_may_change(kind: str) -> None:
    network = made("residual")[0]
    assert {one.node: one.reasons[kind] for one in symmetries(network)}["dense2"] == ""


def test_flips_before_a_maximum_and_layers_that_are_not_covered_are_left() -> None:
    network = Network.build(
        Experiment(layers=[conv(3, "tanh"), layer("max_pool"), layer("flatten")], dtype="float64"),
        IMAGE,
        "regression",
        1,
    )
    assert "max_pool1 keeps the largest" in reason_against(network, "convolution1", FLIPS)
    assert reason_against(network, "convolution1", PERMUTATION) == ""
    sequence = Network.build(Experiment(layers=[dense(4), layer("lstm", units=3)]), (5, 2), "regression", 1)
    assert "lstm1 reads it" in reason_against(sequence, "dense1", PERMUTATION)
    assert "lstm1 is neither dense" in reason_against(sequence, "lstm1", PERMUTATION)


def test_what_reads_a_unit_twice_takes_it_back_twice() -> None:
    layers = [TANH, layer("add", inputs=["dense1", "dense1"]), dense(3, "tanh")]
    network = Network.build(Experiment(layers=layers, dtype="float64"), 4, "regression", 1)
    params, x = network.init((0,)), np.random.default_rng(0).normal(size=(9, 4))
    changed, _ = drawn(network, params, {}, [PERMUTATION, FLIPS], np.random.default_rng(2))
    np.testing.assert_allclose(logits(network, changed, x), logits(network, params, x), atol=1e-13)
    assert not reason_against(replace(network), "dense1", PERMUTATION)
