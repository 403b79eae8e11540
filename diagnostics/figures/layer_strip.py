"""A strip of small multiples: how every layer is doing, one number for each layer, drawn small beside a training.

They have no legend and no caption of their own: the names stand at the ends of the lines, and the page says how to read
them. The same numbers stand larger on the page Layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import THEORY, layer_color
from diagnostics.figures.lines import least_and_largest, line_end_labels, room_for
from diagnostics.figures.log_ticks import log_ticks
from diagnostics.figures.theme import FigureWords, figure_of, log_axis, single
from diagnostics.layer_statistics import LayerMomentsReport
from diagnostics.saturation import SaturationReport
from diagnostics.seed_spread import Floats

HEIGHT = 128
TEN = 10  # steps: before them no second power of ten is there
LABEL_HEIGHT = 0.17  # of a name, as a share of the height of so small a plot
MOST_LABELS = 5  # of more layers only the first and the last are named
ALIKE, SAME = "all alike", 0.02  # what stands beside lines whose ends differ by less than this share of the axis
SPANNING = 30.0  # largest by least: from here on a logarithmic axis shows what a linear one would hide


def spread_strip_figure(report: LayerMomentsReport) -> go.Figure:
    """Return the standard deviation of one quantity in every layer over training.

    The activations of the output are left out: they are scores and grow with certainty, far beyond those of the others.
    """
    name = report.quantity.replace("_", "-")
    words = FigureWords(f"How far do the {name}s spread?", "", _ends(report), report.run_id, report.n_seeds)
    hidden = report.layers[:-1] if report.quantity == "activation" and len(report.layers) > 1 else report.layers
    names = [item.layer.name for item in hidden]
    values = [item.std.mean for item in hidden]
    steps = hidden[0].steps if hidden else np.empty(0, np.int64)
    network = [item.layer.name for item in report.layers]
    return _strip(words, names, steps, values, kind=f"strip-{name}", network=network)


def share_strip_figure(report: SaturationReport, network: Sequence[str]) -> go.Figure:
    """Return the saturated or dead share of every layer over training.

    Parameters
    ----------
    report : SaturationReport
    network : sequence of str
        The names of all layers, those without a share included; a layer's place among them decides its colour.
    """
    last = report.share[:, -1:] if len(report.steps) else report.share
    ends = [f"{name} {value[0]:.0%}" for name, value in zip(report.layers, last, strict=True) if len(value)]
    summary = f"The {report.kind} share: {', '.join(ends)}." if ends else "No layer here can saturate or die."
    words = FigureWords(f"Which layers are {report.kind}?", "", summary, report.run_id, report.n_seeds)
    figure = _strip(words, report.layers, report.steps, list(report.share), kind="strip-share", network=network)
    if len(report.steps):
        figure.update_layout(yaxis={"tickformat": ".0%", "range": [-0.03, 1.03], "nticks": 3})
    return figure


def _ends(report: LayerMomentsReport) -> str:
    ends = [f"{item.layer.name} {item.std.mean[-1]:.2g}" for item in report.layers if len(item.steps)]
    return f"The standard deviation: {', '.join(ends)}." if ends else "Nothing is recorded yet."


def _strip(
    words: FigureWords,
    names: Sequence[str],
    steps: np.ndarray,
    values: Sequence[Floats],
    *,
    kind: str,
    network: Sequence[str],
) -> go.Figure:
    colors = [layer_color(network.index(name), len(network)) for name in names]
    keep = steps > 0
    if not keep.any():
        words = replace(words, summary="Drawn after the first update.") if names else words
        return figure_of([], words, kind=kind, layout={"height": HEIGHT})
    x, rows = steps[keep], [value[keep] for value in values]
    least, largest = least_and_largest(*rows)
    log = kind != "strip-share" and least > 0 and largest > SPANNING * least
    traces: list[dict[str, object]] = [
        {
            "type": "scatter",
            "mode": "lines" if len(x) > 1 else "markers",
            "x": single(x),
            "y": single(row),
            "name": name,
            "line": {"color": color, "width": 1.8},
            "hovertemplate": f"{name}, step %{{x}}: %{{y:.2g}}<extra></extra>",
            "showlegend": False,
        }
        for name, color, row in zip(names, colors, rows, strict=True)
    ]
    span = (0.0, 1.0) if kind == "strip-share" else (least, largest)
    traces += _labels(names, colors, x, rows, span, log=log)
    layout = {
        "height": HEIGHT,
        "margin": {"l": 44, "r": room_for([*names, ALIKE]), "t": 6, "b": 22},
        "xaxis": {**log_axis("", True), **_powers(float(x[-1]))},
        "yaxis": {**log_axis("", log), "nticks": 4, "minor": {}, **(_few(least, largest) if log else {})},
    }
    return figure_of(traces, words, kind=kind, layout=layout)


def _powers(last: float) -> dict[str, object]:
    """At most four powers of ten: more have no room; of a training that has just begun, its steps."""
    if last < TEN:
        return {**log_ticks(0.0, float(np.log10(last)), whole=True), "tickangle": 0, "minor": {}}
    exponents = range(0, 13, 1 if last < 1e3 else 2)
    texts = [f"{10**exponent:,}".replace(",", "\u2009") for exponent in exponents]
    return {"tickvals": [10.0**exponent for exponent in exponents], "ticktext": texts, "tickangle": 0, "minor": {}}


def _few(least: float, largest: float) -> dict[str, object]:
    """At most three powers of ten upwards: the plot is as high as four lines of text."""
    return log_ticks(float(np.log10(least)), float(np.log10(largest)), most=3)


def _labels(
    names: Sequence[str],
    colors: Sequence[str],
    x: np.ndarray,
    rows: Sequence[Floats],
    span: tuple[float, float],
    *,
    log: bool,
) -> list[dict[str, object]]:
    """Return the names at the ends of the lines: all, or the first and the last; one for all that end alike."""
    place = np.log10 if log else np.asarray
    low, high = (float(place(value)) for value in span)
    ends = [float(place(row[-1])) for row in rows]
    shown = list(range(len(names))) if len(names) <= MOST_LABELS else [0, len(names) - 1]
    texts, inks = [names[i] for i in shown], [colors[i] for i in shown]
    if len(names) > 1 and max(ends) - min(ends) < SAME * (high - low):
        shown, texts, inks = [0], [ALIKE], [THEORY]
    value = (lambda y: float(10.0**y)) if log else float
    at = [ends[i] for i in shown]
    return line_end_labels(texts, inks, float(x[-1]), at, span=(low, high), value=value, height=LABEL_HEIGHT)
