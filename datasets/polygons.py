"""Filled convex polygons on a grid of pixels, many at once. Start at `spans`.

A polygon is drawn as simple drawing libraries do it: each vertex stands for the pixel it lies in, and every row is
filled from the outline's left pixel to its right one, both included. What the polygons are is said elsewhere
(`datasets.shapeset`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]
Spans = tuple[Bytes, Bytes]
NOTHING = (1, 0)  # the first and the last pixel of a row without any
NEAREST = 0.501  # pixels; halves are rounded up, and a crossing is a fraction that comes no nearer to a half than this


def spans(vertices: Floats, side: int) -> Spans:
    """Return the first and the last pixel that each polygon covers in each row.

    Parameters
    ----------
    vertices : array (M, V, 2)
        Horizontal and vertical place, from 0 to side, in their order around each polygon.
    side : int
        Rows and columns of the picture, up to 255.

    Returns
    -------
    first, last : array (M, side)
        In rows that a polygon does not reach: first > last.
    """
    pixels = np.floor(vertices).astype(np.float32)
    x, y = pixels[:, :, 0, None], pixels[:, :, 1, None]
    to_x, to_y = np.roll(x, -1, axis=1), np.roll(y, -1, axis=1)
    rows = np.arange(side, dtype=np.float32)
    rise = to_y - y
    slope = (to_x - x) / np.where(rise == 0, 1, rise)
    crossing = (rows - y) * slope
    crossing += x
    is_crossed = (rows >= np.minimum(y, to_y)) & (rows <= np.maximum(y, to_y)) & (rise != 0)
    first = np.where(is_crossed, crossing, side).min(axis=1)
    last = np.where(is_crossed, crossing, -1).max(axis=1)
    is_reached = last >= 0
    return (
        np.where(is_reached, first + NEAREST, NOTHING[0]).astype(np.uint8),
        np.where(is_reached, last + NEAREST, NOTHING[1]).astype(np.uint8),
    )


def covered(polygons: Spans, side: int) -> NDArray[np.bool_]:
    """Return which pixels lie in each polygon, (M, side, side): rows, then columns."""
    columns = np.arange(side, dtype=np.uint8)
    first, last = polygons
    return np.asarray((columns >= first[:, :, None]) & (columns <= last[:, :, None]))
