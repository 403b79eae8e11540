"""The learning-rate range test, drawn: the loss against a rising rate, and the rate that it suggests."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import RUN_COLORS, THEORY
from diagnostics.figures.theme import FigureWords, Naming, axis, figure_of, log_axis, single
from models.range_test import RangeTest


def range_test_figure(report: RangeTest) -> go.Figure:
    """Return the smoothed loss over the learning rate, each seed's losses pale behind it, and the suggestion."""
    named: Naming = {"title": "Learning-rate range test", "term": "learning rate"}
    question = "Which learning rates train, and which explode?"
    if len(report.rates) == 0:
        words = FigureWords(question, "", "Every seed diverged at the smallest rate: look at the data.", **named)
        return figure_of([], words, kind="range-test")
    traces: list[dict[str, object]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": single(report.rates),
            "y": single(losses),
            "name": f"seed {number}",
            "line": {"color": RUN_COLORS[0], "width": 0.7},
            "opacity": 0.3,
            "showlegend": False,
        }
        for number, losses in enumerate(report.losses.T)
    ]
    traces.append(
        {
            "type": "scatter",
            "mode": "lines",
            "x": single(report.rates),
            "y": single(report.smoothed),
            "name": "mean, smoothed",
            "line": {"color": RUN_COLORS[0], "width": 2.5},
            "showlegend": False,
        }
    )
    low, high = float(report.smoothed.min()), float(np.nanquantile(report.smoothed, 0.9))
    layout = {
        "height": 260,
        "xaxis": log_axis("learning rate", True),
        "yaxis": axis("loss of the mini-batch", range=[low - 0.15 * (high - low), high + 0.6 * (high - low) + 1e-9]),
        "shapes": [_suggested(report.suggestion)],
    }
    caption = "The rate rises at every update. Left, nothing is learned; then the loss falls; right, it explodes."
    least = f"{10 * report.suggestion:.2g}"
    summary = f"The loss is least at a rate of {least}; a tenth of it, {report.suggestion:.2g}, is a good start."
    details = f"Dashed: {report.suggestion:.2g}, a tenth of the rate with the least smoothed loss."
    source = "Smith 2017, section 3.3"
    words = FigureWords(
        question, caption, summary, n_seeds=report.losses.shape[1], source=source, details=details, **named
    )
    return figure_of(traces, words, kind="range-test", layout=layout)


def _suggested(rate: float) -> dict[str, object]:
    line = {"color": THEORY, "width": 1.5, "dash": "dash"}
    return {"type": "line", "x0": rate, "x1": rate, "yref": "paper", "y0": 0, "y1": 1, "line": line}
