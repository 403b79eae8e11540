"""How a layer's parameters start: drawn with the right fans, block by block, or at the number that the layer states."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from layer_cases import TOKENS, Case, Entry, conv, dense, layer

from models import INITIALIZERS, Experiment, Network
from models.arrays import stream

# Each weight: how many numbers a unit reads and how many units read a number, and the matrices that stand side by side.
FANS: dict[str, tuple[Entry, tuple[int, ...], dict[str, tuple[int, int, int]]]] = {
    "dense": (dense(5), (3,), {"dense1/W": (3, 5, 1)}),
    "convolution": (conv(4, kernel_size=3), (6, 5, 2), {"convolution1/W": (2 * 9, 4 * 9, 1)}),
    "recurrent": (layer("recurrent", units=4), (5, 3), {"recurrent1/W": (3 + 4, 4, 1)}),
    "lstm": (layer("lstm", units=4), (5, 3), {"lstm1/W": (3 + 4, 4, 4)}),
    "attention": (
        layer("attention", heads=2),
        (5, 6),
        {"attention1/W": (6, 6, 3), "attention1/W_out": (6, 6, 1)},
    ),
    "embedding": (TOKENS, (4,), {"embedding1/W": (1, 4, 1)}),
}


@pytest.mark.parametrize("initializer", ["glorot_uniform", "he_normal"])
@pytest.mark.parametrize("kind", FANS)
def test_each_block_of_weights_is_drawn_by_itself_with_its_fans(kind: str, initializer: str) -> None:
    entry, shape, fans = FANS[kind]
    experiment = Experiment(layers=[entry], initializer=initializer, dtype="float64")
    network = Network.build(experiment, shape, "classification", 3)
    named = network.views(network.init((4,)))
    for name, (fan_in, fan_out, n_blocks) in fans.items():
        weight, generator = named[name][0], stream(4, name)
        rows, columns = int(np.prod(weight.shape[:-1])), weight.shape[-1] // n_blocks
        drawn = [INITIALIZERS[initializer](generator, fan_in, fan_out, (rows, columns)) for _ in range(n_blocks)]
        np.testing.assert_array_equal(weight.reshape(rows, -1), np.concatenate(drawn, axis=1))


def test_every_layer_with_weights_has_its_fans_told_here() -> None:
    with_weights = {"dense", "convolution", "recurrent", "lstm", "attention", "embedding"}
    assert set(FANS) == with_weights


def started(case: Case) -> dict[str, Sequence[float]]:
    network = case.network()
    arrays = {**network.views(network.init((0,))), **network.init_buffers(1)}
    return {name: array[0].tolist() for name, array in arrays.items()}


def test_the_bias_of_the_forget_gate_starts_where_the_setting_says_and_all_others_at_zero() -> None:
    first = started(Case((layer("lstm", units=2, forget_bias=1.5),), (4, 3)))
    assert first["lstm1/b"] == [0, 0, 1.5, 1.5, 0, 0, 0, 0]  # i, f, o, g
    assert started(Case((layer("recurrent", units=2),), (4, 3)))["recurrent1/b"] == [0, 0]
    assert started(Case((layer("attention", heads=1),), (4, 2)))["attention1/b"] == [0] * 6
    assert started(Case((conv(2),), (4, 4, 1)))["convolution1/b"] == [0, 0]


def test_a_normalization_starts_as_one_that_changes_no_scale() -> None:
    first = started(Case((layer("batch_norm"), layer("layer_norm")), (2,)))
    assert first["batch_norm1/scale"] == first["layer_norm1/scale"] == first["batch_norm1/variance"] == [1, 1]
    assert first["batch_norm1/shift"] == first["layer_norm1/shift"] == first["batch_norm1/mean"] == [0, 0]


def test_penalties_and_decay_act_on_matrices_and_kernels_alone() -> None:
    layers = (conv(2), layer("batch_norm"), layer("flatten"), dense(4), layer("layer_norm"))
    network = Case(layers, (3, 3, 1)).network()
    acted_on = {name for name, place in network.places.items() if network.is_weight[place].all()}
    assert acted_on == {"convolution1/W", "dense1/W", "output/W"}
    assert network.is_weight.sum() == sum(network.is_weight[network.places[name]].size for name in acted_on)
    assert Case((TOKENS,), (4,)).network().parameters["embedding1/W"].is_weight
