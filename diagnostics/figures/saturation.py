"""Saturated, flat and dead shares, drawn: layers downwards, training from left to right."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import SCALES
from diagnostics.figures.lines import room_for
from diagnostics.figures.theme import BAR, BOTTOM, FigureWords, Naming, axis, color_bar, figure_of, single
from diagnostics.saturation import SaturationReport
from diagnostics.settings_in_words import mean_of_seeds

QUESTIONS = {
    "saturated": "Where does the signal die?",
    "flat": "Where does hardly any gradient pass?",
    "dead": "Which units have gone silent?",
}
MISSING = {
    "saturated": "with an asymptote, such as tanh or sigmoid",
    "flat": "with a curved nonlinearity, whose histogram is there",
    "dead": "whose units can be off, such as relu",
}


def saturation_figure(report: SaturationReport) -> go.Figure:
    """Return a heat map of layers (the first on top) and steps, the share as colour."""
    question = QUESTIONS[report.kind]
    named: Naming = {
        "title": f"{report.kind.capitalize()} share by layer",
        "term": "dead unit" if report.kind == "dead" else "saturation",
    }
    if not report.layers or len(report.steps) == 0:
        words = FigureWords(question, "", f"No layer {MISSING[report.kind]}, is recorded.", **named)
        return figure_of([], words, kind=f"saturation-{report.kind}")
    trace = {
        "type": "heatmap",
        "x": [str(step) for step in report.steps],
        "y": list(report.layers),
        "z": single(report.share),
        "zmin": 0,
        "zmax": 1,
        "colorscale": SCALES["share"][0],
        "meta": {"scale": "share"},
        "name": f"{report.kind} share",
        "colorbar": color_bar(f"{report.kind} share", tickformat=".0%", nticks=4),
        "hovertemplate": "%{y}, step %{x}: %{z:.1%}<extra></extra>",
        "xgap": 0,
        "ygap": 3,
    }
    rows = axis("", type="category", ticks="", ticksuffix=" ", autorange="reversed", nticks=len(report.layers) + 1)
    layout = {
        "height": min(max(110 + 24 * len(report.layers), 270), 520),
        "xaxis": axis("step (updates), one column for each record", type="category", nticks=10, tickangle=0),
        "yaxis": rows,
        "margin": {"l": 16 + room_for(report.layers), "r": BAR, "t": 12, "b": BOTTOM},
    }
    what = "Share of units that are" if report.kind == "dead" else "Share of examples × units"
    caption = f"{what} {report.threshold}. {mean_of_seeds(report.n_seeds).capitalize()} on the probe examples."
    last = report.share[:, -1]
    ends = [f"{name} {value:.0%}" for name, value in zip(report.layers, last, strict=True) if np.isfinite(value)]
    summary = f"At step {report.steps[-1]} the {report.kind} share is {', '.join(ends) or 'not defined'}."
    source = "Glorot & Bengio 2010, section 3"
    words = FigureWords(question, caption, summary, report.run_id, report.n_seeds, source, **named)
    return figure_of([trace], words, kind=f"saturation-{report.kind}", layout=layout)
