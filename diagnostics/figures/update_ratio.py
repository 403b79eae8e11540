"""The update-to-weight ratio of each layer, drawn with the band in which it should lie."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.theme import THEORY, FigureWords, band, figure_of, layer_color, log_axis, single
from diagnostics.settings_in_words import seeds
from diagnostics.update_ratio import UpdateRatioReport


def update_ratio_figure(report: UpdateRatioReport, log_x: bool = True) -> go.Figure:
    """Return one line for each layer on logarithmic axes."""
    question = "Are the updates of a healthy size?"
    if not report.layers or len(report.steps) == 0:
        return figure_of([], FigureWords(question, "", "No update is recorded yet."), kind="update-ratio")
    traces: list[dict[str, object]] = []
    for depth, (name, spread) in enumerate(zip(report.layers, report.spreads, strict=True)):
        if report.n_seeds > 1:
            low = np.maximum(spread.low, spread.mean / 10)  # a band that reaches zero has no end on a logarithmic axis
            traces += band(report.steps, low, spread.high, name, layer_color(depth, len(report.layers), 0.15))
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
            }
        )
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
        "x": 1,
        "xanchor": "right",
        "y": np.log10(most),
        "yanchor": "top",
        "showarrow": False,
        "text": "rule of thumb: 10<sup>−3</sup> to 10<sup>−2</sup>",
        "font": {"color": THEORY, "size": 12},
    }
    layout = {
        "xaxis": log_axis("step (updates)", log_x),
        "yaxis": log_axis("‖ΔW‖ / ‖W‖", True),
        "shapes": [zone],
        "annotations": [label],
    }
    caption = (
        "Size of one update beside the size of the weights, per layer. Above the green zone training is likely to be "
        f"unstable, below it a layer hardly moves. Line: mean of {seeds(report.n_seeds)}; band: ± one std."
    )
    ends = [f"{name} {spread.mean[-1]:.2g}" for name, spread in zip(report.layers, report.spreads, strict=True)]
    summary = f"At step {report.steps[-1]} the update-to-weight ratio is {', '.join(ends)}."
    words = FigureWords(question, caption, summary, report.run_id, report.n_seeds, "Karpathy, CS231n notes")
    return figure_of(traces, words, kind="update-ratio", layout=layout)
