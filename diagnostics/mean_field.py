"""How a signal and its gradient spread through a network with fresh random weights, in the limit of wide layers.

Forward and backward by one recursion each over P × P products between examples, so that the inputs are what they are,
neither Gaussian nor independent. With n numbers read, m units, weights of variance v and mean 0, biases 0:

    Q = n v A₀                  covariance of the pre-activations z, from A₀ = E[a_n a_m] of what is read
    A = E[f(z) f(z')]           z, z' Gaussian with covariance Q        (Poole et al. 2016, equations 3 and 5)
    D₀ = m v D · E[f'(z) f'(z')]   from the gradients δ of a layer to those of the layer below (Schoenholz et al. 2017)

Wide: so many numbers are summed that z is Gaussian, and the weights on the way back count as independent of those on
the way forward. Orthonormal weights have the same recursion with v = 1/max(n, m). Start at `propagated`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from diagnostics.gaussian_averages import averages
from diagnostics.output_gradient import Products, output_gradient
from diagnostics.seed_spread import Floats
from models.activations import ACTIVATIONS, Activation
from models.graph import INPUT, OUTPUT
from models.initializers import INITIALIZERS
from models.network import Network, Node

PASSED_ON = ("flatten", "dropout")  # on the probe examples dropout drops nothing
REASONS: Mapping[str, str] = {
    "convolution": "neighbouring pixels share weights and are alike, and the recursion knows of no neighbours",
    "max_pool": "the largest of several numbers has another distribution than each of them",
    "average_pool": "it averages neighbours, and how alike they are the recursion does not know",
    "recurrent": "the same weights act at every position, so that they are not independent from step to step",
    "lstm": "its gates multiply each other, and the same weights act at every position",
    "attention": "its weights between positions hang on the signal itself",
    "batch_norm": "its scale hangs on the other examples",
    "layer_norm": "its scale hangs on the other units of the same example",
    "embedding": "tokens are no numbers that are multiplied and summed",
    "add": "several branches meet in it",
    "residual": "several branches meet in it",
    "concatenate": "several branches meet in it",
}


@dataclass(frozen=True, eq=False)
class LayerProducts:
    """What is expected of one layer: of what it reads, its z, its a and ∂ℓ_n/∂z; or why nothing is, by quantity.

    `slope` (P, P) is E[f'(z_n) f'(z_m)]; a missing one is None, and `why` or `why_not_back` says why.
    """

    node: Node
    weight_variance: float = float("nan")
    read: Products | None = None
    pre_activation: Products | None = None
    activation: Products | None = None
    slope: Floats | None = None
    gradient: Products | None = None
    mean_activation: float = float("nan")
    why: str = ""
    why_not_back: str = ""


def propagated(
    network: Network, x: Floats, targets: Floats, replaced: Callable[[Activation], Activation | str]
) -> tuple[LayerProducts, ...]:
    """Return what is expected of every layer that has weights.

    Parameters
    ----------
    network : Network
    x : array (P, D)
        Examples: each one's mean square counts, and how alike they are.
    targets : array (P, K)
        As `Loss.encode` gives them.
    replaced : callable
        The nonlinearity to be taken for one of the network's, or a sentence that says why there is none.
    """
    layers = _forward(network, x, replaced)
    gradients, reasons = _backward(network, layers, targets)
    return tuple(
        LayerProducts(
            **{**vars(layer), "gradient": gradients.get(name), "why_not_back": layer.why or reasons.get(name, "")}
        )
        for name, layer in layers.items()
        if layer.node.has_weights
    )


def input_products(x: Floats) -> Products:
    """Return the products of examples (P, D): the mean over the features of x_n x_m, and of their means."""
    rows = np.asarray(x, np.float64).reshape(len(x), -1)
    mean = rows.mean(axis=1)
    return Products(rows @ rows.T / rows.shape[1], np.outer(mean, mean))


def _forward(
    network: Network, x: Floats, replaced: Callable[[Activation], Activation | str]
) -> dict[str, LayerProducts]:
    signals: dict[str, Products | str] = {INPUT: input_products(x)}
    layers: dict[str, LayerProducts] = {}
    for node in network.nodes:
        read = signals[node.inputs[0]]
        why = _why_not(node, network) or (read if isinstance(read, str) else "")
        nonlinearity = ACTIVATIONS["linear"] if node.name == OUTPUT else replaced(node.activation)
        why = why or (nonlinearity if isinstance(nonlinearity, str) else "")
        if why or isinstance(read, str) or isinstance(nonlinearity, str):
            behind = why if why.startswith("behind ") else f"behind {node.name}: {why}"
            layers[node.name], signals[node.name] = LayerProducts(node, why=why), behind
            continue
        if node.type in PASSED_ON:
            layers[node.name], signals[node.name] = LayerProducts(node, read=read), read
            continue
        layers[node.name] = _through(node, read, nonlinearity, network.initializer)
        after = layers[node.name].activation
        assert after is not None
        signals[node.name] = after
    return layers


def _why_not(node: Node, network: Network) -> str:
    """Return why the recursion does not hold in a node; "" if it does."""
    if node.type in PASSED_ON:
        return ""
    if node.type != "dense":
        return f"{node.type.replace('_', ' ')} is not covered: {REASONS.get(node.type, 'nothing is known of it')}"
    if len(node.input_shapes[0]) == 2:
        return "a dense layer on sequences is not covered: the same weights act at every position"
    if INITIALIZERS[network.initializer].variance is None:
        return (
            f"the weights of the initializer {network.initializer!r} are all the same: nothing is random, "
            "and there is nothing to average over"
        )
    if any(any(parameter.start) for parameter in node.parameters.values() if not parameter.is_weight):
        return "its biases do not start at 0"
    return ""


def _through(node: Node, read: Products, nonlinearity: Activation, initializer: str) -> LayerProducts:
    weight = node.parameters["W"]
    variance = INITIALIZERS[initializer].variance
    assert variance is not None
    v = variance(weight.fan_in, weight.fan_out)
    covariance = weight.fan_in * v * read.of_units
    pre = Products(covariance, covariance / node.units)  # units are independent, with mean 0
    if nonlinearity is ACTIVATIONS["linear"]:
        return LayerProducts(node, v, read, pre, pre, np.ones_like(covariance), mean_activation=0.0)
    value = averages(nonlinearity.value, covariance)
    of_means = np.outer(value.mean, value.mean)
    activation = Products(value.product, of_means + (value.product - of_means) / node.units)
    slope = averages(nonlinearity.slope_at, covariance).product
    return LayerProducts(node, v, read, pre, activation, slope, mean_activation=float(value.mean.mean()))


def _backward(
    network: Network, layers: Mapping[str, LayerProducts], targets: Floats
) -> tuple[dict[str, Products], dict[str, str]]:
    """Return the gradients with respect to the pre-activations, and why there is none, by node."""
    gradients: dict[str, Products] = {}
    reasons: dict[str, str] = {}
    n_readers: dict[str, int] = {}
    for source in (source for node in network.nodes for source in node.inputs):
        n_readers[source] = n_readers.get(source, 0) + 1
    logits = layers[OUTPUT].pre_activation
    start = output_gradient(network.loss, logits.of_units, targets) if logits is not None else None
    reasons[OUTPUT] = layers[OUTPUT].why or ("" if start else "nothing is known of this loss")
    if start is not None:
        gradients[OUTPUT] = start
    for node in reversed(network.nodes):
        source = node.inputs[0]
        if source == INPUT or layers[source].why:
            continue
        if node.name not in gradients:
            reasons[source] = (
                reasons.get(node.name) or f"the gradient comes through {node.name}: {layers[node.name].why}"
            )
        elif n_readers[source] > 1:
            reasons[source] = f"{source} is read by several layers, and their gradients add up"
        else:
            gradients[source] = _back_through(layers[node.name], layers[source], gradients[node.name])
    return gradients, reasons


def _back_through(layer: LayerProducts, below: LayerProducts, gradient: Products) -> Products:
    node = layer.node
    back = gradient.of_units
    if node.type not in PASSED_ON:
        back = node.units * layer.weight_variance * back
    if below.slope is not None:
        back = back * below.slope
    return Products(back, back / below.node.shape[0])
