"""Histograms and moments of the layers, drawn: all layers on one axis with shared bins, one layer over time."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.theme import FigureWords, axis, band, figure_of, layer_color, log_axis, single
from diagnostics.layer_statistics import HistogramOverTimeReport, LayerHistogramsReport, LayerMomentsReport
from diagnostics.settings_in_words import seeds

NAMES = {
    "activation": "activation",
    "pre_activation": "pre-activation",
    "gradient": "back-propagated gradient",
    "weight": "weight",
    "weight_gradient": "weight gradient",
    "update": "weight update",
}
QUESTIONS = {
    "activation": "Do the activations stay clear of their asymptotes?",
    "pre_activation": "How strongly is every unit driven?",
    "gradient": "Do deeper layers still receive gradient?",
    "weight": "How do the weights spread?",
    "weight_gradient": "Do all layers get a similar push?",
    "update": "How far do the weights move in one update?",
}
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "cross", "star", "triangle-down")
SOURCE = "Glorot & Bengio 2010, figures 2 to 7"
CLOSE_UP = 0.002  # a bin that holds less of every layer is cut off at the ends of a logarithmic axis


def layer_histograms_figure(report: LayerHistogramsReport) -> go.Figure:
    """Return one line for each layer over the shared bins, with a band from the least to the largest seed."""
    question = QUESTIONS.get(report.quantity, "How are the numbers spread?")
    if not report.layers:
        return figure_of(
            [], FigureWords(question, "", "No layer is recorded for this quantity yet."), kind="histograms"
        )
    first, last = _shown(report)
    places = np.arange(first, last) + 0.5 if report.binning == "symlog" else (report.edges[:-1] + report.edges[1:]) / 2
    n_layers = len(report.layers)
    traces: list[dict[str, object]] = []
    for depth, item in enumerate(report.layers):
        share, low, high = (
            _with_zero(values, item.zero, report.binning)[first:last] for values in (item.share, item.low, item.high)
        )
        name, color = item.layer.name, layer_color(depth, n_layers)
        if report.n_seeds > 1:
            traces += band(places, low, high, name, layer_color(depth, n_layers, 0.13))
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
    x_axis = axis(NAMES[report.quantity]) if report.binning == "linear" else _symlog_axis(report, first, last)
    layout = {"xaxis": x_axis, "yaxis": axis("share of numbers per bin", tickformat=".0%", rangemode="tozero")}
    return figure_of(traces, _histogram_words(report, question), kind=f"histograms-{report.quantity}", layout=layout)


def _with_zero(share: np.ndarray, zero: float, binning: str) -> np.ndarray:
    """Put the exact zeros into the middle bin of a logarithmic axis."""
    if binning == "linear":
        return share
    result = share.copy()
    result[len(result) // 2] += zero
    return result


def _shown(report: LayerHistogramsReport) -> tuple[int, int]:
    """Return the bins worth showing: all of a linear axis, of a logarithmic one those that hold something."""
    n = len(report.edges) - 1
    if report.binning == "linear":
        return 0, n
    largest = np.nanmax(np.array([item.share for item in report.layers]), axis=0)
    filled = np.flatnonzero(largest > CLOSE_UP)
    if len(filled) == 0:
        return 0, n
    reach = max(abs(filled[0] - n // 2), abs(filled[-1] - n // 2)) + 2
    return max(0, n // 2 - reach), min(n, n // 2 + reach + 1)


def _symlog_axis(report: LayerHistogramsReport | HistogramOverTimeReport, first: int, last: int) -> dict[str, object]:
    places, labels = symlog_ticks(report.edges, first, last)
    name = NAMES[report.quantity]
    return axis(f"{name} (logarithmic to both sides of 0)", tickvals=places, ticktext=labels, range=[first, last])


def symlog_ticks(edges: np.ndarray, first: int, last: int) -> tuple[list[float], list[str]]:
    """Return places (in bins) and labels of zero and of powers of ten, at most six to a side."""
    half = len(edges) // 2
    places, labels = [(len(edges) - 1) / 2], ["0"]
    exponents = np.arange(-8, 5)
    positive = edges[half:]
    position = np.interp(exponents, np.log10(positive), np.arange(half, len(edges)))
    inside = [(int(e), float(p)) for e, p in zip(exponents, position, strict=True) if half + 3 <= p <= last]
    every = max(1, -(-len(inside) // 6))
    for exponent, place in inside[::-1][::every]:
        places += [place, len(edges) - 1 - place]
        labels += [f"10<sup>{exponent}</sup>", f"−10<sup>{exponent}</sup>"]
    return places, labels


def _histogram_words(report: LayerHistogramsReport, question: str) -> FigureWords:
    caption = (
        f"Share of each layer's numbers in each bin at step {report.step}; all layers have the same bins. "
        f"Dark: first layer, light: last. Line: mean of {seeds(report.n_seeds)}"
    )
    caption += "; band: from the least to the largest seed." if report.n_seeds > 1 else "."
    if report.left_out:
        caption += f" Not on this scale: {', '.join(report.left_out)}."
    outside = [f"{item.layer.name} {item.outside:.1%}" for item in report.layers if item.outside > 0.0005]
    if outside:
        caption += f" Outside of the bins: {', '.join(outside)}."
    parts = []
    for item in report.layers:
        share = _with_zero(item.share, item.zero, report.binning)
        if np.isfinite(share).any():
            top = int(np.nanargmax(share))
            parts.append(
                f"{item.layer.name} between {report.edges[top]:.2g} and {report.edges[top + 1]:.2g} ({share[top]:.0%})"
            )
    summary = f"At step {report.step} the fullest bin of each layer's {NAMES[report.quantity]}s: {'; '.join(parts)}."
    return FigureWords(question, caption, summary, report.run_id, report.n_seeds, SOURCE)


def layer_moments_figure(report: LayerMomentsReport, log_x: bool = True) -> go.Figure:
    """Return mean and standard deviation of every layer over training, and the 98th percentile as markers."""
    name = NAMES[report.quantity]
    question = f"How do {name}s spread in each layer while it learns?"
    if not report.layers or len(report.layers[0].steps) == 0:
        return figure_of([], FigureWords(question, "", "No layer is recorded for this quantity yet."), kind="moments")
    traces: list[dict[str, object]] = []
    n_layers = len(report.layers)
    for depth, item in enumerate(report.layers):
        keep = item.steps > 0 if log_x else np.ones(len(item.steps), bool)
        x, layer = item.steps[keep], item.layer.name
        mean, std, high = item.mean.mean[keep], item.std.mean[keep], item.high.mean[keep]
        color = layer_color(depth, n_layers)
        common = {"type": "scatter", "x": single(x), "legendgroup": layer}
        traces += band(x, mean - std, mean + std, layer, layer_color(depth, n_layers, 0.12))
        traces.append(
            {**common, "mode": "lines", "y": single(mean), "name": layer, "line": {"color": color, "width": 2.2}}
        )
        marker = {"color": color, "size": 5, "symbol": SYMBOLS[depth % len(SYMBOLS)]}
        traces.append(
            {
                **common,
                "mode": "markers",
                "y": single(high),
                "name": f"{layer}, 98th percentile",
                "marker": marker,
                "showlegend": False,
            }
        )
    layout = {"xaxis": log_axis("step (updates)", log_x), "yaxis": axis(name)}
    caption = (
        "Line: mean over units and probe examples; band: ± one standard deviation of them; markers: 98th percentile. "
        f"Each is the mean of {seeds(report.n_seeds)}. Dark: first layer, light: last."
    )
    ends = [f"{item.layer.name} {item.mean.mean[-1]:.2g} ± {item.std.mean[-1]:.2g}" for item in report.layers]
    summary = f"At step {report.layers[0].steps[-1]}, mean ± standard deviation of the {name}s: {'; '.join(ends)}."
    words = FigureWords(
        question, caption, summary, report.run_id, report.n_seeds, "Glorot & Bengio 2010, figures 2 and 3"
    )
    return figure_of(traces, words, kind=f"moments-{report.quantity}", layout=layout)


def histogram_over_time_figure(report: HistogramOverTimeReport) -> go.Figure:
    """Return a heat map of one layer: records from left to right, bins upwards, share as colour."""
    layer = report.layer.name if report.layer else "this layer"
    name = NAMES[report.quantity]
    question = f"How does the distribution of {layer}'s {name}s change?"
    if len(report.steps) == 0:
        return figure_of([], FigureWords(question, "", f"Nothing is recorded for {layer} yet."), kind="over-time")
    largest = report.share.max(axis=0)
    filled = np.flatnonzero(largest > CLOSE_UP)
    n, first, last = len(report.edges) - 1, 0, len(report.edges) - 1
    if report.binning == "symlog" and len(filled):
        reach = max(abs(filled[0] - n // 2), abs(filled[-1] - n // 2)) + 2
        first, last = max(0, n // 2 - reach), min(n, n // 2 + reach + 1)
    y = np.arange(first, last) + 0.5 if report.binning == "symlog" else (report.edges[:-1] + report.edges[1:]) / 2
    trace = {
        "type": "heatmap",
        "x": [str(step) for step in report.steps],
        "y": single(y),
        "z": single(report.share[:, first:last].T),
        "colorscale": "Cividis",
        "colorbar": {"title": {"text": "share"}, "tickformat": ".0%", "thickness": 12},
        "name": layer,
        "hovertemplate": "step %{x}: %{z:.2%}<extra></extra>",
        "zmin": 0,
    }
    y_axis = axis(name)
    if report.binning == "symlog":
        places, labels = symlog_ticks(report.edges, first, last)
        y_axis = axis(f"{name} (log to both sides)", tickvals=places, ticktext=labels)
    layout = {"xaxis": axis("step (updates), one column for each record", type="category", nticks=10), "yaxis": y_axis}
    caption = (
        f"Each column is the histogram at one record, mean of {seeds(report.n_seeds)}; records are dense at the start."
    )
    zero = np.abs(y - n / 2) < 0.6 if report.binning == "symlog" else np.abs(y) < 0.02
    summary = (
        f"{layer}: the share of {name}s in the middle bin went from {report.share[0, first:last][zero].sum():.0%} "
        f"at step {report.steps[0]} to {report.share[-1, first:last][zero].sum():.0%} at step {report.steps[-1]}."
    )
    return figure_of(
        [trace], FigureWords(question, caption, summary, report.run_id, report.n_seeds), kind="over-time", layout=layout
    )
