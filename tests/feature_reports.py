"""Small networks with known weights, and what the analyses of their units say of them."""

from __future__ import annotations

from functools import cache

import numpy as np

from diagnostics import first_layer as first_layers
from diagnostics import hinton_diagram as hinton_diagrams
from diagnostics import linear_probes as probes
from diagnostics import preferred_inputs as preferred
from diagnostics import varied_unit as varied
from models import Experiment, Network

CONVOLUTION = {"type": "convolution", "channels": 3, "activation": "relu"}


def dense(units: int, activation: str = "tanh") -> dict[str, object]:
    """A dense layer."""
    return {"type": "dense", "units": units, "activation": activation}


@cache
def table_network() -> tuple[Network, np.ndarray]:
    """Three features, four and five units, two classes."""
    network = Network.build(Experiment(layers=[dense(4), dense(5, "relu")]), 3, "classification", 2)
    return network, network.init((0,))[0]


@cache
def image_network() -> tuple[Network, np.ndarray]:
    """Images of 4 × 5 pixels and two channels, a convolution, six units, three classes."""
    network = Network.build(Experiment(layers=[CONVOLUTION, dense(6)]), (4, 5, 2), "classification", 3)
    return network, network.init((0,))[0]


def examples(network: Network, n: int = 30) -> np.ndarray:
    """Numbers around zero."""
    return np.random.default_rng(4).normal(size=(n, int(np.prod(network.input_shape)))).astype(np.float32)


NAMES = ("age", "height", "weight")


def first_layer(is_image: bool) -> first_layers.FirstLayerReport:
    """Of either network."""
    return first_layers.first_layer(*(image_network() if is_image else table_network()), NAMES)


def hinton() -> hinton_diagrams.HintonReport:
    """Of the first layer of the table."""
    return hinton_diagrams.hinton_diagram(*table_network(), "dense1/W", NAMES)


def top(is_image: bool, n_units: int = 2) -> preferred.TopExamplesReport:
    """Of the first units of the first dense layer; images with labels."""
    network, params = image_network() if is_image else table_network()
    x = examples(network)
    labels = np.arange(len(x)) % 3 if is_image else None
    return preferred.top_examples(network, params, x, "dense1", range(n_units), labels=labels)


def made(is_image: bool) -> preferred.PreferredInputReport:
    """Of the outputs."""
    network, params = image_network() if is_image else table_network()
    region = preferred.Region.of_data(examples(network))
    return preferred.preferred_input(network, params, "output", [0, 1], region)


def varied_unit(is_image: bool) -> varied.VariedReport:
    """Unit 1 of the first layer, for three examples."""
    network, params = image_network() if is_image else table_network()
    x = examples(network)
    return varied.varied_unit(network, params, x[:3], network.nodes[0].name, 1, data=x)


@cache
def linear_probes() -> probes.LinearProbesReport:
    """Of two seeds of the table's network, before and after nothing was learned."""
    network, _ = table_network()
    x = examples(network, 60)
    y = (x[:, 0] > 0).astype(np.int64)
    return probes.linear_probes(network, network.init((0, 1)), (x[:40], y[:40]), (x[40:], y[40:]))
