"""How far the numbers of each layer spread over training: percentiles beside ± one standard deviation, or that alone.

Source: Glorot & Bengio 2010, figures 3 and 10 (98th percentiles and standard deviation of activations) and 9 (standard
deviation of weight gradients).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.axis_range import outside_in_words, robust_range
from diagnostics.figures.colors import layer_color
from diagnostics.figures.layer_statistics import NAMES, SYMBOLS, TERMS, on_another_scale, plural
from diagnostics.figures.lines import MOST_LABELS, band, least_and_largest, line_end_labels, room_for
from diagnostics.figures.theme import BOTTOM, LEFT, FigureWords, Naming, axis, figure_of, log_axis, single
from diagnostics.layer_statistics import LayerMoments, LayerMomentsReport
from diagnostics.seed_spread import Floats
from diagnostics.settings_in_words import mean_of_seeds

QUESTION = "Do all layers spread alike while the network learns?"


def percentiles_figure(report: LayerMomentsReport, log_x: bool = True) -> go.Figure:
    """Return ± one standard deviation of each layer as lines, and the 2nd and 98th percentile as markers."""
    if _is_empty(report):
        return _empty(report, "percentiles")
    traces, lows, highs = [], [], []
    apart, labelled = on_another_scale(report), len(report.layers) <= MOST_LABELS
    for depth, item in enumerate(report.layers):
        keep = _kept(item, log_x)
        std, low, high = item.std.mean[keep], item.low.mean[keep], item.high.mean[keep]
        shown = _both_sides(item, item.steps[keep], (std, low, high), layer_color(depth, len(report.layers)), depth)
        shown[0]["showlegend"] = not labelled or item.layer.name in apart
        if item.layer.name in apart:
            traces += [{**trace, "visible": "legendonly"} for trace in shown]
            continue
        traces += shown
        lows.append(np.minimum(-std, low))
        highs.append(np.maximum(std, high))
    least, largest, outside = robust_range(lows, highs)
    caption = (
        "Markers far outside their lines: a few units are driven much harder than the rest. "
        "Lines: ± one standard deviation around 0; markers: 2nd and 98th percentile, over units and examples. "
        f"Each: {mean_of_seeds(report.n_seeds)}. Dark: first layer, light: last."
    )
    if apart:
        caption += f" {', '.join(apart)} spreads far wider: click its name to see it."
    caption = f"{caption} {outside_in_words(outside)}"
    ends = [
        f"{item.layer.name} {item.std.mean[-1]:.2g} and {item.high.mean[-1]:.2g}"
        for item in report.layers
        if np.isfinite(item.std.mean[-1])
    ]
    summary = f"At step {report.layers[0].steps[-1]}, standard deviation and 98th percentile: {_joined(ends)}."
    names = [item.layer.name for item in report.layers if item.layer.name not in apart]
    if labelled:
        traces += _names(report, (least, largest), log_y=False, names=names)
    layout = {
        "xaxis": log_axis("step (updates)", log_x),
        "yaxis": axis(NAMES[report.quantity], range=[least, largest]),
        "margin": {"l": LEFT, "r": room_for(names) if labelled else 16, "t": 12, "b": BOTTOM},
    }
    named = _named(report, "Percentiles and spread")
    source = "Glorot & Bengio 2010, figures 3 and 10"
    words = FigureWords(QUESTION, caption.strip(), summary, report.run_id, report.n_seeds, source, **named)
    return figure_of(traces, words, kind=f"percentiles-{report.quantity}", layout=layout)


def spread_figure(report: LayerMomentsReport, log_x: bool = True, log_y: bool = True) -> go.Figure:
    """Return the standard deviation of each layer over training, with a band of ± one deviation over the seeds."""
    if _is_empty(report):
        return _empty(report, "spread")
    n_layers, several = len(report.layers), report.n_seeds > 1
    traces: list[dict[str, object]] = []
    rows: list[tuple[Floats, Floats, Floats]] = []
    for item in report.layers:
        keep = _kept(item, log_x)
        mean, low, high = item.std.mean[keep], item.std.low[keep], item.std.high[keep]
        rows.append((np.where(mean > 0, mean, np.nan) if log_y else mean, np.maximum(low, 0), high))
    if log_y:
        least, largest = least_and_largest(*(np.log10(mean) for mean, _, _ in rows))
        least, largest, outside = least - 0.2, largest + 0.2, 0
        rows = [(mean, np.where(low > 0, low, mean), high) for mean, low, high in rows]
    else:
        least, largest, outside = robust_range([row[1] for row in rows], [row[2] for row in rows], from_zero=True)
    for depth, (item, row) in enumerate(zip(report.layers, rows, strict=True)):
        traces += _one_side(item, item.steps[_kept(item, log_x)], row, depth, n_layers)
    names = [item.layer.name for item in report.layers]
    labelled = n_layers <= MOST_LABELS
    if labelled:
        for trace in traces:
            trace["showlegend"] = False
        traces += _names(report, (least, largest), log_y=log_y, names=names)
    layout = {
        "xaxis": log_axis("step (updates)", log_x),
        "yaxis": log_axis(f"standard deviation of {plural(report.quantity)}", log_y, range=[least, largest]),
        "margin": {"l": LEFT, "r": room_for(names) if labelled else 16, "t": 12, "b": BOTTOM},
    }
    caption = (
        "Lines that drift apart: the layers come to work on different scales. "
        f"Line: standard deviation over a layer's numbers, {mean_of_seeds(report.n_seeds)}"
        f"{'; band: ± one standard deviation of the seeds' if several else ''}. Dark: first layer, light: last. "
        f"{outside_in_words(outside)}"
    )
    if log_y and several:
        caption += "Where the band would reach below 0 only its upper half is drawn."
    words = FigureWords(
        QUESTION,
        caption.strip(),
        _ratio_in_words(report),
        report.run_id,
        report.n_seeds,
        "Glorot & Bengio 2010, figure 9",
        **_named(report, "Spread"),
    )
    return figure_of(traces, words, kind=f"spread-{report.quantity}-{log_y}", layout=layout)


def _is_empty(report: LayerMomentsReport) -> bool:
    return not report.layers or len(report.layers[0].steps) == 0


def _empty(report: LayerMomentsReport, kind: str) -> go.Figure:
    sentence = "No layer is recorded for this quantity yet."
    return figure_of([], FigureWords(QUESTION, "", sentence, **_named(report, "Spread")), kind=kind)


def _named(report: LayerMomentsReport, what: str) -> Naming:
    return {"title": f"{what} of {plural(report.quantity)} over training", "term": TERMS.get(report.quantity, "")}


def _kept(item: LayerMoments, log_x: bool) -> np.ndarray:
    """Step 0 has no place on a logarithmic axis."""
    return item.steps > 0 if log_x else np.ones(len(item.steps), bool)


def _joined(parts: Sequence[str]) -> str:
    return "; ".join(parts) or "not a number"


def _both_sides(
    item: LayerMoments, x: np.ndarray, rows: tuple[Floats, Floats, Floats], color: str, depth: int
) -> list[dict[str, object]]:
    std, low, high = rows
    name = item.layer.name
    common = {"type": "scatter", "x": single(x), "legendgroup": name}
    line = {**common, "mode": "lines", "line": {"color": color, "width": 2}}
    marker = {"color": color, "size": 4.5, "symbol": SYMBOLS[depth % len(SYMBOLS)]}
    marks = {**common, "mode": "markers", "marker": marker, "showlegend": False}
    return [
        {**line, "y": single(std), "name": name},
        {**line, "y": single(-std), "name": f"{name}, below", "showlegend": False},
        {**marks, "y": single(high), "name": f"{name}, 98th percentile"},
        {**marks, "y": single(low), "name": f"{name}, 2nd percentile"},
    ]


def _one_side(
    item: LayerMoments, x: np.ndarray, rows: tuple[Floats, Floats, Floats], depth: int, n_layers: int
) -> list[dict[str, object]]:
    mean, low, high = rows
    name = item.layer.name
    return [
        *band(x, low, high, name, layer_color(depth, n_layers, 0.15)),
        {
            "type": "scatter",
            "mode": "lines",
            "x": single(x),
            "y": single(mean),
            "name": name,
            "legendgroup": name,
            "line": {"color": layer_color(depth, n_layers), "width": 2.2},
            "hovertemplate": f"{name}, step %{{x}}: %{{y:.3g}}<extra></extra>",
        },
    ]


def _names(
    report: LayerMomentsReport, span: tuple[float, float], *, log_y: bool, names: Sequence[str]
) -> list[dict[str, object]]:
    """The names of some layers where the lines of their standard deviations end."""
    depths = {item.layer.name: depth for depth, item in enumerate(report.layers)}
    line_colors = [layer_color(depths[name], len(depths)) for name in names]
    ends = []
    for item in (report.layers[depths[name]] for name in names):
        finite = item.std.mean[np.isfinite(item.std.mean)]
        end = float(finite[-1]) if len(finite) else np.nan
        ends.append((float(np.log10(end)) if end > 0 else np.nan) if log_y else end)
    clipped = np.clip(ends, *span)
    x = float(report.layers[0].steps[-1])
    value = (lambda place: 10.0**place) if log_y else float
    return line_end_labels(names, line_colors, x, clipped.tolist(), span=span, value=value)


def _ratio_in_words(report: LayerMomentsReport) -> str:
    """How much wider the widest layer is than the narrowest, at the beginning and at the end."""
    parts = []
    for row, when in ((0, "At the first record"), (-1, f"at step {report.layers[0].steps[-1]}")):
        stds = {item.layer.name: float(item.std.mean[row]) for item in report.layers}
        there = {name: std for name, std in stds.items() if np.isfinite(std) and std > 0}
        if len(there) < 2:
            listed = ", ".join(f"{name} {std:.2g}" for name, std in there.items())
            parts.append(f"{when} the standard deviation is {listed or 'not a number'}")
            continue
        widest, narrowest = max(there, key=there.__getitem__), min(there, key=there.__getitem__)
        ratio = there[widest] / there[narrowest]
        parts.append(f"{when} {widest} spreads most ({there[widest]:.2g}), {ratio:.2g} times as far as {narrowest}")
    return "; ".join(parts) + "."
