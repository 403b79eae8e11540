"""What belongs to a line: its band, its name at its end, and room between the names of several."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from diagnostics.figures.theme import SIZE, single

LABEL_HEIGHT = 0.07  # of a name beside a line, as a share of the height of the plot
MOST_LABELS = 10  # names that have room beside one another


def band(
    x: Sequence[float] | np.ndarray, low: np.ndarray, high: np.ndarray, name: str, color: str, shape: str = "linear"
) -> list[dict[str, object]]:
    """Return two traces between which the band of a curve is filled; they share the curve's legend entry `name`.

    `shape` is that of the curve, as Plotly names it: "hv" for steps.
    """
    there = np.isfinite(low) & np.isfinite(high)
    common = {
        "type": "scatter",
        "mode": "lines",
        "x": single(np.asarray(x)[there]),
        "line": {"width": 0, "shape": shape},
        "hoverinfo": "skip",
        "showlegend": False,
        "legendgroup": name,
    }
    return [
        {**common, "y": single(low[there]), "name": f"{name}, lower edge"},
        {**common, "y": single(high[there]), "name": f"{name}, upper edge", "fill": "tonexty", "fillcolor": color},
    ]


def line_end_label(x: float, y: float, text: str, color: str) -> dict[str, object]:
    """Return the name of a line, written at its end in its colour; it moves and hides with the line."""
    return {
        "type": "scatter",
        "mode": "text",
        "x": [x],
        "y": [y],
        "text": [f"\u00a0{text}"],
        "name": f"{text}, name",
        "meta": {"sign": "label"},
        "textposition": "middle right",
        "textfont": {"color": color, "size": SIZE - 1},
        "cliponaxis": False,
        "hoverinfo": "skip",
        "showlegend": False,
        "legendgroup": text,
    }


def spaced(values: Sequence[float], gap: float, least: float = -np.inf, largest: float = np.inf) -> list[float]:
    """Return the values moved apart, as little as it takes, so that no two lie closer than `gap`; order is kept.

    They stay between `least` and `largest` as far as there is room for all.
    """
    order = sorted(range(len(values)), key=lambda i: values[i])
    blocks: list[tuple[int, float]] = []  # how many values, and their common centre
    for i in order:
        n, centre = 1, float(values[i])
        while blocks and centre - blocks[-1][1] < gap * (n + blocks[-1][0]) / 2:
            before, its_centre = blocks.pop()
            n, centre = n + before, (n * centre + before * its_centre) / (n + before)
        blocks.append((n, centre))
    places = [centre + gap * (place - (n - 1) / 2) for n, centre in blocks for place in range(n)]
    places = [max(place, least + i * gap) for i, place in enumerate(places)]
    places = [min(place, largest - (len(places) - 1 - i) * gap) for i, place in enumerate(places)]
    result = [0.0] * len(values)
    for i, place in zip(order, places, strict=True):
        result[i] = place
    return result


def line_end_labels(
    names: Sequence[str],
    line_colors: Sequence[str],
    x: float,
    ends: Sequence[float],
    *,
    span: tuple[float, float],
    value: Callable[[float], float] = float,
    height: float = LABEL_HEIGHT,
) -> list[dict[str, object]]:
    """Return the names of lines that end at `x`, written there and moved apart where they would overlap.

    Parameters
    ----------
    names, line_colors : sequence of str
    x : float
        Where all lines end.
    ends : sequence of float
        Where each line ends; one that is not finite gets no name.
    span : tuple of float
        The least and the largest value that is drawn.
    value : callable
        Turns a place on the axis into the number that is drawn there, if `ends` and `span` are places on a scaled axis.
    height : float
        Of a name, as a share of the height of the plot.
    """
    there = [i for i, end in enumerate(ends) if np.isfinite(end)]
    gap = height * (span[1] - span[0])
    places = spaced([ends[i] for i in there], gap, *span)
    return [line_end_label(x, value(y), names[i], line_colors[i]) for i, y in zip(there, places, strict=True)]


def room_for(names: Sequence[str]) -> int:
    """Return the margin, in pixels of the screen, in which the longest of the names has room."""
    return 14 + 7 * max(map(len, names), default=0)


def least_and_largest(*values: np.ndarray) -> tuple[float, float]:
    """Return the least and the largest finite number; (0, 1) if there is none."""
    finite = [array[np.isfinite(array)] for array in values]
    everything = np.concatenate([np.ravel(array) for array in finite]) if finite else np.empty(0)
    return (float(everything.min()), float(everything.max())) if len(everything) else (0.0, 1.0)
