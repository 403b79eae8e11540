"""How a unit responds to an input, and how that changes with the input: the gradient that an activation is raised by.

The response is the unit's pre-activation (of the output its logit), which says more than the activation: behind it a
saturated or silent unit would have no slope. A unit of a convolution or a sequence is one of its features, and its
response the largest over all positions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from models.arrays import Array
from models.graph import Node
from models.layers import Embedding
from models.network import Network
from models.passes import Pass


def node_called(network: Network, name: str) -> Node:
    """Return a node by its name.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    found = {node.name: node for node in network.nodes}
    if name not in found:
        raise ValueError(f"the network has no layer {name!r}: choose one of {', '.join(found)}")
    return found[name]


def check_unit(node: Node, unit: int) -> None:
    """Raise a ValueError if a node has no such unit."""
    if not 0 <= unit < node.units:
        raise ValueError(f"{node.name} has the units 0 to {node.units - 1}, not {unit}")


class UnitResponse:
    """The responses of some units of one node, each to an input of its own, and their gradients.

    Parameters
    ----------
    network : Network
    params : array (n_parameters,)
        Of one seed.
    node : str
    units : sequence of int
        One for each input, U.
    buffers : dict of array (1, …), optional

    Raises
    ------
    ValueError
        If the node or a unit is not there, or the network reads tokens.
    """

    def __init__(
        self,
        network: Network,
        params: Array,
        node: str,
        units: Sequence[int],
        *,
        buffers: Mapping[str, Array] | None = None,
    ) -> None:
        found = node_called(network, node)
        for unit in units:
            check_unit(found, unit)
        if any(isinstance(one.layer, Embedding) for one in network.nodes):
            raise ValueError("this network reads tokens, which cannot be varied a little: look at examples instead")
        n = len(units)
        self._pass = Pass(network, params[None], n, buffers=buffers, to_input=True)
        self._until_gradient, self._to_input = self._pass.split_backward(node)
        self._node, self._units, self._rows = node, np.asarray(units, np.intp), np.arange(n)

    def __call__(self, x: Array) -> tuple[Array, Array]:
        """Return the responses (U,) to inputs x (U, D), and their gradients (U, D), as new arrays."""
        one = self._pass
        one.load(x)
        with np.errstate(all="ignore"):
            one.forward.replay()
            pre = one.tape.pre_activation[self._node][0]
            by_position = pre.reshape(len(pre), -1, pre.shape[-1])[self._rows, :, self._units]
            places = by_position.argmax(axis=1)
            one.grad_output.array.fill(0)  # so that the unit's gradient is zero but for the one below
            self._until_gradient.replay()
            grad = one.grad_pre_activation(self._node)[0]
            grad = grad.reshape(grad.shape[0], -1, grad.shape[-1])
            grad[self._units, places, self._rows] = 1
            self._to_input.replay()
        return by_position[self._rows, places], one.grad_input.examples[0].reshape(x.shape).copy()


def responses(pre_activation: Array) -> Array:
    """Return the response of each unit to each example, (R, N, units), from a tape's pre-activations."""
    by_position = pre_activation.reshape(*pre_activation.shape[:2], -1, pre_activation.shape[-1])
    return np.asarray(by_position.max(axis=2))
