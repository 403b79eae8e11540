"""The network, drawn: a column for each layer with its units, and what each connection holds."""

from __future__ import annotations

import itertools
import math

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import THEORY, layer_color
from diagnostics.figures.theme import FigureWords, figure_of, single
from models.experiment import Experiment
from models.network import Network

MOST_DRAWN = 9


def network_drawing_figure(
    experiment: Experiment, inputs: int | tuple[int, ...], task: str, n_outputs: int, *, per_position: bool = False
) -> go.Figure:
    """Return the layers from left to right; of wide layers the first and last units stand for all.

    Raises
    ------
    ValueError
        If the loss does not fit the task.
    """
    network = Network.build(experiment, inputs, task, n_outputs, per_position=per_position)
    widths = [math.prod(network.input_shape), *(node.units for node in network.nodes)]
    names = ["input", *(node.name for node in network.nodes)]
    columns = [_heights(width) for width in widths]
    traces: list[dict[str, object]] = [_connections(columns)]
    labels = []
    for position, (name, width, heights) in enumerate(zip(names, widths, columns, strict=True)):
        color = THEORY if position == 0 else layer_color(position - 1, len(network.nodes))
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [position] * len(heights),
                "y": single(heights),
                "name": name,
                "marker": {"size": 10, "color": color},
                "hoverinfo": "name",
                "showlegend": False,
            }
        )
        activation = "" if position == 0 else f"<br>{network.nodes[position - 1].layer.activation}"
        labels.append(
            {
                "x": position,
                "yref": "paper",
                "y": 0,
                "yanchor": "top",
                "showarrow": False,
                "text": f"<b>{name}</b><br>{width}{activation}",
            }
        )
        if width > MOST_DRAWN:
            labels.append({"x": position, "y": 0, "showarrow": False, "text": "⋮", "font": {"size": 20}})
    layout = {
        "height": 240,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 62},
        "xaxis": {"visible": False, "range": [-0.5, len(names) - 0.5], "fixedrange": True},
        "yaxis": {"visible": False, "range": [-1.15, 1.15], "fixedrange": True},
        "annotations": labels,
    }
    total = f"{network.n_parameters:,}".replace(",", "\u202f")
    shapes = ", ".join(
        f"{name} {' × '.join(map(str, shape))}" for name, shape in network.shapes.items() if name.endswith("/W")
    )
    words = FigureWords(
        "What is being trained?",
        f"{total} parameters: weights and biases.",
        f"A network with {total} parameters.",
        title="The network",
        details=f"Weights: {shapes}.",
    )
    return figure_of(traces, words, kind="network", layout=layout)


def _heights(width: int) -> np.ndarray:
    """Where the drawn units stand, with a gap in the middle of a wide layer."""
    if width <= MOST_DRAWN:
        return np.linspace(1, -1, width) * min(1.0, width / MOST_DRAWN) if width > 1 else np.zeros(1)
    heights = np.linspace(1, -1, MOST_DRAWN)
    return np.delete(heights, MOST_DRAWN // 2)


def _connections(columns: list[np.ndarray]) -> dict[str, object]:
    x, y = [], []
    for position, (left, right) in enumerate(itertools.pairwise(columns)):
        for a in left:
            for b in right:
                x += [position, position + 1, np.nan]
                y += [float(a), float(b), np.nan]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": single(np.array(x)),
        "y": single(np.array(y)),
        "name": "connections",
        "line": {"width": 0.5, "color": "rgba(122,130,140,0.35)"},
        "hoverinfo": "skip",
        "showlegend": False,
    }
