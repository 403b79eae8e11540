"""The update-to-weight ratio of each layer, drawn with the band in which it should lie."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import THEORY, layer_color
from diagnostics.figures.lines import MOST_LABELS, band, least_and_largest, line_end_labels, room_for
from diagnostics.figures.theme import BOTTOM, LOG_LEFT, FigureWords, Naming, figure_of, log_axis, single
from diagnostics.seed_spread import Floats, Spread
from diagnostics.settings_in_words import mean_of_seeds
from diagnostics.update_ratio import UpdateRatioReport


def update_ratio_figure(report: UpdateRatioReport, log_x: bool = True) -> go.Figure:
    """Return one line for each layer on logarithmic axes."""
    question = "Are the updates of a healthy size?"
    named: Naming = {"title": "Update-to-weight ratio by layer", "term": "update ratio"}
    labelled = len(report.layers) <= MOST_LABELS
    if not report.layers or len(report.steps) == 0:
        return figure_of([], FigureWords(question, "", "No update is recorded yet.", **named), kind="update-ratio")
    traces: list[dict[str, object]] = []
    for depth, (name, spread) in enumerate(zip(report.layers, report.spreads, strict=True)):
        if report.n_seeds > 1:
            faint = layer_color(depth, len(report.layers), 0.15)
            traces += band(report.steps, _lower_edge(spread), spread.high, name, faint)
        line = {"color": layer_color(depth, len(report.layers)), "width": 2}
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": single(report.steps),
                "y": single(spread.mean),
                "name": name,
                "legendgroup": name,
                "line": line,
                "showlegend": not labelled,
            }
        )
    if labelled:
        traces += _names(report)
    least, most = report.healthy
    zone = {
        "type": "rect",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": least,
        "y1": most,
        "line": {"width": 0},
        "fillcolor": "rgba(0,158,115,0.10)",
        "layer": "below",
    }
    label = {
        "xref": "paper",
        "yref": "paper",
        "x": 1,
        "xanchor": "right",
        "y": 1.01,
        "yanchor": "bottom",
        "showarrow": False,
        "text": "green: rule of thumb, 10<sup>−3</sup> to 10<sup>−2</sup>",
        "font": {"color": THEORY, "size": 12},
    }
    layout = {
        "height": 300,
        "xaxis": log_axis("step (updates)", log_x),
        "yaxis": log_axis("‖ΔW‖ / ‖W‖", True),
        "shapes": [zone],
        "annotations": [label],
        "margin": {"l": LOG_LEFT, "r": room_for(report.layers) if labelled else 16, "t": 26, "b": BOTTOM},
    }
    caption = (
        "Above the green zone training is likely to be unstable, below it a layer hardly moves. "
        f"Line: {mean_of_seeds(report.n_seeds)}{_band(report)}. Dark: first layer, light: last."
    )
    ends = [f"{name} {spread.mean[-1]:.2g}" for name, spread in zip(report.layers, report.spreads, strict=True)]
    summary = f"At step {report.steps[-1]} the update-to-weight ratio is {', '.join(ends)}."
    words = FigureWords(question, caption, summary, report.run_id, report.n_seeds, "Karpathy, CS231n notes", **named)
    return figure_of(traces, words, kind="update-ratio", layout=layout)


def _band(report: UpdateRatioReport) -> str:
    return "; band: ± one standard deviation" if report.n_seeds > 1 else ""


def _lower_edge(spread: Spread) -> Floats:
    """A band that reaches zero has no end on a logarithmic axis: it is drawn down to a tenth of the mean at most."""
    return np.asarray(np.maximum(spread.low, spread.mean / 10))


def _names(report: UpdateRatioReport) -> list[dict[str, object]]:
    """The names of the layers at the ends of their lines; distances are those of a logarithmic axis."""
    with np.errstate(divide="ignore", invalid="ignore"):
        sizes = [np.log10(spread.mean) for spread in report.spreads]
        lowest = [np.log10(_lower_edge(spread)) for spread in report.spreads]
    colors = [layer_color(depth, len(report.layers)) for depth in range(len(report.layers))]
    ends = [float(size[-1]) for size in sizes]
    span = least_and_largest(*sizes, *lowest)
    return line_end_labels(
        report.layers, colors, float(report.steps[-1]), ends, span=span, value=lambda place: float(10.0**place)
    )
