"""The fully connected layer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from models.activations import ACTIVATIONS
from models.fields import Choice, Field
from models.layers.protocol import Factors, Parameter, Plain
from models.signal import Shape, Signal
from models.site import Site, transposed

ACTIVATION = Choice("activation", "tanh", tuple(ACTIVATIONS), "The nonlinearity behind the layer.")
NO_ACTIVATION = Choice("activation", "linear", tuple(ACTIVATIONS), "The nonlinearity behind the layer.")


@dataclass(frozen=True)
class Dense(Plain):
    """z = Wᵀ x + b, with W (fan_in, units) and b (units,).

    An image is read as one vector, channel after channel; a sequence position by position, with the same weights.
    """

    units: int
    activation: str = "tanh"

    fields: ClassVar[tuple[Field | Choice, ...]] = (
        Field("units", 32, 1, 4096, "How many units the layer has: its width.", integer=True),
        ACTIVATION,
    )

    def output_shape(self, *inputs: Shape) -> Shape:
        return (self.units, *_vectors(inputs[0])[1:])

    def parameters(self, *inputs: Shape) -> dict[str, Parameter]:
        fan_in = _vectors(inputs[0])[0]
        return {"W": Parameter((fan_in, self.units), fan_in, self.units), "b": Parameter((self.units,))}

    def forward(self, site: Site) -> None:
        """z = [W; b]ᵀ [x; 1]."""
        x = read(site.inputs[0])
        site.product(transposed(site.joined["W"]), x.with_ones, site.output.matrix)

    def backward(self, site: Site) -> None:
        """grad_[W; b] = [x; 1] grad_zᵀ; grad_x = W grad_z."""
        x, grad_z = read(site.inputs[0]), site.grad_output.matrix
        site.product(x.with_ones, transposed(grad_z), site.grad_joined["W"])
        if site.grad_inputs[0] is not None:
            site.product(site.parameters["W"], grad_z, read(site.grad_inputs[0]).matrix)

    def factors(self, site: Site) -> Factors:
        arrays = (read(site.inputs[0]).with_ones, site.grad_output.matrix)
        x, grad_z = (array.reshape(*array.shape[:2], -1, site.n_examples) for array in arrays)
        return {"W": [(x, grad_z)]}


def read(signal: Signal) -> Signal:
    """Return a signal as vectors: an image flattened, anything else as it is."""
    return signal.flattened if len(signal.shape) > 2 else signal


def _vectors(shape: Shape) -> Shape:
    return (math.prod(shape),) if len(shape) > 2 else shape
