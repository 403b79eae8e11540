"""Distributions of all layers on shared bins: as density, share or count, in one plot or one plot for each layer.

Nothing is binned anew. What no bin holds (exact zeros, numbers beyond the bins, numbers that are not finite) stands as
marks in a column of its own, or in words in each plot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.axis_range import robust_range
from diagnostics.figures.colors import layer_color
from diagnostics.figures.frames import Frames
from diagnostics.figures.layer_statistics import NAMES, QUESTIONS, SYMBOLS, TERMS, plural
from diagnostics.figures.lines import band
from diagnostics.figures.panels import Panels
from diagnostics.figures.theme import BOTTOM, LEFT, FigureWords, Naming, Parts, axis, drawn, log_axis, parts_of, single
from diagnostics.layer_statistics import LayerHistogram, LayerHistogramsReport
from diagnostics.seed_spread import Floats
from diagnostics.settings_in_words import seeds

SHOWN_FROM = 0.0005  # a share of numbers in no bin that is worth a mark
NAMED_FROM = 0.005  # one that is worth a word beside the name of a plot
BESIDE = ("0", "←", "→", "NaN")
IN_WORDS = ("exactly 0", "below the axis", "above the axis", "not finite")
UNITS = {"density": "density", "share": "share of the layer's numbers", "count": "numbers in a bin"}
SHALLOWEST = 1e-7  # of the highest, on a logarithmic axis
BELOW = 10.0  # so many times smaller than what the axis begins with is what stands for an empty bin
MARGIN_COLUMN = 0.85  # where the plot ends, if marks stand beside it
SOURCE = {
    "activation": "Glorot & Bengio 2010, figures 4 and 6",
    "gradient": "Glorot & Bengio 2010, figure 7",
    "weight_gradient": "Glorot & Bengio 2010, figure 8",
}


@dataclass(frozen=True)
class _Axes:
    """What the figures at several steps have in common; `beside` are the places in `BESIDE` that need a mark."""

    across: tuple[float, float]
    least: float
    top: float
    is_cut: bool
    beside: tuple[int, ...]


@dataclass(frozen=True)
class DistributionView:
    """How distributions are drawn: what counts upwards, on which axis, all layers in one plot or one plot for each."""

    height: Literal["density", "share", "count"] = "density"
    log: bool = False
    panels: bool = False


def layer_distributions_figure(report: LayerHistogramsReport, view: DistributionView | None = None) -> go.Figure:
    """Return the distributions of all layers, with a band from the least to the largest seed.

    Parameters
    ----------
    report : LayerHistogramsReport
        Of `diagnostics.layer_densities.layer_densities`.
    view : DistributionView, optional
    """
    return drawn(layer_distributions_frames([report], view)[0])


def layer_distributions_frames(
    reports: Sequence[LayerHistogramsReport], view: DistributionView | None = None
) -> Frames[Parts]:
    """Return the parts of one figure for each report, all with the same axes and the same traces."""
    view, first = view or DistributionView(), reports[0]
    if not first.layers:
        sentence = "No layer is recorded for this quantity yet."
        words = FigureWords(QUESTIONS[first.quantity], "", sentence, **_named(first))
        return Frames(len(reports), lambda number: parts_of([], words, kind="distributions"))
    axes = _axes(reports, view)
    return Frames(len(reports), lambda number: _parts(reports[number], view, axes))


def _parts(report: LayerHistogramsReport, view: DistributionView, axes: _Axes) -> Parts:
    traces, layout = (_in_panels if view.panels else _in_one)(report, view, axes)
    kind = f"distributions-{report.quantity}-{view.height}"
    return parts_of(traces, _words(report, view, axes), kind=kind, layout=layout)


def _named(report: LayerHistogramsReport) -> Naming:
    title = f"{plural(report.quantity)} in every layer".capitalize()
    return {"title": title, "term": TERMS.get(report.quantity, "")}


def _apart(item: LayerHistogram) -> tuple[float, float, float, float]:
    """What no bin holds, as shares of all numbers, in the order of `BESIDE`."""
    return item.zero, item.below, item.above, item.not_finite


def _heights(report: LayerHistogramsReport, item: LayerHistogram, share: Floats, height: str) -> Floats:
    if height == "density":
        return np.asarray(share / np.diff(report.edges))
    return share * item.n_numbers if height == "count" else share


def _steps(heights: Floats, floor: float = 0.0) -> np.ndarray:
    """Return what is drawn at each edge: the bin to its right; a bin that is empty reaches down to `floor`.

    On a logarithmic axis that lies below the axis: left open, a single filled bin between empty ones would not be seen.
    """
    drawn = np.append(heights, heights[-1])
    return single(np.where((drawn > 0) | np.isnan(drawn), drawn, floor))


def _axes(reports: Sequence[LayerHistogramsReport], view: DistributionView) -> _Axes:
    items = [(report, item) for report in reports for item in report.layers]
    rows = [
        [float(np.nanmax(_heights(report, item, item.high, view.height), initial=0)) for item in report.layers]
        for report in reports
    ]
    highs = np.array(rows).T
    _, top, outside = robust_range(np.zeros_like(highs), highs, from_zero=True)
    filled = np.flatnonzero(np.any([np.nan_to_num(item.high) > 0 for _, item in items], axis=0))
    first, last = (int(filled[0]), int(filled[-1])) if len(filled) else (0, len(reports[0].edges) - 2)
    edges = reports[0].edges
    room = 0.02 * (edges[last + 1] - edges[first])
    across = float(edges[first] - room), float(edges[last + 1] + room)
    beside = tuple(i for i in range(len(BESIDE)) if any(_counts(_apart(item)[i]) for _, item in items))
    half = [
        float(_heights(report, item, np.full(len(item.share), 0.5 / item.n_numbers), view.height).min())
        for report, item in items
        if item.n_numbers
    ]  # half a number in the widest bin
    return _Axes(across, max(min(half, default=0.0), top * SHALLOWEST), top, outside > 0, beside)


def _y_axis(view: DistributionView, axes: _Axes) -> dict[str, object]:
    title = UNITS[view.height]
    if view.log:
        return log_axis(title, log=True, range=[float(np.log10(axes.least)), float(np.log10(2 * axes.top))])
    extra = {"tickformat": ".3~p"} if view.height == "share" else {}
    return axis(title, range=[0, axes.top], **extra)


def _lines(
    report: LayerHistogramsReport, item: LayerHistogram, view: DistributionView, axes: _Axes
) -> list[dict[str, object]]:
    """Band and line of one layer; the line comes last."""
    floor = axes.least / BELOW if view.log else 0.0
    name = item.layer.name
    mean, low, high = (_heights(report, item, values, view.height) for values in (item.share, item.low, item.high))
    line = {"color": layer_color(item.depth, report.n_layers), "width": 2, "shape": "hv"}
    traces = []
    if report.n_seeds > 1 and not view.log:
        color = layer_color(item.depth, report.n_layers, 0.13)
        lower, upper = (np.nan_to_num(_steps(values)) for values in (low, high))
        traces = band(report.edges, lower, upper, name, color, "hv")
    return [
        *traces,
        {
            "type": "scatter",
            "mode": "lines",
            "x": single(report.edges),
            "y": _steps(mean, floor),
            "meta": {"empty": floor},
            "name": name,
            "legendgroup": name,
            "line": line,
            "hovertemplate": f"{name}, from %{{x:.3g}} on: %{{y:.3~g}}<extra></extra>",
        },
    ]


def _in_one(
    report: LayerHistogramsReport, view: DistributionView, axes: _Axes
) -> tuple[list[dict[str, object]], dict[str, object]]:
    traces = [trace for item in report.layers for trace in _lines(report, item, view, axes)]
    layout: dict[str, object] = {"xaxis": _x_axis(report, axes), "yaxis": _y_axis(view, axes)}
    if axes.beside:
        traces += [_marks(report, item, axes.beside) for item in report.layers]
        layout["xaxis"] = {**_x_axis(report, axes), "domain": [0, MARGIN_COLUMN - 0.03]}
        layout["xaxis2"] = axis(
            "in no bin", domain=[MARGIN_COLUMN, 1], anchor="y2", type="category", showgrid=False, tickangle=0
        )
        percent = {"tickformat": ".0%", "nticks": 4, "range": [-0.03, 1.03]}
        layout["yaxis2"] = axis("share", anchor="x2", side="right", **percent)
        layout["margin"] = {"l": LEFT, "r": 60, "t": 12, "b": BOTTOM}
    return traces, layout


def _x_axis(report: LayerHistogramsReport, axes: _Axes) -> dict[str, object]:
    return axis(NAMES[report.quantity], range=list(axes.across))


def _marks(report: LayerHistogramsReport, item: LayerHistogram, beside: Sequence[int]) -> dict[str, object]:
    name, apart = item.layer.name, _apart(item)
    color = layer_color(item.depth, report.n_layers)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [BESIDE[i] for i in beside],
        "y": single(np.array([apart[i] for i in beside])),
        "xaxis": "x2",
        "yaxis": "y2",
        "name": f"{name}, in no bin",
        "legendgroup": name,
        "showlegend": False,
        "cliponaxis": False,
        "marker": {"color": color, "size": 7, "symbol": SYMBOLS[item.depth % len(SYMBOLS)]},
        "hovertemplate": f"{name}: %{{y:.1%}} of its numbers<extra></extra>",
    }


def _in_panels(
    report: LayerHistogramsReport, view: DistributionView, axes: _Axes
) -> tuple[list[dict[str, object]], dict[str, object]]:
    panels = Panels(len(report.layers))
    y_axis = _y_axis(view, axes)
    corner = axes.across[0], 2 * axes.top if view.log else axes.top
    traces: list[dict[str, object]] = []
    for number, item in enumerate(report.layers):
        shown = [{**trace, "showlegend": False} for trace in _lines(report, item, view, axes)]
        color = layer_color(item.depth, report.n_layers)
        traces += panels.placed(number, [*shown, panels.label(_with_remarks(item), color, corner)])
    return traces, panels.layout(_x_axis(report, axes), y_axis)


def _with_remarks(item: LayerHistogram) -> str:
    """The name of a layer, and behind it what no bin holds: "dense1   0: 62%"."""
    apart = zip(BESIDE, _apart(item), strict=True)
    shown = [f"{sign}: {_percent(share)}" for sign, share in apart if share >= NAMED_FROM]
    return "\u2003".join([item.layer.name, *shown])


def _counts(share: float) -> bool:
    return share > SHOWN_FROM


def _percent(share: float) -> str:
    return f"{share:.{0 if share >= 0.0095 else 1}%}"


def _beyond_bins(item: LayerHistogram) -> list[str]:
    """What no bin holds, in words: "62% exactly 0"."""
    return [f"{_percent(share)} {what}" for share, what in zip(_apart(item), IN_WORDS, strict=True) if _counts(share)]


def _words(report: LayerHistogramsReport, view: DistributionView, axes: _Axes) -> FigureWords:
    height = {
        "density": "Share of each layer's numbers per unit of the axis",
        "share": "Share of each layer's numbers in each bin",
        "count": "How many of a seed's numbers fall into each bin",
    }[view.height]
    line = "Line: mean of " if not view.panels else "One plot for each layer, all with the same axes. Line: mean of "
    caption = f"{height}, at step {report.step}; all layers have the same bins. {line}{seeds(report.n_seeds)}"
    caption += "; band: from the least to the largest seed." if report.n_seeds > 1 and not view.log else "."
    caption += "" if view.panels else " Dark: first layer, light: last."
    if axes.beside:
        what = ", ".join(f"{BESIDE[i]} {IN_WORDS[i]}" for i in axes.beside)
        caption += f" {'Beside the name' if view.panels else 'Right'}: shares that no bin holds ({what})."
    if axes.is_cut:
        caption += " The highest peaks go beyond the axis; double-click to see all."
    if report.left_out:
        caption += f" Recorded on another scale: {', '.join(report.left_out)}."
    details = "Whole recorded bins, neighbours merged where they are narrower than a sixtieth of the axis."
    summary = f"At step {report.step}, {_in_a_sentence(report)}."
    source = SOURCE.get(report.quantity, "")
    return FigureWords(
        QUESTIONS[report.quantity],
        caption,
        summary,
        report.run_id,
        report.n_seeds,
        source,
        details=details,
        **_named(report),
    )


def _in_a_sentence(report: LayerHistogramsReport) -> str:
    """The peak of each layer's density, and what no bin holds."""
    peaks, apart = [], []
    for item in report.layers:
        if np.isfinite(item.share).any():
            heights = _heights(report, item, item.share, "density")
            top = int(np.nanargmax(heights))
            place = (report.edges[top] + report.edges[top + 1]) / 2
            peaks.append(f"{item.layer.name} {heights[top]:.3g} near {place:.2g}")
        apart += [f"{item.layer.name} {part}" for part in _beyond_bins(item)]
    words = f"the density of the {plural(report.quantity)} peaks at {'; '.join(peaks) or 'no number'}"
    return words + (f"; in no bin: {', '.join(apart)}" if apart else "")
