"""The learned function, drawn: a surface over two features, or a curve over one."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from diagnostics.decision_surface import DecisionSurfaceReport
from diagnostics.figures.theme import RUN_COLORS, FigureWords, axis, band, faded, figure_of, single
from diagnostics.fitted_function import FittedFunctionReport
from diagnostics.settings_in_words import seeds

SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x")
CLASS_COLORS = (
    "#e6862a",
    "#1f77b4",
    "#009E73",
    "#CC79A7",
    "#882255",
    "#999933",
    "#56B4E9",
    "#D55E00",
    "#44AA99",
    "#332288",
)
DIVERGING = [[0.0, "#e6862a"], [0.5, "#f4f4f4"], [1.0, "#1f77b4"]]


def decision_surface_figure(report: DecisionSurfaceReport) -> go.Figure:
    """Return the surface as colour, its border as a line, and the training examples as points."""
    x, y = report.axes
    common = {"x": single(x), "y": single(y), "z": single(report.surface), "name": "surface"}
    traces: list[dict[str, object]] = []
    if report.kind == "class":
        n = max(len(report.class_names), 2)
        scale = [[(i + side) / n, faded(CLASS_COLORS[i % 10], 0.45)] for i in range(n) for side in (0, 1)]
        traces.append(
            {
                **common,
                "type": "heatmap",
                "colorscale": scale,
                "zmin": -0.5,
                "zmax": n - 0.5,
                "showscale": False,
                "hoverinfo": "skip",
            }
        )
    else:
        is_share = report.kind == "probability"
        title = f"P({report.class_names[1]})" if is_share and len(report.class_names) > 1 else "output"
        limits = {"zmin": 0, "zmax": 1} if is_share else {}
        traces.append(
            {
                **common,
                **limits,
                "type": "heatmap",
                "colorscale": DIVERGING if is_share else "Cividis",
                "colorbar": {"title": {"text": title}, "thickness": 12},
                "opacity": 0.85,
                "hovertemplate": f"{title} %{{z:.2f}}<extra></extra>",
                "zsmooth": "best",
            }
        )
        if is_share:
            level = {"start": 0.5, "end": 0.5, "size": 1, "coloring": "lines"}
            traces.append(
                {
                    **common,
                    "type": "contour",
                    "contours": level,
                    "line": {"color": "#30343b", "width": 2},
                    "showscale": False,
                    "colorscale": [[0, "#30343b"], [1, "#30343b"]],
                    "name": "border at ½",
                    "hoverinfo": "skip",
                }
            )
    traces += _points(report)
    names = (*report.feature_names, "x1", "x2")[:2] if len(report.feature_names) >= 2 else ("x1", "x2")
    layout = {
        "height": 420,
        "xaxis": axis(f"{names[0]} (standardized)", showgrid=False),
        "yaxis": axis(f"{names[1]} (standardized)", showgrid=False, scaleanchor="x", constrain="domain"),
    }
    caption = (
        f"Colour: the output at step {report.step}, mean of {seeds(report.n_seeds)}. "
        "Points: training examples in the colour of their class."
    )
    summary = (
        f"At step {report.step} the seeds' outputs differ by {float(np.nanmean(report.disagreement)):.2g} "
        "on average over the shown plane (standard deviation)."
    )
    words = FigureWords("Which function has it learned?", caption, summary, report.run_id, report.n_seeds)
    return figure_of(traces, words, kind="surface", layout=layout)


def _points(report: DecisionSurfaceReport) -> list[dict[str, object]]:
    points, labels = np.asarray(report.points), np.asarray(report.labels)
    common = {"type": "scatter", "mode": "markers"}
    if report.kind == "number":
        marker = {
            "color": single(labels.ravel()),
            "colorscale": "Cividis",
            "size": 6,
            "line": {"width": 0.5, "color": "white"},
        }
        return [{**common, "x": single(points[:, 0]), "y": single(points[:, 1]), "name": "examples", "marker": marker}]
    traces: list[dict[str, object]] = []
    for number in range(int(labels.max()) + 1 if len(labels) else 0):
        here = points[labels == number]
        name = report.class_names[number] if number < len(report.class_names) else str(number)
        marker = {
            "color": CLASS_COLORS[number % 10],
            "symbol": SYMBOLS[number % len(SYMBOLS)],
            "size": 5,
            "line": {"width": 0.6, "color": "white"},
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
    layout = {"height": 420, "xaxis": axis(f"{report.feature_name} (standardized)"), "yaxis": axis(report.target_name)}
    caption = (
        f"The learned function at step {report.step}. Bold: mean of {seeds(report.n_seeds)}; "
        "band: ± one standard deviation; thin: each seed."
    )
    widest = float(np.nanmax(report.spread.std)) if np.isfinite(report.spread.std).any() else float("nan")
    summary = f"At step {report.step} the seeds differ most by {widest:.2g} (standard deviation)."
    words = FigureWords("Which function has it learned?", caption, summary, report.run_id, report.n_seeds)
    return figure_of(traces, words, kind="fitted", layout=layout)
