"""A Hinton diagram: a square for each weight, its area as large as the weight, its colour the sign."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import NEGATIVE, POSITIVE
from diagnostics.figures.theme import FigureWords, Naming, axis, figure_of, single
from diagnostics.hinton_diagram import HintonReport

SIDE = 0.94  # of the largest square, in cells
CELL = 17  # pixels of the screen
MOST_NAMED = 60  # letters of all column names together that fit side by side, in cells
NAMED: Naming = {"title": "Hinton diagram", "term": "Hinton diagram"}
QUESTION = "Which weights are large, and of which sign?"
SOURCE = "Bengio 2012, section 4"
LEGEND = {"orientation": "h", "x": 0, "y": 1.01, "xanchor": "left", "yanchor": "bottom", "itemsizing": "constant"}


def hinton_diagram_figure(report: HintonReport) -> go.Figure:
    """Return squares: a row for each unit, a column for each number that it reads."""
    if not report.weights.size:
        return figure_of([], FigureWords(QUESTION, "", "There are no weights.", **NAMED), kind="hinton")
    n_rows, n_columns = report.weights.shape
    most = float(np.abs(report.weights).max())
    sides = SIDE * np.sqrt(np.abs(report.weights) / most) if most > 0 else np.zeros_like(report.weights)
    traces = [
        _squares(report, sides, report.weights > 0, POSITIVE, "positive"),
        _squares(report, sides, report.weights < 0, NEGATIVE, "negative"),
        _numbers(report),
    ]
    fixed = {"showgrid": False, "ticks": "", "constrain": "domain"}
    named = sum(map(len, report.column_names)) > MOST_NAMED or n_columns < report.n_columns
    step = max(1, n_columns // 24) if not named else max(1, n_columns // 40)
    layout = {
        "height": max(200, 110 + CELL * n_rows + (90 if named else 0)),
        "legend": LEGEND,
        "xaxis": axis(
            _columns_title(report), **fixed, range=[-0.6, n_columns - 0.4], tickvals=list(range(0, n_columns, step)),
            ticktext=list(report.column_names[::step]), tickangle=-40 if named else 0,
        ),
        "yaxis": axis(
            f"unit of {report.name.split('/')[0]}", **fixed, range=[n_rows - 0.4, -0.6], scaleanchor="x",
            tickvals=list(range(0, n_rows, max(1, n_rows // 16))),
            ticktext=[str(row) for row in report.rows[:: max(1, n_rows // 16)]],
        ),
    }  # fmt: skip
    caption = (
        f"The area of a square is the size of a weight, its colour the sign; the largest is "
        f"{most:.3g}. A row of large squares is a unit that looks at many numbers at once."
    )
    if n_rows < report.n_rows or n_columns < report.n_columns:
        caption += (
            f" Shown are the strongest {n_rows} of {report.n_rows} units and {n_columns} of {report.n_columns} "
            f"columns: {report.share:.0%} of the sum of squares."
        )
    negative = float(np.mean(report.weights < 0))
    strongest = np.unravel_index(int(np.argmax(np.abs(report.weights))), report.weights.shape)
    summary = (
        f"At step {report.step} the largest weight leads from {report.column_names[strongest[1]]} to unit "
        f"{report.rows[strongest[0]]}; {negative:.0%} of the shown weights are negative."
    )
    details = f"{report.name} of seed {report.seed} at step {report.step}."
    words = FigureWords(QUESTION, caption, summary, report.run_id, 1, SOURCE, details=details, **NAMED)
    return figure_of(traces, words, kind="hinton", layout=layout)


def _columns_title(report: HintonReport) -> str:
    are_numbers = all(name.isdigit() for name in report.column_names)
    return "number of what the unit reads" if are_numbers else "what the unit reads"


def _squares(report: HintonReport, sides: np.ndarray, there: np.ndarray, color: str, name: str) -> dict[str, object]:
    """All squares of one sign as one filled path, which stays right when one zooms in."""
    rows, columns = np.nonzero(there)
    half = sides[there] / 2
    corners_x = np.stack([columns - half, columns + half, columns + half, columns - half, columns - half])
    corners_y = np.stack([rows - half, rows - half, rows + half, rows + half, rows - half])
    gap = np.full((1, len(rows)), np.nan)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": single(np.concatenate([corners_x, gap]).T.ravel()),
        "y": single(np.concatenate([corners_y, gap]).T.ravel()),
        "fill": "toself",
        "fillcolor": color,
        "line": {"width": 0, "color": color},
        "hoverinfo": "skip",
        "name": name,
        "showlegend": True,
        "meta": {"sign": "legend"},
    }


def _numbers(report: HintonReport) -> dict[str, object]:
    """The weights themselves, for the one who points at a square and for the table; nothing is seen of it."""
    n_rows, n_columns = report.weights.shape
    clear = [[0.0, "rgba(0,0,0,0)"], [1.0, "rgba(0,0,0,0)"]]
    from_to = [[f"{name} → unit {row}" for name in report.column_names] for row in report.rows]
    return {
        "type": "heatmap",
        "x": list(range(n_columns)),
        "y": list(range(n_rows)),
        "z": single(report.weights),
        "colorscale": clear,
        "showscale": False,
        "customdata": np.array(from_to, dtype=object),
        "hovertemplate": "%{customdata}: %{z:.3~g}<extra></extra>",
        "name": report.name,
    }
