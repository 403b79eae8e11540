"""Which columns a network uses, drawn as bars."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import RUN_COLORS, THEORY
from diagnostics.figures.theme import FigureWords, axis, figure_of, single
from diagnostics.permutation_importance import ImportanceReport
from diagnostics.settings_in_words import mean_of_seeds

MOST_BARS = 15


def permutation_importance_figure(report: ImportanceReport) -> go.Figure:
    """Return a bar for each of the most important columns, the longest on top."""
    shown = report.order[:MOST_BARS]
    names = [report.names[place] for place in shown]
    mean, std = report.increase.mean[shown], report.increase.std[shown]
    trace = {
        "type": "bar",
        "orientation": "h",
        "y": names,
        "x": single(mean),
        "error_x": {"array": single(std), "color": THEORY, "thickness": 1.2, "width": 3},
        "marker": {"color": RUN_COLORS[0]},
        "name": "growth of the loss",
        "hovertemplate": "%{y}: %{x:.3~g}<extra></extra>",
    }
    layout = {
        "height": 110 + 22 * len(names),
        "xaxis": axis("growth of the loss when the column is shuffled", zeroline=True),
        "yaxis": axis("", type="category", autorange="reversed", ticks="", nticks=MOST_BARS + 1),
        "bargap": 0.35,
    }
    left = len(report.names) - len(names)
    repeats = "once" if report.n_repeats == 1 else f"{report.n_repeats} times"
    caption = (
        f"How much the mean loss of {report.n_rows} {report.part} rows grows when one column's values are shuffled "
        f"among them: the network uses the columns on top. {mean_of_seeds(report.n_seeds).capitalize()}"
        f"{', bars ± one standard deviation' if report.n_seeds > 1 else ''}"
        f"{f'; {left} columns of smaller importance are not drawn' if left else ''}."
    )
    details = f"Each column is shuffled {repeats}; without it the loss is {report.loss:.3g}. Step {report.step}."
    words = FigureWords(
        "Which columns does the network use?", caption, _summary(report), report.run_id, report.n_seeds,
        source="Breiman 2001, section 10", title="Permutation importance", details=details,
        term="permutation importance",
    )  # fmt: skip
    return figure_of([trace], words, kind="importance", layout=layout)


def _summary(report: ImportanceReport) -> str:
    mean = report.increase.mean
    best = int(report.order[0])
    n_used = int((mean - 2 * np.nan_to_num(report.increase.std) > 0).sum())
    told = f"{report.names[best]} matters most: without it the loss grows by {mean[best]:.3g}, from {report.loss:.3g}."
    if report.n_seeds == 1:
        return told
    return f"{told} {n_used} of {len(mean)} columns matter by more than two standard deviations of the seeds."
