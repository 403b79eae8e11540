"""One pass of a network over a fixed number of examples: its arrays, and its calls, bound once and replayed.

A `Pass` lays out what every node reads and writes, lets each layer take down its calls, and is then nothing but three
lists: forward, loss, backward. It leaves a `Tape`; nothing else is kept between forward and backward.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.arrays import Array
from models.graph import INPUT, OUTPUT, Node
from models.layers.protocol import Factors
from models.layout import Layout
from models.losses import bind_loss
from models.signal import Signal, features_first
from models.site import Calls, Desk, Draws, Site


@dataclass(frozen=True)
class Tape:
    """What a pass leaves behind, by node name; each array is a view (R, N, …, units).

    `grad_pre_activation` is the gradient of the mean loss and holds numbers after the backward pass only.
    """

    pre_activation: dict[str, Array]
    activation: dict[str, Array]
    grad_pre_activation: dict[str, Array]
    made_by: Pass

    @property
    def output(self) -> Array:
        """The logits, (R, N, K)."""
        return self.activation[OUTPUT]


class Pass:
    """Forward, loss and backward over N examples for R seeds.

    Parameters
    ----------
    network : Layout
    params : array (R, n_parameters)
        Read at every replay: what is changed in place is seen.
    n_examples : int
    buffers : dict of array, optional
        Of the training state; those of an untrained network if not given.
    training : bool
        Whether dropout drops, batch normalization uses the batch, and each seed has examples of its own. Otherwise all
        seeds read the same examples.
    draws : Draws, optional
        Where dropout gets its random numbers; needed in training.
    gradients : array (R, n_parameters), optional
        Where the gradients go.
    weighted : bool
        Whether the examples have weights in the loss, ``weights``.
    to_input : bool
        Whether the backward pass goes on to what the network reads, ``grad_input``, which training has no use for; for
        tokens, which cannot be varied a little, it is zero.

    Attributes
    ----------
    forward, compare, backward : Calls
        To be replayed in this order; `compare` is the loss and its gradient with respect to the logits.
    own_input : Signal
        Where the examples are written to: with one row of seeds in evaluation, since all seeds read the same.
    input_rows : array (R, D, N)
        The same memory, each example as one column of numbers.
    target : array (R, K, positions·N)
        What `Loss.encode` made of the targets, features first.
    weights : array (R, positions·N) or None
    loss : array (R,)
        The mean loss over the examples, after `compare`.
    """

    def __init__(
        self,
        network: Layout,
        params: Array,
        n_examples: int,
        *,
        buffers: Mapping[str, Array] | None = None,
        training: bool = False,
        draws: Draws | None = None,
        gradients: Array | None = None,
        weighted: bool = False,
        to_input: bool = False,
    ) -> None:
        self.network, self.params, self.n_examples, self.training = network, params, n_examples, training
        self.forward, self.compare, self.backward = Calls(), Calls(), Calls()
        self.gradients = np.zeros_like(params) if gradients is None else gradients
        self._buffers = network.init_buffers(len(params)) if buffers is None else buffers
        self._draws = draws or Draws(())
        self._desk = Desk(self.forward, network.dtype)
        self._signals = {INPUT: self._input()}
        self._pre: dict[str, Signal] = {}
        self._grads: dict[str, Signal] = {}
        self._consumers: dict[str, list[Signal]] = {}
        self._to_input = to_input
        self._n_until_spoken: dict[str, int] = {}
        self._n_until_gradient: dict[str, int] = {}
        self._bind_forward()
        self._bind_loss(weighted)
        self._bind_backward()

    @cached_property
    def replay(self) -> Callable[[], None]:
        """Forward, loss and backward in one go."""
        everything = Calls()
        for part in (self.forward, self.compare, self.backward):
            everything.extend(part)
        return everything.replay

    @property
    def n_seeds(self) -> int:
        """R."""
        return len(self.params)

    @property
    def input(self) -> Signal:
        """What the network reads."""
        return self._signals[INPUT]

    @property
    def logits(self) -> Signal:
        """What the network says."""
        return self._signals[OUTPUT]

    @property
    def grad_output(self) -> Signal:
        """The gradient with respect to the logits."""
        return self._grads[OUTPUT]

    @cached_property
    def tape(self) -> Tape:
        """What the last replay left, as views."""
        return Tape(
            {name: signal.examples for name, signal in self._pre.items()},
            {name: signal.examples for name, signal in self._signals.items() if name != INPUT},
            {name: signal.examples for name, signal in self._grads.items() if name != INPUT},
            self,
        )

    def activation(self, name: str) -> Array:
        """Return what a node says, as the engine has it: (R, D, …, N)."""
        return self._signals[name].array

    def grad_pre_activation(self, name: str) -> Array:
        """Return the gradient with respect to a node's pre-activation, likewise; after the backward pass."""
        return self._grads[name].array

    @property
    def grad_input(self) -> Signal:
        """The gradient with respect to what the network reads, of each seed; after the backward pass."""
        return self._grads[INPUT]

    def split_forward(self, name: str) -> tuple[Calls, Calls]:
        """Return the calls until a node has spoken and those behind it: between them what it says may be changed."""
        return self.forward.split(self._n_until_spoken[name])

    def split_backward(self, name: str) -> tuple[Calls, Calls]:
        """Return the calls until a node's ``grad_pre_activation`` is there and those behind it; likewise."""
        return self.backward.split(self._n_until_gradient[name])

    def factors(self, node: Node) -> Factors:
        """Return `Layer.factors` of a node, of the last replay."""
        return node.layer.factors(self._sites[node.name])

    def example_gradients(self, node: Node, examples: slice) -> Array:
        """Return `Layer.example_gradients` of a node, of the last replay."""
        return node.layer.example_gradients(self._sites[node.name], examples)

    def inner(self, node: Node) -> dict[str, Array]:
        """Return `Layer.inner` of a node, of the last forward pass."""
        return node.layer.inner(self._sites[node.name])

    def load(self, x: Array) -> None:
        """Copy examples (N, D) into the input, the same for all seeds; D may be several axes."""
        np.copyto(self.own_input.examples, x.reshape(len(x), *self.network.input_shape))

    def load_targets(self, encoded: Array) -> None:
        """Copy encoded targets (N, K) or (N, positions, K) for all seeds."""
        k = encoded.shape[-1]
        np.copyto(self.target, np.moveaxis(encoded.reshape(len(encoded), -1, k), (0, 1, 2), (2, 1, 0)).reshape(k, -1))

    def _input(self) -> Signal:
        shape = features_first(self.network.input_shape)
        n_own = self.n_seeds if self.training else 1
        self.own_input = Signal.empty(n_own, shape, self.n_examples, self.network.dtype, ones=1)
        self.input_rows = self.own_input.flattened.array
        memory = self.own_input.memory
        return Signal(np.broadcast_to(memory, (self.n_seeds, *memory.shape[1:])), ones=1)

    def _bind_forward(self) -> None:
        for node in self.network.nodes:
            is_linear = node.layer.activation == "linear"
            pre = self._pre[node.name] = self._empty(node, ones=int(is_linear and node.name != OUTPUT))
            self._signals[node.name] = pre if is_linear else self._empty(node, ones=1)
        self._sites = {node.name: self._site(node) for node in self.network.nodes}
        for node in self.network.nodes:
            site, after = self._sites[node.name], self._signals[node.name]
            node.layer.forward(site)
            if after is not site.output:
                node.activation.forward(site, site.output.array, after.array)
            self._n_until_spoken[node.name] = len(self.forward)

    def _bind_loss(self, weighted: bool) -> None:
        desk = Desk(self.compare, self.network.dtype)
        logits = self.logits.matrix
        self._grads[OUTPUT] = self._like(self.logits)
        self.target = np.zeros(logits.shape, self.network.dtype)
        self.weights = np.ones((self.n_seeds, logits.shape[-1]), self.network.dtype) if weighted else None
        self.loss = np.zeros(self.n_seeds, self.network.dtype)
        arrays = (logits, self.target, self.grad_output.matrix)
        bind_loss(self.network.loss, desk, arrays, self.loss, self.weights)

    def _bind_backward(self) -> None:
        for node in reversed(self.network.nodes):
            site = self._sites[node.name]
            site.call = self.backward
            if node.name != OUTPUT:
                self._grads[node.name] = self._collected(node.name)
            site.grad_output = self._grads[node.name]
            after = self._signals[node.name]
            if after is not site.output:
                node.activation.backward(site, site.output.array, after.array, site.grad_output.array)
            self._n_until_gradient[node.name] = len(self.backward)
            site.grad_inputs = tuple(self._grad_input(source) for source in node.inputs)
            node.layer.backward(site)
        if self._to_input:
            self._grads[INPUT] = self._collected(INPUT)

    def _grad_input(self, source: str) -> Signal | None:
        """Return where a consumer writes the gradient of what it read; of several, each has its own array."""
        if source == INPUT and not self._to_input:
            return None
        fresh = self._like(self._signals[source])
        self._consumers.setdefault(source, []).append(fresh)
        return fresh

    def _collected(self, name: str) -> Signal:
        """Return the gradient of a node: the sum of what its consumers wrote."""
        first, *others = self._consumers[name]
        for other in others:
            self.backward(np.add, first.array, other.array, first.array)
        return first

    def _empty(self, node: Node, ones: int) -> Signal:
        return Signal.empty(self.n_seeds, node.shape, self.n_examples, self.network.dtype, ones)

    def _like(self, signal: Signal) -> Signal:
        return Signal.empty(self.n_seeds, signal.shape, self.n_examples, self.network.dtype)

    def _site(self, node: Node) -> Site:
        parameters, joined = self._named(node, self.params)
        gradients, grad_joined = self._named(node, self.gradients)
        return Site(
            self.forward,
            self.network.dtype,
            constants=self._desk.constants,
            transients=self._desk.transients,
            name=node.name,
            parameters=parameters,
            gradients=gradients,
            joined=joined,
            grad_joined=grad_joined,
            buffers={
                full.split("/")[1]: array for full, array in self._buffers.items() if full.split("/")[0] == node.name
            },
            inputs=tuple(self._signals[source] for source in node.inputs),
            output=self._pre[node.name],
            training=self.training,
            draws=self._draws,
        )

    def _named(self, node: Node, flat: Array) -> tuple[dict[str, Array], dict[str, Array]]:
        """Return a node's arrays by short name, and each weight with its bias as one matrix, all views of `flat`."""
        places, shapes = self.network.places, self.network.shapes
        by_name = {
            short: flat[:, places[f"{node.name}/{short}"]].reshape(len(flat), *shapes[f"{node.name}/{short}"])
            for short in node.parameters
        }
        joined = {}
        for weight, bias in node.layer.joined.items():
            if weight in by_name:
                place = slice(places[f"{node.name}/{weight}"].start, places[f"{node.name}/{bias}"].stop)
                joined[weight] = flat[:, place].reshape(len(flat), -1, by_name[weight].shape[-1])
        return by_name, joined
