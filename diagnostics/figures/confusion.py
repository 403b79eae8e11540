"""The confusion matrix, drawn."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.confusion import ConfusionReport
from diagnostics.figures.colors import SCALES
from diagnostics.figures.theme import FigureWords, axis, color_bar, figure_of, single
from diagnostics.settings_in_words import mean_of_seeds

MOST_WRITTEN = 12  # classes; beyond that the numbers in the cells would not fit
LEAST_WRITTEN = 0.005  # a share that would be written as 0 % stays empty, so that the mistakes stand out
TITLE = "Confusion matrix"


def confusion_figure(report: ConfusionReport) -> go.Figure:
    """Return true classes downwards, predicted classes to the right, shares as colour and number."""
    n_classes = len(report.class_names)
    written = n_classes <= MOST_WRITTEN
    trace = {
        "type": "heatmap",
        "x": list(report.class_names),
        "y": list(report.class_names),
        "z": single(report.share),
        "zmin": 0,
        "zmax": 1,
        "colorscale": SCALES["share"][0],
        "meta": {"scale": "share"},
        "name": "share",
        "xgap": 2,
        "ygap": 2,
        "hovertemplate": "true %{y}, predicted %{x}: %{z:.1%}<extra></extra>",
        "showscale": not written,
        "colorbar": color_bar("share of the true class", tickformat=".0%"),
        **({"text": _cells(report.share), "texttemplate": "%{text}"} if written else {}),
    }
    fixed = {"type": "category", "showgrid": False, "ticks": "", "constrain": "domain", "nticks": min(n_classes, 30)}
    layout = {
        "height": 380,
        "xaxis": axis("predicted class", **fixed),
        "yaxis": axis("true class", **fixed, autorange="reversed", scaleanchor="x"),
    }
    caption = (
        f"Of the probe examples ({report.n_examples} in all) of each true class (row), the share predicted as each "
        f"class (column) at step {report.step}; {mean_of_seeds(report.n_seeds)}. A perfect network fills the diagonal."
    )
    diagonal = np.diag(report.share)
    worst = int(np.nanargmin(diagonal)) if np.isfinite(diagonal).any() else 0
    name, share = report.class_names[worst], diagonal[worst]
    summary = f"At step {report.step} the class {name!r} is recognised least often, {share:.0%}."
    question = "Which classes are mistaken for which?"
    words = FigureWords(question, caption, summary, report.run_id, report.n_seeds, title=TITLE, term="confusion matrix")
    return figure_of([trace], words, kind="confusion", layout=layout)


def _cells(share: np.ndarray) -> list[list[str]]:
    return [["" if not value >= LEAST_WRITTEN else f"{value:.0%}" for value in row] for row in share]
