"""How the signal and its gradient change over the depth of fresh networks of several kinds, and what is to be expected.

Measured in a pass as in training, so that batch normalization uses its batch: what a run records before the first
update is a pass in evaluation, in which the running mean and variance are still 0 and 1 and nothing is normalized.
Start at `passage`; the expectations are `kept`, `relu_fading`, `tanh_fading`, `residual_growth`, `batch_norm_growth`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from diagnostics.mean_field import propagated
from diagnostics.recording.reading import as_targets
from diagnostics.run import Run
from diagnostics.seed_spread import Floats
from diagnostics.theory import network_of
from models.arrays import Array
from models.graph import OUTPUT
from models.network import Network
from models.passes import Pass

TWO_DEVIATIONS = 2.0


@dataclass(frozen=True, eq=False)
class Passage:
    """From the first to the last of the layers that repeat, by root mean square over units and examples.

    Attributes
    ----------
    forward : array (R,)
        Size of the activations of the last one, divided by that of the first.
    backward : array (R,)
        Size of the gradient that arrives at the first one, divided by that of the last.
    n_steps : int
        How many of them lie between.
    width : int
        Units of each.
    """

    forward: Floats
    backward: Floats
    n_steps: int
    width: int


def passage(run: Run) -> Passage:
    """Return how fresh weights of a run's seeds pass on its probe examples, all as one batch."""
    network = network_of(run)
    x, y = np.asarray(run.constants["probe/x"], network.dtype), as_targets(np.asarray(run.constants["probe/y"]))
    one = Pass(network, network.init(run.experiment.seeds), len(x), training=True)
    one.load(x)
    one.load_targets(network.loss.encode(y, network.nodes[-1].units))
    one.replay()
    names = repeated(network)
    forward = [_size(one.tape.activation[name]) for name in names]
    backward = [_size(one.tape.grad_pre_activation[name]) for name in names]
    width = network.nodes[0].units
    return Passage(forward[-1] / forward[0], backward[0] / backward[-1], len(names) - 1, width)


def repeated(network: Network) -> tuple[str, ...]:
    """Return what repeats in a network: its residual blocks, else its normalization layers, else its dense layers."""
    by_type: dict[str, list[str]] = {}
    for node in network.nodes:
        if node.name != OUTPUT:
            by_type.setdefault(node.type, []).append(node.name)
    return tuple(next(by_type[one] for one in ("residual", "batch_norm", "layer_norm", "dense") if one in by_type))


def _size(values: Array) -> Floats:
    return np.asarray(np.sqrt(np.square(values.astype(np.float64)).reshape(len(values), -1).mean(axis=1)))


def spread_factor(per_layer: float, n_steps: int, width: int) -> float:
    """Return by which factor the root mean square differs from what is expected in one network of twenty.

    In a layer of n units the mean square is that of n random numbers: by the logarithm it varies with a variance of
    c/n. Over the layers these add up, and two standard deviations of half of it are exp(√(c·steps/n)).

    Parameters
    ----------
    per_layer : float
        c, the variance of one unit's square divided by the square of its mean, less what is common: 2 for a Gaussian
        (linear, tanh near 0); 5 for relu, since E[relu(g)⁴]/E[relu(g)²]² - 1 = (3/2)/(1/4) - 1; for a residual block
        4 v, where v is what its branch adds to the mean square 1, from the product of the branch and what it is added
        to.
    """
    return math.exp(TWO_DEVIATIONS / 2 * math.sqrt(per_layer * n_steps / width))


def relu_fading(n_steps: int) -> float:
    """Return 2^(-steps/2): n·Var(W) = 1 and the half of the squares that relu lets through (He et al. 2015)."""
    return float(2 ** (-n_steps / 2))


def tanh_fading(n_steps: int) -> float:
    """Return 3^(-steps/2), the most that n·Var(W) = 1/3 lets through (Glorot & Bengio 2010, equations 5, 6 and 15)."""
    return float(3 ** (-n_steps / 2))


BRANCH = 1 / 18
"""What a block x + W₂ relu(W₁ x) with standard weights adds to the mean square of x: 1/3 · 1/2 · 1/3, both ways."""


def residual_growth(n_steps: int) -> float:
    """Return (1 + 1/18)^(steps/2), forward as well as backward."""
    return float((1 + BRANCH) ** (n_steps / 2))


def batch_norm_growth(n_steps: int) -> float:
    """Return (π/(π - 1))^(steps/2), by which gradients grow from layer to layer below: batch normalization and relu.

    A normalized x̂ is about Gaussian with variance 1, so that a = relu(x̂) has the mean 1/√(2π) and the variance
    (1 - 1/π)/2 over the batch. The next layer's pre-activations have the variance n v (1 - 1/π)/2, v that of its
    weights, and are divided by its root; so is the gradient on its way back, whose square the weights multiply by n v
    and relu by 1/2. Together that is π/(π - 1), whatever v. That gradients of such networks grow with a power of the
    depth which no initialization can change is the finding of Yang et al. 2019.
    """
    return float((math.pi / (math.pi - 1)) ** (n_steps / 2))


def mean_field(run: Run) -> tuple[float, float]:
    """Return what mean-field theory expects of `forward` and `backward` of a network of dense layers."""
    network = network_of(run)
    x, y = np.asarray(run.constants["probe/x"], np.float64), as_targets(np.asarray(run.constants["probe/y"]))
    targets = np.asarray(network.loss.encode(y, network.nodes[-1].units), np.float64).reshape(len(x), -1)
    layers = propagated(network, x.reshape(len(x), -1), targets, lambda activation: activation)[:-1]
    activations, gradients = [layer.activation for layer in layers], [layer.gradient for layer in layers]
    sizes = []
    for first, last in ((activations[0], activations[-1]), (gradients[-1], gradients[0])):
        assert first is not None
        assert last is not None
        sizes.append(math.sqrt(np.diag(last.of_units).mean() / np.diag(first.of_units).mean()))
    return sizes[0], sizes[1]
