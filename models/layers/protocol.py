"""What a layer is to the network: its parameters, the shape of what comes out, and its two passes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

from models.fields import Choice, Field
from models.signal import Shape
from models.site import Site


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


class Plain:
    """What most layers have in common: one input, a nonlinearity set by name, no buffers."""

    fields: ClassVar[tuple[Field | Choice, ...]] = ()
    joined: ClassVar[Mapping[str, str]] = {"W": "b"}
    activation = "linear"

    def parameters(self, *inputs: Shape) -> dict[str, Parameter]:
        """None."""
        return {}

    def buffers(self, *inputs: Shape) -> dict[str, Parameter]:
        """None."""
        return {}
