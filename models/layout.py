"""How a network lies in memory: named nodes over one flat buffer of parameters, and how that buffer begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

import numpy as np
from numpy.typing import NDArray

from models.arrays import Array, stream
from models.graph import Node, n_numbers
from models.initializers import INITIALIZERS
from models.layers import Embedding, Parameter
from models.losses import Loss
from models.signal import Shape


@dataclass(frozen=True)
class Layout:
    """Nodes in topological order, the last one called "output", and the loss that trains them.

    Attributes
    ----------
    nodes : tuple of Node
    loss : Loss
    input_shape : tuple of int
        Of one example as the world outside sees it: (D,), (positions, D), (height, width, channels).
    """

    nodes: tuple[Node, ...]
    loss: Loss
    input_shape: Shape
    initializer: str = "glorot_uniform"
    dtype: str = "float32"

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """Every parameter by its full name, ``"dense1/W"``, in the order of the flat buffer."""
        return {f"{node.name}/{short}": value for node in self.nodes for short, value in node.parameters.items()}

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of every parameter for one seed: ``{"dense1/W": (fan_in, units), "dense1/b": (units,), …}``."""
        return {name: parameter.shape for name, parameter in self.parameters.items()}

    @cached_property
    def places(self) -> dict[str, slice]:
        """Where in the flat buffer every parameter stands."""
        result, start = {}, 0
        for name, shape in self.shapes.items():
            result[name] = slice(start, start + n_numbers(shape))
            start = result[name].stop
        return result

    @cached_property
    def n_parameters(self) -> int:
        """The number of parameters of one seed."""
        return sum(n_numbers(shape) for shape in self.shapes.values())

    @cached_property
    def is_weight(self) -> Array:
        """1 where the flat buffer holds a weight and 0 where a bias, scale or shift, (n_parameters,)."""
        result = np.zeros(self.n_parameters, self.dtype)
        for name, parameter in self.parameters.items():
            result[self.places[name]] = parameter.is_weight
        return result

    def views(self, flat: Array) -> dict[str, Array]:
        """Return the named parameters as views (R, …) of a flat buffer (R, n_parameters)."""
        leading = flat.shape[:-1]
        return {name: flat[..., self.places[name]].reshape(*leading, *shape) for name, shape in self.shapes.items()}

    @overload
    def weights_of(self, node: Node, flat: Array) -> Array: ...

    @overload
    def weights_of(self, node: Node, flat: None) -> None: ...

    def weights_of(self, node: Node, flat: Array | None) -> Array | None:
        """Return all weights of a node as rows (R, n), without biases; a view of `flat` where there is one matrix."""
        if flat is None:
            return None
        parts = [flat[:, start:end] for start, end in self.weight_spans(node)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def weight_spans(self, node: Node) -> NDArray[np.int64]:
        """Return where the weights of a node stand in the flat buffer, without biases: begins and ends, (S, 2)."""
        places = [self.places[name] for name in node.shapes if self.parameters[name].is_weight]
        return np.array([(place.start, place.stop) for place in places], np.int64)

    def biases_of(self, node: Node, flat: Array | None) -> Array | None:
        """Return all biases of a node as rows (R, n): what is no weight; None if it has none, or `flat` is None."""
        places = [self.places[name] for name in node.shapes if not self.parameters[name].is_weight]
        if flat is None or not places:
            return None
        return np.concatenate([flat[:, place] for place in places], axis=1)

    def init(self, seeds: Sequence[int]) -> Array:
        """Return initial parameters (R, n_parameters): each from its seed and name alone; biases zero."""
        flat = np.zeros((len(seeds), self.n_parameters), dtype=self.dtype)
        for name, view in self.views(flat).items():
            parameter = self.parameters[name]
            for row, seed in enumerate(seeds):
                view[row] = self._drawn(parameter, seed, name) if parameter.is_weight else _starts(parameter)
        return flat

    def _drawn(self, parameter: Parameter, seed: int, name: str) -> Array:
        """Each block of columns by itself: (rows, columns) with the fans that the parameter states."""
        rows, columns = n_numbers(parameter.shape[:-1]), parameter.shape[-1] // parameter.blocks
        generator, draw = stream(seed, name), INITIALIZERS[self.initializer]
        fan_in, fan_out = parameter.fan_in, parameter.fan_out
        blocks = [draw(generator, fan_in, fan_out, (rows, columns)) for _ in range(parameter.blocks)]
        return np.concatenate(blocks, axis=1).reshape(parameter.shape)

    def init_buffers(self, n_seeds: int) -> dict[str, Array]:
        """Return what is neither parameter nor tape at the start, such as running means: (R, …) by full name."""
        return {
            f"{node.name}/{short}": np.tile(_starts(entry).astype(self.dtype), (n_seeds, 1))
            for node in self.nodes
            for short, entry in node.layer.buffers(*node.input_shapes).items()
        }

    def check_tokens(self, x: Array) -> None:
        """See that examples (N, D) hold tokens that the network knows, if it reads tokens.

        Raises
        ------
        ValueError
            If one of them is no whole number, or is none of the vocabulary.
        """
        for node in self.nodes:
            if not isinstance(node.layer, Embedding):
                continue
            most = node.layer.vocabulary - 1
            unknown = x[~((x >= 0) & (x <= most) & (x == np.floor(x)))]
            if unknown.size:
                raise ValueError(
                    f"{node.name} knows the tokens 0 to {most}, but the data hold {unknown[0]:g}: give whole numbers "
                    "from 0 up, and set its vocabulary to the number of different ones"
                )


def _starts(parameter: Parameter) -> Array:
    n = n_numbers(parameter.shape)
    return np.repeat(np.array(parameter.start), n // len(parameter.start)).reshape(parameter.shape)
