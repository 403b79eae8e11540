"""Which rows are mistaken, drawn: a confusion matrix with counts, or residuals; and the rows that are images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from diagnostics.figures.colors import RUN_COLORS, SCALES, THEORY, faded
from diagnostics.figures.theme import FigureWords, axis, color_bar, figure_of, single
from diagnostics.figures.tiles import grey_of, grey_trace, tiles, tiles_layout
from diagnostics.row_errors import ClassErrorsReport, NumberErrorsReport
from diagnostics.settings_in_words import mean_of_seeds

MOST_WRITTEN = 14
LEAST_WRITTEN = 0.05
COLUMNS = 8
MOST_IMAGES = 32
CHOSEN = RUN_COLORS[3]


def class_errors_figure(report: ClassErrorsReport, chosen: tuple[int, int]) -> go.Figure:
    """Return true classes downwards, predicted classes to the right, rows as number; `chosen` is the framed cell."""
    counts, names = report.counts, list(report.class_names)
    total = counts.sum(axis=1, keepdims=True)
    share = np.divide(counts, total, out=np.full_like(counts, np.nan), where=total > 0)
    written = len(names) <= MOST_WRITTEN
    places = list(range(len(names)))
    trace = {
        "type": "heatmap",
        "x": places,
        "y": places,
        "z": single(share),
        "zmin": 0,
        "zmax": 1,
        "colorscale": SCALES["share"][0],
        "meta": {"scale": "share"},
        "name": "share of the true class",
        "xgap": 2,
        "ygap": 2,
        "customdata": [
            [f"{true} taken for {said}: {_count(counts[i, j])}" for j, said in enumerate(names)]
            for i, true in enumerate(names)
        ],
        "hovertemplate": "%{customdata}, %{z:.0%} of the class<br>click to see the rows<extra></extra>",
        "showscale": not written,
        "colorbar": color_bar("share of the true class", tickformat=".0%"),
    }
    if written:
        cells = [["" if value < LEAST_WRITTEN else _count(value) for value in row] for row in counts]
        trace |= {"text": cells, "texttemplate": "%{text}"}
    i, j = chosen
    frame = {
        "type": "scatter",
        "mode": "lines",
        "x": [j - 0.5, j + 0.5, j + 0.5, j - 0.5, j - 0.5],
        "y": [i - 0.5, i - 0.5, i + 0.5, i + 0.5, i - 0.5],
        "line": {"color": CHOSEN, "width": 3},
        "name": "chosen cell",
        "meta": {"sign": "label"},
        "showlegend": False,
        "hoverinfo": "skip",
    }
    every = max(1, -(-len(names) // 30))
    ticks = {"tickvals": places[::every], "ticktext": names[::every]}
    fixed = {"showgrid": False, "ticks": "", "constrain": "domain", **ticks}
    ends = [-0.5, len(names) - 0.5]
    layout = {
        "height": 380 if len(names) < 8 else 480,
        "xaxis": axis("predicted", **fixed, range=ends),
        "yaxis": axis("true", **fixed, range=ends[::-1], scaleanchor="x"),
    }
    caption = (
        f"Downwards: the {len(report.true)} {report.part} {report.counted} by their true class; to the right: what "
        f"they are taken for. A number is a count, {mean_of_seeds(len(report.predicted))}; colour: its share of the "
        "true class. Click a cell to see its rows below."
    )
    words = FigureWords(
        "Which rows are mistaken for which?", caption, _class_summary(report, counts), report.run_id,
        len(report.predicted), title="Confusion matrix, row by row", details=f"Step {report.step}.",
        term="confusion matrix",
    )  # fmt: skip
    return figure_of([trace, frame], words, kind=f"cells {report.part}", layout=layout)


def _count(value: float) -> str:
    return f"{value:.0f}" if abs(value - round(value)) < 0.05 else f"{value:.1f}"


def _class_summary(report: ClassErrorsReport, counts: np.ndarray) -> str:
    wrong = counts.sum() - np.trace(counts)
    n = max(len(report.true), 1)
    text = f"{_count(wrong)} of {len(report.true)} {report.part} {report.counted} ({wrong / n:.1%}) are mistaken"
    if wrong < LEAST_WRITTEN:
        return f"{text}."
    i, j = report.worst_cell
    often = int((report.predicted != report.true).all(axis=0).sum())
    by_all = f" {often} of them by every seed." if len(report.predicted) > 1 else ""
    names = report.class_names
    return f"{text}, most often {names[i]} for {names[j]} ({_count(counts[i, j])}).{by_all}"


def number_errors_figure(report: NumberErrorsReport, chosen: Sequence[int], numbers: np.ndarray) -> go.Figure:
    """Return residuals against predictions; the `chosen` places are marked, `numbers` are the rows' in the table."""
    hover = "row %{customdata[0]}<br>predicted %{x:.4~g}, residual %{y:.3~g}<br>click to see it<extra></extra>"
    base = {"type": "scatter", "mode": "markers", "hovertemplate": hover}
    x, y, drawn = report.mean, report.residuals, report.drawn
    spread = report.predicted.std(axis=0)
    everything = {
        **base,
        "x": single(x[drawn]),
        "y": single(y[drawn]),
        "customdata": np.stack([numbers + 1, report.wanted, spread], axis=1)[drawn],
        "meta": {"columns": ["row", report.target_name, "spread over seeds"]},
        "name": f"{report.part} rows",
        "marker": {"size": 7, "color": faded(RUN_COLORS[0], 0.75), "line": {"width": 0.5, "color": "white"}},
    }
    marked = {
        **base,
        "x": single(x[list(chosen)]),
        "y": single(y[list(chosen)]),
        "name": "rows below",
        "hoverinfo": "skip",
        "hovertemplate": None,
        "meta": {"sign": "label"},
        "marker": {"size": 12, "symbol": "circle-open", "color": CHOSEN, "line": {"width": 2, "color": CHOSEN}},
    }
    zero = {
        "type": "scatter",
        "mode": "lines",
        "x": single(np.array([x.min(), x.max()])),
        "y": [0, 0],
        "name": "right",
        "line": {"color": THEORY, "width": 1.2, "dash": "dash"},
        "hoverinfo": "skip",
        "meta": {"sign": "label"},
    }
    layout = {
        "height": 400,
        "xaxis": axis(f"predicted {report.target_name}"),
        "yaxis": axis(f"residual ({report.target_name}: true − predicted)"),
    }
    caption = (
        f"Each of the {len(y)} {report.part} rows: its prediction, {mean_of_seeds(len(report.predicted))}, and what is "
        "missing to the truth: above the line the prediction is too low. Click a point to see it and those near it."
    )
    left = f" {len(drawn)} rows are drawn, those with the largest residuals among them." if len(drawn) < len(y) else ""
    words = FigureWords(
        "Which rows are predicted badly?", caption, _number_summary(report, numbers), report.run_id,
        len(report.predicted), title=f"Residuals of {report.target_name}", details=f"Step {report.step}.{left}",
        term="residual",
    )  # fmt: skip
    return figure_of([everything, marked, zero], words, kind=f"residuals {report.part}", layout=layout)


def _number_summary(report: NumberErrorsReport, numbers: np.ndarray) -> str:
    residuals = report.residuals
    worst = int(np.abs(residuals).argmax())
    way = "low" if residuals[worst] > 0 else "high"
    return (
        f"The typical residual is {np.median(np.abs(residuals)):.3g} (median of the sizes); the largest is row "
        f"{int(numbers[worst]) + 1}, predicted {abs(residuals[worst]):.3g} too {way}."
    )


def row_images_figure(images: np.ndarray, names: Sequence[str], *, above: str, chosen: str, run_id: str) -> go.Figure:
    """Return images (M, height, width, channels) side by side; the first ones of many.

    `names` stand above them, and `above` says what they mean.
    """
    n = min(len(images), MOST_IMAGES)
    laid = tiles(grey_of(images[:n]), min(COLUMNS, max(n, 1)), list(names[:n]))
    more = f" The first {n} of {len(images)} are drawn." if len(images) > n else ""
    caption = f"The images of {chosen}, the largest loss first. Above each: {above}.{more}"
    words = FigureWords(
        "What do these rows look like?", caption, f"{n} images of {chosen}.", run_id, title="The rows as images"
    )
    return figure_of([grey_trace(laid, names[:n]), *laid.names], words, kind="row-images", layout=tiles_layout(laid))
