"""The network: a chain of named nodes over one flat buffer of parameters, with its forward and backward pass.

A pass leaves a `Tape`; nothing else is kept between forward and backward. A `Workspace` holds the arrays of a tape and
of its backward pass, made once for a number of seeds and examples, so that the inner loop of training allocates
nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import numpy as np

from models.activations import ACTIVATIONS, Activation
from models.arrays import Array, Arrays, stream
from models.experiment import Experiment
from models.initializers import INITIALIZERS
from models.layers import Dense, Layer, layer_from
from models.losses import Loss, loss_for

Grouped = dict[str, dict[str, Array]]
"""Arrays by node and by short name, ``["dense1"]["W"]``."""


@dataclass(frozen=True)
class Node:
    """One place in the network: a layer with its nonlinearity, its name and what it reads."""

    name: str
    layer: Layer
    inputs: tuple[str, ...]
    fan_in: int

    @property
    def activation(self) -> Activation:
        """The nonlinearity behind the layer."""
        return ACTIVATIONS[self.layer.activation]

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter for one seed, by its full name ``"dense1/W"``."""
        return {f"{self.name}/{short}": shape for short, shape in self.layer.shapes(self.fan_in).items()}


@dataclass
class Tape:
    """What a pass leaves behind, by node name; each array is (R, N, units).

    `grad_pre_activation` is the gradient of the mean loss and holds numbers after `Network.backward` only.
    """

    params: Array
    x: Array
    pre_activation: dict[str, Array] = field(default_factory=dict)
    activation: dict[str, Array] = field(default_factory=dict)
    grad_pre_activation: dict[str, Array] = field(default_factory=dict)

    @property
    def output(self) -> Array:
        """The logits, (R, N, K)."""
        return self.activation["output"]


@dataclass(frozen=True)
class Workspace:
    """Arrays of one tape and its backward pass, for R seeds and N examples."""

    tape: Tape
    grad_activation: dict[str, Array]
    slope: dict[str, Array]
    gradients: Array
    gradients_by_node: Grouped
    grouped: list[tuple[Array, Grouped]] = field(default_factory=list)


@dataclass(frozen=True)
class Network:
    """Nodes in topological order, the last one called "output", and the loss that trains them."""

    nodes: tuple[Node, ...]
    loss: Loss
    initializer: str = "glorot_uniform"
    dtype: str = "float32"

    @classmethod
    def build(cls, experiment: Experiment, n_features: int, task: str, n_outputs: int) -> Self:
        """Return the network of an experiment for data with `n_features` columns and `n_outputs` classes or targets.

        Raises
        ------
        ValueError
            If the loss does not fit the task.
        """
        loss = loss_for(experiment.loss, task)
        nodes: list[Node] = []
        width, before, counts = n_features, "input", dict[str, int]()
        for entry in experiment.layers:
            kind, layer = str(entry["type"]), layer_from(entry)
            counts[kind] = counts.get(kind, 0) + 1
            nodes.append(Node(f"{kind}{counts[kind]}", layer, (before,), width))
            width, before = layer.fan_out, nodes[-1].name
        nodes.append(Node("output", Dense(loss.n_outputs(n_outputs), "linear"), (before,), width))
        return cls(tuple(nodes), loss, experiment.initializer, experiment.dtype)

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of every parameter for one seed: ``{"dense1/W": (fan_in, units), "dense1/b": (units,), …}``."""
        return {name: shape for node in self.nodes for name, shape in node.shapes.items()}

    @cached_property
    def n_parameters(self) -> int:
        """The number of parameters of one seed."""
        return sum(math.prod(shape) for shape in self.shapes.values())

    @cached_property
    def is_weight(self) -> Array:
        """1 where the flat buffer holds a weight and 0 where a bias, (n_parameters,)."""
        parts = [np.full(math.prod(shape), name.endswith("/W")) for name, shape in self.shapes.items()]
        return np.concatenate(parts).astype(self.dtype)

    def views(self, flat: Array) -> dict[str, Array]:
        """Return the named parameters as views (R, …) of a flat buffer (R, n_parameters)."""
        result, start = {}, 0
        for name, shape in self.shapes.items():
            stop = start + math.prod(shape)
            result[name] = flat[..., start:stop].reshape(*flat.shape[:-1], *shape)
            start = stop
        return result

    def init(self, seeds: Sequence[int]) -> Array:
        """Return initial parameters (R, n_parameters): each from its seed and name alone; biases zero."""
        flat = np.zeros((len(seeds), self.n_parameters), dtype=self.dtype)
        draw = INITIALIZERS[self.initializer]
        for name, view in self.views(flat).items():
            if name.endswith("/W"):
                for row, seed in enumerate(seeds):
                    view[row] = draw(stream(seed, name), view.shape[-2], view.shape[-1])
        return flat

    def workspace(self, n_seeds: int, n_examples: int) -> Workspace:
        """Return the arrays that a pass over `n_examples` with `n_seeds` seeds writes to."""
        tape = Tape(np.empty(0), np.empty(0))
        grad_activation, slope = {}, {}
        for node in self.nodes:
            shape = (n_seeds, n_examples, node.layer.fan_out)
            is_linear = node.layer.activation == "linear"
            z = tape.pre_activation[node.name] = np.empty(shape, self.dtype)
            tape.activation[node.name] = z if is_linear else np.empty(shape, self.dtype)
            grad = grad_activation[node.name] = np.empty(shape, self.dtype)
            tape.grad_pre_activation[node.name] = grad
            slope[node.name] = np.empty((0,) if is_linear else shape, self.dtype)
        gradients = np.empty((n_seeds, self.n_parameters), self.dtype)
        return Workspace(tape, grad_activation, slope, gradients, self._grouped(gradients))

    def forward(self, params: Array, x: Array, workspace: Workspace | None = None) -> Tape:
        """Return the tape of a pass.

        Parameters
        ----------
        params : array (R, n_parameters)
        x : array (N, D) or (R, N, D)
            The same examples for all seeds, or each seed its own.
        workspace : Workspace, optional
            Where to write; its arrays are overwritten by the next pass that uses it.
        """
        space = workspace or self.workspace(len(params), x.shape[-2])
        tape = space.tape
        tape.params, tape.x = params, x
        parameters = self._by_node(params, space)
        for node in self.nodes:
            z = tape.pre_activation[node.name]
            node.layer.forward(parameters[node.name], x, z)
            x = tape.activation[node.name]
            if x is not z:
                node.activation.forward(z, x)
        return tape

    def backward(self, tape: Tape, grad_output: Array, workspace: Workspace | None = None) -> Array:
        """Return the gradients of all parameters, (R, n_parameters), and fill ``tape.grad_pre_activation``.

        Parameters
        ----------
        tape : Tape
            Of a forward pass.
        grad_output : array (R, N, K)
            The gradient of the loss with respect to the logits.
        workspace : Workspace, optional
            The one that the forward pass used.
        """
        space = workspace or self.workspace(len(tape.params), tape.x.shape[-2])
        tape.grad_pre_activation = space.tape.grad_pre_activation
        parameters, gradients = self._by_node(tape.params, space), space.gradients_by_node
        if grad_output is not space.grad_activation["output"]:
            np.copyto(space.grad_activation["output"], grad_output)
        for node in reversed(self.nodes):
            grad, z, a = (part[node.name] for part in (space.grad_activation, tape.pre_activation, tape.activation))
            if a is not z:
                grad *= node.activation.derivative(z, a, space.slope[node.name])
            before = node.inputs[0]
            x = tape.x if before == "input" else tape.activation[before]
            grads = (gradients[node.name], space.grad_activation.get(before))
            node.layer.backward(parameters[node.name], x, grad, grads)
        return space.gradients

    def _by_node(self, flat: Array, space: Workspace) -> Grouped:
        """Return the views of a flat buffer by node and short name; the workspace remembers the last."""
        if space.grouped and space.grouped[0][0] is flat:
            return space.grouped[0][1]
        grouped = self._grouped(flat)
        space.grouped[:] = [(flat, grouped)]
        return grouped

    def _grouped(self, flat: Array) -> Grouped:
        return _group([node.name for node in self.nodes], self.views(flat))


def _group(names: Sequence[str], views: Arrays) -> Grouped:
    result: Grouped = {name: {} for name in names}
    for full, view in views.items():
        node, short = full.rsplit("/", 1)
        result[node][short] = view
    return result
