"""The mean singular value of each dense layer's Jacobian over training, drawn; beside it what fresh weights give."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import BAND_OPACITY, THEORY, layer_color
from diagnostics.figures.lines import MOST_LABELS, band, least_and_largest, line_end_labels, room_for
from diagnostics.figures.theme import BOTTOM, LEFT, FigureWords, Naming, axis, figure_of, log_axis, single
from diagnostics.layer_jacobians import LayerJacobiansReport
from diagnostics.settings_in_words import mean_of_seeds

NAMED: Naming = {"title": "Mean singular value of each layer's Jacobian over training", "term": "singular value"}
QUESTION = "Does training keep the layers from shrinking what passes?"
SOURCE = "Glorot & Bengio 2010, section 4.2.1"
KEPT, EXPECTED = "no change", "theory, fresh weights"
MOST_LINEAR = 12  # the largest over the least number that a linear axis shows well
LABEL_AT = 1.01  # of the last step: where the names of the lines begin
STUB = 0.035  # of the axis: how far the dashes of the theory reach into the training


def layer_jacobians_figure(report: LayerJacobiansReport) -> go.Figure:
    """Return a line for each layer with the band of the seeds, and dashed at its beginning what theory expects."""
    mean = report.spread.mean
    if not np.isfinite(mean).any():
        sentence = "No singular value could be found: no state was kept, or all networks diverged."
        return figure_of([], FigureWords(QUESTION, "", sentence, **NAMED), kind="layer-jacobians")
    log = _is_wide(report)
    least, largest = _span(report, log)
    traces = [_level(report), *_lines(report, log)]
    if report.theory_name:
        traces.append(_expected(report))
    if labelled := len(report.layers) <= MOST_LABELS:
        traces += line_end_labels(
            report.layers, [_color(report, i) for i in range(len(report.layers))], LABEL_AT * float(report.steps[-1]),
            [float(np.log10(end)) if log else float(end) for end in mean[-1]], span=(least, largest),
            value=(lambda y: float(10.0**y)) if log else float,
        )  # fmt: skip
    layout = {
        "height": 300,
        "xaxis": axis("step (updates)"),
        "yaxis": log_axis("mean singular value", log, range=[least, largest]),
        "margin": {"l": LEFT, "r": room_for(report.layers) if labelled else 16, "t": 26, "b": BOTTOM},
    }
    words = FigureWords(
        QUESTION, _caption(report), _summary(report), report.run_id, report.n_seeds, SOURCE, details=_details(report),
        **NAMED,
    )  # fmt: skip
    return figure_of(traces, words, kind="layer-jacobians", layout=layout)


def _is_wide(report: LayerJacobiansReport) -> bool:
    positive = report.spread.mean[report.spread.mean > 0]
    return len(positive) > 0 and bool(positive.max() > MOST_LINEAR * positive.min())


def _span(report: LayerJacobiansReport, log: bool) -> tuple[float, float]:
    """The least and the largest place on the vertical axis; 1 is always there."""
    mean, high = report.spread.mean, report.spread.high
    if not log:
        return 0.0, 1.06 * least_and_largest(mean, high, report.theory, np.ones(1))[1]
    rows = [np.where(values > 0, values, np.nan) for values in (mean, high, report.theory, np.ones(1))]
    least, largest = least_and_largest(*(np.log10(row) for row in rows))
    return least - 0.1, largest + 0.1


def _color(report: LayerJacobiansReport, i: int, opacity: float = 1.0) -> str:
    return layer_color(report.depths[i], report.n_layers, opacity)


def _lines(report: LayerJacobiansReport, log: bool) -> list[dict[str, object]]:
    traces: list[dict[str, object]] = []
    for i, name in enumerate(report.layers):
        mean, low, high = report.spread.mean[:, i], report.spread.low[:, i], report.spread.high[:, i]
        if report.n_seeds > 1:
            low = np.where(low > 0, low, mean) if log else low
            traces += band(report.steps, low, high, name, _color(report, i, BAND_OPACITY))
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": single(report.steps),
                "y": single(mean),
                "name": name,
                "legendgroup": name,
                "line": {"color": _color(report, i), "width": 2},
                "marker": {"size": 5},
                "showlegend": len(report.layers) > MOST_LABELS,
                "hovertemplate": f"{name}, step %{{x}}: %{{y:.3~g}}<extra></extra>",
            }
        )
    return traces


def _level(report: LayerJacobiansReport) -> dict[str, object]:
    """Where a layer neither stretches nor shrinks."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [0, float(report.steps[-1])],
        "y": [1, 1],
        "name": KEPT,
        "showlegend": False,
        "line": {"color": THEORY, "width": 1, "dash": "dot"},
        "hoverinfo": "skip",
    }


def _expected(report: LayerJacobiansReport) -> dict[str, object]:
    """A short dashed line for each layer, at the beginning: it holds for fresh weights only."""
    end = STUB * max(float(report.steps[-1]), 1.0)
    x = np.tile([0.0, end, np.nan], len(report.layers))
    y = np.repeat(report.theory, 3)
    y[2::3] = np.nan
    return {
        "type": "scatter",
        "mode": "lines",
        "x": single(x),
        "y": single(y),
        "name": EXPECTED,
        "line": {"color": THEORY, "width": 2.5},
        "customdata": np.repeat(np.array([[name] for name in report.layers], dtype=object), 3, axis=0),
        "meta": {"columns": ["layer"]},
        "hovertemplate": "%{customdata[0]}, expected of fresh weights: %{y:.3~g}<extra></extra>",
    }


def _caption(report: LayerJacobiansReport) -> str:
    caption = (
        "Below 1 (dotted) a layer shrinks small differences in what it reads, above 1 it stretches them. "
        f"Line: {mean_of_seeds(report.n_seeds)}"
    )
    caption += "; band: ± one standard deviation over them." if report.n_seeds > 1 else "."
    if report.theory_name:
        caption += " Short grey strokes at step 0: what theory expects there; it holds for fresh weights only."
    return caption


def _details(report: LayerJacobiansReport) -> str:
    states = len(report.steps) - int(report.steps[0] == 0)
    text = (
        f"All singular values, at {report.n_examples} of the probe examples, before training and in the {states} "
        "states that were kept on the way; of dense layers only."
    )
    return f"{text} Theory: {report.theory_name}." if report.theory_name else text


def _summary(report: LayerJacobiansReport) -> str:
    mean = report.spread.mean
    parts = [
        f"{name} from {mean[0, i]:.2g} to {mean[-1, i]:.2g}"
        for i, name in enumerate(report.layers)
        if np.isfinite(mean[[0, -1], i]).all()
    ]
    moved = "; ".join(parts) or "no layer can be followed to its end"
    return f"From step {report.steps[0]} to {report.steps[-1]} the mean singular value went: {moved}."
