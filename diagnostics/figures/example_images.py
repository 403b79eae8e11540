"""Images before training: the first ones of each class side by side, as the network sees them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from diagnostics.figures.theme import FigureWords, axis, figure_of, single

PER_CLASS = 12
GAP_SHARE = 0.08  # of an image's side, between two of them
TILE_HEIGHT = 40  # pixels of the screen
GREYS = [[0.0, "#000000"], [1.0, "#ffffff"]]


def example_images_figure(
    x: np.ndarray, y: NDArray[np.int64], shape: Sequence[int], class_names: Sequence[str]
) -> go.Figure:
    """Return one row of images for each class.

    Parameters
    ----------
    x : array (N, height·width·channels)
        Channels are averaged.
    y : array (N,)
        Places in `class_names`.
    shape : sequence of int
        (height, width, channels).
    class_names : sequence of str
    """
    height, width, _ = shape
    gap = max(1, round(GAP_SHARE * height))
    rows = [np.flatnonzero(y == label)[:PER_CLASS] for label in range(len(class_names))]
    sheet = np.full((len(rows) * (height + gap) - gap, PER_CLASS * (width + gap) - gap), np.nan)
    for top, chosen in enumerate(rows):
        for left, row in enumerate(chosen):
            from_top, from_left = top * (height + gap), left * (width + gap)
            image = x[row].reshape(shape).mean(axis=-1)
            sheet[from_top : from_top + height, from_left : from_left + width] = image
    trace = {
        "type": "heatmap",
        "z": single(sheet),
        "colorscale": GREYS,
        "zmin": float(np.nanmin(sheet)),
        "zmax": float(np.nanmax(sheet)),
        "showscale": False,
        "hoverinfo": "skip",
        "name": "images",
    }
    middles = [top * (height + gap) + (height - 1) / 2 for top in range(len(rows))]
    least, most = (f"{trace[end]:.3g}".replace("-", "−") for end in ("zmin", "zmax"))
    caption = f"The first {PER_CLASS} training images of each class. To the network black is {least} and white {most}."
    summary = f"{len(class_names)} classes of images, {height} × {width} pixels each; {len(x)} of them to train on."
    layout = {
        "xaxis": axis("", visible=False, constrain="domain"),
        "yaxis": axis(
            "", tickvals=middles, ticktext=list(class_names), autorange="reversed", scaleanchor="x", constrain="domain",
            showline=False, showgrid=False, ticks="",
        ),
        "height": TILE_HEIGHT * len(rows) + 24,
        "margin": {"l": 56, "r": 16, "t": 12, "b": 12},
    }  # fmt: skip
    return figure_of(
        [trace], FigureWords("What do the classes look like?", caption, summary), kind="images", layout=layout
    )
