"""Densities of activations, gradients and weight gradients in every layer before the first update.

No run records them on bins this fine; fresh weights are drawn again from the seeds. Start at `start_densities`.
Source: Glorot & Bengio 2010, figures 6 to 8.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from diagnostics.recording.reading import as_targets
from diagnostics.run import Run
from diagnostics.seed_spread import Floats
from diagnostics.theory import network_of
from models.arrays import Array, Targets
from models.graph import OUTPUT
from models.initializers import INITIALIZERS
from models.network import Network
from models.passes import Tape

QUANTITIES = ("activation", "gradient", "weight_gradient")
N_BINS = 400
CENTRE = 0.25  # of a Gaussian the density at 0 comes out 1 % too low
REACH = 5.0  # of a panel of gradients, in standard deviations of the widest layer


@dataclass(frozen=True, eq=False)
class Density:
    """One quantity in all hidden layers.

    Attributes
    ----------
    edges : array (B + 1,)
    density : array (L, B)
        Mean over the seeds; its sum times the width of a bin is 1, less what lies outside.
    std, peak : array (L, R)
        Standard deviation over units and examples (over the weights, for weight gradients); density at 0, from the
        share within `CENTRE` standard deviations of it.
    """

    edges: Floats
    density: Floats
    std: Floats
    peak: Floats


@dataclass(frozen=True, eq=False)
class StartDensitiesReport:
    """The densities of one run, by the names of `QUANTITIES`.

    `output_initializer` is the formula that the output layer's weights were drawn by.
    """

    run_id: str
    layers: tuple[str, ...]
    quantities: Mapping[str, Density]
    output_initializer: str
    n_examples: int
    batch_size: int
    n_seeds: int


def start_densities(run: Run, output_initializer: str = "") -> StartDensitiesReport:
    """Return the densities on the probe examples of a run; of weight gradients on a mini-batch of them.

    Parameters
    ----------
    run : Run
        Of dense layers, with its probe examples.
    output_initializer : str
        Another initializer's name for the output layer alone: the same random numbers, stretched to its variance.

    Raises
    ------
    ValueError
        If the run has no probe examples, or one of the initializers draws nothing at random.
    """
    if "probe/x" not in run.constants:
        raise ValueError("the run has no probe examples, on which activations and gradients are measured")
    network, experiment = network_of(run), run.experiment
    params = network.init(experiment.seeds)
    if output_initializer:
        _stretch_output(network, params, output_initializer)
    x, y = np.asarray(run.constants["probe/x"], network.dtype), as_targets(np.asarray(run.constants["probe/y"]))
    nodes = [node for node in network.nodes if node.has_weights and node.name != OUTPUT]
    tape, _ = _passed(network, params, x, y)
    n = experiment.batch_size
    found: dict[str, list[Array]] = {
        "activation": [tape.activation[node.name] for node in nodes],
        "gradient": [tape.grad_pre_activation[node.name] * len(x) for node in nodes],
    }
    _, gradient = _passed(network, params, x[:n], y[:n])
    found["weight_gradient"] = [network.weights_of(node, gradient) for node in nodes]
    quantities = {name: _density(values, is_activation=name == "activation") for name, values in found.items()}
    names = tuple(node.name for node in nodes)
    chosen, n_seeds = output_initializer or experiment.initializer, len(experiment.seeds)
    return StartDensitiesReport(run.id, names, quantities, chosen, len(x), min(n, len(x)), n_seeds)


def _stretch_output(network: Network, params: Array, name: str) -> None:
    weight = network.parameters[f"{OUTPUT}/W"]
    variances = [INITIALIZERS[one].variance for one in (network.initializer, name)]
    if variances[0] is None or variances[1] is None:
        raise ValueError(f"{network.initializer} and {name} must both draw weights at random")
    own, other = (variance(weight.fan_in, weight.fan_out) for variance in variances if variance is not None)
    network.views(params)[f"{OUTPUT}/W"][...] *= math.sqrt(other / own)


def _passed(network: Network, params: Array, x: Array, y: Targets) -> tuple[Tape, Array]:
    """Return the tape of a pass forward and back, and the gradient of the mean loss."""
    tape = network.forward(params, x)
    grad = np.empty(tape.output.shape, tape.output.dtype)
    network.loss.value_and_gradient(tape.output, y, grad)
    return tape, network.backward(tape, grad)


def _density(layers: list[Array], *, is_activation: bool) -> Density:
    rows = [np.asarray(values, np.float64).reshape(len(values), -1) for values in layers]
    std = np.stack([row.std(axis=1) for row in rows])
    size = max(float(np.abs(row).max()) for row in rows) if is_activation else REACH * float(std.max())
    limit = 1.0 if is_activation and size <= 1 else size or 1.0
    edges = np.linspace(-limit, limit, N_BINS + 1)
    width = edges[1] - edges[0]
    density = np.stack([[np.histogram(seed, edges)[0] / (len(seed) * width) for seed in row] for row in rows])
    near_zero = [(np.abs(row) <= CENTRE * std[depth][:, None]).mean(axis=1) for depth, row in enumerate(rows)]
    return Density(edges, density.mean(axis=1), std, np.stack(near_zero) / (2 * CENTRE * std))
