"""From the entries of an experiment to nodes in topological order, with every shape checked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.activations import ACTIVATIONS, Activation
from models.layers import Add, Dense, Embedding, Flatten, Layer, Parameter, layer_from
from models.signal import Shape

INPUT = "input"
OUTPUT = "output"


@dataclass(frozen=True)
class Node:
    """One place in the network: a layer with its nonlinearity, its name, what it reads, and the shapes that meet."""

    name: str
    layer: Layer
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape, ...]
    shape: Shape

    @property
    def activation(self) -> Activation:
        """The nonlinearity behind the layer."""
        return ACTIVATIONS[self.layer.activation]

    @property
    def type(self) -> str:
        """What the layer is called in `LAYERS`."""
        return "dense" if self.name == OUTPUT else self.name.rstrip("0123456789")

    @property
    def fan_in(self) -> int:
        """How many numbers a unit reads."""
        weights = [parameter for parameter in self.parameters.values() if parameter.is_weight]
        return weights[0].fan_in if weights else self.input_shapes[0][0]

    @property
    def has_weights(self) -> bool:
        """Whether anything in it is drawn by the initializer."""
        return any(parameter.is_weight for parameter in self.parameters.values())

    @property
    def units(self) -> int:
        """How many features come out, at each position."""
        return self.shape[0]

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The parameters, by short name."""
        return self.layer.parameters(*self.input_shapes)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter for one seed, by its full name ``"dense1/W"``."""
        return {f"{self.name}/{short}": parameter.shape for short, parameter in self.parameters.items()}


class Graph:
    """Nodes as they are added, each checked against those before it."""

    def __init__(self, input_shape: Shape) -> None:
        self.nodes: list[Node] = []
        self._shapes: dict[str, Shape] = {INPUT: input_shape}
        self._counts: dict[str, int] = {}
        self._last = INPUT

    @property
    def last_shape(self) -> Shape:
        """What came out of the last node."""
        return self._shapes[self._last]

    def add_entries(self, entries: Sequence[Mapping[str, object]]) -> None:
        """Add a chain of checked entries; one that names its inputs starts a branch."""
        for entry in entries:
            if entry["type"] == "residual":
                self._add_residual(entry)
            else:
                self.add(str(entry["type"]), layer_from(entry), self._sources(entry))

    def add(self, kind: str, layer: Layer, inputs: tuple[str, ...] = (), name: str = "") -> None:
        """Add a node behind the last one, or behind `inputs`.

        Raises
        ------
        ValueError
            If it reads what is not there, or shapes do not fit.
        """
        self._counts[kind] = self._counts.get(kind, 0) + 1
        name = name or f"{kind}{self._counts[kind]}"
        inputs = inputs or (self._last,)
        for source in inputs:
            if source not in self._shapes:
                raise ValueError(f"{name} reads {source!r}, which does not come before it: {', '.join(self._shapes)}")
        if isinstance(layer, Embedding) and inputs != (INPUT,):
            raise ValueError(f"{name} reads {inputs[0]}, which gives no tokens: an embedding must read the {INPUT}")
        shapes = tuple(self._shapes[source] for source in inputs)
        try:
            shape = layer.output_shape(*shapes)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
        self.nodes.append(Node(name, layer, inputs, shapes, shape))
        self._shapes[name], self._last = shape, name

    def add_output(self, n_outputs: int, *, per_position: bool) -> None:
        """Add the last node: a linear layer to the loss.

        Raises
        ------
        ValueError
            If one output for each position is asked for and there are none, or if a node is read by nobody.
        """
        if per_position and len(self.last_shape) != 2:
            raise ValueError(
                f"the target has one value for each position, but {self._last} gives {self.last_shape}: "
                'let the last recurrent layer return "all"'
            )
        if not per_position and len(self.last_shape) == 2:
            self.add("flatten", Flatten())
        self.add("dense", Dense(n_outputs, "linear"), name=OUTPUT)
        read = {source for node in self.nodes for source in node.inputs}
        if unread := [node.name for node in self.nodes[:-1] if node.name not in read]:
            raise ValueError(f"nobody reads {', '.join(unread)}: name it in the inputs of a later layer, or remove it")

    def _add_residual(self, entry: Mapping[str, object]) -> None:
        start = (self._sources(entry) or (self._last,))[0]
        inner = entry["layers"]
        assert isinstance(inner, (list, tuple))
        first, *others = inner
        self.add_entries([{"inputs": [start], **first}, *others])
        self.add("residual", Add(str(entry["activation"])), (start, self._last))

    @staticmethod
    def _sources(entry: Mapping[str, object]) -> tuple[str, ...]:
        names = entry.get("inputs", ())
        assert isinstance(names, (list, tuple))
        return tuple(str(name) for name in names)


def n_numbers(shape: Shape) -> int:
    """Return how many numbers an array of that shape holds."""
    return math.prod(shape)
