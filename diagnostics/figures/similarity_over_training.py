"""Layers against themselves over training, drawn: a line for each to its final state, and one layer's sheet."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import BAND_OPACITY, THEORY, layer_color
from diagnostics.figures.layer_similarity import ESTIMATOR, FLATTENED, SOURCE, sheet, square_layout
from diagnostics.figures.lines import band
from diagnostics.figures.theme import BOTTOM, LEFT, FigureWords, Naming, axis, figure_of, single
from diagnostics.settings_in_words import mean_of_seeds, seeds
from diagnostics.similarity_over_training import SETTLED, SimilarityOverTrainingReport

LINES: Naming = {"title": "Each layer against its final state", "term": "representation similarity"}
SHEET: Naming = {"title": "One layer at all moments", "term": "representation similarity"}
QUESTION = "Which layer settles first?"
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "cross", "star")
NOTHING = "No layer could be compared: all networks diverged, or their layers say the same for every example."
FIRST_SEEN = "Raghu et al. 2017, who measured it by SVCCA"


def to_final_figure(report: SimilarityOverTrainingReport) -> go.Figure:
    """Return a line for each layer with the band of the seeds: CKA with what the layer is at the last moment."""
    spread = report.to_final
    if not np.isfinite(spread.mean).any():
        return figure_of([], FigureWords(QUESTION, "", NOTHING, report.run_id, **LINES), kind="to-final")
    traces: list[dict[str, object]] = [_level(report)]
    for i, name in enumerate(report.layers):
        color = layer_color(i, len(report.layers))
        if report.n_seeds > 1:
            soft = layer_color(i, len(report.layers), BAND_OPACITY)
            traces += band(report.steps, spread.low[:, i], np.minimum(spread.high[:, i], 1.0), name, soft)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": single(report.steps),
                "y": single(spread.mean[:, i]),
                "name": name,
                "legendgroup": name,
                "line": {"color": color, "width": 2},
                "marker": {"size": 7, "symbol": SYMBOLS[i % len(SYMBOLS)], "color": color},
                "hovertemplate": f"{name}, step %{{x}}: %{{y:.3f}}<extra></extra>",
            }
        )
    lowest = float(np.nanmin(spread.low if report.n_seeds > 1 else spread.mean))
    layout = {
        "height": 380,
        "xaxis": axis("step (updates)"),
        "yaxis": axis("CKA with the final state", range=[min(0.0, lowest) - 0.02, 1.03]),
        "margin": {"l": LEFT, "r": 16, "t": 40, "b": BOTTOM},
        "showlegend": True,
    }
    caption = (
        "1: the layer already holds the same examples to be alike as at the end, whatever its single units do. "
        f"Line: {mean_of_seeds(report.n_seeds)}"
    )
    caption += "; band: ± one standard deviation over them." if report.n_seeds > 1 else "."
    caption += f" Dotted: {SETTLED:g}, from where a layer counts as settled."
    details = (
        f"{ESTIMATOR}; on {report.n_examples} probe examples; {FLATTENED}. Only the kept states are compared, at "
        "the points: what happens between two of them is not seen. The last point is 1 by itself."
    )
    words = FigureWords(
        QUESTION, caption, _settling(report), report.run_id, report.n_seeds, f"{SOURCE}; idea: {FIRST_SEEN}",
        details=details, **LINES,
    )  # fmt: skip
    return figure_of(traces, words, kind="to-final", layout=layout)


def between_moments_figure(report: SimilarityOverTrainingReport, layer: str) -> go.Figure:
    """Return one layer's sheet, moment against moment."""
    question = f"When does {layer} change most?"
    place = report.layers.index(layer)
    spread = report.between_moments
    mean, std = spread.mean[place], spread.std[place]
    if not np.isfinite(mean).any():
        return figure_of([], FigureWords(question, "", NOTHING, report.run_id, **SHEET), kind="between-moments")
    names = tuple(map(str, report.steps))
    least = min(max(0.0, float(np.floor(10 * np.nanmin(mean))) / 10), 0.9)
    trace = sheet(mean, std, (names, names), n_pairs=report.n_seeds, least=least)
    trace["hovertemplate"] = "steps %{y} and %{x}: %{z:.3f}%{customdata}<extra></extra>"
    next_to = np.array([mean[t, t + 1] for t in range(len(mean) - 1)])
    summary = f"No two successive moments of {layer} can be compared."
    if np.isfinite(next_to).any():
        t = int(np.nanargmin(next_to))
        summary = (
            f"{layer} changes most between steps {report.steps[t]} and {report.steps[t + 1]} (CKA {next_to[t]:.2f}); "
            f"its first and its last state have {mean[0, -1]:.2f}."
        )
    caption = (
        f"Each cell compares {layer} at two moments: 1 is the same representation, 0 nothing in common; mean of "
        f"{seeds(report.n_seeds)}. A block of high numbers is a time in which the layer stays as it is; "
        f"colours from {least:g} to 1."
    )
    details = (
        f"{ESTIMATOR}; on {report.n_examples} probe examples; {FLATTENED}. One row for each kept state, 0 is before "
        "training; the rows need not be equally far apart in time."
    )
    words = FigureWords(question, caption, summary, report.run_id, report.n_seeds, SOURCE, details=details, **SHEET)
    layout = square_layout("step (kept states)", "step (kept states)", height=380)
    return figure_of([trace], words, kind="between-moments", layout=layout)


def _level(report: SimilarityOverTrainingReport) -> dict[str, object]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [float(report.steps[0]), float(report.steps[-1])],
        "y": [SETTLED, SETTLED],
        "name": "settled",
        "line": {"color": THEORY, "width": 1, "dash": "dot"},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _settling(report: SimilarityOverTrainingReport) -> str:
    """Of each layer from when on it is settled, and whether the order is that of the layers."""
    parts = [
        f"{name} " + ("not before the end" if step is None else f"from step {step}")
        for name, step in zip(report.layers, report.settled, strict=True)
    ]
    start = report.to_final.mean[0]
    text = f"A CKA of {SETTLED:g} with the final state is reached and kept by " + ", ".join(parts) + "."
    if len(start) < 2 or not np.isfinite(start).all():
        return text
    rises = np.diff(start)
    order = "falls from layer to layer: the later, the further it still has to go"
    if not (rises < 0).all():
        order = "does not fall from layer to layer throughout"
    return f"{text} Before training it {order} ({start[0]:.2f} to {start[-1]:.2f})."
