"""Several kinds of silence side by side: near an asymptote, on a flat piece, dead; layers downwards, time across."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import SCALES
from diagnostics.figures.theme import FigureWords, Naming, axis, color_bar, figure_of, single
from diagnostics.saturation import SaturationReport
from diagnostics.settings_in_words import seeds

HEADS = {"saturated": "near an asymptote", "flat": "flat slope", "dead": "dead units"}
GAP = 0.03
QUESTION = "Which layers hand on no gradient, and why?"


def saturation_sheet_figure(reports: Sequence[SaturationReport], layers: Sequence[str]) -> go.Figure:
    """Return one heat map for each report, all on the same layers; a layer without that kind is left empty.

    Parameters
    ----------
    reports : sequence of SaturationReport
    layers : sequence of str
        In the order of the network.
    """
    named: Naming = {"title": "Saturated and dead, layer by layer", "term": "saturation"}
    shown = [report for report in reports if report.layers and len(report.steps)]
    if not shown:
        sentence = "No layer can be saturated or dead, or none is recorded yet."
        return figure_of([], FigureWords(QUESTION, "", sentence, **named), kind="saturation-sheet")
    rows = [name for name in layers if any(name in report.layers for report in shown)]
    width = (1 - GAP * (len(shown) - 1)) / len(shown)
    traces: list[dict[str, object]] = []
    layout: dict[str, object] = {"height": min(max(120 + 36 * len(rows), 190), 560)}
    for number, report in enumerate(shown):
        suffix = str(number + 1) if number else ""
        traces.append(_map(report, rows, suffix, with_bar=number == len(shown) - 1))
        start = number * (width + GAP)
        layout[f"xaxis{suffix}"] = axis(
            HEADS.get(report.kind, report.kind),
            domain=[start, start + width],
            anchor=f"y{suffix}",
            type="category",
            nticks=5,
            tickangle=0,
            showgrid=False,
        )
        labels = {"ticksuffix": " "} if number == 0 else {"showticklabels": False}
        layout[f"yaxis{suffix}"] = axis(
            "", anchor=f"x{suffix}", type="category", ticks="", autorange="reversed", showgrid=False, **labels
        )
    caption = " ".join(f"{_what(report)}: {report.threshold}." for report in shown)
    n_seeds = seeds(shown[0].n_seeds)
    caption += f" From left to right: records, each the mean of {n_seeds} on the probe examples; empty: not defined."
    summary = f"At step {shown[0].steps[-1]}, {'; '.join(map(_end, shown))}."
    source = "Glorot & Bengio 2010, section 3"
    words = FigureWords(QUESTION, caption, summary, shown[0].run_id, shown[0].n_seeds, source, **named)
    return figure_of(traces, words, kind="saturation-sheet", layout=layout)


def _what(report: SaturationReport) -> str:
    return HEADS.get(report.kind, report.kind).capitalize()


def _map(report: SaturationReport, rows: list[str], suffix: str, *, with_bar: bool) -> dict[str, object]:
    shares = np.full((len(rows), len(report.steps)), np.nan)
    for name, share in zip(report.layers, report.share, strict=True):
        shares[rows.index(name)] = share
    return {
        "type": "heatmap",
        "x": [str(step) for step in report.steps],
        "y": rows,
        "z": single(shares),
        "zmin": 0,
        "zmax": 1,
        "xaxis": f"x{suffix}",
        "yaxis": f"y{suffix}",
        "colorscale": SCALES["share"][0],
        "meta": {"scale": "share"},
        "name": _what(report),
        "showscale": with_bar,
        "colorbar": color_bar("share", tickformat=".0%", nticks=4),
        "hovertemplate": f"{_what(report)}, %{{y}}, step %{{x}}: %{{z:.1%}}<extra></extra>",
        "ygap": 3,
    }


def _end(report: SaturationReport) -> str:
    """The layer with the largest share at the last record."""
    last = report.share[:, -1]
    if not np.isfinite(last).any():
        return f"{_what(report).lower()}: no seed is left"
    top = int(np.nanargmax(last))
    return f"{_what(report).lower()} most in {report.layers[top]} ({last[top]:.0%})"
