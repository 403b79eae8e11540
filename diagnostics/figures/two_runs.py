"""All layers of two runs on the same bins: one plot for each layer, both runs in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.axis_range import robust_range
from diagnostics.figures.colors import RUN_COLORS, THEORY, faded
from diagnostics.figures.layer_statistics import NAMES, TERMS, plural
from diagnostics.figures.lines import band
from diagnostics.figures.panels import Panels
from diagnostics.figures.theme import FigureWords, Naming, axis, figure_of, single
from diagnostics.layer_densities import density
from diagnostics.layer_statistics import LayerHistogram, LayerHistogramsReport

DASHES = ("solid", "dash")
Pair = tuple[LayerHistogramsReport, LayerHistogramsReport]
Look = tuple[str, str, str]
"""Name, colour and dash of a run."""


def two_runs_figure(pair: Pair, names: tuple[str, str], run_colors: Sequence[str] = RUN_COLORS) -> go.Figure:
    """Return the densities of two runs, layer by layer, with a band from the least to the largest seed.

    Parameters
    ----------
    pair : tuple of LayerHistogramsReport
        One of `diagnostics.layer_densities.compared_densities`.
    names : tuple of str
    run_colors : sequence of str
        "#rrggbb" of each run.
    """
    return two_runs_frames([pair], names, run_colors)[0]


def two_runs_frames(
    pairs: Sequence[Pair], names: tuple[str, str], run_colors: Sequence[str] = RUN_COLORS
) -> list[go.Figure]:
    """Return one figure for each pair, all with the same axes and the same traces."""
    (top, outside), across = _top(pairs), _across(pairs)
    looks = tuple(zip(names, run_colors, DASHES, strict=False))
    return [_figure(pair, looks, (top, across), is_cut=outside > 0) for pair in pairs]


def _figure(pair: Pair, looks: Sequence[Look], axes: tuple[float, list[float]], *, is_cut: bool) -> go.Figure:
    top, across = axes
    names = looks[0][0], looks[1][0]
    first, second = pair
    named: Naming = {"title": f"{plural(first.quantity)} of two runs".capitalize(), "term": TERMS[first.quantity]}
    question = "What is different in the other run?"
    others = {item.layer.name: item for item in second.layers}
    common = [(item, others[item.layer.name]) for item in first.layers if item.layer.name in others]
    if not common:
        sentence = "The two runs have no layer in common that is recorded on the same bins."
        return figure_of([], FigureWords(question, "", sentence, **named), kind="two-runs")
    panels = Panels(len(common))
    traces: list[dict[str, object]] = []
    for number, items in enumerate(common):
        lines = [
            trace for k, item in enumerate(items) for trace in _lines(pair[k], item, looks[k], is_first=number == 0)
        ]
        label = panels.label(items[0].layer.name, THEORY, (across[0], top))
        traces += panels.placed(number, [*lines, label])
    x_axis = axis(NAMES[first.quantity], range=across)
    layout = panels.layout_with_legend(x_axis, axis("density", range=[0, top]))
    caption = (
        f"Share of each layer's numbers per unit of the axis, at step {first.step}; both runs have the same bins. "
        "Line: mean of the seeds; band: from the least to the largest seed."
    )
    caption += " The highest peaks go beyond the axis." if is_cut else ""
    details = f"{names[0]} at step {first.step}, {names[1]} at step {second.step}: each at its own last record."
    summary = f"At step {first.step}, {_in_a_sentence(common, names, first)}."
    words = FigureWords(question, caption, summary, first.run_id, first.n_seeds, details=details, **named)
    return figure_of(traces, words, kind=f"two-runs-{first.quantity}", layout=layout)


def _top(pairs: Sequence[Pair]) -> tuple[float, int]:
    highs = [
        [float(np.nanmax(density(report, item.high), initial=0)) for report in pair for item in report.layers]
        for pair in pairs
    ]
    rows = np.array(highs).T
    if not rows.size:
        return 1.0, 0
    _, top, outside = robust_range(np.zeros_like(rows), rows, from_zero=True)
    return top, outside


def _across(pairs: Sequence[Pair]) -> list[float]:
    """From the first to the last bin that holds something in any layer."""
    edges = pairs[0][0].edges
    highs = [np.nan_to_num(item.high) for pair in pairs for report in pair for item in report.layers]
    filled = np.flatnonzero(np.max(highs, axis=0) > 0) if highs else np.empty(0, int)
    first, last = (filled[0], filled[-1]) if len(filled) else (0, len(edges) - 2)
    return [float(edges[first]), float(edges[last + 1])]


def _lines(
    report: LayerHistogramsReport, item: LayerHistogram, look: Look, *, is_first: bool
) -> list[dict[str, object]]:
    name, color, dash = look
    mean, low, high = (density(report, values) for values in (item.share, item.low, item.high))
    mean, low, high = (np.append(values, values[-1]) for values in (mean, low, high))
    traces = []
    if report.n_seeds > 1:
        traces = band(report.edges, np.nan_to_num(low), np.nan_to_num(high), name, faded(color), "hv")
    return [
        *traces,
        {
            "type": "scatter",
            "mode": "lines",
            "x": single(report.edges),
            "y": single(mean),
            "name": name,
            "legendgroup": name,
            "showlegend": is_first,
            "line": {"color": color, "width": 1.8, "dash": dash, "shape": "hv"},
            "hovertemplate": f"{name}, {item.layer.name}: %{{y:.3~g}}<extra></extra>",
        },
    ]


def _in_a_sentence(
    common: Sequence[tuple[LayerHistogram, LayerHistogram]], names: tuple[str, str], report: LayerHistogramsReport
) -> str:
    """In which layer the two distributions differ most, by half the sum of the differences of their shares."""
    differences = {
        one.layer.name: 0.5 * float(np.abs(_shares(one) - _shares(other)).sum())
        for one, other in common
        if np.isfinite(one.share).any() and np.isfinite(other.share).any()
    }
    if not differences:
        return f"one of the runs has no finite {plural(report.quantity)}"
    most = max(differences, key=differences.__getitem__)
    return (
        f"{names[0]} and {names[1]} differ most in {most}: {differences[most]:.0%} of its {plural(report.quantity)} "
        "would have to move to other bins to make them alike"
    )


def _shares(item: LayerHistogram) -> np.ndarray:
    return np.concatenate([item.share, [item.zero, item.below, item.above, item.not_finite]])
