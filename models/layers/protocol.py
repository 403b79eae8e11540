"""What a layer is to the network: its parameters, the shape of what comes out, and its two passes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from models.arrays import Array
from models.fields import Choice, Field
from models.signal import Shape
from models.site import Site

Factors = dict[str, list[tuple[Array, Array]]]
"""By the name of a weight, pairs x (R, rows, positions, N) and grad_z (R, columns, positions, N)."""


@dataclass(frozen=True)
class Parameter:
    """One array of parameters.

    Attributes
    ----------
    shape : tuple of int
        For one seed.
    fan_in, fan_out : int
        What the initializer goes by; 0 for what always starts at `start`.
    start : tuple of float
        The first values of what is not drawn at random (biases: 0), each for an equal part of the last axis.
    blocks : int
        Matrices that stand side by side (the gates of an LSTM), each drawn by itself.
    """

    shape: tuple[int, ...]
    fan_in: int = 0
    fan_out: int = 0
    start: tuple[float, ...] = (0.0,)
    blocks: int = 1

    @property
    def is_weight(self) -> bool:
        """Whether it is drawn by the initializer, and what penalties act on."""
        return self.fan_in > 0


class Layer(Protocol):
    """Frozen settings of one layer, and its two passes. Shapes are of one example, features first.

    A bias stands right behind its weight, under the name that `joined` gives, so that both are one matrix.
    """

    fields: ClassVar[tuple[Field | Choice, ...]]
    joined: ClassVar[Mapping[str, str]]
    couples_examples: ClassVar[bool]  # whether in training what it says of an example depends on the others

    @property
    def activation(self) -> str:
        """The name of the nonlinearity that follows."""
        ...

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the shape of what comes out.

        Raises
        ------
        ValueError
            If the inputs do not fit; the message says what would.
        """
        ...

    def parameters(self, *inputs: Shape) -> dict[str, Parameter]:
        """Return the parameters by short name, in the order of the flat buffer."""
        ...

    def buffers(self, *inputs: Shape) -> dict[str, Parameter]:
        """Return what is kept beside the parameters, by short name."""
        ...

    def forward(self, site: Site) -> None:
        """Take down the calls from ``site.inputs`` to ``site.output``."""
        ...

    def backward(self, site: Site) -> None:
        """Take down the calls from ``site.grad_output`` to the gradients of parameters and inputs."""
        ...

    def factors(self, site: Site) -> Factors:
        """Return what the gradient of each joined weight is the product of, as views, after the backward pass.

        The part of one example is Σ x grad_zᵀ over its positions, and over the pairs; the sum over the examples is the
        gradient. Empty where the gradient is no such product.
        """
        ...

    def example_gradients(self, site: Site, examples: slice) -> Array:
        """Return the part that each of some examples has in the gradient, (R, examples, parameters of the layer).

        All parts add up to the gradient. After the backward pass.
        """
        ...

    def inner(self, site: Site) -> dict[str, Array]:
        """Return what happens inside of the layer and is neither input nor output, by name: gates, attention.

        Views (R, N, …) of what the last forward pass at this site left.
        """
        ...


class Plain:
    """What most layers have in common: one input, a nonlinearity set by name, no buffers."""

    fields: ClassVar[tuple[Field | Choice, ...]] = ()
    joined: ClassVar[Mapping[str, str]] = {"W": "b"}
    couples_examples: ClassVar[bool] = False
    activation = "linear"

    def parameters(self, *inputs: Shape) -> dict[str, Parameter]:
        """None."""
        return {}

    def buffers(self, *inputs: Shape) -> dict[str, Parameter]:
        """None."""
        return {}

    def factors(self, site: Site) -> Factors:
        """None."""
        return {}

    def example_gradients(self, site: Site, examples: slice) -> Array:
        """From the factors, in the order of the flat buffer."""
        blocks = []
        for pairs in self.factors(site).values():
            block = None
            for x, grad in pairs:
                left = np.ascontiguousarray(np.moveaxis(x[..., examples], -1, 1))
                right = np.ascontiguousarray(np.moveaxis(grad[..., examples], -1, 1).swapaxes(-1, -2))
                part = np.matmul(left, right)
                block = part if block is None else block + part
            assert block is not None
            blocks.append(block.reshape(*block.shape[:2], -1))
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=2)

    def inner(self, site: Site) -> dict[str, Array]:
        """Nothing."""
        return {}
