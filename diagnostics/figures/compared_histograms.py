"""One layer of two runs on the same bins, drawn over one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.axis_range import robust_range
from diagnostics.figures.colors import faded
from diagnostics.figures.frames import Frames
from diagnostics.figures.layer_statistics import NAMES, SOURCE, TERMS, shared_view, symlog_layout, with_zero
from diagnostics.figures.lines import band
from diagnostics.figures.symlog_axis import SymlogView
from diagnostics.figures.theme import FigureWords, Naming, axis, figure_of, single
from diagnostics.layer_statistics import LayerHistogram, LayerHistogramsReport

DASHES = ("solid", "dash")


@dataclass(frozen=True, eq=False)
class ComparedRun:
    """A run as it is drawn: its histograms, which of its layers, what it is called, its colour "#rrggbb"."""

    report: LayerHistogramsReport
    layer: str
    name: str
    color: str

    @property
    def item(self) -> LayerHistogram | None:
        """The histogram of the layer, if it is recorded on these bins."""
        return next((item for item in self.report.layers if item.layer.name == self.layer), None)


def compared_histograms_figure(runs: Sequence[ComparedRun]) -> go.Figure:
    """Return one line for each run over the shared bins, with a band from the least to the largest seed."""
    return compared_histograms_frames([runs])[0]


def compared_histograms_frames(moments: Sequence[Sequence[ComparedRun]]) -> Frames[go.Figure]:
    """Return the figure of the runs at each of some moments, all with the same axes."""
    everything = [(run, item) for runs in moments for run in runs if (item := run.item) is not None]
    view = shared_view([run.report for run, _ in everything])
    highs = np.array([[_largest(run) for run in runs] for runs in zip(*moments, strict=True)])
    _, top, _ = robust_range(np.zeros_like(highs), highs, from_zero=True)
    return Frames(len(moments), lambda number: _figure(moments[number], view, top))


def _largest(run: ComparedRun) -> float:
    """The highest point of a run's band; NaN if its layer is not recorded."""
    if run.item is None:
        return float("nan")
    return float(np.nanmax(with_zero(run.item.high, run.item.zero, run.report.binning), initial=0))


def _figure(runs: Sequence[ComparedRun], view: SymlogView | None, top: float) -> go.Figure:
    there = [(run, item) for run in runs if (item := run.item) is not None]
    quantity = runs[0].report.quantity
    named: Naming = {"title": f"{NAMES[quantity]}s of two runs".capitalize(), "term": TERMS.get(quantity, "")}
    question = "What is different in the other run?"
    if not there:
        words = FigureWords(question, "", "No layer of these runs is recorded on these bins.", **named)
        return figure_of([], words, kind="compared")
    edges = there[0][0].report.edges
    places = (edges[:-1] + edges[1:]) / 2 if view is None else view.places
    traces: list[dict[str, object]] = []
    for number, (run, item) in enumerate(there):
        share, low, high = (
            values if view is None else view.shown(with_zero(values, item.zero, run.report.binning))
            for values in (item.share, item.low, item.high)
        )
        name = f"{run.name}: {run.layer}"
        if run.report.n_seeds > 1:
            traces += band(places, low, high, name, faded(run.color))
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": single(places),
                "y": single(share),
                "name": name,
                "legendgroup": name,
                "showlegend": True,
                "line": {"color": run.color, "width": 2, "dash": DASHES[number % len(DASHES)]},
                "hovertemplate": f"{name}: %{{y:.2%}} of its numbers<extra></extra>",
            }
        )
    layout = {
        "xaxis": axis(NAMES[quantity]) if view is None else symlog_layout(quantity, view, to_sides=True),
        "yaxis": axis("share of the layer's numbers", tickformat=".3~p", range=[0, top]),
    }
    words = _words(there, question, named)
    return figure_of(traces, words, kind=f"compared-{quantity}", layout=layout)


def _words(there: Sequence[tuple[ComparedRun, LayerHistogram]], question: str, named: Naming) -> FigureWords:
    first = there[0][0].report
    quantity = NAMES[first.quantity]
    steps = " and ".join(f"{run.report.step} ({run.name})" for run, _ in there)
    caption = (
        f"Share of the numbers of one layer of each run in each bin, at step {first.step}; both runs have the same "
        "bins. Line: mean of the seeds; band: from the least to the largest seed."
    )
    details = f"Each run is shown at its own last record at or before that step: {steps}."
    parts = []
    for run, item in there:
        share = with_zero(item.share, item.zero, run.report.binning)
        if np.isfinite(share).any():
            top = int(np.nanargmax(share))
            between = f"between {run.report.edges[top]:.2g} and {run.report.edges[top + 1]:.2g}"
            parts.append(f"{run.name}, {run.layer} {between} ({share[top]:.0%})")
    summary = f"At step {first.step} the fullest bin of the {quantity}s: {'; '.join(parts)}."
    return FigureWords(question, caption, summary, first.run_id, first.n_seeds, SOURCE, details=details, **named)
