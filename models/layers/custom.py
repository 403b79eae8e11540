"""A user's own layer: a small class with `forward` and `backward`, accepted by name if its gradient is right.

Such a class computes with plain arrays, examples first, of one seed at a time; it need not know how the engine lays
things out. Start at `register_layer`; docs/own_layer.md has a worked example.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from models.arrays import Array, Arrays, stream
from models.fields import Choice, Field
from models.layers.protocol import Parameter, Plain
from models.signal import Shape, Signal, features_first
from models.site import Calls, Site

TOLERANCE = 1e-5  # relative; central differences in float64 with h = 1e-5 are good to about 1e-9
STEP = 1e-5
TRIED_SHAPES: tuple[Shape, ...] = ((5,), (4, 3), (4, 4, 2))


class OwnLayer(Protocol):
    """What a user writes. Shapes are of one example, features last: (D,), (positions, D), (height, width, channels)."""

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of what comes out; ValueError for an input that does not fit."""
        ...

    def parameters(self, shape: Shape) -> Mapping[str, Shape]:
        """Return the shape of each parameter by name; one whose name begins with W is drawn by the initializer."""
        ...

    def forward(self, parameters: Arrays, x: Array) -> Array:
        """Return y (N, …) for x (N, …)."""
        ...

    def backward(self, parameters: Arrays, x: Array, grad_y: Array) -> tuple[Array, Mapping[str, Array]]:
        """Return the gradient with respect to x, and with respect to each parameter."""
        ...


@dataclass(frozen=True)
class Own(Plain):
    """The engine's side of a user's layer: it hands out views of its arrays and copies the results."""

    own: ClassVar[type[Any]]
    joined: ClassVar[Mapping[str, str]] = {}

    def output_shape(self, *inputs: Shape) -> Shape:
        return features_first(self._layer().output_shape(_outside(inputs[0])))

    def parameters(self, *inputs: Shape) -> dict[str, Parameter]:
        result = {}
        for name, shape in self._layer().parameters(_outside(inputs[0])).items():
            fan_in = int(np.prod(shape[:-1])) if name.startswith("W") else 0
            result[name] = Parameter(tuple(shape), max(fan_in, 1) if name.startswith("W") else 0, shape[-1])
        return result

    def forward(self, site: Site) -> None:
        site.call(self._forward, site)

    def backward(self, site: Site) -> None:
        site.call(self._backward, site)

    def example_gradients(self, site: Site, examples: slice) -> Array:
        """From `backward` of one example at a time."""
        layer, chosen = self._layer(), range(site.n_examples)[examples]
        result = np.zeros((site.n_seeds, len(chosen), sum(a[0].size for a in site.parameters.values())), site.dtype)
        for row in range(site.n_seeds):
            parameters = {name: array[row] for name, array in site.parameters.items()}
            for place, i in enumerate(chosen):
                x, grad_y = (signal.examples[row, i : i + 1] for signal in (site.inputs[0], site.grad_output))
                grads = layer.backward(parameters, x, grad_y)[1]
                result[row, place] = np.concatenate([np.ravel(grads[name]) for name in parameters])
        return result

    def _forward(self, site: Site) -> None:
        layer = self._layer()
        for row in range(site.n_seeds):
            parameters = {name: array[row] for name, array in site.parameters.items()}
            site.output.examples[row] = layer.forward(parameters, site.inputs[0].examples[row])

    def _backward(self, site: Site) -> None:
        layer, grad_input = self._layer(), site.grad_inputs[0]
        for row in range(site.n_seeds):
            parameters = {name: array[row] for name, array in site.parameters.items()}
            x, grad_y = site.inputs[0].examples[row], site.grad_output.examples[row]
            grad_x, grads = layer.backward(parameters, x, grad_y)
            for name, array in site.gradients.items():
                array[row] = grads[name]
            if grad_input is not None:
                grad_input.examples[row] = grad_x

    def _layer(self) -> OwnLayer:
        names = [field.name for field in self.fields]
        layer: OwnLayer = self.own(**{name: getattr(self, name) for name in names})
        return layer


def _outside(shape: Shape) -> Shape:
    """Return a shape as the world outside of the engine sees it, features last."""
    return (*shape[1:], shape[0])


def own_layer(name: str, cls: type[Any]) -> type[Plain]:
    """Return the engine's layer for a user's class, once its gradient is found right.

    Parameters
    ----------
    name : str
        What it is called in ``Experiment.layers``.
    cls : type
        An `OwnLayer`; its settings, if any, are a class attribute ``fields`` of `models.fields.Field`, and arrive as
        keyword arguments of the constructor.

    Raises
    ------
    ValueError
        If it fits no input that was tried, or a gradient differs from central differences; the message has both
        numbers.
    """
    fields: tuple[Field | Choice, ...] = tuple(getattr(cls, "fields", ()))
    defaults = {field.name: field.default for field in fields}
    annotations = {field.name: type(field.default) for field in fields}
    body: dict[str, Any] = {
        "__annotations__": annotations,
        **defaults,
        "fields": fields,
        "own": cls,
        "__doc__": cls.__doc__,
    }
    made: type[Plain] = dataclass(frozen=True)(type(name, (Own,), body))
    tried = 0
    for shape in TRIED_SHAPES:
        try:
            made().output_shape(features_first(shape))  # type: ignore[attr-defined]
        except (ValueError, IndexError):
            continue
        _check_gradient(name, made(), features_first(shape))  # type: ignore[arg-type]
        tried += 1
    if not tried:
        shapes = ", ".join(map(str, TRIED_SHAPES))
        raise ValueError(f"layer {name!r} accepts none of the inputs {shapes}: there is nothing to check it on")
    return made


def _check_gradient(name: str, layer: Own, shape: Shape) -> None:
    """Compare backward with central differences, along a random direction of the input and of each parameter."""
    generator = stream(0, "own layer", name)
    n = 3
    x = Signal.empty(1, shape, n, "float64")
    y = Signal.empty(1, layer.output_shape(shape), n, "float64")
    grad_x, grad_y = Signal(np.zeros_like(x.array)), Signal(np.zeros_like(y.array))
    x.array[...] = generator.normal(size=x.array.shape)
    grad_y.array[...] = generator.normal(size=y.array.shape)
    shapes = layer.parameters(shape)
    parameters: dict[str, Array] = {key: generator.normal(size=(1, *value.shape)) for key, value in shapes.items()}
    gradients: dict[str, Array] = {key: np.zeros_like(value) for key, value in parameters.items()}
    site = Site(
        Calls(), "float64", name=name, parameters=parameters, gradients=gradients, inputs=(x,), output=y,
        grad_inputs=(grad_x,), grad_output=grad_y,
    )  # fmt: skip
    layer._forward(site)
    layer._backward(site)

    def total() -> float:
        layer._forward(site)
        return float((y.array * grad_y.array).sum())

    places = {"the input": (x.array, grad_x.array.copy())}
    places |= {f"parameter {key}": (parameters[key], gradients[key].copy()) for key in parameters}
    for what, (at, gradient) in places.items():
        direction = generator.normal(size=at.shape)
        start = at.copy()
        at[...] = start + STEP * direction
        above = total()
        at[...] = start - STEP * direction
        below = total()
        at[...] = start
        numeric, analytic = (above - below) / (2 * STEP), float((gradient * direction).sum())
        if not abs(numeric - analytic) <= TOLERANCE * max(1.0, abs(numeric)):
            raise ValueError(
                f"layer {name!r}: backward gives {analytic:.6g} for the slope with respect to {what}, central "
                f"differences give {numeric:.6g} (inputs of shape {_outside(shape)}): check the formula in backward"
            )
