"""Batch and layer normalization: x̂ = (x - mean)/√(variance + ε), then scale and shift for each feature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from models.arrays import Array
from models.fields import Choice, Field
from models.layers.dense import NO_ACTIVATION
from models.layers.protocol import Parameter, Plain
from models.signal import Shape
from models.site import Site

EPSILON = Field("epsilon", 1e-5, 1e-12, 1.0, "Keeps the division finite where nothing varies.")


@dataclass(frozen=True)
class _Normalization(Plain):
    """The arithmetic that both share; `axis` is what is averaged over in (R, features, positions·N)."""

    axis: ClassVar[int]

    def output_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]

    def parameters(self, *inputs: Shape) -> dict[str, Parameter]:
        width = (inputs[0][0],)
        return {"scale": Parameter(width, start=(1.0,)), "shift": Parameter(width)}

    def _normalize(self, site: Site, epsilon: float) -> tuple[Array, Array]:
        """Take down x̂ and 1/std by the numbers at hand; return mean and variance."""
        x = site.inputs[0].matrix
        shape = tuple(1 if axis == self.axis else length for axis, length in enumerate(x.shape))
        mean, variance, inverse = (site.scratch(*shape) for _ in range(3))
        normalized, part = site.scratch(*x.shape), site.transient(*x.shape)
        share = site.constant(1 / x.shape[self.axis])
        site.call(np.add.reduce, x, self.axis, None, mean, True)
        site.call(np.multiply, mean, share, mean)
        site.call(np.subtract, x, mean, normalized)
        site.call(np.multiply, normalized, normalized, part)
        site.call(np.add.reduce, part, self.axis, None, variance, True)
        site.call(np.multiply, variance, share, variance)
        _inverse_root(site, variance, epsilon, inverse)
        site.call(np.multiply, normalized, inverse, normalized)
        site.notes |= {"normalized": normalized, "inverse": inverse}
        return mean, variance

    def _scale_and_shift(self, site: Site) -> None:
        y, normalized = site.output.matrix, site.notes["normalized"]
        site.call(np.multiply, normalized, site.parameters["scale"][..., None], y)
        site.call(np.add, y, site.parameters["shift"][..., None], y)

    def _gradients(self, site: Site) -> None:
        """grad_scale = Σ grad_y ∘ x̂, grad_shift = Σ grad_y, over examples and positions."""
        grad_y, part = site.grad_output.matrix, site.transient(*site.grad_output.matrix.shape)
        site.call(np.add.reduce, grad_y, -1, None, site.gradients["shift"])
        site.call(np.multiply, grad_y, site.notes["normalized"], part)
        site.call(np.add.reduce, part, -1, None, site.gradients["scale"])

    def example_gradients(self, site: Site, examples: slice) -> Array:
        grad_y, normalized = site.grad_output.matrix, site.notes["normalized"]
        by_position = (*grad_y.shape[:2], -1, site.n_examples)
        parts = [(grad_y * normalized).reshape(by_position), grad_y.reshape(by_position)]
        return np.concatenate([part[..., examples].sum(axis=2) for part in parts], axis=1).swapaxes(1, 2)

    def _through_statistics(self, site: Site) -> None:
        """grad_x = (g - mean g - x̂ ∘ mean(g ∘ x̂))/std, with g = scale ∘ grad_y: mean and std depend on x, too."""
        if site.grad_inputs[0] is None:
            return
        grad_x, normalized = site.grad_inputs[0].matrix, site.notes["normalized"]
        part, row = site.transient(*grad_x.shape), site.scratch(*site.notes["inverse"].shape)
        share = site.constant(1 / grad_x.shape[self.axis])
        site.call(np.multiply, site.grad_output.matrix, site.parameters["scale"][..., None], grad_x)
        site.call(np.multiply, grad_x, normalized, part)
        site.call(np.add.reduce, part, self.axis, None, row, True)
        site.call(np.multiply, row, share, row)
        site.call(np.multiply, normalized, row, part)
        site.call(np.add.reduce, grad_x, self.axis, None, row, True)
        site.call(np.multiply, row, share, row)
        site.call(np.subtract, grad_x, row, grad_x)
        site.call(np.subtract, grad_x, part, grad_x)
        site.call(np.multiply, grad_x, site.notes["inverse"], grad_x)


def _inverse_root(site: Site, variance: Array, epsilon: float, out: Array) -> None:
    """Take down out = 1/√(variance + ε)."""
    site.call(np.add, variance, site.constant(epsilon), out)
    site.call(np.sqrt, out, out)
    site.call(np.reciprocal, out, out)


@dataclass(frozen=True)
class BatchNorm(_Normalization):
    """Each feature over the batch (and the positions); in evaluation by running means (Ioffe & Szegedy 2015).

    The running variance is the unbiased one, as in the libraries of the field. Of a single number mean and variance
    are that number and 0, so that the shift alone comes out (PyTorch refuses such a batch).
    """

    momentum: float = 0.1
    epsilon: float = 1e-5
    activation: str = "linear"

    fields: ClassVar[tuple[Field | Choice, ...]] = (
        Field("momentum", 0.1, 0.0, 1.0, "Share of the newest batch in the running mean and variance."),
        EPSILON,
        NO_ACTIVATION,
    )
    axis: ClassVar[int] = 2
    couples_examples: ClassVar[bool] = True

    def buffers(self, *inputs: Shape) -> dict[str, Parameter]:
        width = (inputs[0][0],)
        return {"mean": Parameter(width), "variance": Parameter(width, start=(1.0,))}

    def forward(self, site: Site) -> None:
        running = {name: site.buffers[name][..., None] for name in ("mean", "variance")}
        if site.training:
            mean, variance = self._normalize(site, self.epsilon)
            n = site.inputs[0].matrix.shape[2]
            for name, fresh, share in (("mean", mean, 1.0), ("variance", variance, n / max(n - 1, 1))):
                part = site.scratch(*fresh.shape)
                site.call(np.multiply, running[name], site.constant(1 - self.momentum), running[name])
                site.call(np.multiply, fresh, site.constant(self.momentum * share), part)
                site.call(np.add, running[name], part, running[name])
        else:
            x = site.inputs[0].matrix
            normalized, inverse = site.scratch(*x.shape), site.scratch(*running["mean"].shape)
            _inverse_root(site, running["variance"], self.epsilon, inverse)
            site.call(np.subtract, x, running["mean"], normalized)
            site.call(np.multiply, normalized, inverse, normalized)
            site.notes |= {"normalized": normalized, "inverse": inverse}
        self._scale_and_shift(site)

    def backward(self, site: Site) -> None:
        self._gradients(site)
        if site.training:
            self._through_statistics(site)
        elif site.grad_inputs[0] is not None:
            grad_x = site.grad_inputs[0].matrix
            site.call(np.multiply, site.grad_output.matrix, site.parameters["scale"][..., None], grad_x)
            site.call(np.multiply, grad_x, site.notes["inverse"], grad_x)


@dataclass(frozen=True)
class LayerNorm(_Normalization):
    """Each example (and position) over its features (Ba et al. 2016)."""

    epsilon: float = 1e-5
    activation: str = "linear"

    fields: ClassVar[tuple[Field | Choice, ...]] = (EPSILON, NO_ACTIVATION)
    axis: ClassVar[int] = 1

    def forward(self, site: Site) -> None:
        self._normalize(site, self.epsilon)
        self._scale_and_shift(site)

    def backward(self, site: Site) -> None:
        self._gradients(site)
        self._through_statistics(site)
