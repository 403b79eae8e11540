"""Sharpness over training, drawn beside the limit that the learning rate sets."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import RUN_COLORS, THEORY, faded
from diagnostics.figures.lines import band
from diagnostics.figures.theme import BOTTOM, LEFT, FigureWords, Naming, axis, figure_of, log_axis, single
from diagnostics.settings_in_words import mean_of_seeds
from diagnostics.sharpness import SharpnessReport


def sharpness_figure(report: SharpnessReport, log_x: bool = False) -> go.Figure:
    """Return the largest eigenvalue of the Hessian, and as a dashed line the largest that is stable."""
    question = "Is the learning rate too large for the curvature?"
    named: Naming = {"title": "Sharpness: largest curvature of the loss", "term": "sharpness"}
    known = np.isfinite(report.spread.mean)
    if not known.any():
        sentence = "The sharpness was not measured in this run."
        return figure_of([], FigureWords(question, "", sentence, **named), kind="sharpness")
    color = RUN_COLORS[0]
    traces: list[dict[str, object]] = []
    if report.n_seeds > 1:
        traces += band(report.steps, report.spread.low, report.spread.high, "sharpness", faded(color))
    traces.append(
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": single(report.steps),
            "y": single(report.spread.mean),
            "name": "sharpness",
            "legendgroup": "sharpness",
            "line": {"color": color, "width": 2},
            "marker": {"size": 6},
        }
    )
    if report.limit is not None:
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": single(report.steps),
                "y": single(report.limit),
                "name": f"limit {report.rule}",
                "line": {"color": THEORY, "width": 1.6, "dash": "dash"},
            }
        )
    layout = {
        "height": 300,
        "xaxis": log_axis("step (updates)", log_x),
        "yaxis": axis("largest eigenvalue of the Hessian", rangemode="tozero"),
        "margin": {"l": LEFT, "r": 16, "t": 26, "b": BOTTOM},
    }
    words = FigureWords(
        question,
        _caption(report),
        _summary(report),
        report.run_id,
        report.n_seeds,
        "Cohen et al. 2021, section 2",
        details=f"Loss of the data on up to {report.n_examples} training examples, dropout off.",
        **named,
    )
    return figure_of(traces, words, kind="sharpness", layout=layout)


def _caption(report: SharpnessReport) -> str:
    lines = f"Line: {mean_of_seeds(report.n_seeds)}" + (
        "; band: ± one standard deviation." if report.n_seeds > 1 else "."
    )
    if report.limit is None:
        return (
            "How sharply the loss curves along its steepest valley wall: the larger, the smaller the steps must be. "
            f"For this optimizer no limit is known in one number. {lines}"
        )
    return (
        "Above the dashed line updates overshoot along the sharpest direction and the loss swings or rises. Large "
        f"batches often rise to the line and stay there while the loss still falls: that is normal. {lines}"
    )


def _summary(report: SharpnessReport) -> str:
    last = int(np.flatnonzero(np.isfinite(report.spread.mean))[-1])
    text = f"At step {report.steps[last]} the sharpness is {report.spread.mean[last]:.3g}"
    if report.ratio is None:
        return f"{text}."
    return f"{text}, {report.ratio.mean[last]:.2g} of what the learning rate allows."
