"""Recall and precision of each class, drawn side by side."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.class_metrics import ClassMetric, ClassMetricsReport
from diagnostics.figures.colors import CLASS_COLORS
from diagnostics.figures.theme import FigureWords, axis, figure_of, log_axis, single
from diagnostics.seed_spread import Spread
from diagnostics.settings_in_words import mean_of_seeds

HEIGHT = 300
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
PANELS = (("recall", "", [0.0, 0.44]), ("precision", "2", [0.56, 1.0]))  # what, its axes, where
SHARE = {"range": [-0.03, 1.03], "tickformat": ".0%", "nticks": 6}


def class_metrics_figure(report: ClassMetricsReport, log_x: bool = False) -> go.Figure:
    """Return two panels, recall to the left and precision to the right, with a line for each class."""
    traces: list[dict[str, object]] = []
    layout: dict[str, object] = {"height": HEIGHT}
    keep = report.x > 0 if log_x else np.ones(len(report.x), bool)
    for what, number, domain in PANELS:
        traces += [_trace(item, report.x, keep, what, number) for item in report.classes]
        layout[f"xaxis{number}"] = log_axis(report.x_title, log_x, domain=domain, anchor=f"y{number}")
        bare = {"showticklabels": False, "matches": "y"} if number else {}
        layout[f"yaxis{number}"] = axis(f"{what}, validation", **SHARE, anchor=f"x{number}", **bare)
    return figure_of(traces, _words(report), kind="class-metrics", layout=layout)


def _trace(item: ClassMetric, x: np.ndarray, keep: np.ndarray, what: str, number: str) -> dict[str, object]:
    spread: Spread = getattr(item, what)
    color, dash = CLASS_COLORS[item.number % len(CLASS_COLORS)], DASHES[item.number % len(DASHES)]
    return {
        "type": "scatter",
        "mode": "lines" if keep.sum() > 1 else "markers",
        "x": single(x[keep]),
        "y": single(spread.mean[keep]),
        "xaxis": f"x{number}",
        "yaxis": f"y{number}",
        "name": item.name,
        "legendgroup": item.name,
        "showlegend": what == "recall",
        "line": {"color": color, "width": 2, "dash": dash},
        "marker": {"color": color},
        "customdata": single(spread.std[keep])[:, None],
        "meta": {"columns": ["standard deviation over the seeds"]},
        "hovertemplate": f"{item.name}: {what} %{{y:.1%}} ± %{{customdata[0]:.1%}}<extra></extra>",
    }


def _words(report: ClassMetricsReport) -> FigureWords:
    question = "Which classes does it find, and can it be trusted when it names one?"
    if not report.classes:
        sentence = "Choose a class above." if report.n_classes else "No class is recorded on validation rows yet."
        return FigureWords(question, "", sentence, report.run_id, title="Recall and precision", term="precision")
    caption = (
        "Recall: of the rows of a class, the share that it finds. Precision: of the rows that it gives to a class, the "
        f"share that belongs there; no line where it names none. Validation rows; {mean_of_seeds(report.n_seeds)}."
    )
    if len(report.classes) < report.n_classes:
        caption += f" {len(report.classes)} of {report.n_classes} classes."
    return FigureWords(
        question,
        caption,
        _summary(report),
        report.run_id,
        report.n_seeds,
        title="Recall and precision of each class",
        term="precision",
    )


def _summary(report: ClassMetricsReport) -> str:
    ends = [f"{item.name}: recall {_share(item.recall)}, precision {_share(item.precision)}" for item in report.classes]
    return f"At the last record, {'; '.join(ends)}."


def _share(spread: Spread) -> str:
    return f"{spread.mean[-1]:.0%}" if np.isfinite(spread.mean[-1]) else "not defined"
