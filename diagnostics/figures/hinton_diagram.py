"""A Hinton diagram: a square for each weight, its area as large as the weight, its colour the sign."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import NEGATIVE, POSITIVE
from diagnostics.figures.theme import FigureWords, Naming, axis, figure_of, single
from diagnostics.hinton_diagram import HintonReport

SIDE = 0.94  # of the largest square, in cells
CELL = 17  # pixels of the screen
WIDTH = 560  # of the whole plot, likewise
LETTER = 7  # width of a letter, likewise
LINE = 15  # height of one, likewise
NAMED: Naming = {"title": "Hinton diagram", "term": "Hinton diagram"}
QUESTION = "Which weights are large, and of which sign?"
SOURCE = "Bengio 2012, section 4"
LEGEND = {"orientation": "h", "x": 0, "y": 1.01, "xanchor": "left", "yanchor": "bottom", "itemsizing": "constant"}


def hinton_diagram_figure(report: HintonReport) -> go.Figure:
    """Return squares: a row for each unit, a column for each number that it reads."""
    if not report.weights.size:
        return figure_of([], FigureWords(QUESTION, "", "There are no weights.", **NAMED), kind="hinton")
    most = float(np.abs(report.weights).max())
    sides = SIDE * np.sqrt(np.abs(report.weights) / most) if most > 0 else np.zeros_like(report.weights)
    traces = [
        _squares(sides, report.weights > 0, POSITIVE, "positive"),
        _squares(sides, report.weights < 0, NEGATIVE, "negative"),
        _numbers(report),
    ]
    return figure_of(traces, _words(report, most), kind="hinton", layout=_layout(report))


def _layout(report: HintonReport) -> dict[str, object]:
    n_rows, n_columns = report.weights.shape
    cell = min(CELL, WIDTH / n_columns)
    across = _ticks(report.column_names, cell, LETTER)
    down = _ticks([str(row) for row in report.rows], cell, 0)
    below = 0.6 * LETTER * max(map(len, report.column_names)) if across["tickangle"] else 0
    return {
        "height": round(max(200, 110 + cell * n_rows + below)),
        "legend": LEGEND,
        "xaxis": axis(_columns_title(report), **across, range=[-0.6, n_columns - 0.4]),
        "yaxis": axis(f"unit of {report.name.split('/')[0]}", **down, range=[n_rows - 0.4, -0.6], scaleanchor="x"),
    }


def _words(report: HintonReport, most: float) -> FigureWords:
    n_rows, n_columns = report.weights.shape
    caption = (
        f"The area of a square is the size of a weight, its colour the sign; the largest is {most:.3g}. A row of large "
        "squares is a unit that looks at many numbers at once."
    )
    if n_rows < report.n_rows or n_columns < report.n_columns:
        caption += (
            f" Shown are the strongest {n_rows} of {report.n_rows} units and {n_columns} of {report.n_columns} "
            f"columns: {report.share:.0%} of the sum of squares."
        )
    negative = float(np.mean(report.weights < 0))
    strongest = np.unravel_index(int(np.argmax(np.abs(report.weights))), report.weights.shape)
    summary = (
        f"At step {report.step} the largest weight leads from {_input(report.column_names[strongest[1]])} to unit "
        f"{report.rows[strongest[0]]}; {negative:.0%} of the shown weights are negative."
    )
    details = f"{report.name} of seed {report.seed} at step {report.step}."
    return FigureWords(QUESTION, caption, summary, report.run_id, 1, SOURCE, details=details, **NAMED)


def _ticks(names: Sequence[str], cell: float, letter: int) -> dict[str, object]:
    """Return an axis with as many names as there is room for: words slanting, numbers upright and some left out."""
    needed = letter * max(map(len, names)) + 6 if letter else LINE
    slanting = letter > 0 and needed > cell and not all(name.isdigit() for name in names)
    step = max(1, math.ceil((LINE if slanting else needed) / cell))
    return {
        "showgrid": False,
        "ticks": "",
        "constrain": "domain",
        "tickvals": list(range(0, len(names), step)),
        "ticktext": list(names[::step]),
        "tickangle": -40 if slanting else 0,
    }


def _input(name: str) -> str:
    return f"input {name}" if name.isdigit() else name


def _columns_title(report: HintonReport) -> str:
    are_numbers = all(name.isdigit() for name in report.column_names)
    return "input of the unit, by its number" if are_numbers else "input of the unit"


def _squares(sides: np.ndarray, there: np.ndarray, color: str, name: str) -> dict[str, object]:
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
    from_to = [[f"{_input(name)} → unit {row}" for name in report.column_names] for row in report.rows]
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
