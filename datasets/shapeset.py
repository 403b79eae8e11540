"""Shapeset-3×2: endless images of one or two triangles, parallelograms and ellipses. Start at `shapeset`.

Image i depends on the seed and on i only: images are made in blocks of `BLOCK`, each from random numbers of its own, so
that it does not matter in which portions they are asked for. How polygons become pixels is in `datasets.polygons`.

Source: Glorot & Bengio 2010, section 2.1; the numbers that the paper leaves out are those of the generator which its
first author released (glorotxa/Shapeset, 2010).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.polygons import Floats, covered, spans

SIDE = 32
BLOCK = 500  # images that are made together
PORTION = 4000  # that `batches` holds
CLASSES = (
    "triangle", "parallelogram", "ellipse", "triangle and parallelogram", "parallelogram and ellipse",
    "triangle and ellipse", "two triangles", "two parallelograms", "two ellipses",
)  # fmt: skip
CLASS_OF_PAIR = np.array([[6, 3, 5], [3, 7, 4], [5, 4, 8]])
N_VERTICES = (3, 4, 20)  # of the regular polygons that are squashed; that of 20 becomes the ellipse
SCALES = (0.2, 0.8)  # of the picture's side
N_ANGLES = 255  # in which the circle is divided; the last one is never drawn
DARK, LIGHT = (0, 114), (140, 255)  # the two bands of grey, of 255
GREYS = (np.arange(256) / 127.5 - 1).astype(np.float32)  # of 0 to 255, as a network sees them
BORDER = 1.0  # pixels between an object and the edge of the picture
MOST_HIDDEN = 0.5  # of the first object's area, by the estimate of `_hidden`
MOST_REJECTIONS = 50  # then the picture stays without its second object

Integers = NDArray[np.int64]
Images = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Scenes:
    """What is on N pictures, before it is drawn.

    Attributes
    ----------
    n_objects : array (N,)
        1 or 2; the second lies over the first.
    shapes : array (N, 2)
        0 triangle, 1 parallelogram, 2 ellipse; of the second also where there is none.
    vertices : array (N, 2, 20, 2)
        Horizontal and vertical place in pixels; the last vertex of those with fewer is repeated.
    greys, background : array (N, 2), (N,)
        From 0 to 255.
    rejections : array (N,)
        How often the second object was drawn anew, since it would have hidden too much of the first.
    side : int
        Pixels.
    """

    n_objects: Integers
    shapes: Integers
    vertices: Floats
    greys: Integers
    background: Integers
    rejections: Integers
    side: int

    @property
    def labels(self) -> Integers:
        """The number of each picture's class, the place of its name in `CLASSES`."""
        pair = CLASS_OF_PAIR[self.shapes[:, 0], self.shapes[:, 1]]
        return np.where(self.n_objects == 1, self.shapes[:, 0], pair).astype(np.int64)

    def masks(self, number: int) -> NDArray[np.bool_]:
        """The pixels of the first (0) or second (1) object, (N, side, side), whatever lies over it."""
        first = np.ones((len(self.shapes), self.side), np.uint8)
        last = np.zeros((len(self.shapes), self.side), np.uint8)
        for shape, n_vertices in enumerate(N_VERTICES):
            here = np.flatnonzero((self.shapes[:, number] == shape) & (self.n_objects > number))
            first[here], last[here] = spans(self.vertices[here, number, :n_vertices], self.side)
        return covered((first, last), self.side)

    def images(self) -> NDArray[np.uint8]:
        """The pictures, (N, side, side), in 255 steps of grey."""
        greys, background = self.greys.astype(np.uint8), self.background.astype(np.uint8)
        result = np.broadcast_to(background[:, None, None], (len(greys), self.side, self.side))
        for number in (0, 1):
            result = np.where(self.masks(number), greys[:, number, None, None], result)
        return result


def shapeset(n: int, seed: int = 0, start: int = 0, *, side: int = SIDE) -> tuple[Images, Integers]:
    """Return images and their classes.

    Parameters
    ----------
    n : int
    seed : int
        Another seed draws other images.
    start : int
        The number of the first; every n images from any start are the same, however they are asked for.
    side : int
        Pixels on each side, up to 255.

    Returns
    -------
    x : array (n, side·side), float32
        Grey from -1 (black) to 1 (white), row by row.
    y : array (n,), int64
        Places in `CLASSES`.
    """
    x, y = np.empty((n, side * side), np.float32), np.empty(n, np.int64)
    for block in range(start // BLOCK, -(-(start + n) // BLOCK)):
        low, high = max(start, block * BLOCK), min(start + n, (block + 1) * BLOCK)
        made, inside = scenes(seed, block, side=side), slice(low - block * BLOCK, high - block * BLOCK)
        x[low - start : high - start] = GREYS[made.images()[inside].reshape(high - low, -1)]
        y[low - start : high - start] = made.labels[inside]
    return x, y


def batches(size: int, seed: int = 0, start: int = 0, *, side: int = SIDE) -> Iterator[tuple[Images, Integers]]:
    """Yield mini-batches (x, y) without end, as `shapeset` returns them.

    Parameters
    ----------
    size : int
        Images of a batch.
    """
    portion = max(1, PORTION // size) * size
    while True:
        x, y = shapeset(portion, seed, start, side=side)
        for first in range(0, portion, size):
            yield x[first : first + size], y[first : first + size]
        start += portion


def scenes(seed: int, block: int, *, side: int = SIDE) -> Scenes:
    """Return what is on the images from block·BLOCK to (block + 1)·BLOCK - 1."""
    generator = np.random.default_rng([seed, block])
    n_objects = 1 + _whole(generator.random(BLOCK), 2)
    shapes = _whole(generator.random((BLOCK, 2)), len(N_VERTICES))
    is_light, grey = generator.random(BLOCK) < 0.5, generator.random((BLOCK, 3))
    turns = [_turns(generator, shapes[:, number]) for number in (0, 1)]
    first = _placed(generator, turns[0], side)
    second, rejections = _second(generator, turns[1], first, side)
    return Scenes(
        np.where(rejections < MOST_REJECTIONS, n_objects, 1),
        shapes,
        np.stack([first.vertices, second.vertices], axis=1),
        _greys(grey[:, :2], is_light[:, None]),
        _greys(grey[:, 2], ~is_light),
        np.where(n_objects == 2, rejections, 0),
        side,
    )


def _whole(share: Floats, n: int | Integers) -> Integers:
    """Return a whole number from 0 to n - 1 for each share of 1."""
    return np.asarray(share * n).astype(np.int64)


def _greys(share: Floats, is_light: NDArray[np.bool_]) -> Integers:
    low, high = np.where(is_light, LIGHT[0], DARK[0]), np.where(is_light, LIGHT[1], DARK[1])
    return low + _whole(share, high - low + 1)


@dataclass(frozen=True, eq=False)
class _Turns:
    """What of M objects is drawn once: shapes (M,), the angle before they are squashed and the one after it."""

    shapes: Integers
    before: Floats
    after: Floats

    def of(self, rows: NDArray[np.bool_] | Integers) -> _Turns:
        return _Turns(self.shapes[rows], self.before[rows], self.after[rows])


@dataclass(frozen=True, eq=False)
class _Objects:
    """M objects in their places: vertices (M, 20, 2), centres (M, 2), areas (M,) in units of π/4 pixels²."""

    vertices: Floats
    centres: Floats
    areas: Floats

    def of(self, rows: NDArray[np.bool_] | Integers) -> _Objects:
        return _Objects(self.vertices[rows], self.centres[rows], self.areas[rows])


def _turns(generator: np.random.Generator, shapes: Integers) -> _Turns:
    """Draw angles: any one at the end; before, of those at which the lowest edge stays the lowest one."""
    share = generator.random((2, len(shapes)))
    n, last, step = np.array(N_VERTICES)[shapes], N_ANGLES - 1, 2 * math.pi / N_ANGLES
    before = _whole(share[0], N_ANGLES // n)
    before = np.where(before > last // (2 * n), np.minimum(before - last // n, -1), before)
    return _Turns(shapes, np.asarray(before * step), np.asarray(_whole(share[1], last) * step))


def _placed(generator: np.random.Generator, turns: _Turns, side: int) -> _Objects:
    """Draw lengths and places: regular polygons are turned, squashed along the axes, turned back and to any angle.

    The whole object stays within the border.
    """
    share = generator.random((4, len(turns.shapes)))
    lengths = np.sort(SCALES[0] + (SCALES[1] - SCALES[0]) * share[:2], axis=0)[::-1] * side
    back = -np.arctan(lengths[1] / lengths[0] * np.tan(turns.before))  # the lowest edge is level again
    whole = (_rotation(turns.before) * lengths.T[:, None, :]) @ _rotation(back + turns.after)
    vertices = REGULAR[turns.shapes] @ whole
    low, high = BORDER - vertices.min(axis=1), side - BORDER - vertices.max(axis=1)
    low, high = np.maximum(low, 0), np.minimum(high, side)
    centres = low + (high - low) * share[2:].T
    areas = lengths[0] * lengths[1] * FILLED[turns.shapes]
    return _Objects(vertices + centres[:, None, :], centres, areas)


def _second(generator: np.random.Generator, turns: _Turns, under: _Objects, side: int) -> tuple[_Objects, Integers]:
    """Return objects to lie over others, and how often lengths and place of each were drawn anew."""
    result = _placed(generator, turns, side)
    rejections, open_ones = np.zeros(len(turns.shapes), np.int64), np.arange(len(turns.shapes))
    for _ in range(MOST_REJECTIONS):
        open_ones = open_ones[_hidden(result.of(open_ones), under.of(open_ones)) > MOST_HIDDEN]
        if not len(open_ones):
            break
        rejections[open_ones] += 1
        again = _placed(generator, turns.of(open_ones), side)
        result.vertices[open_ones], result.centres[open_ones] = again.vertices, again.centres
        result.areas[open_ones] = again.areas
    return result, rejections


def _hidden(over: _Objects, under: _Objects) -> Floats:
    """Estimate which share of each object the one over it hides, in the way of the released generator.

    Seen along the line between the centres, at the distance d, the two reach r together. Where r > d, they overlap by
    1 - 2^((d - r)/d) of the upper one's area.
    """
    centres = np.floor(under.centres)
    between = over.centres - centres
    distance = np.maximum(np.hypot(between[:, 0], between[:, 1]), 1e-9)
    along = (between / distance[:, None])[:, :, None]
    reach = ((under.vertices - centres[:, None, :]) @ along).max(axis=(1, 2))
    reach += ((over.centres[:, None, :] - over.vertices) @ along).max(axis=(1, 2))
    depth = np.maximum(reach - distance, 0)
    return np.asarray((1 - 2 ** (-depth / distance)) * over.areas / under.areas)


def _rotation(angle: Floats) -> Floats:
    """Return matrices (M, 2, 2) that turn rows of places."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.moveaxis(np.array([[cosine, sine], [-sine, cosine]]), 2, 0)


def _regular() -> Floats:
    """Return the regular polygons in a circle of diameter 1 with a level edge, (3, 20, 2), padded as in `Scenes`."""
    result = []
    for n in N_VERTICES:
        angle = 2 * math.pi * ((np.minimum(np.arange(max(N_VERTICES)), n - 1) + 0.5) / n + 0.25)
        result.append(0.5 * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    return np.array(result)


REGULAR = _regular()
FILLED = np.array([n * math.sin(2 * math.pi / n) / (2 * math.pi) for n in N_VERTICES])  # share of the circle's area
