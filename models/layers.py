"""The layers: frozen settings with `shapes`, `forward` and `backward`, written for any number of leading axes.

Start at `LAYERS`. The nonlinearity behind a layer is applied by the network (`models.network`), which also owns all
buffers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from models.activations import ACTIVATIONS
from models.arrays import Array, Arrays
from models.fields import Field, checked


class Layer(Protocol):
    """Settings of one layer, and its two passes.

    Shapes: x (…, N, fan_in), pre-activations z (…, N, fan_out). A layer writes into the arrays it is given.
    """

    @property
    def activation(self) -> str:
        """The name of the nonlinearity that follows."""
        ...

    @property
    def fan_out(self) -> int:
        """The width of what comes out."""
        ...

    def shapes(self, fan_in: int) -> dict[str, tuple[int, ...]]:
        """Return the shape of each parameter, by its short name."""
        ...

    def forward(self, parameters: Arrays, x: Array, z: Array) -> None:
        """Write the pre-activation to `z`."""
        ...

    def backward(self, parameters: Arrays, x: Array, grad_z: Array, grads: tuple[Arrays, Array | None]) -> None:
        """Write the gradients of the parameters and, if that array is given, of x; `grads` holds both."""
        ...


@dataclass(frozen=True)
class Dense:
    """z = x W + b, with W (fan_in, units) and b (units,)."""

    units: int
    activation: str = "tanh"

    fields: ClassVar[tuple[Field, ...]] = (
        Field("units", 32, 1, 4096, "How many units the layer has: its width.", integer=True),
    )

    @property
    def fan_out(self) -> int:
        """The number of units."""
        return self.units

    def shapes(self, fan_in: int) -> dict[str, tuple[int, ...]]:
        """W (fan_in, units), b (units,)."""
        return {"W": (fan_in, self.units), "b": (self.units,)}

    def forward(self, parameters: Arrays, x: Array, z: Array) -> None:
        """z = x W + b."""
        np.matmul(x, parameters["W"], out=z)
        z += parameters["b"][..., None, :]

    def backward(self, parameters: Arrays, x: Array, grad_z: Array, grads: tuple[Arrays, Array | None]) -> None:
        """grad_W = xᵀ grad_z; grad_b = Σₙ grad_z; grad_x = grad_z Wᵀ."""
        grad_parameters, grad_x = grads
        np.matmul(x.swapaxes(-1, -2), grad_z, out=grad_parameters["W"])
        np.sum(grad_z, axis=-2, out=grad_parameters["b"])
        if grad_x is not None:
            np.matmul(grad_z, parameters["W"].swapaxes(-1, -2), out=grad_x)


LAYERS: Mapping[str, type[Dense]] = {"dense": Dense}


def checked_layer(entry: Mapping[str, object], place: str) -> dict[str, object]:
    """Return an entry of ``Experiment.layers`` with its defaults filled in.

    Raises
    ------
    ValueError
        For an unknown type, activation or setting; `place` says where, "layer 2".
    """
    kind = entry.get("type", "dense")
    if kind not in LAYERS:
        raise ValueError(f"{place} has the unknown type {kind!r}: use one of {', '.join(LAYERS)}")
    activation = entry.get("activation", "tanh")
    if activation not in ACTIVATIONS:
        raise ValueError(f"{place} has the unknown activation {activation!r}: use one of {', '.join(ACTIVATIONS)}")
    numbers = {name: value for name, value in entry.items() if name != "activation"}
    settings = checked(place, LAYERS[str(kind)].fields, numbers)
    return {"type": str(kind), **settings, "activation": str(activation)}


def layer_from(entry: Mapping[str, object]) -> Layer:
    """Return the layer of a checked entry."""
    return Dense(int(str(entry["units"])), str(entry["activation"]))
