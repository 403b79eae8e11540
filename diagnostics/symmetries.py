"""Changes of the weights that leave the function of a network as it is. Start at `transformed`, or at `symmetries`.

Hidden units can change places; where the nonlinearity has f(s z) = s f(z) for every s > 0, what goes into a unit can be
multiplied by s if what reads it is divided by s; where f(-z) = -f(z), with s = -1. A change is made at one node and
followed through the graph until every layer that reads it has taken it back. Where one of them cannot, the symmetry
does not hold for that node, and the reason is told. Source: Hecht-Nielsen 1990, "On the algebraic structure of
feedforward network weight spaces"; Neyshabur et al. 2015, "Path-SGD", section 2 (rescaling).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.arrays import Array, IntArray
from models.graph import OUTPUT, Node
from models.layers.convolution import AveragePool, Convolution, Flatten, MaxPool
from models.layers.dense import Dense
from models.layers.joining import Add, Concatenate, Dropout
from models.layers.normalization import BatchNorm, LayerNorm
from models.network import Network

HOMOGENEOUS = ("relu", "leaky_relu", "linear")  # f(s z) = s f(z) for s > 0
ODD = ("tanh", "softsign", "hard_tanh", "linear")  # f(-z) = -f(z)
PERMUTATION, RESCALING, FLIPS = "permutation", "rescaling", "sign flips"
KINDS = (PERMUTATION, RESCALING, FLIPS)
MOST_DOUBLINGS = 1.5  # of a drawn factor: from 1/2.8 to 2.8
Buffers = dict[str, Array]


class DoesNotHold(ValueError):
    """A change that would alter the function; the message says where and why."""


@dataclass(frozen=True, eq=False)
class Change:
    """What comes out of a node afterwards: feature j is `factor[j]` times what feature `take[j]` was."""

    take: IntArray
    factor: Array

    @classmethod
    def of(cls, n: int, take: IntArray | None = None, factor: Array | None = None) -> Change:
        """Return a change of n features; what is not given stays as it is."""
        return cls(np.arange(n) if take is None else take, np.ones(n) if factor is None else factor)

    def is_like(self, other: Change | None) -> bool:
        """Tell whether another one is the same."""
        if other is None:
            return False
        return np.array_equal(self.take, other.take) and np.array_equal(self.factor, other.factor)


@dataclass(frozen=True)
class NodeSymmetries:
    """Of each kind why it does not hold for a node, by kind; "" where it holds."""

    node: str
    reasons: Mapping[str, str]


def symmetries(network: Network) -> tuple[NodeSymmetries, ...]:
    """Return which symmetries every hidden node with parameters has."""
    return tuple(
        NodeSymmetries(node.name, {kind: reason_against(network, node.name, kind) for kind in KINDS})
        for node in network.nodes[:-1]
        if node.parameters
    )


def reason_against(network: Network, node: str, kind: str) -> str:
    """Return why a kind of change alters the function if it is made at a node; "" if it does not."""
    n = next(one.units for one in network.nodes if one.name == node)
    change = {
        PERMUTATION: Change.of(n, take=np.roll(np.arange(n), 1)),
        RESCALING: Change.of(n, factor=np.full(n, 2.0)),
        FLIPS: Change.of(n, factor=np.full(n, -1.0)),
    }[kind]
    try:
        transformed(network, np.zeros((1, network.n_parameters)), network.init_buffers(1), node, change)
    except DoesNotHold as error:
        return str(error)
    return "it has a single unit" if kind == PERMUTATION and n == 1 else ""


def drawn(
    network: Network, params: Array, buffers: Mapping[str, Array], kinds: Sequence[str], generator: np.random.Generator
) -> tuple[Array, Buffers]:
    """Return the parameters after random changes of some kinds at every node where they hold.

    Factors are 2ᵘ with u even in ±1.5; half of the signs are flipped, at least one.
    """
    result, running = params, dict(buffers)
    for one in symmetries(network):
        n = next(node.units for node in network.nodes if node.name == one.node)
        for kind in kinds:
            if one.reasons[kind]:
                continue
            if kind == PERMUTATION:
                change = Change.of(n, take=generator.permutation(n))
            elif kind == RESCALING:
                change = Change.of(n, factor=2 ** generator.uniform(-MOST_DOUBLINGS, MOST_DOUBLINGS, n))
            else:
                signs = np.where(generator.random(n) < 0.5, -1.0, 1.0)
                signs[generator.integers(n)] = -1.0
                change = Change.of(n, factor=signs)
            result, running = transformed(network, result, running, one.node, change)
    return result, running


def transformed(
    network: Network, params: Array, buffers: Mapping[str, Array], node: str, change: Change
) -> tuple[Array, Buffers]:
    """Return parameters (R, n_parameters) and running means of the same function after a change at a node.

    Raises
    ------
    DoesNotHold
        If the function would not be the same.
    """
    flat, running = params.copy(), {name: array.copy() for name, array in buffers.items()}
    views, moved = network.views(flat), dict[str, Change]()
    for one in network.nodes:
        if one.name == node:
            _at_source(one, change, views)
            moved[node] = change
        elif any(source in moved for source in one.inputs):
            onwards = _through(one, [moved.get(source) for source in one.inputs], views, running)
            if onwards is not None:
                moved[one.name] = onwards
        if one.name in moved:
            _check_nonlinearity(one, moved[one.name].factor)
    return flat, running


def _at_source(node: Node, change: Change, views: Mapping[str, Array]) -> None:
    """Permute and multiply what makes each feature."""
    if node.name == OUTPUT or not isinstance(node.layer, Dense | Convolution | BatchNorm):
        raise DoesNotHold(f"{node.name} is neither dense, convolution nor batch normalization between others")
    if isinstance(node.layer, BatchNorm) and not np.array_equal(change.take, np.arange(len(change.take))):
        raise DoesNotHold(f"{node.name} keeps the order of the layer before it, which is permuted in its place")
    for short in node.parameters:
        array = views[f"{node.name}/{short}"]
        array[...] = array[..., change.take] * change.factor


def _check_nonlinearity(node: Node, factor: Array) -> None:
    name = node.layer.activation
    if (np.abs(factor) != 1).any() and name not in HOMOGENEOUS:
        raise DoesNotHold(f"{name} of {node.name} does not grow in proportion to what goes in")
    if (factor < 0).any() and name not in ODD:
        raise DoesNotHold(f"{name} of {node.name} is not odd: its value at -z is not minus its value at z")


def _through(
    node: Node, incoming: Sequence[Change | None], views: Mapping[str, Array], running: Buffers
) -> Change | None:
    """Return what becomes of a change behind a node; None if the node takes it back."""
    layer = node.layer
    if isinstance(layer, Concatenate):
        return _side_by_side(node, incoming)
    first = incoming[0]
    if isinstance(layer, Add):
        if first is None or not all(first.is_like(other) for other in incoming[1:]):
            raise DoesNotHold(f"{node.name} adds it to {' and '.join(node.inputs)} unit by unit")
        return first
    assert first is not None
    if isinstance(layer, Dense | Convolution):
        _take_back(node, first, views)
        return None
    if isinstance(layer, BatchNorm | LayerNorm):
        return _normalized(node, first, views, running)
    if isinstance(layer, Flatten):
        each = math.prod(node.input_shapes[0][1:])
        take = (first.take[:, None] * each + np.arange(each)).ravel()
        return Change(take, np.repeat(first.factor, each))
    if isinstance(layer, MaxPool) and (first.factor < 0).any():
        raise DoesNotHold(f"{node.name} keeps the largest number, which a flip makes the smallest")
    if isinstance(layer, Dropout | AveragePool | MaxPool):
        return first
    raise DoesNotHold(f"{node.name} reads it, and changes of what a {node.type} layer reads are not covered")


def _take_back(node: Node, change: Change, views: Mapping[str, Array]) -> None:
    """Permute and divide the weights that read each feature."""
    weights = views[f"{node.name}/W"]
    channels = node.input_shapes[0][0]
    by_channel = weights.reshape(len(weights), channels, -1)  # a view: an image is read channel after channel
    by_channel[...] = by_channel[:, change.take] / change.factor[:, None]


def _normalized(node: Node, change: Change, views: Mapping[str, Array], running: Buffers) -> Change:
    """Permute scale and shift; batch normalization takes a flip back with its scale."""
    by_batch = isinstance(node.layer, BatchNorm)
    if (np.abs(change.factor) != 1).any():
        raise DoesNotHold(
            f"{node.name} divides by the spread plus a small number, which makes the change nearly, not exactly, vanish"
        )
    if not by_batch and (change.factor < 0).any():
        raise DoesNotHold(f"{node.name} mixes the units of an example, so that a flip of one changes all")
    scale, shift = views[f"{node.name}/scale"], views[f"{node.name}/shift"]
    scale[...] = scale[..., change.take] * change.factor
    shift[...] = shift[..., change.take]
    if by_batch:
        mean, variance = running[f"{node.name}/mean"], running[f"{node.name}/variance"]
        mean[...] = mean[..., change.take] * change.factor
        variance[...] = variance[..., change.take]
    return Change.of(len(change.take), take=change.take)


def _side_by_side(node: Node, incoming: Sequence[Change | None]) -> Change:
    takes, factors, before = [], [], 0
    for shape, change in zip(node.input_shapes, incoming, strict=True):
        part = change or Change.of(shape[0])
        takes.append(part.take + before)
        factors.append(part.factor)
        before += shape[0]
    return Change(np.concatenate(takes), np.concatenate(factors))
