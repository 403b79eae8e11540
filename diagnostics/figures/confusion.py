"""The confusion matrix, drawn."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.confusion import ConfusionReport
from diagnostics.figures.theme import FigureWords, axis, figure_of, single
from diagnostics.settings_in_words import seeds

MOST_WRITTEN = 12  # classes; beyond that the numbers in the cells would not fit


def confusion_figure(report: ConfusionReport) -> go.Figure:
    """Return true classes downwards, predicted classes to the right, shares as colour and number."""
    written = len(report.class_names) <= MOST_WRITTEN
    trace = {
        "type": "heatmap",
        "x": list(report.class_names),
        "y": list(report.class_names),
        "z": single(report.share),
        "zmin": 0,
        "zmax": 1,
        "colorscale": "Blues",
        "name": "share",
        "xgap": 1,
        "ygap": 1,
        "colorbar": {"title": {"text": "share"}, "tickformat": ".0%", "thickness": 12},
        "hovertemplate": "true %{y}, predicted %{x}: %{z:.1%}<extra></extra>",
        **({"texttemplate": "%{z:.0%}"} if written else {}),
    }
    layout = {
        "height": 420,
        "xaxis": axis("predicted class", type="category", showgrid=False),
        "yaxis": axis("true class", type="category", autorange="reversed", showgrid=False),
    }
    caption = (
        f"Of the probe examples ({report.n_examples} in all) of each true class (row), the share predicted as each "
        f"class (column) at step {report.step}; mean of {seeds(report.n_seeds)}. A perfect network fills the diagonal."
    )
    diagonal = np.diag(report.share)
    worst = int(np.nanargmin(diagonal)) if np.isfinite(diagonal).any() else 0
    name, share = report.class_names[worst], diagonal[worst]
    summary = f"At step {report.step} the class {name!r} is recognised least often, {share:.0%}."
    words = FigureWords("Which classes are mistaken for which?", caption, summary, report.run_id, report.n_seeds)
    return figure_of([trace], words, kind="confusion", layout=layout)
