"""The weights of the first layer, drawn: small images, or for a table the largest weights of each unit as bars."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import NEGATIVE, POSITIVE
from diagnostics.figures.panel_places import PanelPlaces
from diagnostics.figures.theme import FigureWords, Naming, axis, figure_of, single
from diagnostics.figures.tiles import grey_of, signed_trace, tiles, tiles_layout
from diagnostics.first_layer import FirstLayerReport

COLUMNS = 8
PANELS = 6  # units of a table that are drawn
PANEL_COLUMNS = 2
BARS = 7  # features of each
PANEL_HEIGHT = 140
NAMED: Naming = {"title": "What the first layer looks for", "term": "first-layer weights"}
QUESTION = "Which pattern in the input does each unit answer to?"
SOURCE = "Bengio 2012, section 4"


def first_layer_figure(report: FirstLayerReport) -> go.Figure:
    """Return one small image for each unit, or for a table one panel of bars for each of the first six."""
    return _images(report) if report.is_image else _bars(report)


def _images(report: FirstLayerReport) -> go.Figure:
    names = [str(unit) for unit in report.units]
    laid = tiles(grey_of(report.weights), min(COLUMNS, len(names)), names)
    hover = [f"unit {unit}" for unit in report.units]
    caption = (
        "One image for each unit: its weights, where they stand in what it sees. Blue: a bright pixel there raises its "
        "response; orange: it lowers it. All images share one scale."
    )
    more = " The channels are averaged." if report.weights.shape[-1] > 1 else ""
    traces = [signed_trace(laid, hover, "weight"), *laid.names]
    return figure_of(traces, _words(report, caption + more, len(names)), kind="first-layer", layout=tiles_layout(laid))


def _bars(report: FirstLayerReport) -> go.Figure:
    shown = min(PANELS, len(report.units))
    places = PanelPlaces(shown, min(PANEL_COLUMNS, shown), x_gap=0.27, row_height=PANEL_HEIGHT, y_gap=56)
    layout = {**places.layout([f"unit {unit}" for unit in report.units[:shown]]), "bargap": 0.25}
    traces: list[dict[str, object]] = []
    most = float(np.abs(report.weights[:shown]).max(initial=0.0)) or 1.0
    tick = float(f"{0.8 * most:.1g}")
    for place, (across, up) in enumerate(places.domains()):
        weights = report.weights[place]
        order = np.argsort(-np.abs(weights), kind="stable")[:BARS]
        letter = "" if place == 0 else str(place + 1)
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "x": single(weights[order]),
                "y": [report.feature_names[i] for i in order],
                "name": f"unit {report.units[place]}",
                "marker": {"color": [POSITIVE if weights[i] > 0 else NEGATIVE for i in order]},
                "xaxis": f"x{letter}",
                "yaxis": f"y{letter}",
                "hovertemplate": "%{y}: %{x:.3~g}<extra></extra>",
            }
        )
        layout[f"xaxis{letter}"] = axis(
            "weight" if places.is_lowest(place) else "", domain=across, anchor=f"y{letter}",
            range=[-1.08 * most, 1.08 * most], tickvals=[-tick, 0, tick], tickangle=0, zeroline=True, showgrid=False,
        )  # fmt: skip
        layout[f"yaxis{letter}"] = axis(
            "", domain=up, anchor=f"x{letter}", type="category", autorange="reversed", ticks="", showgrid=False,
            automargin=True,
        )  # fmt: skip
    which = f"The {BARS} largest weights" if report.weights.shape[-1] > BARS else "The weights"
    caption = (
        f"{which} into each unit. The features are standardized, so that their weights can be "
        "compared. Blue: a large value raises the unit's response; orange: it lowers it."
    )
    return figure_of(traces, _words(report, caption, shown), kind="first-layer", layout=layout)


def _words(report: FirstLayerReport, caption: str, shown: int) -> FigureWords:
    if shown < report.n_units:
        caption += (
            f" Shown are {shown} of {report.n_units} units: first the one with the largest weights, then always the "
            "one that differs most from those before it."
        )
    details = f"Seed {report.seed} at step {report.step}: units of different seeds do not correspond."
    strongest = report.weights[0]
    summary = (
        f"At step {report.step} unit {report.units[0]} of {report.layer} has the largest weights of all "
        f"(length {float(np.linalg.norm(strongest)):.2g})"
    )
    if not report.is_image:
        i = int(np.argmax(np.abs(strongest)))
        summary += f"; it looks most at {report.feature_names[i]} ({strongest[i]:+.2g})"
    return FigureWords(
        QUESTION, caption, f"{summary}.".replace("(-", "(−"), report.run_id, 1, SOURCE, details=details, **NAMED
    )
