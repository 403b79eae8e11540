"""Learning curves and the generalization gap, drawn."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import RUN_COLORS, THEORY, faded
from diagnostics.figures.lines import band
from diagnostics.figures.theme import FigureWords, Naming, axis, figure_of, log_axis, single
from diagnostics.learning_curves import Curve, EventMark, GeneralizationGapReport, LearningCurvesReport
from diagnostics.settings_in_words import mean_of_seeds

NAMES = {
    "loss": "loss",
    "accuracy": "accuracy",
    "r2": "R² (share of variance explained)",
    "mae": "mean absolute error",
    "rmse": "root mean squared error",
    "balanced_accuracy": "balanced accuracy",
    "roc_auc": "area under the ROC curve",
    "calibration_error": "calibration error",
    "batch_loss": "loss of the mini-batch",
}
TITLES = {
    "loss": "Loss",
    "accuracy": "Accuracy",
    "r2": "Explained variance, R²",
    "mae": "Absolute error",
    "rmse": "Root mean squared error",
    "balanced_accuracy": "Balanced accuracy",
    "roc_auc": "Area under the ROC curve",
    "calibration_error": "Calibration error",
    "batch_loss": "Loss of each mini-batch",
}
QUESTIONS = {
    "loss": "Does the loss fall, and on new rows, too?",
    "accuracy": "How many rows are classified correctly?",
    "r2": "How much variation is explained?",
    "mae": "How far are the predictions off?",
    "rmse": "How far off, with large errors weighing more?",
    "balanced_accuracy": "How many rows of each class are right, all classes weighing alike?",
    "roc_auc": "Does it rank rows of a class above the others?",
    "calibration_error": "Is it as often right as it claims to be sure?",
    "batch_loss": "How noisy is the loss from batch to batch?",
}
DASH = {"train": "solid", "validation": "dash"}
PART_COLORS = {"train": "#0072B2", "validation": "#D55E00"}
PART_NAMES = {"train": "training", "validation": "validation"}
TERMS = {"loss": "loss", "batch_loss": "loss", "accuracy": "accuracy", "r2": "R²", "mae": "absolute error"}
TERMS |= {"rmse": "absolute error", "balanced_accuracy": "accuracy", "roc_auc": "ROC curve"}
TERMS |= {"calibration_error": "calibration error"}
SHARES = ("accuracy", "balanced_accuracy", "calibration_error")
MARK_AXIS = {"overlaying": "y", "range": [0, 1], "fixedrange": True, "visible": False}
NEVER_BELOW_ZERO = ("loss", "batch_loss", "mae", "rmse", "roc_auc", *SHARES)


def learning_curves_figure(report: LearningCurvesReport, log_x: bool = False, log_y: bool = False) -> go.Figure:
    """Return the curves: mean over the seeds with its band, every seed thin and pale; validation dashed."""
    several = len({curve.run_id for curve in report.curves}) > 1
    traces: list[dict[str, object]] = []
    for curve in report.curves:
        traces += _curve_traces(curve, report, several=several, log_x=log_x)
    if several:
        traces += _legend(report.curves)
    title = NAMES.get(report.metric, report.metric) + (f" ({report.unit})" if report.unit == "nats" else "")
    y_axis = log_axis(title, log_y) | _limits(report.metric, log_y=log_y)
    layout: dict[str, object] = {"xaxis": _x_axis(report.x_title, log_x), "yaxis": y_axis, "hovermode": "x unified"}
    marks = [mark for mark in report.marks if mark.x > 0 or not log_x]
    if marks and report.curves:
        traces += [_mark_trace(mark, several=several) for mark in marks]
        layout["yaxis2"] = MARK_AXIS
    return figure_of(traces, _words(report, several=several), kind=f"curves-{report.metric}", layout=layout)


def _mark_trace(mark: EventMark, *, several: bool) -> dict[str, object]:
    """A thin dotted line over the whole height, on an axis of its own that no zoom moves."""
    words = f"{mark.run_name}: {mark.words}" if several else mark.words
    heights = np.linspace(0, 1, 21)  # a point is never far from the pointer
    return {
        "type": "scatter",
        "mode": "lines",
        "x": single(np.full(len(heights), mark.x)),
        "y": heights,
        "yaxis": "y2",
        "name": words,
        "line": {"color": RUN_COLORS[mark.colour % len(RUN_COLORS)] if several else THEORY, "width": 1, "dash": "dot"},
        "hovertemplate": f"{words}<extra></extra>",
        "showlegend": False,
        "meta": {"sign": "event"},
    }


def _x_axis(title: str, log: bool) -> dict[str, object]:
    """Steps and examples are counted in whole numbers; epochs and seconds are not."""
    written = ",d" if title.startswith(("step", "examples")) else ".4~g"
    hovered = {"text": f"{title.split(' (')[0]} %{{x:{written}}}"}
    return log_axis(title, log, hoverformat=written, unifiedhovertitle=hovered)


def _limits(metric: str, *, log_y: bool) -> dict[str, object]:
    """A band of mean ± deviation may reach where no value can lie; the axis does not follow it there."""
    if log_y:
        return {}
    least = {"clipmin": 0} if metric in NEVER_BELOW_ZERO else {}
    most = {"clipmax": 1.01} if metric in ("roc_auc", "r2", *SHARES) else {}
    written = {"tickformat": ".3~p", "hoverformat": ".1%"} if metric in SHARES else {}
    return {"autorangeoptions": {**least, **most}, **written}


def _legend(curves: tuple[Curve, ...]) -> list[dict[str, object]]:
    """One entry for each run, which shows and hides both its curves, and one for each kind of line."""
    empty: dict[str, object] = {"type": "scatter", "mode": "lines", "x": [None], "y": [None], "hoverinfo": "skip"}
    empty["meta"] = {"sign": "legend"}
    colors = {curve.run_id: (curve.run_name, RUN_COLORS[curve.colour % len(RUN_COLORS)]) for curve in curves}
    runs: list[dict[str, object]] = [
        {**empty, "name": name, "legendgroup": run_id, "line": {"color": color, "width": 3}}
        for run_id, (name, color) in colors.items()
    ]
    parts = dict.fromkeys(curve.part for curve in curves)
    kinds: list[dict[str, object]] = [
        {**empty, "name": PART_NAMES[part], "line": {"color": THEORY, "width": 2, "dash": DASH[part]}} for part in parts
    ]
    return [*runs, *kinds]


def _curve_traces(curve: Curve, report: LearningCurvesReport, *, several: bool, log_x: bool) -> list[dict[str, object]]:
    color = RUN_COLORS[curve.colour % len(RUN_COLORS)] if several else PART_COLORS[curve.part]
    name = f"{curve.run_name}, {PART_NAMES[curve.part]}" if several else PART_NAMES[curve.part]
    keep = curve.x > 0 if log_x else np.ones(len(curve.x), bool)
    x, spread = curve.x[keep], curve.spread
    n_seeds = curve.values.shape[1]
    traces: list[dict[str, object]] = []
    group = curve.run_id if several else name
    common = {"type": "scatter", "mode": "lines", "legendgroup": group}
    if n_seeds > 1:
        traces += [
            {**edge, "legendgroup": group} for edge in band(x, spread.low[keep], spread.high[keep], name, faded(color))
        ]
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
        {
            **common,
            "mode": mode,
            "x": single(x),
            "y": single(curve.smoothed[keep]),
            "name": name,
            "line": line,
            "showlegend": not several,
        }
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
    title, term = TITLES.get(report.metric, report.metric), TERMS.get(report.metric, "")
    if not report.curves:
        sentence = "Nothing is recorded yet; the curves appear with the first step."
        return FigureWords(question, "", sentence, title=title, term=term)
    n_seeds = max(curve.values.shape[1] for curve in report.curves)
    caption = "Solid: training rows; dashed: validation rows, never learned from. "
    if report.metric == "batch_loss":
        caption = "Measured on the rows of one mini-batch, before its update. "
    if n_seeds > 1:
        caption += f"Bold: {mean_of_seeds(n_seeds)}; band: ± one standard deviation"
        caption += ". " if several else "; thin: each seed. "
    if report.marks:
        caption += "Dotted upright line: something was changed there; point at it to read what. "
    if report.smoothing:
        caption += f"Smoothed with weight {report.smoothing:g}; pale: not smoothed. "
    ids = sorted({curve.run_id for curve in report.curves})
    details = "" if several else f"{report.settings[0]}."
    return FigureWords(
        question, caption.strip(), _summary(report), ", ".join(ids), n_seeds, title=title, details=details, term=term
    )


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
    named: Naming = {"title": "Generalization gap", "term": "generalization gap"}
    if len(report.x) == 0:
        sentence = "There is no validation part to compare with, or nothing is recorded yet."
        return figure_of([], FigureWords(question, "", sentence, **named), kind="gap")
    keep = report.x > 0 if log_x else np.ones(len(report.x), bool)
    x, spread = report.x[keep], report.spread
    color = "#882255"
    traces = band(x, spread.low[keep], spread.high[keep], "gap", faded(color))
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
    title = order if report.metric == "loss" else f"{order}: {NAMES.get(report.metric, report.metric)}"
    zero = {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": 0,
        "y1": 0,
        "line": {"width": 1, "dash": "dot", "color": THEORY},
    }
    layout = {"height": 380, "xaxis": _x_axis(report.x_title, log_x), "yaxis": axis(title), "shapes": [zero]}
    last = np.flatnonzero(np.isfinite(spread.mean))
    n_seeds = report.values.shape[1]
    value = f"{spread.mean[last[-1]]:.3g} ± {spread.std[last[-1]]:.2g}" if len(last) else "not defined"
    caption = (
        "Above the dotted line the network does worse on rows it has not learned from. "
        f"Line: {mean_of_seeds(n_seeds)}; band: ± one standard deviation."
    )
    summary = f"At the last record the generalization gap in {report.metric} is {value}."
    words = FigureWords(question, caption, summary, report.run_id, n_seeds, **named)
    return figure_of(traces, words, kind="gap", layout=layout)
