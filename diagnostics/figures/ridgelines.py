"""One layer's distribution over training as ridgelines: one outline for each record, the first at the back."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import layer_color
from diagnostics.figures.layer_statistics import NAMES, TERMS, plural, symlog_layout
from diagnostics.figures.symlog_axis import symlog_view
from diagnostics.figures.theme import FigureWords, Naming, axis, figure_of, single
from diagnostics.layer_statistics import HistogramOverTimeReport
from diagnostics.settings_in_words import mean_of_seeds

MOST_RIDGES = 24
OVERLAP = 2.6  # the highest ridge reaches so many distances up
HEIGHT = 480
CENTRAL = 0.95  # of the ridges decide how high the highest is drawn


def ridgelines_figure(report: HistogramOverTimeReport) -> go.Figure:
    """Return the outlines of up to 24 records, the first on top and at the back, as TensorBoard draws them."""
    layer = report.layer.name if report.layer else "this layer"
    several = plural(report.quantity)
    question = f"How does the distribution of {layer}'s {several} change?"
    title = f"{several} of {layer}, record by record".capitalize()
    named: Naming = {"title": title, "term": TERMS.get(report.quantity, "")}
    there = np.flatnonzero(report.share.sum(axis=1) + report.outside > 0)
    if len(there) == 0:
        return figure_of([], FigureWords(question, "", f"Nothing is recorded for {layer} yet.", **named), kind="ridges")
    rows = there[np.unique(np.linspace(0, len(there) - 1, MOST_RIDGES).round().astype(int))]
    view = symlog_view(report.edges, report.share[rows]) if report.binning == "symlog" else None
    x = (report.edges[:-1] + report.edges[1:]) / 2 if view is None else view.places
    share = report.share[rows] if view is None else view.shown(report.share[rows])
    peaks = share.max(axis=1)
    largest = min(float(peaks.max()), 2 * float(np.quantile(peaks, CENTRAL))) or 1.0
    traces: list[dict[str, object]] = []
    for place, row in enumerate(rows):
        base = float(len(rows) - 1 - place)
        heights = base + OVERLAP * np.minimum(share[place], largest) / largest
        traces += _ridge(x, base, heights, f"step {report.steps[row]}", (place, len(rows)))
        traces[-1]["customdata"] = single(share[place])
    labels = list(range(0, len(rows), max(1, len(rows) // 8)))
    y_axis = axis(
        "step (updates)",
        tickvals=[len(rows) - 1 - place for place in labels],
        ticktext=[str(report.steps[rows[place]]) for place in labels],
        range=[-0.4, len(rows) - 1 + OVERLAP + 0.3],
        showgrid=False,
    )
    x_axis = axis(NAMES[report.quantity]) if view is None else symlog_layout(report.quantity, view, to_sides=True)
    layout = {"xaxis": x_axis, "yaxis": y_axis, "height": HEIGHT}
    caption = (
        "From back to front the training goes on: outlines that move or narrow show the layer changing. "
        f"Each is the histogram at one record, {mean_of_seeds(report.n_seeds)}; dark: first, light: last."
    )
    if len(rows) < len(report.steps):
        caption += f" {len(rows)} of {len(report.steps)} records are drawn."
    if peaks.max() > largest:
        caption += " The highest peaks are cut off."
    caption += _beside(report, rows) + (f" {view.in_words}" if view is not None and view.in_words else "")
    words = FigureWords(question, caption, _summary(report, rows, layer), report.run_id, report.n_seeds, **named)
    return figure_of(traces, words, kind="ridges", layout=layout)


def _ridge(
    x: np.ndarray, base: float, heights: np.ndarray, name: str, place: tuple[int, int]
) -> list[dict[str, object]]:
    """Return the ground of a ridge, which cannot be seen, and its outline, filled down to the ground."""
    common = {"type": "scatter", "mode": "lines", "x": single(x), "name": name, "showlegend": False}
    ground = {"y": single(np.full(len(x), base)), "line": {"width": 0}, "hoverinfo": "skip", "meta": {"sign": "label"}}
    return [
        {**common, **ground},
        {
            **common,
            "y": single(heights),
            "fill": "tonexty",
            "fillcolor": layer_color(*place, 0.22),
            "line": {"width": 1.4, "color": layer_color(*place)},
            "hovertemplate": f"{name}: %{{customdata:.2%}} in this bin<extra></extra>",
        },
    ]


def _beside(report: HistogramOverTimeReport, rows: np.ndarray) -> str:
    parts = [
        f"up to {float(values[rows].max()):.1%} {what}"
        for values, what in ((report.outside, "outside of the bins"), (report.not_finite, "not finite"))
        if values[rows].max() > 0.0005
    ]
    return f" Not drawn: {', '.join(parts)}." if parts else ""


def _summary(report: HistogramOverTimeReport, rows: np.ndarray, layer: str) -> str:
    parts = []
    for row in (rows[0], rows[-1]):
        top = int(report.share[row].argmax())
        low, high = report.edges[top], report.edges[top + 1]
        parts.append(f"at step {report.steps[row]} between {low:.2g} and {high:.2g} ({report.share[row, top]:.0%})")
    return f"The fullest bin of {layer}'s {plural(report.quantity)} lies {', '.join(parts)}."
