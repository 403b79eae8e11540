"""Layers without arithmetic of their own to speak of: sums and rows of several inputs, dropout, embedding."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from models.arrays import Array
from models.fields import Choice, Field
from models.layers.dense import NO_ACTIVATION
from models.layers.protocol import Parameter, Plain
from models.signal import Shape
from models.site import Site


@dataclass(frozen=True)
class Add(Plain):
    """The sum of two or more inputs of one shape; what closes a residual block (He et al. 2016)."""

    activation: str = "linear"

    fields: ClassVar[tuple[Field | Choice, ...]] = (NO_ACTIVATION,)

    def output_shape(self, *inputs: Shape) -> Shape:
        if len(inputs) < 2 or len(set(inputs)) > 1:
            met = " and ".join(str(shape) for shape in inputs)
            raise ValueError(
                f"a sum needs two or more inputs of one shape, got {met}: give the branches the same width, "
                "or put a layer on one that brings it to the other's shape"
            )
        return inputs[0]

    def forward(self, site: Site) -> None:
        first, second, *others = (signal.array for signal in site.inputs)
        site.call(np.add, first, second, site.output.array)
        for other in others:
            site.call(np.add, site.output.array, other, site.output.array)

    def backward(self, site: Site) -> None:
        for grad in site.grad_inputs:
            if grad is not None:
                site.call(np.copyto, grad.array, site.grad_output.array)


@dataclass(frozen=True)
class Concatenate(Plain):
    """The features of two or more inputs one after another; everything but the features must agree."""

    def output_shape(self, *inputs: Shape) -> Shape:
        if len(inputs) < 2 or len({shape[1:] for shape in inputs}) > 1:
            met = " and ".join(str(shape) for shape in inputs)
            raise ValueError(f"concatenate needs two or more inputs that agree in all but the features, got {met}")
        return (sum(shape[0] for shape in inputs), *inputs[0][1:])

    def _parts(self, site: Site, whole: Array) -> list[Array]:
        ends = np.cumsum([0, *(signal.shape[0] for signal in site.inputs)])
        return [whole[:, start:stop] for start, stop in itertools.pairwise(ends)]

    def forward(self, site: Site) -> None:
        for signal, part in zip(site.inputs, self._parts(site, site.output.array), strict=True):
            site.call(np.copyto, part, signal.array)

    def backward(self, site: Site) -> None:
        for grad, part in zip(site.grad_inputs, self._parts(site, site.grad_output.array), strict=True):
            if grad is not None:
                site.call(np.copyto, grad.array, part)


@dataclass(frozen=True)
class Dropout(Plain):
    """In training each number is 0 with probability `rate`, else divided by 1 - rate (Srivastava et al. 2014)."""

    rate: float = 0.5

    fields: ClassVar[tuple[Field | Choice, ...]] = (
        Field("rate", 0.5, 0.0, 0.99, "Share of the numbers that is set to zero at each update."),
    )

    def output_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]

    def forward(self, site: Site) -> None:
        x, y = site.inputs[0].array, site.output.array
        if not site.training or self.rate == 0:
            site.call(np.copyto, y, x)
            return
        keep, stays = site.scratch(*x.shape), np.empty(x.shape, bool)
        site.call(site.draws.uniform, site.name, keep)
        site.call(np.greater_equal, keep, site.constant(self.rate), stays)
        site.call(np.multiply, stays, site.constant(1 / (1 - self.rate)), keep)
        site.call(np.multiply, x, keep, y)
        site.notes["keep"] = keep

    def backward(self, site: Site) -> None:
        if site.grad_inputs[0] is None:
            return
        grad_x, grad_y = site.grad_inputs[0].array, site.grad_output.array
        if "keep" in site.notes:
            site.call(np.multiply, grad_y, site.notes["keep"], grad_x)
        else:
            site.call(np.copyto, grad_x, grad_y)


@dataclass(frozen=True)
class Embedding(Plain):
    """A vector for each token: row t of W (vocabulary, units), for tokens 0, 1, … at each position.

    It reads the input and nothing else, so that nobody asks for the gradient with respect to the tokens.
    """

    vocabulary: int
    units: int

    fields: ClassVar[tuple[Field | Choice, ...]] = (
        Field("vocabulary", 32, 2, 100_000, "How many different tokens there are.", integer=True),
        Field("units", 16, 1, 1024, "How many numbers stand for a token.", integer=True),
    )
    joined: ClassVar[Mapping[str, str]] = {}

    def output_shape(self, *inputs: Shape) -> Shape:
        if len(inputs[0]) != 1:
            raise ValueError(f"an embedding needs one token at each position, (positions,), got {inputs[0]}")
        return (self.units, inputs[0][0])

    def parameters(self, *inputs: Shape) -> dict[str, Parameter]:
        return {"W": Parameter((self.vocabulary, self.units), 1, self.units)}

    def forward(self, site: Site) -> None:
        x, w = site.inputs[0].array, site.parameters["W"]
        tokens = np.zeros(x.shape, np.intp)
        rows = site.scratch(*x.shape, self.units)
        site.call(np.copyto, tokens, x, casting="unsafe")
        for row, vectors in enumerate(rows):
            site.call(np.take, w[row], tokens[row], 0, vectors, "clip")
        site.call(np.copyto, site.output.array, np.moveaxis(rows, -1, 1))
        site.integers["tokens"] = tokens

    def backward(self, site: Site) -> None:
        tokens, grad_w = site.integers["tokens"], site.gradients["W"]
        rows = site.scratch(*tokens.shape, self.units)
        site.call(np.copyto, rows, np.moveaxis(site.grad_output.array, 1, -1))
        site.call(grad_w.fill, 0)
        for row, vectors in enumerate(rows):
            site.call(np.add.at, grad_w[row], tokens[row], vectors)

    def example_gradients(self, site: Site, examples: slice) -> Array:
        tokens = site.integers["tokens"][..., examples]
        vectors = np.moveaxis(site.grad_output.array[..., examples], 1, -1)
        n_seeds, _, n = tokens.shape
        result = np.zeros((n_seeds, n, *site.parameters["W"].shape[1:]), vectors.dtype)
        seed, example = np.arange(n_seeds)[:, None, None], np.arange(n)[None, None]
        np.add.at(result, (seed, example, tokens), vectors)
        return result.reshape(n_seeds, n, -1)
