"""Histograms and moments of the layers, drawn: all layers on one axis with shared bins, one layer over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.axis_range import outside_in_words, robust_range
from diagnostics.figures.colors import SCALES, layer_color
from diagnostics.figures.lines import MOST_LABELS, band, least_and_largest, line_end_labels, room_for
from diagnostics.figures.symlog_axis import SymlogView, symlog_view
from diagnostics.figures.theme import (
    BAR,
    BOTTOM,
    LEFT,
    FigureWords,
    Naming,
    axis,
    color_bar,
    figure_of,
    log_axis,
    single,
)
from diagnostics.layer_statistics import (
    HistogramOverTimeReport,
    LayerHistogramsReport,
    LayerMoments,
    LayerMomentsReport,
)
from diagnostics.settings_in_words import mean_of_seeds

NAMES = {
    "activation": "activation",
    "pre_activation": "pre-activation",
    "gradient": "back-propagated gradient",
    "weight": "weight",
    "weight_gradient": "weight gradient",
    "update": "weight update",
    "bias": "bias",
    "bias_gradient": "bias gradient",
}
PLURALS = {"bias": "biases"}
QUESTIONS = {
    "activation": "Do the activations stay clear of their asymptotes?",
    "pre_activation": "How strongly is every unit driven?",
    "gradient": "Do the first layers still receive gradient?",
    "weight": "How do the weights spread?",
    "weight_gradient": "Do all layers get a similar push?",
    "update": "How far do the weights move in one update?",
    "bias": "How far have the biases moved from 0?",
    "bias_gradient": "How strongly are the biases pushed?",
}
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "cross", "star", "triangle-down")
TERMS = {
    "activation": "activation",
    "pre_activation": "pre-activation",
    "gradient": "back-propagated gradient",
    "weight": "weight",
    "weight_gradient": "weight gradient",
    "update": "weight update",
}
SOURCE = "Glorot & Bengio 2010, figures 2 to 7"
OTHER_SCALE = 3.0  # a layer that spreads so much wider than all others is drawn on demand, since it would flatten them


def layer_histograms_figure(report: LayerHistogramsReport, view: SymlogView | None = None) -> go.Figure:
    """Return one line for each layer over the shared bins, with a band from the least to the largest seed.

    `view` is the part of a logarithmic axis to show, of `shared_view`; what holds something at this step by default.
    """
    question = QUESTIONS.get(report.quantity, "How are the numbers spread?")
    if not report.layers:
        sentence = "No layer is recorded for this quantity yet."
        return figure_of([], FigureWords(question, "", sentence, **_named(report.quantity)), kind="histograms")
    view = view or shared_view([report])
    places = (report.edges[:-1] + report.edges[1:]) / 2 if view is None else view.places
    n_layers = report.n_layers
    traces: list[dict[str, object]] = []
    for item in report.layers:
        share, low, high = (
            values if view is None else view.shown(with_zero(values, item.zero, report.binning))
            for values in (item.share, item.low, item.high)
        )
        name, color = item.layer.name, layer_color(item.depth, n_layers)
        if report.n_seeds > 1:
            traces += band(places, low, high, name, layer_color(item.depth, n_layers, 0.13))
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": single(places),
                "y": single(share),
                "name": name,
                "legendgroup": name,
                "line": {"color": color, "width": 2, "shape": "hvh" if report.binning == "linear" else "linear"},
                "hovertemplate": f"{name}: %{{y:.2%}} of its numbers<extra></extra>",
            }
        )
    layout = {
        "xaxis": axis(NAMES[report.quantity]) if view is None else symlog_layout(report.quantity, view, to_sides=True),
        "yaxis": axis("share of the layer's numbers", tickformat=".3~p", rangemode="tozero"),
    }
    words = _histogram_words(report, question, view)
    return figure_of(traces, words, kind=f"histograms-{report.quantity}", layout=layout)


def plural(quantity: str) -> str:
    """Return what several numbers of a quantity are called."""
    return PLURALS.get(quantity, f"{NAMES[quantity]}s")


def _named(quantity: str) -> Naming:
    return {"title": f"{plural(quantity)} in every layer".capitalize(), "term": TERMS.get(quantity, "")}


def shared_view(reports: Sequence[LayerHistogramsReport]) -> SymlogView | None:
    """Return the part of a logarithmic axis that holds something; None for a linear one, which is shown whole."""
    if not reports or reports[0].binning == "linear":
        return None
    return symlog_view(reports[0].edges, np.array([item.share for report in reports for item in report.layers]))


def with_zero(share: np.ndarray, zero: float, binning: str) -> np.ndarray:
    """Put the exact zeros into the middle bin of a logarithmic axis."""
    if binning == "linear":
        return share
    result = share.copy()
    result[len(result) // 2] += zero
    return result


def symlog_layout(quantity: str, view: SymlogView, *, to_sides: bool) -> dict[str, object]:
    """Return the logarithmic axis of a quantity; horizontally it reaches to the sides of the plot."""
    places, labels = view.ticks()
    side = view.reach - view.core
    limits = {"range": [-side - 0.5, side + 0.5]} if to_sides else {}
    return axis(f"{NAMES[quantity]} (logarithmic to both sides of 0)", tickvals=places, ticktext=labels, **limits)


def _histogram_words(report: LayerHistogramsReport, question: str, view: SymlogView | None) -> FigureWords:
    caption = (
        f"Share of each layer's numbers in each bin, at step {report.step}; all layers have the same bins. "
        f"Dark: first layer, light: last. Line: {mean_of_seeds(report.n_seeds)}"
    )
    caption += "; band: from the least to the largest seed." if report.n_seeds > 1 else "."
    if report.left_out:
        caption += f" Not on this scale: {', '.join(report.left_out)}."
    outside = [f"{item.layer.name} {item.outside:.1%}" for item in report.layers if item.outside > 0.0005]
    if outside:
        caption += f" Outside of the bins: {', '.join(outside)}."
    if view is not None and view.in_words:
        caption += f" {view.in_words}"
    parts = []
    for item in report.layers:
        share = with_zero(item.share, item.zero, report.binning)
        if np.isfinite(share).any():
            top = int(np.nanargmax(share))
            parts.append(
                f"{item.layer.name} between {report.edges[top]:.2g} and {report.edges[top + 1]:.2g} ({share[top]:.0%})"
            )
    summary = f"At step {report.step} the fullest bin of each layer's {plural(report.quantity)}: {'; '.join(parts)}."
    return FigureWords(question, caption, summary, report.run_id, report.n_seeds, SOURCE, **_named(report.quantity))


def layer_moments_figure(report: LayerMomentsReport, log_x: bool = True) -> go.Figure:
    """Return mean and standard deviation of every layer over training, and the 98th percentile as markers."""
    name, several = NAMES[report.quantity], plural(report.quantity)
    question = f"How do {several} spread in each layer while it learns?"
    named: Naming = {"title": f"Mean and spread of {several} over training", "term": TERMS.get(report.quantity, "")}
    if not report.layers or len(report.layers[0].steps) == 0:
        words = FigureWords(question, "", "No layer is recorded for this quantity yet.", **named)
        return figure_of([], words, kind="moments")
    n_layers, apart = len(report.layers), on_another_scale(report)
    labelled = n_layers <= MOST_LABELS
    traces: list[dict[str, object]] = []
    for depth, item in enumerate(report.layers):
        visible = {"visible": "legendonly"} if item.layer.name in apart else {}
        shown = _moments(item, depth, n_layers, log_x=log_x)
        shown[-1]["showlegend"] = not labelled or bool(visible)
        traces += [{**trace, **visible} for trace in shown]
    if labelled:
        traces += _names([item for item in report.layers if item.layer.name not in apart], report)
    room = room_for([item.layer.name for item in report.layers]) if labelled else 16
    least, largest, outside = robust_range(*_reaches(report, apart, log_x))
    layout = {
        "xaxis": log_axis("step (updates)", log_x),
        "yaxis": axis(name, range=[least, largest]),
        "margin": {"l": LEFT, "r": room, "t": 12, "b": BOTTOM},
    }
    caption = (
        "Bands that narrow or widen from layer to layer: the signal fades or swells. Line: mean over units and probe "
        "examples; band: ± one standard deviation of them; markers: 98th percentile. "
        f"Each: {mean_of_seeds(report.n_seeds)}. Dark: first layer, light: last."
    )
    if apart:
        caption += f" {', '.join(apart)} spreads far wider: click its name to see it."
    caption = f"{caption} {outside_in_words(outside)}".strip()
    ends = [f"{item.layer.name} {item.mean.mean[-1]:.2g} ± {item.std.mean[-1]:.2g}" for item in report.layers]
    summary = f"At step {report.layers[0].steps[-1]}, mean ± standard deviation of the {several}: {'; '.join(ends)}."
    source = "Glorot & Bengio 2010, figures 2 and 3"
    words = FigureWords(question, caption, summary, report.run_id, report.n_seeds, source, **named)
    return figure_of(traces, words, kind=f"moments-{report.quantity}", layout=layout)


def _reaches(
    report: LayerMomentsReport, apart: tuple[str, ...], log_x: bool
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """How far down and up each layer that is drawn reaches, at each record that is drawn."""
    shown = [item for item in report.layers if item.layer.name not in apart]
    keep = [item.steps > 0 if log_x else item.steps >= 0 for item in shown]
    lows = [(item.mean.mean - item.std.mean)[rows] for item, rows in zip(shown, keep, strict=True)]
    highs = [
        np.fmax(item.mean.mean + item.std.mean, item.high.mean)[rows] for item, rows in zip(shown, keep, strict=True)
    ]
    return lows, highs


def on_another_scale(report: LayerMomentsReport) -> tuple[str, ...]:
    """Return the output layer if it spreads so much wider than the others that these could not be read beside it."""
    widths = [float(np.nanmax(np.append(np.abs(item.mean.mean) + item.std.mean, 0.0))) for item in report.layers]
    if len(widths) < 2 or widths[-1] <= OTHER_SCALE * max(widths[:-1]):
        return ()
    return (report.layers[-1].layer.name,)


def _moments(item: LayerMoments, depth: int, n_layers: int, *, log_x: bool) -> list[dict[str, object]]:
    """Band, markers and line of one layer; the line comes last."""
    keep = item.steps > 0 if log_x else np.ones(len(item.steps), bool)
    x, layer = item.steps[keep], item.layer.name
    mean, std, high = item.mean.mean[keep], item.std.mean[keep], item.high.mean[keep]
    color = layer_color(depth, n_layers)
    common = {"type": "scatter", "x": single(x), "legendgroup": layer}
    marker = {"color": color, "size": 4, "symbol": SYMBOLS[depth % len(SYMBOLS)]}
    percentile = {**common, "mode": "markers", "y": single(high), "name": f"{layer}, 98th percentile", "marker": marker}
    line = {"color": color, "width": 2.2}
    return [
        *band(x, mean - std, mean + std, layer, layer_color(depth, n_layers, 0.12)),
        {**percentile, "showlegend": False},
        {**common, "mode": "lines", "y": single(mean), "name": layer, "line": line},
    ]


def _names(items: list[LayerMoments], report: LayerMomentsReport) -> list[dict[str, object]]:
    if not items:
        return []
    depths = {item.layer.name: depth for depth, item in enumerate(report.layers)}
    names = [item.layer.name for item in items]
    colors = [layer_color(depths[name], len(depths)) for name in names]
    means = [(item.mean.mean - item.std.mean, item.mean.mean + item.std.mean, item.high.mean) for item in items]
    span = least_and_largest(*(values for three in means for values in three))
    ends = [float(item.mean.mean[-1]) for item in items]
    return line_end_labels(names, colors, float(items[0].steps[-1]), ends, span=span)


def histogram_over_time_figure(report: HistogramOverTimeReport) -> go.Figure:
    """Return a heat map of one layer: records from left to right, bins upwards, share as colour."""
    layer = report.layer.name if report.layer else "this layer"
    name, several = NAMES[report.quantity], plural(report.quantity)
    question = f"How does the distribution of {layer}'s {several} change?"
    title = f"{several} of {layer} over training".capitalize()
    named: Naming = {"title": title, "term": TERMS.get(report.quantity, "")}
    if len(report.steps) == 0:
        words = FigureWords(question, "", f"Nothing is recorded for {layer} yet.", **named)
        return figure_of([], words, kind="over-time")
    view = symlog_view(report.edges, report.share) if report.binning == "symlog" else None
    y = (report.edges[:-1] + report.edges[1:]) / 2 if view is None else view.places
    share = report.share if view is None else view.shown(report.share)
    trace = {
        "type": "heatmap",
        "x": [str(step) for step in report.steps],
        "y": single(y),
        "z": single(share.T),
        "colorscale": SCALES["share"][0],
        "meta": {"scale": "share"},
        "colorbar": color_bar("share per bin", tickformat=".3~p"),
        "name": layer,
        "hovertemplate": "step %{x}: %{z:.2%}<extra></extra>",
        "zmin": 0,
    }
    y_axis = axis(name, showgrid=False) if view is None else symlog_layout(report.quantity, view, to_sides=False)
    columns = "step (updates), one column for each record"
    layout = {"xaxis": axis(columns, type="category", nticks=8, tickangle=0, showgrid=False), "yaxis": y_axis}
    layout["margin"] = {"l": LEFT, "r": BAR, "t": 12, "b": BOTTOM}
    caption = (
        "The stronger the colour, the more of the numbers lie there: bands at the edges are heaps of extreme values. "
        f"Each column is the histogram at one record, {mean_of_seeds(report.n_seeds)}; records are dense at the start."
    )
    if view is not None and view.in_words:
        caption += f" {view.in_words}"
    middle = np.abs(y) < (0.02 if view is None else 0.5)
    summary = (
        f"{layer}: the share of {several} in the middle bin went from {share[0, middle].sum():.0%} "
        f"at step {report.steps[0]} to {share[-1, middle].sum():.0%} at step {report.steps[-1]}."
    )
    words = FigureWords(question, caption, summary, report.run_id, report.n_seeds, **named)
    return figure_of([trace], words, kind="over-time", layout=layout)
