"""The learned function, drawn: a surface over two features, or a curve over one."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.decision_surface import DecisionSurfaceReport
from diagnostics.figures.colors import CLASS_COLORS, CLASS_SYMBOLS, RUN_COLORS, SCALES, faded
from diagnostics.figures.lines import band
from diagnostics.figures.theme import FigureWords, axis, color_bar, figure_of, single
from diagnostics.fitted_function import FittedFunctionReport
from diagnostics.settings_in_words import mean_of_seeds

TITLE = "The learned function"
BORDER = "#3a4049"
LEGEND = {"orientation": "h", "x": 0, "y": 1.01, "xanchor": "left", "yanchor": "bottom", "itemsizing": "constant"}


def decision_surface_figure(report: DecisionSurfaceReport) -> go.Figure:
    """Return the surface as colour, its border as a line, and the training examples as points."""
    traces = [*_surface(report), *_points(report)]
    names = (*report.feature_names, "x1", "x2")[:2] if len(report.feature_names) >= 2 else ("x1", "x2")
    layout = {
        "height": 400,
        "legend": LEGEND,
        "xaxis": axis(f"{names[0]} (standardized)", showgrid=False, constrain="domain"),
        "yaxis": axis(f"{names[1]} (standardized)", showgrid=False, scaleanchor="x", constrain="domain"),
    }
    caption = (
        f"Colour: the output at step {report.step}, {mean_of_seeds(report.n_seeds)}. "
        "Points: training rows in the colour of their class"
    )
    caption += "; line: where both are equally likely." if report.kind == "probability" else "."
    summary = (
        f"At step {report.step} the seeds' outputs differ by {float(np.nanmean(report.disagreement)):.2g} "
        "on average over the shown plane (standard deviation)."
    )
    words = FigureWords(
        "Which function has it learned?", caption, summary, report.run_id, report.n_seeds, title=TITLE,
        term="decision surface",
    )  # fmt: skip
    return figure_of(traces, words, kind="surface", layout=layout)


def _surface(report: DecisionSurfaceReport) -> list[dict[str, object]]:
    x, y = report.axes
    common: dict[str, object] = {"x": single(x), "y": single(y), "z": single(report.surface), "name": "surface"}
    if report.kind == "class":
        n = max(len(report.class_names), 2)
        steps = [[(i + side) / n, faded(CLASS_COLORS[i % 10], 0.4)] for i in range(n) for side in (0, 1)]
        fixed = {"colorscale": steps, "zmin": -0.5, "zmax": n - 0.5, "showscale": False, "hoverinfo": "skip"}
        return [{**common, **fixed, "type": "heatmap"}]
    is_share = report.kind == "probability"
    title = f"P({report.class_names[1]})" if is_share and len(report.class_names) > 1 else "output"
    scale = "sides" if is_share else "number"
    heat = {
        **common,
        **({"zmin": 0, "zmax": 1} if is_share else {}),
        "type": "heatmap",
        "colorscale": SCALES[scale][0],
        "meta": {"scale": scale},
        "colorbar": color_bar(f"probability of {report.class_names[1]}" if title != "output" else title),
        "hovertemplate": f"{title} %{{z:.2f}}<extra></extra>",
        "zsmooth": "best",
    }
    return [heat, _border(common)] if is_share else [heat]


def _border(common: dict[str, object]) -> dict[str, object]:
    return {
        **common,
        "type": "contour",
        "contours": {"start": 0.5, "end": 0.5, "size": 1, "coloring": "none"},
        "line": {"color": BORDER, "width": 1.8},
        "meta": {"ink": True},
        "showscale": False,
        "showlegend": False,
        "name": "border at ½",
        "hoverinfo": "skip",
    }


def _points(report: DecisionSurfaceReport) -> list[dict[str, object]]:
    points, labels = np.asarray(report.points), np.asarray(report.labels)
    common = {"type": "scatter", "mode": "markers"}
    if report.kind == "number":
        marker = {
            "color": single(labels.ravel()),
            "colorscale": SCALES["number"][0],
            "size": 6,
            "line": {"width": 0.5, "color": "white"},
        }
        at = {"x": single(points[:, 0]), "y": single(points[:, 1])}
        return [{**common, **at, "name": "examples", "marker": marker, "meta": {"scale": "number"}}]
    traces: list[dict[str, object]] = []
    for number in range(int(labels.max()) + 1 if len(labels) else 0):
        here = points[labels == number]
        name = report.class_names[number] if number < len(report.class_names) else str(number)
        marker = {
            "color": CLASS_COLORS[number % 10],
            "symbol": CLASS_SYMBOLS[number % len(CLASS_SYMBOLS)],
            "size": 5.5,
            "line": {"width": 0.7, "color": "white"},
        }
        traces.append({**common, "x": single(here[:, 0]), "y": single(here[:, 1]), "name": name, "marker": marker})
    return traces


def fitted_function_figure(report: FittedFunctionReport) -> go.Figure:
    """Return the mean curve with its band, each seed thin, and the training examples."""
    color = RUN_COLORS[0]
    points: dict[str, object] = {
        "type": "scatter",
        "mode": "markers",
        "x": single(report.points_x),
        "y": single(report.points_y),
        "name": "training examples",
        "marker": {"size": 5, "color": "rgba(122,130,140,0.55)"},
    }
    traces: list[dict[str, object]] = [points]
    if report.n_seeds > 1:
        traces += band(report.x, report.spread.low, report.spread.high, "mean", faded(color))
        gap = np.full((1, report.values.shape[1]), np.nan)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": "single seeds",
                "hoverinfo": "skip",
                "x": single(np.tile(np.append(report.x, np.nan), report.values.shape[1])),
                "y": single(np.concatenate([report.values, gap]).T.ravel()),
                "line": {"width": 0.8, "color": faded(color, 0.35)},
                "showlegend": False,
            }
        )
    traces.append(
        {
            "type": "scatter",
            "mode": "lines",
            "x": single(report.x),
            "y": single(report.spread.mean),
            "name": "learned function",
            "legendgroup": "mean",
            "line": {"color": color, "width": 2.5},
        }
    )
    layout = {"height": 380, "xaxis": axis(f"{report.feature_name} (standardized)"), "yaxis": axis(report.target_name)}
    caption = (
        f"The learned function at step {report.step}. Bold: {mean_of_seeds(report.n_seeds)}; "
        "band: ± one standard deviation; thin: each seed."
    )
    widest = float(np.nanmax(report.spread.std)) if np.isfinite(report.spread.std).any() else float("nan")
    summary = f"At step {report.step} the seeds differ most by {widest:.2g} (standard deviation)."
    question = "Which function has it learned?"
    words = FigureWords(question, caption, summary, report.run_id, report.n_seeds, title=TITLE)
    return figure_of(traces, words, kind="fitted", layout=layout)
