"""Learning curves and the generalization gap, drawn."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.theme import (
    BAND_OPACITY,
    RUN_COLORS,
    FigureWords,
    axis,
    band,
    faded,
    figure_of,
    log_axis,
    single,
)
from diagnostics.learning_curves import Curve, GeneralizationGapReport, LearningCurvesReport
from diagnostics.settings_in_words import seeds

NAMES = {
    "loss": "loss",
    "accuracy": "accuracy",
    "r2": "R² (share of variance explained)",
    "mae": "mean absolute error",
    "batch_loss": "loss of the mini-batch",
}
QUESTIONS = {
    "loss": "Does the loss fall, and on new rows, too?",
    "accuracy": "How many rows are classified correctly?",
    "r2": "How much of the target's variation is explained?",
    "mae": "How far are the predictions off?",
    "batch_loss": "How noisy is the loss from batch to batch?",
}
DASH = {"train": "solid", "validation": "dash"}
PART_COLORS = {"train": "#0072B2", "validation": "#D55E00"}
PART_NAMES = {"train": "training", "validation": "validation"}


def learning_curves_figure(report: LearningCurvesReport, log_x: bool = False, log_y: bool = False) -> go.Figure:
    """Return the curves: mean over the seeds with its band, every seed thin and pale; validation dashed."""
    several = len({curve.run_id for curve in report.curves}) > 1
    traces: list[dict[str, object]] = []
    for curve in report.curves:
        traces += _curve_traces(curve, report, several=several, log_x=log_x)
    title = NAMES.get(report.metric, report.metric) + (f" ({report.unit})" if report.unit == "nats" else "")
    y_axis = log_axis(title, log_y) | ({"tickformat": ".0%"} if report.metric == "accuracy" else {})
    layout = {"xaxis": log_axis(report.x_title, log_x), "yaxis": y_axis, "hovermode": "x unified"}
    return figure_of(traces, _words(report, several=several), kind=f"curves-{report.metric}", layout=layout)


def _curve_traces(curve: Curve, report: LearningCurvesReport, *, several: bool, log_x: bool) -> list[dict[str, object]]:
    color = RUN_COLORS[curve.colour % len(RUN_COLORS)] if several else PART_COLORS[curve.part]
    name = f"{curve.run_name}, {PART_NAMES[curve.part]}" if several else PART_NAMES[curve.part]
    keep = curve.x > 0 if log_x else np.ones(len(curve.x), bool)
    x, spread = curve.x[keep], curve.spread
    n_seeds = curve.values.shape[1]
    traces: list[dict[str, object]] = []
    common = {"type": "scatter", "mode": "lines", "legendgroup": name}
    if n_seeds > 1:
        traces += band(x, spread.low[keep], spread.high[keep], name, faded(color))
        if not several:
            traces.append(
                {
                    **common,
                    **_all_seeds(x, curve.values[keep]),
                    "name": f"{name}, single seeds",
                    "line": {"width": 0.7, "color": faded(color, 0.3)},
                    "hoverinfo": "skip",
                    "showlegend": False,
                }
            )
    line = {"color": color, "width": 2.2, "dash": DASH[curve.part]}
    if report.smoothing > 0:
        raw = {"color": faded(color, 0.45), "width": 1}
        traces.append(
            {
                **common,
                "x": single(x),
                "y": single(spread.mean[keep]),
                "name": f"{name}, not smoothed",
                "line": raw,
                "hoverinfo": "skip",
                "showlegend": False,
            }
        )
    mode = "lines+markers" if len(x) == 1 else "lines"
    traces.append(
        {**common, "mode": mode, "x": single(x), "y": single(curve.smoothed[keep]), "name": name, "line": line}
    )
    return traces


def _all_seeds(x: np.ndarray, values: np.ndarray) -> dict[str, object]:
    """One trace for all seeds, with a gap between them."""
    gap = np.full((1, values.shape[1]), np.nan)
    return {
        "x": single(np.tile(np.append(x, np.nan), values.shape[1])),
        "y": single(np.concatenate([values, gap]).T.ravel()),
    }


def _words(report: LearningCurvesReport, *, several: bool) -> FigureWords:
    question = QUESTIONS.get(report.metric, "How does it go?")
    if not report.curves:
        return FigureWords(question, "", "Nothing is recorded yet; the curves appear with the first step.")
    n_seeds = max(curve.values.shape[1] for curve in report.curves)
    caption = "Solid: training rows; dashed: validation rows, which the network never learns from. "
    if n_seeds > 1:
        caption += f"Bold: mean of {seeds(n_seeds)}; band: ± one standard deviation"
        caption += ". " if several else "; thin: each seed. "
    if report.smoothing:
        caption += f"Smoothed with weight {report.smoothing:g}; pale: not smoothed. "
    if not several:
        caption += f"{report.settings[0]}."
    ids = sorted({curve.run_id for curve in report.curves})
    return FigureWords(question, caption, _summary(report), ", ".join(ids), n_seeds)


def _summary(report: LearningCurvesReport) -> str:
    sentences = []
    x_name = report.x_title.split(" (")[0]
    for curve in report.curves:
        mean, std = curve.spread.mean, curve.spread.std
        there = np.flatnonzero(np.isfinite(mean))
        if len(there):
            last, first = there[-1], there[0]
            sentences.append(
                f"{curve.run_name}, {PART_NAMES[curve.part]}: {NAMES.get(report.metric, report.metric)} went from "
                f"{mean[first]:.3g} to {mean[last]:.3g} ± {std[last]:.2g} at {x_name} {curve.x[last]:.4g}."
            )
    return " ".join(sentences) or "Every seed diverged before anything was recorded."


def generalization_gap_figure(report: GeneralizationGapReport, log_x: bool = False) -> go.Figure:
    """Return the gap over training with its band; above zero the network does better on the rows it learned from."""
    question = "Does it learn the rows by heart?"
    if len(report.x) == 0:
        words = FigureWords(question, "", "There is no validation part to compare with, or nothing is recorded yet.")
        return figure_of([], words, kind="gap")
    keep = report.x > 0 if log_x else np.ones(len(report.x), bool)
    x, spread = report.x[keep], report.spread
    color = "#882255"
    traces = band(x, spread.low[keep], spread.high[keep], "gap", faded(color, BAND_OPACITY))
    traces.append(
        {
            "type": "scatter",
            "mode": "lines",
            "x": single(x),
            "y": single(spread.mean[keep]),
            "name": "gap",
            "legendgroup": "gap",
            "line": {"color": color, "width": 2.2},
            "showlegend": False,
        }
    )
    order = "validation loss − training loss" if report.metric in ("loss", "mae") else "training − validation"
    title = order if report.metric == "loss" else f"{order} {report.metric}"
    zero = {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": 0,
        "y1": 0,
        "line": {"width": 1, "dash": "dot", "color": "#7a828c"},
    }
    layout = {"xaxis": log_axis(report.x_title, log_x), "yaxis": axis(title), "shapes": [zero]}
    last = np.flatnonzero(np.isfinite(spread.mean))
    n_seeds = report.values.shape[1]
    value = f"{spread.mean[last[-1]]:.3g} ± {spread.std[last[-1]]:.2g}" if len(last) else "not defined"
    caption = (
        "The gap between rows the network has learned from and rows it has not; above the dotted zero line it does "
        f"worse on new rows. Line: mean of {seeds(n_seeds)}; band: ± one standard deviation."
    )
    summary = f"At the last record the generalization gap in {report.metric} is {value}."
    return figure_of(traces, FigureWords(question, caption, summary, report.run_id, n_seeds), kind="gap", layout=layout)
