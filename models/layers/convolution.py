"""Convolution and pooling over images (channels, height, width).

A convolution is one matrix product with a matrix of patches: row (channel, i, j), column (place, example). With the
examples last each patch row is copied in long contiguous runs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from models.activations import ACTIVATIONS
from models.arrays import Array
from models.fields import Choice, Field
from models.layers.protocol import Factors, Parameter, Plain
from models.signal import Shape
from models.site import Site, transposed

BAND_NUMBERS = 2**17  # numbers of a matrix of patches: half a megabyte in float32


@dataclass(frozen=True)
class Window:
    """How a square window of `size` cells, `dilation` apart, walks over a (padded) plane in steps of `stride`."""

    size: int
    stride: int
    dilation: int = 1

    def places(self, length: int) -> int:
        """Return the number of places along a side of that length; 0 if the window is larger."""
        return max(0, (length - self.dilation * (self.size - 1) - 1) // self.stride + 1)

    def cells(self, plane: Array, rows: range, width: int) -> Iterator[tuple[int, int, Array]]:
        """Yield (i, j, view) for each cell of the window: what it sees from all places of some rows.

        Parameters
        ----------
        plane : array (R, C, H, W, N)
        rows : range
            Of the output.
        width : int
            Of the output.
        """
        for i in range(self.size):
            for j in range(self.size):
                top, left = i * self.dilation, j * self.dilation
                down = slice(top + self.stride * rows.start, top + self.stride * (rows.stop - 1) + 1, self.stride)
                across = slice(left, left + self.stride * (width - 1) + 1, self.stride)
                yield i, j, plane[:, :, down, across]


def _image(shape: Shape, window: Window, padding: int, what: str) -> Shape:
    """Return (height, width) after the window.

    Raises
    ------
    ValueError
        If the shape is no image, or one that is smaller than the window.
    """
    if len(shape) != 3:
        raise ValueError(f"{what} needs an image (channels, height, width), got {shape}: put it before flatten")
    sides = tuple(window.places(side + 2 * padding) for side in shape[1:])
    if min(sides) < 1:
        reach = window.dilation * (window.size - 1) + 1
        raise ValueError(
            f"{what} of {reach}×{reach} does not fit into an image of {shape[1]}×{shape[2]} with padding {padding}: "
            "make it smaller, or pool less before it"
        )
    return sides


@dataclass(frozen=True)
class Convolution(Plain):
    """z = W * x + b, with W (channels in, size, size, channels) and b (channels,).

    A cross-correlation, as in every library of the field: the kernel is not mirrored.
    Source: LeCun et al. 1998, Gradient-based learning applied to document recognition, section II.
    """

    channels: int
    kernel_size: int = 3
    stride: int = 1
    padding: int = 1
    dilation: int = 1
    activation: str = "relu"

    fields: ClassVar[tuple[Field | Choice, ...]] = (
        Field("channels", 16, 1, 1024, "How many maps come out, each with a kernel of its own.", integer=True),
        Field("kernel_size", 3, 1, 31, "Side of the square window that a unit sees.", integer=True),
        Field("stride", 1, 1, 16, "How many pixels the window moves at a time.", integer=True),
        Field("padding", 1, 0, 15, "Zeros around the image; half the kernel keeps its size.", integer=True),
        Field("dilation", 1, 1, 16, "Distance of the pixels that the window looks at.", integer=True),
        Choice("activation", "relu", tuple(ACTIVATIONS), "The nonlinearity behind the layer."),
    )

    @property
    def window(self) -> Window:
        """How the kernel walks."""
        return Window(self.kernel_size, self.stride, self.dilation)

    def output_shape(self, *inputs: Shape) -> Shape:
        return (self.channels, *_image(inputs[0], self.window, self.padding, "a convolution"))

    def parameters(self, *inputs: Shape) -> dict[str, Parameter]:
        area = self.kernel_size**2
        shape = (inputs[0][0], self.kernel_size, self.kernel_size, self.channels)
        return {
            "W": Parameter(shape, inputs[0][0] * area, self.channels * area),
            "b": Parameter((self.channels,)),
        }

    def forward(self, site: Site) -> None:
        """z = [W; b]ᵀ [patches; 1], band by band: a band of patches stays in the processor's cache."""
        x, z = site.inputs[0].array, site.output
        padded = x
        if self.padding:
            padded = np.zeros((*x.shape[:2], *(side + 2 * self.padding for side in x.shape[2:4]), x.shape[4]), x.dtype)
            site.call(np.copyto, self._inside(padded), x)
        for rows, columns in self._bands(site):
            patches = np.ones(
                (site.n_seeds, x.shape[1] * self.kernel_size**2 + 1, columns.stop - columns.start), x.dtype
            )
            cells = self._cells(patches[:, :-1], x.shape[1], len(rows), z.shape[2])
            for i, j, seen in self.window.cells(padded, rows, z.shape[2]):
                site.call(np.copyto, cells[:, :, i, j], seen)
            site.product(transposed(site.joined["W"]), patches, z.matrix[:, :, columns])
            site.notes[f"patches {columns.start}"] = patches

    def backward(self, site: Site) -> None:
        """grad_[W; b] = [patches; 1] grad_zᵀ; each patch gives its gradient back to the pixels it was taken from."""
        grad_z, grad_input, width = site.grad_output.matrix, site.grad_inputs[0], site.output.shape[2]
        total = site.grad_joined["W"]
        part = site.transient(*total.shape)
        padded = None if grad_input is None else self._padded_gradient(site, grad_input.array)
        for rows, columns in self._bands(site):
            patches, grad_band = site.notes[f"patches {columns.start}"], grad_z[:, :, columns]
            site.product(patches, transposed(grad_band), part if rows.start else total)
            if rows.start:
                site.call(np.add, total, part, total)
            if padded is not None:
                grad_patches = site.transient(len(patches), patches.shape[1] - 1, patches.shape[2])
                site.product(site.joined["W"][:, :-1], grad_band, grad_patches)
                cells = self._cells(grad_patches, padded.shape[1], len(rows), width)
                for i, j, seen in self.window.cells(padded, rows, width):
                    site.call(np.add, seen, cells[:, :, i, j], seen)
        if padded is not None and grad_input is not None and self.padding:
            site.call(np.copyto, grad_input.array, self._inside(padded))

    def factors(self, site: Site) -> Factors:
        """One pair for each band of places."""
        pairs = []
        for _, columns in self._bands(site):
            arrays = (site.notes[f"patches {columns.start}"], site.grad_output.matrix[:, :, columns])
            x, grad_z = (array.reshape(*array.shape[:2], -1, site.n_examples) for array in arrays)
            pairs.append((x, grad_z))
        return {"W": pairs}

    def _bands(self, site: Site) -> Iterator[tuple[range, slice]]:
        """Yield rows of the output that are computed together, and their columns in its matrix."""
        _, height, width = site.output.shape
        row = width * site.n_examples
        n_rows = max(1, BAND_NUMBERS // ((site.inputs[0].shape[0] * self.kernel_size**2 + 1) * row))
        for start in range(0, height, n_rows):
            rows = range(start, min(start + n_rows, height))
            yield rows, slice(rows.start * row, rows.stop * row)

    def _padded_gradient(self, site: Site, grad_x: Array) -> Array:
        """Return zeros that the gradients of the pixels are added to, borders included."""
        padded = grad_x
        if self.padding:
            sides = (side + 2 * self.padding for side in grad_x.shape[2:4])
            padded = site.scratch(*grad_x.shape[:2], *sides, grad_x.shape[4])
        site.call(padded.fill, 0)
        return padded

    def _inside(self, padded: Array) -> Array:
        p = self.padding
        return padded[:, :, p:-p, p:-p]

    def _cells(self, patches: Array, channels: int, height: int, width: int) -> Array:
        """Return the matrix of patches, without its ones, as (R, C, size, size, height, width, N)."""
        size = self.kernel_size
        return patches.reshape(len(patches), channels, size, size, height, width, -1)


@dataclass(frozen=True)
class _Pool(Plain):
    """A window that moves by its own side unless `stride` says otherwise; no padding."""

    size: int = 2
    stride: int = 0

    fields: ClassVar[tuple[Field | Choice, ...]] = (
        Field("size", 2, 1, 31, "Side of the square window.", integer=True),
        Field("stride", 0, 0, 31, "How many pixels the window moves at a time; 0: its own side.", integer=True),
    )

    @property
    def window(self) -> Window:
        """How it walks."""
        return Window(self.size, self.stride or self.size)

    def output_shape(self, *inputs: Shape) -> Shape:
        return (inputs[0][0], *_image(inputs[0], self.window, 0, "pooling"))

    def _seen(self, site: Site, plane: Array) -> list[Array]:
        _, height, width = site.output.shape
        return [seen for _, _, seen in self.window.cells(plane, range(height), width)]


@dataclass(frozen=True)
class MaxPool(_Pool):
    """The largest number in each window; of several equal ones the first gets the gradient.

    Cell by cell: m_k = max(m_(k-1), x_k), so that on the way back the gradient of m_k goes to m_(k-1) where the two are
    equal, and to x_k where they are not.
    """

    def forward(self, site: Site) -> None:
        first, *others = self._seen(site, site.inputs[0].array)
        largest = [first, *(site.scratch(*first.shape) for _ in others[1:]), site.output.array]
        if not others:
            site.call(np.copyto, site.output.array, first)
        for before, seen, after in zip(largest[:-1], others, largest[1:], strict=False):
            site.call(np.maximum, before, seen, out=after)
        site.notes |= {f"largest {k}": array for k, array in enumerate(largest)}

    def backward(self, site: Site) -> None:
        if site.grad_inputs[0] is None:
            return
        grad, grad_x = site.grad_output.array, site.grad_inputs[0].array
        grad_first, *grad_others = self._seen(site, grad_x)
        is_older = np.empty(grad.shape, bool)
        site.call(grad_x.fill, 0)
        for k in range(len(grad_others), 0, -1):
            grad_older, part = site.scratch(*grad.shape), site.transient(*grad.shape)
            site.call(np.equal, site.notes[f"largest {k - 1}"], site.notes[f"largest {k}"], is_older)
            site.call(np.multiply, grad, is_older, grad_older)
            site.call(np.subtract, grad, grad_older, part)
            site.call(np.add, grad_others[k - 1], part, grad_others[k - 1])
            grad = grad_older
        site.call(np.add, grad_first, grad, grad_first)


@dataclass(frozen=True)
class AveragePool(_Pool):
    """The mean of each window."""

    def forward(self, site: Site) -> None:
        y = site.output.array
        first, *others = self._seen(site, site.inputs[0].array)
        site.call(np.copyto, y, first)
        for seen in others:
            site.call(np.add, y, seen, y)
        site.call(np.multiply, y, site.constant(1 / self.size**2), y)

    def backward(self, site: Site) -> None:
        if site.grad_inputs[0] is None:
            return
        grad_x, part = site.grad_inputs[0].array, site.transient(*site.output.array.shape)
        site.call(grad_x.fill, 0)
        site.call(np.multiply, site.grad_output.array, site.constant(1 / self.size**2), part)
        for grad_seen in self._seen(site, grad_x):
            site.call(np.add, grad_seen, part, grad_seen)


@dataclass(frozen=True)
class Flatten(Plain):
    """The same numbers as one vector, channel after channel."""

    def output_shape(self, *inputs: Shape) -> Shape:
        return (math.prod(inputs[0]),)

    def forward(self, site: Site) -> None:
        site.call(np.copyto, site.output.array, site.inputs[0].flattened.array)

    def backward(self, site: Site) -> None:
        if site.grad_inputs[0] is not None:
            site.call(np.copyto, site.grad_inputs[0].flattened.array, site.grad_output.array)
